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
	[ "$file" != none ] || sed -i 's/class="rt" cpus="2-3"/class="shared" cpus="0"/; s/node=.*0xe00"//' \
		"$file/line.plan.xml"
	"$REHOST" bundle "$file/line.plan.xml" --target qemu --allow-unsigned --allow-unvalidated \
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
	sed -i 's/cache-level="3" cache-id="0" cache-ways="0xe00"//' "$ALL/whole/line.plan.xml"
	"$REHOST" bundle "$ALL/whole/line.plan.xml" --target qemu --allow-unsigned --allow-unvalidated \
		--revision 2 -o no-cache.rehost --progress none
	prepare no-cache.rehost --prepare | grep -q 'the host is prepared'
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
