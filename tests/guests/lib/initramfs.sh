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

# initramfs_compress PROGRAM
initramfs_compress() {
	sed -i "s/^COMPRESS=.*/COMPRESS=$1/" "$ROOT/etc/initramfs-tools/initramfs.conf"
}

# initramfs_resume DEVICE - hibernation is resumed from there
initramfs_resume() {
	mkdir -p "$ROOT/etc/initramfs-tools/conf.d"
	echo "RESUME=$1" >"$ROOT/etc/initramfs-tools/conf.d/resume"
}

# initramfs_make [KERNEL] - by the guest's own tool
initramfs_make() {
	INITRD='' in_root update-initramfs -c -k "${1:-$KERNEL}"
	initramfs_check "${1:-$KERNEL}"
}

# initramfs_check [KERNEL]
initramfs_check() {
	in_root_quiet sh -c "if command -v lsinitrd; then lsinitrd \$1; else lsinitramfs \$1; fi" sh \
		"/boot/initrd.img-${1:-$KERNEL}" >"$WORK/initramfs.list"
	grep -q 'ata_piix\.ko' "$WORK/initramfs.list" ||
		die "the initramfs has no disk driver of a PC"
	! grep -q '/virtio[a-z_]*\.ko' "$WORK/initramfs.list" ||
		die "$(grep -o '[a-z_]*virtio[a-z_]*\.ko' "$WORK/initramfs.list" | sort -u | paste -sd' ')
the initramfs has virtio drivers: this guest would prove nothing"
}

in_root_quiet() {
	chroot "$ROOT" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@" 2>/dev/null
}
