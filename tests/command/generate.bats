# SPDX-License-Identifier: GPL-2.0-or-later
# rehost generate, and QEMU's own opinion of every machine that is generated.

load common

setup() {
	cd "$BATS_TEST_TMPDIR"
}

# make_plan GUEST.xml... - line.plan.xml of these golden guests
make_plan() {
	local guest name
	"$REHOST" profile --root "$top_srcdir/tests/machines/packaging-line" -o edge.xml
	{
		echo '<?xml version="1.0" encoding="UTF-8"?>'
		echo '<plan version="1" name="line" host="edge.xml" answer="feasible" cost="0" bound="0"' \
			'nodes="1"><partitions>'
		for guest; do
			name=$(basename "$guest" .xml)
			mkdir "$name.guest"
			cp "$guest" "$name.guest/guest.xml"
			echo "<partition guest=\"$name.guest\" name=\"$name\" class=\"shared\" cpus=\"0\"" \
				'vcpus="1" memory="67108864" overhead="0" priority="1" start-order="1"/>'
		done
		echo '</partitions><findings/></plan>'
	} >line.plan.xml
}

golden() {
	echo "$top_srcdir/tests/golden/qemu/$1.xml"
}

# table NAME - the ACPI table of that golden guest which an OEM licensed Windows for
table() {
	perl -ne "print pack 'H*', \$1 if /$1=\"([0-9a-f]+)\"/" "$(golden windows-oem)"
}

@test "a plan becomes a folder, the same every time" {
	make_plan "$(golden old-linux)" "$(golden dos)"
	"$REHOST" generate line.plan.xml --target qemu -o one >said
	diff <(grep '^one/' said) <(printf 'one/%s\n' dos/cpus dos/qemu.args old-linux/cpus old-linux/qemu.args)
	grep -q 'joined to none of the host.*loopback' said
	[ "$(cat one/dos/cpus)" = "machine 0" ]
	"$REHOST" generate line.plan.xml --target qemu -o two --json | jq -e '.files | length == 4'
	diff -r one two
	# the plan's memory counts, not what the guest asked for
	grep -qx -- '-m size=65536k' one/old-linux/qemu.args
	! grep -r "$PWD" one || false
	run "$REHOST" generate line.plan.xml --target qemu -o one
	[ "$status" -eq 1 ]
	[[ $output == *"'one' exists already"* ]]
}

@test "one plan for every target, and what each loses is said" {
	mkdir both
	cp "$top_srcdir/tests/golden/xen/ide.xml" both/ide.xml
	make_plan both/ide.xml
	for target in qemu libvirt xen; do
		"$REHOST" generate line.plan.xml --target $target -o $target --json >$target.json
	done
	[ -s qemu/ide/qemu.args ] && [ -s libvirt/ide/domain.xml ] && [ -s xen/ide/xl.cfg ]
	[ "$(jq '.findings | map(select(.severity == "warning")) | length' qemu.json)" -eq 0 ]
	jq -e '.findings[] | select(.text | test("port ttyS2 at its old address 0x3220"))' libvirt.json
	jq -e '.findings[] | select(.text | test("rehost writes no SMBIOS tables for Xen"))' xen.json
	jq -e '.findings[] | select(.subject == "dom0").remedy | test("dom0_mem=[0-9]+M")' xen.json
	# the same card, disks and memory everywhere
	grep -q 'e1000,.*mac=00:02:b3:4c:00:04' qemu/ide/qemu.args
	grep -q '<mac address="00:02:b3:4c:00:04"/>' libvirt/ide/domain.xml
	grep -q 'mac=00:02:b3:4c:00:04,type=ioemu,model=e1000' xen/ide/xl.cfg
}

@test "what the target has not is a finding, and nothing is written" {
	make_plan "$(golden old-linux)" "$(golden not-qemu)"
	run "$REHOST" generate line.plan.xml --target qemu -o out
	[ "$status" -eq 1 ]
	[[ $output == *"error: not-qemu: "*"QEMU has no disk 'buslogic'"* ]]
	[ ! -e out ] && [ ! -e out.partial ]
}

@test "usage: a target and a folder are needed, an unknown target is refused" {
	make_plan "$(golden dos)"
	run "$REHOST" generate line.plan.xml -o out
	[ "$status" -eq 2 ]
	run "$REHOST" generate line.plan.xml --target qemu
	[ "$status" -eq 2 ]
	run "$REHOST" generate line.plan.xml --target wombat -o out
	[ "$status" -eq 1 ]
	[[ $output == *"there is no target 'wombat'"*"choose one of: "*qemu* ]]
	run "$REHOST" generate line.plan.xml --target firecracker -o out
	[ "$status" -eq 1 ]
	[[ $output == *"Firecracker cannot run an old PC: "*"no BIOS"*"hint: choose qemu"* ]]
}

@test "QEMU accepts every golden machine" {
	for program in qemu-system-x86_64 qemu-img; do
		command -v "$program" >/dev/null || skip "needs $program"
	done
	for file in OVMF/OVMF_CODE_4M.fd AAVMF/AAVMF_CODE.fd; do
		[ -e /usr/share/$file ] || skip "needs ovmf and qemu-efi-aarch64"
	done
	# the header by which Linux is known; x86 boot protocol 2.06
	head -c 64K /dev/zero >initramfs && cp initramfs kernel
	printf 'HdrS\x06\x02' | dd of=kernel bs=1 seek=$((0x202)) conv=notrunc status=none
	printf '\xff\xff\xff\x37' | dd of=kernel bs=1 seek=$((0x22c)) conv=notrunc status=none
	table slic >acpi-slic.bin
	table msdm >acpi-msdm.bin
	for i in 0 1 2 3 4 5 6 7; do qemu-img create -q -f qcow2 disk$i.qcow2 4G; done
	for file in "$top_srcdir"/tests/golden/qemu/*.args; do
		! grep -q '^error: ' "$file" || continue
		program=qemu-system-x86_64 firmware=OVMF/OVMF kind=_4M
		! grep -q '^-machine virt' "$file" || program=qemu-system-aarch64 firmware=AAVMF/AAVMF kind=
		ln -sf /usr/share/${firmware}_CODE$kind.fd uefi-code.fd
		cp /usr/share/${firmware}_VARS$kind.fd uefi-vars.fd
		echo "$file"
		{ sed 's/ /\n/' "$file" && printf '%s\n' -S -display none -qmp stdio; } >args
		printf '{"execute":"qmp_capabilities"}\n{"execute":"query-status"}\n{"execute":"quit"}\n' |
			xargs -d '\n' -a args "$program" >answer
		grep -q '"status": "prelaunch"' answer
	done
}

@test "a guest finds the ACPI tables of the old PC's maker, who made its other tables, too" {
	requires qemu-system-x86_64 qemu-img
	make_plan "$(golden windows-oem)"
	"$REHOST" generate line.plan.xml --target qemu -o out
	cd out/windows-oem
	for name in slic msdm; do table $name | cmp - acpi-$name.bin; done
	qemu-img create -q -f qcow2 disk0.qcow2 1G
	sed 's/ /\n/' qemu.args >args
	printf '%s\n' -display none -accel tcg -qmp stdio >>args
	# what the BIOS left in memory is what a system finds there
	{
		echo '{"execute":"qmp_capabilities"}'
		sleep 6
		printf '%s\n' '{"execute":"pmemsave","arguments":{"val":0,"size":67108864,"filename":"memory"}}' \
			'{"execute":"quit"}'
	} | timeout 60 xargs -d '\n' -a args qemu-system-x86_64 >answers
	perl -e '
		local $/; open my $f, "<:raw", "memory" or die; my $m = <$f>;
		my $at = index $m, "RSD PTR ", 0xe0000; die "no RSDP" if $at < 0;
		my $rsdt = unpack "V", substr $m, $at + 16, 4;
		my ($sig, $len, $oem) = unpack "a4 V x2 a6", substr $m, $rsdt, 36;
		die "no RSDT" unless $sig eq "RSDT"; print "$oem\n";
		for my $t (unpack "V*", substr $m, $rsdt + 36, $len - 36) {
			my ($name, $n) = unpack "a4 V", substr $m, $t, 8;
			next unless $name =~ /^(SLIC|MSDM)$/;
			open my $out, ">:raw", "seen-" . lc $name; print $out substr $m, $t, $n;
		}' >maker
	[ "$(cat maker)" = 'FUJ   ' ]
	for name in slic msdm; do cmp acpi-$name.bin seen-$name; done
}

@test "libvirt accepts every golden domain" {
	for program in virsh virt-xml-validate; do
		command -v "$program" >/dev/null || skip "needs $program"
	done
	for file in "$top_srcdir"/tests/golden/libvirt/*.xml; do
		virt-xml-validate "$file" domain
		virsh -c test:///default define --validate "$file"
	done
}
