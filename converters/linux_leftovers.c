// SPDX-License-Identifier: GPL-2.0-or-later
/* What LVM remembers of the old disks, and names of disks in files that nobody here understands. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "converters/linux.h"
#include "lib/base/alloc.h"
#include "lib/base/path.h"
#include "lib/devname.h"

static size_t line_length(const char *line)
{
	size_t len = strcspn(line, "\n");

	return len + (line[len] == '\n');
}

/* "filter = [ … ]" or "global_filter = [ … ]" in which a disk's name stands */
static bool filters_by_name(const char *line, size_t len)
{
	const char *p = line + strspn(line, " \t");

	if (strncmp(p, "global_", 7) == 0)
		p += 7;
	return strncmp(p, "filter", 6) == 0 && strchr(" \t=", p[6]) &&
	       (memmem(line, len, "/dev/sd", 7) || memmem(line, len, "/dev/hd", 7) ||
		memmem(line, len, "/dev/disk/by-", 13) || memmem(line, len, "/dev/cciss", 10));
}

char *linux_lvm_filter(const char *text)
{
	char *result = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&result, &size);

	while (*text) {
		size_t len = line_length(text);

		if (filters_by_name(text, len))
			fprintf(out, "# rehost: the disk has another name now: %.*s%s", (int)len, text,
				text[len - 1] == '\n' ? "" : "\n");
		else
			fprintf(out, "%.*s", (int)len, text);
		text += len;
	}
	if (fclose(out) != 0)
		abort();
	return result;
}

static void lvm(struct conversion *conv)
{
	static const char config[] = "/etc/lvm/lvm.conf";
	static const char *const lists[] = { "/etc/lvm/cache/.cache", "/etc/lvm/.cache",
					     "/etc/lvm/devices/system.devices" };
	struct tree *t = &conv->sys->tree;
	const char *text = tree_text(t, config);
	CLEANUP_FREE char *changed = text ? linux_lvm_filter(text) : NULL;

	if (changed)
		tree_put(t, config, changed, 0644, "LVM looks at all disks, whatever their names");
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		CLEANUP_FREE char *kept = xasprintf("%s" KEPT_SUFFIX, lists[i]);

		if (tree_text(t, lists[i]))
			tree_rename(t, lists[i], kept, "LVM's list of the old PC's disks");
	}
}

/* The first name in @text that depends on the bus and is no comment; to be freed. */
static char *first_bus_name(const char *text)
{
	for (const char *p = text; *p; p += line_length(p)) {
		const char *line = p + strspn(p, " \t"), *end = p + strcspn(p, "\n"), *at = line;

		if (strchr("#;!", *line))
			continue;
		while ((at = memmem(at, (size_t)(end - at), "/dev/", 5))) {
			CLEANUP_FREE char *name = xstrndup(at, MIN(strcspn(at, " \t\r\n\"',;:|)>]"),
								   (size_t)(end - at)));

			if (devname_kind(name) == DEVNAME_BUS)
				return STEAL(name);
			at += 5;
		}
	}
	return NULL;
}

/* KERNEL=="sda1" and ID_PATH know a disk by its old bus; to be freed. */
static char *first_bus_rule(const char *text)
{
	static const char *const words[] = { "KERNEL==\"sd", "KERNEL==\"hd", "ENV{ID_PATH}==" };

	for (const char *p = text; *p; p += line_length(p)) {
		for (size_t i = 0; *p != '#' && i < ARRAY_SIZE(words); i++) {
			const char *at = memmem(p, strcspn(p, "\n"), words[i], strlen(words[i]));
			size_t len = at ? strcspn(at, ", \t\r\n") : 0;

			/* sd* and sd[a-z] are for any disk */
			if (at && !memchr(at, '*', len) && !memchr(at, '[', len) && !memchr(at, '?', len))
				return xstrndup(at, len);
		}
	}
	return NULL;
}

static bool is_kept_copy(const char *path)
{
	static const char *const tails[] = { KEPT_SUFFIX, "~", ".bak", ".old", ".orig", ".rpmsave",
					     ".rpmnew", ".dpkg-old", ".dpkg-dist" };

	for (size_t i = 0; i < ARRAY_SIZE(tails); i++)
		if (path_has_suffix(path, tails[i]))
			return true;
	return false;
}

/* Where the name is missed, linux_edit_devices() has said so. */
static void report_names(struct conversion *conv)
{
	enum { REPORT_AT_MOST = 20, SCRIPT_MAX = 256 << 10 };
	size_t n_reported = 0;
	const struct tree_node *n;

	for (size_t i = 0; (n = tree_under(&conv->sys->tree, "/etc", &i));) {
		CLEANUP_FREE char *name = NULL;

		if (n->kind != TREE_FILE || !n->data || n->size > SCRIPT_MAX ||
		    strlen(n->data) != n->size || is_kept_copy(n->path) ||
		    linux_names_devices(n->path) || n->change == TREE_RENAMED)
			continue;
		name = strncmp(n->path, "/etc/udev/", 10) == 0 ? first_bus_rule(n->data)
								: first_bus_name(n->data);
		if (!name || n_reported++ >= REPORT_AT_MOST)
			continue;
		report_remedy(report_add(&conv->sys->findings, FINDING_NOTE, n->path,
					 "%s depends on the disk's bus: left as it is", name),
			      "look whether what reads this file still needs it");
	}
}

void linux_edit_leftovers(struct conversion *conv)
{
	lvm(conv);
	report_names(conv);
}
