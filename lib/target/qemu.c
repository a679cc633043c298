// SPDX-License-Identifier: GPL-2.0-or-later
/* Target qemu: QEMU on a Linux host, with KVM where that works. */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "lib/acpi_table.h"
#include "lib/base/alloc.h"
#include "lib/pin.h"
#include "lib/preparation.h"
#include "lib/qemu_machine.h"
#include "lib/target/host_devices.h"
#include "lib/target/qemu_life.h"
#include "lib/target/qemu_offers.h"
#include "lib/target/target.h"

enum {
	GIVES = IDENTITY_UUID | IDENTITY_SMBIOS | IDENTITY_MAC | IDENTITY_DISK_SERIAL | IDENTITY_SLIC |
		IDENTITY_MSDM,
};

/* Everything that QEMU has. */
static const struct machine_model offers = { .cost = {
	QEMU_OFFERS_BESIDE_FIRMWARE,
	[DIM_FIRMWARE] = { QEMU_OFFERS_FIRMWARE, [FIRMWARE_KERNEL] = 2 },
	[DIM_DISK] = { QEMU_OFFERS_DISKS, [DISK_NVME] = 8 },
} };

static void check_guest(const struct partition *p, struct report *ret)
{
	struct strv args CLEANUP_STRV = STRV_INIT;
	struct error failure CLEANUP_ERROR = ERROR_INIT;
	static const char *const kinds[] = { "serial", "pci", "nic", "parallel", "usb", NULL };

	check_host_devices(p, "QEMU", kinds, ret);
	if (guest_is_arm(&p->guest))
		report_remedy(report_add(ret, FINDING_ERROR, p->guest.name,
					 "the machine of this target is a PC, and its programs are for arm64"),
			      "choose target eve, and a host with such processors");
	if (qemu_machine_args(&p->guest, p, QEMU_RUN_SERVICE, &args, &failure) < 0)
		report_add(ret, FINDING_ERROR, p->guest.name, "%s", failure.msg);
	check_networks(p, "on a network of QEMU's own, goes out as the host does, also to what listens on the "
			  "host's loopback, and nothing outside reaches it",
		       CHECK_NETWORKS_ASK, ret);
	if (p->cache_ways)
		report_remedy(report_add(ret, FINDING_WARNING, p->guest.name,
					 "its share of the cache is not enforced by QEMU"),
			      "'rehost launch --prepare' has the host's kernel do it, in a group of resctrl");
}

static void check(const struct plan *plan, struct report *ret)
{
	check_partitioning(plan, "QEMU", ret);
	for (size_t i = 0; i < plan->n_partitions; i++)
		check_guest(&plan->partitions[i], ret);
}

/* Takes @text over. */
static void add_file(struct fileset *ret, const struct partition *p, const char *name, char *text)
{
	CLEANUP_FREE char *path = xasprintf("%s/%s", p->guest.name, name);

	fileset_add(ret, path, text, strlen(text), false);
}

static int emit(const struct plan *plan, struct fileset *ret, struct error *err)
{
	for (size_t i = 0; i < plan->n_partitions; i++) {
		const struct partition *p = &plan->partitions[i];
		struct strv args CLEANUP_STRV = STRV_INIT;
		struct pin pin = PIN_INIT;

		if (qemu_machine_args(&p->guest, p, QEMU_RUN_SERVICE, &args, err) < 0 ||
		    pin_from_partition(p, &pin, err) < 0)
			return -1;
		add_file(ret, p, "qemu.args", qemu_args_to_text(&args));
		add_file(ret, p, PIN_FILE, pin_to_text(&pin));
		acpi_tables_of(&p->guest, GIVES, p->guest.name, ret);
	}
	return 0;
}

const struct target target_qemu = {
	.name = "qemu",
	.summary = "QEMU on Linux, with KVM where that works",
	.offers = &offers,
	.gives = GIVES,
	.prepares = PREPARE_PROCESSORS | PREPARE_PAGES | PREPARE_CACHE | PREPARE_GROUPS | PREPARE_VFIO |
		    PREPARE_BRIDGES,
	.check = check,
	.emit = emit,
	.launch = qemu_launch,
	.status = qemu_status,
	.console = qemu_console,
	.stop = qemu_stop,
	.agent = qemu_agent,
	.screen = qemu_screen,
	.share_screen = qemu_share_screen,
};
