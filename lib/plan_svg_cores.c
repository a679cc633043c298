// SPDX-License-Identifier: GPL-2.0-or-later
/* The picture of a host: its cores, and what is left for the next guest. */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/size.h"
#include "lib/plan_svg.h"

static bool same_core(const struct machine_thread *a, const struct machine_thread *b)
{
	return a->core == b->core && a->package == b->package && a->die == b->die;
}

/* Does a real-time guest own the core of this thread? Then the thread is idle on purpose. */
static const struct partition *silent_for(const struct picture *p, const struct machine_thread *t)
{
	const struct machine *m = &p->plan->host;

	for (size_t i = 0; i < p->plan->n_partitions; i++)
		for (size_t k = 0; k < m->n_threads; k++)
			if (p->plan->partitions[i].class == CLASS_RT &&
			    same_core(&m->threads[k], t) &&
			    cpuset_has(&p->cpus[i], m->threads[k].cpu))
				return &p->plan->partitions[i];
	return NULL;
}

/* Whoever shares a thread stands side by side on it, in the order of the legend. */
static void put_sharers(const struct picture *p, const struct machine_thread *t, int x, int y,
			int width, int height)
{
	int n = 0, k = 0;

	for (size_t i = 0; i < p->plan->n_partitions; i++)
		n += cpuset_has(&p->cpus[i], t->cpu);
	for (size_t i = 0; i < p->plan->n_partitions; i++) {
		CLEANUP_FREE char *fill = svg_fill(i), *label = svg_guest(p, i);
		int left = x + width * k / MAX(n, 1), room = width / MAX(n, 1);

		if (!cpuset_has(&p->cpus[i], t->cpu))
			continue;
		svg_box(p, left, y, room, height, fill);
		svg_label(p, left + (k ? 6 : 74), y + SMALL + 6, room - (k ? 12 : 80), label);
		k++;
	}
}

static void put_thread(const struct picture *p, const struct machine_thread *t, int x, int y,
		       int height)
{
	CLEANUP_FREE char *number = xasprintf("%" PRIu32, t->cpu);
	bool host = cpuset_has(&p->reserve, t->cpu), taken = false;
	int width = CORE_WIDTH - GAP;

	for (size_t i = 0; i < p->plan->n_partitions; i++)
		taken |= cpuset_has(&p->cpus[i], t->cpu);
	svg_box(p, x, y, width, height, host ? "#bbb" : "#fff");
	if (taken && !host)
		put_sharers(p, t, x, y, width, height);
	else
		svg_label(p, x + 74, y + SMALL + 6, width - 80,
			  host ? "host" : silent_for(p, t) ? "(kept idle)" : "free");
	svg_label(p, x + 6, y + SMALL + 6, 74, number);
}

static void put_core(const struct picture *p, size_t first, int x, int y)
{
	const struct machine *m = &p->plan->host;
	int n = 0, k = 0;

	for (size_t i = first; i < m->n_threads; i++)
		n += same_core(&m->threads[first], &m->threads[i]);
	for (size_t i = first; i < m->n_threads; i++)
		if (same_core(&m->threads[first], &m->threads[i]))
			put_thread(p, &m->threads[i], x, y + k++ * CORE_HEIGHT / n, CORE_HEIGHT / n);
	fprintf(p->out, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"none\" "
		"stroke=\"#000\" stroke-width=\"6\"%s/>\n", x, y, CORE_WIDTH - GAP, CORE_HEIGHT,
		m->threads[first].efficiency == TRI_YES ? " stroke-dasharray=\"14 8\"" : "");
}

static bool is_first(const struct machine *m, size_t t)
{
	for (size_t i = 0; i < t; i++)
		if (same_core(&m->threads[i], &m->threads[t]))
			return false;
	return true;
}

void svg_put_cores(struct picture *p)
{
	const struct machine *m = &p->plan->host;

	for (size_t n = 0; n < m->n_nodes; n++) {
		CLEANUP_FREE char *text = xasprintf("Cores of node %" PRIu32 " (thick frame: one core; "
						    "broken frame: efficiency core)", m->nodes[n].id);
		int x = MARGIN;

		svg_heading(p, text);
		for (size_t t = 0; t < m->n_threads; t++) {
			if (m->threads[t].node != m->nodes[n].id || !is_first(m, t))
				continue;
			if (x + CORE_WIDTH > MARGIN + WIDTH) {
				x = MARGIN;
				p->y += CORE_HEIGHT + GAP;
			}
			put_core(p, t, x, p->y);
			x += CORE_WIDTH;
		}
		p->y += CORE_HEIGHT;
	}
}

static bool core_is_free(const struct picture *p, const struct machine_thread *first)
{
	const struct machine *m = &p->plan->host;

	for (size_t t = 0; t < m->n_threads; t++) {
		if (!same_core(first, &m->threads[t]))
			continue;
		if (cpuset_has(&p->reserve, m->threads[t].cpu))
			return false;
		for (size_t i = 0; i < p->plan->n_partitions; i++)
			if (cpuset_has(&p->cpus[i], m->threads[t].cpu))
				return false;
	}
	return true;
}

/* What is left for the next guest. */
void svg_put_free(struct picture *p)
{
	const struct machine *m = &p->plan->host;
	uint64_t memory = m->usable ? m->usable : m->memory, taken = m->reserve_memory;
	uint64_t cores = 0, all = 0;
	CLEANUP_FREE char *size = NULL, *text = NULL;

	for (size_t t = 0; t < m->n_threads; t++) {
		all += is_first(m, t);
		cores += is_first(m, t) && core_is_free(p, &m->threads[t]);
	}
	for (size_t i = 0; i < p->plan->n_partitions; i++)
		taken += p->plan->partitions[i].memory + p->plan->partitions[i].overhead;
	size = format_size(memory - MIN(taken, memory));
	text = xasprintf("Free room: %" PRIu64 " of %" PRIu64 " cores, %s of memory", cores, all, size);
	svg_heading(p, text);
}

