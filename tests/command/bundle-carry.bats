# SPDX-License-Identifier: GPL-2.0-or-later
# rehost bundle --base and --to: only what changed is carried, in parts where it must be.

load common

make() {
	"$REHOST" bundle "$@" --sign integrator.key --allow-unvalidated --progress none
}

# write COMMAND - of qemu-io, on the disk of press4
write() {
	qemu-io -c "$1" press4.guest/disk0.qcow2 >/dev/null
}

setup_file() {
	requires qemu-system-x86_64 qemu-img qemu-io as ld jq openssl
	cd "$BATS_FILE_TMPDIR"
	two_presses
	# 6 MiB that do not shrink on a disk of 16
	head -c 6M /dev/zero | openssl enc -aes-128-ctr -K "$(printf '%032x' 1)" -iv 0 -nosalt \
		2>/dev/null >noise
	qemu-img resize -q press4.guest/disk0.qcow2 16M
	sed -i 's/format="qcow2" size="1048576"/format="qcow2" size="16777216"/' press4.guest/guest.xml
	write "write -s noise 2M 6M"
	make_plan line4 press4 press5
	integrator_key pinned config/rehost/keys
	make line4.plan.xml -o old.rehost
	cp -a press4.guest before.guest
	write "write -P 65 3M 64k"
	make line4.plan.xml -o new.rehost --revision 2
	make line4.plan.xml -o change.rehost --base old.rehost
}

setup() {
	own_copy config
}

teardown() {
	for guest in press4 press5; do
		"$REHOST" stop $guest --now --state "$BATS_TEST_TMPDIR/state" 2>/dev/null || true
	done
}

bundle() {
	"$REHOST" bundle "$@" --keys pinned --progress none
}

@test "a bundle of differences is small, and makes exactly the newer bundle" {
	[ "$(stat -c %s new.rehost)" -gt 6000000 ]
	[ "$(stat -c %s change.rehost)" -lt 400000 ]
	run "$REHOST" bundle list change.rehost
	[ "$status" -eq 0 ]
	[[ $output == *"revision 2"*"differences to revision 1"* ]]
	[[ $output == *"press4/disk0.qcow2  ("*"of differences)"* ]]
	[[ $output == *"press5/disk0.qcow2  (in the base)"* ]]
	run bundle verify change.rehost
	[ "$status" -eq 0 ]
	[[ $output == *"need the base"* ]]
	run bundle verify change.rehost --base old.rehost
	[ "$status" -eq 0 ]
	[[ $output == *"whole: all"* ]]
	bundle extract change.rehost --base old.rehost -o made
	bundle extract new.rehost -o expected
	diff -r made expected
	"$REHOST" bundle list change.rehost --json >list.json
	[ "$(jq -r .digest list.json)" = "$("$REHOST" bundle list new.rehost --json | jq -r .digest)" ]
	[ "$(jq -r .base.digest list.json)" = "$("$REHOST" bundle list old.rehost --json | jq -r .digest)" ]
	make line4.plan.xml -o again.rehost --base old.rehost
	cmp change.rehost again.rehost
	requires minisign
	minisign -V -q -p integrator.pub -m <(tar -xOf change.rehost index.json) \
		-x <(tar -xOf change.rehost --wildcards 'signatures/*')
}

@test "diff says how much of a disk changed, and whose share of the host" {
	run "$REHOST" bundle diff old.rehost new.rehost
	[ "$status" -eq 0 ]
	[[ $output == *"changed  guests/press4/disk0.qcow2"*"1 of 256 clusters changed (64 KiB)"* ]]
	[[ $output != *"plan:"* ]]
	sed -i '/name="press5"/s/memory="16777216"/memory="33554432"/' line4.plan.xml
	grep -q 33554432 line4.plan.xml || sed -i '0,/memory="16777216"/s//memory="33554432"/' line4.plan.xml
	make line4.plan.xml -o third.rehost --revision 3
	run "$REHOST" bundle diff new.rehost third.rehost
	[[ $output == *"gets 32 MiB of memory, had 16 MiB"* ]]
	[[ $output != *clusters* ]]
}

# line FOLDER HOST OPTION-OF-TINY... - a plan line4 with two guests for that host
line() {
	local folder=$1 host=$2 guest n=0
	shift 2
	mkdir "$folder"
	cp "$host" "$folder/edge.xml"
	for guest in press4 press5; do
		"$top_srcdir/tests/guests/tiny" "$@" --say "$guest LIVES" "$folder/$guest.guest"
		n=$((n + 1))
		sed -i "s/0d0c0b0a0908/0d0c0b0a090$n/; s/52:54:00:12:34:56/52:54:00:12:34:5$n/" \
			"$folder/$guest.guest/guest.xml"
	done
	(cd "$folder" && make_plan line4 press4 press5 && sed -i 's/cpus="0"/cpus="1"/' line4.plan.xml)
}

# same FOLDER TARGET... - the bundle for all these targets: twice the same bytes, verified by others' programs,
# refused when touched; its files lie in t
same() {
	local folder=$1 target options=()
	shift
	for target; do options+=(--target "$target"); done
	[[ " $* " != *" eve "* ]] || options+=(--set eve.datastore=docker://registry.plant:5000
		--set uplink=eth0 --set device=4d1c0f5e-96ab-4a6e-8d0f-3c1d2e3f4a5b)
	make "$folder/line4.plan.xml" -o all.rehost "${options[@]}"
	cp -a "$folder" elsewhere
	make elsewhere/line4.plan.xml -o again.rehost "${options[@]}"
	cmp all.rehost again.rehost
	run bundle verify all.rehost
	[ "$status" -eq 0 ]
	[[ $output == *"guests: press4, press5"* ]]
	mkdir t && tar -C t -xf all.rehost
	minisign -V -q -p integrator.pub -m t/index.json -x t/signatures/*.minisig
	skopeo inspect oci-archive:all.rehost:bundle >/dev/null
	for guest in press4 press5; do skopeo inspect --raw oci-archive:all.rehost:$guest-disk0 >/dev/null; done
	for at in 700 5000 $(($(stat -c %s all.rehost) / 2)); do
		cp all.rehost bad.rehost
		printf '\xa5' | dd of=bad.rehost bs=1 seek=$at conv=notrunc status=none
		! cmp -s all.rehost bad.rehost || continue
		run bundle verify bad.rehost
		[ "$status" -eq 1 ]
	done
	bundle extract all.rehost -o out
	[ "$(ls out/targets | tr '\n' ' ')" = "$(printf '%s\n' "$@" | sort | tr '\n' ' ')" ]
}

@test "two guests for qemu, libvirt, xen and eve at once" {
	requires minisign skopeo
	line bios "$top_srcdir/tests/golden/eve/edge.xml" --disk ahci --nic e1000
	same bios qemu libvirt xen eve
	for target in qemu libvirt xen; do
		[ "$(ls out/targets/$target)" = $'press4\npress5' ]
	done
	# a target whose files are those of the host, not of one guest
	[ "$(ls out/targets/eve)" = $'config.json\nconfig.pb\nmodel.json' ]
	for file in out/targets/eve/config.json out/targets/eve/config.pb; do
		run "$REHOST" validate $file --hv kvm --arch amd64 --persist ext4 --model out/targets/eve/model.json
		[ "$status" -eq 0 ]
		[[ $output == *": 0 errors, "* ]]
	done
	jq -e '.apps | map(.displayname) == ["press4", "press5"]' out/targets/eve/config.json
	# the volumes that it names are in the bundle
	jq -r '.contentInfo[].URL' out/targets/eve/config.json | sed 's|^line4/||; s|:1$||' >volumes
	[ "$(wc -l <volumes)" -eq 2 ]
	while read -r volume; do
		skopeo inspect --raw "oci-archive:all.rehost:$volume" | jq -e '.layers | length == 1'
	done <volumes
	# Xen's QEMU reads raw disks
	run "$REHOST" launch all.rehost --target xen --guest press4 --state state --progress none
	[ "$status" -eq 1 ]
	raw_release
	# and nobody launches from here what a controller launches
	run "$REHOST" launch all.rehost --target eve --state state --progress none
	[ "$status" -ne 0 ]
}

@test "two guests for qemu, libvirt and acrn at once" {
	requires minisign skopeo
	line uefi "$top_srcdir/tests/golden/acrn/boards/four-cores.xml" --disk virtio-blk --nic virtio-net --firmware uefi
	sed -i 's/>vga</>none</' uefi/*/guest.xml
	# acrn-dm starts nothing with less
	sed -i 's/memory="16777216"/memory="134217728"/' uefi/*/guest.xml uefi/line4.plan.xml
	same uefi qemu libvirt acrn
	for file in scenario.xml board.xml press4/acrn-dm.args press5/acrn-press5.service; do
		[ -s out/targets/acrn/$file ]
	done
	[ -x out/targets/acrn/press4/press4.sh ]
	# ACRN reads no qcow2: the disk is made raw, and is there before the hypervisor is asked
	REHOST_ACRN_ROOT=$PWD/none run "$REHOST" launch all.rehost --target acrn --guest press4 \
		--state state --progress none
	[ "$status" -eq 1 ]
	[[ $output == *acrn_hsm* ]]
	raw_release
}

# raw_release - the release of press4 has the whole disk, raw, and no overlay
raw_release() {
	[ "$(ls state/guests/press4/releases/1/*.raw)" = state/guests/press4/releases/1/disk0.raw ]
	[ ! -e state/guests/press4/releases/1/disk0.qcow2 ]
	qemu-img compare -q -f raw -F qcow2 state/guests/press4/releases/1/disk0.raw \
		out/guests/press4/disk0.qcow2
}

@test "what a target cannot run, and what cannot be set, is refused before a disk is stored" {
	line bios "$top_srcdir/tests/golden/eve/edge.xml" --disk ahci --nic e1000
	run make bios/line4.plan.xml -o x.rehost --target acrn
	[ "$status" -eq 1 ]
	[[ $output == *"generate for 'acrn': "*"hint: "* ]]
	run make bios/line4.plan.xml -o x.rehost --target qemu --target eve
	[ "$status" -eq 1 ]
	[[ $output == *"generate for 'eve': "*"none is named"*"hint: --set datastore="* ]]
	# one that cannot run what the others can is named, with the way out
	run make bios/line4.plan.xml -o x.rehost --target qemu --target xen --target acrn
	[ "$status" -eq 1 ]
	[[ $output == *"generate for 'acrn': "*"leave --target acrn out: guests converted for it go into a bundle of their own"* ]]
	for set in color=red eve.color=red qemu.datastore=x xen.datastore=x datastore; do
		run make bios/line4.plan.xml -o x.rehost --target qemu --target eve --set $set
		[ "$status" -eq 2 ]
		[[ $output == *"no such setting of target qemu, eve"*"eve.datastore="* ]]
	done
	run make bios/line4.plan.xml -o x.rehost --set datastore=docker://r
	[ "$status" -eq 2 ]
	[[ $output == *"no such setting of target qemu"* ]]
	! ls x.* 2>/dev/null || false
	# what is lost is said, target by target, to people and to programs
	run make bios/line4.plan.xml -o y.rehost --target xen --target libvirt
	[ "$status" -eq 0 ]
	[[ $output == *"xen: press4: "* ]]
	make bios/line4.plan.xml -o z.rehost --target xen --target libvirt --json >made.json
	jq -e '.name == "line4" and any(.findings[]; .severity == "warning" and (.subject | startswith("xen: press5")))' \
		made.json
}

@test "differences stand on their base and on nothing else" {
	run bundle extract change.rehost -o out
	[ "$status" -eq 1 ]
	[[ $output == *"holds only differences to revision 1"*"--base"* ]]
	run bundle extract change.rehost --base new.rehost -o out
	[ "$status" -eq 1 ]
	[[ $output == *"stands on revision 1"*"which 'new.rehost' is not"* ]]
	run bundle extract new.rehost --base old.rehost -o out
	[ "$status" -ne 0 ]
	[[ $output == *"needs no base"* ]]
	run "$REHOST" bundle cat change.rehost guests/press5/disk0.qcow2 --keys pinned
	[ "$status" -eq 1 ]
	run make line4.plan.xml -o x.rehost --base change.rehost
	[ "$status" -eq 1 ]
	[[ $output == *"itself a bundle of differences"* ]]
	run make line4.plan.xml -o x.rehost --base old.rehost --revision 1
	[ "$status" -eq 1 ]
	[[ $output == *"revision 1 already"* ]]
	make_plan other press4
	run make other.plan.xml -o x.rehost --base old.rehost
	[ "$status" -eq 1 ]
	[[ $output == *"is a bundle of 'line4', not of 'other'"* ]]
	[ ! -e out ] && [ ! -e out.partial ]
	! ls x.* 2>/dev/null || false
}

@test "an edge host takes differences only to what is installed there" {
	run "$REHOST" launch change.rehost --state state --progress none
	[ "$status" -eq 1 ]
	[[ $output == *"only differences to revision 1"*"not installed here"* ]]
	[ -z "$(find state -type f 2>/dev/null)" ]
	"$REHOST" launch old.rehost --state state --guest press4 --progress none
	"$REHOST" launch change.rehost --state state --guest press4 --replace --wait --progress none
	[ "$("$REHOST" status press4 --state state --json | jq '.[0].release')" = 2 ]
	bundle extract new.rehost -o expected
	diff -r state/bundles/line4-"$("$REHOST" bundle list new.rehost --json | jq -r '.digest[:12]')" expected
	# what did not change is there once
	[ "$(find state/bundles -name disk0.qcow2 -path '*press5*' -links 2 | wc -l)" -eq 2 ]
	# going back needs nothing but what is installed, and the same differences install no second time
	run "$REHOST" launch old.rehost --state state --guest press4 --replace --progress none
	[ "$status" -eq 1 ]
	[[ $output == *"older than the installed 2"*"--downgrade"* ]]
}

@test "a bundle older than the installed one is refused before it is unpacked" {
	"$REHOST" launch new.rehost --state state --guest press5 --progress none
	run "$REHOST" launch old.rehost --state state --guest press5 --replace --progress none
	[ "$status" -eq 1 ]
	[[ $output == *"older than the installed 2"*"--downgrade"* ]]
	[ "$(find state/bundles -mindepth 1 -maxdepth 1 | wc -l)" -eq 1 ]
	run "$REHOST" launch old.rehost --state state --guest press5 --replace --downgrade --progress none
	[ "$status" -eq 0 ]
	[[ $output == *"revision 1, signed by 'integrator'"* ]]
	run "$REHOST" launch old.rehost --state state --guest press5 --replace --raw --progress none
	[ "$status" -eq 1 ]
	[[ $output == *"target 'qemu' runs its disks as qcow2"* ]]
}

@test "an installed base that rotted is found before anything is made of it" {
	"$REHOST" launch old.rehost --state state --guest press4 --progress none
	disk=$(echo state/bundles/line4-*/guests/press4/disk0.qcow2)
	chmod u+w "$disk"
	printf X | dd of="$disk" bs=1 seek=2000000 conv=notrunc status=none
	run "$REHOST" launch change.rehost --state state --guest press4 --replace --progress none
	[ "$status" -eq 1 ]
	[[ $output == *"does not match its digest"* ]]
	[ "$(find state/bundles -mindepth 1 -maxdepth 1 | wc -l)" -eq 1 ]
}

@test "tampered differences are refused before anything is written" {
	size=$(stat -c %s change.rehost)
	for at in 100 700 3000 9000 $((size / 2)) $((size - 3000)); do
		cp change.rehost bad.rehost
		printf '\xa5' | dd of=bad.rehost bs=1 seek=$at conv=notrunc status=none
		! cmp -s change.rehost bad.rehost || continue
		run bundle extract bad.rehost --base old.rehost -o out
		[ "$status" -eq 1 ]
		[ ! -e out ] && [ ! -e out.partial ]
	done
}

@test "a bundle is copied in parts, read back, and read from its parts" {
	mkdir stick
	run bundle copy new.rehost --to stick --split 2M --verify
	[ "$status" -eq 0 ]
	[[ $output == *"copied to stick in 4 parts, and read back"* ]]
	cat stick/new.rehost.00? | cmp - new.rehost
	bundle verify stick/new.rehost
	bundle verify stick/new.rehost.001
	bundle extract stick/new.rehost -o out
	bundle extract new.rehost -o expected
	diff -r out expected
	"$REHOST" launch stick/new.rehost --state state --guest press5 --progress none
	run bundle copy new.rehost --to stick --split 2M
	[ "$status" -eq 1 ]
	[[ $output == *"exists already"* ]]
	# copied back from the stick it is the same file again
	mkdir back
	bundle copy stick/new.rehost --to back --verify
	cmp back/new.rehost new.rehost
	mv stick/new.rehost.003 .
	run bundle verify stick/new.rehost
	[ "$status" -eq 1 ]
	[[ $output == *"new.rehost.003' is missing"* ]]
	rm stick/new.rehost.004
	run bundle verify stick/new.rehost
	[ "$status" -eq 1 ]
	mv new.rehost.003 stick/new.rehost.002
	run bundle verify stick/new.rehost
	[ "$status" -eq 1 ]
	run bundle copy new.rehost
	[ "$status" -eq 2 ]
	run bundle copy new.rehost --to back --split 5
	[ "$status" -eq 2 ]
	run bundle copy new.rehost --to /dev/null
	[ "$status" -eq 1 ]
	[[ $output == *"neither a folder nor a device"* ]]
}

@test "a medium that takes no file as large is told with the remedy" {
	mkdir stick
	run bash -c 'trap "" XFSZ; ulimit -f 2048; "$@"' bash "$REHOST" bundle copy new.rehost --to stick \
		--keys pinned --progress none
	[ "$status" -eq 1 ]
	[[ $output == *"File too large"*"hint: this medium takes no file as large: add --split"* ]]
	[ -z "$(ls -A stick)" ]
	run bash -c 'trap "" XFSZ; ulimit -f 2048; "$@"' bash "$REHOST" bundle copy new.rehost --to stick --split 2M \
		--verify --keys pinned --progress none
	[ "$status" -eq 0 ]
	cat stick/new.rehost.00? | cmp - new.rehost
}

@test "a full medium is refused, and nothing is left on it" {
	[ "$(id -u)" -eq 0 ] || skip "needs root to mount a small file system"
	"$REHOST" key new other --no-passphrase
	mkdir small
	mount -t tmpfs -o size=3M none small 2>/dev/null || skip "needs to mount a tmpfs"
	said=
	for request in "line4.plan.xml -o small/x.rehost --allow-unvalidated" "copy new.rehost --to small" \
		"extract old.rehost -o small/out" "sign old.rehost --sign other.key -o small/y.rehost"; do
		[[ $request == line4* ]] || request+=" --keys pinned"
		run "$REHOST" bundle $request --progress none
		said+="$status $output $(ls -A small)"$'\n'
	done
	umount small
	echo "$said"
	[ "$(grep -c '^1 .* left' <<<"$said")" -eq 4 ]
	[ "$(grep -c '^hint: free some space there, or .* $' <<<"$said")" -eq 4 ]
}

@test "a stick is mounted for the copy, and free again" {
	requires mkfs.ext4 losetup debugfs
	[ "$(id -u)" -eq 0 ] || skip "needs root, to mount"
	truncate -s 40M stick
	loop=$(losetup --find --show stick) || skip "needs a loop device"
	run bundle copy new.rehost --to "$loop" --verify
	before="$status $output"
	mkfs.ext4 -q "$loop"
	run bundle copy new.rehost --to "$loop" --verify
	busy=$(grep -c "^$loop " /proc/self/mounts || true)
	losetup -d "$loop"
	[[ $before == "1 "*"holds no file system"* ]]
	[ "$busy" -eq 0 ]
	[ "$status" -eq 0 ]
	[[ $output == *"in 1 file, and read back"* ]]
	debugfs -R 'dump /new.rehost back.rehost' stick 2>/dev/null
	cmp back.rehost new.rehost
}

@test "raw disks are made where they are needed, sparse and the same" {
	bundle extract new.rehost -o out --raw
	qemu-img compare -q -f raw -F qcow2 out/guests/press4/disk0.raw press4.guest/disk0.qcow2
	[ "$(stat -c %s out/guests/press4/disk0.raw)" -eq 16777216 ]
	[ "$(du -k out/guests/press4/disk0.raw | cut -f1)" -lt 8000 ]
}

@test "a bundle goes to the stick when it is made" {
	mkdir stick
	run make line4.plan.xml -o third.rehost --revision 3 --to stick --verify
	[ "$status" -eq 0 ]
	[[ $output == *"copied to stick in 1 file, and read back"* ]]
	cmp third.rehost stick/third.rehost
}
