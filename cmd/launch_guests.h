/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_LAUNCH_GUESTS_H
#define REHOST_LAUNCH_GUESTS_H

#include "cmd/instances.h"
#include "lib/bundle.h"

/* What rehost launch was asked for. */
struct launch_request {
	const char *bundle, *state, *guest, *target;
	const char *root;		/* of the host that is prepared */
	bool allow_unsigned, downgrade, replace, no_rollback, raw;
	bool wait, wait_asked;		/* until they live; it was said, and not only meant */
	bool prepare, show;		/* do, or only print, what the host needs first */
	uint64_t timeout;
	struct progress *progress;
};

/**
 * launch_guests - each guest gets a release, is started, and waited for until it lives
 * @folder: the unpacked bundle, below bundles/
 * @target: that runs them
 * @err:    of the first that failed; one that does not live is back at its release before
 */
int launch_guests(const struct launch_request *r, const struct bundle *b, const char *folder,
		  const struct target *target, struct error *err);

#endif
