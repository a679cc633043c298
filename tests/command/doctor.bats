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
