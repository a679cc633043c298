# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# What the screen shows and asks.

# ask QUESTION [DEFAULT] - the answer goes to $answer
ask() {
	printf '%s%s: ' "$1" "${2:+ [$2]}"
	if ! read -r answer; then
		sleep 1
		answer=
	fi
	answer=$(printf '%s' "$answer" | tr -cd ' -~')
	[ "$answer" ] || answer=$2
}

pause() {
	ask 'Enter leads back'
}

heading() {
	printf '\033[H\033[J'
	echo "rehost capture medium                 Nothing inside this PC is ever written."
	echo "-------------------------------------------------------------------------------"
}

dmi() {
	tr -cd ' -~' 2>/dev/null <"/sys/class/dmi/id/$1" | sed 's/ *$//'
}

# list_disks - all that there are to /run/disks, one line for each disk and volume, none wider than the screen; asks
# every disk, which a dying one takes its time for: only when it is wanted
list_disks() {
	{
		echo "Disks of this PC:"
		for disk in $(disks_inside); do describe_disk "$disk"; done
		[ "$(disks_inside)" ] || echo "  none found"
		echo "Disks on USB, to write a capture to (or to read, if one is this PC's own):"
		for disk in $(disks_outside); do describe_disk "$disk"; done
		[ "$(disks_outside)" ] || echo "  none: plug one in, then l"
	} | cut -c1-79 >"/run/disks.$$"
	mv "/run/disks.$$" /run/disks
}

# look_again - for what was plugged in
look_again() {
	find_devices
	list_disks
}

# show_pc - in 24 lines of 80 columns, the question is the 25th; what is more than fits is shown by d
show_pc() {
	heading
	echo "$(dmi sys_vendor) $(dmi product_name)  $(sed -n 's/^model name.*: *//p' /proc/cpuinfo | head -n 1)" | cut -c1-79
	awk -v used="$(cat /run/memory-used 2>/dev/null)" -v kernel="$(uname -r)" -v firmware="$([ -d /sys/firmware/efi ] && echo UEFI || echo BIOS)" '
		/^MemTotal/ { printf("%s  memory %d MB, the medium uses %d MB  kernel %s\n", firmware, $2 / 1024, used / 1024, kernel) }' /proc/meminfo
	echo
	lines=$(wc -l </run/disks)
	if [ "$lines" -le 13 ]; then
		cat /run/disks
	else
		head -n 12 /run/disks
		echo "  ... and $((lines - 12)) lines more: d shows them all"
	fi
	echo
	echo "  u  capture to a USB disk"
	echo "  n  capture from the workshop, over the network"
	echo "  s  a shell      l  look again      o  switch off      r  restart"
	echo
}

# alone FUNCTION... - unless the other screen is at work
alone() {
	if ! mkdir /run/at-work 2>/dev/null; then
		echo "The other screen is at work: end that first."
		pause
		return
	fi
	"$@"
	rmdir /run/at-work
}

switch_off() {
	sync
	"$1"
	sleep 60
}

# number_of COUNT - is $answer one of 1 ... COUNT?
is_number_of() {
	case $answer in
	'' | *[!0-9]*) return 1 ;;
	esac
	[ "$answer" -ge 1 ] && [ "$answer" -le "$1" ]
}

# targets - partitions on USB that a capture can be written to: "PART SECTORS TYPE LABEL"
targets() {
	for disk in $(disks_outside); do volumes "$disk"; done |
		grep -E '^[^ ]+ [0-9]+ (ext[234]|exfat|ntfs|vfat) '
}

# open_target PART TYPE - mount it at /target, for writing
open_target() {
	disk=$(basename "$(readlink -f "/sys/class/block/$1/..")")
	[ -d "/sys/block/$disk" ] || disk=$1
	echo "$disk" >/run/rehost-medium/target
	blockdev --setrw "/dev/$disk"
	case $2 in
	ntfs) modprobe fuse 2>/dev/null; ntfs-3g "/dev/$1" /target ;;
	*) mount -t "$2" -o nosuid,nodev,noexec "/dev/$1" /target ;;
	esac
}

close_target() {
	cd /
	sync
	if ! umount /target; then
		echo "The USB disk is still in use and stays open: switch off with o before you take it out."
		return 1
	fi
	blockdev --flushbufs "/dev/$(cat /run/rehost-medium/target)"
	rm -f /run/rehost-medium/target
	lock_disks
}

# holds_system PART TYPE - has it what a system starts from? It is looked at without writing, and then it is no target
holds_system() {
	found=
	case $2 in
	ntfs) modprobe fuse 2>/dev/null; ntfs-3g -o ro "/dev/$1" /target ;;
	ext*) mount -t "$2" -o ro,noload,nosuid,nodev,noexec "/dev/$1" /target ;;
	*) mount -t "$2" -o ro,nosuid,nodev,noexec "/dev/$1" /target ;;
	esac 2>/dev/null || return 1
	for path in /target/*; do
		name=${path##*/}
		case $(printf '%s' "$name" | tr '[:upper:]' '[:lower:]') in
		etc | vmlinuz* | bootmgr | ntldr | windows | winnt | io.sys | msdos.sys | ibmbio.com | kernel.sys | command.com) found=$name ;;
		esac
	done
	umount /target
	[ "$found" ]
}

choose_target() {
	targets >/run/targets
	count=$(wc -l </run/targets)
	if [ "$count" -eq 0 ]; then
		echo "There is no disk on USB with a file system that can be written: ext4, exFAT, NTFS or FAT32."
		echo "Make one on another PC; here nothing is ever formatted. After plugging it in: l"
		return 1
	fi
	awk '{ printf("  %d  %s, %d MB, %s %s\n", NR, $1, $2 / 2048, $3, $4) }' /run/targets
	ask "Write to (the number, 1 to $count)"
	is_number_of "$count" || { echo "'$answer' is none of the numbers. Nothing was written." && return 1; }
	read -r part _ type _ <<-LINE
		$(sed -n "${answer}p" /run/targets)
	LINE
	if holds_system "$part" "$type"; then
		echo "$part holds '$found', and so perhaps the system of a PC: it is not written. Take another disk."
		return 1
	fi
}

# choose_sources - names of disks of this PC go to $sources. One on USB can be its own (a flash module, a card
# reader), but has to be named; the stick with the medium and the disk that is written to cannot be read.
choose_sources() {
	ask 'Which disks' "$(disks_inside | xargs)"
	sources=
	for disk in $answer; do
		disk=${disk#/dev/}
		disks_to_read | grep -qx "$disk" || { echo "$disk is no disk of this PC." && return 1; }
		sources="$sources /dev/$disk"
	done
	[ "$sources" ] || { echo "No disk was named." && return 1; }
}

# choose_name - of the capture; what was begun on the target can be gone on with
choose_name() {
	begun=
	for folder in /target/*.capture.partial; do
		[ ! -d "$folder" ] || begun=$(basename "$folder" .capture.partial)
	done
	[ -z "$begun" ] || echo "There is an unfinished capture '$begun'. The same name goes on with it."
	ask 'Name of this PC' "${begun:-$(dmi product_name | tr -cs 'A-Za-z0-9\n' - | tr '[:upper:]' '[:lower:]' | sed 's/^-*//; s/-*$//' | cut -c1-40)}"
	name=${answer:-pc}
	name=${name%.capture}
}

to_usb() {
	heading
	choose_target || { pause && return; }
	if ! open_target "$part" "$type"; then
		echo "$part cannot be opened for writing."
		close_target 2>/dev/null
		rm -f /run/rehost-medium/target
		lock_disks
		pause
		return
	fi
	choose_sources && choose_name && capture_to_usb
	close_target && echo "The USB disk may be taken out."
	pause
}

capture_to_usb() {
	df -h /target | awk 'NR == 2 { print $4 " free on " $1 }'
	if [ ! -e "/target/$name.capture.partial/capture.xml" ]; then
		# shellcheck disable=SC2086 # one argument a disk
		rehost capture --dry-run --progress none $sources || return
	fi
	ask 'Begin? y or n' y
	case $answer in
	y | Y | yes | Yes | YES) ;;
	*) echo "Not begun." && return 1 ;;
	esac
	echo "Ctrl-C stops; the same choice goes on later."
	# shellcheck disable=SC2086
	(trap - INT && exec rehost capture $sources -o "/target/$name.capture")
	rc=$?
	sync
	[ $rc -ne 0 ] || echo "Done: $name.capture"
	return $rc
}

# set_up_network - until this PC has an address; what it has is offered again
set_up_network() {
	if [ -z "$(cards)" ]; then
		echo "No network card was found."
		return 1
	fi
	for card in $(cards); do
		echo "  $card  $(cat "/sys/class/net/$card/address")  $([ "$(cat "/sys/class/net/$card/carrier" 2>/dev/null)" = 1 ] && echo cable || echo 'no cable')  $(address_of "$card")"
	done
	ask 'Card' "$(card_in_use || cards | head -n 1)"
	card=$answer
	[ -d "/sys/class/net/$card" ] || { echo "There is no network card '$card'." && return 1; }
	present=$(address_of "$card")
	ask 'Address: d for DHCP, l for link-local, or 192.168.1.5/24 [and a gateway]' "${present:-d}"
	# shellcheck disable=SC2086 # address and gateway
	case $answer in
	d | D) by_dhcp "$card" || { echo "No answer from DHCP; taking a link-local address." && link_local "$card"; } ;;
	l | L) link_local "$card" ;;
	"$present") ;;
	*) fixed "$card" $answer ;;
	esac
}

to_workshop() {
	heading
	set_up_network || { pause && return; }
	choose_sources || { pause && return; }
	echo
	# shellcheck disable=SC2086
	(trap - INT && exec rehost serve $sources)
	pause
}
