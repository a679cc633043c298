// SPDX-License-Identifier: GPL-2.0-or-later
/* What only made sense on the old machine: labels to renew, vendor tools and watchdogs to silence. */
#include "config.h"

#include <string.h>

#include "converters/linux.h"
#include "lib/base/alloc.h"
#include "lib/base/path.h"
#include "lib/linux_facts.h"

/* New files carry no label; a policy that is enforced would refuse them. */
static void relabel(struct conversion *conv)
{
	struct tree *t = &conv->sys->tree;
	CLEANUP_FREE char *mode = linux_assignment(tree_text(t, "/etc/selinux/config"), "SELINUX");

	if (mode && strcasecmp(mode, "disabled") != 0)
		tree_put(t, "/.autorelabel", "", 0644,
			 "SELinux labels the new files at the first boot, which takes longer");
}

/* Services that look for hardware of the old PC or another hypervisor, and hang or reset without. */
static const char *const services[] = {
	"vmware-tools", "vmtoolsd", "open-vm-tools", "vboxadd", "vboxadd-service", "virtualbox-guest-utils",
	"xe-daemon", "xe-linux-distribution", "prltoolsd", "hv_kvp_daemon", "watchdog", "wd_keepalive",
	"ipmi", "ipmievd", "openipmi", "hpasmd", "hp-health", "hpsmhd", "dataeng", "srvadmin-services",
	"aacraid", "megaraid-sas-monitor", "msm_profile", "smartd", "smartmontools", "mcelog",
	"lm-sensors", "cpuspeed", "kudzu", "3dm2", "lsi_mrdsnmpagent", "vmware-guestd", "vboxservice",
	"vboxadd-x11", "hp-asrd", "hpasm", "ipmidrv", "i8kmon", "fancontrol", "mbmon",
};

static bool is_listed(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(services); i++)
		if (strcmp(services[i], name) == 0)
			return true;
	return false;
}

/* rc3.d/S20watchdog becomes K20watchdog: the script stays, it only does not start. */
static void stop_sysv(struct conversion *conv, const char *path)
{
	CLEANUP_FREE char *base = path_basename(path), *dir = path_dirname(path), *other = NULL;

	if (strlen(base) < 4 || base[0] != 'S' || !is_listed(base + 3))
		return;
	other = xasprintf("%s/K%s", dir, base + 1);
	tree_rename(&conv->sys->tree, path, other, "looks for hardware that is not there any more");
}

static void stop_systemd(struct conversion *conv, const char *path)
{
	CLEANUP_FREE char *base = path_stem(path, ".service"), *mask = NULL;

	if (!is_listed(base))
		return;
	mask = xasprintf("/etc/systemd/system/%s.service", base);
	tree_link(&conv->sys->tree, mask, "/dev/null",
		  "looks for hardware that is not there any more");
}

/* /etc/init/watchdog.conf gets an override: the job stays, it only does not start by itself. */
static void stop_upstart(struct conversion *conv, const char *path)
{
	CLEANUP_FREE char *name = path_stem(path, ".conf");
	CLEANUP_FREE char *override = xasprintf("/etc/init/%s.override", name);

	if (is_listed(name))
		tree_put(&conv->sys->tree, override, "manual\n", 0644,
			 "looks for hardware that is not there any more");
}

static void stop_services(struct conversion *conv)
{
	struct strv sysv CLEANUP_STRV = STRV_INIT, units CLEANUP_STRV = STRV_INIT;
	struct strv jobs CLEANUP_STRV = STRV_INIT;
	const struct tree_node *n;

	for (size_t i = 0; (n = tree_under(&conv->sys->tree, "/etc", &i));) {
		if (strncmp(n->path, "/etc/init/", 10) == 0 && path_has_suffix(n->path, ".conf"))
			strv_add(&jobs, n->path);
		if (n->kind != TREE_LINK)
			continue;
		if (strstr(n->path, "/rc") && strstr(n->path, ".d/"))
			strv_add(&sysv, n->path);
		else if (strstr(n->path, ".wants/"))
			strv_add(&units, n->path);
	}
	for (size_t i = 0; i < sysv.n; i++)
		stop_sysv(conv, sysv.v[i]);
	for (size_t i = 0; i < units.n; i++)
		stop_systemd(conv, units.v[i]);
	for (size_t i = 0; i < jobs.n; i++)
		stop_upstart(conv, jobs.v[i]);
}

void linux_edit_services(struct conversion *conv)
{
	stop_services(conv);
	relabel(conv);
}
