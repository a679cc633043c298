# SPDX-License-Identifier: GPL-2.0-or-later
# Our guests in the configuration that an EVE device has: what is not ours stays, to the last byte.

load common

golden=$top_srcdir/tests/golden/eve

setup_file() {
	requires jq protoc
	/usr/bin/python3 -c 'import google.protobuf' 2>/dev/null || skip "needs python3-protobuf"
	cd "$BATS_FILE_TMPDIR"
	protoc -I "$top_srcdir/lib/target" --python_out=. eve.proto
	mkdir old-linux.guest uefi-modern.guest ahci.guest
	n=10
	for guest in old-linux uefi-modern ahci; do
		sed "s/6f1e0e7c-2d6a-4a55-9b0e-0d0c0b0a0908/6f1e0e7c-2d6a-4a55-9b0e-0d0c0b0a09$n/
			s/00:02:b3:4c:00:0/00:02:b3:4c:$n:0/; s/>nvme</>virtio-blk</; s/>e1000e</>virtio-net</" \
			"$top_srcdir/tests/golden/qemu/$guest.xml" >$guest.guest/guest.xml
		n=$((n + 1))
	done
	cp "$golden/edge.xml" "$golden/line.plan.xml" .
	generate out
}

setup() {
	cp -a "$BATS_FILE_TMPDIR/." "$BATS_TEST_TMPDIR"
	cd "$BATS_TEST_TMPDIR"
}

# generate DIR [OPTION...]
generate() {
	local dir=$1
	shift
	"$REHOST" generate line.plan.xml --target eve --set datastore=docker://registry.plant:5000/pcs \
		--set device=4d1c0f5e-96ab-4a6e-8d0f-3c1d2e3f4a5b --set vnc-password=press4pw -o "$dir" "$@"
}

# python SCRIPT - with read(FILE), write(FILE, MESSAGE), out and unknown fields in reach
python() {
	{
		cat <<-'PYTHON'
			import eve_pb2
			def read(path):
			    return eve_pb2.EdgeDevConfig.FromString(open(path, "rb").read())
			def write(path, message, more=b""):
			    open(path, "wb").write(message.SerializeToString() + more)
			# field 1999, a text of which no definition knows
			UNKNOWN = bytes([0xfa, 0x7c, 5]) + b"later"
		PYTHON
		cat
	} | /usr/bin/python3 -
}

# a device that runs an app of somebody else, with names of its own for the same hardware
current() {
	python <<-'PYTHON'
		c = eve_pb2.EdgeDevConfig()
		c.id.uuid, c.id.version = "4d1c0f5e-96ab-4a6e-8d0f-3c1d2e3f4a5b", "41"
		c.device_name = "edge7"
		c.controller_epoch = 77
		c.configItems.add(key="app.allow.vnc", value="false")
		for label, ifname, group in ("mgmt", "eth0", "group13"), ("cell", "eth1", "lan"):
		    d = c.deviceIoList.add(ptype=1, phylabel=label, logicallabel=label, assigngrp=group, usage=1)
		    d.phyaddrs["Ifname"] = ifname
		d = c.deviceIoList.add(ptype=3, phylabel="RS485", logicallabel="RS485", assigngrp="serial-b")
		d.phyaddrs["Serial"] = "/dev/ttyS1"
		c.systemAdapterList.add(name="uplink0", lowerLayerName="mgmt", uplink=True, networkUUID="net-1",
		    addr="10.0.0.7", cost=3)
		c.networks.add(id="net-1", type=4, ip=eve_pb2.ipspec(dhcp=1, subnet="10.0.0.0/24"))
		a = c.apps.add(displayname="theirs", activate=True, remoteConsole=True)
		a.uuidandversion.uuid, a.uuidandversion.version = "aaaaaaaa-0000-4000-8000-000000000001", "9"
		a.fixedresources.memory = 4096000
		a.purge.counter = 4
		write("current.pb", c, UNKNOWN)
		# and one with something unknown inside of an app
		open("app.pb", "wb").write(a.SerializeToString() + UNKNOWN)
	PYTHON
}

@test "everything of the device stays, and ours is joined to its ports by their addresses" {
	current
	generate merged --merge current.pb >said
	cmp current.pb merged/previous.pb
	grep -x '+ apps old-linux' said
	grep -x '~ id.version: "41" -> "42"' said
	! grep -E '^[-~] (apps|networks|systemAdapterList)' said || false
	! grep press4pw said || false
	python <<-'PYTHON'
		before, after = read("current.pb"), read("merged/config.pb")
		assert UNKNOWN in open("merged/config.pb", "rb").read()
		assert [a.displayname for a in after.apps] == ["theirs", "old-linux", "uefi-modern", "ahci"]
		assert after.apps[0] == before.apps[0]
		assert list(after.networks) == list(before.networks)
		assert list(after.configItems) == list(before.configItems)
		assert after.systemAdapterList[0] == before.systemAdapterList[0]
		assert after.device_name == "edge7" and after.controller_epoch == 77
		assert list(after.deviceIoList)[:3] == list(before.deviceIoList)
		labels = [d.phylabel for d in after.deviceIoList]
		assert "eth0" not in labels and "COM2" not in labels and "COM1" in labels and "VGA" in labels
		# the port that EVE has keeps its name, the other one is new and hangs on their device
		ports = {i.displayname: i.port.name for i in after.networkInstances}
		assert ports == {"switch-eth0": "uplink0", "switch-eth1": "eth1"}, ports
		assert [(p.name, p.lowerLayerName) for p in after.systemAdapterList] == [("uplink0", "mgmt"), ("eth1", "cell")]
		assert [a.name for a in after.apps[1].adapters] == ["serial-b", "USB1-4.1"]
	PYTHON
	"$REHOST" validate merged/config.pb --hv kvm --arch amd64 --persist ext4 | tee lint
	! grep -E '^error: apps\[[123]\]' lint || false
}

@test "merged once more nothing changes, in either form" {
	current
	generate merged --merge current.pb
	generate again --merge merged/config.pb >said
	cmp merged/config.pb again/config.pb
	! grep -E '^[-+~] ' said || false
	# JSON cannot say what this program has no name for
	generate from-json --merge merged/config.json >said
	! grep -E '^[-+~] ' said || false
	cmp merged/config.json from-json/config.json
}

@test "what EVE counts on is never set back" {
	python <<-'PYTHON'
		c = read("out/config.pb")
		app = c.apps[0]
		app.purge.counter, app.restart.counter = 3, 2
		app.userData, app.remoteConsole = "eA==", True
		app.fixedresources.vmm_maxmem = 5000
		app.fixedresources.memory = 1
		app.volumeRefList[0].generationCount = 6
		for v in c.volumes:
		    if v.uuid == app.volumeRefList[0].uuid:
		        v.generationCount, v.clear_text = 6, True
		c.contentInfo[0].generation_count = 2
		c.contentInfo[0].sha256 = "ab" * 32
		c.datastores[0].password = "operator"
		c.apps[1].adapters.add(type=3, name="COM1")
		card = c.apps[0].interfaces[0]
		del card.acls[:]
		card.acls.add(id=9).matches.add(type="host", value="10.0.0.1")
		card.access_vlan_id, card.macAddress, card.interface_order = 7, "00:00:00:00:00:01", 5
		write("current.pb", c)
	PYTHON
	generate merged --merge current.pb >said
	python <<-'PYTHON'
		c, own = read("merged/config.pb"), read("out/config.pb")
		app = c.apps[0]
		assert (app.purge.counter, app.restart.counter) == (3, 3)
		assert app.userData == "eA==" and app.remoteConsole and app.fixedresources.vmm_maxmem == 5000
		card = app.interfaces[0]
		assert [a.id for a in card.acls] == [9] and card.access_vlan_id == 7 and card.interface_order == 0
		assert card.macAddress == own.apps[0].interfaces[0].macAddress
		assert card.networkId == own.apps[0].interfaces[0].networkId
		assert list(app.interfaces)[1:] == list(own.apps[0].interfaces)[1:]
		assert app.fixedresources.memory == own.apps[0].fixedresources.memory
		assert app.volumeRefList[0].generationCount == 6 and app.uuidandversion.version == "2"
		assert any(v.generationCount == 6 and v.clear_text for v in c.volumes)
		assert c.contentInfo[0].generation_count == 2
		assert c.datastores[0].password == "operator"
		assert c.apps[1].restart.counter == 0 and not c.apps[1].adapters
		assert c.apps[2] == own.apps[2]
	PYTHON
	grep -q '^note: old-linux: its machine changes: EVE starts it anew' said
	grep -q '^warning: uefi-modern: EVE takes other devices, volumes or cards only with a purge' said
	grep -q '^warning: old-linux-disk0: it is another image now, and EVE keeps the volume' said
	grep -q '^~ apps old-linux.fixedresources.memory: 1 -> ' said
}

@test "names that are exchanged are exchanged, and unknown fields inside of an app stay" {
	python <<-'PYTHON'
		c = read("out/config.pb")
		for d in c.deviceIoList:
		    if d.phylabel in ("eth0", "eth1"):
		        d.phylabel = d.logicallabel = "eth1" if d.phylabel == "eth0" else "eth0"
		        d.assigngrp = "group14" if d.assigngrp == "group13" else "group13"
		del c.apps[:], c.systemAdapterList[:], c.networkInstances[:], c.networks[:], c.volumes[:], c.contentInfo[:]
		c.systemAdapterList.add(name="eth1", lowerLayerName="eth1", uplink=True)
		c.systemAdapterList.add(name="eth0", lowerLayerName="eth0")
		ours = read("out/config.pb").apps[0].SerializeToString() + UNKNOWN
		# field 4, apps, with the unknown field at its end
		n, length = len(ours), b""
		while n > 127:
		    length, n = length + bytes([n & 127 | 128]), n >> 7
		write("current.pb", c, bytes([4 << 3 | 2]) + length + bytes([n]) + ours)
	PYTHON
	generate merged --merge current.pb
	python <<-'PYTHON'
		after = read("merged/config.pb")
		ports = {i.displayname: i.port.name for i in after.networkInstances}
		assert ports == {"switch-eth0": "eth1", "switch-eth1": "eth0"}, ports
		assert UNKNOWN in open("merged/config.pb", "rb").read()
		assert len(after.systemAdapterList) == 2 and len(after.apps) == 3
	PYTHON
}

@test "another device, other hardware and what would be lost are refused, and nothing is written" {
	refuses() {
		run generate no --merge "$1"
		[ "$status" -eq 1 ]
		[[ $output == *"$2"* ]]
		[ ! -e no ]
	}
	jq '.id.uuid = "00000000-0000-4000-8000-000000000000"' out/config.json >other.json
	refuses other.json "is that of device 00000000-"
	jq '.deviceIoList[0].phyaddrs.PciLong = "0000:00:09.0"' out/config.json >hardware.json
	refuses hardware.json "device 'VGA' is other hardware"
	jq '.deviceIoList = [] | .systemAdapterList[1].lowerLayerName = "elsewhere"' out/config.json >port.json
	refuses port.json "port 'eth1' is another card"
	jq '.apps[0].fixedresources.later = 1' out/config.json >later.json
	refuses later.json "apps[0].fixedresources.later is a key that this program does not know"
	printf '\377\377' >bad.pb
	refuses bad.pb "not a device configuration"
	refuses nowhere.pb "nowhere.pb"
	run "$REHOST" generate line.plan.xml --target qemu -o no --merge out/config.pb
	[ "$status" -eq 2 ]
	[[ $output == *"--merge is for target eve"* ]]
}
