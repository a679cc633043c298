// SPDX-License-Identifier: GPL-2.0-or-later
/* The text of a map, as GNU ddrescue reads and writes it. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/path.h"
#include "lib/base/size.h"
#include "lib/base/strv.h"
#include "lib/mapfile.h"

struct reader {
	struct mapfile map;
	uint64_t size;		/* of the disk */
	bool started;		/* the line with the current position was read */
	struct error *err;
};

/* Current position, current status, and since ddrescue 1.22 the current pass. */
static int take_state(struct reader *r, const struct strv *words)
{
	if (words->n < 2 || words->n > 3 || strlen(words->v[1]) != 1 ||
	    !strchr("?*/-+FG", words->v[1][0]))
		return error_set(r->err, ERR_FORMAT, "no line with position and status");
	r->map.phase = words->v[1][0];
	r->started = true;
	if (parse_u64(words->v[0], 0, INT64_MAX, &r->map.pos, r->err) < 0)
		return -1;
	return words->n < 3 ? 0 : parse_u64(words->v[2], 1, 1000, &r->map.pass, r->err);
}

static int take_area(struct reader *r, const struct strv *words)
{
	uint64_t start, length, end;
	const char *status = words->n == 3 ? words->v[2] : "";

	if (strlen(status) != 1 || !strchr("?*/-+", status[0]))
		return error_set(r->err, ERR_FORMAT, "an area has position, size and status");
	if (parse_u64(words->v[0], 0, INT64_MAX, &start, r->err) < 0 ||
	    parse_u64(words->v[1], 1, INT64_MAX, &length, r->err) < 0)
		return -1;
	if (ADD_OVERFLOW(start, length, &end) || end > r->size)
		return error_set(r->err, ERR_FORMAT, "the area leaves the disk of %" PRIu64 " bytes",
				 r->size);
	if (start < r->map.size)
		return error_set(r->err, ERR_FORMAT, "the area overlaps the one before it");
	if (r->map.n >= MAPFILE_AREAS_MAX)
		return error_set(r->err, ERR_FORMAT, "too many areas");
	mapfile_append(&r->map, start - r->map.size, MAP_NON_TRIED);
	mapfile_append(&r->map, length, (enum map_status)status[0]);
	return 0;
}

static int take_line(struct reader *r, const char *line)
{
	struct strv words CLEANUP_STRV = STRV_INIT;

	if (line[0] == '#')
		return 0;
	strv_split(&words, line, " \t\r");
	if (words.n == 0)
		return 0;
	return r->started ? take_area(r, &words) : take_state(r, &words);
}

static int take_lines(struct reader *r, const char *text, const char *name)
{
	for (unsigned long number = 1; *text; number++) {
		size_t len = strcspn(text, "\n");
		CLEANUP_FREE char *line = xstrndup(text, len);

		if (take_line(r, line) < 0)
			return error_wrap(r->err, "%s:%lu", name, number);
		text += len + (text[len] == '\n');
	}
	if (!r->started)
		return error_set(r->err, ERR_FORMAT, "'%s' is not a map of a disk", name);
	mapfile_append(&r->map, r->size - r->map.size, MAP_NON_TRIED);
	return 0;
}

int mapfile_parse(struct mapfile *ret, const char *text, const char *name, uint64_t size,
		  struct error *err)
{
	struct reader r = { .map = MAPFILE_INIT, .size = size, .err = err };

	if (take_lines(&r, text, name) < 0) {
		mapfile_clear(&r.map);
		return -1;
	}
	*ret = r.map;
	return 0;
}

int mapfile_read(struct mapfile *ret, const char *path, uint64_t size, struct error *err)
{
	CLEANUP_FREE char *text = NULL;

	if (file_read(path, MAPFILE_SIZE_MAX, &text, NULL, err) < 0)
		return -1;
	return mapfile_parse(ret, text, path, size, err);
}

char *mapfile_text(const struct mapfile *map)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		abort();
	fprintf(f, "# Mapfile. Created by rehost\n"
		"# current_pos  current_status  current_pass\n"
		"0x%08" PRIX64 "     %c               %" PRIu64 "\n"
		"#      pos        size  status\n", map->pos, map->phase, map->pass);
	for (size_t i = 0; i < map->n; i++)
		fprintf(f, "0x%08" PRIX64 "  0x%08" PRIX64 "  %c\n", map->v[i].start,
			map->v[i].end - map->v[i].start, (char)map->v[i].status);
	if (fclose(f) != 0)
		abort();
	return text;
}

int mapfile_write(const struct mapfile *map, const char *path, enum outfile_mode mode,
		  struct error *err)
{
	CLEANUP_FREE char *text = mapfile_text(map);

	return file_write(path, text, strlen(text), mode, err);
}
