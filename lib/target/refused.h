/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_TARGET_REFUSED_H
#define REHOST_TARGET_REFUSED_H

/* Hypervisors that cannot be a target, and why: asked for by name, or listed by inspect. */

struct refused_target {
	const char *name;	/* as it would be given to --target */
	const char *title;
	const char *why;	/* one phrase                       */
	const char *instead;	/* what would work                  */
};

extern const struct refused_target refused_targets[];	/* ends with a NULL name */

/** refused_target_find - by name, or NULL */
const struct refused_target *refused_target_find(const char *name);

#endif
