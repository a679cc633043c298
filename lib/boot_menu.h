/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_BOOT_MENU_H
#define REHOST_BOOT_MENU_H

/*
 * The menu of a boot loader: its entries, the kernel of each, and which one starts by itself. Read
 * from text by simple rules, not executed: what a GRUB script would compute is not known here.
 */

#include <stdbool.h>
#include <stddef.h>

struct boot_entry {
	char *index;		/* grub2: 1>2, grub-legacy: 2, extlinux: the label  */
	char *title;
	char *image;		/* as the loader names it: /vmlinuz-6.1.0, or NULL  */
};

struct boot_menu {
	struct boot_entry *entries;
	size_t n_entries;
	char *chosen;		/* value of "default", or NULL                      */
};

#define BOOT_MENU_INIT { NULL, 0, NULL }
enum { BOOT_MENU_MAX = 1000 };

/** boot_menu_parse - read the menu of "grub2", "grub-legacy" or "extlinux"; others stay empty */
void boot_menu_parse(struct boot_menu *ret, const char *loader, const char *text);

/** boot_menu_default - the entry that starts by itself, or NULL if that is not known */
const struct boot_entry *boot_menu_default(const struct boot_menu *m);

/** boot_menu_find - the first entry that starts a kernel image of this file name, or NULL */
const struct boot_entry *boot_menu_find(const struct boot_menu *m, const char *image);

/** boot_menu_choose - the text with another default; NULL if there is no place for it; to be freed */
char *boot_menu_choose(const char *loader, const char *text, const struct boot_entry *entry);

void boot_menu_clear(struct boot_menu *m);

#define CLEANUP_BOOT_MENU __attribute__((cleanup(boot_menu_clear)))

#endif
