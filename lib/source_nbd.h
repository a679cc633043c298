/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_SOURCE_NBD_H
#define REHOST_SOURCE_NBD_H

/* What lib/source_nbd.c and lib/source_server.c share; nothing here is for others. */

#include "lib/source.h"

/** source_nbd_prepare - a handle that is not connected, in s->nbd */
int source_nbd_prepare(struct source *s, struct error *err);

/** source_nbd_learn_size - what the server that s->nbd is connected to serves */
int source_nbd_learn_size(struct source *s, struct error *err);

/**
 * source_nbd_connect - connect, within a minute
 * @nbd:  not connected
 * @uri:  of the server; the name of its export counts unless the handle is in option mode
 * @keys: PSK file for nbds://, or NULL
 */
int source_nbd_connect(struct nbd_handle *nbd, const char *uri, const char *keys, struct error *err);

/**
 * source_nbd_await - until the handle is no longer busy connecting or negotiating
 * @enough: leave as soon as it is true, or NULL
 *
 * Return: 0, or -1 with errno, ETIMEDOUT after @seconds.
 */
int source_nbd_await(struct nbd_handle *nbd, double seconds, const bool *enough);

#endif
