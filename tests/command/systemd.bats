# SPDX-License-Identifier: GPL-2.0-or-later
# The template unit: what systemd says about it, and that it calls a command that exists.

@test "systemd finds nothing wrong with the units" {
	command -v systemd-analyze >/dev/null || skip "needs systemd-analyze"
	cd "$BATS_TEST_TMPDIR"
	for unit in rehost@.service rehost.service rehost-prepare.service; do
		sed "s|@bindir@/rehost|$REHOST|" "$top_srcdir/systemd/$unit.in" >"$unit"
	done
	cp rehost@.service rehost@press4.service
	cp "$top_srcdir/systemd/rehost.timer" .
	run systemd-analyze verify --man=no ./rehost@press4.service ./rehost.service \
		./rehost-prepare.service ./rehost.timer
	echo "$output"
	[ "$status" -eq 0 ]
	[ -z "$output" ]
}

@test "the units call what there is" {
	for command in $(sed -n 's|^ExecStart=@bindir@/rehost \([a-z]*\) .*$|\1|p' "$top_srcdir"/systemd/*.service.in); do
		"$REHOST" "$command" --help >/dev/null
		found="$found $command"
	done
	[ "$(printf '%s\n' $found | sort | tr '\n' ' ')" = "launch start supervise " ]
}
