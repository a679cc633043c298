/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_AUDIT_H
#define REHOST_AUDIT_H

/*
 * The audit report of a bundle: what was captured, what was changed and why, the proof that it runs,
 * and how to go back. One HTML file for people who did not do the work.
 */

#include <stdint.h>
#include <stdio.h>

#include "lib/base/error.h"
#include "lib/plan.h"

#define AUDIT_FILE "report.html"
#define ORIGIN_FOLDER "origin"	/* in a guest of a bundle: capture.xml and machine.xml */

/**
 * audit_write - write the report
 * @plan:     the plan; its guests lie in folders with evidence and origin, as far as there are any
 * @revision: of the bundle
 * @path:     a new file
 * @err:      a document that lies there cannot be read
 *
 * The same documents give the same bytes.
 */
int audit_write(const struct plan *plan, uint64_t revision, const char *path, struct error *err);

/** audit_guest - the part about one guest */
int audit_guest(const struct partition *p, FILE *out, struct error *err);

/** audit_origin - the part about its old PC and what was captured of it */
int audit_origin(const struct guest *g, FILE *out, struct error *err);

/** audit_evidence - the part about its trial boot */
int audit_evidence(const struct guest *g, FILE *out, struct error *err);

#endif
