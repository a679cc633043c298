// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Old systems on Xen: processor, geometry, sound, printer ports. Xen's own QEMU has the devices; those that
 * xl.cfg(5) has no word for are its further options.
 */
#include "config.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/qemu_legacy.h"
#include "lib/target/xen_config.h"
#include "lib/target/xen_legacy.h"

/*
 * What these processors say of themselves (CPUID leaf 1), and the last leaf that they answer. Systems that look
 * no further than their own time stop at more. Source: Intel, AP-485, tables of signatures and of leaves.
 */
static const struct {
	const char *name;
	unsigned int family, model, stepping, maxleaf;
} processors[] = {
	{ "486", 4, 8, 0, 1 },
	{ "pentium", 5, 4, 3, 1 },
	{ "pentium2", 6, 5, 2, 2 },
	{ "pentium3", 6, 7, 3, 3 },
};

/* Features stay those of the host: a system of that time asks for none that its processor had not. */
static void put_processor(const struct guest *g, FILE *f)
{
	for (size_t i = 0; g->legacy.cpu && i < ARRAY_SIZE(processors); i++)
		if (strcmp(g->legacy.cpu, processors[i].name) == 0)
			fprintf(f, "cpuid = \"host,family=%u,model=%u,stepping=%u,maxleaf=%u\"\n",
				processors[i].family, processors[i].model, processors[i].stepping,
				processors[i].maxleaf);
}

/* xl makes the drives itself; this is a default of theirs, so there can be one only. */
static bool tells_geometry(const struct guest *g)
{
	return g->n_disks == 1 && g->device[DIM_DISK] == DISK_IDE && qemu_legacy_plain_geometry(&g->disks[0]);
}

static void add_geometry(const struct guest *g, struct strv *ret)
{
	const struct guest_disk *d = g->disks;

	if (!tells_geometry(g))
		return;
	strv_add(ret, "-global");
	strv_addf(ret, "ide-hd.cyls=%" PRIu64, d->cylinders);
	strv_add(ret, "-global");
	strv_addf(ret, "ide-hd.heads=%" PRIu64, d->heads);
	strv_add(ret, "-global");
	strv_addf(ret, "ide-hd.secs=%" PRIu64, d->sectors);
}

/* Between quotes: nothing that ends them or the line. */
static void put_list(const char *name, const struct strv *list, FILE *f)
{
	fprintf(f, "%s = [\n", name);
	for (size_t i = 0; i < list->n; i++) {
		fputs("  \"", f);
		for (const char *c = list->v[i]; *c; c++)
			fputc(*c == '"' || *c == '\\' || iscntrl((unsigned char)*c) ? '_' : *c, f);
		fputs("\",\n", f);
	}
	fputs("]\n", f);
}

/* xl has no word for a port of the host whose text is kept, too: the guest's sign of life. */
static void add_first_port(const struct partition *p, struct strv *ret)
{
	const struct guest *g = &p->guest;
	const struct partition_device *host =
		g->n_serials ? partition_device_of(p, "serial", g->serials[0].old) : NULL;
	CLEANUP_FREE char *path = host ? qemu_escape(host->host) : NULL;

	if (!host || g->device[DIM_SERIAL] == SERIAL_NONE)
		return;
	strv_add(ret, "-chardev");
	strv_addf(ret, "serial,id=" XEN_FIRST_PORT ",path=%s,logfile=" XEN_SERIAL_LOG, path);
}

int xen_legacy_put(const struct partition *p, FILE *f, struct error *err)
{
	const struct guest *g = &p->guest;
	struct strv args CLEANUP_STRV = STRV_INIT;

	if (g->legacy.present)
		fprintf(f, "acpi = %d\n", g->legacy.acpi);
	put_processor(g, f);
	add_first_port(p, &args);
	add_geometry(g, &args);
	if (qemu_add_legacy(g, p, QEMU_RUN_SERVICE, "pci.0", &args, err) < 0)
		return -1;
	if (args.n)
		put_list("device_model_args_hvm", &args, f);
	return 0;
}

void xen_legacy_check(const struct guest *g, struct report *ret)
{
	for (size_t i = 0; i < g->n_disks && !tells_geometry(g); i++)
		if (g->disks[i].heads)
			report_remedy(report_add(ret, FINDING_WARNING, g->name,
						 "Xen's BIOS chooses the geometry of disk %zu, not %" PRIu64 "/%"
						 PRIu64 "/%" PRIu64, i, g->disks[i].cylinders,
						 g->disks[i].heads, g->disks[i].sectors),
				      "choose the target qemu if its programs count sectors themselves");
	qemu_legacy_check_ne2k(g, "Xen", ret);
}
