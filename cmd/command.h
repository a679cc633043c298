/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_COMMAND_H
#define REHOST_COMMAND_H

/*
 * A subcommand: one const struct at the foot of cmd/NAME.c and one row in cmd/commands.def. Options
 * point at locals of its run function:
 *
 *	static int run(const struct command *cmd, int argc, const char **argv, struct error *err)
 *	{
 *		CLEANUP_FREE char *output = NULL;
 *		struct strv args CLEANUP_STRV = STRV_INIT;
 *		const struct poptOption options[] = {
 *			{ "output", 'o', POPT_ARG_STRING, &output, 0, "write to DIR", "DIR" },
 *			POPT_TABLEEND
 *		};
 *		int rc = command_parse(cmd, options, 1, 1, argc, argv, &args, err);
 *
 *		if (rc <= 0)
 *			return rc;
 *		…
 *	}
 *
 * A run function returns 0 when done, -1 with @err set, or COMMAND_FINDINGS when it worked and
 * found something wrong (exit status 1, nothing more is printed).
 */

#include <popt.h>

#include "lib/base/error.h"
#include "lib/base/progress.h"
#include "lib/base/strv.h"
#include "lib/report.h"

struct json_object;

enum { COMMAND_FINDINGS = 1 };

enum { ARGS_ANY = -1 };

struct command {
	const char *name;
	const char *synopsis;	/* what stands behind the name: "SOURCE -o NAME.capture"        */
	const char *summary;	/* one line for the list of commands                            */
	const char *text;	/* a paragraph or two for --help, with an example               */
	int (*run)(const struct command *cmd, int argc, const char **argv, struct error *err);
};

extern const struct command *const commands[];	/* ends with NULL */

/** command_find - by name, or NULL */
const struct command *command_find(const char *name);

/** command_nearest - the command whose name is most like @name, or NULL if none is near */
const struct command *command_nearest(const char *name);

/**
 * command_parse - read options and arguments
 * @cmd:      the command
 * @options:  popt table without help; --help and -? are added
 * @min_args: least number of arguments
 * @max_args: greatest number, or ARGS_ANY
 * @ret_args: the arguments
 * @err:      ERR_USAGE
 *
 * Return: 1 go on, 0 help was printed (leave with 0), -1 error.
 */
int command_parse(const struct command *cmd, const struct poptOption *options, int min_args,
		  int max_args, int argc, const char **argv, struct strv *ret_args,
		  struct error *err);

/** print_report - findings for people, on standard output; remedies below each */
void print_report(const struct report *r);

/** print_plain - a line on standard output; what is in it of a disk does nothing to a terminal */
void print_plain(const char *fmt, ...) PRINTF_LIKE(1, 2);

/** json_add_text - what may come from a disk can hold any byte, JSON cannot; NULL is left out */
void json_add_text(struct json_object *o, const char *key, const char *text);

/** print_json - one JSON document on standard output; frees @object */
void print_json(struct json_object *object);

/** report_to_json - array of findings */
struct json_object *report_to_json(const struct report *r);

/**
 * progress_from_option - the value of --progress
 * @text: NULL (bar on a terminal, else lines), none, bar, lines, json
 */
int progress_from_option(const char *text, struct progress *ret, struct error *err);

/**
 * seconds_from_option - the value of an option that takes seconds, at most a day
 * @option: its name with the dashes, for the message
 * @text:   its value; NULL leaves *@ret alone
 */
int seconds_from_option(const char *option, const char *text, uint64_t min, uint64_t *ret,
			struct error *err);

#define PROGRESS_OPTION(var)                                                                       \
	{ "progress", 0, POPT_ARG_STRING, (var), 0,                                                \
	  "how to show progress on standard error: none, bar, lines or json", "FORM" }

#endif
