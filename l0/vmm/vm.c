// SPDX-License-Identifier: GPL-2.0-only
/* Builds a VM: memory, images, CPUID, and a vCPU in the initial state of the PVH ABI. */
#include "l0/vmm/vm.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "l0/base/util.h"
#include "l0/vmm/prefault.h"
#include "microbench/abi/pvh.h"
#include "vmcs-shadow/x86.h"

#define MIB          (1ull << 20)
#define HIGH_ADDRESS (1ull << 30)
#define START_INFO   0x8000u
#define PAGE_2M      (2 * MIB)
/*
 * On Intel CPUs KVM uses four pages of guest-physical memory for real mode: three for a TSS and one
 * for an identity map. They lie far above the VM's memory.
 */
#define TSS_ADDRESS      0xfffbd000u
#define IDENTITY_ADDRESS 0xfffbc000ull
#define CPUID_ENTRIES    256

int kvm__open(void)
{
	int fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	int version;

	if (fd < 0 && (errno == EACCES || errno == EPERM))
		pr_err("no permission for /dev/kvm: run as root, or join the group kvm (sudo usermod -aG kvm $USER; "
		       "log in again)");
	else if (fd < 0)
		pr_err("cannot open /dev/kvm (%s): load kvm_intel, or use --machine bochs", strerror(errno));
	if (fd < 0)
		return -1;
	version = ioctl(fd, KVM_GET_API_VERSION, 0);
	if (version != KVM_API_VERSION) {
		pr_err("/dev/kvm speaks API version %d, not %d", version, KVM_API_VERSION);
		close(fd);
		return -1;
	}
	return fd;
}

void *vm__memory(const struct vm *vm, uint64_t address, uint64_t bytes)
{
	for (unsigned i = 0; i < vm->regions; i++) {
		const struct vm_region *r = &vm->region[i];

		if (address >= r->address && address - r->address <= r->size &&
		    bytes <= r->size - (address - r->address))
			return r->memory + (address - r->address);
	}
	return NULL;
}

/*
 * Maps prefaulted memory, so that no measured window allocates a page. Requests huge pages at once.
 * Otherwise the host's kernel may later merge small pages into huge ones, and remove the guest's
 * pages meanwhile.
 */
static uint8_t *map_memory(uint64_t size)
{
	uint8_t *all = mmap(NULL, size + PAGE_2M, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint8_t *memory = (uint8_t *)(((uintptr_t)all + PAGE_2M - 1) & ~(uintptr_t)(PAGE_2M - 1));

	if (all == MAP_FAILED)
		return NULL;
	munmap(all, (size_t)(memory - all));
	munmap(memory + size, (size_t)(all + PAGE_2M - memory));
	/* fails on a kernel without huge pages, which cannot merge pages either */
	madvise(memory, size, MADV_HUGEPAGE);
	prefault(memory, size);
	return memory;
}

static bool add_region(struct vm *vm, uint64_t address, uint64_t size)
{
	struct vm_region *r = &vm->region[vm->regions];
	struct kvm_userspace_memory_region slot;

	r->memory = map_memory(size);
	if (!r->memory) {
		pr_err("cannot get %llu MiB of memory for the guest: %s", (unsigned long long)(size / MIB),
		       strerror(errno));
		return false;
	}
	r->address = address;
	r->size = size;
	slot = (struct kvm_userspace_memory_region){
		.slot = vm->regions,
		.guest_phys_addr = address,
		.memory_size = size,
		.userspace_addr = (uintptr_t)r->memory,
	};
	vm->regions++;
	if (ioctl(vm->fd, KVM_SET_USER_MEMORY_REGION, &slot) != 0) {
		pr_err("KVM refuses %llu MiB of guest memory: %s", (unsigned long long)(size / MIB), strerror(errno));
		return false;
	}
	return true;
}

static bool load_image(struct vm *vm, const char *path)
{
	struct nb_pvh_image image;
	struct file_data file;
	const char *why;
	bool good = true;

	if (!file__read(path, &file))
		return false;
	why = nb_pvh_parse(file.data, file.size, &image);
	if (why) {
		pr_err("%s cannot be loaded: %s", path, why);
		free(file.data);
		return false;
	}
	for (unsigned i = 0; i < image.headers && good; i++) {
		struct nb_pvh_segment s;
		unsigned long long end;
		void *to;

		if (!nb_pvh_segment(&image, i, &s))
			continue;
		end = s.address + s.memory_size;
		to = vm__memory(vm, s.address, s.memory_size);
		good = to != NULL;
		if (good)
			memcpy(to, file.data + s.offset, s.file_size);
		else
			pr_err("%s does not fit: it wants [%llx, %llx), the machine has %llu MiB", path,
			       (unsigned long long)s.address, end, vm->region[0].size / MIB);
	}
	vm->entry = image.entry;
	free(file.data);
	return good;
}

/* Loads a module at the top of low memory, below *top. This leaves the largest free block. */
static bool load_module(struct vm *vm, const char *path, uint64_t *top, struct nb_pvh_module *module)
{
	struct file_data file;

	if (!file__read(path, &file))
		return false;
	if (file.size + PAGE_2M > *top) {
		pr_err("%s (%zu KiB) does not fit into %llu MiB", path, file.size >> 10,
		       (unsigned long long)(vm->region[0].size / MIB));
		free(file.data);
		return false;
	}
	*top = module->address = (*top - file.size) & ~(uint64_t)4095;
	module->size = file.size;
	memcpy(vm->region[0].memory + module->address, file.data, file.size);
	free(file.data);
	return true;
}

static bool load_modules(struct vm *vm, const struct vm_plan *plan, struct nb_pvh_boot *boot)
{
	uint64_t top = vm->region[0].size;

	for (unsigned i = 0; i < plan->modules; i++) {
		unsigned first = 0;

		while (strcmp(plan->module[first], plan->module[i]) != 0)
			first++;
		if (first < i)
			boot->module[i] = boot->module[first];
		else if (!load_module(vm, plan->module[i], &top, &boot->module[i]))
			return false;
		boot->modules++;
	}
	return true;
}

static bool load(struct vm *vm, const struct vm_plan *plan)
{
	struct nb_pvh_boot boot = {.cmdline = plan->cmdline};

	if (!load_image(vm, plan->image))
		return false;
	if (!load_modules(vm, plan, &boot))
		return false;
	for (unsigned i = 0; i < vm->regions; i++)
		boot.range[boot.ranges++] = (struct nb_pvh_range){vm->region[i].address, vm->region[i].size, NB_PVH_RAM,
								  0};
	vm->start_info = START_INFO;
	if (!nb_pvh_write_start_info(vm->region[0].memory + START_INFO, START_INFO, &boot)) {
		pr_err("the command line of %s is too long", plan->image);
		return false;
	}
	return true;
}

/*
 * Gives the vCPU the CPUID that KVM supports. Returns false, with *missing set, if the image needs
 * VMX and KVM does not offer it.
 */
static bool set_cpuid(struct vm *vm, bool nested, bool *missing)
{
	struct kvm_cpuid2 *cpuid = calloc(1, sizeof(*cpuid) + CPUID_ENTRIES * sizeof(cpuid->entries[0]));
	bool vmx = false;
	bool good;

	if (!cpuid)
		return false;
	cpuid->nent = CPUID_ENTRIES;
	good = ioctl(vm->kvm, KVM_GET_SUPPORTED_CPUID, cpuid) == 0;
	for (uint32_t i = 0; good && i < cpuid->nent; i++) {
		struct kvm_cpuid_entry2 *e = &cpuid->entries[i];

		/*
		 * The only vCPU has APIC id 0. KVM reports the APIC id of the current physical CPU.
		 */
		if (e->function == 1) {
			vmx = e->ecx & LEAF_1_ECX_VMX;
			e->ebx &= 0x00ffffff;
			e->ecx |= LEAF_1_ECX_HYPERVISOR; /* KVM leaves this bit to the VMM */
		} else if (e->function == 0xb || e->function == 0x1f) {
			e->edx = 0;
		}
	}
	*missing = nested && !vmx;
	if (good && !*missing)
		good = ioctl(vm->vcpu, KVM_SET_CPUID2, cpuid) == 0;
	if (!good)
		pr_err("cannot set the guest's CPUID: %s", strerror(errno));
	if (*missing)
		pr_err("this KVM offers no nested VMX: sudo modprobe -r kvm_intel; sudo modprobe kvm_intel nested=1, "
		       "or use "
		       "--machine bochs");
	free(cpuid);
	return good && !*missing;
}

/*
 * Sets the entry state of PVH: 32-bit flat protected mode, paging off, EBX = address of the start
 * info.
 */
static bool set_registers(struct vm *vm)
{
	const struct kvm_segment code = {
		.limit = 0xffffffff, .selector = 0x08, .type = 0xb, .present = 1, .db = 1, .s = 1, .g = 1};
	struct kvm_regs regs = {.rip = vm->entry, .rbx = vm->start_info, .rflags = 2};
	struct kvm_segment data = code;
	struct kvm_sregs sregs;

	data.selector = 0x10;
	data.type = 0x3;
	if (ioctl(vm->vcpu, KVM_GET_SREGS, &sregs) != 0)
		return false;
	sregs.cs = code;
	sregs.ds = sregs.es = sregs.fs = sregs.gs = sregs.ss = data;
	sregs.cr0 = 0x11; /* PE, ET */
	return ioctl(vm->vcpu, KVM_SET_SREGS, &sregs) == 0 && ioctl(vm->vcpu, KVM_SET_REGS, &regs) == 0;
}

static bool create_vcpu(struct vm *vm)
{
	uint64_t identity = IDENTITY_ADDRESS;
	int size = ioctl(vm->kvm, KVM_GET_VCPU_MMAP_SIZE, 0);

	/* KVM requires this order: addresses and interrupt controllers before the first vCPU. */
	if (size < 0 || ioctl(vm->fd, KVM_SET_IDENTITY_MAP_ADDR, &identity) != 0 ||
	    ioctl(vm->fd, KVM_SET_TSS_ADDR, TSS_ADDRESS) != 0 || ioctl(vm->fd, KVM_CREATE_IRQCHIP, 0) != 0)
		return false;
	vm->vcpu = ioctl(vm->fd, KVM_CREATE_VCPU, 0);
	if (vm->vcpu < 0)
		return false;
	vm->run_size = (size_t)size;
	vm->run = mmap(NULL, vm->run_size, PROT_READ | PROT_WRITE, MAP_SHARED, vm->vcpu, 0);
	return vm->run != MAP_FAILED;
}

int vm__create(struct vm *vm, const struct vm_plan *plan)
{
	bool no_vmx = false;

	*vm = (struct vm){.kvm = -1, .fd = -1, .vcpu = -1};
	vm->kvm = kvm__open();
	if (vm->kvm < 0)
		return NB_EXIT_SKIPPED;
	vm->fd = ioctl(vm->kvm, KVM_CREATE_VM, 0);
	if (vm->fd < 0 || !create_vcpu(vm)) {
		pr_err("KVM cannot make a virtual machine: %s", strerror(errno));
		return NB_EXIT_FAILED;
	}
	if (!set_cpuid(vm, plan->nested, &no_vmx))
		return no_vmx ? NB_EXIT_SKIPPED : NB_EXIT_FAILED;
	vm->stats = kvm_stats__open(vm->vcpu);
	if (!vm->stats || !add_region(vm, 0, plan->memory_mib * MIB) ||
	    (plan->high_mib && !add_region(vm, HIGH_ADDRESS, plan->high_mib * MIB)) || !load(vm, plan))
		return NB_EXIT_FAILED;
	if (!set_registers(vm)) {
		pr_err("cannot set the vCPU's registers: %s", strerror(errno));
		return NB_EXIT_FAILED;
	}
	return NB_EXIT_GOOD;
}

void vm__destroy(struct vm *vm)
{
	kvm_stats__close(vm->stats);
	if (vm->run && vm->run != MAP_FAILED)
		munmap(vm->run, vm->run_size);
	for (unsigned i = 0; i < vm->regions; i++)
		munmap(vm->region[i].memory, vm->region[i].size);
	if (vm->vcpu >= 0)
		close(vm->vcpu);
	if (vm->fd >= 0)
		close(vm->fd);
	if (vm->kvm >= 0)
		close(vm->kvm);
}
