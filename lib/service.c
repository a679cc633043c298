// SPDX-License-Identifier: GPL-2.0-or-later
/* Guests as units of systemd. */
#include "config.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/base/alloc.h"
#include "lib/base/child.h"
#include "lib/base/path.h"
#include "lib/service.h"
#include "lib/supervisor.h"

bool service_possible(const struct instance *inst)
{
	static const char *const cat[] = { "systemctl", "cat", "rehost@.service", NULL };

	/* sd_booted(3) */
	return path_exists("/run/systemd/system") && geteuid() == 0 &&
	       strcmp(inst->state, STATE_DEFAULT) == 0 && child_run(cat, NULL, NULL) == 0;
}

/* What the supervisor said is more than what systemctl says of it. */
static int explain(const struct instance *inst, struct error *err)
{
	CLEANUP_FREE char *words = supervisor_last_words(inst);

	if (!words)
		return -1;
	error_clear(err);
	return error_set(err, ERR_CHILD, "%s", words);
}

int service_start(const struct instance *inst, const char *cpus, uint64_t quota, struct error *err)
{
	CLEANUP_FREE char *unit = xasprintf("rehost@%s.service", inst->name);
	CLEANUP_FREE char *allowed = xasprintf("AllowedCPUs=%s", cpus);
	CLEANUP_FREE char *share = quota ? xasprintf("CPUQuota=%" PRIu64 "%%", quota) : xstrdup("CPUQuota=");
	const char *set[] = { "systemctl", "set-property", "--runtime", unit, allowed, share,
			      "CPUQuotaPeriodSec=10ms", NULL };
	const char *reset[] = { "systemctl", "reset-failed", unit, NULL };
	const char *start[] = { "systemctl", "start", unit, NULL };
	struct error failure CLEANUP_ERROR = ERROR_INIT;

	/* a host that is not the planned one still runs the guest */
	if (child_run(set, NULL, &failure) < 0)
		instance_lose(inst, "its unit is not held to its processors: %s", failure.msg);
	child_run(reset, NULL, NULL);
	return child_run(start, NULL, err) < 0 ? explain(inst, err) : 0;
}

void service_ready(void)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	size_t len = path ? strlen(path) : 0;
	CLEANUP_CLOSE int fd = -1;

	if (len == 0 || len >= sizeof(to.sun_path))
		return;
	memcpy(to.sun_path, path, len);
	if (to.sun_path[0] == '@')
		to.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd >= 0)
		(void)!sendto(fd, "READY=1", 7, MSG_NOSIGNAL, (struct sockaddr *)&to,
			      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len));
}
