// SPDX-License-Identifier: GPL-2.0-or-later
/* Our apps in the configuration that a device has. */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/size.h"
#include "lib/target/eve_merge.h"
#include "lib/target/eve_merge_devices.h"
#include "lib/target/eve_merge_fields.h"

#define NAMES(...) (const char *const[]){ __VA_ARGS__, NULL }

/*
 * The lists in which something is ours. Of a member that is there already the fields that ours sets become
 * ours, and those of @owned even where ours has none; everything else in it stays.
 */
static const struct shared {
	const char *list, *key;
	const char *const *owned;
} shared[] = {
	{ "datastores", "id", NAMES("dpath") },
	{ "networkInstances", "uuidandversion.uuid", NAMES("port") },
	{ "contentInfo", "uuid", NAMES("sha256") },
	{ "volumes", "uuid", NAMES("maxsizebytes") },
	{ "apps", "uuidandversion.uuid",
	  NAMES("interfaces", "adapters", "volumeRefList", "start_delay_in_seconds") },
};

static const char *const owned_of_machine[] = { "memory",  "maxmem",	   "vcpus",   "maxcpus",
						"pin_cpu", "disable_vtpm", "enable_vnc", NULL };

static bool is_listed(const char *const *names, const char *name)
{
	for (; *names; names++)
		if (strcmp(*names, name) == 0)
			return true;
	return false;
}

static ProtobufCMessage **find(const struct field_list *list, const char *key, const char *value)
{
	for (size_t i = 0; i < list->n; i++)
		if (*value && list->items[i] && strcmp(field_text(list->items[i], key), value) == 0)
			return &list->items[i];
	return NULL;
}

/* A card that is there keeps the rules of access that somebody gave it, and what else is not ours. */
static void keep_cards(ProtobufCMessage *current, ProtobufCMessage *own)
{
	const struct field_list theirs = field_list(current, "interfaces"), ours = field_list(own, "interfaces");

	for (size_t i = 0; i < ours.n; i++) {
		ProtobufCMessage **same = find(&theirs, "name", field_text(ours.items[i], "name")), *card;

		for (unsigned int k = 0; same && k < (*same)->descriptor->n_fields; k++) {
			const ProtobufCFieldDescriptor *f = &(*same)->descriptor->fields[k];
			bool rules = strcmp(f->name, "acls") == 0 && field_is_set(*same, f);

			if (!rules && (field_is_set(ours.items[i], f) || strcmp(f->name, "interface_order") == 0))
				field_swap(*same, ours.items[i], f);
		}
		if (!same)
			continue;
		card = *same;
		*same = ours.items[i];
		ours.items[i] = card;
	}
}

/* @own keeps what was there before, and frees it. */
static void overlay(ProtobufCMessage *current, ProtobufCMessage *own, const char *const *owned)
{
	for (unsigned int i = 0; i < current->descriptor->n_fields; i++) {
		const ProtobufCFieldDescriptor *f = &current->descriptor->fields[i];
		ProtobufCMessage *a, *b;

		/* a version is counted up, never taken over */
		if (strcmp(f->name, "uuidandversion") == 0)
			continue;
		a = field_message(current, f);
		b = field_message(own, f);
		if (a && b && strcmp(f->name, "fixedresources") == 0)
			overlay(a, b, owned_of_machine);
		else if (field_is_set(own, f) || is_listed(owned, f->name))
			field_swap(current, own, f);
	}
}

static void count_up(ProtobufCMessage *of, const char *field)
{
	uint64_t n = 0;
	CLEANUP_FREE char *text = NULL;

	if (parse_u64(field_text(of, field), 0, UINT32_MAX, &n, NULL) < 0)
		return;
	text = xasprintf("%" PRIu64, n + 1);
	field_set_text(of, field, text);
}

/* EVE reads the machine of an app again only when it is told to start it anew. */
static void restart(Eve__AppInstanceConfig *app)
{
	if (!app->restart) {
		app->restart = xmalloc(sizeof(*app->restart));
		eve__instance_ops_cmd__init(app->restart);
	}
	app->restart->counter++;
}

static bool differs(struct json_object *a, struct json_object *b, const char *key)
{
	return !json_object_equal(json_object_object_get(a, key), json_object_object_get(b, key));
}

static size_t count(struct json_object *o, const char *key)
{
	struct json_object *list = json_object_object_get(o, key);

	return list ? json_object_array_length(list) : 0;
}

/* What EVE does with a changed app, and what it does not without losing its disks. */
static void settle_app(ProtobufCMessage *m, struct json_object *before, struct report *report)
{
	struct json_object *after = eve_message_to_json(m);
	const char *name = field_text(m, "displayname");

	if (differs(before, after, "adapters") || count(before, "volumeRefList") != count(after, "volumeRefList") ||
	    count(before, "interfaces") != count(after, "interfaces"))
		report_remedy(report_add(report, FINDING_WARNING, name,
					 "EVE takes other devices, volumes or cards only with a purge, which makes "
					 "all disks anew: it is not asked for"),
			      "save what the guest wrote, then remove the app and launch it again");
	if (differs(before, after, "fixedresources")) {
		restart((Eve__AppInstanceConfig *)m);
		report_add(report, FINDING_NOTE, name, "its machine changes: EVE starts it anew");
	}
	if (!json_object_equal(before, after))
		count_up(m, "uuidandversion.version");
	json_object_put(after);
}

/* A volume that is there keeps its contents, whatever image it is said to come from. */
static void settle_image(ProtobufCMessage *m, struct json_object *before, struct report *report)
{
	struct json_object *after = eve_message_to_json(m);

	if (differs(before, after, "sha256") && json_object_object_get(before, "sha256"))
		report_remedy(report_add(report, FINDING_WARNING, field_text(m, "displayName"),
					 "it is another image now, and EVE keeps the volume that it made of the "
					 "old one"),
			      "nothing, if the disk on the device is to stay; else remove the app first");
	json_object_put(after);
}

static void merge_member(ProtobufCMessage *current, ProtobufCMessage *own, const struct shared *how,
			 struct report *report)
{
	struct json_object *before = eve_message_to_json(current);

	if (strcmp(how->list, "apps") == 0)
		keep_cards(current, own);
	overlay(current, own, how->owned);
	if (strcmp(how->list, "apps") == 0)
		settle_app(current, before, report);
	if (strcmp(how->list, "contentInfo") == 0)
		settle_image(current, before, report);
	json_object_put(before);
}

static void merge_list(ProtobufCMessage *current, ProtobufCMessage *own, const struct shared *how,
		       struct report *report)
{
	struct field_list ours = field_list(own, how->list);

	for (size_t i = 0; i < ours.n; i++) {
		struct field_list theirs = field_list(current, how->list);
		ProtobufCMessage **same = find(&theirs, how->key, field_text(ours.items[i], how->key));

		if (same)
			merge_member(*same, ours.items[i], how, report);
		else
			field_list_move(current, own, how->list, i);
	}
	field_list_close(own, how->list);
}

/* An app names a volume by UUID and generation: that of the volume as the device has it. */
static void keep_generations(Eve__EdgeDevConfig *current, Eve__EdgeDevConfig *own)
{
	for (size_t i = 0; i < own->n_apps; i++)
		for (size_t k = 0; k < own->apps[i]->n_volumereflist; k++)
			for (size_t v = 0; v < current->n_volumes; v++)
				if (strcmp(current->volumes[v]->uuid, own->apps[i]->volumereflist[k]->uuid) == 0)
					own->apps[i]->volumereflist[k]->generationcount =
						current->volumes[v]->generationcount;
}

static int check_identity(const Eve__EdgeDevConfig *current, const Eve__EdgeDevConfig *own,
			  struct error *err)
{
	const char *is = current->id ? current->id->uuid : "", *wanted = own->id ? own->id->uuid : "";

	if (!*is || !*wanted || strcasecmp(is, wanted) == 0)
		return 0;
	return error_set(err, ERR_REFUSED, "the current configuration is that of device %s, not of %s", is,
			 wanted);
}

static void free_config(Eve__EdgeDevConfig **m)
{
	if (*m)
		protobuf_c_message_free_unpacked(&(*m)->base, NULL);
}

static void pack(const Eve__EdgeDevConfig *m, uint8_t **ret, size_t *ret_len)
{
	*ret_len = protobuf_c_message_get_packed_size(&m->base);
	*ret = xmalloc(*ret_len + 1);
	protobuf_c_message_pack(&m->base, *ret);
}

static int merge(Eve__EdgeDevConfig *current, Eve__EdgeDevConfig *own, struct report *report,
		 struct error *err)
{
	if (check_identity(current, own, err) < 0 || eve_merge_devices(current, own, report, err) < 0)
		return -1;
	if (!current->id && own->id) {
		current->id = own->id;
		own->id = NULL;
	}
	keep_generations(current, own);
	for (size_t i = 0; i < ARRAY_SIZE(shared); i++)
		merge_list(&current->base, &own->base, &shared[i], report);
	return 0;
}

int eve_merge(const uint8_t *data, size_t len, const uint8_t *own_data, size_t own_len,
	      struct report *report, uint8_t **ret, size_t *ret_len, struct error *err)
{
	__attribute__((cleanup(free_config))) Eve__EdgeDevConfig *current =
		eve__edge_dev_config__unpack(NULL, len, data);
	__attribute__((cleanup(free_config))) Eve__EdgeDevConfig *own =
		eve__edge_dev_config__unpack(NULL, own_len, own_data);
	CLEANUP_FREE uint8_t *before = NULL, *after = NULL;
	size_t before_len, after_len;

	if (!current || !own)
		return error_set(err, ERR_FORMAT, "it is not a device configuration in protobuf");
	pack(current, &before, &before_len);
	if (merge(current, own, report, err) < 0)
		return -1;
	pack(current, &after, &after_len);
	if (current->id && (before_len != after_len || memcmp(before, after, after_len) != 0))
		count_up(&current->base, "id.version");
	pack(current, ret, ret_len);
	return 0;
}
