// SPDX-License-Identifier: GPL-2.0-or-later
/* Put bundles and releases into their place on this host. */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/alloc.h"
#include "lib/base/outfile.h"
#include "lib/base/path.h"
#include "lib/base/strv.h"
#include "lib/disk_raw.h"
#include "lib/guest.h"
#include "lib/install.h"
#include "lib/preparation.h"
#include "lib/qemu_place.h"

enum { CONFIG_MAX = 1 << 20 };	/* a file of a target's configuration is smaller [bytes] */

/* A disk holds what the old PC knew: nobody but its owner, and whom confine_files() lets, reads it. */
static bool is_disk(const char *path)
{
	return path_has_suffix(path, ".qcow2") || path_has_suffix(path, ".raw");
}

static int drop_write(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)ftw;
	return type == FTW_F ? chmod(path, st->st_mode & (is_disk(path) ? 0550 : 0555)) : 0;
}

static int close_disks(const char *dir, struct error *err)
{
	DIR *d = opendir(dir);
	struct dirent *entry;
	int rc = 0;

	if (!d)
		return error_sys(err, errno, "open '%s'", dir);
	while (rc == 0 && (entry = readdir(d)))
		if (is_disk(entry->d_name) && fchmodat(dirfd(d), entry->d_name, 0640, 0) < 0)
			rc = error_sys(err, errno, "protect '%s/%s'", dir, entry->d_name);
	closedir(d);
	return rc;
}

/* Where the bundle is that a bundle of differences stands on; it was verified when it came. */
static int find_base(const char *bundles, const struct bundle *b, char **ret, struct error *err)
{
	CLEANUP_FREE char *folder = xasprintf("%.60s-%.12s", b->name, b->base);
	CLEANUP_FREE char *dir = path_join(bundles, folder);

	if (path_exists(dir)) {
		*ret = STEAL(dir);
		return 0;
	}
	error_set(err, ERR_REFUSED,
		  "'%s' holds only differences to revision %" PRIu64
		  " (sha256:%.12s), which is not installed here", b->path, b->base_revision, b->base);
	return error_hint(err, "launch that bundle first, or carry the whole one");
}

int install_bundle(const char *state, const struct bundle *b, struct progress *progress,
		   char **ret, struct error *err)
{
	CLEANUP_FREE char *base_dir = NULL;
	struct bundle_base base = { NULL, NULL };
	struct bundle_extract_options options = { .progress = progress };
	CLEANUP_FREE char *folder = xasprintf("%.60s-%.12s", b->name, b->digest);
	CLEANUP_FREE char *bundles = path_join(state, "bundles");
	CLEANUP_FREE char *dir = path_join(bundles, folder);
	struct outdir out CLEANUP_OUTDIR = OUTDIR_INIT;

	if (!path_exists(dir)) {
		if (b->base[0] && find_base(bundles, b, &base_dir, err) < 0)
			return -1;
		base.dir = base_dir;
		options.base = base_dir ? &base : NULL;
		if (folder_make(bundles, err) < 0 || outdir_open(&out, dir, OUTDIR_NEW, err) < 0 ||
		    bundle_extract(b, out.partial, &options, err) < 0)
			return error_wrap(err, "install '%s'", b->path);
		if (nftw(out.partial, drop_write, 16, FTW_PHYS) != 0)
			return error_sys(err, errno, "protect '%s'", out.partial);
		if (outdir_commit(&out, err) < 0)
			return -1;
	}
	*ret = STEAL(folder);
	return 0;
}

static int copy_file(const char *from, const char *to, struct error *err)
{
	CLEANUP_FREE char *data = NULL;
	size_t len = 0;

	if (file_read(from, CONFIG_MAX, &data, &len, err) < 0)
		return -1;
	return file_write(to, data, len, OUTFILE_NEW, err);
}

/* The target's configuration is beside the disks that it names; targets write no folders there. */
static int copy_config(const char *from, const char *to, struct error *err)
{
	DIR *d = opendir(from);
	struct dirent *entry;
	int rc = 0;

	if (!d)
		return error_sys(err, errno, "open '%s'", from);
	while (rc == 0 && (entry = readdir(d))) {
		CLEANUP_FREE char *source = path_join(from, entry->d_name);
		CLEANUP_FREE char *copy = path_join(to, entry->d_name);

		if (entry->d_name[0] != '.')
			rc = copy_file(source, copy, err);
	}
	closedir(d);
	return rc;
}

/* The disks themselves, for a hypervisor that reads no qcow2; those of the bundle stay as they are. */
static int place_raw_disks(const struct guest *g, const char *dir, struct progress *progress,
			   struct error *err)
{
	for (size_t i = 0; i < g->n_disks; i++) {
		CLEANUP_FREE char *image = guest_disk_path(g, i);
		CLEANUP_FREE char *name = xasprintf(INSTALL_RAW, i);
		CLEANUP_FREE char *raw = path_join(dir, name);

		if (disk_to_raw(image, raw, progress, err) < 0)
			return -1;
	}
	return 0;
}

static int fill_release(const struct instance *inst, const struct release *r, const char *dir,
			const struct install_options *options, struct error *err)
{
	CLEANUP_FREE char *bundle = instance_bundle_dir(inst, r);
	CLEANUP_FREE char *config =
		xasprintf("%s/" BUNDLE_TARGETS "/%s/%s", bundle, r->target, inst->name);
	CLEANUP_FREE char *source = xasprintf("%s/" BUNDLE_GUESTS "/%s", bundle, inst->name);
	/* as seen from guests/GUEST/releases/N, so that the state folder can be moved */
	CLEANUP_FREE char *base = xasprintf("../../../../bundles/%s/" BUNDLE_GUESTS "/%s", r->bundle,
					    inst->name);
	struct guest g CLEANUP_GUEST = GUEST_INIT;

	if (guest_open(&g, source, err) < 0 || copy_config(config, dir, err) < 0)
		return -1;
	if ((options->raw ? place_raw_disks(&g, dir, options->progress, err)
			  : qemu_place_disks(&g, dir, base, err)) < 0 || close_disks(dir, err) < 0)
		return -1;
	return qemu_place_firmware(&g, dir, err);
}

static int make_release(const struct instance *inst, const struct release *r, const char *path,
			const struct install_options *options, struct error *err)
{
	struct outdir out CLEANUP_OUTDIR = OUTDIR_INIT;

	if (outdir_open(&out, path, OUTDIR_NEW, err) < 0 ||
	    fill_release(inst, r, out.partial, options, err) < 0)
		return -1;
	return outdir_commit(&out, err);
}

static uint64_t next_number(const struct instance *inst)
{
	uint64_t last = 0;

	for (size_t i = 0; i < inst->n_releases; i++)
		last = MAX(last, inst->releases[i].number);
	return last + 1;
}

int install_prepare(struct instance *inst, const char *folder, const struct bundle *b,
		    const char *target, const struct install_options *options, struct error *err)
{
	struct release r = { .number = next_number(inst), .revision = b->revision };
	CLEANUP_FREE char *path = xasprintf("%s/releases/%" PRIu64, inst->home, r.number);
	CLEANUP_FREE char *bundle = xstrdup(folder), *name = xstrdup(target);
	struct release *slot;

	r.bundle = bundle;
	r.target = name;
	memcpy(r.digest, b->digest, sizeof(r.digest));
	/* a release that is not in the document was never finished */
	if (folder_remove(path, err) < 0 || make_release(inst, &r, path, options, err) < 0)
		return error_wrap(err, "install guest '%s'", inst->name);
	slot = APPEND(inst->releases, inst->n_releases);
	*slot = r;
	bundle = name = NULL;
	return 0;
}

int install_activate(struct instance *inst, struct error *err)
{
	const struct release *r = &inst->releases[inst->n_releases - 1];

	instance_use_release(inst, r->number);
	if (instance_save(inst, err) < 0)
		return -1;
	instance_log(inst, "release %" PRIu64 " installed from bundle %s", r->number, r->bundle);
	return 0;
}

int install_reset(const struct instance *inst, struct error *err)
{
	const struct release *r = instance_release(inst);
	CLEANUP_FREE char *next = xasprintf("%s.next", inst->dir);
	CLEANUP_FREE char *first = xasprintf("%s/" INSTALL_RAW, inst->dir, (size_t)0);
	const struct install_options options = { .raw = path_exists(first) };

	if (folder_remove(next, err) < 0 || make_release(inst, r, next, &options, err) < 0)
		return error_wrap(err, "reset guest '%s'", inst->name);
	if (renameat2(AT_FDCWD, next, AT_FDCWD, inst->dir, RENAME_EXCHANGE) < 0)
		return error_sys(err, errno, "replace '%s'", inst->dir);
	if (folder_remove(next, err) < 0)
		return -1;
	instance_log(inst, "release %" PRIu64 " has its first disks again", r->number);
	return 0;
}

/* A name below removed/ that is free. */
static char *find_place(const struct instance *inst)
{
	CLEANUP_FREE char *place = xasprintf("%s/removed/%s", inst->state, inst->name);

	for (int i = 1; path_exists(place); i++) {
		free(place);
		place = xasprintf("%s/removed/%s.%d", inst->state, inst->name, i);
	}
	return STEAL(place);
}

/* After each start of the host it is prepared anew for the plan in there. */
static bool is_prepared_for(const char *state, const char *bundle)
{
	struct prepared prepared CLEANUP_PREPARED = PREPARED_INIT;
	int there = preparation_look(state, &prepared, NULL);

	return there < 0 || (there && prepared.bundle && strcmp(prepared.bundle, bundle) == 0);
}

static bool is_needed(const char *state, const struct strv *guests, const char *bundle)
{
	if (is_prepared_for(state, bundle))
		return true;
	for (size_t i = 0; i < guests->n; i++) {
		struct instance inst CLEANUP_INSTANCE = INSTANCE_INIT;

		/* one that cannot be read may need anything */
		if (instance_open(&inst, state, guests->v[i], NULL) < 0)
			return true;
		for (size_t k = 0; k < inst.n_releases; k++)
			if (strcmp(inst.releases[k].bundle, bundle) == 0)
				return true;
	}
	return false;
}

static int drop_bundles(const struct instance *removed, struct error *err)
{
	struct strv guests CLEANUP_STRV = STRV_INIT;

	if (instance_list(removed->state, &guests, err) < 0)
		return -1;
	for (size_t i = 0; i < removed->n_releases; i++) {
		CLEANUP_FREE char *dir = instance_bundle_dir(removed, &removed->releases[i]);

		if (!is_needed(removed->state, &guests, removed->releases[i].bundle) &&
		    folder_remove(dir, err) < 0)
			return -1;
	}
	return 0;
}

int install_drop_bundle(const char *state, const char *folder, struct error *err)
{
	CLEANUP_FREE char *dir = xasprintf("%s/bundles/%s", state, folder);
	CLEANUP_FREE char *removed = path_join(state, "removed");
	struct strv guests CLEANUP_STRV = STRV_INIT;

	if (instance_list(state, &guests, err) < 0)
		return -1;
	return path_exists(removed) || is_needed(state, &guests, folder) ? 0 : folder_remove(dir, err);
}

/* The overlays are worth nothing without what they stand on: bundles go only with a purge. */
int install_remove(struct instance *inst, bool purge, char **ret_kept, struct error *err)
{
	CLEANUP_FREE char *place = find_place(inst), *parent = path_dirname(place);

	if (folder_make(parent, err) < 0)
		return -1;
	if (rename(inst->home, place) < 0)
		return error_sys(err, errno, "move '%s' away", inst->home);
	*ret_kept = purge ? NULL : STEAL(place);
	if (!purge)
		return 0;
	if (folder_remove(place, err) < 0)
		return -1;
	/* disks that were kept of other guests stand on bundles, too */
	return rmdir(parent) == 0 ? drop_bundles(inst, err) : 0;
}
