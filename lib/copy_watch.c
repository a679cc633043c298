// SPDX-License-Identifier: GPL-2.0-or-later
/* Copying a disk: progress, and checkpoints while it goes on. */
#include "config.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "lib/base/alloc.h"
#include "lib/copy_run.h"

enum { POLL_MS = 100 };

void copy_point_clear(struct copy_point *p)
{
	ranges_clear(&p->failed);
	free(p->image);
	*p = (struct copy_point){ 0 };
}

/* Reading is ahead of writing: what failed behind the point belongs to the next one. */
static struct copy_point snapshot(const struct copy_run *r)
{
	const struct copy_point *now = &r->c->point;
	struct copy_point p = { .pos = now->pos, .skip = now->skip };

	for (size_t i = 0; i < now->failed.n && now->failed.v[i].start < now->pos; i++)
		ranges_add(&p.failed, now->failed.v[i].start, MIN(now->failed.v[i].end, now->pos));
	if (r->c->image)
		p.image = qcow2_save(r->c->image, &p.image_len);
	return p;
}

/* Stop placing for a moment, take the state, go on, and make it safe meanwhile. Holds the lock. */
static int take_checkpoint(struct copy_run *r, struct error *err)
{
	struct copy_point p __attribute__((cleanup(copy_point_clear))) = { 0 };
	int rc;

	r->hold = true;
	while (r->storing && r->error.code == ERR_NONE)
		pthread_cond_wait(&r->changed, &r->lock);
	p = snapshot(r);
	r->hold = false;
	if (r->error.code != ERR_NONE)
		return 0;
	pthread_mutex_unlock(&r->lock);
	/* Blocks that became ready meanwhile have nobody else to place them. */
	rc = copy_write_in_order(r, NULL, err);
	if (rc == 0)
		rc = r->c->checkpoint(r->c->arg, &p, err);
	pthread_mutex_lock(&r->lock);
	return rc;
}

static void wait_a_moment(struct copy_run *r)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += POLL_MS * 1000000L;
	until.tv_sec += until.tv_nsec / 1000000000L;
	until.tv_nsec %= 1000000000L;
	pthread_cond_timedwait(&r->ended, &r->lock, &until);
}

static void show(const struct copy_run *r)
{
	if (r->c->point.failed.n) {
		CLEANUP_FREE char *note = xasprintf("%zu areas left for later", r->c->point.failed.n);

		progress_note(r->c->progress, note);
	}
	progress_update(r->c->progress, r->done);
}

/* What the main thread does while others work. */
void copy_watch(struct copy_run *r)
{
	double last = monotonic_seconds();

	pthread_mutex_lock(&r->lock);
	while (r->running) {
		struct error err CLEANUP_ERROR = ERROR_INIT;

		wait_a_moment(r);
		show(r);
		if (interrupted())
			pthread_cond_broadcast(&r->changed);
		if (!r->c->checkpoint || monotonic_seconds() - last < r->c->interval)
			continue;
		if (take_checkpoint(r, &err) < 0 && r->error.code == ERR_NONE) {
			error_move(&r->error, &err);
			pthread_cond_broadcast(&r->changed);
		}
		last = monotonic_seconds();
	}
	if (!interrupted() && r->error.code == ERR_NONE)
		r->c->point.pos = r->size;
	/* The last point: nothing is lost when interrupted, and what failed is known before it is tried. */
	if (r->c->checkpoint && r->error.code == ERR_NONE && (interrupted() || r->c->point.failed.n))
		take_checkpoint(r, &r->error);
	pthread_mutex_unlock(&r->lock);
}
