// SPDX-License-Identifier: GPL-2.0-or-later
/* A qcow2 image and those that it stands on, read as one disk. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/base/alloc.h"
#include "lib/base/path.h"
#include "lib/qcow2_chain.h"

static int add_layer(struct qcow2_chain *c, const char *path, struct error *err)
{
	CLEANUP_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return error_sys(err, errno, "open '%s'", path);
	if (qcow2_layer_open(&c->layers[c->n], fd, 0, (uint64_t)st.st_size, err) < 0)
		return error_wrap(err, "'%s'", path);
	c->fds[c->n++] = STEAL_FD(fd);
	return 0;
}

int qcow2_chain_open(struct qcow2_chain *ret, const char *path, struct error *err)
{
	struct qcow2_chain c CLEANUP_QCOW2_CHAIN = QCOW2_CHAIN_INIT;
	CLEANUP_FREE char *next = xstrdup(path);

	while (next) {
		CLEANUP_FREE char *dir = path_dirname(next);
		const struct qcow2_layer *l = &c.layers[c.n];

		if (c.n == QCOW2_CHAIN_MAX)
			return error_set(err, ERR_UNSUPPORTED, "'%s' stands on too many images",
					 path);
		if (add_layer(&c, next, err) < 0)
			return -1;
		free(STEAL(next));
		if (!l->backing)
			break;
		if (strcmp(l->backing_format, "qcow2") != 0)
			return error_set(err, ERR_UNSUPPORTED, "'%s' stands on no qcow2 image", path);
		next = path_join(dir, l->backing);
	}
	c.size = c.layers[0].size;
	*ret = c;
	c.n = 0;
	return 0;
}

int qcow2_chain_of_file(struct qcow2_chain *ret, int fd, uint64_t start, uint64_t length,
			struct error *err)
{
	struct qcow2_chain c CLEANUP_QCOW2_CHAIN = QCOW2_CHAIN_INIT;

	if (qcow2_layer_open(&c.layers[0], fd, start, length, err) < 0)
		return -1;
	c.fds[c.n++] = -1;
	if (c.layers[0].backing)
		return error_set(err, ERR_REFUSED, "the image stands on another file");
	c.size = c.layers[0].size;
	*ret = c;
	c.n = 0;
	return 0;
}

void qcow2_chain_clear(struct qcow2_chain *c)
{
	for (size_t i = 0; i < c->n; i++) {
		qcow2_layer_clear(&c->layers[i]);
		cleanup_close(&c->fds[i]);
	}
	c->n = 0;
}

int qcow2_chain_find(struct qcow2_chain *c, uint64_t cluster, struct qcow2_place *ret,
		     struct error *err)
{
	*ret = (struct qcow2_place){ 0, { SPOT_ABSENT, 0, 0 } };
	for (size_t i = 0; i < c->n; i++) {
		struct qcow2_place p = { i, { SPOT_ABSENT, 0, 0 } };

		if (qcow2_layer_find(&c->layers[i], cluster, &p.spot, err) < 0)
			return -1;
		if (p.spot.kind == SPOT_ABSENT)
			continue;
		*ret = p;
		return 0;
	}
	return 0;
}

/* Absent in all first-level tables: whole mapping tables are passed at once. */
static uint64_t skip_absent(const struct qcow2_chain *c, uint64_t cluster)
{
	uint64_t next = UINT64_MAX;

	for (size_t i = 0; i < c->n; i++)
		next = MIN(next, qcow2_layer_skip(&c->layers[i], cluster));
	return next;
}

uint64_t qcow2_chain_zeros(struct qcow2_chain *c, uint64_t start)
{
	uint64_t clusters = c->size / QCOW2_CLUSTER + (c->size % QCOW2_CLUSTER != 0);
	uint64_t cluster = start / QCOW2_CLUSTER;

	while (cluster < clusters) {
		uint64_t next = skip_absent(c, cluster);
		struct qcow2_place p;

		if (next > cluster) {
			cluster = next;
			continue;
		}
		/* an error comes again when it is read */
		if (qcow2_chain_find(c, cluster, &p, NULL) < 0 ||
		    p.spot.kind == SPOT_PLAIN || p.spot.kind == SPOT_PACKED)
			break;
		cluster++;
	}
	return cluster >= clusters ? c->size - start
				   : MAX(cluster * QCOW2_CLUSTER, start) - start;
}

int qcow2_chain_read(const struct qcow2_chain *c, uint64_t cluster, const struct qcow2_place *place,
		     struct qcow2_decoder *decoder, uint8_t *data, const uint8_t **ret_packed,
		     size_t *ret_len, struct error *err)
{
	uint64_t begin = cluster * QCOW2_CLUSTER;
	uint64_t left = begin < c->size ? c->size - begin : 0;
	size_t inside = (size_t)MIN(left, (uint64_t)QCOW2_CLUSTER);

	if (qcow2_layer_read(&c->layers[place->layer], cluster, &place->spot, decoder, data,
			     ret_packed, ret_len, err) < 0)
		return -1;
	if (inside < QCOW2_CLUSTER) {
		memset(data + inside, 0, QCOW2_CLUSTER - inside);
		*ret_packed = NULL;
	}
	return 0;
}
