# SPDX-License-Identifier: GPL-2.0-or-later
# A PC of before its drivers could be looked up: it is told by its files, carried unchanged, and its
# program finds the disk, clock and ports that it always had.

load common

guests=$top_srcdir/tests/guests

setup_file() {
	PATH=$PATH:/usr/sbin:/sbin
	"$REHOST" --help | grep -q '^  convert ' || skip "rehost was built without libguestfs"
	requires as ld mcopy mkfs.fat qemu-system-x86_64 jq
	cd "$BATS_FILE_TMPDIR"
	"$guests/oldpc" old.raw
	"$REHOST" capture --progress none old.raw -o old.capture
	"$REHOST" convert old.capture --target qemu --memory 16M --cpu-quota 30 -o old.guest --json --progress none >convert.json
}

setup() {
	cd "$BATS_FILE_TMPDIR"
}

@test "inspect tells DOS by its files, reads its settings, and says where it can go" {
	run "$REHOST" inspect --progress none old.capture
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *"system on /dev/sda1: MS-DOS (dos)"* ]]
	[[ $output == *"IO.SYS, MSDOS.SYS, COMMAND.COM on FAT16"* ]]
	[[ $output == *"CONFIG.SYS"*"HIMEM.SYS"* ]]
	[[ $output == *"a SCSI host adapter"* ]]
	[[ $output == *"qemu"*"as it is, with"* ]]
	[[ $output == *"old system   disk access int13-chs; ISA cards told; clock counts pit"* ]]
	"$REHOST" inspect --json --progress none old.capture >inspect.json
	jq -e ".systems[0].old_system | .family == \"msdos\" and .disk_access == \"int13-chs\" and .ticks == \"pit\"" inspect.json
}

@test "a machine as the old PC had it: geometry, cards at their addresses, no ACPI" {
	xmllint --noout --relaxng "$top_srcdir/schemas/guest.rng" old.guest/guest.xml
	jq -e '.devices | .disk == "ide" and .nic == "ne2k-isa" and .firmware == "bios" and .clock == "localtime"' \
		convert.json
	grep -q '<geometry cylinders="1024" heads="16" sectors="63"/>' old.guest/guest.xml
	grep -q '<sound model="sb16" port="0x240" irq="7" dma="3"/>' old.guest/guest.xml
	grep -q '<legacy acpi="no" floppy="yes" cpu="pentium" stop="off" disk-access="int13-chs" ticks="pit">' old.guest/guest.xml
	grep -q 'spins="yes" cpu-quota="30"' old.guest/guest.xml
	jq -e '.changes == []' convert.json
}

@test "the program finds geometry, clock, UART, printer and screen through the BIOS" {
	run "$REHOST" validate --progress none old.guest
	echo "$output"
	[ "$status" -eq 0 ]
	tail -n 3 old.guest/evidence/serial.log
	# cylinders in hexadecimal, 16 heads, 63 sectors, and the sector that lies where it always lay
	grep -aE 'OLDPC 03f[0-9a-f]|OLDPC 0400' old.guest/evidence/serial.log | tr -d '\r' |
		grep -E ' 10 3f mark=MARK1234 rtc=[0-2][0-9]:[0-5][0-9] uart=5a lpt=[0-9a-f]{2}$'
}

@test "what its BIOS told of the disk at the capture is what the guest is told" {
	cp -r "$top_srcdir/tests/machines/packaging-line" told
	edd=told/sys/firmware/edd/int13_dev80
	mkdir -p $edd
	echo 518 >$edd/legacy_max_cylinder
	echo 63 >$edd/legacy_max_head
	echo 63 >$edd/legacy_sectors_per_track
	echo 2097152 >$edd/sectors
	"$REHOST" capture --progress none --root told old.raw -o told.capture
	grep -q '<bios-disk number="128" cylinders="519" heads="64" sectors="63" size="1073741824"/>' \
		told.capture/machine.xml
	run "$REHOST" convert told.capture --target qemu --memory 16M --want nic=none -o told.guest --progress none
	echo "$output"
	[[ $output == *"divided it by 64 heads and 63 sectors, its partition table by 16 and 63"* ]]
	grep -q '<geometry cylinders="519" heads="64" sectors="63"/>' told.guest/guest.xml
	sed -i 's#<life kind=.*#<life kind="serial" seconds="120">OLDPC 020[67] 40 3f mark=</life>#' told.guest/guest.xml
	"$REHOST" validate --progress none told.guest
}

@test "on AHCI, where a target has no IDE, it is reached through the BIOS" {
	"$REHOST" convert old.capture --target qemu --memory 16M --want disk=ahci --want nic=none -o ahci.guest --progress none
	# the line on its serial port is enough here: the screen was waited for above
	sed -i 's#<life kind=.*#<life kind="serial" seconds="120">mark=MARK1234 rtc=</life>#' ahci.guest/guest.xml
	run "$REHOST" validate --progress none ahci.guest
	echo "$output"
	[ "$status" -eq 0 ]
	grep -aq ' 10 3f mark=MARK1234 rtc=' ahci.guest/evidence/serial.log
}

@test "on EVE: told what EVE does not make, and tried on the machine that it makes" {
	run "$REHOST" convert old.capture --target eve --memory 16M -o eve.guest --progress none
	echo "$output"
	[ "$status" -eq 0 ]
	for words in "eve has no sound card (sb16)" "eve has no floppy drive" "eve has no printer ports: LPT1 is lost" \
		"eve gives it the processor of the host, not a pentium" "eve's machines show tables of ACPI" \
		"eve cannot give disk 0 its 1024 cylinders, 16 heads and 63 sectors"; do
		[[ $output == *"$words"* ]]
	done
	grep -q '<geometry cylinders="1024" heads="16" sectors="63"/>' eve.guest/guest.xml
	# the sector of its mark is counted by the heads and sectors that the BIOS tells: with others it is another
	sed -i 's#<life kind=.*#<life kind="serial" seconds="120">OLDPC [0-9a-f]+ [0-9a-f]+ 3f mark=</life>#' eve.guest/guest.xml
	run "$REHOST" validate --progress none eve.guest
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *"eve cannot give disk 0"* ]]
	xmllint --xpath '//machine' eve.guest/evidence/report.xml >eve.args
	grep -q 'ide-hd' eve.args
	run grep -E 'acpi=off|pentium|lcyls|sb16|floppy|isa-fdc|isa-parallel' eve.args
	[ "$status" -eq 1 ]
}

@test "the operator knows better what it is: --family" {
	run "$REHOST" convert old.capture --target qemu --dry-run --family dos --progress none
	[ "$status" -eq 2 ]
	[[ $output == *"there is no family of guests 'dos'"*"hint: choose one of: msdos, pcdos, "* ]]
	run "$REHOST" convert old.capture --target qemu --dry-run --family freedos --memory 256M --vcpus 2 --progress none
	[ "$status" -eq 0 ]
	[[ $output == *"FreeDOS for qemu"* ]]
	[[ $output == *"the operator says that it is FreeDOS; it looks like MS-DOS"* ]]
	# more than the system is known to use stays, and is told
	[[ $output == *"256 MiB, 2 processors, "*"disk ide"*"nic ne2k-isa"* ]]
	[[ $output == *"warning: processors: FreeDOS uses at most 1: it gets what was asked for all the same"* ]]
}

@test "what a target has not is refused, with those that would do" {
	run "$REHOST" convert old.capture --target qemu --want firmware=uefi -o x.guest --progress none
	[ "$status" -eq 1 ]
	[[ $output == *"no firmware in common"* ]]
	[ ! -e x.guest ] && [ ! -e x.guest.partial ]
}

@test "ACRN has no BIOS: refused with those that would do, or a program of the user's with BIOS services, not tested" {
	run "$REHOST" convert old.capture --target acrn -o csm.guest --progress none
	[ "$status" -eq 1 ]
	[[ $output == *"no firmware in common"*"hint: these targets would do: "*qemu* ]]
	run "$REHOST" convert old.capture --target acrn --csm convert.json -o csm.guest --progress none
	[ "$status" -eq 1 ]
	[[ $output == *"is no EFI program for x86-64"* ]]
	[ ! -e csm.guest ] && [ ! -e csm.guest.partial ]
	# no more of a program than its headers
	{ printf MZ && head -c 58 /dev/zero && printf '\x40\0\0\0PE\0\0\x64\x86' && head -c 500 /dev/zero; } >csm.efi
	run "$REHOST" convert old.capture --target acrn --csm csm.efi -o csm.guest --progress none
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *"warning: firmware: it is started by 'csm.efi'"*"not tested"* ]]
	grep -q '<firmware added="yes">uefi<' csm.guest/guest.xml
	qemu-img convert -O raw csm.guest/disk1.qcow2 csm.raw
	mcopy -n -i csm.raw@@1M ::/EFI/BOOT/BOOTX64.EFI csm.out
	cmp csm.efi csm.out
}

# hal TEXT - nt.raw with Windows NT 4.0 on FAT in a folder that BOOT.INI names, and in its HAL this text
hal() {
	rm -f nt.raw
	truncate -s 16M nt.raw
	printf '2048,,6,*\n' | sfdisk -q nt.raw
	mkfs.fat --offset 2048 -F 16 nt.raw 15360 >/dev/null
	printf '[boot loader]\r\ndefault=multi(0)disk(0)rdisk(0)partition(1)\\PRESS4\r\n[operating systems]\r\n%s\r\n' \
		'multi(0)disk(0)rdisk(0)partition(1)\PRESS4="Windows NT" /HAL=PRESS4.DLL' >boot.ini
	printf 'ProductVersion\0004.0\0' | iconv -f ASCII -t UTF-16LE >kernel
	printf '%s\0' "$1" >hal
	printf 'MPS 1.4 - APIC platform\0' >other
	mmd -i nt.raw@@1M ::/PRESS4 ::/PRESS4/SYSTEM32
	mcopy -i nt.raw@@1M boot.ini ::/BOOT.INI
	mcopy -i nt.raw@@1M kernel ::/PRESS4/SYSTEM32/NTOSKRNL.EXE
	mcopy -i nt.raw@@1M hal ::/PRESS4/SYSTEM32/PRESS4.DLL
	mcopy -i nt.raw@@1M other ::/PRESS4/SYSTEM32/HAL.DLL
	rm -rf nt.capture
	"$REHOST" capture --progress none nt.raw -o nt.capture
}

@test "NT in a folder of its own, by the HAL that BOOT.INI names: one of a special machine is refused" {
	hal 'PC Compatible Eisa/Isa HAL'
	run "$REHOST" inspect --target qemu --progress none nt.capture
	echo "$output"
	[[ $output == *"Windows NT 4.0 (kernel 4.0) (windows-nt4)"* ]]
	[[ $output == *"clock counts pit; HAL hal.dll, Standard PC"* ]]
	[[ $output == *"qemu"*"as it is, with"* ]]
	hal 'SystemPro or compatible MP HAL'
	run "$REHOST" convert nt.capture --target qemu --dry-run --progress none
	echo "$output"
	[ "$status" -eq 1 ]
	[[ $output == *"its HAL is halsp.dll, for Compaq SystemPro"*"put HAL.DLL of its newest service pack"* ]]
	run "$REHOST" convert nt.capture --target qemu --dry-run --family winnt4 --progress none
	[ "$status" -eq 0 ]
	[[ $output == *"warning: /PRESS4/SYSTEM32/PRESS4.DLL: its HAL is halsp.dll"* ]]
}

@test "a disk of nobody is carried unchanged" {
	truncate -s 8M nobody.raw
	printf '\xfa\xf4\xeb\xfd' | dd of=nobody.raw conv=notrunc status=none
	printf '\x55\xaa' | dd of=nobody.raw bs=1 seek=510 conv=notrunc status=none
	"$REHOST" capture --progress none nobody.raw -o nobody.capture
	run "$REHOST" convert nobody.capture --target qemu -o nobody.guest --progress none
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *"nothing is known about this system"* ]]
	qemu-img compare -q nobody.raw nobody.guest/disk0.qcow2
}

@test "a disk without a system: a row for each target all the same" {
	requires mkfs.ext4
	truncate -s 16M data.raw
	mkfs.ext4 -q -F data.raw
	run "$REHOST" inspect data.raw --progress none
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *"no system that rehost knows"*"qemu         no, because no system was seen on the disks"* ]]
	[[ $output == *"acrn         no, because no system was seen"*"eve          no, because no system was seen"* ]]
	"$REHOST" inspect data.raw --json --progress none |
		jq -e '.systems == [] and (.targets | length > 3 and all(.verdict == "no" and .agreed == false))'
}

@test "sectors that could not be read or were given up hold a text that says so, and their file is named" {
	local at sector i
	cp --sparse=always old.raw bad.raw
	yes LOSTDATA | head -c 65536 | mcopy -i bad.raw@@$((2016 * 512)) - ::RECIPES.DAT
	at=$(head -c 8M bad.raw | grep -abo LOSTDATA | head -n 1 | cut -d : -f 1)
	sector=$((at / 512))
	{
		printf '0x0 ? 1\n0x0 0x%x +\n' $((sector * 512))
		printf '0x%x 0x200 %s\n' $((sector * 512)) - $((sector * 512 + 512)) + \
			$((sector * 512 + 1024)) - $((sector * 512 + 1536)) + $((sector * 512 + 2048)) -
		printf '0x%x 0x%x +\n' $((sector * 512 + 2560)) $((1073741824 - sector * 512 - 2560))
	} >bad.map
	"$REHOST" capture bad.raw --map bad.map -o bad.capture --progress none || [ -e bad.capture ]
	[ "$(grep -c ' -$' bad.capture/disk0.map)" = 3 ]
	# as after --timeout: an edge that was not looked for, sectors that were not tried one by one
	sed -i -e "/^0x0*$(printf %x $((sector * 512 + 1024))) /I s/-$/*/" \
		-e "/^0x0*$(printf %x $((sector * 512 + 2048))) /I s/-$/\//" bad.capture/disk0.map
	grep -q ' [*]$' bad.capture/disk0.map
	grep -q ' /$' bad.capture/disk0.map
	run "$REHOST" convert bad.capture --target qemu -o bad.guest --progress none
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *"lies where the disk could not be read: partition 1: /RECIPES.DAT"* ]]
	[[ $output == *"1536 bytes of files on FAT and 0 bytes in no volume could not be read"* ]]
	qemu-img convert -O raw bad.guest/disk0.qcow2 bad.out
	for i in 0 2 4; do
		dd if=bad.out bs=512 skip=$((sector + i)) count=1 status=none | grep -aq 'REHOST: THIS SECTOR COULD NOT BE READ'
		dd if=bad.out bs=512 skip=$((sector + i + 1)) count=1 status=none | grep -aq LOSTDATA
	done
	rm bad.out
}

# line - line.rehost with the old PC for two hypervisors, which is stopped by keys
line() {
	[ ! -e line.rehost ] || return 0
	"$REHOST" convert old.capture --target libvirt --memory 16M --want nic=none -o dos.guest --progress none
	sed -i -e 's#<life kind=.*#<life kind="serial" seconds="120">mark=MARK1234 rtc=</life>#' \
		-e 's#stop="off"#stop="keys ctrl-alt-delete"#' dos.guest/guest.xml
	"$REHOST" profile --root "$top_srcdir/tests/machines/packaging-line" -o edge.xml
	cat >line.plan.xml <<-XML
		<?xml version="1.0" encoding="UTF-8"?>
		<plan version="1" name="line" host="edge.xml" answer="feasible" cost="0" bound="0" nodes="1">
		<partitions><partition guest="dos.guest" name="dos" class="shared" cpus="0" vcpus="1"
		memory="67108864" overhead="0" priority="1" start-order="1"/></partitions><findings/></plan>
	XML
	"$REHOST" bundle line.plan.xml --target qemu --target libvirt --allow-unsigned --allow-unvalidated -o line.rehost --progress none
}

# life TARGET [RUNNER...] - everything that can be done with an installed guest, on the host of RUNNER
life() {
	local target=$1 state=$BATS_TEST_TMPDIR/state
	shift
	on() { "${runner[@]}" "$REHOST" "$@" --state "$state"; }
	runner=("$@")
	line
	on launch "$PWD/line.rehost" --target "$target" --allow-unsigned --progress none --wait | grep -q 'dos lives: '
	on status --json | jq -e '.[0] | .state == "running" and .pid > 1'
	on console --log dos | grep -aq ' 10 3f mark=MARK1234 rtc='
	on screen dos "$PWD/$target.png"
	file "$target.png" | grep -q 'PNG image'
	on restart dos --wait | grep -q 'dos lives: '
	on rollback dos --pristine --wait | grep -q 'dos lives: '
	run on stop dos
	echo "$output"
	[[ $output == *"dos went off at the keys ctrl-alt-delete"* ]]
	on status --json | jq -e '.[0].state == "stopped"'
	on start dos --wait | grep -q 'dos lives: '
	run on stop dos --now
	[[ $output == *"dos was switched off"* ]]
	on logs dos | grep -q 'stop: it went off at the keys'
	on remove dos --purge
	on status --json | jq -e '. == []'
}

@test "its whole life on QEMU, with keys in place of a power button" {
	life qemu
}

@test "its whole life on libvirt, with keys in place of a power button" {
	local program
	for program in libvirtd virtlogd virsh unshare nsenter ip iptables; do
		command -v "$program" >/dev/null || skip "needs $program"
	done
	unshare --mount --pid --net --fork true 2>/dev/null || skip "needs namespaces"
	"$top_srcdir/tests/command/libvirt-host" start "$BATS_TEST_TMPDIR/host"
	life libvirt "$top_srcdir/tests/command/libvirt-host" run "$BATS_TEST_TMPDIR/host"
	"$top_srcdir/tests/command/libvirt-host" kill "$BATS_TEST_TMPDIR/host"
}
