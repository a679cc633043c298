# SPDX-License-Identifier: GPL-2.0-or-later
# rehost capture --live with the real LVM: in the appliance of libguestfs, whose kernel has a device mapper.

load common

setup() {
	cd "$BATS_TEST_TMPDIR"
	PATH=$PATH:/usr/sbin:/sbin
}

# carry - target.raw, an ext4 with rehost, its libraries and the script on standard input
carry() {
	mkdir t t/lib
	cp "$REHOST" t/rehost
	ldd "$REHOST" | awk '$3 ~ "^/" { print $3 } $1 ~ "^/.*ld-linux" { print $1 }' | xargs cp -L -t t/lib
	cat >t/run
	truncate -s 700M target.raw
	mkfs.ext4 -q -d t target.raw
}

@test "a file system that is written all the time is whole in the capture, and LVM knows nothing of it" {
	"$REHOST" --help | grep -q '^  convert ' || skip "rehost was built without libguestfs"
	requires guestfish mkfs.ext4 debugfs qemu-img e2fsck
	appliance_here
	carry <<-'END'
		exec >/t/log 2>&1
		modprobe dm-snapshot
		rehost() {
			/t/lib/ld-linux-x86-64.so.2 --library-path /t/lib /t/rehost "$@" --progress none
		}
		i=0
		while [ ! -e /t/stop ]; do
			i=$((i + 1))
			echo $i >/sysroot/new && sync && mv /sysroot/new /sysroot/first && sync
			echo $i >/sysroot/second
			head -c 300000 /dev/urandom >/sysroot/junk$((i % 20))
		done &
		sleep 2
		echo "before: $(cat /sysroot/second)"
		rehost capture --live /dev/sda -o /t/pc.capture
		echo "status $?"
		echo "after: $(cat /sysroot/second)"
		lvs --noheadings -o lv_name
		echo end of volumes
		rehost capture --live /dev/sda -o /sysroot/same.capture
		echo "status $?"
		# what a killed run left behind goes with the next one; a snapshot that is too small is noticed
		lvcreate -y -l 95%FREE -n filler vg0
		lvcreate -y -s -l 1 -n rehost_live_0 vg0/root
		while [ ! -e /t/stop ]; do
			head -c 20000000 /dev/urandom >/sysroot/large && sync
		done &
		rehost capture --live /dev/sda -o /t/full.capture --limit 4M
		echo "status $?"
		lvs --noheadings -o lv_name
		ls -d /t/full.capture*
		touch /t/stop
		wait
	END
	truncate -s 300M disk.raw
	guestfish --format=raw -a disk.raw -a target.raw <<-'END'
		run
		part-init /dev/sda mbr
		part-add /dev/sda p 2048 -1
		pvcreate /dev/sda1
		vgcreate vg0 /dev/sda1
		lvcreate root vg0 120
		mkfs ext4 /dev/vg0/root
		mount /dev/vg0/root /
		debug sh "mkdir /t && mount /dev/sdb /t && sh /t/run; sync; umount /t"
	END
	mkdir got
	debugfs -R 'rdump / got' target.raw 2>/dev/null
	cat got/log
	[ "$(grep -c '^status 0' got/log)" -eq 1 ]
	"$REHOST" capture --verify got/pc.capture --progress none
	qemu-img convert -O raw got/pc.capture/disk0.qcow2 got.raw
	# the first extent of LVM, behind its tables, which are those of before
	dd if=got.raw of=fs.raw bs=1M skip=2 count=120 status=none
	! head -c 2M got.raw | grep -aq rehost_live
	e2fsck -fn fs.raw
	first=$(debugfs -R 'cat first' fs.raw 2>/dev/null)
	second=$(debugfs -R 'cat second' fs.raw 2>/dev/null)
	echo "first $first second $second"
	[ -n "$first" ] && [ "$((first - ${second:-first}))" -le 1 ]
	[ "$first" -ge "$(sed -n 's/before: //p' got/log)" ] && [ "$first" -le "$(sed -n 's/after: //p' got/log)" ]
	grep -q 'is on the disk that is to be captured' got/log
	grep -qE 'ran full|No such device' got/log
	! grep -q '^/t/full.capture' got/log
	! sed -n '/^after/,$p' got/log | grep -q '^ *rehost_live'
}

@test "live: what cannot be taken so is refused" {
	run "$REHOST" capture --live --dry-run /dev/null
	[ "$status" -eq 2 ]
	run "$REHOST" capture --live --from clonezilla /dev/null -o x.capture
	[ "$status" -eq 2 ]
}
