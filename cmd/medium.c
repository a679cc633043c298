// SPDX-License-Identifier: GPL-2.0-or-later
/* rehost medium: make the medium that boots an old PC to capture it. */
#include "config.h"

#include <stdio.h>
#include <sys/stat.h>

#include "cmd/command.h"
#include "lib/base/alloc.h"
#include "lib/base/size.h"
#include "lib/stick.h"

static int make(const char *output, const struct stick_options *how, struct error *err)
{
	CLEANUP_FREE char *size = NULL;
	struct stat st = { 0 };

	if (stick_make(output, how, err) < 0)
		return -1;
	if (stat(output, &st) == 0)
		size = format_size((uint64_t)st.st_size);
	printf("%s: %s, for a CD or a USB stick:\n"
	       "    cp %s /dev/sdX    (the whole stick; what is on it is lost)\n",
	       output, size ? size : "done", output);
	return 0;
}

static int run(const struct command *cmd, int argc, const char **argv, struct error *err)
{
	CLEANUP_FREE char *output = NULL, *parts = NULL, *cache = NULL, *mirror = NULL, *form = NULL;
	struct strv args CLEANUP_STRV = STRV_INIT;
	struct progress progress CLEANUP_PROGRESS = { .mode = PROGRESS_NONE };
	const struct poptOption options[] = {
		{ "output", 'o', POPT_ARG_STRING, &output, 0, "write the image to FILE", "FILE" },
		{ "mirror", 0, POPT_ARG_STRING, &mirror, 0,
		  "take Debian's packages from here (default: as this host does)", "URL" },
		{ "cache", 0, POPT_ARG_STRING, &cache, 0,
		  "keep the packages here (default ~/.cache/rehost/medium)", "DIR" },
		{ "parts", 0, POPT_ARG_STRING, &parts, 0,
		  "what 'make medium' made (default: where it was installed)", "DIR" },
		PROGRESS_OPTION(&form),
		POPT_TABLEEND
	};
	int rc = command_parse(cmd, options, 0, 0, argc, argv, &args, err);

	if (rc <= 0)
		return rc;
	if (progress_from_option(form, &progress, err) < 0)
		return -1;
	if (!output) {
		error_set(err, ERR_USAGE, "medium: no output given");
		return error_hint(err, "add -o rehost.iso");
	}
	return make(output, &(struct stick_options){ parts, cache, mirror, &progress }, err);
}

const struct command command_medium = {
	.name = "medium",
	.synopsis = "-o rehost.iso",
	.summary = "make the medium that boots an old PC to capture it",
	.text = "One image for CD and USB stick, BIOS and UEFI, 32 and 64 bit, from packages of Debian\n"
		"12. On the old PC it shows what is there, and copies to a USB disk or serves the\n"
		"workshop over the network. Disks inside the old PC are never written.\n"
		"    rehost medium -o rehost.iso",
	.run = run,
};
