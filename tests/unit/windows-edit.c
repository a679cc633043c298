// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * windows-edit HIVES OUT [DRIVERS...] - what a conversion does to the hives of a Windows, without its
 * disk: reads HIVES/SYSTEM, HIVES/SOFTWARE, HIVES/machine.xml if it is there and the names in
 * HIVES/drivers, writes the hives and the
 * files that would be put into the guest below OUT, and prints what a report would say.
 */
#include "config.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "converters/windows.h"
#include "lib/base/alloc.h"
#include "lib/base/outfile.h"
#include "lib/base/path.h"
#include "lib/guest_changes.h"

static int read_hive(struct windows_file *f, const char *dir, const char *name, struct error *err)
{
	f->path = path_join(dir, name);
	return file_read(f->path, HIVE_MAX, &f->data, &f->len, err);
}

static void note_files(struct windows *w, const char *dir)
{
	CLEANUP_FREE char *path = path_join(dir, "drivers");
	DIR *d = opendir(path);
	struct dirent *entry;

	while (d && (entry = readdir(d)))
		strv_add(&w->files, entry->d_name);
	strv_sort(&w->files);
	if (d)
		closedir(d);
}

/* INF files that the system brought */
static void note_infs(struct windows *w, const char *dir)
{
	CLEANUP_FREE char *path = path_join(dir, "inf");
	DIR *d = opendir(path);
	struct dirent *entry;

	while (d && (entry = readdir(d))) {
		CLEANUP_FREE char *file = path_join(path, entry->d_name), *data = NULL;
		size_t len = 0;

		if (path_has_suffix(file, ".inf") && file_read(file, INF_MAX, &data, &len, NULL) == 0)
			windows_note_inf(w, entry->d_name, data, len);
	}
	if (d)
		closedir(d);
}

static int write_out(struct windows_edit *e, const char *out, struct error *err)
{
	static const char *const names[] = { "SYSTEM", "SOFTWARE" };
	struct hive *const hives[] = { &e->system, &e->software };

	for (size_t i = 0; i < 2; i++) {
		CLEANUP_FREE char *path = path_join(out, names[i]), *data = NULL;
		size_t len = 0;

		if (hive_finish(hives[i], &data, &len, err) < 0 ||
		    file_write(path, data, len, OUTFILE_REPLACE, err) < 0)
			return -1;
	}
	for (size_t i = 0; i < e->n_puts; i++) {
		CLEANUP_FREE char *path = xasprintf("%s%s", out, e->puts[i].path);
		CLEANUP_FREE char *dir = path_dirname(path);

		printf("put: %s\n", e->puts[i].path);
		if (folder_make(dir, err) < 0 ||
		    file_write(path, e->puts[i].data, e->puts[i].len, OUTFILE_REPLACE, err) < 0)
			return -1;
	}
	return 0;
}

static int edit(struct conversion *conv, const char *out, struct error *err)
{
	struct windows_edit e CLEANUP_WINDOWS_EDIT = { .conv = NULL };
	struct guest g CLEANUP_GUEST = GUEST_INIT;

	if (windows_edit_begin(&e, conv, err) < 0 || windows_edit_all(&e, err) < 0 ||
	    windows_network(&e, &g, err) < 0 || windows_first_boot(&e, &g, err) < 0 ||
	    write_out(&e, out, err) < 0)
		return -1;
	windows_list_drivers(&e, &g);
	for (size_t i = 0; i < g.n_software; i++)
		if (strcmp(g.software[i].kind, SOFTWARE_DRIVER) == 0)
			printf("driver: %s %s (%s), %zu files\n", g.software[i].name, g.software[i].version,
			       g.software[i].source, g.software[i].n_files);
	for (size_t i = 0; i < g.n_nics; i++)
		printf("card: %s %s %s\n", g.nics[i].name, g.nics[i].mac,
		       g.nics[i].address ? g.nics[i].address : "-");
	return 0;
}

static int run(char **argv, struct error *err)
{
	struct inspection in CLEANUP_INSPECTION = INSPECTION_INIT;
	struct driver_set set CLEANUP_DRIVER_SET = DRIVER_SET_INIT;
	struct inspected_system *sys = APPEND(in.systems, in.n_systems);
	struct windows *w = sys->windows = xcalloc(1, sizeof(*w));
	struct machine machine CLEANUP_MACHINE = MACHINE_INIT;
	struct negotiation answer = { .agreed = true };
	struct conversion conv = { .in = &in, .sys = sys, .name = "press4", .machine = &machine,
				   .answer = &answer, .console = true };

	CLEANUP_FREE char *pc = path_join(argv[1], "machine.xml");

	sys->family = xstrdup("windows");
	sys->tree = (struct tree)TREE_INIT;
	w->dir = xstrdup("/WINDOWS");
	w->drivers = xstrdup("/WINDOWS/system32/drivers");
	if (read_hive(&w->system, argv[1], "SYSTEM", err) < 0 ||
	    read_hive(&w->software, argv[1], "SOFTWARE", err) < 0 ||
	    windows_read_hives(w, &sys->findings, err) < 0)
		return -1;
	note_files(w, argv[1]);
	note_infs(w, argv[1]);
	for (size_t i = 0; i < w->n_nics; i++)
		*APPEND(sys->nics, sys->n_nics) = (struct inspected_nic){
			.name = xstrdup(w->nics[i].name),
			.address = w->nics[i].address ? xstrdup(w->nics[i].address) : NULL };
	for (char **path = argv + 3; *path; path++)
		if (driver_set_add(&set, *path, w->arch, err) < 0)
			return -1;
	if (path_exists(pc) && machine_read(&machine, pc, err) < 0)
		return -1;
	in.drivers = set.n_infs ? &set : NULL;
	answer.value[DIM_DISK] = in.drivers ? DISK_VIRTIO_BLK : DISK_IDE;
	answer.value[DIM_NIC] = in.drivers ? NIC_VIRTIO : NIC_RTL8139;
	if (edit(&conv, argv[2], err) < 0)
		return -1;
	for (size_t i = 0; i < sys->findings.n_findings; i++)
		printf("%s: %s: %s\n", severity_name(sys->findings.findings[i].severity),
		       sys->findings.findings[i].subject, sys->findings.findings[i].text);
	return 0;
}

int main(int argc, char **argv)
{
	struct error err CLEANUP_ERROR = ERROR_INIT;

	if (argc < 3)
		return 2;
	if (run(argv, &err) == 0)
		return 0;
	fprintf(stderr, "%s\n", err.msg);
	return 1;
}
