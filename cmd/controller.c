// SPDX-License-Identifier: GPL-2.0-or-later
/* rehost controller: which devices EVE's controller has, and letting new ones in. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "cmd/controllers.h"
#include "lib/base/alloc.h"
#include "lib/base/path.h"

enum { CERTIFICATE_MAX = 65536 };

struct request {
	struct controller_options controller;
	char *certificate, *onboard, *serial;
};

static void clear_request(struct request *r)
{
	controller_options_clear(&r->controller);
	free(r->certificate);
	free(r->onboard);
	free(r->serial);
}

static int read_certificate(const char *path, char **ret, struct error *err)
{
	if (file_read(path, CERTIFICATE_MAX, ret, NULL, err) < 0)
		return -1;
	if (strstr(*ret, "-----BEGIN CERTIFICATE-----") && !strstr(*ret, "PRIVATE KEY"))
		return 0;
	return error_set(err, ERR_FORMAT, "'%s' is not a certificate alone, as PEM", path);
}

static int list_devices(struct eve_controller *c, struct error *err)
{
	struct strv devices CLEANUP_STRV = STRV_INIT;

	if (eve_controller_devices(c, &devices, err) < 0)
		return -1;
	for (size_t i = 0; i < devices.n; i++)
		puts(devices.v[i]);
	return 0;
}

static int add_device(struct eve_controller *c, const struct request *r, struct error *err)
{
	CLEANUP_FREE char *certificate = NULL, *onboard = NULL, *uuid = NULL;

	if (read_certificate(r->certificate, &certificate, err) < 0 ||
	    (r->onboard && read_certificate(r->onboard, &onboard, err) < 0) ||
	    eve_controller_add_device(c, certificate, onboard, r->serial, &uuid, err) < 0)
		return -1;
	puts(uuid);
	return 0;
}

static int add_onboard(struct eve_controller *c, const struct request *r, struct error *err)
{
	CLEANUP_FREE char *certificate = NULL;

	if (read_certificate(r->certificate, &certificate, err) < 0)
		return -1;
	return eve_controller_add_onboard(c, certificate, r->serial, err);
}

static int check(const struct request *r, const char *action, struct error *err)
{
	bool adds = strcmp(action, "add-device") == 0 || strcmp(action, "add-onboard") == 0;

	if (!adds && strcmp(action, "devices") != 0)
		error_set(err, ERR_USAGE, "controller: '%s' is nothing to do", action);
	else if (!r->controller.url)
		error_set(err, ERR_USAGE, "controller: --controller is missing");
	else if (adds && (!r->certificate || !r->serial))
		error_set(err, ERR_USAGE, "controller %s: --certificate and --serial are needed", action);
	else if ((!adds && (r->certificate || r->serial)) || (r->onboard && strcmp(action, "add-device") != 0))
		error_set(err, ERR_USAGE, "controller %s: an option means nothing here", action);
	else
		return 0;
	return error_hint(err, "see 'rehost controller --help'");
}

static int run(const struct command *cmd, int argc, const char **argv, struct error *err)
{
	struct request r __attribute__((cleanup(clear_request))) = { .certificate = NULL };
	struct eve_controller c CLEANUP_EVE_CONTROLLER = EVE_CONTROLLER_INIT;
	struct strv args CLEANUP_STRV = STRV_INIT;
	const struct poptOption options[] = {
		CONTROLLER_TRUST_OPTIONS(&r.controller),
		{ "certificate", 0, POPT_ARG_STRING, &r.certificate, 0,
		  "of the device; add-onboard: the one that devices show", "FILE" },
		{ "serial", 0, POPT_ARG_STRING, &r.serial, 0,
		  "of the device; add-onboard: those that may come, or *", "TEXT" },
		{ "onboard", 0, POPT_ARG_STRING, &r.onboard, 0,
		  "add-device: the certificate that it came in with", "FILE" },
		POPT_TABLEEND
	};
	int rc = command_parse(cmd, options, 1, 1, argc, argv, &args, err);

	if (rc <= 0)
		return rc;
	if (check(&r, args.v[0], err) < 0 || controller_open(&r.controller, &c, err) < 0)
		return -1;
	if (strcmp(args.v[0], "devices") == 0)
		return list_devices(&c, err);
	return strcmp(args.v[0], "add-device") == 0 ? add_device(&c, &r, err) : add_onboard(&c, &r, err);
}

const struct command command_controller = {
	.name = "controller",
	.synopsis = "devices|add-device|add-onboard --controller URL",
	.summary = "list EVE devices at their controller, and let new ones in",
	.text = "Speaks to Adam's admin interface, which asks nobody for a password.\n"
		"    rehost controller devices --controller https://adam.plant:8080 --ca adam.pem\n"
		"    rehost controller add-onboard --certificate onboard.cert.pem --serial '*' \\\n"
		"        --controller https://adam.plant:8080 --ca adam.pem",
	.run = run,
};
