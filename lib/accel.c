// SPDX-License-Identifier: GPL-2.0-or-later
/* Does KVM run guest instructions on this host? Ask with a boot sector and a deadline. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/accel.h"
#include "lib/base/alloc.h"
#include "lib/base/child.h"
#include "lib/base/outfile.h"
#include "lib/base/path.h"
#include "lib/base/progress.h"
#include "lib/base/strv.h"

enum {
	SECTOR = 512,
	DEBUG_EXIT_VALUE = 0x21,
	/* isa-debug-exit: exit status is (value << 1) | 1; QEMU manual, "isa-debug-exit" */
	EXPECTED_STATUS = (DEBUG_EXIT_VALUE << 1) | 1,
};

/* mov dx, 0xf4; mov al, 0x21; out dx, al; hlt; jmp -3 */
static const uint8_t program[] = { 0xba, 0xf4, 0x00, 0xb0, DEBUG_EXIT_VALUE, 0xee, 0xf4, 0xeb, 0xfd };

const char *accel_name(enum accel accel)
{
	return accel == ACCEL_KVM ? "kvm" : "tcg";
}

unsigned int accel_slowdown(enum accel accel)
{
	return accel == ACCEL_KVM ? 1 : 10;
}

static int make_boot_sector(struct error *err)
{
	uint8_t sector[SECTOR] = { 0 };
	CLEANUP_CLOSE int fd = memfd_create("boot-sector", 0);

	memcpy(sector, program, sizeof(program));
	sector[SECTOR - 2] = 0x55;
	sector[SECTOR - 1] = 0xaa;
	if (fd < 0 || write(fd, sector, sizeof(sector)) != sizeof(sector))
		return error_sys(err, errno, "make a boot sector");
	return STEAL_FD(fd);
}

enum outcome { RAN, FAILED, TOO_LATE };

/* How one start of QEMU went: the seconds it took, or what it complained of */
struct attempt {
	enum outcome outcome;
	double seconds;
	char *complaint;
};

static void attempt_clear(struct attempt *a)
{
	free(a->complaint);
}

/* -1 if it could not be tried at all */
static int run_boot_sector(enum accel accel, struct attempt *ret, struct error *err)
{
	CLEANUP_CLOSE int fd = make_boot_sector(err);
	struct child_io io = CHILD_IO_INIT;
	struct child child CLEANUP_CHILD = CHILD_INIT;
	struct strv argv CLEANUP_STRV = STRV_INIT;
	struct error failure CLEANUP_ERROR = ERROR_INIT;
	double start = monotonic_seconds();
	int status = 0;

	if (fd < 0)
		return -1;
	io.keep = &fd;
	io.n_keep = 1;
	strv_add_many(&argv, ACCEL_QEMU, "-accel", accel_name(accel), "-M", "pc", "-m", "16",
		      "-nodefaults", "-no-user-config", "-display", "none", "-device",
		      "isa-debug-exit,iobase=0xf4,iosize=1", "-drive", NULL);
	strv_addf(&argv, "if=floppy,format=raw,readonly=on,file=/proc/self/fd/%d", fd);
	if (child_start((const char *const *)argv.v, &io, &child, err) < 0)
		return -1;
	if (child_wait(&child, ACCEL_DEADLINE_MS, &status, &failure) < 0) {
		if (failure.code != ERR_TIMEOUT)
			return error_move(err, &failure);
		ret->outcome = TOO_LATE;
		return 0;
	}
	ret->seconds = monotonic_seconds() - start;
	ret->outcome = status == EXPECTED_STATUS ? RAN : FAILED;
	ret->complaint = child_complaint(&child);
	return 0;
}

/*
 * A KVM that emulates what it should run is found out by the clock: QEMU's own emulation, asked right
 * after it, must not be far ahead. What disturbs one of them on a busy host does not do so each time.
 */
static int try_kvm(bool *ret_works, char **ret_why, struct error *err)
{
	enum { TRIES = 3, TIMES = 3 };
	const double start_up = 0.3;

	*ret_works = false;
	for (int i = 0; i < TRIES; i++) {
		struct attempt kvm __attribute__((cleanup(attempt_clear))) = { 0 };
		struct attempt tcg __attribute__((cleanup(attempt_clear))) = { 0 };

		if (run_boot_sector(ACCEL_KVM, &kvm, err) < 0)
			return -1;
		free(STEAL(*ret_why));
		if (kvm.outcome == TOO_LATE)
			*ret_why = xasprintf("/dev/kvm opens, but no guest instruction ran within %d s",
					     ACCEL_DEADLINE_MS / 1000);
		else if (kvm.outcome == FAILED)
			*ret_why = xasprintf("QEMU failed with KVM: %s",
					     *kvm.complaint ? kvm.complaint : "no message");
		if (kvm.outcome != RAN)
			return 0;
		if (run_boot_sector(ACCEL_TCG, &tcg, err) < 0)
			return -1;
		*ret_works = tcg.outcome != RAN || kvm.seconds <= TIMES * tcg.seconds + start_up;
		*ret_why = *ret_works ? xstrdup("guest instructions ran with KVM")
				      : xasprintf("guest instructions take %.1f s with KVM, and %.1f s "
						  "with emulation", kvm.seconds, tcg.seconds);
		if (*ret_works)
			return 0;
	}
	return 0;
}

static int probe(enum accel *ret, char **ret_why, struct error *err)
{
	bool works = false;

	*ret = ACCEL_TCG;
	if (access("/dev/kvm", R_OK | W_OK) < 0) {
		*ret_why = xasprintf("/dev/kvm: %s", strerror(errno));
		return 0;
	}
	if (try_kvm(&works, ret_why, err) < 0)
		return -1;
	*ret = works ? ACCEL_KVM : ACCEL_TCG;
	return 0;
}

/* Below /run for root, below XDG_RUNTIME_DIR for others; NULL: remember nothing. */
static char *memory_path(void)
{
	const char *dir = geteuid() == 0 ? "/run" : getenv("XDG_RUNTIME_DIR");

	return dir ? xasprintf("%s/rehost/accel", dir) : NULL;
}

/* What the answer depends on: this boot, this QEMU. One line. */
static char *make_key(void)
{
	CLEANUP_FREE char *boot = NULL, *qemu = child_find(ACCEL_QEMU);
	struct stat st = { 0 };

	if (!qemu || stat(qemu, &st) < 0 ||
	    file_read("/proc/sys/kernel/random/boot_id", 64, &boot, NULL, NULL) < 0)
		return NULL;
	boot[strcspn(boot, "\n")] = '\0';
	return xasprintf("%s %s %lld", boot, qemu, (long long)st.st_mtime);
}

/* The file: key, accelerator and reason, a line each. */
static bool recall(const char *path, const char *key, enum accel *ret, char **ret_why)
{
	CLEANUP_FREE char *text = NULL;
	struct strv lines CLEANUP_STRV = STRV_INIT;

	if (!path || !key || file_read(path, 4096, &text, NULL, NULL) < 0)
		return false;
	strv_split(&lines, text, "\n");
	if (lines.n != 3 || strcmp(lines.v[0], key) != 0)
		return false;
	*ret = strcmp(lines.v[1], accel_name(ACCEL_KVM)) == 0 ? ACCEL_KVM : ACCEL_TCG;
	*ret_why = xstrdup(lines.v[2]);
	return true;
}

/* Only a convenience: a failure costs the next run a second probe and nothing else. */
static void remember(const char *path, const char *key, enum accel accel, const char *why)
{
	CLEANUP_FREE char *text = NULL, *dir = NULL;

	if (!path || !key)
		return;
	dir = path_dirname(path);
	text = xasprintf("%s\n%s\n%s\n", key, accel_name(accel), why);
	if (folder_make(dir, NULL) == 0)
		file_write(path, text, strlen(text), OUTFILE_REPLACE, NULL);
}

int accel_probe(enum accel *ret, char **ret_why, struct error *err)
{
	CLEANUP_FREE char *path = memory_path(), *key = make_key(), *why = NULL;
	enum accel accel = ACCEL_TCG;

	if (!recall(path, key, &accel, &why)) {
		if (probe(&accel, &why, err) < 0)
			return error_wrap(err, "probe accelerators");
		remember(path, key, accel, why);
	}
	*ret = accel;
	if (ret_why)
		*ret_why = STEAL(why);
	return 0;
}

void accel_forget(void)
{
	CLEANUP_FREE char *path = memory_path();

	if (path)
		unlink(path);
}
