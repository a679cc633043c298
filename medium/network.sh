# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Network cards and their addresses.

# cards - network cards, those with a cable first
cards() {
	for sys in /sys/class/net/*; do
		card=${sys##*/}
		[ "$(cat "$sys/type")" = 1 ] || continue
		ip link set "$card" up 2>/dev/null
		echo "$(cat "$sys/carrier" 2>/dev/null || echo 0) $card"
	done | sort -rn | cut -d ' ' -f 2
}

# addresses - of this PC, one a line
addresses() {
	ip -4 -o addr show scope global 2>/dev/null | awk '{ sub("/.*", "", $4); print $4 }'
	ip -4 -o addr show scope link 2>/dev/null | awk '{ sub("/.*", "", $4); print $4 }'
}

# by_dhcp CARD
by_dhcp() {
	udhcpc -i "$1" -n -q -t 4 -T 2 -s /usr/lib/rehost/dhcp >/dev/null 2>&1
}

# link_local CARD - an address of 169.254/16 that nobody else uses (RFC 3927)
link_local() {
	seed=$(tr -d ':' <"/sys/class/net/$1/address")
	tries=0
	while [ $tries -lt 10 ]; do
		hash=$(echo "$seed $tries" | sha256sum)
		high=$((0x$(echo "$hash" | cut -c 1-2) % 254 + 1))
		low=$((0x$(echo "$hash" | cut -c 3-4)))
		if arping -D -q -c 2 -I "$1" "169.254.$high.$low" >/dev/null 2>&1; then
			ip addr add "169.254.$high.$low/16" dev "$1" scope link
			return 0
		fi
		tries=$((tries + 1))
	done
	return 1
}

# fixed CARD ADDRESS/LENGTH [GATEWAY]
fixed() {
	ip addr flush dev "$1" scope global
	ip addr add "$2" dev "$1" 2>/dev/null || return 1
	[ -z "$3" ] || ip route replace default via "$3" dev "$1" 2>/dev/null
}
