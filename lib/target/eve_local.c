// SPDX-License-Identifier: GPL-2.0-or-later
/* A network of the device's own, for guests that nobody outside has to know by their old address. */
#include "config.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <string.h>

#include "lib/base/size.h"
#include "lib/base/strv.h"
#include "lib/guest_net.h"
#include "lib/target/eve_local.h"
#include "lib/target/eve_put.h"

#define SUBNET_USUAL "10.177.0.0/24"
#define MAP_PREFIX "portmap="

enum { INSTANCE_LOCAL = 2, ADDRESS_IPV4 = 1, PREFIX_MIN = 8, PREFIX_MAX = 28, PORT_MAX = 65535 };

struct subnet {
	uint32_t net, size;		/* host byte order */
};

static bool parse_subnet(const char *text, struct subnet *ret)
{
	const char *slash = strchr(text, '/');
	CLEANUP_FREE char *address = slash ? xstrndup(text, (size_t)(slash - text)) : NULL;
	struct in_addr a;
	uint64_t prefix = 0;

	if (!slash || inet_pton(AF_INET, address, &a) != 1 ||
	    parse_u64(slash + 1, PREFIX_MIN, PREFIX_MAX, &prefix, NULL) < 0)
		return false;
	ret->size = UINT32_C(1) << (32 - prefix);
	ret->net = ntohl(a.s_addr);
	return (ret->net & (ret->size - 1)) == 0;
}

/* GUEST:tcp:PORT:PORT-OF-THE-GUEST */
struct map {
	char *guest, *protocol;
	uint64_t outside, inside;
};

static bool parse_map(const char *text, struct map *ret, struct strv *parts)
{
	strv_split(parts, text, ":");
	if (parts->n != 4 || (strcmp(parts->v[1], "tcp") != 0 && strcmp(parts->v[1], "udp") != 0))
		return false;
	ret->guest = parts->v[0];
	ret->protocol = parts->v[1];
	return parse_u64(parts->v[2], 1, PORT_MAX, &ret->outside, NULL) == 0 &&
	       parse_u64(parts->v[3], 1, PORT_MAX, &ret->inside, NULL) == 0;
}

static const char *map_of(const char *setting)
{
	size_t len = strlen(MAP_PREFIX);

	return strncmp(setting, MAP_PREFIX, len) == 0 ? setting + len : NULL;
}

/* Has the guest a card behind the device? */
static bool is_behind(const struct plan *plan, const char *guest)
{
	for (size_t i = 0; i < plan->n_partitions; i++) {
		const struct partition *p = &plan->partitions[i];

		for (size_t k = 0; strcmp(p->guest.name, guest) == 0 && k < p->guest.n_nics; k++)
			if (!guest_net_card(p, &p->guest, k) && p->guest.device[DIM_NIC] != NIC_NONE)
				return true;
	}
	return false;
}

static bool is_taken(const struct plan *plan, size_t before, const struct map *map)
{
	for (size_t i = 0; i < before; i++) {
		struct strv parts CLEANUP_STRV = STRV_INIT;
		const char *text = map_of(plan->settings.v[i]);
		struct map other;

		if (text && parse_map(text, &other, &parts) && other.outside == map->outside &&
		    strcmp(other.protocol, map->protocol) == 0)
			return true;
	}
	return false;
}

static void check_map(const struct plan *plan, const struct eve_settings *s, size_t i, const char *text,
		      struct report *ret)
{
	struct strv parts CLEANUP_STRV = STRV_INIT;
	struct map map;
	const char *wrong = NULL;

	if (!parse_map(text, &map, &parts))
		wrong = "is no mapped port";
	else if (!s->local)
		wrong = "maps a port of a network that there is not";
	else if (!is_behind(plan, map.guest))
		wrong = "is for a guest that has no card in the local network";
	else if (is_taken(plan, i, &map))
		wrong = "is for a port of the device that leads elsewhere already";
	if (wrong)
		report_remedy(report_add(ret, FINDING_ERROR, text, "%s", wrong),
			      "--set network=local --set portmap=GUEST:tcp:8080:80");
}

static void check_addresses(const struct partition *p, struct report *ret)
{
	for (size_t i = 0; i < p->guest.n_nics; i++)
		if (!guest_net_card(p, &p->guest, i) && p->guest.nics[i].address)
			report_remedy(report_add(ret, FINDING_WARNING, p->guest.name,
						 "its card has the fixed address %s: in the local network EVE gives "
						 "addresses by DHCP, and no other is reached",
						 p->guest.nics[i].address),
				      "leave network=local out, or join the card to one of the host in the plan");
}

void eve_local_check(const struct plan *plan, const struct eve_settings *s, struct report *ret)
{
	struct subnet net;

	for (size_t i = 0; i < plan->settings.n; i++)
		if (map_of(plan->settings.v[i]))
			check_map(plan, s, i, map_of(plan->settings.v[i]), ret);
	if (s->subnet && (!s->local || !parse_subnet(s->subnet, &net)))
		report_remedy(report_add(ret, FINDING_ERROR, s->subnet, "is no subnet of a local network"),
			      "--set network=local --set subnet=" SUBNET_USUAL);
	for (size_t i = 0; s->local && i < plan->n_partitions; i++)
		check_addresses(&plan->partitions[i], ret);
}

static void put_address(struct json_object *o, const char *key, uint32_t address)
{
	struct in_addr a = { htonl(address) };
	char text[INET_ADDRSTRLEN] = "";

	inet_ntop(AF_INET, &a, text, sizeof(text));
	put_text(o, key, text);
}

static struct json_object *put_object(struct json_object *o, const char *key)
{
	struct json_object *inner = json_object_new_object();

	json_object_object_add(o, key, inner);
	return inner;
}

void eve_local_put(const struct plan *plan, const struct eve_settings *s, const char *uplink,
		   struct json_object *config)
{
	const char *text = s->subnet ? s->subnet : SUBNET_USUAL;
	struct json_object *ni = append(config, "networkInstances"), *id, *port, *ip, *range;
	struct subnet net = { 0, 0 };

	id = put_object(ni, "uuidandversion");
	put_uuid(id, "uuid", plan, EVE_LOCAL_KIND, EVE_LOCAL_NAME);
	put_text(id, "version", "1");
	put_text(ni, "displayname", EVE_LOCAL_NAME);
	put_number(ni, "instType", INSTANCE_LOCAL);
	put_true(ni, "activate");
	port = put_object(ni, "port");
	put_number(port, "type", EVE_IO_ETH);
	put_text(port, "name", uplink);
	put_number(ni, "ipType", ADDRESS_IPV4);
	if (!parse_subnet(text, &net))
		return;		/* refused by eve_local_check() */
	ip = put_object(ni, "ip");
	put_text(ip, "subnet", text);
	put_address(ip, "gateway", net.net + 1);
	range = put_object(ip, "dhcpRange");
	put_address(range, "start", net.net + 2);
	put_address(range, "end", net.net + net.size - 2);
}

void eve_local_map(const struct plan *plan, const char *guest, struct json_object *interface)
{
	for (size_t i = 0; i < plan->settings.n; i++) {
		struct strv parts CLEANUP_STRV = STRV_INIT;
		const char *text = map_of(plan->settings.v[i]);
		struct json_object *rule, *match, *action;
		struct map map;

		if (!text || !parse_map(text, &map, &parts) || strcmp(map.guest, guest) != 0)
			continue;
		rule = append(interface, "acls");
		match = append(rule, "matches");
		put_text(match, "type", "protocol");
		put_text(match, "value", map.protocol);
		match = append(rule, "matches");
		put_text(match, "type", "lport");
		put_text(match, "value", parts.v[2]);
		action = append(rule, "actions");
		put_true(action, "portmap");
		put_number(action, "appPort", map.inside);
		put_number(rule, "id", json_object_array_length(list_of(interface, "acls")));
	}
}
