// SPDX-License-Identifier: GPL-2.0-only
/*
 * The eBPF programs that read KVM's own tables. One program notes the vCPU of a process when it
 * enters a guest. The loader runs the other two while this vCPU is stopped: they return its topmost
 * tables, and any word of physical memory.
 */
#include <stdbool.h>

#include <linux/bpf.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "trace/tables_bpf.h"

char LICENSE[] SEC("license") = "GPL";

/*
 * These declarations contain only the members of KVM's structures that the programs read, as of
 * Linux 5.19. CO-RE finds their offsets in the running kernel.
 */
struct kvm_mmu_root_info {
	__u64 pgd, hpa;
} __attribute__((preserve_access_index));

union kvm_mmu_page_role {
	struct {
		unsigned level : 4;
	};
} __attribute__((preserve_access_index));

struct kvm_mmu {
	struct kvm_mmu_root_info root;
	union kvm_mmu_page_role root_role;
	struct kvm_mmu_root_info prev_roots[TABLES_ROOTS - 1];
} __attribute__((preserve_access_index));

struct kvm_vcpu_arch {
	struct kvm_mmu *mmu;                /* the MMU in use */
	struct kvm_mmu root_mmu, guest_mmu; /* L1's, with the tables ept01; L2's, with the tables ept02 */
} __attribute__((preserve_access_index));

struct kvm_vcpu {
	struct kvm_vcpu_arch arch;
} __attribute__((preserve_access_index));

#define ENOENT 2

const volatile __u32 tgid; /* the process of the vCPU */

struct tables_exchange exchange;

/*
 * The kernel variable that holds the begin of the direct map. Kernels without randomized memory
 * layout have a constant instead.
 */
const char base_name[] = "page_offset_base";

static __always_inline bool is_known(void)
{
	return bpf_core_field_exists(struct kvm_mmu, root.hpa) && bpf_core_field_exists(struct kvm_mmu, root.pgd) &&
	       bpf_core_field_exists(struct kvm_mmu, root_role.level) &&
	       bpf_core_field_exists(struct kvm_mmu, prev_roots) &&
	       bpf_core_field_exists(struct kvm_vcpu_arch, root_mmu) &&
	       bpf_core_field_exists(struct kvm_vcpu_arch, guest_mmu) &&
	       bpf_core_field_exists(struct kvm_vcpu_arch, mmu);
}

SEC("tp_btf/kvm_entry")
int BPF_PROG(on_entry, struct kvm_vcpu *vcpu)
{
	__u64 mmu;

	/* The verifier requires that the pointer is compared with NULL (kvm.bpf.c). */
	if (!vcpu || bpf_get_current_pid_tgid() >> 32 != tgid || !is_known())
		return 0;
	exchange.vcpu = (__u64)(unsigned long)vcpu;
	mmu = (__u64)(unsigned long)BPF_CORE_READ(vcpu, arch.mmu);
	if (mmu == exchange.vcpu + bpf_core_field_offset(struct kvm_vcpu, arch.guest_mmu))
		exchange.roots.entered = BPF_CORE_READ((struct kvm_mmu *)(unsigned long)mmu, root.hpa);
	return 0;
}

static __always_inline void take(struct tables_root *to, const struct kvm_mmu_root_info *from)
{
	to->address = BPF_CORE_READ(from, hpa);
	to->eptp = BPF_CORE_READ(from, pgd);
}

/*
 * The bit field is read relative to its own structure. Relative to an outer structure, the macro
 * would add the offset twice.
 */
static __always_inline __u32 levels_of(const struct kvm_mmu *mmu)
{
	return BPF_CORE_READ_BITFIELD_PROBED(mmu, root_role.level);
}

SEC("syscall")
int on_roots(void *context)
{
	const struct kvm_vcpu *vcpu = (const void *)(unsigned long)exchange.vcpu;
	struct tables_roots *to = &exchange.roots;
	__u64 variable;

	exchange.error = -ENOENT;
	if (!vcpu || !is_known())
		return 0;
	if (!exchange.base) {
		exchange.error = bpf_kallsyms_lookup_name(base_name, sizeof(base_name), 0, &variable);
		if (exchange.error)
			return 0;
		exchange.error = bpf_probe_read_kernel(&exchange.base, sizeof(exchange.base), (void *)variable);
		if (exchange.error)
			return 0;
	}
	take(&to->ept01, &vcpu->arch.root_mmu.root);
	take(&to->ept02[0], &vcpu->arch.guest_mmu.root);
	for (int i = 1; i < TABLES_ROOTS; i++)
		take(&to->ept02[i], &vcpu->arch.guest_mmu.prev_roots[i - 1]);
	to->levels01 = levels_of(&vcpu->arch.root_mmu);
	to->levels02 = levels_of(&vcpu->arch.guest_mmu);
	exchange.error = 0;
	return 0;
}

SEC("syscall")
int on_word(void *context)
{
	exchange.error = bpf_probe_read_kernel(&exchange.word, sizeof(exchange.word),
					       (const void *)(unsigned long)(exchange.base + exchange.address));
	return 0;
}
