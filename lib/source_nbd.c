// SPDX-License-Identifier: GPL-2.0-or-later
/* Sources behind the NBD protocol: servers that can be slow, silent, gone, and back again. */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <libnbd.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/base/alloc.h"
#include "lib/base/interrupt.h"
#include "lib/base/progress.h"
#include "lib/pairing.h"
#include "lib/source_nbd.h"

enum {
	REQUEST_MAX = 1 << 20,		/* bytes asked for at once                 */
	EXTENT_MAX = 64 << 20,		/* bytes asked about at once               */
	ANSWER_SECONDS = 180,		/* longer than a drive tries a bad sector  */
	RETURN_SECONDS = 60,		/* for a server that is gone to come back  */
	CONNECT_SECONDS = 60,		/* for a server to say who it is           */
};

static bool nbd_is_settled(struct nbd_handle *nbd)
{
	return nbd_aio_is_ready(nbd) || nbd_aio_is_negotiating(nbd);
}

static int nbd_errno(void)
{
	int e = nbd_get_errno();

	return e > 0 ? -e : -EIO;
}

/* The answer to a request. A server that says nothing is given up, and so is its connection. */
static int await_answer(struct source *s, int64_t cookie)
{
	double deadline = monotonic_seconds() + ANSWER_SECONDS;
	int rc;

	while ((rc = nbd_aio_command_completed(s->nbd, (uint64_t)cookie)) == 0) {
		if (interrupted() || monotonic_seconds() > deadline)
			rc = interrupted() ? -EINTR : -ETIMEDOUT;
		else if (nbd_poll(s->nbd, 200) < 0)
			rc = -ENOTCONN;
		else
			continue;
		nbd_close(STEAL(s->nbd));	/* the answer might still be written to the buffer */
		return rc;
	}
	if (rc == 1)
		return 0;
	return nbd_aio_is_ready(s->nbd) ? nbd_errno() : -ENOTCONN;
}

static int read_once(struct source *s, uint64_t start, void *buf, size_t len)
{
	int64_t cookie = s->nbd && nbd_aio_is_ready(s->nbd)
		? nbd_aio_pread(s->nbd, buf, len, start, NBD_NULL_COMPLETION, 0) : -1;

	return cookie < 0 ? -ENOTCONN : await_answer(s, cookie);
}

int source_nbd_await(struct nbd_handle *nbd, double seconds, const bool *enough)
{
	double deadline = monotonic_seconds() + seconds;

	while (!nbd_is_settled(nbd) && !nbd_aio_is_dead(nbd) && !nbd_aio_is_closed(nbd)) {
		if ((enough && *enough) || interrupted() || monotonic_seconds() > deadline) {
			errno = interrupted() ? EINTR : ETIMEDOUT;
			return -1;
		}
		if (nbd_poll(nbd, 200) < 0)
			break;
	}
	errno = ENOTCONN;
	return nbd_is_settled(nbd) ? 0 : -1;
}

int source_nbd_connect(struct nbd_handle *nbd, const char *uri, const char *keys, struct error *err)
{
	if (keys && (nbd_set_tls_psk_file(nbd, keys) < 0 || nbd_set_tls_username(nbd, PAIRING_USER) < 0))
		return error_set(err, ERR_SYSTEM, "connect to '%s': %s", uri, nbd_get_error());
	errno = 0;
	if (nbd_aio_connect_uri(nbd, uri) == 0 && source_nbd_await(nbd, CONNECT_SECONDS, NULL) == 0)
		return 0;
	if (errno == EINTR || errno == ETIMEDOUT)
		return error_sys(err, errno, "connect to '%s'", uri);
	return error_set(err, ERR_SYSTEM, "connect to '%s': %s", uri, nbd_get_error());
}

/* The same server again, with the same disk. */
static bool reconnect(struct source *s)
{
	uint64_t size = s->data_size;

	nbd_close(STEAL(s->nbd));
	ranges_clear(&s->known);
	s->known_from = s->known_to = 0;
	return source_nbd_prepare(s, NULL) == 0 &&
	       source_nbd_connect(s->nbd, s->name, s->keys, NULL) == 0 &&
	       (uint64_t)nbd_get_size(s->nbd) == size;
}

static bool await_return(struct source *s)
{
	double patience = s->patience > 0 ? s->patience : RETURN_SECONDS;
	double deadline = monotonic_seconds() + patience;

	while (s->kind == SOURCE_NETWORK && !interrupted() && monotonic_seconds() < deadline) {
		if (reconnect(s))
			return true;
		usleep(200000);
	}
	return false;
}

static int read_part(struct source *s, uint64_t start, void *buf, size_t len)
{
	int rc;

	do {
		rc = read_once(s, start, buf, len);
	} while ((rc == -ENOTCONN || rc == -ETIMEDOUT || rc == -ESHUTDOWN) && await_return(s));
	if (rc == -ETIMEDOUT)
		return -ENOTCONN;
	return interrupted() && rc == -ENOTCONN ? -EINTR : rc;
}

static int nbd_read_at(struct source *s, uint64_t start, void *buf, size_t len)
{
	uint8_t *at = buf;

	while (len) {
		size_t part = MIN(len, (size_t)REQUEST_MAX);
		int rc = read_part(s, start, at, part);

		if (rc < 0)
			return rc;
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

	int64_t cookie;

	ranges_clear(&s->known);
	s->known_from = s->known_to = start;
	cookie = nbd_aio_block_status(
		s->nbd, ask, start,
		(nbd_extent_callback){ .callback = note_extents, .user_data = s },
		NBD_NULL_COMPLETION, 0);
	return cookie >= 0 && await_answer(s, cookie) == 0 && s->known_to > start;
}

static uint64_t nbd_extent(struct source *s, uint64_t start, bool *ret_zero)
{
	size_t i;

	*ret_zero = false;
	if (!s->nbd || nbd_can_meta_context(s->nbd, LIBNBD_CONTEXT_BASE_ALLOCATION) != 1)
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

int source_nbd_prepare(struct source *s, struct error *err)
{
	s->nbd = nbd_create();
	if (!s->nbd || nbd_add_meta_context(s->nbd, LIBNBD_CONTEXT_BASE_ALLOCATION) < 0)
		return nbd_failed(s, "prepare", err);
	return 0;
}

int source_nbd_learn_size(struct source *s, struct error *err)
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
	if (source_nbd_prepare(s, err) < 0)
		return -1;
	s->ops = &nbd_ops;
	return source_nbd_connect(s->nbd, s->name, s->keys, err) < 0 ? -1 : source_nbd_learn_size(s, err);
}
