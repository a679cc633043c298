// SPDX-License-Identifier: GPL-2.0-or-later
/* The network configuration of a Linux system: its cards, their addresses, their old MACs. */
#include "config.h"

#include <ctype.h>
#include <fnmatch.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/path.h"
#include "lib/linux_network.h"

struct inspected_nic *network_card(struct inspected_system *sys, const char *name,
				   const char *source)
{
	struct inspected_nic *nic;

	for (size_t i = 0; i < sys->n_nics; i++) {
		nic = &sys->nics[i];
		if (strcmp(nic->name, name) != 0)
			continue;
		/* settings say more than the rule that only names it */
		if (strncmp(nic->source, "/etc/udev/", 10) == 0) {
			free(nic->source);
			nic->source = xstrdup(source);
		}
		return nic;
	}
	nic = APPEND(sys->nics, sys->n_nics);
	*nic = (struct inspected_nic){ .name = xstrdup(name), .source = xstrdup(source) };
	return nic;
}

bool network_is_card(const char *name)
{
	static const char *const others[] = { "lo*", "*:*", "*.*", "br*", "bond*", "tun*", "tap*",
					      "ppp*", "sit*", "dummy*", "veth*", "docker*", "virbr*",
					      "vlan*", "wl*" };

	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (fnmatch(others[i], name, 0) == 0)
			return false;
	return *name && strlen(name) < 16 && !strpbrk(name, "*?[]!/ ");
}

void network_set(char **field, char *value)
{
	if (*field || !value || !*value)
		free(value);
	else
		*field = value;
}

char *network_mac(const char *text)
{
	char *mac = xstrndup(text, 17);

	for (char *p = mac; *p; p++)
		*p = (char)(*p == '-' ? ':' : tolower((unsigned char)*p));
	if (strlen(mac) == 17 && strspn(mac, "0123456789abcdef:") == 17)
		return mac;
	free(mac);
	return NULL;
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

/* IMPORT="/lib/udev/rename_netiface %k eth0" of SLES 10 */
static char *renamed_to(const char *rule, size_t len)
{
	static const char word[] = "rename_netiface %k ";
	const char *at = memmem(rule, len, word, strlen(word));

	if (!at)
		return NULL;
	at += strlen(word);
	return xstrndup(at, MIN(strcspn(at, "\"\n "), len - (size_t)(at - rule)));
}

const char *const network_rules[] = {
	"/etc/udev/rules.d/70-persistent-net.rules",
	"/etc/udev/rules.d/30-net_persistent_names.rules",	/* SLES 10  */
	"/etc/udev/rules.d/z25_persistent-net.rules",		/* Debian 4 */
	NULL,
};

/* The rules that udev wrote when it first saw a card: which MAC has which name. */
static void persistent_names(struct inspected_system *sys, const char *path)
{
	const char *text = tree_text(&sys->tree, path);

	for (; text && *text; text += strcspn(text, "\n"), text += *text == '\n') {
		size_t len = strcspn(text, "\n");
		CLEANUP_FREE char *mac = NULL, *name = NULL;

		if (*text == '#')
			continue;
		mac = rule_value(text, len, "{address}");
		name = rule_value(text, len, " NAME");
		if (!name)
			name = renamed_to(text, len);
		if (mac && name && network_is_card(name))
			network_set(&network_card(sys, name, path)->mac, network_mac(mac));
	}
}

static const struct network_format *const formats[] = {
	&network_ifupdown, &network_ifcfg, &network_networkmanager, &network_networkd,
	&network_netplan, &network_wicked,
};

static bool is_configured(const struct inspected_system *sys)
{
	for (size_t i = 0; i < sys->n_nics; i++)
		if (sys->nics[i].address || sys->nics[i].gateway)
			return true;
	return false;
}

static void read_format(struct inspected_system *sys, const struct network_format *format)
{
	struct strv paths CLEANUP_STRV = STRV_INIT;
	const struct tree_node *n;

	for (size_t i = 0; (n = tree_under(&sys->tree, "/etc", &i));)
		for (size_t j = 0; n->data && format->files[j]; j++)
			if (fnmatch(format->files[j], n->path, FNM_PATHNAME) == 0)
				strv_add(&paths, n->path);
	for (size_t i = 0; i < paths.n; i++) {
		size_t before = sys->n_nics;

		format->read(sys, paths.v[i], tree_text(&sys->tree, paths.v[i]));
		if ((sys->n_nics > before || is_configured(sys)) && !sys->network)
			sys->network = xstrdup(format->name);
	}
}

void linux_network(struct inspected_system *sys)
{
	for (size_t i = 0; network_rules[i]; i++)
		persistent_names(sys, network_rules[i]);
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++)
		read_format(sys, formats[i]);
	if (!sys->network)
		sys->network = xstrdup("unknown");
}
