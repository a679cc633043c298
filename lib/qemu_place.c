// SPDX-License-Identifier: GPL-2.0-or-later
/* Make ready the folder in which QEMU runs. */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/acpi_table.h"
#include "lib/base/alloc.h"
#include "lib/base/child.h"
#include "lib/base/outfile.h"
#include "lib/base/path.h"
#include "lib/base/strv.h"
#include "lib/fileset.h"
#include "lib/identity.h"
#include "lib/qemu_machine.h"
#include "lib/qemu_place.h"

enum { VARS_MAX = 64 << 20 };	/* a file of UEFI variables is at most as large [bytes] */

/* Pairs that belong together, in the order of preference; packages of Debian and of Fedora. */
static const struct {
	const char *code, *vars;
	bool arm;
} firmware[] = {
	{ "/usr/share/OVMF/OVMF_CODE_4M.fd", "/usr/share/OVMF/OVMF_VARS_4M.fd", false },
	{ "/usr/share/OVMF/OVMF_CODE.fd", "/usr/share/OVMF/OVMF_VARS.fd", false },
	{ "/usr/share/edk2/ovmf/OVMF_CODE.fd", "/usr/share/edk2/ovmf/OVMF_VARS.fd", false },
	{ "/usr/share/AAVMF/AAVMF_CODE.fd", "/usr/share/AAVMF/AAVMF_VARS.fd", true },
	{ "/usr/share/edk2/aarch64/QEMU_EFI-pflash.raw", "/usr/share/edk2/aarch64/vars-template-pflash.raw",
	  true },
};

int qemu_place_disks(const struct guest *g, const char *dir, const char *base_dir,
		     struct error *err)
{
	for (size_t i = 0; i < g->n_disks; i++) {
		const struct guest_disk *d = &g->disks[i];
		CLEANUP_FREE char *base = path_join(base_dir, d->file);
		CLEANUP_FREE char *overlay = path_join(dir, d->file);
		const char *argv[] = { "qemu-img", "create", "-q", "-f", "qcow2", "-F",
				       d->format,  "-b",     base, overlay, NULL };

		if (child_run(argv, NULL, err) < 0)
			return error_wrap(err, "make an overlay on '%s'", base);
	}
	return 0;
}

static int copy_vars(const char *from, const char *to, struct error *err)
{
	CLEANUP_FREE char *data = NULL;
	size_t len = 0;

	if (file_read(from, VARS_MAX, &data, &len, err) < 0)
		return -1;
	return file_write(to, data, len, OUTFILE_NEW, err);
}

int qemu_place_firmware(const struct guest *g, const char *dir, struct error *err)
{
	CLEANUP_FREE char *code = path_join(dir, QEMU_UEFI_CODE);
	CLEANUP_FREE char *vars = path_join(dir, QEMU_UEFI_VARS);

	if (g->device[DIM_FIRMWARE] != FIRMWARE_UEFI)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(firmware); i++) {
		if (firmware[i].arm != guest_is_arm(g) || !path_exists(firmware[i].code) || !path_exists(firmware[i].vars))
			continue;
		if (symlink(firmware[i].code, code) < 0)
			return error_sys(err, errno, "link '%s'", code);
		return copy_vars(firmware[i].vars, vars, err);
	}
	error_set(err, ERR_NOT_FOUND, "there is no UEFI firmware for %s", qemu_program(g));
	return error_hint(err, "install the package %s", guest_is_arm(g) ? "qemu-efi-aarch64" : "ovmf");
}

int qemu_place_tables(const struct guest *g, const char *dir, struct error *err)
{
	struct fileset tables CLEANUP_FILESET = FILESET_INIT;

	acpi_tables_of(g, IDENTITY_SLIC | IDENTITY_MSDM, NULL, &tables);
	return fileset_write(&tables, dir, err);
}

int qemu_place_make(char **ret, struct error *err)
{
	const char *tmp = getenv("TMPDIR");
	CLEANUP_FREE char *dir = xasprintf("%s/rehost-trial-XXXXXX", tmp ? tmp : "/var/tmp");

	if (!mkdtemp(dir))
		return error_sys(err, errno, "create folder '%s'", dir);
	*ret = STEAL(dir);
	return 0;
}
