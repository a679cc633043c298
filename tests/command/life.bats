# SPDX-License-Identifier: GPL-2.0-or-later
# The life of an installed guest: supervise, status, console, stop, and what survives kill -9.

load common

setup_file() {
	for program in qemu-system-x86_64 qemu-img as ld jq; do
		command -v "$program" >/dev/null || skip "needs $program"
	done
}

setup() {
	cd "$BATS_TEST_TMPDIR"
	STATE=$BATS_TEST_TMPDIR/state
	HOME_OF=$STATE/guests/press4
}

teardown() {
	local pid
	for pid in $(jobs -p); do kill -9 "$pid" 2>/dev/null || true; done
	pid=$(cat "$STATE"/guests/*/run/qemu.pid 2>/dev/null) || return 0
	flock -n "$STATE"/guests/press4/run/machine.lock true || kill -9 "$pid" || true
}

installed() {
	"$top_srcdir/tests/guests/tiny-installed" "$STATE" press4 "$@"
}

state_is() {
	[ "$("$REHOST" status --state "$STATE" --json press4 | jq -r '.[0].state')" = "$1" ]
}

writes() {
	grep -q "$1" "$HOME_OF/log/serial.log"
}

supervise() {
	"$REHOST" supervise --state "$STATE" press4 3>&- &
	supervisor=$!
	await state_is running
}

@test "status: nothing is installed, or a guest that is not there" {
	run "$REHOST" status --state nowhere --json
	[ "$status" -eq 0 ]
	[ "$(jq length <<<"$output")" -eq 0 ]
	run "$REHOST" status --state nowhere press4
	[ "$status" -eq 1 ]
	[[ $output == *"no guest 'press4' is installed"* ]]
	installed
	run "$REHOST" stop --state "$STATE" press5
	[ "$status" -eq 1 ]
	[[ $output == *"hint: installed are: press4"* ]]
	run "$REHOST" stop --state "$STATE" ../press4
	[ "$status" -eq 1 ]
	[[ $output == *"is not a name of a guest"* ]]
}

@test "a guest that is off: stop says so, the console does, the log is empty" {
	installed
	state_is stopped
	run "$REHOST" stop --state "$STATE" press4
	[ "$status" -eq 0 ]
	[ "$output" = "press4 was not running" ]
	run "$REHOST" console --state "$STATE" press4
	[ "$status" -eq 1 ]
	[[ $output == *"guest 'press4' is not running"* ]]
	run "$REHOST" console --log --state "$STATE" press4
	[ "$status" -eq 0 ]
	[ -z "$output" ]
}

@test "a running guest is reached, and stopped by its power button" {
	installed
	supervise
	await writes 'LIVES 0'
	"$REHOST" status --state "$STATE" --json |
		jq -e '.[0] | .name == "press4" and .pid > 1 and .uptime > 0 and .disk_read > 0'
	run "$REHOST" stop --state "$STATE" press4
	[ "$status" -eq 0 ]
	[ "$output" = "press4 followed the power button" ]
	wait "$supervisor"
	state_is stopped
	"$REHOST" console --log --state "$STATE" press4 | grep -q 'LIVES 0'
}

@test "a guest that is deaf to the button is switched off after the deadline, or at once" {
	installed --deaf
	supervise
	await writes LIVES
	run "$REHOST" stop --state "$STATE" press4 --grace 1
	[ "$status" -eq 0 ]
	[ "$output" = "press4 did not follow the power button and was switched off" ]
	wait "$supervisor"
	supervise
	run "$REHOST" stop --state "$STATE" press4 --now
	[ "$output" = "press4 was switched off" ]
	state_is stopped
}

@test "a guest without anything that listens to the button is not waited for" {
	installed --deaf
	sed -i 's/acpi="yes"/acpi="no"/' "$STATE"/bundles/*/guests/press4/guest.xml
	supervise
	run "$REHOST" stop --state "$STATE" press4
	[ "$status" -eq 0 ]
	[ "${lines[0]}" = "press4 has nothing that listens to the power button" ]
	[ "${lines[1]}" = "press4 was switched off" ]
}

@test "console: shows what was, then what comes, and types" {
	installed
	supervise
	await writes 'LIVES 0'
	mkfifo typed
	"$REHOST" console --state "$STATE" press4 <typed >shown 3>&- &
	console=$!
	exec 9>typed
	await grep -q 'LIVES 1' shown
	head -n 1 shown | grep -q 'LIVES 0'
	printf 'wZ' >&9
	await grep -q 'LIVES . Z' shown
	printf '\035' >&9	# Ctrl-]
	wait "$console"
	exec 9>&-
	state_is running
}

@test "console: ends when its reader has gone, and when the guest is off" {
	installed
	supervise
	"$REHOST" console --state "$STATE" press4 </dev/null | head -n 1 | grep -q LIVES
	"$REHOST" console --state "$STATE" press4 </dev/null >shown 3>&- &
	console=$!
	await grep -q LIVES shown
	"$REHOST" stop --state "$STATE" press4
	wait "$console"
}

@test "a guest is never started twice" {
	installed
	supervise
	run "$REHOST" supervise --state "$STATE" press4
	[ "$status" -eq 1 ]
	[[ $output == *"guest 'press4' is running already"* ]]
}

@test "kill -9 of the machine: it is started again" {
	installed
	supervise
	first=$(cat "$HOME_OF/run/qemu.pid")
	kill -9 "$first"
	await grep -q 'crashed: QEMU was ended by signal 9' "$HOME_OF/log/events.log"
	await state_is running
	[ "$(cat "$HOME_OF/run/qemu.pid")" != "$first" ]
	"$REHOST" stop --state "$STATE" press4
}

@test "kill -9 of the supervisor: the guest goes on, and the next supervisor takes it over" {
	installed
	supervise
	await writes 'LIVES 0'
	machine=$(cat "$HOME_OF/run/qemu.pid")
	kill -9 "$supervisor"
	wait "$supervisor" || true
	state_is running
	supervise
	await grep -q 'taken over' "$HOME_OF/log/events.log"
	await writes LIVES
	[ "$(cat "$HOME_OF/run/qemu.pid")" = "$machine" ]
	[ "$("$REHOST" stop --state "$STATE" press4)" = "press4 followed the power button" ]
	wait "$supervisor"
}

@test "kill -9 of everything: the next start works" {
	installed
	supervise
	await writes 'LIVES 0'
	kill -9 "$supervisor" "$(cat "$HOME_OF/run/qemu.pid")"
	wait "$supervisor" || true
	await flock -n "$HOME_OF/run/machine.lock" true
	supervise
	await writes 'LIVES 0'
	"$REHOST" stop --state "$STATE" press4
}

@test "SIGTERM to the supervisor presses the power button" {
	installed
	supervise
	await writes 'LIVES 0'
	kill -TERM "$supervisor"
	wait "$supervisor"
	state_is stopped
	grep -q 'switched off: guest-shutdown' "$HOME_OF/log/events.log"
}

# has_in_place TEXT - what it has in place of a power button
has_in_place() {
	chmod +w "$STATE"/bundles/*/guests/press4/guest.xml
	sed -i "s|<life |<legacy acpi=\"no\" floppy=\"no\" stop=\"$1\"/>&|" "$STATE"/bundles/*/guests/press4/guest.xml
}

@test "SIGTERM to the supervisor stops a guest as its document says" {
	installed --deaf
	has_in_place 'keys ctrl-alt-delete'
	supervise
	await writes 'LIVES 0'
	SECONDS=0
	kill -TERM "$supervisor"
	wait "$supervisor"
	grep -q 'told to end: ctrl-alt-delete' "$HOME_OF/log/events.log"
	grep -q 'switched off: guest-reset' "$HOME_OF/log/events.log"
	state_is stopped
	sed -i 's/keys ctrl-alt-delete/off/' "$STATE"/bundles/*/guests/press4/guest.xml
	supervise
	await writes 'LIVES 0'
	kill -TERM "$supervisor"
	wait "$supervisor"
	grep -q 'it did not end by itself: switched off' "$HOME_OF/log/events.log"
	# neither of them waits for a button that is not there
	[ "$SECONDS" -lt 60 ]
}

@test "a guest that switches itself off stays off" {
	installed
	sed -i 's/wanted="no"/wanted="yes"/' "$HOME_OF/instance.xml"
	supervise
	printf q | "$REHOST" console --state "$STATE" press4 >/dev/null
	wait "$supervisor"
	grep -q 'wanted="no"' "$HOME_OF/instance.xml"
}

@test "a machine that cannot start is one clear line" {
	installed
	echo '-device wombat' >>"$HOME_OF/releases/1/qemu.args"
	run "$REHOST" supervise --state "$STATE" press4
	[ "$status" -eq 1 ]
	[[ $output == *"'wombat' is not a valid device model name"* ]]
	state_is stopped
	echo 'rm -rf /' >"$HOME_OF/releases/1/qemu.args"
	run "$REHOST" supervise --state "$STATE" press4
	[ "$status" -eq 1 ]
	[[ $output == *"'rm -rf /' is not an option of QEMU"* ]]
}

@test "the machine runs on the planned processors, its virtual processor on its own one" {
	installed
	cpu=$(taskset -cp $$ | sed 's/.*: //; s/[-,].*//')
	printf 'machine %s\nvcpu 0 %s\n' "$cpu" "$cpu" >"$HOME_OF/releases/1/cpus"
	supervise
	pid=$(cat "$HOME_OF/run/qemu.pid")
	for task in /proc/"$pid"/task/*; do
		grep -qP "^Cpus_allowed_list:\t$cpu\$" "$task/status"
	done
	"$REHOST" stop --state "$STATE" press4
	# a host that has not these processors runs the guest, and says so
	echo 'machine 1023' >"$HOME_OF/releases/1/cpus"
	supervise
	grep -q 'not as planned: it is not on its processors: move thread .* to processors 1023' "$HOME_OF/log/events.log"
	"$REHOST" stop --state "$STATE" press4
}
