// SPDX-License-Identifier: GPL-2.0-or-later
/* The picture of a host: cache ways, memory, devices. */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/size.h"
#include "lib/host_device.h"
#include "lib/plan_svg.h"

static void put_way(const struct picture *p, const struct machine_cache *c, uint32_t way, int x)
{
	CLEANUP_FREE char *fill = xstrdup(c->cat_shareable >> way & 1 ? "#bbb" : "#fff");

	for (size_t i = 0; i < p->plan->n_partitions; i++) {
		const struct partition *part = &p->plan->partitions[i];

		if (part->cache_level == c->level && part->cache_id == c->id &&
		    part->cache_ways >> way & 1) {
			free(fill);
			fill = svg_fill(i);
		}
	}
	svg_box(p, x, p->y, WAY_WIDTH, BAR_HEIGHT, fill);
}

void svg_put_caches(struct picture *p)
{
	const struct machine *m = &p->plan->host;

	for (size_t i = 0; i < m->n_caches; i++) {
		const struct machine_cache *c = &m->caches[i];
		CLEANUP_FREE char *text = NULL;

		if (!c->cat_bits || c->cat_bits > 64)
			continue;
		text = xasprintf("Ways of L%" PRIu32 " cache %" PRIu32 " (grey: shared with devices, "
				 "white: for all others)", c->level, c->id);
		svg_heading(p, text);
		for (uint32_t way = 0; way < c->cat_bits; way++)
			put_way(p, c, way, MARGIN + (int)(c->cat_bits - 1 - way) *
						MIN(WAY_WIDTH, WIDTH / (int)c->cat_bits));
		for (size_t k = 0; k < p->plan->n_partitions; k++) {
			const struct partition *part = &p->plan->partitions[k];

			int way = MIN(WAY_WIDTH, WIDTH / (int)c->cat_bits);
			CLEANUP_FREE char *label = svg_guest(p, k);

			if (part->cache_ways && part->cache_level == c->level &&
			    part->cache_id == c->id)
				svg_label(p, MARGIN + 6 + way * (int)(c->cat_bits - 64 +
					  (uint32_t)__builtin_clzll(part->cache_ways)),
					  p->y + SMALL + 8,
					  way * __builtin_popcountll(part->cache_ways) - 12, label);
		}
		p->y += BAR_HEIGHT;
	}
}

/* A part of a bar; returns where the next one starts. */
static int put_share(const struct picture *p, int x, uint64_t part, uint64_t whole, const char *fill,
		     const char *name)
{
	int width = (int)((double)WIDTH * (double)part / (double)whole);

	svg_box(p, x, p->y, width, BAR_HEIGHT, fill);
	svg_label(p, x + 6, p->y + SMALL + 8, width - 12, name);
	return x + width;
}

void svg_put_memory(struct picture *p)
{
	const struct machine *m = &p->plan->host;
	uint64_t reserve = m->reserve_memory;

	for (size_t n = 0; n < m->n_nodes; n++) {
		uint64_t whole = m->nodes[n].memory ? m->nodes[n].memory : m->usable;
		CLEANUP_FREE char *size = format_size(whole);
		CLEANUP_FREE char *text = xasprintf("Memory of node %" PRIu32 ": %s", m->nodes[n].id, size);
		CLEANUP_FREE char *free_size = NULL, *free_text = NULL;
		uint64_t keep = MIN(reserve, whole), taken = keep;
		int x = MARGIN;

		svg_heading(p, text);
		if (!whole)
			continue;
		svg_box(p, MARGIN, p->y, WIDTH, BAR_HEIGHT, "#fff");
		if (keep)
			x = put_share(p, x, keep, whole, "#bbb", "host");
		reserve -= keep;
		for (size_t i = 0; i < p->plan->n_partitions; i++) {
			const struct partition *part = &p->plan->partitions[i];
			CLEANUP_FREE char *fill = svg_fill(i), *label = svg_guest(p, i);

			taken += part->node == (int64_t)m->nodes[n].id
					 ? part->memory + part->overhead : 0;
			if (part->node == (int64_t)m->nodes[n].id)
				x = put_share(p, x, part->memory + part->overhead, whole, fill, label);
		}
		free_size = format_size(whole - MIN(taken, whole));
		free_text = xasprintf("free: %s", free_size);
		svg_label(p, x + 10, p->y + SMALL + 8, MARGIN + WIDTH - x - 20, free_text);
		p->y += BAR_HEIGHT;
	}
}

static const struct partition_device *given(const struct plan *plan, const struct host_device *d,
					     const char **ret_guest)
{
	for (size_t i = 0; i < plan->n_partitions; i++)
		for (size_t k = 0; k < plan->partitions[i].n_devices; k++) {
			const struct partition_device *g = &plan->partitions[i].devices[k];

			if (strcmp(g->host, d->host) == 0 && strcmp(g->kind, d->kind) == 0) {
				*ret_guest = plan->partitions[i].name;
				return g;
			}
		}
	return NULL;
}

static void put_device(struct picture *p, const struct host_device *d, int column)
{
	const char *guest = NULL;
	const struct partition_device *g = given(p->plan, d, &guest);
	CLEANUP_FREE char *text =
		xasprintf("[%s]  %s %s  →  %s%s%s", d->label ? d->label : "no label", d->kind,
			  d->name ? d->name : d->host,
			  g ? g->role : host_device_used(d) ? "the host itself" : "free",
			  g ? " of " : "", g ? guest : "");

	svg_text(p, MARGIN + column * WIDTH / 2, p->y, TEXT, text);
}

/* A card whose PCI function went to a guest is gone as a card of the host. */
static bool function_given(const struct plan *plan, const struct host_device *d)
{
	const char *guest = NULL;
	struct host_device function = { .kind = "pci", .host = (char *)d->bdf };

	return strcmp(d->kind, "pci") == 0 || (d->bdf && given(plan, &function, &guest));
}

/* What is given away, and everything else that has a text on the box. */
void svg_put_devices(struct picture *p)
{
	struct host_devices all CLEANUP_HOST_DEVICES = HOST_DEVICES_INIT;
	const char *guest = NULL;
	int n = 0;

	host_devices_list(&all, &p->plan->host);
	for (size_t i = 0; i < all.n; i++) {
		const struct host_device *d = &all.v[i];

		if (!given(p->plan, d, &guest) && (!d->label || function_given(p->plan, d)))
			continue;
		if (n == 0)
			svg_heading(p, "Devices, by the text on the box");
		p->y += n % 2 == 0 ? LINE : 0;
		put_device(p, d, n++ % 2);
	}
}

