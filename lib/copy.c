// SPDX-License-Identifier: GPL-2.0-or-later
/* One pass over a disk on all cores: read in turn, digest and compress at once, place in order. */
#include "config.h"

#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/copy_run.h"

enum {
	BLOCK_CLUSTERS = DISK_BLOCK / QCOW2_CLUSTER,
	SLOTS_SPARE = 3,	/* more slots than workers: finished blocks that wait for their turn */
};

/* What each thread has of its own. */
struct copy_tools {
	struct qcow2_encoder *encoder;
	struct qcow2_decoder *decoder;
};

static void fail(struct copy_run *r, struct error *err)
{
	pthread_mutex_lock(&r->lock);
	if (r->error.code == ERR_NONE)
		error_move(&r->error, err);
	else
		error_clear(err);
	pthread_cond_broadcast(&r->changed);
	pthread_mutex_unlock(&r->lock);
}

/* What lies packed in a chain becomes part of the new image as it is, after a look at it. */
static int take_over(struct copy_run *r, struct copy_slot *s, struct copy_tools *tools,
		     struct error *err)
{
	const struct qcow2_chain *chain = r->c->chain;

	for (size_t i = 0; i * QCOW2_CLUSTER < s->len; i++) {
		uint64_t cluster = s->block * BLOCK_CLUSTERS + i;
		uint8_t *data = s->data + i * QCOW2_CLUSTER;
		const uint8_t *packed = NULL;
		size_t len = 0;

		if (qcow2_chain_read(chain, cluster, &s->places[i], tools->decoder, data, &packed,
				     &len, err) < 0)
			return error_wrap(err, "read the disk at byte %" PRIu64,
					  cluster * QCOW2_CLUSTER);
		if (r->c->image &&
		    qcow2_encode_one(tools->encoder, data, packed, len, &s->portion, err) < 0)
			return -1;
	}
	return 0;
}

static int digest_and_compress(struct copy_run *r, struct copy_slot *s, struct copy_tools *tools,
			       struct error *err)
{
	size_t clusters = (s->len + QCOW2_CLUSTER - 1) / QCOW2_CLUSTER;

	qcow2_portion_reset(&s->portion);
	if (s->failed)
		return 0;
	if (r->c->chain && take_over(r, s, tools, err) < 0)
		return -1;
	if (!s->base && bytes_are_zero(s->data, s->len)) {
		memset(s->sum, 0, DIGEST_SIZE);
		qcow2_portion_reset(&s->portion);
		return 0;
	}
	if (!bytes_are_zero(s->data, s->len)) {
		digest_of(s->data, s->len, s->sum);
		if (disk_digest_set(r->c->digest, s->block, s->sum, err) < 0)
			return -1;
	}
	if (!r->c->image || r->c->chain)
		return 0;
	return qcow2_encode(tools->encoder, s->data, s->base, clusters, &s->portion, err);
}

static struct copy_slot *next_ready(struct copy_run *r)
{
	for (size_t i = 0; i < r->n_slots; i++)
		if (r->slots[i].state == SLOT_READY && r->slots[i].ticket == r->next_place)
			return &r->slots[i];
	return NULL;
}

/* Place and store all blocks whose turn it is; they may be those of other workers. */
int copy_write_in_order(struct copy_run *r, struct copy_slot *mine, struct error *err)
{
	struct copy_slot *s;
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
	struct copy_run *r = arg;
	struct copy_tools tools = { qcow2_encoder_new(r->c->compress), qcow2_decoder_new() };
	struct error err CLEANUP_ERROR = ERROR_INIT;
	struct copy_slot *s;
	int rc;

	while ((rc = copy_read_in_turn(r, &s, &err)) > 0) {
		rc = digest_and_compress(r, s, &tools, &err);
		if (rc < 0 || copy_write_in_order(r, s, &err) < 0)
			break;
	}
	if (error_is_set(&err))
		fail(r, &err);
	qcow2_encoder_free(tools.encoder);
	qcow2_decoder_free(tools.decoder);
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

static void make_slots(struct copy_run *r, unsigned int workers)
{
	r->n_slots = workers + SLOTS_SPARE;
	r->slots = xcalloc(r->n_slots, sizeof(r->slots[0]));
	for (size_t i = 0; i < r->n_slots; i++) {
		r->slots[i].data = xmalloc(DISK_BLOCK);
		/* behind the end of the disk both are zeros */
		r->slots[i].base = r->c->base ? xcalloc(DISK_BLOCK, 1) : NULL;
		if (r->c->image)
			qcow2_portion_init(&r->slots[i].portion);
	}
}

static void free_slots(struct copy_run *r)
{
	for (size_t i = 0; i < r->n_slots; i++) {
		free(r->slots[i].data);
		free(r->slots[i].base);
		qcow2_portion_clear(&r->slots[i].portion);
	}
	free(r->slots);
}

/* Signals are for the main thread, which waits with a deadline. */
static unsigned int start_workers(struct copy_run *r, pthread_t *threads, unsigned int n)
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

int copy_run(struct copy *c, struct error *err)
{
	struct copy_run r = { .c = c, .size = c->chain ? c->chain->size : c->source->size,
			      .error = ERROR_INIT };
	pthread_t threads[COPY_WORKERS_MAX];
	unsigned int workers = c->workers ? c->workers : cores(), started;

	workers = MIN(MAX(workers, 1U), (unsigned int)COPY_WORKERS_MAX);
	pthread_mutex_init(&r.turn, NULL);
	pthread_mutex_init(&r.lock, NULL);
	pthread_cond_init(&r.changed, NULL);
	pthread_cond_init(&r.ended, NULL);
	copy_read_begin(&r);
	make_slots(&r, workers);
	started = start_workers(&r, threads, workers);
	copy_watch(&r);
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
