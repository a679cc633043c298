// SPDX-License-Identifier: GPL-2.0-or-later
/* What the appliance answers about its disks: names, sizes and facts come together, odd lines do not hurt. */
#include "config.h"

#include <string.h>

#include "lib/appliance_devices.h"
#include "tests/unit/test.h"

/* The kernel took the appliance's own disk for the first, and found ours in the wrong order. */
static const char answer[] =
	"total 0\n"
	"lrwxrwxrwx 1 root root 9 Nov 25 20:00 rehosta -> ../../sdc\n"
	"lrwxrwxrwx 1 root root 10 Nov 25 20:00 rehosta1 -> ../../sdc1\n"
	"lrwxrwxrwx 1 root root 10 Nov 25 20:00 rehosta10 -> ../../sdc10\n"
	"lrwxrwxrwx 1 root root 10 Nov 25 20:00 rehosta2 -> ../../sdc2\n"
	"lrwxrwxrwx 1 root root 9 Nov 25 20:00 rehostb -> ../../sdb\n"
	"lrwxrwxrwx 1 root root 9 Nov 25 20:00 other -> ../../sda\n"
	"/sys/class/block/sda/size:8388608\n"
	"/sys/class/block/sdb/size:4096\n"
	"/sys/class/block/sdc/size:1028096\n"
	"/sys/class/block/sdc1/size:204800\n"
	"/sys/class/block/sdc10/size:2048\n"
	"/sys/class/block/sdc2/size:819200\n"
	"DEVNAME=/dev/disk/guestfs/rehosta\n"
	"PTUUID=7e5c0af1\n"
	"PTTYPE=dos\n"
	"\n"
	"DEVNAME=/dev/disk/guestfs/rehosta2\n"
	"TYPE=ntfs\n"
	"LABEL=a=b -> /x\n"
	"/sys/class/block/sdb/size:1\n"
	"DEVNAME=/dev/disk/guestfs/rehostz9\n"
	"TYPE=ext4\n";

static const char *fact(const struct appliance_found *f, const char *key)
{
	for (size_t i = 0; f->facts && f->facts[i]; i += 2)
		if (strcmp(f->facts[i], key) == 0)
			return f->facts[i + 1];
	return NULL;
}

static void an_answer_is_read(void **state)
{
	static const char *const names[] = { "/dev/sda", "/dev/sda1", "/dev/sda2", "/dev/sda10", "/dev/sdb" };
	struct appliance_devices d CLEANUP_APPLIANCE_DEVICES = APPLIANCE_DEVICES_INIT;

	(void)state;
	appliance_devices_parse(answer, &d);
	assert_int_equal(5, d.n);
	for (size_t i = 0; i < d.n; i++) {
		assert_string_equal(names[i], d.v[i].device);
		assert_int_equal(strlen(names[i]) > 8, d.v[i].partition);
	}
	assert_int_equal(1028096 * UINT64_C(512), d.v[0].size);
	assert_int_equal(2048 * 512, d.v[3].size);
	assert_int_equal(4096 * 512, d.v[4].size);
	assert_string_equal("dos", fact(&d.v[0], "PTTYPE"));
	assert_string_equal("ntfs", fact(&d.v[2], "TYPE"));
	assert_string_equal("a=b -> /x", fact(&d.v[2], "LABEL"));
	assert_null(d.v[1].facts);
	assert_null(d.v[4].facts);
}

static void what_is_no_answer_gives_nothing(void **state)
{
	static const char *const texts[] = {
		"", "ls: cannot access '/dev/disk/guestfs': No such file or directory\n", " -> ", "rehosta -> \n",
		"x rehostA -> ../../sdb\n", "x rehosta1x -> ../../sdb\n", "/sys/class/block/", "/sys/class/block/sda:",
		"DEVNAME=/dev/disk/guestfs/", "DEVNAME=/dev/disk/guestfs/rehosta\nTYPE=ntfs\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct appliance_devices d CLEANUP_APPLIANCE_DEVICES = APPLIANCE_DEVICES_INIT;

		appliance_devices_parse(texts[i], &d);
		assert_int_equal(0, d.n);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_is_read),
		cmocka_unit_test(what_is_no_answer_gives_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
