// SPDX-License-Identifier: GPL-2.0-or-later
/* A login on the first serial port, in the manner of the guest's init system. */
#include "config.h"

#include <string.h>

#include "converters/linux.h"
#include "lib/base/alloc.h"

const char *linux_serial_port(const struct conversion *conv)
{
	return conv->answer->value[DIM_SERIAL] == SERIAL_PL011 ? "ttyAMA0" : "ttyS0";
}

static void sysvinit(struct conversion *conv)
{
	const char *port = linux_serial_port(conv);
	struct tree *t = &conv->sys->tree;
	const char *text = tree_text(t, "/etc/inittab");
	const char *getty = tree_has(t, "/sbin/agetty") ? "/sbin/agetty" : "/sbin/getty";
	CLEANUP_FREE char *line = NULL, *changed = NULL;

	if (!text)
		return;
	for (const char *p = text; *p; p += strcspn(p, "\n"), p += *p == '\n')
		if (*p != '#' && memmem(p, strcspn(p, "\n"), port, strlen(port)))
			return;
	line = xasprintf("%s:2345:respawn:%s -L 115200 %s vt100", port + 3, getty, port);
	changed = linux_add_line(text, line);
	tree_put(t, "/etc/inittab", changed, 0644, "a login on the serial port");
}

/* The generator would do it for the kernel's console; this holds when the console is elsewhere. */
static void systemd(struct conversion *conv)
{
	CLEANUP_FREE char *path = xasprintf("/etc/systemd/system/getty.target.wants/serial-getty@%s.service",
					    linux_serial_port(conv));

	tree_link(&conv->sys->tree, path,
		  "/lib/systemd/system/serial-getty@.service", "a login on the serial port");
}

static void upstart(struct conversion *conv)
{
	const char *port = linux_serial_port(conv);
	CLEANUP_FREE char *path = xasprintf("/etc/init/%s.conf", port);
	CLEANUP_FREE char *text = xasprintf("start on stopped rc RUNLEVEL=[2345]\n"
					    "stop on runlevel [!2345]\n"
					    "respawn\n"
					    "exec /sbin/getty -L 115200 %s vt102\n", port);

	if (!tree_has(&conv->sys->tree, path))
		tree_put(&conv->sys->tree, path, text, 0644, "a login on the serial port");
}

/* root may log in only on the terminals that this file lists, where there is one. */
static void securetty(struct conversion *conv)
{
	const char *text = tree_text(&conv->sys->tree, "/etc/securetty");
	CLEANUP_FREE char *changed = text ? linux_add_line(text, linux_serial_port(conv)) : NULL;

	if (changed)
		tree_put(&conv->sys->tree, "/etc/securetty", changed, 0644,
			 "root may log in on the serial port");
}

void linux_edit_console(struct conversion *conv)
{
	const char *init = conv->sys->init;

	if (strcmp(init, "systemd") == 0)
		systemd(conv);
	else if (strcmp(init, "upstart") == 0)
		upstart(conv);
	else
		sysvinit(conv);
	securetty(conv);
}
