// SPDX-License-Identifier: GPL-2.0-or-later
/* Linux systems: what they can be taught, and the order in which it is done. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "converters/linux.h"
#include "lib/base/alloc.h"
#include "lib/linux_facts.h"

static int bid(const struct inspected_system *sys)
{
	return strcmp(sys->family, "linux") == 0 ? 90 : 0;
}

bool linux_driver_modules(const struct kmod *kmod, enum model_dim dim, unsigned int value,
			  struct strv *ret)
{
	for (size_t i = 0; i < n_linux_drivers; i++) {
		const struct linux_driver *d = &linux_drivers[i];
		struct strv names CLEANUP_STRV = STRV_INIT;
		bool all = true;

		if (d->dim != dim || d->value != value)
			continue;
		for (size_t j = 0; d->modules[j] && all; j++)
			all = kmod_closure(kmod, d->modules[j], &names);
		if (!all)
			continue;
		for (size_t j = 0; j < names.n; j++)
			strv_add(ret, names.v[j]);
		return true;
	}
	return false;
}

/* Until Xen's own driver takes a disk over, and where the guest is tried without Xen, it is on IDE. */
static bool disk_modules(const struct kmod *kmod, unsigned int value, struct strv *ret)
{
	if (value == DISK_XEN)
		linux_driver_modules(kmod, DIM_DISK, DISK_IDE, ret);
	return linux_driver_modules(kmod, DIM_DISK, value, ret);
}

/* A driver can be put into an initramfs; starting another kernel is more. 0: it cannot be had. */
static uint8_t cost_of(const struct inspected_system *sys, const struct inspected_kernel *now,
		       enum model_dim dim, unsigned int value)
{
	enum { COST_OF_INITRAMFS = 5, COST_OF_KERNEL = 20 };

	if (now && linux_has_driver(sys, now, dim, value))
		return COST_OF_INITRAMFS;
	for (size_t i = 0; i < sys->n_kernels; i++)
		if (linux_has_driver(sys, &sys->kernels[i], dim, value))
			return COST_OF_KERNEL;
	return 0;
}

static void can_add(const struct inspection *in, const struct inspected_system *sys,
		    struct machine_model *ret)
{
	static const enum model_dim dims[] = { DIM_DISK, DIM_NIC };
	const struct inspected_kernel *now = linux_default_kernel(sys);

	linux_firmware_can_add(in, sys, ret);
	for (size_t i = 0; i < ARRAY_SIZE(dims); i++) {
		for (unsigned int value = 0; model_value_name(dims[i], value); value++)
			ret->cost[dims[i]][value] = cost_of(sys, now, dims[i], value);
	}
}

/*
 * An initramfs of a form that is not known, as the file system images of 2.4 kernels. If the kernel
 * itself has the driver it only matters for settings; else its own tool has to make it anew.
 */
static int cannot_extend(struct conversion *conv, const struct inspected_kernel *k,
			 const struct strv *names, struct strv *rebuild, struct error *failure,
			 struct error *err)
{
	if (failure->code != ERR_FORMAT)
		return error_move(err, failure);
	if (names->n)
		strv_add(rebuild, k->version);
	else
		report_add(&conv->sys->findings, FINDING_NOTE, k->initramfs, "left as it is: %s",
			   failure->msg);
	return 0;
}

static int rebuild_kernels(struct conversion *conv, const struct strv *versions, struct guest *ret,
			   struct error *err)
{
	struct inspected_system *sys = conv->sys;

	for (size_t i = 0; i < sys->n_kernels; i++) {
		const struct inspected_kernel *k = &sys->kernels[i];
		struct kmod kmod CLEANUP_KMOD = KMOD_INIT;
		struct strv names CLEANUP_STRV = STRV_INIT;

		if (!strv_has(versions, k->version))
			continue;
		linux_kmod(sys, k, &kmod);
		disk_modules(&kmod, (unsigned int)conv->answer->value[DIM_DISK], &names);
		if (linux_rebuild_initramfs(conv, k, &kmod, &names, ret, err) < 0)
			return -1;
	}
	return 0;
}

static int extend_kernels(struct conversion *conv, struct strv *rebuild, struct guest *ret,
			  struct error *err)
{
	const unsigned int disk = (unsigned int)conv->answer->value[DIM_DISK];
	struct inspected_system *sys = conv->sys;

	for (size_t i = 0; i < sys->n_kernels; i++) {
		const struct inspected_kernel *k = &sys->kernels[i];
		struct kmod kmod CLEANUP_KMOD = KMOD_INIT;
		struct strv names CLEANUP_STRV = STRV_INIT;
		struct error failure CLEANUP_ERROR = ERROR_INIT;

		if (!k->image || !k->initramfs)
			continue;
		linux_kmod(sys, k, &kmod);
		if (!disk_modules(&kmod, disk, &names)) {
			report_add(&sys->findings, FINDING_WARNING, k->image,
				   "kernel %s has no driver for %s: it cannot be chosen in the boot menu",
				   k->version, model_value_name(DIM_DISK, disk));
			continue;
		}
		if (linux_extend_initramfs(conv, k, &kmod, &names, ret, &failure) < 0 &&
		    cannot_extend(conv, k, &names, rebuild, &failure, err) < 0)
			return -1;
	}
	return 0;
}

static const struct machine_nic *machine_nic(const struct machine *m, const char *name)
{
	for (size_t i = 0; i < m->n_nics; i++)
		if (m->nics[i].name && strcmp(m->nics[i].name, name) == 0)
			return &m->nics[i];
	return NULL;
}

/* A card whose old MAC is in no file and not in the capture gets one that is always the same. */
static char *derived_mac(const char *guest, const char *nic)
{
	CLEANUP_FREE char *seed = xasprintf("%s/%s", guest, nic);
	uint8_t d[DIGEST_SIZE];

	digest_of(seed, strlen(seed), d);
	return xasprintf("02:%02x:%02x:%02x:%02x:%02x", d[0], d[1], d[2], d[3], d[4]);
}

/* Every card needs its MAC before settings can refer to it. */
static void complete_macs(struct conversion *conv)
{
	struct inspected_system *sys = conv->sys;

	for (size_t i = 0; i < sys->n_nics; i++) {
		struct inspected_nic *n = &sys->nics[i];
		const struct machine_nic *old = machine_nic(conv->machine, n->name);

		if (n->mac)
			continue;
		n->mac = old && old->mac ? xstrdup(old->mac) : derived_mac(conv->name, n->name);
		if (!old || !old->mac)
			report_remedy(report_add(&sys->findings, FINDING_WARNING, n->name,
						 "its MAC address is in no file and not in the "
						 "capture: it gets %s", n->mac),
				      "put the old card's address into guest.xml and into the "
				      "guest's files if somebody knows the PC by it");
	}
}

static void take_nics(const struct conversion *conv, struct guest *ret)
{
	const struct inspected_system *sys = conv->sys;

	for (size_t i = 0; i < sys->n_nics; i++) {
		const struct inspected_nic *n = &sys->nics[i];
		struct guest_nic *nic = APPEND(ret->nics, ret->n_nics);

		*nic = (struct guest_nic){
			.mac = xstrdup(n->mac),
			.name = xstrdup(n->name),
			.address = n->address ? xstrdup(n->address) : NULL,
			.gateway = n->gateway ? xstrdup(n->gateway) : NULL,
		};
	}
}

static void take_serials(const struct conversion *conv, struct guest *ret)
{
	for (size_t i = 0; i < conv->machine->n_serials; i++) {
		const struct machine_serial *s = &conv->machine->serials[i];
		struct guest_serial *serial = APPEND(ret->serials, ret->n_serials);

		*serial = (struct guest_serial){ xstrdup(s->name), s->port, s->irq };
	}
}

/* The guest's next initramfs shall have them too. */
static void keep_drivers(struct conversion *conv)
{
	const struct inspected_kernel *k = linux_default_kernel(conv->sys);
	struct kmod kmod CLEANUP_KMOD = KMOD_INIT;
	struct strv names CLEANUP_STRV = STRV_INIT;

	if (!k || !conv->answer->added[DIM_DISK])
		return;
	linux_kmod(conv->sys, k, &kmod);
	if (disk_modules(&kmod, (unsigned int)conv->answer->value[DIM_DISK], &names))
		linux_edit_initramfs_config(conv, &names);
}

int linux_edit_settings(struct conversion *conv, struct error *err)
{
	if (linux_choose_kernel(conv, err) < 0)
		return -1;
	complete_macs(conv);
	linux_edit_devices(conv);
	if (linux_edit_boot(conv, err) < 0)
		return -1;
	if (conv->console)
		linux_edit_console(conv);
	linux_edit_network(conv);
	linux_edit_modprobe(conv);
	linux_edit_services(conv);
	linux_edit_leftovers(conv);
	keep_drivers(conv);
	return linux_firmware_settings(conv, err);
}

static int convert(struct conversion *conv, struct guest *ret, struct error *err)
{
	enum { LOGIN_SECONDS = 300 };
	struct strv rebuild CLEANUP_STRV = STRV_INIT;

	ret->acpi = conv->sys->acpi != NULL;
	if (!ret->acpi)
		report_add(&ret->findings, FINDING_NOTE, "power button",
			   "nothing in the guest listens to it: a stop ends in pulling the plug");
	ret->life = (struct guest_life){ conv->console ? LIFE_SERIAL : LIFE_SCREEN,
					 xstrdup(conv->console ? "login:" : ""), LOGIN_SECONDS };
	if (linux_edit_settings(conv, err) < 0)
		return -1;
	take_nics(conv, ret);
	take_serials(conv, ret);
	if (extend_kernels(conv, &rebuild, ret, err) < 0 ||
	    linux_fallback_loader(conv, ret, err) < 0 || conversion_apply(conv, ret, err) < 0)
		return -1;
	if (rebuild_kernels(conv, &rebuild, ret, err) < 0)
		return -1;
	return linux_firmware_bridge(conv, ret, err);
}

const struct converter converter_linux = {
	.name = "linux",
	.summary = "Linux on PCs, 32 and 64 bit",
	.bid = bid,
	.can_add = can_add,
	.obstacle = linux_firmware_obstacle,
	.convert = convert,
};
