// SPDX-License-Identifier: GPL-2.0-or-later
/* Making a capture: describe the old PC, read its disks, write the document. */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/path.h"
#include "lib/capture.h"
#include "lib/capture_making.h"
#include "lib/capture_target.h"
#include "lib/copy.h"
#include "lib/disk_digest.h"
#include "lib/machine_raw.h"
#include "lib/qcow2.h"
#include "lib/usedmap.h"

#define MAKING_INIT(o) { .options = (o), .mask = MAPFILE_INIT, .had = SOURCE_INIT, .live = LIVE_INIT, .dir = OUTDIR_INIT }

static void making_clear(struct making *m)
{
	for (size_t i = 0; i < m->n_sources; i++)
		source_close(&m->sources[i]);
	for (size_t i = 0; m->jobs && i < m->n_sources; i++)
		ranges_clear(&m->jobs[i].used);
	free(m->sources);
	free(m->jobs);
	live_end(&m->live);
	source_close(&m->had);
	mapfile_clear(&m->mask);
	outdir_discard(&m->dir);
	capture_clear(&m->capture);
}

static char *copy_text(const char *text)
{
	return text ? xstrdup(text) : NULL;
}

/* A served disk has no more than its name; its PC says which drive that is. */
static void describe_served(struct source *s, const struct machine *pc)
{
	CLEANUP_FREE char *name = path_basename(s->name);

	for (size_t i = 0; pc && i < pc->n_disks; i++) {
		if (strcmp(pc->disks[i].name, name) != 0)
			continue;
		s->model = copy_text(pc->disks[i].model);
		s->serial = copy_text(pc->disks[i].serial);
		return;
	}
}

static int refuse_twice(const struct strv *names, struct error *err)
{
	for (size_t i = 0; i < names->n; i++)
		for (size_t k = 0; k < i; k++)
			if (strcmp(names->v[i], names->v[k]) == 0)
				return error_set(err, ERR_USAGE, "'%s' is given twice", names->v[i]);
	return 0;
}

static int open_sources(struct making *m, const struct strv *names, struct error *err)
{
	unsigned int flags = (m->options->force_live || m->options->live ? SOURCE_FORCE_LIVE : 0) |
			     (m->options->clonezilla ? SOURCE_CLONEZILLA : 0);

	if (refuse_twice(names, err) < 0)
		return -1;
	for (size_t i = 0; i < names->n; i++) {
		int rc;

		*APPEND(m->sources, m->n_sources) = (struct source)SOURCE_INIT;
		rc = m->options->keys
			? source_open_served(&m->sources[i], names->v[i], m->options->keys, err)
			: source_open(&m->sources[i], names->v[i], flags, err);
		if (rc < 0)
			return -1;
		if (m->sources[i].size > QCOW2_DISK_MAX)
			return error_set(err, ERR_UNSUPPORTED, "'%s' has %" PRIu64 " bytes, more than an image can hold",
					 names->v[i], m->sources[i].size);
		if (m->options->keys)
			describe_served(&m->sources[i], m->options->pc);
		m->sources[i].live = live_disk_of(&m->live, names->v[i]);
		m->sources[i].patience = m->options->timeout;
	}
	return 0;
}

void making_set_up_jobs(struct making *m)
{
	free(m->jobs);
	m->jobs = xcalloc(m->n_sources, sizeof(m->jobs[0]));
	for (size_t i = 0; i < m->n_sources; i++)
		m->jobs[i] = (struct disk_job){ .source = &m->sources[i], .dir = m->dir.partial,
						.number = i, .disk = &m->capture.disks[i],
						.last = i + 1 == m->n_sources,
						.mask = m->mask_digest, .options = m->options };
}

/* Every fact that can be missing is, for one reason. */
static int describe_nothing(struct machine *ret, const char *dir, struct error *err)
{
	CLEANUP_FREE char *empty = path_join(dir, "empty");
	CLEANUP_FREE char *devices = path_join(empty, "sys/devices");

	if (folder_make(devices, err) < 0 || machine_probe(ret, empty, err) < 0 ||
	    folder_remove(empty, err) < 0)
		return -1;
	for (size_t i = 0; i < ret->n_missing; i++) {
		free(ret->missing[i].why);
		ret->missing[i].why = xstrdup("captured from an image, not on the old PC itself");
	}
	return 0;
}

static int keep_raw(struct making *m, const char *root, struct error *err)
{
	CLEANUP_FREE char *path = path_join(m->dir.partial, CAPTURE_RAW);

	/* its digest is in capture.xml, which a power cut may leave without it */
	return machine_raw_write(root, path, err) < 0 || folder_sync(m->dir.partial, err) < 0 ? -1
		: digest_file(path, m->capture.raw_digest, NULL, err);
}

/* A disk that was read here is described with this host; an image came from somewhere else. */
static int describe_machine(struct making *m, struct error *err)
{
	CLEANUP_FREE char *path = path_join(m->dir.partial, CAPTURE_MACHINE);
	const char *root = m->options->root;
	bool here = false;
	int rc;

	for (size_t i = 0; i < m->n_sources; i++)
		here |= m->sources[i].kind == SOURCE_DEVICE;
	if (!root && here)
		root = "/";
	rc = root ? machine_probe(&m->capture.machine, root, err)
		  : describe_nothing(&m->capture.machine, m->dir.partial, err);
	if (rc < 0)
		return -1;
	if (m->options->pc)
		machine_take_clock(&m->capture.machine, m->options->pc);
	free(m->capture.machine.name);
	m->capture.machine.name = xstrdup(m->capture.name);
	if (machine_write(&m->capture.machine, path, OUTFILE_REPLACE, err) < 0 ||
	    digest_file(path, m->capture.machine_digest, NULL, err) < 0)
		return -1;
	return root ? keep_raw(m, root, err) : 0;
}

static void note_source(struct capture_disk *d, const struct source *s, size_t number)
{
	*d = (struct capture_disk){
		.file = xasprintf("disk%zu.qcow2", number),
		.map = xasprintf("disk%zu.map", number),
		.source = xstrdup(s->name),
		.format = xstrdup(s->format),
		.model = copy_text(s->model),
		.serial = copy_text(s->serial),
		.size = s->size,
		.sector_size = s->sector_size,
	};
}

/* Who made the image has looked at the file systems; reading them here would go back and forth. */
static void take_extents(struct making *m, size_t i)
{
	struct source *s = &m->sources[i];

	for (uint64_t at = 0; at < s->size;) {
		bool zero = false;
		uint64_t len = source_extent(s, at, &zero);

		if (!zero)
			ranges_add(&m->jobs[i].used, at, at + len);
		at += len;
	}
}

static void take_volumes(struct capture_disk *d, struct usedmap *map)
{
	for (size_t n = 0; n < map->n_volumes; n++) {
		struct usedmap_volume *v = &map->volumes[n];

		*APPEND(d->volumes, d->n_volumes) = (struct capture_volume){
			STEAL(v->name), v->kind ? xstrdup(v->kind) : NULL, v->start, v->size,
			v->used, STEAL(v->why_all) };
	}
}

int making_find_used(struct making *m, size_t i, struct error *err)
{
	struct capture_disk *d = &m->capture.disks[i];
	struct usedmap map CLEANUP_USEDMAP = USEDMAP_INIT;

	if (m->options->full) {
		ranges_add(&m->jobs[i].used, 0, d->size);
		return 0;
	}
	if (m->sources[i].forward) {
		take_extents(m, i);
		return 0;
	}
	progress_begin(m->options->progress, "look what is in use", 0);
	if (usedmap_read(&map, &m->sources[i], err) < 0)
		return -1;
	progress_end(m->options->progress);
	take_volumes(d, &map);
	m->jobs[i].used = map.used;
	map.used = (struct ranges)RANGES_INIT;
	return 0;
}

static int look_at_disks(struct making *m, struct error *err)
{
	for (size_t i = 0; i < m->n_sources; i++) {
		struct capture_disk *d = APPEND(m->capture.disks, m->capture.n_disks);

		note_source(d, &m->sources[i], i);
		/* the digest of nothing read yet, so that the document holds together */
		d->n_extents = (size_t)((d->size - 1) / disk_extent_size(d->size) + 1);
		d->extents = xcalloc(d->n_extents, DIGEST_SIZE);
		disk_digest_of_extents(d->size, d->extents, d->n_extents, d->digest);
	}
	making_set_up_jobs(m);
	for (size_t i = 0; i < m->n_sources; i++)
		if (making_find_used(m, i, err) < 0)
			return -1;
	return 0;
}

/* In parts: as it was begun, as it is wanted, or as the target's file system wants it. */
int making_choose_split(struct making *m, struct error *err)
{
	struct capture_target target;

	if (capture_target_of(m->dir.fd, m->dir.partial, &target, err) < 0)
		return -1;
	for (size_t i = 0; i < m->n_sources; i++) {
		struct disk_job *job = &m->jobs[i];

		job->split = disk_job_begun_split(job);
		if (!job->split)
			job->split = m->options->split;
		if (!job->split)
			job->split = capture_target_split(&target, ranges_total(&job->used));
	}
	return 0;
}

/* Samples are only read where it may not fit; they are not exact. */
static int check_target(const struct making *m, struct error *err)
{
	struct capture_target target;
	uint64_t used = 0, estimate = 0;

	if (capture_target_of(m->dir.fd, m->dir.partial, &target, err) < 0)
		return -1;
	for (size_t i = 0; i < m->n_sources; i++)
		used += ranges_total(&m->jobs[i].used);
	if (used <= target.room)
		return 0;
	for (size_t i = 0; i < m->n_sources && !m->options->plain; i++)
		estimate += copy_estimate(&m->sources[i], &m->jobs[i].used);
	return capture_target_check(&target, m->options->plain ? used : estimate / 4 * 3, err);
}

/* Which disks, and what of them: written down before the first byte is copied. */
static int plan(struct making *m, struct error *err)
{
	if (look_at_disks(m, err) < 0 || making_choose_base(m, err) < 0 || check_target(m, err) < 0 ||
	    making_choose_split(m, err) < 0)
		return -1;
	for (size_t i = 0; i < m->n_sources; i++)
		if (disk_job_plan(&m->jobs[i], err) < 0)
			return -1;
	return capture_write(&m->capture, m->dir.partial, err);
}

static int check_name(const char *name, struct error *err)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-";

	if (*name && strlen(name) <= 63 && strspn(name, letters) == strlen(name) &&
	    !strchr("_.-", name[0]))
		return 0;
	error_set(err, ERR_USAGE, "'%s' cannot be the name of a machine", name);
	return error_hint(err, "use up to 63 letters, digits, '_', '.' and '-'");
}

/*
 * A map of ddrescue says which parts of the image that it wrote are worth anything: the image is the
 * source, or beside the disk itself what need not be read again.
 */
static int mask_source(struct making *m, struct error *err)
{
	struct source *s = m->sources;

	if (!m->options->map && !m->options->rescued)
		return 0;
	if (m->n_sources != 1)
		return error_set(err, ERR_USAGE, "a map belongs to one disk, not to %zu", m->n_sources);
	if (!m->options->map)
		return error_set(err, ERR_USAGE, "what was rescued is of no use without its map");
	if (mapfile_read(&m->mask, m->options->map, s->size, err) < 0 ||
	    digest_file(m->options->map, m->mask_digest, NULL, err) < 0)
		return -1;
	s->mask = &m->mask;
	if (!m->options->rescued)
		return 0;
	if (source_open(&m->had, m->options->rescued, SOURCE_RAW, err) < 0)
		return -1;
	s->had = &m->had;
	return 0;
}

/* The name is taken once there is something that the same command can go on with. */
static int open_folder(struct making *m, const char *path, struct error *err)
{
	CLEANUP_FREE char *begun = xasprintf("%s" PARTIAL_SUFFIX "/" CAPTURE_FILE, path);
	/* a snapshot that is gone cannot be gone on with */
	bool resume = path_exists(begun) && !m->options->live;

	if (outdir_open(&m->dir, path, resume ? OUTDIR_RESUME : OUTDIR_NEW, err) < 0)
		return -1;
	if (resume)
		return making_take_up(m, err);
	for (size_t i = 0; i < m->live.plain.n; i++)
		strv_add(&m->capture.plain, m->live.plain.v[i]);
	if (describe_machine(m, err) < 0 || plan(m, err) < 0)
		return -1;
	m->dir.mode = m->options->live ? OUTDIR_NEW : OUTDIR_RESUME;
	return 0;
}

static int explain(const struct making *m, struct error *err)
{
	if (err->code != ERR_REFUSED && m->dir.partial && m->dir.mode == OUTDIR_RESUME)
		error_hint(err, err->code == ERR_NO_SPACE ?
			   "make room, or move '%s' to where there is more, and files may be so large; the same "
			   "command goes on" :
			   "the same command goes on from here; what there is lies in '%s'",
			   m->dir.partial);
	return -1;
}

static int fill_folder(struct making *m, struct error *err)
{
	for (size_t i = 0; i < m->n_sources; i++)
		if (disk_job_run(&m->jobs[i], err) < 0)
			return explain(m, err);
	if (live_check(&m->live, err) < 0)
		return -1;
	if (capture_write(&m->capture, m->dir.partial, err) < 0)
		return explain(m, err);
	for (size_t i = 0; i < m->n_sources; i++)
		disk_job_tidy(&m->jobs[i]);
	return 0;
}

int capture_make(const struct strv *sources, const char *path,
		 const struct capture_options *options, struct capture *ret, struct error *err)
{
	struct making m __attribute__((cleanup(making_clear))) = MAKING_INIT(options);

	m.capture.name = path_stem(path, CAPTURE_SUFFIX);
	m.capture.tool = xstrdup(PACKAGE_STRING);
	m.capture.live = options->live;
	if (check_name(m.capture.name, err) < 0 ||
	    (options->live && live_begin(&m.live, sources, path, err) < 0) || open_sources(&m, sources, err) < 0 ||
	    mask_source(&m, err) < 0 || open_folder(&m, path, err) < 0 ||
	    fill_folder(&m, err) < 0)
		return -1;
	return capture_commit(&m.dir, &m.capture, ret, err);
}

int capture_foresee(const struct strv *sources, const struct capture_options *options,
		    struct capture *ret, uint64_t *ret_size, struct error *err)
{
	struct making m __attribute__((cleanup(making_clear))) = MAKING_INIT(options);
	uint64_t size = 0;

	if (open_sources(&m, sources, err) < 0 || mask_source(&m, err) < 0 ||
	    look_at_disks(&m, err) < 0)
		return -1;
	for (size_t i = 0; i < m.n_sources; i++) {
		uint64_t used = ranges_total(&m.jobs[i].used);

		m.capture.disks[i].unused_bytes = m.sources[i].size - used;
		size += options->plain ? used : copy_estimate(&m.sources[i], &m.jobs[i].used);
	}
	*ret_size = size;
	*ret = m.capture;
	m.capture = (struct capture)CAPTURE_INIT;
	return 0;
}
