# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Disks: of old PCs, and on USB to write to; and what a capture of them has to be.

# old_disk - $WORK/old.raw, of an old Linux PC: MBR, first partition at sector 63, ext3; full of what does not shrink
old_disk() {
	[ ! -e "$WORK/old.raw" ] || return 0
	random_files "$WORK/files" 80
	truncate -s 400M "$WORK/old.raw"
	sfdisk -q "$WORK/old.raw" <<<$'label: dos\nstart=63, size=400000, type=83, bootable'
	mke2fs -q -t ext3 -d "$WORK/files" -E offset=$((63 * 512)) "$WORK/old.raw" 195m
	dd if="$WORK/files/file7" of="$WORK/old.raw" bs=1M seek=380 conv=notrunc status=none
	OLD=$(sha256sum <"$WORK/old.raw")
}

# uefi_disk - $WORK/uefi.raw, of a UEFI PC: GPT, ESP, ext4
uefi_disk() {
	random_files "$WORK/files" 80
	truncate -s 300M "$WORK/uefi.raw"
	sfdisk -q "$WORK/uefi.raw" <<<$'label: gpt\nstart=2048, size=131072, type=U\nstart=135168, type=L'
	mformat -i "$WORK/uefi.raw@@1M" -T 131072 -h 64 -s 32 ::
	mcopy -i "$WORK/uefi.raw@@1M" "$WORK"/files/file{1,2,3} ::
	mke2fs -q -t ext4 -d "$WORK/files" -E offset=$((135168 * 512)) "$WORK/uefi.raw" 220m
	UEFI=$(sha256sum <"$WORK/uefi.raw")
}

# random_files FOLDER MIB - that do not shrink
random_files() {
	local i
	mkdir -p "$1"
	for ((i = 0; i < $2; i++)); do
		openssl enc -aes-128-ctr -nosalt -K "$(printf %032x "$i")" -iv 0 -in /dev/zero 2>/dev/null |
			head -c 1M >"$1/file$i"
	done
}

# usb_target TYPE SIZE - $WORK/usb.raw, a new file system on a whole disk
usb_target() {
	rm -f "$WORK/usb.raw"
	truncate -s "$2" "$WORK/usb.raw"
	case $1 in
	ext4) mke2fs -q -t ext4 -L TARGET "$WORK/usb.raw" ;;
	ntfs) mkntfs -q -F -Q -L TARGET -s 512 -p 0 -H 64 -S 32 "$WORK/usb.raw" ;;
	exfat) mkfs.exfat -L TARGET "$WORK/usb.raw" ;;
	fat32) mkfs.vfat -F 32 -n TARGET "$WORK/usb.raw" ;;
	esac
}

# read_target TYPE - copy the captures on it to $WORK/read, without root
read_target() {
	local rc=0 program from
	rm -rf "$WORK/read"
	mkdir -p "$WORK/mnt" "$WORK/read"
	case $1 in
	ext4)
		debugfs -R 'ls -p /' "$WORK/usb.raw" 2>/dev/null | grep -o '[^/]*\.capture/' | while IFS= read -r name; do
			debugfs -R "rdump /${name%/} $WORK/read" "$WORK/usb.raw" 2>&1 || exit 1
		done || return 1
		;;
	fat32) mcopy -s -i "$WORK/usb.raw" '::*.capture' "$WORK/read/" || return 1 ;;
	ntfs | exfat)
		program=ntfs-3g from=$WORK/usb.raw
		# which takes block devices only
		[ "$1" = ntfs ] || { program=mount.exfat-fuse && from=$(losetup -r -f --show "$WORK/usb.raw"); }
		"$program" -o ro "$from" "$WORK/mnt" && cp -r "$WORK/mnt"/*.capture "$WORK/read/" || rc=1
		fusermount -u "$WORK/mnt" || umount "$WORK/mnt"
		[ "$1" = ntfs ] || losetup -d "$from"
		;;
	esac
	ls "$WORK"/read/*.capture/capture.xml && return $rc
}

# same_used DISK CAPTURE - what is in use is equal, outside of it the capture has zeros
same_used() {
	rm -rf "$WORK/reference.capture"
	"$REHOST" capture "$1" -o "$WORK/reference.capture" --progress none &&
		qemu-img compare "$WORK/reference.capture/disk0.qcow2" "$2/disk0.qcow2" &&
		"$REHOST" capture --verify "$2" --progress none
}

# same_read DISK CAPTURE BYTES - equal wherever the map says that it was read; at most so much was not
same_read() {
	qemu-img convert -O raw "$2/disk0.qcow2" "$WORK/as-read.raw" || return 1
	python3 - "$2/disk0.map" "$WORK/as-read.raw" "$1" "$3" <<-'END'
		import sys
		lines = [l.split() for l in open(sys.argv[1]) if not l.startswith("#")][1:]
		a, b = open(sys.argv[2], "rb"), open(sys.argv[3], "rb")
		bad = 0
		for start, size, status in lines:
		    start, size = int(start, 16), int(size, 16)
		    if status == "-":
		        bad += size
		        print("bad:", start, size)
		    if status != "+":
		        continue
		    a.seek(start), b.seek(start)
		    while size:
		        n = min(size, 1 << 20)
		        assert a.read(n) == b.read(n), start
		        size -= n
		assert 0 < bad <= int(sys.argv[4]), bad
	END
}

unchanged() {
	[ "$(sha256sum <"$1")" = "$2" ]
}
