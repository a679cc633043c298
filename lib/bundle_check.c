// SPDX-License-Identifier: GPL-2.0-or-later
/* Bundles: does what was extracted refer to nothing outside, and are its disks what they seem? */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/alloc.h"
#include "lib/base/path.h"
#include "lib/bundle_private.h"
#include "lib/plan.h"

enum {
	HEADER = 104,			/* of qcow2 version 3 [bytes]                    */
	FEATURE_COMPRESSION = 1 << 3,	/* the only incompatible feature that we write   */
	PLAN_MAX = 16 << 20,		/* a larger plan is refused [bytes]              */
};

static uint64_t load_be(const uint8_t *at, size_t len)
{
	uint64_t n = 0;

	for (size_t i = 0; i < len; i++)
		n = n << 8 | at[i];
	return n;
}

static int refuse(const char *path, const char *what, struct error *err)
{
	error_set(err, ERR_REFUSED, "'%s' %s", path, what);
	return error_hint(err, "do not use this bundle: 'rehost bundle' does not make such files");
}

/*
 * A disk with a backing or data file would show a guest files of this host.
 * Source: QEMU, docs/interop/qcow2.txt, "Header".
 */
static int check_header(const uint8_t h[HEADER], uint64_t size, const char *path, struct error *err)
{
	if (memcmp(h, "QFI\xfb", 4) != 0 || load_be(h + 4, 4) != 3)
		return refuse(path, "is not a qcow2 image of version 3", err);
	if (load_be(h + 8, 8) || load_be(h + 16, 4))
		return refuse(path, "stands on another file", err);
	if (load_be(h + 72, 8) & ~(uint64_t)FEATURE_COMPRESSION)
		return refuse(path, "needs features that no disk of a bundle has", err);
	if (load_be(h + 32, 4) || load_be(h + 60, 4))
		return refuse(path, "is encrypted or holds snapshots", err);
	if (load_be(h + 24, 8) != size)
		return refuse(path, "has not the size that guest.xml gives", err);
	return 0;
}

static int check_disk(const struct guest *g, size_t i, struct error *err)
{
	CLEANUP_FREE char *path = guest_disk_path(g, i);
	CLEANUP_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
	uint8_t header[HEADER];

	if (fd < 0)
		return error_sys(err, errno, "open '%s'", path);
	if (strcmp(g->disks[i].format, "qcow2") != 0 || g->disks[i].backing)
		return refuse(path, "does not stand alone", err);
	if (pread(fd, header, sizeof(header), 0) != (ssize_t)sizeof(header))
		return refuse(path, "is not a qcow2 image of version 3", err);
	return check_header(header, g->disks[i].size, path, err);
}

static int check_guest(const struct partition *p, const char *dir, struct error *err)
{
	CLEANUP_FREE char *path = path_join(dir, p->guest_path);
	struct guest g CLEANUP_GUEST = GUEST_INIT;

	if (!tar_name_is_safe(p->guest_path) ||
	    strncmp(p->guest_path, BUNDLE_GUESTS "/", strlen(BUNDLE_GUESTS) + 1) != 0)
		return refuse(p->guest_path, "is a guest outside of the bundle", err);
	if (guest_open(&g, path, err) < 0)
		return -1;
	if (g.capture)
		return refuse(path, "does not stand alone", err);
	for (size_t i = 0; i < g.n_disks; i++)
		if (check_disk(&g, i, err) < 0)
			return -1;
	return 0;
}

int bundle_check_tree(const char *dir, struct error *err)
{
	CLEANUP_FREE char *path = path_join(dir, BUNDLE_PLAN), *text = NULL;
	struct plan plan CLEANUP_PLAN = PLAN_INIT;
	size_t len = 0;

	if (file_read(path, PLAN_MAX, &text, &len, err) < 0 ||
	    plan_read_memory(&plan, text, len, path, err) < 0)
		return -1;
	if (strcmp(plan.host_path, BUNDLE_HOST) != 0)
		return refuse(plan.host_path, "is a profile outside of the bundle", err);
	for (size_t i = 0; i < plan.n_partitions; i++)
		if (check_guest(&plan.partitions[i], dir, err) < 0)
			return -1;
	return 0;
}
