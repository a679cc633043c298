// SPDX-License-Identifier: GPL-2.0-or-later
/* rehost validate: prove that a guest is sound and comes up. */
#include "config.h"

#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "cmd/command.h"
#include "cmd/document_check.h"
#include "cmd/keys.h"
#include "cmd/validate_eve.h"
#include "lib/base/alloc.h"
#include "lib/base/path.h"
#include "lib/keyboard.h"
#include "lib/old_parts.h"
#include "lib/target/target.h"
#include "lib/validation.h"

struct request {
	const char *output;	/* folder of the evidence, or NULL */
	const char *timeout, *grace;
	const struct strv *keys;
	bool files_only, json, network;
	const char *as;			/* target whose machine is played, or NULL */
};

static void print_result(const struct validation *v, const char *dir)
{
	print_report(&v->findings);
	if (v->alive)
		printf("%s lives: %s after %.0f s with %s\n", v->guest,
		       v->line ? v->line : "its screen settled", v->seconds, accel_name(v->accel));
	for (size_t i = 0; i < v->answers.n; i++)
		printf("%s answers a ping at %s\n", v->guest, v->answers.v[i]);
	if (v->alive && v->power_button == POWER_OBEYED)
		printf("%s follows the power button\n", v->guest);
	if (!v->qemu && validation_passed(v))
		printf("%s: nothing wrong with its files\n", v->guest);
	printf("evidence: %s\n", dir);
}

static struct json_object *answers_to_json(const struct validation *v)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < v->answers.n; i++)
		json_object_array_add(list, json_object_new_string(v->answers.v[i]));
	return list;
}

static void print_result_json(const struct validation *v, const char *dir)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "guest", json_object_new_string(v->guest));
	json_object_object_add(o, "target", json_object_new_string(v->target));
	json_object_object_add(o, "passed", json_object_new_boolean(validation_passed(v)));
	json_object_object_add(o, "evidence", json_object_new_string(dir));
	if (v->qemu) {
		json_object_object_add(o, "alive", json_object_new_boolean(v->alive));
		json_object_object_add(o, "seconds", json_object_new_double(v->seconds));
		json_object_object_add(o, "accelerator",
				       json_object_new_string(accel_name(v->accel)));
	}
	if (v->qemu)
		json_object_object_add(o, "answers", answers_to_json(v));
	if (v->line)
		json_object_object_add(o, "line", json_object_new_string(v->line));
	json_object_object_add(o, "findings", report_to_json(&v->findings));
	print_json(o);
}

/*
 * The machine of the guest has nothing that @as has not: so its boot tells something about @as, whose ports
 * it gets.
 */
static void check_as(struct guest *g, const struct target *as, struct report *ret)
{
	size_t missing = 0;
	const struct machine_model *shape = model_shape(as->offers, g->device, &missing);

	g->ports = shape->ports;
	for (int dim = 0; dim < N_DIMS; dim++) {
		CLEANUP_FREE char *offered = model_list(shape, dim);

		if (model_has(shape, dim, (unsigned int)g->device[dim]))
			continue;
		report_remedy(report_add(ret, FINDING_ERROR, g->name,
					 "its %s is %s, and %s has %s", model_dim_name(dim),
					 model_value_name(dim, (unsigned int)g->device[dim]), as->name,
					 offered),
			      dim == DIM_WORD ? "choose a target with such processors"
					      : "convert it again with --target %s", as->name);
	}
}

static int begin(struct guest *g, const struct request *r, struct validation *v,
		 struct error *err)
{
	CLEANUP_FREE char *document = path_join(g->dir, GUEST_FILE);
	const struct target *as = r->as ? target_find(r->as, err) : NULL;
	const struct target *maker = as ? as : target_find(g->target, NULL);

	if (r->as && !as)
		return -1;
	/* the machine as the target makes it, not as the old PC was */
	if (maker)
		old_parts_drop(g, maker->ports, maker->name, &v->findings);
	v->guest = xstrdup(g->name);
	v->target = xstrdup(r->as ? r->as : g->target);
	if (as)
		check_as(g, as, &v->findings);
	return digest_file(document, v->guest_digest, NULL, err);
}

/* What was seen on the machine of another target is no evidence for the guest's own. */
static char *evidence_folder(const struct guest *g, const struct request *r)
{
	CLEANUP_FREE char *other = xasprintf(EVIDENCE_FOLDER "-%s", r->as ? r->as : "");

	if (r->output)
		return xstrdup(r->output);
	return path_join(g->dir, !r->as || strcmp(r->as, g->target) == 0 ? EVIDENCE_FOLDER : other);
}

static int validate(const char *path, const struct request *r, struct progress *progress,
		    struct error *err)
{
	struct guest g CLEANUP_GUEST = GUEST_INIT;
	struct validation v CLEANUP_VALIDATION = VALIDATION_INIT;
	struct validate_options options = { .grace = VALIDATION_GRACE, .progress = progress,
					    .keys = r->keys, .network = r->network };
	CLEANUP_FREE char *dir = NULL;

	if (seconds_from_option("--timeout", r->timeout, 1, &options.timeout, err) < 0 ||
	    seconds_from_option("--grace", r->grace, 1, &options.grace, err) < 0)
		return -1;
	if (guest_open(&g, path, err) < 0 || begin(&g, r, &v, err) < 0)
		return -1;
	dir = evidence_folder(&g, r);
	if (validate_files(&g, &v.findings, err) < 0)
		return -1;
	if (!r->files_only && validation_passed(&v) && validate_boot(&g, &options, &v, err) < 0)
		return -1;
	if (validation_save(&v, dir, err) < 0)
		return -1;
	if (r->json)
		print_result_json(&v, dir);
	else
		print_result(&v, dir);
	return validation_passed(&v) ? 0 : COMMAND_FINDINGS;
}

/* Better told now than after minutes of boot. */
static int check_keys(const struct strv *keys, struct error *err)
{
	for (size_t i = 0; i < keys->n; i++)
		if (!keyboard_can_type(keys->v[i]))
			return error_set(err, ERR_UNSUPPORTED, "a passphrase has characters that are "
					 "not on a US keyboard: it cannot be typed");
	return 0;
}

static int run(const struct command *cmd, int argc, const char **argv, struct error *err)
{
	CLEANUP_FREE char *output = NULL, *timeout = NULL, *grace = NULL, *form = NULL, *as = NULL;
	int files_only = 0, json = 0, no_network = 0;
	CLEANUP_FREE char *hypervisor = NULL, *arch = NULL, *persist = NULL, *model = NULL;
	struct keys keys CLEANUP_KEYS = { 0 };
	struct strv args CLEANUP_STRV = STRV_INIT;
	struct progress progress CLEANUP_PROGRESS = { .mode = PROGRESS_NONE };
	const struct poptOption options[] = {
		{ "output", 'o', POPT_ARG_STRING, &output, 0,
		  "folder for the evidence (NAME.guest/evidence)", "DIR" },
		{ "as", 0, POPT_ARG_STRING, &as, 0,
		  "only if TARGET has all that the guest uses (the target it was made for)",
		  "TARGET" },
		{ "timeout", 0, POPT_ARG_STRING, &timeout, 0,
		  "seconds until it must live (as the guest says)", "S" },
		{ "grace", 0, POPT_ARG_STRING, &grace, 0,
		  "seconds to answer at its address, and to power off (90)", "S" },
		KEY_OPTION(&keys),
		{ "no-network", 0, POPT_ARG_NONE, &no_network, 0,
		  "do not ask whether it answers at its old address", NULL },
		{ "static", 0, POPT_ARG_NONE, &files_only, 0, "check its files, boot nothing", NULL },
		{ "hv", 0, POPT_ARG_STRING, &hypervisor, 0, "of the EVE device: kvm, xen or k", "NAME" },
		{ "arch", 0, POPT_ARG_STRING, &arch, 0, "of the EVE device: amd64 or arm64", "NAME" },
		{ "persist", 0, POPT_ARG_STRING, &persist, 0,
		  "file system of the EVE device: ext4 or zfs", "NAME" },
		{ "model", 0, POPT_ARG_STRING, &model, 0, "model of the EVE device", "FILE" },
		{ "json", 0, POPT_ARG_NONE, &json, 0, "print JSON for programs", NULL },
		PROGRESS_OPTION(&form),
		POPT_TABLEEND
	};
	struct request r;
	int rc = command_parse(cmd, options, 1, 1, argc, argv, &args, err);

	if (rc <= 0)
		return rc;
	if (document_is_one(args.v[0]))
		return document_check(args.v[0], json, err);
	if (progress_from_option(form, &progress, err) < 0 || keys_read(&keys, err) < 0 ||
	    check_keys(&keys.values, err) < 0)
		return -1;
	if (is_eve_config(args.v[0])) {
		struct eve_device device = { hypervisor, arch, persist, model };

		return validate_eve(args.v[0], &device, json != 0, err);
	}
	if (is_image_layout(args.v[0]))
		return validate_artifacts(args.v[0], json != 0, err);
	r = (struct request){ output, timeout, grace, &keys.values, files_only != 0, json != 0,
			      !no_network, as };
	return validate(args.v[0], &r, &progress, err);
}

const struct command command_validate = {
	.name = "validate",
	.synopsis = "NAME.guest | NAME.plan.xml | HOST.xml | CONFIG.json | CONFIG.pb | LAYOUT",
	.summary = "prove that a guest is sound and comes up",
	.text = "Checks the guest's files, then boots throw-away overlays of its disks in QEMU on the\n"
		"machine that was negotiated, and keeps what was seen. Exit status 1: it found\n"
		"something wrong.\n"
		"    rehost validate press4.guest\n"
		"A plan or profile, edited by hand or not, is judged by its rules without a boot.\n"
		"    rehost validate hall3.plan.xml\n"
		"So is the configuration of an EVE device, by the rules that EVE keeps quiet about.\n"
		"    rehost validate eve/config.json --hv kvm --persist ext4\n"
		"And an OCI image layout, whose artifacts are to become disks on EVE.\n"
		"    rehost validate layout",
	.run = run,
};
