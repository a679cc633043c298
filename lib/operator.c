// SPDX-License-Identifier: GPL-2.0-or-later
/* The operator's facts in a profile. */
#include "config.h"

#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/strv.h"
#include "lib/operator.h"

/* Everything that has a name and can have a label or a usage. */
struct thing {
	const char *name;
	char **label, **usage;	/* label NULL: it has no plug */
};

struct things {
	struct thing *v;
	size_t n;
};

static void list_things(const struct machine *m, struct things *l)
{
	for (size_t i = 0; i < m->n_nics; i++)
		*APPEND(l->v, l->n) = (struct thing){ m->nics[i].name, &m->nics[i].label,
						      &m->nics[i].usage };
	for (size_t i = 0; i < m->n_serials; i++)
		*APPEND(l->v, l->n) = (struct thing){ m->serials[i].name, &m->serials[i].label,
						      &m->serials[i].usage };
	for (size_t i = 0; i < m->n_ports; i++)
		*APPEND(l->v, l->n) = (struct thing){ m->ports[i].name, &m->ports[i].label,
						      &m->ports[i].usage };
	for (size_t i = 0; i < m->n_disks; i++)
		*APPEND(l->v, l->n) = (struct thing){ m->disks[i].name, NULL, &m->disks[i].usage };
}

static void replace(char **text, const char *with)
{
	free(*text);
	*text = with && *with ? xstrdup(with) : NULL;
}

static int not_found(const struct things *l, const char *name, bool labels, struct error *err)
{
	struct strv names CLEANUP_STRV = STRV_INIT;
	CLEANUP_FREE char *list = NULL;

	for (size_t i = 0; i < l->n; i++)
		if (l->v[i].label || !labels)
			strv_add(&names, l->v[i].name);
	list = strv_join(&names, ", ");
	error_set(err, ERR_NOT_FOUND, "this host has no '%s' that could have one", name);
	return error_hint(err, "it has: %s", *list ? list : "nothing of the kind");
}

static int set_text(struct machine *m, const char *text, bool label, struct error *err)
{
	const char *equal = strchr(text, '=');
	CLEANUP_FREE char *name = equal ? xstrndup(text, (size_t)(equal - text)) : NULL;
	struct things l = { 0 };
	int rc = -1;

	if (!equal || equal == text)
		return error_set(err, ERR_USAGE, "'%s' is not NAME=TEXT", text);
	list_things(m, &l);
	for (size_t i = 0; i < l.n && rc < 0; i++) {
		char **at = label ? l.v[i].label : l.v[i].usage;

		if (!at || strcmp(l.v[i].name, name) != 0)
			continue;
		replace(at, equal + 1);
		rc = 0;
	}
	if (rc < 0)
		not_found(&l, name, label, err);
	free(l.v);
	return rc;
}

int operator_label(struct machine *m, const char *text, struct error *err)
{
	return set_text(m, text, true, err) < 0 ? error_wrap(err, "label") : 0;
}

int operator_usage(struct machine *m, const char *text, struct error *err)
{
	static const char *const known[] = { "host", "shared", "dedicated", "disabled", "" };
	const char *equal = strchr(text, '=');

	for (size_t i = 0; equal && i < ARRAY_SIZE(known); i++)
		if (strcmp(equal + 1, known[i]) == 0)
			return set_text(m, text, false, err) < 0 ? error_wrap(err, "usage") : 0;
	error_set(err, ERR_USAGE, "'%s' is no usage of a port, card or disk", text);
	return error_hint(err, "give NAME=host, NAME=shared, NAME=dedicated or NAME=disabled");
}

void operator_keep(struct machine *m, const struct machine *old)
{
	struct things now = { 0 }, before = { 0 };

	list_things(m, &now);
	list_things(old, &before);
	for (size_t i = 0; i < now.n; i++)
		for (size_t k = 0; k < before.n; k++) {
			if (strcmp(now.v[i].name, before.v[k].name) != 0)
				continue;
			if (now.v[i].label && before.v[k].label && *before.v[k].label)
				replace(now.v[i].label, *before.v[k].label);
			if (*before.v[k].usage)
				replace(now.v[i].usage, *before.v[k].usage);
		}
	replace(&m->reserve_cpus, old->reserve_cpus);
	m->reserve_memory = old->reserve_memory;
	m->spare_percent = old->spare_percent;
	replace(&m->images, old->images);
	free(now.v);
	free(before.v);
}
