// SPDX-License-Identifier: GPL-2.0-or-later
/* Serial and printer ports of the host that a guest gets. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "lib/base/alloc.h"
#include "lib/host_port.h"
#include "lib/instance_plan.h"

int host_port_take(const char *path, struct error *err)
{
	CLEANUP_CLOSE int fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return error_sys(err, errno, "open '%s'", path);
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return STEAL_FD(fd);
	error_set(err, ERR_BUSY, "port '%s' is in use by another program", path);
	return error_hint(err, "'fuser -v %s' shows by which", path);
}

int host_ports_check(const struct instance *inst, struct error *err)
{
	struct strv ports CLEANUP_STRV = STRV_INIT;

	if (instance_ports(inst, &ports, err) < 0)
		return -1;
	for (size_t i = 0; i < ports.n; i++) {
		CLEANUP_CLOSE int fd = host_port_take(ports.v[i], err);

		if (fd < 0)
			return -1;
	}
	return 0;
}
