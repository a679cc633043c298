// SPDX-License-Identifier: GPL-2.0-or-later
/* The whole of a conversion: overlay, appliance, inspection, negotiation, converter, document. */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "converters/bad_areas.h"
#include "converters/converter.h"
#include "converters/csm.h"
#include "lib/base/alloc.h"
#include "lib/base/child.h"
#include "lib/base/interrupt.h"
#include "lib/base/outfile.h"
#include "lib/base/path.h"
#include "lib/driver.h"
#include "lib/flatten.h"
#include "lib/identity.h"
#include "lib/old_system.h"
#include "lib/port_limits.h"
#include "lib/windows.h"
#include "lib/windows_look.h"

#define OVERLAY_NAME "overlay%zu.qcow2"	/* where whole disks follow */

struct run {
	const struct capture *capture;
	const struct conversion_options *opts;
	struct conversion_result *ret;
	struct outdir out;
	struct appliance app;
	struct appliance_disk *disks;
	struct inspection in;
	struct driver_set drivers;
	double phase_start;
};

static void begin(struct run *r, const char *phase)
{
	progress_begin(r->opts->progress, phase, 0);
	r->phase_start = monotonic_seconds();
}

static void end(struct run *r, const char *phase)
{
	struct conversion_result *ret = r->ret;

	progress_end(r->opts->progress);
	if (ret->n_phases < CONVERSION_PHASES)
		ret->phases[ret->n_phases++] = (struct conversion_phase){
			phase, monotonic_seconds() - r->phase_start };
}

static void cleanup_run(struct run *r)
{
	appliance_close(&r->app);
	for (size_t i = 0; r->disks && i < r->capture->n_disks; i++) {
		free(r->disks[i].path);
		free(r->disks[i].format);
	}
	free(r->disks);
	inspection_clear(&r->in);
	driver_set_clear(&r->drivers);
	outdir_discard(&r->out);
}

void conversion_result_clear(struct conversion_result *r)
{
	guest_clear(&r->guest);
	*r = (struct conversion_result)CONVERSION_RESULT_INIT;
}

static int make_overlay(struct run *r, size_t i, struct error *err)
{
	CLEANUP_FREE char *name = xasprintf(r->opts->flatten ? OVERLAY_NAME : "disk%zu.qcow2", i);
	CLEANUP_FREE char *path = path_join(r->out.partial, name);
	CLEANUP_FREE char *capture = capture_disk_path(r->capture, i);
	CLEANUP_FREE char *backing = path_relative(r->out.path, capture);
	const char *const argv[] = { "qemu-img", "create", "-q", "-f", "qcow2", "-F", "qcow2", "-b",
				     backing, path, NULL };
	struct guest *g = &r->ret->guest;
	struct guest_disk *d;

	if (child_run(argv, NULL, err) < 0)
		return error_wrap(err, "make an overlay on '%s'", capture);
	d = APPEND(g->disks, g->n_disks);
	*d = (struct guest_disk){
		.file = xstrdup(name),
		.format = xstrdup("qcow2"),
		.backing = STEAL(backing),
		.serial = r->capture->disks[i].serial ? xstrdup(r->capture->disks[i].serial) : NULL,
		.size = r->capture->disks[i].size,
		.boot = i == 0,
	};
	r->disks[i] = (struct appliance_disk){ STEAL(path), xstrdup("qcow2") };
	return 0;
}

/* A dry run reads the capture itself. */
static int prepare_disks(struct run *r, struct error *err)
{
	r->disks = xcalloc(r->capture->n_disks, sizeof(*r->disks));
	if (!r->opts->dry_run && outdir_open(&r->out, r->opts->output, OUTDIR_NEW, err) < 0)
		return -1;
	for (size_t i = 0; i < r->capture->n_disks; i++) {
		if (r->opts->dry_run)
			r->disks[i] = (struct appliance_disk){ capture_disk_path(r->capture, i),
							       xstrdup("qcow2") };
		else if (make_overlay(r, i, err) < 0)
			return -1;
	}
	return 0;
}

/* What the inspection found wrong says more than the dimension that is missing because of it. */
static int refuse_broken(struct inspected_system *sys, bool discard_hibernation,
			 struct error *err)
{
	for (size_t i = 0; i < sys->findings.n_findings; i++) {
		struct finding *f = &sys->findings.findings[i];

		if (f->severity == FINDING_ERROR && discard_hibernation && f->subject &&
		    strcmp(f->subject, WINDOWS_HIBERNATION) == 0)
			f->severity = FINDING_WARNING;
		if (f->severity != FINDING_ERROR)
			continue;
		error_set(err, ERR_UNSUPPORTED, "%s: %s", f->subject ? f->subject : "", f->text);
		return f->remedy ? error_hint(err, "%s", f->remedy) : -1;
	}
	return 0;
}

/* A refusal that says where it could go instead. */
static int hint_others(const struct conversion_options *opts, const struct inspected_system *sys,
		       const struct machine_model *can_add, struct error *err)
{
	struct strv names CLEANUP_STRV = STRV_INIT;
	CLEANUP_FREE char *list = NULL;
	struct negotiation other;

	for (size_t i = 0; i < opts->n_others; i++)
		if (negotiate(opts->others[i].offers, &sys->can_drive, can_add, &opts->wishes, &other))
			strv_add(&names, opts->others[i].name);
	if (!names.n)
		return error_hint(err, "'rehost inspect' says what each target would need");
	list = strv_join(&names, ", ");
	return error_hint(err, "these targets would do: %s", list);
}

static int refuse(const struct run *r, const struct inspected_system *sys,
		  const struct converter *converter, const struct machine_model *can_add,
		  const struct negotiation *answer, struct error *err)
{
	const struct conversion_options *opts = r->opts;
	struct error plain CLEANUP_ERROR = ERROR_INIT;
	CLEANUP_FREE char *why = converter_obstacles(converter, &r->in, sys, opts->offers, answer);

	negotiation_error(answer, opts->target_name, opts->offers, &sys->can_drive, can_add, &plain);
	return error_set(err, plain.code, "%s%s", plain.msg, why);
}

static int agree(const struct run *r, struct inspected_system *sys,
		 const struct converter *converter, struct negotiation *ret, struct error *err)
{
	const struct conversion_options *opts = r->opts;
	struct machine_model can_add = { 0 };

	if (refuse_broken(sys, opts->discard_hibernation, err) < 0)
		return -1;
	converter->can_add(&r->in, sys, &can_add);
	if (opts->csm)
		csm_can_add(&can_add);
	if (negotiate(opts->offers, &sys->can_drive, &can_add, &opts->wishes, ret))
		return 0;
	refuse(r, sys, converter, &can_add, ret, err);
	/* no driver makes up for a firmware */
	if (converter->hint && !r->in.drivers && !ret->missing[DIM_FIRMWARE])
		return error_hint(err, "%s", converter->hint);
	return hint_others(opts, sys, &can_add, err);
}

static void describe(struct run *r, const struct inspected_system *sys,
		     const struct converter *converter, const struct negotiation *answer)
{
	enum { MEMORY_DEFAULT = 512 << 20, VCPUS_MAX = 4 };
	const uint64_t memory_max = UINT64_C(4) << 30;
	const struct machine *m = &r->capture->machine;
	const struct conversion_options *opts = r->opts;
	struct guest *g = &r->ret->guest;

	g->name = path_stem(opts->output ? opts->output : r->capture->name, GUEST_SUFFIX);
	g->uuid = m->uuid && strlen(m->uuid) == 36 ? xstrdup(m->uuid)
						   : guest_uuid_from_name(g->name);
	g->capture = r->out.path ? path_relative(r->out.path, r->capture->dir)
				 : xstrdup(r->capture->dir);
	g->converter = xstrdup(converter->name);
	g->family = xstrdup(sys->family);
	g->system = xstrdup(sys->name);
	g->target = xstrdup(opts->target_name);
	g->vendor = m->vendor ? xstrdup(m->vendor) : NULL;
	g->product = m->product ? xstrdup(m->product) : NULL;
	g->serial = m->serial ? xstrdup(m->serial) : NULL;
	g->bios = m->bios ? xstrdup(m->bios) : NULL;
	g->slic = m->slic ? xstrdup(m->slic) : NULL;
	g->msdm = m->msdm ? xstrdup(m->msdm) : NULL;
	for (int dim = 0; dim < N_DIMS; dim++) {
		g->device[dim] = answer->value[dim];
		g->added[dim] = answer->added[dim];
	}
	g->ports = answer->ports;
	g->memory = opts->memory ? opts->memory : m->memory ? MIN(m->memory, memory_max)
							    : (uint64_t)MEMORY_DEFAULT;
	if (!opts->memory && !m->memory)
		report_add(&g->findings, FINDING_WARNING, "memory",
			   "the old PC's memory is not known: the guest gets 512 MiB");
	else if (!opts->memory && m->memory > memory_max)
		report_add(&g->findings, FINDING_NOTE, "memory",
			   "the old PC has more than 4 GiB: the guest gets 4 GiB");
	g->vcpus = opts->vcpus ? opts->vcpus : MAX(MIN(m->n_threads, (size_t)VCPUS_MAX), (size_t)1);
	g->cpu_quota = opts->cpu_quota;
}

static void note_others(struct run *r, const struct inspected_system *sys)
{
	for (size_t i = 0; i < r->in.n_systems; i++)
		if (&r->in.systems[i] != sys)
			report_add(&r->ret->guest.findings, FINDING_NOTE, r->in.systems[i].root,
				   "%s is left alone: it may not start on the new machine",
				   r->in.systems[i].name);
}

/* UUIDs of SMBIOS come in either case. */
static void lower(char *s)
{
	for (; *s; s++)
		if (*s >= 'A' && *s <= 'F')
			*s = (char)(*s - 'A' + 'a');
}

/*
 * ntfs-3g throws an open journal away, unless it is told not to: then nothing can be written (seen with
 * 2022.10.3), which the first write finds.
 */
static void set_mount_options(const struct run *r, struct inspected_system *sys)
{
	const struct inspected_fs *fs = inspection_fs(&r->in, sys->root);

	if (!sys->windows || r->opts->dry_run || !fs || strcmp(fs->type, "ntfs") != 0)
		return;
	free(sys->root_options);
	sys->root_options = xstrdup(sys->windows->hibernated ? "remove_hiberfile" : "norecover");
}

static int change_guest(struct run *r, struct inspected_system *sys,
			const struct converter *converter, const struct negotiation *answer,
			struct error *err)
{
	struct conversion conv = {
		.app = &r->app,
		.in = &r->in,
		.sys = sys,
		.name = r->ret->guest.name,
		.dir = r->opts->dry_run ? NULL : r->out.partial,
		.machine = &r->capture->machine,
		.answer = answer,
		.console = r->opts->console,
		.dry_run = r->opts->dry_run,
		.ports = r->opts->ports,
		.memory_asked = r->opts->memory != 0,
		.vcpus_asked = r->opts->vcpus != 0,
	};

	if (bad_areas_fill(&r->app, &r->in, r->capture, conv.dry_run, &r->ret->guest.findings, err) < 0)
		return -1;
	set_mount_options(r, sys);
	/* what is carried unchanged is not mounted: its volume may be of a kind that nobody mounts */
	if (!sys->old && inspect_mount_all(&r->app, sys, !conv.dry_run, err) < 0)
		return -1;
	if (converter->convert(&conv, &r->ret->guest, err) < 0 ||
	    (r->opts->csm && csm_add(&conv, r->opts->csm, &r->ret->guest, err) < 0))
		return -1;
	appliance_umount(&r->app);
	if (!conv.dry_run && fsck_after(&r->app, &r->in, sys, err) < 0)
		return -1;
	report_merge(&r->ret->guest.findings, &sys->findings);
	return interrupt_check(err);
}

/* What is offered is read once, when it is known for what. */
static int take_drivers(struct run *r, const struct inspected_system *sys, struct error *err)
{
	const struct strv *paths = r->opts->drivers;

	if (!paths || !paths->n)
		return 0;
	if (!sys->windows) {
		report_add(&r->ret->guest.findings, FINDING_NOTE, "drivers",
			   "%s takes none: what was offered is not used", sys->name);
		return 0;
	}
	for (size_t i = 0; i < paths->n; i++)
		if (driver_set_add(&r->drivers, paths->v[i], sys->windows->arch, err) < 0)
			return -1;
	report_merge(&r->ret->guest.findings, &r->drivers.findings);
	r->in.drivers = &r->drivers;
	return 0;
}

/* Where no system is known, it may be one of the file systems that hides it: all of them count. */
static const struct inspected_system *known(const struct inspected_system *sys)
{
	return sys && strcmp(sys->family, "unknown") == 0 ? NULL : sys;
}

static int convert_system(struct run *r, struct error *err)
{
	struct inspected_system *sys;
	const struct converter *converter;
	struct negotiation answer;

	if (!r->in.n_systems && fsck_refuse(&r->app, &r->in, NULL, err) < 0)
		return -1;
	sys = inspection_choose(&r->in, r->opts->root, err);
	if (!sys || (r->opts->family && old_system_take_family(sys, r->opts->family, err) < 0))
		return -1;
	converter = converter_for(sys);
	if (!converter) {
		error_set(err, ERR_UNSUPPORTED, "no converter knows %s on %s", sys->name, sys->root);
		return error_hint(err, "'rehost inspect' says what was found");
	}
	if (fsck_refuse(&r->app, &r->in, known(sys), err) < 0 || take_drivers(r, sys, err) < 0 ||
	    agree(r, sys, converter, &answer, err) < 0)
		return -1;
	describe(r, sys, converter, &answer);
	lower(r->ret->guest.uuid);
	note_others(r, sys);
	identity_report(&r->capture->machine, r->opts->gives, r->opts->target_name,
			&r->ret->guest.findings);
	port_limits_report(&r->capture->machine, r->opts->ports, r->opts->target_name, &r->ret->guest.findings);
	begin(r, "convert");
	if (change_guest(r, sys, converter, &answer, err) < 0)
		return error_wrap(err, "convert %s on %s", sys->name, sys->root);
	end(r, "convert");
	return 0;
}

/* What is damaged so that no system can be seen on it is repaired too. */
static int look(struct run *r, struct error *err)
{
	struct report repaired CLEANUP_REPORT = REPORT_INIT;
	struct error none CLEANUP_ERROR = ERROR_INIT;
	const struct inspected_system *sys;

	begin(r, "inspect");
	if (inspect(&r->app, r->opts->keys, &r->in, err) < 0)
		return -1;
	inspection_guess_clock(&r->in, r->capture->machine.rtc_guess);
	end(r, "inspect");
	if (!r->opts->fsck)
		return 0;
	sys = inspection_choose(&r->in, r->opts->root, r->in.n_systems ? err : &none);
	if (!sys && r->in.n_systems)
		return -1;
	begin(r, "repair");
	if (fsck_repair(&r->app, &r->in, known(sys), &repaired, err) < 0)
		return -1;
	end(r, "repair");
	inspection_clear(&r->in);
	begin(r, "inspect again");
	if (inspect(&r->app, r->opts->keys, &r->in, err) < 0)
		return -1;
	inspection_guess_clock(&r->in, r->capture->machine.rtc_guess);
	end(r, "inspect again");
	report_merge(&r->ret->guest.findings, &repaired);
	return 0;
}

/* From here on the guest needs no capture. */
static int stand_alone(struct run *r, struct error *err)
{
	struct guest *g = &r->ret->guest;

	r->phase_start = monotonic_seconds();
	g->dir = xstrdup(r->out.partial);
	if (flatten_origin(r->capture->dir, r->out.partial, err) < 0 ||
	    flatten_disks(g, r->out.partial, r->opts->progress, err) < 0)
		return -1;
	for (size_t i = 0; i < r->capture->n_disks; i++)
		if (unlink(r->disks[i].path) < 0)
			return error_sys(err, errno, "remove '%s'", r->disks[i].path);
	end(r, "flatten");
	return 0;
}

static int finish(struct run *r, struct error *err)
{
	begin(r, "write");
	if (appliance_finish(&r->app, err) < 0)
		return -1;
	end(r, "write");
	if (r->opts->flatten && !r->opts->dry_run && stand_alone(r, err) < 0)
		return -1;
	if (!r->opts->dry_run && (guest_write(&r->ret->guest, r->out.partial, err) < 0 ||
				  outdir_commit(&r->out, err) < 0))
		return -1;
	return 0;
}

static int run_appliance(struct run *r, struct error *err)
{
	unsigned int mode = r->opts->dry_run ? APPLIANCE_READ : APPLIANCE_WRITE;

	if (r->opts->keys && r->opts->keys->n)
		mode |= APPLIANCE_LARGE;
	begin(r, "start appliance");
	if (appliance_open(&r->app, r->disks, r->capture->n_disks, mode, err) < 0)
		return -1;
	end(r, "start appliance");
	if (look(r, err) < 0 || convert_system(r, err) < 0)
		return -1;
	return finish(r, err);
}

int conversion_run(const struct capture *c, const struct conversion_options *opts,
		   struct conversion_result *ret, struct error *err)
{
	struct run r __attribute__((cleanup(cleanup_run))) = {
		.capture = c, .opts = opts, .ret = ret, .out = OUTDIR_INIT, .app = APPLIANCE_INIT,
		.in = INSPECTION_INIT, .drivers = DRIVER_SET_INIT,
	};

	begin(&r, "overlay");
	if (prepare_disks(&r, err) < 0)
		return -1;
	end(&r, "overlay");
	return run_appliance(&r, err) < 0 ? appliance_explain(&r.app, err) : 0;
}
