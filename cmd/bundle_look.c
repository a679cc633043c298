// SPDX-License-Identifier: GPL-2.0-or-later
/* rehost bundle list, verify, extract, cat: look into an archive. */
#include "config.h"

#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/bundle.h"
#include "lib/base/alloc.h"
#include "lib/base/outfile.h"
#include "lib/base/path.h"
#include "lib/base/size.h"
#include "lib/bundle_docs.h"
#include "lib/disk_raw.h"

int bundle_request_open(const struct bundle_request *r, const char *path, struct bundle *ret,
			struct error *err)
{
	struct keyring ring CLEANUP_KEYRING = KEYRING_INIT;

	if (keyring_load(&ring, r->keys, err) < 0)
		return -1;
	return bundle_open(ret, path, &ring, err);
}

static const char *state_name(enum signer_state state)
{
	return state == SIGNER_PINNED ? "pinned" : "unknown";
}

static void print_signer(const struct signer *s)
{
	if (s->state == SIGNER_PINNED)
		printf("  signed by '%s', key %s, which is pinned here\n", s->name, s->key_id);
	else
		printf("  signed by key %s, which is not pinned here\n", s->key_id);
}

void print_bundle(const struct bundle *b)
{
	CLEANUP_FREE char *guests = strv_join(&b->guests, ", ");
	CLEANUP_FREE char *target_list = strv_join(&b->targets, ", ");

	printf("%s: '%s', revision %" PRIu64 "\n  sha256:%s\n  guests: %s\n  targets: %s\n", b->path,
	       b->name, b->revision, b->digest, guests, target_list);
	if (b->base[0])
		printf("  differences to revision %" PRIu64 ", sha256:%s\n", b->base_revision, b->base);
	for (size_t i = 0; i < b->n_signers; i++)
		print_signer(&b->signers[i]);
	if (b->n_signers == 0)
		puts("  not signed");
}

static struct json_object *names_to_json(const struct strv *names)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < names->n; i++)
		json_object_array_add(list, json_object_new_string(names->v[i]));
	return list;
}

static struct json_object *signers_to_json(const struct bundle *b)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < b->n_signers; i++) {
		const struct signer *s = &b->signers[i];
		struct json_object *item = json_object_new_object();

		json_object_object_add(item, "key", json_object_new_string(s->key_id));
		json_object_object_add(item, "state", json_object_new_string(state_name(s->state)));
		if (s->name)
			json_object_object_add(item, "name", json_object_new_string(s->name));
		if (s->comment)
			json_object_object_add(item, "comment", json_object_new_string(s->comment));
		json_object_array_add(list, item);
	}
	return list;
}

static const char *form_name(const struct bundle_file *f)
{
	static const char *const names[] = {
		[FORM_WHOLE] = "whole", [FORM_BASE] = "base", [FORM_DELTA] = "delta",
	};

	return names[f->form];
}

static struct json_object *base_to_json(const struct bundle *b)
{
	struct json_object *base = json_object_new_object();

	json_object_object_add(base, "digest", json_object_new_string(b->base));
	json_object_object_add(base, "revision", json_object_new_uint64(b->base_revision));
	return base;
}

static struct json_object *files_to_json(const struct bundle *b)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < b->n_files; i++) {
		const struct bundle_file *f = &b->files[i];
		struct json_object *item = json_object_new_object();

		json_object_object_add(item, "path", json_object_new_string(f->path));
		json_object_object_add(item, "size", json_object_new_uint64(f->size));
		json_object_object_add(item, "sha256", json_object_new_string(f->digest));
		json_object_object_add(item, "mediaType", json_object_new_string(f->media_type));
		json_object_object_add(item, "form", json_object_new_string(form_name(f)));
		json_object_array_add(list, item);
	}
	return list;
}

void print_bundle_json(const struct bundle *b, const struct report *findings)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "file", json_object_new_string(b->path));
	json_object_object_add(o, "name", json_object_new_string(b->name));
	json_object_object_add(o, "revision", json_object_new_uint64(b->revision));
	json_object_object_add(o, "digest", json_object_new_string(b->digest));
	if (b->base[0])
		json_object_object_add(o, "base", base_to_json(b));
	json_object_object_add(o, "guests", names_to_json(&b->guests));
	json_object_object_add(o, "targets", names_to_json(&b->targets));
	json_object_object_add(o, "signers", signers_to_json(b));
	json_object_object_add(o, "files", files_to_json(b));
	if (findings)
		json_object_object_add(o, "findings", report_to_json(findings));
	print_json(o);
}

int bundle_action_list(struct bundle_request *r, struct error *err)
{
	struct bundle b CLEANUP_BUNDLE = BUNDLE_INIT;

	if (bundle_request_open(r, r->args.v[0], &b, err) < 0)
		return -1;
	if (r->json) {
		print_bundle_json(&b, NULL);
		return 0;
	}
	print_bundle(&b);
	for (size_t i = 0; i < b.n_files; i++) {
		const struct bundle_file *f = &b.files[i];
		CLEANUP_FREE char *size = format_size(f->size);
		CLEANUP_FREE char *delta = format_size(f->delta_size);

		printf("%10s  %s", size, f->path);
		if (f->form == FORM_DELTA)
			printf("  (%s of differences)", delta);
		puts(f->form == FORM_BASE ? "  (in the base)" : "");
	}
	return 0;
}

static int open_trusted(const struct bundle_request *r, struct bundle *ret, struct error *err)
{
	if (bundle_request_open(r, r->args.v[0], ret, err) < 0)
		return -1;
	return bundle_check_trust(ret, r->allow_unsigned, err);
}

/* The base that --base names, for a bundle of differences. */
static int open_base(const struct bundle_request *r, const struct bundle *b, struct bundle *ret,
		     struct error *err)
{
	if (!r->base)
		return 0;
	if (bundle_request_open(r, r->base, ret, err) < 0)
		return -1;
	return bundle_check_base(b, ret, err);
}

static void print_verified(const struct bundle *b, bool with_base)
{
	size_t from_base = 0;

	for (size_t i = 0; i < b->n_files; i++)
		from_base += b->files[i].form != FORM_WHOLE;
	if (b->base[0] && !with_base)
		printf("  whole: what is in it matches its digests; %zu of %zu files need the base\n",
		       from_base, b->n_files);
	else
		printf("  whole: all %zu files match their digests\n", b->n_files);
}

int bundle_action_verify(struct bundle_request *r, struct error *err)
{
	struct bundle b CLEANUP_BUNDLE = BUNDLE_INIT, old CLEANUP_BUNDLE = BUNDLE_INIT;
	const struct bundle_base base = { &old, NULL };

	if (open_trusted(r, &b, err) < 0 || open_base(r, &b, &old, err) < 0)
		return -1;
	if ((r->base ? bundle_verify_whole(&b, &base, &r->progress, err)
		     : bundle_verify(&b, &r->progress, err)) < 0)
		return -1;
	if (r->json) {
		print_bundle_json(&b, NULL);
		return 0;
	}
	print_bundle(&b);
	print_verified(&b, r->base != NULL);
	return 0;
}

/* What a hypervisor without qcow2 runs, made at the place where it is needed. */
static int make_raw(const struct bundle *b, const char *dir, struct progress *progress,
		    struct error *err)
{
	for (size_t i = 0; i < b->n_files; i++) {
		CLEANUP_FREE char *image = path_join(dir, b->files[i].path);
		CLEANUP_FREE char *raw = NULL;

		if (strcmp(b->files[i].media_type, MEDIA_DISK) != 0)
			continue;
		raw = xasprintf("%.*s.raw", (int)(strlen(image) - strlen(".qcow2")), image);
		if (disk_to_raw(image, raw, progress, err) < 0)
			return -1;
	}
	return 0;
}

int bundle_action_extract(struct bundle_request *r, struct error *err)
{
	struct bundle b CLEANUP_BUNDLE = BUNDLE_INIT, old CLEANUP_BUNDLE = BUNDLE_INIT;
	const struct bundle_base base = { &old, NULL };
	struct bundle_extract_options options = { &r->progress, r->base ? &base : NULL };
	struct outdir out CLEANUP_OUTDIR = OUTDIR_INIT;

	if (open_trusted(r, &b, err) < 0 || open_base(r, &b, &old, err) < 0 ||
	    outdir_open(&out, r->output, OUTDIR_NEW, err) < 0 ||
	    bundle_extract(&b, out.partial, &options, err) < 0 ||
	    (r->raw && make_raw(&b, out.partial, &r->progress, err) < 0))
		return -1;
	return outdir_commit(&out, err);
}

int bundle_action_cat(struct bundle_request *r, struct error *err)
{
	struct bundle b CLEANUP_BUNDLE = BUNDLE_INIT;
	const struct bundle_file *f;

	if (open_trusted(r, &b, err) < 0)
		return -1;
	f = bundle_find(&b, r->args.v[1], err);
	return f ? bundle_cat(&b, f, STDOUT_FILENO, err) : -1;
}
