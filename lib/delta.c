// SPDX-License-Identifier: GPL-2.0-or-later
/* What makes a new file out of an old one, through librsync. */
#include "config.h"

#include <librsync.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/interrupt.h"
#include "lib/delta.h"

enum { IN_SIZE = 1 << 18, OUT_SIZE = 1 << 18 };

static void cleanup_job(rs_job_t **job)
{
	if (*job)
		rs_job_free(*job);
}

static void cleanup_signature(rs_signature_t **sig)
{
	if (*sig)
		rs_free_sumset(*sig);
}

#define CLEANUP_JOB __attribute__((cleanup(cleanup_job)))
#define CLEANUP_SIGNATURE __attribute__((cleanup(cleanup_signature)))

/* One run of librsync over a stretch. */
struct run {
	rs_job_t *job;
	const struct stretch *in;
	uint64_t at;			/* of @in that was handed over      */
	char *buffer;			/* IN_SIZE, the part not yet used at its beginning */
	char *out;			/* OUT_SIZE                         */
	delta_sink_fn sink;		/* NULL: nothing comes out          */
	void *arg;
	struct progress *progress;
	uint64_t done;			/* for @progress, before this run   */
	struct error *why;		/* set by the copying of old parts  */
};

static int fill(struct run *r, rs_buffers_t *b, struct error *err)
{
	size_t room = IN_SIZE - b->avail_in;
	size_t len = (size_t)MIN(r->in->size - r->at, (uint64_t)room);

	if (b->avail_in)
		memmove(r->buffer, b->next_in, b->avail_in);
	b->next_in = r->buffer;
	if (parts_read(r->in->data, r->in->offset + r->at, r->buffer + b->avail_in, len, r->in->path,
		       err) < 0)
		return -1;
	r->at += len;
	b->avail_in += len;
	b->eof_in = r->at == r->in->size;
	progress_update(r->progress, r->done + r->at);
	return interrupt_check(err);
}

static int run_job(struct run *r, struct error *err)
{
	CLEANUP_FREE char *in = xmalloc(IN_SIZE), *out = xmalloc(OUT_SIZE);
	rs_buffers_t b = { .next_in = in };
	rs_result rc = RS_BLOCKED;

	r->buffer = in;
	r->out = out;
	while (rc == RS_BLOCKED) {
		if (fill(r, &b, err) < 0)
			return -1;
		b.next_out = out;
		b.avail_out = OUT_SIZE;
		rc = rs_job_iter(r->job, &b);
		if (b.next_out != out && r->sink &&
		    r->sink(r->arg, out, (size_t)(b.next_out - out), err) < 0)
			return -1;
	}
	if (rc == RS_DONE)
		return 0;
	return error_set(err, ERR_INTEGRITY, "'%s': %s", r->in->path, rs_strerror(rc));
}

struct text {
	FILE *f;
};

static int keep(void *arg, const void *data, size_t len, struct error *err)
{
	struct text *t = arg;

	return fwrite(data, 1, len, t->f) == len ? 0 : error_set(err, ERR_SYSTEM, "out of memory");
}

/* The signature of the old file, in the form that is loaded again. */
static int make_signature(const struct stretch *old, struct progress *progress, char **ret,
			  size_t *ret_len, struct error *err)
{
	rs_magic_number magic = 0;
	size_t block = 0, strong = 0;
	rs_job_t *job CLEANUP_JOB = NULL;
	struct text text = { open_memstream(ret, ret_len) };
	struct run r = { .in = old, .sink = keep, .arg = &text, .progress = progress };
	int rc;

	rs_sig_args((rs_long_t)old->size, &magic, &block, &strong);
	job = r.job = rs_sig_begin(block, strong, magic);
	rc = run_job(&r, err);
	fclose(text.f);
	return rc;
}

static int load_signature(const char *text, size_t len, rs_signature_t **ret, struct error *err)
{
	rs_job_t *job CLEANUP_JOB = rs_loadsig_begin(ret);
	char *end = (char *)text;
	rs_buffers_t b = { .next_in = end, .avail_in = len, .eof_in = 1 };
	rs_result rc = rs_job_iter(job, &b);

	if (rc == RS_DONE)
		rc = rs_build_hash_table(*ret);
	return rc == RS_DONE ? 0 : error_set(err, ERR_SYSTEM, "compare: %s", rs_strerror(rc));
}

int delta_make(const struct stretch *old, const struct stretch *new, struct progress *progress,
	       delta_sink_fn sink, void *arg, struct error *err)
{
	CLEANUP_FREE char *text = NULL;
	rs_signature_t *sig CLEANUP_SIGNATURE = NULL;
	rs_job_t *job CLEANUP_JOB = NULL;
	struct run r = { .in = new, .sink = sink, .arg = arg, .progress = progress,
			 .done = old->size };
	size_t len = 0;

	if (make_signature(old, progress, &text, &len, err) < 0 ||
	    load_signature(text, len, &sig, err) < 0)
		return -1;
	free(STEAL(text));
	job = r.job = rs_delta_begin(sig);
	return run_job(&r, err);
}

/* What delta_apply() hands to librsync. */
struct applying {
	const struct stretch *old;
	uint64_t left;			/* that may still come out */
	delta_sink_fn sink;
	void *arg;
	struct error err;		/* of reading the old file */
};

static rs_result copy_old(void *opaque, rs_long_t pos, size_t *len, void **buf)
{
	struct applying *a = opaque;

	if (pos < 0 || (uint64_t)pos > a->old->size || *len > a->old->size - (uint64_t)pos)
		return RS_CORRUPT;
	return parts_read(a->old->data, a->old->offset + (uint64_t)pos, *buf, *len, a->old->path,
			  &a->err) < 0 ? RS_IO_ERROR : RS_DONE;
}

static int limit(void *arg, const void *data, size_t len, struct error *err)
{
	struct applying *a = arg;

	if (len > a->left)
		return error_set(err, ERR_INTEGRITY, "more comes out than was said");
	a->left -= len;
	return a->sink(a->arg, data, len, err);
}

int delta_apply(const struct stretch *old, const struct stretch *delta, uint64_t max,
		delta_sink_fn sink, void *arg, struct error *err)
{
	struct applying a = { old, max, sink, arg, ERROR_INIT };
	rs_job_t *job CLEANUP_JOB = rs_patch_begin(copy_old, &a);
	struct run r = { .job = job, .in = delta, .sink = limit, .arg = &a };
	int rc;

	rs_trace_set_level(RS_LOG_EMERG);
	rc = run_job(&r, err);
	if (rc < 0 && error_is_set(&a.err)) {
		error_clear(err);
		return error_move(err, &a.err);
	}
	error_clear(&a.err);
	return rc;
}
