/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_ARTIFACT_H
#define REHOST_ARTIFACT_H

/*
 * The form in which EVE takes one disk from a registry. With any other form its pull succeeds and the
 * disk is empty, or the wrong blob becomes the disk: so every rule is an error. Each finding names its rule
 * in brackets.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/digest.h"
#include "lib/base/error.h"
#include "lib/report.h"

#define ARTIFACT_LAYER_PREFIX "application/vnd.lfedge.disk.layer.v1+"

/* What an artifact says of its blobs. */
struct artifact {
	char config[DIGEST_HEX_SIZE];
	char layer[DIGEST_HEX_SIZE];
	uint64_t layer_size;		/* [bytes] */
	char format[8];			/* of the disk: qcow2, raw, …; "" */
};

/**
 * artifact_check - judge a manifest with its configuration
 * @name:   what the findings are about
 * @config: the configuration's text, or NULL to find out only which it is
 * @ret:    filled as far as it can be read
 * @report: a finding for each rule that is broken
 *
 * Return: true if the blobs are named.
 */
bool artifact_check(const char *name, const char *manifest, size_t len, const char *config,
		    size_t config_len, struct artifact *ret, struct report *report);

/** artifact_check_head - does a layer begin as a disk of that format, and uncompressed? */
void artifact_check_head(const char *name, const char *format, const uint8_t *head, size_t len,
			 struct report *report);

enum { ARTIFACT_HEAD = 512 };	/* of a layer, for artifact_check_head() [bytes] */

/** artifact_refuse - an error with the first finding, for who goes on only without one */
int artifact_refuse(const struct report *report, struct error *err);

/**
 * artifact_layout_check - judge every artifact of an OCI image layout, and read all of its blobs
 * @dir: folder with index.json
 * @err: it cannot be read, or is no layout
 */
int artifact_layout_check(const char *dir, struct report *report, struct error *err);

#endif
