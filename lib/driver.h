/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_DRIVER_H
#define REHOST_DRIVER_H

/*
 * Drivers of Windows: what an INF file says about one device, for one version of Windows, and the
 * choice among all that a user offers.
 *
 *	struct driver_set set CLEANUP_DRIVER_SET = DRIVER_SET_INIT;
 *	struct driver d CLEANUP_DRIVER = DRIVER_INIT;
 *
 *	if (driver_set_add(&set, "virtio-win.iso", err) < 0 ||
 *	    driver_set_find(&set, &system, ids, &d, &report, err) < 0)
 *		return -1;
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "lib/base/strv.h"
#include "lib/inf.h"
#include "lib/report.h"

/* For whom a driver is looked for. */
struct driver_system {
	const char *arch;	/* x86, amd64                                        */
	unsigned int major, minor, build;
	bool server;
	bool sha2;		/* knows signatures by SHA-2                         */
};

/* A value that the INF wants in the registry. */
struct driver_value {
	char *subkey;		/* below the key of the service or device, "" itself */
	char *name;
	uint32_t type;		/* enum reg_type                                     */
	char *data;
	size_t len;
};

struct driver_values {
	struct driver_value *v;
	size_t n;
};

struct driver {
	char *inf;		/* path in the source                                */
	char *name;		/* viostor.inf                                       */
	char *source;		/* what the user offered: virtio-win.iso             */
	size_t origin;		/* the same as an index in the set's sources         */
	char *class_name, *class_guid;
	char *version;		/* DriverVer                                         */
	char *catalog;		/* its file, or NULL                                 */
	char *for_system;	/* w7, as the folder calls it; NULL: no folder says  */
	bool older;		/* made for an older system than this one            */
	char *service;		/* NULL: it has none                                 */
	uint32_t type, start, error;
	char *group;		/* or NULL                                           */
	char *binary;		/* viostor.sys                                       */
	struct strv ids;	/* of the devices that it is for                     */
	struct strv files;	/* paths in the source of all files that it copies   */
	struct driver_values service_values, device_values;
};

#define DRIVER_INIT { .inf = NULL }

void driver_clear(struct driver *d);

#define CLEANUP_DRIVER __attribute__((cleanup(driver_clear)))

/**
 * driver_from_inf - what an INF file does for a device
 * @inf:  the file
 * @path: where it lies in the source
 * @who:  the system
 * @ids:  ids of the device without the parts that differ; ends with NULL
 * @ret:  the driver; driver_clear() frees it
 * @err:  ERR_REFUSED if it names files outside of its folder, ERR_FORMAT if its numbers are none
 *
 * Return: 1 it is for this device and system, 0 it is not, -1.
 */
int driver_from_inf(const struct inf *inf, const char *path, const struct driver_system *who,
		    const char *const *ids, struct driver *ret, struct error *err);

/** driver_is_for - is it for a device with one of these ids? */
bool driver_is_for(const struct driver *d, const char *const *ids);

/** inf_serves - is the file for one of these devices and this system? No more is looked at. */
bool inf_serves(const struct inf *inf, const struct driver_system *who, const char *const *ids);

/**
 * inf_decoration - does "NTamd64.6.1" stand for this system?
 *
 * Return: 0 no, else the larger the closer.
 */
uint64_t inf_decoration(const char *text, const struct driver_system *who);

struct driver_file {
	char *path;		/* with "/", as the source has it; absolute within it */
	size_t source;		/* index in set->sources                             */
	char *data;
	size_t len;
};

struct driver_inf {
	size_t file;
	struct inf inf;
};

enum {
	DRIVER_FILE_MAX = 64 << 20,	/* [bytes] */
	DRIVER_SET_MAX = 768 << 20,	/* [bytes] */
	DRIVER_FILES_MAX = 20000,
};

struct driver_set {
	struct strv sources;
	struct driver_file *files;	/* those that drivers are made of; sorted by path */
	size_t n_files;
	size_t total;			/* [bytes] */
	struct driver_inf *infs;
	size_t n_infs;
	struct report findings;		/* INF files that cannot be read */
};

#define DRIVER_SET_INIT { .n_files = 0 }

/**
 * driver_set_add - read what the user offers, once
 * @set:  driver_set_clear() frees it
 * @path: an ISO image or archive, a folder, or an INF file
 * @arch: of the system; drivers in folders of others are left out. NULL: all are read
 * @err:  ERR_FORMAT if it is nothing of that kind, or no INF file is in it
 */
int driver_set_add(struct driver_set *set, const char *path, const char *arch, struct error *err);

/**
 * driver_set_find - the best driver for a device
 * @ids:   as for driver_from_inf()
 * @ret:   the driver
 * @notes: gets a finding for each that cannot be loaded, and when only an older one was found;
 *         NULL: nobody wants to know
 *
 * Return: 1 found, 0 there is none.
 */
int driver_set_find(const struct driver_set *set, const struct driver_system *who,
		    const char *const *ids, struct driver *ret, struct report *notes);

/** driver_set_file - a file of one of the sources by its path, or NULL */
const struct driver_file *driver_set_file(const struct driver_set *set, size_t source,
					  const char *path);

/** driver_path_is_for - does no folder of the path say that it is for another processor? */
bool driver_path_is_for(const char *path, const char *arch);

/** driver_beside - the path of what lies in the folder of an INF file, or below it */
char *driver_beside(const char *inf, const char *name);

void driver_set_clear(struct driver_set *set);

#define CLEANUP_DRIVER_SET __attribute__((cleanup(driver_set_clear)))

/** pe_imports - names of the files that a program cannot be loaded without */
void pe_imports(const void *data, size_t len, struct strv *ret);

enum signature { SIGNATURE_NONE, SIGNATURE_SHA1, SIGNATURE_SHA2 };

/** pe_arch - "x86", "amd64", "arm64"; NULL if it is no program of Windows */
const char *pe_arch(const void *data, size_t len);

/** pe_signature - the strongest digest that an old system can check of the file's own signature */
enum signature pe_signature(const void *data, size_t len);

/** pe_certificate - the signature of a file itself, in the form of a catalog; NULL: it has none */
const void *pe_certificate(const void *data, size_t len, size_t *ret_len);

/** catalog_signature - the same of a catalog file */
enum signature catalog_signature(const void *data, size_t len);

/** catalog_is_self_signed - is its signer vouched for by nobody but itself? false: no, or who knows */
bool catalog_is_self_signed(const void *data, size_t len);

#endif
