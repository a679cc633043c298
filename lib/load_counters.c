// SPDX-License-Identifier: GPL-2.0-or-later
/* Windows performance counters as CSV: a line of counter names, then a line for each sample. */
#include "config.h"

#include <string.h>
#include <strings.h>

#include "lib/base/alloc.h"
#include "lib/load_private.h"

/* Source: typeperf and relog, Windows; the header "(PDH-CSV 4.0)" is the same from NT 4 on. */

enum { COLUMNS_MAX = 4096, LINE_MAX_BYTES = 1 << 20 };

/* The end of a counter's name; languages in which the counters are called otherwise come as rows. */
static const struct counter {
	const char *name;
	enum series_kind kind;
} counters[] = {
	{ "\\processor(_total)\\% processor time", SERIES_CPU },
	{ "\\prozessor(_total)\\prozessorzeit (%)", SERIES_CPU },
	{ "\\prozessor(_total)\\% prozessorzeit", SERIES_CPU },
	{ "\\memory\\committed bytes", SERIES_MEMORY },
	{ "\\arbeitsspeicher\\zugesicherte bytes", SERIES_MEMORY },
	{ "\\speicher\\zugesicherte bytes", SERIES_MEMORY },
	{ "\\physicaldisk(_total)\\disk transfers/sec", SERIES_IOPS },
	{ "\\physicaldisk(_total)\\disk bytes/sec", SERIES_RATE },
	/* the umlauts of "Physikalischer Datentraeger" and "Uebertragungen" come in several encodings */
	{ "ger(_total)\\bytes/s", SERIES_RATE },
	{ "bertragungen/s", SERIES_IOPS },
};

/* One cell of a line, without its quotes; *at moves behind the comma. NULL at the end of the line. */
static char *next_cell(const char **at, const char *end)
{
	const char *start = *at;
	size_t len;

	if (start >= end)
		return NULL;
	if (*start == '"') {
		const char *close = memchr(start + 1, '"', (size_t)(end - start - 1));

		start++;
		len = (size_t)((close ? close : end) - start);
		*at = close ? close + 1 : end;
		while (*at < end && **at != ',')
			(*at)++;
	} else {
		const char *comma = memchr(start, ',', (size_t)(end - start));

		len = (size_t)((comma ? comma : end) - start);
		*at = comma ? comma : end;
	}
	*at += *at < end;
	return xstrndup(start, len);
}

static int kind_of(const char *cell)
{
	size_t len = strlen(cell);

	for (size_t i = 0; i < ARRAY_SIZE(counters); i++) {
		size_t n = strlen(counters[i].name);

		if (len >= n && strcasecmp(cell + len - n, counters[i].name) == 0)
			return (int)counters[i].kind;
	}
	return -1;
}

struct table {
	int kind[COLUMNS_MAX];
	size_t n;
	bool any;
};

static int read_head(struct table *t, const char *line, const char *end, struct error *err)
{
	const char *at = line;
	char *cell;

	while ((cell = next_cell(&at, end))) {
		CLEANUP_FREE char *owned = cell;

		if (t->n == COLUMNS_MAX)
			return error_set(err, ERR_FORMAT, "there are more than %d counters",
					 COLUMNS_MAX);
		t->kind[t->n] = kind_of(owned);
		t->any |= t->kind[t->n] >= 0;
		t->n++;
	}
	if (t->any)
		return 0;
	error_set(err, ERR_FORMAT, "none of its counters is one that is needed");
	return error_hint(err, "record '\\Processor(_Total)\\%% Processor Time', '\\Memory\\Committed Bytes', "
			  "'\\PhysicalDisk(_Total)\\Disk Transfers/sec' and '...\\Disk Bytes/sec'");
}

static int read_line(struct samples *s, const struct table *t, const char *line, const char *end,
		     struct error *err)
{
	const char *at = line;

	for (size_t i = 0; i < t->n; i++) {
		CLEANUP_FREE char *cell = next_cell(&at, end);

		if (!cell)
			return 0;
		if (t->kind[i] >= 0 &&
		    samples_add(s, (enum series_kind)t->kind[i], load_number(cell), err) < 0)
			return -1;
	}
	return 0;
}

int load_counters(struct samples *s, const char *text, struct error *err)
{
	CLEANUP_FREE struct table *t = xcalloc(1, sizeof(*t));

	for (const char *line = text; *line;) {
		size_t len = strcspn(line, "\r\n");

		if (len > LINE_MAX_BYTES)
			return error_set(err, ERR_FORMAT, "a line is longer than %d bytes",
					 LINE_MAX_BYTES);
		if (!t->n ? read_head(t, line, line + len, err) < 0
			  : read_line(s, t, line, line + len, err) < 0)
			return -1;
		line += len;
		line += strspn(line, "\r\n");
	}
	return 0;
}
