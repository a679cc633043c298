/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_SPDX_H
#define REHOST_SPDX_H

/*
 * Documents of SPDX 2.3 in JSON: packages, files, how they belong together, and remarks.
 *
 *	struct spdx s = spdx_begin();
 *
 *	spdx_package(&s, &(struct spdx_package){ .id = "SPDXRef-guest-1", .name = "press4" });
 *	spdx_relate(&s, SPDX_DOCUMENT, "DESCRIBES", "SPDXRef-guest-1");
 *	rc = spdx_write(&s, name, space, path, err);
 *
 * There is no clock in it: its dates are those of no day.
 *
 * Source: The Software Package Data Exchange (SPDX) Specification 2.3, clauses 6 to 12.
 */

#include <json-c/json.h>
#include <stddef.h>

#include "lib/base/error.h"

#define SPDX_DOCUMENT "SPDXRef-DOCUMENT"

struct spdx {
	struct json_object *packages, *files, *relations;
};

struct spdx_package {
	const char *id, *name;
	const char *version;		/* NULL: not known                                    */
	const char *purpose;		/* OPERATING_SYSTEM, APPLICATION, OTHER, …            */
	const char *source;		/* where it was taken from, or NULL                   */
	const char *summary;		/* or NULL                                            */
	const char *code;		/* spdx_verification_code() of its files; NULL: they are not told */
};

struct spdx_file {
	const char *id;
	const char *path;		/* in the guest; with or without "/" in front */
	const char *sha1, *sha256;	/* the form wants the first of every file      */
	const char *comment;		/* or NULL                                     */
};

struct spdx spdx_begin(void);

/** spdx_package - add one; returns it, for spdx_annotate() */
struct json_object *spdx_package(struct spdx *s, const struct spdx_package *p);

void spdx_file(struct spdx *s, const struct spdx_file *f);

/** spdx_annotate - a remark on a package */
void spdx_annotate(struct json_object *package, const char *text);

void spdx_relate(struct spdx *s, const char *from, const char *type, const char *to);

/**
 * spdx_verification_code - what stands for all files of a package
 * @sha1s: their SHA-1, in any order; is sorted
 *
 * Return: the SHA-1 of their sorted SHA-1s; the caller frees it. Source: clause 7.9.
 */
char *spdx_verification_code(const char **sha1s, size_t n);

/**
 * spdx_write - write the document, and free all
 * @name:  for people
 * @space: beginning of its namespace; a digest of the contents is put behind it
 * @path:  the file, which must be new
 */
int spdx_write(struct spdx *s, const char *name, const char *space, const char *path,
	       struct error *err);

#endif
