/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_SERVED_H
#define REHOST_SERVED_H

/*
 * The workshop's side of lib/serve.h: what a PC serves. Nothing that it says is trusted: names and their
 * number, sizes and the time it takes are bounded, and machine.tar is read as any archive from elsewhere.
 */

#include "lib/base/strv.h"
#include "lib/machine.h"

enum {
	SERVED_DISKS_MAX = 64,
	SERVED_NAME_MAX = 64,
	SERVED_MACHINE_MAX = 64 << 20,	/* [bytes] */
};

struct served {
	struct strv disks;	/* addresses for source_open_served(), sorted           */
	char *keys;		/* path of the PSK file                                 */
	int keys_fd;		/* the file, in memory                                  */
	char *machine;		/* path of the archive that describes the PC, or NULL   */
	int machine_fd;		/* the file, in memory                                  */
	struct machine pc;	/* what it says; empty without it                       */
};

#define SERVED_INIT { .disks = STRV_INIT, .keys_fd = -1, .machine_fd = -1 }

/**
 * served_open - ask a PC what it serves
 * @ret:  served_close() frees it
 * @uri:  nbds://HOST or nbds://HOST:PORT for all disks, nbds://HOST/sda for one
 * @code: that the PC shows
 * @err:  ERR_USAGE for a code or address that is none, ERR_SYSTEM, ERR_FORMAT, ERR_TIMEOUT
 */
int served_open(struct served *ret, const char *uri, const char *code, struct error *err);

void served_close(struct served *s);

#define CLEANUP_SERVED __attribute__((cleanup(served_close)))

#endif
