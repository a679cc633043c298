// SPDX-License-Identifier: GPL-2.0-or-later
/* Lines of settings that a person on site compares with the machine: what is loaded and run, and for which cards. */
#include "config.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/base/alloc.h"
#include "lib/base/path.h"
#include "lib/base/strv.h"
#include "lib/old_settings.h"
#include "lib/old_text.h"
#include "lib/utf16.h"

enum { LINES = 24, LINE_MAX_BYTES = 80 };

/* Drivers of hardware that no virtual machine has: they fail, and a person has to know. */
static const struct {
	const char *word;
	bool whole;		/* else a name that begins so */
	const char *what;
} lost[] = {
	{ "ASPI", false, "a SCSI host adapter" },	{ "EZ-SCSI", false, "a SCSI host adapter" },
	{ "3C5", false, "a 3Com network card" },	{ "ELNK", false, "a 3Com network card" },
	{ "3C90X", false, "a 3Com network card" },	{ "DIGI", true, "a multi-port serial card" },
	{ "DIGIBOARD", false, "a multi-port serial card" },
	{ "HASPDOS", false, "a dongle" },		{ "SENTINEL", false, "a dongle" },
	{ "GPIB", false, "an IEEE-488 card" },		{ "NIDAQ", false, "a data acquisition card" },
	{ "ARCNET", false, "an ARCNET card" },		{ "PROFI", true, "a PROFIBUS card" },
	{ "PROFIBUS", false, "a PROFIBUS card" },	{ "CP5412", false, "a PROFIBUS card" },
	{ "SMC8000", false, "an SMC network card" },	{ "PCMCIA", false, "a PC card slot" },
};

static bool begins_with_one_of(const char *line, const char *const *words)
{
	for (size_t i = 0; words[i]; i++)
		if (strncasecmp(line, words[i], strlen(words[i])) == 0)
			return true;
	return false;
}

/* A line of a batch file that is more than what every one of them has. */
static bool runs(const char *line)
{
	static const char *const usual[] = { "PATH", "PROMPT", "ECHO", "CLS", "GOTO", "VERIFY", "BREAK", "CD", "CHDIR",
					     "PAUSE", "EXIT", "SET", "@", NULL };
	size_t len = strcspn(line, " \t=;,\\.");

	if (strncasecmp(line, "SET BLASTER", 11) == 0)
		return true;
	if (len == 2 && line[1] == ':' && line[2] != '\\')
		return false;
	for (size_t i = 0; usual[i]; i++)
		if (strlen(usual[i]) == len && strncasecmp(line, usual[i], len) == 0)
			return false;
	return len > 0 || *line == '\\';
}

static bool has_value(const char *line, const char *name)
{
	const char *value = old_text_value(line, name);

	return value && *value && !strchr("\r\n", *value);
}

static bool is_told(const char *path, const char *line)
{
	static const char *const config[] = { "DEVICE", "INSTALL", "BASEDEV", "SHELL", "HIDEVICE", "HIINSTALL", "IFS",
					      "RUN", "PROTSHELL", "MODE ", "SET BLASTER", "IDLEHALT", NULL };
	static const char *const boot_ini[] = { "multi(", "scsi(", "signature(", "default=", NULL };

	if (path_has_suffix(path, ".BAT") || path_has_suffix(path, ".CMD"))
		return runs(line);
	if (path_has_suffix(path, "SYSTEM.INI"))
		return has_value(line, "shell") || strncasecmp(line, "device", 6) == 0;
	if (path_has_suffix(path, "WIN.INI"))
		return has_value(line, "load") || has_value(line, "run");
	if (path_has_suffix(path, "BOOT.INI"))
		return begins_with_one_of(line, boot_ini);
	return path_has_suffix(path, "CONFIG.SYS") && begins_with_one_of(line, config);
}

/* Not more than is of use, and no half of a character at the end. */
static size_t length(const char *line)
{
	size_t len = strnlen(line, LINE_MAX_BYTES);

	while (len && ((unsigned char)line[len] & 0xc0) == 0x80)
		len--;
	return len;
}

static void report_lines(struct inspected_system *sys, const char *path, const char *text)
{
	struct strv lines CLEANUP_STRV = STRV_INIT, kept CLEANUP_STRV = STRV_INIT;
	CLEANUP_FREE char *list = NULL, *readable = dos_to_utf8(text, strlen(text));
	size_t more = 0;

	strv_split(&lines, readable, "\r\n");
	for (size_t i = 0; i < lines.n; i++) {
		const char *line = lines.v[i] + strspn(lines.v[i], " \t@");

		if (!*line || !is_told(path, line))
			continue;
		if (kept.n < LINES)
			strv_addf(&kept, "%.*s", (int)length(line), line);
		else
			more++;
	}
	if (!kept.n)
		return;
	if (more)
		strv_addf(&kept, "and %zu lines more", more);
	list = strv_join(&kept, "; ");
	report_add(&sys->findings, FINDING_NOTE, path, "loads and runs %s", list);
}

static void report_lost(struct inspected_system *sys, const char *path, const char *text)
{
	for (size_t i = 0; i < ARRAY_SIZE(lost); i++)
		if ((lost[i].whole ? old_text_word : old_text_word_start)(text, lost[i].word))
			report_remedy(report_add(&sys->findings, FINDING_WARNING, path,
						 "has a driver for %s ('%s'), which a virtual machine has not",
						 lost[i].what, lost[i].word),
				      "ask what the program needs it for, and pass the device through if "
				      "the target can");
}

void old_lines_report(struct inspected_system *sys, const char *path, const char *text)
{
	report_lines(sys, path, text);
	report_lost(sys, path, text);
}
