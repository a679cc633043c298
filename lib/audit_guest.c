// SPDX-License-Identifier: GPL-2.0-or-later
/* Audit report: one guest: its machine, and every change with its reason. */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "lib/audit.h"
#include "lib/base/alloc.h"
#include "lib/html.h"

static const char *dim_title(enum model_dim dim)
{
	static const char *const titles[N_DIMS] = {
		[DIM_WORD] = "Word size",  [DIM_FIRMWARE] = "Firmware",
		[DIM_DISK] = "Disk bus",   [DIM_NIC] = "Network card",
		[DIM_DISPLAY] = "Display", [DIM_INPUT] = "Keyboard and mouse",
		[DIM_SERIAL] = "Serial port", [DIM_CLOCK] = "Clock",
	};

	return titles[dim];
}

static void put_negotiation(const struct guest *g, FILE *out)
{
	fputs("<h3>The virtual machine it runs on</h3>\n<p>", out);
	html_put(out, "Chosen between what '%s' offers and what the system can drive. A device that it "
		 "could not drive before was added by the converter '%s'.", g->target, g->converter);
	fputs("</p>\n<div class=\"wide\"><table>\n", out);
	html_head(out, "Device", "Chosen", "The system could drive it before", NULL);
	fputs("<tbody>\n", out);
	for (int dim = 0; dim < N_DIMS; dim++) {
		fputs("<tr>", out);
		html_cell(out, dim_title(dim));
		html_cell(out, model_value_name(dim, (unsigned int)g->device[dim]));
		html_cell(out, g->added[dim] ? "no: a driver was added" : "yes");
		fputs("</tr>\n", out);
	}
	fputs("</tbody></table></div>\n", out);
}

static void put_digest(FILE *out, const char *label, const char *digest)
{
	if (digest) {
		fprintf(out, "<br>%s <code>", label);
		html_put(out, "%s", digest);
		fputs("</code>", out);
	}
}

static void put_changes(const struct guest *g, FILE *out)
{
	fputs("<h3>What was changed, and why</h3>\n", out);
	if (g->n_changes == 0) {
		fputs("<p>Nothing: the disk is as it was captured.</p>\n", out);
		return;
	}
	fputs("<p>", out);
	html_put(out, "%zu file%s of the copy. The digests are SHA-256.", g->n_changes,
		 g->n_changes == 1 ? "" : "s");
	fputs("</p>\n<div class=\"wide\"><table>\n", out);
	html_head(out, "What", "File, and its digest before and after", "Why", NULL);
	fputs("<tbody>\n", out);
	for (size_t i = 0; i < g->n_changes; i++) {
		const struct guest_change *c = &g->changes[i];

		fputs("<tr>", out);
		html_cell(out, c->action);
		fputs("<td class=\"path\">", out);
		html_put(out, "%s", c->path ? c->path : "-");
		put_digest(out, "before", c->before);
		put_digest(out, "after", c->after);
		fputs("</td>", out);
		html_cell(out, c->why);
		fputs("</tr>\n", out);
	}
	fputs("</tbody></table></div>\n", out);
}

static void put_row_over_all(FILE *out, const char *class, const char *text)
{
	fprintf(out, "<tr class=\"over\"><th colspan=\"3\" class=\"%s\">", class);
	html_put(out, "%s", text);
	fputs("</th></tr>\n", out);
}

static void put_key(const struct guest_key *k, FILE *out)
{
	bool whole = !k->value;

	fputs("<tr>", out);
	html_path(out, whole ? "the key itself" : *k->value ? k->value : "(default)");
	html_path(out, whole && k->before ? "there" : k->before);
	html_path(out, whole && k->after ? "there" : k->after);
	fputs("</tr>\n", out);
}

/* Hive by hive and key by key: they come so. */
static void put_registry(const struct guest *g, FILE *out)
{
	const char *hive = "", *key = "";

	if (g->n_keys == 0)
		return;
	fputs("<h3>What was changed in the registry</h3>\n<div class=\"wide\"><table>\n", out);
	html_head(out, "Value", "Before", "After", NULL);
	fputs("<tbody>\n", out);
	for (size_t i = 0; i < g->n_keys; i++) {
		const struct guest_key *k = &g->keys[i];

		if (strcmp(hive, k->hive) != 0)
			put_row_over_all(out, "hive", k->hive);
		if (strcmp(hive, k->hive) != 0 || strcmp(key, k->key) != 0)
			put_row_over_all(out, "path", k->key);
		put_key(k, out);
		hive = k->hive;
		key = k->key;
	}
	fputs("</tbody></table></div>\n", out);
}

static void put_software(const struct guest *g, FILE *out)
{
	if (g->n_software == 0)
		return;
	fputs("<h3>What was put in</h3>\n<div class=\"wide\"><table>\n", out);
	html_head(out, "Kind", "Name", "Version", "Taken from", NULL);
	fputs("<tbody>\n", out);
	for (size_t i = 0; i < g->n_software; i++) {
		const struct guest_software *s = &g->software[i];

		fputs("<tr>", out);
		html_cell(out, s->kind);
		html_path(out, s->name);
		html_cell(out, s->version);
		html_path(out, s->source);
		fputs("</tr>\n", out);
	}
	fputs("</tbody></table></div>\n", out);
}

static void put_findings(const struct report *r, FILE *out)
{
	if (r->n_findings == 0)
		return;
	fputs("<h3>What to know</h3>\n<ul>\n", out);
	for (size_t i = 0; i < r->n_findings; i++) {
		const struct finding *f = &r->findings[i];

		fprintf(out, "<li><span class=\"%s\">%s</span>: ",
			f->severity == FINDING_ERROR ? "bad" : severity_name(f->severity),
			severity_name(f->severity));
		html_put(out, "%s%s%s", f->subject ? f->subject : "", f->subject ? ": " : "",
			 f->text);
		if (f->remedy)
			html_put(out, "; %s", f->remedy);
		fputs("</li>\n", out);
	}
	fputs("</ul>\n", out);
}

static void put_network(const struct guest *g, FILE *out)
{
	if (g->n_nics == 0)
		return;
	fputs("<h3>Network</h3>\n<div class=\"wide\"><table>\n", out);
	html_head(out, "Name", "Hardware address", "Address", "Gateway", NULL);
	fputs("<tbody>\n", out);
	for (size_t i = 0; i < g->n_nics; i++) {
		fputs("<tr>", out);
		html_cell(out, g->nics[i].name);
		html_cell(out, g->nics[i].mac);
		html_cell(out, g->nics[i].address);
		html_cell(out, g->nics[i].gateway);
		fputs("</tr>\n", out);
	}
	fputs("</tbody></table></div>\n", out);
}

int audit_guest(const struct partition *p, FILE *out, struct error *err)
{
	const struct guest *g = &p->guest;

	fputs("<h2>", out);
	html_put(out, "%s", g->name);
	fputs("</h2>\n<p class=\"lead\">", out);
	html_put(out, "%s", g->system && *g->system ? g->system : g->family);
	fputs("</p>\n", out);
	if (audit_origin(g, out, err) < 0)
		return -1;
	put_negotiation(g, out);
	put_network(g, out);
	if (audit_evidence(g, out, err) < 0)
		return -1;
	put_findings(&g->findings, out);
	put_software(g, out);
	put_changes(g, out);
	put_registry(g, out);
	return 0;
}
