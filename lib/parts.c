// SPDX-License-Identifier: GPL-2.0-or-later
/* A file that may lie in parts, read as one. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/alloc.h"
#include "lib/base/path.h"
#include "lib/parts.h"

#define FIRST_SUFFIX ".001"

char *part_name(const char *path, size_t i)
{
	return xasprintf("%s.%03zu", path, i + 1);
}

static int add_part(struct parts *p, int fd, const char *path, struct error *err)
{
	struct stat st;
	uint64_t end;

	if (fstat(fd, &st) < 0)
		return error_sys(err, errno, "open '%s'", path);
	if (!S_ISREG(st.st_mode))
		return error_sys(err, S_ISDIR(st.st_mode) ? EISDIR : EINVAL, "open '%s'", path);
	if (ADD_OVERFLOW(p->size, (uint64_t)st.st_size, &end))
		return error_set(err, ERR_FORMAT, "'%s' is too large", path);
	*APPEND(p->list, p->n) = (struct part){ fd, p->size, (uint64_t)st.st_size };
	p->size = end;
	return 0;
}

static int open_part(struct parts *p, const char *path, struct error *err)
{
	CLEANUP_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return error_sys(err, errno, "open '%s'", path);
	if (add_part(p, fd, path, err) < 0)
		return -1;
	STEAL_FD(fd);
	return 0;
}

/* The first name that is not there ends the parts; then there may be none behind it, too. */
static int open_parts(struct parts *p, const char *path, struct error *err)
{
	for (size_t i = 0; i <= PARTS_MAX; i++) {
		CLEANUP_FREE char *name = part_name(path, i), *next = part_name(path, i + 1);

		if (path_exists(name) && i < PARTS_MAX) {
			if (open_part(p, name, err) < 0)
				return -1;
			continue;
		}
		if (!path_exists(next))
			break;
		error_set(err, ERR_NOT_FOUND, "'%s' is missing between other parts", name);
		return error_hint(err, "copy all parts of '%s' into one folder", path);
	}
	return 0;
}

int parts_open(struct parts *ret, const char *path, struct error *err)
{
	CLEANUP_FREE char *whole = path_has_suffix(path, FIRST_SUFFIX)
		? xstrndup(path, strlen(path) - strlen(FIRST_SUFFIX)) : xstrdup(path);
	CLEANUP_FREE char *first = part_name(whole, 0);
	struct parts p CLEANUP_PARTS = PARTS_INIT;

	if (!path_exists(whole) && path_exists(first)) {
		if (open_parts(&p, whole, err) < 0)
			return -1;
	} else if (open_part(&p, path, err) < 0) {
		return -1;
	}
	*ret = p;
	p = (struct parts)PARTS_INIT;
	return 0;
}

int parts_of_fd(struct parts *ret, int fd, const char *path, struct error *err)
{
	struct parts p CLEANUP_PARTS = PARTS_INIT;
	CLEANUP_CLOSE int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	if (copy < 0)
		return error_sys(err, errno, "open '%s'", path);
	if (add_part(&p, copy, path, err) < 0)
		return -1;
	STEAL_FD(copy);
	*ret = p;
	p = (struct parts)PARTS_INIT;
	return 0;
}

static const struct part *find_part(const struct parts *p, uint64_t offset)
{
	size_t low = 0, high = p->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (p->list[middle].start + p->list[middle].size <= offset)
			low = middle + 1;
		else
			high = middle;
	}
	return low < p->n ? &p->list[low] : NULL;
}

int parts_read(const struct parts *p, uint64_t offset, void *ret, size_t len, const char *path,
	       struct error *err)
{
	uint8_t *at = ret;

	while (len) {
		const struct part *part = find_part(p, offset);
		uint64_t inside = part ? offset - part->start : 0;
		ssize_t got = part ? pread(part->fd, at, (size_t)MIN((uint64_t)len, part->size - inside),
					   (off_t)inside) : 0;

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return error_sys(err, errno, "read '%s'", path);
		if (got == 0) {
			error_set(err, ERR_INTEGRITY, "'%s' is truncated", path);
			return error_hint(err, "copy the bundle again from where it was made");
		}
		at += got;
		offset += (uint64_t)got;
		len -= (size_t)got;
	}
	return 0;
}

void parts_clear(struct parts *p)
{
	for (size_t i = 0; i < p->n; i++)
		close(p->list[i].fd);
	free(p->list);
	*p = (struct parts)PARTS_INIT;
}
