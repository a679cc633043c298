# SPDX-License-Identifier: GPL-2.0-or-later
# rehost launch and what follows: releases, rollback, what a full disk or a bad bundle leaves behind.

load common

setup_file() {
	for program in qemu-system-x86_64 qemu-img as ld jq; do
		command -v "$program" >/dev/null || skip "needs $program"
	done
	cd "$BATS_FILE_TMPDIR"
	export XDG_CONFIG_HOME=$BATS_FILE_TMPDIR/config
	"$REHOST" profile --root "$top_srcdir/tests/machines/packaging-line" -o edge.xml
	make_bundle line1 1 --say FIRST-LIVES
	make_bundle line2 2 --say SECOND-LIVES
	make_bundle mute 4 --say SILENCE
	make_bundle dead 3 --say 'Kernel panic - not syncing: third'
}

# make_bundle FILE REVISION OPTION-OF-TINY... - FILE.rehost with plan 'line' and guest press4
make_bundle() {
	local file=$1 revision=$2
	shift 2
	mkdir "$file"
	"$top_srcdir/tests/guests/tiny" "$@" "$file/press4.guest"
	cat >"$file/line.plan.xml" <<-XML
		<?xml version="1.0" encoding="UTF-8"?>
		<plan version="1" name="line" host="../edge.xml" answer="feasible" cost="0" bound="0" nodes="1">
		<partitions><partition guest="press4.guest" name="press4" class="shared" cpus="0" vcpus="1"
		memory="16777216" overhead="0" priority="1" start-order="1"/></partitions><findings/></plan>
	XML
	"$REHOST" bundle "$file/line.plan.xml" --target qemu --allow-unsigned --allow-unvalidated \
		--revision "$revision" -o "$file.rehost" --progress none
}

setup() {
	cd "$BATS_TEST_TMPDIR"
	ALL=$BATS_FILE_TMPDIR
	STATE=$BATS_TEST_TMPDIR/state
	HOME_OF=$STATE/guests/press4
}

teardown() {
	"$REHOST" stop press4 --now --state "$STATE" || true
}

launch() {
	"$REHOST" launch --allow-unsigned --progress none --state "$STATE" "$@"
}

field() {
	"$REHOST" status --state "$STATE" --json press4 | jq -r ".[0].$1"
}

# remember X - the guest keeps X on its disk and shows it
remember() {
	printf 'w%s' "$1" | timeout 5 "$REHOST" console --state "$STATE" press4 >/dev/null || true
	await grep -q "LIVES . $1" "$HOME_OF/log/serial.log"
}

@test "a guest is launched, lives, keeps what it writes, and is stopped" {
	run launch "$ALL/line1.rehost"
	[ "$status" -eq 0 ]
	# what is on its disks is nobody else's
	[ "$(stat -c %A "$STATE"/bundles/*/guests/press4/disk0.qcow2 "$HOME_OF/releases/1/disk0.qcow2" | cut -c8-10 | uniq)" = --- ]
	[ "${lines[0]}" = "press4: release 1 runs on qemu" ]
	[[ $output == *$'\n'"press4 lives: FIRST-LIVES 0 -" ]]
	[ "$(field state)" = running ]
	remember K
	"$REHOST" restart press4 --state "$STATE" --wait
	grep -q 'FIRST-LIVES 0 K' "$HOME_OF/log/serial.log"
	[ "$("$REHOST" stop press4 --state "$STATE")" = "press4 followed the power button" ]
	[ "$(field state)" = stopped ]
	# the bundle's own disk is as it came, and nobody may write to it
	[ -z "$(find "$STATE/bundles" -type f -perm /222)" ]
}

@test "a bundle that nobody signed is refused, and nothing is unpacked" {
	run "$REHOST" launch "$ALL/line1.rehost" --state "$STATE" --progress none
	[ "$status" -eq 1 ]
	[ ! -e "$STATE" ]
}

@test "a bundle with one changed byte in a disk leaves nothing behind" {
	cp "$ALL/line1.rehost" bad.rehost
	printf X | dd of=bad.rehost bs=1 seek=$(($(stat -c %s bad.rehost) * 2 / 3)) conv=notrunc status=none
	run launch bad.rehost
	[ "$status" -eq 1 ]
	[ -z "$(find "$STATE" -type f 2>/dev/null)" ]
	[ "$("$REHOST" status --state "$STATE" --json | jq length)" -eq 0 ]
}

@test "what is no bundle, or holds no such guest or target, is one clear line" {
	run launch nowhere.rehost
	[ "$status" -eq 1 ]
	run launch "$ALL/line1.rehost" --guest wombat
	[ "$status" -eq 1 ]
	[[ $output == *"holds no guest 'wombat'"* ]]
	run launch "$ALL/line1.rehost" --target wombat
	[ "$status" -eq 1 ]
	[[ $output == *"there is no target 'wombat'"* ]]
	[ "$("$REHOST" status --state "$STATE" --json | jq length)" -eq 0 ]
}

@test "a newer bundle replaces what runs; rollback goes back with the old disks" {
	launch "$ALL/line1.rehost" --wait
	remember A
	run launch "$ALL/line2.rehost" --wait
	[ "$status" -eq 1 ]
	[[ $output == *"guest 'press4' is running"*"--replace"* ]]
	[ "$(field release)" = 1 ]
	run launch "$ALL/line2.rehost" --wait --replace
	[ "$status" -eq 0 ]
	[[ $output == *"press4 lives: SECOND-LIVES 0 -"* ]]
	[ "$(field release)" = 2 ]
	run "$REHOST" rollback press4 --state "$STATE" --wait
	[ "$status" -eq 0 ]
	[[ $output == *"press4 lives: FIRST-LIVES 0 A"* ]]
	[ "$(field release)" = 1 ]
	run "$REHOST" rollback press4 --state "$STATE"
	[ "$status" -eq 1 ]
	[[ $output == *"there are 1, 2; 1 is the current one"* ]]
	"$REHOST" rollback press4 --to 2 --state "$STATE" --wait | grep -q SECOND-LIVES
}

@test "an older bundle is refused unless it is meant" {
	launch "$ALL/line2.rehost"
	"$REHOST" stop press4 --state "$STATE" --now
	run launch "$ALL/line1.rehost"
	[ "$status" -eq 1 ]
	[ "$(field release)" = 1 ]
	launch "$ALL/line1.rehost" --downgrade --wait | grep -q FIRST-LIVES
}

@test "a release without life is rolled back by itself" {
	launch "$ALL/line1.rehost" --wait
	remember B
	run launch "$ALL/dead.rehost" --replace
	[ "$status" -eq 1 ]
	[[ $output == *"the kernel stopped: Kernel panic - not syncing: third"* ]]
	[[ $output == *"hint: release 1 runs again"* ]]
	[ "$(field release)" = 1 ]
	[ "$(field state)" = running ]
	await grep -q 'FIRST-LIVES . B' "$HOME_OF/log/serial.log"
	"$REHOST" logs press4 --serial --state "$STATE" | grep -q 'Kernel panic'
	"$REHOST" logs press4 --state "$STATE" | grep -q 'rolled back to release 1'
}

@test "--no-wait leaves at once, and what nobody has seen live is said to be so" {
	launch "$ALL/line1.rehost"
	[ "$(field proven)" = true ]
	! "$REHOST" status --state "$STATE" | grep -q 'nobody has seen' || false
	run launch "$ALL/dead.rehost" --replace --no-wait
	[ "$status" -eq 0 ]
	[[ $output != *lives* ]]
	[ "$(field release) $(field proven)" = "2 false" ]
	"$REHOST" status --state "$STATE" | grep -q 'nobody has seen release 2 live'
	"$REHOST" rollback press4 --state "$STATE"
	[ "$(field release) $(field proven)" = "1 true" ]
	# a command that is killed while it waits, too
	"$REHOST" stop press4 --now --state "$STATE"
	"$REHOST" launch "$ALL/mute.rehost" --allow-unsigned --progress none --state "$STATE" >said 2>&1 3>&- &
	waiting=$!
	await grep -q 'release 3 runs' said
	kill -9 "$waiting"
	wait "$waiting" || true
	[ "$(field release) $(field state) $(field proven)" = "3 running false" ]
	for wrong in --wait "--timeout 5" --no-rollback; do
		run launch "$ALL/line1.rehost" --no-wait $wrong
		[ "$status" -eq 2 ]
		[[ $output == *"with --no-wait nobody looks"* ]]
	done
}

@test "a first release without life stays for a look" {
	run launch "$ALL/dead.rehost"
	[ "$status" -eq 1 ]
	[ "$(field state)" = running ]
	run "$REHOST" launch "$ALL/dead.rehost" --allow-unsigned --state "$STATE" --progress none
	[ "$status" -eq 1 ]
	[[ $output == *"is running"* ]]
}

@test "rollback --pristine gives the disks as they came" {
	launch "$ALL/line1.rehost" --wait
	remember C
	run "$REHOST" rollback press4 --pristine --state "$STATE" --wait
	[ "$status" -eq 0 ]
	[[ $output == *"press4 lives: FIRST-LIVES 0 -"* ]]
	[ ! -e "$HOME_OF/releases/1.next" ]
}

@test "power cut: what was running is started again, what was stopped is not" {
	launch "$ALL/line1.rehost" --wait
	kill -9 $(pgrep -f "supervise --state $STATE press4") "$(cat "$HOME_OF/run/qemu.pid")"
	await flock -n "$HOME_OF/run/machine.lock" true
	[ "$(field wanted)" = true ]
	"$REHOST" start --wanted --wait --state "$STATE" | grep -q 'press4 lives'
	[ "$(field state)" = running ]
	# nothing to do
	[ -z "$("$REHOST" start --wanted --state "$STATE")" ]
	"$REHOST" stop press4 --state "$STATE"
	[ -z "$("$REHOST" start --wanted --state "$STATE")" ]
	[ "$(field state)" = stopped ]
}

@test "start --wanted gives a machine without a supervisor a new one" {
	launch "$ALL/line1.rehost" --wait
	machine=$(cat "$HOME_OF/run/qemu.pid")
	kill -9 $(pgrep -f "supervise --state $STATE press4")
	await flock -n "$HOME_OF/run/watch.lock" true
	"$REHOST" start --wanted --state "$STATE"
	[ "$(cat "$HOME_OF/run/qemu.pid")" = "$machine" ]
	"$REHOST" logs press4 --state "$STATE" | grep -q 'taken over'
}

@test "screen writes a new picture" {
	launch "$ALL/line1.rehost" --wait
	"$REHOST" screen press4 press4.png --state "$STATE"
	head -c 8 press4.png | grep -q PNG
	run "$REHOST" screen press4 press4.png --state "$STATE"
	[ "$status" -eq 1 ]
	[[ $output == *"'press4.png' exists already"* ]]
}

@test "screen --vnc: on this machine alone, with a new password each time" {
	launch "$ALL/line1.rehost" --wait
	pid=$(cat "$HOME_OF/run/qemu.pid")
	! ss -Hltnp | grep -q "pid=$pid," || false
	run "$REHOST" screen press4 --vnc 59041 --state "$STATE"
	echo "$output"
	[[ $output =~ ^"press4: its screen is at 127.0.0.1::59041, password "[A-Za-z2-9]{8}$ ]]
	[ "$(ss -Hltnp | awk -v pid="pid=$pid," 'index($0, pid) { print $4 }')" = 127.0.0.1:59041 ]
	# what it says first, and that it asks for a password: RFC 6143, 7.1
	exec 8<>/dev/tcp/127.0.0.1/59041
	IFS= read -r -n 12 -u 8 -d '' version || true
	[[ $version == "RFB 003.008"* ]]
	printf 'RFB 003.008\n' >&8
	[ "$(head -c 2 <&8 | od -An -tu1 | tr -s ' ')" = " 1 2" ]
	exec 8>&-
	run "$REHOST" screen press4 --vnc 80 --state "$STATE"
	[ "$status" -eq 1 ]
	"$REHOST" screen press4 --vnc off --state "$STATE"
	! ss -Hltnp | grep -q "pid=$pid," || false
}

@test "remove keeps the disks, --purge does not" {
	launch "$ALL/line1.rehost" --wait
	run "$REHOST" remove press4 --state "$STATE"
	[ "$status" -eq 1 ]
	[[ $output == *"is running"* ]]
	"$REHOST" stop press4 --state "$STATE" --now
	"$REHOST" remove press4 --state "$STATE"
	[ "$("$REHOST" status --state "$STATE" --json | jq length)" -eq 0 ]
	qemu-img check -q "$STATE/removed/press4/releases/1/disk0.qcow2"
	launch "$ALL/line1.rehost" --wait
	"$REHOST" stop press4 --state "$STATE" --now
	"$REHOST" remove press4 --purge --state "$STATE"
	[ ! -e "$STATE/removed/press4.1" ]
	[ -e "$STATE/removed/press4" ]
	[ -n "$(ls "$STATE/bundles")" ]
}

@test "remove --purge leaves nothing when nobody else needs it" {
	launch "$ALL/line1.rehost"
	"$REHOST" stop press4 --state "$STATE" --now
	"$REHOST" remove press4 --purge --state "$STATE"
	[ -z "$(find "$STATE" -type f)" ]
}

@test "a full disk during launch leaves nothing that looks whole" {
	[ "$(id -u)" -eq 0 ] || skip "needs root to mount a small file system"
	mkdir small
	mount -t tmpfs -o size=64k none small 2>/dev/null || skip "needs to mount a tmpfs"
	STATE=$PWD/small/state
	run launch "$ALL/line1.rehost"
	find small -type f >left
	umount small
	[ "$status" -eq 1 ]
	[[ $output == *" left"* ]]
	[ ! -s left ]
}
