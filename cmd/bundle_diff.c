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
#include "lib/bundle_docs.h"
#include "lib/plan.h"
#include "lib/qcow2.h"

enum { PLAN_MAX = 16 << 20 };	/* a larger plan is not read [bytes] */

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

/* What a guest would see changed; where that cannot be told the sizes have to do. */
static void print_clusters(const struct bundle *old, const struct bundle *new,
			   const struct difference *d)
{
	struct error err CLEANUP_ERROR = ERROR_INIT;
	uint64_t changed = 0, total = 0;
	CLEANUP_FREE char *size = NULL;

	if (!d->old || !d->new || strcmp(d->new->media_type, MEDIA_DISK) != 0)
		return;
	if (bundle_compare_disks(old, d->old, new, d->new, &changed, &total, &err) < 0) {
		printf("         not compared: %s\n", err.msg);
		return;
	}
	size = format_size(changed * QCOW2_CLUSTER);
	printf("         %" PRIu64 " of %" PRIu64 " clusters changed (%s)\n", changed, total, size);
}

static int read_plan(const struct bundle *b, struct plan *ret, struct error *err)
{
	const struct bundle_file *f = bundle_find(b, BUNDLE_PLAN, err);
	CLEANUP_FREE char *text = NULL;
	size_t len = 0;

	if (!f || bundle_read_text(b, f, PLAN_MAX, &text, &len, err) < 0)
		return -1;
	return plan_read_memory(ret, text, len, b->path, err);
}

static void print_number(const char *guest, const char *what, uint64_t old, uint64_t new)
{
	if (old != new)
		printf("plan: '%s' gets %" PRIu64 " %s, had %" PRIu64 "\n", guest, new, what, old);
}

static void print_share(const struct partition *old, const struct partition *new)
{
	CLEANUP_FREE char *before = format_size(old->memory), *after = format_size(new->memory);

	if (strcmp(old->cpus, new->cpus) != 0)
		printf("plan: '%s' runs on processors %s, ran on %s\n", new->name, new->cpus, old->cpus);
	if (old->memory != new->memory)
		printf("plan: '%s' gets %s of memory, had %s\n", new->name, after, before);
	if (old->class != new->class)
		printf("plan: '%s' is %s, was %s\n", new->name, partition_class_names[new->class],
		       partition_class_names[old->class]);
	print_number(new->name, "virtual processors", old->vcpus, new->vcpus);
	print_number(new->name, "devices of the host", old->n_devices, new->n_devices);
}

/* Who gets another part of the host. A plan in the base of a bundle of differences has not changed. */
static void print_plan(const struct bundle *old, const struct bundle *new)
{
	struct plan before CLEANUP_PLAN = PLAN_INIT, after CLEANUP_PLAN = PLAN_INIT;
	struct error err CLEANUP_ERROR = ERROR_INIT;

	if (read_plan(old, &before, &err) < 0 || read_plan(new, &after, &err) < 0)
		return;
	for (size_t i = 0; i < after.n_partitions; i++)
		for (size_t k = 0; k < before.n_partitions; k++)
			if (strcmp(after.partitions[i].name, before.partitions[k].name) == 0)
				print_share(&before.partitions[k], &after.partitions[i]);
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
	print_plan(old, new);
	for (size_t i = 0; i < d->n; i++) {
		print_difference(&d->list[i]);
		print_clusters(old, new, &d->list[i]);
	}
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
