// SPDX-License-Identifier: GPL-2.0-or-later
/* Modules that an initramfs got, with the version that each has, for the guest's document. */
#include "config.h"

#include "converters/linux.h"
#include "lib/base/alloc.h"
#include "lib/base/path.h"
#include "lib/guest_changes.h"

enum { MODULE_MAX = 32 << 20 };

int linux_read_module(const struct conversion *conv, const struct inspected_kernel *k,
		      const struct kmod_module *m, char **ret, size_t *ret_len, struct error *err)
{
	CLEANUP_FREE char *path = path_join(k->modules, m->path);

	return appliance_read_file(conv->app, path, MODULE_MAX, ret, ret_len, err);
}

/* Few modules have a version of their own any more: theirs is that of the kernel that they are of. */
void linux_record_module(const struct inspected_kernel *k, const struct kmod_module *m,
			 const void *data, size_t len, struct guest *ret)
{
	CLEANUP_FREE char *own = kmod_version(data, len);
	CLEANUP_FREE char *version = own ? xasprintf("%s, of kernel %s", own, k->version)
					 : xasprintf("of kernel %s", k->version);
	CLEANUP_FREE char *source = xasprintf("the guest itself: %s/%s", k->modules, m->path);
	CLEANUP_FREE char *path = xasprintf("%s:/lib/modules/%s/%s", k->initramfs, k->version, m->path);

	guest_software_file(guest_software_add(ret, SOFTWARE_MODULE, m->name, version, source), path,
			    data, len);
}
