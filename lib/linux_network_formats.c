// SPDX-License-Identifier: GPL-2.0-or-later
/* Readers of network settings: ifupdown, ifcfg, NetworkManager, systemd-networkd, netplan. */
#include "config.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/base/alloc.h"
#include "lib/base/path.h"
#include "lib/base/size.h"
#include "lib/fstab.h"
#include "lib/linux_network.h"

/* 255.255.255.0 or 24 */
static unsigned int prefix_length(const char *mask)
{
	struct in_addr a;
	uint64_t n = 0;

	if (inet_pton(AF_INET, mask, &a) == 1)
		return (unsigned int)__builtin_popcount(a.s_addr);
	return parse_u64(mask, 0, 128, &n, NULL) == 0 ? (unsigned int)n : 24;
}

char *network_address(const char *address, const char *mask)
{
	if (strchr(address, '/') || !mask || !*mask)
		return xstrdup(address);
	return xasprintf("%s/%u", address, prefix_length(mask));
}

/* "iface eth0 inet static" and the lines below it */
static void read_ifupdown(struct inspected_system *sys, const char *path, const char *text)
{
	struct fstab_line line = { .next = text };
	struct inspected_nic *nic = NULL;
	CLEANUP_FREE char *mask = NULL;

	while (fstab_next(&line)) {
		CLEANUP_FREE char *word = fstab_field(&line, 0), *value = fstab_field(&line, 1);
		CLEANUP_FREE char *third = fstab_field(&line, 2);

		if (strcmp(word, "iface") == 0) {
			nic = network_is_card(value) ? network_card(sys, value, path) : NULL;
			free(STEAL(mask));
		} else if (nic && strcmp(word, "address") == 0) {
			network_set(&nic->address, xstrdup(value));
		} else if (nic && strcmp(word, "netmask") == 0) {
			network_set(&mask, xstrdup(value));
		} else if (nic && strcmp(word, "gateway") == 0) {
			network_set(&nic->gateway, xstrdup(value));
		} else if (nic && strcmp(word, "hwaddress") == 0) {
			network_set(&nic->mac, network_mac(*third ? third : value));
		}
		if (nic && nic->address && mask) {
			char *whole = network_address(nic->address, mask);

			free(nic->address);
			nic->address = whole;
		}
	}
}

const struct network_format network_ifupdown = {
	.name = "ifupdown",
	.files = { "/etc/network/interfaces", "/etc/network/interfaces.d/*" },
	.read = read_ifupdown,
};

/* Is the gateway a neighbour of 10.0.0.4/24? */
static bool reaches(const char *address, const char *gateway)
{
	CLEANUP_FREE char *host = xstrndup(address, strcspn(address, "/"));
	const char *slash = strchr(address, '/');
	unsigned int bits = slash ? MIN(prefix_length(slash + 1), 32U) : 32;
	uint32_t mask = bits ? htonl(UINT32_MAX << (32 - bits)) : 0;
	struct in_addr a, g;

	return inet_pton(AF_INET, host, &a) == 1 && inet_pton(AF_INET, gateway, &g) == 1 &&
	       (a.s_addr & mask) == (g.s_addr & mask);
}

/* The default route that is set for the whole system belongs to the card that can reach it. */
static char *common_gateway(const struct inspected_system *sys, const char *address)
{
	const char *routes = tree_text(&sys->tree, "/etc/sysconfig/network/routes");
	struct fstab_line line = { .next = routes ? routes : "" };
	char *gateway = linux_assignment(tree_text(&sys->tree, "/etc/sysconfig/network"), "GATEWAY");

	while (!gateway && fstab_next(&line))
		if (line.len[0] == strlen("default") && strncmp(line.field[0], "default", 7) == 0)
			gateway = fstab_field(&line, 1);
	if (gateway && !reaches(address, gateway))
		free(STEAL(gateway));
	return gateway;
}

/* The name that udev's rules, read before, give to a MAC; the first card is eth0 without rules. */
static char *network_name_of(const struct inspected_system *sys, const char *text)
{
	CLEANUP_FREE char *mac = network_mac(text);

	for (size_t i = 0; mac && i < sys->n_nics; i++)
		if (sys->nics[i].mac && strcmp(sys->nics[i].mac, mac) == 0)
			return xstrdup(sys->nics[i].name);
	return xasprintf("eth%zu", sys->n_nics);
}

/* ifcfg-eth0, or ifcfg-eth-id-00:11:22:33:44:55 of SUSE */
static void read_ifcfg(struct inspected_system *sys, const char *path, const char *text)
{
	CLEANUP_FREE char *base = path_basename(path);
	CLEANUP_FREE char *device = linux_assignment(text, "DEVICE");
	CLEANUP_FREE char *address = linux_assignment(text, "IPADDR");
	CLEANUP_FREE char *prefix = linux_assignment(text, "PREFIX");
	CLEANUP_FREE char *short_prefix = linux_assignment(text, "PREFIXLEN");
	CLEANUP_FREE char *mask = linux_assignment(text, "NETMASK");
	const char *name = base + strlen("ifcfg-");
	const char *length = prefix ? prefix : short_prefix ? short_prefix : mask;
	CLEANUP_FREE char *mac = linux_assignment(text, "HWADDR"), *by_mac = NULL;
	struct inspected_nic *nic;

	if (strncmp(name, "eth-id-", 7) == 0) {
		by_mac = network_name_of(sys, name + 7);
		free(mac);
		mac = xstrdup(name + 7);
		name = by_mac;
	} else if (device && *device) {
		name = device;
	}
	if (!network_is_card(name))
		return;
	nic = network_card(sys, name, path);
	if (mac)
		network_set(&nic->mac, network_mac(mac));
	if (address && *address)
		network_set(&nic->address, network_address(address, length));
	network_set(&nic->gateway, linux_assignment(text, "GATEWAY"));
	if (!nic->gateway && nic->address)
		network_set(&nic->gateway, common_gateway(sys, nic->address));
}

const struct network_format network_ifcfg = {
	.name = "ifcfg",
	.files = { "/etc/sysconfig/network-scripts/ifcfg-*", "/etc/sysconfig/network/ifcfg-*" },
	.read = read_ifcfg,
};

/* Files of sections: the value of @key in [@section], or NULL. */
static char *ini_value(const char *text, const char *section, const char *key)
{
	size_t len = strlen(key);
	bool inside = false;

	for (const char *p = text; *p; p += strcspn(p, "\n"), p += *p == '\n') {
		if (*p == '[')
			inside = strncasecmp(p + 1, section, strlen(section)) == 0 &&
				 p[1 + strlen(section)] == ']';
		else if (inside && strncasecmp(p, key, len) == 0 && p[len] == '=')
			return xstrndup(p + len + 1, strcspn(p + len + 1, "\r\n"));
	}
	return NULL;
}

static void read_keyfile(struct inspected_system *sys, const char *path, const char *text)
{
	CLEANUP_FREE char *name = ini_value(text, "connection", "interface-name");
	CLEANUP_FREE char *mac = ini_value(text, "ethernet", "mac-address");
	CLEANUP_FREE char *address = ini_value(text, "ipv4", "address1");
	struct inspected_nic *nic;
	char *comma;

	if (!name || !network_is_card(name))
		return;
	nic = network_card(sys, name, path);
	if (mac)
		network_set(&nic->mac, network_mac(mac));
	comma = address ? strchr(address, ',') : NULL;
	if (comma) {
		*comma = '\0';
		network_set(&nic->gateway, xstrdup(comma + 1));
	}
	if (address)
		network_set(&nic->address, xstrdup(address));
	network_set(&nic->gateway, ini_value(text, "ipv4", "gateway"));
}

const struct network_format network_networkmanager = {
	.name = "networkmanager",
	.files = { "/etc/NetworkManager/system-connections/*" },
	.read = read_keyfile,
};

static void read_networkd(struct inspected_system *sys, const char *path, const char *text)
{
	CLEANUP_FREE char *name = ini_value(text, "Match", "Name");
	CLEANUP_FREE char *mac = ini_value(text, "Match", "MACAddress");
	struct inspected_nic *nic;

	if (!name || !network_is_card(name))
		return;
	nic = network_card(sys, name, path);
	if (mac)
		network_set(&nic->mac, network_mac(mac));
	network_set(&nic->address, ini_value(text, "Network", "Address"));
	network_set(&nic->gateway, ini_value(text, "Network", "Gateway"));
}

const struct network_format network_networkd = {
	.name = "networkd",
	.files = { "/etc/systemd/network/*.network" },
	.read = read_networkd,
};

static size_t indent_of(const char *line)
{
	return strspn(line, " ");
}

/* First element of "[10.0.0.4/24, …]", without quotes. */
static char *first_of_list(const char *value, size_t len)
{
	size_t skip = strspn(value, " [\"'-");

	if (skip >= len)
		return NULL;
	value += skip;
	return xstrndup(value, MIN(strcspn(value, ",]\"' \r\n"), len - skip));
}

static void netplan_line(struct inspected_nic *nic, const char *line, size_t len, bool *in_addresses)
{
	const char *p = line + indent_of(line);

	if (strncmp(p, "addresses:", 10) == 0) {
		*in_addresses = true;
		network_set(&nic->address, first_of_list(p + 10, len - (size_t)(p + 10 - line)));
		return;
	}
	if (*in_addresses && *p == '-' && !nic->address)
		network_set(&nic->address, first_of_list(p, len - (size_t)(p - line)));
	*in_addresses = *in_addresses && *p == '-';
	if (strncmp(p, "gateway4:", 9) == 0)
		network_set(&nic->gateway, first_of_list(p + 9, len - (size_t)(p + 9 - line)));
	else if (strncmp(p, "via:", 4) == 0)
		network_set(&nic->gateway, first_of_list(p + 4, len - (size_t)(p + 4 - line)));
	else if (strncmp(p, "macaddress:", 11) == 0)
		network_set(&nic->mac, network_mac(p + 11 + strspn(p + 11, " \"'")));
}

/* Of YAML only what netplan's own examples use: "ethernets:" and, deeper, a name for each card. */
static void read_netplan(struct inspected_system *sys, const char *path, const char *text)
{
	size_t section = 0, card = 0;
	bool inside = false, in_addresses = false;
	struct inspected_nic *nic = NULL;

	for (const char *p = text; *p; p += strcspn(p, "\n"), p += *p == '\n') {
		size_t indent = indent_of(p), len = strcspn(p, "\r\n");
		const char *word = p + indent;
		size_t name_len = strcspn(word, ":\r\n");

		if (len == indent || *word == '#')
			continue;
		if (inside && indent <= section)
			inside = false;
		if (strncmp(word, "ethernets:", 10) == 0) {
			inside = true;
			section = indent;
			card = 0;
			nic = NULL;
		} else if (inside && (card == 0 || indent == card)) {
			CLEANUP_FREE char *name = xstrndup(word, name_len);

			card = indent;
			nic = network_is_card(name) ? network_card(sys, name, path) : NULL;
		} else if (inside && nic) {
			netplan_line(nic, p, len, &in_addresses);
		}
	}
}

const struct network_format network_netplan = {
	.name = "netplan",
	.files = { "/etc/netplan/*.yaml", "/etc/netplan/*.yml" },
	.read = read_netplan,
};
