/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_SOURCE_H
#define REHOST_SOURCE_H

/*
 * A disk being read, and only read: a block device, an image file or a network block device.
 *
 * Raw images and devices are read directly; other image formats (qcow2, VMDK, VHD, VHDX, VDI) by a
 * qemu-nbd of our own, read-only, on a private socket; E01 by libewf; nbd://, nbds:// and nbd+unix:// by
 * libnbd; a folder of Clonezilla by lib/partclone.h. A source is used by one thread at a time.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/base/child.h"
#include "lib/base/error.h"
#include "lib/mapfile.h"

enum source_flags {
	SOURCE_FORCE_LIVE = 1,	/* take a device that is in use                           */
	SOURCE_BACKED = 2,	/* an image may stand on another file; only for our own
				 * images: a foreign one could name any file of this host  */
	SOURCE_RAW = 4,		/* a file of raw bytes, whatever they look like           */
	SOURCE_CLONEZILLA = 8,	/* a disk in a folder of Clonezilla: FOLDER/sda           */
};

enum source_kind { SOURCE_IMAGE, SOURCE_DEVICE, SOURCE_NETWORK };

struct source;
struct live_disk;

struct source_ops {
	/* 0, or the negative errno; the range lies on the disk */
	int (*read)(struct source *s, uint64_t start, void *buf, size_t len);
	/* length, from @start, of an area that has data or of one that is known to be zeros */
	uint64_t (*extent)(struct source *s, uint64_t start, bool *ret_zero);
	void (*close)(struct source *s);
};

struct source {
	char *name;		/* as the operator gave it                          */
	enum source_kind kind;
	const char *format;	/* raw, qcow2, vmdk, vpc, vhdx, vdi, ewf, clonezilla     */
	char *model, *serial;	/* of the drive, or NULL                            */
	uint64_t size;		/* as a guest sees it, a multiple of 512    [bytes] */
	uint64_t data_size;	/* what there is to read, zeros behind it   [bytes] */
	uint64_t sector_size;	/* logical                                  [bytes] */
	const struct source_ops *ops;
	int fd, direct_fd;	/* files and devices                                */
	bool no_direct;		/* O_DIRECT was tried in vain                       */
	bool forward;		/* to go back is to read all before it again        */
	const struct mapfile *mask;	/* areas not finished in it cannot be read; or NULL  */
	struct source *had;		/* with @mask: finished areas are read from here, the
					 * others from the disk itself; or NULL              */
	struct nbd_handle *nbd;
	char *keys;		/* PSK file for nbds://, or NULL                      */
	uint64_t failures;		/* of source_try_read() so far                      */
	double patience;		/* for a server that is gone; 0: a minute         [s] */
	struct ranges known;		/* data in the area that the server was asked about   */
	uint64_t known_from, known_to;
	struct child server;	/* qemu-nbd                                         */
	char *socket_dir;
	const struct live_disk *live;	/* what lies over it (lib/live.h), or NULL          */
	void *own;		/* of the way of reading                            */
};

#define SOURCE_INIT { .fd = -1, .direct_fd = -1, .server = CHILD_INIT }

/**
 * source_open - open a disk for reading
 * @ret:   source_close() ends it
 * @name:  device, file or URI
 * @flags: SOURCE_…
 * @err:   ERR_NOT_FOUND, ERR_FORMAT (a folder, an empty file, a format that cannot be read),
 *         ERR_BUSY with the mount point of a device in use
 */
int source_open(struct source *ret, const char *name, unsigned int flags, struct error *err);

/** source_open_served - the same for what a PC serves: an nbds:// address and the PSK file for it */
int source_open_served(struct source *ret, const char *uri, const char *keys, struct error *err);

/**
 * source_try_read - read, and leave what an error means to the caller
 * @s:     the disk
 * @start: first byte                                    [bytes]
 * @buf:   result; what lies behind the data reads as zeros
 * @len:   may not go beyond s->size                     [bytes]
 *
 * Return: 0, or the negative errno.
 */
int source_try_read(struct source *s, uint64_t start, void *buf, size_t len);

/** source_read - the same with a message */
int source_read(struct source *s, uint64_t start, void *buf, size_t len, struct error *err);

/**
 * source_read_direct - read single sectors without the page cache
 *
 * The page cache reads whole pages, and ahead, so that one bad sector takes its neighbours with it.
 * As source_try_read(); @start and @len are multiples of the sector size where the disk has them.
 */
int source_read_direct(struct source *s, uint64_t start, void *buf, size_t len);

/**
 * source_extent - what is known without reading
 * @s:        the disk
 * @start:    a byte of the disk
 * @ret_zero: the area is a hole: it reads as zeros
 *
 * Return: length of the area from @start, at least 1, never beyond the disk [bytes].
 */
uint64_t source_extent(struct source *s, uint64_t start, bool *ret_zero);

void source_close(struct source *s);

#define CLEANUP_SOURCE __attribute__((cleanup(source_close)))

/** source_is_masked - does the mask forbid any byte of a range, or send it elsewhere? */
bool source_is_masked(const struct source *s, uint64_t start, size_t len);

/** source_forget - what is read next of a range comes from the disk, not from the page cache */
void source_forget(struct source *s, uint64_t start, uint64_t len);

/** source_is_uri - does @name call for the network? */
bool source_is_uri(const char *name);

/* The parts of source_open() for each way of reading; @s->name is set. */
int source_open_file(struct source *s, unsigned int flags, struct error *err);
int source_open_uri(struct source *s, struct error *err);
int source_open_server(struct source *s, unsigned int flags, struct error *err);
int source_refuse_foreign(const struct source *s, struct error *err);
int source_open_ewf(struct source *s, struct error *err);
int source_open_clonezilla(struct source *s, struct error *err);

/* Devices: who uses one, and what it says of itself. */
int device_refuse_in_use(const char *name, dev_t dev, struct error *err);
void device_describe(dev_t dev, char **ret_model, char **ret_serial);

#endif
