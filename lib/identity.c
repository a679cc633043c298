// SPDX-License-Identifier: GPL-2.0-or-later
/* By what a licence knows a computer, and what of it a target cannot give. */
#include "config.h"

#include "lib/acpi_table.h"
#include "lib/base/alloc.h"
#include "lib/fileset.h"
#include "lib/identity.h"

static void add_missing(struct strv *ret, unsigned int gives, unsigned int bit, const char *fact,
			const char *what)
{
	if (fact && !(gives & bit))
		strv_add(ret, what);
}

void identity_lost(const struct machine *m, unsigned int gives, struct strv *ret)
{
	const char *disk = NULL, *mac = NULL;

	for (size_t i = 0; i < m->n_disks && !disk; i++)
		disk = m->disks[i].serial;
	for (size_t i = 0; i < m->n_nics && !mac; i++)
		mac = m->nics[i].mac;
	add_missing(ret, gives, IDENTITY_UUID, m->uuid, "the machine's UUID");
	add_missing(ret, gives, IDENTITY_SMBIOS, m->vendor ? m->vendor : m->serial,
		    "maker, product and serial number in SMBIOS");
	add_missing(ret, gives, IDENTITY_SLIC, m->slic,
		    "the SLIC table (OEM licence of Windows Vista and 7)");
	add_missing(ret, gives, IDENTITY_MSDM, m->msdm,
		    "the MSDM table (OEM key of Windows 8 and later)");
	add_missing(ret, gives, IDENTITY_MAC, mac, "the MAC addresses");
	add_missing(ret, gives, IDENTITY_DISK_SERIAL, disk, "the serial numbers of disks");
}

void identity_report(const struct machine *m, unsigned int gives, const char *target,
		     struct report *ret)
{
	struct strv lost CLEANUP_STRV = STRV_INIT;

	identity_lost(m, gives, &lost);
	for (size_t i = 0; i < lost.n; i++)
		report_remedy(report_add(ret, FINDING_WARNING, "licence",
					 "target %s cannot give %s: what is licensed by it asks again",
					 target, lost.v[i]),
			      "have keys and telephone numbers for activation ready before the old PC "
			      "goes, or choose another target");
}

void identity_check_tables(const struct guest *g, unsigned int gives, const char *hypervisor,
			   struct report *ret)
{
	struct fileset lost CLEANUP_FILESET = FILESET_INIT;

	acpi_tables_of(g, ~gives, NULL, &lost);
	for (size_t i = 0; i < lost.n_files; i++)
		report_remedy(report_add(ret, FINDING_WARNING, g->name,
					 "%s cannot give it the licence of the old PC's maker (ACPI table "
					 "%.4s): Windows asks for activation", hypervisor,
					 lost.files[i].data),
			      "choose target qemu if its licence is that of an OEM");
}
