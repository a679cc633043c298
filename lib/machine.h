/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_MACHINE_H
#define REHOST_MACHINE_H

/*
 * One physical computer: an old PC (machine.xml of a capture) or an edge host (a profile). The same
 * reader describes both from the files below a root: "/" for the running machine, or a folder that
 * holds a copy of its /sys and /proc.
 *
 * A fact that could not be read is not zero but missing: machine_lacks() says why.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "lib/base/xml.h"

enum tristate { TRI_UNKNOWN, TRI_NO, TRI_YES };

struct machine_missing {
	char *fact, *why;
};

struct machine_nic {
	char *name;		/* eth0                              */
	char *mac;		/* aa:bb:cc:dd:ee:ff                 */
	char *driver;		/* kernel driver, or NULL            */
	char *bdf;		/* 0000:00:03.0, or NULL             */
	char *label;		/* text on the box, or NULL          */
	char *usage;		/* host, shared, dedicated, disabled */
};

struct machine_serial {
	char *name;		/* ttyS0                             */
	char *uart;		/* 16550A                            */
	uint64_t port;		/* I/O port, 0: none                 */
	uint64_t irq;
	char *label, *usage;	/* as above                          */
};

struct machine_disk {
	char *name;		/* sda                               */
	char *model, *serial;	/* or NULL                           */
	uint64_t size;		/* [bytes]                           */
	uint64_t sector_size;	/* logical                   [bytes] */
	enum tristate rotational, removable;
};

struct machine_pci {
	char *bdf;
	uint32_t class, vendor, device, subvendor, subdevice;
	char *driver;		/* or NULL                           */
	int64_t group;		/* IOMMU group, -1: none             */
	int64_t node;		/* NUMA node, -1: none               */
	enum tristate boot_vga;
};

struct machine_thread {
	uint32_t cpu;		/* number that Linux gives it        */
	uint32_t core, package, node;
	enum tristate efficiency;	/* E core of a hybrid processor */
	uint32_t base_mhz, max_mhz;	/* 0: not known              */
};

struct machine_cache {
	uint32_t level, id, ways;
	uint64_t size;		/* [bytes]                           */
	char *cpus;		/* list as Linux writes it: 0-3,8    */
	uint32_t cat_bits, cat_min_bits, cat_closids;	/* 0: no CAT */
	uint64_t cat_shareable;	/* bit mask                          */
};

struct machine_node {
	uint32_t id;
	uint64_t memory;	/* [bytes]                           */
	char *cpus;
};

struct machine {
	char *name;
	char *arch;		/* i686, x86_64, aarch64             */
	char *vendor, *product, *serial, *uuid, *bios;	/* SMBIOS, each may be NULL */
	enum tristate uefi, secure_boot;
	char *cpu_vendor, *cpu_model;
	char *virtualization;	/* vmx, svm, none; NULL: not known   */
	char *iommu;		/* vt-d, amd-vi, none; NULL: not known */
	char *kernel, *cmdline;
	char *isolated;		/* CPU list, "" if none              */
	uint64_t memory;	/* [bytes]                           */
	struct machine_thread *threads;
	size_t n_threads;
	struct machine_cache *caches;
	size_t n_caches;
	struct machine_node *nodes;
	size_t n_nodes;
	struct machine_pci *pci;
	size_t n_pci;
	struct machine_nic *nics;
	size_t n_nics;
	struct machine_serial *serials;
	size_t n_serials;
	struct machine_disk *disks;
	size_t n_disks;
	struct machine_missing *missing;
	size_t n_missing;
	/* what the host keeps for itself; operator's facts */
	char *reserve_cpus;	/* CPU list                          */
	uint64_t reserve_memory;	/* [bytes]                   */
};

/**
 * machine_probe - describe a computer from its /sys and /proc
 * @ret:  the description; machine_clear() frees it
 * @root: "/" or a folder with a copy of those trees
 * @err:  only if @root is no folder: what is not there is recorded as missing
 */
int machine_probe(struct machine *ret, const char *root, struct error *err);

/** machine_read, machine_write - the document machine.xml, schema "machine" */
int machine_read(struct machine *ret, const char *path, struct error *err);
int machine_write(const struct machine *m, const char *path, enum outfile_mode mode,
		  struct error *err);

/** machine_lacks - why @fact is missing, or NULL if it is there */
const char *machine_lacks(const struct machine *m, const char *fact);

void machine_clear(struct machine *m);

#define MACHINE_INIT { 0 }
#define CLEANUP_MACHINE __attribute__((cleanup(machine_clear)))

#endif
