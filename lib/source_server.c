// SPDX-License-Identifier: GPL-2.0-or-later
/* Sources in an image format: a qemu-nbd of our own, read-only, on a private socket. */
#include "config.h"

#include <errno.h>
#include <libnbd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/alloc.h"
#include "lib/base/interrupt.h"
#include "lib/base/path.h"
#include "lib/base/progress.h"
#include "lib/source_nbd.h"

enum { START_SECONDS = 20 };	/* for our own server to listen */

/* A comma ends an option of QEMU; two of them stand for one. */
static char *escape_commas(const char *text)
{
	char *copy = xcalloc(2 * strlen(text) + 1, 1), *to = copy;

	for (; *text; text++) {
		*to++ = *text;
		if (*text == ',')
			*to++ = ',';
	}
	return copy;
}

static void remove_socket(const struct source *s, const char *socket)
{
	unlink(socket);
	rmdir(s->socket_dir);
}

static int await_server(struct source *s, const char *socket, struct error *err)
{
	double deadline = monotonic_seconds() + START_SECONDS;
	int rc;

	while (!path_exists(socket) || nbd_connect_unix(s->nbd, socket) < 0) {
		struct error why CLEANUP_ERROR = ERROR_INIT;
		int status = 0;

		if (interrupt_check(err) < 0)
			return -1;
		if (nbd_aio_is_dead(s->nbd) || nbd_aio_is_closed(s->nbd)) {
			nbd_close(STEAL(s->nbd));
			if (source_nbd_prepare(s, err) < 0)
				return -1;
		}
		rc = child_wait(&s->server, 10, &status, &why);
		if (rc == 0) {
			CLEANUP_FREE char *last = child_complaint(&s->server);

			return error_set(err, ERR_FORMAT, "'%s' cannot be read as %s: %s", s->name,
					 s->format, *last ? last : "qemu-nbd ended");
		}
		if (why.code != ERR_TIMEOUT)
			return error_move(err, &why);
		if (monotonic_seconds() > deadline)
			return error_set(err, ERR_TIMEOUT, "qemu-nbd does not answer for '%s'",
					 s->name);
	}
	return 0;
}

static int make_socket_folder(struct source *s, struct error *err)
{
	const char *tmp = getenv("TMPDIR");
	CLEANUP_FREE char *dir = xasprintf("%s/rehost-nbd-XXXXXX", tmp && *tmp ? tmp : "/tmp");

	/* sun_path has 108 bytes */
	if (strlen(dir) > 90) {
		free(dir);
		dir = xstrdup("/tmp/rehost-nbd-XXXXXX");
	}
	if (!mkdtemp(dir))
		return error_sys(err, errno, "create folder '%s'", dir);
	s->socket_dir = STEAL(dir);
	return 0;
}

int source_open_server(struct source *s, unsigned int flags, struct error *err)
{
	CLEANUP_FREE char *real = NULL, *file = NULL, *socket = NULL, *image = NULL, *at = NULL;
	int rc;

	if (!(flags & SOURCE_BACKED) && source_refuse_foreign(s, err) < 0)
		return -1;
	if (path_absolute(s->name, &real, err) < 0 || make_socket_folder(s, err) < 0)
		return -1;
	socket = path_join(s->socket_dir, "s");
	at = xasprintf("--socket=%s", socket);
	file = escape_commas(real);
	image = xasprintf("driver=%s,file.driver=file,file.filename=%s", s->format, file);
	rc = source_nbd_prepare(s, err);
	if (rc == 0) {
		const char *const argv[] = { "qemu-nbd",  "--read-only", "--shared=1", at,
					     "--image-opts", image,	 NULL };

		rc = child_start(argv, NULL, &s->server, err);
	}
	if (rc == 0)
		rc = await_server(s, socket, err);
	remove_socket(s, socket);
	return rc < 0 ? -1 : source_nbd_learn_size(s, err);
}
