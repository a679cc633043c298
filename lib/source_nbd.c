// SPDX-License-Identifier: GPL-2.0-or-later
/* Sources behind the NBD protocol: a server somewhere, or our own qemu-nbd for an image format. */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
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
#include "lib/source.h"

enum {
	START_SECONDS = 20,		/* for our own server to listen            */
	REQUEST_MAX = 1 << 20,		/* bytes asked for at once                 */
	EXTENT_MAX = 64 << 20,		/* bytes asked about at once               */
};

static int nbd_errno(void)
{
	int e = nbd_get_errno();

	return e > 0 ? -e : -EIO;
}

static int nbd_read_at(struct source *s, uint64_t start, void *buf, size_t len)
{
	uint8_t *at = buf;

	while (len) {
		size_t part = MIN(len, (size_t)REQUEST_MAX);

		if (nbd_pread(s->nbd, at, part, start, 0) < 0)
			return nbd_aio_is_ready(s->nbd) ? nbd_errno() : -ENOTCONN;
		at += part;
		start += part;
		len -= part;
	}
	return 0;
}

/* Extents of the answer, one behind the other from where the known area ends. */
static int note_extents(void *user, const char *context, uint64_t offset, uint32_t *entries,
			size_t n, int *error)
{
	struct source *s = user;

	(void)context, (void)offset, (void)error;
	for (size_t i = 0; i + 1 < n; i += 2) {
		uint64_t end = s->known_to + entries[i];

		if (!(entries[i + 1] & LIBNBD_STATE_ZERO))
			ranges_add(&s->known, s->known_to, end);
		s->known_to = end;
	}
	return 0;
}

/* One question about a large area: servers look at all of it again for each. */
static bool ask_extents(struct source *s, uint64_t start)
{
	uint64_t ask = MIN(s->data_size - start, (uint64_t)EXTENT_MAX);

	ranges_clear(&s->known);
	s->known_from = s->known_to = start;
	return nbd_block_status(s->nbd, ask, start,
				(nbd_extent_callback){ .callback = note_extents, .user_data = s },
				0) == 0 && s->known_to > start;
}

static uint64_t nbd_extent(struct source *s, uint64_t start, bool *ret_zero)
{
	size_t i;

	*ret_zero = false;
	if (nbd_can_meta_context(s->nbd, LIBNBD_CONTEXT_BASE_ALLOCATION) != 1)
		return s->data_size - start;
	if ((start < s->known_from || start >= s->known_to) && !ask_extents(s, start))
		return MIN(s->data_size - start, (uint64_t)REQUEST_MAX);
	i = ranges_find(&s->known, start);
	if (i < s->known.n && s->known.v[i].start <= start)
		return s->known.v[i].end - start;
	*ret_zero = true;
	return (i < s->known.n ? s->known.v[i].start : s->known_to) - start;
}

static void nbd_end(struct source *s)
{
	if (s->nbd && nbd_aio_is_ready(s->nbd))
		nbd_shutdown(s->nbd, 0);
	nbd_close(s->nbd);
	s->nbd = NULL;
}

static const struct source_ops nbd_ops = {
	.read = nbd_read_at,
	.extent = nbd_extent,
	.close = nbd_end,
};

static int nbd_failed(const struct source *s, const char *what, struct error *err)
{
	return error_set(err, ERR_SYSTEM, "%s '%s': %s", what, s->name, nbd_get_error());
}

static int prepare_handle(struct source *s, struct error *err)
{
	s->nbd = nbd_create();
	if (!s->nbd || nbd_add_meta_context(s->nbd, LIBNBD_CONTEXT_BASE_ALLOCATION) < 0)
		return nbd_failed(s, "prepare", err);
	return 0;
}

static int learn_size(struct source *s, struct error *err)
{
	int64_t size = nbd_get_size(s->nbd), sector = nbd_get_block_size(s->nbd, LIBNBD_SIZE_MINIMUM);

	if (size < 0)
		return nbd_failed(s, "ask for the size of", err);
	s->data_size = (uint64_t)size;
	if (sector >= 512 && sector <= 65536 && (sector & (sector - 1)) == 0)
		s->sector_size = (uint64_t)sector;
	s->ops = &nbd_ops;
	return 0;
}

int source_open_uri(struct source *s, struct error *err)
{
	s->kind = SOURCE_NETWORK;
	if (prepare_handle(s, err) < 0)
		return -1;
	s->ops = &nbd_ops;
	if (nbd_connect_uri(s->nbd, s->name) < 0)
		return nbd_failed(s, "connect to", err);
	return learn_size(s, err);
}

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

/*
 * Bytes 8 to 15 of a qcow2 name its backing file, bit 2 of bytes 72 to 79 says that its data lies in
 * another one (qcow2 specification, "Header").
 */
static int refuse_foreign_files(const struct source *s, struct error *err)
{
	uint8_t head[112] = { 0 };
	bool backed = false;

	if (strcmp(s->format, "qcow2") != 0)
		return 0;
	if (pread(s->fd, head, sizeof(head), 0) < 0)
		return error_sys(err, errno, "read '%s'", s->name);
	for (size_t i = 8; i < 16; i++)
		backed |= head[i] != 0;
	if (!backed && !(head[7] >= 3 && (head[79] & 4)))
		return 0;
	error_set(err, ERR_REFUSED, "'%s' needs another file beside it", s->name);
	return error_hint(err, "make it stand alone first: qemu-img convert -O qcow2 '%s' whole.qcow2",
			  s->name);
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
			if (prepare_handle(s, err) < 0)
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

	if (!(flags & SOURCE_BACKED) && refuse_foreign_files(s, err) < 0)
		return -1;
	if (path_absolute(s->name, &real, err) < 0 || make_socket_folder(s, err) < 0)
		return -1;
	socket = path_join(s->socket_dir, "s");
	at = xasprintf("--socket=%s", socket);
	file = escape_commas(real);
	image = xasprintf("driver=%s,file.driver=file,file.filename=%s", s->format, file);
	rc = prepare_handle(s, err);
	if (rc == 0) {
		const char *const argv[] = { "qemu-nbd",  "--read-only", "--shared=1", at,
					     "--image-opts", image,	 NULL };

		rc = child_start(argv, NULL, &s->server, err);
	}
	if (rc == 0)
		rc = await_server(s, socket, err);
	remove_socket(s, socket);
	return rc < 0 ? -1 : learn_size(s, err);
}
