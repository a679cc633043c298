/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_CONVERTERS_CARRY_H
#define REHOST_CONVERTERS_CARRY_H

/*
 * What the converters share that change nothing on a disk: the machine is made to fit the system
 * (lib/families.def), not the system to the machine.
 */

#include "converters/converter.h"

/** carry_bid - how sure a converter is that a system is of its family */
int carry_bid(const struct inspected_system *sys, const char *family);

/** carry_nothing - such a system can be taught nothing */
void carry_nothing(const struct inspection *in, const struct inspected_system *sys,
		   struct machine_model *ret);

/** carry_system - fill in what the old PC had and what the system bears */
int carry_system(struct conversion *conv, struct guest *ret, struct error *err);

/* A whole converter of that kind. */
#define CARRY(c_name, its_name, its_family, its_summary)                                           \
	static int bid(const struct inspected_system *sys)                                         \
	{                                                                                          \
		return carry_bid(sys, its_family);                                                 \
	}                                                                                          \
	const struct converter converter_##c_name = {                                              \
		.name = its_name,                                                                  \
		.summary = its_summary,                                                            \
		.bid = bid,                                                                        \
		.can_add = carry_nothing,                                                          \
		.convert = carry_system,                                                           \
	}

#endif
