// SPDX-License-Identifier: GPL-2.0-or-later
/* Paths, small files and folders. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/alloc.h"
#include "lib/base/path.h"
#include "lib/base/strv.h"

char *path_join(const char *dir, const char *name)
{
	size_t len = strlen(dir);

	if (name[0] == '/' || len == 0)
		return xstrdup(name);
	return xasprintf("%s%s%s", dir, dir[len - 1] == '/' ? "" : "/", name);
}

static size_t without_slashes(const char *path)
{
	size_t len = strlen(path);

	while (len > 1 && path[len - 1] == '/')
		len--;
	return len;
}

char *path_basename(const char *path)
{
	size_t end = without_slashes(path), start = end;

	while (start > 0 && path[start - 1] != '/')
		start--;
	return start == end ? xstrdup("/") : xstrndup(path + start, end - start);
}

char *path_dirname(const char *path)
{
	size_t end = without_slashes(path);

	while (end > 0 && path[end - 1] != '/')
		end--;
	while (end > 1 && path[end - 1] == '/')
		end--;
	return end == 0 ? xstrdup(".") : xstrndup(path, end);
}

int path_absolute(const char *path, char **ret, struct error *err)
{
	CLEANUP_FREE char *dir = NULL, *base = NULL, *real = NULL;

	*ret = realpath(path, NULL);
	if (*ret)
		return 0;
	dir = path_dirname(path);
	base = path_basename(path);
	real = realpath(dir, NULL);
	if (!real)
		return error_sys(err, errno, "look up '%s'", dir);
	*ret = path_join(real, base);
	return 0;
}

char *path_relative(const char *dir, const char *path)
{
	struct strv from CLEANUP_STRV = STRV_INIT, to CLEANUP_STRV = STRV_INIT;
	struct strv steps CLEANUP_STRV = STRV_INIT;
	size_t common = 0;

	strv_split(&from, dir, "/");
	strv_split(&to, path, "/");
	while (common < from.n && common < to.n && strcmp(from.v[common], to.v[common]) == 0)
		common++;
	for (size_t i = common; i < from.n; i++)
		strv_add(&steps, "..");
	for (size_t i = common; i < to.n; i++)
		strv_add(&steps, to.v[i]);
	return steps.n ? strv_join(&steps, "/") : xstrdup(".");
}

bool path_has_suffix(const char *path, const char *suffix)
{
	size_t len = strlen(path), suffix_len = strlen(suffix);

	return len >= suffix_len && strcmp(path + len - suffix_len, suffix) == 0;
}

char *path_stem(const char *path, const char *suffix)
{
	char *base = path_basename(path);

	if (path_has_suffix(base, suffix) && strlen(base) > strlen(suffix))
		base[strlen(base) - strlen(suffix)] = '\0';
	return base;
}

bool path_exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

int file_read(const char *path, size_t max, char **ret, size_t *ret_len, struct error *err)
{
	CLEANUP_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
	CLEANUP_FREE char *text = NULL;
	size_t len = 0, room = 4096;

	if (fd < 0)
		return error_sys(err, errno, "open '%s'", path);
	text = xmalloc(room + 1);
	for (;;) {
		ssize_t got = read(fd, text + len, room - len);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return error_sys(err, errno, "read '%s'", path);
		if (got == 0)
			break;
		len += (size_t)got;
		if (len > max)
			return error_set(err, ERR_FORMAT, "'%s' is larger than %zu bytes", path,
					 max);
		if (len == room) {
			room *= 2;
			text = xreallocarray(text, room + 1, 1);
		}
	}
	text[len] = '\0';
	*ret = STEAL(text);
	if (ret_len)
		*ret_len = len;
	return 0;
}

int folder_make(const char *path, struct error *err)
{
	CLEANUP_FREE char *parent = NULL;

	if (mkdir(path, 0777) == 0 || errno == EEXIST)
		return 0;
	if (errno != ENOENT)
		return error_sys(err, errno, "create folder '%s'", path);
	parent = path_dirname(path);
	if (folder_make(parent, err) < 0)
		return -1;
	if (mkdir(path, 0777) < 0 && errno != EEXIST)
		return error_sys(err, errno, "create folder '%s'", path);
	return 0;
}

static int sync_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	CLEANUP_CLOSE int fd = -1;

	(void)ftw;
	if ((type != FTW_F && type != FTW_DP) || (type == FTW_F && !S_ISREG(st->st_mode)))
		return 0;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	return fd < 0 || (fsync(fd) < 0 && errno != EINVAL) ? -1 : 0;
}

int folder_sync(const char *path, struct error *err)
{
	if (nftw(path, sync_entry, 16, FTW_DEPTH | FTW_PHYS) < 0)
		return error_sys(err, errno, "sync '%s'", path);
	return 0;
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path) < 0 && errno != ENOENT ? -1 : 0;
}

int folder_remove(const char *path, struct error *err)
{
	if (!path_exists(path))
		return 0;
	if (nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS) < 0)
		return error_sys(err, errno, "remove '%s'", path);
	return 0;
}
