# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Disks: finding them, keeping them from being written, describing them.

export PATH=/usr/bin:/usr/sbin:/run/bin
export LC_ALL=C

# find_devices - load the drivers of what is there, until nothing new appears; then lock all disks
find_devices() {
	touch /run/aliases
	rounds=0
	while [ $rounds -lt 5 ]; do
		rounds=$((rounds + 1))
		{
			find /sys/devices -name modalias -exec cat {} + 2>/dev/null
			# cards for ISA, and ports of boards without ACPI, have no other name
			cat /sys/bus/pnp/devices/*/id 2>/dev/null | sed 's/^/pnp:d/'
		} | sort -u >/run/aliases.new
		new=$(sort /run/aliases /run/aliases /run/aliases.new | uniq -u)
		[ "$new" ] || break
		# shellcheck disable=SC2086 # one argument a name
		modprobe -qab $new 2>/dev/null
		cp /run/aliases.new /run/aliases
		lock_disks
		# buses answer later than their drivers
		sleep 1
	done
	modprobe -qa sd_mod sr_mod hid_generic usbhid parport_pc 2>/dev/null
	lock_disks
	note_stick
}

# all_disks - names of all whole disks
all_disks() {
	for sys in /sys/block/*; do
		name=${sys##*/}
		case $name in
		loop* | ram* | sr* | fd* | md* | dm-* | mtd* | zram* | *boot[01] | *rpmb) continue ;;
		esac
		[ "$(cat "$sys/size")" -gt 0 ] || continue
		echo "$name"
	done
}

# lock_disks - the kernel refuses writes to every disk from now on; only a chosen target is opened again
lock_disks() {
	for name in $(all_disks); do
		[ "$name" = "$(cat /run/rehost-medium/target 2>/dev/null)" ] || blockdev --setro "/dev/$name"
	done
}

# on_usb DISK - is it plugged in from outside?
on_usb() {
	case $(readlink -f "/sys/block/$1") in
	*/usb[0-9]*) return 0 ;;
	esac
	return 1
}

# is_medium DISK - is it the stick that this runs from?
is_medium() {
	case $1 in
	mmcblk*) ;;
	*) on_usb "$1" || return 1 ;;
	esac
	[ "$(blkid -p -o value -s LABEL "/dev/$1" 2>/dev/null)" = REHOST ]
}

# note_stick - what captures are told: this is the medium, and these disks are no part of the PC
note_stick() {
	for disk in $(all_disks); do
		! is_medium "$disk" || echo "$disk"
	done >/run/rehost-medium/stick
}

# disks_inside, disks_outside - what is captured, and what can be written to; disks_to_read - what can be captured if
# it is named
disks_inside() {
	for disk in $(all_disks); do
		on_usb "$disk" || is_medium "$disk" || echo "$disk"
	done
}

disks_outside() {
	for disk in $(all_disks); do
		on_usb "$disk" && ! is_medium "$disk" && echo "$disk"
	done
}

disks_to_read() {
	for disk in $(all_disks); do
		is_medium "$disk" || [ "$disk" = "$(cat /run/rehost-medium/target 2>/dev/null)" ] || echo "$disk"
	done
}

# attribute DISK NAME - what the drive says of itself
attribute() {
	tr -s ' \n' ' ' 2>/dev/null <"/sys/block/$1/device/$2" | tr -cd ' -~' | sed 's/^ //; s/ $//'
}

# size_text SECTORS - for people
size_text() {
	awk -v s="$1" 'BEGIN { b = s * 512; split("B KiB MiB GiB TiB", u, " ")
		for (i = 1; b >= 1024 && i < 5; i++) b /= 1024
		printf(b < 10 && i > 1 ? "%.1f %s" : "%.0f %s", b, u[i]) }'
}

# health DISK - what the drive's own tests say, if it answers
health() {
	timeout 10 smartctl -H "/dev/$1" 2>/dev/null | awk -F': *' '
		/overall-health/ || /SMART Health Status/ { print (tolower($2) == "passed" || $2 == "OK" ? "healthy" : "SMART: " $2); found = 1 }
		END { if (!found) print "no SMART" }'
}

# volumes DISK - its partitions, or the disk where it has none: name, size, type and label
volumes() {
	for part in "$1" $(cd "/sys/block/$1" && ls -d "$1"* 2>/dev/null); do
		type=$(timeout 20 blkid -p -o value -s TYPE "/dev/$part" 2>/dev/null)
		[ "$part" != "$1" ] || [ "$type" ] || continue
		label=$(timeout 20 blkid -p -o value -s LABEL "/dev/$part" 2>/dev/null | tr -cd ' -~' | cut -c1-20)
		echo "$part $(cat "/sys/class/block/$part/size") ${type:--} $label"
	done
}

# describe_disk DISK
describe_disk() {
	echo "  $1  $(attribute "$1" vendor | sed 's/^ATA$//; s/..*/& /')$(attribute "$1" model)  $(size_text "$(cat "/sys/block/$1/size")")  $(health "$1")"
	volumes "$1" | while read -r part sectors type label; do
		printf '      %-10s %10s  %s%s\n' "$part" "$(size_text "$sectors")" "$type" "${label:+  \"$label\"}"
	done
}
