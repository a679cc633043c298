// SPDX-License-Identifier: GPL-2.0-or-later
/* rehost profile: describe the hardware of an edge host. */
#include "config.h"

#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "cmd/command.h"
#include "lib/base/alloc.h"
#include "lib/base/child.h"
#include "lib/base/json.h"
#include "lib/base/path.h"
#include "lib/base/size.h"
#include "lib/collector.h"
#include "lib/import.h"
#include "lib/machine.h"
#include "lib/machine_check.h"
#include "lib/measure.h"
#include "lib/operator.h"
#include "lib/target/eve.h"

static void print_summary(const struct machine *m)
{
	struct report planning CLEANUP_REPORT = REPORT_INIT;
	CLEANUP_FREE char *memory = format_size(m->usable ? m->usable : m->memory);

	printf("%s: %s\n", m->name, m->cpu_model ? m->cpu_model : m->arch);
	printf("  %zu threads, %s of memory, %zu PCI functions in %zu IOMMU groups,\n"
	       "  %zu network cards, %zu serial ports, %zu other ports, %zu disks\n",
	       m->n_threads, memory, m->n_pci, m->n_groups, m->n_nics, m->n_serials, m->n_ports,
	       m->n_disks);
	for (size_t i = 0; i < m->n_missing; i++)
		printf("  not known: %s (%s)\n", m->missing[i].fact, m->missing[i].why);
	machine_check_planning(m, &planning);
	if (planning.n_findings)
		puts("for planning:");
	print_report(&planning);
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
	char *root, *import, *from, *keep, *output, *collect, *format;
	char *reserve_cpus, *reserve_memory, *spare, *images;
	const char **labels, **usages;
	int json, print_collector, without_original, measure;
};

static void cleanup_options(struct options *o)
{
	char *texts[] = { o->root, o->import, o->from, o->keep, o->output, o->collect, o->format,
			  o->reserve_cpus, o->reserve_memory, o->spare, o->images };
	const char **lists[] = { o->labels, o->usages };

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		free(texts[i]);
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		for (size_t k = 0; lists[i] && lists[i][k]; k++)
			free((char *)lists[i][k]);
		free(lists[i]);
	}
}

static int check_options(const struct options *o, struct error *err)
{
	if (!!o->root + !!o->import + !!o->from > 1)
		return error_set(err, ERR_USAGE, "profile: --root, --import and --from exclude each other");
	if (o->format && (!o->output ||
			  (strcmp(o->format, "profile") != 0 && strcmp(o->format, "eve-model") != 0)))
		return error_set(err, ERR_USAGE, "profile: --format is profile or eve-model, of --output");
	if (o->measure && (o->root || o->import || o->from))
		return error_set(err, ERR_USAGE, "profile: only the disks of this computer can be measured");
	return 0;
}

static int read_machine(struct machine *m, const struct options *o, struct error *err)
{
	const char *root = o->root ? o->root : "/";

	if (o->from)
		return machine_read(m, o->from, err);
	if (!o->import)
		return machine_probe(m, root, err) < 0 ? -1 : check_found(m, root, err);
	if (machine_import(m, o->import, err) < 0)
		return -1;
	if (o->without_original)
		free(STEAL(m->original));
	return 0;
}

static int keep_facts(struct machine *m, const char *path, struct error *err)
{
	struct machine old CLEANUP_MACHINE = MACHINE_INIT;

	if (machine_read(&old, path, err) < 0)
		return -1;
	operator_keep(m, &old);
	return 0;
}

static void set_text(char **text, char **option)
{
	if (!*option)
		return;
	free(*text);
	*text = STEAL(*option);
}

static int operator_facts(struct machine *m, struct options *o, struct error *err)
{
	if (o->keep && keep_facts(m, o->keep, err) < 0)
		return -1;
	for (size_t i = 0; o->labels && o->labels[i]; i++)
		if (operator_label(m, o->labels[i], err) < 0)
			return -1;
	for (size_t i = 0; o->usages && o->usages[i]; i++)
		if (operator_usage(m, o->usages[i], err) < 0)
			return -1;
	set_text(&m->reserve_cpus, &o->reserve_cpus);
	set_text(&m->images, &o->images);
	if (o->reserve_memory && parse_size(o->reserve_memory, &m->reserve_memory, err) < 0)
		return error_wrap(err, "--reserve-memory");
	if (o->spare && parse_u64(o->spare, 0, 90, &m->spare_percent, err) < 0)
		return error_wrap(err, "--spare");
	return machine_refuse(m, err);
}

/* Writes are measured where the profile goes: that is where guests will live, or near it. */
static int measure(struct machine *m, const struct options *o, struct error *err)
{
	CLEANUP_FREE char *folder = o->output ? path_dirname(o->output) : xstrdup(".");

	fprintf(stderr, "measuring %zu disks, some seconds for each\n", m->n_disks);
	return machine_measure(m, "/dev", folder, err);
}

static int write_output(const struct machine *m, const struct options *o, struct error *err)
{
	struct json_object *model CLEANUP_JSON = NULL;
	CLEANUP_FREE char *text = NULL;

	if (!o->format || strcmp(o->format, "profile") == 0)
		return machine_write(m, o->output, OUTFILE_NEW, err);
	model = eve_model(m);
	text = xasprintf("%s\n", json_object_to_json_string_ext(model, JSON_C_TO_STRING_PRETTY |
								       JSON_C_TO_STRING_NOSLASHESCAPE));
	return file_write(o->output, text, strlen(text), OUTFILE_NEW, err);
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
		{ "from", 0, POPT_ARG_STRING, &o.from, 0,
		  "start from an existing profile, to add the operator's facts", "FILE" },
		{ "keep", 0, POPT_ARG_STRING, &o.keep, 0,
		  "keep the operator's facts of an earlier profile of this host", "FILE" },
		{ "label", 0, POPT_ARG_ARGV, &o.labels, 0,
		  "text on the box beside a port, as ttyS1=X5; can be given again", "NAME=TEXT" },
		{ "usage", 0, POPT_ARG_ARGV, &o.usages, 0,
		  "host, shared, dedicated or disabled, as eth1=dedicated; can be given again",
		  "NAME=USAGE" },
		{ "reserve-cpus", 0, POPT_ARG_STRING, &o.reserve_cpus, 0,
		  "processors that the host keeps", "LIST" },
		{ "reserve-memory", 0, POPT_ARG_STRING, &o.reserve_memory, 0,
		  "memory that the host keeps", "SIZE" },
		{ "spare", 0, POPT_ARG_STRING, &o.spare, 0,
		  "part of shared cores and of disks that stays free", "PERCENT" },
		{ "images", 0, POPT_ARG_STRING, &o.images, 0, "disk that holds the guests' disks",
		  "NAME" },
		{ "measure", 0, POPT_ARG_NONE, &o.measure, 0,
		  "measure the speed of this computer's disks", NULL },
		{ "without-original", 0, POPT_ARG_NONE, &o.without_original, 0,
		  "do not keep the imported document in the profile", NULL },
		{ "output", 'o', POPT_ARG_STRING, &o.output, 0, "write the profile to FILE", "FILE" },
		{ "format", 0, POPT_ARG_STRING, &o.format, 0,
		  "what --output writes: profile, or eve-model for EVE's controller (profile)", "FORM" },
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
	if (check_options(&o, err) < 0 || read_machine(&m, &o, err) < 0 ||
	    operator_facts(&m, &o, err) < 0 || (o.measure && measure(&m, &o, err) < 0) ||
	    (o.output && write_output(&m, &o, err) < 0))
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
		"/proc and /sys. What cannot be found out is listed with the reason, and what is\n"
		"missing for planning. Labels and reserves are the operator's to add.\n"
		"    rehost profile -o edge7.xml\n"
		"    rehost profile --from edge7.xml --label ttyS1=X5 --usage eth0=host -o edge7-2.xml\n"
		"    rehost profile --import board.xml -o edge7.xml\n"
		"    rehost profile --from edge7.xml --format eve-model -o edge7.json",
	.run = run,
};
