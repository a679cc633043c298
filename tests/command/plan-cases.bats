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

# stays: NAME HOST, what runs already as "CPUS|GUEST", and what is asked for then; see cases
stays() {
	cat <<-'X'
		stay costs-a-core quad
		2|a 512 1 class="shared" mhz="300"
		3|b 512 1 class="shared" mhz="300"
		c 512 1 class="shared" mhz="300"
		stay far-threads quad-smt
		3|a 512 1 class="pinned"
		6|b 512 1 class="pinned"
		c 512 2 class="pinned"
		d 512 1 class="rt"
		stay nothing-left quad
		2|a 512 1 class="shared" mhz="300"
		b 512 3 class="rt" cores="3"
		stay with-ways hexa-smt
		5|a 512 1 class="rt" cache-ways="4"
		b 512 1 class="rt" cache-ways="4"
		c 512 1 class="shared" mhz="900"
		stay ways-taken quad-cat
		3|a 512 1 class="rt" cache-ways="5"
		b 512 1 class="rt" cache-ways="5"
		stay on-a-performance-core hybrid
		2|a 512 1 class="shared" mhz="500"
		b 512 1 class="shared" mhz="500"
		c 512 1 class="rt"
		stay second-node two-nodes
		7|a 5000 1 mhz="500"
		b 5000 1 mhz="500"
		c 2500 1 mhz="500"
	X
}

# stay_case NAME: price of rehost, glpsol and cbc, with the guests that run already kept
stay_case() {
	local header line i=0 cost at=()
	header=$(stays | grep "^stay $1 ")
	the_host "${header##* }" >host.xml
	stays | sed -n "/^stay $1 /,/^stay/{/^stay/!p}" >all.txt
	sed -n 's/^[0-9]*|//p' all.txt | write_case
	"$REHOST" plan --host host.xml --request line.xml *.guest -o before.plan.xml >/dev/null
	while IFS='|' read -r cpu line; do	# to where no search would put it
		sed -i "s/\(name=\"${line%% *}\".* cpus=\)\"[0-9]*\"/\1\"$cpu\"/" before.plan.xml
	done < <(grep '|' all.txt)
	sed 's/^[0-9]*|//' all.txt | write_case
	"$REHOST" plan --host host.xml --request line.xml --previous before.plan.xml --lp problem.lp *.guest \
		-o case.plan.xml >out-rehost.txt || [ ! -e case.plan.xml ]
	while IFS='|' read -r cpu line; do
		[ ! -e case.plan.xml ] || grep -q "name=\"${line%% *}\".* cpus=\"$cpu\"" case.plan.xml
	done < <(grep '|' all.txt)
	cost=$([ ! -e case.plan.xml ] || sed -n 's/.* cost="\([0-9]*\)".*/\1/p' case.plan.xml)
	echo "$1 ${cost:-none} $(price=$(solve glpsol); echo "${price:-none}") $(price=$(solve cbc); echo "${price:-none}")"
}

@test "with guests that stay, glpsol and cbc find the same price, or the same refusal" {
	requires glpsol cbc
	local name mine glpsol cbc refused=0 moved=0
	for name in $(stays | awk '/^stay/ { print $2 }'); do
		mkdir "$name"
		cd "$name"
		stay_case "$name" >row.txt
		read -r _ mine glpsol cbc <row.txt
		[ "$mine" = "$glpsol" ] && [ "$mine" = "$cbc" ] || { cat row.txt && false; }
		[ "$mine" != none ] || refused=$((refused + 1))
		# without them it would cost less: the program does hold them in their place
		"$REHOST" plan --host host.xml --request line.xml *.guest -o free.plan.xml >/dev/null || true
		[ "$mine" = none ] || [ "$(sed -n 's/.* cost="\([0-9]*\)".*/\1/p' free.plan.xml)" -ge "$mine" ] ||
			moved=$((moved + 1))
		cd ..
	done
	[ "$refused" -ge 2 ]
	[ "$moved" -ge 2 ]
}
