// SPDX-License-Identifier: GPL-2.0-or-later
/* Names of the files of ext2, ext3 and ext4 that lie in some areas. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/interrupt.h"
#include "lib/ext_volume.h"
#include "lib/usedmap.h"

struct search {
	ext2_filsys fs;
	const struct ranges *areas;
	bool hit;			/* this file lies in an area        */
	ext2_ino_t *hits, *folders;	/* ascending                        */
	size_t n_hits, n_folders;
	ext2_ino_t folder;		/* that is being read               */
	struct strv *names;
};

static int look_at_block(ext2_filsys fs, blk64_t *block, e2_blkcnt_t n, blk64_t ref, int offset,
			 void *arg)
{
	struct search *s = arg;
	uint64_t start = *block * fs->blocksize;

	(void)n, (void)ref, (void)offset;
	if (!ranges_touch(s->areas, start, start + fs->blocksize))
		return 0;
	s->hit = true;
	return BLOCK_ABORT;
}

/* A damaged file is passed over: its name is found by what can be read of it. */
static int look_at_inodes(struct search *s, struct error *err)
{
	ext2_inode_scan scan;
	struct ext2_inode inode;
	ext2_ino_t ino = 0;
	errcode_t rc = ext2fs_open_inode_scan(s->fs, 0, &scan);

	if (rc)
		return ext_failed(err, "its files cannot be listed", rc);
	while ((rc = ext2fs_get_next_inode(scan, &ino, &inode)) == 0 && ino) {
		if (interrupt_check(err) < 0)
			break;
		if (inode.i_links_count == 0)
			continue;
		if (LINUX_S_ISDIR(inode.i_mode))
			*APPEND(s->folders, s->n_folders) = ino;
		if (!ext2fs_inode_has_valid_blocks2(s->fs, &inode))
			continue;
		s->hit = false;
		ext2fs_block_iterate3(s->fs, ino, BLOCK_FLAG_READ_ONLY, NULL, look_at_block, s);
		if (s->hit && s->n_hits < USEDMAP_NAMES_MAX)
			*APPEND(s->hits, s->n_hits) = ino;
	}
	ext2fs_close_inode_scan(scan);
	return error_is_set(err) ? -1 : 0;
}

static bool is_hit(const struct search *s, ext2_ino_t ino)
{
	size_t low = 0, high = s->n_hits;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (s->hits[mid] < ino)
			low = mid + 1;
		else
			high = mid;
	}
	return low < s->n_hits && s->hits[low] == ino;
}

static int look_at_entry(ext2_ino_t dir, int entry, struct ext2_dir_entry *e, int offset,
			 int blocksize, char *buf, void *arg)
{
	struct search *s = arg;
	int len = ext2fs_dirent_name_len(e);
	char *folder = NULL;

	(void)dir, (void)offset, (void)blocksize, (void)buf;
	if (entry == DIRENT_DOT_FILE || entry == DIRENT_DOT_DOT_FILE || !is_hit(s, e->inode))
		return 0;
	if (s->names->n >= USEDMAP_NAMES_MAX)
		return DIRENT_ABORT;
	if (ext2fs_get_pathname(s->fs, s->folder, 0, &folder) == 0) {
		CLEANUP_FREE char *name = xasprintf("%s%s%.*s", folder,
						    strcmp(folder, "/") == 0 ? "" : "/", len, e->name);

		strv_add(s->names, name);
	}
	ext2fs_free_mem(&folder);
	return 0;
}

static int search(struct search *s, struct error *err)
{
	if (look_at_inodes(s, err) < 0)
		return -1;
	if (is_hit(s, EXT2_ROOT_INO))
		strv_add(s->names, "/");
	if (is_hit(s, EXT2_JOURNAL_INO))
		strv_add(s->names, "(journal)");
	for (size_t i = 0; s->n_hits && i < s->n_folders; i++) {
		if (interrupt_check(err) < 0)
			return -1;
		s->folder = s->folders[i];
		ext2fs_dir_iterate2(s->fs, s->folder, 0, NULL, look_at_entry, s);
	}
	return 0;
}

int ext_name_files(const struct volume *v, const struct ranges *areas, struct strv *ret,
		   struct error *err)
{
	struct search s = { .areas = areas, .names = ret };
	int rc;

	if (ext_volume_open(v, &s.fs, err) < 0)
		return -1;
	rc = search(&s, err);
	free(s.hits);
	free(s.folders);
	ext_volume_close(s.fs);
	return rc;
}
