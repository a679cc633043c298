# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What only a kernel can do (LVM, RAID, LUKS, xfs, btrfs) is done in the libguestfs appliance.

# appliance IMAGE ... <COMMANDS - guestfish commands; the images are /dev/disk/guestfs/a, b, ... there,
# their partitions a1, a2, ... (not /dev/sda: in which order the kernel finds the disks is a race)
#
# KVM is not trusted here: a /dev/kvm that opens may still hang.
appliance() {
	local labels=abc n=0 image
	need guestfish guestfish
	{
		for image; do
			echo "add-drive \"$image\" format:raw label:${labels:n++:1}"
		done
		printf 'run\ndebug sh "udevadm settle"\n'
		cat
		echo shutdown
	} >"$WORK/appliance.fish"
	LIBGUESTFS_BACKEND=${LIBGUESTFS_BACKEND:-direct} \
	LIBGUESTFS_BACKEND_SETTINGS=${LIBGUESTFS_BACKEND_SETTINGS:-force_tcg} \
		guestfish -f "$WORK/appliance.fish" >"$WORK/appliance.log" 2>&1 || {
		cat "$WORK/appliance.log" >&2
		die "failed in the appliance"
	}
}

# root_image FILE UUID MIB [MKE2FS-OPTION ...] - the guest's root as an ext4 image of that size, to be
# copied into a volume that only the appliance can open
root_image() {
	local file=$1 uuid=$2 mib=$3
	shift 3
	truncate -s "${mib}M" "$file"
	mke2fs -q -F -t "$ROOT_TYPE" -U "$uuid" -E "hash_seed=$uuid" -d "$ROOT" "$@" "$file"
}
