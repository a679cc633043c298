/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_APPLIANCE_READER_H
#define REHOST_APPLIANCE_READER_H

/*
 * A device of the appliance as bytes. Each question to the appliance costs the time of a few thousand
 * sectors, and who walks a FAT asks for a few bytes at a time: the last blocks are kept.
 *
 *	struct appliance_reader r CLEANUP_APPLIANCE_READER = { 0 };
 *	appliance_reader_begin(&r, app, "/dev/sda1", size);
 *	fatfs_open(&fs, &r.reader, err)
 */

#include "lib/appliance.h"
#include "lib/fatfs.h"

enum {
	APPLIANCE_READER_BLOCK = 1 << 16,	/* [bytes] */
	APPLIANCE_READER_BLOCKS = 8,
};

struct appliance_reader {
	struct reader reader;
	const struct appliance *app;
	const char *device;
	struct {
		uint64_t at;
		char *data;	/* NULL: nothing yet */
		size_t len;	/* [bytes]           */
	} block[APPLIANCE_READER_BLOCKS];
	size_t next;		/* the block that is given up for another */
};

/**
 * appliance_reader_begin - read a device through a few kept blocks
 * @ret:    appliance_reader_clear() frees it; it must not be moved
 * @device: /dev/sda1; its name must outlive the reader
 * @size:   of the device                                  [bytes]
 *
 * What is written to the device meanwhile may not be seen.
 */
void appliance_reader_begin(struct appliance_reader *ret, const struct appliance *app,
			    const char *device, uint64_t size);

void appliance_reader_clear(struct appliance_reader *r);

#define CLEANUP_APPLIANCE_READER __attribute__((cleanup(appliance_reader_clear)))

#endif
