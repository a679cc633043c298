// SPDX-License-Identifier: GPL-2.0-or-later
/* Tests of guests as domains of Xen: golden files in tests/golden/xen, and Xen's own parser of them. */
#include "config.h"

#ifdef HAVE_XLUTIL
#include <libxl.h>
#include <libxlutil.h>
#endif

#include "lib/acpi_table.h"
#include "lib/base/outfile.h"
#include "lib/base/path.h"
#include "lib/target/target.h"
#include "tests/unit/test.h"

extern const struct target target_xen;

static char *in_tree(const char *folder, const char *name, const char *suffix)
{
	const char *top = getenv("top_srcdir");

	return xasprintf("%s/tests/golden/%s/%s%s", top ? top : ".", folder, name, suffix);
}

#ifdef HAVE_XLUTIL
/* xl ignores a setting that it does not know without a word: these are the ones of xl.cfg(5) we use */
static const char *const known[] = {
	"type", "name", "uuid", "firmware", "memory", "maxmem", "videoram", "vcpus", "pool", "cpus", "localtime",
	"timer_mode", "hpet", "acpi_s3", "acpi_s4", "acpi_firmware", "hdtype", "disk", "boot", "vif", "serial", "pci",
	"vga", "vnc", "sdl", "usb", "usbdevice", "xen_platform_pci", "on_poweroff", "on_reboot",
	"on_crash", "acpi", "cpuid", "cap", "device_model_args_hvm",
};

static void assert_known(const char *text)
{
	struct strv lines CLEANUP_STRV = STRV_INIT;

	strv_split(&lines, text, "\n");
	for (size_t i = 0; i < lines.n; i++) {
		size_t len = strcspn(lines.v[i], " "), k = 0;

		if (strchr(" ]", lines.v[i][0]))
			continue;
		while (k < ARRAY_SIZE(known) && !(strlen(known[k]) == len &&
						  strncmp(known[k], lines.v[i], len) == 0))
			k++;
		if (k == ARRAY_SIZE(known))
			fail_msg("'%s' is no setting of xl", lines.v[i]);
	}
}

static void parse_disks(XLU_Config *cfg, size_t n)
{
	XLU_ConfigList *list = NULL;
	int entries = 0;

	assert_int_equal(0, xlu_cfg_get_list(cfg, "disk", &list, &entries, 0));
	assert_int_equal(n, entries);
	for (int i = 0; i < entries; i++) {
		const char *spec = xlu_cfg_get_listitem(list, i);
		libxl_device_disk disk;

		libxl_device_disk_init(&disk);
		assert_int_equal(0, xlu_disk_parse(cfg, 1, &spec, &disk));
		assert_int_equal(LIBXL_DISK_FORMAT_RAW, disk.format);
		assert_int_equal(LIBXL_DISK_BACKEND_QDISK, disk.backend);
		assert_true(disk.readwrite);
		assert_non_null(strstr(disk.pdev_path, "/disk"));
		libxl_device_disk_dispose(&disk);
	}
}

static void parse_cards(XLU_Config *cfg)
{
	XLU_ConfigList *list = NULL;
	int entries = 0;

	if (xlu_cfg_get_list(cfg, "pci", &list, &entries, 1) != 0)
		return;
	for (int i = 0; i < entries; i++) {
		libxl_device_pci pci;

		libxl_device_pci_init(&pci);
		assert_int_equal(0, xlu_pci_parse_spec_string(cfg, &pci,
							      xlu_cfg_get_listitem(list, i)));
		assert_int_equal(0x03, pci.bus);
		libxl_device_pci_dispose(&pci);
	}
}

static void assert_text(XLU_Config *cfg, const char *name, const char *should)
{
	const char *is = NULL;

	assert_int_equal(0, xlu_cfg_get_string(cfg, name, &is, 0));
	assert_string_equal(should, is);
}

static void let_xen_parse(const char *text, const struct partition *p)
{
	XLU_Config *cfg = xlu_cfg_init(stderr, "xl.cfg");
	long number = 0, video = 0;

	assert_int_equal(0, xlu_cfg_readdata(cfg, text, (int)strlen(text)));
	assert_text(cfg, "name", p->guest.name);
	assert_text(cfg, "uuid", p->guest.uuid);
	assert_text(cfg, "type", "hvm");
	assert_int_equal(0, xlu_cfg_get_long(cfg, "memory", &number, 0));
	assert_int_equal(0, xlu_cfg_get_long(cfg, "videoram", &video, 0));
	assert_int_equal(p->memory >> 20, number - video);
	parse_disks(cfg, p->guest.n_disks);
	parse_cards(cfg);
	xlu_cfg_destroy(cfg);
	assert_known(text);
}
#else
static void let_xen_parse(const char *text, const struct partition *p)
{
	(void)text;
	(void)p;
}
#endif

static void check_file(const char *name, const struct fileset_file *file)
{
	CLEANUP_FREE char *base = path_basename(file->path), *suffix = xasprintf(".%s", base);
	CLEANUP_FREE char *path = in_tree("xen", name, suffix), *should = NULL;
	struct error err CLEANUP_ERROR = ERROR_INIT;

	if (getenv("REHOST_GOLDEN"))
		assert_int_equal(0, file_write(path, file->data, file->len, OUTFILE_REPLACE, &err));
	if (file_read(path, 1 << 20, &should, NULL, &err) < 0)
		fail_msg("%s", err.msg);
	assert_string_equal(should, file->data);
}

static void check_case(const char *name, struct partition *p)
{
	struct plan plan = { .partitions = p, .n_partitions = 1 };
	struct report report CLEANUP_REPORT = REPORT_INIT;
	struct fileset files CLEANUP_FILESET = FILESET_INIT;
	struct error err CLEANUP_ERROR = ERROR_INIT;
	CLEANUP_FREE char *path = in_tree("xen", name, ".xml");

	if (guest_open(&p->guest, path, &err) < 0)
		fail_msg("%s", err.msg);
	target_xen.check(&plan, &report);
	for (size_t i = 0; i < report.n_findings; i++)
		if (report.findings[i].severity == FINDING_ERROR)
			fail_msg("%s", report.findings[i].text);
	assert_int_equal(0, target_xen.emit(&plan, &files, &err));
	for (size_t i = 0; i < files.n_files; i++) {
		if (path_has_suffix(files.files[i].path, ".bin"))
			continue;
		check_file(name, &files.files[i]);
		if (path_has_suffix(files.files[i].path, "/xl.cfg"))
			let_xen_parse(files.files[i].data, p);
	}
	guest_clear(&p->guest);
}

static void guests_become_domains(void **state)
{
	struct partition_device devices[] = { { "ttyS1", "serial", "/dev/ttyS4", NULL },
					      { "card", "pci", "0000:03:00.1", NULL },
					      { "card2", "pci", "0000:03:00.2", NULL } };
	struct partition plain = { .memory = 64 << 20, .class = CLASS_SHARED, .cpus = "1" };
	struct partition pinned = { .memory = 64 << 20, .class = CLASS_PINNED, .cpus = "2-3",
				    .devices = devices, .n_devices = 3 };
	struct partition_device printer = { "LPT2", "parallel", "/dev/parport0", NULL };
	struct partition dos = { .memory = 16 << 20, .class = CLASS_SHARED, .cpus = "1", .devices = &printer,
				 .n_devices = 1 };
	struct partition rt = { .memory = UINT64_C(2) << 30, .class = CLASS_RT, .cpus = "4,6",
				.cache_level = 3, .cache_ways = 0xe00 };

	(void)state;
	check_case("ide", &pinned);
	check_case("ahci", &rt);
	check_case("xen-drivers", &plain);
	check_case("old-scsi", &plain);
	check_case("netbsd", &plain);
	check_case("dos", &dos);
	check_case("windows-oem", &plain);
}

static void assert_refused(const char *name, struct partition *p, const char *why)
{
	struct plan plan = { .partitions = p, .n_partitions = 1 };
	struct report report CLEANUP_REPORT = REPORT_INIT;
	struct error err CLEANUP_ERROR = ERROR_INIT;
	CLEANUP_FREE char *path = in_tree("qemu", name, ".xml");
	bool found = false;

	if (guest_open(&p->guest, path, &err) < 0)
		fail_msg("%s", err.msg);
	target_xen.check(&plan, &report);
	for (size_t i = 0; i < report.n_findings; i++)
		found |= report.findings[i].severity == FINDING_ERROR &&
			 strstr(report.findings[i].text, why);
	if (!found)
		fail_msg("'%s' is not among the findings", why);
	guest_clear(&p->guest);
}

static void what_xen_has_not_is_a_finding(void **state)
{
	struct partition_device stick = { "stick", "usb", "0951:1666", NULL };
	struct partition p = { .memory = 64 << 20, .cpus = "1" };
	struct partition odd = { .memory = (64 << 20) + 4096, .cpus = "1" };
	struct partition with = { .memory = 64 << 20, .cpus = "1", .devices = &stick,
				  .n_devices = 1 };

	(void)state;
	assert_refused("old-linux", &p, "no disk 'virtio-blk'");
	assert_refused("uefi-modern", &p, "no firmware 'uefi'");
	assert_refused("untouched-ide", &p, "starts from the first");
	assert_refused("untouched-ide", &odd, "no whole number");
	assert_refused("untouched-ide", &with, "cannot give it the usb device 0951:1666 as its stick");
}

/* The text of the emitted configuration of the golden guest "ide" with this device; the caller frees it. */
static char *config_with(struct partition_device *device, struct report *report)
{
	struct partition p = { .memory = 64 << 20, .cpus = "1", .devices = device, .n_devices = 1 };
	struct plan plan = { .partitions = &p, .n_partitions = 1 };
	struct fileset files CLEANUP_FILESET = FILESET_INIT;
	struct error err CLEANUP_ERROR = ERROR_INIT;
	CLEANUP_FREE char *path = in_tree("xen", "ide", ".xml");
	const struct fileset_file *file;
	char *text;

	if (guest_open(&p.guest, path, &err) < 0)
		fail_msg("%s", err.msg);
	target_xen.check(&plan, report);
	assert_int_equal(0, target_xen.emit(&plan, &files, &err));
	file = fileset_find(&files, "ide/xl.cfg");
	assert_non_null(file);
	text = xstrdup(file->data);
	guest_clear(&p.guest);
	return text;
}

static void the_first_port_of_the_host_is_logged(void **state)
{
	struct partition_device port = { "ttyS0", "serial", "/dev/ttyS4", NULL };
	struct report report CLEANUP_REPORT = REPORT_INIT;
	CLEANUP_FREE char *text = config_with(&port, &report);

	size_t told = 0;

	(void)state;
	assert_int_equal(0, report_count(&report, FINDING_ERROR));
	/* the bridge that nobody would look for is named */
	assert_non_null(strstr(text, "bridge=rehost\""));
	for (size_t i = 0; i < report.n_findings; i++)
		told += strstr(report.findings[i].text, "the host's bridge 'rehost'") != NULL;
	assert_int_equal(1, told);
	assert_non_null(strstr(text, "serial = [\n  \"chardev:port0\",\n"));
	assert_non_null(strstr(text, "  \"-chardev\",\n  \"serial,id=port0,path=/dev/ttyS4,"
				     "logfile=@RUN@/../log/serial.log\",\n"));
}

/* No text of a plan becomes a setting of its own. */
static void a_plan_says_nothing_but_names(void **state)
{
	struct partition_device devices[] = {
		{ "card", "pci", "0000:03:00.0\" ]\ndevice_model_override = \"/bin/sh", NULL },
		{ "ttyS1", "serial", "/dev/ttyS1\" ]\ndevice_model_override = \"/bin/sh", NULL },
		{ "ttyS1", "serial", "tcp:192.0.2.1:23", NULL },
		{ "eth0", "nic", "eth1,script=/bin/sh", NULL },
	};
	struct partition_device lost = { "lp9", "parallel", "/dev/parport0", NULL };
	struct partition with = { .memory = 16 << 20, .cpus = "1", .devices = &lost, .n_devices = 1 };
	struct plan plan = { .partitions = &with, .n_partitions = 1 };
	struct error err CLEANUP_ERROR = ERROR_INIT;
	CLEANUP_FREE char *path = in_tree("xen", "dos", ".xml");
	struct report joined CLEANUP_REPORT = REPORT_INIT;
	size_t warned = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(devices); i++) {
		struct report report CLEANUP_REPORT = REPORT_INIT;
		CLEANUP_FREE char *text = config_with(&devices[i], &report);

		assert_int_equal(1, report_count(&report, FINDING_ERROR));
		assert_null(strstr(text, "\ndevice_model_override"));
	}
	if (guest_open(&with.guest, path, &err) < 0)
		fail_msg("%s", err.msg);
	target_xen.check(&plan, &joined);
	for (size_t i = 0; i < joined.n_findings; i++)
		warned += strstr(joined.findings[i].text,
				 "/dev/parport0 is joined to nothing: the guest has no printer port 'lp9'") != NULL;
	assert_int_equal(1, warned);
	guest_clear(&with.guest);
}

/* Xen takes one file with both tables; its own keep Xen as their maker, on which SLIC depends. */
static void the_licence_of_a_maker_goes_with_the_guest(void **state)
{
	struct partition p = { .memory = 64 << 20, .cpus = "1" };
	struct plan plan = { .partitions = &p, .n_partitions = 1 };
	struct report report CLEANUP_REPORT = REPORT_INIT;
	struct fileset files CLEANUP_FILESET = FILESET_INIT;
	struct error err CLEANUP_ERROR = ERROR_INIT;
	CLEANUP_FREE char *path = in_tree("xen", "windows-oem", ".xml"), *slic = NULL, *msdm = NULL;
	const struct fileset_file *file;
	size_t slic_len = 0, msdm_len = 0, lost = 0;

	(void)state;
	if (guest_open(&p.guest, path, &err) < 0)
		fail_msg("%s", err.msg);
	slic = acpi_table_from_text(p.guest.slic, "SLIC", &slic_len);
	msdm = acpi_table_from_text(p.guest.msdm, "MSDM", &msdm_len);
	assert_int_equal(0, target_xen.emit(&plan, &files, &err));
	file = fileset_find(&files, "windows-oem/acpi-tables.bin");
	assert_non_null(file);
	assert_int_equal(slic_len + msdm_len, file->len);
	assert_memory_equal(slic, file->data, slic_len);
	assert_memory_equal(msdm, file->data + slic_len, msdm_len);
	target_xen.check(&plan, &report);
	for (size_t i = 0; i < report.n_findings; i++)
		lost += strstr(report.findings[i].text, "ACPI table SLIC") != NULL;
	assert_int_equal(1, lost);
	guest_clear(&p.guest);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(guests_become_domains),
		cmocka_unit_test(what_xen_has_not_is_a_finding),
		cmocka_unit_test(the_first_port_of_the_host_is_logged),
		cmocka_unit_test(a_plan_says_nothing_but_names),
		cmocka_unit_test(the_licence_of_a_maker_goes_with_the_guest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
