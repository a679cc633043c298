/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_KEYBOARD_H
#define REHOST_KEYBOARD_H

/* Typing on the keyboard of a virtual PC, as on a keyboard with US layout. */

#include "lib/qmp.h"

/** keyboard_can_type - does each character of @text have a key? */
bool keyboard_can_type(const char *text);

/**
 * keyboard_type - type a line and press Enter
 * @q:    the machine
 * @text: one that keyboard_can_type()
 * @err:  as of qmp_command()
 */
int keyboard_type(struct qmp *q, const char *text, struct error *err);

/** keyboard_chord - the arguments of QMP's send-key for keys held together, as in "ctrl-alt-delete" */
struct json_object *keyboard_chord(const char *names);

#endif
