# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What the rings share: lines of TAP on the console, and waiting.

n=0
line=line1.rehost	# with the guest press4

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

# state_is STATE [GUEST]
state_is() {
	says "$1" sh -c "rehost status --json ${2:-press4} | jq -r '.[0].state'"
}

# log_says TEXT [GUEST]
log_says() {
	grep -aqE -- "$1" "/var/lib/rehost/guests/${2:-press4}/log/serial.log"
}

launch() {
	rehost launch --allow-unsigned --progress none "$@"
}

# types TEXT [GUEST]
types() {
	printf '%b' "$1" | timeout 20 rehost console "${2:-press4}" >/dev/null
	true
}

# live_through TARGET - all of a guest's life
live_through() {
	local target=$1 pid
	check "$target: launch until it lives" says 'press4 lives: FIRST-LIVES' \
		launch --target "$target" --wait --timeout 900 "$line"
	check "$target: status" state_is running
	check "$target: never started twice" refuses 'is running' launch --target "$target" "$line"
	check "$target: the console types" types wK
	check "$target: the guest has read it" await 300 log_says 'LIVES . K'
	check "$target: screen" rehost screen press4 "/tmp/$target.png"
	check "$target: it is a picture" says PNG head -c 8 "/tmp/$target.png"
	check "$target: stop by the power button" says 'followed the power button' rehost stop press4
	check "$target: it is off" state_is stopped
	check "$target: start" says lives rehost start press4 --wait --timeout 900
	check "$target: restart" says lives rehost restart press4 --wait --timeout 900
	check "$target: logs" rehost logs press4
	check "$target: back to the first disks" says 'lives: FIRST-LIVES . -' \
		rehost rollback press4 --pristine --wait --timeout 900
	check "$target: stop at once" says 'was switched off' rehost stop press4 --now
	check "$target: remove" rehost remove press4 --purge
}

# slow_on TARGET - 80 % of a processor, as its hypervisor sees it
slow_on() {
	case $1 in
	xen) xl sched-credit2 -d dos | awk '$1 == "dos" { print $NF }' | grep -x 80 ;;
	libvirt) virsh -c qemu:///system schedinfo dos | grep -E '^vcpu_quota +: 8000$' ;;
	qemu) [ ! -d /run/systemd/system ] ||
		systemctl show -p CPUQuotaPerSecUSec rehost@dos.service | grep -x 'CPUQuotaPerSecUSec=800ms' ;;
	esac
}

# dos_through TARGET - a PC of the nineties: what it had, and keys in place of a power button
dos_through() {
	local target=$1
	check "$target: DOS lives" says 'dos lives: ' launch --target "$target" --wait --timeout 900 dos.rehost
	check "$target: DOS has its geometry and its printer" await 60 log_says ' 10 3f mark=MARK1234 rtc=.* uart=5a lpt=' dos
	check "$target: DOS status" state_is running dos
	check "$target: DOS has a share of a processor" slow_on "$target"
	check "$target: DOS screen" rehost screen dos "/tmp/$target-dos.png"
	check "$target: DOS restart" says lives rehost restart dos --wait --timeout 900
	check "$target: DOS goes off at its keys" says 'went off at the keys ctrl-alt-delete' rehost stop dos
	sleep 5
	check "$target: DOS stays off" state_is stopped dos
	check "$target: DOS rollback" says 'first disks again' rehost rollback dos --pristine
	check "$target: DOS start" says lives rehost start dos --wait --timeout 900
	check "$target: DOS stop at once" says 'was switched off' rehost stop dos --now
	check "$target: DOS logs" says 'went off at the keys' rehost logs dos
	check "$target: DOS remove" rehost remove dos --purge
}

# linux_through TARGET BUNDLE - the Linux of the road, which boots in minutes here
linux_through() {
	local target=$1
	check "$target: Linux lives" says 'line4 lives: ' launch --target "$target" --wait --timeout 900 "$2"
	check "$target: Linux status" state_is running line4
	check "$target: Linux shows its banner" await 60 log_says 'Packaging line 4 controller' line4
	check "$target: Linux reads what is typed" types 'root\n' line4
	check "$target: Linux asks for the password" await 120 log_says 'Password:' line4
	check "$target: Linux screen" rehost screen line4 "/tmp/$target-line4.png"
	# it has no program that listens to a power button
	check "$target: Linux stop" says 'was switched off' rehost stop line4
	check "$target: Linux is off" state_is stopped line4
	check "$target: Linux start" rehost start line4
	check "$target: Linux restart" says lives rehost restart line4 --now --wait --timeout 900
	check "$target: Linux rollback" says 'first disks again' rehost rollback line4 --pristine
	check "$target: Linux runs again" state_is running line4
	check "$target: Linux stop at once" says 'was switched off' rehost stop line4 --now
	check "$target: Linux logs" says 'stop: it was switched off' rehost logs line4
	check "$target: Linux remove" rehost remove line4 --purge
}

# after a power cut they are there and in use: others take their place, they do not change
cp --remove-destination /t/lib/* /usr/local/lib/
ldconfig
install -m 755 /t/rehost /usr/local/bin/rehost
bad=0
