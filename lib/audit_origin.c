// SPDX-License-Identifier: GPL-2.0-or-later
/* Audit report: the old PC, and what was captured of it. */
#include "config.h"

#include <inttypes.h>

#include "lib/audit.h"
#include "lib/base/alloc.h"
#include "lib/base/path.h"
#include "lib/base/size.h"
#include "lib/capture.h"
#include "lib/html.h"

static void put_ports(const struct machine *m, FILE *out)
{
	struct strv nics CLEANUP_STRV = STRV_INIT, serials CLEANUP_STRV = STRV_INIT;
	struct strv disks CLEANUP_STRV = STRV_INIT;
	CLEANUP_FREE char *nic_list = NULL, *serial_list = NULL, *disk_list = NULL;

	for (size_t i = 0; i < m->n_nics; i++)
		strv_addf(&nics, "%s, %s%s%s", m->nics[i].name, m->nics[i].mac ? m->nics[i].mac : "-",
			  m->nics[i].driver ? ", " : "",
			  m->nics[i].driver ? m->nics[i].driver : "");
	for (size_t i = 0; i < m->n_serials; i++)
		strv_addf(&serials, "%s at 0x%" PRIx64 ", interrupt %" PRIu64, m->serials[i].name,
			  m->serials[i].port, m->serials[i].irq);
	for (size_t i = 0; i < m->n_disks; i++) {
		CLEANUP_FREE char *size = format_size(m->disks[i].size);

		strv_addf(&disks, "%s, %s%s%s", m->disks[i].name, size,
			  m->disks[i].model ? ", " : "",
			  m->disks[i].model ? m->disks[i].model : "");
	}
	nic_list = strv_join(&nics, "; ");
	serial_list = strv_join(&serials, "; ");
	disk_list = strv_join(&disks, "; ");
	html_fact(out, "Disks", disk_list);
	html_fact(out, "Network cards", nic_list);
	html_fact(out, "Serial ports", serial_list);
}

static void put_machine(const struct machine *m, FILE *out)
{
	CLEANUP_FREE char *memory = m->memory ? format_size(m->memory) : NULL;
	CLEANUP_FREE char *cards = m->n_pci ? xasprintf("%zu", m->n_pci) : NULL;

	fputs("<h3>The old computer</h3>\n<div class=\"wide\"><table><tbody>\n", out);
	html_fact(out, "Maker", m->vendor);
	html_fact(out, "Product", m->product);
	html_fact(out, "Serial number", m->serial);
	html_fact(out, "Firmware", m->bios);
	html_fact(out, "Processor", m->cpu_model);
	html_fact(out, "Memory", memory);
	put_ports(m, out);
	html_fact(out, "PCI functions", cards);
	fputs("</tbody></table></div>\n", out);
	if (m->n_missing) {
		fputs("<p class=\"note\">Not known: ", out);
		for (size_t i = 0; i < m->n_missing; i++)
			html_put(out, "%s%s (%s)", i ? "; " : "", m->missing[i].fact,
				 m->missing[i].why);
		fputs("</p>\n", out);
	}
}

static void put_disk(const struct capture_disk *d, FILE *out)
{
	CLEANUP_FREE char *size = format_size(d->size), *bad = format_size(d->bad_bytes);

	fputs("<tr>", out);
	html_path(out, d->source);
	html_cell(out, size);
	fprintf(out, "<td class=\"%s\">", d->bad_bytes ? "bad" : "good");
	html_put(out, "%s", d->bad_bytes ? bad : "none");
	fputs("</td><td class=\"path\"><code>", out);
	html_put(out, "%s", d->digest);
	fputs("</code></td></tr>\n", out);
}

static void put_capture(const struct capture *c, FILE *out)
{
	fputs("<h3>What was captured</h3>\n<p>", out);
	html_put(out, "Read, and only read, by %s. The digest is of the whole disk as the system sees "
		 "it; an unreadable area is zeros in the copy.", c->tool);
	fputs("</p>\n<div class=\"wide\"><table>\n", out);
	html_head(out, "Disk", "Size", "Unreadable", "Digest", NULL);
	fputs("<tbody>\n", out);
	for (size_t i = 0; i < c->n_disks; i++)
		put_disk(&c->disks[i], out);
	fputs("</tbody></table></div>\n", out);
}

int audit_origin(const struct guest *g, FILE *out, struct error *err)
{
	CLEANUP_FREE char *dir = path_join(g->dir, ORIGIN_FOLDER);
	struct capture c CLEANUP_CAPTURE = CAPTURE_INIT;

	if (!path_exists(dir)) {
		fputs("<p class=\"note\">No record of the old computer came with this guest.</p>\n",
		      out);
		return 0;
	}
	if (capture_open(&c, dir, err) < 0)
		return -1;
	put_machine(&c.machine, out);
	put_capture(&c, out);
	return 0;
}
