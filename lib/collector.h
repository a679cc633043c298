/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_COLLECTOR_H
#define REHOST_COLLECTOR_H

/* A shell script that gathers the raw files of a host on which rehost is not installed. */

/** collector_script - POSIX shell; "sh collector FILE.tar" writes what machine_probe() reads */
extern const char collector_script[];

#endif
