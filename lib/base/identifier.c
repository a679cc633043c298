// SPDX-License-Identifier: GPL-2.0-or-later
/* Forms of identifiers. */
#include "config.h"

#include <ctype.h>
#include <stddef.h>

#include "lib/base/identifier.h"

/* An x of @form is a hexadecimal digit, all else stands for itself. */
static bool has_form(const char *text, const char *form)
{
	for (; text && *form; text++, form++)
		if (*form == 'x' ? !isxdigit((unsigned char)*text) : *text != *form)
			return false;
	return text && !*text;
}

bool text_is_mac(const char *text)
{
	return has_form(text, "xx:xx:xx:xx:xx:xx");
}

bool text_is_uuid(const char *text)
{
	return has_form(text, "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx");
}
