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
#include "lib/disk_store.h"
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

static int flatten_disk(const struct guest *g, size_t i, const char *to, struct progress *progress,
			struct error *err)
{
	struct outfile out CLEANUP_OUTFILE = OUTFILE_INIT;
	CLEANUP_FREE char *from = guest_disk_path(g, i);
	CLEANUP_FREE char *phase = xasprintf("store disk %zu of %s", i, g->name);
	char disk[DIGEST_HEX_SIZE];
	uint64_t size = 0;

	if (outfile_open(&out, to, OUTFILE_NEW, err) < 0)
		return -1;
	if (disk_store(from, fileno(out.f), 0, phase, progress, &size, disk, err) < 0 ||
	    disk_store_check(fileno(out.f), 0, size, disk, progress, err) < 0)
		return error_wrap(err, "%s", phase);
	return outfile_commit(&out, err);
}

static void set_text(char **text, char *value)
{
	free(*text);
	*text = value;
}

void flatten_describe(struct guest *g)
{
	for (size_t i = 0; i < g->n_disks; i++) {
		set_text(&g->disks[i].file, xasprintf(FLATTEN_DISK, i));
		set_text(&g->disks[i].format, xstrdup("qcow2"));
		set_text(&g->disks[i].backing, NULL);
	}
	set_text(&g->capture, NULL);
}

int flatten_disks(struct guest *g, const char *dir, struct progress *progress, struct error *err)
{
	for (size_t i = 0; i < g->n_disks; i++) {
		CLEANUP_FREE char *file = xasprintf(FLATTEN_DISK, i);
		CLEANUP_FREE char *to = path_join(dir, file);

		if (flatten_disk(g, i, to, progress, err) < 0)
			return -1;
	}
	flatten_describe(g);
	return 0;
}
