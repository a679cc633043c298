// SPDX-License-Identifier: GPL-2.0-or-later
/* Is there a Windows in it? Then read its hives and folders, and what must be right before a change. */
#include "config.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/bytes.h"
#include "lib/base/path.h"
#include "lib/driver.h"
#include "lib/inspect_family.h"
#include "lib/windows.h"
#include "lib/windows_look.h"

/* Only INF files of network cards, displays, USB and disks, and those that were added later. */
static const char *const inf_exclude[] = {
	"*.[Pp][Nn][Ff]", "[!NnOoDdUuPpSs./]*.[Ii][Nn][Ff]", "*.[Cc][Aa][Tt]", "*.[Dd][Ll][Ll]", NULL
};

static int read_file(const struct appliance *app, struct windows_file *f, const char *dir,
		     const char *name, struct error *err)
{
	f->path = appliance_find(app, dir, name);
	if (!f->path)
		return error_set(err, ERR_NOT_FOUND, "there is no '%s' in %s", name, dir);
	return appliance_read_file(app, f->path, HIVE_MAX, &f->data, &f->len, err);
}

/* What boot.ini starts by default: the last part of "multi(0)…partition(1)\WINNT". */
static char *default_folder(const struct appliance *app)
{
	enum { BOOT_INI = 64 << 10 };
	struct error odd CLEANUP_ERROR = ERROR_INIT;
	CLEANUP_FREE char *path = appliance_find(app, "/", "boot.ini"), *text = NULL;
	const char *at, *slash;
	size_t len = 0;

	if (!path || appliance_read_file(app, path, BOOT_INI, &text, &len, &odd) < 0)
		return NULL;
	at = strcasestr(text, "default=");
	slash = at ? at + strcspn(at, "\\\r\n") : NULL;
	if (!slash || *slash != '\\')
		return NULL;
	return xstrndup(slash + 1, strcspn(slash + 1, "\r\n\\ "));
}

/* The folder of the system; others in the same file system are only named. */
static char *find_folder(const struct appliance *app, struct inspected_system *sys)
{
	CLEANUP_FREE char *pattern = appliance_any_case("/*/system32/config/system");
	CLEANUP_FREE char *wanted = NULL;
	struct strv found CLEANUP_STRV = STRV_INIT;
	char *best = NULL;

	appliance_glob(app, pattern, &found);
	if (found.n > 1)
		wanted = default_folder(app);
	for (size_t i = 0; i < found.n; i++) {
		char *end = strchr(found.v[i] + 1, '/');
		CLEANUP_FREE char *dir = xstrndup(found.v[i], (size_t)(end - found.v[i]));
		bool chosen = !best || (wanted && strcasecmp(dir + 1, wanted) == 0);

		if (best)
			report_add(&sys->findings, FINDING_NOTE, chosen ? best : dir,
				   "another Windows in the same file system is left alone");
		if (chosen) {
			free(best);
			best = STEAL(dir);
		}
	}
	return best;
}

static void note_drivers(const struct appliance *app, struct windows *w)
{
	struct tree names CLEANUP_TREE = TREE_INIT;

	appliance_note_folder(app, w->drivers, &names);
	for (size_t i = 0; i < names.n_nodes; i++) {
		char *name = path_basename(names.nodes[i].path);

		for (char *c = name; *c; c++)
			*c = (char)tolower((unsigned char)*c);
		strv_take(&w->files, name);
	}
}

/* Where systems before Vista keep drivers that they do not use. */
static void note_cabinets(const struct appliance *app, struct windows *w)
{
	CLEANUP_FREE char *any = appliance_any_case("driver cache/*/*.cab");
	CLEANUP_FREE char *pattern = xasprintf("%s/%s", w->dir, any);

	appliance_glob(app, pattern, &w->cabinets);
}

/* From 8 on SYSTEM itself has the list. */
static int read_inf_folder(const struct appliance *app, struct windows *w, struct error *err)
{
	struct tree files CLEANUP_TREE = TREE_INIT;

	if (w->database || !w->inf_dir)
		return 0;
	if (appliance_read_folder(app, w->inf_dir, inf_exclude, &files, err) < 0)
		return -1;
	for (size_t i = 0; i < files.n_nodes; i++) {
		CLEANUP_FREE char *name = path_basename(files.nodes[i].path);

		if (files.nodes[i].kind == TREE_FILE && files.nodes[i].data)
			windows_note_inf(w, name, files.nodes[i].data, files.nodes[i].size);
	}
	return 0;
}

static int read_system(const struct appliance *app, struct inspected_system *sys,
		       struct error *err)
{
	struct windows *w = sys->windows;
	CLEANUP_FREE char *config = NULL;

	w->system32 = appliance_find(app, w->dir, "system32");
	config = appliance_find(app, w->system32 ? w->system32 : w->dir, "config");
	w->drivers = appliance_find(app, w->system32 ? w->system32 : w->dir, "drivers");
	w->inf_dir = appliance_find(app, w->dir, "inf");
	if (!config || !w->drivers)
		return error_set(err, ERR_FORMAT, "'%s' has no folder of drivers or hives", w->dir);
	if (read_file(app, &w->system, config, "system", err) < 0 ||
	    read_file(app, &w->software, config, "software", err) < 0 ||
	    windows_read_hives(w, &sys->findings, err) < 0)
		return -1;
	note_drivers(app, w);
	if (!windows_is(w, 6, 0))
		note_cabinets(app, w);
	return read_inf_folder(app, w, err);
}

static char *prefix_of(const struct windows_nic *n)
{
	unsigned int part[4], bits = 0;

	if (!n->address)
		return NULL;
	if (!n->mask || sscanf(n->mask, "%3u.%3u.%3u.%3u", &part[0], &part[1], &part[2], &part[3]) != 4)
		return xstrdup(n->address);
	for (size_t i = 0; i < 4; i++)
		bits += (unsigned int)__builtin_popcount(part[i] & 0xff);
	return xasprintf("%s/%u", n->address, bits);
}

static void describe(struct inspected_system *sys)
{
	const struct windows *w = sys->windows;
	const char *edition = w->edition ? w->edition : "", *sp = w->service_pack ? w->service_pack : "";
	struct hive h CLEANUP_HIVE = HIVE_INIT;
	CLEANUP_FREE char *key = windows_key(w, "Control\\ComputerName\\ComputerName");

	sys->name = xasprintf("%s%s%s%s%s (%s, NT %u.%u build %u)", windows_release_name(w),
			      *edition ? " " : "", edition, *sp ? " " : "", sp, w->arch, w->major,
			      w->minor, w->build);
	sys->distro = xstrdup("windows");
	sys->version = xasprintf("%u.%u.%u", w->major, w->minor, w->build);
	if (hive_open(&h, "SYSTEM", w->system.data, w->system.len, HIVE_READ, NULL) == 0)
		sys->hostname = hive_text(&h, key, "ComputerName");
	sys->network = xstrdup("registry");
	if (windows_is(w, 6, 0) || (w->hal && strncasecmp(w->hal, "acpi", 4) == 0))
		sys->acpi = xasprintf("HAL %s", w->hal ? w->hal : "of ACPI");
	for (size_t i = 0; i < w->n_nics; i++)
		*APPEND(sys->nics, sys->n_nics) = (struct inspected_nic){
			.name = xstrdup(w->nics[i].name ? w->nics[i].name : w->nics[i].guid),
			.mac = w->nics[i].mac ? xstrdup(w->nics[i].mac) : NULL,
			.address = prefix_of(&w->nics[i]),
			.gateway = w->nics[i].gateway ? xstrdup(w->nics[i].gateway) : NULL,
			.source = xstrdup(w->system.path),
		};
}

/* One of NT 3 or 4 is carried as it is, whatever its hives say. */
static bool leave_to_nt4(const struct appliance *app, struct inspected_system *sys)
{
	if (sys->windows->major >= 5 || !inspect_nt4_kernel(app, sys->windows->dir))
		return false;
	windows_free(STEAL(sys->windows));
	free(STEAL(sys->family));
	report_clear(&sys->findings);
	return true;
}

static int look(const struct appliance *app, struct inspection *in, struct inspected_system *sys,
		struct error *err)
{
	struct error odd CLEANUP_ERROR = ERROR_INIT;
	char *dir = find_folder(app, sys);
	int rc;

	(void)in;

	if (!dir)
		return 0;
	sys->family = xstrdup("windows");
	sys->windows = xcalloc(1, sizeof(*sys->windows));
	sys->windows->dir = dir;
	sys->windows->files = sys->windows->in_box = sys->windows->cabinets = (struct strv)STRV_INIT;
	rc = read_system(app, sys, &odd);
	if (rc < 0 && odd.code == ERR_INTERRUPTED)
		return error_move(err, &odd);
	if (leave_to_nt4(app, sys))
		return 0;
	if (rc < 0) {
		sys->name = xasprintf("Windows in %s", dir);
		report_remedy(report_add(&sys->findings, FINDING_ERROR, dir, "%s", odd.msg),
			      "repair it on the old PC (chkdsk, system restore) and capture it again");
		return 0;
	}
	describe(sys);
	windows_look_at_files(app, sys);
	return 0;
}

/* What starts it may lie on any volume. */
static int finish(const struct appliance *app, const struct inspection *in,
		  struct inspected_system *sys, struct error *err)
{
	if (!sys->version)
		return 0;
	if (windows_look_at_volumes(app, in, sys, err) < 0)
		return -1;
	windows_model(in, sys);
	return 0;
}

const struct inspector inspector_windows = {
	.family = "windows",
	.look = look,
	.finish = finish,
};
