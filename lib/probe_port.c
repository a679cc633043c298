// SPDX-License-Identifier: GPL-2.0-or-later
/* Parallel ports, USB, CAN, GPIO and sound: everything else with a plug. */
#include "config.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "lib/base/alloc.h"
#include "lib/base/size.h"
#include "lib/probe.h"

#define USB "sys/bus/usb/devices"

enum { ARPHRD_CAN_TYPE = 280 };	/* Source: Linux, include/uapi/linux/if_arp.h */

static struct machine_port *add_port(struct machine *m, const char *kind, const char *name)
{
	struct machine_port *p = APPEND(m->ports, m->n_ports);

	p->kind = xstrdup(kind);
	p->name = xstrdup(name);
	p->irq = -1;
	return p;
}

/* "888<tab>1912": the port and its ECP twin. */
static uint64_t first_number(const char *text)
{
	CLEANUP_FREE char *word = text ? xstrndup(text, strcspn(text, " \t")) : NULL;
	struct error err CLEANUP_ERROR = ERROR_INIT;
	uint64_t value = 0;

	return word && parse_u64(word, 0, UINT16_MAX, &value, &err) == 0 ? value : 0;
}

static void probe_parallel(const struct facts *f, struct machine *m)
{
	struct strv names CLEANUP_STRV = STRV_INIT;

	probe_list(f, &names, "proc/sys/dev/parport");
	for (size_t i = 0; i < names.n; i++) {
		CLEANUP_FREE char *base = NULL;
		struct machine_port *p;

		if (strncmp(names.v[i], "parport", 7) != 0)
			continue;
		base = probe_text(f, "proc/sys/dev/parport/%s/base-addr", names.v[i]);
		p = add_port(m, "parallel", names.v[i]);
		p->path = xasprintf("/dev/%s", names.v[i]);
		p->port = first_number(base);
		p->irq = (int64_t)probe_u32(f, 0, "proc/sys/dev/parport/%s/irq", names.v[i]);
		p->irq = p->irq > 0 && p->irq < 256 ? p->irq : -1;
	}
	if (!facts_has(f, "proc/sys/dev/parport"))
		machine_miss(m, "parallel", "no folder proc/sys/dev/parport: parport is not loaded");
}

static void probe_can(const struct facts *f, struct machine *m)
{
	struct strv names CLEANUP_STRV = STRV_INIT;
	bool found = false;

	probe_list(f, &names, "sys/class/net");
	for (size_t i = 0; i < names.n; i++) {
		CLEANUP_FREE char *device = xasprintf("sys/class/net/%s/device", names.v[i]);
		struct machine_port *p;

		if (probe_u32(f, 0, "sys/class/net/%s/type", names.v[i]) != ARPHRD_CAN_TYPE)
			continue;
		p = add_port(m, "can", names.v[i]);
		p->bdf = probe_bdf(f, "%s", device);
		p->detail = probe_driver(f, device);
		found = true;
	}
	if (!found)
		machine_miss(m, "can", "no interface in sys/class/net is of type %d: there is no CAN "
			     "adapter, or its driver is not loaded", ARPHRD_CAN_TYPE);
}

static void probe_gpio(const struct facts *f, struct machine *m)
{
	struct strv names CLEANUP_STRV = STRV_INIT;

	probe_list(f, &names, "sys/bus/gpio/devices");
	for (size_t i = 0; i < names.n; i++) {
		struct machine_port *p;

		if (strncmp(names.v[i], "gpiochip", 8) != 0)
			continue;
		p = add_port(m, "gpio", names.v[i]);
		p->path = xasprintf("/dev/%s", names.v[i]);
		p->bdf = probe_bdf(f, "sys/bus/gpio/devices/%s", names.v[i]);
		p->detail = probe_text(f, "sys/bus/gpio/devices/%s/label", names.v[i]);
	}
	if (!facts_has(f, "sys/bus/gpio/devices"))
		machine_miss(m, "gpio", "no folder sys/bus/gpio/devices: the kernel has no GPIO support");
}

/* Source: PCI Code and ID Assignment Specification, base class 04h. */
static bool is_sound_class(uint32_t class)
{
	return class >> 8 == 0x0401 || class >> 8 == 0x0403;
}

/*
 * Sound cards for ISA and of boards before PCI, by the device of theirs that plays. Source: Linux, sound/oss/sb_card.h,
 * drivers/acpi/acpi_pnp.c (cs423x, es18xx, opl3sa2), and the generic device ids of Plug and Play ("Sound Blaster
 * 16 compatible"), without MPU-401 and joysticks.
 */
static bool is_sound_id(const char *id)
{
	static const char *const ids[] = {
		"PNPB000", "PNPB001", "PNPB002", "PNPB003", "PNPB004", "PNPB005", "PNPB007", "PNPB008", "PNPB009",
		"CTL0001", "CTL0031", "CTL0041", "CTL0042", "CTL0043", "CTL0044", "CTL0045", "CSC0000", "CSC0100",
		"GIM0100", "ESS0968", "ESS1868", "ESS1869", "ESS1878", "ESS1879", "ESS8601", "ESS8611", "YMH0021",
		"NMX2210",
	};

	for (size_t i = 0; i < ARRAY_SIZE(ids); i++)
		if (strcasecmp(id, ids[i]) == 0)
			return true;
	return false;
}

/* Its own id stands first, those that it is compatible with behind it. */
static void add_pnp_sound(const struct facts *f, const char *name, struct machine *m)
{
	CLEANUP_FREE char *path = xasprintf("sys/bus/pnp/devices/%s/id", name), *text = facts_read(f, path, NULL);
	struct strv ids CLEANUP_STRV = STRV_INIT;

	if (text)
		strv_split(&ids, text, " \n");
	for (size_t i = 0; i < ids.n; i++) {
		if (!is_sound_id(ids.v[i]))
			continue;
		add_port(m, "audio", name)->detail = xasprintf("PnP %s", ids.v[0]);
		return;
	}
}

/* Of a system without drivers for sound, the buses tell. */
static void probe_audio_on_buses(const struct facts *f, struct machine *m)
{
	struct strv names CLEANUP_STRV = STRV_INIT;

	for (size_t i = 0; i < m->n_pci; i++) {
		struct machine_port *p;

		if (!is_sound_class(m->pci[i].class))
			continue;
		p = add_port(m, "audio", m->pci[i].bdf);
		p->bdf = xstrdup(m->pci[i].bdf);
		p->detail = xasprintf("PCI %04x:%04x", m->pci[i].vendor, m->pci[i].device);
	}
	probe_list(f, &names, "sys/bus/pnp/devices");
	for (size_t i = 0; i < names.n; i++)
		add_pnp_sound(f, names.v[i], m);
}

static void probe_audio(const struct facts *f, struct machine *m)
{
	struct strv names CLEANUP_STRV = STRV_INIT;
	size_t before = m->n_ports;

	probe_list(f, &names, "sys/class/sound");
	for (size_t i = 0; i < names.n; i++) {
		struct machine_port *p;

		if (strncmp(names.v[i], "card", 4) != 0)
			continue;
		p = add_port(m, "audio", names.v[i]);
		p->bdf = probe_bdf(f, "sys/class/sound/%s/device", names.v[i]);
		p->detail = probe_text(f, "sys/class/sound/%s/id", names.v[i]);
	}
	if (m->n_ports == before)
		probe_audio_on_buses(f, m);
	if (m->n_ports == before && !facts_has(f, "sys/class/sound"))
		machine_miss(m, "audio", "no folder sys/class/sound: the kernel has no sound support, or "
			     "its driver is not loaded; and no card on PCI or of Plug and Play is one for sound");
}

void probe_ports(const struct facts *f, struct machine *m)
{
	probe_parallel(f, m);
	probe_can(f, m);
	probe_gpio(f, m);
	probe_audio(f, m);
}

static void add_usb(const struct facts *f, const char *name, struct machine *m)
{
	CLEANUP_FREE char *vendor = probe_text(f, USB "/%s/idVendor", name);
	CLEANUP_FREE char *product = probe_text(f, USB "/%s/idProduct", name);
	bool root = strncmp(name, "usb", 3) == 0;
	struct machine_port *p;

	if (!vendor || !product || strchr(name, ':'))
		return;			/* an interface of a device, not a device */
	if (!root && probe_has_foreign_disk(f, name))
		return;			/* the stick of the medium, or a disk that is written to */
	if (!root && probe_u32(f, 0, USB "/%s/bDeviceClass", name) == 9)
		return;			/* a hub: what is behind it is listed itself */
	p = add_port(m, root ? "usb-controller" : "usb-device", name);
	p->ids = xasprintf("%s:%s", vendor, product);
	p->detail = probe_text(f, USB "/%s/product", name);
	p->bdf = probe_bdf(f, USB "/%s", name);
}

void probe_usb(const struct facts *f, struct machine *m)
{
	struct strv names CLEANUP_STRV = STRV_INIT;

	probe_list(f, &names, USB);
	for (size_t i = 0; i < names.n; i++)
		add_usb(f, names.v[i], m);
	if (!facts_has(f, USB))
		machine_miss(m, "usb", "no folder " USB);
}
