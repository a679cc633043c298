/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_FUZZ_DISK_H
#define REHOST_FUZZ_DISK_H

/* Bytes of a fuzzer as a disk, and what every reader of an allocation map must hold to. */

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/base/alloc.h"
#include "lib/base/strv.h"
#include "lib/usedmap.h"

enum { FUZZ_DISK = 4 << 20 };	/* a sparse disk of this size begins with the bytes [bytes] */

static inline struct source fuzz_disk(const uint8_t *data, size_t size)
{
	static int fd = -1;
	struct source s = SOURCE_INIT;
	struct error err CLEANUP_ERROR = ERROR_INIT;
	CLEANUP_FREE char *path = NULL;

	if (fd < 0)
		fd = memfd_create("disk", MFD_CLOEXEC);
	if (ftruncate(fd, 0) < 0 || ftruncate(fd, FUZZ_DISK) < 0 ||
	    pwrite(fd, data, MIN(size, (size_t)FUZZ_DISK), 0) < 0)
		abort();
	path = xasprintf("/proc/self/fd/%d", fd);
	if (source_open(&s, path, SOURCE_RAW, &err) < 0)
		abort();
	return s;
}

/* Ranges are sorted, apart and inside of the disk. */
static inline void fuzz_check_ranges(const struct ranges *r, uint64_t size)
{
	for (size_t i = 0; i < r->n; i++)
		if (r->v[i].start >= r->v[i].end || r->v[i].end > size ||
		    (i && r->v[i].start <= r->v[i - 1].end))
			__builtin_trap();
}

static inline void fuzz_reader(const struct usedmap_reader *reader, const uint8_t *data, size_t size)
{
	struct source s CLEANUP_SOURCE = fuzz_disk(data, size);
	struct volume v CLEANUP_VOLUME = VOLUME_INIT;
	struct ranges used CLEANUP_RANGES = RANGES_INIT;
	struct error err CLEANUP_ERROR = ERROR_INIT;
	uint64_t end = 0;
	int rc;

	volume_begin(&v, &s, "fuzz");
	if (volume_add(&v, NULL, 0, s.size, &err) < 0)
		abort();
	if (reader->name_files) {
		struct ranges areas CLEANUP_RANGES = RANGES_INIT;
		struct strv names CLEANUP_STRV = STRV_INIT;
		struct error odd CLEANUP_ERROR = ERROR_INIT;

		ranges_add(&areas, s.size / 8, s.size);
		if ((reader->name_files(&v, &areas, &names, &odd) < 0) != error_is_set(&odd))
			__builtin_trap();
	}
	rc = reader->read(&v, &used, &end, &err);
	if ((rc < 0) != error_is_set(&err))
		__builtin_trap();
	if (rc == 0 && end > s.size)
		__builtin_trap();
	if (rc == 0)
		fuzz_check_ranges(&used, s.size);
}

#endif
