// SPDX-License-Identifier: GPL-2.0-or-later
/* ACPI tables of licences: checked, as text in a document, as files for a hypervisor. */
#include "config.h"

#include <string.h>

#include "lib/acpi_table.h"
#include "lib/base/alloc.h"
#include "lib/base/bytes.h"
#include "lib/base/hex.h"
#include "lib/fileset.h"
#include "lib/guest.h"
#include "lib/identity.h"

bool acpi_table_is(const void *data, size_t len, const char *signature)
{
	return len >= ACPI_TABLE_HEADER && len <= ACPI_TABLE_MAX && memcmp(data, signature, 4) == 0 &&
	       get_le32((const char *)data + 4) == len;
}

char *acpi_table_to_text(const void *data, size_t len)
{
	char *text = xmalloc(2 * len + 1);

	hex_from(data, len, text);
	return text;
}

char *acpi_table_from_text(const char *text, const char *signature, size_t *ret_len)
{
	size_t len = text ? strlen(text) / 2 : 0;
	CLEANUP_FREE char *data = NULL;

	if (len < ACPI_TABLE_HEADER || len > ACPI_TABLE_MAX || text[2 * len])
		return NULL;
	data = xmalloc(len);
	if (!hex_to(text, data, len) || !acpi_table_is(data, len, signature))
		return NULL;
	*ret_len = len;
	return STEAL(data);
}

static void add(const char *text, const char *signature, const char *folder, const char *name,
		struct fileset *ret)
{
	size_t len = 0;
	char *data = acpi_table_from_text(text, signature, &len);
	CLEANUP_FREE char *path = folder ? xasprintf("%s/%s", folder, name) : xstrdup(name);

	if (data)
		fileset_add(ret, path, data, len, false);
}

void acpi_tables_of(const struct guest *g, unsigned int which, const char *folder,
		    struct fileset *ret)
{
	if (g->legacy.present && !g->legacy.acpi)
		return;
	if (which & IDENTITY_SLIC)
		add(g->slic, "SLIC", folder, ACPI_SLIC_FILE, ret);
	if (which & IDENTITY_MSDM)
		add(g->msdm, "MSDM", folder, ACPI_MSDM_FILE, ret);
}
