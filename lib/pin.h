/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_PIN_H
#define REHOST_PIN_H

/*
 * Which processors of the host a virtual machine may use. A target writes it beside its
 * configuration, the supervisor applies it before the guest's first instruction. The text is
 *
 *	machine 2-3		all threads of the virtual machine
 *	vcpu 0 2		its first virtual processor
 *	vcpu 1 3		its second one
 */

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/base/error.h"
#include "lib/cpulist.h"
#include "lib/plan.h"

#define PIN_FILE "cpus"

enum { PIN_VCPUS_MAX = 256 };

struct pin {
	struct cpuset machine;		/* empty: everywhere                    */
	uint32_t vcpu[PIN_VCPUS_MAX];	/* processor of each virtual processor  */
	size_t n_vcpus;			/* 0: they go where the machine goes    */
};

#define PIN_INIT { .n_vcpus = 0 }

/**
 * pin_from_partition - what a plan says
 * @p:   virtual processors of a pinned or real-time partition get a processor each if there are
 *       enough; those of a shared one move among its processors
 * @err: ERR_FORMAT if its list of processors is none
 */
int pin_from_partition(const struct partition *p, struct pin *ret, struct error *err);

/** pin_to_text - the form above; the caller frees it */
char *pin_to_text(const struct pin *pin);

/** pin_from_text - the way back; ERR_FORMAT names the line */
int pin_from_text(const char *text, struct pin *ret, struct error *err);

/**
 * pin_apply - move threads of a process
 * @pin:    where to
 * @pid:    the process
 * @vcpus:  numbers of the threads that are its virtual processors, in their order
 * @n:      how many
 * @err:    ERR_SYSTEM if this host has not these processors
 */
int pin_apply(const struct pin *pin, pid_t pid, const pid_t *vcpus, size_t n, struct error *err);

#endif
