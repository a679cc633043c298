// SPDX-License-Identifier: GPL-2.0-or-later
/* The /proc and /sys of a computer, read from itself or from a copy in a folder. */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/base/alloc.h"
#include "lib/base/path.h"
#include "lib/facts.h"
#include "lib/facts_archive.h"

static char lookup(const struct facts *t, const char *path, char **ret_link)
{
	char link[FACTS_PATH_MAX];
	struct stat st;
	ssize_t len;

	if (fstatat(t->fd, path, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return '\0';
	if (!S_ISLNK(st.st_mode))
		return S_ISDIR(st.st_mode) ? 'd' : 'f';
	len = readlinkat(t->fd, path, link, sizeof(link));
	if (len < 0 || len == sizeof(link))
		return '\0';
	*ret_link = xstrndup(link, (size_t)len);
	return 'l';
}

/* The running machine needs no fence; a copy gets one, so that its links end inside it. */
static int open_in(const struct facts *t, const char *path, int flags)
{
	CLEANUP_FREE char *real = NULL;
	struct open_how how = {
		.flags = (uint64_t)(flags | O_CLOEXEC),
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	int fd;

	if (t->live)
		return openat(t->fd, *path ? path : ".", flags | O_CLOEXEC);
	fd = (int)syscall(SYS_openat2, t->fd, *path ? path : ".", &how, sizeof(how));
	if (fd >= 0 || errno != ENOSYS)
		return fd;
	real = facts_resolve(t, path, lookup);
	return real ? openat(t->fd, *real ? real : ".", flags | O_CLOEXEC | O_NOFOLLOW) : -1;
}

static int open_folder(struct facts *t, const char *path, struct error *err)
{
	if (path_absolute(path, &t->root, err) < 0)
		return -1;
	t->fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (t->fd < 0)
		return error_sys(err, errno, "open folder '%s'", path);
	t->live = strcmp(t->root, "/") == 0;
	return 0;
}

int facts_open(struct facts *ret, const char *path, struct error *err)
{
	struct facts t CLEANUP_FACTS = FACTS_INIT;
	struct stat st;
	int rc;

	if (stat(path, &st) < 0)
		return error_sys(err, errno, "open '%s'", path);
	if (S_ISREG(st.st_mode)) {
		CLEANUP_FREE char *data = NULL;
		size_t len = 0;

		rc = file_read(path, FACTS_ARCHIVE_MAX, &data, &len, err);
		rc = rc < 0 ? rc : facts_from_tar(&t, data, len, err);
	} else {
		rc = open_folder(&t, path, err);
	}
	if (rc < 0)
		return error_wrap(err, "read '%s'", path);
	*ret = t;
	t = (struct facts)FACTS_INIT;
	return 0;
}

void facts_close(struct facts *t)
{
	if (t->fd >= 0)
		close(t->fd);
	for (size_t i = 0; i < t->n_entries; i++) {
		free(t->entries[i].path);
		free(t->entries[i].data);
	}
	free(t->entries);
	free(t->root);
	*t = (struct facts)FACTS_INIT;
}

/* Files of /proc and /sys do not tell their length. */
static char *read_all(int fd, size_t *ret_len)
{
	size_t len = 0, room = 4096;
	CLEANUP_FREE char *text = xmalloc(room + 1);

	while (len < FACTS_FILE_MAX) {
		ssize_t got = read(fd, text + len, room - len);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return NULL;
		if (got == 0)
			break;
		len += (size_t)got;
		if (len == room) {
			room *= 2;
			text = xreallocarray(text, room + 1, 1);
		}
	}
	text[len] = '\0';
	if (ret_len)
		*ret_len = len;
	return STEAL(text);
}

char *facts_read(const struct facts *t, const char *path, size_t *ret_len)
{
	CLEANUP_CLOSE int fd = -1;
	struct stat st;

	if (t->fd < 0)
		return archive_entry_read(t, path, ret_len);
	/* A device node in a copy could block or act when it is opened: look first. */
	fd = open_in(t, path, O_PATH);
	if (fd < 0 || fstat(fd, &st) < 0)
		return NULL;
	if (!S_ISREG(st.st_mode)) {
		errno = EINVAL;
		return NULL;
	}
	close(STEAL_FD(fd));
	fd = open_in(t, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	return fd < 0 ? NULL : read_all(fd, ret_len);
}

static int by_version(const void *a, const void *b)
{
	return strverscmp(*(char *const *)a, *(char *const *)b);
}

void facts_sort_names(struct strv *names)
{
	if (names->n)
		qsort(names->v, names->n, sizeof(*names->v), by_version);
}

static void cleanup_dir(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

int facts_list(const struct facts *t, const char *path, struct strv *ret)
{
	DIR *dir __attribute__((cleanup(cleanup_dir))) = NULL;
	const struct dirent *entry;
	int fd;

	if (t->fd < 0)
		return archive_entry_list(t, path, ret);
	fd = open_in(t, path, O_RDONLY | O_DIRECTORY);
	if (fd < 0)
		return -1;
	dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return -1;
	}
	while (ret->n < FACTS_LIST_MAX && (entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			strv_add(ret, entry->d_name);
	facts_sort_names(ret);
	return 0;
}

char *facts_real(const struct facts *t, const char *path)
{
	CLEANUP_CLOSE int fd = -1;
	CLEANUP_FREE char *link = NULL;
	char real[FACTS_PATH_MAX];
	size_t skip;
	ssize_t len;

	if (t->fd < 0)
		return archive_entry_real(t, path);
	fd = open_in(t, path, O_PATH);
	if (fd < 0)
		return NULL;
	link = xasprintf("/proc/self/fd/%d", fd);
	len = readlink(link, real, sizeof(real) - 1);
	if (len < 0)
		return NULL;
	real[len] = '\0';
	skip = strlen(t->root);
	if (strncmp(real, t->root, skip) != 0)
		return NULL;
	while (real[skip] == '/')
		skip++;
	return xstrdup(real + skip);
}
