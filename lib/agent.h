/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_AGENT_H
#define REHOST_AGENT_H

/*
 * QEMU's guest agent: a program inside of the guest that answers on a virtio serial port. It is asked one thing
 * only, whether it is there. Source: QEMU Guest Agent Protocol Reference, guest-ping.
 */

#include "lib/base/error.h"

#define AGENT_PORT "org.qemu.guest_agent.0"
#define AGENT_PING "{\"execute\":\"guest-ping\"}"

enum { AGENT_MS = 2000 };	/* for an answer */

/**
 * agent_answers - is there an agent, and does it answer?
 * @path: the socket on which QEMU has its end of the port
 * @err:  ERR_INTERRUPTED
 *
 * Return: 1 if it does, 0 if not within AGENT_MS, -1 on error.
 */
int agent_answers(const char *path, struct error *err);

#endif
