// SPDX-License-Identifier: GPL-2.0-or-later
/* What a C library would have: texts, files, processes; and the log. */
#include "firstboot.h"

#include <stdarg.h>

char folder[TEXT_MAX], serial_port[32];
DWORD wait_seconds = 120;

/* the compiler calls these by itself */
void *memset(void *to, int c, size_t n);
void *memcpy(void *to, const void *from, size_t n);

void *memset(void *to, int c, size_t n)
{
	for (volatile char *p = to; n; n--)
		*p++ = (char)c;
	return to;
}

void *memcpy(void *to, const void *from, size_t n)
{
	volatile char *p = to;

	for (const char *q = from; n; n--)
		*p++ = *q++;
	return to;
}

static void append(char *to, const char *text)
{
	int n = lstrlenA(to);

	for (; *text && n < TEXT_MAX - 1; text++)
		to[n++] = *text;
	to[n] = 0;
}

void join(char to[TEXT_MAX], ...)
{
	const char *text;
	va_list ap;

	to[0] = 0;
	va_start(ap, to);
	while ((text = va_arg(ap, const char *)))
		append(to, text);
	va_end(ap);
}

const char *number(DWORD n)
{
	static char all[4][12];
	static int next;
	char *at = all[next++ & 3] + 11;

	*at = 0;
	do
		*--at = (char)('0' + n % 10);
	while (n /= 10);
	return at;
}

BOOL begins(const char *text, const char *word)
{
	for (; *word; text++, word++) {
		char a = *text, b = *word;

		if (a >= 'A' && a <= 'Z')
			a |= 0x20;
		if (b >= 'A' && b <= 'Z')
			b |= 0x20;
		if (a != b)
			return FALSE;
	}
	return TRUE;
}

/* Opened for each line: what is written is there when the machine stops. */
static void write_to(const char *name, DWORD how, const char *text)
{
	HANDLE f = CreateFileA(name, GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, how,
			       FILE_ATTRIBUTE_NORMAL, NULL);
	DWORD written;

	if (f == INVALID_HANDLE_VALUE)
		return;
	SetFilePointer(f, 0, NULL, FILE_END);
	WriteFile(f, text, (DWORD)lstrlenA(text), &written, NULL);
	FlushFileBuffers(f);
	CloseHandle(f);
}

void say(const char *first, ...)
{
	static char line[TEXT_MAX], path[TEXT_MAX];
	const char *text = first;
	va_list ap;

	join(line, "rehost: ", NULL);
	va_start(ap, first);
	for (; text; text = va_arg(ap, const char *))
		append(line, text);
	va_end(ap);
	if (lstrlenA(line) > TEXT_MAX - 3)
		line[TEXT_MAX - 3] = 0;
	append(line, "\r\n");
	join(path, folder, "\\firstboot.log", NULL);
	write_to(path, OPEN_ALWAYS, line);
	if (serial_port[0])
		write_to(serial_port, OPEN_EXISTING, line);
}

char *slurp(const char *name)
{
	HANDLE f = CreateFileA(name, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL,
			       OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, NULL);
	char *data = HeapAlloc(GetProcessHeap(), 0, FILE_MAX + 1);
	DWORD got = 0, n;

	if (f == INVALID_HANDLE_VALUE)
		return NULL;
	while (data && got < FILE_MAX && ReadFile(f, data + got, FILE_MAX - got, &n, NULL) && n)
		got += n;
	CloseHandle(f);
	if (data)
		data[got] = 0;
	return data;
}

char *line_of(char **at)
{
	char *start = *at, *end;

	while (*start == '\r' || *start == '\n' || *start == ' ')
		start++;
	if (!*start)
		return NULL;
	for (end = start; *end && *end != '\r' && *end != '\n';)
		end++;
	*at = *end ? end + 1 : end;
	*end = 0;
	return start;
}

char *word_of(char **at)
{
	char *start = *at, *end;

	while (*start == ' ')
		start++;
	for (end = start; *end && *end != ' ';)
		end++;
	*at = *end ? end + 1 : end;
	*end = 0;
	return start;
}

DWORD run_apart(char *command, DWORD seconds)
{
	static STARTUPINFOA how;
	PROCESS_INFORMATION process;
	DWORD status = 0xffffffff;

	how.cb = sizeof(how);
	if (!CreateProcessA(NULL, command, NULL, NULL, FALSE, CREATE_NO_WINDOW, NULL, folder, &how,
			    &process))
		return status;
	if (WaitForSingleObject(process.hProcess, seconds * 1000) == WAIT_OBJECT_0)
		GetExitCodeProcess(process.hProcess, &status);
	else
		TerminateProcess(process.hProcess, status);
	CloseHandle(process.hThread);
	CloseHandle(process.hProcess);
	return status;
}
