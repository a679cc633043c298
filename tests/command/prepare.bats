# SPDX-License-Identifier: GPL-2.0-or-later
# rehost launch --prepare and --unprepare, on a copy of a host's /sys and /proc.

load common

setup_file() {
	requires qemu-img as ld jq
	cd "$BATS_FILE_TMPDIR"
	export XDG_CONFIG_HOME=$BATS_FILE_TMPDIR/config
	make_host host
	"$REHOST" profile --root "$top_srcdir/tests/machines/packaging-line" -o edge.xml
	sed -i 's/online="[^"]*"/online="0-3"/' edge.xml
	make_bundle whole '<device role="card" kind="pci" host="0000:03:00.0"/>' \
		'<device role="card2" kind="pci" host="0000:03:00.1"/>' \
		'<device role="eth0" kind="nic" host="enp4s0"/>'
	make_bundle half '<device role="card" kind="pci" host="0000:03:00.0"/>'
	make_bundle none
	targets="--target qemu --target libvirt --target xen" make_bundle both '<device role="card" kind="pci" host="0000:03:00.0"/>' \
		'<device role="card2" kind="pci" host="0000:03:00.1"/>' \
		'<device role="eth1" kind="nic" host="enp4s0"/>'
	shared=yes make_bundle nic '<device role="eth0" kind="nic" host="enp4s0"/>'
	without='cache-level="3" cache-id="0" cache-ways="0xe00"' make_bundle cards \
		'<device role="card" kind="pci" host="0000:03:00.0"/>' \
		'<device role="card2" kind="pci" host="0000:03:00.1"/>' \
		'<device role="eth0" kind="nic" host="enp4s0"/>'
}

# make_host DIR - four processors, three interrupts, huge pages, a card of two functions in one group
make_host() {
	local bdf
	mkdir -p "$1"/proc/irq/{0,19,24} "$1"/sys/kernel/iommu_groups/7/devices \
		"$1"/sys/bus/pci/drivers/{igb,pcieport} "$1"/sys/fs/resctrl \
		"$1"/sys/devices/system/node/node0/hugepages/hugepages-2048kB
	for irq in 0 19 24; do echo 0-3 >"$1/proc/irq/$irq/smp_affinity_list"; done
	echo 4 >"$1/sys/devices/system/node/node0/hugepages/hugepages-2048kB/nr_hugepages"
	: >"$1/sys/bus/pci/drivers_probe"
	for bdf in 0000:00:1c.0 0000:03:00.0 0000:03:00.1; do
		mkdir -p "$1/sys/bus/pci/devices/$bdf"
		echo 0x020000 >"$1/sys/bus/pci/devices/$bdf/class"
		echo '(null)' >"$1/sys/bus/pci/devices/$bdf/driver_override"
		ln -s ../../drivers/igb "$1/sys/bus/pci/devices/$bdf/driver"
		ln -s ../../../../kernel/iommu_groups/7 "$1/sys/bus/pci/devices/$bdf/iommu_group"
		ln -s "../../../../bus/pci/devices/$bdf" "$1/sys/kernel/iommu_groups/7/devices/$bdf"
	done
	echo 0x060400 >"$1/sys/bus/pci/devices/0000:00:1c.0/class"
	: >"$1/sys/bus/pci/drivers/igb/unbind"
}

# make_bundle NAME DEVICE... - with a real-time guest that gets these
make_bundle() {
	local file=$1
	shift
	mkdir "$file"
	"$top_srcdir/tests/guests/tiny" "$file/press4.guest"
	cat >"$file/line.plan.xml" <<-XML
		<?xml version="1.0" encoding="UTF-8"?>
		<plan version="1" name="line" host="../edge.xml" answer="feasible" cost="0" bound="0" nodes="1">
		<partitions><partition guest="press4.guest" name="press4" class="rt" cpus="2-3" vcpus="1"
		memory="16777216" overhead="0" node="0" cache-level="3" cache-id="0" cache-ways="0xe00"
		priority="1" start-order="1">$*</partition></partitions><findings/></plan>
	XML
	sed -i "s/${without:-none of it}//" "$file/line.plan.xml"
	[[ $file != none && ! ${shared-} ]] || sed -i 's/class="rt" cpus="2-3"/class="shared" cpus="0"/; s/node=.*0xe00"//' \
		"$file/line.plan.xml"
	"$REHOST" bundle "$file/line.plan.xml" ${targets:---target qemu} --allow-unsigned --allow-unvalidated \
		--revision 1 -o "$file.rehost" --progress none
}

setup() {
	cd "$BATS_TEST_TMPDIR"
	ALL=$BATS_FILE_TMPDIR
	cp -a "$ALL/host" host
}

prepare() {
	"$REHOST" launch --allow-unsigned --progress none --state state --root "$PWD/host" "$@"
}

# look - all of the host as one text
look() {
	(cd host && find . \( -type f -o -type d \) ! -name rehost.cfg | sort && find . -type f -print0 | sort -z | xargs -0 tail -n +1)
}

@test "what the host would need is printed, and nothing is changed" {
	look >before
	run prepare "$ALL/whole.rehost" --show-preparation
	echo "$output"
	[ "$status" -eq 0 ]
	for line in 'isolcpus=2-3 nohz_full=2-3 rcu_nocbs=2-3"' \
		"echo '0-1' > /proc/irq/19/smp_affinity_list" \
		"echo '12' > /sys/devices/system/node/node0/hugepages/hugepages-2048kB/nr_hugepages" \
		"echo 'vfio-pci' > /sys/bus/pci/devices/0000:03:00.1/driver_override" \
		"echo '0000:03:00.0' > /sys/bus/pci/devices/0000:03:00.0/driver/unbind" \
		'modprobe vfio-pci' 'ip link add name rh-enp4s0 type bridge' \
		'ip link set dev enp4s0 master rh-enp4s0' 'mkdir /sys/fs/resctrl/rehost-press4' \
		"echo 'L3:0=e00' > /sys/fs/resctrl/rehost-press4/schemata" "run 'update-grub'"; do
		[[ $output == *"$line"* ]] || { echo "not there: $line" && false; }
	done
	look | diff before -
	[ ! -e state/prepared ]
}

@test "it is done on demand, once, and undone" {
	mkdir -p host/sys/fs/resctrl
	look >before
	# folders of this file system are filled by the kernel; here they are not
	run prepare "$ALL/whole.rehost" --prepare
	[ "$status" -eq 1 ]
	[[ $output == *"rehost-press4/schemata'"*"hint: 'rehost launch --unprepare' undoes what was done"* ]]
	[ "$(cat host/proc/irq/24/smp_affinity_list)" = 0-1 ]
	[ "$(cat host/sys/devices/system/node/node0/hugepages/hugepages-2048kB/nr_hugepages)" = 12 ]
	[ -e host/etc/default/grub.d/rehost.cfg ]
	run prepare "$ALL/whole.rehost" --prepare
	[ "$status" -eq 1 ]
	[[ $output == *"this host is prepared already"* ]]
	"$REHOST" launch --unprepare --state state --root "$PWD/host"
	[ ! -e host/etc/default/grub.d/rehost.cfg ]
	rm -r host/etc
	look | diff before -
	run "$REHOST" launch --unprepare --state state --root "$PWD/host"
	[ "$status" -eq 1 ]
	[[ $output == *"this host is not prepared"* ]]
}

@test "cards are handed to VFIO, and given back" {
	prepare "$ALL/cards.rehost" --prepare | grep -q 'the host is prepared'
	[ "$(cat host/sys/bus/pci/devices/0000:03:00.0/driver_override)" = vfio-pci ]
	[ "$(cat host/sys/bus/pci/drivers/igb/unbind)" = 0000:03:00.1 ]
	[ "$(cat host/sys/bus/pci/drivers_probe)" = 0000:03:00.1 ]
	grep -qx 'run ip link delete rh-enp4s0 type bridge' state/prepared
	# nothing can run below another root
	[ ! -e state/guests ]
	"$REHOST" launch --unprepare --state state --root "$PWD/host" | grep -q 'as it was before'
	[ -z "$(cat host/sys/bus/pci/devices/0000:03:00.0/driver_override)" ]
	[ ! -e state/prepared ]
}

@test "one function of a shared group is refused, with what is beside it" {
	look >before
	run prepare "$ALL/half.rehost" --prepare
	[ "$status" -eq 1 ]
	[[ $output == *"card 0000:03:00.0 of guest 'press4' shares IOMMU group 7 with 0000:03:00.1"* ]]
	[[ $output == *"hint: give it both, or put the card into another slot"* ]]
	rm host/sys/bus/pci/devices/0000:03:00.0/iommu_group
	run prepare "$ALL/half.rehost" --prepare
	[[ $output == *"is in no IOMMU group"*"intel_iommu=on"* ]]
	[ ! -e state/prepared ]
}

@test "a plan that needs nothing changes nothing" {
	look >before
	prepare "$ALL/none.rehost" --prepare | grep -q 'needs no preparation'
	look | diff before -
}

@test "usage: preparing below a root is no launch, and --unprepare takes no bundle" {
	run "$REHOST" launch --unprepare "$ALL/none.rehost" --state state
	[ "$status" -eq 2 ]
	run "$REHOST" launch "$ALL/none.rehost" --root host --state state
	[ "$status" -eq 2 ]
	run "$REHOST" launch --state state
	[ "$status" -eq 2 ]
}

# rebooted STATE - what is written down there was done before the host's last start
rebooted() {
	sed -i 's/^boot .*/boot 00000000-0000-0000-0000-000000000000/' "$1/prepared"
}

@test "after a start of the host it is not prepared any more, and all of it is done again" {
	prepare "$ALL/cards.rehost" --prepare
	run prepare "$ALL/cards.rehost" --prepare
	[ "$status" -eq 1 ]
	[[ $output == *"this host is prepared already"* ]]
	# the kernel is a new one, the files stayed
	rebooted state
	cp -a host/etc etc
	rm -r host
	cp -a "$ALL/host" host
	cp -a etc host/etc
	"$REHOST" launch --prepare --state state --root "$PWD/host" | grep -q 'the host is prepared'
	[ "$(cat host/proc/irq/24/smp_affinity_list)" = 0-1 ]
	[ "$(cat host/sys/devices/system/node/node0/hugepages/hugepages-2048kB/nr_hugepages)" = 12 ]
	[ "$(cat host/sys/bus/pci/devices/0000:03:00.0/driver_override)" = vfio-pci ]
	# once
	"$REHOST" launch --prepare --state state --root "$PWD/host"
	[ "$(cat host/sys/devices/system/node/node0/hugepages/hugepages-2048kB/nr_hugepages)" = 12 ]
	"$REHOST" launch --unprepare --state state --root "$PWD/host"
	[ "$(cat host/sys/devices/system/node/node0/hugepages/hugepages-2048kB/nr_hugepages)" = 4 ]
	[ ! -e host/etc/default/grub.d/rehost.cfg ]
	run "$REHOST" launch --prepare --state state --root "$PWD/host"
	[ "$status" -eq 1 ]
	[[ $output == *"this host was never prepared"* ]]
}

@test "what was done before the last start is not undone after it, but for files" {
	prepare "$ALL/cards.rehost" --prepare
	rebooted state
	echo 40 >host/sys/devices/system/node/node0/hugepages/hugepages-2048kB/nr_hugepages
	"$REHOST" launch --unprepare --state state --root "$PWD/host"
	[ "$(cat host/sys/devices/system/node/node0/hugepages/hugepages-2048kB/nr_hugepages)" = 40 ]
	[ ! -e host/etc/default/grub.d/rehost.cfg ]
	[ ! -e state/prepared ]
}

@test "a line that a power cut tore is not followed" {
	prepare "$ALL/cards.rehost" --prepare
	printf 'delete /sys/fs/resctrl' >>state/prepared
	: >host/sys/fs/resctrl.keep
	sed -i 's|/resctrl$|&.keep|' state/prepared
	printf 'delete /sys/fs/resctrl.keep' >>state/prepared
	"$REHOST" launch --unprepare --state state --root "$PWD/host"
	[ -e host/sys/fs/resctrl.keep ]
}

@test "what cannot be undone is said, and stays written down" {
	prepare "$ALL/cards.rehost" --prepare
	rm host/proc/irq/24/smp_affinity_list
	mkdir host/proc/irq/24/smp_affinity_list
	run "$REHOST" launch --unprepare --state state --root "$PWD/host"
	[ "$status" -eq 1 ]
	[[ $output == *"warning: host: write '0-3' to"*"1 of "*" steps could not be undone"*"try again"* ]]
	[[ $output != *"as it was before"* ]]
	[ "$(grep -c '^write' state/prepared)" = 1 ]
	rmdir host/proc/irq/24/smp_affinity_list
	echo 0-1 >host/proc/irq/24/smp_affinity_list
	"$REHOST" launch --unprepare --state state --root "$PWD/host"
	[ "$(cat host/proc/irq/24/smp_affinity_list)" = 0-3 ]
	[ ! -e state/prepared ]
}

@test "the host leaves the ways of the cache to its guests; libvirt makes their groups" {
	printf '    MB:0=100\n    L3:0=fff;1=7ff\n' >host/sys/fs/resctrl/schemata
	run prepare "$ALL/whole.rehost" --show-preparation
	[ "$status" -eq 0 ]
	[[ $output == *"echo 'L3:0=1ff' > /sys/fs/resctrl/schemata"*"mkdir /sys/fs/resctrl/rehost-press4"* ]]
	[[ $output != *"mount -t resctrl"* ]]
	run prepare "$ALL/both.rehost" --target libvirt --show-preparation
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *"echo 'L3:0=1ff' > /sys/fs/resctrl/schemata"* ]]
	[[ $output != *"mkdir /sys/fs/resctrl"* ]]
	prepare "$ALL/both.rehost" --target libvirt --prepare
	[ "$(cat host/sys/fs/resctrl/schemata)" = L3:0=1ff ]
	"$REHOST" launch --unprepare --state state --root "$PWD/host"
	[ "$(cat host/sys/fs/resctrl/schemata)" = L3:0=fff ]
}

@test "on Xen cards go to Xen, and Linux keeps its processors and pages" {
	run prepare "$ALL/both.rehost" --target xen --show-preparation
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *"modprobe xen-pciback"*"xl pci-assignable-add 0000:03:00.0"*"rh-enp4s0 type bridge"* ]]
	[[ $output != *hugepages* && $output != *isolcpus* && $output != *vfio* && $output != *resctrl* ]]
	[[ $output == *"ip link add name rehost type bridge"* ]]
}

# in_own_net COMMAND - root in a network of its own, with the card enp4s0, and a /sys that shows it
in_own_net() {
	[ "$(id -u)" -eq 0 ] || skip "needs root"
	requires ip unshare
	unshare --net --mount true 2>/dev/null || skip "needs namespaces"
	export ALL
	unshare --net --mount bash -ec '
		ip link add enp4s0 type veth peer name wire
		mount -t sysfs sysfs /sys
		state() { "$REHOST" "$@" --state "$PWD/state"; }
		# no guest is started
		only_prepare() {
			launch --prepare --guest nobody >said 2>&1 || grep -q "holds no guest .nobody." said
		}
		launch() {
			state launch --allow-unsigned --progress none "$ALL/nic.rehost" "$@"
		}
		ports() { ls /sys/class/net/rh-enp4s0/brif; }
		'"$1"
}

@test "bridges are made, made again after a start of the host, and undone" {
	"$REHOST" launch --allow-unsigned --progress none --state state "$ALL/nic.rehost" --show-preparation |
		grep -q 'ip link set dev enp4s0 master rh-enp4s0'
	in_own_net '
		only_prepare
		[ "$(ports)" = enp4s0 ]'
	rebooted state
	in_own_net '
		# nobody is installed: only the host is looked after
		state start --wanted | grep -q "the host is prepared"
		[ "$(ports)" = enp4s0 ]
		[ -z "$(state start --wanted)" ]
		state launch --unprepare
		[ ! -e /sys/class/net/rh-enp4s0 ]'
	# nobody needs its plan any more
	[ -z "$(ls state/bundles)" ]
}

@test "a bridge and a mount that were there before are there afterwards" {
	in_own_net '
		ip link add rh-enp4s0 type bridge
		ip address add 192.0.2.1/24 dev rh-enp4s0
		only_prepare
		[ "$(ports)" = enp4s0 ]
		state launch --unprepare | grep -q "as it was before"
		[ -z "$(ports)" ]
		ip -o address show dev rh-enp4s0 | grep -q 192.0.2.1
		ip -o link show rh-enp4s0 | grep -q "state DOWN"
		# a card of another bridge stays there
		ip link add br0 type bridge
		ip link set enp4s0 master br0
		launch --show-preparation | grep -q "it is a port of another bridge"'
}

@test "a step that fails leaves nothing to undo" {
	in_own_net '
		# a link of that name that is no bridge
		ip link add rh-enp4s0 type veth peer name other
		ip address add 192.0.2.1/24 dev rh-enp4s0
		! launch --prepare 2>said || exit 1
		grep -q "File exists" said
		state launch --unprepare | grep -q "as it was before"
		ip -o address show dev rh-enp4s0 | grep -q 192.0.2.1'
}

@test "the plan that the host is prepared for stays as long as it is" {
	"$top_srcdir/tests/guests/tiny-installed" state press4
	printf 'boot 1\nbundle line-000000000000\ntarget qemu\n' >state/prepared
	"$REHOST" remove press4 --purge --state state
	[ -d state/bundles/line-000000000000 ]
	"$REHOST" launch --unprepare --state state
	[ ! -e state/bundles/line-000000000000 ]
}
