/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_BASE_PROCESS_H
#define REHOST_BASE_PROCESS_H

/* Processes that are not our children. */

#include <stdbool.h>

/** process_from_file - the number in a file that a process wrote about itself, 0: none */
int process_from_file(const char *path);

/** process_uptime - since a process was started [s]; 0: it is not there */
double process_uptime(int pid);

/** process_lives - is it there, and more than an entry that its parent has not read yet? */
bool process_lives(int pid);

/**
 * process_with_argument - a running program by its name and one of its arguments; 0: none
 * @program:  without its folder
 * @argument: the whole of it
 */
int process_with_argument(const char *program, const char *argument);

#endif
