# SPDX-License-Identifier: GPL-2.0-or-later
# EVE's controller: the whole consolidated host of four guests goes into a registry and to a device, and comes back
# equal. The controller is a double of Adam's admin interface; the registry is a real one.

load common

device=4d1c0f5e-96ab-4a6e-8d0f-3c1d2e3f4a5b
other=00000000-1111-4222-8333-444444444444

free_port() {
	/usr/bin/python3 -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

open_port() {
	(: <"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# guest NAME NUMBER DISK NIC FIRMWARE
guest() {
	"$top_srcdir/tests/guests/tiny" --disk "$3" --nic "$4" --firmware "$5" "$1.guest"
	sed -i "s/0a0908\"/0a09$2\"/; s/52:54:00:12:34:56/52:54:00:12:34:$2/" "$1.guest/guest.xml"
}

setup_file() {
	requires jq protoc openssl qemu-img as ld
	/usr/bin/python3 -c 'import google.protobuf' 2>/dev/null || skip "needs python3-protobuf"
	cd "$BATS_FILE_TMPDIR"
	mkdir adam
	protoc -I "$top_srcdir/lib/target" --python_out=adam eve.proto
	cp "$top_srcdir/tests/golden/eve/edge.xml" .
	# what a program from before drivers can be given: the BIOS reads its disk, the card is an e1000
	guest dos-like 10 ahci e1000 bios
	guest windows7 11 ahci e1000 bios
	guest linux-bios 12 virtio-blk virtio-net bios
	guest linux-uefi 13 virtio-blk virtio-net uefi
	sed -i 's/family="bare"/family="dos"/' dos-like.guest/guest.xml
	sed -i 's/family="bare"/family="windows"/' windows7.guest/guest.xml
	sed -i 's/family="bare"/family="linux"/' linux-*.guest/guest.xml
	{
		echo '<?xml version="1.0" encoding="UTF-8"?>'
		echo '<plan version="1" name="line4" host="edge.xml" answer="feasible" cost="0" bound="0" nodes="1"><partitions>'
		for name in dos-like windows7 linux-bios linux-uefi; do
			echo "<partition guest=\"$name.guest\" name=\"$name\" class=\"shared\" cpus=\"0\" vcpus=\"1\"" \
				'memory="268435456" overhead="0" priority="1" start-order="1">'
			[ $name != dos-like ] || echo '<device role="ttyS0" kind="serial" host="/dev/ttyS1" label="COM B"/>'
			[ $name != linux-bios ] || echo '<device role="eth0" kind="nic" host="eth1" label="LAN2"/>'
			echo '</partition>'
		done
		echo '</partitions><findings/></plan>'
	} >line4.plan.xml
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=adam \
		-addext subjectAltName=IP:127.0.0.1 -keyout server.key -out server.pem 2>/dev/null
	printf 'press4pw\n' >vnc
	make_bundle line4.rehost
}

make_bundle() {
	"$REHOST" bundle line4.plan.xml -o "$1" --target eve --allow-unvalidated --allow-unsigned --progress none \
		--set eve.datastore=docker://registry.plant:5000 --set vnc-password=@vnc "${@:2}"
}

setup() {
	cp -a "$BATS_FILE_TMPDIR/." "$BATS_TEST_TMPDIR"
	cd "$BATS_TEST_TMPDIR"
	export HOME=$PWD/home
	: >pids
	port=$(free_port)
	"$top_srcdir/tests/command/adam-double" "$port" "$PWD/adam" server.pem server.key 2>double.log 3>&- &
	echo $! >>pids
	await open_port "$port"
	at=(--controller "https://127.0.0.1:$port" --ca server.pem --device "$device")
	printf SN-1 >adam/$device.id
}

teardown() {
	local pid
	while read -r pid; do
		kill "$pid" || true
	done <"$BATS_TEST_TMPDIR/pids"
}

# reports NAME STATE [ERROR] - the device says so of an app
reports() {
	local uuid=6f1e0e7c-2d6a-4a55-9b0e-0d0c0b0a09$1
	jq -cn --arg id "$uuid" --arg s "$2" --arg e "${3-}" '{ztype: "ZiApp", ainfo: ({AppID: $id, state: $s} +
		if $e == "" then {} else {appErr: [{description: $e, severity: "SEVERITY_ERROR"}]} end)}' \
		>>adam/$device.info
}

# all_run - as soon as the device has the configuration, all four run
all_run() {
	(
		for _ in {1..300}; do
			[ ! -s adam/$device.pb ] || ! grep -q 'PUT' adam/requests || break
			sleep 0.1
		done
		for n in 10 11 12 13; do reports $n RUNNING; done
	) 3>&- &
}

launch() {
	"$REHOST" launch line4.rehost --allow-unsigned "${at[@]}" "$@"
}

python() {
	{
		printf 'import sys\nsys.path.insert(0, "adam")\nimport eve_pb2\n'
		printf 'def read(path): return eve_pb2.EdgeDevConfig.FromString(open(path, "rb").read())\n'
		cat
	} | /usr/bin/python3 -
}

@test "four guests are generated, are clean, and say the same in both forms" {
	"$REHOST" bundle extract line4.rehost -o out --allow-unsigned --progress none
	run "$REHOST" validate out/targets/eve/config.pb --hv kvm --arch amd64 --persist ext4 \
		--model out/targets/eve/model.json
	[ "$status" -eq 0 ]
	[[ $output == *": 0 errors, "* ]]
	jq -e '[.apps[].fixedresources.virtualizationMode] == [5, 5, 1, 3]' out/targets/eve/config.json
	jq -e '.contentInfo | all((.sha256 | length) == 64)' out/targets/eve/config.json
	python <<-'PYTHON'
		from google.protobuf import json_format
		own = read("out/targets/eve/config.pb")
		assert own == json_format.Parse(open("out/targets/eve/config.json").read(), eve_pb2.EdgeDevConfig())
		assert len(own.apps) == len(own.volumes) == len(own.contentInfo) == 4
		assert own.apps[0].adapters[0].name == "COM2"
	PYTHON
}

@test "the whole host goes into a registry and to its device, and comes back equal" {
	requires docker-registry skopeo
	store=$(free_port)
	printf 'version: 0.1\nstorage: {filesystem: {rootdirectory: %s}}\nhttp:\n  addr: 127.0.0.1:%s\n  tls: {certificate: %s, key: %s}\n' \
		"$PWD/store" "$store" "$PWD/server.pem" "$PWD/server.key" >store.yml
	docker-registry serve store.yml >store.log 2>&1 3>&- &
	echo $! >>pids
	await open_port "$store"
	rm line4.rehost
	make_bundle line4.rehost --set "eve.datastore=docker://127.0.0.1:$store" --push "docker://127.0.0.1:$store" \
		--ca server.pem
	all_run
	launch >said
	[ "$(grep -c ': RUNNING$' said)" -eq 4 ]
	grep -q 'note: .*/admin asks nobody for a password' said
	"$REHOST" bundle cat line4.rehost targets/eve/config.pb --allow-unsigned >own.pb
	python <<-'PYTHON'
		own, put = read("own.pb"), read(f"adam/4d1c0f5e-96ab-4a6e-8d0f-3c1d2e3f4a5b.pb")
		assert put.id.uuid == "4d1c0f5e-96ab-4a6e-8d0f-3c1d2e3f4a5b" and put.id.version == "1"
		put.ClearField("id")
		assert own == put
	PYTHON
	! grep -v '^\(GET\|PUT\) /admin/device' adam/requests || false
	grep -q 'PUT /admin/device/.*/config application/x-proto-binary' adam/requests
	# every image that the device is told of is there, and is the one that is meant
	mkdir certs
	cp server.pem certs/ca.crt
	while read -r url sha; do
		[ "$(skopeo inspect --raw --cert-dir certs "docker://127.0.0.1:$store/$url" | sha256sum |
			cut -d' ' -f1)" = "$sha" ]
	done < <("$REHOST" bundle cat line4.rehost targets/eve/config.json --allow-unsigned |
		jq -r '.contentInfo[] | .URL + " " + .sha256')
	# once more there is nothing to do
	before=$(sha256sum adam/$device.pb)
	run launch
	[ "$status" -eq 0 ]
	[[ $output == *"has this configuration already"* ]]
	[ "$before" = "$(sha256sum adam/$device.pb)" ]
	[ "$(grep -c PUT adam/requests)" -eq 1 ]
}

@test "what an app is waiting for, and why one does not run, is said" {
	run launch --timeout 1
	[ "$status" -eq 1 ]
	[[ $output == *"not as it is wanted: dos-like (nothing yet), "*"registry"* ]]
	# what the device said before is about the configuration of before
	rm adam/$device.pb
	for n in 10 11 12 13; do reports $n RUNNING; done
	run launch --timeout 1
	[ "$status" -eq 1 ]
	reports 10 DOWNLOAD_STARTED
	printf '{"ztype":"ZiVolume","vinfo":{"uuid":"%s","displayName":"dos-like-disk0","progressPercentage":40}}\n' \
		"$("$REHOST" bundle cat line4.rehost targets/eve/config.json --allow-unsigned | jq -r '.apps[0].volumeRefList[0].uuid')" \
		>>adam/$device.info
	reports 12 ERROR "Remaining memory bytes 1000 app instance needs 2000"
	printf 'no JSON\n{"ainfo":7}\n{"ainfo":{"AppID":5}}\n' >>adam/$device.info
	run launch --timeout 1
	[ "$status" -eq 1 ]
	[[ $output == *"dos-like: DOWNLOAD_STARTED (dos-like-disk0 40 %)"* ]]
	[[ $output == *"app 'linux-bios' is ERROR: Remaining memory bytes 1000"* ]]
	run "$REHOST" status "${at[@]}"
	[ "$status" -eq 0 ]
	[[ $output == *"linux-bios "*"running"*"ERROR"*"Remaining memory"* ]]
	"$REHOST" status "${at[@]}" --json linux-uefi |
		jq -e 'length == 1 and .[0].state == "RUNNING" and .[0].wanted and .[0].error == null'
}

# console NUMBER TEXT, device_log SEVERITY TEXT, takes NUMBER MIB USED SECONDS - what the device reports besides
console() {
	jq -cnj --arg t "$2" '{severity: "info", source: "console", content: $t, timestamp: "2026-11-25T10:00:00.5Z"}' \
		>>"adam/6f1e0e7c-2d6a-4a55-9b0e-0d0c0b0a09$1.console"
}

device_log() {
	jq -cnj --arg s "$1" --arg t "$2" '{severity: $s, source: "domainmgr", content: $t}' >>adam/$device.logs
}

takes() {
	jq -cn --arg id "6f1e0e7c-2d6a-4a55-9b0e-0d0c0b0a09$1" --arg s "$4" --argjson m "$2" --argjson u "$3" \
		'{devID: "x", dm: {}, am: [{AppID: $id, AppName: "x", cpu: {total: $s},
		appMemory: {allocatedMB: $m, usedMB: $u}}]}' >>adam/$device.metrics
}

@test "what apps write, what their device complains of and what they take is told while they are followed" {
	console 10 "of an earlier life"
	device_log error "linux-bios: of an earlier life"
	(
		for _ in {1..300}; do
			[ ! -s adam/$device.pb ] || ! grep -q PUT adam/requests || break
			sleep 0.1
		done
		console 10 $'Starting the line {"a": 1}\e[2J\n'
		device_log warning "linux-bios: nothing to worry about"
		device_log error "somebody else's affair"
		device_log error "app linux-bios waits for 6f1e0e7c-2d6a-4a55-9b0e-0d0c0b0a0912"
		sleep 3
		console 10 "Second words"
		takes 10 256 12 7
		takes 10 256 200 9
		all_run
	) 3>&- &
	launch >said
	cat said
	grep -qx 'dos-like | 2026-11-25T10:00:00.5Z info console: Starting the line {"a": 1}?\[2J' said
	[ "$(grep -c 'Starting the line' said)" -eq 1 ]
	grep -q 'dos-like | .*Second words' said
	grep -qx 'device | error domainmgr: app linux-bios waits for .*' said
	grep -qx 'dos-like: uses 200 of 256 MiB, 9 s of processors' said
	for not in 'earlier life' 'nothing to worry' 'else.s affair'; do
		! grep -q "$not" said || { echo "$not" && false; }
	done
	run "$REHOST" status "${at[@]}"
	[[ $output == *"dos-like "*"RUNNING"*"200/256 MiB"*"9 s"* ]]
	"$REHOST" status "${at[@]}" --json dos-like | jq -e '.[0] | .memory_mib == 256 and .memory_used_mib == 200 and .cpu_seconds == 9'
	run "$REHOST" logs "${at[@]}" dos-like
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq 3 ]
	[[ ${lines[0]} == *"of an earlier life" && ${lines[2]} == *"Second words" ]]
	run "$REHOST" logs "${at[@]}"
	[ "${#lines[@]}" -eq 4 ]
	run "$REHOST" logs "${at[@]}" nobody
	[ "$status" -eq 1 ]
	[[ $output == *"no app 'nobody'"* ]]
	for wrong in "" "--serial --controller https://x --device $device" "--controller https://x"; do
		run "$REHOST" logs $wrong
		[ "$status" -eq 2 ] || { echo "$wrong: $output" && false; }
	done
}

@test "an app that does not start: what its device said before is told with it" {
	(
		for _ in {1..300}; do
			[ ! -s adam/$device.pb ] || ! grep -q PUT adam/requests || break
			sleep 0.1
		done
		device_log error "linux-uefi: no KVM"
		reports 13 ERROR "qemu ended"
	) 3>&- &
	run launch
	[ "$status" -eq 1 ]
	[[ $output == *"device | error domainmgr: linux-uefi: no KVM"*"app 'linux-uefi' is ERROR: qemu ended"* ]]
	# a store that gives each report once only: what comes is new
	rm adam/$device.info
	(
		sleep 1
		all_run
	) 3>&- &
	launch >said
	[ "$(grep -c ': RUNNING$' said)" -eq 4 ]
}

@test "stop, and back to the configuration of before; an app with its disks is not deleted in passing" {
	python <<-'PYTHON'
		c = eve_pb2.EdgeDevConfig()
		c.id.uuid, c.id.version, c.device_name = "4d1c0f5e-96ab-4a6e-8d0f-3c1d2e3f4a5b", "7", "edge7"
		a = c.apps.add(displayname="theirs", activate=True)
		a.uuidandversion.uuid = "aaaaaaaa-0000-4000-8000-000000000001"
		a.fixedresources.memory = 1000000
		# a field of which no definition knows
		open("adam/4d1c0f5e-96ab-4a6e-8d0f-3c1d2e3f4a5b.pb", "wb").write(c.SerializeToString() + bytes([0xfa, 0x7c, 5]) + b"later")
	PYTHON
	cp adam/$device.pb first.pb
	all_run
	launch >said
	grep -qx '+ apps dos-like' said
	! grep -q theirs said || false
	cmp first.pb line4.rehost.$device.previous.pb
	cp adam/$device.pb launched.pb
	run "$REHOST" rollback line4.rehost "${at[@]}"
	[ "$status" -eq 1 ]
	[[ $output == *"deletes it with its disks"*"--remove-apps"* ]]
	cmp launched.pb adam/$device.pb
	run "$REHOST" stop "${at[@]}" dos-like nobody
	[ "$status" -eq 1 ]
	[[ $output == *"no app 'nobody'"* ]]
	cmp launched.pb adam/$device.pb
	"$REHOST" stop "${at[@]}" dos-like
	python <<-'PYTHON'
		c = read("adam/4d1c0f5e-96ab-4a6e-8d0f-3c1d2e3f4a5b.pb")
		assert [(a.displayname, a.activate) for a in c.apps] == [("theirs", True), ("dos-like", False),
		    ("windows7", True), ("linux-bios", True), ("linux-uefi", True)]
		assert c.id.version == "9" and b"later" in c.SerializeToString()
	PYTHON
	# somebody changed it since: that would be lost
	run "$REHOST" rollback line4.rehost "${at[@]}" --remove-apps
	[ "$status" -eq 1 ]
	[[ $output == *"was changed since"* ]]
	cp launched.pb adam/$device.pb
	"$REHOST" rollback line4.rehost "${at[@]}" --remove-apps >said
	grep -qx -- '- apps dos-like' said
	python <<-'PYTHON'
		assert read("first.pb") == read("adam/4d1c0f5e-96ab-4a6e-8d0f-3c1d2e3f4a5b.pb")
	PYTHON
	# and forward again
	"$REHOST" rollback line4.rehost "${at[@]}"
	cmp launched.pb adam/$device.pb
}

@test "who cannot be verified is not talked to" {
	run "$REHOST" status --controller "https://127.0.0.1:$port" --device $device
	[ "$status" -eq 1 ]
	[[ $output == *"is not who it should be"*"--ca"* ]]
	plain=$(free_port)
	"$top_srcdir/tests/command/adam-double" "$plain" "$PWD/adam" 2>plain.log 3>&- &
	echo $! >>pids
	await open_port "$plain"
	for command in status "launch line4.rehost --allow-unsigned" "stop dos-like" "rollback line4.rehost"; do
		: >line4.rehost.$device.previous.pb
		run "$REHOST" $command --controller "http://127.0.0.1:$plain" --device $device
		[ "$status" -eq 1 ]
		[[ $output == *"has no TLS"*"--insecure"* ]]
	done
	[ ! -e adam/requests ]
	run "$REHOST" status --controller "http://127.0.0.1:$plain" --device $device --insecure
	[ "$status" -eq 1 ]
	[[ $output == *404* ]]
	run "$REHOST" launch line4.rehost "${at[@]}"
	[ "$status" -eq 1 ]
	[[ $output == *"is not signed"* ]]
	for wrong in "status --device $device" "status --controller https://x" "launch --controller https://x --device 7 x" \
		"launch line4.rehost --controller https://x --device $device --replace" "rollback x --remove-apps" \
		"stop --all --controller https://x --device $device" "status --controller ftp://x --device $device"; do
		run "$REHOST" $wrong
		[ "$status" -eq 2 ] || { echo "$wrong: $output" && false; }
	done
}

@test "a device that is not known, another device's configuration, and a controller that keeps something else" {
	at=(--controller "https://127.0.0.1:$port" --ca server.pem --device $other)
	run launch
	[ "$status" -eq 1 ]
	[[ $output == *"has no device $other"*"controller devices"* ]]
	printf SN-2 >adam/$other.id
	rm line4.rehost
	make_bundle line4.rehost --set device=$device
	run launch
	[ "$status" -eq 1 ]
	[[ $output == *"is that of device $other, not of $device"* ]]
	[ ! -e adam/$other.pb ]
	at=(--controller "https://127.0.0.1:$port" --ca server.pem --device $device)
	: >adam/meddle
	run launch
	[ "$status" -eq 1 ]
	[[ $output == *"another configuration now than it was given"* ]]
}

@test "the double answers as the real controller was seen to" {
	url=https://127.0.0.1:$port/admin/device/$device/config
	put() {
		curl -s -o answer -w '%{http_code}' --cacert server.pem -X PUT -H "Content-Type: $1" --data-binary "$2" "$url"
	}
	requires curl
	[ "$(put application/json '{"apps":[{"fixedresources":{"virtualizationMode":"HVM"}}]}')" = 400 ]
	grep -q 'cannot unmarshal string' answer
	[ "$(put text/plain '{"deviceName":"a","device_name":"b","surprise":1}')" = 200 ]
	[ "$(put application/json '{"id":{"uuid":"'$other'"}}')" = 400 ]
	python <<-'PYTHON'
		c = read("adam/4d1c0f5e-96ab-4a6e-8d0f-3c1d2e3f4a5b.pb")
		assert c.device_name == "b" and c.id.version == "1"
	PYTHON
}

@test "devices are listed and let in" {
	controller() {
		"$REHOST" controller "$@" --controller "https://127.0.0.1:$port" --ca server.pem
	}
	[ "$(controller devices)" = $device ]
	new=$(controller add-device --certificate server.pem --serial SN-9)
	[ "$(cat "adam/$new.id")" = SN-9 ]
	[ "$(controller devices | wc -l)" -eq 2 ]
	controller add-onboard --certificate server.pem --serial 'SN-1,SN-2'
	[ "$(cat adam/onboard.serials)" = SN-1,SN-2 ]
	run controller add-device --certificate server.key --serial x
	[ "$status" -eq 1 ]
	[[ $output == *"is not a certificate alone"* ]]
	for wrong in "" feed "add-device --serial x" "devices --serial x" "add-onboard --certificate server.pem --serial x --onboard server.pem"; do
		run controller $wrong
		[ "$status" -eq 2 ] || { echo "$wrong: $output" && false; }
	done
}
