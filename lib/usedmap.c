// SPDX-License-Identifier: GPL-2.0-or-later
/* What of a disk is in use: from the partition table down to the file systems. */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/interrupt.h"
#include "lib/containers.h"
#include "lib/disk_digest.h"
#include "lib/usedmap.h"

#define USEDMAP(name) extern const struct usedmap_reader usedmap_##name;
#include "lib/usedmaps.def"
#undef USEDMAP

static const struct usedmap_reader *const readers[] = {
#define USEDMAP(name) &usedmap_##name,
#include "lib/usedmaps.def"
#undef USEDMAP
};

enum { BOOT_AREA = 8192 };	/* bytes at the start of every volume that are always taken */

/* A piece of the disk whose use is known. */
struct piece {
	uint64_t start, end;	/* on the disk */
	struct ranges used;	/* on the disk */
	size_t volume;		/* index of what is noted about it */
};

struct survey {
	struct usedmap *map;
	struct piece *pieces;
	size_t n_pieces;
	const struct ranges *areas;	/* only the files in them are wanted; or NULL */
	struct strv *names;
};

static void survey_clear(struct survey *s)
{
	for (size_t i = 0; i < s->n_pieces; i++)
		ranges_clear(&s->pieces[i].used);
	free(s->pieces);
}

static void put_run(struct ranges *used, uint64_t from, uint64_t to, uint64_t cluster,
		    uint64_t base)
{
	ranges_add(used, base + from * cluster, base + to * cluster);
}

void usedmap_add_bits(struct ranges *used, const uint8_t *bits, uint64_t first, uint64_t n,
		      uint64_t cluster, uint64_t base)
{
	uint64_t run = UINT64_MAX;

	for (uint64_t i = 0; i < n; i++) {
		if (i % 8 == 0 && n - i >= 8 && bits[i / 8] == (run == UINT64_MAX ? 0 : 0xff)) {
			i += 7;
			continue;
		}
		if (!(bits[i / 8] >> (i % 8) & 1)) {
			if (run != UINT64_MAX)
				put_run(used, first + run, first + i, cluster, base);
			run = UINT64_MAX;
		} else if (run == UINT64_MAX) {
			run = i;
		}
	}
	if (run != UINT64_MAX)
		put_run(used, first + run, first + n, cluster, base);
}

/* The used areas of a volume, as pieces of the disk: one for each segment. */
static void add_pieces(struct survey *s, const struct volume *v, const struct ranges *used)
{
	for (size_t i = 0; i < v->n; i++) {
		const struct segment *seg = &v->v[i];
		struct piece *p = APPEND(s->pieces, s->n_pieces);

		*p = (struct piece){ seg->start, seg->start + seg->size, RANGES_INIT,
				     s->map->n_volumes };
		for (size_t r = ranges_find(used, seg->at); r < used->n; r++) {
			uint64_t start = MAX(used->v[r].start, seg->at);
			uint64_t end = MIN(used->v[r].end, seg->at + seg->size);

			if (start >= end)
				break;
			ranges_add(&p->used, seg->start + (start - seg->at),
				   seg->start + (end - seg->at));
		}
	}
}

static struct usedmap_volume *note(struct survey *s, const struct volume *v, const char *kind,
				   uint64_t used, const char *why_all)
{
	struct usedmap_volume *n = APPEND(s->map->volumes, s->map->n_volumes);

	*n = (struct usedmap_volume){
		.name = xstrdup(v->name),
		.kind = kind,
		.start = v->n ? v->v[0].start : 0,
		.size = v->size,
		.used = used,
		.why_all = why_all ? xstrdup(why_all) : NULL,
	};
	return n;
}

static void take_all(struct survey *s, const struct volume *v, const char *kind, const char *why)
{
	struct ranges all CLEANUP_RANGES = RANGES_INIT;

	ranges_add(&all, 0, v->size);
	add_pieces(s, v, &all);
	note(s, v, kind, v->size, why);
}

static void read_map(struct survey *s, const struct volume *v, const struct usedmap_reader *reader)
{
	struct ranges used CLEANUP_RANGES = RANGES_INIT;
	struct error why CLEANUP_ERROR = ERROR_INIT;
	uint64_t end = 0;

	if (reader->read(v, &used, &end, &why) < 0) {
		take_all(s, v, reader->name, why.msg);
		return;
	}
	ranges_add(&used, end, v->size);
	ranges_add(&used, 0, MIN(v->size, (uint64_t)BOOT_AREA));
	add_pieces(s, v, &used);
	note(s, v, reader->name, ranges_total(&used), NULL);
}

/* The parts of the areas that lie on a volume, in its own bytes. */
static void find_areas(const struct survey *s, const struct volume *v, struct ranges *ret)
{
	for (size_t i = 0; i < v->n; i++) {
		const struct segment *seg = &v->v[i];
		uint64_t end = seg->start + seg->size;

		for (size_t k = ranges_find(s->areas, seg->start);
		     k < s->areas->n && s->areas->v[k].start < end; k++)
			ranges_add(ret, MAX(s->areas->v[k].start, seg->start) - seg->start + seg->at,
				   MIN(s->areas->v[k].end, end) - seg->start + seg->at);
	}
}

static void name_files(struct survey *s, const struct volume *v, const struct usedmap_reader *reader)
{
	struct ranges here CLEANUP_RANGES = RANGES_INIT;
	struct strv names CLEANUP_STRV = STRV_INIT;
	struct error why CLEANUP_ERROR = ERROR_INIT;

	find_areas(s, v, &here);
	if (here.n == 0)
		return;
	if (!reader || !reader->name_files)
		error_set(&why, ERR_UNSUPPORTED, "%s", reader ? reader->name : "no file system that is known");
	else if (reader->name_files(v, &here, &names, &why) == 0 && names.n == 0)
		strv_add(&names, "no file: tables of the file system, or what is free");
	for (size_t i = 0; i < names.n && s->names->n < USEDMAP_NAMES_MAX; i++) {
		CLEANUP_FREE char *text = xasprintf("%s: %s", v->name, names.v[i]);

		/* names on a disk are anybody's */
		for (char *c = text; *c; c++)
			*c = (unsigned char)*c < ' ' || *c == 0x7f ? '?' : *c;
		strv_add(s->names, text);
	}
	if (why.msg) {
		CLEANUP_FREE char *text = xasprintf("%s: something whose files are not named here (%s)",
						    v->name, why.msg);

		strv_add(s->names, text);
	}
}

/* A volume that looks like two things is neither: one of them is a remainder. */
static void take_file_system(struct survey *s, const struct volume *v, const uint8_t *head)
{
	const struct usedmap_reader *found = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(readers); i++) {
		if (!readers[i]->looks_like(head))
			continue;
		if (found) {
			CLEANUP_FREE char *why = xasprintf("looks like %s and like %s", found->name,
							   readers[i]->name);

			take_all(s, v, NULL, why);
			return;
		}
		found = readers[i];
	}
	if (s->areas)
		name_files(s, v, found);
	else if (found)
		read_map(s, v, found);
	else
		take_all(s, v, NULL, bytes_are_zero(head, USEDMAP_HEAD) ?
			 "begins with zeros" : "no file system that is known");
}

static int explore(struct survey *s, const struct volume *v, unsigned int depth, struct error *err);

static int explore_inside(struct survey *s, const struct volume_list *list, unsigned int depth,
			  struct error *err)
{
	for (size_t i = 0; i < list->n; i++)
		if (explore(s, &list->v[i], depth + 1, err) < 0)
			return -1;
	return 0;
}

static const char *file_system_of(const uint8_t *head)
{
	for (size_t i = 0; i < ARRAY_SIZE(readers); i++)
		if (readers[i]->looks_like(head))
			return readers[i]->name;
	return NULL;
}

static int explore_contents(struct survey *s, const struct volume *v, const uint8_t *head,
			    unsigned int depth, struct error *err)
{
	struct containers c CLEANUP_CONTAINERS = CONTAINERS_INIT;
	struct error why CLEANUP_ERROR = ERROR_INIT;
	const char *other;

	if (containers_find(&c, v, head, depth, &why) < 0) {
		take_all(s, v, NULL, why.msg);
		return 0;
	}
	if (!c.inside) {
		take_file_system(s, v, head);
		return 0;
	}
	other = c.other || c.around ? c.other : file_system_of(head);
	if (other) {
		CLEANUP_FREE char *both = xasprintf("looks like %s and like %s", c.name, other);

		take_all(s, v, NULL, both);
		return 0;
	}
	return explore_inside(s, c.inside, depth, err);
}

static int explore(struct survey *s, const struct volume *v, unsigned int depth, struct error *err)
{
	CLEANUP_FREE uint8_t *head = xcalloc(USEDMAP_HEAD, 1);
	struct error why CLEANUP_ERROR = ERROR_INIT;

	if (interrupt_check(err) < 0)
		return -1;
	if (v->unused) {
		add_pieces(s, v, &(struct ranges)RANGES_INIT);
		note(s, v, "unused", 0, NULL);
		return 0;
	}
	if (v->opaque) {
		take_all(s, v, NULL, v->opaque);
		return 0;
	}
	if (volume_read(v, 0, head, (size_t)MIN(v->size, (uint64_t)USEDMAP_HEAD), &why) < 0 ||
	    s->map->n_volumes >= USEDMAP_VOLUMES_MAX || depth > USEDMAP_DEPTH_MAX) {
		take_all(s, v, NULL, why.msg ? why.msg : "too many volumes");
		return 0;
	}
	return explore_contents(s, v, head, depth, err);
}

static int by_start(const void *a, const void *b)
{
	const struct piece *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

/* Pieces that overlap contradict each other: all of them are taken. */
static void take_overlapping(struct survey *s, const struct piece *p)
{
	struct usedmap_volume *v = &s->map->volumes[p->volume];

	ranges_add(&s->map->used, p->start, p->end);
	v->used = v->size;
	if (!v->why_all)
		v->why_all = xstrdup("overlaps another volume");
}

static void put_together(struct survey *s, uint64_t disk_size)
{
	struct ranges *used = &s->map->used;
	uint64_t pos = 0;

	qsort(s->pieces, s->n_pieces, sizeof(s->pieces[0]), by_start);
	for (size_t i = 0; i < s->n_pieces; i++) {
		const struct piece *p = &s->pieces[i];

		if (p->start > pos)
			ranges_add(used, pos, p->start);
		if (p->start < pos || (i + 1 < s->n_pieces && s->pieces[i + 1].start < p->end))
			take_overlapping(s, p);
		else
			ranges_add_all(used, &p->used);
		pos = MAX(pos, p->end);
	}
	ranges_add(used, pos, disk_size);
}

int usedmap_read(struct usedmap *ret, struct source *source, struct error *err)
{
	struct usedmap map CLEANUP_USEDMAP = USEDMAP_INIT;
	struct survey s __attribute__((cleanup(survey_clear))) = { .map = &map };
	struct volume disk CLEANUP_VOLUME = VOLUME_INIT;

	volume_begin(&disk, source, "disk");
	if (volume_add(&disk, NULL, 0, source->size, err) < 0 || explore(&s, &disk, 0, err) < 0)
		return -1;
	put_together(&s, source->size);
	*ret = map;
	map = (struct usedmap)USEDMAP_INIT;
	return 0;
}

int usedmap_name_files(struct source *source, const struct ranges *areas, struct strv *ret,
		       struct error *err)
{
	struct usedmap map CLEANUP_USEDMAP = USEDMAP_INIT;
	struct survey s __attribute__((cleanup(survey_clear))) = { .map = &map, .areas = areas,
								   .names = ret };
	struct volume disk CLEANUP_VOLUME = VOLUME_INIT;

	volume_begin(&disk, source, "disk");
	return volume_add(&disk, NULL, 0, source->size, err) < 0 ? -1 : explore(&s, &disk, 0, err);
}

void usedmap_clear(struct usedmap *m)
{
	for (size_t i = 0; i < m->n_volumes; i++) {
		free(m->volumes[i].name);
		free(m->volumes[i].why_all);
	}
	free(m->volumes);
	ranges_clear(&m->used);
	*m = (struct usedmap)USEDMAP_INIT;
}
