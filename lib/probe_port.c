// SPDX-License-Identifier: GPL-2.0-or-later
/* Parallel ports, USB, CAN, GPIO and sound: everything else with a plug. */
#include "config.h"

#include <inttypes.h>
#include <string.h>

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

static void probe_audio(const struct facts *f, struct machine *m)
{
	struct strv names CLEANUP_STRV = STRV_INIT;

	probe_list(f, &names, "sys/class/sound");
	for (size_t i = 0; i < names.n; i++) {
		struct machine_port *p;

		if (strncmp(names.v[i], "card", 4) != 0)
			continue;
		p = add_port(m, "audio", names.v[i]);
		p->bdf = probe_bdf(f, "sys/class/sound/%s/device", names.v[i]);
		p->detail = probe_text(f, "sys/class/sound/%s/id", names.v[i]);
	}
	if (!facts_has(f, "sys/class/sound"))
		machine_miss(m, "audio", "no folder sys/class/sound: the kernel has no sound support, or "
			     "its driver is not loaded");
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
