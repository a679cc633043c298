// SPDX-License-Identifier: GPL-2.0-or-later
/* The disks and partitions of the appliance: asked for in one question, and one by one if that fails. */
#include "config.h"

#include <guestfs.h>
#include <stdlib.h>
#include <string.h>

#include "lib/appliance_devices.h"
#include "lib/base/alloc.h"
#include "lib/base/size.h"

enum { SECTOR = 512, DEVICES_MAX = 4096 };

/*
 * "… rehosta1 -> ../../sdb1": the name that a disk was given leads to the one that the kernel chose;
 * "/sys/class/block/sdb1/size:2048"; and blkid's "DEVNAME=/dev/disk/guestfs/rehosta1", "TYPE=ext4".
 */
static const char question[] = "ls -l /dev/disk/guestfs; grep -H . /sys/class/block/*/size; "
			       "blkid -p -o export /dev/disk/guestfs/" APPLIANCE_LABEL "*; true";

void appliance_devices_clear(struct appliance_devices *d)
{
	for (size_t i = 0; i < d->n; i++) {
		free(d->v[i].device);
		appliance_free_list(&d->v[i].facts);
	}
	free(d->v);
	*d = (struct appliance_devices)APPLIANCE_DEVICES_INIT;
}

/* rehosta1 is /dev/sda1; NULL: it is no name of ours */
static char *device_of(const char *name)
{
	size_t len = strlen(APPLIANCE_LABEL);

	if (strncmp(name, APPLIANCE_LABEL, len) != 0 || name[len] < 'a' || name[len] > 'z' ||
	    strspn(name + len + 1, "0123456789") != strlen(name + len + 1))
		return NULL;
	return xasprintf("/dev/sd%s", name + len);
}

/* Devices while they are read: with the kernel's name of each. */
struct reading {
	struct appliance_devices *ret;
	struct strv kernel;
};

static void take_name(struct reading *r, const char *line)
{
	const char *arrow = strstr(line, " -> "), *slash = strrchr(line, '/'), *name = arrow;
	CLEANUP_FREE char *text = NULL, *device = NULL;

	if (!arrow || !slash || slash < arrow)
		return;
	while (name > line && name[-1] != ' ')
		name--;
	text = xstrndup(name, (size_t)(arrow - name));
	device = device_of(text);
	if (!device || r->ret->n >= DEVICES_MAX)
		return;
	strv_add(&r->kernel, slash + 1);
	*APPEND(r->ret->v, r->ret->n) = (struct appliance_found){
		.device = device, .partition = strlen(device) > strlen("/dev/sda") };
	device = NULL;
}

static void take_size(struct reading *r, const char *line)
{
	static const char before[] = "/sys/class/block/";
	const char *name = line + strlen(before), *end = strchr(name, '/'), *colon = strchr(line, ':');
	uint64_t sectors = 0;

	if (!end || !colon || parse_u64(colon + 1, 0, UINT64_MAX / SECTOR, &sectors, NULL) < 0)
		return;
	for (size_t i = 0; i < r->ret->n; i++)
		if (strlen(r->kernel.v[i]) == (size_t)(end - name) &&
		    strncmp(r->kernel.v[i], name, (size_t)(end - name)) == 0)
			r->ret->v[i].size = sectors * SECTOR;
}

static struct appliance_found *find(struct appliance_devices *d, const char *name)
{
	CLEANUP_FREE char *device = device_of(name);

	for (size_t i = 0; device && i < d->n; i++)
		if (strcmp(d->v[i].device, device) == 0)
			return &d->v[i];
	return NULL;
}

static void take_fact(struct appliance_found *f, const char *line)
{
	const char *equals = strchr(line, '=');
	size_t n = 0;

	if (!f || !equals || equals == line)
		return;
	while (f->facts && f->facts[n])
		n++;
	f->facts = xreallocarray(f->facts, n + 3, sizeof(*f->facts));
	f->facts[n] = xstrndup(line, (size_t)(equals - line));
	f->facts[n + 1] = xstrdup(equals + 1);
	f->facts[n + 2] = NULL;
}

static int in_order(const void *a, const void *b)
{
	const char *one = ((const struct appliance_found *)a)->device;
	const char *two = ((const struct appliance_found *)b)->device;

	return strverscmp(one, two);
}

void appliance_devices_parse(const char *text, struct appliance_devices *ret)
{
	static const char size[] = "/sys/class/block/", begin[] = "DEVNAME=/dev/disk/guestfs/";
	struct strv lines CLEANUP_STRV = STRV_INIT;
	struct reading r = { ret, STRV_INIT };
	struct appliance_found *current = NULL;
	bool facts = false;

	strv_split(&lines, text, "\r\n");
	for (size_t i = 0; i < lines.n; i++) {
		const char *line = lines.v[i];

		if (strncmp(line, begin, strlen(begin)) == 0) {
			current = find(ret, line + strlen(begin));
			facts = true;
		} else if (facts) {
			take_fact(current, line);
		} else if (strncmp(line, size, strlen(size)) == 0) {
			take_size(&r, line);
		} else {
			take_name(&r, line);
		}
	}
	strv_clear(&r.kernel);
	if (ret->n)
		qsort(ret->v, ret->n, sizeof(*ret->v), in_order);
}

/* Has each of the @n disks a size, and only they? What is missing means that the question did not work. */
static bool is_whole(const struct appliance_devices *d, size_t n)
{
	size_t disks = 0;

	for (size_t i = 0; i < d->n; i++) {
		if (!d->v[i].size)
			return false;
		disks += !d->v[i].partition;
	}
	return disks == n && n > 0;
}

static void add_asked(const struct appliance *app, char *const *devices, bool partition,
		      struct appliance_devices *ret)
{
	for (size_t i = 0; devices && devices[i] && ret->n < DEVICES_MAX; i++) {
		int64_t size = guestfs_blockdev_getsize64(app->g, devices[i]);

		*APPEND(ret->v, ret->n) = (struct appliance_found){
			.device = xstrdup(devices[i]), .partition = partition,
			.size = size > 0 ? (uint64_t)size : 0,
			.facts = guestfs_blkid(app->g, devices[i]),
		};
	}
}

int appliance_devices_read(const struct appliance *app, struct appliance_devices *ret,
			   struct error *err)
{
	CLEANUP_FREE char *text = NULL;
	char **disks CLEANUP_LIST = NULL, **partitions CLEANUP_LIST = NULL;

	if (appliance_run(app, question, &text, NULL) == 0)
		appliance_devices_parse(text, ret);
	if (is_whole(ret, app->n_disks))
		return 0;
	appliance_devices_clear(ret);
	disks = guestfs_list_devices(app->g);
	partitions = guestfs_list_partitions(app->g);
	if (!disks || !partitions)
		return appliance_error(app, err, "list the disks");
	add_asked(app, disks, false, ret);
	add_asked(app, partitions, true, ret);
	return 0;
}
