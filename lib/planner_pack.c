// SPDX-License-Identifier: GPL-2.0-or-later
/* Loads into the room of cores: an exact search that remembers the rooms it has seen. */
#include "config.h"

#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/interrupt.h"
#include "lib/planner_pack.h"

enum {
	SLOTS = 1 << 17,	/* of the hash table, a power of two                 */
	ENTRIES_MAX = SLOTS / 2,
	WORDS_MAX = 1 << 20,	/* of what is remembered: 8 MiB                      */
};

enum verdict { VERDICT_NONE, VERDICT_NO, VERDICT_YES };

/* What was found out: entries of a head (demand, number of rooms, verdict) and the rooms. */
struct memo {
	uint32_t *slot;		/* first word of an entry, plus 1; 0: free           */
	uint64_t *word;
	size_t n_words, n_entries;
};

struct packing {
	const struct problem *p;
	uint32_t max_cpus;
	uint64_t *smallest, *sum;	/* of demands i, i + 1, …                    */
	bool *single;		/* has each of them one CPU?                         */
	uint64_t *room;		/* two rows for each demand: before it, and while it is placed */
	size_t *n;		/* rooms in the first of them                        */
	size_t width;
	uint64_t nodes, left;
	bool gave_up;
	struct memo memo;
};

struct packing *packing_new(const struct problem *p, uint32_t max_cpus)
{
	struct packing *k = xcalloc(1, sizeof(*k));

	k->p = p;
	k->max_cpus = max_cpus;
	k->width = p->n_cores + 1;
	k->smallest = xcalloc(p->n_demands + 1, sizeof(*k->smallest));
	k->sum = xcalloc(p->n_demands + 1, sizeof(*k->sum));
	k->single = xcalloc(p->n_demands + 1, sizeof(*k->single));
	k->n = xcalloc(p->n_demands + 1, sizeof(*k->n));
	k->room = xcalloc((p->n_demands + 1) * 2, k->width * sizeof(*k->room));
	k->memo.slot = xcalloc(SLOTS, sizeof(*k->memo.slot));
	k->memo.word = xcalloc(WORDS_MAX, sizeof(*k->memo.word));
	k->smallest[p->n_demands] = UINT64_MAX;
	k->single[p->n_demands] = true;
	for (size_t i = p->n_demands; i > 0; i--) {
		const struct demand *d = &p->demands[i - 1];

		k->smallest[i - 1] = MIN(k->smallest[i], d->mhz);
		k->sum[i - 1] = k->sum[i] + d->mhz * d->cpus;
		k->single[i - 1] = k->single[i] && d->cpus == 1;
	}
	return k;
}

void packing_free(struct packing *k)
{
	if (!k)
		return;
	free(k->smallest);
	free(k->sum);
	free(k->single);
	free(k->n);
	free(k->room);
	free(k->memo.slot);
	free(k->memo.word);
	free(k);
}

uint64_t packing_nodes(const struct packing *k)
{
	return k->nodes;
}

static uint64_t *row_before(const struct packing *k, size_t i)
{
	return k->room + 2 * i * k->width;
}

static uint64_t *row_during(const struct packing *k, size_t i)
{
	return k->room + (2 * i + 1) * k->width;
}

/* Rooms of demand @i: sorted, and without those that are too small for anybody. */
static void set_row(struct packing *k, size_t i, const uint64_t *room, size_t n)
{
	uint64_t *row = row_before(k, i);
	size_t used = 0;

	for (size_t a = 0; a < n; a++) {
		size_t b = used;

		if (room[a] < k->smallest[i])
			continue;
		for (; b > 0 && row[b - 1] > room[a]; b--)
			row[b] = row[b - 1];
		row[b] = room[a];
		used++;
	}
	k->n[i] = used;
}

static uint64_t head_of(const struct packing *k, size_t i)
{
	return (uint64_t)i << 32 | (uint64_t)k->n[i] << 2;
}

static size_t hash_of(const struct packing *k, size_t i)
{
	const uint64_t *row = row_before(k, i);
	uint64_t hash = head_of(k, i);

	for (size_t a = 0; a < k->n[i]; a++) {
		hash = (hash ^ row[a]) * UINT64_C(0x9e3779b97f4a7c15);
		hash ^= hash >> 29;
	}
	return hash % SLOTS;
}

/* The slot of the rooms of demand @i, and what is known about them. */
static enum verdict look_up(const struct packing *k, size_t i, size_t *ret_slot)
{
	const struct memo *m = &k->memo;
	size_t at = hash_of(k, i);

	for (; m->slot[at]; at = (at + 1) % SLOTS) {
		const uint64_t *entry = &m->word[m->slot[at] - 1];

		if ((entry[0] & ~UINT64_C(3)) == head_of(k, i) &&
		    memcmp(entry + 1, row_before(k, i), k->n[i] * sizeof(*entry)) == 0) {
			*ret_slot = at;
			return (enum verdict)(entry[0] & 3);
		}
	}
	*ret_slot = at;
	return VERDICT_NONE;
}

static void remember(struct packing *k, size_t i, enum verdict verdict)
{
	struct memo *m = &k->memo;
	size_t at;

	if (m->n_entries == ENTRIES_MAX || WORDS_MAX - m->n_words < k->n[i] + 1 ||
	    look_up(k, i, &at) != VERDICT_NONE)
		return;
	m->slot[at] = (uint32_t)m->n_words + 1;
	m->word[m->n_words++] = head_of(k, i) | (uint64_t)verdict;
	memcpy(&m->word[m->n_words], row_before(k, i), k->n[i] * sizeof(*m->word));
	m->n_words += k->n[i];
	m->n_entries++;
}

static bool fits(struct packing *k, size_t i);

/* A guest has no more CPUs on a core than the core has threads: @run are on room @from already. */
static bool place(struct packing *k, size_t i, uint32_t cpu, size_t from, uint32_t run)
{
	const struct demand *d = &k->p->demands[i];
	uint64_t *room = row_during(k, i);

	if (cpu == d->cpus) {
		set_row(k, i + 1, room, k->n[i]);
		return fits(k, i + 1);
	}
	for (size_t a = from; a < k->n[i]; a++) {
		uint32_t own = a == from ? run : 0;
		bool ok;

		if (room[a] < d->mhz || own == k->max_cpus ||
		    (a > from + 1 && room[a] == room[a - 1]) ||
		    (a == from + 1 && !run && room[a] == room[a - 1]))
			continue;
		room[a] -= d->mhz;
		ok = place(k, i, cpu + 1, a, own + 1);
		room[a] += d->mhz;
		/* what fills a core to the brim is nowhere better off: it changes places with whatever
		 * was there, unless those are CPUs of a guest that may not come together */
		if (ok || (k->single[i] && room[a] == d->mhz))
			return ok;
	}
	return false;
}

static bool has_room(const struct packing *k, size_t i)
{
	const uint64_t *row = row_before(k, i);
	uint64_t sum = 0;

	for (size_t a = 0; a < k->n[i]; a++)
		sum += row[a];
	return k->n[i] > 0 && k->sum[i] <= sum;
}

static bool fits(struct packing *k, size_t i)
{
	enum verdict known;
	size_t slot;
	bool ok;

	if (i == k->p->n_demands)
		return true;
	if (!has_room(k, i))
		return false;
	known = look_up(k, i, &slot);
	if (known != VERDICT_NONE)
		return known == VERDICT_YES;
	if (k->left == 0 || interrupted()) {
		k->gave_up = true;
		return true;
	}
	k->left--;
	k->nodes++;
	memcpy(row_during(k, i), row_before(k, i), k->n[i] * sizeof(uint64_t));
	ok = place(k, i, 0, 0, 0);
	if (!k->gave_up)
		remember(k, i, ok ? VERDICT_YES : VERDICT_NO);
	return ok;
}

bool packing_fits(struct packing *k, size_t i, const uint64_t *room, size_t n, uint64_t limit,
		  bool *ret_maybe)
{
	bool ok;

	k->left = limit;
	k->gave_up = false;
	set_row(k, i, room, n);
	ok = fits(k, i);
	/* not to be asked again: it is not certain, and would be as slow the next time */
	if (k->gave_up)
		remember(k, i, VERDICT_YES);
	*ret_maybe = k->gave_up;
	return ok;
}
