# SPDX-License-Identifier: GPL-2.0-or-later
# rehost capture when things go wrong: bad sectors, being killed, a full target, another disk.

load common

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR"
}

teardown() {
	fusermount3 -u "$BATS_TEST_TMPDIR/mnt" 2>/dev/null || true
	umount "$BATS_TEST_TMPDIR/small" 2>/dev/null || true
}

make_disk() {
	[ ! -e disk.raw ] || return 0
	{ seq 1 2000000; head -c 20000000 /dev/urandom; head -c 20000000 /dev/zero; seq 1 500000; } > disk.raw
	truncate -s $((52 << 20)) disk.raw
}

# bad_map: first sector, last sector, single ones, a row, edges of blocks
bad_map() {
	cat <<-'END'
	0x0 + 1
	0x00000000  0x00000200  -
	0x00000200  0x000FFC00  +
	0x000FFE00  0x00000400  -
	0x00100200  0x004FFE00  +
	0x00600000  0x00004000  -
	0x00604000  0x00F00000  +
	0x01504000  0x00100000  -
	0x01604000  0x01DFBE00  +
	0x033FFE00  0x00000200  -
	END
}

areas() {
	grep -v '^#' "$1" | tail -n +2
}

# bad_disk: mnt/nbd is disk.raw with the bad sectors of bad.map
bad_disk() {
	requires nbdkit nbdfuse fusermount3
	[ -w /dev/fuse ] || skip "no access to /dev/fuse"
	bad_map > bad.map
	mkdir -p mnt
	nbdfuse -r mnt [ nbdkit -r --exit-with-parent --filter=ddrescue file disk.raw \
		ddrescue-mapfile=bad.map ] 2>/dev/null 3>&- &
	for _ in $(seq 50); do
		[ ! -e mnt/nbd ] || return 0
		sleep 0.1
	done
	skip "nbdfuse does not work here"
}

# killed_until_done ARGUMENT... - kill -9 after growing times until the capture is whole
killed_until_done() {
	local n pid
	for n in $(seq 1 80); do
		"$REHOST" capture "$@" --checkpoint 0 --progress none >/dev/null 2>&1 3>&- &
		pid=$!
		sleep "$(perl -e "print 0.2 + 0.05 * ($n % 7) + 0.02 * $n")"
		kill -9 $pid 2>/dev/null || true
		wait $pid 2>/dev/null || true
		[ ! -e a.capture ] || return 0
	done
	return 1
}

@test "bad sectors: the same map and the same bytes as GNU ddrescue" {
	requires ddrescue qemu-img
	make_disk
	bad_disk
	run -0 "$REHOST" capture mnt/nbd -o a.capture --progress none
	[[ $output == *"could not be read"* ]]
	ddrescue -q -d -r1 mnt/nbd dd.img dd.map 2>/dev/null
	diff <(areas a.capture/disk0.map) <(areas dd.map)
	diff <(areas a.capture/disk0.map) <(areas bad.map)
	qemu-img compare -f raw -F qcow2 dd.img a.capture/disk0.qcow2
	qemu-img check a.capture/disk0.qcow2
	"$REHOST" capture --verify a.capture --progress none
}

@test "bad sectors: killed and started again, the same result" {
	make_disk
	bad_disk
	"$REHOST" capture mnt/nbd -o b.capture --progress none
	killed_until_done mnt/nbd -o a.capture --limit 40M
	diff a.capture/disk0.map b.capture/disk0.map
	cmp a.capture/disk0.qcow2 b.capture/disk0.qcow2
}

@test "an image of ddrescue with its map" {
	requires qemu-img
	make_disk
	bad_map > bad.map
	run -0 "$REHOST" capture disk.raw --map bad.map -o a.capture --progress none
	diff <(areas a.capture/disk0.map) <(areas bad.map)
	printf '0x0 +\n0x0 0x100 +\n0x80 0x100 -\n' > wrong.map
	run -1 "$REHOST" capture disk.raw --map wrong.map -o b.capture --progress none
	[[ $output == *"wrong.map:3"* ]]
	[ ! -e b.capture.partial ]
}

@test "killed and started again, the same result" {
	make_disk
	"$REHOST" capture disk.raw -o b.capture --progress none
	killed_until_done disk.raw -o a.capture --limit 40M
	cmp a.capture/disk0.qcow2 b.capture/disk0.qcow2
	diff a.capture/disk0.map b.capture/disk0.map
	diff <(sed 's/name="[ab]"//; /<machine/d' a.capture/capture.xml) \
		<(sed 's/name="[ab]"//; /<machine/d' b.capture/capture.xml)
	[ "$(ls a.capture)" = "$(ls b.capture)" ]
}

# safe_point: wait until there is one
safe_point() {
	for _ in $(seq 300); do
		[ ! -e a.capture.partial/disk0.state ] || return 0
		sleep 0.1
	done
	return 1
}

# interrupted_capture: a.capture.partial with a safe point in the middle of disk.raw
interrupted_capture() {
	make_disk
	"$REHOST" capture disk.raw -o a.capture --limit 5M --checkpoint 0 --progress none 3>&- &
	safe_point
	kill -TERM $!	# a shell makes background jobs ignore SIGINT
	status=0
	wait $! || status=$?
	[ "$status" -eq 143 ]
	[ -e a.capture.partial/disk0.state ]
	[ ! -e a.capture ]
}

@test "Ctrl-C keeps what was read, the same command goes on" {
	interrupted_capture
	run -0 "$REHOST" capture disk.raw -o a.capture --progress none
	"$REHOST" capture disk.raw -o b.capture --progress none
	cmp a.capture/disk0.qcow2 b.capture/disk0.qcow2
}

@test "another disk is not taken for the one that was begun" {
	interrupted_capture
	cp disk.raw other.raw
	printf 'changed' | dd of=other.raw bs=1 seek=1234 conv=notrunc status=none
	run -1 "$REHOST" capture other.raw -o a.capture --progress none
	[[ $output == *"has changed since it was read"* ]]
	truncate -s +1M other.raw
	run -1 "$REHOST" capture other.raw -o a.capture --progress none
	[[ $output == *"is not the disk"* ]]
	run -1 "$REHOST" capture disk.raw other.raw -o a.capture --progress none
	[[ $output == *"begun with 1 disk"* ]]
	run -0 "$REHOST" capture disk.raw -o a.capture --progress none
}

@test "a state, map or plan that was cut short or altered costs time, not data" {
	make_disk
	"$REHOST" capture disk.raw -o b.capture --progress none
	for damage in 'truncate -s 100 disk0.state' 'truncate -s 0 disk0.state' \
		'printf x | dd of=disk0.state bs=1 seek=200 conv=notrunc status=none' \
		'truncate -s 20 disk0.used' 'truncate -s 100 capture.xml' 'rm machine.xml' \
		'truncate -s 70000 disk0.qcow2'; do
		rm -rf a.capture*
		interrupted_capture
		(cd a.capture.partial && eval "$damage")
		run -0 "$REHOST" capture disk.raw -o a.capture --progress none
		cmp a.capture/disk0.qcow2 b.capture/disk0.qcow2
	done
}

@test "a full target: said, kept, moved, finished" {
	[ "$(id -u)" -eq 0 ] || skip "needs root for a small file system"
	mkdir small
	mount -t tmpfs -o size=6M tmpfs small || skip "no tmpfs"
	make_disk
	run -1 "$REHOST" capture disk.raw -o small/a.capture --checkpoint 0 --limit 40M --progress none
	[[ $output == *"No space left"* ]]
	[[ $output == *"make room"* ]]
	[ -e small/a.capture.partial/disk0.state ]
	cp -r small/a.capture.partial .
	run -0 "$REHOST" capture disk.raw -o a.capture --progress none
	"$REHOST" capture disk.raw -o b.capture --progress none
	cmp a.capture/disk0.qcow2 b.capture/disk0.qcow2
}

@test "the source goes away and comes back" {
	requires nbdkit
	make_disk
	uri="nbd+unix:///?socket=$PWD/sock"
	nbdkit -U "$PWD/sock" -P pid file disk.raw
	"$REHOST" capture "$uri" -o a.capture --limit 5M --checkpoint 0 --progress none 2>err 3>&- &
	safe_point
	kill -9 "$(cat pid)"
	status=0
	wait $! || status=$?
	[ "$status" -eq 1 ]
	[ -e a.capture.partial/disk0.state ]
	rm -f sock
	nbdkit -U "$PWD/sock" -P pid file disk.raw
	run "$REHOST" capture "$uri" -o a.capture --progress none
	kill "$(cat pid)"
	[ "$status" -eq 0 ]
	"$REHOST" capture disk.raw -o b.capture --progress none
	cmp a.capture/disk0.qcow2 b.capture/disk0.qcow2
}
