// SPDX-License-Identifier: GPL-2.0-or-later
/* Hardware abstraction layers of Windows NT 3.x and 4.0: which one it is, and whether it starts on a virtual PC. */
#include "config.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/base/alloc.h"
#include "lib/nt_hal.h"
#include "lib/old_system.h"
#include "lib/old_text.h"
#include "lib/utf16.h"

enum { TEXT_MAX = 64 };

static const struct nt_hal hals[] = {
#define HAL(...) { __VA_ARGS__ },
#include "lib/nt_hals.def"
#undef HAL
};

char *nt_version_text(const char *data, size_t len, const char *key)
{
	char value[TEXT_MAX + 1];
	size_t key_len = 0, n = 0;
	CLEANUP_FREE char *word = utf16_from_utf8(key, &key_len);
	/* with its two 0 bytes, so that it is the whole of a key */
	const char *at = memmem(data, len, word, key_len + 2), *end = data + len;

	if (!at)
		return NULL;
	at += key_len + 2;
	while (end - at >= 2 && !at[0] && !at[1])
		at += 2;
	for (; end - at >= 2 && !at[1] && isprint((unsigned char)at[0]) && n < TEXT_MAX; at += 2)
		value[n++] = at[0];
	return n ? xstrndup(value, n) : NULL;
}

/* How a program was called when it was made; a file that is copied keeps it. */
static bool was_called(const char *data, size_t len, const char *file)
{
	static const char *const keys[] = { "OriginalFilename", "InternalName" };

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		CLEANUP_FREE char *name = nt_version_text(data, len, keys[i]);

		if (name && strcasecmp(name, file) == 0)
			return true;
	}
	return false;
}

bool nt_kernel_is_multi(const char *data, size_t len)
{
	return was_called(data, len, "ntkrnlmp.exe");
}

static bool has_name(const char *data, size_t len, const char *name)
{
	size_t wide_len = 0;
	CLEANUP_FREE char *wide = utf16_from_utf8(name, &wide_len);

	return memmem(data, len, name, strlen(name)) || memmem(data, len, wide, wide_len);
}

/* Every HAL may call itself hal.dll, as it is called where it runs: that says nothing. */
const struct nt_hal *nt_hal_of(const char *data, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(hals); i++)
		if (has_name(data, len, hals[i].name))
			return &hals[i];
	for (size_t i = 0; i < ARRAY_SIZE(hals); i++)
		if (strcmp(hals[i].file, "hal.dll") != 0 && was_called(data, len, hals[i].file))
			return &hals[i];
	return NULL;
}

/* multi(0)disk(0)rdisk(0)partition(1)\WINNT="Windows NT Workstation Version 4.00" /HAL=halmps.dll */
const char *nt_boot_entry(const char *boot_ini, const char *folder)
{
	size_t len = strlen(folder);

	for (const char *line = boot_ini; line && *line; line = old_text_next(line)) {
		const char *equals = line + strcspn(line, "=\r\n"), *end = equals;

		while (end > line && (end[-1] == ' ' || end[-1] == '\t'))
			end--;
		if (*equals == '=' && (size_t)(end - line) > len && end[-(ptrdiff_t)len - 1] == '\\' &&
		    strncasecmp(end - len, folder, len) == 0)
			return equals + 1;
	}
	return NULL;
}

char *nt_hal_file(const char *entry)
{
	static const char option[] = "/HAL=";
	const char *end = entry ? entry + strcspn(entry, "\r\n") : NULL, *at = entry ? strcasestr(entry, option) : NULL;
	size_t len = 0;

	if (!at || at >= end)
		return xstrdup("hal.dll");
	at += sizeof(option) - 1;
	while (len < TEXT_MAX && (isalnum((unsigned char)at[len]) || (at[len] && strchr("._-~", at[len]))))
		len++;
	return xstrndup(at, len);
}

/* A kernel for several processors goes with a HAL for several, and both have to be of one service pack. */
static void refuse(struct inspected_system *sys, const char *path, const struct nt_hal *hal, bool multi)
{
	report_remedy(report_add(&sys->findings, FINDING_ERROR, path,
				 "its HAL is %s, for %s: it does not start on a virtual PC", hal->file, hal->machine),
		      "put %s of its newest service pack or of its CD beside it as HALPC.DLL, on the old PC or a copy, write "
		      "/HAL=halpc.dll behind its line in BOOT.INI (Microsoft KB Q170756) and capture it again; or try it as "
		      "it is: --family %s", multi ? "HALMPS.DLL" : "HAL.DLL", sys->old->row->id);
}

void nt_hal_judge(struct inspected_system *sys, const char *path, const char *data, size_t len, bool multi)
{
	const struct nt_hal *hal = data ? nt_hal_of(data, len) : NULL;

	sys->old->hal = hal;
	sys->old->multi = multi && hal && hal->multi;
	if (!hal)
		report_remedy(report_add(&sys->findings, FINDING_WARNING, path,
					 data ? "which HAL it is was not found in it: it may be one of the old PC's maker"
					      : "its HAL could not be read"),
			      "if the trial stops at its start, it needs that of a standard PC (Microsoft KB Q156358)");
	else if (!old_text_word(sys->old->row->hal, hal->file))
		refuse(sys, path, hal, multi);
	else
		report_add(&sys->findings, FINDING_NOTE, path, "its HAL is %s, for %s", hal->file, hal->machine);
}
