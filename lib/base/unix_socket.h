/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_BASE_UNIX_SOCKET_H
#define REHOST_BASE_UNIX_SOCKET_H

/* Stream sockets in the file system, also below folders whose path is too long for an address. */

#include "lib/base/error.h"

/**
 * unix_connect - connect to a socket
 * @path: the socket
 * @err:  ERR_NOT_FOUND if there is no such file, ERR_SYSTEM if nobody listens
 *
 * Return: the descriptor, or -1.
 */
int unix_connect(const char *path, struct error *err);

/**
 * unix_listen - create a socket that only its owner can use
 * @path: the socket; what a crash left under the name is replaced, so hold a lock
 * @err:  ERR_SYSTEM
 *
 * Return: the listening descriptor, or -1.
 */
int unix_listen(const char *path, struct error *err);

#endif
