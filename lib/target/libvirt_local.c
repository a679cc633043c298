// SPDX-License-Identifier: GPL-2.0-or-later
/* A generated domain for the host on which it is started. */
#include "config.h"

#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/path.h"
#include "lib/base/size.h"
#include "lib/base/xml.h"
#include "lib/kernel_disk.h"
#include "lib/qemu_machine.h"
#include "lib/target/libvirt_local.h"

enum { KIB_MAX = INT32_MAX };

static void set(xmlNode *node, const char *attr, const char *value)
{
	xmlSetProp(node, (const xmlChar *)attr, (const xmlChar *)value);
}

static xmlNode *add(xmlNode *parent, const char *name, const char *text)
{
	return xmlNewTextChild(parent, NULL, (const xmlChar *)name, (const xmlChar *)text);
}

static void drop(xmlNode *node)
{
	xmlUnlinkNode(node);
	xmlFreeNode(node);
}

/* Volumes of a pool, whose place is not known to the one who generates, become files. */
static int place_disk(xmlNode *disk, const char *dir, struct error *err)
{
	xmlNode *source = xml_child(disk, "source");
	CLEANUP_FREE char *name = source ? xml_get(source, "volume") : NULL;
	CLEANUP_FREE char *path = name ? path_join(dir, name) : NULL;

	if (!path || strchr(name, '/'))
		return xml_error_at(err, disk, "its source is not a volume");
	set(disk, "type", "file");
	xmlUnsetProp(source, (const xmlChar *)"pool");
	xmlUnsetProp(source, (const xmlChar *)"volume");
	set(source, "file", path);
	return 0;
}

static void log_serial(xmlNode *devices, const char *path)
{
	xmlNode *serial = xml_child(devices, "serial"), *log;

	if (!serial)
		return;
	log = add(serial, "log", NULL);
	set(log, "file", path);
	set(log, "append", "off");
}

/* Firmware with the guest's own variables, or a kernel, as the release has them. */
static void place_start(xmlNode *os, const char *dir)
{
	CLEANUP_FREE char *code = path_join(dir, QEMU_UEFI_CODE), *vars = path_join(dir, QEMU_UEFI_VARS);
	CLEANUP_FREE char *firmware = xml_get(os, "firmware");
	xmlNode *loader;

	for (int i = 0; i < 2; i++) {
		xmlNode *file = xml_child(os, i == 0 ? "kernel" : "initrd");
		CLEANUP_FREE char *name = file ? xml_text(file) : NULL;
		CLEANUP_FREE char *path = name ? path_join(dir, name) : NULL;

		if (path)
			xmlNodeSetContent(file, (const xmlChar *)path);
	}
	if (!firmware)
		return;
	xmlUnsetProp(os, (const xmlChar *)"firmware");
	loader = add(os, "loader", code);
	set(loader, "readonly", "yes");
	set(loader, "type", "pflash");
	add(os, "nvram", vars);
}

/* Tables of the firmware lie beside the disks. */
static void place_tables(xmlNode *os, const char *dir)
{
	xmlNode *acpi = xml_child(os, "acpi"), *table = acpi ? xml_child(acpi, "table") : NULL;
	CLEANUP_FREE char *named = table ? xml_text(table) : NULL;
	CLEANUP_FREE char *name = named ? path_basename(named) : NULL;
	CLEANUP_FREE char *path = name ? path_join(dir, name) : NULL;

	if (path)
		xmlNodeSetContent(table, (const xmlChar *)path);
}

static void drop_child(xmlNode *parent, const char *name, const char *what, struct strv *lost)
{
	xmlNode *node = parent ? xml_child(parent, name) : NULL;

	if (!node)
		return;
	drop(node);
	if (what)
		strv_add(lost, what);
}

static void take_out(xmlNode *domain, const struct libvirt_place *place, struct strv *lost)
{
	if (!place->hugepages)
		drop_child(xml_child(domain, "memoryBacking"), "hugepages",
			   "its memory is not in huge pages: too few are free", lost);
	if (!place->quota) {
		drop_child(xml_child(domain, "cputune"), "period", NULL, lost);
		drop_child(xml_child(domain, "cputune"), "quota",
			   "it gets whole processors: this host has no cgroup controller 'cpu'", lost);
	}
	if (!place->cache)
		drop_child(xml_child(domain, "cputune"), "cachetune",
			   "its share of the cache is not enforced: resctrl is not mounted", lost);
	if (place->accel == ACCEL_KVM)
		return;
	set(domain, "type", "qemu");
	drop_child(xml_child(domain, "cputune"), "cachetune",
		   "its share of the cache is not enforced without KVM", lost);
}

static char *to_text(xmlDoc *doc)
{
	xmlChar *text = NULL;
	char *copy;
	int len = 0;

	xmlDocDumpFormatMemory(doc, &text, &len, 1);
	copy = xmemdup(text, (size_t)len);
	xmlFree(text);
	return copy;
}

int libvirt_localize(const char *text, size_t len, const struct libvirt_place *place,
		     char **ret_text, struct strv *ret_lost, struct error *err)
{
	xmlDoc *doc CLEANUP_XMLDOC = xml_parse_memory(text, len, "domain.xml", err);
	xmlNode *domain = doc ? xmlDocGetRootElement(doc) : NULL;
	xmlNode *devices = domain ? xml_child(domain, "devices") : NULL;
	xmlNode *os = domain ? xml_child(domain, "os") : NULL;

	if (!doc)
		return -1;
	if (!devices || !os)
		return error_set(err, ERR_FORMAT, "domain.xml is no domain of libvirt");
	XML_EACH(disk, devices, "disk")
		if (place_disk(disk, place->dir, err) < 0)
			return -1;
	log_serial(devices, place->serial_log);
	place_start(os, place->dir);
	place_tables(os, place->dir);
	take_out(domain, place, ret_lost);
	*ret_text = to_text(doc);
	return 0;
}

int libvirt_domain_hugepages(const char *text, size_t len, uint64_t *ret, struct error *err)
{
	xmlDoc *doc CLEANUP_XMLDOC = xml_parse_memory(text, len, "domain.xml", err);
	xmlNode *domain = doc ? xmlDocGetRootElement(doc) : NULL;
	xmlNode *backing = domain ? xml_child(domain, "memoryBacking") : NULL;
	xmlNode *memory = domain ? xml_child(domain, "memory") : NULL;
	CLEANUP_FREE char *number = memory ? xml_text(memory) : NULL;

	*ret = 0;
	if (!doc)
		return -1;
	if (!backing || !xml_child(backing, "hugepages"))
		return 0;
	return parse_u64(number ? number : "", 1, KIB_MAX, ret, err);
}
