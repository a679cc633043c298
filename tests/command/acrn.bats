# SPDX-License-Identifier: GPL-2.0-or-later
# Target acrn: its files, ACRN's own tools if there is a source tree, and the life of a guest on a Service VM
# whose acrnctl and acrn-dm are doubles.

load common

setup() {
	cd "$BATS_TEST_TMPDIR"
	GOLDEN=$top_srcdir/tests/golden/acrn
	STATE=$BATS_TEST_TMPDIR/state
	HOME_OF=$STATE/guests/press4
	export REHOST_ACRN_ROOT=$BATS_TEST_TMPDIR/root
	CONF=$REHOST_ACRN_ROOT/usr/share/acrn/conf/add
	MNGR=$REHOST_ACRN_ROOT/run/acrn/mngr
}

teardown() {
	local pid
	for pid in $(jobs -p); do kill "$pid" 2>/dev/null || true; done
	for pid in "$MNGR"/*.monitor.*.socket; do
		[ ! -e "$pid" ] || kill "$(basename "$pid" .socket | sed 's/.*\.//')" 2>/dev/null || true
	done
}

@test "a plan becomes files, with scripts that bash takes and a unit that systemd takes" {
	run "$REHOST" generate "$GOLDEN/good/devices.plan.xml" --target acrn -o out --json
	[ "$status" -eq 0 ]
	for file in scenario.xml board.xml grub.cfg build REPORT.txt press4/acrn-dm.args press4/press4.sh \
		press4/press4.args press4/prepare press4/acrn-press4.service; do
		[ -s "out/$file" ]
	done
	[ "$(jq '.files | length' <<<"$output")" -eq 15 ]
	for file in out/*/*.sh out/*/prepare; do
		[ -x "$file" ]
		bash -n "$file"
	done
	! grep -r "$PWD" out || false
	if command -v grub-script-check >/dev/null; then grub-script-check out/grub.cfg; fi
	if command -v systemd-analyze >/dev/null; then
		sed -i 's|^ExecStart=/usr/bin/acrn-dm|ExecStart=/bin/true|' out/press4/acrn-press4.service
		systemd-analyze verify ./out/press4/acrn-press4.service
	fi
}

@test "a plan with a fault becomes nothing" {
	run "$REHOST" generate "$GOLDEN/bad/block-shell.plan.xml" --target acrn -o out
	[ "$status" -eq 1 ]
	[[ $output == *"error: shell: block '\$(reboot).qcow2'"* ]]
	[ ! -e out ]
}

@test "usage: --build without a tree, a tree for another target, a folder that is no tree" {
	plan=$GOLDEN/good/one-uefi.plan.xml
	run "$REHOST" generate "$plan" --target acrn -o out --build
	[ "$status" -eq 2 ]
	run "$REHOST" generate "$plan" --target qemu -o out --with-acrn-source .
	[ "$status" -eq 2 ]
	run "$REHOST" generate "$plan" --target acrn -o out --with-acrn-source .
	[ "$status" -eq 1 ]
	[[ $output == *"is no tree of ACRN's source"* ]]
}

@test "a validator that would accept anything is not asked" {
	mkdir -p tree/misc/config_tools/scenario_config bin
	echo 'raise SystemExit(0)' >tree/misc/config_tools/scenario_config/validator.py
	cat >bin/python3 <<-'SH'
		#!/bin/sh
		exit 1
	SH
	chmod +x bin/python3
	if /usr/bin/python3 -c 'import xmlschema, elementpath, lxml.etree, defusedxml' 2>/dev/null; then
		skip "needs a /usr/bin/python3 without the modules of ACRN's tools"
	fi
	PATH=$PWD/bin:$PATH run "$REHOST" generate "$GOLDEN/good/one-uefi.plan.xml" --target acrn -o out \
		--with-acrn-source tree
	[ "$status" -eq 1 ]
	[[ $output == *"no Python here has the modules"*"hint: install python3-xmlschema"* ]]
}

@test "ACRN's own tools accept every good plan" {
	[ -n "${ACRN_SOURCE-}" ] || skip "needs ACRN_SOURCE=a tree of ACRN's source"
	for plan in "$GOLDEN"/good/*.plan.xml; do
		echo "$plan"
		"$REHOST" generate "$plan" --target acrn -o "$(basename "$plan")" \
			--with-acrn-source "$ACRN_SOURCE" ${ACRN_BUILD:+--build}
	done
}

@test "ACRN's own tools accept plans on every board that ACRN ships" {
	[ -n "${ACRN_SOURCE-}" ] || skip "needs ACRN_SOURCE=a tree of ACRN's source"
	mkdir guests
	cp "$GOLDEN"/guests/{press4,oven,plc}.xml guests
	for board in "$ACRN_SOURCE"/misc/config_tools/data/*/; do
		name=$(basename "$board")
		[ -e "$board/$name.xml" ] || continue
		echo "$name"
		"$REHOST" profile --import "$board/$name.xml" -o "$name.xml"
		sed -e "s|../boards/four-cores.xml|$name.xml|" -e 's|\.\./guests|guests|' \
			"$GOLDEN/good/${ACRN_PLAN:-real-time}.plan.xml" >"$name.plan.xml"
		"$REHOST" generate "$name.plan.xml" --target acrn -o "$name" \
			--with-acrn-source "$ACRN_SOURCE" ${ACRN_BUILD:+--build}
		# as it was given, but for the end of lines
		diff -q "$name/board.xml" "$board/$name.xml"
	done
}

# install [deaf | stubborn | rude | suspended] - press4 for acrn, with doubles of acrnctl and acrn-dm
install() {
	requires perl qemu-img as ld jq
	"$top_srcdir/tests/guests/tiny-installed" "$STATE" press4
	sed -i 's/target="qemu"/target="acrn"/' "$HOME_OF/instance.xml"
	rm "$HOME_OF/releases/1/qemu.args"
	printf '%s\n' --cpu_affinity 2 -m 128M --ovmf /usr/share/acrn/bios/OVMF.fd -s 0:0,hostbridge \
		-s 16,virtio-blk,disk0.raw press4 >"$HOME_OF/releases/1/acrn-dm.args"
	echo 'echo prepared' >"$HOME_OF/releases/1/prepare"
	mkdir -p "$REHOST_ACRN_ROOT/dev" "$REHOST_ACRN_ROOT/usr/share/acrn/bios" "$MNGR" bin
	touch "$REHOST_ACRN_ROOT/dev/acrn_hsm" "$REHOST_ACRN_ROOT/usr/share/acrn/bios/OVMF.fd"
	# whoever has a file there is started, for acrnctl
	cat >bin/acrnctl <<-SH
		#!/bin/bash
		[ "\$1" = start ] || exit 1
		[ -d "$MNGR" ] || echo "Make sure the acrnd daemon is running"
		if compgen -G "$MNGR/\$2.monitor.*.socket" >/dev/null; then
			echo "can't start \$2(started)"
			exit 255
		fi
		exec bash "$CONF/\$2.sh" \$(cat "$CONF/\$2.args")
	SH
	cat >bin/acrn-dm <<-SH
		#!/bin/bash
		printf '%s\n' "\$@" >"$PWD/argv"
		exec "$top_srcdir/tests/guests/acrn-double" "$MNGR" "\${@: -1}" ${1-}
	SH
	ln -s /bin/true bin/iasl
	chmod +x bin/acrnctl bin/acrn-dm
	PATH=$PWD/bin:$PATH
}

field() {
	"$REHOST" status --state "$STATE" --json press4 | jq -r ".[0].$1"
}

@test "a guest starts through acrnctl, lives, and follows the power button" {
	install
	[ "$(field state)" = stopped ]
	run "$REHOST" start press4 --state "$STATE"
	[ "$status" -eq 0 ]
	[[ $output == *"press4: release 1 runs on acrn"* ]]
	[ "$(field state)" = running ]
	[ "$(field pid)" -gt 1 ]
	diff argv "$HOME_OF/releases/1/acrn-dm.args"
	grep -q prepared "$HOME_OF/log/serial.log"
	await grep -q "DOUBLE LIVES" "$HOME_OF/log/serial.log"
	# raw, and the whole disk
	[ "$(qemu-img info --output=json "$HOME_OF/releases/1/disk0.raw" | jq -r .format)" = raw ]
	qemu-img compare -q "$HOME_OF/releases/1/disk0.raw" "$HOME_OF/releases/1/disk0.qcow2"
	[ -s "$CONF/press4.sh" ] && [ -e "$CONF/press4.args" ]
	run "$REHOST" start press4 --state "$STATE"
	[ "$status" -eq 1 ]
	[[ $output == *"guest 'press4' is running"* ]]
	run "$REHOST" console press4 --state "$STATE"
	[ "$status" -eq 1 ]
	pid=$(field pid)
	[ "$("$REHOST" stop press4 --state "$STATE")" = "press4 followed the power button" ]
	[ "$(field state)" = stopped ]
	[ ! -e "/proc/$pid/exe" ]
	grep -q '^67736d206d6d76 3 0$' "$HOME_OF/log/serial.log"
	# acrnd would start it at the next boot
	[ ! -e "$CONF/press4.sh" ] && [ ! -e "$CONF/press4.args" ]
}

@test "a deaf guest is switched off, a stubborn one is named" {
	install deaf
	"$REHOST" start press4 --state "$STATE"
	run "$REHOST" stop press4 --grace 1 --state "$STATE"
	[ "$status" -eq 0 ]
	[[ $output == *"did not follow the power button and was switched off"* ]]
	grep -q '^67736d206d6d76 3 1$' "$HOME_OF/log/serial.log"
}

@test "what a machine that was killed left behind does not keep the next one down, and a folder that is missing neither" {
	install
	"$REHOST" start press4 --state "$STATE"
	kill -9 "$(field pid)"
	[ "$(field state)" = stopped ]
	compgen -G "$MNGR/press4.monitor.*.socket" >/dev/null
	"$REHOST" start press4 --state "$STATE"
	[ "$(field state)" = running ]
	"$REHOST" restart press4 --state "$STATE"
	[ "$(field state)" = running ]
	"$REHOST" stop press4 --now --state "$STATE"
	rm -r "$MNGR"
	"$REHOST" start press4 --state "$STATE"
	[ "$(field state)" = running ]
}

@test "a guest that switched itself off and is removed is nothing for acrnd any more" {
	install
	"$REHOST" start press4 --state "$STATE"
	kill -9 "$(field pid)"
	[ -e "$CONF/press4.sh" ]
	"$REHOST" remove press4 --state "$STATE"
	[ ! -e "$CONF/press4.sh" ] && [ ! -e "$CONF/press4.args" ]
}

@test "whether acrnd or rehost was first: it runs; acrnctl's reason is told where it does not" {
	install
	sed -i '2i (exec >/dev/null 2>\&1 3>\&-; bash "'"$CONF"'/$2.sh" \&)\nuntil compgen -G "'"$MNGR"'/*" >/dev/null; do sleep 0.1; done' \
		bin/acrnctl
	run "$REHOST" start press4 --state "$STATE"
	[ "$status" -eq 0 ]
	[ "$(field state)" = running ]
	"$REHOST" stop press4 --state "$STATE"
	printf '#!/bin/bash\necho "can'"'"'t find $2"\nexit 255\n' >bin/acrnctl
	run "$REHOST" start press4 --state "$STATE"
	[ "$status" -eq 1 ]
	[[ $output == *"guest 'press4' ended at once: can't find press4"*"hint: "* ]]
}

@test "one that answers rubbish is called crashed, a suspended one paused, a dead socket is nobody" {
	install rude
	"$REHOST" start press4 --state "$STATE"
	[ "$(field state)" = crashed ]
	kill -9 "$(field pid)"
	[ "$(field state)" = stopped ]
	"$top_srcdir/tests/guests/acrn-double" "$MNGR" press4 suspended 3>&- &
	await compgen -G "$MNGR/press4.monitor.*.socket" >/dev/null
	[ "$(field state)" = paused ]
}

@test "a host that does not run ACRN, firmware that is missing, arguments that were tampered with: refused" {
	install
	rm "$REHOST_ACRN_ROOT/usr/share/acrn/bios/OVMF.fd"
	run "$REHOST" start press4 --state "$STATE"
	[ "$status" -eq 1 ]
	[[ $output == *"there is no UEFI firmware for ACRN"* ]]
	touch "$REHOST_ACRN_ROOT/usr/share/acrn/bios/OVMF.fd"
	sed -i 's/disk0.raw/disk0.raw,nodisk;reboot/' "$HOME_OF/releases/1/acrn-dm.args"
	run "$REHOST" start press4 --state "$STATE"
	[ "$status" -eq 1 ]
	[[ $output == *"a disk is a plain file name"* || $output == *"virtio-blk has one file"* ]]
	rm bin/iasl
	run env PATH="$PWD/bin" "$REHOST" start press4 --state "$STATE"
	[ "$status" -eq 1 ]
	[[ $output == *"there is no iasl"*"hint: install acpica-tools"* ]]
	rm "$REHOST_ACRN_ROOT/dev/acrn_hsm"
	run "$REHOST" start press4 --state "$STATE"
	[ "$status" -eq 1 ]
	[[ $output == *"this host does not run ACRN: there is no /dev/acrn_hsm"*"hint: boot it"* ]]
	[ ! -e "$CONF/press4.sh" ]
}

@test "prepare takes the newest kernel from the guest's disk, and nothing from one without" {
	"$REHOST" generate "$GOLDEN/good/one-kernel.plan.xml" --target acrn -o out
	cd out/oven
	{ printf '#!/bin/bash\nset -e\n'; sed -n '/^read/,$p' prepare; } >take
	truncate -s 256M disk1.raw
	printf 'rehost-kernel 1 1 1500000 700\n' | dd of=disk1.raw conv=notrunc status=none
	head -c 1500000 /dev/urandom >kernel.is
	head -c 700 /dev/urandom >initramfs.is
	dd if=kernel.is of=disk1.raw bs=1M seek=128 conv=notrunc status=none
	dd if=initramfs.is of=disk1.raw bs=1M seek=130 conv=notrunc status=none
	bash take
	cmp kernel kernel.is
	cmp initramfs initramfs.is
	# acrn-dm takes no empty file
	printf 'rehost-kernel 1 1 1500000 0\n' | dd of=disk1.raw conv=notrunc status=none
	bash take
	cmp kernel kernel.is
	[ "$(tr -d '\0' <initramfs | wc -c)" -eq 0 ] && [ "$(stat -c %s initramfs)" -eq 512 ]
	printf 'rehost-kernel 1 $(id) 1 1\n' | dd of=disk1.raw conv=notrunc status=none
	! bash take || false
	printf 'something else\n' | dd of=disk1.raw conv=notrunc status=none
	! bash take || false
	cmp kernel kernel.is
}

@test "validate --as acrn: a guest that uses what ACRN has not is refused, and its own evidence stays" {
	requires qemu-img as ld
	"$top_srcdir/tests/guests/tiny" press4.guest
	"$REHOST" validate press4.guest --static --progress none
	run "$REHOST" validate press4.guest --as acrn --progress none
	[ "$status" -eq 1 ]
	[[ $output == *"error: press4: its firmware is bios, and acrn has uefi, kernel"* ]]
	[[ $output == *"its disk is ide, and acrn has ahci, virtio-blk"*"convert it again with --target acrn"* ]]
	grep -q 'target="qemu"' press4.guest/evidence/report.xml
	grep -q 'target="acrn"' press4.guest/evidence-acrn/report.xml
	run "$REHOST" validate press4.guest --as wombat --progress none
	[ "$status" -eq 1 ]
	[[ $output == *"there is no target 'wombat'"* ]]
}
