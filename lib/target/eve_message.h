/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_TARGET_EVE_MESSAGE_H
#define REHOST_TARGET_EVE_MESSAGE_H

/*
 * EVE's device configuration in its two forms: protobuf, which goes to the device, and JSON.
 *
 * JSON of EVE is read in two ways: protobuf's own takes names of enumerations and keys in two spellings;
 * the controller Adam takes numbers and the names of the .proto file only, and drops every other key
 * without a word. What is read here may be of either kind; what is written is the dialect that both read:
 * names of the .proto file, numbers, no value that is zero.
 */

#include <json-c/json.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "lib/report.h"

enum { EVE_CONFIG_MAX = 16 << 20 };	/* of a configuration, in either form [bytes] */

/**
 * eve_from_json - a configuration in protobuf
 * @json:   an EdgeDevConfig in any spelling
 * @report: a finding for each key, name or number that Adam would drop or refuse; may be NULL
 * @ret:    the message; the caller frees it
 * @err:    ERR_FORMAT: no EdgeDevConfig; names the path of the value
 */
int eve_from_json(struct json_object *json, struct report *report, uint8_t **ret, size_t *ret_len,
		  struct error *err);

/**
 * eve_to_json - a configuration in JSON, in the dialect that every reader takes
 * @report: a note for what this program has no name for; may be NULL
 * @err:    ERR_FORMAT: not an EdgeDevConfig
 *
 * Return: the caller owns the object; NULL on failure.
 */
struct json_object *eve_to_json(const uint8_t *data, size_t len, struct report *report,
				struct error *err);

/**
 * eve_read - a configuration from a file, JSON or protobuf
 * @path:   told apart by its first byte
 * @report: as above
 *
 * Return: in the common dialect; the caller owns it; NULL on failure.
 */
struct json_object *eve_read(const char *path, struct report *report, struct error *err);

/**
 * eve_read_message - a configuration from a file, as protobuf, with nothing of it lost
 * @err: ERR_REFUSED: JSON with a key that this program has no name for, which it could not keep
 */
int eve_read_message(const char *path, uint8_t **ret, size_t *ret_len, struct error *err);

#endif
