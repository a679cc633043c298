// SPDX-License-Identifier: GPL-2.0-or-later
/* A watch on the room that the disks of the appliance have. */
#include "config.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/pidfd.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "lib/appliance_room.h"
#include "lib/base/alloc.h"

enum {
	ROOM_NEEDED = 1 << 20,	/* with less QEMU may have stopped             [bytes] */
	SECONDS = 5,		/* for so long, then nobody is making room     [s]     */
	TICK = 1000,		/* [ms] */
};

struct appliance_room {
	char *dir;
	int process;		/* of the appliance: a pidfd, which can mean no other process */
	int stop;		/* eventfd */
	pthread_t thread;
	atomic_bool full;
};

static bool has_room(const char *dir)
{
	struct statvfs fs;
	uint64_t left;

	return statvfs(dir, &fs) < 0 ||
	       MUL_OVERFLOW((uint64_t)fs.f_bavail, (uint64_t)fs.f_frsize, &left) ||
	       left >= ROOM_NEEDED;
}

static void *look(void *arg)
{
	struct appliance_room *room = arg;
	struct pollfd stop = { .fd = room->stop, .events = POLLIN };

	for (int without = 0; poll(&stop, 1, TICK) == 0;) {
		without = has_room(room->dir) ? 0 : without + 1;
		if (without < SECONDS)
			continue;
		atomic_store(&room->full, true);
		pidfd_send_signal(room->process, SIGKILL, NULL, 0);
		break;
	}
	return NULL;
}

static void release(struct appliance_room *room)
{
	cleanup_close(&room->process);
	cleanup_close(&room->stop);
	free(room->dir);
	free(room);
}

struct appliance_room *appliance_room_watch(const char *dir, pid_t pid)
{
	struct appliance_room *room = xcalloc(1, sizeof(*room));

	room->dir = xstrdup(dir);
	room->process = pidfd_open(pid, 0);
	room->stop = eventfd(0, EFD_CLOEXEC);
	if (room->process < 0 || room->stop < 0 || pthread_create(&room->thread, NULL, look, room)) {
		release(room);
		return NULL;
	}
	return room;
}

bool appliance_room_full(const struct appliance_room *room)
{
	return room && atomic_load(&room->full);
}

int appliance_room_error(const struct appliance_room *room, const char *what, struct error *err)
{
	error_set(err, ERR_NO_SPACE, "%s: no space left in '%s'", what, room->dir);
	return error_hint(err, "free some space there, or choose another place");
}

void appliance_room_end(struct appliance_room *room)
{
	if (!room)
		return;
	eventfd_write(room->stop, 1);
	pthread_join(room->thread, NULL);
	release(room);
}
