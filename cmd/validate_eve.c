// SPDX-License-Identifier: GPL-2.0-or-later
/* rehost validate config.json: judge the configuration of an EVE device. */
#include "config.h"

#include <json-c/json.h>
#include <stdio.h>

#include "cmd/command.h"
#include "cmd/validate_eve.h"
#include "lib/artifact.h"
#include "lib/base/alloc.h"
#include "lib/base/path.h"
#include "lib/report.h"
#include "lib/target/eve_message.h"

bool is_eve_config(const char *path)
{
	return path_has_suffix(path, ".json") || path_has_suffix(path, ".pb");
}

static void print_json_report(const char *key, const char *path, const struct report *report)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, key, json_object_new_string(path));
	json_object_object_add(o, "passed",
			       json_object_new_boolean(!report_count(report, FINDING_ERROR)));
	json_object_object_add(o, "findings", report_to_json(report));
	print_json(o);
}

static int print_result(const char *key, const char *path, const struct report *report, bool json)
{
	size_t errors = report_count(report, FINDING_ERROR);

	if (json) {
		print_json_report(key, path, report);
	} else {
		print_report(report);
		printf("%s: %zu errors, %zu warnings\n", path, errors, report_count(report, FINDING_WARNING));
	}
	return errors ? COMMAND_FINDINGS : 0;
}

int validate_eve(const char *path, const struct eve_device *device, bool json, struct error *err)
{
	struct report report CLEANUP_REPORT = REPORT_INIT;
	struct json_object *config = eve_read(path, &report, err);
	int rc;

	if (!config)
		return -1;
	rc = eve_lint(config, device, &report, err);
	json_object_put(config);
	if (rc < 0)
		return -1;
	return print_result("config", path, &report, json);
}

bool is_image_layout(const char *path)
{
	CLEANUP_FREE char *layout = path_join(path, "oci-layout");

	return path_exists(layout);
}

int validate_artifacts(const char *path, bool json, struct error *err)
{
	struct report report CLEANUP_REPORT = REPORT_INIT;

	if (artifact_layout_check(path, &report, err) < 0)
		return -1;
	return print_result("layout", path, &report, json);
}
