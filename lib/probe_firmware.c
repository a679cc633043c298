// SPDX-License-Identifier: GPL-2.0-or-later
/* Firmware, kernel, and what the processor can do for virtual machines. */
#include "config.h"

#include <string.h>

#include "lib/acpi_table.h"
#include "lib/base/alloc.h"
#include "lib/base/path.h"
#include "lib/probe.h"

/* Source: Linux, Documentation/ABI/stable/sysfs-firmware-efi-vars: 4 bytes of attributes, then data. */
#define SECURE_BOOT                                                                                \
	"sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"
enum { EFIVAR_ATTRIBUTES = 4 };

static void probe_tpm(const struct facts *f, struct machine *m)
{
	CLEANUP_FREE char *major = probe_text(f, "sys/class/tpm/tpm0/tpm_version_major");

	if (major) {
		m->tpm = xstrdup(strcmp(major, "2") == 0 ? "2.0" : "1.2");
	} else if (facts_has(f, "sys/class/tpm/tpm0")) {
		machine_miss(m, "tpm", "there is a TPM, but this kernel does not tell its version");
	} else if (facts_has(f, "sys/class/tpm")) {
		m->tpm = xstrdup("none");
	} else {
		machine_miss(m, "tpm", "the kernel has no TPM support: sys/class/tpm is not there");
	}
}

/* Tables that makers put there for their licences of Windows. Most PCs have none: that is no lack. */
static char *acpi_table(const struct facts *f, const char *signature)
{
	CLEANUP_FREE char *path = xasprintf("sys/firmware/acpi/tables/%s", signature);
	size_t len = 0;
	CLEANUP_FREE char *data = facts_read(f, path, &len);

	return data && acpi_table_is(data, len, signature) ? acpi_table_to_text(data, len) : NULL;
}

/* Source: Linux, include/uapi/linux/screen_info.h: the beginning of what the boot loader leaves to the kernel. */
enum { VIDEO_MODE = 0x06, VIDEO_COLS = 0x07, VIDEO_LINES = 0x0e, VIDEO_KIND = 0x0f, LFB_WIDTH = 0x12, LFB_HEIGHT = 0x14,
       LFB_DEPTH = 0x16, SCREEN_INFO_SIZE = 0x40, KIND_LFB = 0x23, KIND_EFI = 0x70 };

static unsigned int read16(const uint8_t *at)
{
	return (unsigned int)at[0] | (unsigned int)at[1] << 8;
}

static void probe_video_mode(const struct facts *f, struct machine *m)
{
	size_t len = 0;
	CLEANUP_FREE char *data = facts_read(f, "sys/kernel/boot_params/data", &len);
	const uint8_t *screen = (const uint8_t *)data;

	if (!screen || len < SCREEN_INFO_SIZE)
		machine_miss(m, "video-mode", "no sys/kernel/boot_params/data: this kernel does not tell");
	else if (screen[VIDEO_KIND] == KIND_LFB || screen[VIDEO_KIND] == KIND_EFI)
		m->video_mode = xasprintf("%ux%ux%u", read16(screen + LFB_WIDTH), read16(screen + LFB_HEIGHT),
					  read16(screen + LFB_DEPTH));
	else if (screen[VIDEO_COLS] && screen[VIDEO_LINES])
		m->video_mode = xasprintf("0x%02x %ux%u", screen[VIDEO_MODE], screen[VIDEO_COLS], screen[VIDEO_LINES]);
	else
		machine_miss(m, "video-mode", "the boot loader left none in sys/kernel/boot_params/data");
}

void probe_firmware(const struct facts *f, struct machine *m)
{
	size_t len = 0;
	CLEANUP_FREE char *secure = facts_read(f, SECURE_BOOT, &len);

	if (facts_has(f, "sys/firmware"))
		m->uefi = facts_has(f, "sys/firmware/efi") ? TRI_YES : TRI_NO;
	else
		machine_miss(m, "firmware", "sys/firmware is not there");
	if (secure && len > EFIVAR_ATTRIBUTES)
		m->secure_boot = secure[EFIVAR_ATTRIBUTES] ? TRI_YES : TRI_NO;
	else if (m->uefi == TRI_NO)
		m->secure_boot = TRI_NO;
	else
		machine_miss(m, "secure-boot", "the variable SecureBoot cannot be read");
	probe_tpm(f, m);
	m->slic = acpi_table(f, "SLIC");
	m->msdm = acpi_table(f, "MSDM");
	probe_video_mode(f, m);
}

/* The third word of "Linux version 5.10.0-8-amd64 (…)". */
static char *release_of(const char *version)
{
	struct strv words CLEANUP_STRV = STRV_INIT;

	strv_split(&words, version, " ");
	return words.n > 2 && strcmp(words.v[1], "version") == 0 ? xstrdup(words.v[2]) : NULL;
}

void probe_kernel(const struct facts *f, struct machine *m)
{
	CLEANUP_FREE char *version = probe_text(f, "proc/version");

	m->kernel = version ? release_of(version) : NULL;
	if (!m->kernel)
		machine_miss(m, "kernel", "proc/version does not tell it");
	m->cmdline = probe_text(f, "proc/cmdline");
	if (!m->cmdline)
		machine_miss(m, "cmdline", "proc/cmdline is not there or empty");
	m->rt_kernel = probe_tri(f, "sys/kernel/realtime");
	if (m->rt_kernel == TRI_UNKNOWN && version)
		m->rt_kernel = strstr(version, "PREEMPT_RT") || strstr(version, "PREEMPT RT")
				       ? TRI_YES : TRI_NO;
	m->nohz_full = probe_text(f, "sys/devices/system/cpu/nohz_full");
	if (m->nohz_full && strcmp(m->nohz_full, "(null)") == 0)
		free(STEAL(m->nohz_full));
	m->isolated = probe_text(f, "sys/devices/system/cpu/isolated");
	if (!m->isolated && facts_has(f, "sys/devices/system/cpu/isolated"))
		m->isolated = xstrdup("");
	if (!m->isolated)
		machine_miss(m, "isolated", "sys/devices/system/cpu/isolated is not there");
}

/* dmar0: Intel, ivhd0: AMD, smmu3.0x…: Arm. */
static const char *iommu_kind(const struct facts *f)
{
	struct strv names CLEANUP_STRV = STRV_INIT;

	probe_list(f, &names, "sys/class/iommu");
	for (size_t i = 0; i < names.n; i++) {
		if (strncmp(names.v[i], "dmar", 4) == 0)
			return "vt-d";
		if (strncmp(names.v[i], "ivhd", 4) == 0)
			return "amd-vi";
		if (strncmp(names.v[i], "smmu", 4) == 0 || strncmp(names.v[i], "arm-smmu", 8) == 0)
			return "smmu";
	}
	return NULL;
}

/* Interrupts that go through the IOMMU are called IR-…; without any PCI interrupt nothing is known. */
static void probe_remapping(const struct facts *f, struct machine *m)
{
	CLEANUP_FREE char *text = facts_read(f, "proc/interrupts", NULL);

	if (text && strstr(text, " IR-"))
		m->interrupt_remapping = TRI_YES;
	else if (text && (strstr(text, "PCI-MSI") || strstr(text, "IO-APIC")))
		m->interrupt_remapping = TRI_NO;
	else
		machine_miss(m, "interrupt-remapping", text ? "proc/interrupts names no controller that "
							      "would tell"
							    : "proc/interrupts is not there");
}

static void probe_iommu(const struct facts *f, struct machine *m)
{
	const char *kind = iommu_kind(f);

	if (kind) {
		m->iommu = xstrdup(kind);
	} else if (facts_has(f, "sys/class/iommu")) {
		m->iommu = xstrdup("none");
		machine_miss(m, "iommu-groups",
			     "no IOMMU is in use: switch VT-d or AMD-Vi on in the firmware set-up "
			     "and give the kernel intel_iommu=on");
	} else {
		machine_miss(m, "iommu", "sys/class/iommu is not there");
	}
}

void probe_virtualization(const struct facts *f, struct machine *m)
{
	CLEANUP_FREE char *cpuinfo = facts_read(f, "proc/cpuinfo", NULL);
	CLEANUP_FREE char *flags = cpuinfo ? probe_key(cpuinfo, "flags") : NULL;
	CLEANUP_FREE char *vmx = cpuinfo ? probe_key(cpuinfo, "vmx flags") : NULL;
	struct strv words CLEANUP_STRV = STRV_INIT, vmx_words CLEANUP_STRV = STRV_INIT;

	probe_iommu(f, m);
	probe_remapping(f, m);
	if (!flags) {
		machine_miss(m, "virtualization", "proc/cpuinfo has no line 'flags'");
		return;
	}
	strv_split(&words, flags, " ");
	if (vmx)
		strv_split(&vmx_words, vmx, " ");
	m->virtualization = xstrdup(strv_has(&words, "vmx") ? "vmx" :
				    strv_has(&words, "svm") ? "svm" : "none");
	m->nested_paging = strv_has(&words, "ept") || strv_has(&words, "npt") ||
			   strv_has(&vmx_words, "ept") ? TRI_YES : TRI_NO;
	if (vmx || strcmp(m->virtualization, "vmx") != 0)
		m->apicv = strv_has(&vmx_words, "apicv") || strv_has(&words, "avic") ? TRI_YES : TRI_NO;
	else
		machine_miss(m, "apicv", "this kernel does not list 'vmx flags' in proc/cpuinfo");
	if (vmx)
		m->unrestricted_guest = strv_has(&vmx_words, "unrestricted_guest") ? TRI_YES
										     : TRI_NO;
	else if (strcmp(m->virtualization, "svm") == 0)
		m->unrestricted_guest = TRI_YES;	/* AMD processors always run real mode */
	else if (strcmp(m->virtualization, "none") == 0)
		m->unrestricted_guest = TRI_NO;
	else
		machine_miss(m, "unrestricted-guest", "this kernel does not list 'vmx flags' in "
						      "proc/cpuinfo");
}
