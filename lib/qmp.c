// SPDX-License-Identifier: GPL-2.0-or-later
/* QMP: talk to a running QEMU. */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/alloc.h"
#include "lib/base/interrupt.h"
#include "lib/base/progress.h"
#include "lib/base/unix_socket.h"
#include "lib/qmp.h"

enum { QMP_DEPTH = 32 };	/* nesting of QMP messages stays far below this */

static int wait_for(const struct qmp *q, short what, double deadline, struct error *err)
{
	struct pollfd fds[2] = {
		{ .fd = q->fd, .events = what },
		{ .fd = interrupt_fd(), .events = POLLIN },
	};
	int n;

	do {
		double left = deadline - monotonic_seconds();

		n = poll(fds, 2, left > 0 ? (int)(left * 1000) + 1 : 0);
	} while (n < 0 && errno == EINTR && !interrupted());
	if (interrupt_check(err) < 0)
		return -1;
	if (n < 0)
		return error_sys(err, errno, "wait for QEMU");
	if (n == 0)
		return error_set(err, ERR_TIMEOUT, "QEMU did not answer in time");
	return 0;
}

static int receive(struct qmp *q, double deadline, struct error *err)
{
	ssize_t got;

	if (q->room - q->len < 4096) {
		if (q->room >= QMP_MESSAGE_MAX)
			return error_set(err, ERR_FORMAT, "QEMU sent a message that is too long");
		q->room = q->room ? q->room * 2 : 8192;
		q->buf = xreallocarray(q->buf, q->room + 1, 1);
	}
	if (wait_for(q, POLLIN, deadline, err) < 0)
		return -1;
	got = read(q->fd, q->buf + q->len, q->room - q->len);
	if (got < 0 && errno == EINTR)
		return 0;
	if (got < 0)
		return error_sys(err, errno, "read from QEMU");
	if (got == 0)
		return error_set(err, ERR_SYSTEM, "QEMU closed the connection");
	q->len += (size_t)got;
	return 0;
}

static struct json_object *parse(const char *text, size_t len)
{
	struct json_tokener *tokener = json_tokener_new_ex(QMP_DEPTH);
	struct json_object *object;

	if (!tokener)
		abort();
	object = json_tokener_parse_ex(tokener, text, (int)len);
	json_tokener_free(tokener);
	if (object && !json_object_is_type(object, json_type_object)) {
		json_object_put(object);
		object = NULL;
	}
	return object;
}

/* QEMU writes one message a line. */
static int next_message(struct qmp *q, double deadline, struct json_object **ret, struct error *err)
{
	char *end;
	size_t used;

	while (!(end = q->len ? memchr(q->buf, '\n', q->len) : NULL))
		if (receive(q, deadline, err) < 0)
			return -1;
	used = (size_t)(end - q->buf) + 1;
	*ret = parse(q->buf, used - 1);
	memmove(q->buf, q->buf + used, q->len - used);
	q->len -= used;
	if (!*ret)
		return error_set(err, ERR_FORMAT, "QEMU sent something that is not QMP");
	return 0;
}

static void keep_event(struct qmp *q, struct json_object *event)
{
	if (q->n_events >= QMP_EVENTS_MAX)
		json_object_put(event);
	else
		*APPEND(q->events, q->n_events) = event;
}

static int send_all(struct qmp *q, const char *text, double deadline, struct error *err)
{
	size_t len = strlen(text);

	while (len) {
		ssize_t put;

		if (wait_for(q, POLLOUT, deadline, err) < 0)
			return -1;
		put = write(q->fd, text, len);
		if (put < 0 && errno != EINTR && errno != EAGAIN)
			return error_sys(err, errno, "write to QEMU");
		if (put > 0) {
			text += put;
			len -= (size_t)put;
		}
	}
	return 0;
}

static int refused(const char *name, struct json_object *error, struct error *err)
{
	struct json_object *desc = NULL;
	bool told = json_object_object_get_ex(error, "desc", &desc);

	return error_set(err, ERR_CHILD, "QEMU refused %s: %s", name,
			 told ? json_object_get_string(desc) : "no reason given");
}

static int await_answer(struct qmp *q, const char *name, double deadline, struct json_object **ret,
			struct error *err)
{
	for (;;) {
		struct json_object *message CLEANUP_JSON = NULL, *part = NULL;

		if (next_message(q, deadline, &message, err) < 0)
			return -1;
		if (json_object_object_get_ex(message, "event", NULL)) {
			keep_event(q, STEAL(message));
		} else if (json_object_object_get_ex(message, "error", &part)) {
			return refused(name, part, err);
		} else if (json_object_object_get_ex(message, "return", &part)) {
			if (ret)
				*ret = json_object_get(part);
			return 0;
		}
	}
}

int qmp_command(struct qmp *q, const char *name, struct json_object *args, struct json_object **ret,
		struct error *err)
{
	struct json_object *command CLEANUP_JSON = json_object_new_object();
	double deadline = monotonic_seconds() + QMP_TIMEOUT_MS / 1000.0;
	CLEANUP_FREE char *text = NULL;

	json_object_object_add(command, "execute", json_object_new_string(name));
	if (args)
		json_object_object_add(command, "arguments", args);
	text = xasprintf("%s\n", json_object_to_json_string_ext(command, JSON_C_TO_STRING_PLAIN));
	if (send_all(q, text, deadline, err) < 0 || await_answer(q, name, deadline, ret, err) < 0)
		return error_wrap(err, "ask QEMU to %s", name);
	return 0;
}

int qmp_connect_fd(struct qmp *ret, int fd, int timeout_ms, struct error *err)
{
	struct qmp q CLEANUP_QMP = { .fd = fd };
	struct json_object *greeting CLEANUP_JSON = NULL;

	if (next_message(&q, monotonic_seconds() + timeout_ms / 1000.0, &greeting, err) < 0)
		return -1;
	if (!json_object_object_get_ex(greeting, "QMP", NULL))
		return error_set(err, ERR_FORMAT, "this is not a QMP socket");
	if (qmp_command(&q, "qmp_capabilities", NULL, NULL, err) < 0)
		return -1;
	*ret = q;
	q = (struct qmp)QMP_INIT;
	return 0;
}

int qmp_connect(struct qmp *ret, const char *path, int timeout_ms, struct error *err)
{
	int fd = unix_connect(path, err);

	if (fd < 0)
		return -1;
	return qmp_connect_fd(ret, fd, timeout_ms, err);
}

int qmp_event(struct qmp *q, int timeout_ms, struct json_object **ret, struct error *err)
{
	double deadline = monotonic_seconds() + timeout_ms / 1000.0;
	struct error late CLEANUP_ERROR = ERROR_INIT;
	struct json_object *message = NULL;

	*ret = NULL;
	if (q->n_events) {
		*ret = q->events[0];
		q->n_events--;
		memmove(q->events, q->events + 1, q->n_events * sizeof(*q->events));
		return 0;
	}
	if (next_message(q, deadline, &message, &late) < 0)
		return late.code == ERR_TIMEOUT ? 0 : error_move(err, &late);
	if (json_object_object_get_ex(message, "event", NULL))
		*ret = message;
	else
		json_object_put(message);
	return 0;
}

bool qmp_event_is(struct json_object *event, const char *name)
{
	struct json_object *is = NULL;

	return event && json_object_object_get_ex(event, "event", &is) &&
	       strcmp(json_object_get_string(is), name) == 0;
}

int qmp_screenshot(struct qmp *q, const char *path, struct error *err)
{
	return qmp_screenshot_as(q, path, "png", err);
}

int qmp_screenshot_as(struct qmp *q, const char *path, const char *format, struct error *err)
{
	struct json_object *args = json_object_new_object();

	json_object_object_add(args, "filename", json_object_new_string(path));
	json_object_object_add(args, "format", json_object_new_string(format));
	return qmp_command(q, "screendump", args, NULL, err);
}

/* A counter of one drive; what is missing counts nothing. */
static uint64_t counter(struct json_object *drive, const char *name)
{
	struct json_object *stats = NULL, *value = NULL;

	if (!json_object_object_get_ex(drive, "stats", &stats) ||
	    !json_object_object_get_ex(stats, name, &value))
		return 0;
	return (uint64_t)MAX(json_object_get_int64(value), INT64_C(0));
}

int qmp_block_bytes(struct qmp *q, uint64_t *ret_read, uint64_t *ret_written, struct error *err)
{
	struct json_object *drives CLEANUP_JSON = NULL;

	if (qmp_command(q, "query-blockstats", NULL, &drives, err) < 0)
		return -1;
	if (!json_object_is_type(drives, json_type_array))
		return error_set(err, ERR_FORMAT, "QEMU lists no drives");
	*ret_read = *ret_written = 0;
	for (size_t i = 0; i < json_object_array_length(drives); i++) {
		struct json_object *drive = json_object_array_get_idx(drives, i);

		*ret_read += counter(drive, "rd_bytes");
		*ret_written += counter(drive, "wr_bytes");
	}
	return 0;
}

int qmp_vcpu_threads(struct qmp *q, pid_t *ret, size_t max, size_t *ret_n, struct error *err)
{
	struct json_object *list CLEANUP_JSON = NULL;
	size_t n;

	if (qmp_command(q, "query-cpus-fast", NULL, &list, err) < 0)
		return -1;
	n = json_object_is_type(list, json_type_array) ? json_object_array_length(list) : 0;
	*ret_n = 0;
	for (size_t i = 0; i < n && i < max; i++) {
		struct json_object *thread = NULL;

		if (!json_object_object_get_ex(json_object_array_get_idx(list, i), "thread-id",
					       &thread))
			return error_set(err, ERR_FORMAT, "QEMU tells no threads");
		ret[(*ret_n)++] = json_object_get_int(thread);
	}
	return 0;
}

int qmp_run_state(struct qmp *q, char **ret, struct error *err)
{
	struct json_object *answer CLEANUP_JSON = NULL, *state = NULL;

	if (qmp_command(q, "query-status", NULL, &answer, err) < 0)
		return -1;
	if (!json_object_object_get_ex(answer, "status", &state))
		return error_set(err, ERR_FORMAT, "QEMU tells no state");
	*ret = xstrdup(json_object_get_string(state));
	return 0;
}

void qmp_close(struct qmp *q)
{
	cleanup_close(&q->fd);
	for (size_t i = 0; i < q->n_events; i++)
		json_object_put(q->events[i]);
	free(q->events);
	free(q->buf);
	*q = (struct qmp)QMP_INIT;
}
