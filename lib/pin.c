// SPDX-License-Identifier: GPL-2.0-or-later
/* Pin a virtual machine and its virtual processors to processors of the host. */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/size.h"
#include "lib/base/strv.h"
#include "lib/pin.h"

int pin_from_partition(const struct partition *p, struct pin *ret, struct error *err)
{
	struct pin pin = PIN_INIT;
	uint64_t vcpus = p->guest.vcpus;

	if (cpulist_parse(p->cpus, &pin.machine, err) < 0)
		return error_wrap(err, "processors of '%s'", p->guest.name);
	if (p->class != CLASS_SHARED && vcpus <= PIN_VCPUS_MAX &&
	    cpuset_count(&pin.machine) >= vcpus)
		for (uint32_t cpu = 0; cpu < CPU_MAX && pin.n_vcpus < vcpus; cpu++)
			if (cpuset_has(&pin.machine, cpu))
				pin.vcpu[pin.n_vcpus++] = cpu;
	*ret = pin;
	return 0;
}

char *pin_to_text(const struct pin *pin)
{
	CLEANUP_FREE char *list = cpulist_format(&pin->machine);
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		abort();
	if (*list)
		fprintf(f, "machine %s\n", list);
	for (size_t i = 0; i < pin->n_vcpus; i++)
		fprintf(f, "vcpu %zu %" PRIu32 "\n", i, pin->vcpu[i]);
	if (fclose(f) != 0)
		abort();
	return text;
}

static int take_line(const struct strv *words, struct pin *pin, struct error *err)
{
	uint64_t number = 0, cpu = 0;

	if (words->n == 2 && strcmp(words->v[0], "machine") == 0)
		return cpulist_parse(words->v[1], &pin->machine, err);
	if (words->n != 3 || strcmp(words->v[0], "vcpu") != 0)
		return error_set(err, ERR_FORMAT, "it is neither 'machine LIST' nor 'vcpu N CPU'");
	/* in their order, so that none is missing */
	if (parse_u64(words->v[1], pin->n_vcpus, MIN(pin->n_vcpus, (size_t)PIN_VCPUS_MAX - 1),
		      &number, err) < 0 ||
	    parse_u64(words->v[2], 0, CPU_MAX - 1, &cpu, err) < 0)
		return -1;
	pin->vcpu[pin->n_vcpus++] = (uint32_t)cpu;
	return 0;
}

int pin_from_text(const char *text, struct pin *ret, struct error *err)
{
	struct strv lines CLEANUP_STRV = STRV_INIT;
	struct pin pin = PIN_INIT;

	strv_split(&lines, text, "\n");
	for (size_t i = 0; i < lines.n; i++) {
		struct strv words CLEANUP_STRV = STRV_INIT;

		strv_split(&words, lines.v[i], " ");
		if (take_line(&words, &pin, err) < 0)
			return error_wrap(err, "processors, line %zu", i + 1);
	}
	*ret = pin;
	return 0;
}

static int move_thread(pid_t thread, const struct cpuset *to, struct error *err)
{
	CLEANUP_FREE char *list = cpulist_format(to);
	cpu_set_t set;

	CPU_ZERO(&set);
	for (uint32_t cpu = 0; cpu < CPU_MAX; cpu++)
		if (cpuset_has(to, cpu))
			CPU_SET(cpu, &set);
	if (sched_setaffinity(thread, sizeof(set), &set) < 0 && errno != ESRCH)
		return error_sys(err, errno, "move thread %d to processors %s", (int)thread, list);
	return 0;
}

/* Threads that come later are children of these and stay with them. */
static int move_all(pid_t pid, const struct cpuset *to, struct error *err)
{
	CLEANUP_FREE char *path = xasprintf("/proc/%d/task", (int)pid);
	DIR *d = opendir(path);
	struct dirent *entry;
	int rc = 0;

	if (!d)
		return error_sys(err, errno, "open '%s'", path);
	while (rc == 0 && (entry = readdir(d))) {
		uint64_t thread = 0;

		if (parse_u64(entry->d_name, 1, INT32_MAX, &thread, NULL) == 0)
			rc = move_thread((pid_t)thread, to, err);
	}
	closedir(d);
	return rc;
}

int pin_apply(const struct pin *pin, pid_t pid, const pid_t *vcpus, size_t n, struct error *err)
{
	if (cpuset_count(&pin->machine) && move_all(pid, &pin->machine, err) < 0)
		return -1;
	for (size_t i = 0; i < MIN(n, pin->n_vcpus); i++) {
		struct cpuset one = CPUSET_INIT;

		cpuset_add(&one, pin->vcpu[i]);
		if (move_thread(vcpus[i], &one, err) < 0)
			return -1;
	}
	return 0;
}
