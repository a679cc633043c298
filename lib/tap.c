// SPDX-License-Identifier: GPL-2.0-or-later
/* Network cards of guests on a bridge of the host. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/alloc.h"
#include "lib/tap.h"

static int join(const char *bridge, const char *tap, struct error *err)
{
	CLEANUP_CLOSE int control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq request = { 0 };

	if (control < 0)
		return error_sys(err, errno, "open a socket");
	memccpy(request.ifr_name, bridge, 0, IFNAMSIZ - 1);
	request.ifr_ifindex = (int)if_nametoindex(tap);
	if (ioctl(control, SIOCBRADDIF, &request) < 0)
		return error_sys(err, errno, "join bridge '%s'", bridge);
	memset(&request, 0, sizeof(request));
	memccpy(request.ifr_name, tap, 0, IFNAMSIZ - 1);
	if (ioctl(control, SIOCGIFFLAGS, &request) < 0)
		return error_sys(err, errno, "look at '%s'", tap);
	request.ifr_flags |= IFF_UP;
	return ioctl(control, SIOCSIFFLAGS, &request) < 0 ? error_sys(err, errno, "start '%s'", tap) : 0;
}

int tap_open(const char *bridge, struct error *err)
{
	struct ifreq request = { .ifr_name = "rhtap%d" };
	CLEANUP_CLOSE int fd = -1;

	if (strlen(bridge) >= IFNAMSIZ || !if_nametoindex(bridge)) {
		error_set(err, ERR_NOT_FOUND, "there is no bridge '%s'", bridge);
		return error_hint(err, "'rehost launch --prepare NAME.rehost' makes the bridges of a plan");
	}
	fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return error_sys(err, errno, "open '/dev/net/tun'");
	request.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR;
	if (ioctl(fd, TUNSETIFF, &request) < 0)
		return error_sys(err, errno, "make a network card for the guest");
	return join(bridge, request.ifr_name, err) < 0 ? -1 : STEAL_FD(fd);
}
