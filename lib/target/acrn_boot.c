// SPDX-License-Identifier: GPL-2.0-or-later
/* Target acrn: what the operator reads: the entry for GRUB, the build, and REPORT.txt. */
#include "config.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/size.h"
#include "lib/target/acrn.h"
#include "lib/target/acrn_board.h"

/* As one macro of the hypervisor's source text: no quote, no escape, no control character. */
static bool fits_bootargs(const char *word)
{
	for (const char *p = word; *p; p++)
		if (iscntrl((unsigned char)*p) || strchr("\"\\'", *p))
			return false;
	return true;
}

/* The command line that the host runs with now, without what its boot loader put there. */
char *acrn_bootargs(const struct machine *m)
{
	struct strv words CLEANUP_STRV = STRV_INIT, kept CLEANUP_STRV = STRV_INIT;
	CLEANUP_FREE char *line = NULL;
	bool root = false;

	strv_split(&words, m->cmdline ? m->cmdline : "", " \n");
	for (size_t i = 0; i < words.n; i++) {
		if (strncmp(words.v[i], "BOOT_IMAGE=", 11) == 0 ||
		    strncmp(words.v[i], "initrd=", 7) == 0 || !fits_bootargs(words.v[i]))
			continue;
		root |= strncmp(words.v[i], "root=", 5) == 0;
		strv_add(&kept, words.v[i]);
	}
	line = strv_join(&kept, " ");
	return root && strlen(line) <= ACRN_BOOTARGS_MAX ? STEAL(line) : NULL;
}

static void put_grub(const struct acrn_layout *l, FILE *f)
{
	fprintf(f, "# To be added to /etc/grub.d/40_custom of the host; then: update-grub\n"
		   "menuentry 'ACRN, %s' {\n"
		   "\tsearch --no-floppy --set=root --file /boot/acrn.bin\n"
		   "\tmultiboot2 /boot/acrn.bin%s\n"
		   "\tmodule2 /boot/service-vm-kernel Linux_bzImage\n",
		l->plan->name, l->plan->console ? "" : " uart=disabled");
	for (size_t i = 0; i < l->n_vms; i++) {
		const struct acrn_vm *vm = &l->vms[i];

		if (vm->order != ACRN_PRE_LAUNCHED)
			continue;
		fprintf(f, "\tmodule2 /boot/%s.kernel %s_kernel\n", vm->name, vm->name);
		fprintf(f, "\tmodule2 /boot/%s.initramfs %s_initramfs\n", vm->name, vm->name);
		fprintf(f, "\tmodule2 /boot/ACPI_VM%u.bin ACPI_VM%u\n", vm->id, vm->id);
	}
	fputs("}\n", f);
}

int acrn_emit_boot(const struct acrn_layout *l, struct fileset *ret, struct error *err)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		return error_set(err, ERR_SYSTEM, "no memory");
	put_grub(l, f);
	fclose(f);
	fileset_add(ret, "grub.cfg", text, len, false);
	text = xstrdup("make hypervisor BOARD=$PWD/board.xml SCENARIO=$PWD/scenario.xml -C "
		       "/usr/src/acrn-hypervisor\n");
	fileset_add(ret, "build", text, strlen(text), false);
	return 0;
}

static const char *order_name(enum acrn_order order)
{
	static const char *const names[] = {
		[ACRN_PRE_LAUNCHED] = "started by the hypervisor",
		[ACRN_SERVICE] = "the Service VM",
		[ACRN_POST_LAUNCHED] = "started by the Service VM",
	};

	return names[order];
}

/* From what it starts; and why, in the words of who converted it. */
static void put_start(const struct acrn_vm *vm, FILE *f)
{
	const struct guest *g = &vm->p->guest;
	int loader = guest_added_disk(g, DISK_LOADER);

	if (g->device[DIM_FIRMWARE] == FIRMWARE_KERNEL)
		fprintf(f, "     starts from its kernel, which %s hands over\n",
			vm->order == ACRN_PRE_LAUNCHED ? "GRUB" : "acrn-dm");
	else if (loader >= 0)
		fprintf(f, "     starts by UEFI from %s, which was added\n", g->disks[loader].file);
	else
		fputs("     starts by UEFI\n", f);
	for (size_t i = 0; i < g->findings.n_findings; i++)
		if (g->findings.findings[i].subject && strcmp(g->findings.findings[i].subject, "firmware") == 0)
			fprintf(f, "       %s\n", g->findings.findings[i].text);
}

static void put_vm(const struct acrn_vm *vm, FILE *f)
{
	static const char *const classes[] = { "shared", "pinned", "real-time" };
	CLEANUP_FREE char *memory = vm->p ? format_size(vm->p->memory) : NULL;

	fprintf(f, "  %u  %-15s  %s", vm->id, vm->name, order_name(vm->order));
	if (vm->p)
		fprintf(f, ", %s, %s", classes[vm->p->class], memory);
	fputs("\n     processors (Linux/APIC):", f);
	for (size_t i = 0; i < vm->n_cpus; i++)
		fprintf(f, " %" PRIu32 "/%" PRId64, vm->cpu[i], vm->apic[i]);
	fputc('\n', f);
	if (vm->p)
		put_start(vm, f);
	for (size_t i = 0; vm->p && i < vm->p->n_devices; i++) {
		const struct partition_device *d = &vm->p->devices[i];

		fprintf(f, "     %s: %s %s%s%s\n", d->role, d->kind, d->host, d->label ? ", on the box: "
			: "", d->label ? d->label : "");
	}
}

static void put_links(const struct acrn_layout *l, FILE *f)
{
	if (l->plan->n_links)
		fputs("\nLinks\n", f);
	for (size_t i = 0; i < l->plan->n_links; i++) {
		const struct plan_link *link = &l->plan->links[i];

		fprintf(f, "  %s (%s)", link->name, link->kind);
		for (size_t k = 0; k < link->n_ends; k++) {
			struct acrn_end e = acrn_link_end(l, i, k);

			if (e.port)
				fprintf(f, ", %s at I/O port 0x%" PRIx64, e.vm->name, e.port);
			else
				fprintf(f, ", %s at PCI 00:%02x.0", e.vm->name, e.slot);
		}
		fputc('\n', f);
	}
}

static void put_unchecked(const struct acrn_layout *l, FILE *f)
{
	fputs("\nWhat could not be checked\n"
	      "  - Nothing was run on ACRN: rehost wrote these files from a profile and from guests.\n"
	      "    'rehost generate --with-acrn-source DIR' lets ACRN's own tools judge them.\n", f);
	fputs(acrn_board_given(&l->plan->host)
	      ? "  - board.xml is the one that the profile was imported from, as it was.\n"
	      : "  - board.xml was written from the profile. It holds what ACRN's build asks for, not\n"
		"    what its board inspector would record: no ACPI tables, no reset register. Where the\n"
		"    inspector runs, import what it writes: rehost profile --import board.xml\n", f);
}

static void put_step_pre(const struct acrn_vm *vm, FILE *f)
{
	int disk = guest_added_disk(&vm->p->guest, DISK_KERNEL);

	fprintf(f, "  - Copy kernel and initramfs of %s to /boot/%s.kernel and /boot/%s.initramfs",
		vm->p->name, vm->name, vm->name);
	if (disk >= 0)
		fprintf(f, "; its %s carries them", vm->p->guest.disks[disk].file);
	fputs(".\n    It has no disk of its own unless a controller is given to it.\n", f);
}

static void put_step_post(const struct acrn_vm *vm, FILE *f)
{
	const struct guest *g = &vm->p->guest;

	fprintf(f, "  - %s: copy the folder %s to " ACRN_HOME "/%s, and there\n", vm->p->name, g->name,
		vm->name);
	for (size_t i = 0; i < g->n_disks; i++) {
		CLEANUP_FREE char *raw = acrn_raw_name(g, i);

		fprintf(f, "        qemu-img convert -f %s -O raw %s %s\n", g->disks[i].format,
			g->disks[i].file, raw);
	}
	fprintf(f, "    then either enable acrn-%s.service, or copy %s.sh and %s.args to\n"
		   "    /usr/share/acrn/conf/add, where acrnctl finds them and acrnd starts them.\n",
		vm->name, vm->name, vm->name);
}

static void put_steps(const struct acrn_layout *l, FILE *f)
{
	CLEANUP_FREE char *bootargs = acrn_bootargs(&l->plan->host);

	fputs("\nWhat is left to do (rehost bundle and rehost launch do the part of each guest)\n"
	      "  - Build the hypervisor: the line in the file 'build', with ACRN's source.\n"
	      "  - Copy acrn.bin and the ACPI_VM*.bin of the build to /boot of the host.\n"
	      "  - Copy a kernel with CONFIG_ACRN_HSM to /boot/service-vm-kernel. It must find its root\n"
	      "    without an initramfs.\n"
	      "  - Add grub.cfg to the host's boot menu.\n"
	      "  - Install acpica-tools on the host: acrn-dm runs iasl at each start.\n", f);
	if (bootargs)
		fprintf(f, "  - Read the Service VM's options over, which are the host's now:\n    %s\n",
			bootargs);
	else
		fputs("  - Write the Service VM's options into scenario.xml (os_config/bootargs): the\n"
		      "    profile does not tell where the host's root is.\n", f);
	for (size_t i = 0; i < l->n_vms; i++)
		if (l->vms[i].order == ACRN_PRE_LAUNCHED)
			put_step_pre(&l->vms[i], f);
		else if (l->vms[i].order == ACRN_POST_LAUNCHED)
			put_step_post(&l->vms[i], f);
}

static void put_findings(const struct report *findings, FILE *f)
{
	if (findings->n_findings)
		fputs("\nFindings\n", f);
	for (size_t i = 0; i < findings->n_findings; i++) {
		const struct finding *d = &findings->findings[i];

		fprintf(f, "  %s: %s%s%s\n", severity_name(d->severity), d->subject ? d->subject : "",
			d->subject ? ": " : "", d->text);
		if (d->remedy)
			fprintf(f, "    %s\n", d->remedy);
	}
}

int acrn_emit_report(const struct acrn_layout *l, const struct report *findings,
		     struct fileset *ret, struct error *err)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		return error_set(err, ERR_SYSTEM, "no memory");
	fprintf(f, "Plan %s on host %s, for ACRN 3.3\n\nVirtual machines\n", l->plan->name,
		l->plan->host.name);
	for (size_t i = 0; i < l->n_vms; i++)
		put_vm(&l->vms[i], f);
	put_links(l, f);
	put_findings(findings, f);
	put_unchecked(l, f);
	put_steps(l, f);
	fclose(f);
	fileset_add(ret, "REPORT.txt", text, len, false);
	return 0;
}
