# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What the command tests share; load it with `load common`.

# requires PROGRAM... - the only way in which a test is skipped for what is not installed
requires() {
	for program; do
		command -v "$program" >/dev/null || skip "needs $program"
	done
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
