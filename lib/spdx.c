// SPDX-License-Identifier: GPL-2.0-or-later
/* Documents of SPDX, in JSON. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/digest.h"
#include "lib/base/outfile.h"
#include "lib/base/strv.h"
#include "lib/spdx.h"

#define NO_ASSERTION "NOASSERTION"
#define NO_DAY "1970-01-01T00:00:00Z"
#define TOOL "Tool: " PACKAGE_NAME "-" PACKAGE_VERSION

static void put(struct json_object *object, const char *key, const char *value)
{
	if (value)
		json_object_object_add(object, key, json_object_new_string(value));
}

struct spdx spdx_begin(void)
{
	return (struct spdx){ json_object_new_array(), json_object_new_array(),
			      json_object_new_array() };
}

static void put_code(struct json_object *package, const char *code)
{
	struct json_object *verification = json_object_new_object();

	put(verification, "packageVerificationCodeValue", code);
	json_object_object_add(package, "packageVerificationCode", verification);
}

struct json_object *spdx_package(struct spdx *s, const struct spdx_package *p)
{
	struct json_object *package = json_object_new_object();

	put(package, "SPDXID", p->id);
	put(package, "name", p->name);
	put(package, "versionInfo", p->version);
	put(package, "downloadLocation", NO_ASSERTION);
	put(package, "primaryPackagePurpose", p->purpose);
	put(package, "summary", p->summary);
	put(package, "sourceInfo", p->source);
	json_object_object_add(package, "filesAnalyzed", json_object_new_boolean(p->code != NULL));
	if (p->code)
		put_code(package, p->code);
	put(package, "licenseConcluded", NO_ASSERTION);
	put(package, "licenseDeclared", NO_ASSERTION);
	put(package, "copyrightText", NO_ASSERTION);
	json_object_array_add(s->packages, package);
	return package;
}

static void add_checksum(struct json_object *list, const char *algorithm, const char *value)
{
	struct json_object *sum = json_object_new_object();

	put(sum, "algorithm", algorithm);
	put(sum, "checksumValue", value);
	json_object_array_add(list, sum);
}

void spdx_file(struct spdx *s, const struct spdx_file *f)
{
	CLEANUP_FREE char *name = xasprintf(".%s%s", f->path[0] == '/' ? "" : "/", f->path);
	struct json_object *file = json_object_new_object(), *sums = json_object_new_array();

	add_checksum(sums, "SHA1", f->sha1);
	add_checksum(sums, "SHA256", f->sha256);
	put(file, "SPDXID", f->id);
	put(file, "fileName", name);
	json_object_object_add(file, "checksums", sums);
	put(file, "licenseConcluded", NO_ASSERTION);
	put(file, "copyrightText", NO_ASSERTION);
	put(file, "comment", f->comment);
	json_object_array_add(s->files, file);
}

void spdx_annotate(struct json_object *package, const char *text)
{
	struct json_object *annotation = json_object_new_object(), *list = NULL;

	if (!json_object_object_get_ex(package, "annotations", &list)) {
		list = json_object_new_array();
		json_object_object_add(package, "annotations", list);
	}
	put(annotation, "annotationDate", NO_DAY);
	put(annotation, "annotationType", "OTHER");
	put(annotation, "annotator", TOOL);
	put(annotation, "comment", text);
	json_object_array_add(list, annotation);
}

void spdx_relate(struct spdx *s, const char *from, const char *type, const char *to)
{
	struct json_object *relation = json_object_new_object();

	put(relation, "spdxElementId", from);
	put(relation, "relationshipType", type);
	put(relation, "relatedSpdxElement", to);
	json_object_array_add(s->relations, relation);
}

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

char *spdx_verification_code(const char **sha1s, size_t n)
{
	struct strv all CLEANUP_STRV = STRV_INIT;
	CLEANUP_FREE char *text = NULL;

	qsort(sha1s, n, sizeof(*sha1s), compare_texts);
	for (size_t i = 0; i < n; i++)
		strv_add(&all, sha1s[i]);
	text = strv_join(&all, "");
	return digest_sha1_of(text, strlen(text));
}

static char *namespace_of(const struct spdx *s, const char *space)
{
	const char *packages = json_object_to_json_string_ext(s->packages, JSON_C_TO_STRING_PLAIN);
	const char *files = json_object_to_json_string_ext(s->files, JSON_C_TO_STRING_PLAIN);
	CLEANUP_FREE char *all = xasprintf("%s%s", packages, files);
	CLEANUP_FREE char *hex = digest_hex_of(all, strlen(all));

	return xasprintf("%s:%s", space, hex);
}

static struct json_object *new_document(struct spdx *s, const char *name, const char *space)
{
	struct json_object *doc = json_object_new_object(), *made = json_object_new_object();
	struct json_object *creators = json_object_new_array();
	CLEANUP_FREE char *whole = namespace_of(s, space);

	put(doc, "spdxVersion", "SPDX-2.3");
	put(doc, "dataLicense", "CC0-1.0");
	put(doc, "SPDXID", SPDX_DOCUMENT);
	put(doc, "name", name);
	put(doc, "documentNamespace", whole);
	put(made, "created", NO_DAY);
	json_object_array_add(creators, json_object_new_string(TOOL));
	json_object_object_add(made, "creators", creators);
	json_object_object_add(doc, "creationInfo", made);
	json_object_object_add(doc, "packages", s->packages);
	json_object_object_add(doc, "files", s->files);
	json_object_object_add(doc, "relationships", s->relations);
	return doc;
}

int spdx_write(struct spdx *s, const char *name, const char *space, const char *path,
	       struct error *err)
{
	struct json_object *doc = new_document(s, name, space);
	const char *text = json_object_to_json_string_ext(doc, JSON_C_TO_STRING_PRETTY |
								JSON_C_TO_STRING_NOSLASHESCAPE);
	int rc = file_write(path, text, strlen(text), OUTFILE_NEW, err);

	json_object_put(doc);
	*s = (struct spdx){ NULL, NULL, NULL };
	return rc;
}
