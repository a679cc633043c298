/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_CMD_INSPECT_H
#define REHOST_CMD_INSPECT_H

/* What the two forms of an inspection's report share. */

#include "lib/inspection.h"
#include "lib/target/target.h"

struct json_object;

/* What came of the negotiation between a system and a target. */
struct target_answer {
	struct negotiation negotiation;
	char *refusal;			/* in words, or NULL when they agree */
	struct strv lost;		/* of the old PC's identity         */
	struct strv lost_ports;		/* of the old PC's sockets          */
};

/** ask_target - negotiate with what a converter could add; @sys NULL: none was seen; target_answer_clear() frees @ret */
void ask_target(const struct inspection *in, const struct inspected_system *sys,
		const struct machine *m, const struct target *target,
		struct target_answer *ret);

void target_answer_clear(struct target_answer *a);

/** inspection_to_json - the whole report; @m: the old PC, facts may be missing; @target: NULL, a name or "all" */
struct json_object *inspection_to_json(const struct inspection *in, const struct machine *m,
				       const char *target);

#endif
