# SPDX-License-Identifier: GPL-2.0-or-later
# Guests under a real libvirtd, on a host of its own: launch, status, console, screen, stop, power cut.

load common

setup_file() {
	requires libvirtd virtlogd virsh qemu-system-x86_64 qemu-img as ld jq unshare nsenter ip iptables
	[ "$(id -u)" -eq 0 ] || skip "needs root for namespaces"
	unshare --mount --pid --net --fork true 2>/dev/null || skip "needs namespaces"
	cd "$BATS_FILE_TMPDIR"
	export XDG_CONFIG_HOME=$BATS_FILE_TMPDIR/config
	"$REHOST" profile --root "$top_srcdir/tests/machines/packaging-line" -o edge.xml
	make_bundle line1 1 --say FIRST-LIVES
	make_bundle dead 2 --say 'Kernel panic - not syncing: second'
	host start
}

teardown_file() {
	[ ! -e "$BATS_FILE_TMPDIR/host/init" ] || host kill
}

# make_bundle FILE REVISION OPTION-OF-TINY...
make_bundle() {
	local file=$1 revision=$2
	shift 2
	mkdir "$file"
	"$top_srcdir/tests/guests/tiny" "$@" "$file/press4.guest"
	sed -i 's|name="eth0"/>|name="eth0" address="192.0.2.4/24" gateway="192.0.2.1"/>|' \
		"$file/press4.guest/guest.xml"
	# the licence of its maker
	slic=$(perl -ne 'print $1 if /slic="([0-9a-f]+)"/' "$top_srcdir/tests/golden/qemu/windows-oem.xml")
	sed -i "s|<origin |<origin slic=\"$slic\" |" "$file/press4.guest/guest.xml"
	cat >"$file/line.plan.xml" <<-XML
		<?xml version="1.0" encoding="UTF-8"?>
		<plan version="1" name="line" host="../edge.xml" answer="feasible" cost="0" bound="0" nodes="1">
		<partitions><partition guest="press4.guest" name="press4" class="shared" cpus="0" vcpus="1"
		memory="16777216" overhead="0" priority="1" start-order="1"/></partitions><findings/></plan>
	XML
	"$REHOST" bundle "$file/line.plan.xml" --target libvirt --target qemu --allow-unsigned \
		--allow-unvalidated --revision "$revision" -o "$file.rehost" --progress none
}

# host COMMAND [ARGUMENT...]
host() {
	local command=$1
	shift
	"$top_srcdir/tests/command/libvirt-host" "$command" "$BATS_FILE_TMPDIR/host" "$@"
}

setup() {
	ALL=$BATS_FILE_TMPDIR
	STATE=$ALL/state
	cd "$BATS_TEST_TMPDIR"
}

# here COMMAND-OF-REHOST ARGUMENT... - on that host
here() {
	local command=$1
	shift
	host run "$REHOST" "$command" --state "$STATE" "$@"
}

launch() {
	here launch --allow-unsigned --progress none --target libvirt "$@"
}

field() {
	here status --json press4 | jq -r ".[0].$1"
}

state_is() {
	[ "$(field state)" = "$1" ]
}

@test "a guest is launched under libvirt, lives, and is what was planned" {
	run launch "$ALL/line1.rehost" --wait
	echo "$output"
	[ "$status" -eq 0 ]
	[ "${lines[0]}" = "press4: release 1 runs on libvirt" ]
	[ "${lines[1]}" = "press4 lives: FIRST-LIVES 0 -" ]
	state_is running
	[ "$(field pid)" -gt 1 ]
	[ "$(field disk_read)" -gt 0 ]
	host run virsh -q list | grep -q press4
	[ "$(host run virsh -q dominfo press4 | awk '/^Autostart/ { print $2 }')" = enable ]
	# the network in which the guest's own gateway answers
	host run ip -4 -o addr show | grep -q '192\.0\.2\.1/24'
	# the table of its maker's licence lies beside its disk, where QEMU could read it
	host run cat "/proc/$(field pid)/cmdline" | tr '\0' '\n' >cmdline
	grep -qx "sig=SLIC,file=$STATE/guests/press4/releases/1/acpi-slic.bin" cmdline
	host run virsh qemu-monitor-command press4 --hmp 'info qtree' >qtree
	grep -q 'dev: ide-hd' qtree
	grep -q 'dev: e1000, ' qtree
	grep -q 'addr = 04.0' qtree
	! grep -Eq 'dev: (usb|virtio-balloon|hpet)' qtree || false
}

@test "the pool of its disks can be defined" {
	host run virsh -q pool-define "$STATE/guests/press4/releases/1/pool.xml"
	host run virsh -q pool-dumpxml rehost-press4 | grep -q '<path>/var/lib/rehost/guests/press4</path>'
	host run virsh -q pool-undefine rehost-press4
}

@test "it is never started twice, by no target" {
	for target in libvirt qemu; do
		run here launch --allow-unsigned --progress none --target "$target" "$ALL/line1.rehost"
		[ "$status" -eq 1 ]
		[[ $output == *"guest 'press4' is running"* ]]
	done
	run here start press4
	[ "$status" -eq 1 ]
	[[ $output == *"guest 'press4' is running"* ]]
	# its disk neither
	run host run qemu-system-x86_64 -display none -S -drive \
		"file=$STATE/guests/press4/releases/1/disk0.qcow2,format=qcow2"
	[ "$status" -eq 1 ]
	[[ $output == *'Failed to get "write" lock'* ]]
}

@test "console types and shows, screen is a picture, logs tell" {
	printf 'wK' | timeout 5 "$top_srcdir/tests/command/libvirt-host" run "$ALL/host" \
		"$REHOST" console --state "$STATE" press4 >shown || true
	await grep -q 'LIVES . K' "$STATE/guests/press4/log/serial.log"
	grep -q LIVES shown
	here screen press4 "$PWD/press4.png"
	head -c 8 press4.png | grep -q PNG
	here logs press4 | grep -q 'started under libvirt'
}

@test "power cut: everything is gone, and comes back with the host" {
	host kill
	rm "$STATE/guests/press4/log/serial.log"
	host start
	await state_is running
	await grep -q 'FIRST-LIVES 0 -' "$STATE/guests/press4/log/serial.log"
}

@test "kill -9 of its QEMU is told, and start --wanted brings it back" {
	host run kill -9 "$(field pid)"
	await state_is crashed
	here start --wanted --wait | grep -q 'press4 lives'
	state_is running
}

@test "stop presses the power button, and it stays off after a power cut" {
	[ "$(here stop press4)" = "press4 followed the power button" ]
	state_is stopped
	host kill
	host start
	host run virsh -q list --all --autostart | wc -l | grep -qx 0
	state_is stopped
	[ -z "$(here start --wanted)" ]
}

@test "a port that another program has is not given to a guest" {
	plan=$(echo "$STATE"/bundles/line-*/plan.xml)
	cp "$plan" before
	chmod +w "$plan"
	# a file stands for the port: it is the lock that counts
	: >port
	sed -i "s|\(<partition [^>]*\)/>|\1><device role='ttyS0' kind='serial' host='$PWD/port'/></partition>|" "$plan"
	grep -q "$PWD/port" "$plan"
	flock port sleep 100 3>&- &
	await sh -c '! flock -n port true'
	run here start press4
	pkill -P $! || true
	cat before >"$plan"
	[ "$status" -eq 1 ]
	[[ $output == *"port '$PWD/port' is in use by another program"* ]]
	state_is stopped
}

@test "a release without life is rolled back by itself" {
	here start press4 --wait
	run launch "$ALL/dead.rehost" --wait --replace
	[ "$status" -eq 1 ]
	[[ $output == *"the kernel stopped: Kernel panic - not syncing: second"* ]]
	[[ $output == *"hint: release 1 runs again"* ]]
	state_is running
	[ "$(field release)" = 1 ]
}

# known - what libvirt has of guests, and what it starts with the host
known() {
	echo "$(host run virsh -q list --all --name | tr -d '\n')-$(host run virsh -q list --all --autostart --name | tr -d '\n')"
}

@test "a guest that goes to another hypervisor, and back, is with one of them only" {
	[ "$(known)" = press4-press4 ]
	here launch --allow-unsigned --progress none --target qemu --replace "$ALL/line1.rehost"
	[ "$(field target)" = qemu ]
	[ "$(known)" = - ]
	state_is running
	here rollback press4 --to 1
	[ "$(field target)" = libvirt ]
	[ "$(known)" = press4-press4 ]
	[ ! -e "$STATE/guests/press4/run/qemu.pid" ] || host run flock -n "$STATE/guests/press4/run/machine.lock" true
	# a release that dies there leaves nothing of it behind here
	run here launch --allow-unsigned --progress none --target qemu --wait --replace "$ALL/dead.rehost"
	[ "$status" -eq 1 ]
	[[ $output == *"hint: release 1 runs again"* ]]
	[ "$(known)" = press4-press4 ]
	here rollback press4 --to 3
	[ "$(known)" = - ]
	here rollback press4 --to 1
}

@test "stop --now, then remove: libvirt has forgotten it" {
	[ "$(here stop press4 --now)" = "press4 was switched off" ]
	here remove press4
	[ -z "$(host run virsh -q list --all --name | grep press4)" ]
	qemu-img check -q "$STATE/removed/press4/releases/1/disk0.qcow2"
}

@test "without libvirtd it is one clear line" {
	launch "$ALL/line1.rehost"
	host run sh -c 'kill $(cat /run/libvirtd.pid)'
	run here status
	[ "$status" -eq 1 ]
	[[ $output == *"ask libvirt"*"hint: is libvirtd running?"* ]]
}
