// SPDX-License-Identifier: GPL-2.0-or-later
/* What of a plan EVE cannot do. */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/old_parts.h"
#include "lib/plan_processors.h"
#include "lib/target/eve.h"
#include "lib/target/eve_local.h"
#include "lib/target/guest_devices.h"

enum { MIB = 1 << 20 };

static bool is(const char *word, const char *value)
{
	return word && strcmp(word, value) == 0;
}

/* Ports and devices that EVE has no way to give. */
static void check_device(const struct partition *p, const struct partition_device *d,
			 struct json_object *devices, struct report *ret)
{
	const char *what = d->label ? d->label : d->host;

	if (strcmp(d->kind, "nic") == 0)
		return;
	if (strcmp(d->kind, "parallel") == 0)
		report_remedy(report_add(ret, FINDING_ERROR, p->guest.name,
					 "EVE has no parallel ports: %s", what),
			      "give the guest to target qemu or libvirt");
	else if (!eve_assign_name(devices, d))
		report_remedy(report_add(ret, FINDING_ERROR, p->guest.name,
					 "EVE cannot assign %s (%s): it has no assignment group",
					 what, d->host),
			      "see the device's IOMMU group in the profile, or use another device");
}

static void check_serials(const struct partition *p, struct report *ret)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n_devices; i++) {
		const struct partition_device *d = &p->devices[i];

		if (strcmp(d->kind, "serial") != 0)
			continue;
		if (++n > EVE_SERIALS_MAX)
			report_add(ret, FINDING_ERROR, p->guest.name,
				   "%s is serial port number %zu, EVE gives a guest at most %d",
				   d->host, n, EVE_SERIALS_MAX);
		else
			report_remedy(report_add(ret, FINDING_WARNING, p->guest.name,
						 "old port %s becomes COM%zu in the guest: COM1 is "
						 "EVE's own", d->role, n + 1),
				      "set the program in the guest to COM%zu", n + 1);
	}
}

/* Where the device is known to have no disk or port for it. */
static void check_kind(const struct partition *p, const struct eve_settings *s, struct report *ret)
{
	const struct guest *g = &p->guest;
	bool old = eve_mode_of(g) == EVE_LEGACY;

	if (old && (is(s->persist, "zfs") || is(s->hypervisor, "k")))
		report_remedy(report_add(ret, FINDING_ERROR, g->name,
					 "it needs mode LEGACY, and %s all disks are virtio",
					 is(s->hypervisor, "k") ? "on EVE-k" : "where /persist is ZFS"),
			      "a device with ext4 and kvm, or virtio drivers in the guest");
	else if (is(s->persist, "zfs"))
		report_remedy(report_add(ret, FINDING_WARNING, g->name,
					 "where /persist is ZFS its disks are virtio-scsi, which was not tried"),
			      "make sure that the guest has that driver, or use a device with ext4");
	for (size_t i = 0; i < p->n_devices && is(s->hypervisor, "k"); i++)
		if (strcmp(p->devices[i].kind, "serial") == 0 || strcmp(p->devices[i].kind, "usb") == 0)
			report_add(ret, FINDING_ERROR, g->name, "EVE-k gives PCI functions only, not %s",
				   p->devices[i].host);
}

static void check_mode(const struct partition *p, struct report *ret)
{
	const struct guest *g = &p->guest;
	enum eve_mode mode = eve_mode_of(g);

	for (int dim = 0; dim < N_DIMS; dim++)
		if (!model_has(eve_offers(g), dim, (unsigned int)g->device[dim]))
			report_remedy(report_add(ret, FINDING_ERROR, g->name,
						 "EVE has no %s '%s' in mode %s", model_dim_name(dim),
						 model_value_name(dim, (unsigned int)g->device[dim]),
						 eve_mode_name(mode)),
				      "convert it with --target eve");
	if (mode == EVE_LEGACY)
		report_remedy(report_add(ret, FINDING_WARNING, g->name,
					 "in mode LEGACY every stop is a power cut, disks work only "
					 "where /persist is ext4, and EVE-k ignores the mode"),
			      "shut the guest down from inside before the device is updated; "
			      "virtio drivers in the guest avoid the mode");
	else if (!g->acpi)
		report_remedy(report_add(ret, FINDING_WARNING, g->name,
					 "it does not follow the power button: EVE waits 11 minutes "
					 "at each stop, then cuts the power"),
			      "shut it down from inside");
}

/* What the guest may know its old PC by. */
static void check_lost(const struct guest *g, struct report *ret)
{
	if (g->serial || g->vendor)
		report_add(ret, FINDING_WARNING, g->name,
			   "EVE cannot give the SMBIOS strings of the old PC: licences bound to them "
			   "may ask again");
	identity_check_tables(g, EVE_GIVES, "EVE", ret);
	for (size_t i = 0; i < g->n_disks; i++) {
		if (g->disks[i].serial)
			report_add(ret, FINDING_WARNING, g->name,
				   "EVE cannot give disk %zu its old serial number", i);
		if (i && g->disks[i].boot)
			report_add(ret, FINDING_WARNING, g->name,
				   "EVE starts from the first disk: disk %zu becomes it, the others "
				   "follow", i);
	}
	check_port_addresses(g, "EVE", ret);
}

/* EVE knows an app by its UUID. */
static void check_identity(const struct plan *plan, size_t index, struct report *ret)
{
	const struct guest *g = &plan->partitions[index].guest;

	for (size_t i = 0; i < index; i++)
		if (strcmp(plan->partitions[i].guest.uuid, g->uuid) == 0)
			report_remedy(report_add(ret, FINDING_ERROR, g->name,
						 "has the UUID of '%s', and EVE tells apps apart by it",
						 plan->partitions[i].guest.name),
				      "change the uuid in its guest.xml");
}

static void check_partition(const struct partition *p, const struct eve_settings *s,
			    struct json_object *devices, struct report *ret)
{
	uint64_t overhead = eve_overhead(p->memory, p->vcpus);

	check_mode(p, ret);
	check_kind(p, s, ret);
	check_lost(&p->guest, ret);
	old_parts_report(&p->guest, &eve_ports, "EVE", p->guest.name, ret);
	check_serials(p, ret);
	for (size_t i = 0; i < p->n_devices; i++)
		check_device(p, &p->devices[i], devices, ret);
	if (overhead > p->overhead)
		report_add(ret, FINDING_NOTE, p->guest.name,
			   "EVE counts %" PRIu64 " MiB for QEMU itself, the plan %" PRIu64 " MiB",
			   overhead / MIB, p->overhead / MIB);
	if (p->cache_ways)
		report_remedy(report_add(ret, FINDING_WARNING, p->guest.name,
					 "EVE has no cache allocation: its share is lost"),
			      "choose target acrn, or libvirt on a host with resctrl");
	if (p->guest.life.kind == LIFE_AGENT)
		report_add(ret, FINDING_WARNING, p->guest.name, "it shows its life by an agent, which EVE cannot ask");
	if (p->guest.cpu_quota)
		report_add(ret, FINDING_WARNING, p->guest.name, "EVE gives it whole processors, not %" PRIu64
			   " %% of each", p->guest.cpu_quota);
	if (p->started_by)
		report_add(ret, FINDING_ERROR, p->guest.name,
			   "EVE starts no guest before its own system");
	if (p->class == CLASS_RT)
		report_add(ret, FINDING_WARNING, p->guest.name,
			   "EVE pins its CPUs but isolates none: class rt is not kept");
}

/* What EVE itself adds up before it starts an app. */
static void check_memory(const struct plan *plan, struct report *ret)
{
	uint64_t need = (uint64_t)800 * MIB;

	for (size_t i = 0; i < plan->n_partitions; i++)
		need += plan->partitions[i].memory +
			eve_overhead(plan->partitions[i].memory, plan->partitions[i].vcpus);
	if (plan->host.memory && need > plan->host.memory)
		report_remedy(report_add(ret, FINDING_ERROR, plan->name,
					 "EVE counts %" PRIu64 " MiB for all guests, QEMU and itself, "
					 "the host has %" PRIu64 " MiB", need / MIB,
					 plan->host.memory / MIB),
			      "give the guests less memory, or move one away");
}

void eve_check(const struct plan *plan, struct report *ret)
{
	struct eve_settings s = eve_settings_read(plan, ret);
	const struct machine_nic *uplink = eve_uplink(plan, &s);
	struct json_object *devices = eve_devices(&plan->host, uplink ? uplink->name : NULL);

	if (!uplink)
		report_remedy(report_add(ret, FINDING_ERROR, s.uplink ? s.uplink : "uplink",
					 "no card of the host is EVE's way to its controller"),
			      "--set uplink=NAME, or usage=\"host\" at the card in the profile");
	if (!s.device)
		report_remedy(report_add(ret, FINDING_WARNING, "device",
					 "no UUID of the device is given: EVE reads no app from a "
					 "configuration without it; Adam fills it in"),
			      "--set device=UUID for other controllers");
	if (plan->n_links)
		report_add(ret, FINDING_ERROR, plan->links[0].name,
			   "EVE has no wires or shared memory between guests");
	plan_processors_fit(plan, ret);
	eve_local_check(plan, &s, ret);
	check_memory(plan, ret);
	for (size_t i = 0; i < plan->n_partitions; i++)
		check_partition(&plan->partitions[i], &s, devices, ret);
	for (size_t i = 0; i < plan->n_partitions; i++)
		check_identity(plan, i, ret);
	json_object_put(devices);
}
