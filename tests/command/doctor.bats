# SPDX-License-Identifier: GPL-2.0-or-later
# rehost doctor: what is there, what is missing, and that KVM is believed only when it works.

setup() {
	export XDG_RUNTIME_DIR=$BATS_TEST_TMPDIR
	fake=$BATS_TEST_TMPDIR/bin
	mkdir "$fake"
}

@test "names an accelerator that works" {
	run "$REHOST" doctor
	[ "$status" -eq 0 ]
	grep -E '(kvm|tcg) is used' <<<"$output"
	accel=$(grep -oE '(kvm|tcg) is used' <<<"$output" | cut -d' ' -f1)
	run qemu-system-x86_64 -accel "$accel" -M none -nodefaults -display none -S -monitor stdio <<<quit
	[ "$status" -eq 0 ]
}

@test "--json is an array of findings" {
	"$REHOST" doctor --json | jq -e 'map(has("severity") and has("text")) | all'
}

@test "a missing program is named with the package that has it" {
	run env PATH="$fake" "$REHOST" doctor
	[ "$status" -eq 1 ]
	grep -q 'missing  qemu-img' <<<"$output"
	grep -q 'apt install qemu-utils' <<<"$output"
}

@test "whom QEMU of guests runs as is said, with what makes a user for it" {
	[ "$(id -u)" -eq 0 ] || skip "needs root"
	unshare --mount true 2>/dev/null || skip "needs a mount namespace"
	grep -v '^rehost:' /etc/passwd >"$BATS_TEST_TMPDIR/passwd"
	unshare --mount sh -c 'mount --bind "$0" /etc/passwd && "$REHOST" doctor' "$BATS_TEST_TMPDIR/passwd" >"$BATS_TEST_TMPDIR/said"
	grep -A1 'limited  user of guests .*QEMU of guests runs as root' "$BATS_TEST_TMPDIR/said" | grep -q systemd-sysusers
	echo 'rehost:x:64999:64999::/nonexistent:/usr/sbin/nologin' >>"$BATS_TEST_TMPDIR/passwd"
	unshare --mount sh -c 'mount --bind "$0" /etc/passwd && "$REHOST" doctor' "$BATS_TEST_TMPDIR/passwd" >"$BATS_TEST_TMPDIR/said"
	grep -q 'ok       user of guests' "$BATS_TEST_TMPDIR/said"
}
