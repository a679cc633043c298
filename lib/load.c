// SPDX-License-Identifier: GPL-2.0-or-later
/* The load of an old PC: which export it is, and the percentiles of what it holds. */
#include "config.h"

#include <math.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/path.h"
#include "lib/load_private.h"

static void cleanup_samples(struct samples *s)
{
	for (size_t i = 0; i < N_SERIES; i++)
		free(s->of[i].v);
}

int samples_add(struct samples *s, enum series_kind kind, double value, struct error *err)
{
	struct series *series = &s->of[kind];

	if (!isfinite(value) || value < 0 || value > 1e15)
		return 0;
	if (series->n == LOAD_SAMPLES_MAX)
		return error_set(err, ERR_FORMAT, "there are more than %d samples",
				 LOAD_SAMPLES_MAX);
	*APPEND(series->v, series->n) = value;
	return 0;
}

double load_number(const char *text)
{
	CLEANUP_FREE char *copy = text ? xstrdup(text) : NULL;
	char *comma = copy ? strchr(copy, ',') : NULL, *end = NULL;
	double value;

	if (comma && !strchr(copy, '.'))
		*comma = '.';
	value = copy ? strtod(copy, &end) : -1;
	return copy && end != copy && *end == '\0' ? value : -1;
}

/* Newer sysstat leaves caches out of "used", older does not: there used and free are all there is. */
double sysstat_memory(double used, double percent, double free, double buffers, double cached)
{
	double total = percent > 0 ? used / percent * 100 : 0;

	if (used < 0)
		return -1;
	if (total > 0 && free >= 0 && used + free > total * 0.99)
		used -= (buffers > 0 ? buffers : 0) + (cached > 0 ? cached : 0);
	return used > 0 ? used * 1024 : 0;
}

static int by_value(const void *a_, const void *b_)
{
	const double *a = a_, *b = b_;

	return *a < *b ? -1 : *a > *b;
}

/* The nearest rank; -1 without samples. */
static double percentile(struct series *s, unsigned int percent)
{
	if (s->n == 0)
		return -1;
	qsort(s->v, s->n, sizeof(*s->v), by_value);
	return s->v[(s->n * percent + 99) / 100 - 1];
}

/* Rounded up. */
static uint64_t whole(double value)
{
	uint64_t n = value > 0 ? (uint64_t)value : 0;

	return n + ((double)n < value);
}

static const char *first_word(const char *text)
{
	return text + strspn(text, " \t\r\n\xef\xbb\xbf");
}

static int read_samples(struct samples *s, const char *text, size_t len, struct load *ret,
			struct error *err)
{
	const char *start = first_word(text);

	ret->kind = "sysstat";
	if (*start == '{')
		return load_sysstat_json(s, text, len, err);
	if (*start == '#')
		return load_sysstat_csv(s, start, err);
	ret->kind = "performance counters";
	if (strncmp(start, "\"(PDH-CSV", 9) == 0)
		return load_counters(s, start, err);
	error_set(err, ERR_FORMAT, "this is no export of a load");
	return error_hint(err, "make it with 'sadf -d FILE -- -u -r -b', 'sadf -j FILE -- -u -r -b', or on "
			  "Windows with 'typeperf -o load.csv' or 'relog -f csv'");
}

int load_read_memory(struct load *ret, const char *text, size_t len, const char *name,
		     struct error *err)
{
	struct samples s __attribute__((cleanup(cleanup_samples))) = { 0 };
	struct load load = { 0 };
	double cpu;

	if (read_samples(&s, text, len, &load, err) < 0)
		return error_wrap(err, "%s", name);
	load.n = s.of[SERIES_CPU].n;
	cpu = percentile(&s.of[SERIES_CPU], 95);
	load.cpu_permille = cpu < 0 ? -1 : (int64_t)whole(MIN(cpu * 10, 1000.0));
	load.memory = whole(percentile(&s.of[SERIES_MEMORY], 100));
	load.iops = whole(percentile(&s.of[SERIES_IOPS], 95));
	load.rate = whole(percentile(&s.of[SERIES_RATE], 95));
	if (load.cpu_permille < 0 && !s.of[SERIES_MEMORY].n && !s.of[SERIES_IOPS].n) {
		error_set(err, ERR_FORMAT, "%s holds neither processors nor memory nor disks", name);
		return error_hint(err, "export at least the processors: 'sadf -d FILE -- -u -r -b', or "
				  "'\\Processor(_Total)\\%% Processor Time'");
	}
	*ret = load;
	return 0;
}

int load_read(struct load *ret, const char *path, struct error *err)
{
	CLEANUP_FREE char *text = NULL;
	size_t len = 0;

	if (file_read(path, LOAD_SIZE_MAX, &text, &len, err) < 0)
		return -1;
	return load_read_memory(ret, text, len, path, err);
}
