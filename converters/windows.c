// SPDX-License-Identifier: GPL-2.0-or-later
/* Windows from 2000 to 11: what it can be taught, and the order in which it is done. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "converters/windows.h"
#include "converters/windows_bridge.h"
#include "lib/base/alloc.h"

static int bid(const struct inspected_system *sys)
{
	return strcmp(sys->family, "windows") == 0 && sys->windows && sys->windows->major != 4 ? 90 : 0;
}

static struct driver_system who(const struct windows *w)
{
	return (struct driver_system){ w->arch, w->major, w->minor, w->build, w->server, w->sha2 };
}

/* Its own drivers are surer than those that somebody offers; either are paid once. */
static void can_add(const struct inspection *in, const struct inspected_system *sys,
		    struct machine_model *ret)
{
	enum { COST_IN_BOX = 3, COST_OFFERED = 5 };
	const struct windows *w = sys->windows;
	struct hive system CLEANUP_HIVE = HIVE_INIT;
	struct driver_system system_of = who(w);

	windows_firmware_can_add(sys, ret);
	if (!w->system.data ||
	    hive_open(&system, "SYSTEM", w->system.data, w->system.len, HIVE_READ, NULL) < 0)
		return;
	for (size_t i = 0; i < n_windows_devices; i++) {
		const struct windows_device *d = &windows_devices[i];
		uint8_t *cost = &ret->cost[d->dim][d->value];
		struct driver found CLEANUP_DRIVER = DRIVER_INIT;

		if (d->dim == DIM_DISK && windows_own_bus(w, &system, d->value))
			*cost = COST_IN_BOX;
		else if (!*cost && in->drivers && (d->dim == DIM_DISK || d->dim == DIM_NIC) &&
			 driver_set_find(in->drivers, &system_of, d->ids, &found, NULL) == 1)
			*cost = COST_OFFERED;
	}
}

static void look_at_drivers(const struct inspection *in, struct inspected_system *sys)
{
	struct windows_edit e CLEANUP_WINDOWS_EDIT = {
		.w = sys->windows, .offered = in->drivers, .who = who(sys->windows),
		.system = HIVE_INIT, .software = HIVE_INIT, .files = STRV_INIT, .nics = STRV_INIT,
		.notes = &sys->findings,
	};
	struct error hostile CLEANUP_ERROR = ERROR_INIT;

	if (windows_choose_drivers(&e, &hostile) < 0)
		report_remedy(report_add(&sys->findings, FINDING_ERROR, "drivers", "%s", hostile.msg), "%s",
			      hostile.hint);
}

static const char *obstacle(const struct inspection *in, const struct inspected_system *sys,
			    enum firmware value)
{
	(void)in;
	return value == FIRMWARE_UEFI ? windows_uefi_obstacle(sys) : NULL;
}

int windows_edit_begin(struct windows_edit *e, const struct conversion *conv, struct error *err)
{
	const struct windows *w = conv->sys->windows;

	*e = (struct windows_edit){
		.conv = conv, .w = w, .offered = conv->in->drivers, .who = who(w),
		.system = HIVE_INIT, .software = HIVE_INIT, .files = STRV_INIT, .nics = STRV_INIT,
		.notes = &conv->sys->findings,
	};
	for (size_t i = 0; i < w->files.n; i++)
		strv_add(&e->files, w->files.v[i]);
	if (hive_open(&e->system, "SYSTEM", w->system.data, w->system.len, HIVE_WRITE, err) < 0)
		return -1;
	return hive_open(&e->software, "SOFTWARE", w->software.data, w->software.len, HIVE_WRITE, err);
}

void windows_edit_end(struct windows_edit *e)
{
	for (size_t i = 0; i < e->n_puts; i++) {
		free(e->puts[i].path);
		free(e->puts[i].data);
		free(e->puts[i].why);
	}
	for (size_t i = 0; i < e->n_drivers; i++)
		driver_clear(&e->drivers[i]);
	free(e->puts);
	free(e->drivers);
	for (size_t i = 0; e->cabinets && i < e->w->cabinets.n; i++)
		free(e->cabinets[i].data);
	free(e->cabinets);
	strv_clear(&e->files);
	strv_clear(&e->whole);
	strv_clear(&e->lacking);
	strv_clear(&e->nics);
	hive_close(&e->system);
	hive_close(&e->software);
}

/* Whoever knows only what the devices are called shall know why they are these. */
static void tell_devices(const struct windows_edit *e)
{
	const struct negotiation *a = e->conv->answer;
	const char *disk = model_value_name(DIM_DISK, (unsigned int)a->value[DIM_DISK]);
	const char *nic = model_value_name(DIM_NIC, (unsigned int)a->value[DIM_NIC]);

	if (!e->offered)
		report_remedy(report_add(e->notes, FINDING_NOTE, "drivers",
					 "none were offered: it runs on disk %s and network card %s, "
					 "which it can drive by itself", disk, nic),
			      "offer the virtio-win ISO image with --drivers for faster devices");
	if (a->value[DIM_NIC] == NIC_NONE)
		report_remedy(report_add(e->notes, FINDING_WARNING, "network",
					 "it has a driver for none of the target's network cards: it "
					 "gets none"),
			      "offer a driver with --drivers");
	for (size_t i = 0; i < e->n_drivers; i++)
		report_add(e->notes, FINDING_NOTE, e->drivers[i].name, "taken from %s, %s, version %s",
			   e->drivers[i].source, e->drivers[i].inf,
			   e->drivers[i].version ? e->drivers[i].version : "not said");
}

int windows_edit_all(struct windows_edit *e, struct error *err)
{
	if (windows_choose_drivers(e, err) < 0 || windows_register_drivers(e, err) < 0 ||
	    windows_stage_drivers(e, err) < 0 || windows_fallbacks(e, err) < 0 ||
	    windows_check_disk(e, err) < 0 || windows_killers(e, err) < 0)
		return -1;
	e->oracle = windows_wants_oracle(e);
	tell_devices(e);
	return 0;
}

static void take_serials(const struct conversion *conv, struct guest *ret)
{
	for (size_t i = 0; i < conv->machine->n_serials; i++) {
		const struct machine_serial *s = &conv->machine->serials[i];
		struct guest_serial *serial = APPEND(ret->serials, ret->n_serials);

		*serial = (struct guest_serial){ xstrdup(s->name), s->port, s->irq };
	}
}

/* The desktop settles; the service of the first boot says more, once. */
static void set_life(const struct windows_edit *e, struct guest *ret)
{
	enum { DESKTOP_SECONDS = 900 };

	ret->acpi = e->conv->sys->acpi != NULL;
	ret->life = (struct guest_life){ LIFE_SCREEN, xstrdup(e->conv->console ? "rehost: first boot"
									     : ""),
					 DESKTOP_SECONDS };
}

static int convert(struct conversion *conv, struct guest *ret, struct error *err)
{
	struct windows_edit e CLEANUP_WINDOWS_EDIT = { .conv = NULL };

	if (windows_edit_begin(&e, conv, err) < 0)
		return -1;
	set_life(&e, ret);
	take_serials(conv, ret);
	if (windows_fetch_in_box(&e, err) < 0 || windows_edit_all(&e, err) < 0 ||
	    windows_network(&e, ret, err) < 0 || windows_first_boot(&e, ret, err) < 0)
		return -1;
	ret->oracle = e.oracle;
	windows_list_drivers(&e, ret);
	/* takes the loader from the system volume, which writing unmounts */
	if (windows_firmware_bridge(conv, ret, err) < 0)
		return -1;
	return windows_write(&e, ret, err);
}

const struct converter converter_windows = {
	.name = "windows",
	.summary = "Windows from 2000 to 11, 32 and 64 bit",
	.hint = "offer drivers with --drivers: the virtio-win ISO image, or a folder of drivers",
	.bid = bid,
	.can_add = can_add,
	.obstacle = obstacle,
	.look_at_drivers = look_at_drivers,
	.convert = convert,
};
