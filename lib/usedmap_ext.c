// SPDX-License-Identifier: GPL-2.0-or-later
/* ext2, ext3 and ext4 through libext2fs: the block bitmaps, checked against every inode. */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/bytes.h"
#include "lib/ext_volume.h"
#include "lib/usedmap.h"

enum { SUPERBLOCK = 1024, MAGIC = SUPERBLOCK + 56 };

static bool looks_like(const uint8_t *head)
{
	return get_le16(head + MAGIC) == EXT2_SUPER_MAGIC;
}

static int check_state(ext2_filsys fs, uint64_t volume_size, struct error *err)
{
	uint64_t blocks = ext2fs_blocks_count(fs->super), bytes;

	if (ext2fs_has_feature_journal_needs_recovery(fs->super))
		return error_set(err, ERR_FORMAT, "its journal was not played back");
	if (!(fs->super->s_state & EXT2_VALID_FS) || (fs->super->s_state & EXT2_ERROR_FS))
		return error_set(err, ERR_FORMAT, "was not closed properly or has errors");
	if (MUL_OVERFLOW(blocks, (uint64_t)fs->blocksize, &bytes) || bytes > volume_size)
		return error_set(err, ERR_FORMAT, "is larger than its volume");
	return 0;
}

/* The free clusters of each group, as the bitmap has them, against what the group says itself. */
static int check_counts(ext2_filsys fs, const uint32_t *free_clusters, struct error *err)
{
	uint64_t sum = 0;

	for (dgrp_t g = 0; g < fs->group_desc_count; g++) {
		if (free_clusters[g] != ext2fs_bg_free_blocks_count(fs, g))
			return error_set(err, ERR_FORMAT,
					 "the bitmap of group %u contradicts its count", g);
		sum += free_clusters[g];
	}
	if (sum << fs->cluster_ratio_bits != ext2fs_free_blocks_count(fs->super))
		return error_set(err, ERR_FORMAT, "the bitmaps contradict the superblock");
	return 0;
}

static void count_free(ext2_filsys fs, blk64_t from, blk64_t to, uint32_t *free_clusters)
{
	while (from < to) {
		dgrp_t group = ext2fs_group_of_blk2(fs, from);
		blk64_t end = MIN(to, ext2fs_group_last_block2(fs, group) + 1);

		free_clusters[group] += (uint32_t)((end - from) >> fs->cluster_ratio_bits);
		if ((end - from) & ((1U << fs->cluster_ratio_bits) - 1))
			free_clusters[group]++;
		from = end;
	}
}

static int read_bitmap(ext2_filsys fs, struct ranges *used, struct error *err)
{
	blk64_t first = fs->super->s_first_data_block, end = ext2fs_blocks_count(fs->super), pos;
	CLEANUP_FREE uint32_t *free_clusters = xcalloc(fs->group_desc_count, sizeof(uint32_t));
	uint64_t size = fs->blocksize;

	ranges_add(used, 0, first * size);
	for (pos = first; pos < end;) {
		blk64_t used_from, used_to = end;

		if (ext2fs_find_first_set_block_bitmap2(fs->block_map, pos, end - 1, &used_from))
			used_from = end;
		count_free(fs, pos, used_from, free_clusters);
		if (used_from >= end)
			break;
		if (ext2fs_find_first_zero_block_bitmap2(fs->block_map, used_from, end - 1, &used_to))
			used_to = end;
		ranges_add(used, used_from * size, used_to * size);
		pos = used_to;
	}
	return check_counts(fs, free_clusters, err);
}

struct inode_check {
	ext2_filsys fs;
	const struct ranges *used;
	bool missing;
};

static bool is_used(const struct inode_check *c, blk64_t block, uint64_t n)
{
	uint64_t size = c->fs->blocksize, start, end;

	return !MUL_OVERFLOW((uint64_t)block, size, &start) &&
	       !ADD_OVERFLOW(start, n * size, &end) && ranges_has(c->used, start, end);
}

static int check_block(ext2_filsys fs, blk64_t *block, e2_blkcnt_t n, blk64_t ref, int offset,
		       void *arg)
{
	struct inode_check *c = arg;

	(void)fs, (void)n, (void)ref, (void)offset;
	if (is_used(c, *block, 1))
		return 0;
	c->missing = true;
	return BLOCK_ABORT;
}

static errcode_t check_extents(struct inode_check *c, ext2_ino_t ino, struct ext2_inode *inode)
{
	ext2_extent_handle_t handle;
	struct ext2fs_extent e;
	errcode_t rc = ext2fs_extent_open2(c->fs, ino, inode, &handle);

	if (rc)
		return rc;
	for (rc = ext2fs_extent_get(handle, EXT2_EXTENT_ROOT, &e); rc == 0;
	     rc = ext2fs_extent_get(handle, EXT2_EXTENT_NEXT, &e)) {
		bool leaf = e.e_flags & EXT2_EXTENT_FLAGS_LEAF;

		if (!is_used(c, e.e_pblk, leaf ? e.e_len : 1))
			c->missing = true;
	}
	ext2fs_extent_free(handle);
	return rc == EXT2_ET_EXTENT_NO_NEXT || rc == EXT2_ET_NO_CURRENT_NODE ? 0 : rc;
}

static errcode_t check_inode(struct inode_check *c, ext2_ino_t ino, struct ext2_inode *inode)
{
	blk64_t acl = ext2fs_file_acl_block(c->fs, inode);

	if (acl && !is_used(c, acl, 1))
		c->missing = true;
	if (!ext2fs_inode_has_valid_blocks2(c->fs, inode))
		return 0;
	if (inode->i_flags & EXT4_EXTENTS_FL)
		return check_extents(c, ino, inode);
	return ext2fs_block_iterate3(c->fs, ino, BLOCK_FLAG_READ_ONLY, NULL, check_block, c);
}

/* A bitmap of ext2 and ext3 has no checksum: ask every file whether its blocks are marked. */
static int check_inodes(ext2_filsys fs, const struct ranges *used, struct error *err)
{
	struct inode_check c = { fs, used, false };
	ext2_inode_scan scan;
	struct ext2_inode inode;
	ext2_ino_t ino = 0;
	errcode_t rc = ext2fs_open_inode_scan(fs, 0, &scan);

	while (rc == 0 && !c.missing) {
		rc = ext2fs_get_next_inode(scan, &ino, &inode);
		if (rc || ino == 0)
			break;
		if (inode.i_links_count == 0 && ino >= EXT2_FIRST_INODE(fs->super))
			continue;
		rc = check_inode(&c, ino, &inode);
	}
	ext2fs_close_inode_scan(scan);
	if (rc)
		return ext_failed(err, "its files cannot be followed", rc);
	if (c.missing)
		return error_set(err, ERR_FORMAT, "file %u lies where its map says nothing is", ino);
	return 0;
}

/* Tables and bitmaps of the file system itself, wherever it put them. */
static int check_tables(ext2_filsys fs, const struct ranges *used, struct error *err)
{
	struct inode_check c = { fs, used, false };

	for (dgrp_t g = 0; g < fs->group_desc_count; g++)
		if (!is_used(&c, ext2fs_block_bitmap_loc(fs, g), 1) ||
		    !is_used(&c, ext2fs_inode_bitmap_loc(fs, g), 1) ||
		    !is_used(&c, ext2fs_inode_table_loc(fs, g), fs->inode_blocks_per_group))
			return error_set(err, ERR_FORMAT,
					 "tables of group %u lie where its map says nothing is", g);
	return 0;
}

static int read_open(ext2_filsys fs, const struct volume *v, struct ranges *used, uint64_t *ret_end,
		     struct error *err)
{
	errcode_t rc;

	if (check_state(fs, v->size, err) < 0)
		return -1;
	/* a bit for each block would be 64 MiB on a disk of 2 TiB */
	fs->default_bitmap_type = EXT2FS_BMAP64_RBTREE;
	rc = ext2fs_read_block_bitmap(fs);
	if (rc)
		return ext_failed(err, "its map cannot be read", rc);
	if (read_bitmap(fs, used, err) < 0 || check_tables(fs, used, err) < 0 ||
	    check_inodes(fs, used, err) < 0)
		return -1;
	*ret_end = ext2fs_blocks_count(fs->super) * fs->blocksize;
	return 0;
}

static int read_ext(const struct volume *v, struct ranges *ret_used, uint64_t *ret_end,
		    struct error *err)
{
	ext2_filsys fs;
	int rc;

	if (ext_volume_open(v, &fs, err) < 0)
		return -1;
	rc = read_open(fs, v, ret_used, ret_end, err);
	ext_volume_close(fs);
	return rc;
}

const struct usedmap_reader usedmap_ext = {
	.name = "ext",
	.looks_like = looks_like,
	.read = read_ext,
	.name_files = ext_name_files,
};
