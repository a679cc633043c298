/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_NTFS_RECORD_H
#define REHOST_NTFS_RECORD_H

/* Records of the master file table of NTFS, taken apart with every length checked. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "lib/base/error.h"

enum {
	NTFS_RECORD_MIN = 512, NTFS_RECORD_MAX = 65536,
	NTFS_ATTRIBUTE_LIST = 0x20, NTFS_FILE_NAME = 0x30,
	NTFS_VOLUME_INFORMATION = 0x70, NTFS_DATA = 0x80,
	NTFS_BITMAP = 0xb0, NTFS_END = -1,
};

struct ntfs_run {
	uint64_t vcn, len;	/* [clusters] */
	uint64_t lcn;		/* NTFS_HOLE: nothing is stored */
};
#define NTFS_HOLE UINT64_MAX

struct ntfs_runs {
	struct ntfs_run *v;
	size_t n;
	uint64_t end;		/* clusters that the runs cover */
};

struct ntfs_attribute {
	uint32_t type;
	bool named, resident;
	const uint8_t *value;	/* resident: its bytes; else: the mapping pairs */
	size_t len;
	uint64_t lowest_vcn, highest_vcn, size;	/* not resident [size: bytes] */
};

/**
 * ntfs_record_mend - undo the protection against torn writes
 * @record: the record, changed in place
 * @len:    its size                                     [bytes]
 * @err:    ERR_FORMAT if it is no record or was torn
 */
int ntfs_record_mend(uint8_t *record, size_t len, struct error *err);

/** ntfs_record_in_use, ntfs_record_base - flags of a mended record; number of its base record or 0 */
bool ntfs_record_in_use(const uint8_t *record);
uint64_t ntfs_record_base(const uint8_t *record);

/**
 * ntfs_attribute_next - go through the attributes of a mended record
 * @record: the record
 * @len:    its size                                     [bytes]
 * @pos:    0 at first; where the next one begins
 * @ret:    the attribute
 *
 * Return: 1 here is one, 0 no more, -1 with ERR_FORMAT if the record is damaged.
 */
int ntfs_attribute_next(const uint8_t *record, size_t len, size_t *pos, struct ntfs_attribute *ret,
			struct error *err);

/**
 * ntfs_runs_add - the clusters of an attribute that is not resident
 * @runs:     list to add to
 * @a:        the attribute; must begin where the list ends
 * @clusters: of the volume; no run may leave it
 */
int ntfs_runs_add(struct ntfs_runs *runs, const struct ntfs_attribute *a, uint64_t clusters,
		  struct error *err);

static inline void ntfs_runs_clear(struct ntfs_runs *runs)
{
	free(runs->v);
	*runs = (struct ntfs_runs){ 0 };
}
#define CLEANUP_NTFS_RUNS __attribute__((cleanup(ntfs_runs_clear)))

#endif
