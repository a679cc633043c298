/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_CONVERTERS_LINUX_H
#define REHOST_CONVERTERS_LINUX_H

/*
 * The parts of the Linux converter. Those that edit settings change sys->tree and nothing else, so
 * that they can be tested on trees of systems that cannot be had any more; what they leave alone
 * although it looks wrong they report in sys->findings.
 */

#include "converters/converter.h"
#include "lib/kmod.h"

/**
 * linux_stable_devices - replace names of partitions that depend on the disk's bus
 * @in:     the inspection
 * @text:   a file of settings
 * @words:  only in lines that begin with one of these words; NULL: in all but comments
 * @missed: gets the names that are on none of the disks, or NULL
 *
 * Return: the new text; the caller frees it.
 */
char *linux_stable_devices(const struct inspection *in, const char *text, const char *const *words,
			   struct strv *missed);

/** linux_append_options - put @options behind the lines that begin with one of @words, once each */
char *linux_append_options(const char *text, const char *const *words, const char *options);

/** linux_add_line - @line at the end of @text, unless it has that line */
char *linux_add_line(const char *text, const char *line);

/**
 * linux_edit_settings - all edits of settings, in sys->tree alone; nothing is read or written
 * @conv: the conversion; conv->app is not used
 * @err:  ERR_UNSUPPORTED
 */
int linux_edit_settings(struct conversion *conv, struct error *err);

/** linux_edit_devices - fstab, crypttab, resume and other files that name disks */
void linux_edit_devices(struct conversion *conv);

/**
 * linux_edit_boot - boot loader: kernel lines by UUID, serial console; and its defaults
 * @err: ERR_UNSUPPORTED if the boot loader is not understood, names its file
 */
int linux_edit_boot(struct conversion *conv, struct error *err);

/**
 * linux_readable_roots - root= and resume= in the words that the guest's initramfs or kernel reads
 * @text: kernel lines, by UUID
 *
 * Return: the new text; to be freed. A name that holds for the new disk only is reported.
 */
char *linux_readable_roots(struct conversion *conv, const char *text);

/** linux_serial_port - what the guest calls its first serial port on the new machine: ttyS0 */
const char *linux_serial_port(const struct conversion *conv);

/** linux_edit_console - a login on the first serial port */
void linux_edit_console(struct conversion *conv);

/** linux_edit_network - the old names stay with the old cards on the new driver */
void linux_edit_network(struct conversion *conv);

/** linux_edit_initramfs_config - the guest's own next rebuild keeps the drivers of @names */
void linux_edit_initramfs_config(struct conversion *conv, const struct strv *names);

/** linux_driver_modules - modules that a device needs besides what is built in; false: not to be had */
bool linux_driver_modules(const struct kmod *kmod, enum model_dim dim, unsigned int value,
			  struct strv *ret);

/** linux_read_module - a module's file from the guest; to be freed */
int linux_read_module(const struct conversion *conv, const struct inspected_kernel *k,
		      const struct kmod_module *m, char **ret, size_t *ret_len, struct error *err);

/** linux_record_module - list a module that was put into a kernel's initramfs in the guest's document */
void linux_record_module(const struct inspected_kernel *k, const struct kmod_module *m,
			 const void *data, size_t len, struct guest *ret);

/** linux_extend_initramfs - append the drivers to the initramfs of one kernel */
int linux_extend_initramfs(struct conversion *conv, const struct inspected_kernel *k,
			   const struct kmod *kmod, const struct strv *names, struct guest *ret,
			   struct error *err);

/**
 * linux_rebuild_initramfs - have the guest's own tool make the initramfs of one kernel anew
 * @names: drivers that it must have
 * @err:   it has no such tool, or the tool failed
 *
 * To be called when its settings were written, as the tool reads them.
 */
int linux_rebuild_initramfs(struct conversion *conv, const struct inspected_kernel *k,
			    const struct kmod *kmod, const struct strv *names, struct guest *ret,
			    struct error *err);

/** linux_fallback_loader - a copy of the boot loader where UEFI looks when it has no settings */
int linux_fallback_loader(struct conversion *conv, struct guest *ret, struct error *err);

/** linux_firmware_obstacle - why this guest cannot be given this firmware, or NULL */
const char *linux_firmware_obstacle(const struct inspection *in, const struct inspected_system *sys,
				    enum firmware value);

/** linux_firmware_can_add - firmware that the guest starts on with an added disk */
void linux_firmware_can_add(const struct inspection *in, const struct inspected_system *sys,
			    struct machine_model *ret);

/** linux_firmware_settings - what the guest itself has to do for it; in sys->tree alone */
int linux_firmware_settings(struct conversion *conv, struct error *err);

/** linux_firmware_bridge - add the disk, if the firmware of the answer is not the guest's own */
int linux_firmware_bridge(struct conversion *conv, struct guest *ret, struct error *err);

/** linux_kernel_disk_settings, linux_kernel_disk - the same for a start from kernel files */
int linux_kernel_disk_settings(struct conversion *conv, struct error *err);
int linux_kernel_disk(struct conversion *conv, struct guest *ret, struct error *err);

/** linux_has_driver - does this kernel drive the device, or can it be given the driver? */
bool linux_has_driver(const struct inspected_system *sys, const struct inspected_kernel *k,
		      enum model_dim dim, unsigned int value);

/**
 * linux_choose_kernel - make the boot loader start a kernel that can drive disk and network card
 * @conv: the conversion; answer says which they are
 * @err:  ERR_UNSUPPORTED if there is none, or the boot loader cannot be told
 */
int linux_choose_kernel(struct conversion *conv, struct error *err);

/** linux_edit_modprobe - driver aliases of older systems */
void linux_edit_modprobe(struct conversion *conv);

/** linux_alias_drivers - every "alias ALIASn …" with @driver; to be freed */
char *linux_alias_drivers(const char *text, const char *alias, const char *driver);

/** linux_suse_modules - INITRD_MODULES with @names too, or NULL if there is none; to be freed */
char *linux_suse_modules(const char *text, const struct strv *names);

/** linux_names_devices - is it one of the files in which linux_edit_devices() replaces names? */
bool linux_names_devices(const char *path);

/** linux_edit_leftovers - LVM's memory of old disks; names of disks that stay are reported */
void linux_edit_leftovers(struct conversion *conv);

/** linux_lvm_filter - lvm.conf without filters that name disks; to be freed */
char *linux_lvm_filter(const char *text);

/** linux_edit_services - SELinux labels; services for hardware that stayed behind do not start */
void linux_edit_services(struct conversion *conv);

/**
 * linux_nash_init - the init script of an old Red Hat initrd with more drivers in it
 * @in:     the inspection, for names of devices
 * @script: /init of the initrd
 * @paths:  modules in the initrd, without leading slash, in the order to load them
 *
 * Return: the new script, or NULL if it is not one of that kind. To be freed.
 */
char *linux_nash_init(const struct inspection *in, const char *script, const struct strv *paths);

#endif
