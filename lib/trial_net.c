// SPDX-License-Identifier: GPL-2.0-or-later
/* The wires between the guest of a trial and the neighbour that asks for its old address. */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/alloc.h"
#include "lib/base/path.h"
#include "lib/trial_net.h"

enum { FRAMES_PER_TICK = 4096 };	/* a guest that floods the wire does not stop the trial */

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* Each datagram is one frame. */
static int add_card(struct trial_net *net, const struct guest_nic *nic,
		    const struct neighbour *neighbour, struct error *err)
{
	size_t n_theirs = net->n_cards;
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) < 0)
		return error_sys(err, errno, "make a wire for '%s'", nic->name ? nic->name : nic->mac);
	*APPEND(net->theirs, n_theirs) = ends[1];
	*APPEND(net->cards, net->n_cards) = (struct trial_card){ nic, ends[0], *neighbour };
	return 0;
}

/* net0 becomes a port of a hub, whose other ports are QEMU's own network and our wire. */
static void put_hub(struct strv *args, size_t i, const char *user, int fd)
{
	strv_addf(args, "user,id=user%zu%s", i, user);
	strv_add(args, "-netdev");
	strv_addf(args, "socket,id=wire%zu,fd=%d", i, fd);
	strv_add(args, "-netdev");
	strv_addf(args, "hubport,id=hub-user%zu,hubid=%zu,netdev=user%zu", i, i, i);
	strv_add(args, "-netdev");
	strv_addf(args, "hubport,id=hub-wire%zu,hubid=%zu,netdev=wire%zu", i, i, i);
	strv_add(args, "-netdev");
	strv_addf(args, "hubport,id=net%zu,hubid=%zu", i, i);
}

int trial_net_wire(struct trial_net *ret, const struct guest *g, struct strv *args,
		   struct error *err)
{
	struct strv wired CLEANUP_STRV = STRV_INIT;
	size_t nic = 0;

	for (size_t i = 0; i < args->n; i++) {
		CLEANUP_FREE char *head = xasprintf("user,id=net%zu", nic);
		const char *arg = args->v[i];
		struct neighbour n;

		if (nic >= g->n_nics || strncmp(arg, head, strlen(head)) != 0) {
			strv_add(&wired, arg);
		} else if (!g->nics[nic].address ||
			   !neighbour_init(&n, g->nics[nic].address, g->nics[nic].gateway)) {
			strv_add(&wired, arg);
			nic++;
		} else {
			if (add_card(ret, &g->nics[nic], &n, err) < 0)
				return -1;
			put_hub(&wired, nic, arg + strlen(head), ret->theirs[ret->n_cards - 1]);
			nic++;
		}
	}
	strv_clear(args);
	*args = wired;
	wired = (struct strv)STRV_INIT;
	return 0;
}

void trial_net_started(struct trial_net *net)
{
	for (size_t i = 0; net->theirs && i < net->n_cards; i++)
		close_fd(&net->theirs[i]);
}

/* A frame that does not go out is asked again in the next second. */
static void say(const struct trial_card *card, const uint8_t *frame, size_t len)
{
	if (len)
		(void)!send(card->fd, frame, len, MSG_DONTWAIT | MSG_NOSIGNAL);
}

void trial_net_tick(struct trial_net *net)
{
	uint8_t came[2048], frame[NEIGHBOUR_FRAME];

	for (size_t i = 0; i < net->n_cards; i++) {
		struct trial_card *card = &net->cards[i];

		for (int n = 0; n < FRAMES_PER_TICK; n++) {
			ssize_t got = recv(card->fd, came, sizeof(came), MSG_DONTWAIT);

			if (got <= 0)
				break;
			say(card, frame, neighbour_hear(&card->neighbour, came, (size_t)got, frame));
		}
		if (!card->neighbour.answered)
			say(card, frame, neighbour_ask(&card->neighbour, frame));
	}
}

bool trial_net_done(const struct trial_net *net)
{
	for (size_t i = 0; i < net->n_cards; i++)
		if (!net->cards[i].neighbour.answered)
			return false;
	return true;
}

void trial_net_close(struct trial_net *net)
{
	trial_net_started(net);
	for (size_t i = 0; i < net->n_cards; i++)
		close_fd(&net->cards[i].fd);
	free(net->cards);
	free(net->theirs);
	*net = (struct trial_net)TRIAL_NET_INIT;
}
