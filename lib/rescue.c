// SPDX-License-Identifier: GPL-2.0-or-later
/* Rescuing: passes over the bad areas of a disk, from large pieces to single sectors. */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "lib/base/alloc.h"
#include "lib/base/interrupt.h"
#include "lib/rescue.h"

enum { PIECE = 64 << 10, SKIP_MAX = 256 << 20 };

enum direction { FORWARD, BACKWARD };

bool read_error_is_final(int error)
{
	return error == -ENODEV || error == -ENXIO || error == -EBADF || error == -ENOTCONN ||
	       error == -ESHUTDOWN || error == -EPIPE || error == -ECONNRESET;
}

static int look_up(struct rescue *r, struct error *err)
{
	CLEANUP_FREE char *note = xasprintf("%zu bad areas", mapfile_count(r->map, MAP_BAD));
	double now = monotonic_seconds();

	progress_note(r->progress, note);
	progress_update(r->progress, mapfile_total(r->map, MAP_FINISHED));
	if (interrupt_check(err) < 0)
		return -1;
	if (!r->checkpoint || now - r->last_checkpoint < r->interval)
		return 0;
	r->last_checkpoint = now;
	return r->checkpoint(r->arg, err);
}

/* 1: read; 0: not, and marked with @status; -1: no use in going on. */
static int try(struct rescue *r, uint64_t start, uint64_t end, enum map_status status,
	       struct error *err)
{
	uint8_t data[PIECE];
	size_t len = (size_t)(end - start);
	int rc;

	if (look_up(r, err) < 0)
		return -1;
	rc = source_read_direct(r->source, start, data, len);
	if (rc == -EINTR)
		return interrupt_check(err);
	if (rc < 0 && read_error_is_final(rc))
		return error_sys(err, -rc, "read '%s' at byte %" PRIu64, r->source->name, start);
	if (rc == 0 && rescue_file_write(r->file, start, data, len, err) < 0)
		return -1;
	if (rc == 0)
		r->last_success = monotonic_seconds();
	if (mapfile_mark(r->map, start, len, rc == 0 ? MAP_FINISHED : status, err) < 0)
		return -1;
	return rc == 0;
}

static bool out_of_time(const struct rescue *r)
{
	return r->timeout > 0 && monotonic_seconds() - r->last_success > r->timeout;
}

/* The areas of one status inside of the domain, as they are now. */
static void collect(const struct rescue *r, enum map_status status, struct ranges *ret)
{
	for (size_t d = 0; d < r->domain->n; d++) {
		const struct range *in = &r->domain->v[d];

		for (size_t i = mapfile_find(r->map, in->start);
		     i < r->map->n && r->map->v[i].start < in->end; i++)
			if (r->map->v[i].status == status)
				ranges_add(ret, MAX(r->map->v[i].start, in->start),
					   MIN(r->map->v[i].end, in->end));
	}
}

/* A list that grew too long has closed gaps: look again before each read. */
static bool still(const struct rescue *r, uint64_t start, enum map_status status)
{
	return r->map->v[mapfile_find(r->map, start)].status == status;
}

/* The piece of an area at its front or its end; pieces keep to multiples of @unit. */
static struct range piece_of(const struct range *area, uint64_t unit, enum direction direction)
{
	struct range p = *area;

	if (direction == FORWARD)
		p.end = MIN(area->end, area->start / unit * unit + unit);
	else
		p.start = MAX(area->start, (area->end - 1) / unit * unit);
	return p;
}

static void shorten(struct range *area, const struct range *piece, enum direction direction)
{
	if (direction == FORWARD)
		area->start = piece->end;
	else
		area->end = piece->start;
}

/* Leave out @skip bytes; what is left of the area, or of areas after it, goes on behind them. */
static void skip_ahead(struct range *area, uint64_t *skip, enum direction direction)
{
	uint64_t part = MIN(*skip, area->end - area->start);

	if (direction == FORWARD)
		area->start += part;
	else
		area->end -= part;
	*skip -= part;
}

struct pass {
	enum map_status from, to;	/* what is tried, what it becomes if it fails */
	uint64_t unit;			/* bytes read at once                         */
	bool skipping;			/* leave out more and more behind errors      */
	enum direction direction;
	const char *name;
};

static int do_area(struct rescue *r, const struct pass *pass, struct range area, uint64_t *grow,
		   uint64_t *skip, struct error *err)
{
	while (area.start < area.end && !out_of_time(r)) {
		struct range piece;
		int rc;

		skip_ahead(&area, skip, pass->direction);
		if (area.start >= area.end)
			break;
		piece = piece_of(&area, pass->unit, pass->direction);
		shorten(&area, &piece, pass->direction);
		if (!still(r, piece.start, pass->from))
			continue;
		rc = try(r, piece.start, piece.end, pass->to, err);
		if (rc < 0)
			return -1;
		if (rc == 1)
			*grow = 0;
		if (rc == 1 || !pass->skipping)
			continue;
		*grow = *grow ? MIN(*grow * 2, (uint64_t)SKIP_MAX) : PIECE;
		*skip = *grow;
	}
	return 0;
}

static int do_pass(struct rescue *r, const struct pass *pass, struct error *err)
{
	struct ranges areas CLEANUP_RANGES = RANGES_INIT;
	uint64_t grow = 0, skip = 0;

	collect(r, pass->from, &areas);
	if (areas.n == 0 || out_of_time(r))
		return 0;
	progress_begin(r->progress, pass->name, mapfile_total(r->map, MAP_FINISHED) +
		       ranges_total(&areas));
	for (size_t n = 0; n < areas.n; n++) {
		size_t i = pass->direction == FORWARD ? n : areas.n - 1 - n;

		if (do_area(r, pass, areas.v[i], &grow, &skip, err) < 0)
			return -1;
	}
	progress_end(r->progress);
	return 0;
}

/* From one edge inwards until a sector cannot be read. */
static int trim_edge(struct rescue *r, struct range *area, enum direction direction,
		     struct error *err)
{
	while (area->start < area->end && !out_of_time(r)) {
		struct range piece = piece_of(area, r->source->sector_size, direction);
		int rc = try(r, piece.start, piece.end, MAP_BAD, err);

		if (rc < 0)
			return -1;
		shorten(area, &piece, direction);
		if (rc == 0)
			break;
	}
	return 0;
}

static int trim(struct rescue *r, struct error *err)
{
	struct ranges areas CLEANUP_RANGES = RANGES_INIT;

	collect(r, MAP_NON_TRIMMED, &areas);
	for (size_t i = 0; i < areas.n && !out_of_time(r); i++) {
		struct range area = areas.v[i];

		if (!still(r, area.start, MAP_NON_TRIMMED))
			continue;
		if (trim_edge(r, &area, FORWARD, err) < 0 || trim_edge(r, &area, BACKWARD, err) < 0)
			return -1;
		if (area.start < area.end && !out_of_time(r) &&
		    mapfile_mark(r->map, area.start, area.end - area.start, MAP_NON_SCRAPED,
				 err) < 0)
			return -1;
	}
	return 0;
}

static int retry(struct rescue *r, struct error *err)
{
	for (uint64_t n = 0; n < r->retries; n++) {
		const struct pass again = { MAP_BAD, MAP_BAD, r->source->sector_size, false,
					    n & 1 ? BACKWARD : FORWARD, "rescue: once more" };

		if (do_pass(r, &again, err) < 0)
			return -1;
	}
	return 0;
}

int rescue_run(struct rescue *r, struct error *err)
{
	const struct pass copies[] = {
		{ MAP_NON_TRIED, MAP_NON_TRIMMED, PIECE, true, FORWARD, "rescue: forwards" },
		{ MAP_NON_TRIED, MAP_NON_TRIMMED, PIECE, true, BACKWARD, "rescue: backwards" },
		{ MAP_NON_TRIED, MAP_NON_TRIMMED, PIECE, false, FORWARD, "rescue: the rest" },
	};
	const struct pass scrape = { MAP_NON_SCRAPED, MAP_BAD, r->source->sector_size, false,
				     FORWARD, "rescue: sectors" };

	r->last_success = r->last_checkpoint = monotonic_seconds();
	for (size_t i = 0; i < ARRAY_SIZE(copies); i++)
		if (do_pass(r, &copies[i], err) < 0)
			return -1;
	if (trim(r, err) < 0 || do_pass(r, &scrape, err) < 0)
		return -1;
	return retry(r, err);
}
