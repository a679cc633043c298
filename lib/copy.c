// SPDX-License-Identifier: GPL-2.0-or-later
/* One pass over a disk on all cores: read in turn, digest and compress at once, place in order. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/alloc.h"
#include "lib/base/interrupt.h"
#include "lib/copy.h"
#include "lib/rescue.h"

enum {
	BLOCK_CLUSTERS = DISK_BLOCK / QCOW2_CLUSTER,
	SLOTS_SPARE = 3,	/* more slots than workers: finished blocks that wait for their turn */
	POLL_MS = 100,
	SKIP_MAX = 256 << 20,	/* bytes to skip after many errors */
};

enum slot_state { SLOT_FREE, SLOT_TAKEN, SLOT_READY };

struct slot {
	enum slot_state state;
	uint64_t ticket;	/* counts blocks in the order they were read */
	uint64_t block;
	size_t len;		/* bytes of the disk in this block           */
	uint64_t next, skip;	/* where reading goes on behind it           */
	bool failed;		/* could not be read                         */
	uint8_t *data;		/* DISK_BLOCK                                */
	struct qcow2_portion portion;
	uint8_t sum[DIGEST_SIZE];
};

struct run {
	struct copy *c;
	uint64_t size;
	uint64_t pos;		/* next byte to look at; by the reader in turn           */
	size_t range;		/* index into used, by the reader in turn                */
	pthread_mutex_t turn;	/* who reads                                             */
	pthread_mutex_t lock;	/* all below, and the image's tables                     */
	pthread_cond_t changed;	/* a slot became free, or it is over                     */
	pthread_cond_t ended;	/* a worker has ended                                    */
	struct slot *slots;
	size_t n_slots;
	uint64_t next_ticket, next_place;
	uint64_t done;		/* bytes that need no more work                          */
	uint64_t started;	/* of these, before this run                             */
	uint64_t skip;		/* by the reader in turn: behind the next bad block      */
	size_t storing;		/* blocks that are placed and being stored               */
	bool hold;		/* a checkpoint is being taken: nothing may be placed    */
	double begin;		/* clock when this run began                         [s] */
	size_t running;
	struct error error;	/* the first one; ends all workers                       */
};

static bool stopping(const struct run *r)
{
	return r->error.code != ERR_NONE || interrupted();
}

static void fail(struct run *r, struct error *err)
{
	pthread_mutex_lock(&r->lock);
	if (r->error.code == ERR_NONE)
		error_move(&r->error, err);
	else
		error_clear(err);
	pthread_cond_broadcast(&r->changed);
	pthread_mutex_unlock(&r->lock);
}

/* The next area to read from @from on; false: nothing is left. Called by the reader in turn. */
static bool next_used(struct run *r, uint64_t from, struct range *ret)
{
	const struct ranges *used = r->c->used;

	if (!used) {
		*ret = (struct range){ from, r->size };
		return from < r->size;
	}
	while (r->range < used->n && used->v[r->range].end <= from)
		r->range++;
	if (r->range == used->n)
		return false;
	*ret = (struct range){ MAX(used->v[r->range].start, from),
			       MIN(used->v[r->range].end, r->size) };
	return ret->start < ret->end;
}

/* Go on to the next byte that is in use and not known to be zero. */
static bool find_work(struct run *r)
{
	struct range next;

	while (next_used(r, r->pos, &next)) {
		bool zero = false;
		uint64_t len = source_extent(r->c->source, next.start, &zero);

		r->pos = next.start;
		if (!zero)
			return true;
		len = MIN(len, next.end - next.start);
		r->pos += len;
		r->done += len;
	}
	return false;
}

static struct slot *free_slot(struct run *r)
{
	for (size_t i = 0; i < r->n_slots; i++)
		if (r->slots[i].state == SLOT_FREE)
			return &r->slots[i];
	return NULL;
}

static struct slot *take_slot(struct run *r)
{
	struct slot *s;

	pthread_mutex_lock(&r->lock);
	while (!(s = free_slot(r)) && !stopping(r))
		pthread_cond_wait(&r->changed, &r->lock);
	if (s) {
		s->state = SLOT_TAKEN;
		s->ticket = r->next_ticket++;
	}
	pthread_mutex_unlock(&r->lock);
	return s;
}

/* Read what is in use of one block; the rest becomes zeros. */
static int fill_block(struct source *source, const struct ranges *used, size_t hint, uint64_t start,
		      uint64_t end, uint8_t *data)
{
	const struct range all = { start, end };
	const struct range *v = used ? used->v : &all;
	size_t n = used ? used->n : 1;
	uint64_t at = start;
	int rc = 0;

	for (size_t i = hint; i < n && v[i].start < end && rc == 0; i++) {
		uint64_t from = MAX(v[i].start, start), to = MIN(v[i].end, end);

		if (to <= from)
			continue;
		memset(data + (at - start), 0, (size_t)(from - at));
		rc = source_try_read(source, from, data + (from - start), (size_t)(to - from));
		at = to;
	}
	memset(data + (at - start), 0, (size_t)(start + DISK_BLOCK - at));
	return rc;
}

int copy_block_digest(struct source *source, const struct ranges *used, uint64_t block,
		      uint8_t ret[DIGEST_SIZE])
{
	CLEANUP_FREE uint8_t *data = xmalloc(DISK_BLOCK);
	uint64_t start = block * DISK_BLOCK, end = MIN(start + DISK_BLOCK, source->size);
	int rc = fill_block(source, used, used ? ranges_find(used, start) : 0, start, end, data);

	if (bytes_are_zero(data, (size_t)(end - start)))
		memset(ret, 0, DIGEST_SIZE);
	else
		digest_of(data, (size_t)(end - start), ret);
	return rc;
}

/* The used parts of an area; noted as failed if so wanted. */
static uint64_t count_used(struct run *r, uint64_t start, uint64_t end, bool failed)
{
	const struct ranges all = { &(struct range){ 0, r->size }, 1, 0 };
	const struct ranges *used = r->c->used ? r->c->used : &all;
	uint64_t sum = 0;

	pthread_mutex_lock(&r->lock);
	for (size_t i = ranges_find(used, start); i < used->n && used->v[i].start < end; i++) {
		uint64_t from = MAX(used->v[i].start, start), to = MIN(used->v[i].end, end);

		sum += to - from;
		if (failed)
			ranges_add(&r->c->point.failed, from, to);
	}
	pthread_mutex_unlock(&r->lock);
	return sum;
}

/* Errors come in crowds: each one in a row doubles what is left for later. */
static void skip_bad(struct run *r, struct slot *s, uint64_t end)
{
	uint64_t to = MIN(end + r->skip, r->size);

	s->failed = true;
	count_used(r, s->block * DISK_BLOCK, to, true);
	r->skip = r->skip ? MIN(r->skip * 2, (uint64_t)SKIP_MAX) : DISK_BLOCK;
	r->pos = to;
}

static void keep_to_limit(const struct run *r)
{
	double due = r->begin + (double)(r->done - r->started) / (double)r->c->limit;

	while (r->c->limit && !stopping(r)) {
		double wait = MIN(due - monotonic_seconds(), 0.1);

		if (wait <= 0)
			return;
		usleep((useconds_t)(wait * 1e6));
	}
}

static int read_block(struct run *r, struct slot *s, struct error *err)
{
	uint64_t start = r->pos / DISK_BLOCK * DISK_BLOCK, end = MIN(start + DISK_BLOCK, r->size);
	int rc = fill_block(r->c->source, r->c->used, r->range, start, end, s->data);

	s->block = start / DISK_BLOCK;
	s->len = (size_t)(end - start);
	s->failed = false;
	if (rc < 0 && (!r->c->tolerate || read_error_is_final(rc)))
		return error_sys(err, -rc, "read '%s' at byte %" PRIu64, r->c->source->name, start);
	r->pos = end;
	if (rc < 0)
		skip_bad(r, s, end);
	else
		r->skip = 0;
	s->next = r->pos;
	s->skip = r->skip;
	r->done += count_used(r, start, r->pos, false);
	keep_to_limit(r);
	return 0;
}

/* 1: @ret_slot is filled; 0: nothing is left; -1: error. */
static int read_in_turn(struct run *r, struct slot **ret_slot, struct error *err)
{
	int rc = 0;

	pthread_mutex_lock(&r->turn);
	if (!stopping(r) && find_work(r)) {
		*ret_slot = take_slot(r);
		if (*ret_slot)
			rc = read_block(r, *ret_slot, err) < 0 ? -1 : 1;
	}
	pthread_mutex_unlock(&r->turn);
	return rc;
}

static int digest_and_compress(struct run *r, struct slot *s, struct qcow2_encoder *encoder,
			       struct error *err)
{
	size_t clusters = (s->len + QCOW2_CLUSTER - 1) / QCOW2_CLUSTER;

	s->portion.len = 0;
	s->portion.n = 0;
	if (s->failed)
		return 0;
	if (bytes_are_zero(s->data, s->len)) {
		memset(s->sum, 0, DIGEST_SIZE);
		return 0;
	}
	digest_of(s->data, s->len, s->sum);
	if (disk_digest_set(r->c->digest, s->block, s->sum, err) < 0)
		return -1;
	if (!r->c->image)
		return 0;
	return qcow2_encode(encoder, s->data, clusters, &s->portion, err);
}

static struct slot *next_ready(struct run *r)
{
	for (size_t i = 0; i < r->n_slots; i++)
		if (r->slots[i].state == SLOT_READY && r->slots[i].ticket == r->next_place)
			return &r->slots[i];
	return NULL;
}

/* Place and store all blocks whose turn it is; they may be those of other workers. */
static int write_in_order(struct run *r, struct slot *mine, struct error *err)
{
	struct slot *s;
	int rc = 0;

	pthread_mutex_lock(&r->lock);
	if (mine)
		mine->state = SLOT_READY;
	while (rc == 0 && !r->hold && r->error.code == ERR_NONE && (s = next_ready(r))) {
		uint64_t offset = 0;

		s->state = SLOT_TAKEN;
		if (s->portion.n)
			rc = qcow2_place(r->c->image, s->block * BLOCK_CLUSTERS, &s->portion,
					 &offset, err);
		r->next_place++;
		r->c->point.pos = s->next;
		r->c->point.skip = s->skip;
		r->storing++;
		pthread_mutex_unlock(&r->lock);
		if (rc == 0 && s->portion.len)
			rc = qcow2_store(r->c->image, &s->portion, offset, err);
		pthread_mutex_lock(&r->lock);
		s->state = SLOT_FREE;
		r->storing--;
		pthread_cond_broadcast(&r->changed);
	}
	pthread_mutex_unlock(&r->lock);
	return rc;
}

static void *work(void *arg)
{
	struct run *r = arg;
	struct qcow2_encoder *encoder = qcow2_encoder_new(r->c->compress);
	struct error err CLEANUP_ERROR = ERROR_INIT;
	struct slot *s;
	int rc;

	while ((rc = read_in_turn(r, &s, &err)) > 0) {
		rc = digest_and_compress(r, s, encoder, &err);
		if (rc < 0 || write_in_order(r, s, &err) < 0)
			break;
	}
	if (error_is_set(&err))
		fail(r, &err);
	qcow2_encoder_free(encoder);
	pthread_mutex_lock(&r->lock);
	r->running--;
	pthread_cond_broadcast(&r->ended);
	pthread_mutex_unlock(&r->lock);
	return NULL;
}

static unsigned int cores(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set) < 0)
		return 2;
	return (unsigned int)CPU_COUNT(&set);
}

static void make_slots(struct run *r, unsigned int workers)
{
	r->n_slots = workers + SLOTS_SPARE;
	r->slots = xcalloc(r->n_slots, sizeof(r->slots[0]));
	for (size_t i = 0; i < r->n_slots; i++) {
		r->slots[i].data = xmalloc(DISK_BLOCK);
		if (r->c->image)
			qcow2_portion_init(&r->slots[i].portion);
	}
}

static void free_slots(struct run *r)
{
	for (size_t i = 0; i < r->n_slots; i++) {
		free(r->slots[i].data);
		qcow2_portion_clear(&r->slots[i].portion);
	}
	free(r->slots);
}

/* Signals are for the main thread, which waits with a deadline. */
static unsigned int start_workers(struct run *r, pthread_t *threads, unsigned int n)
{
	unsigned int started = 0;
	sigset_t all, old;
	int rc = 0;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	pthread_mutex_lock(&r->lock);
	while (started < n && rc == 0) {
		rc = pthread_create(&threads[started], NULL, work, r);
		started += rc == 0;
	}
	r->running = started;
	if (rc)
		error_sys(&r->error, rc, "start a thread");
	pthread_mutex_unlock(&r->lock);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return started;
}

void copy_point_clear(struct copy_point *p)
{
	ranges_clear(&p->failed);
	free(p->image);
	*p = (struct copy_point){ 0 };
}

/* Reading is ahead of writing: what failed behind the point belongs to the next one. */
static struct copy_point snapshot(const struct run *r)
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
static int take_checkpoint(struct run *r, struct error *err)
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
	rc = write_in_order(r, NULL, err);
	if (rc == 0)
		rc = r->c->checkpoint(r->c->arg, &p, err);
	pthread_mutex_lock(&r->lock);
	return rc;
}

static void wait_a_moment(struct run *r)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += POLL_MS * 1000000L;
	until.tv_sec += until.tv_nsec / 1000000000L;
	until.tv_nsec %= 1000000000L;
	pthread_cond_timedwait(&r->ended, &r->lock, &until);
}

/* What the main thread does while others work. */
static void watch(struct run *r)
{
	double last = monotonic_seconds();

	pthread_mutex_lock(&r->lock);
	while (r->running) {
		struct error err CLEANUP_ERROR = ERROR_INIT;

		wait_a_moment(r);
		progress_update(r->c->progress, r->done);
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
	/* The last point: nothing is lost when interrupted. */
	if (r->c->checkpoint && r->error.code == ERR_NONE)
		take_checkpoint(r, &r->error);
	pthread_mutex_unlock(&r->lock);
}

static void begin(struct run *r)
{
	const struct ranges *used = r->c->used;

	r->pos = r->c->point.pos;
	r->skip = r->c->point.skip;
	r->done = r->pos;
	if (used) {
		r->done = 0;
		r->range = ranges_find(used, r->pos);
		for (size_t i = 0; i < used->n && used->v[i].start < r->pos; i++)
			r->done += MIN(used->v[i].end, r->pos) - used->v[i].start;
	}
	r->started = r->done;
	r->begin = monotonic_seconds();
}

int copy_run(struct copy *c, struct error *err)
{
	struct run r = { .c = c, .size = c->source->size, .error = ERROR_INIT };
	pthread_t threads[COPY_WORKERS_MAX];
	unsigned int workers = c->workers ? c->workers : cores(), started;

	workers = MIN(MAX(workers, 1U), (unsigned int)COPY_WORKERS_MAX);
	pthread_mutex_init(&r.turn, NULL);
	pthread_mutex_init(&r.lock, NULL);
	pthread_cond_init(&r.changed, NULL);
	pthread_cond_init(&r.ended, NULL);
	begin(&r);
	make_slots(&r, workers);
	started = start_workers(&r, threads, workers);
	watch(&r);
	for (unsigned int i = 0; i < started; i++)
		pthread_join(threads[i], NULL);
	free_slots(&r);
	pthread_cond_destroy(&r.ended);
	pthread_cond_destroy(&r.changed);
	pthread_mutex_destroy(&r.lock);
	pthread_mutex_destroy(&r.turn);
	if (r.error.code == ERR_NONE)
		interrupt_check(&r.error);
	return r.error.code == ERR_NONE ? 0 : error_move(err, &r.error);
}

