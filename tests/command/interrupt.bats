# SPDX-License-Identifier: GPL-2.0-or-later
# Ctrl-C in the middle of each command, from a terminal (to the whole group) and to rehost alone: no
# process, no temporary folder and nothing half done is left that looks whole.

setup_file() {
	for program in qemu-system-x86_64 qemu-img as ld setsid pgrep; do
		command -v "$program" >/dev/null || skip "needs $program"
	done
	cd "$BATS_FILE_TMPDIR"
	"$REHOST" profile --root "$top_srcdir/tests/machines/packaging-line" -o edge.xml
	"$top_srcdir/tests/guests/tiny" --life NEVER --seconds 600 press4.guest
	{ seq 1 4000000; head -c 100M /dev/urandom; } >old.raw
	truncate -s 160M old.raw
	cp -r press4.guest large
	qemu-img convert -q -f raw -O qcow2 old.raw large/disk0.qcow2
	sed -i 's/size="1048576"/size="167772160"/; s/name="press4"/name="large"/' large/guest.xml
	mv large large.guest
	for guest in press4 large; do
		cat >$guest.plan.xml <<-XML
			<?xml version="1.0" encoding="UTF-8"?>
			<plan version="1" name="$guest" host="edge.xml" answer="feasible" cost="0" bound="0"
			nodes="1"><partitions><partition guest="$guest.guest" name="$guest" class="shared" cpus="0"
			vcpus="1" memory="16777216" overhead="0" priority="1" start-order="1"/></partitions>
			<findings/></plan>
		XML
	done
}

setup() {
	cd "$BATS_TEST_TMPDIR"
	ALL=$BATS_FILE_TMPDIR
	export TMPDIR=$BATS_TEST_TMPDIR/tmp XDG_CONFIG_HOME=$BATS_TEST_TMPDIR/config
	export LIBGUESTFS_CACHEDIR=/var/tmp
	mkdir "$TMPDIR"
}

teardown() {
	local guest
	[ ! -e server.pid ] || kill "$(cat server.pid)"
	for guest in state/guests/*; do
		[ ! -e "$guest" ] || "$REHOST" stop --now --state state "${guest##*/}" || true
	done
}

# begin COMMAND... - rehost as on a terminal: a session of its own, and SIGINT is not ignored
begin() {
	: >out
	setsid env --default-signal=INT "$REHOST" "$@" --progress none >out 2>&1 3>&- &
	pid=$!
	await listens
}

# listens - rehost has taken over SIGINT; before, the shell's wish to ignore it may still hold
listens() {
	grep -qi '^SigCgt:.*[2367abef]$' "/proc/$pid/status"
}

# await COMMAND... - until it succeeds; the command that was begun must not have ended
await() {
	until "$@" >/dev/null 2>&1; do
		kill -0 "$pid" || { cat out; return 1; }
		sleep 0.05
	done
}

# left - processes of the session that was begun
left() {
	ps -o stat=,pid=,args= -s "$pid" | grep -v '^Z'
}

# interrupt all|alone - the signal, and what must be true after it
interrupt() {
	case $1 in
	all) kill -INT -- "-$pid" ;;
	alone) kill -INT "$pid" ;;
	esac
	status=0
	wait "$pid" || status=$?
	cat out
	[ "$status" -eq 130 ]
	[ "$(grep -c '^rehost: .*interrupted' out)" -eq 1 ]
	# who was killed may need a moment to be gone
	for _ in $(seq 50); do
		left || break
		sleep 0.1
	done
	! left || false
	find "$TMPDIR" -mindepth 1
	[ -z "$(ls -A "$TMPDIR")" ]
}

@test "capture, from a slow disk" {
	command -v nbdkit >/dev/null || skip "needs nbdkit"
	nbdkit -U "$PWD/sock" -P server.pid --filter=delay file "$ALL/old.raw" rdelay=300ms
	for whom in all alone; do
		begin capture "nbd+unix:///?socket=$PWD/sock" -o $whom.capture
		await test -s $whom.capture.partial/disk0.qcow2
		interrupt $whom
		[ ! -e $whom.capture ]
		[ -e $whom.capture.partial ]
	done
}

@test "capture --verify" {
	"$REHOST" capture "$ALL/old.raw" -o a.capture --progress none
	for whom in all alone; do
		begin capture --verify a.capture --limit 1M
			interrupt $whom
	done
}

# appliance_runs - is the machine of libguestfs there?
appliance_runs() {
	pgrep -s "$pid" -f -- '-device.*guestfs'
}

@test "inspect and convert, while the appliance starts" {
	"$REHOST" --help | grep -q '^  convert ' || skip "rehost was built without libguestfs"
	"$REHOST" capture "$ALL/old.raw" -o a.capture --progress none
	for whom in all alone; do
		begin inspect a.capture
		await appliance_runs
		interrupt $whom
		begin convert a.capture --target qemu -o $whom.guest
		await appliance_runs
		interrupt $whom
		[ ! -e $whom.guest ]
		[ ! -e $whom.guest.partial ]
	done
}

@test "convert, before the appliance starts" {
	"$REHOST" --help | grep -q '^  convert ' || skip "rehost was built without libguestfs"
	"$REHOST" capture "$ALL/old.raw" -o a.capture --progress none
	begin convert a.capture --target qemu -o a.guest
	await pgrep -P "$pid"
	interrupt alone
	[ ! -e a.guest ]
	[ ! -e a.guest.partial ]
}

# guest_lives - the guest of a trial has written something
guest_lives() {
	grep -q LIVES "$TMPDIR"/rehost-trial-*/serial.log
}

@test "validate, while the guest boots" {
	cp -r "$ALL/press4.guest" .
	for whom in all alone; do
		begin validate press4.guest
		await guest_lives
		interrupt $whom
		[ ! -e press4.guest/evidence ]
		[ -z "$(ls -d press4.guest/evidence* 2>/dev/null)" ]
	done
}

# in_work NAME - a file whose path begins so has grown
in_work() {
	[ -n "$(find "$1"* -type f -size +1M)" ]
}

@test "bundle, while it is written" {
	for whom in all alone; do
		begin bundle "$ALL/large.plan.xml" --allow-unvalidated -o $whom.rehost
		await in_work $whom.rehost.
		interrupt $whom
		[ -z "$(ls -d $whom.rehost* 2>/dev/null)" ]
	done
}

@test "bundle extract and launch, while they unpack" {
	"$REHOST" bundle "$ALL/large.plan.xml" --allow-unvalidated -o large.rehost --progress none
	for whom in all alone; do
		begin bundle extract large.rehost --allow-unsigned -o $whom
		await in_work $whom.partial
		interrupt $whom
		[ -z "$(ls -d $whom* 2>/dev/null)" ]
		begin launch large.rehost --allow-unsigned --state state
		await in_work state
		interrupt $whom
		[ -z "$(find state -type f)" ]
	done
}

@test "launch --wait: the guest runs on, nobody waits any more" {
	"$REHOST" bundle "$ALL/press4.plan.xml" --allow-unvalidated -o press4.rehost --progress none
	for whom in all alone; do
		begin launch press4.rehost --allow-unsigned --wait --state state
		await grep 'runs on' out
		interrupt $whom
		grep -q "^hint: the guest runs on: 'rehost stop press4'" out
		"$REHOST" status --state state press4 | grep -q running
		"$REHOST" stop --state state press4
	done
}
