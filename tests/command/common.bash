# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What the command tests share; load it with `load common`.

# requires PROGRAM... - the only way in which a test is skipped for what is not installed
requires() {
	for program; do
		command -v "$program" >/dev/null || skip "needs $program"
	done
}

# own_copy [CONFIG] - this test works on a copy of what setup_file made; its own home has the keys of CONFIG
own_copy() {
	cp -a "$BATS_FILE_TMPDIR/." "$BATS_TEST_TMPDIR"
	cd "$BATS_TEST_TMPDIR" || return 1
	export HOME=$BATS_TEST_TMPDIR/home XDG_CONFIG_HOME=${1:+$BATS_TEST_TMPDIR/$1}
}

# two_presses OPTION-OF-TINY... - guests press4 and press5, which say so, and a host: edge.xml
two_presses() {
	local guest
	"$REHOST" profile --root "$top_srcdir/tests/machines/packaging-line" -o edge.xml
	for guest in press4 press5; do
		"$top_srcdir/tests/guests/tiny" "$@" --say "$guest LIVES" $guest.guest
	done
}

# make_plan NAME GUEST... - a plan that gives each guest a share of processor 0 of edge.xml
make_plan() {
	local name=$1 guest
	shift
	{
		echo '<?xml version="1.0" encoding="UTF-8"?>'
		echo "<plan version=\"1\" name=\"$name\" host=\"edge.xml\" answer=\"feasible\" cost=\"0\"" \
			'bound="0" nodes="1"><partitions>'
		for guest; do
			echo "<partition guest=\"$guest.guest\" name=\"$guest\" class=\"shared\" cpus=\"0\"" \
				'vcpus="1" memory="16777216" overhead="0" priority="1" start-order="1"/>'
		done
		echo '</partitions><findings/></plan>'
	} >"$name.plan.xml"
}

# integrator_key FOLDER... - a new key, which is pinned in these
integrator_key() {
	local folder
	"$REHOST" key new integrator --no-passphrase
	for folder; do "$REHOST" key trust integrator.pub --keys "$folder"; done
}

# appliance_here - libguestfs' own tools go wherever the appliance starts, as rehost itself does
appliance_here() {
	export LIBGUESTFS_BACKEND=direct
	"$REHOST" doctor | grep -q 'kvm is used' || export LIBGUESTFS_BACKEND_SETTINGS=force_tcg
}

# await COMMAND... works; the limit is far beyond what a busy host needs
await() {
	local i
	for i in {1..900}; do
		! "$@" || return 0
		sleep 0.1
	done
	echo "not seen in time: $*"
	return 1
}
