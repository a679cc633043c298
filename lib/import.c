// SPDX-License-Identifier: GPL-2.0-or-later
/* Profiles from the documents of others: which document it is, and what every import ends with. */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/path.h"
#include "lib/cpulist.h"
#include "lib/import_private.h"
#include "lib/probe.h"

uint64_t import_u64(const char *text, uint64_t fallback)
{
	struct error err CLEANUP_ERROR = ERROR_INIT;
	uint64_t value = 0;

	return text && parse_u64(text, 0, UINT64_MAX, &value, &err) == 0 ? value : fallback;
}

uint64_t import_attr(const xmlNode *node, const char *attr, uint64_t fallback)
{
	CLEANUP_FREE char *text = xml_get(node, attr);

	return import_u64(text, fallback);
}

uint64_t import_child(const xmlNode *node, const char *child, uint64_t fallback)
{
	const xmlNode *found = xml_child(node, child);
	CLEANUP_FREE char *text = found ? xml_text(found) : NULL;

	return import_u64(text, fallback);
}

char *import_bdf(const char *text)
{
	CLEANUP_FREE char *low = text ? xstrdup(text) : NULL;

	if (!low)
		return NULL;
	for (char *c = low; *c; c++)
		if (*c >= 'A' && *c <= 'F')
			*c = (char)(*c - 'A' + 'a');
	if (strlen(low) == strlen("00:00.0")) {
		char *full = xasprintf("0000:%s", low);

		free(low);
		low = full;
	}
	return text_is_bdf(low) ? STEAL(low) : NULL;
}

int import_function(struct machine *m, const char *bdf, struct machine_pci **ret,
		    struct error *err)
{
	struct machine_pci *p;

	if (m->n_pci == IMPORT_FUNCTIONS_MAX)
		return error_set(err, ERR_FORMAT, "there are more than %d PCI functions",
				 IMPORT_FUNCTIONS_MAX);
	for (size_t i = 0; i < m->n_pci; i++)
		if (strcmp(m->pci[i].bdf, bdf) == 0)
			return error_set(err, ERR_FORMAT, "PCI function %s is described twice", bdf);
	p = APPEND(m->pci, m->n_pci);
	p->bdf = xstrdup(bdf);
	p->group = p->node = p->intx = -1;
	*ret = p;
	return 0;
}

int import_thread(struct machine *m, uint64_t cpu, struct machine_thread **ret, struct error *err)
{
	struct machine_thread *t;

	if (cpu >= CPU_MAX)
		return error_set(err, ERR_FORMAT, "there is a processor %" PRIu64 ", and no more than "
				 "%d can be planned", cpu, CPU_MAX);
	for (size_t i = 0; i < m->n_threads; i++)
		if (m->threads[i].cpu == cpu)
			return error_set(err, ERR_FORMAT, "processor %" PRIu64 " is described twice",
					 cpu);
	t = APPEND(m->threads, m->n_threads);
	t->cpu = (uint32_t)cpu;
	t->die = t->cluster = t->apic = -1;
	t->efficiency = TRI_NO;
	*ret = t;
	return 0;
}

uint32_t import_mhz(const char *model)
{
	const char *at = model ? strstr(model, "@ ") : NULL;
	double ghz;
	char *end;

	if (!at)
		return 0;
	ghz = strtod(at + 2, &end);
	return strncmp(end, "GHz", 3) == 0 && ghz >= 0.1 && ghz < 20 ? (uint32_t)(ghz * 1000 + 0.5)
								      : 0;
}

static int by_cpu(const void *a_, const void *b_)
{
	const struct machine_thread *a = a_, *b = b_;

	return a->cpu < b->cpu ? -1 : a->cpu > b->cpu;
}

static int by_bdf(const void *a_, const void *b_)
{
	const struct machine_pci *a = a_, *b = b_;

	return strcmp(a->bdf, b->bdf);
}

static void miss_unless(struct machine *m, bool there, const char *fact, const char *kind)
{
	if (!there)
		machine_miss(m, fact, "not in %s", kind);
}

/* Facts that no document of this kind tells are missing, each by its name. */
static void list_missing(struct machine *m, const char *kind)
{
	bool speed = true;

	for (size_t i = 0; i < m->n_threads; i++)
		speed &= m->threads[i].base_mhz || m->threads[i].max_mhz;
	miss_unless(m, m->n_threads, "topology", kind);
	miss_unless(m, speed, "base-mhz", kind);
	miss_unless(m, m->n_caches, "caches", kind);
	miss_unless(m, m->usable || m->memory, "memory", kind);
	miss_unless(m, m->n_pci, "pci", kind);
	miss_unless(m, m->n_groups, "iommu-groups", kind);
	miss_unless(m, m->n_nics, "nics", kind);
	miss_unless(m, m->n_serials, "serials", kind);
	miss_unless(m, m->n_ports, "ports", kind);
	miss_unless(m, m->n_disks, "disks", kind);
	miss_unless(m, m->virtualization, "virtualization", kind);
	miss_unless(m, m->iommu, "iommu", kind);
	miss_unless(m, m->isolated, "isolated", kind);
	miss_unless(m, m->tpm, "tpm", kind);
	miss_unless(m, m->uefi != TRI_UNKNOWN, "firmware", kind);
	miss_unless(m, m->kernel, "kernel", kind);
	machine_miss(m, "disk-speed", "disks were not measured");
}

static void finish(struct machine *m, const char *kind, const char *file)
{
	struct cpuset online = CPUSET_INIT;

	if (!m->name) {
		CLEANUP_FREE char *stem = path_basename(file);

		stem[strcspn(stem, ".")] = '\0';
		m->name = machine_name_from(*stem ? stem : "imported");
	}
	if (!m->arch)
		m->arch = xstrdup("other");
	if (m->n_threads)
		qsort(m->threads, m->n_threads, sizeof(*m->threads), by_cpu);
	if (m->n_pci)
		qsort(m->pci, m->n_pci, sizeof(*m->pci), by_bdf);
	for (size_t i = 0; i < m->n_threads; i++)
		cpuset_add(&online, m->threads[i].cpu);
	m->online = cpulist_format(&online);
	if (m->n_nodes == 0 && m->n_threads) {
		struct machine_node *n = APPEND(m->nodes, m->n_nodes);

		n->cpus = xstrdup(m->online);
		n->memory = m->usable ? m->usable : m->memory;
		machine_miss(m, "numa", "not in %s: one memory node is assumed", kind);
	}
	machine_default_reserve(m);
	list_missing(m, kind);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* lstopo names its DTD, which nobody needs for reading: blanked out, every other one is refused. */
static void drop_hwloc_doctype(char *text)
{
	static const char *const known[] = { "<!DOCTYPE topology SYSTEM \"hwloc.dtd\">",
					     "<!DOCTYPE topology SYSTEM \"hwloc2.dtd\">",
					     "<!DOCTYPE topology SYSTEM \"hwloc3.dtd\">" };
	char *start = strstr(text, "<!DOCTYPE");

	for (size_t i = 0; start && i < ARRAY_SIZE(known); i++)
		if (strncmp(start, known[i], strlen(known[i])) == 0) {
			memset(start, ' ', strlen(known[i]));
			return;
		}
}

struct importer {
	const char *root;		/* element                              */
	const char *kind, *called;
	int (*import)(struct machine *m, const xmlNode *root, struct error *err);
};

static const struct importer importers[] = {
	{ "acrn-config", "acrn-board", "board.xml", import_acrn },
	{ "topology", "hwloc", "lstopo's XML", import_hwloc },
	{ "capabilities", "libvirt", "libvirt's capabilities", import_libvirt },
};

static int unknown_document(const char *name, const char *root, struct error *err)
{
	if (strcmp(root, "machine") == 0) {
		error_set(err, ERR_FORMAT, "%s is a profile already", name);
		return error_hint(err, "use it with: rehost plan --host %s", name);
	}
	error_set(err, ERR_FORMAT, "%s has the root element '%s', which is none of those that are "
		  "imported", name, root);
	return error_hint(err, "give ACRN's board.xml, EVE's model as JSON, 'lstopo --of xml' or "
			  "'virsh capabilities'");
}

static int import_xml(struct machine *m, char *text, size_t len, const char *name,
		      const char **ret_called, struct error *err)
{
	xmlDoc *doc CLEANUP_XMLDOC = NULL;
	const xmlNode *root;

	drop_hwloc_doctype(text);
	doc = xml_parse_memory(text, len, name, err);
	if (!doc)
		return -1;
	root = xmlDocGetRootElement(doc);
	for (size_t i = 0; i < ARRAY_SIZE(importers); i++) {
		if (strcmp((const char *)root->name, importers[i].root) != 0)
			continue;
		m->original_kind = xstrdup(importers[i].kind);
		*ret_called = importers[i].called;
		return importers[i].import(m, root, err) < 0 ? error_wrap(err, "%s", name) : 0;
	}
	return unknown_document(name, (const char *)root->name, err);
}

int machine_import_memory(struct machine *ret, const char *text, size_t len, const char *name,
			  struct error *err)
{
	struct machine m CLEANUP_MACHINE = MACHINE_INIT;
	CLEANUP_FREE char *copy = xmemdup(text, len);
	const char *start = copy, *called = "EVE's model";

	while (is_blank(*start))
		start++;
	if (*start == '{') {
		m.original_kind = xstrdup("eve-model");
		if (import_eve(&m, text, len, name, err) < 0)
			return -1;
	} else if (import_xml(&m, copy, len, name, &called, err) < 0) {
		return -1;
	}
	finish(&m, called, name);
	m.original_name = path_basename(name);
	m.original = xstrdup(text);
	*ret = m;
	m = (struct machine)MACHINE_INIT;
	return 0;
}

int machine_import(struct machine *ret, const char *path, struct error *err)
{
	CLEANUP_FREE char *text = NULL;
	size_t len = 0;

	if (file_read(path, IMPORT_SIZE_MAX, &text, &len, err) < 0)
		return -1;
	return machine_import_memory(ret, text, len, path, err);
}
