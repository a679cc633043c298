# SPDX-License-Identifier: GPL-2.0-or-later
# The old PC serves its disks, the workshop captures them; and servers that are not what they should be.

load common

setup() {
	cd "$BATS_TEST_TMPDIR"
}

teardown() {
	for pid in $(cat pids 2>/dev/null); do
		kill "$pid" 2>/dev/null || true
	done
}

make_disk() {
	requires nbdkit mkfs.ext4 qemu-img
	mkdir files
	head -c 3M /dev/urandom >files/a
	cp -r "$top_srcdir/cmd" files/
	truncate -s 40M "$1"
	mkfs.ext4 -q -d files "$1"
}

# serve DISK... - on a free port; sets $address and $code
serve() {
	port=$((20000 + RANDOM % 20000))
	"$REHOST" serve "$@" --root "${pc:-$top_srcdir/tests/machines/packaging-line}" --port "$port" >said 2>&1 3>&- &
	echo $! >>pids
	await grep -q 'Ctrl-C ends it' said
	address=nbds://127.0.0.1:$port
	code=$(grep -oE 'code (is )?[A-Z0-9]{4}-[A-Z0-9]{4}' said | head -n 1 | grep -oE '[^ ]+$')
}

@test "all disks of a PC, and its machine, with the code as people type it" {
	make_disk sda
	cp sda sdb
	dd if=/dev/urandom of=sdb bs=1M count=1 seek=39 conv=notrunc status=none
	serve sda sdb
	"$REHOST" capture "$address" --code "$(tr -d - <<<"${code,,}")" -o press4.capture --progress none
	qemu-img compare sda press4.capture/disk0.qcow2
	[ -e press4.capture/disk1.qcow2 ]
	grep -q 'OptiPlex GX270' press4.capture/machine.xml
	"$REHOST" capture --verify press4.capture --progress none
	"$REHOST" capture "$address/sdb" --code "$code" -o b.capture --progress none
	[ ! -e b.capture/disk1.qcow2 ]
	run "$REHOST" capture "$address/sdx" --code "$code" -o c.capture
	[ "$status" -eq 1 ]
	[[ $output == *"serves no disk 'sdx'"* ]]
}

@test "nothing without the right code, nothing can be written" {
	make_disk sda
	requires nbdinfo
	serve sda
	run "$REHOST" capture "$address" --code AAAA-AAAA -o a.capture
	[ "$status" -eq 1 ]
	[[ $output == *'compare the address and the code'* ]]
	for bad in '' AAAA AAAA-AAA1 AAAA-AAAA-A 'nbd;rm'; do
		run "$REHOST" capture "$address" --code "$bad" -o a.capture
		[ "$status" -eq 2 ]
		[[ $output == *'is no code'* ]]
	done
	run "$REHOST" capture "nbd://127.0.0.1:$port" --code "$code" -o a.capture
	[ "$status" -eq 2 ]
	run "$REHOST" capture "$address" sda --code "$code" -o a.capture
	[ "$status" -eq 2 ]
	run nbdinfo "nbd://127.0.0.1:$port/sda"
	[ "$status" -ne 0 ]
	[ ! -e a.capture ] && [ ! -e a.capture.partial ]
}

@test "what cannot be served is refused, and the end leaves nothing behind" {
	make_disk sda
	export TMPDIR=$BATS_TEST_TMPDIR/tmp
	mkdir tmp other
	cp sda other/
	qemu-img create -q -f qcow2 q.qcow2 1M
	run "$REHOST" serve q.qcow2
	[ "$status" -eq 1 ]
	[[ $output == *'an image of the format qcow2, not a disk'* ]]
	run "$REHOST" serve sda other/sda
	[ "$status" -eq 2 ]
	[[ $output == *"the name 'sda' is given twice"* ]]
	run "$REHOST" serve nbd://127.0.0.1/
	[ "$status" -eq 2 ]
	run "$REHOST" serve sda --port 70000
	[ "$status" -eq 2 ]
	serve sda
	kill "$(cat pids)"
	await sh -c '! ls tmp | grep -q serve'
}

@test "the PC is restarted in the middle: the same command goes on with the new code" {
	make_disk sda
	serve sda
	"$REHOST" capture "$address" --code "$code" -o a.capture --limit 1M --checkpoint 0 --timeout 2 \
		--progress none >first 2>&1 3>&- &
	client=$!
	await grep -q . a.capture.partial/disk0.map
	sleep 1
	kill "$(cat pids)"
	! wait "$client"
	grep -q 'the same command goes on' first
	serve sda
	"$REHOST" capture "$address" --code "$code" -o a.capture --progress none
	qemu-img compare sda a.capture/disk0.qcow2
	"$REHOST" capture --verify a.capture --progress none
}

@test "a server that is killed is started again with the same code, and the capture goes on" {
	make_disk sda
	serve sda
	"$REHOST" capture "$address" --code "$code" -o a.capture --limit 4M --checkpoint 0 --progress none >first 2>&1 3>&- &
	client=$!
	await grep -q . a.capture.partial/disk0.map
	for round in 1 2 3; do
		kill -ABRT "$(pgrep -P "$(cat pids)" -x nbdkit)"
		await sh -c "[ \"\$(grep -c 'started again, the code stays the same' said)\" -eq $round ]"
		sleep 1
	done
	wait "$client"
	qemu-img compare sda a.capture/disk0.qcow2
	"$REHOST" capture "$address" --code "$code" -o b.capture --progress none
	cmp a.capture/disk0.qcow2 b.capture/disk0.qcow2
	# one that ends again and again is given up, not started for ever
	mkdir double
	printf '#!/bin/sh\n[ ! -e %s/broken ] || exit 1\nexec %s "$@"\n' "$PWD" "$(command -v nbdkit)" >double/nbdkit
	chmod +x double/nbdkit
	PATH=$PWD/double:$PATH serve sda
	touch broken
	pkill -P "$(tail -n 1 pids)" -x nbdkit
	await sh -c "! kill -0 $(tail -n 1 pids)"
	grep -q '^rehost: nbdkit' said
}

# drive SERIAL - $pc, a PC whose sda is that drive, as the kernel shows it for ATA
drive() {
	pc=$PWD/pc-$1
	cp -r "$top_srcdir/tests/machines/packaging-line" "$pc"
	echo 'ST3802110A' >"$pc/sys/block/sda/device/model"
	printf '\0\x80\0\x14%20s' "$1" >"$pc/sys/block/sda/device/vpd_pg80"
}

@test "a served disk is known by the drive that it is: another one does not go on with its capture" {
	make_disk sda
	drive 5LR1B2C3
	serve sda
	"$REHOST" capture "$address" --code "$code" -o a.capture --limit 1M --checkpoint 0 --timeout 1 \
		--progress none >first 2>&1 3>&- &
	client=$!
	await grep -q . a.capture.partial/disk0.map
	grep -q 'serial="5LR1B2C3"' a.capture.partial/capture.xml
	grep -q 'model="ST3802110A"' a.capture.partial/capture.xml
	kill "$(cat pids)"
	! wait "$client"
	drive 5LRZZZZZ
	serve sda
	run "$REHOST" capture "$address" --code "$code" -o a.capture --progress none
	echo "$output"
	[ "$status" -eq 1 ]
	[[ $output == *'is not the disk whose capture was begun'* ]]
}

@test "the workshop finds out what the hardware clock of the PC holds, at the moment of the capture" {
	make_disk sda
	pc=$PWD/pc
	cp -r "$top_srcdir/tests/machines/packaging-line" pc
	mkdir -p pc/sys/class/rtc/rtc0 pc/rehost
	echo 00000000 >pc/rehost/cpuid
	echo 2026-11-26 >pc/sys/class/rtc/rtc0/date
	echo 03:05:10 >pc/sys/class/rtc/rtc0/time
	echo 1000 >pc/sys/class/rtc/rtc0/since_epoch
	serve sda
	# what the PC shows goes on while it serves
	echo $(($(date +%s) - 5 * 3600 + 100)) >pc/sys/class/rtc/rtc0/since_epoch
	sleep 3
	"$REHOST" capture "$address" --code "$code" -o a.capture --progress none
	grep -q '<clock rtc="2026-11-26 03:05:10" offset="-18000" guess="localtime"/>' a.capture/machine.xml
	[ ! -e a.capture/disk1.qcow2 ]
	# nothing of what the PC sent is lost
	tar -tf a.capture/machine.tar | grep -qx rehost/cpuid
	echo 1000 >pc/sys/class/rtc/rtc0/since_epoch
	sleep 3
	"$REHOST" capture "$address" --code "$code" -o b.capture --progress none
	grep -q 'fact name="clock-offset" why="the hardware clock is .* seconds off' b.capture/machine.xml
}

# pretend ARGUMENT... - nbdkit with our keys in the place of the PC
pretend() {
	port=$((20000 + RANDOM % 20000))
	rm -f pid
	nbdkit -P "$PWD/pid" --tls=require --tls-psk="$1" -p "$port" "${@:2}" 3>&-
	await test -s pid
	cat pid >>pids
	address=nbds://127.0.0.1:$port
}

# keys_of_code - the keys that belong to $code, from a server that was started with it
keys_of_code() {
	serve sda
	cp "$TMPDIR"/rehost-serve-*/keys keys
}

@test "hostile servers: endless names, odd names, a machine that is none, silence" {
	make_disk sda
	export TMPDIR=$BATS_TEST_TMPDIR/tmp
	mkdir tmp many odd wrong
	keys_of_code
	for i in {1..70}; do
		ln sda "many/sd$i"
	done
	pretend keys file dir=many
	run "$REHOST" capture "$address" --code "$code" -o a.capture
	[ "$status" -eq 1 ]
	[[ $output == *'more than 64 disks'* ]]
	ln sda 'odd/sda;reboot'
	pretend keys file dir=odd
	run "$REHOST" capture "$address" --code "$code" -o a.capture
	[ "$status" -eq 1 ]
	[[ $output == *'odd names'* ]]
	ln sda wrong/sda
	truncate -s 65M wrong/machine.tar
	pretend keys file dir=wrong
	run "$REHOST" capture "$address" --code "$code" -o a.capture
	[ "$status" -eq 1 ]
	[[ $output == *'larger than any PC'* ]]
	head -c 1M /dev/urandom >wrong/machine.tar
	run "$REHOST" capture "$address" --code "$code" -o a.capture
	[ "$status" -eq 1 ]
	[ ! -e a.capture ]
	requires socat
	socat TCP-LISTEN:$((port + 1)),fork,reuseaddr EXEC:'sleep 100' 3>&- &
	echo $! >>pids
	await socat -u OPEN:/dev/null "TCP:127.0.0.1:$((port + 1)),connect-timeout=1"
	run timeout -s INT 3 "$REHOST" capture "nbds://127.0.0.1:$((port + 1))" --code "$code" -o a.capture
	[ "$status" -ne 0 ]
	[ ! -e a.capture ]
}

# odd_disk METHOD=SCRIPT... - a server whose export sda does what the scripts say
odd_disk() {
	pretend keys eval list_exports='echo NAMES; echo sda' "$@"
}

@test "hostile servers: impossible sizes, and data that is another one at each look" {
	make_disk sda
	export TMPDIR=$BATS_TEST_TMPDIR/tmp
	mkdir tmp
	keys_of_code
	odd_disk get_size='echo 9223372036854775807' pread='head -c $3 /dev/zero'
	run "$REHOST" capture "$address" --code "$code" -o a.capture --progress none
	echo "$output"
	[ "$status" -eq 1 ]
	[[ $output == *'impossible size'* ]]
	odd_disk get_size='echo 4611686018427387904' pread='head -c $3 /dev/zero'
	run "$REHOST" capture "$address" --code "$code" -o a.capture --progress none
	echo "$output"
	[ "$status" -eq 1 ]
	odd_disk get_size='echo 0' pread='head -c $3 /dev/zero'
	run "$REHOST" capture "$address" --code "$code" -o a.capture --progress none
	echo "$output"
	[ "$status" -eq 1 ]
	[[ $output == *'is empty'* ]]
	[ ! -e a.capture ] && [ ! -e a.capture.partial/disk0.qcow2 ]
	odd_disk get_size='echo 4M' pread='head -c $3 /dev/urandom'
	run "$REHOST" capture "$address" --code "$code" -o a.capture --progress none
	echo "$output"
	[[ $output == *'that were read twice differed'* ]]
}

@test "hostile servers: another size after the line was cut" {
	make_disk sda
	export TMPDIR=$BATS_TEST_TMPDIR/tmp
	mkdir tmp
	keys_of_code
	odd_disk get_size='echo 8M' pread="head -c \$3 $PWD/sda"
	"$REHOST" capture "$address" --code "$code" -o a.capture --limit 512K --timeout 4 --checkpoint 0 --progress none >first 2>&1 3>&- &
	client=$!
	await grep -qs + a.capture.partial/disk0.map
	kill -9 "$(cat pid)"
	# until the port is free again
	await nbdkit --tls=require --tls-psk=keys -p "$port" -P "$PWD/pid2" eval list_exports='echo NAMES; echo sda' \
		get_size='echo 4M' pread="head -c \$3 $PWD/sda" 3>&-
	await test -s pid2
	cat pid2 >>pids
	! wait "$client"
	cat first
	grep -q 'the same command goes on' first
	run "$REHOST" capture "$address" --code "$code" -o a.capture --progress none
	echo "$output"
	[ "$status" -eq 1 ]
	[[ $output == *'is not the disk whose capture was begun'* ]]
	[ ! -e a.capture ]
}

@test "hostile servers: an answer without an end, before and after the greeting" {
	requires socat
	code=ABCD-EFGH
	port=$((20000 + RANDOM % 20000))
	cat >endless <<-'END'
		import os, struct, sys
		out = os.fdopen(1, "wb", 0)
		if sys.argv[1] == "garbage":
		    while True: out.write(b"NBD?" * 4096)
		out.write(b"NBDMAGICIHAVEOPT" + struct.pack(">H", 3))
		os.read(0, 4096)
		if sys.argv[1] == "long":
		    out.write(struct.pack(">QIII", 0x3e889045565a9, 5, 0x80000001, 0xffffffff))
		    for i in range(1000): out.write(b"x" * 65536)
		    sys.exit()
		while True: out.write(struct.pack(">QIII", 0x3e889045565a9, 5, 2, 4) + b"\0\0\0\0")
	END
	for how in garbage long many; do
		port=$((port + 1))
		socat TCP-LISTEN:$port,fork,reuseaddr EXEC:"python3 endless $how" 3>&- 2>/dev/null &
		echo $! >>pids
		await socat -u OPEN:/dev/null "TCP:127.0.0.1:$port,connect-timeout=1"
		run timeout -s KILL 100 "$REHOST" capture "nbds://127.0.0.1:$port" --code "$code" -o a.capture
		echo "$how: $status $output"
		[ "$status" -eq 1 ]
		[[ $output == *"127.0.0.1:$port"* ]]
		[ ! -e a.capture ]
	done
}
