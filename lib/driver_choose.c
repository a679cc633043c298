// SPDX-License-Identifier: GPL-2.0-or-later
/* The best driver among those offered: for this very system first, else the nearest older one. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/path.h"
#include "lib/driver.h"

/* Folders of virtio-win and of others: which system is meant. */
static const struct {
	const char *names[5];
	unsigned int major, minor, build;
	bool server;
} folders[] = {
	{ { "2k", "w2k", "win2000" }, 5, 0, 0, false },
	{ { "xp", "wxp", "winxp" }, 5, 1, 0, false },
	{ { "2k3", "wnet", "win2003", "2k3r2" }, 5, 2, 0, true },
	{ { "vista", "wlh", "winvista" }, 6, 0, 0, false },
	{ { "2k8", "win2008" }, 6, 0, 0, true },
	{ { "w7", "win7" }, 6, 1, 0, false },
	{ { "2k8r2", "win2008r2" }, 6, 1, 0, true },
	{ { "w8", "win8" }, 6, 2, 0, false },
	{ { "2k12", "win2012" }, 6, 2, 0, true },
	{ { "w8.1", "win8.1", "w81" }, 6, 3, 0, false },
	{ { "2k12r2", "win2012r2" }, 6, 3, 0, true },
	{ { "w10", "win10" }, 10, 0, 0, false },
	{ { "w11", "win11" }, 10, 0, 22000, false },
	{ { "2k16", "win2016" }, 10, 0, 14393, true },
	{ { "2k19", "win2019" }, 10, 0, 17763, true },
	{ { "2k22", "win2022" }, 10, 0, 20348, true },
	{ { "2k25", "win2025" }, 10, 0, 26100, true },
};

/* Index of the system that a path names, or -1. The last one counts: drivers/w10/x86/w7 is odd. */
static int folder_of(const char *path)
{
	struct strv steps CLEANUP_STRV = STRV_INIT;

	strv_split(&steps, path, "/");
	for (size_t k = steps.n; k-- > 0;)
		for (size_t i = 0; i < ARRAY_SIZE(folders); i++)
			for (size_t j = 0; j < ARRAY_SIZE(folders[i].names) && folders[i].names[j]; j++)
				if (k + 1 < steps.n && strcasecmp(steps.v[k], folders[i].names[j]) == 0)
					return (int)i;
	return -1;
}

/* 0: for a newer system; else the larger the nearer. A folder that names none is like an old one. */
static uint64_t folder_rank(int folder, const struct driver_system *who)
{
	uint64_t rank;

	if (folder < 0)
		return 1;
	if (folders[folder].major > who->major ||
	    (folders[folder].major == who->major && folders[folder].minor > who->minor) ||
	    (folders[folder].major == who->major && folders[folder].minor == who->minor &&
	     folders[folder].build > who->build))
		return 0;
	/* of the same kernel, the one for a workstation or server as this is, then the newest */
	rank = (uint64_t)folders[folder].major << 48 | (uint64_t)folders[folder].minor << 40 |
	       (uint64_t)(folders[folder].server == who->server) << 32 | folders[folder].build;
	return rank + 2;
}

/* A date as MM/DD/YYYY first. */
static uint64_t date_rank(const struct driver *d)
{
	unsigned int month = 0, day = 0, year = 0;

	if (d->version)
		sscanf(d->version, "%2u/%2u/%4u", &month, &day, &year);
	return (uint64_t)year << 9 | month << 5 | day;
}

static const struct driver_file *binary_of(const struct driver_set *set, const struct driver *d)
{
	for (size_t i = 0; d->binary && i < d->files.n; i++) {
		CLEANUP_FREE char *name = path_basename(d->files.v[i]);

		if (strcasecmp(name, d->binary) == 0)
			return driver_set_file(set, d->origin, d->files.v[i]);
	}
	return NULL;
}

/* What the kernel's loader reads: disks, and what its INF says. */
static bool starts_at_boot(const struct driver *d)
{
	static const char *const classes[] = { "{4D36E97B-E325-11CE-BFC1-08002BE10318}",
					       "{4D36E96A-E325-11CE-BFC1-08002BE10318}" };

	for (size_t i = 0; d->class_guid && i < ARRAY_SIZE(classes); i++)
		if (strcasecmp(d->class_guid, classes[i]) == 0)
			return true;
	return d->start == 0;
}

static const struct driver_file *catalog_of(const struct driver_set *set, const struct driver *d)
{
	CLEANUP_FREE char *path = d->catalog ? driver_beside(d->inf, d->catalog) : NULL;

	return path ? driver_set_file(set, d->origin, path) : NULL;
}

/*
 * 64-bit systems from Vista on want a signature that they understand: of a driver that starts at boot
 * in the file itself (Microsoft, "Release-Signing a Driver through an Embedded Signature").
 */
static const char *why_unsigned(const struct driver_set *set, const struct driver_system *who,
				const struct driver *d, const struct driver_file *f)
{
	const struct driver_file *catalog = catalog_of(set, d);
	enum signature own = pe_signature(f->data, f->len);
	enum signature beside = catalog ? catalog_signature(catalog->data, catalog->len) : SIGNATURE_NONE;
	enum signature s = own != SIGNATURE_NONE || starts_at_boot(d) ? own : beside;

	if (s == SIGNATURE_NONE && beside != SIGNATURE_NONE)
		return "it starts with the system, and only its catalog is signed: a 64-bit system wants "
		       "the signature in the file itself";
	if (s == SIGNATURE_NONE)
		return "it is not signed, and a 64-bit system does not load it";
	if (s == SIGNATURE_SHA2 && !who->sha2)
		return "it is signed by SHA-2 only, which this system cannot check (its update "
		       "KB4474419 or KB3033929 is not installed)";
	return NULL;
}

static bool wants_signatures(const struct driver_system *who)
{
	return who->major >= 6 && strcmp(who->arch, "amd64") == 0;
}

/* Can the system load it? */
static const char *why_not(const struct driver_set *set, const struct driver_system *who,
			   const struct driver *d)
{
	const struct driver_file *f = binary_of(set, d);
	const char *arch = f ? pe_arch(f->data, f->len) : NULL;

	if (!d->service || !d->binary)
		return "its INF names no driver file";
	if (!f)
		return "its driver file is not there";
	if (!arch)
		return "its driver file is no program of Windows";
	if (strcmp(arch, who->arch) != 0)
		return "its driver file is for another processor";
	return wants_signatures(who) ? why_unsigned(set, who, d, f) : NULL;
}

/* The trial builds of makers: with any other certificate nobody can tell here whom a system trusts. */
static void tell_trust(const struct driver_set *set, const struct driver_system *who,
		       const struct driver *d, struct report *notes)
{
	const struct driver_file *f = binary_of(set, d), *catalog = catalog_of(set, d);
	size_t len = 0;
	const void *own = f ? pe_certificate(f->data, f->len, &len) : NULL;

	if (!wants_signatures(who) ||
	    !(own ? catalog_is_self_signed(own, len)
		  : catalog && catalog_is_self_signed(catalog->data, catalog->len)))
		return;
	report_remedy(report_add(notes, FINDING_WARNING, d->inf,
				 "it is signed by a certificate that only its maker vouches for: a 64-bit "
				 "system loads it in test mode only"),
		      "offer a released driver, or start the old PC once more and run 'bcdedit /set "
		      "testsigning on'");
}

struct candidate {
	struct driver driver;
	uint64_t near, date;
	int folder;
};

static bool is_better(const struct candidate *a, const struct candidate *b)
{
	return !b->driver.inf || a->near > b->near || (a->near == b->near && a->date > b->date);
}

static void consider(const struct driver_set *set, const struct driver_inf *di,
		     const struct driver_system *who, const char *const *ids,
		     struct candidate *best, struct report *notes)
{
	struct error odd CLEANUP_ERROR = ERROR_INIT;
	const struct driver_file *f = &set->files[di->file];
	struct candidate c = { .folder = folder_of(f->path) };
	const char *why;
	int rc;

	c.near = driver_path_is_for(f->path, who->arch) ? folder_rank(c.folder, who) : 0;
	if (!c.near)
		return;
	rc = driver_from_inf(&di->inf, f->path, who, ids, &c.driver, &odd);
	/* what leads out of its folder is no fault of a maker: nobody should use the rest unseen */
	if (rc < 0 && odd.code == ERR_REFUSED)
		report_add(notes, FINDING_ERROR, f->path, "%s", odd.msg);
	else if (rc < 0)
		report_add(notes, FINDING_WARNING, f->path, "left out: %s", odd.msg);
	if (rc <= 0)
		return;
	c.date = date_rank(&c.driver);
	c.driver.origin = f->source;
	why = why_not(set, who, &c.driver);
	if (why)
		report_add(notes, FINDING_WARNING, f->path, "left out: %s", why);
	if (why || !is_better(&c, best)) {
		driver_clear(&c.driver);
		return;
	}
	c.driver.source = path_basename(set->sources.v[f->source]);
	c.driver.for_system = c.folder < 0 ? NULL : xstrdup(folders[c.folder].names[0]);
	c.driver.older = c.folder >= 0 && (folders[c.folder].major != who->major ||
					   folders[c.folder].minor != who->minor);
	driver_clear(&best->driver);
	*best = c;
}

int driver_set_find(const struct driver_set *set, const struct driver_system *who,
		    const char *const *ids, struct driver *ret, struct report *notes)
{
	struct candidate best = { .driver = DRIVER_INIT };

	for (size_t i = 0; i < set->n_infs; i++)
		consider(set, &set->infs[i], who, ids, &best, notes);
	if (!best.driver.inf)
		return 0;
	if (best.driver.older)
		report_add(notes, FINDING_WARNING, best.driver.inf,
			   "made for an older system (%s): there is none for this one",
			   best.driver.for_system);
	tell_trust(set, who, &best.driver, notes);
	*ret = best.driver;
	return 1;
}
