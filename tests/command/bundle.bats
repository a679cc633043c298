# SPDX-License-Identifier: GPL-2.0-or-later
# rehost bundle: one archive out of a plan, and what is refused.

load common

setup_file() {
	requires qemu-system-x86_64 qemu-img as ld jq
	cd "$BATS_FILE_TMPDIR"
	two_presses
	for guest in press4 press5; do "$REHOST" validate $guest.guest --progress none; done
	# an overlay, as convert makes it: the disk stands on a capture
	"$REHOST" capture press4.guest/disk0.qcow2 -o press4.capture --progress none
	qemu-img create -q -f qcow2 -b ../press4.capture/disk0.qcow2 -F qcow2 press4.guest/disk0.qcow2
	sed -i -e 's|<origin |<origin capture="../press4.capture" |' \
		-e 's|format="qcow2"|& backing="../press4.capture/disk0.qcow2"|' press4.guest/guest.xml
	"$REHOST" validate press4.guest --progress none
	make_plan line4 press4 press5
	integrator_key pinned
	"$REHOST" bundle line4.plan.xml -o line4.rehost --sign integrator.key --progress none
}

setup() {
	own_copy
}

bundle() {
	"$REHOST" bundle "$@" --progress none
}

@test "a bundle says what is in it and who signed it" {
	run "$REHOST" bundle list line4.rehost --keys pinned
	[ "$status" -eq 0 ]
	[[ $output == *"'line4', revision 1"* ]]
	[[ $output == *"guests: press4, press5"* ]]
	[[ $output == *"signed by 'integrator'"* ]]
	[[ $output == *guests/press4/evidence/report.xml* ]]
	"$REHOST" bundle list line4.rehost --json --keys pinned |
		jq -e '.signers[0].state == "pinned" and (.files | length) >= 10'
}

@test "what is extracted stands alone and reads as before" {
	sum=$(find press4.* -type f -exec sha256sum {} +)
	bundle extract line4.rehost -o out --keys pinned
	[ "$sum" = "$(find press4.* -type f -exec sha256sum {} +)" ]
	[ ! -e out.partial ]
	for guest in press4 press5; do
		[ "$(qemu-img info --output=json out/guests/$guest/disk0.qcow2 |
			jq -r '."backing-filename"')" = null ]
		qemu-img compare $guest.guest/disk0.qcow2 out/guests/$guest/disk0.qcow2
	done
	! grep -r -e capture -e "$BATS_TEST_TMPDIR" out/plan.xml out/guests/*/guest.xml || false
	# a bundle of what came out of it is the same bundle
	mv out/plan.xml out/line4.plan.xml
	bundle out/line4.plan.xml -o again.rehost --allow-unvalidated --sign integrator.key
	cmp line4.rehost again.rehost
}

@test "the same input gives the same bytes, wherever it lies" {
	mkdir elsewhere
	cp -a edge.xml line4.plan.xml press?.* elsewhere
	find elsewhere -exec touch -d 2001-02-03 {} +
	(cd elsewhere && bundle line4.plan.xml -o ../b.rehost --sign ../integrator.key)
	cmp line4.rehost b.rehost
}

@test "minisign and skopeo and tar can look into it" {
	mkdir t
	tar -C t -xf line4.rehost
	(cd t/blobs/sha256 && for f in *; do echo "$f  $f"; done | sha256sum -c --quiet)
	requires minisign
	minisign -V -p integrator.pub -m t/index.json -x t/signatures/*.minisig
	requires skopeo
	[ "$(skopeo inspect oci-archive:line4.rehost:bundle |
		jq -r '.Labels["rehost.bundle.name"]')" = line4 ]
	# the form in which EVE takes a volume
	skopeo inspect --raw oci-archive:line4.rehost:press4-disk0 | jq -e '
		(.layers | length) == 1 and
		.layers[0].annotations["org.lfedge.eci.role"] == "disk-root" and
		.layers[0].mediaType == "application/vnd.lfedge.disk.layer.v1+qcow2" and
		.config.mediaType == "application/vnd.oci.image.config.v1+json"'
	[ "$(skopeo inspect --config --raw oci-archive:line4.rehost:press4-disk0 |
		jq -r '.rootfs.diff_ids[0]')" = \
		"$(skopeo inspect --raw oci-archive:line4.rehost:press4-disk0 | jq -r '.layers[0].digest')" ]
}

@test "a key of minisign signs" {
	requires minisign
	minisign -G -W -p other.pub -s other.key
	bundle sign line4.rehost --sign other.key -o two.rehost --keys pinned
	"$REHOST" key trust other.pub --keys others
	run bundle verify two.rehost --keys others
	[ "$status" -eq 0 ]
	[[ $output == *"signed by 'other'"* ]]
	bundle verify two.rehost --keys pinned
	run bundle sign two.rehost --sign other.key -o three.rehost --keys pinned
	[ "$status" -eq 1 ]
	[ ! -e three.rehost ]
}

@test "verify succeeds only with a pinned key" {
	bundle verify line4.rehost --keys pinned
	mkdir none
	run bundle verify line4.rehost --keys none
	[ "$status" -eq 1 ]
	[[ $output == *"a key that this host does not trust"* ]]
	run bundle line4.plan.xml -o u.rehost
	[ "$status" -eq 0 ]
	[[ $output == *"It is not signed"* ]]
	for action in "verify u.rehost" "extract u.rehost -o out" "cat u.rehost plan.xml"; do
		run "$REHOST" bundle $action --keys pinned
		[ "$status" -eq 1 ]
		[[ $output == *"'u.rehost' is not signed"* ]]
		[ ! -e out ]
	done
	bundle verify u.rehost --keys pinned --allow-unsigned
}

@test "the audit report is one file, without script and network, and hides nothing" {
	"$REHOST" bundle cat line4.rehost report.html --keys pinned >report.html
	! grep -iE '<script|<link|https?:|@import|src="[^d]|javascript' report.html || false
	for text in press4 press5 'one boot sector' 'It started on exactly' 'press5 LIVES' \
		'How to go back' 'data:image/png;base64,' 'Unreadable'; do
		grep -qF "$text" report.html
	done
	requires xmllint
	sed -n '/<svg/,/<\/svg>/p' report.html | xmllint --noout -
	sed '/<svg/,/<\/svg>/d' report.html | xmllint --html --noout - 2>errors || true
	! grep -v -e 'Tag section invalid' -e '^ *^' -e '<section' errors || false
}

sha1() { printf %s "$1" | sha1sum | cut -d' ' -f1; }
sha256() { printf %s "$1" | sha256sum | cut -d' ' -f1; }

@test "the bill of materials names every change, and the software that was put in" {
	changes="<change action='changed' path='/etc/fstab' before='$(sha256 old)' after='$(sha256 new)'"
	changes+=" sha1='$(sha1 new)'>UUIDs</change>"
	changes+="<change action='added' path='/w/viostor.sys' after='$(sha256 sys)' sha1='$(sha1 sys)'/>"
	changes+="<change action='removed' path='/gone' before='$(sha256 g)' sha1='$(sha1 g)'/>"
	changes+="<change action='removed' path='/hiberfil.sys'>was to be discarded</change>"
	changes+="<change action='left' path='/etc/odd'>not understood</change>"
	injected="<software kind='driver' name='viostor.inf' version='100.95' source='virtio-win.iso: /viostor.inf'>"
	injected+="<file path='/w/viostor.sys' digest='$(sha256 sys)' sha1='$(sha1 sys)'/>"
	injected+="<file path='/w/viostor.inf' digest='$(sha256 inf)' sha1='$(sha1 inf)'/></software>"
	injected+="<software kind='program' name='GRUB' source='here'/>"
	registry="<key hive='/w/SYSTEM' name='Services' value='Start' before='3' after='0'/>"
	sed -i "s|<changes/>|<injected>$injected</injected><registry>$registry</registry><changes>$changes</changes>|" \
		press5.guest/guest.xml
	bundle line4.plan.xml -o x.rehost --allow-unvalidated --sign integrator.key
	"$REHOST" bundle cat x.rehost bom.spdx.json --keys pinned >bom.json
	jq -e '.spdxVersion == "SPDX-2.3" and ([.packages[].name] == ["press4", "press5", "viostor.inf", "GRUB"])' bom.json
	# each file with both digests, the driver's own file once
	jq -e --arg new "$(sha256 new)" --arg sys "$(sha1 sys)" '
		([.files[] | [.fileName, .checksums[].algorithm]]) == [["./etc/fstab", "SHA1", "SHA256"],
			["./w/viostor.sys", "SHA1", "SHA256"], ["./gone", "SHA1", "SHA256"],
			["./w/viostor.inf", "SHA1", "SHA256"]] and
		.files[0].checksums[1].checksumValue == $new and .files[1].checksums[0].checksumValue == $sys' bom.json
	jq -e --arg old "$(sha256 old)" '.files[0].comment | contains($old) and contains("UUIDs")' bom.json
	jq -e '[.relationships[] | .relationshipType] | group_by(.) | map([.[0], length]) == [["CONTAINS", 4],
		["DESCRIBES", 2], ["FILE_ADDED", 1], ["FILE_DELETED", 1], ["FILE_MODIFIED", 1]]' bom.json
	# SPDX 2.3, 7.9: the SHA-1 of the sorted SHA-1s
	code=$(printf %s "$(printf '%s\n' "$(sha1 sys)" "$(sha1 inf)" | sort | tr -d '\n')" | sha1sum | cut -d' ' -f1)
	jq -e --arg code "$code" '.packages[2] | .versionInfo == "100.95" and .filesAnalyzed and
		.packageVerificationCode.packageVerificationCodeValue == $code and
		.sourceInfo == "virtio-win.iso: /viostor.inf"' bom.json
	jq -e '.packages[3].filesAnalyzed == false and (.packages[3] | has("versionInfo") | not)' bom.json
	jq -e '[.packages[1].annotations[].comment] == ["/hiberfil.sys: removed; was to be discarded",
		"/etc/odd: left; not understood", "/w/SYSTEM: Services: Start: before: 3; after: 0"]' bom.json
	# nothing is referred to that is not there, no name is used twice
	jq -e '([.SPDXID] + [.packages[].SPDXID, .files[].SPDXID]) as $ids | ($ids | length == (unique | length)) and
		all(.relationships[]; ([.spdxElementId, .relatedSpdxElement] - $ids) == [])' bom.json
	"$REHOST" bundle cat x.rehost report.html --keys pinned >report.html
	for text in viostor.inf 100.95 /w/SYSTEM '>Services<' '>Start<'; do grep -qF "$text" report.html; done
}

@test "what comes from a guest cannot become a part of the report" {
	sed -i 's|one boot sector</system>|\&lt;script\&gt;alert(1)\&lt;/script\&gt;"\&amp;</system>|' \
		press5.guest/guest.xml
	bundle line4.plan.xml -o x.rehost --allow-unvalidated --sign integrator.key
	"$REHOST" bundle cat x.rehost report.html --keys pinned >report.html
	! grep -i '<script' report.html || false
	grep -qF '&lt;script&gt;alert(1)' report.html
}

@test "diff says in words what another release changes" {
	run "$REHOST" bundle diff line4.rehost line4.rehost
	[ "$status" -eq 0 ]
	[ "$output" = "the two are the same bundle" ]
	make_plan line4 press4
	bundle line4.plan.xml -o new.rehost --revision 2 --sign integrator.key
	run "$REHOST" bundle diff line4.rehost new.rehost --keys pinned
	[ "$status" -eq 0 ]
	[[ $output == *"revision 2, was 1"* ]]
	[[ $output == *"guest 'press5' is gone"* ]]
	[[ $output == *"changed  plan.xml ("* ]]
	[[ $output != *press4/disk0* ]]
	"$REHOST" bundle diff new.rehost line4.rehost --json | jq -e '(.same | not) and
		any(.files[]; .path == "guests/press5/disk0.qcow2" and .new and (.old | not))'
}

@test "cat writes one file, verified" {
	"$REHOST" bundle cat line4.rehost guests/press4/evidence/serial.log --keys pinned | grep "press4 LIVES"
	run "$REHOST" bundle cat line4.rehost guests/press4/none --keys pinned
	[ "$status" -eq 1 ]
	[[ $output == *"there is no 'guests/press4/none'"* ]]
}

@test "a guest that has not passed its validation is refused by name" {
	rm -r press5.guest/evidence
	run bundle line4.plan.xml -o x.rehost
	[ "$status" -eq 1 ]
	[[ $output == *"guest 'press5' has not been validated"* ]]
	"$REHOST" validate press5.guest --static --progress none
	run bundle line4.plan.xml -o x.rehost
	[[ $output == *"guest 'press5' was checked, but not booted"* ]]
	cp -r "$BATS_FILE_TMPDIR/press5.guest/evidence" .
	rm -r press5.guest/evidence
	sed 's/passed="yes"/passed="no"/' -i evidence/report.xml
	mv evidence press5.guest
	run bundle line4.plan.xml -o x.rehost
	[[ $output == *"guest 'press5' has not passed its validation"* ]]
	sed 's/passed="no"/passed="yes"/' -i press5.guest/evidence/report.xml
	sed 's/memory="16777216"/memory="33554432"/' -i press5.guest/guest.xml
	run bundle line4.plan.xml -o x.rehost
	[[ $output == *"guest 'press5' was changed since it was validated"* ]]
	[ ! -e x.rehost ] && [ ! -e x.rehost.partial ] && [ ! -e x.rehost.files.partial ]
	bundle line4.plan.xml -o x.rehost --allow-unvalidated
}

@test "a disk that stands on a foreign file is refused" {
	echo "secret of the host" >secret
	truncate -s 1M secret
	qemu-img create -q -f qcow2 -b ../secret -F raw press5.guest/disk0.qcow2
	run bundle line4.plan.xml -o x.rehost --allow-unvalidated
	[ "$status" -eq 1 ]
	[[ $output == *"guest 'press5'"*"outside of its capture"* ]]
	[ ! -e x.rehost ] && [ ! -e x.rehost.files.partial ]
}

@test "a tampered bundle is refused before anything is written" {
	size=$(stat -c %s line4.rehost)
	for at in 600 3000 $((size / 2)) $((size - 2000)); do
		cp line4.rehost bad.rehost
		printf '\xa5' | dd of=bad.rehost bs=1 seek=$at conv=notrunc status=none
		cmp -s line4.rehost bad.rehost && continue
		run bundle extract bad.rehost -o out --keys pinned
		[ "$status" -eq 1 ]
		[ ! -e out ] && [ ! -e out.partial ]
	done
	head -c $((size - 512)) line4.rehost >bad.rehost
	run bundle verify bad.rehost --keys pinned
	[ "$status" -eq 1 ]
	gzip -c line4.rehost >bad.rehost
	run bundle verify bad.rehost --keys pinned
	[ "$status" -eq 1 ]
	[[ $output == *"'bad.rehost' is not a bundle"* ]]
}

@test "bad requests are usage errors, bad input is one line and a hint" {
	run bundle line4.plan.xml
	[ "$status" -eq 2 ]
	run bundle line4.plan.xml -o x.tar
	[ "$status" -eq 2 ]
	run bundle lsit line4.rehost -o x.rehost
	[ "$status" -eq 2 ]
	run "$REHOST" bundle list line4.rehost --sign integrator.key
	[ "$status" -eq 2 ]
	[[ $output == *"--sign means nothing here"* ]]
	run bundle line4.plan.xml -o x.rehost --revision 0
	[ "$status" -eq 1 ]
	run bundle line4.plan.xml -o x.rehost --target nothing
	[ "$status" -eq 1 ]
	[[ $output == *"there is no target 'nothing'"* ]]
	run bundle no.plan.xml -o x.rehost
	[ "$status" -eq 1 ]
	chmod 644 integrator.key
	run bundle line4.plan.xml -o x.rehost --sign integrator.key
	[ "$status" -eq 1 ]
	[[ $output == *"others may read the secret key"* ]]
	run bundle line4.plan.xml -o line4.rehost
	[ "$status" -eq 1 ]
	[[ $output == *"exists already"* ]]
	run "$REHOST" bundle list .
	[ "$status" -eq 1 ]
	! ls x.* 2>/dev/null || false
}
