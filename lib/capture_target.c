// SPDX-License-Identifier: GPL-2.0-or-later
/* What the target of a capture can hold. */
#include "config.h"

#include <errno.h>
#include <linux/magic.h>
#include <sys/statfs.h>

#include "lib/base/alloc.h"
#include "lib/base/size.h"
#include "lib/capture_target.h"

enum { TABLES = 64 << 20 };	/* of an image of the largest size that FAT can hold */

int capture_target_of(int fd, const char *name, struct capture_target *ret, struct error *err)
{
	struct statfs fs;

	if (fstatfs(fd, &fs) < 0)
		return error_sys(err, errno, "look at the target '%s'", name);
	ret->type = (long)fs.f_type;
	if (MUL_OVERFLOW((uint64_t)fs.f_bavail, (uint64_t)fs.f_bsize, &ret->room))
		ret->room = UINT64_MAX;
	return 0;
}

/* How much it shrinks is known too late. */
uint64_t capture_target_split(const struct capture_target *t, uint64_t used)
{
	return t->type == MSDOS_SUPER_MAGIC && used > CAPTURE_PART_SIZE - TABLES ? CAPTURE_PART_SIZE : 0;
}

int capture_target_check(const struct capture_target *t, uint64_t need, struct error *err)
{
	CLEANUP_FREE char *room = format_size(t->room), *about = format_size(need);

	if (t->room >= need)
		return 0;
	error_set(err, ERR_NO_SPACE, "the target has %s free, far too little for about %s", room, about);
	return error_hint(err, "choose another target; --dry-run says how much is needed");
}
