// SPDX-License-Identifier: GPL-2.0-or-later
/* What all subcommands share: the table, options, help, printed reports. */
#include "config.h"

#include <json-c/json.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/command.h"
#include "lib/base/alloc.h"
#include "lib/base/plain.h"
#include "lib/base/size.h"

#define COMMAND(name) extern const struct command command_##name;
#include "cmd/commands.def"
#undef COMMAND

const struct command *const commands[] = {
#define COMMAND(name) &command_##name,
#include "cmd/commands.def"
#undef COMMAND
	NULL,
};

const struct command *command_find(const char *name)
{
	for (size_t i = 0; commands[i]; i++)
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	return NULL;
}

/* Levenshtein's distance; both words are short. */
static size_t distance(const char *a, const char *b)
{
	enum { WORD_MAX = 32 };
	size_t row[WORD_MAX + 1], a_len = strlen(a), b_len = strlen(b);

	if (a_len > WORD_MAX || b_len > WORD_MAX)
		return WORD_MAX;
	for (size_t j = 0; j <= b_len; j++)
		row[j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= b_len; j++) {
			size_t change = diagonal + (a[i - 1] != b[j - 1]);
			size_t insert = MIN(row[j], row[j - 1]) + 1;

			diagonal = row[j];
			row[j] = MIN(change, insert);
		}
	}
	return row[b_len];
}

const struct command *command_nearest(const char *name)
{
	const struct command *best = NULL;
	size_t best_distance = 4;

	for (size_t i = 0; commands[i]; i++) {
		size_t d = distance(name, commands[i]->name);

		if (d < best_distance && d < strlen(commands[i]->name)) {
			best = commands[i];
			best_distance = d;
		}
	}
	return best;
}

static void print_help(const struct command *cmd, poptContext ctx)
{
	printf("rehost %s - %s\n\n", cmd->name, cmd->summary);
	poptPrintHelp(ctx, stdout, 0);
	printf("\n%s\n\nThe manual page rehost-%s(1) says more.\n", cmd->text, cmd->name);
}

static int collect_args(const struct command *cmd, poptContext ctx, int min_args, int max_args,
			struct strv *ret, struct error *err)
{
	const char *arg;
	int n;

	while ((arg = poptGetArg(ctx)))
		strv_add(ret, arg);
	n = (int)ret->n;
	if (n >= min_args && (max_args == ARGS_ANY || n <= max_args))
		return 1;
	error_set(err, ERR_USAGE, n < min_args ? "%s: something is missing: %s %s"
					       : "%s: too many arguments: %s %s",
		  cmd->name, cmd->name, cmd->synopsis);
	return error_hint(err, "see 'rehost %s --help'", cmd->name);
}

static void cleanup_popt(poptContext *ctx)
{
	poptFreeContext(*ctx);
}

int command_parse(const struct command *cmd, const struct poptOption *options, int min_args,
		  int max_args, int argc, const char **argv, struct strv *ret_args,
		  struct error *err)
{
	CLEANUP_FREE char *name = xasprintf("rehost %s", cmd->name);
	int help = 0, rc;
	const struct poptOption table[] = {
		{ NULL, 0, POPT_ARG_INCLUDE_TABLE, (void *)options, 0, "Options:", NULL },
		{ "help", '?', POPT_ARG_NONE, &help, 0, "show this text", NULL },
		POPT_TABLEEND
	};
	poptContext ctx __attribute__((cleanup(cleanup_popt))) = NULL;

	argv[0] = name;
	ctx = poptGetContext("rehost", argc, argv, table, 0);
	poptSetOtherOptionHelp(ctx, cmd->synopsis);
	rc = poptGetNextOpt(ctx);
	if (rc < -1) {
		error_set(err, ERR_USAGE, "%s: %s: %s", cmd->name,
			  poptBadOption(ctx, POPT_BADOPTION_NOALIAS), poptStrerror(rc));
		return error_hint(err, "see 'rehost %s --help'", cmd->name);
	}
	if (help) {
		print_help(cmd, ctx);
		return 0;
	}
	return collect_args(cmd, ctx, min_args, max_args, ret_args, err);
}

void print_plain(const char *fmt, ...)
{
	CLEANUP_FREE char *line = NULL;
	va_list ap;

	va_start(ap, fmt);
	line = plain_text(xvasprintf(fmt, ap));
	va_end(ap);
	puts(line);
}

void print_report(const struct report *r)
{
	for (size_t i = 0; i < r->n_findings; i++) {
		const struct finding *f = &r->findings[i];

		printf("%s: %s%s%s\n", severity_name(f->severity), f->subject ? f->subject : "",
		       f->subject ? ": " : "", f->text);
		if (f->remedy)
			printf("    %s\n", f->remedy);
	}
}

void print_json(struct json_object *object)
{
	puts(json_object_to_json_string_ext(object,
					    JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(object);
}

void json_add_text(struct json_object *o, const char *key, const char *text)
{
	CLEANUP_FREE char *plain = plain_text(text ? xstrdup(text) : NULL);

	if (plain)
		json_object_object_add(o, key, json_object_new_string(plain));
}

struct json_object *report_to_json(const struct report *r)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < r->n_findings; i++) {
		const struct finding *f = &r->findings[i];
		struct json_object *item = json_object_new_object();

		json_object_object_add(item, "severity",
				       json_object_new_string(severity_name(f->severity)));
		if (f->subject)
			json_object_object_add(item, "subject", json_object_new_string(f->subject));
		json_object_object_add(item, "text", json_object_new_string(f->text));
		if (f->remedy)
			json_object_object_add(item, "remedy", json_object_new_string(f->remedy));
		json_object_array_add(list, item);
	}
	return list;
}

int progress_from_option(const char *text, struct progress *ret, struct error *err)
{
	static const struct {
		const char *name;
		enum progress_mode mode;
	} forms[] = {
		{ "bar", PROGRESS_BAR },
		{ "lines", PROGRESS_LINES },
		{ "json", PROGRESS_JSON },
		{ "none", PROGRESS_NONE },
	};

	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		if (strcmp(text ? text : "bar", forms[i].name) == 0) {
			progress_init(ret, forms[i].mode, stderr);
			return 0;
		}
	}
	error_set(err, ERR_USAGE, "there is no form of progress '%s'", text);
	return error_hint(err, "choose none, bar, lines or json");
}

int seconds_from_option(const char *option, const char *text, uint64_t min, uint64_t *ret,
			struct error *err)
{
	if (text && parse_u64(text, min, 86400, ret, err) < 0)
		return error_wrap(err, "%s", option);
	return 0;
}
