// SPDX-License-Identifier: GPL-2.0-or-later
/* What the settings of DOS-like systems say about their PC: CONFIG.SYS, AUTOEXEC.BAT and the like. */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/base/alloc.h"
#include "lib/old_settings.h"
#include "lib/old_text.h"

const char *const old_system_files[] = {
	"CONFIG.SYS", "AUTOEXEC.BAT", "FDCONFIG.SYS", "FDAUTO.BAT", "DCONFIG.SYS", "BOOT.INI", "MSDOS.SYS",
	"%/SYSTEM.INI", "%/PROTOCOL.INI", "%/WIN.INI", "NET/PROTOCOL.INI",
	"LANMAN.DOS/PROTOCOL.INI", "IBMCOM/PROTOCOL.INI", "NET.CFG", "NWCLIENT/NET.CFG", "NOVELL/NET.CFG",
	"SYSLINUX.CFG", "STARTUP.CMD", NULL
};

/* Number behind a letter on the rest of its line: " A220", " I5"; 0: there is none. */
static uint64_t number_behind(const char *at, const char *word, bool hex)
{
	const char *end = at + strcspn(at, "\r\n"), *p = strcasestr(at, word);

	if (!p || p >= end)
		return 0;
	return strtoull(p + strlen(word), NULL, hex ? 16 : 0) & 0xffff;
}

static void read_blaster(struct old_system *o, const char *text)
{
	for (const char *line = text; *line; line = old_text_next(line)) {
		const char *p = line + strspn(line, " \t@");

		if (strncasecmp(p, "SET BLASTER", 11) != 0)
			continue;
		o->blaster = true;
		o->sound_port = number_behind(p + 11, " A", true);
		if (!o->sound_port)
			o->sound_port = number_behind(p + 11, "=A", true);
		o->sound_irq = number_behind(p + 11, " I", false);
		o->sound_dma = number_behind(p + 11, " D", false);
	}
}

/* Programs that halt the processor while DOS waits, and what must stand behind their names for that. */
static const struct {
	const char *name, *with, *without;
} idlers[] = {
	{ "POWER", NULL, "OFF" },	/* of MS-DOS, does so unless it is told otherwise     */
	{ "FDAPM", "APMDOS", NULL },	/* of FreeDOS, sets something and is gone otherwise   */
	{ "FDAPM", "ADV", NULL },
	{ "DOSIDLE", NULL, NULL }, { "AMNHLT", NULL, NULL }, { "WQGHLT", NULL, NULL }, { "RAIN", NULL, NULL },
	{ "CPUIDLE", NULL, NULL },
};

static bool line_idles(const char *line)
{
	CLEANUP_FREE char *one = xstrndup(line, strcspn(line, "\r\n"));
	size_t len = 0;
	const char *name = old_text_program(one, &len);

	for (size_t i = 0; name && i < ARRAY_SIZE(idlers); i++)
		if (strlen(idlers[i].name) == len && strncasecmp(name, idlers[i].name, len) == 0 &&
		    (!idlers[i].with || old_text_word(name + len, idlers[i].with)) &&
		    (!idlers[i].without || !old_text_word(name + len, idlers[i].without)))
			return true;
	return false;
}

/* FreeDOS: IDLEHALT is 0 if it is not set; every other value halts (help.fdos.org, idlehalt). */
static bool halts(const struct inspected_system *sys, const char *line)
{
	const char *value = old_text_value(line, "IDLEHALT");

	return value && strcmp(sys->old->row->id, "freedos") == 0 && strtol(value, NULL, 10) != 0;
}

/* Disks that a system drives by a driver that its settings have to name. */
static void read_disk_drivers(struct inspected_system *sys, const char *path, const char *line)
{
	enum { AFTER_IDE = 60 };
	CLEANUP_FREE char *one = xstrndup(line, strcspn(line, "\r\n"));
	const char *driver = old_text_value(one, "BASEDEV");

	if (strncmp(sys->old->row->id, "os2", 3) != 0 || !driver || !old_text_word(driver, "OS2AHCI"))
		return;
	system_can(sys, DIM_DISK, DISK_AHCI, "OS2AHCI.ADD in %s", path);
	sys->can_drive.cost[DIM_DISK][DISK_AHCI] = AFTER_IDE;
}

static void read_text(struct inspected_system *sys, const char *path, const char *text)
{
	read_blaster(sys->old, text);
	old_network_read(sys, path, text);
	old_lines_report(sys, path, text);
	for (const char *line = text; *line; line = old_text_next(line)) {
		sys->old->idles |= line_idles(line) || halts(sys, line);
		read_disk_drivers(sys, path, line);
	}
	if (strcasestr(text, "32BitDiskAccess=on"))
		report_add(&sys->findings, FINDING_WARNING, path,
			   "32-bit disk access is on: it works on plain IDE disks only");
}

void old_system_settings(struct inspected_system *sys)
{
	/* FreeDOS reads the second only where the first is not */
	bool other = tree_text(&sys->tree, "/FDCONFIG.SYS") != NULL && strcmp(sys->old->row->id, "freedos") == 0;

	for (size_t i = 0; i < sys->tree.n_nodes; i++) {
		const struct tree_node *n = &sys->tree.nodes[i];
		CLEANUP_FREE char *text = n->data ? xstrdup(n->data) : NULL;

		if (!text || (other && strcmp(n->path, "/CONFIG.SYS") == 0))
			continue;
		old_text_blank_remarks(text);
		read_text(sys, n->path, text);
	}
}

/* The date is for the audit: since when nobody mends it. */
void old_system_note_row(struct inspected_system *sys)
{
	const struct guest_family *row = sys->old->row;

	if (*row->note)
		report_add(&sys->findings, FINDING_NOTE, row->name, "%s", row->note);
	if (row->support_ended)
		report_add(&sys->findings, FINDING_NOTE, row->name,
			   "its maker has not supported it since %s (osinfo-db, %s)", row->support_ended, row->osinfo);
}

const char *old_system_ticks(const struct old_system *old)
{
	const char *ticks = old->hal ? old->hal->ticks : old->row->ticks;

	return ticks && !strchr(ticks, ' ') ? ticks : NULL;
}

/* Why a value of the row's model is one. */
static void add_value(struct inspected_system *sys, enum model_dim dim, unsigned int v, uint8_t cost)
{
	const struct guest_family *row = sys->old->row;

	if (cost == GUEST_FAMILY_LAST_RESORT)
		system_can(sys, dim, v, "can do without");
	else if (dim == DIM_FIRMWARE)
		system_can(sys, dim, v, "it starts from a boot record");
	else if (dim == DIM_SERIAL)
		system_can(sys, dim, v, "the port of every PC");
	else if (dim == DIM_WORD || dim == DIM_CLOCK)
		system_can(sys, dim, v, "%s", row->name);
	else
		system_can(sys, dim, v, "%s: %s", row->name, row->source);
	sys->can_drive.cost[dim][v] = cost;
}

void old_system_model(struct inspected_system *sys)
{
	struct machine_model m;

	guest_family_model(sys->old->row, &m);
	for (int dim = 0; dim < N_DIMS; dim++)
		for (unsigned int v = 0; model_value_name(dim, v); v++)
			if (m.cost[dim][v])
				add_value(sys, dim, v, m.cost[dim][v]);
}

/* What was said about the system that it is not is gone, but not what forbids to touch it: that is a warning. */
static void forget(struct inspected_system *sys)
{
	struct report kept = REPORT_INIT;

	for (size_t i = 0; i < sys->findings.n_findings; i++) {
		const struct finding *f = &sys->findings.findings[i];

		if (f->severity == FINDING_ERROR)
			report_remedy(report_add(&kept, FINDING_WARNING, f->subject, "%s", f->text), "%s",
				      f->remedy ? f->remedy : "look at its screen");
	}
	report_clear(&sys->findings);
	sys->findings = kept;
	for (size_t i = 0; i < sys->n_abilities; i++)
		free(sys->abilities[i].evidence);
	sys->n_abilities = 0;
	sys->can_drive = (struct machine_model){ 0 };
	*sys->old = (struct old_system){ .heads = sys->old->heads, .sectors = sys->old->sectors };
}

static void set_text(char **field, const char *text)
{
	free(*field);
	*field = xstrdup(text);
}

int old_system_take_family(struct inspected_system *sys, const struct guest_family *row, struct error *err)
{
	CLEANUP_FREE char *seen = xstrdup(sys->name);
	struct old_system was;

	if (!sys->old) {
		error_set(err, ERR_REFUSED, "%s is a system that is converted, not one that is carried as it is", seen);
		return error_hint(err, "leave --family away; 'rehost inspect' says how it was told");
	}
	was = *sys->old;
	forget(sys);
	sys->old->row = row;
	/* what its files say stays true */
	sys->old->hal = row->hal ? was.hal : NULL;
	sys->old->multi = row->hal && was.multi;
	set_text(&sys->family, row->family);
	set_text(&sys->name, row->name);
	set_text(&sys->distro, row->id);
	report_add(&sys->findings, FINDING_NOTE, sys->root, "the operator says that it is %s; it looks like %s",
		   row->name, seen);
	old_system_note_row(sys);
	old_system_settings(sys);
	old_system_model(sys);
	return 0;
}
