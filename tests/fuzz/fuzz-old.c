// SPDX-License-Identifier: GPL-2.0-or-later
/* Fuzz target: any bytes as the settings of a DOS-like system and as HAL of Windows NT; what is said is plain text. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/plain.h"
#include "lib/inspect_family.h"
#include "lib/old_system.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_findings(const struct report *r)
{
	for (size_t i = 0; i < r->n_findings; i++) {
		CLEANUP_FREE char *plain = plain_text(xstrdup(r->findings[i].text));

		if (strcmp(plain, r->findings[i].text) != 0)
			__builtin_trap();
	}
}

/* As inspect_nt4.c does: BOOT.INI names the file, and that is any bytes. */
static void read_hal(struct inspected_system *sys, const char *data, size_t len)
{
	CLEANUP_FREE char *name = nt_hal_file(nt_boot_entry(tree_text(&sys->tree, "/BOOT.INI"), "WINNT"));
	CLEANUP_FREE char *version = nt_version_text(data, len, "ProductVersion");

	if (version && strlen(version) > 64)
		__builtin_trap();
	if (sys->old->row->hal)
		nt_hal_judge(sys, name, data, len, nt_kernel_is_multi(data, len));
}

/* The first byte says which family; the same text stands in every file. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const paths[] = { "/CONFIG.SYS", "/AUTOEXEC.BAT", "/NET.CFG", "/WINDOWS/SYSTEM.INI",
					     "/WINDOWS/PROTOCOL.INI", "/WINDOWS/WIN.INI", "/BOOT.INI" };
	struct inspected_system sys = { .tree = TREE_INIT, .root = xstrdup("/dev/sda1"), .family = xstrdup("dos"),
					.name = xstrdup("DOS"), .old = xcalloc(1, sizeof(*sys.old)) };

	sys.old->row = &guest_families[(size ? data[0] : 0) % n_guest_families];
	/* as inspect_old.c takes them: a text with a zero in it is none */
	for (size_t i = 0; size && i < ARRAY_SIZE(paths) && !memchr(data + 1, 0, size - 1); i++)
		tree_take(&sys.tree, paths[i], xstrndup((const char *)data + 1, size - 1), size - 1, 0644);
	if (size)
		read_hal(&sys, (const char *)data + 1, size - 1);
	old_system_settings(&sys);
	old_system_model(&sys);
	check_findings(&sys.findings);
	if (sys.old->nic_port > 0xffff || sys.old->nic_irq > 15)
		__builtin_trap();
	system_clear(&sys);
	return 0;
}
