/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_CAPTURE_H
#define REHOST_CAPTURE_H

/*
 * A capture: folder NAME.capture with
 *
 *	capture.xml	what was read from where, and the digests
 *	machine.xml	the old PC
 *	machine.tar	the files that this was read from, if it was an old PC
 *	disk0.qcow2	its first disk, compressed; opens as a backing file
 *	disk0.map	what of it was read, in the format of GNU ddrescue
 *
 * Nothing changes a capture once it is whole. The digest of a disk is that of lib/disk_digest.h: a
 * tree over the disk as a guest sees it, which anyone can compute again from the image.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/digest.h"
#include "lib/base/error.h"
#include "lib/base/progress.h"
#include "lib/base/strv.h"
#include "lib/machine.h"
#include "lib/mapfile.h"

#define CAPTURE_SUFFIX ".capture"
#define CAPTURE_FILE "capture.xml"
#define CAPTURE_MACHINE "machine.xml"
#define CAPTURE_RAW "machine.tar"

/* What was found on a disk, and how much of it is in use. */
struct capture_volume {
	char *name;			/* partition 1                               */
	char *kind;			/* ext, ntfs, …, or NULL                     */
	uint64_t start, size, used;	/*                                   [bytes] */
	char *why_all;			/* why all of it was taken, or NULL          */
};

struct capture_disk {
	char *file;			/* disk0.qcow2, inside the folder            */
	char *map;			/* disk0.map                                 */
	char *source;			/* what was read: /dev/sda, a file, a URI    */
	char *format;			/* of the source: raw, qcow2, vmdk, …        */
	char *model, *serial;		/* of the drive, or NULL                     */
	char *base;			/* disk of an older capture that it stands on,
					 * relative to the folder, or NULL           */
	uint64_t size;			/* as a guest sees it                [bytes] */
	uint64_t sector_size;		/* logical                           [bytes] */
	uint64_t bad_bytes;		/* could not be read; zeros in the image     */
	uint64_t unused_bytes;		/* not in use, not read; zeros in the image  */
	uint64_t unsteady;		/* blocks, of some that were read twice, that
					 * were not the same the second time         */
	uint64_t unsteady_at;		/* first byte of the first of them           */
	char digest[DIGEST_HEX_SIZE];	/* of the disk as a guest sees it            */
	char map_digest[DIGEST_HEX_SIZE];	/* SHA-256 of the map's file         */
	uint8_t *extents;		/* digests of the extents, DIGEST_SIZE each  */
	size_t n_extents;
	struct capture_volume *volumes;
	size_t n_volumes;
};

struct capture {
	char *dir;			/* absolute                                  */
	char *name;			/* without folder and suffix                 */
	char *tool;			/* program and version that made it          */
	bool live;			/* of a PC that went on running (lib/live.h) */
	struct strv plain;		/* with live: mount points without a snapshot */
	struct capture_disk *disks;
	size_t n_disks;
	char machine_digest[DIGEST_HEX_SIZE];	/* SHA-256 of machine.xml            */
	char raw_digest[DIGEST_HEX_SIZE];	/* SHA-256 of machine.tar; "": none  */
	struct machine machine;
};

#define CAPTURE_INIT { 0 }

/**
 * capture_open - read a capture's documents
 * @ret:  capture_clear() frees it
 * @path: the folder
 * @err:  ERR_NOT_FOUND, ERR_FORMAT; ERR_REFUSED for images in parts; a folder that is still partial is refused
 */
int capture_open(struct capture *ret, const char *path, struct error *err);

/** capture_read - as capture_open(), also in a folder that is still partial */
int capture_read(struct capture *ret, const char *dir, struct error *err);

/** capture_write - write capture.xml into folder @dir */
int capture_write(const struct capture *c, const char *dir, struct error *err);

struct outdir;

/**
 * capture_commit - a folder becomes the capture: it gets its name, and @ret what @c was
 * @dir: with all of the capture in it
 * @c:   empty afterwards; as it was on error
 */
int capture_commit(struct outdir *dir, struct capture *c, struct capture *ret, struct error *err);

/** capture_disk_path - absolute path of disk @i; the caller frees it */
char *capture_disk_path(const struct capture *c, size_t i);

/** capture_map - the map of disk @i */
int capture_map(const struct capture *c, size_t i, struct mapfile *ret, struct error *err);

/**
 * capture_verify - prove that a capture is what it was when it was made
 * @c:        the capture
 * @progress: or NULL
 * @err:      ERR_INTEGRITY names the file, and for a disk the first place that differs
 *
 * Reads every disk as a guest would and computes its digests again; the source is not needed.
 */
int capture_verify(const struct capture *c, struct progress *progress, struct error *err);

/** capture_disk_clear_volumes - forget what was found on a disk */
void capture_disk_clear_volumes(struct capture_disk *d);

void capture_clear(struct capture *c);

#define CLEANUP_CAPTURE __attribute__((cleanup(capture_clear)))

struct capture_options {
	const char *root;		/* below which the old PC is described; NULL: from the sources */
	const char *keys;		/* PSK file for sources that a PC serves (lib/served.h)        */
	const struct machine *pc;	/* with keys: that PC, whose disks are known by their names    */
	bool force_live;
	bool live;			/* of a PC that goes on running (lib/live.h)                   */
	bool clonezilla;		/* sources are disks in folders of Clonezilla: FOLDER/sda      */
	bool full;			/* read everything, in use or not                              */
	const char *base;		/* older capture of the same disks: store what differs         */
	const char *map;		/* map of ddrescue for the only source, an image that it wrote */
	const char *rescued;		/* with map: that image, and the source is the disk itself     */
	uint64_t split;			/* images in parts of this size; 0: if the target wants it [bytes] */
	bool plain;			/* do not compress                                             */
	uint64_t retries;		/* of bad sectors                                              */
	double timeout;			/* give bad areas, and a server that is gone, up so long after
					 * the last success; 0: never, and a minute        [s]         */
	uint64_t limit;			/* bytes to read in a second; 0: no limit                      */
	double interval;		/* between safe points [s]; 0: CAPTURE_INTERVAL                */
	struct progress *progress;
};

enum { CAPTURE_INTERVAL = 5 };

/**
 * capture_make - capture disks into a new folder
 * @sources: disks
 * @path:    folder to make, NAME.capture
 * @options: how
 * @ret:     the finished capture; capture_clear() frees it
 * @err:     whatever goes wrong; nothing that looks whole is left behind
 *
 * What was read before an interruption stays in NAME.capture.partial; the same call goes on there.
 */
int capture_make(const struct strv *sources, const char *path,
		 const struct capture_options *options, struct capture *ret, struct error *err);

/**
 * capture_finish - make a capture of what was read before the disk died
 * @path: NAME.capture, of which there is NAME.capture.partial
 * @ret:  the finished capture; capture_clear() frees it
 * @err:  ERR_NOT_FOUND if nothing was begun
 *
 * What is in use and was not read counts as not readable. The folder cannot be gone on with then.
 */
int capture_finish(const char *path, struct progress *progress, struct capture *ret,
		   struct error *err);

/**
 * capture_join - copy a capture, whose images may lie in parts, and prove that it is whole
 * @from: the folder
 * @path: NAME.capture, to be made
 * @ret:  the new capture; capture_clear() frees it
 * @err:  ERR_INTEGRITY, ERR_REFUSED for a capture that stands on another one
 */
int capture_join(const char *from, const char *path, struct progress *progress, struct capture *ret,
		 struct error *err);

/**
 * capture_foresee - what capture_make() would read, without writing anything
 * @sources:  disks
 * @options:  as for capture_make()
 * @ret:      disks and what is in use of them; capture_clear() frees it
 * @ret_size: how large the capture will be, about           [bytes]
 */
int capture_foresee(const struct strv *sources, const struct capture_options *options,
		    struct capture *ret, uint64_t *ret_size, struct error *err);

#endif
