// SPDX-License-Identifier: GPL-2.0-or-later
/* line.xml: what the operator asks for each guest. */
#include "config.h"

#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/path.h"
#include "lib/line.h"

#define END { 0 }

static const char *const class_names[] = { "default", "shared", "pinned", "rt", NULL };
static const char *const core_names[] = { "default", "any", "performance", "efficiency", NULL };

static const struct record guest_lists[] = {
	RECORD_LIST(NULL, "device", struct line_guest, devices, n_devices,
		    partition_device_fields, NULL),
	RECORD_LIST(NULL, "depends", struct line_guest, depends, n_depends,
		    partition_depend_fields, NULL),
	END
};

#define G(attr, kind, member) FIELD(attr, kind, struct line_guest, member)
static const struct field guest_fields[] = {
	G("name", FIELD_TEXT, name),
	FIELD_NAMES("class", struct line_guest, class, class_names),
	FIELD_NAMES("core-type", struct line_guest, core_type, core_names),
	G("cores", FIELD_U64_OPT, cores), G("mhz", FIELD_U64_OPT, mhz),
	G("memory", FIELD_TEXT, memory), G("iops", FIELD_U64_OPT, iops),
	G("load", FIELD_TEXT, load), G("host", FIELD_TEXT, host),
	G("movable", FIELD_TRI, movable), G("cache-ways", FIELD_I64_OPT, cache_ways),
	G("priority", FIELD_U64_OPT, priority),
	G("start-order", FIELD_U64_OPT, start_order), G("started-by", FIELD_TEXT, started_by),
	G("memory-at", FIELD_HEX64_OPT, memory_at), END
};

static const struct record line_lists[] = {
	RECORD_LIST(NULL, "guest", struct line, guests, n_guests, guest_fields, guest_lists),
	RECORD_LIST(NULL, "link", struct line, links, n_links, plan_link_fields, plan_link_lists),
	END
};

static const struct field line_fields[] = {
	FIELD("console", FIELD_TEXT, struct line, console), END
};

/* Paths in line.xml are relative to its folder. */
static void place_loads(struct line *line, const char *path)
{
	CLEANUP_FREE char *dir = path_dirname(path);

	for (size_t i = 0; i < line->n_guests; i++) {
		char *load = line->guests[i].load;

		if (!load)
			continue;
		line->guests[i].load = path_join(dir, load);
		free(load);
	}
}

static int check_names(const struct line *line, const char *name, struct error *err)
{
	for (size_t i = 0; i < line->n_guests; i++)
		for (size_t k = 0; k < i; k++)
			if (strcmp(line->guests[i].name, line->guests[k].name) == 0)
				return error_set(err, ERR_FORMAT, "%s asks twice for guest '%s'",
						 name, line->guests[i].name);
	return 0;
}

int line_read_memory(struct line *ret, const char *text, size_t len, const char *name,
		     struct error *err)
{
	struct line line CLEANUP_LINE = LINE_INIT;
	xmlDoc *doc CLEANUP_XMLDOC = xml_read_memory(text, len, name, "line", err);

	if (!doc || record_read(line_fields, line_lists, xmlDocGetRootElement(doc), &line, err) < 0 ||
	    check_names(&line, name, err) < 0)
		return -1;
	*ret = line;
	line = (struct line)LINE_INIT;
	return 0;
}

int line_read(struct line *ret, const char *path, struct error *err)
{
	CLEANUP_FREE char *text = NULL;
	size_t len = 0;

	if (file_read(path, XML_SIZE_MAX, &text, &len, err) < 0)
		return -1;
	if (line_read_memory(ret, text, len, path, err) < 0)
		return -1;
	place_loads(ret, path);
	return 0;
}

const struct line_guest *line_find(const struct line *line, const char *name)
{
	for (size_t i = 0; line && i < line->n_guests; i++)
		if (strcmp(line->guests[i].name, name) == 0)
			return &line->guests[i];
	return NULL;
}

struct line_guest *line_guest_for(struct line *line, const char *name)
{
	struct line_guest *g;

	for (size_t i = 0; i < line->n_guests; i++)
		if (strcmp(line->guests[i].name, name) == 0)
			return &line->guests[i];
	g = APPEND(line->guests, line->n_guests);
	g->name = xstrdup(name);
	g->cache_ways = -1;
	return g;
}

void line_clear(struct line *line)
{
	record_clear(line_fields, line_lists, line);
}
