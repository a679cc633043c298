// SPDX-License-Identifier: GPL-2.0-or-later
/* Drivers from what the user offers: which, and where they lie in the guest until it takes them. */
#include "config.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "converters/windows.h"
#include "lib/base/alloc.h"
#include "lib/base/path.h"
#include "lib/guest_changes.h"

/* Devices of virtual machines that a system can do without; taken when they are offered. */
static const char *const others[][3] = {
	{ "PCI\\VEN_1AF4&DEV_1002", "PCI\\VEN_1AF4&DEV_1045" },	/* memory balloon */
	{ "PCI\\VEN_1AF4&DEV_1003", "PCI\\VEN_1AF4&DEV_1043" },	/* serial ports   */
	{ "PCI\\VEN_1AF4&DEV_1005", "PCI\\VEN_1AF4&DEV_1044" },	/* random numbers */
	{ "PCI\\VEN_1AF4&DEV_1052" },				/* input          */
	{ "PCI\\VEN_1AF4&DEV_1050" },				/* display        */
	{ "ACPI\\QEMU0001" },					/* panic          */
	{ "ACPI\\QEMU0002" },					/* configuration  */
};

void windows_put(struct windows_edit *e, char *path, const void *data, size_t len, const char *why,
		 const struct driver *driver)
{
	for (size_t i = 0; i < e->n_puts; i++)
		if (strcasecmp(e->puts[i].path, path) == 0) {
			free(path);
			return;
		}
	*APPEND(e->puts, e->n_puts) = (struct windows_put){ path, xmemdup(data, len), len,
							     xstrdup(why), driver };
}

static bool same_inf(const struct driver *a, const struct driver *b)
{
	return a->origin == b->origin && strcmp(a->inf, b->inf) == 0;
}

static bool have(const struct windows_edit *e, const struct driver *d)
{
	for (size_t i = 0; i < e->n_drivers; i++)
		if (same_inf(&e->drivers[i], d))
			return true;
	return false;
}

/* One INF can be for several devices: the ids of all are needed then. */
static void add(struct windows_edit *e, struct driver *d)
{
	for (size_t i = 0; i < e->n_drivers; i++) {
		struct driver *old = &e->drivers[i];

		if (!same_inf(old, d) || !old->service || !d->service ||
		    strcmp(old->service, d->service) != 0)
			continue;
		for (size_t j = 0; j < d->ids.n; j++)
			if (!strv_has(&old->ids, d->ids.v[j]))
				strv_add(&old->ids, d->ids.v[j]);
		driver_clear(d);
		return;
	}
	*APPEND(e->drivers, e->n_drivers) = *d;
	*d = (struct driver)DRIVER_INIT;
}

static int refuse_hostile(const struct report *notes, struct error *err)
{
	for (size_t i = 0; i < notes->n_findings; i++) {
		const struct finding *f = &notes->findings[i];

		if (f->severity != FINDING_ERROR)
			continue;
		error_set(err, ERR_REFUSED, "%s", f->text);
		return error_hint(err, "look where these drivers come from, or offer others");
	}
	return 0;
}

static int choose(struct windows_edit *e, const char *const *ids, bool say, struct error *err)
{
	struct report notes CLEANUP_REPORT = REPORT_INIT;
	struct driver d CLEANUP_DRIVER = DRIVER_INIT;
	bool known = false;

	if (driver_set_find(e->offered, &e->who, ids, &d, &notes) == 1) {
		known = have(e, &d);
		add(e, &d);
	}
	if (refuse_hostile(&notes, err) < 0)
		return -1;
	if (say && !known)
		report_merge(e->notes, &notes);
	return 0;
}

/* What was offered in vain is said: it may be for other systems, or of the wrong year. */
static void tell_none(struct windows_edit *e, enum model_dim dim, const char *what)
{
	for (size_t i = 0; i < n_windows_devices; i++)
		for (size_t k = 0; windows_devices[i].dim == dim && k < e->n_drivers; k++)
			if (driver_is_for(&e->drivers[k], windows_devices[i].ids))
				return;
	report_remedy(report_add(e->notes, FINDING_WARNING, "drivers",
				 "none of those that were offered is for a %s of a virtual machine and for "
				 "this system", what),
		      "offer an image of virtio-win that has drivers for %s", windows_release_name(e->w));
}

int windows_choose_drivers(struct windows_edit *e, struct error *err)
{
	if (!e->offered)
		return 0;
	for (size_t i = 0; i < n_windows_devices; i++) {
		const struct windows_device *d = &windows_devices[i];
		bool again = i && strcmp(d->ids[0], d[-1].ids[0]) == 0;

		if ((d->dim == DIM_DISK || d->dim == DIM_NIC) && !again &&
		    choose(e, d->ids, true, err) < 0)
			return -1;
	}
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (choose(e, others[i], false, err) < 0)
			return -1;
	tell_none(e, DIM_DISK, "disk");
	tell_none(e, DIM_NIC, "network card");
	return 0;
}

/* Which subsystems of the virtio devices before version 1.0, of disks and network cards, a driver knows. */
enum { KNOWS_ORACLE = 1, KNOWS_OTHERS = 2 };

static unsigned int subsystems_of(const struct driver *d)
{
	static const char *const devices[] = { "PCI\\VEN_1AF4&DEV_1000", "PCI\\VEN_1AF4&DEV_1001" };
	unsigned int ret = 0;

	for (size_t i = 0; i < d->ids.n; i++)
		for (size_t k = 0; k < ARRAY_SIZE(devices); k++) {
			const char *id = d->ids.v[i];
			const char *subsystem = strcasestr(id, "&SUBSYS_");

			if (strncasecmp(id, devices[k], strlen(devices[k])) == 0)
				ret |= subsystem && strlen(subsystem) >= 16 &&
				       strncasecmp(subsystem + 12, "108E", 4) == 0 ? KNOWS_ORACLE
										   : KNOWS_OTHERS;
		}
	return ret;
}

bool windows_wants_oracle(struct windows_edit *e)
{
	const struct driver *oracle = NULL, *usual = NULL;

	for (size_t i = 0; i < e->n_drivers; i++) {
		unsigned int knows = subsystems_of(&e->drivers[i]);

		if (knows == KNOWS_ORACLE)
			oracle = &e->drivers[i];
		else if (knows == KNOWS_OTHERS)
			usual = &e->drivers[i];
	}
	if (oracle && usual)
		report_remedy(report_add(e->notes, FINDING_WARNING, oracle->name, "it knows only virtio "
					 "devices of Oracle's, but %s only others: one of them will find "
					 "no device", usual->name),
			      "offer drivers of one maker with --drivers");
	else if (oracle)
		report_remedy(report_add(e->notes, FINDING_WARNING, oracle->name, "it knows only virtio "
					 "devices of Oracle's: ACRN gives it such ones, QEMU has none, so "
					 "that no other target and no trial start here serves it"),
			      "offer the virtio-win ISO image instead, or try it on the real host");
	return oracle && !usual;
}

/* What every part of the system, and a list of words, can take as the name of a folder or file */
static char *plain_stem(const struct driver *d)
{
	enum { STEM_MAX = 40 };
	CLEANUP_FREE char *stem = path_stem(d->name, ".inf");

	for (char *c = stem; *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr("-_.", *c))
			*c = '_';
	return xstrndup(stem, STEM_MAX);
}

/* Makers call different files oem.inf: each INF has a folder of its own. */
char *windows_staged_inf(const struct windows_edit *e, const struct driver *d)
{
	CLEANUP_FREE char *stem = plain_stem(d);
	size_t n = 1;

	for (const struct driver *before = e->drivers; before != d && !same_inf(before, d); before++) {
		CLEANUP_FREE char *taken = plain_stem(before);

		n += strcasecmp(taken, stem) == 0;
	}
	return n > 1 ? xasprintf("%s+%zu/%s.inf", stem, n, stem) : xasprintf("%s/%s.inf", stem, stem);
}

static void stage_file(struct windows_edit *e, const struct driver *d, const char *path, const char *to,
		       const char *why)
{
	const struct driver_file *f = driver_set_file(e->offered, d->origin, path);

	if (f)
		windows_put(e, xstrdup(to), f->data, f->len, why, d);
}

/* All lie to each other as they do in the source. */
static void stage(struct windows_edit *e, const struct driver *d, const char *staged_inf)
{
	CLEANUP_FREE char *inf = xasprintf("%s/" WINDOWS_OUR_FOLDER "/drivers/%s", e->w->dir, staged_inf);
	CLEANUP_FREE char *dir = path_dirname(d->inf), *folder = path_dirname(inf);
	CLEANUP_FREE char *catalog = d->catalog ? driver_beside(d->inf, d->catalog) : NULL;
	CLEANUP_FREE char *why = xasprintf("driver %s %s from %s, %s", d->name,
					   d->version ? d->version : "", d->source, d->inf);
	size_t skip = strcmp(dir, "/") == 0 ? 1 : strlen(dir) + 1;

	stage_file(e, d, d->inf, inf, why);
	for (size_t i = 0; i <= d->files.n; i++) {
		const char *path = i ? d->files.v[i - 1] : catalog;
		CLEANUP_FREE char *to = path ? path_join(folder, path + skip) : NULL;

		if (path)
			stage_file(e, d, path, to, why);
	}
}

/* Plug and play looks in these folders for the INF of a new device. */
static int add_device_path(struct windows_edit *e, const struct strv *folders, struct error *err)
{
	static const char key[] = "Microsoft\\Windows\\CurrentVersion";
	CLEANUP_FREE char *old = hive_text(&e->software, key, "DevicePath"), *text = NULL;
	struct strv all CLEANUP_STRV = STRV_INIT;
	enum reg_type type = REG_EXPAND_SZ;
	size_t len;
	CLEANUP_FREE char *data = hive_data(&e->software, key, "DevicePath", &type, &len);

	if (!folders->n)
		return 0;
	if (data && type != REG_SZ && type != REG_EXPAND_SZ) {
		report_remedy(report_add(e->notes, FINDING_WARNING, "DevicePath",
					 "where the system looks for drivers is no text in its registry: it is "
					 "left as it is, and the drivers wait for the first boot"),
			      "look into firstboot.log of the guest whether they were taken");
		return 0;
	}
	strv_split(&all, old ? old : "%SystemRoot%\\inf", ";");
	for (size_t i = 0; i < folders->n; i++)
		if (!strv_has(&all, folders->v[i]))
			strv_add(&all, folders->v[i]);
	text = strv_join(&all, ";");
	return hive_set_text(&e->software, key, "DevicePath", data ? type : REG_EXPAND_SZ, text, err);
}

int windows_stage_drivers(struct windows_edit *e, struct error *err)
{
	struct strv folders CLEANUP_STRV = STRV_INIT;

	for (size_t i = 0; i < e->n_drivers; i++) {
		CLEANUP_FREE char *inf = windows_staged_inf(e, &e->drivers[i]);

		stage(e, &e->drivers[i], inf);
		strv_addf(&folders, "%%SystemRoot%%\\" WINDOWS_OUR_FOLDER "\\drivers\\%.*s",
			  (int)strcspn(inf, "/"), inf);
	}
	return add_device_path(e, &folders, err);
}

void windows_list_drivers(const struct windows_edit *e, struct guest *ret)
{
	for (size_t i = 0; i < e->n_drivers; i++) {
		const struct driver *d = &e->drivers[i];
		CLEANUP_FREE char *source = xasprintf("%s: %s", d->source, d->inf);
		struct guest_software *s = guest_software_add(ret, SOFTWARE_DRIVER, d->name, d->version,
							      source);

		for (size_t k = 0; k < e->n_puts; k++)
			if (e->puts[k].driver == d)
				guest_software_file(s, e->puts[k].path, e->puts[k].data, e->puts[k].len);
	}
}
