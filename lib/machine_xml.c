// SPDX-License-Identifier: GPL-2.0-or-later
/* machine.xml: the tables that tie the description of a computer to its document. */
#include "config.h"

#include "lib/base/alloc.h"
#include "lib/base/path.h"
#include "lib/machine.h"

#define END { 0 }
#define M(attr, kind, member) FIELD(attr, kind, struct machine, member)

static const struct field machine_fields[] = {
	M("name", FIELD_TEXT, name), M("arch", FIELD_TEXT, arch),
	M("source", FIELD_TEXT, source), M("looked-by", FIELD_TEXT, looked_by), END
};

static const struct field board_fields[] = {
	M("vendor", FIELD_TEXT, vendor), M("product", FIELD_TEXT, product),
	M("serial", FIELD_TEXT, serial), M("uuid", FIELD_TEXT, uuid),
	M("bios", FIELD_TEXT, bios), M("slic", FIELD_TEXT, slic), M("msdm", FIELD_TEXT, msdm), END
};

static const struct field firmware_fields[] = {
	M("uefi", FIELD_TRI, uefi), M("secure-boot", FIELD_TRI, secure_boot),
	M("tpm", FIELD_TEXT, tpm), M("video-mode", FIELD_TEXT, video_mode), END
};

static const struct field clock_fields[] = {
	M("rtc", FIELD_TEXT, rtc), M("offset", FIELD_TEXT, rtc_offset), M("guess", FIELD_TEXT, rtc_guess), END
};

static const struct field virtualization_fields[] = {
	M("extension", FIELD_TEXT, virtualization), M("nested-paging", FIELD_TRI, nested_paging),
	M("unrestricted-guest", FIELD_TRI, unrestricted_guest), M("apicv", FIELD_TRI, apicv),
	M("iommu", FIELD_TEXT, iommu),
	M("interrupt-remapping", FIELD_TRI, interrupt_remapping),
	M("virtual", FIELD_TRI, virtual), END
};

static const struct field kernel_fields[] = {
	M("release", FIELD_TEXT, kernel), M("cmdline", FIELD_TEXT, cmdline),
	M("realtime", FIELD_TRI, rt_kernel), END
};

static const struct field cpus_fields[] = {
	M("vendor", FIELD_TEXT, cpu_vendor), M("model", FIELD_TEXT, cpu_model),
	M("family", FIELD_U32_OPT, cpu_family), M("number", FIELD_U32_OPT, cpu_number),
	M("stepping", FIELD_U32_OPT, cpu_stepping), M("cpuid-level", FIELD_U32_OPT, cpuid_level),
	M("physical-bits", FIELD_U32_OPT, physical_bits),
	M("virtual-bits", FIELD_U32_OPT, virtual_bits),
	M("flags", FIELD_TEXT, cpu_flags), M("vmx-flags", FIELD_TEXT, vmx_flags),

	M("online", FIELD_TEXT, online), M("isolated", FIELD_TEXT, isolated),
	M("nohz-full", FIELD_TEXT, nohz_full), END
};

#define T(attr, kind, member) FIELD(attr, kind, struct machine_thread, member)
static const struct field thread_fields[] = {
	T("cpu", FIELD_U32, cpu), T("core", FIELD_U32, core), T("package", FIELD_U32, package),
	T("node", FIELD_U32, node), T("die", FIELD_I64_OPT, die),
	T("cluster", FIELD_I64_OPT, cluster), T("apic", FIELD_I64_OPT, apic),
	T("siblings", FIELD_TEXT, siblings), T("efficiency", FIELD_TRI, efficiency),
	T("base-mhz", FIELD_U32_OPT, base_mhz), T("max-mhz", FIELD_U32_OPT, max_mhz), END
};

#define C(attr, kind, member) FIELD(attr, kind, struct machine_cache, member)
static const struct field cache_fields[] = {
	C("level", FIELD_U32, level), C("id", FIELD_U32, id), C("type", FIELD_TEXT, type),
	C("size", FIELD_U64, size), C("ways", FIELD_U32_OPT, ways), C("cpus", FIELD_TEXT, cpus),
	C("cat-bits", FIELD_U32_OPT, cat_bits), C("cat-min-bits", FIELD_U32_OPT, cat_min_bits),
	C("cat-closids", FIELD_U32_OPT, cat_closids),
	C("cat-shareable", FIELD_HEX64_OPT, cat_shareable), C("cat-cdp", FIELD_TRI, cat_cdp), END
};

static const struct field hugepages_fields[] = {
	FIELD("size", FIELD_U64, struct machine_hugepages, size),
	FIELD("total", FIELD_U64, struct machine_hugepages, total),
	FIELD("free", FIELD_U64, struct machine_hugepages, free), END
};

static const struct record node_lists[] = {
	RECORD_LIST(NULL, "hugepages", struct machine_node, hugepages, n_hugepages,
		    hugepages_fields, NULL), END
};

static const struct field node_fields[] = {
	FIELD("id", FIELD_U32, struct machine_node, id),
	FIELD("memory", FIELD_U64_OPT, struct machine_node, memory),
	FIELD("cpus", FIELD_TEXT, struct machine_node, cpus),
	FIELD("distances", FIELD_TEXT, struct machine_node, distances), END
};

static const struct field region_fields[] = {
	FIELD("start", FIELD_HEX64, struct machine_region, start),
	FIELD("end", FIELD_HEX64, struct machine_region, end),
	FIELD("kind", FIELD_TEXT, struct machine_region, kind), END
};

static const struct field window_fields[] = {
	FIELD("bus", FIELD_TEXT, struct machine_window, bus),
	FIELD("start", FIELD_HEX64, struct machine_window, start),
	FIELD("end", FIELD_HEX64, struct machine_window, end), END
};

static const struct record memory_lists[] = {
	RECORD_LIST(NULL, "range", struct machine, ranges, n_ranges, region_fields, NULL),
	RECORD_LIST(NULL, "window", struct machine, windows, n_windows, window_fields, NULL), END
};

static const struct field memory_fields[] = {
	M("size", FIELD_U64_OPT, memory), M("usable", FIELD_U64_OPT, usable), END
};

static const struct field bar_fields[] = {
	FIELD("index", FIELD_U32, struct machine_bar, index),
	FIELD("kind", FIELD_TEXT, struct machine_bar, kind),
	FIELD("start", FIELD_HEX64, struct machine_bar, start),
	FIELD("size", FIELD_HEX64, struct machine_bar, size), END
};

static const struct record pci_lists[] = {
	RECORD_LIST(NULL, "bar", struct machine_pci, bars, n_bars, bar_fields, NULL), END
};

#define P(attr, kind, member) FIELD(attr, kind, struct machine_pci, member)
static const struct field pci_fields[] = {
	P("bdf", FIELD_TEXT, bdf), P("class", FIELD_HEX24, class), P("vendor", FIELD_HEX16_OPT, vendor),
	P("device", FIELD_HEX16_OPT, device), P("subvendor", FIELD_HEX16_OPT, subvendor),
	P("subdevice", FIELD_HEX16_OPT, subdevice), P("driver", FIELD_TEXT, driver),
	P("group", FIELD_I64_OPT, group), P("node", FIELD_I64_OPT, node),
	P("boot-vga", FIELD_TRI, boot_vga), P("reset", FIELD_TEXT, reset),
	P("intx", FIELD_I64_OPT, intx), P("msi", FIELD_TRI, msi),
	P("sriov-total", FIELD_U32_OPT, sriov_total),
	P("sriov-enabled", FIELD_U32_OPT, sriov_enabled), END
};

static const struct record group_lists[] = {
	RECORD_LIST(NULL, "region", struct machine_group, regions, n_regions, region_fields, NULL),
	END
};

static const struct field group_fields[] = {
	FIELD("id", FIELD_U64, struct machine_group, id),
	FIELD("type", FIELD_TEXT, struct machine_group, type), END
};

#define N(attr, kind, member) FIELD(attr, kind, struct machine_nic, member)
static const struct field nic_fields[] = {
	N("name", FIELD_TEXT, name), N("mac", FIELD_TEXT, mac), N("driver", FIELD_TEXT, driver),
	N("bdf", FIELD_TEXT, bdf), N("mbps", FIELD_U32_OPT, mbps), N("label", FIELD_TEXT, label),
	N("usage", FIELD_TEXT, usage), END
};

#define S(attr, kind, member) FIELD(attr, kind, struct machine_serial, member)
static const struct field serial_fields[] = {
	S("name", FIELD_TEXT, name), S("uart", FIELD_TEXT, uart),
	S("port", FIELD_HEX64_OPT, port), S("mmio", FIELD_HEX64_OPT, mmio),
	S("irq", FIELD_U64_OPT, irq), S("bdf", FIELD_TEXT, bdf), S("label", FIELD_TEXT, label),
	S("usage", FIELD_TEXT, usage), END
};

#define O(attr, kind, member) FIELD(attr, kind, struct machine_port, member)
static const struct field port_fields[] = {
	O("name", FIELD_TEXT, name), O("kind", FIELD_TEXT, kind), O("bdf", FIELD_TEXT, bdf),
	O("path", FIELD_TEXT, path), O("ids", FIELD_TEXT, ids), O("detail", FIELD_TEXT, detail),
	O("port", FIELD_HEX64_OPT, port), O("irq", FIELD_I64_OPT, irq),
	O("label", FIELD_TEXT, label), O("usage", FIELD_TEXT, usage), END
};

#define D(attr, kind, member) FIELD(attr, kind, struct machine_disk, member)
static const struct field disk_fields[] = {
	D("name", FIELD_TEXT, name), D("model", FIELD_TEXT, model), D("serial", FIELD_TEXT, serial),
	D("size", FIELD_U64, size), D("sector-size", FIELD_U64_OPT, sector_size),
	D("rotational", FIELD_TRI, rotational), D("removable", FIELD_TRI, removable),
	D("bdf", FIELD_TEXT, bdf), D("usage", FIELD_TEXT, usage),
	D("read-rate", FIELD_U64_OPT, read_rate), D("read-iops", FIELD_U64_OPT, read_iops),
	D("write-iops", FIELD_U64_OPT, write_iops), END
};

#define B(attr, kind, member) FIELD(attr, kind, struct machine_bios_disk, member)
static const struct field bios_disk_fields[] = {
	B("number", FIELD_U32, number), B("cylinders", FIELD_U32, cylinders), B("heads", FIELD_U32, heads),
	B("sectors", FIELD_U32, sectors), B("size", FIELD_U64_OPT, size), END
};

static const struct field reserve_fields[] = {
	M("cpus", FIELD_TEXT, reserve_cpus), M("memory", FIELD_U64, reserve_memory),
	M("spare-percent", FIELD_U64, spare_percent), M("images", FIELD_TEXT, images), END
};

static const struct field missing_fields[] = {
	FIELD("name", FIELD_TEXT, struct machine_missing, fact),
	FIELD("why", FIELD_TEXT, struct machine_missing, why), END
};

#define LIST(list, element, member, fields, children)                                              \
	RECORD_LIST(list, element, struct machine, member, n_##member, fields, children)

static const struct record machine_records[] = {
	RECORD_SECTION("board", board_fields),
	RECORD_SECTION("firmware", firmware_fields),
	RECORD_SECTION("clock", clock_fields),
	RECORD_SECTION("virtualization", virtualization_fields),
	RECORD_SECTION("kernel", kernel_fields),
	RECORD_SECTION("cpus", cpus_fields),
	LIST("threads", "thread", threads, thread_fields, NULL),
	LIST("caches", "cache", caches, cache_fields, NULL),
	LIST("nodes", "node", nodes, node_fields, node_lists),
	{ NULL, "memory", 0, 0, 0, memory_fields, memory_lists },
	LIST("pci", "function", pci, pci_fields, pci_lists),
	LIST("groups", "group", groups, group_fields, group_lists),
	LIST("nics", "nic", nics, nic_fields, NULL),
	LIST("serials", "serial", serials, serial_fields, NULL),
	LIST("ports", "port", ports, port_fields, NULL),
	LIST("disks", "disk", disks, disk_fields, NULL),
	LIST(NULL, "bios-disk", bios_disks, bios_disk_fields, NULL),
	RECORD_SECTION("reserve", reserve_fields),
	LIST("missing", "fact", missing, missing_fields, NULL),
	END
};

int machine_write(const struct machine *m, const char *path, enum outfile_mode mode,
		  struct error *err)
{
	struct xml_out x CLEANUP_XML_OUT = XML_OUT_INIT;

	xml_out_begin(&x, "machine");
	record_write(machine_fields, machine_records, m, &x);
	if (m->original) {
		xml_open(&x, "original");
		xml_attr(&x, "kind", "%s", m->original_kind);
		xml_attr(&x, "name", "%s", m->original_name);
		xml_put_text(&x, m->original);
		xml_close(&x);
	}
	return xml_out_write(&x, path, mode, err);
}

static void read_original(const xmlNode *node, struct machine *m)
{
	if (!node)
		return;
	m->original_kind = xml_get(node, "kind");
	m->original_name = xml_get(node, "name");
	m->original = xml_text(node);
}

int machine_read_memory(struct machine *ret, const char *text, size_t len, const char *name,
			struct error *err)
{
	struct machine m CLEANUP_MACHINE = MACHINE_INIT;
	xmlDoc *doc CLEANUP_XMLDOC = xml_read_memory(text, len, name, "machine", err);

	if (!doc ||
	    record_read(machine_fields, machine_records, xmlDocGetRootElement(doc), &m, err) < 0)
		return -1;
	read_original(xml_child(xmlDocGetRootElement(doc), "original"), &m);
	*ret = m;
	m = (struct machine)MACHINE_INIT;
	return 0;
}

int machine_read(struct machine *ret, const char *path, struct error *err)
{
	CLEANUP_FREE char *text = NULL;
	size_t len = 0;

	if (file_read(path, XML_SIZE_MAX, &text, &len, err) < 0)
		return -1;
	return machine_read_memory(ret, text, len, path, err);
}

struct json_object *machine_to_json(const struct machine *m)
{
	return record_to_json(machine_fields, machine_records, m);
}

void machine_clear(struct machine *m)
{
	record_clear(machine_fields, machine_records, m);
	free(m->original_kind);
	free(m->original_name);
	free(m->original);
	*m = (struct machine)MACHINE_INIT;
}
