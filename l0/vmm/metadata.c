// SPDX-License-Identifier: GPL-2.0-only
/* Writes values of sysfs, procfs and KVM's feature MSRs to the stream. */
#include "l0/vmm/metadata.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "l0/base/util.h"
#include "l0/vmm/apicv.h"
#include "l0/vmm/process_clock.h"
#include "l0/vmm/stream.h"
#include "vmcs-shadow/capability.h"

/*
 * Writes every file of a folder as meta.PREFIX.FILE=first line. The files are in the order of their
 * names, so that the output is reproducible.
 */
static bool write_folder(const char *folder, const char *prefix)
{
	struct dirent **entries;
	int count = scandir(folder, &entries, NULL, alphasort);
	bool good = true;

	for (int i = 0; i < count; i++) {
		char path[512], value[256];

		if (entries[i]->d_name[0] != '.') {
			text__format(path, sizeof(path), "%s/%s", folder, entries[i]->d_name);
			if (file__read_text(path, value, sizeof(value)))
				good = stream__text("meta.%s.%s=%s", prefix, entries[i]->d_name, value) && good;
		}
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
	return good;
}

/* Writes the value of the first line of /proc/cpuinfo that begins with key. */
static bool write_cpuinfo(const char *key, const char *as)
{
	FILE *file = fopen("/proc/cpuinfo", "re");
	char line[4096];
	bool good = true;

	while (file && fgets(line, sizeof(line), file)) {
		char *colon = strchr(line, ':');

		if (colon && strncmp(line, key, strlen(key)) == 0) {
			colon[strcspn(colon, "\n")] = '\0';
			good = stream__text("meta.%s=%s", as, colon[1] == ' ' ? colon + 2 : colon + 1);
			break;
		}
	}
	if (file)
		fclose(file);
	return good;
}

/*
 * Writes the VMX capabilities that KVM offers a guest. KVM_GET_MSRS on /dev/kvm reads these feature
 * MSRs.
 */
static bool write_msrs(int kvm)
{
	bool good = true;

	for (size_t i = 0; i < VMX_CAPABILITY_MSR_COUNT; i++) {
		struct {
			struct kvm_msrs head;
			struct kvm_msr_entry entry;
		} one = {.head = {.nmsrs = 1}, .entry = {.index = vmx_capability_msrs[i].number}};

		if (ioctl(kvm, KVM_GET_MSRS, &one) == 1)
			good = stream__text("meta.msr.%s=0x%llx", vmx_capability_msrs[i].name,
					    (unsigned long long)one.entry.data) &&
			       good;
	}
	return good;
}

static bool write_tsc(int kvm)
{
	int vm = kvm < 0 ? -1 : ioctl(kvm, KVM_CREATE_VM, 0);
	int khz = vm < 0 ? -1 : ioctl(vm, KVM_GET_TSC_KHZ, 0);
	int vcpu = -1;

	if (vm >= 0 && khz <= 0) { /* older kernels answer only for a vCPU */
		vcpu = ioctl(vm, KVM_CREATE_VCPU, 0);
		khz = vcpu < 0 ? -1 : ioctl(vcpu, KVM_GET_TSC_KHZ, 0);
	}
	if (vcpu >= 0)
		close(vcpu);
	if (vm >= 0)
		close(vm);
	if (khz <= 0)
		return stream__text("meta.tsc_khz=") && stream__text("meta.tsc_source=unknown: KVM does not tell");
	return stream__text("meta.tsc_khz=%d", khz) && stream__text("meta.tsc_source=KVM_GET_TSC_KHZ");
}

bool metadata__write(int pinned_cpu)
{
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	struct utsname uts;
	const char *apicv = getenv(NB_APICV_VARIABLE);
	bool good;

	uname(&uts);
	good = stream__text("meta.abi=%u", NB_ABI_VERSION) &&
	       stream__text("meta.kernel=%s %s", uts.release, uts.version) &&
	       write_cpuinfo("model name", "cpu_model") && write_cpuinfo("microcode", "microcode") &&
	       write_cpuinfo("vmx flags", "vmx_flags") && write_folder("/sys/module/kvm/parameters", "kvm") &&
	       write_folder("/sys/module/kvm_intel/parameters", "kvm_intel") &&
	       write_folder("/sys/devices/system/cpu/vulnerabilities", "mitigation") && write_msrs(kvm) &&
	       write_tsc(kvm) && clock__write() && stream__text("meta.pinned_cpu=%d", pinned_cpu) &&
	       (!apicv || stream__text("meta.apicv=%s", apicv));
	if (kvm >= 0)
		close(kvm);
	return good;
}

/*
 * Returns the first letter of a parameter of kvm_intel, 'Y' or 'N'; '\0' if it has no such
 * parameter.
 */
static char parameter(const char *name)
{
	char path[128], value[8];

	text__format(path, sizeof(path), "/sys/module/kvm_intel/parameters/%s", name);
	return file__read_text(path, value, sizeof(value)) ? value[0] : '\0';
}

void metadata__add_config(struct config *config)
{
	const char shadowing = parameter("enable_shadow_vmcs");

	if (!shadowing)
		return;
	config__set(config, CONFIG_KNOB_shadow_vmcs, shadowing == 'Y' ? CONFIG_SHADOWING_ON : CONFIG_SHADOWING_OFF);
	config__set(config, CONFIG_KNOB_ept, parameter("ept") == 'N' ? CONFIG_OFF : CONFIG_ON);
	config__set(config, CONFIG_KNOB_vpid, parameter("vpid") == 'N' ? CONFIG_OFF : CONFIG_ON);
}
