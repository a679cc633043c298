// SPDX-License-Identifier: GPL-2.0-or-later
/* QEMU as a user of its own. */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/alloc.h"
#include "lib/base/path.h"
#include "lib/confine.h"

int confine_user(struct child_user *ret)
{
	const struct passwd *pw = geteuid() == 0 ? getpwnam(CONFINE_USER) : NULL;

	if (!pw || pw->pw_uid == 0)
		return 0;
	*ret = (struct child_user){ .uid = pw->pw_uid, .gid = pw->pw_gid };
	return 1;
}

int confine_device(struct child_user *u, const char *path, struct error *err)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return error_sys(err, errno, "look at '%s'", path);
	if ((st.st_mode & 0006) == 0006 || st.st_uid == u->uid)
		return 0;
	if ((st.st_mode & 0060) == 0060 && st.st_gid != 0 && u->n_groups < CHILD_GROUPS_MAX) {
		u->groups[u->n_groups++] = st.st_gid;
		return 0;
	}
	return chown(path, u->uid, (gid_t)-1) < 0 ? error_sys(err, errno, "give '%s' away", path) : 0;
}

/* Passing through without looking around. */
static int let_through(const char *path, struct error *err)
{
	struct stat st;

	if (lstat(path, &st) < 0)
		return error_sys(err, errno, "look at '%s'", path);
	if (S_ISDIR(st.st_mode) && !(st.st_mode & S_IXOTH) && chmod(path, st.st_mode | S_IXOTH) < 0)
		return error_sys(err, errno, "let '%s' be passed through", path);
	return 0;
}

static int let_through_to(const char *state, const char *dir, struct error *err)
{
	CLEANUP_FREE char *at = xstrdup(dir);

	while (strlen(at) >= strlen(state)) {
		char *parent;

		if (let_through(at, err) < 0)
			return -1;
		parent = path_dirname(at);
		free(at);
		at = parent;
	}
	return 0;
}

/* @own: they become the user's; else its group may read them. Links are never followed. */
static int hand_over(const char *dir, const struct child_user *u, bool own, struct error *err)
{
	DIR *d = opendir(dir);
	struct dirent *entry;
	int rc = 0;

	if (!d)
		return error_sys(err, errno, "open '%s'", dir);
	while (rc == 0 && (entry = readdir(d))) {
		struct stat st;

		if (fstatat(dirfd(d), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
		    !S_ISREG(st.st_mode))
			continue;
		if (fchownat(dirfd(d), entry->d_name, own ? u->uid : (uid_t)-1, u->gid,
			     AT_SYMLINK_NOFOLLOW) < 0 ||
		    fchmodat(dirfd(d), entry->d_name, own ? 0600 : 0440, 0) < 0)
			rc = error_sys(err, errno, "hand over '%s/%s'", dir, entry->d_name);
	}
	closedir(d);
	return rc;
}

int confine_files(const struct instance *inst, const struct child_user *u, struct error *err)
{
	CLEANUP_FREE char *bundle = instance_bundle_dir(inst, instance_release(inst));
	CLEANUP_FREE char *disks = xasprintf("%s/guests/%s", bundle, inst->name);
	CLEANUP_FREE char *releases = path_dirname(inst->dir);

	if (let_through_to(inst->state, disks, err) < 0 ||
	    let_through_to(inst->state, releases, err) < 0 ||
	    hand_over(disks, u, false, err) < 0 || hand_over(inst->dir, u, true, err) < 0)
		return -1;
	if (chown(inst->dir, u->uid, u->gid) < 0 || chmod(inst->dir, 0700) < 0)
		return error_sys(err, errno, "hand over '%s'", inst->dir);
	return 0;
}
