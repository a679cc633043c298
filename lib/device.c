// SPDX-License-Identifier: GPL-2.0-or-later
/* Block devices of this host: who uses one, and what it says of itself. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "lib/base/alloc.h"
#include "lib/base/path.h"
#include "lib/mounts.h"
#include "lib/source.h"
#include "lib/vpd.h"

enum { SMALL_FILE_MAX = 4096, TABLE_MAX = 4 << 20 };

static char *sys_folder(dev_t dev)
{
	return xasprintf("/sys/dev/block/%u:%u", major(dev), minor(dev));
}

static int refuse(const char *name, const char *how, const char *where, struct error *err)
{
	error_set(err, ERR_BUSY, "'%s' is in use: %s %s", name, how, where);
	return error_hint(err, "stop what uses it, or give --force-live to read it as it is");
}

static int refuse_holder(const char *name, const struct facts *f, dev_t dev, struct error *err)
{
	size_t n = 0;
	CLEANUP_FREE dev_t *holders = block_list(f, dev, "holders", &n);
	CLEANUP_FREE char *holder = n ? block_name(f, holders[0]) : NULL;

	return n ? refuse(name, "held by", holder ? holder : "another device", err) : 0;
}

static int refuse_mounts(const char *name, const struct facts *f, dev_t dev, struct error *err)
{
	struct mounts mounts CLEANUP_MOUNTS = MOUNTS_INIT;
	uint64_t start = 0;

	if (mounts_read(&mounts, f, err) < 0)
		return -1;
	for (size_t i = 0; i < mounts.n; i++)
		if (mounts.v[i].dev && block_place(f, mounts.v[i].dev, dev, &start))
			return refuse(name, "mounted on", mounts.v[i].where, err);
	return 0;
}

int device_refuse_in_use(const char *name, dev_t dev, struct error *err)
{
	struct facts f CLEANUP_FACTS = FACTS_INIT;
	CLEANUP_FREE char *swap = NULL;

	if (facts_open(&f, "/", err) < 0 || refuse_mounts(name, &f, dev, err) < 0)
		return -1;
	swap = mounts_swap_on(&f, dev);
	return swap ? refuse(name, "swap space", swap, err) : refuse_holder(name, &f, dev, err);
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
