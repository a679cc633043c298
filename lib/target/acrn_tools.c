// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Target acrn: ACRN's own validator, allocators, generators and build, run on copies of the generated
 * files. Several of them print an error and end with 0, so what they say counts as well as how they end.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/child.h"
#include "lib/base/outfile.h"
#include "lib/base/path.h"
#include "lib/base/strv.h"
#include "lib/target/acrn_tools.h"

#define TOOLS "misc/config_tools"
#define ROOT_TAG "<acrn-config scenario=\"rehost\" >"

enum { DOCUMENT_MAX = 16 << 20, STEPS = 6 };

struct judge {
	const char *source;
	char *python;
	char *work;		/* folder of copies and results */
	struct report *ret;
	struct progress *progress;
	uint64_t done;
};

static void cleanup_judge(struct judge *j)
{
	if (j->work)
		folder_remove(j->work, NULL);
	free(j->work);
	free(j->python);
}

/* The validator says yes to everything when a module is missing. */
static int find_python(struct judge *j, struct error *err)
{
	static const char *const names[] = { "/usr/bin/python3", "python3" };
	static const char modules[] = "import xmlschema, elementpath, lxml.etree, defusedxml";

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const char *argv[] = { names[i], "-c", modules, NULL };
		struct error no CLEANUP_ERROR = ERROR_INIT;

		if (child_run(argv, NULL, &no) == 0) {
			j->python = xstrdup(names[i]);
			return 0;
		}
		if (no.code == ERR_INTERRUPTED)
			return error_move(err, &no);
	}
	error_set(err, ERR_NOT_FOUND, "no Python here has the modules that ACRN's tools need");
	return error_hint(err, "install python3-xmlschema, python3-elementpath, python3-lxml and "
			  "python3-defusedxml: without them the validator would accept anything");
}

static int copy_in(struct judge *j, const char *dir, const char *name, struct error *err)
{
	CLEANUP_FREE char *from = path_join(dir, name), *to = path_join(j->work, name), *data = NULL;
	size_t len = 0;

	if (file_read(from, DOCUMENT_MAX, &data, &len, err) < 0)
		return -1;
	return file_write(to, data, len, OUTFILE_NEW, err);
}

static int begin(struct judge *j, const char *dir, struct error *err)
{
	const char *tmp = getenv("TMPDIR");
	CLEANUP_FREE char *validator = path_join(j->source, TOOLS "/scenario_config/validator.py");

	if (!path_exists(validator)) {
		error_set(err, ERR_NOT_FOUND, "'%s' is no tree of ACRN's source", j->source);
		return error_hint(err, "clone https://github.com/projectacrn/acrn-hypervisor and name "
				  "its folder");
	}
	if (find_python(j, err) < 0)
		return -1;
	j->work = xasprintf("%s/rehost-acrn-XXXXXX", tmp ? tmp : "/var/tmp");
	if (!mkdtemp(j->work)) {
		free(j->work);
		j->work = NULL;
		return error_sys(err, errno, "create a folder for ACRN's tools");
	}
	return copy_in(j, dir, "board.xml", err) < 0 ? -1 : copy_in(j, dir, "scenario.xml", err);
}

static bool is_complaint(const char *line)
{
	static const char *const words[] = { "ERROR", "CRITICAL", "Traceback", "error:", "Error:",
					     "*** [", "check fail!" };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strstr(line, words[i]))
			return true;
	return false;
}

/* The first lines that complain; the last one of a traceback says why. NULL: none does. */
static char *complaint(const char *text)
{
	struct strv lines CLEANUP_STRV = STRV_INIT, found CLEANUP_STRV = STRV_INIT;

	strv_split(&lines, text, "\n");
	for (size_t i = 0; i < lines.n && found.n < 4; i++) {
		if (!is_complaint(lines.v[i]))
			continue;
		if (strncmp(lines.v[i], "Traceback", 9) == 0)
			i = lines.n - 1;
		strv_take(&found, xstrndup(lines.v[i], 300));
	}
	return found.n ? strv_join(&found, "; ") : NULL;
}

/* Runs one step in the folder of copies; *ret_ok: it ended well and did not complain. */
static int step(struct judge *j, const char *what, const char *const *argv, bool *ret_ok,
		struct error *err)
{
	CLEANUP_FREE char *text = NULL, *bad = NULL, *said = NULL, *out = NULL, *errors = NULL;
	struct child child CLEANUP_CHILD = CHILD_INIT;
	struct child_io io = CHILD_IO_INIT;
	int status = 0;

	progress_update(j->progress, j->done++);
	io.dir = j->work;
	if (child_start(argv, &io, &child, err) < 0)
		return -1;
	if (child_wait(&child, CHILD_NO_TIMEOUT, &status, err) < 0)
		return -1;
	out = child_output(&child);
	errors = child_errors(&child);
	said = child_complaint(&child);
	text = xasprintf("%s\n%s", out, errors);
	bad = complaint(text);
	*ret_ok = status == 0 && !bad;
	if (*ret_ok)
		report_add(j->ret, FINDING_NOTE, "ACRN", "%s: accepted", what);
	else
		report_remedy(report_add(j->ret, FINDING_ERROR, "ACRN", "%s: refused (status %d): %s",
					 what, status, bad ? bad : said),
			      "rehost let it pass: please report the plan");
	return 0;
}

/* As ACRN's make does it: the root tag, alone on its line, gets the scenario's name. */
static int name_scenario(struct judge *j, struct error *err)
{
	CLEANUP_FREE char *path = path_join(j->work, "filled.xml"), *text = NULL, *named = NULL;
	size_t len = 0;
	char *tag;

	if (file_read(path, DOCUMENT_MAX, &text, &len, err) < 0)
		return -1;
	tag = strstr(text, "<acrn-config");
	if (!tag)
		return error_set(err, ERR_FORMAT, "'%s' has no root element", path);
	named = xasprintf("%.*s" ROOT_TAG "%s", (int)(tag - text), text, tag + strcspn(tag, "\n"));
	return file_write(path, named, strlen(named), OUTFILE_REPLACE, err);
}

static char *tool(const struct judge *j, const char *name)
{
	return xasprintf("%s/" TOOLS "/%s", j->source, name);
}

static int check_scenario(struct judge *j, bool *ok, struct error *err)
{
	CLEANUP_FREE char *populate = tool(j, "scenario_config/default_populator.py");
	CLEANUP_FREE char *validate = tool(j, "scenario_config/validator.py");
	const char *fill[] = { j->python, "-B", populate, "scenario.xml", "filled.xml", NULL };
	const char *check[] = { j->python, "-B", validate, "board.xml", "filled.xml", NULL };

	if (step(j, "defaults", fill, ok, err) < 0)
		return -1;
	if (!*ok)
		return 0;
	if (name_scenario(j, err) < 0)
		return -1;
	return step(j, "validator", check, ok, err);
}

/* The tools look for each other's results beside the scenario, so paths are absolute. */
static int run_generator(struct judge *j, const char *what, const char *name, const char *out_option,
			 const char *out_name, bool *ok, struct error *err)
{
	CLEANUP_FREE char *program = tool(j, name);
	CLEANUP_FREE char *board = path_join(j->work, "board.xml");
	CLEANUP_FREE char *scenario = path_join(j->work, "filled.xml");
	CLEANUP_FREE char *out = path_join(j->work, out_name);
	const char *argv[] = { j->python, "-B", program, "--board", board, "--scenario", scenario,
			       out_option, out, NULL };

	return *ok ? step(j, what, argv, ok, err) : 0;
}

static int generate(struct judge *j, bool *ok, struct error *err)
{
	CLEANUP_FREE char *configs = path_join(j->work, "configs"), *scripts = path_join(j->work, "launch");

	if (folder_make(configs, err) < 0 || folder_make(scripts, err) < 0 ||
	    run_generator(j, "allocators", "static_allocators/main.py", "--output",
			  "configs/allocation.xml", ok, err) < 0 ||
	    run_generator(j, "board generator", "board_config/board_cfg_gen.py", "--out", "configs", ok,
			  err) < 0)
		return -1;
	return run_generator(j, "launch generator", "launch_config/launch_cfg_gen.py", "--out", "launch",
			     ok, err);
}

/* python3 in ACRN's makefiles is whatever PATH says: the one that has the modules comes first. */
static int make_hypervisor(struct judge *j, bool *ok, struct error *err)
{
	CLEANUP_FREE char *bin = path_join(j->work, "bin"), *link = path_join(bin, "python3");
	CLEANUP_FREE char *found = child_find(j->python);
	const char *old = getenv("PATH");
	CLEANUP_FREE char *path = xasprintf("PATH=%s:%s", bin, old ? old : "/usr/bin:/bin");
	CLEANUP_FREE char *board = xasprintf("BOARD=%s/board.xml", j->work);
	CLEANUP_FREE char *scenario = xasprintf("SCENARIO=%s/scenario.xml", j->work);
	CLEANUP_FREE char *out = xasprintf("O=%s/out", j->work);
	CLEANUP_FREE char *image = path_join(j->work, "out/hypervisor/acrn.32.out");
	const char *argv[] = { "env", path, "PYTHONDONTWRITEBYTECODE=1", "make", "-C", j->source,
			       "hypervisor", board, scenario, out, NULL };

	if (folder_make(bin, err) < 0)
		return -1;
	if (symlink(found ? found : j->python, link) < 0)
		return error_sys(err, errno, "link '%s'", link);
	if (step(j, "hypervisor", argv, ok, err) < 0)
		return -1;
	if (*ok && !path_exists(image)) {
		*ok = false;
		report_add(j->ret, FINDING_ERROR, "ACRN", "hypervisor: no image was linked");
	}
	return 0;
}

int acrn_tools_judge(const char *source, const char *dir, bool build, struct progress *progress,
		     struct report *ret, struct error *err)
{
	CLEANUP_FREE char *absolute = NULL;
	struct judge j __attribute__((cleanup(cleanup_judge))) = { .ret = ret, .progress = progress };
	bool ok = false;

	if (path_absolute(source, &absolute, err) < 0)
		return -1;
	j.source = absolute;
	if (begin(&j, dir, err) < 0)
		return -1;
	progress_begin(progress, "ACRN's own tools", STEPS);
	if (check_scenario(&j, &ok, err) < 0 || (ok && generate(&j, &ok, err) < 0) ||
	    (ok && build && make_hypervisor(&j, &ok, err) < 0))
		return error_wrap(err, "run ACRN's tools");
	progress_end(progress);
	return 0;
}
