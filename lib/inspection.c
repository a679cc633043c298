// SPDX-License-Identifier: GPL-2.0-or-later
/* Inspections: what they hold, the choice of a system, and the table of families. */
#include "config.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/inspect_family.h"
#include "lib/inspection.h"
#include "lib/windows.h"

/* "linux" is a macro of some compilers */
#define INSPECTOR(name) extern const struct inspector inspector_##name;
#undef linux
#include "lib/inspectors.def"
#undef INSPECTOR

const struct inspector *const inspectors[] = {
#define INSPECTOR(name) &inspector_##name,
#include "lib/inspectors.def"
#undef INSPECTOR
	NULL,
};

void system_can(struct inspected_system *sys, enum model_dim dim, unsigned int value,
		const char *evidence, ...)
{
	struct inspected_ability *a;
	va_list ap;

	if (model_has(&sys->can_drive, dim, value))
		return;
	model_add(&sys->can_drive, dim, value);
	a = APPEND(sys->abilities, sys->n_abilities);
	*a = (struct inspected_ability){ .dim = dim, .value = value };
	va_start(ap, evidence);
	a->evidence = xvasprintf(evidence, ap);
	va_end(ap);
}

static void guess_clock(struct inspected_system *sys, unsigned int value)
{
	for (unsigned int i = 0; i < MODEL_VALUES; i++)
		sys->can_drive.cost[DIM_CLOCK][i] = 0;
	model_add(&sys->can_drive, DIM_CLOCK, value);
	for (size_t i = 0; i < sys->n_abilities; i++) {
		struct inspected_ability *a = &sys->abilities[i];

		if (a->dim != DIM_CLOCK)
			continue;
		a->value = value;
		free(a->evidence);
		a->evidence = xstrdup("nothing in it says so, but the clock of the old PC did");
	}
}

void inspection_guess_clock(struct inspection *in, const char *guess)
{
	for (size_t i = 0; guess && i < in->n_systems; i++)
		if (in->systems[i].clock_by_default)
			guess_clock(&in->systems[i], strcmp(guess, "localtime") == 0 ? RTC_LOCALTIME : RTC_UTC);
}

const char *system_evidence(const struct inspected_system *sys, enum model_dim dim,
			    unsigned int value)
{
	for (size_t i = 0; i < sys->n_abilities; i++)
		if (sys->abilities[i].dim == dim && sys->abilities[i].value == value)
			return sys->abilities[i].evidence;
	return NULL;
}

const struct inspected_fs *inspection_fs(const struct inspection *in, const char *device)
{
	for (size_t i = 0; i < in->n_filesystems; i++)
		if (strcmp(in->filesystems[i].device, device) == 0)
			return &in->filesystems[i];
	return NULL;
}

static char *list_roots(const struct inspection *in)
{
	struct strv roots CLEANUP_STRV = STRV_INIT;

	for (size_t i = 0; i < in->n_systems; i++)
		strv_addf(&roots, "%s (%s)", in->systems[i].root, in->systems[i].name);
	return strv_join(&roots, ", ");
}

/* What was found wrong says more than that nothing was found. */
static void no_system(const struct inspection *in, struct error *err)
{
	for (size_t i = 0; i < in->findings.n_findings; i++) {
		const struct finding *f = &in->findings.findings[i];

		if (f->severity == FINDING_NOTE)
			continue;
		error_set(err, ERR_NOT_FOUND, "no system that rehost knows is on the disks; %s: %s",
			  f->subject ? f->subject : "", f->text);
		error_hint(err, "%s", f->remedy ? f->remedy : "'rehost inspect' says what was found");
		return;
	}
	error_set(err, ERR_NOT_FOUND, "no system that rehost knows is on the disks");
	error_hint(err, "'rehost inspect' says what was found");
}

struct inspected_system *inspection_choose(const struct inspection *in, const char *root,
					   struct error *err)
{
	CLEANUP_FREE char *list = list_roots(in);

	for (size_t i = 0; !in->n_systems && i < in->n_filesystems; i++) {
		if (strcmp(in->filesystems[i].type, INSPECT_BITLOCKER) != 0)
			continue;
		error_set(err, ERR_UNSUPPORTED, "%s: %s", in->filesystems[i].device,
			  INSPECT_BITLOCKER_TEXT);
		error_hint(err, "%s", INSPECT_BITLOCKER_REMEDY);
		return NULL;
	}
	if (!in->n_systems) {
		no_system(in, err);
		return NULL;
	}
	for (size_t i = 0; root && i < in->n_systems; i++)
		if (strcmp(in->systems[i].root, root) == 0)
			return &in->systems[i];
	if (root) {
		error_set(err, ERR_NOT_FOUND, "there is no system on %s", root);
		error_hint(err, "choose with --root one of: %s", list);
		return NULL;
	}
	if (in->n_systems > 1) {
		error_set(err, ERR_REFUSED, "there are %zu systems on the disks", in->n_systems);
		error_hint(err, "choose with --root one of: %s", list);
		return NULL;
	}
	return &in->systems[0];
}

static void clear_lists(struct inspected_system *sys)
{
	for (size_t i = 0; i < sys->n_mounts; i++) {
		free(sys->mounts[i].point);
		free(sys->mounts[i].spec);
		free(sys->mounts[i].type);
		free(sys->mounts[i].device);
		free(sys->mounts[i].options);
	}
	for (size_t i = 0; i < sys->n_kernels; i++) {
		free(sys->kernels[i].version);
		free(sys->kernels[i].image);
		free(sys->kernels[i].initramfs);
		free(sys->kernels[i].modules);
		strv_clear(&sys->kernels[i].early);
	}
	for (size_t i = 0; i < sys->n_nics; i++) {
		free(sys->nics[i].name);
		free(sys->nics[i].mac);
		free(sys->nics[i].address);
		free(sys->nics[i].gateway);
		free(sys->nics[i].source);
	}
	for (size_t i = 0; i < sys->n_abilities; i++)
		free(sys->abilities[i].evidence);
	free(sys->mounts);
	free(sys->kernels);
	free(sys->nics);
	free(sys->abilities);
}

void system_clear(struct inspected_system *sys)
{
	char *const texts[] = { sys->family, sys->name, sys->distro, sys->version, sys->hostname,
				sys->root, sys->root_options, sys->boot_loader, sys->boot_config, sys->init,
				sys->initramfs_tool, sys->network, sys->acpi, sys->esp };

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		free(texts[i]);
	clear_lists(sys);
	windows_free(sys->windows);
	free(sys->old);
	tree_clear(&sys->tree);
	report_clear(&sys->findings);
	*sys = (struct inspected_system){ 0 };
}

void inspection_clear(struct inspection *in)
{
	for (size_t i = 0; i < in->n_disks; i++) {
		free(in->disks[i].device);
		free(in->disks[i].table);
		free(in->disks[i].boot_code);
	}
	for (size_t i = 0; i < in->n_filesystems; i++) {
		free(in->filesystems[i].device);
		free(in->filesystems[i].type);
		free(in->filesystems[i].uuid);
		free(in->filesystems[i].label);
		free(in->filesystems[i].part_uuid);
		free(in->filesystems[i].part_type);
		free(in->filesystems[i].unclean);
		strv_clear(&in->filesystems[i].starters);
	}
	for (size_t i = 0; i < in->n_systems; i++)
		system_clear(&in->systems[i]);
	free(in->disks);
	free(in->filesystems);
	free(in->systems);
	report_clear(&in->findings);
	*in = (struct inspection)INSPECTION_INIT;
}
