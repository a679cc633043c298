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

enum { VALUE_MAX = 4096, JOURNAL_MAX = 1 << 20 };

/*
 * The journal: a line "write PATH VALUE", "delete PATH", "remove PATH" or "run COMMAND" for each step that
 * was taken. Values and paths of the kernel have no line ends inside; one that follows is cut.
 */
static int note(int journal, const char *fmt, ...) PRINTF_LIKE(2, 3);

static int note(int journal, const char *fmt, ...)
{
	CLEANUP_FREE char *line = NULL;
	va_list ap;

	va_start(ap, fmt);
	line = xvasprintf(fmt, ap);
	va_end(ap);
	return write(journal, line, strlen(line)) == (ssize_t)strlen(line) && fsync(journal) == 0 ? 0
												   : -1;
}

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

static int take_write(const struct step *s, const char *path, int journal, struct error *err)
{
	CLEANUP_FREE char *before = value_before(s, path);

	before[strcspn(before, "\n")] = '\0';
	if (note(journal, "write %s %s\n", s->path, before) < 0 || write_value(path, s->value) < 0)
		return error_sys(err, errno, "write '%s' to '%s'", s->value, path);
	return 0;
}

static int take_file(const struct step *s, const char *path, int journal, struct error *err)
{
	CLEANUP_FREE char *parent = path_dirname(path);

	if (path_exists(path))
		return error_set(err, ERR_BUSY, "'%s' exists already", path);
	if (note(journal, "delete %s\n", s->path) < 0)
		return error_sys(err, errno, "write down how to undo it");
	return folder_make(parent, err) < 0
		       ? -1
		       : file_write(path, s->value, strlen(s->value), OUTFILE_NEW, err);
}

static int take_folder(const struct step *s, const char *path, int journal, struct error *err)
{
	if (note(journal, "remove %s\n", s->path) < 0 || mkdir(path, 0755) < 0)
		return error_sys(err, errno, "make '%s'", path);
	return 0;
}

static int take_run(const struct step *s, bool real, int journal, struct error *err)
{
	CLEANUP_FREE char *undo = strv_join(&s->undo, " ");

	if (s->undo.n && note(journal, "run %s\n", undo) < 0)
		return error_sys(err, errno, "write down how to undo it");
	return real ? child_run((const char *const *)s->run.v, NULL, err) : 0;
}

static int take_step(const struct preparation *p, const struct step *s, int journal,
		     struct error *err)
{
	CLEANUP_FREE char *path = s->path ? xasprintf("%s%s", p->root, s->path) : NULL;

	switch (s->kind) {
	case STEP_WRITE:
		return take_write(s, path, journal, err);
	case STEP_FILE:
		return take_file(s, path, journal, err);
	case STEP_FOLDER:
		return take_folder(s, path, journal, err);
	default:
		return take_run(s, !*p->root, journal, err);
	}
}

int preparation_apply(const struct preparation *p, const char *state, struct report *ret,
		      struct error *err)
{
	CLEANUP_FREE char *path = path_join(state, PREPARED);
	CLEANUP_CLOSE int journal = -1;

	if (folder_make(state, err) < 0)
		return -1;
	journal = open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
	if (journal < 0 && errno == EEXIST) {
		error_set(err, ERR_BUSY, "this host is prepared already");
		return error_hint(err, "'rehost launch --unprepare' undoes that first");
	}
	if (journal < 0)
		return error_sys(err, errno, "create '%s'", path);
	for (size_t i = 0; i < p->n_steps; i++) {
		struct error failure CLEANUP_ERROR = ERROR_INIT;

		if (take_step(p, &p->steps[i], journal, &failure) == 0)
			continue;
		if (!p->steps[i].optional || failure.code == ERR_INTERRUPTED) {
			error_move(err, &failure);
			error_wrap(err, "prepare the host: %s", p->steps[i].why);
			return error_hint(err, "'rehost launch --unprepare' undoes what was done");
		}
		report_add(ret, FINDING_NOTE, "host", "%s: %s", p->steps[i].why, failure.msg);
	}
	return 0;
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

int preparation_undo(const char *state, const char *root, struct report *ret, struct error *err)
{
	CLEANUP_FREE char *path = path_join(state, PREPARED), *text = NULL;
	struct strv lines CLEANUP_STRV = STRV_INIT;

	if (!path_exists(path))
		return error_set(err, ERR_NOT_FOUND, "this host is not prepared");
	if (file_read(path, JOURNAL_MAX, &text, NULL, err) < 0)
		return -1;
	strv_split(&lines, text, "\n");
	/* one thing that cannot be undone must not keep the others done */
	for (size_t i = lines.n; i > 0; i--) {
		struct error failure CLEANUP_ERROR = ERROR_INIT;

		if (undo_line(strcmp(root, "/") ? root : "", lines.v[i - 1], &failure) == 0)
			continue;
		if (failure.code == ERR_INTERRUPTED)
			return error_move(err, &failure);
		report_add(ret, FINDING_NOTE, "host", "%s", failure.msg);
	}
	return unlink(path) < 0 ? error_sys(err, errno, "delete '%s'", path) : 0;
}
