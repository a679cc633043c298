/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_SOURCE_NBD_H
#define REHOST_SOURCE_NBD_H

/* What lib/source_nbd.c and lib/source_server.c share; nothing here is for others. */

#include "lib/source.h"

/** source_nbd_prepare - a handle that is not connected, in s->nbd */
int source_nbd_prepare(struct source *s, struct error *err);

/** source_nbd_learn_size - what the server that s->nbd is connected to serves */
int source_nbd_learn_size(struct source *s, struct error *err);

#endif
