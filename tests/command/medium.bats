# SPDX-License-Identifier: GPL-2.0-or-later
# The capture medium, as far as it goes without fetching packages and booting: 'make check-medium' does that.

load common

@test "an output is needed, and its parts" {
	run "$REHOST" medium
	[ "$status" -eq 2 ]
	[[ $output == *'no output given'*'add -o rehost.iso'* ]]
	run "$REHOST" medium -o "$BATS_TEST_TMPDIR/x.iso" --parts /nowhere
	[ "$status" -eq 1 ]
	[[ $output == *"the parts of the medium are not in '/nowhere'"*"'make medium'"* ]]
	[ ! -e "$BATS_TEST_TMPDIR/x.iso.partial" ]
}

@test "what is there is not overwritten, what fails leaves nothing" {
	parts=$BATS_TEST_TMPDIR/parts
	mkdir "$parts"
	touch "$parts/rehost" "$BATS_TEST_TMPDIR/there.iso"
	printf '#!/bin/sh\necho half >"$1"\necho no mirror answers >&2\nexit 1\n' >"$parts/make-image"
	chmod +x "$parts/make-image"
	run "$REHOST" medium -o "$BATS_TEST_TMPDIR/there.iso" --parts "$parts" --cache "$BATS_TEST_TMPDIR/c"
	[ "$status" -eq 1 ]
	[[ $output == *'exists already'* ]]
	run "$REHOST" medium -o "$BATS_TEST_TMPDIR/x.iso" --parts "$parts" --cache "$BATS_TEST_TMPDIR/c"
	[ "$status" -eq 1 ]
	[[ $output == *'no mirror answers'* ]]
	[ -z "$(ls "$BATS_TEST_TMPDIR" | grep x.iso)" ]
}

@test "shellcheck has nothing to say about what is on the medium" {
	requires shellcheck
	cd "$top_srcdir/medium"
	shellcheck -x make-image make-program
	for file in init start screen dhcp disks.sh network.sh screen.sh; do
		# sourced on the medium, from where they lie there
		shellcheck -s sh -e SC1091,SC2154 "$file"
	done
}

@test "packages are sorted in their groups, and every script of the medium is made and installed" {
	cd "$top_srcdir/medium"
	for group in compile kernel user; do
		grep "^$group" packages | LC_ALL=C sort -c
	done
	for file in *; do
		grep -q "medium/$file" "$top_srcdir/Makefile.am" || { echo "$file" && false; }
	done
}
