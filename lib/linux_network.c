// SPDX-License-Identifier: GPL-2.0-or-later
/* The network configuration of a Linux system: its cards, their addresses, their old MACs. */
#include "config.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/size.h"
#include "lib/fstab.h"
#include "lib/linux_facts.h"

static struct inspected_nic *nic_called(struct inspected_system *sys, const char *name,
					const char *source)
{
	struct inspected_nic *nic;

	for (size_t i = 0; i < sys->n_nics; i++)
		if (strcmp(sys->nics[i].name, name) == 0)
			return &sys->nics[i];
	nic = APPEND(sys->nics, sys->n_nics);
	*nic = (struct inspected_nic){ .name = xstrdup(name), .source = xstrdup(source) };
	return nic;
}

static void set(char **field, char *value)
{
	if (*field || !value || !*value)
		free(value);
	else
		*field = value;
}

/* 255.255.255.0 or 24 */
static unsigned int prefix_length(const char *mask)
{
	struct in_addr a;
	uint64_t n = 0;

	if (inet_pton(AF_INET, mask, &a) == 1)
		return (unsigned int)__builtin_popcount(a.s_addr);
	return parse_u64(mask, 0, 128, &n, NULL) == 0 ? (unsigned int)n : 24;
}

static char *lower_mac(const char *text)
{
	char *mac = xstrndup(text, 17);

	for (char *p = mac; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	if (strlen(mac) == 17 && strspn(mac, "0123456789abcdef:") == 17)
		return mac;
	free(mac);
	return NULL;
}

/* "iface eth0 inet static" and the lines below it */
static void ifupdown(struct inspected_system *sys, const char *path, const char *text)
{
	struct fstab_line line = { .next = text };
	struct inspected_nic *nic = NULL;
	CLEANUP_FREE char *mask = NULL;

	while (fstab_next(&line)) {
		CLEANUP_FREE char *word = fstab_field(&line, 0), *value = fstab_field(&line, 1);

		if (strcmp(word, "iface") == 0) {
			nic = strcmp(value, "lo") == 0 || strchr(value, ':') || strchr(value, '.')
				      ? NULL : nic_called(sys, value, path);
			free(STEAL(mask));
		} else if (nic && strcmp(word, "address") == 0) {
			set(&nic->address, xstrdup(value));
		} else if (nic && strcmp(word, "netmask") == 0) {
			set(&mask, xstrdup(value));
		} else if (nic && strcmp(word, "gateway") == 0) {
			set(&nic->gateway, xstrdup(value));
		} else if (nic && strcmp(word, "hwaddress") == 0) {
			CLEANUP_FREE char *third = fstab_field(&line, 2);

			set(&nic->mac, lower_mac(*third ? third : value));
		}
		if (nic && nic->address && mask && !strchr(nic->address, '/')) {
			char *whole = xasprintf("%s/%u", nic->address, prefix_length(mask));

			free(nic->address);
			nic->address = whole;
		}
	}
}

/* Value of KEY=="…" or KEY="…" in one rule. */
static char *rule_value(const char *rule, size_t len, const char *key)
{
	const char *at = memmem(rule, len, key, strlen(key)), *end;

	if (!at)
		return NULL;
	at += strlen(key);
	at += strspn(at, "=");
	if (*at != '"')
		return NULL;
	end = memchr(at + 1, '"', len - (size_t)(at + 1 - rule));
	return end ? xstrndup(at + 1, (size_t)(end - at - 1)) : NULL;
}

/* The rules that udev wrote when it first saw a card: which MAC has which name. */
static void persistent_names(struct inspected_system *sys)
{
	static const char path[] = "/etc/udev/rules.d/70-persistent-net.rules";
	const char *text = tree_text(&sys->tree, path);

	for (; text && *text; text += strcspn(text, "\n"), text += *text == '\n') {
		size_t len = strcspn(text, "\n");
		CLEANUP_FREE char *mac = NULL, *name = NULL;

		if (*text == '#')
			continue;
		mac = rule_value(text, len, "{address}");
		name = rule_value(text, len, " NAME");
		if (mac && name) {
			struct inspected_nic *nic = nic_called(sys, name, path);

			set(&nic->mac, lower_mac(mac));
		}
	}
}

void linux_network(struct inspected_system *sys)
{
	static const char interfaces[] = "/etc/network/interfaces";
	const char *text = tree_text(&sys->tree, interfaces);

	if (text) {
		sys->network = xstrdup("ifupdown");
		ifupdown(sys, interfaces, text);
	}
	persistent_names(sys);
	if (!sys->network)
		sys->network = xstrdup("unknown");
}
