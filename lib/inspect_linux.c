// SPDX-License-Identifier: GPL-2.0-or-later
/* Is it the root of a Linux system? Then read its settings, in few transfers, and what they say. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/path.h"
#include "lib/initramfs.h"
#include "lib/inspect_family.h"
#include "lib/linux_facts.h"

/* Secrets are none of our business; large data files only cost time. */
static const char *const etc_exclude[] = {
	"shadow*", "gshadow*", "ssh_host_*", "./ssl", "./pki", "./ca-certificates", "hwdb.bin",
	"policy.[0-9]*", "./fonts", "./X11/xkb", "./terminfo", "./alternatives", "ld.so.cache", NULL
};
static const char *const boot_exclude[] = {
	"vmlinu*", "bzImage*", "initr*", "System.map*", "symvers*", "*.mod", "*.pf2", "*.efi",
	"*.EFI", "*.c32", "*.gz", "*.xz", "fonts", "locale", "themes", "xen*", "memtest*", NULL
};
static const char *const modules_exclude[] = {
	"./kernel", "./extra", "./updates", "./misc", "./weak-updates", "./build", "./source",
	"./vdso", "*.bin", "*.symbols", "*.modinfo", "*.order", "*.ko*", "vmlinuz", NULL
};

/* What tells init systems and tools apart; none of it is read. */
static const char *const marks[] = {
	"/usr/lib/os-release", "/lib/systemd/systemd", "/sbin/openrc", "/sbin/openrc-run",
	"/sbin/initctl", "/usr/bin/dracut", "/sbin/dracut", "/sbin/mkinitrd", "/usr/sbin/acpid",
	"/sbin/acpid", "/sbin/agetty", "/sbin/getty", "/sbin/mingetty", NULL
};

static bool is_linux_root(struct tree *t)
{
	return tree_has(t, "/etc") && tree_has(t, "/sbin") && tree_has(t, "/bin") &&
	       tree_has(t, "/lib");
}

static int mount_others(const struct appliance *app, const struct inspection *in,
			struct inspected_system *sys, struct error *err)
{
	for (size_t i = 0; i < sys->n_mounts; i++) {
		struct error odd CLEANUP_ERROR = ERROR_INIT;
		struct inspected_mount *m = &sys->mounts[i];

		if (!m->device || m->point[0] != '/' || !m->point[1])
			continue;
		if (inspect_mount(app, in, m->device, m->point, m->options, &odd) == 0)
			continue;
		if (odd.code == ERR_INTERRUPTED)
			return error_move(err, &odd);
		report_add(&sys->findings, FINDING_WARNING, m->point, "%s", odd.msg);
		free(STEAL(m->device));
	}
	return 0;
}

static int read_modules(const struct appliance *app, struct tree *t, struct error *err)
{
	struct tree versions CLEANUP_TREE = TREE_INIT;

	appliance_note_folder(app, "/lib/modules", &versions);
	for (size_t i = 0; i < versions.n_nodes; i++)
		if (versions.nodes[i].kind == TREE_DIR &&
		    appliance_read_folder(app, versions.nodes[i].path, modules_exclude, t, err) < 0)
			return -1;
	return 0;
}

static void note_early_module(struct inspected_kernel *k, const char *path)
{
	char *name = strstr(path, "/lib/") ? initramfs_module_name(path) : NULL;

	if (name)
		strv_take(&k->early, name);
}

static int read_initramfs(const struct appliance *app, struct inspected_system *sys,
			  struct inspected_kernel *k, struct error *err)
{
	struct tree content CLEANUP_TREE = TREE_INIT;
	struct error odd CLEANUP_ERROR = ERROR_INIT;
	CLEANUP_FREE char *data = NULL;
	const char *compression;
	size_t len = 0;

	if (appliance_read_file(app, k->initramfs, INITRAMFS_MAX, &data, &len, err) < 0)
		return -1;
	if (initramfs_read(data, len, &content, &compression, &odd) < 0)
		report_add(&sys->findings, FINDING_WARNING, k->initramfs, "%s", odd.msg);
	for (size_t i = 0; i < content.n_nodes; i++)
		if (content.nodes[i].kind == TREE_FILE)
			note_early_module(k, content.nodes[i].path);
	return 0;
}

/* On a system of today /etc/os-release only points to it. */
static int read_release(const struct appliance *app, struct tree *t, struct error *err)
{
	enum { RELEASE_MAX = 64 << 10 };
	static const char path[] = "/usr/lib/os-release";
	const struct tree_node *n = tree_find(t, path);
	CLEANUP_FREE char *text = NULL;
	size_t len = 0;

	if (!n || n->data)
		return 0;
	if (appliance_read_file(app, path, RELEASE_MAX, &text, &len, err) < 0)
		return -1;
	tree_take(t, path, STEAL(text), len, 0644);
	return 0;
}

/* Where the EFI system partition is mounted, and the boot loaders on it. */
static void note_esp(const struct appliance *app, struct inspected_system *sys)
{
	static const char *const points[] = { "/boot/efi", "/efi", "/boot" };

	for (size_t i = 0; i < ARRAY_SIZE(points); i++) {
		CLEANUP_FREE char *efi = xasprintf("%s/EFI", points[i]);
		struct tree folders CLEANUP_TREE = TREE_INIT;

		appliance_note_folder(app, efi, &folders);
		for (size_t j = 0; j < folders.n_nodes; j++)
			appliance_note_folder(app, folders.nodes[j].path, &sys->tree);
		if (folders.n_nodes && !sys->esp)
			sys->esp = xstrdup(points[i]);
	}
}

static int collect(const struct appliance *app, const struct inspection *in,
		   struct inspected_system *sys, struct error *err)
{
	struct tree *t = &sys->tree;

	appliance_note_folder(app, "/sbin", t);
	if (appliance_read_folder(app, "/etc", etc_exclude, t, err) < 0)
		return -1;
	linux_mounts(in, sys);
	if (mount_others(app, in, sys, err) < 0)
		return -1;
	appliance_note_names(app, marks, t);
	if (read_release(app, t, err) < 0)
		return -1;
	appliance_note_folder(app, "/boot", t);
	note_esp(app, sys);
	if (appliance_read_folder(app, "/boot", boot_exclude, t, err) < 0)
		return -1;
	return read_modules(app, t, err);
}

/* Everything of a Linux but /etc, which is a link that leads out or nowhere: somebody should know. */
static void note_lost_etc(struct inspection *in, const struct inspected_system *sys)
{
	const struct tree *t = &sys->tree;

	for (size_t i = 0; i < t->n_nodes; i++) {
		const struct tree_node *n = &t->nodes[i];

		if (strcmp(n->path, "/etc") == 0 && n->kind == TREE_LINK && tree_has(t, "/sbin") &&
		    tree_has(t, "/bin"))
			report_add(&in->findings, FINDING_ERROR, sys->root,
				   "it looks like a Linux system, but '/etc' is a link to '%s', which "
				   "leads nowhere", n->target);
	}
}

static int look(const struct appliance *app, struct inspection *in, struct inspected_system *sys,
		struct error *err)
{
	struct inspected_kernel *k;

	appliance_note_folder(app, "/", &sys->tree);
	appliance_note_folder(app, "/usr", &sys->tree);
	if (!is_linux_root(&sys->tree)) {
		note_lost_etc(in, sys);
		return 0;
	}
	sys->family = xstrdup("linux");
	if (collect(app, in, sys, err) < 0)
		return -1;
	linux_identity(sys);
	linux_boot_loader(sys);
	linux_kernels(sys);
	k = linux_default_kernel(sys);
	if (k && k->initramfs && read_initramfs(app, sys, k, err) < 0)
		return -1;
	linux_network(sys);
	linux_model(in, sys);
	return 0;
}

const struct inspector inspector_linux = {
	.family = "linux",
	.look = look,
};
