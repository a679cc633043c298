// SPDX-License-Identifier: GPL-2.0-or-later
/* rehost: find the subcommand, run it, print its error once, check that its output arrived. */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/command.h"
#include "lib/base/alloc.h"
#include "lib/base/interrupt.h"
#include "lib/base/plain.h"

static void print_commands(void)
{
	puts("rehost moves the work of an old PC, unchanged, onto an edge host.\n"
	     "\n"
	     "Usage: rehost COMMAND [OPTION...] [ARGUMENT...]\n");
	for (size_t i = 0; commands[i]; i++)
		printf("  %-12s %s\n", commands[i]->name, commands[i]->summary);
	puts("\n"
	     "'rehost COMMAND --help' explains a command, the manual page rehost(1) the whole road.");
}

static int unknown_command(const char *name, struct error *err)
{
	const struct command *near = command_nearest(name);

	error_set(err, ERR_USAGE, "there is no command '%s'", name);
	if (near)
		return error_hint(err, "did you mean 'rehost %s'?", near->name);
	return error_hint(err, "'rehost --help' lists the commands");
}

static int dispatch(int argc, const char **argv, struct error *err)
{
	const struct command *cmd;

	if (argc < 2) {
		print_commands();
		return error_set(err, ERR_USAGE, "no command given");
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-?") == 0 ||
	    strcmp(argv[1], "help") == 0) {
		print_commands();
		return 0;
	}
	if (strcmp(argv[1], "--version") == 0) {
		puts(PACKAGE_STRING);
		return 0;
	}
	cmd = command_find(argv[1]);
	if (!cmd)
		return unknown_command(argv[1], err);
	return cmd->run(cmd, argc - 1, argv + 1, err);
}

static int exit_status(int rc, const struct error *err)
{
	if (interrupted())
		return interrupt_exit_status();
	if (rc < 0)
		return err->code == ERR_USAGE ? 2 : 1;
	return rc == COMMAND_FINDINGS ? 1 : 0;
}

/* Children that the same Ctrl-C ended leave errors of many kinds behind: it is the cause of them. */
static void name_cause(struct error *err)
{
	if (!interrupted() || err->code == ERR_INTERRUPTED)
		return;
	error_clear(err);
	interrupt_check(err);
}

int main(int argc, char **argv)
{
	struct error err CLEANUP_ERROR = ERROR_INIT;
	int rc;

	interrupt_install();
	rc = dispatch(argc, (const char **)argv, &err);
	if (rc < 0)
		name_cause(&err);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		if (rc >= 0)
			rc = error_sys(&err, errno, "write to standard output");
	}
	if (rc < 0) {
		CLEANUP_FREE char *msg = plain_text(STEAL(err.msg)), *hint = plain_text(STEAL(err.hint));

		fprintf(stderr, "rehost: %s\n", msg ? msg : "unknown error");
		if (hint)
			fprintf(stderr, "hint: %s\n", hint);
	}
	return exit_status(rc, &err);
}
