// SPDX-License-Identifier: GPL-2.0-or-later
/* Tests of guests as QEMU arguments, against golden files: tests/golden/qemu/NAME.xml, NAME.args. */
#include "config.h"

#include <dirent.h>
#include <stdio.h>

#include "lib/base/outfile.h"
#include "lib/base/path.h"
#include "lib/qemu_machine.h"
#include "tests/unit/test.h"

static char *golden(const char *name)
{
	const char *top = getenv("top_srcdir");

	return xasprintf("%s/tests/golden/qemu/%s", top ? top : ".", name);
}

static void open_guest(const char *name, struct guest *ret)
{
	CLEANUP_FREE char *path = golden(name);
	struct error err CLEANUP_ERROR = ERROR_INIT;

	if (guest_open(ret, path, &err) < 0)
		fail_msg("%s", err.msg);
}

/* What a golden file should hold: the arguments, or the error. */
static char *describe(const struct guest *g)
{
	struct strv args CLEANUP_STRV = STRV_INIT;
	struct error err CLEANUP_ERROR = ERROR_INIT;

	if (qemu_machine_args(g, NULL, QEMU_RUN_SERVICE, &args, &err) < 0)
		return xasprintf("error: %s\n", err.msg);
	return qemu_args_to_text(&args);
}

static void check_case(const char *file)
{
	CLEANUP_FREE char *stem = path_stem(file, ".xml"), *name = xasprintf("%s.args", stem);
	CLEANUP_FREE char *path = golden(name), *is = NULL, *should = NULL;
	struct guest g CLEANUP_GUEST = GUEST_INIT;
	struct error err CLEANUP_ERROR = ERROR_INIT;

	open_guest(file, &g);
	is = describe(&g);
	if (getenv("REHOST_GOLDEN"))
		assert_int_equal(0, file_write(path, is, strlen(is), OUTFILE_REPLACE, &err));
	if (file_read(path, 1 << 20, &should, NULL, &err) < 0)
		fail_msg("%s", err.msg);
	assert_string_equal(should, is);
}

static void every_golden_guest_gives_its_arguments(void **state)
{
	CLEANUP_FREE char *dir = golden("");
	DIR *d = opendir(dir);
	struct dirent *entry;
	size_t guests = 0, args = 0;

	(void)state;
	assert_non_null(d);
	while ((entry = readdir(d))) {
		args += path_has_suffix(entry->d_name, ".args");
		if (path_has_suffix(entry->d_name, ".xml")) {
			check_case(entry->d_name);
			guests++;
		}
	}
	closedir(d);
	assert_true(guests > 0);
	/* a file that nothing uses would rot */
	assert_int_equal(guests, args);
}

static void text_and_arguments_are_the_same_thing(void **state)
{
	struct guest g CLEANUP_GUEST = GUEST_INIT;
	struct strv args CLEANUP_STRV = STRV_INIT, back CLEANUP_STRV = STRV_INIT;
	struct error err CLEANUP_ERROR = ERROR_INIT;
	CLEANUP_FREE char *text = NULL;

	(void)state;
	open_guest("old-linux.xml", &g);
	assert_int_equal(0, qemu_machine_args(&g, NULL, QEMU_RUN_SERVICE, &args, &err));
	text = qemu_args_to_text(&args);
	assert_int_equal(0, qemu_args_from_text(text, &back, &err));
	assert_int_equal(args.n, back.n);
	for (size_t i = 0; i < args.n; i++)
		assert_string_equal(args.v[i], back.v[i]);
	assert_fails(qemu_args_from_text("-m 1\nrm -rf /\n", &back, &err), &err, ERR_FORMAT);
}

static void a_name_cannot_become_an_option(void **state)
{
	struct guest g CLEANUP_GUEST = GUEST_INIT;
	struct strv args CLEANUP_STRV = STRV_INIT;
	struct error err CLEANUP_ERROR = ERROR_INIT;
	CLEANUP_FREE char *text = NULL;

	(void)state;
	open_guest("old-linux.xml", &g);
	free(g.product);
	g.product = xstrdup("x,file=/etc/passwd\n-hda /etc/shadow");
	free(g.disks[0].serial);
	g.disks[0].serial = xstrdup("a,file=b");
	assert_int_equal(0, qemu_machine_args(&g, NULL, QEMU_RUN_SERVICE, &args, &err));
	text = qemu_args_to_text(&args);
	assert_null(strstr(text, "\n-hda"));
	assert_non_null(strstr(text, "product=x,,file=/etc/passwd_-hda /etc/shadow,"));
	assert_non_null(strstr(text, "serial=a,,file=b\n"));
}

static void a_trial_is_cut_off_and_spares_the_disks(void **state)
{
	struct guest g CLEANUP_GUEST = GUEST_INIT;
	struct strv args CLEANUP_STRV = STRV_INIT;
	struct error err CLEANUP_ERROR = ERROR_INIT;
	CLEANUP_FREE char *text = NULL;

	(void)state;
	open_guest("old-linux.xml", &g);
	assert_int_equal(0, qemu_machine_args(&g, NULL, QEMU_RUN_TRIAL, &args, &err));
	text = qemu_args_to_text(&args);
	assert_non_null(strstr(text, "restrict=on"));
	assert_null(strstr(text, "restrict=off"));
	assert_non_null(strstr(text, "file,id=serial0,path=" QEMU_SERIAL_FILE));
	assert_null(strstr(text, QEMU_SERIAL_SOCKET));
}

static void devices_of_the_host_are_used_in_service_only(void **state)
{
	struct partition_device devices[] = { { "ttyS0", "serial", "/dev/ttyS4", NULL },
					      { "card", "pci", "0000:03:00.0", NULL } };
	struct partition p = { .memory = 64 << 20, .devices = devices, .n_devices = 2,
			       .class = CLASS_RT };
	struct guest g CLEANUP_GUEST = GUEST_INIT;
	struct strv args CLEANUP_STRV = STRV_INIT;
	struct error err CLEANUP_ERROR = ERROR_INIT;
	CLEANUP_FREE char *text = NULL, *trial = NULL;

	(void)state;
	open_guest("untouched-ide.xml", &g);
	assert_int_equal(0, qemu_machine_args(&g, &p, QEMU_RUN_SERVICE, &args, &err));
	text = qemu_args_to_text(&args);
	assert_non_null(strstr(text, "-chardev serial,id=serial0,path=/dev/ttyS4,"
			    "logfile=serial0.copy,logappend=on\n"));
	assert_non_null(strstr(text, "-device vfio-pci,host=0000:03:00.0,bus=pci.0,addr=0x18\n"));
	assert_non_null(strstr(text, "-m size=65536k\n"));
	assert_non_null(strstr(text, "-overcommit mem-lock=on\n"));
	assert_int_equal(0, qemu_machine_args(&g, &p, QEMU_RUN_TRIAL, &args, &err));
	trial = qemu_args_to_text(&args);
	assert_null(strstr(trial, "vfio-pci"));
	assert_null(strstr(trial, "/dev/ttyS4"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_golden_guest_gives_its_arguments),
		cmocka_unit_test(text_and_arguments_are_the_same_thing),
		cmocka_unit_test(a_name_cannot_become_an_option),
		cmocka_unit_test(a_trial_is_cut_off_and_spares_the_disks),
		cmocka_unit_test(devices_of_the_host_are_used_in_service_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
