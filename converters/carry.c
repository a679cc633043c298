// SPDX-License-Identifier: GPL-2.0-or-later
/* Systems that are carried unchanged: their machine gets the parts, limits and addresses of the old PC. */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "converters/carry.h"
#include "lib/base/alloc.h"
#include "lib/base/size.h"
#include "lib/old_parts.h"
#include "lib/old_system.h"
#include "lib/qemu_legacy.h"

enum { SECTOR = 512, CYLINDERS_MAX = 1024, HEADS_MAX = 255, SECTORS_MAX = 63, SCREEN_SECONDS = 120 };

int carry_bid(const struct inspected_system *sys, const char *family)
{
	enum { SURE = 80 };

	return sys->old && strcmp(sys->family, family) == 0 ? SURE : 0;
}

void carry_nothing(const struct inspection *in, const struct inspected_system *sys,
		   struct machine_model *ret)
{
	(void)in;
	(void)sys;
	(void)ret;
}

/* What the operator asked for stays as it is, and what speaks against it is said. */
static void warn_of_wish(const char *what, const struct guest_family *row, const char *bound, uint64_t n,
			 const char *unit, const char *option, struct guest *ret)
{
	report_remedy(report_add(&ret->findings, FINDING_WARNING, what, "%s %s %" PRIu64 "%s: it gets what was asked "
				 "for all the same", row->name, bound, n, unit),
		      "leave %s away if it does not start", option);
}

/* More memory than a system knows makes some fail at their start; less lets none start. */
static void fit_memory(const struct conversion *conv, struct guest *ret)
{
	const struct guest_family *row = conv->sys->old->row;
	uint64_t max = (uint64_t)row->memory_max << 20, min = (uint64_t)row->memory_min << 20;

	if (conv->memory_asked) {
		if (ret->memory > max)
			warn_of_wish("memory", row, "bears at most", row->memory_max, " MiB", "--memory", ret);
		if (ret->memory < min)
			warn_of_wish("memory", row, "needs", row->memory_min, " MiB", "--memory", ret);
		return;
	}
	if (ret->memory > max) {
		report_add(&ret->findings, FINDING_NOTE, "memory",
			   "%s bears %" PRIu32 " MiB at most: it gets that", row->name, row->memory_max);
		ret->memory = max;
	}
	if (ret->memory < min) {
		report_add(&ret->findings, FINDING_WARNING, "memory",
			   "%s needs %" PRIu32 " MiB: it gets that", row->name, row->memory_min);
		ret->memory = min;
	}
}

static void fit_processors(const struct conversion *conv, struct guest *ret)
{
	const struct guest_family *row = conv->sys->old->row;

	if (ret->vcpus <= row->vcpus)
		return;
	if (conv->sys->old->multi) {
		report_add(&ret->findings, FINDING_NOTE, "processors",
			   "its kernel and its HAL (%s) are for several processors: it gets %" PRIu64,
			   conv->sys->old->hal->file, ret->vcpus);
		return;
	}
	if (conv->vcpus_asked) {
		warn_of_wish("processors", row, "uses at most", row->vcpus, "", "--vcpus", ret);
		return;
	}
	report_add(&ret->findings, FINDING_NOTE, "processors", "%s uses %" PRIu32 " at most", row->name, row->vcpus);
	ret->vcpus = row->vcpus;
}

/* How the first sectors of a disk say that it was divided: its volume that is started from, or its table. */
struct divided {
	uint32_t heads, sectors;
};

static struct divided divided(const struct conversion *conv, size_t i)
{
	const struct old_system *old = conv->sys->old;
	const struct inspected_disk *d = &conv->in->disks[i];

	return i == 0 && old->heads && old->sectors ? (struct divided){ old->heads, old->sectors }
						    : (struct divided){ d->heads, d->sectors };
}

/* Its BIOS counted otherwise than what divided the disk: both were used by its programs. */
static void compare_geometry(const struct guest_disk *d, struct divided by, struct report *ret)
{
	if (by.heads && by.sectors && (by.heads != d->heads || by.sectors != d->sectors))
		report_add(ret, FINDING_NOTE, d->file, "the BIOS of the old PC divided it by %" PRIu64
			   " heads and %" PRIu64 " sectors, its partition table by %" PRIu32 " and %" PRIu32
			   ": it gets what the BIOS told", d->heads, d->sectors, by.heads, by.sectors);
}

/* What the old BIOS told: programs and partition tables have counted in it ever since. */
static void fit_geometry(const struct conversion *conv, size_t i, struct guest *ret)
{
	struct guest_disk *d = &ret->disks[i];
	const struct machine_bios_disk *told = machine_bios_disk(conv->machine, d->size);
	struct divided by = divided(conv, i);

	if (told && told->heads <= HEADS_MAX) {
		d->cylinders = told->cylinders;
		d->heads = told->heads;
		d->sectors = told->sectors;
		compare_geometry(d, by, &ret->findings);
		return;
	}
	if (!by.heads || !by.sectors || by.heads > HEADS_MAX || by.sectors > SECTORS_MAX) {
		report_remedy(report_add(&ret->findings, FINDING_WARNING, d->file,
					 "how the old BIOS divided it is on no record: the new one chooses"),
			      "compare what a program in the guest says of its heads and sectors with the old PC");
		return;
	}
	d->heads = by.heads;
	d->sectors = by.sectors;
	d->cylinders = MAX(MIN(d->size / SECTOR / (d->heads * d->sectors), (uint64_t)CYLINDERS_MAX), (uint64_t)1);
}

/* The three numbers of int 13h reach no further, whatever the BIOS says of heads. */
static void warn_of_size(const struct guest_disk *d, const struct guest_family *row, struct report *ret)
{
	static const uint64_t reach = (uint64_t)CYLINDERS_MAX * HEADS_MAX * SECTORS_MAX * SECTOR;
	CLEANUP_FREE char *size = format_size(d->size), *first = format_size(reach);

	if (row->disk_access && strcmp(row->disk_access, "int13-chs") == 0 && d->size > reach)
		report_remedy(report_add(ret, FINDING_WARNING, d->file,
					 "%s counts %d cylinders at most: of %s it reaches the first %s", row->name,
					 CYLINDERS_MAX, size, first),
			      "nothing is lost: what lies behind that is of another system, or of a disk manager that the "
			      "boot record starts; look at it in the trial");
}

/* QEMU's ISA cards are none of Plug and Play. @port: as the system's settings have it, 0: they do not say */
static void note_isa(const struct guest_family *row, const char *what, uint64_t port, struct qemu_isa_place at,
		     struct report *ret)
{
	CLEANUP_FREE char *place = xasprintf("0x%" PRIx64 ", interrupt %" PRIu64, at.port, at.irq);

	if (!row->isa)
		return;
	if (strcmp(row->isa, "pnp") == 0)
		report_remedy(report_add(ret, FINDING_NOTE, what,
					 "%s finds Plug and Play cards by itself, and the one that it gets is none", row->name),
			      "if it is not there already, add it by hand in the hardware wizard, at %s", place);
	else if (port != at.port)
		report_remedy(report_add(ret, FINDING_WARNING, what,
					 "where its card is was not found in its settings: the one that it gets is at %s", place),
			      "set its driver to that");
}

/* A card that is on record, and for which nothing is set up that could be given. */
static void note_sound(const struct machine *m, const struct guest_family *row, struct guest *ret)
{
	for (size_t i = 0; i < m->n_ports && !ret->legacy.sound; i++)
		if (m->ports[i].kind && strcmp(m->ports[i].kind, "audio") == 0)
			report_remedy(report_add(&ret->findings, FINDING_WARNING, "sound",
						 "the old PC has the sound card %s, and the guest gets none", m->ports[i].name),
				      strcmp(row->sound, "none") == 0
					      ? "no card that can be had is known for %s"
					      : "where a program of %s needs one, set it up there (SET BLASTER) and convert "
						"a capture of that", row->name);
}

static void fit_machine(const struct conversion *conv, struct guest *ret)
{
	const struct old_system *old = conv->sys->old;
	const struct guest_family *row = old->row;
	struct guest_legacy *l = &ret->legacy;
	const char *ticks = old_system_ticks(old);

	*l = (struct guest_legacy){
		.present = true,
		.acpi = row->acpi,
		.floppy = row->geometry,
		.cpu = xstrdup(row->cpu),
		.stop = xstrdup(row->stop),
		.disk_access = row->disk_access ? xstrdup(row->disk_access) : NULL,
		.ticks = ticks ? xstrdup(ticks) : NULL,
	};
	for (size_t i = 0; i < ret->n_disks; i++)
		warn_of_size(&ret->disks[i], row, &ret->findings);
	for (size_t i = 0; row->geometry && i < ret->n_disks && i < conv->in->n_disks; i++)
		fit_geometry(conv, i, ret);
	if (strcmp(row->sound, "none") != 0 && (old->blaster || strcmp(row->sound, "sb16") != 0)) {
		l->sound = xstrdup(row->sound);
		l->sound_port = old->sound_port;
		l->sound_irq = old->sound_irq;
		l->sound_dma = old->sound_dma;
	}
	if (l->sound && strcmp(l->sound, "sb16") == 0)
		note_isa(row, "sound", l->sound_port, qemu_isa_sound(l), &ret->findings);
	note_sound(conv->machine, row, ret);
	ret->spins = row->spins && !old->idles;
	if (ret->spins)
		report_remedy(report_add(&ret->findings, FINDING_NOTE, "processor",
					 "it waits by running in circles, and takes a whole thread of the host"),
			      "programs like DOSIDLE, FDAPM or Rain halt the processor instead; nothing is "
			      "installed by rehost");
}

/* Loops that were counted out on the old processor end too early on any of today. */
static void note_speed(const struct machine *m, struct guest *ret)
{
	uint32_t mhz = m->n_threads ? MAX(m->threads[0].max_mhz, m->threads[0].base_mhz) : 0;

	if (!mhz)
		return;
	report_remedy(report_add(&ret->findings, FINDING_NOTE, "processor",
				 "the old PC ran at %" PRIu32 " MHz: programs that wait by counting loops wait "
				 "for a shorter time now", mhz),
		      "if one fails with a division by zero or its timing, convert again with --cpu-quota PERCENT");
}

/* Loops that are timed at its start divide by zero on a processor that is too fast; a quota is too coarse for that. */
static void warn_of_speed(const struct guest_family *row, struct guest *ret)
{
	if (row->mhz_max)
		report_remedy(report_add(&ret->findings, FINDING_WARNING, "processor",
					 "processors faster than %" PRIu32 " MHz are known to stop releases of %s at their start",
					 row->mhz_max, row->name),
			      "patcher9x (github.com/JHRobotics/patcher9x) mends it: put it on a copy if the trial stops "
			      "with a protection error");
}

static void take_nics(const struct conversion *conv, struct guest *ret)
{
	const struct machine *m = conv->machine;
	unsigned int model = (unsigned int)conv->answer->value[DIM_NIC];

	if (model == NIC_NONE) {
		if (m->n_nics)
			report_add(&ret->findings, FINDING_WARNING, "network",
				   "the old PC has a card, but no driver for one that can be had was found: "
				   "the guest gets none");
		return;
	}
	for (size_t i = 0; i < m->n_nics && (i == 0 || model != NIC_NE2K_ISA); i++) {
		struct guest_nic *nic;

		if (!m->nics[i].mac)
			continue;
		nic = APPEND(ret->nics, ret->n_nics);
		*nic = (struct guest_nic){ .mac = xstrdup(m->nics[i].mac),
					   .name = m->nics[i].name ? xstrdup(m->nics[i].name) : NULL };
		if (model == NIC_NE2K_ISA) {
			nic->port = conv->sys->old->nic_port;
			nic->irq = conv->sys->old->nic_irq;
			note_isa(conv->sys->old->row, "network", nic->port, qemu_isa_nic(nic), &ret->findings);
		}
	}
}

static void take_ports(const struct machine *m, struct guest *ret)
{
	for (size_t i = 0; i < m->n_serials; i++)
		*APPEND(ret->serials, ret->n_serials) = (struct guest_serial){
			xstrdup(m->serials[i].name), m->serials[i].port, m->serials[i].irq };
	for (size_t i = 0; i < m->n_ports; i++) {
		const struct machine_port *p = &m->ports[i];

		if (p->kind && strcmp(p->kind, "parallel") == 0)
			*APPEND(ret->parallels, ret->n_parallels) = (struct guest_parallel){
				xstrdup(p->name), p->port, p->irq > 0 ? (uint64_t)p->irq : 0 };
	}
	/* every PC of that time had one, and DOS programs print to it without asking */
	if (!ret->n_parallels)
		*APPEND(ret->parallels, ret->n_parallels) =
			(struct guest_parallel){ xstrdup("LPT1"), 0x378, 7 };
}

static void warn_of_stop(const struct guest_family *row, struct guest *ret)
{
	report_remedy(report_add(&ret->findings, FINDING_WARNING, "stop", row->acpi
				 ? "whether it hears a power button is not known: it is stopped by '%s', and its file "
				   "systems may be dirty then"
				 : "it does not hear a power button: it is stopped by '%s', and its file systems "
				   "may be dirty then", ret->legacy.stop),
		      "stop its programs by hand first, or leave it running");
	if (ret->device[DIM_DISK] == DISK_AHCI)
		report_add(&ret->findings, FINDING_NOTE, "disk",
			   "its disk is on AHCI: reached through the BIOS (int 13h) or a driver of its own, "
			   "never as plain IDE");
}

int carry_system(struct conversion *conv, struct guest *ret, struct error *err)
{
	(void)err;
	fit_memory(conv, ret);
	fit_processors(conv, ret);
	fit_machine(conv, ret);
	note_speed(conv->machine, ret);
	warn_of_speed(conv->sys->old->row, ret);
	take_nics(conv, ret);
	take_ports(conv->machine, ret);
	warn_of_stop(conv->sys->old->row, ret);
	old_parts_report(ret, conv->ports, ret->target, ret->name, &ret->findings);
	ret->acpi = false;
	ret->life = (struct guest_life){ LIFE_SCREEN, xstrdup(""), SCREEN_SECONDS };
	return 0;
}
