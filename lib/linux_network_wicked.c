// SPDX-License-Identifier: GPL-2.0-or-later
/* Reader of wicked's own XML files, which SUSE systems may have beside or instead of ifcfg files. */
#include "config.h"

#include <libxml/parser.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/linux_network.h"

/* "ipv4:static" is called so, or "static" if the file declares the prefix. */
static bool is_called(const xmlNode *node, const char *name)
{
	const char *have = (const char *)node->name, *colon = strrchr(have, ':');

	return node->type == XML_ELEMENT_NODE && strcmp(colon ? colon + 1 : have, name) == 0;
}

/* The first element of this name below @node, deep; bounded by the parser's own limit of depth. */
static const xmlNode *find(const xmlNode *node, const char *name)
{
	for (const xmlNode *n = node ? node->children : NULL; n; n = n->next) {
		const xmlNode *deeper;

		if (is_called(n, name))
			return n;
		deeper = n->type == XML_ELEMENT_NODE ? find(n, name) : NULL;
		if (deeper)
			return deeper;
	}
	return NULL;
}

static char *text_of(const xmlNode *node)
{
	xmlChar *text = node ? xmlNodeGetContent(node) : NULL;
	const char *begin = text ? (const char *)text + strspn((const char *)text, " \t\r\n") : NULL;
	char *copy = begin ? xstrndup(begin, strcspn(begin, " \t\r\n")) : NULL;

	xmlFree(text);
	return copy;
}

static void read_interface(struct inspected_system *sys, const char *path, const xmlNode *node)
{
	CLEANUP_FREE char *name = text_of(find(node, "name"));
	CLEANUP_FREE char *mac = text_of(find(node, "address-match"));
	const xmlNode *addresses = find(node, "static"), *link = find(node, "ethernet");
	struct inspected_nic *nic;

	if (!name || !network_is_card(name))
		return;
	nic = network_card(sys, name, path);
	if (link && !mac)
		mac = text_of(find(link, "address"));
	if (mac)
		network_set(&nic->mac, network_mac(mac));
	network_set(&nic->address, text_of(find(addresses, "local")));
	network_set(&nic->gateway, text_of(find(addresses, "gateway")));
}

static void read_below(struct inspected_system *sys, const char *path, const xmlNode *node)
{
	for (const xmlNode *n = node ? node->children : NULL; n; n = n->next) {
		if (is_called(n, "interface"))
			read_interface(sys, path, n);
		else if (is_called(n, "config"))
			read_below(sys, path, n);
	}
}

/* A file may hold one interface after the other, which is no XML until something is around it. */
static void read_wicked(struct inspected_system *sys, const char *path, const char *text)
{
	const char *body = text + strspn(text, " \t\r\n");
	const char *end = strncmp(body, "<?xml", 5) == 0 ? strstr(body, "?>") : NULL;
	CLEANUP_FREE char *whole = NULL;
	xmlDoc *doc;

	if (end)
		body = end + 2;
	/* a document type brings entities, which nobody needs here */
	if (strstr(body, "<!DOCTYPE"))
		return;
	whole = xasprintf("<all>%s</all>", body);
	doc = xmlReadMemory(whole, (int)strlen(whole), NULL, NULL,
			    XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
	if (!doc)
		return;
	read_below(sys, path, xmlDocGetRootElement(doc));
	xmlFreeDoc(doc);
}

const struct network_format network_wicked = {
	.name = "wicked",
	.files = { "/etc/wicked/ifconfig/*.xml" },
	.read = read_wicked,
};
