// SPDX-License-Identifier: GPL-2.0-or-later
/* The trial boot: throw-away overlays, the negotiated machine, and a look at what the guest does. */
#include "config.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/agent.h"
#include "lib/base/alloc.h"
#include "lib/base/child.h"
#include "lib/base/path.h"
#include "lib/kernel_disk.h"
#include "lib/life.h"
#include "lib/qemu_machine.h"
#include "lib/qemu_place.h"
#include "lib/qmp.h"
#include "lib/trial_machine.h"
#include "lib/trial_net.h"
#include "lib/typist.h"
#include "lib/waited.h"
#include "lib/validation.h"

enum {
	TICK_MS = 1000,
	CONNECT_TRIES = 300,		/* of 100 ms: QEMU starts slowly on a busy host         */
	RESTARTS_MAX = 3,
	SCREEN_FILE_MAX = 64 << 20,
};

struct trial {
	const struct guest *g;
	struct progress *progress;
	struct validation *v;
	char *dir;
	struct child child;
	struct qmp qmp;
	struct trial_net net;
	struct typist typist;
	double start;
	bool over;			/* nothing more is to be waited for */
	unsigned int restarts, ticks;
	struct life_screens screens;
};

static void cleanup_trial(struct trial *t)
{
	qmp_close(&t->qmp);
	child_stop(&t->child);
	trial_net_close(&t->net);
	if (t->dir)
		folder_remove(t->dir, NULL);
	free(t->dir);
}

/* At most @max bytes from the start of a file; "" if it is not there (yet). */
static char *read_start(const char *dir, const char *name, size_t max, size_t *ret_len)
{
	CLEANUP_FREE char *path = path_join(dir, name);
	CLEANUP_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st = { 0 };
	size_t len = 0, want;
	char *data;

	if (fd >= 0 && fstat(fd, &st) < 0)
		st.st_size = 0;
	want = MIN((size_t)st.st_size, max);
	data = xmalloc(want + 1);
	while (fd >= 0 && len < want) {
		ssize_t got = read(fd, data + len, want - len);

		if (got <= 0)
			break;
		len += (size_t)got;
	}
	data[len] = '\0';
	*ret_len = len;
	return data;
}

static void fail(struct trial *t, const char *what, const char *detail)
{
	size_t len = 0;
	CLEANUP_FREE char *serial = read_start(t->dir, QEMU_SERIAL_FILE, EVIDENCE_SERIAL_MAX, &len);
	CLEANUP_FREE char *text = console_text(serial, len);
	CLEANUP_FREE char *last = console_last_lines(text, EVIDENCE_LINES);

	report_add(&t->v->findings, FINDING_ERROR, t->g->name, "%s%s%s%s%s", what,
		   detail ? ": " : "", detail ? detail : "",
		   *last ? "; the last lines of its serial port are\n" : "", last);
	t->over = true;
}

static void succeed(struct trial *t, const char *line)
{
	t->v->alive = true;
	free(t->v->line);
	t->v->line = line ? xstrdup(line) : NULL;
	t->over = true;
}

static int start_qemu(struct trial *t, struct error *err)
{
	struct child_io io = CHILD_IO_INIT;
	struct strv argv CLEANUP_STRV = STRV_INIT;

	strv_add(&argv, qemu_program(t->g));
	for (size_t i = 0; i < t->v->args.n; i++)
		strv_add(&argv, t->v->args.v[i]);
	strv_add_many(&argv, "-accel", accel_name(t->v->accel), "-display", "none", NULL);
	io.dir = t->dir;
	io.keep = t->net.theirs;
	io.n_keep = t->net.n_cards;
	if (child_start((const char *const *)argv.v, &io, &t->child, err) < 0)
		return -1;
	trial_net_started(&t->net);
	return 0;
}

/* QEMU makes its socket while it starts; a complaint about its arguments comes before. */
static int connect_qemu(struct trial *t, struct error *err)
{
	CLEANUP_FREE char *path = path_join(t->dir, QEMU_QMP_SOCKET);

	for (int i = 0; i < CONNECT_TRIES; i++) {
		struct error wait CLEANUP_ERROR = ERROR_INIT, late CLEANUP_ERROR = ERROR_INIT;

		if (qmp_connect(&t->qmp, path, QMP_TIMEOUT_MS, &late) == 0)
			return 0;
		if (late.code != ERR_NOT_FOUND && late.code != ERR_SYSTEM)
			return error_move(err, &late);
		if (child_wait(&t->child, 100, NULL, &wait) == 0)
			return error_set(err, ERR_CHILD, "QEMU ended without a word");
		if (wait.code != ERR_TIMEOUT)
			return error_move(err, &wait);
	}
	return error_set(err, ERR_TIMEOUT, "QEMU did not open its socket");
}

static int ask_version(struct trial *t, struct error *err)
{
	struct json_object *answer CLEANUP_JSON = NULL, *version = NULL, *part = NULL;
	static const char *const names[] = { "major", "minor", "micro" };
	int number[3] = { 0 };

	if (qmp_command(&t->qmp, "query-version", NULL, &answer, err) < 0)
		return -1;
	json_object_object_get_ex(answer, "qemu", &version);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (json_object_object_get_ex(version, names[i], &part))
			number[i] = json_object_get_int(part);
	t->v->qemu = xasprintf("%d.%d.%d", number[0], number[1], number[2]);
	return 0;
}

/* A guest for other processors than the host's is emulated. */
static int choose_accel(struct trial *t, struct error *err)
{
	CLEANUP_FREE char *found = NULL;

	if (!guest_is_arm(t->g))
		return accel_probe(&t->v->accel, NULL, err);
	found = child_find(QEMU_PROGRAM_ARM);
	t->v->accel = ACCEL_TCG;
	if (found)
		return 0;
	error_set(err, ERR_NOT_FOUND, "there is no " QEMU_PROGRAM_ARM " to run it");
	return error_hint(err, "install the package qemu-system-arm");
}

static int begin(struct trial *t, const struct validate_options *options, struct error *err)
{
	if (choose_accel(t, err) < 0 || qemu_place_make(&t->dir, err) < 0 ||
	    qemu_place_disks(t->g, t->dir, t->g->dir, err) < 0 ||
	    qemu_place_firmware(t->g, t->dir, err) < 0 || qemu_place_tables(t->g, t->dir, err) < 0 ||
	    kernel_disk_extract(t->g, t->dir, err) < 0 ||
	    qemu_machine_args(t->g, NULL, QEMU_RUN_TRIAL, &t->v->args, err) < 0)
		return -1;
	if (options->network && trial_net_wire(&t->net, t->g, &t->v->args, err) < 0)
		return -1;
	t->typist.words = options->keys;
	t->v->allowed = options->timeout ? options->timeout : life_seconds(&t->g->life, t->v->accel);
	if (start_qemu(t, err) < 0 || connect_qemu(t, err) < 0)
		return error_wrap(err, "start QEMU");
	/* what a busy host needs to start QEMU is not the guest's */
	t->start = monotonic_seconds();
	return ask_version(t, err);
}

static void take_event(struct trial *t, struct json_object *event)
{
	if (qmp_event_is(event, "SHUTDOWN"))
		fail(t, "it switched itself off", NULL);
	else if (qmp_event_is(event, "GUEST_PANICKED"))
		fail(t, "its kernel stopped", NULL);
	else if (qmp_event_is(event, "RESET") && ++t->restarts > RESTARTS_MAX)
		fail(t, "it restarts again and again", NULL);
}

static int judge_text(struct trial *t, const char *file, const char *pattern, struct error *err)
{
	struct life_verdict verdict CLEANUP_LIFE_VERDICT = LIFE_VERDICT_INIT;
	size_t len = 0;
	CLEANUP_FREE char *data = read_start(t->dir, file, EVIDENCE_SERIAL_MAX, &len);
	CLEANUP_FREE char *text = console_text(data, len);

	if (strcmp(file, QEMU_SERIAL_FILE) == 0)
		t->v->serial_len = len;
	if (life_judge(text, pattern, &verdict, err) < 0)
		return -1;
	if (verdict.sign == LIFE_ALIVE)
		succeed(t, verdict.line);
	else if (verdict.sign == LIFE_DEAD)
		fail(t, verdict.why, verdict.line);
	return 0;
}

static int take_screen(struct trial *t, struct error *err)
{
	CLEANUP_FREE char *path = path_join(t->dir, "screen.png");
	char digest[DIGEST_HEX_SIZE];
	uint64_t now = 0, written = 0;

	if (qmp_screenshot(&t->qmp, path, err) < 0 || digest_file(path, digest, NULL, err) < 0 ||
	    qmp_block_bytes(&t->qmp, &now, &written, err) < 0)
		return -1;
	life_screens_add(&t->screens, digest, now);
	if (life_screens_alive(&t->screens, monotonic_seconds() - t->start))
		succeed(t, NULL);
	return 0;
}

/* A clock that stands while a busy host has no processor for the machine. */
static double machine_seconds(const struct trial *t)
{
	return monotonic_seconds() - (t->child.pid ? waited_seconds(t->child.pid) : 0);
}

static int ask_agent(struct trial *t, struct error *err)
{
	CLEANUP_FREE char *path = path_join(t->dir, QEMU_AGENT_SOCKET);
	int rc = agent_answers(path, err);

	if (rc > 0)
		succeed(t, "its agent answers");
	return MIN(rc, 0);
}

static int tick(struct trial *t, struct error *err)
{
	bool screen = t->g->life.kind == LIFE_SCREEN;
	struct json_object *event CLEANUP_JSON = NULL;

	if (qmp_event(&t->qmp, TICK_MS, &event, err) < 0)
		return -1;
	if (judge_text(t, QEMU_SERIAL_FILE, t->g->life.pattern, err) < 0 ||
	    (!t->over && judge_text(t, QEMU_FIRMWARE_FILE, NULL, err) < 0))
		return -1;
	if (!t->over && event)
		take_event(t, event);
	if (!t->over && screen && ++t->ticks % LIFE_SCREEN_TICKS == 0 && take_screen(t, err) < 0)
		return -1;
	if (!t->over && t->g->life.kind == LIFE_AGENT && ask_agent(t, err) < 0)
		return -1;
	if (!t->over && typist_tick(&t->typist, &t->qmp, t->v->serial_len, machine_seconds(t), err) < 0)
		return -1;
	trial_net_tick(&t->net);
	progress_update(t->progress, 0);
	return 0;
}

/* QEMU itself went down under the guest: its words are the finding. */
static int explain_loss(struct trial *t, struct error *lost, struct error *err)
{
	CLEANUP_FREE char *last = NULL;
	int status = 0;

	if (lost->code != ERR_SYSTEM || child_wait(&t->child, 5000, &status, NULL) < 0)
		return error_move(err, lost);
	last = child_complaint(&t->child);
	fail(t, "QEMU ended under it", *last ? last : NULL);
	return 0;
}

static int watch(struct trial *t, struct error *err)
{
	struct error lost CLEANUP_ERROR = ERROR_INIT;

	progress_begin(t->progress, "boot the guest", 0);
	while (!t->over) {
		if (tick(t, &lost) < 0 && explain_loss(t, &lost, err) < 0)
			return -1;
		t->v->seconds = monotonic_seconds() - t->start;
		if (!t->over && t->v->seconds >= (double)t->v->allowed) {
			CLEANUP_FREE char *what = xasprintf("no sign of life within %" PRIu64 " s",
							    t->v->allowed);
			fail(t, what, NULL);
		}
	}
	progress_end(t->progress);
	return 0;
}

/* What each card said; no answer at all is an error, for others know the old PC by its address. */
static void judge_cards(struct trial *t)
{
	for (size_t i = 0; i < t->net.n_cards; i++) {
		const struct trial_card *card = &t->net.cards[i];
		const char *name = card->nic->name ? card->nic->name : card->nic->mac;

		if (card->neighbour.answered) {
			strv_addf(&t->v->answers, "%s", card->nic->address);
		} else if (card->neighbour.resolved) {
			report_add(&t->v->findings, FINDING_NOTE, name,
				   "has its address %s, but does not answer a ping there",
				   card->nic->address);
		} else {
			report_remedy(report_add(&t->v->findings, FINDING_ERROR, name,
						 "does not answer at its old address %s",
						 card->nic->address),
				      "look at its network settings in the serial log; if this card "
				      "was not in use on the old PC, give --no-network");
		}
	}
}

/* Services come up beside the login, or after it. */
static int await_network(struct trial *t, uint64_t grace, struct error *err)
{
	double deadline = monotonic_seconds() + (double)grace;

	if (!t->v->alive || !t->net.n_cards)
		return 0;
	progress_begin(t->progress, "ping its address", 0);
	while (!trial_net_done(&t->net) && monotonic_seconds() < deadline) {
		struct json_object *event CLEANUP_JSON = NULL;

		if (qmp_event(&t->qmp, TICK_MS, &event, err) < 0)
			return -1;
		trial_net_tick(&t->net);
	}
	progress_end(t->progress);
	judge_cards(t);
	return 0;
}

/*
 * The picture at the end and what the disks did. A QEMU that is gone has nothing to tell. What was
 * typed may stand on the screen, if it was typed when nobody asked: no picture then.
 */
static void collect_screen(struct trial *t)
{
	CLEANUP_FREE char *path = path_join(t->dir, "screen.png");

	qmp_block_bytes(&t->qmp, &t->v->disk_read, &t->v->disk_written, NULL);
	if (t->typist.n_typed)
		report_add(&t->v->findings, FINDING_NOTE, t->g->name,
			   "a passphrase was typed: the evidence has no picture of the screen");
	if (t->typist.n_typed || t->g->device[DIM_DISPLAY] == DISPLAY_NONE || qmp_screenshot(&t->qmp, path, NULL) < 0)
		return;
	file_read(path, SCREEN_FILE_MAX, &t->v->screen, &t->v->screen_len, NULL);
}

static bool await_power_off(struct trial *t, double deadline)
{
	while (monotonic_seconds() < deadline) {
		struct json_object *event CLEANUP_JSON = NULL;

		if (qmp_event(&t->qmp, TICK_MS, &event, NULL) < 0)
			return false;
		if (qmp_event_is(event, "SHUTDOWN"))
			return true;
	}
	return false;
}

/* Gently: the way it will be stopped in service is part of the proof. */
static void power_off(struct trial *t, uint64_t grace)
{
	double deadline = monotonic_seconds() + (double)grace;

	if (!t->v->alive || !t->g->acpi)
		return;
	progress_begin(t->progress, "press the power button", 0);
	if (qmp_command(&t->qmp, "system_powerdown", NULL, NULL, NULL) == 0 &&
	    await_power_off(t, deadline)) {
		t->v->power_button = POWER_OBEYED;
	} else {
		t->v->power_button = POWER_IGNORED;
		report_remedy(report_add(&t->v->findings, FINDING_WARNING, t->g->name,
					 "did not follow the power button within %" PRIu64 " s",
					 grace),
			      "it will be switched off hard when it is stopped");
	}
	progress_end(t->progress);
}

static int try_boot(struct trial *t, const struct validate_options *options, struct error *err)
{
	if (begin(t, options, err) < 0 || watch(t, err) < 0 || await_network(t, options->grace, err) < 0)
		return -1;
	collect_screen(t);
	power_off(t, options->grace);
	t->v->serial = read_start(t->dir, QEMU_SERIAL_FILE, EVIDENCE_SERIAL_MAX, &t->v->serial_len);
	return 0;
}

int validate_boot(const struct guest *g, const struct validate_options *options,
		  struct validation *ret, struct error *err)
{
	struct guest tried;
	struct trial t __attribute__((cleanup(cleanup_trial))) = {
		.g = &tried,
		.progress = options->progress,
		.v = ret,
		.child = CHILD_INIT,
		.qmp = QMP_INIT,
		.screens = LIFE_SCREENS_INIT,
		.net = TRIAL_NET_INIT,
		.typist = TYPIST_INIT,
	};

	trial_machine(g, &tried);
	if (try_boot(&t, options, err) < 0)
		return error_wrap(err, "boot '%s'", g->name);
	return 0;
}
