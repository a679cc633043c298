# SPDX-License-Identifier: GPL-2.0-or-later
# The service of the first boot, really run, by wine: order, log, bounded tries, no loop, removal.
# FIRSTBOOT_ROOT names a root file system whose wine is used (32 bit: tests/guests/check-wine).

load common

program=$top_builddir/firstboot/firstboot-${FIRSTBOOT_ARCH:-amd64}.exe
service='HKLM\System\CurrentControlSet\Services\RehostFirstBoot'

# in_wine PROGRAM... - on this host, or in the root that was named
in_wine() {
	if [ -n "${FIRSTBOOT_ROOT-}" ]; then
		chroot "$FIRSTBOOT_ROOT" env WINEPREFIX=/prefix WINEDEBUG=-all HOME=/prefix PATH="$PATH:/usr/lib/wine" "$@"
	else
		env WINEPREFIX="$prefix" WINEDEBUG=-all HOME="$BATS_FILE_TMPDIR" "$@"
	fi
}

setup_file() {
	"$REHOST" --help | grep -q '^  convert ' || skip "rehost was built without libguestfs"
	[ -e "$program" ] || skip "needs ${program##*/}: rehost was built without gcc-mingw-w64"
	if [ -n "${FIRSTBOOT_ROOT-}" ]; then
		export prefix=$FIRSTBOOT_ROOT/prefix
		mkdir -p "$prefix"
	else
		requires wine wineserver
		export prefix=$BATS_FILE_TMPDIR/prefix
	fi
	in_wine wine wineboot -i >/dev/null 2>&1
	[ -d "$prefix/drive_c/windows/system32" ]
}

# one log line a call, as the service and the scripts leave them
setup() {
	folder=$prefix/drive_c/windows/rehost
	in_wine wineserver -k 2>/dev/null || true
	in_wine wineserver -w
	# what the last test wanted deleted at the next start
	in_wine wine cmd /c exit
	in_wine wineserver -w
	rm -rf "$folder"
	mkdir -p "$folder/scripts"
	cp "$program" "$folder/firstboot.exe"
	: >"$prefix/com1.txt"
	if [ -n "${FIRSTBOOT_ROOT-}" ]; then com1=/prefix/com1.txt; else com1=$prefix/com1.txt; fi
}

# register - as the conversion does it offline
register() {
	cat >"$prefix/drive_c/service.reg" <<-END
		REGEDIT4

		[HKEY_LOCAL_MACHINE\\Software\\Wine\\Ports]
		"COM1"="$com1"

		[HKEY_LOCAL_MACHINE\\System\\CurrentControlSet\\Services\\Tcpip\\Parameters\\Interfaces\\{5AA4F8B7-52BD-4C1C-8E3F-6C2A0B9D1E04}]
		"EnableDHCP"=dword:00000000
		"IPAddress"=hex(7):31,30,2e,30,2e,30,2e,34,00,00
		"NameServer"="10.0.0.2"

		[HKEY_LOCAL_MACHINE\\System\\CurrentControlSet\\Services\\RehostFirstBoot]
		"Type"=dword:00000010
		"Start"=dword:00000002
		"ErrorControl"=dword:00000000
		"ObjectName"="LocalSystem"
		"ImagePath"="C:\\\\windows\\\\rehost\\\\firstboot.exe"
	END
	in_wine wine regedit /S 'C:\service.reg'
	in_wine wineserver -k || true
	in_wine wineserver -w
}

registered() {
	grep -qi 'Services\\\\RehostFirstBoot\]' "$prefix/system.reg"
}

# boot - the services of the prefix start with its first program, as those of Windows do
boot() {
	local i before
	before=$(grep -c 'begins' "$folder/firstboot.log" 2>/dev/null || true)
	in_wine wine cmd /c "ping -n 3 127.0.0.1 >nul" &
	for i in {1..600}; do
		tail -n 1 "$folder/firstboot.log" 2>/dev/null | grep -qE 'done|left for|gave up' &&
			[ "$(grep -cE 'begins|gave up' "$folder/firstboot.log")" -gt "${before:-0}" ] && break
		sleep 0.1
	done
	sleep 1
	in_wine wineserver -k || true
	in_wine wineserver -w
	wait
}

@test "scripts run once, in order of their names; it says so on the serial port, and goes" {
	printf 'serial COM1\r\nwait 0\r\nghost {5AA4F8B7-52BD-4C1C-8E3F-6C2A0B9D1E04}\r\n' >"$folder/firstboot.ini"
	printf '@echo two>>%%~dp0..\\order.txt\r\n' >"$folder/scripts/20-b.cmd"
	printf '@echo one>>%%~dp0..\\order.txt\r\n@exit /b 3\r\n' >"$folder/scripts/10-a.cmd"
	printf '@echo three>>%%~dp0..\\order.txt\r\n' >"$folder/scripts/30 with blank.cmd"
	register
	registered
	boot
	cat "$folder/firstboot.log"
	diff <(printf 'one\ntwo\nthree\n') <(tr -d '\r' <"$folder/order.txt")
	grep -q 'script 10-a.cmd ended with 3' "$folder/firstboot.log"
	grep -q 'gave its address up' "$folder/firstboot.log"
	grep -q 'rehost: first boot: done' "$prefix/com1.txt"
	grep -A5 -i 'Interfaces.*5AA4F8B7' "$prefix/system.reg" | grep -q '"EnableDHCP"=dword:00000001'
	! registered || false
	[ ! -e "$folder/firstboot.ini" ]
	# a second boot does nothing more
	in_wine wine cmd /c exit
	in_wine wineserver -w
	[ "$(wc -l <"$folder/order.txt")" -eq 3 ]
	[ ! -e "$folder/firstboot.exe" ]
}

@test "a driver is kept ready for a device that comes later, in a folder of any name" {
	mkdir -p "$folder/drivers/net+2"
	cat >"$folder/drivers/net+2/net.inf" <<-'END'
		[Version]
		Signature="$Windows NT$"
		Class=Net
		ClassGuid={4D36E972-E325-11CE-BFC1-08002BE10318}
		[Manufacturer]
		m=M
		[M]
		d=I,PCI\VEN_1AF4&DEV_1000
		[I]
	END
	printf 'serial none\r\nwait 0\r\ndriver drivers\\net+2\\net.inf PCI\\VEN_1AF4&DEV_1000\r\ndriver drivers\\gone\\gone.inf PCI\\VEN_1AF4&DEV_1041\r\n' >"$folder/firstboot.ini"
	register
	boot
	cat "$folder/firstboot.log"
	# wine does not look for devices
	grep -qE 'drivers\\net\+2\\net.inf (drives|is ready, there is no) PCI\\VEN_1AF4&DEV_1000' "$folder/firstboot.log"
	! grep -q 'net.inf was not taken' "$folder/firstboot.log" || false
	grep -q 'drivers\\gone\\gone.inf was not taken: ' "$folder/firstboot.log"
	# where plug and play looks
	grep -rlq 'VEN_1AF4&DEV_1000' "$prefix/drive_c/windows/inf"
	grep -q 'first boot: done' "$folder/firstboot.log"
	! registered || false
}

# connection GUID NAME - as Windows keeps it; before register, since the service runs when wine starts next
connection() {
	printf 'REGEDIT4\n\n[HKEY_LOCAL_MACHINE\\System\\CurrentControlSet\\Control\\Network\\{4D36E972-E325-11CE-BFC1-08002BE10318}\\%s\\Connection]\n"Name"="%s"\n' \
		"$1" "$2" >"$prefix/drive_c/connection.reg"
	in_wine wine regedit /S 'C:\connection.reg'
}

# value KEY NAME - from the registry on the disk; the key as it is written there
value() {
	k=$1 n="\"$2\"=" awk 'index($0, "[") == 1 { on = index(tolower($0), tolower(ENVIRON["k"])) }
		on && index($0, ENVIRON["n"]) == 1' "$prefix/system.reg"
}

@test "the card with the old MAC address takes over the settings, and the name once it has one" {
	local mac new old='{5AA4F8B7-52BD-4C1C-8E3F-6C2A0B9D1E04}'
	mac=$(cat /sys/class/net/*/address | grep -v '^00:00:00:00:00:00$' | head -n 1)
	[[ $mac == ??:??:??:??:??:?? ]] || skip "needs a network card"
	printf 'serial none\r\nwait 4\r\nnic %s %s\r\n' "$mac" "$old" >"$folder/firstboot.ini"
	connection "$old" 'Line 4'
	register
	boot
	cat "$folder/firstboot.log"
	grep -q "the card $mac took over the settings of the old one" "$folder/firstboot.log"
	[ "$(value "Interfaces\\\\$old]" EnableDHCP)" = '"EnableDHCP"=dword:00000001' ]
	[ -z "$(value "Interfaces\\\\$old]" NameServer)" ]
	new=$(grep -i 'Parameters.*Interfaces.*{' "$prefix/system.reg" | grep -vi "${old:1:8}" | grep -o '{[^}]*}' | tail -n 1)
	[ "$(value "Interfaces\\\\$new]" NameServer)" = '"NameServer"="10.0.0.2"' ]
	# nobody was there to take the name
	[ "$(value "$old\\\\Connection]" Name)" = '"Name"="Line 4"' ]
	setup
	printf 'serial none\r\nwait 4\r\nnic %s %s\r\n' "$mac" "$old" >"$folder/firstboot.ini"
	connection "$new" 'Local Area Connection'
	register
	boot
	cat "$folder/firstboot.log"
	[ "$(value "$new\\\\Connection]" Name)" = '"Name"="Line 4"' ]
	[ "$(value "$old\\\\Connection]" Name)" = "\"Name\"=\"$old\"" ]
}

@test "what cannot be done is tried at three boots, not for ever" {
	printf 'serial none\r\nwait 0\r\nnic 02:00:00:00:00:01 {5AA4F8B7-52BD-4C1C-8E3F-6C2A0B9D1E04}\r\n' >"$folder/firstboot.ini"
	register
	boot
	registered
	grep -q '1 left for the next boot' "$folder/firstboot.log"
	boot
	boot
	cat "$folder/firstboot.log"
	[ "$(grep -c 'no network card has' "$folder/firstboot.log")" -le 3 ]
	! registered || false
}

@test "a script that was cut off twice is left out" {
	printf 'serial none\r\nwait 0\r\n' >"$folder/firstboot.ini"
	printf '@echo ran>>%%~dp0..\\order.txt\r\n' >"$folder/scripts/10-bad.cmd"
	printf '@echo ran>>%%~dp0..\\other.txt\r\n' >"$folder/scripts/20-good.cmd"
	printf 'try boot\r\nbegin 10-bad.cmd\r\ntry boot\r\nbegin 10-bad.cmd\r\n' >"$folder/state.txt"
	register
	boot
	cat "$folder/firstboot.log"
	[ ! -e "$folder/order.txt" ]
	[ -e "$folder/other.txt" ]
	grep -q "'10-bad.cmd' was begun twice" "$folder/firstboot.log"
	! registered || false
}

@test "it needs only what Windows 2000 had" {
	requires i686-w64-mingw32-objdump
	for f in "$top_builddir"/firstboot/firstboot-*.exe; do
		i686-w64-mingw32-objdump -p "$f" >objdump 2>/dev/null || x86_64-w64-mingw32-objdump -p "$f" >objdump
		diff <(sed -n 's/.*DLL Name: //p' objdump | sort) <(printf 'ADVAPI32.dll\nKERNEL32.dll\n')
		! grep -qiE 'GetTickCount64|Wow64|InitOnce|FlsAlloc|AddVectored|GetVersionExW' objdump || false
	done
	rm objdump
	grep -q 'MajorSubsystemVersion.*4' <(i686-w64-mingw32-objdump -p "$top_builddir/firstboot/firstboot-x86.exe")
}
