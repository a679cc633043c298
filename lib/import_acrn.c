// SPDX-License-Identifier: GPL-2.0-or-later
/* ACRN's board.xml: processors, caches, memory, and the facts that it holds as lines of text. */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/strv.h"
#include "lib/cpulist.h"
#include "lib/import_private.h"

/* Source: ACRN, misc/config_tools/board_inspector: what the file holds and where it is from. */

static char *section(const xmlNode *root, const char *name)
{
	const xmlNode *node = xml_child(root, name);

	return node ? xml_text(node) : NULL;
}

/* What follows @key on its line of a section, without blanks around it; NULL if there is none. */
static char *line_value(const xmlNode *root, const char *name, const char *key)
{
	CLEANUP_FREE char *text = section(root, name);
	char *at = text ? strstr(text, key) : NULL;
	size_t len;

	if (!at)
		return NULL;
	at += strlen(key);
	at += strspn(at, " \t");
	len = strcspn(at, "\r\n");
	while (len && (at[len - 1] == ' ' || at[len - 1] == '\t'))
		len--;
	return len ? xstrndup(at, len) : NULL;
}

static void read_board(struct machine *m, const xmlNode *root)
{
	CLEANUP_FREE char *board = xml_get(root, "board");
	CLEANUP_FREE char *vendor = line_value(root, "BIOS_INFO", "Vendor:");
	CLEANUP_FREE char *version = line_value(root, "BIOS_INFO", "Version:");
	CLEANUP_FREE char *tpm = section(root, "TPM_INFO");
	CLEANUP_FREE char *drhd = line_value(root, "DRHD_INFO", "#define DRHD_COUNT");

	if (board && *board)
		m->name = machine_name_from(board);
	m->vendor = line_value(root, "BASE_BOARD_INFO", "Manufacturer:");
	m->product = line_value(root, "BASE_BOARD_INFO", "Product Name:");
	if (vendor && version)
		m->bios = xasprintf("%s %s", vendor, version);
	if (tpm && strstr(tpm, "TPM2"))
		m->tpm = xstrdup("2.0");
	else if (tpm && strstr(tpm, "no TPM"))
		m->tpm = xstrdup("none");
	if (drhd && *drhd > '0' && *drhd <= '9')
		m->iommu = xstrdup("vt-d");
}

static bool has_capability(const xmlNode *model, const char *id)
{
	XML_EACH(node, model, "capability") {
		CLEANUP_FREE char *have = xml_get(node, "id");

		if (have && strcmp(have, id) == 0)
			return true;
	}
	return false;
}

/* Our names, which are those of Linux, and the board inspector's where they differ. */
struct ability {
	const char *ours, *theirs;
};

/* Source: ACRN, board_inspector/cpuparser/cpuids.py, msr.py; Linux, arch/x86/include/asm/cpufeatures.h. */
static const struct ability cpu_abilities[] = {
	{ "aes", "aes" }, { "apic", "apic" }, { "avx", "avx" }, { "avx2", "avx2" },
	{ "clflush", "clfsh" }, { "clflushopt", "clflushopt" }, { "cx16", "cmpxchg16b" },
	{ "cx8", "cx8" }, { "erms", "erms" }, { "fpu", "fpu" }, { "fsgsbase", "fsgsbase" },
	{ "ht", "htt" }, { "hypervisor", "hypervisor" }, { "invpcid", "invpcid" },
	{ "lm", "intel_64" }, { "mce", "mce" }, { "msr", "msr" }, { "mtrr", "mtrr" },
	{ "nonstop_tsc", "invariant_tsc" }, { "nx", "execute_disable" }, { "pae", "pae" },
	{ "pat", "pat" }, { "pcid", "pcid" }, { "pdpe1gb", "gbyte_pages" }, { "pge", "pge" },
	{ "popcnt", "popcnt" }, { "pse", "pse" }, { "rdrand", "rdrand" }, { "rdseed", "rdseed" },
	{ "rdtscp", "rdtscp_ia32_tsc_aux" }, { "sep", "sep" }, { "smap", "smap" },
	{ "smep", "smep" }, { "sse", "sse" }, { "sse2", "sse2" }, { "sse4_1", "sse4_1" },
	{ "sse4_2", "sse4_2" }, { "ssse3", "ssse3" }, { "tsc", "tsc" },
	{ "tsc_deadline_timer", "tsc_deadline" }, { "vmx", "vmx" }, { "x2apic", "x2apic" },
	{ "xsave", "xsave" },
}, vmx_abilities[] = {
	{ "ept", "vmx_procbased_ctls2_ept" }, { "ept_1gb", "vmx_ept_1gb_page" },
	{ "invvpid", "invvpid" }, { "tsc_offset", "vmx_procbased_ctls_tsc_off" },
	{ "unrestricted_guest", "vmx_procbased_ctls2_unrestrict" },
	{ "vapic", "vmx_procbased_ctls2_vapic" }, { "vpid", "vmx_procbased_ctls2_vpid" },
	{ "vtpr", "vmx_procbased_ctls_tpr_shadow" },
};

/*
 * One that every processor has of each CPUID leaf, or register of VT-x, that the lists are read from: without
 * it an inspector did not look there, and what is not in the file can be there nevertheless.
 */
static const char *const cpu_marks[] = { "fpu", "fsgsbase", "intel_64", "invariant_tsc", NULL };
static const char *const vmx_marks[] = { "vmx_procbased_ctls_hlt", "invept", NULL };

/* Of all kinds of cores; a machine is as able as the least of them. */
static bool all_have(const xmlNode *processors, const char *id)
{
	XML_EACH(model, processors, "model")
		if (!has_capability(model, id))
			return false;
	return true;
}

/* NULL if the file does not tell. */
static char *abilities(const xmlNode *processors, const char *const *marks,
		       const struct ability *list, size_t n)
{
	struct strv names CLEANUP_STRV = STRV_INIT;

	for (size_t i = 0; marks[i]; i++)
		if (!all_have(processors, marks[i]))
			return NULL;
	for (size_t i = 0; i < n; i++)
		if (all_have(processors, list[i].theirs))
			strv_add(&names, list[i].ours);
	return strv_join(&names, " ");
}

/* An ability that is not in the file was not recorded, which does not say that it is not there. */
static void read_model(struct machine *m, const xmlNode *root)
{
	const xmlNode *model = xml_child(xml_child(root, "processors"), "model");
	CLEANUP_FREE char *name = model ? xml_get(model, "description") : NULL;

	m->arch = xstrdup("x86_64");	/* ACRN runs on nothing else that has a board.xml */
	if (!model)
		return;
	m->cpu_model = STEAL(name);
	if (m->cpu_model && strstr(m->cpu_model, "Intel"))
		m->cpu_vendor = xstrdup("GenuineIntel");
	if (has_capability(model, "vmx")) {
		m->virtualization = xstrdup("vmx");
		m->nested_paging = has_capability(model, "ept") ? TRI_YES : TRI_UNKNOWN;
		m->unrestricted_guest = has_capability(model, "vmx_procbased_ctls2_unrestrict") ||
					has_capability(model, "unrestrict") ? TRI_YES : TRI_UNKNOWN;
		m->apicv = has_capability(model, "apicv") ? TRI_YES : TRI_UNKNOWN;
	}
	m->virtual = has_capability(model, "hypervisor") ? TRI_YES : TRI_UNKNOWN;
	m->cpu_flags = abilities(model->parent, cpu_marks, cpu_abilities, ARRAY_SIZE(cpu_abilities));
	m->vmx_flags = abilities(model->parent, vmx_marks, vmx_abilities, ARRAY_SIZE(vmx_abilities));
	XML_EACH(node, model, "attribute") {
		CLEANUP_FREE char *id = xml_get(node, "id");
		CLEANUP_FREE char *text = xml_text(node);

		if (id && strcmp(id, "physical_address_bits") == 0)
			m->physical_bits = (uint32_t)MIN(import_u64(text, 0), UINT64_C(64));
		else if (id && strcmp(id, "cpuid_level") == 0)
			m->cpuid_level = (uint32_t)MIN(import_u64(text, 0), UINT64_C(0xffff));
	}
}

/* "{0x961UL, …}, P0": the second state of the list is the speed without turbo, in MHz. */
static uint32_t px_mhz(const xmlNode *root)
{
	CLEANUP_FREE char *text = section(root, "PX_INFO");
	const char *first = text ? strchr(text, '{') : NULL;
	const char *second = first ? strchr(first + 1, '{') : NULL;
	CLEANUP_FREE char *number = second ? xstrndup(second + 1, strcspn(second + 1, "U,}")) : NULL;
	uint64_t mhz = import_u64(number, 0);

	return mhz >= 100 && mhz < 20000 ? (uint32_t)mhz : 0;
}

struct walk {
	struct machine *m;
	uint32_t mhz, core, package;
	int64_t die;
};

static int read_thread(struct walk *w, const xmlNode *node, struct error *err)
{
	const xmlNode *type_node = xml_child(node, "core_type");
	CLEANUP_FREE char *type = type_node ? xml_text(type_node) : NULL;
	uint64_t cpu = import_child(node, "cpu_id", UINT64_MAX);
	struct machine_thread *t;

	if (cpu == UINT64_MAX)
		return xml_error_at(err, node, "a thread has no cpu_id");
	if (import_thread(w->m, cpu, &t, err) < 0)
		return -1;
	t->core = w->core;
	t->package = w->package;
	t->die = w->die;
	t->apic = (int64_t)MIN(import_child(node, "apic_id", 0), (uint64_t)UINT32_MAX);
	t->efficiency = type && strcmp(type, "Atom") == 0 ? TRI_YES : TRI_NO;
	t->base_mhz = t->efficiency == TRI_YES ? 0 : w->mhz;
	return 0;
}

/* Dies, modules and cores inside each other, in whatever depth the processor has. */
static int read_processors(struct walk *w, const xmlNode *parent, int depth, struct error *err)
{
	for (const xmlNode *node = parent->children; node; node = node->next) {
		const char *name = (const char *)node->name;

		if (node->type != XML_ELEMENT_NODE || strcmp(name, "model") == 0)
			continue;
		if (depth == IMPORT_DEPTH_MAX)
			return xml_error_at(err, node, "elements are too deep inside each other");
		if (strcmp(name, "thread") == 0) {
			if (read_thread(w, node, err) < 0)
				return -1;
			continue;
		}
		if (strcmp(name, "die") == 0)
			w->die = (int64_t)MIN(import_attr(node, "id", 0), (uint64_t)UINT32_MAX);
		if (read_processors(w, node, depth + 1, err) < 0)
			return -1;
		w->core += strcmp(name, "core") == 0;
		w->package += strcmp(name, "package") == 0;
	}
	return 0;
}

/* Caches name threads by their APIC number. */
static char *cpus_of(const struct machine *m, const xmlNode *cache)
{
	struct cpuset cpus = CPUSET_INIT;

	XML_EACH(node, xml_child(cache, "processors"), "processor") {
		CLEANUP_FREE char *text = xml_text(node);
		uint64_t apic = import_u64(text, UINT64_MAX);

		for (size_t i = 0; i < m->n_threads; i++)
			if ((uint64_t)m->threads[i].apic == apic && m->threads[i].cpu < CPU_MAX)
				cpuset_add(&cpus, m->threads[i].cpu);
	}
	return cpuset_count(&cpus) ? cpulist_format(&cpus) : NULL;
}

static void read_cat(struct machine_cache *c, const xmlNode *node)
{
	XML_EACH(capability, node, "capability") {
		CLEANUP_FREE char *id = xml_get(capability, "id");

		if (id && strcmp(id, "CDP") == 0)
			c->cat_cdp = TRI_YES;
		if (!id || strcmp(id, "CAT") != 0)
			continue;
		c->cat_bits = (uint32_t)MIN(import_child(capability, "capacity_mask_length", 0),
					    UINT64_C(64));
		c->cat_closids = (uint32_t)MIN(import_child(capability, "clos_number", 0),
					       UINT64_C(1024));
		c->cat_min_bits = 1;
	}
}

static int read_caches(struct machine *m, const xmlNode *root, struct error *err)
{
	static const char *const types[] = { NULL, "Data", "Instruction", "Unified" };
	bool cat = false;

	XML_EACH(node, xml_child(root, "caches"), "cache") {
		uint64_t type = import_attr(node, "type", 0);
		CLEANUP_FREE char *cpus = cpus_of(m, node);
		struct machine_cache *c;

		if (!cpus || type == 0 || type >= ARRAY_SIZE(types))
			continue;
		if (m->n_caches == 4 * CPU_MAX)
			return xml_error_at(err, node, "there are too many caches");
		c = APPEND(m->caches, m->n_caches);
		c->level = (uint32_t)MIN(import_attr(node, "level", 0), UINT64_C(8));
		c->id = (uint32_t)MIN(import_attr(node, "id", 0), (uint64_t)UINT32_MAX);
		c->type = xstrdup(types[type]);
		c->size = import_child(node, "cache_size", 0);
		c->ways = (uint32_t)MIN(import_child(node, "ways", 0), UINT64_C(1024));
		c->cpus = STEAL(cpus);
		read_cat(c, node);
		cat |= c->cat_bits != 0;
	}
	if (cat)
		machine_miss(m, "cat-shareable", "board.xml does not tell which ways of a cache devices "
			     "such as the graphics share: give them as cat-shareable");
	else
		machine_miss(m, "cat", "board.xml names no cache that can be divided");
	return 0;
}

static int read_memory(struct machine *m, const xmlNode *root, struct error *err)
{
	CLEANUP_FREE char *total = section(root, "TOTAL_MEM_INFO");
	struct strv words CLEANUP_STRV = STRV_INIT;
	const uint64_t mib = UINT64_C(1) << 20;
	uint64_t sum = 0;

	XML_EACH(node, xml_child(root, "memory"), "range") {
		uint64_t start = import_attr(node, "start", 1), end = import_attr(node, "end", 0);

		if (end < start || m->n_ranges == 1024)
			return xml_error_at(err, node, "a memory range makes no sense, or there are "
					    "more than 1024");
		*APPEND(m->ranges, m->n_ranges) =
			(struct machine_region){ start, end, xstrdup("ram") };
		if (ADD_OVERFLOW(sum, end - start + 1, &sum) || sum > UINT64_C(1) << 48)
			return xml_error_at(err, node, "there is more memory than can be addressed");
	}
	m->memory = (sum + mib - 1) / mib * mib;
	if (total)
		strv_split(&words, total, " \t\n");
	if (words.n == 2 && strcmp(words.v[1], "kB") == 0)
		m->usable = MIN(import_u64(words.v[0], 0), sum >> 10) << 10;
	return 0;
}

int import_acrn(struct machine *m, const xmlNode *root, struct error *err)
{
	struct walk w = { .m = m, .die = -1 };
	const xmlNode *processors = xml_child(root, "processors");

	read_board(m, root);
	read_model(m, root);
	w.mhz = import_mhz(m->cpu_model);
	if (!w.mhz)
		w.mhz = px_mhz(root);
	if (!processors)
		return xml_error_at(err, root, "the file has no element 'processors': it was made with "
				    "an old or incomplete board inspector");
	if (read_processors(&w, processors, 0, err) < 0 || read_caches(m, root, err) < 0 ||
	    read_memory(m, root, err) < 0)
		return -1;
	return import_acrn_devices(m, root, err);
}
