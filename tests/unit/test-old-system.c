// SPDX-License-Identifier: GPL-2.0-or-later
/* Tests of what CONFIG.SYS, AUTOEXEC.BAT and their like say about the cards of an old PC. */
#include "config.h"

#include "lib/inspect_family.h"
#include "lib/old_system.h"
#include "lib/utf16.h"
#include "tests/unit/test.h"

static struct inspected_system make_system(const char *id)
{
	struct inspected_system sys = { .tree = TREE_INIT, .family = xstrdup("dos"), .name = xstrdup("DOS"),
					.old = xcalloc(1, sizeof(*sys.old)) };

	sys.old->row = guest_family_find(id);
	return sys;
}

static void put_file(struct inspected_system *sys, const char *path, const char *text)
{
	tree_take(&sys->tree, path, xstrdup(text), strlen(text), 0644);
}

static const char *finding_about(const struct inspected_system *sys, const char *subject)
{
	for (size_t i = 0; i < sys->findings.n_findings; i++)
		if (sys->findings.findings[i].subject && strcmp(sys->findings.findings[i].subject, subject) == 0)
			return sys->findings.findings[i].text;
	return "";
}

static void a_packet_driver_tells_card_port_and_interrupt(void **state)
{
	struct inspected_system sys = make_system("msdos");

	(void)state;
	put_file(&sys, "/AUTOEXEC.BAT", "@ECHO OFF\r\nSET BLASTER=A240 I7 D3 H5 T6\r\n"
					"C:\\NET\\NE2000.COM 0x60 5 0x320\r\nPOWER.EXE ADV\r\n");
	put_file(&sys, "/CONFIG.SYS", "REM DEVICE=C:\\OLD.SYS\r\nDEVICE=C:\\DOS\\HIMEM.SYS\r\n"
				      "DEVICEHIGH=C:\\ASPI\\ASPI8DOS.SYS /D\r\n");
	old_system_settings(&sys);
	old_system_model(&sys);
	assert_true(model_has(&sys.can_drive, DIM_NIC, NIC_NE2K_ISA));
	assert_int_equal(0x320, sys.old->nic_port);
	assert_int_equal(5, sys.old->nic_irq);
	assert_true(sys.old->blaster && sys.old->idles);
	assert_int_equal(0x240, sys.old->sound_port);
	assert_int_equal(7, sys.old->sound_irq);
	assert_int_equal(3, sys.old->sound_dma);
	assert_non_null(strstr(finding_about(&sys, "/CONFIG.SYS"), "HIMEM.SYS"));
	assert_null(strstr(finding_about(&sys, "/CONFIG.SYS"), "OLD.SYS"));
	assert_int_equal(1, report_count(&sys.findings, FINDING_WARNING));
	system_clear(&sys);
}

static void net_configurations_tell_them_in_lines_of_their_own(void **state)
{
	struct inspected_system odi = make_system("msdos"), ndis = make_system("win3x");

	(void)state;
	put_file(&odi, "/NET.CFG", "LINK DRIVER 3C509\r\n\tPORT 300\r\n\tINT 7\r\nLink Driver NE2000\r\n\tINT #1 10\r\n\tPORT #1 340\r\n\tFRAME ETHERNET_802.2\r\n");
	old_system_settings(&odi);
	assert_int_equal(0x340, odi.old->nic_port);
	assert_int_equal(10, odi.old->nic_irq);
	put_file(&ndis, "/WINDOWS/PROTOCOL.INI", "[MS$PCNTND]\r\nDriverName=PCNTND$\r\n");
	put_file(&ndis, "/WINDOWS/SYSTEM.INI", "[386Enh]\r\n32BitDiskAccess=on\r\n");
	old_system_settings(&ndis);
	old_system_model(&ndis);
	assert_true(model_has(&ndis.can_drive, DIM_NIC, NIC_PCNET));
	assert_non_null(strstr(finding_about(&ndis, "/WINDOWS/SYSTEM.INI"), "32-bit disk access"));
	system_clear(&odi);
	system_clear(&ndis);
}

static void what_is_no_setting_sets_nothing(void **state)
{
	struct inspected_system sys = make_system("msdos");

	(void)state;
	put_file(&sys, "/AUTOEXEC.BAT", "@REM NE2000 0x60 5 0x320\r\nrem SET BLASTER=A220 I5 D1\r\n:: POWER.EXE\r\n"
					"REM POWER.EXE\r\nECHO NE2000 0x60 5 0x320\r\nSET PROFILE=C:\\P\r\n"
					"SET RAIN=1\r\nC:\\DIGITAL\\SCOPE.EXE\r\nPOWER OFF\r\nFDAPM\r\n");
	put_file(&sys, "/CONFIG.SYS", "REM DEVICE=C:\\ASPI\\ASPI4DOS.SYS\r\n;DEVICE=C:\\DOS\\POWER.EXE\r\n"
				      "DEVICE=C:\\WASPI.SYS\r\n");
	old_system_settings(&sys);
	assert_false(model_has(&sys.can_drive, DIM_NIC, NIC_NE2K_ISA));
	assert_int_equal(0, sys.old->nic_port);
	assert_false(sys.old->blaster || sys.old->idles);
	assert_int_equal(0, report_count(&sys.findings, FINDING_WARNING));
	system_clear(&sys);
}

static bool idles(const char *id, const char *path, const char *text)
{
	struct inspected_system sys = make_system(id);
	bool is;

	put_file(&sys, path, text);
	old_system_settings(&sys);
	is = sys.old->idles;
	system_clear(&sys);
	return is;
}

static void who_halts_the_processor_is_known_by_what_is_run(void **state)
{
	(void)state;
	assert_true(idles("msdos", "/CONFIG.SYS", "DEVICEHIGH /L:1,1024 =C:\\DOS\\POWER.EXE ADV:MAX\r\n"));
	assert_true(idles("msdos", "/AUTOEXEC.BAT", "@LH C:\\UTIL\\DOSIDLE.EXE\r\n"));
	assert_true(idles("freedos", "/FDAUTO.BAT", "fdapm APMDOS\r\n"));
	assert_true(idles("freedos", "/FDCONFIG.SYS", "FILES=30\r\nIDLEHALT=1\r\n"));
	assert_true(idles("freedos", "/CONFIG.SYS", "IDLEHALT = -1\r\n"));
	assert_false(idles("freedos", "/CONFIG.SYS", "IDLEHALT=0\r\n"));
	assert_false(idles("freedos", "/CONFIG.SYS", "REM IDLEHALT=1\r\n"));
	assert_false(idles("msdos", "/CONFIG.SYS", "IDLEHALT=1\r\n"));
	assert_true(guest_family_find("freedos")->spins);
}

static void what_is_run_is_told_and_the_rest_counted(void **state)
{
	struct inspected_system sys = make_system("win3x");
	CLEANUP_FREE char *many = xstrdup("@ECHO OFF\r\nPATH C:\\DOS\r\nC:\\PRESS\\PRESS.EXE COM1\r\n");

	(void)state;
	for (int i = 0; i < 30; i++) {
		char *longer = xasprintf("%sPROG%d.EXE\r\n", many, i);

		free(many);
		many = longer;
	}
	put_file(&sys, "/AUTOEXEC.BAT", many);
	put_file(&sys, "/CONFIG.SYS", "SHELL=C:\\LINE\\MENU.COM /P\r\n");
	put_file(&sys, "/WIN31/SYSTEM.INI", "[boot]\r\nshell=c:\\line\\hmi.exe\r\n");
	put_file(&sys, "/WIN31/WIN.INI", "[windows]\r\nload=\r\nrun=c:\\line\\poll.exe\r\n");
	old_system_settings(&sys);
	assert_non_null(strstr(finding_about(&sys, "/AUTOEXEC.BAT"), "C:\\PRESS\\PRESS.EXE COM1; PROG0.EXE"));
	assert_non_null(strstr(finding_about(&sys, "/AUTOEXEC.BAT"), "; and 7 lines more"));
	assert_null(strstr(finding_about(&sys, "/AUTOEXEC.BAT"), "PATH"));
	assert_non_null(strstr(finding_about(&sys, "/CONFIG.SYS"), "MENU.COM"));
	assert_non_null(strstr(finding_about(&sys, "/WIN31/SYSTEM.INI"), "hmi.exe"));
	assert_non_null(strstr(finding_about(&sys, "/WIN31/WIN.INI"), "run=c:\\line\\poll.exe"));
	assert_null(strstr(finding_about(&sys, "/WIN31/WIN.INI"), "load="));
	system_clear(&sys);
}

/* Code page 437, a sequence that would draw over the terminal, and a byte that is none of UTF-8. */
static void what_a_guest_says_does_nothing_to_a_terminal(void **state)
{
	struct inspected_system sys = make_system("msdos");

	(void)state;
	put_file(&sys, "/CONFIG.SYS", "DEVICE=C:\\PR\x99" "FEN\\\x1b[2J.SYS\r\n");
	old_system_settings(&sys);
	assert_string_equal("loads and runs DEVICE=C:\\PR\xc3\x96" "FEN\\\\x1b[2J.SYS", finding_about(&sys, "/CONFIG.SYS"));
	system_clear(&sys);
}

/* The tree sorts itself when it is asked for a file. */
static void each_file_is_read_once(void **state)
{
	struct inspected_system sys = make_system("freedos");

	(void)state;
	put_file(&sys, "/FDCONFIG.SYS", "DEVICE=C:\\X.SYS\r\n");
	put_file(&sys, "/CONFIG.SYS", "IDLEHALT=1\r\nDEVICE=C:\\Y.SYS\r\n");
	put_file(&sys, "/AUTOEXEC.BAT", "PRESS.EXE\r\n");
	old_system_settings(&sys);
	assert_int_equal(2, sys.findings.n_findings);
	assert_non_null(strstr(finding_about(&sys, "/AUTOEXEC.BAT"), "PRESS.EXE"));
	assert_non_null(strstr(finding_about(&sys, "/FDCONFIG.SYS"), "X.SYS"));
	assert_false(sys.old->idles);
	system_clear(&sys);
}

static void ahci_needs_a_driver_that_is_loaded(void **state)
{
	struct inspected_system with = make_system("os2-4"), without = make_system("os2-4");

	(void)state;
	put_file(&with, "/CONFIG.SYS", "BASEDEV=OS2AHCI.ADD /N\r\n");
	put_file(&without, "/CONFIG.SYS", "REM BASEDEV=OS2AHCI.ADD\r\nBASEDEV=IBM1S506.ADD\r\n");
	old_system_settings(&with);
	old_system_settings(&without);
	old_system_model(&with);
	old_system_model(&without);
	assert_true(model_has(&with.can_drive, DIM_DISK, DISK_AHCI));
	assert_true(with.can_drive.cost[DIM_DISK][DISK_AHCI] > with.can_drive.cost[DIM_DISK][DISK_IDE]);
	assert_false(model_has(&without.can_drive, DIM_DISK, DISK_AHCI));
	system_clear(&with);
	system_clear(&without);
}

static void a_system_stays_on_what_it_knows_best(void **state)
{
	struct inspected_system sys = make_system("msdos");
	struct machine_model offers = { 0 };
	struct negotiation n;

	(void)state;
	old_system_model(&sys);
	for (int dim = 0; dim < N_DIMS; dim++)
		for (unsigned int v = 0; model_value_name(dim, v); v++)
			offers.cost[dim][v] = dim == DIM_DISK && v == DISK_IDE ? 50 : 1;
	assert_true(negotiate(&offers, &sys.can_drive, NULL, NULL, &n));
	assert_int_equal(DISK_IDE, n.value[DIM_DISK]);
	assert_int_equal(FIRMWARE_BIOS, n.value[DIM_FIRMWARE]);
	assert_int_equal(NIC_NONE, n.value[DIM_NIC]);
	/* a hypervisor without a BIOS */
	offers.cost[DIM_FIRMWARE][FIRMWARE_BIOS] = 0;
	assert_false(negotiate(&offers, &sys.can_drive, NULL, NULL, &n));
	assert_true(n.missing[DIM_FIRMWARE]);
	system_clear(&sys);
}

static void nonsense_gives_no_address(void **state)
{
	struct inspected_system sys = make_system("msdos");

	(void)state;
	put_file(&sys, "/AUTOEXEC.BAT", "NE2000 0xffffffffffffffffff -1 99999999\r\nSET BLASTER=\r\nNE2000");
	old_system_settings(&sys);
	assert_int_equal(0, sys.old->nic_port);
	assert_int_equal(0, sys.old->nic_irq);
	assert_int_equal(0, sys.old->sound_port);
	system_clear(&sys);
}

/* A program of which only its version resource is left, and a text in it. */
static char *make_program(const char *text, const char *key, const char *value, size_t *ret_len)
{
	char *ret = NULL;
	size_t wide_len = 0;
	FILE *f = open_memstream(&ret, ret_len);

	assert_non_null(f);
	fprintf(f, "MZ%c%s%c", 0, text, 0);
	for (int i = 0; key && i < 2; i++) {
		CLEANUP_FREE char *wide = utf16_from_utf8(i ? value : key, &wide_len);

		fwrite(wide, 1, wide_len + 2, f);
		fwrite("\0", 1, i ? 0 : 2, f);
	}
	assert_int_equal(0, fclose(f));
	return ret;
}

static const char *hal_file(const char *text, const char *key, const char *value)
{
	size_t len = 0;
	CLEANUP_FREE char *data = make_program(text, key, value, &len);
	const struct nt_hal *hal = nt_hal_of(data, len);

	return hal ? hal->file : "";
}

static void a_hal_is_told_by_the_names_in_it(void **state)
{
	(void)state;
	assert_string_equal("hal.dll", hal_file("PC Compatible Eisa/Isa HAL", NULL, NULL));
	assert_string_equal("hal486c.dll", hal_file("PC Compatible Eisa/Isa HAL (486 C Stepping)", NULL, NULL));
	assert_string_equal("halapic.dll", hal_file("UP MPS 1.4 - APIC platform", NULL, NULL));
	assert_string_equal("halmps.dll", hal_file("MPS 1.1 - APIC platform", NULL, NULL));
	assert_string_equal("halmpsm.dll", hal_file("MPS 1.4 MCA - APIC platform", NULL, NULL));
	assert_string_equal("halcbus.dll", hal_file("Corollary C-bus Architecture MP HAL Version 3.4.0", NULL, NULL));
	/* the name wins; hal.dll in the resource is the name of all; UTF-16 names count, too */
	assert_string_equal("halsp.dll", hal_file("SystemPro or compatible MP HAL", "OriginalFilename", "halmps.dll"));
	assert_string_equal("halsp.dll", hal_file("Compaq", "InternalName", "HALSP.DLL"));
	assert_string_equal("", hal_file("Compaq", "OriginalFilename", "hal.dll"));
	assert_string_equal("halmca.dll", hal_file("", "HalName", "PC Compatible MicroChannel HAL"));
}

static void a_version_resource_is_read_within_its_file(void **state)
{
	size_t len = 0;
	CLEANUP_FREE char *data = make_program("", "ProductVersion", "4.0.1381.7097", &len);
	CLEANUP_FREE char *whole = nt_version_text(data, len, "ProductVersion"), *part = NULL;

	(void)state;
	assert_string_equal("4.0.1381.7097", whole);
	assert_null(nt_version_text(data, len, "ProductVersio"));
	for (size_t n = 0; n < len; n++) {
		/* in memory of its own, so that a step too far is seen */
		CLEANUP_FREE char *cut = memcpy(xmalloc(n + 1), data, n);

		free(part);
		part = nt_version_text(cut, n, "ProductVersion");
		assert_true(!part || strncmp("4.0.1381.7097", part, strlen(part)) == 0);
	}
}

static void boot_ini_names_the_hal_that_is_loaded(void **state)
{
	static const char ini[] = "[boot loader]\r\ndefault=multi(0)disk(0)rdisk(0)partition(1)\\WINNT\r\n"
		"[operating systems]\r\nmulti(0)disk(0)rdisk(0)partition(2)\\OWINNT=\"Old\" /hal=no.dll\r\n"
		"multi(0)disk(0)rdisk(0)partition(1)\\WINNT =\"NT 4.00\" /sos\r\n"
		"multi(0)disk(0)rdisk(0)partition(1)\\WINNT=\"NT 4.00\" /HAL=later.dll\r\n"
		"multi(0)disk(0)rdisk(0)partition(1)\\Press4=\"NT 4.00\" /kernel=k.exe /hal=halpc.dll /sos";
	CLEANUP_FREE char *winnt = nt_hal_file(nt_boot_entry(ini, "winnt"));
	CLEANUP_FREE char *press = nt_hal_file(nt_boot_entry(ini, "PRESS4"));
	CLEANUP_FREE char *none = nt_hal_file(nt_boot_entry(NULL, "WINNT"));

	(void)state;
	assert_string_equal("hal.dll", winnt);
	assert_string_equal("halpc.dll", press);
	assert_string_equal("hal.dll", none);
	assert_null(nt_boot_entry(ini, "INNT"));
	assert_null(nt_boot_entry(ini, ""));
}

/* What a system says whose HAL has this name. */
static void judge(struct inspected_system *sys, const char *name, bool multi)
{
	size_t len = 0;
	CLEANUP_FREE char *data = name ? make_program(name, NULL, NULL, &len) : NULL;

	nt_hal_judge(sys, "/WINNT/system32/hal.dll", data, len, multi);
}

static void a_hal_of_a_special_machine_is_an_error(void **state)
{
	struct inspected_system standard = make_system("winnt4"), mps = make_system("winnt351"),
				compaq = make_system("winnt4"), odd = make_system("winnt4"), unread = make_system("winnt4");
	struct error err CLEANUP_ERROR = ERROR_INIT;

	(void)state;
	assert_null(old_system_ticks(standard.old));
	judge(&standard, "PC Compatible Eisa/Isa HAL", true);
	judge(&mps, "MPS 1.1 - APIC platform", true);
	judge(&compaq, "SystemPro or compatible MP HAL", true);
	judge(&odd, "ProLiant", false);
	judge(&unread, NULL, false);
	assert_int_equal(0, report_count(&standard.findings, FINDING_ERROR) + report_count(&mps.findings, FINDING_ERROR));
	assert_string_equal("pit", old_system_ticks(standard.old));
	assert_false(standard.old->multi);
	assert_string_equal("rtc", old_system_ticks(mps.old));
	assert_true(mps.old->multi);
	assert_int_equal(1, report_count(&compaq.findings, FINDING_ERROR));
	assert_non_null(strstr(finding_about(&compaq, "/WINNT/system32/hal.dll"), "halsp.dll, for Compaq SystemPro"));
	assert_non_null(strstr(compaq.findings.findings[0].remedy, "put HALMPS.DLL"));
	assert_non_null(strstr(compaq.findings.findings[0].remedy, "--family winnt4"));
	assert_int_equal(1, report_count(&odd.findings, FINDING_WARNING));
	assert_int_equal(1, report_count(&unread.findings, FINDING_WARNING));
	/* who says that it is one is warned only, and its files stay what they are */
	assert_int_equal(0, old_system_take_family(&mps, guest_family_find("winnt4"), &err));
	assert_string_equal("rtc", old_system_ticks(mps.old));
	assert_int_equal(0, old_system_take_family(&compaq, guest_family_find("winnt4"), &err));
	assert_int_equal(0, report_count(&compaq.findings, FINDING_ERROR));
	assert_int_equal(0, old_system_take_family(&mps, guest_family_find("msdos"), &err));
	assert_null(mps.old->hal);
	system_clear(&standard);
	system_clear(&mps);
	system_clear(&compaq);
	system_clear(&odd);
	system_clear(&unread);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_packet_driver_tells_card_port_and_interrupt),
		cmocka_unit_test(net_configurations_tell_them_in_lines_of_their_own),
		cmocka_unit_test(what_is_no_setting_sets_nothing),
		cmocka_unit_test(who_halts_the_processor_is_known_by_what_is_run),
		cmocka_unit_test(what_is_run_is_told_and_the_rest_counted),
		cmocka_unit_test(what_a_guest_says_does_nothing_to_a_terminal),
		cmocka_unit_test(each_file_is_read_once),
		cmocka_unit_test(ahci_needs_a_driver_that_is_loaded),
		cmocka_unit_test(a_system_stays_on_what_it_knows_best),
		cmocka_unit_test(nonsense_gives_no_address),
		cmocka_unit_test(a_hal_is_told_by_the_names_in_it),
		cmocka_unit_test(a_version_resource_is_read_within_its_file),
		cmocka_unit_test(boot_ini_names_the_hal_that_is_loaded),
		cmocka_unit_test(a_hal_of_a_special_machine_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
