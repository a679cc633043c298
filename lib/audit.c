// SPDX-License-Identifier: GPL-2.0-or-later
/* Audit report: the frame, the summary, the plan, the cables, the way back. */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "lib/audit.h"
#include "lib/base/alloc.h"
#include "lib/base/outfile.h"
#include "lib/base/path.h"
#include "lib/base/size.h"
#include "lib/html.h"
#include "lib/plan_view.h"
#include "lib/validation.h"

static bool was_validated(const struct guest *g)
{
	CLEANUP_FREE char *report = path_join(g->dir, EVIDENCE_FOLDER "/report.xml");
	xmlDoc *doc CLEANUP_XMLDOC = path_exists(report) ? xml_read(report, "validation", NULL)
							 : NULL;

	return doc && xml_get_bool(xmlDocGetRootElement(doc), "passed") &&
	       xml_child(xmlDocGetRootElement(doc), "boot");
}

static void put_summary(const struct plan *plan, uint64_t revision, FILE *out)
{
	const char *host = plan->host.product ? plan->host.product : plan->host.cpu_model;

	fputs("<h1>", out);
	html_put(out, "%s", plan->name);
	html_put(out, ": what was done to these computers");
	fputs("</h1>\n<p class=\"lead\">", out);
	html_put(out, "Audit report of the bundle '%s', revision %" PRIu64 ". It moves the work of %zu "
		 "old computer%s, unchanged, onto the edge host '%s'%s%s%s.",
		 plan->name, revision, plan->n_partitions, plan->n_partitions == 1 ? "" : "s",
		 plan->host.name, host ? " (" : "", host ? host : "", host ? ")" : "");
	fputs("</p>\n<div class=\"wide\"><table>\n", out);
	html_head(out, "Guest", "System", "For", "Proven to start", "Changes", NULL);
	fputs("<tbody>\n", out);
	for (size_t i = 0; i < plan->n_partitions; i++) {
		const struct guest *g = &plan->partitions[i].guest;
		bool good = was_validated(g);

		fprintf(out, "<tr><td><a href=\"#guest-%zu\">", i + 1);
		html_put(out, "%s", g->name);
		fputs("</a></td>", out);
		html_cell(out, g->system);
		html_cell(out, g->target);
		fprintf(out, "<td class=\"%s\">%s</td><td>%zu</td></tr>\n", good ? "good" : "bad",
			good ? "yes" : "no", g->n_changes);
	}
	fputs("</tbody></table></div>\n", out);
}

/* On a phone it is wider than the screen, and can be moved. */
static void put_picture(const struct plan *plan, FILE *out)
{
	fputs("<h3>The host as a picture</h3>\n<div class=\"wide\">\n", out);
	plan_draw_inline(plan, out);
	fputs("</div>\n", out);
}

static void put_shares(const struct plan *plan, FILE *out)
{
	fputs("<h2>Who gets which part of the host</h2>\n<div class=\"wide\"><table>\n", out);
	html_head(out, "Guest", "Class", "Processors", "Memory", "Starts as number", NULL);
	fputs("<tbody>\n", out);
	for (size_t i = 0; i < plan->n_partitions; i++) {
		const struct partition *p = &plan->partitions[i];
		CLEANUP_FREE char *memory = format_size(p->memory);

		fputs("<tr>", out);
		html_cell(out, p->guest.name);
		html_cell(out, partition_class_names[p->class]);
		html_cell(out, p->cpus);
		html_cell(out, memory);
		/* 0: no order is asked for */
		if (p->start_order)
			fprintf(out, "<td>%" PRIu64 "</td></tr>\n", p->start_order);
		else
			fputs("<td>in any order</td></tr>\n", out);
	}
	fputs("</tbody></table></div>\n", out);
	put_picture(plan, out);
}

static void put_wiring(const struct plan *plan, FILE *out)
{
	size_t n = 0;

	fputs("<h2>Which cable goes where</h2>\n", out);
	for (size_t i = 0; i < plan->n_partitions; i++)
		n += plan->partitions[i].n_devices;
	if (n == 0) {
		fputs("<p>No cable of an old computer goes to a port of its own on the host.</p>\n",
		      out);
		return;
	}
	fputs("<div class=\"wide\"><table>\n", out);
	html_head(out, "Guest", "Port of the old PC", "Label on the host", "Port of the host", NULL);
	fputs("<tbody>\n", out);
	for (size_t i = 0; i < plan->n_partitions; i++) {
		const struct partition *p = &plan->partitions[i];

		for (size_t k = 0; k < p->n_devices; k++) {
			fputs("<tr>", out);
			html_cell(out, p->guest.name);
			html_cell(out, p->devices[k].role);
			html_cell(out, p->devices[k].label);
			html_cell(out, p->devices[k].host);
			fputs("</tr>\n", out);
		}
	}
	fputs("</tbody></table></div>\n", out);
}

static void put_way_back(FILE *out)
{
	fputs("<h2>How to go back</h2>\n"
	      "<p>Nothing was written to the disks of the old computers, and a capture is never "
	      "changed: every change below was made to a copy.</p>\n<ul>\n"
	      "<li><strong>To the old computer:</strong> stop its guest with <code>rehost stop "
	      "NAME</code>, put the cables back and switch the old computer on. It is as it was when "
	      "it was captured; what the guest did since then stays on the host.</li>\n"
	      "<li><strong>To an earlier release:</strong> <code>rehost rollback NAME</code> makes "
	      "the one before this the current one.</li>\n"
	      "<li><strong>To check this bundle first:</strong> <code>rehost bundle verify "
	      "FILE.rehost</code> reads every byte and says who signed it.</li>\n</ul>\n", out);
}

static int put_all(const struct plan *plan, uint64_t revision, FILE *out, struct error *err)
{
	CLEANUP_FREE char *title = xasprintf("%s: audit report", plan->name);

	html_begin(out, title);
	put_summary(plan, revision, out);
	put_shares(plan, out);
	put_wiring(plan, out);
	put_way_back(out);
	for (size_t i = 0; i < plan->n_partitions; i++) {
		fprintf(out, "<section class=\"guest\" id=\"guest-%zu\">\n", i + 1);
		if (audit_guest(&plan->partitions[i], out, err) < 0)
			return error_wrap(err, "report on guest '%s'",
					  plan->partitions[i].guest.name);
		fputs("</section>\n", out);
	}
	html_end(out);
	return 0;
}

int audit_write(const struct plan *plan, uint64_t revision, const char *path, struct error *err)
{
	struct outfile out CLEANUP_OUTFILE = OUTFILE_INIT;

	if (outfile_open(&out, path, OUTFILE_NEW, err) < 0 ||
	    put_all(plan, revision, out.f, err) < 0)
		return -1;
	return outfile_commit(&out, err);
}
