// SPDX-License-Identifier: GPL-2.0-or-later
/* Progress of long work: bar, lines or JSON. */
#include "config.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/alloc.h"
#include "lib/base/progress.h"
#include "lib/base/size.h"

double monotonic_seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

void progress_init(struct progress *p, enum progress_mode mode, FILE *out)
{
	if (mode == PROGRESS_BAR && !isatty(fileno(out)))
		mode = PROGRESS_LINES;
	*p = (struct progress){ .mode = mode, .out = out };
}

/* "31% of 4.0 GiB, 210 MiB/s, 14 s left" */
static char *describe(const struct progress *p, double now)
{
	CLEANUP_FREE char *total = format_size(p->total), *rate = NULL, *left = NULL;
	double elapsed = now - p->start;
	double per_second = elapsed > 0 ? (double)p->done / elapsed : 0;

	if (p->total == 0)
		return format_duration(elapsed);
	rate = format_size((uint64_t)per_second);
	left = format_duration(per_second > 0 ? (double)(p->total - p->done) / per_second : 0);
	return xasprintf("%3.0f%% of %s, %s/s, %s left", 100.0 * (double)p->done / (double)p->total,
			 total, rate, left);
}

static void show_json(const struct progress *p, double now, bool ended)
{
	CLEANUP_FREE char *seconds = xasprintf("%.1f", now - p->start);
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "phase", json_object_new_string(p->phase));
	json_object_object_add(o, "done", json_object_new_uint64(p->done));
	json_object_object_add(o, "total", json_object_new_uint64(p->total));
	json_object_object_add(o, "seconds", json_object_new_double_s(now - p->start, seconds));
	if (p->total && p->done && now > p->start) {
		double rate = (double)p->done / (now - p->start);

		json_object_object_add(o, "rate", json_object_new_uint64((uint64_t)rate));
		json_object_object_add(o, "left", json_object_new_uint64((uint64_t)((double)(p->total - p->done) / rate)));
	}
	json_object_object_add(o, "ended", json_object_new_boolean(ended));
	if (p->note)
		json_object_object_add(o, "note", json_object_new_string(p->note));
	fprintf(p->out, "%s\n", json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN |
								JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(o);
	fflush(p->out);
}

static void show(struct progress *p, double now)
{
	CLEANUP_FREE char *text = NULL;

	p->last = now;
	if (p->mode == PROGRESS_JSON) {
		show_json(p, now, false);
		return;
	}
	text = describe(p, now);
	fprintf(p->out, p->mode == PROGRESS_BAR ? "\r\033[K%s: %s%s%s" : "%s: %s%s%s\n", p->phase,
		text, p->note ? ", " : "", p->note ? p->note : "");
	fflush(p->out);
}

void progress_begin(struct progress *p, const char *phase, uint64_t total)
{
	if (!p || p->mode == PROGRESS_NONE)
		return;
	progress_end(p);
	p->phase = xstrdup(phase);
	p->done = 0;
	p->total = total;
	p->start = monotonic_seconds();
	p->last = p->start;
	if (p->mode == PROGRESS_BAR)
		show(p, p->start);
}

void progress_update(struct progress *p, uint64_t done)
{
	static const double interval[] = { 0, 0.2, 30, 1 };
	double now;

	if (!p || p->mode == PROGRESS_NONE || !p->phase)
		return;
	p->done = MIN(done, p->total ? p->total : done);
	now = monotonic_seconds();
	if (now - p->last >= interval[p->mode])
		show(p, now);
}

void progress_note(struct progress *p, const char *note)
{
	if (!p)
		return;
	free(p->note);
	p->note = note ? xstrdup(note) : NULL;
}

void progress_end(struct progress *p)
{
	CLEANUP_FREE char *took = NULL;
	double now;

	if (!p || !p->phase)
		return;
	now = monotonic_seconds();
	took = format_duration(now - p->start);
	if (p->mode == PROGRESS_JSON)
		show_json(p, now, true);
	else
		fprintf(p->out, "%s%s: %s\n", p->mode == PROGRESS_BAR ? "\r\033[K" : "", p->phase,
			took);
	fflush(p->out);
	free(STEAL(p->phase));
}

void progress_clear(struct progress *p)
{
	if (p->phase && p->mode == PROGRESS_BAR) {
		fputs("\r\033[K", p->out);
		fflush(p->out);
	}
	free(p->phase);
	free(p->note);
	*p = (struct progress){ .mode = PROGRESS_NONE };
}
