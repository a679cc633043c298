// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of guest families and what they can drive. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/strv.h"
#include "lib/family.h"

const struct guest_family guest_families[] = {
#define FAMILY(...) { __VA_ARGS__ },
#include "lib/families.def"
#undef FAMILY
};
const size_t n_guest_families = ARRAY_SIZE(guest_families);

const struct guest_family *guest_family_find(const char *id)
{
	for (size_t i = 0; i < n_guest_families; i++)
		if (strcmp(guest_families[i].id, id) == 0)
			return &guest_families[i];
	return NULL;
}

const struct guest_family *guest_family_from_option(const char *id, struct error *err)
{
	const struct guest_family *row = guest_family_find(id);
	struct strv ids CLEANUP_STRV = STRV_INIT;
	CLEANUP_FREE char *list = NULL;

	if (row)
		return row;
	for (size_t i = 0; i < n_guest_families; i++)
		strv_add(&ids, guest_families[i].id);
	list = strv_join(&ids, ", ");
	error_set(err, ERR_USAGE, "there is no family of guests '%s'", id);
	error_hint(err, "choose one of: %s", list);
	return NULL;
}

/*
 * The later a name stands, the less it is wanted: a step is more than what any target asks for slow
 * emulation, so that a system stays on what it knows best wherever that is to be had.
 */
void guest_family_values(const char *names, enum model_dim dim, struct machine_model *ret)
{
	enum { STEP = 60, COST_MAX = 250 };
	struct strv list CLEANUP_STRV = STRV_INIT;

	strv_split(&list, names, " ");
	for (size_t i = 0; i < list.n; i++) {
		struct error odd CLEANUP_ERROR = ERROR_INIT;
		int value = model_value_from_name(dim, list.v[i], &odd);

		if (value >= 0)
			ret->cost[dim][value] = (uint8_t)MIN(1 + STEP * i, (size_t)COST_MAX);
	}
}

void guest_family_model(const struct guest_family *row, struct machine_model *ret)
{
	*ret = (struct machine_model){ 0 };
	model_add(ret, DIM_WORD, WORD_32);
	model_add(ret, DIM_FIRMWARE, FIRMWARE_BIOS);
	guest_family_values(row->disk, DIM_DISK, ret);
	guest_family_values(row->nic, DIM_NIC, ret);
	guest_family_values(row->display, DIM_DISPLAY, ret);
	guest_family_values(row->input, DIM_INPUT, ret);
	model_add(ret, DIM_SERIAL, SERIAL_16550A);
	model_add(ret, DIM_CLOCK, row->localtime ? RTC_LOCALTIME : RTC_UTC);
	ret->cost[DIM_NIC][NIC_NONE] = GUEST_FAMILY_LAST_RESORT;
	ret->cost[DIM_DISPLAY][DISPLAY_NONE] = GUEST_FAMILY_LAST_RESORT;
	ret->cost[DIM_SERIAL][SERIAL_NONE] = GUEST_FAMILY_LAST_RESORT;
}
