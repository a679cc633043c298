/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_BUNDLE_H
#define REHOST_BUNDLE_H

/*
 * A bundle: NAME.rehost, one archive that holds a plan and everything that it needs. It is an OCI
 * image layout in one tar. What is in it extracts to
 *
 *	plan.xml				refers only to what follows
 *	host.xml				the profile of the edge host
 *	guests/NAME/guest.xml, disk0.qcow2	stand-alone disks, without a backing file
 *	guests/NAME/evidence/...		what validate kept: report.xml, serial.log, screen.png
 *	guests/NAME/origin/...			the documents of the capture that it comes from
 *	report.html				the audit report, lib/audit.h
 *	bom.spdx.json				the bill of materials, lib/bom.h
 *	targets/TARGET/NAME/...			what TARGET's emit() wrote for a guest: struct
 *						instance.dir is guests/NAME, its configuration is here
 *	targets/TARGET/...			what it wrote for the host as a whole
 *
 * so that plan_open("DIR/plan.xml") works on the result.
 *
 * Reading: bundle_open() reads index, signatures and lists, and verifies each before it is used; the
 * files are verified as they are read. To install one:
 *
 *	struct keyring ring CLEANUP_KEYRING = KEYRING_INIT;
 *	struct bundle b CLEANUP_BUNDLE = BUNDLE_INIT;
 *	struct outdir out CLEANUP_OUTDIR = OUTDIR_INIT;
 *
 *	if (keyring_load(&ring, NULL, err) < 0 || bundle_open(&b, path, &ring, err) < 0 ||
 *	    bundle_check_trust(&b, allow_unsigned, err) < 0 ||
 *	    bundle_check_revision(&b, installed_revision, installed_digest, downgrade, err) < 0 ||
 *	    outdir_open(&out, dir, OUTDIR_NEW, err) < 0 ||
 *	    bundle_extract(&b, out.partial, &options, err) < 0)
 *		return -1;
 *	return outdir_commit(&out, err);
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/digest.h"
#include "lib/base/error.h"
#include "lib/base/progress.h"
#include "lib/base/strv.h"
#include "lib/keyring.h"
#include "lib/parts.h"
#include "lib/signature.h"

#define BUNDLE_SUFFIX ".rehost"
#define BUNDLE_PLAN "plan.xml"		/* names inside */
#define BUNDLE_HOST "host.xml"
#define BUNDLE_GUESTS "guests"
#define BUNDLE_TARGETS "targets"

enum {
	BUNDLE_FILES_MAX = 10000,	/* a bundle with more files is refused      */
	BUNDLE_SIGNERS_MAX = 16,	/* a bundle with more signatures is refused */
};

/* How a file is carried: all but the first only in a bundle of differences. */
enum bundle_form {
	FORM_WHOLE,
	FORM_BASE,			/* the base has it, under the same path         */
	FORM_DELTA,			/* made from the base's file of the same path   */
};

/* One file of the bundle. */
struct bundle_file {
	char *path;			/* where it extracts to: guests/press4/disk0.qcow2 */
	char *media_type;
	char digest[DIGEST_HEX_SIZE];	/* SHA-256                          */
	uint64_t size;			/* [bytes]                          */
	uint64_t offset;		/* where it lies in the archive [bytes] */
	bool executable;
	bool arm;			/* a disk of a guest for arm64      */
	enum bundle_form form;
	char delta[DIGEST_HEX_SIZE];	/* SHA-256 of the delta, lib/delta.h */
	uint64_t delta_size;		/* then @offset is that of the delta [bytes] */
};

/* The artifact of one disk, as it can be put into a registry: lib/artifact.h */
struct bundle_artifact {
	char *tag;			/* GUEST-disk0                                        */
	char *manifest, *config;	/* their texts, verified                              */
	size_t manifest_len, config_len;	/* [bytes] */
};

enum signer_state {
	SIGNER_PINNED,			/* verified with a key that this host trusts      */
	SIGNER_UNKNOWN,			/* no such key here: cannot be verified           */
};

struct signer {
	enum signer_state state;
	char *name;			/* of the pinned key; NULL: unknown               */
	char key_id[KEY_ID_HEX_SIZE];
	char *comment;			/* trusted comment; NULL: not verified            */
};

struct bundle {
	struct parts data;		/* the archive, for reading                       */
	char *path;
	char *name;			/* of the plan                                    */
	uint64_t revision;		/* grows with every release of the same name      */
	char digest[DIGEST_HEX_SIZE];	/* SHA-256 of the index: identifies the bundle    */
	/*
	 * A bundle of differences: what identifies the bundle that it stands on, "" if it is whole.
	 * @digest is that of the whole bundle then, which both together make.
	 */
	char base[DIGEST_HEX_SIZE];
	uint64_t base_revision;
	struct bundle_file *files;	/* sorted by path                                 */
	size_t n_files;
	struct bundle_artifact *artifacts;
	size_t n_artifacts;
	struct strv guests, targets;	/* names                                          */
	struct signer *signers;
	size_t n_signers;
};

#define BUNDLE_INIT { .path = NULL }

/**
 * bundle_open - read what a bundle says about itself
 * @ret:  bundle_clear() frees it
 * @path: NAME.rehost, or that of its first part, lib/parts.h
 * @ring: the pinned keys; NULL: every signer is unknown
 * @err:  ERR_FORMAT: no bundle; ERR_INTEGRITY: damaged or tampered, also when one signature by a
 *        pinned key does not match
 */
int bundle_open(struct bundle *ret, const char *path, const struct keyring *ring,
		struct error *err);

/**
 * bundle_check_trust - may this host use it?
 * @allow_unsigned: accept a bundle without a signature by a pinned key
 * @err:            ERR_REFUSED says who signed, or that nobody did
 */
int bundle_check_trust(const struct bundle *b, bool allow_unsigned, struct error *err);

/**
 * bundle_check_revision - is it newer than what is installed?
 * @installed:        revision that is installed; 0: none
 * @installed_digest: its digest; NULL: none
 * @downgrade:        accept an older one
 * @err:              ERR_REFUSED if it is older, or if it is another bundle with the same number
 */
int bundle_check_revision(const struct bundle *b, uint64_t installed,
			  const char *installed_digest, bool downgrade, struct error *err);

/**
 * bundle_verify - read every byte and compare the digests
 * @progress: or NULL
 * @err:      ERR_INTEGRITY names the file
 */
int bundle_verify(const struct bundle *b, struct progress *progress, struct error *err);

/* Where the files of a base are: in a bundle that is open, or where it was extracted to. */
struct bundle_base {
	const struct bundle *bundle;	/* or NULL                                        */
	const char *dir;		/* its files are linked to, if that can be        */
};

/**
 * bundle_check_base - is it the one that a bundle of differences stands on?
 * @base: opened and trusted as its difference
 */
int bundle_check_base(const struct bundle *b, const struct bundle *base, struct error *err);

/** bundle_verify_whole - bundle_verify() with all that comes from the base */
int bundle_verify_whole(const struct bundle *b, const struct bundle_base *base,
			struct progress *progress, struct error *err);

struct bundle_extract_options {
	struct progress *progress;		/* or NULL */
	const struct bundle_base *base;		/* of a bundle of differences; or NULL */
};

/**
 * bundle_extract - write all files below a folder, each verified while it is read
 * @dir:     exists and is empty: a partial folder that is given its name when this has worked, and
 *           thrown away when it has not
 * @options: or NULL
 * @err:     ERR_INTEGRITY names the file, ERR_REFUSED one that refers to files outside; what is in @dir
 *           must not be used then
 */
int bundle_extract(const struct bundle *b, const char *dir,
		   const struct bundle_extract_options *options, struct error *err);

/** bundle_find - a file by its path; NULL with ERR_NOT_FOUND */
const struct bundle_file *bundle_find(const struct bundle *b, const char *path,
				      struct error *err);

/**
 * bundle_read_text - a small file of the bundle, verified, in memory
 * @max: larger ones are refused                           [bytes]
 */
int bundle_read_text(const struct bundle *b, const struct bundle_file *file, size_t max, char **ret,
		     size_t *ret_len, struct error *err);

/**
 * bundle_compare_disks - how much of a disk changed from one bundle to another
 * @a, @b:       bundles, with the disk whole in each
 * @ret_changed: clusters of 64 KiB that a guest sees changed
 * @ret_total:   of the larger disk
 * @err:         ERR_INTEGRITY if one does not match its digest; ERR_UNSUPPORTED for a bundle in parts
 */
int bundle_compare_disks(const struct bundle *a, const struct bundle_file *disk_a,
			 const struct bundle *b, const struct bundle_file *disk_b,
			 uint64_t *ret_changed, uint64_t *ret_total, struct error *err);

/** bundle_read_at - exactly @len bytes of the archive */
int bundle_read_at(const struct bundle *b, uint64_t offset, void *ret, size_t len, struct error *err);

/** bundle_cat - write one file to @fd; nothing is written unless the digest matches */
int bundle_cat(const struct bundle *b, const struct bundle_file *file, int fd, struct error *err);

void bundle_clear(struct bundle *b);

#define CLEANUP_BUNDLE __attribute__((cleanup(bundle_clear)))

struct fileset;
struct plan;

/*
 * Writes the configuration of target @name for a plan, or refuses; lib/target/ is a layer above this one.
 * @arg is emit_arg.
 */
typedef int (*bundle_emit_fn)(void *arg, const char *name, const struct plan *plan,
			      struct fileset *ret, struct error *err);

/** bundle_choose_targets - those that were asked for; none: those that the guests were made for */
void bundle_choose_targets(const struct plan *plan, const struct strv *asked, struct strv *ret);

struct bundle_write_options {
	bundle_emit_fn emit;
	void *emit_arg;
	const struct strv *targets;	/* generate for these; empty: those of the guests */
	uint64_t revision;		/* 0: the one behind the base's, 1 without a base  */
	bool allow_unvalidated;		/* take guests without a passed validation        */
	const struct secret_key *key;	/* sign with it; NULL: unsigned                   */
	const char *base;		/* write differences to this bundle; or NULL      */
	struct progress *progress;	/* or NULL                                        */
};

/**
 * bundle_write - make a bundle
 * @plan_path: NAME.plan.xml
 * @path:      NAME.rehost, must not exist
 * @err:       ERR_REFUSED names the guest that has not passed its validation
 *
 * The same plan, guests and key give the same bytes.
 */
int bundle_write(const char *plan_path, const char *path,
		 const struct bundle_write_options *options, struct error *err);

/**
 * bundle_sign - add a signature to a bundle that is there
 * @b:    the bundle, opened
 * @key:  a key that has not signed it yet
 * @path: the signed bundle, a new file
 */
int bundle_sign(const struct bundle *b, const struct secret_key *key, const char *path,
		struct error *err);

#endif
