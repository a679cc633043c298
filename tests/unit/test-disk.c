// SPDX-License-Identifier: GPL-2.0-or-later
/* Tests of ranges, maps, disk digests and the one pass that copies a disk. */
#include "config.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/base/child.h"
#include "lib/base/outfile.h"
#include "lib/base/path.h"
#include "lib/capture_target.h"
#include "lib/copy.h"
#include "lib/disk_raw.h"
#include "lib/live.h"
#include "lib/mapfile.h"
#include "lib/rescue_file.h"
#include "tests/unit/test.h"

static void ranges_stay_sorted_and_apart(void **state)
{
	struct ranges r CLEANUP_RANGES = RANGES_INIT;

	(void)state;
	ranges_add(&r, 100, 200);
	ranges_add(&r, 300, 400);
	ranges_add(&r, 50, 60);
	ranges_add(&r, 500, 500);
	assert_int_equal(3, r.n);
	ranges_add(&r, 60, 100);
	assert_int_equal(2, r.n);
	assert_int_equal(50, r.v[0].start);
	assert_int_equal(200, r.v[0].end);
	ranges_add(&r, 0, 1000);
	assert_int_equal(1, r.n);
	assert_int_equal(1000, ranges_total(&r));
	assert_true(ranges_has(&r, 0, 1000));
	assert_false(ranges_has(&r, 0, 1001));
}

static void ranges_close_gaps_before_they_grow_too_long(void **state)
{
	struct ranges r CLEANUP_RANGES = RANGES_INIT;
	uint64_t n = 3 * (uint64_t)RANGES_MAX;

	(void)state;
	for (uint64_t i = 0; i < n; i++)
		ranges_add(&r, i * 1024, i * 1024 + 512);
	assert_true(r.n < RANGES_MAX);
	for (uint64_t i = 0; i < n; i += 1000)
		assert_true(ranges_has(&r, i * 1024, i * 1024 + 512));
}

static void ranges_in_common(void **state)
{
	struct ranges a CLEANUP_RANGES = RANGES_INIT, b CLEANUP_RANGES = RANGES_INIT;
	struct ranges both CLEANUP_RANGES = RANGES_INIT;

	(void)state;
	ranges_add(&a, 0, 100);
	ranges_add(&a, 200, 300);
	ranges_add(&b, 50, 250);
	ranges_add(&b, 290, 400);
	ranges_common(&a, &b, &both);
	assert_int_equal(3, both.n);
	assert_int_equal(50 + 50 + 10, ranges_total(&both));
	assert_true(ranges_touch(&both, 249, 260));
	assert_false(ranges_touch(&both, 250, 290));
	assert_false(ranges_touch(&both, 60, 60));
	assert_false(ranges_touch(&both, 300, 1000));
}

/* Only what is to be rescued has a place, whatever the order; the rest reads as zeros. */
static void what_is_rescued_is_packed(void **state)
{
	CLEANUP_CLOSE int fd = memfd_create("rescue", MFD_CLOEXEC);
	struct ranges domain CLEANUP_RANGES = RANGES_INIT;
	struct rescue_file f CLEANUP_RESCUE_FILE = RESCUE_FILE_INIT;
	struct source s CLEANUP_SOURCE = SOURCE_INIT;
	struct error err CLEANUP_ERROR = ERROR_INIT;
	char data[40] = "", expected[40] = "";

	(void)state;
	ranges_add(&domain, 1000, 1010);
	ranges_add(&domain, UINT64_C(1) << 40, (UINT64_C(1) << 40) + 20);
	rescue_file_begin(&f, fd, &domain);
	assert_int_equal(0, rescue_file_write(&f, (UINT64_C(1) << 40) + 5, "after", 5, &err));
	assert_int_equal(0, rescue_file_write(&f, 1002, "before", 6, &err));
	assert_int_equal(-1, rescue_file_write(&f, 1005, "too long", 8, &err));
	assert_true(lseek(fd, 0, SEEK_END) <= 30);
	rescue_file_source(&f, UINT64_C(2) << 40, &s);
	assert_int_equal(0, source_try_read(&s, 990, data, 40));
	memcpy(expected + 12, "before", 6);
	assert_memory_equal(expected, data, 40);
	assert_int_equal(0, source_try_read(&s, (UINT64_C(1) << 40) - 10, data, 40));
	memset(expected, 0, sizeof(expected));
	memcpy(expected + 15, "after", 5);
	assert_memory_equal(expected, data, 40);
}

static void targets_that_cannot_hold_a_capture(void **state)
{
	const struct capture_target fat = { 0x4d44, UINT64_C(1) << 40 }, small = { 0xef53, 100 << 20 };
	const uint64_t used[] = { 1 << 20, UINT64_C(5) << 30 };
	struct error err CLEANUP_ERROR = ERROR_INIT;

	(void)state;
	assert_int_equal(0, capture_target_check(&fat, used[1], &err));
	/* parts are as long as FAT can have them, in whole clusters of the image */
	assert_int_equal(0, capture_target_split(&fat, used[0]));
	assert_int_equal(0xffff0000, capture_target_split(&fat, used[1]));
	assert_int_equal(0, capture_target_split(&small, used[1]));
	assert_int_equal(-1, capture_target_check(&small, used[1], &err));
	assert_int_equal(ERR_NO_SPACE, err.code);
	error_clear(&err);
	assert_int_equal(0, capture_target_check(&small, used[0], &err));
}

static void tables_of_volumes_are_read_in_bounds(void **state)
{
	static const char *const bad[] = { "", "0 8", "0 0 linear 8:2 0", "0 8 linear 8-2 0", "0 -1 linear 8:2 0",
					   "0 8 linear 8:2 18446744073709551615", "0 8 linear 8:2" };
	struct live_segment s = { 0 };
	struct error err CLEANUP_ERROR = ERROR_INIT;

	(void)state;
	assert_int_equal(0, live_segment_parse("2048 409600 linear 8:2 4096", &s, &err));
	assert_int_equal(1 << 20, s.start);
	assert_int_equal(409600 * 512, s.size);
	assert_int_equal(4096 * 512, s.offset);
	assert_int_equal(8, s.major);
	assert_int_equal(2, s.minor);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(-1, live_segment_parse(bad[i], &s, &err));
		error_clear(&err);
	}
	assert_int_equal(-1, live_segment_parse("0 8 striped 2 128 8:2 0 8:3 0", &s, &err));
	assert_int_equal(ERR_UNSUPPORTED, err.code);
}

static void what_lies_over_a_disk_is_read_instead(void **state)
{
	int fd = memfd_create("snapshot", 0);
	uint8_t bytes[] = "abcd", buf[16];
	struct live_overlay overlays[] = { { .start = 2, .size = 4, .bytes = bytes, .fd = -1 },
					   { .start = 4, .size = 8, .fd = fd, .offset = 1 } };
	struct live_disk disk = { .overlays = overlays, .n_overlays = 2 };

	(void)state;
	assert_int_equal(10, write(fd, "0123456789", 10));
	memset(buf, '.', sizeof(buf));
	assert_int_equal(0, live_read(&disk, 0, buf, sizeof(buf)));
	assert_memory_equal("..ab12345678....", buf, sizeof(buf));
	memset(buf, '.', sizeof(buf));
	assert_int_equal(0, live_read(&disk, 5, buf, 3));
	assert_memory_equal("234.............", buf, sizeof(buf));
	/* what is shorter than it was cannot be read */
	overlays[1].offset = 9;
	assert_int_equal(-EIO, live_read(&disk, 0, buf, sizeof(buf)));
	close(fd);
}

/* The map against a byte for each sector. */
static void map_marks_like_an_array(void **state)
{
	enum { SECTORS = 64 };
	static const char all[] = "?*/-+";
	char model[SECTORS];
	struct mapfile map CLEANUP_MAPFILE = MAPFILE_INIT;
	struct error err CLEANUP_ERROR = ERROR_INIT;
	unsigned int seed = 1;

	(void)state;
	memset(model, '?', sizeof(model));
	mapfile_begin(&map, SECTORS * 512, MAP_NON_TRIED);
	for (int round = 0; round < 2000; round++) {
		size_t start, len;
		char status;

		seed = seed * 1103515245 + 12345;
		start = (seed >> 8) % SECTORS;
		len = 1 + (seed >> 16) % (SECTORS - start);
		status = all[(seed >> 24) % 5];
		memset(model + start, status, len);
		assert_int_equal(0, mapfile_mark(&map, start * 512, len * 512,
						 (enum map_status)status, &err));
		for (size_t i = 0; i < SECTORS; i++)
			assert_int_equal(model[i], map.v[mapfile_find(&map, i * 512)].status);
		for (size_t i = 1; i < map.n; i++) {
			assert_int_equal(map.v[i - 1].end, map.v[i].start);
			assert_int_not_equal(map.v[i - 1].status, map.v[i].status);
		}
	}
	assert_fails(mapfile_mark(&map, 512, UINT64_MAX, MAP_BAD, &err), &err, ERR_FORMAT);
	assert_fails(mapfile_mark(&map, 0, 0, MAP_BAD, &err), &err, ERR_FORMAT);
}

static void map_text_is_that_of_ddrescue(void **state)
{
	static const char good[] = "# Mapfile. Created by GNU ddrescue version 1.27\n"
				   "# current_pos  current_status  current_pass\n"
				   "0x00000600     ?               1\n"
				   "#      pos        size  status\n"
				   "0x00000000  0x00000400  +\n"
				   "0x00000400  0x00000200  -\n"
				   "0x00000600  0x00000200  ?\n";
	static const char *const bad[] = {
		"",
		"0x0 Z\n",
		"0x0 ?\n0x0 0x400 +\n0x200 0x200 +\n",
		"0x0 ?\n0x0 0x401 +\n0x400 0x400 +\n",
		"0x0 ?\n0x0 0x1000 +\n",
		"0x0 ?\n0xFFFFFFFFFFFFFE00 0x200 +\n",
		"0x0 ?\n0x0 0x0 +\n",
		"0x0 ?\n0x0 0x200 x\n",
		"0x0 ?\n0x0 0x200\n",
	};
	struct mapfile map CLEANUP_MAPFILE = MAPFILE_INIT, again CLEANUP_MAPFILE = MAPFILE_INIT;
	struct error err CLEANUP_ERROR = ERROR_INIT;
	CLEANUP_FREE char *dir = make_test_folder(), *path = path_join(dir, "m");

	(void)state;
	assert_int_equal(0, mapfile_parse(&map, good, "m", 0x800, &err));
	assert_int_equal(0x400, mapfile_total(&map, MAP_FINISHED));
	assert_int_equal(0x200, mapfile_total(&map, MAP_BAD));
	assert_int_equal(1, mapfile_count(&map, MAP_NON_TRIED));
	assert_int_equal(0, mapfile_write(&map, path, OUTFILE_NEW, &err));
	assert_int_equal(0, mapfile_read(&again, path, 0x800, &err));
	assert_int_equal(map.n, again.n);
	assert_memory_equal(map.v, again.v, map.n * sizeof(map.v[0]));
	assert_int_equal(map.pos, again.pos);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_fails(mapfile_parse(&again, bad[i], "bad", 0x800, &err), &err, ERR_FORMAT);
	assert_int_equal(0, folder_remove(dir, &err));
}

static void what_could_not_be_read_has_three_states(void **state)
{
	static const char text[] = "0x0 +\n0x0 0x200 +\n0x200 0x200 -\n0x400 0x200 ?\n0x600 0x200 *\n"
				   "0x800 0x200 +\n0xa00 0x200 /\n";
	struct mapfile map CLEANUP_MAPFILE = MAPFILE_INIT;
	struct ranges unread CLEANUP_RANGES = RANGES_INIT;
	struct error err CLEANUP_ERROR = ERROR_INIT;

	(void)state;
	assert_int_equal(0, mapfile_parse(&map, text, "m", 0xc00, &err));
	mapfile_unread(&map, &unread);
	assert_int_equal(3, unread.n);
	assert_true(ranges_has(&unread, 0x200, 0x400) && ranges_has(&unread, 0x600, 0x800) &&
		    ranges_has(&unread, 0xa00, 0xc00));
}

/* A disk with text, noise, zeros, and an end inside of a sector. */
static void make_disk(const char *path, uint64_t size)
{
	CLEANUP_CLOSE int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	uint8_t block[4096];
	unsigned int seed = 42;

	assert_true(fd >= 0);
	assert_int_equal(0, ftruncate(fd, (off_t)size));
	for (uint64_t at = 0; at < size; at += 3 * sizeof(block)) {
		for (size_t i = 0; i < sizeof(block); i++) {
			seed = seed * 1103515245 + 12345;
			block[i] = (uint8_t)(at % (5 << 20) < (2 << 20) ? seed >> 16 : 'a');
		}
		if (at % (7 << 20) < (4 << 20))
			assert_true(pwrite(fd, block, MIN(sizeof(block), size - at),
					   (off_t)at) > 0);
	}
}

/* ret_disk NULL: nobody wants to know */
static void to_qcow2(struct source *source, const char *path, char *ret_disk)
{
	struct outfile out CLEANUP_OUTFILE = OUTFILE_INIT;
	struct qcow2 image CLEANUP_QCOW2 = QCOW2_INIT;
	struct error err CLEANUP_ERROR = ERROR_INIT;
	char disk[DIGEST_HEX_SIZE];

	assert_int_equal(0, outfile_open(&out, path, OUTFILE_NEW, &err));
	assert_int_equal(0, qcow2_begin(&image, fileno(out.f), source->size, NULL, NULL, &err));
	assert_int_equal(0, copy_source(source, &image, NULL, ret_disk ? ret_disk : disk, &err));
	assert_int_equal(0, outfile_commit(&out, &err));
}

static void copies_are_equal_and_always_the_same(void **state)
{
	CLEANUP_FREE char *dir = make_test_folder(), *disk = path_join(dir, "d");
	CLEANUP_FREE char *one = path_join(dir, "one"), *two = path_join(dir, "two");
	struct source source CLEANUP_SOURCE = SOURCE_INIT, image CLEANUP_SOURCE = SOURCE_INIT;
	struct error err CLEANUP_ERROR = ERROR_INIT;
	char first[DIGEST_HEX_SIZE], second[DIGEST_HEX_SIZE], back[DIGEST_HEX_SIZE];
	CLEANUP_FREE uint8_t *extents = NULL;
	size_t n;
	CLEANUP_FREE char *nbd_server = NULL;

	(void)state;
	make_disk(disk, (70 << 20) + 777);
	assert_int_equal(0, source_open(&source, disk, 0, &err));
	assert_int_equal((70 << 20) + 1024, source.size);
	to_qcow2(&source, one, first);
	to_qcow2(&source, two, second);
	assert_string_equal(first, second);
	assert_int_equal(0, digest_file(one, first, NULL, &err));
	assert_int_equal(0, digest_file(two, back, NULL, &err));
	assert_string_equal(first, back);
	nbd_server = child_find("qemu-nbd");
	if (nbd_server && source_open(&image, one, 0, &err) == 0) {
		assert_int_equal(0, copy_digest(&image, NULL, &extents, &n, back, &err));
		assert_string_equal(second, back);
		assert_int_equal(2, n);
	}
	assert_false(error_is_set(&err));
	assert_int_equal(0, folder_remove(dir, &err));
}

/* An overlay as guests leave them: written to, with zeros, longer or shorter than what it stands on. */
static void make_overlay(const char *path, const char *size)
{
	const char *create[] = { "qemu-img", "create", "-q", "-f", "qcow2", "-b", "one", "-F", "qcow2",
				 path, size, NULL };
	const char *write[] = { "qemu-io", "-c", "write -P 7 3M 200k", "-c", "write -P 8 100k 1",
				"-c", "write -z 20M 3M", "-c", "write -z -u 30M 65k",
				"-c", "discard 9M 2M", "-c", "write -P 9 59M 65k", path, NULL };
	struct error err CLEANUP_ERROR = ERROR_INIT;

	if (child_run(create, NULL, &err) < 0 || child_run(write, NULL, &err) < 0)
		fail_msg("%s", err.msg);
}

static void store_chain(const char *from, const char *to, char ret_disk[DIGEST_HEX_SIZE])
{
	struct qcow2_chain chain CLEANUP_QCOW2_CHAIN = QCOW2_CHAIN_INIT;
	struct outfile out CLEANUP_OUTFILE = OUTFILE_INIT;
	struct qcow2 image CLEANUP_QCOW2 = QCOW2_INIT;
	struct error err CLEANUP_ERROR = ERROR_INIT;

	if (qcow2_chain_open(&chain, from, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(2, chain.n);
	assert_int_equal(0, outfile_open(&out, to, OUTFILE_NEW, &err));
	assert_int_equal(0, qcow2_begin(&image, fileno(out.f), chain.size, NULL, NULL, &err));
	assert_int_equal(0, copy_chain(&chain, &image, NULL, ret_disk, &err));
	assert_int_equal(0, outfile_commit(&out, &err));
}

static void a_chain_is_what_qemu_makes_of_it(void **state)
{
	static const char *const sizes[] = { "62M", "70M", "73401344", "90M", "1200M" };
	CLEANUP_FREE char *dir = make_test_folder(), *disk = path_join(dir, "d");
	CLEANUP_FREE char *one = path_join(dir, "one");
	struct source raw CLEANUP_SOURCE = SOURCE_INIT;
	struct error err CLEANUP_ERROR = ERROR_INIT;

	(void)state;
	make_disk(disk, (70 << 20) + 777);
	assert_int_equal(0, source_open(&raw, disk, 0, &err));
	to_qcow2(&raw, one, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		CLEANUP_FREE char *overlay = path_join(dir, sizes[i]);
		CLEANUP_FREE char *anew = xasprintf("%s.anew", overlay);
		CLEANUP_FREE char *taken = xasprintf("%s.taken", overlay);
		struct source source CLEANUP_SOURCE = SOURCE_INIT;
		char theirs[DIGEST_HEX_SIZE], ours[DIGEST_HEX_SIZE];
		CLEANUP_FREE char *qemu_img = child_find("qemu-img");

		if (!qemu_img)
			skip();
		make_overlay(overlay, sizes[i]);
		assert_int_equal(0, source_open(&source, overlay, SOURCE_BACKED, &err));
		to_qcow2(&source, anew, theirs);
		store_chain(overlay, taken, ours);
		assert_string_equal(theirs, ours);
		/* and clusters that are taken over are those that would be packed */
		assert_int_equal(0, digest_file(anew, theirs, NULL, &err));
		assert_int_equal(0, digest_file(taken, ours, NULL, &err));
		assert_string_equal(theirs, ours);
	}
	assert_int_equal(0, folder_remove(dir, &err));
}

static void flip(const char *path, off_t at)
{
	CLEANUP_CLOSE int fd = open(path, O_RDWR | O_CLOEXEC);
	uint8_t byte;

	assert_int_equal(1, pread(fd, &byte, 1, at));
	byte ^= 0xff;
	assert_int_equal(1, pwrite(fd, &byte, 1, at));
}

/* A capture that rotted: what does not unpack is never handed on. */
static void a_damaged_cluster_ends_the_copy(void **state)
{
	CLEANUP_FREE char *dir = make_test_folder(), *disk = path_join(dir, "d");
	CLEANUP_FREE char *one = path_join(dir, "one");
	struct source raw CLEANUP_SOURCE = SOURCE_INIT;
	struct qcow2_chain chain CLEANUP_QCOW2_CHAIN = QCOW2_CHAIN_INIT;
	struct error err CLEANUP_ERROR = ERROR_INIT;
	char sum[DIGEST_HEX_SIZE];

	(void)state;
	make_disk(disk, 3 << 20);
	assert_int_equal(0, source_open(&raw, disk, 0, &err));
	to_qcow2(&raw, one, NULL);
	flip(one, QCOW2_CLUSTER);	/* the magic number of the first frame */
	assert_int_equal(0, qcow2_chain_open(&chain, one, &err));
	assert_fails(copy_chain(&chain, NULL, NULL, sum, &err), &err, ERR_INTEGRITY);
	assert_int_equal(0, folder_remove(dir, &err));
}

static void half_an_image_is_none(void **state)
{
	CLEANUP_FREE char *dir = make_test_folder(), *path = path_join(dir, "i");
	CLEANUP_CLOSE int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	struct qcow2 w CLEANUP_QCOW2 = QCOW2_INIT;
	struct qcow2_encoder *e = qcow2_encoder_new(true);
	struct error err CLEANUP_ERROR = ERROR_INIT;
	CLEANUP_FREE uint8_t *data = xcalloc(QCOW2_PORTION, QCOW2_CLUSTER);
	struct qcow2_portion p;
	uint64_t offset;
	char magic[4] = "";

	(void)state;
	memset(data + QCOW2_CLUSTER, 'x', QCOW2_CLUSTER);
	qcow2_portion_init(&p);
	assert_int_equal(0, qcow2_begin(&w, fd, 1 << 30, NULL, NULL, &err));
	assert_int_equal(0, qcow2_encode(e, data, NULL, QCOW2_PORTION, &p, &err));
	assert_int_equal(QCOW2_ABSENT, p.cluster[0]);
	assert_true(p.cluster[1] > 0);
	assert_int_equal(0, qcow2_place(&w, 16, &p, &offset, &err));
	assert_int_equal(0, qcow2_store(&w, &p, offset, &err));
	assert_int_equal(4, pread(fd, magic, 4, 0));
	assert_memory_equal("\0\0\0\0", magic, 4);
	assert_fails(qcow2_place(&w, UINT64_C(1) << 40, &p, &offset, &err), &err, ERR_FORMAT);
	assert_fails(qcow2_place(&w, QCOW2_TABLE - 1, &p, &offset, &err), &err, ERR_FORMAT);
	assert_int_equal(0, qcow2_finish(&w, &err));
	assert_int_equal(4, pread(fd, magic, 4, 0));
	assert_memory_equal("QFI\373", magic, 4);
	qcow2_portion_clear(&p);
	qcow2_encoder_free(e);
	assert_int_equal(0, folder_remove(dir, &err));
}

static void digest_of_zeros_needs_no_reading(void **state)
{
	struct disk_digest d CLEANUP_DISK_DIGEST = DISK_DIGEST_INIT;
	struct error err CLEANUP_ERROR = ERROR_INIT;
	CLEANUP_FREE uint8_t *extents = NULL, *other = NULL;
	uint8_t sum[DIGEST_SIZE];
	char empty[DIGEST_HEX_SIZE], full[DIGEST_HEX_SIZE];
	size_t n;

	(void)state;
	assert_int_equal(0, disk_digest_open(&d, NULL, UINT64_C(2) << 40, &err));
	assert_int_equal(0, disk_digest_finish(&d, &extents, &n, empty, &err));
	assert_int_equal((UINT64_C(2) << 40) >> 26, n);
	assert_true(bytes_are_zero(extents, n * DIGEST_SIZE));
	digest_of("x", 1, sum);
	assert_int_equal(0, disk_digest_set(&d, 64, sum, &err));
	assert_int_equal(0, disk_digest_finish(&d, &other, &n, full, &err));
	assert_true(bytes_are_zero(other, DIGEST_SIZE));
	assert_false(bytes_are_zero(other + DIGEST_SIZE, DIGEST_SIZE));
	assert_string_not_equal(empty, full);
	assert_true(disk_extent_size(UINT64_C(1) << 50) > (uint64_t)DISK_BLOCK * DISK_EXTENT_BLOCKS);
}

static void put_be32(int fd, off_t at, uint32_t value)
{
	value = htobe32(value);
	assert_int_equal(4, pwrite(fd, &value, 4, at));
}

static void put_be64(int fd, off_t at, uint64_t value)
{
	value = htobe64(value);
	assert_int_equal(8, pwrite(fd, &value, 8, at));
}

/* An image of a few clusters, all of whose places lead to the same one: as a guest sees it, 32 TiB. */
static void make_bomb(const char *path)
{
	enum { TABLES = 1 << 16 };
	CLEANUP_CLOSE int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	uint64_t l1_end = QCOW2_CLUSTER + UINT64_C(8) * TABLES;
	CLEANUP_FREE uint64_t *entries = xcalloc(TABLES, 8);

	assert_int_equal(4, pwrite(fd, "QFI\373", 4, 0));
	put_be32(fd, 4, 3);
	put_be32(fd, 20, 16);
	put_be64(fd, 24, (uint64_t)TABLES * QCOW2_TABLE * QCOW2_CLUSTER);
	put_be32(fd, 36, TABLES);
	put_be64(fd, 40, QCOW2_CLUSTER);
	put_be32(fd, 96, 4);
	put_be32(fd, 100, 104);
	for (size_t i = 0; i < TABLES; i++)
		entries[i] = htobe64(l1_end | UINT64_C(1) << 63);
	assert_int_equal(8 * TABLES, pwrite(fd, entries, 8 * TABLES, QCOW2_CLUSTER));
	for (size_t i = 0; i < QCOW2_TABLE; i++)
		entries[i] = htobe64((l1_end + QCOW2_CLUSTER) | UINT64_C(1) << 63);
	assert_int_equal(QCOW2_CLUSTER, pwrite(fd, entries, QCOW2_CLUSTER, (off_t)l1_end));
	memset(entries, 'x', QCOW2_CLUSTER);
	assert_int_equal(QCOW2_CLUSTER, pwrite(fd, entries, QCOW2_CLUSTER, (off_t)l1_end + QCOW2_CLUSTER));
}

static void a_bomb_is_refused_before_it_fills_the_disk(void **state)
{
	CLEANUP_FREE char *dir = make_test_folder(), *bomb = path_join(dir, "bomb.qcow2");
	CLEANUP_FREE char *raw = path_join(dir, "disk0.raw"), *partial = xasprintf("%s.partial", raw);
	struct error err CLEANUP_ERROR = ERROR_INIT;

	(void)state;
	make_bomb(bomb);
	assert_fails(disk_to_raw(bomb, raw, NULL, &err), &err, ERR_NO_SPACE);
	assert_false(path_exists(raw));
	assert_false(path_exists(partial));
	assert_int_equal(0, folder_remove(dir, &err));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ranges_stay_sorted_and_apart),
		cmocka_unit_test(ranges_close_gaps_before_they_grow_too_long),
		cmocka_unit_test(ranges_in_common),
		cmocka_unit_test(what_is_rescued_is_packed),
		cmocka_unit_test(targets_that_cannot_hold_a_capture),
		cmocka_unit_test(tables_of_volumes_are_read_in_bounds),
		cmocka_unit_test(what_lies_over_a_disk_is_read_instead),
		cmocka_unit_test(map_marks_like_an_array),
		cmocka_unit_test(what_could_not_be_read_has_three_states),
		cmocka_unit_test(map_text_is_that_of_ddrescue),
		cmocka_unit_test(copies_are_equal_and_always_the_same),
		cmocka_unit_test(a_chain_is_what_qemu_makes_of_it),
		cmocka_unit_test(a_damaged_cluster_ends_the_copy),
		cmocka_unit_test(half_an_image_is_none),
		cmocka_unit_test(digest_of_zeros_needs_no_reading),
		cmocka_unit_test(a_bomb_is_refused_before_it_fills_the_disk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
