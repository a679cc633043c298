// SPDX-License-Identifier: GPL-2.0-or-later
/* Guests that are installed on this host: their document, their folders, their locks. */
#include "config.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/alloc.h"
#include "lib/base/outfile.h"
#include "lib/base/path.h"
#include "lib/base/xml.h"
#include "lib/instance.h"

#define INSTANCE_FILE "instance.xml"
#define LOSSES_FILE "losses"	/* in the run folder */

enum {
	EVENTS_MAX = 1 << 20,	/* events.log is begun anew beyond this [bytes] */
	LOOKS = 10,
	LOOK_US = 10000,
};

/* Names become folders: what the schema allows in a document must hold for the command line too. */
static int check_name(const char *name, struct error *err)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)name[i]) && (i == 0 || !strchr("_.-", name[i])))
			len = 0;
	if (len == 0 || len > 63)
		return error_set(err, ERR_FORMAT, "'%s' is not a name of a guest", name);
	return 0;
}

static int set_folders(struct instance *inst, const char *state, const char *name,
		       struct error *err)
{
	if (check_name(name, err) < 0 || path_absolute(state, &inst->state, err) < 0)
		return -1;
	inst->name = xstrdup(name);
	inst->home = xasprintf("%s/guests/%s", inst->state, name);
	inst->run_dir = path_join(inst->home, "run");
	inst->log_dir = path_join(inst->home, "log");
	return 0;
}

const struct release *instance_find_release(const struct instance *inst, uint64_t number)
{
	for (size_t i = 0; i < inst->n_releases; i++)
		if (inst->releases[i].number == number)
			return &inst->releases[i];
	return NULL;
}

const struct release *instance_release(const struct instance *inst)
{
	return instance_find_release(inst, inst->current);
}

void instance_use_release(struct instance *inst, uint64_t number)
{
	free(inst->dir);
	inst->current = number;
	inst->dir = xasprintf("%s/releases/%" PRIu64, inst->home, number);
}

char *instance_bundle_dir(const struct instance *inst, const struct release *r)
{
	return xasprintf("%s/bundles/%s", inst->state, r->bundle);
}

static int get_releases(struct instance *inst, const xmlNode *root, struct error *err)
{
	XML_EACH(node, root, "release") {
		struct release *r = APPEND(inst->releases, inst->n_releases);
		CLEANUP_FREE char *digest = xml_get(node, "digest");

		r->bundle = xml_get(node, "bundle");
		r->target = xml_get(node, "target");
		r->proven = xml_get_bool(node, "proven");
		memcpy(r->digest, digest, sizeof(r->digest));
		if (xml_get_u64(node, "number", 1, UINT32_MAX, 0, &r->number, err) < 0 ||
		    xml_get_u64(node, "revision", 0, UINT64_MAX, 0, &r->revision, err) < 0)
			return -1;
	}
	return 0;
}

static int read_document(struct instance *inst, const char *path, struct error *err)
{
	xmlDoc *doc CLEANUP_XMLDOC = xml_read(path, "instance", err);
	const xmlNode *root;
	uint64_t current = 0;

	if (!doc)
		return -1;
	root = xmlDocGetRootElement(doc);
	inst->wanted = xml_get_bool(root, "wanted");
	if (get_releases(inst, root, err) < 0 ||
	    xml_get_u64(root, "current", 0, UINT32_MAX, 0, &current, err) < 0)
		return -1;
	instance_use_release(inst, current);
	if (!instance_release(inst))
		return xml_error_at(err, root, "release %" PRIu64 " is not there", current);
	return 0;
}

static int not_installed(const char *state, const char *name, struct error *err)
{
	struct strv names CLEANUP_STRV = STRV_INIT;
	CLEANUP_FREE char *list = NULL;

	if (instance_list(state, &names, err) < 0)
		return -1;
	list = strv_join(&names, ", ");
	error_set(err, ERR_NOT_FOUND, "no guest '%s' is installed in '%s'", name, state);
	return names.n ? error_hint(err, "installed are: %s", list)
		       : error_hint(err, "install one with 'rehost launch NAME.rehost'");
}

int instance_open(struct instance *ret, const char *state, const char *name, struct error *err)
{
	struct instance inst CLEANUP_INSTANCE = INSTANCE_INIT;
	CLEANUP_FREE char *path = NULL;

	if (check_name(name, err) < 0)
		return -1;
	if (!path_exists(state))
		return not_installed(state, name, err);
	if (set_folders(&inst, state, name, err) < 0)
		return -1;
	path = path_join(inst.home, INSTANCE_FILE);
	if (!path_exists(path))
		return not_installed(state, name, err);
	if (read_document(&inst, path, err) < 0)
		return -1;
	*ret = inst;
	inst = (struct instance)INSTANCE_INIT;
	return 0;
}

int instance_new(struct instance *ret, const char *state, const char *name, struct error *err)
{
	struct instance inst CLEANUP_INSTANCE = INSTANCE_INIT;
	CLEANUP_FREE char *releases = NULL;

	if (set_folders(&inst, state, name, err) < 0)
		return -1;
	releases = path_join(inst.home, "releases");
	if (folder_make(releases, err) < 0 || folder_make(inst.run_dir, err) < 0 ||
	    folder_make(inst.log_dir, err) < 0)
		return -1;
	*ret = inst;
	inst = (struct instance)INSTANCE_INIT;
	return 0;
}

int instance_list(const char *state, struct strv *ret, struct error *err)
{
	CLEANUP_FREE char *guests = path_join(state, "guests");
	DIR *d = opendir(guests);
	struct dirent *entry;

	if (!d)
		return errno == ENOENT ? 0 : error_sys(err, errno, "open '%s'", guests);
	while ((entry = readdir(d))) {
		CLEANUP_FREE char *path =
			xasprintf("%s/%s/" INSTANCE_FILE, guests, entry->d_name);

		if (check_name(entry->d_name, NULL) == 0 && path_exists(path))
			strv_add(ret, entry->d_name);
	}
	closedir(d);
	strv_sort(ret);
	return 0;
}

int instance_save(const struct instance *inst, struct error *err)
{
	struct xml_out x CLEANUP_XML_OUT = XML_OUT_INIT;
	CLEANUP_FREE char *path = path_join(inst->home, INSTANCE_FILE);

	xml_out_begin(&x, "instance");
	xml_attr(&x, "guest", "%s", inst->name);
	xml_attr_bool(&x, "wanted", inst->wanted);
	xml_attr(&x, "current", "%" PRIu64, inst->current);
	for (size_t i = 0; i < inst->n_releases; i++) {
		const struct release *r = &inst->releases[i];

		xml_open(&x, "release");
		xml_attr(&x, "number", "%" PRIu64, r->number);
		xml_attr(&x, "revision", "%" PRIu64, r->revision);
		xml_attr(&x, "bundle", "%s", r->bundle);
		xml_attr(&x, "digest", "%s", r->digest);
		xml_attr(&x, "target", "%s", r->target);
		xml_attr_bool(&x, "proven", r->proven);
		xml_close(&x);
	}
	return xml_out_write(&x, path, OUTFILE_REPLACE, err);
}

int instance_prove(struct instance *inst, struct error *err)
{
	for (size_t i = 0; i < inst->n_releases; i++) {
		if (inst->releases[i].number != inst->current || inst->releases[i].proven)
			continue;
		inst->releases[i].proven = true;
		return instance_save(inst, err);
	}
	return 0;
}

int instance_guest(const struct instance *inst, struct guest *ret, struct error *err)
{
	CLEANUP_FREE char *bundle = instance_bundle_dir(inst, instance_release(inst));
	CLEANUP_FREE char *path = xasprintf("%s/guests/%s", bundle, inst->name);

	return guest_open(ret, path, err);
}

void instance_log(const struct instance *inst, const char *fmt, ...)
{
	CLEANUP_FREE char *path = path_join(inst->log_dir, "events.log");
	CLEANUP_FREE char *old = path_join(inst->log_dir, "events.log.1"), *text = NULL;
	char stamp[32];
	time_t now = time(NULL);
	struct tm tm;
	FILE *f = fopen(path, "ae");
	va_list ap;

	if (!f)
		return;
	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	gmtime_r(&now, &tm);
	strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%SZ", &tm);
	fprintf(f, "%s %s\n", stamp, text);
	if (ftello(f) > EVENTS_MAX)
		(void)!rename(path, old);
	fclose(f);
}

void instance_begin_losses(const struct instance *inst)
{
	CLEANUP_FREE char *path = path_join(inst->run_dir, LOSSES_FILE);

	(void)unlink(path);
}

void instance_losses(const struct instance *inst, struct strv *ret)
{
	CLEANUP_FREE char *path = path_join(inst->run_dir, LOSSES_FILE), *text = NULL;

	if (file_read(path, EVENTS_MAX, &text, NULL, NULL) == 0)
		strv_split(ret, text, "\n");
}

void instance_lose(const struct instance *inst, const char *fmt, ...)
{
	CLEANUP_FREE char *path = path_join(inst->run_dir, LOSSES_FILE), *text = NULL;
	FILE *f = fopen(path, "ae");
	va_list ap;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	instance_log(inst, "not as planned: %s", text);
	if (!f)
		return;
	fprintf(f, "%s\n", text);
	fclose(f);
}

void instance_clear(struct instance *inst)
{
	for (size_t i = 0; i < inst->n_releases; i++) {
		free(inst->releases[i].bundle);
		free(inst->releases[i].target);
	}
	free(inst->releases);
	free(inst->name);
	free(inst->state);
	free(inst->home);
	free(inst->dir);
	free(inst->run_dir);
	free(inst->log_dir);
	*inst = (struct instance)INSTANCE_INIT;
}

static int open_lock(const struct instance *inst, enum instance_lock lock)
{
	static const char *const names[] = { "change.lock", "watch.lock", "machine.lock" };
	CLEANUP_FREE char *path = path_join(inst->run_dir, names[lock]);

	return open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
}

int instance_lock(const struct instance *inst, enum instance_lock lock, struct error *err)
{
	CLEANUP_CLOSE int fd = open_lock(inst, lock);

	if (fd < 0)
		return error_sys(err, errno, "open a lock in '%s'", inst->run_dir);
	/* whoever only looks holds it for a moment */
	for (int i = 0; i < LOOKS; i++) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			return STEAL_FD(fd);
		if (errno != EWOULDBLOCK)
			return error_sys(err, errno, "take a lock in '%s'", inst->run_dir);
		usleep(LOOK_US);
	}
	switch (lock) {
	case LOCK_CHANGE:
		return error_set(err, ERR_BUSY, "another command is changing guest '%s'", inst->name);
	case LOCK_WATCH:
		return error_set(err, ERR_BUSY, "guest '%s' is running already", inst->name);
	default:
		return error_set(err, ERR_BUSY, "the machine of guest '%s' is running already",
				 inst->name);
	}
}

bool instance_is_locked(const struct instance *inst, enum instance_lock lock)
{
	CLEANUP_CLOSE int fd = open_lock(inst, lock);

	return fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK;
}
