// SPDX-License-Identifier: GPL-2.0-or-later
/* rehost screen: a picture of a guest's screen, or the screen itself. */
#include "config.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "cmd/instances.h"
#include "lib/base/alloc.h"
#include "lib/base/size.h"

enum { PASSWORD_LEN = 8 };	/* VNC knows no longer ones; RFC 6143, 7.2.2 */

static int make_password(char ret[PASSWORD_LEN + 1], struct error *err)
{
	/* none that are taken for one another */
	static const char letters[] = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";

	if (sodium_init() < 0)
		return error_set(err, ERR_SYSTEM, "there are no random numbers");
	for (size_t i = 0; i < PASSWORD_LEN; i++)
		ret[i] = letters[randombytes_uniform(sizeof(letters) - 1)];
	ret[PASSWORD_LEN] = '\0';
	return 0;
}

/* Each time a new password; without a port nobody is told it. */
static int share(const struct instance *inst, const struct target *target, const char *text,
		 struct error *err)
{
	char password[PASSWORD_LEN + 1];
	uint64_t port = 0;

	if (!target->share_screen)
		return error_set(err, ERR_UNSUPPORTED, "target '%s' shares no screen", target->name);
	if (strcmp(text, "off") != 0 && parse_u64(text, 1024, 65535, &port, err) < 0)
		return error_wrap(err, "--vnc");
	if (make_password(password, err) < 0 ||
	    target->share_screen(inst, (unsigned int)port, password, err) < 0)
		return -1;
	if (port)
		printf("%s: its screen is at 127.0.0.1::%" PRIu64 ", password %s\n", inst->name, port,
		       password);
	else
		printf("%s: its screen is not shared any more\n", inst->name);
	sodium_memzero(password, sizeof(password));
	return 0;
}

static int run(const struct command *cmd, int argc, const char **argv, struct error *err)
{
	CLEANUP_FREE char *state = NULL, *vnc = NULL;
	struct strv args CLEANUP_STRV = STRV_INIT;
	struct instance inst CLEANUP_INSTANCE = INSTANCE_INIT;
	const struct target *target;
	const struct poptOption options[] = {
		{ "vnc", 0, POPT_ARG_STRING, &vnc, 0,
		  "use it with a VNC viewer on this machine's port, or not any more", "PORT|off" },
		STATE_OPTION(&state),
		POPT_TABLEEND
	};
	int rc = command_parse(cmd, options, 1, 2, argc, argv, &args, err);

	if (rc <= 0)
		return rc;
	if ((args.n == 2) == (vnc != NULL)) {
		error_set(err, ERR_USAGE, "screen: name a new file, or give --vnc");
		return error_hint(err, "see 'rehost screen --help'");
	}
	if (instance_open_with_target(&inst, &target, state, args.v[0], err) < 0)
		return -1;
	if (vnc)
		return share(&inst, target, vnc, err);
	if (!target->screen)
		return error_set(err, ERR_UNSUPPORTED, "target '%s' shows no screen", target->name);
	return target->screen(&inst, args.v[1], err);
}

const struct command command_screen = {
	.name = "screen",
	.synopsis = "GUEST FILE.png | GUEST --vnc PORT",
	.summary = "take a picture of a guest's screen, or use it",
	.text = "Writes a new file in the format PNG. With --vnc a viewer on this machine shows the screen,\n"
		"with keyboard and mouse; the password is new each time.\n"
		"    rehost screen press4 press4.png",
	.run = run,
};
