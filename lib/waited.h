/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_WAITED_H
#define REHOST_WAITED_H

#include <sys/types.h>

/**
 * waited_seconds - how long a process was ready to run and had no processor
 * @pid: the process
 *
 * The most of any of its threads, from /proc/PID/task/TID/schedstat (Linux, Documentation/scheduler/
 * sched-stats.rst, second number); 0 where the kernel does not count it. On a host with too much to
 * do, time less this is what a machine had to work with.
 */
double waited_seconds(pid_t pid);

#endif
