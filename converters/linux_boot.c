// SPDX-License-Identifier: GPL-2.0-or-later
/* Boot loaders of a Linux system: kernel lines without bus-dependent names, console on serial. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "converters/linux.h"
#include "lib/base/alloc.h"
#include "lib/base/path.h"
#include "lib/fstab.h"

static const char *const grub_lines[] = { "linux", "linux16", "linuxefi", "kernel", "multiboot",
					  "module", NULL };
static const char *const kernel_lines[] = { "linux", "linux16", "linuxefi", "kernel", NULL };
static const char *const append_lines[] = { "append", NULL };
static const char *const default_lines[] = { "GRUB_CMDLINE_LINUX", "GRUB_CMDLINE_LINUX_DEFAULT",
					     NULL };
static const char *const cmdline_lines[] = { "GRUB_CMDLINE_LINUX", NULL };
static const char *const options_lines[] = { "options", NULL };

/* The last console is the one that asks: a passphrase is asked for where it always was. */
static char *console_options(const struct conversion *conv)
{
	const char *crypttab = tree_text(&conv->sys->tree, "/etc/crypttab");
	struct fstab_line line = { .next = crypttab ? crypttab : "" };
	const char *port = linux_serial_port(conv);

	return fstab_next(&line) ? xasprintf("console=%s,115200n8 console=tty0", port)
				 : xasprintf("console=tty0 console=%s,115200n8", port);
}

static void edit(struct conversion *conv, const char *path, const char *const *device_lines,
		 const char *const *console_lines)
{
	const char *text = tree_text(&conv->sys->tree, path);
	struct strv missed CLEANUP_STRV = STRV_INIT;
	CLEANUP_FREE char *by_uuid = NULL, *stable = NULL, *spoken = NULL, *console = NULL;

	if (!text)
		return;
	by_uuid = linux_stable_devices(conv->in, text, device_lines, &missed);
	stable = linux_readable_roots(conv, by_uuid);
	for (size_t i = 0; i < missed.n; i++)
		report_add(&conv->sys->findings, FINDING_WARNING, path,
			   "%s is on none of the captured disks: left as it is", missed.v[i]);
	tree_put(&conv->sys->tree, path, stable, 0644,
		 "root and resume by UUID, as device names change with the disk's bus");
	if (!conv->console)
		return;
	console = console_options(conv);
	spoken = linux_append_options(stable, console_lines, console);
	tree_put(&conv->sys->tree, path, spoken, 0644, "kernel messages also on the serial port");
}

/* GRUB_DISABLE_LINUX_UUID=true makes the guest's next update-grub write device names again. */
static void allow_uuids(struct conversion *conv, const char *path)
{
	static const char name[] = "GRUB_DISABLE_LINUX_UUID=";
	const char *text = tree_text(&conv->sys->tree, path), *at = text;
	CLEANUP_FREE char *changed = NULL;

	while (at && (at = strstr(at, name)) && at > text && at[-1] != '\n')
		at++;
	if (!at)
		return;
	at += strlen(name);
	if (strncmp(at + strspn(at, "\"'"), "false", 5) == 0)
		return;
	changed = xasprintf("%.*sfalse%s", (int)(at - text), text, at + strcspn(at, "\r\n"));
	tree_put(&conv->sys->tree, path, changed, 0644, "update-grub keeps writing UUIDs");
}

static void grub2(struct conversion *conv)
{
	static const char defaults[] = "/etc/default/grub";

	edit(conv, conv->sys->boot_config, grub_lines, kernel_lines);
	edit(conv, defaults, default_lines, cmdline_lines);
	allow_uuids(conv, defaults);
}

static void grub_legacy(struct conversion *conv)
{
	/* Debian's update-grub reads its settings from comments in the same file. */
	static const char *const lines[] = { "kernel", "#", NULL };

	edit(conv, conv->sys->boot_config, lines, kernel_lines);
}

/* Its configuration may include others, which lie beside it. */
static void extlinux(struct conversion *conv)
{
	CLEANUP_FREE char *dir = path_dirname(conv->sys->boot_config);
	struct strv paths CLEANUP_STRV = STRV_INIT;
	const struct tree_node *n;

	for (size_t i = 0; (n = tree_under(&conv->sys->tree, dir, &i));)
		if (n->data && (path_has_suffix(n->path, ".conf") || path_has_suffix(n->path, ".cfg")))
			strv_add(&paths, n->path);
	for (size_t i = 0; i < paths.n; i++)
		edit(conv, paths.v[i], append_lines, append_lines);
}

/* One file for each entry, beside loader.conf */
static void systemd_boot(struct conversion *conv)
{
	CLEANUP_FREE char *entries = xstrndup(conv->sys->boot_config,
					      strlen(conv->sys->boot_config) -
						      strlen("loader.conf"));
	struct strv paths CLEANUP_STRV = STRV_INIT;
	const struct tree_node *n;

	entries[strlen(entries) - 1] = '\0';
	for (size_t i = 0; (n = tree_under(&conv->sys->tree, entries, &i));)
		if (n->data && strstr(n->path, "/entries/"))
			strv_add(&paths, n->path);
	for (size_t i = 0; i < paths.n; i++)
		edit(conv, paths.v[i], options_lines, options_lines);
}

static const struct {
	const char *name;
	void (*edit)(struct conversion *conv);
} loaders[] = {
	{ "grub2", grub2 },
	{ "grub-legacy", grub_legacy },
	{ "extlinux", extlinux },
	{ "systemd-boot", systemd_boot },
};

/* It names disks of the old PC, and is only read when GRUB is installed anew. */
static void put_away_device_map(struct conversion *conv)
{
	static const char *const maps[] = { "/boot/grub/device.map", "/boot/grub2/device.map" };

	for (size_t i = 0; i < ARRAY_SIZE(maps); i++) {
		CLEANUP_FREE char *kept = xasprintf("%s" KEPT_SUFFIX, maps[i]);

		if (tree_text(&conv->sys->tree, maps[i]))
			tree_rename(&conv->sys->tree, maps[i], kept,
				    "names disks of the old PC; GRUB finds them without it");
	}
}

static int not_understood(const struct conversion *conv, struct error *err)
{
	const struct inspected_system *sys = conv->sys;

	if (strcmp(sys->boot_loader, "lilo") == 0)
		error_set(err, ERR_UNSUPPORTED, "'%s': LILO keeps the kernel's options in a map of "
			  "sectors that only its own program can write", sys->boot_config);
	else
		error_set(err, ERR_UNSUPPORTED, "no boot loader that rehost knows was found in /boot");
	return error_hint(err, "install GRUB or extlinux on the old PC and capture it again");
}

int linux_edit_boot(struct conversion *conv, struct error *err)
{
	put_away_device_map(conv);
	for (size_t i = 0; i < ARRAY_SIZE(loaders); i++) {
		if (strcmp(loaders[i].name, conv->sys->boot_loader) == 0) {
			loaders[i].edit(conv);
			return 0;
		}
	}
	return not_understood(conv, err);
}
