// SPDX-License-Identifier: GPL-2.0-or-later
/* A file that is written in parts. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/alloc.h"
#include "lib/base/path.h"
#include "lib/part_file.h"

/* The descriptor of a part, which is made if it is not there; -1 with @err. */
static int fd_of(struct part_file *p, size_t i, struct error *err)
{
	CLEANUP_FREE char *name = NULL;
	int fd;

	if (i >= PARTS_MAX)
		return error_set(err, ERR_UNSUPPORTED, "'%s' would have more than %d parts", p->path, PARTS_MAX);
	pthread_mutex_lock(&p->lock);
	if (p->fds[i] < 0) {
		name = part_name(p->path, i);
		p->fds[i] = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
		if (p->fds[i] < 0)
			error_sys(err, errno, "create '%s'", name);
	}
	fd = p->fds[i];
	pthread_mutex_unlock(&p->lock);
	return fd;
}

static bool is_there(const struct part_file *p, size_t i)
{
	CLEANUP_FREE char *name = part_name(p->path, i);

	return i < PARTS_MAX && path_exists(name);
}

static int size_of(struct part_file *p, size_t i, uint64_t *ret, struct error *err)
{
	int fd = fd_of(p, i, err);
	struct stat st;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) < 0)
		return error_sys(err, errno, "look at a part of '%s'", p->path);
	*ret = (uint64_t)st.st_size;
	return 0;
}

int part_file_begin(struct part_file *ret, const char *path, uint64_t part_size, struct error *err)
{
	uint64_t size = 0;

	ret->path = xstrdup(path);
	ret->part_size = part_size;
	for (size_t i = 0; i < PARTS_MAX; i++)
		ret->fds[i] = -1;
	pthread_mutex_init(&ret->lock, NULL);
	if (!is_there(ret, 1))
		return 0;
	if (size_of(ret, 0, &size, err) < 0)
		return -1;
	if (size == part_size)
		return 0;
	error_set(err, ERR_REFUSED, "'%s' was begun with parts of %" PRIu64 " bytes", path, size);
	return error_hint(err, "give the same size again");
}

/* @to and @from: one of the two is NULL. */
static int move(struct part_file *p, uint8_t *to, const uint8_t *from, size_t len, uint64_t offset,
		struct error *err)
{
	while (len) {
		uint64_t inside = offset % p->part_size;
		size_t part = (size_t)MIN((uint64_t)len, p->part_size - inside);
		int fd = fd_of(p, (size_t)(offset / p->part_size), err);
		ssize_t n;

		if (fd < 0)
			return -1;
		n = to ? pread(fd, to, part, (off_t)inside) : pwrite(fd, from, part, (off_t)inside);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_sys(err, errno, "%s the image", to ? "read" : "write");
		if (n == 0 && to)
			return error_set(err, ERR_FORMAT, "the image lost its end while it was written");
		if (n == 0)
			return error_sys(err, ENOSPC, "write the image");
		to = to ? to + n : NULL;
		from = from ? from + n : NULL;
		offset += (uint64_t)n;
		len -= (size_t)n;
	}
	return 0;
}

int part_file_write(struct part_file *p, const void *data, size_t len, uint64_t offset, struct error *err)
{
	return move(p, NULL, data, len, offset, err);
}

int part_file_read(struct part_file *p, void *ret, size_t len, uint64_t offset, struct error *err)
{
	return move(p, ret, NULL, len, offset, err);
}

int part_file_size(struct part_file *p, uint64_t *ret, struct error *err)
{
	uint64_t sum = 0, size = 0;

	for (size_t i = 0; is_there(p, i); i++) {
		if (size_of(p, i, &size, err) < 0)
			return -1;
		sum += size;
	}
	*ret = sum;
	return 0;
}

static int remove_part(struct part_file *p, size_t i, struct error *err)
{
	CLEANUP_FREE char *name = part_name(p->path, i);

	cleanup_close(&p->fds[i]);
	p->fds[i] = -1;
	return unlink(name) < 0 && errno != ENOENT ? error_sys(err, errno, "remove '%s'", name) : 0;
}

int part_file_cut(struct part_file *p, uint64_t size, struct error *err)
{
	size_t last = size ? (size_t)((size - 1) / p->part_size) : 0;

	for (size_t i = 0; i <= last; i++) {
		uint64_t is = 0, wanted = i < last ? p->part_size : size - i * p->part_size;

		if (size_of(p, i, &is, err) < 0)
			return -1;
		if (is != wanted && ftruncate(p->fds[i], (off_t)wanted) < 0)
			return error_sys(err, errno, "cut the image");
	}
	for (size_t i = last + 1; is_there(p, i); i++)
		if (remove_part(p, i, err) < 0)
			return -1;
	return 0;
}

int part_file_sync(struct part_file *p, struct error *err)
{
	for (size_t i = 0; i < PARTS_MAX; i++)
		if (p->fds[i] >= 0 && fdatasync(p->fds[i]) < 0)
			return error_sys(err, errno, "sync the image");
	return 0;
}

int part_file_rename(struct part_file *p, struct error *err)
{
	CLEANUP_FREE char *name = part_name(p->path, 0);

	if (is_there(p, 1) || !is_there(p, 0))
		return 0;
	return rename(name, p->path) < 0 ? error_sys(err, errno, "rename '%s'", name) : 0;
}

void part_file_end(struct part_file *p)
{
	if (!p->path)
		return;
	for (size_t i = 0; i < PARTS_MAX; i++)
		cleanup_close(&p->fds[i]);
	pthread_mutex_destroy(&p->lock);
	free(STEAL(p->path));
}
