// SPDX-License-Identifier: GPL-2.0-or-later
/* rehost console: the serial port of a running guest on this terminal. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include "cmd/instances.h"
#include "lib/base/alloc.h"
#include "lib/base/interrupt.h"
#include "lib/base/path.h"

enum { DETACH = 0x1d };	/* Ctrl-] */

struct terminal {
	bool raw;
	struct termios old;
};

static void restore(struct terminal *t)
{
	if (t->raw)
		tcsetattr(STDIN_FILENO, TCSADRAIN, &t->old);
}

static void make_raw(struct terminal *t)
{
	struct termios raw;

	if (!isatty(STDIN_FILENO) || tcgetattr(STDIN_FILENO, &t->old) < 0)
		return;
	raw = t->old;
	cfmakeraw(&raw);
	t->raw = tcsetattr(STDIN_FILENO, TCSADRAIN, &raw) == 0;
}

static int write_all(int fd, const char *data, size_t len, struct error *err)
{
	while (len) {
		ssize_t put = write(fd, data, len);

		if (put < 0 && errno == EINTR && interrupt_check(err) == 0)
			continue;
		if (put < 0)
			return error_is_set(err) ? -1 : error_sys(err, errno, "write");
		data += put;
		len -= (size_t)put;
	}
	return 0;
}

/* 1: go on, 0: detach, -1: error */
static int take_typed(int fd, struct pollfd *in, struct error *err)
{
	char data[1024], *detach;
	ssize_t got = read(STDIN_FILENO, data, sizeof(data));

	if (got <= 0) {	/* standard input has ended: go on looking */
		in->fd = -1;
		return 1;
	}
	detach = memchr(data, DETACH, (size_t)got);
	if (detach)
		got = detach - data;
	if (write_all(fd, data, (size_t)got, err) < 0)
		return -1;
	return detach ? 0 : 1;
}

static int take_output(int fd, struct error *err)
{
	char data[4096];
	ssize_t got = read(fd, data, sizeof(data));

	if (got <= 0)	/* the guest is off */
		return 0;
	return write_all(STDOUT_FILENO, data, (size_t)got, err) < 0 ? -1 : 1;
}

static int relay(int fd, struct error *err)
{
	enum { GUEST, TYPED, READER, WAKE };
	struct pollfd fds[] = {
		[GUEST] = { .fd = fd, .events = POLLIN },
		[TYPED] = { .fd = STDIN_FILENO, .events = POLLIN },
		/* no event asked for: a pipe whose reader has gone tells so by itself */
		[READER] = { .fd = STDOUT_FILENO, .events = 0 },
		[WAKE] = { .fd = interrupt_fd(), .events = POLLIN },
	};
	int rc = 1;

	while (rc > 0) {
		if (poll(fds, ARRAY_SIZE(fds), -1) < 0 && errno != EINTR)
			return error_sys(err, errno, "wait for the guest");
		if (interrupt_check(err) < 0)
			return -1;
		if (fds[READER].revents & (POLLERR | POLLNVAL))
			return 0;
		if (fds[GUEST].revents)
			rc = take_output(fd, err);
		if (rc > 0 && fds[TYPED].revents)
			rc = take_typed(fd, &fds[TYPED], err);
	}
	return rc;
}

static int attach(const struct instance *inst, const struct target *target, struct error *err)
{
	struct terminal terminal __attribute__((cleanup(restore))) = { .raw = false };
	CLEANUP_CLOSE int fd = -1;

	if (target->console(inst, &fd, err) < 0)
		return -1;
	if (isatty(STDIN_FILENO))
		fprintf(stderr, "Console of %s; Ctrl-] leaves it.\n", inst->name);
	fflush(stdout);
	make_raw(&terminal);
	return relay(fd, err);
}

static int show_file(const char *path, struct error *err)
{
	CLEANUP_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
	char data[65536];
	ssize_t got;

	if (fd < 0)
		return errno == ENOENT ? 0 : error_sys(err, errno, "open '%s'", path);
	while ((got = read(fd, data, sizeof(data))) > 0)
		if (write_all(STDOUT_FILENO, data, (size_t)got, err) < 0)
			return -1;
	return got < 0 ? error_sys(err, errno, "read '%s'", path) : 0;
}

static int show_log(const struct instance *inst, struct error *err)
{
	CLEANUP_FREE char *path = path_join(inst->log_dir, SERIAL_LOG);

	return show_file(path, err);
}

static int run(const struct command *cmd, int argc, const char **argv, struct error *err)
{
	CLEANUP_FREE char *state = NULL;
	int log = 0;
	struct strv args CLEANUP_STRV = STRV_INIT;
	struct instance inst CLEANUP_INSTANCE = INSTANCE_INIT;
	const struct target *target;
	const struct poptOption options[] = {
		{ "log", 0, POPT_ARG_NONE, &log, 0,
		  "print what it wrote since its start, and leave", NULL },
		STATE_OPTION(&state),
		POPT_TABLEEND
	};
	int rc = command_parse(cmd, options, 1, 1, argc, argv, &args, err);

	if (rc <= 0)
		return rc;
	if (instance_open_with_target(&inst, &target, state, args.v[0], err) < 0)
		return -1;
	return log ? show_log(&inst, err) : attach(&inst, target, err);
}

const struct command command_console = {
	.name = "console",
	.synopsis = "GUEST",
	.summary = "show and use the serial port of a running guest",
	.text = "First shows what the guest wrote last, then all that comes. Ctrl-] leaves it; the guest\n"
		"does not notice.\n"
		"    rehost console press4",
	.run = run,
};
