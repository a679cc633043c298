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
	"$REHOST" convert old.capture --target qemu --memory 16M -o old.guest --json --progress none >convert.json
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
}

@test "a machine as the old PC had it: geometry, cards at their addresses, no ACPI" {
	xmllint --noout --relaxng "$top_srcdir/schemas/guest.rng" old.guest/guest.xml
	jq -e '.devices | .disk == "ide" and .nic == "ne2k-isa" and .firmware == "bios" and .clock == "localtime"' \
		convert.json
	grep -q '<geometry cylinders="1024" heads="16" sectors="63"/>' old.guest/guest.xml
	grep -q '<sound model="sb16" port="0x240" irq="7" dma="3"/>' old.guest/guest.xml
	grep -q '<legacy acpi="no" floppy="yes" cpu="pentium" stop="off">' old.guest/guest.xml
	grep -q 'spins="yes"' old.guest/guest.xml
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

@test "on AHCI, where a target has no IDE, it is reached through the BIOS" {
	"$REHOST" convert old.capture --target qemu --memory 16M --want disk=ahci --want nic=none -o ahci.guest --progress none
	# the line on its serial port is enough here: the screen was waited for above
	sed -i 's#<life kind=.*#<life kind="serial" seconds="120">mark=MARK1234 rtc=</life>#' ahci.guest/guest.xml
	run "$REHOST" validate --progress none ahci.guest
	echo "$output"
	[ "$status" -eq 0 ]
	grep -aq ' 10 3f mark=MARK1234 rtc=' ahci.guest/evidence/serial.log
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

@test "a sector that could not be read holds a text that says so, and its file is named" {
	local at sector
	cp --sparse=always old.raw bad.raw
	yes LOSTDATA | head -c 65536 | mcopy -i bad.raw@@$((2016 * 512)) - ::RECIPES.DAT
	at=$(head -c 8M bad.raw | grep -abo LOSTDATA | head -n 1 | cut -d : -f 1)
	sector=$((at / 512))
	printf '0x0 ? 1\n0x0 0x%x +\n0x%x 0x200 -\n0x%x 0x%x +\n' $((sector * 512)) $((sector * 512)) \
		$((sector * 512 + 512)) $((1073741824 - sector * 512 - 512)) >bad.map
	"$REHOST" capture bad.raw --map bad.map -o bad.capture --progress none || [ -e bad.capture ]
	run "$REHOST" convert bad.capture --target qemu -o bad.guest --progress none
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *"could not be read: RECIPES.DAT"* ]]
	qemu-img convert -O raw bad.guest/disk0.qcow2 bad.out
	dd if=bad.out bs=512 skip=$sector count=1 status=none | grep -aq 'REHOST: THIS SECTOR COULD NOT BE READ'
	dd if=bad.out bs=512 skip=$((sector + 1)) count=1 status=none | grep -aq LOSTDATA
	rm bad.out
}
