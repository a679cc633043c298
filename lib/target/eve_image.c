// SPDX-License-Identifier: GPL-2.0-or-later
/* Addresses and names of images for EVE. */
#include "config.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/target/eve_image.h"

enum store_scheme_count { N_SCHEMES = 6 };

static const struct {
	const char *scheme;
	enum eve_store type;
} schemes[N_SCHEMES] = {
	{ "docker://", EVE_STORE_REGISTRY }, { "oci://", EVE_STORE_REGISTRY },
	{ "http://", EVE_STORE_HTTP },	     { "https://", EVE_STORE_HTTPS },
	{ "sftp://", EVE_STORE_SFTP },	     { "s3://", EVE_STORE_S3 },
};

enum eve_store eve_datastore_type(const char *address)
{
	for (size_t i = 0; i < N_SCHEMES; i++) {
		size_t n = strlen(schemes[i].scheme);

		if (strncmp(address, schemes[i].scheme, n) == 0 && address[n] && address[n] != '/')
			return schemes[i].type;
	}
	return EVE_STORE_UNKNOWN;
}

void eve_datastore_split(const char *address, char **ret_host, char **ret_path)
{
	const char *host = strstr(address, "://"), *slash;
	size_t n;

	host = host ? host + 3 : address;
	slash = strchr(host, '/');
	*ret_host = slash ? xstrndup(address, (size_t)(slash - address)) : xstrdup(address);
	while (slash && *slash == '/')
		slash++;
	*ret_path = xstrdup(slash ? slash : "");
	n = strlen(*ret_path);
	while (n && (*ret_path)[n - 1] == '/')
		(*ret_path)[--n] = '\0';
}

void eve_datastore_fields(const char *address, const char *region, char **ret_fqdn, char **ret_dpath)
{
	CLEANUP_FREE char *host = NULL, *path = NULL;
	const char *name, *bracket;

	eve_datastore_split(address, &host, &path);
	name = strstr(host, "://");
	name = name ? name + 3 : host;
	bracket = strchr(name, ']');
	switch (eve_datastore_type(address)) {
	case EVE_STORE_SFTP:
		*ret_fqdn = xasprintf("%s%s", name, strchr(bracket ? bracket : name, ':') ? "" : ":22");
		*ret_dpath = STEAL(path);
		break;
	case EVE_STORE_S3:
		*ret_fqdn = xasprintf("https://s3.%s%samazonaws.com", region ? region : "", region ? "." : "");
		*ret_dpath = xasprintf("%s%s%s", name, *path ? "/" : "", path);
		break;
	default:
		*ret_fqdn = STEAL(host);
		*ret_dpath = STEAL(path);
	}
}

/* Registries know small letters, digits and single separators inside a name. */
static void put_component(FILE *out, const char *name)
{
	bool after = false;

	for (; *name; name++) {
		if (isalnum((unsigned char)*name)) {
			fputc(tolower((unsigned char)*name), out);
			after = true;
		} else if (after && isalnum((unsigned char)name[1])) {
			fputc(*name == '.' || *name == '_' ? *name : '-', out);
			after = false;
		}
	}
}

char *eve_image_name(const char *plan, const char *guest, uint64_t disk)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		abort();
	put_component(out, plan);
	fputc('/', out);
	put_component(out, guest);
	fprintf(out, "-disk%" PRIu64, disk);
	fclose(out);
	return text;
}

/* qcow2 with clusters of 64 KiB: tables of 8 bytes and counts of 2 a cluster, and a cluster that would not
   get smaller is stored as it is. */
uint64_t eve_image_bound(uint64_t size)
{
	return size + size / 1024 + (4 << 20);
}
