// SPDX-License-Identifier: GPL-2.0-or-later
/* Target acrn: the ACRN hypervisor and its device model. */
#include "config.h"

#include "lib/base/alloc.h"
#include "lib/identity.h"
#include "lib/target/acrn.h"
#include "lib/target/acrn_life.h"
#include "lib/target/acrn_tools.h"
#include "lib/target/target.h"

/*
 * What acrn-dm has: its own OVMF or a kernel that is handed over, no BIOS and no VGA. Its firmware is
 * built for 64 bits only; a kernel of 32 bits starts by itself.
 */
const struct machine_model acrn_offers = { .cost = {
	[DIM_WORD] = { [WORD_32] = 1, [WORD_64] = 1 },
	[DIM_FIRMWARE] = { [FIRMWARE_UEFI] = 1, [FIRMWARE_KERNEL] = 2 },
	[DIM_DISK] = { [DISK_VIRTIO_BLK] = 1, [DISK_AHCI] = 10 },
	[DIM_NIC] = { [NIC_NONE] = 2, [NIC_VIRTIO] = 1 },
	/* a screen is a window of the Service VM's desktop: whoever has one there asks for it */
	[DIM_DISPLAY] = { [DISPLAY_NONE] = 1, [DISPLAY_VIRTIO_GPU] = 150 },
	[DIM_INPUT] = { [INPUT_PS2] = 1, [INPUT_NONE] = 2 },
	[DIM_SERIAL] = { [SERIAL_16550A] = 1 },
	[DIM_CLOCK] = { [RTC_UTC] = 1, [RTC_LOCALTIME] = 20 },
} };

static void check_layout(const struct acrn_layout *l, struct report *ret)
{
	acrn_check_host(l, ret);
	acrn_check_guests(l, ret);
	acrn_check_cpus(l, ret);
	acrn_check_memory(l, ret);
	acrn_check_devices(l, ret);
	acrn_check_links(l, ret);
	acrn_check_cache(l, ret);
}

static void check(const struct plan *plan, struct report *ret)
{
	struct acrn_layout l CLEANUP_ACRN_LAYOUT = ACRN_LAYOUT_INIT;

	acrn_layout_make(&l, plan);
	check_layout(&l, ret);
}

static int emit(const struct plan *plan, struct fileset *ret, struct error *err)
{
	struct acrn_layout l CLEANUP_ACRN_LAYOUT = ACRN_LAYOUT_INIT;
	struct report findings CLEANUP_REPORT = REPORT_INIT;
	const struct finding *wrong;

	acrn_layout_make(&l, plan);
	check_layout(&l, &findings);
	wrong = report_first_error(&findings);
	if (wrong)
		return error_set(err, ERR_REFUSED, "%s: %s", wrong->subject, wrong->text);
	if (acrn_emit_scenario(&l, ret, err) < 0 || acrn_emit_board(&l, ret, err) < 0 ||
	    acrn_emit_units(&l, ret, err) < 0 || acrn_emit_boot(&l, ret, err) < 0)
		return -1;
	return acrn_emit_report(&l, &findings, ret, err);
}

static const struct port_limits ports = { .no_parallel = true, .no_sound = true };

const struct target target_acrn = {
	.name = "acrn",
	.summary = "the ACRN hypervisor and its device model",
	.offers = &acrn_offers,
	.gives = ACRN_GIVES,
	.ports = &ports,
	.prepares = 0,	/* the files that start a guest do what it needs */
	.check = check,
	.emit = emit,
	.raw_disks = true,
	.judge = acrn_tools_judge,
	.launch = acrn_launch,
	.status = acrn_status,
	.console = acrn_console,
	.stop = acrn_stop,
	.forget = acrn_forget,
};
