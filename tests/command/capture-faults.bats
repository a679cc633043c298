# SPDX-License-Identifier: GPL-2.0-or-later
# rehost capture when things go wrong: bad sectors, being killed, a power cut, a full target, a server
# that goes, another disk.
#
# REHOST_FAULTS is how often what depends on chance is done (5); `make check-faults` asks for 50.

load common

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR"
	rounds=${REHOST_FAULTS:-5}
	RANDOM=42
}

teardown() {
	local l
	umount -l "$BATS_TEST_TMPDIR/copied" "$BATS_TEST_TMPDIR/target" 2>/dev/null || true
	for l in $(losetup -nlO NAME,BACK-FILE | awk -v d="$BATS_TEST_TMPDIR/" 'index($2, d) { print $1 }'); do
		losetup -d "$l"
	done
	for l in mnt disk; do
		fusermount3 -uz "$BATS_TEST_TMPDIR/$l" 2>/dev/null || true
	done
	umount "$BATS_TEST_TMPDIR/small" 2>/dev/null || true
	[ ! -e "$BATS_TEST_TMPDIR/pid" ] || kill "$(cat "$BATS_TEST_TMPDIR/pid")" 2>/dev/null || true
}

# need_root WHY
need_root() {
	[ "$(id -u)" -eq 0 ] || skip "needs root for $1"
}

# a_while FROM TO - sleep for a random part of a second or two, in hundredths
a_while() {
	sleep "$(printf '%d.%02d' $((n = $1 + RANDOM % ($2 - $1), n / 100)) $((n % 100)))"
}

# as_read IMAGE MAP RAW - the image is like the disk wherever the map says that it was read
as_read() {
	qemu-img convert -O raw "$1" as-read.raw
	python3 - "$2" as-read.raw "$3" <<-'END'
		import sys
		lines = [l.split() for l in open(sys.argv[1]) if not l.startswith("#")][1:]
		a, b = open(sys.argv[2], "rb"), open(sys.argv[3], "rb")
		done = 0
		for start, size, status in lines:
		    a.seek(int(start, 16)), b.seek(int(start, 16))
		    mine, its = a.read(int(size, 16)), b.read(int(size, 16))
		    if status == "+":
		        done += len(mine)
		        assert mine == its, start
		    else:
		        assert not any(mine), start
		print(done)
	END
	rm as-read.raw
}

# serve ARGUMENT... - nbdkit on ./sock, its number in ./pid
serve() {
	requires nbdkit
	rm -f sock pid
	nbdkit -U "$PWD/sock" -P "$PWD/pid" "$@"
}
uri() {
	echo "nbd+unix:///?socket=$PWD/sock"
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

@test "killed at random moments: each time gone on with to the same bytes, each safe point is whole" {
	requires qemu-img
	make_disk
	"$REHOST" capture disk.raw -o b.capture --progress none
	read_some=0
	for round in $(seq "$rounds"); do
		rm -rf a.capture*
		"$REHOST" capture disk.raw -o a.capture --limit 40M --checkpoint 0 --progress none \
			>/dev/null 2>&1 3>&- &
		a_while 1 130
		kill -9 $! 2>/dev/null || true
		wait $! 2>/dev/null || true
		[ -e a.capture ] || [ -e a.capture.partial/capture.xml ] || continue
		if [ -e a.capture.partial ]; then
			# as if the disk had died now
			rm -rf c.capture*
			cp -r a.capture.partial c.capture.partial
			"$REHOST" capture --finish c.capture --progress none
			qemu-img check -q c.capture/disk0.qcow2
			[ "$(as_read c.capture/disk0.qcow2 c.capture/disk0.map disk.raw)" -eq 0 ] ||
				read_some=$((read_some + 1))
			"$REHOST" capture --verify c.capture --progress none
			"$REHOST" capture disk.raw -o a.capture --progress none
		fi
		cmp a.capture/disk0.qcow2 b.capture/disk0.qcow2
		diff a.capture/disk0.map b.capture/disk0.map
	done
	[ "$read_some" -gt 0 ]
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
		'truncate -s 0 disk0.blocks' 'rm disk0.blocks' 'truncate -s -64 disk0.blocks' \
		'truncate -s 70000 disk0.qcow2'; do
		rm -rf a.capture*
		interrupted_capture
		(cd a.capture.partial && eval "$damage")
		run -0 "$REHOST" capture disk.raw -o a.capture --progress none
		cmp a.capture/disk0.qcow2 b.capture/disk0.qcow2
	done
}

@test "what was begun and cannot be gone on with is not thrown away" {
	make_disk
	for damage in 'rm machine.xml' 'truncate -s 20 disk0.used' 'sed -i "s/+/?/" disk0.used' 'truncate -s 100 capture.xml' \
		'sed -i "s/version=.1./version=\"99\"/" capture.xml'; do
		rm -rf a.capture*
		interrupted_capture
		size=$(stat -c %s a.capture.partial/disk0.qcow2)
		(cd a.capture.partial && eval "$damage")
		run -1 "$REHOST" capture disk.raw -o a.capture --progress none
		[[ $output == *"cannot be gone on with"*"begin anew"* ]]
		[ "$(stat -c %s a.capture.partial/disk0.qcow2)" = "$size" ]
	done
}

# ext_disk: old.raw, 64 MiB with a file system, and new.raw, where a file came in later
ext_disk() {
	requires mke2fs debugfs
	mkdir files
	head -c 20000000 /dev/urandom > files/noise
	mke2fs -q -F -t ext4 -d files old.raw 64M
	cp old.raw new.raw
	head -c 9000000 /dev/urandom > later
	debugfs -w -R 'write later later' new.raw 2>/dev/null
}

# begun DISK OPTION... - a capture that was killed after a second
begun() {
	local disk=$1 pid
	shift
	"$REHOST" capture "$disk" -o a.capture --limit 4M --progress none "$@" 3>&- &
	pid=$!
	sleep 1.3
	kill -9 $pid
	wait $pid 2>/dev/null || true
}

@test "what was written to the disk since then is captured, or the capture is refused" {
	ext_disk
	cp old.raw disk.raw
	begun disk.raw --checkpoint 3600
	[ ! -e a.capture.partial/disk0.state ]
	cp new.raw disk.raw
	"$REHOST" capture disk.raw -o a.capture --progress none
	qemu-img convert -O raw a.capture/disk0.qcow2 read.raw
	debugfs -R 'dump later got' read.raw 2>/dev/null
	cmp later got
	rm -rf a.capture
	cp old.raw disk.raw
	begun disk.raw --checkpoint 0
	cp new.raw disk.raw
	run -1 "$REHOST" capture disk.raw -o a.capture --progress none
	[[ $output == *"has changed since it was read"* ]]
	cp old.raw disk.raw
	"$REHOST" capture disk.raw -o a.capture --progress none
}

@test "the second disk may be another one as long as nothing was read of it" {
	ext_disk
	head -c 30000000 /dev/urandom > first.raw
	begun first.raw old.raw --checkpoint 0
	"$REHOST" capture first.raw new.raw -o a.capture --progress none
	grep -q 'source="new.raw"' a.capture/capture.xml
	qemu-img convert -O raw a.capture/disk1.qcow2 read.raw
	debugfs -R 'dump later got' read.raw 2>/dev/null
	cmp later got
}

@test "other options than at the beginning are refused" {
	ext_disk
	printf '0x0 + 1\n0x0 0x3000000 +\n0x3000000 0x1000000 -\n' > bad.map
	"$REHOST" capture old.raw -o b.capture --progress none
	begun old.raw --checkpoint 0
	for options in --full '--base b.capture' '--map bad.map'; do
		# shellcheck disable=SC2086
		run -1 "$REHOST" capture old.raw -o a.capture --progress none $options
		[[ $output == *"was begun without ${options%% *}"*"give"* ]]
	done
	"$REHOST" capture old.raw -o a.capture --progress none
	rm -rf a.capture
	begun old.raw --checkpoint 0 --map bad.map
	run -1 "$REHOST" capture old.raw -o a.capture --progress none
	[[ $output == *"was begun with --map"* ]]
	sed -i 's/-/+/' bad.map
	run -1 "$REHOST" capture old.raw -o a.capture --progress none --map bad.map
	[[ $output == *"with another --map"* ]]
}

@test "a map that was altered while bad areas were read is not believed" {
	make_disk
	bad_disk
	"$REHOST" capture mnt/nbd -o b.capture --progress none
	begun mnt/nbd --checkpoint 0 --limit 100M --retries 500
	grep -q -- '-$' a.capture.partial/disk0.map
	sed -i 's/-$/+/' a.capture.partial/disk0.map
	"$REHOST" capture mnt/nbd -o a.capture --progress none
	cmp a.capture/disk0.qcow2 b.capture/disk0.qcow2
	[ "$(areas a.capture/disk0.map)" = "$(areas b.capture/disk0.map)" ]
}

@test "a full target: said, kept, moved, finished, wherever it is full" {
	need_root "a small file system"
	mkdir small
	make_disk
	"$REHOST" capture disk.raw -o b.capture --progress none
	[ "$rounds" -ge 10 ] || rounds=3
	full=0
	for size in $(seq 3400 $((16000 / (rounds > 10 ? 10 : rounds))) 19400); do
		rm -rf a.capture*
		mount -t tmpfs -o size=64M tmpfs small || skip "no tmpfs"
		# what is too small from the beginning is refused: somebody else fills it
		"$REHOST" capture disk.raw -o small/a.capture --checkpoint 0 --limit 30M --progress none 2>said 3>&- &
		for _ in $(seq 100); do
			[ ! -e small/a.capture.partial/disk0.qcow2 ] || break
			sleep 0.02
		done
		mount -o remount,size=${size}k small
		status=0
		wait $! || status=$?
		[ "$status" -eq 1 ]
		grep -q "No space left" said
		grep -q "make room" said
		[ ! -e small/a.capture.partial/disk0.state ] || full=$((full + 1))
		cp -r small/a.capture.partial .
		umount small
		run -0 "$REHOST" capture disk.raw -o a.capture --progress none
		cmp a.capture/disk0.qcow2 b.capture/disk0.qcow2
	done
	[ "$full" -gt 1 ]
}

# A target whose disk loses what was not written when the power goes: ext4 on a loop device on a file
# of FUSE on a server that is killed.
power_on() {
	mkdir -p disk target
	truncate -s 200M target.img
	mkfs.ext4 -q -F target.img
	nbdfuse disk [ nbdkit -P "$PWD/pid" file target.img ] 2>/dev/null 3>&- &
	for _ in $(seq 50); do
		[ ! -e disk/nbd ] || break
		sleep 0.1
	done
	[ -e disk/nbd ] || skip "nbdfuse does not work here"
	mount -o loop disk/nbd target
}
power_off() {
	kill -9 "$(cat pid)"
	cp --sparse=always target.img after.img
	wait "$1" 2>/dev/null || true
	umount -l target
	for l in $(losetup -nlO NAME,BACK-FILE | awk -v d="$PWD/disk/" 'index($2, d) { print $1 }'); do
		losetup -d "$l" 2>/dev/null || true
	done
	fusermount3 -uz disk
}

@test "a power cut of the target: gone on with from what its disk really has" {
	requires nbdkit nbdfuse fusermount3 mkfs.ext4
	need_root "a loop device"
	[ -w /dev/fuse ] || skip "no access to /dev/fuse"
	make_disk
	"$REHOST" capture disk.raw -o b.capture --progress none
	resumed=0
	for round in $(seq $(((rounds + 4) / 5 * 2))); do
		power_on
		"$REHOST" capture disk.raw -o target/a.capture --limit 20M --checkpoint 1 --progress none \
			>/dev/null 2>&1 3>&- &
		capture=$!
		a_while 120 260
		power_off $capture
		mkdir -p copied
		mount -o loop after.img copied
		[ ! -e copied/a.capture.partial/disk0.state ] || resumed=$((resumed + 1))
		"$REHOST" capture disk.raw -o copied/a.capture --progress none
		cmp copied/a.capture/disk0.qcow2 b.capture/disk0.qcow2
		qemu-img check -q copied/a.capture/disk0.qcow2
		umount copied
	done
	[ "$resumed" -gt 0 ]
}

@test "the source goes away and comes back: at once, and the next day" {
	make_disk
	"$REHOST" capture disk.raw -o b.capture --progress none
	serve file disk.raw
	"$REHOST" capture "$(uri)" -o a.capture --limit 25M --checkpoint 0 --progress none 3>&- &
	safe_point
	kill -9 "$(cat pid)"
	sleep 0.5
	serve file disk.raw
	wait $!
	cmp a.capture/disk0.qcow2 b.capture/disk0.qcow2
	rm -r a.capture
	"$REHOST" capture "$(uri)" -o a.capture --limit 25M --timeout 1 --checkpoint 0 --progress none 2>err 3>&- &
	safe_point
	kill -9 "$(cat pid)"
	status=0
	wait $! || status=$?
	[ "$status" -eq 1 ]
	[ -e a.capture.partial/disk0.state ]
	serve file disk.raw
	"$REHOST" capture "$(uri)" -o a.capture --progress none
	cmp a.capture/disk0.qcow2 b.capture/disk0.qcow2
}

@test "another disk behind the same address is refused" {
	make_disk
	serve file disk.raw
	"$REHOST" capture "$(uri)" -o a.capture --limit 25M --timeout 1 --checkpoint 0 --progress none 2>err 3>&- &
	safe_point
	kill -9 "$(cat pid)"
	truncate -s 60M other.raw
	serve file other.raw
	status=0
	wait $! || status=$?
	[ "$status" -eq 1 ]
}

@test "Ctrl-C does not wait for a server that says nothing" {
	make_disk
	serve --filter=delay file disk.raw rdelay=60
	"$REHOST" capture "$(uri)" --full -o a.capture --progress none 3>&- &
	sleep 0.7
	kill -TERM $!
	status=0
	SECONDS=0
	wait $! || status=$?
	[ "$status" -eq 143 ]
	[ "$SECONDS" -lt 20 ]
	kill -9 "$(cat pid)"
}

@test "a disk that reads nothing for a moment is read whole" {
	make_disk
	serve --filter=error file disk.raw error=EIO error-pread-rate=100% error-pread-file="$PWD/trigger"
	"$REHOST" capture "$(uri)" --retries 50 --limit 30M -o a.capture --progress none 3>&- &
	sleep 0.5
	touch trigger
	sleep 0.6
	rm trigger
	wait $!
	qemu-img compare -f raw -F qcow2 disk.raw a.capture/disk0.qcow2
	! grep -q '  [-/*]$' a.capture/disk0.map || false
}

@test "sectors that can be read at the third try" {
	make_disk
	serve eval get_size="stat -c %s $PWD/disk.raw" \
		pread='if [ $4 -le 20000000 ] && [ $(($4 + $3)) -gt 20000000 ]; then
			n=$(cat '"$PWD"'/tries 2>/dev/null || echo 0); echo $((n + 1)) > '"$PWD"'/tries
			if [ $3 -gt 512 ] || [ $n -lt 9 ]; then echo EIO >&2; exit 1; fi; fi
			dd if='"$PWD"'/disk.raw iflag=skip_bytes,count_bytes skip=$4 count=$3 bs=64K status=none'
	"$REHOST" capture "$(uri)" --retries 20 -o a.capture --progress none
	[ "$(cat tries)" -ge 10 ]
	qemu-img compare -f raw -F qcow2 disk.raw a.capture/disk0.qcow2
}

@test "slow areas are left for the end" {
	make_disk
	truncate -s 32M disk.raw
	# 20 to 26 MiB: a second and a half for each MiB
	serve eval get_size="stat -c %s $PWD/disk.raw" \
		pread='echo $4 >> '"$PWD"'/order
			if [ $4 -ge 20971520 ] && [ $4 -lt 27262976 ]; then
				sleep $(printf %d.%03d $(($3 * 1500 / 1048576 / 1000)) $(($3 * 1500 / 1048576 % 1000))); fi
			dd if='"$PWD"'/disk.raw iflag=skip_bytes,count_bytes skip=$4 count=$3 bs=64K status=none'
	"$REHOST" capture "$(uri)" --full -o a.capture --progress none
	qemu-img compare -f raw -F qcow2 disk.raw a.capture/disk0.qcow2
	last=$(grep -n '^31457280$' order | head -n 1 | cut -d : -f 1)
	[ "$(tail -n +$((last + 1)) order | awk '$1 >= 20971520 && $1 < 27262976' | wc -l)" -gt 5 ]
}

@test "a disk that does not read the same twice is reported" {
	make_disk
	# the second MiB is something else once the last one has been read
	serve eval get_size="stat -c %s $PWD/disk.raw" \
		pread='[ $4 -lt 53477376 ] || touch '"$PWD"'/end
			if [ $4 = 1048576 ] && [ -e '"$PWD"'/end ]; then head -c $3 /dev/urandom; else
			dd if='"$PWD"'/disk.raw iflag=skip_bytes,count_bytes skip=$4 count=$3 bs=64K status=none; fi'
	run -0 "$REHOST" capture "$(uri)" --full -o a.capture --progress none
	[[ $output == *"the first at byte 1048576"* ]]
	grep -q 'unsteady="1" unsteady-at="1048576"' a.capture/capture.xml
	"$REHOST" capture --verify a.capture --progress none
}

@test "ddrescue goes on where a capture stopped" {
	requires ddrescue qemu-img
	make_disk
	bad_disk
	"$REHOST" capture mnt/nbd -o a.capture --limit 20M --checkpoint 0 --progress none >/dev/null 2>&1 3>&- &
	safe_point
	sleep 0.7
	kill -9 $!
	wait $! || true
	"$REHOST" capture --finish a.capture --progress none
	qemu-img convert -O raw a.capture/disk0.qcow2 dd.img
	cp a.capture/disk0.map dd.map
	ddrescue -q -d -r1 mnt/nbd dd.img dd.map
	diff <(areas dd.map) <(areas bad.map)
	"$REHOST" capture dd.img --map dd.map -o c.capture --progress none
	"$REHOST" capture mnt/nbd -o b.capture --progress none
	qemu-img compare b.capture/disk0.qcow2 c.capture/disk0.qcow2
}

@test "a capture goes on where ddrescue stopped" {
	requires ddrescue qemu-img
	make_disk
	bad_disk
	ddrescue -q -d -s 20M mnt/nbd dd.img dd.map
	grep -q '  ?$' dd.map
	"$REHOST" capture mnt/nbd --map dd.map --rescued dd.img -o a.capture --progress none
	"$REHOST" capture mnt/nbd -o b.capture --progress none
	diff <(areas a.capture/disk0.map) <(areas bad.map)
	qemu-img compare a.capture/disk0.qcow2 b.capture/disk0.qcow2
	run -2 "$REHOST" capture mnt/nbd --rescued dd.img -o c.capture --progress none
}

@test "bad sectors given up: what was not tried is not called unused" {
	make_disk
	serve --filter=error --filter=delay file disk.raw rdelay=30ms error=EIO error-pread-rate=100% \
		error-pread-file="$PWD/trigger"
	"$REHOST" capture "$(uri)" --full --limit 30M --timeout 1 -o a.capture --progress none 3>&- &
	sleep 0.7
	touch trigger
	wait $!
	grep -q '  [*/]$' a.capture/disk0.map
	! grep -q '  ?$' a.capture/disk0.map || false
	as_read a.capture/disk0.qcow2 a.capture/disk0.map disk.raw
	"$REHOST" capture --verify a.capture --progress none
}

@test "a disk that died: what was read of it becomes a capture" {
	requires qemu-img
	interrupted_capture
	run -1 "$REHOST" capture --finish b.capture
	[[ $output == *"there is no"* ]]
	cp -r a.capture.partial c.capture.partial
	printf x | dd of=c.capture.partial/disk0.state bs=1 seek=200 conv=notrunc status=none
	run -1 "$REHOST" capture --finish c.capture
	[[ $output == *"damaged"* ]]
	run -0 "$REHOST" capture --finish a.capture --progress none
	[[ $output == *"could not be read"* ]]
	[ "$(ls a.capture)" = "$(printf '%s\n' capture.xml disk0.map disk0.qcow2 machine.xml)" ]
	qemu-img check -q a.capture/disk0.qcow2
	[ "$(as_read a.capture/disk0.qcow2 a.capture/disk0.map disk.raw)" -gt 0 ]
	"$REHOST" capture --verify a.capture --progress none
}

@test "in parts, for a file system without large files: the same bytes, resumed, and put together again" {
	make_disk
	"$REHOST" capture disk.raw -o whole.capture --progress none
	"$REHOST" capture disk.raw -o parts.capture --split 1M --progress none
	[ "$(find parts.capture -name 'disk0.qcow2.*' | wc -l)" -gt 10 ]
	[ ! -e parts.capture/disk0.qcow2 ]
	[ -z "$(find parts.capture -size +1024k)" ]
	cat parts.capture/disk0.qcow2.* | cmp - whole.capture/disk0.qcow2
	run "$REHOST" capture --verify parts.capture
	echo "$output"
	[ "$status" -eq 1 ]
	[[ $output == *'lie in parts'*'rehost capture --join parts.capture -o'* ]]
	"$REHOST" capture --join parts.capture -o joined.capture --progress none
	cmp joined.capture/disk0.qcow2 whole.capture/disk0.qcow2
	[ -z "$(find joined.capture -name '*.00*')" ]
	"$REHOST" capture --verify joined.capture --progress none
	# killed again and again, the size of the parts is remembered
	"$REHOST" capture disk.raw -o cut.capture --split 1M --limit 8M --checkpoint 0 --progress none 3>&- &
	sleep 2
	kill -9 $!
	! wait $!
	[ -e cut.capture.partial/disk0.qcow2.002 ]
	"$REHOST" capture disk.raw -o cut.capture --limit 16M --checkpoint 0 --progress none 3>&- &
	sleep 1
	kill -9 $!
	! wait $!
	"$REHOST" capture disk.raw -o cut.capture --progress none
	cat cut.capture/disk0.qcow2.* | cmp - whole.capture/disk0.qcow2
	# a part that is missing, and one that was changed
	printf x | dd of=parts.capture/disk0.qcow2.003 bs=1 seek=5000 conv=notrunc status=none
	run "$REHOST" capture --join parts.capture -o bad.capture --progress none
	[ "$status" -eq 1 ]
	rm parts.capture/disk0.qcow2.003
	run "$REHOST" capture --join parts.capture -o bad.capture --progress none
	echo "$output"
	[ "$status" -eq 1 ]
	[[ $output == *'disk0.qcow2.003'*'is missing'* ]]
	[ ! -e bad.capture ]
	# what needs one part only lies in none
	"$REHOST" capture disk.raw -o one.capture --split 1G --progress none
	cmp one.capture/disk0.qcow2 whole.capture/disk0.qcow2
}
