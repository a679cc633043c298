# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# All versions of Windows on all targets, as lines of tests/golden/windows-targets.txt: what each gets, or why
# it is refused.

# shellcheck disable=SC2034 # for whoever includes this
windows_versions="win2000 winxp winxp64 win2003 vista win2008 win7 win7x64 win2008r2 win8 win8.1 win2012 win2012r2
	win10 win10x86 win2016 win2019 win2022 win2025 win11"

# matrix_of INSPECTION.json VERSION... - the lines of an inspection of the disks of these versions, in their order
matrix_of() {
	local json=$1
	shift
	jq -r --arg versions "$*" '($versions | split(" ")) as $names | .systems[] |
		(.root[7:8] | explode[0] - 97) as $disk | .targets | to_entries[] |
		"\($names[$disk]) \(.key) " + if .value.agreed then
			"\(.value.devices.firmware) \(.value.devices.disk) \(.value.devices.nic)" +
			([.value.added[] | " +\(.)"] | sort | join(""))
		else "refused: \(.value.refusal)" end' "$json"
}
