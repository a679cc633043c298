// SPDX-License-Identifier: GPL-2.0-or-later
/* Tests of the boot configuration of Windows for UEFI, made from one for a BIOS. */
#include "config.h"

#include "converters/windows_bridge.h"
#include "lib/base/bytes.h"
#include "lib/base/child.h"
#include "lib/base/path.h"
#include "tests/unit/test.h"

enum { BCD_MAX = 1 << 20 };

/* A BCD as Windows 8 has it, written by hivex through tests/guests/windows-hives. */
static char *make_bcd(const char *dir, size_t *ret_len)
{
	const char *top = getenv("top_srcdir");
	CLEANUP_FREE char *script = xasprintf("%s/tests/guests/windows-hives", top ? top : ".");
	CLEANUP_FREE char *path = path_join(dir, "BCD");
	const char *const argv[] = { "perl", script, "win8.1", dir, NULL };
	struct error err CLEANUP_ERROR = ERROR_INIT;
	char *data = NULL;

	if (child_run(argv, NULL, &err) < 0 || file_read(path, BCD_MAX, &data, ret_len, &err) < 0) {
		print_message("# SKIP needs the Perl module Win::Hivex (libwin-hivex-perl): %s\n", err.msg);
		return NULL;
	}
	return data;
}

#define BOOTMGR "Objects\\{9dea862c-5cdd-4e70-acc1-f32b344d4795}"

static void a_bios_bcd_becomes_one_for_uefi(void **state)
{
	CLEANUP_FREE char *dir = make_test_folder(), *bcd = NULL, *made = NULL, *chosen = NULL;
	CLEANUP_FREE char *key = NULL, *loader = NULL, *manager = NULL, *device = NULL;
	struct error err CLEANUP_ERROR = ERROR_INIT;
	struct hive h CLEANUP_HIVE = HIVE_INIT;
	enum reg_type type;
	size_t len = 0, made_len = 0, device_len = 0;

	(void)state;
	bcd = make_bcd(dir, &len);
	assert_int_equal(0, folder_remove(dir, &err));
	if (!bcd)
		skip();
	if (windows_uefi_bcd(bcd, len, 0xabcd1234, 1 << 20, &made, &made_len, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(0, hive_open(&h, "BCD", made, made_len, HIVE_READ, &err));
	manager = hive_text(&h, BOOTMGR "\\Elements\\12000002", "Element");
	assert_string_equal("\\EFI\\Microsoft\\Boot\\bootmgfw.efi", manager);
	device = hive_data(&h, BOOTMGR "\\Elements\\11000001", "Element", &type, &device_len);
	assert_int_equal(88, device_len);
	assert_int_equal(0xabcd1234, get_le32(device + 56));
	assert_int_equal(1 << 20, get_le64(device + 32));
	chosen = hive_text(&h, BOOTMGR "\\Elements\\23000003", "Element");
	key = xasprintf("Objects\\%s\\Elements\\12000002", chosen);
	loader = hive_text(&h, key, "Element");
	assert_non_null(loader);
	assert_true(path_has_suffix(loader, "winload.efi"));
}

static void what_is_no_bcd_is_refused(void **state)
{
	struct error err CLEANUP_ERROR = ERROR_INIT;
	char junk[4096] = "regf", *made = NULL;
	size_t len = 0;

	(void)state;
	assert_fails(windows_uefi_bcd(junk, sizeof(junk), 1, 512, &made, &len, &err), &err, ERR_FORMAT);
}

static void only_new_64_bit_windows_goes_to_uefi(void **state)
{
	struct windows w = { .major = 6, .minor = 1 };
	struct inspected_system sys = { .windows = &w };
	struct machine_model add = { 0 };

	(void)state;
	w.arch = (char[]){ "x86" };
	assert_non_null(windows_uefi_obstacle(&sys));
	w.arch = (char[]){ "amd64" };
	assert_non_null(windows_uefi_obstacle(&sys));
	w.minor = 2;
	assert_non_null(windows_uefi_obstacle(&sys));
	w.bcd.data = (char[]){ "regf" };
	assert_null(windows_uefi_obstacle(&sys));
	windows_firmware_can_add(&sys, &add);
	assert_true(model_has(&add, DIM_FIRMWARE, FIRMWARE_UEFI));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_bios_bcd_becomes_one_for_uefi),
		cmocka_unit_test(what_is_no_bcd_is_refused),
		cmocka_unit_test(only_new_64_bit_windows_goes_to_uefi),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
