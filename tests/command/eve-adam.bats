# SPDX-License-Identifier: GPL-2.0-or-later
# The real controller Adam, where one has been built by hand: ADAM names its program. A device is let in, is given two
# guests, reports as EVE does, is stopped and goes back. (Of its stores the one in files: that in memory fails by itself
# when a device is added.)

load common

setup() {
	: >"$BATS_TEST_TMPDIR/pids"
	[ -n "${ADAM-}" ] || skip "needs ADAM=the controller Adam, built by hand"
	requires jq protoc openssl qemu-img as ld curl
	ADAM=$(realpath "$ADAM")
	cd "$BATS_TEST_TMPDIR"
	export HOME=$PWD/home
	for name in press4 press5; do
		"$top_srcdir/tests/guests/tiny" --disk virtio-blk --nic virtio-net $name.guest
		sed -i "s/0a0908\"/0a091${name#press}\"/; s/52:54:00:12:34:56/52:54:00:12:34:1${name#press}/" $name.guest/guest.xml
	done
	cp "$top_srcdir/tests/golden/eve/edge.xml" .
	make_plan line4 press4 press5
	"$REHOST" bundle line4.plan.xml -o line4.rehost --target eve --allow-unvalidated --allow-unsigned --progress none \
		--set eve.datastore=docker://registry.plant:5000 --set vnc-password=press4pw
	# what a device sends, as far as it is needed here; numbers of eve-api
	cat >device.proto <<-'PROTO'
		syntax = "proto3";
		message ErrorInfo { string description = 1; }
		message App { string AppID = 1; repeated ErrorInfo appErr = 14; uint32 state = 15; }
		message Info { uint32 ztype = 1; string devId = 2; App ainfo = 5; }
		message Cpu { uint64 total = 5; }
		message Memory { uint32 allocatedMB = 1; uint32 usedMB = 2; }
		message AppMetric { string AppID = 1; Cpu cpu = 3; Memory appMemory = 8; }
		message Metric { string devID = 1; repeated AppMetric am = 5; }
		message Entry { string severity = 1; string source = 2; string content = 4; }
		message Logs { string devID = 1; repeated Entry log = 3; }
		message Console { repeated Entry log = 1; }
	PROTO
	for cert in onboard device; do
		openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=$cert \
			-keyout $cert.key -out $cert.pem 2>/dev/null
	done
}

teardown() {
	local pid
	while read -r pid; do
		kill "$pid" || true
	done <"$BATS_TEST_TMPDIR/pids"
}

# serve - start Adam on a free port with a certificate of its own
serve() {
	port=$(/usr/bin/python3 -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])')
	(
		mkdir -p adam/run/adam
		cd adam
		exec "$ADAM" server --ip 127.0.0.1 --port "$port" --auto-cert --cert-hosts 127.0.0.1 --cert-refresh 1 \
			--db-url "$PWD/../db" --conf-dir conf
	) >adam.log 2>&1 3>&- &
	echo $! >>pids
	await nothing_wrong
	ca=(--ca adam/conf/root-certificate.pem)
}

nothing_wrong() {
	(: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null
}

# send MESSAGE PATH TEXT - what the device says
send() {
	protoc --encode "$1" device.proto <<<"$3" |
		curl -sf "${ca[@]/--ca/--cacert}" --cert device.pem --key device.key -X POST --data-binary @- \
			"https://127.0.0.1:$port/api/v1/edgedevice/$2"
}

uuid_of() {
	echo "6f1e0e7c-2d6a-4a55-9b0e-0d0c0b0a091$1"
}

# runs NUMBER STATE - the device says so of press4 or press5; 7: RUNNING, 1: INITIAL
runs() {
	send Info info "ztype: 3 devId: '$device' ainfo { AppID: '$(uuid_of "$1")' state: $2 }"
}

@test "the real Adam: a device is let in, given two guests, followed, stopped and led back" {
	serve
	"$REHOST" controller add-onboard --certificate onboard.pem --serial '*' --controller "https://127.0.0.1:$port" "${ca[@]}"
	device=$("$REHOST" controller add-device --certificate device.pem --serial SN-1 \
		--controller "https://127.0.0.1:$port" "${ca[@]}")
	at=(--controller "https://127.0.0.1:$port" "${ca[@]}" --device "$device")
	# certificates are read again each second
	sleep 2
	runs 4 7
	runs 5 7
	(
		sleep 4
		send Console "apps/instances/id/$(uuid_of 4)/logs" "log { severity: 'info' source: 'c' content: 'Line starts' }
			log { severity: 'info' source: 'c' content: 'Line runs' }"
		send Logs logs "devID: '$device' log { severity: 'error' source: 'domainmgr' content: 'press5 waits' }"
		send Metric metrics "devID: '$device' am { AppID: '$(uuid_of 4)' cpu { total: 9 }
			appMemory { allocatedMB: 16 usedMB: 12 } }"
		runs 4 1
		sleep 3
		runs 4 7
		runs 5 7
	) >device.log 2>&1 3>&- &
	"$REHOST" launch line4.rehost --allow-unsigned "${at[@]}" --timeout 60 >said
	cat said
	[ "$(grep -c ': RUNNING$' said)" -eq 2 ]
	grep -q '^press4: INITIAL$' said
	grep -q '^press4 | .*Line runs$' said
	grep -q '^device | .*press5 waits$' said
	grep -q '^press4: uses 12 of 16 MiB, 9 s' said
	# what the device gets
	curl -sf "${ca[@]/--ca/--cacert}" --cert device.pem --key device.key \
		"https://127.0.0.1:$port/api/v1/edgedevice/config" | protoc --decode_raw | grep -q 'press4'
	"$REHOST" stop "${at[@]}" press4
	"$REHOST" status "${at[@]}" --json press4 | jq -e '.[0].wanted == false'
	run "$REHOST" rollback line4.rehost "${at[@]}" --remove-apps
	[ "$status" -eq 1 ]
	[[ $output == *"was changed since"* ]]
	rm "line4.rehost.$device.launched.pb"
	"$REHOST" rollback line4.rehost "${at[@]}" --remove-apps
	"$REHOST" status "${at[@]}" --json | jq -e 'length == 0'
}
