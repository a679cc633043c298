// SPDX-License-Identifier: GPL-2.0-or-later
/* lstopo's XML: processors, caches, memory nodes, and the devices that hwloc shows. */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/cpulist.h"
#include "lib/import_private.h"

/* Source: hwloc 2.9, doc "Importing and exporting topologies from/to XML files"; hwloc2.dtd. */

struct place {
	uint32_t package, core;
	int64_t die;
	const char *bdf;	/* of the PCI device around */
	bool in_core;
};

struct walk {
	struct machine *m;
	uint32_t n_cores, n_packages;
};

static char *info(const xmlNode *object, const char *name)
{
	XML_EACH(node, object, "info") {
		CLEANUP_FREE char *have = xml_get(node, "name");

		if (have && strcmp(have, name) == 0)
			return xml_get(node, "value");
	}
	return NULL;
}

/* "0x000000ff,,0x00000003": words of 32 bits, the highest first; a word of zeros may be empty. */
static bool parse_mask(const char *text, struct cpuset *ret)
{
	size_t n_words = 1, i = 0;

	*ret = (struct cpuset)CPUSET_INIT;
	if (!text || !*text)
		return false;
	for (const char *p = text; *p; p++)
		n_words += *p == ',';
	if (n_words > CPU_MAX / 32)
		return false;
	for (; i < n_words; i++) {
		size_t len = strcspn(text, ",");
		CLEANUP_FREE char *word = xstrndup(text, len);
		uint64_t bits = len ? import_u64(word, UINT64_MAX) : 0;

		if (bits > UINT32_MAX)
			return false;
		for (uint32_t bit = 0; bit < 32; bit++)
			if (bits >> bit & 1)
				cpuset_add(ret, (uint32_t)(n_words - 1 - i) * 32 + bit);
		text += len + (text[len] == ',');
	}
	return true;
}

static char *cpus_of(const xmlNode *object)
{
	CLEANUP_FREE char *mask = xml_get(object, "cpuset");
	struct cpuset cpus;

	return parse_mask(mask, &cpus) && cpuset_count(&cpus) ? cpulist_format(&cpus) : NULL;
}

static int add_cache(struct machine *m, const xmlNode *object, uint64_t level, struct error *err)
{
	static const char *const types[] = { "Unified", "Data", "Instruction" };
	uint64_t type = import_attr(object, "cache_type", 0), ways;
	CLEANUP_FREE char *cpus = cpus_of(object);
	struct machine_cache *c;

	if (!cpus)
		return 0;
	if (m->n_caches == 4 * CPU_MAX)
		return xml_error_at(err, object, "there are too many caches");
	ways = import_attr(object, "cache_associativity", 0);
	c = APPEND(m->caches, m->n_caches);
	c->level = (uint32_t)MIN(level, UINT64_C(8));
	c->id = (uint32_t)MIN(import_attr(object, "os_index", m->n_caches - 1),
			      (uint64_t)UINT32_MAX);
	c->type = xstrdup(types[MIN(type, UINT64_C(2))]);
	c->size = import_attr(object, "cache_size", 0);
	c->ways = ways <= 1024 ? (uint32_t)ways : 0;	/* -1: fully associative */
	c->cpus = STEAL(cpus);
	return 0;
}

static int add_node(struct machine *m, const xmlNode *object, struct error *err)
{
	CLEANUP_FREE char *cpus = cpus_of(object);
	uint64_t id = import_attr(object, "os_index", 0);
	struct machine_node *n;

	if (id >= CPU_MAX || m->n_nodes == CPU_MAX)
		return xml_error_at(err, object, "there are too many memory nodes");
	n = APPEND(m->nodes, m->n_nodes);
	n->id = (uint32_t)id;
	n->cpus = cpus ? STEAL(cpus) : xstrdup("");
	n->memory = import_attr(object, "local_memory", 0);
	if (n->memory > UINT64_C(1) << 48 || ADD_OVERFLOW(m->usable, n->memory, &m->usable))
		return xml_error_at(err, object, "the memory of node %" PRIu64 " makes no sense", id);
	return 0;
}

static int add_thread(struct walk *w, const xmlNode *object, const struct place *at,
		      struct error *err)
{
	struct machine_thread *t;

	if (import_thread(w->m, import_attr(object, "os_index", UINT64_MAX), &t, err) < 0)
		return xml_error_at(err, object, "a PU has no number below %d, or one that was there "
				    "before", CPU_MAX);
	t->core = at->in_core ? at->core : w->n_cores++;
	t->package = at->package;
	t->die = at->die;
	return 0;
}

/* pci_type="0200 [8086:15bc] [8086:15bc] 10" */
static int add_function(struct machine *m, const xmlNode *object, char **ret_bdf,
			struct error *err)
{
	CLEANUP_FREE char *text = xml_get(object, "pci_busid"), *type = xml_get(object, "pci_type");
	CLEANUP_FREE char *bdf = import_bdf(text);
	unsigned int class, vendor, device, subvendor, subdevice;
	struct machine_pci *p;

	if (!bdf)
		return 0;
	if (import_function(m, bdf, &p, err) < 0)
		return xml_error_at(err, object, "PCI function %s is described twice, or there are "
				    "too many", bdf);
	if (type && sscanf(type, "%4x [%4x:%4x] [%4x:%4x]", &class, &vendor, &device, &subvendor,
			   &subdevice) == 5) {
		p->class = class << 8;
		p->vendor = vendor;
		p->device = device;
		p->subvendor = subvendor;
		p->subdevice = subdevice;
	}
	*ret_bdf = STEAL(bdf);
	return 0;
}

static void add_disk(struct machine *m, const xmlNode *object, const char *name, const char *bdf)
{
	CLEANUP_FREE char *size = info(object, "Size"), *sector = info(object, "SectorSize");
	uint64_t kib = import_u64(size, 0);
	struct machine_disk *d;

	if (!kib || kib > UINT64_MAX >> 10 || m->n_disks == 1024)
		return;
	d = APPEND(m->disks, m->n_disks);
	d->name = xstrdup(name);
	d->size = kib << 10;
	d->sector_size = import_u64(sector, 0);
	d->model = info(object, "Model");
	d->serial = info(object, "SerialNumber");
	d->bdf = bdf ? xstrdup(bdf) : NULL;
}

static void add_os_device(struct machine *m, const xmlNode *object, const char *bdf)
{
	enum { OSDEV_BLOCK, OSDEV_GPU, OSDEV_NETWORK };
	CLEANUP_FREE char *name = xml_get(object, "name");
	uint64_t type = import_attr(object, "osdev_type", UINT64_MAX);
	struct machine_nic *n;

	if (!name || !*name || strlen(name) > 64 || strpbrk(name, " \t\n"))
		return;
	if (type == OSDEV_BLOCK)
		add_disk(m, object, name, bdf);
	if (type != OSDEV_NETWORK || m->n_nics == 1024)
		return;
	n = APPEND(m->nics, m->n_nics);
	n->name = xstrdup(name);
	n->mac = info(object, "Address");
	n->bdf = bdf ? xstrdup(bdf) : NULL;
	if (n->mac && strlen(n->mac) != 17)
		free(STEAL(n->mac));	/* InfiniBand */
}

static struct place in_new_core(struct walk *w, struct place at)
{
	at.core = w->n_cores++;
	at.in_core = true;
	return at;
}

static int read_objects(struct walk *w, const xmlNode *parent, struct place at, int depth,
			struct error *err)
{
	XML_EACH(node, parent, "object") {
		CLEANUP_FREE char *type = xml_get(node, "type"), *bdf = NULL;
		struct place inner = at;

		if (depth == IMPORT_DEPTH_MAX || !type)
			return xml_error_at(err, node, "an object has no type, or objects are too deep "
					    "inside each other");
		if (strcmp(type, "Package") == 0)
			inner.package = w->n_packages++;
		else if (strcmp(type, "Die") == 0)
			inner.die = (int64_t)MIN(import_attr(node, "os_index", 0), UINT64_C(1) << 20);
		else if (strcmp(type, "Core") == 0)
			inner = in_new_core(w, at);
		else if (strcmp(type, "PU") == 0 && add_thread(w, node, &at, err) < 0)
			return -1;
		else if (strcmp(type, "NUMANode") == 0 && add_node(w->m, node, err) < 0)
			return -1;
		else if (type[0] == 'L' && type[1] >= '1' && type[1] <= '5' &&
			 add_cache(w->m, node, (uint64_t)(type[1] - '0'), err) < 0)
			return -1;
		else if (strcmp(type, "PCIDev") == 0 && add_function(w->m, node, &bdf, err) < 0)
			return -1;
		else if (strcmp(type, "OSDev") == 0)
			add_os_device(w->m, node, at.bdf);
		if (bdf)
			inner.bdf = bdf;
		if (read_objects(w, node, inner, depth + 1, err) < 0)
			return -1;
	}
	return 0;
}

/*
 * Memory nodes hang beside cores, not around them: who is where is told by their CPU sets. Of several
 * nodes beside one processor (fast memory, memory behind a cache) the first is its own.
 */
static void join_nodes(struct machine *m)
{
	struct cpuset taken = CPUSET_INIT;

	for (size_t i = 0; i < m->n_nodes; i++) {
		struct error err CLEANUP_ERROR = ERROR_INIT;
		struct cpuset cpus = CPUSET_INIT, own = CPUSET_INIT;

		if (cpulist_parse(m->nodes[i].cpus, &cpus, &err) < 0)
			continue;
		for (size_t k = 0; k < m->n_threads; k++) {
			uint32_t cpu = m->threads[k].cpu;

			if (!cpuset_has(&cpus, cpu) || cpuset_has(&taken, cpu))
				continue;
			m->threads[k].node = m->nodes[i].id;
			cpuset_add(&own, cpu);
			cpuset_add(&taken, cpu);
		}
		free(m->nodes[i].cpus);
		m->nodes[i].cpus = cpulist_format(&own);
	}
}

/* hwloc groups processors that are alike: their speed, and whether they are efficiency cores. */
static bool read_kinds(struct machine *m, const xmlNode *root)
{
	bool typed = false;

	XML_EACH(kind, root, "cpukind") {
		CLEANUP_FREE char *mask = xml_get(kind, "cpuset"), *type = info(kind, "CoreType");
		CLEANUP_FREE char *base = info(kind, "FrequencyBaseMHz");
		CLEANUP_FREE char *max = info(kind, "FrequencyMaxMHz");
		struct cpuset cpus;

		if (!parse_mask(mask, &cpus))
			continue;
		typed |= type != NULL;
		for (size_t i = 0; i < m->n_threads; i++) {
			struct machine_thread *t = &m->threads[i];

			if (!cpuset_has(&cpus, t->cpu))
				continue;
			t->base_mhz = (uint32_t)MIN(import_u64(base, t->base_mhz), UINT64_C(100000));
			t->max_mhz = (uint32_t)MIN(import_u64(max, t->max_mhz), UINT64_C(100000));
			if (type && strcmp(type, "IntelAtom") == 0)
				t->efficiency = TRI_YES;
		}
	}
	return typed;
}

static void read_machine(struct machine *m, const xmlNode *object)
{
	CLEANUP_FREE char *host = info(object, "HostName"), *arch = info(object, "Architecture");

	if (host && *host)
		m->name = machine_name_from(host);
	m->vendor = info(object, "DMIBoardVendor");
	m->product = info(object, "DMIProductName");
	m->kernel = info(object, "OSRelease");
	m->arch = xstrdup(arch && (strcmp(arch, "x86_64") == 0 || strcmp(arch, "aarch64") == 0 ||
				   strcmp(arch, "i686") == 0) ? arch : "other");
	XML_EACH(node, object, "object") {
		CLEANUP_FREE char *type = xml_get(node, "type");

		if (!type || strcmp(type, "Package") != 0 || m->cpu_model)
			continue;
		m->cpu_model = info(node, "CPUModel");
		m->cpu_vendor = info(node, "CPUVendor");
	}
}

int import_hwloc(struct machine *m, const xmlNode *root, struct error *err)
{
	struct walk w = { .m = m };
	const xmlNode *object = xml_child(root, "object");
	uint32_t mhz;

	if (!object)
		return xml_error_at(err, root, "the topology is empty");
	read_machine(m, object);
	if (read_objects(&w, root, (struct place){ .die = -1 }, 0, err) < 0)
		return -1;
	join_nodes(m);
	mhz = import_mhz(m->cpu_model);
	for (size_t i = 0; i < m->n_threads; i++)
		m->threads[i].base_mhz = mhz;
	machine_miss(m, "cat", "lstopo does not tell which caches can be divided");
	if (!read_kinds(m, root))
		machine_miss(m, "core-types", "this document tells no types of cores: all are taken as "
			     "of one type");
	machine_miss(m, "uplink", "lstopo does not tell which card and which disk the host itself needs: "
		     "say usage=\"host\" in the profile");
	return 0;
}
