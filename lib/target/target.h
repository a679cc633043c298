/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_TARGET_H
#define REHOST_TARGET_H

/*
 * A hypervisor: what it offers, what it cannot do, its configuration files, and the life of a guest
 * on it. Each target is one const struct at the foot of lib/target/NAME.c and one row in
 * lib/target/targets.def.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "lib/base/progress.h"
#include "lib/fileset.h"
#include "lib/identity.h"
#include "lib/instance.h"
#include "lib/machine_model.h"
#include "lib/port_limits.h"
#include "lib/plan.h"
#include "lib/report.h"

enum instance_state { INSTANCE_STOPPED, INSTANCE_RUNNING, INSTANCE_PAUSED, INSTANCE_CRASHED };

struct instance_status {
	enum instance_state state;
	int pid;		/* 0: none                       */
	double uptime;		/* [s]                           */
	uint64_t disk_read, disk_written;	/* since the start [bytes] */
	char *detail;		/* a word of the hypervisor's own, or NULL */
};

#define INSTANCE_STATUS_INIT { INSTANCE_STOPPED, 0, 0, 0, 0, NULL }

/* How a guest was stopped. */
enum stop_way {
	STOP_WAS_OFF,
	STOP_GENTLE,		/* it followed the power button      */
	STOP_HARD,		/* it did not, and was switched off  */
};

/* How a guest is to be stopped. */
struct stop_request {
	unsigned int grace_s;	/* how long it may take before it is switched off, 0: at once [s] */
	const char *in_place;	/* what it has in place of a power button, as guest.xml says it: "off",
				 * "delay SECONDS", "keys a-b-c"; NULL: it has its button */
};

struct target {
	const char *name, *summary;
	const struct machine_model *offers;
	unsigned int gives;	/* IDENTITY_… of the old PC that the guest sees again */
	const struct port_limits *ports;	/* sockets that it has not; NULL: it has all */
	unsigned int prepares;	/* PREPARE_… that it wants of its host, lib/preparation.h */

	/* a finding for each thing of the plan that it cannot do; pure */
	void (*check)(const struct plan *plan, struct report *ret);

	/* its configuration; the same plan gives the same bytes; pure. What is for one guest has a path
	 * that starts with "GUEST/" */
	int (*emit)(const struct plan *plan, struct fileset *ret, struct error *err);

	/* its disks are raw files (INSTALL_RAW) in the release, not overlays on those of the bundle */
	bool raw_disks;
	/* what the hypervisor's own tools, in the tree @source, say of the emitted files in @dir;
	 * NULL: it has none */
	int (*judge)(const char *source, const char *dir, bool build, struct progress *progress,
		     struct report *ret, struct error *err);

	/* what is generated, put into the configuration @current that the host has: a line for each change
	 * in @ret; NULL: its files stand alone */
	int (*merge)(struct fileset *files, const char *current, struct report *report, struct strv *ret,
		     struct error *err);

	/* life of one guest; NULL: this target is only generated for */
	int (*launch)(const struct instance *inst, struct error *err);
	int (*status)(const struct instance *inst, struct instance_status *ret, struct error *err);
	int (*console)(const struct instance *inst, int *ret_fd, struct error *err);
	int (*stop)(const struct instance *inst, const struct stop_request *how, enum stop_way *ret,
		    struct error *err);
	/* 1: the agent inside of it answers, 0: it does not; NULL: this target cannot ask it */
	int (*agent)(const struct instance *inst, struct error *err);
	/* PNG of the screen into the new file @path; NULL: this target cannot */
	int (*screen)(const struct instance *inst, const char *path, struct error *err);
	/* let the screen be used with VNC on this machine's @port, by who knows @password (8 characters);
	 * port 0: not any more; NULL: this target cannot */
	int (*share_screen)(const struct instance *inst, unsigned int port, const char *password,
			    struct error *err);
	/* the hypervisor is to know nothing of it any more; it does not run; NULL: it never does */
	int (*forget)(const struct instance *inst, struct error *err);

	/* what --set can set, ends with NULL; NULL: nothing */
	const char *const *settings;
};

extern const struct target *const targets[];	/* ends with NULL */

/** target_find - by name; NULL with ERR_NOT_FOUND and the names, or ERR_UNSUPPORTED and the reason */
const struct target *target_find(const char *name, struct error *err);

/**
 * target_check_settings - does each of "[TARGET.]NAME=VALUE" mean something?
 * @settings: of the command line
 * @names:    the targets that are written for
 * @err:      ERR_USAGE names the setting, and those that there are
 */
int target_check_settings(const struct strv *settings, const struct strv *names, struct error *err);

/**
 * settings_read_files - of "NAME=@FILE" the first line of the file becomes the value
 *
 * For what is not to stand on a command line, which others can read.
 */
int settings_read_files(struct strv *settings, struct error *err);

/** target_settings - those that are for one target, as NAME=VALUE */
void target_settings(const struct target *target, const struct strv *settings, struct strv *ret);

#endif
