// SPDX-License-Identifier: GPL-2.0-or-later
/* Stream sockets in the file system. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/base/alloc.h"
#include "lib/base/path.h"
#include "lib/base/unix_socket.h"

/*
 * An address has room for 107 bytes. The folder is held open and named by its descriptor, so that
 * only the last component counts.
 */
static int make_address(const char *path, struct sockaddr_un *ret, int *ret_dir, struct error *err)
{
	CLEANUP_FREE char *dir = path_dirname(path), *base = path_basename(path);
	int n;

	*ret = (struct sockaddr_un){ .sun_family = AF_UNIX };
	*ret_dir = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (*ret_dir < 0)
		return error_sys(err, errno, "open folder '%s'", dir);
	n = snprintf(ret->sun_path, sizeof(ret->sun_path), "/proc/self/fd/%d/%s", *ret_dir, base);
	if (n < 0 || (size_t)n >= sizeof(ret->sun_path))
		return error_set(err, ERR_FORMAT, "the name '%s' is too long for a socket", base);
	return 0;
}

int unix_connect(const char *path, struct error *err)
{
	struct sockaddr_un address;
	CLEANUP_CLOSE int dir = -1;
	CLEANUP_CLOSE int fd = -1;

	if (make_address(path, &address, &dir, err) < 0)
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return error_sys(err, errno, "connect to '%s'", path);
	return STEAL_FD(fd);
}

int unix_listen(const char *path, struct error *err)
{
	struct sockaddr_un address;
	CLEANUP_CLOSE int dir = -1;
	CLEANUP_CLOSE int fd = -1;

	if (make_address(path, &address, &dir, err) < 0)
		return -1;
	if (unlink(path) < 0 && errno != ENOENT)
		return error_sys(err, errno, "remove '%s'", path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	/* The mode of the descriptor is what bind() gives the file. */
	if (fd < 0 || fchmod(fd, 0600) < 0 ||
	    bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, 8) < 0)
		return error_sys(err, errno, "listen on '%s'", path);
	return STEAL_FD(fd);
}
