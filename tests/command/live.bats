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

@test "a group over two disks leaves no trace of snapshots on either, and what is not plain LVM is refused" {
	"$REHOST" --help | grep -q '^  convert ' || skip "rehost was built without libguestfs"
	requires guestfish mkfs.ext4 debugfs qemu-img
	appliance_here
	carry <<-'END'
		exec >/t/log 2>&1
		modprobe -a dm-snapshot dm-crypt btrfs
		capture() {
			echo "== $1"
			shift
			/t/lib/ld-linux-x86-64.so.2 --library-path /t/lib /t/rehost capture --live "$@" --progress none
			echo "status $?"
		}
		mkdir -p /a /boot
		mkfs.ext4 -q /dev/sda1
		mount /dev/sda1 /a && capture plain /dev/sda -o /t/1.capture; umount /a
		mount /dev/sda1 /boot && capture 'output on a plain partition' /dev/sda -o /boot/1.capture; umount /boot
		mkfs.btrfs -q /dev/sda2 && mount /dev/sda2 /a && capture btrfs /dev/sda -o /t/1.capture; umount /a
		echo secret | cryptsetup -q luksFormat --pbkdf pbkdf2 --pbkdf-force-iterations 1000 /dev/sda2 -
		echo secret | cryptsetup open --key-file - /dev/sda2 secret
		pvcreate -q /dev/mapper/secret && vgcreate -q vg1 /dev/mapper/secret && lvcreate -qy -n root -L 40M vg1
		mkfs.ext4 -q /dev/vg1/root && mount /dev/vg1/root /a && capture LUKS /dev/sda -o /t/1.capture
		umount /a; vgchange -qan vg1; cryptsetup close secret; wipefs -qa /dev/sda2
		pvcreate -q /dev/sda3 && pvcreate -q --metadatacopies 2 /dev/sdc && vgcreate -q vg0 /dev/sda3 /dev/sdc
		lvcreate -qy -n root -L 40M vg0 /dev/sda3; lvcreate -qy -n guest -L 20M vg0 /dev/sda3; lvcreate -qy -n swap -L 20M vg0 /dev/sda3
		mkswap -q /dev/vg0/swap; swapon /dev/vg0/swap
		mkfs.ext4 -q /dev/vg0/root && mount /dev/vg0/root /a && echo whole >/a/file
		sleep 1000 </dev/vg0/guest & sleep 1
		capture 'an open volume' /dev/sda /dev/sdc -o /t/1.capture
		kill $!; sleep 1
		mount /dev/sda1 /boot && capture 'two disks' /dev/sda /dev/sdc -o /t/two.capture; umount /boot
		umount /a; swapoff /dev/vg0/swap
	END
	truncate -s 400M disk.raw
	truncate -s 100M second.raw
	guestfish --format=raw -a disk.raw -a target.raw -a second.raw <<-'END'
		run
		part-init /dev/sda mbr
		part-add /dev/sda p 2048 40959
		part-add /dev/sda p 40960 286719
		part-add /dev/sda p 286720 -1
		debug sh "mkdir /t && mount /dev/sdb /t && sh /t/run; sync; umount /t"
	END
	mkdir got
	debugfs -R 'rdump / got' target.raw 2>/dev/null
	cat got/log
	refused() {
		sed -n "/^== $1\$/,/^status/p" got/log | grep -q "$2"
	}
	refused plain "'/a' cannot be captured while it runs: it is on a partition"
	refused 'output on a plain partition' 'is on the disk that is to be captured'
	refused btrfs "'/a' cannot be captured while it runs"
	refused LUKS 'secret is encrypted'
	refused 'an open volume' "'vg0-guest' is in use, but is not mounted"
	[ "$(grep -c '^status 1' got/log)" -eq 5 ]
	[ "$(grep -c '^status 0' got/log)" -eq 1 ]
	"$REHOST" capture --verify got/two.capture --progress none >verified
	cat verified
	grep -q 'of a PC that went on running' verified
	grep -q "'/boot' has no snapshot" verified
	grep -q '<plain mount="/boot"/>' got/two.capture/capture.xml
	for i in 0 1; do
		qemu-img convert -O raw "got/two.capture/disk$i.qcow2" "got$i.raw"
		grep -aq 'vg0' "got$i.raw"
		! grep -aq rehost_live "got$i.raw"
	done
	# the second copy of the tables lies in the last MiB
	tail -c 1M got1.raw | grep -aq vg0
	tail -c 1M second.raw | grep -aq rehost_live
}

@test "what a live capture that was killed left behind is not gone on with" {
	head -c 20M /dev/urandom >disk.raw
	"$REHOST" capture disk.raw -o pc.capture --limit 1M --checkpoint 0 --progress none 3>&- &
	client=$!
	await grep -q . pc.capture.partial/disk0.map
	kill -9 $client
	sed -i 's/<capture /<capture live="yes" /' pc.capture.partial/capture.xml
	run "$REHOST" capture disk.raw -o pc.capture --progress none
	echo "$output"
	[ "$status" -eq 1 ]
	[[ $output == *'was read while the PC ran'*"remove '"*'to begin anew'* ]]
}

@test "live: what cannot be taken so is refused" {
	truncate -s 1M disk.img
	run "$REHOST" capture --live disk.img -o x.capture
	[ "$status" -eq 1 ]
	[[ $output == *"'disk.img' is no disk of this PC"*'images are captured without it'* ]]
	run "$REHOST" capture --live --dry-run /dev/null
	[ "$status" -eq 2 ]
	run "$REHOST" capture --live --from clonezilla /dev/null -o x.capture
	[ "$status" -eq 2 ]
}
