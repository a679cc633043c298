# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Disks as plain sparse files: partition tables, and file systems written at an offset. No loop
# device and no mount.

# disk_mbr IMAGE SIZE-MIB ID LINE ... - an MBR disk; each LINE is one of sfdisk's
disk_mbr() {
	local image=$1 mib=$2 id=$3
	shift 3
	truncate -s "${mib}M" "$image"
	{ printf 'label: dos\nlabel-id: %s\nunit: sectors\n' "$id"; printf '%s\n' "$@"; } |
		sfdisk --quiet --no-tell-kernel --wipe never "$image"
}

# part_start IMAGE N, part_size IMAGE N - in sectors
part_start() {
	sfdisk --json "$1" | jq ".partitiontable.partitions[] | select(.node == \"$1$2\").start"
}

part_size() {
	sfdisk --json "$1" | jq ".partitiontable.partitions[] | select(.node == \"$1$2\").size"
}

# ext_in_partition IMAGE N TYPE UUID FOLDER [MKE2FS-OPTION ...] - a file system with what is in FOLDER
ext_in_partition() {
	local image=$1 n=$2 type=$3 uuid=$4 folder=$5
	shift 5
	mke2fs -q -F -t "$type" -U "$uuid" -d "$folder" \
		-E "offset=$(($(part_start "$image" "$n") * 512)),hash_seed=$uuid" "$@" \
		"$image" "$(($(part_size "$image" "$n") / 2))k"
}

# swap_in_partition IMAGE N UUID
swap_in_partition() {
	local swap=$WORK/swap
	truncate -s "$(($(part_size "$1" "$2") * 512))" "$swap"
	mkswap --quiet -U "$3" "$swap"
	into_partition "$1" "$2" "$swap"
	rm "$swap"
}

# into_partition IMAGE N FILE - copy FILE to the start of the partition; zeros stay holes
into_partition() {
	dd if="$3" of="$1" bs=64K conv=notrunc,sparse oflag=seek_bytes \
		seek="$(($(part_start "$1" "$2") * 512))" status=none
}
