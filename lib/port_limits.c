// SPDX-License-Identifier: GPL-2.0-or-later
/* Sockets of the old PC that a target has not. */
#include "config.h"

#include <string.h>

#include "lib/port_limits.h"

static void take_port(const struct machine_port *p, const struct port_limits *limits, struct strv *ret)
{
	if (limits->no_parallel && strcmp(p->kind, "parallel") == 0)
		strv_addf(ret, "the printer port %s", p->name);
	if (limits->no_sound && strcmp(p->kind, "audio") == 0)
		strv_addf(ret, "the sound card %s", p->name);
}

void port_limits_lost(const struct machine *m, const struct port_limits *limits, struct strv *ret)
{
	if (!limits)
		return;
	for (size_t i = 0; i < m->n_ports; i++)
		take_port(&m->ports[i], limits, ret);
	for (size_t i = limits->serials_max; limits->serials_max && i < m->n_serials; i++)
		strv_addf(ret, "the serial port %s: it has %u", m->serials[i].name, limits->serials_max);
}

void port_limits_report(const struct machine *m, const struct port_limits *limits, const char *target,
		      struct report *ret)
{
	struct strv lost CLEANUP_STRV = STRV_INIT;

	port_limits_lost(m, limits, &lost);
	for (size_t i = 0; i < lost.n; i++)
		report_remedy(report_add(ret, FINDING_WARNING, target, "it does not give %s", lost.v[i]),
			      "if a program in the guest uses it, choose another target: 'rehost inspect' says "
			      "what each gives");
	if (limits && limits->serial_note && m->n_serials)
		report_add(ret, FINDING_NOTE, target, "%s", limits->serial_note);
}
