/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_OVERHEAD_H
#define REHOST_OVERHEAD_H

/* What a virtual machine takes of the host's memory besides the memory that its guest sees. */

#include <stdbool.h>
#include <stdint.h>

struct machine;

/**
 * overhead_of - for one guest
 * @target: hypervisor that runs it; one that is not known counts as qemu
 * @host:   where it runs: an emulator needs room for translated code, too
 * @memory: of the guest                                   [bytes]
 * @vcpus:  of the guest
 *
 * Return: bytes, rounded up to a MiB. It is an upper bound; what is really used shows in validation.
 */
uint64_t overhead_of(const char *target, const struct machine *host, uint64_t memory,
		     uint64_t vcpus);

#endif
