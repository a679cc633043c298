// SPDX-License-Identifier: GPL-2.0-or-later
/* Tests of judging whether a guest lives. */
#include "config.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/agent.h"
#include "lib/base/path.h"
#include "lib/base/unix_socket.h"
#include "lib/life.h"
#include "tests/unit/test.h"

static void a_terminal_becomes_plain_lines(void **state)
{
	static const char *const cases[][2] = {
		{ "plain\r\nlines\n", "plain\nlines\n" },
		{ "\033[2J\033[1;31mred\033[0m\n", "red\n" },
		{ "\033]0;title\alogin: ", "login: " },
		{ "\033(B\033Mx\0337y", "xy" },
		{ "a\bb\001c\tz", "abc\tz" },
		{ "caf\xc3\xa9", "caf??" },
		{ "cut \033[12", "cut " },
		{ "cut \033", "cut " },
		{ "cut \033]0;never ends\nnext", "cut \nnext" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		CLEANUP_FREE char *text = console_text(cases[i][0], strlen(cases[i][0]));

		assert_string_equal(cases[i][1], text);
	}
}

static void bytes_of_zero_do_not_end_the_text(void **state)
{
	CLEANUP_FREE char *text = console_text("a\0b", 3);

	(void)state;
	assert_string_equal("ab", text);
}

static void the_last_lines_are_kept(void **state)
{
	static const struct {
		const char *text;
		size_t n;
		const char *last;
	} cases[] = {
		{ "one\ntwo\nthree\n", 2, "two\nthree" }, { "one", 5, "one" },
		{ "", 3, "" },				  { "\n\n\n", 3, "" },
		{ "a\nb\n\n\n", 1, "b" },		  { "a\n\nb\nc", 2, "b\nc" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		CLEANUP_FREE char *last = console_last_lines(cases[i].text, cases[i].n);

		assert_string_equal(cases[i].last, last);
	}
}

static enum life_sign judge(const char *text, const char *pattern)
{
	struct life_verdict v CLEANUP_LIFE_VERDICT = LIFE_VERDICT_INIT;
	struct error err CLEANUP_ERROR = ERROR_INIT;

	assert_int_equal(0, life_judge(text, pattern, &v, &err));
	if (v.sign != LIFE_UNKNOWN)
		assert_non_null(v.line);
	return v.sign;
}

static void the_first_sign_counts(void **state)
{
	(void)state;
	assert_int_equal(LIFE_UNKNOWN, judge("booting\n", "login: *$"));
	assert_int_equal(LIFE_ALIVE, judge("booting\nold login: ", "login: *$"));
	assert_int_equal(LIFE_DEAD,
			 judge("Kernel panic - not syncing: x\nlogin: ", "login: *$"));
	assert_int_equal(LIFE_ALIVE, judge("login: \nKernel panic - not syncing", "login: *$"));
	assert_int_equal(LIFE_UNKNOWN, judge("login: \n", NULL));
	assert_int_equal(LIFE_DEAD, judge("ALERT!  /dev/sda1 does not exist.", NULL));
	assert_int_equal(LIFE_DEAD, judge("error: no such device: 0a.\ngrub rescue> ", "login"));
	assert_int_equal(LIFE_DEAD, judge("Booting from Hard Disk...\n"
					  "Boot failed: not a bootable disk\n", NULL));
}

static void a_pattern_that_is_none_is_refused(void **state)
{
	CLEANUP_FREE char *endless = xmalloc(LIFE_PATTERN_MAX + 2);
	struct life_verdict v CLEANUP_LIFE_VERDICT = LIFE_VERDICT_INIT;
	struct error err CLEANUP_ERROR = ERROR_INIT;

	(void)state;
	assert_fails(life_judge("x", "(", &v, &err), &err, ERR_FORMAT);
	memset(endless, 'a', LIFE_PATTERN_MAX + 1);
	endless[LIFE_PATTERN_MAX + 1] = '\0';
	assert_fails(life_judge("x", endless, &v, &err), &err, ERR_FORMAT);
}

static bool settled_after(const char *faces)
{
	struct life_screens s = LIFE_SCREENS_INIT;

	for (; *faces; faces++) {
		char digest[DIGEST_HEX_SIZE];

		memset(digest, *faces, sizeof(digest) - 1);
		digest[sizeof(digest) - 1] = '\0';
		life_screens_add(&s, digest, 0);
	}
	return life_screens_settled(&s);
}

static void a_screen_settles_but_for_its_cursor(void **state)
{
	(void)state;
	assert_false(settled_after("aaaaa"));
	assert_true(settled_after("aaaaaa"));
	assert_true(settled_after("ababbb"));
	assert_false(settled_after("abcaaa"));
	assert_true(settled_after("abcaaaaaa"));
	assert_false(settled_after("aaaaaab" "c"));
}

static void deadlines_follow_the_accelerator(void **state)
{
	struct guest_life life = { .seconds = 1200 };

	(void)state;
	assert_int_equal(1200, life_seconds(&life, ACCEL_TCG));
	assert_int_equal(120, life_seconds(&life, ACCEL_KVM));
	life.seconds = 100;
	assert_int_equal(60, life_seconds(&life, ACCEL_KVM));
	life.seconds = 10;
	assert_int_equal(10, life_seconds(&life, ACCEL_KVM));
}

/* What stands in for QEMU's end of the port: it takes one client, and says @says to what is asked. */
static pid_t start_agent(int listening, const char *says)
{
	pid_t pid = fork();
	char asked[64];
	int fd;

	if (pid)
		return pid;
	fd = accept(listening, NULL, NULL);
	if (read(fd, asked, sizeof(asked)) <= 0 || !memmem(asked, sizeof(asked), "guest-ping", 10))
		_exit(1);
	(void)!write(fd, says, strlen(says));
	(void)!read(fd, asked, sizeof(asked));
	_exit(0);
}

static void an_agent_that_answers_is_life(void **state)
{
	static const struct {
		const char *says;
		int rc;
	} cases[] = {
		{ "{\"return\": {}}\n", 1 },
		{ "\xff{\"return\": {}}\n", 1 },
		{ "{\"error\": {\"class\": \"CommandNotFound\"}}\n", 0 },
		{ "", 0 },
	};
	CLEANUP_FREE char *dir = make_test_folder(), *path = path_join(dir, "agent.sock");
	struct error err CLEANUP_ERROR = ERROR_INIT;

	(void)state;
	assert_int_equal(0, agent_answers(path, &err));
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		CLEANUP_CLOSE int fd = unix_listen(path, &err);
		pid_t pid = start_agent(fd, cases[i].says);
		int status = 0;

		assert_int_equal(cases[i].rc, agent_answers(path, &err));
		assert_int_equal(pid, waitpid(pid, &status, 0));
		assert_int_equal(0, status);
	}
	assert_int_equal(0, folder_remove(dir, &err));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_terminal_becomes_plain_lines),
		cmocka_unit_test(bytes_of_zero_do_not_end_the_text),
		cmocka_unit_test(the_last_lines_are_kept),
		cmocka_unit_test(the_first_sign_counts),
		cmocka_unit_test(a_pattern_that_is_none_is_refused),
		cmocka_unit_test(a_screen_settles_but_for_its_cursor),
		cmocka_unit_test(deadlines_follow_the_accelerator),
		cmocka_unit_test(an_agent_that_answers_is_life),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
