// SPDX-License-Identifier: GPL-2.0-or-later
/* Memory: how much, in which nodes, and the firmware's map of it. */
#include "config.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/base/alloc.h"
#include "lib/base/size.h"
#include "lib/base/strv.h"
#include "lib/cpulist.h"
#include "lib/probe.h"

#define NODES "sys/devices/system/node"

enum { RANGES_MAX = 1024 };

/* "MemTotal:  507904 kB" → bytes; 0 if it is not there. */
static uint64_t meminfo_bytes(const char *text, const char *key)
{
	CLEANUP_FREE char *value = probe_key(text, key);
	struct error err CLEANUP_ERROR = ERROR_INIT;
	uint64_t kib = 0;

	if (!value)
		return 0;
	value[strcspn(value, " ")] = '\0';
	return parse_u64(value, 0, UINT64_MAX >> 10, &kib, &err) < 0 ? 0 : kib << 10;
}

/* The kind of memory that names a range for us. */
static const char *kind_of(const char *type)
{
	if (strcmp(type, "System RAM") == 0)
		return "ram";
	if (strncmp(type, "ACPI", 4) == 0)
		return "acpi";
	return "reserved";
}

static void add_range(struct machine *m, uint64_t start, uint64_t end, const char *kind)
{
	*APPEND(m->ranges, m->n_ranges) = (struct machine_region){ start, end, xstrdup(kind) };
}

/* A line of /proc/iomem, "  7f800000-dfffffff : PCI Bus 0000:00": only root sees the numbers. */
struct resource {
	uint64_t start, end;
	const char *name;
	bool outermost;
};

static bool parse_resource(const char *line, struct resource *ret)
{
	const char *at = line + strspn(line, " ");
	char *rest = NULL;

	ret->outermost = at == line;
	if (!isxdigit((unsigned char)*at))
		return false;
	ret->start = strtoull(at, &rest, 16);
	if (rest[0] != '-' || !isxdigit((unsigned char)rest[1]))
		return false;
	ret->end = strtoull(rest + 1, &rest, 16);
	if (strncmp(rest, " : ", 3) != 0)
		return false;
	ret->name = rest + 3;
	return ret->end > ret->start;
}

/* Firmware's memory as the kernel sees it; the outermost rest are devices. */
static bool is_firmware_range(const char *name)
{
	static const char *const names[] = { "System RAM", "Reserved", "ACPI Tables",
					     "ACPI Non-volatile Storage", "Persistent Memory" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strcasecmp(name, names[i]) == 0)
			return true;
	return false;
}

static void ranges_of_kernel(const struct strv *iomem, struct machine *m)
{
	struct resource r;

	for (size_t i = 0; i < iomem->n && m->n_ranges < RANGES_MAX; i++)
		if (parse_resource(iomem->v[i], &r) && r.outermost && is_firmware_range(r.name))
			add_range(m, r.start, r.end, kind_of(r.name));
}

/* What the firmware said; many kernels are built without that folder, but all tell what they made of it. */
static void probe_ranges(const struct facts *f, const struct strv *iomem, struct machine *m)
{
	struct strv names CLEANUP_STRV = STRV_INIT;

	probe_list(f, &names, "sys/firmware/memmap");
	for (size_t i = 0; i < names.n && i < RANGES_MAX; i++) {
		CLEANUP_FREE char *type = probe_text(f, "sys/firmware/memmap/%s/type", names.v[i]);
		uint64_t start = probe_u64(f, 1, "sys/firmware/memmap/%s/start", names.v[i]);
		uint64_t end = probe_u64(f, 0, "sys/firmware/memmap/%s/end", names.v[i]);

		if (type && end >= start)
			add_range(m, start, end, kind_of(type));
	}
	if (m->n_ranges == 0)
		ranges_of_kernel(iomem, m);
	if (m->n_ranges == 0)
		machine_miss(m, "memory-map", "no folder sys/firmware/memmap, and no addresses in "
			     "proc/iomem: only root sees them");
}

static void probe_windows(const struct strv *iomem, struct machine *m)
{
	static const char mark[] = "PCI Bus ";
	struct resource r;

	for (size_t i = 0; i < iomem->n && m->n_windows < RANGES_MAX; i++)
		if (parse_resource(iomem->v[i], &r) && strncmp(r.name, mark, strlen(mark)) == 0)
			*APPEND(m->windows, m->n_windows) = (struct machine_window){
				xstrdup(r.name + strlen(mark)), r.start, r.end
			};
	if (m->n_windows == 0)
		machine_miss(m, "pci-windows", iomem->n ? "proc/iomem names no addresses of PCI buses: "
							  "only root sees them"
							: "proc/iomem is not there");
}

/* ACPI tables lie in memory, too; the few KiB that the map leaves out are rounded up to a MiB. */
static uint64_t ram_in_ranges(const struct machine *m)
{
	const uint64_t mib = UINT64_C(1) << 20;
	uint64_t sum = 0, length;

	for (size_t i = 0; i < m->n_ranges; i++)
		if (strcmp(m->ranges[i].kind, "reserved") != 0 &&
		    (ADD_OVERFLOW(m->ranges[i].end - m->ranges[i].start, 1, &length) ||
		     ADD_OVERFLOW(sum, length, &sum)))
			return 0;
	return sum > UINT64_MAX - mib ? 0 : (sum + mib - 1) / mib * mib;
}

static void add_hugepages(const struct facts *f, const char *node, struct machine_node *n)
{
	struct strv sizes CLEANUP_STRV = STRV_INIT;

	probe_list(f, &sizes, NODES "/%s/hugepages", node);
	for (size_t i = 0; i < sizes.n && i < 8; i++) {
		const char *digits = sizes.v[i] + strcspn(sizes.v[i], "0123456789");
		struct error err CLEANUP_ERROR = ERROR_INIT;
		CLEANUP_FREE char *kib = xstrndup(digits, strspn(digits, "0123456789"));
		struct machine_hugepages *h;
		uint64_t value = 0;

		if (parse_u64(kib, 1, UINT64_MAX >> 10, &value, &err) < 0)
			continue;
		h = APPEND(n->hugepages, n->n_hugepages);
		h->size = value << 10;
		h->total = probe_u64(f, 0, NODES "/%s/hugepages/%s/nr_hugepages", node, sizes.v[i]);
		h->free = probe_u64(f, 0, NODES "/%s/hugepages/%s/free_hugepages", node,
				    sizes.v[i]);
	}
}

static void set_node(struct machine *m, const struct cpuset *cpus, uint32_t id)
{
	for (size_t i = 0; i < m->n_threads; i++)
		if (cpuset_has(cpus, m->threads[i].cpu))
			m->threads[i].node = id;
}

static void add_node(const struct facts *f, const char *name, uint32_t id, struct machine *m)
{
	CLEANUP_FREE char *path = xasprintf(NODES "/%s/meminfo", name);
	CLEANUP_FREE char *text = facts_read(f, path, NULL);
	CLEANUP_FREE char *key = xasprintf("Node %" PRIu32 " MemTotal", id);
	CLEANUP_FREE char *list = probe_text(f, NODES "/%s/cpulist", name);
	struct error err CLEANUP_ERROR = ERROR_INIT;
	struct cpuset cpus = CPUSET_INIT;
	struct machine_node *n;

	if (cpulist_parse(list, &cpus, &err) < 0)
		return;
	n = APPEND(m->nodes, m->n_nodes);
	n->id = id;
	n->cpus = cpulist_format(&cpus);
	n->memory = text ? meminfo_bytes(text, key) : 0;
	n->distances = probe_text(f, NODES "/%s/distance", name);
	add_hugepages(f, name, n);
	set_node(m, &cpus, id);
}

/* A kernel without NUMA has one node that holds all. */
static void add_only_node(struct machine *m)
{
	struct machine_node *n = APPEND(m->nodes, m->n_nodes);

	n->cpus = xstrdup(m->online);
	n->memory = m->usable;
	machine_miss(m, "numa", "no folder sys/devices/system/node/node*: one node is assumed");
}

static void probe_nodes(const struct facts *f, struct machine *m)
{
	struct strv names CLEANUP_STRV = STRV_INIT;

	probe_list(f, &names, NODES);
	for (size_t i = 0; i < names.n; i++) {
		struct error err CLEANUP_ERROR = ERROR_INIT;
		uint64_t id = 0;

		if (strncmp(names.v[i], "node", 4) == 0 &&
		    parse_u64(names.v[i] + 4, 0, CPU_MAX - 1, &id, &err) == 0)
			add_node(f, names.v[i], (uint32_t)id, m);
	}
	if (m->n_nodes == 0)
		add_only_node(m);
}

void probe_memory(const struct facts *f, struct machine *m)
{
	CLEANUP_FREE char *text = facts_read(f, "proc/meminfo", NULL);
	CLEANUP_FREE char *resources = facts_read(f, "proc/iomem", NULL);
	struct strv iomem CLEANUP_STRV = STRV_INIT;

	strv_split(&iomem, resources ? resources : "", "\n");
	m->usable = text ? meminfo_bytes(text, "MemTotal") : 0;
	if (!m->usable)
		machine_miss(m, "memory", "proc/meminfo has no line 'MemTotal'");
	probe_ranges(f, &iomem, m);
	probe_windows(&iomem, m);
	if (!m->memory)		/* SMBIOS knows best, and was asked before */
		m->memory = MAX(ram_in_ranges(m), m->usable);
	probe_nodes(f, m);
}
