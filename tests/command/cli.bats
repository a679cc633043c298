# SPDX-License-Identifier: GPL-2.0-or-later
# The command line itself: help, usage errors, exit status, standard output that does not arrive.

@test "--help lists every command of the table" {
	run "$REHOST" --help
	[ "$status" -eq 0 ]
	for name in $(sed -n 's/^COMMAND(\(.*\))$/\1/p' "$top_srcdir/cmd/commands.def"); do
		grep -q "^  $name " <<<"$output"
	done
}

@test "no command is a usage error" {
	run "$REHOST"
	[ "$status" -eq 2 ]
}

@test "an unknown command is refused and the nearest one suggested" {
	run "$REHOST" completon
	[ "$status" -eq 2 ]
	[[ $output == *"there is no command 'completon'"* ]]
	[[ $output == *"did you mean 'rehost completion'?"* ]]
	run "$REHOST" zzzzzzzzzzzz
	[ "$status" -eq 2 ]
	[[ $output != *"did you mean"* ]]
}

@test "an unknown option is a usage error with a hint" {
	for name in $(sed -n 's/^COMMAND(\(.*\))$/\1/p' "$top_srcdir/cmd/commands.def"); do
		run "$REHOST" "$name" --no-such-option
		[ "$status" -eq 2 ]
		[[ $output == *"hint: see 'rehost $name --help'"* ]]
	done
}

@test "a full standard output is an error" {
	run bash -c '"$REHOST" --help > /dev/full'
	[ "$status" -eq 1 ]
	[[ $output == *"write to standard output"* ]]
}

@test "completion is valid bash and completes commands and options" {
	"$REHOST" completion | bash -n
	run bash -c 'source <("$REHOST" completion)
		COMP_WORDS=("$REHOST" compl); COMP_CWORD=1; _rehost; echo "${COMPREPLY[@]}"
		COMP_WORDS=("$REHOST" completion --he); COMP_CWORD=2; _rehost; echo "${COMPREPLY[@]}"'
	[ "$status" -eq 0 ]
	[ "${lines[0]}" = completion ]
	[ "${lines[1]}" = --help ]
}

@test "inspect takes --targets for --target" {
	run "$REHOST" inspect --targets wombat nowhere.capture
	[ "$status" -eq 1 ]
	[[ $output == *"there is no target 'wombat'"* ]]
}

@test "an error does nothing to the terminal, whatever it names" {
	run "$REHOST" inspect $'a\x1b[2Jb\xff.raw'
	[ "$status" -eq 1 ]
	[[ $output == *"open 'a\\x1b[2Jb\\xff.raw'"* ]]
}
