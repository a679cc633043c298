// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The last resort for an initramfs that cannot be read here, so that nothing can be put behind it: the
 * guest's own tool makes it anew, inside the appliance. It is the only program of a guest that is run.
 */
#include "config.h"

#include <guestfs.h>
#include <stdlib.h>
#include <string.h>

#include "converters/linux.h"
#include "lib/base/alloc.h"
#include "lib/base/path.h"
#include "lib/initramfs.h"

static void initramfs_tools(const struct inspected_kernel *k, struct strv *ret)
{
	strv_add_many(ret, "/usr/sbin/mkinitramfs", "-o", k->initramfs, k->version, NULL);
}

/* Inside the appliance nothing must be taken for the machine that it will run on. */
static void dracut(const struct conversion *conv, const struct inspected_kernel *k,
		   const struct strv *names, struct strv *ret)
{
	bool old = !tree_has(&conv->sys->tree, "/usr/bin/dracut");

	strv_add_many(ret, old ? "/sbin/dracut" : "/usr/bin/dracut", "--force", NULL);
	if (!old)
		strv_add(ret, "--no-hostonly");
	strv_add(ret, "--add-drivers");
	strv_take(ret, strv_join(names, " "));
	strv_add_many(ret, k->initramfs, k->version, NULL);
}

/* SUSE's goes by names below /boot, Red Hat's by a file and a version. */
static void mkinitrd(const struct conversion *conv, const struct inspected_kernel *k,
		     const struct strv *names, struct strv *ret)
{
	strv_add(ret, "/sbin/mkinitrd");
	if (tree_has(&conv->sys->tree, "/etc/SuSE-release")) {
		strv_add(ret, "-k");
		strv_take(ret, path_basename(k->image));
		strv_add(ret, "-i");
		strv_take(ret, path_basename(k->initramfs));
		return;
	}
	strv_add(ret, "-f");
	for (size_t i = 0; i < names->n; i++)
		strv_addf(ret, "--with=%s", names->v[i]);
	strv_add_many(ret, k->initramfs, k->version, NULL);
}

static bool command_of(const struct conversion *conv, const struct inspected_kernel *k,
		       const struct strv *names, struct strv *ret)
{
	const char *tool = conv->sys->initramfs_tool;

	if (strcmp(tool, "initramfs-tools") == 0)
		initramfs_tools(k, ret);
	else if (strcmp(tool, "dracut") == 0)
		dracut(conv, k, names, ret);
	else if (strcmp(tool, "mkinitrd") == 0)
		mkinitrd(conv, k, names, ret);
	return ret->n > 0;
}

/* What it made must have the drivers, or be of a kind that cannot be read, which is told. */
static int check(struct conversion *conv, const struct inspected_kernel *k, const struct kmod *kmod,
		 const struct strv *names, const char *data, size_t len, struct error *err)
{
	struct tree content CLEANUP_TREE = TREE_INIT;
	struct error odd CLEANUP_ERROR = ERROR_INIT;
	struct strv early CLEANUP_STRV = STRV_INIT;
	const char *compression;

	if (initramfs_read(data, len, &content, &compression, &odd) < 0) {
		report_add(&conv->sys->findings, FINDING_WARNING, k->initramfs,
			   "what the guest's own tool made cannot be read here: validate the guest");
		return 0;
	}
	for (size_t i = 0; i < content.n_nodes; i++) {
		char *name = initramfs_module_name(content.nodes[i].path);

		if (name)
			strv_take(&early, name);
	}
	for (size_t i = 0; i < names->n; i++)
		if (!strv_has(&early, names->v[i]) && !kmod_is_builtin(kmod, names->v[i]))
			return error_set(err, ERR_UNSUPPORTED, "the guest's own %s made '%s' without "
					 "the driver %s", conv->sys->initramfs_tool, k->initramfs,
					 names->v[i]);
	return 0;
}

static int run_tool(struct conversion *conv, const struct inspected_kernel *k, struct strv *argv,
		    struct error *err)
{
	CLEANUP_FREE char *kept = xasprintf("%s" KEPT_SUFFIX, k->initramfs), *said = NULL;

	if (!tree_has(&conv->sys->tree, kept) &&
	    guestfs_cp(conv->app->g, k->initramfs, kept) < 0)
		return appliance_error(conv->app, err, "keep '%s' as '%s'", k->initramfs, kept);
	/* the list must end with NULL, which is what lies behind the last of a strv's words */
	said = guestfs_command(conv->app->g, argv->v);
	if (!said)
		return appliance_error(conv->app, err, "run the guest's own %s", argv->v[0]);
	return 0;
}

/* Those that the kernel has in itself were not put in. */
static int record(struct conversion *conv, const struct inspected_kernel *k, const struct kmod *kmod,
		  const struct strv *names, struct guest *ret, struct error *err)
{
	for (size_t i = 0; i < names->n; i++) {
		const struct kmod_module *m = kmod_find(kmod, names->v[i]);
		CLEANUP_FREE char *data = NULL;
		size_t len = 0;

		if (!m)
			continue;
		if (linux_read_module(conv, k, m, &data, &len, err) < 0)
			return -1;
		linux_record_module(k, m, data, len, ret);
	}
	return 0;
}

int linux_rebuild_initramfs(struct conversion *conv, const struct inspected_kernel *k,
			    const struct kmod *kmod, const struct strv *names, struct guest *ret,
			    struct error *err)
{
	struct strv argv CLEANUP_STRV = STRV_INIT;
	CLEANUP_FREE char *before = NULL, *after = NULL, *why = NULL;
	size_t before_len = 0, after_len = 0;

	if (!command_of(conv, k, names, &argv))
		return error_set(err, ERR_UNSUPPORTED, "'%s' cannot be read, and the guest has no tool "
				 "that makes it", k->initramfs);
	why = xasprintf("cannot be read here: made anew by the guest's own %s, run in the appliance",
			argv.v[0]);
	if (appliance_read_file(conv->app, k->initramfs, INITRAMFS_MAX, &before, &before_len, err) < 0)
		return -1;
	report_add(&conv->sys->findings, FINDING_WARNING, k->initramfs, "%s", why);
	if (conv->dry_run) {
		conversion_record(ret, k->initramfs, "changed", before, before_len, NULL, 0, why);
		return 0;
	}
	if (run_tool(conv, k, &argv, err) < 0 ||
	    appliance_read_file(conv->app, k->initramfs, INITRAMFS_MAX, &after, &after_len, err) < 0 ||
	    check(conv, k, kmod, names, after, after_len, err) < 0 ||
	    record(conv, k, kmod, names, ret, err) < 0)
		return -1;
	conversion_record(ret, k->initramfs, "changed", before, before_len, after, after_len, why);
	return 0;
}
