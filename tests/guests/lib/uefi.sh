# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# A PC that boots by UEFI: GPT, an EFI system partition, a root and a swap partition.

ESP_MIB=64

# uefi_table IMAGE - sda1 the ESP, sda2 root, sda3 swap
uefi_table() {
	local swap=$(((DISK_MIB - SWAP_MIB) * 2048 - 2048))
	truncate -s "${DISK_MIB}M" "$1"
	sfdisk --quiet --no-tell-kernel "$1" <<-EOF
		label: gpt
		label-id: $(uuid_of disk)
		unit: sectors
		start=2048, size=$((ESP_MIB * 2048)), type=uefi, uuid=$(uuid_of part1)
		start=$((2048 + ESP_MIB * 2048)), size=$((swap - 2048 - ESP_MIB * 2048)), type=linux, uuid=$(uuid_of part2)
		start=$swap, size=$((SWAP_MIB * 2048)), type=swap, uuid=$(uuid_of part3)
	EOF
}

# uefi_disk IMAGE ESP-FOLDER - all of it, with what is in ESP-FOLDER on the ESP
uefi_disk() {
	local esp=$WORK/esp.img
	need mcopy mtools mkfs.vfat dosfstools
	uefi_table "$1"
	truncate -s "${ESP_MIB}M" "$esp"
	mkfs.vfat -F 32 -i "$(uuid_of esp | cut -c1-8)" "$esp" >/dev/null
	mcopy -s -Q -m -i "$esp" "$2"/* ::/
	into_partition "$1" 1 "$esp"
	ext_in_partition "$1" 2 "$ROOT_TYPE" "$(uuid_of root)" "$ROOT"
	swap_in_partition "$1" 3 "$(uuid_of swap)"
}
