/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_IMPORT_PRIVATE_H
#define REHOST_IMPORT_PRIVATE_H

/* One importer a document. For lib/import*.c only. */

#include "lib/base/size.h"
#include "lib/import.h"

int import_acrn(struct machine *m, const xmlNode *root, struct error *err);
int import_acrn_devices(struct machine *m, const xmlNode *root, struct error *err);
int import_eve(struct machine *m, const char *text, size_t len, const char *name,
	       struct error *err);
int import_hwloc(struct machine *m, const xmlNode *root, struct error *err);
int import_libvirt(struct machine *m, const xmlNode *root, struct error *err);

enum {
	IMPORT_DEPTH_MAX = 64,		/* elements inside each other             */
	IMPORT_FUNCTIONS_MAX = 4096,	/* PCI functions                          */
};

/** import_u64 - decimal or 0x…; @fallback if it is neither, or NULL */
uint64_t import_u64(const char *text, uint64_t fallback);

/** import_attr, import_child - the same from an attribute, from the text of a child element */
uint64_t import_attr(const xmlNode *node, const char *attr, uint64_t fallback);
uint64_t import_child(const xmlNode *node, const char *child, uint64_t fallback);

/** import_bdf - 0000:00:1f.2 in our form, or NULL */
char *import_bdf(const char *text);

/** import_function - a PCI function of which nothing is known yet; ERR_FORMAT if there are too many */
int import_function(struct machine *m, const char *bdf, struct machine_pci **ret,
		    struct error *err);

/** import_thread - the same for a thread; ERR_FORMAT if there are more than can be planned */
int import_thread(struct machine *m, uint64_t cpu, struct machine_thread **ret, struct error *err);

/** import_mhz - the speed in a processor's name: "… @ 2.40GHz"; 0 if there is none */
uint32_t import_mhz(const char *model);

#endif
