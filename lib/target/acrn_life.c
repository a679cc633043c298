// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Start, ask and stop a guest on ACRN's Service VM: by the pair of files that acrnctl and acrnd read,
 * by acrnctl, and by the monitor socket of acrn-dm. No script is run to learn a name.
 */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/alloc.h"
#include "lib/base/child.h"
#include "lib/base/interrupt.h"
#include "lib/base/outfile.h"
#include "lib/base/path.h"
#include "lib/base/process.h"
#include "lib/base/progress.h"
#include "lib/target/acrn.h"
#include "lib/target/acrn_argv.h"
#include "lib/target/acrn_life.h"
#include "lib/target/acrn_monitor.h"
#include "lib/target/stop.h"

#define HSM "/dev/acrn_hsm"
#define CONF_ADD "/usr/share/acrn/conf/add"
#define ROOT_VARIABLE "REHOST_ACRN_ROOT"	/* a folder in the place of /, for tests */

enum {
	START_MS = 60000,	/* for acrn-dm to open its socket on a host that is busy */
	STEP_MS = 100,
	OFF_SECONDS = 15,
	ARGS_MAX = 1 << 17,
};

static char *in_root(const char *path)
{
	const char *root = getenv(ROOT_VARIABLE);

	return xasprintf("%s%s", root ? root : "", path);
}

static int check_host(struct error *err)
{
	CLEANUP_FREE char *hsm = in_root(HSM), *iasl = NULL;

	if (!path_exists(hsm)) {
		error_set(err, ERR_UNSUPPORTED, "this host does not run ACRN: there is no " HSM);
		return error_hint(err, "boot it with the entry in grub.cfg that 'rehost generate --target "
				  "acrn' wrote, and a kernel that has CONFIG_ACRN_HSM (module acrn)");
	}
	iasl = child_find("iasl");
	if (iasl)
		return 0;
	error_set(err, ERR_NOT_FOUND, "there is no iasl, with which acrn-dm makes the ACPI tables of a "
		  "guest at each start");
	return error_hint(err, "install acpica-tools");
}

/* The running machine of this guest; *ret_path NULL: none */
static int find(const struct instance *inst, char **ret_path, int *ret_pid, struct error *err)
{
	CLEANUP_FREE char *dir = in_root(ACRN_MONITOR_DIR);
	char name[ACRN_NAME_MAX + 1];

	acrn_vm_name(inst->name, name);
	return acrn_monitor_find(dir, name, ret_path, ret_pid, err);
}

/* acrn-dm takes raw images only; the overlay stays, so that the release can be reset. */
static int make_raw(const struct instance *inst, const struct guest *g, size_t i, struct error *err)
{
	CLEANUP_FREE char *name = acrn_raw_name(g, i);
	CLEANUP_FREE char *raw = path_join(inst->dir, name);
	CLEANUP_FREE char *partial = xasprintf("%s" PARTIAL_SUFFIX, raw);
	CLEANUP_FREE char *overlay = path_join(inst->dir, g->disks[i].file);
	const char *argv[] = { "qemu-img", "convert", "-f", "qcow2", "-O", "raw", overlay, partial, NULL };

	if (path_exists(raw))
		return 0;
	if (child_run(argv, NULL, err) < 0) {
		(void)unlink(partial);
		return error_wrap(err, "make '%s'", raw);
	}
	return rename(partial, raw) < 0 ? error_sys(err, errno, "rename '%s'", partial) : 0;
}

static int check_firmware(const struct strv *args, struct error *err)
{
	for (size_t i = 0; i + 1 < args->n; i++) {
		CLEANUP_FREE char *path = in_root(args->v[i + 1]);

		if (strcmp(args->v[i], "--ovmf") != 0 || path_exists(path))
			continue;
		error_set(err, ERR_NOT_FOUND, "there is no UEFI firmware for ACRN: '%s'", args->v[i + 1]);
		return error_hint(err, "install ACRN's device model; OVMF of QEMU is another one");
	}
	return 0;
}

static int read_args(const struct instance *inst, struct strv *ret, struct error *err)
{
	CLEANUP_FREE char *path = path_join(inst->dir, ACRN_ARGS_FILE), *text = NULL;

	if (file_read(path, ARGS_MAX, &text, NULL, err) < 0)
		return -1;
	return acrn_argv_from_text(text, ret, err);
}

/* The pair that acrnctl and acrnd read. */
static int write_pair(const struct instance *inst, const struct strv *args, struct error *err)
{
	const char *name = args->v[args->n - 1];
	CLEANUP_FREE char *dir = in_root(CONF_ADD), *log = path_join(inst->log_dir, SERIAL_LOG);
	CLEANUP_FREE char *script = acrn_script(name, inst->dir, log, args);
	CLEANUP_FREE char *script_path = xasprintf("%s/%s.sh", dir, name);
	CLEANUP_FREE char *args_path = xasprintf("%s/%s.args", dir, name);

	if (folder_make(dir, err) < 0 ||
	    file_write(args_path, "\n", 1, OUTFILE_REPLACE, err) < 0 ||
	    file_write(script_path, script, strlen(script), OUTFILE_REPLACE, err) < 0)
		return error_wrap(err, "tell acrnctl of '%s'", name);
	return chmod(script_path, 0755) < 0 ? error_sys(err, errno, "chmod '%s'", script_path) : 0;
}

static void drop_pair(const struct instance *inst)
{
	char name[ACRN_NAME_MAX + 1];
	CLEANUP_FREE char *script = NULL, *args = NULL, *dir = in_root(CONF_ADD);

	acrn_vm_name(inst->name, name);
	script = xasprintf("%s/%s.sh", dir, name);
	args = xasprintf("%s/%s.args", dir, name);
	(void)unlink(script);
	(void)unlink(args);
}

/* What an earlier start wrote is no sign of life. */
static void keep_log(const struct instance *inst)
{
	CLEANUP_FREE char *log = path_join(inst->log_dir, SERIAL_LOG);
	CLEANUP_FREE char *old = xasprintf("%s.1", log);

	(void)rename(log, old);
}

/* acrnctl wants the folder of the sockets, and takes what is in it for machines that run. */
static int clear_way(const char *name, struct error *err)
{
	CLEANUP_FREE char *dir = in_root(ACRN_MONITOR_DIR);

	if (folder_make(dir, err) < 0)
		return -1;
	for (int waited = 0; acrn_monitor_sweep(dir, name) && waited < OFF_SECONDS * 1000; waited += STEP_MS) {
		struct pollfd fd = { .fd = interrupt_fd(), .events = POLLIN };

		poll(&fd, 1, STEP_MS);
		if (interrupt_check(err) < 0)
			return -1;
	}
	return 0;
}

/* It came back without a machine: acrnd, which starts what it finds at boot, may have been first. */
static int ended(const struct instance *inst, const struct child *child, struct error *err)
{
	CLEANUP_FREE char *path = NULL, *said = child_output(child);
	struct strv lines CLEANUP_STRV = STRV_INIT;
	int pid = 0;

	if (find(inst, &path, &pid, err) < 0)
		return -1;
	if (path)
		return 0;
	strv_split(&lines, said, "\n");
	error_set(err, ERR_CHILD, "guest '%s' ended at once%s%s", inst->name, lines.n ? ": " : "",
		  lines.n ? lines.v[lines.n - 1] : "");
	return error_hint(err, "'rehost console --log %s' shows what acrn-dm wrote", inst->name);
}

/* acrnctl stays as long as the machine runs. */
static int start(const struct instance *inst, const char *name, struct error *err)
{
	const char *argv[] = { "acrnctl", "start", name, NULL };
	struct child child CLEANUP_CHILD = CHILD_INIT;
	struct child_io io = CHILD_IO_INIT;

	io.outlive = true;
	io.dir = "/";
	if (child_start(argv, &io, &child, err) < 0)
		return -1;
	for (int waited = 0; waited < START_MS; waited += STEP_MS) {
		struct error wait CLEANUP_ERROR = ERROR_INIT;
		CLEANUP_FREE char *path = NULL;
		int status = 0, pid = 0;

		if (find(inst, &path, &pid, err) < 0)
			return -1;
		if (path) {
			child_detach(&child);
			return 0;
		}
		if (child_wait(&child, STEP_MS, &status, &wait) == 0)
			return ended(inst, &child, err);
		if (wait.code != ERR_TIMEOUT)
			return error_move(err, &wait);
	}
	return error_set(err, ERR_TIMEOUT, "guest '%s' did not start in time", inst->name);
}

int acrn_launch(const struct instance *inst, struct error *err)
{
	struct guest g CLEANUP_GUEST = GUEST_INIT;
	struct strv args CLEANUP_STRV = STRV_INIT;
	CLEANUP_FREE char *running = NULL;
	int pid = 0;

	if (check_host(err) < 0 || find(inst, &running, &pid, err) < 0)
		return -1;
	if (running)
		return error_set(err, ERR_BUSY, "guest '%s' is running", inst->name);
	if (read_args(inst, &args, err) < 0 || instance_guest(inst, &g, err) < 0 ||
	    check_firmware(&args, err) < 0)
		return -1;
	for (size_t i = 0; i < g.n_disks; i++)
		if (make_raw(inst, &g, i, err) < 0)
			return -1;
	keep_log(inst);
	if (write_pair(inst, &args, err) < 0 || clear_way(args.v[args.n - 1], err) < 0)
		return -1;
	return start(inst, args.v[args.n - 1], err);
}

int acrn_status(const struct instance *inst, struct instance_status *ret, struct error *err)
{
	static const enum instance_state states[] = {
		[ACRN_STATE_OFF] = INSTANCE_STOPPED,
		[ACRN_STATE_RUNS] = INSTANCE_RUNNING,
		[ACRN_STATE_SUSPENDED] = INSTANCE_PAUSED,
		[ACRN_STATE_ENDS] = INSTANCE_RUNNING,
	};
	struct error lost CLEANUP_ERROR = ERROR_INIT;
	enum acrn_state state = ACRN_STATE_OFF;
	CLEANUP_FREE char *path = NULL;

	*ret = (struct instance_status)INSTANCE_STATUS_INIT;
	if (find(inst, &path, &ret->pid, err) < 0)
		return -1;
	if (!path)
		return 0;
	if (acrn_monitor_query(path, &state, &lost) < 0) {
		ret->state = INSTANCE_CRASHED;
		ret->detail = xstrdup(lost.msg);
		return 0;
	}
	ret->state = states[state];
	ret->uptime = process_uptime(ret->pid);
	if (state == ACRN_STATE_ENDS)
		ret->detail = xstrdup("it is switching itself off");
	return 0;
}

int acrn_console(const struct instance *inst, int *ret_fd, struct error *err)
{
	(void)ret_fd;
	error_set(err, ERR_UNSUPPORTED, "ACRN has no console that can be typed on from here");
	return error_hint(err, "'rehost console --log %s' shows what the guest writes", inst->name);
}

/* --- stop ------------------------------------------------------------------------------------ */

struct acrn_machine {
	const char *path;	/* of its monitor's socket */
	int pid;
};

/* It stops listening before it ends, and has the guest's disks until then. */
static int is_on(void *machine, struct error *err)
{
	const struct acrn_machine *m = machine;

	(void)err;
	return process_lives(m->pid);
}

static void press(void *machine)
{
	const struct acrn_machine *m = machine;

	acrn_monitor_stop(m->path, false, NULL);
}

/* One that does not listen any more is about to end. */
static int pull(void *machine, struct error *err)
{
	const struct acrn_machine *m = machine;
	struct error refusal CLEANUP_ERROR = ERROR_INIT;

	if (acrn_monitor_stop(m->path, true, &refusal) < 0 && refusal.code == ERR_CHILD)
		return error_move(err, &refusal);
	return 0;
}

int acrn_stop(const struct instance *inst, const struct stop_request *how, enum stop_way *ret,
	      struct error *err)
{
	static const struct stop_ops ops = { is_on, press, NULL, pull, OFF_SECONDS };
	CLEANUP_FREE char *path = NULL;
	struct acrn_machine m = { NULL, 0 };

	*ret = STOP_WAS_OFF;
	if (find(inst, &path, &m.pid, err) < 0)
		return -1;
	/* acrnd starts at boot whatever is there */
	if (!inst->wanted)
		drop_pair(inst);
	if (!path)
		return 0;
	m.path = path;
	if (stop_machine(&ops, &m, inst->name, how, ret, err) == 0)
		return 0;
	if (err && err->code == ERR_TIMEOUT)
		error_hint(err, "a real-time machine can only switch itself off; process %d runs it", m.pid);
	return -1;
}

/* One that switched itself off still has its pair, which acrnd would start at the next boot. */
int acrn_forget(const struct instance *inst, struct error *err)
{
	(void)err;
	drop_pair(inst);
	return 0;
}
