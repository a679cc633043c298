// SPDX-License-Identifier: GPL-2.0-or-later
/* Block devices of this host: who uses one, and what it says of itself. */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "lib/base/alloc.h"
#include "lib/base/path.h"
#include "lib/base/strv.h"
#include "lib/source.h"
#include "lib/vpd.h"

enum { SMALL_FILE_MAX = 4096, TABLE_MAX = 4 << 20 };

static char *sys_folder(dev_t dev)
{
	return xasprintf("/sys/dev/block/%u:%u", major(dev), minor(dev));
}

/* Is @dev the disk @disk or one of its partitions? A partition lies below its disk in /sys. */
static bool belongs_to(dev_t dev, dev_t disk)
{
	CLEANUP_FREE char *a = sys_folder(dev), *b = sys_folder(disk);
	CLEANUP_FREE char *real = NULL, *whole = NULL, *parent = NULL;

	if (dev == disk)
		return true;
	if (path_absolute(a, &real, NULL) < 0 || path_absolute(b, &whole, NULL) < 0)
		return false;
	parent = path_dirname(real);
	return strcmp(parent, whole) == 0;
}

static bool path_belongs_to(const char *path, dev_t disk)
{
	struct stat st;

	return path[0] == '/' && stat(path, &st) == 0 && S_ISBLK(st.st_mode) &&
	       belongs_to(st.st_rdev, disk);
}

/* The mount point in a line of mountinfo, if it is on @disk; see proc(5). */
static char *mounted_at(const char *line, dev_t disk)
{
	struct strv words CLEANUP_STRV = STRV_INIT;
	unsigned int maj, min;

	strv_split(&words, line, " ");
	if (words.n < 7 || sscanf(words.v[2], "%u:%u", &maj, &min) != 2)
		return NULL;
	if (belongs_to(makedev(maj, min), disk))
		return xstrdup(words.v[4]);
	/* Some file systems show a device number of their own: look at what was mounted. */
	for (size_t i = 6; i + 2 < words.n; i++)
		if (strcmp(words.v[i], "-") == 0)
			return path_belongs_to(words.v[i + 2], disk) ? xstrdup(words.v[4]) : NULL;
	return NULL;
}

static int refuse(const char *name, const char *how, const char *where, struct error *err)
{
	error_set(err, ERR_BUSY, "'%s' is in use: %s %s", name, how, where);
	return error_hint(err, "stop what uses it, or give --force-live to read it as it is");
}

static int refuse_holder(const char *name, dev_t dev, struct error *err)
{
	CLEANUP_FREE char *dir = sys_folder(dev), *path = path_join(dir, "holders");
	DIR *holders = opendir(path);
	struct dirent *e;
	int rc = 0;

	while (rc == 0 && holders && (e = readdir(holders)))
		if (e->d_name[0] != '.')
			rc = refuse(name, "held by", e->d_name, err);
	if (holders)
		closedir(holders);
	return rc;
}

int device_refuse_in_use(const char *name, dev_t dev, struct error *err)
{
	struct strv mounts CLEANUP_STRV = STRV_INIT, swaps CLEANUP_STRV = STRV_INIT;
	CLEANUP_FREE char *mount_text = NULL, *swap_text = NULL;

	if (file_read("/proc/self/mountinfo", TABLE_MAX, &mount_text, NULL, err) < 0)
		return -1;
	strv_split(&mounts, mount_text, "\n");
	for (size_t i = 0; i < mounts.n; i++) {
		CLEANUP_FREE char *where = mounted_at(mounts.v[i], dev);

		if (where)
			return refuse(name, "mounted on", where, err);
	}
	if (file_read("/proc/swaps", TABLE_MAX, &swap_text, NULL, NULL) == 0)
		strv_split(&swaps, swap_text, "\n");
	for (size_t i = 1; i < swaps.n; i++) {
		swaps.v[i][strcspn(swaps.v[i], " \t")] = '\0';
		if (path_belongs_to(swaps.v[i], dev))
			return refuse(name, "swap space", swaps.v[i], err);
	}
	return refuse_holder(name, dev, err);
}

/* First line of a small file without the blanks around it, or NULL. */
static char *read_word(const char *dir, const char *name)
{
	CLEANUP_FREE char *path = path_join(dir, name), *text = NULL;
	char *start;
	size_t len;

	if (file_read(path, SMALL_FILE_MAX, &text, NULL, NULL) < 0)
		return NULL;
	start = text + strspn(text, " \t");
	len = strcspn(start, "\n");
	while (len && (start[len - 1] == ' ' || start[len - 1] == '\t'))
		len--;
	return len ? xstrndup(start, len) : NULL;
}

/* Without a serial number in /sys there may be one that udev asked the drive for. */
static char *udev_serial(dev_t dev)
{
	static const char key[] = "E:ID_SERIAL_SHORT=";
	CLEANUP_FREE char *path = xasprintf("/run/udev/data/b%u:%u", major(dev), minor(dev));
	CLEANUP_FREE char *text = NULL;
	const char *at;

	if (file_read(path, TABLE_MAX, &text, NULL, NULL) < 0)
		return NULL;
	at = strstr(text, key);
	if (!at)
		return NULL;
	at += strlen(key);
	return xstrndup(at, strcspn(at, "\n"));
}

static char *page_serial(const char *dir)
{
	CLEANUP_FREE char *path = path_join(dir, "device/vpd_pg80"), *page = NULL;
	size_t len = 0;

	return file_read(path, SMALL_FILE_MAX, &page, &len, NULL) < 0 ? NULL : vpd_serial(page, len);
}

void device_describe(dev_t dev, char **ret_model, char **ret_serial)
{
	CLEANUP_FREE char *dir = sys_folder(dev);

	*ret_model = read_word(dir, "device/model");
	*ret_serial = read_word(dir, "device/serial");
	if (!*ret_serial)
		*ret_serial = read_word(dir, "serial");
	if (!*ret_serial)
		*ret_serial = udev_serial(dev);
	if (!*ret_serial)
		*ret_serial = page_serial(dir);
}
