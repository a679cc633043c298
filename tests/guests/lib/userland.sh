# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# A Debian user land in a folder, made from packages.
#
# Set by the guest script:
#   ARCH       i386 or amd64
#   INIT       sysvinit or systemd
#   SUITE      bookworm unless set
#
# The base of each suite, architecture and init system is kept in the cache as a tarball; a guest
# unpacks it and adds the packages of its own.

: "${SUITE:=bookworm}"

FALLBACK_MIRROR=http://deb.debian.org/debian

# Not needed to boot a PC, and half of the size of a kernel package.
EXCLUDED_MODULES=(
	sound lib/test_ drivers/media drivers/bluetooth net/bluetooth net/wireless net/mac80211
	drivers/gpu/drm/{amd,i915,nouveau,radeon}
	drivers/{infiniband,staging,iio,comedi,isdn}
	drivers/net/wireless drivers/net/ethernet/{broadcom/bnx,cavium,chelsio,mellanox,netronome,qlogic}
)
EXCLUDED_FILES=(
	'/usr/share/doc/*' '/usr/share/man/*' '/usr/share/info/*' '/usr/share/locale/*'
	'/lib/udev/hwdb.d/*' '/usr/lib/udev/hwdb.d/*' '/usr/lib/*/gconv/*'
)

# mirror - the Debian mirror that this host itself uses, or the public one
mirror() {
	local uri
	# shellcheck disable=SC2016 # apt expands these
	uri=${DEBIAN_MIRROR:-$(apt-get indextargets --format '$(ORIGIN) $(LABEL) $(REPO_URI)' \
		'Created-By: Packages' 2>/dev/null |
		sed -n 's|^Debian Debian \(https\{0,1\}://.*[^/]\)/*$|\1|p' | head -n 1)}
	echo "${uri:-$FALLBACK_MIRROR}"
}

# apt_proxy - the proxy options of this host, one per line
apt_proxy() {
	apt-config dump --format '%f "%v";%n' 2>/dev/null |
		grep -i '^Acquire::[a-z:/.]*proxy' || true
}

base_packages() {
	printf '%s\n' udev ifupdown iproute2 iputils-ping e2fsprogs kmod procps login passwd \
		initramfs-tools busybox zstd grub-pc dropbear
	case $INIT in
	sysvinit) echo sysvinit-core ;;
	systemd) echo systemd-sysv ;;
	esac
	# else usrmerge comes, and 40 MB of Perl with it
	[ "$SUITE" = bullseye ] || echo usr-is-merged
	case $ARCH in
	i386) echo linux-image-686 ;;
	amd64) echo linux-image-amd64 ;;
	esac
}

# base_tarball - make sure of the base in the cache, and name it in BASE
base_tarball() {
	local key opts=() x uri
	for x in "${EXCLUDED_FILES[@]}"; do
		opts+=("--dpkgopt=path-exclude=$x")
	done
	for x in "${EXCLUDED_MODULES[@]}"; do
		opts+=("--dpkgopt=path-exclude=/lib/modules/*/kernel/$x*")
	done
	[ "$SUITE" = bullseye ] || opts+=(--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr)
	key=$({ echo "$SUITE $ARCH $INIT ${opts[*]}"; base_packages; } | sha256sum | cut -c1-16)
	BASE=$CACHE/base-$SUITE-$ARCH-$INIT-$key.tar.zst
	[ ! -e "$BASE" ] || return 0

	while read -r x; do
		opts+=("--aptopt=$x")
	done < <(apt_proxy)
	uri=$(mirror)
	say "fetching and installing Debian $SUITE $ARCH from $uri, once"
	base_install "$uri" || {
		[ "$uri" != "$FALLBACK_MIRROR" ] || return 1
		say "that failed, trying $FALLBACK_MIRROR"
		base_install "$FALLBACK_MIRROR"
	}
	mv "$WORK/base.tar.zst" "$BASE"
	find "$CACHE" -maxdepth 1 -name "base-$SUITE-$ARCH-$INIT-????????????????.tar.zst" \
		! -name "${BASE##*/}" -delete
}

# INITRD=No: the guests make their initramfs after they have configured it.
# shellcheck disable=SC2016 # the hook expands $1
base_install() {
	INITRD=No mmdebstrap --quiet --mode=root --arch="$ARCH" --variant=apt \
		--aptopt='APT::Install-Recommends "false"' "${opts[@]}" \
		--skip=cleanup/apt/lists \
		--customize-hook='rm -f "$1"/var/cache/apt/*.bin' \
		--include="$(base_packages | paste -sd,)" \
		"$SUITE" "$WORK/base.tar.zst" "$1" >"$WORK/mmdebstrap.log" 2>&1 || {
		tail -n 20 "$WORK/mmdebstrap.log" >&2
		return 1
	}
}

# make_root - unpack the base to $ROOT
make_root() {
	need mmdebstrap mmdebstrap zstd zstd jq jq sfdisk fdisk mke2fs e2fsprogs
	base_tarball
	ROOT=$WORK/root
	mkdir "$ROOT"
	tar -C "$ROOT" --numeric-owner --xattrs --xattrs-include='*' -xf "$BASE"
	KERNEL=$(cd "$ROOT/lib/modules" && echo *)
}

# in_root COMMAND ... - run a program of the guest; its mounts and processes end with it
in_root() {
	unshare --mount --pid --uts --ipc --fork --kill-child --mount-proc="$ROOT/proc" -- \
		chroot "$ROOT" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C \
		DEBIAN_FRONTEND=noninteractive INITRD="${INITRD:-}" \
		SOURCE_DATE_EPOCH="$SOURCE_DATE_EPOCH" \
		${http_proxy:+http_proxy="$http_proxy"} ${https_proxy:+https_proxy="$https_proxy"} \
		"$@" </dev/null >>"$WORK/root.log" 2>&1 || {
		tail -n 20 "$WORK/root.log" >&2
		say "failed in the guest: $*"
		return 1
	}
}

# apt_install PACKAGE ... - add packages to $ROOT; a name with a trailing - is removed
apt_install() {
	local certs=/etc/ssl/certs/ca-certificates.crt
	cp /etc/resolv.conf "$ROOT/etc/resolv.conf"
	# a mirror by https is trusted as this host trusts it
	[ ! -e $certs ] || cp $certs "$ROOT/host-certificates"
	printf '#!/bin/sh\nexit 101\n' >"$ROOT/usr/sbin/policy-rc.d"
	chmod 755 "$ROOT/usr/sbin/policy-rc.d"
	# The lists in the base may be of another day.
	INITRD=No in_root sh -c 'get() { apt-get -qy -o Acquire::https::CAInfo=/host-certificates "$@"; }
		get install "$@" || { get update && get install "$@"; }' apt_install "$@"
	rm -f "$ROOT/usr/sbin/policy-rc.d" "$ROOT/etc/resolv.conf" "$ROOT/host-certificates"
}

# finish_root - take out what an installed PC would not have, and set the dates
finish_root() {
	rm -rf "$ROOT"/var/lib/apt/lists/* "$ROOT"/var/cache/apt/*.bin \
		"$ROOT"/var/cache/apt/archives/*.deb "$ROOT"/etc/{apt/apt.conf.d,dpkg/dpkg.cfg.d}/99mmdebstrap \
		"$ROOT"/var/log/{apt,dpkg.log,alternatives.log,bootstrap.log} \
		"$ROOT"/var/cache/{debconf/*-old,ldconfig/aux-cache} "$ROOT"/etc/dropbear/dropbear_*_key
	mkdir -p "$ROOT"/var/lib/apt/lists/partial
	find "$ROOT" -newermt "@$SOURCE_DATE_EPOCH" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
}
