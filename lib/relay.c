// SPDX-License-Identifier: GPL-2.0-or-later
/* Share the serial port of a guest between a log and people. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/alloc.h"
#include "lib/base/unix_socket.h"
#include "lib/relay.h"

void relay_init(struct relay *r)
{
	memset(r, 0, sizeof(*r));
	r->serial = r->listener = r->log = -1;
	for (size_t i = 0; i < RELAY_CLIENTS_MAX; i++)
		r->clients[i].fd = -1;
}

/* A log that cannot be written (full disk) must not stop the guest: it is tried again with each line. */
static void begin_log(struct relay *r)
{
	CLEANUP_FREE char *old = xasprintf("%s.1", r->log_path);

	cleanup_close(&r->log);
	(void)!rename(r->log_path, old);
	r->log = open(r->log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0640);
	r->log_size = 0;
}

int relay_open(struct relay *r, const char *socket, const char *log_path, struct error *err)
{
	r->log_path = xstrdup(log_path);
	begin_log(r);
	if (r->log < 0)
		return error_sys(err, errno, "create '%s'", log_path);
	r->listener = unix_listen(socket, err);
	return r->listener < 0 ? -1 : 0;
}

void relay_attach(struct relay *r, int serial)
{
	cleanup_close(&r->serial);
	fcntl(serial, F_SETFL, O_NONBLOCK);
	r->serial = serial;
}

size_t relay_fds(const struct relay *r, struct pollfd *ret)
{
	size_t n = 0;

	ret[n++] = (struct pollfd){ .fd = r->serial,
				    .events = POLLIN | (r->typed_len ? POLLOUT : 0) };
	ret[n++] = (struct pollfd){ .fd = r->listener, .events = POLLIN };
	for (size_t i = 0; i < RELAY_CLIENTS_MAX; i++)
		ret[n++] = (struct pollfd){ .fd = r->clients[i].fd,
					    .events = POLLIN |
						      (r->clients[i].out_len ? POLLOUT : 0) };
	return n;
}

static void drop_client(struct relay_client *c)
{
	cleanup_close(&c->fd);
	free(c->out);
	*c = (struct relay_client){ .fd = -1 };
}

static void queue_for(struct relay_client *c, const char *data, size_t len)
{
	if (c->out_len + len > RELAY_BACKLOG) {
		drop_client(c);
		return;
	}
	c->out = xreallocarray(c->out, c->out_len + len, 1);
	memcpy(c->out + c->out_len, data, len);
	c->out_len += len;
}

static void remember(struct relay *r, const char *data, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		r->history[r->history_end] = data[i];
		r->history_end = (r->history_end + 1) % RELAY_HISTORY;
	}
	r->history_len = MIN(r->history_len + len, (size_t)RELAY_HISTORY);
}

static void write_log(struct relay *r, const char *data, size_t len)
{
	ssize_t put;

	if (r->log_size >= RELAY_LOG_MAX || r->log < 0)
		begin_log(r);
	put = r->log < 0 ? 0 : write(r->log, data, len);
	if (put > 0)
		r->log_size += put;
}

static void read_serial(struct relay *r)
{
	char data[4096];
	ssize_t got = read(r->serial, data, sizeof(data));

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got <= 0) {	/* the machine is gone; its process is watched by others */
		cleanup_close(&r->serial);
		r->serial = -1;
		return;
	}
	write_log(r, data, (size_t)got);
	remember(r, data, (size_t)got);
	for (size_t i = 0; i < RELAY_CLIENTS_MAX; i++)
		if (r->clients[i].fd >= 0)
			queue_for(&r->clients[i], data, (size_t)got);
}

static void write_serial(struct relay *r)
{
	ssize_t put = write(r->serial, r->typed, r->typed_len);

	if (put <= 0)
		return;
	memmove(r->typed, r->typed + put, r->typed_len - (size_t)put);
	r->typed_len -= (size_t)put;
}

/* What the ring holds, oldest byte first. */
static void show_history(struct relay *r, struct relay_client *c)
{
	size_t start = (r->history_end + RELAY_HISTORY - r->history_len) % RELAY_HISTORY;
	size_t first = MIN(r->history_len, RELAY_HISTORY - start);

	queue_for(c, r->history + start, first);
	queue_for(c, r->history, r->history_len - first);
}

static void accept_client(struct relay *r)
{
	int fd = accept4(r->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	for (size_t i = 0; fd >= 0 && i < RELAY_CLIENTS_MAX; i++) {
		if (r->clients[i].fd >= 0)
			continue;
		r->clients[i].fd = fd;
		show_history(r, &r->clients[i]);
		return;
	}
	cleanup_close(&fd);
}

static void read_client(struct relay *r, struct relay_client *c)
{
	char data[1024];
	ssize_t got = read(c->fd, data, sizeof(data));

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got <= 0) {
		drop_client(c);
		return;
	}
	/* a guest that takes nothing loses what is typed, as on a real line */
	got = MIN(got, (ssize_t)(RELAY_TYPED_MAX - r->typed_len));
	memcpy(r->typed + r->typed_len, data, (size_t)got);
	r->typed_len += (size_t)got;
}

static void write_client(struct relay_client *c)
{
	ssize_t put = send(c->fd, c->out, c->out_len, MSG_NOSIGNAL);

	if (put < 0 && errno != EAGAIN && errno != EINTR)
		drop_client(c);
	if (put <= 0)
		return;
	memmove(c->out, c->out + put, c->out_len - (size_t)put);
	c->out_len -= (size_t)put;
}

void relay_handle(struct relay *r, const struct pollfd *fds, size_t n)
{
	const short in = POLLIN | POLLHUP | POLLERR;

	/* clients first: their places must be the ones that were polled */
	for (size_t i = 2; i < n; i++) {
		struct relay_client *c = &r->clients[i - 2];

		if (c->fd >= 0 && fds[i].revents & POLLOUT)
			write_client(c);
		if (c->fd >= 0 && fds[i].revents & in)
			read_client(r, c);
	}
	if (r->serial >= 0 && fds[0].revents & POLLOUT)
		write_serial(r);
	if (r->serial >= 0 && fds[0].revents & in)
		read_serial(r);
	if (fds[1].revents & POLLIN)
		accept_client(r);
}

void relay_close(struct relay *r)
{
	cleanup_close(&r->serial);
	cleanup_close(&r->listener);
	cleanup_close(&r->log);
	for (size_t i = 0; i < RELAY_CLIENTS_MAX; i++)
		drop_client(&r->clients[i]);
	free(r->log_path);
	relay_init(r);
}
