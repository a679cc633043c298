// SPDX-License-Identifier: GPL-2.0-or-later
/* The capture medium: finds its parts, and lets the script among them make the image. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/child.h"
#include "lib/base/outfile.h"
#include "lib/base/path.h"
#include "lib/stick.h"

#define PROGRAM "rehost"
#define SCRIPT "make-image"

static bool is_whole(const char *folder)
{
	CLEANUP_FREE char *program = path_join(folder, PROGRAM), *script = path_join(folder, SCRIPT);

	return path_exists(program) && path_exists(script);
}

/* Beside this program, where it was built, or where it was installed. */
static int find_parts(const char *given, char **ret, struct error *err)
{
	CLEANUP_FREE char *self = NULL, *beside = NULL, *folder = NULL;

	if (path_absolute("/proc/self/exe", &self, err) < 0)
		return -1;
	folder = path_dirname(self);
	beside = path_join(folder, "medium");
	if (given && is_whole(given))
		return path_absolute(given, ret, err);
	if (!given && is_whole(beside))
		*ret = STEAL(beside);
	else if (!given && is_whole(PARTS_DIR))
		*ret = xstrdup(PARTS_DIR);
	if (*ret)
		return 0;
	error_set(err, ERR_NOT_FOUND, "the parts of the medium are not in '%s'", given ? given : PARTS_DIR);
	return error_hint(err, "in the source tree of rehost 'make medium' makes them, before 'make install'");
}

char *stick_cache(const struct stick_options *options)
{
	const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");

	if (options->cache)
		return xstrdup(options->cache);
	if (cache && *cache)
		return xasprintf("%s/rehost/medium", cache);
	return xasprintf("%s/.cache/rehost/medium", home && *home ? home : "/root");
}

int stick_make(const char *path, const struct stick_options *options, struct error *err)
{
	struct outfile out CLEANUP_OUTFILE = OUTFILE_INIT;
	struct child child CLEANUP_CHILD = CHILD_INIT;
	CLEANUP_FREE char *parts = NULL, *script = NULL, *cache = NULL;

	if (find_parts(options->parts, &parts, err) < 0)
		return -1;
	script = path_join(parts, SCRIPT);
	cache = stick_cache(options);
	if (folder_make(cache, err) < 0 || outfile_open(&out, path, OUTFILE_NEW, err) < 0)
		return -1;
	const char *const argv[] = { script, out.partial, cache,
				     options->mirror ? options->mirror : "", NULL };

	progress_begin(options->progress, "make the medium", 0);
	if (child_start(argv, NULL, &child, err) < 0 ||
	    child_wait(&child, CHILD_NO_TIMEOUT, NULL, err) < 0)
		return error_wrap(err, "make '%s'", path);
	progress_end(options->progress);
	return outfile_commit(&out, err);
}
