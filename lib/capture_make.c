// SPDX-License-Identifier: GPL-2.0-or-later
/* Making a capture: describe the old PC, read its disks, write the document. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/alloc.h"
#include "lib/base/path.h"
#include "lib/capture.h"
#include "lib/copy.h"
#include "lib/usedmap.h"

struct making {
	const struct capture_options *options;
	struct source *sources;
	size_t n_sources;
	struct outdir dir;
	struct capture capture;
};

static void making_clear(struct making *m)
{
	for (size_t i = 0; i < m->n_sources; i++)
		source_close(&m->sources[i]);
	free(m->sources);
	outdir_discard(&m->dir);
	capture_clear(&m->capture);
}

static int open_sources(struct making *m, const struct strv *names, struct error *err)
{
	unsigned int flags = m->options->force_live ? SOURCE_FORCE_LIVE : 0;

	for (size_t i = 0; i < names->n; i++) {
		*APPEND(m->sources, m->n_sources) = (struct source)SOURCE_INIT;
		if (source_open(&m->sources[i], names->v[i], flags, err) < 0)
			return -1;
	}
	return 0;
}

/* Every fact that can be missing is, for one reason. */
static int describe_nothing(struct machine *ret, const char *dir, struct error *err)
{
	CLEANUP_FREE char *empty = path_join(dir, "empty");

	if (folder_make(empty, err) < 0 || machine_probe(ret, empty, err) < 0 ||
	    folder_remove(empty, err) < 0)
		return -1;
	for (size_t i = 0; i < ret->n_missing; i++) {
		free(ret->missing[i].why);
		ret->missing[i].why = xstrdup("captured from an image, not on the old PC itself");
	}
	return 0;
}

/* A disk that was read here is described with this host; an image came from somewhere else. */
static int describe_machine(struct making *m, struct error *err)
{
	CLEANUP_FREE char *path = path_join(m->dir.partial, CAPTURE_MACHINE);
	const char *root = m->options->root;
	bool here = false;
	int rc;

	for (size_t i = 0; i < m->n_sources; i++)
		here |= m->sources[i].kind == SOURCE_DEVICE;
	if (!root && here)
		root = "/";
	rc = root ? machine_probe(&m->capture.machine, root, err)
		  : describe_nothing(&m->capture.machine, m->dir.partial, err);
	if (rc < 0)
		return -1;
	free(m->capture.machine.name);
	m->capture.machine.name = xstrdup(m->capture.name);
	if (machine_write(&m->capture.machine, path, OUTFILE_REPLACE, err) < 0)
		return -1;
	return digest_file(path, m->capture.machine_digest, NULL, err);
}

static void note_source(struct capture_disk *d, const struct source *s, size_t number)
{
	*d = (struct capture_disk){
		.file = xasprintf("disk%zu.qcow2", number),
		.map = xasprintf("disk%zu.map", number),
		.source = xstrdup(s->name),
		.format = xstrdup(s->format),
		.model = s->model ? xstrdup(s->model) : NULL,
		.serial = s->serial ? xstrdup(s->serial) : NULL,
		.size = s->size,
		.sector_size = s->sector_size,
	};
}

/* What is in use was read, the rest was not. */
static int write_map(struct capture_disk *d, const struct ranges *used, const char *dir,
		     struct error *err)
{
	CLEANUP_FREE char *path = path_join(dir, d->map);
	struct mapfile map CLEANUP_MAPFILE = MAPFILE_INIT;

	for (size_t i = 0; i < used->n; i++) {
		mapfile_append(&map, used->v[i].start - map.size, MAP_NON_TRIED);
		mapfile_append(&map, used->v[i].end - used->v[i].start, MAP_FINISHED);
	}
	mapfile_append(&map, d->size - map.size, MAP_NON_TRIED);
	map.phase = MAP_FINISHED;
	d->unused_bytes = mapfile_total(&map, MAP_NON_TRIED);
	if (mapfile_write(&map, path, OUTFILE_REPLACE, err) < 0)
		return -1;
	return digest_file(path, d->map_digest, NULL, err);
}

static int find_used(struct making *m, struct source *source, struct capture_disk *d,
		     struct usedmap *ret, struct error *err)
{
	if (m->options->full) {
		ranges_add(&ret->used, 0, source->size);
		return 0;
	}
	progress_begin(m->options->progress, "look what is in use", 0);
	if (usedmap_read(ret, source, err) < 0)
		return -1;
	progress_end(m->options->progress);
	for (size_t i = 0; i < ret->n_volumes; i++) {
		const struct usedmap_volume *v = &ret->volumes[i];

		*APPEND(d->volumes, d->n_volumes) = (struct capture_volume){
			xstrdup(v->name), v->kind ? xstrdup(v->kind) : NULL, v->start, v->size,
			v->used, v->why_all ? xstrdup(v->why_all) : NULL };
	}
	return 0;
}

static int capture_disk(struct making *m, size_t i, struct error *err)
{
	struct capture_disk *d = APPEND(m->capture.disks, m->capture.n_disks);
	struct disk_digest digest CLEANUP_DISK_DIGEST = DISK_DIGEST_INIT;
	struct qcow2 image CLEANUP_QCOW2 = QCOW2_INIT;
	struct usedmap map CLEANUP_USEDMAP = USEDMAP_INIT;
	CLEANUP_FREE char *path = NULL, *phase = xasprintf("capture %s", m->sources[i].name);
	CLEANUP_CLOSE int fd = -1;
	struct copy copy = { .source = &m->sources[i], .used = &map.used, .image = &image,
			     .compress = true, .digest = &digest,
			     .progress = m->options->progress };

	note_source(d, &m->sources[i], i);
	if (find_used(m, &m->sources[i], d, &map, err) < 0)
		return -1;
	path = path_join(m->dir.partial, d->file);
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0666);
	if (fd < 0)
		return error_sys(err, errno, "create '%s'", path);
	progress_begin(m->options->progress, phase, ranges_total(&map.used));
	if (disk_digest_open(&digest, NULL, d->size, err) < 0 ||
	    qcow2_begin(&image, fd, d->size, NULL, NULL, err) < 0 || copy_run(&copy, err) < 0 ||
	    qcow2_finish(&image, err) < 0 ||
	    disk_digest_finish(&digest, &d->extents, &d->n_extents, d->digest, err) < 0)
		return error_wrap(err, "capture '%s'", m->sources[i].name);
	progress_end(m->options->progress);
	return write_map(d, &map.used, m->dir.partial, err);
}

static int check_name(const char *name, struct error *err)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-";

	if (*name && strlen(name) <= 63 && strspn(name, letters) == strlen(name) &&
	    !strchr("_.-", name[0]))
		return 0;
	error_set(err, ERR_USAGE, "'%s' cannot be the name of a machine", name);
	return error_hint(err, "use up to 63 letters, digits, '_', '.' and '-'");
}

int capture_make(const struct strv *sources, const char *path,
		 const struct capture_options *options, struct capture *ret, struct error *err)
{
	struct making m __attribute__((cleanup(making_clear))) = { .options = options,
								   .dir = OUTDIR_INIT };

	m.capture.name = path_stem(path, CAPTURE_SUFFIX);
	m.capture.tool = xstrdup(PACKAGE_STRING);
	if (check_name(m.capture.name, err) < 0 || open_sources(&m, sources, err) < 0 ||
	    outdir_open(&m.dir, path, OUTDIR_NEW, err) < 0 || describe_machine(&m, err) < 0)
		return -1;
	for (size_t i = 0; i < m.n_sources; i++)
		if (capture_disk(&m, i, err) < 0)
			return -1;
	if (capture_write(&m.capture, m.dir.partial, err) < 0)
		return -1;
	m.capture.dir = xstrdup(m.dir.path);
	if (outdir_commit(&m.dir, err) < 0)
		return -1;
	*ret = m.capture;
	m.capture = (struct capture)CAPTURE_INIT;
	return 0;
}
