# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# An old PC in QEMU that the medium is put into, and someone at its serial port.

n=0 bad=0 PC=

# check NAME COMMAND... - one line of TAP; what a failed command wrote follows it
check() {
	local name=$1 start=$SECONDS
	shift
	n=$((n + 1))
	if "$@" >"$WORK/out" 2>&1; then
		echo "ok $n - $name # $((SECONDS - start)) s"
	else
		echo "not ok $n - $name"
		tail -n 60 "$WORK/out" | tr -d '\r' | sed 's/^/#   /'
		bad=1
	fi
}

# pc OPTION... - switch it on; its serial port is at the descriptors $FROM and $TO, without NO_COM
pc() {
	local i serial
	# one chardev that loses nothing while nobody reads
	serial=(-chardev "socket,id=s,path=$WORK/serial,server=on,wait=on" -serial chardev:s)
	[ -z "${NO_COM:-}" ] || serial=(-serial none)
	rm -f "$WORK/serial" "$WORK/qmp"
	"$QEMU" -accel tcg -nodefaults -display none -device VGA "${serial[@]}" \
		-qmp "unix:$WORK/qmp,server=on,wait=off" "$@" >"$WORK/qemu.log" 2>&1 &
	PC=$! ON=$SECONDS
	[ -z "${NO_COM:-}" ] || return 0
	for i in {1..100}; do
		[ ! -S "$WORK/serial" ] || break
		sleep 0.1
	done
	coproc SERIAL { exec socat - "UNIX-CONNECT:$WORK/serial"; }
	FROM=${SERIAL[0]} TO=${SERIAL[1]}
	SEEN= BEFORE=
}

# old_pc OPTION... - a Pentium II (which has no SSE) with 128 MB, an IDE disk, and the medium in its CD drive; the disk is $DISK
old_pc() {
	pc -M pc -cpu pentium2 -m 128 -boot d -device usb-ehci,id=usb -parallel null \
		-audiodev none,id=mute -device AC97,audiodev=mute \
		-drive "file=$IMAGE,format=raw,if=ide,index=2,media=cdrom,readonly=on" \
		-drive "file=$DISK,format=raw,if=ide,index=0${DISK_OPTIONS:-}" "$@"
}

# old_pc_of_the_stick OPTION... - the same, but the medium is a USB stick
old_pc_of_the_stick() {
	pc -M pc -cpu pentium2 -m 128 -device usb-ehci,id=usb \
		-drive "file=$IMAGE,format=raw,if=none,id=stick,readonly=on" \
		-device usb-storage,bus=usb.0,drive=stick,bootindex=0 \
		-drive "file=$DISK,format=raw,if=ide,index=0" "$@"
}

# uefi_pc OPTION... - 64-bit UEFI, an NVMe disk, and the medium as a USB stick
uefi_pc() {
	cp /usr/share/OVMF/OVMF_VARS_4M.fd "$WORK/vars.fd"
	pc -M q35 -cpu qemu64 -m 512 -device qemu-xhci,id=usb \
		-drive if=pflash,format=raw,readonly=on,file=/usr/share/OVMF/OVMF_CODE_4M.fd \
		-drive "if=pflash,format=raw,file=$WORK/vars.fd" \
		-drive "file=$IMAGE,format=raw,if=none,id=stick,readonly=on" \
		-device usb-storage,bus=usb.0,drive=stick,bootindex=0 \
		-drive "file=$DISK,format=raw,if=none,id=disk" -device nvme,drive=disk,serial=N1 "$@"
}

# with_usb PC OPTION... - that PC with the USB disk $WORK/usb.raw
with_usb() {
	"$@" -drive "file=$WORK/usb.raw,format=raw,if=none,id=target" -device usb-storage,bus=usb.0,drive=target
}

# with_net PC OPTION... - that PC with a network card; its port 10809 is 127.0.0.1:$PORT here
with_net() {
	PORT=$((20000 + RANDOM % 20000))
	"$@" -netdev "user,id=net,restrict=on,hostfwd=tcp:127.0.0.1:$PORT-:10809${NET_OPTIONS:-}" \
		-device e1000,netdev=net,id=card,mac=00:02:b3:4c:00:04
}

# qmp JSON - one command to the PC's QEMU
qmp() {
	printf '{"execute":"qmp_capabilities"}\n%s\n' "$1" | socat -t 2 - "UNIX-CONNECT:$WORK/qmp"
}

# sees TEXT [SECONDS] - the PC has written it; $BEFORE is what stood before it, what stands behind it is
# for the next one
sees() {
	local text=$1 end=$((SECONDS + ${2:-900})) c
	while [[ $SEEN != *"$text"* ]]; do
		[ $SECONDS -lt $end ] || { printf '%s\n' "$SEEN" "not seen: $text" && return 1; }
		c=
		IFS= read -r -d '' -n 4096 -t 0.5 -u "$FROM" c || [ -n "$c" ] || kill -0 "$PC" 2>/dev/null ||
			{ printf '%s\n' "$SEEN" 'the PC is off' && return 1; }
		SEEN+=$c
	done
	BEFORE=${SEEN%%"$text"*}
	SEEN=${SEEN#*"$text"}
}

# screen_text - what the monitor of the PC shows in text mode
screen_text() {
	rm -f "$WORK/text"
	qmp "{\"execute\":\"human-monitor-command\",\"arguments\":{\"command-line\":\"pmemsave 0xb8000 4000 \\\"$WORK/text\\\"\"}}" >/dev/null
	[ -s "$WORK/text" ] && python3 -c 'import sys; t = open(sys.argv[1], "rb").read()[::2]
for i in range(0, 2000, 80): print(t[i:i + 80].decode("cp437").rstrip())' "$WORK/text"
}

# says PATTERN SECONDS - on the monitor
says() {
	local end=$((SECONDS + $2))
	while ! screen_text | grep -E "$1"; do
		[ $SECONDS -lt $end ] || { screen_text; return 1; }
		sleep 2
	done
}

# answers TEXT ANSWER - to what the PC asks
answers() {
	sees "$1" "${3:-900}" && printf '%s\n' "$2" >&"$TO"
}

# asks_for_usb NAME - until it begins
asks_for_usb() {
	answers 'Your choice' u && answers 'Write to' 1 && answers 'Which disks' '' &&
		answers 'Name of this PC' "$1" && answers 'Begin?' ''
}

# copies_to_usb NAME - until the copy runs; $FIRST_BYTE is the time since power-on
copies_to_usb() {
	asks_for_usb "$1" && sees 'capture /dev/' && sees '% of' || return 1
	FIRST_BYTE=$((SECONDS - ON))
}

# copy_ends - and the disk may be taken out
copy_ends() {
	sees 'Done: ' "${1:-600}" && sees 'may be taken out' && printf '\n' >&"$TO"
}

# serves ADDRESS - until it serves its disks; $CODE and $SHOWN are the code and the address on the screen
serves() {
	answers 'Your choice' n && answers 'Card' '' && answers 'Address' "$1" && answers 'Which disks' '' &&
		sees 'Ctrl-C ends it' || return 1
	CODE=$(grep -oE 'code [A-Z0-9]{4}-[A-Z0-9]{4}' <<<"$BEFORE" | cut -d ' ' -f 2)
	SHOWN=$(grep -oE 'nbds://[0-9.]+' <<<"$BEFORE")
	[ -n "$CODE" ] && [ -n "$SHOWN" ]
}

# serving_ends - by Ctrl-C
serving_ends() {
	printf '\003' >&"$TO"
	answers 'Enter leads back' ''
}

# capture_from_pc NAME OPTION... - what the workshop does
capture_from_pc() {
	"$REHOST" capture "nbds://127.0.0.1:$PORT" --code "$CODE" -o "$WORK/$1.capture" --progress none "${@:2}"
}

# power_cut - at once
power_cut() {
	kill -9 "$PC" 2>/dev/null
	wait "$PC" 2>/dev/null
	[ -z "${SERIAL_PID:-}" ] || { kill "$SERIAL_PID" && wait "$SERIAL_PID"; } 2>/dev/null
	PC=
	return 0
}

# types COMMAND TEXT - in a shell, which has to write the text then; and back to the screen
types() {
	answers 'Your choice' s && sees '# ' 60 && printf '%s\n' "$1" >&"$TO" && sees "$2" 60 && printf 'exit\n' >&"$TO"
}

# goes_off - by itself
goes_off() {
	local i
	answers 'Your choice' o || return 1
	for i in {1..60}; do
		kill -0 "$PC" 2>/dev/null || break
		sleep 1
	done
	power_cut
	[ "$i" -lt 60 ]
}
