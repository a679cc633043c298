# SPDX-License-Identifier: GPL-2.0-or-later
# Profiles and plans: from a host and guests to partitions, and why not.

load common

setup() {
	cd "$BATS_TEST_TMPDIR"
	. "$top_srcdir/tests/plan/make.sh"
	make_host 4 2 >host.xml
}

@test "profile of a recorded tree, the same bytes twice" {
	"$REHOST" profile --root "$top_srcdir/tests/machines/packaging-line" -o a.xml
	"$REHOST" profile --root "$top_srcdir/tests/machines/packaging-line" -o b.xml
	cmp a.xml b.xml
	run "$REHOST" profile --root "$top_srcdir/tests/machines/packaging-line" -o a.xml
	[ "$status" -eq 1 ]
	[[ $output == *"exists already"* ]]
}

@test "profile of this computer says what is missing, with a reason" {
	"$REHOST" profile -o here.xml
	grep -q '<fact name="disk-speed" why="..*"' here.xml
}

@test "profile refuses a folder that describes nothing" {
	mkdir empty
	run "$REHOST" profile --root empty
	[ "$status" -eq 1 ]
	[[ $output == *"hint: "* ]]
}

@test "one guest with defaults on this very computer" {
	"$REHOST" profile -o here.xml
	make_guest press4
	"$REHOST" plan --host here.xml press4.guest -o here.plan.xml
	"$REHOST" validate here.plan.xml
}

@test "same input, same bytes" {
	make_guest a
	make_guest b
	mkdir one two
	"$REHOST" plan --host host.xml a.guest b.guest -o one/x.plan.xml
	"$REHOST" plan --host host.xml a.guest b.guest -o two/x.plan.xml
	cmp one/x.plan.xml two/x.plan.xml
}

@test "links, and what the hypervisor starts by itself, go from the request into the plan" {
	make_guest a
	make_guest b
	cat >line.xml <<-XML
		<line version="1" console="ttyS0">
		<guest name="a" class="pinned" started-by="hypervisor" memory-at="0x140000000"/>
		<link name="wire" kind="uart"><end guest="a"/><end/></link>
		<link name="frames" kind="memory" size="2097152"><end guest="a"/><end guest="b"/></link>
		</line>
	XML
	"$REHOST" plan --host host.xml --request line.xml a.guest b.guest -o x.plan.xml
	[ "$(xmllint --xpath 'string(/plan/@console)' x.plan.xml)" = ttyS0 ]
	[ "$(xmllint --xpath 'string(//partition[@name="a"]/@started-by)' x.plan.xml)" = hypervisor ]
	[ "$(xmllint --xpath 'string(//partition[@name="a"]/@memory-at)' x.plan.xml)" = 0x140000000 ]
	[ "$(xmllint --xpath 'count(//partition[@name="b"]/@started-by)' x.plan.xml)" = 0 ]
	[ "$(xmllint --xpath 'string(//link[@kind="memory"]/end[2]/@guest)' x.plan.xml)" = b ]
	[ "$(xmllint --xpath 'count(//link[@kind="uart"]/end[2]/@guest)' x.plan.xml)" = 0 ]
}

@test "a plan edited by hand is judged" {
	make_guest a
	"$REHOST" plan --host host.xml a.guest -o x.plan.xml
	sed -i 's/cpus="[0-9-]*"/cpus="0"/' x.plan.xml
	run "$REHOST" validate x.plan.xml
	[ "$status" -eq 1 ]
	[[ $output == *"the host keeps processor 0 for itself"* ]]
}

@test "a price edited by hand, or memory moved to another node, is judged" {
	local edit

	make_guest a
	make_guest b
	"$REHOST" plan --host host.xml --ask a:class=rt --ask b:class=rt a.guest b.guest -o r.plan.xml
	sed -i '/name="b"/s/cpus="[0-9]*"/cpus="1"/' r.plan.xml
	run "$REHOST" validate r.plan.xml
	[ "$status" -eq 1 ]
	[[ $output == *"processor 1 is also given to "* ]]
	make_host 8 1 2 >two.xml
	make_guest a
	"$REHOST" plan --host two.xml a.guest -o x.plan.xml
	"$REHOST" validate x.plan.xml
	for edit in 's/ node="1"/ node="0"/' 's/cost="1000" bound="1000"/cost="990" bound="990"/' \
			's/cost="1000" bound="1000"/cost="1010" bound="1010"/'; do
		sed "$edit" x.plan.xml >y.plan.xml
		! cmp -s x.plan.xml y.plan.xml
		run "$REHOST" validate y.plan.xml
		[ "$status" -eq 1 ]
		[[ $output == *"the plan says that it costs "* ]]
	done
}

@test "too much memory is infeasible, and memory is named" {
	make_guest big 65536
	run "$REHOST" plan --host host.xml big.guest -o x.plan.xml
	[ "$status" -eq 1 ]
	[[ $output == *"but for this rule: memory"* ]]
	[ ! -e x.plan.xml ]
}

@test "ways that do not exist are refused, with what there is" {
	make_host 4 2 1 12 >ways.xml
	make_guest a
	run "$REHOST" plan --host ways.xml --ask a:cache-ways=40 a.guest
	[ "$status" -eq 1 ]
	[[ $output == *"but for this rule: cache ways"*"40 ways of 1 guests"*"L3 cache 0 has 12 ways, 2 of them"* ]]
	run "$REHOST" plan --host host.xml --ask a:cache-ways=4 a.guest
	[ "$status" -eq 1 ]
	[[ $output == *"no cache of this host can be divided"* ]]
	run "$REHOST" plan --host ways.xml --ask a:cache-ways=65 a.guest
	[[ $output == *"65 ways of 1 guests"* ]]
	run "$REHOST" plan --host ways.xml --ask a:cores=0 a.guest
	[ "$status" -eq 1 ]
	[[ $output == *"Invalid attribute cores"* ]]
}

@test "a name that no document can hold is refused before the search" {
	make_guest a
	for name in 'a b' -x "$(printf 'a%.0s' {1..64})"; do
		run "$REHOST" plan --host host.xml a.guest -o "./$name.plan.xml"
		[ "$status" -eq 2 ]
		[[ $output == *"cannot be the name of a plan"*"hint: "* ]]
	done
}

@test "two guests for one port are refused by name" {
	make_guest a
	make_guest b
	cat >line.xml <<-X
		<line version="1">
		<guest name="a"><device role="ttyS0" kind="serial" label="X5"/></guest>
		<guest name="b"><device role="ttyS1" kind="serial" host="/dev/ttyS1"/></guest>
		</line>
	X
	run "$REHOST" plan --host host.xml --request line.xml a.guest b.guest
	[ "$status" -eq 1 ]
	[[ $output == *"'X5' is asked for by both ttyS0 of a and ttyS1 of b"* ]]
}

@test "the old port, the text on the box and the port of the host stand in the wiring list" {
	make_guest a
	echo '<line version="1"><guest name="a"><device role="ttyS0" kind="serial" label="X5"/></guest></line>' >line.xml
	run "$REHOST" plan --host host.xml --request line.xml --wiring a.guest
	[ "$status" -eq 0 ]
	[[ $output == *"a                ttyS0        X5               /dev/ttyS1     ttyS0"* ]]
}

@test "COM2 is the old port that the guest knows as ttyS1" {
	make_guest a
	"$REHOST" plan --host host.xml --ask a:serial.COM2=X5 a.guest -o x.plan.xml >out.txt
	grep -q '<device role="ttyS1" kind="serial" host="/dev/ttyS1" label="X5"/>' x.plan.xml
	! grep -q "old port ttyS1 is joined to no port" out.txt || false
	# by its address, whatever the old kernel called it
	sed -i 's/old="ttyS1"/old="ttyS4"/' a.guest/guest.xml
	"$REHOST" plan --host host.xml --ask a:serial.com2=X5 a.guest -o y.plan.xml
	grep -q '<device role="ttyS4" kind="serial"' y.plan.xml
	run "$REHOST" plan --host host.xml --ask a:serial.COM7=X5 a.guest
	[ "$status" -eq 0 ]
	[[ $output == *"warning: a: the old PC had no serial port 'COM7'"* ]]
	run "$REHOST" plan --host host.xml --ask a:serial.COM1=,serial.ttyS0=X5 a.guest
	[ "$status" -eq 1 ]
	[[ $output == *"is asked for twice for the same ttyS0 of a"* ]]
}

@test "a dedicated port that one guest asks for is not another's by default" {
	sed -i 's/label="X5"\/>/label="X5" usage="dedicated" bdf="0000:03:00.0"\/>/; /03:00.0/s/group=.2./group="3"/' host.xml
	make_guest a
	make_guest b
	"$REHOST" plan --host host.xml a.guest b.guest -o x.plan.xml
	[ "$(xmllint --xpath 'string(//partition[@name="a"]/device/@host)' x.plan.xml)" = /dev/ttyS1 ]
	"$REHOST" plan --host host.xml --ask b:serial.COM1=X5 a.guest b.guest -o y.plan.xml
	[ "$(xmllint --xpath 'string(//partition[@name="b"]/device/@host)' y.plan.xml)" = /dev/ttyS1 ]
	[ "$(xmllint --xpath 'count(//partition[@name="a"]/device)' y.plan.xml)" = 0 ]
	# nor is it there when the card behind it is handed over, alone or with another of its group
	"$REHOST" plan --host host.xml --ask b:pci.eth0=LAN2 a.guest b.guest -o z.plan.xml
	[ "$(xmllint --xpath 'count(//partition[@name="a"]/device)' z.plan.xml)" = 0 ]
}

@test "dependences that run in a circle are refused" {
	make_guest a
	make_guest b
	cat >line.xml <<-X
		<line version="1"><guest name="a"><depends on="b"/></guest>
		<guest name="b"><depends on="a"/></guest></line>
	X
	run "$REHOST" plan --host host.xml --request line.xml a.guest b.guest
	[ "$status" -eq 1 ]
	[[ $output == *"run in a circle: a -> b -> a"* ]]
}

# sysstat SECONDS_PATTERN...: an export of 300 samples; 6 of 10 are idle, 4 of 10 do 40 %
sysstat() {
	local i
	echo '# hostname;interval;timestamp;CPU;%user;%nice;%system;%iowait;%steal;%idle'
	for ((i = 0; i < 300; i++)); do
		echo "old;300;2024-01-01 00:00:00 UTC;-1;$((i % 10 < 4 ? 40 : 0)).00;0.00;0.00;0.00;0.00;$((i % 10 < 4 ? 60 : 100)).00"
	done
	echo '# hostname;interval;timestamp;tps;rtps;wtps;dtps;bread/s;bwrtn/s;bdscd/s'
	for ((i = 0; i < 300; i++)); do
		echo "old;300;2024-01-01 00:00:00 UTC;50.00;20.00;30.00;0.00;100.00;100.00;0.00"
	done
	echo '# hostname;interval;timestamp;kbmemfree;kbavail;kbmemused;%memused;kbbuffers;kbcached;kbcommit'
	for ((i = 0; i < 300; i++)); do
		echo "old;300;2024-01-01 00:00:00 UTC;100000;300000;$((150000 + i * 100));40.00;10000;200000;0"
	done
}

# old_pc NAME MHZ: the capture that a guest came from
old_pc() {
	mkdir "$1.capture"
	make_host 1 1 | sed "s/base-mhz='2000'/base-mhz='$2'/" >"$1.capture/machine.xml"
	sed -i "s/<origin\/>/<origin capture='..\/$1.capture'\/>/" "$1.guest/guest.xml"
}

@test "the measured load is planned: 95th percentile, working set, operations of the disk" {
	make_guest a 1024
	old_pc a 1000
	sysstat >a.csv
	"$REHOST" plan --host host.xml --load a=a.csv a.guest -o x.plan.xml
	# 40 % of 1000 MHz and 15 %; 179900 KiB and a quarter, in steps of 4 MiB
	grep -q 'mhz="460" memory="230686720"' x.plan.xml
	grep -q 'iops="50"' x.plan.xml
	grep -q 'did 40 % or less' x.plan.xml
	# the same through line.xml; memory= overrules
	mkdir sub
	mv a.csv sub
	echo '<line version="1"><guest name="a" load="a.csv" memory="512M"/></line>' >sub/line.xml
	"$REHOST" plan --host host.xml --request sub/line.xml a.guest -o y.plan.xml
	grep -q 'mhz="460" memory="536870912"' y.plan.xml
}

@test "a guest that idles by spinning is not planned by what was measured" {
	make_guest a 64 1 yes
	old_pc a 100
	sysstat >a.csv
	"$REHOST" plan --host host.xml --load a=a.csv a.guest -o x.plan.xml
	grep -q 'class="pinned"' x.plan.xml
}

@test "sysstat's JSON and Windows counters, in English and German, say the same" {
	make_guest a 1024
	old_pc a 1000
	json() {
		echo '{"sysstat": {"hosts": [{"nodename": "old", "statistics": ['
		for i in {1..300}; do
			echo '{"cpu-load": [{"cpu": "all", "iowait": 0.5, "idle": 59.5}, {"cpu": "0", "idle": 1}],' \
				'"memory": {"memfree": 100, "memused": 200000, "memused-percent": 40.0},' \
				'"io": {"tps": 60, "io-reads": {"rtps": 20.0, "bread": 1}, "io-writes": {"wtps": 30, "bwrtn": 2}}},'
		done | sed '$s/,$//'
		echo ']}]}}'
	}
	counters() {
		printf '"(PDH-CSV 4.0) (CET)(-60)","\\\\OLD\\%s","\\\\OLD\\%s","\\\\OLD\\%s"\r\n' "$@"
		for i in {1..300}; do printf '"01/01/2024 00:00:00.000","40%s0","204800000","50"\r\n' "$comma"; done
	}
	json >load
	"$REHOST" plan --host host.xml --load a=load a.guest -o json.plan.xml
	comma=. counters 'Processor(_Total)\% Processor Time' 'Memory\Committed Bytes' \
		'PhysicalDisk(_Total)\Disk Transfers/sec' >load
	"$REHOST" plan --host host.xml --load a=load a.guest -o english.plan.xml
	comma=, counters 'Prozessor(_Total)\Prozessorzeit (%)' 'Arbeitsspeicher\Zugesicherte Bytes' \
		$'Physikalischer Datentr\xe4ger(_Total)\\\xdcbertragungen/s' >load
	"$REHOST" plan --host host.xml --load a=load a.guest -o german.plan.xml
	for plan in json english german; do
		grep -q 'mhz="460" memory="2[0-9]*".* iops="50"' "$plan.plan.xml" || { echo $plan; cat $plan.plan.xml; false; }
	done
}

@test "what the real sadf writes is read" {
	requires sar sadf
	make_guest a 1024
	old_pc a 1000
	sar -o data 1 2 >/dev/null
	sadf -d data -- -u -r -b >a.csv
	sadf -j data -- -u -r -b >a.json
	"$REHOST" plan --host host.xml --load a=a.csv a.guest -o x.plan.xml
	"$REHOST" plan --host host.xml --load a=a.json a.guest -o y.plan.xml
	grep -q 'no more than 2 samples' x.plan.xml
	[ "$(grep -o 'mhz="[0-9]*"' x.plan.xml)" = "$(grep -o 'mhz="[0-9]*"' y.plan.xml)" ]
}

@test "loads that are none, or whose old PC is not known, are refused" {
	make_guest a
	echo hello >a.txt
	run "$REHOST" plan --host host.xml --load a=a.txt a.guest
	[ "$status" -eq 1 ]
	[[ $output == *"a.txt: this is no export"*"hint: make it with"* ]]
	sysstat >a.csv
	run "$REHOST" plan --host host.xml --load a=a.csv a.guest
	[ "$status" -eq 1 ]
	[[ $output == *"speed is not known"* ]]
	run "$REHOST" plan --host host.xml --load b=a.csv a.guest
	[ "$status" -eq 1 ]
	[[ $output == *"'b', which is not among"* ]]
	run "$REHOST" plan --host host.xml --load a.csv a.guest
	[ "$status" -eq 2 ]
}

@test "disk rate: what was measured is not promised twice" {
	sed -i 's/usage="host"\/><\/disks>/usage="host" read-iops="1000" write-iops="500"\/><\/disks>/' host.xml
	make_guest a
	make_guest b
	echo '<line version="1"><guest name="a" mhz="100" iops="250"/><guest name="b" mhz="100" iops="150"/></line>' >line.xml
	"$REHOST" plan --host host.xml --request line.xml a.guest b.guest -o x.plan.xml
	sed 's/iops="150"/iops="151"/' line.xml >more.xml
	run "$REHOST" plan --host host.xml --request more.xml a.guest b.guest
	[ "$status" -eq 1 ]
	[[ $output == *"but for this rule: disk rate"*"without guest 'a' the others fit"*"'sda' has 400 for guests"* ]]
	sed -i 's/iops="150"/iops="151"/' x.plan.xml
	run "$REHOST" validate x.plan.xml
	[ "$status" -eq 1 ]
	[[ $output == *"401 operations a second are promised"* ]]
}

@test "planning again leaves running guests where they are, unless --move" {
	make_guest big
	make_guest small
	make_guest new
	where() { sed -n "s/.* name=\"$2\".* cpus=\"\([0-9,-]*\)\".*/\1/p" "$1"; }
	echo '<line version="1"><guest name="small" mhz="100"/></line>' >line.xml
	"$REHOST" plan --host host.xml --request line.xml small.guest -o one.plan.xml
	sed -i 's/cpus="[0-9]*"/cpus="6"/' one.plan.xml	# moved by hand, to a place that no search would choose
	"$REHOST" validate one.plan.xml
	cat >line.xml <<-X
		<line version="1"><guest name="small" mhz="100"/><guest name="big" class="rt" cores="1"/>
		<guest name="new" class="pinned"/></line>
	X
	"$REHOST" plan --host host.xml --request line.xml --previous one.plan.xml --lp stay.lp \
		*.guest -o two.plan.xml
	[ "$(where two.plan.xml small)" = 6 ]
	"$REHOST" validate two.plan.xml
	"$REHOST" plan --host host.xml --request line.xml --previous one.plan.xml --move *.guest -o three.plan.xml
	[ "$(where three.plan.xml small)" != 6 ]
	# a request for which the guest would have to go
	sed 's/class="rt" cores="1"/class="rt" cores="3"/' line.xml >more.xml
	run "$REHOST" plan --host host.xml --request more.xml --previous one.plan.xml small.guest big.guest new.guest
	[ "$status" -eq 1 ]
	# and a host that has the processor no longer to give
	sed 's/reserve cpus="0"/reserve cpus="0,6"/' host.xml >less.xml
	run "$REHOST" plan --host less.xml --request line.xml --previous one.plan.xml *.guest
	[ "$status" -eq 1 ]
	[[ $output == *"'small' cannot stay"*"--move"* ]]
}

@test "a running guest keeps its port" {
	sed -i 's/label="X4" usage="host"/label="X4"/' host.xml
	make_guest a
	make_guest b
	echo '<line version="1"><guest name="a" mhz="100"><device role="ttyS0" kind="serial" label="X5"/></guest></line>' >line.xml
	"$REHOST" plan --host host.xml --request line.xml a.guest -o one.plan.xml
	cat >line.xml <<-X
		<line version="1"><guest name="b" mhz="100"><device role="ttyS1" kind="serial"/></guest>
		<guest name="a" mhz="100"><device role="ttyS0" kind="serial"/></guest></line>
	X
	"$REHOST" plan --host host.xml --request line.xml --previous one.plan.xml a.guest b.guest -o two.plan.xml
	grep -A3 'name="a"' two.plan.xml | grep -q 'host="/dev/ttyS1"'
	grep -A3 'name="b"' two.plan.xml | grep -q 'host="/dev/ttyS0"'
}

@test "several hosts: the loss of one is survived, or named" {
	sed 's/name="edge"/name="edge2"/; s/label="X5"/label="X9"/' host.xml >host2.xml
	for name in a b c; do make_guest $name; done
	request() { echo '<line version="1">'; for name in a b c; do echo "<guest name='$name' mhz='$1'/>"; done; echo '</line>'; }
	request 1000 >line.xml
	"$REHOST" plan --host host.xml --host host2.xml --request line.xml *.guest -o line4.plan.xml >out.txt
	grep -q "if this host is lost: .* to edge2" out.txt
	"$REHOST" validate line4-edge.plan.xml
	request 1600 >line.xml
	make_guest d
	make_guest e
	sed -i 's/<\/line>/<guest name="d" mhz="1600"\/><guest name="e" mhz="1600"\/><\/line>/' line.xml
	run "$REHOST" plan --host host.xml --host host2.xml --request line.xml *.guest
	[ "$status" -eq 1 ]
	[[ $output == *"not after the loss of a host: if host 'edge"*"do not all fit on the others"* ]]
	"$REHOST" plan --host host.xml --host host2.xml --request line.xml --no-failover *.guest -o five.plan.xml
	[ -e five-edge.plan.xml ] && [ -e five-edge2.plan.xml ]
	# a guest with a port that only one host has stands still meanwhile
	echo '<line version="1"><guest name="a" mhz="100"><device role="ttyS0" kind="serial" label="X9"/></guest></line>' >line.xml
	"$REHOST" plan --host host.xml --host host2.xml --request line.xml a.guest -o port.plan.xml >out.txt
	[ -e port-edge2.plan.xml ]
	grep -q "edge2: if this host is lost: a stands still" out.txt
	run "$REHOST" plan --host host.xml --host host.xml a.guest
	[[ $output == *"two hosts are called 'edge'"* ]]
}

@test "an interrupt line that is shared is not given away" {
	# the serial card on 03:00.0 without message interrupts, on the line of the disk's controller
	sed -i "/0000:03:00.0/{s/group='2'/group='3'/;s/msi='yes'/msi='no' intx='16'/};/0000:00:1f.2/s/msi='yes'/msi='no' intx='16'/" host.xml
	make_guest a
	echo '<line version="1"><guest name="a" mhz="100"><device role="COM3" kind="pci" host="0000:03:00.0"/></guest></line>' >line.xml
	run "$REHOST" plan --host host.xml --request line.xml a.guest
	[ "$status" -eq 1 ]
	[[ $output == *"has no message interrupts, and shares interrupt 16 with 0000:00:1f.2 (ahci)"* ]]
	sed "/0000:00:1f.2/s/msi='no'/msi='yes'/" host.xml >quiet.xml
	"$REHOST" plan --host quiet.xml --request line.xml a.guest -o x.plan.xml
	cp host.xml quiet.xml
	run "$REHOST" validate x.plan.xml
	[ "$status" -eq 1 ]
	[[ $output == *"shares interrupt 16"* ]]
}

@test "where disks are not known, no storage controller is given away" {
	sed -i "s/<disk name.*<\/disks>/<\/disks>/; s/<disks>.*/<disks\/>/; s/<missing\/>/<missing><fact name='disks' why='not told'\/><\/missing>/" host.xml
	make_guest a
	echo '<line version="1"><guest name="a" mhz="100"><device role="disk" kind="pci" host="0000:00:1f.2"/></guest></line>' >line.xml
	run "$REHOST" plan --host host.xml --request line.xml a.guest
	[ "$status" -eq 1 ]
	[[ $output == *"which the host itself uses"* ]]
}

@test "a profile that contradicts itself is refused" {
	make_guest a
	sed "s/<thread cpu='3'/<thread cpu='2'/" host.xml >bad.xml
	run "$REHOST" plan --host bad.xml a.guest
	[ "$status" -eq 1 ]
	[[ $output == *"processor 2 is described twice"* ]]
	sed 's/<reserve cpus="0"/<reserve cpus="999"/' host.xml >bad2.xml
	run "$REHOST" plan --host bad2.xml a.guest
	[ "$status" -eq 1 ]
	[[ $output == *"not online"* ]]
}

@test "a signal ends a long search, and nothing is written" {
	local i

	# many sizes that nearly fill the cores, and memory that nearly fills the nodes
	make_host 20 1 4 0 16384 >long.xml
	{
		echo '<line version="1">'
		for i in {1..30}; do
			make_guest "g$i" $((220 + i * 37 % 190))
			echo "<guest name='g$i' mhz='$((500 + i * 53 % 290))'/>"
		done
		echo '</line>'
	} >line.xml
	"$REHOST" plan --host long.xml --request line.xml --budget 1000000000000 *.guest -o x.plan.xml &
	sleep 1
	kill -0 $!
	kill -TERM $!
	wait $! && status=0 || status=$?
	[ "$status" -eq 143 ]
	[ ! -e x.plan.xml ]
}

@test "the picture is well-formed, has no script, and is the same twice" {
	command -v xmllint >/dev/null || skip "xmllint is missing: install libxml2-utils"
	make_guest a
	"$REHOST" plan --host host.xml a.guest --svg a.svg
	"$REHOST" plan --host host.xml a.guest --svg b.svg
	cmp a.svg b.svg
	xmllint --noout a.svg
	! grep -q '<script' a.svg || false
	grep -q '>1 a: shared, processors ' a.svg
	grep -q 'width="297mm" height="210mm"' a.svg
}

@test "in the picture, a name that is cut off does not look like another guest's" {
	for i in 1 2 12; do make_guest "oven-of-the-long-line-$i"; done
	"$REHOST" plan --host host.xml *.guest --svg a.svg
	grep -q '>1 oven-[a-z-]*…<' a.svg
	# no label in a core or in the memory ends in the middle of a name without them
	! grep -E '>[0-9]+ [a-z0-9-]*<' a.svg || false
}

@test "a million processors are refused, not tried" {
	make_guest a
	sed "s/<thread cpu='1'/<thread cpu='1000000'/" host.xml >many.xml
	run "$REHOST" plan --host many.xml a.guest
	[ "$status" -eq 1 ]
	[[ $output == *"1000000"* ]]
	run "$REHOST" validate many.xml
	[ "$status" -eq 1 ]
	[[ $output == *"error: thread: processor 1000000 is beyond"* ]]
	# and so are more elements than any host has
	awk '/<\/threads>/ { for (i = 0; i < 140000; i++) print "<thread cpu=\"" i "\" core=\"0\" package=\"0\" node=\"0\" efficiency=\"no\"/>" } { print }' \
		host.xml >elements.xml
	run "$REHOST" plan --host elements.xml a.guest
	[ "$status" -eq 1 ]
	[[ $output == *"more than"* ]]
}

@test "what the collector gathers gives the same profile as this computer itself" {
	"$REHOST" profile --print-collector >collector.sh
	sh collector.sh here.tar
	run sh collector.sh here.tar
	[ "$status" -eq 1 ]
	"$REHOST" profile --root here.tar -o tar.xml
	"$REHOST" profile -o live.xml
	# speed, free pages and time change from one moment to the next
	diff <(sed 's/ \(base-mhz\|max-mhz\|free\)="[0-9]*"//g; /<clock /d' live.xml) \
		<(sed 's/ \(base-mhz\|max-mhz\|free\)="[0-9]*"//g; /<clock /d' tar.xml)
	mkdir unpacked
	tar -C unpacked -xf here.tar
	"$REHOST" profile --root unpacked -o unpacked.xml
	cmp tar.xml unpacked.xml
}

@test "what is asked for on the command line is what line.xml asks for" {
	make_guest a
	make_guest b
	cat >line.xml <<-X
		<line version="1"><guest name="a" class="rt" cores="1"><device role="ttyS1" kind="serial" label="X5"/></guest>
		<guest name="b" mhz="300"><depends on="a"/></guest></line>
	X
	sed -i 's/<depends on="a"\/>//' line.xml
	mkdir one two
	"$REHOST" plan --host host.xml --request line.xml a.guest b.guest -o one/x.plan.xml
	"$REHOST" plan --host host.xml --ask a:class=rt,cores=1,serial.ttyS1=X5 --ask b:mhz=300 a.guest b.guest -o two/x.plan.xml
	cmp one/x.plan.xml two/x.plan.xml
	run "$REHOST" plan --host host.xml --ask a:class=fast a.guest
	[ "$status" -eq 1 ]
	[[ $output == *"class"* ]]
	run "$REHOST" plan --host host.xml --ask a a.guest
	[ "$status" -eq 2 ]
	run "$REHOST" plan --host host.xml --request line.xml --ask a:mhz=1 a.guest b.guest
	[[ $output == *"'a' is asked for already"* ]]
}
