# SPDX-License-Identifier: GPL-2.0-or-later
# Planning cases against their golden answers: what fits where, and why not. REHOST_GOLDEN=write
# writes them anew; read the difference before it is committed.

load common

setup() {
	cd "$BATS_TEST_TMPDIR"
	. "$top_srcdir/tests/plan/make.sh"
	. "$top_srcdir/tests/plan/cases.sh"
	golden=$top_srcdir/tests/golden/plan
}

@test "every case gives its golden answer, and the answer that is expected" {
	local word name expected host
	while read -r word name expected host; do
		mkdir "$name"
		cd "$name"
		run_case "$name" >../"$name.txt"
		cd ..
		if [ "${REHOST_GOLDEN-}" = write ]; then
			cp "$name.txt" "$golden/$name.txt"
		fi
		diff -u "$golden/$name.txt" "$name.txt"
		if [ "$expected" = infeasible ]; then
			grep -q '^exit status 1$' "$name.txt"
			[ ! -e "$name/case.plan.xml" ]
		else
			grep -q "^$expected: " "$name.txt"
		fi
	done < <(cases | grep ^case)
}

@test "every golden answer belongs to a case" {
	for file in "$golden"/*.txt; do
		name=$(basename "$file" .txt)
		cases | grep -q "^case $name " || { echo "$name" && false; }
	done
}

@test "there are hosts, requests and refusals enough" {
	[ "$(hosts | wc -l)" -ge 10 ]
	[ "$(cases | grep -c ^case)" -ge 30 ]
	[ "$(($(cases | grep -c '^case.* infeasible ') * 3))" -ge "$(cases | grep -c ^case)" ]
}

# solve SOLVER: the price that it finds for problem.lp, or none
solve() {
	case $1 in
	glpsol)
		glpsol --lp problem.lp --tmlim 60 -o out.txt >log.txt
		! grep -q '^Status: *INTEGER OPTIMAL' out.txt ||
			sed -n 's/^Objective: .*= *\([0-9]*\) .*/\1/p' out.txt
		;;
	cbc)
		cbc problem.lp sec 60 solve solu out.txt >log.txt 2>&1
		sed -n '1s/^Optimal - objective value *\([0-9]*\).*/\1/p' out.txt
		;;
	esac
}

# agrees SOLVER: on every case
agrees() {
	local name cost price compared=0
	requires "$1"
	for name in $(cases | awk '/^case/ { print $2 }'); do
		mkdir "$name"
		cd "$name"
		run_case "$name" >/dev/null
		if [ -e problem.lp ]; then
			compared=$((compared + 1))
			price=$(solve "$1")
			cost=none
			[ ! -e case.plan.xml ] || cost=$(sed -n 's/.* cost="\([0-9]*\)".*/\1/p' case.plan.xml)
			# devices are not in the program: their refusals are not the solver's
			grep -q "kind=" line.xml && [ "$cost" = none ] ||
				[ "$cost" = "${price:-none}" ] || { echo "$name: $cost, $1 ${price:-none}" && false; }
		fi
		cd ..
	done
	[ "$compared" -ge 30 ]
}

@test "glpsol finds the same price, or the same refusal" {
	agrees glpsol
}

@test "cbc finds the same price, or the same refusal" {
	agrees cbc
}
