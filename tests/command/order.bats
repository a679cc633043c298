# SPDX-License-Identifier: GPL-2.0-or-later
# Several guests of one plan: the order of starting, dependence, power cuts, hosts without systemd.

bats_require_minimum_version 1.5.0
load common

setup_file() {
	requires qemu-system-x86_64 qemu-img as ld jq
	cd "$BATS_FILE_TMPDIR"
	export XDG_CONFIG_HOME=$BATS_FILE_TMPDIR/config
	"$REHOST" profile --root "$top_srcdir/tests/machines/packaging-line" -o edge.xml
	# a comes first by name and last by plan
	"$top_srcdir/tests/guests/tiny" --say A-LIVES a.guest
	"$top_srcdir/tests/guests/tiny" --say B-LIVES b.guest
	"$top_srcdir/tests/guests/tiny" --say SCREEN --kind screen --seconds 300 c.guest
	{
		echo '<?xml version="1.0" encoding="UTF-8"?>'
		echo '<plan version="1" name="line" host="edge.xml" answer="feasible" cost="0" bound="0" nodes="1">'
		echo '<partitions>'
		partition a 2 '<depends on="b"/>'
		partition b 1 ''
		echo '</partitions><findings/></plan>'
	} >line.plan.xml
	{
		echo '<?xml version="1.0" encoding="UTF-8"?>'
		echo '<plan version="1" name="screen" host="edge.xml" answer="feasible" cost="0" bound="0" nodes="1">'
		echo "<partitions>$(partition c 1 '')</partitions><findings/></plan>"
	} >screen.plan.xml
	for plan in line screen; do
		"$REHOST" bundle $plan.plan.xml --target qemu --allow-unsigned --allow-unvalidated \
			--revision 1 -o $plan.rehost --progress none
	done
}

partition() {
	echo "<partition guest=\"$1.guest\" name=\"$1\" class=\"shared\" cpus=\"0\" vcpus=\"1\"" \
		"memory=\"16777216\" overhead=\"0\" priority=\"1\" start-order=\"$2\">$3</partition>"
}

setup() {
	ALL=$BATS_FILE_TMPDIR
	STATE=$BATS_TEST_TMPDIR/state
	cd "$BATS_TEST_TMPDIR"
}

teardown() {
	"$REHOST" stop --all --now --state "$STATE" || true
}

launch() {
	"$REHOST" launch --allow-unsigned --progress none --state "$STATE" "$@"
}

# cut - the power is gone: every process of these guests ends at once
cut() {
	local guest
	kill -9 $(pgrep -f "supervise --state $STATE") $(cat "$STATE"/guests/*/run/qemu.pid)
	for guest in "$STATE"/guests/*; do await flock -n "$guest/run/machine.lock" true; done
}

# order - $lines without what this host cannot give
order() {
	mapfile -t lines < <(grep -v '^    not as planned' <<<"$output")
}

states() {
	"$REHOST" status --state "$STATE" --json | jq -r '[.[] | .name + "=" + .state] | join(" ")'
}

@test "guests start in the order of the plan, and one that is needed is waited for" {
	run launch "$ALL/line.rehost"
	[ "$status" -eq 0 ]
	if [ "$(id -u)" -eq 0 ] && ! getent passwd rehost >/dev/null; then
		[ "${lines[1]}" = "    not as planned: QEMU runs as root: there is no user rehost" ]
	fi
	order
	[ "${lines[0]}" = "b: release 1 runs on qemu" ]
	[ "${lines[1]}" = "b lives: B-LIVES 0 -" ]
	[ "${lines[2]}" = "a: release 1 runs on qemu" ]
	[ "${lines[3]}" = "a lives: A-LIVES 0 -" ]
	[ "${#lines[@]}" -eq 4 ]
}

@test "a power cut, and a host without systemd brings all back in order" {
	launch "$ALL/line.rehost"
	cut
	[ "$(states)" = "a=stopped b=stopped" ]
	sed "s|@bindir@|$(dirname "$REHOST")|" "$top_srcdir/systemd/rehost.init.in" >rehost.init
	REHOST_STATE=$STATE run sh ./rehost.init start
	echo "$output"
	[ "$status" -eq 0 ]
	order
	[[ ${lines[0]} == b:* && ${lines[1]} == "b lives"* && ${lines[2]} == a:* ]]
	[ "$(states)" = "a=running b=running" ]
	# the host goes down and comes up again: they stay meant to run
	REHOST_STATE=$STATE run sh ./rehost.init stop
	[ "$status" -eq 0 ]
	[ "${lines[0]}" = "a followed the power button" ]
	[ "$(states)" = "a=stopped b=stopped" ]
	REHOST_STATE=$STATE sh ./rehost.init start
	[ "$(states)" = "a=running b=running" ]
	REHOST_STATE=$STATE sh ./rehost.init status | grep -q running
}

@test "a guest whose neighbour does not run is not started, and the reason is told" {
	launch "$ALL/line.rehost"
	"$REHOST" stop a b --now --state "$STATE"
	run "$REHOST" start a --state "$STATE"
	[ "$status" -eq 1 ]
	[[ $output == *"guest 'a' needs 'b', which does not run"*"hint: 'rehost start b a'"* ]]
	"$REHOST" start a b --state "$STATE"
	[ "$(states)" = "a=running b=running" ]
}

@test "a neighbour that runs and does not live is told, and waited for no longer than it may take" {
	cp -r "$ALL"/{edge.xml,a.guest,line.plan.xml} .
	"$top_srcdir/tests/guests/tiny" --say SILENCE --seconds 4 b.guest
	"$REHOST" bundle line.plan.xml --target qemu --allow-unsigned --allow-unvalidated --revision 1 -o mute.rehost \
		--progress none
	launch mute.rehost --guest b --no-wait
	launch mute.rehost --guest a --no-wait
	"$REHOST" stop a b --now --state "$STATE"
	"$REHOST" start b --state "$STATE"
	run "$REHOST" start a --state "$STATE"
	[ "$status" -eq 1 ]
	[[ $output == *"guest 'a' needs 'b': guest 'b' showed no life within "* ]]
	[ "$(states)" = "a=stopped b=running" ]
	# it has run for long: nobody looks into a log of yesterday
	await sh -c '[ "$("$0" status --json --state "$1" b | jq ".[0].uptime > 5")" = true ]' "$REHOST" "$STATE"
	"$REHOST" start a --state "$STATE"
	[ "$(states)" = "a=running b=running" ]
}

@test "status --watch shows it again and again, and leaves at Ctrl-C" {
	launch "$ALL/line.rehost" --guest b
	timeout -s INT 5 "$REHOST" status --watch --state "$STATE" >shown || [ $? -eq 124 ]
	[ "$(grep -c '^b  *running' shown)" -ge 2 ]
}

@test "all of a bundle are started before they are waited for, and each has its own way back" {
	cp -r "$ALL"/{edge.xml,a.guest,b.guest} .
	sed 's/start-order="1"/start-order="2"/; s|<depends on="b"/>||' "$ALL/line.plan.xml" >line.plan.xml
	"$REHOST" bundle line.plan.xml --target qemu --allow-unsigned --allow-unvalidated --revision 1 -o one.rehost \
		--progress none
	launch one.rehost >said
	[ "$(sed '/^    not as/d; s/:.*//; s/ lives/+/' said | tr '\n' ' ')" = "a b a+ b+ " ]
	rm -r a.guest
	"$top_srcdir/tests/guests/tiny" --say 'Kernel panic - not syncing: a' a.guest
	"$REHOST" bundle line.plan.xml --target qemu --allow-unsigned --allow-unvalidated --revision 2 -o two.rehost \
		--progress none
	run launch two.rehost --replace
	echo "$output"
	[ "$status" -eq 1 ]
	[[ $output == *"b lives: B-LIVES 0 -"*"Kernel panic - not syncing: a"*"hint: release 1 runs again"* ]]
	[ "$("$REHOST" status --state "$STATE" --json | jq -c '[.[] | .release, .proven]')" = "[1,true,2,true]" ]
}

@test "a guest without a serial line lives when its screen has settled" {
	run launch "$ALL/screen.rehost" --wait
	echo "$output"
	[ "$status" -eq 0 ]
	order
	[ "${lines[1]}" = "c lives: its screen has settled" ]
}

@test "a bundle that is replaced while it is launched is taken whole or not at all" {
	cp "$ALL/line.rehost" here.rehost
	launch here.rehost --guest b >said 2>&1 &
	cat "$ALL/screen.rehost" >here.rehost
	if wait $!; then
		await grep -q B-LIVES "$STATE/guests/b/log/serial.log"
	else
		[ ! -e "$STATE/guests/b/instance.xml" ]
		grep -q '^rehost: ' said
	fi
}

@test "a serial port that another program has is not given to a guest" {
	command -v socat >/dev/null || skip "needs socat"
	launch "$ALL/line.rehost" --guest b
	"$REHOST" stop b --now --state "$STATE"
	socat PTY,link=port,raw,echo=0 PTY,raw,echo=0 3>&- &
	ends=$!
	await test -e port
	printf -- '-chardev serial,id=serial1,path=%s\n-device isa-serial,chardev=serial1,index=1\n' "$PWD/port" \
		>>"$STATE/guests/b/releases/1/qemu.args"
	# waits for the lock: the question below has it for a moment
	flock port sleep 100 3>&- &
	holder=$!
	await sh -c '! flock -n port true'
	run "$REHOST" start b --state "$STATE"
	[ "$status" -eq 1 ]
	[[ $output == *"port '$PWD/port' is in use by another program"* ]]
	pkill -P "$holder" || true
	kill "$holder" || true
	await flock -n port true
	"$REHOST" start b --state "$STATE" --wait
	# as long as the guest runs it is the guest's
	! flock -n port true || false
	kill "$ends"
}

@test "a guest whose first port goes to a port of the host shows its life all the same, to each supervisor" {
	requires socat
	socat PTY,link=port,raw,echo=0 PTY,link=wire,raw,echo=0 3>&- &
	ends=$!
	await test -e port
	cat wire >wired 3>&- &
	cp -r "$ALL/b.guest" "$ALL/edge.xml" .
	sed -i 's|<serials/>|<serials><serial old="ttyS0" port="0x3f8" irq="4"/></serials>|' b.guest/guest.xml
	{
		echo '<plan version="1" name="port" host="edge.xml" answer="feasible" cost="0" bound="0" nodes="1">'
		partition b 1 "<device role='ttyS0' kind='serial' host='$(readlink -f port)'/>"
	} | sed 's|<partition |<partitions>&|; $s|$|</partitions><findings/></plan>|' >port.plan.xml
	"$REHOST" bundle port.plan.xml --target qemu --allow-unsigned --allow-unvalidated --revision 1 \
		-o port.rehost --progress none
	run launch port.rehost --wait
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *"b lives: B-LIVES 0 -"* ]]
	await grep -q 'B-LIVES' wired
	kill -9 "$(pgrep -f "supervise --state $STATE")"
	await flock -n "$STATE/guests/b/run/watch.lock" true
	"$REHOST" start --wanted --wait --state "$STATE"
	"$REHOST" stop b --now --state "$STATE"
	kill "$ends"
}

@test "QEMU runs as a user of its own, and can read what is its own alone" {
	[ "$(id -u)" -eq 0 ] || skip "needs root"
	unshare --mount true 2>/dev/null || skip "needs a mount namespace"
	sed '$a rehost:x:64999:64999::/nonexistent:/usr/sbin/nologin' /etc/passwd >passwd
	chmod 755 . "$BATS_FILE_TMPDIR" "$(dirname "$BATS_FILE_TMPDIR")"
	export STATE ALL
	unshare --mount bash -c '
		mount --bind passwd /etc/passwd
		"$REHOST" launch --allow-unsigned --progress none --state "$STATE" "$ALL/line.rehost" --guest b --wait'
	pid=$(cat "$STATE/guests/b/run/qemu.pid")
	[ "$(awk '/^Uid/ { print $2, $3, $4 }' "/proc/$pid/status")" = "64999 64999 64999" ]
	[ "$(awk '/^NoNewPrivs/ { print $2 }' "/proc/$pid/status")" = 1 ]
	[ "$(awk '/^Seccomp:/ { print $2 }' "/proc/$pid/status")" = 2 ]
	[ "$(stat -c %a "$STATE/guests/b/releases/1")" = 700 ]
	[ -z "$(ss -Hltnp 2>/dev/null | grep "pid=$pid,")" ]
	[ "$("$REHOST" stop b --state "$STATE")" = "b followed the power button" ]
}

@test "a card on a bridge of the host reaches it" {
	[ "$(id -u)" -eq 0 ] || skip "needs root"
	requires ip
	unshare --net true 2>/dev/null || skip "needs a network namespace"
	[ -c /dev/net/tun ] || skip "needs /dev/net/tun"
	launch "$ALL/line.rehost" --guest b
	"$REHOST" stop b --now --state "$STATE"
	sed -i 's/^-netdev .*/-netdev bridge,id=net0,br=rh-eno2/' "$STATE/guests/b/releases/1/qemu.args"
	run "$REHOST" start b --state "$STATE"
	[ "$status" -eq 1 ]
	echo "$output"
	[[ $output == *"there is no bridge 'rh-eno2'"*"--prepare"* ]]
	export STATE
	unshare --net bash -c '
		ip link add rh-eno2 type bridge && ip link set rh-eno2 up
		"$REHOST" start b --wait --state "$STATE"
		ip -o link show master rh-eno2 >ports
		"$REHOST" stop b --now --state "$STATE"
		ip -o link show master rh-eno2 >ports-after'
	grep -q rhtap0 ports
	[ ! -s ports-after ]
}

@test "one guest whose files are damaged does not keep the others down, up or unseen" {
	launch "$ALL/line.rehost"
	cut
	: >"$STATE/guests/a/instance.xml"
	run "$REHOST" start --wanted --state "$STATE"
	echo "$output"
	[ "$status" -eq 1 ]
	[[ $output == *"b: release 1 runs on qemu"*"rehost: "*"instance.xml"* ]]
	run "$REHOST" status --state "$STATE"
	echo "$output"
	[ "$status" -eq 1 ]
	[[ $output == *$'\n'"a  "*" unknown "*"instance.xml"*$'\n'"b  "*" running "*"rehost: ask guest 'a': "* ]]
	run --separate-stderr "$REHOST" status --state "$STATE" --json
	[ "$status" -eq 1 ]
	jq -e 'length == 2 and .[0].state == "unknown" and (.[0].why | length > 9) and .[1].state == "running"' <<<"$output"
	run "$REHOST" stop --all --for-now --state "$STATE"
	[ "$status" -eq 1 ]
	[[ $output == *"b followed the power button"*"instance.xml"* ]]
	# the plan of another bundle
	launch "$ALL/screen.rehost" --no-wait
	"$REHOST" stop --all --for-now --now --state "$STATE" || true
	chmod +w "$STATE"/bundles/screen-*/plan.xml
	: >"$(echo "$STATE"/bundles/screen-*/plan.xml)"
	run "$REHOST" start --wanted --state "$STATE"
	[ "$status" -eq 1 ]
	[[ $output == *"b: release 1 runs on qemu"* && $output != *"c: release"* ]]
	run "$REHOST" stop --all --state "$STATE"
	[ "$status" -eq 1 ]
	[[ $output == *"c was not running"* && $output == *"b followed the power button"* ]]
}
