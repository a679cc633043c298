# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# The plain old PC, from which most guests differ in one thing: one root partition, one swap
# partition, GRUB 2 in the MBR, initramfs-tools with the modules that an IDE or SATA PC needs.
#
#   ROOT_TYPE    ext4 unless set
#   FIRST        first sector of the root partition, 2048 unless set

: "${ROOT_TYPE:=ext4}" "${FIRST:=2048}"

DISK_MIB=1024
SWAP_MIB=64

# plain_system [PACKAGE ...] - everything that does not depend on the disk
plain_system() {
	make_root
	# shellcheck disable=SC2046 # a list of words
	set -- "$@" $(network_packages)
	[ $# -eq 0 ] || apt_install "$@"
	system_identity
	system_serial_login
	system_workload
	"network_$NETWORK"
}

# plain_fstab ROOT-DEVICE SWAP-DEVICE [LINE ...]
plain_fstab() {
	local root=$1 swap=$2
	shift 2
	{
		echo '# <file system> <mount point> <type> <options> <dump> <pass>'
		printf '%s\t/\t%s\t%s\t0\t1\n' "$root" "$ROOT_TYPE" "${ROOT_OPTIONS:-defaults,errors=remount-ro}"
		[ $# -eq 0 ] || printf '%s\n' "$@"
		printf '%s\tnone\tswap\tsw\t0\t0\n' "$swap"
	} >"$ROOT/etc/fstab"
}

# plain_initramfs - with what a PC needs and MODULE ... as well; resume from the swap partition
plain_initramfs() {
	initramfs_list "${PC_MODULES[@]}" "$@"
	initramfs_resume /dev/sda2
	initramfs_make
}

# plain_grub - GRUB 2 and its configuration in /boot of the root file system
plain_grub() {
	grub_default
	grub_cfg "$ROOT/boot/grub/grub.cfg"
	grub_files "$ROOT/boot"
	# shellcheck disable=SC2086 # a list of words
	grub_core "(,${GRUB_PART#*,})$GRUB_PREFIX/grub" biosdisk $GRUB_INSMOD
}

# plain_table IMAGE - root and swap partition
plain_table() {
	local swap=$(((DISK_MIB - SWAP_MIB) * 2048))
	disk_mbr "$1" $DISK_MIB "0x$(uuid_of disk | cut -c1-8)" \
		"start=$FIRST, size=$((swap - FIRST)), type=83, bootable" \
		"start=$swap, size=$((SWAP_MIB * 2048)), type=82"
}

# plain_disk IMAGE - an ext root, swap, GRUB
plain_disk() {
	plain_table "$1"
	ext_in_partition "$1" 1 "$ROOT_TYPE" "$(uuid_of root)" "$ROOT"
	swap_in_partition "$1" 2 "$(uuid_of swap)"
	grub_mbr "$1" "$FIRST"
}
