# SPDX-License-Identifier: GPL-2.0-or-later
# rehost capture: equal to the source, provable, and refusals that leave nothing behind.

load common

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR"
	# text, noise, zeros, an end inside of a sector
	{ seq 1 300000; head -c 3000000 /dev/urandom; head -c 5000000 /dev/zero; echo end; } > disk.raw
}

teardown() {
	if [ -n "$loop" ]; then
		umount "$BATS_TEST_TMPDIR/mnt" 2>/dev/null || true
		losetup -d "$loop"
	fi
}

nothing_left() {
	[ -z "$(find . -name '*.capture*')" ]
}

@test "a capture is equal to its source and says so itself" {
	requires qemu-img qemu-nbd
	run -0 "$REHOST" capture disk.raw -o a.capture --progress none
	[[ $output == *"disk0.qcow2"* ]]
	qemu-img check a.capture/disk0.qcow2
	qemu-img compare -f raw -F qcow2 disk.raw a.capture/disk0.qcow2
	[ "$(ls a.capture)" = "$(printf '%s\n' capture.xml disk0.map disk0.qcow2 machine.xml)" ]
	run -0 "$REHOST" capture --verify a.capture
	[[ $output == *unchanged* ]]
}

@test "the same disk always gives the same bytes" {
	"$REHOST" capture disk.raw -o a.capture --progress none
	"$REHOST" capture disk.raw -o b.capture --progress none
	cmp a.capture/disk0.qcow2 b.capture/disk0.qcow2
	diff <(sed 's/name="."//' a.capture/capture.xml | grep -v '<machine') \
		<(sed 's/name="."//' b.capture/capture.xml | grep -v '<machine')
}

@test "several disks, and other image formats" {
	requires qemu-img qemu-nbd
	for format in qcow2 vmdk vpc vhdx; do
		qemu-img convert -f raw -O $format disk.raw disk.$format
	done
	"$REHOST" capture disk.qcow2 disk.vmdk disk.vpc disk.vhdx disk.raw -o a.capture --progress none
	n=0
	for format in qcow2 vmdk vpc vhdx raw; do
		qemu-img compare -f $format -F qcow2 disk.$format a.capture/disk$n.qcow2
		n=$((n + 1))
	done
	"$REHOST" capture --verify a.capture --progress none
}

ewf() {
	ewfacquire -u -q -t "$1" -f encase6 -c deflate:fast -S 2MiB -C 1 -D x -e x -E 1 -N n -m fixed \
		-M physical -l log disk.raw >/dev/null 2>&1
}

@test "an EWF image in parts; a chunk that was changed is not readable" {
	requires ewfacquire qemu-img
	truncate -s 12M disk.raw
	ewf whole
	[ -e whole.E02 ]
	run "$REHOST" capture whole.E01 -o a.capture --progress none
	[[ $output != *"without libewf"* ]] || skip "built without libewf"
	[ "$status" -eq 0 ]
	qemu-img compare -f raw -F qcow2 disk.raw a.capture/disk0.qcow2
	printf 'xxxx' | dd of=whole.E01 bs=1 seek=1500000 conv=notrunc status=none
	"$REHOST" capture whole.E01 -o b.capture --progress none
	[ "$(grep -c '  -$' b.capture/disk0.map)" -eq 1 ]
	grep -q '0x00008000  -$' b.capture/disk0.map
	rm whole.E02
	run -1 "$REHOST" capture whole.E01 -o c.capture --progress none
}

@test "a damaged EWF image is refused, or its damage is in the map: nothing wrong is called read" {
	requires ewfacquire qemu-img
	truncate -s 1M disk.raw
	ewf whole
	size=$(stat -c %s whole.E01)
	for ((n = 0; n < 48; n++)); do
		cp whole.E01 bad.E01
		if ((n % 4 == 3)); then
			truncate -s $((size * n / 48)) bad.E01
		elif ((n < 32)); then	# the headers in front, and the tables at the end
			printf '\xa5' | dd of=bad.E01 bs=1 seek=$((n * 97)) conv=notrunc status=none
		else
			printf '\xa5' | dd of=bad.E01 bs=1 seek=$((size - 40 * (n - 31))) conv=notrunc status=none
		fi
		rm -rf a.capture a.capture.partial
		run "$REHOST" capture bad.E01 -o a.capture --progress none
		[ "$status" -eq 0 ] || [ "$status" -eq 1 ] || { echo "$n: $status $output" && false; }
		[ "$status" -eq 1 ] || qemu-img compare -f raw -F qcow2 disk.raw a.capture/disk0.qcow2 >/dev/null ||
			grep -q '  -$' a.capture/disk0.map || { echo "$n: silently wrong" && false; }
	done
}

@test "a network block device is a source" {
	requires nbdkit qemu-img
	nbdkit -U "$PWD/sock" -P pid file disk.raw
	run "$REHOST" capture "nbd+unix:///?socket=$PWD/sock" -o a.capture --progress none
	kill "$(cat pid)"
	[ "$status" -eq 0 ]
	qemu-img compare -f raw -F qcow2 disk.raw a.capture/disk0.qcow2
}

@test "--json reports, --progress json shows" {
	run -0 --separate-stderr "$REHOST" capture disk.raw -o a.capture --json --progress json
	python3 -c 'import json,sys; d=json.load(sys.stdin); assert d["disks"][0]["bad"]==0' <<<"$output"
	[[ $stderr == *'"phase":"capture disk.raw"'* ]]
}

@test "programs are told of volumes, rate and time left" {
	requires mke2fs
	mke2fs -q -F -t ext4 vol.raw 40M
	head -c 30M /dev/urandom > noise.raw
	run -0 --separate-stderr "$REHOST" capture vol.raw noise.raw -o v.capture --json --progress json --limit 20M
	[ "$(jq -r '.disks[0].volumes[0] | "\(.kind) \(.size) \(.whole_because)"' <<<"$output")" = "ext 41943040 null" ]
	[[ $(jq -r '.disks[1].volumes[0].whole_because' <<<"$output") == *"no file system"* ]]
	jq -es 'map(select(.total > 0 and .done > 0 and .ended == false)) | all(.rate > 0 and .left >= 0) and length > 0' \
		<<<"$stderr"
}

@test "a disk that is given twice, options that have nothing to do with it" {
	run -2 "$REHOST" capture disk.raw disk.raw -o a.capture
	[[ $output == *"given twice"* ]]
	"$REHOST" capture disk.raw -o a.capture
	run -2 "$REHOST" capture --verify a.capture --full
	[[ $output == *"no options of how to read"* ]]
}

@test "a changed capture is found out" {
	requires qemu-nbd
	"$REHOST" capture disk.raw -o a.capture --progress none
	cp -r a.capture b.capture
	printf 'x' | dd of=b.capture/disk0.qcow2 bs=1 seek=70000 conv=notrunc status=none
	run -1 "$REHOST" capture --verify b.capture
	cp -r a.capture c.capture
	sed -i 's/+/-/' c.capture/disk0.map
	run -1 "$REHOST" capture --verify c.capture
	[[ $output == *"disk0.map' was changed"* ]]
	cp -r a.capture d.capture
	sed -i 's/digest="[0-9a-f]\{4\}/digest="0000/' d.capture/capture.xml
	run -1 "$REHOST" capture --verify d.capture
	cp -r a.capture e.capture
	echo >> e.capture/machine.xml
	run -1 "$REHOST" capture --verify e.capture
	[[ $output == *"machine.xml' was changed"* ]]
}

@test "missing, empty and wrong sources are refused" {
	: > empty
	run -1 "$REHOST" capture missing -o a.capture
	[[ $output == *"No such file"* ]]
	run -1 "$REHOST" capture empty -o a.capture
	[[ $output == *"'empty' is empty"* ]]
	run -1 "$REHOST" capture . -o a.capture
	[[ $output == *"is a folder, not a disk"* ]]
	run -1 "$REHOST" capture /dev/null -o a.capture
	[[ $output == *"neither a disk"* ]]
	run -1 "$REHOST" capture nbd://127.0.0.1:1/ -o a.capture
	[[ $output == *"connect to"* ]]
	run -2 "$REHOST" capture disk.raw
	run -2 "$REHOST" capture disk.raw -o '.capture'
	nothing_left
}

@test "a damaged image is refused" {
	requires qemu-img qemu-nbd
	qemu-img convert -f raw -O qcow2 disk.raw disk.qcow2
	dd if=/dev/urandom of=disk.qcow2 bs=1 seek=16 count=64 conv=notrunc status=none
	run -1 "$REHOST" capture disk.qcow2 -o a.capture
	nothing_left
}

@test "an image that names another file of this host is refused" {
	requires qemu-img
	qemu-img create -q -f qcow2 -b /etc/hostname -F raw evil.qcow2 1M
	run -1 "$REHOST" capture evil.qcow2 -o a.capture
	[[ $output == *"needs another file"* ]]
	nothing_left
}

@test "a VMDK that leads to another folder, a VHD that is only a difference" {
	requires qemu-img
	mkdir other
	cp disk.raw other/secret
	sectors=$(($(stat -c %s disk.raw) / 512))
	for extent in "$PWD/other/secret" ../other/secret link; do
		ln -sf other/secret link
		printf '# Disk DescriptorFile\nversion=1\nCID=fffffffe\nparentCID=ffffffff\ncreateType="monolithicFlat"\nRW %s FLAT "%s" 0\n' \
			"$sectors" "$extent" > evil.vmdk
		run -1 "$REHOST" capture evil.vmdk -o a.capture
		[[ $output == *"needs another file"* ]]
	done
	# a piece beside it is what VMware itself makes
	cp disk.raw piece
	sed 's/link/piece/' evil.vmdk > good.vmdk
	"$REHOST" capture good.vmdk -o good.capture
	qemu-img convert -f raw -O vpc -o force_size=on disk.raw whole.vhd
	"$REHOST" capture --dry-run whole.vhd
	printf '\0\0\0\4' | tee >(dd of=whole.vhd bs=1 seek=60 conv=notrunc status=none) |
		dd of=whole.vhd bs=1 seek=$(($(stat -c %s whole.vhd) - 512 + 60)) conv=notrunc status=none
	sleep 0.2
	run -1 "$REHOST" capture whole.vhd -o a.capture
	[[ $output == *"needs another file"* ]]
}

@test "an image that becomes shorter while it is read: what is gone could not be read" {
	head -c 24M /dev/urandom > long.raw
	"$REHOST" capture long.raw --limit 8M -o a.capture --progress none 3>&- &
	pid=$!
	sleep 0.5
	truncate -s 20M long.raw
	wait $pid
	run "$REHOST" capture --verify a.capture
	[[ $output == *"could not be read"* ]]
	grep -q '0x01400000 .* -' a.capture/disk0.map
}

@test "an output that exists is not overwritten" {
	mkdir a.capture
	run -1 "$REHOST" capture disk.raw -o a.capture
	[[ $output == *"exists already"* ]]
	[ -z "$(ls a.capture)" ]
}

@test "a partial capture is no capture" {
	mkdir a.capture.partial
	run -1 "$REHOST" capture --verify a.capture.partial
	[[ $output == *"not finished"* ]]
	run -1 "$REHOST" capture --verify disk.raw
	[[ $output == *"not a capture"* ]]
}

@test "a full target is said in one line" {
	run -1 bash -c 'ulimit -f 1000; trap "" XFSZ; "$REHOST" capture disk.raw -o a.capture --progress none'
	[[ $output == *"write the image"* ]]
	[ ! -e a.capture ]
}

@test "Ctrl-C leaves nothing that looks whole" {
	requires nbdkit
	nbdkit -U "$PWD/sock" -P pid --filter=delay file disk.raw rdelay=200ms
	"$REHOST" capture "nbd+unix:///?socket=$PWD/sock" -o a.capture --limit 1M --progress none 3>&- &
	until [ -e a.capture.partial ]; do sleep 0.1; done
	kill -TERM $!
	status=0
	wait $! || status=$?
	kill "$(cat pid)"
	[ "$status" -eq 143 ]
	[ ! -e a.capture ]
}

@test "a mounted device is refused without --force-live" {
	requires losetup mkfs.ext4
	[ "$(id -u)" -eq 0 ] || skip "needs root for a loop device"
	truncate -s 16M fs.raw
	mkfs.ext4 -q fs.raw
	loop=$(losetup -f --show fs.raw) || skip "no loop device"
	mkdir mnt
	mount "$loop" mnt
	run -1 "$REHOST" capture "$loop" -o a.capture
	[[ $output == *"mounted on $BATS_TEST_TMPDIR/mnt"* ]]
	[[ $output == *"--force-live"* ]]
	nothing_left
	run -0 "$REHOST" capture "$loop" --force-live -o a.capture --progress none
	umount mnt
	run -0 "$REHOST" capture "$loop" -o b.capture --progress none
	qemu-img compare -f raw -F qcow2 fs.raw b.capture/disk0.qcow2
}

@test "sectors of 4096 bytes, and a disk that was taken with sectors of 520" {
	requires losetup mkfs.ext4 sfdisk qemu-img
	head -c 5200000 /dev/urandom > odd.raw
	"$REHOST" capture odd.raw -o a.capture --progress none
	qemu-img compare -f raw -F qcow2 odd.raw a.capture/disk0.qcow2
	[ "$(id -u)" -eq 0 ] || skip "needs root for a loop device"
	head -c 67108864 /dev/urandom > fs.raw
	dd if=/dev/zero of=fs.raw bs=1M count=1 conv=notrunc status=none
	loop=$(losetup -b 4096 -f --show fs.raw) || skip "no loop device"
	echo 'label: gpt
		start=256, size=8192' | sfdisk -q --no-reread --no-tell-kernel "$loop"
	truncate -s 32M part.raw
	mkfs.ext4 -q -F -b 4096 part.raw
	dd if=part.raw of="$loop" bs=1M seek=1 conv=notrunc status=none
	sync
	run -0 "$REHOST" capture "$loop" -o b.capture --progress none
	[[ $output == *"partition 1"*"ext"*"32 MiB"* ]]
	[[ $output != *"taken whole"* ]]
	grep -q 'sector-size="4096"' b.capture/capture.xml
	grep -q '  ?$' b.capture/disk0.map
}

@test "the files that describe the PC are kept, and read again" {
	pc=$top_srcdir/tests/machines/packaging-line
	"$REHOST" capture disk.raw --root "$pc" -o a.capture --progress none
	"$REHOST" profile --root a.capture/machine.tar -o kept.xml
	"$REHOST" profile --root "$pc" -o there.xml
	cmp kept.xml there.xml
	"$REHOST" capture --verify a.capture --progress none
	printf x >> a.capture/machine.tar
	run -1 "$REHOST" capture --verify a.capture --progress none
	[[ $output == *"machine.tar' was changed"* ]]
	"$REHOST" capture disk.raw --root / -o b.capture --progress none
	[ "$(uname -m)" != x86_64 ] || tar xOf b.capture/machine.tar rehost/cpuid | grep -q '^00000000 00 '
	"$REHOST" capture disk.raw -o c.capture --progress none
	[ ! -e c.capture/machine.tar ]
}

@test "inspect names the files that lie where the disk could not be read" {
	requires mkfs.ext4 guestfish
	"$REHOST" inspect --help >/dev/null 2>&1 || skip "built without libguestfs"
	mkdir -p tree/etc
	yes needle | head -n 20000 > tree/etc/plan
	yes other | head -n 20000 > tree/etc/other
	truncate -s 16M fs.raw
	mkfs.ext4 -q -F -d tree fs.raw
	at=$(grep -obUa -m 1 "needle" fs.raw | head -n 1 | cut -d : -f 1)
	printf '0x0 +\n0x0 %#x +\n%#x 0x400 -\n%#x %#x +\n' $((at + 4096)) $((at + 4096)) $((at + 5120)) \
		$((16777216 - at - 5120)) > bad.map
	"$REHOST" capture fs.raw --map bad.map -o a.capture --progress none
	run -0 "$REHOST" inspect a.capture --progress none
	[[ $output == *"1.0 KiB could not be read, in 1 areas"* ]]
	[[ $output == *"disk: /etc/plan"* ]]
	[[ $output != *"/etc/other"* ]]
}

@test "--dry-run says what would be read and writes nothing" {
	requires mkfs.ext4
	truncate -s 64M fs.raw
	mkfs.ext4 -q -F fs.raw
	run -0 "$REHOST" capture --dry-run fs.raw --progress none
	[[ $output == *"ext "*"in use"* ]]
	[[ $output == *"will take about"* ]]
	run -0 --separate-stderr "$REHOST" capture --dry-run fs.raw --json --progress none
	python3 -c 'import json,sys; d=json.load(sys.stdin); assert 0 < d["estimate"] < 1 << 20; assert d["disks"][0]["unused"] > 32 << 20' <<<"$output"
	nothing_left
}

@test "what is not in use is not read; --full reads it" {
	requires mkfs.ext4 e2fsck qemu-img
	head -c 33554432 /dev/urandom > fs.raw
	mkdir tree
	seq 1 50000 > tree/file
	mkfs.ext4 -q -F -E nodiscard -d tree fs.raw
	"$REHOST" capture fs.raw -o a.capture --progress none
	[ "$(stat -c %s a.capture/disk0.qcow2)" -lt 8000000 ]
	grep -q '  ?$' a.capture/disk0.map
	qemu-img convert -O raw a.capture/disk0.qcow2 a.raw
	e2fsck -fn a.raw
	debugfs -R 'cat /file' a.raw 2>/dev/null | cmp - tree/file
	"$REHOST" capture --full fs.raw -o b.capture --progress none
	qemu-img compare -f raw -F qcow2 fs.raw b.capture/disk0.qcow2
	! grep -q '  ?$' b.capture/disk0.map || false
}

@test "a target that is far too small is refused before anything is read" {
	[ "$(id -u)" -eq 0 ] || skip "needs root for a small file system"
	mkdir mnt
	mount -t tmpfs -o size=1M tmpfs mnt || skip "no tmpfs"
	head -c 33554432 /dev/urandom > noise.raw
	run -1 "$REHOST" capture noise.raw -o mnt/a.capture --progress none
	left=$(ls mnt)
	umount mnt
	[[ $output == *"far too little"* ]]
	[ -z "$left" ]
}

@test "a target is as large as the capture, not as the disk" {
	[ "$(id -u)" -eq 0 ] || skip "needs root for a small file system"
	mkdir mnt
	mount -t tmpfs -o size=8M tmpfs mnt || skip "no tmpfs"
	truncate -s 2G zeros.raw
	status=0
	"$REHOST" capture zeros.raw -o mnt/a.capture --progress none || status=$?
	umount mnt
	[ "$status" -eq 0 ]
}

@test "--base stores only what differs" {
	requires qemu-img qemu-nbd mkfs.ext4 debugfs
	head -c 33554432 /dev/urandom > fs.raw
	mkdir tree
	head -c 8000000 /dev/urandom > tree/large
	seq 1 50000 > tree/gone
	mkfs.ext4 -q -F -E nodiscard -d tree fs.raw
	"$REHOST" capture fs.raw -o old.capture --progress none
	debugfs -w -R 'rm /gone' fs.raw
	debugfs -w -R 'write disk.raw new' fs.raw
	mkdir there
	"$REHOST" capture fs.raw --base old.capture -o there/new.capture --progress none
	"$REHOST" capture fs.raw -o whole.capture --progress none
	qemu-img compare there/new.capture/disk0.qcow2 whole.capture/disk0.qcow2
	qemu-img check there/new.capture/disk0.qcow2
	diff <(grep -o ' digest="[0-9a-f]*"' there/new.capture/capture.xml | tail -n +2) \
		<(grep -o ' digest="[0-9a-f]*"' whole.capture/capture.xml | tail -n +2)
	[ "$(stat -c %s there/new.capture/disk0.qcow2)" -lt 6000000 ]
	run -0 "$REHOST" capture --verify there/new.capture --progress none
	run -1 "$REHOST" capture disk.raw --base old.capture -o other.capture --progress none
	[[ $output == *"is not the disk in"* ]]
}
