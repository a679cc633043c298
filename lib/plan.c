// SPDX-License-Identifier: GPL-2.0-or-later
/* Plans: the document that says which part of a host each guest gets. */
#include "config.h"

#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/path.h"
#include "lib/plan.h"

#define END { 0 }

const char *const partition_class_names[] = { "shared", "pinned", "rt", NULL };

#define D(attr, member) FIELD(attr, FIELD_TEXT, struct partition_device, member)
const struct field partition_device_fields[] = {
	D("role", role), D("kind", kind), D("host", host), D("label", label), END
};

const struct field partition_depend_fields[] = {
	FIELD("on", FIELD_TEXT, struct partition_depend, on), END
};

static const struct record partition_lists[] = {
	RECORD_LIST(NULL, "device", struct partition, devices, n_devices,
		    partition_device_fields, NULL),
	RECORD_LIST(NULL, "depends", struct partition, depends, n_depends,
		    partition_depend_fields, NULL),
	END
};

#define P(attr, kind, member) FIELD(attr, kind, struct partition, member)
static const struct field partition_fields[] = {
	P("guest", FIELD_TEXT, guest_path), P("name", FIELD_TEXT, name),
	FIELD_NAMES("class", struct partition, class, partition_class_names),
	P("cpus", FIELD_TEXT, cpus), P("vcpus", FIELD_U64, vcpus),
	P("mhz", FIELD_U64_OPT, mhz), P("memory", FIELD_U64, memory),
	P("overhead", FIELD_U64, overhead), P("iops", FIELD_U64_OPT, iops), P("node", FIELD_I64_OPT, node),
	P("cache-level", FIELD_U32_OPT, cache_level), P("cache-id", FIELD_U32_OPT, cache_id),
	P("cache-ways", FIELD_HEX64_OPT, cache_ways), P("priority", FIELD_U64, priority),
	P("start-order", FIELD_U64, start_order), P("started-by", FIELD_TEXT, started_by),
	P("memory-at", FIELD_HEX64_OPT, memory_at), END
};

static const struct field end_fields[] = {
	FIELD("guest", FIELD_TEXT, struct plan_end, guest), END
};

const struct record plan_link_lists[] = {
	RECORD_LIST(NULL, "end", struct plan_link, ends, n_ends, end_fields, NULL), END
};

const struct field plan_link_fields[] = {
	FIELD("name", FIELD_TEXT, struct plan_link, name),
	FIELD("kind", FIELD_TEXT, struct plan_link, kind),
	FIELD("size", FIELD_U64_OPT, struct plan_link, size), END
};

static const struct record plan_lists[] = {
	RECORD_LIST("partitions", "partition", struct plan, partitions, n_partitions,
		    partition_fields, partition_lists),
	RECORD_LIST(NULL, "link", struct plan, links, n_links, plan_link_fields, plan_link_lists),
	END
};

#define L(attr, kind, member) FIELD(attr, kind, struct plan, member)
static const struct field plan_fields[] = {
	L("name", FIELD_TEXT, name), L("host", FIELD_TEXT, host_path),
	L("answer", FIELD_TEXT, answer), L("cost", FIELD_U64, cost), L("bound", FIELD_U64, bound),
	L("nodes", FIELD_U64, nodes), L("console", FIELD_TEXT, console), END
};

int plan_write(const struct plan *p, const char *path, struct error *err)
{
	struct xml_out x CLEANUP_XML_OUT = XML_OUT_INIT;

	xml_out_begin(&x, "plan");
	record_write(plan_fields, plan_lists, p, &x);
	report_to_xml(&p->findings, &x);
	return xml_out_write(&x, path, OUTFILE_NEW, err);
}

int plan_read_memory(struct plan *ret, const char *text, size_t len, const char *name,
		     struct error *err)
{
	struct plan p CLEANUP_PLAN = PLAN_INIT;
	xmlDoc *doc CLEANUP_XMLDOC = xml_read_memory(text, len, name, "plan", err);
	const xmlNode *root;

	if (!doc)
		return -1;
	root = xmlDocGetRootElement(doc);
	if (record_read(plan_fields, plan_lists, root, &p, err) < 0)
		return -1;
	report_from_xml(&p.findings, xml_child(root, "findings"));
	*ret = p;
	p = (struct plan)PLAN_INIT;
	return 0;
}

static int open_guests(struct plan *p, struct error *err)
{
	for (size_t i = 0; i < p->n_partitions; i++) {
		struct partition *part = &p->partitions[i];
		CLEANUP_FREE char *path = path_join(p->dir, part->guest_path);

		if (guest_open(&part->guest, path, err) < 0)
			return -1;
		if (strcmp(part->guest.name, part->name) == 0)
			continue;
		error_set(err, ERR_FORMAT, "partition '%s' refers to '%s', which is the guest '%s'",
			  part->name, part->guest_path, part->guest.name);
		return error_hint(err, "plan again, or correct the attribute 'guest'");
	}
	return 0;
}

int plan_open(struct plan *ret, const char *path, struct error *err)
{
	struct plan p CLEANUP_PLAN = PLAN_INIT;
	CLEANUP_FREE char *text = NULL, *real = NULL, *host = NULL;
	size_t len = 0;

	if (file_read(path, XML_SIZE_MAX, &text, &len, err) < 0 ||
	    plan_read_memory(&p, text, len, path, err) < 0 || path_absolute(path, &real, err) < 0)
		return -1;
	p.dir = path_dirname(real);
	host = path_join(p.dir, p.host_path);
	if (machine_read(&p.host, host, err) < 0 || open_guests(&p, err) < 0)
		return error_wrap(err, "plan '%s'", path);
	*ret = p;
	p = (struct plan)PLAN_INIT;
	return 0;
}

struct json_object *plan_to_json(const struct plan *p)
{
	return record_to_json(plan_fields, plan_lists, p);
}

const struct partition_device *partition_device_of(const struct partition *p, const char *kind,
						   const char *role)
{
	for (size_t i = 0; p && role && i < p->n_devices; i++)
		if (strcmp(p->devices[i].kind, kind) == 0 && p->devices[i].role &&
		    strcmp(p->devices[i].role, role) == 0)
			return &p->devices[i];
	return NULL;
}

void plan_clear(struct plan *p)
{
	for (size_t i = 0; i < p->n_partitions; i++)
		guest_clear(&p->partitions[i].guest);
	record_clear(plan_fields, plan_lists, p);
	machine_clear(&p->host);
	report_clear(&p->findings);
	strv_clear(&p->settings);
	free(p->dir);
	*p = (struct plan)PLAN_INIT;
}
