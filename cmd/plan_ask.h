/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_CMD_PLAN_ASK_H
#define REHOST_CMD_PLAN_ASK_H

/* What is asked for guests on the command line instead of in line.xml. */

#include "lib/line.h"

/**
 * plan_ask - the value of --ask
 * @line: guests are added
 * @text: GUEST:KEY=VALUE,…; a key is an attribute of 'guest' in line.xml, or KIND.ROLE for a device
 *        whose value is the text on the box, or empty for any: press4:class=rt,serial.ttyS1=X5
 * @err:  ERR_USAGE, or what the schema of line.xml says
 */
int plan_ask(struct line *line, const char *text, struct error *err);

#endif
