# SPDX-License-Identifier: GPL-2.0-or-later
# Planning cases, sourced after make.sh: "case NAME EXPECTED HOST" followed by a request with one guest
# a line: NAME MEMORY_MIB VCPUS [ATTRIBUTE="VALUE"...] [/ DEVICE-ATTRIBUTES]... HOST is a row of hosts().

# hosts: NAME and the arguments of make_host (cores threads nodes cat-bits memory-MiB e-cores)
hosts() {
	cat <<-X
		duo        2  1 1  0   4096 0
		quad       4  1 1  0   8192 0
		quad-smt   4  2 1  0  16384 0
		quad-cat   4  1 1 11  16384 0
		hexa-smt   6  2 1 11  32768 0
		hybrid     8  2 1  0  32768 4
		hybrid-cat 12 2 1 12  32768 8
		two-nodes  8  1 2  0  16384 0
		dual-cat   16 2 2 20  65536 0
		big        32 2 2 20 262144 0
		no-iommu   4  1 1  0   8192 0
		fat-group  4  1 1  0   8192 0
	X
}

# the_host NAME: its profile
the_host() {
	local args

	args=$(hosts | sed -n "s/^$1  *//p")
	case $1 in
	no-iommu) make_host $args | sed -e "s/ group='[0-9]*'//" -e '/<group id/s/<group id="[0-9]*"\/>//g' ;;
	fat-group) make_host $args | sed "s/ group='[0-9]*'/ group='1'/" ;;
	*) make_host $args ;;
	esac
}

cases() {
	cat <<-'X'
		case one-default optimal duo
		a 512 1
		case spinning-gets-a-thread optimal quad
		a 64 1 spins="yes"
		case two-shared-on-one-core optimal quad
		a 512 1 class="shared" mhz="700"
		b 512 1 class="shared" mhz="900"
		case two-shared-too-fast-for-one-core optimal quad
		a 512 1 class="shared" mhz="900"
		b 512 1 class="shared" mhz="800"
		case shared-full-host infeasible duo
		a 512 1 class="shared" mhz="900"
		b 512 1 class="shared" mhz="800"
		case too-fast-for-any-core infeasible quad
		a 512 1 class="shared" mhz="2500"
		case too-much-memory infeasible quad
		a 8000 1
		case memory-of-two infeasible duo
		a 1600 1 mhz="100"
		b 1600 1 mhz="100"
		case overhead-counts infeasible duo
		a 3000 1 mhz="100"
		case rt-on-its-own-core optimal quad
		a 512 1 class="rt"
		case rt-never-on-processor-0 infeasible duo
		a 512 2 class="rt" cores="2"
		case rt-sibling-idle optimal quad-smt
		a 512 1 class="rt" cores="3"
		case rt-takes-all-whole-cores infeasible quad-smt
		a 512 1 class="rt" cores="3"
		b 512 1 class="rt" cores="1"
		case pinned-packs-threads optimal quad-smt
		a 512 2 class="pinned"
		b 512 2 class="pinned"
		case pinned-too-many-threads infeasible quad
		a 512 2 class="pinned"
		b 512 2 class="pinned"
		case mixed-classes optimal quad-smt
		a 512 1 class="rt"
		b 512 2 class="pinned"
		c 512 1 class="shared" mhz="500"
		case classes-together-too-many infeasible hexa-smt
		a 512 2 class="rt" cache-ways="0"
		b 512 2 class="rt" cache-ways="0"
		c 512 3 class="pinned"
		d 512 1 class="shared" mhz="500"
		case ways-for-rt optimal quad-cat
		a 512 1 class="rt" cache-ways="4"
		b 512 1 class="rt" cache-ways="5"
		case ways-full infeasible quad-cat
		a 512 1 class="rt" cache-ways="5"
		b 512 1 class="rt" cache-ways="5"
		case ways-without-cat infeasible quad
		a 512 1 class="rt" cache-ways="2"
		case classes-run-out infeasible hexa-smt
		a 256 1 class="rt" cache-ways="1"
		b 256 1 class="rt" cache-ways="1"
		c 256 1 class="rt" cache-ways="1"
		d 256 1 class="rt" cache-ways="1"
		case two-nodes-balance optimal two-nodes
		a 5500 1 mhz="500"
		b 5500 1 mhz="500"
		case rt-memory-in-its-node infeasible two-nodes
		a 9000 1 class="rt"
		case guest-wider-than-a-node infeasible two-nodes
		a 1024 5 class="pinned" cores="5"
		case shared-goes-to-small-cores optimal hybrid
		a 512 1 class="shared" mhz="500"
		b 512 1 class="rt"
		case small-core-on-request optimal hybrid
		a 512 2 class="pinned" core-type="efficiency"
		case too-few-performance-cores infeasible hybrid
		a 512 1 class="rt" cores="4"
		case hybrid-with-ways optimal hybrid-cat
		a 512 1 class="rt" cores="2" cache-ways="6"
		b 512 1 class="shared" mhz="1100"
		c 512 1 class="shared" mhz="1100"
		case dual-socket-line optimal dual-cat
		a 4096 1 class="rt" cores="4" cache-ways="8"
		b 4096 1 class="rt" cores="4" cache-ways="8"
		c 8192 4 class="pinned"
		d 1024 1 class="shared" mhz="300"
		e 1024 1 class="shared" mhz="300"
		case large-host optimal big
		a 16384 8 class="rt" cores="8" cache-ways="10"
		b 16384 8 class="pinned" cores="16"
		c 4096 4 class="shared" mhz="400"
		d 4096 1 class="shared" mhz="1600"
		case serial-by-label optimal quad
		a 512 1 mhz="500" / role="ttyS0" kind="serial" label="X5"
		case serial-by-role optimal quad
		a 512 1 mhz="500" / role="ttyS1" kind="serial"
		case serial-console-of-the-host infeasible quad
		a 512 1 mhz="500" / role="ttyS0" kind="serial" label="X4"
		case only-one-port-is-free infeasible quad
		a 512 1 mhz="500" / role="ttyS0" kind="serial"
		b 512 1 mhz="500" / role="ttyS0" kind="serial"
		case card-of-its-own optimal quad
		a 512 1 mhz="500" / role="eth0" kind="pci" label="LAN2"
		case card-is-the-uplink infeasible quad
		a 512 1 mhz="500" / role="eth0" kind="pci" label="LAN1"
		case card-beside-the-uplink infeasible quad
		a 512 1 mhz="500" / role="COM2" kind="pci" host="0000:03:00.0"
		case card-beside-the-disk infeasible fat-group
		a 512 1 mhz="500" / role="eth0" kind="pci" label="LAN2"
		case card-without-iommu infeasible no-iommu
		a 512 1 mhz="500" / role="eth0" kind="pci" label="LAN2"
		case one-card-shared-by-two optimal quad
		a 512 1 mhz="300" / role="eth0" kind="nic" label="LAN2"
		b 512 1 mhz="300" / role="eth0" kind="nic" label="LAN2"
	X
}

# write_case: reads a case's guests from standard input; makes their folders and line.xml
write_case() {
	local name memory vcpus rest wish device spins

	echo '<line version="1">' >line.xml
	while read -r name memory vcpus rest; do
		wish=${rest%%/*} device='' spins=no
		[[ $rest != */* ]] || device="<device ${rest#*/}/>"
		if [[ $wish == *spins=* ]]; then
			spins=yes wish=''
		fi
		make_guest "$name" "$memory" "$vcpus" "$spins"
		echo "<guest name='$name' $wish>$device</guest>" >>line.xml
	done
	echo '</line>' >>line.xml
}

# run_case NAME: makes it in the current folder, plans, prints what a person would read
run_case() {
	local header

	header=$(cases | grep "^case $1 ")
	set -- $header
	the_host "$4" >host.xml
	cases | sed -n "/^case $2 /,/^case/{/^case/!p}" | write_case
	"$REHOST" plan --host host.xml --request line.xml --lp problem.lp *.guest -o case.plan.xml 2>&1 ||
		echo "exit status $?"
}
