// SPDX-License-Identifier: GPL-2.0-or-later
/* Dividing the ways of one cache into disjoint runs. */
#include "config.h"

#include "lib/base/alloc.h"
#include "lib/ways.h"

enum {
	RUNS_MAX = 33,		/* of ways that nobody else uses, in 64 bits */
	TRIES_MAX = 2000,	/* no processor's cache is cut up like that: it counts as full */
};

struct run {
	uint32_t start, n;	/* bits                                      */
	bool from_top;		/* filled from its upper end                 */
};

struct division {
	const struct cache_room *room;
	const uint32_t *want;
	uint64_t mask[GUESTS_MAX];
	size_t n, tries;
	bool ample;			/* others can live in the shareable ways, whatever is taken */
	size_t at[GUESTS_MAX];		/* run of each guest                         */
	struct run runs[RUNS_MAX];
	size_t n_runs;
};

static uint64_t bits_from(uint32_t start, uint32_t n)
{
	return n == 0 ? 0 : (n == 64 ? ~UINT64_C(0) : (UINT64_C(1) << n) - 1) << start;
}

/* What is left of a run should lie next to the shareable ways, for those who get no ways. */
static void find_runs(struct division *d)
{
	uint32_t bits = d->room->bits;

	for (uint32_t i = 0; i < bits; i++) {
		struct run r = { .start = i };

		while (i < bits && !((d->room->shareable | d->room->taken) >> i & 1)) {
			r.n++;
			i++;
		}
		r.from_top = i == bits;
		if (r.n)
			d->runs[d->n_runs++] = r;
	}
}

static uint32_t longest_run(uint64_t mask)
{
	uint32_t longest = 0, n = 0;

	for (uint32_t i = 0; i < 64; i++) {
		n = mask >> i & 1 ? n + 1 : 0;
		longest = MAX(longest, n);
	}
	return longest;
}

static bool others_live(const struct division *d)
{
	uint64_t rest = bits_from(0, d->room->bits) & ~d->room->taken;

	for (size_t i = 0; i < d->n; i++)
		rest &= ~d->mask[i];
	return longest_run(rest) >= d->room->min_bits;
}

/* A run before @k that differs in nothing was tried already. */
static bool tried_before(const struct division *d, size_t first, size_t k)
{
	for (size_t j = first; d->ample && j < k; j++)
		if (d->runs[j].n == d->runs[k].n)
			return true;
	return false;
}

static bool place(struct division *d, size_t i)
{
	size_t first = 0;

	if (i == d->n)
		return others_live(d);
	if (i && d->want[i] == d->want[i - 1])
		first = d->at[i - 1];	/* twins in one order only */
	for (size_t k = first; k < d->n_runs; k++) {
		struct run *r = &d->runs[k], before = *r;

		if (r->n < d->want[i] || tried_before(d, first, k))
			continue;
		if (d->tries++ > TRIES_MAX)
			break;
		d->mask[i] = bits_from(r->from_top ? r->start + r->n - d->want[i] : r->start,
				       d->want[i]);
		d->at[i] = k;
		r->n -= d->want[i];
		if (!r->from_top)
			r->start += d->want[i];
		if (place(d, i + 1))
			return true;
		*r = before;
	}
	d->mask[i] = 0;
	return false;
}

bool ways_divide(const struct cache_room *room, const uint32_t *want, size_t n, uint64_t *ret_mask)
{
	struct division d = { .room = room, .want = want, .n = n };
	uint64_t sum = 0, free = 0;

	for (size_t i = 0; i < n; i++) {
		if (want[i] < room->min_bits)
			return false;
		sum += want[i];
	}
	if (n > GUESTS_MAX || sum > room->bits)
		return false;
	find_runs(&d);
	d.ample = longest_run(room->shareable & ~room->taken & bits_from(0, room->bits)) >=
		  room->min_bits;
	for (size_t k = 0; k < d.n_runs; k++)
		free += d.runs[k].n;
	if (sum + !d.ample > free || !place(&d, 0))	/* one is left for others */
		return false;
	for (size_t i = 0; ret_mask && i < n; i++)
		ret_mask[i] = d.mask[i];
	return true;
}
