// SPDX-License-Identifier: GPL-2.0-or-later
/* When to type a passphrase. */
#include "config.h"

#include "lib/keyboard.h"
#include "lib/typist.h"

enum {
	QUIET_SECONDS = 8,	/* a boot that works on is hardly ever quiet for so long          */
	SILENT_SECONDS = 60,	/* before the first word: a loader may still be at work           */
	AGAIN_SECONDS = 20,	/* a wrong passphrase costs seconds before it is asked for again  */
	NOISE_BYTES = 64 << 10,	/* read while waiting: somebody looks whether the disk is there   */
};

bool typist_due(struct typist *t, size_t serial_len, uint64_t disk_read, double now)
{
	if (!t->disk_read || serial_len != t->serial_len || disk_read > t->disk_read + NOISE_BYTES)
		t->busy_at = now;
	t->serial_len = serial_len;
	t->disk_read = disk_read;
	return disk_read && now - t->busy_at >= (serial_len ? QUIET_SECONDS : SILENT_SECONDS) &&
	       (!t->n_typed || now - t->typed_at >= AGAIN_SECONDS);
}

int typist_tick(struct typist *t, struct qmp *q, size_t serial_len, double now, struct error *err)
{
	uint64_t disk_read = 0, written = 0;

	if (!t->words || !t->words->n)
		return 0;
	if (qmp_block_bytes(q, &disk_read, &written, err) < 0)
		return -1;
	if (!typist_due(t, serial_len, disk_read, now))
		return 0;
	t->typed_at = now;
	return keyboard_type(q, t->words->v[t->n_typed++ % t->words->n], err);
}
