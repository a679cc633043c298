// SPDX-License-Identifier: GPL-2.0-or-later
/* Small readers that all probes share: a line, a number, a folder, a PCI address. */
#include "config.h"

#include <ctype.h>
#include <stdarg.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/path.h"
#include "lib/base/size.h"
#include "lib/probe.h"

/* One clean line: what comes from a tree ends in a document. */
static char *first_line(const char *text)
{
	const char *end;

	while (isspace((unsigned char)*text))
		text++;
	end = text + strcspn(text, "\n");
	while (end > text && isspace((unsigned char)end[-1]))
		end--;
	return end > text ? xstrndup(text, (size_t)(end - text)) : NULL;
}

__attribute__((format(printf, 2, 0)))
static char *read_line(const struct facts *f, const char *fmt, va_list ap)
{
	CLEANUP_FREE char *path = xvasprintf(fmt, ap);
	CLEANUP_FREE char *text = facts_read(f, path, NULL);

	return text ? first_line(text) : NULL;
}

char *probe_text(const struct facts *f, const char *fmt, ...)
{
	va_list ap;
	char *line;

	va_start(ap, fmt);
	line = read_line(f, fmt, ap);
	va_end(ap);
	return line;
}

__attribute__((format(printf, 4, 0)))
static bool read_number(const struct facts *f, uint64_t max, uint64_t *ret, const char *fmt,
			va_list ap)
{
	CLEANUP_FREE char *line = read_line(f, fmt, ap);
	struct error err CLEANUP_ERROR = ERROR_INIT;

	return line && parse_u64(line, 0, max, ret, &err) == 0;
}

uint64_t probe_u64(const struct facts *f, uint64_t fallback, const char *fmt, ...)
{
	uint64_t value = fallback;
	va_list ap;

	va_start(ap, fmt);
	read_number(f, UINT64_MAX, &value, fmt, ap);
	va_end(ap);
	return value;
}

uint32_t probe_u32(const struct facts *f, uint32_t fallback, const char *fmt, ...)
{
	uint64_t value = fallback;
	va_list ap;

	va_start(ap, fmt);
	read_number(f, UINT32_MAX, &value, fmt, ap);
	va_end(ap);
	return (uint32_t)value;
}

enum tristate probe_tri(const struct facts *f, const char *fmt, ...)
{
	uint64_t value = 0;
	bool known;
	va_list ap;

	va_start(ap, fmt);
	known = read_number(f, 1, &value, fmt, ap);
	va_end(ap);
	return !known ? TRI_UNKNOWN : value ? TRI_YES : TRI_NO;
}

void probe_list(const struct facts *f, struct strv *ret, const char *fmt, ...)
{
	CLEANUP_FREE char *path = NULL;
	va_list ap;

	va_start(ap, fmt);
	path = xvasprintf(fmt, ap);
	va_end(ap);
	facts_list(f, path, ret);
}

char *probe_key(const char *text, const char *key)
{
	size_t len = strlen(key);

	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, key, len) != 0)
			continue;
		for (line += len; *line == ' ' || *line == '\t';)
			line++;
		if (*line == ':' || *line == '=') {
			if (line[1] == '\n')
				return NULL;
			return first_line(line + 1);
		}
	}
	return NULL;
}

static bool all_hex(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!isdigit((unsigned char)s[i]) && !(s[i] >= 'a' && s[i] <= 'f'))
			return false;
	return true;
}

bool text_is_bdf(const char *text)
{
	size_t domain = strcspn(text, ":");
	const char *s = text + domain;

	return domain >= 4 && domain <= 6 && all_hex(text, domain) && strlen(s) == 8 &&
	       s[0] == ':' && all_hex(s + 1, 2) && s[3] == ':' && all_hex(s + 4, 2) &&
	       s[6] == '.' && s[7] >= '0' && s[7] <= '7';
}

char *probe_bdf(const struct facts *f, const char *fmt, ...)
{
	CLEANUP_FREE char *path = NULL, *real = NULL;
	struct strv parts CLEANUP_STRV = STRV_INIT;
	va_list ap;

	va_start(ap, fmt);
	path = xvasprintf(fmt, ap);
	va_end(ap);
	real = facts_real(f, path);
	if (real)
		strv_split(&parts, real, "/");
	for (size_t i = parts.n; i > 0; i--)
		if (text_is_bdf(parts.v[i - 1]))
			return xstrdup(parts.v[i - 1]);
	return NULL;
}

/* The uevent file says it too, and survives in a copy without links. */
char *probe_driver(const struct facts *f, const char *device)
{
	CLEANUP_FREE char *link = xasprintf("%s/driver", device);
	CLEANUP_FREE char *event = xasprintf("%s/uevent", device);
	CLEANUP_FREE char *text = facts_read(f, event, NULL);
	CLEANUP_FREE char *real = NULL;
	char *name = text ? probe_key(text, "DRIVER") : NULL;

	if (name)
		return name;
	real = facts_real(f, link);
	return real && !path_has_suffix(real, "/driver") ? path_basename(real) : NULL;
}
