/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_NTFS_VOLUME_H
#define REHOST_NTFS_VOLUME_H

/* The table of files of an NTFS volume, and what its records say. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/strv.h"
#include "lib/ntfs_record.h"
#include "lib/ranges.h"
#include "lib/volume.h"

enum {
	NTFS_FILE_MFT = 0, NTFS_FILE_ROOT = 5, NTFS_FILE_BAD = 8,
	NTFS_PIECE = 64 << 10,		/* bytes of the table to read at once */
};

struct ntfs {
	const struct volume *v;
	uint64_t sectors, sector;	/* of the volume; size of one [bytes] */
	uint64_t cluster, clusters;	/* size of one [bytes]; number        */
	size_t record;			/* size of a file record [bytes]      */
	uint64_t mft;			/* first cluster of the table         */
	struct ntfs_runs table;		/* where the table lies               */
	uint64_t table_size;		/* [bytes]                            */
	uint8_t *in_use;		/* a bit for each record              */
	size_t in_use_len;
	struct ranges *used;		/* for the reader of the map          */
};

/**
 * ntfs_open - read the boot sector and find the table
 * @ret: ntfs_close() frees it
 * @v:   stays in use
 * @err: ERR_FORMAT
 */
int ntfs_open(struct ntfs *ret, const struct volume *v, struct error *err);
void ntfs_close(struct ntfs *n);

/** ntfs_read_runs - read a part of a file that lies in runs */
int ntfs_read_runs(const struct ntfs *n, const struct ntfs_runs *runs, uint64_t start, void *buf,
		   size_t len, struct error *err);

/** ntfs_read_record - a record of the table, mended; @record has n->record bytes */
int ntfs_read_record(const struct ntfs *n, uint64_t number, uint8_t *record, struct error *err);

/** ntfs_find_attribute - the first part of an attribute without a name; 0: there is none */
int ntfs_find_attribute(const struct ntfs *n, const uint8_t *record, uint32_t type,
			struct ntfs_attribute *ret, struct error *err);

/** ntfs_need_attribute - the same; ERR_FORMAT if there is none */
int ntfs_need_attribute(const struct ntfs *n, const uint8_t *record, uint32_t type,
			struct ntfs_attribute *ret, struct error *err);

/** ntfs_system_file - where the data of one of the first files lies, and how long it is */
int ntfs_system_file(const struct ntfs *n, uint64_t number, struct ntfs_runs *ret, uint64_t *ret_size,
		     struct error *err);

/** ntfs_check_flags - is the volume marked for a check? ERR_FORMAT: it is */
int ntfs_check_flags(const struct ntfs *n, struct error *err);

/** ntfs_check_log - are there changes that are in the journal only? ERR_FORMAT: there may be */
int ntfs_check_log(const struct ntfs *n, struct error *err);

/** ntfs_name_files - names of the files in some areas, struct usedmap_reader */
int ntfs_name_files(const struct volume *v, const struct ranges *areas, struct strv *ret,
		    struct error *err);

#endif
