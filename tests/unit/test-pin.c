// SPDX-License-Identifier: GPL-2.0-or-later
/* Tests of pinning: from a plan to text and back. */
#include "config.h"

#include "lib/base/strv.h"
#include "lib/pin.h"
#include "tests/unit/test.h"

static char *text_of(enum partition_class class, const char *cpus, uint64_t vcpus)
{
	struct partition p = { .class = class };
	struct error err CLEANUP_ERROR = ERROR_INIT;
	struct pin pin = PIN_INIT;

	p.cpus = (char *)cpus;
	p.guest.vcpus = vcpus;
	assert_int_equal(0, pin_from_partition(&p, &pin, &err));
	return pin_to_text(&pin);
}

static void a_plan_says_who_goes_where(void **state)
{
	static const struct {
		enum partition_class class;
		const char *cpus;
		uint64_t vcpus;
		const char *text;
	} cases[] = {
		{ CLASS_SHARED, "2-3", 2, "machine 2-3\n" },
		{ CLASS_PINNED, "2-3", 2, "machine 2-3\nvcpu 0 2\nvcpu 1 3\n" },
		{ CLASS_RT, "1,5-6", 1, "machine 1,5-6\nvcpu 0 1\n" },
		{ CLASS_PINNED, "4", 2, "machine 4\n" },
		{ CLASS_PINNED, "", 1, "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		CLEANUP_FREE char *text = text_of(cases[i].class, cases[i].cpus, cases[i].vcpus);
		CLEANUP_FREE char *again = NULL;
		struct error err CLEANUP_ERROR = ERROR_INIT;
		struct pin pin = PIN_INIT;

		assert_string_equal(cases[i].text, text);
		assert_int_equal(0, pin_from_text(text, &pin, &err));
		again = pin_to_text(&pin);
		assert_string_equal(text, again);
	}
}

static void what_is_no_pinning_is_refused(void **state)
{
	static const char *const cases[] = {
		"machine", "machine 3-1\n", "machine 0 1\n", "vcpu 1 0\n", "vcpu 0 1024\n",
		"vcpu 0 1\nvcpu 0 1\n", "cpu 0 1\n", "vcpu 0 x\n",
	};
	struct error err CLEANUP_ERROR = ERROR_INIT;
	struct pin pin = PIN_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_fails(pin_from_text(cases[i], &pin, &err), &err, ERR_FORMAT);
}

static void more_virtual_processors_than_there_is_room_for_are_refused(void **state)
{
	struct strv lines CLEANUP_STRV = STRV_INIT;
	struct error err CLEANUP_ERROR = ERROR_INIT;
	CLEANUP_FREE char *text = NULL;
	struct pin pin = PIN_INIT;

	(void)state;
	for (int i = 0; i <= PIN_VCPUS_MAX; i++)
		strv_addf(&lines, "vcpu %d 0", i);
	text = strv_join(&lines, "\n");
	assert_fails(pin_from_text(text, &pin, &err), &err, ERR_FORMAT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_plan_says_who_goes_where),
		cmocka_unit_test(what_is_no_pinning_is_refused),
		cmocka_unit_test(more_virtual_processors_than_there_is_room_for_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
