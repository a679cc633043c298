// SPDX-License-Identifier: GPL-2.0-or-later
/* A picture of a host and its partitions: one SVG file without script, for A4 and black and white. */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/outfile.h"
#include "lib/base/size.h"
#include "lib/cpulist.h"
#include "lib/html.h"
#include "lib/plan_svg.h"
#include "lib/plan_view.h"

void svg_text(const struct picture *p, int x, int y, int size, const char *text)
{
	fprintf(p->out, "<text x=\"%d\" y=\"%d\" font-size=\"%d\">", x, y, size);
	html_put(p->out, "%s", text);
	fputs("</text>\n", p->out);
}

/* As many letters as fit, and dots where there were more: "33 oven-1" is not "33 oven-12". */
static char *shorten(const char *text, size_t fit)
{
	size_t number = strspn(text, "0123456789"), len = strlen(text);

	if (len <= fit)
		return xstrdup(text);
	if (fit < number || fit == 0)
		return NULL;		/* a part of a number would be another number */
	if (fit < number + 4)
		return xstrndup(text, number);
	return xasprintf("%.*s…", (int)fit - 1, text);
}

/* White paper under the letters, so that they can be read on every pattern. */
void svg_label(const struct picture *p, int x, int y, int room, const char *text)
{
	size_t fit = room > 14 ? (size_t)(room - 10) / (SMALL * 6 / 10) : 0;
	CLEANUP_FREE char *shown = shorten(text, fit);
	int width = shown ? (int)MIN(strlen(shown), fit) * SMALL * 6 / 10 + 10 : 0;

	if (!shown || !*shown)
		return;
	fprintf(p->out, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"#fff\" "
		"stroke=\"none\"/>\n", x, y - SMALL, width, SMALL + 8);
	svg_text(p, x + 5, y, SMALL, shown);
}

void svg_box(const struct picture *p, int x, int y, int width, int height, const char *fill)
{
	fprintf(p->out, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"%s\" "
		"stroke=\"#000\" stroke-width=\"2\"/>\n", x, y, width, height, fill);
}

char *svg_fill(size_t guest)
{
	return xasprintf("url(#g%zu)", guest % PATTERNS);
}

/* A guest is told by its number where there is no room for its name. */
char *svg_guest(const struct picture *p, size_t guest)
{
	return xasprintf("%zu %s", guest + 1, p->plan->partitions[guest].name);
}

static void put_patterns(const struct picture *p)
{
	static const char *const shapes[PATTERNS] = {
		"<path d=\"M0 20L20 0\"/>", "<path d=\"M0 0L20 20\"/>", "<path d=\"M0 10H20\"/>",
		"<path d=\"M10 0V20\"/>", "<path d=\"M0 10H20M10 0V20\"/>",
		"<circle cx=\"10\" cy=\"10\" r=\"3\"/>",
		"<path d=\"M0 20L20 0M0 0L20 20\"/>",
		"<path d=\"M0 5H20M0 15H20\" stroke-width=\"4\"/>",
		"<path d=\"M5 0V20M15 0V20\" stroke-width=\"4\"/>",
		"<path d=\"M0 14L10 6L20 14\"/>", "<path d=\"M2 10H12\"/>",
		"<rect x=\"5\" y=\"5\" width=\"9\" height=\"9\" fill=\"#000\"/>",
	};

	fputs("<defs>\n", p->out);
	for (size_t i = 0; i < PATTERNS; i++)
		fprintf(p->out, "<pattern id=\"g%zu\" width=\"20\" height=\"20\" "
			"patternUnits=\"userSpaceOnUse\"><g stroke=\"#000\" stroke-width=\"2\" "
			"fill=\"none\">%s</g></pattern>\n", i, shapes[i]);
	fputs("</defs>\n", p->out);
}

void svg_heading(struct picture *p, const char *text)
{
	p->y += LINE + GAP;
	fprintf(p->out, "<text x=\"%d\" y=\"%d\" font-size=\"%d\" font-weight=\"bold\">", MARGIN, p->y,
		TEXT);
	html_put(p->out, "%s", text);
	fputs("</text>\n", p->out);
	p->y += GAP;
}

static void put_legend(struct picture *p)
{
	svg_heading(p, "Guests");
	for (size_t i = 0; i < p->plan->n_partitions; i++) {
		const struct partition *part = &p->plan->partitions[i];
		CLEANUP_FREE char *fill = svg_fill(i), *memory = format_size(part->memory);
		CLEANUP_FREE char *text =
			xasprintf("%zu %s: %s, processors %s, %s", i + 1, part->name,
				  partition_class_names[part->class], part->cpus, memory);
		int x = MARGIN + (int)(i % 2) * WIDTH / 2;

		p->y += i % 2 == 0 ? LINE + 4 : 0;
		svg_box(p, x, p->y - TEXT, 80, TEXT + 6, fill);
		svg_text(p, x + 100, p->y, TEXT, text);
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
	svg_put_free(p);
	svg_put_cores(p);
	svg_put_caches(p);
	svg_put_memory(p);
	svg_put_devices(p);
}

/* A4 across; what is taller than that goes on A4 upright, and what is taller still on several. */
static void put_page(int height, FILE *out)
{
	int upright = PAGE_WIDTH * 297 / 210;

	fputs("xmlns=\"http://www.w3.org/2000/svg\" ", out);
	if (height <= PAGE_HEIGHT)
		fprintf(out, "width=\"297mm\" height=\"210mm\" viewBox=\"0 0 %d %d\"", PAGE_WIDTH,
			PAGE_HEIGHT);
	else
		fprintf(out, "width=\"210mm\" height=\"%dmm\" viewBox=\"0 0 %d %d\"",
			MAX(height, upright) * 210 / PAGE_WIDTH, PAGE_WIDTH, MAX(height, upright));
}

/* @attributes: of the outermost element inside another document; NULL: it is a page of its own */
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
	fputs("<svg ", out);
	if (attributes)
		fprintf(out, "%s viewBox=\"0 0 %d %d\"", attributes, PAGE_WIDTH, p.y + MARGIN);
	else
		put_page(p.y + MARGIN, out);
	fputs(" font-family=\"sans-serif\" fill=\"#000\">\n"
	      "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n", out);
	p.out = out;
	put_patterns(&p);
	fwrite(body, 1, len, out);
	fputs("</svg>\n", out);
}

void plan_draw(const struct plan *plan, FILE *out)
{
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", out);
	draw(plan, NULL, out);
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
