# SPDX-License-Identifier: GPL-2.0-or-later
# The whole road, walked once by the demo, and what it left behind.

load common

setup_file() {
	local program
	for program in qemu-system-x86_64 mmdebstrap jq; do
		command -v "$program" >/dev/null || skip "needs $program"
	done
	[ "$(id -u)" -eq 0 ] || skip "needs root to make the old PC's disk"
	export WORK=$top_builddir/tests/road
	"$top_srcdir/demo/road" --build "$top_builddir" --work "$WORK" --again \
		>"$BATS_FILE_TMPDIR/road.log" 2>&1 || {
		tail -n 60 "$BATS_FILE_TMPDIR/road.log" >&2
		return 1
	}
	export LOG=$BATS_FILE_TMPDIR/road.log
	eval "$("$top_srcdir/tests/guests/old-linux" --facts)"
	export mac address banner
}

setup() {
	cd "$WORK"
}

# after a failure in the middle
teardown() {
	"$REHOST" stop line4 --state state --now >/dev/null 2>&1 || true
	[ ! -e "$BATS_TEST_TMPDIR/host/init" ] ||
		"$top_srcdir/tests/command/libvirt-host" kill "$BATS_TEST_TMPDIR/host" 2>/dev/null || true
}

@test "the demo ends with a table of all steps and the banner of the old PC" {
	for name in capture inspect convert validate profile plan generate bundle launch status \
		console stop; do
		grep -qE "^$name +[0-9.]+ " "$LOG"
	done
	grep -q "    $banner" "$LOG"
}

@test "capture: the image holds what the old disk holds" {
	qemu-img compare -f raw -F qcow2 old.raw line4.capture/disk0.qcow2
	qemu-img check -f qcow2 line4.capture/disk0.qcow2
}

@test "capture: is unchanged by all that came after it" {
	"$REHOST" capture --verify line4.capture
}

@test "capture: the machine is the recorded one" {
	grep -q "$mac" line4.capture/machine.xml
}

@test "inspect: names the drivers with their evidence" {
	"$REHOST" inspect line4.capture --target qemu --json >"$BATS_TEST_TMPDIR/inspect.json"
	jq -e . "$BATS_TEST_TMPDIR/inspect.json" >/dev/null
	grep -q 'initrd.img' "$BATS_TEST_TMPDIR/inspect.json"
	grep -q 'Debian' "$BATS_TEST_TMPDIR/inspect.json"
}

@test "convert: the guest's disk is an overlay on the capture" {
	[ "$(qemu-img info --output=json line4.guest/disk0.qcow2 | jq -r '."backing-filename"')" = \
		../line4.capture/disk0.qcow2 ]
}

@test "convert: lists every file with its digests, and the digests are those in the guest" {
	for path in /etc/fstab /boot/grub/grub.cfg /etc/initramfs-tools/conf.d/resume; do
		xmllint --xpath "string(//change[@path='$path']/@after)" line4.guest/guest.xml |
			grep -qE '^[0-9a-f]{64}$'
	done
	appliance_here
	guestfish --ro -a line4.guest/disk0.qcow2 run : mount-ro /dev/sda1 / : \
		checksum sha256 /etc/fstab : cat /etc/fstab : cat /boot/grub/grub.cfg >"$BATS_TEST_TMPDIR/guest.txt"
	[ "$(head -n 1 "$BATS_TEST_TMPDIR/guest.txt")" = \
		"$(xmllint --xpath "string(//change[@path='/etc/fstab']/@after)" line4.guest/guest.xml)" ]
	grep -qE '^UUID=[^[:space:]]+[[:space:]]+/[[:space:]]' "$BATS_TEST_TMPDIR/guest.txt"
	grep -q 'root=UUID=' "$BATS_TEST_TMPDIR/guest.txt"
	! grep -q '/dev/sda' "$BATS_TEST_TMPDIR/guest.txt" || false
}

@test "convert: the old address stays with the old card" {
	[ "$(xmllint --xpath 'string(//nic/@mac)' line4.guest/guest.xml)" = "$mac" ]
	xmllint --xpath 'string(//nic/@address)' line4.guest/guest.xml | grep -q "^$address/"
}

@test "validate: keeps the serial log, a screenshot and a report" {
	grep -q 'login:' line4.guest/evidence/serial.log
	file line4.guest/evidence/screen.png | grep -q 'PNG image'
	xmllint --noout line4.guest/evidence/report.xml
}

@test "validate: no time is lost by a stale resume device" {
	! grep -qiE 'gave up waiting for (suspend|resume)' line4.guest/evidence/serial.log || false
}

@test "bundle: one changed byte is refused" {
	cp --reflink=auto line4.rehost "$BATS_TEST_TMPDIR/bad.rehost"
	printf 'X' | dd of="$BATS_TEST_TMPDIR/bad.rehost" bs=1 conv=notrunc status=none \
		seek=$(($(stat -c %s line4.rehost) / 2))
	run "$REHOST" launch "$BATS_TEST_TMPDIR/bad.rehost" --state "$BATS_TEST_TMPDIR/state" --allow-unsigned
	[ "$status" -eq 1 ]
	[ "$("$REHOST" status --state "$BATS_TEST_TMPDIR/state" --json | jq length)" -eq 0 ]
}

@test "launch: the banner of the old PC was read from the launched guest" {
	grep -q "$banner" banner.txt
	grep -q 'login:' banner.txt
}

@test "stop: nothing runs any more" {
	run "$REHOST" status --state state --json
	[ "$(jq -r '.[0].state' <<<"$output")" = stopped ]
	run pgrep -f "qemu-system.*$WORK"
	[ "$status" -eq 1 ]
}

# goes_on STATE [RUNNER...] - what else can be done with line4, which runs there
goes_on() {
	local state=$1 here=$BATS_TEST_TMPDIR
	shift
	on() { "${runner[@]}" "$REHOST" "$@" --state "$state"; }
	runner=("$@")
	on screen line4 "$here/line4.png"
	file "$here/line4.png" | grep -q 'PNG image'
	printf 'root\n' | timeout 10 "${runner[@]}" "$REHOST" console line4 --state "$state" >"$here/typed" || true
	await grep -aq Password: "$state/guests/line4/log/serial.log"
	# it has no program that listens to its power button
	on stop line4 | grep -q 'was switched off'
	on start line4
	on restart line4 --now --wait | grep -q 'line4 lives: '
	on rollback line4 --pristine | grep -q 'has its first disks again'
	on status line4 --json | jq -e '.[0].state == "running"'
	on stop line4 --now | grep -q 'was switched off'
	on logs line4 | grep -q 'stop: it was switched off'
	on remove line4 --purge
	on status --json | jq -e '. == []'
}

@test "the same plan runs the guest under libvirt, too" {
	for program in libvirtd virtlogd virsh unshare nsenter ip iptables; do
		command -v "$program" >/dev/null || skip "needs $program"
	done
	unshare --mount --pid --net --fork true 2>/dev/null || skip "needs namespaces"
	export XDG_CONFIG_HOME=$WORK/config
	host() { "$top_srcdir/tests/command/libvirt-host" "$1" "$BATS_TEST_TMPDIR/host" "${@:2}"; }
	state=$BATS_TEST_TMPDIR/state
	"$REHOST" bundle line4.plan.xml --sign demo.key --target libvirt --progress none \
		-o "$BATS_TEST_TMPDIR/line4.rehost"
	host start
	run host run "$REHOST" launch "$BATS_TEST_TMPDIR/line4.rehost" --target libvirt --wait \
		--state "$state" --progress none
	echo "$output"
	[[ $output == *"line4 lives: "* ]] || {
		host run cat /run/rehost/accel || true
		host run "$REHOST" console --log line4 --state "$state" | tail -n 5
		host kill
		false
	}
	host run "$REHOST" status --state "$state" --json line4 | jq -e '.[0] | .state == "running" and .pid > 1'
	host run "$REHOST" console --log line4 --state "$state" | grep -q "$banner"
	goes_on "$state" "$top_srcdir/tests/command/libvirt-host" run "$BATS_TEST_TMPDIR/host"
	host run virsh -q list --all --name | grep -c . | grep -qx 0
	host kill
}

@test "and lives through all commands under QEMU" {
	"$REHOST" start line4 --state state --wait | grep -q 'line4 lives: '
	goes_on "$WORK/state"
}
