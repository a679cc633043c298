// SPDX-License-Identifier: GPL-2.0-or-later
/* Keeps the files that describe a computer as they are, in an archive that machine_probe() reads. */
#include "config.h"

#include <archive.h>
#include <archive_entry.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/path.h"
#include "lib/facts.h"
#include "lib/machine_ask.h"
#include "lib/machine_raw.h"

/* A name with * or ? stands for all that match; a pattern that ends in / is a folder that counts empty. */
static const char *const patterns[] = {
	"etc/adjtime", "etc/hostname",
	"proc/asound/*", "proc/bus/input/devices", "proc/cmdline", "proc/cpuinfo", "proc/dma",
	"proc/driver/rtc", "proc/fb", "proc/interrupts", "proc/iomem", "proc/ioports",
	"proc/meminfo", "proc/mounts", "proc/net/route", "proc/parport/*/*", "proc/scsi/scsi",
	"proc/sys/dev/parport/", "proc/sys/dev/parport/*/*", "proc/sys/kernel/hostname", "proc/tty/driver/serial",
	"proc/version",
	"run/rehost-medium/", "run/rehost-medium/*",
	"sys/block/*/device/*", "sys/block/*/queue/*", "sys/block/*/removable",
	"sys/block/*/serial", "sys/block/*/size", "sys/block/*/uevent",
	"sys/bus/gpio/devices/*/label",
	"sys/bus/pci/devices/*/*",
	"sys/bus/pnp/devices/*/id", "sys/bus/pnp/devices/*/resources",
	"sys/bus/scsi/devices/*/vpd_*", "sys/bus/usb/devices/*/*",
	"sys/class/dmi/id/*", "sys/class/graphics/*/*", "sys/class/hwmon/*/*",
	"sys/class/iommu/",
	"sys/class/net/*/address", "sys/class/net/*/addr_assign_type", "sys/class/net/*/duplex",
	"sys/class/net/*/speed", "sys/class/net/*/type", "sys/class/net/*/device/uevent",
	"sys/class/rtc/*/*", "sys/class/sound/card*/id", "sys/class/sound/card*/device/uevent",
	"sys/class/tpm/", "sys/class/tpm/*/tpm_version_major",
	"sys/class/tty/ttyAMA*/*", "sys/class/tty/ttyS*/*", "sys/class/tty/ttyS*/device/uevent",
	"sys/devices/cpu_atom/cpus", "sys/devices/cpu_core/cpus",
	"sys/devices/system/cpu/*", "sys/devices/system/cpu/cpu*/cache/*/*",
	"sys/devices/system/cpu/cpu*/cpufreq/base_frequency",
	"sys/devices/system/cpu/cpu*/cpufreq/cpuinfo_max_freq",
	"sys/devices/system/cpu/cpu*/topology/*",
	"sys/devices/system/node/*/cpulist", "sys/devices/system/node/*/distance",
	"sys/devices/system/node/*/hugepages/*/*", "sys/devices/system/node/*/meminfo",
	"sys/firmware/", "sys/firmware/acpi/tables/*", "sys/firmware/acpi/tables/dynamic/*",
	"sys/firmware/dmi/tables/*", "sys/firmware/edd/*/*", "sys/firmware/efi/*",
	"sys/firmware/efi/efivars/*", "sys/firmware/efi/runtime-map/*/*",
	"sys/firmware/memmap/*/*",
	"sys/fs/resctrl/info/*/*",
	"sys/bus/usb/devices/", "sys/kernel/iommu_groups/",
	"sys/kernel/iommu_groups/*/reserved_regions", "sys/kernel/iommu_groups/*/type",
	"sys/kernel/boot_params/data", "sys/kernel/realtime",
};

/* Reading these does something, or never ends. */
static const char *const avoid[] = { "remove", "rescan", "reset", "rom", "resource[0-9]*", "vpd",
				     "timeout*", "state", "new_id", "nvmem" };

struct raw {
	const struct facts *facts;
	struct archive *out;
	struct strv done;		/* paths that are in the archive, sorted */
	const char *path;
	struct error *err;
};

static int failed(const struct raw *r)
{
	return error_set(r->err, ERR_SYSTEM, "write '%s': %s", r->path, archive_error_string(r->out));
}

/* Sorted, so that a path is found fast among some thousands. */
static bool is_new(struct raw *r, const char *path)
{
	size_t low = 0, high = r->done.n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int order = strcmp(r->done.v[mid], path);

		if (order == 0)
			return false;
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	strv_add(&r->done, path);
	for (size_t i = r->done.n - 1; i > low; i--) {
		char *before = r->done.v[i - 1];

		r->done.v[i - 1] = r->done.v[i];
		r->done.v[i] = before;
	}
	return true;
}

/* @link: target, without its leading slash; NULL: a file, or with @data NULL a folder. */
static int put(struct raw *r, const char *path, const char *link, const void *data, size_t len)
{
	struct archive_entry *e;
	int rc;

	if (!is_new(r, path))
		return 0;
	e = archive_entry_new();
	archive_entry_set_pathname(e, path);
	archive_entry_set_perm(e, link ? 0777 : data ? 0444 : 0755);
	archive_entry_set_filetype(e, link ? AE_IFLNK : data ? AE_IFREG : AE_IFDIR);
	if (link) {
		CLEANUP_FREE char *absolute = xasprintf("/%s", link);

		archive_entry_set_symlink(e, absolute);
	}
	archive_entry_set_size(e, data ? (int64_t)len : 0);
	rc = archive_write_header(r->out, e);
	archive_entry_free(e);
	if (rc != ARCHIVE_OK || (len && archive_write_data(r->out, data, len) != (la_ssize_t)len))
		return failed(r);
	return 0;
}

static char *parent_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? xstrndup(path, (size_t)(slash - path)) : NULL;
}

/* Where a link stands in the way to a file, the archive has it too: at its real place. */
static int put_link(struct raw *r, const char *path)
{
	CLEANUP_FREE char *parent = parent_of(path), *real = facts_real(r->facts, path);
	CLEANUP_FREE char *real_parent = NULL, *place = NULL;

	if (!parent || !real)
		return 0;
	if (put_link(r, parent) < 0)
		return -1;
	real_parent = facts_real(r->facts, parent);
	if (!real_parent)
		return 0;
	place = path_join(real_parent, strrchr(path, '/') + 1);
	return strcmp(place, real) == 0 ? 0 : put(r, place, real, NULL, 0);
}

static int put_file(struct raw *r, const char *path)
{
	CLEANUP_FREE char *real = facts_real(r->facts, path), *data = NULL;
	size_t len = 0;

	if (!real)
		return 0;
	data = facts_read(r->facts, real, &len);
	if (!data)
		return 0;
	return put_link(r, path) < 0 ? -1 : put(r, real, NULL, data, len);
}

static bool is_avoided(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(avoid); i++)
		if (fnmatch(avoid[i], name, 0) == 0)
			return true;
	return false;
}

/* @done: what the front of the pattern has become; @rest: what is still to be expanded. */
static int expand(struct raw *r, const char *done, const char *rest)
{
	size_t len = strcspn(rest, "/");
	CLEANUP_FREE char *name = xstrndup(rest, len);
	struct strv names CLEANUP_STRV = STRV_INIT;

	if (rest[len] == '/' && rest[len + 1] == '\0') {
		CLEANUP_FREE char *path = path_join(done, name);
		CLEANUP_FREE char *real = facts_real(r->facts, path);

		return real ? put(r, real, NULL, NULL, 0) : 0;
	}
	if (!strpbrk(name, "*?"))
		strv_add(&names, name);
	else if (facts_list(r->facts, done, &names) < 0)
		return 0;
	for (size_t i = 0; i < names.n; i++) {
		CLEANUP_FREE char *path = *done ? path_join(done, names.v[i]) : xstrdup(names.v[i]);

		if (fnmatch(name, names.v[i], 0) != 0 || is_avoided(names.v[i]))
			continue;
		if ((rest[len] ? expand(r, path, rest + len + 1) : put_file(r, path)) < 0)
			return -1;
	}
	return 0;
}

static int put_asked(struct raw *r)
{
	static const struct {
		const char *name;
		char *(*ask)(size_t *ret_len);
	} asked[] = {
		{ "rehost/cpuid", machine_ask_cpuid },
		{ "rehost/bios-c0000", machine_ask_bios },
		{ "rehost/clocks", machine_ask_clocks },
	};

	for (size_t i = 0; i < ARRAY_SIZE(asked); i++) {
		size_t len = 0;
		CLEANUP_FREE char *data = asked[i].ask(&len);

		if (data && put(r, asked[i].name, NULL, data, len) < 0)
			return -1;
	}
	return 0;
}

static int gather(struct raw *r)
{
	if (archive_write_set_format_pax_restricted(r->out) != ARCHIVE_OK ||
	    archive_write_open_filename(r->out, r->path) != ARCHIVE_OK)
		return failed(r);
	for (size_t i = 0; i < ARRAY_SIZE(patterns); i++)
		if (expand(r, "", patterns[i]) < 0)
			return -1;
	/* in an archive: what the computer was asked then */
	if ((r->facts->live ? put_asked(r) : expand(r, "", "rehost/*")) < 0)
		return -1;
	return archive_write_close(r->out) == ARCHIVE_OK ? 0 : failed(r);
}

int machine_raw_write(const char *root, const char *path, struct error *err)
{
	struct facts facts CLEANUP_FACTS = FACTS_INIT;
	struct raw r = { .facts = &facts, .done = STRV_INIT, .path = path, .err = err };
	int rc;

	if (facts_open(&facts, root, err) < 0)
		return -1;
	r.out = archive_write_new();
	rc = gather(&r);
	archive_write_free(r.out);
	strv_clear(&r.done);
	return rc;
}
