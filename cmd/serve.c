// SPDX-License-Identifier: GPL-2.0-or-later
/* rehost serve: on the old PC, serve its disks to the workshop. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>

#include "cmd/command.h"
#include "lib/base/alloc.h"
#include "lib/base/size.h"
#include "lib/serve.h"

static void show(const struct serving *s, uint64_t port)
{
	CLEANUP_FREE char *names = strv_join(&s->names, ", ");
	CLEANUP_FREE char *at = port == SERVE_PORT ? xstrdup("") : xasprintf(":%" PRIu64, port);

	printf("Serving %s, for reading only. On the workshop:\n\n", names);
	for (size_t i = 0; i < s->addresses.n; i++)
		printf("    rehost capture nbds://%s%s --code %s -o NAME.capture\n", s->addresses.v[i],
		       at, s->code);
	if (!s->addresses.n)
		printf("    (this PC has no address yet; the code is %s)\n", s->code);
	printf("\nCtrl-C ends it, and the code is of no use any more.\n");
	fflush(stdout);
}

static int run(const struct command *cmd, int argc, const char **argv, struct error *err)
{
	CLEANUP_FREE char *port_text = NULL, *root = NULL;
	struct serving s CLEANUP_SERVING = SERVING_INIT;
	struct strv args CLEANUP_STRV = STRV_INIT;
	uint64_t port = SERVE_PORT;
	const struct poptOption options[] = {
		{ "port", 0, POPT_ARG_STRING, &port_text, 0, "listen on this port (default 10809)", "N" },
		{ "root", 0, POPT_ARG_STRING, &root, 0,
		  "describe the PC from the /sys and /proc below DIR", "DIR" },
		POPT_TABLEEND
	};
	int rc = command_parse(cmd, options, 1, ARGS_ANY, argc, argv, &args, err);

	if (rc <= 0)
		return rc;
	if (port_text && parse_u64(port_text, 1, 65535, &port, err) < 0) {
		err->code = ERR_USAGE;
		return -1;
	}
	if (serve_start(&s, &args, root ? root : "/", port, err) < 0)
		return -1;
	show(&s, port);
	for (;;) {
		struct error why CLEANUP_ERROR = ERROR_INIT;

		if (serve_wait(&s, &why, err) < 0)
			return -1;
		fprintf(stderr, "warning: %s: started again, the code stays the same\n", why.msg);
	}
}

const struct command command_serve = {
	.name = "serve",
	.synopsis = "DISK...",
	.summary = "on the old PC: serve its disks to the workshop, for reading only",
	.text = "Serves disks over NBD with TLS, and with them what describes this PC. It shows a code that\n"
		"is good for this one time; the workshop gives it to 'rehost capture'.\n"
		"    rehost serve /dev/sda",
	.run = run,
};
