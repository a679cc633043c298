// SPDX-License-Identifier: GPL-2.0-or-later
/* rehost status: which guests are installed here, and how they are. */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmd/controllers.h"
#include "cmd/instances.h"
#include "lib/base/alloc.h"
#include "lib/base/interrupt.h"
#include "lib/base/size.h"

enum { WATCH_MS = 2000 };

struct line {
	const char *name;
	struct instance inst;		/* as far as it can be read                          */
	struct instance_status status;
	struct error why;		/* it is not known how it is; not set: it is         */
};

#define LINE_INIT(name) { name, INSTANCE_INIT, INSTANCE_STATUS_INIT, ERROR_INIT }

static void clear_line(struct line *l)
{
	instance_clear(&l->inst);
	free(l->status.detail);
	error_clear(&l->why);
}

static int ask(struct line *ret, struct error *err)
{
	const struct target *target = target_find(instance_release(&ret->inst)->target, err);

	if (!target)
		return -1;
	if (!target->status)
		return error_set(err, ERR_UNSUPPORTED, "target '%s' is only generated for", target->name);
	return target->status(&ret->inst, &ret->status, err);
}

/* One that cannot be asked is a line like the others; only one that is not there is no line. */
static int look(const char *state, struct line *ret, struct error *err)
{
	int rc = instance_open(&ret->inst, state, ret->name, &ret->why);

	if (rc < 0 && ret->why.code == ERR_NOT_FOUND)
		return error_move(err, &ret->why);
	if (rc == 0)
		rc = ask(ret, &ret->why);
	return rc < 0 && ret->why.code == ERR_INTERRUPTED ? error_move(err, &ret->why) : 0;
}

static void print_line(const struct line *l)
{
	const struct instance_status *s = &l->status;
	const struct release *r = instance_release(&l->inst);
	CLEANUP_FREE char *up = s->uptime > 0 ? format_duration(s->uptime) : xstrdup("-");
	CLEANUP_FREE char *read = format_size(s->disk_read), *written = format_size(s->disk_written);

	if (error_is_set(&l->why)) {
		printf("%-20s %-8s %7" PRIu64 " %-8s %12s %10s %10s\n    %s\n", l->name, "unknown",
		       l->inst.current, r ? r->target : "-", "-", "-", "-", l->why.msg);
		return;
	}
	printf("%-20s %-8s %7" PRIu64 " %-8s %12s %10s %10s\n", l->name, state_name(s->state),
	       l->inst.current, r->target, up, read, written);
	if (s->state == INSTANCE_CRASHED && s->detail)
		printf("    %s\n", s->detail);
	if (!r->proven)
		printf("    nobody has seen release %" PRIu64 " live\n", r->number);
}

static void put_text(struct json_object *o, const char *key, const char *value)
{
	json_object_object_add(o, key, json_object_new_string(value));
}

static struct json_object *line_to_json(const struct line *l)
{
	struct json_object *o = json_object_new_object();
	const struct instance_status *s = &l->status;
	const struct release *r = instance_release(&l->inst);
	bool unknown = error_is_set(&l->why);

	put_text(o, "name", l->name);
	put_text(o, "state", unknown ? "unknown" : state_name(s->state));
	if (unknown)
		put_text(o, "why", l->why.msg);
	if (!r)
		return o;
	json_object_object_add(o, "wanted", json_object_new_boolean(l->inst.wanted));
	put_text(o, "target", r->target);
	json_object_object_add(o, "release", json_object_new_uint64(l->inst.current));
	put_text(o, "bundle", r->bundle);
	json_object_object_add(o, "proven", json_object_new_boolean(r->proven));
	if (unknown)
		return o;
	json_object_object_add(o, "pid", json_object_new_int(s->pid));
	json_object_object_add(o, "uptime", json_object_new_double(s->uptime));
	json_object_object_add(o, "disk_read", json_object_new_uint64(s->disk_read));
	json_object_object_add(o, "disk_written", json_object_new_uint64(s->disk_written));
	if (s->detail)
		put_text(o, "detail", s->detail);
	return o;
}

static int show_line(const char *state, const char *name, struct json_object *list, struct error *ret_unknown,
		     struct error *err)
{
	struct line line __attribute__((cleanup(clear_line))) = LINE_INIT(name);

	if (look(state, &line, err) < 0)
		return -1;
	if (list)
		json_object_array_add(list, line_to_json(&line));
	else
		print_line(&line);
	if (error_is_set(&line.why) && !error_is_set(ret_unknown)) {
		error_move(ret_unknown, &line.why);
		error_wrap(ret_unknown, "ask guest '%s'", name);
	}
	return 0;
}

/* @ret_unknown: why the first guest of which nothing is known cannot be asked */
static int show(const char *state, const struct strv *names, struct json_object *list,
		struct error *ret_unknown, struct error *err)
{
	if (!list && names->n)
		printf("%-20s %-8s %7s %-8s %12s %10s %10s\n", "guest", "state", "release", "target",
		       "up", "read", "written");
	for (size_t i = 0; i < names->n; i++)
		if (show_line(state, names->v[i], list, ret_unknown, err) < 0)
			return -1;
	return 0;
}

static int show_once(const char *state, const struct strv *names, bool json,
		     struct error *ret_unknown, struct error *err)
{
	struct json_object *list = json ? json_object_new_array() : NULL;
	int rc = show(state, names, list, ret_unknown, err);

	if (json && rc == 0)
		print_json(list);
	else
		json_object_put(list);
	return rc;
}

/* On a terminal in place, elsewhere one below the other, until it is interrupted. */
static int watch(const char *state, const struct strv *asked, bool json, struct error *err)
{
	struct pollfd wake = { .fd = interrupt_fd(), .events = POLLIN };

	while (!interrupted()) {
		struct strv all CLEANUP_STRV = STRV_INIT;
		struct error unknown CLEANUP_ERROR = ERROR_INIT;

		if (asked->n == 0 && instance_list(state, &all, err) < 0)
			return -1;
		if (isatty(STDOUT_FILENO) && !json)
			fputs("\033[H\033[2J", stdout);
		if (show_once(state, asked->n ? asked : &all, json, &unknown, err) < 0)
			return interrupted() ? 0 : -1;
		if (fflush(stdout) != 0)
			return error_sys(err, errno, "write to standard output");
		poll(&wake, 1, WATCH_MS);
	}
	return 0;
}

static int run(const struct command *cmd, int argc, const char **argv, struct error *err)
{
	CLEANUP_FREE char *state = NULL;
	struct error unknown CLEANUP_ERROR = ERROR_INIT;
	int json = 0, watched = 0;
	struct controller_options controller CLEANUP_CONTROLLER_OPTIONS = { .url = NULL };
	struct strv args CLEANUP_STRV = STRV_INIT;
	const struct poptOption options[] = {
		{ "json", 0, POPT_ARG_NONE, &json, 0, "print JSON for programs", NULL },
		{ "watch", 0, POPT_ARG_NONE, &watched, 0, "again every two seconds, until Ctrl-C", NULL },
		CONTROLLER_OPTIONS(&controller),
		STATE_OPTION(&state),
		POPT_TABLEEND
	};
	int rc = command_parse(cmd, options, 0, ARGS_ANY, argc, argv, &args, err);

	if (rc <= 0)
		return rc;
	if (controller_options_check(&controller, "status", err) < 0)
		return -1;
	if (controller.url && watched)
		return error_set(err, ERR_USAGE, "status: --watch is for guests of this host");
	if (controller.url)
		return controller_status(&controller, &args, json != 0, err);
	if (watched)
		return watch(state ? state : STATE_DEFAULT, &args, json != 0, err);
	if (args.n == 0 && instance_list(state ? state : STATE_DEFAULT, &args, err) < 0)
		return -1;
	if (show_once(state ? state : STATE_DEFAULT, &args, json != 0, &unknown, err) < 0)
		return -1;
	return error_is_set(&unknown) ? error_move(err, &unknown) : 0;
}

const struct command command_status = {
	.name = "status",
	.synopsis = "[GUEST...]",
	.summary = "say which guests are installed here, and how they are",
	.text = "Asks the running machines themselves.\n"
		"    rehost status",
	.run = run,
};
