// SPDX-License-Identifier: GPL-2.0-or-later
/* Network cards of a Linux system: the old names stay with the old MACs on another driver. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "converters/linux.h"
#include "lib/base/alloc.h"
#include "lib/linux_facts.h"
#include "lib/linux_network.h"

static const char rules[] = "/etc/udev/rules.d/70-persistent-net.rules";

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

/* ens3 tells the slot of the old PC: without help the card would be called otherwise now. */
static bool name_is_by_place(const char *name)
{
	static const char *const kernel_names[] = { "eth" };

	for (size_t i = 0; i < ARRAY_SIZE(kernel_names); i++)
		if (strncmp(name, kernel_names[i], strlen(kernel_names[i])) == 0)
			return false;
	return true;
}

static void keep_by_link(struct conversion *conv, const struct inspected_nic *nic)
{
	CLEANUP_FREE char *path = xasprintf("/etc/systemd/network/10-rehost-%s.link", nic->name);
	CLEANUP_FREE char *text = xasprintf("[Match]\nMACAddress=%s\n\n[Link]\nName=%s\n", nic->mac,
					    nic->name);

	tree_put(&conv->sys->tree, path, text, 0644, "the card keeps its name, by its MAC");
}

static void keep_by_rule(struct conversion *conv, const struct inspected_nic *nic)
{
	const char *old = tree_text(&conv->sys->tree, rules);
	CLEANUP_FREE char *line = xasprintf(
		"SUBSYSTEM==\"net\", ACTION==\"add\", ATTR{address}==\"%s\", ATTR{type}==\"1\", "
		"NAME=\"%s\"", nic->mac, nic->name);
	CLEANUP_FREE char *text = linux_add_line(old ? old : "", line);

	tree_put(&conv->sys->tree, rules, text, 0644, "the card keeps its name, by its MAC");
}

static bool has_rule(const struct conversion *conv, const struct inspected_nic *nic)
{
	CLEANUP_FREE char *name = xasprintf("NAME=\"%s\"", nic->name);
	CLEANUP_FREE char *renamed = xasprintf("rename_netiface %%k %s\"", nic->name);

	for (size_t i = 0; network_rules[i]; i++) {
		const char *text = tree_text(&conv->sys->tree, network_rules[i]);

		if (text && (strstr(text, name) || strstr(text, renamed)))
			return true;
	}
	return false;
}

/* Red Hat's scripts name a card by HWADDR, in every release that has them; no rule is needed. */
static bool keep_by_ifcfg(struct conversion *conv, const struct inspected_nic *nic)
{
	const char *text = tree_text(&conv->sys->tree, nic->source);
	CLEANUP_FREE char *mac = NULL, *line = NULL, *changed = NULL;

	if (!text || !strstr(nic->source, "/network-scripts/ifcfg-"))
		return false;
	mac = linux_assignment(text, "HWADDR");
	if (mac && *mac)
		return true;
	line = xasprintf("HWADDR=%s", nic->mac);
	changed = linux_add_line(text, line);
	tree_put(&conv->sys->tree, nic->source, changed, 0644, "the card keeps its name, by its MAC");
	return true;
}

/* An only card eth0 stays eth0 by itself. */
static void keep_name(struct conversion *conv, const struct inspected_nic *nic)
{
	bool by_place = name_is_by_place(nic->name), systemd;

	if (!nic->mac || has_rule(conv, nic) || (!by_place && conv->sys->n_nics == 1))
		return;
	systemd = strcmp(conv->sys->init, "systemd") == 0;
	if (keep_by_ifcfg(conv, nic) && !systemd)
		return;
	if (by_place && systemd)
		keep_by_link(conv, nic);
	else
		keep_by_rule(conv, nic);
}

void linux_edit_network(struct conversion *conv)
{
	for (size_t i = 0; network_rules[i]; i++) {
		const char *text = tree_text(&conv->sys->tree, network_rules[i]);
		CLEANUP_FREE char *changed = text ? rules_by_mac(text) : NULL;

		if (changed)
			tree_put(&conv->sys->tree, network_rules[i], changed, 0644,
				 "the card is known by its MAC alone");
	}
	for (size_t i = 0; i < conv->sys->n_nics; i++)
		keep_name(conv, &conv->sys->nics[i]);
}
