/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_CONVERTERS_WINDOWS_SERVICE_H
#define REHOST_CONVERTERS_WINDOWS_SERVICE_H

/* The program of the first boot (firstboot/), built with the tree and kept in rehost itself. */

#include <stddef.h>
#include <stdint.h>

struct windows_program {
	const char *arch;	/* x86, amd64 */
	const uint8_t *data;
	size_t len;
};

extern const struct windows_program windows_programs[];	/* ends with a NULL arch; generated */

/** windows_service_for - the program for a processor; NULL: rehost was built without it */
const struct windows_program *windows_service_for(const char *arch);

#endif
