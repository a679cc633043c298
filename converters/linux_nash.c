// SPDX-License-Identifier: GPL-2.0-or-later
/* The init script of Red Hat's old mkinitrd, which its own interpreter "nash" runs line by line. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "converters/linux.h"
#include "lib/base/alloc.h"

static bool is_nash(const char *script)
{
	return strncmp(script, "#!", 2) == 0 && memmem(script, strcspn(script, "\n"), "nash", 4);
}

/* Drivers go before the first thing that wants to see a disk. */
static bool wants_disks(const char *line)
{
	static const char *const words[] = { "mkblkdevs", "lvm ", "mkrootdev", "resume ", "mount /sysroot",
					     "scsi_wait", "stabilized", "raidautorun", "dm " };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strncmp(line, words[i], strlen(words[i])) == 0)
			return true;
	return false;
}

char *linux_nash_init(const struct inspection *in, const char *script, const struct strv *paths)
{
	CLEANUP_FREE char *stable = NULL;
	char *result = NULL;
	size_t size = 0;
	bool done = false;
	FILE *out;

	if (!is_nash(script))
		return NULL;
	stable = linux_stable_devices(in, script, NULL, NULL);
	out = open_memstream(&result, &size);
	for (const char *p = stable; *p;) {
		size_t len = strcspn(p, "\n") + 1;

		len = MIN(len, strlen(p));
		if (!done && wants_disks(p)) {
			for (size_t i = 0; i < paths->n; i++)
				fprintf(out, "insmod /%s\n", paths->v[i]);
			done = true;
		}
		fprintf(out, "%.*s", (int)len, p);
		p += len;
	}
	if (fclose(out) != 0)
		abort();
	if (!done)
		free(STEAL(result));
	return result;
}
