/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_FIRSTBOOT_H
#define REHOST_FIRSTBOOT_H

/*
 * The service that finishes a conversion inside of Windows, at the first boot. One program for 2000
 * to 11: it needs nothing but kernel32 and advapi32 as Windows 2000 had them, looks the rest up at
 * run time, and has no C library.
 *
 * It works through firstboot.ini and then scripts\*.cmd beside it, in order of their names. Each item
 * runs in a process of its own with a deadline, and state.txt says which were begun and which are
 * done: what was begun twice and never done is left out, and after three boots the service goes
 * whatever is left. At the end it removes itself; firstboot.log stays.
 *
 *	serial COM1 | none
 *	wait SECONDS			how long a card may take to come
 *	driver FOLDER\FILE.inf ID	install for devices of this id, or keep ready for them
 *	nic MAC {GUID}			the card with this address takes over the settings of the old one
 *	ghost {GUID}			a card that is gone gives its address up
 */

#include <windows.h>

enum { TEXT_MAX = 1024, FILE_MAX = 256 * 1024, TRIES_MAX = 3, BEGINS_MAX = 2 };

/* Result of an item; RETRY: at the next boot. */
enum result { DONE, RETRY };

/* what every part uses: plain.c */
extern char folder[TEXT_MAX];		/* of this program, without a backslash at the end */
extern char serial_port[32];		/* "" none                                         */
extern DWORD wait_seconds;

/** say - a line into firstboot.log and to the serial port; the texts end with NULL */
void say(const char *first, ...);

/** join - put texts together in @to; the last is NULL */
void join(char to[TEXT_MAX], ...);

/** number - @n in decimal digits, in a buffer that the next call but three uses again */
const char *number(DWORD n);

/** begins - does @text begin with @word? case does not matter */
BOOL begins(const char *text, const char *word);

/** slurp - the whole file as text, or NULL; at most FILE_MAX bytes, freed with the process */
char *slurp(const char *name);

/** line_of - cut the next line off *at; NULL at the end */
char *line_of(char **at);

/** word_of - cut the next word off *at; "" at the end */
char *word_of(char **at);

/** run_apart - run a command line with a deadline; its exit status, or 0xffffffff */
DWORD run_apart(char *command, DWORD seconds);

/* list.c */
void read_settings(void);		/* serial and wait                                 */
DWORD run_list(void);			/* items that are left for the next boot           */
enum result run_item(char *line);

/* script.c */
DWORD run_scripts(void);

/** state_begin - may it be run? and that it is; state_done - it is over */
BOOL state_begin(const char *item);
void state_done(const char *item);
DWORD state_count(const char *prefix, const char *item);
void state_add(const char *prefix, const char *item);

/* device.c, adapter.c */
enum result install_driver(const char *inf, const char *id);
enum result move_settings(const char *mac, const char *guid);
enum result drop_settings(const char *guid);
void restart_device(const char *guid);

#endif
