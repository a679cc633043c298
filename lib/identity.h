/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_IDENTITY_H
#define REHOST_IDENTITY_H

/*
 * By what a licence knows a computer. A target says which of these it can give a guest; what it
 * cannot give and the old PC had is told before a conversion, not found out after it.
 */

#include "lib/base/strv.h"
#include "lib/guest.h"
#include "lib/machine.h"
#include "lib/report.h"

/* Bits of struct target.gives. */
enum {
	IDENTITY_UUID = 1,		/* of the machine, in SMBIOS               */
	IDENTITY_SMBIOS = 2,		/* maker, product and serial number        */
	IDENTITY_SLIC = 4,		/* with its maker in the other ACPI tables */
	IDENTITY_MAC = 8,
	IDENTITY_DISK_SERIAL = 16,
	IDENTITY_MSDM = 32,		/* ACPI table with the key of an OEM       */
};

/**
 * identity_lost - what the old PC had and a target cannot give
 * @m:     the old PC
 * @gives: of the target
 * @ret:   gets a phrase for each: "the MSDM table (…)"
 */
void identity_lost(const struct machine *m, unsigned int gives, struct strv *ret);

/** identity_report - the same as findings, with what follows from it */
void identity_report(const struct machine *m, unsigned int gives, const char *target,
		     struct report *ret);

/** identity_check_tables - a plan's guest whose ACPI tables of licences the target cannot give */
void identity_check_tables(const struct guest *g, unsigned int gives, const char *hypervisor,
			   struct report *ret);

#endif
