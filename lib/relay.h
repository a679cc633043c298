/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_RELAY_H
#define REHOST_RELAY_H

/*
 * The serial port of a running guest, shared: everything is logged, any number of people can look
 * and type, and the guest never waits for any of them. A reader that is too slow is dropped; the
 * port itself is always read, because a virtual machine whose serial line nobody reads stops.
 *
 *	relay_fds() before poll(), relay_handle() after it
 */

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "lib/base/error.h"

enum {
	RELAY_CLIENTS_MAX = 8,
	RELAY_FDS_MAX = RELAY_CLIENTS_MAX + 2,
	RELAY_HISTORY = 16 << 10,	/* what a new client is shown first        [bytes] */
	RELAY_BACKLOG = 256 << 10,	/* how far behind a client may be          [bytes] */
	RELAY_TYPED_MAX = 4 << 10,	/* typed, but not taken by the guest yet   [bytes] */
	RELAY_LOG_MAX = 4 << 20,	/* the log is begun anew, the old one kept [bytes] */
};

struct relay_client {
	int fd;			/* -1: free place         */
	char *out;		/* still to be sent to it */
	size_t out_len;
};

struct relay {
	int serial;		/* to the virtual machine; -1: none          */
	int listener;		/* clients connect here                      */
	int log;
	char *log_path;
	off_t log_size;
	char history[RELAY_HISTORY];	/* a ring                            */
	size_t history_end, history_len;
	char typed[RELAY_TYPED_MAX];
	size_t typed_len;
	struct relay_client clients[RELAY_CLIENTS_MAX];
};

/**
 * relay_open - begin a new log and listen for clients
 * @r:        relay_close() frees it
 * @socket:   where clients connect
 * @log_path: an old log is kept as LOG.1
 */
int relay_open(struct relay *r, const char *socket, const char *log_path, struct error *err);

/** relay_attach - take over the connection to the virtual machine's serial port */
void relay_attach(struct relay *r, int serial);

/** relay_fds - what to poll for; returns the number of entries, at most RELAY_FDS_MAX */
size_t relay_fds(const struct relay *r, struct pollfd *ret);

/** relay_handle - do what poll() found; @fds as relay_fds() gave them */
void relay_handle(struct relay *r, const struct pollfd *fds, size_t n);

void relay_close(struct relay *r);

#define CLEANUP_RELAY __attribute__((cleanup(relay_close)))

/** relay_init - nothing open; before everything else */
void relay_init(struct relay *r);

#endif
