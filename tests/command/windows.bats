# SPDX-License-Identifier: GPL-2.0-or-later
# Windows: what is seen on its disk, what a conversion does to its hives, and when it is refused. The
# disks are synthetic (tests/guests/windows): no Windows is booted here.

load common

guests=$top_srcdir/tests/guests
# shellcheck source=tests/guests/lib/windows-matrix.sh
. "$guests/lib/windows-matrix.sh"
versions=$windows_versions

setup_file() {
	PATH=$PATH:/usr/sbin:/sbin
	"$REHOST" --help | grep -q '^  convert ' || skip "rehost was built without libguestfs"
	requires hivexget hivexregedit x86_64-w64-mingw32-gcc i686-w64-mingw32-gcc osslsigncode xorriso ntfs-3g gcab mcopy xmllint
	[ -c /dev/fuse ] || skip "needs /dev/fuse to fill NTFS"
	export WINDOWS_EDIT=$top_builddir/tests/unit/windows-edit
	cd "$BATS_FILE_TMPDIR"
	"$guests/virtio-win" virtio-win.iso
	"$guests/windows" winxp xp.raw --no-atapi storage=iastor current=2
	"$guests/windows" win10 win10.raw
	# a PC whose maker licensed Windows: its tables, as the kernel shows them
	cp -r "$top_srcdir/tests/machines/packaging-line" pc
	mkdir -p pc/sys/firmware/acpi/tables
	for name in slic msdm; do
		perl -ne "print pack 'H*', \$1 if /$name=\"([0-9a-f]+)\"/" \
			"$top_srcdir/tests/golden/qemu/windows-oem.xml" >pc/sys/firmware/acpi/tables/${name^^}
	done
	"$REHOST" capture --progress none xp.raw -o xp.capture
	"$REHOST" capture --progress none --root pc win10.raw -o win10.capture
}

setup() {
	PATH=$PATH:/usr/sbin:/sbin
	cd "$BATS_FILE_TMPDIR"
}

# golden NAME VERSION DRIVERS
golden() {
	local file=$top_srcdir/tests/golden/windows/$1
	"$top_srcdir/tests/golden/windows/edit" "$2" "$3" >"got-$1"
	[ -z "${REHOST_GOLDEN-}" ] || cp "got-$1" "$file"
	diff "$file" "got-$1"
}

@test "the hives of every version, with drivers from an ISO image" {
	for version in $versions; do
		golden "$version" "$version" virtio-win.iso
	done
}

@test "the hives of 2000, 7 and 10 without drivers" {
	for version in win2000 win7 win10; do
		golden "$version-none" "$version" -
	done
}

@test "every golden file belongs to a case" {
	for file in "$top_srcdir"/tests/golden/windows/*; do
		name=$(basename "$file")
		[ "$name" = edit ] || [ -e "got-$name" ] || { echo "$name" && false; }
	done
}

@test "old and new layouts of the image, and a folder, give the same" {
	"$guests/virtio-win" old.iso --old
	mkdir -p folder
	"$guests/virtio-win" folder
	# where they lay differs, and nothing else
	same() { grep -vE '^put:.*exe|taken from' | sed 's/ (DRIVERS: [^)]*)//'; }
	for from in old.iso folder; do
		diff <("$top_srcdir/tests/golden/windows/edit" winxp "$from" | same) \
			<(same <"$top_srcdir/tests/golden/windows/winxp")
	done
}

@test "a driver that the system cannot load is refused by name" {
	mkdir -p hives/drivers out vista
	"$guests/windows-hives" win7x64 hives
	"$guests/virtio-win" vista
	for os in w7 2k8R2 2k8 2k3; do rm -rf vista/viostor/$os; done
	mkdir vista/viostor/w7 && cp -r vista/viostor/w8/amd64 vista/viostor/w7/
	run "$WINDOWS_EDIT" hives out vista
	echo "$output"
	[[ $output == *"viostor.inf: left out: it is signed by SHA-2 only"* ]]
	[[ $output != *"put: /WINDOWS/system32/drivers/viostor.sys"* ]]
	# the update is there
	"$guests/windows-hives" win7x64 hives kb=4474419
	run "$WINDOWS_EDIT" hives out vista
	[[ $output == *"put: /WINDOWS/system32/drivers/viostor.sys"* ]]
	# another processor's file, and none at all
	cp vista/vioscsi/w7/x86/vioscsi.sys vista/vioscsi/w7/amd64/vioscsi.sys
	rm vista/NetKVM/w7/amd64/netkvm.sys
	run "$WINDOWS_EDIT" hives out vista
	[[ $output == *"/vioscsi/w7/amd64/vioscsi.inf: left out: its driver file is for another processor"* ]]
	[[ $output == *"/NetKVM/w7/amd64/netkvm.inf: left out: its driver file is not there"* ]]
}

@test "a 64-bit system wants the signature of a disk driver in its file, that of others in a catalog, and no maker's own" {
	mkdir -p hives/drivers out
	"$guests/windows-hives" win10 hives
	flat signed viostor vioscsi NetKVM
	openssl req -x509 -newkey rsa:2048 -nodes -keyout own.key -out own.cert -days 36500 -subj '/CN=Own' 2>/dev/null
	for f in viostor netkvm; do
		osslsigncode remove-signature -in signed/$f.sys -out plain.sys >/dev/null
		mv plain.sys signed/$f.sys
		echo "$f" | openssl smime -sign -binary -nodetach -md sha256 -signer own.cert -inkey own.key \
			-outform DER -out signed/$f.cat
	done
	osslsigncode remove-signature -in signed/vioscsi.sys -out plain.sys >/dev/null
	rm signed/vioscsi.sys
	osslsigncode sign -h sha256 -certs own.cert -key own.key -in plain.sys -out signed/vioscsi.sys >/dev/null
	run "$WINDOWS_EDIT" hives out signed
	echo "$output"
	[[ $output == *"warning: /viostor.inf: left out: it starts with the system, and only its catalog is signed"* ]]
	[[ $output == *"driver: netkvm.inf"* ]]
	for f in netkvm vioscsi; do
		[[ $output == *"warning: /$f.inf: it is signed by a certificate that only its maker vouches for"* ]]
	done
	rm signed/netkvm.cat
	run "$WINDOWS_EDIT" hives out signed
	[[ $output == *"warning: /netkvm.inf: left out: it is not signed, and a 64-bit system does not load it"* ]]
	# older and 32-bit systems ask for none
	run "$WINDOWS_EDIT" hives out virtio-win.iso
	[[ $output != *"vouches"* ]]
}

@test "drivers that were offered in vain are said, by convert and inspect" {
	mkdir -p hives/drivers out
	"$guests/windows-hives" winxp hives
	flat only10 viostor NetKVM
	run "$WINDOWS_EDIT" hives out only10
	echo "$output"
	for what in disk "network card"; do
		[[ $output == *"warning: drivers: none of those that were offered is for a $what of a virtual machine and for this system"* ]]
	done
	flat some NetKVM viostor
	rm some/viostor.sys
	echo 'no INF' >some/odd.inf
	"$REHOST" inspect --json --progress none --drivers some win10.raw >some.json
	said() { jq -e --arg t "$2" "$1 | .findings[] | select(.text | contains(\$t))" some.json; }
	said .systems[0] 'left out: its driver file is not there'
	said .systems[0] 'is for a disk of a virtual machine'
	! said .systems[0] 'is for a network card' || false
	said . 'odd.inf'
}

@test "drivers of Oracle's know only devices that ACRN can give, and with others besides that is no machine" {
	mkdir -p hives/drivers out oracle
	"$guests/windows-hives" win10 hives
	"$guests/virtio-win" oracle --oracle
	run "$WINDOWS_EDIT" hives out oracle
	echo "$output"
	[[ $output == *"it knows only virtio devices of Oracle's: ACRN gives it such ones"* ]]
	rm -r oracle/NetKVM
	"$guests/virtio-win" folder-of-both
	cp -r folder-of-both/NetKVM oracle/
	run "$WINDOWS_EDIT" hives out oracle
	[[ $output == *"it knows only virtio devices of Oracle's, but "*"only others: one of them will find no device"* ]]
	run "$WINDOWS_EDIT" hives out folder-of-both
	[[ $output != *"Oracle"* ]]
}

# flat FOLDER DRIVER... - these drivers for Windows 10 in one folder
flat() {
	local to=$1 d
	shift
	[ -d all ] || { mkdir all && "$guests/virtio-win" all; }
	mkdir -p "$to"
	for d; do cp all/"$d"/w10/amd64/* "$to/"; done
}

@test "drivers at the top of a folder or archive, and an INF file by its name, are found" {
	mkdir -p hives/drivers out
	"$guests/windows-hives" win10 hives
	flat flat viostor NetKVM
	tar -C flat -cf flat.tar .
	for from in flat flat/ flat/viostor.inf flat.tar; do
		run "$WINDOWS_EDIT" hives out $from
		echo "$from: $output"
		[ "$status" -eq 0 ]
		[[ $output == *"put: /WINDOWS/system32/drivers/viostor.sys"* ]]
		for f in viostor.{inf,cat,sys} netkvm.{inf,cat,sys}; do
			[[ $output == *"put: /WINDOWS/rehost/drivers/${f%.*}/$f"* ]]
		done
		[[ $output != *"left out"* ]]
	done
}

@test "of two sources with files of the same names each driver keeps its own" {
	mkdir -p hives/drivers out
	"$guests/windows-hives" win10 hives
	flat one viostor
	flat two viostor
	# the second is newer; what is behind a signature is not looked at
	iconv -f utf-16 -t utf-8 two/viostor.inf | sed 's/^\( *DriverVer *\)=.*/\1= 01\/01\/2025,200.0.0.0\r/' >two.inf
	mv two.inf two/viostor.inf
	printf 'two' >>two/viostor.sys
	run "$WINDOWS_EDIT" hives out one two
	echo "$output"
	[[ $output == *"driver: viostor.inf 01/01/2025 200.0.0.0 (two: /viostor.inf), 4 files"* ]]
	for f in viostor.inf viostor.sys; do cmp two/$f out/WINDOWS/rehost/drivers/viostor/$f; done
	cmp two/viostor.sys out/WINDOWS/system32/drivers/viostor.sys
}

@test "a file that is there under another processor's folder first is not lost" {
	mkdir -p hives/drivers out links/x86/w10 links/amd64/w10
	"$guests/windows-hives" win10 hives
	flat links/x86/w10 viostor
	ln links/x86/w10/* links/amd64/w10/
	tar -C links -cf links.tar x86 amd64
	run "$WINDOWS_EDIT" hives out links.tar
	echo "$output"
	[[ $output == *"put: /WINDOWS/system32/drivers/viostor.sys"* ]]
}

@test "two INF files of one name get two folders, and a name with a blank is staged without" {
	mkdir -p hives/drivers out twins/a twins/b
	"$guests/windows-hives" win10 hives
	flat twins/a viostor
	flat twins/b NetKVM
	mv twins/a/viostor.inf twins/a/oem.inf
	mv twins/b/netkvm.inf twins/b/OEM.inf
	run "$WINDOWS_EDIT" hives out twins
	echo "$output"
	cmp twins/a/oem.inf out/WINDOWS/rehost/drivers/oem/oem.inf
	cmp twins/b/OEM.inf out/WINDOWS/rehost/drivers/OEM+2/OEM.inf
	cmp twins/b/netkvm.sys out/WINDOWS/rehost/drivers/OEM+2/netkvm.sys
	grep -q 'driver drivers\\OEM+2\\OEM.inf PCI.VEN_1AF4&DEV_1000' out/WINDOWS/rehost/firstboot.ini
	[ "$(hivexget out/SOFTWARE 'Microsoft\Windows\CurrentVersion' DevicePath)" = \
		'%SystemRoot%\inf;%SystemRoot%\rehost\drivers\oem;%SystemRoot%\rehost\drivers\OEM+2' ]
	mv twins/b/OEM.inf 'twins/b/net kvm ä.inf'
	rm -r out/WINDOWS
	run "$WINDOWS_EDIT" hives out twins
	echo "$output"
	cmp 'twins/b/net kvm ä.inf' out/WINDOWS/rehost/drivers/net_kvm___/net_kvm___.inf
	grep -q 'driver drivers\\net_kvm___\\net_kvm___.inf PCI.VEN_1AF4&DEV_1000' out/WINDOWS/rehost/firstboot.ini
}

@test "one INF with two services for disks has two packages in DriverDatabase" {
	mkdir -p hives/drivers out both
	"$guests/windows-hives" win10 hives
	flat both viostor vioscsi
	rm both/viostor.inf
	{
		iconv -f utf-8 -t utf-8 both/vioscsi.inf | sed 's/^\xef\xbb\xbf//
			/^ *\[inst\]/i [blk]\r\nCopyFiles = @viostor.sys\r\n[blk.Services]\r\nAddService = viostor,2,blk_Service\r\n[blk_Service]\r\nServiceType=1\r\nStartType=0\r\nErrorControl=1\r\nServiceBinary=%12%\\viostor.sys\r
			s/^ *%DESC% = inst,  PCI.VEN_1AF4&DEV_1048\r/&\n%DESC% = blk, PCI\\VEN_1AF4\&DEV_1001\r/'
	} >both/disks.inf
	rm both/vioscsi.inf
	run "$WINDOWS_EDIT" hives out both
	echo "$output"
	for s in viostor vioscsi; do
		[ "$(hivexget out/SYSTEM "DriverDatabase\\DriverPackages\\rehost_$s.inf_amd64_0000000000000000\\Configurations\\rehost_conf" Service)" = $s ]
		[[ $output == *"put: /WINDOWS/system32/drivers/$s.sys"* ]]
	done
	hivexget out/SYSTEM 'DriverDatabase\DeviceIds\PCI\VEN_1AF4&DEV_1001' rehost_viostor.inf
}

@test "an older driver is taken where there is no other, and that is said" {
	mkdir -p hives/drivers out older
	"$guests/windows-hives" win8.1 hives
	"$guests/virtio-win" older
	rm -rf older/*/{w8.1,2k12R2,w10,w11,2k16,2k19}
	run "$WINDOWS_EDIT" hives out older
	echo "$output"
	[[ $output == *"made for an older system (w8)"* ]]
	[[ $output == *"put: /WINDOWS/system32/drivers/viostor.sys"* ]]
}

@test "an edited hive edited again stays as it is" {
	mkdir -p hives/drivers once twice
	"$guests/windows-hives" winxp hives
	touch hives/drivers/{atapi,intelide,pciide,disk,partmgr}.sys
	"$WINDOWS_EDIT" hives once virtio-win.iso
	cp -r hives/drivers once/
	"$WINDOWS_EDIT" once twice virtio-win.iso
	diff <(perl -C -S hivexregedit --export once/SYSTEM '\') <(perl -C -S hivexregedit --export twice/SYSTEM '\')
	diff <(perl -C -S hivexregedit --export once/SOFTWARE '\') <(perl -C -S hivexregedit --export twice/SOFTWARE '\')
}

@test "inspect knows what is in a PC with six systems, and what each of them needs" {
	"$guests/windows" winxp hibernated.raw --hibernated
	"$guests/windows" win8.1 fast.raw --hibernated hiberboot=1
	"$guests/windows" win7 dirty.raw --dirty
	"$guests/windows" win7x64 dynamic.raw --part-type 42
	"$guests/windows" win2003 stale.raw --stale-log
	"$guests/windows" winxp cut.raw --truncated
	"$guests/windows" vista efs.raw --encrypted
	"$guests/windows" win7 cyclic.raw --cyclic
	"$guests/windows" win8 huge.raw --huge-value
	"$guests/windows" winnt4 nt4.raw
	perl -0777 -pe 's/MPS 1\.4 - APIC platform/Wyse7000i MP HAL\0\0\0\0\0\0\0/ or die' nt4.raw >wyse.raw
	"$guests/windows" win8.1 journal.raw --open-journal
	truncate -s 16M bitlocker.raw
	# what blkid looks for: the mark at the start, and the header that it leads to
	printf '\xeb\x58\x90-FVE-FS-' | dd of=bitlocker.raw conv=notrunc status=none
	printf '\x3b\xd6\x67\x49\x29\x2e\xd8\x4a\x83\x99\xf6\xa3\x39\xe3\xd0\x01\x00\x10' |
		dd of=bitlocker.raw bs=1 seek=160 conv=notrunc status=none
	printf -- '-FVE-FS-\x40\x00\x02\x00' | dd of=bitlocker.raw bs=4096 seek=1 conv=notrunc status=none
	"$REHOST" inspect --json --progress none --target all --drivers virtio-win.iso win10.raw \
		hibernated.raw fast.raw dirty.raw dynamic.raw stale.raw cut.raw efs.raw bitlocker.raw \
		cyclic.raw huge.raw nt4.raw journal.raw wyse.raw >inspect.json
	jq -e '.findings[] | select(.subject == "/dev/sdi").text | contains("BitLocker")' inspect.json
	jq -e '.systems[] | select(.root == "/dev/sdb1").targets.qemu | .agreed == false and
		(.refusal | contains("hibernated"))' inspect.json
	has() {
		jq -e --arg d "$1" --arg t "$2" '.systems[] | select(.root == $d).findings[] |
			select(.severity == "error") | select(.text | contains($t))' inspect.json >/dev/null ||
			{ echo "$1: no '$2'" && jq '.systems[].findings' inspect.json && false; }
	}
	has /dev/sdb1 'it is hibernated'
	has /dev/sdc1 'Fast Startup'
	has /dev/sdd1 'not unmounted'
	has /dev/sdm1 'not unmounted: its journal was not played back'
	has /dev/sde1 'dynamic disk'
	has /dev/sdf1 'its last changes are in its log only'
	has /dev/sdg1 'it is cut off'
	has /dev/sdh1 'encrypted by EFS'
	# carried as it is, and not for a newer one with an odd version
	jq -e '.systems[] | select(.root == "/dev/sdl1") | .family == "windows-nt4" and .version == "4.0.1381.7097" and
		.old_system.hal == "halmps.dll" and .old_system.ticks == "rtc"' inspect.json
	has /dev/sdn1 'its HAL is halwyse7.dll, for Wyse Series 7000i'
	jq -e '.systems[] | select(.root == "/dev/sdn1").targets.qemu | .agreed == false and
		(.refusal | contains("does not start on a virtual PC"))' inspect.json
	has /dev/sdj1 'is reached twice: it is damaged'
	has /dev/sdk1 "the value 'Current' of key 'Select' is said to have 2147483647 bytes, more than the hive"
	jq -e '.systems[0] | .name == "Windows 10 EnterpriseS (amd64, NT 10.0 build 19045)" and
		.windows.driver_database and .windows.control_set == "ControlSet001" and .boot_loader == "uefi"
		and .nics[1].name == "Linie 4 – Förderband" and .nics[1].address == "192.168.7.41/24"' inspect.json
	jq -e '.systems[0].targets.qemu | .agreed and .devices.disk == "virtio-blk" and
		(.added | contains(["disk"]))' inspect.json
	jq -e '[.systems[0].findings[] | select(.severity == "error")] | length == 0' inspect.json
}

@test "every version on every target: what each gets, or why it is refused" {
	local disks=() golden=$top_srcdir/tests/golden/windows-targets.txt
	for version in $versions; do
		[ -e $version.raw ] || "$guests/windows" $version $version.raw
		disks+=($version.raw)
	done
	"$REHOST" inspect --json --progress none --target all --drivers virtio-win.iso "${disks[@]}" >all.json
	matrix_of all.json $versions >got-targets
	[ -z "${REHOST_GOLDEN-}" ] || cp got-targets "$golden"
	diff "$golden" got-targets
	for version in $versions; do [ $version = win10 ] || rm $version.raw; done
}

@test "XP from a RAID controller starts from virtio, from IDE too, and its files are there" {
	"$REHOST" convert xp.capture --target qemu --drivers virtio-win.iso -o xp.guest --json --progress none >xp.json
	jq -e '.devices.disk == "virtio-blk" and .devices.nic == "virtio-net"' xp.json
	jq -e '.changes[] | select(.path == "/WINDOWS/system32/drivers/atapi.sys" and .action == "added")' xp.json
	jq -e '.changes[] | select(.path == "/dev/sda1") | .why | contains("heads")' xp.json
	# each driver with its version and source, each key with what it was before
	jq -e '.injected | map(.name) | sort == ["balloon.inf", "netkvm.inf", "rehost first boot", "vioscsi.inf",
		"viostor.inf"]' xp.json
	jq -e '.injected[] | select(.name == "viostor.inf") | .kind == "driver" and
		(.version | endswith("100.95.104.26200")) and .source == "virtio-win.iso: /viostor/xp/x86/viostor.inf"' xp.json
	jq -e '.registry[] | select(.key == "ControlSet002\\Services\\vmci" and .value == "Start") |
		.hive == "/WINDOWS/system32/config/SYSTEM" and .before == "0" and .after == "4"' xp.json
	jq -e '.registry[] | select(.key == "ControlSet002\\Services\\viostor" and .value == "Group") |
		(has("before") | not) and .after == "SCSI miniport"' xp.json
	# what the document says of a file is what lies in the guest
	sum=$(xmllint --xpath 'string(//software[@name="viostor.inf"]/file[@path="/WINDOWS/system32/drivers/viostor.sys"]/@digest)' \
		xp.guest/guest.xml)
	qemu-img convert -O raw xp.guest/disk0.qcow2 xp.after
	dd if=xp.after of=xp.ntfs bs=512 skip=63 status=none
	[ "$(ntfscat xp.ntfs /WINDOWS/system32/drivers/viostor.sys | sha256sum | cut -d' ' -f1)" = "$sum" ]
	for f in atapi viostor vioscsi; do ntfscat xp.ntfs /WINDOWS/system32/drivers/$f.sys | head -c 2 | grep -q MZ; done
	ntfscat xp.ntfs /WINDOWS/system32/config/SYSTEM >xp.SYSTEM
	[ "$(hivexget xp.SYSTEM 'ControlSet002\Services\viostor' Start)" = 0 ]
	[ "$(hivexget xp.SYSTEM 'ControlSet002\Services\atapi' Start)" = 0 ]
	! hivexget xp.SYSTEM 'ControlSet001\Services\viostor' Start || false
	[ "$(hivexget xp.SYSTEM 'ControlSet002\Services\Line004' DisplayName)" = 'Dienst für Förderband Nr. 4' ]
	ntfscat xp.ntfs /WINDOWS/rehost/firstboot.ini | grep -q 'driver drivers\\netkvm\\netkvm.inf PCI'
	ntfsinfo -m xp.ntfs | grep -q 'Volume Flags: 0x0000'
	"$REHOST" capture --progress none --verify xp.capture
}

@test "the heads are counted in the boot sector that the BIOS reads, on whatever volume" {
	"$guests/windows" winxp two.raw --boot-volume
	"$REHOST" capture --progress none two.raw -o two.capture
	"$REHOST" convert two.capture --target qemu -o two.guest --progress none --json >two.json
	jq -e '[.changes[] | select(.why | contains("heads")).path] == ["/dev/sda1"]' two.json
	qemu-img convert -O raw two.guest/disk0.qcow2 two.after
	heads() { od -An -tu2 -j $(($1 * 512 + 26)) -N 2 two.after | tr -d ' '; }
	[ "$(heads 63)" = 64 ]
	[ "$(heads 20543)" = 16 ]
}

@test "drivers that the system put away are fetched with what they import, and what lacks a file is not started" {
	"$guests/windows" winxp lsi.raw --lsi --no-pciidex storage=iastor
	"$REHOST" capture --progress none lsi.raw -o lsi.capture
	run "$REHOST" convert lsi.capture --target qemu --want disk=ide -o lsi.guest --progress none
	echo "$output"
	[ "$status" -eq 1 ]
	[[ $output == *"it cannot be made to start from disk ide"*"pciidex.sys"*"hint: offer drivers"* ]]
	"$REHOST" convert lsi.capture --target qemu --want disk=lsi53c895a -o lsi.guest --progress none --json >lsi.json
	jq -e '.devices.disk == "lsi53c895a"' lsi.json
	jq -e '.findings[] | select(.subject == "intelide.sys").text | contains("it needs \u0027pciidex.sys\u0027")' lsi.json
	qemu-img convert -O raw lsi.guest/disk0.qcow2 lsi.after
	dd if=lsi.after of=lsi.ntfs bs=512 skip=63 status=none
	for f in symc8xx scsiport; do ntfscat lsi.ntfs /WINDOWS/system32/drivers/$f.sys | grep -q 'from driver.cab'; done
	ntfscat lsi.ntfs /WINDOWS/system32/config/SYSTEM >lsi.SYSTEM
	[ "$(hivexget lsi.SYSTEM 'ControlSet001\Services\symc8xx' Start)" = 0 ]
	! hivexget lsi.SYSTEM 'ControlSet001\Services\intelide' Start || false
}

# pc CARD... - the hardware of the old PC: each a place, an id and a MAC address
pc() {
	local card
	sed '/<function\|<nic /d; s/<groups>.*/<groups>/; /<group /d; s/group="[0-9]*"//g' "$top_srcdir/tests/golden/eve/edge.xml" >pc.xml
	for card; do
		read -r bdf vendor device mac <<<"$card"
		sed -i "s|</pci>|<function bdf=\"$bdf\" class=\"0x020000\" vendor=\"$vendor\" device=\"$device\" boot-vga=\"no\" msi=\"yes\"/>\n&|
			s|</nics>|<nic name=\"eth${mac: -1}\" mac=\"$mac\" bdf=\"$bdf\"/>\n&|" pc.xml
	done
	mv pc.xml hives/machine.xml
}

@test "a filter outside of the drivers' folder is left in, and a search path that is no text is left alone" {
	mkdir -p hives/drivers out
	"$guests/windows-hives" winxp hives
	printf '%s\r\n' 'Windows Registry Editor Version 5.00' '' \
		'[HKLM\SYSTEM\ControlSet001\Services\encflt]' '"ImagePath"=str(2):"\??\C:\Program Files\Enc\encflt.sys"' '' \
		'[HKLM\SYSTEM\ControlSet001\Services\goneflt]' '"ImagePath"=str(2):"\SystemRoot\System32\DRIVERS\goneflt.sys"' '' \
		'[HKLM\SYSTEM\ControlSet001\Control\Class\{4D36E967-E325-11CE-BFC1-08002BE10318}]' \
		'"LowerFilters"=str(7):"encflt,goneflt"' | sed 's/"encflt,goneflt"/"@"/' >filters.reg
	perl -pi -e 's/str\(7\):"\@"/"hex(7):" . join ",", map { sprintf "%02x,00", $_ } unpack "C*", "encflt\0goneflt\0\0"/e;
		s/\\/\\\\/g if /ImagePath/' filters.reg
	hivexregedit --merge hives/SYSTEM --prefix 'HKLM\SYSTEM' filters.reg
	printf '%s\r\n' 'Windows Registry Editor Version 5.00' '' '[HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion]' \
		'"DevicePath"=hex(3):01,02,03' >path.reg
	hivexregedit --merge hives/SOFTWARE --prefix 'HKLM\SOFTWARE' path.reg
	run "$WINDOWS_EDIT" hives out virtio-win.iso
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *"warning: encflt: a filter of disks whose file is not where drivers are"* ]]
	[[ $output == *"note: goneflt: the filter in LowerFilters of {4D36E967-E325-11CE-BFC1-08002BE10318} has no file: it is taken out"* ]]
	[ "$(hivexget out/SYSTEM 'ControlSet001\Control\Class\{4D36E967-E325-11CE-BFC1-08002BE10318}' LowerFilters)" = encflt ]
	[[ $output == *"warning: DevicePath: "*"left as it is"* ]]
	hivexregedit --export out/SOFTWARE '\Microsoft\Windows\CurrentVersion' | grep -qi '"DevicePath"=hex(3):01,02,03'
}

@test "two cards of one kind are told apart by their places, and only what is surely gone gives its address up" {
	rm -rf hives
	mkdir -p hives/drivers out
	cards() { "$guests/windows-hives" winxp hives "cards=$1"; }
	cards 'PCI\VEN_8086&DEV_1229@PCI Slot 3 (PCI-Bus 1, Gerät 4, Funktion 0);PCI\VEN_8086&DEV_1229@PCI bus 2, device 17, function 0;ROOT\IANSMINIPORT@;PCI\VEN_14E4&DEV_1677@'
	# in the other order, one in hexadecimal digits
	pc '0000:02:11.0 0x8086 0x1229 02:00:00:00:00:01' '0000:01:04.0 0x8086 0x1229 02:00:00:00:00:02'
	run "$WINDOWS_EDIT" hives out
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *"card: Card 0 02:00:00:00:00:02 192.168.7.50"* ]]
	[[ $output == *"card: Card 1 02:00:00:00:00:01 192.168.7.51"* ]]
	[[ $output != *"which card of the old PC"* ]]
	[[ $output == *"warning: Card 2: it is made by software"*"192.168.7.52"* ]]
	[[ $output == *"note: Card 3: the old PC had no such card any more"* ]]
	diff <(grep -a ghost out/WINDOWS/rehost/firstboot.ini | tr -d '\r' | cut -d' ' -f2 | sort) \
		<(printf '%s\n' '{0B5A1C2D-9E8F-4A6B-B7C5-D4E3F2011223}' '{C0000000-0000-4000-8000-000000000003}')
	# no places: which is which is a guess, and a third of them does not lose its address
	cards 'PCI\VEN_8086&DEV_1229@;PCI\VEN_8086&DEV_1229@;PCI\VEN_8086&DEV_1229@;B06BDRV\L2ND@'
	pc '0000:02:11.0 0x8086 0x1229 02:00:00:00:00:01' '0000:01:04.0 0x8086 0x1229 02:00:00:00:00:02' \
		'0000:03:00.0 0x14e4 0x1639 02:00:00:00:00:03'
	run "$WINDOWS_EDIT" hives out
	echo "$output"
	for n in 0 1 3; do [[ $output == *"warning: Card $n: nothing says for sure which card of the old PC it was"* ]]; done
	[[ $output == *"warning: Card 2: whether the old PC still had this card is not known"*"192.168.7.52"* ]]
	[[ $output == *"card: Card 3 02:00:00:00:00:03 192.168.7.53"* ]]
	! grep -qa 'ghost {C0000000' out/WINDOWS/rehost/firstboot.ini || false
	# from Vista on
	rm -rf hives && mkdir -p hives/drivers
	"$guests/windows-hives" win7 hives "cards=PCI\\VEN_8086&DEV_1229@@System32\\drivers\\pci.sys,#65536,PCI bus %1, device %2, function %3,(1,4,0)"
	pc '0000:02:11.0 0x8086 0x1229 02:00:00:00:00:01' '0000:01:04.0 0x8086 0x1229 02:00:00:00:00:02'
	run "$WINDOWS_EDIT" hives out
	[[ $output == *"card: Card 0 02:00:00:00:00:02 192.168.7.50"* ]]
	rm -r hives
}

@test "a driver that imports what the system has not is not registered" {
	mkdir -p hives/drivers out import
	"$guests/windows-hives" winxp hives
	"$guests/virtio-win" import
	printf 'LIBRARY storport.sys\nEXPORTS\nStorPortInitialize\n' >storport.def
	i686-w64-mingw32-dlltool -d storport.def -l storport.a
	echo 'int StorPortInitialize(void); int DriverEntry(void); int DriverEntry(void) { return StorPortInitialize(); }' >storport.c
	i686-w64-mingw32-gcc -nostdlib -shared -s -Wl,--subsystem,native -Wl,--entry,_DriverEntry \
		-o import/viostor/xp/x86/viostor.sys storport.c storport.a
	run "$WINDOWS_EDIT" hives out import
	echo "$output"
	[[ $output == *"warning: viostor.inf: it is not made to start with the system: it needs 'storport.sys', which is not there"* ]]
	! hivexget out/SYSTEM 'ControlSet001\Services\viostor' Start || false
	[ "$(hivexget out/SYSTEM 'ControlSet001\Services\vioscsi' Start)" = 0 ]
	touch hives/drivers/storport.sys
	run "$WINDOWS_EDIT" hives out import
	[ "$(hivexget out/SYSTEM 'ControlSet001\Services\viostor' Start)" = 0 ]
}

@test "a hive with a class that leads nowhere is refused, not crashed on" {
	mkdir -p hives/drivers out
	"$guests/windows-hives" winxp hives
	# the class of the root (MS-RGF)
	perl -e 'open my $f, "+<:raw", $ARGV[0] or die; seek $f, 4096 + 32 + 4 + 48, 0; print $f pack "V", 0xffff7fff' hives/SYSTEM
	run "$WINDOWS_EDIT" hives out
	echo "$output"
	[ "$status" -eq 1 ]
	[[ $output == *"hive SYSTEM: there is no class of a key at 0x"* ]]
}

@test "a disk that becomes full under the overlay ends the conversion, and leaves nothing" {
	[ "$(id -u)" -eq 0 ] || skip "needs root to mount a small file system"
	mkdir small
	mount -t tmpfs -o size=1M none small 2>/dev/null || skip "needs to mount a tmpfs"
	run timeout 300 "$REHOST" convert xp.capture --target qemu --drivers virtio-win.iso -o small/xp.guest --progress none
	left=$(ls -A small)
	umount small
	echo "$output"
	[ "$status" -eq 1 ]
	[[ $output == *"no space left in "*"hint: free some space there"* ]]
	[ -z "$left" ]
}

@test "10 from UEFI gets its fallback loader, and libguestfs sees the same system" {
	"$REHOST" convert win10.capture --target qemu --drivers virtio-win.iso -o win10.guest --json --progress none >win10.json
	jq -e '.devices.firmware == "uefi" and .devices.disk == "virtio-blk"' win10.json
	# what a licence knows the PC by goes with it, and QEMU can give all of it
	for name in slic msdm; do
		[ "$(xmllint --xpath "string(//origin/@$name)" win10.guest/guest.xml)" = \
			"$(od -An -v -tx1 pc/sys/firmware/acpi/tables/${name^^} | tr -d ' \n')" ]
	done
	[ -n "$(xmllint --xpath 'string(//origin/@vendor)' win10.guest/guest.xml)" ]
	! jq -e '.findings[] | select(.subject == "licence")' win10.json || false
	jq -e '.changes[] | select(.path == "/EFI/Boot/bootx64.efi" and .action == "added")' win10.json
	jq -e '.changes[] | select(.path == "/EFI/Microsoft/Boot/BCD" and .action == "changed")' win10.json
	qemu-img convert -O raw win10.guest/disk0.qcow2 win10.after
	dd if=win10.after of=win10.ntfs bs=512 skip=206848 status=none
	ntfscat win10.ntfs /Windows/System32/config/SYSTEM >win10.SYSTEM
	[ "$(hivexget win10.SYSTEM 'DriverDatabase\DriverPackages\rehost_viostor.inf_amd64_0000000000000000\Configurations\rehost_conf' Service)" = viostor ]
	! hivexget win10.SYSTEM 'ControlSet001\Services\pciide\StartOverride' 0 || false
	requires guestfish
	appliance_here
	run guestfish --ro --format=qcow2 -a win10.guest/disk0.qcow2 <<-'END'
		run
		inspect-os
		inspect-get-product-name /dev/sda2
		inspect-get-windows-current-control-set /dev/sda2
	END
	echo "$output"
	[[ $output == *"Windows 10 Enterprise LTSC 2021"*"ControlSet001"* ]]
}

@test "an EFI partition that was not unmounted is refused; --fsck repairs it in the overlay" {
	cp --sparse=always win10.raw dirty.raw
	printf '\x01' | dd of=dirty.raw bs=1 seek=$((1048576 + 0x41)) conv=notrunc status=none
	"$REHOST" capture --progress none dirty.raw -o dirty.capture
	run "$REHOST" convert dirty.capture --target qemu -o dirty.guest --progress none
	echo "$output"
	[ "$status" -eq 1 ]
	[[ $output == *"file system on /dev/sda1 was not unmounted"*"--fsck"* ]]
	[ ! -e dirty.guest ] && [ ! -e dirty.guest.partial ]
	run "$REHOST" convert dirty.capture --target qemu --fsck -o dirty.guest --progress none
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *"/dev/sda1: repaired by fsck.fat"* ]]
	"$REHOST" capture --progress none --verify dirty.capture
}

@test "8.1 goes from a BIOS to ACRN by its own loader for UEFI on an added disk, with a boot configuration made for it" {
	"$guests/windows" win8.1 bios.raw
	"$REHOST" capture --progress none --root pc bios.raw -o bios.capture
	"$REHOST" convert bios.capture --target acrn --drivers virtio-win.iso -o bios.guest --json --progress none >bios.json
	jq -e '.devices.firmware == "uefi"' bios.json
	for lost in "the machine's UUID" 'in SMBIOS' 'the SLIC table' 'the MSDM table'; do
		jq -e --arg t "$lost" 'any(.findings[]; .subject == "licence" and
			(.text | contains("target acrn cannot give") and contains($t)))' bios.json
	done
	grep -q '<firmware added="yes">uefi<' bios.guest/guest.xml
	qemu-img convert -O raw bios.guest/disk1.qcow2 bios.esp
	mcopy -n -i bios.esp@@1M ::/EFI/BOOT/BOOTX64.EFI bios.efi
	grep -q bootmgfw.efi bios.efi
	mcopy -n -i bios.esp@@1M ::/EFI/Microsoft/Boot/bootmgfw.efi - | cmp - bios.efi
	mcopy -n -i bios.esp@@1M ::/EFI/Microsoft/Boot/BCD bios.BCD
	path() { hivexget bios.BCD "Objects\\$1\\Elements\\12000002" Element; }
	[ "$(path '{9dea862c-5cdd-4e70-acc1-f32b344d4795}')" = '\EFI\Microsoft\Boot\bootmgfw.efi' ]
	[[ $(path "$(hivexget bios.BCD 'Objects\{9dea862c-5cdd-4e70-acc1-f32b344d4795}\Elements\23000003' Element)") == *winload.efi ]]
	# its own disk still starts on a BIOS
	qemu-img convert -O raw bios.guest/disk0.qcow2 bios.after
	cmp -n 512 bios.raw bios.after
	dd if=bios.after of=bios.ntfs bs=512 skip=2048 status=none
	ntfscat bios.ntfs /Boot/BCD >bios.BCD
	[[ $(path "$(hivexget bios.BCD 'Objects\{9dea862c-5cdd-4e70-acc1-f32b344d4795}\Elements\23000003' Element)") == *winload.exe ]]
}

@test "where there is no way to UEFI the reason is named, and the targets that would do" {
	"$guests/windows" win8.1 no-efi.raw --no-efi
	"$REHOST" capture --progress none no-efi.raw -o no-efi.capture
	run "$REHOST" convert no-efi.capture --target acrn --drivers virtio-win.iso -o no.guest --progress none
	echo "$output"
	[ "$status" -eq 1 ]
	[[ $output == *"'winload.efi' is not in the guest"* ]]
	run "$REHOST" convert xp.capture --target acrn -o no.guest --progress none
	echo "$output"
	[ "$status" -eq 1 ]
	[[ $output == *"no firmware in common"*"(uefi: only 64-bit Windows starts by 64-bit UEFI)"* ]]
	[[ $output == *"hint: these targets would do: qemu, libvirt, xen"* ]]
	[ ! -e no.guest ] && [ ! -e no.guest.partial ]
}

@test "a suspended system is refused, and discarded when that is wanted" {
	# as a suspended system leaves it: the journal is open, too
	"$guests/windows" winxp hibernated.raw --hibernated --open-journal
	"$REHOST" capture --progress none hibernated.raw -o hibernated.capture
	run "$REHOST" convert hibernated.capture --target qemu -o hibernated.guest --progress none
	echo "$output"
	[ "$status" -eq 1 ]
	[[ $output == *"hibernation: it is hibernated"*"--discard-hibernation"* ]]
	[ ! -e hibernated.guest ] && [ ! -e hibernated.guest.partial ]
	"$REHOST" convert hibernated.capture --target qemu --discard-hibernation -o hibernated.guest --json \
		--progress none >hibernated.json
	jq -e '.findings[] | select(.subject == "/dev/sda1" and .severity == "warning") |
		.text | contains("its journal was thrown away")' hibernated.json
	qemu-img convert -O raw hibernated.guest/disk0.qcow2 hibernated.after
	dd if=hibernated.after of=hibernated.ntfs bs=512 skip=63 status=none
	# so the system checks it at its start
	ntfsinfo -fm hibernated.ntfs | grep 'Volume Flags: 0x0001'
	! ntfscat -f hibernated.ntfs hiberfil.sys || false
	"$REHOST" capture --progress none --verify hibernated.capture
}

@test "a file system with an open journal is refused: to mount it would throw the journal away" {
	"$guests/windows" winxp journal.raw --open-journal
	"$REHOST" capture --progress none journal.raw -o journal.capture
	run "$REHOST" convert journal.capture --target qemu -o journal.guest --progress none
	echo "$output"
	[ "$status" -eq 1 ]
	[[ $output == *"/dev/sda1: its file system was not unmounted: its journal was not played back"*"hint: start the old PC"* ]]
	[ ! -e journal.guest ] && [ ! -e journal.guest.partial ]
}

# refuse NAME.capture DRIVERS TEXT - converting it fails with this text; what was begun is gone, the capture is as it was
refuse() {
	run "$REHOST" convert "$1" --target qemu --drivers "$2" -o bad.guest --progress none
	echo "$output"
	[ "$status" -eq 1 ]
	[[ $output == *"$3"*"hint: "* ]]
	[ ! -e bad.guest ] && [ ! -e bad.guest.partial ]
	"$REHOST" capture --progress none --verify "$1"
}

@test "hives in a circle, with a value of 4 GiB, cut off or not written out are refused by name" {
	bad() {
		"$guests/windows" "$1" bad.raw "$2"
		rm -rf bad.capture
		"$REHOST" capture --progress none bad.raw -o bad.capture
		refuse bad.capture virtio-win.iso "$3"
	}
	bad win7 --cyclic 'is reached twice: it is damaged'
	bad win8 --huge-value "hive SYSTEM: the value 'Current' of key 'Select' is said to have"
	bad winxp --truncated 'hive SYSTEM: it is cut off'
	bad win2003 --stale-log 'SYSTEM: the hive was not written out: its last changes are in its log only'
}

@test "drivers that lead out of their folder, and an image that is none, are refused by name" {
	"$guests/virtio-win" evil
	iconv -f utf-16 -t utf-8 evil/viostor/xp/x86/viostor.inf >evil.inf
	sed 's/^viostor.sys *=.*/viostor.sys = 1,..\\..\\..\\etc/' evil.inf >evil/viostor/xp/x86/viostor.inf
	! cmp -s evil.inf evil/viostor/xp/x86/viostor.inf || false
	refuse xp.capture evil "driver '/viostor/xp/x86/viostor.inf': it names the folder '..\..\..\etc'"
	head -c 3M /dev/urandom >no.iso
	refuse xp.capture no.iso "read drivers from 'no.iso': "
}

@test "a full system volume is refused, and nothing is left behind" {
	"$guests/windows" win7 full.raw --full
	"$REHOST" capture --progress none full.raw -o full.capture
	run "$REHOST" convert full.capture --target qemu --drivers virtio-win.iso -o full.guest --progress none
	echo "$output"
	[ "$status" -eq 1 ]
	[[ $output == *"no room in the guest's /dev/sda1: "*" KiB are needed, "*"hint: "* ]]
	[ ! -e full.guest ] && [ ! -e full.guest.partial ]
	"$REHOST" capture --progress none --verify full.capture
}

@test "what is no source of drivers is refused by name" {
	echo text >no.iso
	mkdir -p empty
	# before anything is begun, whatever system it is
	run timeout 20 "$REHOST" convert xp.capture --target qemu --drivers nowhere -o no.guest --progress none
	echo "$output"
	[[ $output == *"open 'nowhere'"* ]]
	for path in no.iso empty nowhere; do
		run "$REHOST" inspect --progress none --drivers $path xp.raw
		echo "$output"
		[ "$status" -eq 1 ]
		[[ $output == *"'$path'"* ]]
	done
}
