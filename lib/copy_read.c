// SPDX-License-Identifier: GPL-2.0-or-later
/* Copying a disk: who reads, what comes next, and what a bad block means. */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/alloc.h"
#include "lib/copy_run.h"
#include "lib/rescue.h"

enum {
	SKIP_MAX = 256 << 20,	/* bytes to skip after many errors                                */
	SLOW_TIMES = 10,	/* a block is slow that takes so many times what others took...   */
	SLOW_BLOCKS = 16,	/* ... once so many have been read                                */
};
#define SLOW_SECONDS 1.0	/* ... and never below this */

/* The next area to read from @from on; false: nothing is left. Called by the reader in turn. */
static bool next_used(struct copy_run *r, uint64_t from, struct range *ret)
{
	const struct ranges *used = r->c->visit ? r->c->visit : r->c->used;

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
static bool find_work(struct copy_run *r)
{
	struct range next;

	while (next_used(r, r->pos, &next)) {
		bool zero = false;
		uint64_t len;

		r->pos = next.start;
		if (r->c->base)
			return true;
		len = r->c->chain ? qcow2_chain_zeros(r->c->chain, next.start)
				  : source_extent(r->c->source, next.start, &zero);
		if (r->c->chain ? len == 0 : !zero)
			return true;
		len = MIN(len, next.end - next.start);
		r->pos += len;
		r->done += len;
	}
	return false;
}

static struct copy_slot *free_slot(struct copy_run *r)
{
	for (size_t i = 0; i < r->n_slots; i++)
		if (r->slots[i].state == SLOT_FREE)
			return &r->slots[i];
	return NULL;
}

static struct copy_slot *take_slot(struct copy_run *r)
{
	struct copy_slot *s;

	pthread_mutex_lock(&r->lock);
	while (!(s = free_slot(r)) && !copy_stopping(r))
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
static uint64_t count_used(struct copy_run *r, uint64_t start, uint64_t end, bool failed)
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

/* Errors and slow places come in crowds: each one in a row doubles what is left for later. */
static void skip_ahead(struct copy_run *r, uint64_t end)
{
	uint64_t to = MIN(end + r->skip, r->size);

	count_used(r, end, to, true);
	r->skip = r->skip ? MIN(r->skip * 2, (uint64_t)SKIP_MAX) : DISK_BLOCK;
	r->pos = to;
}

static void skip_bad(struct copy_run *r, struct copy_slot *s, uint64_t end)
{
	s->failed = true;
	count_used(r, s->block * DISK_BLOCK, end, true);
	skip_ahead(r, end);
}

/* A drive that struggles wears out: the rest of the disk comes first. */
static bool is_slow(struct copy_run *r, double seconds)
{
	bool slow = r->c->tolerate && r->blocks >= SLOW_BLOCKS && seconds > SLOW_SECONDS &&
		    seconds > SLOW_TIMES * r->seconds / (double)r->blocks;

	if (!slow) {
		r->seconds += seconds;
		r->blocks++;
	}
	return slow;
}

static void keep_to_limit(const struct copy_run *r)
{
	double due = r->begin + (double)(r->done - r->started) / (double)r->c->limit;

	while (r->c->limit && !copy_stopping(r)) {
		double wait = MIN(due - monotonic_seconds(), 0.1);

		if (wait <= 0)
			return;
		usleep((useconds_t)(wait * 1e6));
	}
}

/* Of a chain only the places are looked up in turn; the workers read. */
static int find_block(struct copy_run *r, struct copy_slot *s, uint64_t start, uint64_t end,
		      struct error *err)
{
	for (uint64_t at = start; at < end; at += QCOW2_CLUSTER)
		if (qcow2_chain_find(r->c->chain, at / QCOW2_CLUSTER,
				     &s->places[(at - start) / QCOW2_CLUSTER], err) < 0)
			return -1;
	s->block = start / DISK_BLOCK;
	s->len = (size_t)(end - start);
	s->failed = false;
	s->skip = 0;
	s->next = r->pos = end;
	r->done += end - start;
	return 0;
}

static int read_block(struct copy_run *r, struct copy_slot *s, struct error *err)
{
	uint64_t start = r->pos / DISK_BLOCK * DISK_BLOCK, end = MIN(start + DISK_BLOCK, r->size);
	const struct ranges *used = r->c->used;
	size_t hint = !used ? 0 : r->c->visit ? ranges_find(used, start) : r->range;
	double began = monotonic_seconds();
	bool slow;
	int rc;

	if (r->c->chain)
		return find_block(r, s, start, end, err);
	rc = fill_block(r->c->source, used, hint, start, end, s->data);
	slow = rc == 0 && is_slow(r, monotonic_seconds() - began);
	if (r->c->base && source_read(r->c->base, start, s->base, (size_t)(end - start), err) < 0)
		return -1;
	s->block = start / DISK_BLOCK;
	s->len = (size_t)(end - start);
	s->failed = false;
	if (rc == -EINTR)
		return interrupt_check(err);
	if (rc < 0 && (!r->c->tolerate || read_error_is_final(rc)))
		return error_sys(err, -rc, "read '%s' at byte %" PRIu64, r->c->source->name, start);
	r->pos = end;
	if (rc < 0)
		skip_bad(r, s, end);
	else if (slow)
		skip_ahead(r, end);
	else
		r->skip = 0;
	s->next = r->pos;
	s->skip = r->skip;
	r->done += count_used(r, start, r->pos, false);
	keep_to_limit(r);
	return 0;
}

/* 1: @ret_slot is filled; 0: nothing is left; -1: error. */
int copy_read_in_turn(struct copy_run *r, struct copy_slot **ret_slot, struct error *err)
{
	int rc = 0;

	pthread_mutex_lock(&r->turn);
	if (!copy_stopping(r) && find_work(r)) {
		*ret_slot = take_slot(r);
		if (*ret_slot)
			rc = read_block(r, *ret_slot, err) < 0 ? -1 : 1;
	}
	pthread_mutex_unlock(&r->turn);
	return rc;
}

void copy_read_begin(struct copy_run *r)
{
	const struct ranges *used = r->c->used;

	r->pos = r->c->point.pos;
	r->skip = r->c->point.skip;
	r->done = r->pos;
	if (used) {
		r->done = 0;
		r->range = ranges_find(r->c->visit ? r->c->visit : used, r->pos);
		for (size_t i = 0; i < used->n && used->v[i].start < r->pos; i++)
			r->done += MIN(used->v[i].end, r->pos) - used->v[i].start;
	}
	r->started = r->done;
	r->begin = monotonic_seconds();
}
