// SPDX-License-Identifier: GPL-2.0-or-later
/* The monitor socket of a running acrn-dm. */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/alloc.h"
#include "lib/base/path.h"
#include "lib/base/process.h"
#include "lib/base/size.h"
#include "lib/base/unix_socket.h"
#include "lib/target/acrn_monitor.h"

#define MAGIC UINT64_C(0x67736d206d6d76)

enum { DM_STOP = 3, DM_QUERY = 6 };
enum { ANSWER_MS = 5000 };

/* What acrn-dm answers to a query, its enum vm_suspend_how. */
enum { HOW_NONE = 0, HOW_SUSPEND = 4 };

struct message {
	uint64_t magic;
	uint32_t id, hole;
	uint64_t time;
	int32_t value;		/* force of DM_STOP; state or error of an answer */
	uint32_t timeout;
	uint8_t rest[248];
};

_Static_assert(sizeof(struct message) == 280, "as acrn-dm has it on x86-64");

/* PID of "NAME.monitor.PID.socket"; 0: another name */
static int pid_of(const char *file, const char *name)
{
	CLEANUP_FREE char *start = xasprintf("%s.monitor.", name), *digits = NULL;
	size_t len = strlen(start);
	uint64_t pid = 0;

	if (strncmp(file, start, len) != 0 || !path_has_suffix(file, ".socket"))
		return 0;
	digits = xstrndup(file + len, strlen(file) - len - strlen(".socket"));
	return parse_u64(digits, 1, INT32_MAX, &pid, NULL) < 0 ? 0 : (int)pid;
}

/* What a crash left behind has nobody who listens. */
static bool listens(const char *path)
{
	CLEANUP_CLOSE int fd = unix_connect(path, NULL);

	return fd >= 0;
}

int acrn_monitor_find(const char *dir, const char *name, char **ret_path, int *ret_pid,
		      struct error *err)
{
	DIR *d = opendir(dir);
	struct dirent *entry;

	*ret_path = NULL;
	*ret_pid = 0;
	if (!d)
		return errno == ENOENT ? 0 : error_sys(err, errno, "open folder '%s'", dir);
	while (!*ret_path && (entry = readdir(d))) {
		int pid = pid_of(entry->d_name, name);
		CLEANUP_FREE char *path = pid ? path_join(dir, entry->d_name) : NULL;

		if (!path || !listens(path))
			continue;
		*ret_path = STEAL(path);
		*ret_pid = pid;
	}
	closedir(d);
	return 0;
}

bool acrn_monitor_sweep(const char *dir, const char *name)
{
	DIR *d = opendir(dir);
	struct dirent *entry;
	bool left = false;

	while (d && (entry = readdir(d))) {
		int pid = pid_of(entry->d_name, name);
		CLEANUP_FREE char *path = pid ? path_join(dir, entry->d_name) : NULL;

		if (!path || listens(path))
			continue;
		if (process_lives(pid))
			left = true;
		else
			(void)unlink(path);
	}
	if (d)
		closedir(d);
	return left;
}

static int await_bytes(int fd, void *data, size_t len, struct error *err)
{
	for (size_t done = 0; done < len;) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		ssize_t n;

		if (poll(&p, 1, ANSWER_MS) <= 0)
			return error_set(err, ERR_TIMEOUT, "acrn-dm does not answer");
		n = read(fd, (char *)data + done, len - done);
		if (n == 0)
			return error_set(err, ERR_CHILD, "acrn-dm hung up");
		if (n < 0)
			return error_sys(err, errno, "read from acrn-dm");
		done += (size_t)n;
	}
	return 0;
}

static int ask(const char *path, uint32_t id, int32_t value, int32_t *ret, struct error *err)
{
	CLEANUP_CLOSE int fd = unix_connect(path, err);
	struct message m = { .magic = MAGIC, .id = id, .value = value };

	if (fd < 0)
		return -1;
	m.time = (uint64_t)time(NULL);
	if (send(fd, &m, sizeof(m), MSG_NOSIGNAL) != (ssize_t)sizeof(m))
		return error_sys(err, errno, "write to acrn-dm");
	if (await_bytes(fd, &m, sizeof(m), err) < 0)
		return -1;
	if (m.magic != MAGIC || m.id != id)
		return error_set(err, ERR_FORMAT, "acrn-dm answers something else");
	*ret = m.value;
	return 0;
}

int acrn_monitor_query(const char *path, enum acrn_state *ret, struct error *err)
{
	int32_t how = 0;

	if (ask(path, DM_QUERY, 0, &how, err) < 0)
		return -1;
	*ret = how == HOW_NONE || how < 0 ? ACRN_STATE_RUNS
	     : how == HOW_SUSPEND	  ? ACRN_STATE_SUSPENDED
					  : ACRN_STATE_ENDS;
	return 0;
}

int acrn_monitor_stop(const char *path, bool force, struct error *err)
{
	int32_t answer = 0;

	if (ask(path, DM_STOP, force, &answer, err) < 0)
		return -1;
	return answer ? error_set(err, ERR_CHILD, "acrn-dm refuses (%d)", answer) : 0;
}
