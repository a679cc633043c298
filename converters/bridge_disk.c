// SPDX-License-Identifier: GPL-2.0-or-later
/* Small disks with a boot loader: a partition table, FAT by mtools, GRUB by its own program. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "converters/bridge.h"
#include "lib/base/alloc.h"
#include "lib/base/bytes.h"
#include "lib/base/child.h"
#include "lib/base/outfile.h"
#include "lib/base/path.h"
#include "lib/base/strv.h"
#include "lib/guest_changes.h"

enum {
	SECTOR = 512,
	DISK_SIZE = 128 << 20,		/* [bytes] */
	IMAGE_MAX = 16 << 20,		/* of GRUB [bytes] */
	BOOT_CODE = 440,		/* of the MBR, in front of the disk's signature [bytes] */
	TYPE_EFI = 0xef,		/* UEFI specification, 5.2.2 */
	TYPE_FAT32_LBA = 0x0c,
};

#define GRUB_FOLDER "/usr/lib/grub"

/* Partition tables, volumes and file systems of the last decades. */
const char *const bridge_grub_modules[] = {
	"part_msdos", "part_gpt", "fat", "ext2", "xfs", "btrfs", "jfs", "reiserfs", "f2fs", "lvm",
	"mdraid09", "mdraid1x", "raid5rec", "raid6rec", "diskfilter", "search", "search_fs_uuid",
	"search_label", "search_fs_file", "configfile", "normal", "linux", "linux16", "echo", "test",
	"true", "sleep", "loadenv", "gzio", "xzio", "lzopio", "zstd", "all_video", "video_fb", "font",
	"gfxterm", "gfxmenu", "gfxterm_background", "png", "jpeg", "terminal", "serial", "minicmd",
	"halt", "reboot", "regexp", "read", "help", "probe", "multiboot",
	"multiboot2", "keystatus", "chain", "ls", "cat", "gettext", "test", "password_pbkdf2", NULL
};

char *bridge_name_disk(const struct conversion *conv, const struct guest *g)
{
	/* a dry run has no disks */
	return xasprintf("disk%zu.qcow2", MAX(g->n_disks, conv->in->n_disks));
}

static int need_package(const char *path, const char *package, struct error *err)
{
	if (path_exists(path))
		return 0;
	error_set(err, ERR_NOT_FOUND, "there is no '%s', of which a boot loader is made", path);
	return error_hint(err, "install the package %s", package);
}

int bridge_grub_image(struct conversion *conv, const char *format, const char *prefix, char **ret,
		      size_t *ret_len, struct error *err)
{
	bool efi = strcmp(format, "x86_64-efi") == 0;
	CLEANUP_FREE char *folder = path_join(GRUB_FOLDER, format);
	CLEANUP_FREE char *out = path_join(conv->app->dir, "grub.img");
	struct strv argv CLEANUP_STRV = STRV_INIT;
	int rc;

	if (need_package(folder, efi ? "grub-efi-amd64-bin" : "grub-pc-bin", err) < 0)
		return -1;
	strv_add_many(&argv, "grub-mkimage", "-O", format, "-d", folder, "-p", prefix, "-o", out, NULL);
	if (!efi)
		strv_add(&argv, "biosdisk");
	for (size_t i = 0; bridge_grub_modules[i]; i++) {
		/* a lone file system's module may be missing in another distribution's package */
		CLEANUP_FREE char *module = xasprintf("%s/%s.mod", folder, bridge_grub_modules[i]);

		if (path_exists(module))
			strv_add(&argv, bridge_grub_modules[i]);
	}
	if (child_run((const char *const *)argv.v, NULL, err) < 0)
		return error_wrap(err, "make a GRUB image");
	rc = file_read(out, IMAGE_MAX, ret, ret_len, err);
	unlink(out);
	return rc;
}

/* "grub-mkimage (GRUB) 2.06-13+deb12u1" */
char *bridge_grub_version(void)
{
	const char *const argv[] = { "grub-mkimage", "--version", NULL };
	struct error none CLEANUP_ERROR = ERROR_INIT;
	CLEANUP_FREE char *said = NULL;
	const char *start;

	if (child_run(argv, &said, &none) < 0)
		return NULL;
	said[strcspn(said, "\n")] = '\0';
	start = strrchr(said, ' ');
	return start ? xstrdup(start + 1) : NULL;
}

uint32_t bridge_signature(const struct conversion *conv)
{
	CLEANUP_FREE char *seed = xasprintf("%s/boot disk", conv->name);
	uint8_t digest[DIGEST_SIZE];

	digest_of(seed, strlen(seed), digest);
	return get_le32(digest);
}

/* The table has one entry. */
static void fill_table(uint8_t *sector, uint32_t signature, bool efi)
{
	static const uint8_t lba_only[3] = { 0xfe, 0xff, 0xff };
	uint32_t start = htole32(BRIDGE_START / SECTOR);
	uint32_t length = htole32((DISK_SIZE - BRIDGE_START) / SECTOR);

	signature = htole32(signature);
	memset(sector + BOOT_CODE, 0, SECTOR - BOOT_CODE);
	memcpy(sector + BOOT_CODE, &signature, 4);
	sector[446] = efi ? 0 : 0x80;
	memcpy(sector + 447, lba_only, 3);
	sector[450] = efi ? TYPE_EFI : TYPE_FAT32_LBA;
	memcpy(sector + 451, lba_only, 3);
	memcpy(sector + 454, &start, 4);
	memcpy(sector + 458, &length, 4);
	sector[510] = 0x55;
	sector[511] = 0xaa;
}

/* boot.img loads the sector behind itself, which is where GRUB's image is put. */
static int first_sectors(struct conversion *conv, enum bridge_loader loader, char **ret,
			 size_t *ret_len, struct error *err)
{
	static const char boot_img[] = GRUB_FOLDER "/i386-pc/boot.img";
	CLEANUP_FREE char *boot = NULL, *core = NULL;
	size_t boot_len = 0, core_len = 0;
	char *all;

	if (loader == BRIDGE_GRUB_BIOS) {
		if (need_package(boot_img, "grub-pc-bin", err) < 0 ||
		    file_read(boot_img, SECTOR, &boot, &boot_len, err) < 0 ||
		    bridge_grub_image(conv, "i386-pc", "(,msdos1)/grub", &core, &core_len, err) < 0)
			return -1;
		if (boot_len != SECTOR || core_len > BRIDGE_START - SECTOR)
			return error_set(err, ERR_UNSUPPORTED, "GRUB's image for BIOS does not fit in "
					 "front of a partition");
	}
	all = xcalloc(1, SECTOR + core_len);
	if (boot)
		memcpy(all, boot, boot_len);
	if (core)
		memcpy(all + SECTOR, core, core_len);
	fill_table((uint8_t *)all, bridge_signature(conv), loader == BRIDGE_NONE);
	*ret = all;
	*ret_len = SECTOR + core_len;
	return 0;
}

static int make_fat(const char *raw, const char *folder, const struct fileset *files,
		    struct error *err)
{
	CLEANUP_FREE char *image = xasprintf("%s@@%d", raw, BRIDGE_START);
	CLEANUP_FREE char *sectors = xasprintf("%d", (DISK_SIZE - BRIDGE_START) / SECTOR);
	const char *const format[] = { "mformat", "-i", image, "-F", "-T", sectors, "-h", "255", "-s",
				       "63", "-H", "2048", "-v", "REHOST", "-N", "52484f53", "::", NULL };
	struct strv copy CLEANUP_STRV = STRV_INIT;
	struct strv tops CLEANUP_STRV = STRV_INIT;

	if (child_run(format, NULL, err) < 0)
		return error_hint(err, "install the package mtools");
	strv_add_many(&copy, "mcopy", "-s", "-Q", "-i", image, NULL);
	for (size_t i = 0; i < files->n_files; i++) {
		size_t len = strcspn(files->files[i].path, "/");
		CLEANUP_FREE char *top = xstrndup(files->files[i].path, len);

		if (strv_has(&tops, top))
			continue;
		strv_add(&tops, top);
		strv_take(&copy, path_join(folder, top));
	}
	strv_add(&copy, "::");
	return child_run((const char *const *)copy.v, NULL, err);
}

static int make_image(struct conversion *conv, struct fileset *files, const char *head,
		      size_t head_len, const char *raw, struct error *err)
{
	CLEANUP_FREE char *folder = path_join(conv->app->dir, "bridge");
	CLEANUP_CLOSE int fd = open(raw, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	int rc;

	if (fd < 0 || ftruncate(fd, DISK_SIZE) < 0)
		return error_sys(err, errno, "create '%s'", raw);
	if (pwrite(fd, head, head_len, 0) != (ssize_t)head_len)
		return error_sys(err, errno, "write '%s'", raw);
	if (folder_make(folder, err) < 0)
		return -1;
	rc = fileset_write(files, folder, err);
	if (rc == 0)
		rc = make_fat(raw, folder, files, err);
	return folder_remove(folder, rc < 0 ? NULL : err) < 0 ? -1 : rc;
}

static int make_disk(struct conversion *conv, struct fileset *files, const char *head,
		     size_t head_len, const char *name, struct error *err)
{
	CLEANUP_FREE char *raw = path_join(conv->app->dir, "bridge.raw");
	CLEANUP_FREE char *path = path_join(conv->dir, name);
	const char *const argv[] = { "qemu-img", "convert", "-q", "-f", "raw", "-O", "qcow2", raw,
				     path, NULL };
	int rc = make_image(conv, files, head, head_len, raw, err);

	if (rc == 0)
		rc = child_run(argv, NULL, err);
	unlink(raw);
	return rc < 0 ? error_wrap(err, "make a disk with a boot loader") : 0;
}

int bridge_add_disk(struct conversion *conv, struct fileset *files, enum bridge_loader loader,
		    const char *why, struct guest *ret, struct error *err)
{
	CLEANUP_FREE char *name = bridge_name_disk(conv, ret), *head = NULL;
	CLEANUP_FREE char *sectors = xasprintf("%s:first sectors", name);
	struct guest_disk *d;
	size_t head_len = 0;

	if (first_sectors(conv, loader, &head, &head_len, err) < 0 ||
	    (conv->dir && make_disk(conv, files, head, head_len, name, err) < 0))
		return -1;
	conversion_record(ret, sectors, "added", NULL, 0, head, head_len, why);
	for (size_t i = 0; i < files->n_files; i++) {
		CLEANUP_FREE char *path = xasprintf("%s:/%s", name, files->files[i].path);

		conversion_record(ret, path, "added", NULL, 0, files->files[i].data,
				  files->files[i].len, why);
	}
	for (size_t i = 0; i < ret->n_disks; i++)
		ret->disks[i].boot = false;
	d = APPEND(ret->disks, ret->n_disks);
	*d = (struct guest_disk){
		.file = STEAL(name),
		.format = xstrdup("qcow2"),
		.size = DISK_SIZE,
		.boot = true,
		.added = xstrdup(DISK_LOADER),
	};
	return 0;
}

void bridge_list_program(struct guest *ret, const char *name, const char *version,
			 const char *source)
{
	struct guest_software *s = guest_software_add(ret, SOFTWARE_PROGRAM, name, version, source);
	const char *disk = ret->disks[ret->n_disks - 1].file;
	size_t len = strlen(disk);

	for (size_t i = 0; i < ret->n_changes; i++) {
		const struct guest_change *c = &ret->changes[i];

		if (strncmp(c->path, disk, len) == 0 && c->path[len] == ':')
			*APPEND(s->files, s->n_files) = (struct guest_file){
				xstrdup(c->path), xstrdup(c->after), xstrdup(c->sha1) };
	}
}
