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

/* --- memory ---------------------------------------------------------------------------------- */

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
		prepare_cache(&p, plan, (what & PREPARE_GROUPS) != 0);
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
