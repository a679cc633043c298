// SPDX-License-Identifier: GPL-2.0-or-later
/* Fuzz target: the configuration of an EVE device, as JSON and as protobuf, and the rules for it. */
#include "config.h"

#include <stdlib.h>

#include "lib/base/alloc.h"
#include "lib/target/eve_lint.h"
#include "lib/target/eve_merge.h"
#include "lib/target/eve_message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* With itself it may be refused, for names that it has twice; what comes out is a configuration. */
static void merge(const uint8_t *data, size_t len)
{
	struct error err CLEANUP_ERROR = ERROR_INIT;
	CLEANUP_FREE uint8_t *merged = NULL;
	struct json_object *o;
	size_t n = 0;

	if (eve_merge(data, len, data, len, NULL, &merged, &n, &err) < 0)
		return;
	o = eve_to_json(merged, n, NULL, &err);
	if (!o)
		abort();
	json_object_put(o);
}

static void judge(struct json_object *config)
{
	struct eve_device device = { "k", "arm64", "zfs", NULL };
	struct report report CLEANUP_REPORT = REPORT_INIT;
	struct error err CLEANUP_ERROR = ERROR_INIT;
	CLEANUP_FREE uint8_t *again = NULL;
	size_t len;

	if (eve_lint(config, &device, &report, &err) < 0 ||
	    eve_from_json(config, &report, &again, &len, &err) < 0)
		abort();	/* what was read once is a configuration */
	merge(again, len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct report report CLEANUP_REPORT = REPORT_INIT;
	struct error err CLEANUP_ERROR = ERROR_INIT, other CLEANUP_ERROR = ERROR_INIT;
	CLEANUP_FREE char *text = xmemdup(data, size);
	struct json_object *raw = json_tokener_parse(text), *config = NULL;
	CLEANUP_FREE uint8_t *message = NULL;
	size_t len;

	if (raw && eve_from_json(raw, &report, &message, &len, &err) == 0)
		config = eve_to_json(message, len, &report, &other);
	json_object_put(raw);
	if (!config && !err.code)
		config = eve_to_json(data, size, &report, &err);
	if (config)
		judge(config);
	json_object_put(config);
	return 0;
}
