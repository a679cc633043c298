# SPDX-License-Identifier: GPL-2.0-or-later
# Captures of what Clonezilla saved, made here with partclone and the commands that Clonezilla uses.

load common

setup() {
	cd "$BATS_TEST_TMPDIR"
}

# slice START COUNT [OF] - sectors of disk.raw
slice() {
	dd if="${3:-disk.raw}" bs=512 skip="$1" count="$2" status=none
}

# put START - standard input into disk.raw
put() {
	dd of=disk.raw bs=512 seek="$1" conv=notrunc status=none
}

# a_disk LABEL LAYOUT - disk.raw of 96 MiB, with a boot loader in the gap behind its table
a_disk() {
	requires partclone.ext4 partclone.vfat partclone.dd sfdisk parted mkfs.ext4 mkfs.vfat mcopy mkswap zstd qemu-img
	truncate -s 96M disk.raw
	sfdisk -q disk.raw <<<"label: $1"$'\n'"$2"
	head -c 400 /dev/urandom | put 0
	[ "$1" = gpt ] || { head -c 20000 /dev/urandom | put 1; }
	mkdir files
	head -c 6M /dev/urandom >files/a
	seq 1 300000 >files/b
	mkfs.ext4 -q -b 1024 -d files ext4.raw 20M
	put 2048 <ext4.raw
	mkfs.vfat -n LINE4 -C fat.raw 16384 >/dev/null
	mcopy -i fat.raw files/b ::
	put 45056 <fat.raw
	truncate -s 8M swap.raw
	mkswap -q -U 92d422f0-3a17-4e69-93f0-f8fd1091e5eb -L SWAP4 swap.raw
	put 81920 <swap.raw
	head -c 4M /dev/urandom | put 102400
}

logical='start=2048, size=40960, type=83, bootable
start=43008, size=149504, type=5
start=45056, size=32768, type=6
start=81920, size=16384, type=82
start=102400, size=8192, type=da'

# save_table - what Clonezilla keeps of the table of disk.raw
save_table() {
	mkdir dir
	echo sda >dir/disk
	ln -s disk.raw sda
	sfdisk -d disk.raw | sed 's,^disk.raw,/dev/sda,; s,^device: .*,device: /dev/sda,' >dir/sda-pt.sf
	parted -s disk.raw unit s print | sed 's,^Disk .*:,Disk /dev/sda:,' >dir/sda-pt.parted
	slice 0 1 >dir/sda-mbr
	slice 1 2047 >dir/sda-hidden-data-after-mbr
}

# save PROGRAM PART START COUNT SUFFIX PACKER... - one partition
save() {
	slice "$3" "$4" >part.raw
	"$1" -q -c -s part.raw -o - 2>/dev/null | "${@:6}" | split -a 2 -b 1M - "dir/$2.$5."
	rm part.raw
}

save_logical() {
	a_disk dos "$logical"
	save_table
	slice 43008 1 >dir/sda2-ebr
	printf 'UUID="92d422f0-3a17-4e69-93f0-f8fd1091e5eb"\nLABEL="SWAP4"\n' >dir/swappt-sda6.info
	save partclone.ext4 sda1 2048 40960 ext4-ptcl-img.zst zstd -q
	save partclone.vfat sda5 45056 32768 vfat-ptcl-img.gz gzip -1
	slice 102400 8192 | xz -0 | split -a 2 -b 1M - dir/sda7.dd-img.xz.
}

from_clonezilla() {
	"$REHOST" capture --from clonezilla dir -o "$1.capture" --progress none
}

@test "a disk with logical partitions: ext4, FAT, swap space and bytes, packed in three ways and split" {
	save_logical
	[ -e dir/sda1.ext4-ptcl-img.zst.ab ]
	from_clonezilla a
	"$REHOST" capture --verify a.capture --progress none
	qemu-img convert -O raw a.capture/disk0.qcow2 got.raw
	[ "$(stat -c %s got.raw)" -eq $((96 << 20)) ]
	# the table, the gap, what leads to the logical partitions
	cmp -n $((2048 * 512)) disk.raw got.raw
	cmp <(sfdisk -d disk.raw | tail -n +4 | sed 's/^disk.raw//') <(sfdisk -d got.raw | tail -n +4 | sed 's/^got.raw//')
	cmp -i $((43008 * 512)) -n 446 disk.raw got.raw
	# every file, and what is not a file system
	slice 2048 40960 got.raw >ext4.got
	e2fsck -fn ext4.got
	debugfs -R 'dump a a.got' ext4.got 2>/dev/null
	cmp files/a a.got
	slice 45056 32768 got.raw >fat.got
	mcopy -i fat.got ::b b.got
	cmp files/b b.got
	cmp -i $((102400 * 512)) -n $((4 << 20)) disk.raw got.raw
	[ "$(blkid -p -O $((81920 * 512)) -s UUID -o value got.raw)" = 92d422f0-3a17-4e69-93f0-f8fd1091e5eb ]
	[ "$(blkid -p -O $((81920 * 512)) -s LABEL -o value got.raw)" = SWAP4 ]
	# what was not in use is not made up: the capture of the disk itself has the same used blocks
	"$REHOST" capture disk.raw -o b.capture --progress none
	qemu-img convert -O raw b.capture/disk0.qcow2 own.raw
	cmp -i $((2048 * 512)) -n $((40960 * 512)) own.raw got.raw
}

@test "a disk with GPT, whose second table is at its end" {
	a_disk gpt $'start=2048, size=40960, type=L\nstart=45056, size=32768, type=U'
	save_table
	slice 0 34 >dir/sda-gpt-1st
	slice $((96 * 2048 - 33)) 33 >dir/sda-gpt-2nd
	rm dir/sda-hidden-data-after-mbr
	save partclone.ext4 sda1 2048 40960 ext4-ptcl-img.lz4 lz4 -q
	save partclone.vfat sda2 45056 32768 vfat-ptcl-img.uncomp cat
	from_clonezilla a
	qemu-img convert -O raw a.capture/disk0.qcow2 got.raw
	sfdisk -V got.raw
	cmp <(sfdisk -d disk.raw | grep start=) <(sfdisk -d got.raw | sed 's/got.raw/disk.raw/' | grep start=)
	slice 2048 40960 got.raw >ext4.got
	e2fsck -fn ext4.got
	slice 45056 32768 got.raw >fat.got
	mcopy -i fat.got ::b b.got
	cmp files/b b.got
}

@test "an image that is damaged is a disk with bad areas, and nothing else of it is lost" {
	local part=dir/sda1.ext4-ptcl-img.zst.ac
	save_logical
	# one part is not packed here, so that one bit is one strip
	rm dir/sda1.*
	save partclone.ext4 sda1 2048 40960 ext4-ptcl-img.uncomp cat
	part=dir/sda1.ext4-ptcl-img.uncomp.ac
	printf '\xff\x00\xaa' | dd of=$part bs=1 seek=5000 conv=notrunc status=none
	from_clonezilla a
	bad=$(grep -o 'bad="[0-9]*"' a.capture/capture.xml | tr -cd '0-9')
	[ "$bad" -gt 0 ]
	[ "$bad" -le $((1 << 20)) ]
	qemu-img convert -O raw a.capture/disk0.qcow2 got.raw
	slice 45056 32768 got.raw >fat.got
	mcopy -i fat.got ::b b.got
	cmp files/b b.got
	# cut short: the front is there
	rm -r a.capture
	truncate -s 1000000 $part
	rm dir/sda1.ext4-ptcl-img.uncomp.a[d-z]
	from_clonezilla a
	bad=$(grep -o 'bad="[0-9]*"' a.capture/capture.xml | tr -cd '0-9')
	[ "$bad" -gt $((1 << 20)) ]
	"$REHOST" capture --verify a.capture --progress none
}

@test "what is no disk of Clonezilla is refused, with what to do" {
	mkdir empty
	run "$REHOST" capture --from clonezilla empty -o a.capture
	[ "$status" -eq 1 ]
	[[ $output == *'no folder that Clonezilla saved whole disks to'* ]]
	run "$REHOST" capture --from ghost empty -o a.capture
	[ "$status" -eq 2 ]
	save_logical
	mv dir/sda5.vfat-ptcl-img.gz.aa kept
	run from_clonezilla a
	[ "$status" -eq 1 ]
	[[ $output == *'has no image of partition sda5'* ]]
	head -c 1M /dev/urandom >dir/sda5.ntfs-img.aa
	run from_clonezilla a
	[ "$status" -eq 1 ]
	[[ $output == *'is not an image of partclone'* ]]
	mv kept dir/sda5.vfat-ptcl-img.gz.aa
	rm dir/sda5.ntfs-img.aa
	# a header that was changed
	cat dir/sda1.*.a? | zstd -qdc >image
	printf '\x00\x20' | dd of=image bs=1 seek=84 conv=notrunc status=none
	rm dir/sda1.*
	mv image dir/sda1.ext4-ptcl-img
	run from_clonezilla a
	[ "$status" -eq 1 ]
	[[ $output == *'a header whose checksum does not fit'* ]]
	echo 'sda;reboot' >dir/disk
	run from_clonezilla a
	[ "$status" -eq 1 ]
	[[ $output == *'names an odd disk'* ]]
	[ ! -e a.capture ]
}

@test "an image of the old format 0001, with a byte for each block" {
	a_disk dos 'start=2048, size=40960, type=83'
	save_table
	python3 - <<-'END'
		import struct, subprocess
		block = 1024
		part = open("ext4.raw", "rb").read()
		n = len(part) // block
		free = set()
		for line in subprocess.run(["dumpe2fs", "ext4.raw"], capture_output=True, text=True).stdout.splitlines():
		    if line.startswith("  Free blocks: "):
		        for area in line[15:].split(", "):
		            if area.strip():
		                first, _, last = area.partition("-")
		                free.update(range(int(first), int(last or first) + 1))
		out = open("dir/sda1.ext4-ptcl-img", "wb")
		head = b"partclone-image" + b"EXTFS".ljust(15, b"\0") + b"0001" + b"\0\0"
		out.write(head + struct.pack("<IQQQ", block, len(part), n, n - len(free)) + bytes(4096))
		out.write(bytes(0 if i in free else 1 for i in range(n)) + b"BiTmAgIc")
		for i in range(n):
		    if i not in free:
		        out.write(part[i * block:(i + 1) * block] + b"\1\2\3\4")
	END
	from_clonezilla a
	qemu-img convert -O raw a.capture/disk0.qcow2 got.raw
	slice 2048 40960 got.raw >ext4.got
	e2fsck -fn ext4.got
	debugfs -R 'dump a a.got' ext4.got 2>/dev/null
	cmp files/a a.got
}
