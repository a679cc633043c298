// SPDX-License-Identifier: GPL-2.0-or-later
/* rehost validate config.json: judge the configuration of an EVE device. */
#include "config.h"

#include <json-c/json.h>
#include <stdio.h>

#include "cmd/command.h"
#include "cmd/validate_eve.h"
#include "lib/base/path.h"
#include "lib/report.h"
#include "lib/target/eve_message.h"

bool is_eve_config(const char *path)
{
	return path_has_suffix(path, ".json") || path_has_suffix(path, ".pb");
}

static void print_json_report(const char *path, const struct report *report)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "config", json_object_new_string(path));
	json_object_object_add(o, "passed",
			       json_object_new_boolean(!report_count(report, FINDING_ERROR)));
	json_object_object_add(o, "findings", report_to_json(report));
	print_json(o);
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
	if (json) {
		print_json_report(path, &report);
	} else {
		print_report(&report);
		printf("%s: %zu errors, %zu warnings\n", path, report_count(&report, FINDING_ERROR),
		       report_count(&report, FINDING_WARNING));
	}
	return report_count(&report, FINDING_ERROR) ? COMMAND_FINDINGS : 0;
}
