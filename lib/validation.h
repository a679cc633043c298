/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_VALIDATION_H
#define REHOST_VALIDATION_H

/*
 * The proof that a guest is sound: checks of its files, then a trial boot of throw-away overlays
 * on the machine that was negotiated. The evidence is a folder with
 *
 *	report.xml	what was done and seen
 *	serial.log	what the guest wrote to its first serial port
 *	screen.png	its screen at the end, if it has one
 *
 *	struct validation v CLEANUP_VALIDATION = VALIDATION_INIT;
 *
 *	validate_files(&guest, &v.findings, err);
 *	validate_boot(&guest, &options, &v, err);
 *	validation_save(&v, dir, err);
 */

#include <stdbool.h>
#include <stdint.h>

#include "lib/accel.h"
#include "lib/base/digest.h"
#include "lib/base/error.h"
#include "lib/base/progress.h"
#include "lib/base/strv.h"
#include "lib/guest.h"
#include "lib/report.h"

#define EVIDENCE_FOLDER "evidence"

enum {
	EVIDENCE_LINES = 12,			/* of the serial port, shown with a finding         */
	EVIDENCE_SERIAL_MAX = 8 << 20,		/* more than this is not kept               [bytes] */
	VALIDATION_GRACE = 90,			/* to answer, to power off; under emulation     [s] */
};

enum power_button { POWER_NOT_TRIED, POWER_OBEYED, POWER_IGNORED };

struct validation {
	char *guest;			/* name of the guest                                  */
	char *target;			/* whose machine was played                           */
	char guest_digest[DIGEST_HEX_SIZE];	/* of its guest.xml                           */
	char *qemu;			/* version, or NULL: nothing was booted               */
	enum accel accel;
	struct strv args;		/* of QEMU                                            */
	bool alive;
	double seconds;			/* until it showed life, or until the end         [s] */
	uint64_t allowed;		/* deadline                                       [s] */
	char *line;			/* the line that proves it, or NULL                   */
	struct strv answers;		/* old addresses at which it answered a ping          */
	uint64_t disk_read, disk_written;	/* in the trial                       [bytes] */
	enum power_button power_button;
	char *serial;			/* what it wrote, as bytes                            */
	size_t serial_len;
	char *screen;			/* PNG, or NULL                                       */
	size_t screen_len;
	struct report findings;
};

#define VALIDATION_INIT { .args = STRV_INIT, .answers = STRV_INIT, .findings = REPORT_INIT }

/**
 * validate_files - checks that need no boot
 * @g:   the guest
 * @ret: gets a finding for each thing that is wrong: a disk that is missing, damaged or of another
 *       size, a backing file that leads anywhere but into the guest's own capture, a machine that
 *       QEMU has not
 * @err: a check that could not be made
 */
int validate_files(const struct guest *g, struct report *ret, struct error *err);

struct validate_options {
	uint64_t timeout;		/* deadline [s]; 0: as the guest says, by accelerator */
	uint64_t grace;			/* to answer at its address, and then to follow the
					   power button                              [s] */
	struct progress *progress;	/* or NULL                                            */
	const struct strv *keys;	/* passphrases to type when it waits for one, or NULL */
	bool network;			/* it must answer at its old addresses                */
};

/**
 * validate_boot - trial boot
 * @g:       the guest; its disks are only read
 * @options: see above
 * @ret:     what was seen; findings are added
 * @err:     QEMU is missing or could not be started; a guest that does not come up is a finding
 */
int validate_boot(const struct guest *g, const struct validate_options *options,
		  struct validation *ret, struct error *err);

/**
 * validation_save - write the evidence
 * @v:    what was seen
 * @dir:  folder; one of that name is replaced as a whole
 * @err:  ERR_SYSTEM, ERR_NO_SPACE
 */
int validation_save(const struct validation *v, const char *dir, struct error *err);

/** validation_passed - alive if it was booted, and no finding is an error */
bool validation_passed(const struct validation *v);

void validation_clear(struct validation *v);

#define CLEANUP_VALIDATION __attribute__((cleanup(validation_clear)))

#endif
