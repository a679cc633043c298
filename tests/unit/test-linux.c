// SPDX-License-Identifier: GPL-2.0-or-later
/* Tests of what a Linux conversion is made of: device names, text edits, menus, module lists. */
#include "config.h"

#include <archive.h>
#include <archive_entry.h>

#include "converters/linux.h"
#include "converters/newc.h"
#include "lib/boot_menu.h"
#include "lib/devname.h"
#include "lib/fstab.h"
#include "lib/initramfs.h"
#include "lib/kmod.h"
#include "tests/unit/test.h"

/* Two partitions on the only disk, and a volume group. */
static struct inspected_fs some_filesystems[] = {
	{ .device = "/dev/sda1", .type = "ext3", .uuid = "aaaa-1", .label = "ROOT", .number = 1 },
	{ .device = "/dev/sda5", .type = "swap", .uuid = "bbbb-5", .number = 5 },
	{ .device = "/dev/sda6", .type = "LVM2_member", .uuid = "pv", .part_uuid = "p-06",
	  .number = 6 },
	{ .device = "/dev/vg-0/lv", .type = "ext4", .uuid = "cccc", .disk = -1 },
};
static struct inspected_disk one_disk = { .device = "/dev/sda" };
static const struct inspection one_pc = {
	.disks = &one_disk, .n_disks = 1,
	.filesystems = some_filesystems, .n_filesystems = ARRAY_SIZE(some_filesystems),
};

static void names_that_depend_on_the_bus_are_known(void **state)
{
	static const char *const bus[] = { "/dev/sda1", "/dev/hda", "/dev/hdc2", "/dev/vda1",
					   "/dev/cciss/c0d0p1", "/dev/nvme0n1p2", "/dev/mmcblk0p1",
					   "/dev/disk/by-path/pci-0:1-part1",
					   "/dev/disk/by-id/ata-X_Y-part3" };
	static const char *const stable[] = { "UUID=aaaa", "LABEL=x", "/dev/mapper/vg-root",
					      "/dev/vg/root", "/dev/md0", "/dev/md/root",
					      "/dev/disk/by-uuid/aaaa" };
	static const char *const other[] = { "proc", "tmpfs", "/dev/fd0", "/dev/cdrom",
					     "server:/export", "/swapfile", "/dev/sda1x", "/dev/sd" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bus); i++)
		assert_int_equal(DEVNAME_BUS, devname_kind(bus[i]));
	for (size_t i = 0; i < ARRAY_SIZE(stable); i++)
		assert_int_equal(DEVNAME_STABLE, devname_kind(stable[i]));
	for (size_t i = 0; i < ARRAY_SIZE(other); i++)
		assert_int_equal(DEVNAME_OTHER, devname_kind(other[i]));
}

static void assert_resolves(const char *spec, const char *device)
{
	const struct inspected_fs *fs = devname_resolve(&one_pc, spec);

	if (!device) {
		assert_null(fs);
		return;
	}
	assert_non_null(fs);
	assert_string_equal(device, fs->device);
}

static void names_are_resolved_as_the_old_pc_did(void **state)
{
	(void)state;
	assert_resolves("/dev/hda5", "/dev/sda5");
	assert_resolves("/dev/hdc1", "/dev/sda1");
	assert_resolves("/dev/disk/by-id/ata-ST_1-part1", "/dev/sda1");
	assert_resolves("UUID=AAAA-1", "/dev/sda1");
	assert_resolves("UUID=\"aaaa-1\"", "/dev/sda1");
	assert_resolves("LABEL=ROOT", "/dev/sda1");
	assert_resolves("/dev/mapper/vg--0-lv", "/dev/vg-0/lv");
	assert_resolves("/dev/mapper/vg-0-lv", NULL);
	assert_resolves("/dev/vg-0/lv", "/dev/vg-0/lv");
	assert_resolves("/dev/sda4", NULL);
	assert_resolves("/dev/sda99999999999999999999", NULL);
}

static void assert_edited(const char *before, const char *after, const char *const *words)
{
	CLEANUP_FREE char *text = linux_stable_devices(&one_pc, before, words, NULL);

	assert_string_equal(after, text);
}

static void device_names_become_uuids(void **state)
{
	static const char *const kernel[] = { "kernel", NULL };

	(void)state;
	assert_edited("/dev/sda1 / ext3\n# /dev/sda1\n", "UUID=aaaa-1 / ext3\n# /dev/sda1\n", NULL);
	assert_edited("RESUME=/dev/sda5", "RESUME=UUID=bbbb-5", NULL);
	assert_edited("a=\"/dev/sda1\"", "a=\"UUID=aaaa-1\"", NULL);
	assert_edited("/dev/sda6 x", "PARTUUID=p-06 x", NULL);
	assert_edited("root /dev/sda1\n kernel /x root=/dev/sda1 ro\n",
		      "root /dev/sda1\n kernel /x root=UUID=aaaa-1 ro\n", kernel);
	assert_edited("'gnulinux-/dev/sda1'", "'gnulinux-/dev/sda1'", NULL);
	assert_edited("/dev/sda1/x /dev/sda12 /dev/sdb1", "/dev/sda1/x /dev/sda12 /dev/sdb1", NULL);
	assert_edited("", "", NULL);
}

static void names_on_no_disk_are_reported(void **state)
{
	struct strv missed CLEANUP_STRV = STRV_INIT;
	CLEANUP_FREE char *text = linux_stable_devices(&one_pc, "/dev/sdb1 /dev/sdb1 /dev/sda1",
						       NULL, &missed);

	(void)state;
	assert_int_equal(1, missed.n);
	assert_string_equal("/dev/sdb1", missed.v[0]);
}

static void assert_appended(const char *before, const char *after)
{
	static const char *const words[] = { "kernel", "append", "X", NULL };
	CLEANUP_FREE char *text = linux_append_options(before, words, "console=tty0 console=ttyS0");
	CLEANUP_FREE char *again = linux_append_options(text, words, "console=tty0 console=ttyS0");

	assert_string_equal(after, text);
	assert_string_equal(after, again);
}

static void options_are_appended_once(void **state)
{
	(void)state;
	assert_appended("kernel /x ro\n", "kernel /x ro console=tty0 console=ttyS0\n");
	assert_appended("\tkernel /x ro  \nother\n",
			"\tkernel /x ro console=tty0 console=ttyS0  \nother\n");
	assert_appended("append=\"ro\"", "append=\"ro console=tty0 console=ttyS0\"");
	assert_appended("X=\"\"\n", "X=\"console=tty0 console=ttyS0\"\n");
	assert_appended("X=\n", "X=\"console=tty0 console=ttyS0\"\n");
	assert_appended("X=quiet\n", "X=\"quiet console=tty0 console=ttyS0\"\n");
	assert_appended("kernel /x console=tty1 ro\n", "kernel /x console=tty1 ro\n");
	assert_appended("kernels /x\n", "kernels /x\n");
}

static void lines_are_added_once(void **state)
{
	CLEANUP_FREE char *one = linux_add_line("a\nb", "c"), *two = linux_add_line(one, "c");
	CLEANUP_FREE char *none = linux_add_line("ata_piix \nb\n", "ata_piix");

	(void)state;
	assert_string_equal("a\nb\nc\n", one);
	assert_string_equal(one, two);
	assert_string_equal("ata_piix \nb\n", none);
}

static void fields_keep_their_place(void **state)
{
	struct fstab_line line = { .next = "# c\n\n  a\tb\\040c  d # e\nx" };
	CLEANUP_FREE char *raw = NULL, *field = NULL;

	(void)state;
	assert_true(fstab_next(&line));
	assert_int_equal(3, line.n);
	raw = fstab_field(&line, 1);
	field = fstab_unescape(raw);
	assert_string_equal("b c", field);
	assert_true(fstab_next(&line));
	assert_int_equal(1, line.n);
	assert_false(fstab_next(&line));
}

static const char grub2_menu[] =
	"set default=\"1>2\"\n"
	"function gfxmode {\n\tset x=1\n}\n"
	"menuentry 'First' --id 'a' {\n\tlinux\t/boot/vmlinuz-2 root=x\n}\n"
	"submenu 'More' {\n"
	"\tmenuentry 'Two' {\n\t\tif x; then\n\t\t}\n\t\tlinux /boot/vmlinuz-2\n\t}\n"
	"\tmenuentry \"Two single\" {\n\t\tlinux /boot/vmlinuz-2 single\n\t}\n"
	"\tmenuentry 'One' {\n\t\tlinux /boot/vmlinuz-1\n\t}\n"
	"}\n"
	"menuentry 'Other' {\n\tchainloader +1\n}\n";

static void the_menu_of_grub2_is_read(void **state)
{
	struct boot_menu m CLEANUP_BOOT_MENU = BOOT_MENU_INIT;

	(void)state;
	/* the brace inside of "Two" is unbalanced on purpose: the rest must stay bounded */
	boot_menu_parse(&m, "grub2", grub2_menu);
	assert_int_equal(5, m.n_entries);
	assert_string_equal("1>2", m.chosen);
	assert_string_equal("0", boot_menu_find(&m, "vmlinuz-2")->index);
	assert_null(boot_menu_find(&m, "vmlinuz"));
}

static void another_default_is_chosen(void **state)
{
	static const char text[] = "set default=\"0\"\nif x; then\n set default=\"${next_entry}\"\nfi\n"
				   "menuentry 'A' {\n linux /v2\n}\nmenuentry 'B' {\n linux /v1\n}\n";
	struct boot_menu m CLEANUP_BOOT_MENU = BOOT_MENU_INIT, n CLEANUP_BOOT_MENU = BOOT_MENU_INIT;
	CLEANUP_FREE char *changed = NULL;

	(void)state;
	boot_menu_parse(&m, "grub2", text);
	assert_string_equal("/v2", boot_menu_default(&m)->image);
	changed = boot_menu_choose("grub2", text, boot_menu_find(&m, "v1"));
	assert_non_null(strstr(changed, "${next_entry}"));
	boot_menu_parse(&n, "grub2", changed);
	assert_string_equal("/v1", boot_menu_default(&n)->image);
	assert_null(boot_menu_choose("grub-legacy", "title x\n", boot_menu_find(&m, "v1")));
}

static void the_menus_of_others_are_read(void **state)
{
	struct boot_menu m CLEANUP_BOOT_MENU = BOOT_MENU_INIT, e CLEANUP_BOOT_MENU = BOOT_MENU_INIT;

	(void)state;
	boot_menu_parse(&m, "grub-legacy",
			"default=1\ntitle A b\nroot (hd0,0)\nkernel /v2 ro\ntitle B\nkernel /v1\n");
	assert_string_equal("/v1", boot_menu_default(&m)->image);
	boot_menu_parse(&e, "extlinux", "DEFAULT l1\nlabel l0\n\tlinux /v2\nLABEL l1\n\tKERNEL /v1\n");
	assert_string_equal("/v1", boot_menu_default(&e)->image);
}

static const char dep[] =
	"kernel/a/virtio.ko:\n"
	"kernel/a/virtio-pci.ko.xz: kernel/a/virtio_ring.ko kernel/a/virtio.ko\n"
	"kernel/a/virtio_ring.ko: kernel/a/virtio.ko\n";

static void modules_bring_what_they_need(void **state)
{
	struct kmod k CLEANUP_KMOD = KMOD_INIT;
	struct strv names CLEANUP_STRV = STRV_INIT, paths CLEANUP_STRV = STRV_INIT;
	CLEANUP_FREE char *text = NULL, *list = NULL;

	(void)state;
	kmod_parse(&k, dep, "kernel/b/sd_mod.ko\n");
	assert_true(kmod_closure(&k, "virtio_pci", &names));
	list = strv_join(&names, " ");
	assert_string_equal("virtio virtio_ring virtio_pci", list);
	assert_true(kmod_closure(&k, "sd_mod", &names));
	assert_int_equal(3, names.n);
	assert_false(kmod_closure(&k, "nvme", &names));
	for (size_t i = 0; i < names.n; i++)
		strv_add(&paths, kmod_find(&k, names.v[i])->path);
	text = kmod_dep_text(&k, &names, &paths);
	assert_string_equal("kernel/a/virtio.ko:\nkernel/a/virtio_ring.ko: kernel/a/virtio.ko\n"
			    "kernel/a/virtio-pci.ko.xz: kernel/a/virtio_ring.ko kernel/a/virtio.ko\n",
			    text);
}

static void a_circle_of_modules_ends(void **state)
{
	struct kmod k CLEANUP_KMOD = KMOD_INIT;
	struct strv names CLEANUP_STRV = STRV_INIT;

	(void)state;
	kmod_parse(&k, "a.ko: b.ko\nb.ko: a.ko\nbad line\n:\n", NULL);
	assert_true(kmod_closure(&k, "a", &names));
	assert_int_equal(2, names.n);
}

static void only_aliases_of_the_modules_stay(void **state)
{
	struct strv names CLEANUP_STRV = STRV_INIT;
	CLEANUP_FREE char *text = NULL;

	(void)state;
	strv_add(&names, "virtio_pci");
	text = kmod_filter("# Aliases\nalias pci:v1 e1000\nalias pci:v2 virtio_pci\n"
			   "softdep virtio_pci pre: x\n", &names);
	assert_string_equal("alias pci:v2 virtio_pci\nsoftdep virtio_pci pre: x\n", text);
}

enum { MODULE_SIZE = 512 };

/* An ELF file of three sections: none, their names, .modinfo. Source: ELF specification, "ELF Header". */
static void make_module(char *m, bool wide)
{
	static const char names[] = "\0.shstrtab\0.modinfo", info[] = "license=GPL\0version=4.1-k2\0a=b";
	const size_t header = wide ? 64 : 52, entry = wide ? 64 : 40, at = wide ? 24 : 16;
	const size_t tail = wide ? 58 : 46, size = wide ? 32 : 20;

	memset(m, 0, MODULE_SIZE);
	memcpy(m, wide ? "\177ELF\2\1\1" : "\177ELF\1\1\1", 7);
	m[wide ? 40 : 32] = (char)header;
	m[tail] = (char)entry;
	m[tail + 2] = 3;
	m[tail + 4] = 1;
	for (size_t i = 1; i < 3; i++) {
		char *section = m + header + i * entry;

		section[0] = i == 1 ? 1 : 11;
		section[at] = i == 1 ? 0 : 64;
		section[at + 1] = 1;
		section[size] = i == 1 ? sizeof(names) : sizeof(info);
	}
	memcpy(m + 256, names, sizeof(names));
	memcpy(m + 320, info, sizeof(info));
}

static void assert_version_is(const char *expected, const void *data, size_t len)
{
	CLEANUP_FREE char *version = kmod_version(data, len);

	assert_non_null(version);
	assert_string_equal(expected, version);
}

/* As a distribution does it with its modules */
static size_t compress(int (*filter)(struct archive *), const char *data, char *ret)
{
	struct archive *a = archive_write_new();
	struct archive_entry *e = archive_entry_new();
	size_t used = 0;

	assert_int_equal(0, filter(a));
	assert_int_equal(0, archive_write_set_format_raw(a));
	assert_int_equal(0, archive_write_open_memory(a, ret, 4096, &used));
	archive_entry_set_filetype(e, AE_IFREG);
	archive_entry_set_size(e, MODULE_SIZE);
	assert_int_equal(0, archive_write_header(a, e));
	assert_int_equal(MODULE_SIZE, archive_write_data(a, data, MODULE_SIZE));
	assert_int_equal(0, archive_write_close(a));
	archive_write_free(a);
	archive_entry_free(e);
	return used;
}

static void a_module_says_its_version(void **state)
{
	char m[MODULE_SIZE], packed[4096];

	(void)state;
	for (int wide = 0; wide < 2; wide++) {
		make_module(m, wide);
		assert_version_is("4.1-k2", m, sizeof(m));
		assert_version_is("4.1-k2", packed, compress(archive_write_add_filter_xz, m, packed));
		assert_version_is("4.1-k2", packed, compress(archive_write_add_filter_gzip, m, packed));
		assert_version_is("4.1-k2", packed, compress(archive_write_add_filter_zstd, m, packed));
		memcpy(m + 320, "license=GPL\0xversion=1\0version", 31);
		assert_null(kmod_version(m, sizeof(m)));
	}
}

/* Whatever a guest calls a module: no byte outside of it is looked at (valgrind and ASan see that). */
static void a_bad_module_has_no_version(void **state)
{
	char good[MODULE_SIZE];

	(void)state;
	for (int wide = 0; wide < 2; wide++) {
		make_module(good, wide);
		for (size_t len = 0; len < sizeof(good); len++) {
			CLEANUP_FREE char *cut = xmemdup(good, len);
			CLEANUP_FREE char *version = kmod_version(cut, len);

			assert_true(len >= 320 + 26 || !version);
		}
		for (size_t bit = 0; bit < 8 * sizeof(good); bit++) {
			CLEANUP_FREE char *bad = xmemdup(good, sizeof(good));

			bad[bit / 8] ^= (char)(1 << bit % 8);
			free(kmod_version(bad, sizeof(good)));
		}
	}
	assert_null(kmod_version("", 0));
	assert_null(kmod_version("\177ELF", 4));
}

static void an_archive_is_read_back(void **state)
{
	struct error err CLEANUP_ERROR = ERROR_INIT;
	struct newc a = NEWC_INIT;
	struct tree t CLEANUP_TREE = TREE_INIT;
	const char *compression;

	(void)state;
	newc_add(&a, "conf/conf.d/resume", "old", 3, 0644);
	newc_add(&a, "conf/conf.d/resume", "RESUME=x\n", 9, 0644);
	newc_add(&a, "usr/lib/modules/1/virtio_blk.ko", "x", 1, 0644);
	assert_int_equal(0, newc_finish(&a, &err));
	assert_int_equal(0, a.len % 4);
	assert_int_equal(0, initramfs_read(a.data, a.len, &t, &compression, &err));
	assert_string_equal("none", compression);
	assert_string_equal("RESUME=x\n", tree_text(&t, "/conf/conf.d/resume"));
	assert_true(tree_has(&t, "/usr/lib/modules/1/virtio_blk.ko"));
	assert_true(tree_find(&t, "/usr/lib")->kind == TREE_DIR);
	newc_clear(&a);
}

static char *packed_by(const char *filter, const char *data, size_t len, size_t *ret_len)
{
	struct archive *a = archive_write_new();
	struct archive_entry *e = archive_entry_new();
	char *packed = xmalloc(len + 4096);

	assert_int_equal(ARCHIVE_OK, archive_write_add_filter_by_name(a, filter));
	archive_write_set_format_raw(a);
	archive_write_set_bytes_in_last_block(a, 1);
	archive_write_open_memory(a, packed, len + 4096, ret_len);
	archive_entry_set_filetype(e, AE_IFREG);
	archive_entry_set_pathname(e, "x");
	archive_write_header(a, e);
	archive_write_data(a, data, len);
	archive_entry_free(e);
	assert_int_equal(ARCHIVE_OK, archive_write_close(a));
	archive_write_free(a);
	return packed;
}

static void a_packed_archive_behind_a_plain_one_is_read_and_unpacked(void **state)
{
	struct error err CLEANUP_ERROR = ERROR_INIT;
	struct newc early = NEWC_INIT, main_part = NEWC_INIT;
	struct tree t CLEANUP_TREE = TREE_INIT, u CLEANUP_TREE = TREE_INIT;
	CLEANUP_FREE char *packed = NULL, *both = NULL, *plain = NULL;
	size_t packed_len = 0, plain_len = 0;
	const char *compression;

	(void)state;
	newc_add(&early, "kernel/x86/microcode/GenuineIntel.bin", "m", 1, 0644);
	newc_add(&main_part, "conf/modules", "ahci\n", 5, 0644);
	assert_int_equal(0, newc_finish(&early, &err));
	assert_int_equal(0, newc_finish(&main_part, &err));
	packed = packed_by("gzip", main_part.data, main_part.len, &packed_len);
	both = xcalloc(1, early.len + packed_len);
	memcpy(both, early.data, early.len);
	memcpy(both + early.len, packed, packed_len);
	assert_int_equal(0, initramfs_read(both, early.len + packed_len, &t, &compression, &err));
	assert_string_equal("gzip", compression);
	assert_string_equal("ahci\n", tree_text(&t, "/conf/modules"));
	assert_true(tree_has(&t, "/kernel/x86/microcode/GenuineIntel.bin"));
	assert_int_equal(0, initramfs_plain(both, early.len + packed_len, &plain, &plain_len, &err));
	assert_int_equal(early.len + main_part.len, plain_len);
	assert_int_equal(0, initramfs_read(plain, plain_len, &u, &compression, &err));
	assert_string_equal("none", compression);
	newc_clear(&early);
	newc_clear(&main_part);
}

/* The form that the kernel wants, which libarchive does not write: one block, all of it literal */
static char *lz4_by_hand(const char *data, size_t len, size_t *ret_len)
{
	char *packed = xmalloc(len + len / 255 + 64);
	size_t n = 8, rest = len - 15;
	uint32_t block;

	assert_true(len > 15);
	memcpy(packed, "\2\x21\x4c\x18", 4);
	packed[n++] = (char)0xf0;
	for (; rest >= 255; rest -= 255)
		packed[n++] = (char)255;
	packed[n++] = (char)rest;
	memcpy(packed + n, data, len);
	n += len;
	block = (uint32_t)(n - 8);
	for (int i = 0; i < 4; i++)
		packed[4 + i] = (char)(block >> 8 * i);
	*ret_len = n;
	return packed;
}

static char *packed_as(const char *form, const struct newc *a, size_t *ret_len)
{
	return strcmp(form, "lz4") == 0 ? lz4_by_hand(a->data, a->len, ret_len)
					: packed_by(form, a->data, a->len, ret_len);
}

/* Four in a row: packed, packed without a gap, plain behind zeros as a conversion appends, packed. */
static const char *obstacle_of(const char *version, const char *config)
{
	CLEANUP_FREE char *path = xasprintf("/boot/config-%s", version);
	struct inspected_kernel kernel = { .version = (char *)version, .image = (char *)"/boot/vmlinuz", .boots = true };
	struct inspected_system sys = {
		.root = (char *)"/dev/sda1", .boot_loader = (char *)"grub2", .boot_config = (char *)"/boot/grub/grub.cfg",
		.kernels = &kernel, .n_kernels = 1,
	};
	const char *why;

	model_add(&sys.can_drive, DIM_WORD, WORD_32);
	tree_put(&sys.tree, "/boot/grub/grub.cfg", "linux /boot/vmlinuz root=/dev/sda1\n", 0644, "test");
	if (config)
		tree_put(&sys.tree, path, config, 0644, "test");
	why = linux_firmware_obstacle(&one_pc, &sys, FIRMWARE_UEFI);
	tree_clear(&sys.tree);
	return why;
}

static void a_kernel_of_32_bits_starts_on_uefi_if_it_can(void **state)
{
	(void)state;
	assert_null(obstacle_of("6.1.0-50-686", "# made\nCONFIG_X86_32=y\nCONFIG_EFI=y\n"));
	assert_null(obstacle_of("3.4.0", "\nCONFIG_EFI=y\n"));
	assert_non_null(strstr(obstacle_of("3.2.0-4-686", "\nCONFIG_EFI=y\n"), "has 32 bits"));
	assert_non_null(strstr(obstacle_of("6.1.0", "\n# CONFIG_EFI is not set\n"), "has 32 bits"));
	assert_non_null(strstr(obstacle_of("6.1.0", NULL), "has 32 bits"));
	assert_non_null(strstr(obstacle_of("unknown", "\nCONFIG_EFI=y\n"), "has 32 bits"));
}

static void what_stands_behind_a_packed_archive_is_read(void **state)
{
	static const char *const forms[] = { "gzip", "bzip2", "xz", "zstd", "lz4" };
	static const char *const names[] = { "conf/one", "conf/two", "conf/three", "conf/four" };
	struct newc parts[4] = { NEWC_INIT, NEWC_INIT, NEWC_INIT, NEWC_INIT };
	struct error err CLEANUP_ERROR = ERROR_INIT;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		newc_add(&parts[i], names[i], names[i], strlen(names[i]), 0644);
		assert_int_equal(0, newc_finish(&parts[i], &err));
	}
	for (size_t f = 0; f < ARRAY_SIZE(forms); f++) {
		/* the kernel needs zeros between two of lz4 */
		size_t gap = strcmp(forms[f], "lz4") == 0 ? 4 : 0, pos, n, plain_len = 0;
		CLEANUP_FREE char *one = packed_as(forms[f], &parts[0], &n), *plain = NULL;
		CLEANUP_FREE char *all = xcalloc(1, 16384), *two = NULL, *four = NULL;
		const char *compression;

		memcpy(all, one, n);
		pos = n + gap;
		two = packed_as(forms[f], &parts[1], &n);
		memcpy(all + pos, two, n);
		pos = (pos + n + 4 + 511) / 512 * 512;
		memcpy(all + pos, parts[2].data, parts[2].len);
		pos += parts[2].len + 512;
		four = packed_as(forms[f], &parts[3], &n);
		memcpy(all + pos, four, n);
		pos += n;
		for (int packed = 1; packed >= 0; packed--) {
			struct tree t CLEANUP_TREE = TREE_INIT;

			if (initramfs_read(packed ? all : plain, packed ? pos : plain_len, &t,
					   &compression, &err) < 0)
				fail_msg("%s: %s", forms[f], err.msg);
			assert_string_equal(packed ? forms[f] : "none", compression);
			for (size_t i = 0; i < 4; i++) {
				CLEANUP_FREE char *path = xasprintf("/%s", names[i]);
				const char *text = tree_text(&t, path);

				if (!text || strcmp(text, names[i]) != 0)
					fail_msg("%s: %s is missing", forms[f], path);
			}
			if (packed)
				assert_int_equal(0, initramfs_plain(all, pos, &plain, &plain_len, &err));
		}
	}
	for (size_t i = 0; i < 4; i++)
		newc_clear(&parts[i]);
}

static void bad_archives_are_refused(void **state)
{
	static const char *const bad[] = { "", "\0\0\0", "070701", "07070100000000", "junk" };
	struct error err CLEANUP_ERROR = ERROR_INIT;
	const char *compression;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct tree t CLEANUP_TREE = TREE_INIT;

		assert_fails(initramfs_read(bad[i], strlen(bad[i]), &t, &compression, &err), &err,
			     ERR_FORMAT);
	}
}

static void links_never_leave_the_guest(void **state)
{
	struct tree t CLEANUP_TREE = TREE_INIT;

	(void)state;
	tree_take(&t, "/etc/passwd", xstrdup("guest"), 5, 0644);
	tree_note(&t, "/out", TREE_LINK, "../../../../etc/passwd");
	tree_note(&t, "/loop", TREE_LINK, "loop2");
	tree_note(&t, "/loop2", TREE_LINK, "/loop");
	tree_note(&t, "/dir", TREE_LINK, "etc");
	tree_note(&t, "/nowhere", TREE_LINK, "/x/y");
	assert_string_equal("guest", tree_text(&t, "/out"));
	assert_string_equal("guest", tree_text(&t, "/dir/../dir/./passwd"));
	assert_null(tree_find(&t, "/loop"));
	assert_null(tree_find(&t, "/nowhere"));
}

static void a_change_that_changes_nothing_is_none(void **state)
{
	struct tree t CLEANUP_TREE = TREE_INIT;

	(void)state;
	tree_take(&t, "/etc/fstab", xstrdup("a"), 1, 0644);
	tree_put(&t, "/etc/fstab", "a", 0644, "why");
	assert_int_equal(TREE_SAME, tree_find(&t, "/etc/fstab")->change);
	tree_put(&t, "/etc/fstab", "b", 0644, "why");
	tree_put(&t, "/etc/fstab", "c", 0644, "once more");
	assert_int_equal(TREE_CHANGED, tree_find(&t, "/etc/fstab")->change);
	assert_string_equal("a", tree_find(&t, "/etc/fstab")->before);
	assert_string_equal("why; once more", tree_find(&t, "/etc/fstab")->why);
	tree_put(&t, "/etc/new", "x", 0600, "why");
	assert_int_equal(TREE_ADDED, tree_find(&t, "/etc/new")->change);
}

static void the_clock_of_the_pc_counts_where_linux_says_nothing(void **state)
{
	struct inspected_system systems[2] = { { .clock_by_default = true }, { .clock_by_default = false } };
	struct inspection in = { .systems = systems, .n_systems = 2 };

	(void)state;
	for (size_t i = 0; i < 2; i++)
		system_can(&systems[i], DIM_CLOCK, RTC_UTC, "nothing says local time");
	inspection_guess_clock(&in, NULL);
	assert_true(model_has(&systems[0].can_drive, DIM_CLOCK, RTC_UTC));
	inspection_guess_clock(&in, "localtime");
	assert_false(model_has(&systems[0].can_drive, DIM_CLOCK, RTC_UTC));
	assert_true(model_has(&systems[0].can_drive, DIM_CLOCK, RTC_LOCALTIME));
	assert_non_null(strstr(system_evidence(&systems[0], DIM_CLOCK, RTC_LOCALTIME), "the clock of the old PC"));
	assert_true(model_has(&systems[1].can_drive, DIM_CLOCK, RTC_UTC));
	assert_false(model_has(&systems[1].can_drive, DIM_CLOCK, RTC_LOCALTIME));
	for (size_t i = 0; i < 2; i++) {
		free(systems[i].abilities[0].evidence);
		free(systems[i].abilities);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_clock_of_the_pc_counts_where_linux_says_nothing),
		cmocka_unit_test(names_that_depend_on_the_bus_are_known),
		cmocka_unit_test(names_are_resolved_as_the_old_pc_did),
		cmocka_unit_test(device_names_become_uuids),
		cmocka_unit_test(names_on_no_disk_are_reported),
		cmocka_unit_test(options_are_appended_once),
		cmocka_unit_test(lines_are_added_once),
		cmocka_unit_test(fields_keep_their_place),
		cmocka_unit_test(the_menu_of_grub2_is_read),
		cmocka_unit_test(another_default_is_chosen),
		cmocka_unit_test(the_menus_of_others_are_read),
		cmocka_unit_test(modules_bring_what_they_need),
		cmocka_unit_test(a_circle_of_modules_ends),
		cmocka_unit_test(only_aliases_of_the_modules_stay),
		cmocka_unit_test(a_module_says_its_version),
		cmocka_unit_test(a_bad_module_has_no_version),
		cmocka_unit_test(an_archive_is_read_back),
		cmocka_unit_test(a_packed_archive_behind_a_plain_one_is_read_and_unpacked),
		cmocka_unit_test(a_kernel_of_32_bits_starts_on_uefi_if_it_can),
		cmocka_unit_test(what_stands_behind_a_packed_archive_is_read),
		cmocka_unit_test(bad_archives_are_refused),
		cmocka_unit_test(links_never_leave_the_guest),
		cmocka_unit_test(a_change_that_changes_nothing_is_none),
	};

	return cmocka_run_group_tests_name("linux", tests, NULL, NULL);
}
