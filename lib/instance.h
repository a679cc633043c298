/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_INSTANCE_H
#define REHOST_INSTANCE_H

/*
 * Guests that are installed on this host. The state folder (/var/lib/rehost) holds
 *
 *	bundles/NAME-DIGEST/		a bundle, unpacked and verified; never written again
 *	guests/GUEST/instance.xml	which releases of the guest there are, and what is wanted
 *	guests/GUEST/releases/N/	release N: overlays on the bundle's disks, configuration
 *	guests/GUEST/run/		locks, sockets, the process's number
 *	guests/GUEST/log/		serial.log, events.log
 *
 * A release keeps the bundle that it came from, so that going back to it, and back to its pristine
 * disks, is always possible. Whether a guest runs is told by a lock that its process holds, never by
 * a file that a crash can leave behind.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/digest.h"
#include "lib/base/error.h"
#include "lib/base/strv.h"
#include "lib/guest.h"

#define STATE_DEFAULT "/var/lib/rehost"
#define SERIAL_LOG "serial.log"

/* One installed version of a guest. */
struct release {
	uint64_t number;		/* 1, 2, …                                         */
	uint64_t revision;		/* of the bundle                                   */
	char *bundle;			/* folder below bundles/                           */
	char digest[DIGEST_HEX_SIZE];	/* of the bundle                                   */
	char *target;			/* the hypervisor that runs it                     */
	bool proven;			/* somebody waited for its life, and saw it        */
};

struct instance {
	char *name;		/* of the guest                                                    */
	char *state;		/* the state folder, absolute                                      */
	char *home;		/* its folder: guests/GUEST                                        */
	char *dir;		/* current release: disks and the target's configuration; or NULL  */
	char *run_dir;		/* sockets, locks                                                  */
	char *log_dir;		/* serial.log, events.log                                          */
	bool wanted;		/* it is meant to run: started again after a power cut             */
	uint64_t current;	/* number of the current release, 0: none                          */
	struct release *releases;	/* oldest first                                            */
	size_t n_releases;
};

#define INSTANCE_INIT { 0 }

/**
 * instance_open - find a guest that is installed
 * @ret:   instance_clear() frees it
 * @state: the state folder
 * @name:  of the guest
 * @err:   ERR_NOT_FOUND with the names that there are
 */
int instance_open(struct instance *ret, const char *state, const char *name, struct error *err);

/** instance_new - one without a release; its folders are made */
int instance_new(struct instance *ret, const char *state, const char *name, struct error *err);

/** instance_list - names of all guests that are installed, sorted; none if there is no folder */
int instance_list(const char *state, struct strv *ret, struct error *err);

/** instance_save - write instance.xml, atomically */
int instance_save(const struct instance *inst, struct error *err);

/** instance_release - the current release, or NULL */
const struct release *instance_release(const struct instance *inst);

/** instance_find_release - by its number, or NULL */
const struct release *instance_find_release(const struct instance *inst, uint64_t number);

/** instance_use_release - make release @number the current one; only in memory */
void instance_use_release(struct instance *inst, uint64_t number);

/** instance_prove - the current release was seen to live; the caller holds LOCK_CHANGE */
int instance_prove(struct instance *inst, struct error *err);

/** instance_bundle_dir - the unpacked bundle of a release; the caller frees it */
char *instance_bundle_dir(const struct instance *inst, const struct release *r);

/** instance_guest - the guest's document as the current release has it */
int instance_guest(const struct instance *inst, struct guest *ret, struct error *err);

/** instance_log - a line in events.log, with the time in UTC; a log that cannot be written is none */
void instance_log(const struct instance *inst, const char *fmt, ...) PRINTF_LIKE(2, 3);

/**
 * instance_lose - say what this start cannot give of what is planned: in events.log, and to whoever starts it
 *
 * instance_losses() tells them, from the last instance_begin_losses() on.
 */
void instance_lose(const struct instance *inst, const char *fmt, ...) PRINTF_LIKE(2, 3);
void instance_begin_losses(const struct instance *inst);
void instance_losses(const struct instance *inst, struct strv *ret);

/** instance_clear - free it; the guest itself is not touched */
void instance_clear(struct instance *inst);

#define CLEANUP_INSTANCE __attribute__((cleanup(instance_clear)))

/*
 * Locks, which end with the processes that hold them.
 *
 *	instance_lock(…, LOCK_CHANGE)	one command at a time changes an instance
 *	instance_lock(…, LOCK_WATCH)	held by the supervisor
 *	instance_lock(…, LOCK_MACHINE)	held by the supervisor and by the virtual machine itself
 */
enum instance_lock { LOCK_CHANGE, LOCK_WATCH, LOCK_MACHINE };

/**
 * instance_lock - take a lock
 * @err: ERR_BUSY if somebody has it
 *
 * Return: a descriptor that holds it until it and all its copies are closed, or -1.
 */
int instance_lock(const struct instance *inst, enum instance_lock lock, struct error *err);

/** instance_is_locked - does somebody hold it? */
bool instance_is_locked(const struct instance *inst, enum instance_lock lock);

#endif
