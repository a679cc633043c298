# SPDX-License-Identifier: GPL-2.0-or-later
# Disks in a registry: a real one on loopback, lines that break, and artifacts that EVE would take wrongly.

load common

golden=$top_srcdir/tests/golden/eve

# free_port - one that nobody listens on
free_port() {
	/usr/bin/python3 -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# registry NAME [LINE...] - start docker-registry with these lines of configuration; sets $port
registry() {
	local name=$1
	shift
	port=$(free_port)
	{
		printf 'version: 0.1\nlog: {level: info}\nstorage: {filesystem: {rootdirectory: %s}}\n' "$PWD/$name.data"
		printf '%s\n' "$@"
		printf 'http:\n  addr: 127.0.0.1:%s\n  secret: same\n' "$port"
		[ "$name" = plain ] || printf '  tls: {certificate: %s/server.pem, key: %s/server.key}\n' "$PWD" "$PWD"
	} >"$name.yml"
	REGISTRY_HTTP_SECRET=same docker-registry serve "$name.yml" >"$name.log" 2>&1 3>&- &
	echo $! >>"$BATS_TEST_TMPDIR/pids"
	await nothing_wrong "$port"
}

nothing_wrong() {
	(: <"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# line PORT ARGS... - a line to the registry that breaks as cut-line says
line() {
	cutting=$(free_port)
	"$top_srcdir/tests/command/cut-line" "$cutting" "$@" 3>&- &
	echo $! >>"$BATS_TEST_TMPDIR/pids"
	await nothing_wrong "$cutting"
}

# eve_guest NAME NUMBER DISK-MIB FIRMWARE
eve_guest() {
	"$top_srcdir/tests/guests/tiny" --disk virtio-blk --nic virtio-net --firmware "$4" "$1.guest"
	sed -i "s/0a0908\"/0a09$2\"/; s/52:54:00:12:34:56/52:54:00:12:34:$2/; s/size=\"1048576\"/size=\"$(($3 << 20))\"/" \
		"$1.guest/guest.xml"
	qemu-img convert -O raw "$1.guest/disk0.qcow2" "$1.raw"
	head -c "$(($3 - 1))M" /dev/urandom >>"$1.raw"
	qemu-img convert -f raw -O qcow2 "$1.raw" "$1.guest/disk0.qcow2"
	rm "$1.raw"
}

setup_file() {
	requires docker-registry skopeo qemu-img as ld jq openssl
	cd "$BATS_FILE_TMPDIR"
	cp "$golden/edge.xml" .
	eve_guest press4 10 21 bios
	eve_guest press5 11 2 uefi
	cat >line4.plan.xml <<-XML
		<?xml version="1.0" encoding="UTF-8"?>
		<plan version="1" name="line4" host="edge.xml" answer="feasible" cost="0" bound="0" nodes="1">
		  <partitions>
		    <partition guest="press4.guest" name="press4" class="shared" cpus="0" vcpus="1" memory="67108864"
		      overhead="0" priority="1" start-order="1"/>
		    <partition guest="press5.guest" name="press5" class="shared" cpus="0" vcpus="1" memory="67108864"
		      overhead="0" priority="1" start-order="1"/>
		  </partitions>
		  <findings/>
		</plan>
	XML
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=registry \
		-addext subjectAltName=IP:127.0.0.1 -keyout server.key -out server.pem 2>/dev/null
	printf 'press4pw\n' >vnc
	"$REHOST" bundle line4.plan.xml -o line4.rehost --target eve --allow-unvalidated --allow-unsigned \
		--set eve.datastore=docker://registry.plant:5000/pcs --set vnc-password=@vnc --progress none
}

setup() {
	cp -a "$BATS_FILE_TMPDIR/." "$BATS_TEST_TMPDIR"
	cd "$BATS_TEST_TMPDIR"
	export HOME=$PWD/home XDG_RUNTIME_DIR=$PWD/run
	unset REGISTRY_AUTH_FILE
	: >pids
}

teardown() {
	local pid
	while read -r pid; do
		kill "$pid" || true
	done <"$BATS_TEST_TMPDIR/pids"
}

push() {
	"$REHOST" bundle push line4.rehost --allow-unsigned --progress none "$@"
}

@test "the configuration in a bundle names digests and sizes of the artifacts in it" {
	"$REHOST" bundle extract line4.rehost -o out --allow-unsigned --progress none
	for guest in press4 press5; do
		manifest=$(tar -xOf line4.rehost index.json |
			jq -r ".manifests[] | select(.annotations[\"org.opencontainers.image.ref.name\"] == \"$guest-disk0\").digest")
		jq -e --arg m "${manifest#sha256:}" --arg g "$guest" \
			--argjson n "$(stat -c %s "out/guests/$guest/disk0.qcow2")" '.contentInfo[] |
			select(.displayName == $g + "-disk0") | .sha256 == $m and .maxSizeBytes == $n and
			.URL == "line4/" + $g + "-disk0:1"' out/targets/eve/config.json
	done
	jq -e '.apps | all(.fixedresources.vncPasswd == "press4pw")' out/targets/eve/config.json
	"$REHOST" validate out/targets/eve/config.pb --hv kvm --arch amd64 --persist zfs
	# elsewhere than in a registry it is the digest of the image itself, where extract puts it
	"$REHOST" bundle line4.plan.xml -o web.rehost --target eve --allow-unvalidated --allow-unsigned \
		--set eve.datastore=https://store.plant/pcs/line4 --progress none
	"$REHOST" bundle extract web.rehost -o web --allow-unsigned --progress none
	jq -e --arg d "$(sha256sum <web/guests/press4/disk0.qcow2 | cut -d' ' -f1)" '.contentInfo[] |
		select(.displayName == "press4-disk0") | .sha256 == $d and .URL == "guests/press4/disk0.qcow2"' \
		web/targets/eve/config.json
	"$REHOST" validate web/targets/eve/config.json
	# each store in the words of EVE's downloader
	while read -r address fqdn dpath; do
		"$REHOST" bundle line4.plan.xml -o store.rehost --target eve --allow-unvalidated --allow-unsigned --progress none \
			--set "eve.datastore=$address" --set eve.store-region=eu-1 --set eve.store-user=op
		"$REHOST" bundle cat store.rehost targets/eve/config.json --allow-unsigned >store.json
		jq -e --arg f "$fqdn" --arg p "$dpath" '.datastores[0] | .fqdn == $f and .dpath == $p and .apiKey == "op"' store.json
		"$REHOST" validate store.json
		rm store.rehost
	done <<-'END'
		sftp://store.plant/pcs/line4 store.plant:22 pcs/line4
		sftp://store.plant:2222/pcs store.plant:2222 pcs
		s3://pcs/line4 https://s3.eu-1.amazonaws.com pcs/line4
		http://store.plant:80/pcs http://store.plant:80 pcs
	END
}

@test "skopeo copies and inspects what was pushed, and a second push sends nothing" {
	registry tls
	push --push "docker://127.0.0.1:$port/pcs" --ca server.pem
	mkdir certs
	cp server.pem certs/ca.crt
	for guest in press4 press5; do
		image=docker://127.0.0.1:$port/pcs/line4/$guest-disk0:1
		skopeo inspect --raw --cert-dir certs "$image" >got
		skopeo inspect --raw "oci-archive:line4.rehost:$guest-disk0" | cmp - got
		skopeo copy -q --src-cert-dir certs "$image" "oci:back:$guest"
	done
	"$REHOST" bundle extract line4.rehost -o out --allow-unsigned --progress none
	layer=$(jq -r '.layers[0].digest' got)
	cmp "back/blobs/sha256/${layer#sha256:}" out/guests/press5/disk0.qcow2
	"$REHOST" validate back
	run push --push "docker://127.0.0.1:$port/pcs" --ca server.pem
	[ "$status" -eq 0 ]
	[[ $output == *"sent 0 bytes"* ]]
}

@test "a tag that devices may depend on is not moved without a word" {
	registry tls
	push --push "docker://127.0.0.1:$port/pcs" --ca server.pem
	rm -r press5.guest
	eve_guest press5 11 3 uefi
	"$REHOST" bundle line4.plan.xml -o new.rehost --revision 2 --target eve --allow-unvalidated --allow-unsigned \
		--set eve.datastore=docker://registry.plant:5000/pcs --progress none
	mv new.rehost line4.rehost
	run push --push "docker://127.0.0.1:$port/pcs" --ca server.pem
	[ "$status" -eq 1 ]
	[[ $output == *"press5-disk0:1 is another image already"*"--replace"* ]]
	run push --push "docker://127.0.0.1:$port/pcs" --ca server.pem --replace
	[ "$status" -eq 0 ]
	# press4 is the same and was there; of press5 all is new, and no more
	sent=$(sed -n 's/^sent \([0-9]*\) bytes.*/\1/p' <<<"$output")
	[ "$sent" -gt $((2 << 20)) ] && [ "$sent" -lt $((4 << 20)) ]
}

@test "who cannot be verified is refused, and who may not come in" {
	/usr/bin/python3 -W ignore -c 'import crypt; print("op:" + crypt.crypt("secret",
		crypt.mksalt(crypt.METHOD_BLOWFISH, rounds=16)))' >htpasswd
	registry tls "auth: {htpasswd: {realm: plant, path: $PWD/htpasswd}}"
	to=docker://127.0.0.1:$port/pcs
	run push --push "$to"
	[ "$status" -eq 1 ]
	[[ $output == *"is not who it should be"*"--ca"* ]]
	run push --push "$to" --ca server.pem
	[ "$status" -eq 1 ]
	[[ $output == *"lets nobody in without a name"*REHOST_REGISTRY_USER* ]]
	REHOST_REGISTRY_USER=op REHOST_REGISTRY_PASSWORD=wrong run push --push "$to" --ca server.pem
	[ "$status" -eq 1 ]
	[[ $output == *"does not let 'op' in"* ]]
	[[ $output != *wrong* ]]
	printf '{"auths":{"127.0.0.1:%s":{"auth":"%s"}}}' "$port" "$(printf op:secret | base64)" >auth.json
	push --push "$to" --ca server.pem --auth-file auth.json
	REHOST_REGISTRY_USER=op REHOST_REGISTRY_PASSWORD=secret run push --push "$to" --ca server.pem
	[ "$status" -eq 0 ]
	mkdir -p home/.docker
	mv auth.json home/.docker/config.json
	push --push "$to" --insecure
	run push --push "docker://127.0.0.1:$port/pcs" --ca nowhere.pem
	[ "$status" -eq 1 ]
	run push --push http://127.0.0.1/
	[ "$status" -eq 2 ]
	[[ $output == *"is no registry"* ]]
}

@test "a registry that wants tokens is given them, for what is pushed and no more" {
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=plant -addext subjectAltName=IP:127.0.0.1 \
		-keyout token.key -out token.pem 2>/dev/null
	giver=$(free_port)
	"$top_srcdir/tests/command/token-server" "$giver" op:secret token.pem token.key >asked 2>&1 3>&- &
	echo $! >>pids
	await nothing_wrong "$giver"
	registry tls "auth: {token: {realm: 'https://127.0.0.1:$giver/token', service: plant-registry, issuer: plant, rootcertbundle: $PWD/token.pem}}"
	cat server.pem token.pem >both.pem
	to=docker://127.0.0.1:$port/pcs
	REHOST_REGISTRY_USER=op REHOST_REGISTRY_PASSWORD=secret push --push "$to" --ca both.pem
	for image in press4-disk0 press5-disk0; do
		grep -q "plant-registry.*repository:pcs/line4/$image:p" asked
	done
	REHOST_REGISTRY_USER=op REHOST_REGISTRY_PASSWORD=wrong run push --push "$to" --ca both.pem
	[ "$status" -eq 1 ]
	[[ $output == *"does not let 'op' in"* ]]
	# who gives the tokens is verified, too
	REHOST_REGISTRY_USER=op REHOST_REGISTRY_PASSWORD=secret run push --push "$to" --ca server.pem
	[ "$status" -eq 1 ]
	[[ $output == *"ask for a token: "*"is not who it should be"* ]]
}

@test "without TLS nothing is sent, unless it is said" {
	registry plain
	run push --push "docker://127.0.0.1:$port/pcs"
	[ "$status" -eq 1 ]
	! grep -q uploads plain.log
	push --push "docker://127.0.0.1:$port/pcs" --insecure
	skopeo inspect --tls-verify=false "docker://127.0.0.1:$port/pcs/line4/press4-disk0:1" >/dev/null
}

@test "a line that breaks between two parts: the upload goes on where it was" {
	registry plain
	line "$port" accepted 2
	push --push "docker://127.0.0.1:$cutting/pcs" --insecure >said
	[ "$(sed -n 's/^sent \([0-9]*\) bytes.*/\1/p' said)" -lt $((24 << 20)) ]
	skopeo inspect --raw --tls-verify=false "docker://127.0.0.1:$port/pcs/line4/press4-disk0:1" |
		cmp - <(skopeo inspect --raw oci-archive:line4.rehost:press4-disk0)
	[ ! -e line4.rehost.push ]
}

@test "a line that breaks inside of a part: the disk arrives all the same" {
	registry plain
	line "$port" bytes $((12 << 20))
	push --push "docker://127.0.0.1:$cutting/pcs" --insecure >said
	skopeo copy -q --src-tls-verify=false "docker://127.0.0.1:$port/pcs/line4/press4-disk0:1" oci:back:1
	"$REHOST" validate back
}

@test "a push that is stopped goes on in the next run" {
	registry plain
	line "$port" stop 2 "$PWD/pid"
	"$REHOST" bundle push line4.rehost --allow-unsigned --push "docker://127.0.0.1:$cutting/pcs" --insecure \
		--progress none >said 2>&1 3>&- &
	echo $! >pid
	! wait $! || false
	grep -q 'goes on where it broke off' said
	[ -s line4.rehost.push ]
	run push --push "docker://127.0.0.1:$cutting/pcs" --insecure
	[ "$status" -eq 0 ]
	sent=$(sed -n 's/^sent \([0-9]*\) bytes.*/\1/p' <<<"$output")
	[ "$sent" -gt 0 ]
	[ "$sent" -lt $((17 << 20)) ]
	skopeo copy -q --src-tls-verify=false "docker://127.0.0.1:$port/pcs/line4/press4-disk0:1" oci:back:1
	"$REHOST" validate back
}

# put_blob TEXT - into the layout in the folder broken; prints digest and size as JSON
put_blob() {
	local digest
	digest=$(sha256sum <"$1" | cut -d' ' -f1)
	cp "$1" "broken/blobs/sha256/$digest"
	printf '"digest":"sha256:%s","size":%s' "$digest" "$(stat -c %s "$1")"
}

# broken MANIFEST-FILTER CONFIG-FILTER RULE - an artifact that was good before these changes is refused by it
broken() {
	rm -rf broken
	mkdir -p broken/blobs/sha256
	cp good/blobs/sha256/* broken/blobs/sha256/
	jq -c "$2" good.config >changed.config
	jq -c --argjson c "{$(put_blob changed.config)}" ".config += \$c | $1" good.manifest >changed.manifest
	printf '{"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json",%s,
		"annotations":{"org.opencontainers.image.ref.name":"1"}}]}' "$(put_blob changed.manifest)" >broken/index.json
	printf '{"imageLayoutVersion":"1.0.0"}' >broken/oci-layout
	run "$REHOST" validate broken
	if [ -z "$3" ]; then
		[ "$status" -eq 0 ]
	else
		[ "$status" -eq 1 ]
		[[ $output == *"[$3]"* ]] || { echo "$3 keeps quiet about $1 $2: $output" && false; }
	fi
}

@test "each artifact that EVE would take wrongly is refused by name" {
	skopeo copy -q oci-archive:line4.rehost:press5-disk0 oci:good:1
	skopeo inspect --raw oci:good:1 >good.manifest
	skopeo inspect --config --raw oci:good:1 >good.config
	"$REHOST" validate good
	kernel='{"mediaType":"application/vnd.lfedge.eci.kernel.layer.v1+kernel","digest":.layers[0].digest,"size":1,
		"annotations":{"org.lfedge.eci.role":"kernel"}}'
	more='{"mediaType":"application/vnd.lfedge.disk.layer.v1+qcow2","digest":.layers[0].digest,"size":1,
		"annotations":{"org.lfedge.eci.role":"disk-additional"}}'
	broken . . ''
	broken 'del(.layers[0].annotations["org.lfedge.eci.role"])' . role
	broken 'del(.layers[0].annotations)' . annotations
	broken '.layers[0].mediaType = "application/octet-stream"' . layer-type
	broken '.config.mediaType = "application/vnd.lfedge.eci.config.v1+json"' . config-type
	broken . '.rootfs.diff_ids[0] = "sha256:0000000000000000000000000000000000000000000000000000000000000000"' diff-id
	broken ".layers = [$kernel] + .layers" . layer-first
	broken ".layers += [$more]" . layers
	# and what follows from its form
	broken 'del(.layers[0].annotations["org.opencontainers.image.title"])' . title
	broken '.layers[0].annotations["org.lfedge.eci.mediaType"] = "x"' . annotated-type
	broken . '.config.Labels["org.lfedge.eci.artifact.root"] = "/else"' label
	broken '.config.digest = .layers[0].digest' . config
	broken '.layers = []' . layers
	broken '.layers[0].size = 5' . blob
	broken '.layers[0] |= (.mediaType |= sub("qcow2"; "raw") | .annotations["org.lfedge.eci.mediaType"] = .mediaType)' \
		. format
	broken '.mediaType = "application/vnd.docker.distribution.manifest.v2+json"' . manifest-type
	broken 'del(.layers[0].digest)' . digest
}

@test "a bundle is a layout of sound artifacts, and differences alone are none" {
	mkdir t
	tar -C t -xf line4.rehost
	"$REHOST" validate t
	registry plain
	"$REHOST" bundle line4.plan.xml -o first.rehost --allow-unvalidated --allow-unsigned --target eve \
		--set eve.datastore=docker://r --progress none
	qemu-io -c 'write -P 7 1M 4k' press4.guest/disk0.qcow2 >/dev/null
	"$REHOST" bundle line4.plan.xml -o change.rehost --base first.rehost --allow-unvalidated --allow-unsigned \
		--target eve --set eve.datastore=docker://r --progress none
	run "$REHOST" bundle push change.rehost --allow-unsigned --push "docker://127.0.0.1:$port" --insecure
	[ "$status" -eq 1 ]
	[[ $output == *"has only the differences"*"push the whole bundle"* ]]
	! grep -q uploads plain.log
}

# spoil FILTER - spoilt.rehost: line4.rehost with the manifest of press5-disk0 changed, and every digest above it right
spoil() {
	/usr/bin/python3 - "$1" <<-'PYTHON'
		import hashlib, json, subprocess, sys

		data, at, entries = open("line4.rehost", "rb").read(), 0, []
		while at + 512 <= len(data) and data[at]:
		    head, size = bytearray(data[at:at + 512]), int(data[at + 124:at + 135], 8)
		    entries.append([head, data[at + 512:at + 512 + size]])
		    at += 512 + (size + 511) // 512 * 512

		def find(name):
		    return next(e for e in entries if e[0][:100].rstrip(b"\0") == name.encode())

		def put(entry, name, text):
		    head = entry[0]
		    head[:100] = name.encode().ljust(100, b"\0")
		    head[124:135] = b"%011o" % len(text)
		    head[148:156] = b" " * 8
		    head[148:156] = b"%06o\0 " % sum(head)
		    entry[1] = text

		index = json.loads(find("index.json")[1])
		tag = next(m for m in index["manifests"] if m["annotations"]["org.opencontainers.image.ref.name"] == "press5-disk0")
		manifest = find("blobs/sha256/" + tag["digest"][7:])
		text = subprocess.run(["jq", "-cj", sys.argv[1]], input=manifest[1], capture_output=True, check=True).stdout
		digest = hashlib.sha256(text).hexdigest()
		tag["digest"], tag["size"] = "sha256:" + digest, len(text)
		put(manifest, "blobs/sha256/" + digest, text)
		put(find("index.json"), "index.json", json.dumps(index, separators=(",", ":")).encode())
		with open("spoilt.rehost", "wb") as out:
		    for head, text in entries:
		        out.write(head + text + bytes(-len(text) % 512))
		    out.write(data[at:])
	PYTHON
}

@test "an artifact in a bundle that EVE would take wrongly is refused before anything is sent" {
	registry tls
	while IFS='|' read -r rule filter; do
		spoil "$filter"
		# sound as a bundle: only what EVE makes of it is wrong
		"$REHOST" bundle verify spoilt.rehost --allow-unsigned --progress none
		run "$REHOST" bundle push spoilt.rehost --allow-unsigned --progress none \
			--push "docker://127.0.0.1:$port/pcs" --ca server.pem
		[ "$status" -eq 1 ] || { echo "$rule: $output" && false; }
		[[ $output == *"[$rule]"* ]] || { echo "$rule: $output" && false; }
	done <<-'END'
		role|del(.layers[0].annotations["org.lfedge.eci.role"])
		annotations|del(.layers[0].annotations)
		layer-type|.layers[0].mediaType = "application/octet-stream"
		config-type|.config.mediaType = "application/vnd.lfedge.eci.config.v1+json"
		title|del(.layers[0].annotations["org.opencontainers.image.title"])
		layers|.layers += .layers
	END
	! grep -q uploads tls.log
	spoil .
	"$REHOST" bundle push spoilt.rehost --allow-unsigned --progress none --push "docker://127.0.0.1:$port/pcs" \
		--ca server.pem
}
