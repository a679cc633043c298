/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_PLAN_VIEW_H
#define REHOST_PLAN_VIEW_H

/* A plan for people: in words, as a wiring list, as a picture. The same plan gives the same bytes. */

#include <stdio.h>

#include "lib/plan.h"

/** plan_print_explanation - why each guest is where it is */
void plan_print_explanation(const struct plan *plan, FILE *out);

/** plan_print_wiring - old port, label on the box, port of the guest: a table for an electrician */
void plan_print_wiring(const struct plan *plan, FILE *out);

/** plan_draw - a picture of the host as SVG: one file, no script, readable in black and white */
void plan_draw(const struct plan *plan, FILE *out);

/** plan_draw_inline - the same as an element inside an HTML document */
void plan_draw_inline(const struct plan *plan, FILE *out);

/** plan_write_svg - plan_draw() into a new file */
int plan_write_svg(const struct plan *plan, const char *path, struct error *err);

#endif
