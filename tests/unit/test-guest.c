// SPDX-License-Identifier: GPL-2.0-or-later
/* Tests of guest documents: what is written is read back, what is edited badly is refused. */
#include "config.h"

#include "lib/base/child.h"
#include "lib/base/outfile.h"
#include "lib/base/path.h"
#include "lib/fileset.h"
#include "lib/guest.h"
#include "lib/guest_changes.h"
#include "lib/kernel_disk.h"
#include "tests/unit/test.h"

static struct guest make_guest(void)
{
	struct guest g = GUEST_INIT;
	struct guest_disk *d = APPEND(g.disks, g.n_disks);
	struct guest_nic *n = APPEND(g.nics, g.n_nics);
	struct guest_serial *s = APPEND(g.serials, g.n_serials);
	struct guest_change *c = APPEND(g.changes, g.n_changes);

	g.name = xstrdup("press4");
	g.uuid = guest_uuid_from_name("press4");
	g.capture = xstrdup("../press4.capture");
	g.converter = xstrdup("linux");
	g.family = xstrdup("linux");
	g.system = xstrdup("Debian GNU/Linux 12 <\"&>");
	g.target = xstrdup("qemu");
	g.memory = UINT64_C(512) << 20;
	g.vcpus = 1;
	g.device[DIM_DISK] = DISK_VIRTIO_BLK;
	g.added[DIM_DISK] = true;
	g.acpi = true;
	*d = (struct guest_disk){ .file = xstrdup("disk0.qcow2"), .format = xstrdup("qcow2"),
				  .size = 1 << 30, .boot = true, .added = xstrdup(DISK_KERNEL) };
	g.cmdline = xstrdup("root=UUID=1-2 ro quiet");
	*n = (struct guest_nic){ .mac = xstrdup("00:02:b3:4c:00:04"), .name = xstrdup("eth0"),
				 .address = xstrdup("10.0.2.40/24") };
	*s = (struct guest_serial){ .old = xstrdup("ttyS0"), .port = 0x3f8, .irq = 4 };
	*c = (struct guest_change){ .path = xstrdup("/etc/\xff\x01"), .action = xstrdup("left"),
				    .why = xstrdup("not understood") };
	g.life = (struct guest_life){ LIFE_SERIAL, xstrdup("login: *$"), 300 };
	report_remedy(report_add(&g.findings, FINDING_WARNING, "/etc/fstab", "odd"), "look");
	return g;
}

static void a_guest_survives_writing_and_reading(void **state)
{
	CLEANUP_FREE char *dir = make_test_folder();
	struct guest g CLEANUP_GUEST = make_guest(), back CLEANUP_GUEST = GUEST_INIT;
	struct error err CLEANUP_ERROR = ERROR_INIT;

	(void)state;
	assert_int_equal(0, guest_write(&g, dir, &err));
	assert_int_equal(0, guest_open(&back, dir, &err));
	assert_string_equal(g.name, back.name);
	assert_string_equal(g.uuid, back.uuid);
	assert_string_equal(g.system, back.system);
	assert_string_equal(g.capture, back.capture);
	assert_int_equal(g.memory, back.memory);
	assert_int_equal(DISK_VIRTIO_BLK, back.device[DIM_DISK]);
	assert_true(back.added[DIM_DISK]);
	assert_true(back.acpi);
	assert_false(back.spins);
	assert_int_equal(1, back.n_disks);
	assert_null(back.disks[0].backing);
	assert_string_equal(DISK_KERNEL, back.disks[0].added);
	assert_int_equal(0, guest_added_disk(&back, DISK_KERNEL));
	assert_int_equal(-1, guest_added_disk(&back, DISK_LOADER));
	assert_string_equal(g.cmdline, back.cmdline);
	assert_string_equal("10.0.2.40/24", back.nics[0].address);
	assert_int_equal(0x3f8, back.serials[0].port);
	assert_string_equal("/etc/??", back.changes[0].path);
	assert_string_equal("look", back.findings.findings[0].remedy);
	assert_int_equal(0, folder_remove(dir, &err));
}

static void what_was_put_in_is_named_with_version_source_and_digests(void **state)
{
	CLEANUP_FREE char *dir = make_test_folder();
	struct guest g CLEANUP_GUEST = make_guest(), back CLEANUP_GUEST = GUEST_INIT;
	struct error err CLEANUP_ERROR = ERROR_INIT;
	struct guest_software *s;

	(void)state;
	s = guest_software_add(&g, SOFTWARE_DRIVER, "viostor.inf", "1.2", "virtio-win.iso: /viostor.inf");
	guest_software_file(s, "/Windows/viostor.sys", "abc", 3);
	guest_software_add(&g, SOFTWARE_PROGRAM, "GRUB", NULL, "the user");
	guest_key_add(&g, "/Windows/SYSTEM", "Services\\viostor", "Start", "3", "0");
	guest_key_add(&g, "/Windows/SYSTEM", "Services\\gone", NULL, "", NULL);
	assert_int_equal(0, guest_write(&g, dir, &err));
	assert_int_equal(0, guest_open(&back, dir, &err));
	assert_int_equal(2, back.n_software);
	s = &back.software[0];
	assert_string_equal("viostor.inf", s->name);
	assert_string_equal("1.2", s->version);
	assert_string_equal("virtio-win.iso: /viostor.inf", s->source);
	assert_int_equal(1, s->n_files);
	assert_string_equal("/Windows/viostor.sys", s->files[0].path);
	/* FIPS 180-4, its examples */
	assert_string_equal("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
			    s->files[0].digest);
	assert_string_equal("a9993e364706816aba3e25717850c26c9cd0d89d", s->files[0].sha1);
	assert_int_equal(2, back.n_keys);
	assert_string_equal("/Windows/SYSTEM", back.keys[0].hive);
	assert_string_equal("Services\\viostor", back.keys[0].key);
	assert_string_equal("Start", back.keys[0].value);
	assert_string_equal("3", back.keys[0].before);
	assert_string_equal("0", back.keys[0].after);
	assert_null(back.keys[1].value);
	assert_string_equal("", back.keys[1].before);
	assert_null(back.keys[1].after);
	assert_null(back.software[1].version);
	assert_int_equal(0, back.software[1].n_files);
	assert_int_equal(0, folder_remove(dir, &err));
}

static void a_disk_cannot_lie_outside_the_guest(void **state)
{
	static const char *const names[] = { "../disk0.qcow2", "/etc/shadow", "", "..", ".hidden" };
	CLEANUP_FREE char *dir = make_test_folder();
	struct error err CLEANUP_ERROR = ERROR_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct guest g CLEANUP_GUEST = make_guest(), back CLEANUP_GUEST = GUEST_INIT;

		free(g.disks[0].file);
		g.disks[0].file = xstrdup(names[i]);
		assert_int_equal(0, guest_write(&g, dir, &err));
		assert_fails(guest_open(&back, dir, &err), &err, ERR_FORMAT);
	}
	assert_int_equal(0, folder_remove(dir, &err));
}

static void what_is_no_guest_is_refused(void **state)
{
	CLEANUP_FREE char *dir = make_test_folder(), *partial = xasprintf("%s" PARTIAL_SUFFIX, dir);
	struct guest g CLEANUP_GUEST = GUEST_INIT;
	struct error err CLEANUP_ERROR = ERROR_INIT;

	(void)state;
	assert_fails(guest_open(&g, dir, &err), &err, ERR_NOT_FOUND);
	assert_fails(guest_open(&g, partial, &err), &err, ERR_FORMAT);
	assert_int_equal(0, folder_remove(dir, &err));
}

static void a_uuid_comes_from_the_name_alone(void **state)
{
	CLEANUP_FREE char *a = guest_uuid_from_name("a"), *again = guest_uuid_from_name("a");
	CLEANUP_FREE char *b = guest_uuid_from_name("b");

	(void)state;
	assert_string_equal(a, again);
	assert_string_not_equal(a, b);
	assert_int_equal('8', a[14]);
}

/* A guest's own script writes the second slot and then sector 0, as this does. */
static void switch_slot(const char *image, const char *kernel, size_t len)
{
	CLEANUP_FREE char *slot = xasprintf("write -P %d 128M %zu", kernel[0], len);
	CLEANUP_FREE char *raw = xasprintf("%s.sector", image), *put = NULL;
	CLEANUP_FREE char *head = xasprintf(KERNEL_DISK_MAGIC "1 %zu 0\n", len);
	char sector[512] = "";
	struct error err CLEANUP_ERROR = ERROR_INIT;

	strcpy(sector, head);
	assert_int_equal(0, file_write(raw, sector, sizeof(sector), OUTFILE_NEW, &err));
	put = xasprintf("write -s %s 0 512", raw);
	{
		const char *const argv[] = { "qemu-io", "-f", "qcow2", "-c", slot, "-c", put, image,
					     NULL };

		if (child_run(argv, NULL, &err) < 0)
			fail_msg("%s", err.msg);
	}
}

static void assert_file_is(const char *dir, const char *name, const char *text, size_t len)
{
	CLEANUP_FREE char *path = path_join(dir, name), *data = NULL;
	struct error err CLEANUP_ERROR = ERROR_INIT;
	size_t is = 0;

	assert_int_equal(0, file_read(path, 1 << 20, &data, &is, &err));
	assert_int_equal(len, is);
	assert_memory_equal(text, data, len);
}

static void a_kernel_goes_to_its_disk_and_back_and_follows_the_guest(void **state)
{
	CLEANUP_FREE char *dir = make_test_folder(), *image = path_join(dir, "disk0.qcow2");
	struct guest g CLEANUP_GUEST = make_guest();
	struct error err CLEANUP_ERROR = ERROR_INIT;

	(void)state;
	g.device[DIM_FIRMWARE] = FIRMWARE_KERNEL;
	assert_int_equal(0, kernel_disk_make(image, "bzImage", 7, "cpio", 4, &err));
	assert_int_equal(0, kernel_disk_extract(&g, dir, &err));
	assert_file_is(dir, KERNEL_FILE, "bzImage", 7);
	assert_file_is(dir, INITRAMFS_FILE, "cpio", 4);
	switch_slot(image, "KKKK", 4);
	assert_int_equal(0, kernel_disk_extract(&g, dir, &err));
	assert_file_is(dir, KERNEL_FILE, "KKKK", 4);
	assert_file_is(dir, INITRAMFS_FILE, "", 0);
	assert_fails(kernel_disk_make(image, "k", 1, NULL, KERNEL_DISK_SLOT, &err), &err, ERR_NO_SPACE);
	assert_int_equal(0, folder_remove(dir, &err));
}

/* A kernel that QEMU would start at 1 MiB, and that ACRN would start at 16 MiB where it does not run. */
static void what_a_kernel_unpacks_to_and_its_initramfs_lie_beside_each_other(void **state)
{
	enum { MIB = 1 << 20 };
	static uint8_t image[2 * MIB];

	(void)state;
	memcpy(image + 0x202, "HdrS", 4);
	image[0x206] = 0x09;
	image[0x207] = 2;
	image[0x262] = 0x50;
	/* before version 2.10 nothing says what it unpacks to */
	assert_int_equal(16 * MIB + 2 * MIB + 2048 + 8192, kernel_disk_memory(image, sizeof(image), 0));
	image[0x206] = 0x0a;
	assert_int_equal(16 * MIB + 5 * MIB + 2048 + 8192, kernel_disk_memory(image, sizeof(image), 0));
	assert_int_equal(16 * MIB + 5 * MIB + 2048 + 30 * MIB + 12288,
			 kernel_disk_memory(image, sizeof(image), 30 * MIB + 1));
	image[0x262] = 0x10;
	assert_int_equal(16 * MIB + 2 * MIB + 2048 + 8192, kernel_disk_memory(image, sizeof(image), 0));
}

static void a_kernel_that_runs_at_one_place_only_is_not_handed_over(void **state)
{
	uint8_t image[0x400] = { 0 };

	(void)state;
	memcpy(image + 0x202, "HdrS", 4);
	image[0x206] = 0x0f;
	image[0x207] = 2;
	image[0x211] = 1;
	image[0x234] = 1;
	assert_null(kernel_disk_obstacle(image, sizeof(image)));
	assert_non_null(kernel_disk_obstacle(image, 0x234));
	assert_non_null(kernel_disk_obstacle(image, 0));
	image[0x234] = 0;
	assert_non_null(strstr(kernel_disk_obstacle(image, sizeof(image)), "one place"));
	image[0x234] = 1;
	image[0x206] = 4;
	assert_non_null(strstr(kernel_disk_obstacle(image, sizeof(image)), "2.6.20"));
	image[0x206] = 5;
	assert_null(kernel_disk_obstacle(image, sizeof(image)));
	image[0x211] = 0;
	assert_non_null(strstr(kernel_disk_obstacle(image, sizeof(image)), "no bzImage"));
	image[0x211] = 1;
	image[0x202] = 'X';
	assert_non_null(strstr(kernel_disk_obstacle(image, sizeof(image)), "no bzImage"));
}

static void a_guest_cannot_lead_the_host_out_of_the_kernel_disk(void **state)
{
	static const char *const bad[] = {
		"", "rehost-kernel 2 0 1 1\n", KERNEL_DISK_MAGIC "2 1 1\n", KERNEL_DISK_MAGIC "0 0 1\n",
		KERNEL_DISK_MAGIC "0 133169153 0\n", KERNEL_DISK_MAGIC "0 1 133169152\n",
		KERNEL_DISK_MAGIC "0 1\n", KERNEL_DISK_MAGIC "0 1 1 1\n", KERNEL_DISK_MAGIC "-1 1 1\n",
		KERNEL_DISK_MAGIC "0 18446744073709551615 18446744073709551615\n",
	};
	struct error err CLEANUP_ERROR = ERROR_INIT;
	struct kernel_disk d;
	char sector[512];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		memset(sector, 0, sizeof(sector));
		strcpy(sector, bad[i]);
		assert_fails(kernel_disk_parse(&d, sector, &err), &err, ERR_FORMAT);
	}
	memset(sector, 'x', sizeof(sector));
	assert_fails(kernel_disk_parse(&d, sector, &err), &err, ERR_FORMAT);
	memset(sector, 0, sizeof(sector));
	strcpy(sector, KERNEL_DISK_MAGIC "1 132120576 1048576\n");
	assert_int_equal(0, kernel_disk_parse(&d, sector, &err));
	assert_int_equal(KERNEL_DISK_SIZE - (1 << 20), d.initramfs_start + d.initramfs_size);
}

static void a_fileset_is_written_sorted_below_its_folder(void **state)
{
	CLEANUP_FREE char *dir = make_test_folder(), *path = path_join(dir, "a/run"), *text = NULL;
	struct fileset fs CLEANUP_FILESET = FILESET_INIT;
	struct error err CLEANUP_ERROR = ERROR_INIT;

	(void)state;
	fileset_add(&fs, "b/x", xstrdup("2"), 1, false);
	fileset_add(&fs, "a/run", xstrdup("1"), 1, true);
	assert_int_equal(0, fileset_write(&fs, dir, &err));
	assert_string_equal("a/run", fs.files[0].path);
	assert_int_equal(0, file_read(path, 10, &text, NULL, &err));
	assert_string_equal("1", text);
	assert_int_equal(0, access(path, X_OK));
	assert_int_equal(0, folder_remove(dir, &err));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_guest_survives_writing_and_reading),
		cmocka_unit_test(what_was_put_in_is_named_with_version_source_and_digests),
		cmocka_unit_test(a_disk_cannot_lie_outside_the_guest),
		cmocka_unit_test(what_is_no_guest_is_refused),
		cmocka_unit_test(a_uuid_comes_from_the_name_alone),
		cmocka_unit_test(a_kernel_goes_to_its_disk_and_back_and_follows_the_guest),
		cmocka_unit_test(a_kernel_that_runs_at_one_place_only_is_not_handed_over),
		cmocka_unit_test(what_a_kernel_unpacks_to_and_its_initramfs_lie_beside_each_other),
		cmocka_unit_test(a_guest_cannot_lead_the_host_out_of_the_kernel_disk),
		cmocka_unit_test(a_fileset_is_written_sorted_below_its_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
