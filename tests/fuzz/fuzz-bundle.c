// SPDX-License-Identifier: GPL-2.0-or-later
/* Fuzz target: any bytes as a bundle, and, as digests keep most of them out, as each list in one. */
#include "config.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/base/alloc.h"
#include "lib/bundle_docs.h"
#include "lib/delta.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* exactly one of success and error */
static void check(int rc, const struct error *err)
{
	if ((rc < 0) != error_is_set(err))
		__builtin_trap();
}

static void as_archive(const void *data, size_t size)
{
	CLEANUP_CLOSE int fd = memfd_create("bundle", MFD_CLOEXEC);
	CLEANUP_FREE char *path = xasprintf("/proc/self/fd/%d", fd);
	struct bundle b CLEANUP_BUNDLE = BUNDLE_INIT;
	struct error err CLEANUP_ERROR = ERROR_INIT;
	int rc;

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		return;
	rc = bundle_open(&b, path, NULL, &err);
	if (rc == 0)
		rc = bundle_verify(&b, NULL, &err);
	check(rc, &err);
}

static void as_lists(const char *text, size_t size)
{
	struct bundle_descriptors manifests CLEANUP_DESCRIPTORS = BUNDLE_DESCRIPTORS_INIT;
	struct bundle_descriptors layers CLEANUP_DESCRIPTORS = BUNDLE_DESCRIPTORS_INIT;
	struct bundle b CLEANUP_BUNDLE = BUNDLE_INIT;
	struct error err CLEANUP_ERROR = ERROR_INIT;

	check(bundle_index_parse(text, size, &b, &manifests, &err), &err);
	error_clear(&err);
	check(bundle_manifest_parse(text, size, &layers, &err), &err);
}

static void as_keys(const char *text, size_t size)
{
	CLEANUP_FREE char *copy = xstrndup(text, size);
	struct signature sig CLEANUP_SIGNATURE = SIGNATURE_INIT;
	struct error err CLEANUP_ERROR = ERROR_INIT;
	struct public_key key;

	check(signature_parse(&sig, text, size, &err), &err);
	error_clear(&err);
	check(public_key_parse(&key, copy, &err), &err);
}

static int drop(void *arg, const void *data, size_t len, struct error *err)
{
	(void)arg, (void)data, (void)len, (void)err;
	return 0;
}

/* The same bytes are the old file. */
static void as_delta(const void *data, size_t size)
{
	CLEANUP_CLOSE int fd = memfd_create("delta", MFD_CLOEXEC);
	struct parts parts CLEANUP_PARTS = PARTS_INIT;
	struct error err CLEANUP_ERROR = ERROR_INIT;
	struct stretch all;

	if (fd < 0 || write(fd, data, size) != (ssize_t)size ||
	    parts_of_fd(&parts, fd, "delta", NULL) < 0)
		return;
	all = (struct stretch){ &parts, 0, parts.size, "delta" };
	check(delta_apply(&all, &all, 1 << 20, drop, NULL, &err), &err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	as_archive(data, size);
	as_lists((const char *)data, size);
	as_keys((const char *)data, size);
	as_delta(data, size);
	return 0;
}
