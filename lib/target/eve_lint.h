/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_TARGET_EVE_LINT_H
#define REHOST_TARGET_EVE_LINT_H

/*
 * What EVE accepts without a word and then waits for for ever: rules for any device configuration, not
 * only one that was made here. Each finding names the field, the rule in brackets and the remedy.
 */

#include <json-c/json.h>

#include "lib/base/error.h"
#include "lib/report.h"

/* The device that the configuration is for; NULL: not known, its rules are left out. */
struct eve_device {
	const char *hypervisor;	/* kvm, xen, k       */
	const char *arch;	/* amd64, arm64      */
	const char *persist;	/* ext4, zfs         */
	const char *model;	/* file of its model */
};

/**
 * eve_lint - judge a configuration
 * @config: in the common dialect, of eve_read()
 * @device: what is known of the device
 * @err:    ERR_USAGE for a word that no device has; the model cannot be read
 */
int eve_lint(struct json_object *config, const struct eve_device *device, struct report *ret,
	     struct error *err);

#endif
