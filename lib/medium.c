// SPDX-License-Identifier: GPL-2.0-or-later
/* A folder to write to, or a device that is mounted for it. */
#include "config.h"

#include <blkid.h>
#include <errno.h>
#include <mntent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "lib/base/alloc.h"
#include "lib/base/path.h"
#include "lib/medium.h"

/* Where a device is mounted already, for writing; NULL: nowhere. */
static char *find_mount(dev_t device)
{
	FILE *f = setmntent("/proc/self/mounts", "re");
	struct mntent *entry;
	char *found = NULL;

	while (f && !found && (entry = getmntent(f))) {
		struct stat st;

		if (entry->mnt_fsname[0] == '/' && stat(entry->mnt_fsname, &st) == 0 &&
		    S_ISBLK(st.st_mode) && st.st_rdev == device && hasmntopt(entry, "rw"))
			found = xstrdup(entry->mnt_dir);
	}
	if (f)
		endmntent(f);
	return found;
}

static int no_file_system(const char *path, const char *what, struct error *err)
{
	error_set(err, ERR_FORMAT, "'%s' %s", path, what);
	return error_hint(err, "name the partition or folder to write to; 'mkfs.exfat' or 'mkfs.vfat' "
			  "makes a file system on a new stick");
}

static int find_type(const char *path, char **ret, struct error *err)
{
	blkid_probe probe = blkid_new_probe_from_filename(path);
	const char *type = NULL;
	int rc = probe ? 0 : errno;

	if (!probe)
		return error_sys(err, rc, "open '%s'", path);
	blkid_probe_enable_superblocks(probe, 1);
	blkid_probe_set_superblocks_flags(probe, BLKID_SUBLKS_TYPE | BLKID_SUBLKS_USAGE);
	if (blkid_do_safeprobe(probe) == 0 && blkid_probe_has_value(probe, "USAGE")) {
		blkid_probe_lookup_value(probe, "USAGE", &type, NULL);
		if (type && strcmp(type, "filesystem") == 0)
			blkid_probe_lookup_value(probe, "TYPE", &type, NULL);
		else
			type = NULL;
	}
	*ret = type ? xstrdup(type) : NULL;
	blkid_free_probe(probe);
	return *ret ? 0 : no_file_system(path, "holds no file system", err);
}

static int mount_device(struct medium *m, const char *path, struct error *err)
{
	char dir[] = "/tmp/rehost-medium-XXXXXX";
	CLEANUP_FREE char *type = NULL;
	int rc;

	if (find_type(path, &type, err) < 0)
		return -1;
	if (!mkdtemp(dir))
		return error_sys(err, errno, "create a folder to mount '%s'", path);
	if (mount(path, dir, type, MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) == 0) {
		*m = (struct medium){ xstrdup(dir), true };
		return 0;
	}
	rc = errno;
	rmdir(dir);
	error_sys(err, rc, "mount '%s' (%s)", path, type);
	return error_hint(err, "mount it yourself and give its folder");
}

int medium_open(struct medium *ret, const char *path, struct error *err)
{
	struct medium m = MEDIUM_INIT;
	struct stat st;

	if (stat(path, &st) < 0)
		return error_sys(err, errno, "open '%s'", path);
	if (S_ISDIR(st.st_mode)) {
		m.dir = xstrdup(path);
	} else if (!S_ISBLK(st.st_mode)) {
		error_set(err, ERR_FORMAT, "'%s' is neither a folder nor a device", path);
		return error_hint(err, "name the folder or the stick to copy to");
	} else {
		m.dir = find_mount(st.st_rdev);
		if (!m.dir && mount_device(&m, path, err) < 0)
			return -1;
	}
	*ret = m;
	return 0;
}

int medium_close(struct medium *m, struct error *err)
{
	CLEANUP_FREE char *dir = m->dir;
	bool mounted = m->mounted;

	*m = (struct medium)MEDIUM_INIT;
	if (!mounted)
		return 0;
	if (umount2(dir, UMOUNT_NOFOLLOW) < 0) {
		error_sys(err, errno, "unmount '%s'", dir);
		return error_hint(err, "do not take the stick out before 'umount %s' has worked", dir);
	}
	rmdir(dir);
	return 0;
}
