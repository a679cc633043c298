/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_NEIGHBOUR_H
#define REHOST_NEIGHBOUR_H

/*
 * A neighbour on the network segment of a guest in its trial: asks by ARP who has the guest's old
 * address, then sends echo requests there (ping), and answers only questions for itself.
 *
 *	struct neighbour n = NEIGHBOUR_INIT;
 *
 *	if (neighbour_init(&n, "10.0.0.4/24", "10.0.0.1"))
 *		len = neighbour_ask(&n, frame);		send it
 *	…	len = neighbour_hear(&n, came, n_came, frame);	send it if there is an answer
 *
 * Frames are what a wire carries, without check sequence. Source: RFC 826, 791, 792.
 */

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { NEIGHBOUR_FRAME = 64, NEIGHBOUR_MAC = 6 };	/* a frame that we send fits [bytes] */

struct neighbour {
	struct in_addr own, guest;
	uint8_t guest_mac[NEIGHBOUR_MAC];
	bool resolved;		/* it said that it has the address   */
	bool answered;		/* it answered an echo request, too  */
	uint16_t sequence;
};

#define NEIGHBOUR_INIT { 0 }

/**
 * neighbour_init - find an address for ourselves beside the guest's
 * @ret:     the neighbour
 * @address: of the guest, ADDRESS/PREFIX
 * @gateway: that the guest uses, or NULL; not ours
 *
 * Return: false if there is none to be had, or the address is no IPv4 address of a card.
 */
bool neighbour_init(struct neighbour *ret, const char *address, const char *gateway);

/** neighbour_ask - the next question, in @frame of NEIGHBOUR_FRAME bytes; returns its length */
size_t neighbour_ask(struct neighbour *n, uint8_t *frame);

/**
 * neighbour_hear - look at a frame from the segment
 * @came:   the frame, from an untrusted guest
 * @n_came: its length [bytes]
 * @frame:  gets our answer, NEIGHBOUR_FRAME bytes
 *
 * Return: the answer's length, 0 if there is nothing to say.
 */
size_t neighbour_hear(struct neighbour *n, const uint8_t *came, size_t n_came, uint8_t *frame);

#endif
