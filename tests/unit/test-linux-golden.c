// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The settings of whole Linux systems before and after a conversion. Each folder CASE below
 * tests/golden/linux holds
 *
 *	disks		a line for each file system: DEVICE TYPE UUID|- PART-UUID|- [LABEL]
 *	before/		the system's settings
 *	after/		those that a conversion changes, as they are then
 *	changes		what the report says: each change and each finding
 *	error		or, in their place, why it is refused
 *
 * A system without any driver for virtio keeps its IDE or SATA disk and gets an e1000 card.
 * REHOST_GOLDEN=1 in the environment writes after/, changes and error anew.
 */
#include "config.h"

#include <dirent.h>
#include <stdio.h>
#include <unistd.h>

#include "converters/linux.h"
#include "lib/base/outfile.h"
#include "lib/base/path.h"
#include "lib/fstab.h"
#include "lib/linux_facts.h"
#include "tests/unit/test.h"

struct golden {
	char *dir;
	struct inspection in;
	struct inspected_system sys;
	struct negotiation answer;
	struct machine machine;
};

static char *field_or_null(const struct fstab_line *line, size_t i)
{
	char *text = fstab_field(line, i);

	if (*text && strcmp(text, "-") != 0)
		return text;
	free(text);
	return NULL;
}

static void read_disks(struct golden *g)
{
	struct error err CLEANUP_ERROR = ERROR_INIT;
	CLEANUP_FREE char *path = path_join(g->dir, "disks"), *text = NULL;
	struct fstab_line line;

	assert_int_equal(0, file_read(path, 1 << 20, &text, NULL, &err));
	line = (struct fstab_line){ .next = text };
	while (fstab_next(&line)) {
		struct inspected_fs *fs = APPEND(g->in.filesystems, g->in.n_filesystems);
		const char *device;

		*fs = (struct inspected_fs){
			.device = fstab_field(&line, 0), .type = fstab_field(&line, 1),
			.uuid = field_or_null(&line, 2), .part_uuid = field_or_null(&line, 3),
			.label = field_or_null(&line, 4),
			.disk = -1,
		};
		device = fs->device;
		if (strncmp(device, "/dev/sd", 7) == 0 && device[7]) {
			fs->disk = device[7] - 'a';
			fs->number = (unsigned int)strtoul(device + 8, NULL, 10);
			if ((size_t)fs->disk >= g->in.n_disks)
				*APPEND(g->in.disks, g->in.n_disks) = (struct inspected_disk){
					.device = xstrdup("/dev/sdX"), .table = xstrdup("mbr"),
					.boot_code = xstrdup("grub") };
		}
	}
}

/* virtio where there is a driver for it, as the search for the best devices would have it */
static void answer(struct golden *g)
{
	const struct inspected_kernel *k = linux_default_kernel(&g->sys);
	bool virtio = k && linux_has_driver(&g->sys, k, DIM_DISK, DISK_VIRTIO_BLK);
	bool ahci = k && linux_has_driver(&g->sys, k, DIM_DISK, DISK_AHCI);

	g->answer = (struct negotiation){ .agreed = true };
	g->answer.value[DIM_DISK] = virtio ? DISK_VIRTIO_BLK : ahci ? DISK_AHCI : DISK_IDE;
	g->answer.added[DIM_DISK] = virtio;
	g->answer.value[DIM_NIC] = virtio ? NIC_VIRTIO : NIC_E1000;
	/* the old PC's disk driver must be there, in the kernel or beside it */
	if (!virtio && !ahci && strcmp(g->sys.boot_loader, "lilo") != 0)
		assert_true(k && linux_has_driver(&g->sys, k, DIM_DISK, DISK_IDE));
}

static void load(struct golden *g, const char *dir)
{
	struct error err CLEANUP_ERROR = ERROR_INIT;
	CLEANUP_FREE char *before = path_join(dir, "before");

	*g = (struct golden){ .dir = xstrdup(dir), .machine = MACHINE_INIT };
	g->sys.tree = (struct tree)TREE_INIT;
	g->sys.family = xstrdup("linux");
	g->sys.root = xstrdup("/dev/sda1");
	read_disks(g);
	assert_int_equal(0, tree_add_folder(&g->sys.tree, "/", before, &err));
	linux_mounts(&g->in, &g->sys);
	linux_identity(&g->sys);
	linux_boot_loader(&g->sys);
	linux_kernels(&g->sys);
	linux_network(&g->sys);
	answer(g);
}

static void unload(struct golden *g)
{
	/* the system is not in a list of the inspection, so it goes by itself */
	*APPEND(g->in.systems, g->in.n_systems) = g->sys;
	inspection_clear(&g->in);
	free(g->dir);
}

static char *report_text(const struct golden *g)
{
	static const char *const actions[] = { "same", "changed", "added", "renamed" };
	char *text = NULL;
	size_t size = 0, i = 0;
	FILE *out = open_memstream(&text, &size);
	const struct tree_node *n;

	fprintf(out, "system: %s, %s, %s, %s, %s\n", g->sys.name, g->sys.boot_loader, g->sys.init,
		g->sys.initramfs_tool, g->sys.network);
	for (size_t j = 0; j < g->sys.n_nics; j++)
		fprintf(out, "card: %s %s %s %s\n", g->sys.nics[j].name,
			g->sys.nics[j].mac ? g->sys.nics[j].mac : "-",
			g->sys.nics[j].address ? g->sys.nics[j].address : "-",
			g->sys.nics[j].gateway ? g->sys.nics[j].gateway : "-");
	while ((n = tree_under(&g->sys.tree, "/", &i)))
		if (n->change != TREE_SAME)
			fprintf(out, "%s: %s%s%s: %s\n", actions[n->change], n->path,
				n->new_path || n->target ? " -> " : "",
				n->new_path ? n->new_path : n->target ? n->target : "", n->why);
	for (size_t j = 0; j < g->sys.findings.n_findings; j++)
		fprintf(out, "%s: %s: %s\n", severity_name(g->sys.findings.findings[j].severity),
			g->sys.findings.findings[j].subject, g->sys.findings.findings[j].text);
	assert_int_equal(0, fclose(out));
	return text;
}

static void write_golden(const struct golden *g, const char *report)
{
	struct error err CLEANUP_ERROR = ERROR_INIT;
	CLEANUP_FREE char *after = path_join(g->dir, "after"), *changes = path_join(g->dir, "changes");
	const struct tree_node *n;

	assert_int_equal(0, folder_remove(after, &err));
	for (size_t i = 0; (n = tree_under(&g->sys.tree, "/", &i));) {
		CLEANUP_FREE char *path = xasprintf("%s%s", after, n->path);
		CLEANUP_FREE char *dir = path_dirname(path);

		if ((n->change != TREE_CHANGED && n->change != TREE_ADDED) || !n->data)
			continue;
		assert_int_equal(0, folder_make(dir, &err));
		assert_int_equal(0, file_write(path, n->data, n->size, OUTFILE_REPLACE, &err));
	}
	assert_int_equal(0, file_write(changes, report, strlen(report), OUTFILE_REPLACE, &err));
}

static void compare_file(const struct golden *g, const char *name, const char *got)
{
	struct error err CLEANUP_ERROR = ERROR_INIT;
	CLEANUP_FREE char *path = path_join(g->dir, name), *expected = NULL;

	if (file_read(path, 1 << 20, &expected, NULL, &err) < 0)
		fail_msg("%s", err.msg);
	if (strcmp(expected, got) != 0)
		print_message("%s differs, got:\n%s", path, got);
	assert_string_equal(expected, got);
}

/* Every file of after/ must come out, and nothing that is not there. */
static void compare(const struct golden *g, const char *report)
{
	struct error err CLEANUP_ERROR = ERROR_INIT;
	struct tree expected CLEANUP_TREE = TREE_INIT;
	CLEANUP_FREE char *after = path_join(g->dir, "after");
	const struct tree_node *n;
	size_t n_expected = 0, n_got = 0;

	compare_file(g, "changes", report);
	assert_int_equal(0, tree_add_folder(&expected, "/", after, &err));
	for (size_t i = 0; (n = tree_under(&expected, "/", &i));)
		n_expected += n->kind == TREE_FILE;
	for (size_t i = 0; (n = tree_under(&g->sys.tree, "/", &i));) {
		CLEANUP_FREE char *name = xasprintf("after%s", n->path);

		if ((n->change != TREE_CHANGED && n->change != TREE_ADDED) || !n->data)
			continue;
		compare_file(g, name, n->data);
		n_got++;
	}
	assert_int_equal(n_expected, n_got);
}

/* A second conversion of the result must find nothing to do. */
static void check_idempotent(struct golden *g, struct conversion *conv)
{
	struct error err CLEANUP_ERROR = ERROR_INIT;
	const struct tree_node *n;

	for (size_t i = 0; i < g->sys.tree.n_nodes; i++)
		g->sys.tree.nodes[i].change = TREE_SAME;
	assert_int_equal(0, linux_edit_settings(conv, &err));
	for (size_t i = 0; (n = tree_under(&g->sys.tree, "/", &i));) {
		if (n->change == TREE_CHANGED || n->change == TREE_ADDED)
			print_message("changed again: %s\n%s", n->path, n->data ? n->data : "");
		assert_false(n->change == TREE_CHANGED || n->change == TREE_ADDED);
	}
}

/* What is refused must say so in the words of the file error, with the remedy below. */
static void check_refusal(const struct golden *g, const struct error *refusal)
{
	struct error err CLEANUP_ERROR = ERROR_INIT;
	CLEANUP_FREE char *path = path_join(g->dir, "error");
	CLEANUP_FREE char *text = xasprintf("%s\n%s\n", refusal->msg, refusal->hint ? refusal->hint : "");

	if (getenv("REHOST_GOLDEN"))
		assert_int_equal(0, file_write(path, text, strlen(text), OUTFILE_REPLACE, &err));
	compare_file(g, "error", text);
}

static void run_case(void **state)
{
	struct error err CLEANUP_ERROR = ERROR_INIT;
	struct golden g;
	struct conversion conv;
	CLEANUP_FREE char *report = NULL;

	load(&g, *state);
	conv = (struct conversion){ .in = &g.in, .sys = &g.sys, .name = "press4",
				    .machine = &g.machine,
				    .answer = &g.answer, .console = true };
	if (linux_edit_settings(&conv, &err) < 0) {
		check_refusal(&g, &err);
		unload(&g);
		return;
	}
	report = report_text(&g);
	if (getenv("REHOST_GOLDEN"))
		write_golden(&g, report);
	compare(&g, report);
	check_idempotent(&g, &conv);
	unload(&g);
}

int main(void)
{
	const char *top = getenv("top_srcdir");
	CLEANUP_FREE char *root = xasprintf("%s/tests/golden/linux", top ? top : ".");
	struct CMUnitTest *tests = NULL;
	struct strv dirs CLEANUP_STRV = STRV_INIT;
	size_t n = 0;
	DIR *d = opendir(root);
	int rc;

	for (const struct dirent *e; d && (e = readdir(d));)
		if (e->d_name[0] != '.')
			strv_addf(&dirs, "%s/%s", root, e->d_name);
	if (d)
		closedir(d);
	strv_sort(&dirs);
	for (size_t i = 0; i < dirs.n; i++) {
		struct CMUnitTest *t = APPEND(tests, n);

		t->name = strrchr(dirs.v[i], '/') + 1;
		t->test_func = run_case;
		t->initial_state = dirs.v[i];
	}
	if (!n) {
		fprintf(stderr, "no cases in %s\n", root);
		return 1;
	}
	rc = _cmocka_run_group_tests("linux settings", tests, n, NULL, NULL);
	free(tests);
	return rc;
}
