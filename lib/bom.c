// SPDX-License-Identifier: GPL-2.0-or-later
/* Bill of materials in SPDX: guests as packages, what a converter changed as files of them. */
#include "config.h"

#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/digest.h"
#include "lib/base/outfile.h"
#include "lib/bom.h"

#define NO_ASSERTION "NOASSERTION"

struct bom {
	struct json_object *packages, *files, *relations;
};

static void put(struct json_object *object, const char *key, const char *value)
{
	json_object_object_add(object, key, json_object_new_string(value));
}

static void relate(struct bom *b, const char *from, const char *type, const char *to)
{
	struct json_object *relation = json_object_new_object();

	put(relation, "spdxElementId", from);
	put(relation, "relationshipType", type);
	put(relation, "relatedSpdxElement", to);
	json_object_array_add(b->relations, relation);
}

static void add_package(struct bom *b, const char *id, const char *name, const char *version,
			const char *purpose)
{
	struct json_object *package = json_object_new_object();

	put(package, "SPDXID", id);
	put(package, "name", name);
	put(package, "versionInfo", version && *version ? version : NO_ASSERTION);
	put(package, "downloadLocation", NO_ASSERTION);
	put(package, "primaryPackagePurpose", purpose);
	json_object_object_add(package, "filesAnalyzed", json_object_new_boolean(false));
	put(package, "licenseConcluded", NO_ASSERTION);
	put(package, "licenseDeclared", NO_ASSERTION);
	put(package, "copyrightText", NO_ASSERTION);
	json_object_array_add(b->packages, package);
	relate(b, "SPDXRef-DOCUMENT", "DESCRIBES", id);
}

static struct json_object *new_checksums(const char *digest)
{
	struct json_object *list = json_object_new_array();
	struct json_object *sum = json_object_new_object();

	put(sum, "algorithm", "SHA256");
	put(sum, "checksumValue", digest);
	json_object_array_add(list, sum);
	return list;
}

static const char *relation_of(const struct guest_change *c)
{
	if (strcmp(c->action, "added") == 0)
		return "FILE_ADDED";
	return strcmp(c->action, "removed") == 0 ? "FILE_DELETED" : "FILE_MODIFIED";
}

/* A file that was only looked at, or that is no file but a key of a registry, has no digest. */
static void add_change(struct bom *b, const struct guest_change *c, const char *guest_id, size_t n)
{
	const char *digest = c->after ? c->after : c->before;
	CLEANUP_FREE char *id = xasprintf("%s-file-%zu", guest_id, n);
	CLEANUP_FREE char *name = NULL, *comment = NULL;
	struct json_object *file;

	if (!digest || strcmp(c->action, "left") == 0)
		return;
	name = xasprintf(".%s%s", c->path && c->path[0] == '/' ? "" : "/", c->path ? c->path : "");
	comment = xasprintf("%s%s%s%s%s", c->action, c->before && c->after ? "; before: SHA256 " : "",
			    c->before && c->after ? c->before : "", c->why && *c->why ? "; " : "",
			    c->why ? c->why : "");
	file = json_object_new_object();
	put(file, "SPDXID", id);
	put(file, "fileName", name);
	json_object_object_add(file, "checksums", new_checksums(digest));
	put(file, "licenseConcluded", NO_ASSERTION);
	put(file, "copyrightText", NO_ASSERTION);
	put(file, "comment", comment);
	json_object_array_add(b->files, file);
	relate(b, id, relation_of(c), guest_id);
}

static void add_guest(struct bom *b, const struct guest *g, size_t number)
{
	CLEANUP_FREE char *id = xasprintf("SPDXRef-guest-%zu", number);

	add_package(b, id, g->name, g->system, "OPERATING-SYSTEM");
	for (size_t i = 0; i < g->n_changes; i++)
		add_change(b, &g->changes[i], id, i + 1);
}

/* No clock: the date that the form wants is that of no day, the name follows from the contents. */
static struct json_object *new_document(const struct plan *plan, struct bom *b)
{
	struct json_object *doc = json_object_new_object(), *made = json_object_new_object();
	struct json_object *creators = json_object_new_array();
	CLEANUP_FREE char *name = xasprintf("%s: what was put into its guests", plan->name);
	CLEANUP_FREE char *space = NULL;
	const char *files = json_object_to_json_string_ext(b->files, JSON_C_TO_STRING_PLAIN);
	char hex[DIGEST_HEX_SIZE];
	uint8_t sum[DIGEST_SIZE];

	digest_of(files, strlen(files), sum);
	digest_to_hex(sum, hex);
	space = xasprintf("urn:rehost:bom:%s:%s", plan->name, hex);
	put(doc, "spdxVersion", "SPDX-2.3");
	put(doc, "dataLicense", "CC0-1.0");
	put(doc, "SPDXID", "SPDXRef-DOCUMENT");
	put(doc, "name", name);
	put(doc, "documentNamespace", space);
	put(made, "created", "1970-01-01T00:00:00Z");
	json_object_array_add(creators, json_object_new_string("Tool: " PACKAGE_NAME "-" PACKAGE_VERSION));
	json_object_object_add(made, "creators", creators);
	json_object_object_add(doc, "creationInfo", made);
	json_object_object_add(doc, "packages", b->packages);
	json_object_object_add(doc, "files", b->files);
	json_object_object_add(doc, "relationships", b->relations);
	return doc;
}

int bom_write(const struct plan *plan, const char *path, struct error *err)
{
	struct bom b = { json_object_new_array(), json_object_new_array(), json_object_new_array() };
	struct json_object *doc;
	const char *text;
	int rc;

	for (size_t i = 0; i < plan->n_partitions; i++)
		add_guest(&b, &plan->partitions[i].guest, i + 1);
	doc = new_document(plan, &b);
	text = json_object_to_json_string_ext(doc, JSON_C_TO_STRING_PRETTY |
						   JSON_C_TO_STRING_NOSLASHESCAPE);
	rc = file_write(path, text, strlen(text), OUTFILE_NEW, err);
	json_object_put(doc);
	return rc;
}
