// SPDX-License-Identifier: GPL-2.0-or-later
/* rehost bundle: one signed archive of a plan and all that it needs; and what can be done with one. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "cmd/bundle.h"
#include "lib/base/alloc.h"

/* Which options an action takes; the others are refused, so that none is without effect. */
enum {
	OPT_OUTPUT = 1 << 0,
	OPT_SIGN = 1 << 1,
	OPT_TARGET = 1 << 2,
	OPT_REVISION = 1 << 3,
	OPT_UNVALIDATED = 1 << 4,
	OPT_UNSIGNED = 1 << 5,
	OPT_KEYS = 1 << 6,
	OPT_JSON = 1 << 7,
	OPT_PROGRESS = 1 << 8,
	OPT_BASE = 1 << 9,
	OPT_TO = 1 << 10,
	OPT_RAW = 1 << 11,
	OPT_SET = 1 << 12,
	OPT_PUSH = 1 << 13,
};

static const struct action {
	const char *name;		/* NULL: the first argument is a plan */
	int n_args;
	unsigned int options;
	bundle_action_fn run;
} actions[] = {
	{ "list", 1, OPT_KEYS | OPT_JSON, bundle_action_list },
	{ "verify", 1, OPT_UNSIGNED | OPT_KEYS | OPT_JSON | OPT_PROGRESS | OPT_BASE,
	  bundle_action_verify },
	{ "extract", 1, OPT_OUTPUT | OPT_UNSIGNED | OPT_KEYS | OPT_PROGRESS | OPT_BASE | OPT_RAW,
	  bundle_action_extract },
	{ "cat", 2, OPT_UNSIGNED | OPT_KEYS, bundle_action_cat },
	{ "diff", 2, OPT_KEYS | OPT_JSON, bundle_action_diff },
	{ "copy", 1, OPT_TO | OPT_UNSIGNED | OPT_KEYS | OPT_JSON | OPT_PROGRESS, bundle_action_copy },
	{ "push", 1, OPT_PUSH | OPT_UNSIGNED | OPT_KEYS | OPT_JSON | OPT_PROGRESS, bundle_action_push },
	{ "sign", 1, OPT_OUTPUT | OPT_SIGN | OPT_KEYS | OPT_PROGRESS,
	  bundle_action_sign },
	{ NULL, 1,
	  OPT_OUTPUT | OPT_SIGN | OPT_TARGET | OPT_REVISION | OPT_UNVALIDATED | OPT_UNSIGNED |
		  OPT_JSON | OPT_PROGRESS | OPT_BASE | OPT_TO | OPT_SET | OPT_PUSH,
	  bundle_action_make },
};

static const struct action *find_action(const char *word)
{
	const struct action *a = actions;

	while (a->name && strcmp(a->name, word) != 0)
		a++;
	return a;
}

static int check_options(const struct action *a, const struct bundle_request *r, const char *form,
			 struct error *err)
{
	const struct {
		unsigned int bit;
		bool given;
		const char *name;
	} given[] = {
		{ OPT_OUTPUT, r->output, "--output" },
		{ OPT_SIGN, r->sign, "--sign" },
		{ OPT_SIGN, r->passphrase_file, "--passphrase-file" },
		{ OPT_TARGET, r->targets, "--target" },
		{ OPT_SET, r->set, "--set" },
		{ OPT_REVISION, r->revision, "--revision" },
		{ OPT_UNVALIDATED, r->allow_unvalidated, "--allow-unvalidated" },
		{ OPT_UNSIGNED, r->allow_unsigned, "--allow-unsigned" },
		{ OPT_KEYS, r->keys, "--keys" },
		{ OPT_JSON, r->json, "--json" },
		{ OPT_PROGRESS, form, "--progress" },
		{ OPT_BASE, r->base, "--base" },
		{ OPT_TO, r->to, "--to" },
		{ OPT_TO, r->verify, "--verify" },
		{ OPT_TO, r->split, "--split" },
		{ OPT_RAW, r->raw, "--raw" },
		{ OPT_PUSH, r->push, "--push" },
		{ OPT_PUSH, r->ca, "--ca" },
		{ OPT_PUSH, r->auth_file, "--auth-file" },
		{ OPT_PUSH, r->insecure, "--insecure" },
		{ OPT_PUSH, r->replace, "--replace" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(given); i++)
		if (given[i].given && !(a->options & given[i].bit))
			return error_set(err, ERR_USAGE, "bundle %s: %s means nothing here",
					 a->name ? a->name : "PLAN", given[i].name);
	if ((a->options & OPT_OUTPUT) && !r->output) {
		error_set(err, ERR_USAGE, "bundle: where to? --output is missing");
		return error_hint(err, "see 'rehost bundle --help'");
	}
	return 0;
}

static int run_action(struct bundle_request *r, const char *form, struct error *err)
{
	const struct action *a = find_action(r->args.v[0]);
	size_t first = a->name ? 1 : 0;

	if (check_options(a, r, form, err) < 0)
		return -1;
	if (r->args.n != first + (size_t)a->n_args) {
		error_set(err, ERR_USAGE, "bundle %s: wrong number of arguments",
			  a->name ? a->name : "PLAN");
		return error_hint(err, "see 'rehost bundle --help'");
	}
	if (progress_from_option(form, &r->progress, err) < 0)
		return -1;
	if (first) {
		free(r->args.v[0]);
		memmove(r->args.v, r->args.v + 1, r->args.n * sizeof(*r->args.v));
		r->args.n--;
	}
	return a->run(r, err);
}

static void clear_list(const char **list)
{
	for (size_t i = 0; list && list[i]; i++)
		free((char *)list[i]);
	free(list);
}

static void clear_request(struct bundle_request *r)
{
	clear_list(r->targets);
	clear_list(r->set);
	free(r->output);
	free(r->sign);
	free(r->passphrase_file);
	free(r->keys);
	free(r->revision);
	free(r->base);
	free(r->to);
	free(r->split);
	free(r->push);
	free(r->ca);
	free(r->auth_file);
	progress_clear(&r->progress);
	strv_clear(&r->args);
}

static int run(const struct command *cmd, int argc, const char **argv, struct error *err)
{
	struct bundle_request r __attribute__((cleanup(clear_request))) = { .output = NULL };
	CLEANUP_FREE char *form = NULL;
	const struct poptOption options[] = {
		{ "output", 'o', POPT_ARG_STRING, &r.output, 0,
		  "write the bundle to NAME.rehost; extract: into the new folder", "NAME" },
		{ "sign", 0, POPT_ARG_STRING, &r.sign, 0, "sign with this secret key", "FILE.key" },
		{ "passphrase-file", 0, POPT_ARG_STRING, &r.passphrase_file, 0,
		  "the first line of FILE opens the secret key", "FILE" },
		{ "target", 0, POPT_ARG_ARGV, &r.targets, 0,
		  "put in the configuration of this target; may be repeated (those of the guests)",
		  "TARGET" },
		{ "set", 0, POPT_ARG_ARGV, &r.set, 0,
		  "a setting of a target, as its section of rehost-generate(1) says (repeatable)",
		  "[TARGET.]NAME=VALUE" },
		{ "revision", 0, POPT_ARG_STRING, &r.revision, 0,
		  "number of this release: an edge host takes only a higher one (1, or the base's + 1)",
		  "N" },
		{ "allow-unvalidated", 0, POPT_ARG_NONE, &r.allow_unvalidated, 0,
		  "take guests that have not passed 'rehost validate'", NULL },
		{ "allow-unsigned", 0, POPT_ARG_NONE, &r.allow_unsigned, 0,
		  "go on without a signature by a pinned key", NULL },
		{ "keys", 0, POPT_ARG_STRING, &r.keys, 0, "the only folder of pinned keys", "DIR" },
		{ "base", 0, POPT_ARG_STRING, &r.base, 0,
		  "only the differences to this bundle; verify, extract: the one it stands on",
		  "OLD.rehost" },
		{ "to", 0, POPT_ARG_STRING, &r.to, 0, "copy it there, in parts where it must be",
		  "DIR-OR-DEVICE" },
		{ "verify", 0, POPT_ARG_NONE, &r.verify, 0,
		  "with --to: read back from the medium what was written", NULL },
		{ "split", 0, POPT_ARG_STRING, &r.split, 0,
		  "with --to: parts of at most SIZE (what the file system can hold)", "SIZE" },
		{ "push", 0, POPT_ARG_STRING, &r.push, 0,
		  "put the disks into this registry, as EVE takes them", "docker://HOST[:PORT][/PATH]" },
		{ "auth-file", 0, POPT_ARG_STRING, &r.auth_file, 0,
		  "with --push: names and passwords, as docker and skopeo keep them", "FILE" },
		{ "ca", 0, POPT_ARG_STRING, &r.ca, 0,
		  "with --push: certificates to trust instead of this host's", "FILE" },
		{ "insecure", 0, POPT_ARG_NONE, &r.insecure, 0,
		  "with --push: take any certificate, and none", NULL },
		{ "replace", 0, POPT_ARG_NONE, &r.replace, 0,
		  "with --push: the tag may name another image already", NULL },
		{ "raw", 0, POPT_ARG_NONE, &r.raw, 0, "extract: disks as sparse raw images, too", NULL },
		{ "json", 0, POPT_ARG_NONE, &r.json, 0, "print JSON for programs", NULL },
		PROGRESS_OPTION(&form),
		POPT_TABLEEND
	};
	int rc = command_parse(cmd, options, 1, ARGS_ANY, argc, argv, &r.args, err);

	if (rc <= 0)
		return rc;
	return run_action(&r, form, err);
}

const struct command command_bundle = {
	.name = "bundle",
	.synopsis = "NAME.plan.xml -o NAME.rehost | list|verify|extract|cat|diff|sign|copy|push NAME.rehost",
	.summary = "make one signed archive to carry to the site",
	.text = "Puts a plan, its guests with stand-alone disks, their evidence and the configuration of\n"
		"each target into one archive. 'list', 'verify', 'extract' and 'cat' look into one,\n"
		"'diff' compares two, 'sign' adds a signature, 'copy' puts one onto a stick, 'push' its disks\n"
		"into a registry.\n"
		"    rehost bundle line4.plan.xml -o line4.rehost --sign integrator.key\n"
		"    rehost bundle line4.plan.xml -o line4.rehost --target qemu --target eve \\\n"
		"        --set eve.datastore=docker://registry.plant:5000\n"
		"    rehost bundle verify line4.rehost\n"
		"    rehost bundle copy line4.rehost --to /dev/sdb1 --verify\n"
		"    rehost bundle push line4.rehost --push docker://registry.plant:5000",
	.run = run,
};
