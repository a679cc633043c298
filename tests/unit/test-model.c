// SPDX-License-Identifier: GPL-2.0-or-later
/* Tests of the negotiation between guest and target. */
#include "config.h"

#include "lib/machine_model.h"
#include "tests/unit/test.h"

/* A target with fast virtio and slow IDE, and everything else that any guest of the tests has. */
static struct machine_model make_offers(void)
{
	struct machine_model m = { 0 };

	m.cost[DIM_DISK][DISK_VIRTIO_BLK] = 1;
	m.cost[DIM_DISK][DISK_IDE] = 40;
	m.cost[DIM_NIC][NIC_E1000] = 10;
	m.cost[DIM_NIC][NIC_NONE] = 1;
	model_add(&m, DIM_WORD, WORD_32);
	model_add(&m, DIM_FIRMWARE, FIRMWARE_BIOS);
	model_add(&m, DIM_DISPLAY, DISPLAY_VGA);
	model_add(&m, DIM_INPUT, INPUT_PS2);
	model_add(&m, DIM_SERIAL, SERIAL_16550A);
	model_add(&m, DIM_CLOCK, RTC_UTC);
	return m;
}

static struct machine_model make_guest(void)
{
	struct machine_model m = { 0 };

	model_add(&m, DIM_WORD, WORD_32);
	model_add(&m, DIM_FIRMWARE, FIRMWARE_BIOS);
	model_add(&m, DIM_DISK, DISK_IDE);
	model_add(&m, DIM_NIC, NIC_E1000);
	model_add(&m, DIM_DISPLAY, DISPLAY_VGA);
	model_add(&m, DIM_INPUT, INPUT_PS2);
	model_add(&m, DIM_SERIAL, SERIAL_16550A);
	model_add(&m, DIM_CLOCK, RTC_UTC);
	return m;
}

static void nothing_is_added_without_a_converter(void **state)
{
	struct machine_model offers = make_offers(), guest = make_guest();
	struct negotiation n;

	(void)state;
	assert_true(negotiate(&offers, &guest, NULL, NULL, &n));
	assert_int_equal(DISK_IDE, n.value[DIM_DISK]);
	assert_false(n.added[DIM_DISK]);
}

static void an_addition_that_pays_is_made(void **state)
{
	struct machine_model offers = make_offers(), guest = make_guest(), add = { 0 };
	struct negotiation n;

	(void)state;
	add.cost[DIM_DISK][DISK_VIRTIO_BLK] = 5;
	assert_true(negotiate(&offers, &guest, &add, NULL, &n));
	assert_int_equal(DISK_VIRTIO_BLK, n.value[DIM_DISK]);
	assert_true(n.added[DIM_DISK]);
	add.cost[DIM_DISK][DISK_VIRTIO_BLK] = 200;
	assert_true(negotiate(&offers, &guest, &add, NULL, &n));
	assert_int_equal(DISK_IDE, n.value[DIM_DISK]);
}

static void a_wish_is_kept_or_refused(void **state)
{
	struct machine_model offers = make_offers(), guest = make_guest(), add = { 0 };
	struct wishes wishes = WISHES_INIT;
	struct error err CLEANUP_ERROR = ERROR_INIT;
	struct negotiation n;

	(void)state;
	add.cost[DIM_DISK][DISK_VIRTIO_BLK] = 5;
	assert_int_equal(0, wishes_add(&wishes, "disk=ide", &err));
	assert_true(negotiate(&offers, &guest, &add, &wishes, &n));
	assert_int_equal(DISK_IDE, n.value[DIM_DISK]);
	assert_int_equal(0, wishes_add(&wishes, "disk=nvme", &err));
	assert_false(negotiate(&offers, &guest, &add, &wishes, &n));
	assert_true(n.missing[DIM_DISK]);
	assert_fails(wishes_add(&wishes, "disk=wombat", &err), &err, ERR_FORMAT);
	assert_fails(wishes_add(&wishes, "wombat=1", &err), &err, ERR_FORMAT);
	assert_fails(wishes_add(&wishes, "disk", &err), &err, ERR_USAGE);
}

static void a_refusal_names_the_dimension(void **state)
{
	struct machine_model offers = make_offers(), guest = make_guest();
	struct error err CLEANUP_ERROR = ERROR_INIT;
	struct negotiation n;

	(void)state;
	memset(guest.cost[DIM_DISK], 0, sizeof(guest.cost[DIM_DISK]));
	model_add(&guest, DIM_DISK, DISK_BUSLOGIC);
	assert_false(negotiate(&offers, &guest, NULL, NULL, &n));
	assert_int_equal(-1, negotiation_error(&n, "qemu", &offers, &guest, NULL, &err));
	assert_int_equal(ERR_UNSUPPORTED, err.code);
	assert_non_null(strstr(err.msg, "no disk in common"));
	assert_non_null(strstr(err.msg, "buslogic"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_added_without_a_converter),
		cmocka_unit_test(an_addition_that_pays_is_made),
		cmocka_unit_test(a_wish_is_kept_or_refused),
		cmocka_unit_test(a_refusal_names_the_dimension),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
