// SPDX-License-Identifier: GPL-2.0-or-later
/* Findings of checks. */
#include "config.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/plain.h"
#include "lib/report.h"

static const char *const names[] = {
	[FINDING_NOTE] = "note",
	[FINDING_WARNING] = "warning",
	[FINDING_ERROR] = "error",
};

const char *severity_name(enum severity severity)
{
	return names[severity];
}

struct finding *report_add(struct report *r, enum severity severity, const char *subject,
			   const char *fmt, ...)
{
	struct finding *f;
	va_list ap;

	if (!r || r->n_findings >= REPORT_MAX)
		return NULL;
	f = APPEND(r->findings, r->n_findings);
	f->severity = severity;
	f->subject = subject ? plain_text(xstrdup(subject)) : NULL;
	f->remedy = NULL;
	va_start(ap, fmt);
	f->text = plain_text(xvasprintf(fmt, ap));
	va_end(ap);
	return f;
}

void report_remedy(struct finding *f, const char *fmt, ...)
{
	va_list ap;

	if (!f)
		return;
	free(f->remedy);
	va_start(ap, fmt);
	f->remedy = plain_text(xvasprintf(fmt, ap));
	va_end(ap);
}

void report_merge(struct report *to, struct report *from)
{
	for (size_t i = 0; i < from->n_findings; i++)
		*APPEND(to->findings, to->n_findings) = from->findings[i];
	free(from->findings);
	*from = (struct report)REPORT_INIT;
}

size_t report_count(const struct report *r, enum severity severity)
{
	size_t n = 0;

	for (size_t i = 0; i < r->n_findings; i++)
		n += r->findings[i].severity == severity;
	return n;
}

const struct finding *report_first_error(const struct report *r)
{
	for (size_t i = 0; i < r->n_findings; i++)
		if (r->findings[i].severity == FINDING_ERROR)
			return &r->findings[i];
	return NULL;
}

void report_clear(struct report *r)
{
	for (size_t i = 0; i < r->n_findings; i++) {
		free(r->findings[i].subject);
		free(r->findings[i].text);
		free(r->findings[i].remedy);
	}
	free(r->findings);
	*r = (struct report)REPORT_INIT;
}

void report_to_xml(const struct report *r, struct xml_out *x)
{
	xml_open(x, "findings");
	for (size_t i = 0; i < r->n_findings; i++) {
		xml_open(x, "finding");
		xml_attr(x, "severity", "%s", severity_name(r->findings[i].severity));
		xml_attr_opt(x, "subject", r->findings[i].subject);
		xml_attr_opt(x, "remedy", r->findings[i].remedy);
		xml_put_text(x, r->findings[i].text);
		xml_close(x);
	}
	xml_close(x);
}

static enum severity severity_from(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (name && strcmp(names[i], name) == 0)
			return (enum severity)i;
	return FINDING_ERROR;
}

void report_from_xml(struct report *ret, const xmlNode *findings)
{
	XML_EACH(node, findings, "finding") {
		CLEANUP_FREE char *severity = xml_get(node, "severity");
		CLEANUP_FREE char *subject = xml_get(node, "subject");
		CLEANUP_FREE char *text = xml_text(node), *remedy = xml_get(node, "remedy");
		struct finding *f = report_add(ret, severity_from(severity), subject, "%s", text);

		if (remedy)
			report_remedy(f, "%s", remedy);
	}
}
