// SPDX-License-Identifier: GPL-2.0-or-later
/* What this host can do, with remedies: the substance of 'rehost doctor'. */
#include "config.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/accel.h"
#include "lib/base/alloc.h"
#include "lib/base/child.h"
#include "lib/base/path.h"
#include "lib/base/strv.h"
#include "lib/confine.h"
#include "lib/hostcheck.h"
#include "lib/qemu_machine.h"

static int check_accelerator(struct report *r, struct error *err)
{
	struct error failure CLEANUP_ERROR = ERROR_INIT;
	CLEANUP_FREE char *why = NULL;
	enum accel accel = ACCEL_TCG;
	struct finding *f;

	if (accel_probe(&accel, &why, &failure) < 0) {
		if (failure.code == ERR_INTERRUPTED)
			return error_move(err, &failure);
		report_add(r, FINDING_ERROR, "accelerator", "%s", failure.msg);
		return 0;
	}
	f = report_add(r, accel == ACCEL_KVM ? FINDING_NOTE : FINDING_WARNING, "accelerator",
		       "%s is used: %s", accel_name(accel), why);
	if (accel == ACCEL_TCG)
		report_remedy(f, "guests run, but slower; for KVM enable virtualization in the "
				 "firmware, load kvm_intel or kvm_amd, and join the group kvm");
	return 0;
}

struct program {
	const char *name, *package, *needed_for;
	enum severity severity;	/* when it is missing */
};

static const struct program programs[] = {
	{ ACCEL_QEMU, "qemu-system-x86", "validate, launch", FINDING_ERROR },
	{ "qemu-img", "qemu-utils", "convert, bundle, launch", FINDING_ERROR },
	{ "qemu-nbd", "qemu-utils", "capture of images that are not raw, bundle", FINDING_ERROR },
	{ "depmod", "kmod", "convert of Linux guests", FINDING_ERROR },
	{ QEMU_PROGRAM_ARM, "qemu-system-arm qemu-efi-aarch64", "validate of guests for arm64 (EVE)", FINDING_NOTE },
};

static void check_program(const struct program *p, struct report *r)
{
	CLEANUP_FREE char *path = child_find(p->name);

	if (path)
		report_add(r, FINDING_NOTE, p->name, "%s", path);
	else
		report_remedy(report_add(r, p->severity, p->name, "not installed; needed for: %s",
					 p->needed_for),
			      "apt install %s", p->package);
}

struct firmware_file {
	const char *name, *path, *package;
};

static const struct firmware_file firmware_files[] = {
	{ "BIOS firmware", "/usr/share/seabios/bios-256k.bin", "seabios" },
	{ "UEFI firmware", "/usr/share/OVMF/OVMF_CODE_4M.fd", "ovmf" },
};

static void check_firmware(struct report *r)
{
	for (size_t i = 0; i < ARRAY_SIZE(firmware_files); i++) {
		const struct firmware_file *f = &firmware_files[i];

		if (access(f->path, R_OK) == 0)
			report_add(r, FINDING_NOTE, f->name, "%s", f->path);
		else
			report_remedy(report_add(r, FINDING_WARNING, f->name, "%s is missing",
						 f->path),
				      "apt install %s", f->package);
	}
}

/* One device of each kind that a plan can ask for: QEMU can be built without any of them. */
static const char *const devices[] = { "virtio-blk-pci", "virtio-scsi-pci", "virtio-net-pci",
				       "ide-hd",	 "ich9-ahci",	    "nvme",
				       "e1000",		 "rtl8139",	    "pcnet",
				       "ne2k_pci",	 "isa-serial",	    "cirrus-vga" };

static int check_devices(struct report *r, struct error *err)
{
	static const char *const argv[] = { ACCEL_QEMU, "-device", "help", NULL };
	struct error failure CLEANUP_ERROR = ERROR_INIT;
	struct strv missing CLEANUP_STRV = STRV_INIT;
	CLEANUP_FREE char *list = NULL, *names = NULL;

	if (child_run(argv, &list, &failure) < 0)
		return failure.code == ERR_INTERRUPTED ? error_move(err, &failure) : 0;
	for (size_t i = 0; i < ARRAY_SIZE(devices); i++) {
		CLEANUP_FREE char *quoted = xasprintf("\"%s\"", devices[i]);

		if (!strstr(list, quoted))
			strv_add(&missing, devices[i]);
	}
	names = strv_join(&missing, ", ");
	if (missing.n)
		report_remedy(report_add(r, FINDING_WARNING, "QEMU devices", "not built in: %s",
					 names),
			      "install the distribution's full QEMU: apt install qemu-system-x86");
	else
		report_add(r, FINDING_NOTE, "QEMU devices", "all %zu that guests can need",
			   ARRAY_SIZE(devices));
	return 0;
}

#define KERNEL_PREFIX "vmlinuz-"

static bool has_modules(const char *modules, const char *kernel)
{
	CLEANUP_FREE char *dir = path_join(modules, kernel + strlen(KERNEL_PREFIX));

	return path_exists(dir);
}

/* The name of a kernel with modules that can be read; in *ret_locked one that cannot. */
static char *find_kernel(const char *boot, const char *modules, char **ret_locked)
{
	DIR *dir = opendir(boot);
	const struct dirent *entry;
	char *found = NULL;

	while (dir && !found && (entry = readdir(dir))) {
		CLEANUP_FREE char *path = path_join(boot, entry->d_name);

		if (strncmp(entry->d_name, KERNEL_PREFIX, strlen(KERNEL_PREFIX)) != 0 ||
		    !has_modules(modules, entry->d_name))
			continue;
		if (access(path, R_OK) == 0)
			found = STEAL(path);
		else if (!*ret_locked)
			*ret_locked = STEAL(path);
	}
	if (dir)
		closedir(dir);
	return found;
}

void host_check_appliance(const char *boot, const char *modules, struct report *ret)
{
	CLEANUP_FREE char *locked = NULL, *kernel = find_kernel(boot, modules, &locked);
	static const char subject[] = "libguestfs appliance";

	if (kernel)
		report_add(ret, FINDING_NOTE, subject, "can be built with %s", kernel);
	else if (locked)
		report_remedy(report_add(ret, FINDING_ERROR, subject, "%s cannot be read by this user",
					 locked),
			      "run as root, or: chmod a+r %s", locked);
	else
		report_remedy(report_add(ret, FINDING_ERROR, subject,
					 "no kernel with its modules in %s; needed for: inspect, convert",
					 boot),
			      "apt install linux-image-cloud-amd64");
}

static void check_drivers(struct report *r)
{
	static const char iso[] = "/usr/share/virtio-win/virtio-win.iso";

	if (access(iso, R_OK) == 0)
		report_add(r, FINDING_NOTE, "Windows drivers", "%s", iso);
	else
		report_add(r, FINDING_NOTE, "Windows drivers",
			   "no virtio-win ISO on this host; Linux guests bring their own drivers");
}

/* Whom QEMU of guests runs as when root launches them. */
static void check_user(struct report *r)
{
	struct child_user user = { 0 };

	if (geteuid() != 0)
		report_add(r, FINDING_NOTE, "user of guests", "guests run as whoever launches them");
	else if (confine_user(&user))
		report_add(r, FINDING_NOTE, "user of guests", CONFINE_USER);
	else
		report_remedy(report_add(r, FINDING_WARNING, "user of guests", "there is no user " CONFINE_USER
					 ": QEMU of guests runs as root"),
			      "systemd-sysusers, or: adduser --system --group --no-create-home " CONFINE_USER);
}

int host_check(struct report *ret, struct error *err)
{
	if (check_accelerator(ret, err) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE(programs); i++)
		check_program(&programs[i], ret);
	if (check_devices(ret, err) < 0)
		return -1;
	check_firmware(ret);
	check_user(ret);
#ifdef HAVE_GUESTFS
	host_check_appliance("/boot", "/lib/modules", ret);
#else
	report_add(ret, FINDING_NOTE, "libguestfs", "this rehost was built without it");
#endif
	check_drivers(ret);
	return 0;
}
