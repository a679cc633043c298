// SPDX-License-Identifier: GPL-2.0-or-later
/* A planning problem as a mixed integer program, so that other solvers can check the answer. */
#include "config.h"

#include <inttypes.h>

#include "lib/base/alloc.h"
#include "lib/plan_lp.h"

/*
 * uI_K  CPUs of guest I on core K         yI_C  guest I is in cell C (0 or 1)
 * rK pK sK  use of core K (0 or 1)        mI_N  memory of guest I is in node N (0 or 1)
 * fI    its memory is far (0 or 1)        wK    a performance core without need (0 or 1)
 * gI_L_R  ways of guest I are in run R of cache L (0 or 1)
 */

static const char uses[] = { 's', 'p', 'r' };

static bool may_be_in(const struct problem *p, size_t i, size_t cell)
{
	enum core_wish wish = p->demands[i].core_type;
	bool small = p->cells[cell].efficiency;

	return wish == CORE_PERFORMANCE ? !small : wish == CORE_EFFICIENCY ? small : true;
}

static bool is_hybrid(const struct problem *p)
{
	for (size_t c = 1; c < p->n_cells; c++)
		if (p->cells[c].efficiency != p->cells[0].efficiency)
			return true;
	return false;
}

static bool may_waste(const struct problem *p, size_t k)
{
	return is_hybrid(p) && !p->cells[p->cores[k].cell].efficiency;
}

static void write_price(const struct problem *p, FILE *out)
{
	fputs("Minimize\n price:", out);
	for (size_t k = 0; k < p->n_cores; k++) {
		fprintf(out, "\n + %d r%zu + %d p%zu + %d s%zu", COST_CORE, k, COST_CORE, k, COST_CORE,
			k);
		if (may_waste(p, k))
			fprintf(out, " + %d w%zu", COST_PERFORMANCE, k);
	}
	for (size_t i = 0; i < p->n_demands; i++)
		fprintf(out, "\n + %d f%zu", COST_REMOTE, i);
	fputs("\nSubject To\n", out);
}

/* All CPUs in one cell, and one cell for each guest. */
static void write_cells(const struct problem *p, size_t i, FILE *out)
{
	fprintf(out, " cell%zu: 0 f%zu", i, i);
	for (size_t c = 0; c < p->n_cells; c++)
		if (may_be_in(p, i, c))
			fprintf(out, " + y%zu_%zu", i, c);
	fputs(" = 1\n", out);
	for (size_t c = 0; c < p->n_cells; c++) {
		const struct cell *cell = &p->cells[c];

		if (!may_be_in(p, i, c))
			continue;
		fprintf(out, " cpus%zu_%zu: - %" PRIu32 " y%zu_%zu", i, c, p->demands[i].cpus, i, c);
		for (size_t k = cell->first; k < cell->first + cell->n; k++)
			fprintf(out, "\n + u%zu_%zu", i, k);
		fputs(" = 0\n", out);
	}
}

static void write_memory(const struct problem *p, size_t i, FILE *out)
{
	bool rt = p->demands[i].class == CLASS_RT;

	fprintf(out, " node%zu: 0 f%zu", i, i);
	for (size_t n = 0; n < p->n_nodes; n++)
		fprintf(out, " + m%zu_%zu", i, n);
	fputs(" = 1\n", out);
	for (size_t n = 0; n < p->n_nodes; n++) {
		fprintf(out, " near%zu_%zu: m%zu_%zu", i, n, i, n);
		for (size_t c = 0; c < p->n_cells; c++)
			if (p->cells[c].node == n && may_be_in(p, i, c))
				fprintf(out, " - y%zu_%zu", i, c);
		fprintf(out, rt ? " = 0\n" : " - f%zu <= 0\n", i);
	}
}

static void write_nodes(const struct problem *p, FILE *out)
{
	for (size_t n = 0; n < p->n_nodes; n++) {
		fprintf(out, " memory%zu: 0 f0", n);
		for (size_t i = 0; i < p->n_demands; i++)
			fprintf(out, "\n + %" PRIu64 " m%zu_%zu", p->demands[i].memory >> 20, i, n);
		fprintf(out, " <= %" PRIu64 "\n", p->nodes[n].memory >> 20);
	}
}

/* One use for each core; whoever is on it must fit that use. */
static void write_core(const struct problem *p, size_t k, FILE *out)
{
	const struct core *core = &p->cores[k];

	fprintf(out, " use%zu: r%zu + p%zu + s%zu <= 1\n", k, k, k, k);
	for (enum partition_class class = CLASS_SHARED; class <= CLASS_RT; class++) {
		uint32_t room = class == CLASS_RT ? core->whole : core->n_cpus;

		if (class == CLASS_SHARED)
			continue;
		fprintf(out, " own%zu_%c: - %" PRIu32 " %c%zu", k, uses[class], room, uses[class], k);
		for (size_t i = 0; i < p->n_demands; i++)
			if (p->demands[i].class == class && may_be_in(p, i, core->cell))
				fprintf(out, "\n + u%zu_%zu", i, k);
		fputs(" <= 0\n", out);
	}
	fprintf(out, " speed%zu: - %" PRIu64 " s%zu", k, core->mhz, k);
	for (size_t i = 0; i < p->n_demands; i++)
		if (p->demands[i].class == CLASS_SHARED && may_be_in(p, i, core->cell))
			fprintf(out, "\n + %" PRIu64 " u%zu_%zu", p->demands[i].mhz, i, k);
	fputs(" <= 0\n", out);
	for (size_t i = 0; i < p->n_demands; i++) {
		if (!may_be_in(p, i, core->cell))
			continue;
		if (p->demands[i].class == CLASS_SHARED)
			fprintf(out, " own%zu_s%zu: u%zu_%zu - %" PRIu32 " s%zu <= 0\n", k, i, i, k,
				core->n_cpus, k);
		if (may_waste(p, k) && p->demands[i].core_type != CORE_PERFORMANCE)
			fprintf(out, " waste%zu_%zu: u%zu_%zu - %" PRIu32 " w%zu <= 0\n", k, i, i, k,
				core->n_cpus, k);
	}
}

/* Runs of ways outside the shareable ones: [start, end) of run @number, false past the last. */
static bool find_run(const struct cache_room *c, size_t number, uint32_t *ret_len)
{
	uint32_t bit = 0;

	for (size_t run = 0;; run++) {
		uint32_t len = 0;

		while (bit < c->bits && (c->shareable | c->taken) >> bit & 1)
			bit++;
		while (bit < c->bits && !((c->shareable | c->taken) >> bit & 1)) {
			bit++;
			len++;
		}
		if (len == 0)
			return false;
		if (run == number) {
			*ret_len = len;
			return true;
		}
	}
}

/* Where nothing is shareable, the host's own run comes off the only run there is. */
static void write_cache(const struct problem *p, size_t l, FILE *out)
{
	const struct cache_room *cache = &p->caches[l];
	uint32_t len = 0;

	for (size_t i = 0; i < p->n_demands; i++) {
		if (!p->demands[i].ways)
			continue;
		fprintf(out, " ways%zu_%zu: 0 f%zu", l, i, i);
		for (size_t run = 0; find_run(cache, run, &len); run++)
			fprintf(out, " + g%zu_%zu_%zu", i, l, run);
		for (size_t c = 0; c < p->n_cells; c++)
			if (p->cells[c].cache == l && may_be_in(p, i, c))
				fprintf(out, " - y%zu_%zu", i, c);
		fputs(" = 0\n", out);
	}
	for (size_t run = 0; find_run(cache, run, &len); run++) {
		fprintf(out, " run%zu_%zu: 0 f0", l, run);
		for (size_t i = 0; i < p->n_demands; i++)
			if (p->demands[i].ways)
				fprintf(out, " + %" PRIu32 " g%zu_%zu_%zu", p->demands[i].ways, i, l,
					run);
		fprintf(out, " <= %" PRIu32 "\n", cache->shareable ? len : len - MIN(len, cache->min_bits));
	}
}

/* Guests that stay where they are. */
static void write_stay(const struct problem *p, size_t i, FILE *out)
{
	const struct demand *d = &p->demands[i];

	for (size_t k = 0; d->stay && k < p->n_cores; k++) {
		uint32_t n = 0;

		for (uint32_t c = 0; c < d->cpus; c++)
			n += d->stay->core[c] == k;
		if (may_be_in(p, i, p->cores[k].cell))
			fprintf(out, " stay%zu_%zu: u%zu_%zu = %" PRIu32 "\n", i, k, i, k, n);
	}
	if (d->stay)
		fprintf(out, " stay%zu: m%zu_%" PRIu32 " = 1\n", i, i, d->stay->node);
}

static void write_integers(const struct problem *p, FILE *out)
{
	uint32_t len;

	fputs("Bounds\n", out);
	for (size_t i = 0; i < p->n_demands; i++)
		for (size_t k = 0; k < p->n_cores; k++)
			if (may_be_in(p, i, p->cores[k].cell))
				fprintf(out, " 0 <= u%zu_%zu <= %" PRIu32 "\n", i, k,
					p->demands[i].class == CLASS_RT ? 1 : p->cores[k].n_cpus);
	fputs("General\n", out);
	for (size_t i = 0; i < p->n_demands; i++)
		for (size_t k = 0; k < p->n_cores; k++)
			if (may_be_in(p, i, p->cores[k].cell))
				fprintf(out, " u%zu_%zu\n", i, k);
	fputs("Binary\n", out);
	for (size_t k = 0; k < p->n_cores; k++) {
		fprintf(out, " r%zu\n p%zu\n s%zu\n", k, k, k);
		if (may_waste(p, k))
			fprintf(out, " w%zu\n", k);
	}
	for (size_t i = 0; i < p->n_demands; i++) {
		fprintf(out, " f%zu\n", i);
		for (size_t c = 0; c < p->n_cells; c++)
			if (may_be_in(p, i, c))
				fprintf(out, " y%zu_%zu\n", i, c);
		for (size_t n = 0; n < p->n_nodes; n++)
			fprintf(out, " m%zu_%zu\n", i, n);
		for (size_t l = 0; p->demands[i].ways && l < p->n_caches; l++)
			for (size_t run = 0; find_run(&p->caches[l], run, &len); run++)
				fprintf(out, " g%zu_%zu_%zu\n", i, l, run);
	}
	fputs("End\n", out);
}

void problem_write_lp(const struct problem *p, FILE *out)
{
	uint32_t classes = 0;

	fputs("\\ who gets which cores of a host; the price is that of 'rehost plan'\n", out);
	write_price(p, out);
	for (size_t i = 0; i < p->n_demands; i++) {
		write_cells(p, i, out);
		write_memory(p, i, out);
		write_stay(p, i, out);
		classes += p->demands[i].ways != 0;
	}
	write_nodes(p, out);
	for (size_t k = 0; k < p->n_cores; k++)
		write_core(p, k, out);
	for (size_t l = 0; l < p->n_caches; l++)
		write_cache(p, l, out);
	/* more classes than the processor has: no answer, whatever the rest says */
	if (classes > p->classes)
		fputs(" classes: f0 >= 2\n", out);
	write_integers(p, out);
}
