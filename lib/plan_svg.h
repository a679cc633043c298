/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_PLAN_SVG_H
#define REHOST_PLAN_SVG_H

/* The parts of plan_draw(). For lib/plan_svg*.c only. */

#include <stdio.h>

#include "lib/cpulist.h"
#include "lib/plan.h"

/* A4 across, in tenths of a millimetre */
enum {
	PAGE_WIDTH = 2970, MARGIN = 120, WIDTH = PAGE_WIDTH - 2 * MARGIN,
	TEXT = 34, SMALL = 26, LINE = 48,
	CORE_WIDTH = 320, CORE_HEIGHT = 130, GAP = 16, WAY_WIDTH = 60, BAR_HEIGHT = 90,
	PATTERNS = 12, PAGE_HEIGHT = 2100,
};

struct picture {
	const struct plan *plan;
	struct cpuset *cpus;	/* of each partition */
	struct cpuset reserve;
	FILE *out;
	int y;			/* where the next thing goes */
};

/** svg_text, svg_box, svg_heading - at a place; a heading moves on to the next line */
void svg_text(const struct picture *p, int x, int y, int size, const char *text);
void svg_box(const struct picture *p, int x, int y, int width, int height, const char *fill);
void svg_heading(struct picture *p, const char *text);

/** svg_label - text on white paper, as much of it as there is @room for */
void svg_label(const struct picture *p, int x, int y, int room, const char *text);

/** svg_fill, svg_guest - pattern, and number with name, of a partition; the caller frees them */
char *svg_fill(size_t guest);
char *svg_guest(const struct picture *p, size_t guest);

void svg_put_cores(struct picture *p);
void svg_put_free(struct picture *p);
void svg_put_caches(struct picture *p);
void svg_put_memory(struct picture *p);
void svg_put_devices(struct picture *p);

#endif
