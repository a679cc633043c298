// SPDX-License-Identifier: GPL-2.0-or-later
/* What the settings of DOS-like systems say about their PC: CONFIG.SYS, AUTOEXEC.BAT and the like. */
#include "config.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/base/alloc.h"
#include "lib/base/size.h"
#include "lib/old_system.h"

const char *const old_system_files[] = {
	"CONFIG.SYS", "AUTOEXEC.BAT", "FDCONFIG.SYS", "FDAUTO.BAT", "DCONFIG.SYS", "BOOT.INI", "MSDOS.SYS",
	"WINDOWS/SYSTEM.INI", "WINDOWS/PROTOCOL.INI", "WINDOWS/WIN.INI", "NET/PROTOCOL.INI",
	"LANMAN.DOS/PROTOCOL.INI", "IBMCOM/PROTOCOL.INI", "NET.CFG", "NWCLIENT/NET.CFG", "NOVELL/NET.CFG",
	"SYSLINUX.CFG", "STARTUP.CMD", NULL
};

/* Names that stand for a driver of a card that can be had. */
static const struct {
	const char *word;
	enum nic_model nic;
} drivers[] = {
	{ "PCNTNW", NIC_PCNET }, { "PCNTND", NIC_PCNET }, { "PCNTPK", NIC_PCNET }, { "PCNTNDS", NIC_PCNET },
	{ "AMDPCN", NIC_PCNET }, { "PCNTN3M", NIC_PCNET }, { "NE2000", NIC_NE2K_ISA },
	{ "NE1000", NIC_NE2K_ISA }, { "MS2000", NIC_NE2K_ISA }, { "NE2000PCI", NIC_NE2K_PCI },
	{ "RTL8029", NIC_NE2K_PCI }, { "PCIPD", NIC_NE2K_PCI }, { "RTSPKT", NIC_RTL8139 },
	{ "RTSND", NIC_RTL8139 }, { "RTSODI", NIC_RTL8139 }, { "RTL8139", NIC_RTL8139 },
	{ "E1000", NIC_E1000 }, { "E1000PKT", NIC_E1000 }, { "E100B", NIC_I82557B }, { "E100BPKT", NIC_I82557B },
	{ "E100BODI", NIC_I82557B }, { "DC21X4", NIC_TULIP }, { "DC21X4ND", NIC_TULIP },
};

/* Programs that halt the processor while DOS waits. */
static const char *const idlers[] = { "POWER.EXE", "DOSIDLE", "FDAPM", "AMNHLT", "WQGHLT", "RAIN", "CPUIDLE",
				      NULL };

/* Drivers of hardware that no virtual machine has: they fail, and a person has to know. */
static const struct {
	const char *word, *what;
} lost[] = {
	{ "ASPI", "a SCSI host adapter" },	{ "EZ-SCSI", "a SCSI host adapter" },
	{ "3C5", "a 3Com network card" },	{ "ELNK", "a 3Com network card" },
	{ "3C90X", "a 3Com network card" },	{ "DIGI", "a multi-port serial card" },
	{ "HASPDOS", "a dongle" },		{ "SENTINEL", "a dongle" },
	{ "GPIB", "an IEEE-488 card" },		{ "NIDAQ", "a data acquisition card" },
	{ "ARCNET", "an ARCNET card" },		{ "PROFI", "a PROFIBUS card" },
	{ "SMC8000", "an SMC network card" },	{ "PCMCIA", "a PC card slot" },
};

/* The word as a whole: NE2000.COM, \NET\NE2000, but not ONE2000. */
static const char *find_word(const char *text, const char *word)
{
	size_t len = strlen(word);

	for (const char *p = text; (p = strcasestr(p, word)); p++)
		if ((p == text || !isalnum((unsigned char)p[-1])) && !isalnum((unsigned char)p[len]))
			return p;
	return NULL;
}

static bool is_remark(const char *line)
{
	line += strspn(line, " \t@");
	return strncasecmp(line, "REM", 3) == 0 || *line == ';';
}

/* Number behind a word on the rest of its line: "PORT 300", "INTERRUPT = 5"; 0: there is none. */
static uint64_t number_behind(const char *at, const char *word, bool hex)
{
	const char *end = at + strcspn(at, "\r\n"), *p = strcasestr(at, word);

	if (!p || p >= end)
		return 0;
	p += strlen(word);
	p += strspn(p, " \t=#:");
	return strtoull(p, NULL, hex ? 16 : 0) & 0xffff;
}

static void read_blaster(struct old_system *o, const char *text)
{
	const char *p = strcasestr(text, "SET BLASTER");

	if (!p)
		return;
	o->blaster = true;
	o->sound_port = number_behind(p + 11, " A", true);
	if (!o->sound_port)
		o->sound_port = number_behind(p + 11, "=A", true);
	o->sound_irq = number_behind(p + 11, " I", false);
	o->sound_dma = number_behind(p + 11, " D", false);
}

/* "0x60 5 0x320" behind the name of a packet driver: software interrupt, interrupt, port. */
static void read_arguments(struct old_system *o, const char *p)
{
	uint64_t args[3] = { 0 };
	size_t n = 0;

	for (; n < 3 && (*p == ' ' || *p == '\t'); n++) {
		char *end = NULL;

		args[n] = strtoull(p, &end, 0);
		if (end == p)
			return;
		p = end;
	}
	if (n == 3 && args[1] <= 15 && args[2] <= UINT16_MAX) {
		o->nic_irq = args[1];
		o->nic_port = args[2];
	}
}

/* NET.CFG and PROTOCOL.INI have a line for each: "PORT 300", "INTERRUPT = 5". */
static void read_line(struct old_system *o, const char *line)
{
	static const char *const ports[] = { "PORT", "IOBASE", "IOADDRESS", NULL };
	static const char *const irqs[] = { "INTERRUPT", "INT", "IRQ", NULL };

	for (size_t i = 0; ports[i] && !o->nic_port; i++)
		if (strncasecmp(line, ports[i], strlen(ports[i])) == 0)
			o->nic_port = number_behind(line, ports[i], true);
	for (size_t i = 0; irqs[i] && !o->nic_irq; i++)
		if (strncasecmp(line, irqs[i], strlen(irqs[i])) == 0)
			o->nic_irq = number_behind(line, irqs[i], false);
}

static void read_isa_card(struct old_system *o, const char *text, const char *driver)
{
	read_arguments(o, driver + strcspn(driver, " \t\r\n"));
	for (const char *p = text; *p; p += strcspn(p, "\n"), p += *p == '\n') {
		p += strspn(p, " \t");
		read_line(o, p);
	}
	if (o->nic_irq > 15 || o->nic_port > 0xffe0 || o->nic_port < 0x200)
		o->nic_irq = o->nic_port = 0;
}

static void read_drivers(struct inspected_system *sys, const char *path, const char *text)
{
	for (size_t i = 0; i < ARRAY_SIZE(drivers); i++) {
		const char *at = find_word(text, drivers[i].word);

		if (!at)
			continue;
		system_can(sys, DIM_NIC, drivers[i].nic, "%s in %s", drivers[i].word, path);
		if (drivers[i].nic == NIC_NE2K_ISA)
			read_isa_card(sys->old, text, at);
	}
}

/* Lines that load drivers, as they stand: a person on site compares them with the machine. */
static void report_lines(struct inspected_system *sys, const char *path, const char *text)
{
	static const char *const starts[] = { "DEVICE", "INSTALL", "BASEDEV", "MODE ", "SET BLASTER", "LH ",
					      "LOADHIGH", "multi(", "scsi(", "signature(", "default=", NULL };
	struct strv lines CLEANUP_STRV = STRV_INIT, kept CLEANUP_STRV = STRV_INIT;
	CLEANUP_FREE char *list = NULL;
	enum { LINES = 24 };

	strv_split(&lines, text, "\r\n");
	for (size_t i = 0; i < lines.n; i++) {
		const char *line = lines.v[i] + strspn(lines.v[i], " \t@");

		for (size_t j = 0; starts[j] && kept.n < LINES; j++)
			if (!is_remark(line) && strncasecmp(line, starts[j], strlen(starts[j])) == 0)
				strv_addf(&kept, "%.80s", line);
	}
	if (!kept.n)
		return;
	list = strv_join(&kept, "; ");
	report_add(&sys->findings, FINDING_NOTE, path, "loads %s", list);
}

static void report_lost(struct inspected_system *sys, const char *path, const char *text)
{
	for (size_t i = 0; i < ARRAY_SIZE(lost); i++)
		if (strcasestr(text, lost[i].word))
			report_remedy(report_add(&sys->findings, FINDING_WARNING, path,
						 "has a driver for %s ('%s'), which a virtual machine has not",
						 lost[i].what, lost[i].word),
				      "ask what the program needs it for, and pass the device through if "
				      "the target can");
}

void old_system_settings(struct inspected_system *sys)
{
	for (size_t i = 0; old_system_files[i]; i++) {
		CLEANUP_FREE char *path = xasprintf("/%s", old_system_files[i]);
		const char *text = tree_text(&sys->tree, path);

		if (!text)
			continue;
		read_blaster(sys->old, text);
		read_drivers(sys, path, text);
		report_lines(sys, path, text);
		report_lost(sys, path, text);
		for (size_t j = 0; idlers[j]; j++)
			sys->old->idles |= find_word(text, idlers[j]) != NULL;
		if (strcasestr(text, "32BitDiskAccess=on"))
			report_add(&sys->findings, FINDING_WARNING, path,
				   "32-bit disk access is on: it works on plain IDE disks only");
	}
}

static void add_dim(struct inspected_system *sys, enum model_dim dim, const char *names)
{
	struct machine_model m = { 0 };

	guest_family_values(names, dim, &m);
	for (unsigned int v = 0; model_value_name(dim, v); v++) {
		if (!m.cost[dim][v])
			continue;
		system_can(sys, dim, v, "%s: %s", sys->old->row->name, sys->old->row->source);
		sys->can_drive.cost[dim][v] = m.cost[dim][v];
	}
}

void old_system_model(struct inspected_system *sys)
{
	const struct guest_family *row = sys->old->row;
	enum { LAST_RESORT = 254 };

	system_can(sys, DIM_WORD, WORD_32, "%s", row->name);
	system_can(sys, DIM_FIRMWARE, FIRMWARE_BIOS, "it starts from a boot record");
	add_dim(sys, DIM_DISK, row->disk);
	add_dim(sys, DIM_NIC, row->nic);
	add_dim(sys, DIM_DISPLAY, row->display);
	add_dim(sys, DIM_INPUT, row->input);
	system_can(sys, DIM_NIC, NIC_NONE, "can do without");
	sys->can_drive.cost[DIM_NIC][NIC_NONE] = LAST_RESORT;
	system_can(sys, DIM_DISPLAY, DISPLAY_NONE, "can do without");
	sys->can_drive.cost[DIM_DISPLAY][DISPLAY_NONE] = LAST_RESORT;
	system_can(sys, DIM_SERIAL, SERIAL_16550A, "the port of every PC");
	system_can(sys, DIM_SERIAL, SERIAL_NONE, "can do without");
	sys->can_drive.cost[DIM_SERIAL][SERIAL_NONE] = LAST_RESORT;
	system_can(sys, DIM_CLOCK, row->localtime ? RTC_LOCALTIME : RTC_UTC, "%s", row->name);
}
