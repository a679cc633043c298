// SPDX-License-Identifier: GPL-2.0-or-later
/* The report of an inspection as JSON, and the negotiation that it includes. */
#include "config.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/command.h"
#include "cmd/inspect.h"
#include "converters/converter.h"
#include "lib/base/alloc.h"
#include "lib/old_system.h"
#include "lib/target/refused.h"
#include "lib/windows.h"

/* What is wrong with the system itself is wrong for every target. */
static const struct finding *first_error(const struct inspected_system *sys)
{
	for (size_t i = 0; i < sys->findings.n_findings; i++)
		if (sys->findings.findings[i].severity == FINDING_ERROR)
			return &sys->findings.findings[i];
	return NULL;
}

/* Encrypted, damaged, or a disk with data only: what is wrong with the disks may be why. */
static char *no_system(const struct inspection *in)
{
	for (size_t i = 0; i < in->findings.n_findings; i++) {
		const struct finding *f = &in->findings.findings[i];

		if (f->severity != FINDING_NOTE)
			return xasprintf("no system was seen on the disks; %s: %s", f->subject ? f->subject : "",
					 f->text);
	}
	return xstrdup("no system was seen on the disks");
}

void ask_target(const struct inspection *in, const struct inspected_system *sys,
		const struct machine *m, const struct target *target, struct target_answer *ret)
{
	const struct finding *wrong = sys ? first_error(sys) : NULL;
	struct error err CLEANUP_ERROR = ERROR_INIT;
	CLEANUP_FREE char *why = NULL;
	const struct converter *c = sys ? converter_for(sys) : NULL;
	struct machine_model can_add = { 0 };

	if (!sys) {
		ret->refusal = no_system(in);
		return;
	}
	if (!c) {
		ret->refusal = xasprintf("no converter knows %s", sys->name);
		return;
	}
	c->can_add(in, sys, &can_add);
	identity_lost(m, target->gives, &ret->lost);
	port_limits_lost(m, target->ports, &ret->lost_ports);
	if (negotiate(target->offers, &sys->can_drive, &can_add, NULL, &ret->negotiation) && !wrong)
		return;
	ret->negotiation.agreed = false;
	if (wrong) {
		ret->refusal = xasprintf("%s: %s", wrong->subject ? wrong->subject : "", wrong->text);
		return;
	}
	negotiation_error(&ret->negotiation, target->name, target->offers, &sys->can_drive, &can_add,
			  &err);
	why = converter_obstacles(c, in, sys, target->offers, &ret->negotiation);
	ret->refusal = xasprintf("%s%s", err.msg, why);
}

void target_answer_clear(struct target_answer *a)
{
	free(a->refusal);
	strv_clear(&a->lost);
	strv_clear(&a->lost_ports);
}

static void add_size(struct json_object *o, const char *key, uint64_t n)
{
	json_object_object_add(o, key, json_object_new_int64((int64_t)MIN(n, (uint64_t)INT64_MAX)));
}

static struct json_object *disks(const struct inspection *in)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < in->n_disks; i++) {
		struct json_object *o = json_object_new_object();

		json_add_text(o, "device", in->disks[i].device);
		add_size(o, "size", in->disks[i].size);
		json_add_text(o, "table", in->disks[i].table);
		json_add_text(o, "boot_code", in->disks[i].boot_code);
		json_object_array_add(list, o);
	}
	return list;
}

static struct json_object *filesystems(const struct inspection *in)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < in->n_filesystems; i++) {
		const struct inspected_fs *fs = &in->filesystems[i];
		struct json_object *o = json_object_new_object();

		json_add_text(o, "device", fs->device);
		json_add_text(o, "type", fs->type);
		add_size(o, "size", fs->size);
		json_add_text(o, "uuid", fs->uuid);
		json_add_text(o, "label", fs->label);
		json_object_array_add(list, o);
	}
	return list;
}

static struct json_object *kernels(const struct inspected_system *sys)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < sys->n_kernels; i++) {
		struct json_object *o = json_object_new_object();

		json_add_text(o, "version", sys->kernels[i].version);
		json_add_text(o, "image", sys->kernels[i].image);
		json_add_text(o, "initramfs", sys->kernels[i].initramfs);
		json_object_object_add(o, "boots", json_object_new_boolean(sys->kernels[i].boots));
		json_object_array_add(list, o);
	}
	return list;
}

static struct json_object *mounts(const struct inspected_system *sys)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < sys->n_mounts; i++) {
		struct json_object *o = json_object_new_object();

		json_add_text(o, "point", sys->mounts[i].point);
		json_add_text(o, "spec", sys->mounts[i].spec);
		json_add_text(o, "type", sys->mounts[i].type);
		json_add_text(o, "device", sys->mounts[i].device);
		json_object_array_add(list, o);
	}
	return list;
}

static struct json_object *nics(const struct inspected_system *sys)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < sys->n_nics; i++) {
		struct json_object *o = json_object_new_object();

		json_add_text(o, "name", sys->nics[i].name);
		json_add_text(o, "mac", sys->nics[i].mac);
		json_add_text(o, "address", sys->nics[i].address);
		json_add_text(o, "gateway", sys->nics[i].gateway);
		json_object_array_add(list, o);
	}
	return list;
}

static struct json_object *abilities(const struct inspected_system *sys)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < sys->n_abilities; i++) {
		const struct inspected_ability *a = &sys->abilities[i];
		struct json_object *o = json_object_new_object();

		json_add_text(o, "dimension", model_dim_name(a->dim));
		json_add_text(o, "value", model_value_name(a->dim, a->value));
		json_add_text(o, "evidence", a->evidence);
		json_object_array_add(list, o);
	}
	return list;
}

static struct json_object *answer_to_json(const struct target_answer *a)
{
	struct json_object *o = json_object_new_object(), *devices = json_object_new_object();
	struct json_object *added = json_object_new_array(), *lost = json_object_new_array();
	struct json_object *ports = json_object_new_array();

	json_object_object_add(o, "agreed", json_object_new_boolean(!a->refusal));
	json_add_text(o, "refusal", a->refusal);
	for (int dim = 0; dim < N_DIMS; dim++) {
		if (a->negotiation.value[dim] < 0 || !a->negotiation.cost)
			continue;
		json_add_text(devices, model_dim_name(dim),
			 model_value_name(dim, (unsigned int)a->negotiation.value[dim]));
		if (a->negotiation.added[dim])
			json_object_array_add(added, json_object_new_string(model_dim_name(dim)));
	}
	json_add_text(o, "verdict", a->refusal ? "no" : json_object_array_length(added) ? "after-changes"
											 : "as-it-is");
	json_object_object_add(o, "devices", devices);
	json_object_object_add(o, "added", added);
	for (size_t i = 0; i < a->lost.n; i++)
		json_object_array_add(lost, json_object_new_string(a->lost.v[i]));
	json_object_object_add(o, "lost_identity", lost);
	for (size_t i = 0; i < a->lost_ports.n; i++)
		json_object_array_add(ports, json_object_new_string(a->lost_ports.v[i]));
	json_object_object_add(o, "lost_ports", ports);
	return o;
}

static struct json_object *answers(const struct inspection *in, const struct inspected_system *sys,
				   const struct machine *m, const char *target)
{
	struct json_object *o = json_object_new_object();

	for (size_t i = 0; targets[i]; i++) {
		struct target_answer a __attribute__((cleanup(target_answer_clear))) = { 0 };

		if (strcmp(target, "all") != 0 && strcmp(target, targets[i]->name) != 0)
			continue;
		ask_target(in, sys, m, targets[i], &a);
		json_object_object_add(o, targets[i]->name, answer_to_json(&a));
	}
	return o;
}

static struct json_object *windows_to_json(const struct windows *w)
{
	struct json_object *o = json_object_new_object();

	json_add_text(o, "folder", w->dir);
	json_add_text(o, "product", w->product);
	json_add_text(o, "edition", w->edition);
	json_add_text(o, "service_pack", w->service_pack);
	json_add_text(o, "architecture", w->arch);
	add_size(o, "build", w->build);
	json_add_text(o, "control_set", w->control_set);
	json_add_text(o, "hal", w->hal);
	json_object_object_add(o, "server", json_object_new_boolean(w->server));
	json_object_object_add(o, "driver_database", json_object_new_boolean(w->database));
	json_object_object_add(o, "hibernated", json_object_new_boolean(w->hibernated));
	return o;
}

/* What is not known is left out. */
static struct json_object *old_to_json(const struct old_system *old)
{
	struct json_object *o = json_object_new_object();

	json_add_text(o, "family", old->row->id);
	json_add_text(o, "disk_access", old->row->disk_access);
	json_add_text(o, "isa", old->row->isa);
	json_add_text(o, "ticks", old_system_ticks(old));
	json_add_text(o, "hal", old->hal ? old->hal->file : NULL);
	json_add_text(o, "source", old->row->access_source);
	return o;
}

static struct json_object *system_to_json(const struct inspection *in,
					  const struct inspected_system *sys, const struct machine *m,
					  const char *target)
{
	struct json_object *o = json_object_new_object();

	json_add_text(o, "root", sys->root);
	json_add_text(o, "family", sys->family);
	json_add_text(o, "name", sys->name);
	json_add_text(o, "distro", sys->distro);
	json_add_text(o, "version", sys->version);
	json_add_text(o, "hostname", sys->hostname);
	json_add_text(o, "boot_loader", sys->boot_loader);
	json_add_text(o, "boot_config", sys->boot_config);
	json_add_text(o, "init", sys->init);
	json_add_text(o, "initramfs_tool", sys->initramfs_tool);
	json_add_text(o, "network", sys->network);
	json_add_text(o, "acpi", sys->acpi);
	if (sys->windows)
		json_object_object_add(o, "windows", windows_to_json(sys->windows));
	if (sys->old)
		json_object_object_add(o, "old_system", old_to_json(sys->old));
	json_object_object_add(o, "mounts", mounts(sys));
	json_object_object_add(o, "kernels", kernels(sys));
	json_object_object_add(o, "nics", nics(sys));
	json_object_object_add(o, "can_drive", abilities(sys));
	if (target)
		json_object_object_add(o, "targets", answers(in, sys, m, target));
	json_object_object_add(o, "findings", report_to_json(&sys->findings));
	return o;
}

/* Hypervisors that no system can be moved to. */
static struct json_object *refused(void)
{
	struct json_object *o = json_object_new_object();

	for (const struct refused_target *r = refused_targets; r->name; r++)
		json_add_text(o, r->name, r->why);
	return o;
}

struct json_object *inspection_to_json(const struct inspection *in, const struct machine *m,
				       const char *target)
{
	struct json_object *o = json_object_new_object(), *systems = json_object_new_array();

	for (size_t i = 0; i < in->n_systems; i++)
		json_object_array_add(systems, system_to_json(in, &in->systems[i], m, target));
	json_object_object_add(o, "disks", disks(in));
	json_object_object_add(o, "filesystems", filesystems(in));
	json_object_object_add(o, "systems", systems);
	if (target && !in->n_systems)
		json_object_object_add(o, "targets", answers(in, NULL, m, target));
	if (target && strcmp(target, "all") == 0)
		json_object_object_add(o, "refused_targets", refused());
	json_object_object_add(o, "findings", report_to_json(&in->findings));
	return o;
}
