// SPDX-License-Identifier: GPL-2.0-or-later
/* Processes that are not our children. */
#include "config.h"

#include <dirent.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/alloc.h"
#include "lib/base/path.h"
#include "lib/base/process.h"
#include "lib/base/size.h"
#include "lib/base/strv.h"

int process_from_file(const char *path)
{
	CLEANUP_FREE char *text = NULL;
	uint64_t pid = 0;

	if (file_read(path, 32, &text, NULL, NULL) < 0)
		return 0;
	text[strcspn(text, "\n")] = '\0';
	return parse_u64(text, 2, INT32_MAX, &pid, NULL) < 0 ? 0 : (int)pid;
}

/* Fields of /proc/PID/stat from the third on: the name in brackets can hold anything; proc(5). */
static void read_stat(int pid, struct strv *ret)
{
	CLEANUP_FREE char *path = xasprintf("/proc/%d/stat", pid), *text = NULL;
	const char *behind;

	if (file_read(path, 4096, &text, NULL, NULL) < 0)
		return;
	behind = strrchr(text, ')');
	if (behind)
		strv_split(ret, behind + 1, " ");
}

bool process_lives(int pid)
{
	struct strv fields CLEANUP_STRV = STRV_INIT;

	read_stat(pid, &fields);
	return fields.n && strcmp(fields.v[0], "Z") != 0 && strcmp(fields.v[0], "X") != 0;
}

double process_uptime(int pid)
{
	struct strv fields CLEANUP_STRV = STRV_INIT;
	struct timespec now;
	uint64_t ticks = 0;

	read_stat(pid, &fields);
	if (fields.n < 20 || parse_u64(fields.v[19], 0, UINT64_MAX, &ticks, NULL) < 0)
		return 0;
	clock_gettime(CLOCK_BOOTTIME, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9 -
	       (double)ticks / (double)sysconf(_SC_CLK_TCK);
}

/* Its arguments, each ended by a zero byte; proc(5). */
static bool has_argument(const char *number, const char *program, const char *argument)
{
	enum { ARGUMENTS_MAX = 64 << 10 };
	CLEANUP_FREE char *path = xasprintf("/proc/%s/cmdline", number), *text = NULL, *base = NULL;
	size_t len = 0, at;

	if (file_read(path, ARGUMENTS_MAX, &text, &len, NULL) < 0 || len == 0)
		return false;
	base = path_basename(text);
	if (strcmp(base, program) != 0)
		return false;
	for (at = strlen(text) + 1; at < len; at += strlen(text + at) + 1)
		if (strcmp(text + at, argument) == 0)
			return true;
	return false;
}

int process_with_argument(const char *program, const char *argument)
{
	DIR *d = opendir("/proc");
	struct dirent *entry;
	uint64_t pid = 0;

	while (d && !pid && (entry = readdir(d)))
		if (parse_u64(entry->d_name, 2, INT32_MAX, &pid, NULL) < 0 ||
		    !has_argument(entry->d_name, program, argument))
			pid = 0;
	if (d)
		closedir(d);
	return (int)pid;
}
