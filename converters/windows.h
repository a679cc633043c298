/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_CONVERTERS_WINDOWS_H
#define REHOST_CONVERTERS_WINDOWS_H

/*
 * The parts of the Windows converter. All of them work on what is in memory: hives that are open for
 * writing and a list of files to put into the guest. Nothing is written before everything is known
 * to be right; then files go first and hives last, so that no driver is registered whose file is
 * not there.
 */

#include "converters/converter.h"
#include "lib/driver.h"
#include "lib/windows.h"

#define CLASS_COMPUTER "{4D36E966-E325-11CE-BFC1-08002BE10318}"
#define CLASS_DISK "{4D36E967-E325-11CE-BFC1-08002BE10318}"
#define CLASS_CDROM "{4D36E965-E325-11CE-BFC1-08002BE10318}"
#define CLASS_HDC "{4D36E96A-E325-11CE-BFC1-08002BE10318}"
#define CLASS_NET "{4D36E972-E325-11CE-BFC1-08002BE10318}"
#define CLASS_SCSI "{4D36E97B-E325-11CE-BFC1-08002BE10318}"
#define CLASS_VOLUME "{71A27CDD-812A-11D0-BEC7-08002BE2092F}"

/* Below the folder of Windows: everything that is put there and does not go to a fixed place. */
#define WINDOWS_OUR_FOLDER "rehost"

/* A file for the guest. */
struct windows_put {
	char *path;		/* in the guest, folders with the case that they have */
	char *data;
	size_t len;
	char *why;
	const struct driver *driver;	/* that it belongs to, of those in windows_edit; or NULL */
};

struct windows_cabinet {
	char *data;
	size_t len;
};

struct windows_edit {
	const struct conversion *conv;
	const struct windows *w;
	const struct driver_set *offered;	/* NULL: no driver was offered           */
	struct driver_system who;
	struct hive system, software;
	struct driver *drivers;			/* chosen from those offered             */
	size_t n_drivers;
	struct windows_put *puts;
	size_t n_puts;
	struct strv files;			/* in drivers after this, lower case     */
	struct strv whole, lacking;		/* of them: looked at; without what they import */
	struct windows_cabinet *cabinets;	/* as w->cabinets; NULL: none was read    */
	unsigned int started;			/* a bit for each bus whose drivers start */
	struct strv nics;			/* lines for the first boot              */
	bool oracle;				/* windows_wants_oracle()                */
	struct report *notes;
};

/** windows_edit_begin - open the hives; windows_edit_end() frees all */
int windows_edit_begin(struct windows_edit *e, const struct conversion *conv, struct error *err);
void windows_edit_end(struct windows_edit *e);

#define CLEANUP_WINDOWS_EDIT __attribute__((cleanup(windows_edit_end)))

/** windows_edit_all - every edit, in order; @e->conv->app is not used */
int windows_edit_all(struct windows_edit *e, struct error *err);

/** windows_put - one more file for the guest, of a driver or not; the bytes are copied */
void windows_put(struct windows_edit *e, char *path, const void *data, size_t len, const char *why,
		 const struct driver *driver);

/** windows_fetch_in_box - drivers for disks that the system keeps in its cabinets only, and what they import */
int windows_fetch_in_box(struct windows_edit *e, struct error *err);

/** windows_need_imports - are all drivers there that this one imports? *ret_missing: the first that is not */
int windows_need_imports(struct windows_edit *e, const void *data, size_t len, char **ret_missing,
			 struct error *err);

/** windows_choose_drivers - from those offered: one for each device of a virtual machine */
int windows_choose_drivers(struct windows_edit *e, struct error *err);

/**
 * windows_wants_oracle - do the chosen drivers know only virtio devices with Oracle's subsystem?
 *
 * A target gives all of its devices that subsystem or none: drivers of both kinds are a warning.
 */
bool windows_wants_oracle(struct windows_edit *e);

/** windows_register_drivers - those of disks, so that the system starts from them */
int windows_register_drivers(struct windows_edit *e, struct error *err);

/** windows_register_driver - one of them; its file is in the guest, or will be */
int windows_register_driver(struct windows_edit *e, const struct driver *d,
			    const struct windows_device *device, struct error *err);

/** windows_stage_drivers - all of them, with their INF files, for plug and play and the first boot */
int windows_stage_drivers(struct windows_edit *e, struct error *err);

/** windows_staged_inf - "netkvm/netkvm.inf": where it puts the INF of a driver, of those in @e */
char *windows_staged_inf(const struct windows_edit *e, const struct driver *d);

/** windows_list_drivers - in the guest's document, when all their files are put */
void windows_list_drivers(const struct windows_edit *e, struct guest *ret);

/** windows_fallbacks - the system's own drivers for IDE, AHCI and NVMe start when it boots */
int windows_fallbacks(struct windows_edit *e, struct error *err);

/** windows_in_box_bus - can its own drivers be made to start from this bus? their first service */
const char *windows_in_box_bus(const struct windows *w, const struct hive *system,
			       unsigned int bus);

/** windows_own_bus - has it a driver of its own for this bus, that can be made to start? */
bool windows_own_bus(const struct windows *w, const struct hive *system, unsigned int bus);

/** windows_check_disk - will the system start from the disk that was agreed? ERR_UNSUPPORTED: it will not */
int windows_check_disk(const struct windows_edit *e, struct error *err);

/** windows_killers - what kept moved systems from starting */
int windows_killers(struct windows_edit *e, struct error *err);

/** windows_critical - make a device known before plug and play: id, service, class */
int windows_critical(struct windows_edit *e, const char *id, const char *service,
		     const char *class_guid, struct error *err);

/** windows_start_at_boot - a service that exists; nothing if its file is missing: false */
int windows_start_at_boot(struct windows_edit *e, const char *service, struct error *err);

/** windows_network - the cards' settings, for the first boot; fills @ret's cards */
int windows_network(struct windows_edit *e, struct guest *ret, struct error *err);

/** windows_first_boot - the service that finishes the work in the system itself */
int windows_first_boot(struct windows_edit *e, struct guest *ret, struct error *err);

/** windows_write - files, hives, then what is outside of the system's file system */
int windows_write(struct windows_edit *e, struct guest *ret, struct error *err);

/** windows_boot_sector - geometry in the boot sector of NTFS, for systems before Vista */
int windows_boot_sector(struct windows_edit *e, struct guest *ret, struct error *err);

/** windows_boot_uefi - the fallback loader and the boot manager's settings on the ESP */
int windows_boot_uefi(struct windows_edit *e, struct guest *ret, struct error *err);

#endif
