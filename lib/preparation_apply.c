// SPDX-License-Identifier: GPL-2.0-or-later
/* Take the steps of a preparation, and undo them. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/alloc.h"
#include "lib/base/child.h"
#include "lib/base/outfile.h"
#include "lib/base/path.h"
#include "lib/preparation.h"
#include "lib/preparation_journal.h"

enum { VALUE_MAX = 4096 };

/* One write(2), as files of the kernel want it; they are never created. */
static int write_value(const char *path, const char *value)
{
	CLEANUP_CLOSE int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);

	if (fd < 0)
		return -1;
	return write(fd, value, strlen(value)) == (ssize_t)strlen(value) ? 0 : -1;
}

static char *value_before(const struct step *s, const char *path)
{
	char *text = NULL;

	if (s->back)
		return xstrdup(s->back);
	if (file_read(path, VALUE_MAX, &text, NULL, NULL) < 0)
		return xstrdup("");
	text[strcspn(text, "\n")] = '\0';
	return text;
}

/* What a command before this one did is not done twice: its line knows the value from before. */
static bool is_written(const struct journal *j, const struct step *s)
{
	CLEANUP_FREE char *begin = xasprintf("write %s ", s->path);

	for (size_t i = 0; !s->back && i < j->undo.n; i++)
		if (strncmp(j->undo.v[i], begin, strlen(begin)) == 0)
			return true;
	return false;
}

static int take_write(const struct step *s, const char *path, struct journal *j, struct error *err)
{
	CLEANUP_FREE char *before = value_before(s, path);

	before[strcspn(before, "\n")] = '\0';
	if (is_written(j, s) || (!s->back && strcmp(before, s->value) == 0))
		return 0;
	if (!s->inside && journal_note(j, err, "write %s %s\n", s->path, before) < 0)
		return -1;
	return write_value(path, s->value) < 0
		       ? error_sys(err, errno, "write '%s' to '%s'", s->value, path)
		       : 0;
}

static bool holds(const char *path, const char *value)
{
	CLEANUP_FREE char *text = NULL;

	return file_read(path, VALUE_MAX, &text, NULL, NULL) == 0 && strcmp(text, value) == 0;
}

static int take_file(const struct step *s, const char *path, struct journal *j, struct error *err)
{
	CLEANUP_FREE char *parent = path_dirname(path);

	if (holds(path, s->value))
		return 0;
	if (path_exists(path))
		return error_set(err, ERR_BUSY, "'%s' exists already", path);
	if (journal_note(j, err, "delete %s\n", s->path) < 0 || folder_make(parent, err) < 0)
		return -1;
	return file_write(path, s->value, strlen(s->value), OUTFILE_NEW, err);
}

static int take_folder(const struct step *s, const char *path, struct journal *j, struct error *err)
{
	if (journal_note(j, err, "remove %s\n", s->path) < 0)
		return -1;
	return mkdir(path, 0755) < 0 ? error_sys(err, errno, "make '%s'", path) : 0;
}

static int take_run(const struct step *s, bool real, struct journal *j, struct error *err)
{
	CLEANUP_FREE char *undo = strv_join(&s->undo, " ");

	if (s->undo.n && journal_note(j, err, "run %s\n", undo) < 0)
		return -1;
	return real ? child_run((const char *const *)s->run.v, NULL, err) : 0;
}

static int take(const struct preparation *p, const struct step *s, struct journal *j, struct error *err)
{
	CLEANUP_FREE char *path = s->path ? xasprintf("%s%s", p->root, s->path) : NULL;

	switch (s->kind) {
	case STEP_WRITE:
		return take_write(s, path, j, err);
	case STEP_FILE:
		return take_file(s, path, j, err);
	case STEP_FOLDER:
		return take_folder(s, path, j, err);
	default:
		return take_run(s, !*p->root, j, err);
	}
}

/* A step that failed changed nothing, and there is nothing to undo; one that was cut short may have. */
static int take_step(const struct preparation *p, const struct step *s, struct journal *j,
		     struct error *err)
{
	off_t before = lseek(j->fd, 0, SEEK_END);
	int rc = take(p, s, j, err);

	if (lseek(j->fd, 0, SEEK_END) == before || (rc < 0 && err->code == ERR_INTERRUPTED))
		return rc;
	if (journal_note(j, rc < 0 ? NULL : err, rc < 0 ? "failed\n" : "done\n") < 0)
		return -1;
	return rc;
}

static int take_steps(const struct preparation *p, struct journal *j, struct report *ret, struct error *err)
{
	for (size_t i = 0; i < p->n_steps; i++) {
		struct error failure CLEANUP_ERROR = ERROR_INIT;

		if (take_step(p, &p->steps[i], j, &failure) == 0)
			continue;
		if (!p->steps[i].optional || failure.code == ERR_INTERRUPTED) {
			error_move(err, &failure);
			error_wrap(err, "prepare the host: %s", p->steps[i].why);
			return error_hint(err, "'rehost launch --unprepare' undoes what was done");
		}
		report_add(ret, FINDING_NOTE, "host", "%s: %s", p->steps[i].why, failure.msg);
	}
	return journal_note(j, err, "complete\n");
}

int preparation_apply(const struct preparation *p, const char *state, const struct prepared *from,
		      struct report *ret, struct error *err)
{
	struct journal j CLEANUP_JOURNAL = JOURNAL_INIT;

	if (folder_make(state, err) < 0 || journal_open(&j, state, err) < 0)
		return -1;
	if (j.there && j.same_boot && (j.complete || !from->outstanding)) {
		error_set(err, ERR_BUSY, "this host is prepared already");
		return error_hint(err, "'rehost launch --unprepare' undoes that first");
	}
	if (journal_begin(&j, from->bundle, from->target, err) < 0)
		return -1;
	return take_steps(p, &j, ret, err);
}

int preparation_look(const char *state, struct prepared *ret, struct error *err)
{
	struct journal j CLEANUP_JOURNAL = JOURNAL_INIT;

	if (journal_open(&j, state, err) < 0)
		return -1;
	*ret = (struct prepared){ STEAL(j.bundle), STEAL(j.target), !j.same_boot || !j.complete };
	return j.there;
}

void prepared_clear(struct prepared *p)
{
	free(p->bundle);
	free(p->target);
	*p = (struct prepared)PREPARED_INIT;
}

/* --- back ------------------------------------------------------------------------------------ */

static int undo_line(const char *root, const char *line, struct error *err)
{
	const char *rest = strchr(line, ' '), *value;
	CLEANUP_FREE char *path = NULL;
	struct strv words CLEANUP_STRV = STRV_INIT;

	if (!rest++)
		return error_set(err, ERR_FORMAT, "'%s' is not how something is undone", line);
	if (strncmp(line, "run ", 4) == 0) {
		strv_split(&words, rest, " ");
		return *root ? 0 : child_run((const char *const *)words.v, NULL, err);
	}
	value = strchr(rest, ' ');
	path = xasprintf("%s%.*s", root, value ? (int)(value - rest) : (int)strlen(rest), rest);
	if (strncmp(line, "write ", 6) == 0 && value) {
		CLEANUP_FREE char *text = xasprintf("%s\n", value + 1);

		/* what is gone with its folder needs no value */
		if (!path_exists(path) || write_value(path, text) == 0)
			return 0;
		return error_sys(err, errno, "write '%s' to '%s'", value + 1, path);
	}
	if (strncmp(line, "delete ", 7) == 0 && (unlink(path) == 0 || errno == ENOENT))
		return 0;
	if (strncmp(line, "remove ", 7) == 0 && (rmdir(path) == 0 || errno == ENOENT))
		return 0;
	return error_sys(err, errno, "undo '%s'", line);
}

/* 1: nothing is left to undo of it, 0: it stays, and the report says why */
static int try_undo(const struct journal *j, size_t i, const char *root, struct report *ret,
		    struct error *err)
{
	struct error failure CLEANUP_ERROR = ERROR_INIT;
	const char *line = j->undo.v[i];
	bool in_doubt = j->in_doubt && i + 1 == j->undo.n;

	/* what the kernel was told ended with it; files are still there */
	if (!j->same_boot && strncmp(line, "delete ", 7) != 0)
		return 1;
	if (undo_line(strcmp(root, "/") ? root : "", line, &failure) == 0)
		return 1;
	if (failure.code == ERR_INTERRUPTED)
		return error_move(err, &failure);
	report_add(ret, in_doubt ? FINDING_NOTE : FINDING_WARNING, "host", "%s", failure.msg);
	return in_doubt;
}

int preparation_undo(const char *state, const char *root, struct report *ret, struct error *err)
{
	struct journal j CLEANUP_JOURNAL = JOURNAL_INIT;
	struct strv backwards CLEANUP_STRV = STRV_INIT, left CLEANUP_STRV = STRV_INIT;

	if (journal_open(&j, state, err) < 0)
		return -1;
	if (!j.there)
		return error_set(err, ERR_NOT_FOUND, "this host is not prepared");
	/* one thing that cannot be undone must not keep the others done */
	for (size_t i = j.undo.n; i > 0; i--) {
		int undone = try_undo(&j, i - 1, root, ret, err);

		if (undone < 0)
			return -1;
		if (!undone)
			strv_add(&backwards, j.undo.v[i - 1]);
	}
	for (size_t i = backwards.n; i > 0; i--)
		strv_add(&left, backwards.v[i - 1]);
	if (journal_keep(&j, &left, err) < 0 || !left.n)
		return left.n ? -1 : 0;
	error_set(err, ERR_CHILD, "%zu of %zu steps could not be undone", left.n, j.undo.n);
	return error_hint(err, "they stay written down in '%s': see to what keeps them, then try again", j.path);
}
