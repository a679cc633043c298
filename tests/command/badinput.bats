# SPDX-License-Identifier: GPL-2.0-or-later
# What is not there, empty, unreadable or of the wrong kind: one line, one hint, exit 1, nothing left.

setup() {
	cd "$BATS_TEST_TMPDIR"
	mkdir folder
	: >empty
	echo '<x' >bad.xml
	: >before
	ls -A >before
}

# refused COMMAND... - exactly one line that says what is wrong, one that says what to do
refused() {
	run "$REHOST" "$@"
	echo "$*: $output"
	[ "$status" -eq 1 ]
	[ "$(grep -c '^rehost: ' <<<"$output")" -eq 1 ]
	[ "$(grep -c '^hint: ' <<<"$output")" -eq 1 ]
	[ "$(ls -A)" = "$(cat before)" ]
}

@test "a disk that is missing, empty or a folder" {
	for disk in nowhere empty folder; do
		refused capture "$disk" -o a.capture
	done
}

@test "documents that are missing, a folder or damaged" {
	for file in nowhere folder bad.xml; do
		refused plan --host "$file" x.guest
		refused validate "$file"
		refused generate "$file" --target qemu -o out
	done
	for file in nowhere empty folder; do
		refused validate "$file"
	done
}

@test "a folder that is missing, or a file" {
	refused profile --root nowhere
	refused profile -o nowhere/x.xml
	refused status --state empty
	refused start press4 --state empty
}

@test "a bundle that is missing, empty or a folder" {
	for file in nowhere empty folder; do
		refused bundle list "$file"
		refused launch "$file" --state state
	done
}
