// SPDX-License-Identifier: GPL-2.0-or-later
/* Tests of guest documents: what is written is read back, what is edited badly is refused. */
#include "config.h"

#include "lib/base/outfile.h"
#include "lib/base/path.h"
#include "lib/fileset.h"
#include "lib/guest.h"
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
				  .size = 1 << 30, .boot = true };
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
	assert_string_equal("10.0.2.40/24", back.nics[0].address);
	assert_int_equal(0x3f8, back.serials[0].port);
	assert_string_equal("/etc/??", back.changes[0].path);
	assert_string_equal("look", back.findings.findings[0].remedy);
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
		cmocka_unit_test(a_disk_cannot_lie_outside_the_guest),
		cmocka_unit_test(what_is_no_guest_is_refused),
		cmocka_unit_test(a_uuid_comes_from_the_name_alone),
		cmocka_unit_test(a_fileset_is_written_sorted_below_its_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
