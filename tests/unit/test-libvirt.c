// SPDX-License-Identifier: GPL-2.0-or-later
/* Tests of guests as libvirt domains, against golden files: tests/golden/libvirt/NAME.xml. */
#include "config.h"

#include "lib/acpi_table.h"
#include "lib/base/outfile.h"
#include "lib/base/path.h"
#include "lib/target/libvirt_local.h"
#include "lib/target/target.h"
#include "tests/unit/test.h"

extern const struct target target_libvirt;

static char *in_tree(const char *folder, const char *name)
{
	const char *top = getenv("top_srcdir");

	return xasprintf("%s/tests/golden/%s/%s.xml", top ? top : ".", folder, name);
}

/* A plan of one partition with the golden guest @name. */
static void make_plan(const char *name, struct partition *p, struct plan *ret)
{
	CLEANUP_FREE char *path = in_tree("qemu", name);
	struct error err CLEANUP_ERROR = ERROR_INIT;
	static struct machine_cache cache = { .level = 3, .id = 0, .size = 12 << 20, .cat_bits = 12 };

	if (guest_open(&p->guest, path, &err) < 0)
		fail_msg("%s", err.msg);
	*ret = (struct plan){ .partitions = p, .n_partitions = 1,
			      .host = { .caches = &cache, .n_caches = 1 } };
}

static void check_case(const char *name, struct partition *p)
{
	struct plan plan = PLAN_INIT;
	struct report report CLEANUP_REPORT = REPORT_INIT;
	struct fileset files CLEANUP_FILESET = FILESET_INIT;
	struct error err CLEANUP_ERROR = ERROR_INIT;
	CLEANUP_FREE char *path = in_tree("libvirt", name), *should = NULL;

	make_plan(name, p, &plan);
	target_libvirt.check(&plan, &report);
	assert_int_equal(0, report_count(&report, FINDING_ERROR));
	assert_int_equal(0, target_libvirt.emit(&plan, &files, &err));
	assert_true(files.n_files > 0);
	if (getenv("REHOST_GOLDEN"))
		assert_int_equal(0, file_write(path, files.files[0].data, files.files[0].len,
					       OUTFILE_REPLACE, &err));
	if (file_read(path, 1 << 20, &should, NULL, &err) < 0)
		fail_msg("%s", err.msg);
	assert_string_equal(should, files.files[0].data);
	guest_clear(&p->guest);
}

static void guests_become_domains(void **state)
{
	struct partition_device devices[] = { { "ttyS1", "serial", "/dev/ttyS4", NULL },
					      { "card", "pci", "0000:03:00.1", NULL },
					      { "lp0", "parallel", "/dev/parport0", NULL },
					      { "eth0", "nic", "enx00e04c680001", NULL } };
	struct partition_device printer = { "LPT2", "parallel", "/dev/parport0", NULL };
	struct partition anywhere = { .memory = 512 << 20, .class = CLASS_SHARED, .devices = &printer,
				      .n_devices = 1 };
	struct partition plain = { .memory = 512 << 20, .class = CLASS_SHARED, .cpus = "1" };
	struct partition pinned = { .memory = 64 << 20, .class = CLASS_PINNED, .cpus = "2-3",
				    .devices = devices, .n_devices = 4 };
	struct partition rt = { .memory = UINT64_C(2) << 30, .class = CLASS_RT, .cpus = "4,6",
				.cache_level = 3, .cache_ways = 0xe00 };

	(void)state;
	check_case("old-linux", &plain);
	check_case("untouched-ide", &pinned);
	check_case("ahci", &rt);
	check_case("windows-xp", &plain);
	check_case("windows-oem", &plain);
	check_case("dos", &plain);
	check_case("agent", &plain);
	check_case("dos-legacy", &anywhere);
	check_case("old-scsi", &plain);
	check_case("netbsd", &plain);
}

/* The volumes of a domain are in a pool that can be defined. */
static void the_pool_of_a_domain_is_written_down(void **state)
{
	struct partition p = { .memory = 512 << 20, .class = CLASS_SHARED, .cpus = "1" };
	struct plan plan = PLAN_INIT;
	struct fileset files CLEANUP_FILESET = FILESET_INIT;
	struct error err CLEANUP_ERROR = ERROR_INIT;
	const struct fileset_file *pool, *domain;

	(void)state;
	make_plan("old-linux", &p, &plan);
	assert_int_equal(0, target_libvirt.emit(&plan, &files, &err));
	domain = fileset_find(&files, "old-linux/domain.xml");
	pool = fileset_find(&files, "old-linux/pool.xml");
	assert_non_null(domain);
	assert_non_null(pool);
	assert_non_null(strstr(domain->data, "pool=\"rehost-old-linux\""));
	assert_non_null(strstr(pool->data, "<pool type=\"dir\">\n  <name>rehost-old-linux</name>\n  <target>\n"
					   "    <path>/var/lib/rehost/guests/old-linux</path>\n"));
	guest_clear(&p.guest);
}

static void assert_refused(const char *name, struct partition *p, const char *why)
{
	struct plan plan = PLAN_INIT;
	struct report report CLEANUP_REPORT = REPORT_INIT;
	const struct finding *f;

	make_plan(name, p, &plan);
	target_libvirt.check(&plan, &report);
	f = report_first_error(&report);
	assert_non_null(f);
	assert_non_null(strstr(f->text, why));
	guest_clear(&p->guest);
}

static void what_libvirt_has_not_is_a_finding(void **state)
{
	struct partition_device device = { "card", "pci", "03:00.0", NULL };
	struct partition p = { .memory = 64 << 20, .cpus = "1" };
	struct partition with_device = { .memory = 64 << 20, .cpus = "1", .devices = &device,
					 .n_devices = 1 };

	(void)state;
	assert_refused("not-qemu", &p, "no disk 'buslogic'");
	assert_refused("uefi-modern", &p, "no disk 'nvme'");
	assert_refused("too-many-cards", &p, "9 network cards");
	assert_refused("old-linux", &with_device, "is not a PCI address");
}

/* The golden domain @name for a host of the kind @place says. */
static char *localize(const char *name, const struct libvirt_place *place, struct strv *lost)
{
	CLEANUP_FREE char *path = in_tree("libvirt", name), *text = NULL;
	struct error err CLEANUP_ERROR = ERROR_INIT;
	char *local = NULL;
	size_t len = 0;

	if (file_read(path, 1 << 20, &text, &len, &err) < 0 ||
	    libvirt_localize(text, len, place, &local, lost, &err) < 0)
		fail_msg("%s", err.msg);
	return local;
}

static void a_domain_is_fitted_to_its_host(void **state)
{
	const struct libvirt_place rich = { "/srv/press4", "/srv/log", ACCEL_KVM, true, true, true };
	const struct libvirt_place no_resctrl = { "/srv/press4", "/srv/log", ACCEL_KVM, true, true, false };
	const struct libvirt_place poor = { "/srv/press4", "/srv/log", ACCEL_TCG, false, false, false };
	struct strv lost CLEANUP_STRV = STRV_INIT;
	CLEANUP_FREE char *whole = localize("ahci", &rich, &lost), *less = NULL;

	(void)state;
	assert_int_equal(0, lost.n);
	assert_non_null(strstr(whole, "type=\"kvm\""));
	assert_non_null(strstr(whole, "file=\"/srv/press4/disk0.qcow2\""));
	assert_null(strstr(whole, "pool="));
	assert_non_null(strstr(whole, "<log file=\"/srv/log\" append=\"off\"/>"));
	assert_non_null(strstr(whole, "<cachetune"));
	assert_non_null(strstr(whole, "<hugepages>"));
	less = localize("ahci", &poor, &lost);
	assert_int_equal(2, lost.n);
	assert_non_null(strstr(less, "type=\"qemu\""));
	assert_null(strstr(less, "<cachetune"));
	assert_null(strstr(less, "<hugepages>"));
	assert_non_null(strstr(less, "<locked/>"));
	free(less);
	less = localize("ahci", &no_resctrl, &lost);
	assert_int_equal(3, lost.n);
	assert_string_equal("its share of the cache is not enforced: resctrl is not mounted", lost.v[2]);
	assert_null(strstr(less, "<cachetune"));
	free(less);
	less = localize("dos-legacy", &rich, &lost);
	assert_int_equal(3, lost.n);
	assert_non_null(strstr(less, "<quota>2500</quota>"));
	free(less);
	less = localize("dos-legacy", &poor, &lost);
	assert_int_equal(4, lost.n);
	assert_null(strstr(less, "quota"));
	assert_null(strstr(less, "period"));
}

/* The table lies beside the disks, and is what the document says. */
static void the_licence_of_a_maker_goes_with_the_guest(void **state)
{
	const struct libvirt_place place = { "/srv/press4", "/srv/log", ACCEL_KVM, true, true, true };
	struct partition p = { .memory = 512 << 20, .class = CLASS_SHARED, .cpus = "1" };
	struct plan plan = PLAN_INIT;
	struct report report CLEANUP_REPORT = REPORT_INIT;
	struct fileset files CLEANUP_FILESET = FILESET_INIT;
	struct strv lost CLEANUP_STRV = STRV_INIT;
	struct error err CLEANUP_ERROR = ERROR_INIT;
	CLEANUP_FREE char *local = localize("windows-oem", &place, &lost), *table = NULL;
	const struct fileset_file *file;
	size_t len = 0;

	(void)state;
	assert_non_null(strstr(local, "<table type=\"slic\">/srv/press4/acpi-slic.bin</table>"));
	make_plan("windows-oem", &p, &plan);
	table = acpi_table_from_text(p.guest.slic, "SLIC", &len);
	assert_int_equal(0, target_libvirt.emit(&plan, &files, &err));
	file = fileset_find(&files, "windows-oem/acpi-slic.bin");
	assert_non_null(file);
	assert_int_equal(len, file->len);
	assert_memory_equal(table, file->data, len);
	assert_null(fileset_find(&files, "windows-oem/acpi-msdm.bin"));
	target_libvirt.check(&plan, &report);
	assert_int_equal(1, report_count(&report, FINDING_WARNING));
	assert_non_null(strstr(report.findings[report.n_findings - 1].text, "ACPI table MSDM"));
	guest_clear(&p.guest);
}

static void what_is_no_domain_is_refused(void **state)
{
	static const char *const bad[] = {
		"", "<", "<domain/>", "<network><devices/></network>",
		"<domain><os/><devices><disk/></devices></domain>",
		"<domain><os/><devices><disk><source volume='../x'/></disk></devices></domain>",
	};
	const struct libvirt_place place = { "/srv/press4", "/srv/log", ACCEL_TCG, false, false, false };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct error err CLEANUP_ERROR = ERROR_INIT;
		struct strv lost CLEANUP_STRV = STRV_INIT;
		char *local = NULL;

		assert_fails(libvirt_localize(bad[i], strlen(bad[i]), &place, &local, &lost, &err), &err,
			     ERR_FORMAT);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(guests_become_domains),
		cmocka_unit_test(the_pool_of_a_domain_is_written_down),
		cmocka_unit_test(what_libvirt_has_not_is_a_finding),
		cmocka_unit_test(a_domain_is_fitted_to_its_host),
		cmocka_unit_test(the_licence_of_a_maker_goes_with_the_guest),
		cmocka_unit_test(what_is_no_domain_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
