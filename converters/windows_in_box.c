// SPDX-License-Identifier: GPL-2.0-or-later
/* Boot drivers that the system itself brought: fetched from its cabinets, with what they import. */
#include "config.h"

#include <archive.h>
#include <archive_entry.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "converters/windows.h"
#include "lib/base/alloc.h"
#include "lib/base/interrupt.h"
#include "lib/base/path.h"

enum { DRIVER_MAX = 8 << 20, CABINET_MAX = 512 << 20 };

static void close_archive(struct archive **a)
{
	archive_read_free(*a);
}

/* One file of a cabinet; *ret stays NULL if it is not in it. */
static int from_cabinet(const struct windows_cabinet *c, const char *name, char **ret, size_t *ret_len,
			struct error *err)
{
	struct archive *a __attribute__((cleanup(close_archive))) = archive_read_new();
	struct archive_entry *entry = NULL;

	archive_read_support_format_cab(a);
	if (archive_read_open_memory(a, c->data, c->len) != ARCHIVE_OK)
		return error_set(err, ERR_FORMAT, "a cabinet of the system: %s",
				 archive_error_string(a));
	while (archive_read_next_header(a, &entry) >= ARCHIVE_WARN &&
	       archive_entry_pathname(entry)) {
		int64_t size = archive_entry_size(entry);
		CLEANUP_FREE char *data = NULL;

		if (strcasecmp(archive_entry_pathname(entry), name) != 0 || size <= 0 ||
		    size > DRIVER_MAX)
			continue;
		data = xmalloc((size_t)size + 1);
		if (archive_read_data(a, data, (size_t)size) != size)
			return error_set(err, ERR_FORMAT, "'%s' in a cabinet of the system: %s", name,
					 archive_error_string(a));
		*ret = STEAL(data);
		*ret_len = (size_t)size;
		return 0;
	}
	return 0;
}

/* The newest service pack's cabinet comes first: sp3.cab, sp2.cab, driver.cab. Each is read once. */
static int from_cabinets(struct windows_edit *e, const char *name, char **ret, size_t *ret_len,
			 struct error *err)
{
	for (size_t i = e->w->cabinets.n; i-- > 0 && !*ret;) {
		struct windows_cabinet *c;

		if (!e->cabinets)
			e->cabinets = xcalloc(e->w->cabinets.n, sizeof(*e->cabinets));
		c = &e->cabinets[i];
		if (!c->data && appliance_read_file(e->conv->app, e->w->cabinets.v[i], CABINET_MAX, &c->data,
						    &c->len, err) < 0)
			return -1;
		if (from_cabinet(c, name, ret, ret_len, err) < 0)
			return -1;
		if (*ret && (!pe_arch(*ret, *ret_len) || strcmp(pe_arch(*ret, *ret_len), e->w->arch) != 0)) {
			free(*ret);
			*ret = NULL;
		}
	}
	return 0;
}

/* One that ntfs-3g cannot read (compressed by CompactOS) is taken for whole: the system has started with it. */
static int read_own(const struct windows_edit *e, const char *name, char **ret, size_t *ret_len,
		    struct error *err)
{
	CLEANUP_FREE char *path = appliance_find(e->conv->app, e->w->drivers, name);
	struct error odd CLEANUP_ERROR = ERROR_INIT;

	if (path && appliance_read_file(e->conv->app, path, DRIVER_MAX, ret, ret_len, &odd) < 0)
		return interrupt_check(err);
	return 0;
}

static void lower(char *text)
{
	for (; *text; text++)
		*text = (char)tolower((unsigned char)*text);
}

/* A driver of the system, in its folder or from a cabinet; *ret_missing: what is not there of it */
static int need(struct windows_edit *e, const char *file, char **ret_missing, struct error *err)
{
	CLEANUP_FREE char *data = NULL, *name = xstrdup(file);
	size_t len = 0;
	bool there;

	lower(name);
	there = strv_has(&e->files, name);
	if (strv_has(&e->whole, name) || (there && !e->conv->app))
		return 0;
	strv_add(&e->whole, name);
	if ((there ? read_own(e, name, &data, &len, err) : from_cabinets(e, name, &data, &len, err)) < 0)
		return -1;
	if (!there && data) {
		windows_put(e, xasprintf("%s/%s", e->w->drivers, name), data, len,
			    "a driver of the system itself, which it had put away", NULL);
		strv_add(&e->files, name);
	} else if (!there) {
		strv_add(&e->lacking, name);
		*ret_missing = xstrdup(name);
		return 0;
	}
	if (data && windows_need_imports(e, data, len, ret_missing, err) < 0)
		return -1;
	if (*ret_missing)
		strv_add(&e->lacking, name);
	return 0;
}

/* The kernel and its DLLs are there; what is another driver need not be. */
int windows_need_imports(struct windows_edit *e, const void *data, size_t len, char **ret_missing,
			 struct error *err)
{
	struct strv imports CLEANUP_STRV = STRV_INIT;

	pe_imports(data, len, &imports);
	for (size_t i = 0; i < imports.n && !*ret_missing; i++) {
		size_t n = strlen(imports.v[i]);

		if (n < 5 || strcasecmp(imports.v[i] + n - 4, ".sys") != 0 || strpbrk(imports.v[i], "/\\"))
			continue;
		lower(imports.v[i]);
		if (strv_has(&e->lacking, imports.v[i]))
			*ret_missing = xstrdup(imports.v[i]);
		else if (need(e, imports.v[i], ret_missing, err) < 0)
			return -1;
	}
	return 0;
}

static int fetch(struct windows_edit *e, const char *name, struct error *err)
{
	CLEANUP_FREE char *missing = NULL, *plain = xstrdup(name);

	lower(plain);
	/* later systems have no cabinets: what is not there was taken out */
	if (!strv_has(&e->files, plain) && windows_is(e->w, 6, 0))
		return 0;
	if (need(e, name, &missing, err) < 0)
		return -1;
	if (missing && strcasecmp(missing, name) != 0)
		report_add(e->notes, FINDING_WARNING, name, "it is not made to start with the system: it needs "
			   "'%s', which is not there", missing);
	return 0;
}

int windows_fetch_in_box(struct windows_edit *e, struct error *err)
{
	static const char *const names[] = { "atapi.sys", "intelide.sys", "pciide.sys", "msahci.sys",
					     "storahci.sys", "stornvme.sys", "megasas.sys" };
	enum { IDE = 3 };

	for (size_t i = 0; i < (windows_is(e->w, 6, 0) ? ARRAY_SIZE(names) : IDE); i++)
		if (fetch(e, names[i], err) < 0)
			return -1;
	for (size_t i = 0; i < e->w->n_disks; i++)
		if (fetch(e, e->w->disks[i].binary, err) < 0)
			return -1;
	return 0;
}
