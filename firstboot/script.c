// SPDX-License-Identifier: GPL-2.0-or-later
/* Scripts in order of their names, and the state that survives a reboot in the middle of one. */
#include "firstboot.h"

enum { SCRIPT_SECONDS = 900 };

static char state_file[TEXT_MAX];

static const char *state_path(void)
{
	join(state_file, folder, "\\state.txt", NULL);
	return state_file;
}

void state_add(const char *prefix, const char *item)
{
	static char line[TEXT_MAX];
	HANDLE f = CreateFileA(state_path(), GENERIC_WRITE, FILE_SHARE_READ, NULL, OPEN_ALWAYS,
			       FILE_ATTRIBUTE_NORMAL, NULL);
	DWORD written;

	if (f == INVALID_HANDLE_VALUE)
		return;
	join(line, prefix, " ", item, "\r\n", NULL);
	SetFilePointer(f, 0, NULL, FILE_END);
	WriteFile(f, line, (DWORD)lstrlenA(line), &written, NULL);
	FlushFileBuffers(f);
	CloseHandle(f);
}

DWORD state_count(const char *prefix, const char *item)
{
	static char wanted[TEXT_MAX];
	char *text = slurp(state_path()), *at = text, *line;
	DWORD n = 0;

	join(wanted, prefix, " ", item, NULL);
	while (at && (line = line_of(&at)))
		n += lstrcmpA(line, wanted) == 0;
	if (text)
		HeapFree(GetProcessHeap(), 0, text);
	return n;
}

BOOL state_begin(const char *item)
{
	if (state_count("done", item))
		return FALSE;
	if (state_count("begin", item) >= BEGINS_MAX) {
		say("first boot: '", item, "' was begun twice and never done: left out", NULL);
		state_add("done", item);
		return FALSE;
	}
	state_add("begin", item);
	return TRUE;
}

void state_done(const char *item)
{
	state_add("done", item);
}

/* The next name after @last, whatever order the file system has them in. */
static BOOL next_script(const char *last, char ret[MAX_PATH])
{
	static char pattern[TEXT_MAX];
	WIN32_FIND_DATAA found;
	HANDLE h;

	ret[0] = 0;
	join(pattern, folder, "\\scripts\\*.cmd", NULL);
	h = FindFirstFileA(pattern, &found);
	if (h == INVALID_HANDLE_VALUE)
		return FALSE;
	do {
		if (lstrcmpiA(found.cFileName, last) > 0 &&
		    (!ret[0] || lstrcmpiA(found.cFileName, ret) < 0))
			lstrcpynA(ret, found.cFileName, MAX_PATH);
	} while (FindNextFileA(h, &found));
	FindClose(h);
	return ret[0] != 0;
}

DWORD run_scripts(void)
{
	static char command[TEXT_MAX], shell[MAX_PATH];
	char last[MAX_PATH] = "", name[MAX_PATH];

	GetSystemDirectoryA(shell, sizeof(shell));
	while (next_script(last, name)) {
		lstrcpynA(last, name, MAX_PATH);
		if (!state_begin(name))
			continue;
		say("first boot: script ", name, NULL);
		join(command, "\"", shell, "\\cmd.exe\" /c \"\"", folder, "\\scripts\\", name, "\" >>\"",
		     folder, "\\scripts.log\" 2>&1\"", NULL);
		DWORD status = run_apart(command, SCRIPT_SECONDS);

		state_done(name);
		say("first boot: script ", name, status == 0xffffffff ? " did not end" : " ended with ",
		    status == 0xffffffff ? "" : number(status), NULL);
	}
	return 0;
}
