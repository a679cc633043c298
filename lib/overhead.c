// SPDX-License-Identifier: GPL-2.0-or-later
/* Memory that a virtual machine takes besides its guest's, for each hypervisor. */
#include "config.h"

#include <string.h>

#include "lib/base/alloc.h"
#include "lib/machine.h"
#include "lib/overhead.h"

#define KIB (UINT64_C(1) << 10)
#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)

struct rule {
	const char *target;
	uint64_t fixed, per_cpu;	/* [bytes]                                        */
	uint64_t per_mib;		/* for each MiB of the guest             [bytes]  */
	uint64_t step;			/* the guest's memory is rounded up to this [bytes] */
	bool emulates;			/* falls back to emulation without vmx or svm     */
};

/*
 * qemu, libvirt: twice what was measured, as queues and caches grow with the load. QEMU 7.2.22 of Debian 12
 *   with a machine like those of tests/golden/qemu (VGA, one IDE disk, e1000 on user networking, a serial
 *   port; 512 MiB), 40 s into the boot of a Debian 12:
 *	qemu-system-x86_64 -nodefaults -no-user-config -display none -accel tcg,tb-size=64 -snapshot
 *	   -machine pc-i440fx-7.2 -smp 1 -m 512 -device VGA -drive file=disk.raw,if=none,id=d0
 *	   -device ide-hd,drive=d0 -netdev user,id=n0 -device e1000,netdev=n0,romfile= ...
 *   The "Rss:" of /proc/PID/smaps without the guest's memory and the translated code: 56 MiB; 60 MiB with
 *   pc-q35-7.2 and -smp 4. Of 16 MiB of video memory 4 and 2 were in use, so at most 68 and 74 MiB. A CPU
 *   is counted with the whole stack of its thread, 8 MiB. By arithmetic: page tables of both sides, 8
 *   bytes for each 4 KiB, twice. KVM's own memory was not measured.
 * acrn: memory comes in huge pages of 2 MiB. acrn-dm was not measured: it counts as QEMU.
 *   The hypervisor's 4 MiB for each guest: ACRN d61d98cf, misc/config_tools/library,
 *   acrn_config_utilities.py, VM_RAM_SIZE.
 * xen: QEMU in the control domain, as above; 1 MiB for each CPU and 8 KiB for each MiB of tables.
 *   Source: Xen 4.17, tools/libs/light, libxl_get_required_shadow_memory().
 * eve: what EVE itself adds before it lets a guest start.
 *   Source: EVE, pkg/pillar/hypervisor/kvm.go, estimatedVMMOverhead().
 */
static const struct rule rules[] = {
	{ "qemu", 128 * MIB, 8 * MIB, 4 * KIB, 1, true },
	{ "libvirt", 128 * MIB, 8 * MIB, 4 * KIB, 1, true },
	{ "acrn", 132 * MIB, 8 * MIB, 4 * KIB, 2 * MIB, false },
	{ "xen", 128 * MIB, 1 * MIB, 8 * KIB, 1, false },
	{ "eve", 370 * MIB, 3 * MIB, 26215, 1, false },
};

/* Source: QEMU 7.2, tcg/region.c: an eighth of the host's memory, at most 1 GiB. */
static uint64_t translated_code(const struct machine *host)
{
	uint64_t memory = host->usable ? host->usable : host->memory;

	return MIN(memory / 8, GIB);
}

static const struct rule *find_rule(const char *target)
{
	for (size_t i = 0; target && i < ARRAY_SIZE(rules); i++)
		if (strcmp(rules[i].target, target) == 0)
			return &rules[i];
	return &rules[0];
}

uint64_t overhead_of(const char *target, const struct machine *host, uint64_t memory,
		     uint64_t vcpus)
{
	const struct rule *r = find_rule(target);
	uint64_t bytes = r->fixed + r->per_cpu * vcpus + (memory + MIB - 1) / MIB * r->per_mib;

	bytes += (r->step - memory % r->step) % r->step;
	if (r->emulates && host->virtualization && strcmp(host->virtualization, "none") == 0)
		bytes += translated_code(host);
	return (bytes + MIB - 1) / MIB * MIB;
}
