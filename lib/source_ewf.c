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
	struct ranges bad;	/* could not be read then, or has a wrong checksum now */
	uint32_t n_wrong;	/* checksums so far                                    */
};

static void close_ewf(struct source *s)
{
	struct ewf *e = s->own;

	if (e->handle) {
		libewf_handle_close(e->handle, NULL);
		libewf_handle_free(&e->handle, NULL);
	}
	ranges_clear(&e->bad);
	free(e);
	s->own = NULL;
}

typedef int get_area(libewf_handle_t *handle, uint32_t index, uint64_t *lba, uint64_t *count,
		     libewf_error_t **error);

static bool note_area(const struct source *s, struct ewf *e, uint32_t i, get_area *get)
{
	uint64_t lba = 0, count = 0, start, len;

	if (get(e->handle, i, &lba, &count, NULL) != 1 ||
	    MUL_OVERFLOW(lba, s->sector_size, &start) || MUL_OVERFLOW(count, s->sector_size, &len) ||
	    start > s->data_size)
		return false;
	ranges_add(&e->bad, start, start + MIN(len, s->data_size - start));
	return true;
}

/* The library hands out data with a wrong checksum, once and again, and notes where that was. */
static void note_wrong(struct source *s, struct ewf *e)
{
	uint32_t n = 0;

	if (libewf_handle_get_number_of_checksum_errors(e->handle, &n, NULL) != 1)
		return;
	for (; e->n_wrong < n; e->n_wrong++)
		if (!note_area(s, e, e->n_wrong, libewf_handle_get_checksum_error))
			ranges_add(&e->bad, 0, s->data_size);
}

static int read_ewf(struct source *s, uint64_t start, void *buf, size_t len)
{
	struct ewf *e = s->own;
	uint8_t *to = buf;
	size_t done = 0;

	while (done < len && !ranges_touch(&e->bad, start, start + len)) {
		ssize_t got = libewf_handle_read_random(e->handle, to + done, len - done,
							(off64_t)(start + done), NULL);

		if (got <= 0)
			return -EIO;
		done += (size_t)got;
		note_wrong(s, e);
	}
	return ranges_touch(&e->bad, start, start + len) ? -EIO : 0;
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

	if (libewf_handle_get_number_of_acquiry_errors(e->handle, &n, NULL) != 1)
		return 0;
	for (uint32_t i = 0; i < n; i++)
		if (!note_area(s, e, i, libewf_handle_get_acquiry_error))
			return error_set(err, ERR_FORMAT, "'%s' has a damaged list of bad areas",
					 s->name);
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

/* The library opens what there is, and makes up the rest; but it knows that it does. */
static int need_all_parts(const struct source *s, const struct ewf *e, int n, struct error *err)
{
	if (libewf_handle_segment_files_corrupted(e->handle, NULL) == 0)
		return 0;
	error_set(err, ERR_INTEGRITY, "'%s' is not whole: parts are missing or damaged, there are %d",
		  s->name, n);
	return error_hint(err, "put all of them (E01, E02, ...) into one folder");
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
	if (rc < 0 || learn(s, e, err) < 0)
		return -1;
	return need_all_parts(s, e, n, err);
}

#else

int source_open_ewf(struct source *s, struct error *err)
{
	error_set(err, ERR_UNSUPPORTED, "'%s' is an EWF (E01) image, and this rehost was built without "
		  "libewf", s->name);
	return error_hint(err, "mount it with ewfmount and give the file it shows");
}

#endif
