// SPDX-License-Identifier: GPL-2.0-or-later
/* Rules for EVE's networks, ports and network instances. */
#include "config.h"

#include <arpa/inet.h>
#include <stdlib.h>

#include "lib/target/eve_lint_private.h"

enum { INSTANCE_SWITCH = 1, INSTANCE_LOCAL = 2, ADDRESS_V4 = 1 };
enum { DHCP_STATIC = 1, DHCP_CLIENT = 4, MTU_MIN = 1280, MTU_MAX = 65535 };

static void lint_mtu(const struct lint *l, const struct member *m)
{
	uint64_t mtu = number_of(m->o, "mtu");

	if (mtu && (mtu < MTU_MIN || mtu > MTU_MAX))
		lint(l, FINDING_ERROR, m->where, "mtu", "mtu", "0, or 1280 to 65535",
		     "EVE refuses %" PRIu64, mtu);
}

static void lint_network_type(const struct lint *l, const struct member *m)
{
	static const uint64_t known[] = { 0, 4, 6, 7, 8 };

	if (!is_one_of(number_of(m->o, "type"), known, ARRAY_SIZE(known)))
		lint(l, FINDING_ERROR, m->where, "type", "network-type", "4 for IPv4, 6 for IPv6",
		     "EVE refuses type %" PRIu64 " as unknown", number_of(m->o, "type"));
	lint_mtu(l, m);
}

static void lint_management(const struct lint *l, const struct member *m)
{
	struct json_object *network = lint_find(l->config, "networks", "id",
						text_of(m->o, "networkUUID")), *ip;
	uint64_t dhcp;

	if (!network) {
		lint(l, FINDING_ERROR, m->where, "networkUUID", "port-network",
		     "name the id of one of networks",
		     "a port that EVE itself uses needs a network, '%s' is none",
		     text_of(m->o, "networkUUID"));
		return;
	}
	ip = json_object_object_get(network, "ip");
	dhcp = ip ? number_of(ip, "dhcp") : 0;
	if (dhcp != DHCP_CLIENT && dhcp != DHCP_STATIC)
		lint(l, FINDING_ERROR, m->where, "networkUUID", "port-network",
		     "ip.dhcp 4 (client) or 1 (static)",
		     "its network has dhcp %" PRIu64 ": the device loses its controller", dhcp);
	if (dhcp == DHCP_STATIC && !*text_of(m->o, "addr"))
		lint(l, FINDING_ERROR, m->where, "addr", "port-address", "give it an address",
		     "its network is static and it has no address");
}

static bool is_reserved(const char *name)
{
	return strcmp(name, "all") == 0 || strcmp(name, "uplink") == 0 ||
	       strcmp(name, "freeuplink") == 0;
}

static void lint_port_labels(const struct lint *l, const struct member *m)
{
	struct json_object *labels = json_object_object_get(m->o, "shared_labels");

	for (size_t i = 0; labels && i < json_object_array_length(labels); i++) {
		const char *label = json_object_get_string(json_object_array_get_idx(labels, i));

		if (is_reserved(label) ||
		    lint_find(l->config, "systemAdapterList", "name", label))
			lint(l, FINDING_ERROR, m->where, "shared_labels", "port-label",
			     "choose another word", "'%s' is %s", label,
			     is_reserved(label) ? "reserved" : "the name of a port");
	}
}

static void lint_port(const struct lint *l, const struct member *m)
{
	const char *lower = text_of(m->o, "lowerLayerName");

	if (!*lower)
		lower = text_of(m->o, "name");
	if (!lint_find(l->config, "deviceIoList", "logicallabel", lower) &&
	    !lint_find(l->config, "deviceIoList", "phylabel", lower) &&
	    !lint_find(l->config, "vlans", "logicallabel", lower) &&
	    !lint_find(l->config, "bonds", "logicallabel", lower))
		lint(l, FINDING_ERROR, m->where, "lowerLayerName", "port-device",
		     "name a label of deviceIoList", "there is no device '%s'", lower);
	if (is_reserved(text_of(m->o, "name")))
		lint(l, FINDING_ERROR, m->where, "name", "port-label", "choose another name",
		     "'%s' is reserved", text_of(m->o, "name"));
	if (truth_of(m->o, "uplink") || truth_of(m->o, "freeUplink"))
		lint_management(l, m);
	lint_port_labels(l, m);
}

static bool has_shared_label(const struct lint *l, const char *name)
{
	struct member m;

	FOR_EACH_MEMBER(m, l->config, "systemAdapterList") {
		struct json_object *labels = json_object_object_get(m.o, "shared_labels");

		for (size_t i = 0; labels && i < json_object_array_length(labels); i++)
			if (strcmp(json_object_get_string(json_object_array_get_idx(labels, i)),
				   name) == 0)
				return true;
	}
	return false;
}

/* An IPv4 subnet, or the range between two addresses. */
struct range {
	uint32_t first, last;
};

static bool read_subnet(const char *text, struct range *ret)
{
	char address[INET_ADDRSTRLEN] = "";
	const char *slash = strchr(text, '/');
	struct in_addr in;
	char *end = NULL;
	unsigned long prefix;
	uint32_t mask;

	if (!slash || slash - text >= INET_ADDRSTRLEN)
		return false;
	memcpy(address, text, (size_t)(slash - text));
	prefix = strtoul(slash + 1, &end, 10);
	if (inet_pton(AF_INET, address, &in) != 1 || end == slash + 1 || *end || prefix > 32)
		return false;
	mask = prefix ? UINT32_MAX << (32 - prefix) : 0;
	ret->first = ntohl(in.s_addr) & mask;
	ret->last = ret->first | ~mask;
	return true;
}

static bool read_address(const char *text, uint32_t *ret)
{
	struct in_addr in;

	if (inet_pton(AF_INET, text, &in) != 1)
		return false;
	*ret = ntohl(in.s_addr);
	return true;
}

static void lint_local_range(const struct lint *l, const struct member *m, struct json_object *ip,
			     const struct range *net)
{
	struct json_object *dhcp = json_object_object_get(ip, "dhcpRange");
	uint32_t gateway = 0, start = 0, end = 0;
	bool has_gateway = *text_of(ip, "gateway") != '\0';

	if (has_gateway && (!read_address(text_of(ip, "gateway"), &gateway) ||
			    gateway < net->first || gateway > net->last))
		lint(l, FINDING_ERROR, m->where, "ip.gateway", "local-gateway",
		     "choose an address of the subnet", "'%s' is not in the subnet",
		     text_of(ip, "gateway"));
	if (!dhcp)
		return;
	if (!read_address(text_of(dhcp, "start"), &start) || !read_address(text_of(dhcp, "end"), &end) ||
	    start < net->first || end > net->last || start > end) {
		lint(l, FINDING_ERROR, m->where, "ip.dhcpRange", "local-range",
		     "choose addresses of the subnet", "'%s' to '%s' is no range of the subnet",
		     text_of(dhcp, "start"), text_of(dhcp, "end"));
		return;
	}
	if (has_gateway && gateway >= start && gateway <= end)
		lint(l, FINDING_ERROR, m->where, "ip.gateway", "local-gateway",
		     "choose an address outside of dhcpRange", "'%s' lies in dhcpRange",
		     text_of(ip, "gateway"));
}

static void lint_local(const struct lint *l, const struct member *m, size_t index)
{
	struct json_object *ip = json_object_object_get(m->o, "ip"), *other_ip;
	struct range net = { 0, 0 }, other;
	struct member n;

	if (number_of(m->o, "ipType") != ADDRESS_V4)
		lint(l, FINDING_ERROR, m->where, "ipType", "local-type", "1 for IPv4",
		     "EVE refuses a local network with %" PRIu64, number_of(m->o, "ipType"));
	if (!ip || !read_subnet(text_of(ip, "subnet"), &net) || net.last - net.first < 3) {
		lint(l, FINDING_ERROR, m->where, "ip.subnet", "local-subnet",
		     "for example 10.1.0.0/24", "a local network needs a subnet of 4 addresses or more");
		return;
	}
	lint_local_range(l, m, ip, &net);
	FOR_EACH_MEMBER(n, l->config, "networkInstances") {
		if (i_n >= index)
			break;
		other_ip = json_object_object_get(n.o, "ip");
		if (other_ip && read_subnet(text_of(other_ip, "subnet"), &other) &&
		    other.first <= net.last && net.first <= other.last)
			lint(l, FINDING_ERROR, m->where, "ip.subnet", "local-overlap",
			     "choose another subnet", "it overlaps with that of %s", n.where);
	}
}

static void lint_instance(const struct lint *l, const struct member *m, size_t index)
{
	uint64_t type = number_of(m->o, "instType");
	struct json_object *id = json_object_object_get(m->o, "uuidandversion"), *port;
	const char *name;

	if (!id || !*text_of(id, "uuid"))
		lint(l, FINDING_ERROR, m->where, "uuidandversion", "network-id", "give it a UUID",
		     "without it no app can name the network");
	if (type != INSTANCE_SWITCH && type != INSTANCE_LOCAL)
		lint(l, FINDING_ERROR, m->where, "instType", "network-kind", "1 switch, 2 local",
		     "EVE refuses %" PRIu64, type);
	if (type == INSTANCE_SWITCH && number_of(m->o, "ipType"))
		lint(l, FINDING_WARNING, m->where, "ipType", "switch-type", "leave it out",
		     "a switch has none: EVE logs an error and overrides it");
	if (type == INSTANCE_LOCAL)
		lint_local(l, m, index);
	port = json_object_object_get(m->o, "port");
	name = port ? text_of(port, "name") : "";
	if (*name && !is_reserved(name) && !lint_find(l->config, "systemAdapterList", "name", name) &&
	    !has_shared_label(l, name))
		lint(l, FINDING_ERROR, m->where, "port.name", "network-port",
		     "name a port of systemAdapterList, or leave it out for a network without one",
		     "there is no port '%s'", name);
	lint_mtu(l, m);
}

void lint_network(const struct lint *l)
{
	struct member m;

	FOR_EACH_MEMBER(m, l->config, "networks")
		lint_network_type(l, &m);
	FOR_EACH_MEMBER(m, l->config, "systemAdapterList")
		lint_port(l, &m);
	FOR_EACH_MEMBER(m, l->config, "networkInstances")
		lint_instance(l, &m, i_m);
}
