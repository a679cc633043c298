// SPDX-License-Identifier: GPL-2.0-or-later
/* Describes a computer from its /sys and /proc: the order of the probes, and what nobody else sets. */
#include "config.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/probe.h"

/* A host name may hold what the name of a document may not. */
char *machine_name_from(const char *text)
{
	char *name = xstrndup(text, 63);

	for (char *c = name; *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr("_.-", *c))
			*c = '-';
	if (!isalnum((unsigned char)name[0]))
		name[0] = 'x';
	return name;
}

static void probe_name(const struct facts *f, struct machine *m)
{
	CLEANUP_FREE char *host = probe_text(f, "proc/sys/kernel/hostname");
	CLEANUP_FREE char *etc = probe_text(f, "etc/hostname");

	if (!host && !etc)
		machine_miss(m, "name", "neither proc/sys/kernel/hostname nor etc/hostname");
	m->name = machine_name_from(host ? host : etc ? etc : "unnamed");
}

void machine_default_reserve(struct machine *m)
{
	m->spare_percent = 20;
	if (m->n_threads > 1)
		m->reserve_cpus = xasprintf("%" PRIu32, m->threads[0].cpu);
	m->reserve_memory = MIN(UINT64_C(1) << 30, m->usable / 4);
	m->reserve_memory &= ~((UINT64_C(1) << 20) - 1);
}

void machine_probe_facts(struct machine *ret, const struct facts *f)
{
	static void (*const probes[])(const struct facts *, struct machine *) = {
		probe_medium, probe_name, probe_kernel, probe_dmi, probe_firmware, probe_clock, probe_cpus, probe_caches,
		probe_memory, probe_pci, probe_groups, probe_virtualization, probe_nics,
		probe_serials, probe_ports, probe_usb, probe_disks, probe_bios_disks,
		probe_leave_medium,
	};

	for (size_t i = 0; i < ARRAY_SIZE(probes); i++)
		probes[i](f, ret);
	machine_default_reserve(ret);
}

int machine_probe(struct machine *ret, const char *root, struct error *err)
{
	struct facts f CLEANUP_FACTS = FACTS_INIT;
	struct machine m = MACHINE_INIT;

	if (facts_open(&f, root, err) < 0)
		return -1;
	machine_probe_facts(&m, &f);
	*ret = m;
	return 0;
}
