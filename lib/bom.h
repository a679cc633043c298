/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_BOM_H
#define REHOST_BOM_H

/*
 * Bill of materials: what was put into the guests, file by file, as SPDX 2.3 in JSON for the programs
 * that audit software.
 *
 * Source: SPDX specification 2.3, clauses 6 to 11.
 */

#include "lib/base/error.h"
#include "lib/plan.h"

#define BOM_FILE "bom.spdx.json"

/** bom_write - every change of every guest of @plan, into the new file @path; always the same text */
int bom_write(const struct plan *plan, const char *path, struct error *err);

#endif
