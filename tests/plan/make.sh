# SPDX-License-Identifier: GPL-2.0-or-later
# Makes hosts and guests for tests of plans; sourced.

# make_guest NAME [MEMORY_MIB [VCPUS [SPINS]]]: folder NAME.guest
make_guest() {
	mkdir -p "$1.guest"
	cat >"$1.guest/guest.xml" <<-X
		<?xml version="1.0" encoding="UTF-8"?>
		<guest version="1" name="$1" uuid="5e1f0a63-3b0e-4d0c-9a53-0c8a7f2d0401">
		  <origin/>
		  <system family="linux" converter="linux" target="qemu">Linux</system>
		  <resources memory="$((${2:-512} * 1048576))" vcpus="${3:-1}" acpi="yes" spins="${4:-no}"/>
		  <devices><word added="no">32</word><firmware added="no">bios</firmware>
		    <disk added="no">ide</disk><nic added="no">e1000</nic><display added="no">vga</display>
		    <input added="no">ps2</input><serial added="no">16550a</serial>
		    <clock added="no">utc</clock></devices>
		  <disks><disk file="disk0.qcow2" format="qcow2" size="1073741824" boot="yes"/></disks>
		  <nics/>
		  <serials><serial old="ttyS0" port="0x3f8" irq="4"/>
		    <serial old="ttyS1" port="0x2f8" irq="3"/></serials>
		  <life kind="screen" seconds="60"/>
		  <changes/>
		  <findings/>
		</guest>
	X
}

# make_host CORES THREADS [NODES [CAT_BITS [MEMORY_MIB [E_CORES]]]]: a profile on standard output.
# Threads of a core are numbered as Intel does: CPU c and c + CORES. The last E_CORES cores are
# efficiency cores with one thread.
make_host() {
	local cores=$1 threads=$2 nodes=${3:-1} bits=${4:-0} mib=${5:-16384} small=${6:-0}
	local c t n cpu type kind big=$((cores - ${6:-0}))

	cat <<-X
		<?xml version="1.0" encoding="UTF-8"?>
		<machine version="1" name="edge" arch="x86_64">
		  <board/><firmware uefi="yes" secure-boot="no"/>
		  <virtualization extension="vmx" nested-paging="yes" unrestricted-guest="yes" iommu="vt-d" virtual="no"/>
		  <kernel realtime="no"/>
		  <cpus online="0-$((big * threads + small - 1))" isolated=""/>
		  <threads>
	X
	for ((t = 0; t < threads; t++)); do
		for ((c = 0; c < big; c++)); do
			echo "<thread cpu='$((t * big + c))' core='$c' package='0' node='$((c * nodes / cores))'" \
				"efficiency='no' base-mhz='2000'/>"
		done
	done
	for ((c = big; c < cores; c++)); do
		echo "<thread cpu='$((big * threads + c - big))' core='$c' package='0'" \
			"node='$((c * nodes / cores))' efficiency='yes' base-mhz='1500'/>"
	done
	echo "</threads><caches>"
	for ((n = 0; n < nodes; n++)); do
		echo "<cache level='3' id='$n' type='Unified' size='16777216' ways='$((bits > 12 ? bits : 12))' cpus='$(node_cpus $n)'"
		((bits == 0)) || echo " cat-bits='$bits' cat-min-bits='1' cat-closids='4' cat-shareable='0x3'"
		echo " cat-cdp='no'/>"
	done
	echo "</caches><nodes>"
	for ((n = 0; n < nodes; n++)); do
		echo "<node id='$n' memory='$((mib * 1048576 / nodes))' cpus='$(node_cpus $n)'/>"
	done
	cat <<-X
		  </nodes>
		  <memory size="$((mib * 1048576))" usable="$((mib * 1048576))"/>
		  <pci>
		    $(pci_function 0000:00:1f.2 0x010601 1 ahci)
		    $(pci_function 0000:01:00.0 0x020000 2 igb)
		    $(pci_function 0000:02:00.0 0x020000 3 igb)
		    $(pci_function 0000:03:00.0 0x070002 2 serial)
		  </pci>
		  <groups><group id="1"/><group id="2"/><group id="3"/></groups>
		  <nics>
		    <nic name="eth0" mac="00:00:00:00:00:01" bdf="0000:01:00.0" label="LAN1" usage="host"/>
		    <nic name="eth1" mac="00:00:00:00:00:02" bdf="0000:02:00.0" label="LAN2"/>
		  </nics>
		  <serials>
		    <serial name="ttyS0" uart="16550A" port="0x3f8" irq="4" label="X4" usage="host"/>
		    <serial name="ttyS1" uart="16550A" port="0x2f8" irq="3" label="X5"/>
		  </serials>
		  <ports/>
		  <disks><disk name="sda" size="100000000000" rotational="no" removable="no" bdf="0000:00:1f.2" usage="host"/></disks>
		  <reserve cpus="0" memory="1073741824" spare-percent="20"/>
		  <missing/>
		</machine>
	X
}

# node_cpus NODE: CPU list, from the variables of make_host
node_cpus() {
	local list='' c t

	for ((c = 0; c < cores; c++)); do
		((c * nodes / cores == $1)) || continue
		if ((c >= big)); then
			list+=,$((big * threads + c - big))
			continue
		fi
		for ((t = 0; t < threads; t++)); do
			list+=,$((t * big + c))
		done
	done
	echo "${list#,}"
}

# pci_function BDF CLASS GROUP DRIVER
pci_function() {
	echo "<function bdf='$1' class='$2' vendor='0x8086' device='0x1000' subvendor='0x0000'" \
		"subdevice='0x0000' driver='$4' group='$3' boot-vga='unknown' msi='yes'/>"
}
