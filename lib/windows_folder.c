// SPDX-License-Identifier: GPL-2.0-or-later
/* The folder of Windows on FAT. Microsoft KB Q118579, "Contents of the Windows Msdos.sys File". */
#include "config.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/base/alloc.h"
#include "lib/old_text.h"
#include "lib/windows_folder.h"

enum { TEXT_MAX = 64 << 10, PATH_LEN_MAX = 64 };

/* A text, with remarks blanked; NULL: there is none, or it is no text. */
static char *read_text(const struct fatfs *fs, const char *name)
{
	CLEANUP_FREE char *text = NULL;
	size_t len = 0;

	if (fatfs_read(fs, name, TEXT_MAX, &text, &len, NULL) < 0 || memchr(text, 0, len))
		return NULL;
	old_text_blank_remarks(text);
	return STEAL(text);
}

/* "C:\WIN\31;…" as "WIN/31"; NULL: it is on another drive than the one that was started from. */
static char *folder_of(const char *value)
{
	size_t len = strcspn(value, ";\r\n \t\""), n = 0;
	char *path;

	if (len < 4 || len > PATH_LEN_MAX || toupper((unsigned char)value[0]) != 'C' || value[1] != ':' ||
	    value[2] != '\\')
		return NULL;
	path = xstrndup(value + 3, len - 3);
	for (char *p = path; *p; p++, n++)
		*p = *p == '\\' ? '/' : (char)toupper((unsigned char)*p);
	if (n && path[n - 1] == '/')
		path[n - 1] = '\0';
	return path;
}

static bool has(const struct fatfs *fs, const char *folder, const char *name)
{
	CLEANUP_FREE char *path = xasprintf("%s/%s", folder, name);

	return fatfs_has_bytes(fs, path);
}

static void read_msdos_sys(struct windows_folder *w, const struct fatfs *fs)
{
	CLEANUP_FREE char *text = read_text(fs, "MSDOS.SYS");

	for (const char *line = text ? text : ""; *line; line = old_text_next(line)) {
		const char *dir = old_text_value(line, "WinDir"), *release = old_text_value(line, "WinVer");

		w->paths |= strncasecmp(line, "[Paths]", 7) == 0;
		if (dir && !w->path)
			w->path = folder_of(dir);
		/* 4.00.950, 4.10.1998 */
		for (size_t n = 0; release && n < 4 && (isdigit((unsigned char)release[n]) || release[n] == '.'); n++)
			w->release[n] = release[n];
	}
	w->paths |= w->release[0] != '\0';
	if (w->path && !has(fs, w->path, "WIN.COM") && !has(fs, w->path, "SYSTEM.DAT"))
		free(STEAL(w->path));
}

/* PATH C:\DOS;C:\WIN31 and SET PATH=… */
static char *from_path(const struct fatfs *fs)
{
	CLEANUP_FREE char *text = read_text(fs, "AUTOEXEC.BAT");

	for (const char *line = text ? text : ""; *line; line = old_text_next(line)) {
		const char *p = line + strspn(line, " \t@"), *end = p + strcspn(p, "\r\n");

		if (strncasecmp(p, "SET ", 4) == 0)
			p += 4 + strspn(p + 4, " \t");
		if (strncasecmp(p, "PATH", 4) != 0 || isalnum((unsigned char)p[4]))
			continue;
		for (p += 4 + strspn(p + 4, " \t="); p < end; p += strcspn(p, ";\r\n"), p += *p == ';') {
			CLEANUP_FREE char *folder = folder_of(p);

			if (folder && has(fs, folder, "WIN.COM"))
				return STEAL(folder);
		}
	}
	return NULL;
}

void windows_folder_find(struct windows_folder *ret, const struct fatfs *fs)
{
	static const char *const usual[] = { "WINDOWS", "WIN", "WIN3", "WIN31", "WIN311", "WFW", "WFW311", "WIN95",
					     "WIN98", "WINME", NULL };
	struct windows_folder w = { 0 };

	read_msdos_sys(&w, fs);
	if (!w.path)
		w.path = from_path(fs);
	for (size_t i = 0; usual[i] && !w.path; i++)
		if (has(fs, usual[i], "WIN.COM") || has(fs, usual[i], "SYSTEM.DAT"))
			w.path = xstrdup(usual[i]);
	*ret = w;
}

void windows_folder_clear(struct windows_folder *w)
{
	free(w->path);
	*w = (struct windows_folder){ 0 };
}
