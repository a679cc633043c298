// SPDX-License-Identifier: GPL-2.0-or-later
/* libvirt's capabilities: memory cells with their processors, caches, and whether there is an IOMMU. */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/cpulist.h"
#include "lib/import_private.h"

/* Source: libvirt, docs/formatcaps; src/conf/schemas/capability.rng. */

static uint64_t bytes_of(const xmlNode *node, const char *text)
{
	CLEANUP_FREE char *unit = xml_get(node, "unit");
	uint64_t value = import_u64(text, 0);
	unsigned int shift = !unit || strcmp(unit, "KiB") == 0 ? 10 : strcmp(unit, "MiB") == 0 ? 20 :
			     strcmp(unit, "GiB") == 0 ? 30 : 0;

	return value <= UINT64_C(1) << (48 - shift) ? value << shift : 0;
}

static void read_pages(struct machine_node *n, const xmlNode *cell)
{
	XML_EACH(node, cell, "pages") {
		CLEANUP_FREE char *size = xml_get(node, "size"), *text = xml_text(node);
		uint64_t bytes = bytes_of(node, size), pages = import_u64(text, 0);

		if (bytes >= UINT64_C(1) << 21 && n->n_hugepages < 8)
			*APPEND(n->hugepages, n->n_hugepages) =
				(struct machine_hugepages){ bytes, pages, 0 };
	}
}

static char *siblings_of(const xmlNode *cpu)
{
	CLEANUP_FREE char *text = xml_get(cpu, "siblings");
	struct error err CLEANUP_ERROR = ERROR_INIT;
	struct cpuset set = CPUSET_INIT;

	return text && cpulist_parse(text, &set, &err) == 0 ? cpulist_format(&set) : NULL;
}

static int read_cpus(struct machine *m, const xmlNode *cell, uint32_t node, struct cpuset *ret,
		     struct error *err)
{
	XML_EACH(cpu, xml_child(cell, "cpus"), "cpu") {
		uint64_t core = import_attr(cpu, "core_id", UINT64_MAX);
		struct machine_thread *t;

		if (core > UINT32_MAX)
			return xml_error_at(err, cpu, "a processor is not said to be in any core: it "
					    "was offline");
		if (import_thread(m, import_attr(cpu, "id", UINT64_MAX), &t, err) < 0)
			return xml_error_at(err, cpu, "a processor has no number below %d, or one that "
					    "was there before", CPU_MAX);
		t->core = (uint32_t)core;
		t->package = (uint32_t)MIN(import_attr(cpu, "socket_id", 0), (uint64_t)UINT32_MAX);
		t->die = (int64_t)MIN(import_attr(cpu, "die_id", 0), (uint64_t)UINT32_MAX);
		t->node = node;
		t->siblings = siblings_of(cpu);
		cpuset_add(ret, t->cpu);
	}
	return 0;
}

static int read_cell(struct machine *m, const xmlNode *cell, struct error *err)
{
	const xmlNode *memory = xml_child(cell, "memory");
	CLEANUP_FREE char *text = memory ? xml_text(memory) : NULL;
	uint64_t id = import_attr(cell, "id", UINT64_MAX);
	struct cpuset cpus = CPUSET_INIT;
	struct machine_node *n;

	if (id >= CPU_MAX || m->n_nodes == CPU_MAX)
		return xml_error_at(err, cell, "a memory cell has no number below %d", CPU_MAX);
	if (read_cpus(m, cell, (uint32_t)id, &cpus, err) < 0)
		return -1;
	n = APPEND(m->nodes, m->n_nodes);
	n->id = (uint32_t)id;
	n->cpus = cpulist_format(&cpus);
	n->memory = memory ? bytes_of(memory, text) : 0;
	m->usable += n->memory;		/* at most CPU_MAX times 2^48 */
	read_pages(n, cell);
	return 0;
}

/* Code and data apart are two controls. */
static bool is_split(const xmlNode *control)
{
	CLEANUP_FREE char *type = xml_get(control, "type");

	return type && strcmp(type, "both") != 0;
}

/* The bank says what there is, its controls how much of it one class can have at least. */
static int read_bank(struct machine *m, const xmlNode *bank, struct error *err)
{
	CLEANUP_FREE char *cpus = xml_get(bank, "cpus"), *size = xml_get(bank, "size");
	CLEANUP_FREE char *type = xml_get(bank, "type");
	const xmlNode *control = xml_child(bank, "control");
	struct cpuset set = CPUSET_INIT;
	struct machine_cache *c;
	uint64_t step, unit;

	if (!cpus || cpulist_parse(cpus, &set, err) < 0)
		return xml_error_at(err, bank, "a cache has no list of processors");
	if (m->n_caches == 4 * CPU_MAX)
		return xml_error_at(err, bank, "there are too many caches");
	c = APPEND(m->caches, m->n_caches);
	c->level = (uint32_t)MIN(import_attr(bank, "level", 0), UINT64_C(8));
	c->id = (uint32_t)MIN(import_attr(bank, "id", 0), (uint64_t)UINT32_MAX);
	c->type = xstrdup(type && strcmp(type, "code") == 0 ? "Instruction" :
			  type && strcmp(type, "data") == 0 ? "Data" : "Unified");
	c->size = bytes_of(bank, size);
	c->cpus = cpulist_format(&set);
	if (!control)
		return 0;
	unit = bytes_of(control, "1");
	if (MUL_OVERFLOW(import_attr(control, "granularity", 0), unit, &step) || !step ||
	    c->size / step > 64)
		return xml_error_at(err, control, "the granularity of a cache makes no sense");
	c->cat_bits = c->ways = (uint32_t)(c->size / step);
	c->cat_min_bits = (uint32_t)MIN(MAX(import_attr(control, "min", 0) / (step / unit), UINT64_C(1)),
					UINT64_C(64));
	c->cat_cdp = is_split(control) ? TRI_YES : TRI_NO;
	c->cat_closids = (uint32_t)MIN(import_attr(control, "maxAllocs", 0), UINT64_C(1024));
	return 0;
}

static void read_host(struct machine *m, const xmlNode *host)
{
	const xmlNode *cpu = xml_child(host, "cpu"), *iommu = xml_child(host, "iommu");
	const xmlNode *arch = xml_child(cpu, "arch"), *model = xml_child(cpu, "model");
	const xmlNode *uuid = xml_child(host, "uuid");
	CLEANUP_FREE char *arch_text = arch ? xml_text(arch) : NULL;
	CLEANUP_FREE char *support = iommu ? xml_get(iommu, "support") : NULL;
	CLEANUP_FREE char *id = uuid ? xml_text(uuid) : NULL;

	m->arch = xstrdup(arch_text && (strcmp(arch_text, "x86_64") == 0 ||
					strcmp(arch_text, "i686") == 0 ||
					strcmp(arch_text, "aarch64") == 0) ? arch_text : "other");
	if (model)
		m->cpu_model = xml_text(model);
	if (support && strcmp(support, "no") == 0)
		m->iommu = xstrdup("none");
	else if (support)
		machine_miss(m, "iommu", "libvirt's capabilities tell that there is one, not its kind");
	if (id && strlen(id) == 36 && strspn(id, "0123456789abcdef-") == 36)
		m->uuid = STEAL(id);
}

int import_libvirt(struct machine *m, const xmlNode *root, struct error *err)
{
	const xmlNode *host = xml_child(root, "host");

	if (!host)
		return xml_error_at(err, root, "the document has no element 'host'");
	read_host(m, host);
	XML_EACH(cell, xml_child(xml_child(host, "topology"), "cells"), "cell")
		if (read_cell(m, cell, err) < 0)
			return -1;
	XML_EACH(bank, xml_child(host, "cache"), "bank")
		if (read_bank(m, bank, err) < 0)
			return -1;
	if (m->n_threads == 0)
		return xml_error_at(err, host, "no processor is listed");
	machine_miss(m, "cat-shareable", "libvirt does not tell which ways of a cache devices share");
	machine_miss(m, "core-types", "libvirt does not tell cores apart: all are taken as of one type");
	machine_miss(m, "virtualization", "libvirt's capabilities do not tell what the processor can do");
	machine_miss(m, "pci", "libvirt's capabilities list no devices: see 'virsh nodedev-list'");
	return 0;
}
