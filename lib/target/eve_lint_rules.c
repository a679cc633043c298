// SPDX-License-Identifier: GPL-2.0-or-later
/* Rules for the access rules (ACE) of an app's network card. */
#include "config.h"

#include "lib/target/eve_lint_private.h"

enum { INSTANCE_SWITCH = 1 };

/* What one access rule says. */
struct facts {
	bool protocol, lport, fport, adapter, eidset;
};

static void lint_match(const struct lint *l, const char *where, const struct member *m,
		       struct facts *f)
{
	static const char *const types[] = { "ip", "host", "eidset", "protocol", "lport", "fport",
					     "adapter" };
	const char *type = text_of(m->o, "type");
	bool known = false;

	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		known |= strcmp(type, types[i]) == 0;
	if (!known)
		lint(l, FINDING_ERROR, where, m->where, "access-match",
		     "ip, host, eidset, protocol, lport, fport or adapter",
		     "EVE does not know a match '%s'", type);
	f->protocol |= strcmp(type, "protocol") == 0;
	f->lport |= strcmp(type, "lport") == 0;
	f->fport |= strcmp(type, "fport") == 0;
	f->adapter |= strcmp(type, "adapter") == 0;
	f->eidset |= strcmp(type, "eidset") == 0;
}

static void lint_portmap(const struct lint *l, const char *where, struct json_object *action,
			 const struct facts *f, struct json_object *instance)
{
	struct json_object *port = instance ? json_object_object_get(instance, "port") : NULL;

	if (!f->lport || !f->protocol || !number_of(action, "appPort"))
		lint(l, FINDING_ERROR, where, "actions", "port-map",
		     "match lport and protocol, and set appPort",
		     "a port map without all three is refused");
	if (!port || !*text_of(port, "name"))
		lint(l, FINDING_ERROR, where, "actions", "port-map", "give the network a port",
		     "its network has no port to map from");
}

static void lint_rule(const struct lint *l, const char *where, struct json_object *rule,
		      struct json_object *instance)
{
	struct facts f = { false, false, false, false, false };
	struct json_object *action = NULL;
	struct member m;
	bool portmap = false;

	FOR_EACH_MEMBER(m, rule, "matches")
		lint_match(l, where, &m, &f);
	FOR_EACH_MEMBER(m, rule, "actions")
		if (truth_of(m.o, "portmap")) {
			portmap = true;
			action = m.o;
		}
	if (length_of(rule, "actions") > 1)
		lint(l, FINDING_ERROR, where, "actions", "access-action", "one rule for each action",
		     "EVE refuses more than one action a rule");
	if ((f.lport || f.fport) && !f.protocol)
		lint(l, FINDING_ERROR, where, "matches", "access-port", "match the protocol too",
		     "a port without a protocol is refused");
	if (f.eidset && instance && number_of(instance, "instType") == INSTANCE_SWITCH)
		lint(l, FINDING_ERROR, where, "matches", "access-eidset", "match ip or host",
		     "eidset does not work on a switch");
	if (f.adapter && !portmap)
		lint(l, FINDING_ERROR, where, "matches", "access-adapter", "leave it out",
		     "adapter goes with a port map only");
	if (portmap)
		lint_portmap(l, where, action, &f, instance);
}

void lint_rules(const struct lint *l, const struct member *interface, struct json_object *instance,
		const char *app)
{
	CLEANUP_FREE char *where = xasprintf("%s.%s", app, interface->where);
	struct member m;

	if (length_of(interface->o, "acls") == 0)
		lint(l, FINDING_ERROR, where, "acls", "access",
		     "{\"matches\":[{\"type\":\"ip\",\"value\":\"0.0.0.0/0\"}]} lets everything through",
		     "without a rule EVE drops everything");
	FOR_EACH_MEMBER(m, interface->o, "acls") {
		CLEANUP_FREE char *rule = xasprintf("%s.%s", where, m.where);

		lint_rule(l, rule, m.o, instance);
	}
}
