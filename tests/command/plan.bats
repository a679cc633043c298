# SPDX-License-Identifier: GPL-2.0-or-later
# Profiles and plans: from a host and guests to partitions, and why not.

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
	"$REHOST" plan --check here.plan.xml
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
	run "$REHOST" plan --check x.plan.xml
	[ "$status" -eq 1 ]
	[[ $output == *"the host keeps processor 0 for itself"* ]]
}

@test "too much memory is infeasible, and memory is named" {
	make_guest big 65536
	run "$REHOST" plan --host host.xml big.guest -o x.plan.xml
	[ "$status" -eq 1 ]
	[[ $output == *"but for this rule: memory"* ]]
	[ ! -e x.plan.xml ]
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

@test "dependences that run in a circle are refused" {
	make_guest a
	make_guest b
	cat >line.xml <<-X
		<line version="1"><guest name="a"><depends on="b"/></guest>
		<guest name="b"><depends on="a"/></guest></line>
	X
	run "$REHOST" plan --host host.xml --request line.xml a.guest b.guest
	[ "$status" -eq 1 ]
	[[ $output == *"circle"* ]]
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

@test "the picture is well-formed, has no script, and is the same twice" {
	command -v xmllint >/dev/null || skip "xmllint is missing: install libxml2-utils"
	make_guest a
	"$REHOST" plan --host host.xml a.guest --svg a.svg
	"$REHOST" plan --host host.xml a.guest --svg b.svg
	cmp a.svg b.svg
	xmllint --noout a.svg
	! grep -q '<script' a.svg || false
	grep -q '>a: shared, processors ' a.svg
}

@test "a million processors are refused, not tried" {
	make_guest a
	sed "s/<thread cpu='1'/<thread cpu='1000000'/" host.xml >many.xml
	run "$REHOST" plan --host many.xml a.guest
	[ "$status" -eq 1 ]
	[[ $output == *"1000000"* ]]
}

@test "what the collector gathers gives the same profile as this computer itself" {
	"$REHOST" profile --print-collector >collector.sh
	sh collector.sh here.tar
	run sh collector.sh here.tar
	[ "$status" -eq 1 ]
	"$REHOST" profile --root here.tar -o tar.xml
	"$REHOST" profile -o live.xml
	# speed and free pages change from one moment to the next
	diff <(sed 's/ \(base-mhz\|max-mhz\|free\)="[0-9]*"//g' live.xml) \
		<(sed 's/ \(base-mhz\|max-mhz\|free\)="[0-9]*"//g' tar.xml)
	mkdir unpacked
	tar -C unpacked -xf here.tar
	"$REHOST" profile --root unpacked -o unpacked.xml
	cmp tar.xml unpacked.xml
}
