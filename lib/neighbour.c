// SPDX-License-Identifier: GPL-2.0-or-later
/* ARP and ICMP echo as far as it takes to see that a guest answers at its old address. */
#include "config.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/size.h"
#include "lib/neighbour.h"

enum {
	ETHER_HEAD = 14, ARP_LEN = 28, IP_HEAD = 20, ICMP_HEAD = 8, ICMP_BODY = 16,
	TYPE_IP = 0x0800, TYPE_ARP = 0x0806,
	ARP_REQUEST = 1, ARP_REPLY = 2,
	PROTOCOL_ICMP = 1, ECHO_REPLY = 0, ECHO_REQUEST = 8,
	ICMP_ID = 0x5248,
	/* offsets in a frame */
	AT_SOURCE = 6, AT_TYPE = 12, AT_ARP_OP = ETHER_HEAD + 6, AT_ARP_SENDER = ETHER_HEAD + 8,
	AT_ARP_SENDER_IP = ETHER_HEAD + 14, AT_ARP_TARGET = ETHER_HEAD + 18,
	AT_ARP_TARGET_IP = ETHER_HEAD + 24,
	AT_IP_PROTOCOL = ETHER_HEAD + 9, AT_IP_SUM = ETHER_HEAD + 10, AT_IP_FROM = ETHER_HEAD + 12,
	AT_IP_TO = ETHER_HEAD + 16,
};

/* Locally administered, so it is nobody's card. */
static const uint8_t own_mac[NEIGHBOUR_MAC] = { 0x02, 'r', 'e', 'h', 'o', 's' };
static const uint8_t everybody[NEIGHBOUR_MAC] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

static uint16_t get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static void put16(uint8_t *p, unsigned int value)
{
	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)value;
}

static bool is_address(const uint8_t *p, struct in_addr a)
{
	return memcmp(p, &a, sizeof(a)) == 0;
}

/* The last address below the broadcast that is neither the guest's nor its gateway's. */
static bool choose_own(struct neighbour *n, uint32_t mask, struct in_addr gateway)
{
	uint32_t guest = ntohl(n->guest.s_addr), last = (guest | ~mask) - 1;

	for (uint32_t a = last; a > (guest & mask) && a + 4 > last; a--) {
		n->own.s_addr = htonl(a);
		if (a != guest && n->own.s_addr != gateway.s_addr)
			return true;
	}
	return false;
}

bool neighbour_init(struct neighbour *ret, const char *address, const char *gateway)
{
	const char *slash = strchr(address, '/');
	CLEANUP_FREE char *host = xstrndup(address, strcspn(address, "/"));
	struct in_addr other = { 0 };
	uint64_t prefix = 0;

	*ret = (struct neighbour)NEIGHBOUR_INIT;
	if (inet_pton(AF_INET, host, &ret->guest) != 1 || !slash ||
	    parse_u64(slash + 1, 1, 30, &prefix, NULL) < 0)
		return false;
	if (gateway && inet_pton(AF_INET, gateway, &other) != 1)
		other.s_addr = 0;
	return choose_own(ret, UINT32_MAX << (32 - prefix), other);
}

static void put_ethernet(uint8_t *frame, const uint8_t *to, unsigned int type)
{
	memset(frame, 0, NEIGHBOUR_FRAME);
	memcpy(frame, to, NEIGHBOUR_MAC);
	memcpy(frame + AT_SOURCE, own_mac, NEIGHBOUR_MAC);
	put16(frame + AT_TYPE, type);
}

static size_t put_arp(const struct neighbour *n, unsigned int op, const uint8_t *to,
		      const uint8_t *to_ip, uint8_t *frame)
{
	put_ethernet(frame, to, TYPE_ARP);
	put16(frame + ETHER_HEAD, 1);			/* Ethernet */
	put16(frame + ETHER_HEAD + 2, TYPE_IP);
	frame[ETHER_HEAD + 4] = NEIGHBOUR_MAC;
	frame[ETHER_HEAD + 5] = sizeof(n->own);
	put16(frame + AT_ARP_OP, op);
	memcpy(frame + AT_ARP_SENDER, own_mac, NEIGHBOUR_MAC);
	memcpy(frame + AT_ARP_SENDER_IP, &n->own, sizeof(n->own));
	if (op == ARP_REPLY)
		memcpy(frame + AT_ARP_TARGET, to, NEIGHBOUR_MAC);
	memcpy(frame + AT_ARP_TARGET_IP, to_ip, sizeof(n->own));
	return ETHER_HEAD + ARP_LEN;
}

/* The Internet checksum; @len is even here. */
static unsigned int checksum(const uint8_t *p, size_t len)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < len; i += 2)
		sum += get16(p + i);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum & 0xffff;
}

static size_t put_echo(struct neighbour *n, uint8_t *frame)
{
	uint8_t *ip = frame + ETHER_HEAD, *icmp = ip + IP_HEAD;
	const size_t len = IP_HEAD + ICMP_HEAD + ICMP_BODY;

	put_ethernet(frame, n->guest_mac, TYPE_IP);
	ip[0] = 0x45;
	put16(ip + 2, len);
	ip[8] = 64;					/* time to live */
	ip[9] = PROTOCOL_ICMP;
	memcpy(frame + AT_IP_FROM, &n->own, sizeof(n->own));
	memcpy(frame + AT_IP_TO, &n->guest, sizeof(n->guest));
	put16(frame + AT_IP_SUM, checksum(ip, IP_HEAD));
	icmp[0] = ECHO_REQUEST;
	put16(icmp + 4, ICMP_ID);
	put16(icmp + 6, ++n->sequence);
	put16(icmp + 2, checksum(icmp, ICMP_HEAD + ICMP_BODY));
	return ETHER_HEAD + len;
}

size_t neighbour_ask(struct neighbour *n, uint8_t *frame)
{
	if (n->resolved)
		return put_echo(n, frame);
	return put_arp(n, ARP_REQUEST, everybody, (const uint8_t *)&n->guest, frame);
}

static size_t hear_arp(struct neighbour *n, const uint8_t *came, uint8_t *frame)
{
	if (is_address(came + AT_ARP_SENDER_IP, n->guest)) {
		memcpy(n->guest_mac, came + AT_ARP_SENDER, NEIGHBOUR_MAC);
		n->resolved = true;
	}
	if (get16(came + AT_ARP_OP) != ARP_REQUEST || !is_address(came + AT_ARP_TARGET_IP, n->own))
		return 0;
	return put_arp(n, ARP_REPLY, came + AT_ARP_SENDER, came + AT_ARP_SENDER_IP, frame);
}

static void hear_ip(struct neighbour *n, const uint8_t *came, size_t n_came)
{
	size_t head = (size_t)(came[ETHER_HEAD] & 0x0f) * 4;
	const uint8_t *icmp = came + ETHER_HEAD + head;

	if (head < IP_HEAD || n_came < ETHER_HEAD + head + ICMP_HEAD ||
	    came[AT_IP_PROTOCOL] != PROTOCOL_ICMP || !is_address(came + AT_IP_FROM, n->guest) ||
	    !is_address(came + AT_IP_TO, n->own))
		return;
	if (icmp[0] == ECHO_REPLY && get16(icmp + 4) == ICMP_ID)
		n->answered = true;
}

size_t neighbour_hear(struct neighbour *n, const uint8_t *came, size_t n_came, uint8_t *frame)
{
	if (n_came >= ETHER_HEAD + ARP_LEN && get16(came + AT_TYPE) == TYPE_ARP)
		return hear_arp(n, came, frame);
	if (n_came >= ETHER_HEAD + IP_HEAD && get16(came + AT_TYPE) == TYPE_IP)
		hear_ip(n, came, n_came);
	return 0;
}
