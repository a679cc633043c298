// SPDX-License-Identifier: GPL-2.0-or-later
/* How long a process had to wait for a processor. */
#include "config.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>

#include "lib/base/alloc.h"
#include "lib/waited.h"

static double waited_of_thread(pid_t pid, const char *thread)
{
	CLEANUP_FREE char *path = xasprintf("/proc/%d/task/%s/schedstat", (int)pid, thread);
	FILE *f = fopen(path, "re");
	uint64_t waited = 0;
	int n;

	if (!f)
		return 0;
	n = fscanf(f, "%*u %" SCNu64, &waited);
	fclose(f);
	return n == 1 ? (double)waited / 1e9 : 0;
}

double waited_seconds(pid_t pid)
{
	CLEANUP_FREE char *path = xasprintf("/proc/%d/task", (int)pid);
	DIR *d = opendir(path);
	struct dirent *entry;
	double most = 0;

	while (d && (entry = readdir(d)))
		most = MAX(most, waited_of_thread(pid, entry->d_name));
	if (d)
		closedir(d);
	return most;
}
