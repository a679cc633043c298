/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_BUNDLE_DOCS_H
#define REHOST_BUNDLE_DOCS_H

/*
 * The JSON documents of a bundle, which are those of an OCI image layout:
 *
 *	oci-layout	says what this is
 *	index.json	names the manifests by tag. A signature covers it and, through the digests in
 *			it, everything else
 *	manifest "bundle"	every file of the bundle as one layer, its path as its title
 *	manifest "NAME-disk0"	one for each disk, in the form that EVE pulls as a volume
 *	manifest "difference"	in a bundle of differences: every delta as one layer, with the path of
 *				the file that it makes as its title. Blobs that the base has are left
 *				out, the other manifests are those of the whole bundle
 *
 * Building and parsing are pure: text in, text out. Media types and annotations are described in
 * rehost-bundle(1).
 *
 * Source: OCI image specification 1.0; edge-containers, "Artifact format".
 */

#include <stddef.h>
#include <stdint.h>

#include "lib/bundle.h"

#define OCI_LAYOUT_NAME "oci-layout"
#define OCI_LAYOUT_TEXT "{\"imageLayoutVersion\":\"1.0.0\"}"
#define OCI_INDEX_NAME "index.json"
#define OCI_BLOB_DIR "blobs/sha256/"

#define MEDIA_MANIFEST "application/vnd.oci.image.manifest.v1+json"
#define MEDIA_INDEX "application/vnd.oci.image.index.v1+json"
#define MEDIA_CONFIG "application/vnd.oci.image.config.v1+json"
#define MEDIA_DISK "application/vnd.lfedge.disk.layer.v1+qcow2"
#define MEDIA_FILE_PREFIX "application/vnd.rehost."
#define MEDIA_TARGET MEDIA_FILE_PREFIX "target.v1"

#define MEDIA_DELTA MEDIA_FILE_PREFIX "delta.v1+rdiff"

#define ANNOTATION_ARCH "rehost.architecture"	/* of a disk, if not for a PC */
#define ARCH_PC "amd64"
#define ARCH_ARM "arm64"

#define BUNDLE_TAG "bundle"
#define BUNDLE_DELTAS_TAG "difference"	/* last in the index of a bundle of differences */

enum {
	BUNDLE_INDEX_MAX = 4 << 20,	/* a larger index is refused      [bytes] */
	BUNDLE_MANIFEST_MAX = 8 << 20,	/* a larger manifest is refused   [bytes] */
	BUNDLE_REVISION_MAX = 1000000000,
};

struct bundle_doc {
	char *text;
	size_t len;			/* [bytes] */
	char digest[DIGEST_HEX_SIZE];
};

struct bundle_docs {
	struct bundle_doc index;
	struct bundle_doc *blobs;	/* manifests and their configurations */
	size_t n_blobs;
};

#define BUNDLE_DOCS_INIT { .blobs = NULL }

/** bundle_media_type - what kind of file lies at @path in a bundle */
const char *bundle_media_type(const char *path);

/** bundle_docs_build - the documents for name, revision and files of @b; always the same text */
void bundle_docs_build(const struct bundle *b, struct bundle_docs *ret);
void bundle_docs_clear(struct bundle_docs *docs);

/** bundle_docs_artifact - digest of the manifest of a disk, as bundle_docs_build() makes it */
void bundle_docs_artifact(const struct bundle_file *disk, char ret[DIGEST_HEX_SIZE]);

#define CLEANUP_BUNDLE_DOCS __attribute__((cleanup(bundle_docs_clear)))

/* What a document says about a blob. */
struct bundle_descriptor {
	char *media_type;
	char digest[DIGEST_HEX_SIZE];
	uint64_t size;			/* [bytes] */
	char *title;			/* path or tag, or NULL */
	bool executable, arm;
};

struct bundle_descriptors {
	struct bundle_descriptor *list;
	size_t n;
};

#define BUNDLE_DESCRIPTORS_INIT { NULL, 0 }

/**
 * bundle_index_parse - read index.json
 * @text: at most BUNDLE_INDEX_MAX bytes
 * @b:    its name, revision, digest and base are set
 * @ret:  the manifests, titled with their tags
 */
int bundle_index_parse(const char *text, size_t len, struct bundle *b,
		       struct bundle_descriptors *ret, struct error *err);

/** bundle_manifest_parse - read a manifest: first its configuration, then its layers */
int bundle_manifest_parse(const char *text, size_t len, struct bundle_descriptors *ret,
			  struct error *err);
void bundle_descriptors_clear(struct bundle_descriptors *d);

#define CLEANUP_DESCRIPTORS __attribute__((cleanup(bundle_descriptors_clear)))

#endif
