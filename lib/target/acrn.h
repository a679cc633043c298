/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_TARGET_ACRN_H
#define REHOST_TARGET_ACRN_H

/*
 * What the parts of target acrn share: lib/target/acrn*.c only.
 *
 * ACRN numbers processors twice: its scenario by the number that Linux gives them (pcpu_id), its
 * device model by their local APIC. struct acrn_vm keeps both apart.
 */

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "lib/base/strv.h"
#include "lib/base/xml.h"
#include "lib/fileset.h"
#include "lib/identity.h"
#include "lib/plan.h"
#include "lib/report.h"

/* Names and limits of ACRN 3.3 and of its device model. */
enum {
	ACRN_NAME_MAX = 15,	/* characters of the name of a virtual machine           */
	ACRN_VMS_MAX = 16,	/* MAX_VM_NUM as it is when nothing else is said          */
	ACRN_CPUS_MAX = 64,	/* of one virtual machine                                 */
	ACRN_DM_CPUS_MAX = 16,	/* of one that acrn-dm runs, its VM_MAXCPU                */
	ACRN_LINKS_MAX = 4,	/* shared memory and PCI wires of one virtual machine     */
	ACRN_WIRES_MAX = 8,	/* wires on I/O ports of one virtual machine              */
	ACRN_BOOTARGS_MAX = 1023,
	ACRN_LOW_MEMORY_MAX = 0x7fffffff,	/* below the hole for PCI, at 2 GiB [bytes] */
	ACRN_MEMORY_UNIT = 2 << 20,	/* huge pages                             [bytes] */
	ACRN_DM_MEMORY_MIN = 128 << 20,	/* acrn-dm takes no less          [bytes] */
	ACRN_SHARED_MIN = 2 << 20,
	ACRN_SHARED_MAX = 512 << 20,
};

#define ACRN_LOW_END (UINT64_C(1) << 32)	/* memory of partitions lies above */
#define ACRN_SERVICE_VM "service-vm"
#define ACRN_DM "acrn-dm"
#define ACRN_ARGS_FILE "acrn-dm.args"	/* one argument a line                                 */
#define ACRN_PREPARE_FILE "prepare"	/* what the host needs before: processors, cards, nets */
#define ACRN_OVMF "/usr/share/acrn/bios/OVMF.fd"
enum { ACRN_GIVES = IDENTITY_MAC };	/* of the identity of the old PC */

#define ACRN_HOME "/var/lib/rehost/acrn"	/* of guests that are installed by hand        */
#define ACRN_BRIDGE "acrn-br0"

enum acrn_order { ACRN_PRE_LAUNCHED, ACRN_SERVICE, ACRN_POST_LAUNCHED };

struct acrn_vm {
	const struct partition *p;	/* NULL: the Service VM                       */
	enum acrn_order order;
	unsigned int id;
	char name[ACRN_NAME_MAX + 1];
	bool rt;
	uint32_t cpu[ACRN_CPUS_MAX];	/* pcpu_id: the numbers of Linux              */
	int64_t apic[ACRN_CPUS_MAX];	/* of the same; -1: not known                 */
	size_t n_cpus;
};

struct acrn_layout {
	const struct plan *plan;
	struct acrn_vm *vms;		/* by id, without holes                       */
	size_t n_vms;
	const struct acrn_vm *service;
};

#define ACRN_LAYOUT_INIT { 0 }

/**
 * acrn_layout_make - who is which virtual machine
 * @ret:  acrn_layout_clear() frees it
 * @plan: the plan; pre-launched machines come first, then the Service VM, then the others
 */
void acrn_layout_make(struct acrn_layout *ret, const struct plan *plan);
void acrn_layout_clear(struct acrn_layout *l);

#define CLEANUP_ACRN_LAYOUT __attribute__((cleanup(acrn_layout_clear)))

/** acrn_vm_name - the guest's name, or one that is made from it if ACRN would not take it */
void acrn_vm_name(const char *guest, char ret[ACRN_NAME_MAX + 1]);

/** acrn_find_vm - of a partition's name, or of the host if @guest is NULL; NULL: there is none */
const struct acrn_vm *acrn_find_vm(const struct acrn_layout *l, const char *guest);

/* Where one end of a link is. */
struct acrn_end {
	const struct acrn_vm *vm;
	uint64_t port;		/* kind uart                     */
	uint32_t slot;		/* kind pci-uart, memory; 0: none is free */
};

/** acrn_link_end - the address of end @end of link @link; the same in all files */
struct acrn_end acrn_link_end(const struct acrn_layout *l, size_t link, size_t end);

/** acrn_is_kind - is a device of a plan of that kind? */
bool acrn_is_kind(const struct partition_device *d, const char *kind);

/** acrn_pci - the function of the host, or NULL */
const struct machine_pci *acrn_pci(const struct machine *m, const char *bdf);

/**
 * acrn_is_graphics - Intel's own graphics, which acrn-dm knows by its address
 *
 * Drivers of guests look for it at 00:02.0, which is where ACRN's own scripts put it.
 */
bool acrn_is_graphics(const struct machine_pci *f);

/* The checks, one for each kind of rule. */
void acrn_check_host(const struct acrn_layout *l, struct report *ret);
void acrn_check_guests(const struct acrn_layout *l, struct report *ret);
void acrn_check_cpus(const struct acrn_layout *l, struct report *ret);
void acrn_check_memory(const struct acrn_layout *l, struct report *ret);
void acrn_check_devices(const struct acrn_layout *l, struct report *ret);
void acrn_check_links(const struct acrn_layout *l, struct report *ret);
void acrn_check_cache(const struct acrn_layout *l, struct report *ret);

/** acrn_wrong - a finding with its remedy; @vm may be NULL */
void acrn_wrong(struct report *ret, enum severity severity, const char *subject, const char *remedy,
		const char *fmt, ...) PRINTF_LIKE(5, 6);

/* The files. */
int acrn_emit_scenario(const struct acrn_layout *l, struct fileset *ret, struct error *err);
int acrn_emit_board(const struct acrn_layout *l, struct fileset *ret, struct error *err);
int acrn_emit_units(const struct acrn_layout *l, struct fileset *ret, struct error *err);
int acrn_emit_boot(const struct acrn_layout *l, struct fileset *ret, struct error *err);
int acrn_emit_report(const struct acrn_layout *l, const struct report *findings,
		     struct fileset *ret, struct error *err);

/** acrn_put_cache - CACHE_REGION of the scenario, nothing if nobody has ways of its own */
void acrn_put_cache(const struct acrn_layout *l, struct xml_out *x);

/** acrn_wants_cache - has anybody ways of its own? */
bool acrn_wants_cache(const struct acrn_layout *l);

/**
 * acrn_argv - the arguments of acrn-dm, without the program's name
 * @err: ERR_UNSUPPORTED; the result has passed acrn_argv_check()
 */
int acrn_argv(const struct acrn_layout *l, const struct acrn_vm *vm, struct strv *ret,
	      struct error *err);

/** acrn_raw_name - file of disk @i as acrn-dm gets it; the caller frees it */
char *acrn_raw_name(const struct guest *g, size_t i);

/** acrn_tap - name of the host's end of network card @i; the caller frees it */
char *acrn_tap(const struct acrn_vm *vm, size_t i);

/** acrn_bootargs - options of the Service VM's kernel, NULL if not known; the caller frees it */
char *acrn_bootargs(const struct machine *m);

/** acrn_prepare - ACRN_PREPARE_FILE of a virtual machine, a script for bash; the caller frees it */
char *acrn_prepare(const struct acrn_vm *vm);

/**
 * acrn_script - the program that acrnctl and acrnd run for a virtual machine
 * @name: of the virtual machine
 * @dir:  the folder with its files
 * @log:  the file that gets what its first serial port writes
 * @args: of acrn-dm
 *
 * Every word of it is quoted. The caller frees it.
 */
char *acrn_script(const char *name, const char *dir, const char *log, const struct strv *args);

#endif
