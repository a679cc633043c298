// SPDX-License-Identifier: GPL-2.0-or-later
/* Measures disks: sequential and random reads of the device, synchronous writes of a file. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/alloc.h"
#include "lib/base/interrupt.h"
#include "lib/base/path.h"
#include "lib/measure.h"

enum { CHUNK = 1 << 20, BLOCK = 4096, FILE_BLOCKS = 2048 };

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void cleanup_buffer(void *p)
{
	free(*(void **)p);
}

static void *aligned_buffer(size_t size)
{
	void *p = NULL;

	if (posix_memalign(&p, BLOCK, size) != 0)
		abort();
	memset(p, 0x5a, size);
	return p;
}

struct figure {
	uint64_t n, bytes;
	double seconds;
};

/* Where to read next: one after the other, or anywhere (always in the same order). */
static uint64_t next_offset(uint64_t size, size_t length, bool random, uint64_t i, uint64_t *state)
{
	uint64_t blocks = size / length;

	if (!random)
		return i % blocks * length;
	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (*state >> 16) % blocks * length;
}

/* -1 with errno, or when interrupted */
static int read_for_a_while(int fd, uint64_t size, size_t length, bool random, struct figure *ret)
{
	void *buffer __attribute__((cleanup(cleanup_buffer))) = aligned_buffer(length);
	double start = now();
	uint64_t state = 1;

	*ret = (struct figure){ 0 };
	while (ret->seconds * 1000 < MEASURE_MS) {
		ssize_t n = pread(fd, buffer, length,
				  (off_t)next_offset(size, length, random, ret->n, &state));

		if (n <= 0 || interrupted()) {
			errno = n == 0 ? EIO : errno;
			return -1;
		}
		ret->n++;
		ret->bytes += (uint64_t)n;
		ret->seconds = now() - start;
	}
	return 0;
}

static int measure_reads(struct machine_disk *d, const char *dev)
{
	CLEANUP_FREE char *path = path_join(dev, d->name);
	int fd CLEANUP_CLOSE = open(path, O_RDONLY | O_DIRECT | O_CLOEXEC);
	struct figure whole, f;

	if (fd < 0 || d->size < 2 * CHUNK) {
		errno = fd < 0 ? errno : ENOSPC;
		return -1;
	}
	if (read_for_a_while(fd, d->size, CHUNK, false, &whole) < 0 ||
	    read_for_a_while(fd, d->size, BLOCK, true, &f) < 0)
		return -1;
	d->read_rate = (uint64_t)((double)whole.bytes / whole.seconds);
	d->read_iops = MAX((uint64_t)((double)f.n / f.seconds), UINT64_C(1));
	return 0;
}

/* A file without a name: it is gone when it is closed, whatever happens. */
static int open_nameless(const char *folder)
{
	int fd = open(folder, O_TMPFILE | O_RDWR | O_DSYNC | O_CLOEXEC, 0600);
	CLEANUP_FREE char *path = NULL;

	if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR))
		return fd;
	path = path_join(folder, ".rehost-measure-XXXXXX");
	fd = mkostemp(path, O_DSYNC | O_CLOEXEC);
	if (fd >= 0)
		unlink(path);
	return fd;
}

static int measure_writes(const char *folder, uint64_t *ret)
{
	void *buffer __attribute__((cleanup(cleanup_buffer))) = aligned_buffer(BLOCK);
	int fd CLEANUP_CLOSE = open_nameless(folder);
	double start = now();
	uint64_t n = 0;

	if (fd < 0)
		return -1;
	while ((now() - start) * 1000 < MEASURE_MS) {
		if (pwrite(fd, buffer, BLOCK, (off_t)(n % FILE_BLOCKS) * BLOCK) != BLOCK ||
		    interrupted())
			return -1;
		n++;
	}
	*ret = MAX((uint64_t)((double)n / (now() - start)), UINT64_C(1));
	return 0;
}

/* The disk that holds a folder, through its partition; NULL for file systems of several or none. */
static struct machine_disk *disk_of(struct machine *m, const char *folder)
{
	CLEANUP_FREE char *link = NULL, *real = NULL;
	struct stat st;

	if (stat(folder, &st) < 0)
		return NULL;
	link = xasprintf("/sys/dev/block/%u:%u", major(st.st_dev), minor(st.st_dev));
	real = realpath(link, NULL);
	for (size_t i = 0; real && i < m->n_disks; i++) {
		CLEANUP_FREE char *part = xasprintf("/block/%s", m->disks[i].name);
		const char *at = strstr(real, part);

		if (at && (at[strlen(part)] == '/' || at[strlen(part)] == '\0'))
			return &m->disks[i];
	}
	return NULL;
}

/* The first reason that stands there is that nothing was measured. */
static void forget_missing(struct machine *m, const char *fact)
{
	size_t n = 0;

	for (size_t i = 0; i < m->n_missing; i++) {
		if (strcmp(m->missing[i].fact, fact) != 0) {
			m->missing[n++] = m->missing[i];
			continue;
		}
		free(m->missing[i].fact);
		free(m->missing[i].why);
	}
	m->n_missing = n;
}

int machine_measure(struct machine *m, const char *dev, const char *folder, struct error *err)
{
	struct machine_disk *home = folder ? disk_of(m, folder) : NULL;

	forget_missing(m, "disk-speed");
	for (size_t i = 0; i < m->n_disks; i++) {
		CLEANUP_FREE char *fact = xasprintf("disk-speed-%s", m->disks[i].name);

		if (measure_reads(&m->disks[i], dev) == 0)
			continue;
		if (interrupted())
			return interrupt_check(err);
		machine_miss(m, fact, "%s/%s cannot be read: %s", dev, m->disks[i].name,
			     strerror(errno));
	}
	if (!home) {
		machine_miss(m, "write-speed", "%s is not on one of the disks", folder ? folder : "nothing");
		return 0;
	}
	if (measure_writes(folder, &home->write_iops) == 0)
		return 0;
	if (interrupted())
		return interrupt_check(err);
	machine_miss(m, "write-speed", "no file can be written in %s: %s", folder, strerror(errno));
	return 0;
}
