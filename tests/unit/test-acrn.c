// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tests of plans for ACRN against golden files below tests/golden/acrn: each plan of good/ with the
 * files that it becomes, each plan of bad/ with the findings that it gets, each host of boards/ with
 * its board file.
 */
#include "config.h"

#include <dirent.h>

#include "lib/base/outfile.h"
#include "lib/base/path.h"
#include "lib/target/acrn.h"
#include "lib/target/acrn_argv.h"
#include "lib/target/target.h"
#include "tests/unit/test.h"

extern const struct target target_acrn;

static char *golden(const char *name)
{
	const char *top = getenv("top_srcdir");

	return xasprintf("%s/tests/golden/acrn/%s", top ? top : ".", name);
}

static void compare(const char *path, const char *is)
{
	CLEANUP_FREE char *should = NULL;
	struct error err CLEANUP_ERROR = ERROR_INIT;

	if (getenv("REHOST_GOLDEN"))
		assert_int_equal(0, file_write(path, is, strlen(is), OUTFILE_REPLACE, &err));
	if (file_read(path, 4 << 20, &should, NULL, &err) < 0)
		fail_msg("%s", err.msg);
	assert_string_equal(should, is);
}

static void open_plan(const char *path, struct plan *ret)
{
	struct error err CLEANUP_ERROR = ERROR_INIT;

	if (plan_open(ret, path, &err) < 0)
		fail_msg("%s", err.msg);
}

static char *report_text(const struct report *r)
{
	char *text = xstrdup("");

	for (size_t i = 0; i < r->n_findings; i++) {
		const struct finding *f = &r->findings[i];
		char *more = xasprintf("%s%s: %s: %s\n  %s\n", text, severity_name(f->severity),
				       f->subject ? f->subject : "-", f->text,
				       f->remedy ? f->remedy : "-");

		free(text);
		text = more;
	}
	return text;
}

static char *fileset_text(struct fileset *files)
{
	char *text = xstrdup("");

	fileset_sort(files);
	for (size_t i = 0; i < files->n_files; i++) {
		const struct fileset_file *f = &files->files[i];
		char *more;

		if (strcmp(f->path, "board.xml") == 0)
			continue;
		more = xasprintf("%s=== %s%s\n%s", text, f->path, f->executable ? " (x)" : "", f->data);
		free(text);
		text = more;
	}
	return text;
}

static void check_good(const char *path)
{
	struct plan plan CLEANUP_PLAN = PLAN_INIT;
	struct report report CLEANUP_REPORT = REPORT_INIT;
	struct fileset files CLEANUP_FILESET = FILESET_INIT, again CLEANUP_FILESET = FILESET_INIT;
	struct error err CLEANUP_ERROR = ERROR_INIT;
	CLEANUP_FREE char *stem = xstrndup(path, strlen(path) - strlen(PLAN_SUFFIX));
	CLEANUP_FREE char *name = xasprintf("%s.files", stem), *text = NULL, *second = NULL;

	open_plan(path, &plan);
	target_acrn.check(&plan, &report);
	if (report_count(&report, FINDING_ERROR))
		fail_msg("%s: %s", path, report.findings[0].text);
	if (target_acrn.emit(&plan, &files, &err) < 0)
		fail_msg("%s: %s", path, err.msg);
	assert_int_equal(0, target_acrn.emit(&plan, &again, &err));
	text = fileset_text(&files);
	second = fileset_text(&again);
	assert_string_equal(text, second);
	compare(name, text);
}

static void check_bad(const char *path)
{
	struct plan plan CLEANUP_PLAN = PLAN_INIT;
	struct report report CLEANUP_REPORT = REPORT_INIT;
	struct fileset files CLEANUP_FILESET = FILESET_INIT;
	struct error err CLEANUP_ERROR = ERROR_INIT;
	CLEANUP_FREE char *stem = xstrndup(path, strlen(path) - strlen(PLAN_SUFFIX));
	CLEANUP_FREE char *name = xasprintf("%s.findings", stem), *text = NULL;

	open_plan(path, &plan);
	target_acrn.check(&plan, &report);
	if (report_count(&report, FINDING_ERROR) == 0)
		fail_msg("%s is not refused", path);
	for (size_t i = 0; i < report.n_findings; i++)
		if (report.findings[i].severity == FINDING_ERROR)
			assert_non_null(report.findings[i].remedy);
	/* who emits without asking gets nothing either */
	assert_fails(target_acrn.emit(&plan, &files, &err), &err, ERR_REFUSED);
	text = report_text(&report);
	compare(name, text);
}

static void each_plan(const char *folder, const char *suffix, void (*check)(const char *path),
		      size_t least)
{
	CLEANUP_FREE char *dir = golden(folder);
	DIR *d = opendir(dir);
	struct dirent *entry;
	size_t plans = 0, results = 0;

	assert_non_null(d);
	while ((entry = readdir(d))) {
		CLEANUP_FREE char *path = path_join(dir, entry->d_name);

		if (path_has_suffix(path, PLAN_SUFFIX)) {
			check(path);
			plans++;
		}
	}
	rewinddir(d);
	while ((entry = readdir(d)))
		results += path_has_suffix(entry->d_name, suffix);
	closedir(d);
	assert_true(plans >= least);
	/* a file that nothing uses would rot */
	assert_int_equal(plans, results);
}

static void good_plans_become_their_files(void **state)
{
	(void)state;
	each_plan("good", ".files", check_good, 12);
}

static void bad_plans_are_refused_with_their_reasons(void **state)
{
	(void)state;
	each_plan("bad", ".findings", check_bad, 40);
}

/* A plan of one guest that is good on the host "four-cores". */
static void open_good(struct plan *ret)
{
	CLEANUP_FREE char *path = golden("good/one-uefi" PLAN_SUFFIX);

	open_plan(path, ret);
}

static void hosts_become_board_files(void **state)
{
	static const char *const hosts[] = { "four-cores", "cat", "hybrid", "sixteen-threads",
					     "two-cores" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(hosts); i++) {
		CLEANUP_FREE char *from = xasprintf("boards/%s.xml", hosts[i]);
		CLEANUP_FREE char *to = xasprintf("boards/%s.board", hosts[i]);
		CLEANUP_FREE char *path = golden(from), *should = golden(to);
		struct plan plan = PLAN_INIT;
		struct acrn_layout l CLEANUP_ACRN_LAYOUT = ACRN_LAYOUT_INIT;
		struct fileset files CLEANUP_FILESET = FILESET_INIT;
		struct error err CLEANUP_ERROR = ERROR_INIT;

		if (machine_read(&plan.host, path, &err) < 0)
			fail_msg("%s", err.msg);
		acrn_layout_make(&l, &plan);
		assert_int_equal(0, acrn_emit_board(&l, &files, &err));
		compare(should, files.files[0].data);
		machine_clear(&plan.host);
	}
}

static void remove_word(char *text, const char *word)
{
	CLEANUP_FREE char *padded = xasprintf(" %s ", text);
	CLEANUP_FREE char *find = xasprintf(" %s ", word);
	char *at = strstr(padded, find);

	if (!at)
		fail_msg("the golden host has not %s", word);
	memset(at, ' ', strlen(find));
	memcpy(text, padded + 1, strlen(text));
}

static void assert_found(const struct plan *plan, enum severity severity, const char *text)
{
	struct report report CLEANUP_REPORT = REPORT_INIT;
	CLEANUP_FREE char *all = NULL;

	target_acrn.check(plan, &report);
	for (size_t i = 0; i < report.n_findings; i++)
		if (report.findings[i].severity == severity && strstr(report.findings[i].text, text) &&
		    report.findings[i].remedy)
			return;
	all = report_text(&report);
	fail_msg("no finding '%s' among\n%s", text, all);
}

static void each_ability_of_the_host_is_missed(void **state)
{
	static const struct {
		const char *flag, *text;
		bool vmx;
	} cases[] = {
		{ "lm", "64-bit mode", false },	   { "vmx", "VT-x", false },
		{ "nx", "execute disable", false },   { "smep", "SMEP", false },
		{ "smap", "SMAP", false },	   { "mtrr", "MTRR", false },
		{ "clflushopt", "CLFLUSHOPT", false }, { "x2apic", "x2APIC", false },
		{ "popcnt", "POPCNT", false },	   { "sse", "SSE", false },
		{ "rdrand", "RDRAND", false },	   { "erms", "fast string", false },
		{ "nonstop_tsc", "invariant time stamp", false },
		{ "tsc_deadline_timer", "TSC deadline", false },
		{ "ept", "has not extended page tables", true }, { "vpid", "virtual processor numbers", true },
		{ "unrestricted_guest", "unrestricted guests", true },
		{ "tsc_offset", "an offset", true }, { "vtpr", "task priority", true },
		{ "vapic", "virtual APIC", true },  { "invvpid", "INVVPID", true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct plan plan CLEANUP_PLAN = PLAN_INIT;

		open_good(&plan);
		remove_word(cases[i].vmx ? plan.host.vmx_flags : plan.host.cpu_flags, cases[i].flag);
		assert_found(&plan, FINDING_ERROR, cases[i].text);
	}
}

static void set_text(char **text, const char *value)
{
	free(*text);
	*text = value ? xstrdup(value) : NULL;
}

static void hosts_of_another_kind_are_refused(void **state)
{
	struct plan plan CLEANUP_PLAN = PLAN_INIT;

	(void)state;
	open_good(&plan);
	set_text(&plan.host.iommu, "none");
	assert_found(&plan, FINDING_ERROR, "has not VT-d");
	plan.host.cpuid_level = 0xd;
	assert_found(&plan, FINDING_ERROR, "has not CPUID leaf 0x15");
	plan.host.physical_bits = 46;
	remove_word(plan.host.cpu_flags, "pdpe1gb");
	assert_found(&plan, FINDING_ERROR, "has not pages of 1 GiB");
	remove_word(plan.host.vmx_flags, "ept_1gb");
	assert_found(&plan, FINDING_ERROR, "has not extended page tables of 1 GiB");
	set_text(&plan.host.vmx_flags, NULL);
	plan.host.nested_paging = TRI_NO;
	assert_found(&plan, FINDING_ERROR, "has not extended page tables");
	plan.host.nested_paging = TRI_YES;
	plan.host.unrestricted_guest = TRI_NO;
	assert_found(&plan, FINDING_ERROR, "has not unrestricted guests");
	for (size_t i = 0; i < plan.host.n_ranges; i++)
		set_text(&plan.host.ranges[i].kind, "reserved");
	assert_found(&plan, FINDING_ERROR, "the host's memory map is not recorded");
	plan.host.threads[2].cpu = 5;
	assert_found(&plan, FINDING_ERROR, "processor 2 is missing among the 4 of the host");
	plan.host.threads[2].cpu = 2;
	plan.host.threads[1].apic = -1;
	assert_found(&plan, FINDING_ERROR, "the local APIC of processor 1 is not recorded");
	set_text(&plan.host.cpu_vendor, "AuthenticAMD");
	assert_found(&plan, FINDING_ERROR, "has not a processor of Intel");
	set_text(&plan.host.arch, "aarch64");
	assert_found(&plan, FINDING_ERROR, "has not a 64-bit Intel processor");
}

/* One that begins with another gets what was meant for that one. */
static void names_that_begin_alike_are_told(void **state)
{
	CLEANUP_FREE char *path = golden("good/two-on-a-core" PLAN_SUFFIX);
	struct plan plan CLEANUP_PLAN = PLAN_INIT;
	struct report report CLEANUP_REPORT = REPORT_INIT;

	(void)state;
	open_plan(path, &plan);
	target_acrn.check(&plan, &report);
	for (size_t i = 0; i < report.n_findings; i++)
		assert_null(strstr(report.findings[i].text, "begins with"));
	set_text(&plan.partitions[1].name, "press42");
	assert_found(&plan, FINDING_WARNING, "name 'press42' begins with 'press4'");
}

/* 16 processors are what acrn-dm takes, 64 what the hypervisor's mask holds. */
static void machines_with_many_processors_are_refused(void **state)
{
	struct plan plan CLEANUP_PLAN = PLAN_INIT;
	struct report report CLEANUP_REPORT = REPORT_INIT;
	size_t n;

	(void)state;
	open_good(&plan);
	for (n = plan.host.n_threads; n < 70; n++) {
		struct machine_thread *t = APPEND(plan.host.threads, plan.host.n_threads);

		*t = (struct machine_thread){ .cpu = (uint32_t)n, .core = (uint32_t)n,
					      .efficiency = plan.host.threads[0].efficiency,
					      .apic = (int64_t)n * 2 };
	}
	set_text(&plan.partitions[0].cpus, "1-16");
	plan.partitions[0].vcpus = 16;
	target_acrn.check(&plan, &report);
	assert_int_equal(0, report_count(&report, FINDING_ERROR));
	set_text(&plan.partitions[0].cpus, "1-17");
	assert_found(&plan, FINDING_ERROR, "17 processors, and acrn-dm takes at most 16");
	set_text(&plan.partitions[0].cpus, "1-65");
	assert_found(&plan, FINDING_ERROR, "more than 64 processors");
}

/* What a profile does not tell may well be there. */
static void what_is_not_recorded_is_not_absent(void **state)
{
	struct plan plan CLEANUP_PLAN = PLAN_INIT;
	struct report report CLEANUP_REPORT = REPORT_INIT;

	(void)state;
	open_good(&plan);
	set_text(&plan.host.cpu_flags, NULL);
	set_text(&plan.host.vmx_flags, NULL);
	set_text(&plan.host.iommu, NULL);
	set_text(&plan.host.cpu_vendor, NULL);
	plan.host.cpuid_level = plan.host.physical_bits = 0;
	assert_found(&plan, FINDING_WARNING, "whether the host has VT-d is not recorded");
	assert_found(&plan, FINDING_WARNING, "whether the host has CPUID leaf 0x15 is not recorded");
	assert_found(&plan, FINDING_WARNING, "the abilities of VT-x that ACRN needs is not recorded");
	assert_found(&plan, FINDING_WARNING, "the abilities of the processor that ACRN needs is not");
	assert_found(&plan, FINDING_WARNING, "a processor of Intel is not recorded");
	target_acrn.check(&plan, &report);
	assert_int_equal(0, report_count(&report, FINDING_ERROR));
}

static void names_are_made_to_fit(void **state)
{
	static const struct {
		const char *guest, *vm;
	} cases[] = {
		{ "press4", "press4" },
		{ "a-name_of-15-ch", "a-name_of-15-ch" },
		{ "a-name-of-16-chr", NULL }, { "7up", NULL }, { "a.b", NULL },
		{ "acrnd", NULL }, { "acrnd-2", NULL }, { "help", NULL }, { "nothing", NULL }, { "service-vm", NULL },
	};
	char name[ACRN_NAME_MAX + 1], other[ACRN_NAME_MAX + 1];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		acrn_vm_name(cases[i].guest, name);
		if (cases[i].vm)
			assert_string_equal(cases[i].vm, name);
		else
			assert_string_not_equal(cases[i].guest, name);
		assert_in_range(strlen(name), 1, ACRN_NAME_MAX);
		assert_true(strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_") == strlen(name));
		assert_true(name[0] >= 'a' && name[0] <= 'z');
		assert_true(strncmp(name, "acrnd", 5) != 0);
	}
	acrn_vm_name("packaging-line-1", name);
	acrn_vm_name("packaging-line-2", other);
	assert_string_not_equal(name, other);
}

static void each_fault_of_an_argument_is_seen(void **state)
{
	static const char good[] = "--cpu_affinity\n2\n-m\n512M\n--ovmf\n/usr/share/acrn/bios/OVMF.fd\n"
				   "-s\n1:0,lpc\n-l\ncom1,stdio\n-s\n0:0,hostbridge\n"
				   "-s\n4,virtio-net,tap=rh1-0,mac=00:02:b3:4c:00:01\n"
				   "-s\n16,virtio-blk,disk0.raw\n-s\n24,passthru,3/0/0\n"
				   "-s\n12,ivshmem,hv:/frames,16,0\n-s\n13,uart,vuart_idx:1\n"
				   "-s\n3,xhci,1-4\npress4\n";
	static const struct {
		const char *from, *to;
	} faults[] = {
		{ "512M", "512" }, { "512M", "511M" }, { "512M", "126M" },
		{ "affinity\n2", "affinity\n1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17" }, { "512M", "0M" }, { "512M", "M" },
		{ "-m\n512M\n", "" }, { "-m\n512M\n", "-m\n512M\n-m\n512M\n" },
		{ "--cpu_affinity\n2\n", "" }, { "affinity\n2", "affinity\n0x2" },
		{ "affinity\n2", "affinity\n2,2" }, { "affinity\n2", "affinity\n2,,3" },
		{ "affinity\n2", "affinity\n256" }, { "affinity\n2", "affinity\n" },
		{ "--ovmf\n/usr/share/acrn/bios/OVMF.fd\n", "" },
		{ "OVMF.fd\n", "OVMF.fd\n-k\nkernel\n" }, { "OVMF.fd\n", "OVMF.fd\n-r\ninitramfs\n" },
		{ "--ovmf\n", "--vsbl\n" }, { "--ovmf\n", "-A\n--ovmf\n" }, { "OVMF.fd", "OVMF fd" },
		{ "16,virtio-blk,disk0.raw", "16,virtio-blk" },
		{ "16,virtio-blk,disk0.raw", "16,virtio-blk,disk 0.raw" },
		{ "16,virtio-blk,disk0.raw", "16,virtio-blk,$(reboot)" },
		{ "16,virtio-blk,disk0.raw", "16,virtio-blk,disk0.raw,wombat" },
		{ "16,virtio-blk,disk0.raw", "16,virtio-blk,-disk0.raw" },
		{ "16,virtio-blk,disk0.raw", "16,nvme,disk0.raw" },
		{ "16,virtio-blk,disk0.raw", "16,ahci,disk0.raw" },
		{ "16,virtio-blk,disk0.raw", "16,ahci" },
		{ "16,virtio-blk,disk0.raw", "4,virtio-blk,disk0.raw" },
		{ "16,virtio-blk,disk0.raw", "32,virtio-blk,disk0.raw" },
		{ "16,virtio-blk,disk0.raw", "x,virtio-blk,disk0.raw" },
		{ "tap=rh1-0", "tap=a-name-of-16-chr" }, { "tap=rh1-0", "tap=a;b" },
		{ ",mac=00:02:b3:4c:00:01", "" }, { "00:01\n", "00:0g\n" }, { "00:01\n", "00:01:02\n" },
		{ "passthru,3/0/0", "passthru,3:0.0" }, { "passthru,3/0/0", "passthru,3/20/0" },
		{ "passthru,3/0/0", "passthru,3/0/8" }, { "passthru,3/0/0", "passthru" },
		{ "passthru,3/0/0", "passthru,3/0/0,gpu" },
		{ "frames,16,0", "frames,15,0" }, { "frames,16,0", "frames,16" },
		{ "frames,16,0", "frames,1024,0" }, { "hv:/frames", "frames" },
		{ "vuart_idx:1", "vuart_idx:" }, { "vuart_idx:1", "1" },
		{ "xhci,1-4", "xhci,1-4.1" }, { "xhci,1-4", "xhci" }, { "xhci,1-4", "xhci,tablet" },
		{ "com1,stdio", "com5,stdio" }, { "com1,stdio", "com1,tcp:80" }, { "com1,stdio", "com1" },
		{ "com1,stdio\n", "com1,stdio\n-l\ncom1,/dev/ttyS1\n" },
		{ "lpc\n", "lpc,x\n" }, { "-s\n0:0,hostbridge\n", "" },
		{ "press4", "press-with-16-chr" }, { "press4", "4press" }, { "press4", "" },
		{ "press4", "press4\nmore" }, { "press4\n", "-s\n" }, { "press4", "--windows" },
	};
	struct strv args CLEANUP_STRV = STRV_INIT;
	struct error err CLEANUP_ERROR = ERROR_INIT;
	CLEANUP_FREE char *text = NULL;

	(void)state;
	if (acrn_argv_from_text(good, &args, &err) < 0)
		fail_msg("%s", err.msg);
	text = acrn_argv_to_text(&args);
	assert_string_equal(good, text);
	for (size_t i = 0; i < ARRAY_SIZE(faults); i++) {
		const char *at = strstr(good, faults[i].from);
		CLEANUP_FREE char *bad = NULL;

		assert_non_null(at);
		bad = xasprintf("%.*s%s%s", (int)(at - good), good, faults[i].to,
				at + strlen(faults[i].from));
		if (acrn_argv_from_text(bad, &args, &err) == 0)
			fail_msg("'%s' instead of '%s' is accepted", faults[i].to, faults[i].from);
		assert_int_equal(ERR_FORMAT, err.code);
		error_clear(&err);
	}
}

static void no_word_reaches_a_shell(void **state)
{
	struct strv args CLEANUP_STRV = STRV_INIT;
	CLEANUP_FREE char *script = NULL;

	(void)state;
	strv_add_many(&args, "-B", "it's $(reboot) `id` \"x\"", NULL);
	script = acrn_script("press4", "/srv/a b'c", "/var/log/x y", &args);
	assert_non_null(strstr(script, "cd '/srv/a b'\\''c'\n"));
	assert_non_null(strstr(script, ">>'/var/log/x y' 2>&1\n"));
	assert_non_null(strstr(script, "exec acrn-dm '-B' 'it'\\''s $(reboot) `id` \"x\"'\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_plans_become_their_files),
		cmocka_unit_test(bad_plans_are_refused_with_their_reasons),
		cmocka_unit_test(hosts_become_board_files),
		cmocka_unit_test(each_ability_of_the_host_is_missed),
		cmocka_unit_test(hosts_of_another_kind_are_refused),
		cmocka_unit_test(names_that_begin_alike_are_told),
		cmocka_unit_test(machines_with_many_processors_are_refused),
		cmocka_unit_test(what_is_not_recorded_is_not_absent),
		cmocka_unit_test(names_are_made_to_fit),
		cmocka_unit_test(each_fault_of_an_argument_is_seen),
		cmocka_unit_test(no_word_reaches_a_shell),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
