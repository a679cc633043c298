# SPDX-License-Identifier: GPL-2.0-or-later
# The capture medium, as far as it goes without fetching packages and booting: 'make check-medium' does that.

load common

setup() {
	cd "$BATS_TEST_TMPDIR"
}

teardown() {
	umount "$BATS_TEST_TMPDIR/mnt" 2>/dev/null || true
	for loop in $(losetup -nlO NAME,BACK-FILE 2>/dev/null | awk -v d="$BATS_TEST_TMPDIR/" 'index($2, d) { print $1 }'); do
		losetup -d "$loop"
	done
}

# stick SIZE - $loop, a loop device that $PWD/root says is removable
stick() {
	local number
	[ "$(id -u)" -eq 0 ] || skip "needs root for a loop device"
	requires losetup
	truncate -s "$1" stick.raw
	loop=$(losetup -f --show stick.raw) || skip "no loop device"
	number=$(stat -c '%Hr:%Lr' "$loop")
	mkdir -p "root/sys/dev/block/$number/device"
	folder=root/sys/dev/block/$number
	echo 1 >"$folder/removable"
}

@test "an output is needed, and its parts" {
	run "$REHOST" medium
	[ "$status" -eq 2 ]
	[[ $output == *'no output given'*'add -o rehost.iso'* ]]
	run "$REHOST" medium -o "$BATS_TEST_TMPDIR/x.iso" --parts /nowhere
	[ "$status" -eq 1 ]
	[[ $output == *"the parts of the medium are not in '/nowhere'"*"'make medium'"* ]]
	[ ! -e "$BATS_TEST_TMPDIR/x.iso.partial" ]
}

@test "what is there is not overwritten, what fails leaves nothing" {
	parts=$BATS_TEST_TMPDIR/parts
	mkdir "$parts"
	touch "$parts/rehost" "$BATS_TEST_TMPDIR/there.iso"
	printf '#!/bin/sh\necho half >"$1"\necho no mirror answers >&2\nexit 1\n' >"$parts/make-image"
	chmod +x "$parts/make-image"
	run "$REHOST" medium -o "$BATS_TEST_TMPDIR/there.iso" --parts "$parts" --cache "$BATS_TEST_TMPDIR/c"
	[ "$status" -eq 1 ]
	[[ $output == *'exists already'* ]]
	run "$REHOST" medium -o "$BATS_TEST_TMPDIR/x.iso" --parts "$parts" --cache "$BATS_TEST_TMPDIR/c"
	[ "$status" -eq 1 ]
	[[ $output == *'no mirror answers'* ]]
	[ -z "$(ls "$BATS_TEST_TMPDIR" | grep x.iso)" ]
}

@test "shellcheck has nothing to say about what is on the medium" {
	requires shellcheck
	cd "$top_srcdir/medium"
	shellcheck -x make-image make-program
	for file in init start screen serial dhcp disks.sh network.sh screen.sh; do
		# sourced on the medium, from where they lie there
		shellcheck -s sh -e SC1091,SC2154 "$file"
	done
}

# screen_of DISKS - what the screen shows of a PC with so many disks, with three volumes each
screen_of() {
	sed "s,/run/,$PWD/run/,g" "$top_srcdir/medium/screen.sh" >screen.sh
	mkdir -p run
	cat >show <<-END
		. ./screen.sh
		disks_inside() { seq 1 $1; }
		disks_outside() { :; }
		describe_disk() {
			echo "  sd\$1  A drive with a model name that is far longer than any that was ever made  80 GiB  healthy"
			for part in 1 2 3; do echo "      part\$part"; done
		}
		list_disks
		show_pc
	END
	sh show
}

@test "the screen has 25 lines of 80 columns, however many disks there are" {
	screen_of 1 >one
	cat one
	[ "$(wc -l <one)" -le 24 ]
	grep -q part3 one
	! grep -q 'd shows them all' one
	screen_of 9 >nine
	cat nine
	[ "$(wc -l <nine)" -le 24 ]
	[ "$(sed 's/\x1b\[[A-Z]//g' nine | wc -L)" -le 80 ]
	grep -q 'and 27 lines more: d shows them all' nine
	[ "$(grep -c . run/disks)" -eq 39 ]
}

# at_screen ANSWERS FUNCTION - with a stick (sdb, the medium), a PC's own flash module (sdc1, with a system) and a USB disk (sdd1)
at_screen() {
	mkdir -p run/rehost-medium target
	sed -E "s,(^|[ \"<>])/(run|target)/,\\1$PWD/\\2/,g; s,(^|[ \"])/target\\b,\\1$PWD/target,g" "$top_srcdir/medium/screen.sh" >screen.sh
	cat >try <<-END
		. ./screen.sh
		disks_inside() { echo \$INSIDE; }
		disks_outside() { printf 'sdc\nsdd\n'; }
		disks_to_read() { printf '%s\nsdc\n' "\$INSIDE"; }
		volumes() { echo "\${1}1 2048 vfat X"; }
		mount() { case "\$*" in *-o\ ro*sdc1*) touch "$PWD/target/NTLDR" ;; *rw*) echo mounted for writing ;; esac; }
		umount() { rm -f "$PWD/target/NTLDR"; }
		$2 && echo "part=\$part sources=\$sources"
	END
	printf "$1" | sh try
}

@test "a disk on USB with a system is not written, and is captured only if it is named" {
	INSIDE=sda; export INSIDE
	run at_screen '1\n' choose_target
	echo "$output"
	[ "$status" -ne 0 ]
	[[ $output == *"sdc1 holds 'NTLDR'"*'it is not written'* ]]
	run at_screen '2\n' choose_target
	[ "$status" -eq 0 ]
	[[ $output == *part=sdd1* ]]
	for answer in '' 3 0 x; do
		run at_screen "$answer\n" choose_target
		[ "$status" -ne 0 ]
		[[ $output == *"'$answer' is none of the numbers"* ]]
	done
	run at_screen '\n' choose_sources
	[[ $output == *'sources= /dev/sda'* ]]
	run at_screen 'sda sdc\n' choose_sources
	[[ $output == *'sources= /dev/sda /dev/sdc'* ]]
	run at_screen 'sdd\n' choose_sources
	[ "$status" -ne 0 ]
	[[ $output == *'sdd is no disk of this PC'* ]]
	INSIDE=
	run at_screen '\n' choose_sources
	[ "$status" -ne 0 ]
	[[ $output == *'No disk was named'* ]]
}

@test "what the screen asks is answered, whatever was typed" {
	INSIDE=sda; export INSIDE
	name=x
	cat >rehost <<-'END'
		#!/bin/sh
		echo "rehost $*"
	END
	chmod +x rehost
	PATH=$PWD:$PATH
	for answer in y Y yes; do
		run at_screen "$answer\n" capture_to_usb
		[[ $output == *'rehost capture -o'* ]]
	done
	run at_screen 'q\n' capture_to_usb
	[ "$status" -ne 0 ]
	[[ $output == *'Not begun'* ]]
}

# network ARGUMENT... - what is asked of ip; $GATEWAY: whether a gateway can be reached
network() {
	sed "s,/run/,$PWD/run/,g" "$top_srcdir/medium/network.sh" >network.sh
	mkdir -p run
	: >asked
	cat >try <<-END
		. ./network.sh
		ip() { echo "\$*" >>asked; case "\$*" in *route*) \${GATEWAY:-true} ;; *999*) false ;; esac; }
		"\$@"
	END
	sh try "$@"
}

@test "a typed address has a length, and leaves nothing behind where it is none" {
	for bad in 192.168.1.5 192.168.1.5/33 192.168.1.5/ x/24 192.168.1/24 ''; do
		run network fixed eth0 "$bad"
		[ "$status" -eq 1 ]
		[[ $output == *'as 192.168.1.5/24'* ]]
		! grep -q add asked
	done
	run network fixed eth0 192.168.1.999/24
	[ "$status" -eq 1 ]
	[[ $output == *'is no address'* ]]
	run network fixed eth0 192.168.1.5/24 192.168.1.1
	[ "$status" -eq 0 ]
	grep -qx 'addr add 192.168.1.5/24 dev eth0' asked
	grep -qx 'route replace default via 192.168.1.1 dev eth0' asked
	export GATEWAY=false
	run network fixed eth0 192.168.1.5/24 10.0.0.1
	[ "$status" -eq 1 ]
	[[ $output == *"'10.0.0.1' is no gateway"* ]]
	[ "$(tail -n 1 asked)" = '-4 addr flush dev eth0' ]
}

@test "the screen is on the serial port only if there is one, and the boot entry wants it" {
	mkdir -p proc/tty/driver
	sed "s,/proc/,$PWD/proc/,g; s,exec /usr/lib/rehost/screen.*,echo screen; exit,; s,sleep 100000,exit," \
		"$top_srcdir/medium/serial" >serial
	printf 'serinfo:1.0 driver revision:\n0: uart:16550A port:000003F8 irq:4 tx:0 rx:0\n1: uart:unknown port:000002F8 irq:3\n' >proc/tty/driver/serial
	echo 'quiet console=ttyS0,115200 console=tty0' >proc/cmdline
	[ "$(sh serial)" = screen ]
	echo quiet >proc/cmdline
	[ -z "$(sh serial)" ]
	echo 'quiet console=ttyS0,115200 console=tty0' >proc/cmdline
	printf 'serinfo:1.0 driver revision:\n0: uart:unknown port:000003F8 irq:4\n' >proc/tty/driver/serial
	[ -z "$(sh serial)" ]
	# and nothing else opens the port
	! grep -q ttyS "$top_srcdir/medium/inittab"
}

@test "packages are sorted in their groups, and every script of the medium is made and installed" {
	cd "$top_srcdir/medium"
	for group in compile kernel user; do
		grep "^$group" packages | LC_ALL=C sort -c
	done
	for file in *; do
		grep -q "medium/$file" "$top_srcdir/Makefile.am" || { echo "$file" && false; }
	done
}

@test "a stick is written, with its first MiB last, and read back" {
	stick 12M
	tr '\0' 'x' </dev/zero | head -c 12M >stick.raw
	head -c 5000000 /dev/urandom >rehost.iso
	run "$REHOST" medium --image rehost.iso --to "$loop" --root "$PWD/root" --progress none
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *'written and read back'* ]]
	cmp -n 5000000 rehost.iso stick.raw
	# what an older use left at the end is gone, the rest is left alone
	[ "$(tail -c 1M stick.raw | tr -d '\0' | wc -c)" -eq 0 ]
	[ "$(tail -c 3M stick.raw | head -c 1M | tr -d 'x' | wc -c)" -eq 0 ]
}

@test "only a stick is written: not a file, a partition, a disk inside, one that is in use, or too small" {
	head -c 5000000 /dev/urandom >rehost.iso
	touch file
	refused() {
		run "$REHOST" medium --image rehost.iso --to "$1" --root "$PWD/root" --progress none
		echo "$output"
		[ "$status" -eq 1 ]
		[[ $output == *"$2"* ]]
	}
	refused file 'is no disk'
	refused "$PWD/none" 'No such file'
	stick 12M
	run "$REHOST" medium --image rehost.iso --to "$loop" --progress none
	[ "$status" -eq 1 ]
	[[ $output == *'is not a stick'* ]]
	echo 0 >"$folder/removable"
	refused "$loop" 'is not a stick'
	# a card in a slot calls itself fixed
	echo SD >"$folder/device/type"
	echo 1 >"$folder/partition"
	refused "$loop" 'is a partition'
	rm "$folder/partition"
	mkfs.ext4 -q "$loop"
	mkdir mnt
	mount "$loop" mnt
	refused "$loop" 'is in use: mounted on'
	[[ $output != *force-live* ]]
	umount mnt
	[ "$(tr -d '\0' <stick.raw | wc -c)" -gt 1000 ]
	head -c 13M /dev/urandom >rehost.iso
	refused "$loop" 'take a larger stick'
	run "$REHOST" medium --image rehost.iso -o x.iso --to "$loop"
	[ "$status" -eq 2 ]
	run "$REHOST" medium --image rehost.iso
	[ "$status" -eq 2 ]
}

@test "a stick that forgets what is written is found out, and does not boot" {
	requires nbdkit nbdfuse fusermount3
	truncate -s 12M stick.raw
	mkdir mnt
	nbdfuse mnt [ nbdkit --exit-with-parent null 12M ] 3>&- &
	await test -e mnt/nbd
	[ "$(id -u)" -eq 0 ] || skip "needs root for a loop device"
	loop=$(losetup --direct-io=on -f --show mnt/nbd) || skip "no loop device"
	mkdir -p "root/sys/dev/block/$(stat -c '%Hr:%Lr' "$loop")"
	echo 1 >"root/sys/dev/block/$(stat -c '%Hr:%Lr' "$loop")/removable"
	head -c 5000000 /dev/urandom >rehost.iso
	run "$REHOST" medium --image rehost.iso --to "$loop" --root "$PWD/root" --progress none
	echo "$output"
	losetup -d "$loop"
	fusermount3 -u mnt
	[ "$status" -eq 1 ]
	[[ $output == *'does not keep what is written'* ]]
}
