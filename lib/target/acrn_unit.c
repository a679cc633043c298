// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Target acrn: what starts a guest on the Service VM. acrn-dm gets its arguments from systemd, or from
 * a script whose words are all quoted, as acrnctl and acrnd run nothing but scripts.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/kernel_disk.h"
#include "lib/target/acrn.h"
#include "lib/target/acrn_argv.h"

enum { SCRIPT_MAX = 20480 };	/* acrnctl takes no larger one [bytes] */

/* As one word for a shell, whatever is in it. */
static char *quote_shell(const char *word)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		abort();
	fputc('\'', f);
	for (const char *p = word; *p; p++)
		if (*p == '\'')
			fputs("'\\''", f);
		else
			fputc(*p, f);
	fputc('\'', f);
	fclose(f);
	return text;
}

/* As one word of ExecStart=, systemd.service(5): no escape, variable or specifier is left. */
static char *quote_systemd(const char *word)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		abort();
	fputc('"', f);
	for (const char *p = word; *p; p++) {
		if (*p == '"' || *p == '\\')
			fputc('\\', f);
		if (*p == '%' || *p == '$')
			fputc(*p, f);
		fputc(*p, f);
	}
	fputc('"', f);
	fclose(f);
	return text;
}

char *acrn_script(const char *name, const char *dir, const char *log, const struct strv *args)
{
	CLEANUP_FREE char *folder = quote_shell(dir), *file = quote_shell(log);
	struct strv words CLEANUP_STRV = STRV_INIT;
	CLEANUP_FREE char *line = NULL;

	for (size_t i = 0; i < args->n; i++)
		strv_take(&words, quote_shell(args->v[i]));
	line = strv_join(&words, " ");
	return xasprintf("#!/bin/bash\n"
			 "# Virtual machine %s. acrnctl and acrnd run this.\n"
			 "set -e\n"
			 "cd %s\n"
			 "exec </dev/null >>%s 2>&1\n"
			 "bash ./" ACRN_PREPARE_FILE "\n"
			 "exec " ACRN_DM " %s\n",
			 name, folder, file, line);
}

/* A real-time machine and one that owns its processors: Linux lets go of them first. */
static void put_cpus(const struct acrn_vm *vm, FILE *f)
{
	for (size_t i = 0; i < vm->n_cpus && vm->p->class != CLASS_SHARED; i++) {
		fprintf(f, "cpu=/sys/devices/system/cpu/cpu%" PRIu32 "/online\n", vm->cpu[i]);
		fputs("if [ \"$(cat \"$cpu\" 2>/dev/null)\" = 1 ]; then\n"
		      "\tfor try in {1..30}; do\n"
		      "\t\techo 0 >\"$cpu\" && break\n"
		      "\t\tsleep 1\n"
		      "\tdone\n", f);
		fprintf(f, "\techo %" PRIu32 " >/sys/devices/virtual/misc/acrn_hsm/remove_cpu\nfi\n",
			vm->cpu[i]);
	}
}

static void put_cards(const struct acrn_vm *vm, FILE *f)
{
	bool first = true;

	for (size_t i = 0; i < vm->p->n_devices; i++) {
		const char *bdf = vm->p->devices[i].host;

		if (!acrn_is_kind(&vm->p->devices[i], "pci"))
			continue;
		if (first)
			fputs("modprobe pci_stub\n", f);
		first = false;
		fprintf(f, "card=/sys/bus/pci/devices/%s\n", bdf);
		fputs("echo pci-stub >\"$card/driver_override\"\n"
		      "if [ -e \"$card/driver\" ]; then echo \"${card##*/}\" >\"$card/driver/unbind\"; fi\n"
		      "echo \"${card##*/}\" >/sys/bus/pci/drivers_probe\n", f);
	}
}

static void put_nets(const struct acrn_vm *vm, FILE *f)
{
	const struct guest *g = &vm->p->guest;

	for (size_t i = 0; g->device[DIM_NIC] == NIC_VIRTIO && i < g->n_nics; i++) {
		CLEANUP_FREE char *tap = acrn_tap(vm, i);

		fprintf(f, "[ -e /sys/class/net/%s ] || ip tuntap add dev %s mode tap\n", tap, tap);
		fprintf(f, "[ ! -e /sys/class/net/" ACRN_BRIDGE " ] || ip link set dev %s master "
			ACRN_BRIDGE "\n", tap);
		fprintf(f, "ip link set dev %s up\n", tap);
	}
}

/* The guest writes each new kernel to its disk; lib/kernel_disk.h says where. */
static void put_kernel(const struct guest *g, FILE *f)
{
	int disk = guest_added_disk(g, DISK_KERNEL);
	CLEANUP_FREE char *raw = NULL;

	if (g->device[DIM_FIRMWARE] != FIRMWARE_KERNEL || disk < 0)
		return;
	raw = acrn_raw_name(g, (size_t)disk);
	fprintf(f, "read -r name version slot kernel initramfs <%s\n", raw);
	fputs("[ \"$name $version\" = 'rehost-kernel 1' ]\n"
	      "case $slot$kernel$initramfs in *[!0-9]*) exit 1 ;; esac\n", f);
	fprintf(f, "start=$((1 + slot * %d))\n", KERNEL_DISK_SLOT / KERNEL_DISK_UNIT);
	fprintf(f, "dd if=%s bs=1M skip=$start iflag=count_bytes count=$kernel of=%s.new status=none\n",
		raw, KERNEL_FILE);
	fprintf(f, "dd if=%s bs=1M skip=$((start + (kernel + %d) / %d)) iflag=count_bytes "
		"count=$initramfs of=%s.new status=none\n", raw, KERNEL_DISK_UNIT - 1, KERNEL_DISK_UNIT,
		INITRAMFS_FILE);
	/* acrn-dm refuses an empty file, and to a kernel zeros are an initramfs with nothing in it */
	fprintf(f, "[ -s %s.new ] || head -c 512 /dev/zero >%s.new\n", INITRAMFS_FILE, INITRAMFS_FILE);
	fprintf(f, "mv %s.new %s\nmv %s.new %s\n", KERNEL_FILE, KERNEL_FILE, INITRAMFS_FILE,
		INITRAMFS_FILE);
}

char *acrn_prepare(const struct acrn_vm *vm)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		abort();
	fprintf(f, "#!/bin/bash\n# What the Service VM does before virtual machine %s starts.\nset -e\n",
		vm->name);
	put_cpus(vm, f);
	put_cards(vm, f);
	put_nets(vm, f);
	put_kernel(&vm->p->guest, f);
	fclose(f);
	return text;
}

static char *unit_text(const struct acrn_vm *vm, const struct strv *args)
{
	struct strv words CLEANUP_STRV = STRV_INIT;
	CLEANUP_FREE char *line = NULL;

	for (size_t i = 0; i < args->n; i++)
		strv_take(&words, quote_systemd(args->v[i]));
	line = strv_join(&words, " ");
	return xasprintf("[Unit]\n"
			 "Description=Virtual machine %s on ACRN\n"
			 "ConditionPathExists=/dev/acrn_hsm\n"
			 "Wants=network-online.target\n"
			 "After=network-online.target\n"
			 "\n"
			 "[Service]\n"
			 "WorkingDirectory=" ACRN_HOME "/%s\n"
			 "ExecStartPre=/bin/bash ./" ACRN_PREPARE_FILE "\n"
			 "ExecStart=/usr/bin/" ACRN_DM " %s\n"
			 "StandardInput=null\n"
			 "KillSignal=SIGTERM\n"
			 "TimeoutStopSec=120\n"
			 "\n"
			 "[Install]\n"
			 "WantedBy=multi-user.target\n",
			 vm->name, vm->name, line);
}

/* Takes @text over. */
static void add_file(struct fileset *ret, const struct acrn_vm *vm, const char *name, char *text,
		     bool executable)
{
	CLEANUP_FREE char *path = xasprintf("%s/%s", vm->p->guest.name, name);

	fileset_add(ret, path, text, strlen(text), executable);
}

static int emit_unit(const struct acrn_layout *l, const struct acrn_vm *vm, struct fileset *ret,
		     struct error *err)
{
	struct strv args CLEANUP_STRV = STRV_INIT;
	CLEANUP_FREE char *dir = xasprintf(ACRN_HOME "/%s", vm->name);
	CLEANUP_FREE char *script_name = xasprintf("%s.sh", vm->name);
	CLEANUP_FREE char *args_name = xasprintf("%s.args", vm->name);
	CLEANUP_FREE char *unit_name = xasprintf("acrn-%s.service", vm->name);
	char *script;

	if (acrn_argv(l, vm, &args, err) < 0)
		return -1;
	script = acrn_script(vm->name, dir, "serial.log", &args);
	add_file(ret, vm, script_name, script, true);
	if (strlen(script) >= SCRIPT_MAX)
		return error_set(err, ERR_UNSUPPORTED, "the script of '%s' is too large for acrnctl",
				 vm->name);
	add_file(ret, vm, args_name, xstrdup("\n"), false);
	add_file(ret, vm, ACRN_ARGS_FILE, acrn_argv_to_text(&args), false);
	add_file(ret, vm, ACRN_PREPARE_FILE, acrn_prepare(vm), true);
	add_file(ret, vm, unit_name, unit_text(vm, &args), false);
	return 0;
}

int acrn_emit_units(const struct acrn_layout *l, struct fileset *ret, struct error *err)
{
	for (size_t i = 0; i < l->n_vms; i++)
		if (l->vms[i].order == ACRN_POST_LAUNCHED && emit_unit(l, &l->vms[i], ret, err) < 0)
			return -1;
	return 0;
}
