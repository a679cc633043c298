// SPDX-License-Identifier: GPL-2.0-or-later
/* Old systems under libvirt: geometry and sound; addresses of ISA cards cannot be said there. */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "lib/qemu_legacy.h"
#include "lib/target/libvirt_devices.h"
#include "lib/target/libvirt_legacy.h"

void libvirt_legacy_geometry(const struct guest *g, size_t i, struct xml_out *x)
{
	const struct guest_disk *d = &g->disks[i];

	if (!g->legacy.present || !qemu_legacy_plain_geometry(d))
		return;
	xml_open(x, "geometry");
	xml_attr(x, "cyls", "%" PRIu64, d->cylinders);
	xml_attr(x, "heads", "%" PRIu64, d->heads);
	xml_attr(x, "secs", "%" PRIu64, d->sectors);
	xml_attr(x, "trans", "none");
	xml_close(x);
}

void libvirt_legacy_devices(const struct guest *g, struct xml_out *x)
{
	if (g->legacy.sound)
		libvirt_put(x, "sound", "model", g->legacy.sound);
}

void libvirt_legacy_check(const struct guest *g, struct report *ret)
{
	const struct guest_legacy *l = &g->legacy;

	for (size_t i = 0; i < g->n_disks; i++)
		if (g->disks[i].heads && !qemu_legacy_plain_geometry(&g->disks[i]))
			report_remedy(report_add(ret, FINDING_WARNING, g->name,
						 "libvirt cannot give disk %zu %" PRIu64 " heads: the BIOS "
						 "chooses them", i, g->disks[i].heads),
				      "choose the target qemu if its programs count sectors themselves");
	if (l->sound && l->sound_port && l->sound_port != 0x220)
		report_add(ret, FINDING_WARNING, g->name,
			   "libvirt puts the sound card at 0x220, not at 0x%" PRIx64, l->sound_port);
	qemu_legacy_check_ne2k(g, "libvirt", ret);
	if (l->floppy)
		report_add(ret, FINDING_NOTE, g->name, "under libvirt it has no empty floppy drive");
	for (size_t i = 0; i < g->n_parallels; i++)
		if (g->parallels[i].port && g->parallels[i].port != 0x378)
			report_add(ret, FINDING_WARNING, g->name,
				   "libvirt puts the first printer port at 0x378, not at 0x%" PRIx64,
				   g->parallels[i].port);
}
