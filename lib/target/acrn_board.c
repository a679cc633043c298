// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Target acrn: board.xml. One that the profile was imported from is passed on as it was; otherwise the
 * smallest one that ACRN's build accepts is written, with every value that the profile knows.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/cpulist.h"
#include "lib/target/acrn.h"
#include "lib/target/acrn_board.h"

const char *acrn_board_given(const struct machine *m)
{
	return m->original_kind && strcmp(m->original_kind, "acrn-board") == 0 ? m->original : NULL;
}

bool acrn_board_is_memory(const struct machine_bar *b)
{
	return strncmp(b->kind, "mem", 3) == 0;
}

/*
 * ACRN's tools read sections line by line and not as XML: quotation marks in them must be themselves.
 * acrn_board_plain() has made sure that there are none in attributes.
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
	CLEANUP_FREE char *name = acrn_board_plain(m->cpu_model);
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
			put_resource(x, acrn_board_is_memory(&p->bars[i]) ? "memory" : "io_port", p->bars[i].start,
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
		put_resource(x, "memory", ACRN_BOARD_HOLE_START, ACRN_BOARD_HOLE_END,
			     ACRN_BOARD_HOLE_END - ACRN_BOARD_HOLE_START + 1);
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
	acrn_board_put_sections(m, &x);
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
