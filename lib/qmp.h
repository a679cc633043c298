/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_QMP_H
#define REHOST_QMP_H

/*
 * The machine protocol of QEMU: JSON over a unix socket. One command at a time; events that arrive
 * between are kept for qmp_event(). QEMU talks to one client at a time on a socket, so connect, ask,
 * and close.
 *
 *	struct qmp qmp CLEANUP_QMP = QMP_INIT;
 *	struct json_object *answer CLEANUP_JSON = NULL;
 *
 *	if (qmp_connect(&qmp, path, 5000, err) < 0 ||
 *	    qmp_command(&qmp, "query-status", NULL, &answer, err) < 0)
 *		return -1;
 *
 * Source: QEMU manual, "QEMU Machine Protocol Specification" and "QEMU QMP Reference Manual".
 */

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/base/error.h"

enum {
	QMP_MESSAGE_MAX = 4 << 20,	/* a longer message ends the connection [bytes] */
	QMP_EVENTS_MAX = 256,		/* events beyond this are dropped              */
	QMP_TIMEOUT_MS = 30000,		/* for an answer                               */
};

struct qmp {
	int fd;			/* -1: not connected             */
	char *buf;		/* bytes that came, not used yet */
	size_t len, room;
	struct json_object **events;
	size_t n_events;
};

#define QMP_INIT { .fd = -1 }

/**
 * qmp_connect - connect and agree on capabilities
 * @ret:        qmp_close() frees it
 * @path:       the socket
 * @timeout_ms: for the greeting; another client that holds the socket makes it pass   [ms]
 * @err:        ERR_NOT_FOUND, ERR_SYSTEM if QEMU is not there, ERR_TIMEOUT if it does not greet
 */
int qmp_connect(struct qmp *ret, const char *path, int timeout_ms, struct error *err);

/** qmp_connect_fd - the same on a connected descriptor, which is taken over */
int qmp_connect_fd(struct qmp *ret, int fd, int timeout_ms, struct error *err);

/**
 * qmp_command - run a command and wait for its answer
 * @q:    the connection
 * @name: the command
 * @args: its arguments, taken over; NULL: none
 * @ret:  what it returned, for json_object_put(); NULL if not wanted
 * @err:  ERR_CHILD with QEMU's own words if it refused, ERR_TIMEOUT, ERR_FORMAT
 */
int qmp_command(struct qmp *q, const char *name, struct json_object *args, struct json_object **ret,
		struct error *err);

/**
 * qmp_event - the next event
 * @q:          the connection
 * @timeout_ms: how long to wait for one, 0: only look           [ms]
 * @ret:        the event for json_object_put(), NULL if none came in time
 * @err:        ERR_SYSTEM when QEMU closed the connection
 */
int qmp_event(struct qmp *q, int timeout_ms, struct json_object **ret, struct error *err);

/** qmp_event_is - is this event called @name? */
bool qmp_event_is(struct json_object *event, const char *name);

/** qmp_screenshot - PNG of the screen into file @path, which QEMU must be able to write */
int qmp_screenshot(struct qmp *q, const char *path, struct error *err);

/** qmp_screenshot_as - the same in another form: "ppm" is what every QEMU has */
int qmp_screenshot_as(struct qmp *q, const char *path, const char *format, struct error *err);

/** qmp_block_bytes - what all disks together have read and written since the start [bytes] */
int qmp_block_bytes(struct qmp *q, uint64_t *ret_read, uint64_t *ret_written, struct error *err);

/**
 * qmp_vcpu_threads - the thread of each virtual processor, in their order
 * @ret:     room for @max numbers
 * @ret_n:   how many there are
 */
int qmp_vcpu_threads(struct qmp *q, pid_t *ret, size_t max, size_t *ret_n, struct error *err);

/** qmp_run_state - "running", "paused", "prelaunch", …; the caller frees it */
int qmp_run_state(struct qmp *q, char **ret, struct error *err);

/** qmp_close - harmless when not connected */
void qmp_close(struct qmp *q);

#define CLEANUP_QMP __attribute__((cleanup(qmp_close)))

static inline void cleanup_json(struct json_object **o)
{
	json_object_put(*o);
}
#define CLEANUP_JSON __attribute__((cleanup(cleanup_json)))

#endif
