// SPDX-License-Identifier: GPL-2.0-or-later
/* Sources that are images of the Expert Witness format (E01, and its parts E02, …), by libewf. */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#ifdef HAVE_EWF
#include <libewf.h>
#endif

#include "lib/base/alloc.h"
#include "lib/source.h"

#ifdef HAVE_EWF

struct ewf {
	libewf_handle_t *handle;
	struct mapfile known;		/* what could not be read when the image was made */
	int damaged;			/* chunks with a wrong checksum so far            */
};

static void close_ewf(struct source *s)
{
	struct ewf *e = s->own;

	if (e->handle) {
		libewf_handle_close(e->handle, NULL);
		libewf_handle_free(&e->handle, NULL);
	}
	mapfile_clear(&e->known);
	free(e);
	s->own = NULL;
}

/* A chunk whose checksum is wrong is read as zeros and counted: that is no data. */
static int read_ewf(struct source *s, uint64_t start, void *buf, size_t len)
{
	struct ewf *e = s->own;
	uint32_t damaged = 0;
	uint8_t *to = buf;

	while (len) {
		ssize_t got = libewf_handle_read_random(e->handle, to, len, (off64_t)start, NULL);

		if (got <= 0)
			return -EIO;
		to += got;
		start += (uint64_t)got;
		len -= (size_t)got;
	}
	if (libewf_handle_get_number_of_checksum_errors(e->handle, &damaged, NULL) == 1 &&
	    (int)damaged > e->damaged) {
		e->damaged = (int)damaged;
		return -EIO;
	}
	return 0;
}

static uint64_t extent(struct source *s, uint64_t start, bool *ret_zero)
{
	*ret_zero = false;
	return s->data_size - start;
}

static const struct source_ops ewf_ops = {
	.read = read_ewf,
	.extent = extent,
	.close = close_ewf,
};

static int failed(const struct source *s, const char *what, libewf_error_t *why, struct error *err)
{
	char text[512] = "";

	if (why)
		libewf_error_backtrace_sprint(why, text, sizeof(text));
	text[strcspn(text, "\n")] = '\0';
	libewf_error_free(&why);
	return error_set(err, ERR_FORMAT, "'%s' %s%s%s", s->name, what, *text ? ": " : "", text);
}

static char *header_value(const struct ewf *e, const char *name)
{
	uint8_t text[128] = { 0 };

	if (libewf_handle_get_utf8_header_value(e->handle, (const uint8_t *)name, strlen(name), text,
						sizeof(text), NULL) != 1 || !*text)
		return NULL;
	return xstrndup((const char *)text, sizeof(text) - 1);
}

/* Areas that could not be read then are zeros in the image: they are as bad as they were. */
static int note_bad_areas(struct source *s, struct ewf *e, struct error *err)
{
	uint32_t n = 0;

	if (libewf_handle_get_number_of_acquiry_errors(e->handle, &n, NULL) != 1 || n == 0)
		return 0;
	mapfile_begin(&e->known, s->data_size, MAP_FINISHED);
	for (uint32_t i = 0; i < n; i++) {
		uint64_t lba = 0, count = 0, start, len;

		if (libewf_handle_get_acquiry_error(e->handle, i, &lba, &count, NULL) != 1 ||
		    MUL_OVERFLOW(lba, s->sector_size, &start) ||
		    MUL_OVERFLOW(count, s->sector_size, &len))
			return error_set(err, ERR_FORMAT, "'%s' has a damaged list of bad areas",
					 s->name);
		if (len && mapfile_mark(&e->known, start, len, MAP_BAD, err) < 0)
			return error_wrap(err, "read the bad areas of '%s'", s->name);
	}
	s->mask = &e->known;
	return 0;
}

static int learn(struct source *s, struct ewf *e, struct error *err)
{
	size64_t size = 0;
	uint32_t sector = 0;

	if (libewf_handle_get_media_size(e->handle, &size, NULL) != 1)
		return failed(s, "does not say how large its disk is", NULL, err);
	if (libewf_handle_get_bytes_per_sector(e->handle, &sector, NULL) == 1 && sector >= 512 &&
	    sector <= 65536)
		s->sector_size = sector;
	s->data_size = size;
	s->model = header_value(e, "model");
	s->serial = header_value(e, "serial_number");
	return note_bad_areas(s, e, err);
}

int source_open_ewf(struct source *s, struct error *err)
{
	struct ewf *e = xcalloc(1, sizeof(*e));
	libewf_error_t *why = NULL;
	char **parts = NULL;
	int n = 0, rc = 0;

	s->own = e;
	s->ops = &ewf_ops;
	if (libewf_glob(s->name, strlen(s->name), LIBEWF_FORMAT_UNKNOWN, &parts, &n, &why) != 1)
		return failed(s, "and its parts cannot be found", why, err);
	if (libewf_handle_initialize(&e->handle, &why) != 1 ||
	    libewf_handle_open(e->handle, parts, n, LIBEWF_OPEN_READ, &why) != 1)
		rc = failed(s, "cannot be read as an EWF image", why, err);
	libewf_glob_free(parts, n, NULL);
	return rc < 0 ? -1 : learn(s, e, err);
}

#else

int source_open_ewf(struct source *s, struct error *err)
{
	error_set(err, ERR_UNSUPPORTED, "'%s' is an EWF (E01) image, and this rehost was built without "
		  "libewf", s->name);
	return error_hint(err, "mount it with ewfmount and give the file it shows");
}

#endif
