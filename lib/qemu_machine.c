// SPDX-License-Identifier: GPL-2.0-or-later
/* A guest as a QEMU command line: chipset, processor, memory, firmware, clock, order of boot. */
#include "config.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/acpi_table.h"
#include "lib/base/alloc.h"
#include "lib/fileset.h"
#include "lib/identity.h"
#include "lib/kernel_disk.h"
#include "lib/qemu_devices.h"
#include "lib/qemu_legacy.h"
#include "lib/qemu_machine.h"

char *qemu_escape(const char *value)
{
	char *text = xmalloc(2 * strlen(value) + 1), *out = text;

	for (; *value; value++) {
		*out++ = iscntrl((unsigned char)*value) ? '_' : *value;
		if (*value == ',')
			*out++ = ',';
	}
	*out = '\0';
	return text;
}

const char *qemu_program(const struct guest *g)
{
	return guest_is_arm(g) ? QEMU_PROGRAM_ARM : QEMU_PROGRAM;
}

bool qemu_wants_q35(const struct guest *g)
{
	if (guest_is_arm(g))
		return false;
	return g->ports || g->device[DIM_FIRMWARE] == FIRMWARE_UEFI || g->device[DIM_DISK] == DISK_AHCI ||
	       g->device[DIM_DISK] == DISK_NVME;
}

/* The version keeps a guest's hardware as it is when the host's QEMU is replaced. */
const char *qemu_chipset(const struct guest *g)
{
	if (guest_is_arm(g))
		return "virt-7.2";
	return qemu_wants_q35(g) ? "pc-q35-7.2" : "pc-i440fx-7.2";
}

/* Where a kernel file is started, QEMU gives that the first place. */
size_t qemu_boot_index(const struct guest *g, size_t i)
{
	size_t first = g->device[DIM_FIRMWARE] == FIRMWARE_KERNEL, index = first + 1;

	if (g->disks[i].boot)
		return first;
	for (size_t k = 0; k < i; k++)
		index += !g->disks[k].boot;
	return index;
}

/*
 * No HPET and no sleep states: old PCs had no HPET, and a guest that falls asleep in a cabinet is
 * never woken by a key.
 */
static void add_chipset(const struct guest *g, const struct partition *p, struct strv *ret)
{
	enum { GIC_2_CPUS = 8 };	/* as many as version 2 of the interrupt controller serves */

	strv_add(ret, "-machine");
	if (guest_is_arm(g)) {
		strv_addf(ret, "%s,gic-version=%d,dump-guest-core=off%s", qemu_chipset(g),
			  g->vcpus > GIC_2_CPUS ? 3 : 2, qemu_hugepages(p) ? ",memory-backend=ram0" : "");
		return;
	}
	strv_addf(ret, "%s,usb=off,vmport=off,hpet=off,dump-guest-core=off%s%s", qemu_chipset(g),
		  qemu_hugepages(p) ? ",memory-backend=ram0" : "", qemu_legacy_machine(g));
	for (int state = 3; state <= 4; state++) {
		strv_add(ret, "-global");
		strv_addf(ret, "%s.disable_s%d=1", qemu_wants_q35(g) ? "ICH9-LPC" : "PIIX4_PM", state);
	}
}

bool qemu_has_32_bits(const struct guest *g)
{
	return g->device[DIM_WORD] == WORD_32 && g->device[DIM_FIRMWARE] != FIRMWARE_UEFI;
}

static const char *processor(const struct guest *g)
{
	switch (g->device[DIM_WORD]) {
	case WORD_ARM64:
		return "cortex-a72";
	default:
		return qemu_has_32_bits(g) ? "qemu32,+nx" : "qemu64,+ssse3,+sse4.1,+sse4.2,+popcnt";
	}
}

/*
 * A plain processor that is the same on every host. 32-bit systems get one without features of
 * later years, but with NX, without which newer ones of them do not start; 64-bit systems get the
 * level x86-64-v2, without which current distributions do not start; those for Arm that of a small board.
 */
static void add_processor(const struct guest *g, struct strv *ret)
{
	strv_add_many(ret, "-cpu", g->legacy.cpu ? g->legacy.cpu : processor(g), "-smp", NULL);
	strv_addf(ret, "%" PRIu64 ",sockets=1,cores=%" PRIu64 ",threads=1", g->vcpus, g->vcpus);
}

bool qemu_hugepages(const struct partition *p)
{
	return p && p->class == CLASS_RT && p->memory % (2 << 20) == 0;
}

static void add_memory(const struct guest *g, const struct partition *p, enum qemu_run run,
		       struct strv *ret)
{
	bool huge = qemu_hugepages(p) && run == QEMU_RUN_SERVICE;

	strv_add(ret, "-m");
	strv_addf(ret, "size=%" PRIu64 "k", (p ? p->memory : g->memory) / 1024);
	if (qemu_hugepages(p)) {
		strv_add(ret, "-object");
		strv_addf(ret, "memory-backend-memfd,id=ram0,size=%" PRIu64 "k,prealloc=on%s",
			  p->memory / 1024, huge ? QEMU_HUGEPAGES : "");
	}
	if (p && p->class == CLASS_RT)
		strv_add_many(ret, "-overcommit", "mem-lock=on", NULL);
}

static void add_smbios_field(const char *key, const char *value, struct strv *fields)
{
	CLEANUP_FREE char *safe = value ? qemu_escape(value) : NULL;

	if (safe && *safe)
		strv_addf(fields, "%s=%s", key, safe);
}

/* Who the old PC was: licences and drivers of its guest look here. */
static void add_smbios(const struct guest *g, struct strv *ret)
{
	struct strv fields CLEANUP_STRV = STRV_INIT;

	strv_add(&fields, "type=1");
	add_smbios_field("manufacturer", g->vendor, &fields);
	add_smbios_field("product", g->product, &fields);
	add_smbios_field("serial", g->serial, &fields);
	add_smbios_field("uuid", g->uuid, &fields);
	strv_add(ret, "-smbios");
	strv_take(ret, strv_join(&fields, ","));
}

/* Windows that a maker of PCs licensed looks for his tables; QEMU takes their maker over into its own. */
static void add_acpi_tables(const struct guest *g, struct strv *ret)
{
	struct fileset tables CLEANUP_FILESET = FILESET_INIT;

	acpi_tables_of(g, IDENTITY_SLIC | IDENTITY_MSDM, NULL, &tables);
	for (size_t i = 0; i < tables.n_files; i++) {
		strv_add(ret, "-acpitable");
		strv_addf(ret, "file=%s", tables.files[i].path);
	}
}

/* What begins with a dash or breaks the line would be another option. */
static char *plain_cmdline(const char *cmdline)
{
	char *text = xasprintf("%s%s", cmdline && *cmdline == '-' ? " " : "", cmdline ? cmdline : "");

	for (char *p = text; *p; p++)
		if (iscntrl((unsigned char)*p))
			*p = ' ';
	return text;
}

static int add_firmware(const struct guest *g, struct strv *ret, struct error *err)
{
	switch (g->device[DIM_FIRMWARE]) {
	case FIRMWARE_BIOS:
		return 0;
	case FIRMWARE_UEFI:
		strv_add_many(ret, "-drive",
			      "if=pflash,unit=0,format=raw,readonly=on,file=" QEMU_UEFI_CODE,
			      "-drive", "if=pflash,unit=1,format=raw,file=" QEMU_UEFI_VARS, NULL);
		return 0;
	case FIRMWARE_KERNEL:
		strv_add_many(ret, "-kernel", KERNEL_FILE, "-initrd", INITRAMFS_FILE, "-append",
			      NULL);
		strv_take(ret, plain_cmdline(g->cmdline));
		return 0;
	default:
		return error_set(err, ERR_UNSUPPORTED, "guest '%s' starts from nothing that QEMU "
				 "knows", g->name);
	}
}

/*
 * To whom counts ticks, those of the RTC that came late are given back. Those of the 8254 KVM gives back by
 * itself: lost_tick_policy of kvm-pit is "delay" where nothing is said, and emulation has no such device.
 */
static void add_clock(const struct guest *g, struct strv *ret)
{
	strv_add(ret, "-rtc");
	strv_addf(ret, "base=%s,driftfix=%s", g->device[DIM_CLOCK] == RTC_LOCALTIME ? "localtime" : "utc",
		  qemu_legacy_counts_ticks(g) ? "slew" : "none");
}

static void add_identity(const struct guest *g, enum qemu_run run, struct strv *ret)
{
	CLEANUP_FREE char *name = qemu_escape(g->name);

	strv_add(ret, "-name");
	strv_addf(ret, "guest=%s,debug-threads=on", name);
	strv_add_many(ret, "-nodefaults", "-no-user-config", "-sandbox",
		      "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny",
		      "-boot", "menu=off,strict=on", "-qmp",
		      "unix:" QEMU_QMP_SOCKET ",server=on,wait=off", NULL);
	if (run == QEMU_RUN_TRIAL && !guest_is_arm(g))
		strv_add_many(ret, "-chardev", "file,id=firmware,path=" QEMU_FIRMWARE_FILE,
			      "-device", "isa-debugcon,iobase=0x402,chardev=firmware", NULL);
}

int qemu_machine_args(const struct guest *g, const struct partition *p, enum qemu_run run,
		      struct strv *ret, struct error *err)
{
	struct strv args CLEANUP_STRV = STRV_INIT;

	add_identity(g, run, &args);
	add_chipset(g, p, &args);
	add_processor(g, &args);
	add_memory(g, p, run, &args);
	add_smbios(g, &args);
	add_acpi_tables(g, &args);
	add_clock(g, &args);
	if (add_firmware(g, &args, err) < 0 || qemu_add_devices(g, p, run, &args, err) < 0)
		return error_wrap(err, "describe guest '%s' for QEMU", g->name);
	strv_clear(ret);
	*ret = args;
	args = (struct strv)STRV_INIT;
	return 0;
}

char *qemu_args_to_text(const struct strv *args)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		abort();
	for (size_t i = 0; i < args->n; i++)
		fprintf(f, "%s%s", i == 0 ? "" : args->v[i][0] == '-' ? "\n" : " ", args->v[i]);
	fputs(args->n ? "\n" : "", f);
	if (fclose(f) != 0)
		abort();
	return text;
}

int qemu_args_from_text(const char *text, struct strv *ret, struct error *err)
{
	struct strv lines CLEANUP_STRV = STRV_INIT, args CLEANUP_STRV = STRV_INIT;

	strv_split(&lines, text, "\n");
	for (size_t i = 0; i < lines.n; i++) {
		const char *line = lines.v[i], *space = strchr(line, ' ');

		if (line[0] != '-')
			return error_set(err, ERR_FORMAT, "'%s' is not an option of QEMU", line);
		if (space) {
			strv_take(&args, xstrndup(line, (size_t)(space - line)));
			strv_add(&args, space + 1);
		} else {
			strv_add(&args, line);
		}
	}
	strv_clear(ret);
	*ret = args;
	args = (struct strv)STRV_INIT;
	return 0;
}
