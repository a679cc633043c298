// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Target acrn: can this host run ACRN at all? What a profile does not tell is told apart from what the
 * processor has not: an old board file that lacks an ability has mostly not recorded it.
 */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/strv.h"
#include "lib/target/acrn.h"

enum {
	CPUID_LEVEL = 0x15,	/* tells the frequency of the time stamp counter */
	SMALL_ADDRESSES = 39,	/* more address bits need pages of 1 GiB         */
};

/* Abilities by the name that Linux gives them. */
static const struct {
	const char *flag, *what;
} needed[] = {
	{ "lm", "64-bit mode" },
	{ "vmx", "VT-x" },
	{ "nx", "execute disable" },
	{ "smep", "SMEP" },
	{ "smap", "SMAP" },
	{ "mtrr", "MTRR" },
	{ "clflushopt", "CLFLUSHOPT" },
	{ "x2apic", "x2APIC" },
	{ "popcnt", "POPCNT" },
	{ "sse", "SSE" },
	{ "rdrand", "RDRAND" },
	{ "erms", "fast string operations" },
	{ "nonstop_tsc", "an invariant time stamp counter" },
	{ "tsc_deadline_timer", "the TSC deadline timer" },
}, needed_vmx[] = {
	{ "ept", "extended page tables" },
	{ "vpid", "virtual processor numbers" },
	{ "unrestricted_guest", "unrestricted guests" },
	{ "tsc_offset", "an offset of the time stamp counter" },
	{ "vtpr", "a shadow of the task priority" },
	{ "vapic", "virtual APIC accesses" },
	{ "invvpid", "INVVPID" },
};

static void absent(struct report *ret, const char *name, const char *what)
{
	acrn_wrong(ret, FINDING_ERROR, name, "switch it on in the firmware, or take another host: ACRN "
		   "wants an Intel processor of the Skylake age or newer",
		   "the host has not %s, which ACRN needs", what);
}

static void not_recorded(struct report *ret, const char *name, const char *what)
{
	acrn_wrong(ret, FINDING_WARNING, name, "make the profile on the host itself: rehost profile",
		   "whether the host has %s is not recorded in the profile", what);
}

static void check_flags(const struct machine *m, struct report *ret)
{
	struct strv flags CLEANUP_STRV = STRV_INIT;

	if (!m->cpu_flags) {
		not_recorded(ret, m->name, "the abilities of the processor that ACRN needs");
		return;
	}
	strv_split(&flags, m->cpu_flags, " ");
	for (size_t i = 0; i < ARRAY_SIZE(needed); i++)
		if (!strv_has(&flags, needed[i].flag))
			absent(ret, m->name, needed[i].what);
	if (m->physical_bits > SMALL_ADDRESSES && !strv_has(&flags, "pdpe1gb"))
		absent(ret, m->name, "pages of 1 GiB");
	if (strv_has(&flags, "ht") && m->n_threads && m->threads[0].siblings &&
	    strpbrk(m->threads[0].siblings, ",-"))
		acrn_wrong(ret, FINDING_NOTE, m->name, "switch it off in the firmware where a guest needs "
			   "a core for itself", "threads share cores (Hyper-Threading)");
}

/* Kernels before 5.9 do not list them. */
static void check_vmx(const struct machine *m, struct report *ret)
{
	struct strv flags CLEANUP_STRV = STRV_INIT;

	if (!m->vmx_flags) {
		if (m->nested_paging == TRI_NO)
			absent(ret, m->name, "extended page tables");
		else if (m->unrestricted_guest == TRI_NO)
			absent(ret, m->name, "unrestricted guests");
		else
			not_recorded(ret, m->name, "the abilities of VT-x that ACRN needs");
		return;
	}
	strv_split(&flags, m->vmx_flags, " ");
	for (size_t i = 0; i < ARRAY_SIZE(needed_vmx); i++)
		if (!strv_has(&flags, needed_vmx[i].flag))
			absent(ret, m->name, needed_vmx[i].what);
	if (m->physical_bits > SMALL_ADDRESSES && !strv_has(&flags, "ept_1gb"))
		absent(ret, m->name, "extended page tables of 1 GiB");
}

static void check_numbers(const struct machine *m, struct report *ret)
{
	if (!m->physical_bits)
		not_recorded(ret, m->name, "as many address bits as ACRN takes");
	if (!m->cpuid_level)
		not_recorded(ret, m->name, "CPUID leaf 0x15");
	else if (m->cpuid_level < CPUID_LEVEL)
		absent(ret, m->name, "CPUID leaf 0x15");
	if (!m->iommu)
		not_recorded(ret, m->name, "VT-d");
	else if (strcmp(m->iommu, "vt-d") != 0)
		absent(ret, m->name, "VT-d (an IOMMU of Intel)");
}

static void check_domains(const struct machine *m, struct report *ret)
{
	for (size_t i = 0; i < m->n_pci; i++)
		if (strncmp(m->pci[i].bdf, "0000:", 5) != 0) {
			acrn_wrong(ret, FINDING_WARNING, m->name, "switch off VMD in the firmware",
				   "PCI function %s is in a second PCI domain, which ACRN's board "
				   "inspector refuses", m->pci[i].bdf);
			return;
		}
}

/* ACRN's allocators count them, and the hypervisor starts all that the firmware names. */
static void check_numbering(const struct machine *m, struct report *ret)
{
	for (uint32_t cpu = 0; cpu < m->n_threads; cpu++) {
		bool found = false;

		for (size_t i = 0; i < m->n_threads; i++)
			found |= m->threads[i].cpu == cpu;
		if (found)
			continue;
		acrn_wrong(ret, FINDING_ERROR, m->name, "switch all processors on and make the profile again",
			   "processor %" PRIu32 " is missing among the %zu of the host, and ACRN wants "
			   "numbers without holes", cpu, m->n_threads);
		return;
	}
}

void acrn_check_host(const struct acrn_layout *l, struct report *ret)
{
	const struct machine *m = &l->plan->host;

	if (m->n_threads == 0)
		acrn_wrong(ret, FINDING_ERROR, m->name, "make the profile on the host itself",
			   "the host's processors are not recorded in the profile");
	if (!m->arch || strcmp(m->arch, "x86_64") != 0) {
		absent(ret, m->name, "a 64-bit Intel processor");
		return;
	}
	if (!m->cpu_vendor)
		not_recorded(ret, m->name, "a processor of Intel");
	else if (strcmp(m->cpu_vendor, "GenuineIntel") != 0) {
		absent(ret, m->name, "a processor of Intel");
		return;
	}
	if (m->virtual == TRI_YES)
		acrn_wrong(ret, FINDING_WARNING, m->name, "take a computer, or a virtual machine with "
			   "nested VT-x and a virtual IOMMU",
			   "the host is itself a virtual machine");
	check_flags(m, ret);
	check_vmx(m, ret);
	check_numbers(m, ret);
	check_numbering(m, ret);
	check_domains(m, ret);
}
