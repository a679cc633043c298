// SPDX-License-Identifier: GPL-2.0-or-later
/* Drivers for the initramfs: an archive behind its end, made of the guest's own modules and lists. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "converters/linux.h"
#include "converters/newc.h"
#include "lib/base/alloc.h"
#include "lib/base/path.h"
#include "lib/initramfs.h"

static const char keep_why[] = "the guest's next initramfs has the drivers too";

struct segment {
	struct conversion *conv;
	const struct inspected_kernel *kernel;
	const struct kmod *kmod;
	const struct tree *old;		/* what the initramfs holds now      */
	char *folder;			/* in it: usr/lib/modules/VERSION    */
	struct strv names, paths;	/* all modules, below the folder     */
	struct newc out;
};

static void clear_segment(struct segment *s)
{
	free(s->folder);
	strv_clear(&s->names);
	strv_clear(&s->paths);
	newc_clear(&s->out);
}

/* A folder "lib" would take the place of a link "lib" to "usr/lib": go where the link leads. */
static char *modules_folder(const struct tree *old, const char *version)
{
	CLEANUP_FREE char *lib = tree_resolve(old, "/lib/modules");

	return xasprintf("%s/%s", lib ? lib + 1 : "lib/modules", version);
}

static void take_old_modules(struct segment *s)
{
	CLEANUP_FREE char *root = xasprintf("/%s", s->folder);
	const struct tree_node *n;

	for (size_t i = 0; (n = tree_under(s->old, root, &i));) {
		char *name = initramfs_module_name(n->path);

		if (!name || strv_has(&s->names, name)) {
			free(name);
			continue;
		}
		strv_take(&s->names, name);
		strv_add(&s->paths, n->path + strlen(root) + 1);
	}
}

static int add_module(struct segment *s, const char *name, struct guest *ret, struct error *err)
{
	const struct kmod_module *m = kmod_find(s->kmod, name);
	CLEANUP_FREE char *to = xasprintf("%s/%s", s->folder, m->path), *data = NULL;
	size_t len = 0;

	if (linux_read_module(s->conv, s->kernel, m, &data, &len, err) < 0)
		return -1;
	newc_add(&s->out, to, data, len, 0644);
	linux_record_module(s->kernel, m, data, len, ret);
	strv_add(&s->names, name);
	strv_add(&s->paths, m->path);
	return 0;
}

static const char *list_of(const struct segment *s, const char *file)
{
	CLEANUP_FREE char *path = path_join(s->kernel->modules, file);

	return tree_text(&s->conv->sys->tree, path);
}

static void add_file(struct segment *s, const char *name, const char *data, size_t len)
{
	CLEANUP_FREE char *path = xasprintf("%s/%s", s->folder, name);

	newc_add(&s->out, path, data, len, 0644);
}

/* What depmod would make for this set of modules, from the guest's own lists. */
static void add_lists(struct segment *s)
{
	CLEANUP_FREE char *dep = kmod_dep_text(s->kmod, &s->names, &s->paths);
	const char *all_aliases = list_of(s, "modules.alias");
	CLEANUP_FREE char *alias = kmod_filter(all_aliases ? all_aliases : "", &s->names);
	CLEANUP_FREE char *dep_bin = NULL, *alias_bin = NULL;
	size_t dep_len = 0, alias_len = 0;

	dep_bin = kmod_index(KMOD_INDEX_DEP, dep, &dep_len);
	alias_bin = kmod_index(KMOD_INDEX_ALIAS, alias, &alias_len);
	add_file(s, "modules.dep", dep, strlen(dep));
	add_file(s, "modules.dep.bin", dep_bin, dep_len);
	add_file(s, "modules.alias", alias, strlen(alias));
	add_file(s, "modules.alias.bin", alias_bin, alias_len);
}

/* Settings inside the initramfs that name disks: resume, crypttab, command lines. */
static void add_settings(struct segment *s)
{
	static const char *const folders[] = { "/conf", "/etc", "/cryptroot" };

	for (size_t f = 0; f < ARRAY_SIZE(folders); f++) {
		const struct tree_node *n;

		for (size_t i = 0; (n = tree_under(s->old, folders[f], &i));) {
			CLEANUP_FREE char *text = NULL;

			if (!n->data || strlen(n->data) != n->size)
				continue;
			text = path_has_suffix(n->path, "/lvm/lvm.conf")
				       ? linux_lvm_filter(n->data)
				       : linux_stable_devices(s->conv->in, n->data, NULL, NULL);
			if (strcmp(text, n->data) != 0)
				newc_add(&s->out, n->path + 1, text, strlen(text), n->mode);
		}
	}
}

/* initramfs-tools loads what is listed here, before it looks for the root. */
static void add_load_list(struct segment *s, const struct strv *names)
{
	const char *old = tree_text(s->old, "/conf/modules");
	CLEANUP_FREE char *text = old ? xstrdup(old) : NULL;

	if (!text)
		return;
	for (size_t i = 0; i < names->n; i++) {
		char *more = linux_add_line(text, names->v[i]);

		free(text);
		text = more;
	}
	if (strcmp(text, old) != 0)
		newc_add(&s->out, "conf/modules", text, strlen(text), 0644);
}

/* The first initrds of Red Hat have no modprobe: their script loads module by module. */
static void add_nash_script(struct segment *s, const struct strv *names)
{
	const char *script = tree_text(s->old, "/init");
	struct strv paths CLEANUP_STRV = STRV_INIT;
	CLEANUP_FREE char *changed = NULL;

	for (size_t i = 0; i < names->n; i++) {
		const struct kmod_module *m = kmod_find(s->kmod, names->v[i]);

		strv_addf(&paths, "%s/%s", s->folder, m->path);
	}
	changed = script ? linux_nash_init(s->conv->in, script, &paths) : NULL;
	if (changed)
		newc_add(&s->out, "init", changed, strlen(changed), 0755);
}

static int make_segment(struct segment *s, const struct strv *names, struct guest *ret,
			struct error *err)
{
	size_t n_old;

	s->folder = modules_folder(s->old, s->kernel->version);
	take_old_modules(s);
	n_old = s->names.n;
	for (size_t i = 0; i < names->n; i++)
		if (!strv_has(&s->names, names->v[i]) && add_module(s, names->v[i], ret, err) < 0)
			return -1;
	if (s->names.n > n_old) {
		add_lists(s);
		add_nash_script(s, names);
	}
	add_load_list(s, names);
	add_settings(s);
	return newc_finish(&s->out, err);
}

/*
 * The kernel wants an archive on a multiple of four; more does no harm and eases reading. It knows the
 * end of an lz4 archive only by four zero bytes behind it.
 */
static char *joined(const char *old, size_t old_len, const struct newc *out, size_t *ret_len)
{
	enum { ALIGN = 512, ZEROS = 4 };
	size_t start = (old_len + ZEROS + ALIGN - 1) / ALIGN * ALIGN;
	char *all = xcalloc(1, start + out->len + 1);

	memcpy(all, old, old_len);
	memcpy(all + start, out->data, out->len);
	*ret_len = start + out->len;
	return all;
}

/* What an earlier conversion kept is the base of this one: the result is the same. */
static int read_original(const struct conversion *conv, const char *path, char **ret,
			 size_t *ret_len, struct error *err)
{
	CLEANUP_FREE char *kept = xasprintf("%s" KEPT_SUFFIX, path);

	return appliance_read_file(conv->app, tree_has(&conv->sys->tree, kept) ? kept : path,
				   INITRAMFS_MAX, ret, ret_len, err);
}

/* Before 5.9 the kernel took the zeros behind an lz4 archive for damage, and stopped there. */
static bool misses_what_follows(const struct inspected_kernel *k, const char *compression)
{
	return strcmp(compression, "lz4") == 0 && strverscmp(k->version, "5.9") < 0;
}

int linux_extend_initramfs(struct conversion *conv, const struct inspected_kernel *k,
			   const struct kmod *kmod, const struct strv *names, struct guest *ret,
			   struct error *err)
{
	struct tree old CLEANUP_TREE = TREE_INIT;
	struct segment s __attribute__((cleanup(clear_segment))) = {
		.conv = conv, .kernel = k, .kmod = kmod, .old = &old, .out = NEWC_INIT,
	};
	CLEANUP_FREE char *data = NULL, *plain = NULL, *all = NULL, *now = NULL;
	size_t len = 0, plain_len = 0, all_len = 0, now_len = 0;
	const char *compression;

	if (read_original(conv, k->initramfs, &data, &len, err) < 0 ||
	    initramfs_read(data, len, &old, &compression, err) < 0 ||
	    (misses_what_follows(k, compression) &&
	     initramfs_plain(data, len, &plain, &plain_len, err) < 0) ||
	    make_segment(&s, names, ret, err) < 0)
		return error_wrap(err, "extend '%s'", k->initramfs);
	if (s.out.n_files == 0)
		return 0;
	all = plain ? joined(plain, plain_len, &s.out, &all_len)
		    : joined(data, len, &s.out, &all_len);
	/* a guest that was converted before has these bytes already */
	if (appliance_read_file(conv->app, k->initramfs, INITRAMFS_MAX, &now, &now_len, err) < 0)
		return -1;
	return conversion_replace(conv, k->initramfs, now, now_len, all, all_len,
				  "drivers for the new disk, behind its end", ret, err);
}

static void keep_in_initramfs_tools(struct conversion *conv, const struct strv *names)
{
	static const char path[] = "/etc/initramfs-tools/modules";
	const char *old = tree_text(&conv->sys->tree, path);
	CLEANUP_FREE char *text = xstrdup(old ? old : "");

	for (size_t i = 0; i < names->n; i++) {
		char *more = linux_add_line(text, names->v[i]);

		free(text);
		text = more;
	}
	tree_put(&conv->sys->tree, path, text, 0644, keep_why);
}

static void keep_in_dracut(struct conversion *conv, const struct strv *names)
{
	CLEANUP_FREE char *list = strv_join(names, " ");
	CLEANUP_FREE char *text = xasprintf("add_drivers+=\" %s \"\n", list);

	tree_put(&conv->sys->tree, "/etc/dracut.conf.d/rehost.conf", text, 0644, keep_why);
}

/* SUSE has a list; Red Hat's mkinitrd goes by the aliases of modprobe.conf. */
static void keep_in_mkinitrd(struct conversion *conv, const struct strv *names)
{
	static const char suse[] = "/etc/sysconfig/kernel";
	const char *old = tree_text(&conv->sys->tree, suse);
	CLEANUP_FREE char *text = old ? linux_suse_modules(old, names) : NULL;
	CLEANUP_FREE char *list = strv_join(names, " ");

	if (text)
		tree_put(&conv->sys->tree, suse, text, 0644, keep_why);
	else if (!tree_text(&conv->sys->tree, "/etc/modprobe.conf"))
		report_add(&conv->sys->findings, FINDING_WARNING, conv->sys->initramfs_tool,
			   "a new initramfs of the guest's own will lack: %s", list);
}

void linux_edit_initramfs_config(struct conversion *conv, const struct strv *names)
{
	if (strcmp(conv->sys->initramfs_tool, "initramfs-tools") == 0)
		keep_in_initramfs_tools(conv, names);
	else if (strcmp(conv->sys->initramfs_tool, "dracut") == 0)
		keep_in_dracut(conv, names);
	else
		keep_in_mkinitrd(conv, names);
}
