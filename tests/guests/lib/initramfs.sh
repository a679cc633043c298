# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# shellcheck disable=SC2034 # read by the guest scripts
# The guest's initramfs, with the drivers of the old PC and nothing else.

# What an IDE or SATA PC needs; no virtio.
PC_MODULES=(ata_piix ata_generic ahci sd_mod ext4)

# initramfs_list MODULE ... - initramfs-tools with MODULES=list
initramfs_list() {
	sed -i 's/^MODULES=.*/MODULES=list/' "$ROOT/etc/initramfs-tools/initramfs.conf"
	printf '%s\n' "$@" >>"$ROOT/etc/initramfs-tools/modules"
}

# initramfs_resume DEVICE - hibernation is resumed from there
initramfs_resume() {
	mkdir -p "$ROOT/etc/initramfs-tools/conf.d"
	echo "RESUME=$1" >"$ROOT/etc/initramfs-tools/conf.d/resume"
}

# initramfs_make - by the guest's own tool
initramfs_make() {
	INITRD='' in_root update-initramfs -c -k "$KERNEL"
	! in_root_quiet lsinitramfs "/boot/initrd.img-$KERNEL" | grep -q '/virtio' ||
		die "the initramfs has virtio drivers: this guest would prove nothing"
}

in_root_quiet() {
	chroot "$ROOT" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@" 2>/dev/null
}
