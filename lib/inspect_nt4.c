// SPDX-License-Identifier: GPL-2.0-or-later
/* Windows NT 3.x and 4.0, which are carried as they are: known by the version of their kernel file. */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/base/alloc.h"
#include "lib/base/path.h"
#include "lib/inspect_family.h"
#include "lib/nt_hal.h"
#include "lib/old_system.h"

enum { KERNEL_MAX = 16 << 20, HAL_MAX = 4 << 20, INI_MAX = 64 << 10 };

/* What a kernel file says of itself. */
struct kernel {
	char *path, *version;
	bool multi;
};

static void kernel_clear(struct kernel *k)
{
	free(k->path);
	free(k->version);
}

#define CLEANUP_KERNEL __attribute__((cleanup(kernel_clear)))

/* The entry with this name in any case, or NULL. */
static const char *find_in(const struct tree *names, const char *name)
{
	for (size_t i = 0; i < names->n_nodes; i++) {
		const char *slash = strrchr(names->nodes[i].path, '/');

		if (slash && strcasecmp(slash + 1, name) == 0)
			return names->nodes[i].path;
	}
	return NULL;
}

static const char *find_name(const struct appliance *app, struct tree *names, const char *folder,
			     const char *name)
{
	appliance_note_folder(app, folder, names);
	return find_in(names, name);
}

/* DIR/SYSTEM32/NAME, as it is really spelled; NULL: not there. */
static char *find_file(const struct appliance *app, const char *dir, const char *name)
{
	struct tree folder CLEANUP_TREE = TREE_INIT, files CLEANUP_TREE = TREE_INIT;
	const char *system32 = find_name(app, &folder, dir, "system32");
	const char *file = system32 ? find_name(app, &files, system32, name) : NULL;

	return file ? xstrdup(file) : NULL;
}

static const char *row_of(const char *version)
{
	if (strncmp(version, "4.0", 3) == 0)
		return "winnt4";
	return strncmp(version, "3.", 2) == 0 ? "winnt351" : NULL;
}

static void read_boot_ini(const struct appliance *app, const struct tree *top, struct tree *ret)
{
	const char *path = find_in(top, "boot.ini");
	char *text = NULL;
	size_t len = 0;

	if (path && appliance_read_file(app, path, INI_MAX, &text, &len, NULL) == 0)
		tree_take(ret, "/BOOT.INI", text, len, 0644);
}

/* The file that is loaded as HAL: BOOT.INI may name another than HAL.DLL. */
static void read_hal(const struct appliance *app, struct inspected_system *sys, const char *dir, bool multi)
{
	CLEANUP_FREE char *folder = path_basename(dir);
	CLEANUP_FREE char *name = nt_hal_file(nt_boot_entry(tree_text(&sys->tree, "/BOOT.INI"), folder));
	CLEANUP_FREE char *path = find_file(app, dir, name), *data = NULL;
	size_t len = 0;

	if (path && appliance_read_file(app, path, HAL_MAX, &data, &len, NULL) < 0)
		data = NULL;
	nt_hal_judge(sys, path ? path : name, data, len, multi);
}

static void describe(const struct appliance *app, struct inspected_system *sys, const char *dir,
		     const struct kernel *kernel)
{
	const struct guest_family *row = guest_family_find(row_of(kernel->version));

	sys->family = xstrdup(row->family);
	sys->name = xasprintf("%s (kernel %s)", row->name, kernel->version);
	sys->distro = xstrdup(row->id);
	sys->version = xstrdup(kernel->version);
	sys->old = xcalloc(1, sizeof(*sys->old));
	sys->old->row = row;
	report_add(&sys->findings, FINDING_NOTE, kernel->path, "its version resource says %s", kernel->version);
	old_system_note_row(sys);
	read_hal(app, sys, dir, kernel->multi);
	old_system_settings(sys);
	old_system_model(sys);
}

/* What a folder's kernel file says of itself; false: there is none, or it is of no such system. */
static bool read_kernel(const struct appliance *app, const char *dir, struct kernel *ret)
{
	CLEANUP_FREE char *data = NULL;
	size_t len = 0;

	ret->path = find_file(app, dir, "ntoskrnl.exe");
	if (!ret->path || appliance_read_file(app, ret->path, KERNEL_MAX, &data, &len, NULL) < 0)
		return false;
	ret->version = nt_version_text(data, len, "ProductVersion");
	ret->multi = nt_kernel_is_multi(data, len);
	return ret->version && row_of(ret->version);
}

bool inspect_nt4_kernel(const struct appliance *app, const char *dir)
{
	struct kernel kernel CLEANUP_KERNEL = { 0 };

	return read_kernel(app, dir, &kernel);
}

/* As setup calls it, or as it was called by whoever set it up. */
static bool may_be_windows(const struct inspected_system *sys, const struct tree_node *n)
{
	CLEANUP_FREE char *name = path_basename(n->path);

	return n->kind == TREE_DIR && (strncasecmp(name, "win", 3) == 0 ||
				       nt_boot_entry(tree_text(&sys->tree, "/BOOT.INI"), name));
}

static int look(const struct appliance *app, struct inspection *in, struct inspected_system *sys,
		struct error *err)
{
	struct tree top CLEANUP_TREE = TREE_INIT;

	(void)in;
	(void)err;
	appliance_note_folder(app, "/", &top);
	read_boot_ini(app, &top, &sys->tree);
	for (size_t i = 0; i < top.n_nodes; i++) {
		struct kernel kernel CLEANUP_KERNEL = { 0 };

		if (!may_be_windows(sys, &top.nodes[i]) || !read_kernel(app, top.nodes[i].path, &kernel))
			continue;
		describe(app, sys, top.nodes[i].path, &kernel);
		return 0;
	}
	tree_clear(&sys->tree);
	return 0;
}

const struct inspector inspector_nt4 = {
	.family = "windows-nt4",
	.look = look,
};
