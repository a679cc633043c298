// SPDX-License-Identifier: GPL-2.0-or-later
/* The service that finishes the work in the system itself, once: its program, its list, its key. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "converters/windows.h"
#include "converters/windows_service.h"
#include "lib/base/alloc.h"
#include "lib/guest_changes.h"

#define SERVICE "RehostFirstBoot"

/* Lines as firstboot/firstboot.c reads them: plain ASCII, each ended as Windows does. */
static char *list_of(const struct windows_edit *e)
{
	struct strv lines CLEANUP_STRV = STRV_INIT;
	char *text;

	strv_addf(&lines, "serial %s", e->conv->console ? "COM1" : "none");
	for (size_t i = 0; i < e->n_drivers; i++) {
		CLEANUP_FREE char *inf = windows_staged_inf(e, &e->drivers[i]);
		int folder = (int)strcspn(inf, "/");

		for (size_t j = 0; j < e->drivers[i].ids.n; j++)
			strv_addf(&lines, "driver drivers\\%.*s\\%s %s", folder, inf, inf + folder + 1,
				  e->drivers[i].ids.v[j]);
	}
	for (size_t i = 0; i < e->nics.n; i++)
		strv_add(&lines, e->nics.v[i]);
	strv_add(&lines, "");
	text = strv_join(&lines, "\r\n");
	return text;
}

static int add_service(struct windows_edit *e, struct error *err)
{
	CLEANUP_FREE char *key = windows_key(e->w, "Services\\" SERVICE);
	struct hive *h = &e->system;

	if (hive_set_number(h, key, "Type", 0x10, err) < 0 ||
	    hive_set_number(h, key, "Start", 2, err) < 0 ||
	    hive_set_number(h, key, "ErrorControl", 0, err) < 0 ||
	    hive_set_text(h, key, "ImagePath", REG_EXPAND_SZ,
			  "%SystemRoot%\\" WINDOWS_OUR_FOLDER "\\firstboot.exe", err) < 0 ||
	    hive_set_text(h, key, "DisplayName", REG_SZ, "rehost first boot", err) < 0)
		return -1;
	return hive_set_text(h, key, "ObjectName", REG_SZ, "LocalSystem", err);
}

static void list_program(const struct windows_edit *e, const struct windows_program *p,
			 struct guest *ret)
{
	CLEANUP_FREE char *path = xasprintf("%s/" WINDOWS_OUR_FOLDER "/firstboot.exe", e->w->dir);
	struct guest_software *s = guest_software_add(ret, SOFTWARE_PROGRAM, "rehost first boot",
						      PACKAGE_VERSION, PACKAGE_NAME);

	guest_software_file(s, path, p->data, p->len);
}

int windows_first_boot(struct windows_edit *e, struct guest *ret, struct error *err)
{
	const struct windows_program *p = windows_service_for(e->w->arch);
	CLEANUP_FREE char *list = list_of(e);

	if (!p) {
		report_remedy(report_add(e->notes, FINDING_WARNING, "first boot",
					 "rehost was built without the program for it: drivers beside "
					 "the disk's wait for plug and play, and addresses stay with "
					 "the old cards"),
			      "build rehost with gcc-mingw-w64, or set the address by hand");
		return 0;
	}
	windows_put(e, xasprintf("%s/" WINDOWS_OUR_FOLDER "/firstboot.exe", e->w->dir), p->data, p->len,
		    "finishes the work when the system starts, once, and removes itself", NULL);
	windows_put(e, xasprintf("%s/" WINDOWS_OUR_FOLDER "/firstboot.ini", e->w->dir), list,
		    strlen(list), "what is left to do at the first boot", NULL);
	list_program(e, p, ret);
	return add_service(e, err);
}
