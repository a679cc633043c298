# SPDX-License-Identifier: GPL-2.0-or-later
# rehost key: keys that minisign reads, and the other way round; pinned keys.

load common

setup() {
	cd "$BATS_TEST_TMPDIR"
	export HOME=$BATS_TEST_TMPDIR/home XDG_CONFIG_HOME=
	echo secret >pass
}

@test "a new key is two files, the secret one for its owner alone" {
	run "$REHOST" key new press --passphrase-file pass
	[ "$status" -eq 0 ]
	[ "$(stat -c %a press.key)" = 600 ]
	[ "$(wc -l <press.key)" -eq 2 ]
	[[ $output == *"$(tail -n 1 press.pub)"* ]]
}

@test "nothing is overwritten, and a name stays a name" {
	"$REHOST" key new a --no-passphrase
	sum=$(cat a.key a.pub | sha256sum)
	run "$REHOST" key new a --no-passphrase
	[ "$status" -eq 1 ]
	rm a.key
	run "$REHOST" key new a --no-passphrase
	[ "$status" -eq 1 ]
	[[ $output == *"'./a.pub' exists already"* ]]
	[ ! -e a.key ]
	run "$REHOST" key new ../b --no-passphrase
	[ "$status" -eq 2 ]
}

@test "minisign signs with our keys, in the clear and with a passphrase" {
	requires minisign
	echo text >text
	"$REHOST" key new clear --no-passphrase
	minisign -S -s clear.key -m text
	minisign -V -p clear.pub -m text
	"$REHOST" key new closed --passphrase-file pass
	minisign -S -s closed.key -m text -x text.2 <pass
	minisign -V -P "$(tail -n 1 closed.pub)" -m text -x text.2
}

@test "keys of minisign sign bundles; a wrong passphrase and a damaged key do not" {
	requires minisign
	minisign -G -W -p m.pub -s m.key
	"$REHOST" key show m.pub
	# the key is read first: what is complained of is what is signed
	run "$REHOST" bundle x.plan.xml -o x.rehost --sign m.key
	[[ $output == *"x.plan.xml"* ]]
	"$REHOST" key new closed --passphrase-file pass
	echo wrong >wrong
	run "$REHOST" bundle x.plan.xml -o x.rehost --sign closed.key --passphrase-file wrong
	[ "$status" -eq 1 ]
	[[ $output == *"the passphrase does not open 'closed.key'"* ]]
	sed 's/A\([^A]*\)$/B\1/' m.key >damaged.key
	chmod 600 damaged.key
	run "$REHOST" bundle x.plan.xml -o x.rehost --sign damaged.key
	[ "$status" -eq 1 ]
	[[ $output == *damaged* || $output == *"not a secret key"* ]]
}

@test "a trusted key is shown by name, once" {
	"$REHOST" key new plant --no-passphrase
	run "$REHOST" key trust plant.pub --keys pinned
	[ "$status" -eq 0 ]
	[[ $output == *"is pinned as 'plant' in pinned"* ]]
	run "$REHOST" key show --keys pinned
	[ "$status" -eq 0 ]
	[[ $output == *plant*pinned/plant.pub* ]]
	run "$REHOST" key trust plant.pub --keys pinned
	[ "$status" -eq 1 ]
	"$REHOST" key show --keys pinned --json | jq -e 'length == 1 and .[0].name == "plant"'
}

@test "what is no key is refused" {
	echo hello >x.pub
	run "$REHOST" key trust x.pub --keys pinned
	[ "$status" -eq 1 ]
	[[ $output == *"'x.pub': not a public key"* ]]
	[ ! -e pinned ]
	run "$REHOST" key show no.pub
	[ "$status" -eq 1 ]
	"$REHOST" key new s --no-passphrase
	run "$REHOST" key show s.key
	[ "$status" -eq 2 ]
	[[ $output == *"it is not shown"* ]]
	run "$REHOST" key sing
	[ "$status" -eq 2 ]
	[[ $output == *"say new, show or trust"* ]]
}

@test "without a terminal a passphrase is not asked for" {
	run setsid -w "$REHOST" key new t </dev/null
	[ "$status" -eq 1 ]
	[[ $output == *"--passphrase-file"* ]]
	[ ! -e t.key ] && [ ! -e t.pub ]
	: >empty
	run "$REHOST" key new t --passphrase-file empty
	[ "$status" -eq 2 ]
}
