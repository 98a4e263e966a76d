// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bochs 3.0 offers posted interrupts, but rejects each VM entry that uses them. It requires a
 * page-aligned descriptor, although 64-byte alignment is enough (SDM 27.2.1.1). KVM's descriptor is
 * not page-aligned, so the first VM entry shows the error.
 */
#include "l0/vmm/apicv.h"

#include <fcntl.h>
#include <linux/kvm.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE 4096u

bool apicv__is_offered(const char *cpuinfo)
{
	const char *line = strstr(cpuinfo, "\nvmx flags");
	const char *end = line ? strchr(line + 1, '\n') : NULL;
	const char *flag = line ? strstr(line, " posted_intr") : NULL;

	return flag && (!end || flag < end) && strchr(" \n", flag[strlen(" posted_intr")]);
}

/*
 * Runs a guest in real mode at address 0: OUT to port 0x10. KVM emulates the interrupt controller,
 * because it uses APICv only then. Returns false if the CPU rejects the VM entry.
 */
static bool enters(int vm, void *memory)
{
	static const unsigned char code[] = {0xe6, 0x10};
	const struct kvm_userspace_memory_region region = {.memory_size = PAGE,
							   .userspace_addr = (unsigned long)memory};
	struct kvm_regs regs = {.rflags = 2};
	struct kvm_sregs sregs;
	struct kvm_run *run;
	int vcpu;
	bool refused;

	memcpy(memory, code, sizeof(code));
	if (ioctl(vm, KVM_CREATE_IRQCHIP, 0) != 0 || ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region) != 0)
		return true;
	vcpu = ioctl(vm, KVM_CREATE_VCPU, 0);
	if (vcpu < 0)
		return true;
	run = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu, 0);
	if (run == MAP_FAILED || ioctl(vcpu, KVM_GET_SREGS, &sregs) != 0) {
		close(vcpu);
		return true;
	}
	sregs.cs.base = sregs.cs.selector = 0;
	refused = ioctl(vcpu, KVM_SET_SREGS, &sregs) == 0 && ioctl(vcpu, KVM_SET_REGS, &regs) == 0 &&
		  ioctl(vcpu, KVM_RUN, 0) == 0 && run->exit_reason == KVM_EXIT_FAIL_ENTRY;
	munmap(run, PAGE);
	close(vcpu);
	return !refused;
}

bool apicv__can_enter(void)
{
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	int vm = kvm < 0 ? -1 : ioctl(kvm, KVM_CREATE_VM, 0);
	void *memory = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	bool good = true;

	if (vm >= 0 && memory != MAP_FAILED)
		good = enters(vm, memory);
	if (memory != MAP_FAILED)
		munmap(memory, PAGE);
	if (vm >= 0)
		close(vm);
	if (kvm >= 0)
		close(kvm);
	return good;
}
