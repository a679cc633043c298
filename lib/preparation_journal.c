// SPDX-License-Identifier: GPL-2.0-or-later
/* How what was done to a host is undone. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "lib/base/alloc.h"
#include "lib/base/outfile.h"
#include "lib/base/path.h"
#include "lib/preparation.h"
#include "lib/preparation_journal.h"

enum { JOURNAL_MAX = 1 << 20, BOOT_ID_MAX = 64 };

/* random(4): another one after each start of the kernel */
static char *read_boot(void)
{
	char *text = NULL;

	if (file_read("/proc/sys/kernel/random/boot_id", BOOT_ID_MAX, &text, NULL, NULL) < 0)
		return xstrdup("unknown");
	text[strcspn(text, "\n")] = '\0';
	return text;
}

/* What follows "@word ", or NULL */
static const char *after(const char *line, const char *word)
{
	size_t len = strlen(word);

	return strncmp(line, word, len) == 0 && line[len] == ' ' ? line + len + 1 : NULL;
}

static void take_line(struct journal *j, const char *line)
{
	const char *value;

	if ((value = after(line, "boot"))) {
		CLEANUP_FREE char *boot = read_boot();

		j->same_boot = strcmp(value, boot) == 0;
	} else if ((value = after(line, "bundle"))) {
		free(j->bundle);
		j->bundle = xstrdup(value);
	} else if ((value = after(line, "target"))) {
		free(j->target);
		j->target = xstrdup(value);
	} else if (strcmp(line, "complete") == 0) {
		j->complete = true;
	} else if (strcmp(line, "failed") == 0) {
		if (j->undo.n)
			free(STEAL(j->undo.v[--j->undo.n]));
		j->in_doubt = false;
	} else if (strcmp(line, "done") == 0) {
		j->in_doubt = false;
	} else {
		strv_add(&j->undo, line);
		j->in_doubt = true;
	}
}

static void parse(struct journal *j, char *text)
{
	j->same_boot = true;
	for (char *end; (end = strchr(text, '\n')); text = end + 1) {
		*end = '\0';
		if (*text)
			take_line(j, text);
	}
}

/* On the folder itself: a file would outlive what it is for. */
static int take_lock(struct journal *j, const char *state, struct error *err)
{
	j->lock = open(state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (j->lock < 0)
		return error_sys(err, errno, "open '%s'", state);
	if (flock(j->lock, LOCK_EX | LOCK_NB) == 0)
		return 0;
	return errno == EWOULDBLOCK ? error_set(err, ERR_BUSY, "another command is preparing this host")
				    : error_sys(err, errno, "lock '%s'", state);
}

int journal_open(struct journal *ret, const char *state, struct error *err)
{
	struct journal j CLEANUP_JOURNAL = JOURNAL_INIT;
	CLEANUP_FREE char *text = NULL;

	j.path = path_join(state, PREPARED);
	if (path_exists(state) && take_lock(&j, state, err) < 0)
		return -1;
	j.there = path_exists(j.path);
	if (j.there && file_read(j.path, JOURNAL_MAX, &text, NULL, err) < 0)
		return -1;
	if (text)
		parse(&j, text);
	*ret = j;
	j = (struct journal)JOURNAL_INIT;
	return 0;
}

/* The whole of it anew, so that a crash leaves the one before or this one. */
static int rewrite(struct journal *j, const struct strv *undo, struct error *err)
{
	CLEANUP_FREE char *boot = read_boot();
	struct outfile out CLEANUP_OUTFILE = OUTFILE_INIT;

	if (outfile_open(&out, j->path, OUTFILE_REPLACE, err) < 0)
		return -1;
	fprintf(out.f, "boot %s\n", boot);
	if (j->bundle)
		fprintf(out.f, "bundle %s\n", j->bundle);
	if (j->target)
		fprintf(out.f, "target %s\n", j->target);
	for (size_t i = 0; i < undo->n; i++)
		fprintf(out.f, "%s\ndone\n", undo->v[i]);
	return outfile_commit(&out, err);
}

int journal_begin(struct journal *j, const char *bundle, const char *target, struct error *err)
{
	struct strv kept CLEANUP_STRV = STRV_INIT;

	for (size_t i = 0; i < j->undo.n; i++)
		if (j->same_boot || after(j->undo.v[i], "delete"))
			strv_add(&kept, j->undo.v[i]);
	free(j->bundle);
	free(j->target);
	j->bundle = xstrdup(bundle);
	j->target = xstrdup(target);
	if (rewrite(j, &kept, err) < 0)
		return -1;
	strv_clear(&j->undo);
	j->undo = kept;
	kept = (struct strv)STRV_INIT;
	j->there = j->same_boot = true;
	j->complete = j->in_doubt = false;
	j->fd = open(j->path, O_WRONLY | O_APPEND | O_CLOEXEC);
	return j->fd < 0 ? error_sys(err, errno, "open '%s'", j->path) : 0;
}

int journal_note(struct journal *j, struct error *err, const char *fmt, ...)
{
	CLEANUP_FREE char *line = NULL;
	va_list ap;

	va_start(ap, fmt);
	line = xvasprintf(fmt, ap);
	va_end(ap);
	if (write(j->fd, line, strlen(line)) != (ssize_t)strlen(line) || fsync(j->fd) < 0)
		return error_sys(err, errno, "write down how to undo it");
	return 0;
}

int journal_keep(struct journal *j, const struct strv *undo, struct error *err)
{
	if (undo->n)
		return rewrite(j, undo, err);
	return unlink(j->path) < 0 ? error_sys(err, errno, "delete '%s'", j->path) : 0;
}

void journal_close(struct journal *j)
{
	cleanup_close(&j->fd);
	cleanup_close(&j->lock);
	free(j->path);
	free(j->bundle);
	free(j->target);
	strv_clear(&j->undo);
	*j = (struct journal)JOURNAL_INIT;
}
