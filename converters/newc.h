/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_CONVERTERS_NEWC_H
#define REHOST_CONVERTERS_NEWC_H

/* A cpio archive of the kernel's form ("newc") in memory; the same files give the same bytes. */

#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "lib/base/strv.h"

struct newc_file {
	char *path;		/* relative */
	char *data;
	size_t len;		/* [bytes] */
	uint32_t mode;
};

struct newc {
	struct newc_file *files;
	size_t n_files;
	char *data;		/* the archive, after newc_finish() */
	size_t len;		/* [bytes] */
};

#define NEWC_INIT { NULL, 0, NULL, 0 }

/** newc_add - one more file; an earlier one of the same name is replaced */
void newc_add(struct newc *a, const char *path, const void *data, size_t len, uint32_t mode);

/** newc_finish - make the archive: folders first, then the files by name */
int newc_finish(struct newc *a, struct error *err);

void newc_clear(struct newc *a);

#endif
