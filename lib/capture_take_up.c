// SPDX-License-Identifier: GPL-2.0-or-later
/* Going on with a capture that was begun: with the same disks, in the same way, as they were. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/path.h"
#include "lib/capture_making.h"

static bool same_text(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "") == 0;
}

int making_choose_base(struct making *m, struct error *err)
{
	struct capture old CLEANUP_CAPTURE = CAPTURE_INIT;

	if (!m->options->base)
		return 0;
	if (capture_open(&old, m->options->base, err) < 0)
		return -1;
	if (old.n_disks != m->n_sources)
		return error_set(err, ERR_REFUSED, "'%s' has %zu disks, not %zu", m->options->base,
				 old.n_disks, m->n_sources);
	for (size_t i = 0; i < m->n_sources; i++) {
		struct capture_disk *d = &m->capture.disks[i];
		CLEANUP_FREE char *path = capture_disk_path(&old, i);

		if (old.disks[i].size != d->size || !same_text(old.disks[i].serial, d->serial))
			return error_set(err, ERR_REFUSED, "'%s' is not the disk in '%s'", d->source,
					 m->options->base);
		d->base = path_relative(m->dir.path, path);
	}
	return 0;
}

static int refuse(const struct making *m, struct error *err)
{
	return error_hint(err, "give the disks and options of then, or remove '%s' to begin anew", m->dir.partial);
}

static int check_source(const struct making *m, const struct capture_disk *d,
			const struct source *s, struct error *err)
{
	if (d->size == s->size && d->sector_size == s->sector_size &&
	    same_text(d->serial, s->serial) && same_text(d->model, s->model))
		return 0;
	error_set(err, ERR_REFUSED, "'%s' is not the disk whose capture was begun in '%s'", s->name,
		  m->dir.partial);
	return refuse(m, err);
}

static int unreadable(const struct making *m, struct error *err, struct error *why)
{
	error_set(err, ERR_REFUSED, "what was begun in '%s' cannot be gone on with: %s", m->dir.partial, why->msg);
	return refuse(m, err);
}

/* What the older capture gave, and what it gives today. */
static int check_base(struct making *m, struct error *err)
{
	CLEANUP_FREE char **then = xcalloc(m->n_sources, sizeof(*then));
	bool same = true;
	int rc;

	for (size_t i = 0; i < m->n_sources; i++)
		then[i] = STEAL(m->capture.disks[i].base);
	rc = making_choose_base(m, err);
	for (size_t i = 0; i < m->n_sources; i++) {
		same &= same_text(then[i], m->capture.disks[i].base);
		free(then[i]);
	}
	if (rc < 0 || same)
		return rc;
	error_set(err, ERR_REFUSED, "the capture in '%s' was begun %s", m->dir.partial,
		  m->options->base ? "without --base, or with another" : "with --base");
	return refuse(m, err);
}

static bool same_ranges(const struct ranges *a, const struct ranges *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (a->v[i].start != b->v[i].start || a->v[i].end != b->v[i].end)
			return false;
	return true;
}

static bool is_begun(const struct disk_job *job)
{
	CLEANUP_FREE char *state = disk_job_path(job, ".state");

	return path_exists(state);
}

/* Nothing of it is there yet: it is planned as it is today. */
static int plan_anew(struct making *m, size_t i, struct error *err)
{
	struct capture_disk *d = &m->capture.disks[i];

	free(d->source);
	d->source = xstrdup(m->sources[i].name);
	return disk_job_plan(&m->jobs[i], err) < 0 ? -1 : capture_write(&m->capture, m->dir.partial, err);
}

/* What a file system wrote since then would be missing, or half old and half new. */
static int check_plan(struct making *m, size_t i, struct error *err)
{
	struct capture_disk *d = &m->capture.disks[i];
	struct disk_job *job = &m->jobs[i];
	struct source *s = &m->sources[i];
	struct ranges then CLEANUP_RANGES = job->used;
	struct capture_disk kept = { .volumes = STEAL(d->volumes), .n_volumes = d->n_volumes };
	bool all, begun = is_begun(job);
	uint64_t failures = s->failures;

	all = ranges_total(&then) == d->size;
	d->n_volumes = 0;
	job->used = (struct ranges)RANGES_INIT;
	if (making_find_used(m, i, err) < 0 || !begun) {
		capture_disk_clear_volumes(&kept);
		return begun ? -1 : plan_anew(m, i, err);
	}
	capture_disk_clear_volumes(d);
	d->volumes = kept.volumes;
	d->n_volumes = kept.n_volumes;
	if (same_ranges(&then, &job->used) || (all && !m->options->full) || s->failures != failures) {
		ranges_clear(&job->used);
		job->used = then;
		then = (struct ranges)RANGES_INIT;
		return 0;
	}
	if (m->options->full)
		error_set(err, ERR_REFUSED, "the capture in '%s' was begun without --full", m->dir.partial);
	else
		error_set(err, ERR_REFUSED, "'%s' has changed since it was read: other areas are in use", s->name);
	return refuse(m, err);
}

int making_take_up(struct making *m, struct error *err)
{
	struct error why CLEANUP_ERROR = ERROR_INIT;
	struct capture then CLEANUP_CAPTURE = CAPTURE_INIT;

	if (capture_read(&then, m->dir.partial, &why) < 0)
		return unreadable(m, err, &why);
	if (then.live) {
		error_set(err, ERR_REFUSED, "what was begun in '%s' was read while the PC ran, and its snapshots are gone",
			  m->dir.partial);
		return error_hint(err, "remove '%s' to begin anew", m->dir.partial);
	}
	if (then.n_disks != m->n_sources) {
		error_set(err, ERR_REFUSED, "the capture in '%s' was begun with %zu disks, not %zu",
			  m->dir.partial, then.n_disks, m->n_sources);
		return refuse(m, err);
	}
	for (size_t i = 0; i < then.n_disks; i++)
		if (check_source(m, &then.disks[i], &m->sources[i], err) < 0)
			return -1;
	free(then.name);
	then.name = STEAL(m->capture.name);
	capture_clear(&m->capture);
	m->capture = then;
	then = (struct capture)CAPTURE_INIT;
	making_set_up_jobs(m);
	for (size_t i = 0; i < m->n_sources; i++)
		if (disk_job_load(&m->jobs[i], &why) < 0)
			return unreadable(m, err, &why);
	if (check_base(m, err) < 0)
		return -1;
	for (size_t i = 0; i < m->n_sources; i++)
		if (check_plan(m, i, err) < 0)
			return -1;
	return making_choose_split(m, err);
}
