// SPDX-License-Identifier: GPL-2.0-or-later
/* Tests of what systems that are carried unchanged get for a machine. */
#include "config.h"

#include "converters/carry.h"
#include "lib/family.h"
#include "lib/inspect_family.h"
#include "lib/old_parts.h"
#include "lib/old_system.h"
#include "tests/unit/test.h"

enum { MIB = 1 << 20 };

/* A system, an old PC with it, and what came of it. */
struct bench {
	struct inspected_system sys;
	struct inspected_disk disks[2];
	struct inspection in;
	struct machine machine;
	struct negotiation answer;
	struct conversion conv;
	struct guest guest;
};

static struct bench *bench_new(const char *id)
{
	struct bench *b = xcalloc(1, sizeof(*b));

	b->sys = (struct inspected_system){ .tree = TREE_INIT, .old = xcalloc(1, sizeof(*b->sys.old)) };
	b->sys.old->row = guest_family_find(id);
	b->in = (struct inspection){ .disks = b->disks, .n_disks = 2 };
	b->machine = (struct machine)MACHINE_INIT;
	b->answer.value[DIM_DISK] = DISK_IDE;
	b->conv = (struct conversion){ .in = &b->in, .sys = &b->sys, .machine = &b->machine, .answer = &b->answer };
	b->guest = (struct guest){ .name = xstrdup("press4"), .target = xstrdup("qemu"), .memory = 16 * MIB, .vcpus = 1 };
	for (size_t i = 0; i < 2; i++) {
		b->disks[i].size = (i + 1) << 29;
		*APPEND(b->guest.disks, b->guest.n_disks) = (struct guest_disk){
			.file = xasprintf("disk%zu.qcow2", i), .format = xstrdup("qcow2"), .size = b->disks[i].size,
			.boot = i == 0 };
	}
	return b;
}

static void bench_free(struct bench *b)
{
	system_clear(&b->sys);
	machine_clear(&b->machine);
	guest_clear(&b->guest);
	free(b);
}

static void carry(struct bench *b)
{
	struct error err CLEANUP_ERROR = ERROR_INIT;

	assert_int_equal(0, carry_system(&b->conv, &b->guest, &err));
}

static const char *said(const struct bench *b, const char *subject)
{
	for (size_t i = 0; i < b->guest.findings.n_findings; i++)
		if (strcmp(b->guest.findings.findings[i].subject, subject) == 0)
			return b->guest.findings.findings[i].text;
	return "";
}

static const char *remedy_for(const struct bench *b, const char *subject)
{
	for (size_t i = 0; i < b->guest.findings.n_findings; i++)
		if (strcmp(b->guest.findings.findings[i].subject, subject) == 0 && b->guest.findings.findings[i].remedy)
			return b->guest.findings.findings[i].remedy;
	return "";
}

static size_t n_said(const struct bench *b, const char *words)
{
	size_t n = 0;

	for (size_t i = 0; i < b->guest.findings.n_findings; i++)
		n += strstr(b->guest.findings.findings[i].text, words) != NULL;
	return n;
}

static void add_port(struct bench *b, const char *kind, const char *name, uint64_t port)
{
	*APPEND(b->machine.ports, b->machine.n_ports) = (struct machine_port){
		.name = xstrdup(name), .kind = xstrdup(kind), .port = port, .irq = port ? 7 : -1 };
}

static void what_was_asked_for_stays_and_what_was_not_fits(void **state)
{
	struct bench *asked = bench_new("os2-2"), *found = bench_new("os2-2");

	(void)state;
	asked->guest.memory = found->guest.memory = (uint64_t)256 * MIB;
	asked->guest.vcpus = found->guest.vcpus = 2;
	asked->conv.memory_asked = asked->conv.vcpus_asked = true;
	carry(asked);
	carry(found);
	assert_int_equal((uint64_t)256 * MIB, asked->guest.memory);
	assert_int_equal(2, asked->guest.vcpus);
	assert_non_null(strstr(said(asked, "memory"), "bears at most 64 MiB"));
	assert_non_null(strstr(said(asked, "processors"), "uses at most 1"));
	assert_int_equal((uint64_t)64 * MIB, found->guest.memory);
	assert_int_equal(1, found->guest.vcpus);
	bench_free(asked);
	bench_free(found);
}

static void a_kernel_and_a_hal_for_several_keep_them(void **state)
{
	static const struct nt_hal mps = { .file = "halmps.dll", .ticks = "rtc", .multi = true };
	struct bench *up = bench_new("winnt4"), *mp = bench_new("winnt4");

	(void)state;
	up->guest.vcpus = mp->guest.vcpus = 2;
	mp->sys.old->hal = &mps;
	mp->sys.old->multi = mp->conv.vcpus_asked = true;
	carry(up);
	carry(mp);
	assert_int_equal(1, up->guest.vcpus);
	assert_int_equal(2, mp->guest.vcpus);
	assert_non_null(strstr(said(mp, "processors"), "its kernel and its HAL (halmps.dll) are for several processors"));
	assert_string_equal("rtc", mp->guest.legacy.ticks);
	bench_free(up);
	bench_free(mp);
}

static void a_printer_port_is_there_unless_another_is_known(void **state)
{
	struct bench *usb = bench_new("msdos"), *lpt = bench_new("msdos");

	(void)state;
	add_port(usb, "usb-controller", "usb1", 0);
	carry(usb);
	assert_int_equal(1, usb->guest.n_parallels);
	assert_string_equal("LPT1", usb->guest.parallels[0].old);
	add_port(lpt, "parallel", "parport0", 0x278);
	carry(lpt);
	assert_int_equal(1, lpt->guest.n_parallels);
	assert_int_equal(0x278, lpt->guest.parallels[0].port);
	bench_free(usb);
	bench_free(lpt);
}

static void each_disk_is_divided_as_it_was(void **state)
{
	struct bench *b = bench_new("msdos"), *none = bench_new("msdos");

	(void)state;
	b->sys.old->heads = 16;
	b->sys.old->sectors = 63;
	*APPEND(b->machine.bios_disks, b->machine.n_bios_disks) = (struct machine_bios_disk){
		.number = 128, .cylinders = 520, .heads = 32, .sectors = 63, .size = b->disks[0].size };
	b->disks[1].heads = 64;
	b->disks[1].sectors = 63;
	carry(b);
	assert_int_equal(32, b->guest.disks[0].heads);
	assert_int_equal(520, b->guest.disks[0].cylinders);
	assert_non_null(strstr(said(b, "disk0.qcow2"), "it gets what the BIOS told"));
	assert_int_equal(64, b->guest.disks[1].heads);
	assert_int_equal(520, b->guest.disks[1].cylinders);
	carry(none);
	assert_int_equal(0, none->guest.disks[1].heads);
	assert_non_null(strstr(said(none, "disk1.qcow2"), "on no record"));
	bench_free(b);
	bench_free(none);
}

static void a_sound_card_that_is_not_given_is_told(void **state)
{
	struct bench *silent = bench_new("msdos"), *set_up = bench_new("msdos");

	(void)state;
	add_port(silent, "audio", "card0", 0);
	carry(silent);
	assert_null(silent->guest.legacy.sound);
	assert_non_null(strstr(said(silent, "sound"), "the sound card card0"));
	add_port(set_up, "audio", "card0", 0);
	set_up->sys.old->blaster = true;
	set_up->sys.old->sound_port = 0x220;
	carry(set_up);
	assert_string_equal("sb16", set_up->guest.legacy.sound);
	assert_string_equal("", said(set_up, "sound"));
	bench_free(silent);
	bench_free(set_up);
}

static void a_processor_that_is_too_fast_is_told(void **state)
{
	struct bench *win95 = bench_new("win95"), *nt = bench_new("winnt4");

	(void)state;
	carry(win95);
	carry(nt);
	assert_int_equal(1, n_said(win95, "faster than 350 MHz"));
	assert_int_equal(0, n_said(nt, "faster than"));
	bench_free(win95);
	bench_free(nt);
}

static void who_hears_a_button_is_said_as_it_is_known(void **state)
{
	struct bench *dos = bench_new("msdos"), *bsd = bench_new("freebsd");

	(void)state;
	carry(dos);
	carry(bsd);
	assert_non_null(strstr(said(dos, "stop"), "does not hear"));
	assert_non_null(strstr(said(bsd, "stop"), "is not known"));
	assert_string_equal("off", guest_family_find("winnt351")->stop);
	bench_free(dos);
	bench_free(bsd);
}

static void a_disk_beyond_the_reach_of_int_13h_is_told(void **state)
{
	struct bench *dos = bench_new("msdos"), *freedos = bench_new("freedos"), *unknown = bench_new("unknown");

	(void)state;
	/* 1024 times 255 times 63 sectors, and one more */
	dos->guest.disks[0].size = UINT64_C(8422686720);
	dos->guest.disks[1].size = freedos->guest.disks[1].size = unknown->guest.disks[1].size = UINT64_C(8422687232);
	carry(dos);
	carry(freedos);
	carry(unknown);
	assert_int_equal(1, n_said(dos, "counts 1024 cylinders at most: of 7.8 GiB it reaches the first 7.8 GiB"));
	assert_int_equal(0, n_said(freedos, "cylinders at most"));
	assert_int_equal(0, n_said(unknown, "cylinders at most"));
	assert_string_equal("int13-chs", dos->guest.legacy.disk_access);
	assert_null(unknown->guest.legacy.disk_access);
	bench_free(dos);
	bench_free(freedos);
	bench_free(unknown);
}

/* Gives the guest an ISA network card, with what the settings say of its place. */
static void carry_ne2k(struct bench *b, uint64_t port, uint64_t irq)
{
	*APPEND(b->machine.nics, b->machine.n_nics) = (struct machine_nic){ .mac = xstrdup("00:02:b3:4c:00:04") };
	b->answer.value[DIM_NIC] = NIC_NE2K_ISA;
	b->sys.old->nic_port = port;
	b->sys.old->nic_irq = irq;
	carry(b);
}

static void where_an_isa_card_is_is_told_as_its_system_needs_it(void **state)
{
	struct bench *dos = bench_new("msdos"), *lost = bench_new("winnt4"), *win95 = bench_new("win95");

	(void)state;
	carry_ne2k(dos, 0x320, 5);
	carry_ne2k(lost, 0, 0);
	win95->sys.old->blaster = true;
	win95->sys.old->sound_port = 0x240;
	carry_ne2k(win95, 0x320, 5);
	assert_string_equal("", said(dos, "network"));
	assert_non_null(strstr(said(lost, "network"), "not found in its settings: the one that it gets is at 0x300, interrupt 9"));
	assert_non_null(strstr(said(win95, "network"), "finds Plug and Play cards by itself"));
	assert_non_null(strstr(remedy_for(win95, "network"), "hardware wizard, at 0x320, interrupt 5"));
	assert_non_null(strstr(remedy_for(win95, "sound"), "hardware wizard, at 0x240, interrupt 5"));
	bench_free(dos);
	bench_free(lost);
	bench_free(win95);
}

static void whose_ticks_are_counted_is_told_where_it_is_known(void **state)
{
	static const char *const cases[][2] = { { "msdos", "pit" }, { "os2-2", "rtc" }, { "freebsd", "counter" },
						{ "netbsd", "pit" }, { "winnt4", NULL }, { "unknown", NULL } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct bench *b = bench_new(cases[i][0]);

		carry(b);
		if (cases[i][1])
			assert_string_equal(cases[i][1], b->guest.legacy.ticks);
		else
			assert_null(b->guest.legacy.ticks);
		bench_free(b);
	}
}

/* Its loader counts heads, its driver does not. */
static void a_lost_geometry_is_told_as_its_system_uses_it(void **state)
{
	static const struct port_limits limits = { .no_geometry = true };
	struct bench *dos = bench_new("msdos"), *win98 = bench_new("win98");

	(void)state;
	dos->sys.old->heads = win98->sys.old->heads = 16;
	dos->sys.old->sectors = win98->sys.old->sectors = 63;
	dos->conv.ports = win98->conv.ports = &limits;
	carry(dos);
	carry(win98);
	assert_non_null(strstr(remedy_for(dos, "press4"), "or damage its disk"));
	assert_non_null(strstr(remedy_for(win98, "press4"), "only its boot records and its loader count so"));
	bench_free(dos);
	bench_free(win98);
}

static void a_target_that_makes_none_of_it_is_told_and_tried_so(void **state)
{
	static const struct port_limits limits = { .no_parallel = true, .no_sound = true, .no_floppy = true,
						   .no_geometry = true, .own_processor = true, .own_acpi = true };
	struct bench *b = bench_new("msdos");
	struct report told CLEANUP_REPORT = REPORT_INIT;

	(void)state;
	b->sys.old->blaster = true;
	b->sys.old->heads = 16;
	b->sys.old->sectors = 63;
	b->conv.ports = &limits;
	carry(b);
	/* the document keeps what the old PC had */
	assert_string_equal("pentium", b->guest.legacy.cpu);
	assert_int_equal(16, b->guest.disks[0].heads);
	assert_non_null(strstr(said(b, "press4"), "qemu has no sound card (sb16)"));
	old_parts_drop(&b->guest, &limits, "EVE", &told);
	assert_int_equal(6, report_count(&told, FINDING_WARNING));
	assert_null(b->guest.legacy.cpu);
	assert_null(b->guest.legacy.sound);
	assert_true(b->guest.legacy.acpi && !b->guest.legacy.floppy);
	assert_int_equal(0, b->guest.disks[0].heads);
	assert_int_equal(0, b->guest.n_parallels);
	bench_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_asked_for_stays_and_what_was_not_fits),
		cmocka_unit_test(a_kernel_and_a_hal_for_several_keep_them),
		cmocka_unit_test(a_printer_port_is_there_unless_another_is_known),
		cmocka_unit_test(each_disk_is_divided_as_it_was),
		cmocka_unit_test(a_sound_card_that_is_not_given_is_told),
		cmocka_unit_test(a_processor_that_is_too_fast_is_told),
		cmocka_unit_test(who_hears_a_button_is_said_as_it_is_known),
		cmocka_unit_test(a_disk_beyond_the_reach_of_int_13h_is_told),
		cmocka_unit_test(where_an_isa_card_is_is_told_as_its_system_needs_it),
		cmocka_unit_test(whose_ticks_are_counted_is_told_where_it_is_known),
		cmocka_unit_test(a_lost_geometry_is_told_as_its_system_uses_it),
		cmocka_unit_test(a_target_that_makes_none_of_it_is_told_and_tried_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
