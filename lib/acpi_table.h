/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_ACPI_TABLE_H
#define REHOST_ACPI_TABLE_H

/*
 * The ACPI tables by which Windows knows that a maker of PCs licensed it: SLIC (Vista, 7) and MSDM
 * (8 and later). Documents carry them as hexadecimal text; a hypervisor gets them as files.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ACPI_TABLE_HEADER = 36, ACPI_TABLE_MAX = 4096 };	/* [bytes] */

#define ACPI_SLIC_FILE "acpi-slic.bin"
#define ACPI_MSDM_FILE "acpi-msdm.bin"

/**
 * acpi_table_is - is this a whole table of this name?
 * @data, @len: signature, length in the header and what follows it   [bytes]
 * @signature:  "SLIC"
 *
 * Source: ACPI specification 6.4, 5.2.6 "System Description Table Header".
 */
bool acpi_table_is(const void *data, size_t len, const char *signature);

/** acpi_table_to_text - in hexadecimal, lower case; the caller frees it */
char *acpi_table_to_text(const void *data, size_t len);

/** acpi_table_from_text - the way back; NULL if it is no table of this name, or @text is NULL */
char *acpi_table_from_text(const char *text, const char *signature, size_t *ret_len);

struct guest;
struct fileset;

/**
 * acpi_tables_of - the tables that a guest of this PC sees again
 * @g:      with an ACPI BIOS; one without gets none
 * @which:  IDENTITY_SLIC, IDENTITY_MSDM, or both
 * @folder: each file's path begins with this and a slash; NULL: with nothing
 * @ret:    gets ACPI_SLIC_FILE, ACPI_MSDM_FILE, as far as there are such
 */
void acpi_tables_of(const struct guest *g, unsigned int which, const char *folder,
		    struct fileset *ret);

#endif
