/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_FATFS_H
#define REHOST_FATFS_H

/*
 * Names and small files on a FAT volume, read where it lies, also when it is damaged or so old that
 * no kernel mounts it. Nothing is trusted: every chain and every folder has a bound.
 *
 *	struct fatfs fs;
 *
 *	if (fatfs_open(&fs, &reader, err) == 0 && fatfs_read(&fs, "WINDOWS/SYSTEM.INI", max, &text, &n, err) == 0)
 *		…
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "lib/base/strv.h"
#include "lib/ranges.h"

/* Bytes of a disk or of a part of it, wherever they come from. */
struct reader {
	/* 0, or -1 if they cannot be read */
	int (*read)(void *ctx, uint64_t at, void *buf, size_t len);
	void *ctx;
	uint64_t size;		/* [bytes] */
};

/** reader_get - read; -1 also if the range leaves the disk */
int reader_get(const struct reader *r, uint64_t at, void *buf, size_t len);

enum {
	FATFS_ENTRIES_MAX = 16384,	/* of a folder; folders of a volume */
	FATFS_DEPTH_MAX = 16,
	FATFS_NAMES_MAX = 1000,
	FATFS_STEPS_MAX = 1 << 24,	/* clusters of all files that are followed */
};

struct fatfs {
	const struct reader *reader;
	char oem[9];			/* who formatted it: MSDOS5.0                  */
	unsigned int bits;		/* 12, 16, 32                                  */
	uint32_t heads, sectors;	/* of a track: the geometry that its BIOS told */
	uint32_t hidden;		/* sectors in front of it                      */
	uint64_t sector, cluster;	/* [bytes] */
	uint64_t table, root, data;	/* where they begin [bytes] */
	uint64_t root_size;		/* FAT12, FAT16     [bytes] */
	uint64_t clusters;
	uint32_t root_cluster;		/* FAT32 */
};

/**
 * fatfs_open - read the boot sector of a volume
 * @ret:    nothing in it has to be freed
 * @reader: the volume; must stay valid
 * @err:    ERR_FORMAT
 */
int fatfs_open(struct fatfs *ret, const struct reader *reader, struct error *err);

/**
 * fatfs_parse - the same from a sector in memory; ret->reader stays NULL
 * @sector: 512 bytes
 */
int fatfs_parse(struct fatfs *ret, const uint8_t *sector, struct error *err);

/** fatfs_list - the short names in a folder ("" is the root), in capitals, folders with a '/' behind */
int fatfs_list(const struct fatfs *fs, const char *folder, struct strv *ret, struct error *err);

/** fatfs_has - is there a file or folder of this path? Case does not matter. */
bool fatfs_has(const struct fatfs *fs, const char *path);

/** fatfs_has_bytes - is there a folder, or a file that is not empty, of this path? */
bool fatfs_has_bytes(const struct fatfs *fs, const char *path);

/**
 * fatfs_read - the beginning of a file
 * @max: no more than this is read                     [bytes]
 * @ret: with a 0 byte behind; the caller frees it
 * @err: ERR_NOT_FOUND; ERR_FORMAT when its chain ends too early
 */
int fatfs_read(const struct fatfs *fs, const char *path, size_t max, char **ret, size_t *ret_len,
	       struct error *err);

/**
 * fatfs_files_in - which files and folders have a byte in some areas of the volume
 * @areas:     on the volume
 * @ret_names: their paths, "/DOS/EDIT.COM", folders with a '/' behind; FATFS_NAMES_MAX at most
 * @ret_data:  gets the clusters of files, not of folders, that touch the areas; or NULL
 * @err:       ERR_FORMAT: some were left out, what was found is in @ret_names; or interrupted
 */
int fatfs_files_in(const struct fatfs *fs, const struct ranges *areas, struct strv *ret_names,
		   struct ranges *ret_data, struct error *err);

#endif
