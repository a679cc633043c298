// SPDX-License-Identifier: GPL-2.0-or-later
/* A login on the first serial port, in the manner of the guest's init system. */
#include "config.h"

#include <string.h>

#include "converters/linux.h"
#include "lib/base/alloc.h"

static void sysvinit(struct conversion *conv)
{
	struct tree *t = &conv->sys->tree;
	const char *text = tree_text(t, "/etc/inittab");
	const char *getty = tree_has(t, "/sbin/agetty") ? "/sbin/agetty" : "/sbin/getty";
	CLEANUP_FREE char *line = NULL, *changed = NULL;

	if (!text)
		return;
	for (const char *p = text; *p; p += strcspn(p, "\n"), p += *p == '\n')
		if (*p != '#' && memmem(p, strcspn(p, "\n"), "ttyS0", 5))
			return;
	line = xasprintf("S0:2345:respawn:%s -L 115200 ttyS0 vt100", getty);
	changed = linux_add_line(text, line);
	tree_put(t, "/etc/inittab", changed, 0644, "a login on the serial port");
}

/* The generator would do it for the kernel's console; this holds when the console is elsewhere. */
static void systemd(struct conversion *conv)
{
	tree_link(&conv->sys->tree,
		  "/etc/systemd/system/getty.target.wants/serial-getty@ttyS0.service",
		  "/lib/systemd/system/serial-getty@.service", "a login on the serial port");
}

static void upstart(struct conversion *conv)
{
	static const char path[] = "/etc/init/ttyS0.conf";

	if (!tree_has(&conv->sys->tree, path))
		tree_put(&conv->sys->tree, path,
			 "start on stopped rc RUNLEVEL=[2345]\n"
			 "stop on runlevel [!2345]\n"
			 "respawn\n"
			 "exec /sbin/getty -L 115200 ttyS0 vt102\n",
			 0644, "a login on the serial port");
}

/* root may log in only on the terminals that this file lists, where there is one. */
static void securetty(struct conversion *conv)
{
	const char *text = tree_text(&conv->sys->tree, "/etc/securetty");
	CLEANUP_FREE char *changed = text ? linux_add_line(text, "ttyS0") : NULL;

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
