// SPDX-License-Identifier: GPL-2.0-or-later
/* Module configuration of older systems: which driver is for the disk, which for the network. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "converters/linux.h"
#include "lib/base/alloc.h"
#include "lib/linux_facts.h"

static const char *const files[] = { "/etc/modprobe.conf", "/etc/modules.conf",
				     "/etc/modprobe.conf.local" };

/* The last of a driver's modules is the driver itself, the first ones the bus below it. */
static const char *driver_of(enum model_dim dim, unsigned int value)
{
	static const struct {
		enum model_dim dim;
		unsigned int value;
		const char *name;
	} names[] = {
		{ DIM_DISK, DISK_VIRTIO_BLK, "virtio_blk" }, { DIM_DISK, DISK_VIRTIO_SCSI, "virtio_scsi" },
		{ DIM_DISK, DISK_AHCI, "ahci" }, { DIM_DISK, DISK_IDE, "ata_piix" },
		{ DIM_DISK, DISK_LSI53C895A, "sym53c8xx" }, { DIM_DISK, DISK_BUSLOGIC, "BusLogic" },
		{ DIM_NIC, NIC_VIRTIO, "virtio_net" }, { DIM_NIC, NIC_E1000, "e1000" },
		{ DIM_NIC, NIC_E1000E, "e1000e" }, { DIM_NIC, NIC_RTL8139, "8139cp" },
		{ DIM_NIC, NIC_PCNET, "pcnet32" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i].dim == dim && names[i].value == value)
			return names[i].name;
	return NULL;
}

/* "alias eth0 e100": the length of what stays, or 0 if this line is none of ours */
static size_t alias_head(const char *line, size_t len, const char *alias)
{
	size_t n = strlen(alias), at;

	if (strncmp(line, "alias", 5) != 0 || (line[5] != ' ' && line[5] != '\t'))
		return 0;
	at = 5 + strspn(line + 5, " \t");
	if (at + n >= len || strncmp(line + at, alias, n) != 0)
		return 0;
	at += n;
	at += strspn(line + at, "0123456789");
	if (line[at] != ' ' && line[at] != '\t')
		return 0;
	return at + strspn(line + at, " \t");
}

char *linux_alias_drivers(const char *text, const char *alias, const char *driver)
{
	char *result = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&result, &size);

	while (*text) {
		size_t len = strcspn(text, "\r\n"), head = alias_head(text, len, alias);

		if (head && head < len)
			fprintf(out, "%.*s%s", (int)head, text, driver);
		else
			fprintf(out, "%.*s", (int)len, text);
		text += len;
		while (*text == '\r' || *text == '\n') {
			fputc(*text, out);
			if (*text++ == '\n')
				break;
		}
	}
	if (fclose(out) != 0)
		abort();
	return result;
}

static void set_alias(struct conversion *conv, const char *path, const char *alias,
		      enum model_dim dim, const char *why)
{
	const char *text = tree_text(&conv->sys->tree, path);
	const char *driver = driver_of(dim, (unsigned int)conv->answer->value[dim]);
	CLEANUP_FREE char *changed = NULL;

	if (!text || !driver)
		return;
	changed = linux_alias_drivers(text, alias, driver);
	tree_put(&conv->sys->tree, path, changed, 0644, why);
}

void linux_edit_modprobe(struct conversion *conv)
{
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		set_alias(conv, files[i], "scsi_hostadapter", DIM_DISK,
			  "mkinitrd takes the disk's driver from here");
		set_alias(conv, files[i], "eth", DIM_NIC, "the new network card's driver");
	}
}

/* INITRD_MODULES="…" of SUSE: what its next initrd gets */
char *linux_suse_modules(const char *text, const struct strv *names)
{
	static const char name[] = "INITRD_MODULES=\"";
	const char *at = strstr(text, name), *end;
	CLEANUP_FREE char *old = NULL;
	struct strv all CLEANUP_STRV = STRV_INIT;

	while (at && at > text && at[-1] != '\n')
		at = strstr(at + 1, name);
	if (!at)
		return NULL;
	at += strlen(name);
	end = at + strcspn(at, "\"\n");
	old = xstrndup(at, (size_t)(end - at));
	strv_split(&all, old, " \t");
	for (size_t i = 0; i < names->n; i++)
		if (!strv_has(&all, names->v[i]))
			strv_add(&all, names->v[i]);
	free(STEAL(old));
	old = strv_join(&all, " ");
	return xasprintf("%.*s%s%s", (int)(at - text), text, old, end);
}
