// SPDX-License-Identifier: GPL-2.0-or-later
/* The devices of a host for the guests of a plan: PCI cards and bridges. */
#include "config.h"

#include <dirent.h>
#include <inttypes.h>
#include <limits.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/alloc.h"
#include "lib/base/path.h"
#include "lib/guest_net.h"
#include "lib/preparation_steps.h"

static char *card_path(const char *bdf, const char *file)
{
	return xasprintf("/sys/bus/pci/devices/%s/%s", bdf, file);
}

/* The last name of what a link leads to, or NULL; the caller frees it. */
static char *leads_to(const char *link)
{
	char target[PATH_MAX];
	ssize_t len = readlink(link, target, sizeof(target) - 1);

	if (len <= 0)
		return NULL;
	target[len] = '\0';
	return path_basename(target);
}

/* What a link of a card leads to: its driver, its group; NULL: none. The caller frees it. */
static char *link_of(const struct preparation *p, const char *bdf, const char *name)
{
	CLEANUP_FREE char *path = card_path(bdf, name), *full = xasprintf("%s%s", p->root, path);

	return leads_to(full);
}

static bool is_bridge(const struct preparation *p, const char *bdf)
{
	CLEANUP_FREE char *path = card_path(bdf, "class"), *full = xasprintf("%s%s", p->root, path);
	CLEANUP_FREE char *text = NULL;

	/* base class 06: bridges stay with the host; they carry nothing of their own to memory */
	return file_read(full, 64, &text, NULL, NULL) == 0 && strncmp(text, "0x06", 4) == 0;
}

static int list_group(const struct preparation *p, const char *group, struct strv *ret,
		      struct error *err)
{
	CLEANUP_FREE char *path =
		xasprintf("%s/sys/kernel/iommu_groups/%s/devices", p->root, group);
	struct dirent *entry;
	DIR *d = opendir(path);

	if (!d)
		return error_set(err, ERR_NOT_FOUND, "IOMMU group %s has no devices in '%s'", group,
				 path);
	while ((entry = readdir(d)))
		if (entry->d_name[0] != '.')
			strv_add(ret, entry->d_name);
	closedir(d);
	strv_sort(ret);
	return 0;
}

static bool gets(const struct partition *part, const char *bdf)
{
	for (size_t i = 0; i < part->n_devices; i++)
		if (strcmp(part->devices[i].kind, "pci") == 0 &&
		    strcmp(part->devices[i].host, bdf) == 0)
			return true;
	return false;
}

/* A group is one to the IOMMU: its guest gets all of it, or nothing is given away. */
static int check_group(const struct preparation *p, const struct partition *part, const char *bdf,
		       struct error *err)
{
	CLEANUP_FREE char *group = link_of(p, bdf, "iommu_group");
	struct strv members CLEANUP_STRV = STRV_INIT;

	if (!group) {
		error_set(err, ERR_UNSUPPORTED, "PCI card %s of guest '%s' is in no IOMMU group", bdf,
			  part->name);
		return error_hint(err, "switch the IOMMU on: in the firmware, and with intel_iommu=on or "
				  "amd_iommu=on for the kernel");
	}
	if (list_group(p, group, &members, err) < 0)
		return -1;
	for (size_t i = 0; i < members.n; i++) {
		if (gets(part, members.v[i]) || is_bridge(p, members.v[i]))
			continue;
		error_set(err, ERR_UNSUPPORTED, "PCI card %s of guest '%s' shares IOMMU group %s with %s, "
			  "which the guest does not get", bdf, part->name, group, members.v[i]);
		return error_hint(err, "give it both, or put the card into another slot");
	}
	return 0;
}

/* driver_override, then probing again: Documentation/ABI/testing/sysfs-bus-pci of Linux. */
static void bind_card(struct preparation *p, const char *guest, const char *bdf)
{
	CLEANUP_FREE char *driver = link_of(p, bdf, "driver");

	if (driver && strcmp(driver, "vfio-pci") == 0)
		return;
	/* undone last, when nothing holds the card any more: then its own driver is found again */
	step_write(p, xasprintf("PCI card %s for %s", bdf, guest), xstrdup("/sys/bus/pci/drivers_probe"),
		   xstrdup(bdf))->back = xstrdup(bdf);
	step_write(p, xstrdup("its next driver is VFIO"),
		   card_path(bdf, "driver_override"), xstrdup("vfio-pci"))->back = xstrdup("\n");
	if (driver)
		step_write(p, xasprintf("its driver %s lets go", driver), card_path(bdf, "driver/unbind"),
			   xstrdup(bdf))->back = xstrdup(bdf);
	step_write(p, xstrdup("its driver is chosen again"), xstrdup("/sys/bus/pci/drivers_probe"),
		   xstrdup(bdf))->back = xstrdup(bdf);
}

int prepare_cards(struct preparation *p, const struct plan *plan, struct error *err)
{
	bool loaded = false;

	for (size_t i = 0; i < plan->n_partitions; i++) {
		const struct partition *part = &plan->partitions[i];

		for (size_t k = 0; k < part->n_devices; k++) {
			if (strcmp(part->devices[k].kind, "pci") != 0)
				continue;
			if (check_group(p, part, part->devices[k].host, err) < 0)
				return -1;
			if (!loaded)
				step_run(p, xstrdup("the driver that hands cards to guests"),
					 "modprobe vfio-pci", NULL);
			loaded = true;
			bind_card(p, part->name, part->devices[k].host);
		}
	}
	return 0;
}

/* Xen has the cards' memory apart itself: no groups of Linux. xl(1), "pci-assignable-add". */
void prepare_cards_for_xen(struct preparation *p, const struct plan *plan)
{
	bool loaded = false;

	for (size_t i = 0; i < plan->n_partitions; i++) {
		const struct partition *part = &plan->partitions[i];

		for (size_t k = 0; k < part->n_devices; k++) {
			const char *bdf = part->devices[k].host;
			CLEANUP_FREE char *driver = NULL, *give = NULL, *take = NULL;

			if (strcmp(part->devices[k].kind, "pci") != 0)
				continue;
			driver = link_of(p, bdf, "driver");
			if (driver && strcmp(driver, "pciback") == 0)
				continue;
			if (!loaded)
				step_run(p, xstrdup("the driver that hands cards to guests"),
					 "modprobe xen-pciback", NULL);
			loaded = true;
			give = xasprintf("xl pci-assignable-add %s", bdf);
			take = xasprintf("xl pci-assignable-remove -r %s", bdf);
			step_run(p, xasprintf("PCI card %s for %s", bdf, part->name), give, take);
		}
	}
}

/* --- bridges --------------------------------------------------------------------------------- */

static char *link_path(const struct preparation *p, const char *link, const char *file)
{
	return xasprintf("%s/sys/class/net/%s/%s", p->root, link, file);
}

static bool is_up(const struct preparation *p, const char *link)
{
	CLEANUP_FREE char *path = link_path(p, link, "flags"), *text = NULL;
	unsigned int flags = 0;

	return file_read(path, 64, &text, NULL, NULL) == 0 && sscanf(text, "%x", &flags) == 1 &&
	       (flags & IFF_UP);
}

/* The bridge that a card is a port of, or NULL; the caller frees it. */
static char *bridge_of(const struct preparation *p, const char *nic)
{
	CLEANUP_FREE char *path = link_path(p, nic, "master");

	return leads_to(path);
}

static void bring_up(struct preparation *p, const char *link, const char *why)
{
	CLEANUP_FREE char *up = xasprintf("ip link set dev %s up", link);
	CLEANUP_FREE char *down = xasprintf("ip link set dev %s down", link);

	if (!is_up(p, link))
		step_run(p, xstrdup(why), up, down);
}

/* Takes @why over. */
static void make_bridge(struct preparation *p, const char *bridge, char *why)
{
	CLEANUP_FREE char *path = link_path(p, bridge, "bridge");
	CLEANUP_FREE char *make = xasprintf("ip link add name %s type bridge", bridge);
	CLEANUP_FREE char *drop = xasprintf("ip link delete %s type bridge", bridge);

	if (path_exists(path))
		free(why);
	else
		step_run(p, why, make, drop);
	bring_up(p, bridge, "it runs");
}

static const struct machine_nic *find_nic(const struct plan *plan, const char *name)
{
	for (size_t i = 0; i < plan->host.n_nics; i++)
		if (strcmp(plan->host.nics[i].name, name) == 0)
			return &plan->host.nics[i];
	return NULL;
}

/* To take away the card that the host is reached by would cut off whoever types this. */
static void prepare_bridge(struct preparation *p, const struct plan *plan, const char *nic)
{
	const struct machine_nic *known = find_nic(plan, nic);
	CLEANUP_FREE char *bridge = bridge_name(nic), *master = bridge_of(p, nic);
	CLEANUP_FREE char *join = xasprintf("ip link set dev %s master %s", nic, bridge);
	CLEANUP_FREE char *leave = xasprintf("ip link set dev %s nomaster", nic);
	bool joined = master && strcmp(master, bridge) == 0;

	make_bridge(p, bridge, xasprintf("a bridge for guests on %s", nic));
	if (!joined && ((known && known->usage && strcmp(known->usage, "host") == 0) || master)) {
		report_remedy(report_add(&p->findings, FINDING_WARNING, nic, master
					 ? "it is a port of another bridge: it is not moved to bridge %s"
					 : "the host itself is reached by it: it is not moved to bridge %s", bridge),
			      "give the host's address to %s in the host's network configuration, with %s "
			      "as its port", bridge, nic);
		return;
	}
	if (!joined)
		step_run(p, xasprintf("%s is a port of it", nic), join, leave);
	bring_up(p, nic, "and carries");
}

/* What lies behind it is the host's affair: nothing of a plan says it. */
static void prepare_net(struct preparation *p, const struct plan *plan)
{
	for (size_t i = 0; i < plan->n_partitions; i++) {
		const struct partition *part = &plan->partitions[i];

		for (size_t k = 0; part->guest.device[DIM_NIC] != NIC_NONE && k < part->guest.n_nics; k++) {
			if (guest_net_card(part, &part->guest, k))
				continue;
			make_bridge(p, GUEST_NET_BRIDGE, xstrdup("a bridge for guests without a network card of "
								 "the host"));
			return;
		}
	}
}

void prepare_bridges(struct preparation *p, const struct plan *plan, bool net)
{
	struct strv done CLEANUP_STRV = STRV_INIT;

	for (size_t i = 0; i < plan->n_partitions; i++) {
		const struct partition *part = &plan->partitions[i];

		for (size_t k = 0; k < part->n_devices; k++) {
			const char *nic = part->devices[k].host;

			if (strcmp(part->devices[k].kind, "nic") != 0 || strv_has(&done, nic))
				continue;
			strv_add(&done, nic);
			prepare_bridge(p, plan, nic);
		}
	}
	if (net)
		prepare_net(p, plan);
}
