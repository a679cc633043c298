// SPDX-License-Identifier: GPL-2.0-or-later
/* Lists of strings, NULL-terminated. */
#include "config.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/strv.h"

void strv_take(struct strv *sv, char *s)
{
	if (sv->n >= STRV_MAX)
		abort();
	sv->v = array_grow(sv->v, sv->n, sizeof(*sv->v));
	sv->v[sv->n++] = s;
	sv->v = array_grow(sv->v, sv->n, sizeof(*sv->v));
	sv->v[sv->n] = NULL;
}

void strv_add(struct strv *sv, const char *s)
{
	strv_take(sv, xstrdup(s));
}

void strv_addf(struct strv *sv, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	strv_take(sv, xvasprintf(fmt, ap));
	va_end(ap);
}

void strv_add_many(struct strv *sv, ...)
{
	const char *s;
	va_list ap;

	va_start(ap, sv);
	while ((s = va_arg(ap, const char *)))
		strv_add(sv, s);
	va_end(ap);
}

bool strv_has(const struct strv *sv, const char *s)
{
	for (size_t i = 0; i < sv->n; i++)
		if (strcmp(sv->v[i], s) == 0)
			return true;
	return false;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void strv_sort(struct strv *sv)
{
	if (sv->n)
		qsort(sv->v, sv->n, sizeof(*sv->v), compare);
}

void strv_clear(struct strv *sv)
{
	for (size_t i = 0; i < sv->n; i++)
		free(sv->v[i]);
	free(sv->v);
	*sv = (struct strv)STRV_INIT;
}

char *strv_join(const struct strv *sv, const char *sep)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		abort();
	for (size_t i = 0; i < sv->n; i++)
		fprintf(out, "%s%s", i ? sep : "", sv->v[i]);
	if (fclose(out) != 0)
		abort();
	return text;
}

void strv_split(struct strv *ret, const char *s, const char *seps)
{
	for (s += strspn(s, seps); *s; s += strspn(s, seps)) {
		size_t len = strcspn(s, seps);

		strv_take(ret, xstrndup(s, len));
		s += len;
	}
}
