#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The old PC of the demo: it boots on the buses it was made for, and on no other until it is converted.

bats_require_minimum_version 1.5.0

guests=$BATS_TEST_DIRNAME

requires() {
	command -v "$1" >/dev/null || skip "needs $1 ($2)"
}

setup_file() {
	export DISK=$BATS_FILE_TMPDIR/old-linux.raw
	PATH=$PATH:/usr/sbin:/sbin
	requires qemu-system-x86_64 "apt-get install qemu-system-x86"
	requires mmdebstrap "apt-get install mmdebstrap"
	[ "$(id -u)" -eq 0 ] || skip "needs root to make a disk"
	"$guests/old-linux" "$DISK"
}

@test "old-linux comes from the cache with the same bytes again" {
	"$guests/old-linux" "$BATS_TEST_TMPDIR/again.raw"
	cmp "$DISK" "$BATS_TEST_TMPDIR/again.raw"
}

@test "old-linux uses less than 300 MB" {
	[ "$(du -m "$DISK" | cut -f1)" -lt 300 ]
}

@test "old-linux shows its login on the serial line, on IDE and e1000, and answers at its address" {
	run "$guests/boot" --disk-bus ide --nic e1000 --reach 10.0.2.40:80 --expect 'line4 login:' \
		--log "$BATS_TEST_TMPDIR/serial.log" "$DISK"
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *"10.0.2.40:80 answers: beat "* ]]
	grep -q 'Packaging line 4 controller' "$BATS_TEST_TMPDIR/serial.log"
}

# Its kernel has no console on the serial line, so the proof comes by the keyboard: only the shell of
# the initramfs, with the variables of its init, can answer like this.
@test "old-linux does not find its root on virtio-blk" {
	# no quotes: a key that gets lost must not leave the shell waiting for the other one
	# shellcheck disable=SC2016 # the guest expands it
	run "$guests/boot" --disk-bus virtio-blk --nic virtio-net --expect 'login:' \
		--type 'echo initramfs shell: no $ROOT >/dev/ttyS0' \
		--fail 'initramfs shell: no /dev/sda1' "$DISK"
	echo "$output"
	[ "$status" -eq 1 ]
	[[ $output == *"initramfs shell: no /dev/sda1"* ]]
}

@test "old-linux: Ctrl-C leaves nothing behind" {
	local cache=$BATS_TEST_TMPDIR/cache
	mkdir "$cache"
	# the base is there, so that the interrupt comes while the disk is made
	ln "${XDG_CACHE_HOME:-$HOME/.cache}"/rehost/guests/base-* "$cache" ||
		cp "${XDG_CACHE_HOME:-$HOME/.cache}"/rehost/guests/base-* "$cache"
	run env --default-signal=INT timeout --signal=INT 4 "$guests/old-linux" --cache "$cache" "$BATS_TEST_TMPDIR/out.raw"
	[ "$status" -eq 124 ]
	[ ! -e "$BATS_TEST_TMPDIR/out.raw" ]
	run ls -A "$cache"
	[[ $output != *old-linux* ]]
	run ! grep -q "$cache" /proc/mounts
}
