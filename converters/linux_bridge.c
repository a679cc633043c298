// SPDX-License-Identifier: GPL-2.0-or-later
/* Linux on another firmware: GRUB on an added disk that reads the guest's own menu, or its kernel alone. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "converters/bridge.h"
#include "converters/linux.h"
#include "lib/base/alloc.h"
#include "lib/base/path.h"
#include "lib/boot_menu.h"
#include "lib/linux_facts.h"

enum { COST_OF_LOADER = 30, COST_OF_KERNEL = 40 };

/* The file system that holds @path, and what it is called there: GRUB knows no mounts. */
static const struct inspected_fs *place_of(const struct inspection *in,
					   const struct inspected_system *sys, const char *path,
					   char **ret_path)
{
	const char *device = sys->root, *options = sys->root_options;
	size_t len = 0;

	for (size_t i = 0; i < sys->n_mounts; i++) {
		const struct inspected_mount *m = &sys->mounts[i];
		size_t n = strlen(m->point);

		if (!m->device || n <= MAX(len, (size_t)1) || strncmp(path, m->point, n) != 0 ||
		    path[n] != '/')
			continue;
		len = n;
		device = m->device;
		options = m->options;
	}
	if (options && strncmp(options, "subvol=", 7) != 0)
		return NULL;
	if (options)
		options += 7 + (options[7] == '/');
	*ret_path = xasprintf("%s%s%s", options ? "/" : "", options ? options : "", path + len);
	return inspection_fs(in, device);
}

/* Words of a kernel line behind the image, without what only a boot loader can fill in. */
static char *options_of(const char *line, size_t len)
{
	CLEANUP_FREE char *text = xstrndup(line, len);
	struct strv words CLEANUP_STRV = STRV_INIT, kept CLEANUP_STRV = STRV_INIT;

	strv_split(&words, text, " \t\r");
	for (size_t i = 0; i < words.n; i++)
		if (!strchr(words.v[i], '$') && strncmp(words.v[i], "initrd=", 7) != 0)
			strv_add(&kept, words.v[i]);
	return kept.n ? strv_join(&kept, " ") : NULL;
}

/* What stands behind the image in "linux /boot/vmlinuz-6.1 root=… ro"; NULL: another line. */
static const char *behind_image(const char *line, size_t len, const char *base)
{
	const char *word = line + strspn(line, " \t"), *at = memmem(line, len, base, strlen(base));

	if (!at || at == line || !strchr("/ \t=)", at[-1]) ||
	    (strncmp(word, "linux", 5) != 0 && strncasecmp(word, "kernel", 6) != 0))
		return NULL;
	at += strlen(base);
	return at == line + len || strchr(" \t\r", *at) ? at : NULL;
}

/* syslinux and systemd-boot have them on a line of their own, inside of the same entry. */
static char *options_below(const char *p)
{
	while (*p == '\n') {
		const char *line = p + 1, *word = line + strspn(line, " \t");
		size_t len = strcspn(line, "\n");
		bool append = strncasecmp(word, "append ", 7) == 0;

		if (strncasecmp(word, "label", 5) == 0 || strncasecmp(word, "menuentry", 9) == 0)
			break;
		if (append || strncasecmp(word, "options ", 8) == 0) {
			word += append ? 7 : 8;
			return options_of(word, (size_t)(line + len - word));
		}
		p = line + len;
	}
	return NULL;
}

/* Options of a kernel in the configuration of a boot loader, or NULL. */
static char *cmdline_in(const char *text, const char *image)
{
	CLEANUP_FREE char *base = path_basename(image);

	for (const char *p = text; *p; p += strcspn(p, "\n"), p += *p == '\n') {
		size_t len = strcspn(p, "\n");
		const char *at = behind_image(p, len, base);
		char *options = at ? options_of(at, (size_t)(p + len - at)) : NULL;

		if (at)
			return options ? options : options_below(p + len);
	}
	return NULL;
}

/* Options of the kernel that starts by itself, from whichever file of a boot loader has them. */
static char *cmdline_of(const struct inspected_system *sys)
{
	const struct inspected_kernel *k = linux_default_kernel(sys);
	const char *text = sys->boot_config ? tree_text(&sys->tree, sys->boot_config) : NULL;
	const struct tree_node *n;
	char *found = NULL;

	if (!k || !k->image)
		return NULL;
	found = text ? cmdline_in(text, k->image) : NULL;
	for (size_t i = 0; !found && (n = tree_under(&sys->tree, "/boot", &i));)
		if (n->data && (strstr(n->path, "/loader/entries/") || path_has_suffix(n->path, ".conf") ||
				path_has_suffix(n->path, ".cfg")))
			found = cmdline_in(n->data, k->image);
	return found;
}

/* Why GRUB on another disk could not go on to this guest, or NULL. */
static const char *loader_obstacle(const struct inspection *in, const struct inspected_system *sys)
{
	const char *text = sys->boot_config ? tree_text(&sys->tree, sys->boot_config) : NULL;
	CLEANUP_FREE char *path = NULL;
	const struct inspected_fs *fs;

	if (strcmp(sys->boot_loader, "grub2") != 0 || !text)
		return "its boot loader is not GRUB 2, whose menu could be read from another disk";
	if (strstr(text, "blscfg"))
		return "its menu is made by a command that only its own GRUB has (blscfg)";
	fs = place_of(in, sys, sys->boot_config, &path);
	if (!fs || !fs->uuid)
		return "the file system with its menu has no UUID to find it by";
	return NULL;
}

/*
 * A kernel of 32 bits on firmware of 64: GRUB goes back to 32 bits before it, and since Linux 3.4 such a kernel
 * finds its tables (ACPI) where that firmware has them. Older ones, and those without CONFIG_EFI, look in the
 * memory of a BIOS, where there are none.
 */
static bool can_cross_words(const struct inspected_system *sys, const struct inspected_kernel *k)
{
	CLEANUP_FREE char *path = k ? xasprintf("/boot/config-%s", k->version) : NULL;
	const char *config = path ? tree_text(&sys->tree, path) : NULL;
	unsigned int major = 0, minor = 0;

	return config && strstr(config, "\nCONFIG_EFI=y") &&
	       sscanf(k->version, "%3u.%3u", &major, &minor) == 2 &&
	       (major > 3 || (major == 3 && minor >= 4));
}

const char *linux_firmware_obstacle(const struct inspection *in, const struct inspected_system *sys,
				    enum firmware value)
{
	const struct inspected_kernel *k = linux_default_kernel(sys);
	CLEANUP_FREE char *cmdline = NULL;

	if (model_has(&sys->can_drive, DIM_WORD, WORD_ARM64))
		return "what rehost adds to start a guest is for PCs, and its kernel is for arm64";
	if (value == FIRMWARE_UEFI && !model_has(&sys->can_drive, DIM_WORD, WORD_64) && !can_cross_words(sys, k))
		return "its kernel has 32 bits, the firmware has 64, and that kernel cannot start on such";
	if (value != FIRMWARE_KERNEL)
		return loader_obstacle(in, sys);
	if (!k || !k->image)
		return "the kernel that it starts was not found";
	cmdline = cmdline_of(sys);
	return cmdline ? NULL : "the options of its kernel are in no file of a boot loader";
}

void linux_firmware_can_add(const struct inspection *in, const struct inspected_system *sys,
			    struct machine_model *ret)
{
	static const enum firmware values[] = { FIRMWARE_BIOS, FIRMWARE_UEFI, FIRMWARE_KERNEL };

	for (size_t i = 0; i < ARRAY_SIZE(values); i++)
		if (!model_has(&sys->can_drive, DIM_FIRMWARE, values[i]) &&
		    !linux_firmware_obstacle(in, sys, values[i]))
			ret->cost[DIM_FIRMWARE][values[i]] =
				values[i] == FIRMWARE_KERNEL ? COST_OF_KERNEL : COST_OF_LOADER;
}

/*
 * The functions stand in for commands that this GRUB has not under that name; a command that it has
 * comes before a function.
 */
static char *chain_config(const char *uuid, const char *path)
{
	CLEANUP_FREE char *dir = path_dirname(path);
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	fputs("# Written by rehost. Reads the guest's own menu at each start, and so follows its kernels.\n"
	      "function linux16 { linux \"$@\"; }\n"
	      "function initrd16 { initrd \"$@\"; }\n"
	      "function linuxefi { linux \"$@\"; }\n"
	      "function initrdefi { initrd \"$@\"; }\n", f);
	fprintf(f, "search --no-floppy --set=root --fs-uuid %s\n", uuid);
	fprintf(f, "set prefix=($root)%s\nexport prefix\nconfigfile ($root)%s\n", dir, path);
	fprintf(f, "echo 'The menu of the guest was not found: %s on the file system %s'\n"
		   "sleep 60\n", path, uuid);
	if (fclose(f) != 0)
		abort();
	return text;
}

static void add_text(struct fileset *files, const char *path, char *text)
{
	fileset_add(files, path, text, strlen(text), false);
}

static int add_loader(struct conversion *conv, enum firmware value, struct guest *ret,
		      struct error *err)
{
	const struct inspected_system *sys = conv->sys;
	CLEANUP_FREE char *path = NULL, *image = NULL, *version = NULL;
	const struct inspected_fs *fs = place_of(conv->in, sys, sys->boot_config, &path);
	struct fileset files CLEANUP_FILESET = FILESET_INIT;
	bool efi = value == FIRMWARE_UEFI;
	size_t len = 0;

	if (!fs || !fs->uuid)
		return error_set(err, ERR_UNSUPPORTED, "%s", loader_obstacle(conv->in, sys));
	add_text(&files, efi ? "EFI/rehost/grub.cfg" : "grub/grub.cfg",
		 chain_config(fs->uuid, path));
	if (efi) {
		if (bridge_grub_image(conv, "x86_64-efi", "/EFI/rehost", &image, &len, err) < 0)
			return -1;
		fileset_add(&files, "EFI/BOOT/BOOTX64.EFI", STEAL(image), len, false);
	}
	report_add(&ret->findings, FINDING_NOTE, "firmware",
		   "a disk with GRUB for %s is added; it reads '%s' of the guest at each start. The "
		   "guest's own disk keeps its boot loader and still starts %s",
		   efi ? "UEFI" : "BIOS", sys->boot_config, efi ? "on a BIOS" : "by UEFI");
	if (bridge_add_disk(conv, &files, efi ? BRIDGE_NONE : BRIDGE_GRUB_BIOS,
			    efi ? "starts the guest's own menu on UEFI"
				: "starts the guest's own menu on a BIOS",
			    ret, err) < 0)
		return -1;
	version = bridge_grub_version();
	bridge_list_program(ret, "GRUB", version, "the machine that converted it");
	return 0;
}

int linux_firmware_settings(struct conversion *conv, struct error *err)
{
	if (conv->answer->value[DIM_FIRMWARE] != FIRMWARE_KERNEL)
		return 0;
	return linux_kernel_disk_settings(conv, err);
}

int linux_firmware_bridge(struct conversion *conv, struct guest *ret, struct error *err)
{
	int value = conv->answer->value[DIM_FIRMWARE];
	const char *why;

	if (!conv->answer->added[DIM_FIRMWARE])
		return 0;
	if (value != FIRMWARE_KERNEL)
		return add_loader(conv, (enum firmware)value, ret, err);
	ret->cmdline = cmdline_of(conv->sys);
	if (!ret->cmdline)
		return error_set(err, ERR_UNSUPPORTED, "the options of its kernel are not known");
	why = linux_firmware_obstacle(conv->in, conv->sys, FIRMWARE_UEFI);
	report_add(&ret->findings, FINDING_NOTE, "firmware",
		   "its kernel is handed over, from a disk that is added and that it keeps current; a boot loader for "
		   "UEFI %s%s", why ? "could not be added: " : "was not asked for", why ? why : "");
	return linux_kernel_disk(conv, ret, err);
}
