/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_SERVE_H
#define REHOST_SERVE_H

/*
 * Serving the disks of this PC to a workshop: over NBD, read-only, encrypted with a key that is made of
 * a code (lib/pairing.h). Each disk is one export with its own name (sda); the export machine.tar holds
 * the files that describe this PC (lib/machine_raw.h), the export clock what its hardware clock shows now: seconds
 * since 1970, if it is read as UTC. nbdkit does the serving.
 */

#include <stdint.h>

#include "lib/base/child.h"
#include "lib/base/strv.h"

#define SERVE_MACHINE "machine.tar"
#define SERVE_CLOCK "clock"

enum { SERVE_PORT = 10809 };

struct serving {
	char *dir;			/* private folder with the exports    */
	struct strv names;		/* of the exports that are disks      */
	struct strv addresses;		/* of this PC, for people             */
	char *code;
	int *fds;			/* disks, held as they were set       */
	size_t n_fds;
	char *clock;			/* file with the hardware clock       */
	int clock_fd;			/* of what is served of it            */
	struct child server;
	char *keys;			/* file with the key of the code      */
	uint64_t port;
	double began;			/* the server that runs           [s] */
	unsigned int short_runs;	/* servers that ended soon, in a row  */
};

#define SERVING_INIT { .clock_fd = -1, .names = STRV_INIT, .addresses = STRV_INIT, .server = CHILD_INIT }

/**
 * serve_start - begin to serve
 * @ret:   serve_stop() ends it
 * @disks: devices or raw images
 * @root:  where the files that describe the PC are, "/" for this one
 * @port:  to listen on
 * @err:   ERR_BUSY for a disk that is in use, ERR_FORMAT for an image that is not raw, ERR_CHILD
 */
int serve_start(struct serving *ret, const struct strv *disks, const char *root, uint64_t port,
		struct error *err);

/**
 * serve_wait - until ERR_INTERRUPTED, or until the server has ended and is started again
 * @ret_why: gets why it ended; the code and the port stay what they were
 * @err:     ERR_INTERRUPTED; ERR_CHILD: it ends again and again
 *
 * A line that is cut in the middle of an answer can end nbdkit 1.32 and its TLS library by an assertion; nobody
 * stands beside the PC then.
 */
int serve_wait(struct serving *s, struct error *ret_why, struct error *err);

void serve_stop(struct serving *s);

#define CLEANUP_SERVING __attribute__((cleanup(serve_stop)))

#endif
