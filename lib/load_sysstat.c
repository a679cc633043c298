// SPDX-License-Identifier: GPL-2.0-or-later
/* sysstat's exports: what 'sadf -d' and 'sadf -j' print. */
#include "config.h"

#include <json-c/json.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/load_private.h"

/* Source: sadf(1). Blocks of bread/s and bwrtn/s have 512 bytes: sar(1). */
enum { BLOCK_BYTES = 512, JSON_DEPTH_MAX = 16 };

static double cell(const struct strv *head, const struct strv *row, const char *name)
{
	for (size_t i = 0; i < head->n && i < row->n; i++)
		if (strcmp(head->v[i], name) == 0)
			return load_number(row->v[i]);
	return -1;
}

static int add_row(struct samples *s, const struct strv *head, const struct strv *row,
		   struct error *err)
{
	double idle = cell(head, row, "%idle"), wait = cell(head, row, "%iowait");
	double used = cell(head, row, "kbmemused"), blocks = cell(head, row, "bread/s");

	if (strv_has(head, "%idle") && idle >= 0 && cell(head, row, "CPU") == -1 &&
	    samples_add(s, SERIES_CPU, 100 - idle - (wait > 0 ? wait : 0), err) < 0)
		return -1;
	if (used >= 0 &&
	    samples_add(s, SERIES_MEMORY,
			sysstat_memory(used, cell(head, row, "%memused"),
				       cell(head, row, "kbmemfree"), cell(head, row, "kbbuffers"),
				       cell(head, row, "kbcached")), err) < 0)
		return -1;
	if (!strv_has(head, "rtps"))
		return 0;
	/* what is discarded costs a virtual disk next to nothing */
	if (samples_add(s, SERIES_IOPS, cell(head, row, "rtps") + cell(head, row, "wtps"), err) < 0 ||
	    samples_add(s, SERIES_RATE, (blocks + cell(head, row, "bwrtn/s")) * BLOCK_BYTES, err) < 0)
		return -1;
	return 0;
}

int load_sysstat_csv(struct samples *s, const char *text, struct error *err)
{
	struct strv head CLEANUP_STRV = STRV_INIT;

	for (const char *line = text; *line;) {
		size_t len = strcspn(line, "\r\n");
		CLEANUP_FREE char *one = xstrndup(line, MIN(len, (size_t)4096));
		struct strv row CLEANUP_STRV = STRV_INIT;

		strv_split(&row, one[0] == '#' ? one + 1 : one, "; #");
		if (one[0] == '#') {
			strv_clear(&head);
			head = row;
			row = (struct strv)STRV_INIT;
		} else {
			strv_clear(&row);
			strv_split(&row, one, ";");
			if (add_row(s, &head, &row, err) < 0)
				return -1;
		}
		line += len;
		line += strspn(line, "\r\n");
	}
	return 0;
}

static struct json_object *member(struct json_object *o, const char *key)
{
	struct json_object *value = NULL;

	return json_object_is_type(o, json_type_object) && json_object_object_get_ex(o, key, &value)
		       ? value : NULL;
}

static double number(struct json_object *o, const char *key)
{
	struct json_object *value = member(o, key);

	return json_object_is_type(value, json_type_double) || json_object_is_type(value, json_type_int)
		       ? json_object_get_double(value) : -1;
}

static int add_processors(struct samples *s, struct json_object *list, struct error *err)
{
	size_t n = json_object_is_type(list, json_type_array) ? json_object_array_length(list) : 0;

	for (size_t i = 0; i < n; i++) {
		struct json_object *cpu = json_object_array_get_idx(list, i);
		struct json_object *name = member(cpu, "cpu");
		double idle = number(cpu, "idle"), wait = number(cpu, "iowait");

		if (json_object_is_type(name, json_type_string) && idle >= 0 &&
		    strcmp(json_object_get_string(name), "all") == 0 &&
		    samples_add(s, SERIES_CPU, 100 - idle - (wait > 0 ? wait : 0), err) < 0)
			return -1;
	}
	return 0;
}

static int add_statistic(struct samples *s, struct json_object *o, struct error *err)
{
	struct json_object *memory = member(o, "memory"), *io = member(o, "io");
	struct json_object *reads = member(io, "io-reads"), *writes = member(io, "io-writes");

	if (add_processors(s, member(o, "cpu-load"), err) < 0 ||
	    add_processors(s, member(o, "cpu-load-all"), err) < 0)
		return -1;
	if (memory && samples_add(s, SERIES_MEMORY,
				  sysstat_memory(number(memory, "memused"),
						 number(memory, "memused-percent"),
						 number(memory, "memfree"), number(memory, "buffers"),
						 number(memory, "cached")), err) < 0)
		return -1;
	if (!reads || !writes)
		return 0;
	if (samples_add(s, SERIES_IOPS, number(reads, "rtps") + number(writes, "wtps"), err) < 0)
		return -1;
	return samples_add(s, SERIES_RATE, (number(reads, "bread") + number(writes, "bwrtn")) *
					   BLOCK_BYTES, err);
}

static int add_hosts(struct samples *s, struct json_object *root, struct error *err)
{
	struct json_object *hosts = member(member(root, "sysstat"), "hosts"), *list;

	if (!json_object_is_type(hosts, json_type_array) || json_object_array_length(hosts) != 1)
		return error_set(err, ERR_FORMAT, "this JSON is no export of sysstat for one computer");
	list = member(json_object_array_get_idx(hosts, 0), "statistics");
	if (!json_object_is_type(list, json_type_array))
		return error_set(err, ERR_FORMAT, "this export of sysstat has no statistics");
	for (size_t i = 0; i < json_object_array_length(list); i++)
		if (add_statistic(s, json_object_array_get_idx(list, i), err) < 0)
			return -1;
	return 0;
}

int load_sysstat_json(struct samples *s, const char *text, size_t len, struct error *err)
{
	struct json_tokener *tokener = json_tokener_new_ex(JSON_DEPTH_MAX);
	struct json_object *root;
	int rc;

	if (!tokener)
		abort();
	root = json_tokener_parse_ex(tokener, text, (int)len);
	if (root)
		rc = add_hosts(s, root, err);
	else
		rc = error_set(err, ERR_FORMAT, "this is no JSON: %s",
			       json_tokener_error_desc(json_tokener_get_error(tokener)));
	json_object_put(root);
	json_tokener_free(tokener);
	return rc;
}
