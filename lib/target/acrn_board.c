// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Target acrn: board.xml. One that the profile was imported from is passed on as it was; otherwise the
 * smallest one that ACRN's build accepts is written, with every value that the profile knows.
 */
#include "config.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/cpulist.h"
#include "lib/target/acrn.h"
#include "lib/target/acrn_board.h"

enum { MEMORY_BARS = 6, IRQS = 16 };

#define HOLE_START UINT64_C(0x80000000)	/* where PCI devices are when nothing is known */
#define HOLE_END UINT64_C(0xdfffffff)

const char *acrn_board_given(const struct machine *m)
{
	return m->original_kind && strcmp(m->original_kind, "acrn-board") == 0 ? m->original : NULL;
}

static void put_section(struct xml_out *x, const char *name, char *lines)
{
	CLEANUP_FREE char *text = xasprintf("\n%s\t", lines);

	free(lines);
	xml_element(x, name, text);
}

/* A name of the host as one C string of ACRN's build can hold it. The caller frees it. */
static char *plain(const char *name)
{
	char *text = xstrdup(name && *name ? name : "not known");

	for (char *p = text; *p; p++)
		if (strchr("\"\\&<>", *p) || iscntrl((unsigned char)*p))
			*p = '_';
	return text;
}

/*
 * ACRN's tools read sections line by line and not as XML: quotation marks in them must be themselves.
 * plain() has made sure that there are none in attributes.
 */
static char *with_quotes(const char *xml, size_t len)
{
	static const char escaped[] = "&quot;";
	char *text = xmalloc(len + 1), *to = text;

	for (const char *p = xml; p < xml + len;) {
		if (strncmp(p, escaped, strlen(escaped)) == 0) {
			*to++ = '"';
			p += strlen(escaped);
		} else {
			*to++ = *p++;
		}
	}
	*to = '\0';
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

static bool is_memory(const struct machine_bar *b)
{
	return strncmp(b->kind, "mem", 3) == 0;
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
			if (is_memory(&p->bars[k]) && p->bars[k].index < MEMORY_BARS)
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
		fprintf(t.f, "\t%08" PRIx64 "-%08" PRIx64 " : PCI Bus 0000:00\n", HOLE_START, HOLE_END);
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

static void put_legacy(const struct machine *m, struct xml_out *x)
{
	CLEANUP_FREE char *bios = plain(m->bios), *vendor = plain(m->vendor);
	CLEANUP_FREE char *product = plain(m->product), *model = plain(m->cpu_model);

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

static void put_hex(struct xml_out *x, const char *element, uint64_t value)
{
	CLEANUP_FREE char *text = xasprintf("0x%" PRIx64, value);

	xml_element(x, element, text);
}

static void put_number(struct xml_out *x, const char *element, uint64_t value)
{
	CLEANUP_FREE char *text = xasprintf("%" PRIu64, value);

	xml_element(x, element, text);
}

static void put_bits(struct xml_out *x, const char *id, uint32_t bits)
{
	CLEANUP_FREE char *text = xasprintf("%" PRIu32, bits);

	xml_open(x, "attribute");
	xml_attr(x, "id", "%s", id);
	xml_put_text(x, text);
	xml_close(x);
}

static void put_thread(const struct machine *m, const struct machine_thread *t, bool hybrid,
		       struct xml_out *x)
{
	CLEANUP_FREE char *id = xasprintf("0x%" PRIx64, (uint64_t)MAX(t->apic, INT64_C(0)));

	xml_open(x, "thread");
	xml_attr(x, "id", "%s", id);
	put_number(x, "cpu_id", t->cpu);
	xml_element(x, "apic_id", id);
	xml_element(x, "x2apic_id", id);
	put_hex(x, "family_id", m->cpu_family);
	put_hex(x, "model_id", m->cpu_number);
	put_hex(x, "stepping_id", m->cpu_stepping);
	xml_element(x, "core_type", !hybrid ? "" : t->efficiency == TRI_YES ? "Atom" : "Core");
	xml_close(x);
}

static bool is_hybrid(const struct machine *m)
{
	for (size_t i = 0; i < m->n_threads; i++)
		if (m->threads[i].efficiency == TRI_YES)
			return true;
	return false;
}

/* Threads of one core lie side by side in a profile or not: each run of a core is one element. */
static void put_processors(const struct machine *m, struct xml_out *x)
{
	bool hybrid = is_hybrid(m);
	CLEANUP_FREE char *name = plain(m->cpu_model);
	CLEANUP_FREE bool *done = xcalloc(m->n_threads + 1, sizeof(*done));

	xml_open(x, "processors");
	xml_open(x, "model");
	xml_attr(x, "description", "%s", name);
	put_hex(x, "family_id", m->cpu_family);
	put_hex(x, "model_id", m->cpu_number);
	xml_element(x, "core_type", "");
	put_bits(x, "physical_address_bits", m->physical_bits ? m->physical_bits : 39);
	put_bits(x, "linear_address_bits", m->virtual_bits ? m->virtual_bits : 48);
	xml_close(x);
	xml_open(x, "die");
	xml_attr(x, "id", "0x0");
	for (size_t i = 0; i < m->n_threads; i++) {
		if (done[i])
			continue;
		xml_open(x, "core");
		xml_attr(x, "id", "0x%" PRIx32, m->threads[i].core);
		for (size_t k = i; k < m->n_threads; k++)
			if (!done[k] && m->threads[k].core == m->threads[i].core &&
			    m->threads[k].package == m->threads[i].package) {
				put_thread(m, &m->threads[k], hybrid, x);
				done[k] = true;
			}
		xml_close(x);
	}
	xml_close(x);
	xml_close(x);
}

static int cache_type(const char *type)
{
	if (type && strcmp(type, "Data") == 0)
		return 1;
	return type && strcmp(type, "Instruction") == 0 ? 2 : 3;
}

static void put_cache(const struct machine *m, const struct machine_cache *c, struct xml_out *x)
{
	struct cpuset cpus = CPUSET_INIT;

	xml_open(x, "cache");
	xml_attr(x, "level", "%" PRIu32, c->level);
	xml_attr(x, "id", "0x%" PRIx32, c->id);
	xml_attr(x, "type", "%d", cache_type(c->type));
	put_number(x, "cache_size", c->size);
	put_number(x, "ways", c->ways);
	xml_open(x, "processors");
	if (cpulist_parse(c->cpus, &cpus, NULL) == 0)
		for (size_t i = 0; i < m->n_threads; i++)
			if (cpuset_has(&cpus, m->threads[i].cpu))
				put_hex(x, "processor", (uint64_t)MAX(m->threads[i].apic, INT64_C(0)));
	xml_close(x);
	if (c->cat_bits) {
		xml_open(x, "capability");
		xml_attr(x, "id", "CAT");
		put_number(x, "capacity_mask_length", c->cat_bits);
		put_number(x, "clos_number", c->cat_closids);
		xml_close(x);
	}
	if (c->cat_cdp == TRI_YES) {
		xml_open(x, "capability");
		xml_attr(x, "id", "CDP");
		xml_close(x);
	}
	xml_close(x);
}

static void put_memory(const struct machine *m, struct xml_out *x)
{
	xml_open(x, "memory");
	for (size_t i = 0; i < m->n_ranges; i++) {
		const struct machine_region *r = &m->ranges[i];

		if (strcmp(r->kind, "ram") != 0)
			continue;
		xml_open(x, "range");
		xml_attr(x, "start", "0x%016" PRIx64, r->start);
		xml_attr(x, "end", "0x%016" PRIx64, r->end);
		xml_attr(x, "size", "%" PRIu64, r->end - r->start + 1);
		xml_close(x);
	}
	xml_close(x);
}

static void put_resource(struct xml_out *x, const char *type, uint64_t start, uint64_t end,
			 uint64_t len)
{
	xml_open(x, "resource");
	xml_attr(x, "type", "%s", type);
	xml_attr(x, "min", "0x%" PRIx64, start);
	xml_attr(x, "max", "0x%" PRIx64, end);
	xml_attr(x, "len", "0x%" PRIx64, len);
	xml_close(x);
}

static void put_function(const struct machine_pci *p, struct xml_out *x)
{
	unsigned long device = strtoul(p->bdf + 8, NULL, 16), function = strtoul(p->bdf + 11, NULL, 16);

	xml_open(x, "device");
	xml_attr(x, "address", "0x%lx", device << 16 | function);
	xml_attr(x, "description", "%s %04x:%04x", p->bdf + 5, p->vendor, p->device);
	put_hex(x, "vendor", p->vendor);
	put_hex(x, "identifier", p->device);
	put_hex(x, "class", p->class);
	for (size_t i = 0; i < p->n_bars; i++)
		if (p->bars[i].size)
			put_resource(x, is_memory(&p->bars[i]) ? "memory" : "io_port", p->bars[i].start,
				     p->bars[i].start + p->bars[i].size - 1, p->bars[i].size);
	if (p->intx >= 0) {
		xml_open(x, "resource");
		xml_attr(x, "type", "interrupt_pin");
		xml_attr(x, "pin", "INTA#");
		xml_attr(x, "source", "%" PRId64, p->intx);
		xml_close(x);
	}
	if (p->msi == TRI_YES) {
		xml_open(x, "capability");
		xml_attr(x, "id", "MSI");
		xml_close(x);
	}
	xml_close(x);
}

/* Windows of bus 0; without any, the usual place below 4 GiB. */
static void put_windows(const struct machine *m, struct xml_out *x)
{
	size_t n = 0;

	for (size_t i = 0; i < m->n_windows; i++) {
		const struct machine_window *w = &m->windows[i];

		if (strcmp(w->bus, "0000:00") != 0)
			continue;
		put_resource(x, "memory", w->start, w->end, w->end - w->start + 1);
		n++;
	}
	if (n == 0)
		put_resource(x, "memory", HOLE_START, HOLE_END, HOLE_END - HOLE_START + 1);
}

static void put_bus(const struct machine *m, unsigned long bus, struct xml_out *x)
{
	xml_open(x, "bus");
	xml_attr(x, "type", "pci");
	xml_attr(x, "address", "0x%lx", bus);
	if (bus == 0)
		put_windows(m, x);
	for (size_t i = 0; i < m->n_pci; i++)
		if (strncmp(m->pci[i].bdf, "0000:", 5) == 0 &&
		    strtoul(m->pci[i].bdf + 5, NULL, 16) == bus)
			put_function(&m->pci[i], x);
	xml_close(x);
}

static void put_devices(const struct machine *m, struct xml_out *x)
{
	xml_open(x, "devices");
	put_bus(m, 0, x);
	for (unsigned long bus = 1; bus < 256; bus++) {
		CLEANUP_FREE char *start = xasprintf("0000:%02lx:", bus);

		for (size_t i = 0; i < m->n_pci; i++)
			if (strncmp(m->pci[i].bdf, start, strlen(start)) == 0) {
				put_bus(m, bus, x);
				break;
			}
	}
	xml_close(x);
}

static int write_board(const struct machine *m, struct fileset *ret, struct error *err)
{
	struct xml_out x CLEANUP_XML_OUT = XML_OUT_INIT;
	const char *xml = NULL;
	char *text;
	size_t len = 0;

	xml_out_begin_foreign(&x, "acrn-config");
	xml_attr(&x, "board", "%s", m->name);
	put_legacy(m, &x);
	put_processors(m, &x);
	xml_open(&x, "caches");
	for (size_t i = 0; i < m->n_caches; i++)
		put_cache(m, &m->caches[i], &x);
	xml_close(&x);
	put_memory(m, &x);
	xml_open(&x, "ioapics");
	xml_close(&x);
	put_devices(m, &x);
	if (xml_out_finish(&x, &xml, &len, err) < 0)
		return -1;
	text = with_quotes(xml, len);
	fileset_add(ret, "board.xml", text, strlen(text), false);
	return 0;
}

int acrn_emit_board(const struct acrn_layout *l, struct fileset *ret, struct error *err)
{
	const char *given = acrn_board_given(&l->plan->host);

	if (!given)
		return write_board(&l->plan->host, ret, err);
	fileset_add(ret, "board.xml", xstrdup(given), strlen(given), false);
	return 0;
}
