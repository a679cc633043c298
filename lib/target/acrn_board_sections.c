// SPDX-License-Identifier: GPL-2.0-or-later
/* Target acrn: the sections of board.xml that are lines of other programs: lspci, /proc, dmidecode. */
#include "config.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/strv.h"
#include "lib/target/acrn_board.h"

enum { MEMORY_BARS = 6, IRQS = 16 };

static void put_section(struct xml_out *x, const char *name, char *lines)
{
	CLEANUP_FREE char *text = xasprintf("\n%s\t", lines);

	free(lines);
	xml_element(x, name, text);
}

char *acrn_board_plain(const char *name)
{
	char *text = xstrdup(name && *name ? name : "not known");

	for (char *p = text; *p; p++)
		if (strchr("\"\\&<>", *p) || iscntrl((unsigned char)*p))
			*p = '_';
	return text;
}

/* Grows by lines; close_text() takes the text out. */
struct text {
	FILE *f;
	char *data;
	size_t len;
};

static struct text *open_text(struct text *t)
{
	t->f = open_memstream(&t->data, &t->len);
	if (!t->f)
		abort();
	return t;
}

static char *close_text(struct text *t)
{
	fclose(t->f);
	return t->data;
}

/* As lspci writes them, which is what ACRN's tools look for. */
static char *pci_lines(const struct machine *m)
{
	struct text t;

	open_text(&t);
	for (size_t i = 0; i < m->n_pci; i++) {
		const struct machine_pci *p = &m->pci[i];

		if (strncmp(p->bdf, "0000:", 5) != 0)
			continue;
		fprintf(t.f, "\t%s Class %04x: Device %04x:%04x\n", p->bdf + 5, p->class >> 8, p->vendor,
			p->device);
		for (size_t k = 0; k < p->n_bars; k++)
			if (acrn_board_is_memory(&p->bars[k]) && p->bars[k].index < MEMORY_BARS)
				fprintf(t.f, "\tRegion %" PRIu32 ": Memory at %" PRIx64 " (%s-bit, "
					"non-prefetchable) [size=%" PRIu64 "K]\n", p->bars[k].index,
					p->bars[k].start,
					strcmp(p->bars[k].kind, "mem64") == 0 ? "64" : "32",
					MAX(p->bars[k].size >> 10, (uint64_t)1));
	}
	return close_text(&t);
}

static char *id_lines(const struct machine *m)
{
	struct text t;

	open_text(&t);
	for (size_t i = 0; i < m->n_pci; i++)
		if (strncmp(m->pci[i].bdf, "0000:", 5) == 0)
			fprintf(t.f, "\t%s %04x: %04x:%04x\n", m->pci[i].bdf + 5, m->pci[i].class >> 8,
				m->pci[i].vendor, m->pci[i].device);
	return close_text(&t);
}

static char *iomem_lines(const struct machine *m)
{
	struct text t;

	open_text(&t);
	for (size_t i = 0; i < m->n_ranges; i++)
		if (strcmp(m->ranges[i].kind, "ram") == 0)
			fprintf(t.f, "\t%08" PRIx64 "-%08" PRIx64 " : System RAM\n", m->ranges[i].start,
				m->ranges[i].end);
	for (size_t i = 0; i < m->n_windows; i++)
		fprintf(t.f, "\t%08" PRIx64 "-%08" PRIx64 " : PCI Bus %s\n", m->windows[i].start,
			m->windows[i].end, m->windows[i].bus);
	if (m->n_windows == 0)
		fprintf(t.f, "\t%08" PRIx64 "-%08" PRIx64 " : PCI Bus 0000:00\n", ACRN_BOARD_HOLE_START,
			ACRN_BOARD_HOLE_END);
	return close_text(&t);
}

static char *serial_lines(const struct machine *m)
{
	struct text t;

	open_text(&t);
	for (size_t i = 0; i < m->n_serials; i++) {
		const struct machine_serial *s = &m->serials[i];

		if (strncmp(s->name, "ttyS", 4) != 0 || (!s->port && !s->mmio))
			continue;
		fprintf(t.f, "\tseri:/dev/%s type:%s base:0x%" PRIX64 " irq:%" PRIu64, s->name,
			s->port ? "portio" : "mmio", s->port ? s->port : s->mmio, s->irq);
		if (s->bdf && !s->port)
			fprintf(t.f, " bdf:\"%s\"", s->bdf + 5);
		fputc('\n', t.f);
	}
	return close_text(&t);
}

/* Of the sixteen lines of a PC: not timer, keyboard, cascade, clock, and not those of serial ports. */
static char *irq_lines(const struct machine *m)
{
	static const bool usual[IRQS] = {
		[3] = true, [4] = true, [5] = true, [6] = true, [7] = true, [10] = true, [11] = true,
		[13] = true, [14] = true, [15] = true,
	};
	struct strv list CLEANUP_STRV = STRV_INIT;
	CLEANUP_FREE char *joined = NULL;

	for (uint64_t irq = 0; irq < IRQS; irq++) {
		bool taken = !usual[irq];

		for (size_t i = 0; i < m->n_serials; i++)
			taken |= m->serials[i].irq == irq && (m->serials[i].port || m->serials[i].mmio);
		if (!taken)
			strv_addf(&list, "%" PRIu64, irq);
	}
	joined = strv_join(&list, ", ");
	return xasprintf("\t%s\n", joined);
}

static char *cpu_lines(const struct machine *m)
{
	struct strv list CLEANUP_STRV = STRV_INIT;
	CLEANUP_FREE char *joined = NULL;

	for (size_t i = 0; i < m->n_threads; i++)
		strv_addf(&list, "%" PRIu32, m->threads[i].cpu);
	joined = strv_join(&list, ", ");
	return xasprintf("\t%s\n", joined);
}

void acrn_board_put_sections(const struct machine *m, struct xml_out *x)
{
	CLEANUP_FREE char *bios = acrn_board_plain(m->bios), *vendor = acrn_board_plain(m->vendor);
	CLEANUP_FREE char *product = acrn_board_plain(m->product), *model = acrn_board_plain(m->cpu_model);

	put_section(x, "BIOS_INFO", xasprintf("\tBIOS Information\n\tVersion: %s\n"
					      "\tWritten by rehost from a profile, not by ACRN's "
					      "board inspector\n", bios));
	put_section(x, "BASE_BOARD_INFO", xasprintf("\tBase Board Information\n\tManufacturer: %s\n"
						    "\tProduct Name: %s\n", vendor, product));
	put_section(x, "PCI_DEVICE", pci_lines(m));
	put_section(x, "PCI_VID_PID", id_lines(m));
	put_section(x, "CPU_BRAND", xasprintf("\t\"%s\"\n", model));
	put_section(x, "CX_INFO", xstrdup("\t/* Cx data is not available */\n"));
	put_section(x, "PX_INFO", xstrdup("\t/* Px data is not available */\n"));
	put_section(x, "IOMEM_INFO", iomem_lines(m));
	put_section(x, "TTYS_INFO", serial_lines(m));
	put_section(x, "AVAILABLE_IRQ_INFO", irq_lines(m));
	put_section(x, "TOTAL_MEM_INFO", xasprintf("\t%" PRIu64 " kB\n",
						   (m->usable ? m->usable : m->memory) >> 10));
	put_section(x, "CPU_PROCESSOR_INFO", cpu_lines(m));
}
