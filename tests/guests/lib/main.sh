# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# The command line of a guest script, the cache of made disks, and the promise that nothing
# half-made is ever left behind.
#
# Set by the guest script before guest_main:
#   GUEST      name, also of the files in the cache
#   FIRMWARE   bios or uefi
#   DISKS      how many disks it has (1)
#   BOOT_OPTIONS  how tests/guests/boot brings it up as it was on the old PC
#   and what lib/userland.sh and lib/system.sh ask for
#   make_guest()  makes $WORK/disk1.raw ... $WORK/disk$DISKS.raw
#
# guest_main gives it:
#   WORK       a private folder, removed at the end whatever happens
#   CACHE      the folder of things worth keeping

: "${DISKS:=1}" "${FIRMWARE:=bios}"
BOOT_OPTIONS=(--disk-bus ide --nic e1000)

# The date of every file that is made here, so that the same packages give the same disk.
export SOURCE_DATE_EPOCH=1686355200
export E2FSPROGS_FAKE_TIME=$SOURCE_DATE_EPOCH
export LC_ALL=C

say() {
	printf '%s: %s\n' "$GUEST" "$*" >&2
}

die() {
	say "$*"
	exit 1
}

# need PROG PACKAGE ... - stop with the name of the Debian package when a program is missing
need() {
	local missing=()
	while [ $# -gt 0 ]; do
		PATH=$PATH:/usr/sbin:/sbin command -v "$1" >/dev/null || missing+=("$2")
		shift 2
	done
	[ ${#missing[@]} -eq 0 ] || die "missing packages: apt-get install ${missing[*]}"
}

guest_usage() {
	local outs="OUT.raw" i
	for ((i = 2; i <= DISKS; i++)); do
		outs+=" OUT$i.raw"
	done
	printf 'usage: %s [--cache DIR] %s\n       %s --facts\n' "${0##*/}" "$outs" "${0##*/}"
}

# One line per fact that a test wants to know about the guest.
guest_facts() {
	cat <<-EOF
		name=$GUEST
		disks=$DISKS
		firmware=$FIRMWARE
		arch=$ARCH
		hostname=$HOST
		mac=$MAC
		address=$ADDRESS
		password=$PASSWORD
		banner='$BANNER'
		boot_options=(${BOOT_OPTIONS[*]@Q})
	EOF
}

# guest_key - the digest of everything that decides what the disk looks like
guest_key() {
	cat "$0" "$GUESTS_DIR"/lib.sh "$GUESTS_DIR"/lib/*.sh | sha256sum | cut -c1-16
}

# uuid_of THING - the same for ever, for this guest
uuid_of() {
	local h
	h=$(printf '%s %s' "$GUEST" "$1" | sha256sum)
	echo "${h:0:8}-${h:8:4}-4${h:13:3}-8${h:17:3}-${h:20:12}"
}

guest_cleanup() {
	[ -z "${WORK:-}" ] || rm -rf --one-file-system "$WORK"
}

# copy_sparse FROM TO - the copy appears under its name only when it is whole
copy_sparse() {
	local tmp=$2.partial.$$
	cp --reflink=auto --sparse=always "$1" "$tmp" || { rm -f "$tmp"; return 1; }
	mv -f "$tmp" "$2"
}

# Make the disks in the cache, unless they are there.
guest_make() {
	local key=$1 i t0=$SECONDS
	[ -e "$CACHE/$GUEST-$key.$DISKS.raw" ] && return
	[ "$(id -u)" -eq 0 ] || die "must be root to make a disk (device nodes, chroot)"
	say "making the disk, once"
	make_guest
	# The last one says that the set is whole.
	for ((i = 1; i <= DISKS; i++)); do
		mv "$WORK/disk$i.raw" "$CACHE/$GUEST-$key.$i.raw"
	done
	find "$CACHE" -maxdepth 1 -name "$GUEST-????????????????.[0-9].raw" \
		! -name "$GUEST-$key.*" -delete
	say "made in $((SECONDS - t0)) s"
}

guest_main() {
	local i key outs=()
	system_defaults
	CACHE=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/rehost/guests
	while [ $# -gt 0 ]; do
		case $1 in
		--cache) [ $# -ge 2 ] || { guest_usage >&2; exit 2; }
			CACHE=$2; shift 2 ;;
		--cache=*) CACHE=${1#*=}; shift ;;
		--facts) guest_facts; exit 0 ;;
		--help | -h) guest_usage; exit 0 ;;
		--) shift; outs+=("$@"); break ;;
		-*) guest_usage >&2; exit 2 ;;
		*) outs+=("$1"); shift ;;
		esac
	done
	[ ${#outs[@]} -eq "$DISKS" ] || { guest_usage >&2; exit 2; }
	PATH=$PATH:/usr/sbin:/sbin
	mkdir -p "$CACHE"
	CACHE=$(realpath "$CACHE")
	trap guest_cleanup EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
	# what a killed run could not remove
	find "$CACHE" -mindepth 1 -maxdepth 1 -name '.*.??????' -mtime +0 -exec rm -rf --one-file-system {} +
	WORK=$(mktemp -d "$CACHE/.$GUEST.XXXXXX")
	key=$(guest_key)
	guest_make "$key"
	for ((i = 0; i < DISKS; i++)); do
		copy_sparse "$CACHE/$GUEST-$key.$((i + 1)).raw" "${outs[i]}"
	done
}
