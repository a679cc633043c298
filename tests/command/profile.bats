# SPDX-License-Identifier: GPL-2.0-or-later
# Profiles: from what others already have, with the operator's facts, and measured.

load common

setup() {
	cd "$BATS_TEST_TMPDIR"
	imports=$top_srcdir/tests/imports
}

# has ELEMENT ATTRIBUTE... - is there one line of the profile with all of these?
has() {
	local line=$1 word
	shift
	line=$(grep "<$line " host.xml) || { echo "no <$line>" && return 1; }
	for word; do
		line=$(grep -F " $word" <<<"$line") || { echo "no $word" && return 1; }
	done
}

@test "ACRN's board.xml: processors, caches, devices, and the document itself" {
	"$REHOST" profile --import "$imports/board.xml" -o host.xml
	has machine 'name="line-box"' 'arch="x86_64"'
	has board 'vendor="Example"' 'product="Line Box 4"' 'bios="Example Firmware 1.7"'
	has firmware 'tpm="2.0"'
	has virtualization 'extension="vmx"' 'unrestricted-guest="yes"' 'apicv="yes"' 'iommu="vt-d"'
	has cpus 'physical-bits="39"' 'online="0-5"' 'cpuid-level="27"' \
		'flags="apic clflush clflushopt cx16 cx8 erms fpu fsgsbase ht lm msr mtrr nonstop_tsc nx pae pat pdpe1gb' \
		'vmx-flags="ept ept_1gb invvpid tsc_offset unrestricted_guest vapic vpid vtpr"'
	has thread 'cpu="4"' 'core="0"' 'apic="1"' 'efficiency="no"' 'base-mhz="2400"'
	has thread 'cpu="3"' 'core="3"' 'apic="18"' 'efficiency="yes"'
	has cache 'level="2"' 'cpus="2-3"' 'ways="16"' 'cat-bits="16"' 'cat-closids="8"' 'cat-cdp="yes"'
	has memory 'size="8589934592"' 'usable="8192000000"'
	has serial 'name="ttyS1"' 'port="0x30a0"' 'irq="19"' 'bdf="0000:00:16.3"'
	has serial 'name="ttyS2"' 'mmio="0x4017000000"' 'bdf="0000:00:1e.0"'
	has port 'name="1-4"' 'kind="usb-device"'
	has original 'kind="acrn-board"' 'name="board.xml"'
	has fact 'name="disks"'
	# what was kept is what came in
	xmllint --xpath 'string(/machine/original)' host.xml | cmp - <(cat "$imports/board.xml" && echo)
	"$REHOST" profile --import "$imports/board.xml" --without-original -o short.xml
	! grep -q '<original' short.xml || false
}

@test "abilities that a board.xml does not hold were not recorded: they are not called absent" {
	sed '/"smap"/d' "$imports/board.xml" >without.xml
	"$REHOST" profile --import without.xml -o host.xml
	! grep '<cpus ' host.xml | grep -qw smap || false
	has cpus 'flags="apic'
	# an inspector that did not read one of the leaves, or no registers of VT-x
	sed '/"fsgsbase"/d; /"invept"/d; /cpuid_level/d' "$imports/board.xml" >old.xml
	rm host.xml
	"$REHOST" profile --import old.xml -o host.xml
	! grep '<cpus ' host.xml | grep -qE 'flags|cpuid-level' || false
}

@test "IOMMU groups of a board.xml: never finer than slots and bridges allow" {
	"$REHOST" profile --import "$imports/board.xml" -o host.xml
	group() { sed -n "s/.*bdf=\"0000:$1\".* group=\"\([0-9]*\)\".*/\1/p" host.xml; }
	[ "$(group 00:14.0)" = "$(group 00:14.2)" ]	# one slot
	[ "$(group 00:14.0)" != "$(group 00:17.0)" ]
	[ "$(group 01:00.0)" != "$(group 00:1c.0)" ]	# behind a bridge with ACS
	[ "$(group 02:00.0)" = "$(group 00:1c.2)" ]	# behind one without
	[ "$(group 02:00.0)" = "$(group 02:01.0)" ]
}

@test "EVE's model: labels of the box, groups, and what it cannot tell" {
	"$REHOST" profile --import "$imports/eve-model.json" -o host.xml
	has nic 'name="eth0"' 'label="X1 LAN"' 'usage="host"' 'bdf="0000:01:00.0"'
	has nic 'name="eth1"' 'usage="dedicated"'
	has serial 'name="ttyS0"' 'port="0x3f8"' 'irq="4"' 'label="COM1"'
	has port 'label="X61 USB"' 'kind="usb-controller"'
	has function 'bdf="0000:01:00.0"' 'group="9"'
	has memory 'size="8589934592"'
	has fact 'name="topology"' 'number, 4'
	! grep -q 'vendor="0x0000"' host.xml || false
}

@test "lstopo and libvirt on this computer agree with the probe" {
	requires lstopo-no-graphics virsh
	"$REHOST" profile -o probe.xml
	lstopo-no-graphics --of xml lstopo.xml
	"$REHOST" profile --import lstopo.xml -o host.xml
	threads() { grep '<thread ' "$1" | sed 's/.* cpu="\([0-9]*\)".* package="\([0-9]*\)".* node="\([0-9]*\)".*/\1 \2 \3/'; }
	diff <(threads probe.xml) <(threads host.xml)
	caches() { grep '<cache ' "$1" | sed 's/.*level="\([0-9]*\)".*size="\([0-9]*\)".*cpus="\([0-9,-]*\)".*/\1 \2 \3/' | sort; }
	diff <(caches probe.xml) <(caches host.xml)
	virsh -c test:///default capabilities >virsh.xml
	rm host.xml
	"$REHOST" profile --import virsh.xml -o host.xml
	has node 'id="1"' 'memory="4294967296"' 'cpus="8-15"'
	has thread 'cpu="8"' 'package="1"' 'core="0"'
}

@test "libvirt's caches: ways from the granularity, the least in its unit, code and data apart" {
	cat >caps.xml <<-X
		<capabilities><host><cpu><arch>x86_64</arch></cpu>
		<topology><cells num='1'><cell id='0'><memory unit='KiB'>4194304</memory><cpus num='2'>
		<cpu id='0' socket_id='0' die_id='0' core_id='0' siblings='0'/>
		<cpu id='1' socket_id='1' die_id='0' core_id='0' siblings='1'/></cpus></cell></cells></topology>
		<cache><bank id='0' level='3' type='both' size='15360' unit='KiB' cpus='0'>
		<control granularity='768' min='1536' unit='KiB' type='code' maxAllocs='8'/>
		<control granularity='768' min='1536' unit='KiB' type='data' maxAllocs='8'/></bank>
		<bank id='1' level='3' type='both' size='33' unit='MiB' cpus='1'>
		<control granularity='3' unit='MiB' type='both' maxAllocs='16'/></bank></cache>
		</host></capabilities>
	X
	"$REHOST" profile --import caps.xml --without-original -o host.xml
	has cache 'id="0"' 'cat-bits="20"' 'cat-min-bits="2"' 'cat-closids="8"' 'cat-cdp="yes"'
	has cache 'id="1"' 'ways="11"' 'cat-min-bits="1"' 'cat-closids="16"' 'cat-cdp="no"'
}

@test "documents that are none of these, or damaged, are refused by name" {
	echo '<html/>' >page.xml
	run "$REHOST" profile --import page.xml
	[ "$status" -eq 1 ]
	[[ $output == *"'html'"*"hint: give ACRN's board.xml"* ]]
	echo '{"arch": 2' >cut.json
	run "$REHOST" profile --import cut.json
	[ "$status" -eq 1 ]
	[[ $output == *"cut.json is not JSON"* ]]
	head -c 3000 "$imports/board.xml" >cut.xml
	run "$REHOST" profile --import cut.xml
	[ "$status" -eq 1 ]
	sed 's/<cpu_id>4</<cpu_id>1000000</' "$imports/board.xml" >many.xml
	run "$REHOST" profile --import many.xml
	[ "$status" -eq 1 ]
	[[ $output == *"processor 1000000"* ]]
	sed 's/<cpu_id>4</<cpu_id>1</' "$imports/board.xml" >twice.xml
	run "$REHOST" profile --import twice.xml
	[[ $output == *"processor 1 is described twice"* ]]
	sed 's/"ztype": 13/"ztype": 99/' "$imports/eve-model.json" >odd.json
	run "$REHOST" profile --import odd.json
	[[ $output == *"'X60 USB' has a ztype that EVE does not know"* ]]
	"$REHOST" profile -o own.xml
	run "$REHOST" profile --import own.xml
	[[ $output == *"is a profile already"* ]]
}

@test "ports that the kernel does not show are missing with a reason, not absent" {
	local fact

	"$REHOST" profile --root "$top_srcdir/tests/machines/packaging-line" -o host.xml
	for fact in can gpio audio; do
		grep -q "<fact name=\"$fact\" why=\"no ..*\"" host.xml
	done
	! grep -q '<fact name="usb"' host.xml || false
}

@test "--collect gathers what the printed script gathers" {
	"$REHOST" profile --collect here.tar
	"$REHOST" profile --root here.tar -o tar.xml
	run "$REHOST" profile --collect here.tar
	[ "$status" -eq 1 ]
	[[ $output == *"exists already"* ]]
}

@test "the operator's facts: added, and kept when the host is profiled again" {
	"$REHOST" profile --import "$imports/eve-model.json" --label ttyS0='X5 RS-232' --usage eth1=host \
		--reserve-memory 512M --spare 30 -o host.xml
	has serial 'name="ttyS0"' 'label="X5 RS-232"'
	has nic 'name="eth1"' 'usage="host"'
	has reserve 'memory="536870912"' 'spare-percent="30"'
	mv host.xml old.xml
	"$REHOST" profile --import "$imports/eve-model.json" --keep old.xml -o host.xml
	cmp old.xml host.xml
	"$REHOST" profile --from old.xml --label ttyS0=X6 -o x6.xml
	grep -q 'label="X6"' x6.xml
	run "$REHOST" profile --from old.xml --label ttyS7=X5
	[ "$status" -eq 1 ]
	[[ $output == *"no 'ttyS7'"*"hint: it has: eth0, eth1, ttyS0"* ]]
	run "$REHOST" profile --from old.xml --label ttyS0='X1 LAN'
	[ "$status" -eq 1 ]
	[[ $output == *'label="X1 LAN" is at both eth0 and ttyS0'* ]]
	run "$REHOST" profile --from old.xml --usage eth0=mine
	[ "$status" -eq 2 ]
}

@test "contradictions are named with element, value, reason and remedy" {
	. "$top_srcdir/tests/plan/make.sh"
	make_host 4 2 2 11 >good.xml
	run "$REHOST" validate good.xml
	[ "$status" -eq 0 ]
	# wrong PATTERN SED...: this change is found, and its remedy is printed below
	wrong() {
		local pattern=$1
		shift
		sed "$@" good.xml >bad.xml
		run "$REHOST" validate bad.xml
		[ "$status" -eq 1 ] && [[ $output == *"error: "*"$pattern"*$'\n    '* ]] || { echo "$pattern: $output" && false; }
	}
	wrong 'processor 2 is described twice' "s/<thread cpu='3'/<thread cpu='2'/"
	wrong 'are one core, but in memory nodes 0 and 1' "s/cpu='4' core='0' package='0' node='0'/cpu='4' core='0' package='0' node='1'/"
	wrong 'node 0 lists processor' "s/<node id='0' \(.*\) cpus='[0-9,]*'/<node id='0' \1 cpus='0,7'/"
	wrong 'says node="0", and cpus="0-2" of that node does not hold it' "s/<node id='0' \(.*\) cpus='[0-9,]*'/<node id='0' \1 cpus='0-2'/"
	wrong 'cache: a processor is behind two L3 caches' "s/level='3' id='1'\(.*\) cpus='[0-9,]*'/level='3' id='1'\1 cpus='0'/"
	wrong 'names ways that do not exist' "s/cat-shareable='0x3'/cat-shareable='0x3000'/"
	wrong 'into no classes' "s/cat-closids='4'/cat-closids='0'/"
	wrong 'reserve: cpus="0-7" are all processors' 's/reserve cpus="0"/reserve cpus="0-7"/'
	wrong 'is no less than there is' 's/reserve cpus="0" memory="[0-9]*"/reserve cpus="0" memory="99999999999"/'
	wrong 'images="sdq" is none of' 's/spare-percent="20"/spare-percent="20" images="sdq"/'
	wrong 'isolated="9" names processors' 's/isolated=""/isolated="9"/'
	wrong 'PCI function 0000:01:00.0 is described twice' "s/<function bdf='0000:02:00.0'/<function bdf='0000:01:00.0'/"
	wrong 'group="2" of PCI function' 's/<group id="2"\/>//'
	wrong 'IOMMU group 2 is described twice' 's/<group id="3"\/>/<group id="2"\/>/'
	wrong 'is not among the PCI functions' 's/name="eth1" \(.*\) bdf="0000:02:00.0"/name="eth1" \1 bdf="0000:09:00.0"/'
	wrong 'label="X5" is at both' 's/label="LAN2"/label="X5"/'
	wrong 'port="0x3f8" is claimed by both' 's/port="0x2f8"/port="0x3f8"/'
	wrong 'name="ttyS0" is there twice' 's/serial name="ttyS1"/serial name="ttyS0"/'
	wrong 'usable="17179869184" is more than' 's/memory size="[0-9]*"/memory size="1000000"/'
	wrong 'the nodes have' "s/node id='0' memory='[0-9]*'/node id='0' memory='99999999999'/"
}

@test "two ports on one interrupt are said, unless both are the host's own" {
	. "$top_srcdir/tests/plan/make.sh"
	make_host 4 2 | sed 's/irq="3"/irq="4"/' >host.xml
	run "$REHOST" validate host.xml
	[ "$status" -eq 0 ]
	[[ $output == *'warning: serial: irq="4" is claimed by both ttyS0 and ttyS1'* ]]
	sed -i 's/label="X5"/label="X5" usage="host"/' host.xml
	run "$REHOST" validate host.xml
	[[ $output != *"is claimed by both"* ]]
}

@test "--measure: figures for this computer's disks, or the reason why not" {
	"$REHOST" profile --measure -o host.xml
	while read -r name; do
		grep -q "<disk name=\"$name\".* read-iops=\"[1-9]" host.xml ||
			grep -q "<fact name=\"disk-speed-$name\" why=\"..*\"" host.xml
	done < <(sed -n 's/.*<disk name="\([^"]*\)".*/\1/p' host.xml)
	grep -q 'write-iops="[1-9]' host.xml || grep -q '<fact name="write-speed" why="..*"' host.xml
	run "$REHOST" profile --root "$top_srcdir/tests/machines/packaging-line" --measure
	[ "$status" -eq 2 ]
	[ -z "$(find . -name '.rehost-measure*')" ]
}

@test "every profile that is shipped names its source, is sound, and can be planned for" {
	. "$top_srcdir/tests/plan/make.sh"
	make_guest a
	local n=0
	for file in "$top_srcdir"/profiles/*.xml; do
		grep -q '<machine [^>]* source="..*"' "$file"
		"$REHOST" validate "$file"
		"$REHOST" plan --host "$file" a.guest
		grep -q "profiles/$(basename "$file")" "$top_srcdir/Makefile.am"
		n=$((n + 1))
	done
	[ "$n" -ge 8 ]
	# one that tells too little is refused with what it lacks
	"$REHOST" profile --import "$imports/eve-model.json" -o eve.xml
	run "$REHOST" plan --host eve.xml a.guest
	[ "$status" -eq 1 ]
	[[ $output == *"is not enough: without its processors"*"their number, 4"*"hint: "* ]]
}

@test "lstopo of a host with many processors: words of zeros are empty in its masks" {
	local i
	{
		echo '<topology version="2.0"><object type="Machine" os_index="0">'
		echo '<object type="Package" os_index="0">'
		echo '<object type="NUMANode" os_index="0" cpuset="0x00000003,,0x00000003" local_memory="4294967296"/>'
		echo '<object type="NUMANode" os_index="2" cpuset="0x00000003,,0x00000003" local_memory="1073741824"/>'
		for i in 0 1; do
			echo "<object type='Core' os_index='$i'><object type='PU' os_index='$i'/>"
			echo "<object type='PU' os_index='$((64 + i))'/></object>"
		done
		echo '</object><object type="Package" os_index="1">'
		echo '<object type="NUMANode" os_index="1" cpuset="0x00000003,0x0" local_memory="4294967296"/>'
		echo '<object type="PU" os_index="32"/><object type="PU" os_index="33"/>'
		echo '</object></object></topology>'
	} >many.xml
	"$REHOST" profile --import many.xml --without-original -o host.xml
	has node 'id="0"' 'cpus="0-1,64-65"'
	has node 'id="1"' 'cpus="32-33"'
	has node 'id="2"' 'cpus=""' 'memory="1073741824"'
	has thread 'cpu="65"' 'core="1"' 'node="0"'
	# a processor without a core around it is one of its own
	[ "$(sed -n 's/.*<thread cpu="3[23]" core="\([0-9]*\)".*/\1/p' host.xml | sort -u | wc -l)" = 2 ]
	"$REHOST" validate host.xml
}
