/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_STICK_H
#define REHOST_STICK_H

/*
 * The capture medium: one image for CD and USB stick that boots an old PC.
 *
 * What it is made of lies in one folder, which "make medium" fills and "make install" installs: the
 * script make-image, the files of the medium, and a rehost for i686. The packages of Debian come from
 * a mirror, through an apt of its own in a cache folder.
 */

#include "lib/base/error.h"
#include "lib/base/progress.h"

struct stick_options {
	const char *parts;		/* the folder, or NULL: where it was installed              */
	const char *cache;		/* folder for packages, or NULL: ~/.cache/rehost/medium     */
	const char *mirror;		/* of Debian, or NULL: the one that this host uses          */
	struct progress *progress;
};

/** stick_cache - the folder for packages; the caller frees it */
char *stick_cache(const struct stick_options *options);

/**
 * stick_make - make the image
 * @path:    the image; refused if it is there
 * @options: how
 * @err:     ERR_NOT_FOUND without its parts, ERR_CHILD with what a program said
 */
int stick_make(const char *path, const struct stick_options *options, struct error *err);

#endif
