// SPDX-License-Identifier: GPL-2.0-or-later
/* Tests of what the capture medium tells of a PC: what is the PC's and what its own, its clock, sound and video. */
#include "config.h"

#include "tests/unit/test.h"

#include <unistd.h>

#include "lib/base/outfile.h"
#include "lib/base/path.h"
#include "lib/machine.h"

/* A disk at a place below /sys/devices, so many blocks long, as the BIOS has it by this number. */
static void put_disk(const char *dir, const char *name, const char *place, const char *blocks, const char *number)
{
	CLEANUP_FREE char *folder = xasprintf("sys/devices/%s/%s", place, name), *size = path_join(folder, "size");
	CLEANUP_FREE char *link = xasprintf("%s/sys/block/%s", dir, name), *to = xasprintf("/%s", folder);
	CLEANUP_FREE char *edd = xasprintf("sys/firmware/edd/int13_dev%s", number);
	CLEANUP_FREE char *cylinder = path_join(edd, "legacy_max_cylinder"), *head = path_join(edd, "legacy_max_head");
	CLEANUP_FREE char *track = path_join(edd, "legacy_sectors_per_track"), *all = path_join(edd, "sectors");
	CLEANUP_FREE char *parent = path_dirname(link);
	struct error err CLEANUP_ERROR = ERROR_INIT;

	put_test_text(dir, size, blocks);
	assert_int_equal(0, folder_make(parent, &err));
	assert_int_equal(0, symlink(to, link));
	put_test_text(dir, cylinder, "1022\n");
	put_test_text(dir, head, "254\n");
	put_test_text(dir, track, "63\n");
	put_test_text(dir, all, blocks);
}

static void put_usb(const char *dir, const char *name)
{
	CLEANUP_FREE char *folder = xasprintf("sys/bus/usb/devices/%s", name);
	CLEANUP_FREE char *vendor = path_join(folder, "idVendor"), *product = path_join(folder, "idProduct");

	put_test_text(dir, vendor, "0403\n");
	put_test_text(dir, product, "6001\n");
}

static void probe(struct machine *m, const char *dir)
{
	struct error err CLEANUP_ERROR = ERROR_INIT;

	if (machine_probe(m, dir, &err) < 0)
		fail_msg("%s", err.msg);
}

/* Two disks of the PC, one of them on USB; the stick; a disk to write to that is as long as one of the PC's. */
static char *make_pc(void)
{
	char *dir = make_test_folder();

	put_disk(dir, "sda", "pci0000:00/ata1", "1000\n", "81");
	put_disk(dir, "sdb", "pci0000:00/usb1/1-1/1-1:1.0", "2000\n", "80");
	put_disk(dir, "sdc", "pci0000:00/usb1/1-2/1-2:1.0", "1000\n", "82");
	put_disk(dir, "sdd", "pci0000:00/usb1/1-3/1-3:1.0", "3000\n", "83");
	put_usb(dir, "1-1");
	put_usb(dir, "1-2");
	put_usb(dir, "1-3");
	put_test_text(dir, "proc/cmdline", "quiet console=ttyS0,115200 console=tty0\n");
	put_test_text(dir, "proc/version", "Linux version 6.1.0-50-686 (x)\n");
	put_test_text(dir, "sys/class/tty/ttyS0/type", "4\n");
	put_test_text(dir, "sys/class/rtc/rtc0/date", "2026-11-26\n");
	put_test_text(dir, "sys/class/rtc/rtc0/time", "03:05:10\n");
	put_test_text(dir, "sys/class/rtc/rtc0/since_epoch", "1795662310\n");
	return dir;
}

static void remove_pc(char *dir)
{
	struct error err CLEANUP_ERROR = ERROR_INIT;

	assert_int_equal(0, folder_remove(dir, &err));
	free(dir);
}

static void what_is_of_the_medium_is_left_out(void **state)
{
	char *dir = make_pc();
	struct machine own CLEANUP_MACHINE = MACHINE_INIT, m CLEANUP_MACHINE = MACHINE_INIT;

	(void)state;
	probe(&own, dir);
	assert_null(own.looked_by);
	assert_string_equal("host", own.serials[0].usage);
	assert_int_equal(4, own.n_disks);
	put_test_text(dir, "run/rehost-medium/stick", "sdb\n");
	put_test_text(dir, "run/rehost-medium/target", "sdc\n");
	probe(&m, dir);
	assert_string_equal("medium", m.looked_by);
	assert_int_equal(2, m.n_disks);
	assert_string_equal("sda", m.disks[0].name);
	assert_string_equal("sdd", m.disks[1].name);
	assert_int_equal(1, m.n_ports);
	assert_string_equal("1-3", m.ports[0].name);
	/* the stick's is gone; of two disks of one length nobody knows which is which */
	assert_int_equal(3, m.n_bios_disks);
	assert_int_equal(0x81, m.bios_disks[0].number);
	assert_null(m.serials[0].usage);
	assert_null(m.kernel);
	assert_null(m.cmdline);
	assert_non_null(machine_lacks(&m, "kernel"));
	assert_string_equal("2026-11-26 03:05:10", m.rtc);
	assert_null(m.rtc_offset);
	assert_non_null(strstr(machine_lacks(&m, "clock-offset"), "medium"));
	remove_pc(dir);
}

static void clock_is(int64_t off, const char *offset, const char *guess)
{
	const uint64_t now = 1795662310;
	struct machine m CLEANUP_MACHINE = MACHINE_INIT;

	machine_miss(&m, "clock-offset", "as yet");
	machine_compare_clock(&m, now + (uint64_t)off, now);
	assert_string_equal(offset ? offset : "", m.rtc_offset ? m.rtc_offset : "");
	assert_string_equal(guess ? guess : "", m.rtc_guess ? m.rtc_guess : "");
	assert_int_equal(!offset, machine_lacks(&m, "clock-offset") != NULL);
	assert_int_equal(offset && !guess, machine_lacks(&m, "clock-guess") != NULL);
}

static void the_clock_is_compared(void **state)
{
	char *dir = make_pc();
	struct machine m CLEANUP_MACHINE = MACHINE_INIT, none CLEANUP_MACHINE = MACHINE_INIT;
	struct machine read CLEANUP_MACHINE = MACHINE_INIT;
	CLEANUP_FREE char *path = path_join(dir, "machine.xml"), *rtc = path_join(dir, "sys/class/rtc");
	struct error err CLEANUP_ERROR = ERROR_INIT;

	(void)state;
	clock_is(0, "0", "utc");
	clock_is(-170, "0", "utc");
	clock_is(7100, "7200", "localtime");
	clock_is(-18000 + 20, "-18000", "localtime");
	clock_is(20700, "20700", "localtime");		/* Nepal */
	clock_is(1700, "1800", NULL);			/* a battery that ends, not a place */
	clock_is(3600 + 400, "3600", NULL);
	clock_is(-INT64_C(600000000), NULL, NULL);
	/* an archive has both clocks of one moment */
	put_test_text(dir, "rehost/clocks", "hardware 1795662310\nsystem 1795658712\n");
	probe(&m, dir);
	assert_string_equal("3600", m.rtc_offset);
	assert_int_equal(0, machine_write(&m, path, OUTFILE_NEW, &err));
	assert_int_equal(0, machine_read(&read, path, &err));
	assert_string_equal("localtime", read.rtc_guess);
	assert_string_equal("2026-11-26 03:05:10", read.rtc);
	assert_int_equal(0, folder_remove(rtc, &err));
	probe(&none, dir);
	assert_null(none.rtc);
	assert_non_null(strstr(machine_lacks(&none, "clock"), "no sys/class/rtc/rtc0"));
	remove_pc(dir);
}

static void sound_is_found_without_a_driver(void **state)
{
	char *dir = make_pc();
	struct machine m CLEANUP_MACHINE = MACHINE_INIT;

	(void)state;
	put_test_text(dir, "sys/bus/pci/devices/0000:00:05.0/class", "0x040100\n");
	put_test_text(dir, "sys/bus/pci/devices/0000:00:05.0/vendor", "0x1274\n");
	put_test_text(dir, "sys/bus/pci/devices/0000:00:05.0/device", "0x5000\n");
	put_test_text(dir, "sys/bus/pci/devices/0000:00:06.0/class", "0x020000\n");
	put_test_text(dir, "sys/bus/pnp/devices/01:01.00/id", "CTL0031\nPNPB003\n");
	put_test_text(dir, "sys/bus/pnp/devices/01:01.01/id", "CTL7001\nPNPB02F\n");
	put_test_text(dir, "sys/bus/pnp/devices/00:02/id", "PNP0400\n");
	probe(&m, dir);
	assert_int_equal(2 + 3, m.n_ports);
	assert_string_equal("audio", m.ports[0].kind);
	assert_string_equal("0000:00:05.0", m.ports[0].bdf);
	assert_string_equal("PCI 1274:5000", m.ports[0].detail);
	assert_string_equal("01:01.00", m.ports[1].name);
	assert_string_equal("PnP CTL0031", m.ports[1].detail);
	assert_null(machine_lacks(&m, "audio"));
	remove_pc(dir);
}

static void the_video_mode_is_what_the_kernel_got(void **state)
{
	static const char data[] = "sys/kernel/boot_params/data";
	char *dir = make_pc(), params[4096] = "";
	struct machine none CLEANUP_MACHINE = MACHINE_INIT, text CLEANUP_MACHINE = MACHINE_INIT;
	struct machine efi CLEANUP_MACHINE = MACHINE_INIT;
	CLEANUP_FREE char *path = path_join(dir, data);

	(void)state;
	probe(&none, dir);
	assert_null(none.video_mode);
	assert_non_null(machine_lacks(&none, "video-mode"));
	params[6] = 3;
	params[7] = 80;
	params[0x0e] = 25;
	params[0x0f] = 1;
	put_test_file(dir, data, params, sizeof(params));
	probe(&text, dir);
	assert_string_equal("0x03 80x25", text.video_mode);
	assert_int_equal(0, unlink(path));
	params[0x0f] = 0x70;
	params[0x13] = 4;		/* 1024 */
	params[0x15] = 3;		/* 768 */
	params[0x16] = 32;
	put_test_file(dir, data, params, sizeof(params));
	probe(&efi, dir);
	assert_string_equal("1024x768x32", efi.video_mode);
	remove_pc(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_of_the_medium_is_left_out),
		cmocka_unit_test(the_clock_is_compared),
		cmocka_unit_test(sound_is_found_without_a_driver),
		cmocka_unit_test(the_video_mode_is_what_the_kernel_got),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
