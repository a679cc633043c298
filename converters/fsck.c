// SPDX-License-Identifier: GPL-2.0-or-later
/* File systems that are not sound: refused with what fsck finds, or repaired in the guest's overlay. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "converters/converter.h"
#include "lib/base/alloc.h"
#include "lib/base/size.h"

enum { LINES_SHOWN = 6, OUTPUT_MAX = 16384 };

/* What is run in the appliance, with the device behind it. */
static const struct checker {
	const char *type, *look, *repair;
	int repaired;		/* exit status up to which all is well */
} checkers[] = {
	{ "ext2", "e2fsck -fn", "e2fsck -fy", 2 },
	{ "ext3", "e2fsck -fn", "e2fsck -fy", 2 },
	{ "ext4", "e2fsck -fn", "e2fsck -fy", 2 },
	{ "xfs", "xfs_repair -n", "xfs_repair", 0 },
	{ "vfat", "fsck.fat -n", "fsck.fat -aw", 1 },
};

static const struct checker *checker_of(const struct inspected_fs *fs)
{
	for (size_t i = 0; i < ARRAY_SIZE(checkers); i++)
		if (strcmp(checkers[i].type, fs->type) == 0)
			return &checkers[i];
	return NULL;
}

/* @program on the file system: what it said in @ret, its exit status as the result; -1 on error */
static int run_checker(const struct appliance *app, const struct inspected_fs *fs,
		       const char *program, char **ret, struct error *err)
{
	CLEANUP_FREE char *path = appliance_device(fs->device), *command = NULL, *out = NULL;
	uint64_t status = 0;
	char *mark;

	if (!appliance_quotable(path))
		return error_set(err, ERR_UNSUPPORTED, "'%s' has a name that cannot be checked",
				 fs->device);
	command = xasprintf("%s '%s' >/tmp/fsck.log 2>&1; s=$?; head -c %d /tmp/fsck.log; "
			    "echo; echo status $s", program, path, OUTPUT_MAX);
	if (appliance_run(app, command, &out, err) < 0)
		return -1;
	mark = strstr(out, "\nstatus ");
	while (mark && strstr(mark + 1, "\nstatus "))
		mark = strstr(mark + 1, "\nstatus ");
	if (!mark)
		return error_set(err, ERR_SYSTEM, "'%s' said nothing about %s", program, fs->device);
	mark[strcspn(mark + 8, "\r\n") + 8] = '\0';
	if (parse_u64(mark + 8, 0, 255, &status, err) < 0)
		return -1;
	*mark = '\0';
	*ret = STEAL(out);
	return (int)status;
}

/* Headings and progress are no findings. */
static bool is_heading(const char *line)
{
	static const char *const heads[] = { "e2fsck ", "fsck.fat ", "Pass ", "Phase ", "Warning: skipping",
					     "        - ", "No modify flag", "done", "***" };

	for (size_t i = 0; i < ARRAY_SIZE(heads); i++)
		if (strncmp(line, heads[i], strlen(heads[i])) == 0)
			return true;
	return strstr(line, " files (") != NULL;
}

/* The first findings in one line; "" if there are none. */
static char *findings_of(const char *out)
{
	struct strv lines CLEANUP_STRV = STRV_INIT, shown CLEANUP_STRV = STRV_INIT;
	size_t n = 0;

	strv_split(&lines, out, "\r\n");
	for (size_t i = 0; i < lines.n; i++) {
		if (is_heading(lines.v[i]))
			continue;
		if (n++ < LINES_SHOWN)
			strv_add(&shown, lines.v[i]);
	}
	if (n > LINES_SHOWN)
		strv_addf(&shown, "and %zu lines more", n - LINES_SHOWN);
	return strv_join(&shown, "; ");
}

static bool is_mounted(const struct inspected_system *sys, const char *device)
{
	for (size_t i = 0; i < sys->n_mounts; i++)
		if (sys->mounts[i].device && strcmp(sys->mounts[i].device, device) == 0)
			return true;
	return strcmp(sys->root, device) == 0;
}

/*
 * The file systems of a system, one after the other; NULL at the end. An EFI partition counts without
 * being mounted: loaders are written there. No system: all that there are.
 */
static const struct inspected_fs *fs_of(const struct inspection *in,
					const struct inspected_system *sys, size_t *i)
{
	while (*i < in->n_filesystems) {
		const struct inspected_fs *fs = &in->filesystems[(*i)++];

		if (!sys || inspected_fs_is_efi(fs) || is_mounted(sys, fs->device))
			return fs;
	}
	return NULL;
}

int fsck_refuse(const struct appliance *app, const struct inspection *in,
		const struct inspected_system *sys, struct error *err)
{
	const struct inspected_fs *fs;

	for (size_t i = 0; (fs = fs_of(in, sys, &i));) {
		const struct checker *checker = checker_of(fs);
		struct error odd CLEANUP_ERROR = ERROR_INIT;
		CLEANUP_FREE char *out = NULL, *found = NULL;

		if (!fs->unclean)
			continue;
		if (checker && run_checker(app, fs, checker->look, &out, &odd) >= 0)
			found = findings_of(out);
		error_set(err, ERR_REFUSED, "the file system on %s %s%s%s", fs->device, fs->unclean,
			  found && *found ? "; fsck finds: " : "", found ? found : "");
		return error_hint(err, "shut the old PC down and capture it again, or give --fsck: it "
				       "repairs the guest's disk, never the capture");
	}
	return 0;
}

/* xfs_repair wants a log that was replayed, which a mount does. */
static void replay(const struct appliance *app, const struct inspected_fs *fs)
{
	if (strcmp(fs->type, "xfs") == 0 && fs->unclean &&
	    appliance_mount(app, fs->device, "/", true, NULL, NULL) == 0)
		appliance_umount(app);
}

static int repair(const struct appliance *app, const struct inspected_fs *fs, struct report *ret,
		  struct error *err)
{
	const struct checker *checker = checker_of(fs);
	CLEANUP_FREE char *out = NULL, *found = NULL;
	int status;

	if (!checker)
		return 0;
	replay(app, fs);
	status = run_checker(app, fs, checker->repair, &out, err);
	if (status < 0)
		return error_wrap(err, "check %s", fs->device);
	found = findings_of(out);
	if (status > checker->repaired)
		return error_set(err, ERR_FORMAT, "the file system on %s cannot be repaired: %s",
				 fs->device, found);
	if (fs->unclean || status > 0)
		report_add(ret, FINDING_WARNING, fs->device, "repaired by %s%s%s", checker->repair,
			   *found ? ": " : "", found);
	return 0;
}

int fsck_repair(const struct appliance *app, const struct inspection *in,
		const struct inspected_system *sys, struct report *ret, struct error *err)
{
	const struct inspected_fs *fs;

	for (size_t i = 0; (fs = fs_of(in, sys, &i));)
		if ((sys || fs->unclean) && repair(app, fs, ret, err) < 0)
			return -1;
	return 0;
}

int fsck_after(const struct appliance *app, const struct inspection *in,
	       const struct inspected_system *sys, struct error *err)
{
	const struct inspected_fs *fs;

	for (size_t i = 0; (fs = fs_of(in, sys, &i));) {
		CLEANUP_FREE char *unclean = strncmp(fs->type, "ext", 3) == 0
						     ? inspect_unclean_ext(app, fs->device) : NULL;

		if (!unclean)
			continue;
		error_set(err, ERR_REFUSED, "the file system on %s %s, which showed while it was "
			  "written", fs->device, unclean);
		return error_hint(err, "give --fsck: it repairs the guest's disk, never the capture");
	}
	return 0;
}
