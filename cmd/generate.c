// SPDX-License-Identifier: GPL-2.0-or-later
/* rehost generate: write the configuration of a hypervisor for a plan. */
#include "config.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd/command.h"
#include "lib/base/alloc.h"
#include "lib/base/outfile.h"
#include "lib/target/target.h"

static int write_folder(struct fileset *files, const char *path, struct error *err)
{
	struct outdir out CLEANUP_OUTDIR = OUTDIR_INIT;

	if (outdir_open(&out, path, OUTDIR_NEW, err) < 0 ||
	    fileset_write(files, out.partial, err) < 0)
		return -1;
	return outdir_commit(&out, err);
}

static void print_result(const struct report *report, const struct strv *changes,
			 const struct fileset *files, const char *dir)
{
	print_report(report);
	for (size_t i = 0; i < changes->n; i++)
		puts(changes->v[i]);
	for (size_t i = 0; i < files->n_files; i++)
		printf("%s/%s\n", dir, files->files[i].path);
}

static void print_result_json(const struct report *report, const struct strv *changes,
			      const struct fileset *files, const char *dir)
{
	struct json_object *o = json_object_new_object(), *list = json_object_new_array();
	struct json_object *changed = json_object_new_array();

	for (size_t i = 0; i < files->n_files; i++)
		json_object_array_add(list, json_object_new_string(files->files[i].path));
	json_object_object_add(o, "output", json_object_new_string(dir));
	json_object_object_add(o, "files", list);
	for (size_t i = 0; i < changes->n; i++)
		json_object_array_add(changed, json_object_new_string(changes->v[i]));
	json_object_object_add(o, "changes", changed);
	json_object_object_add(o, "findings", report_to_json(report));
	print_json(o);
}

struct request {
	const char *dir, *source;
	const char *current;		/* configuration to merge with, or NULL */
	bool build, json;
	struct progress *progress;
};

/* popt's list becomes ours. */
static void take_list(char **list, struct strv *ret)
{
	for (size_t i = 0; list && list[i]; i++)
		strv_take(ret, list[i]);
	free(list);
}

static int generate(const struct plan *plan, const struct target *target, const struct request *r,
		    struct error *err)
{
	struct report report CLEANUP_REPORT = REPORT_INIT;
	struct fileset files CLEANUP_FILESET = FILESET_INIT;
	struct strv changes CLEANUP_STRV = STRV_INIT;
	bool sound;

	target->check(plan, &report);
	sound = report_count(&report, FINDING_ERROR) == 0;
	if (sound && target->emit(plan, &files, err) < 0)
		return -1;
	if (sound && r->current && target->merge(&files, r->current, &report, &changes, err) < 0)
		return error_wrap(err, "merge with '%s'", r->current);
	if (sound && write_folder(&files, r->dir, err) < 0)
		return -1;
	if (sound && r->source &&
	    target->judge(r->source, r->dir, r->build, r->progress, &report, err) < 0)
		return -1;
	sound = report_count(&report, FINDING_ERROR) == 0;
	if (r->json)
		print_result_json(&report, &changes, &files, r->dir);
	else
		print_result(&report, &changes, &files, r->dir);
	return sound ? 0 : COMMAND_FINDINGS;
}

static int check_source(const struct target *target, const char *source, bool build,
			struct error *err)
{
	if (build && !source) {
		error_set(err, ERR_USAGE, "generate: --build needs a source tree");
		return error_hint(err, "name it with --with-acrn-source");
	}
	if (source && !target->judge)
		return error_set(err, ERR_USAGE, "generate: --with-acrn-source is for target acrn");
	return 0;
}

static int check_merge(const struct target *target, const char *current, struct error *err)
{
	if (current && !target->merge)
		return error_set(err, ERR_USAGE, "generate: --merge is for target eve");
	return 0;
}

static int run(const struct command *cmd, int argc, const char **argv, struct error *err)
{
	CLEANUP_FREE char *output = NULL, *name = NULL, *source = NULL, *form = NULL, *current = NULL;
	int json = 0, build = 0;
	char **set = NULL;
	struct strv settings CLEANUP_STRV = STRV_INIT, names CLEANUP_STRV = STRV_INIT;
	struct strv args CLEANUP_STRV = STRV_INIT;
	struct progress progress CLEANUP_PROGRESS = { .mode = PROGRESS_NONE };
	struct plan plan CLEANUP_PLAN = PLAN_INIT;
	const struct target *target;
	const struct poptOption options[] = {
		{ "target", 't', POPT_ARG_STRING, &name, 0, "the hypervisor to write for", "NAME" },
		{ "output", 'o', POPT_ARG_STRING, &output, 0, "folder to create", "DIR" },
		{ "set", 0, POPT_ARG_ARGV, &set, 0,
		  "a setting of the target, as its section of the manual says (repeatable)",
		  "NAME=VALUE" },
		{ "merge", 0, POPT_ARG_STRING, &current, 0,
		  "into the configuration that the device has: JSON or protobuf", "FILE" },
		{ "with-acrn-source", 0, POPT_ARG_STRING, &source, 0,
		  "let the tools of this source tree of ACRN judge the result", "DIR" },
		{ "build", 0, POPT_ARG_NONE, &build, 0, "and build the hypervisor with it", NULL },
		{ "json", 0, POPT_ARG_NONE, &json, 0, "print JSON for programs", NULL },
		PROGRESS_OPTION(&form),
		POPT_TABLEEND
	};
	struct request r;
	int rc = command_parse(cmd, options, 1, 1, argc, argv, &args, err);

	take_list(set, &settings);
	if (rc <= 0)
		return rc;
	if (!name || !output) {
		error_set(err, ERR_USAGE, "generate: --%s is missing", name ? "output" : "target");
		return error_hint(err, "see 'rehost generate --help'");
	}
	strv_add(&names, name);
	target = target_find(name, err);
	if (!target || target_check_settings(&settings, &names, err) < 0 ||
	    settings_read_files(&settings, err) < 0 ||
	    check_source(target, source, build != 0, err) < 0 || check_merge(target, current, err) < 0 ||
	    progress_from_option(form, &progress, err) < 0 || plan_open(&plan, args.v[0], err) < 0)
		return -1;
	target_settings(target, &settings, &plan.settings);
	r = (struct request){ output, source, current, build != 0, json != 0, &progress };
	return generate(&plan, target, &r, err);
}

const struct command command_generate = {
	.name = "generate",
	.synopsis = "NAME.plan.xml --target NAME -o DIR",
	.summary = "write the configuration of a hypervisor for a plan",
	.text = "Writes one folder for each guest. What the target cannot do is a finding; nothing is\n"
		"written when it could not run a guest at all.\n"
		"    rehost generate line4.plan.xml --target qemu -o line4.qemu",
	.run = run,
};
