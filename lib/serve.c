// SPDX-License-Identifier: GPL-2.0-or-later
/* Serves disks to a workshop: a private folder of exports, and nbdkit in front of it. */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <inttypes.h>
#include <linux/fs.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "lib/base/alloc.h"
#include "lib/base/interrupt.h"
#include "lib/base/outfile.h"
#include "lib/base/path.h"
#include "lib/base/progress.h"
#include "lib/machine_raw.h"
#include "lib/pairing.h"
#include "lib/serve.h"
#include "lib/source.h"

enum { START_SECONDS = 60, CLOCK_MS = 1000, CLOCK_SIZE = 512 };
enum { SHORT_SECONDS = 2, SHORT_RUNS_MAX = 5 };

static int make_folders(struct serving *s, struct error *err)
{
	const char *tmp = getenv("TMPDIR");
	CLEANUP_FREE char *dir = xasprintf("%s/rehost-serve-XXXXXX", tmp && *tmp ? tmp : "/tmp");
	CLEANUP_FREE char *exports = NULL;

	if (!mkdtemp(dir))
		return error_sys(err, errno, "create folder '%s'", dir);
	s->dir = STEAL(dir);
	exports = path_join(s->dir, "exports");
	return folder_make(exports, err);
}

/*
 * Where one sector cannot be read, its neighbours can, if the kernel reads this device in sectors and
 * not in pages; it does as long as the device is held open.
 */
static void hold_in_sectors(struct serving *s, const struct source *source)
{
	int size = (int)source->sector_size;
	int fd = source->kind == SOURCE_DEVICE ? fcntl(source->fd, F_DUPFD_CLOEXEC, 3) : -1;

	if (fd < 0)
		return;
	ioctl(fd, BLKBSZSET, &size);
	*APPEND(s->fds, s->n_fds) = fd;
}

static int add_disk(struct serving *s, const char *path, struct error *err)
{
	struct source source CLEANUP_SOURCE = SOURCE_INIT;
	CLEANUP_FREE char *real = NULL, *name = path_basename(path), *export = NULL;

	if (source_is_uri(path))
		return error_set(err, ERR_USAGE, "'%s' is not a disk of this PC", path);
	if (source_open(&source, path, 0, err) < 0 || path_absolute(path, &real, err) < 0)
		return -1;
	if (strcmp(source.format, "raw") != 0)
		return error_set(err, ERR_FORMAT, "'%s' is an image of the format %s, not a disk", path,
				 source.format);
	if (strv_has(&s->names, name) || strcmp(name, SERVE_MACHINE) == 0 || strcmp(name, SERVE_CLOCK) == 0)
		return error_set(err, ERR_USAGE, "the name '%s' is given twice", name);
	hold_in_sectors(s, &source);
	export = xasprintf("%s/exports/%s", s->dir, name);
	if (symlink(real, export) < 0)
		return error_sys(err, errno, "create '%s'", export);
	strv_add(&s->names, name);
	return 0;
}

static void find_addresses(struct serving *s)
{
	struct ifaddrs *all = NULL;

	if (getifaddrs(&all) < 0)
		return;
	for (const struct ifaddrs *i = all; i; i = i->ifa_next) {
		char text[INET_ADDRSTRLEN];

		if (!i->ifa_addr || i->ifa_addr->sa_family != AF_INET || (i->ifa_flags & IFF_LOOPBACK))
			continue;
		if (inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)i->ifa_addr)->sin_addr,
			      text, sizeof(text)))
			strv_add(&s->addresses, text);
	}
	freeifaddrs(all);
}

static int make_code(struct serving *s, struct error *err)
{
	CLEANUP_FREE char *keys = NULL;

	s->code = xcalloc(PAIRING_CODE_SIZE, 1);
	pairing_new(s->code);
	/* the folder is ours alone */
	return pairing_keys(s->code, &keys, err) < 0 ? -1
		: file_write(s->keys, keys, strlen(keys), OUTFILE_NEW, err);
}

static int await_server(struct serving *s, const char *pid, struct error *err)
{
	double deadline = monotonic_seconds() + START_SECONDS;

	while (!path_exists(pid)) {
		struct error why CLEANUP_ERROR = ERROR_INIT;

		if (child_wait(&s->server, 50, NULL, &why) == 0)
			return error_set(err, ERR_CHILD, "nbdkit ended");
		if (why.code != ERR_TIMEOUT)
			return error_move(err, &why);
		if (monotonic_seconds() > deadline)
			return error_set(err, ERR_TIMEOUT, "nbdkit does not start");
	}
	return 0;
}

/* One request of a connection after the other: nbdkit's threads can write into one TLS session while it is closed. */
static int start_server(struct serving *s, struct error *err)
{
	CLEANUP_FREE char *psk = xasprintf("--tls-psk=%s", s->keys);
	CLEANUP_FREE char *dir = xasprintf("dir=%s/exports", s->dir);
	CLEANUP_FREE char *pid = xasprintf("%s/pid", s->dir);
	CLEANUP_FREE char *pid_option = xasprintf("--pidfile=%s", pid);
	CLEANUP_FREE char *port_option = xasprintf("--port=%" PRIu64, s->port);
	const char *const argv[] = { "nbdkit", "--foreground", "--readonly", "--threads=1", "--tls=require", psk,
				     pid_option, port_option, "file", dir, "cache=none", NULL };

	unlink(pid);
	s->began = monotonic_seconds();
	return child_start(argv, NULL, &s->server, err) < 0 ? -1 : await_server(s, pid, err);
}

/* In one write of always the same length, so that it is read whole. */
static void show_clock(const struct serving *s)
{
	CLEANUP_FREE char *now = NULL;
	char text[CLOCK_SIZE] = "";

	if (s->clock_fd < 0 || file_read(s->clock, CLOCK_SIZE - 1, &now, NULL, NULL) < 0)
		return;
	memcpy(text, now, strlen(now));
	if (pwrite(s->clock_fd, text, sizeof(text), 0) < 0)
		return;
}

/* Without a hardware clock there is no such export. */
static int open_clock(struct serving *s, const char *root, struct error *err)
{
	CLEANUP_FREE char *path = xasprintf("%s/exports/" SERVE_CLOCK, s->dir);

	s->clock = path_join(root, "sys/class/rtc/rtc0/since_epoch");
	if (!path_exists(s->clock))
		return 0;
	s->clock_fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (s->clock_fd < 0)
		return error_sys(err, errno, "create '%s'", path);
	show_clock(s);
	return 0;
}

int serve_start(struct serving *ret, const struct strv *disks, const char *root, uint64_t port,
		struct error *err)
{
	CLEANUP_FREE char *machine = NULL;

	*ret = (struct serving)SERVING_INIT;
	ret->port = port;
	if (make_folders(ret, err) < 0)
		return -1;
	for (size_t i = 0; i < disks->n; i++)
		if (add_disk(ret, disks->v[i], err) < 0)
			return -1;
	machine = xasprintf("%s/exports/" SERVE_MACHINE, ret->dir);
	ret->keys = path_join(ret->dir, "keys");
	if (machine_raw_write(root, machine, err) < 0 || open_clock(ret, root, err) < 0 || make_code(ret, err) < 0 ||
	    start_server(ret, err) < 0)
		return -1;
	find_addresses(ret);
	return 0;
}

static int start_again(struct serving *s, struct error *why, struct error *err)
{
	s->short_runs = monotonic_seconds() - s->began < SHORT_SECONDS ? s->short_runs + 1 : 0;
	if (s->short_runs > SHORT_RUNS_MAX)
		return error_move(err, why);
	return start_server(s, err);
}

int serve_wait(struct serving *s, struct error *ret_why, struct error *err)
{
	for (;;) {
		struct error why CLEANUP_ERROR = ERROR_INIT;

		if (child_wait(&s->server, s->clock_fd < 0 ? CHILD_NO_TIMEOUT : CLOCK_MS, NULL, &why) == 0)
			error_set(&why, ERR_CHILD, "nbdkit ended");
		/* Ctrl-C reaches it, too */
		if (interrupt_check(err) < 0)
			return -1;
		if (why.code != ERR_TIMEOUT) {
			if (start_again(s, &why, err) < 0)
				return -1;
			error_move(ret_why, &why);
			return 0;
		}
		show_clock(s);
	}
}

void serve_stop(struct serving *s)
{
	child_stop(&s->server);
	for (size_t i = 0; i < s->n_fds; i++)
		close(s->fds[i]);
	if (s->dir)
		folder_remove(s->dir, NULL);
	if (s->clock_fd >= 0)
		close(s->clock_fd);
	free(s->clock);
	free(s->dir);
	free(s->code);
	free(s->keys);
	free(s->fds);
	strv_clear(&s->names);
	strv_clear(&s->addresses);
	*s = (struct serving)SERVING_INIT;
}
