// SPDX-License-Identifier: GPL-2.0-or-later
/* What goes into the guest's file system, and how it gets there: files first, hives last. */
#include "config.h"

#include <guestfs.h>
#include <stdlib.h>
#include <string.h>

#include "converters/windows.h"
#include "lib/base/alloc.h"
#include "lib/base/interrupt.h"
#include "lib/base/path.h"
#include "lib/guest_changes.h"

static int check_room(const struct windows_edit *e, struct error *err)
{
	enum { SPARE = 4 << 20 };
	struct guestfs_statvfs *fs = guestfs_statvfs(e->conv->app->g, e->w->dir);
	uint64_t need = SPARE, room;

	if (!fs)
		return appliance_error(e->conv->app, err, "look at the room in '%s'", e->w->dir);
	if (MUL_OVERFLOW((uint64_t)fs->bavail, (uint64_t)fs->bsize, &room))
		room = UINT64_MAX;
	guestfs_free_statvfs(fs);
	for (size_t i = 0; i < e->n_puts; i++)
		need += (e->puts[i].len + 4095) & ~(size_t)4095;
	if (room >= need)
		return 0;
	error_set(err, ERR_NO_SPACE, "no room in the guest's %s: %llu KiB are needed, %llu are free",
		  e->conv->sys->root, (unsigned long long)need >> 10, (unsigned long long)room >> 10);
	return error_hint(err, "remove files from the old PC's system disk and capture it again");
}

/* What was written, and which digest it must have. */
struct written {
	struct strv paths, digests;
};

static void written_clear(struct written *w)
{
	strv_clear(&w->paths);
	strv_clear(&w->digests);
}

static void note_written(struct written *w, const char *path, const void *data, size_t len)
{
	uint8_t digest[DIGEST_SIZE];
	char hex[DIGEST_HEX_SIZE];

	digest_of(data, len, digest);
	digest_to_hex(digest, hex);
	strv_add(&w->paths, path);
	strv_add(&w->digests, hex);
}

static int check_digest(const char *path, const char *is, const char *meant, struct error *err)
{
	if (strncmp(is, meant, DIGEST_HEX_SIZE - 1) == 0)
		return 0;
	return error_set(err, ERR_INTEGRITY, "'%s' of the guest is not what was written", path);
}

/*
 * What is in the guest is what was meant, or the conversion fails: read back from the disk, not from
 * what is kept of it in memory. All in one question, since each costs as much as ten files.
 */
static int verify(const struct windows_edit *e, const struct written *w, struct error *err)
{
	struct strv words CLEANUP_STRV = STRV_INIT, lines CLEANUP_STRV = STRV_INIT;
	CLEANUP_FREE char *command = NULL, *out = NULL;
	size_t line = 0;

	strv_add(&words, "sync; echo 3 >/proc/sys/vm/drop_caches; sha256sum --");
	for (size_t i = 0; i < w->paths.n; i++)
		if (appliance_quotable(w->paths.v[i]))
			strv_addf(&words, "'/sysroot%s'", w->paths.v[i]);
	command = strv_join(&words, " ");
	if (words.n > 1 && appliance_run(e->conv->app, command, &out, err) < 0)
		return error_wrap(err, "read back what was written");
	strv_split(&lines, out ? out : "", "\r\n");
	for (size_t i = 0; i < w->paths.n; i++) {
		bool plain = appliance_quotable(w->paths.v[i]);
		CLEANUP_FREE char *one = plain ? NULL : guestfs_checksum(e->conv->app->g, "sha256",
									 w->paths.v[i]);

		if (!plain && !one)
			return appliance_error(e->conv->app, err, "read '%s' back", w->paths.v[i]);
		if (plain && line >= lines.n)
			return error_set(err, ERR_INTEGRITY, "'%s' cannot be read back", w->paths.v[i]);
		if (check_digest(w->paths.v[i], plain ? lines.v[line++] : one, w->digests.v[i], err) < 0)
			return -1;
	}
	return 0;
}

/* NTFS is mounted read-only without a word when it must not be written. */
static int check_writable(const struct windows_edit *e, struct error *err)
{
	CLEANUP_FREE char *dir = xasprintf("%s/" WINDOWS_OUR_FOLDER, e->w->dir);

	if (guestfs_mkdir_p(e->conv->app->g, dir) == 0)
		return 0;
	appliance_error(e->conv->app, err, "write to the guest's %s", e->conv->sys->root);
	return error_hint(err, "start the old PC once more, shut it down properly, and capture it again");
}

static int write_put(struct windows_edit *e, const struct windows_put *p, struct written *written,
		     struct guest *ret, struct error *err)
{
	const struct conversion *conv = e->conv;
	CLEANUP_FREE char *dir = path_dirname(p->path), *before = NULL, *base = path_basename(p->path);
	CLEANUP_FREE char *there = appliance_find(conv->app, dir, base);
	const char *path = there ? there : p->path;
	size_t before_len = 0;

	if (there && appliance_read_file(conv->app, path, DRIVER_FILE_MAX, &before, &before_len, err) < 0)
		return -1;
	if (before && before_len == p->len && memcmp(before, p->data, p->len) == 0)
		return 0;
	conversion_record(ret, path, before ? "changed" : "added", before, before_len, p->data, p->len,
			  p->why);
	if (conv->dry_run)
		return 0;
	if (guestfs_mkdir_p(conv->app->g, dir) < 0)
		return appliance_error(conv->app, err, "create folder '%s' in the guest", dir);
	note_written(written, path, p->data, p->len);
	return appliance_write_file(conv->app, path, p->data, p->len, err);
}

struct key_list {
	struct guest *guest;
	const char *hive;
};

static void record_key(void *arg, const char *key, const char *value, const char *before,
		       const char *after)
{
	const struct key_list *to = arg;

	guest_key_add(to->guest, to->hive, key, value, before, after);
}

static int write_hive(struct windows_edit *e, struct hive *h, const struct windows_file *old,
		      const char *why, struct written *written, struct guest *ret, struct error *err)
{
	struct key_list list = { ret, old->path };
	CLEANUP_FREE char *data = NULL;
	size_t len = 0;

	if (!hive_changed(h))
		return 0;
	if (hive_finish(h, &data, &len, err) < 0)
		return -1;
	conversion_record(ret, old->path, "changed", old->data, old->len, data, len, why);
	hive_each_edit(h, record_key, &list);
	if (e->conv->dry_run)
		return 0;
	note_written(written, old->path, data, len);
	return appliance_write_file(e->conv->app, old->path, data, len, err);
}

/* A system that was put to sleep goes on with the old machine: its file is no use any more. */
static int discard_hibernation(struct windows_edit *e, struct guest *ret, struct error *err)
{
	CLEANUP_FREE char *path = NULL;

	if (!e->w->hibernated)
		return 0;
	path = appliance_find(e->conv->app, "/", "hiberfil.sys");
	conversion_record(ret, "/hiberfil.sys", "removed", NULL, 0, NULL, 0,
			  "the suspended system was to be discarded");
	if (path && !e->conv->dry_run && guestfs_rm(e->conv->app->g, path) < 0)
		return appliance_error(e->conv->app, err, "remove '%s'", path);
	return 0;
}

/* Its journal was open and is empty now: what was only there may be missing in the midst of a change. */
static int ask_for_check(struct windows_edit *e, struct guest *ret, struct error *err)
{
	const struct inspected_fs *fs = inspection_fs(e->conv->in, e->conv->sys->root);

	if (!e->w->hibernated || !fs || strcmp(fs->type, "ntfs") != 0)
		return 0;
	report_remedy(report_add(e->notes, FINDING_WARNING, fs->device,
				 "its journal was thrown away with the suspended system: files that were "
				 "being written may be damaged, and it checks its disk at its first start"),
		      "let the check finish, and look at what the programs of the PC had open");
	conversion_record(ret, fs->device, "changed", NULL, 0, NULL, 0,
			  "marked for a check, since its journal was thrown away");
	if (!e->conv->dry_run && guestfs_ntfsfix(e->conv->app->g, fs->device, -1) < 0)
		return appliance_error(e->conv->app, err, "mark %s for a check", fs->device);
	return 0;
}

int windows_write(struct windows_edit *e, struct guest *ret, struct error *err)
{
	struct written written __attribute__((cleanup(written_clear))) = { STRV_INIT, STRV_INIT };

	if (check_room(e, err) < 0 || (!e->conv->dry_run && check_writable(e, err) < 0) ||
	    discard_hibernation(e, ret, err) < 0)
		return -1;
	for (size_t i = 0; i < e->n_puts; i++)
		if (interrupt_check(err) < 0 || write_put(e, &e->puts[i], &written, ret, err) < 0)
			return -1;
	if (write_hive(e, &e->software, &e->w->software, "where drivers are looked for, policies",
		       &written, ret, err) < 0 ||
	    write_hive(e, &e->system, &e->w->system, "drivers and services that start when it boots",
		       &written, ret, err) < 0 || verify(e, &written, err) < 0)
		return -1;
	appliance_umount(e->conv->app);
	if (ask_for_check(e, ret, err) < 0 || windows_boot_sector(e, ret, err) < 0)
		return -1;
	return windows_boot_uefi(e, ret, err);
}
