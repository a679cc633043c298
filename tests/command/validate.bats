# SPDX-License-Identifier: GPL-2.0-or-later
# rehost validate: a guest of one boot sector lives, and each way not to live is told apart.

load common

setup_file() {
	requires qemu-system-x86_64 qemu-img as ld jq xmllint
	"$top_srcdir/tests/guests/tiny" "$BATS_FILE_TMPDIR/good.guest"
}

setup() {
	export TMPDIR=$BATS_TEST_TMPDIR/tmp
	mkdir "$TMPDIR"
	cd "$BATS_TEST_TMPDIR"
}

teardown() {
	# no trial leaves anything behind
	[ -z "$(ls -A "$TMPDIR")" ]
}

tiny() {
	"$top_srcdir/tests/guests/tiny" "$@"
}

@test "a guest that lives passes, with evidence" {
	cp -r "$BATS_FILE_TMPDIR/good.guest" .
	sum=$(sha256sum good.guest/disk0.qcow2)
	run "$REHOST" validate good.guest --progress none
	[ "$status" -eq 0 ]
	[[ $output == *"good lives: TINY-GUEST-LIVES 0 -"* ]]
	[[ $output == *"good follows the power button"* ]]
	[ "$sum" = "$(sha256sum good.guest/disk0.qcow2)" ]
	grep -q TINY-GUEST-LIVES good.guest/evidence/serial.log
	head -c 8 good.guest/evidence/screen.png | grep -q PNG
	xmllint --noout --relaxng "$top_srcdir/schemas/validation.rng" good.guest/evidence/report.xml
	[ "$(xmllint --xpath 'string(/validation/@digest)' good.guest/evidence/report.xml)" = \
		"$(sha256sum <good.guest/guest.xml | cut -d' ' -f1)" ]
	# a second run replaces the evidence as a whole
	touch good.guest/evidence/old
	"$REHOST" validate good.guest --static --progress none
	[ "$(ls good.guest/evidence)" = report.xml ]
	[ ! -e good.guest/evidence.next ]
}

@test "--json says the same" {
	"$REHOST" validate "$BATS_FILE_TMPDIR/good.guest" -o evidence --json --progress none >result.json
	jq -e '.passed and .alive and .guest == "good" and .line == "TINY-GUEST-LIVES 0 -"' result.json
	[ -e evidence/report.xml ]
	[ ! -e "$BATS_FILE_TMPDIR/good.guest/evidence" ]
}

@test "a disk without a boot sector is found by what the firmware says" {
	tiny --no-boot x.guest
	run "$REHOST" validate x.guest --progress none
	[ "$status" -eq 1 ]
	[[ $output == *"the firmware found no boot sector on the disk"* ]]
	[ "$(xmllint --xpath 'string(/validation/@passed)' x.guest/evidence/report.xml)" = no ]
}

@test "a kernel that stops is found at once, with its last lines" {
	tiny --say 'Kernel panic - not syncing: VFS' --seconds 600 x.guest
	run "$REHOST" validate x.guest --progress none
	[ "$status" -eq 1 ]
	[[ $output == *"the kernel stopped: Kernel panic - not syncing: VFS 0 -"* ]]
}

@test "an initramfs without its root is found" {
	tiny --say 'ALERT!  /dev/sda1 does not exist.' x.guest
	run "$REHOST" validate x.guest --progress none
	[ "$status" -eq 1 ]
	[[ $output == *"the initramfs did not find the root device"* ]]
}

@test "no sign of life in time is a finding with the last lines" {
	tiny --life 'login: *$' x.guest
	run "$REHOST" validate x.guest --timeout 5 --progress none
	[ "$status" -eq 1 ]
	[[ $output == *"no sign of life within 5 s"* ]]
	# on a busy host it may have written nothing yet
	[ ! -s x.guest/evidence/serial.log ] || [[ $output == *"last lines of its serial port"*LIVES* ]]
}

@test "a guest that is deaf to the power button passes with a warning" {
	tiny --deaf x.guest
	run "$REHOST" validate x.guest --grace 1 --progress none
	[ "$status" -eq 0 ]
	[[ $output == *"warning: x: did not follow the power button within 1 s"* ]]
}

@test "an old address that nobody answers at is found" {
	cp -r "$BATS_FILE_TMPDIR/good.guest" x.guest
	sed -i 's,name="eth0"/>,name="eth0" address="10.0.2.40/24"/>,' \
		x.guest/guest.xml
	grep -q 10.0.2.40 x.guest/guest.xml
	run "$REHOST" validate x.guest --grace 2 --progress none
	[ "$status" -eq 1 ]
	[[ $output == *"error: eth0: does not answer at its old address 10.0.2.40/24"* ]]
	"$REHOST" validate x.guest --no-network --grace 2 --progress none
}

@test "a passphrase that cannot be typed is refused before the boot" {
	printf 'caf\303\251\n' >key
	run "$REHOST" validate "$BATS_FILE_TMPDIR/good.guest" --key key
	[ "$status" -eq 1 ]
	[[ $output == *"not on a US keyboard"* ]]
}

@test "files: a disk that is missing, too small, damaged, or of another format" {
	cp -r "$BATS_FILE_TMPDIR/good.guest" x.guest
	rm x.guest/disk0.qcow2
	run "$REHOST" validate x.guest
	[ "$status" -eq 1 ]
	[[ $output == *"disk0.qcow2: is not there"* ]]
	qemu-img create -q -f qcow2 x.guest/disk0.qcow2 2M
	run "$REHOST" validate x.guest
	[ "$status" -eq 1 ]
	[[ $output == *"disk0.qcow2: has 2097152 bytes, but the guest's document says 1048576"* ]]
	head -c 1M /dev/zero >x.guest/disk0.qcow2
	run "$REHOST" validate x.guest
	[ "$status" -eq 1 ]
	[[ $output == *"error: disk0.qcow2: "*"not in qcow2 format"* ]]
}

@test "files: a disk that stands on a file outside of its capture is refused" {
	cp -r "$BATS_FILE_TMPDIR/good.guest" x.guest
	qemu-img create -q -f raw secret 1M
	rm x.guest/disk0.qcow2
	qemu-img create -q -f qcow2 -F raw -b ../secret x.guest/disk0.qcow2
	run "$REHOST" validate x.guest
	[ "$status" -eq 1 ]
	[[ $output == *"outside of its capture"* ]]
	# neither through a link, nor as a file of data
	ln -s ../secret x.guest/inside
	qemu-img rebase -u -F raw -b inside x.guest/disk0.qcow2
	run "$REHOST" validate x.guest
	[ "$status" -eq 1 ]
	[[ $output == *"outside of its capture"* ]]
	rm x.guest/disk0.qcow2 x.guest/inside
	qemu-img create -q -f qcow2 -o data_file=secret,data_file_raw=on x.guest/disk0.qcow2 1M
	run "$REHOST" validate x.guest
	[ "$status" -eq 1 ]
	[[ $output == *"keeps its data in another file"* ]]
}

@test "files: a machine that QEMU has not is a finding" {
	cp -r "$BATS_FILE_TMPDIR/good.guest" x.guest
	sed -i 's,<disk added="no">ide<,<disk added="no">buslogic<,' x.guest/guest.xml
	run "$REHOST" validate x.guest
	[ "$status" -eq 1 ]
	[[ $output == *"QEMU has no disk 'buslogic'"* ]]
}

@test "a guest with Xen's own drivers is tried on what Xen shows before them, and goes into a bundle" {
	cp -r "$BATS_FILE_TMPDIR/good.guest" .
	sed -i -e 's,<disk added="no">ide<,<disk added="yes">xen<,' -e 's,<nic added="no">e1000<,<nic added="no">xen<,' \
		-e 's,target="qemu",target="xen",' good.guest/guest.xml
	run "$REHOST" validate good.guest --progress none
	[ "$status" -eq 0 ]
	[[ $output == *"it is tried without Xen, on an IDE disk"* ]]
	[[ $output == *"good lives: TINY-GUEST-LIVES"* ]]
	"$REHOST" profile --root "$top_srcdir/tests/machines/packaging-line" -o edge.xml >/dev/null
	make_plan line good
	"$REHOST" bundle line.plan.xml --target xen --allow-unsigned -o line.rehost --progress none
	"$REHOST" bundle cat line.rehost targets/xen/good/xl.cfg --allow-unsigned >xl.cfg
	grep -q 'type=vif' xl.cfg && grep -q '^xen_platform_pci = 1' xl.cfg
	run "$REHOST" bundle line.plan.xml --target qemu --allow-unsigned -o q.rehost --progress none
	[ "$status" -eq 1 ]
	[[ $output == *"QEMU has no disk 'xen'"* ]]
}

@test "an evidence folder that is something else is not replaced" {
	mkdir precious
	touch precious/file
	run "$REHOST" validate "$BATS_FILE_TMPDIR/good.guest" --static -o precious
	[ "$status" -eq 1 ]
	[[ $output == *"holds no evidence"* ]]
	[ -e precious/file ]
}

@test "a signal leaves neither a process nor a file" {
	tiny --life NEVER --seconds 600 x.guest
	"$REHOST" validate x.guest --progress none 3>&- &
	pid=$!
	until ls "$TMPDIR"/rehost-trial-*/serial.log 2>/dev/null; do sleep 0.1; done
	dir=$(readlink -f "$TMPDIR"/rehost-trial-*)
	qemu=$(pgrep -P "$pid")
	kill -TERM "$pid"
	wait "$pid" || status=$?
	[ "$status" -eq 143 ]
	[ ! -e "$dir" ]
	! kill -0 "$qemu" 2>/dev/null || false
	[ ! -e x.guest/evidence ]
}

@test "what is no guest is one clear line" {
	run "$REHOST" validate nowhere
	[ "$status" -eq 1 ]
	[[ $output == *"'nowhere' is not a guest"* ]]
	run "$REHOST" validate "$BATS_FILE_TMPDIR/good.guest" --timeout 0
	[ "$status" -eq 1 ]
	[[ $output == *"--timeout"* ]]
}
