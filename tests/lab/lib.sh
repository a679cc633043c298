# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What the rings share: lines of TAP on the console, and waiting.

n=0

# check NAME COMMAND... - one line of TAP; what a failed command wrote follows it
check() {
	local name=$1 out
	shift
	n=$((n + 1))
	if out=$("$@" 2>&1); then
		echo "ok $n - $name"
	else
		echo "not ok $n - $name"
		sed 's/^/#   /' <<<"$out"
		bad=1
	fi
}

# await SECONDS COMMAND...
await() {
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 1
	done
}

says() {
	local should=$1
	shift
	"$@" 2>&1 | tee /tmp/said | grep -q -- "$should" || { cat /tmp/said && return 1; }
}

refuses() {
	local should=$1
	shift
	! "$@" >/tmp/said 2>&1 || { echo "it was not refused" && return 1; }
	grep -q -- "$should" /tmp/said || { cat /tmp/said && return 1; }
}

state_is() {
	says "$1" sh -c 'rehost status --json press4 | jq -r ".[0].state"'
}

log_says() {
	grep -q -- "$1" /var/lib/rehost/guests/press4/log/serial.log
}

launch() {
	rehost launch --allow-unsigned --progress none "$@"
}

types() {
	printf '%s' "$1" | timeout 20 rehost console press4 >/dev/null
	true
}

# live_through TARGET - all of a guest's life
live_through() {
	local target=$1 pid
	check "$target: launch until it lives" says 'press4 lives: FIRST-LIVES' \
		launch --target "$target" --wait --timeout 240 line1.rehost
	check "$target: status" state_is running
	check "$target: never started twice" refuses 'is running' launch --target "$target" line1.rehost
	check "$target: the console types" types wK
	check "$target: the guest has read it" await 60 log_says 'LIVES . K'
	check "$target: screen" rehost screen press4 "/tmp/$target.png"
	check "$target: it is a picture" says PNG head -c 8 "/tmp/$target.png"
	check "$target: stop by the power button" says 'followed the power button' rehost stop press4
	check "$target: it is off" state_is stopped
	check "$target: start" says lives rehost start press4 --wait --timeout 240
	check "$target: restart" says lives rehost restart press4 --wait --timeout 240
	check "$target: logs" rehost logs press4
	check "$target: back to the first disks" says 'lives: FIRST-LIVES . -' \
		rehost rollback press4 --pristine --wait --timeout 240
	check "$target: stop at once" says 'was switched off' rehost stop press4 --now
	check "$target: remove" rehost remove press4 --purge
}

cp /t/lib/* /usr/local/lib/
ldconfig
install -m 755 /t/rehost /usr/local/bin/rehost
bad=0
