// SPDX-License-Identifier: GPL-2.0-or-later
/* rehost bundle diff: what another release of a bundle would change, in words. */
#include "config.h"

#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "cmd/bundle.h"
#include "lib/base/alloc.h"
#include "lib/base/size.h"

/* One file on both sides; NULL where it is not. */
struct difference {
	const struct bundle_file *old, *new;
};

struct differences {
	struct difference *list;
	size_t n;
};

static void clear_differences(struct differences *d)
{
	free(d->list);
}

/* Both lists are sorted by path. */
static void compare(const struct bundle *old, const struct bundle *new, struct differences *ret)
{
	size_t i = 0, k = 0;

	while (i < old->n_files || k < new->n_files) {
		const struct bundle_file *a = i < old->n_files ? &old->files[i] : NULL;
		const struct bundle_file *b = k < new->n_files ? &new->files[k] : NULL;
		int order = !a ? 1 : !b ? -1 : strcmp(a->path, b->path);

		i += order <= 0;
		k += order >= 0;
		if (order == 0 && strcmp(a->digest, b->digest) == 0 && a->executable == b->executable)
			continue;
		*APPEND(ret->list, ret->n) = (struct difference){ order <= 0 ? a : NULL,
								  order >= 0 ? b : NULL };
	}
}

static void print_names(const char *kind, const struct strv *old, const struct strv *new)
{
	for (size_t i = 0; i < new->n; i++)
		if (!strv_has(old, new->v[i]))
			printf("%s '%s' is new\n", kind, new->v[i]);
	for (size_t i = 0; i < old->n; i++)
		if (!strv_has(new, old->v[i]))
			printf("%s '%s' is gone\n", kind, old->v[i]);
}

static void print_difference(const struct difference *d)
{
	CLEANUP_FREE char *old = d->old ? format_size(d->old->size) : NULL;
	CLEANUP_FREE char *new = d->new ? format_size(d->new->size) : NULL;

	if (!d->old)
		printf("new      %s (%s)\n", d->new->path, new);
	else if (!d->new)
		printf("gone     %s (%s)\n", d->old->path, old);
	else
		printf("changed  %s (%s, was %s)\n", d->new->path, new, old);
}

static void print_words(const struct bundle *old, const struct bundle *new,
			const struct differences *d)
{
	if (strcmp(old->digest, new->digest) == 0) {
		puts("the two are the same bundle");
		return;
	}
	if (strcmp(old->name, new->name) != 0)
		printf("name '%s', was '%s'\n", new->name, old->name);
	if (old->revision != new->revision)
		printf("revision %" PRIu64 ", was %" PRIu64 "\n", new->revision, old->revision);
	print_names("guest", &old->guests, &new->guests);
	print_names("target", &old->targets, &new->targets);
	for (size_t i = 0; i < d->n; i++)
		print_difference(&d->list[i]);
}

static struct json_object *side_to_json(const struct bundle_file *f)
{
	struct json_object *side = json_object_new_object();

	json_object_object_add(side, "size", json_object_new_uint64(f->size));
	json_object_object_add(side, "sha256", json_object_new_string(f->digest));
	return side;
}

static void print_json_differences(const struct bundle *old, const struct bundle *new,
				   const struct differences *d)
{
	struct json_object *o = json_object_new_object(), *list = json_object_new_array();

	for (size_t i = 0; i < d->n; i++) {
		struct json_object *item = json_object_new_object();
		const struct bundle_file *any = d->list[i].old ? d->list[i].old : d->list[i].new;

		json_object_object_add(item, "path", json_object_new_string(any->path));
		if (d->list[i].old)
			json_object_object_add(item, "old", side_to_json(d->list[i].old));
		if (d->list[i].new)
			json_object_object_add(item, "new", side_to_json(d->list[i].new));
		json_object_array_add(list, item);
	}
	json_object_object_add(o, "same", json_object_new_boolean(strcmp(old->digest, new->digest) == 0));
	json_object_object_add(o, "oldRevision", json_object_new_uint64(old->revision));
	json_object_object_add(o, "newRevision", json_object_new_uint64(new->revision));
	json_object_object_add(o, "files", list);
	print_json(o);
}

int bundle_action_diff(struct bundle_request *r, struct error *err)
{
	struct differences d __attribute__((cleanup(clear_differences))) = { NULL, 0 };
	struct bundle old CLEANUP_BUNDLE = BUNDLE_INIT, new CLEANUP_BUNDLE = BUNDLE_INIT;

	if (bundle_request_open(r, r->args.v[0], &old, err) < 0 ||
	    bundle_request_open(r, r->args.v[1], &new, err) < 0)
		return -1;
	compare(&old, &new, &d);
	if (r->json)
		print_json_differences(&old, &new, &d);
	else
		print_words(&old, &new, &d);
	return 0;
}
