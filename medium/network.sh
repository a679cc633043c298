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

# address_of CARD - with its length
address_of() {
	ip -4 -o addr show dev "$1" 2>/dev/null | awk '{ print $4; exit }'
}

# card_in_use - the first one with an address
card_in_use() {
	for card in $(cards); do
		[ -z "$(address_of "$card")" ] || { echo "$card" && return 0; }
	done
	return 1
}

# forget CARD - its addresses, and who renews them
forget() {
	if [ -s "/run/udhcpc-$1" ]; then
		kill "$(cat "/run/udhcpc-$1")" 2>/dev/null
		rm -f "/run/udhcpc-$1"
	fi
	ip -4 addr flush dev "$1"
}

# by_dhcp CARD - udhcpc stays, and renews the address
by_dhcp() {
	forget "$1"
	udhcpc -i "$1" -n -t 4 -T 2 -p "/run/udhcpc-$1" -s /usr/lib/rehost/dhcp >/dev/null 2>&1
}

# link_local CARD - an address of 169.254/16 that nobody else uses (RFC 3927)
link_local() {
	forget "$1"
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
	echo "No link-local address is free."
	return 1
}

# fixed CARD ADDRESS/LENGTH [GATEWAY] - or none at all
fixed() {
	case $2 in
	*.*.*.*/[0-9] | *.*.*.*/[12][0-9] | *.*.*.*/3[012]) ;;
	*) echo "'$2' is no address with the length of its network, as 192.168.1.5/24." && return 1 ;;
	esac
	forget "$1"
	ip addr add "$2" dev "$1" 2>/dev/null || { echo "'$2' is no address." && return 1; }
	[ -z "$3" ] || ip route replace default via "$3" dev "$1" 2>/dev/null || {
		forget "$1"
		echo "'$3' is no gateway in the network of $2."
		return 1
	}
}
