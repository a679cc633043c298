// SPDX-License-Identifier: GPL-2.0-or-later
/* Start, ask, reach and stop a guest on Xen. */
#include "config.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/alloc.h"
#include "lib/base/child.h"
#include "lib/base/interrupt.h"
#include "lib/base/outfile.h"
#include "lib/base/path.h"
#include "lib/base/process.h"
#include "lib/base/progress.h"
#include "lib/base/strv.h"
#include "lib/base/unix_socket.h"
#include "lib/qmp.h"
#include "lib/target/stop.h"
#include "lib/target/xen_config.h"
#include "lib/target/xen_life.h"

enum {
	CONFIG_MAX = 1 << 20,	/* a configuration is smaller [bytes]               */
	SCREEN_MAX = 64 << 20,	/* a picture is smaller [bytes]                     */
	OFF_SECONDS = 60,	/* for Xen to end a domain                          */
	ASK_MS = 10000,
};

#define XL(...) ((const char *const[]){ "xl", __VA_ARGS__, NULL })

/* Every field of a line of xl list; its name can hold no blank. */
enum { LIST_NAME, LIST_ID, LIST_MEMORY, LIST_VCPUS, LIST_STATE, LIST_TIME, LIST_FIELDS };

static int refuse_host(struct error *err)
{
	error_wrap(err, "ask Xen");
	return error_hint(err, "this host must be started with Xen, and xen-utils be installed; 'xl "
			  "info' tells");
}

/* 1: @ret holds the fields of its line, 0: Xen does not know the guest */
static int find_domain(const struct instance *inst, struct strv *ret, struct error *err)
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

/* --- start ----------------------------------------------------------------------------------- */

/* @text with each @mark replaced by @by; the caller frees it */
static char *replace(const char *text, const char *mark, const char *by)
{
	CLEANUP_FREE char *out = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&out, &len);

	if (!f)
		abort();
	for (const char *at; (at = strstr(text, mark)); text = at + strlen(mark)) {
		fwrite(text, 1, (size_t)(at - text), f);
		fputs(by, f);
	}
	fputs(text, f);
	if (fclose(f) != 0)
		abort();
	return STEAL(out);
}

static int write_config(const struct instance *inst, char **ret_path, struct error *err)
{
	CLEANUP_FREE char *from = path_join(inst->dir, XEN_CONFIG), *text = NULL;
	CLEANUP_FREE char *to = path_join(inst->run_dir, XEN_CONFIG), *placed = NULL, *local = NULL;

	/* xl would read these as ends of a text or of a part of it */
	if (strpbrk(inst->home, "\",\\\n"))
		return error_set(err, ERR_UNSUPPORTED, "the name of folder '%s' is none for Xen",
				 inst->home);
	if (file_read(from, CONFIG_MAX, &text, NULL, err) < 0)
		return -1;
	placed = replace(text, XEN_PLACE, inst->dir);
	local = replace(placed, XEN_RUN, inst->run_dir);
	if (file_write(to, local, strlen(local), OUTFILE_REPLACE, err) < 0)
		return -1;
	*ret_path = STEAL(to);
	return 0;
}

/* The processors leave the pool of all, and make one of their own. */
static int make_pool(const struct instance *inst, struct error *err)
{
	CLEANUP_FREE char *config = path_join(inst->dir, XEN_POOL), *text = NULL, *known = NULL;
	CLEANUP_FREE char *name = xasprintf("rehost-%s", inst->name), *cpus = NULL;
	const char *list, *end;

	if (!path_exists(config))
		return 0;
	if (file_read(config, CONFIG_MAX, &text, NULL, err) < 0 ||
	    child_run(XL("cpupool-list"), &known, err) < 0)
		return -1;
	if (strstr(known, name))
		return 0;
	list = strstr(text, "cpus = \"");
	end = list ? strchr(list + 8, '"') : NULL;
	if (!end)
		return error_set(err, ERR_FORMAT, "'%s' names no processors", config);
	cpus = xstrndup(list + 8, (size_t)(end - list - 8));
	return child_run(XL("cpupool-cpu-remove", "Pool-0", cpus), NULL, err) < 0
		       ? -1
		       : child_run(XL("cpupool-create", config), NULL, err);
}

/* A host without cache allocation runs the guest all the same; the log says so. */
static void give_cache(const struct instance *inst)
{
	CLEANUP_FREE char *path = path_join(inst->dir, XEN_CACHE), *text = NULL, *level = NULL;
	struct strv fields CLEANUP_STRV = STRV_INIT;
	struct error failure CLEANUP_ERROR = ERROR_INIT;

	if (!path_exists(path))
		return;
	if (file_read(path, 64, &text, NULL, &failure) == 0) {
		text[strcspn(text, "\n")] = '\0';
		strv_split(&fields, text, " ");
		level = xasprintf("-l%s", fields.n == 2 ? fields.v[0] : "");
		if (fields.n == 2 && child_run(XL("psr-cat-set", level, inst->name, fields.v[1]), NULL,
					       &failure) == 0)
			return;
	}
	instance_log(inst, "without its share of the cache: %s",
		     failure.msg ? failure.msg : "its file is not readable");
}

int xen_launch(const struct instance *inst, struct error *err)
{
	CLEANUP_FREE char *path = NULL, *log = path_join(inst->log_dir, SERIAL_LOG);
	CLEANUP_FREE char *old = xasprintf("%s.1", log);
	struct strv fields CLEANUP_STRV = STRV_INIT;
	int known = find_domain(inst, &fields, err);

	if (known < 0)
		return -1;
	if (known)
		return error_set(err, ERR_BUSY, "Xen runs a domain '%s' already", inst->name);
	if (write_config(inst, &path, err) < 0 || make_pool(inst, err) < 0)
		return error_wrap(err, "start guest '%s'", inst->name);
	(void)!rename(log, old);
	if (child_run(XL("create", path), NULL, err) < 0)
		return error_wrap(err, "start guest '%s'", inst->name);
	give_cache(inst);
	instance_log(inst, "started on Xen");
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

int xen_status(const struct instance *inst, struct instance_status *ret, struct error *err)
{
	struct strv fields CLEANUP_STRV = STRV_INIT;
	struct qmp qmp CLEANUP_QMP = QMP_INIT;
	int known = find_domain(inst, &fields, err);

	*ret = (struct instance_status)INSTANCE_STATUS_INIT;
	if (known <= 0)
		return known;
	ret->state = state_of(fields.v[LIST_STATE]);
	ret->detail = xasprintf("domain %s, %s, %s s of processor time", fields.v[LIST_ID],
				fields.v[LIST_STATE], fields.v[LIST_TIME]);
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
	int known = find_domain(inst, &fields, err);

	if (known <= 0)
		return known < 0 ? -1 : refuse_off(inst, err);
	*ret_fd = unix_connect(path, err);
	return *ret_fd < 0 ? -1 : 0;
}

int xen_screen(const struct instance *inst, const char *path, struct error *err)
{
	CLEANUP_FREE char *made = path_join(inst->run_dir, "screen.png"), *data = NULL;
	struct strv fields CLEANUP_STRV = STRV_INIT;
	struct qmp qmp CLEANUP_QMP = QMP_INIT;
	int known = find_domain(inst, &fields, err);
	size_t len = 0;

	if (known <= 0)
		return known < 0 ? -1 : refuse_off(inst, err);
	if (connect_qmp(&fields, &qmp, err) < 0 || qmp_screenshot(&qmp, made, err) < 0 ||
	    file_read(made, SCREEN_MAX, &data, &len, err) < 0)
		return -1;
	(void)unlink(made);
	return file_write(path, data, len, OUTFILE_NEW, err);
}

/* --- stop ------------------------------------------------------------------------------------ */

/* A domain that has come to its end stays in the list while nobody clears it away. */
static int is_on(void *machine, struct error *err)
{
	struct strv fields CLEANUP_STRV = STRV_INIT;
	int known = find_domain(machine, &fields, err);

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

static int pull(void *machine, struct error *err)
{
	const struct instance *inst = machine;

	return child_run(XL("destroy", inst->name), NULL, err);
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
	on = find_domain(inst, &fields, err);
	return on > 0 ? pull((void *)inst, err) : on;
}
