/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_TARGET_EVE_MERGE_H
#define REHOST_TARGET_EVE_MERGE_H

/*
 * Putting our apps into the configuration that a device has. What is not ours stays as it is, also what
 * this program has no name for; what EVE counts on (generations, counters of restart and purge) is never
 * set back. The device's own cards and ports stay: ours are found among them by their addresses.
 */

#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "lib/base/strv.h"
#include "lib/report.h"

/**
 * eve_merge - a configuration with ours in it
 * @current: of the device, protobuf
 * @own:     what is generated, protobuf
 * @report:  what EVE will not take as it is written
 * @ret:     the whole, protobuf; equal in meaning to @current if @own is in it already
 * @err:     ERR_REFUSED: it is another device's, or another computer's
 */
int eve_merge(const uint8_t *current, size_t len, const uint8_t *own, size_t own_len,
	      struct report *report, uint8_t **ret, size_t *ret_len, struct error *err);

/**
 * eve_difference - what becomes of a configuration, a line for each change
 * @before, @after: in the common dialect
 * @ret:            "+ apps press4", "~ apps press4.fixedresources.memory: 524288 -> 1048576"; empty:
 *                  nothing. Passwords are not shown
 */
struct json_object;
void eve_difference(struct json_object *before, struct json_object *after, struct strv *ret);

#endif
