// SPDX-License-Identifier: GPL-2.0-or-later
/* Windows NT 3.x and 4.0, which are carried as they are: known by the version of their kernel file. */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/base/alloc.h"
#include "lib/base/path.h"
#include "lib/inspect_family.h"
#include "lib/old_system.h"

enum { KERNEL_MAX = 16 << 20, INI_MAX = 64 << 10, VERSION_SIZE = 32 };

/* The entry of a folder with this name in any case, or NULL. */
static const char *find_name(const struct appliance *app, struct tree *names, const char *folder,
			     const char *name)
{
	appliance_note_folder(app, folder, names);
	for (size_t i = 0; i < names->n_nodes; i++) {
		const char *slash = strrchr(names->nodes[i].path, '/');

		if (slash && strcasecmp(slash + 1, name) == 0)
			return names->nodes[i].path;
	}
	return NULL;
}

/* DIR/SYSTEM32/NTOSKRNL.EXE, as it is really spelled; NULL: not there. */
static char *find_kernel(const struct appliance *app, const char *dir)
{
	struct tree folder CLEANUP_TREE = TREE_INIT, files CLEANUP_TREE = TREE_INIT;
	const char *system32 = find_name(app, &folder, dir, "system32");
	const char *kernel = system32 ? find_name(app, &files, system32, "ntoskrnl.exe") : NULL;

	return kernel ? xstrdup(kernel) : NULL;
}

/* "ProductVersion" and its value in the version resource, both in UTF-16; "" if there is none. */
static void product_version(const char *data, size_t len, char *ret, size_t ret_size)
{
	static const char word[] = "P\0r\0o\0d\0u\0c\0t\0V\0e\0r\0s\0i\0o\0n";
	const char *at = memmem(data, len, word, sizeof(word));
	size_t n = 0;

	*ret = '\0';
	if (!at)
		return;
	at += sizeof(word);
	while (at + 1 < data + len && !at[0] && !at[1])
		at += 2;
	for (; at + 1 < data + len && at[0] && !at[1] && n + 1 < ret_size; at += 2)
		ret[n++] = at[0];
	ret[n] = '\0';
}

static const char *row_of(const char *version)
{
	if (strncmp(version, "4.0", 3) == 0)
		return "winnt4";
	return strncmp(version, "3.", 2) == 0 ? "winnt351" : NULL;
}

static void read_boot_ini(const struct appliance *app, struct inspected_system *sys)
{
	struct tree names CLEANUP_TREE = TREE_INIT;
	const char *path = find_name(app, &names, "/", "boot.ini");
	char *text = NULL;
	size_t len = 0;

	if (path && appliance_read_file(app, path, INI_MAX, &text, &len, NULL) == 0)
		tree_take(&sys->tree, "/BOOT.INI", text, len, 0644);
}

static void describe(const struct appliance *app, struct inspected_system *sys,
		     const struct guest_family *row, const char *kernel, const char *version)
{
	sys->family = xstrdup(row->family);
	sys->name = xasprintf("%s (kernel %s)", row->name, version);
	sys->distro = xstrdup(row->id);
	sys->version = xstrdup(version);
	sys->old = xcalloc(1, sizeof(*sys->old));
	sys->old->row = row;
	report_add(&sys->findings, FINDING_NOTE, kernel, "its version resource says %s", version);
	old_system_note_row(sys);
	read_boot_ini(app, sys);
	old_system_settings(sys);
	old_system_model(sys);
}

/* What a folder's kernel file says of itself; NULL: there is none, or it is of no such system. */
static char *read_kernel(const struct appliance *app, const char *dir, char version[VERSION_SIZE])
{
	CLEANUP_FREE char *kernel = find_kernel(app, dir), *data = NULL;
	size_t len = 0;

	if (!kernel || appliance_read_file(app, kernel, KERNEL_MAX, &data, &len, NULL) < 0)
		return NULL;
	product_version(data, len, version, VERSION_SIZE);
	return row_of(version) ? STEAL(kernel) : NULL;
}

bool inspect_nt4_kernel(const struct appliance *app, const char *dir)
{
	char version[VERSION_SIZE];
	CLEANUP_FREE char *kernel = read_kernel(app, dir, version);

	return kernel != NULL;
}

static int look(const struct appliance *app, struct inspection *in, struct inspected_system *sys,
		struct error *err)
{
	struct tree top CLEANUP_TREE = TREE_INIT;

	(void)in;
	(void)err;
	appliance_note_folder(app, "/", &top);
	for (size_t i = 0; i < top.n_nodes; i++) {
		CLEANUP_FREE char *base = path_basename(top.nodes[i].path), *kernel = NULL;
		char version[VERSION_SIZE];

		if (top.nodes[i].kind != TREE_DIR || strncasecmp(base, "win", 3) != 0)
			continue;
		kernel = read_kernel(app, top.nodes[i].path, version);
		if (!kernel)
			continue;
		describe(app, sys, guest_family_find(row_of(version)), kernel, version);
		return 0;
	}
	return 0;
}

const struct inspector inspector_nt4 = {
	.family = "windows-nt4",
	.look = look,
};
