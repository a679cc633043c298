// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tests of what is found to be in use: on every kind of file system, free space is found; and when
 * any piece of the used space is damaged, nothing that was in use is left out.
 */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/child.h"
#include "lib/base/path.h"
#include "lib/usedmap.h"
#include "tests/unit/test.h"

struct disk {
	char *dir, *image;
};

static int make_folder(void **state)
{
	struct disk *d = xcalloc(1, sizeof(*d));

	d->dir = make_test_folder();
	d->image = path_join(d->dir, "image");
	*state = d;
	return 0;
}

static int remove_folder(void **state)
{
	struct disk *d = *state;

	folder_remove(d->dir, NULL);
	free(d->dir);
	free(d->image);
	free(d);
	return 0;
}

/* An image full of noise, as if it had been used before. */
static void make_noise(const struct disk *d, size_t mib)
{
	CLEANUP_CLOSE int fd = open(d->image, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	CLEANUP_FREE uint32_t *block = xmalloc(1 << 20);
	uint32_t x = 1;

	assert_true(fd >= 0);
	for (size_t n = 0; n < mib; n++) {
		for (size_t i = 0; i < (1 << 20) / sizeof(x); i++) {
			x ^= x << 13;
			x ^= x >> 17;
			x ^= x << 5;
			block[i] = x;
		}
		assert_int_equal(1 << 20, write(fd, block, 1 << 20));
	}
}

/* Runs a script of the shell with the image as $1 and a folder of files as $2; skips without tools. */
static void format(const struct disk *d, const char *tool, const char *script)
{
	static const char files[] = "mkdir -p \"$2/a/b\"; seq 1 20000 > \"$2/a/x\"; seq 1 900 > \"$2/a/b/y\"; "
				    "for i in 1 2 3 4 5 6 7 8 9; do seq 1 $((i * 200)) > \"$2/$i\"; done; "
				    "yes needle | head -n 2000 | tr -d '\\n' > \"$2/a/b/needle\"; ";
	CLEANUP_FREE char *tree = path_join(d->dir, "tree");
	CLEANUP_FREE char *all = xasprintf("set -e; PATH=$PATH:/sbin:/usr/sbin; %s%s", files, script);
	CLEANUP_FREE char *found = child_find(tool), *sbin = xasprintf("/usr/sbin/%s", tool);
	const char *const argv[] = { "sh", "-c", all, "sh", d->image, tree, NULL };
	struct error err CLEANUP_ERROR = ERROR_INIT;

	if (!found && access(sbin, X_OK) != 0) {
		print_message("# %s is missing\n", tool);
		skip();
	}
	if (child_run(argv, NULL, &err) < 0)
		fail_msg("%s", err.msg);
}

static void read_map(const struct disk *d, struct usedmap *ret)
{
	struct source source CLEANUP_SOURCE = SOURCE_INIT;
	struct error err CLEANUP_ERROR = ERROR_INIT;

	assert_int_equal(0, source_open(&source, d->image, SOURCE_RAW, &err));
	if (usedmap_read(ret, &source, &err) < 0)
		fail_msg("%s", err.msg);
}

static bool covers(const struct ranges *now, const struct ranges *before)
{
	for (size_t i = 0; i < before->n; i++)
		if (!ranges_has(now, before->v[i].start, before->v[i].end))
			return false;
	return true;
}

enum { PIECE = 512 };

static void damage(int fd, uint64_t at, unsigned int how)
{
	uint8_t piece[PIECE];

	assert_int_equal(PIECE, pread(fd, piece, PIECE, (off_t)at));
	for (size_t i = 0; i < PIECE; i++)
		piece[i] = how == 0 ? (uint8_t)~piece[i] : how == 1 ? 0 : piece[i];
	if (how == 2)
		piece[at / PIECE * 37 % PIECE] ^= (uint8_t)(1 << at / PIECE % 8);
	assert_int_equal(PIECE, pwrite(fd, piece, PIECE, (off_t)at));
}

static void check_sector(const struct disk *d, const struct usedmap *whole, int fd, uint64_t at,
			 unsigned int how)
{
	struct usedmap now CLEANUP_USEDMAP = USEDMAP_INIT;
	uint8_t saved[PIECE];

	assert_int_equal(PIECE, pread(fd, saved, PIECE, (off_t)at));
	damage(fd, at, how);
	read_map(d, &now);
	if (!covers(&now.used, &whole->used))
		fail_msg("byte %llu, damage %u: a used area is left out", (unsigned long long)at, how);
	assert_int_equal(PIECE, pwrite(fd, saved, PIECE, (off_t)at));
}

/*
 * Every used sector in turn: inverted, zeroed, one bit flipped. Where there are many, each in one of
 * these ways; REHOST_THOROUGH=1 asks for all.
 */
static void check_damage(const struct disk *d, const struct usedmap *whole)
{
	CLEANUP_CLOSE int fd = open(d->image, O_RDWR | O_CLOEXEC);
	bool all = getenv("REHOST_THOROUGH") || ranges_total(&whole->used) < (3 << 20);

	assert_true(fd >= 0);
	for (size_t i = 0; i < whole->used.n; i++) {
		const struct range *r = &whole->used.v[i];

		for (uint64_t at = r->start; at + PIECE <= r->end; at += PIECE)
			for (unsigned int how = 0; how < 3; how++)
				if (all || at / PIECE % 3 == how)
					check_sector(d, whole, fd, at, how);
	}
}

/* A file system alone on its disk, or inside of the first of so many volumes. */
static void check_inside(const struct disk *d, size_t volumes, const char *kind, size_t mib,
			 size_t used_max)
{
	struct usedmap whole CLEANUP_USEDMAP = USEDMAP_INIT;

	read_map(d, &whole);
	assert_int_equal(volumes, whole.n_volumes);
	if (whole.volumes[0].why_all)
		fail_msg("%s: %s", kind, whole.volumes[0].why_all);
	assert_string_equal(kind, whole.volumes[0].kind);
	assert_true(ranges_total(&whole.used) >= 150000);
	if (ranges_total(&whole.used) > used_max)
		fail_msg("%llu bytes of %zu MiB in use",
			 (unsigned long long)ranges_total(&whole.used), mib);
	check_damage(d, &whole);
}

static void check(const struct disk *d, const char *kind, size_t mib, size_t used_max)
{
	check_inside(d, 1, kind, mib, used_max);
}

/* Some tools want a device, and file systems are filled best by who knows them. */
static void need_root(void)
{
	if (geteuid() != 0) {
		print_message("# only root has loop devices\n");
		skip();
	}
}

/* The file that holds "needle" 2000 times, found by the place of one of them. */
static void check_name(const struct disk *d, const char *expected)
{
	struct source source CLEANUP_SOURCE = SOURCE_INIT;
	struct error err CLEANUP_ERROR = ERROR_INIT;
	struct ranges areas CLEANUP_RANGES = RANGES_INIT;
	struct strv names CLEANUP_STRV = STRV_INIT;
	CLEANUP_FREE char *data = NULL;
	size_t len;
	char *at;

	assert_int_equal(0, file_read(d->image, 64 << 20, &data, &len, &err));
	at = memmem(data, len, "needleneedleneedle", 18);
	assert_non_null(at);
	ranges_add(&areas, (uint64_t)(at - data) + 3000, (uint64_t)(at - data) + 3512);
	assert_int_equal(0, source_open(&source, d->image, SOURCE_RAW, &err));
	assert_int_equal(0, usedmap_name_files(&source, &areas, &names, &err));
	assert_int_equal(1, names.n);
	assert_string_equal(expected, names.v[0]);
}

static void ext2_with_small_blocks(void **state)
{
	struct disk *d = *state;

	make_noise(d, 4);
	format(d, "mke2fs", "mke2fs -q -F -t ext2 -b 1024 -N 64 -E nodiscard -d \"$2\" \"$1\"");
	check_name(d, "disk: /a/b/needle");
	check(d, "ext", 4, 600000);
}

static void ext3(void **state)
{
	struct disk *d = *state;

	make_noise(d, 6);
	format(d, "mke2fs", "mke2fs -q -F -t ext3 -b 1024 -J size=1 -N 64 -E nodiscard -d \"$2\" \"$1\"");
	check(d, "ext", 6, 1800000);
}

static void ext4(void **state)
{
	struct disk *d = *state;

	make_noise(d, 8);
	format(d, "mke2fs", "mke2fs -q -F -t ext4 -b 1024 -J size=1 -N 64 -E nodiscard -d \"$2\" \"$1\"");
	check_name(d, "disk: /a/b/needle");
	check(d, "ext", 8, 1900000);
}

static void ext4_with_an_open_journal(void **state)
{
	struct disk *d = *state;
	struct usedmap map CLEANUP_USEDMAP = USEDMAP_INIT;

	make_noise(d, 8);
	format(d, "debugfs", "mke2fs -q -F -t ext4 -N 64 -E nodiscard \"$1\"; "
	       "debugfs -w -R 'feature needs_recovery' \"$1\"");
	read_map(d, &map);
	assert_int_equal(8 << 20, ranges_total(&map.used));
	assert_non_null(strstr(map.volumes[0].why_all, "journal"));
}

static void fat12(void **state)
{
	struct disk *d = *state;

	make_noise(d, 2);
	format(d, "mkfs.fat", "truncate -s 1440K \"$1\"; mkfs.fat -F 12 \"$1\"; mcopy -s -i \"$1\" \"$2\"/* ::");
	check_name(d, "disk: /A/B/NEEDLE");
	check(d, "fat", 2, 400000);
}

static void fat16(void **state)
{
	struct disk *d = *state;

	make_noise(d, 5);
	format(d, "mcopy", "mkfs.fat -F 16 -s 1 \"$1\"; mcopy -s -i \"$1\" \"$2\"/* ::");
	check_name(d, "disk: /A/B/NEEDLE");
	check(d, "fat", 5, 400000);
}

static void fat32(void **state)
{
	struct disk *d = *state;

	make_noise(d, 40);
	format(d, "mcopy", "mkfs.fat -F 32 -s 1 \"$1\"; mcopy -s -i \"$1\" \"$2\"/* ::");
	check_name(d, "disk: /A/B/NEEDLE");
	check(d, "fat", 40, 1200000);
}

#define FILL                                                                                       \
	"mkdir \"$2.mnt\"; l=$(losetup -f --show \"$1\"); trap 'umount \"$2.mnt\" 2>/dev/null; "        \
	"losetup -d $l' EXIT; "
#define FILES                                                                                      \
	"cp -r \"$2\"/* \"$2.mnt\"; for n in 1 2 3; do seq 1 3000 >> \"$2.mnt/4\"; "                   \
	"seq 1 3000 >> \"$2.mnt/5\"; done; rm \"$2.mnt/3\" \"$2.mnt/7\"; "

/* Files in one piece, files that are chained, and files that were deleted. */
static void exfat(void **state)
{
	struct disk *d = *state;

	need_root();
	make_noise(d, 4);
	format(d, "mount.exfat-fuse", "mkfs.exfat -c 4K -b 64K \"$1\" >/dev/null; " FILL
	       "mount.exfat-fuse $l \"$2.mnt\" >/dev/null; " FILES);
	check(d, "exfat", 4, 900000);
}

static void exfat_that_was_not_closed(void **state)
{
	struct disk *d = *state;
	struct usedmap map CLEANUP_USEDMAP = USEDMAP_INIT;

	make_noise(d, 4);
	format(d, "mkfs.exfat", "mkfs.exfat -c 4K -b 64K \"$1\" >/dev/null; "
	       "printf '\\002' | dd of=\"$1\" bs=1 seek=106 conv=notrunc status=none");
	read_map(d, &map);
	assert_int_equal(4 << 20, ranges_total(&map.used));
	assert_non_null(strstr(map.volumes[0].why_all, "not closed"));
}

/* The smallest that its tools make. */
#define MKFS_XFS "mkfs.xfs -q -f -K --unsupported -b size=1024 -d agcount=2 -l size=4m "

static void xfs(void **state)
{
	struct disk *d = *state;

	need_root();
	make_noise(d, 32);
	format(d, "mkfs.xfs", MKFS_XFS "\"$1\"; " FILL "mount -t xfs $l \"$2.mnt\"; " FILES);
	check(d, "xfs", 32, 6000000);
}

/* Version 4 has no checksums. Kernels of today do not mount it: a list says what is in it. */
static void xfs_of_old_kernels(void **state)
{
	struct disk *d = *state;

	make_noise(d, 32);
	format(d, "mkfs.xfs", "{ printf '/\\n0 0\\nd--755 0 0\\n'; for i in 1 2 4 5 9 a/x a/b/y; do "
	       "echo \"$(basename $i) ---644 0 0 $2/$i\"; done; echo '$'; } > \"$2.list\"; "
	       MKFS_XFS "-m crc=0,finobt=0,reflink=0,rmapbt=0 -p \"$2.list\" \"$1\" 2>/dev/null");
	check(d, "xfs", 32, 6000000);
}

static void ntfs(void **state)
{
	struct disk *d = *state;

	make_noise(d, 4);
	format(d, "ntfscp", "mkntfs -q -Q -F -c 512 \"$1\" 2>/dev/null; ntfscp -q -f \"$1\" \"$2/a/x\" x; "
	       "ntfscp -q -f \"$1\" \"$2/a/b/y\" y; ntfscp -q -f \"$1\" \"$2/a/b/needle\" n\303\244dle");
	check_name(d, "disk: /n\303\244dle");
	check(d, "ntfs", 4, 2800000);
}

static void swap_space(void **state)
{
	struct disk *d = *state;
	struct usedmap map CLEANUP_USEDMAP = USEDMAP_INIT;

	make_noise(d, 4);
	format(d, "mkswap", "mkswap -q \"$1\"");
	read_map(d, &map);
	assert_string_equal("swap", map.volumes[0].kind);
	assert_int_equal(8192, ranges_total(&map.used));
}

static void swap_space_that_is_damaged(void **state)
{
	struct disk *d = *state;
	struct usedmap whole CLEANUP_USEDMAP = USEDMAP_INIT;

	make_noise(d, 1);
	format(d, "mkswap", "mkswap -q \"$1\"");
	read_map(d, &whole);
	check_damage(d, &whole);
}

/* A logical volume in two pieces with a file system over both. */
static void lvm(void **state)
{
	struct disk *d = *state;

	need_root();
	make_noise(d, 6);
	format(d, "lvm", "\"$top_srcdir/tests/unit/make-lvm\" \"$1\" \"$2\"");
	check_name(d, "vg0/root: /a/b/needle");
	check_inside(d, 2, "ext", 6, 1000000);
}

static void make_lvm(const struct disk *d, const char *state)
{
	CLEANUP_FREE char *script = xasprintf("\"$top_srcdir/tests/unit/make-lvm\" \"$1\" \"$2\" %s", state);

	need_root();
	make_noise(d, 8);
	format(d, "lvm", script);
}

/* Extent @n lies at 128 KiB + n * 64 KiB. */
static void check_extents(const struct ranges *used, uint64_t first, uint64_t n)
{
	assert_true(ranges_has(used, (first + 2) * 65536, (first + 2 + n) * 65536));
}

/* What moves is at both places, and only the segment of pvmove names them. */
static void lvm_while_extents_are_moved(void **state)
{
	struct usedmap map CLEANUP_USEDMAP = USEDMAP_INIT;

	make_lvm(*state, "pvmove");
	read_map(*state, &map);
	check_extents(&map.used, 30, 20);
	check_extents(&map.used, 60, 20);
	check_extents(&map.used, 2, 12);
	assert_true(ranges_total(&map.used) < 6 << 20);
}

static void lvm_whose_metadata_lies_elsewhere(void **state)
{
	struct usedmap map CLEANUP_USEDMAP = USEDMAP_INIT;

	make_lvm(*state, "ignored");
	read_map(*state, &map);
	assert_int_equal(8 << 20, ranges_total(&map.used));
	assert_non_null(strstr(map.volumes[0].why_all, "other volumes"));
}

/* What the file system of the origin calls free, its snapshot may need. */
static void lvm_with_a_snapshot(void **state)
{
	struct usedmap map CLEANUP_USEDMAP = USEDMAP_INIT;

	make_lvm(*state, "snapshot");
	read_map(*state, &map);
	check_extents(&map.used, 30, 20);
	check_extents(&map.used, 2, 12);
	check_extents(&map.used, 60, 4);
	assert_true(ranges_total(&map.used) < 6 << 20);
}

/* The kernel's RAID is not everywhere: its superblock, as mdadm writes it, format 1.2. */
static void put_md(const struct disk *d, uint64_t sectors)
{
	CLEANUP_CLOSE int fd = open(d->image, O_RDWR | O_CLOEXEC);
	uint32_t sb[256 / 4 + 1] = { 0xa92b4efc, 1 };
	uint64_t sum = 0;

	sb[72 / 4] = 1;				/* level: mirror       */
	sb[80 / 4] = (uint32_t)sectors;		/* size                */
	sb[128 / 4] = 2048;			/* where the data is   */
	sb[136 / 4] = (uint32_t)sectors;	/* how much of it      */
	sb[144 / 4] = 8;			/* where this is       */
	sb[208 / 4] = sb[212 / 4] = UINT32_MAX;	/* in step             */
	sb[220 / 4] = 2;			/* roles that follow   */
	sb[256 / 4] = 1 << 16;
	for (size_t i = 0; i < ARRAY_SIZE(sb); i++)
		sum += sb[i];
	sb[216 / 4] = (uint32_t)((sum & 0xffffffff) + (sum >> 32));
	assert_int_equal(sizeof(sb), pwrite(fd, sb, sizeof(sb), 4096));
}

static void md(void **state)
{
	struct disk *d = *state;

	make_noise(d, 4);
	format(d, "mke2fs", "truncate -s 3M \"$2.fs\"; mke2fs -q -F -t ext2 -b 1024 -N 64 -d \"$2\" \"$2.fs\"; "
	       "dd if=\"$2.fs\" of=\"$1\" bs=1M seek=1 conv=notrunc status=none");
	put_md(d, 6144);
	check_name(d, "RAID in disk: /a/b/needle");
	check_inside(d, 1, "ext", 4, 2000000);
}

/* Row @i of the table in sector @table. */
static void put_partition(const struct disk *d, uint64_t table, size_t i, uint8_t type,
			  uint32_t start, uint32_t sectors)
{
	CLEANUP_CLOSE int fd = open(d->image, O_RDWR | O_CLOEXEC);
	uint8_t sector[512];

	assert_int_equal(512, pread(fd, sector, 512, (off_t)table * 512));
	if (i == 0)
		memset(sector + 446, 0, 64);
	memset(sector + 446 + 16 * i, 0, 16);
	sector[446 + 16 * i + 4] = type;
	for (size_t n = 0; n < 4; n++) {
		sector[446 + 16 * i + 8 + n] = (uint8_t)(start >> (8 * n));
		sector[446 + 16 * i + 12 + n] = (uint8_t)(sectors >> (8 * n));
	}
	sector[510] = 0x55;
	sector[511] = 0xaa;
	assert_int_equal(512, pwrite(fd, sector, 512, (off_t)table * 512));
}

/* The first partition is where Windows XP put it; a logical one; gaps; noise at the end. */
static void partitions_and_what_lies_between(void **state)
{
	struct disk *d = *state;
	struct usedmap map CLEANUP_USEDMAP = USEDMAP_INIT;

	make_noise(d, 32);
	put_partition(d, 0, 0, 0x83, 63, 16065);
	put_partition(d, 0, 1, 0x82, 18432, 8192);
	put_partition(d, 0, 2, 0x05, 28672, 20480);
	put_partition(d, 28672, 0, 0x83, 2048, 16384);
	format(d, "mke2fs",
	       "t=\"$2.part\"; truncate -s 8225280 \"$t\"; mke2fs -q -F -t ext2 -b 1024 \"$t\"; "
	       "dd if=\"$t\" of=\"$1\" bs=512 seek=63 conv=notrunc status=none; "
	       "truncate -s 4M \"$t.s\"; mkswap -q \"$t.s\"; "
	       "dd if=\"$t.s\" of=\"$1\" bs=512 seek=18432 conv=notrunc status=none; "
	       "dd if=\"$t\" of=\"$1\" bs=512 seek=30720 conv=notrunc status=none");
	read_map(d, &map);
	assert_int_equal(3, map.n_volumes);
	for (size_t i = 0; i < 3; i++)
		assert_null(map.volumes[i].why_all);
	assert_true(ranges_has(&map.used, 0, 63 * 512));
	assert_true(ranges_has(&map.used, (63 + 16065) * 512, 18432 * 512));
	assert_true(ranges_has(&map.used, 28672 * 512, 30720 * 512));
	assert_true(ranges_has(&map.used, UINT64_C(49152) * 512, 32 << 20));
	assert_false(ranges_has(&map.used, 18432 * 512, 26624 * 512));
	assert_true(ranges_total(&map.used) < 16 << 20);
}

static void check_taken_whole(const struct disk *d)
{
	struct usedmap map CLEANUP_USEDMAP = USEDMAP_INIT;

	read_map(d, &map);
	assert_int_equal(16 << 20, ranges_total(&map.used));
	assert_true(map.n_volumes > 0);
	assert_non_null(map.volumes[0].why_all);
}

static void hostile_tables_are_taken_whole(void **state)
{
	struct disk *d = *state;

	make_noise(d, 16);
	put_partition(d, 0, 0, 0x82, 63, 8192);
	put_partition(d, 0, 1, 0x82, 4000, 8192);
	format(d, "mkswap", "truncate -s 4M \"$2.s\"; mkswap -q \"$2.s\"; for at in 63 4000; do "
	       "dd if=\"$2.s\" of=\"$1\" bs=512 seek=$at conv=notrunc status=none; done");
	check_taken_whole(d);
	/* a chain that leads back, one without an end, a partition behind the end of the disk */
	put_partition(d, 0, 0, 0x05, 2048, 30000);
	put_partition(d, 2048, 0, 0x83, 63, 100);
	put_partition(d, 2048, 1, 0x05, 0, 100);
	check_taken_whole(d);
	for (uint32_t i = 0; i < 200; i++) {
		put_partition(d, 2048 + i, 0, 0, 0, 0);
		put_partition(d, 2048 + i, 1, 0x05, i + 1, 100);
	}
	check_taken_whole(d);
	put_partition(d, 0, 0, 0x83, 63, UINT32_MAX);
	check_taken_whole(d);
	put_partition(d, 0, 0, 0xee, 1, UINT32_MAX);
	check_taken_whole(d);
}

/* A table of partitions, and in the first one a file system with little in it. */
static void make_table(const struct disk *d)
{
	make_noise(d, 16);
	put_partition(d, 0, 0, 0x83, 4096, 24576);
	format(d, "mke2fs", "truncate -s 12M \"$2.fs\"; mke2fs -q -F -t ext2 -b 1024 -N 64 \"$2.fs\"; "
	       "dd if=\"$2.fs\" of=\"$1\" bs=1M seek=2 conv=notrunc status=none");
}

static void put_text(const struct disk *d, uint64_t at, const char *text)
{
	CLEANUP_CLOSE int fd = open(d->image, O_RDWR | O_CLOEXEC);

	assert_int_equal(strlen(text), pwrite(fd, text, strlen(text), (off_t)at));
}

static void a_table_beside_something_else(void **state)
{
	struct disk *d = *state;
	struct usedmap map CLEANUP_USEDMAP = USEDMAP_INIT;

	make_table(d);
	read_map(d, &map);
	assert_true(ranges_total(&map.used) < 8 << 20);
	put_md(d, 28672);
	check_taken_whole(d);
	make_table(d);
	format(d, "mke2fs", "mke2fs -q -F -t ext2 -b 1024 \"$2.whole\" 16M 2>/dev/null; "
	       "dd if=\"$2.whole\" of=\"$1\" bs=512 skip=2 seek=2 count=4 conv=notrunc status=none");
	check_taken_whole(d);
}

static void a_member_of_a_raid_of_the_bios(void **state)
{
	struct disk *d = *state;

	make_table(d);
	put_text(d, (16 << 20) - 512, "$XIDE$");
	check_taken_whole(d);
	make_table(d);
	put_text(d, (16 << 20) - 1024, "Intel Raid ISM Cfg Sig. 1.2");
	check_taken_whole(d);
	make_table(d);
	put_text(d, (16 << 20) - 63 * 512, "Promise Technology, Inc.");
	check_taken_whole(d);
}

#define ON_DISK(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_DISK(ext2_with_small_blocks),
		ON_DISK(ext3),
		ON_DISK(ext4),
		ON_DISK(ext4_with_an_open_journal),
		ON_DISK(fat12),
		ON_DISK(fat16),
		ON_DISK(fat32),
		ON_DISK(exfat),
		ON_DISK(exfat_that_was_not_closed),
		ON_DISK(xfs),
		ON_DISK(xfs_of_old_kernels),
		ON_DISK(ntfs),
		ON_DISK(swap_space),
		ON_DISK(swap_space_that_is_damaged),
		ON_DISK(lvm),
		ON_DISK(lvm_while_extents_are_moved),
		ON_DISK(lvm_whose_metadata_lies_elsewhere),
		ON_DISK(lvm_with_a_snapshot),
		ON_DISK(md),
		ON_DISK(partitions_and_what_lies_between),
		ON_DISK(hostile_tables_are_taken_whole),
		ON_DISK(a_table_beside_something_else),
		ON_DISK(a_member_of_a_raid_of_the_bios),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
