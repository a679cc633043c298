// SPDX-License-Identifier: GPL-2.0-or-later
/* Tests of what --live takes and refuses, on PCs whose /proc and /sys are made here. */
#include "config.h"

#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "lib/base/path.h"
#include "lib/live_private.h"
#include "tests/unit/test.h"

/* A PC below a folder, with a dmsetup that answers for it. */
struct pc {
	char *root;
	char *path;		/* PATH of before */
	struct live live;
	struct live_looking look;
};

static void put(const struct pc *pc, const char *name, const char *text, mode_t mode)
{
	CLEANUP_FREE char *path = path_join(pc->root, name), *dir = path_dirname(path);
	struct error err CLEANUP_ERROR = ERROR_INIT;
	FILE *f;

	assert_int_equal(0, folder_make(dir, &err));
	f = fopen(path, "a");
	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(0, fclose(f));
	assert_int_equal(0, chmod(path, mode));
}

static void put_link(const struct pc *pc, const char *name, const char *to)
{
	CLEANUP_FREE char *path = path_join(pc->root, name), *dir = path_dirname(path);
	struct error err CLEANUP_ERROR = ERROR_INIT;

	assert_int_equal(0, folder_make(dir, &err));
	assert_int_equal(0, symlink(to, path));
}

/* @place: "sda" or "sda/sda1"; a partition begins at 1 MiB */
static void block(const struct pc *pc, const char *place, const char *number)
{
	CLEANUP_FREE char *folder = xasprintf("sys/devices/%s", place), *real = xasprintf("/%s", folder);
	CLEANUP_FREE char *by_number = xasprintf("sys/dev/block/%s", number), *name = path_basename(place);
	CLEANUP_FREE char *by_name = xasprintf("sys/class/block/%s", name), *dev = path_join(folder, "dev");
	CLEANUP_FREE char *partition = path_join(folder, "partition"), *start = path_join(folder, "start");
	CLEANUP_FREE char *line = xasprintf("%s\n", number);

	put(pc, dev, line, 0644);
	if (strchr(place, '/')) {
		put(pc, partition, "1\n", 0644);
		put(pc, start, "2048\n", 0644);
	}
	put_link(pc, by_number, real);
	put_link(pc, by_name, real);
}

/* @upper, a name, stands on @lower, a place */
static void stands_on(const struct pc *pc, const char *upper, const char *lower)
{
	CLEANUP_FREE char *name = path_basename(lower);
	CLEANUP_FREE char *slave = xasprintf("sys/devices/%s/slaves/%s", upper, name);
	CLEANUP_FREE char *holder = xasprintf("sys/devices/%s/holders/%s", lower, upper);
	CLEANUP_FREE char *to_lower = xasprintf("/sys/devices/%s", lower);
	CLEANUP_FREE char *to_upper = xasprintf("/sys/devices/%s", upper);

	put_link(pc, slave, to_lower);
	put_link(pc, holder, to_upper);
}

static void mapped(const struct pc *pc, const char *name, const char *number, const char *uuid, const char *title,
		   const char *lower)
{
	CLEANUP_FREE char *folder = xasprintf("sys/devices/%s/dm", name);
	CLEANUP_FREE char *uuid_file = path_join(folder, "uuid"), *name_file = path_join(folder, "name");
	CLEANUP_FREE char *line = xasprintf("%s\n", title);

	block(pc, name, number);
	put(pc, uuid_file, uuid, 0644);
	put(pc, name_file, line, 0644);
	stands_on(pc, name, lower);
}

static void mount(const struct pc *pc, const char *number, const char *where, const char *how, const char *type,
		  const char *source)
{
	CLEANUP_FREE char *line = xasprintf("30 1 %s / %s rw,relatime shared:1 - %s %s %s,x=y\n", number, where, type,
					    source, how);

	put(pc, "proc/self/mountinfo", line, 0644);
}

/* A PC with /dev/sda, which is captured, and /dev/sdb, which is not. */
static void pc_begin(struct pc *pc)
{
	struct error err CLEANUP_ERROR = ERROR_INIT;
	CLEANUP_FREE char *bin = NULL, *path = NULL;

	*pc = (struct pc){ .root = make_test_folder(), .live = LIVE_INIT };
	pc->look = (struct live_looking)LIVE_LOOKING_INIT(&pc->live);
	pc->path = xstrdup(getenv("PATH"));
	bin = path_join(pc->root, "bin");
	path = xasprintf("%s:%s", bin, pc->path);
	setenv("PATH", path, 1);
	put(pc, "bin/dmsetup", "#!/bin/sh\ncase $1 in\nsplitname) echo vg0/root ;;\n"
			       "table) echo '0 409600 linear 8:2 2048' ;;\ninfo) echo ${OPENED:-0} ;;\nesac\n", 0755);
	put(pc, "proc/swaps", "Filename Type Size Used Priority\n", 0644);
	mount(pc, "0:20", "/proc", "rw", "proc", "proc");
	block(pc, "sda", "8:0");
	block(pc, "sda/sda1", "8:1");
	block(pc, "sda/sda2", "8:2");
	block(pc, "sdb", "8:16");
	block(pc, "sdb/sdb1", "8:17");
	*APPEND(pc->live.disks, pc->live.n_disks) = (struct live_disk){ .path = xstrdup("/dev/sda"), .dev = makedev(8, 0) };
	assert_int_equal(0, facts_open(&pc->look.facts, pc->root, &err));
}

static void pc_end(struct pc *pc)
{
	struct error err CLEANUP_ERROR = ERROR_INIT;

	live_looking_clear(&pc->look);
	live_end(&pc->live);
	setenv("PATH", pc->path, 1);
	assert_int_equal(0, folder_remove(pc->root, &err));
	free(pc->root);
	free(pc->path);
}

/* NULL: it is taken. */
static void expect(struct pc *pc, const char *refusal)
{
	struct error err CLEANUP_ERROR = ERROR_INIT;
	int rc = live_look(&pc->look, &err);

	if (!refusal) {
		assert_string_equal("", rc < 0 ? err.msg : "");
	} else {
		assert_int_equal(-1, rc);
		assert_int_equal(ERR_REFUSED, err.code);
		if (!strstr(err.msg, refusal))
			fail_msg("'%s' does not say '%s'", err.msg, refusal);
	}
	pc_end(pc);
}

static void a_volume_on_a_partition_is_taken(void **state)
{
	struct pc pc;
	struct error err CLEANUP_ERROR = ERROR_INIT;

	(void)state;
	pc_begin(&pc);
	mapped(&pc, "dm-0", "254:0", "LVM-one", "vg0-root", "sda/sda2");
	mount(&pc, "254:0", "/", "rw", "ext4", "/dev/mapper/vg0-root");
	mount(&pc, "8:1", "/boot", "rw", "ext2", "/dev/sda1");
	mount(&pc, "8:17", "/mnt/usb\\040disk", "rw", "ext4", "/dev/sdb1");
	assert_int_equal(0, live_look(&pc.look, &err));
	assert_int_equal(1, pc.look.n_volumes);
	assert_string_equal("vg0/root", pc.look.volumes[0].name);
	assert_int_equal(1, pc.live.plain.n);
	assert_string_equal("/boot", pc.live.plain.v[0]);
	assert_int_equal(0, live_look_at_output(&pc.look, "/mnt/usb disk/x", &err));
	assert_fails(live_look_at_output(&pc.look, "/mnt/usb", &err), &err, ERR_REFUSED);
	assert_fails(live_look_at_output(&pc.look, "/boot/x", &err), &err, ERR_REFUSED);
	pc_end(&pc);
}

static void plain_partitions_are_refused_but_for_boot(void **state)
{
	struct pc pc;

	(void)state;
	pc_begin(&pc);
	mount(&pc, "8:1", "/", "rw", "ext4", "/dev/root");
	expect(&pc, "on '/'");
	/* one place of it is /boot, another is not */
	pc_begin(&pc);
	mount(&pc, "8:1", "/boot", "rw", "ext4", "/dev/sda1");
	mount(&pc, "8:1", "/srv", "rw", "ext4", "/dev/sda1");
	expect(&pc, "on '/srv'");
	/* who mounts may call it as he likes, or not at all */
	pc_begin(&pc);
	mount(&pc, "8:1", "/", "rw", "ext4", "");
	expect(&pc, "on '/'");
	pc_begin(&pc);
	mount(&pc, "8:1", "/", "ro", "ext4", "/dev/sda1");
	expect(&pc, NULL);
	pc_begin(&pc);
	mount(&pc, "8:17", "/", "rw", "ext4", "/dev/sdb1");
	expect(&pc, NULL);
}

/* Its number is its own: the source of the mount, and its other devices, say where it is. */
static void btrfs_is_refused(void **state)
{
	struct pc pc;

	(void)state;
	pc_begin(&pc);
	mount(&pc, "0:31", "/", "rw", "btrfs", "/dev/sda2");
	expect(&pc, "on '/'");
	pc_begin(&pc);
	mount(&pc, "0:31", "/home", "rw", "btrfs", "/dev/sdb1");
	put_link(&pc, "sys/fs/btrfs/1111/devices/sdb1", "/sys/devices/sdb/sdb1");
	put_link(&pc, "sys/fs/btrfs/1111/devices/sda2", "/sys/devices/sda/sda2");
	expect(&pc, "on '/home'");
	pc_begin(&pc);
	mount(&pc, "0:31", "/home", "rw", "btrfs", "/dev/sdb1");
	put_link(&pc, "sys/fs/btrfs/1111/devices/sdb1", "/sys/devices/sdb/sdb1");
	expect(&pc, NULL);
	pc_begin(&pc);
	mapped(&pc, "dm-0", "254:0", "LVM-one", "vg0-root", "sda/sda2");
	mount(&pc, "0:31", "/", "rw", "btrfs", "/dev/mapper/vg0-root");
	expect(&pc, "it is a btrfs");
}

static void what_lies_between_is_refused(void **state)
{
	struct pc pc;

	(void)state;
	/* a file system on LUKS */
	pc_begin(&pc);
	mapped(&pc, "dm-0", "254:0", "CRYPT-LUKS2-one", "secret", "sda/sda2");
	mount(&pc, "254:0", "/", "rw", "ext4", "/dev/mapper/secret");
	expect(&pc, "secret is encrypted");
	/* a volume on LUKS */
	pc_begin(&pc);
	mapped(&pc, "dm-0", "254:0", "CRYPT-LUKS2-one", "secret", "sda/sda2");
	mapped(&pc, "dm-1", "254:1", "LVM-one", "vg0-root", "dm-0");
	mount(&pc, "254:1", "/", "rw", "ext4", "/dev/mapper/vg0-root");
	expect(&pc, "secret is encrypted");
	/* a file system, and a volume, on a RAID with a leg on another disk */
	for (int volume = 0; volume < 2; volume++) {
		pc_begin(&pc);
		block(&pc, "md0", "9:0");
		put(&pc, "sys/devices/md0/md/level", "raid1\n", 0644);
		stands_on(&pc, "md0", "sda/sda2");
		stands_on(&pc, "md0", "sdb/sdb1");
		if (volume)
			mapped(&pc, "dm-0", "254:0", "LVM-one", "vg0-root", "md0");
		mount(&pc, volume ? "254:0" : "9:0", "/", "rw", "ext4", "/dev/x");
		expect(&pc, "md0 is a RAID (raid1)");
	}
	/* a partition of a RAID */
	pc_begin(&pc);
	block(&pc, "md0", "9:0");
	block(&pc, "md0/md0p1", "259:0");
	stands_on(&pc, "md0", "sda");
	mount(&pc, "259:0", "/", "rw", "ext4", "/dev/md0p1");
	expect(&pc, "on '/'");
}

static void what_is_open_without_a_mount_is_refused(void **state)
{
	struct pc pc;

	(void)state;
	setenv("OPENED", "1", 1);
	pc_begin(&pc);
	mapped(&pc, "dm-0", "254:0", "LVM-one", "vg0-guest", "sda/sda2");
	expect(&pc, "'vg0-guest' is in use, but is not mounted");
	pc_begin(&pc);
	mapped(&pc, "dm-0", "254:0", "LVM-one", "vg0-swap", "sda/sda2");
	put(&pc, "proc/swaps", "/dev/dm-0 partition 1 0 -2\n", 0644);
	expect(&pc, NULL);
	unsetenv("OPENED");
	pc_begin(&pc);
	mapped(&pc, "dm-0", "254:0", "LVM-one", "vg0-spare", "sda/sda2");
	expect(&pc, NULL);
}

static void the_output_is_not_on_a_captured_disk(void **state)
{
	struct error err CLEANUP_ERROR = ERROR_INIT;
	struct pc pc;

	(void)state;
	pc_begin(&pc);
	mapped(&pc, "dm-0", "254:0", "LVM-one", "vg0-root", "sda/sda2");
	block(&pc, "loop0", "7:0");
	put(&pc, "sys/devices/loop0/loop/backing_file", "/images/x\n", 0644);
	mount(&pc, "254:0", "/", "rw", "ext4", "/dev/mapper/vg0-root");
	mount(&pc, "8:1", "/boot", "rw", "ext2", "/dev/sda1");
	mount(&pc, "7:0", "/mnt/loop", "rw", "ext4", "/dev/loop0");
	mount(&pc, "0:44", "/mnt/snap", "ro", "btrfs", "/dev/sda1");
	mount(&pc, "0:45", "/mnt/over", "rw", "overlay", "overlay");
	mount(&pc, "0:46", "/mnt/net", "rw", "nfs4", "10.0.0.1:/x");
	assert_int_equal(0, live_look(&pc.look, &err));
	assert_fails(live_look_at_output(&pc.look, "/home", &err), &err, ERR_REFUSED);
	assert_fails(live_look_at_output(&pc.look, "/boot", &err), &err, ERR_REFUSED);
	assert_fails(live_look_at_output(&pc.look, "/mnt/loop", &err), &err, ERR_REFUSED);
	assert_fails(live_look_at_output(&pc.look, "/mnt/snap", &err), &err, ERR_REFUSED);
	assert_fails(live_look_at_output(&pc.look, "/mnt/over", &err), &err, ERR_REFUSED);
	assert_int_equal(0, live_look_at_output(&pc.look, "/mnt/net", &err));
	pc_end(&pc);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_volume_on_a_partition_is_taken),
		cmocka_unit_test(plain_partitions_are_refused_but_for_boot),
		cmocka_unit_test(btrfs_is_refused),
		cmocka_unit_test(what_lies_between_is_refused),
		cmocka_unit_test(what_is_open_without_a_mount_is_refused),
		cmocka_unit_test(the_output_is_not_on_a_captured_disk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
