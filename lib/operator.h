/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_OPERATOR_H
#define REHOST_OPERATOR_H

/* What no program can find out about a host: the text beside its ports, and what it keeps for itself. */

#include "lib/machine.h"

/**
 * operator_label - the text that is printed on the box beside a port
 * @m:    the profile
 * @text: "ttyS1=X5 RS-232": name of a port or card in the profile, and the text
 * @err:  ERR_NOT_FOUND names what there is
 */
int operator_label(struct machine *m, const char *text, struct error *err);

/** operator_usage - "eth0=host": host, shared, dedicated, disabled; disks, too */
int operator_usage(struct machine *m, const char *text, struct error *err);

/**
 * operator_keep - take over labels, usage and reserve of an earlier profile
 * @m:   a new profile of the same host
 * @old: the earlier one; things that are gone are left out
 */
void operator_keep(struct machine *m, const struct machine *old);

#endif
