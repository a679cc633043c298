// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The capture medium describes the PC that it runs on: what belongs to the medium is left out, the stick and the disk
 * that is written to. It says which these are in /run/rehost-medium (medium/disks.sh).
 */
#include "config.h"

#include <string.h>

#include "lib/base/alloc.h"
#include "lib/probe.h"

#define MEDIUM "run/rehost-medium"

void probe_medium(const struct facts *f, struct machine *m)
{
	if (facts_has(f, MEDIUM))
		m->looked_by = xstrdup("medium");
}

bool probe_is_foreign_disk(const struct facts *f, const char *name)
{
	static const char *const lists[] = { MEDIUM "/stick", MEDIUM "/target" };
	bool foreign = false;

	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		CLEANUP_FREE char *text = facts_read(f, lists[i], NULL);
		struct strv names CLEANUP_STRV = STRV_INIT;

		if (text)
			strv_split(&names, text, " \n");
		foreign |= strv_has(&names, name);
	}
	return foreign;
}

bool probe_has_foreign_disk(const struct facts *f, const char *device)
{
	CLEANUP_FREE char *part = xasprintf("/%s/", device);
	struct strv names CLEANUP_STRV = STRV_INIT;
	bool found = false;

	probe_list(f, &names, "sys/block");
	for (size_t i = 0; !found && i < names.n; i++) {
		CLEANUP_FREE char *path = xasprintf("sys/block/%s", names.v[i]), *real = facts_real(f, path);

		found = real && strstr(real, part) && probe_is_foreign_disk(f, names.v[i]);
	}
	return found;
}

bool probe_is_foreign_size(const struct facts *f, uint64_t blocks)
{
	struct strv names CLEANUP_STRV = STRV_INIT;
	bool foreign = false, own = false;

	probe_list(f, &names, "sys/block");
	for (size_t i = 0; i < names.n; i++) {
		if (probe_u64(f, 0, "sys/block/%s/size", names.v[i]) != blocks)
			continue;
		if (probe_is_foreign_disk(f, names.v[i]))
			foreign = true;
		else
			own = true;
	}
	return foreign && !own;
}

/* It uses its console and its network only as long as it captures. */
void probe_leave_medium(const struct facts *f, struct machine *m)
{
	static const char *const facts[] = { "kernel", "cmdline", "isolated" };
	char **own[] = { &m->kernel, &m->cmdline, &m->isolated, &m->nohz_full };

	(void)f;
	if (!m->looked_by)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(own); i++)
		free(STEAL(*own[i]));
	m->rt_kernel = TRI_UNKNOWN;
	for (size_t i = 0; i < ARRAY_SIZE(facts); i++)
		machine_miss(m, facts[i], "it was the capture medium that looked, not the system of the PC");
	for (size_t i = 0; i < m->n_serials; i++)
		free(STEAL(m->serials[i].usage));
	for (size_t i = 0; i < m->n_nics; i++)
		free(STEAL(m->nics[i].usage));
	for (size_t i = 0; i < m->n_disks; i++)
		free(STEAL(m->disks[i].usage));
}
