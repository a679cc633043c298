// SPDX-License-Identifier: GPL-2.0-or-later
/* Ask for a passphrase without showing it. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "cmd/passphrase.h"
#include "lib/base/alloc.h"
#include "lib/base/interrupt.h"
#include "lib/base/path.h"

enum { PASSPHRASE_MAX = 1024 };

static char *from_file(const char *file, struct error *err)
{
	char *text = NULL;

	if (file_read(file, PASSPHRASE_MAX, &text, NULL, err) < 0)
		return NULL;
	text[strcspn(text, "\r\n")] = '\0';
	return text;
}

static char *read_line(int fd, struct error *err)
{
	char line[PASSPHRASE_MAX + 1];
	size_t len = 0;
	ssize_t got;
	char *copy;

	while (len < PASSPHRASE_MAX && (got = read(fd, line + len, 1)) != 0) {
		if (interrupt_check(err) < 0)
			break;
		if (got < 0 && errno != EINTR)
			break;
		if (got > 0 && line[len++] == '\n')
			break;
	}
	line[len] = '\0';
	line[strcspn(line, "\r\n")] = '\0';
	copy = xstrdup(line);
	explicit_bzero(line, sizeof(line));
	return copy;
}

static char *from_terminal(const char *question, const char *path, struct error *err)
{
	CLEANUP_CLOSE int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	struct termios old, quiet;
	char *text;

	if (fd < 0 || tcgetattr(fd, &old) < 0) {
		error_set(err, ERR_REFUSED, "no terminal to ask for the passphrase of '%s'", path);
		error_hint(err, "give it with --passphrase-file FILE");
		return NULL;
	}
	quiet = old;
	quiet.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
	dprintf(fd, "%s '%s': ", question, path);
	tcsetattr(fd, TCSAFLUSH, &quiet);
	text = read_line(fd, err);
	tcsetattr(fd, TCSAFLUSH, &old);
	dprintf(fd, "\n");
	if (!error_is_set(err))
		return text;
	explicit_bzero(text, strlen(text));
	free(text);
	return NULL;
}

char *passphrase_ask(const char *path, void *data, struct error *err)
{
	return data ? from_file(data, err) : from_terminal("Passphrase of", path, err);
}

static void wipe(char *text)
{
	if (text)
		explicit_bzero(text, strlen(text));
	free(text);
}

char *passphrase_choose(const char *path, void *data, struct error *err)
{
	char *first = data ? from_file(data, err) : from_terminal("Passphrase for", path, err);
	char *second;
	bool same;

	if (first && !*first) {
		error_set(err, ERR_USAGE, "the passphrase is empty");
		error_hint(err, "say --no-passphrase if the key is to be stored in the clear");
		wipe(first);
		return NULL;
	}
	if (!first || data)
		return first;
	second = from_terminal("Once more, for", path, err);
	same = second && strcmp(first, second) == 0;
	wipe(second);
	if (same)
		return first;
	wipe(first);
	if (!error_is_set(err))
		error_set(err, ERR_USAGE, "the two passphrases are not the same");
	return NULL;
}
