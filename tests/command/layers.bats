# SPDX-License-Identifier: GPL-2.0-or-later
# The layers of the design: a line includes only lines below it.

# includes_of FOLDER-PATTERN - "FILE INCLUDED" for every include of our own headers
includes_of() {
	(cd "$top_srcdir" && grep -HE '^#include "' $1 | sed -E 's/^([^:]*):#include "(.*)"$/\1 \2/' |
		grep -v ' config\.h$')
}

# check FILES ALLOWED-REGEX
check() {
	local found
	found=$(includes_of "$1")
	[ -n "$found" ]
	! grep -vE " ($2)" <<<"$found" || false
}

@test "lib/base includes only lib/base" {
	check 'lib/base/*.[ch]' 'lib/base/[^/]*$'
}

@test "lib includes only lib and lib/base" {
	check 'lib/*.[ch]' 'lib/(base/)?[^/]*$'
}

@test "lib/target includes no command and no converter" {
	check 'lib/target/*.[ch]' 'lib/((base|target)/)?[^/]*$'
}

@test "converters include no command and no target" {
	check 'converters/*.[ch]' '(converters/|lib/(base/)?)[^/]*$'
}

@test "guestfs.h is included by converters, the inspection and the appliance only" {
	run grep -rlE '#include <guestfs\.h>' "$top_srcdir"/{cmd,converters,lib}
	[ "$status" -eq 0 ]
	while read -r file; do
		case ${file#"$top_srcdir"/} in
		converters/*.c | lib/inspect.c | lib/inspect_state.c | lib/inspect_volumes.c | lib/appliance.c | lib/appliance_*.c) ;;
		*) echo "$file" && false ;;
		esac
	done <<<"$output"
}

@test "nothing calls what the house style forbids" {
	run grep -rnE '\b(atoi|atol|strtok|sprintf|strcpy|strcat|system|popen|mktemp|tmpnam)\(' \
		"$top_srcdir"/{cmd,converters,lib} --include=*.[ch]
	[ "$status" -eq 1 ]
}

@test "every file says what it is under" {
	cd "$top_srcdir"
	for file in $(find bootstrap cmd converters demo lib tests build-aux -type f \
		\( -name '*.[ch]' -o -name '*.bats' -o -name '*.def' \)); do
		head -n 2 "$file" | grep -q 'SPDX-License-Identifier: GPL-2.0-or-later' ||
			{ echo "$file" && false; }
	done
}

@test "fuzz targets compile" {
	make -s -C "$top_builddir" check-fuzz-syntax
}
