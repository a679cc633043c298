// SPDX-License-Identifier: GPL-2.0-or-later
/* The arguments of a release for this host and this start. */
#include "config.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/accel.h"
#include "lib/base/alloc.h"
#include "lib/base/path.h"
#include "lib/base/size.h"
#include "lib/confine.h"
#include "lib/host_port.h"
#include "lib/hugepages.h"
#include "lib/qemu_machine.h"
#include "lib/supervisor_args.h"
#include "lib/tap.h"

enum { ARGS_MAX = 64 << 10 };

/* Value of @key in "kind,key=value,…", or NULL; the caller frees it */
static char *option(const char *arg, const char *key)
{
	struct strv parts CLEANUP_STRV = STRV_INIT;
	size_t len = strlen(key);

	strv_split(&parts, arg, ",");
	for (size_t i = 0; i < parts.n; i++)
		if (strncmp(parts.v[i], key, len) == 0 && parts.v[i][len] == '=')
			return xstrdup(parts.v[i] + len + 1);
	return NULL;
}

static int keep_fd(struct supervisor_args *a, int fd, struct error *err)
{
	if (a->n_fds == SUPERVISOR_FDS_MAX) {
		close(fd);
		return error_set(err, ERR_UNSUPPORTED, "more than %d devices of the host",
				 SUPERVISOR_FDS_MAX);
	}
	a->fds[a->n_fds++] = fd;
	return 0;
}

static int adapt_netdev(struct supervisor_args *a, char **arg, struct error *err)
{
	CLEANUP_FREE char *bridge = NULL, *id = NULL;
	int fd;

	if (strncmp(*arg, "bridge,", 7) != 0)
		return 0;
	bridge = option(*arg, "br");
	id = option(*arg, "id");
	fd = tap_open(bridge ? bridge : "", err);
	if (fd < 0 || keep_fd(a, fd, err) < 0)
		return -1;
	free(*arg);
	*arg = xasprintf("tap,id=%s,fd=%d", id ? id : "net0", fd);
	return 0;
}

/* Held for as long as the machine lives. */
static int take_port(struct supervisor_args *a, struct child_user *user, const char *arg,
		     struct error *err)
{
	CLEANUP_FREE char *path = NULL;
	CLEANUP_CLOSE int fd = -1;

	if (strncmp(arg, "serial,", 7) != 0 && strncmp(arg, "parallel,", 9) != 0)
		return 0;
	path = option(arg, "path");
	fd = host_port_take(path ? path : arg, err);
	if (fd < 0 || (user && confine_device(user, path, err) < 0))
		return -1;
	return keep_fd(a, STEAL_FD(fd), err);
}

/* A host with too few of them still runs the guest; the log says that it is not as planned. */
static void adapt_memory(const struct instance *inst, char **arg)
{
	char *at = strstr(*arg, QEMU_HUGEPAGES);
	CLEANUP_FREE char *size = option(*arg, "size");
	uint64_t bytes = 0;

	if (!at || (size && parse_size(size, &bytes, NULL) == 0 && hugepages_free(bytes)))
		return;
	memmove(at, at + strlen(QEMU_HUGEPAGES), strlen(at + strlen(QEMU_HUGEPAGES)) + 1);
	instance_lose(inst, "its memory is not in huge pages: too few are free");
}

/* The file through which a card is handed over: that of its group. */
static int give_card(struct child_user *user, const char *arg, struct error *err)
{
	CLEANUP_FREE char *bdf = NULL, *link = NULL, *group = NULL, *path = NULL;
	char target[PATH_MAX];
	ssize_t len;

	if (!user || strncmp(arg, "vfio-pci,", 9) != 0)
		return 0;
	bdf = option(arg, "host");
	link = xasprintf("/sys/bus/pci/devices/%s/iommu_group", bdf ? bdf : "");
	len = readlink(link, target, sizeof(target) - 1);
	if (len <= 0)
		return error_sys(err, errno, "find the IOMMU group of card '%s'", bdf ? bdf : "");
	target[len] = '\0';
	group = path_basename(target);
	path = xasprintf("/dev/vfio/%s", group);
	return confine_device(user, path, err);
}

static int adapt(const struct instance *inst, struct child_user *user, struct supervisor_args *a,
		 struct error *err)
{
	for (size_t i = 0; i + 1 < a->argv.n; i++) {
		const char *name = a->argv.v[i];
		char **value = &a->argv.v[i + 1];

		if ((strcmp(name, "-netdev") == 0 && adapt_netdev(a, value, err) < 0) ||
		    (strcmp(name, "-chardev") == 0 && take_port(a, user, *value, err) < 0) ||
		    (strcmp(name, "-device") == 0 && give_card(user, *value, err) < 0))
			return -1;
		if (strcmp(name, "-object") == 0)
			adapt_memory(inst, value);
	}
	return 0;
}

static bool has_screen(const struct strv *argv)
{
	for (size_t i = 0; i < argv->n; i++)
		if (strncmp(argv->v[i], "VGA", 3) == 0 || strncmp(argv->v[i], "cirrus-vga", 10) == 0 ||
		    strncmp(argv->v[i], "virtio-vga", 10) == 0)
			return true;
	return false;
}

int supervisor_args(const struct instance *inst, struct child_user *user,
		    struct supervisor_args *ret, struct error *err)
{
	struct supervisor_args a CLEANUP_SUPERVISOR_ARGS = SUPERVISOR_ARGS_INIT;
	CLEANUP_FREE char *path = path_join(inst->dir, "qemu.args"), *text = NULL;
	enum accel accel = ACCEL_TCG;

	if (file_read(path, ARGS_MAX, &text, NULL, err) < 0 ||
	    qemu_args_from_text(text, &a.argv, err) < 0 || accel_probe(&accel, NULL, err) < 0 ||
	    adapt(inst, user, &a, err) < 0)
		return -1;
	if (user && accel == ACCEL_KVM && confine_device(user, "/dev/kvm", err) < 0)
		return -1;
	if (has_screen(&a.argv))
		strv_add_many(&a.argv, "-vnc", "unix:" QEMU_VNC_SOCKET ",password=on", NULL);
	strv_add_many(&a.argv, "-accel", accel_name(accel), "-display", "none", NULL);
	*ret = a;
	a = (struct supervisor_args)SUPERVISOR_ARGS_INIT;
	return 0;
}

void supervisor_args_clear(struct supervisor_args *a)
{
	for (size_t i = 0; i < a->n_fds; i++)
		close(a->fds[i]);
	strv_clear(&a->argv);
	*a = (struct supervisor_args)SUPERVISOR_ARGS_INIT;
}
