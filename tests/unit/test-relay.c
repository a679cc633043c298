// SPDX-License-Identifier: GPL-2.0-or-later
/* Tests of the shared serial port: nothing is lost, nobody holds up the guest. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>

#include "lib/base/path.h"
#include "lib/base/unix_socket.h"
#include "lib/relay.h"
#include "tests/unit/test.h"

struct fixture {
	char *dir, *socket, *log;
	int guest;		/* the far end of the serial line */
	struct relay relay;
};

static int set_up(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));
	struct error err CLEANUP_ERROR = ERROR_INIT;
	int fds[2];

	f->dir = make_test_folder();
	f->socket = path_join(f->dir, "console.sock");
	f->log = path_join(f->dir, "serial.log");
	relay_init(&f->relay);
	assert_int_equal(0, relay_open(&f->relay, f->socket, f->log, &err));
	assert_int_equal(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds));
	relay_attach(&f->relay, fds[0]);
	f->guest = fds[1];
	fcntl(f->guest, F_SETFL, O_NONBLOCK);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	relay_close(&f->relay);
	cleanup_close(&f->guest);
	folder_remove(f->dir, NULL);
	free(f->dir);
	free(f->socket);
	free(f->log);
	free(f);
	return 0;
}

/* Until nothing is left to do. */
static void turn(struct relay *r)
{
	struct pollfd fds[RELAY_FDS_MAX];
	size_t n = relay_fds(r, fds);

	while (poll(fds, n, 50) > 0) {
		relay_handle(r, fds, n);
		n = relay_fds(r, fds);
	}
}

static int connect_client(struct fixture *f)
{
	struct error err CLEANUP_ERROR = ERROR_INIT;
	int fd = unix_connect(f->socket, &err);

	assert_true(fd >= 0);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	turn(&f->relay);
	return fd;
}

static void say(int fd, const char *text)
{
	assert_int_equal(strlen(text), write(fd, text, strlen(text)));
}

static void assert_hears(int fd, const char *text)
{
	char data[256];
	ssize_t got = read(fd, data, sizeof(data) - 1);

	assert_true(got >= 0);
	data[got] = '\0';
	assert_string_equal(text, data);
}

static void the_guest_is_logged_with_and_without_clients(void **state)
{
	struct fixture *f = *state;
	CLEANUP_FREE char *text = NULL;
	CLEANUP_CLOSE int client = -1;
	struct error err CLEANUP_ERROR = ERROR_INIT;

	say(f->guest, "before ");
	turn(&f->relay);
	client = connect_client(f);
	say(f->guest, "after");
	turn(&f->relay);
	assert_hears(client, "before after");
	assert_int_equal(0, file_read(f->log, 100, &text, NULL, &err));
	assert_string_equal("before after", text);
}

static void what_is_typed_reaches_the_guest(void **state)
{
	struct fixture *f = *state;
	CLEANUP_CLOSE int one = connect_client(f);
	CLEANUP_CLOSE int two = connect_client(f);

	say(one, "root\n");
	turn(&f->relay);
	say(two, "secret\n");
	turn(&f->relay);
	assert_hears(f->guest, "root\nsecret\n");
}

static void a_client_that_leaves_is_not_missed(void **state)
{
	struct fixture *f = *state;
	int one = connect_client(f);
	CLEANUP_CLOSE int two = connect_client(f);

	close(one);
	say(f->guest, "still here");
	turn(&f->relay);
	assert_hears(two, "still here");
}

static void a_client_that_does_not_read_is_dropped_and_the_guest_goes_on(void **state)
{
	struct fixture *f = *state;
	CLEANUP_CLOSE int lazy = connect_client(f);
	CLEANUP_FREE char *much = xmalloc(4096);
	size_t sent = 0;

	memset(much, 'x', 4096);
	while (sent < 4 * RELAY_BACKLOG) {
		ssize_t put = write(f->guest, much, 4096);

		if (put > 0)
			sent += (size_t)put;
		else
			assert_int_equal(EAGAIN, errno);
		turn(&f->relay);
	}
	for (size_t i = 0; i < RELAY_CLIENTS_MAX; i++)
		assert_int_equal(-1, f->relay.clients[i].fd);
}

static void too_many_clients_are_turned_away(void **state)
{
	struct fixture *f = *state;
	int fds[RELAY_CLIENTS_MAX + 1];

	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		fds[i] = connect_client(f);
	assert_hears(fds[RELAY_CLIENTS_MAX], "");
	say(f->guest, "x");
	turn(&f->relay);
	for (size_t i = 0; i < RELAY_CLIENTS_MAX; i++)
		assert_hears(fds[i], "x");
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		close(fds[i]);
}

static void a_guest_that_takes_nothing_loses_what_is_typed(void **state)
{
	struct fixture *f = *state;
	CLEANUP_CLOSE int client = -1;

	relay_attach(&f->relay, -1);
	client = connect_client(f);
	for (size_t i = 0; i < 3 * RELAY_TYPED_MAX / 16; i++) {
		say(client, "0123456789abcdef");
		turn(&f->relay);
	}
	assert_int_equal(RELAY_TYPED_MAX, f->relay.typed_len);
}

static void the_end_of_the_machine_is_survived(void **state)
{
	struct fixture *f = *state;
	CLEANUP_CLOSE int client = connect_client(f);

	close(f->guest);
	f->guest = -1;
	turn(&f->relay);
	assert_int_equal(-1, f->relay.serial);
	say(client, "anybody?");
	turn(&f->relay);
}

static void an_old_log_is_kept(void **state)
{
	struct fixture *f = *state;
	CLEANUP_FREE char *old = xasprintf("%s.1", f->log), *text = NULL;
	struct error err CLEANUP_ERROR = ERROR_INIT;

	say(f->guest, "first life");
	turn(&f->relay);
	relay_close(&f->relay);
	assert_int_equal(0, relay_open(&f->relay, f->socket, f->log, &err));
	assert_int_equal(0, file_read(old, 100, &text, NULL, &err));
	assert_string_equal("first life", text);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(the_guest_is_logged_with_and_without_clients),
		TEST(what_is_typed_reaches_the_guest),
		TEST(a_client_that_leaves_is_not_missed),
		TEST(a_client_that_does_not_read_is_dropped_and_the_guest_goes_on),
		TEST(too_many_clients_are_turned_away),
		TEST(a_guest_that_takes_nothing_loses_what_is_typed),
		TEST(the_end_of_the_machine_is_survived),
		TEST(an_old_log_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
