// SPDX-License-Identifier: GPL-2.0-or-later
/* Processors: threads, cores, packages, and which of them are efficiency cores. */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/size.h"
#include "lib/cpulist.h"
#include "lib/probe.h"

#define CPUS "sys/devices/system/cpu"

static bool read_set(const struct facts *f, const char *path, struct cpuset *ret)
{
	CLEANUP_FREE char *list = probe_text(f, "%s", path);
	struct error err CLEANUP_ERROR = ERROR_INIT;

	return list && cpulist_parse(list, ret, &err) == 0;
}

static uint32_t mhz_of(const struct facts *f, uint32_t cpu, const char *file)
{
	return probe_u32(f, 0, CPUS "/cpu%" PRIu32 "/cpufreq/%s", cpu, file) / 1000;
}

static int64_t optional_id(const struct facts *f, uint32_t cpu, const char *file)
{
	uint32_t id = probe_u32(f, UINT32_MAX, CPUS "/cpu%" PRIu32 "/topology/%s", cpu, file);

	/* the kernel writes 65535 or -1 where a level does not exist */
	return id >= 65535 ? -1 : (int64_t)id;
}

static void add_thread(const struct facts *f, uint32_t cpu, struct machine *m)
{
	struct machine_thread *t = APPEND(m->threads, m->n_threads);

	*t = (struct machine_thread){
		.cpu = cpu,
		.core = probe_u32(f, cpu, CPUS "/cpu%" PRIu32 "/topology/core_id", cpu),
		.package = probe_u32(f, 0, CPUS "/cpu%" PRIu32 "/topology/physical_package_id",
				     cpu),
		.die = optional_id(f, cpu, "die_id"),
		.cluster = optional_id(f, cpu, "cluster_id"),
		.apic = -1,
		.siblings = probe_text(f, CPUS "/cpu%" PRIu32 "/topology/thread_siblings_list",
				       cpu),
		.base_mhz = mhz_of(f, cpu, "base_frequency"),
		.max_mhz = mhz_of(f, cpu, "cpuinfo_max_freq"),
	};
	if (t->package == UINT32_MAX)
		t->package = 0;
}

/* Blocks of /proc/cpuinfo: the APIC number of each CPU, and the nominal speed in its model name. */
static void read_cpuinfo(const char *text, struct machine *m)
{
	for (const char *block = strstr(text, "processor"); block;) {
		const char *next = strstr(block, "\n\n");
		CLEANUP_FREE char *one = next ? xstrndup(block, (size_t)(next - block))
					      : xstrdup(block);
		CLEANUP_FREE char *cpu = probe_key(one, "processor");
		CLEANUP_FREE char *apic = probe_key(one, "apicid");
		struct error err CLEANUP_ERROR = ERROR_INIT;
		uint64_t n = 0, id = 0;

		if (cpu && apic && parse_u64(cpu, 0, CPU_MAX, &n, &err) == 0 &&
		    parse_u64(apic, 0, UINT32_MAX, &id, &err) == 0)
			for (size_t i = 0; i < m->n_threads; i++)
				if (m->threads[i].cpu == n)
					m->threads[i].apic = (int64_t)id;
		block = next ? strstr(next, "processor") : NULL;
	}
}

static bool has_flag(const char *flags, const char *flag)
{
	struct strv list CLEANUP_STRV = STRV_INIT;

	if (flags)
		strv_split(&list, flags, " ");
	return strv_has(&list, flag);
}

static const char *arch_of(const char *cpuinfo, const char *flags)
{
	CLEANUP_FREE char *arm = probe_key(cpuinfo, "CPU architecture");

	if (flags)
		return has_flag(flags, "lm") ? "x86_64" : "i686";
	return arm && strcmp(arm, "8") == 0 ? "aarch64" : "other";
}

/* "… CPU 2.40GHz" names the speed that the maker guarantees. */
static uint32_t mhz_in_name(const char *model)
{
	const char *ghz = model ? strstr(model, "GHz") : NULL, *start = ghz;
	struct error err CLEANUP_ERROR = ERROR_INIT;
	uint64_t whole = 0, cents = 0;
	struct strv parts CLEANUP_STRV = STRV_INIT;
	CLEANUP_FREE char *number = NULL;

	if (!ghz)
		return 0;
	while (start > model && start[-1] != ' ')
		start--;
	number = xstrndup(start, (size_t)(ghz - start));
	strv_split(&parts, number, ".");
	if (parts.n != 2 || strlen(parts.v[1]) != 2 ||
	    parse_u64(parts.v[0], 0, 99, &whole, &err) < 0 ||
	    parse_u64(parts.v[1][0] == '0' ? parts.v[1] + 1 : parts.v[1], 0, 99, &cents, &err) < 0)
		return 0;
	return (uint32_t)(whole * 1000 + cents * 10);
}

/* Not a guarantee, but on an old PC without power management it is the speed. */
static uint32_t mhz_now(const char *cpuinfo)
{
	CLEANUP_FREE char *text = probe_key(cpuinfo, "cpu MHz");
	struct error err CLEANUP_ERROR = ERROR_INIT;
	uint64_t mhz = 0;

	if (!text)
		return 0;
	text[strcspn(text, ".")] = '\0';
	return parse_u64(text, 1, 100000, &mhz, &err) < 0 ? 0 : (uint32_t)mhz;
}

static void fill_speed(const char *cpuinfo, struct machine *m)
{
	uint32_t named = mhz_in_name(m->cpu_model), now = mhz_now(cpuinfo);
	bool guessed = false;

	for (size_t i = 0; i < m->n_threads; i++) {
		struct machine_thread *t = &m->threads[i];

		if (t->base_mhz)
			continue;
		t->base_mhz = named && t->efficiency != TRI_YES ? named : 0;
		if (!t->base_mhz && !t->max_mhz) {
			t->base_mhz = now;
			guessed = now != 0;
		}
	}
	if (guessed)
		machine_miss(m, "base-mhz", "no cpufreq/base_frequency and no speed in the model "
					    "name: the speed while probing stands in");
	else if (m->n_threads && !m->threads[0].base_mhz)
		machine_miss(m, "base-mhz", "no cpufreq/base_frequency and no speed in the model "
					    "name");
}

static void fill_core_types(const struct facts *f, struct machine *m)
{
	struct cpuset big = CPUSET_INIT, small = CPUSET_INIT;
	bool hybrid = read_set(f, "sys/devices/cpu_core/cpus", &big) &&
		      read_set(f, "sys/devices/cpu_atom/cpus", &small);

	for (size_t i = 0; i < m->n_threads; i++) {
		uint32_t cpu = m->threads[i].cpu;

		m->threads[i].efficiency = hybrid && cpuset_has(&small, cpu) ? TRI_YES : TRI_NO;
	}
}

static uint32_t number_of(const char *cpuinfo, const char *key)
{
	CLEANUP_FREE char *text = probe_key(cpuinfo, key);
	struct error err CLEANUP_ERROR = ERROR_INIT;
	uint64_t n = 0;

	return text && parse_u64(text, 0, UINT32_MAX, &n, &err) == 0 ? (uint32_t)n : 0;
}

/* "address sizes : 39 bits physical, 48 bits virtual" */
static void fill_address_bits(const char *cpuinfo, struct machine *m)
{
	CLEANUP_FREE char *text = probe_key(cpuinfo, "address sizes");
	struct strv words CLEANUP_STRV = STRV_INIT;
	struct error err CLEANUP_ERROR = ERROR_INIT;
	uint64_t physical = 0, virtual = 0;

	if (text)
		strv_split(&words, text, " ");
	if (words.n != 6 || parse_u64(words.v[0], 1, 64, &physical, &err) < 0 ||
	    parse_u64(words.v[3], 1, 64, &virtual, &err) < 0)
		return;
	m->physical_bits = (uint32_t)physical;
	m->virtual_bits = (uint32_t)virtual;
}

static void fill_abilities(const char *cpuinfo, const char *flags, struct machine *m)
{
	m->cpu_flags = flags ? xstrdup(flags) : NULL;
	m->vmx_flags = probe_key(cpuinfo, "vmx flags");
	m->cpu_family = number_of(cpuinfo, "cpu family");
	m->cpu_number = number_of(cpuinfo, "model");
	m->cpu_stepping = number_of(cpuinfo, "stepping");
	m->cpuid_level = number_of(cpuinfo, "cpuid level");
	fill_address_bits(cpuinfo, m);
}

static void fill_model(const char *cpuinfo, const char *flags, struct machine *m)
{
	m->arch = xstrdup(arch_of(cpuinfo, flags));
	m->cpu_vendor = probe_key(cpuinfo, "vendor_id");
	m->cpu_model = probe_key(cpuinfo, "model name");
	if (!m->cpu_model)
		machine_miss(m, "cpu-model", "proc/cpuinfo has no line 'model name'");
	if (flags)
		m->virtual = has_flag(flags, "hypervisor") ? TRI_YES : TRI_NO;
}

void probe_cpus(const struct facts *f, struct machine *m)
{
	CLEANUP_FREE char *cpuinfo = facts_read(f, "proc/cpuinfo", NULL);
	CLEANUP_FREE char *flags = cpuinfo ? probe_key(cpuinfo, "flags") : NULL;
	struct cpuset online = CPUSET_INIT;

	if (!cpuinfo) {
		machine_miss(m, "cpu-model", "proc/cpuinfo is not there");
		cpuinfo = xstrdup("");
	}
	fill_model(cpuinfo, flags, m);
	fill_abilities(cpuinfo, flags, m);
	if (!read_set(f, CPUS "/online", &online)) {
		machine_miss(m, "topology", "sys/devices/system/cpu/online is not there: one "
					    "processor is assumed");
		cpuset_add(&online, 0);
	}
	m->online = cpulist_format(&online);
	for (uint32_t cpu = 0; cpu < CPU_MAX; cpu++)
		if (cpuset_has(&online, cpu))
			add_thread(f, cpu, m);
	read_cpuinfo(cpuinfo, m);
	fill_core_types(f, m);
	fill_speed(cpuinfo, m);
}
