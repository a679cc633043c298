// SPDX-License-Identifier: GPL-2.0-or-later
/* Captures: the document that says what was read from where, and its digests. */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/outfile.h"
#include "lib/base/path.h"
#include "lib/base/xml.h"
#include "lib/capture.h"
#include "lib/parts.h"
#include "lib/disk_digest.h"

/* Extents of zeros are left out. */
static void put_extents(const struct capture_disk *d, struct xml_out *x)
{
	char hex[DIGEST_HEX_SIZE];

	for (size_t i = 0; i < d->n_extents; i++) {
		if (bytes_are_zero(d->extents + i * DIGEST_SIZE, DIGEST_SIZE))
			continue;
		digest_to_hex(d->extents + i * DIGEST_SIZE, hex);
		xml_open(x, "extent");
		xml_attr(x, "number", "%zu", i);
		xml_attr(x, "digest", "%s", hex);
		xml_close(x);
	}
}

static void put_volumes(const struct capture_disk *d, struct xml_out *x)
{
	for (size_t i = 0; i < d->n_volumes; i++) {
		const struct capture_volume *v = &d->volumes[i];

		xml_open(x, "volume");
		xml_attr(x, "name", "%s", v->name);
		xml_attr_opt(x, "kind", v->kind);
		xml_attr(x, "start", "%" PRIu64, v->start);
		xml_attr(x, "size", "%" PRIu64, v->size);
		xml_attr(x, "used", "%" PRIu64, v->used);
		xml_attr_opt(x, "all", v->why_all);
		xml_close(x);
	}
}

static void put_disk(const struct capture_disk *d, struct xml_out *x)
{
	xml_open(x, "disk");
	xml_attr(x, "file", "%s", d->file);
	xml_attr(x, "map", "%s", d->map);
	xml_attr(x, "source", "%s", d->source);
	xml_attr(x, "format", "%s", d->format);
	xml_attr_opt(x, "model", d->model);
	xml_attr_opt(x, "serial", d->serial);
	xml_attr_opt(x, "base", d->base);
	xml_attr(x, "size", "%" PRIu64, d->size);
	xml_attr(x, "sector-size", "%" PRIu64, d->sector_size);
	xml_attr(x, "bad", "%" PRIu64, d->bad_bytes);
	xml_attr(x, "unused", "%" PRIu64, d->unused_bytes);
	if (d->unsteady) {
		xml_attr(x, "unsteady", "%" PRIu64, d->unsteady);
		xml_attr(x, "unsteady-at", "%" PRIu64, d->unsteady_at);
	}
	xml_attr(x, "map-digest", "%s", d->map_digest);
	xml_attr(x, "extent-size", "%" PRIu64, disk_extent_size(d->size));
	xml_attr(x, "digest", "%s", d->digest);
	put_volumes(d, x);
	put_extents(d, x);
	xml_close(x);
}

int capture_write(const struct capture *c, const char *dir, struct error *err)
{
	struct xml_out x CLEANUP_XML_OUT = XML_OUT_INIT;
	CLEANUP_FREE char *path = path_join(dir, CAPTURE_FILE);

	xml_out_begin(&x, "capture");
	xml_attr(&x, "name", "%s", c->name);
	xml_attr(&x, "tool", "%s", c->tool);
	if (c->live)
		xml_attr(&x, "live", "yes");
	xml_open(&x, "machine");
	xml_attr(&x, "file", "%s", CAPTURE_MACHINE);
	xml_attr(&x, "digest", "%s", c->machine_digest);
	if (*c->raw_digest) {
		xml_attr(&x, "raw", "%s", CAPTURE_RAW);
		xml_attr(&x, "raw-digest", "%s", c->raw_digest);
	}
	xml_close(&x);
	for (size_t i = 0; i < c->plain.n; i++) {
		xml_open(&x, "plain");
		xml_attr(&x, "mount", "%s", c->plain.v[i]);
		xml_close(&x);
	}
	for (size_t i = 0; i < c->n_disks; i++)
		put_disk(&c->disks[i], &x);
	return xml_out_write(&x, path, OUTFILE_REPLACE, err);
}

static void get_digest(const xmlNode *node, const char *attr, char ret[DIGEST_HEX_SIZE])
{
	CLEANUP_FREE char *text = xml_get(node, attr);

	/* the schema has seen to its length */
	if (text)
		memcpy(ret, text, DIGEST_HEX_SIZE);
}

static int get_extents(struct capture_disk *d, const xmlNode *node, struct error *err)
{
	uint64_t extent = disk_extent_size(d->size), stated = 0;
	char disk[DIGEST_HEX_SIZE];

	if (xml_get_u64(node, "extent-size", 1, UINT64_MAX, 0, &stated, err) < 0)
		return -1;
	if (extent == 0 || stated != extent)
		return xml_error_at(err, node, "extents of an impossible size");
	d->n_extents = (size_t)(d->size / extent + (d->size % extent != 0));
	d->extents = xcalloc(d->n_extents + 1, DIGEST_SIZE);
	XML_EACH(e, node, "extent") {
		char hex[DIGEST_HEX_SIZE];
		uint64_t number = 0;

		if (d->n_extents == 0 ||
		    xml_get_u64(e, "number", 0, d->n_extents - 1, 0, &number, err) < 0)
			return -1;
		get_digest(e, "digest", hex);
		if (digest_from_hex(hex, d->extents + number * DIGEST_SIZE, err) < 0)
			return -1;
	}
	disk_digest_of_extents(d->size, d->extents, d->n_extents, disk);
	if (strcmp(disk, d->digest) == 0)
		return 0;
	error_set(err, ERR_INTEGRITY, "the digests of '%s' contradict each other", d->file);
	return error_hint(err, CAPTURE_FILE " was changed after the capture");
}

static int get_volumes(struct capture_disk *d, const xmlNode *node, struct error *err)
{
	XML_EACH(e, node, "volume") {
		struct capture_volume *v = APPEND(d->volumes, d->n_volumes);

		v->name = xml_get(e, "name");
		v->kind = xml_get(e, "kind");
		v->why_all = xml_get(e, "all");
		if (xml_get_u64(e, "start", 0, d->size, 0, &v->start, err) < 0 ||
		    xml_get_u64(e, "size", 0, d->size, 0, &v->size, err) < 0 ||
		    xml_get_u64(e, "used", 0, v->size, 0, &v->used, err) < 0)
			return -1;
	}
	return 0;
}

/* Names come from a document that somebody may have edited: they must stay in the folder. */
static int check_name(const xmlNode *node, const char *file, struct error *err)
{
	if (!*file || strchr(file, '/') || file[0] == '.')
		return xml_error_at(err, node, "'%s' is not a file name inside the capture", file);
	return 0;
}

static int get_disk(struct capture_disk *d, const xmlNode *node, struct error *err)
{
	*d = (struct capture_disk){
		.file = xml_get(node, "file"),
		.map = xml_get(node, "map"),
		.source = xml_get(node, "source"),
		.format = xml_get(node, "format"),
		.model = xml_get(node, "model"),
		.serial = xml_get(node, "serial"),
		.base = xml_get(node, "base"),
	};
	get_digest(node, "digest", d->digest);
	get_digest(node, "map-digest", d->map_digest);
	if (check_name(node, d->file, err) < 0 || check_name(node, d->map, err) < 0 ||
	    xml_get_u64(node, "size", 512, INT64_MAX, 0, &d->size, err) < 0 ||
	    xml_get_u64(node, "sector-size", 512, 65536, 512, &d->sector_size, err) < 0 ||
	    xml_get_u64(node, "bad", 0, d->size, 0, &d->bad_bytes, err) < 0 ||
	    xml_get_u64(node, "unused", 0, d->size, 0, &d->unused_bytes, err) < 0 ||
	    xml_get_u64(node, "unsteady", 0, d->size, 0, &d->unsteady, err) < 0 ||
	    xml_get_u64(node, "unsteady-at", 0, d->size, 0, &d->unsteady_at, err) < 0)
		return -1;
	return get_volumes(d, node, err) < 0 ? -1 : get_extents(d, node, err);
}

static int find_document(const char *path, char **ret, struct error *err)
{
	if (path_has_suffix(path, PARTIAL_SUFFIX)) {
		error_set(err, ERR_FORMAT, "'%s' is not finished", path);
		return error_hint(err, "the capture was interrupted: run it again and it goes on");
	}
	*ret = path_join(path, CAPTURE_FILE);
	if (path_exists(*ret))
		return 0;
	free(STEAL(*ret));
	error_set(err, ERR_NOT_FOUND, "'%s' is not a capture", path);
	return error_hint(err, "give the NAME" CAPTURE_SUFFIX " folder that 'rehost capture' made");
}

static int read_machine(struct capture *c, struct error *err)
{
	CLEANUP_FREE char *path = path_join(c->dir, CAPTURE_MACHINE);
	char digest[DIGEST_HEX_SIZE];

	if (digest_file(path, digest, NULL, err) < 0)
		return -1;
	if (strcmp(digest, c->machine_digest) != 0) {
		error_set(err, ERR_INTEGRITY, "'%s' was changed after the capture", path);
		return error_hint(err, "facts that you want to correct belong into the guest or the plan");
	}
	return machine_read(&c->machine, path, err);
}

static int read_document(struct capture *ret, const char *file, const char *dir, struct error *err)
{
	struct capture c CLEANUP_CAPTURE = CAPTURE_INIT;
	xmlDoc *doc CLEANUP_XMLDOC = xml_read(file, "capture", err);
	const xmlNode *root;

	if (!doc || path_absolute(dir, &c.dir, err) < 0)
		return -1;
	root = xmlDocGetRootElement(doc);
	c.name = xml_get(root, "name");
	c.tool = xml_get(root, "tool");
	get_digest(xml_child(root, "machine"), "digest", c.machine_digest);
	get_digest(xml_child(root, "machine"), "raw-digest", c.raw_digest);
	c.live = xml_get_bool(root, "live");
	XML_EACH(node, root, "plain")
		strv_take(&c.plain, xml_get(node, "mount"));
	XML_EACH(node, root, "disk")
		if (get_disk(APPEND(c.disks, c.n_disks), node, err) < 0)
			return error_wrap(err, "read '%s'", dir);
	if (read_machine(&c, err) < 0)
		return -1;
	*ret = c;
	c = (struct capture)CAPTURE_INIT;
	return 0;
}

int capture_read(struct capture *ret, const char *dir, struct error *err)
{
	CLEANUP_FREE char *file = path_join(dir, CAPTURE_FILE);

	return read_document(ret, file, dir, err);
}

static int refuse_parts(const struct capture *c, const char *path, struct error *err)
{
	for (size_t i = 0; i < c->n_disks; i++) {
		CLEANUP_FREE char *image = capture_disk_path(c, i), *part = part_name(image, 0);

		if (path_exists(image) || !path_exists(part))
			continue;
		error_set(err, ERR_REFUSED, "the disks of '%s' lie in parts, as its file system wanted it", path);
		return error_hint(err, "put it together on a disk that holds large files: rehost capture --join %s -o NAME"
				  CAPTURE_SUFFIX, path);
	}
	return 0;
}

int capture_open(struct capture *ret, const char *path, struct error *err)
{
	CLEANUP_FREE char *file = NULL;

	struct capture c CLEANUP_CAPTURE = CAPTURE_INIT;

	if (find_document(path, &file, err) < 0 || read_document(&c, file, path, err) < 0 ||
	    refuse_parts(&c, path, err) < 0)
		return -1;
	*ret = c;
	c = (struct capture)CAPTURE_INIT;
	return 0;
}

char *capture_disk_path(const struct capture *c, size_t i)
{
	return path_join(c->dir, c->disks[i].file);
}

int capture_map(const struct capture *c, size_t i, struct mapfile *ret, struct error *err)
{
	CLEANUP_FREE char *path = path_join(c->dir, c->disks[i].map);

	return mapfile_read(ret, path, c->disks[i].size, err);
}

void capture_disk_clear_volumes(struct capture_disk *d)
{
	for (size_t i = 0; i < d->n_volumes; i++) {
		free(d->volumes[i].name);
		free(d->volumes[i].kind);
		free(d->volumes[i].why_all);
	}
	free(STEAL(d->volumes));
	d->n_volumes = 0;
}

static void clear_disk(struct capture_disk *d)
{
	char *texts[] = { d->file, d->map, d->source, d->format, d->model, d->serial,
			  d->base };

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		free(texts[i]);
	capture_disk_clear_volumes(d);
	free(d->extents);
}

void capture_clear(struct capture *c)
{
	for (size_t i = 0; i < c->n_disks; i++)
		clear_disk(&c->disks[i]);
	free(c->disks);
	free(c->dir);
	free(c->name);
	free(c->tool);
	strv_clear(&c->plain);
	machine_clear(&c->machine);
	*c = (struct capture)CAPTURE_INIT;
}

int capture_commit(struct outdir *dir, struct capture *c, struct capture *ret, struct error *err)
{
	free(c->dir);
	c->dir = xstrdup(dir->path);
	if (outdir_commit(dir, err) < 0)
		return -1;
	*ret = *c;
	*c = (struct capture)CAPTURE_INIT;
	return 0;
}
