// SPDX-License-Identifier: GPL-2.0-or-later
/* What only old systems need, as QEMU arguments: processor, geometry, sound, printer ports, floppy drive. */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/qemu_legacy.h"

const char *qemu_legacy_machine(const struct guest *g)
{
	return g->legacy.present && !g->legacy.acpi ? ",acpi=off" : "";
}

bool qemu_legacy_counts_ticks(const struct guest *g)
{
	if (g->legacy.present && g->legacy.ticks)
		return strcmp(g->legacy.ticks, "counter") != 0;
	return g->device[DIM_CLOCK] == RTC_LOCALTIME;
}

char *qemu_legacy_geometry(const struct guest *g, size_t i)
{
	const struct guest_disk *d = &g->disks[i];
	bool told = g->device[DIM_DISK] == DISK_IDE || g->device[DIM_DISK] == DISK_AHCI;

	if (!g->legacy.present || !d->heads || !told)
		return xstrdup("");
	return xasprintf(",lcyls=%" PRIu64 ",lheads=%" PRIu64 ",lsecs=%" PRIu64, d->cylinders, d->heads,
			 d->sectors);
}

static void add_printer_port(const struct guest *g, size_t i, const struct partition *p,
			     enum qemu_run run, struct strv *ret)
{
	const struct guest_parallel *port = &g->parallels[i];
	const struct partition_device *host =
		run == QEMU_RUN_SERVICE ? partition_device_of(p, "parallel", port->old) : NULL;

	strv_add(ret, "-chardev");
	if (host) {
		CLEANUP_FREE char *path = qemu_escape(host->host);

		strv_addf(ret, "parallel,id=parallel%zu,path=%s", i, path);
	} else if (run == QEMU_RUN_TRIAL) {
		strv_addf(ret, "file,id=parallel%zu,path=parallel%zu.log", i, i);
	} else {
		strv_addf(ret, "null,id=parallel%zu", i);
	}
	strv_add(ret, "-device");
	if (port->port && port->port <= 0xfff8 && port->irq && port->irq < 16)
		strv_addf(ret, "isa-parallel,chardev=parallel%zu,iobase=0x%" PRIx64 ",irq=%" PRIu64, i,
			  port->port, port->irq);
	else
		strv_addf(ret, "isa-parallel,chardev=parallel%zu,index=%zu", i, i);
}

/* Of QEMU's cards, where nothing else is asked for. */
static const struct qemu_isa_place usual_nic = { 0x300, 9 }, usual_sound = { 0x220, 5 };

struct qemu_isa_place qemu_isa_nic(const struct guest_nic *n)
{
	bool known = n->port && n->port <= 0xffe0 && n->irq && n->irq < 16;

	return known ? (struct qemu_isa_place){ n->port, n->irq } : usual_nic;
}

static bool sound_is_placed(const struct guest_legacy *l)
{
	return l->sound_port && l->sound_port < 0xfff0;
}

struct qemu_isa_place qemu_isa_sound(const struct guest_legacy *l)
{
	if (!sound_is_placed(l))
		return usual_sound;
	return (struct qemu_isa_place){ l->sound_port, l->sound_irq ? l->sound_irq : usual_sound.irq };
}

/* Its sound goes nowhere on a server, but the programs find their card. */
static void add_sound(const struct guest_legacy *l, const char *bus, struct strv *ret)
{
	struct qemu_isa_place place = qemu_isa_sound(l);

	strv_add_many(ret, "-audiodev", "none,id=audio0", "-device", NULL);
	if (strcmp(l->sound, "sb16") != 0)
		strv_addf(ret, "%s,audiodev=audio0,bus=%s,addr=0x%x",
			  strcmp(l->sound, "ac97") == 0 ? "AC97" : "ES1370", bus, QEMU_SLOT_SOUND);
	else if (sound_is_placed(l))
		strv_addf(ret, "sb16,audiodev=audio0,iobase=0x%" PRIx64 ",irq=%" PRIu64 ",dma=%" PRIu64,
			  place.port, place.irq, l->sound_dma ? l->sound_dma : 1);
	else
		strv_add(ret, "sb16,audiodev=audio0");
}

int qemu_add_legacy(const struct guest *g, const struct partition *p, enum qemu_run run,
		    const char *bus, struct strv *ret, struct error *err)
{
	if (g->n_parallels > QEMU_MAX_PARALLELS)
		return error_set(err, ERR_UNSUPPORTED, "%zu printer ports are more than the %d that fit",
				 g->n_parallels, QEMU_MAX_PARALLELS);
	for (size_t i = 0; i < g->n_parallels; i++)
		add_printer_port(g, i, p, run, ret);
	if (!g->legacy.present)
		return 0;
	if (g->legacy.sound)
		add_sound(&g->legacy, bus, ret);
	/* the older chipset brings its controller along; a second one would take its addresses */
	if (g->legacy.floppy && strcmp(bus, "pcie.0") == 0)
		strv_add_many(ret, "-device", "isa-fdc", NULL);
	if (g->legacy.floppy)
		strv_add_many(ret, "-device", "floppy,unit=0,drive-type=144", NULL);
	return 0;
}

bool qemu_legacy_plain_geometry(const struct guest_disk *d)
{
	enum { CYLINDERS_MAX = 1024, HEADS_MAX = 16, SECTORS_MAX = 63 };

	return d->heads && d->cylinders <= CYLINDERS_MAX && d->heads <= HEADS_MAX && d->sectors <= SECTORS_MAX;
}

void qemu_legacy_check_ne2k(const struct guest *g, const char *who, struct report *ret)
{
	for (size_t i = 0; i < g->n_nics && g->device[DIM_NIC] == NIC_NE2K_ISA; i++)
		if (g->nics[i].port && (g->nics[i].port != usual_nic.port || g->nics[i].irq != usual_nic.irq))
			report_remedy(report_add(ret, FINDING_WARNING, g->name,
						 "%s puts the network card at 0x%" PRIx64 ", interrupt %" PRIu64
						 ", not at 0x%" PRIx64 ", interrupt %" PRIu64, who, usual_nic.port,
						 usual_nic.irq, g->nics[i].port, g->nics[i].irq),
				      "set its driver to that, or choose the target qemu");
}
