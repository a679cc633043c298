// SPDX-License-Identifier: GPL-2.0-or-later
/* Start a guest on Xen: its configuration for this host, its processors, its share of the cache. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/outfile.h"
#include "lib/base/path.h"
#include "lib/host_port.h"
#include "lib/target/xen_config.h"
#include "lib/target/xen_life.h"
#include "lib/target/xen_xl.h"

enum { CONFIG_MAX = 1 << 20 };	/* a configuration is smaller [bytes] */

/* @text with each @mark replaced by @by; the caller frees it */
static char *replace(const char *text, const char *mark, const char *by)
{
	CLEANUP_FREE char *out = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&out, &len);

	if (!f)
		abort();
	for (const char *at; (at = strstr(text, mark)); text = at + strlen(mark)) {
		fwrite(text, 1, (size_t)(at - text), f);
		fputs(by, f);
	}
	fputs(text, f);
	if (fclose(f) != 0)
		abort();
	return STEAL(out);
}

static int write_config(const struct instance *inst, char **ret_path, struct error *err)
{
	CLEANUP_FREE char *from = path_join(inst->dir, XEN_CONFIG), *text = NULL;
	CLEANUP_FREE char *to = path_join(inst->run_dir, XEN_CONFIG), *placed = NULL, *local = NULL;

	/* xl would read these as ends of a text or of a part of it */
	if (strpbrk(inst->home, "\",\\\n"))
		return error_set(err, ERR_UNSUPPORTED, "the name of folder '%s' is none for Xen",
				 inst->home);
	if (file_read(from, CONFIG_MAX, &text, NULL, err) < 0)
		return -1;
	placed = replace(text, XEN_PLACE, inst->dir);
	local = replace(placed, XEN_RUN, inst->run_dir);
	if (file_write(to, local, strlen(local), OUTFILE_REPLACE, err) < 0)
		return -1;
	*ret_path = STEAL(to);
	return 0;
}

/* A line of cpupool-list for each pool, its name first. */
static bool knows_pool(const char *list, const char *name)
{
	struct strv lines CLEANUP_STRV = STRV_INIT;

	strv_split(&lines, list, "\n");
	for (size_t i = 0; i < lines.n; i++)
		if (strcspn(lines.v[i], " \t") == strlen(name) &&
		    strncmp(lines.v[i], name, strlen(name)) == 0)
			return true;
	return false;
}

/* The processors that the release wants for itself; NULL: none. The caller frees it. */
static int read_pool(const struct instance *inst, char **ret_cpus, struct error *err)
{
	CLEANUP_FREE char *config = path_join(inst->dir, XEN_POOL), *text = NULL;
	const char *list, *end;

	*ret_cpus = NULL;
	if (!path_exists(config))
		return 0;
	if (file_read(config, CONFIG_MAX, &text, NULL, err) < 0)
		return -1;
	list = strstr(text, "cpus = \"");
	end = list ? strchr(list + 8, '"') : NULL;
	if (!end)
		return error_set(err, ERR_FORMAT, "'%s' names no processors", config);
	*ret_cpus = xstrndup(list + 8, (size_t)(end - list - 8));
	return 0;
}

/* The processors leave the pool of all, and make one of their own. */
static int make_pool(const struct instance *inst, struct error *err)
{
	CLEANUP_FREE char *config = path_join(inst->dir, XEN_POOL), *cpus = NULL, *known = NULL;
	CLEANUP_FREE char *name = xasprintf("rehost-%s", inst->name);

	if (read_pool(inst, &cpus, err) < 0)
		return -1;
	if (!cpus)
		return 0;
	if (child_run(XL("cpupool-list"), &known, err) < 0)
		return -1;
	if (knows_pool(known, name))
		return 0;
	return child_run(XL("cpupool-cpu-remove", "Pool-0", cpus), NULL, err) < 0
		       ? -1
		       : child_run(XL("cpupool-create", config), NULL, err);
}

void xen_drop_pool(const struct instance *inst)
{
	CLEANUP_FREE char *name = xasprintf("rehost-%s", inst->name), *cpus = NULL, *known = NULL;
	struct error failure CLEANUP_ERROR = ERROR_INIT;

	if (read_pool(inst, &cpus, &failure) == 0 && cpus &&
	    child_run(XL("cpupool-list"), &known, &failure) == 0 && knows_pool(known, name) &&
	    child_run(XL("cpupool-destroy", name), NULL, &failure) == 0)
		child_run(XL("cpupool-cpu-add", "Pool-0", cpus), NULL, &failure);
	if (error_is_set(&failure))
		instance_log(inst, "its processors are not given back: %s", failure.msg);
}

/* A host without cache allocation runs the guest all the same; the log says so. */
static void give_cache(const struct instance *inst)
{
	CLEANUP_FREE char *path = path_join(inst->dir, XEN_CACHE), *text = NULL, *level = NULL;
	struct strv fields CLEANUP_STRV = STRV_INIT;
	struct error failure CLEANUP_ERROR = ERROR_INIT;

	if (!path_exists(path))
		return;
	if (file_read(path, 64, &text, NULL, &failure) == 0) {
		text[strcspn(text, "\n")] = '\0';
		strv_split(&fields, text, " ");
		level = xasprintf("-l%s", fields.n == 2 ? fields.v[0] : "");
		if (fields.n == 2 && child_run(XL("psr-cat-set", level, inst->name, fields.v[1]), NULL,
					       &failure) == 0)
			return;
	}
	instance_lose(inst, "its share of the cache is not enforced: %s",
		      failure.msg ? failure.msg : "its file is not readable");
}

/* What xl says last is seldom the reason: that comes first, and what follows from it after it. */
static int create(const struct instance *inst, const char *config, struct error *err)
{
	struct child child CLEANUP_CHILD = CHILD_INIT;
	struct child_io io = CHILD_IO_INIT;
	CLEANUP_FREE char *said = NULL;
	struct strv lines CLEANUP_STRV = STRV_INIT;
	int status = 0;

	if (child_start(XL("create", config), &io, &child, err) < 0 ||
	    child_wait(&child, CHILD_NO_TIMEOUT, &status, err) < 0)
		return -1;
	if (status == 0)
		return 0;
	said = child_errors(&child);
	strv_split(&lines, said, "\n");
	for (size_t i = 0; i < lines.n; i++)
		instance_log(inst, "%s", lines.v[i]);
	error_set(err, ERR_CHILD, "%s", lines.n ? lines.v[0] : "xl failed without a word");
	return error_hint(err, "'rehost logs %s' has all that Xen said", inst->name);
}

int xen_launch(const struct instance *inst, struct error *err)
{
	CLEANUP_FREE char *path = NULL, *log = path_join(inst->log_dir, SERIAL_LOG);
	CLEANUP_FREE char *old = xasprintf("%s.1", log);
	struct strv fields CLEANUP_STRV = STRV_INIT;
	int known = xen_find_domain(inst, &fields, err);

	if (known < 0)
		return -1;
	if (known)
		return error_set(err, ERR_BUSY, "Xen runs a domain '%s' already", inst->name);
	if (host_ports_check(inst, err) < 0 || write_config(inst, &path, err) < 0 || make_pool(inst, err) < 0)
		return error_wrap(err, "start guest '%s'", inst->name);
	(void)!rename(log, old);
	instance_begin_losses(inst);
	if (create(inst, path, err) < 0)
		return error_wrap(err, "start guest '%s'", inst->name);
	give_cache(inst);
	instance_log(inst, "started on Xen");
	return 0;
}
