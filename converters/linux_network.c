// SPDX-License-Identifier: GPL-2.0-or-later
/* Network cards of a Linux system: the old names stay with the old MACs on another driver. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "converters/linux.h"
#include "lib/base/alloc.h"

/* Conditions of a rule that name the old card itself: its driver, its place on the bus. */
static bool names_the_card(const char *condition, size_t len)
{
	static const char *const keys[] = { "DRIVER==", "DRIVERS==", "KERNELS==", "ID==", "BUS==",
					    "SUBSYSTEMS==", "ATTRS{vendor}", "ATTRS{device}" };

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (strncmp(condition, keys[i], strlen(keys[i])) == 0)
			return !memmem(condition, len, "\"?*\"", 4);
	return false;
}

static void put_rule(FILE *out, const char *rule, size_t len)
{
	const char *end = rule + len;
	bool first = true;

	while (rule < end) {
		const char *comma = memchr(rule, ',', (size_t)(end - rule));
		size_t n = comma ? (size_t)(comma - rule) : (size_t)(end - rule);
		size_t blank = strspn(rule, " \t");

		if (!names_the_card(rule + blank, n - blank)) {
			fprintf(out, "%s%.*s", first ? "" : ",", (int)n, rule);
			first = false;
		}
		rule += n + (comma != NULL);
	}
}

/* Only rules that know the card by its MAC can follow it to another driver. */
static char *rules_by_mac(const char *text)
{
	char *result = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&result, &size);

	while (*text) {
		size_t len = strcspn(text, "\n");

		if (*text != '#' && memmem(text, len, "{address}", 9))
			put_rule(out, text, len);
		else
			fprintf(out, "%.*s", (int)len, text);
		text += len;
		if (*text)
			fputc(*text++, out);
	}
	if (fclose(out) != 0)
		abort();
	return result;
}

void linux_edit_network(struct conversion *conv)
{
	static const char rules[] = "/etc/udev/rules.d/70-persistent-net.rules";
	const char *text = tree_text(&conv->sys->tree, rules);
	CLEANUP_FREE char *changed = text ? rules_by_mac(text) : NULL;

	if (changed)
		tree_put(&conv->sys->tree, rules, changed, 0644,
			 "the card is known by its MAC alone");
}
