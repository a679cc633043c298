// SPDX-License-Identifier: GPL-2.0-or-later
/* Guests that stand alone: disks are stored whole, and what the capture said goes with them. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "lib/audit.h"
#include "lib/base/alloc.h"
#include "lib/base/outfile.h"
#include "lib/base/path.h"
#include "lib/capture.h"
#include "lib/copy.h"
#include "lib/flatten.h"

enum { SMALL_FILE_MAX = 16 << 20 };	/* a larger one is refused [bytes] */

int flatten_copy_file(const char *from_dir, const char *name, const char *to_dir,
		      struct error *err)
{
	CLEANUP_FREE char *from = path_join(from_dir, name), *to = path_join(to_dir, name);
	CLEANUP_FREE char *data = NULL;
	size_t len = 0;

	if (file_read(from, SMALL_FILE_MAX, &data, &len, err) < 0)
		return -1;
	return file_write(to, data, len, OUTFILE_NEW, err);
}

int flatten_origin(const char *capture, const char *dir, struct error *err)
{
	CLEANUP_FREE char *to_dir = path_join(dir, ORIGIN_FOLDER);

	if (folder_make(to_dir, err) < 0 ||
	    flatten_copy_file(capture, CAPTURE_FILE, to_dir, err) < 0)
		return -1;
	return flatten_copy_file(capture, CAPTURE_MACHINE, to_dir, err);
}

/* The new image is read back: it must look to a guest as the old one did. */
static int compare_disk(const char *path, const char *expected, struct progress *progress,
			struct error *err)
{
	struct source source CLEANUP_SOURCE = SOURCE_INIT;
	CLEANUP_FREE uint8_t *extents = NULL;
	char found[DIGEST_HEX_SIZE];
	size_t n = 0;

	if (source_open(&source, path, 0, err) < 0)
		return -1;
	progress_begin(progress, "read back", source.size);
	if (copy_digest(&source, progress, &extents, &n, found, err) < 0)
		return -1;
	progress_end(progress);
	if (strcmp(found, expected) != 0)
		return error_set(err, ERR_INTEGRITY, "'%s' does not read as it was written", path);
	return 0;
}

static int flatten_disk(const struct guest *g, size_t i, const char *to, struct progress *progress,
			struct error *err)
{
	struct source source CLEANUP_SOURCE = SOURCE_INIT;
	CLEANUP_FREE char *from = guest_disk_path(g, i);
	CLEANUP_FREE char *phase = xasprintf("store disk %zu of %s", i, g->name);
	char expected[DIGEST_HEX_SIZE];

	if (source_open(&source, from, SOURCE_BACKED, err) < 0)
		return -1;
	progress_begin(progress, phase, source.size);
	if (copy_to_qcow2(&source, to, progress, expected, err) < 0)
		return error_wrap(err, "%s", phase);
	progress_end(progress);
	if (compare_disk(to, expected, progress, err) < 0)
		return error_wrap(err, "%s", phase);
	return 0;
}

static void set_text(char **text, char *value)
{
	free(*text);
	*text = value;
}

int flatten_disks(struct guest *g, const char *dir, struct progress *progress, struct error *err)
{
	for (size_t i = 0; i < g->n_disks; i++) {
		CLEANUP_FREE char *file = xasprintf("disk%zu.qcow2", i);
		CLEANUP_FREE char *to = path_join(dir, file);

		if (flatten_disk(g, i, to, progress, err) < 0)
			return -1;
		set_text(&g->disks[i].file, STEAL(file));
		set_text(&g->disks[i].format, xstrdup("qcow2"));
		set_text(&g->disks[i].backing, NULL);
	}
	set_text(&g->capture, NULL);
	return 0;
}
