// SPDX-License-Identifier: GPL-2.0-or-later
/* rehost medium: make the medium that boots an old PC to capture it. */
#include "config.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/command.h"
#include "lib/base/alloc.h"
#include "lib/base/size.h"
#include "lib/base/outfile.h"
#include "lib/base/path.h"
#include "lib/stick.h"
#include "lib/stick_write.h"

static int make(const char *output, const struct stick_options *how, struct error *err)
{
	CLEANUP_FREE char *size = NULL;
	struct stat st = { 0 };

	if (stick_make(output, how, err) < 0)
		return -1;
	if (stat(output, &st) == 0)
		size = format_size((uint64_t)st.st_size);
	printf("%s: %s, for a CD or a USB stick:\n"
	       "    rehost medium --image %s --to /dev/sdX    (the whole stick; what is on it is lost)\n",
	       output, size ? size : "done", output);
	return 0;
}

static int put(const char *image, const char *device, const char *root, struct progress *progress,
	       struct error *err)
{
	if (stick_write(image, device, root, progress, err) < 0)
		return -1;
	printf("%s: written and read back; it boots an old PC\n", device);
	return 0;
}

/* An image that nobody asked to keep. */
static int make_and_put(const char *device, const char *root, const struct stick_options *how,
			struct error *err)
{
	CLEANUP_FREE char *folder = stick_cache(how), *image = xasprintf("%s/stick-%d.iso", folder, getpid());
	int rc;

	if (folder_make(folder, err) < 0 || stick_make(image, how, err) < 0)
		return -1;
	rc = put(image, device, root, how->progress, err);
	unlink(image);
	return rc;
}

static int check_options(const char *output, const char *image, const char *device, struct error *err)
{
	if (!output && !device) {
		error_set(err, ERR_USAGE, "medium: no output given");
		return error_hint(err, "add -o rehost.iso, or --to /dev/sdX");
	}
	if (image && (output || !device))
		return error_set(err, ERR_USAGE, "--image goes with --to, and not with --output");
	return 0;
}

static int run(const struct command *cmd, int argc, const char **argv, struct error *err)
{
	CLEANUP_FREE char *output = NULL, *parts = NULL, *cache = NULL, *mirror = NULL, *form = NULL;
	CLEANUP_FREE char *device = NULL, *image = NULL, *root = NULL;
	struct strv args CLEANUP_STRV = STRV_INIT;
	struct progress progress CLEANUP_PROGRESS = { .mode = PROGRESS_NONE };
	const struct poptOption options[] = {
		{ "output", 'o', POPT_ARG_STRING, &output, 0, "write the image to FILE", "FILE" },
		{ "to", 0, POPT_ARG_STRING, &device, 0,
		  "write it to this stick, all of which is lost, and read it back", "/dev/sdX" },
		{ "image", 0, POPT_ARG_STRING, &image, 0, "with --to: this image, made before", "FILE" },
		{ "root", 0, POPT_ARG_STRING, &root, 0, "ask the /sys below DIR about the stick", "DIR" },
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
	if (check_options(output, image, device, err) < 0)
		return -1;
	const struct stick_options how = { parts, cache, mirror, &progress };
	const char *sys = root ? root : "/";

	/* before minutes of work */
	if (device && stick_write_check(device, sys, err) < 0)
		return -1;
	if (image)
		return put(image, device, sys, &progress, err);
	if (!output)
		return make_and_put(device, sys, &how, err);
	if (make(output, &how, err) < 0)
		return -1;
	return device ? put(output, device, sys, &progress, err) : 0;
}

const struct command command_medium = {
	.name = "medium",
	.synopsis = "-o rehost.iso | --to /dev/sdX",
	.summary = "make the medium that boots an old PC to capture it",
	.text = "One image for CD and USB stick, BIOS and UEFI, 32 and 64 bit, from packages of Debian\n"
		"12. On the old PC it shows what is there, and copies to a USB disk or serves the\n"
		"workshop over the network. Disks inside the old PC are never written.\n"
		"    rehost medium -o rehost.iso\n"
		"    rehost medium --image rehost.iso --to /dev/sdX",
	.run = run,
};
