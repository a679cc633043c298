// SPDX-License-Identifier: GPL-2.0-or-later
/* Which of the cards that Windows remembers is which in the old PC, and which are gone. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "converters/windows_cards.h"

/* "PCI\VEN_8086&DEV_100F&…" */
static bool pci_id(const struct windows_nic *n, unsigned int *vendor, unsigned int *device)
{
	return n->device && sscanf(n->device, "PCI\\VEN_%4x&DEV_%4x", vendor, device) == 2;
}

/* Teams of cards, tunnels and the like: they exist on any machine. */
static bool is_software(const struct windows_nic *n)
{
	return n->device && (strncasecmp(n->device, "ROOT\\", 5) == 0 ||
			     strncasecmp(n->device, "SW\\", 3) == 0 ||
			     strncasecmp(n->device, "SWD\\", 4) == 0);
}

static bool same_kind(const struct windows_nic *a, const struct windows_nic *b)
{
	unsigned int v[2], d[2];

	return pci_id(a, &v[0], &d[0]) && pci_id(b, &v[1], &d[1]) && v[0] == v[1] && d[0] == d[1];
}

static bool is_of_kind(const struct machine *m, const struct machine_nic *card, const struct windows_nic *n)
{
	unsigned int vendor, device;

	if (!card->bdf || !card->mac || !pci_id(n, &vendor, &device))
		return false;
	for (size_t i = 0; i < m->n_pci; i++)
		if (strcmp(m->pci[i].bdf, card->bdf) == 0)
			return m->pci[i].vendor == vendor && m->pci[i].device == device;
	return false;
}

static bool is_at_place(const struct machine_nic *card, const struct windows_nic *n)
{
	unsigned int domain, bus, device, function;

	return n->placed && card->bdf &&
	       sscanf(card->bdf, "%x:%x:%x.%x", &domain, &bus, &device, &function) == 4 && domain == 0 &&
	       bus == n->bus && device == n->slot && function == n->function;
}

static bool is_taken(const struct machine_nic *card, const struct windows_pair *pairs, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (pairs[i].hardware == card)
			return true;
	return false;
}

static void pair_by_place(const struct windows *w, const struct machine *m, struct windows_pair *ret)
{
	for (size_t i = 0; i < w->n_nics; i++)
		for (size_t k = 0; k < m->n_nics && !ret[i].hardware; k++)
			if (is_of_kind(m, &m->nics[k], &w->nics[i]) && is_at_place(&m->nics[k], &w->nics[i]) &&
			    !is_taken(&m->nics[k], ret, w->n_nics))
				ret[i].hardware = &m->nics[k];
}

/* A card that was moved, or whose bus is counted otherwise: sure only while there is no other of the kind. */
static void pair_by_kind(const struct windows *w, const struct machine *m, size_t i, struct windows_pair *ret)
{
	const struct machine_nic *first = NULL;
	size_t rivals = 0;

	for (size_t k = 0; k < m->n_nics; k++) {
		if (!is_of_kind(m, &m->nics[k], &w->nics[i]) || is_taken(&m->nics[k], ret, w->n_nics))
			continue;
		rivals += first != NULL;
		first = first ? first : &m->nics[k];
	}
	for (size_t k = 0; k < w->n_nics; k++)
		rivals += k != i && (!ret[k].hardware || ret[k].guessed) && same_kind(&w->nics[k], &w->nics[i]);
	ret[i].hardware = first;
	ret[i].guessed = first && rivals;
}

/* Of buses that Windows knows by drivers of its own, as Broadcom's: one is left on either side. */
static void pair_the_last(const struct windows *w, const struct machine *m, struct windows_pair *ret)
{
	const struct machine_nic *card = NULL;
	struct windows_pair *pair = NULL;
	unsigned int vendor, device;

	for (size_t k = 0; k < m->n_nics; k++) {
		if (!m->nics[k].mac || is_taken(&m->nics[k], ret, w->n_nics))
			continue;
		if (card)
			return;
		card = &m->nics[k];
	}
	for (size_t i = 0; i < w->n_nics; i++) {
		if (ret[i].hardware || is_software(&w->nics[i]) || pci_id(&w->nics[i], &vendor, &device))
			continue;
		if (pair)
			return;
		pair = &ret[i];
	}
	if (!card || !pair)
		return;
	pair->hardware = card;
	pair->guessed = true;
}

/* Only what is surely gone gives its address up. */
static bool is_gone(const struct windows *w, size_t i, const struct windows_pair *pairs)
{
	unsigned int vendor, device;

	if (!pci_id(&w->nics[i], &vendor, &device))
		return false;
	for (size_t k = 0; k < w->n_nics; k++)
		if (pairs[k].guessed && same_kind(&w->nics[k], &w->nics[i]))
			return false;
	return true;
}

void windows_pair_cards(const struct windows *w, const struct machine *m, struct windows_pair *ret)
{
	bool known = m->n_nics && m->n_pci;

	pair_by_place(w, m, ret);
	for (size_t i = 0; i < w->n_nics; i++)
		if (!ret[i].hardware && !is_software(&w->nics[i]))
			pair_by_kind(w, m, i, ret);
	pair_the_last(w, m, ret);
	for (size_t i = 0; i < w->n_nics; i++)
		ret[i].fate = is_software(&w->nics[i]) ? CARD_SOFTWARE
			      : !known || ret[i].hardware || w->nics[i].mac ? CARD_MOVES
			      : is_gone(w, i, ret) ? CARD_GONE : CARD_STAYS;
}
