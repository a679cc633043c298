/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_OLD_PORT_H
#define REHOST_OLD_PORT_H

/* Names of ports of an old PC: what people call COM2 is ttyS1 to the kernel that looked at it. */

#include "lib/guest.h"

/**
 * old_port_find - the name that a guest has for a port of the old PC
 * @g:    the guest
 * @kind: serial, parallel; others have no such names
 * @role: as a person calls it: COM2, ttyS1, LPT1
 *
 * The same name first; then, for COM1 to COM4, the port at the address that it has on every PC; then
 * the one with the same number.
 *
 * Return: the guest's own name, owned by @g; NULL if it has no such port.
 */
const char *old_port_find(const struct guest *g, const char *kind, const char *role);

/** old_port_com - which of COM1 to COM4 is at this address on every PC, from 1; 0: none of them */
unsigned int old_port_com(uint64_t address);

#endif
