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

enum { INTEGER = 0x02, OID = 0x06, SEQUENCE = 0x30, SET = 0x31, CONTEXT_0 = 0xa0, CONTEXT_1 = 0xa1 };

struct der {
	const uint8_t *p;
	size_t len;
};

/* The next element, if it has this tag: its contents, and @from goes behind it. */
static bool take(struct der *from, uint8_t tag, struct der *ret)
{
	size_t n, head = 2;

	if (from->len < 2 || from->p[0] != tag)
		return false;
	n = from->p[1];
	if (n >= 0x80) {
		size_t bytes = n & 0x7f;

		if (!bytes || bytes > 4 || from->len < 2 + bytes)
			return false;
		n = 0;
		for (size_t i = 0; i < bytes; i++)
			n = n << 8 | from->p[2 + i];
		head += bytes;
	}
	if (n > from->len - head)
		return false;
	*ret = (struct der){ from->p + head, n };
	from->p += head + n;
	from->len -= head + n;
	return true;
}

static bool same(const struct der *a, const void *p, size_t len)
{
	return a->len == len && memcmp(a->p, p, len) == 0;
}

/* ContentInfo { signedData, [0] SignedData { version, SET OF digest algorithm, … } }: RFC 2315 */
static bool enter_signed_data(const void *data, size_t len, struct der *ret, struct der *ret_algorithms)
{
	static const uint8_t signed_data[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02 };
	struct der all = { data, len }, info, oid, content, version;

	return take(&all, SEQUENCE, &info) && take(&info, OID, &oid) &&
	       same(&oid, signed_data, sizeof(signed_data)) && take(&info, CONTEXT_0, &content) &&
	       take(&content, SEQUENCE, ret) && take(ret, INTEGER, &version) &&
	       take(ret, SET, ret_algorithms);
}

enum signature catalog_signature(const void *data, size_t len)
{
	static const uint8_t sha1[] = { 0x2b, 0x0e, 0x03, 0x02, 0x1a };
	struct der rest, algorithms, algorithm, oid;

	if (!enter_signed_data(data, len, &rest, &algorithms))
		return SIGNATURE_NONE;
	while (algorithms.len) {
		if (!take(&algorithms, SEQUENCE, &algorithm))
			return SIGNATURE_NONE;
		if (take(&algorithm, OID, &oid) && same(&oid, sha1, sizeof(sha1)))
			return SIGNATURE_SHA1;
	}
	return SIGNATURE_SHA2;
}

/* The certificates of a signature, and issuer and serial number of the one that it was made with. */
static bool enter_certificates(const void *data, size_t len, struct der *ret, struct der *ret_issuer,
			       struct der *ret_serial)
{
	struct der rest, skipped, signers, signer, id;

	if (!enter_signed_data(data, len, &rest, &skipped) || !take(&rest, SEQUENCE, &skipped) ||
	    !take(&rest, CONTEXT_0, ret))
		return false;
	take(&rest, CONTEXT_1, &skipped);	/* revoked ones, which few have */
	return take(&rest, SET, &signers) && take(&signers, SEQUENCE, &signer) &&
	       take(&signer, INTEGER, &skipped) && take(&signer, SEQUENCE, &id) &&
	       take(&id, SEQUENCE, ret_issuer) && take(&id, INTEGER, ret_serial);
}

/* Certificate { { [0] version, serial number, algorithm, issuer, validity, subject, … }, … }: RFC 5280 */
bool catalog_is_self_signed(const void *data, size_t len)
{
	struct der certificates, issuer, serial, certificate;

	if (!enter_certificates(data, len, &certificates, &issuer, &serial))
		return false;
	while (take(&certificates, SEQUENCE, &certificate)) {
		struct der body, skipped, its_serial, its_issuer, subject;

		if (!take(&certificate, SEQUENCE, &body))
			return false;
		take(&body, CONTEXT_0, &skipped);
		if (take(&body, INTEGER, &its_serial) && take(&body, SEQUENCE, &skipped) &&
		    take(&body, SEQUENCE, &its_issuer) && take(&body, SEQUENCE, &skipped) &&
		    take(&body, SEQUENCE, &subject) && same(&its_serial, serial.p, serial.len) &&
		    same(&its_issuer, issuer.p, issuer.len))
			return same(&subject, issuer.p, issuer.len);
	}
	return false;
}

/* The certificate table is data directory 4; its address is one in the file. */
const void *pe_certificate(const void *data, size_t len, size_t *ret_len)
{
	const uint8_t *p = data;
	size_t at = header_of(p, len), optional = at + 24, directories, start, size;

	if (!at || len - optional < 2)
		return NULL;
	directories = optional + (get_le16(p + optional) == 0x20b ? 112 : 96);
	if (directories > len || len - directories < 40)
		return NULL;
	start = get_le32(p + directories + 32);
	size = get_le32(p + directories + 36);
	if (!start || size < 8 || start > len || size > len - start)
		return NULL;
	*ret_len = size - 8;
	return p + start + 8;
}

enum signature pe_signature(const void *data, size_t len)
{
	size_t size = 0;
	const void *certificate = pe_certificate(data, len, &size);

	return certificate ? catalog_signature(certificate, size) : SIGNATURE_NONE;
}
