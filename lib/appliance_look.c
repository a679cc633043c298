// SPDX-License-Identifier: GPL-2.0-or-later
/* Looking at single things in the mounted guest: names by pattern, first bytes, attributes. */
#include "config.h"

#include <guestfs.h>
#include <stdlib.h>
#include <string.h>

#include "lib/appliance.h"
#include "lib/base/alloc.h"

void appliance_glob(const struct appliance *app, const char *pattern, struct strv *ret)
{
	char **names CLEANUP_LIST = guestfs_glob_expand_opts(
		app->g, pattern, GUESTFS_GLOB_EXPAND_OPTS_DIRECTORYSLASH, 0, -1);

	for (size_t i = 0; names && names[i]; i++)
		strv_add(ret, names[i]);
}

/* "ab" as "[aA][bB]", so that a glob does not look at case; other characters stand for themselves. */
char *appliance_any_case(const char *path)
{
	char *text = xmalloc(4 * strlen(path) + 1), *out = text;

	for (; *path; path++) {
		char lower = (char)(*path | 0x20);

		if (lower >= 'a' && lower <= 'z') {
			*out++ = '[';
			*out++ = lower;
			*out++ = (char)(lower & ~0x20);
			*out++ = ']';
		} else {
			*out++ = *path;
		}
	}
	*out = '\0';
	return text;
}

char *appliance_find(const struct appliance *app, const char *dir, const char *name)
{
	CLEANUP_FREE char *any = appliance_any_case(name);
	CLEANUP_FREE char *pattern = xasprintf("%s%s%s", dir, dir[strlen(dir) - 1] == '/' ? "" : "/",
					       any);
	struct strv found CLEANUP_STRV = STRV_INIT;

	appliance_glob(app, pattern, &found);
	return found.n ? xstrdup(found.v[0]) : NULL;
}

size_t appliance_read_head(const struct appliance *app, const char *path, void *buf, size_t len)
{
	size_t got = 0;
	CLEANUP_FREE char *data = guestfs_pread(app->g, path, (int)len, 0, &got);

	got = data ? MIN(got, len) : 0;
	if (got)
		memcpy(buf, data, got);
	return got;
}

int appliance_read_device(const struct appliance *app, const char *device, uint64_t at, void *buf,
			  size_t len, struct error *err)
{
	size_t got = 0;
	CLEANUP_FREE char *data = guestfs_pread_device(app->g, device, (int)len, (int64_t)at, &got);

	if (!data)
		return appliance_error(app, err, "read %s", device);
	if (got < len)
		return error_set(err, ERR_FORMAT, "%s ends early", device);
	memcpy(buf, data, len);
	return 0;
}

uint32_t appliance_ntfs_attributes(const struct appliance *app, const char *path)
{
	enum { LEN = 4 };
	size_t len = 0;
	CLEANUP_FREE char *data = guestfs_lgetxattr(app->g, path, "system.ntfs_attrib_be", &len);

	if (!data || len != LEN)
		return 0;
	return (uint32_t)(uint8_t)data[0] << 24 | (uint32_t)(uint8_t)data[1] << 16 |
	       (uint32_t)(uint8_t)data[2] << 8 | (uint8_t)data[3];
}
