// SPDX-License-Identifier: GPL-2.0-or-later
/* Following apps by what their device reports: states, what they write, what goes wrong, what they take. */
#include "config.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "cmd/controllers.h"
#include "lib/base/alloc.h"
#include "lib/base/interrupt.h"
#include "lib/target/eve_reports.h"

enum {
	POLL_MS = 2000,
	LOG_ROUNDS = 5,			/* the device's own log is long: not each time */
	LINES_MAX = 20,			/* of one log, each time                       */
};

/* What the device reported by now; @from: bytes of it are older than its configuration. */
int controller_hear(struct eve_controller *c, const char *device, struct eve_apps *apps, uint64_t from,
		    struct error *err)
{
	CLEANUP_FREE char *lines = NULL;
	uint64_t total = 0, first;
	size_t len = 0;

	if (eve_controller_lines(c, device, "info", &lines, &len, &total, err) < 0)
		return -1;
	/* a store that keeps no more than was not read yet, or has thrown away its oldest */
	if (total < from)
		from = 0;
	first = total - len;
	eve_apps_hear(apps, lines, len, from > first ? (size_t)MIN(from - first, (uint64_t)len) : 0);
	return 0;
}

int controller_measure(struct eve_controller *c, const char *device, struct eve_apps *apps, struct error *err)
{
	CLEANUP_FREE char *lines = NULL;
	uint64_t total = 0;
	size_t len = 0;

	if (eve_controller_lines(c, device, "metrics", &lines, &len, &total, err) < 0)
		return -1;
	eve_apps_measure(apps, lines, len);
	return 0;
}

/* One log, and how much of it was there before. */
struct followed {
	char *what;
	uint64_t seen;			/* [bytes] */
};

struct controller_watch {
	struct eve_controller *c;
	const char *device;
	struct eve_apps *apps;
	struct strv said;		/* of each app, the last line                */
	struct strv about;		/* names and UUIDs                           */
	struct followed *logs;		/* of each app, and behind them the device's */
	uint64_t reported;		/* bytes that the device had reported before */
};

void controller_watch_end(struct controller_watch **w)
{
	struct controller_watch *f = *w;

	if (!f)
		return;
	for (size_t i = 0; f->logs && i <= f->apps->n; i++)
		free(f->logs[i].what);
	free(f->logs);
	strv_clear(&f->said);
	strv_clear(&f->about);
	free(f);
	*w = NULL;
}

static void name_logs(struct controller_watch *f)
{
	f->logs = xcalloc(f->apps->n + 1, sizeof(*f->logs));
	for (size_t i = 0; i < f->apps->n; i++) {
		strv_add(&f->said, "");
		strv_add(&f->about, f->apps->list[i].uuid);
		strv_add(&f->about, f->apps->list[i].name);
		f->logs[i].what = xasprintf("app/%s/logs", f->apps->list[i].uuid);
	}
	f->logs[f->apps->n].what = xstrdup("logs");
}

/* What is new in a log; @name: whose it is, NULL: the device's, of which only complaints about apps count. */
static int follow_log(struct controller_watch *f, struct followed *log, const char *name, bool quiet, struct error *err)
{
	struct strv lines CLEANUP_STRV = STRV_INIT;
	CLEANUP_FREE char *text = NULL;
	uint64_t total = 0, first, from;
	size_t len = 0;

	if (eve_controller_lines(f->c, f->device, log->what, &text, &len, &total, err) < 0)
		return -1;
	from = total < log->seen ? 0 : log->seen;
	first = total - len;
	log->seen = total;
	if (quiet)
		return 0;
	eve_log_lines(text, len, from > first ? (size_t)(from - first) : 0, name ? NULL : &f->about, !name, &lines);
	for (size_t i = lines.n > LINES_MAX ? lines.n - LINES_MAX : 0; i < lines.n; i++)
		printf("%s | %s\n", name ? name : "device", lines.v[i]);
	fflush(stdout);
	return 0;
}

/* @quiet: what is there is old */
static int follow_logs(struct controller_watch *f, bool device, bool quiet, struct error *err)
{
	for (size_t i = 0; i < f->apps->n; i++)
		if (follow_log(f, &f->logs[i], f->apps->list[i].name, quiet, err) < 0)
			return -1;
	return device ? follow_log(f, &f->logs[f->apps->n], NULL, quiet, err) : 0;
}

/* 1: as it is wanted, 0: on its way, -1: it says why not */
static int judge(const struct eve_app *a, struct error *err)
{
	if (!a->state)
		return 0;
	if (a->wanted && strcmp(a->state, "RUNNING") == 0)
		return 1;
	if (!a->wanted && (strcmp(a->state, "HALTED") == 0 || strcmp(a->state, "INSTALLED") == 0))
		return 1;
	if (strcmp(a->state, "ERROR") != 0 && !a->error)
		return 0;
	error_set(err, ERR_CHILD, "app '%s' is %s: %s", a->name, a->state,
		  a->error ? a->error : "EVE does not say why");
	return error_hint(err, "its configuration stays: EVE tries again by itself; 'rehost rollback' goes back");
}

static void print_change(const struct eve_app *a, char **said)
{
	bool on_way = a->progress && a->state && strcmp(a->state, "RUNNING") != 0;
	CLEANUP_FREE char *line = xasprintf("%s: %s%s%s%s", a->name, eve_app_state(a), on_way ? " (" : "",
					    on_way ? a->progress : "", on_way ? ")" : "");

	if (*said && strcmp(*said, line) == 0)
		return;
	puts(line);
	fflush(stdout);
	free(*said);
	*said = STEAL(line);
}

static int judge_all(const struct eve_apps *apps, struct strv *said, struct error *err)
{
	int all = 1;

	for (size_t i = 0; i < apps->n; i++) {
		int rc;

		print_change(&apps->list[i], &said->v[i]);
		rc = judge(&apps->list[i], err);
		if (rc < 0)
			return -1;
		all &= rc;
	}
	return all;
}

static int no_word(const struct eve_apps *apps, uint64_t timeout_s, struct error *err)
{
	struct error unused CLEANUP_ERROR = ERROR_INIT;
	struct strv late CLEANUP_STRV = STRV_INIT;
	CLEANUP_FREE char *list = NULL;

	for (size_t i = 0; i < apps->n; i++)
		if (judge(&apps->list[i], &unused) != 1)
			strv_addf(&late, "%s (%s)", apps->list[i].name, eve_app_state(&apps->list[i]));
	list = strv_join(&late, ", ");
	error_set(err, ERR_TIMEOUT, "after %llu s not as it is wanted: %s", (unsigned long long)timeout_s, list);
	return error_hint(err, "the device may not reach its controller or its registry; 'rehost status' shows "
			  "it later, 'rehost rollback' goes back");
}

/* What they take is told at the end, where the device told it. */
static int tell_measures(struct controller_watch *f, struct error *err)
{
	if (controller_measure(f->c, f->device, f->apps, err) < 0)
		return -1;
	for (size_t i = 0; i < f->apps->n; i++) {
		const struct eve_app *a = &f->apps->list[i];

		if (a->measured && a->wanted)
			printf("%s: uses %" PRIu64 " of %" PRIu64 " MiB, %" PRIu64 " s of processors\n", a->name,
			       a->memory_used, a->memory, a->cpu);
	}
	return 0;
}

/* 1: all are as they are wanted, 0: not yet, -1: one says why not; whatever the logs say comes before that */
static int follow_round(struct controller_watch *f, size_t round, struct error *err)
{
	struct error why CLEANUP_ERROR = ERROR_INIT;
	int rc;

	if (controller_hear(f->c, f->device, f->apps, f->reported, err) < 0)
		return -1;
	rc = judge_all(f->apps, &f->said, &why);
	if (follow_logs(f, rc != 0 || round % LOG_ROUNDS == 0, false, err) < 0)
		return -1;
	return rc < 0 ? error_move(err, &why) : rc;
}

int controller_follow(struct controller_watch *f, uint64_t timeout_s, struct error *err)
{
	struct pollfd wake = { .fd = interrupt_fd(), .events = POLLIN };
	double start = monotonic_seconds();

	timeout_s = timeout_s ? timeout_s : CONTROLLER_TIMEOUT_S;
	for (size_t round = 1;; round++) {
		int rc = follow_round(f, round, err);

		if (rc)
			return rc < 0 ? -1 : tell_measures(f, err);
		if (monotonic_seconds() - start > (double)timeout_s) {
			follow_logs(f, true, false, NULL);
			return no_word(f->apps, timeout_s, err);
		}
		poll(&wake, 1, POLL_MS);
		if (interrupt_check(err) < 0)
			return error_hint(err, "the configuration is with the controller all the same");
	}
}

int controller_watch_begin(struct eve_controller *c, const char *device, struct eve_apps *apps,
			   struct controller_watch **ret, struct error *err)
{
	struct controller_watch *f CLEANUP_CONTROLLER_WATCH = xcalloc(1, sizeof(*f));
	CLEANUP_FREE char *lines = NULL;
	size_t len = 0;

	f->c = c;
	f->device = device;
	f->apps = apps;
	name_logs(f);
	if (eve_controller_lines(c, device, "info", &lines, &len, &f->reported, err) < 0 ||
	    follow_logs(f, true, true, err) < 0)
		return -1;
	*ret = STEAL(f);
	return 0;
}
