# SPDX-License-Identifier: GPL-2.0-or-later
# Target EVE: what is generated is clean, says the same as JSON and as protobuf, and every mistake that EVE
# keeps quiet about is found by name.

load common

golden=$top_srcdir/tests/golden/eve

# guest NAME NUMBER FROM - a golden guest of QEMU's, with an identity of its own
guest() {
	mkdir "$1.guest"
	sed "s/6f1e0e7c-2d6a-4a55-9b0e-0d0c0b0a0908/6f1e0e7c-2d6a-4a55-9b0e-0d0c0b0a09$2/
		s/00:02:b3:4c:00:0/00:02:b3:4c:$2:0/; s/>nvme</>virtio-blk</; s/>e1000e</>virtio-net</" \
		"$top_srcdir/tests/golden/qemu/$3.xml" >"$1.guest/guest.xml"
}

setup_file() {
	command -v jq >/dev/null || skip "needs jq"
	cd "$BATS_FILE_TMPDIR"
	guest old-linux 10 old-linux
	guest uefi-modern 11 uefi-modern
	guest ahci 12 ahci
	cp "$golden/edge.xml" "$golden/line.plan.xml" .
	"$REHOST" generate line.plan.xml --target eve --set datastore=docker://registry.plant:5000/pcs \
		--set device=4d1c0f5e-96ab-4a6e-8d0f-3c1d2e3f4a5b --set vnc-password=press4pw -o out >findings
}

setup() {
	cd "$BATS_FILE_TMPDIR"
}

@test "the configuration, the model and the findings are the golden ones" {
	[ "${REHOST_GOLDEN-}" != write ] || cp out/config.json out/model.json findings "$golden/"
	diff -u "$golden/config.json" out/config.json
	diff -u "$golden/model.json" out/model.json
	diff -u "$golden/findings" findings
}

@test "what is generated has no error, in both forms" {
	for file in out/config.json out/config.pb; do
		run "$REHOST" validate "$file" --hv kvm --arch amd64 --persist ext4 --model out/model.json
		[ "$status" -eq 0 ]
		[[ $output == *": 0 errors, "* ]]
	done
}

@test "the model that profile writes is the same, and is read back" {
	"$REHOST" profile --from edge.xml --format eve-model -o model.json
	cmp model.json out/model.json
	"$REHOST" profile --import model.json -o back.xml
	grep -q '<machine version="1" .*arch="x86_64"' back.xml
	"$REHOST" profile --from back.xml --format eve-model -o again.json
	# what the model of the hardware says of ports and cards comes through both ways
	diff <(jq -S '[.ioMemberList[] | select(.ztype == 3 or .ztype == 1) | [.ztype, .phylabel, .assigngrp, .phyaddrs]]' model.json) \
		<(jq -S '[.ioMemberList[] | select(.ztype == 3 or .ztype == 1) | [.ztype, .phylabel, .assigngrp, .phyaddrs]]' again.json)
	for wrong in "--format eve-model" "--format svg -o x"; do
		run "$REHOST" profile --from edge.xml $wrong
		[ "$status" -eq 2 ]
	done
}

@test "a host whose processors are of another kind is refused with the reason" {
	sed -i.x86 's/arch="x86_64"/arch="aarch64"/; s/name="edge7"/name="pi5"/' edge.xml
	run "$REHOST" generate line.plan.xml --target eve --set datastore=docker://r -o no
	mv edge.xml arm.xml
	mv edge.xml.x86 edge.xml
	[ "$status" -eq 1 ]
	[[ $output == *"error: old-linux: the processors of pi5 (aarch64) do not run the programs of a PC"*"x86-64 host"* ]]
	[ ! -e no ]
	run "$REHOST" plan --host arm.xml old-linux.guest -o no.plan.xml
	[ "$status" -eq 1 ]
	[[ $output == *"old-linux: the processors of pi5 (aarch64) do not run the programs of a PC, under no hypervisor"* ]]
	[ ! -e no.plan.xml ]
	"$REHOST" profile --from arm.xml --format eve-model -o arm.json
	jq -e '.arch == 4' arm.json
}

@test "the protobuf says what the JSON says, to a program that is not ours" {
	command -v protoc >/dev/null || skip "needs protobuf-compiler"
	/usr/bin/python3 -c 'import google.protobuf' 2>/dev/null || skip "needs python3-protobuf"
	protoc -I "$top_srcdir/lib/target" --python_out=. eve.proto
	/usr/bin/python3 - <<-'PYTHON'
		import json
		from google.protobuf import json_format
		import eve_pb2

		binary = eve_pb2.EdgeDevConfig.FromString(open("out/config.pb", "rb").read())
		text = json_format.Parse(open("out/config.json").read(), eve_pb2.EdgeDevConfig())
		assert binary == text
		assert len(binary.apps) == 3 and binary.apps[0].fixedresources.memory == 524288
		# and back, in the other spelling: camel case, names of enumerations, numbers in quotes
		open("camel.json", "w").write(json_format.MessageToJson(binary))
	PYTHON
	run "$REHOST" validate camel.json --json
	[ "$status" -eq 0 ]
	jq -e '.findings | any(.text | test("enumeration by name"))' <<<"$output"
	jq -e '.findings | any(.text | test("protobuf.s spelling"))' <<<"$output"
	jq -e '.findings | any(.text | test("number in quotes"))' <<<"$output"
}

# finds FILTER RULE [OPTION...] - after this change of jq's the rule speaks, and did not before
finds() {
	local filter=$1 rule=$2
	shift 2
	"$REHOST" validate out/config.json --json "$@" | jq -e --arg r "[$rule]" \
		'.findings | any(.text | startswith($r)) | not' >/dev/null || {
		echo "$rule speaks without a reason" && return 1
	}
	jq "$filter" out/config.json >changed.json
	! cmp -s changed.json out/config.json || { echo "$filter changes nothing" && return 1; }
	"$REHOST" validate changed.json --json "$@" >answer.json || [ $? -eq 1 ]
	jq -e --arg r "[$rule]" '.findings | any((.text | startswith($r)) and .remedy != null)' answer.json \
		>/dev/null || { echo "$rule keeps quiet about $filter" && cat answer.json && return 1; }
}

@test "rules of datastores, images and volumes" {
	finds 'del(.datastores[0].id)' datastore-id
	finds '.datastores[0].dType = 0' datastore-type
	finds '.datastores[0].fqdn = "registry.plant:5000"' datastore-address
	finds '.datastores[0].dType = 2' datastore-address
	finds '.datastores[0] += {"dType":4,"fqdn":"sftp://store:22"}' datastore-address
	finds '.datastores[0] += {"dType":4,"fqdn":"store"}' datastore-address
	finds '.datastores[0] += {"dType":3,"fqdn":"s3://pcs","region":"eu-1"} | del(.datastores[0].dpath)' datastore-bucket
	finds '.datastores[0] += {"dType":3,"fqdn":"https://x","dpath":"pcs"}' datastore-region
	finds '.contentInfo[0].dsId = "nowhere"' image-datastore
	finds 'del(.contentInfo[0].dsId)' image-datastore
	finds '.datastores += [{"id":"b","dType":2,"fqdn":"https://x"}] |
		.contentInfo[0].ds_ids_list = [.contentInfo[0].dsId, "b"]' registry-alone
	finds 'del(.contentInfo[0].URL)' image-url
	finds '.contentInfo[0].iformat = 4' image-format
	finds '.contentInfo[0].iformat = 6' image-format
	finds '.contentInfo[0].iformat = 10' image-format
	finds '.contentInfo[0].iformat = 0' image-format
	finds '.contentInfo[0].sha256 = "abc"' image-digest
	finds '.datastores[0] += {"dType":2,"fqdn":"https://x"}' image-digest
	finds 'del(.contentInfo[0].maxSizeBytes)' image-size
	finds 'del(.volumes[0].uuid)' volume-id
	finds '.volumes[0].origin.type = 7' volume-origin
	finds '.volumes[0].origin = {"type":1} | del(.volumes[0].maxsizebytes)' volume-size
	finds '.volumes[0].origin.downloadContentTreeID = "x"' volume-image
	finds '.volumes[0].protocols = [1]' volume-protocol
	finds '.volumes[1].uuid = .volumes[0].uuid' unique
}

@test "rules of networks and ports" {
	finds '.networks[0].type = 9' network-type
	finds '.networks[0].mtu = 900' mtu
	finds '.networkInstances[0].mtu = 70000' mtu
	finds '.systemAdapterList[0].networkUUID = "x"' port-network
	finds '.networks[0].ip.dhcp = 2' port-network
	finds '.networks[0].ip.dhcp = 1' port-address
	finds '.systemAdapterList[0].lowerLayerName = "eth9"' port-device
	finds '.systemAdapterList[0].name = "uplink"' port-label
	finds '.systemAdapterList[0].shared_labels = ["all"]' port-label
	finds '.systemAdapterList[0].shared_labels = ["eth1"]' port-label
	finds 'del(.networkInstances[0].uuidandversion)' network-id
	finds '.networkInstances[0].instType = 4' network-kind
	finds '.networkInstances[0].ipType = 1' switch-type
	finds '.networkInstances[0].port.name = "eth7"' network-port
	local='.networkInstances[0] += {"instType":2,"ipType":1,"ip":{"subnet":"10.1.0.0/24",
		"gateway":"10.1.0.1","dhcpRange":{"start":"10.1.0.2","end":"10.1.0.254"}}}'
	jq "$local" out/config.json >local.json
	"$REHOST" validate local.json
	finds "$local | .networkInstances[0].ipType = 2" local-type
	finds "$local | .networkInstances[0].ip.subnet = \"10.1.0.0/31\"" local-subnet
	finds "$local | .networkInstances[0].ip.gateway = \"10.2.0.1\"" local-gateway
	finds "$local | .networkInstances[0].ip.gateway = \"10.1.0.9\"" local-gateway
	finds "$local | .networkInstances[0].ip.dhcpRange.end = \"10.1.1.9\"" local-range
	finds "$local | .networkInstances[1] += {\"instType\":2,\"ipType\":1,\"ip\":{\"subnet\":\"10.1.0.128/25\"}}" \
		local-overlap
}

@test "rules of access" {
	finds 'del(.apps[0].interfaces[0].acls)' access
	finds '.apps[0].interfaces[0].acls[0].matches[0].type = "mac"' access-match
	finds '.apps[0].interfaces[0].acls[0].actions = [{"drop":true},{"limit":true}]' access-action
	finds '.apps[0].interfaces[0].acls[0].matches += [{"type":"lport","value":"80"}]' access-port
	finds '.apps[0].interfaces[0].acls[0].matches = [{"type":"eidset"}]' access-eidset
	finds '.apps[0].interfaces[0].acls[0].matches = [{"type":"adapter","value":"eth0"}]' access-adapter
	finds '.apps[0].interfaces[0].acls[0].actions = [{"portmap":true}]' port-map
	finds 'del(.networkInstances[0].port) | .apps[0].interfaces[0].acls[0] = {"matches":[
		{"type":"protocol","value":"tcp"},{"type":"lport","value":"80"}],
		"actions":[{"portmap":true,"appPort":80}]}' port-map
}

@test "rules of apps" {
	finds 'del(.id)' device-uuid
	finds 'del(.apps[0].uuidandversion)' app-id
	finds '.apps[1].uuidandversion = .apps[0].uuidandversion' unique
	finds 'del(.apps[0].fixedresources)' app-machine
	finds 'del(.apps[0].fixedresources.memory)' memory
	finds '.apps[0].fixedresources.memory = 512' memory
	finds 'del(.apps[0].fixedresources.vcpus)' vcpus
	finds '.apps[0].fixedresources.virtualizationMode = 2' mode
	finds '.apps[0].service = true' service
	finds 'del(.apps[0].fixedresources.enable_vnc)' screen
	finds 'del(.apps[0].fixedresources.vncPasswd)' screen-password
	finds '.apps[0].fixedresources.extraargs = "x"' never-read
	finds '.apps[0].fixedresources.boot_mode = 2' never-read
	finds 'del(.apps[0].volumeRefList)' app-volume
	finds '.apps[0].volumeRefList[0].uuid = "x"' app-volume
	finds '.apps[0].volumeRefList[0].generationCount = 1' app-volume
	finds '.apps[0].drives = [{"drvtype":1}]' dead-drives
	finds '.apps[0].interfaces[0].networkId = "x"' app-network
	finds '.apps[0].interfaces[0].macAddress = "1:2"' mac
	finds '.apps[1].interfaces[0].macAddress = .apps[0].interfaces[0].macAddress' mac
	finds '.apps[0] += {"userData":"eA==","metaDataType":0}' metadata
	finds '.apps[0].purge = {"counter":1}' purge
	finds '.apps[0].activate = false' activate
	finds '.configItems = [{"key":"timer.config.interval","value":"1"}]' config-item
}

@test "rules of devices and adapters" {
	finds '.deviceIoList[1].phylabel = "VGA"' unique
	finds 'del(.deviceIoList[0].phylabel)' device-label
	finds '.deviceIoList[0].parentassigngrp = "group0"' device-parent
	finds '.deviceIoList[0].parentassigngrp = "group9" | .deviceIoList[3].parentassigngrp = "group0"' \
		device-parent
	finds '.deviceIoList[6].phyaddrs.Ifname = "bond0"' device-ifname
	finds '.deviceIoList[0].phylabel = "GPU"' device-model --model out/model.json
	finds '.deviceIoList[0].assigngrp = "group1"' device-model --model out/model.json
	finds '.apps[0].adapters[0].name = "COM7"' adapter-name
	finds '.apps[0].adapters[0].name = "USB"' adapter-group
	finds '.apps[2].adapters += [{"type":3,"name":"COM2"}]' adapter-taken
	finds '.apps[0].adapters[0].name = "group13"' adapter-port
	finds '.deviceIoList += [{"ptype":3,"phylabel":"A","assigngrp":"A"},{"ptype":3,"phylabel":"B",
		"assigngrp":"B"},{"ptype":3,"phylabel":"C","assigngrp":"C"}] |
		.apps[0].adapters += [{"name":"A"},{"name":"B"},{"name":"C"}]' adapter-serial
}

@test "rules that depend on the device" {
	run "$REHOST" validate out/config.json --hv k --persist zfs --arch arm64
	[ "$status" -eq 1 ]
	for rule in legacy-zfs legacy-k legacy-arm adapter-k; do
		[[ $output == *"[$rule]"* ]]
	done
	run "$REHOST" validate out/config.json --hv vmware
	[ "$status" -eq 2 ]
	[[ $output == *"choose one of: kvm, xen, k"* ]]
}

@test "what is no configuration is refused with its place" {
	printf '{"apps":[{"fixedresources":{"memory":-1}}]}' >bad.json
	run "$REHOST" validate bad.json
	[ "$status" -eq 1 ]
	[[ $output == *"EdgeDevConfig.apps[0].fixedresources.memory is not a number in the range"* ]]
	printf '{"apps":{}}' >bad.json
	run "$REHOST" validate bad.json
	[[ $output == *"EdgeDevConfig.apps is not a list"* ]]
	printf '{"deviceIoList":[{"phyaddrs":[]}]}' >bad.json
	run "$REHOST" validate bad.json
	[[ $output == *"phyaddrs is not an object"* ]]
	printf '\377\377\377' >bad.pb
	run "$REHOST" validate bad.pb
	[ "$status" -eq 1 ]
	[[ $output == *"not a device configuration"* ]]
	printf '{"surprise":1}' >odd.json
	run "$REHOST" validate odd.json
	[[ $output == *"a key that EVE does not know: it is dropped"* ]]
}

@test "a network of the device's own, with ports that lead to a guest" {
	local=(--target eve --set datastore=docker://r --set network=local)
	"$REHOST" generate line.plan.xml "${local[@]}" --set device=4d1c0f5e-96ab-4a6e-8d0f-3c1d2e3f4a5b \
		--set vnc-password=press4pw --set portmap=ahci:tcp:8080:80 --set portmap=ahci:udp:161:161 -o nat >said
	grep -q '^warning: ahci: its card has the fixed address 10.0.0.4' said
	! grep '^warning: old-linux: its card' said || false
	jq -e '.networkInstances | map(select(.instType == 2)) | length == 1 and .[0].ip == {subnet: "10.177.0.0/24",
		gateway: "10.177.0.1", dhcpRange: {start: "10.177.0.2", end: "10.177.0.254"}} and .[0].port.name == "eth0"' \
		nat/config.json
	# the card that the plan joins to one of the host stays switched to it
	jq -e '(.networkInstances[] | select(.instType == 2).uuidandversion.uuid) as $l | (.apps[0].interfaces[0].networkId != $l)
		and (.apps[1].interfaces | all(.networkId == $l)) and ([.apps[2].interfaces[0].acls[2:][] |
		[.id, .matches[0].value, .matches[1].value, .actions[0].portmap, .actions[0].appPort]] ==
		[[3, "tcp", "8080", true, 80], [4, "udp", "161", true, 161]])' nat/config.json
	run "$REHOST" validate nat/config.json --hv kvm --arch amd64 --persist ext4
	[ "$status" -eq 0 ]
	for wrong in portmap=ahci:tcp:0:80 portmap=ahci:icmp:1:1 portmap=nobody:tcp:1:1 portmap=old-linux:tcp:1:1 \
		subnet=10.1.2.3/24 subnet=10.0.0.0/30 subnet=x network=cloud; do
		run "$REHOST" generate line.plan.xml "${local[@]}" --set "$wrong" -o no
		[ "$status" -eq 1 ] || { echo "$wrong" && false; }
	done
	run "$REHOST" generate line.plan.xml "${local[@]}" --set portmap=ahci:tcp:1:1 --set portmap=uefi-modern:tcp:1:2 -o no
	[[ $output == *"leads elsewhere already"* ]]
	run "$REHOST" generate line.plan.xml --target eve --set datastore=docker://r --set portmap=ahci:tcp:1:1 -o no
	[[ $output == *"a network that there is not"* ]]
	[ ! -e no ]
}

@test "what an old system had and EVE has not is said" {
	guest dos 13 dos-legacy
	sed 's/"old-linux/"dos/g' line.plan.xml >dos.plan.xml
	run "$REHOST" generate dos.plan.xml --target eve --set datastore=docker://r -o no
	for words in "EVE has no sound card (sb16)" "EVE has no floppy drive" "EVE has no printer ports: LPT1 is lost" \
		"EVE gives it the processor of the host, not a pentium" "tables of ACPI"; do
		[[ $output == *"warning: dos: $words"* || $output == *"warning: dos: "*"$words"* ]] || { echo "$words: $output" && false; }
	done
	rm -r dos.guest
}

@test "a plan that EVE cannot run is refused, and nothing is written" {
	run "$REHOST" generate line.plan.xml --target eve -o no
	[ "$status" -eq 1 ]
	[[ $output == *"fetches disks from a registry, and none is named"*"--set datastore="* ]]
	[ ! -e no ]
	run "$REHOST" generate line.plan.xml --target eve --set datastore=https://store/pcs -o no
	[ "$status" -eq 1 ]
	[[ $output == *"wants the digests of the images"*"rehost bundle --target eve"* ]]
	run "$REHOST" generate line.plan.xml --target eve --set datastore=ftp://store -o no
	[ "$status" -eq 1 ]
	run "$REHOST" generate line.plan.xml --target eve --set datastore=docker://r --set vnc-password=123456789 -o no
	[ "$status" -eq 1 ]
	[[ $output == *"passwords of 8 characters"* ]]
	printf 'press4pw\r\nmore\n' >vnc
	run "$REHOST" generate line.plan.xml --target eve --set datastore=docker://r --set vnc-password=@vnc -o from-file
	[ "$status" -eq 0 ]
	jq -e '.apps[0].fixedresources.vncPasswd == "press4pw"' from-file/config.json
	run "$REHOST" generate line.plan.xml --target eve --set vnc-password=@nowhere -o no
	[ "$status" -eq 1 ]
	refuses() {
		run "$REHOST" generate line.plan.xml --target eve --set datastore=docker://r --set "$1" -o no
		[ "$status" -eq 1 ]
		[[ $output == *"$2"* ]]
		[ ! -e no ]
	}
	refuses persist=zfs "ahci: it needs mode LEGACY, and where /persist is ZFS all disks are virtio"
	refuses persist=zfs "warning: uefi-modern: where /persist is ZFS its disks are virtio-scsi"
	refuses hv=k "ahci: it needs mode LEGACY, and on EVE-k"
	refuses hv=k "old-linux: EVE-k gives PCI functions only, not /dev/ttyS1"
	refuses hv=kv "hv: 'kv' is none"
	refuses persist=ext "persist: 'ext' is none"
	refuses hv= "hv: '' is none"
	"$REHOST" generate line.plan.xml --target eve --set datastore=docker://r --set hv=kvm --set persist=ext4 -o known
	guest dos 13 dos
	sed 's/guest="ahci.guest" name="ahci"/guest="dos.guest" name="dos"/' line.plan.xml >dos.plan.xml
	run "$REHOST" generate dos.plan.xml --target eve --set datastore=docker://r -o no
	[ "$status" -eq 1 ]
	[[ $output == *"EVE has no disk 'ide' in mode"* ]]
	run "$REHOST" generate line.plan.xml --target eve --set datastore=docker://r --set color=red -o no
	[[ $output == *"no such setting"* ]]
	sed 's/kind="pci" host="0000:00:1f.3"/kind="parallel" host="\/dev\/parport0"/' line.plan.xml >lpt.plan.xml
	run "$REHOST" generate lpt.plan.xml --target eve --set datastore=docker://r -o no
	[[ $output == *"EVE has no parallel ports"* ]]
	[ ! -e no ]
}

@test "validate --as eve plays the mode that the guest is for, with every card behind a port" {
	requires qemu-img as ld
	cd "$BATS_TEST_TMPDIR"
	"$top_srcdir/tests/guests/tiny" --disk ahci --nic e1000 legacy.guest
	"$top_srcdir/tests/guests/tiny" --disk virtio-blk --nic virtio-net hvm.guest
	"$top_srcdir/tests/guests/tiny" --disk ahci --nic virtio-net mixed.guest
	"$REHOST" validate legacy.guest --as eve --progress none
	grep -q '<option>-device ahci,id=ahci0,bus=port16,' legacy.guest/evidence-eve/report.xml
	"$REHOST" validate hvm.guest --as eve --progress none
	grep -q '<option>-device virtio-blk-pci,bus=port16,' hvm.guest/evidence-eve/report.xml
	# its own target's machine is as it was
	"$REHOST" validate hvm.guest --progress none
	! grep -q pcie-root-port hvm.guest/evidence/report.xml || false
	run "$REHOST" validate mixed.guest --as eve --static --progress none
	[ "$status" -eq 1 ]
	[[ $output == *"mixed: its "*", and eve has "* ]]
}
