// SPDX-License-Identifier: GPL-2.0-or-later
/* Checks of a guest that need no boot: its disks, what they stand on, its machine. */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/base/alloc.h"
#include "lib/base/child.h"
#include "lib/base/path.h"
#include "lib/qemu_machine.h"
#include "lib/qmp.h"
#include "lib/trial_machine.h"
#include "lib/validation.h"

enum {
	CHAIN_MAX = 8,		/* disks on disks on disks */
	CHECK_CORRUPT = 2,	/* exit status of qemu-img check, its manual */
	CHECK_LEAKS = 3,
	CHECK_UNSUPPORTED = 63,
};

struct files_check {
	const struct guest *g;
	const char *capture;	/* absolute folder of the capture, or NULL */
	struct report *report;
};

static const char *text_of(struct json_object *o, const char *key)
{
	struct json_object *value = NULL;

	return json_object_object_get_ex(o, key, &value) ? json_object_get_string(value) : NULL;
}

/* One image alone: qemu-img does not open what it stands on. */
static int image_info(const char *path, const char *format, struct json_object **ret,
		      struct error *err)
{
	const char *argv[] = { "qemu-img", "info", "-U", "--output=json", "-f", format, path, NULL };
	CLEANUP_FREE char *out = NULL;

	if (child_run(argv, &out, err) < 0)
		return -1;
	*ret = json_tokener_parse(out);
	if (!*ret)
		return error_set(err, ERR_FORMAT, "qemu-img said nothing about '%s'", path);
	return 0;
}

/* An image that names a file of the host would give that file to the guest. */
static bool has_data_file(struct json_object *info)
{
	struct json_object *specific = NULL, *data = NULL;

	return json_object_object_get_ex(info, "format-specific", &specific) &&
	       json_object_object_get_ex(specific, "data", &data) && text_of(data, "data-file");
}

static bool is_inside(const char *dir, const char *path)
{
	size_t len = dir ? strlen(dir) : 0;

	return len && strncmp(dir, path, len) == 0 && path[len] == '/';
}

/* 1: *ret_next is to be looked at, 0: the chain ends here or a finding was made */
static int follow(const struct files_check *c, const struct guest_disk *d, const char *path,
		  struct json_object *info, char **ret_next, struct error *err)
{
	const char *backing = text_of(info, "backing-filename");
	CLEANUP_FREE char *dir = path_dirname(path), *joined = NULL, *real = NULL;

	if (!backing)
		return 0;
	joined = path_join(dir, backing);
	if (!text_of(info, "backing-filename-format")) {
		report_add(c->report, FINDING_ERROR, d->file, "'%s' does not say of which format "
			   "'%s' is, so that a guest could choose it", path, backing);
		return 0;
	}
	if (!path_exists(joined)) {
		report_remedy(report_add(c->report, FINDING_ERROR, d->file,
					 "stands on '%s', which is not there", backing),
			      "bring the capture back to its place, or convert again");
		return 0;
	}
	if (path_absolute(joined, &real, err) < 0)
		return -1;
	if (!is_inside(c->capture, real) && !is_inside(c->g->dir, real)) {
		report_remedy(report_add(c->report, FINDING_ERROR, d->file,
					 "stands on '%s', outside of its capture", real),
			      "do not run this guest: convert it again from the capture");
		return 0;
	}
	*ret_next = STEAL(real);
	return 1;
}

static int check_chain(const struct files_check *c, const struct guest_disk *d, const char *path,
		       struct error *err)
{
	CLEANUP_FREE char *now = xstrdup(path), *format = xstrdup(d->format);

	for (int depth = 0; depth < CHAIN_MAX; depth++) {
		struct json_object *info CLEANUP_JSON = NULL;
		CLEANUP_FREE char *next = NULL;
		int rc;

		if (image_info(now, format, &info, err) < 0)
			return -1;
		if (has_data_file(info)) {
			report_add(c->report, FINDING_ERROR, d->file,
				   "'%s' keeps its data in another file of the host", now);
			return 0;
		}
		rc = follow(c, d, now, info, &next, err);
		if (rc <= 0)
			return rc;
		free(format);
		format = xstrdup(text_of(info, "backing-filename-format"));
		free(now);
		now = STEAL(next);
	}
	report_add(c->report, FINDING_ERROR, d->file, "stands on more than %d others", CHAIN_MAX);
	return 0;
}

static int check_size(const struct files_check *c, const struct guest_disk *d, const char *path,
		      struct error *err)
{
	struct json_object *info CLEANUP_JSON = NULL, *size = NULL;

	if (image_info(path, d->format, &info, err) < 0)
		return -1;
	if (json_object_object_get_ex(info, "virtual-size", &size) &&
	    (uint64_t)json_object_get_int64(size) != d->size)
		report_add(c->report, FINDING_ERROR, d->file,
			   "has %" PRId64 " bytes, but the guest's document says %" PRIu64,
			   json_object_get_int64(size), d->size);
	return 0;
}

static int check_image(const struct files_check *c, const struct guest_disk *d, const char *path,
		       struct error *err)
{
	const char *argv[] = { "qemu-img", "check", "-q", "-U", "-f", d->format, path, NULL };
	struct child child CLEANUP_CHILD = CHILD_INIT;
	CLEANUP_FREE char *last = NULL;
	int status = 0;

	if (child_start(argv, NULL, &child, err) < 0 ||
	    child_wait(&child, CHILD_NO_TIMEOUT, &status, err) < 0)
		return -1;
	if (status == 0 || status == CHECK_UNSUPPORTED)
		return 0;
	if (status == CHECK_LEAKS) {
		report_add(c->report, FINDING_WARNING, d->file, "holds space that nothing uses");
		return 0;
	}
	last = child_complaint(&child);
	report_remedy(report_add(c->report, FINDING_ERROR, d->file, "%s%s%s",
				 status == CHECK_CORRUPT ? "the image is damaged"
							 : "the image cannot be checked",
				 *last ? ": " : "", last),
		      "convert again from the capture");
	return 0;
}

static int check_disk(const struct files_check *c, size_t i, struct error *err)
{
	const struct guest_disk *d = &c->g->disks[i];
	CLEANUP_FREE char *path = guest_disk_path(c->g, i);
	struct error failure CLEANUP_ERROR = ERROR_INIT;
	size_t before = report_count(c->report, FINDING_ERROR);
	struct stat st;

	if (lstat(path, &st) < 0 || !S_ISREG(st.st_mode)) {
		report_remedy(report_add(c->report, FINDING_ERROR, d->file,
					 "is not there or is no ordinary file"),
			      "convert again from the capture");
		return 0;
	}
	/* the chain first: only then may a program follow it */
	if (check_chain(c, d, path, &failure) < 0 || check_size(c, d, path, &failure) < 0) {
		if (failure.code != ERR_CHILD)
			return error_move(err, &failure);
		report_add(c->report, FINDING_ERROR, d->file, "%s", failure.msg);
	}
	if (report_count(c->report, FINDING_ERROR) > before)
		return 0;
	return check_image(c, d, path, err);
}

static void check_machine(const struct guest *g, struct report *ret)
{
	struct strv args CLEANUP_STRV = STRV_INIT;
	struct error failure CLEANUP_ERROR = ERROR_INIT;
	struct guest tried;
	size_t boot = 0;

	if (trial_machine(g, &tried))
		report_add(ret, FINDING_WARNING, g->name, "it is tried without Xen, on an IDE disk: what Xen's own drivers do "
			   "is seen when it is launched");
	if (qemu_machine_args(&tried, NULL, QEMU_RUN_TRIAL, &args, &failure) < 0)
		report_add(ret, FINDING_ERROR, NULL, "%s", failure.msg);
	for (size_t i = 0; i < g->n_disks; i++)
		boot += g->disks[i].boot;
	if (boot != 1)
		report_add(ret, FINDING_ERROR, NULL, "%zu of its %zu disks are for booting, not one",
			   boot, g->n_disks);
	if (g->n_nics && g->device[DIM_NIC] == NIC_NONE)
		report_add(ret, FINDING_WARNING, g->name, "had network cards and gets none");
}

/* The document names the folder, so it must at least be one that a capture has made. */
static int find_capture(const struct guest *g, char **ret, struct error *err)
{
	CLEANUP_FREE char *dir = g->capture ? path_join(g->dir, g->capture) : NULL;
	CLEANUP_FREE char *document = dir ? path_join(dir, "capture.xml") : NULL;

	*ret = NULL;
	return document && path_exists(document) ? path_absolute(dir, ret, err) : 0;
}

int validate_files(const struct guest *g, struct report *ret, struct error *err)
{
	CLEANUP_FREE char *capture = NULL;
	struct files_check c = { .g = g, .report = ret };

	check_machine(g, ret);
	if (find_capture(g, &capture, err) < 0)
		return -1;
	c.capture = capture;
	for (size_t i = 0; i < g->n_disks; i++)
		if (check_disk(&c, i, err) < 0)
			return error_wrap(err, "check '%s'", g->disks[i].file);
	return 0;
}
