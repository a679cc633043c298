// SPDX-License-Identifier: GPL-2.0-or-later
/* Files and folders that appear under their name only when they are whole. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/alloc.h"
#include "lib/base/outfile.h"
#include "lib/base/path.h"

static int refuse_existing(const char *path, struct error *err)
{
	if (!path_exists(path))
		return 0;
	error_set(err, ERR_EXISTS, "'%s' exists already", path);
	return error_hint(err, "choose another name, or move the old one away: nothing is overwritten");
}

static int refuse_busy(const char *path, struct error *err)
{
	error_set(err, ERR_BUSY, "'%s' is being written by another process", path);
	return error_hint(err, "wait until the other rehost has ended");
}

/* A lock is worth nothing if the name was given to another inode while we waited for it. */
static bool same_inode(int fd, const char *path)
{
	struct stat a, b;

	return fstat(fd, &a) == 0 && lstat(path, &b) == 0 && a.st_dev == b.st_dev &&
	       a.st_ino == b.st_ino;
}

static int sync_parent(const char *path, struct error *err)
{
	CLEANUP_FREE char *dir = path_dirname(path);
	CLEANUP_CLOSE int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || (fsync(fd) < 0 && errno != EINVAL))
		return error_sys(err, errno, "sync folder '%s'", dir);
	return 0;
}

/* Some file systems (FAT, FUSE) cannot rename without replacing: look first there. */
static int rename_new(const char *from, const char *to, struct error *err)
{
	if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno == EEXIST)
		return refuse_existing(to, err);
	if (errno != EINVAL && errno != ENOSYS)
		return error_sys(err, errno, "rename '%s' to '%s'", from, to);
	if (refuse_existing(to, err) < 0)
		return -1;
	return rename(from, to) < 0 ? error_sys(err, errno, "rename '%s'", from) : 0;
}

int outfile_open(struct outfile *ret, const char *path, enum outfile_mode mode, struct error *err)
{
	struct outfile out CLEANUP_OUTFILE = OUTFILE_INIT;
	CLEANUP_CLOSE int fd = -1;
	CLEANUP_FREE char *partial = xasprintf("%s" PARTIAL_SUFFIX, path);

	if (mode == OUTFILE_NEW && refuse_existing(path, err) < 0)
		return -1;
	fd = open(partial, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
	if (fd < 0)
		return error_sys(err, errno, "create '%s'", partial);
	if (flock(fd, LOCK_EX | LOCK_NB) < 0 || !same_inode(fd, partial))
		return refuse_busy(partial, err);
	out.partial = STEAL(partial);
	if (ftruncate(fd, 0) < 0)
		return error_sys(err, errno, "empty '%s'", out.partial);
	out.f = fdopen(fd, "w+e");
	if (!out.f)
		return error_sys(err, errno, "open '%s'", out.partial);
	fd = -1;
	out.path = xstrdup(path);
	out.mode = mode;
	*ret = out;
	out = (struct outfile)OUTFILE_INIT;
	return 0;
}

static int put_in_place(const struct outfile *out, struct error *err)
{
	if (out->mode == OUTFILE_NEW)
		return rename_new(out->partial, out->path, err);
	if (rename(out->partial, out->path) < 0)
		return error_sys(err, errno, "rename '%s'", out->partial);
	return 0;
}

int outfile_commit(struct outfile *out, struct error *err)
{
	errno = 0;
	if (ferror(out->f) || fflush(out->f) != 0 || fsync(fileno(out->f)) < 0)
		return error_sys(err, errno ? errno : EIO, "write '%s'", out->path);
	/* Rename before the stream is closed: the lock goes with it. */
	if (put_in_place(out, err) < 0)
		return -1;
	free(STEAL(out->partial));
	if (fclose(STEAL(out->f)) != 0)
		return error_sys(err, errno, "close '%s'", out->path);
	return sync_parent(out->path, err);
}

void outfile_discard(struct outfile *out)
{
	if (out->partial)
		unlink(out->partial);
	cleanup_fclose(&out->f);
	free(out->path);
	free(out->partial);
	*out = (struct outfile)OUTFILE_INIT;
}

static int claim_folder(struct outdir *out, struct error *err)
{
	if (mkdir(out->partial, 0777) < 0 && errno != EEXIST)
		return error_sys(err, errno, "create folder '%s'", out->partial);
	out->fd = open(out->partial, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (out->fd < 0)
		return error_sys(err, errno, "open folder '%s'", out->partial);
	if (flock(out->fd, LOCK_EX | LOCK_NB) < 0 || !same_inode(out->fd, out->partial)) {
		cleanup_close(&out->fd);
		out->fd = -1;
		return refuse_busy(out->partial, err);
	}
	return 0;
}

int outdir_open(struct outdir *ret, const char *path, enum outdir_mode mode, struct error *err)
{
	struct outdir out = OUTDIR_INIT;
	int rc = -1;

	if (refuse_existing(path, err) < 0 || path_absolute(path, &out.path, err) < 0)
		return -1;
	out.partial = xasprintf("%s" PARTIAL_SUFFIX, out.path);
	out.mode = mode;
	rc = claim_folder(&out, err);
	if (rc == 0 && mode == OUTDIR_NEW) {
		/* Ours by the lock: what lies in it is the rest of a crash. */
		rc = folder_remove(out.partial, err);
		cleanup_close(&out.fd);
		out.fd = -1;
		if (rc == 0)
			rc = claim_folder(&out, err);
	}
	if (rc < 0) {
		free(out.path);
		free(out.partial);
		return -1;
	}
	*ret = out;
	return 0;
}

int outdir_commit(struct outdir *out, struct error *err)
{
	if (folder_sync(out->partial, err) < 0 || rename_new(out->partial, out->path, err) < 0)
		return -1;
	free(STEAL(out->partial));
	return sync_parent(out->path, err);
}

void outdir_discard(struct outdir *out)
{
	if (out->partial && out->mode == OUTDIR_NEW)
		folder_remove(out->partial, NULL);
	cleanup_close(&out->fd);
	free(out->path);
	free(out->partial);
	*out = (struct outdir)OUTDIR_INIT;
}

int file_write(const char *path, const void *data, size_t len, enum outfile_mode mode,
	       struct error *err)
{
	struct outfile out CLEANUP_OUTFILE = OUTFILE_INIT;

	if (outfile_open(&out, path, mode, err) < 0)
		return -1;
	if (fwrite(data, 1, len, out.f) != len)
		return error_sys(err, errno, "write '%s'", path);
	return outfile_commit(&out, err);
}
