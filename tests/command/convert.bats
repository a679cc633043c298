# SPDX-License-Identifier: GPL-2.0-or-later
# inspect and convert, on the old PC of the demo: what is found, what is changed, and that it boots.

load common
guests=$top_srcdir/tests/guests

setup_file() {
	PATH=$PATH:/usr/sbin:/sbin
	"$REHOST" --help | grep -q '^  convert ' || skip "rehost was built without libguestfs"
	requires mmdebstrap qemu-system-x86_64
	[ "$(id -u)" -eq 0 ] || skip "needs root to make a disk"
	cd "$BATS_FILE_TMPDIR"
	"$guests/old-linux" old.raw
	"$REHOST" capture --progress none old.raw -o old.capture
	"$REHOST" convert old.capture --target qemu -o old.guest --json --progress none >convert.json
}

setup() {
	PATH=$PATH:/usr/sbin:/sbin
	cd "$BATS_FILE_TMPDIR"
}

# change ACTION PATH - is it in the list of changes?
change() {
	jq -e --arg a "$1" --arg p "$2" '.changes[] | select(.action == $a and .path == $p)' convert.json
}

@test "inspect says what is on the disk, with the evidence" {
	"$REHOST" inspect --json --target all --progress none old.capture >inspect.json
	jq -e '.systems | length == 1' inspect.json
	jq -e '.refused_targets | length == 8 and (.firecracker | test("no BIOS"))' inspect.json
	jq -e '.systems[0] | .root == "/dev/sda1" and .family == "linux" and .boot_loader == "grub2"
		and .init == "sysvinit" and .network == "ifupdown"' inspect.json
	jq -e '.systems[0].nics[0] | .name == "eth0" and .address == "10.0.2.40/24"' inspect.json
	jq -e '.systems[0].can_drive[] | select(.value == "ahci").evidence | test("ahci in /boot/initrd")' \
		inspect.json
	! jq -e '.systems[0].can_drive[] | select(.value == "virtio-blk")' inspect.json || false
	jq -e '.systems[0].targets.qemu | .agreed and .devices.disk == "virtio-blk" and
		(.added | contains(["disk"]))' inspect.json
}

@test "convert lists each file that it changed, and why" {
	change changed /etc/fstab
	change changed /boot/grub/grub.cfg
	change changed /etc/initramfs-tools/conf.d/resume
	change changed /etc/initramfs-tools/modules
	jq -e '.changes[] | select(.path | test("^/boot/initrd")) | .before != .after' convert.json
	jq -e '.changes | all(.why != "")' convert.json
	jq -e '.injected[] | select(.name == "virtio_blk") | .kind == "module" and
		(.version | startswith("of kernel ")) and (.source | endswith("/virtio_blk.ko"))' convert.json
	jq -e '.devices.disk == "virtio-blk"' convert.json
}

@test "convert leaves the capture as it was" {
	"$REHOST" capture --progress none --verify old.capture
}

@test "the same capture gives the same guest" {
	mkdir again
	"$REHOST" convert old.capture --target qemu -o again/old.guest --json --progress none >again.json
	diff <(jq -S 'del(.seconds)' convert.json) <(jq -S 'del(.seconds)' again.json)
}

@test "the guest boots on virtio, at its old address, and does not wait for a resume device" {
	run "$REHOST" validate old.guest --progress none
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *"old lives: line4 login:"* ]]
	[[ $output == *"old answers a ping at 10.0.2.40/24"* ]]
	grep -q '<answers>10.0.2.40/24</answers>' old.guest/evidence/report.xml
	xmllint --noout --relaxng "$top_srcdir/schemas/validation.rng" old.guest/evidence/report.xml
	! grep -a 'Gave up waiting' old.guest/evidence/serial.log || false
}

@test "a dry run writes nothing" {
	before=$(ls)
	run "$REHOST" convert old.capture --target qemu --dry-run --progress none
	[ "$status" -eq 0 ]
	[[ $output == *"changed  /etc/fstab"* ]]
	[ "$before" = "$(ls)" ]
}

@test "a full root file system is refused, and nothing is left behind" {
	cp --sparse=always old.raw full.raw
	free=$(dumpe2fs -h 'full.raw?offset=32256' 2>/dev/null | sed -n 's/^Free blocks: *//p')
	# not zeros: those would become a hole
	yes filler | dd of=filler bs=4096 count=$((free - 600)) iflag=fullblock status=none
	debugfs -w -R 'write filler filler' 'full.raw?offset=32256' 2>/dev/null
	rm filler
	"$REHOST" capture --progress none full.raw -o full.capture
	run "$REHOST" convert full.capture --target qemu -o full.guest --progress none
	echo "$output"
	[ "$status" -eq 1 ]
	[[ $output == *"no room"* || $output == *"No space left"* ]]
	[[ $output == *"hint: "* ]]
	[ ! -e full.guest ] && [ ! -e full.guest.partial ]
}

@test "a file system that was not unmounted is refused with what fsck finds; --fsck repairs the overlay" {
	cp --sparse=always old.raw dirty.raw
	inode=$(debugfs -R 'stat /etc/motd' 'dirty.raw?offset=32256' 2>/dev/null | sed -n 's/^Inode: \([0-9]*\).*/\1/p')
	debugfs -w -R "clri <$inode>" 'dirty.raw?offset=32256' 2>/dev/null
	debugfs -w -R 'ssv state 0' 'dirty.raw?offset=32256' 2>/dev/null
	"$REHOST" capture --progress none dirty.raw -o dirty.capture
	run "$REHOST" convert dirty.capture --target qemu -o dirty.guest --progress none
	echo "$output"
	[ "$status" -eq 1 ]
	[[ $output == *"file system on /dev/sda1 was not unmounted; fsck finds: Entry 'motd' in /etc"* ]]
	[[ $output == *"hint: "*"--fsck"* ]]
	[ ! -e dirty.guest ] && [ ! -e dirty.guest.partial ]
	run "$REHOST" convert dirty.capture --target qemu --fsck --flatten -o dirty.guest --progress none
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *"/dev/sda1: repaired by e2fsck"*"motd"* ]]
	"$REHOST" capture --progress none --verify dirty.capture
	# what is flattened needs no capture, and nothing else is left
	rm -r dirty.capture
	"$REHOST" validate --static dirty.guest
	[ "$(ls dirty.guest)" = "$(printf '%s\n' disk0.qcow2 evidence guest.xml origin)" ]
}

@test "an XFS whose journal was not played back is refused; --fsck plays it back in the overlay" {
	requires guestfish
	appliance_here
	cp --sparse=always old.raw xfs.raw
	truncate -s +400M xfs.raw
	echo ',,83' | sfdisk -q --append xfs.raw
	debugfs -R 'dump /etc/fstab fstab' 'xfs.raw?offset=32256' 2>/dev/null
	printf '/dev/sda3\t/data\txfs\tdefaults\t0\t2\n' >>fstab
	debugfs -w -R 'mkdir /data' 'xfs.raw?offset=32256' 2>/dev/null
	debugfs -w -R 'rm /etc/fstab' 'xfs.raw?offset=32256' 2>/dev/null
	debugfs -w -R 'write fstab /etc/fstab' 'xfs.raw?offset=32256' 2>/dev/null
	# the disk as it is while the file system is mounted: as after a power cut
	guestfish --format=raw -a xfs.raw <<-'END'
		run
		mkfs xfs /dev/sda3
		mount /dev/sda3 /
		write /one hello
		mkdir /d
		sync
		! cp --sparse=always xfs.raw cut.raw
	END
	rm xfs.raw
	run "$REHOST" capture --progress none cut.raw -o cut.capture
	[[ $output == *"taken whole, its journal was not played back"* ]]
	run "$REHOST" convert cut.capture --target qemu -o cut.guest --progress none
	echo "$output"
	[ "$status" -eq 1 ]
	[[ $output == *"file system on /dev/sda3 was not unmounted; fsck finds: "*"log"*"--fsck"* ]]
	run "$REHOST" convert cut.capture --target qemu --fsck -o cut.guest --progress none
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *"/dev/sda3: repaired by xfs_repair"* ]]
	[ "$(guestfish --ro --format=qcow2 -a cut.guest/disk0.qcow2 run : mount-ro /dev/sda3 / : cat /one)" = hello ]
}

@test "a disk without a kernel, and one whose /etc leads out, are refused by name" {
	mkdir -p bare/{sbin,bin,lib/modules,etc,boot,proc}
	echo '/dev/sda / ext4 defaults 0 1' >bare/etc/fstab
	mkdir -p out/{sbin,bin,lib,boot}
	ln -s ../../../../etc out/etc
	for tree in bare out; do
		truncate -s 16M $tree.raw
		mke2fs -q -F -t ext4 -d $tree $tree.raw
		"$REHOST" capture --progress none $tree.raw -o $tree.capture
		run "$REHOST" convert $tree.capture --target qemu -o $tree.guest --progress none
		echo "$output"
		[ "$status" -eq 1 ]
		[[ $tree == out || $output == *"/boot: no kernel"* ]]
		[[ $tree == bare || $output == *"/etc"*"leads nowhere"* ]]
		[ ! -e $tree.guest ] && [ ! -e $tree.guest.partial ]
	done
}

@test "a disk of hostile links is no system, and its links lead nowhere" {
	mkdir -p evil/sbin evil/bin evil/lib
	ln -s ../../../../etc evil/etc
	ln -s /proc/self/root evil/boot
	truncate -s 16M evil.raw
	mke2fs -q -F -t ext4 -d evil evil.raw
	run "$REHOST" inspect --progress none evil.raw
	[ "$status" -eq 0 ]
	[[ $output == *"no system that rehost knows"* ]]
}

@test "what target and guest do not share is refused by name" {
	run "$REHOST" convert old.capture --target qemu --want disk=xen -o xen.guest --progress none
	[ "$status" -eq 1 ]
	[[ $output == *"no disk in common"* ]]
	[ ! -e xen.guest ] && [ ! -e xen.guest.partial ]
}

@test "convert: usage errors" {
	run "$REHOST" convert old.capture
	[ "$status" -eq 2 ]
	run "$REHOST" convert old.capture --target qemu
	[ "$status" -eq 2 ]
	run "$REHOST" convert old.capture --target qemu -o wrong-name
	[ "$status" -eq 2 ]
	run "$REHOST" convert old.capture --target nosuch -o x.guest
	[ "$status" -eq 1 ]
	[[ $output == *"choose one of"* ]]
	run "$REHOST" convert old.capture --target qemu --want disk -o x.guest
	[ "$status" -eq 2 ]
	run "$REHOST" convert old.capture --target qemu -o old.guest --progress none
	[ "$status" -eq 1 ]
	[[ $output == *"exists already"* ]]
	run "$REHOST" inspect no-such-file
	[ "$status" -eq 1 ]
}
