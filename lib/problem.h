/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_PROBLEM_H
#define REHOST_PROBLEM_H

/*
 * The planning problem in numbers: what of a host can be given away, and what each guest demands.
 *
 * Cores are sorted into cells: cores that share a memory node, a last-level cache, a type and a
 * speed. All cores of a guest come from one cell. A core serves one purpose: the real-time guest
 * that owns it whole, guests that own threads of it, or guests that share it by MHz.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "lib/line.h"
#include "lib/machine.h"
#include "lib/plan.h"

enum {
	GUESTS_MAX = 128,	/* on one host                                          */
	CORE_THREADS_MAX = 8,
	CELLS_MAX = 64,
	NODES_MAX = 64,
	CACHES_MAX = 64,
	DEMAND_CPUS_MAX = 256,
	COST_CORE = 1000,	/* a core that is taken leaves less room for what comes  */
	COST_REMOTE = 10,	/* memory behind another node is slower                  */
	COST_PERFORMANCE = 1,	/* a performance core for a guest that needs none        */
};

/* A kind of rule that can be left out to see whether it is what does not fit. */
enum relax {
	RELAX_RESERVE = 1,	/* what the host keeps for itself         */
	RELAX_WHOLE_CORES = 2,	/* whole cores for real-time guests       */
	RELAX_OWN_THREADS = 4,	/* threads of their own for pinned guests */
	RELAX_MHZ = 8,		/* speed for shared guests                */
	RELAX_MEMORY = 16,
	RELAX_NEIGHBOURS = 32,	/* one cell for all cores of a guest, one node for its memory */
	RELAX_CACHE = 64,	/* cache ways                             */
	RELAX_CORE_TYPE = 128,	/* performance or efficiency              */
	RELAX_STAY = 256,	/* guests of the previous plan stay where they are */
	N_RELAX = 9,
};

/* Where a demand went. */
struct placement {
	uint32_t core[DEMAND_CPUS_MAX];	/* rt: each core; pinned, shared: the core of each CPU */
	uint32_t thread[DEMAND_CPUS_MAX];	/* pinned: which thread of that core           */
	uint32_t node;			/* index                                       */
};

struct demand {
	size_t guest;		/* index of the partition                   */
	enum partition_class class;
	uint32_t cpus;		/* cores (rt), threads (pinned), virtual CPUs (shared) */
	uint64_t mhz;		/* of each virtual CPU, shared only         */
	uint64_t memory;	/* with overhead                    [bytes] */
	uint32_t ways;		/* of the last-level cache, for it alone    */
	enum core_wish core_type;
	struct placement *stay;	/* of the previous plan, kept; NULL: free to go anywhere */
	const struct partition *before;	/* its partition there; NULL without stay     */
};

struct core {
	uint32_t cpu[CORE_THREADS_MAX];	/* threads that may be given away   */
	uint32_t n_cpus;
	uint32_t cell;
	bool whole;		/* may be given to a real-time guest        */
	uint64_t mhz;		/* that shared guests may use               */
};

struct cell {
	uint32_t node;		/* index into nodes                         */
	uint32_t cache;		/* index into caches                        */
	bool efficiency;
	uint64_t mhz;
	size_t first, n;	/* its cores                                */
};

struct cache_room {
	uint32_t level, id;
	uint32_t bits, min_bits;	/* bits 0: cannot be divided        */
	uint64_t shareable;
	uint64_t taken;		/* by guests that stay                      */
};

struct node_room {
	uint32_t id;
	uint64_t memory;	/* for guests                       [bytes] */
};

struct problem {
	struct demand *demands;	/* in the order of the search: those that stay first */
	size_t n_demands;
	struct core *cores;	/* by cell                                  */
	size_t n_cores;
	struct cell cells[CELLS_MAX];
	size_t n_cells;
	struct cache_room caches[CACHES_MAX];
	size_t n_caches;
	struct node_room nodes[NODES_MAX];
	size_t n_nodes;
	uint32_t classes;	/* guests that can have cache of their own  */
};

#define PROBLEM_INIT { 0 }

/**
 * problem_make - the problem of a plan
 * @ret:   problem_clear() frees it
 * @plan:  host and partitions with class, vcpus, mhz, memory and overhead filled in; guests of
 *         plan->previous stay where they were there
 * @line:  for cache ways and core types; may be NULL
 * @relax: rules to leave out, of enum relax
 * @err:   ERR_FORMAT if the profile contradicts itself, ERR_UNSUPPORTED if it is too large, or if
 *         a guest cannot stay
 */
int problem_make(struct problem *ret, const struct plan *plan, const struct line *line,
		 unsigned int relax, struct error *err);

void problem_clear(struct problem *p);

#define CLEANUP_PROBLEM __attribute__((cleanup(problem_clear)))

/** relax_words - "memory", "cache ways": what a rule is called in messages */
const char *relax_words(enum relax relax);

#endif
