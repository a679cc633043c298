// SPDX-License-Identifier: GPL-2.0-or-later
/* Bundles: lay out everything that a plan needs in one folder that refers to nothing outside. */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/audit.h"
#include "lib/base/alloc.h"
#include "lib/base/path.h"
#include "lib/base/xml.h"
#include "lib/bom.h"
#include "lib/bundle_stage.h"
#include "lib/fileset.h"
#include "lib/flatten.h"
#include "lib/validation.h"

#define EVIDENCE_REPORT "report.xml"

static void set_text(char **text, char *value)
{
	free(*text);
	*text = value;
}

static int not_validated(const struct guest *g, const char *why, struct error *err)
{
	error_set(err, ERR_REFUSED, "guest '%s' %s", g->name, why);
	return error_hint(err, "run 'rehost validate %s', or take it as it is with "
			  "--allow-unvalidated", g->dir);
}

int bundle_check_evidence(const struct guest *g, struct error *err)
{
	CLEANUP_FREE char *report = path_join(g->dir, EVIDENCE_FOLDER "/" EVIDENCE_REPORT);
	CLEANUP_FREE char *document = path_join(g->dir, GUEST_FILE);
	CLEANUP_FREE char *validated = NULL;
	xmlDoc *doc CLEANUP_XMLDOC = NULL;
	char now[DIGEST_HEX_SIZE];

	if (!path_exists(report))
		return not_validated(g, "has not been validated", err);
	doc = xml_read(report, "validation", err);
	if (!doc || digest_file(document, now, NULL, err) < 0)
		return -1;
	validated = xml_get(xmlDocGetRootElement(doc), "digest");
	if (!xml_get_bool(xmlDocGetRootElement(doc), "passed"))
		return not_validated(g, "has not passed its validation", err);
	if (!xml_child(xmlDocGetRootElement(doc), "boot"))
		return not_validated(g, "was checked, but not booted", err);
	if (!validated || strcmp(validated, now) != 0)
		return not_validated(g, "was changed since it was validated", err);
	return 0;
}

static void cleanup_dir(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

/* The small files of a folder of the guest, if there is one. */
static int copy_folder(const struct guest *g, const char *name, const char *to, struct error *err)
{
	CLEANUP_FREE char *from = path_join(g->dir, name), *to_dir = path_join(to, name);
	DIR *dir __attribute__((cleanup(cleanup_dir))) = opendir(from);
	const struct dirent *entry;

	if (!dir && errno == ENOENT)
		return 0;
	if (!dir)
		return error_sys(err, errno, "open folder '%s'", from);
	if (folder_make(to_dir, err) < 0)
		return -1;
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.' && flatten_copy_file(from, entry->d_name, to_dir, err) < 0)
			return -1;
	return 0;
}

/* The documents about the old PC: from the capture, or from the bundle that this guest came in. */
static int copy_origin(const struct guest *g, const char *to, struct error *err)
{
	CLEANUP_FREE char *capture = g->capture ? path_join(g->dir, g->capture) : NULL;

	return capture ? flatten_origin(capture, to, err) : copy_folder(g, ORIGIN_FOLDER, to, err);
}

/* An overlay may stand on its own capture and on nothing else of this host. */
static int check_files(const struct guest *g, struct error *err)
{
	struct report report CLEANUP_REPORT = REPORT_INIT;
	const struct finding *f;

	if (validate_files(g, &report, err) < 0)
		return -1;
	f = report_first_error(&report);
	return f ? error_set(err, ERR_REFUSED, "guest '%s': %s%s%s", g->name, f->subject ? f->subject : "",
			     f->subject ? ": " : "", f->text) : 0;
}

/* From here on the guest stands alone, in the new folder. */
static void stage_disks(struct guest *g, const char *inside, struct staged_disks *ret)
{
	for (size_t i = 0; i < g->n_disks; i++) {
		CLEANUP_FREE char *file = xasprintf(FLATTEN_DISK, i);
		struct staged_disk *d = APPEND(ret->list, ret->n);

		*d = (struct staged_disk){
			.path = path_join(inside, file),
			.from = guest_disk_path(g, i),
			.phase = xasprintf("store disk %zu of %s", i, g->name),
			.arm = guest_is_arm(g),
		};
	}
	flatten_describe(g);
}

void staged_disks_clear(struct staged_disks *d)
{
	for (size_t i = 0; i < d->n; i++) {
		free(d->list[i].path);
		free(d->list[i].from);
		free(d->list[i].phase);
	}
	free(d->list);
	*d = (struct staged_disks){ NULL, 0 };
}

/* Stands in for the digest of a disk that is not stored yet: targets may depend on there being one. */
static void expect_disks(struct guest *g)
{
	for (size_t i = 0; i < g->n_disks; i++) {
		snprintf(g->disks[i].image, DIGEST_HEX_SIZE, "%064zu", i);
		snprintf(g->disks[i].artifact, DIGEST_HEX_SIZE, "%064zu", i);
		g->disks[i].image_size = g->disks[i].size;
	}
}

static int stage_guest(struct partition *p, const char *dir,
		       const struct bundle_write_options *options, struct staged_disks *ret,
		       struct error *err)
{
	struct guest *g = &p->guest;
	CLEANUP_FREE char *inside = xasprintf(BUNDLE_GUESTS "/%s", g->name);
	CLEANUP_FREE char *to = path_join(dir, inside);

	if (!options->allow_unvalidated && bundle_check_evidence(g, err) < 0)
		return -1;
	if (path_exists(to))
		return error_set(err, ERR_FORMAT, "the plan has two guests called '%s'", g->name);
	if (check_files(g, err) < 0 || folder_make(to, err) < 0 || copy_origin(g, to, err) < 0 ||
	    copy_folder(g, EVIDENCE_FOLDER, to, err) < 0)
		return -1;
	stage_disks(g, inside, ret);
	expect_disks(g);
	if (guest_write(g, to, err) < 0)
		return -1;
	set_text(&g->dir, STEAL(to));
	set_text(&p->guest_path, STEAL(inside));
	return 0;
}

/* The second time the files are those that are there, and only what they say of the disks is new. */
static int check_same(const struct fileset *files, const char *dir, struct error *err)
{
	for (size_t i = 0; i < files->n_files; i++) {
		CLEANUP_FREE char *path = path_join(dir, files->files[i].path);

		if (!path_exists(path))
			return error_set(err, ERR_FORMAT, "'%s' was not there before the disks were stored",
					 files->files[i].path);
	}
	return folder_remove(dir, err);
}

static int stage_target(const struct plan *plan, const char *name, const char *dir, bool again,
			const struct bundle_write_options *options, struct error *err)
{
	struct fileset files CLEANUP_FILESET = FILESET_INIT;
	CLEANUP_FREE char *inside = xasprintf(BUNDLE_TARGETS "/%s", name);
	CLEANUP_FREE char *to = path_join(dir, inside);

	if (options->emit(options->emit_arg, name, plan, &files, err) < 0 ||
	    (again && check_same(&files, to, err) < 0) || folder_make(to, err) < 0 ||
	    fileset_write(&files, to, err) < 0)
		return error_wrap(err, "generate for '%s'", name);
	return 0;
}

int bundle_stage_targets(const struct plan *plan, const char *dir, bool again,
			 const struct bundle_write_options *options, struct error *err)
{
	struct strv names CLEANUP_STRV = STRV_INIT;

	bundle_choose_targets(plan, options->targets, &names);
	for (size_t i = 0; i < names.n; i++)
		if (stage_target(plan, names.v[i], dir, again, options, err) < 0)
			return -1;
	return 0;
}

void bundle_choose_targets(const struct plan *plan, const struct strv *asked, struct strv *ret)
{
	for (size_t i = 0; asked && i < asked->n; i++)
		if (!strv_has(ret, asked->v[i]))
			strv_add(ret, asked->v[i]);
	for (size_t i = 0; ret->n == 0 && i < plan->n_partitions; i++)
		if (!strv_has(ret, plan->partitions[i].guest.target))
			strv_add(ret, plan->partitions[i].guest.target);
}

int bundle_stage(struct plan *plan, const char *dir, const struct bundle_write_options *options,
		 struct staged_disks *ret, struct error *err)
{
	CLEANUP_FREE char *plan_path = path_join(dir, BUNDLE_PLAN);
	CLEANUP_FREE char *host_path = path_join(dir, BUNDLE_HOST);
	CLEANUP_FREE char *report_path = path_join(dir, AUDIT_FILE);
	CLEANUP_FREE char *bom_path = path_join(dir, BOM_FILE);

	for (size_t i = 0; i < plan->n_partitions; i++)
		if (stage_guest(&plan->partitions[i], dir, options, ret, err) < 0)
			return -1;
	set_text(&plan->host_path, xstrdup(BUNDLE_HOST));
	set_text(&plan->dir, xstrdup(dir));
	if (machine_write(&plan->host, host_path, OUTFILE_NEW, err) < 0 ||
	    plan_write(plan, plan_path, err) < 0)
		return -1;
	if (bundle_stage_targets(plan, dir, false, options, err) < 0 ||
	    bom_write(plan, bom_path, err) < 0)
		return -1;
	return audit_write(plan, options->revision, report_path, err);
}
