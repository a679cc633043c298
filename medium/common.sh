# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What make-program and make-image share: packages of Debian 12 for i386, fetched by an apt that has
# folders of its own, so that the architectures and sources of this host are left alone, and unpacked
# but not installed, so that nothing of them runs here.

MEDIUM_DIR=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
SUITE=bookworm
PUBLIC_MIRROR=http://deb.debian.org/debian
KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg

say() {
	printf '%s\n' "$*" >&2
}

# need PROGRAM PACKAGE...
need() {
	while [ $# -gt 0 ]; do
		command -v "$1" >/dev/null || PATH=$PATH:/sbin:/usr/sbin command -v "$1" >/dev/null || {
			say "needs the program $1: install the package $2"
			return 1
		}
		shift 2
	done
}

# host_mirror - the Debian mirror that this host itself uses, or the public one
host_mirror() {
	local uri
	# shellcheck disable=SC2016 # apt expands these
	uri=$(apt-get indextargets --format '$(ORIGIN) $(LABEL) $(REPO_URI)' \
		'Created-By: Packages' 2>/dev/null |
		sed -n 's|^Debian Debian \(https\{0,1\}://.*[^/]\)/*$|\1|p' | head -n 1)
	echo "${uri:-$PUBLIC_MIRROR}"
}

# apt_folders CACHE MIRROR - configure the private apt; APT_CONFIG names it from then on
apt_folders() {
	local apt=$1/apt proxy
	[ -e "$KEYRING" ] || { say "needs $KEYRING: install debian-archive-keyring" && return 1; }
	# how this host reaches the network, asked before its configuration is put aside
	proxy=$(apt-config dump --format '%f "%v";%n' 2>/dev/null | grep -i '^Acquire::[a-z:/.]*proxy' || true)
	mkdir -p "$apt"/{etc,state,lists/partial,cache/archives/partial}
	: >"$apt/status"
	echo "deb [signed-by=$KEYRING] $2 $SUITE main" >"$apt/sources.list"
	cat >"$apt/apt.conf" <<CONF
$proxy
Dir::Etc "$apt/etc";
Dir::Etc::main "/dev/null";
Dir::Etc::parts "/dev/null";
Dir::Etc::sourcelist "$apt/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::State "$apt/state";
Dir::State::lists "$apt/lists";
Dir::State::status "$apt/status";
Dir::Cache "$apt/cache";
APT::Architecture "i386";
APT::Architectures { "i386"; "amd64"; };
APT::Install-Recommends "false";
APT::Sandbox::User "root";
APT::Get::Assume-Yes "true";
Acquire::Languages "none";
Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
CONF
	APT_DIR=$apt
	export APT_CONFIG=$apt/apt.conf
}

apt_private() {
	apt-get -qq -o Dpkg::Use-Pty=0 "$@" >>"$APT_DIR/log" 2>&1 || {
		grep '^E:' "$APT_DIR/log" | tail -n 5 >&2
		say "apt-get $1 failed, see $APT_DIR/log"
		return 1
	}
}

# packages_of GROUP... - their names, from packages
packages_of() {
	local group package
	while read -r group package; do
		case " $* " in
		*" $group "*) echo "$package" ;;
		esac
	done <"$MEDIUM_DIR/packages"
}

# fetch MIRROR GROUP... - the packages with all that they need; their files go to DEBS
fetch() {
	local mirror=$1 packages name version arch
	shift
	mapfile -t packages < <(packages_of "$@")
	: >"$APT_DIR/log"
	say "fetching ${#packages[@]} packages and what they need from $mirror"
	apt_private update
	apt_private --download-only install "${packages[@]}"
	DEBS=()
	while read -r name version arch; do
		DEBS+=("$APT_DIR/cache/archives/${name%:*}_${version//:/%3a}_$arch.deb")
	done < <(apt-get -s install "${packages[@]}" 2>/dev/null |
		sed -nE 's/^Inst ([^ ]+) .*\(([^ ]+) .*\[([a-z0-9]+)\].*/\1 \2 \3/p' | LC_ALL=C sort)
	[ "${#DEBS[@]}" -gt 0 ] || { say "apt names no packages" && return 1; }
	for name in "${DEBS[@]}"; do
		[ -e "$name" ] || { say "apt has not fetched $name" && return 1; }
	done
}

# unpack FOLDER DEB... - with /bin, /lib and /sbin in /usr, and links that stay inside
unpack() {
	local to=$1 deb link
	shift
	mkdir -p "$to"/usr/{bin,lib,sbin}
	for deb; do
		dpkg-deb --fsys-tarfile "$deb" |
			tar -C "$to" -x --no-same-owner --transform 's,^\./\(bin\|lib\|sbin\)/,./usr/\1/,S' \
				--exclude=./usr/share/{doc,man,locale,info}
	done
	rm -rf "${to:?}"/{bin,lib,sbin}
	ln -s usr/bin "$to/bin"
	ln -s usr/lib "$to/lib"
	ln -s usr/sbin "$to/sbin"
	while IFS= read -r link; do
		ln -srfn "$to$(readlink "$link")" "$link"
	done < <(find "$to" -type l -lname '/*' -not -lname '/proc/*' -not -lname '/dev/*')
}
