/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_CONVERTER_H
#define REHOST_CONVERTER_H

/*
 * Converters: each knows one family of guest systems, and is the only code that changes their disks.
 * One const struct at the foot of converters/NAME.c and one row in converters/converters.def.
 *
 * conversion_run() is the whole of `rehost convert`: overlay, one appliance, inspection, negotiation,
 * the converter, the document. A failure at any point leaves nothing behind; the capture is only
 * ever read.
 */

#include <stdbool.h>
#include <stdint.h>

#include "lib/appliance.h"
#include "lib/base/error.h"
#include "lib/base/progress.h"
#include "lib/capture.h"
#include "lib/guest.h"
#include "lib/inspection.h"
#include "lib/machine_model.h"

/* What a converter works with. */
struct conversion {
	const struct appliance *app;	/* the system is mounted, read-write unless dry_run */
	const struct inspection *in;
	struct inspected_system *sys;	/* edit sys->tree, then conversion_apply()         */
	const char *name;		/* of the guest                                    */
	const char *dir;		/* folder of its disks, absolute; NULL if dry_run  */
	const struct machine *machine;	/* the old PC; facts may be missing                */
	const struct negotiation *answer;
	bool console;			/* may put a console and a login on the serial port */
	bool dry_run;			/* say what would change, write nothing            */
	const struct port_limits *ports;	/* what the target has not, or NULL        */
	bool memory_asked, vcpus_asked;	/* by the operator: they are not for a converter to change */
};

struct converter {
	const char *name, *summary;
	const char *hint;	/* what may help where target and guest do not meet, or NULL */

	/* how sure: 0 no … 100; looks only, cannot fail */
	int (*bid)(const struct inspected_system *sys);

	/* what it could teach this guest, and at what cost */
	void (*can_add)(const struct inspection *in, const struct inspected_system *sys,
			struct machine_model *ret);

	/* why it cannot be taught this firmware, or NULL; the member can be NULL: it never can */
	const char *(*obstacle)(const struct inspection *in, const struct inspected_system *sys,
				enum firmware value);

	/* into sys->findings what it would take of in->drivers, and why not the others; NULL: it takes none */
	void (*look_at_drivers)(const struct inspection *in, struct inspected_system *sys);

	/* change the guest until it can drive answer->value; idempotent; fills @ret's changes,
	   nics, life, acpi, findings */
	int (*convert)(struct conversion *conv, struct guest *ret, struct error *err);
};

extern const struct converter *const converters[];	/* ends with NULL */

/** converter_for - the converter that is surest about a system, or NULL */
const struct converter *converter_for(const struct inspected_system *sys);

/**
 * converter_obstacles - why a guest cannot be taught the firmware of a target
 * @offers: of the target
 * @answer: their negotiation, which failed
 *
 * Return: " (uefi: only 64-bit Windows …)", "" if there is nothing to say; the caller frees it.
 */
char *converter_obstacles(const struct converter *c, const struct inspection *in,
			  const struct inspected_system *sys, const struct machine_model *offers,
			  const struct negotiation *answer);

/** conversion_apply - write the changed nodes of sys->tree into the guest, and list them in @ret */
int conversion_apply(struct conversion *conv, struct guest *ret, struct error *err);

/** conversion_record - one more changed file; @before or @after NULL: there is no such side */
void conversion_record(struct guest *ret, const char *path, const char *action,
		       const void *before, size_t before_len, const void *after, size_t after_len,
		       const char *why);

#define KEPT_SUFFIX ".pre-rehost"

/** conversion_replace - put @data in the place of a large file, keep the old one as *.pre-rehost */
int conversion_replace(struct conversion *conv, const char *path, const void *before,
		       size_t before_len, const void *data, size_t len, const char *why,
		       struct guest *ret, struct error *err);

/** conversion_copy - put a copy of a file of the guest in another place in it */
int conversion_copy(struct conversion *conv, const char *from, const char *to, const char *why,
		    struct guest *ret, struct error *err);

/* A phase of the work and what it took. */
struct conversion_phase {
	const char *name;
	double seconds;
};

enum { CONVERSION_PHASES = 12 };

/**
 * fsck_refuse - do the file systems of a system want a check?
 * @sys: NULL: any of them all, as no system could be seen
 * @err: ERR_REFUSED with what fsck finds in the first that does
 */
int fsck_refuse(const struct appliance *app, const struct inspection *in,
		const struct inspected_system *sys, struct error *err);

/**
 * fsck_repair - check and repair the file systems of a system
 * @sys: NULL: all that want it, as no system could be seen
 * @ret: gets a note with what was repaired in each
 * @err: ERR_FORMAT when something stays wrong
 */
int fsck_repair(const struct appliance *app, const struct inspection *in,
		const struct inspected_system *sys, struct report *ret, struct error *err);

/** fsck_after - did writing show damage? nothing is mounted any more */
int fsck_after(const struct appliance *app, const struct inspection *in,
	       const struct inspected_system *sys, struct error *err);

/* Another hypervisor, to be named when this one is refused. */
struct conversion_other {
	const char *name;
	const struct machine_model *offers;
};

struct conversion_options {
	const char *output;		/* NAME.guest                                     */
	const char *target_name;
	const struct machine_model *offers;
	unsigned int gives;		/* IDENTITY_… of the target                       */
	const struct port_limits *ports;	/* sockets that it has not, or NULL       */
	const struct conversion_other *others;	/* all targets, or NULL                   */
	size_t n_others;
	const char *csm;		/* EFI program that provides BIOS services, or NULL */
	struct wishes wishes;
	uint64_t memory, vcpus;		/* 0: as the old PC                               */
	uint64_t cpu_quota;		/* of a thread for each processor, 0: all     [%] */
	const char *root;		/* NULL: the only system                          */
	const struct guest_family *family;	/* what the operator says it is, or NULL  */
	const struct strv *keys;	/* passphrases of encrypted partitions            */
	const struct strv *drivers;	/* images and folders of drivers for Windows      */
	bool discard_hibernation;	/* a suspended Windows loses what was open        */
	bool dry_run, console;
	bool fsck;			/* repair file systems in the overlays first      */
	bool flatten;			/* disks that stand alone                         */
	struct progress *progress;
};

struct conversion_result {
	struct guest guest;
	struct conversion_phase phases[CONVERSION_PHASES];
	size_t n_phases;
};

#define CONVERSION_RESULT_INIT { 0 }

/**
 * conversion_run - make a guest of a capture
 * @c:    the capture
 * @opts: what is wanted
 * @ret:  the guest as written; conversion_result_clear() frees it
 * @err:  ERR_UNSUPPORTED names the dimension in which target and guest do not meet
 */
int conversion_run(const struct capture *c, const struct conversion_options *opts,
		   struct conversion_result *ret, struct error *err);

void conversion_result_clear(struct conversion_result *r);

#define CLEANUP_CONVERSION_RESULT __attribute__((cleanup(conversion_result_clear)))

#endif
