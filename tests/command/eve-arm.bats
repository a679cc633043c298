# SPDX-License-Identifier: GPL-2.0-or-later
# EVE on a host with 64-bit Arm processors: guests for arm64 are planned, generated, carried and booted as EVE would,
# and those of PCs are refused; elsewhere it is the other way round.

load common

golden=$top_srcdir/tests/golden/eve

setup() {
	requires jq qemu-img mkfs.vfat mcopy
	cd "$BATS_TEST_TMPDIR"
	"$top_srcdir/tests/guests/tiny-arm64" cell.guest
	mkdir old-linux.guest
	cp "$top_srcdir/tests/golden/qemu/ports-virtio.xml" old-linux.guest/guest.xml
	cp "$golden/edge.xml" .
	sed 's/arch="x86_64"/arch="aarch64"/; s/name="edge7"/name="pi5"/' edge.xml >pi5.xml
}

@test "it boots on the machine of EVE's arm64, with UEFI, virtio behind ports and the board's UART" {
	requires qemu-system-aarch64
	[ -e /usr/share/AAVMF/AAVMF_CODE.fd ] || skip "needs qemu-efi-aarch64"
	"$REHOST" validate cell.guest --as eve --progress none
	grep -q '<line>TINY-ARM64 LIVES</line>' cell.guest/evidence/report.xml
	grep -q '<option>-machine virt-' cell.guest/evidence/report.xml
	# a program for other processors does not start there: the verdict is the machine's
	"$top_srcdir/tests/guests/tiny-arm64" broken.guest
	qemu-img convert -O raw broken.guest/disk0.qcow2 broken.raw
	/usr/bin/perl -0777 -pi -e 's/PE\0\0\x64\xaa/PE\0\0\x64\x86/' broken.raw
	qemu-img convert -f raw -O qcow2 broken.raw broken.guest/disk0.qcow2
	run "$REHOST" validate broken.guest --timeout 30 --progress none
	[ "$status" -eq 1 ]
}

@test "what has no Arm processors is refused: hosts by the plan, targets by their machine" {
	"$REHOST" plan --host pi5.xml cell.guest -o cell.plan.xml
	run "$REHOST" plan --host pi5.xml cell.guest old-linux.guest -o no.plan.xml
	[ "$status" -eq 1 ]
	[[ $output == *"old-linux: the processors of pi5 (aarch64) do not run the programs of a PC"*"an x86-64 host"* ]]
	run "$REHOST" plan --host edge.xml cell.guest -o no.plan.xml
	[ "$status" -eq 1 ]
	[[ $output == *"cell: the processors of edge7 (x86_64) do not run the programs of a guest for arm64"*"an aarch64 host"* ]]
	[ ! -e no.plan.xml ]
	# a plan that was edited by hand
	sed 's/pi5.xml/edge.xml/' cell.plan.xml >moved.plan.xml
	run "$REHOST" validate moved.plan.xml
	[ "$status" -eq 1 ]
	[[ $output == *"the processors of edge7 (x86_64)"* ]]
	run "$REHOST" generate moved.plan.xml --target eve --set datastore=docker://r -o no
	[ "$status" -eq 1 ]
	[[ $output == *"the processors of edge7 (x86_64)"* ]]
	for target in qemu libvirt xen acrn; do
		run "$REHOST" generate cell.plan.xml --target $target -o no
		[ "$status" -eq 1 ]
		[[ $output == *"error: cell: "*arm64* ]] || { echo "$target: $output" && false; }
		run "$REHOST" validate cell.guest --as $target --static --progress none -o evidence-$target
		[ "$status" -eq 1 ]
		[[ $output == *"its word is arm64, and $target has "* ]]
	done
	[ ! -e no ]
}

@test "its app is of mode HVM, its artifact says arm64, and the configuration has no error" {
	"$REHOST" plan --host pi5.xml cell.guest -o cell.plan.xml
	"$REHOST" bundle cell.plan.xml -o cell.rehost --target eve --allow-unvalidated --allow-unsigned --progress none \
		--set eve.datastore=docker://registry.plant:5000 --set vnc-password=press4pw
	"$REHOST" bundle extract cell.rehost -o out --allow-unsigned --progress none
	jq -e '.apps[0].fixedresources.virtualizationMode == 1' out/targets/eve/config.json
	jq -e '.arch == 4' out/targets/eve/model.json
	run "$REHOST" validate out/targets/eve/config.pb --hv kvm --arch arm64 --persist ext4 --model out/targets/eve/model.json
	[ "$status" -eq 0 ]
	mkdir layout
	tar -C layout -xf cell.rehost
	blob() {
		cat "layout/blobs/sha256/${1#sha256:}"
	}
	jq -e '.manifests | map({key: .annotations["org.opencontainers.image.ref.name"], value: .platform.architecture}) |
		from_entries == {"bundle": "amd64", "cell-disk0": "arm64"}' layout/index.json
	manifest=$(jq -r '.manifests[] | select(.platform.architecture == "arm64").digest' layout/index.json)
	blob "$(blob "$manifest" | jq -r .config.digest)" | jq -e '.architecture == "arm64"'
	"$REHOST" validate layout
	# a bundle of differences comes to the same whole
	"$REHOST" bundle cell.plan.xml -o next.rehost --base cell.rehost --revision 2 --target eve --allow-unvalidated \
		--allow-unsigned --progress none --set eve.datastore=docker://registry.plant:5000 --set vnc-password=press4pw
	"$REHOST" bundle extract next.rehost --base cell.rehost -o again --allow-unsigned --progress none
	cmp again/guests/cell/disk0.qcow2 out/guests/cell/disk0.qcow2
}
