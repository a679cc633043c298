# SPDX-License-Identifier: GPL-2.0-or-later
# Documentation that is tested: options in --help are the options in the manual page, and the same
# with commands.

commands() {
	"$REHOST" --help | sed -n 's/^  \([a-z-]*\)  *.*/\1/p'
}

options_in_help() {
	"$REHOST" "$1" --help | grep -oE -- '^  +(-[^ ],? )? *--[a-z0-9-]+' | grep -oE -- '--[a-z0-9-]+' | sort -u
}

options_in_man() {
	sed -n '/^=head1 OPTIONS/,/^=head1 [^O]/p' "$top_srcdir/man/rehost-$1.pod" |
		grep -E '^=item' | grep -oE 'B<--[a-z0-9-]+>' | grep -oE -- '--[a-z0-9-]+' | sort -u
}

@test "every command has a manual page with an example" {
	for name in $(commands); do
		grep -q '^=head1 EXAMPLE' "$top_srcdir/man/rehost-$name.pod" || { echo "$name" && false; }
	done
}

@test "every manual page belongs to a command and is well-formed" {
	for page in "$top_srcdir"/man/*.pod; do
		podchecker -warnings "$page"
		# what has no empty line before or behind it is text, which podchecker takes for one
		awk '/^=[a-z]/ && line != "" && NR > 1 || command && $0 != "" { print FILENAME ": " $0; bad = 1 }
			{ line = $0; command = /^=[a-z]/ } END { exit bad }' "$page"
		name=$(basename "$page" .pod)
		[ "$name" = rehost ] || grep -qx "COMMAND(${name#rehost-})" "$top_srcdir/cmd/commands.def" ||
			{ echo "$name" && false; }
	done
}

@test "options in --help and in the manual page are the same" {
	for name in $(commands); do
		diff <(options_in_help "$name") <(options_in_man "$name") || { echo "$name" && false; }
	done
}

@test "rehost(1) names every command" {
	for name in $(commands); do
		grep -q "rehost-$name(1)" "$top_srcdir/man/rehost.pod" || { echo "$name" && false; }
	done
}

@test "every help text shows an example" {
	for name in $(commands); do
		"$REHOST" "$name" --help | grep -qE '^    (rehost|source) ' || { echo "$name" && false; }
	done
}
