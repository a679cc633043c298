// SPDX-License-Identifier: GPL-2.0-or-later
/* Ask, reach and stop a guest that libvirt keeps; libvirt_start.c starts it. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "lib/agent.h"
#include "lib/base/alloc.h"
#include "lib/base/interrupt.h"
#include "lib/base/outfile.h"
#include "lib/base/path.h"
#include "lib/base/process.h"
#include "lib/base/size.h"
#include "lib/base/strv.h"
#include "lib/keyboard.h"
#include "lib/png.h"
#include "lib/target/libvirt_life.h"
#include "lib/target/libvirt_virsh.h"
#include "lib/target/stop.h"

enum {
	OFF_SECONDS = 30,	/* for libvirt to end a machine     */
	SCREEN_MAX = 64 << 20,	/* a picture is smaller [bytes]     */
};

/* --- status ---------------------------------------------------------------------------------- */

/* 1: libvirt knows it, 0: it does not */
static int is_defined(const struct instance *inst, struct error *err)
{
	struct strv names CLEANUP_STRV = STRV_INIT;
	CLEANUP_FREE char *text = NULL;

	if (child_run(VIRSH("list", "--all", "--name"), &text, err) < 0) {
		error_wrap(err, "ask libvirt");
		return error_hint(err, "is libvirtd running? 'systemctl start libvirtd' starts it");
	}
	strv_split(&names, text, "\n");
	return strv_has(&names, inst->name);
}

/* "running (booted)", as virsh writes it; NULL if libvirt does not know the guest */
static int ask_state(const struct instance *inst, char **ret, struct error *err)
{
	int known = is_defined(inst, err);

	*ret = NULL;
	if (known <= 0)
		return known;
	if (child_run(VIRSH("domstate", inst->name, "--reason"), ret, err) < 0)
		return -1;
	(*ret)[strcspn(*ret, "\n")] = '\0';
	return 0;
}

static enum instance_state state_of(const char *text)
{
	if (!text)
		return INSTANCE_STOPPED;
	if (strncmp(text, "running", 7) == 0 || strncmp(text, "in shutdown", 11) == 0 ||
	    strncmp(text, "idle", 4) == 0)
		return INSTANCE_RUNNING;
	if (strncmp(text, "paused", 6) == 0 || strncmp(text, "pmsuspended", 11) == 0)
		return INSTANCE_PAUSED;
	return strstr(text, "crashed") || strstr(text, "failed") ? INSTANCE_CRASHED
								 : INSTANCE_STOPPED;
}

/* Sums of lines like "block.0.rd.bytes=512". */
static void count_bytes(const struct instance *inst, struct instance_status *ret)
{
	CLEANUP_FREE char *text = NULL;
	struct strv lines CLEANUP_STRV = STRV_INIT;

	if (child_run(VIRSH("domstats", "--raw", "--block", inst->name), &text, NULL) < 0)
		return;
	strv_split(&lines, text, "\n");
	for (size_t i = 0; i < lines.n; i++) {
		const char *equals = strchr(lines.v[i], '=');
		uint64_t n = 0;

		if (!equals || parse_u64(equals + 1, 0, UINT64_MAX, &n, NULL) < 0)
			continue;
		if (strstr(lines.v[i], ".rd.bytes="))
			ret->disk_read += n;
		else if (strstr(lines.v[i], ".wr.bytes="))
			ret->disk_written += n;
	}
}

int libvirt_status(const struct instance *inst, struct instance_status *ret, struct error *err)
{
	CLEANUP_FREE char *pid = xasprintf("/run/libvirt/qemu/%s.pid", inst->name);

	*ret = (struct instance_status)INSTANCE_STATUS_INIT;
	if (ask_state(inst, &ret->detail, err) < 0)
		return -1;
	ret->state = state_of(ret->detail);
	if (ret->state != INSTANCE_RUNNING && ret->state != INSTANCE_PAUSED)
		return 0;
	ret->pid = process_from_file(pid);
	ret->uptime = ret->pid ? process_uptime(ret->pid) : 0;
	count_bytes(inst, ret);
	return 0;
}

/* --- console and screen ---------------------------------------------------------------------- */

static int refuse_off(const struct instance *inst, struct error *err)
{
	error_set(err, ERR_NOT_FOUND, "guest '%s' is not running", inst->name);
	return error_hint(err, "'rehost console --log %s' shows what it wrote before", inst->name);
}

/* 1: running, 0: not */
static int is_running(const struct instance *inst, struct error *err)
{
	CLEANUP_FREE char *text = NULL;

	if (ask_state(inst, &text, err) < 0)
		return -1;
	return state_of(text) == INSTANCE_RUNNING || state_of(text) == INSTANCE_PAUSED;
}

int libvirt_console(const struct instance *inst, int *ret_fd, struct error *err)
{
	CLEANUP_FREE char *path = NULL;
	CLEANUP_CLOSE int fd = -1;
	struct termios raw;
	int running = is_running(inst, err);

	if (running <= 0)
		return running < 0 ? -1 : refuse_off(inst, err);
	if (child_run(VIRSH("ttyconsole", inst->name), &path, err) < 0)
		return -1;
	path[strcspn(path, "\n")] = '\0';
	if (!*path)
		return error_set(err, ERR_UNSUPPORTED, "the serial port of '%s' is joined to one of "
				 "the host", inst->name);
	fd = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return error_sys(err, errno, "open '%s'", path);
	if (tcgetattr(fd, &raw) == 0) {
		cfmakeraw(&raw);
		tcsetattr(fd, TCSANOW, &raw);
	}
	*ret_fd = STEAL_FD(fd);
	return 0;
}

/*
 * libvirt has QEMU paint into a file where a confined one may write, and virsh writes what comes back: as PNG where
 * QEMU can, as a portable pixmap elsewhere.
 */
int libvirt_screen(const struct instance *inst, const char *path, struct error *err)
{
	CLEANUP_FREE char *made = path_join(inst->run_dir, "screen.made"), *data = NULL, *png = NULL;
	int running = is_running(inst, err);
	size_t len = 0, png_len = 0;

	if (running <= 0)
		return running < 0 ? -1 : refuse_off(inst, err);
	(void)unlink(made);
	if (child_run(VIRSH("screenshot", inst->name, made), NULL, err) < 0 ||
	    file_read(made, SCREEN_MAX, &data, &len, err) < 0)
		return -1;
	(void)unlink(made);
	if (len > 4 && memcmp(data, "\x89PNG", 4) == 0)
		return file_write(path, data, len, OUTFILE_NEW, err);
	return png_from_ppm(data, len, &png, &png_len, err) < 0 ? -1 : file_write(path, png, png_len, OUTFILE_NEW, err);
}

/* libvirt refuses as long as nobody has opened the port in the guest. */
int libvirt_agent(const struct instance *inst, struct error *err)
{
	if (child_run(VIRSH("qemu-agent-command", inst->name, AGENT_PING, "--timeout", "2"), NULL, NULL) == 0)
		return 1;
	return interrupt_check(err);
}

/* --- stop ------------------------------------------------------------------------------------ */

static int is_on(void *machine, struct error *err)
{
	return is_running(machine, err);
}

static void press(void *machine)
{
	const struct instance *inst = machine;

	child_run(VIRSH("shutdown", inst->name, "--mode", "acpi"), NULL, NULL);
}

/* What such keys end is to stay ended, where the PC would start anew. */
static void keys(void *machine, const char *names)
{
	const struct instance *inst = machine;
	struct json_object *command CLEANUP_JSON = json_object_new_object();

	json_object_object_add(command, "execute", json_object_new_string("send-key"));
	json_object_object_add(command, "arguments", keyboard_chord(names));
	child_run(VIRSH("set-lifecycle-action", inst->name, "reboot", "destroy", "--live"), NULL, NULL);
	child_run(VIRSH("qemu-monitor-command", inst->name,
			json_object_to_json_string_ext(command, JSON_C_TO_STRING_PLAIN)), NULL, NULL);
}

static int pull(void *machine, struct error *err)
{
	const struct instance *inst = machine;

	return child_run(VIRSH("destroy", inst->name), NULL, err);
}

int libvirt_stop(const struct instance *inst, const struct stop_request *how, enum stop_way *ret,
		 struct error *err)
{
	static const struct stop_ops ops = { is_on, press, keys, pull, OFF_SECONDS };
	int running = is_running(inst, err);

	*ret = STOP_WAS_OFF;
	if (running < 0 || (is_defined(inst, NULL) == 1 && !inst->wanted &&
			    libvirt_autostart(inst, false, err) < 0))
		return -1;
	return running ? stop_machine(&ops, (void *)inst, inst->name, how, ret, err) : 0;
}

/* Its variables of UEFI are the release's, not libvirt's: kept. */
int libvirt_forget(const struct instance *inst, struct error *err)
{
	int known = is_defined(inst, err);

	if (known <= 0)
		return known;
	return child_run(VIRSH("undefine", inst->name, "--keep-nvram"), NULL, err);
}
