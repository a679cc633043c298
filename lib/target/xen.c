// SPDX-License-Identifier: GPL-2.0-or-later
/* Target xen: an HVM domain of Xen, as an xl.cfg. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/base/alloc.h"
#include "lib/guest_net.h"
#include "lib/pin.h"
#include "lib/preparation.h"
#include "lib/qemu_machine.h"
#include "lib/target/guest_devices.h"
#include "lib/target/host_devices.h"
#include "lib/target/target.h"
#include "lib/target/xen_config.h"
#include "lib/target/xen_legacy.h"
#include "lib/target/xen_life.h"

/*
 * What Xen's own QEMU gives to HVM guests. A guest with Xen's drivers starts from the emulated disk
 * and goes over to its own driver; xl.cfg(5), xen-vbd-interface(7).
 */
static const struct machine_model offers = { .cost = {
	[DIM_WORD] = { [WORD_32] = 1, [WORD_64] = 1 },
	[DIM_FIRMWARE] = { [FIRMWARE_BIOS] = 1 },
	[DIM_DISK] = { [DISK_XEN] = 2, [DISK_AHCI] = 12, [DISK_LSI53C895A] = 25, [DISK_IDE] = 45 },
	[DIM_NIC] = {
		[NIC_NONE] = 1, [NIC_XEN] = 2, [NIC_E1000] = 12, [NIC_RTL8139] = 22,
		[NIC_PCNET] = 32, [NIC_NE2K_PCI] = 42, [NIC_NE2K_ISA] = 52 },
	[DIM_DISPLAY] = { [DISPLAY_VGA] = 1, [DISPLAY_CIRRUS] = 2 },
	[DIM_INPUT] = { [INPUT_PS2] = 1, [INPUT_USB] = 5 },
	[DIM_SERIAL] = { [SERIAL_16550A] = 1 },
	[DIM_CLOCK] = { [RTC_UTC] = 1, [RTC_LOCALTIME] = 1 },
} };

/* It hands a SLIC table over, but Xen's other tables do not name its maker: libacpi, build.c. */
enum { GIVES = IDENTITY_UUID | IDENTITY_MAC | IDENTITY_MSDM };

enum { DISKS_MAX = 4, MIB = 1 << 20 };

static void check_devices(const struct partition *p, struct report *ret)
{
	static const char *const kinds[] = { "serial", "pci", "nic", "parallel", NULL };
	const struct guest *g = &p->guest;

	check_model(g, &offers, "Xen", ret);
	if (g->n_disks > DISKS_MAX)
		report_add(ret, FINDING_ERROR, g->name, "%zu disks are more than the %d that Xen can "
			   "start from", g->n_disks, DISKS_MAX);
	if (g->n_disks && !g->disks[0].boot)
		report_remedy(report_add(ret, FINDING_ERROR, g->name, "Xen always starts from the first "
					 "disk, and its boot disk is another one"),
			      "choose target qemu or libvirt");
	if (g->n_serials > QEMU_MAX_SERIALS)
		report_add(ret, FINDING_ERROR, g->name, "%zu serial ports are more than the %d that "
			   "fit", g->n_serials, QEMU_MAX_SERIALS);
	if (g->n_parallels > QEMU_MAX_PARALLELS)
		report_add(ret, FINDING_ERROR, g->name, "%zu printer ports are more than the %d that fit",
			   g->n_parallels, QEMU_MAX_PARALLELS);
	check_host_devices(p, "Xen", kinds, ret);
}

/* What this target loses of a plan that others keep. */
static void check_losses(const struct partition *p, struct report *ret)
{
	const struct guest *g = &p->guest;

	if (p->memory % MIB)
		report_add(ret, FINDING_ERROR, g->name, "Xen counts memory in MiB, and its memory is "
			   "no whole number of them");
	if (g->vendor || g->product || g->serial)
		report_remedy(report_add(ret, FINDING_WARNING, g->name, "it does not see who made the "
					 "old PC: rehost writes no SMBIOS tables for Xen"),
			      "choose target qemu or libvirt if a licence looks there");
	identity_check_tables(g, GIVES, "Xen", ret);
	for (size_t i = 0; i < g->n_disks; i++)
		if (g->disks[i].serial) {
			report_add(ret, FINDING_WARNING, g->name, "it does not see the serial numbers "
				   "of its disks");
			break;
		}
	check_port_addresses(g, "Xen", ret);
	if (g->life.kind == LIFE_AGENT)
		report_add(ret, FINDING_WARNING, g->name, "it shows its life by an agent, which Xen cannot ask");
	if (p->class == CLASS_RT)
		report_add(ret, FINDING_NOTE, g->name, "it runs in a pool of processors of its own, "
			   "each of its processors alone on one");
}

/* What the host's own system must leave alone is said when Xen starts, not in a guest's file. */
static void advise_dom0(const struct plan *plan, struct report *ret)
{
	struct cpuset used = CPUSET_INIT;
	uint64_t first = 0;

	for (size_t i = 0; i < plan->n_partitions; i++) {
		struct cpuset cpus = CPUSET_INIT;

		if (cpulist_parse(plan->partitions[i].cpus, &cpus, NULL) == 0)
			for (uint32_t cpu = 0; cpu < CPU_MAX; cpu++)
				if (cpuset_has(&cpus, cpu))
					cpuset_add(&used, cpu);
	}
	while (first < CPU_MAX && !cpuset_has(&used, (uint32_t)first))
		first++;
	report_remedy(report_add(ret, FINDING_NOTE, "dom0", "the host's own system must leave to the "
				 "guests what is planned for them"),
		      "start Xen with: dom0_mem=%" PRIu64 "M,max:%" PRIu64 "M dom0_max_vcpus=%" PRIu64
		      " dom0_vcpus_pin", MAX(plan->host.reserve_memory / MIB, UINT64_C(1024)),
		      MAX(plan->host.reserve_memory / MIB, UINT64_C(1024)), MAX(first, UINT64_C(1)));
}

static void check(const struct plan *plan, struct report *ret)
{
	for (size_t i = 0; i < plan->n_partitions; i++) {
		struct error failure CLEANUP_ERROR = ERROR_INIT;
		struct pin pin = PIN_INIT;

		check_devices(&plan->partitions[i], ret);
		check_losses(&plan->partitions[i], ret);
		check_networks(&plan->partitions[i], "on the host's bridge '" GUEST_NET_BRIDGE "'",
			       "'rehost launch --prepare' makes the bridge; what lies behind it is for the host's "
			       "network configuration to say", ret);
		xen_legacy_check(&plan->partitions[i].guest, ret);
		if (pin_from_partition(&plan->partitions[i], &pin, &failure) < 0)
			report_add(ret, FINDING_ERROR, plan->partitions[i].guest.name, "%s",
				   failure.msg);
	}
	check_partitioning(plan, "Xen", ret);
	advise_dom0(plan, ret);
}

static int emit(const struct plan *plan, struct fileset *ret, struct error *err)
{
	for (size_t i = 0; i < plan->n_partitions; i++)
		if (xen_emit(&plan->partitions[i], ret, err) < 0)
			return -1;
	return 0;
}

const struct target target_xen = {
	.name = "xen",
	.summary = "an HVM domain of Xen: xl.cfg",
	.offers = &offers,
	/* Debian builds qemu-system-xen without zstd, with which the disks of a bundle are packed */
	.raw_disks = true,
	.gives = GIVES,
	.prepares = PREPARE_PCIBACK | PREPARE_BRIDGES | PREPARE_NET,
	.check = check,
	.emit = emit,
	.launch = xen_launch,
	.status = xen_status,
	.console = xen_console,
	.stop = xen_stop,
	.screen = xen_screen,
	.forget = xen_forget,
};
