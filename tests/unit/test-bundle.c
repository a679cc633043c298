// SPDX-License-Identifier: GPL-2.0-or-later
/* Tests of the bundle's archive: what is written is read back, every tampering is refused by name. */
#include "config.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <unistd.h>

#include "lib/base/outfile.h"
#include "lib/base/path.h"
#include "lib/bundle_carry.h"
#include "lib/bundle_docs.h"
#include "lib/bundle_private.h"
#include "lib/guest.h"
#include "tests/unit/test.h"

/* A small bundle in memory, and a place to write it to. */
struct fixture {
	char *dir, *path;
	struct secret_key key;
	struct keyring ring;
	struct bundle b;
	struct bundle_docs docs;
	char *texts[3];
};

static void add_file(struct fixture *f, size_t i, const char *path, const char *text)
{
	struct bundle_file *file = APPEND(f->b.files, f->b.n_files);
	uint8_t sum[DIGEST_SIZE];

	file->path = xstrdup(path);
	file->media_type = xstrdup(bundle_media_type(path));
	file->size = strlen(text);
	digest_of(text, strlen(text), sum);
	digest_to_hex(sum, file->digest);
	f->texts[i] = xstrdup(text);
}

/* Long enough that a little change of it is less than all of it; it has no pattern. */
static char *disk_text(char changed)
{
	char *text = xcalloc(4097, 1);
	unsigned int seed = 7;

	for (size_t i = 0; i < 4096; i++) {
		seed = seed * 1103515245 + 12345;
		text[i] = (char)('!' + (seed >> 16) % 90);
	}
	text[2000] = changed;
	return text;
}

static int set_up(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));
	CLEANUP_FREE char *pinned = NULL, *disk = disk_text('a');

	f->dir = make_test_folder();
	f->path = path_join(f->dir, "x.rehost");
	f->b = (struct bundle)BUNDLE_INIT;
	f->b.name = xstrdup("line4");
	f->b.revision = 3;
	add_file(f, 0, "guests/press4/disk0.qcow2", disk);
	add_file(f, 1, "host.xml", "<machine/>");
	add_file(f, 2, "plan.xml", "<plan/>");
	bundle_docs_build(&f->b, &f->docs);
	assert_int_equal(0, secret_key_new(&f->key, NULL));
	pinned = path_join(f->dir, "pinned");
	assert_int_equal(0, keyring_pin(pinned, "integrator", &f->key.pub, NULL));
	assert_int_equal(0, keyring_load(&f->ring, pinned, NULL));
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	folder_remove(f->dir, NULL);
	bundle_docs_clear(&f->docs);
	bundle_clear(&f->b);
	keyring_clear(&f->ring);
	for (size_t i = 0; i < ARRAY_SIZE(f->texts); i++)
		free(f->texts[i]);
	free(f->dir);
	free(f->path);
	free(f);
	return 0;
}

static void put_docs(struct fixture *f, struct tar_writer *tar, const struct secret_key *key)
{
	tar_add_text(tar, OCI_LAYOUT_NAME, OCI_LAYOUT_TEXT, strlen(OCI_LAYOUT_TEXT), NULL);
	tar_add_text(tar, OCI_INDEX_NAME, f->docs.index.text, f->docs.index.len, NULL);
	if (key)
		bundle_put_signature(tar, &f->b, f->docs.index.text, f->docs.index.len, key, NULL);
	for (size_t i = 0; i < f->docs.n_blobs; i++) {
		CLEANUP_FREE char *name = xasprintf(OCI_BLOB_DIR "%s", f->docs.blobs[i].digest);

		tar_add_text(tar, name, f->docs.blobs[i].text, f->docs.blobs[i].len, NULL);
	}
}

static void put_file(struct fixture *f, struct tar_writer *tar, size_t i, const char *text)
{
	CLEANUP_FREE char *name = xasprintf(OCI_BLOB_DIR "%s", f->b.files[i].digest);

	tar_add_text(tar, name, text, strlen(text), NULL);
}

static void start(struct fixture *f, struct outfile *out, struct tar_writer *tar)
{
	outfile_discard(out);
	assert_int_equal(0, outfile_open(out, f->path, OUTFILE_REPLACE, NULL));
	tar_begin(tar, fileno(out->f), f->path);
}

static void finish(struct outfile *out, struct tar_writer *tar)
{
	assert_int_equal(0, tar_end(tar, NULL));
	assert_int_equal(0, outfile_commit(out, NULL));
}

static void write_bundle(struct fixture *f, const struct secret_key *key)
{
	struct outfile out CLEANUP_OUTFILE = OUTFILE_INIT;
	struct tar_writer tar = TAR_WRITER_INIT;

	start(f, &out, &tar);
	put_docs(f, &tar, key);
	for (size_t i = 0; i < f->b.n_files; i++)
		put_file(f, &tar, i, f->texts[i]);
	finish(&out, &tar);
}

static int open_and_verify(const struct fixture *f, struct error *err)
{
	struct bundle b CLEANUP_BUNDLE = BUNDLE_INIT;

	if (bundle_open(&b, f->path, &f->ring, err) < 0 || bundle_check_trust(&b, false, err) < 0)
		return -1;
	return bundle_verify(&b, NULL, err);
}

static void a_bundle_is_read_back(void **state)
{
	struct fixture *f = *state;
	struct bundle b CLEANUP_BUNDLE = BUNDLE_INIT;
	struct error err CLEANUP_ERROR = ERROR_INIT;
	CLEANUP_FREE char *text = NULL, *plan = path_join(f->dir, "out/plan.xml");
	CLEANUP_FREE char *dir = path_join(f->dir, "out");

	write_bundle(f, &f->key);
	assert_int_equal(0, bundle_open(&b, f->path, &f->ring, NULL));
	assert_string_equal("line4", b.name);
	assert_int_equal(3, b.revision);
	assert_int_equal(3, b.n_files);
	assert_string_equal("guests/press4/disk0.qcow2", b.files[0].path);
	assert_int_equal(1, b.n_signers);
	assert_int_equal(SIGNER_PINNED, b.signers[0].state);
	assert_string_equal("integrator", b.signers[0].name);
	assert_int_equal(0, bundle_check_trust(&b, false, NULL));
	assert_int_equal(0, folder_make(dir, NULL));
	/* every file is written, and then the plan is none */
	assert_fails(bundle_extract(&b, dir, NULL, &err), &err, ERR_FORMAT);
	assert_int_equal(0, file_read(plan, 100, &text, NULL, NULL));
	assert_string_equal("<plan/>", text);
}

static void the_same_input_gives_the_same_bytes(void **state)
{
	struct fixture *f = *state;
	char first[DIGEST_HEX_SIZE], second[DIGEST_HEX_SIZE];

	write_bundle(f, &f->key);
	assert_int_equal(0, digest_file(f->path, first, NULL, NULL));
	write_bundle(f, &f->key);
	assert_int_equal(0, digest_file(f->path, second, NULL, NULL));
	assert_string_equal(first, second);
}

static void put_byte(int fd, off_t at, uint8_t byte)
{
	assert_int_equal(1, pwrite(fd, &byte, 1, at));
}

/* Every byte of the archive in turn: headers, lists, signature, files, what lies between them. */
static void every_flipped_bit_is_found(void **state)
{
	struct fixture *f = *state;
	CLEANUP_FREE char *text = NULL;
	CLEANUP_CLOSE int fd = -1;
	size_t len = 0;

	write_bundle(f, &f->key);
	assert_int_equal(0, open_and_verify(f, NULL));
	assert_int_equal(0, file_read(f->path, 1 << 20, &text, &len, NULL));
	assert_true(len > 1000);
	fd = open(f->path, O_WRONLY | O_CLOEXEC);
	for (size_t i = 0; i < len; i++) {
		struct error err CLEANUP_ERROR = ERROR_INIT;

		put_byte(fd, (off_t)i, (uint8_t)text[i] ^ (uint8_t)(1 << i % 8));
		if (open_and_verify(f, &err) == 0)
			fail_msg("bit %zu of byte %zu can be flipped", i % 8, i);
		assert_non_null(err.msg);
		put_byte(fd, (off_t)i, (uint8_t)text[i]);
	}
	assert_int_equal(0, open_and_verify(f, NULL));
}

static void every_truncation_is_found(void **state)
{
	struct fixture *f = *state;
	size_t len = 0;
	CLEANUP_FREE char *text = NULL;

	write_bundle(f, &f->key);
	assert_int_equal(0, file_read(f->path, 1 << 20, &text, &len, NULL));
	for (size_t i = len; i-- > 0;) {
		assert_int_equal(0, truncate(f->path, (off_t)i));
		assert_int_equal(-1, open_and_verify(f, NULL));
	}
	/* and so are bytes behind the end */
	write_bundle(f, &f->key);
	assert_int_equal(0, truncate(f->path, (off_t)len + 1));
	assert_int_equal(-1, open_and_verify(f, NULL));
}

static void only_a_pinned_key_is_trusted(void **state)
{
	struct fixture *f = *state;
	struct error err CLEANUP_ERROR = ERROR_INIT;
	struct bundle b CLEANUP_BUNDLE = BUNDLE_INIT;
	struct secret_key other;

	assert_int_equal(0, secret_key_new(&other, NULL));
	write_bundle(f, NULL);
	assert_fails(open_and_verify(f, &err), &err, ERR_REFUSED);
	write_bundle(f, &other);
	assert_fails(open_and_verify(f, &err), &err, ERR_REFUSED);
	assert_int_equal(0, bundle_open(&b, f->path, &f->ring, &err));
	assert_int_equal(SIGNER_UNKNOWN, b.signers[0].state);
	assert_int_equal(0, bundle_check_trust(&b, true, &err));
	/* another key that took the number of the pinned one */
	memcpy(other.pub.id, f->key.pub.id, sizeof(other.pub.id));
	write_bundle(f, &other);
	assert_fails(open_and_verify(f, &err), &err, ERR_INTEGRITY);
}

static void a_second_signature_is_added(void **state)
{
	struct fixture *f = *state;
	CLEANUP_FREE char *path = path_join(f->dir, "two.rehost");
	struct error err CLEANUP_ERROR = ERROR_INIT;
	struct bundle one CLEANUP_BUNDLE = BUNDLE_INIT, two CLEANUP_BUNDLE = BUNDLE_INIT;
	struct secret_key plant;

	assert_int_equal(0, secret_key_new(&plant, NULL));
	write_bundle(f, &f->key);
	assert_int_equal(0, bundle_open(&one, f->path, &f->ring, NULL));
	assert_fails(bundle_sign(&one, &f->key, path, &err), &err, ERR_EXISTS);
	assert_int_equal(0, bundle_sign(&one, &plant, path, &err));
	assert_int_equal(0, bundle_open(&two, path, &f->ring, &err));
	assert_int_equal(2, two.n_signers);
	assert_string_equal(one.digest, two.digest);
	assert_int_equal(0, bundle_check_trust(&two, false, &err));
	assert_int_equal(0, bundle_verify(&two, NULL, &err));
}

/* The fixture as the next revision, with another disk. */
static void next_revision(struct fixture *f)
{
	struct bundle_file *disk = &f->b.files[0];
	uint8_t sum[DIGEST_SIZE];

	free(f->texts[0]);
	f->texts[0] = disk_text('b');
	digest_of(f->texts[0], strlen(f->texts[0]), sum);
	digest_to_hex(sum, disk->digest);
	f->b.revision++;
	bundle_docs_clear(&f->docs);
	bundle_docs_build(&f->b, &f->docs);
}

/* old.rehost, and x.rehost with the differences of the next revision to it */
static void write_difference(struct fixture *f, struct bundle *ret_old)
{
	CLEANUP_FREE char *old = path_join(f->dir, "old.rehost"), *new = path_join(f->dir, "new.rehost");
	const struct bundle_write_options options = { .key = &f->key };
	struct outfile out CLEANUP_OUTFILE = OUTFILE_INIT;
	struct error err CLEANUP_ERROR = ERROR_INIT;

	write_bundle(f, &f->key);
	assert_int_equal(0, rename(f->path, old));
	next_revision(f);
	write_bundle(f, NULL);
	assert_int_equal(0, rename(f->path, new));
	assert_int_equal(0, bundle_open(ret_old, old, &f->ring, NULL));
	assert_int_equal(0, outfile_open(&out, f->path, OUTFILE_REPLACE, NULL));
	if (bundle_write_difference(ret_old, new, &out, &options, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(0, outfile_commit(&out, NULL));
}

static int verify_with(const struct fixture *f, const struct bundle *old, struct error *err)
{
	const struct bundle_base base = { old, NULL };
	struct bundle b CLEANUP_BUNDLE = BUNDLE_INIT;

	if (bundle_open(&b, f->path, &f->ring, err) < 0 || bundle_check_trust(&b, false, err) < 0 ||
	    bundle_check_base(&b, old, err) < 0)
		return -1;
	return bundle_verify_whole(&b, &base, NULL, err);
}

static void every_flipped_bit_of_differences_is_found(void **state)
{
	struct fixture *f = *state;
	struct bundle old CLEANUP_BUNDLE = BUNDLE_INIT, b CLEANUP_BUNDLE = BUNDLE_INIT;
	struct error first CLEANUP_ERROR = ERROR_INIT;
	CLEANUP_FREE char *text = NULL;
	CLEANUP_CLOSE int fd = -1;
	size_t len = 0;

	write_difference(f, &old);
	assert_int_equal(0, bundle_open(&b, f->path, &f->ring, NULL));
	assert_int_equal(FORM_DELTA, b.files[0].form);
	assert_int_equal(FORM_BASE, b.files[1].form);
	assert_int_equal(4, b.revision);
	if (verify_with(f, &old, &first) < 0)
		fail_msg("%s", first.msg);
	assert_int_equal(0, file_read(f->path, 1 << 20, &text, &len, NULL));
	fd = open(f->path, O_WRONLY | O_CLOEXEC);
	for (size_t i = 0; i < len; i++) {
		struct error err CLEANUP_ERROR = ERROR_INIT;

		put_byte(fd, (off_t)i, (uint8_t)text[i] ^ (uint8_t)(1 << i % 8));
		if (verify_with(f, &old, &err) == 0)
			fail_msg("bit %zu of byte %zu can be flipped", i % 8, i);
		put_byte(fd, (off_t)i, (uint8_t)text[i]);
	}
	assert_int_equal(0, verify_with(f, &old, NULL));
}

static void another_base_is_refused(void **state)
{
	struct fixture *f = *state;
	struct bundle old CLEANUP_BUNDLE = BUNDLE_INIT, whole CLEANUP_BUNDLE = BUNDLE_INIT;
	CLEANUP_FREE char *new = path_join(f->dir, "new.rehost");
	struct error err CLEANUP_ERROR = ERROR_INIT;

	write_difference(f, &old);
	assert_int_equal(0, bundle_open(&whole, new, &f->ring, NULL));
	assert_fails(verify_with(f, &whole, &err), &err, ERR_REFUSED);
}

static int count_bytes(void *arg, const void *data, size_t len, struct error *err)
{
	uint64_t *n = arg;

	(void)data, (void)err;
	*n += len;
	return 0;
}

/* Deltas are verified before they are used; yet none may bring more than was said, or crash. */
static void deltas_that_lie_are_refused(void **state)
{
	/* rdiff: magic, then a copy of 64 MiB from the beginning, of one from far behind the end, an end */
	static const struct {
		const uint8_t bytes[16];
		size_t len;
	} cases[] = {
		{ { 'r', 's', 2, 0x36, 0x47, 0, 4, 0, 0, 0, 0 }, 11 },
		{ { 'r', 's', 2, 0x36, 0x45, 0x7f, 0xff, 0xff, 0xff, 1, 0 }, 11 },
		{ { 'r', 's', 2, 0x36, 0x45, 0, 0, 0, 0 }, 9 },
		{ { 'r', 's', 2, 0x36, 0x3f }, 5 },
		{ { 'r', 's', 2, 0x37, 0 }, 5 },
		{ { 0 }, 0 },
	};
	struct fixture *f = *state;
	CLEANUP_FREE char *old_path = path_join(f->dir, "old"), *path = path_join(f->dir, "delta");
	struct parts old CLEANUP_PARTS = PARTS_INIT;
	struct stretch from;

	assert_int_equal(0, file_write(old_path, f->texts[0], 4096, OUTFILE_NEW, NULL));
	assert_int_equal(0, parts_open(&old, old_path, NULL));
	from = (struct stretch){ &old, 0, old.size, "old" };
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct parts data CLEANUP_PARTS = PARTS_INIT;
		struct error err CLEANUP_ERROR = ERROR_INIT;
		struct stretch delta;
		uint64_t n = 0;

		assert_int_equal(0, file_write(path, cases[i].bytes, cases[i].len, OUTFILE_REPLACE, NULL));
		assert_int_equal(0, parts_open(&data, path, NULL));
		delta = (struct stretch){ &data, 0, data.size, "delta" };
		assert_fails(delta_apply(&from, &delta, 100, count_bytes, &n, &err), &err,
			     ERR_INTEGRITY);
		assert_true(n <= 100);
	}
}

static void swapped_files_are_found(void **state)
{
	struct fixture *f = *state;
	struct outfile out CLEANUP_OUTFILE = OUTFILE_INIT;
	struct tar_writer tar = TAR_WRITER_INIT;
	struct error err CLEANUP_ERROR = ERROR_INIT;
	CLEANUP_FREE char *other = disk_text('x');

	start(f, &out, &tar);
	put_docs(f, &tar, &f->key);
	put_file(f, &tar, 0, other);
	put_file(f, &tar, 1, f->texts[1]);
	put_file(f, &tar, 2, f->texts[2]);
	finish(&out, &tar);
	assert_fails(open_and_verify(f, &err), &err, ERR_INTEGRITY);
}

static void a_file_too_many_or_too_few_is_found(void **state)
{
	struct fixture *f = *state;
	struct outfile out CLEANUP_OUTFILE = OUTFILE_INIT;
	struct tar_writer tar = TAR_WRITER_INIT;
	struct error err CLEANUP_ERROR = ERROR_INIT;

	start(f, &out, &tar);
	put_docs(f, &tar, &f->key);
	put_file(f, &tar, 0, f->texts[0]);
	put_file(f, &tar, 1, f->texts[1]);
	finish(&out, &tar);
	assert_fails(open_and_verify(f, &err), &err, ERR_INTEGRITY);
	start(f, &out, &tar);
	put_docs(f, &tar, &f->key);
	for (size_t i = 0; i < f->b.n_files; i++)
		put_file(f, &tar, i, f->texts[i]);
	tar_add_text(&tar, "blobs/sha256/extra", "x", 1, NULL);
	finish(&out, &tar);
	assert_fails(open_and_verify(f, &err), &err, ERR_INTEGRITY);
}

/* An archive of one odd entry, as another tool would make it. */
static void write_odd(const struct fixture *f, const char *name, unsigned int type,
		      const char *link, int count)
{
	struct archive *a = archive_write_new();
	struct archive_entry *entry = archive_entry_new();

	archive_write_set_format_gnutar(a);
	assert_int_equal(ARCHIVE_OK, archive_write_open_filename(a, f->path));
	archive_entry_set_pathname(entry, name);
	archive_entry_set_filetype(entry, type);
	archive_entry_set_perm(entry, 0644);
	archive_entry_set_mtime(entry, 0, 0);
	archive_entry_set_size(entry, 0);
	if (link)
		archive_entry_set_symlink(entry, link);
	for (int i = 0; i < count; i++)
		assert_int_equal(ARCHIVE_OK, archive_write_header(a, entry));
	archive_entry_free(entry);
	archive_write_free(a);
}

static void odd_entries_are_refused_by_name(void **state)
{
	static const struct {
		const char *name;
		unsigned int type;
		const char *link;
		int count;
		const char *said;
	} cases[] = {
		{ "../../etc/passwd", AE_IFREG, NULL, 1, "leaves the archive" },
		{ "a/../b", AE_IFREG, NULL, 1, "leaves the archive" },
		{ "/etc/passwd", AE_IFREG, NULL, 1, "absolute path" },
		{ "index.json", AE_IFLNK, "/etc/passwd", 1, "is a link" },
		{ "sda", AE_IFBLK, NULL, 1, "not a plain file" },
		{ "tty", AE_IFCHR, NULL, 1, "not a plain file" },
		{ "pipe", AE_IFIFO, NULL, 1, "not a plain file" },
		{ "blobs", AE_IFDIR, NULL, 1, "not a plain file" },
		{ "a\\b", AE_IFREG, NULL, 1, "leaves the archive" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct error err CLEANUP_ERROR = ERROR_INIT;

		write_odd(f, cases[i].name, cases[i].type, cases[i].link, cases[i].count);
		assert_int_equal(-1, open_and_verify(f, &err));
		assert_int_equal(ERR_REFUSED, err.code);
		assert_non_null(strstr(err.msg, cases[i].said));
	}
}

static void put_many(struct fixture *f, const char *pattern, int count)
{
	struct outfile out CLEANUP_OUTFILE = OUTFILE_INIT;
	struct tar_writer tar = TAR_WRITER_INIT;

	start(f, &out, &tar);
	for (int i = 0; i < count; i++) {
		CLEANUP_FREE char *name = xasprintf("%s%d", pattern, i / 2 * 2);

		assert_int_equal(0, tar_add(&tar, name, 0, NULL));
	}
	finish(&out, &tar);
}

static void duplicates_and_floods_are_refused(void **state)
{
	struct fixture *f = *state;
	struct error err CLEANUP_ERROR = ERROR_INIT;

	put_many(f, "x", 2);
	assert_int_equal(-1, open_and_verify(f, &err));
	assert_int_equal(ERR_REFUSED, err.code);
	assert_non_null(strstr(err.msg, "is there twice"));
	error_clear(&err);
	put_many(f, "x", TAR_ENTRIES_MAX + 1);
	assert_int_equal(-1, open_and_verify(f, &err));
	assert_int_equal(ERR_REFUSED, err.code);
	assert_non_null(strstr(err.msg, "more than 20000 files"));
}

/* An index of a million entries, signed: its size is looked at before it is read. */
static void a_huge_index_is_refused(void **state)
{
	struct fixture *f = *state;
	struct outfile out CLEANUP_OUTFILE = OUTFILE_INIT;
	struct tar_writer tar = TAR_WRITER_INIT;
	struct error err CLEANUP_ERROR = ERROR_INIT;
	FILE *text;

	free(STEAL(f->docs.index.text));
	text = open_memstream(&f->docs.index.text, &f->docs.index.len);
	fputs("{\"manifests\":[{}", text);
	for (int i = 0; i < 1000000; i++)
		fputs(",{\"size\":1}", text);
	fputs("]}", text);
	fclose(text);
	start(f, &out, &tar);
	put_docs(f, &tar, &f->key);
	finish(&out, &tar);
	assert_int_equal(-1, open_and_verify(f, &err));
	assert_int_equal(ERR_REFUSED, err.code);
	assert_non_null(strstr(err.msg, "index.json is too large"));
}

static void what_is_no_archive_is_refused(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
	} cases[] = { { "", 0 }, { "hello", 5 }, { "\x1f\x8b\x08", 3 }, { "\x28\xb5\x2f\xfd", 4 } };
	struct fixture *f = *state;
	struct error err CLEANUP_ERROR = ERROR_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(0, file_write(f->path, cases[i].bytes, cases[i].len,
					       OUTFILE_REPLACE, NULL));
		assert_fails(open_and_verify(f, &err), &err, ERR_FORMAT);
	}
}

/* A list may be wrong in many ways, and is signed in each: by somebody who wants to do harm. */
static void wrong_lists_are_refused(void **state)
{
	static const char digest[] = "sha256:"
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
	static const char *const cases[] = {
		"{}", "[]", "{\"schemaVersion\":2", "{} {}", "[[[[[[[[[[[[]]]]]]]]]]]]",
		"{\"annotations\":{\"rehost.bundle.format\":\"2\",\"rehost.bundle.name\":\"x\","
		"\"rehost.bundle.revision\":\"1\"},\"manifests\":[]}",
		"{\"annotations\":{\"rehost.bundle.format\":\"1\",\"rehost.bundle.name\":\"x\","
		"\"rehost.bundle.revision\":\"0\"},\"manifests\":[]}",
		"{\"annotations\":{\"rehost.bundle.format\":\"1\",\"rehost.bundle.name\":\"x\","
		"\"rehost.bundle.revision\":\"1\"},\"manifests\":[]}",
		"{\"annotations\":{\"rehost.bundle.format\":\"1\",\"rehost.bundle.name\":\"x\","
		"\"rehost.bundle.revision\":\"1\"},\"manifests\":[{\"mediaType\":\"x\","
		"\"digest\":\"sha256:../../x\",\"size\":1}]}",
		"{\"annotations\":{\"rehost.bundle.format\":\"1\",\"rehost.bundle.name\":\"x\","
		"\"rehost.bundle.revision\":\"1\"},\"manifests\":[{\"mediaType\":\"x\","
		"\"digest\":\"%s\",\"size\":-1}]}",
		"{\"annotations\":{\"rehost.bundle.format\":\"1\",\"rehost.bundle.name\":\"x\","
		"\"rehost.bundle.revision\":\"1\"},\"manifests\":[{\"mediaType\":\"x\","
		"\"digest\":\"%s\",\"size\":18446744073709551616}]}",
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct outfile out CLEANUP_OUTFILE = OUTFILE_INIT;
		struct tar_writer tar = TAR_WRITER_INIT;
		const char *hole = strstr(cases[i], "%s");
		CLEANUP_FREE char *text = hole ? xasprintf("%.*s%s%s", (int)(hole - cases[i]),
							   cases[i], digest, hole + 2)
					       : xstrdup(cases[i]);

		free(f->docs.index.text);
		f->docs.index.text = STEAL(text);
		f->docs.index.len = strlen(f->docs.index.text);
		start(f, &out, &tar);
		put_docs(f, &tar, &f->key);
		finish(&out, &tar);
		assert_int_equal(-1, open_and_verify(f, NULL));
	}
}

static void an_older_bundle_is_refused(void **state)
{
	struct fixture *f = *state;
	struct error err CLEANUP_ERROR = ERROR_INIT;
	char other[DIGEST_HEX_SIZE];

	memset(other, '0', sizeof(other) - 1);
	other[sizeof(other) - 1] = '\0';
	memset(f->b.digest, '1', sizeof(f->b.digest) - 1);
	f->b.path = xstrdup("x.rehost");
	assert_int_equal(0, bundle_check_revision(&f->b, 0, NULL, false, &err));
	assert_int_equal(0, bundle_check_revision(&f->b, 2, other, false, &err));
	assert_int_equal(0, bundle_check_revision(&f->b, 3, f->b.digest, false, &err));
	assert_fails(bundle_check_revision(&f->b, 3, other, false, &err), &err, ERR_REFUSED);
	assert_fails(bundle_check_revision(&f->b, 4, other, false, &err), &err, ERR_REFUSED);
	assert_int_equal(0, bundle_check_revision(&f->b, 4, other, true, &err));
}

/* A tree of one guest, as it would be extracted; @old and @new: what is exchanged in a document. */
static void write_tree(const char *dir, const char *file, const char *old, const char *new)
{
	static const char plan[] =
		"<plan version='1' name='line4' host='host.xml' answer='optimal' cost='0' bound='0' "
		"nodes='1'><partitions><partition guest='guests/a' name='a' class='shared' cpus='0' "
		"vcpus='1' memory='1048576' overhead='0' priority='1' start-order='1'/></partitions>"
		"<findings/></plan>";
	static const uint8_t image[512] = { 'Q', 'F', 'I', 0xfb, 0, 0, 0, 3, [29] = 0x10,
					    [79] = 8, [23] = 16 };
	CLEANUP_FREE char *guest_dir = path_join(dir, "guests/a");
	CLEANUP_FREE char *disk = path_join(guest_dir, "disk0.qcow2"), *text = NULL;
	CLEANUP_FREE char *plan_path = path_join(dir, "plan.xml");
	CLEANUP_FREE char *edited = path_join(dir, file ? file : "");
	struct guest g CLEANUP_GUEST = GUEST_INIT;
	struct guest_disk *d = APPEND(g.disks, g.n_disks);
	char *at;
	size_t len;

	g.name = xstrdup("a");
	g.uuid = guest_uuid_from_name("a");
	g.converter = xstrdup("none");
	g.family = xstrdup("bare");
	g.target = xstrdup("qemu");
	g.memory = 1 << 20;
	g.vcpus = 1;
	g.life = (struct guest_life){ LIFE_SERIAL, xstrdup("x"), 1 };
	*d = (struct guest_disk){ .file = xstrdup("disk0.qcow2"), .format = xstrdup("qcow2"),
				  .size = 1 << 20, .boot = true };
	assert_int_equal(0, folder_make(guest_dir, NULL));
	assert_int_equal(0, guest_write(&g, guest_dir, NULL));
	assert_int_equal(0, file_write(disk, image, sizeof(image), OUTFILE_REPLACE, NULL));
	assert_int_equal(0, file_write(plan_path, plan, strlen(plan), OUTFILE_REPLACE, NULL));
	if (!old)
		return;
	assert_int_equal(0, file_read(edited, 1 << 16, &text, &len, NULL));
	at = strstr(text, old);
	assert_non_null(at);
	assert_int_equal(strlen(old), strlen(new));
	memcpy(at, new, strlen(new));
	assert_int_equal(0, file_write(edited, text, len, OUTFILE_REPLACE, NULL));
}

static void what_refers_to_the_outside_is_refused(void **state)
{
	static const struct {
		const char *file, *old, *new;
	} cases[] = {
		{ "plan.xml", "guests/a", "../../ab" },
		{ "plan.xml", "guests/a", "guests//" },
		{ "plan.xml", "guests/a", "/guest/a" },
		{ "plan.xml", "host.xml", "/etc/xxx" },
		{ "guests/a/guest.xml", "format=\"qcow2\" size=\"1048576\"",
		  "format=\"qcow2\" size=\"1048577\"" },
		{ "guests/a/guest.xml", "format=\"qcow2\" ", "format=\"raw\"   " },
	};
	struct fixture *f = *state;
	CLEANUP_FREE char *dir = path_join(f->dir, "tree");
	struct error err CLEANUP_ERROR = ERROR_INIT;

	write_tree(dir, NULL, NULL, NULL);
	if (bundle_check_tree(dir, &err) < 0)
		fail_msg("%s", err.msg);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		write_tree(dir, cases[i].file, cases[i].old, cases[i].new);
		assert_fails(bundle_check_tree(dir, &err), &err, ERR_REFUSED);
	}
}

/* Backing file, encryption, snapshots, a data file of its own, another version, no qcow2 at all. */
static void a_disk_that_does_not_stand_alone_is_refused(void **state)
{
	static const off_t positions[] = { 0, 7, 15, 19, 35, 63, 79 };
	struct fixture *f = *state;
	CLEANUP_FREE char *dir = path_join(f->dir, "tree");
	CLEANUP_FREE char *disk = path_join(dir, "guests/a/disk0.qcow2");
	struct error err CLEANUP_ERROR = ERROR_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(positions); i++) {
		CLEANUP_CLOSE int fd = -1;

		write_tree(dir, NULL, NULL, NULL);
		fd = open(disk, O_WRONLY | O_CLOEXEC);
		put_byte(fd, positions[i], 0x04);
		assert_fails(bundle_check_tree(dir, &err), &err, ERR_REFUSED);
	}
}

static void names_that_lead_out_are_known(void **state)
{
	(void)state;
	assert_true(tar_name_is_safe("guests/a b/disk0.qcow2"));
	assert_true(tar_name_is_safe("..a"));
	assert_false(tar_name_is_safe(""));
	assert_false(tar_name_is_safe("/"));
	assert_false(tar_name_is_safe("a/"));
	assert_false(tar_name_is_safe("a//b"));
	assert_false(tar_name_is_safe("./a"));
	assert_false(tar_name_is_safe("a/.."));
	assert_false(tar_name_is_safe("a\nb"));
}

static void fat_gets_parts_of_less_than_4_gib(void **state)
{
	const uint64_t gib = UINT64_C(1) << 30, most = UINT64_C(0xffffffff);

	(void)state;
	assert_int_equal(3 * gib, carry_part_size(MSDOS_SUPER_MAGIC, 0, 3 * gib));
	assert_true(carry_part_size(MSDOS_SUPER_MAGIC, 0, 4 * gib) <= most);
	assert_true(carry_part_size(MSDOS_SUPER_MAGIC, 0, 40 * gib) <= most);
	assert_true(carry_part_size(MSDOS_SUPER_MAGIC, 5 * gib, 40 * gib) <= most);
	assert_int_equal(gib, carry_part_size(MSDOS_SUPER_MAGIC, gib, 40 * gib));
	assert_int_equal(40 * gib, carry_part_size(EXT4_SUPER_MAGIC, 0, 40 * gib));
	assert_int_equal(40 * gib, carry_part_size(EXFAT_SUPER_MAGIC, 0, 40 * gib));
	assert_int_equal(5 * gib, carry_part_size(EXT4_SUPER_MAGIC, 5 * gib, 40 * gib));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_bundle_is_read_back),
		TEST(the_same_input_gives_the_same_bytes),
		TEST(every_flipped_bit_is_found),
		TEST(every_truncation_is_found),
		TEST(only_a_pinned_key_is_trusted),
		TEST(a_second_signature_is_added),
		TEST(every_flipped_bit_of_differences_is_found),
		TEST(another_base_is_refused),
		TEST(deltas_that_lie_are_refused),
		TEST(a_huge_index_is_refused),
		TEST(swapped_files_are_found),
		TEST(a_file_too_many_or_too_few_is_found),
		TEST(odd_entries_are_refused_by_name),
		TEST(duplicates_and_floods_are_refused),
		TEST(what_is_no_archive_is_refused),
		TEST(wrong_lists_are_refused),
		TEST(an_older_bundle_is_refused),
		TEST(what_refers_to_the_outside_is_refused),
		TEST(a_disk_that_does_not_stand_alone_is_refused),
		TEST(names_that_lead_out_are_known),
		TEST(fat_gets_parts_of_less_than_4_gib),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
