/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_GUEST_CHANGES_H
#define REHOST_GUEST_CHANGES_H

/*
 * What a conversion did to a guest: the files that it changed, and the software that it put in, which
 * is named as its makers name it. Part of guest.xml; the audit report and the bill of materials are
 * made of it.
 */

#include <stddef.h>

#include "lib/base/xml.h"
#include "lib/guest.h"

#define SOFTWARE_DRIVER "driver"	/* of Windows: an INF file and what it copies          */
#define SOFTWARE_MODULE "module"	/* of a Linux kernel, in an initramfs                  */
#define SOFTWARE_PROGRAM "program"	/* what works at the first boot, or starts the system  */

/**
 * guest_software_add - one more piece of software that was put in
 * @g:       the guest
 * @kind:    SOFTWARE_…
 * @name:    viostor.inf, virtio_blk
 * @version: as its makers number it, or NULL
 * @source:  where it was taken from
 *
 * Return: it, without files; valid until the next call.
 */
struct guest_software *guest_software_add(struct guest *g, const char *kind, const char *name,
					  const char *version, const char *source);

/** guest_software_file - one more file of it, with its digests */
void guest_software_file(struct guest_software *s, const char *path, const void *data, size_t len);

/** guest_key_add - one more key or value of a hive that was changed; as struct guest_key */
void guest_key_add(struct guest *g, const char *hive, const char *key, const char *value,
		   const char *before, const char *after);

/** guest_changes_to_xml - the elements <injected>, <registry> and <changes> */
void guest_changes_to_xml(const struct guest *g, struct xml_out *x);

/** guest_changes_from_xml - the same, from below the root of the document */
void guest_changes_from_xml(struct guest *g, const xmlNode *root);

void guest_changes_clear(struct guest *g);

#endif
