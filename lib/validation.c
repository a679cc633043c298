// SPDX-License-Identifier: GPL-2.0-or-later
/* What a validation saw, and the folder of evidence that it becomes. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/outfile.h"
#include "lib/base/path.h"
#include "lib/qemu_machine.h"
#include "lib/validation.h"

bool validation_passed(const struct validation *v)
{
	return (v->alive || !v->qemu) && report_count(&v->findings, FINDING_ERROR) == 0;
}

static void put_boot(const struct validation *v, struct xml_out *x)
{
	static const char *const buttons[] = { "not-tried", "obeyed", "ignored" };
	CLEANUP_FREE char *text = qemu_args_to_text(&v->args);
	struct strv lines CLEANUP_STRV = STRV_INIT;

	xml_open(x, "boot");
	xml_attr_bool(x, "alive", v->alive);
	xml_attr(x, "seconds", "%.1f", v->seconds);
	xml_attr(x, "allowed", "%" PRIu64, v->allowed);
	xml_attr(x, "qemu", "%s", v->qemu);
	xml_attr(x, "accelerator", "%s", accel_name(v->accel));
	xml_attr(x, "disk-read", "%" PRIu64, v->disk_read);
	xml_attr(x, "disk-written", "%" PRIu64, v->disk_written);
	xml_attr(x, "power-button", "%s", buttons[v->power_button]);
	if (v->line)
		xml_element(x, "line", v->line);
	for (size_t i = 0; i < v->answers.n; i++)
		xml_element(x, "answers", v->answers.v[i]);
	xml_open(x, "machine");
	strv_split(&lines, text, "\n");
	for (size_t i = 0; i < lines.n; i++)
		xml_element(x, "option", lines.v[i]);
	xml_close(x);
	xml_close(x);
}

static void put_file(const char *name, const char *data, size_t len, struct xml_out *x)
{
	uint8_t digest[DIGEST_SIZE];
	char hex[DIGEST_HEX_SIZE];

	digest_of(data, len, digest);
	digest_to_hex(digest, hex);
	xml_open(x, "file");
	xml_attr(x, "name", "%s", name);
	xml_attr(x, "size", "%zu", len);
	xml_attr(x, "digest", "%s", hex);
	xml_close(x);
}

static int write_report(const struct validation *v, const char *path, struct error *err)
{
	struct xml_out x CLEANUP_XML_OUT = XML_OUT_INIT;

	xml_out_begin(&x, "validation");
	xml_attr(&x, "guest", "%s", v->guest);
	xml_attr(&x, "target", "%s", v->target);
	xml_attr(&x, "digest", "%s", v->guest_digest);
	xml_attr_bool(&x, "passed", validation_passed(v));
	if (v->qemu)
		put_boot(v, &x);
	xml_open(&x, "files");
	if (v->screen)
		put_file("screen.png", v->screen, v->screen_len, &x);
	if (v->serial)
		put_file("serial.log", v->serial, v->serial_len, &x);
	xml_close(&x);
	report_to_xml(&v->findings, &x);
	return xml_out_write(&x, path, OUTFILE_NEW, err);
}

static int fill(const struct validation *v, const char *dir, struct error *err)
{
	CLEANUP_FREE char *report = path_join(dir, "report.xml");
	CLEANUP_FREE char *serial = path_join(dir, "serial.log");
	CLEANUP_FREE char *screen = path_join(dir, "screen.png");

	if (v->serial && file_write(serial, v->serial, v->serial_len, OUTFILE_NEW, err) < 0)
		return -1;
	if (v->screen && file_write(screen, v->screen, v->screen_len, OUTFILE_NEW, err) < 0)
		return -1;
	return write_report(v, report, err);
}

/* Only a folder that holds evidence is replaced or removed. */
static int refuse_other(const char *dir, struct error *err)
{
	CLEANUP_FREE char *report = path_join(dir, "report.xml");

	if (path_exists(report))
		return 0;
	error_set(err, ERR_EXISTS, "'%s' exists and holds no evidence", dir);
	return error_hint(err, "choose another folder: nothing else is overwritten");
}

/* Old and new are exchanged in one step, so that the name always stands for a whole folder. */
static int save_over(const struct validation *v, const char *dir, struct error *err)
{
	CLEANUP_FREE char *next = xasprintf("%s.next", dir);
	struct outdir out CLEANUP_OUTDIR = OUTDIR_INIT;

	if (refuse_other(dir, err) < 0)
		return -1;
	/* left by a crash between the two steps below */
	if (path_exists(next) && (refuse_other(next, err) < 0 || folder_remove(next, err) < 0))
		return -1;
	if (outdir_open(&out, next, OUTDIR_NEW, err) < 0 || fill(v, out.partial, err) < 0 ||
	    outdir_commit(&out, err) < 0)
		return -1;
	if (renameat2(AT_FDCWD, next, AT_FDCWD, dir, RENAME_EXCHANGE) < 0)
		return error_sys(err, errno, "replace '%s'", dir);
	return folder_remove(next, err);
}

static int save_new(const struct validation *v, const char *dir, struct error *err)
{
	struct outdir out CLEANUP_OUTDIR = OUTDIR_INIT;

	if (outdir_open(&out, dir, OUTDIR_NEW, err) < 0 || fill(v, out.partial, err) < 0)
		return -1;
	return outdir_commit(&out, err);
}

int validation_save(const struct validation *v, const char *dir, struct error *err)
{
	int rc = path_exists(dir) ? save_over(v, dir, err) : save_new(v, dir, err);

	return rc < 0 ? error_wrap(err, "save the evidence") : 0;
}

void validation_clear(struct validation *v)
{
	free(v->guest);
	free(v->target);
	free(v->qemu);
	free(v->line);
	free(v->serial);
	free(v->screen);
	strv_clear(&v->args);
	strv_clear(&v->answers);
	report_clear(&v->findings);
	*v = (struct validation)VALIDATION_INIT;
}
