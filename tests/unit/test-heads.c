// SPDX-License-Identifier: GPL-2.0-or-later
/* Tests of the recognition of old systems by the beginnings of their volumes, and of the FAT reader. */
#include "config.h"

#include "lib/family.h"
#include "tests/unit/heads.h"
#include "tests/unit/test.h"

/* FAT volumes with the files that make a system what it is. */
static const struct {
	const char *id;
	unsigned int bits;
	const char *oem;
	const char *files[8];
	const char *msdos_sys;
} fats[] = {
	{ "msdos", 12, "MSDOS5.0", { "IO.SYS", "MSDOS.SYS", "COMMAND.COM", "DOS/EMM386.EXE" }, NULL },
	{ "msdos", 16, "IBM  3.3", { "IO.SYS", "MSDOS.SYS", "COMMAND.COM" }, NULL },
	{ "msdos", 16, "MSDOS5.0", { "IO.SYS", "MSDOS.SYS" }, NULL },
	{ "pcdos", 16, "IBM  7.0", { "IBMBIO.COM", "IBMDOS.COM", "COMMAND.COM" }, NULL },
	{ "drdos", 16, "DRDOS  7", { "DRBIOS.SYS", "DRDOS.SYS", "COMMAND.COM" }, NULL },
	{ "drdos", 16, "IBM  3.3", { "IBMBIO.COM", "IBMDOS.COM", "COMMAND.COM", "DRDOS/EMM386.EXE" }, NULL },
	{ "freedos", 16, "FRDOS4.1", { "KERNEL.SYS", "COMMAND.COM", "CONFIG.SYS" }, NULL },
	{ "freedos", 32, "FRDOS5.1", { "KERNEL.SYS", "FDCONFIG.SYS" }, NULL },
	{ "win3x", 16, "MSDOS5.0", { "IO.SYS", "MSDOS.SYS", "COMMAND.COM", "WINDOWS/WIN.COM",
				     "WINDOWS/SYSTEM/KRNL386.EXE" }, NULL },
	{ "win3x", 16, "IBM  7.0", { "IBMBIO.COM", "IBMDOS.COM", "WINDOWS/WIN.COM",
				     "WINDOWS/SYSTEM/KRNL386.EXE" }, NULL },
	{ "win95", 16, "MSWIN4.0", { "IO.SYS", "COMMAND.COM", "WIN95/SYSTEM.DAT", "WIN95/SYSTEM/VMM32.VXD" },
	  "[Paths]\r\nWinDir=C:\\WIN95\r\n" },
	{ "win95", 16, "MSWIN4.0", { "IO.SYS", "COMMAND.COM", "WINDOWS/SYSTEM.DAT", "WINDOWS/SYSTEM/VMM32.VXD" },
	  "[Paths]\r\nWinDir=C:\\WINDOWS\r\n[Options]\r\nWinVer=4.00.950\r\n" },
	{ "win95", 32, "MSWIN4.1", { "IO.SYS", "COMMAND.COM", "WINDOWS/SYSTEM.DAT" }, "WinVer=4.00.1111\r\n" },
	{ "win98", 32, "MSWIN4.1", { "IO.SYS", "COMMAND.COM", "WINDOWS/SYSTEM.DAT", "WINDOWS/SYSTEM/VMM32.VXD" },
	  "WinVer=4.10.1998\r\n" },
	{ "win98", 32, "MSWIN4.1", { "IO.SYS", "COMMAND.COM", "WINDOWS/SYSTEM.DAT", "WINDOWS/SYSTEM/VMM32.VXD" },
	  "WinVer=4.10.2222\r\n" },
	{ "winme", 32, "MSWIN4.1", { "IO.SYS", "COMMAND.COM", "WINDOWS/SYSTEM.DAT", "WINDOWS/CLASSES.DAT" },
	  "WinVer=4.90.3000\r\n" },
	{ "winnt4", 16, "MSDOS5.0", { "NTLDR", "NTDETECT.COM", "BOOT.INI", "WINNT/SYSTEM32/NTOSKRNL.EXE" }, NULL },
	{ "winnt351", 16, "MSDOS5.0", { "NTLDR", "NTDETECT.COM", "WINNT35/SYSTEM32/NTOSKRNL.EXE" }, NULL },
	{ "os2-2", 16, "IBM 20.0", { "OS2LDR", "OS2KRNL", "OS2BOOT", "CONFIG.SYS" }, NULL },
	{ "os2-4", 16, "IBM 20.0", { "OS2LDR", "OS2KRNL", "OS2/BOOT/OS2DASD.DMD", "OS2/BOOT/RESERVE.SYS" }, NULL },
	{ "netware", 16, "MSDOS5.0", { "IO.SYS", "MSDOS.SYS", "SERVER.312/SERVER.EXE" }, NULL },
	{ "netware", 16, "NWDOS7.0", { "NWSERVER/SERVER.EXE" }, NULL },
	{ "vxworks", 12, "MSDOS5.0", { "BOOTROM.SYS" }, NULL },
	{ "reactos", 32, "MSWIN4.1", { "FREELDR.SYS", "FREELDR.INI" }, NULL },
	{ "syslinux", 16, "SYSLINUX", { "LDLINUX.SYS", "SYSLINUX.CFG", "MEMTEST" }, NULL },
	{ NULL, 16, "MSDOS5.0", { "DATA/REPORT.TXT", "README.TXT" }, NULL },
	{ NULL, 16, "MSDOS5.0", { "NTLDR", "NTDETECT.COM", "WINNT/SYSTEM32/NTOSKRNL.EXE",
				  "WINNT/SYSTEM32/DRIVERS/ACPI.SYS" }, NULL },
};

/* What looks like a system at first: how sure it is told, by what the files and the boot sector say. */
static const struct {
	const char *id;
	int sure_min, sure_max;
	const char *loads;
	struct { const char *path, *text; } files[6];
} doubts[] = {
	/* the first Windows 95 names no release */
	{ "win95", 60, 89, NULL, { { "IO.SYS", "x" }, { "MSDOS.SYS", "[Paths]\r\nWinDir=C:\\WINDOWS\r\n" },
	  { "WINDOWS/SYSTEM.DAT", "x" }, { "WINDOWS/SYSTEM/VMM32.VXD", "x" } } },
	{ "win95", 60, 89, NULL, { { "IO.SYS", "x" }, { "MSDOS.SYS", "x" }, { "WINDOWS/SYSTEM.DAT", "x" },
	  { "WINDOWS/SYSTEM/VMM32.VXD", "x" } } },
	/* folders of other names */
	{ "win98", 90, 100, NULL, { { "IO.SYS", "x" },
	  { "MSDOS.SYS", "[Paths]\r\nWinDir=C:\\WIN98\r\n[Options]\r\nWinVer=4.10.2222\r\n" },
	  { "WIN98/SYSTEM.DAT", "x" } } },
	{ "win95", 90, 100, NULL, { { "IO.SYS", "x" },
	  { "MSDOS.SYS", "[Paths]\r\nWinDir=C:\\PROGS\\W\r\n[Options]\r\nWinVer=4.00.1111\r\n" },
	  { "PROGS/W/SYSTEM.DAT", "x" } } },
	/* on a drive that is not here */
	{ "win98", 60, 89, "IO      SYS", { { "IO.SYS", "x" }, { "COMMAND.COM", "x" },
	  { "MSDOS.SYS", "[Paths]\r\nWinDir=D:\\WINDOWS\r\nWinVer=4.10.1998\r\n" } } },
	{ "win3x", 90, 100, "IO      SYS", { { "IO.SYS", "x" }, { "MSDOS.SYS", "x" }, { "WIN31/WIN.COM", "x" },
	  { "WIN31/SYSTEM/KRNL386.EXE", "x" } } },
	{ "win3x", 90, 100, "IO      SYS", { { "IO.SYS", "x" }, { "MSDOS.SYS", "x" }, { "GUI/WIN.COM", "x" },
	  { "GUI/SYSTEM/KRNL386.EXE", "x" }, { "AUTOEXEC.BAT", "REM PATH C:\\X\r\nSET PATH=C:\\DOS;c:\\gui\\;C:\\\r\n" } } },
	/* as Windows XP leaves them */
	{ NULL, 0, 49, NULL, { { "IO.SYS", "" }, { "MSDOS.SYS", "" }, { "NTLDR", "x" }, { "NTDETECT.COM", "x" } } },
	{ "msdos", 90, 100, "IO      SYS", { { "IO.SYS", "x" }, { "MSDOS.SYS", "x" }, { "COMMAND.COM", "x" } } },
	/* a copy of the files makes no system that starts */
	{ "msdos", 1, 50, NULL, { { "IO.SYS", "x" }, { "MSDOS.SYS", "x" }, { "COMMAND.COM", "x" } } },
	{ "freedos", 1, 50, NULL, { { "KERNEL.SYS", "x" }, { "COMMAND.COM", "x" } } },
	{ "freedos", 90, 100, "KERNEL  SYS", { { "KERNEL.SYS", "x" }, { "COMMAND.COM", "x" } } },
	/* of the same names, by two makers */
	{ "drdos", 90, 100, "IBMBIO  COM", { { "IBMBIO.COM", "x" }, { "IBMDOS.COM", "x" },
	  { "COMMAND.COM", "Copyright (c) 1976, 1982, 1988, 1990, 1991 Digital Research Inc." } } },
	{ "drdos", 90, 100, "DRBIOS  SYS", { { "DRBIOS.SYS", "x" }, { "DRBDOS.SYS", "x" } } },
	{ "pcdos", 90, 100, "IBMBIO  COM", { { "IBMBIO.COM", "x" }, { "IBMDOS.COM", "x" },
	  { "COMMAND.COM", "(C) Copyright International Business Machines Corp 1981, 1994" } } },
	{ "pcdos", 50, 89, "IBMBIO  COM", { { "IBMBIO.COM", "x" }, { "IBMDOS.COM", "x" }, { "COMMAND.COM", "x" } } },
};

/* Bytes at places, "more" as in lib/disk_head.c. */
static const struct {
	const char *id;
	unsigned int type;
	struct { uint32_t at; const char *bytes; size_t len; } put[4];
} heads[] = {
	{ "os2-2", 0x07, { { 8192, "\x49\xe8\x95\xf9\xc5\xe9\x53\xfa", 8 }, { 8704, "\x49\x18\x91\xf9", 4 } } },
	{ "os2-4", 0x35, { { 3, "OS2 20.0", 8 }, { 32768, "JFS1", 4 } } },
	{ "qnx4", 0x4d, { { 512, "/", 1 }, { 576, ".inodes", 7 }, { 640, ".boot", 5 } } },
	{ "qnx4", 0x4f, { { 0, "\xfa", 1 } } },
	{ "qnx6", 0xb1, { { 8192, "\x22\x11\x19\x68", 4 } } },
	{ "freebsd", 0xa5, { { 512, "\x57\x45\x56\x82", 4 }, { 8192 + 1372, "\x54\x19\x01\x00", 4 } } },
	{ "freebsd", 0xa5, { { 65536 + 1372, "\x19\x01\x54\x19", 4 } } },
	{ "netbsd", 0xa9, { { 512, "\x57\x45\x56\x82", 4 }, { 8192 + 1372, "\x54\x19\x01\x00", 4 } } },
	{ "netbsd", 0xa6, { { 64, "\x57\x45\x56\x82", 4 } } },
	{ "bsd", 0, { { 8192 + 1372, "\x54\x19\x01\x00", 4 } } },
	{ "solaris", 0xbf, { { 524, "\xee\xde\x0d\x60", 4 } } },
	{ "beos", 0xeb, { { 544, "1SFB", 4 }, { 580, "\x31\x10\x12\xdd", 4 } } },
	{ "minix", 0x81, { { 1024, "\x40\x01\xe8\x03\x01\x00\x01\x00\x0e\x00", 10 }, { 1040, "\x7f\x13", 2 } } },
	{ "sco", 0x02, { { 2040, "\x44\x55\x2b\x00", 4 } } },
	{ "sco", 0x63, { { 1016, "\x20\x7e\x18\xfd", 4 } } },
	{ "unixware", 0x63, { { 1024, "\xf5\xfc\x01\xa5", 4 } } },
	{ "netware", 0x65, { { 16384, "HOTFIX00", 8 } } },
	{ "cpm", 0xdb, { { 0, "\xfa", 1 } } },
	{ NULL, 0x07, { { 0, "\xeb\x52\x90NTFS    ", 11 } } },
	{ NULL, 0x83, { { 1024, "\x01\x00\x00\x00\x02\x00\x00\x00", 8 }, { 1080, "\x53\xef", 2 } } },
	{ NULL, 0x8e, { { 0, "\0", 1 } } },
};

static struct image fat_case(size_t i)
{
	struct fat_image f = fat_new(fats[i].bits, fats[i].oem);

	for (size_t k = 0; k < 8 && fats[i].files[k]; k++)
		fat_add(&f, fats[i].files[k], "contents");
	if (fats[i].msdos_sys)
		fat_add(&f, "MSDOS.SYS", fats[i].msdos_sys);
	return f.image;
}

static struct image head_case(size_t i)
{
	struct image image = { calloc(1, 256 << 10), 256 << 10 };

	for (size_t k = 0; k < 4 && heads[i].put[k].len; k++)
		memcpy(image.data + heads[i].put[k].at, heads[i].put[k].bytes, heads[i].put[k].len);
	return image;
}

static void assert_head(struct image *image, unsigned int type, const char *id)
{
	struct disk_head h CLEANUP_DISK_HEAD = { 0 };
	struct reader r = image_reader(image);

	disk_head_read(&h, &r, type);
	if (id)
		assert_string_equal(id, h.id ? h.id : "nothing");
	else
		assert_true(!h.id || h.sure < 50);
	assert_true(!h.id || guest_family_find(h.id));
	assert_true(!h.id || *h.evidence);
	free(image->data);
}

static void every_system_on_fat_is_told_by_its_files(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(fats); i++) {
		struct image image = fat_case(i);

		assert_head(&image, 0x06, fats[i].id);
	}
}

static void a_system_is_told_as_surely_as_it_is_known(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(doubts); i++) {
		struct fat_image f = fat_new(16, "MSDOS5.0");
		struct disk_head h CLEANUP_DISK_HEAD = { 0 };
		struct reader r = image_reader(&f.image);

		for (size_t k = 0; k < 6 && doubts[i].files[k].path; k++)
			fat_add(&f, doubts[i].files[k].path, doubts[i].files[k].text);
		if (doubts[i].loads)
			memcpy(f.image.data + 0x1e6, doubts[i].loads, strlen(doubts[i].loads));
		disk_head_read(&h, &r, 0x06);
		if (doubts[i].id)
			assert_string_equal(doubts[i].id, h.id ? h.id : "nothing");
		if (h.sure < doubts[i].sure_min || h.sure > doubts[i].sure_max)
			fail_msg("row %zu: %s is %d %% sure: %s", i, h.id ? h.id : "nothing", h.sure, h.evidence);
		free(f.image.data);
	}
}

static void every_other_head_is_told_by_its_marks(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(heads); i++) {
		struct image image = head_case(i);

		assert_head(&image, heads[i].type, heads[i].id);
	}
	assert_true(ARRAY_SIZE(fats) + ARRAY_SIZE(heads) >= 40);
}

static uint32_t next_random(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

static void noise_is_nothing(void **state)
{
	struct image image = { malloc(256 << 10), 256 << 10 };
	uint32_t seed = 0x52484f53;

	(void)state;
	for (int round = 0; round < 64; round++) {
		struct disk_head h CLEANUP_DISK_HEAD = { 0 };
		struct reader r = image_reader(&image);

		for (size_t at = 0; at < image.size; at += 4)
			put32(image.data + at, next_random(&seed));
		disk_head_read(&h, &r, 0);
		assert_null(h.id);
	}
	free(image.data);
}

/* A disk that ends early is the same system or none that is sure. */
static void truncated_heads_are_never_another_system(void **state)
{
	static const size_t sizes[] = { 0, 1, 511, 512, 513, 1024, 4096, 9000, 16384, 33000, 66000, 140000 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(fats) + ARRAY_SIZE(heads); i++) {
		bool fat = i < ARRAY_SIZE(fats);
		const char *id = fat ? fats[i].id : heads[i - ARRAY_SIZE(fats)].id;
		struct image whole = fat ? fat_case(i) : head_case(i - ARRAY_SIZE(fats));

		for (size_t k = 0; k < ARRAY_SIZE(sizes); k++) {
			struct image part = { whole.data, MIN(sizes[k], whole.size) };
			struct disk_head h CLEANUP_DISK_HEAD = { 0 };
			struct reader r = image_reader(&part);

			disk_head_read(&h, &r, 0);
			if (h.id && h.sure >= DISK_HEAD_CERTAIN)
				assert_string_equal(id, h.id);
		}
		free(whole.data);
	}
}

/* Chains in circles, folders that are their own parents, clusters beyond the end. */
static void a_damaged_fat_ends(void **state)
{
	struct fat_image f = fat_new(16, "MSDOS5.0");
	struct reader r = image_reader(&f.image);
	struct error err CLEANUP_ERROR = ERROR_INIT;
	struct ranges all CLEANUP_RANGES = RANGES_INIT, data CLEANUP_RANGES = RANGES_INIT;
	struct strv names CLEANUP_STRV = STRV_INIT;
	CLEANUP_FREE char *text = NULL;
	struct fatfs fs;
	size_t len = 0;

	(void)state;
	fat_add(&f, "A/B/LOOP.TXT", "x");
	fat_set(&f, 2, 2);
	fat_set(&f, 3, 3);
	fat_set(&f, 4, 0xfff0);
	put32(f.image.data + f.data + 512 + 28, 0x7fffffff);
	assert_int_equal(0, fatfs_open(&fs, &r, &err));
	assert_true(fatfs_has(&fs, "A/B/LOOP.TXT"));
	assert_false(fatfs_has(&fs, "A/B/NOTHING"));
	assert_fails(fatfs_read(&fs, "A/B/LOOP.TXT", 4096, &text, &len, &err), &err, ERR_FORMAT);
	assert_fails(fatfs_read(&fs, "A/B", 4096, &text, &len, &err), &err, ERR_NOT_FOUND);
	ranges_add(&all, 0, f.image.size);
	assert_fails(fatfs_files_in(&fs, &all, &names, &data, &err), &err, ERR_FORMAT);
	assert_true(strv_has(&names, "/A/B/LOOP.TXT"));
	assert_true(names.n <= FATFS_NAMES_MAX);
	free(f.image.data);
}

static void fat_files_are_read_and_their_sectors_named(void **state)
{
	static const unsigned int bits[] = { 12, 16, 32 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bits); i++) {
		struct fat_image f = fat_new(bits[i], "MSDOS5.0");
		struct reader r = image_reader(&f.image);
		struct error err CLEANUP_ERROR = ERROR_INIT;
		CLEANUP_FREE char *text = NULL;
		struct strv names CLEANUP_STRV = STRV_INIT, owners CLEANUP_STRV = STRV_INIT;
		struct ranges areas CLEANUP_RANGES = RANGES_INIT, data CLEANUP_RANGES = RANGES_INIT;
		struct fatfs fs;
		size_t len = 0;

		fat_add(&f, "CONFIG.SYS", "FILES=30\r\n");
		fat_add(&f, "LINE/PRESS.DAT", "recipe");
		assert_int_equal(0, fatfs_open(&fs, &r, &err));
		assert_int_equal(bits[i], fs.bits);
		assert_int_equal(0, fatfs_read(&fs, "line/press.dat", 4096, &text, &len, &err));
		assert_string_equal("recipe", text);
		assert_int_equal(0, fatfs_list(&fs, "", &names, &err));
		assert_true(strv_has(&names, "CONFIG.SYS") && strv_has(&names, "LINE/"));
		/* the folder LINE and the file in it: the folder is named, and only the file is data */
		ranges_add(&areas, fat_place(&f, f.next - 2) + 3, fat_place(&f, f.next - 1) + 4);
		assert_int_equal(0, fatfs_files_in(&fs, &areas, &owners, &data, &err));
		assert_int_equal(2, owners.n);
		assert_true(strv_has(&owners, "/LINE/") && strv_has(&owners, "/LINE/PRESS.DAT"));
		assert_int_equal(1, data.n);
		assert_int_equal(fat_place(&f, f.next - 1), data.v[0].start);
		assert_int_equal(f.cluster, ranges_total(&data));
		free(f.image.data);
	}
}

static void a_boot_record_tells_table_and_geometry(void **state)
{
	uint8_t sector[512] = { 0xfa };
	struct boot_record r;

	(void)state;
	boot_record_parse(&r, sector);
	assert_false(r.valid || r.table);
	put16(sector + 510, 0xaa55);
	memcpy(sector + 0x80, "Missing operating system", 24);
	/* one partition from 0/1/1 to 1022/15/63 */
	memcpy(sector + 446, "\x80\x01\x01\x00\x06\x0f\xff\xfe", 8);
	put32(sector + 454, 63);
	put32(sector + 458, 1023 * 16 * 63 - 63);
	put32(sector + 440, 0x12345678);
	boot_record_parse(&r, sector);
	assert_true(r.valid && r.table && r.code && !r.volume);
	assert_string_equal("standard", r.loader);
	assert_int_equal(16, r.heads);
	assert_int_equal(63, r.sectors);
	assert_int_equal(0x12345678, r.signature);
	sector[446] = 0x13;
	boot_record_parse(&r, sector);
	assert_false(r.table);
}

/* One of the words of a list that ends with NULL, or nothing. */
static bool is_word(const char *value, const char *const *words)
{
	for (; value && *words; words++)
		if (strcmp(value, *words) == 0)
			return true;
	return !value;
}

static void every_family_says_how_it_reaches_disks_cards_and_clock(void **state)
{
	static const char *const access[] = { "int13-chs", "int13-lba", "own", NULL };
	static const char *const isa[] = { "told", "pnp", NULL };
	static const char *const ticks[] = { "pit", "rtc", "pit or rtc", "counter", NULL };

	(void)state;
	for (size_t i = 0; i < n_guest_families; i++) {
		const struct guest_family *f = &guest_families[i];

		assert_true(is_word(f->disk_access, access) && is_word(f->isa, isa) && is_word(f->ticks, ticks));
		/* whoever has the BIOS only is told its heads; a fact has a source */
		assert_true(!f->disk_access || strcmp(f->disk_access, "own") == 0 || f->geometry);
		assert_non_null(f->access_source);
		assert_int_equal(*f->access_source != 0, f->disk_access || f->isa || f->ticks);
		assert_int_equal(f->hal != NULL, strcmp(f->family, "windows-nt4") == 0);
		/* which timer it is is known by the HAL only */
		assert_int_equal(f->hal != NULL, f->ticks && strchr(f->ticks, ' ') != NULL);
	}
}

/* What the table names must be something that a machine model knows. */
static void every_family_names_devices_that_exist(void **state)
{
	static const enum model_dim dims[] = { DIM_DISK, DIM_NIC, DIM_DISPLAY, DIM_INPUT };

	(void)state;
	for (size_t i = 0; i < n_guest_families; i++) {
		const struct guest_family *f = &guest_families[i];
		const char *const lists[] = { f->disk, f->nic, f->display, f->input };

		assert_non_null(f->source);
		assert_true(*f->source && f->memory_min <= f->memory_max && f->vcpus >= 1);
		assert_ptr_equal(f, guest_family_find(f->id));
		/* a date is of osinfo-db, which knows it by an id */
		assert_true(!f->support_ended || (strlen(f->support_ended) == 10 && f->osinfo && *f->osinfo));
		for (size_t k = 0; k < ARRAY_SIZE(lists); k++) {
			struct strv names CLEANUP_STRV = STRV_INIT;

			strv_split(&names, lists[k], " ");
			assert_true(names.n > 0);
			for (size_t n = 0; n < names.n; n++)
				assert_true(model_value_from_name(dims[k], names.v[n], NULL) >= 0);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_system_on_fat_is_told_by_its_files),
		cmocka_unit_test(a_system_is_told_as_surely_as_it_is_known),
		cmocka_unit_test(every_other_head_is_told_by_its_marks),
		cmocka_unit_test(noise_is_nothing),
		cmocka_unit_test(truncated_heads_are_never_another_system),
		cmocka_unit_test(a_damaged_fat_ends),
		cmocka_unit_test(fat_files_are_read_and_their_sectors_named),
		cmocka_unit_test(a_boot_record_tells_table_and_geometry),
		cmocka_unit_test(every_family_names_devices_that_exist),
		cmocka_unit_test(every_family_says_how_it_reaches_disks_cards_and_clock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
