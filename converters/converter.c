// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of converters, and how their changes get into the guest and into its document. */
#include "config.h"

#include <errno.h>
#include <guestfs.h>
#include <stdlib.h>
#include <string.h>

#include "converters/converter.h"
#include "lib/base/alloc.h"
#include "lib/base/path.h"

/* "linux" is a macro of some compilers */
#undef linux
#define CONVERTER(name) extern const struct converter converter_##name;
#include "converters/converters.def"
#undef CONVERTER

const struct converter *const converters[] = {
#define CONVERTER(name) &converter_##name,
#include "converters/converters.def"
#undef CONVERTER
	NULL,
};

const struct converter *converter_for(const struct inspected_system *sys)
{
	const struct converter *best = NULL;
	int best_bid = 0;

	for (size_t i = 0; converters[i]; i++) {
		int bid = converters[i]->bid(sys);

		if (bid > best_bid) {
			best = converters[i];
			best_bid = bid;
		}
	}
	return best;
}

char *converter_obstacles(const struct converter *c, const struct inspection *in,
			  const struct inspected_system *sys, const struct machine_model *offers,
			  const struct negotiation *answer)
{
	struct strv reasons CLEANUP_STRV = STRV_INIT;
	CLEANUP_FREE char *list = NULL;

	if (!answer->missing[DIM_FIRMWARE] || !c->obstacle)
		return xstrdup("");
	for (unsigned int value = 0; model_value_name(DIM_FIRMWARE, value); value++) {
		const char *why = model_has(offers, DIM_FIRMWARE, value)
					  ? c->obstacle(in, sys, (enum firmware)value) : NULL;

		if (why)
			strv_addf(&reasons, "%s: %s", model_value_name(DIM_FIRMWARE, value), why);
	}
	list = strv_join(&reasons, "; ");
	return reasons.n ? xasprintf(" (%s)", list) : xstrdup("");
}

void conversion_record(struct guest *ret, const char *path, const char *action,
		       const void *before, size_t before_len, const void *after, size_t after_len,
		       const char *why)
{
	struct guest_change *c = APPEND(ret->changes, ret->n_changes);

	*c = (struct guest_change){
		.path = xstrdup(path),
		.action = xstrdup(action),
		.before = before ? digest_hex_of(before, before_len) : NULL,
		.after = after ? digest_hex_of(after, after_len) : NULL,
		.sha1 = after ? digest_sha1_of(after, after_len)
			: before ? digest_sha1_of(before, before_len) : NULL,
		.why = xstrdup(why),
	};
}

static int make_parent(const struct conversion *conv, const char *path, struct error *err)
{
	CLEANUP_FREE char *dir = path_dirname(path);

	if (guestfs_mkdir_p(conv->app->g, dir) < 0)
		return appliance_error(conv->app, err, "create folder '%s' in the guest", dir);
	return 0;
}

static int add_node(const struct conversion *conv, const struct tree_node *n, struct error *err)
{
	guestfs_h *g = conv->app->g;

	if (make_parent(conv, n->path, err) < 0)
		return -1;
	if (n->kind == TREE_LINK) {
		if (guestfs_ln_s(g, n->target, n->path) < 0)
			return appliance_error(conv->app, err, "create link '%s' in the guest",
					       n->path);
		return 0;
	}
	if (appliance_write_file(conv->app, n->path, n->data, n->size, err) < 0)
		return -1;
	if (guestfs_chmod(g, (int)n->mode, n->path) < 0)
		return appliance_error(conv->app, err, "set the mode of '%s'", n->path);
	return 0;
}

static int apply_node(const struct conversion *conv, const struct tree_node *n, struct error *err)
{
	switch (n->change) {
	case TREE_CHANGED:
		/* a file that is written over keeps its owner, mode and labels */
		return appliance_write_file(conv->app, n->path, n->data, n->size, err);
	case TREE_ADDED:
		return add_node(conv, n, err);
	case TREE_RENAMED:
		if (guestfs_rename(conv->app->g, n->path, n->new_path) < 0)
			return appliance_error(conv->app, err, "rename '%s' in the guest", n->path);
		return 0;
	case TREE_SAME:
		break;
	}
	return 0;
}

static void record_node(struct guest *ret, const struct tree_node *n)
{
	static const char *const actions[] = {
		[TREE_SAME] = "left",
		[TREE_CHANGED] = "changed",
		[TREE_ADDED] = "added",
		[TREE_RENAMED] = "renamed",
	};
	const char *before = n->change == TREE_RENAMED ? n->data : n->before;
	uint64_t before_size = n->change == TREE_RENAMED ? n->size : n->before_size;

	conversion_record(ret, n->path, actions[n->change], before, before_size, n->data, n->size,
			  n->why ? n->why : "");
}

int conversion_apply(struct conversion *conv, struct guest *ret, struct error *err)
{
	struct tree_node *n;

	for (size_t i = 0; (n = tree_under(&conv->sys->tree, "", &i));) {
		if (n->change == TREE_SAME)
			continue;
		if (!conv->dry_run && apply_node(conv, n, err) < 0)
			return -1;
		record_node(ret, n);
	}
	return 0;
}

/* Room for the new file beside the old one, with some to spare for the file system itself. */
static int check_room(const struct conversion *conv, const char *path, size_t len,
		      struct error *err)
{
	enum { SPARE = 1 << 20 };
	CLEANUP_FREE char *dir = path_dirname(path);
	struct guestfs_statvfs *fs = guestfs_statvfs(conv->app->g, dir);
	uint64_t room;

	if (!fs)
		return appliance_error(conv->app, err, "look at the room in '%s'", dir);
	if (MUL_OVERFLOW((uint64_t)fs->bavail, (uint64_t)fs->bsize, &room))
		room = UINT64_MAX;
	guestfs_free_statvfs(fs);
	if (room >= len + SPARE)
		return 0;
	error_set(err, ERR_NO_SPACE, "no room for '%s' in the guest: %zu MiB are needed, %llu are free",
		  path, (len + SPARE) >> 20, (unsigned long long)room >> 20);
	return error_hint(err, "remove old kernels or files from the folder on the old PC and "
			       "capture it again");
}

/* The new file gets the owner and mode of the old one. */
static int put_beside(const struct conversion *conv, const char *path, const char *kept,
		      const void *data, size_t len, struct error *err)
{
	guestfs_h *g = conv->app->g;
	struct guestfs_statns *st = guestfs_statns(g, path);
	int mode, uid, gid;

	if (!st)
		return appliance_error(conv->app, err, "look at '%s'", path);
	mode = (int)(st->st_mode & 07777);
	uid = (int)st->st_uid;
	gid = (int)st->st_gid;
	guestfs_free_statns(st);
	if (kept && guestfs_rename(g, path, kept) < 0)
		return appliance_error(conv->app, err, "keep '%s' as '%s'", path, kept);
	if (appliance_write_file(conv->app, path, data, len, err) < 0)
		return -1;
	if (guestfs_chmod(g, mode, path) < 0 || guestfs_chown(g, uid, gid, path) < 0)
		return appliance_error(conv->app, err, "set owner and mode of '%s'", path);
	return 0;
}

int conversion_replace(struct conversion *conv, const char *path, const void *before,
		       size_t before_len, const void *data, size_t len, const char *why,
		       struct guest *ret, struct error *err)
{
	CLEANUP_FREE char *kept = xasprintf("%s" KEPT_SUFFIX, path);
	bool exists = tree_has(&conv->sys->tree, kept);

	if (before_len == len && memcmp(before, data, len) == 0)
		return 0;
	conversion_record(ret, path, "changed", before, before_len, data, len, why);
	if (!exists)
		conversion_record(ret, kept, "added", NULL, 0, before, before_len,
				  "the original of the file, kept");
	if (conv->dry_run)
		return 0;
	if (check_room(conv, path, len, err) < 0)
		return -1;
	return put_beside(conv, path, exists ? NULL : kept, data, len, err);
}

int conversion_copy(struct conversion *conv, const char *from, const char *to, const char *why,
		    struct guest *ret, struct error *err)
{
	enum { COPY_MAX = 64 << 20 };
	CLEANUP_FREE char *data = NULL;
	size_t len = 0;

	if (appliance_read_file(conv->app, from, COPY_MAX, &data, &len, err) < 0)
		return -1;
	conversion_record(ret, to, "added", NULL, 0, data, len, why);
	if (conv->dry_run)
		return 0;
	if (make_parent(conv, to, err) < 0)
		return -1;
	return appliance_write_file(conv->app, to, data, len, err);
}
