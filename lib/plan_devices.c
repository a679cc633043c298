// SPDX-License-Identifier: GPL-2.0-or-later
/* Which port or card of the host each guest gets. */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/host_device.h"
#include "lib/old_port.h"
#include "lib/plan_devices.h"

enum { WISHES_MAX = 512, TRIES_MAX = 100000 };

struct wish {
	size_t guest;			/* index of the partition */
	const struct partition_device *asked;
	size_t device;			/* index of the answer    */
};

struct assignment {
	struct plan *plan;
	struct host_devices host;
	struct wish wishes[WISHES_MAX];
	size_t n_wishes;
	size_t tries, deepest;		/* how far the search came before it got stuck */
	char *reason;			/* why not further        */
};

static bool is_lent(const struct host_device *d)
{
	return strcmp(d->kind, "pci") != 0;
}

/* A network card of the host can carry several guests, unless it is kept for one. */
static bool is_shareable(const struct host_device *d)
{
	return strcmp(d->kind, "nic") == 0 && !(d->usage && strcmp(d->usage, "dedicated") == 0);
}

static bool matches(const struct partition_device *asked, const struct host_device *d)
{
	if (strcmp(asked->kind, d->kind) != 0)
		return false;
	if (asked->host && !host_device_answers(d, asked->host))
		return false;
	return !asked->label || (d->label && strcmp(asked->label, d->label) == 0);
}

static const char *called(const struct host_device *d)
{
	return d->label ? d->label : d->name ? d->name : d->host;
}

static void set_reason(struct assignment *a, size_t depth, char *reason)
{
	if (a->reason && depth < a->deepest) {
		free(reason);
		return;
	}
	free(a->reason);
	a->reason = reason;
	a->deepest = depth;
}

static const char *guest_name(const struct assignment *a, size_t wish)
{
	return a->plan->partitions[a->wishes[wish].guest].name;
}

/* What a wish is for, by the name that the guest has for it: "COM2" may be its ttyS1. */
static const char *role_of(const struct assignment *a, size_t wish)
{
	const struct partition_device *asked = a->wishes[wish].asked;
	const char *old = old_port_find(&a->plan->partitions[a->wishes[wish].guest].guest, asked->kind,
					asked->role);

	return old ? old : asked->role;
}

/* A group is handed over as a whole: the host's own devices must not be in it. */
static char *group_holds_host(const struct assignment *a, size_t wish, const struct host_device *d)
{
	for (size_t i = 0; i < a->host.n; i++) {
		const struct host_device *other = &a->host.v[i];

		if (other->group != d->group || !host_device_used(other))
			continue;
		if (strcmp(other->bdf, d->bdf) == 0)
			return xasprintf("%s of %s wants '%s', which the host itself uses",
					 a->wishes[wish].asked->role, guest_name(a, wish),
					 called(d));
		return xasprintf("%s of %s ('%s') and the host's own %s '%s' share IOMMU group %"
				 PRId64, a->wishes[wish].asked->role, guest_name(a, wish),
				 called(d), other->kind, called(other), d->group);
	}
	return NULL;
}

static const struct machine_pci *function_of(const struct assignment *a, const char *bdf)
{
	const struct machine *m = &a->plan->host;

	for (size_t i = 0; bdf && i < m->n_pci; i++)
		if (strcmp(m->pci[i].bdf, bdf) == 0)
			return &m->pci[i];
	return NULL;
}

/* Does the same guest ask for this very function, too? */
static bool same_guest_asks(const struct assignment *a, size_t wish, const char *bdf)
{
	for (size_t k = 0; k < a->n_wishes; k++)
		if (a->wishes[k].guest == a->wishes[wish].guest && a->wishes[k].asked->host &&
		    strcmp(a->wishes[k].asked->host, bdf) == 0)
			return true;
	return false;
}

/*
 * Without message interrupts a function has a line, and whoever else is on that line waits for the
 * guest to answer. A function that no driver uses raises none.
 */
static char *shares_interrupt(const struct assignment *a, size_t wish, const struct host_device *d)
{
	const struct machine *m = &a->plan->host;
	const struct machine_pci *own = function_of(a, d->bdf);

	if (!own || own->msi != TRI_NO || own->intx < 0)
		return NULL;
	for (size_t i = 0; i < m->n_pci; i++) {
		const struct machine_pci *other = &m->pci[i];

		if (other == own || other->intx != own->intx || !other->driver ||
		    other->msi == TRI_YES || same_guest_asks(a, wish, other->bdf))
			continue;
		return xasprintf("%s of %s ('%s') has no message interrupts, and shares interrupt %"
				 PRId64 " with %s (%s)", a->wishes[wish].asked->role,
				 guest_name(a, wish), called(d), own->intx, other->bdf,
				 other->driver);
	}
	return NULL;
}

static char *unusable(const struct assignment *a, size_t wish, const struct host_device *d)
{
	const char *why;
	char *reason;

	if (is_lent(d)) {
		if (host_device_used(d) && !is_shareable(d))
			return xasprintf("%s of %s wants '%s', which the host itself uses",
					 a->wishes[wish].asked->role, guest_name(a, wish), called(d));
		return NULL;
	}
	if (d->group < 0) {
		why = machine_lacks(&a->plan->host, "iommu-groups");
		return xasprintf("%s of %s wants PCI function %s, which is in no IOMMU group%s%s",
				 a->wishes[wish].asked->role, guest_name(a, wish), d->host,
				 why ? ": " : "", why ? why : "");
	}
	reason = shares_interrupt(a, wish, d);
	return reason ? reason : group_holds_host(a, wish, d);
}

static char *collides(const struct assignment *a, size_t wish, const struct host_device *d)
{
	for (size_t k = 0; k < wish; k++) {
		const struct host_device *other = &a->host.v[a->wishes[k].device];
		bool same_guest = a->wishes[k].guest == a->wishes[wish].guest;

		if (other == d && !(is_shareable(d) && !same_guest))
			return xasprintf("'%s' is asked for by both %s of %s and %s of %s", called(d),
					 a->wishes[k].asked->role, guest_name(a, k),
					 a->wishes[wish].asked->role, guest_name(a, wish));
		if (other->group < 0 || other->group != d->group || (is_lent(d) && is_lent(other)))
			continue;
		if (!same_guest || is_lent(d) != is_lent(other))
			return xasprintf("%s of %s and %s of %s share IOMMU group %" PRId64,
					 a->wishes[k].asked->role, guest_name(a, k),
					 a->wishes[wish].asked->role, guest_name(a, wish), d->group);
	}
	return NULL;
}

static bool assign(struct assignment *a, size_t wish);

static bool try_device(struct assignment *a, size_t wish, size_t device)
{
	const struct host_device *d = &a->host.v[device];
	char *reason;

	if (!matches(a->wishes[wish].asked, d) || a->tries++ > TRIES_MAX)
		return false;
	reason = unusable(a, wish, d);
	if (!reason)
		reason = collides(a, wish, d);
	if (reason) {
		set_reason(a, wish, reason);
		return false;
	}
	a->wishes[wish].device = device;
	return assign(a, wish + 1);
}

/* What the guest has for the same role in the previous plan, as an index; SIZE_MAX: nothing. */
static size_t device_before(const struct assignment *a, size_t wish)
{
	const struct partition_device *asked = a->wishes[wish].asked;
	const struct plan *old = a->plan->previous;

	for (size_t i = 0; old && i < old->n_partitions; i++) {
		const struct partition *p = &old->partitions[i];

		for (size_t k = 0; strcmp(p->name, guest_name(a, wish)) == 0 && k < p->n_devices; k++) {
			const struct partition_device *d = &p->devices[k];

			for (size_t j = 0; strcmp(d->role, role_of(a, wish)) == 0 && j < a->host.n; j++)
				if (strcmp(a->host.v[j].host, d->host) == 0 &&
				    matches(asked, &a->host.v[j]))
					return j;
		}
	}
	return SIZE_MAX;
}

/*
 * A running guest keeps its device. For others, the port that is called like the old one first, then
 * in the order of the profile.
 */
static bool assign(struct assignment *a, size_t wish)
{
	const struct partition_device *asked = a->wishes[wish].asked;
	size_t before;

	if (wish == a->n_wishes)
		return true;
	before = device_before(a, wish);
	if (before != SIZE_MAX)
		return try_device(a, wish, before);
	for (int same_name = 1; same_name >= 0; same_name--)
		for (size_t i = 0; i < a->host.n; i++) {
			const char *name = a->host.v[i].name;
			bool same = name && strcmp(name, role_of(a, wish)) == 0;

			if (same == same_name && try_device(a, wish, i))
				return true;
		}
	if (!a->reason || a->deepest < wish)
		set_reason(a, wish, xasprintf("%s of %s wants a device of kind %s%s%s%s, and the "
					      "host has none", asked->role, guest_name(a, wish),
					      asked->kind, asked->host || asked->label ? " '" : "",
					      asked->host ? asked->host :
					      asked->label ? asked->label : "",
					      asked->host || asked->label ? "'" : ""));
	return false;
}

/* A port that the old PC did not have is joined to nothing in the guest. */
static void warn_about_role(struct assignment *a, size_t wish)
{
	const struct partition_device *asked = a->wishes[wish].asked;
	struct partition *p = &a->plan->partitions[a->wishes[wish].guest];

	if ((strcmp(asked->kind, "serial") == 0 || strcmp(asked->kind, "parallel") == 0) &&
	    !old_port_find(&p->guest, asked->kind, asked->role))
		report_remedy(report_add(&a->plan->findings, FINDING_WARNING, p->name,
					 "the old PC had no %s port '%s': what is asked for it is joined to "
					 "nothing", asked->kind, asked->role),
			      "name the port as the guest.xml of this guest does");
}

/* What was given away, and what is handed over together with it, is no longer free. */
static void mark_taken(struct assignment *a, const struct host_device *d)
{
	for (size_t i = 0; i < a->host.n; i++) {
		struct host_device *other = &a->host.v[i];

		if ((other == d && !is_shareable(d)) ||
		    (!is_lent(d) && d->group >= 0 && other->group == d->group))
			other->usage = "host";
	}
}

static void keep(struct assignment *a)
{
	for (size_t i = 0; i < a->n_wishes; i++) {
		const struct wish *w = &a->wishes[i];
		const struct host_device *d = &a->host.v[w->device];
		struct partition *p = &a->plan->partitions[w->guest];

		warn_about_role(a, i);
		*APPEND(p->devices, p->n_devices) = (struct partition_device){
			xstrdup(role_of(a, i)), xstrdup(d->kind), xstrdup(d->host),
			d->label ? xstrdup(d->label) : NULL
		};
		mark_taken(a, d);
	}
}

/* Is a port of the old PC to be in two places? */
static bool is_asked_before(const struct assignment *a, size_t wish)
{
	for (size_t k = 0; k < wish; k++)
		if (a->wishes[k].guest == a->wishes[wish].guest &&
		    strcmp(a->wishes[k].asked->kind, a->wishes[wish].asked->kind) == 0 &&
		    strcmp(role_of(a, k), role_of(a, wish)) == 0)
			return true;
	return false;
}

static bool collect(struct assignment *a, const struct line *line)
{
	for (size_t i = 0; i < a->plan->n_partitions; i++) {
		const struct line_guest *wish = line_find(line, a->plan->partitions[i].name);

		for (size_t k = 0; wish && k < wish->n_devices; k++) {
			if (a->n_wishes == WISHES_MAX) {
				set_reason(a, 0, xasprintf("more than %d devices are asked for",
							   WISHES_MAX));
				return false;
			}
			a->wishes[a->n_wishes] = (struct wish){ i, &wish->devices[k], 0 };
			if (is_asked_before(a, a->n_wishes++)) {
				set_reason(a, 0, xasprintf("a device is asked for twice for the same %s of %s",
							   wish->devices[k].role,
							   a->plan->partitions[i].name));
				return false;
			}
		}
	}
	return true;
}

bool plan_assign_devices(struct plan *plan, const struct line *line, struct report *why)
{
	CLEANUP_FREE struct assignment *a = xcalloc(1, sizeof(*a));
	bool done;

	a->plan = plan;
	host_devices_list(&a->host, &plan->host);
	done = collect(a, line) && assign(a, 0);
	if (done) {
		keep(a);
		for (size_t i = 0; i < plan->n_partitions; i++)
			plan_default_ports(plan, i, &a->host, line_find(line, plan->partitions[i].name));
	} else {
		report_remedy(report_add(why, FINDING_ERROR, "devices", "%s",
					 a->reason ? a->reason : "no way was found"),
			      "ask for another port or card, or free this one");
	}
	free(a->reason);
	host_devices_clear(&a->host);
	return done;
}
