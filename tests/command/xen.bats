# SPDX-License-Identifier: GPL-2.0-or-later
# What is asked of Xen to start, stop and forget a guest; xl is a double that knows domains and pools.

load common

setup() {
	requires qemu-img as ld
	cd "$BATS_TEST_TMPDIR"
	STATE=$PWD/state
	"$top_srcdir/tests/guests/tiny-installed" "$STATE" press4
	sed -i 's/target="qemu"/target="xen"/' "$STATE/guests/press4/instance.xml"
	printf 'name = "press4"\n' >"$STATE/guests/press4/releases/1/xl.cfg"
	printf 'name = "rehost-press4"\nsched = "null"\ncpus = "2-3"\n' >"$STATE/guests/press4/releases/1/pool.cfg"
	mkdir bin
	# domains and pools are files; what was asked is in 'asked'
	cat >bin/xl <<-'XL'
		#!/bin/bash
		cd "$XEN" && echo "$*" >>asked
		case $1 in
		list) echo 'Name ID Mem VCPUs State Time(s)' && cat domains ;;
		cpupool-list) echo 'Name CPUs Sched Active Domain count' && cat pools ;;
		create) echo 'press4 1 64 1 r----- 1.0' >>domains ;;
		shutdown | destroy) : >domains ;;
		cpupool-create) echo 'rehost-press4 2 null y 0' >>pools ;;
		cpupool-destroy) sed -i "/^$2 /d" pools ;;
		esac
	XL
	chmod +x bin/xl
	export XEN=$PWD PATH=$PWD/bin:$PATH
	: >domains
	printf 'Pool-0 2 credit2 y 1\nrehost-press40 1 null y 1\n' >pools
}

@test "a pool is made and given back, whatever others are called" {
	"$REHOST" start press4 --state "$STATE"
	grep -qx 'cpupool-cpu-remove Pool-0 2-3' asked
	grep -qx "cpupool-create $STATE/guests/press4/releases/1/pool.cfg" asked
	"$REHOST" stop press4 --state "$STATE"
	grep -A1 -x 'cpupool-destroy rehost-press4' asked | grep -qx 'cpupool-cpu-add Pool-0 2-3'
	[ "$(cut -d' ' -f1 pools | tr '\n' ' ')" = "Pool-0 rehost-press40 " ]
	"$REHOST" start press4 --state "$STATE"
	# it went off by itself
	: >domains
	"$REHOST" remove press4 --state "$STATE"
	[ "$(cut -d' ' -f1 pools | tr '\n' ' ')" = "Pool-0 rehost-press40 " ]
}

@test "a port that another program has is not given to a guest" {
	requires socat
	socat PTY,link=port,raw,echo=0 PTY,raw,echo=0 3>&- &
	ends=$!
	await test -e port
	cat >"$STATE/bundles/line-000000000000/plan.xml" <<-XML
		<plan version="1" name="line" host="edge.xml" answer="feasible" cost="0" bound="0" nodes="1"><partitions>
		<partition guest="press4.guest" name="press4" class="shared" cpus="0" vcpus="1" memory="16777216" overhead="0"
		priority="1" start-order="1"><device role="ttyS0" kind="serial" host="$(readlink -f port)"/></partition>
		</partitions><findings/></plan>
	XML
	flock port sleep 100 3>&- &
	holder=$!
	await sh -c '! flock -n port true'
	run "$REHOST" start press4 --state "$STATE"
	[ "$status" -eq 1 ]
	[[ $output == *"start guest 'press4': port '/dev/pts/"*"is in use by another program"* ]]
	! grep -q '^create' asked || false
	pkill -P "$holder" || true
	kill "$holder" || true
	await flock -n port true
	"$REHOST" start press4 --state "$STATE"
	kill "$ends"
}
