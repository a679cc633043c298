// SPDX-License-Identifier: GPL-2.0-or-later
/* PCI functions with their address ranges and abilities, and the IOMMU groups they are in. */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/size.h"
#include "lib/probe.h"

#define PCI "sys/bus/pci/devices"
#define GROUPS "sys/kernel/iommu_groups"

enum {
	BARS = 6,		/* address ranges of an ordinary function; a ROM comes after them */
	/* Source: Linux, include/linux/ioport.h */
	RESOURCE_IO = 0x100, RESOURCE_MEM = 0x200, RESOURCE_MEM_64 = 0x100000,
	/* Source: PCI Local Bus Specification 3.0, 6.1, 6.7 */
	PCI_STATUS = 0x06, PCI_STATUS_CAPABILITIES = 0x10, PCI_CAPABILITIES = 0x34,
	PCI_HEADER = 64, CAP_MSI = 0x05, CAP_MSIX = 0x11, CAPS_MAX = 48,
	REGIONS_MAX = 256,
};

static bool parse_hex(const char *text, uint64_t *ret)
{
	struct error err CLEANUP_ERROR = ERROR_INIT;

	return parse_u64(text, 0, UINT64_MAX, ret, &err) == 0;
}

/* One line "start end flags" of the file resource. */
static void add_bar(const char *line, uint32_t index, struct machine_pci *p)
{
	struct strv words CLEANUP_STRV = STRV_INIT;
	uint64_t start, end, flags;
	struct machine_bar *bar;

	strv_split(&words, line, " ");
	if (words.n != 3 || !parse_hex(words.v[0], &start) || !parse_hex(words.v[1], &end) ||
	    !parse_hex(words.v[2], &flags) || end <= start || end - start == UINT64_MAX)
		return;
	bar = APPEND(p->bars, p->n_bars);
	bar->index = index;
	bar->kind = xstrdup(flags & RESOURCE_IO ? "io" :
			    flags & RESOURCE_MEM_64 ? "mem64" : "mem32");
	bar->start = start;
	bar->size = end - start + 1;
}

static void read_bars(const struct facts *f, const char *dir, struct machine_pci *p)
{
	CLEANUP_FREE char *path = xasprintf("%s/resource", dir);
	CLEANUP_FREE char *text = facts_read(f, path, NULL);
	struct strv lines CLEANUP_STRV = STRV_INIT;

	if (text)
		strv_split(&lines, text, "\n");
	for (uint32_t i = 0; i < lines.n && i < BARS; i++)
		add_bar(lines.v[i], i, p);
}

/* Walks the capabilities; an ordinary user sees only the header, and then it stays unknown. */
static enum tristate has_msi(const uint8_t *config, size_t len)
{
	size_t at;

	if (len < PCI_HEADER)
		return TRI_UNKNOWN;
	if (!(config[PCI_STATUS] & PCI_STATUS_CAPABILITIES))
		return TRI_NO;
	at = config[PCI_CAPABILITIES] & ~3u;
	for (int i = 0; i < CAPS_MAX && at; i++) {
		if (at + 1 >= len)
			return TRI_UNKNOWN;
		if (config[at] == CAP_MSI || config[at] == CAP_MSIX)
			return TRI_YES;
		at = config[at + 1] & ~3u;
	}
	return TRI_NO;
}

static int64_t line_of(const struct facts *f, const char *dir, const uint8_t *config, size_t len)
{
	const size_t pin = 0x3d;
	uint64_t irq = probe_u64(f, 0, "%s/irq", dir);

	if (len > pin && config[pin] == 0)
		return -1;		/* the function has no interrupt pin */
	return irq && irq < 4096 ? (int64_t)irq : -1;
}

static void fill_ids(const struct facts *f, const char *dir, struct machine_pci *p)
{
	p->class = probe_u32(f, 0, "%s/class", dir) & 0xffffff;
	p->vendor = probe_u32(f, 0, "%s/vendor", dir) & 0xffff;
	p->device = probe_u32(f, 0, "%s/device", dir) & 0xffff;
	p->subvendor = probe_u32(f, 0, "%s/subsystem_vendor", dir) & 0xffff;
	p->subdevice = probe_u32(f, 0, "%s/subsystem_device", dir) & 0xffff;
}

static void add_function(const struct facts *f, const char *bdf, struct machine *m)
{
	CLEANUP_FREE char *dir = xasprintf(PCI "/%s", bdf);
	CLEANUP_FREE char *path = xasprintf("%s/config", dir);
	size_t len = 0;
	CLEANUP_FREE char *config = facts_read(f, path, &len);
	struct machine_pci *p = APPEND(m->pci, m->n_pci);
	uint32_t node = probe_u32(f, UINT32_MAX, "%s/numa_node", dir);

	p->bdf = xstrdup(bdf);
	fill_ids(f, dir, p);
	p->driver = probe_driver(f, dir);
	p->group = -1;
	p->node = node == UINT32_MAX ? -1 : (int64_t)node;
	p->boot_vga = probe_tri(f, "%s/boot_vga", dir);
	p->reset = probe_text(f, "%s/reset_method", dir);
	p->msi = config ? has_msi((const uint8_t *)config, len) : TRI_UNKNOWN;
	p->intx = line_of(f, dir, (const uint8_t *)config, config ? len : 0);
	p->sriov_total = probe_u32(f, 0, "%s/sriov_totalvfs", dir);
	p->sriov_enabled = probe_u32(f, 0, "%s/sriov_numvfs", dir);
	read_bars(f, dir, p);
}

void probe_pci(const struct facts *f, struct machine *m)
{
	struct strv names CLEANUP_STRV = STRV_INIT;

	probe_list(f, &names, PCI);
	for (size_t i = 0; i < names.n; i++)
		if (text_is_bdf(names.v[i]))
			add_function(f, names.v[i], m);
	if (m->n_pci == 0)
		machine_miss(m, "pci", "no folder " PCI);
}

/* "0x00000000fee00000 0x00000000feefffff msi" */
static void add_region(const char *line, struct machine_group *g)
{
	struct strv words CLEANUP_STRV = STRV_INIT;
	uint64_t start, end;

	strv_split(&words, line, " ");
	if (words.n == 3 && parse_hex(words.v[0], &start) && parse_hex(words.v[1], &end) &&
	    start <= end)
		*APPEND(g->regions, g->n_regions) =
			(struct machine_region){ start, end, xstrdup(words.v[2]) };
}

static void add_group(const struct facts *f, const char *name, uint64_t id, struct machine *m)
{
	CLEANUP_FREE char *path = xasprintf(GROUPS "/%s/reserved_regions", name);
	CLEANUP_FREE char *text = facts_read(f, path, NULL);
	struct strv lines CLEANUP_STRV = STRV_INIT, members CLEANUP_STRV = STRV_INIT;
	struct machine_group *g = APPEND(m->groups, m->n_groups);

	g->id = id;
	g->type = probe_text(f, GROUPS "/%s/type", name);
	if (text)
		strv_split(&lines, text, "\n");
	for (size_t i = 0; i < lines.n && i < REGIONS_MAX; i++)
		add_region(lines.v[i], g);
	probe_list(f, &members, GROUPS "/%s/devices", name);
	for (size_t i = 0; i < members.n; i++)
		for (size_t k = 0; k < m->n_pci; k++)
			if (strcmp(m->pci[k].bdf, members.v[i]) == 0)
				m->pci[k].group = (int64_t)id;
}

void probe_groups(const struct facts *f, struct machine *m)
{
	struct strv names CLEANUP_STRV = STRV_INIT;

	probe_list(f, &names, GROUPS);
	for (size_t i = 0; i < names.n; i++) {
		struct error err CLEANUP_ERROR = ERROR_INIT;
		uint64_t id = 0;

		if (parse_u64(names.v[i], 0, 1 << 20, &id, &err) == 0)
			add_group(f, names.v[i], id, m);
	}
	if (!facts_has(f, GROUPS))
		machine_miss(m, "iommu-groups", "no folder " GROUPS);
	else if (m->n_groups == 0)
		machine_miss(m, "iommu-groups", GROUPS " is empty: no IOMMU is in use; switch VT-d or "
			     "AMD-Vi on in the firmware set-up and give the kernel intel_iommu=on");
}
