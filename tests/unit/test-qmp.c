// SPDX-License-Identifier: GPL-2.0-or-later
/* Tests of the QMP client, against a script instead of a QEMU. */
#include "config.h"

#include <sys/socket.h>

#include "lib/png.h"
#include "lib/qmp.h"
#include "tests/unit/test.h"

#define GREETING "{\"QMP\": {\"version\": {}, \"capabilities\": []}}\r\n"
#define OK "{\"return\": {}}\r\n"

/* The far end has said all of @script already; what the client says is read by nobody. */
static int hear(const char *script, int *ret_far)
{
	int fds[2];

	assert_int_equal(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds));
	assert_int_equal(strlen(script), write(fds[1], script, strlen(script)));
	*ret_far = fds[1];
	return fds[0];
}

static void an_answer_is_found_between_events(void **state)
{
	CLEANUP_CLOSE int far = -1;
	struct qmp q CLEANUP_QMP = QMP_INIT;
	struct error err CLEANUP_ERROR = ERROR_INIT;
	struct json_object *event CLEANUP_JSON = NULL, *none CLEANUP_JSON = NULL;
	CLEANUP_FREE char *run_state = NULL;

	(void)state;
	assert_int_equal(0, qmp_connect_fd(&q, hear(GREETING OK
						    "{\"event\": \"RESET\"}\r\n"
						    "{\"return\": {\"status\": \"running\"}}\r\n",
						    &far), 1000, &err));
	assert_int_equal(0, qmp_run_state(&q, &run_state, &err));
	assert_string_equal("running", run_state);
	assert_int_equal(0, qmp_event(&q, 0, &event, &err));
	assert_true(qmp_event_is(event, "RESET"));
	assert_int_equal(0, qmp_event(&q, 0, &none, &err));
	assert_null(none);
}

static void a_refusal_carries_the_words_of_qemu(void **state)
{
	CLEANUP_CLOSE int far = -1;
	struct qmp q CLEANUP_QMP = QMP_INIT;
	struct error err CLEANUP_ERROR = ERROR_INIT;

	(void)state;
	assert_int_equal(0, qmp_connect_fd(&q, hear(GREETING OK
						    "{\"error\": {\"class\": \"GenericError\", "
						    "\"desc\": \"no such wombat\"}}\r\n",
						    &far), 1000, &err));
	assert_int_equal(-1, qmp_command(&q, "wombat", NULL, NULL, &err));
	assert_int_equal(ERR_CHILD, err.code);
	assert_non_null(strstr(err.msg, "no such wombat"));
}

static void counters_of_all_drives_are_added(void **state)
{
	CLEANUP_CLOSE int far = -1;
	struct qmp q CLEANUP_QMP = QMP_INIT;
	struct error err CLEANUP_ERROR = ERROR_INIT;
	uint64_t read = 0, written = 0;

	(void)state;
	assert_int_equal(0, qmp_connect_fd(&q, hear(GREETING OK
						    "{\"return\": [{\"stats\": {\"rd_bytes\": 3, \"wr_bytes\": 1}}, "
						    "{\"stats\": {\"rd_bytes\": 4}}, {}]}\r\n",
						    &far), 1000, &err));
	assert_int_equal(0, qmp_block_bytes(&q, &read, &written, &err));
	assert_int_equal(7, read);
	assert_int_equal(1, written);
}

static void what_is_not_qmp_is_refused(void **state)
{
	static const struct {
		const char *script;
		enum error_code code;
	} cases[] = {
		{ "SSH-2.0-OpenSSH\r\n", ERR_FORMAT }, { "[]\n", ERR_FORMAT },
		{ "{}\n", ERR_FORMAT },		       { GREETING, ERR_TIMEOUT },
		{ "", ERR_TIMEOUT },		       { "{\"QMP\"", ERR_TIMEOUT },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		CLEANUP_CLOSE int far = -1;
		struct qmp q CLEANUP_QMP = QMP_INIT;
		struct error err CLEANUP_ERROR = ERROR_INIT;
		int fd = hear(cases[i].script, &far);

		/* after the greeting the answer is awaited for longer: end it */
		if (strcmp(cases[i].script, GREETING) == 0) {
			shutdown(far, SHUT_WR);
			assert_fails(qmp_connect_fd(&q, fd, 10, &err), &err, ERR_SYSTEM);
		} else {
			assert_fails(qmp_connect_fd(&q, fd, 10, &err), &err, cases[i].code);
		}
	}
}

static void a_connection_that_ends_is_an_error(void **state)
{
	int far = -1;
	struct qmp q CLEANUP_QMP = QMP_INIT;
	struct json_object *event CLEANUP_JSON = NULL;
	struct error err CLEANUP_ERROR = ERROR_INIT;

	(void)state;
	assert_int_equal(0, qmp_connect_fd(&q, hear(GREETING OK, &far), 1000, &err));
	close(far);
	assert_fails(qmp_event(&q, 1000, &event, &err), &err, ERR_SYSTEM);
}

/* Four pixels, and what zlib at level 0 makes of them. */
static void a_pixmap_becomes_png(void **state)
{
	static const char pixmap[] = "P6\n2 2\n255\n\xff\0\0\0\xff\0\0\0\xff\xff\xff\xff";
	static const char should[] =
		"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x02\0\0\0\x02\x08\x02\0\0\0\xfd\xd4\x9a\x73"
		"\0\0\0\x19" "IDAT\x78\x01\x01\x0e\0\xf1\xff\0\xff\0\0\0\xff\0\0\0\0\xff\xff\xff\xff"
		"\x1f\xee\x05\xfb\xde\xdd\xec\x2b\0\0\0\0IEND\xae\x42\x60\x82";
	static const char *const bad[] = { "", "P6", "P6\n2 2\n255\n1", "P5\n1 1\n255\n123", "P6\n0 2\n255\n",
					   "P6\n99999 99999\n255\n123", "P6\n1 1\n65535\n123" };
	struct error err CLEANUP_ERROR = ERROR_INIT;
	CLEANUP_FREE char *png = NULL;
	size_t len = 0;

	(void)state;
	assert_int_equal(0, png_from_ppm(pixmap, sizeof(pixmap) - 1, &png, &len, &err));
	assert_int_equal(sizeof(should) - 1, len);
	assert_memory_equal(should, png, len);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		char *none = NULL;

		error_clear(&err);
		assert_fails(png_from_ppm(bad[i], strlen(bad[i]), &none, &len, &err), &err, ERR_FORMAT);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_is_found_between_events),
		cmocka_unit_test(a_refusal_carries_the_words_of_qemu),
		cmocka_unit_test(counters_of_all_drives_are_added),
		cmocka_unit_test(what_is_not_qmp_is_refused),
		cmocka_unit_test(a_connection_that_ends_is_an_error),
		cmocka_unit_test(a_pixmap_becomes_png),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
