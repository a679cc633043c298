/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_TAP_H
#define REHOST_TAP_H

#include "lib/base/error.h"

/**
 * tap_open - a network card of a guest on a bridge of the host
 * @bridge: its name
 * @err:    ERR_NOT_FOUND with the hint to prepare the host
 *
 * Return: a descriptor for QEMU's "tap,fd="; the card is gone when the last copy of it is closed.
 */
int tap_open(const char *bridge, struct error *err);

#endif
