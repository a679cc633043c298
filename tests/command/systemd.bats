# SPDX-License-Identifier: GPL-2.0-or-later
# The template unit: what systemd says about it, and that it calls a command that exists.

@test "systemd finds nothing wrong with the template unit" {
	command -v systemd-analyze >/dev/null || skip "needs systemd-analyze"
	cd "$BATS_TEST_TMPDIR"
	sed "s|@bindir@/rehost|$REHOST|" "$top_srcdir/systemd/rehost@.service.in" >rehost@press4.service
	cp rehost@press4.service rehost@.service
	run systemd-analyze verify --man=no ./rehost@press4.service
	echo "$output"
	[ "$status" -eq 0 ]
	[ -z "$output" ]
}

@test "the template unit calls what there is" {
	command=$(sed -n 's|^ExecStart=@bindir@/rehost \([a-z]*\) %i$|\1|p' "$top_srcdir/systemd/rehost@.service.in")
	[ "$command" = supervise ]
	"$REHOST" "$command" --help >/dev/null
}
