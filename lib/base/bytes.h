/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_BASE_BYTES_H
#define REHOST_BASE_BYTES_H

/* Numbers in what lies on disks: of either byte order, at any address. */

#include <endian.h>
#include <stdint.h>
#include <string.h>

#define BYTES_GETTER(name, type, convert)                                                          \
	static inline type name(const void *at)                                                    \
	{                                                                                          \
		type n;                                                                            \
                                                                                                   \
		memcpy(&n, at, sizeof(n));                                                         \
		return convert(n);                                                                 \
	}

BYTES_GETTER(get_le16, uint16_t, le16toh)
BYTES_GETTER(get_le32, uint32_t, le32toh)
BYTES_GETTER(get_le64, uint64_t, le64toh)
BYTES_GETTER(get_be16, uint16_t, be16toh)
BYTES_GETTER(get_be32, uint32_t, be32toh)
BYTES_GETTER(get_be64, uint64_t, be64toh)

#undef BYTES_GETTER

static inline void put_le32(void *to, uint32_t n)
{
	n = htole32(n);
	memcpy(to, &n, sizeof(n));
}

static inline void put_be32(void *to, uint32_t n)
{
	n = htobe32(n);
	memcpy(to, &n, sizeof(n));
}

static inline void put_be64(void *to, uint64_t n)
{
	n = htobe64(n);
	memcpy(to, &n, sizeof(n));
}

#endif
