// SPDX-License-Identifier: GPL-2.0-or-later
/* Old systems under libvirt: geometry and sound; addresses of ISA cards cannot be said there. */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "lib/target/libvirt_devices.h"
#include "lib/target/libvirt_legacy.h"

/* libvirt tells the drive's own geometry, which a BIOS hands on untranslated up to these numbers. */
static bool has_plain_geometry(const struct guest_legacy *l)
{
	enum { CYLINDERS_MAX = 1024, HEADS_MAX = 16, SECTORS_MAX = 63 };

	return l->heads && l->cylinders <= CYLINDERS_MAX && l->heads <= HEADS_MAX && l->sectors <= SECTORS_MAX;
}

void libvirt_legacy_geometry(const struct guest *g, size_t i, struct xml_out *x)
{
	const struct guest_legacy *l = &g->legacy;

	if (!g->disks[i].boot || !has_plain_geometry(l))
		return;
	xml_open(x, "geometry");
	xml_attr(x, "cyls", "%" PRIu64, l->cylinders);
	xml_attr(x, "heads", "%" PRIu64, l->heads);
	xml_attr(x, "secs", "%" PRIu64, l->sectors);
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

	if (l->heads && !has_plain_geometry(l))
		report_remedy(report_add(ret, FINDING_WARNING, g->name,
					 "libvirt cannot give its disk %" PRIu64 " heads: the BIOS chooses them",
					 l->heads),
			      "choose the target qemu if its programs count sectors themselves");
	if (l->sound && l->sound_port && l->sound_port != 0x220)
		report_add(ret, FINDING_WARNING, g->name,
			   "libvirt puts the sound card at 0x220, not at 0x%" PRIx64, l->sound_port);
	for (size_t i = 0; i < g->n_nics && g->device[DIM_NIC] == NIC_NE2K_ISA; i++)
		if (g->nics[i].port && (g->nics[i].port != 0x300 || g->nics[i].irq != 9))
			report_remedy(report_add(ret, FINDING_WARNING, g->name,
						 "libvirt puts the network card at 0x300, interrupt 9, not at 0x%"
						 PRIx64 ", interrupt %" PRIu64, g->nics[i].port, g->nics[i].irq),
				      "set its driver to that, or choose the target qemu");
	if (l->floppy)
		report_add(ret, FINDING_NOTE, g->name, "under libvirt it has no empty floppy drive");
	for (size_t i = 0; i < g->n_parallels; i++)
		if (g->parallels[i].port && g->parallels[i].port != 0x378)
			report_add(ret, FINDING_WARNING, g->name,
				   "libvirt puts the first printer port at 0x378, not at 0x%" PRIx64,
				   g->parallels[i].port);
}
