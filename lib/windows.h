/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_WINDOWS_H
#define REHOST_WINDOWS_H

/*
 * What is known of a Windows: read from its hives and folders by lib/inspect_windows.c, turned into
 * a machine model by lib/windows_model.c, used by its converter.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "lib/base/strv.h"
#include "lib/hive.h"
#include "lib/inspection.h"

/* A file that is kept whole, with its name as its file system has it. */
struct windows_file {
	char *path;		/* /WINDOWS/system32/config/SYSTEM; NULL: there is none */
	char *data;
	size_t len;
};

struct windows_nic {
	char *guid;		/* {5AA4F8B7-…}, the name of its settings               */
	char *name;		/* of the connection: "LAN-Verbindung"                  */
	char *device;		/* PCI\VEN_8086&DEV_100F&…                              */
	char *description;
	unsigned int bus, slot, function;	/* where it was, if @placed              */
	bool placed;
	char *mac;		/* from the settings of its driver, or NULL             */
	char *address, *mask, *gateway, *dns;	/* NULL: dynamic                        */
};

struct windows_device;
struct driver;

struct windows {
	char *dir;		/* /WINDOWS                                             */
	char *system32;		/* /WINDOWS/system32                                    */
	char *drivers;		/* /WINDOWS/system32/drivers                            */
	char *inf_dir;		/* /WINDOWS/inf                                         */
	char *system_root;	/* C:\WINDOWS                                           */
	char *product, *edition, *service_pack;
	unsigned int major, minor, build;
	char *arch;		/* x86, amd64, arm64; "" if nothing says                */
	bool server;
	unsigned int current;	/* control set                                          */
	char *control_set;	/* ControlSet001                                        */
	char *hal;		/* acpiapic_up; or NULL                                 */
	bool database;		/* DriverDatabase instead of CriticalDeviceDatabase     */
	bool sha2;		/* knows signatures of driver files by SHA-2            */
	bool hibernated, fast_startup, utc;
	struct windows_file system, software, bcd;
	char *esp;		/* device of the ESP that starts it, or NULL            */
	char *starter;		/* device that the BIOS reads ntldr or bootmgr from, or NULL */
	struct windows_nic *nics;
	size_t n_nics;
	struct strv files;	/* in drivers, lower case                               */
	struct strv cabinets;	/* /WINDOWS/Driver Cache/i386/driver.cab, sp3.cab       */
	struct strv in_box;	/* "PCI\VEN_10EC&DEV_8139 netrtl.inf": drivers it brought */
	struct driver *disks;	/* drivers for disks among them                         */
	size_t n_disks;
};

/** windows_free - and all that it holds; NULL is allowed */
void windows_free(struct windows *w);

/**
 * windows_read_hives - everything that SYSTEM and SOFTWARE say
 * @w:   system.data and software.data are set; the rest is filled
 * @r:   gets what is odd; an error in it means that it must not be converted
 * @err: ERR_FORMAT names the hive that cannot be read
 */
int windows_read_hives(struct windows *w, struct report *r, struct error *err);

/** windows_in_box - does the system have a driver of its own for one of these ids? its INF, or NULL */
const char *windows_in_box(const struct windows *w, const char *const *ids);

/** windows_note_inf - what an INF file of the system itself is for */
void windows_note_inf(struct windows *w, const char *name, const void *data, size_t len);

/** windows_own_service - the service that the system itself has for a disk of these ids, or NULL */
char *windows_own_service(const struct windows *w, const struct hive *h,
			  const struct windows_device *d, const struct driver **ret_driver);

/** windows_has_file - is there such a file in the drivers folder? lower case */
bool windows_has_file(const struct windows *w, const char *name);

/** windows_version_is - at least this version of NT? */
bool windows_is(const struct windows *w, unsigned int major, unsigned int minor);

/** windows_key - a path below the control set in use; the caller frees it */
char *windows_key(const struct windows *w, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* A device of a virtual machine, as Windows calls it. */
struct windows_device {
	enum model_dim dim;
	unsigned int value;
	const char *ids[10];	/* ids that a driver may name, most exact first      */
	const char *services[4];	/* that the system itself brings for it      */
	unsigned int from, before;	/* versions that bring them: major * 256 + minor */
};

extern const struct windows_device windows_devices[];
extern const size_t n_windows_devices;

/** windows_starts - will this service be started when the system boots? */
bool windows_starts(const struct windows *w, const struct hive *h, const char *service);

/** windows_is_critical - is this id known before any other driver is? */
bool windows_is_critical(const struct windows *w, const struct hive *h, const char *const *ids,
			 const char *service);

/** windows_model - what it can drive today, with the evidence */
void windows_model(const struct inspection *in, struct inspected_system *sys);

/* What a list of versions knows about one: for names and for choosing drivers. */
struct windows_release {
	const char *name;	/* Windows 7                            */
	unsigned int major, minor, build;
	bool server;
};

/** windows_release_name - "Windows 7", "Windows Server 2008 R2" */
const char *windows_release_name(const struct windows *w);

#endif
