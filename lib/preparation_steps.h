/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_PREPARATION_STEPS_H
#define REHOST_PREPARATION_STEPS_H

/* What the parts of preparation_make() share. Each takes its texts over. */

#include "lib/preparation.h"

struct step *step_write(struct preparation *p, char *why, char *path, char *value);
struct step *step_file(struct preparation *p, char *why, char *path, char *value);
struct step *step_folder(struct preparation *p, char *why, char *path);
struct step *step_run(struct preparation *p, char *why, const char *run, const char *undo);

/** prepare_cache - ways that the host leaves to guests; @groups: and a group for each of them */
void prepare_cache(struct preparation *p, const struct plan *plan, bool groups);

/** prepare_cards - PCI cards of guests are bound to VFIO, with all of their IOMMU group */
int prepare_cards(struct preparation *p, const struct plan *plan, struct error *err);

/** prepare_cards_for_xen - PCI cards of guests are given to Xen */
void prepare_cards_for_xen(struct preparation *p, const struct plan *plan);

/**
 * prepare_bridges - a bridge for each network card of the host that guests are joined to
 * @net: and GUEST_NET_BRIDGE for cards of guests that are joined to none
 */
void prepare_bridges(struct preparation *p, const struct plan *plan, bool net);

#endif
