// SPDX-License-Identifier: GPL-2.0-or-later
/* One pass over a disk on all cores: read in turn, digest and compress at once, place in order. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/alloc.h"
#include "lib/base/interrupt.h"
#include "lib/base/outfile.h"
#include "lib/copy.h"

enum {
	BLOCK_CLUSTERS = DISK_BLOCK / QCOW2_CLUSTER,
	SLOTS_SPARE = 3,	/* more slots than workers: finished blocks that wait for their turn */
	POLL_MS = 100,
};

enum slot_state { SLOT_FREE, SLOT_TAKEN, SLOT_READY };

struct slot {
	enum slot_state state;
	uint64_t ticket;	/* counts blocks in the order they were read */
	uint64_t block;
	size_t len;		/* bytes of the disk in this block           */
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

/* What is in use of one block; what is not reads as zeros. */
static int read_block(struct run *r, struct slot *s, struct error *err)
{
	uint64_t start = r->pos / DISK_BLOCK * DISK_BLOCK, end = MIN(start + DISK_BLOCK, r->size);
	uint64_t at = start;
	struct range part;

	s->block = start / DISK_BLOCK;
	s->len = (size_t)(end - start);
	while (next_used(r, MAX(at, r->pos), &part) && part.start < end) {
		part.end = MIN(part.end, end);
		memset(s->data + (at - start), 0, (size_t)(part.start - at));
		if (source_read(r->c->source, part.start, s->data + (part.start - start),
				(size_t)(part.end - part.start), err) < 0)
			return -1;
		at = part.end;
		r->done += part.end - part.start;
	}
	memset(s->data + (at - start), 0, (size_t)(start + DISK_BLOCK - at));
	r->pos = end;
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
	mine->state = SLOT_READY;
	while (rc == 0 && !stopping(r) && (s = next_ready(r))) {
		uint64_t offset = 0;

		s->state = SLOT_TAKEN;
		if (s->portion.n)
			rc = qcow2_place(r->c->image, s->block * BLOCK_CLUSTERS, &s->portion,
					 &offset, err);
		r->next_place++;
		pthread_mutex_unlock(&r->lock);
		if (rc == 0 && s->portion.len)
			rc = qcow2_store(r->c->image, &s->portion, offset, err);
		pthread_mutex_lock(&r->lock);
		s->state = SLOT_FREE;
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

static void watch(struct run *r)
{
	pthread_mutex_lock(&r->lock);
	while (r->running) {
		struct timespec until;

		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_nsec += POLL_MS * 1000000L;
		until.tv_sec += until.tv_nsec / 1000000000L;
		until.tv_nsec %= 1000000000L;
		pthread_cond_timedwait(&r->ended, &r->lock, &until);
		progress_update(r->c->progress, r->done);
		if (interrupted())
			pthread_cond_broadcast(&r->changed);
	}
	pthread_mutex_unlock(&r->lock);
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

static int finish_digest(const struct disk_digest *d, char ret_disk[DIGEST_HEX_SIZE],
			 struct error *err)
{
	CLEANUP_FREE uint8_t *extents = NULL;
	size_t n;

	return ret_disk ? disk_digest_finish(d, &extents, &n, ret_disk, err) : 0;
}

int copy_to_qcow2(struct source *source, const char *path, struct progress *progress,
		  char ret_disk[DIGEST_HEX_SIZE], struct error *err)
{
	struct disk_digest digest CLEANUP_DISK_DIGEST = DISK_DIGEST_INIT;
	struct qcow2 image CLEANUP_QCOW2 = QCOW2_INIT;
	struct outfile out CLEANUP_OUTFILE = OUTFILE_INIT;
	struct copy copy = { .source = source, .image = &image, .compress = true,
			     .digest = &digest, .progress = progress };

	if (outfile_open(&out, path, OUTFILE_NEW, err) < 0 ||
	    disk_digest_open(&digest, NULL, source->size, err) < 0 ||
	    qcow2_begin(&image, fileno(out.f), source->size, NULL, NULL, err) < 0 ||
	    copy_run(&copy, err) < 0 || qcow2_finish(&image, err) < 0 ||
	    finish_digest(&digest, ret_disk, err) < 0)
		return -1;
	return outfile_commit(&out, err);
}

int copy_digest(struct source *source, struct progress *progress, uint8_t **ret_extents,
		size_t *ret_n, char ret_disk[DIGEST_HEX_SIZE], struct error *err)
{
	struct disk_digest digest CLEANUP_DISK_DIGEST = DISK_DIGEST_INIT;
	struct copy copy = { .source = source, .digest = &digest, .progress = progress };

	if (disk_digest_open(&digest, NULL, source->size, err) < 0 || copy_run(&copy, err) < 0)
		return -1;
	return disk_digest_finish(&digest, ret_extents, ret_n, ret_disk, err);
}
