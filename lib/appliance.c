// SPDX-License-Identifier: GPL-2.0-or-later
/* The libguestfs appliance: start, end, errors with remedies, and whole files in one transfer. */
#include "config.h"

#include <errno.h>
#include <guestfs.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/accel.h"
#include "lib/appliance.h"
#include "lib/appliance_room.h"
#include "lib/base/alloc.h"
#include "lib/base/interrupt.h"
#include "lib/base/path.h"

/* What goes into one message to or from the appliance [bytes] */
enum { ONE_MESSAGE = 1 << 20 };

int appliance_error(const struct appliance *app, struct error *err, const char *fmt, ...)
{
	const char *said = app->g ? guestfs_last_error(app->g) : NULL;
	CLEANUP_FREE char *what = NULL;
	va_list ap;

	va_start(ap, fmt);
	what = xvasprintf(fmt, ap);
	va_end(ap);
	if (interrupt_check(err) < 0)
		return -1;
	if (appliance_room_full(app->room))
		return appliance_room_error(app->room, what, err);
	return error_set(err, app->g && guestfs_last_errno(app->g) == ENOSPC ? ERR_NO_SPACE
									      : ERR_SYSTEM,
			 "%s: %s", what, said ? said : "the appliance does not answer");
}

int appliance_explain(const struct appliance *app, struct error *err)
{
	if (!appliance_room_full(app->room) || interrupted())
		return -1;
	error_clear(err);
	return appliance_room_error(app->room, "write to the guest's disks", err);
}

/* supermin builds the appliance from this machine's kernel, which some systems hide from users. */
static int launch_error(const struct appliance *app, struct error *err)
{
	appliance_error(app, err, "start the libguestfs appliance");
	if (interrupted())
		return -1;
	if (access("/boot", R_OK) == 0 && geteuid() != 0)
		return error_hint(err, "make the kernel readable: 'chmod 0644 /boot/vmlinuz-*', or "
				       "run as root; 'libguestfs-test-tool' says more");
	return error_hint(err, "install a kernel (linux-image-amd64) and see what "
			       "'libguestfs-test-tool' says");
}

static int make_transfer_folder(struct appliance *app, struct error *err)
{
	const char *tmp = getenv("TMPDIR");
	CLEANUP_FREE char *dir = xasprintf("%s/rehost-XXXXXX", tmp && *tmp ? tmp : "/var/tmp");

	if (!mkdtemp(dir))
		return error_sys(err, errno, "create folder '%s'", dir);
	app->dir = STEAL(dir);
	return 0;
}

/* The backend runs QEMU itself: no libvirt daemon, no permissions of another user. */
static int configure(struct appliance *app, unsigned int mode, struct error *err)
{
	enum { MEMORY = 640, MEMORY_LARGE = 1792 };	/* [MiB] */
	guestfs_h *g = app->g;
	enum accel accel;

	if (accel_probe(&accel, NULL, err) < 0)
		return -1;
	guestfs_set_error_handler(g, NULL, NULL);
	if (guestfs_set_backend(g, "direct") < 0 || guestfs_set_autosync(g, 1) < 0 ||
	    guestfs_set_network(g, 0) < 0 || guestfs_set_identifier(g, "rehost") < 0 ||
	    guestfs_set_memsize(g, mode & APPLIANCE_LARGE ? MEMORY_LARGE : MEMORY) < 0)
		return appliance_error(app, err, "configure libguestfs");
	if (accel == ACCEL_TCG && guestfs_set_backend_setting(g, "force_tcg", "1") < 0)
		return appliance_error(app, err, "configure libguestfs");
	return 0;
}

static int add_disk(struct appliance *app, const struct appliance_disk *disk, size_t i,
		    unsigned int mode, struct error *err)
{
	/* by the label a program inside finds the disk, whose kernel name there is a matter of luck */
	CLEANUP_FREE char *label = xasprintf(APPLIANCE_LABEL "%c", 'a' + (int)i);
	int rc = guestfs_add_drive_opts(app->g, disk->path,
					GUESTFS_ADD_DRIVE_OPTS_READONLY, !(mode & APPLIANCE_WRITE),
					GUESTFS_ADD_DRIVE_OPTS_FORMAT, disk->format,
					GUESTFS_ADD_DRIVE_OPTS_CACHEMODE, "unsafe",
					GUESTFS_ADD_DRIVE_OPTS_DISCARD, "besteffort",
					GUESTFS_ADD_DRIVE_OPTS_LABEL, label, -1);

	return rc < 0 ? appliance_error(app, err, "add disk '%s'", disk->path) : 0;
}

/*
 * libguestfs starts supermin and QEMU itself, and waits for them whatever happens. What they leave
 * when they are ended lies in our folder, and goes with it.
 */
static int launch(const struct appliance *app, struct error *err)
{
	const char *tmp = getenv("TMPDIR");
	CLEANUP_FREE char *before = tmp ? xstrdup(tmp) : NULL;
	int rc;

	interrupt_all_children(true);
	if (interrupt_check(err) < 0)
		return -1;
	setenv("TMPDIR", app->dir, 1);
	rc = guestfs_launch(app->g);
	if (before)
		setenv("TMPDIR", before, 1);
	else
		unsetenv("TMPDIR");
	return rc < 0 ? launch_error(app, err) : 0;
}

/* What is only read has its changes in our folder. */
static void watch(struct appliance *app, const struct appliance_disk *disks, size_t n_disks,
		  unsigned int mode)
{
	CLEANUP_FREE char *dir = mode & APPLIANCE_WRITE && n_disks ? path_dirname(disks[0].path)
								    : xstrdup(app->dir);
	int pid = guestfs_get_pid(app->g);

	app->room = pid > 0 ? appliance_room_watch(dir, pid) : NULL;
}

int appliance_open(struct appliance *ret, const struct appliance_disk *disks, size_t n_disks,
		   unsigned int mode, struct error *err)
{
	struct appliance app CLEANUP_APPLIANCE = APPLIANCE_INIT;

	if (make_transfer_folder(&app, err) < 0)
		return -1;
	app.g = guestfs_create_flags(GUESTFS_CREATE_NO_CLOSE_ON_EXIT);
	if (!app.g)
		return error_sys(err, errno, "create a libguestfs handle");
	if (configure(&app, mode, err) < 0)
		return -1;
	if (n_disks > APPLIANCE_MAX_DISKS)
		return error_set(err, ERR_UNSUPPORTED, "%zu disks are more than the %d that can be "
				 "looked at together", n_disks, APPLIANCE_MAX_DISKS);
	for (size_t i = 0; i < n_disks; i++)
		if (add_disk(&app, &disks[i], i, mode, err) < 0)
			return -1;
	if (launch(&app, err) < 0)
		return -1;
	app.n_disks = n_disks;
	watch(&app, disks, n_disks, mode);
	*ret = app;
	app = (struct appliance)APPLIANCE_INIT;
	return 0;
}

int appliance_finish(struct appliance *app, struct error *err)
{
	/* it unmounts and syncs first: autosync */
	if (guestfs_shutdown(app->g) < 0)
		return appliance_error(app, err, "write the disks out");
	return 0;
}

void appliance_close(struct appliance *app)
{
	if (app->g) {
		guestfs_close(app->g);
		interrupt_all_children(false);
	}
	appliance_room_end(app->room);
	if (app->dir)
		folder_remove(app->dir, NULL);
	free(app->dir);
	*app = (struct appliance)APPLIANCE_INIT;
}

/* The canonical name has no link in any component, so that tar stays inside the guest. */
static int real_folder(const struct appliance *app, const char *folder, char **ret,
		       struct error *err)
{
	CLEANUP_FREE char *real = NULL;
	int is_dir = guestfs_is_dir_opts(app->g, folder, GUESTFS_IS_DIR_OPTS_FOLLOWSYMLINKS, 1, -1);

	if (is_dir < 0)
		return appliance_error(app, err, "look at folder '%s'", folder);
	if (!is_dir)
		return 0;
	real = guestfs_realpath(app->g, folder);
	if (!real)
		return appliance_error(app, err, "look up folder '%s'", folder);
	*ret = STEAL(real);
	return 0;
}

int appliance_read_folder(const struct appliance *app, const char *folder,
			  const char *const *exclude, struct tree *t, struct error *err)
{
	static const char *const nothing[] = { NULL };
	CLEANUP_FREE char *real = NULL, *tar = path_join(app->dir, "folder.tar");
	int rc;

	if (real_folder(app, folder, &real, err) < 0)
		return -1;
	if (!real)
		return 0;
	if (guestfs_tar_out_opts(app->g, real, tar, GUESTFS_TAR_OUT_OPTS_NUMERICOWNER, 1,
				 GUESTFS_TAR_OUT_OPTS_EXCLUDES, exclude ? exclude : nothing,
				 -1) < 0)
		return appliance_error(app, err, "read folder '%s'", folder);
	rc = tree_add_tar(t, real, tar, err);
	unlink(tar);
	if (strcmp(real, folder) != 0)
		tree_note(t, folder, TREE_LINK, real);
	return rc;
}

/*
 * A transfer by files comes in pieces of 8 KiB, each of which costs an emulated machine as much as a
 * message of 1 MiB does: the latter are ten times as fast.
 */
int appliance_read_file(const struct appliance *app, const char *path, uint64_t max, char **ret,
			size_t *ret_len, struct error *err)
{
	CLEANUP_FREE char *data = NULL;
	int64_t size = guestfs_filesize(app->g, path);
	size_t len = (size_t)size, done = 0;

	if (size < 0)
		return appliance_error(app, err, "read '%s' of the guest", path);
	if ((uint64_t)size > max)
		return error_set(err, ERR_FORMAT, "'%s' of the guest is larger than %llu bytes",
				 path, (unsigned long long)max);
	data = xmalloc(len + 1);
	while (done < len) {
		size_t n = MIN(len - done, (size_t)ONE_MESSAGE), got = 0;
		CLEANUP_FREE char *part = guestfs_pread(app->g, path, (int)n, (int64_t)done, &got);

		if (!part)
			return appliance_error(app, err, "read '%s' of the guest", path);
		if (!got || got > n)
			return error_set(err, ERR_FORMAT, "'%s' of the guest ends early", path);
		memcpy(data + done, part, got);
		done += got;
	}
	data[len] = '\0';
	*ret = STEAL(data);
	*ret_len = len;
	return 0;
}

int appliance_write_file(const struct appliance *app, const char *path, const void *data,
			 size_t len, struct error *err)
{
	const char *bytes = data;
	size_t done = MIN(len, (size_t)ONE_MESSAGE);

	if (guestfs_write(app->g, path, bytes, done) < 0)
		return appliance_error(app, err, "write '%s' in the guest", path);
	while (done < len) {
		size_t n = MIN(len - done, (size_t)ONE_MESSAGE);

		if (guestfs_write_append(app->g, path, bytes + done, n) < 0)
			return appliance_error(app, err, "write '%s' in the guest", path);
		done += n;
	}
	return 0;
}

int appliance_mount(const struct appliance *app, const char *device, const char *point,
		    bool writable, const char *options, struct error *err)
{
	CLEANUP_FREE char *all = xasprintf("%s%s%s", writable ? "rw" : "ro", options ? "," : "",
					   options ? options : "");

	if (guestfs_mount_options(app->g, all, device, point) < 0)
		return appliance_error(app, err, "mount %s", device);
	return 0;
}

void appliance_umount(const struct appliance *app)
{
	guestfs_umount_all(app->g);
}

char *appliance_device(const char *device)
{
	/* /dev/sdb1 -> …/rehostb1; volumes are called the same everywhere */
	if (strncmp(device, "/dev/sd", 7) == 0)
		return xasprintf("/dev/disk/guestfs/" APPLIANCE_LABEL "%s", device + 7);
	return xstrdup(device);
}

/* A backslash is none to the shell, but sha256sum and others print such names in another way. */
bool appliance_quotable(const char *name)
{
	for (; *name; name++)
		if ((unsigned char)*name < ' ' || strchr("'\\\177", *name))
			return false;
	return true;
}

int appliance_run(const struct appliance *app, const char *command, char **ret, struct error *err)
{
	char *args[] = { (char *)command, NULL };
	char *out = guestfs_debug(app->g, "sh", args);

	if (!out)
		return appliance_error(app, err, "run '%s' in the appliance", command);
	*ret = out;
	return 0;
}

void appliance_free_list(char ***list)
{
	for (size_t i = 0; *list && (*list)[i]; i++)
		free((*list)[i]);
	free(*list);
}
static void free_stats(struct guestfs_statns_list **stats)
{
	guestfs_free_statns_list(*stats);
}

static enum tree_kind kind_of(int64_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
		return TREE_FILE;
	case S_IFDIR:
		return TREE_DIR;
	case S_IFLNK:
		return TREE_LINK;
	default:
		return TREE_OTHER;
	}
}

void appliance_note_folder(const struct appliance *app, const char *folder, struct tree *t)
{
	CLEANUP_FREE char *real = guestfs_realpath(app->g, folder);
	char **names CLEANUP_LIST = real ? guestfs_ls(app->g, real) : NULL;
	char **links CLEANUP_LIST = NULL;
	struct guestfs_statns_list *stats __attribute__((cleanup(free_stats))) = NULL;

	if (names)
		stats = guestfs_lstatnslist(app->g, real, names);
	if (stats)
		links = guestfs_readlinklist(app->g, real, names);
	for (size_t i = 0; links && i < stats->len && names[i] && links[i]; i++) {
		CLEANUP_FREE char *path = path_join(real, names[i]);
		enum tree_kind kind = kind_of(stats->val[i].st_mode);

		tree_note(t, path, kind, kind == TREE_LINK ? links[i] : NULL);
		t->nodes[t->n_nodes - 1].size = (uint64_t)stats->val[i].st_size;
	}
}

void appliance_note_names(const struct appliance *app, const char *const *names, struct tree *t)
{
	for (; *names; names++) {
		CLEANUP_FREE char *real = guestfs_realpath(app->g, *names);

		if (real)
			tree_note(t, real, TREE_FILE, NULL);
	}
}
