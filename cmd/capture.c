// SPDX-License-Identifier: GPL-2.0-or-later
/* rehost capture: read the disks and the hardware of the old PC. */
#include "config.h"

#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/command.h"
#include "lib/base/alloc.h"
#include "lib/base/path.h"
#include "lib/base/size.h"
#include "lib/capture.h"
#include "lib/clonezilla.h"
#include "lib/served.h"

static struct json_object *volumes_to_json(const struct capture_disk *d)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < d->n_volumes; i++) {
		const struct capture_volume *v = &d->volumes[i];
		struct json_object *o = json_object_new_object();

		json_object_object_add(o, "name", json_object_new_string(v->name));
		json_object_object_add(o, "kind", v->kind ? json_object_new_string(v->kind) : NULL);
		json_object_object_add(o, "start", json_object_new_uint64(v->start));
		json_object_object_add(o, "size", json_object_new_uint64(v->size));
		json_object_object_add(o, "used", json_object_new_uint64(v->used));
		json_object_object_add(o, "whole_because", v->why_all ? json_object_new_string(v->why_all) : NULL);
		json_object_array_add(list, o);
	}
	return list;
}

static struct json_object *disk_to_json(const struct capture_disk *d)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "file", json_object_new_string(d->file));
	json_object_object_add(o, "source", json_object_new_string(d->source));
	json_object_object_add(o, "size", json_object_new_uint64(d->size));
	json_object_object_add(o, "bad", json_object_new_uint64(d->bad_bytes));
	json_object_object_add(o, "unused", json_object_new_uint64(d->unused_bytes));
	json_object_object_add(o, "digest", json_object_new_string(d->digest));
	json_object_object_add(o, "unsteady", json_object_new_uint64(d->unsteady));
	json_object_object_add(o, "volumes", volumes_to_json(d));
	return o;
}

static struct json_object *capture_to_json(const struct capture *c)
{
	struct json_object *o = json_object_new_object(), *disks = json_object_new_array();
	struct json_object *plain = json_object_new_array();

	for (size_t i = 0; i < c->n_disks; i++)
		json_object_array_add(disks, disk_to_json(&c->disks[i]));
	if (c->dir)
		json_object_object_add(o, "capture", json_object_new_string(c->dir));
	if (c->name)
		json_object_object_add(o, "name", json_object_new_string(c->name));
	json_object_object_add(o, "live", json_object_new_boolean(c->live));
	for (size_t i = 0; i < c->plain.n; i++)
		json_object_array_add(plain, json_object_new_string(c->plain.v[i]));
	json_object_object_add(o, "plain", plain);
	json_object_object_add(o, "disks", disks);
	return o;
}

static void show_volumes(const struct capture_disk *d)
{
	for (size_t i = 0; i < d->n_volumes; i++) {
		const struct capture_volume *v = &d->volumes[i];
		CLEANUP_FREE char *size = format_size(v->size), *used = format_size(v->used);

		printf("    %-14s %-6s %10s, %s in use%s%s\n", v->name, v->kind ? v->kind : "-", size,
		       used, v->why_all ? ": taken whole, " : "", v->why_all ? v->why_all : "");
	}
}

static void show_disks(const struct capture *c)
{
	for (size_t i = 0; i < c->n_disks; i++) {
		const struct capture_disk *d = &c->disks[i];
		CLEANUP_FREE char *size = format_size(d->size), *bad = format_size(d->bad_bytes);

		printf("  %s  %s from %s\n", d->file, size, d->source);
		show_volumes(d);
		if (d->bad_bytes)
			printf("    %s could not be read and are zeros here; %s says where\n", bad,
			       d->map);
		if (d->unsteady)
			printf("    %" PRIu64 " MiB of the few that were read twice differed, the first at byte %"
			       PRIu64 ":\n    the disk was in use, or it or its cable cannot be trusted; "
			       "capture it again\n", d->unsteady, d->unsteady_at);
	}
}

static void show(const struct capture *c, bool json, const char *what)
{
	if (json) {
		print_json(capture_to_json(c));
		return;
	}
	printf("%s: %s\n", c->dir, what);
	if (c->live)
		printf("  of a PC that went on running: logical volumes are of one moment\n");
	for (size_t i = 0; i < c->plain.n; i++)
		printf("  '%s' has no snapshot: it was read as it lay on its partition\n", c->plain.v[i]);
	show_disks(c);
}

static int verify(const char *path, bool json, struct progress *progress, struct error *err)
{
	struct capture c CLEANUP_CAPTURE = CAPTURE_INIT;

	if (capture_open(&c, path, err) < 0 || capture_verify(&c, progress, err) < 0)
		return -1;
	show(&c, json, "unchanged");
	return 0;
}

static int finish(const char *path, bool json, struct progress *progress, struct error *err)
{
	struct capture c CLEANUP_CAPTURE = CAPTURE_INIT;

	if (capture_finish(path, progress, &c, err) < 0)
		return -1;
	show(&c, json, "finished with what was read");
	return 0;
}

static int join(const char *path, const char *output, bool json, struct progress *progress, struct error *err)
{
	struct capture c CLEANUP_CAPTURE = CAPTURE_INIT;

	if (!output)
		return error_set(err, ERR_USAGE, "--join needs an output");
	if (capture_join(path, output, progress, &c, err) < 0)
		return -1;
	show(&c, json, "put together, and whole");
	return 0;
}

static int make(const struct strv *sources, const char *output,
		const struct capture_options *options, bool json, struct error *err)
{
	struct capture c CLEANUP_CAPTURE = CAPTURE_INIT;

	if (capture_make(sources, output, options, &c, err) < 0)
		return -1;
	show(&c, json, "captured");
	return 0;
}

static int foresee(const struct strv *sources, const struct capture_options *options, bool json,
		   struct error *err)
{
	struct capture c CLEANUP_CAPTURE = CAPTURE_INIT;
	CLEANUP_FREE char *text = NULL;
	uint64_t size = 0;

	if (capture_foresee(sources, options, &c, &size, err) < 0)
		return -1;
	if (json) {
		struct json_object *o = capture_to_json(&c);

		json_object_object_add(o, "estimate", json_object_new_uint64(size));
		print_json(o);
		return 0;
	}
	show_disks(&c);
	text = format_size(size);
	printf("The capture will take about %s.\n", text);
	return 0;
}

static int read_numbers(const char *retries, const char *timeout, const char *limit,
			const char *safe, const char *compress, struct capture_options *ret, struct error *err)
{
	uint64_t seconds = 0, interval = CAPTURE_INTERVAL;

	ret->retries = 1;
	if ((retries && parse_u64(retries, 0, 1000, &ret->retries, err) < 0) ||
	    (timeout && parse_u64(timeout, 1, 31536000, &seconds, err) < 0) ||
	    (safe && parse_u64(safe, 0, 3600, &interval, err) < 0) ||
	    (limit && parse_size(limit, &ret->limit, err) < 0)) {
		err->code = ERR_USAGE;
		return -1;
	}
	ret->timeout = (double)seconds;
	ret->interval = interval ? (double)interval : 0.1;
	ret->plain = compress && strcmp(compress, "none") == 0;
	if (!compress || ret->plain || strcmp(compress, "zstd") == 0)
		return 0;
	error_set(err, ERR_USAGE, "there is no compression '%s'", compress);
	return error_hint(err, "choose zstd or none");
}

static int read_split(const char *text, struct capture_options *ret, struct error *err)
{
	const uint64_t least = 1 << 20;

	if (parse_size(text, &ret->split, err) < 0) {
		err->code = ERR_USAGE;
		return -1;
	}
	if (ret->split < least || ret->split % (1 << 16))
		return error_set(err, ERR_USAGE, "parts of '%s': at least 1M, and a multiple of 64K", text);
	return 0;
}

/* The address of a PC stands for its disks, and the PC describes itself. */
static int take_served(struct strv *args, const char *code, struct served *served,
		       struct capture_options *how, struct error *err)
{
	if (args->n != 1)
		return error_set(err, ERR_USAGE, "a code is for one address, not for %zu", args->n);
	if (served_open(served, args->v[0], code, err) < 0)
		return -1;
	strv_clear(args);
	for (size_t i = 0; i < served->disks.n; i++)
		strv_add(args, served->disks.v[i]);
	how->keys = served->keys;
	how->pc = &served->pc;
	if (!how->root)
		how->root = served->machine;
	return 0;
}

/* A folder stands for the disks in it. */
static int take_folder(struct strv *args, const char *program, struct capture_options *how, struct error *err)
{
	struct strv disks CLEANUP_STRV = STRV_INIT;
	CLEANUP_FREE char *dir = NULL;

	if (strcmp(program, "clonezilla") != 0) {
		error_set(err, ERR_USAGE, "there is no --from '%s'", program);
		return error_hint(err, "it can be clonezilla");
	}
	if (args->n != 1)
		return error_set(err, ERR_USAGE, "--from takes one folder, not %zu", args->n);
	if (path_absolute(args->v[0], &dir, err) < 0 || clonezilla_disks(dir, &disks, err) < 0)
		return -1;
	strv_clear(args);
	for (size_t i = 0; i < disks.n; i++)
		strv_addf(args, "%s/%s", dir, disks.v[i]);
	how->clonezilla = true;
	return 0;
}

static int run(const struct command *cmd, int argc, const char **argv, struct error *err)
{
	CLEANUP_FREE char *output = NULL, *root = NULL, *form = NULL, *map = NULL, *limit = NULL;
	CLEANUP_FREE char *compress = NULL, *retries = NULL, *timeout = NULL, *safe = NULL;
	CLEANUP_FREE char *base = NULL, *rescued = NULL, *code = NULL, *program = NULL, *split = NULL;
	struct served served CLEANUP_SERVED = SERVED_INIT;
	struct strv args CLEANUP_STRV = STRV_INIT;
	struct progress progress CLEANUP_PROGRESS = { .mode = PROGRESS_NONE };
	struct capture_options how = { .progress = &progress };
	int live = 0, running = 0, full = 0, prove = 0, end = 0, together = 0, dry = 0, json = 0;
	const struct poptOption options[] = {
		{ "output", 'o', POPT_ARG_STRING, &output, 0, "write to this folder", "DIR" },
		{ "root", 0, POPT_ARG_STRING, &root, 0,
		  "describe the PC from the /sys and /proc below DIR", "DIR" },
		{ "code", 0, POPT_ARG_STRING, &code, 0,
		  "SOURCE is an old PC that serves its disks, and this the code that it shows",
		  "XXXX-XXXX" },
		{ "from", 0, POPT_ARG_STRING, &program, 0,
		  "SOURCE is a folder of this program: clonezilla", "PROGRAM" },
		{ "full", 0, POPT_ARG_NONE, &full, 0, "read also what is not in use", NULL },
		{ "base", 0, POPT_ARG_STRING, &base, 0,
		  "store only what differs from this older capture", "DIR" },
		{ "map", 0, POPT_ARG_STRING, &map, 0,
		  "SOURCE is an image that ddrescue wrote with this map", "FILE" },
		{ "rescued", 0, POPT_ARG_STRING, &rescued, 0,
		  "that image; SOURCE is the disk, read where the map has gaps", "FILE" },
		{ "retries", 0, POPT_ARG_STRING, &retries, 0,
		  "try bad sectors again so often (default 1)", "N" },
		{ "timeout", 0, POPT_ARG_STRING, &timeout, 0,
		  "give bad areas up when nothing was read for so long", "SECONDS" },
		{ "limit", 0, POPT_ARG_STRING, &limit, 0, "read at most so much in a second", "SIZE" },
		{ "checkpoint", 0, POPT_ARG_STRING, &safe, 0,
		  "time between safe points (default 5)", "SECONDS" },
		{ "split", 0, POPT_ARG_STRING, &split, 0,
		  "write images in parts of this size (FAT: of 4 GiB by itself)", "SIZE" },
		{ "compress", 0, POPT_ARG_STRING, &compress, 0, "zstd (default) or none", "HOW" },
		{ "dry-run", 0, POPT_ARG_NONE, &dry, 0, "only say what would be read", NULL },
		{ "live", 0, POPT_ARG_NONE, &running, 0,
		  "of this PC, which goes on running: logical volumes are read from snapshots", NULL },
		{ "force-live", 0, POPT_ARG_NONE, &live, 0, "read a disk although it is in use", NULL },
		{ "finish", 0, POPT_ARG_NONE, &end, 0,
		  "the disk is gone: make a capture of what was read", NULL },
		{ "join", 0, POPT_ARG_NONE, &together, 0,
		  "copy a capture whose disks lie in parts to one where they do not", NULL },
		{ "verify", 0, POPT_ARG_NONE, &prove, 0, "prove that a capture is unchanged", NULL },
		{ "json", 0, POPT_ARG_NONE, &json, 0, "report in JSON", NULL },
		PROGRESS_OPTION(&form),
		POPT_TABLEEND
	};
	int rc = command_parse(cmd, options, 1, ARGS_ANY, argc, argv, &args, err);

	if (rc <= 0)
		return rc;
	if (progress_from_option(form, &progress, err) < 0)
		return -1;
	if (together)
		return args.n == 1 ? join(args.v[0], output, json, &progress, err)
			: error_set(err, ERR_USAGE, "--join takes one capture");
	if ((prove || end) && (args.n > 1 || output || (prove && end)))
		return error_set(err, ERR_USAGE, "%s takes one capture and no output",
				 prove ? "--verify" : "--finish");
	if ((prove || end) && (full || live || running || dry || base || map || program || code))
		return error_set(err, ERR_USAGE, "%s takes no options of how to read a disk",
				 prove ? "--verify" : "--finish");
	if (end)
		return finish(args.v[0], json, &progress, err);
	if (prove)
		return verify(args.v[0], json, &progress, err);
	if (!output && !dry) {
		error_set(err, ERR_USAGE, "capture: no output given");
		return error_hint(err, "add -o NAME" CAPTURE_SUFFIX);
	}
	if (read_numbers(retries, timeout, limit, safe, compress, &how, err) < 0)
		return -1;
	if (split && read_split(split, &how, err) < 0)
		return -1;
	how.root = root;
	how.map = map;
	how.base = base;
	how.rescued = rescued;
	how.force_live = live;
	how.live = running;
	how.full = full;
	if (running && (program || code || dry || live))
		return error_set(err, ERR_USAGE, "--live is for disks of this PC, and captures them at once");
	if (program && code)
		return error_set(err, ERR_USAGE, "--from and --code exclude each other");
	if (program && take_folder(&args, program, &how, err) < 0)
		return -1;
	if (code && take_served(&args, code, &served, &how, err) < 0)
		return -1;
	if (dry)
		return foresee(&args, &how, json, err);
	return make(&args, output, &how, json, err);
}

const struct command command_capture = {
	.name = "capture",
	.synopsis = "SOURCE... -o NAME.capture",
	.summary = "read the disks and the hardware of the old PC",
	.text = "A source is a disk, an image of one (raw, qcow2, VMDK, VHD, VHDX, E01) or an\n"
		"nbd:// address. It is only read. The digests in the capture prove later that nothing\n"
		"changed:\n"
		"    rehost capture /dev/sda -o press4.capture\n"
		"    rehost capture nbds://192.168.1.5 --code ABCD-EFGH -o press4.capture\n"
		"    rehost capture --from clonezilla 2019-03-02-press4 -o press4.capture\n"
		"    rehost capture --verify press4.capture",
	.run = run,
};
