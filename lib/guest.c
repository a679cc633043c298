// SPDX-License-Identifier: GPL-2.0-or-later
/* Guests: the document that says what must be provided to run one. */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/path.h"
#include "lib/guest.h"
#include "lib/guest_changes.h"

static void put_devices(const struct guest *g, struct xml_out *x)
{
	xml_open(x, "devices");
	if (g->oracle)
		xml_attr(x, "subsystem", "oracle");
	for (int dim = 0; dim < N_DIMS; dim++) {
		xml_open(x, model_dim_name(dim));
		xml_attr_bool(x, "added", g->added[dim]);
		xml_put_text(x, model_value_name(dim, (unsigned int)g->device[dim]));
		xml_close(x);
	}
	xml_close(x);
}

static void put_geometry(const struct guest_disk *d, struct xml_out *x)
{
	if (!d->heads)
		return;
	xml_open(x, "geometry");
	xml_attr(x, "cylinders", "%" PRIu64, d->cylinders);
	xml_attr(x, "heads", "%" PRIu64, d->heads);
	xml_attr(x, "sectors", "%" PRIu64, d->sectors);
	xml_close(x);
}

static void put_disks(const struct guest *g, struct xml_out *x)
{
	xml_open(x, "disks");
	for (size_t i = 0; i < g->n_disks; i++) {
		const struct guest_disk *d = &g->disks[i];

		xml_open(x, "disk");
		xml_attr(x, "file", "%s", d->file);
		xml_attr(x, "format", "%s", d->format);
		xml_attr(x, "size", "%" PRIu64, d->size);
		xml_attr_bool(x, "boot", d->boot);
		xml_attr_opt(x, "backing", d->backing);
		xml_attr_opt(x, "serial", d->serial);
		xml_attr_opt(x, "added", d->added);
		put_geometry(d, x);
		xml_close(x);
	}
	xml_close(x);
}

static void put_address(struct xml_out *x, uint64_t port, uint64_t irq)
{
	xml_attr(x, "port", "0x%" PRIx64, port);
	xml_attr(x, "irq", "%" PRIu64, irq);
}

static void put_parallels(const struct guest *g, struct xml_out *x)
{
	if (!g->n_parallels)
		return;
	xml_open(x, "parallels");
	for (size_t i = 0; i < g->n_parallels; i++) {
		xml_open(x, "parallel");
		xml_attr(x, "old", "%s", g->parallels[i].old);
		put_address(x, g->parallels[i].port, g->parallels[i].irq);
		xml_close(x);
	}
	xml_close(x);
}

static void put_legacy(const struct guest_legacy *l, struct xml_out *x)
{
	if (!l->present)
		return;
	xml_open(x, "legacy");
	xml_attr_bool(x, "acpi", l->acpi);
	xml_attr_bool(x, "floppy", l->floppy);
	xml_attr_opt(x, "cpu", l->cpu);
	xml_attr_opt(x, "stop", l->stop);
	xml_attr_opt(x, "disk-access", l->disk_access);
	xml_attr_opt(x, "ticks", l->ticks);
	if (l->sound) {
		xml_open(x, "sound");
		xml_attr(x, "model", "%s", l->sound);
		put_address(x, l->sound_port, l->sound_irq);
		xml_attr(x, "dma", "%" PRIu64, l->sound_dma);
		xml_close(x);
	}
	xml_close(x);
}

static void put_ports(const struct guest *g, struct xml_out *x)
{
	xml_open(x, "nics");
	for (size_t i = 0; i < g->n_nics; i++) {
		xml_open(x, "nic");
		xml_attr(x, "mac", "%s", g->nics[i].mac);
		xml_attr_opt(x, "name", g->nics[i].name);
		xml_attr_opt(x, "address", g->nics[i].address);
		xml_attr_opt(x, "gateway", g->nics[i].gateway);
		if (g->nics[i].port)
			put_address(x, g->nics[i].port, g->nics[i].irq);
		xml_close(x);
	}
	xml_close(x);
	xml_open(x, "serials");
	for (size_t i = 0; i < g->n_serials; i++) {
		xml_open(x, "serial");
		xml_attr(x, "old", "%s", g->serials[i].old);
		put_address(x, g->serials[i].port, g->serials[i].irq);
		xml_close(x);
	}
	xml_close(x);
}

static void put_identity(const struct guest *g, struct xml_out *x)
{
	xml_attr(x, "name", "%s", g->name);
	xml_attr(x, "uuid", "%s", g->uuid);
	xml_open(x, "origin");
	xml_attr_opt(x, "capture", g->capture);
	xml_attr_opt(x, "vendor", g->vendor);
	xml_attr_opt(x, "product", g->product);
	xml_attr_opt(x, "serial", g->serial);
	xml_attr_opt(x, "bios", g->bios);
	xml_attr_opt(x, "slic", g->slic);
	xml_attr_opt(x, "msdm", g->msdm);
	xml_close(x);
	xml_open(x, "system");
	xml_attr(x, "family", "%s", g->family);
	xml_attr(x, "converter", "%s", g->converter);
	xml_attr(x, "target", "%s", g->target);
	xml_put_text(x, g->system ? g->system : "");
	xml_close(x);
}

static const char *const life_kinds[] = {
	[LIFE_SERIAL] = "serial", [LIFE_SCREEN] = "screen", [LIFE_AGENT] = "agent",
};

static void put_needs(const struct guest *g, struct xml_out *x)
{
	xml_open(x, "resources");
	xml_attr(x, "memory", "%" PRIu64, g->memory);
	xml_attr(x, "vcpus", "%" PRIu64, g->vcpus);
	xml_attr_bool(x, "acpi", g->acpi);
	xml_attr_bool(x, "spins", g->spins);
	if (g->ports)
		xml_attr_bool(x, "ports", true);
	if (g->cpu_quota)
		xml_attr(x, "cpu-quota", "%" PRIu64, g->cpu_quota);
	if (g->kernel_memory)
		xml_attr(x, "kernel-memory", "%" PRIu64, g->kernel_memory);
	xml_close(x);
	put_devices(g, x);
	if (g->cmdline)
		xml_element(x, "cmdline", g->cmdline);
	put_disks(g, x);
	put_ports(g, x);
	put_parallels(g, x);
	put_legacy(&g->legacy, x);
	xml_open(x, "life");
	xml_attr(x, "kind", "%s", life_kinds[g->life.kind]);
	xml_attr(x, "seconds", "%" PRIu64, g->life.seconds);
	xml_put_text(x, g->life.pattern ? g->life.pattern : "");
	xml_close(x);
}

int guest_write(const struct guest *g, const char *dir, struct error *err)
{
	struct xml_out x CLEANUP_XML_OUT = XML_OUT_INIT;
	CLEANUP_FREE char *path = path_join(dir, GUEST_FILE);

	xml_out_begin(&x, "guest");
	put_identity(g, &x);
	put_needs(g, &x);
	guest_changes_to_xml(g, &x);
	report_to_xml(&g->findings, &x);
	return xml_out_write(&x, path, OUTFILE_REPLACE, err);
}

static int get_devices(struct guest *g, const xmlNode *devices, struct error *err)
{
	CLEANUP_FREE char *subsystem = xml_get(devices, "subsystem");

	g->oracle = subsystem != NULL;
	for (int dim = 0; dim < N_DIMS; dim++) {
		const xmlNode *node = xml_child(devices, model_dim_name(dim));
		CLEANUP_FREE char *name = xml_text(node);

		g->device[dim] = model_value_from_name(dim, name, err);
		if (g->device[dim] < 0)
			return error_wrap(err, "%s", (const char *)devices->doc->URL);
		g->added[dim] = xml_get_bool(node, "added");
	}
	return 0;
}

/* A disk's name comes from a document that somebody may have edited: it must stay in the folder. */
static int check_disk_name(const xmlNode *node, const char *file, struct error *err)
{
	if (!*file || strchr(file, '/') || file[0] == '.')
		return xml_error_at(err, node, "'%s' is not a file name inside the guest", file);
	return 0;
}

static int get_geometry(struct guest_disk *d, const xmlNode *node, struct error *err)
{
	if (!node)
		return 0;
	if (xml_get_u64(node, "cylinders", 1, 65535, 1, &d->cylinders, err) < 0 ||
	    xml_get_u64(node, "heads", 1, 255, 1, &d->heads, err) < 0)
		return -1;
	return xml_get_u64(node, "sectors", 1, 255, 1, &d->sectors, err);
}

static int get_disks(struct guest *g, const xmlNode *disks, struct error *err)
{
	XML_EACH(node, disks, "disk") {
		struct guest_disk *d = APPEND(g->disks, g->n_disks);

		*d = (struct guest_disk){
			.file = xml_get(node, "file"),
			.format = xml_get(node, "format"),
			.backing = xml_get(node, "backing"),
			.serial = xml_get(node, "serial"),
			.added = xml_get(node, "added"),
			.boot = xml_get_bool(node, "boot"),
		};
		if (check_disk_name(node, d->file, err) < 0 || get_geometry(d, xml_child(node, "geometry"), err) < 0 ||
		    xml_get_u64(node, "size", 0, UINT64_MAX, 0, &d->size, err) < 0)
			return -1;
	}
	return 0;
}

static int get_address(const xmlNode *node, uint64_t *ret_port, uint64_t *ret_irq, struct error *err)
{
	if (xml_get_u64(node, "port", 0, UINT64_MAX, 0, ret_port, err) < 0)
		return -1;
	return xml_get_u64(node, "irq", 0, 255, 0, ret_irq, err);
}

static int get_ports(struct guest *g, const xmlNode *root, struct error *err)
{
	XML_EACH(node, xml_child(root, "nics"), "nic") {
		struct guest_nic *n = APPEND(g->nics, g->n_nics);

		*n = (struct guest_nic){ .mac = xml_get(node, "mac"), .name = xml_get(node, "name"),
					 .address = xml_get(node, "address"),
					 .gateway = xml_get(node, "gateway") };
		if (get_address(node, &n->port, &n->irq, err) < 0)
			return -1;
	}
	XML_EACH(node, xml_child(root, "serials"), "serial") {
		struct guest_serial *s = APPEND(g->serials, g->n_serials);

		*s = (struct guest_serial){ .old = xml_get(node, "old") };
		if (get_address(node, &s->port, &s->irq, err) < 0)
			return -1;
	}
	XML_EACH(node, xml_child(root, "parallels"), "parallel") {
		struct guest_parallel *p = APPEND(g->parallels, g->n_parallels);

		*p = (struct guest_parallel){ .old = xml_get(node, "old") };
		if (get_address(node, &p->port, &p->irq, err) < 0)
			return -1;
	}
	return 0;
}

static int get_legacy(struct guest_legacy *l, const xmlNode *node, struct error *err)
{
	const xmlNode *sound = xml_child(node, "sound");

	if (!node)
		return 0;
	l->present = true;
	l->acpi = xml_get_bool(node, "acpi");
	l->floppy = xml_get_bool(node, "floppy");
	l->cpu = xml_get(node, "cpu");
	l->stop = xml_get(node, "stop");
	l->disk_access = xml_get(node, "disk-access");
	l->ticks = xml_get(node, "ticks");
	if (sound) {
		l->sound = xml_get(sound, "model");
		if (get_address(sound, &l->sound_port, &l->sound_irq, err) < 0 ||
		    xml_get_u64(sound, "dma", 0, 7, 0, &l->sound_dma, err) < 0)
			return -1;
	}
	return 0;
}

static void get_identity(struct guest *g, const xmlNode *root)
{
	const xmlNode *origin = xml_child(root, "origin"), *system = xml_child(root, "system");

	g->name = xml_get(root, "name");
	g->uuid = xml_get(root, "uuid");
	g->capture = xml_get(origin, "capture");
	g->vendor = xml_get(origin, "vendor");
	g->product = xml_get(origin, "product");
	g->serial = xml_get(origin, "serial");
	g->bios = xml_get(origin, "bios");
	g->slic = xml_get(origin, "slic");
	g->msdm = xml_get(origin, "msdm");
	g->family = xml_get(system, "family");
	g->converter = xml_get(system, "converter");
	g->target = xml_get(system, "target");
	g->system = xml_text(system);
}

static int get_needs(struct guest *g, const xmlNode *root, struct error *err)
{
	const xmlNode *resources = xml_child(root, "resources"), *life = xml_child(root, "life");
	CLEANUP_FREE char *kind = xml_get(life, "kind");

	g->acpi = xml_get_bool(resources, "acpi");
	g->spins = xml_get_bool(resources, "spins");
	g->ports = xml_get_bool(resources, "ports");
	while (g->life.kind < LIFE_AGENT && strcmp(kind, life_kinds[g->life.kind]) != 0)
		g->life.kind++;
	g->life.pattern = xml_text(life);
	if (xml_get_u64(resources, "memory", 1 << 20, UINT64_C(1) << 46, 0, &g->memory, err) < 0 ||
	    xml_get_u64(resources, "vcpus", 1, 1024, 1, &g->vcpus, err) < 0 ||
	    xml_get_u64(resources, "cpu-quota", 1, 100, 0, &g->cpu_quota, err) < 0 ||
	    xml_get_u64(resources, "kernel-memory", 1, UINT64_C(1) << 46, 0, &g->kernel_memory, err) < 0 ||
	    xml_get_u64(life, "seconds", 1, 86400, 300, &g->life.seconds, err) < 0)
		return -1;
	if (xml_child(root, "cmdline"))
		g->cmdline = xml_text(xml_child(root, "cmdline"));
	return get_devices(g, xml_child(root, "devices"), err);
}

static int find_document(const char *path, char **ret, struct error *err)
{
	if (path_has_suffix(path, PARTIAL_SUFFIX)) {
		error_set(err, ERR_FORMAT, "'%s' is not finished", path);
		return error_hint(err, "the command that made it was interrupted: run it again");
	}
	*ret = path_has_suffix(path, ".xml") ? xstrdup(path) : path_join(path, GUEST_FILE);
	if (path_exists(*ret))
		return 0;
	free(STEAL(*ret));
	error_set(err, ERR_NOT_FOUND, "'%s' is not a guest", path);
	return error_hint(err, "give the NAME" GUEST_SUFFIX " folder that 'rehost convert' made");
}

int guest_open(struct guest *ret, const char *path, struct error *err)
{
	struct guest g CLEANUP_GUEST = GUEST_INIT;
	CLEANUP_FREE char *file = NULL, *real = NULL;
	xmlDoc *doc CLEANUP_XMLDOC = NULL;
	const xmlNode *root;

	if (find_document(path, &file, err) < 0 || path_absolute(file, &real, err) < 0)
		return -1;
	doc = xml_read(file, "guest", err);
	if (!doc)
		return -1;
	root = xmlDocGetRootElement(doc);
	g.dir = path_dirname(real);
	get_identity(&g, root);
	if (get_needs(&g, root, err) < 0 || get_disks(&g, xml_child(root, "disks"), err) < 0 ||
	    get_ports(&g, root, err) < 0 ||
	    get_legacy(&g.legacy, xml_child(root, "legacy"), err) < 0)
		return -1;
	guest_changes_from_xml(&g, root);
	report_from_xml(&g.findings, xml_child(root, "findings"));
	*ret = g;
	g = (struct guest)GUEST_INIT;
	return 0;
}

char *guest_disk_path(const struct guest *g, size_t i)
{
	return path_join(g->dir, g->disks[i].file);
}

int guest_added_disk(const struct guest *g, const char *role)
{
	for (size_t i = 0; i < g->n_disks; i++)
		if (g->disks[i].added && strcmp(g->disks[i].added, role) == 0)
			return (int)i;
	return -1;
}

char *guest_uuid_from_name(const char *name)
{
	CLEANUP_FREE char *seed = xasprintf("rehost guest %s", name);
	uint8_t d[DIGEST_SIZE];

	digest_of(seed, strlen(seed), d);
	d[6] = (d[6] & 0x0f) | 0x80;	/* RFC 9562, version 8: made by a rule of our own */
	d[8] = (d[8] & 0x3f) | 0x80;
	return xasprintf("%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", d[0],
			 d[1], d[2], d[3], d[4], d[5], d[6], d[7], d[8], d[9], d[10], d[11], d[12],
			 d[13], d[14], d[15]);
}

static void clear_lists(struct guest *g)
{
	for (size_t i = 0; i < g->n_disks; i++) {
		free(g->disks[i].file);
		free(g->disks[i].format);
		free(g->disks[i].backing);
		free(g->disks[i].serial);
		free(g->disks[i].added);
	}
	for (size_t i = 0; i < g->n_nics; i++) {
		free(g->nics[i].mac);
		free(g->nics[i].name);
		free(g->nics[i].address);
		free(g->nics[i].gateway);
	}
	for (size_t i = 0; i < g->n_serials; i++)
		free(g->serials[i].old);
	for (size_t i = 0; i < g->n_parallels; i++)
		free(g->parallels[i].old);
	free(g->disks);
	free(g->nics);
	free(g->serials);
	free(g->parallels);
	guest_changes_clear(g);
}

void guest_clear(struct guest *g)
{
	char *texts[] = { g->dir,    g->name,   g->uuid,   g->capture, g->converter, g->family,
			  g->system, g->target, g->vendor, g->product, g->serial,    g->cmdline,
			  g->bios, g->slic, g->msdm,
			  g->legacy.cpu, g->legacy.sound, g->legacy.stop,
			  g->legacy.disk_access, g->legacy.ticks,
			  g->life.pattern };

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		free(texts[i]);
	clear_lists(g);
	report_clear(&g->findings);
	*g = (struct guest)GUEST_INIT;
}
