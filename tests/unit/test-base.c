// SPDX-License-Identifier: GPL-2.0-or-later
/* Tests of lib/base: errors, sizes, paths, children, files, documents, digests. */
#include "config.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "lib/base/child.h"
#include "lib/base/digest.h"
#include "lib/base/identifier.h"
#include "lib/base/outfile.h"
#include "lib/base/path.h"
#include "lib/base/plain.h"
#include "lib/base/process.h"
#include "lib/base/size.h"
#include "lib/base/strv.h"
#include "lib/base/xml.h"
#include "lib/report.h"
#include "tests/unit/test.h"

static void error_carries_context_and_hint(void **state)
{
	struct error err CLEANUP_ERROR = ERROR_INIT;

	(void)state;
	error_sys(&err, ENOSPC, "write '%s'", "a");
	assert_int_equal(ERR_NO_SPACE, err.code);
	error_wrap(&err, "capture '%s'", "b");
	assert_string_equal("capture 'b': write 'a': No space left on device", err.msg);
	assert_non_null(err.hint);
}

static void size_parser_takes_units(void **state)
{
	static const struct {
		const char *text;
		uint64_t bytes;
	} good[] = {
		{ "0", 0 },	      { "512", 512 },	{ "1K", 1024 },
		{ "2MiB", 2 << 20 },  { "3g", UINT64_C(3) << 30 },
		{ "16B", 16 },	      { "15E", UINT64_C(15) << 60 },
	};
	static const char *const bad[] = { "", "K", "-1", "+1", " 1", "1 ", "1KK", "16E", "1.5G",
					   "18446744073709551616" };
	struct error err CLEANUP_ERROR = ERROR_INIT;
	uint64_t n = 7;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		assert_int_equal(0, parse_size(good[i].text, &n, &err));
		assert_int_equal(good[i].bytes, n);
	}
	n = 7;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_fails(parse_size(bad[i], &n, &err), &err, ERR_FORMAT);
	assert_int_equal(7, n);
	assert_fails(parse_u64("9", 1, 8, &n, &err), &err, ERR_FORMAT);
}

static void sizes_and_durations_read_well(void **state)
{
	CLEANUP_FREE char *a = format_size(1000), *b = format_size(1536), *c = format_size(20 << 20);
	CLEANUP_FREE char *d = format_duration(9.04), *e = format_duration(185);

	(void)state;
	assert_string_equal("1000 B", a);
	assert_string_equal("1.5 KiB", b);
	assert_string_equal("20 MiB", c);
	assert_string_equal("9.0 s", d);
	assert_string_equal("3 min 05 s", e);
}

static void identifiers_have_their_form(void **state)
{
	static const char *const no_mac[] = { "", "00:02:b3:4c:00:0", "00:02:b3:4c:00:011",
					      "00-02-b3-4c-00-01", "00:02:b3:4c:00:0g" };
	static const char *const no_uuid[] = { "", "6f1e0e7c-2d6a-4a55-9b0e-0d0c0b0a091",
					       "6f1e0e7c-2d6a-4a55-9b0e-0d0c0b0a09101",
					       "6f1e0e7c+2d6a-4a55-9b0e-0d0c0b0a0910" };

	(void)state;
	assert_true(text_is_mac("00:02:b3:4c:00:0F"));
	assert_true(text_is_uuid("6F1e0e7c-2d6a-4a55-9b0e-0d0c0b0a0910"));
	assert_false(text_is_mac(NULL) || text_is_uuid(NULL));
	for (size_t i = 0; i < ARRAY_SIZE(no_mac); i++)
		assert_false(text_is_mac(no_mac[i]));
	for (size_t i = 0; i < ARRAY_SIZE(no_uuid); i++)
		assert_false(text_is_uuid(no_uuid[i]));
}

static void paths_are_taken_apart(void **state)
{
	CLEANUP_FREE char *dir = path_dirname("/a/b/"), *base = path_basename("/a/b/");
	CLEANUP_FREE char *dot = path_dirname("x"), *root = path_dirname("/x");
	CLEANUP_FREE char *rel = path_relative("/w/press4.guest", "/w/press4.capture/disk0.qcow2");
	CLEANUP_FREE char *stem = path_stem("/w/press4.capture/", ".capture");

	(void)state;
	assert_string_equal("/a", dir);
	assert_string_equal("b", base);
	assert_string_equal(".", dot);
	assert_string_equal("/", root);
	assert_string_equal("../press4.capture/disk0.qcow2", rel);
	assert_string_equal("press4", stem);
}

static void child_reports_its_last_words(void **state)
{
	static const char *const good[] = { "printf", "a\\nb", NULL };
	static const char *const bad[] = { "sh", "-c", "echo first >&2; echo last >&2; exit 3", NULL };
	static const char *const none[] = { "rehost-no-such-program", NULL };
	struct error err CLEANUP_ERROR = ERROR_INIT;
	CLEANUP_FREE char *out = NULL;

	(void)state;
	assert_int_equal(0, child_run(good, &out, &err));
	assert_string_equal("a\nb", out);
	assert_int_equal(-1, child_run(bad, NULL, &err));
	assert_string_equal("sh failed with status 3: last", err.msg);
	error_clear(&err);
	assert_fails(child_run(none, NULL, &err), &err, ERR_NOT_FOUND);
}

static void a_process_is_found_by_its_argument(void **state)
{
	static const char *const argv[] = { "sleep", "60.125", NULL };
	struct child_io io = CHILD_IO_INIT;
	struct error err CLEANUP_ERROR = ERROR_INIT;
	struct child child CLEANUP_CHILD = CHILD_INIT;

	(void)state;
	assert_int_equal(0, child_start(argv, &io, &child, &err));
	for (int i = 0; i < 100 && process_with_argument("sleep", "60.125") != child.pid; i++)
		usleep(20000);
	assert_int_equal(child.pid, process_with_argument("sleep", "60.125"));
	assert_int_equal(0, process_with_argument("sleep", "60.12"));
	assert_int_equal(0, process_with_argument("leep", "60.125"));
	assert_int_equal(0, process_with_argument("sleep", "sleep"));
}

static void child_meets_its_deadline(void **state)
{
	static const char *const argv[] = { "sleep", "60", NULL };
	struct error err CLEANUP_ERROR = ERROR_INIT;
	struct child child CLEANUP_CHILD = CHILD_INIT;
	pid_t pid;

	(void)state;
	assert_int_equal(0, child_start(argv, NULL, &child, &err));
	pid = child.pid;
	assert_fails(child_wait(&child, 50, NULL, &err), &err, ERR_TIMEOUT);
	child_stop(&child);
	assert_int_equal(-1, kill(pid, 0));
}

static void outfile_is_whole_or_not_there(void **state)
{
	CLEANUP_FREE char *dir = make_test_folder(), *path = path_join(dir, "f");
	CLEANUP_FREE char *partial = path_join(dir, "f" PARTIAL_SUFFIX), *text = NULL;
	struct error err CLEANUP_ERROR = ERROR_INIT;
	struct outfile out = OUTFILE_INIT, second = OUTFILE_INIT;

	(void)state;
	assert_int_equal(0, outfile_open(&out, path, OUTFILE_NEW, &err));
	fputs("one", out.f);
	assert_false(path_exists(path));
	assert_fails(outfile_open(&second, path, OUTFILE_NEW, &err), &err, ERR_BUSY);
	outfile_discard(&out);
	assert_false(path_exists(partial));

	assert_int_equal(0, file_write(path, "two", 3, OUTFILE_NEW, &err));
	assert_fails(file_write(path, "three", 5, OUTFILE_NEW, &err), &err, ERR_EXISTS);
	assert_int_equal(0, file_write(path, "four", 4, OUTFILE_REPLACE, &err));
	assert_int_equal(0, file_read(path, 100, &text, NULL, &err));
	assert_string_equal("four", text);
	assert_int_equal(0, folder_remove(dir, &err));
}

static void outdir_is_whole_or_not_there(void **state)
{
	CLEANUP_FREE char *dir = make_test_folder(), *path = path_join(dir, "d.guest");
	CLEANUP_FREE char *left = path_join(dir, "d.guest" PARTIAL_SUFFIX "/left");
	CLEANUP_FREE char *partial = path_dirname(left);
	struct error err CLEANUP_ERROR = ERROR_INIT;
	struct outdir out = OUTDIR_INIT, second = OUTDIR_INIT;

	(void)state;
	assert_int_equal(0, folder_make(partial, &err));
	assert_int_equal(0, file_write(left, "x", 1, OUTFILE_NEW, &err));
	assert_int_equal(0, outdir_open(&out, path, OUTDIR_NEW, &err));
	assert_false(path_exists(left));
	assert_fails(outdir_open(&second, path, OUTDIR_NEW, &err), &err, ERR_BUSY);
	assert_int_equal(0, outdir_commit(&out, &err));
	outdir_discard(&out);
	assert_true(path_exists(path));
	assert_fails(outdir_open(&out, path, OUTDIR_NEW, &err), &err, ERR_EXISTS);
	assert_int_equal(0, folder_remove(dir, &err));
}

static void digest_is_sha256(void **state)
{
	struct error err CLEANUP_ERROR = ERROR_INIT;
	uint8_t d[DIGEST_SIZE], back[DIGEST_SIZE];
	char hex[DIGEST_HEX_SIZE];

	(void)state;
	digest_of("abc", 3, d);
	digest_to_hex(d, hex);
	/* FIPS 180-4, example */
	assert_string_equal("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", hex);
	assert_int_equal(0, digest_from_hex(hex, back, &err));
	assert_memory_equal(d, back, sizeof(d));
	hex[5] = 'X';
	assert_fails(digest_from_hex(hex, back, &err), &err, ERR_FORMAT);
}

static void documents_with_a_doctype_are_refused(void **state)
{
	static const char bomb[] = "<!DOCTYPE a [<!ENTITY b 'c'>]><guest>&b;</guest>";
	static const char wrong[] = "<guest version='1'/>";
	static const char open_end[] = "<guest>\n<a>";
	struct error err CLEANUP_ERROR = ERROR_INIT;

	(void)state;
	assert_null(xml_read_memory(bomb, strlen(bomb), "x.xml", "guest", &err));
	assert_non_null(strstr(err.msg, "DOCTYPE"));
	error_clear(&err);
	assert_null(xml_read_memory(wrong, strlen(wrong), "x.xml", "guest", &err));
	assert_int_equal(ERR_FORMAT, err.code);
	assert_non_null(strstr(err.msg, "x.xml:1"));
	error_clear(&err);
	assert_null(xml_read_memory(open_end, strlen(open_end), "x.xml", "guest", &err));
	assert_non_null(strstr(err.msg, "x.xml:2"));
}

static void a_plain_text_is_valid_and_acts_on_nothing(void **state)
{
	static const char *const cases[][2] = {
		{ "C:\\DOS \xc3\x84\xe2\x82\xac", "C:\\DOS \xc3\x84\xe2\x82\xac" },
		{ "a\x1b[31mb\nerror: c\td\x7f", "a\\x1b[31mb\\x0aerror: c d\\x7f" },
		{ "\x84x\xc3", "\\x84x\\xc3" },
		{ "\xc0\xaf\xed\xa0\x80", "\\xc0\\xaf\\xed\\xa0\\x80" },
		{ "\xe2\x80\xae" "cod.exe\xc2\x9b", "\\u202ecod.exe\\u009b" },
	};
	struct report r CLEANUP_REPORT = REPORT_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		CLEANUP_FREE char *plain = plain_text(xstrdup(cases[i][0])), *again = plain_text(xstrdup(plain));

		assert_string_equal(cases[i][1], plain);
		assert_string_equal(plain, again);
	}
	report_remedy(report_add(&r, FINDING_NOTE, "\x1b", "%s", "\x84"), "%s", "\x07");
	assert_string_equal("\\x1b", r.findings[0].subject);
	assert_string_equal("\\x84", r.findings[0].text);
	assert_string_equal("\\x07", r.findings[0].remedy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(error_carries_context_and_hint),
		cmocka_unit_test(size_parser_takes_units),
		cmocka_unit_test(sizes_and_durations_read_well),
		cmocka_unit_test(identifiers_have_their_form),
		cmocka_unit_test(paths_are_taken_apart),
		cmocka_unit_test(child_reports_its_last_words),
		cmocka_unit_test(a_process_is_found_by_its_argument),
		cmocka_unit_test(child_meets_its_deadline),
		cmocka_unit_test(outfile_is_whole_or_not_there),
		cmocka_unit_test(outdir_is_whole_or_not_there),
		cmocka_unit_test(digest_is_sha256),
		cmocka_unit_test(documents_with_a_doctype_are_refused),
		cmocka_unit_test(a_plain_text_is_valid_and_acts_on_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
