// SPDX-License-Identifier: GPL-2.0-or-later
/* Programs of Windows: for which processor, and by which digest they are signed. */
#include "config.h"

#include <string.h>

#include "lib/base/bytes.h"
#include "lib/driver.h"

/* Offset of the PE header, 0: none. */
static size_t header_of(const uint8_t *p, size_t len)
{
	size_t at;

	if (len < 64 || memcmp(p, "MZ", 2) != 0)
		return 0;
	at = get_le32(p + 60);
	if (at > len || len - at < 24 || memcmp(p + at, "PE\0", 4) != 0)
		return 0;
	return at;
}

const char *pe_arch(const void *data, size_t len)
{
	const uint8_t *p = data;
	size_t at = header_of(p, len);

	switch (at ? get_le16(p + at + 4) : 0) {
	case 0x14c:
		return "x86";
	case 0x8664:
		return "amd64";
	case 0xaa64:
		return "arm64";
	case 0x200:
		return "ia64";
	default:
		return NULL;
	}
}

/* One DER element: its tag must be @tag; *p and *len become its contents. */
static bool enter(const uint8_t **p, size_t *len, uint8_t tag, const uint8_t **behind,
		  size_t *behind_len)
{
	size_t n, head = 2;

	if (*len < 2 || (*p)[0] != tag)
		return false;
	n = (*p)[1];
	if (n >= 0x80) {
		size_t bytes = n & 0x7f;

		if (!bytes || bytes > 4 || *len < 2 + bytes)
			return false;
		n = 0;
		for (size_t i = 0; i < bytes; i++)
			n = n << 8 | (*p)[2 + i];
		head += bytes;
	}
	if (n > *len - head)
		return false;
	*behind = *p + head + n;
	*behind_len = *len - head - n;
	*p += head;
	*len = n;
	return true;
}

/* ContentInfo { signedData, [0] SignedData { version, SET OF digest algorithm, … } } */
enum signature catalog_signature(const void *data, size_t size)
{
	enum { INTEGER = 0x02, OID = 0x06, SEQUENCE = 0x30, SET = 0x31, CONTEXT = 0xa0 };
	static const uint8_t signed_data[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02 };
	static const uint8_t sha1[] = { 0x2b, 0x0e, 0x03, 0x02, 0x1a };
	const uint8_t *p = data, *next;
	size_t len = size, left;

	if (!enter(&p, &len, SEQUENCE, &next, &left))
		return SIGNATURE_NONE;
	const uint8_t *oid = p;
	size_t oid_len = len;

	if (!enter(&oid, &oid_len, OID, &p, &len) || oid_len != sizeof(signed_data) ||
	    memcmp(oid, signed_data, sizeof(signed_data)) != 0 ||
	    !enter(&p, &len, CONTEXT, &next, &left) || !enter(&p, &len, SEQUENCE, &next, &left))
		return SIGNATURE_NONE;
	const uint8_t *version = p;
	size_t version_len = len;

	if (!enter(&version, &version_len, INTEGER, &p, &len) ||
	    !enter(&p, &len, SET, &next, &left))
		return SIGNATURE_NONE;
	while (len) {
		const uint8_t *algorithm = p;
		size_t algorithm_len = len;

		if (!enter(&algorithm, &algorithm_len, SEQUENCE, &p, &len))
			return SIGNATURE_NONE;
		if (enter(&algorithm, &algorithm_len, OID, &next, &left) &&
		    algorithm_len == sizeof(sha1) && memcmp(algorithm, sha1, sizeof(sha1)) == 0)
			return SIGNATURE_SHA1;
	}
	return SIGNATURE_SHA2;
}

/* The certificate table is data directory 4; its address is one in the file. */
enum signature pe_signature(const void *data, size_t len)
{
	const uint8_t *p = data;
	size_t at = header_of(p, len), optional = at + 24, directories, start, size;

	if (!at || len - optional < 2)
		return SIGNATURE_NONE;
	directories = optional + (get_le16(p + optional) == 0x20b ? 112 : 96);
	if (directories > len || len - directories < 40)
		return SIGNATURE_NONE;
	start = get_le32(p + directories + 32);
	size = get_le32(p + directories + 36);
	if (!start || size < 8 || start > len || size > len - start)
		return SIGNATURE_NONE;
	return catalog_signature(p + start + 8, size - 8);
}
