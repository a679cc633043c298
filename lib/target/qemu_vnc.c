// SPDX-License-Identifier: GPL-2.0-or-later
/* The screen of a guest for a viewer on this machine. */
#include "config.h"

#include "lib/base/alloc.h"
#include "lib/base/path.h"
#include "lib/qemu_machine.h"
#include "lib/qmp.h"
#include "lib/target/qemu_life.h"

enum { ASK_MS = 10000 };

/* QEMU reference manual, "SocketAddress"; port 0: the socket that nobody is told of. */
static struct json_object *address(unsigned int port)
{
	struct json_object *o = json_object_new_object();
	CLEANUP_FREE char *text = xasprintf("%u", port);

	json_object_object_add(o, "type", json_object_new_string(port ? "inet" : "unix"));
	if (port) {
		json_object_object_add(o, "host", json_object_new_string("127.0.0.1"));
		json_object_object_add(o, "port", json_object_new_string(text));
		json_object_object_add(o, "ipv6", json_object_new_boolean(false));
	} else {
		json_object_object_add(o, "path", json_object_new_string(QEMU_VNC_SOCKET));
	}
	return o;
}

static int set_password(struct qmp *qmp, const char *password, struct error *err)
{
	struct json_object *args = json_object_new_object();

	json_object_object_add(args, "protocol", json_object_new_string("vnc"));
	json_object_object_add(args, "password", json_object_new_string(password));
	return qmp_command(qmp, "set_password", args, NULL, err);
}

static int listen_at(struct qmp *qmp, unsigned int port, struct error *err)
{
	struct json_object *args = json_object_new_object(), *list = json_object_new_array();

	json_object_array_add(list, address(port));
	json_object_object_add(args, "type", json_object_new_string("vnc"));
	json_object_object_add(args, "addresses", list);
	return qmp_command(qmp, "display-update", args, NULL, err);
}

int qemu_share_screen(const struct instance *inst, unsigned int port, const char *password,
		      struct error *err)
{
	CLEANUP_FREE char *path = path_join(inst->dir, QEMU_QMP_SOCKET);
	struct qmp qmp CLEANUP_QMP = QMP_INIT;

	if (!instance_is_locked(inst, LOCK_MACHINE))
		return error_set(err, ERR_NOT_FOUND, "guest '%s' is not running", inst->name);
	/* the password first: there is no moment without one */
	if (qmp_connect(&qmp, path, ASK_MS, err) < 0 || set_password(&qmp, password, err) < 0 ||
	    listen_at(&qmp, port, err) < 0)
		return -1;
	if (port)
		instance_log(inst, "its screen is shared on port %u of this machine", port);
	else
		instance_log(inst, "its screen is not shared any more");
	return 0;
}
