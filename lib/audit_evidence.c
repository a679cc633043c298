// SPDX-License-Identifier: GPL-2.0-or-later
/* Audit report: the trial boot of a guest, with its screen and its last words. */
#include "config.h"

#include <string.h>

#include "lib/audit.h"
#include "lib/base/alloc.h"
#include "lib/base/path.h"
#include "lib/html.h"
#include "lib/validation.h"

enum {
	LOG_LINES = 24,			/* shown of the serial port            */
	FILE_MAX = 16 << 20,		/* a larger piece of evidence is refused [bytes] */
};

static const char *last_lines(const char *text, size_t len, size_t lines)
{
	const char *at = text + len;

	while (at > text && (at[-1] == '\n' || at[-1] == '\r'))
		at--;
	while (at > text)
		if (*--at == '\n' && --lines == 0)
			return at + 1;
	return text;
}

static int put_serial(const char *dir, FILE *out, struct error *err)
{
	CLEANUP_FREE char *path = path_join(dir, "serial.log"), *text = NULL;
	const char *start;
	size_t len = 0;

	if (!path_exists(path))
		return 0;
	if (file_read(path, FILE_MAX, &text, &len, err) < 0)
		return -1;
	start = last_lines(text, len, LOG_LINES);
	fputs("<p class=\"over\">The last lines of its serial port:</p>\n<pre>", out);
	html_put_log(out, start, len - (size_t)(start - text));
	fputs("</pre>\n", out);
	return 0;
}

static int put_screen(const char *dir, FILE *out, struct error *err)
{
	CLEANUP_FREE char *path = path_join(dir, "screen.png"), *png = NULL;
	size_t len = 0;

	if (!path_exists(path))
		return 0;
	if (file_read(path, FILE_MAX, &png, &len, err) < 0)
		return -1;
	fputs("<p class=\"over\">Its screen at the end of the trial:</p>\n", out);
	html_image(out, png, len, "the guest's screen");
	return 0;
}

static void put_boot(const xmlNode *root, FILE *out)
{
	const xmlNode *boot = xml_child(root, "boot"), *line = xml_child(boot, "line");
	CLEANUP_FREE char *seconds = xml_get(boot, "seconds"), *qemu = xml_get(boot, "qemu");
	CLEANUP_FREE char *button = xml_get(boot, "power-button");
	CLEANUP_FREE char *proof = line ? xml_text(line) : NULL;
	CLEANUP_FREE char *after = xasprintf("%s seconds", seconds);
	CLEANUP_FREE char *tool = xasprintf("QEMU %s", qemu);
	bool passed = xml_get_bool(root, "passed");

	fprintf(out, "<p class=\"%s\">%s</p>\n<div class=\"wide\"><table><tbody>\n",
		passed ? "good" : "bad",
		passed ? "It started on exactly this virtual machine, and showed that it lives."
		       : "It has not passed.");
	html_fact(out, "The line that proves it", proof);
	html_fact(out, "After", after);
	html_fact(out, "Tried with", tool);
	html_fact(out, "Power button", strcmp(button, "obeyed") == 0    ? "it shut down by itself"
				       : strcmp(button, "ignored") == 0 ? "ignored: it is switched off"
									: "not tried");
	fputs("</tbody></table></div>\n", out);
}

int audit_evidence(const struct guest *g, FILE *out, struct error *err)
{
	CLEANUP_FREE char *dir = path_join(g->dir, EVIDENCE_FOLDER);
	CLEANUP_FREE char *report = path_join(dir, "report.xml");
	xmlDoc *doc CLEANUP_XMLDOC = NULL;

	fputs("<h3>Proof that it starts</h3>\n", out);
	if (!path_exists(report)) {
		fputs("<p class=\"bad\">None: it was bundled without a trial.</p>\n", out);
		return 0;
	}
	doc = xml_read(report, "validation", err);
	if (!doc)
		return -1;
	if (!xml_child(xmlDocGetRootElement(doc), "boot")) {
		fputs("<p class=\"bad\">Its files were checked, but it was not started.</p>\n", out);
		return 0;
	}
	put_boot(xmlDocGetRootElement(doc), out);
	if (put_screen(dir, out, err) < 0)
		return -1;
	return put_serial(dir, out, err);
}
