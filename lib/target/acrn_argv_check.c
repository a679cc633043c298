// SPDX-License-Identifier: GPL-2.0-or-later
/* A strict reader of the arguments of acrn-dm. */
#include "config.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/identifier.h"
#include "lib/base/size.h"
#include "lib/target/acrn.h"
#include "lib/target/acrn_argv.h"

enum {
	SLOTS = 32, FUNCTIONS = 8,
	APIC_MAX = 255,		/* local APIC numbers that its tables can hold */
	PATH_LEN_MAX = 255,
	OPTION_MAX = 16,	/* options of one device */
};

struct reading {
	bool seen[16];			/* by index of the option table             */
	bool slot[SLOTS * FUNCTIONS];
	bool com[5];			/* 1 … 4 */
	const char *arg;		/* for messages                             */
	struct error *err;
};

static int refuse(struct reading *r, const char *why)
{
	return error_set(r->err, ERR_FORMAT, "acrn-dm: '%s': %s", r->arg, why);
}

static bool is_number(const char *text, uint64_t max)
{
	uint64_t n = 0;

	return *text && strspn(text, "0123456789") == strlen(text) &&
	       parse_u64(text, 0, max, &n, NULL) == 0;
}

static bool is_hex(const char *text, size_t max_len)
{
	size_t len = strlen(text);

	return len && len <= max_len && strspn(text, "0123456789abcdefABCDEF") == len;
}

/* A file name that no parser of acrn-dm takes apart. */
static bool is_path(const char *text)
{
	size_t len = strlen(text);

	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)text[i]) && !strchr("/._-", text[i]))
			return false;
	return len && len <= PATH_LEN_MAX && text[0] != '-';
}

static bool is_word(const char *text)
{
	size_t len = strlen(text);

	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)text[i]) && !strchr("_-", text[i]))
			return false;
	return len && len < 64;
}

/* The option-table entries that we write; each takes one value and is there once, but for two. */

static int take_memory(struct reading *r, const char *value)
{
	size_t len = strlen(value);
	CLEANUP_FREE char *digits = xstrndup(value, len ? len - 1 : 0);
	uint64_t mib = 0;

	if (!len || value[len - 1] != 'M' || strspn(digits, "0123456789") != strlen(digits) ||
	    parse_u64(digits, ACRN_DM_MEMORY_MIN >> 20, UINT64_C(1) << 30, &mib, NULL) < 0)
		return refuse(r, "memory is written as whole MiB, from 128M on");
	return mib % (ACRN_MEMORY_UNIT >> 20) ? refuse(r, "memory is no multiple of 2 MiB") : 0;
}

static int take_affinity(struct reading *r, const char *value)
{
	struct strv list CLEANUP_STRV = STRV_INIT;
	bool seen[APIC_MAX + 1] = { false };

	strv_split(&list, value, ",");
	for (size_t i = 0; i < list.n; i++) {
		uint64_t id = 0;

		if (!is_number(list.v[i], APIC_MAX) ||
		    parse_u64(list.v[i], 0, APIC_MAX, &id, NULL) < 0)
			return refuse(r, "processors are named by their local APIC, in decimal");
		if (seen[id])
			return refuse(r, "a processor is named twice");
		seen[id] = true;
	}
	if (list.n > ACRN_DM_CPUS_MAX)
		return refuse(r, "there are more processors than acrn-dm takes");
	if (list.n == 0 || strstr(value, ",,") || value[0] == ',' || value[strlen(value) - 1] == ',')
		return refuse(r, "a list of processors has no holes");
	return 0;
}

static int take_path(struct reading *r, const char *value)
{
	return is_path(value) ? 0 : refuse(r, "not a plain file name");
}

static int take_ovmf(struct reading *r, const char *value)
{
	if (strncmp(value, "w,", 2) == 0)
		value += 2;
	return take_path(r, value);
}

static int take_bootargs(struct reading *r, const char *value)
{
	if (strlen(value) > ACRN_BOOTARGS_MAX)
		return refuse(r, "the kernel's options are too long");
	for (const char *p = value; *p; p++)
		if (iscntrl((unsigned char)*p))
			return refuse(r, "the kernel's options hold a control character");
	return 0;
}

static int take_lpc(struct reading *r, const char *value)
{
	const char *backend = value + strlen("com1,");
	int port;

	if (strlen(value) < 6 || strncmp(value, "com", 3) != 0 || value[3] < '1' || value[3] > '4' ||
	    value[4] != ',')
		return refuse(r, "serial ports are com1 … com4, a comma, and what is behind them");
	port = value[3] - '0';
	if (r->com[port])
		return refuse(r, "a serial port is there twice");
	r->com[port] = true;
	if (strcmp(backend, "stdio") == 0 || (strncmp(backend, "/dev/", 5) == 0 && is_path(backend)))
		return 0;
	return refuse(r, "behind a serial port is stdio or a device of the host");
}

static int take_disk_path(struct reading *r, const char *value)
{
	return is_path(value) ? 0 : refuse(r, "a disk is a plain file name without options");
}

/* hd:A,hd:B */
static int take_ahci(struct reading *r, const struct strv *options)
{
	for (size_t i = 0; i < options->n; i++) {
		if (strncmp(options->v[i], "hd:", 3) != 0 && strncmp(options->v[i], "cd:", 3) != 0)
			return refuse(r, "disks of ahci are written hd:FILE or cd:FILE");
		if (take_disk_path(r, options->v[i] + 3) < 0)
			return -1;
	}
	if (options->n == 0 || options->n > 6)
		return refuse(r, "ahci has one to six disks");
	return 0;
}

static int take_blk(struct reading *r, const struct strv *options)
{
	if (options->n != 1)
		return refuse(r, "virtio-blk has one file and no options");
	return take_disk_path(r, options->v[0]);
}

static int take_net(struct reading *r, const struct strv *options)
{
	if (options->n != 2 || strncmp(options->v[0], "tap=", 4) != 0 || !is_word(options->v[0] + 4) ||
	    strlen(options->v[0] + 4) > 15)
		return refuse(r, "virtio-net has tap=NAME first");
	if (strncmp(options->v[1], "mac=", 4) != 0 || !text_is_mac(options->v[1] + 4))
		return refuse(r, "virtio-net has mac=XX:XX:XX:XX:XX:XX second");
	return 0;
}

/* bus/device/function in hexadecimal */
static int take_passthru(struct reading *r, const struct strv *options)
{
	struct strv parts CLEANUP_STRV = STRV_INIT;

	if (options->n < 1)
		return refuse(r, "passthru has no device");
	strv_split(&parts, options->v[0], "/");
	if (parts.n != 3 || !is_hex(parts.v[0], 2) || !is_hex(parts.v[1], 2) || !is_hex(parts.v[2], 1) ||
	    strtoul(parts.v[1], NULL, 16) > 0x1f || parts.v[2][0] > '7')
		return refuse(r, "passthru is written bus/device/function in hexadecimal");
	for (size_t i = 1; i < options->n; i++)
		if (strcmp(options->v[i], "d3hot_reset") != 0 && strcmp(options->v[i], "enable_ptm") != 0)
			return refuse(r, "passthru has an option that is not known");
	return 0;
}

static int take_xhci(struct reading *r, const struct strv *options)
{
	for (size_t i = 0; i < options->n; i++) {
		struct strv parts CLEANUP_STRV = STRV_INIT;

		strv_split(&parts, options->v[i], "-");
		if (parts.n != 2 || !is_number(parts.v[0], 255) || !is_number(parts.v[1], 255))
			return refuse(r, "ports of xhci are written BUS-PORT");
	}
	return options->n ? 0 : refuse(r, "xhci has no port");
}

/* hv:/name,MiB,number */
static int take_ivshmem(struct reading *r, const struct strv *options)
{
	uint64_t size = 0;

	if (options->n != 3 || strncmp(options->v[0], "hv:/", 4) != 0 || !is_word(options->v[0] + 4) ||
	    parse_u64(options->v[1], 2, 512, &size, NULL) < 0 || (size & (size - 1)) ||
	    !is_number(options->v[2], UINT16_MAX))
		return refuse(r, "ivshmem is written hv:/NAME,MIB,NUMBER, MIB a power of two");
	return 0;
}

static int take_uart(struct reading *r, const struct strv *options)
{
	static const char key[] = "vuart_idx:";

	if (options->n != 1 || strncmp(options->v[0], key, strlen(key)) != 0 ||
	    !is_number(options->v[0] + strlen(key), 16))
		return refuse(r, "uart is written vuart_idx:NUMBER");
	return 0;
}

static int take_gpu(struct reading *r, const struct strv *options)
{
	if (options->n == 1 && strncmp(options->v[0], "geometry=", 9) == 0)
		return 0;
	return refuse(r, "virtio-gpu has geometry=");
}

static int take_nothing(struct reading *r, const struct strv *options)
{
	return options->n ? refuse(r, "this device has no options") : 0;
}

static const struct {
	const char *name;
	int (*take)(struct reading *r, const struct strv *options);
} devices[] = {
	{ "hostbridge", take_nothing },	 { "lpc", take_nothing },   { "ahci", take_ahci },
	{ "virtio-blk", take_blk },	 { "virtio-net", take_net }, { "passthru", take_passthru },
	{ "xhci", take_xhci },		 { "ivshmem", take_ivshmem }, { "uart", take_uart },
	{ "virtio-gpu", take_gpu },	 { "virtio-rnd", take_nothing },
};

/* "4" or "0:0"; slot:function, as bus 0 is the only one */
static int take_slot(struct reading *r, const char *text)
{
	struct strv parts CLEANUP_STRV = STRV_INIT;
	uint64_t slot = 0, function = 0;

	strv_split(&parts, text, ":");
	if (parts.n < 1 || parts.n > 2 || !is_number(parts.v[0], SLOTS - 1) ||
	    parse_u64(parts.v[0], 0, SLOTS - 1, &slot, NULL) < 0 ||
	    (parts.n == 2 && parse_u64(parts.v[1], 0, FUNCTIONS - 1, &function, NULL) < 0))
		return refuse(r, "a slot is a decimal number from 0 to 31");
	if (r->slot[slot * FUNCTIONS + function])
		return refuse(r, "the slot is taken");
	r->slot[slot * FUNCTIONS + function] = true;
	return 0;
}

static int take_device(struct reading *r, const char *value)
{
	struct strv parts CLEANUP_STRV = STRV_INIT, options CLEANUP_STRV = STRV_INIT;

	strv_split(&parts, value, ",");
	if (parts.n < 2 || parts.n > OPTION_MAX || strstr(value, ",,") ||
	    value[strlen(value) - 1] == ',')
		return refuse(r, "a device is SLOT,DEVICE,OPTION,…");
	if (take_slot(r, parts.v[0]) < 0)
		return -1;
	for (size_t i = 2; i < parts.n; i++)
		strv_add(&options, parts.v[i]);
	for (size_t i = 0; i < ARRAY_SIZE(devices); i++)
		if (strcmp(devices[i].name, parts.v[1]) == 0)
			return devices[i].take(r, &options);
	return refuse(r, "acrn-dm has no such device");
}

static int take_logger(struct reading *r, const char *value)
{
	struct strv list CLEANUP_STRV = STRV_INIT;

	strv_split(&list, value, ";");
	for (size_t i = 0; i < list.n; i++) {
		const char *level = strstr(list.v[i], ",level=");
		size_t len = level ? (size_t)(level - list.v[i]) : 0;

		if (!level || strlen(level) != 8 || level[7] < '1' || level[7] > '5' ||
		    !((len == 7 && strncmp(list.v[i], "console", len) == 0) ||
		      (len == 4 && (strncmp(list.v[i], "kmsg", len) == 0 ||
				    strncmp(list.v[i], "disk", len) == 0))))
			return refuse(r, "logging is written console,level=4;kmsg,level=3");
	}
	return list.n ? 0 : refuse(r, "logging names nothing");
}

enum { OPT_MEMORY, OPT_AFFINITY, OPT_OVMF, OPT_KERNEL, OPT_RAMDISK, OPT_BOOTARGS, OPT_RTVM };

static const struct {
	const char *name;
	int (*take)(struct reading *r, const char *value);	/* NULL: has no value */
	bool again;						/* can be there again */
} options[] = {
	[OPT_MEMORY] = { "-m", take_memory, false },
	[OPT_AFFINITY] = { "--cpu_affinity", take_affinity, false },
	[OPT_OVMF] = { "--ovmf", take_ovmf, false },
	[OPT_KERNEL] = { "-k", take_path, false },
	[OPT_RAMDISK] = { "-r", take_path, false },
	[OPT_BOOTARGS] = { "-B", take_bootargs, false },
	[OPT_RTVM] = { "--rtvm", NULL, false },
	{ "--lapic_pt", NULL, false },
	{ "--windows", NULL, false },
	{ "--logger_setting", take_logger, false },
	{ "-s", take_device, true },
	{ "-l", take_lpc, true },
};

/* Moves *i behind the option. */
static int take_option(struct reading *r, const struct strv *args, size_t *i)
{
	for (size_t k = 0; k < ARRAY_SIZE(options); k++) {
		if (strcmp(options[k].name, args->v[*i]) != 0)
			continue;
		if (r->seen[k] && !options[k].again)
			return refuse(r, "the option is there twice");
		r->seen[k] = true;
		(*i)++;
		if (!options[k].take)
			return 0;
		/* the last argument is the name */
		if (*i + 1 >= args->n)
			return refuse(r, "the option has no value");
		r->arg = args->v[(*i)++];
		return options[k].take(r, r->arg);
	}
	return refuse(r, "acrn-dm has no such option, or ignores it");
}

static int check_whole(struct reading *r)
{
	bool firmware = r->seen[OPT_OVMF], kernel = r->seen[OPT_KERNEL];

	if (!r->seen[OPT_MEMORY])
		return refuse(r, "memory (-m) is missing");
	if (!r->seen[OPT_AFFINITY])
		return refuse(r, "processors (--cpu_affinity) are missing");
	if (firmware == kernel)
		return refuse(r, "either a firmware or a kernel starts the machine");
	if (!kernel && (r->seen[OPT_RAMDISK] || r->seen[OPT_BOOTARGS]))
		return refuse(r, "an initramfs and options belong to a kernel");
	if (!r->slot[0])
		return refuse(r, "the host bridge (-s 0:0,hostbridge) is missing");
	return 0;
}

int acrn_argv_check(const struct strv *args, struct error *err)
{
	struct reading r = { .err = err, .arg = "" };
	size_t i = 0;
	const char *name;

	if (args->n == 0 || args->n > ACRN_ARGV_MAX)
		return refuse(&r, "there are no arguments, or too many");
	for (size_t k = 0; k < args->n; k++)
		if (strlen(args->v[k]) > ACRN_ARG_MAX)
			return refuse(&r, "an argument is too long");
	while (i + 1 < args->n) {
		r.arg = args->v[i];
		if (take_option(&r, args, &i) < 0)
			return -1;
	}
	r.arg = name = args->v[args->n - 1];
	if (i + 1 != args->n || !is_word(name) || strlen(name) > ACRN_NAME_MAX ||
	    !isalpha((unsigned char)name[0]))
		return refuse(&r, "the last argument is the name, of at most 15 characters");
	return check_whole(&r);
}

char *acrn_argv_to_text(const struct strv *args)
{
	CLEANUP_FREE char *lines = strv_join(args, "\n");

	return xasprintf("%s\n", lines);
}

int acrn_argv_from_text(const char *text, struct strv *ret, struct error *err)
{
	struct strv args CLEANUP_STRV = STRV_INIT;

	/* an argument can be empty, so that pieces are taken line by line */
	for (const char *p = text; *p;) {
		size_t len = strcspn(p, "\n");

		if (args.n > ACRN_ARGV_MAX)
			break;
		strv_take(&args, xstrndup(p, len));
		p += len + (p[len] == '\n');
	}
	if (acrn_argv_check(&args, err) < 0)
		return -1;
	strv_clear(ret);
	*ret = args;
	args = (struct strv)STRV_INIT;
	return 0;
}
