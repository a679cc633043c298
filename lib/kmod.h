/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_KMOD_H
#define REHOST_KMOD_H

/*
 * Kernel modules by the guest's own lists (modules.dep, modules.builtin, modules.alias, …): which
 * drivers there are, what each needs, and the indexes that modprobe wants to find beside a set of them.
 *
 * Names are the kernel's: '_' for '-'.
 *
 * Source: modules.dep(5); kmod's libkmod-index.c for the form of the .bin files.
 */

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/error.h"
#include "lib/base/strv.h"

enum { KMOD_MAX_MODULES = 50000, KMOD_MAX_DEPTH = 64 };

struct kmod_module {
	char *name;		/* virtio_blk                                    */
	char *path;		/* kernel/drivers/block/virtio_blk.ko            */
	struct strv needs;	/* names of all it needs, in the order of modules.dep */
};

struct kmod {
	struct kmod_module *modules;	/* sorted by name */
	size_t n_modules;
	struct strv builtin;		/* names of drivers in the kernel itself */
};

#define KMOD_INIT { 0 }

/**
 * kmod_parse - read the lists
 * @ret:     kmod_clear() frees it
 * @dep:     text of modules.dep
 * @builtin: text of modules.builtin, or NULL
 */
void kmod_parse(struct kmod *ret, const char *dep, const char *builtin);

const struct kmod_module *kmod_find(const struct kmod *k, const char *name);
bool kmod_is_builtin(const struct kmod *k, const char *name);

/**
 * kmod_closure - add a module and all it needs to a list, each once, needed ones first
 * @k:    the lists
 * @name: a module
 * @ret:  list of names
 *
 * Return: false if the kernel has no such module; a built-in one is there and adds nothing.
 */
bool kmod_closure(const struct kmod *k, const char *name, struct strv *ret);

/** kmod_dep_text - modules.dep for the modules of @names, where @paths[i] is the place of names[i] */
char *kmod_dep_text(const struct kmod *k, const struct strv *names, const struct strv *paths);

/** kmod_filter - of modules.alias, modules.softdep or modules.symbols, the lines of @names */
char *kmod_filter(const char *text, const struct strv *names);

enum kmod_index { KMOD_INDEX_DEP, KMOD_INDEX_ALIAS };

/**
 * kmod_index - the binary index of modules.dep or modules.alias
 * @kind: which of the two
 * @text: the file
 * @ret_len: length                                        [bytes]
 *
 * Return: the bytes; the caller frees them.
 */
char *kmod_index(enum kmod_index kind, const char *text, size_t *ret_len);

/**
 * kmod_version - the version that a module says it has
 * @data: the module's file, plain or compressed
 * @len:  its length                                       [bytes]
 *
 * Return: what its .modinfo says; NULL: nothing, or it is no module. The caller frees it.
 */
char *kmod_version(const void *data, size_t len);

void kmod_clear(struct kmod *k);

#define CLEANUP_KMOD __attribute__((cleanup(kmod_clear)))

#endif
