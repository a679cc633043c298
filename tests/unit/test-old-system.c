// SPDX-License-Identifier: GPL-2.0-or-later
/* Tests of what CONFIG.SYS, AUTOEXEC.BAT and their like say about the cards of an old PC. */
#include "config.h"

#include "lib/inspect_family.h"
#include "lib/old_system.h"
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
	put_file(&odi, "/NET.CFG", "LINK DRIVER NE2000\r\n\tINT 10\r\n\tPORT 340\r\n\tFRAME ETHERNET_802.2\r\n");
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_packet_driver_tells_card_port_and_interrupt),
		cmocka_unit_test(net_configurations_tell_them_in_lines_of_their_own),
		cmocka_unit_test(a_system_stays_on_what_it_knows_best),
		cmocka_unit_test(nonsense_gives_no_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
