/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_TARGET_EVE_REPORTS_H
#define REHOST_TARGET_EVE_REPORTS_H

/*
 * What devices report to their controller, as it gives it out: objects of JSON on lines, some of its stores put
 * several on one. What is broken, as where a long answer begins, is passed over.
 */

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/json.h"
#include "lib/base/strv.h"

/**
 * eve_reports_next - the next object
 * @at:        where to look from, then behind it; begin with 0
 * @ret_start: where it begins
 *
 * Return: the object, for json_object_put(); NULL: there is none any more.
 */
struct json_object *eve_reports_next(const char *text, size_t len, size_t *at, size_t *ret_start);

/** eve_plain_text - what somebody said, on one line, of sensible length, safe for a terminal; to be freed */
char *eve_plain_text(const char *said);

/**
 * eve_log_lines - a log as lines for people: "2026-11-25T10:00:00Z error zedmanager: what it says"
 * @from:  only what begins there or later [bytes]
 * @about: only what names one of these; NULL: everything
 * @bad:   only what is an error
 * @ret:   gets them; control characters, which a guest may have written, are replaced
 *
 * Source: eve-api, proto/logs/log.proto, LogEntry; Adam, deviceDataGet().
 */
void eve_log_lines(const char *text, size_t len, size_t from, const struct strv *about, bool bad,
		   struct strv *ret);

#endif
