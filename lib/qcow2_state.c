// SPDX-License-Identifier: GPL-2.0-or-later
/* Leaving a qcow2 image half-written and going on with it later. */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/alloc.h"
#include "lib/part_file.h"
#include "lib/qcow2.h"

/* Sizes of the arrays behind it; all in the byte order of this computer. */
struct saved {
	uint64_t size, end, n_l1, table_index, table_used, n_ref_table;
};

enum { REFS_SIZE = 2 * QCOW2_CLUSTER };

static size_t saved_size(uint64_t n_l1, uint64_t n_ref_table)
{
	return sizeof(struct saved) + (n_l1 + n_ref_table) * sizeof(uint64_t) + QCOW2_CLUSTER +
	       REFS_SIZE;
}

static uint8_t *put(uint8_t *to, const void *from, size_t len)
{
	if (len)
		memcpy(to, from, len);
	return to + len;
}

static const uint8_t *get(const uint8_t *from, void *to, size_t len)
{
	if (len)
		memcpy(to, from, len);
	return from + len;
}

uint8_t *qcow2_save(const struct qcow2 *w, size_t *ret_len)
{
	struct saved s = { w->size, w->end, w->n_l1, w->table_index, w->table_used,
			   w->n_ref_table };
	uint8_t *data, *at;

	*ret_len = saved_size(w->n_l1, w->n_ref_table);
	data = xmalloc(*ret_len);
	at = put(data, &s, sizeof(s));
	at = put(at, w->l1, w->n_l1 * sizeof(w->l1[0]));
	at = put(at, w->ref_table, w->n_ref_table * sizeof(w->ref_table[0]));
	at = put(at, w->table, QCOW2_CLUSTER);
	put(at, w->refs, REFS_SIZE);
	return data;
}

static int rewind_parts(const struct qcow2 *w, uint64_t end, struct error *err)
{
	CLEANUP_FREE uint8_t *zeros = xcalloc(QCOW2_CLUSTER, 1);
	uint64_t size = 0;

	if (part_file_size(w->parts, &size, err) < 0)
		return -1;
	if (end > QCOW2_CLUSTER && size < end)
		return error_set(err, ERR_FORMAT, "the image is shorter than it was");
	return part_file_write(w->parts, zeros, QCOW2_CLUSTER, 0, err) < 0 ? -1
		: part_file_cut(w->parts, end, err);
}

/* The file must still have what the tables speak of; what came after is done again. */
static int rewind_file(const struct qcow2 *w, uint64_t end, struct error *err)
{
	CLEANUP_FREE uint8_t *zeros = xcalloc(QCOW2_CLUSTER, 1);
	struct stat st;

	if (w->parts)
		return rewind_parts(w, end, err);
	if (fstat(w->fd, &st) < 0)
		return error_sys(err, errno, "look at the image");
	if (st.st_size > 0 && pwrite(w->fd, zeros, QCOW2_CLUSTER, 0) != QCOW2_CLUSTER)
		return error_sys(err, errno ? errno : ENOSPC, "write the image");
	if (end > QCOW2_CLUSTER && (uint64_t)st.st_size < end)
		return error_set(err, ERR_FORMAT, "the image is shorter than it was");
	if (ftruncate(w->fd, (off_t)end) < 0)
		return error_sys(err, errno, "cut the image");
	return 0;
}

int qcow2_resume(struct qcow2 *w, const uint8_t *data, size_t len, struct error *err)
{
	const uint8_t *at = data;
	struct saved s;

	if (len < sizeof(s))
		return error_set(err, ERR_FORMAT, "the state of the image is damaged");
	at = get(at, &s, sizeof(s));
	if (s.size != w->size || s.n_l1 != w->n_l1 || s.n_ref_table > len / sizeof(uint64_t) ||
	    s.end < QCOW2_CLUSTER || s.end > INT64_MAX ||
	    s.n_ref_table > s.end / QCOW2_CLUSTER / QCOW2_REFS ||
	    s.end / QCOW2_CLUSTER / QCOW2_REFS > s.n_ref_table + 1 ||
	    len != saved_size(s.n_l1, s.n_ref_table) ||
	    (s.table_used && s.table_index >= s.n_l1))
		return error_set(err, ERR_FORMAT, "the state belongs to another image");
	if (rewind_file(w, s.end, err) < 0)
		return -1;
	w->end = s.end;
	w->table_index = s.table_index;
	w->table_used = s.table_used;
	w->n_ref_table = 0;
	at = get(at, w->l1, s.n_l1 * sizeof(w->l1[0]));
	for (uint64_t i = 0; i < s.n_ref_table; i++)
		at = get(at, APPEND(w->ref_table, w->n_ref_table), sizeof(w->ref_table[0]));
	at = get(at, w->table, QCOW2_CLUSTER);
	get(at, w->refs, REFS_SIZE);
	return 0;
}
