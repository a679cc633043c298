// SPDX-License-Identifier: GPL-2.0-or-later
/* rehost inspect: what is on the disks, what the systems can drive, what each target would need. */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd/command.h"
#include "cmd/inspect.h"
#include "cmd/keys.h"
#include "converters/converter.h"
#include "lib/bad_files.h"
#include "lib/base/alloc.h"
#include "lib/base/path.h"
#include "lib/base/size.h"
#include "lib/capture.h"
#include "lib/driver.h"
#include "lib/old_system.h"
#include "lib/target/refused.h"
#include "lib/target/target.h"
#include "lib/windows.h"

static void print_disks(const struct inspection *in)
{
	for (size_t i = 0; i < in->n_disks; i++) {
		const struct inspected_disk *d = &in->disks[i];
		CLEANUP_FREE char *size = format_size(d->size);

		print_plain("disk %zu  %s  %s, partition table %s, boot code %s", i, d->device, size,
			    d->table, d->boot_code);
	}
	for (size_t i = 0; i < in->n_filesystems; i++) {
		const struct inspected_fs *fs = &in->filesystems[i];
		CLEANUP_FREE char *size = format_size(fs->size);

		print_plain("  %-12s %-12s %10s  %s%s%s%s", fs->device, *fs->type ? fs->type : "unknown",
			    size, fs->uuid ? "UUID=" : "", fs->uuid ? fs->uuid : "",
			    fs->label ? " LABEL=" : "", fs->label ? fs->label : "");
	}
}

static void print_kernels(const struct inspected_system *sys)
{
	for (size_t i = 0; i < sys->n_kernels; i++) {
		const struct inspected_kernel *k = &sys->kernels[i];

		print_plain("  kernel       %s%s, initramfs %s", k->version,
			    k->boots ? " (boots)" : "", k->initramfs ? k->initramfs : "none");
	}
}

static const char *known(const char *fact)
{
	return fact ? fact : "not known";
}

static void print_windows(const struct windows *w)
{
	if (!w || !w->control_set)
		return;
	print_plain("  windows      %s in %s, %s, HAL %s, drivers are found in %s",
		    w->product ? w->product : "", w->dir, w->control_set, known(w->hal),
		    w->database ? "DriverDatabase" : "CriticalDeviceDatabase");
}

/* What lib/families.def says of it beyond devices. */
static void print_old(const struct old_system *old)
{
	if (!old)
		return;
	printf("  old system   disk access %s; ISA cards %s; clock counts %s", known(old->row->disk_access),
	       known(old->row->isa), known(old_system_ticks(old)));
	if (old->row->hal)
		printf("; HAL %s%s%s", known(old->hal ? old->hal->file : NULL), old->hal ? ", " : "",
		       old->hal ? old->hal->machine : "");
	puts("");
}

static void print_system(const struct inspected_system *sys)
{
	puts("");
	print_plain("system on %s: %s (%s)", sys->root, sys->name, sys->family);
	if (sys->hostname)
		print_plain("  host name    %s", sys->hostname);
	for (size_t i = 0; i < sys->n_mounts; i++)
		print_plain("  mounts       %s as %s (%s)", sys->mounts[i].spec, sys->mounts[i].point,
			    sys->mounts[i].device ? sys->mounts[i].device : "not on these disks");
	print_kernels(sys);
	print_windows(sys->windows);
	print_old(sys->old);
	if (sys->boot_loader)
		print_plain("  boot loader  %s%s%s", sys->boot_loader, sys->boot_config ? ", " : "",
			    sys->boot_config ? sys->boot_config : "");
	if (sys->init)
		print_plain("  init         %s, power button: %s", sys->init,
			    sys->acpi ? sys->acpi : "nothing listens");
	if (sys->network)
		print_plain("  network      %s", sys->network);
	for (size_t i = 0; i < sys->n_nics; i++)
		print_plain("  card         %s %s %s", sys->nics[i].name,
			    sys->nics[i].mac ? sys->nics[i].mac : "(MAC not in any file)",
			    sys->nics[i].address ? sys->nics[i].address : "dynamic");
	puts("  can drive today:");
	for (size_t i = 0; i < sys->n_abilities; i++) {
		const struct inspected_ability *a = &sys->abilities[i];

		print_plain("    %-9s %-11s %s", model_dim_name(a->dim),
			    model_value_name(a->dim, a->value), a->evidence);
	}
}

static void print_lost(const struct target_answer *a)
{
	for (size_t i = 0; i < a->lost.n; i++)
		print_plain("    it does not give %s", a->lost.v[i]);
	for (size_t i = 0; i < a->lost_ports.n; i++)
		print_plain("    it does not give %s", a->lost_ports.v[i]);
}

/* "disk=virtio-blk firmware=uefi": all of it, or only what has to be added. */
static char *list_devices(const struct target_answer *a, bool only_added)
{
	struct strv names CLEANUP_STRV = STRV_INIT;

	for (int dim = 0; dim < N_DIMS; dim++)
		if (!only_added || a->negotiation.added[dim])
			strv_addf(&names, "%s=%s", model_dim_name(dim),
				  model_value_name(dim, (unsigned int)a->negotiation.value[dim]));
	return strv_join(&names, " ");
}

/* One row of the table target × verdict. */
static void print_answer(const char *target, const struct target_answer *a)
{
	CLEANUP_FREE char *added = NULL, *all = NULL;

	if (a->refusal) {
		print_plain("    %-12s no, because %s", target, a->refusal);
		return;
	}
	added = list_devices(a, true);
	all = list_devices(a, false);
	if (*added)
		printf("    %-12s after these changes: %s\n    %-12s with %s\n", target, added, "", all);
	else
		printf("    %-12s as it is, with %s\n", target, all);
	print_lost(a);
}

static void print_answers(const struct inspection *in, const struct inspected_system *sys,
			  const struct machine *m, const char *target)
{
	puts("  where it can go:");
	for (size_t j = 0; targets[j]; j++) {
		struct target_answer a __attribute__((cleanup(target_answer_clear))) = { 0 };

		if (strcmp(target, "all") != 0 && strcmp(target, targets[j]->name) != 0)
			continue;
		ask_target(in, sys, m, targets[j], &a);
		print_answer(targets[j]->name, &a);
	}
}

static void print_refused(void)
{
	puts("\nno old PC can be moved to:");
	for (const struct refused_target *r = refused_targets; r->name; r++)
		printf("  %s: %s; choose %s\n", r->title, r->why, r->instead);
}

static void print_inspection(const struct inspection *in, const struct machine *m,
			     const char *target)
{
	print_disks(in);
	print_report(&in->findings);
	for (size_t i = 0; i < in->n_systems; i++) {
		print_system(&in->systems[i]);
		print_answers(in, &in->systems[i], m, target);
		print_report(&in->systems[i].findings);
	}
	if (!in->n_systems) {
		puts("\nno system that rehost knows");
		print_answers(in, NULL, m, target);
	}
	if (strcmp(target, "all") == 0)
		print_refused();
}

/* A capture, or one or more plain images: the format is taken from the name, never guessed. */
static int find_disks(const struct strv *args, struct appliance_disk **ret, size_t *ret_n,
		      struct machine *ret_machine, struct error *err)
{
	struct capture c CLEANUP_CAPTURE = CAPTURE_INIT;
	struct stat st;

	if (stat(args->v[0], &st) < 0)
		return error_sys(err, errno, "open '%s'", args->v[0]);
	if (S_ISDIR(st.st_mode)) {
		if (capture_open(&c, args->v[0], err) < 0)
			return -1;
		for (size_t i = 0; i < c.n_disks; i++)
			*APPEND(*ret, *ret_n) = (struct appliance_disk){ capture_disk_path(&c, i),
									 xstrdup("qcow2") };
		*ret_machine = c.machine;
		c.machine = (struct machine)MACHINE_INIT;
		return 0;
	}
	for (size_t i = 0; i < args->n; i++)
		*APPEND(*ret, *ret_n) = (struct appliance_disk){
			xstrdup(args->v[i]),
			xstrdup(path_has_suffix(args->v[i], ".qcow2") ? "qcow2" : "raw") };
	return 0;
}

struct disks {
	struct appliance_disk *d;
	size_t n;
};

static void clear_disks(struct disks *disks)
{
	for (size_t i = 0; i < disks->n; i++) {
		free(disks->d[i].path);
		free(disks->d[i].format);
	}
	free(disks->d);
}

/* Of a capture it is known what could not be read: say which files that are. */
static int note_bad_areas(const struct strv *args, struct report *findings, struct error *err)
{
	struct capture c CLEANUP_CAPTURE = CAPTURE_INIT;

	if (args->n != 1 || capture_open(&c, args->v[0], NULL) < 0)
		return 0;
	return bad_files_report(&c, findings, err);
}

static int look(const struct strv *args, const struct strv *keys, struct progress *p,
		struct machine *ret_machine, struct inspection *ret, struct error *err)
{
	struct disks disks __attribute__((cleanup(clear_disks))) = { NULL, 0 };
	struct appliance app CLEANUP_APPLIANCE = APPLIANCE_INIT;

	if (find_disks(args, &disks.d, &disks.n, ret_machine, err) < 0)
		return -1;
	progress_begin(p, "start appliance", 0);
	if (appliance_open(&app, disks.d, disks.n,
			   APPLIANCE_READ | (keys->n ? APPLIANCE_LARGE : 0), err) < 0)
		return -1;
	progress_begin(p, "inspect", 0);
	if (inspect(&app, keys, ret, err) < 0)
		return error_wrap(err, "inspect '%s'", args->v[0]);
	inspection_guess_clock(ret, ret_machine->rtc_guess);
	progress_end(p);
	return note_bad_areas(args, &ret->findings, err);
}

/* Drivers for every Windows that may be found. */
struct offers {
	char **paths;
	struct driver_set set;
};

static void clear_offers(struct offers *o)
{
	for (size_t i = 0; o->paths && o->paths[i]; i++)
		free(o->paths[i]);
	free(o->paths);
	driver_set_clear(&o->set);
}

static int read_offers(struct offers *o, struct error *err)
{
	for (size_t i = 0; o->paths && o->paths[i]; i++)
		if (driver_set_add(&o->set, o->paths[i], NULL, err) < 0)
			return -1;
	return 0;
}

/* What a conversion would say of them, too. */
static void use_offers(struct offers *o, struct inspection *in)
{
	report_merge(&in->findings, &o->set.findings);
	if (!o->set.n_infs)
		return;
	in->drivers = &o->set;
	for (size_t i = 0; i < in->n_systems; i++) {
		const struct converter *c = converter_for(&in->systems[i]);

		if (c && c->look_at_drivers)
			c->look_at_drivers(in, &in->systems[i]);
	}
}

static int run(const struct command *cmd, int argc, const char **argv, struct error *err)
{
	CLEANUP_FREE char *target = NULL, *progress_form = NULL;
	struct offers offers __attribute__((cleanup(clear_offers))) = { NULL, DRIVER_SET_INIT };
	int json = 0, rc;
	struct strv args CLEANUP_STRV = STRV_INIT;
	struct inspection in CLEANUP_INSPECTION = INSPECTION_INIT;
	struct machine machine CLEANUP_MACHINE = MACHINE_INIT;
	struct keys keys CLEANUP_KEYS = { 0 };
	struct progress progress CLEANUP_PROGRESS = { 0 };
	const struct poptOption options[] = {
		{ "targets", 0, POPT_ARG_STRING | POPT_ARGFLAG_DOC_HIDDEN, &target, 0, NULL, NULL },
		{ "target", 't', POPT_ARG_STRING, &target, 0,
		  "say what this hypervisor would need; all of them if not given", "NAME|all" },
		{ "drivers", 0, POPT_ARG_ARGV, &offers.paths, 0,
		  "drivers for Windows that conversion would be offered; can be given again", "PATH" },
		KEY_OPTION(&keys),
		{ "json", 0, POPT_ARG_NONE, &json, 0, "print JSON", NULL },
		PROGRESS_OPTION(&progress_form),
		POPT_TABLEEND
	};

	rc = command_parse(cmd, options, 1, ARGS_ANY, argc, argv, &args, err);
	if (rc <= 0)
		return rc;
	if (target && strcmp(target, "all") != 0 && !target_find(target, err))
		return -1;
	if (progress_from_option(progress_form, &progress, err) < 0 || keys_read(&keys, err) < 0 ||
	    read_offers(&offers, err) < 0 || look(&args, &keys.values, &progress, &machine, &in, err) < 0)
		return -1;
	progress_clear(&progress);
	use_offers(&offers, &in);
	if (json)
		print_json(inspection_to_json(&in, &machine, target ? target : "all"));
	else
		print_inspection(&in, &machine, target ? target : "all");
	return 0;
}

const struct command command_inspect = {
	.name = "inspect",
	.synopsis = "NAME.capture|IMAGE...",
	.summary = "say what is on a captured disk and what each hypervisor would need",
	.text = "Nothing is changed. Names of images that end in .qcow2 are read as such, all others as\n"
		"raw disks.\n"
		"    rehost inspect press4.capture --target all",
	.run = run,
};
