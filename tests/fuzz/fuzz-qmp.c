// SPDX-License-Identifier: GPL-2.0-or-later
/* Fuzz target: any bytes as what QEMU says on its machine protocol. */
#include "config.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/alloc.h"
#include "lib/qmp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* More would not fit into the socket, and nobody reads while it is written. */
enum { SOCKET_ROOM = 64 << 10 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct qmp q CLEANUP_QMP = QMP_INIT;
	uint64_t bytes_read = 0, bytes_written = 0;
	pid_t threads[4];
	size_t n = 0;
	int fds[2];

	if (size > SOCKET_ROOM || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
		return 0;
	if (write(fds[1], data, size) == (ssize_t)size && shutdown(fds[1], SHUT_WR) == 0 &&
	    qmp_connect_fd(&q, fds[0], 100, NULL) == 0) {
		CLEANUP_FREE char *state = NULL;
		struct json_object *event CLEANUP_JSON = NULL;

		qmp_block_bytes(&q, &bytes_read, &bytes_written, NULL);
		qmp_vcpu_threads(&q, threads, ARRAY_SIZE(threads), &n, NULL);
		qmp_run_state(&q, &state, NULL);
		qmp_event(&q, 0, &event, NULL);
	}
	close(fds[1]);
	return 0;
}
