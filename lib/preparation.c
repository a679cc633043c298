// SPDX-License-Identifier: GPL-2.0-or-later
/* What a host needs before the guests of a plan can run as planned. */
#include "config.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/path.h"
#include "lib/base/size.h"
#include "lib/cpulist.h"
#include "lib/hugepages.h"
#include "lib/preparation_steps.h"

#define RESCTRL "/sys/fs/resctrl"	/* Linux, Documentation/arch/x86/resctrl.rst */

static struct step *add(struct preparation *p, enum step_kind kind, char *why)
{
	struct step *s = APPEND(p->steps, p->n_steps);

	*s = (struct step){ .kind = kind, .why = why, .run = STRV_INIT, .undo = STRV_INIT };
	return s;
}

struct step *step_write(struct preparation *p, char *why, char *path, char *value)
{
	struct step *s = add(p, STEP_WRITE, why);

	s->path = path;
	s->value = value;
	return s;
}

struct step *step_file(struct preparation *p, char *why, char *path, char *value)
{
	struct step *s = add(p, STEP_FILE, why);

	s->path = path;
	s->value = value;
	return s;
}

struct step *step_folder(struct preparation *p, char *why, char *path)
{
	struct step *s = add(p, STEP_FOLDER, why);

	s->path = path;
	return s;
}

struct step *step_run(struct preparation *p, char *why, const char *run, const char *undo)
{
	struct step *s = add(p, STEP_RUN, why);

	strv_split(&s->run, run, " ");
	if (undo)
		strv_split(&s->undo, undo, " ");
	return s;
}

/* --- processors ------------------------------------------------------------------------------ */

/* Processors that belong to one guest, and those of them that nothing else may disturb. */
static int sort_cpus(const struct plan *plan, struct cpuset *own, struct cpuset *isolated,
		     struct error *err)
{
	for (size_t i = 0; i < plan->n_partitions; i++) {
		const struct partition *part = &plan->partitions[i];
		struct cpuset cpus = CPUSET_INIT;

		if (part->class == CLASS_SHARED)
			continue;
		if (cpulist_parse(part->cpus, &cpus, err) < 0)
			return -1;
		for (uint32_t cpu = 0; cpu < CPU_MAX; cpu++) {
			if (!cpuset_has(&cpus, cpu))
				continue;
			cpuset_add(own, cpu);
			if (part->class == CLASS_RT)
				cpuset_add(isolated, cpu);
		}
	}
	return 0;
}

/* The kernel takes this at its start only. */
static void isolate(struct preparation *p, const struct cpuset *isolated)
{
	CLEANUP_FREE char *list = cpulist_format(isolated);

	if (!*list)
		return;
	step_file(p, xasprintf("keep the host's own work away from processors %s", list),
		  xstrdup("/etc/default/grub.d/rehost.cfg"),
		  xasprintf("# written by rehost: processors of real-time guests\n"
			    "GRUB_CMDLINE_LINUX_DEFAULT=\"$GRUB_CMDLINE_LINUX_DEFAULT isolcpus=%s "
			    "nohz_full=%s rcu_nocbs=%s\"\n", list, list, list));
	report_remedy(report_add(&p->findings, FINDING_NOTE, "host", "isolated processors take effect at "
				 "the next start of the host"),
		      "run 'update-grub' and restart the host");
}

static void move_interrupts(struct preparation *p, const struct plan *plan, const struct cpuset *own)
{
	CLEANUP_FREE char *folder = xasprintf("%s/proc/irq", p->root), *list = NULL;
	struct strv names CLEANUP_STRV = STRV_INIT;
	struct cpuset rest = CPUSET_INIT;
	struct dirent *entry;
	DIR *d;

	if (!cpuset_count(own) || cpulist_parse(plan->host.online, &rest, NULL) < 0)
		return;
	for (uint32_t cpu = 0; cpu < CPU_MAX; cpu++)
		if (cpuset_has(own, cpu))
			cpuset_remove(&rest, cpu);
	list = cpulist_format(&rest);
	d = *list ? opendir(folder) : NULL;
	while (d && (entry = readdir(d)))
		if (entry->d_name[0] >= '0' && entry->d_name[0] <= '9')
			strv_add(&names, entry->d_name);
	if (d)
		closedir(d);
	strv_sort(&names);
	/* some belong to one processor: the kernel refuses to move those */
	for (size_t i = 0; i < names.n; i++)
		step_write(p, xasprintf("interrupt %s away from the guests' processors", names.v[i]),
			   xasprintf("/proc/irq/%s/smp_affinity_list", names.v[i]), xstrdup(list))
			->optional = true;
}

/* --- memory and cache ------------------------------------------------------------------------ */

static uint64_t read_number(const char *root, const char *path)
{
	CLEANUP_FREE char *full = xasprintf("%s%s", root, path), *text = NULL;
	uint64_t n = 0;

	if (file_read(full, 64, &text, NULL, NULL) < 0)
		return 0;
	text[strcspn(text, "\n")] = '\0';
	return parse_u64(text, 0, UINT32_MAX, &n, NULL) < 0 ? 0 : n;
}

/* One number for all guests of a node: each write would undo the one before. */
static void reserve_pages(struct preparation *p, const struct plan *plan)
{
	enum { NODES = 64 };
	uint64_t pages[NODES + 1] = { 0 };	/* the last one: any node */

	for (size_t i = 0; i < plan->n_partitions; i++) {
		const struct partition *part = &plan->partitions[i];

		if (part->class == CLASS_RT && part->memory % HUGEPAGE_SIZE == 0)
			pages[part->node >= 0 && part->node < NODES ? part->node : NODES] +=
				part->memory / HUGEPAGE_SIZE;
	}
	for (size_t i = 0; i <= NODES; i++) {
		char *path = i < NODES
			? xasprintf("/sys/devices/system/node/node%zu/hugepages/hugepages-2048kB/"
				    "nr_hugepages", i)
			: xstrdup("/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages");

		if (pages[i])
			step_write(p, xasprintf("%" PRIu64 " pages of 2 MiB for real-time guests", pages[i]),
				   path, xasprintf("%" PRIu64, read_number(p->root, path) + pages[i]));
		else
			free(path);
	}
}

static bool is_there(const struct preparation *p, const char *path)
{
	CLEANUP_FREE char *full = xasprintf("%s%s", p->root, path);

	return path_exists(full);
}

/* One group for a guest: its ways, and its processors. */
static void make_group(struct preparation *p, const struct partition *part)
{
	CLEANUP_FREE char *group = xasprintf(RESCTRL "/rehost-%s", part->name);

	if (!is_there(p, group))
		step_folder(p, xasprintf("a share of the cache for %s", part->name), xstrdup(group));
	step_write(p, xasprintf("its ways"), xasprintf("%s/schemata", group),
		   xasprintf("L%" PRIu32 ":%" PRIu32 "=%" PRIx64, part->cache_level,
			     part->cache_id, part->cache_ways))->inside = true;
	step_write(p, xasprintf("its processors"), xasprintf("%s/cpus_list", group),
		   xstrdup(part->cpus))->inside = true;
}

/* All ways of a cache, as the profile of the host has it; 0: not known */
static uint64_t all_ways(const struct plan *plan, uint32_t level, uint32_t id)
{
	for (size_t i = 0; i < plan->host.n_caches; i++) {
		const struct machine_cache *c = &plan->host.caches[i];

		if (c->level == level && c->id == id && c->cat_bits && c->cat_bits < 64)
			return (UINT64_C(1) << c->cat_bits) - 1;
	}
	return 0;
}

/* The ways of this cache that the host itself may use now: "L3:0=fff;1=fff" in the text of a group */
static bool ways_now(const struct preparation *p, uint32_t level, uint32_t id, uint64_t *ret)
{
	CLEANUP_FREE char *path = xasprintf("%s" RESCTRL "/schemata", p->root), *text = NULL;
	CLEANUP_FREE char *name = xasprintf("L%" PRIu32 ":", level);
	struct strv lines CLEANUP_STRV = STRV_INIT;

	if (file_read(path, 4096, &text, NULL, NULL) < 0)
		return false;
	strv_split(&lines, text, "\n");
	for (size_t i = 0; i < lines.n; i++) {
		const char *line = lines.v[i] + strspn(lines.v[i], " ");
		struct strv parts CLEANUP_STRV = STRV_INIT;

		if (strncmp(line, name, strlen(name)) != 0)
			continue;
		strv_split(&parts, line + strlen(name), ";");
		for (size_t k = 0; k < parts.n; k++) {
			uint32_t at = 0;

			if (sscanf(parts.v[k], " %" SCNu32 "=%" SCNx64, &at, ret) == 2 && at == id)
				return true;
		}
	}
	return false;
}

/* Who is in no group uses what is in nobody's: a way that the host shares is no guest's own. */
static void leave_cache(struct preparation *p, const struct plan *plan, const struct partition *part)
{
	uint32_t level = part->cache_level, id = part->cache_id;
	uint64_t now = all_ways(plan, level, id), rest;
	struct step *s;

	(void)ways_now(p, level, id, &now);
	rest = now;
	for (size_t i = 0; i < plan->n_partitions; i++) {
		const struct partition *other = &plan->partitions[i];

		if (other->cache_level == level && other->cache_id == id)
			rest &= ~other->cache_ways;
	}
	if (rest == now && now)
		return;
	if (!rest) {
		report_remedy(report_add(&p->findings, FINDING_WARNING, "host", "it is not known which ways of "
					 "cache L%" PRIu32 " %" PRIu32 " are left: the host goes on using those "
					 "of the guests", level, id),
			      "profile the host anew with resctrl mounted, and plan again");
		return;
	}
	s = step_write(p, xasprintf("the host keeps to its own ways of cache L%" PRIu32 " %" PRIu32, level, id),
		       xstrdup(RESCTRL "/schemata"), xasprintf("L%" PRIu32 ":%" PRIu32 "=%" PRIx64, level, id, rest));
	s->back = xasprintf("L%" PRIu32 ":%" PRIu32 "=%" PRIx64, level, id, now);
}

/* Is partition @i the first with ways of its cache? */
static bool is_first(const struct plan *plan, size_t i)
{
	const struct partition *part = &plan->partitions[i];

	for (size_t k = 0; k < i; k++)
		if (plan->partitions[k].cache_ways && plan->partitions[k].cache_level == part->cache_level &&
		    plan->partitions[k].cache_id == part->cache_id)
			return false;
	return true;
}

static void share_cache(struct preparation *p, const struct plan *plan, bool groups)
{
	bool mounted = is_there(p, RESCTRL "/schemata");

	for (size_t i = 0; i < plan->n_partitions; i++) {
		const struct partition *part = &plan->partitions[i];

		if (!part->cache_ways)
			continue;
		if (!mounted)
			step_run(p, xstrdup("cache allocation"), "mount -t resctrl resctrl " RESCTRL,
				 "umount " RESCTRL)->optional = true;
		mounted = true;
		if (is_first(plan, i))
			leave_cache(p, plan, part);
		if (groups)
			make_group(p, part);
	}
}

/* --- all ------------------------------------------------------------------------------------- */

int preparation_make(struct preparation *ret, const struct plan *plan, unsigned int what,
		     const char *root, struct error *err)
{
	struct preparation p CLEANUP_PREPARATION = { .root = xstrdup(strcmp(root, "/") ? root : "") };
	struct cpuset own = CPUSET_INIT, isolated = CPUSET_INIT;

	if (sort_cpus(plan, &own, &isolated, err) < 0)
		return -1;
	if (what & PREPARE_PROCESSORS) {
		isolate(&p, &isolated);
		move_interrupts(&p, plan, &own);
	}
	if (what & PREPARE_PAGES)
		reserve_pages(&p, plan);
	if (what & PREPARE_CACHE)
		share_cache(&p, plan, (what & PREPARE_GROUPS) != 0);
	if ((what & PREPARE_VFIO) && prepare_cards(&p, plan, err) < 0)
		return -1;
	if (what & PREPARE_PCIBACK)
		prepare_cards_for_xen(&p, plan);
	if (what & PREPARE_BRIDGES)
		prepare_bridges(&p, plan, (what & PREPARE_NET) != 0);
	*ret = p;
	p = (struct preparation)PREPARATION_INIT;
	return 0;
}

static void put_step(FILE *f, const struct step *s)
{
	CLEANUP_FREE char *command = s->kind == STEP_RUN ? strv_join(&s->run, " ") : NULL;

	fprintf(f, "# %s\n", s->why);
	if (s->kind == STEP_RUN)
		fprintf(f, "%s\n", command);
	else if (s->kind == STEP_FOLDER)
		fprintf(f, "mkdir %s\n", s->path);
	else if (s->kind == STEP_FILE)
		fprintf(f, "cat > %s <<'END'\n%sEND\n", s->path, s->value);
	else
		fprintf(f, "echo '%s' > %s\n", s->value, s->path);
}

char *preparation_text(const struct preparation *p)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		abort();
	for (size_t i = 0; i < p->n_steps; i++)
		put_step(f, &p->steps[i]);
	if (fclose(f) != 0)
		abort();
	return text;
}

void preparation_clear(struct preparation *p)
{
	for (size_t i = 0; i < p->n_steps; i++) {
		free(p->steps[i].why);
		free(p->steps[i].path);
		free(p->steps[i].value);
		free(p->steps[i].back);
		strv_clear(&p->steps[i].run);
		strv_clear(&p->steps[i].undo);
	}
	free(p->steps);
	free(p->root);
	report_clear(&p->findings);
	*p = (struct preparation)PREPARATION_INIT;
}
