// SPDX-License-Identifier: GPL-2.0-or-later
/* What a Linux system is: its name, its init system, its tools, its mounts. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/devname.h"
#include "lib/fstab.h"
#include "lib/linux_facts.h"

char *linux_assignment(const char *text, const char *name)
{
	size_t len = strlen(name);

	for (const char *p = text; p && *p; p += strcspn(p, "\n"), p += *p == '\n') {
		const char *value;

		p += strspn(p, " \t");
		if (strncmp(p, "export ", 7) == 0)
			p += 7;
		if (strncmp(p, name, len) != 0 || p[len] != '=')
			continue;
		value = p + len + 1;
		if (*value == '"' || *value == '\'')
			return xstrndup(value + 1, strcspn(value + 1, *value == '"' ? "\"\n" : "'\n"));
		return xstrndup(value, strcspn(value, " \t\r\n#"));
	}
	return NULL;
}

static char *first_line(const char *text)
{
	return text ? xstrndup(text, MIN(strcspn(text, "\r\n"), (size_t)200)) : NULL;
}

/* Distributions of before os-release: a file with one line. */
static const struct {
	const char *file, *distro, *prefix;
} releases[] = {
	{ "/etc/centos-release", "centos", "" },
	{ "/etc/fedora-release", "fedora", "" },
	{ "/etc/redhat-release", "rhel", "" },
	{ "/etc/SuSE-release", "sles", "" },
	{ "/etc/slackware-version", "slackware", "" },
	{ "/etc/alpine-release", "alpine", "Alpine Linux " },
	{ "/etc/gentoo-release", "gentoo", "" },
	{ "/etc/debian_version", "debian", "Debian GNU/Linux " },
};

static char *first_number(const char *text)
{
	const char *p = text + strcspn(text, "0123456789");

	return xstrndup(p, strspn(p, "0123456789."));
}

static void old_release(struct inspected_system *sys)
{
	for (size_t i = 0; i < ARRAY_SIZE(releases) && !sys->name; i++) {
		CLEANUP_FREE char *line = first_line(tree_text(&sys->tree, releases[i].file));

		if (!line)
			continue;
		sys->name = xasprintf("%s%s", releases[i].prefix, line);
		sys->distro = xstrdup(releases[i].distro);
		sys->version = first_number(line);
	}
}

static void system_name(struct inspected_system *sys)
{
	const char *text = tree_text(&sys->tree, "/etc/os-release");

	if (!text)
		text = tree_text(&sys->tree, "/usr/lib/os-release");
	if (text) {
		sys->name = linux_assignment(text, "PRETTY_NAME");
		sys->distro = linux_assignment(text, "ID");
		sys->version = linux_assignment(text, "VERSION_ID");
	}
	if (!sys->name)
		old_release(sys);
	if (!sys->name)
		sys->name = xstrdup("Linux");
	if (!sys->distro)
		sys->distro = xstrdup("");
	if (!sys->version)
		sys->version = xstrdup("");
}

static void host_name(struct inspected_system *sys)
{
	sys->hostname = first_line(tree_text(&sys->tree, "/etc/hostname"));
	if (!sys->hostname)
		sys->hostname = first_line(tree_text(&sys->tree, "/etc/HOSTNAME"));
	if (!sys->hostname)
		sys->hostname = linux_assignment(tree_text(&sys->tree, "/etc/sysconfig/network"),
						 "HOSTNAME");
}

static const char *init_system(const struct tree *t)
{
	const struct tree_node *init = tree_find(t, "/sbin/init");

	if (init && strstr(init->path, "systemd"))
		return "systemd";
	if (init && strstr(init->path, "busybox"))
		return "busybox";
	if (tree_has(t, "/sbin/openrc") || tree_has(t, "/sbin/openrc-run"))
		return "openrc";
	if (tree_has(t, "/sbin/initctl") && tree_has(t, "/etc/init"))
		return "upstart";
	if (tree_has(t, "/etc/inittab"))
		return "sysvinit";
	return tree_has(t, "/lib/systemd/systemd") ? "systemd" : "unknown";
}

static const char *initramfs_tool(const struct tree *t)
{
	if (tree_has(t, "/usr/bin/dracut") || tree_has(t, "/sbin/dracut"))
		return "dracut";
	if (tree_has(t, "/etc/initramfs-tools"))
		return "initramfs-tools";
	if (tree_has(t, "/etc/mkinitcpio.conf"))
		return "mkinitcpio";
	if (tree_has(t, "/sbin/mkinitrd"))
		return "mkinitrd";
	return "none";
}

/* Something has to hear the power button, or a stop waits in vain. */
static const char *power_button(const struct inspected_system *sys)
{
	const struct tree *t = &sys->tree;

	if (strcmp(sys->init, "systemd") == 0)
		return "systemd";
	if (tree_has(t, "/usr/sbin/acpid") || tree_has(t, "/sbin/acpid"))
		return "acpid";
	return tree_has(t, "/etc/elogind") ? "elogind" : NULL;
}

void linux_identity(struct inspected_system *sys)
{
	const char *acpi;

	system_name(sys);
	host_name(sys);
	sys->init = xstrdup(init_system(&sys->tree));
	sys->initramfs_tool = xstrdup(initramfs_tool(&sys->tree));
	acpi = power_button(sys);
	sys->acpi = acpi ? xstrdup(acpi) : NULL;
}

static const struct {
	const char *file, *loader;
} loaders[] = {
	{ "/boot/grub2/grub.cfg", "grub2" },
	{ "/boot/grub/grub.cfg", "grub2" },
	{ "/boot/grub/grub.conf", "grub-legacy" },
	{ "/boot/grub/menu.lst", "grub-legacy" },
	{ "/boot/extlinux/extlinux.conf", "extlinux" },
	{ "/boot/extlinux.conf", "extlinux" },
	{ "/boot/syslinux/syslinux.cfg", "extlinux" },
	{ "/extlinux.conf", "extlinux" },
	{ "/boot/loader/loader.conf", "systemd-boot" },
	{ "/boot/efi/loader/loader.conf", "systemd-boot" },
	{ "/efi/loader/loader.conf", "systemd-boot" },
	{ "/etc/lilo.conf", "lilo" },
};

void linux_boot_loader(struct inspected_system *sys)
{
	for (size_t i = 0; i < ARRAY_SIZE(loaders); i++) {
		const struct tree_node *n = tree_find(&sys->tree, loaders[i].file);

		if (!n || !n->data)
			continue;
		sys->boot_loader = xstrdup(loaders[i].loader);
		sys->boot_config = xstrdup(n->path);
		return;
	}
	sys->boot_loader = xstrdup("unknown");
}

static bool known_point(const struct inspected_system *sys, const char *point)
{
	for (size_t i = 0; i < sys->n_mounts; i++)
		if (strcmp(sys->mounts[i].point, point) == 0)
			return true;
	return false;
}

/* On btrfs one device is mounted in several places, each another part of it. */
static char *part_options(const struct fstab_line *line)
{
	CLEANUP_FREE char *all = fstab_field(line, FSTAB_OPTIONS);
	struct strv options CLEANUP_STRV = STRV_INIT;

	strv_split(&options, all, ",");
	for (size_t i = 0; i < options.n; i++)
		if (strncmp(options.v[i], "subvol=", 7) == 0 ||
		    strncmp(options.v[i], "subvolid=", 9) == 0)
			return xstrdup(options.v[i]);
	return NULL;
}

/* A folder is mounted before what is mounted below it. */
static int parents_first(const void *a, const void *b)
{
	return strcmp(((const struct inspected_mount *)a)->point,
		      ((const struct inspected_mount *)b)->point);
}

void linux_mounts(const struct inspection *in, struct inspected_system *sys)
{
	const char *text = tree_text(&sys->tree, "/etc/fstab");
	struct fstab_line line = { .next = text ? text : "" };

	while (fstab_next(&line)) {
		CLEANUP_FREE char *spec = fstab_field(&line, FSTAB_SPEC);
		CLEANUP_FREE char *raw = fstab_field(&line, FSTAB_POINT);
		CLEANUP_FREE char *point = fstab_unescape(raw);
		const struct inspected_fs *fs = devname_resolve(in, spec);
		bool swap = strcmp(point, "none") == 0 || strcmp(point, "swap") == 0;
		struct inspected_mount *m;

		if (line.n < 3 || (devname_kind(spec) == DEVNAME_OTHER) ||
		    (!swap && (point[0] != '/' || known_point(sys, point))))
			continue;
		m = APPEND(sys->mounts, sys->n_mounts);
		*m = (struct inspected_mount){
			.point = xstrdup(swap ? "swap" : point),
			.spec = xstrdup(spec),
			.type = fstab_field(&line, FSTAB_TYPE),
			.device = fs ? xstrdup(fs->device) : NULL,
			.options = part_options(&line),
		};
	}
	if (sys->n_mounts)
		qsort(sys->mounts, sys->n_mounts, sizeof(*sys->mounts), parents_first);
}
