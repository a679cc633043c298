/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_PROBLEM_HOST_H
#define REHOST_PROBLEM_HOST_H

#include "lib/problem.h"

/** problem_add_host - cores, cells, caches and memory that a host can give away */
int problem_add_host(struct problem *p, const struct machine *host, unsigned int relax,
		     struct error *err);

#endif
