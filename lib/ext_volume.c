// SPDX-License-Identifier: GPL-2.0-or-later
/* Lets libext2fs read volumes. */
#include "config.h"

#include <et/com_err.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>

#include "lib/base/alloc.h"
#include "lib/ext_volume.h"

/* libext2fs reads through this: a volume that is never written. */
static errcode_t io_open(const char *name, int flags, io_channel *ret);

static errcode_t io_close(io_channel io)
{
	if (--io->refcount > 0)
		return 0;
	free(io->name);
	free(io);
	return 0;
}

static errcode_t io_set_blksize(io_channel io, int size)
{
	io->block_size = size;
	return 0;
}

/* A negative count is one of bytes. */
static errcode_t io_read64(io_channel io, unsigned long long block, int count, void *data)
{
	const struct volume *v = io->private_data;
	uint64_t len = count < 0 ? (uint64_t)-(int64_t)count
				 : (uint64_t)count * (uint64_t)io->block_size;
	uint64_t start;

	if (MUL_OVERFLOW((uint64_t)block, (uint64_t)io->block_size, &start) ||
	    volume_read(v, start, data, len, NULL) < 0)
		return EXT2_ET_SHORT_READ;
	return 0;
}

static errcode_t io_read(io_channel io, unsigned long block, int count, void *data)
{
	return io_read64(io, block, count, data);
}

static errcode_t io_write64(io_channel io, unsigned long long block, int count, const void *data)
{
	(void)io, (void)block, (void)count, (void)data;
	return EXT2_ET_RO_FILSYS;
}

static errcode_t io_write(io_channel io, unsigned long block, int count, const void *data)
{
	return io_write64(io, block, count, data);
}

static errcode_t io_flush(io_channel io)
{
	(void)io;
	return 0;
}

static struct struct_io_manager volume_io = {
	.magic = EXT2_ET_MAGIC_IO_MANAGER,
	.name = "volume",
	.open = io_open,
	.close = io_close,
	.set_blksize = io_set_blksize,
	.read_blk = io_read,
	.write_blk = io_write,
	.flush = io_flush,
	.read_blk64 = io_read64,
	.write_blk64 = io_write64,
};

/* The library hands a name through; ours is the address of the volume. */
static errcode_t io_open(const char *name, int flags, io_channel *ret)
{
	io_channel io = xcalloc(1, sizeof(*io));
	uintptr_t address = (uintptr_t)strtoull(name, NULL, 16);

	(void)flags;
	io->magic = EXT2_ET_MAGIC_IO_CHANNEL;
	io->manager = &volume_io;
	io->name = xstrdup(name);
	io->block_size = 1024;
	io->refcount = 1;
	io->private_data = (void *)address;
	*ret = io;
	return 0;
}

int ext_failed(struct error *err, const char *what, errcode_t rc)
{
	return error_set(err, ERR_FORMAT, "%s: %s", what, error_message(rc));
}

static void say_nothing(const char *who, errcode_t rc, const char *fmt, va_list ap)
{
	(void)who, (void)rc, (void)fmt, (void)ap;
}

int ext_volume_open(const struct volume *v, ext2_filsys *ret, struct error *err)
{
	CLEANUP_FREE char *name = xasprintf("%" PRIxPTR, (uintptr_t)v);
	errcode_t rc;

	initialize_ext2_error_table();
	set_com_err_hook(say_nothing);
	*ret = NULL;
	rc = ext2fs_open(name, EXT2_FLAG_64BITS, 0, 0, &volume_io, ret);
	if (rc == 0)
		return 0;
	ext_failed(err, "cannot be read", rc);
	ext_volume_close(*ret);
	*ret = NULL;
	return -1;
}

void ext_volume_close(ext2_filsys fs)
{
	if (fs)
		ext2fs_free(fs);
	reset_com_err_hook();
}
