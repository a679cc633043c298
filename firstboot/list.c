// SPDX-License-Identifier: GPL-2.0-or-later
/* firstboot.ini: its settings, and its items, each run apart. */
#include "firstboot.h"

enum { ITEM_SECONDS = 600 };

static char *list_text(void)
{
	static char path[TEXT_MAX];

	join(path, folder, "\\firstboot.ini", NULL);
	return slurp(path);
}

static DWORD number_of(const char *text)
{
	DWORD n = 0;

	for (; *text >= '0' && *text <= '9' && n < 100000; text++)
		n = n * 10 + (DWORD)(*text - '0');
	return n;
}

void read_settings(void)
{
	char *at = list_text(), *line;

	while (at && (line = line_of(&at))) {
		char *rest = line, *word = word_of(&rest), *value = word_of(&rest);

		if (lstrcmpA(word, "wait") == 0)
			wait_seconds = number_of(value);
		if (lstrcmpA(word, "serial") == 0 && begins(value, "COM"))
			lstrcpynA(serial_port, value, sizeof(serial_port));
	}
}

enum result run_item(char *line)
{
	char *rest = line, *word = word_of(&rest), *first = word_of(&rest), *second = word_of(&rest);

	if (lstrcmpA(word, "driver") == 0)
		return install_driver(first, second);
	if (lstrcmpA(word, "nic") == 0)
		return move_settings(first, second);
	if (lstrcmpA(word, "ghost") == 0)
		return drop_settings(first);
	return DONE;
}

/* The item's own process says how it went: what crashes or hangs takes nothing else with it. */
static enum result run_item_apart(const char *line)
{
	static char command[TEXT_MAX], program[MAX_PATH];
	DWORD status;

	GetModuleFileNameA(NULL, program, sizeof(program));
	join(command, "\"", program, "\" --item ", line, NULL);
	status = run_apart(command, ITEM_SECONDS);
	if (status == 0xffffffff)
		say("first boot: '", line, "' did not end", NULL);
	return status == DONE ? DONE : RETRY;
}

static BOOL is_item(const char *line)
{
	return begins(line, "driver ") || begins(line, "nic ") || begins(line, "ghost ");
}

DWORD run_list(void)
{
	char *at = list_text(), *line;
	DWORD left = 0;

	while (at && (line = line_of(&at))) {
		if (!is_item(line) || !state_begin(line))
			continue;
		if (run_item_apart(line) == DONE)
			state_done(line);
		else
			left++;
	}
	return left;
}
