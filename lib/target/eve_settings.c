// SPDX-License-Identifier: GPL-2.0-or-later
/* What the operator says about an EVE device: settings, and what is wrong with them. */
#include "config.h"

#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/identifier.h"
#include "lib/target/eve.h"
#include "lib/target/eve_image.h"

enum { VNC_PASSWORD_MAX = 8 };

/* Digests are known only where the disks are: in a bundle that is being made. */
static bool knows_images(const struct plan *plan)
{
	for (size_t i = 0; i < plan->n_partitions; i++)
		for (size_t k = 0; k < plan->partitions[i].guest.n_disks; k++)
			if (!plan->partitions[i].guest.disks[k].image[0])
				return false;
	return true;
}

static void check_word(const char *name, const char *word, const char *words, struct report *report)
{
	CLEANUP_FREE char *list = xasprintf(" %s ", words);
	CLEANUP_FREE char *one = word ? xasprintf(" %s", word) : NULL;
	const char *at = one && *word && !strpbrk(word, " ,") ? strstr(list, one) : NULL;

	if (word && (!at || !strchr(" ,", at[strlen(one)])))
		report_remedy(report_add(report, FINDING_ERROR, name, "'%s' is none", word), "%s", words);
}

static void check_datastore(const struct plan *plan, const struct eve_settings *s, struct report *report)
{
	enum eve_store type = s->datastore ? eve_datastore_type(s->datastore) : EVE_STORE_UNKNOWN;

	if (!s->datastore)
		report_remedy(report_add(report, FINDING_ERROR, "datastore",
					 "EVE fetches disks from a registry, and none is named"),
			      "--set datastore=docker://REGISTRY:PORT");
	else if (type == EVE_STORE_UNKNOWN)
		report_remedy(report_add(report, FINDING_ERROR, s->datastore,
					 "is no datastore that EVE knows"),
			      "docker://, https://, http://, sftp:// or s3://");
	else if (type != EVE_STORE_REGISTRY && !knows_images(plan))
		report_remedy(report_add(report, FINDING_ERROR, s->datastore,
					 "is no registry: there EVE wants the digests of the images, which "
					 "a plan does not know"),
			      "let 'rehost bundle --target eve' write it, or use docker://REGISTRY:PORT");
	if (s->datastore && type == EVE_STORE_HTTP)
		report_remedy(report_add(report, FINDING_WARNING, s->datastore,
					 "anybody on the way can read the disks"),
			      "https://");
}

struct eve_settings eve_settings_read(const struct plan *plan, struct report *report)
{
	struct eve_settings s = { .tag = "1" };
	const struct {
		const char *name;
		const char **value;
	} known[] = {
		{ "datastore=", &s.datastore },	    { "store-user=", &s.store_user },
		{ "store-password=", &s.store_password }, { "store-region=", &s.store_region },
		{ "device=", &s.device },	    { "uplink=", &s.uplink },
		{ "tag=", &s.tag },		    { "vnc-password=", &s.vnc_password },
		{ "hv=", &s.hypervisor },	    { "persist=", &s.persist },
		{ "network=", &s.network },	    { "subnet=", &s.subnet },
	};

	for (size_t i = 0; i < plan->settings.n; i++)
		for (size_t k = 0; k < ARRAY_SIZE(known); k++) {
			size_t len = strlen(known[k].name);

			if (strncmp(plan->settings.v[i], known[k].name, len) == 0)
				*known[k].value = plan->settings.v[i] + len;
		}
	check_datastore(plan, &s, report);
	check_word("hv", s.hypervisor, "kvm, xen or k", report);
	s.local = s.network && strcmp(s.network, "local") == 0;
	check_word("network", s.network, "switch or local", report);
	check_word("persist", s.persist, "ext4 or zfs", report);
	if (s.device && !text_is_uuid(s.device))
		report_remedy(report_add(report, FINDING_ERROR, s.device,
					 "is not the UUID of a device"),
			      "the controller lists the UUIDs of its devices");
	if (!s.vnc_password || !*s.vnc_password)
		report_remedy(report_add(report, FINDING_WARNING, "vnc-password",
					 "the screens have no password: whoever reaches the device reaches "
					 "the guests' keyboards"),
			      "--set vnc-password=@FILE, and leave app.allow.vnc off");
	else if (strlen(s.vnc_password) > VNC_PASSWORD_MAX)
		report_remedy(report_add(report, FINDING_ERROR, "vnc-password",
					 "VNC knows passwords of 8 characters, and cuts longer ones"),
			      "choose a shorter one");
	return s;
}
