// SPDX-License-Identifier: GPL-2.0-or-later
/* rehost profile: describe the hardware of an edge host. */
#include "config.h"

#include <json-c/json.h>
#include <stdio.h>

#include "cmd/command.h"
#include "lib/base/alloc.h"
#include "lib/base/child.h"
#include "lib/base/size.h"
#include "lib/collector.h"
#include "lib/import.h"
#include "lib/machine.h"

static void print_summary(const struct machine *m)
{
	CLEANUP_FREE char *memory = format_size(m->usable ? m->usable : m->memory);

	printf("%s: %s\n", m->name, m->cpu_model ? m->cpu_model : m->arch);
	printf("  %zu threads, %s of memory, %zu PCI functions in %zu IOMMU groups,\n"
	       "  %zu network cards, %zu serial ports, %zu other ports, %zu disks\n",
	       m->n_threads, memory, m->n_pci, m->n_groups, m->n_nics, m->n_serials, m->n_ports,
	       m->n_disks);
	for (size_t i = 0; i < m->n_missing; i++)
		printf("  not known: %s (%s)\n", m->missing[i].fact, m->missing[i].why);
}

/* A folder without either tells nothing: most likely it is the wrong one. */
static int check_found(const struct machine *m, const char *root, struct error *err)
{
	if (!machine_lacks(m, "cpu-model") || !machine_lacks(m, "topology"))
		return 0;
	error_set(err, ERR_FORMAT, "'%s' has neither proc/cpuinfo nor sys/devices/system/cpu", root);
	return error_hint(err, "give a folder or tar archive with a copy of /proc and /sys");
}

struct options {
	char *root, *import, *output, *collect;
	int json, print_collector, without_original;
};

static void cleanup_options(struct options *o)
{
	char *texts[] = { o->root, o->import, o->output, o->collect };

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		free(texts[i]);
}

static int read_machine(struct machine *m, const struct options *o, struct error *err)
{
	const char *root = o->root ? o->root : "/";

	if (o->import && o->root)
		return error_set(err, ERR_USAGE, "profile: --import and --root exclude each other");
	if (!o->import)
		return machine_probe(m, root, err) < 0 ? -1 : check_found(m, root, err);
	if (machine_import(m, o->import, err) < 0)
		return -1;
	if (o->without_original)
		free(STEAL(m->original));
	return 0;
}

/* The same script that --print-collector prints, run here. */
static int collect(const char *path, struct error *err)
{
	const char *const argv[] = { "sh", "-c", collector_script, "collector", path, NULL };
	CLEANUP_FREE char *said = NULL;

	if (child_run(argv, &said, err) < 0)
		return error_wrap(err, "collect into '%s'", path);
	fputs(said, stdout);
	return 0;
}

static int run(const struct command *cmd, int argc, const char **argv, struct error *err)
{
	struct options o __attribute__((cleanup(cleanup_options))) = { 0 };
	struct machine m CLEANUP_MACHINE = MACHINE_INIT;
	struct strv args CLEANUP_STRV = STRV_INIT;
	const struct poptOption options[] = {
		{ "root", 0, POPT_ARG_STRING, &o.root, 0,
		  "read the copy of /proc and /sys in DIR (or a tar archive) instead", "DIR" },
		{ "import", 0, POPT_ARG_STRING, &o.import, 0,
		  "take ACRN's board.xml, EVE's model, lstopo's XML or libvirt's capabilities", "FILE" },
		{ "without-original", 0, POPT_ARG_NONE, &o.without_original, 0,
		  "do not keep the imported document in the profile", NULL },
		{ "output", 'o', POPT_ARG_STRING, &o.output, 0, "write the profile to FILE", "FILE" },
		{ "collect", 0, POPT_ARG_STRING, &o.collect, 0,
		  "only gather the raw files of this computer into a tar archive", "FILE" },
		{ "print-collector", 0, POPT_ARG_NONE, &o.print_collector, 0,
		  "print a shell script that gathers the files on a host without rehost", NULL },
		{ "json", 0, POPT_ARG_NONE, &o.json, 0, "print the profile as JSON", NULL },
		POPT_TABLEEND
	};
	int rc = command_parse(cmd, options, 0, 0, argc, argv, &args, err);

	if (rc <= 0)
		return rc;
	if (o.print_collector) {
		fputs(collector_script, stdout);
		return 0;
	}
	if (o.collect)
		return collect(o.collect, err);
	if (read_machine(&m, &o, err) < 0 ||
	    (o.output && machine_write(&m, o.output, OUTFILE_NEW, err) < 0))
		return -1;
	if (o.json)
		print_json(machine_to_json(&m));
	else
		print_summary(&m);
	return 0;
}

const struct command command_profile = {
	.name = "profile",
	.synopsis = "[--root DIR | --import FILE] [-o HOST.xml]",
	.summary = "describe the hardware of an edge host",
	.text = "Reads processors, caches, memory, PCI devices, IOMMU groups, ports and disks from\n"
		"/proc and /sys. What cannot be found out is listed with the reason.\n"
		"    rehost profile -o edge7.xml",
	.run = run,
};
