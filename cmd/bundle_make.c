// SPDX-License-Identifier: GPL-2.0-or-later
/* rehost bundle PLAN, rehost bundle sign: write an archive. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "cmd/bundle.h"
#include "cmd/passphrase.h"
#include "lib/base/alloc.h"
#include "lib/base/path.h"
#include "lib/base/size.h"
#include "lib/bundle_carry.h"
#include "lib/bundle_docs.h"
#include "lib/plan.h"
#include "lib/target/target.h"

enum { SPLIT_MIN = 4096 };	/* parts are not smaller [bytes] */

/* Between the writing of a bundle and the targets. */
struct generating {
	struct strv names, settings;
	struct strv heard;		/* targets whose findings were taken      */
	struct report report;		/* what the targets have to say, in order */
};

static void clear_generating(struct generating *g)
{
	strv_clear(&g->names);
	strv_clear(&g->settings);
	strv_clear(&g->heard);
	report_clear(&g->report);
}

/* All targets of a bundle take the same guests. Where one of them cannot, the others still could. */
static int hint_for(const struct finding *f, const char *target, bool others, struct error *err)
{
	if (!others)
		return f->remedy ? error_hint(err, "%s", f->remedy) : -1;
	return error_hint(err, "%s%sleave --target %s out: guests converted for it go into a bundle of "
			  "their own", f->remedy ? f->remedy : "", f->remedy ? ", or " : "", target);
}

/* A target that cannot run the plan is refused before a disk is stored. */
static int refuse_errors(const struct report *report, const char *target, bool others, struct error *err)
{
	const struct finding *f = report_first_error(report);

	if (!f)
		return 0;
	error_set(err, ERR_REFUSED, "%s%s%s", f->subject ? f->subject : "", f->subject ? ": " : "", f->text);
	return hint_for(f, target, others, err);
}

/* Several targets speak, one after the other. */
static void add_findings(struct report *to, const char *target, const struct report *from)
{
	for (size_t i = 0; i < from->n_findings; i++) {
		const struct finding *f = &from->findings[i];
		CLEANUP_FREE char *subject = f->subject ? xasprintf("%s: %s", target, f->subject)
							: xstrdup(target);
		struct finding *added = report_add(to, f->severity, subject, "%s", f->text);

		if (added && f->remedy)
			report_remedy(added, "%s", f->remedy);
	}
}

static int emit(void *arg, const char *name, const struct plan *plan, struct fileset *ret,
		struct error *err)
{
	struct generating *g = arg;
	struct report report CLEANUP_REPORT = REPORT_INIT;
	struct strv own CLEANUP_STRV = STRV_INIT;
	const struct target *target = target_find(name, err);
	struct plan with = *plan;

	if (!target)
		return -1;
	target_settings(target, &g->settings, &own);
	with.settings = own;
	target->check(&with, &report);
	if (refuse_errors(&report, name, g->names.n > 1, err) < 0)
		return -1;
	/* the files are written twice, the second time with the digests of the disks */
	if (!strv_has(&g->heard, name)) {
		strv_add(&g->heard, name);
		add_findings(&g->report, name, &report);
	}
	return target->emit(&with, ret, err);
}

static int collect_targets(const struct bundle_request *r, struct strv *ret, struct error *err)
{
	for (size_t i = 0; r->targets && r->targets[i]; i++) {
		if (!target_find(r->targets[i], err))
			return -1;
		strv_add(ret, r->targets[i]);
	}
	return 0;
}

static int collect(const struct bundle_request *r, struct generating *ret, struct error *err)
{
	struct plan plan CLEANUP_PLAN = PLAN_INIT;
	struct strv chosen CLEANUP_STRV = STRV_INIT;

	for (size_t i = 0; r->set && r->set[i]; i++)
		strv_add(&ret->settings, r->set[i]);
	if (collect_targets(r, &ret->names, err) < 0)
		return -1;
	if (!ret->settings.n)
		return 0;
	if (plan_open(&plan, r->args.v[0], err) < 0)
		return -1;
	bundle_choose_targets(&plan, &ret->names, &chosen);
	if (target_check_settings(&ret->settings, &chosen, err) < 0)
		return -1;
	return settings_read_files(&ret->settings, err);
}

static int check_name(const char *path, struct error *err)
{
	if (path_has_suffix(path, BUNDLE_SUFFIX))
		return 0;
	error_set(err, ERR_USAGE, "'%s' is no name of a bundle", path);
	return error_hint(err, "call it NAME" BUNDLE_SUFFIX);
}

static int show_result(const struct bundle_request *r, const struct report *report,
		       struct error *err)
{
	struct bundle b CLEANUP_BUNDLE = BUNDLE_INIT;

	if (bundle_open(&b, r->output, NULL, err) < 0)
		return -1;
	if (r->json) {
		print_bundle_json(&b, report);
		return 0;
	}
	print_report(report);
	print_bundle(&b);
	if (b.n_signers == 0 && !r->allow_unsigned)
		puts("It is not signed: an edge host refuses it without --allow-unsigned. Sign it with\n"
		     "'rehost bundle sign'.");
	return 0;
}

static int push_result(struct bundle_request *r, struct error *err)
{
	struct bundle b CLEANUP_BUNDLE = BUNDLE_INIT;

	if (bundle_open(&b, r->output, NULL, err) < 0 || bundle_verify(&b, &r->progress, err) < 0)
		return -1;
	return bundle_request_push(r, &b, err);
}

int bundle_action_make(struct bundle_request *r, struct error *err)
{
	struct secret_key key CLEANUP_SECRET_KEY;
	struct generating generating __attribute__((cleanup(clear_generating))) = {
		.report = REPORT_INIT };
	struct bundle_write_options options = {
		.emit = emit,
		.emit_arg = &generating,
		.targets = &generating.names,
		.base = r->base,
		.allow_unvalidated = r->allow_unvalidated,
		.key = r->sign ? &key : NULL,
		.progress = &r->progress,
	};

	memset(&key, 0, sizeof(key));
	if (!path_has_suffix(r->args.v[0], PLAN_SUFFIX)) {
		error_set(err, ERR_USAGE, "bundle: '%s' is neither a plan nor something to do",
			  r->args.v[0]);
		return error_hint(err, "give NAME" PLAN_SUFFIX ", or list, verify, extract, cat, diff, sign, copy or push");
	}
	if (check_name(r->output, err) < 0 || collect(r, &generating, err) < 0)
		return -1;
	if (r->revision &&
	    parse_u64(r->revision, 1, BUNDLE_REVISION_MAX, &options.revision, err) < 0)
		return error_wrap(err, "--revision");
	if (r->sign && secret_key_read(&key, r->sign, passphrase_ask, r->passphrase_file, err) < 0)
		return -1;
	if (bundle_write(r->args.v[0], r->output, &options, err) < 0)
		return -1;
	if (show_result(r, &generating.report, err) < 0)
		return -1;
	if (bundle_request_carry(r, r->output, err) < 0)
		return -1;
	return r->push ? push_result(r, err) : 0;
}

/* The medium gets a name only for what was verified. */
int bundle_request_carry(struct bundle_request *r, const char *path, struct error *err)
{
	struct carry_options options = { r->to, r->verify != 0, 0, &r->progress };
	struct bundle b CLEANUP_BUNDLE = BUNDLE_INIT;
	size_t parts = 0;

	if (!r->to)
		return 0;
	if (r->split && (parse_size(r->split, &options.split, err) < 0 || options.split < SPLIT_MIN))
		return error_is_set(err) ? error_wrap(err, "--split")
					 : error_set(err, ERR_USAGE, "--split: at least 4k");
	if (bundle_request_open(r, path, &b, err) < 0 || bundle_verify(&b, &r->progress, err) < 0 ||
	    bundle_carry(&b, &options, &parts, err) < 0)
		return -1;
	if (!r->json)
		printf("copied to %s in %zu %s%s\n", r->to, parts, parts == 1 ? "file" : "parts",
		       r->verify ? ", and read back" : "");
	return 0;
}

int bundle_action_copy(struct bundle_request *r, struct error *err)
{
	struct bundle b CLEANUP_BUNDLE = BUNDLE_INIT;

	if (!r->to) {
		error_set(err, ERR_USAGE, "bundle copy: where to? --to is missing");
		return error_hint(err, "name a folder, or the device of a stick");
	}
	if (bundle_request_open(r, r->args.v[0], &b, err) < 0 ||
	    bundle_check_trust(&b, r->allow_unsigned, err) < 0 ||
	    bundle_request_carry(r, r->args.v[0], err) < 0)
		return -1;
	if (r->json)
		print_bundle_json(&b, NULL);
	return 0;
}

int bundle_action_sign(struct bundle_request *r, struct error *err)
{
	struct secret_key key CLEANUP_SECRET_KEY;
	struct bundle b CLEANUP_BUNDLE = BUNDLE_INIT;
	const struct report none = REPORT_INIT;

	memset(&key, 0, sizeof(key));
	if (!r->sign) {
		error_set(err, ERR_USAGE, "bundle sign: with which key? --sign is missing");
		return error_hint(err, "'rehost key new' makes one");
	}
	if (check_name(r->output, err) < 0 || bundle_request_open(r, r->args.v[0], &b, err) < 0 ||
	    bundle_verify(&b, &r->progress, err) < 0 ||
	    secret_key_read(&key, r->sign, passphrase_ask, r->passphrase_file, err) < 0)
		return -1;
	if (bundle_sign(&b, &key, r->output, err) < 0)
		return -1;
	return show_result(r, &none, err);
}
