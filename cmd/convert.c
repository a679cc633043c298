// SPDX-License-Identifier: GPL-2.0-or-later
/* rehost convert: make a captured system boot on the virtual machine of a target. */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmd/command.h"
#include "cmd/inspect.h"
#include "cmd/keys.h"
#include "converters/converter.h"
#include "lib/base/alloc.h"
#include "lib/base/path.h"
#include "lib/base/size.h"
#include "lib/family.h"
#include "lib/target/target.h"

struct options {
	char *output, *target, *memory, *root, *family, *progress, *csm;
	char **want, **drivers;
	struct strv driver_paths;
	struct keys keys;
	int vcpus, cpu_quota, dry_run, timings, json, no_console, discard_hibernation, fsck, flatten;
};

static void cleanup_options(struct options *o)
{
	free(o->output);
	free(o->target);
	free(o->memory);
	free(o->root);
	free(o->family);
	free(o->csm);
	free(o->progress);
	for (size_t i = 0; o->want && o->want[i]; i++)
		free(o->want[i]);
	free(o->want);
	for (size_t i = 0; o->drivers && o->drivers[i]; i++)
		free(o->drivers[i]);
	free(o->drivers);
	strv_clear(&o->driver_paths);
	keys_clear(&o->keys);
}

static int check(const struct options *o, struct error *err)
{
	if (!o->target) {
		error_set(err, ERR_USAGE, "convert: which hypervisor is the guest for?");
		return error_hint(err, "name it with --target");
	}
	if (!o->output && !o->dry_run) {
		error_set(err, ERR_USAGE, "convert: where does the guest go?");
		return error_hint(err, "name it with -o NAME" GUEST_SUFFIX);
	}
	if (o->output && !path_has_suffix(o->output, GUEST_SUFFIX)) {
		error_set(err, ERR_USAGE, "convert: '%s' does not end in " GUEST_SUFFIX, o->output);
		return error_hint(err, "write -o NAME" GUEST_SUFFIX);
	}
	if (o->vcpus < 0 || o->vcpus > 1024)
		return error_set(err, ERR_USAGE, "convert: a guest cannot have %d processors",
				 o->vcpus);
	if (o->cpu_quota < 0 || o->cpu_quota > 100)
		return error_set(err, ERR_USAGE, "convert: %d %% is no share of a processor", o->cpu_quota);
	for (size_t i = 0; o->drivers && o->drivers[i]; i++)
		if (access(o->drivers[i], R_OK) < 0)
			return error_sys(err, errno, "open '%s'", o->drivers[i]);
	return 0;
}

/* Converters know no targets: they get what each offers. */
static size_t list_targets(struct conversion_other *ret, size_t max)
{
	size_t n = 0;

	for (; targets[n] && n < max; n++)
		ret[n] = (struct conversion_other){ targets[n]->name, targets[n]->offers };
	return n;
}

/* What the command line wants, in the words of the library. */
static int translate(const struct options *o, struct progress *progress,
		     struct conversion_options *ret, struct error *err)
{
	static struct conversion_other others[32];
	const struct target *target = target_find(o->target, err);

	if (!target)
		return -1;
	*ret = (struct conversion_options){
		.output = o->output,
		.target_name = target->name,
		.offers = target->offers,
		.gives = target->gives,
		.ports = target->ports,
		.wishes = WISHES_INIT,
		.vcpus = (uint64_t)o->vcpus,
		.cpu_quota = (uint64_t)o->cpu_quota,
		.root = o->root,
		.csm = o->csm,
		.keys = &o->keys.values,
		.drivers = &o->driver_paths,
		.discard_hibernation = o->discard_hibernation,
		.others = others,
		.n_others = list_targets(others, ARRAY_SIZE(others)),
		.dry_run = o->dry_run,
		.console = !o->no_console,
		.fsck = o->fsck,
		.flatten = o->flatten,
		.progress = progress,
	};
	if (o->family && !(ret->family = guest_family_from_option(o->family, err)))
		return -1;
	for (size_t i = 0; o->want && o->want[i]; i++)
		if (wishes_add(&ret->wishes, o->want[i], err) < 0)
			return -1;
	if (o->memory && parse_size(o->memory, &ret->memory, err) < 0)
		return -1;
	if (o->memory && ret->memory < 1 << 20)
		return error_set(err, ERR_USAGE, "convert: less than 1 MiB of memory");
	return progress_from_option(o->progress, progress, err);
}

static void print_keys(const struct guest *g)
{
	if (g->n_keys)
		printf("  %zu keys and values of the registry, which guest.xml lists\n", g->n_keys);
}

static void print_changes(const struct guest *g)
{
	for (size_t i = 0; i < g->n_changes; i++) {
		print_plain("  %-8s %s", g->changes[i].action, g->changes[i].path);
		print_plain("           %s", g->changes[i].why);
	}
}

static void print_software(const struct guest *g)
{
	for (size_t i = 0; i < g->n_software; i++) {
		const struct guest_software *s = &g->software[i];

		print_plain("  %-8s %s%s%s", s->kind, s->name, s->version ? " " : "", s->version ? s->version : "");
		print_plain("           from %s", s->source);
	}
}

static void print_devices(const struct guest *g)
{
	CLEANUP_FREE char *memory = format_size(g->memory);

	printf("  %s, %" PRIu64 " processor%s", memory, g->vcpus, g->vcpus == 1 ? "" : "s");
	for (int dim = 0; dim < N_DIMS; dim++)
		printf(", %s %s%s", model_dim_name(dim),
		       model_value_name(dim, (unsigned int)g->device[dim]),
		       g->added[dim] ? " (added)" : "");
	putchar('\n');
}

static void print_timings(const struct conversion_result *r)
{
	double sum = 0;

	for (size_t i = 0; i < r->n_phases; i++) {
		printf("  %-16s %6.1f s\n", r->phases[i].name, r->phases[i].seconds);
		sum += r->phases[i].seconds;
	}
	printf("  %-16s %6.1f s\n", "all", sum);
}

static void print_result(const struct conversion_result *r, const struct options *o)
{
	const struct guest *g = &r->guest;

	print_plain("%s: %s for %s%s", g->name, g->system, g->target,
		    o->dry_run ? " (dry run, nothing is written)" : "");
	print_devices(g);
	print_software(g);
	print_changes(g);
	print_keys(g);
	print_report(&g->findings);
	if (o->timings)
		print_timings(r);
}

static struct json_object *changes_to_json(const struct guest *g)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < g->n_changes; i++) {
		const struct guest_change *c = &g->changes[i];
		struct json_object *item = json_object_new_object();

		json_add_text(item, "path", c->path);
		json_add_text(item, "action", c->action);
		json_add_text(item, "before", c->before);
		json_add_text(item, "after", c->after);
		json_add_text(item, "why", c->why);
		json_object_array_add(list, item);
	}
	return list;
}

static struct json_object *software_to_json(const struct guest *g)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < g->n_software; i++) {
		const struct guest_software *s = &g->software[i];
		struct json_object *item = json_object_new_object();

		json_add_text(item, "kind", s->kind);
		json_add_text(item, "name", s->name);
		json_add_text(item, "version", s->version);
		json_add_text(item, "source", s->source);
		json_object_array_add(list, item);
	}
	return list;
}

static struct json_object *keys_to_json(const struct guest *g)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < g->n_keys; i++) {
		struct json_object *item = json_object_new_object();

		json_add_text(item, "hive", g->keys[i].hive);
		json_add_text(item, "key", g->keys[i].key);
		json_add_text(item, "value", g->keys[i].value);
		json_add_text(item, "before", g->keys[i].before);
		json_add_text(item, "after", g->keys[i].after);
		json_object_array_add(list, item);
	}
	return list;
}

static struct json_object *result_to_json(const struct conversion_result *r)
{
	struct json_object *o = json_object_new_object(), *devices = json_object_new_object();
	struct json_object *seconds = json_object_new_object();
	const struct guest *g = &r->guest;

	json_add_text(o, "name", g->name);
	json_add_text(o, "system", g->system);
	json_add_text(o, "target", g->target);
	json_object_object_add(o, "memory", json_object_new_int64((int64_t)g->memory));
	json_object_object_add(o, "vcpus", json_object_new_int64((int64_t)g->vcpus));
	for (int dim = 0; dim < N_DIMS; dim++)
		json_object_object_add(
			devices, model_dim_name(dim),
			json_object_new_string(model_value_name(dim, (unsigned int)g->device[dim])));
	json_object_object_add(o, "devices", devices);
	json_object_object_add(o, "injected", software_to_json(g));
	json_object_object_add(o, "registry", keys_to_json(g));
	json_object_object_add(o, "changes", changes_to_json(g));
	json_object_object_add(o, "findings", report_to_json(&g->findings));
	for (size_t i = 0; i < r->n_phases; i++)
		json_object_object_add(seconds, r->phases[i].name,
				       json_object_new_double(r->phases[i].seconds));
	json_object_object_add(o, "seconds", seconds);
	return o;
}

static int convert(const char *path, const struct options *o, struct error *err)
{
	struct capture c CLEANUP_CAPTURE = CAPTURE_INIT;
	struct conversion_result result CLEANUP_CONVERSION_RESULT = CONVERSION_RESULT_INIT;
	struct progress progress CLEANUP_PROGRESS = { 0 };
	struct conversion_options opts;

	if (translate(o, &progress, &opts, err) < 0 || capture_open(&c, path, err) < 0 ||
	    conversion_run(&c, &opts, &result, err) < 0)
		return -1;
	progress_clear(&progress);
	if (o->json)
		print_json(result_to_json(&result));
	else
		print_result(&result, o);
	return 0;
}

static int run(const struct command *cmd, int argc, const char **argv, struct error *err)
{
	struct options o __attribute__((cleanup(cleanup_options))) = { 0 };
	struct strv args CLEANUP_STRV = STRV_INIT;
	const struct poptOption options[] = {
		{ "output", 'o', POPT_ARG_STRING, &o.output, 0, "write the guest to DIR, NAME.guest",
		  "DIR" },
		{ "target", 't', POPT_ARG_STRING, &o.target, 0, "the hypervisor it shall run on",
		  "NAME" },
		{ "want", 0, POPT_ARG_ARGV, &o.want, 0,
		  "insist on a device, as disk=ahci; can be given again", "DIM=VALUE" },
		{ "memory", 'm', POPT_ARG_STRING, &o.memory, 0, "memory; as the old PC if not given",
		  "SIZE" },
		{ "vcpus", 0, POPT_ARG_INT, &o.vcpus, 0, "processors; as the old PC if not given",
		  "N" },
		{ "cpu-quota", 0, POPT_ARG_INT, &o.cpu_quota, 0,
		  "each processor gets so much of one of the host, for programs that are too fast there",
		  "PERCENT" },
		{ "csm", 0, POPT_ARG_STRING, &o.csm, 0,
		  "put this EFI program with BIOS services before a system that knows no UEFI",
		  "FILE" },
		{ "root", 0, POPT_ARG_STRING, &o.root, 0,
		  "which system, by the device of its root, when there are several", "DEVICE" },
		{ "family", 0, POPT_ARG_STRING, &o.family, 0,
		  "what the old system is, where inspection took it for another: msdos, win98, os2-4, ...", "ID" },
		KEY_OPTION(&o.keys),
		{ "drivers", 0, POPT_ARG_ARGV, &o.drivers, 0,
		  "drivers for Windows: the virtio-win ISO, a folder; can be given again", "PATH" },
		{ "discard-hibernation", 0, POPT_ARG_NONE, &o.discard_hibernation, 0,
		  "a Windows that was suspended loses what was open in it", NULL },
		{ "fsck", 0, POPT_ARG_NONE, &o.fsck, 0,
		  "check the file systems first, and repair them in the guest's disks", NULL },
		{ "flatten", 0, POPT_ARG_NONE, &o.flatten, 0,
		  "write whole disks, which need no capture any more", NULL },
		{ "no-console", 0, POPT_ARG_NONE, &o.no_console, 0,
		  "leave the first serial port to the guest's own use", NULL },
		{ "dry-run", 'n', POPT_ARG_NONE, &o.dry_run, 0, "say what would change, write nothing",
		  NULL },
		{ "timings", 0, POPT_ARG_NONE, &o.timings, 0, "print what each phase took", NULL },
		{ "json", 0, POPT_ARG_NONE, &o.json, 0, "print the result as JSON", NULL },
		PROGRESS_OPTION(&o.progress),
		POPT_TABLEEND
	};
	int rc = command_parse(cmd, options, 1, 1, argc, argv, &args, err);

	if (rc <= 0)
		return rc;
	for (size_t i = 0; o.drivers && o.drivers[i]; i++)
		strv_add(&o.driver_paths, o.drivers[i]);
	if (check(&o, err) < 0 || keys_read(&o.keys, err) < 0)
		return -1;
	return convert(args.v[0], &o, err);
}

const struct command command_convert = {
	.name = "convert",
	.synopsis = "NAME.capture --target NAME -o NAME.guest",
	.summary = "make a captured system boot on a hypervisor's virtual machine",
	.text = "The guest's disks are overlays: the capture is not changed, and deleting the folder\n"
		"undoes everything. Every changed file is listed, with the reason.\n"
		"    rehost convert press4.capture --target qemu -o press4.guest\n"
		"    rehost convert xp.capture --target qemu --drivers virtio-win.iso -o xp.guest",
	.run = run,
};
