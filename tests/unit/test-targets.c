// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Families of guests x targets, and what a plan can ask for x targets, worked out by the same code that
 * convert and generate use, against tests/golden/targets.txt, which the README shows.
 */
#include "config.h"

#include <stdio.h>

#include "lib/base/outfile.h"
#include "lib/base/path.h"
#include "lib/family.h"
#include "lib/target/target.h"
#include "tests/unit/test.h"

enum { TEXT_MAX = 1 << 20 };

static char *in_tree(const char *name)
{
	const char *top = getenv("top_srcdir");

	return xasprintf("%s/%s", top ? top : ".", name);
}

static char *read_text(const char *name)
{
	CLEANUP_FREE char *path = in_tree(name);
	struct error err CLEANUP_ERROR = ERROR_INIT;
	char *text = NULL;

	if (file_read(path, TEXT_MAX, &text, NULL, &err) < 0)
		fail_msg("%s", err.msg);
	return text;
}

static void take(struct machine_model *m, enum model_dim dim, const char *names)
{
	struct strv words CLEANUP_STRV = STRV_INIT;
	struct error err CLEANUP_ERROR = ERROR_INIT;

	strv_split(&words, names, " ");
	for (size_t i = 0; i < words.n; i++) {
		int value = model_value_from_name(dim, words.v[i], &err);

		if (value < 0)
			fail_msg("%s", err.msg);
		model_add(m, dim, (unsigned int)value);
	}
}

/* "32 bios ide ahci / pcnet / vga / ps2 / utc" */
static void parse_family(const char *text, struct machine_model *ret)
{
	static const enum model_dim dims[] = { DIM_DISK, DIM_NIC, DIM_DISPLAY, DIM_INPUT, DIM_CLOCK };
	struct strv parts CLEANUP_STRV = STRV_INIT;
	char word[8], firmware[8];
	int used = 0;

	*ret = (struct machine_model){ 0 };
	assert_int_equal(2, sscanf(text, "%7s %7s %n", word, firmware, &used));
	take(ret, DIM_WORD, word);
	take(ret, DIM_FIRMWARE, firmware);
	take(ret, DIM_SERIAL, "none 16550a");
	strv_split(&parts, text + used, "/");
	assert_int_equal(ARRAY_SIZE(dims), parts.n);
	for (size_t i = 0; i < ARRAY_SIZE(dims); i++)
		take(ret, dims[i], parts.v[i]);
}

/* "@msdos": a row of lib/families.def, else "NAME: " and what it drives; the name, to be freed. */
static char *read_family(const char *line, struct machine_model *ret)
{
	const char *colon = strchr(line, ':');
	const struct guest_family *row = *line == '@' ? guest_family_find(line + 1) : NULL;

	if (*line == '@') {
		assert_non_null(row);
		guest_family_model(row, ret);
		return xstrdup(row->name);
	}
	assert_non_null(colon);
	parse_family(colon + 1, ret);
	return xstrndup(line, (size_t)(colon - line));
}

static const char *chosen(const struct negotiation *n, enum model_dim dim)
{
	return model_value_name(dim, (unsigned int)n->value[dim]);
}

/* "ide, pcnet", or the dimension that is missing */
static void put_cell(FILE *f, const struct target *t, const struct machine_model *family)
{
	struct negotiation n;
	CLEANUP_FREE char *text = NULL;

	if (negotiate(t->offers, family, NULL, NULL, &n)) {
		text = xasprintf("%s, %s", chosen(&n, DIM_DISK), chosen(&n, DIM_NIC));
	} else {
		int dim = 0;

		while (!n.missing[dim])
			dim++;
		text = xasprintf("- (%s)", model_dim_name(dim));
	}
	fprintf(f, " %-23s", text);
}

static void end_line(FILE *f, char **text)
{
	size_t len;

	fflush(f);
	len = strlen(*text);
	while (len && (*text)[len - 1] == ' ')
		len--;
	fseek(f, (long)len, SEEK_SET);
	fputc('\n', f);
	fflush(f);
}

static void put_head(FILE *f, const char *what, char **text)
{
	fprintf(f, "    %-28s", what);
	for (size_t i = 0; targets[i]; i++)
		fprintf(f, " %-23s", targets[i]->name);
	end_line(f, text);
}

static void put_families(FILE *f, char **text)
{
	CLEANUP_FREE char *families = read_text("tests/golden/targets-families");
	struct strv lines CLEANUP_STRV = STRV_INIT;

	put_head(f, "family of guests", text);
	strv_split(&lines, families, "\n");
	for (size_t i = 0; i < lines.n; i++) {
		CLEANUP_FREE char *name = NULL;
		struct machine_model family;

		if (lines.v[i][0] == '#')
			continue;
		name = read_family(lines.v[i], &family);
		fprintf(f, "    %-28s", name);
		for (size_t k = 0; targets[k]; k++)
			put_cell(f, targets[k], &family);
		end_line(f, text);
	}
}

/* What a plan can ask for: each row changes a plan with a plain guest in one thing. */
struct wish {
	const char *name;
	const char *kind, *host;	/* a device of the host, or NULL */
	void (*make)(struct plan *plan, struct partition *p);
};

static void as_plain(struct plan *plan, struct partition *p)
{
	(void)plan;
	(void)p;
}

static void with_identity(struct plan *plan, struct partition *p)
{
	(void)plan;
	p->guest.vendor = xstrdup("Siemens AG");
	p->guest.product = xstrdup("SIMATIC PC 547B");
}

static void with_licence(struct plan *plan, struct partition *p)
{
	static const char slic[] = "534c4943" "24000000" "0100" "464a20202020" "5043202020202020"
				   "01000000" "46545320" "01000000";

	(void)plan;
	p->guest.slic = xstrdup(slic);
}

static void with_disk_serial(struct plan *plan, struct partition *p)
{
	(void)plan;
	p->guest.disks[0].serial = xstrdup("WD-1");
}

static void with_odd_port(struct plan *plan, struct partition *p)
{
	(void)plan;
	*APPEND(p->guest.serials, p->guest.n_serials) =
		(struct guest_serial){ xstrdup("COM3"), 0x3220, 11 };
}

static void with_cache(struct plan *plan, struct partition *p)
{
	static char cpus[] = "0-3";
	static struct machine_cache cache = { .level = 3, .size = 12 << 20, .cat_bits = 12, .cpus = cpus };

	plan->host.caches = &cache;
	plan->host.n_caches = 1;
	p->cache_level = 3;
	p->cache_ways = 0xe00;
}

static void in_real_time(struct plan *plan, struct partition *p)
{
	(void)plan;
	p->class = CLASS_RT;
}

static void with_link(struct plan *plan, struct partition *p)
{
	static struct plan_link link = { .name = (char *)"wire", .kind = (char *)"uart" };

	(void)p;
	plan->links = &link;
	plan->n_links = 1;
}

static void on_a_slow_processor(struct plan *plan, struct partition *p)
{
	(void)plan;
	p->guest.cpu_quota = 25;
}

static void before_the_host(struct plan *plan, struct partition *p)
{
	(void)plan;
	p->started_by = (char *)"hypervisor";
}

static void from_second_disk(struct plan *plan, struct partition *p)
{
	(void)plan;
	p->guest.disks[0].boot = false;
	*APPEND(p->guest.disks, p->guest.n_disks) =
		(struct guest_disk){ .file = xstrdup("disk1.qcow2"), .format = xstrdup("qcow2"),
				     .size = 1 << 20, .boot = true };
}

static const struct wish wishes[] = {
	{ "nothing but the guest", NULL, NULL, as_plain },
	{ "who made the old PC (SMBIOS)", NULL, NULL, with_identity },
	{ "licence of its maker (SLIC)", NULL, NULL, with_licence },
	{ "serial number of a disk", NULL, NULL, with_disk_serial },
	{ "COM port at an odd address", NULL, NULL, with_odd_port },
	{ "start from the second disk", NULL, NULL, from_second_disk },
	{ "real time on own processors", NULL, NULL, in_real_time },
	{ "ways of the cache", NULL, NULL, with_cache },
	{ "a share of a processor", NULL, NULL, on_a_slow_processor },
	{ "start before the host", NULL, NULL, before_the_host },
	{ "a wire between two guests", NULL, NULL, with_link },
	{ "serial port of the host", "serial", "/dev/ttyS4", as_plain },
	{ "parallel port of the host", "parallel", "/dev/parport0", as_plain },
	{ "network card of the host", "nic", "eno2", as_plain },
	{ "PCI card of the host", "pci", "0000:03:00.0", as_plain },
	{ "USB device of the host", "usb", "1-4", as_plain },
	{ "another device of the host", "other", "can0", as_plain },
};

static void make_guest(struct guest *g, const struct machine_model *offers)
{
	struct machine_model plain;
	struct negotiation n;

	parse_family("32 bios ide ahci virtio-blk / rtl8139 pcnet e1000 virtio-net none / vga none / ps2 / utc",
		     &plain);
	if (!model_has(offers, DIM_FIRMWARE, FIRMWARE_BIOS))
		model_add(&plain, DIM_FIRMWARE, FIRMWARE_UEFI);
	assert_true(negotiate(offers, &plain, NULL, NULL, &n));
	memcpy(g->device, n.value, sizeof(g->device));
	g->device[DIM_SERIAL] = SERIAL_16550A;
	g->name = xstrdup("press4");
	g->uuid = guest_uuid_from_name("press4");
	g->vcpus = 1;
	g->acpi = true;
	*APPEND(g->disks, g->n_disks) =
		(struct guest_disk){ .file = xstrdup("disk0.qcow2"), .format = xstrdup("qcow2"),
				     .size = 1 << 20, .boot = true };
	*APPEND(g->nics, g->n_nics) = (struct guest_nic){ .mac = xstrdup("52:54:00:12:34:56"),
							  .name = xstrdup("eth0") };
	*APPEND(g->serials, g->n_serials) = (struct guest_serial){ xstrdup("COM1"), 0x3f8, 4 };
}

static const char *judge(const struct target *t, const struct wish *wish)
{
	static char role[3][8] = { "COM1", "eth0", "port" };
	struct partition_device device = { role[2], (char *)wish->kind, (char *)wish->host, NULL };
	struct partition p = { .name = role[2], .memory = 128 << 20, .class = CLASS_PINNED,
			       .vcpus = 1, .devices = &device, .n_devices = wish->kind ? 1 : 0 };
	struct plan plan = { .name = role[2], .partitions = &p, .n_partitions = 1 };
	CLEANUP_FREE char *host = in_tree("tests/golden/acrn/boards/four-cores.xml");
	struct machine_cache *caches;
	size_t n_caches;
	struct report report CLEANUP_REPORT = REPORT_INIT;
	struct fileset files CLEANUP_FILESET = FILESET_INIT;
	struct error err CLEANUP_ERROR = ERROR_INIT;
	char cpus[] = "2";
	bool sound;

	p.cpus = cpus;
	if (wish->kind)
		device.role = role[strcmp(wish->kind, "serial") == 0 ? 0 : strcmp(wish->kind, "nic") == 0
									  ? 1 : 2];
	make_guest(&p.guest, t->offers);
	if (machine_read(&plan.host, host, &err) < 0)
		fail_msg("%s", err.msg);
	caches = plan.host.caches;
	n_caches = plan.host.n_caches;
	wish->make(&plan, &p);
	/* what the operator has to say of his device */
	if (strcmp(t->name, "eve") == 0)
		strv_add_many(&plan.settings, "datastore=docker://registry.plant",
			      "device=4d1c0f5e-96ab-4a6e-8d0f-3c1d2e3f4a5b",
			      "vnc-password=12345678", NULL);
	t->check(&plan, &report);
	sound = report_count(&report, FINDING_ERROR) == 0;
	/* what was said to be possible is written down, and what was not is never written */
	if (sound && t->emit(&plan, &files, &err) < 0)
		fail_msg("%s: %s: %s", t->name, wish->name, err.msg);
	guest_clear(&p.guest);
	plan.host.caches = caches;
	plan.host.n_caches = n_caches;
	machine_clear(&plan.host);
	strv_clear(&plan.settings);
	return !sound ? "refused" : report_count(&report, FINDING_WARNING) ? "lost, and said" : "yes";
}

static void put_wishes(FILE *f, char **text)
{
	put_head(f, "what a plan asks for", text);
	for (size_t i = 0; i < ARRAY_SIZE(wishes); i++) {
		fprintf(f, "    %-28s", wishes[i].name);
		for (size_t k = 0; targets[k]; k++)
			fprintf(f, " %-23s", judge(targets[k], &wishes[i]));
		end_line(f, text);
	}
}

static char *make_matrix(void)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	assert_non_null(f);
	put_families(f, &text);
	fputc('\n', f);
	fflush(f);
	put_wishes(f, &text);
	fclose(f);
	return text;
}

/* README: between its two marks. */
static void write_readme(const char *old, const char *is)
{
	CLEANUP_FREE char *readme = read_text("README.md"), *path = in_tree("README.md");
	struct error err CLEANUP_ERROR = ERROR_INIT;
	char *at = strstr(readme, old);
	CLEANUP_FREE char *text = NULL;

	assert_non_null(at);
	*at = '\0';
	text = xasprintf("%s%s%s", readme, is, at + strlen(old));
	assert_int_equal(0, file_write(path, text, strlen(text), OUTFILE_REPLACE, &err));
}

static void families_and_targets_meet_as_the_matrix_says(void **state)
{
	CLEANUP_FREE char *is = make_matrix(), *should = read_text("tests/golden/targets.txt");
	CLEANUP_FREE char *path = in_tree("tests/golden/targets.txt"), *readme = NULL;
	struct error err CLEANUP_ERROR = ERROR_INIT;

	(void)state;
	if (getenv("REHOST_GOLDEN") && strcmp(is, should) != 0) {
		write_readme(should, is);
		assert_int_equal(0, file_write(path, is, strlen(is), OUTFILE_REPLACE, &err));
		return;
	}
	assert_string_equal(should, is);
	readme = read_text("README.md");
	if (!strstr(readme, should))
		fail_msg("README.md does not show tests/golden/targets.txt: 'make golden' does that");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(families_and_targets_meet_as_the_matrix_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
