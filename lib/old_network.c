// SPDX-License-Identifier: GPL-2.0-or-later
/* Which network cards the drivers of a DOS-like system are for, and where an ISA card is, by its settings. */
#include "config.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/base/alloc.h"
#include "lib/base/path.h"
#include "lib/old_settings.h"
#include "lib/old_text.h"

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

/* "PORT 300", "INT #1 5", "INTERRUPT = 5": the number behind one of these names, or 0. */
static uint64_t number_of(const char *line, const char *const *names, int base)
{
	for (size_t i = 0; names[i]; i++) {
		size_t len = strlen(names[i]);
		const char *p = line + len;

		if (strncasecmp(line, names[i], len) != 0 || isalnum((unsigned char)*p))
			continue;
		p += strspn(p, " \t=");
		/* which of several settings it is */
		if (*p == '#') {
			p += strcspn(p, " \t\r\n");
			p += strspn(p, " \t");
		}
		return isxdigit((unsigned char)*p) ? strtoull(p, NULL, base) & 0xffff : 0;
	}
	return 0;
}

static void read_line(struct old_system *o, const char *line)
{
	static const char *const ports[] = { "PORT", "IOBASE", "IOADDRESS", NULL };
	static const char *const irqs[] = { "INTERRUPT", "INT", "IRQ", NULL };
	uint64_t port, irq;

	line += strspn(line, " \t");
	port = number_of(line, ports, 16);
	irq = number_of(line, irqs, 0);
	o->nic_port = o->nic_port ? o->nic_port : port;
	o->nic_irq = o->nic_irq ? o->nic_irq : irq;
}

/* A section of NET.CFG begins at the edge, one of an .INI file with a bracket. */
static bool begins_section(const char *line, bool ini)
{
	return ini ? line[strspn(line, " \t")] == '[' : !strchr(" \t\r\n", *line);
}

/* The section that a driver is named in, up to the next one. */
static void read_section(struct old_system *o, const char *text, const char *driver, bool ini)
{
	const char *from = text;

	for (const char *line = text; *line && line <= driver; line = old_text_next(line))
		if (begins_section(line, ini))
			from = line;
	for (const char *line = from; *line; line = old_text_next(line)) {
		if (line > driver && begins_section(line, ini))
			return;
		read_line(o, line);
	}
}

static void read_isa_card(struct old_system *o, const char *path, const char *text, const char *driver)
{
	bool ini = path_has_suffix(path, ".INI");

	if (ini || path_has_suffix(path, "NET.CFG"))
		read_section(o, text, driver, ini);
	else
		read_arguments(o, driver + strcspn(driver, " \t\r\n"));
	if (o->nic_irq > 15 || o->nic_port > 0xffe0 || o->nic_port < 0x200)
		o->nic_irq = o->nic_port = 0;
}

void old_network_read(struct inspected_system *sys, const char *path, const char *text)
{
	for (size_t i = 0; i < ARRAY_SIZE(drivers); i++) {
		const char *at = old_text_word(text, drivers[i].word);

		if (!at)
			continue;
		system_can(sys, DIM_NIC, drivers[i].nic, "%s in %s", drivers[i].word, path);
		if (drivers[i].nic == NIC_NE2K_ISA && !sys->old->nic_port)
			read_isa_card(sys->old, path, text, at);
	}
}
