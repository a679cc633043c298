// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Target acrn: guests, checked against the rules of ACRN. Its own tools find some of them, its build
 * others, and some only the machine that does not start.
 */
#include "config.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/old_port.h"
#include "lib/target/acrn.h"

void acrn_wrong(struct report *ret, enum severity severity, const char *subject, const char *remedy,
		const char *fmt, ...)
{
	va_list ap;
	CLEANUP_FREE char *text = NULL;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	report_remedy(report_add(ret, severity, subject, "%s", text), "%s", remedy);
}

static void check_kernel(const struct acrn_vm *vm, struct report *ret)
{
	const struct guest *g = &vm->p->guest;
	size_t len = g->cmdline ? strlen(g->cmdline) : 0;
	bool kernel = g->device[DIM_FIRMWARE] == FIRMWARE_KERNEL;

	if (vm->order == ACRN_PRE_LAUNCHED && !kernel)
		acrn_wrong(ret, FINDING_ERROR, vm->p->name, "convert it with --want firmware=kernel, or "
			   "take started-by out",
			   "load_order PRE_LAUNCHED_VM: the hypervisor starts kernels, and this guest "
			   "starts with %s", model_value_name(DIM_FIRMWARE,
							      (unsigned int)g->device[DIM_FIRMWARE]));
	if (len > ACRN_BOOTARGS_MAX)
		acrn_wrong(ret, FINDING_ERROR, vm->p->name, "shorten it in guest.xml",
			   "bootargs has %zu characters, and ACRN takes %d", len, ACRN_BOOTARGS_MAX);
	for (size_t i = 0; i < len; i++)
		if (iscntrl((unsigned char)g->cmdline[i]) || strchr("\"\\", g->cmdline[i])) {
			acrn_wrong(ret, FINDING_ERROR, vm->p->name, "take it out of guest.xml",
				   "bootargs holds the character 0x%02x, which would leave the "
				   "hypervisor's source text", (unsigned char)g->cmdline[i]);
			return;
		}
}

/* acrn-dm and the kernel itself find out only when it starts. */
static void check_kernel_memory(const struct acrn_vm *vm, struct report *ret)
{
	const struct guest *g = &vm->p->guest;

	if (g->device[DIM_FIRMWARE] != FIRMWARE_KERNEL || vm->order != ACRN_POST_LAUNCHED || !g->kernel_memory)
		return;
	/* what is behind the hole for PCI does not count */
	if (MIN(vm->p->memory, (uint64_t)ACRN_LOW_MEMORY_MAX) < g->kernel_memory)
		acrn_wrong(ret, FINDING_ERROR, vm->p->name, "plan it with more memory, or make the initramfs in "
			   "the guest smaller (MODULES=dep)",
			   "memory: %" PRIu64 " MiB hold its kernel and its initramfs not beside each other: at "
			   "least %" PRIu64 " MiB", vm->p->memory >> 20, (g->kernel_memory + (1 << 20) - 1) >> 20);
}

static void check_extras(const struct acrn_vm *vm, struct report *ret)
{
	if (vm->p->guest.life.kind == LIFE_AGENT)
		acrn_wrong(ret, FINDING_WARNING, vm->p->name, "name what it writes to its serial port in guest.xml",
			   "it shows its life by an agent, which ACRN cannot ask");
	if (vm->p->guest.cpu_quota)
		acrn_wrong(ret, FINDING_WARNING, vm->p->name, "choose target qemu, libvirt or xen if its programs "
			   "fail on a fast processor",
			   "its processors run at their full speed, not at %" PRIu64 " %%: ACRN has no limit",
			   vm->p->guest.cpu_quota);
}

static void check_disks(const struct acrn_vm *vm, struct report *ret)
{
	const struct guest *g = &vm->p->guest;

	for (size_t i = 0; i < g->n_disks; i++) {
		const char *file = g->disks[i].file;

		for (const char *p = file; *p; p++)
			if (!isalnum((unsigned char)*p) && !strchr("._-", *p)) {
				acrn_wrong(ret, FINDING_ERROR, vm->p->name, "rename the file and the "
					   "attribute in guest.xml",
					   "block '%s': a path with '%c' would be taken for options, "
					   "or be split or run by a shell", file, *p);
				break;
			}
		if (g->disks[i].size % 512)
			acrn_wrong(ret, FINDING_ERROR, vm->p->name, "convert again from the capture",
				   "block '%s' has %" PRIu64 " bytes, which is no multiple of 512", file,
				   g->disks[i].size);
	}
}

/* Does a card of the host show what it draws? */
static bool has_card(const struct acrn_layout *l, const struct acrn_vm *vm)
{
	enum { CLASS_DISPLAY = 0x03 };

	for (size_t i = 0; i < vm->p->n_devices; i++) {
		const struct machine_pci *f = acrn_is_kind(&vm->p->devices[i], "pci")
						      ? acrn_pci(&l->plan->host, vm->p->devices[i].host)
						      : NULL;

		if (f && f->class >> 16 == CLASS_DISPLAY)
			return true;
	}
	return false;
}

static void check_models(const struct acrn_layout *l, const struct acrn_vm *vm, struct report *ret)
{
	const struct guest *g = &vm->p->guest;
	extern const struct machine_model acrn_offers;

	for (int dim = 0; dim < N_DIMS; dim++) {
		if (model_has(&acrn_offers, dim, (unsigned int)g->device[dim]))
			continue;
		acrn_wrong(ret, FINDING_ERROR, vm->p->name, "convert it again with --target acrn; what "
			   "cannot be converted runs on qemu and libvirt",
			   "ACRN has no %s '%s'", model_dim_name(dim),
			   model_value_name(dim, (unsigned int)g->device[dim]));
	}
	if (g->device[DIM_CLOCK] == RTC_LOCALTIME)
		acrn_wrong(ret, FINDING_WARNING, vm->p->name, "let the Service VM keep local time in its "
			   "RTC (timedatectl set-local-rtc 1), or set the guest to UTC",
			   "it reads local time from the RTC, and ACRN hands on that of the host");
	if (g->device[DIM_DISPLAY] == DISPLAY_VIRTIO_GPU)
		acrn_wrong(ret, FINDING_WARNING, vm->p->name, "run a display server there, or convert it "
			   "with --want display=none",
			   "its screen is drawn by the Service VM's desktop, and without one acrn-dm ends "
			   "at once");
	if (g->device[DIM_DISPLAY] == DISPLAY_NONE && g->life.kind == LIFE_SCREEN &&
	    !has_card(l, vm))
		acrn_wrong(ret, FINDING_WARNING, vm->p->name, "convert it with --want "
			   "display=virtio-gpu, or give it a graphics card",
			   "it has no screen on ACRN, although its screen shows whether it lives");
}

/* What acrn-dm has no way to tell the guest. */
static void check_lost(const struct acrn_vm *vm, struct report *ret)
{
	const struct guest *g = &vm->p->guest;
	bool identity = (g->vendor && *g->vendor) || (g->product && *g->product) ||
			(g->serial && *g->serial);

	if (identity)
		acrn_wrong(ret, FINDING_WARNING, vm->p->name, "look whether its software is bound to them",
			   "maker, model and serial number of the old PC (SMBIOS) do not reach it");
	identity_check_tables(g, ACRN_GIVES, "ACRN", ret);
	for (size_t i = 0; i < g->n_disks; i++) {
		if (g->disks[i].serial && *g->disks[i].serial)
			acrn_wrong(ret, FINDING_WARNING, vm->p->name, "look whether its software is bound "
				   "to it",
				   "the serial number of %s does not reach it", g->disks[i].file);
		if (i > 0 && g->disks[i].boot && !g->disks[i].added &&
		    g->device[DIM_FIRMWARE] == FIRMWARE_UEFI)
			acrn_wrong(ret, FINDING_WARNING, vm->p->name, "see that no disk before it has that "
				   "file",
				   "it starts from %s, and the firmware takes the first disk that has "
				   "\\EFI\\BOOT\\BOOTX64.EFI", g->disks[i].file);
	}
	for (size_t i = 0; i < g->n_serials; i++)
		if (g->serials[i].port && !old_port_com(g->serials[i].port))
			acrn_wrong(ret, FINDING_WARNING, vm->p->name, "change the address in the guest",
				   "its port %s was at 0x%" PRIx64 ", and ACRN has ports at 0x3f8, 0x2f8, "
				   "0x3e8 and 0x2e8 only", g->serials[i].old, g->serials[i].port);
}

/* acrnctl and acrnd compare no more of a name than a socket's file has. */
static void check_beginning(const struct acrn_vm *vm, const struct acrn_vm *other,
			    struct report *ret)
{
	size_t len = strlen(other->name);

	if (other->order == ACRN_POST_LAUNCHED && vm->order == ACRN_POST_LAUNCHED &&
	    strlen(vm->name) > len && strncmp(vm->name, other->name, len) == 0)
		acrn_wrong(ret, FINDING_WARNING, vm->p->name, "rename one of the guests, so that no name "
			   "begins with another",
			   "name '%s' begins with '%s', and acrnctl and acrnd take the one for the other: "
			   "acrnd can press the wrong power button when the host is shut down", vm->name,
			   other->name);
}

static void check_name(const struct acrn_layout *l, const struct acrn_vm *vm, struct report *ret)
{
	for (size_t i = 0; i < l->n_vms; i++) {
		if (&l->vms[i] < vm && strcmp(l->vms[i].name, vm->name) == 0)
			acrn_wrong(ret, FINDING_ERROR, vm->p->name, "rename one of the guests",
				   "name '%s' is that of another virtual machine, too", vm->name);
		check_beginning(vm, &l->vms[i], ret);
	}
	if (strcmp(vm->name, vm->p->name) != 0)
		report_add(ret, FINDING_NOTE, vm->p->name, "ACRN takes names of at most %d letters, "
			   "digits, '-' and '_' that begin with a letter: there it is called '%s'",
			   ACRN_NAME_MAX, vm->name);
}

static void check_numbers(const struct acrn_layout *l, struct report *ret)
{
	size_t pre_rt = 0, post_rt = 0;

	if (l->n_vms > ACRN_VMS_MAX)
		acrn_wrong(ret, FINDING_ERROR, "MAX_VM_NUM", "plan fewer guests for this host",
			   "%zu virtual machines with the Service VM, and ACRN takes %d", l->n_vms,
			   ACRN_VMS_MAX);
	for (size_t i = 0; i < l->n_vms; i++) {
		pre_rt += l->vms[i].rt && l->vms[i].order == ACRN_PRE_LAUNCHED;
		post_rt += l->vms[i].rt && l->vms[i].order == ACRN_POST_LAUNCHED;
	}
	if (pre_rt > 1)
		acrn_wrong(ret, FINDING_ERROR, "vm_type", "make the others pinned",
			   "%zu real-time machines are started by the hypervisor, which takes one",
			   pre_rt);
	if (pre_rt && post_rt)
		acrn_wrong(ret, FINDING_ERROR, "vm_type", "let all of them be started by the Service VM, "
			   "or make some of them pinned",
			   "a real-time machine that the hypervisor starts and one that the Service VM "
			   "starts cannot be together");
}

void acrn_check_guests(const struct acrn_layout *l, struct report *ret)
{
	check_numbers(l, ret);
	for (size_t i = 0; i < l->n_vms; i++) {
		const struct acrn_vm *vm = &l->vms[i];

		if (!vm->p)
			continue;
		check_name(l, vm, ret);
		check_models(l, vm, ret);
		check_lost(vm, ret);
		check_kernel(vm, ret);
		check_kernel_memory(vm, ret);
		check_extras(vm, ret);
		check_disks(vm, ret);
	}
}
