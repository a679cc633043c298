// SPDX-License-Identifier: GPL-2.0-or-later
/* Ask, reach and stop a guest on Xen; xen_start.c starts it. */
#include "config.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/alloc.h"
#include "lib/base/interrupt.h"
#include "lib/base/outfile.h"
#include "lib/base/path.h"
#include "lib/base/process.h"
#include "lib/base/progress.h"
#include "lib/base/size.h"
#include "lib/base/unix_socket.h"
#include "lib/png.h"
#include "lib/qmp.h"
#include "lib/target/stop.h"
#include "lib/target/xen_config.h"
#include "lib/target/xen_life.h"
#include "lib/target/xen_xl.h"

enum {
	SCREEN_MAX = 64 << 20,	/* a picture is smaller [bytes]                     */
	OFF_SECONDS = 60,	/* for Xen to end a domain                          */
	ASK_MS = 10000,
};

static int refuse_host(struct error *err)
{
	error_wrap(err, "ask Xen");
	return error_hint(err, "this host must be started with Xen, and xen-utils be installed; 'xl "
			  "info' tells");
}

int xen_find_domain(const struct instance *inst, struct strv *ret, struct error *err)
{
	CLEANUP_FREE char *text = NULL;
	struct strv lines CLEANUP_STRV = STRV_INIT;

	if (child_run(XL("list"), &text, err) < 0)
		return refuse_host(err);
	strv_split(&lines, text, "\n");
	for (size_t i = 1; i < lines.n; i++) {
		strv_clear(ret);
		strv_split(ret, lines.v[i], " ");
		if (ret->n == LIST_FIELDS && strcmp(ret->v[LIST_NAME], inst->name) == 0)
			return 1;
	}
	strv_clear(ret);
	return 0;
}

/* --- status, console, screen ----------------------------------------------------------------- */

/* r: runs, b: blocked, p: paused, s: shut down, c: crashed, d: dying; xl(1), "list" */
static enum instance_state state_of(const char *flags)
{
	if (strchr(flags, 'c'))
		return INSTANCE_CRASHED;
	if (strchr(flags, 's') || strchr(flags, 'd'))
		return INSTANCE_STOPPED;
	return strchr(flags, 'p') ? INSTANCE_PAUSED : INSTANCE_RUNNING;
}

/* The QMP socket that xl opens for QEMU of a domain. */
static int connect_qmp(const struct strv *fields, struct qmp *ret, struct error *err)
{
	CLEANUP_FREE char *path = xasprintf("/run/xen/qmp-libxl-%s", fields->v[LIST_ID]);

	return qmp_connect(ret, path, ASK_MS, err);
}

/* The value of a key of xenstore; NULL: it is not there. The caller frees it. */
static char *read_store(const char *folder, const char *key)
{
	CLEANUP_FREE char *path = xasprintf("%s/%s", folder, key);
	char *text = NULL;

	if (child_run((const char *const[]){ "xenstore-read", path, NULL }, &text, NULL) == 0)
		text[strcspn(text, "\n")] = '\0';
	return text;
}

/* Where xl itself looks for it: seconds since 1970; [s], 0: not known */
static double uptime_of(const struct strv *fields)
{
	CLEANUP_FREE char *domain = xasprintf("/local/domain/%s", fields->v[LIST_ID]);
	CLEANUP_FREE char *vm = read_store(domain, "vm"), *start = vm ? read_store(vm, "start_time") : NULL;
	uint64_t seconds = 0;

	if (!start)
		return 0;
	start[strcspn(start, ".")] = '\0';
	return parse_u64(start, 1, INT64_MAX, &seconds, NULL) < 0
		       ? 0 : MAX((double)time(NULL) - (double)seconds, 1.0);
}

int xen_status(const struct instance *inst, struct instance_status *ret, struct error *err)
{
	struct strv fields CLEANUP_STRV = STRV_INIT;
	struct qmp qmp CLEANUP_QMP = QMP_INIT;
	int known = xen_find_domain(inst, &fields, err);

	*ret = (struct instance_status)INSTANCE_STATUS_INIT;
	if (known <= 0)
		return known;
	ret->state = state_of(fields.v[LIST_STATE]);
	ret->detail = xasprintf("domain %s, %s, %s s of processor time", fields.v[LIST_ID],
				fields.v[LIST_STATE], fields.v[LIST_TIME]);
	ret->uptime = uptime_of(&fields);
	if (connect_qmp(&fields, &qmp, NULL) == 0)
		qmp_block_bytes(&qmp, &ret->disk_read, &ret->disk_written, NULL);
	return 0;
}

static int refuse_off(const struct instance *inst, struct error *err)
{
	error_set(err, ERR_NOT_FOUND, "guest '%s' is not running", inst->name);
	return error_hint(err, "'rehost console --log %s' shows what it wrote before", inst->name);
}

int xen_console(const struct instance *inst, int *ret_fd, struct error *err)
{
	CLEANUP_FREE char *path = path_join(inst->run_dir, "serial0.sock");
	struct strv fields CLEANUP_STRV = STRV_INIT;
	int known = xen_find_domain(inst, &fields, err);

	if (known <= 0)
		return known < 0 ? -1 : refuse_off(inst, err);
	*ret_fd = unix_connect(path, err);
	return *ret_fd < 0 ? -1 : 0;
}

/* Debian builds Xen's QEMU without PNG. */
int xen_screen(const struct instance *inst, const char *path, struct error *err)
{
	CLEANUP_FREE char *made = path_join(inst->run_dir, "screen.ppm"), *data = NULL, *png = NULL;
	struct strv fields CLEANUP_STRV = STRV_INIT;
	struct qmp qmp CLEANUP_QMP = QMP_INIT;
	int known = xen_find_domain(inst, &fields, err);
	size_t len = 0, png_len = 0;

	if (known <= 0)
		return known < 0 ? -1 : refuse_off(inst, err);
	if (connect_qmp(&fields, &qmp, err) < 0 || qmp_screenshot_as(&qmp, made, "ppm", err) < 0 ||
	    file_read(made, SCREEN_MAX, &data, &len, err) < 0)
		return -1;
	(void)unlink(made);
	return png_from_ppm(data, len, &png, &png_len, err) < 0 ? -1 : file_write(path, png, png_len, OUTFILE_NEW, err);
}

/* --- stop ------------------------------------------------------------------------------------ */

/* A domain that has come to its end stays in the list while nobody clears it away. */
static int is_on(void *machine, struct error *err)
{
	struct strv fields CLEANUP_STRV = STRV_INIT;
	int known = xen_find_domain(machine, &fields, err);

	return known > 0 ? state_of(fields.v[LIST_STATE]) != INSTANCE_STOPPED : known;
}

/* -F: the power button for guests without Xen's drivers */
static void press(void *machine)
{
	const struct instance *inst = machine;

	child_run(XL("shutdown", "-F", inst->name), NULL, NULL);
}

/*
 * What such keys end is to stay ended, where the PC would start anew: who would start it is the xl that created
 * the domain and watches it since then.
 */
static void keys(void *machine, const char *names)
{
	const struct instance *inst = machine;
	CLEANUP_FREE char *command = xasprintf("sendkey %s", names);
	CLEANUP_FREE char *config = path_join(inst->run_dir, XEN_CONFIG);
	int watcher = process_with_argument("xl", config);

	if (watcher)
		kill(watcher, SIGTERM);
	child_run(XL("qemu-monitor-command", inst->name, command), NULL, NULL);
}

/* The xl that watches a domain destroys it, too, once it has come to its end: then this one finds no lock. */
static int pull(void *machine, struct error *err)
{
	const struct instance *inst = machine;
	struct error why CLEANUP_ERROR = ERROR_INIT;
	struct strv fields CLEANUP_STRV = STRV_INIT;
	int there;

	if (child_run(XL("destroy", inst->name), NULL, &why) == 0)
		return 0;
	there = xen_find_domain(inst, &fields, err);
	return there > 0 ? error_move(err, &why) : there;
}

int xen_stop(const struct instance *inst, const struct stop_request *how, enum stop_way *ret,
	     struct error *err)
{
	static const struct stop_ops ops = { is_on, press, keys, pull, OFF_SECONDS };
	struct strv fields CLEANUP_STRV = STRV_INIT;
	int on = is_on((void *)inst, err);

	*ret = STOP_WAS_OFF;
	if (on < 0 || (on && stop_machine(&ops, (void *)inst, inst->name, how, ret, err) < 0))
		return -1;
	/* what is left of one that nobody watches */
	on = xen_find_domain(inst, &fields, err);
	if (on < 0 || (on && pull((void *)inst, err) < 0))
		return -1;
	xen_drop_pool(inst);
	return 0;
}

/* One that went off by itself still has its pool. */
int xen_forget(const struct instance *inst, struct error *err)
{
	(void)err;
	xen_drop_pool(inst);
	return 0;
}
