// SPDX-License-Identifier: GPL-2.0-or-later
/* A Linux guest that starts from kernel files: the disk that carries them, and how it stays current. */
#include "config.h"

#include <string.h>

#include "converters/bridge.h"
#include "converters/linux.h"
#include "lib/base/alloc.h"
#include "lib/base/path.h"
#include "lib/initramfs.h"
#include "lib/kernel_disk.h"
#include "lib/linux_facts.h"

enum { KERNEL_MAX = 64 << 20 };

#define SCRIPT "/usr/sbin/rehost-kernel"

/*
 * Runs in the guest, with any shell since 1995 and the plain tools of that time. The order of versions
 * is that of "sort -V" where there is one. The numbers are those of lib/kernel_disk.h.
 */
static const char script[] =
	"#!/bin/sh\n"
	"# Written by rehost. This machine starts its kernel from a small disk of its own, which the host\n"
	"# reads before each start. Run after a kernel or an initramfs was installed, this copies the\n"
	"# newest kernel and its initramfs there, into the half that is not in use, and then switches over.\n"
	"set -e\n"
	"PATH=/usr/sbin:/usr/bin:/sbin:/bin\n"
	"magic='rehost-kernel 1 '\n"
	"disk=\n"
	"for d in /sys/block/*; do\n"
	"\tn=/dev/${d##*/}\n"
	"\t[ -b \"$n\" ] || continue\n"
	"\tcase \"$d\" in */loop*|*/ram*|*/fd*|*/sr*|*/dm-*|*/md*) continue ;; esac\n"
	"\thead=$(dd if=\"$n\" bs=512 count=1 2>/dev/null | tr -d '\\000' | head -n 1)\n"
	"\tcase \"$head\" in \"$magic\"*) disk=$n; break ;; esac\n"
	"done\n"
	"[ -n \"$disk\" ] || { echo 'rehost-kernel: no disk for the kernel: not on a machine that needs it'; exit 0; }\n"
	"all=$(cd /boot && ls vmlinuz-* 2>/dev/null | sed 's/^vmlinuz-//' | grep -v rescue)\n"
	"version=$(echo \"$all\" | sort -V 2>/dev/null | tail -n 1)\n"
	"[ -n \"$version\" ] || version=$(echo \"$all\" | sort | tail -n 1)\n"
	"[ -n \"$version\" ] || { echo 'rehost-kernel: no kernel in /boot' >&2; exit 1; }\n"
	"kernel=/boot/vmlinuz-$version initramfs=\n"
	"for i in initrd.img-$version initramfs-$version.img initrd-$version initrd-$version.img initramfs-$version; do\n"
	"\t[ -z \"$initramfs\" ] && [ -f \"/boot/$i\" ] && initramfs=/boot/$i\n"
	"done\n"
	"# without its initramfs a new kernel may not find its root: it is made in a later step\n"
	"[ -n \"$initramfs\" ] || { echo \"rehost-kernel: $kernel has no initramfs yet\"; exit 0; }\n"
	"size() { wc -c <\"$1\" | tr -d ' '; }\n"
	"k=$(size \"$kernel\") i=$(size \"$initramfs\")\n"
	"units=$(( (k + 1048575) / 1048576 ))\n"
	"[ $(( units + (i + 1048575) / 1048576 )) -le 127 ] || { echo 'rehost-kernel: kernel and initramfs are too large for their disk' >&2; exit 1; }\n"
	"used=${head#\"$magic\"}\n"
	"used=${used%% *}\n"
	"slot=$(( 1 - used ))\n"
	"start=$(( 1 + slot * 127 ))\n"
	"dd if=\"$kernel\" of=\"$disk\" bs=1048576 seek=$start conv=notrunc 2>/dev/null\n"
	"dd if=\"$initramfs\" of=\"$disk\" bs=1048576 seek=$(( start + units )) conv=notrunc 2>/dev/null\n"
	"sync\n"
	"{ echo \"$magic$slot $k $i\"; dd if=/dev/zero bs=512 count=1 2>/dev/null; } |\n"
	"\tdd of=\"$disk\" bs=512 count=1 iflag=fullblock conv=notrunc 2>/dev/null\n"
	"sync\n"
	"echo \"rehost-kernel: the next start is by $kernel\"\n";

static const char hook[] =
	"#!/bin/sh\n"
	"# Written by rehost: the kernel that this machine starts next lies on a disk of its own.\n"
	"[ \"$1\" = remove ] || exec " SCRIPT "\n";

/* Places from which package systems run programs after a kernel or an initramfs was installed. */
static const struct {
	const char *folder, *file;
} hooks[] = {
	{ "/etc/kernel", "/etc/kernel/postinst.d/zz-rehost-kernel" },
	{ "/etc/kernel", "/etc/kernel/install.d/99-rehost-kernel.install" },
	{ "/etc/initramfs-tools", "/etc/initramfs/post-update.d/zz-rehost-kernel" },
};

int linux_kernel_disk_settings(struct conversion *conv, struct error *err)
{
	struct tree *t = &conv->sys->tree;
	bool any = false;

	(void)err;
	tree_put(t, SCRIPT, script, 0755, "copies each new kernel to the disk that the host starts it from");
	for (size_t i = 0; i < ARRAY_SIZE(hooks); i++) {
		if (!tree_has(t, hooks[i].folder))
			continue;
		tree_put(t, hooks[i].file, hook, 0755, "runs " SCRIPT " after each update");
		any = true;
	}
	if (!any)
		report_remedy(report_add(&conv->sys->findings, FINDING_WARNING, SCRIPT,
					 "nothing runs it after a kernel was installed"),
			      "run it by hand then");
	return 0;
}

int linux_kernel_disk(struct conversion *conv, struct guest *ret, struct error *err)
{
	const struct inspected_kernel *k = linux_default_kernel(conv->sys);
	CLEANUP_FREE char *kernel = NULL, *initramfs = NULL, *name = bridge_name_disk(conv, ret);
	CLEANUP_FREE char *path = conv->dir ? path_join(conv->dir, name) : NULL;
	CLEANUP_FREE char *record = xasprintf("%s:/kernel", name);
	size_t kernel_len = 0, initramfs_len = 0;
	const char *obstacle;
	struct guest_disk *d;

	if (appliance_read_file(conv->app, k->image, KERNEL_MAX, &kernel, &kernel_len, err) < 0)
		return -1;
	obstacle = kernel_disk_obstacle(kernel, kernel_len);
	if (obstacle) {
		error_set(err, ERR_UNSUPPORTED, "its kernel %s cannot be handed over: %s", k->image,
			  obstacle);
		return error_hint(err, "convert it for a target with a BIOS, or install a newer kernel in "
				  "the guest before");
	}
	if (k->initramfs && appliance_read_file(conv->app, k->initramfs, INITRAMFS_MAX, &initramfs,
						&initramfs_len, err) < 0)
		return -1;
	if (path && kernel_disk_make(path, kernel, kernel_len, initramfs, initramfs_len, err) < 0)
		return -1;
	ret->kernel_memory = kernel_disk_memory(kernel, kernel_len, initramfs_len);
	conversion_record(ret, record, "added", NULL, 0, kernel, kernel_len,
			  "the kernel that starts without firmware; the guest keeps it current");
	d = APPEND(ret->disks, ret->n_disks);
	*d = (struct guest_disk){
		.file = STEAL(name),
		.format = xstrdup("qcow2"),
		.size = KERNEL_DISK_SIZE,
		.added = xstrdup(DISK_KERNEL),
	};
	return 0;
}
