# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# An old PC in QEMU that the medium is put into: its disks, and someone at its serial port.

n=0 bad=0 PC=

# check NAME COMMAND... - one line of TAP; what a failed command wrote follows it
check() {
	local name=$1
	shift
	n=$((n + 1))
	if "$@" >"$WORK/out" 2>&1; then
		echo "ok $n - $name"
	else
		echo "not ok $n - $name"
		tail -n 40 "$WORK/out" | tr -d '\r' | sed 's/^/#   /'
		bad=1
	fi
}

# pc NAME OPTION... - switch it on; its serial port is at the descriptors $FROM and $TO
pc() {
	local i
	rm -f "$WORK/serial"
	# one chardev that loses nothing while nobody reads
	"$QEMU" -accel tcg -nodefaults -display none -device VGA -chardev "socket,id=s,path=$WORK/serial,server=on,wait=on" \
		-serial chardev:s -qmp "unix:$WORK/qmp,server=on,wait=off" "$@" >"$WORK/qemu.log" 2>&1 &
	PC=$!
	for i in {1..100}; do
		[ ! -S "$WORK/serial" ] || break
		sleep 0.1
	done
	coproc SERIAL { exec socat - "UNIX-CONNECT:$WORK/serial"; }
	FROM=${SERIAL[0]} TO=${SERIAL[1]}
	SEEN=
}

# sees TEXT [SECONDS] - the PC has written it; what stands behind it is for the next one
sees() {
	local text=$1 end=$((SECONDS + ${2:-900})) c
	while [[ $SEEN != *"$text"* ]]; do
		[ $SECONDS -lt $end ] || { printf '%s\n' "$SEEN" "not seen: $text" && return 1; }
		c=
		IFS= read -r -d '' -n 4096 -t 0.5 -u "$FROM" c || [ -n "$c" ] || kill -0 "$PC" 2>/dev/null ||
			{ printf '%s\n' "$SEEN" 'the PC is off' && return 1; }
		SEEN+=$c
	done
	SEEN=${SEEN#*"$text"}
}

# answers TEXT ANSWER - to what the PC asks
answers() {
	sees "$1" "${3:-900}" && printf '%s\n' "$2" >&"$TO"
}

# power_cut - at once
power_cut() {
	kill -9 "$PC" 2>/dev/null
	wait "$PC" 2>/dev/null
	[ -z "${SERIAL_PID:-}" ] || kill "$SERIAL_PID" 2>/dev/null
	PC=
	return 0
}

# goes_off - by itself
goes_off() {
	answers 'Your choice' o && sees 'Power down' 60 || true
	local i
	for i in {1..60}; do
		kill -0 "$PC" 2>/dev/null || break
		sleep 1
	done
	power_cut
}

# random_files FOLDER MIB - that do not shrink
random_files() {
	local i
	mkdir -p "$1"
	for ((i = 0; i < $2; i++)); do
		openssl enc -aes-128-ctr -nosalt -K "$(printf %032x "$i")" -iv 0 -in /dev/zero 2>/dev/null |
			head -c 1M >"$1/file$i"
	done
}
