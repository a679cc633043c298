// SPDX-License-Identifier: GPL-2.0-or-later
/* Facts of the running computer that stand in no file. */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#if defined(__i386__) || defined(__x86_64__)
#include <cpuid.h>
#endif

#include "lib/base/alloc.h"
#include "lib/base/path.h"
#include "lib/machine_ask.h"

#if defined(__i386__) || defined(__x86_64__)

enum { LEAVES_MAX = 64, SUBLEAVES_MAX = 64 };

/* Leaves whose answer depends on ECX; they end where nothing is told any more. */
static bool has_subleaves(unsigned int leaf)
{
	static const unsigned char list[] = { 0x04, 0x07, 0x0b, 0x0d, 0x0f, 0x10, 0x12, 0x14, 0x17,
					      0x18, 0x1f };

	for (size_t i = 0; i < ARRAY_SIZE(list); i++)
		if (leaf == list[i] || leaf == 0x8000001d)
			return true;
	return false;
}

static void put_leaf(FILE *out, unsigned int leaf)
{
	unsigned int a = 0, b = 0, c = 0, d = 0;

	for (unsigned int sub = 0; sub < (has_subleaves(leaf) ? SUBLEAVES_MAX : 1); sub++) {
		__cpuid_count(leaf, sub, a, b, c, d);
		if (sub && !(a | b | d))
			break;
		fprintf(out, "%08x %02x %08x %08x %08x %08x\n", leaf, sub, a, b, c, d);
	}
}

char *machine_ask_cpuid(size_t *ret_len)
{
	static const unsigned int bases[] = { 0, 0x40000000, 0x80000000 };
	char *text = NULL;
	FILE *out;

	if (__get_cpuid_max(0, NULL) == 0)
		return NULL;
	out = open_memstream(&text, ret_len);
	if (!out)
		abort();
	for (size_t i = 0; i < ARRAY_SIZE(bases); i++) {
		unsigned int max, b, c, d;

		__cpuid(bases[i], max, b, c, d);
		if (max < bases[i] || max - bases[i] > 0xffff)
			continue;
		for (unsigned int leaf = bases[i]; leaf <= max && leaf - bases[i] < LEAVES_MAX; leaf++)
			put_leaf(out, leaf);
	}
	fclose(out);
	return text;
}

/* The kernel lets root read the first megabyte, also where the rest is closed. */
char *machine_ask_bios(size_t *ret_len)
{
	enum { BIOS = 0xc0000, SIZE = 0x40000 };
	CLEANUP_CLOSE int fd = open("/dev/mem", O_RDONLY | O_CLOEXEC);
	CLEANUP_FREE char *data = NULL;
	ssize_t got;

	if (fd < 0)
		return NULL;
	data = xmalloc(SIZE);
	got = pread(fd, data, SIZE, BIOS);
	if (got <= 0)
		return NULL;
	*ret_len = (size_t)got;
	return STEAL(data);
}

#else

char *machine_ask_cpuid(size_t *ret_len)
{
	(void)ret_len;
	return NULL;
}

char *machine_ask_bios(size_t *ret_len)
{
	(void)ret_len;
	return NULL;
}

#endif

char *machine_ask_clocks(size_t *ret_len)
{
	CLEANUP_FREE char *hardware = NULL;
	char *text;
	size_t len;

	if (file_read("/sys/class/rtc/rtc0/since_epoch", 64, &hardware, &len, NULL) < 0)
		return NULL;
	text = xasprintf("hardware %ssystem %lld\n", hardware, (long long)time(NULL));
	*ret_len = strlen(text);
	return text;
}
