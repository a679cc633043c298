/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_APPLIANCE_ROOM_H
#define REHOST_APPLIANCE_ROOM_H

/*
 * The place that the appliance writes to may become full. QEMU stops its machine then and waits for
 * somebody to make room; nothing is lost, but whoever waits for the appliance waits for ever. A thread
 * looks at the place, and ends the appliance when there has been no room for some seconds.
 */

#include <stdbool.h>
#include <sys/types.h>

#include "lib/base/error.h"

struct appliance_room;

/**
 * appliance_room_watch - begin to look
 * @dir: where the disks are
 * @pid: of the appliance
 *
 * Return: for appliance_room_end(); NULL where the system cannot.
 */
struct appliance_room *appliance_room_watch(const char *dir, pid_t pid);

/** appliance_room_full - was the appliance ended, as there was no room? @room may be NULL */
bool appliance_room_full(const struct appliance_room *room);

/** appliance_room_error - ERR_NO_SPACE, with the place and the remedy; returns -1 */
int appliance_room_error(const struct appliance_room *room, const char *what, struct error *err);

/** appliance_room_end - stop to look and free all; @room may be NULL */
void appliance_room_end(struct appliance_room *room);

#endif
