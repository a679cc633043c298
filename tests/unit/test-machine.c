// SPDX-License-Identifier: GPL-2.0-or-later
/* Descriptions of computers: from recorded trees, as documents, and what is missing. */
#include "config.h"

#include "tests/unit/test.h"

#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/path.h"
#include "lib/cpulist.h"
#include "lib/facts.h"
#include "lib/machine.h"
#include "lib/measure.h"
#include "lib/port_limits.h"

static char *source_file(const char *name)
{
	const char *top = getenv("top_srcdir");

	return path_join(top ? top : ".", name);
}

static void probe(struct machine *m, const char *tree)
{
	struct error err CLEANUP_ERROR = ERROR_INIT;
	CLEANUP_FREE char *path = source_file(tree);

	if (machine_probe(m, path, &err) < 0)
		fail_msg("%s", err.msg);
}

static void test_old_pc(void **state)
{
	struct machine m CLEANUP_MACHINE = MACHINE_INIT;

	(void)state;
	probe(&m, "tests/machines/packaging-line");
	assert_string_equal(m.name, "line4");
	assert_string_equal(m.arch, "i686");
	assert_string_equal(m.vendor, "Dell Computer Corporation");
	assert_string_equal(m.product, "OptiPlex GX270");
	assert_string_equal(m.serial, "7XK2P1J");
	assert_string_equal(m.uuid, "44454c4c-5800-104b-8032-b7c04f50314a");
	assert_string_equal(m.cpu_model, "Intel(R) Pentium(R) 4 CPU 2.40GHz");
	assert_string_equal(m.virtualization, "none");
	assert_int_equal(m.uefi, TRI_NO);
	assert_int_equal(m.memory, 512 << 20);
	assert_int_equal(m.usable, 507284 << 10);
	assert_int_equal(m.n_threads, 1);
	assert_int_equal(m.threads[0].base_mhz, 2400);
	assert_int_equal(m.n_caches, 2);
	assert_int_equal(m.caches[1].size, 512 << 10);
	assert_int_equal(m.caches[1].ways, 8);
}

static void test_old_pc_devices(void **state)
{
	struct machine m CLEANUP_MACHINE = MACHINE_INIT;

	(void)state;
	probe(&m, "tests/machines/packaging-line");
	assert_int_equal(m.n_serials, 2);
	assert_string_equal(m.serials[1].name, "ttyS1");
	assert_string_equal(m.serials[1].uart, "16550A");
	assert_int_equal(m.serials[1].port, 0x2f8);
	assert_int_equal(m.serials[1].irq, 3);
	assert_int_equal(m.n_nics, 1);
	assert_string_equal(m.nics[0].mac, "00:02:b3:4c:00:04");
	assert_string_equal(m.nics[0].driver, "e1000");
	assert_string_equal(m.nics[0].bdf, "0000:01:0c.0");
	assert_string_equal(m.nics[0].usage, "host");
	assert_int_equal(m.n_disks, 1);
	assert_int_equal(m.disks[0].size, UINT64_C(1) << 30);
	assert_int_equal(m.disks[0].rotational, TRI_YES);
	assert_string_equal(m.disks[0].usage, "host");
	assert_int_equal(m.n_pci, 7);
	assert_int_equal(m.pci[6].device, 0x100e);
	assert_int_equal(m.pci[6].bars[0].size, 0x20000);
	assert_int_equal(m.pci[6].group, -1);
	assert_int_equal(m.n_ports, 3);
	assert_string_equal(m.ports[0].kind, "parallel");
	assert_int_equal(m.ports[0].port, 0x378);
	assert_int_equal(m.ports[0].irq, 7);
	assert_string_equal(m.ports[1].ids, "0529:0001");
}

static void test_sockets_that_a_target_has_not(void **state)
{
	const struct port_limits limits = { .no_parallel = true, .no_sound = true, .serials_max = 1 };
	struct machine m CLEANUP_MACHINE = MACHINE_INIT;
	struct strv lost CLEANUP_STRV = STRV_INIT, none CLEANUP_STRV = STRV_INIT;
	CLEANUP_FREE char *list = NULL;

	(void)state;
	probe(&m, "tests/machines/packaging-line");
	port_limits_lost(&m, &limits, &lost);
	list = strv_join(&lost, "; ");
	assert_non_null(strstr(list, "the printer port parport0"));
	assert_null(strstr(list, "ttyS0"));
	assert_non_null(strstr(list, "the serial port ttyS1: it has 1"));
	port_limits_lost(&m, NULL, &none);
	assert_int_equal(0, none.n);
}

static void test_absence_has_a_reason(void **state)
{
	static const char *const facts[] = { "iommu-groups", "iommu", "numa", "tpm", "cat", "clock",
					     "video-mode", "bios-disks" };
	struct machine m CLEANUP_MACHINE = MACHINE_INIT;

	(void)state;
	probe(&m, "tests/machines/packaging-line");
	for (size_t i = 0; i < ARRAY_SIZE(facts); i++)
		assert_non_null(machine_lacks(&m, facts[i]));
	assert_null(m.tpm);
	assert_null(m.iommu);
	assert_null(machine_lacks(&m, "memory"));
}

static void test_document_keeps_all(void **state)
{
	struct error err CLEANUP_ERROR = ERROR_INIT;
	struct machine a CLEANUP_MACHINE = MACHINE_INIT, b CLEANUP_MACHINE = MACHINE_INIT;
	CLEANUP_FREE char *dir = make_test_folder();
	CLEANUP_FREE char *one = path_join(dir, "one.xml"), *two = path_join(dir, "two.xml");
	CLEANUP_FREE char *text1 = NULL, *text2 = NULL;

	(void)state;
	probe(&a, "tests/machines/packaging-line");
	assert_int_equal(0, machine_write(&a, one, OUTFILE_NEW, &err));
	assert_int_equal(0, machine_read(&b, one, &err));
	assert_int_equal(0, machine_write(&b, two, OUTFILE_NEW, &err));
	assert_int_equal(0, file_read(one, 1 << 20, &text1, NULL, &err));
	assert_int_equal(0, file_read(two, 1 << 20, &text2, NULL, &err));
	assert_string_equal(text1, text2);
	assert_int_equal(b.pci[0].node, -1);
	assert_null(b.tpm);
	assert_int_equal(0, folder_remove(dir, &err));
}

static void write_bios_disk(const char *tree, const char *number, const char *heads, const char *sectors)
{
	CLEANUP_FREE char *folder = xasprintf("sys/firmware/edd/int13_dev%s", number);
	CLEANUP_FREE char *cylinder = path_join(folder, "legacy_max_cylinder");
	CLEANUP_FREE char *head = path_join(folder, "legacy_max_head");
	CLEANUP_FREE char *track = path_join(folder, "legacy_sectors_per_track");
	CLEANUP_FREE char *all = path_join(folder, "sectors");

	put_test_text(tree, cylinder, "1022\n");
	put_test_text(tree, head, heads);
	put_test_text(tree, track, "63\n");
	if (sectors)
		put_test_text(tree, all, sectors);
}

static void test_disks_of_the_bios(void **state)
{
	CLEANUP_FREE char *dir = make_test_folder(), *tree = path_join(dir, "tree");
	struct machine m CLEANUP_MACHINE = MACHINE_INIT, one CLEANUP_MACHINE = MACHINE_INIT;
	const struct machine_bios_disk *d;
	struct error err CLEANUP_ERROR = ERROR_INIT;

	(void)state;
	write_bios_disk(tree, "80", "254\n", NULL);
	assert_int_equal(0, machine_probe(&one, tree, &err));
	assert_null(machine_lacks(&one, "bios-disks"));
	/* a BIOS that tells no size means the only disk there is */
	d = machine_bios_disk(&one, 1 << 30);
	assert_non_null(d);
	assert_int_equal(1023, d->cylinders);
	assert_int_equal(255, d->heads);
	write_bios_disk(tree, "81", "15\n", "1000\n");
	write_bios_disk(tree, "82", "31\n", "2000\n");
	write_bios_disk(tree, "83", "63\n", "2000\n");
	write_bios_disk(tree, "7f", "15\n", "3000\n");
	write_bios_disk(tree, "8x", "15\n", "4000\n");
	assert_int_equal(0, machine_probe(&m, tree, &err));
	assert_int_equal(4, m.n_bios_disks);
	assert_int_equal(16, machine_bios_disk(&m, 512000)->heads);
	/* two answers, and none */
	assert_null(machine_bios_disk(&m, 1024000));
	assert_null(machine_bios_disk(&m, 1536000));
	assert_int_equal(0, folder_remove(dir, &err));
}

static void test_links_stay_inside(void **state)
{
	struct error err CLEANUP_ERROR = ERROR_INIT;
	struct facts f CLEANUP_FACTS = FACTS_INIT;
	CLEANUP_FREE char *dir = make_test_folder(), *out = path_join(dir, "out");
	CLEANUP_FREE char *tree = path_join(dir, "tree"), *link = path_join(tree, "proc/version");
	CLEANUP_FREE char *climb = path_join(tree, "proc/cmdline");
	CLEANUP_FREE char *secret = path_join(dir, "out/secret"), *text = NULL;

	(void)state;
	put_test_text(dir, "out/secret", "Linux version 9.9.9 (outside)\n");
	put_test_text(tree, "proc/cpuinfo", "processor : 0\n");
	assert_int_equal(0, symlink(secret, link));
	assert_int_equal(0, symlink("../../out/secret", climb));
	assert_int_equal(0, facts_open(&f, tree, &err));
	assert_null(facts_read(&f, "proc/version", NULL));
	assert_null(facts_read(&f, "proc/cmdline", NULL));
	text = facts_read(&f, "proc/cpuinfo", NULL);
	assert_string_equal(text, "processor : 0\n");
	facts_close(&f);
	assert_int_equal(0, folder_remove(dir, &err));
}

static void test_bad_roots(void **state)
{
	struct error err CLEANUP_ERROR = ERROR_INIT;
	struct machine m CLEANUP_MACHINE = MACHINE_INIT;
	CLEANUP_FREE char *dir = make_test_folder(), *file = path_join(dir, "file");

	(void)state;
	assert_int_equal(0, machine_probe(&m, dir, &err));	/* nothing known is an answer */
	assert_non_null(machine_lacks(&m, "cpu-model"));
	machine_clear(&m);
	assert_fails(machine_probe(&m, "/no/such/folder", &err), &err, ERR_NOT_FOUND);
	put_test_text(dir, "file", "this is not an archive");
	assert_fails(machine_probe(&m, file, &err), &err, ERR_FORMAT);
	assert_int_equal(0, folder_remove(dir, &err));
}

static void test_hostile_files(void **state)
{
	struct error err CLEANUP_ERROR = ERROR_INIT;
	struct machine m CLEANUP_MACHINE = MACHINE_INIT;
	CLEANUP_FREE char *dir = make_test_folder(), *xml = path_join(dir, "m.xml");

	(void)state;
	put_test_text(dir, "proc/cpuinfo", "processor : 99999999999999999999\nflags :\n\nprocessor");
	put_test_text(dir, "proc/meminfo", "MemTotal: 99999999999999999999 kB\n");
	put_test_text(dir, "sys/devices/system/cpu/online", "0-4000000000\n");
	put_test_text(dir, "sys/bus/pci/devices/0000:00:00.0/resource", "0x0 0xffffffffffffffff 0x200\n");
	put_test_text(dir, "sys/bus/pci/devices/not-an-address/class", "0x020000\n");
	put_test_text(dir, "sys/firmware/dmi/tables/DMI", "\x01\xff zz");
	put_test_text(dir, "sys/class/dmi/id/sys_vendor", "\x01\xff vendor\n");
	put_test_text(dir, "sys/block/sda/size", "18446744073709551615\n");
	assert_int_equal(0, machine_probe(&m, dir, &err));
	assert_int_equal(m.n_threads, 1);
	assert_int_equal(m.n_disks, 0);
	assert_int_equal(m.n_pci, 1);
	assert_int_equal(m.pci[0].n_bars, 0);
	assert_int_equal(m.usable, 0);
	assert_non_null(machine_lacks(&m, "memory"));
	assert_int_equal(0, machine_write(&m, xml, OUTFILE_NEW, &err));
	assert_int_equal(0, folder_remove(dir, &err));
}

/* A kernel without sys/firmware/memmap still says in proc/iomem what it made of the firmware's map. */
static void test_memory_map_of_kernel(void **state)
{
	static const char iomem[] =
		"00000000-00000fff : Reserved\n00001000-0009fbff : System RAM\n"
		"000a0000-000bffff : PCI Bus 0000:00\n00100000-7ffdffff : System RAM\n"
		"  01000000-01e03fff : Kernel code\n  7f000000-7f0fffff : Reserved\n"
		"7ffe0000-7ffeffff : ACPI Tables\nfed00000-fed003ff : HPET 0\n"
		"zz-1 : System RAM\n5-4 : System RAM\n6-ffffffffffffffffffff\n7 : System RAM\n";
	struct error err CLEANUP_ERROR = ERROR_INIT;
	struct machine m CLEANUP_MACHINE = MACHINE_INIT;
	CLEANUP_FREE char *dir = make_test_folder();

	(void)state;
	put_test_text(dir, "proc/cpuinfo", "processor : 0\n");
	put_test_text(dir, "proc/iomem", iomem);
	assert_int_equal(0, machine_probe(&m, dir, &err));
	assert_int_equal(m.n_ranges, 4);
	assert_int_equal(m.ranges[2].start, 0x100000);
	assert_int_equal(m.ranges[2].end, 0x7ffdffff);
	assert_string_equal(m.ranges[2].kind, "ram");
	assert_string_equal(m.ranges[3].kind, "acpi");
	assert_null(machine_lacks(&m, "memory-map"));
	assert_int_equal(m.n_windows, 1);
	assert_string_equal(m.windows[0].bus, "0000:00");
	machine_clear(&m);

	/* what the firmware itself said goes before */
	put_test_text(dir, "sys/firmware/memmap/0/type", "System RAM\n");
	put_test_text(dir, "sys/firmware/memmap/0/start", "0x0\n");
	put_test_text(dir, "sys/firmware/memmap/0/end", "0x9ffff\n");
	assert_int_equal(0, machine_probe(&m, dir, &err));
	assert_int_equal(m.n_ranges, 1);
	machine_clear(&m);
	assert_int_equal(0, folder_remove(dir, &err));

	/* and what others than root see is no map */
	dir[strlen(dir) - 1] = 'x';
	put_test_text(dir, "proc/cpuinfo", "processor : 0\n");
	put_test_text(dir, "proc/iomem", "00000000-00000000 : System RAM\n");
	assert_int_equal(0, machine_probe(&m, dir, &err));
	assert_int_equal(m.n_ranges, 0);
	assert_non_null(machine_lacks(&m, "memory-map"));
	assert_int_equal(0, folder_remove(dir, &err));
}

static void add_disk(struct machine *m, const char *name, uint64_t size)
{
	struct machine_disk *d = APPEND(m->disks, m->n_disks);

	d->name = xstrdup(name);
	d->size = size;
}

/*
 * The device files are regular files here. What comes out depends on the computer, but lies between a
 * floppy disk and what no disk can do.
 */
static void test_measure(void **state)
{
	struct error err CLEANUP_ERROR = ERROR_INIT;
	struct machine m CLEANUP_MACHINE = MACHINE_INIT;
	CLEANUP_FREE char *dir = xstrdup("measure-test-XXXXXX"), *sda = NULL, *sdb = NULL;
	const uint64_t size = 16 << 20, slow = 10000, fast = UINT64_C(1) << 40;

	(void)state;
	/* in the build folder: a file system in memory may know no reads past the cache */
	assert_non_null(mkdtemp(dir));
	sda = path_join(dir, "sda");
	sdb = path_join(dir, "sdb");
	put_test_text(dir, "sda", "");
	put_test_text(dir, "sdb", "");
	assert_int_equal(0, truncate(sda, (off_t)size));
	assert_int_equal(0, truncate(sdb, (off_t)size / 4));
	add_disk(&m, "sda", size);
	add_disk(&m, "sdb", size);	/* ends before it says */
	add_disk(&m, "sdc", size);	/* is not there */
	assert_int_equal(0, machine_measure(&m, dir, NULL, &err));
	assert_in_range(m.disks[0].read_rate, slow, fast);
	assert_in_range(m.disks[0].read_iops, 1, fast / 4096);
	assert_null(machine_lacks(&m, "disk-speed-sda"));
	for (size_t i = 1; i < 3; i++) {	/* half a measurement is none */
		assert_int_equal(m.disks[i].read_rate, 0);
		assert_int_equal(m.disks[i].read_iops, 0);
	}
	assert_non_null(strstr(machine_lacks(&m, "disk-speed-sdb"), "Input/output error"));
	assert_non_null(strstr(machine_lacks(&m, "disk-speed-sdc"), "No such file"));
	assert_non_null(machine_lacks(&m, "write-speed"));
	assert_int_equal(0, folder_remove(dir, &err));
}

static void test_cpu_lists(void **state)
{
	static const char *const bad[] = { "3-1", "x", "0-", "-1", "1024", "0-1000000", "1,,x" };
	struct error err CLEANUP_ERROR = ERROR_INIT;
	struct cpuset s = CPUSET_INIT;
	CLEANUP_FREE char *text = NULL, *none = NULL;

	(void)state;
	assert_int_equal(0, cpulist_parse("8,0-2,3", &s, &err));
	assert_int_equal(5, cpuset_count(&s));
	text = cpulist_format(&s);
	assert_string_equal(text, "0-3,8");
	assert_int_equal(0, cpulist_parse("", &s, &err));
	none = cpulist_format(&s);
	assert_string_equal(none, "");
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_fails(cpulist_parse(bad[i], &s, &err), &err, ERR_FORMAT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_old_pc),
		cmocka_unit_test(test_old_pc_devices),
		cmocka_unit_test(test_sockets_that_a_target_has_not),
		cmocka_unit_test(test_absence_has_a_reason),
		cmocka_unit_test(test_document_keeps_all),
		cmocka_unit_test(test_disks_of_the_bios),
		cmocka_unit_test(test_links_stay_inside),
		cmocka_unit_test(test_bad_roots),
		cmocka_unit_test(test_hostile_files),
		cmocka_unit_test(test_memory_map_of_kernel),
		cmocka_unit_test(test_measure),
		cmocka_unit_test(test_cpu_lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
