/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_COPY_RUN_H
#define REHOST_COPY_RUN_H

/* What the parts of copy_run() share; nothing here is for others. */

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/base/interrupt.h"
#include "lib/copy.h"

enum copy_slot_state { SLOT_FREE, SLOT_TAKEN, SLOT_READY };

struct copy_slot {
	enum copy_slot_state state;
	uint64_t ticket;	/* counts blocks in the order they were read */
	uint64_t block;
	size_t len;		/* bytes of the disk in this block           */
	uint64_t next, skip;	/* where reading goes on behind it           */
	bool failed;		/* could not be read                         */
	struct qcow2_place places[QCOW2_PORTION];	/* of a chain: where it is to be read */
	uint8_t *data;		/* DISK_BLOCK                                */
	uint8_t *base;		/* the same block of the base, or NULL       */
	struct qcow2_portion portion;
	uint8_t sum[DIGEST_SIZE];
};

struct copy_run {
	struct copy *c;
	uint64_t size;
	uint64_t pos;		/* next byte to look at; by the reader in turn           */
	size_t range;		/* index into used, by the reader in turn                */
	pthread_mutex_t turn;	/* who reads                                             */
	pthread_mutex_t lock;	/* all below, and the image's tables                     */
	pthread_cond_t changed;	/* a slot became free, or it is over                     */
	pthread_cond_t ended;	/* a worker has ended                                    */
	struct copy_slot *slots;
	size_t n_slots;
	uint64_t next_ticket, next_place;
	uint64_t done;		/* bytes that need no more work                          */
	uint64_t started;	/* of these, before this run                             */
	uint64_t skip;		/* by the reader in turn: behind the next bad block      */
	uint64_t blocks;	/* by the reader in turn: read at a usual pace ...       */
	double seconds;		/* ... in this time                                  [s] */
	size_t storing;		/* blocks that are placed and being stored               */
	bool hold;		/* a checkpoint is being taken: nothing may be placed    */
	double begin;		/* clock when this run began                         [s] */
	size_t running;
	struct error error;	/* the first one; ends all workers                       */
};

static inline bool copy_stopping(const struct copy_run *r)
{
	return r->error.code != ERR_NONE || interrupted();
}

/** copy_read_begin - find the place to go on from c->point */
void copy_read_begin(struct copy_run *r);

/** copy_read_in_turn - 1: @ret_slot is filled; 0: nothing is left; -1: error */
int copy_read_in_turn(struct copy_run *r, struct copy_slot **ret_slot, struct error *err);

/**
 * copy_write_in_order - place and store all blocks whose turn it is
 * @mine: block that is ready now, or NULL; those of other workers are stored with it
 */
int copy_write_in_order(struct copy_run *r, struct copy_slot *mine, struct error *err);

/** copy_watch - progress and checkpoints until all workers have ended */
void copy_watch(struct copy_run *r);

#endif
