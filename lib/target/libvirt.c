// SPDX-License-Identifier: GPL-2.0-or-later
/* Target libvirt: a domain for QEMU under libvirt, with pinning, cache shares and passed devices. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/acpi_table.h"
#include "lib/base/alloc.h"
#include "lib/base/xml.h"
#include "lib/pin.h"
#include "lib/preparation.h"
#include "lib/qemu_legacy.h"
#include "lib/qemu_machine.h"
#include "lib/target/guest_devices.h"
#include "lib/target/host_devices.h"
#include "lib/target/libvirt_devices.h"
#include "lib/target/libvirt_legacy.h"
#include "lib/target/libvirt_life.h"
#include "lib/target/libvirt_local.h"
#include "lib/target/libvirt_network.h"
#include "lib/target/qemu_offers.h"
#include "lib/target/target.h"

/* libvirt 9.0 has a name for the table SLIC and for no other one. */
enum {
	GIVES = IDENTITY_UUID | IDENTITY_SMBIOS | IDENTITY_MAC | IDENTITY_DISK_SERIAL | IDENTITY_SLIC,
};

/* The same devices as QEMU alone, without those that libvirt has no name for. */
static const struct machine_model offers = { .cost = {
	QEMU_OFFERS_BESIDE_DISKS,
	[DIM_DISK] = { QEMU_OFFERS_DISKS },
} };

static void put_number(struct xml_out *x, const char *element, const char *attr, const char *value,
		       uint64_t number)
{
	CLEANUP_FREE char *text = xasprintf("%" PRIu64, number);

	xml_open(x, element);
	xml_attr(x, attr, "%s", value);
	xml_put_text(x, text);
	xml_close(x);
}

static void put_tables(const struct guest *g, struct xml_out *x)
{
	struct fileset tables CLEANUP_FILESET = FILESET_INIT;
	CLEANUP_FREE char *path = xasprintf(LIBVIRT_PLACE "/%s/" ACPI_SLIC_FILE, g->name);

	acpi_tables_of(g, GIVES, NULL, &tables);
	if (!tables.n_files)
		return;
	xml_open(x, "acpi");
	xml_open(x, "table");
	xml_attr(x, "type", "slic");
	xml_put_text(x, path);
	xml_close(x);
	xml_close(x);
}

static void put_system(const struct guest *g, struct xml_out *x)
{
	xml_open(x, "os");
	if (g->device[DIM_FIRMWARE] == FIRMWARE_UEFI)
		xml_attr(x, "firmware", "efi");
	xml_open(x, "type");
	xml_attr(x, "arch", "x86_64");
	xml_attr(x, "machine", "%s", qemu_chipset(g));
	xml_put_text(x, "hvm");
	xml_close(x);
	put_tables(g, x);
	libvirt_put(x, "smbios", "mode", "sysinfo");
	xml_close(x);
	xml_open(x, "features");
	if (!g->legacy.present || g->legacy.acpi)
		xml_element(x, "acpi", "");
	xml_element(x, "apic", "");
	libvirt_put(x, "vmport", "state", "off");
	xml_close(x);
}

static void put_sysinfo_entry(struct xml_out *x, const char *name, const char *value)
{
	if (!value || !*value)
		return;
	xml_open(x, "entry");
	xml_attr(x, "name", "%s", name);
	xml_put_text(x, value);
	xml_close(x);
}

static void put_sysinfo(const struct guest *g, struct xml_out *x)
{
	xml_open(x, "sysinfo");
	xml_attr(x, "type", "smbios");
	xml_open(x, "system");
	put_sysinfo_entry(x, "manufacturer", g->vendor);
	put_sysinfo_entry(x, "product", g->product);
	put_sysinfo_entry(x, "serial", g->serial);
	put_sysinfo_entry(x, "uuid", g->uuid);
	xml_close(x);
	xml_close(x);
}

static void put_feature(struct xml_out *x, const char *policy, const char *name)
{
	xml_open(x, "feature");
	xml_attr(x, "policy", "%s", policy);
	xml_attr(x, "name", "%s", name);
	xml_close(x);
}

/*
 * What a model names a host must have; libvirt's cpu_map/x86_qemu64.xml names AMD's virtualization, which QEMU
 * leaves out of this model under KVM and which no Intel host has. The others name nothing of that sort.
 */
static void put_features(const struct guest *g, struct xml_out *x)
{
	static const char *const level2[] = { "ssse3", "sse4.1", "sse4.2", "popcnt" };

	if (g->legacy.cpu)
		return;
	if (qemu_has_32_bits(g)) {
		put_feature(x, "require", "nx");
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(level2); i++)
		put_feature(x, "require", level2[i]);
	put_feature(x, "disable", "svm");
}

static void put_processor(const struct guest *g, struct xml_out *x)
{
	xml_open(x, "cpu");
	xml_attr(x, "mode", "custom");
	xml_attr(x, "match", "exact");
	/* what an old processor had and a host may not have, as VME, is left out as QEMU alone does it */
	if (g->legacy.cpu)
		xml_attr(x, "check", "none");
	xml_element(x, "model", g->legacy.cpu ? g->legacy.cpu
			: qemu_has_32_bits(g) ? "qemu32" : "qemu64");
	xml_open(x, "topology");
	xml_attr(x, "sockets", "1");
	xml_attr(x, "cores", "%" PRIu64, g->vcpus);
	xml_attr(x, "threads", "1");
	xml_close(x);
	put_features(g, x);
	xml_close(x);
}

/* Nothing is said of the 8254: late ticks of it are given back already, and without KVM QEMU would complain. */
static void put_clock(const struct guest *g, struct xml_out *x)
{
	xml_open(x, "clock");
	xml_attr(x, "offset", "%s", g->device[DIM_CLOCK] == RTC_LOCALTIME ? "localtime" : "utc");
	xml_open(x, "timer");
	xml_attr(x, "name", "rtc");
	xml_attr(x, "tickpolicy", "%s", qemu_legacy_counts_ticks(g) ? "catchup" : "delay");
	xml_close(x);
	xml_open(x, "timer");
	xml_attr(x, "name", "hpet");
	xml_attr(x, "present", "no");
	xml_close(x);
	xml_close(x);
	xml_open(x, "pm");
	libvirt_put(x, "suspend-to-mem", "enabled", "no");
	libvirt_put(x, "suspend-to-disk", "enabled", "no");
	xml_close(x);
}

/* Bytes of one way of the cache that a partition has ways of; 0: not known. */
static uint64_t way_size(const struct plan *plan, const struct partition *p)
{
	for (size_t i = 0; i < plan->host.n_caches; i++) {
		const struct machine_cache *c = &plan->host.caches[i];

		if (c->level == p->cache_level && c->id == p->cache_id && c->cat_bits)
			return c->size / c->cat_bits;
	}
	return 0;
}

/* libvirt chooses which ways; it is told how much. */
static void put_cache(const struct plan *plan, const struct partition *p, struct xml_out *x)
{
	uint64_t way = way_size(plan, p);

	if (!p->cache_ways || !way)
		return;
	xml_open(x, "cachetune");
	xml_attr(x, "vcpus", p->guest.vcpus > 1 ? "0-%" PRIu64 : "%" PRIu64, p->guest.vcpus - 1);
	xml_open(x, "cache");
	xml_attr(x, "id", "%" PRIu32, p->cache_id);
	xml_attr(x, "level", "%" PRIu32, p->cache_level);
	xml_attr(x, "type", "both");
	xml_attr(x, "size", "%" PRIu64, way * (uint64_t)__builtin_popcountll(p->cache_ways) / 1024);
	xml_attr(x, "unit", "KiB");
	xml_close(x);
	xml_close(x);
}

/* For each virtual processor, in slices that are short for a person. */
static void put_quota(const struct guest *g, struct xml_out *x)
{
	enum { PERIOD_US = 10000 };
	CLEANUP_FREE char *period = xasprintf("%d", PERIOD_US);
	CLEANUP_FREE char *quota = xasprintf("%" PRIu64, g->cpu_quota * PERIOD_US / 100);

	if (!g->cpu_quota)
		return;
	xml_element(x, "period", period);
	xml_element(x, "quota", quota);
}

static void put_pinning(const struct plan *plan, const struct partition *p, const struct pin *pin,
			struct xml_out *x)
{
	CLEANUP_FREE char *list = cpulist_format(&pin->machine);

	if (!*list && !p->guest.cpu_quota)
		return;
	xml_open(x, "cputune");
	put_quota(&p->guest, x);
	for (size_t i = 0; i < pin->n_vcpus; i++) {
		xml_open(x, "vcpupin");
		xml_attr(x, "vcpu", "%zu", i);
		xml_attr(x, "cpuset", "%" PRIu32, pin->vcpu[i]);
		xml_close(x);
	}
	if (*list)
		libvirt_put(x, "emulatorpin", "cpuset", list);
	put_cache(plan, p, x);
	xml_close(x);
}

static void put_memory_backing(const struct partition *p, struct xml_out *x)
{
	if (p->class != CLASS_RT)
		return;
	xml_open(x, "memoryBacking");
	if (qemu_hugepages(p)) {
		xml_open(x, "hugepages");
		xml_open(x, "page");
		xml_attr(x, "size", "2048");
		xml_attr(x, "unit", "KiB");
		xml_close(x);
		xml_close(x);
	}
	xml_element(x, "nosharepages", "");
	xml_element(x, "locked", "");
	xml_close(x);
}

static void put_resources(const struct plan *plan, const struct partition *p,
			  const struct pin *pin, struct xml_out *x)
{
	CLEANUP_FREE char *list = cpulist_format(&pin->machine);
	CLEANUP_FREE char *vcpus = xasprintf("%" PRIu64, p->guest.vcpus);

	put_number(x, "memory", "unit", "KiB", p->memory / 1024);
	put_number(x, "currentMemory", "unit", "KiB", p->memory / 1024);
	put_memory_backing(p, x);
	xml_open(x, "vcpu");
	xml_attr(x, "placement", "static");
	if (*list)
		xml_attr(x, "cpuset", "%s", list);
	xml_put_text(x, vcpus);
	xml_close(x);
	put_pinning(plan, p, pin, x);
}

static int add_document(struct fileset *ret, const char *path, struct xml_out *x, struct error *err)
{
	const char *text = NULL;
	size_t len = 0;

	if (xml_out_finish(x, &text, &len, err) < 0)
		return -1;
	fileset_add(ret, path, xmemdup(text, len), len, false);
	return 0;
}

static int emit_domain(const struct plan *plan, const struct partition *p, struct fileset *ret, struct error *err)
{
	struct xml_out x CLEANUP_XML_OUT = XML_OUT_INIT;
	CLEANUP_FREE char *path = xasprintf("%s/domain.xml", p->guest.name);
	struct pin pin = PIN_INIT;

	if (pin_from_partition(p, &pin, err) < 0)
		return -1;
	xml_out_begin_foreign(&x, "domain");
	xml_attr(&x, "type", "kvm");
	xml_element(&x, "name", p->guest.name);
	xml_element(&x, "uuid", p->guest.uuid);
	put_resources(plan, p, &pin, &x);
	put_sysinfo(&p->guest, &x);
	put_system(&p->guest, &x);
	put_processor(&p->guest, &x);
	put_clock(&p->guest, &x);
	libvirt_put_devices(p, &x);
	return add_document(ret, path, &x, err);
}

/* The pool that the disks of the domain are volumes of; 'rehost launch' names the files themselves. */
static int emit_pool(const struct guest *g, struct fileset *ret, struct error *err)
{
	struct xml_out x CLEANUP_XML_OUT = XML_OUT_INIT;
	CLEANUP_FREE char *path = xasprintf("%s/pool.xml", g->name), *name = xasprintf("rehost-%s", g->name);
	CLEANUP_FREE char *dir = xasprintf(LIBVIRT_PLACE "/%s", g->name);

	xml_out_begin_foreign(&x, "pool");
	xml_attr(&x, "type", "dir");
	xml_element(&x, "name", name);
	xml_open(&x, "target");
	xml_element(&x, "path", dir);
	xml_close(&x);
	return add_document(ret, path, &x, err);
}

static int emit(const struct plan *plan, struct fileset *ret, struct error *err)
{
	for (size_t i = 0; i < plan->n_partitions; i++) {
		const struct partition *p = &plan->partitions[i];

		if (emit_domain(plan, p, ret, err) < 0 || emit_pool(&p->guest, ret, err) < 0 ||
		    libvirt_emit_networks(p, ret, err) < 0)
			return -1;
		acpi_tables_of(&p->guest, GIVES, p->guest.name, ret);
	}
	return 0;
}

static void check_devices(const struct partition *p, struct report *ret)
{
	/* it names USB devices by their maker or number, never by the socket */
	static const char *const kinds[] = { "serial", "pci", "nic", "parallel", NULL };
	const struct guest *g = &p->guest;

	check_model(g, &offers, "libvirt", ret);
	check_host_devices(p, "libvirt", kinds, ret);
	check_networks(p, "behind the host, goes out as the host does, and nothing outside reaches it",
		       CHECK_NETWORKS_ASK, ret);
	check_port_addresses(g, "libvirt", ret);
}

static void check(const struct plan *plan, struct report *ret)
{
	check_partitioning(plan, "libvirt", ret);
	for (size_t i = 0; i < plan->n_partitions; i++) {
		const struct partition *p = &plan->partitions[i];
		struct strv args CLEANUP_STRV = STRV_INIT;
		struct error failure CLEANUP_ERROR = ERROR_INIT;
		struct pin pin = PIN_INIT;

		check_devices(p, ret);
		libvirt_legacy_check(&p->guest, ret);
		identity_check_tables(&p->guest, GIVES, "libvirt", ret);
		/* what is too much for QEMU is too much for libvirt, which runs it */
		if (qemu_machine_args(&p->guest, p, QEMU_RUN_SERVICE, &args, &failure) < 0 ||
		    pin_from_partition(p, &pin, &failure) < 0)
			report_add(ret, FINDING_ERROR, p->guest.name, "%s", failure.msg);
		if (p->cache_ways && !way_size(plan, p))
			report_remedy(report_add(ret, FINDING_WARNING, p->guest.name,
						 "its share of the cache is not written down: the "
						 "profile does not say how large a way is"),
				      "profile the host again where it will run");
	}
}

const struct target target_libvirt = {
	.name = "libvirt",
	.summary = "QEMU under libvirt: domain XML",
	.offers = &offers,
	.gives = GIVES,
	.prepares = PREPARE_PROCESSORS | PREPARE_PAGES | PREPARE_CACHE | PREPARE_VFIO | PREPARE_BRIDGES,
	.check = check,
	.emit = emit,
	.launch = libvirt_launch,
	.status = libvirt_status,
	.console = libvirt_console,
	.stop = libvirt_stop,
	.agent = libvirt_agent,
	.screen = libvirt_screen,
	.forget = libvirt_forget,
};
