// SPDX-License-Identifier: GPL-2.0-or-later
/* One guest as an xl.cfg, one setting a line; xl.cfg(5), xl-disk-configuration(5). */
#include "config.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/acpi_table.h"
#include "lib/base/alloc.h"
#include "lib/guest_net.h"
#include "lib/identity.h"
#include "lib/install.h"
#include "lib/pin.h"
#include "lib/qemu_legacy.h"
#include "lib/target/xen_config.h"
#include "lib/target/xen_legacy.h"

/* Between quotes: nothing that ends them or the line. */
static void put_quoted(FILE *f, const char *value)
{
	fputc('"', f);
	for (; *value; value++)
		fputc(*value == '"' || *value == '\\' || iscntrl((unsigned char)*value) ? '_' : *value, f);
	fputc('"', f);
}

static void put_text(FILE *f, const char *name, const char *value)
{
	fprintf(f, "%s = ", name);
	put_quoted(f, value);
	fputc('\n', f);
}

static void put_number(FILE *f, const char *name, uint64_t value)
{
	fprintf(f, "%s = %" PRIu64 "\n", name, value);
}

static void put_processors(const struct partition *p, const struct pin *pin, FILE *f)
{
	CLEANUP_FREE char *list = cpulist_format(&pin->machine);

	put_number(f, "vcpus", p->guest.vcpus);
	if (p->guest.cpu_quota)	/* of the whole domain */
		put_number(f, "cap", p->guest.cpu_quota * p->guest.vcpus);
	if (p->class == CLASS_RT) {
		CLEANUP_FREE char *pool = xasprintf("rehost-%s", p->guest.name);

		put_text(f, "pool", pool);
	} else if (pin->n_vcpus) {
		fputs("cpus = [", f);
		for (size_t i = 0; i < pin->n_vcpus; i++)
			fprintf(f, "%s \"%" PRIu32 "\"", i ? "," : "", pin->vcpu[i]);
		fputs(" ]\n", f);
	} else if (*list) {
		put_text(f, "cpus", list);
	}
}

/*
 * For those who count ticks time stands still while they do not run. Others read a clock: ticks that came
 * late are not repeated.
 */
static void put_clock(const struct guest *g, FILE *f)
{
	put_number(f, "localtime", g->device[DIM_CLOCK] == RTC_LOCALTIME);
	put_text(f, "timer_mode", qemu_legacy_counts_ticks(g) ? "delay_for_missed_ticks" : "no_delay_for_missed_ticks");
	put_number(f, "hpet", 0);
	put_number(f, "acpi_s3", 0);
	put_number(f, "acpi_s4", 0);
}

/* One file holds all tables, one behind the other; xl.cfg(5), "acpi_firmware". */
static void put_tables(const struct fileset *tables, FILE *f)
{
	if (tables->n_files)
		put_text(f, "acpi_firmware", XEN_PLACE "/" XEN_TABLES);
}

/* Whoever has Xen's own driver starts from the same disk through the BIOS and then leaves that. */
static void put_disks(const struct guest *g, FILE *f)
{
	const char *names = g->device[DIM_DISK] == DISK_LSI53C895A ? "sd" : "hd";

	if (g->device[DIM_DISK] == DISK_AHCI)
		put_text(f, "hdtype", "ahci");
	fputs("disk = [\n", f);
	for (size_t i = 0; i < g->n_disks; i++)
		fprintf(f, "  \"format=raw,vdev=%s%c,access=rw,backendtype=qdisk,target=" XEN_PLACE
			"/" INSTALL_RAW "\",\n", names, (char)('a' + i), i);
	fputs("]\n", f);
	put_text(f, "boot", "c");
}

static void put_nics(const struct partition *p, FILE *f)
{
	static const char *const models[] = {
		[NIC_E1000] = "e1000", [NIC_RTL8139] = "rtl8139", [NIC_PCNET] = "pcnet",
		[NIC_NE2K_PCI] = "ne2k_pci", [NIC_NE2K_ISA] = "ne2k_isa",
	};
	const struct guest *g = &p->guest;
	unsigned int model = (unsigned int)g->device[DIM_NIC];

	if (model == NIC_NONE || !g->n_nics)
		return;
	fputs("vif = [\n", f);
	for (size_t i = 0; i < g->n_nics; i++) {
		CLEANUP_FREE char *bridge = guest_net_bridge(p, g, i);
		CLEANUP_FREE char *vif = xasprintf("mac=%s,%s%s,bridge=%s", g->nics[i].mac,
						   model == NIC_XEN ? "type=vif" : "type=ioemu,model=",
						   model == NIC_XEN ? "" : models[model],
						   bridge ? bridge : GUEST_NET_BRIDGE);

		fputs("  ", f);
		put_quoted(f, vif);
		fputs(",\n", f);
	}
	fputs("]\n", f);
}

static void put_serials(const struct partition *p, FILE *f)
{
	const struct guest *g = &p->guest;
	size_t n = MAX(g->n_serials, (size_t)1);

	if (g->device[DIM_SERIAL] == SERIAL_NONE)
		return;
	fputs("serial = [\n", f);
	for (size_t i = 0; i < n; i++) {
		const struct partition_device *host =
			g->n_serials ? partition_device_of(p, "serial", g->serials[i].old) : NULL;

		if (host && i == 0) {
			fputs("  \"chardev:" XEN_FIRST_PORT "\",\n", f);
		} else if (host) {
			fputs("  ", f);
			put_quoted(f, host->host);
			fputs(",\n", f);
		} else if (i == 0) {
			fputs("  \"unix:" XEN_RUN "/serial0.sock,server=on,wait=off,"
			      "logfile=" XEN_SERIAL_LOG "\",\n", f);
		} else {
			fputs("  \"null\",\n", f);
		}
	}
	fputs("]\n", f);
}

static void put_host_devices(const struct partition *p, FILE *f)
{
	bool any = false;

	for (size_t i = 0; i < p->n_devices; i++) {
		CLEANUP_FREE char *card = NULL;

		if (strcmp(p->devices[i].kind, "pci") != 0)
			continue;
		card = xasprintf("%s,permissive=0", p->devices[i].host);
		fputs(any ? ", " : "pci = [ ", f);
		put_quoted(f, card);
		any = true;
	}
	if (any)
		fputs(" ]\n", f);
}

static void put_rest(const struct guest *g, FILE *f)
{
	bool usb = g->device[DIM_INPUT] == INPUT_USB;

	put_text(f, "vga", g->device[DIM_DISPLAY] == DISPLAY_CIRRUS ? "cirrus" : "stdvga");
	put_number(f, "vnc", 0);
	put_number(f, "sdl", 0);
	put_number(f, "usb", usb);
	if (usb)
		put_text(f, "usbdevice", "tablet");
	put_number(f, "xen_platform_pci",
		   g->device[DIM_DISK] == DISK_XEN || g->device[DIM_NIC] == NIC_XEN);
	put_text(f, "on_poweroff", "destroy");
	put_text(f, "on_reboot", "restart");
	put_text(f, "on_crash", "restart");
}

/* Xen takes what the display adapter needs from the same number, and the guest sees what is left. */
static void put_memory(const struct partition *p, FILE *f)
{
	enum { STDVGA_MIB = 16, CIRRUS_MIB = 8 };	/* the least that xl.cfg(5) allows */
	uint64_t video = p->guest.device[DIM_DISPLAY] == DISPLAY_CIRRUS ? CIRRUS_MIB : STDVGA_MIB;

	put_number(f, "memory", (p->memory >> 20) + video);
	put_number(f, "maxmem", (p->memory >> 20) + video);
	put_number(f, "videoram", video);
}

/* The caller frees it. */
static char *config_of(const struct partition *p, const struct pin *pin, const struct fileset *tables,
		       struct error *err)
{
	const struct guest *g = &p->guest;
	CLEANUP_FREE char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);
	int rc;

	if (!f)
		abort();
	put_text(f, "type", "hvm");
	put_text(f, "name", g->name);
	put_text(f, "uuid", g->uuid);
	put_text(f, "firmware", "bios");
	put_memory(p, f);
	put_processors(p, pin, f);
	put_clock(g, f);
	put_tables(tables, f);
	put_disks(g, f);
	put_nics(p, f);
	put_serials(p, f);
	put_host_devices(p, f);
	put_rest(g, f);
	rc = xen_legacy_put(p, f, err);
	if (fclose(f) != 0)
		abort();
	return rc < 0 ? NULL : STEAL(text);
}

/* Takes @text over. */
static void add_file(struct fileset *ret, const struct partition *p, const char *name, char *text)
{
	CLEANUP_FREE char *path = xasprintf("%s/%s", p->guest.name, name);

	fileset_add(ret, path, text, strlen(text), false);
}

static void add_tables(struct fileset *ret, const struct partition *p, const struct fileset *tables)
{
	CLEANUP_FREE char *path = xasprintf("%s/" XEN_TABLES, p->guest.name), *all = NULL;
	size_t len = 0;

	for (size_t i = 0; i < tables->n_files; i++) {
		all = xreallocarray(all, len + tables->files[i].len, 1);
		memcpy(all + len, tables->files[i].data, tables->files[i].len);
		len += tables->files[i].len;
	}
	if (all)
		fileset_add(ret, path, STEAL(all), len, false);
}

int xen_emit(const struct partition *p, struct fileset *ret, struct error *err)
{
	struct pin pin = PIN_INIT;
	struct fileset tables CLEANUP_FILESET = FILESET_INIT;
	CLEANUP_FREE char *list = NULL;
	char *config;

	if (pin_from_partition(p, &pin, err) < 0)
		return -1;
	list = cpulist_format(&pin.machine);
	acpi_tables_of(&p->guest, IDENTITY_SLIC | IDENTITY_MSDM, NULL, &tables);
	config = config_of(p, &pin, &tables, err);
	if (!config)
		return -1;
	add_file(ret, p, XEN_CONFIG, config);
	add_tables(ret, p, &tables);
	if (p->class == CLASS_RT)
		add_file(ret, p, XEN_POOL, xasprintf("name = \"rehost-%s\"\nsched = \"null\"\n"
						     "cpus = \"%s\"\n", p->guest.name, list));
	if (p->cache_ways)
		add_file(ret, p, XEN_CACHE,
			 xasprintf("%" PRIu32 " 0x%" PRIx64 "\n", p->cache_level, p->cache_ways));
	return 0;
}
