// SPDX-License-Identifier: GPL-2.0-or-later
/* A picture of a host and its partitions: one SVG file without script, for A4 and black and white. */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/outfile.h"
#include "lib/base/size.h"
#include "lib/base/strv.h"
#include "lib/cpulist.h"
#include "lib/html.h"
#include "lib/plan_view.h"

/* A4 across, in tenths of a millimetre */
enum {
	PAGE_WIDTH = 2970, MARGIN = 120, WIDTH = PAGE_WIDTH - 2 * MARGIN,
	TEXT = 34, SMALL = 26, LINE = 48,
	CORE_WIDTH = 320, CORE_HEIGHT = 130, GAP = 16, WAY_WIDTH = 60, BAR_HEIGHT = 90,
	PATTERNS = 6, NAME_MAX_CHARS = 16,
};

struct picture {
	const struct plan *plan;
	struct cpuset *cpus;	/* of each partition */
	struct cpuset reserve;
	FILE *out;
	int y;			/* where the next thing goes */
};

static void put_text(const struct picture *p, int x, int y, int size, const char *text)
{
	fprintf(p->out, "<text x=\"%d\" y=\"%d\" font-size=\"%d\">", x, y, size);
	html_put(p->out, "%s", text);
	fputs("</text>\n", p->out);
}

/* White paper under the letters, so that they can be read on every pattern. */
static void put_label(const struct picture *p, int x, int y, const char *text)
{
	CLEANUP_FREE char *shown = xstrndup(text, NAME_MAX_CHARS);
	int width = (int)strlen(shown) * SMALL * 6 / 10 + 10;

	fprintf(p->out, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"#fff\" "
		"stroke=\"none\"/>\n", x, y - SMALL, width, SMALL + 8);
	put_text(p, x + 5, y, SMALL, shown);
}

static void put_box(const struct picture *p, int x, int y, int width, int height, const char *fill)
{
	fprintf(p->out, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"%s\" "
		"stroke=\"#000\" stroke-width=\"2\"/>\n", x, y, width, height, fill);
}

static char *guest_fill(size_t guest)
{
	return xasprintf("url(#g%zu)", guest % PATTERNS);
}

static void put_patterns(const struct picture *p)
{
	static const char *const shapes[PATTERNS] = {
		"<path d=\"M0 20L20 0\"/>", "<path d=\"M0 0L20 20\"/>", "<path d=\"M0 10H20\"/>",
		"<path d=\"M10 0V20\"/>", "<path d=\"M0 10H20M10 0V20\"/>",
		"<circle cx=\"10\" cy=\"10\" r=\"3\"/>",
	};

	fputs("<defs>\n", p->out);
	for (size_t i = 0; i < PATTERNS; i++)
		fprintf(p->out, "<pattern id=\"g%zu\" width=\"20\" height=\"20\" "
			"patternUnits=\"userSpaceOnUse\"><g stroke=\"#000\" stroke-width=\"2\" "
			"fill=\"none\">%s</g></pattern>\n", i, shapes[i]);
	fputs("</defs>\n", p->out);
}

static void put_heading(struct picture *p, const char *text)
{
	p->y += LINE + GAP;
	fprintf(p->out, "<text x=\"%d\" y=\"%d\" font-size=\"%d\" font-weight=\"bold\">", MARGIN, p->y,
		TEXT);
	html_put(p->out, "%s", text);
	fputs("</text>\n", p->out);
	p->y += GAP;
}

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

static void put_thread(const struct picture *p, const struct machine_thread *t, int x, int y,
		       int height)
{
	CLEANUP_FREE char *number = xasprintf("%" PRIu32, t->cpu), *names = NULL, *fill = NULL;
	struct strv who CLEANUP_STRV = STRV_INIT;

	for (size_t i = 0; i < p->plan->n_partitions; i++) {
		if (!cpuset_has(&p->cpus[i], t->cpu))
			continue;
		strv_add(&who, p->plan->partitions[i].name);
		free(fill);
		fill = guest_fill(i);
	}
	if (cpuset_has(&p->reserve, t->cpu)) {
		names = xstrdup("host");
		fill = xstrdup("#bbb");
	} else if (who.n) {
		names = strv_join(&who, "+");
	} else {
		names = xstrdup(silent_for(p, t) ? "(kept idle)" : "free");
		fill = xstrdup("#fff");
	}
	put_box(p, x, y, CORE_WIDTH - GAP, height, fill);
	put_label(p, x + 6, y + SMALL + 6, number);
	put_label(p, x + 56, y + SMALL + 6, names);
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

static void put_cores(struct picture *p)
{
	const struct machine *m = &p->plan->host;

	for (size_t n = 0; n < m->n_nodes; n++) {
		CLEANUP_FREE char *text = xasprintf("Cores of node %" PRIu32 " (thick frame: one core; "
						    "broken frame: efficiency core)", m->nodes[n].id);
		int x = MARGIN;

		put_heading(p, text);
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

static void put_way(const struct picture *p, const struct machine_cache *c, uint32_t way, int x)
{
	CLEANUP_FREE char *fill = xstrdup(c->cat_shareable >> way & 1 ? "#bbb" : "#fff");

	for (size_t i = 0; i < p->plan->n_partitions; i++) {
		const struct partition *part = &p->plan->partitions[i];

		if (part->cache_level == c->level && part->cache_id == c->id &&
		    part->cache_ways >> way & 1) {
			free(fill);
			fill = guest_fill(i);
		}
	}
	put_box(p, x, p->y, WAY_WIDTH, BAR_HEIGHT, fill);
}

static void put_caches(struct picture *p)
{
	const struct machine *m = &p->plan->host;

	for (size_t i = 0; i < m->n_caches; i++) {
		const struct machine_cache *c = &m->caches[i];
		CLEANUP_FREE char *text = NULL;

		if (!c->cat_bits || c->cat_bits > 64)
			continue;
		text = xasprintf("Ways of L%" PRIu32 " cache %" PRIu32 " (grey: shared with devices, "
				 "white: for all others)", c->level, c->id);
		put_heading(p, text);
		for (uint32_t way = 0; way < c->cat_bits; way++)
			put_way(p, c, way, MARGIN + (int)(c->cat_bits - 1 - way) *
						MIN(WAY_WIDTH, WIDTH / (int)c->cat_bits));
		for (size_t k = 0; k < p->plan->n_partitions; k++) {
			const struct partition *part = &p->plan->partitions[k];

			if (part->cache_ways && part->cache_level == c->level &&
			    part->cache_id == c->id)
				put_label(p, MARGIN + 6 + (int)(c->cat_bits - 64 +
					  (uint32_t)__builtin_clzll(part->cache_ways)) *
					  MIN(WAY_WIDTH, WIDTH / (int)c->cat_bits),
					  p->y + SMALL + 8, part->name);
		}
		p->y += BAR_HEIGHT;
	}
}

/* A part of a bar; returns where the next one starts. */
static int put_share(const struct picture *p, int x, uint64_t part, uint64_t whole, const char *fill,
		     const char *name)
{
	int width = (int)((double)WIDTH * (double)part / (double)whole);

	put_box(p, x, p->y, width, BAR_HEIGHT, fill);
	if (width > 60)
		put_label(p, x + 6, p->y + SMALL + 8, name);
	return x + width;
}

static void put_memory(struct picture *p)
{
	const struct machine *m = &p->plan->host;
	uint64_t reserve = m->reserve_memory;

	for (size_t n = 0; n < m->n_nodes; n++) {
		uint64_t whole = m->nodes[n].memory ? m->nodes[n].memory : m->usable;
		CLEANUP_FREE char *size = format_size(whole);
		CLEANUP_FREE char *text = xasprintf("Memory of node %" PRIu32 ": %s", m->nodes[n].id, size);
		uint64_t keep = MIN(reserve, whole);
		int x = MARGIN;

		put_heading(p, text);
		if (!whole)
			continue;
		put_box(p, MARGIN, p->y, WIDTH, BAR_HEIGHT, "#fff");
		if (keep)
			x = put_share(p, x, keep, whole, "#bbb", "host");
		reserve -= keep;
		for (size_t i = 0; i < p->plan->n_partitions; i++) {
			const struct partition *part = &p->plan->partitions[i];
			CLEANUP_FREE char *fill = guest_fill(i);

			if (part->node == (int64_t)m->nodes[n].id)
				x = put_share(p, x, part->memory + part->overhead, whole, fill,
					      part->name);
		}
		if (MARGIN + WIDTH - x > 120)
			put_label(p, x + 10, p->y + SMALL + 8, "free");
		p->y += BAR_HEIGHT;
	}
}

static void put_devices(struct picture *p)
{
	bool any = false;

	for (size_t i = 0; i < p->plan->n_partitions; i++)
		for (size_t k = 0; k < p->plan->partitions[i].n_devices; k++) {
			const struct partition_device *d = &p->plan->partitions[i].devices[k];
			CLEANUP_FREE char *text =
				xasprintf("[%s]  %s %s  →  %s of %s", d->label ? d->label : "no label",
					  d->kind, d->host, d->role, p->plan->partitions[i].name);

			if (!any)
				put_heading(p, "Devices, by the text on the box");
			any = true;
			p->y += LINE;
			put_text(p, MARGIN, p->y, TEXT, text);
		}
}

static void put_legend(struct picture *p)
{
	put_heading(p, "Guests");
	for (size_t i = 0; i < p->plan->n_partitions; i++) {
		const struct partition *part = &p->plan->partitions[i];
		CLEANUP_FREE char *fill = guest_fill(i), *memory = format_size(part->memory);
		CLEANUP_FREE char *text =
			xasprintf("%s: %s, processors %s, %s", part->name,
				  partition_class_names[part->class], part->cpus, memory);
		int x = MARGIN + (int)(i % 2) * WIDTH / 2;

		p->y += i % 2 == 0 ? LINE + 4 : 0;
		put_box(p, x, p->y - TEXT, 80, TEXT + 6, fill);
		put_text(p, x + 100, p->y, TEXT, text);
	}
}

static void put_all(struct picture *p)
{
	CLEANUP_FREE char *title = xasprintf("%s on %s: %s, %zu guests", p->plan->name,
					     p->plan->host.name, p->plan->answer,
					     p->plan->n_partitions);

	p->y = MARGIN;
	fprintf(p->out, "<text x=\"%d\" y=\"%d\" font-size=\"52\" font-weight=\"bold\">", MARGIN, p->y);
	html_put(p->out, "%s", title);
	fputs("</text>\n", p->out);
	put_legend(p);
	put_cores(p);
	put_caches(p);
	put_memory(p);
	put_devices(p);
}

/* @attributes: of the outermost element */
static void draw(const struct plan *plan, const char *attributes, FILE *out)
{
	CLEANUP_FREE struct cpuset *cpus = xcalloc(plan->n_partitions + 1, sizeof(*cpus));
	CLEANUP_FREE char *body = NULL;
	size_t len = 0;
	struct picture p = { .plan = plan, .cpus = cpus, .out = open_memstream(&body, &len) };
	struct error err CLEANUP_ERROR = ERROR_INIT;

	if (!p.out)
		abort();
	for (size_t i = 0; i < plan->n_partitions; i++)
		if (cpulist_parse(plan->partitions[i].cpus, &cpus[i], &err) < 0)
			error_clear(&err);
	cpulist_parse(plan->host.reserve_cpus, &p.reserve, &err);
	put_all(&p);
	if (fclose(p.out) != 0)
		abort();
	fprintf(out, "<svg %s viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" fill=\"#000\">\n"
		"<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n", attributes, PAGE_WIDTH, p.y + MARGIN);
	p.out = out;
	put_patterns(&p);
	fwrite(body, 1, len, out);
	fputs("</svg>\n", out);
}

void plan_draw(const struct plan *plan, FILE *out)
{
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", out);
	draw(plan, "xmlns=\"http://www.w3.org/2000/svg\" width=\"297mm\"", out);
}

void plan_draw_inline(const struct plan *plan, FILE *out)
{
	draw(plan, "class=\"plan\" role=\"img\" aria-label=\"the host and its guests\"", out);
}

int plan_write_svg(const struct plan *plan, const char *path, struct error *err)
{
	struct outfile out CLEANUP_OUTFILE = OUTFILE_INIT;

	if (outfile_open(&out, path, OUTFILE_NEW, err) < 0)
		return -1;
	plan_draw(plan, out.f);
	return outfile_commit(&out, err);
}
