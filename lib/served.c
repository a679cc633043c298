// SPDX-License-Identifier: GPL-2.0-or-later
/* Asks a PC that serves its disks which they are, and fetches what describes it. */
#include "config.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <libnbd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/alloc.h"
#include "lib/base/size.h"
#include "lib/pairing.h"
#include "lib/serve.h"
#include "lib/served.h"
#include "lib/source_nbd.h"

enum { LIST_SECONDS = 60, CLOCK_MAX = 512 };

static int memory_file(const char *name, int *ret_fd, char **ret_path, struct error *err)
{
	*ret_fd = memfd_create(name, MFD_CLOEXEC);
	if (*ret_fd < 0)
		return error_sys(err, errno, "create a file in memory");
	*ret_path = xasprintf("/proc/self/fd/%d", *ret_fd);
	return 0;
}

static int put(int fd, const void *data, size_t len, struct error *err)
{
	const uint8_t *at = data;

	while (len) {
		ssize_t n = write(fd, at, len);

		if (n < 0)
			return error_sys(err, errno, "write to memory");
		at += n;
		len -= (size_t)n;
	}
	return 0;
}

static int make_keys(struct served *s, const char *code, struct error *err)
{
	CLEANUP_FREE char *keys = NULL;

	return pairing_keys(code, &keys, err) < 0 ||
	       memory_file("keys", &s->keys_fd, &s->keys, err) < 0 ||
	       put(s->keys_fd, keys, strlen(keys), err) < 0 ? -1 : 0;
}

struct listing {
	struct strv names;
	bool too_much, machine, clock;
	bool whole;		/* the server came to its end of the list */
};

static bool is_name(const char *name)
{
	size_t len = strlen(name);

	for (const char *p = name; *p; p++)
		if (!isalnum((unsigned char)*p) && !strchr("._-", *p))
			return false;
	return len > 0 && len <= SERVED_NAME_MAX && name[0] != '.';
}

static int note_name(void *user, const char *name, const char *description)
{
	struct listing *l = user;

	(void)description;
	if (strcmp(name, SERVE_MACHINE) == 0)
		l->machine = true;
	else if (strcmp(name, SERVE_CLOCK) == 0)
		l->clock = true;
	else if (!is_name(name) || l->names.n == SERVED_DISKS_MAX)
		l->too_much = true;
	else if (!strv_has(&l->names, name))
		strv_add(&l->names, name);
	return l->too_much ? -1 : 0;
}

static int note_end(void *user, int *error)
{
	struct listing *l = user;

	l->whole = *error == 0;
	return 0;
}

/* A server that names exports for ever is left; a list that is not whole would lose a disk. */
static int list(struct nbd_handle *nbd, const char *uri, struct listing *l, struct error *err)
{
	nbd_list_callback note = { .callback = note_name, .user_data = l };

	nbd_completion_callback end = { .callback = note_end, .user_data = l };
	int rc = nbd_aio_opt_list(nbd, note, end) < 0 ? -1
		: source_nbd_await(nbd, LIST_SECONDS, &l->too_much);

	if (l->too_much)
		return error_set(err, ERR_FORMAT, "'%s' serves more than %d disks, or such with odd names",
				 uri, SERVED_DISKS_MAX);
	if (rc < 0 || !l->whole)
		return error_set(err, ERR_SYSTEM, "ask '%s' for its disks: %s", uri,
				 nbd_get_error() ? nbd_get_error() : "no answer");
	if (!l->names.n)
		return error_set(err, ERR_NOT_FOUND, "'%s' serves no disk", uri);
	strv_sort(&l->names);
	return 0;
}

static int ask_names(const struct served *s, const char *uri, struct listing *l, struct error *err)
{
	struct nbd_handle *nbd = nbd_create();
	int rc = -1;

	if (!nbd || nbd_set_opt_mode(nbd, true) < 0)
		error_set(err, ERR_SYSTEM, "connect to '%s': %s", uri, nbd_get_error());
	else if (source_nbd_connect(nbd, uri, s->keys, err) == 0)
		rc = list(nbd, uri, l, err);
	nbd_close(nbd);
	if (rc < 0 && err && err->code == ERR_SYSTEM)
		error_hint(err, "compare the address and the code with what the old PC shows; "
			   "each start of it has a new code");
	return rc;
}

static int fetch_machine(struct served *s, const char *base, struct error *err)
{
	CLEANUP_FREE char *uri = xasprintf("%s/" SERVE_MACHINE, base);
	struct source source CLEANUP_SOURCE = SOURCE_INIT;
	CLEANUP_FREE uint8_t *data = NULL;

	if (source_open_served(&source, uri, s->keys, err) < 0)
		return -1;
	if (source.data_size > SERVED_MACHINE_MAX)
		return error_set(err, ERR_FORMAT, "'%s' is larger than any PC's: %" PRIu64 " bytes", uri,
				 source.data_size);
	data = xmalloc((size_t)source.size);
	return source_read(&source, 0, data, (size_t)source.size, err) < 0 ||
	       memory_file("machine", &s->machine_fd, &s->machine, err) < 0 ||
	       put(s->machine_fd, data, (size_t)source.data_size, err) < 0 ||
	       machine_probe(&s->pc, s->machine, err) < 0 ? -1 : 0;
}

/* The workshop has the right time; what the PC's clock shows at this moment says whether it holds UTC. */
static int compare_clock(struct served *s, const char *base, struct error *err)
{
	CLEANUP_FREE char *uri = xasprintf("%s/" SERVE_CLOCK, base);
	struct source source CLEANUP_SOURCE = SOURCE_INIT;
	char text[CLOCK_MAX + 1] = "";
	uint64_t hardware = 0;

	if (source_open_served(&source, uri, s->keys, err) < 0)
		return -1;
	if (source.size > CLOCK_MAX)
		return error_set(err, ERR_FORMAT, "'%s' is longer than any clock's", uri);
	if (source_read(&source, 0, text, (size_t)source.size, err) < 0)
		return -1;
	text[strcspn(text, "\n")] = '\0';
	if (parse_u64(text, 0, INT64_MAX / 2, &hardware, NULL) == 0)
		machine_compare_clock(&s->pc, hardware, (uint64_t)time(NULL));
	return 0;
}

/* "nbds://HOST:PORT", and what stands behind it. */
static int split_address(const char *uri, char **ret_base, const char **ret_export, struct error *err)
{
	static const char scheme[] = "nbds://";
	const char *host = uri + strlen(scheme), *slash;

	if (strncmp(uri, scheme, strlen(scheme)) != 0 || !*host || strchr(uri, '?')) {
		error_set(err, ERR_USAGE, "a code is for an address as nbds://HOST, not for '%s'", uri);
		return error_hint(err, "the old PC shows the whole command");
	}
	slash = strchr(host, '/');
	*ret_base = slash ? xstrndup(uri, (size_t)(slash - uri)) : xstrdup(uri);
	*ret_export = slash && slash[1] ? slash + 1 : NULL;
	return 0;
}

int served_open(struct served *ret, const char *uri, const char *code, struct error *err)
{
	struct listing l = { .names = STRV_INIT };
	CLEANUP_FREE char *base = NULL;
	const char *export = NULL;
	int rc;

	*ret = (struct served)SERVED_INIT;
	if (split_address(uri, &base, &export, err) < 0 || make_keys(ret, code, err) < 0)
		return -1;
	rc = ask_names(ret, base, &l, err);
	if (rc == 0 && export && !strv_has(&l.names, export))
		rc = error_set(err, ERR_NOT_FOUND, "'%s' serves no disk '%s'", base, export);
	for (size_t i = 0; rc == 0 && i < l.names.n; i++)
		if (!export || strcmp(export, l.names.v[i]) == 0)
			strv_addf(&ret->disks, "%s/%s", base, l.names.v[i]);
	strv_clear(&l.names);
	return rc < 0 || (l.machine && fetch_machine(ret, base, err) < 0) ||
	       (l.machine && l.clock && compare_clock(ret, base, err) < 0) ? -1 : 0;
}

void served_close(struct served *s)
{
	if (s->keys_fd >= 0)
		close(s->keys_fd);
	if (s->machine_fd >= 0)
		close(s->machine_fd);
	free(s->keys);
	free(s->machine);
	machine_clear(&s->pc);
	strv_clear(&s->disks);
	*s = (struct served)SERVED_INIT;
}
