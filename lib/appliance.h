/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_APPLIANCE_H
#define REHOST_APPLIANCE_H

/*
 * The libguestfs appliance: the only place where a guest's file systems are read and written.
 *
 *	struct appliance app CLEANUP_APPLIANCE = APPLIANCE_INIT;
 *
 *	if (appliance_open(&app, disks, n_disks, APPLIANCE_READ, err) < 0)
 *		return -1;
 *	if (guestfs_mount_ro(app.g, "/dev/sda1", "/") < 0)
 *		return appliance_error(&app, err, "mount /dev/sda1");
 *
 * Whoever includes this and needs app.g includes <guestfs.h> too.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "lib/base/strv.h"
#include "lib/tree.h"

struct guestfs_h;
struct appliance_room;

enum { APPLIANCE_MAX_DISKS = 26 };
#define APPLIANCE_LABEL "rehost"	/* of disk 0 with an 'a' behind it, and so on */

struct appliance {
	struct guestfs_h *g;	/* NULL: not running                            */
	char *dir;		/* private folder of this machine for transfers */
	struct appliance_room *room;	/* looks whether there is room for its disks */
	size_t n_disks;
};

#define APPLIANCE_INIT { NULL, NULL, NULL, 0 }

/* How to start it; can be combined with |. */
enum {
	APPLIANCE_READ = 0,	/* changes go to an overlay that is thrown away          */
	APPLIANCE_WRITE = 1,
	APPLIANCE_LARGE = 2,	/* more memory: opening an encrypted volume can need 1 GiB */
};

/* An image file; the format is always told and never guessed from the contents. */
struct appliance_disk {
	char *path;
	char *format;		/* qcow2, raw */
};

/**
 * appliance_open - start the appliance with these disks
 * @ret:     appliance_close() ends it
 * @disks:   the images, in the order of the old PC
 * @n_disks: how many
 * @mode:    APPLIANCE_READ, APPLIANCE_WRITE, with APPLIANCE_LARGE
 * @err:     with the remedy when this machine cannot run it
 */
int appliance_open(struct appliance *ret, const struct appliance_disk *disks, size_t n_disks,
		   unsigned int mode, struct error *err);

/** appliance_finish - write everything out and end the appliance; an error means lost data */
int appliance_finish(struct appliance *app, struct error *err);

void appliance_close(struct appliance *app);

#define CLEANUP_APPLIANCE __attribute__((cleanup(appliance_close)))

/** appliance_error - ERR_SYSTEM with "verb object" and what libguestfs said; returns -1 */
int appliance_error(const struct appliance *app, struct error *err, const char *fmt, ...)
	PRINTF_LIKE(3, 4);

/**
 * appliance_explain - after a failure: if it was for want of room, @err says so; returns -1
 *
 * Without the appliance files seem to be missing, and who looked for them says something else.
 */
int appliance_explain(const struct appliance *app, struct error *err);

/**
 * appliance_read_folder - take a folder of the mounted guest into a tree, in one transfer
 * @app:     the appliance
 * @folder:  in the guest; where it really lies is what the guest's own links say
 * @exclude: patterns of names to leave out, as tar takes them; NULL-terminated, or NULL
 * @t:       the tree
 *
 * A folder that is not there is no error and adds nothing.
 */
int appliance_read_folder(const struct appliance *app, const char *folder,
			  const char *const *exclude, struct tree *t, struct error *err);

/**
 * appliance_read_file - the whole of one file of the mounted guest
 * @max: larger files are an error                        [bytes]
 * @ret: contents with a 0 byte behind them; the caller frees it
 */
int appliance_read_file(const struct appliance *app, const char *path, uint64_t max, char **ret,
			size_t *ret_len, struct error *err);

/** appliance_write_file - put a file of any size in place; links are followed inside the guest */
int appliance_write_file(const struct appliance *app, const char *path, const void *data,
			 size_t len, struct error *err);

/** appliance_mount - mount a file system of the guest; @options as for mount -o, or NULL */
int appliance_mount(const struct appliance *app, const char *device, const char *point,
		    bool writable, const char *options, struct error *err);

/** appliance_umount - unmount everything */
void appliance_umount(const struct appliance *app);

/**
 * appliance_note_folder - record what a folder holds, without contents
 * @app:    the appliance
 * @folder: in the guest
 * @t:      gets a node for each entry, links with their targets; nothing if there is no such folder
 */
void appliance_note_folder(const struct appliance *app, const char *folder, struct tree *t);

/** appliance_note_names - record those of these names that the guest has */
void appliance_note_names(const struct appliance *app, const char *const *names, struct tree *t);

/** appliance_glob - names in the guest that fit a shell pattern; nothing if there are none */
void appliance_glob(const struct appliance *app, const char *pattern, struct strv *ret);

/** appliance_any_case - a pattern for a name in upper or lower case; the caller frees it */
char *appliance_any_case(const char *path);

/** appliance_find - the path of something in a folder, whatever its case; NULL if there is none */
char *appliance_find(const struct appliance *app, const char *dir, const char *name);

/** appliance_read_head - the first bytes of a file; the number that was read, 0 if none could be */
size_t appliance_read_head(const struct appliance *app, const char *path, void *buf, size_t len);

/** appliance_read_device - @len bytes of a partition */
int appliance_read_device(const struct appliance *app, const char *device, uint64_t at, void *buf,
			  size_t len, struct error *err);

/** appliance_ntfs_attributes - of a file or folder of NTFS: 0x4000 encrypted; 0 if not known */
uint32_t appliance_ntfs_attributes(const struct appliance *app, const char *path);

/** appliance_device - by which name a program in the appliance finds @device; to be freed */
char *appliance_device(const char *device);

/** appliance_quotable - this name can stand between single quotes in a command for appliance_run() */
bool appliance_quotable(const char *name);

/**
 * appliance_run - run a program of the appliance itself, never one of the guest
 * @command: for the appliance's shell; nothing from a guest may be in it but what is checked
 * @ret:     what it printed; the caller frees it
 * @err:     it failed: end the command with "; true" to see the output then, too
 */
int appliance_run(const struct appliance *app, const char *command, char **ret, struct error *err);

/** appliance_free_list - free a list of strings that libguestfs returned; for CLEANUP_LIST */
void appliance_free_list(char ***list);

#define CLEANUP_LIST __attribute__((cleanup(appliance_free_list)))

#endif
