// SPDX-License-Identifier: GPL-2.0-or-later
/* Start a guest under libvirt: its domain for this host, the networks that it needs. */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/accel.h"
#include "lib/base/alloc.h"
#include "lib/base/outfile.h"
#include "lib/base/path.h"
#include "lib/base/strv.h"
#include "lib/base/xml.h"
#include "lib/host_port.h"
#include "lib/hugepages.h"
#include "lib/instance_plan.h"
#include "lib/kernel_disk.h"
#include "lib/target/libvirt_life.h"
#include "lib/target/libvirt_local.h"
#include "lib/target/libvirt_network.h"
#include "lib/target/libvirt_virsh.h"

#define DOMAIN_FILE "domain.xml"	/* of a release, and localized in the run folder */

enum { DOMAIN_MAX = 1 << 20 };	/* a domain is smaller [bytes] */

/* The kernel's controller, in either of its versions; cgroups(7). */
static bool can_share_processors(void)
{
	CLEANUP_FREE char *controllers = NULL;
	struct strv words CLEANUP_STRV = STRV_INIT;

	if (file_read("/sys/fs/cgroup/cgroup.controllers", 4096, &controllers, NULL, NULL) < 0)
		return path_exists("/sys/fs/cgroup/cpu");
	controllers[strcspn(controllers, "\n")] = '\0';
	strv_split(&words, controllers, " ");
	return strv_has(&words, "cpu");
}

static int write_domain(const struct instance *inst, char **ret_path, struct error *err)
{
	CLEANUP_FREE char *from = path_join(inst->dir, DOMAIN_FILE), *text = NULL, *local = NULL;
	CLEANUP_FREE char *log = path_join(inst->log_dir, SERIAL_LOG);
	CLEANUP_FREE char *to = path_join(inst->run_dir, DOMAIN_FILE);
	struct libvirt_place place = { .dir = inst->dir, .serial_log = log };
	struct strv lost CLEANUP_STRV = STRV_INIT;
	uint64_t kib = 0;
	size_t len = 0;

	if (file_read(from, DOMAIN_MAX, &text, &len, err) < 0 ||
	    libvirt_domain_hugepages(text, len, &kib, err) < 0 ||
	    accel_probe(&place.accel, NULL, err) < 0)
		return -1;
	place.quota = can_share_processors();
	place.cache = path_exists("/sys/fs/resctrl/schemata");
	place.hugepages = kib && hugepages_free(kib * 1024);
	if (libvirt_localize(text, len, &place, &local, &lost, err) < 0 ||
	    file_write(to, local, strlen(local), OUTFILE_REPLACE, err) < 0)
		return -1;
	instance_begin_losses(inst);
	for (size_t i = 0; i < lost.n; i++)
		instance_lose(inst, "%s", lost.v[i]);
	*ret_path = STEAL(to);
	return 0;
}

/* libvirt keeps the addresses of a network's cards there, but makes the folder only where it starts dnsmasq. */
static int make_state_folder(struct error *err)
{
	static const char path[] = "/var/lib/libvirt/dnsmasq";

	if (mkdir(path, 0755) == 0 || errno == EEXIST)
		return 0;
	error_sys(err, errno, "make '%s'", path);
	return error_hint(err, "as root: mkdir -p %s", path);
}

/* Who has the network already is not asked again: several guests can be on it. */
static int bring_up_network(const char *path, struct error *err)
{
	CLEANUP_FREE char *text = NULL, *name = NULL, *active = NULL;
	xmlDoc *doc CLEANUP_XMLDOC = NULL;
	struct strv names CLEANUP_STRV = STRV_INIT;
	size_t len = 0;

	if (file_read(path, DOMAIN_MAX, &text, &len, err) < 0)
		return -1;
	doc = xml_parse_memory(text, len, path, err);
	if (!doc || !xml_child(xmlDocGetRootElement(doc), "name"))
		return doc ? error_set(err, ERR_FORMAT, "'%s' is no network", path) : -1;
	name = xml_text(xml_child(xmlDocGetRootElement(doc), "name"));
	if (child_run(VIRSH("net-list", "--name"), &active, err) < 0)
		return -1;
	strv_split(&names, active, "\n");
	if (strv_has(&names, name))
		return 0;
	return make_state_folder(err) < 0 || child_run(VIRSH("net-define", "--validate", path), NULL, err) < 0 ||
			       child_run(VIRSH("net-autostart", name), NULL, err) < 0 ||
			       child_run(VIRSH("net-start", name), NULL, err) < 0 ? -1 : 0;
}

static int bring_up_networks(const struct instance *inst, struct error *err)
{
	DIR *d = opendir(inst->dir);
	struct dirent *entry;
	int rc = 0;

	if (!d)
		return error_sys(err, errno, "open '%s'", inst->dir);
	while (rc == 0 && (entry = readdir(d))) {
		CLEANUP_FREE char *path = path_join(inst->dir, entry->d_name);

		if (strncmp(entry->d_name, LIBVIRT_NETWORK_FILE, strlen(LIBVIRT_NETWORK_FILE)) == 0 &&
		    path_has_suffix(entry->d_name, ".xml"))
			rc = bring_up_network(path, err);
	}
	closedir(d);
	return rc;
}

/* What it wrote in its last life is kept, as the supervisor of QEMU does. */
static void keep_log(const struct instance *inst)
{
	CLEANUP_FREE char *log = path_join(inst->log_dir, SERIAL_LOG);
	CLEANUP_FREE char *old = xasprintf("%s.1", log);

	(void)!rename(log, old);
}

int libvirt_autostart(const struct instance *inst, bool on, struct error *err)
{
	return on ? child_run(VIRSH("autostart", inst->name), NULL, err)
		  : child_run(VIRSH("autostart", inst->name, "--disable"), NULL, err);
}

int libvirt_launch(const struct instance *inst, struct error *err)
{
	struct guest g CLEANUP_GUEST = GUEST_INIT;
	struct strv before CLEANUP_STRV = STRV_INIT;
	CLEANUP_FREE char *path = NULL;

	if (instance_guest(inst, &g, err) < 0 || kernel_disk_extract(&g, inst->dir, err) < 0 ||
	    instance_depends(inst, &before, err) < 0 || host_ports_check(inst, err) < 0 || write_domain(inst, &path, err) < 0 ||
	    bring_up_networks(inst, err) < 0)
		return error_wrap(err, "start guest '%s'", inst->name);
	keep_log(inst);
	if (child_run(VIRSH("define", "--validate", path), NULL, err) < 0 ||
	    libvirt_autostart(inst, before.n == 0, err) < 0 ||
	    child_run(VIRSH("start", inst->name), NULL, err) < 0)
		return error_wrap(err, "start guest '%s'", inst->name);
	instance_log(inst, "started under libvirt");
	return 0;
}
