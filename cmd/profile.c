// SPDX-License-Identifier: GPL-2.0-or-later
/* rehost profile: describe the hardware of an edge host. */
#include "config.h"

#include <json-c/json.h>
#include <stdio.h>

#include "cmd/command.h"
#include "lib/base/alloc.h"
#include "lib/base/size.h"
#include "lib/collector.h"
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

static int run(const struct command *cmd, int argc, const char **argv, struct error *err)
{
	struct machine m CLEANUP_MACHINE = MACHINE_INIT;
	struct strv args CLEANUP_STRV = STRV_INIT;
	CLEANUP_FREE char *root = NULL, *output = NULL;
	int json = 0, collector = 0;
	const struct poptOption options[] = {
		{ "root", 0, POPT_ARG_STRING, &root, 0,
		  "read the copy of /proc and /sys in DIR instead of this computer's", "DIR" },
		{ "output", 'o', POPT_ARG_STRING, &output, 0, "write the profile to FILE", "FILE" },
		{ "print-collector", 0, POPT_ARG_NONE, &collector, 0,
		  "print a shell script that gathers the files on a host without rehost", NULL },
		{ "json", 0, POPT_ARG_NONE, &json, 0, "print the profile as JSON", NULL },
		POPT_TABLEEND
	};
	int rc = command_parse(cmd, options, 0, 0, argc, argv, &args, err);

	if (rc <= 0)
		return rc;
	if (collector) {
		fputs(collector_script, stdout);
		return 0;
	}
	if (!root)
		root = xstrdup("/");
	if (machine_probe(&m, root, err) < 0 || check_found(&m, root, err) < 0)
		return -1;
	if (output && machine_write(&m, output, OUTFILE_NEW, err) < 0)
		return -1;
	if (json)
		print_json(machine_to_json(&m));
	else
		print_summary(&m);
	return 0;
}

const struct command command_profile = {
	.name = "profile",
	.synopsis = "[--root DIR] [-o HOST.xml]",
	.summary = "describe the hardware of an edge host",
	.text = "Reads processors, caches, memory, PCI devices, IOMMU groups, ports and disks from\n"
		"/proc and /sys. What cannot be found out is listed with the reason.\n"
		"    rehost profile -o edge7.xml",
	.run = run,
};
