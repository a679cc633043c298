// SPDX-License-Identifier: GPL-2.0-or-later
/* What uses the disks of a running PC without a mount, and whether the output lies on one. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "lib/base/alloc.h"
#include "lib/base/child.h"
#include "lib/live_private.h"

enum { LOOPS_MAX = 8, OPEN_TRIES = 5, OPEN_PAUSE_US = 200000 };

/* Who has opened a mapped device is counted; of others the kernel only tells whether one has them for himself. */
static bool is_open(const struct live_looking *l, dev_t dev)
{
	CLEANUP_FREE char *mapped = block_word(&l->facts, dev, "dm/name"), *name = block_name(&l->facts, dev);
	const char *const argv[] = { "dmsetup", "info", "-c", "--noheadings", "-o", "open", mapped, NULL };
	CLEANUP_FREE char *path = xasprintf("/dev/%s", name ? name : ""), *out = NULL;
	CLEANUP_CLOSE int fd = -1;

	for (char *c = path; (c = strchr(c, '!'));)
		*c = '/';
	if (mapped)
		return child_run(argv, &out, NULL) == 0 && strtoul(out, NULL, 10) > 0;
	fd = l->facts.live ? open(path, O_RDONLY | O_EXCL | O_CLOEXEC) : -1;
	return fd < 0 && l->facts.live && errno == EBUSY;
}

/* udev and others look at devices for a moment. */
static bool stays_open(const struct live_looking *l, dev_t dev)
{
	for (int i = 0; i < OPEN_TRIES; i++) {
		if (!is_open(l, dev))
			return false;
		usleep(OPEN_PAUSE_US);
	}
	return true;
}

static bool is_mounted(const struct live_looking *l, dev_t dev)
{
	for (size_t i = 0; i < l->mounts.n; i++)
		if (l->mounts.v[i].dev == dev)
			return true;
	return false;
}

/* What is in swap space is of no use to a capture. */
static bool is_swap(const struct live_looking *l, dev_t dev)
{
	CLEANUP_FREE char *swap = mounts_swap_on(&l->facts, dev);

	return swap != NULL;
}

/* Something stands on it, or it has partitions: they are looked at themselves. */
static bool is_below_others(const struct live_looking *l, dev_t dev)
{
	size_t n = 0;
	CLEANUP_FREE dev_t *holders = block_list(&l->facts, dev, "holders", &n);
	CLEANUP_FREE char *path = xasprintf("sys/dev/block/%u:%u", major(dev), minor(dev));
	struct strv names CLEANUP_STRV = STRV_INIT;

	(void)holders;
	facts_list(&l->facts, path, &names);
	for (size_t i = 0; n == 0 && i < names.n; i++) {
		CLEANUP_FREE char *mark = xasprintf("%s/%s/partition", path, names.v[i]);

		n += facts_has(&l->facts, mark);
	}
	return n > 0;
}

/* What a virtual machine, a database or another file system writes to, without a mount that is seen here. */
int live_look_at_others(const struct live_looking *l, struct error *err)
{
	struct strv numbers CLEANUP_STRV = STRV_INIT;

	facts_list(&l->facts, "sys/dev/block", &numbers);
	for (size_t i = 0; i < numbers.n; i++) {
		CLEANUP_FREE char *name = NULL, *mapped = NULL;
		unsigned int maj, min;
		dev_t dev;

		if (sscanf(numbers.v[i], "%u:%u", &maj, &min) != 2)
			continue;
		dev = makedev(maj, min);
		if (!live_disk_below(l, dev) || is_mounted(l, dev) || is_below_others(l, dev) || is_swap(l, dev) ||
		    !stays_open(l, dev))
			continue;
		name = block_name(&l->facts, dev);
		mapped = block_word(&l->facts, dev, "dm/name");
		error_set(err, ERR_REFUSED, "'%s' is in use, but is not mounted here: it cannot be captured while it runs",
			  mapped ? mapped : name);
		return error_hint(err, "stop what uses it (a virtual machine, a container, a database), or use the capture medium");
	}
	return 0;
}

/* A loop device is on what its file is on. */
static bool output_is_on_disk(const struct live_looking *l, const char *path, unsigned int depth)
{
	const struct mount *m = mounts_of(&l->mounts, path);
	CLEANUP_FREE char *file = m ? block_word(&l->facts, m->dev, "loop/backing_file") : NULL;

	if (!m)
		return false;
	return live_device_on_disk(l, m) || (file && (depth == 0 || output_is_on_disk(l, file, depth - 1)));
}

int live_look_at_output(const struct live_looking *l, const char *folder, struct error *err)
{
	const struct mount *m = mounts_of(&l->mounts, folder);

	if (m && strcmp(m->type, "overlay") == 0) {
		error_set(err, ERR_REFUSED, "'%s' is an overlay, and it cannot be told on which disk", folder);
		return error_hint(err, "write to a USB disk or over the network");
	}
	if (!output_is_on_disk(l, folder, LOOPS_MAX))
		return 0;
	error_set(err, ERR_REFUSED, "'%s' is on the disk that is to be captured", folder);
	return error_hint(err, "write to a USB disk or over the network");
}
