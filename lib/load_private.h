/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_LOAD_PRIVATE_H
#define REHOST_LOAD_PRIVATE_H

/* Samples while an export is read. For lib/load*.c only. */

#include "lib/base/strv.h"
#include "lib/load.h"

enum series_kind { SERIES_CPU, SERIES_MEMORY, SERIES_IOPS, SERIES_RATE, N_SERIES };

struct series {
	double *v;
	size_t n;
};

struct samples {
	struct series of[N_SERIES];	/* CPU [%], memory [bytes], [1/s], [bytes/s] */
};

/** samples_add - one more value; what is no number, negative or absurd is left out */
int samples_add(struct samples *s, enum series_kind kind, double value, struct error *err);

/** load_number - "12.5", "12,5"; -1 if it is none */
double load_number(const char *text);

/** sysstat_memory - bytes in use without caches, from the counts of KiB that sysstat gives */
double sysstat_memory(double used, double percent, double free, double buffers, double cached);

int load_sysstat_csv(struct samples *s, const char *text, struct error *err);
int load_sysstat_json(struct samples *s, const char *text, size_t len, struct error *err);
int load_counters(struct samples *s, const char *text, struct error *err);

#endif
