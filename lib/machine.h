/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_MACHINE_H
#define REHOST_MACHINE_H

/*
 * One physical computer: an old PC (machine.xml of a capture) or an edge host (a profile). The same
 * reader describes both from the files below a root: "/" for the running machine, or a folder or
 * archive that holds a copy of its /sys and /proc.
 *
 * A fact that could not be read is not zero but missing: machine_lacks() says why. Numbers that are
 * not known are 0 where 0 makes no sense, else -1.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "lib/machine_model.h"
#include "lib/base/record.h"
#include "lib/base/xml.h"

struct machine_missing {
	char *fact, *why;
};

struct machine_nic {
	char *name;		/* eth0                              */
	char *mac;		/* aa:bb:cc:dd:ee:ff; NULL: not known */
	char *driver;		/* kernel driver, or NULL            */
	char *bdf;		/* 0000:00:03.0, or NULL             */
	char *label;		/* text on the box, or NULL          */
	char *usage;		/* host, shared, dedicated, disabled */
	uint32_t mbps;		/* speed of the link, 0: not known   */
};

struct machine_serial {
	char *name;		/* ttyS0                             */
	char *uart;		/* 16550A                            */
	uint64_t port;		/* I/O port, 0: none                 */
	uint64_t irq;		/* 0: none                           */
	char *label, *usage;	/* as above                          */
	uint64_t mmio;		/* address of a UART in memory, 0: none */
	char *bdf;		/* of a serial card, or NULL         */
};

/* Everything else that a cable or a plug goes into. */
struct machine_port {
	char *name;		/* parport0, can0, gpiochip0, 1-1.4  */
	char *kind;		/* parallel, usb-controller, usb-device, can, gpio, audio, other */
	char *bdf;		/* or NULL                           */
	char *path;		/* device file or bus path, or NULL  */
	char *ids;		/* USB: 0403:6001; else NULL         */
	char *detail;		/* what it says of itself, or NULL   */
	uint64_t port;		/* I/O port, 0: none                 */
	int64_t irq;		/* -1: none                          */
	char *label, *usage;	/* as above                          */
};

struct machine_disk {
	char *name;		/* sda                               */
	char *model, *serial;	/* or NULL                           */
	uint64_t size;		/* [bytes]                           */
	uint64_t sector_size;	/* logical                   [bytes] */
	enum tristate rotational, removable;
	char *bdf;		/* of its controller, or NULL        */
	char *usage;		/* host: mounted here; or as above   */
	uint64_t read_rate;	/* measured, 0: not measured [bytes/s] */
	uint64_t read_iops;	/* measured, 0: not measured         */
	uint64_t write_iops;	/* the same, each write synchronous  */
};

/* A disk as the BIOS counts and divides it (int 13h, function 8). */
struct machine_bios_disk {
	uint32_t number;	/* 0x80: the first                   */
	uint32_t cylinders, heads, sectors;
	uint64_t size;		/* 0: it did not tell        [bytes] */
};

struct machine_bar {
	uint32_t index;
	char *kind;		/* io, mem32, mem64                  */
	uint64_t start, size;	/* [bytes]                           */
};

struct machine_pci {
	char *bdf;
	uint32_t class, vendor, device, subvendor, subdevice;
	char *driver;		/* or NULL                           */
	int64_t group;		/* IOMMU group, -1: none             */
	int64_t node;		/* NUMA node, -1: none               */
	enum tristate boot_vga;
	char *reset;		/* flr pm bus: how it can be reset; NULL: not known */
	int64_t intx;		/* interrupt line, -1: none          */
	enum tristate msi;	/* has MSI or MSI-X                  */
	uint32_t sriov_total, sriov_enabled;	/* virtual functions */
	struct machine_bar *bars;
	size_t n_bars;
};

struct machine_region {
	uint64_t start, end;	/* both inside                       */
	char *kind;		/* direct, reserved, msi, ram, …     */
};

struct machine_window {
	char *bus;		/* 0000:00                           */
	uint64_t start, end;	/* memory, both inside               */
};

struct machine_group {
	uint64_t id;		/* of the IOMMU group                */
	char *type;		/* DMA, identity, …; NULL: not known */
	struct machine_region *regions;	/* reserved by firmware or hardware */
	size_t n_regions;
};

struct machine_thread {
	uint32_t cpu;		/* number that Linux gives it        */
	uint32_t core, package, node;
	enum tristate efficiency;	/* E core of a hybrid processor */
	uint32_t base_mhz, max_mhz;	/* 0: not known              */
	int64_t die, cluster, apic;	/* -1: not known             */
	char *siblings;		/* CPU list of its core; NULL: not known */
};

struct machine_cache {
	uint32_t level, id, ways;
	char *type;		/* Unified, Data, Instruction        */
	uint64_t size;		/* [bytes]                           */
	char *cpus;		/* list as Linux writes it: 0-3,8    */
	uint32_t cat_bits, cat_min_bits, cat_closids;	/* 0: no CAT */
	uint64_t cat_shareable;	/* bit mask                          */
	enum tristate cat_cdp;	/* code and data apart               */
};

struct machine_hugepages {
	uint64_t size;		/* [bytes]                           */
	uint64_t total, free;	/* pages                             */
};

struct machine_node {
	uint32_t id;
	uint64_t memory;	/* [bytes]                           */
	char *cpus;
	char *distances;	/* "10 21", or NULL                  */
	struct machine_hugepages *hugepages;
	size_t n_hugepages;
};

struct machine {
	char *name;
	char *source;		/* where a shipped profile's facts are from, or NULL */
	char *arch;		/* i686, x86_64, aarch64             */
	char *vendor, *product, *serial, *uuid, *bios;	/* SMBIOS, each may be NULL */
	char *slic, *msdm;	/* ACPI tables of OEM licences, in hexadecimal; or NULL */
	char *looked_by;	/* medium: the capture medium, not its own system; or NULL */
	char *rtc;		/* what its hardware clock showed: 2026-11-26 03:05:10; or NULL */
	char *rtc_offset;	/* seconds before (+) or behind (-) UTC, in quarters of an hour; or NULL */
	char *rtc_guess;	/* utc, localtime; NULL: no guess    */
	char *video_mode;	/* that the kernel found: 0x03 80x25, 1024x768x32; or NULL */
	enum tristate uefi, secure_boot;
	char *tpm;		/* 1.2, 2.0, none; NULL: not known   */
	char *cpu_vendor, *cpu_model;
	char *cpu_flags;	/* abilities as Linux names them; NULL: not known */
	char *vmx_flags;	/* of VT-x; NULL: not known          */
	uint32_t cpu_family, cpu_number, cpu_stepping;	/* 0: not known */
	uint32_t cpuid_level;	/* highest leaf, 0: not known        */
	uint32_t physical_bits, virtual_bits;	/* of addresses, 0: not known */
	char *virtualization;	/* vmx, svm, none; NULL: not known   */
	enum tristate nested_paging, unrestricted_guest, apicv;
	enum tristate virtual;	/* is itself a virtual machine       */
	char *iommu;		/* vt-d, amd-vi, smmu, none; NULL: not known */
	enum tristate interrupt_remapping;
	char *kernel, *cmdline;
	enum tristate rt_kernel;
	char *online;		/* CPU list                          */
	char *isolated;		/* CPU list, "" if none              */
	char *nohz_full;	/* CPU list; NULL: not known         */
	uint64_t memory;	/* installed, as well as it is known [bytes] */
	uint64_t usable;	/* what the kernel hands out; 0: not known [bytes] */
	struct machine_region *ranges;	/* memory map of the firmware */
	size_t n_ranges;
	struct machine_window *windows;	/* addresses that PCI devices get */
	size_t n_windows;
	struct machine_thread *threads;
	size_t n_threads;
	struct machine_cache *caches;
	size_t n_caches;
	struct machine_node *nodes;
	size_t n_nodes;
	struct machine_pci *pci;
	size_t n_pci;
	struct machine_group *groups;
	size_t n_groups;
	struct machine_nic *nics;
	size_t n_nics;
	struct machine_serial *serials;
	size_t n_serials;
	struct machine_port *ports;
	size_t n_ports;
	struct machine_disk *disks;
	size_t n_disks;
	struct machine_bios_disk *bios_disks;
	size_t n_bios_disks;
	struct machine_missing *missing;
	size_t n_missing;
	/* what the host keeps for itself; operator's facts */
	char *reserve_cpus;	/* CPU list; NULL: not said          */
	uint64_t reserve_memory;	/* [bytes]                   */
	uint64_t spare_percent;	/* of shared CPUs, left unplanned    */
	char *images;		/* disk that holds the guests' disks; NULL: not said */
	/* the document that this was imported from */
	char *original_kind;	/* acrn-board, eve-model, hwloc, libvirt; NULL: none */
	char *original_name;	/* file name it had                  */
	char *original;		/* its text                          */
};

/**
 * machine_probe - describe a computer from its /sys and /proc
 * @ret:  the description; machine_clear() frees it
 * @root: "/", or a folder or tar archive with a copy of those trees
 * @err:  only if @root cannot be read: what is not there is recorded as missing
 */
int machine_probe(struct machine *ret, const char *root, struct error *err);

/** machine_bios_disk - what the BIOS told of a disk of this size, if that is one answer; else NULL */
const struct machine_bios_disk *machine_bios_disk(const struct machine *m, uint64_t size);

/** machine_read, machine_write - the document machine.xml, schema "machine" */
int machine_read(struct machine *ret, const char *path, struct error *err);
int machine_write(const struct machine *m, const char *path, enum outfile_mode mode,
		  struct error *err);

/** machine_read_memory - the same from a buffer; @name stands in messages */
int machine_read_memory(struct machine *ret, const char *text, size_t len, const char *name,
			struct error *err);

/** machine_to_json - the same facts; the caller owns the object */
struct json_object *machine_to_json(const struct machine *m);

/** machine_runs - can its processors run programs for @word? True where they are not known */
bool machine_runs(const struct machine *m, enum word word);

/** machine_lacks - why @fact is missing, or NULL if it is there */
const char *machine_lacks(const struct machine *m, const char *fact);

/** machine_name_from - @text as the name of a document may be: other characters become '-' */
char *machine_name_from(const char *text);

/** machine_default_reserve - what the host keeps unless the operator says otherwise */
void machine_default_reserve(struct machine *m);

/** machine_miss - record that a fact could not be found, and why; the first reason stays */
void machine_miss(struct machine *m, const char *fact, const char *why, ...) PRINTF_LIKE(3, 4);

/**
 * machine_compare_clock - what its hardware clock holds, by a clock that is right
 * @m:        gets offset and guess, or the reasons for there being none
 * @hardware: seconds since 1970 by its clock, read as UTC
 * @now:      seconds since 1970
 */
void machine_compare_clock(struct machine *m, uint64_t hardware, uint64_t now);

/** machine_take_clock - what was found out of the same machine's clock, or why nothing was */
void machine_take_clock(struct machine *m, const struct machine *from);

void machine_clear(struct machine *m);

#define MACHINE_INIT { 0 }
#define CLEANUP_MACHINE __attribute__((cleanup(machine_clear)))

#endif
