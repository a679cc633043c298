/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_REPORT_H
#define REHOST_REPORT_H

/*
 * Findings of a check. A check that finds something has worked: it fills a report; an error is for
 * a check that could not be made.
 */

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/error.h"
#include "lib/base/xml.h"

enum severity {
	FINDING_NOTE,		/* good to know                            */
	FINDING_WARNING,	/* works, but somebody has to look         */
	FINDING_ERROR,		/* will not work                           */
};

struct finding {
	enum severity severity;
	char *subject;		/* what it is about: a file, a device, a guest; may be NULL */
	char *text;		/* what is the matter                                       */
	char *remedy;		/* what to do, or NULL                                      */
};

struct report {
	struct finding *findings;
	size_t n_findings;
};

#define REPORT_INIT { NULL, 0 }
enum { REPORT_MAX = 10000 };	/* findings beyond this are dropped */

/**
 * report_add - one more finding
 * @r:        the report, or NULL when nobody wants it
 * @severity: how bad it is
 * @subject:  what it is about, or NULL
 * @fmt:      one phrase
 *
 * Subject, text and remedy are made plain (lib/base/plain.h): they may hold names and lines of a guest.
 *
 * Return: the finding, so that report_remedy() can follow; NULL if @r is NULL or full.
 */
struct finding *report_add(struct report *r, enum severity severity, const char *subject,
			   const char *fmt, ...) PRINTF_LIKE(4, 5);
void report_remedy(struct finding *f, const char *fmt, ...) PRINTF_LIKE(2, 3);

/** report_merge - move all findings of @from to the end of @to */
void report_merge(struct report *to, struct report *from);

size_t report_count(const struct report *r, enum severity severity);

/** report_first_error - or NULL */
const struct finding *report_first_error(const struct report *r);

void report_clear(struct report *r);

#define CLEANUP_REPORT __attribute__((cleanup(report_clear)))

const char *severity_name(enum severity severity);

/** report_to_xml - <findings><finding severity= subject= remedy=>text</finding>…</findings> */
void report_to_xml(const struct report *r, struct xml_out *x);

/** report_from_xml - the same backwards; @findings may be NULL */
void report_from_xml(struct report *ret, const xmlNode *findings);

#endif
