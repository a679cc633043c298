// SPDX-License-Identifier: GPL-2.0-or-later
/* Named files in memory. */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/base/alloc.h"
#include "lib/base/outfile.h"
#include "lib/base/path.h"
#include "lib/fileset.h"

void fileset_add(struct fileset *fs, const char *path, char *data, size_t len, bool executable)
{
	struct fileset_file *f = APPEND(fs->files, fs->n_files);

	*f = (struct fileset_file){ xstrdup(path), data, len, executable };
}

const struct fileset_file *fileset_find(const struct fileset *fs, const char *path)
{
	for (size_t i = 0; i < fs->n_files; i++)
		if (strcmp(fs->files[i].path, path) == 0)
			return &fs->files[i];
	return NULL;
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct fileset_file *)a)->path,
		      ((const struct fileset_file *)b)->path);
}

void fileset_sort(struct fileset *fs)
{
	if (fs->n_files)
		qsort(fs->files, fs->n_files, sizeof(*fs->files), by_path);
}

static int write_one(const struct fileset_file *f, const char *dir, struct error *err)
{
	CLEANUP_FREE char *path = path_join(dir, f->path);
	CLEANUP_FREE char *parent = path_dirname(path);

	if (folder_make(parent, err) < 0 || file_write(path, f->data, f->len, OUTFILE_NEW, err) < 0)
		return -1;
	if (f->executable && chmod(path, 0755) < 0)
		return error_sys(err, errno, "make '%s' executable", path);
	return 0;
}

int fileset_write(struct fileset *fs, const char *dir, struct error *err)
{
	fileset_sort(fs);
	for (size_t i = 0; i < fs->n_files; i++)
		if (write_one(&fs->files[i], dir, err) < 0)
			return -1;
	return 0;
}

void fileset_clear(struct fileset *fs)
{
	for (size_t i = 0; i < fs->n_files; i++) {
		free(fs->files[i].path);
		free(fs->files[i].data);
	}
	free(fs->files);
	*fs = (struct fileset)FILESET_INIT;
}
