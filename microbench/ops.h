/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The operations: one row each, grouped in families. A family's file implements its operations
 * (family.h). Everything else is made from the row.
 */
#ifndef NB_OPS_H
#define NB_OPS_H

#include <stdint.h>

#include "microbench/abi/record.h"
#include "microbench/trap_requests.h"

/* Where an operation is legal: bits of the `where` column. */
#define NB_RING3 0x01 /* in a process */
#define NB_RING0 0x02 /* on a machine without a hypervisor below */
#define NB_GUEST 0x04 /* with a hypervisor below */
#define NB_ROOT  0x08 /* in our hypervisor itself, in VMX root operation */
/* Special properties of an operation: more bits of the same column. */
#define NB_NAMED    0x10  /* runs only when named: for tests, or for a separate command */
#define NB_FIRST    0x20  /* runs when no operation is named */
#define NB_USER     0x40  /* L0 handles it in user space, not in its kernel */
#define NB_USER_L1  0x80  /* L0's user space handles it in a guest of KVM */
#define NB_SHADOWED 0x100 /* accesses a VMCS field that L0 shadows: no exit while VMCS shadowing is on */
#define NB_PAGING   0x200 /* flushes or misses the TLB: with shadow page tables, its exits depend on their policy */
#define NB_COMMAND  0x400 /* runs only when named, by a separate command that its text gives */

#define NB_ANYWHERE (NB_RING3 | NB_RING0 | NB_GUEST)
#define NB_KERNEL   (NB_RING0 | NB_GUEST)

/*
 * Exits that depend only on the hypervisor's policy. They are counted and reported, and nothing is
 * predicted.
 */
#define NB_COUNTED (-1)

/*
 * X(name, family, where, traps, l1, l0, kvm, text). `traps` are the operation's trap requests
 * (trap_requests.h). l1, l0 and kvm are the exits of one execution that follow from the SDM (26.1)
 * and the trap requests. l1: exits at L2 that our hypervisor handles. l0: exits at L2 that L0
 * handles itself. kvm: exits in a guest of KVM, or of an instruction of our hypervisor itself.
 */
/* clang-format stays off, because it would break the columns of this table. */
/* clang-format off */
#define NB_OPS_NONE(X) \
	X(empty,          none, NB_ANYWHERE | NB_ROOT | NB_FIRST, 0, 0, 0, 0, "nothing: the cost of the loop and its two time stamps") \
	X(rdtsc,          none, NB_ANYWHERE, 0, 0, 0, 0, "RDTSC that nobody traps") \
	X(rdtscp,         none, NB_ANYWHERE, 0, 0, 0, 0, "RDTSCP: reads the time, waits for what is before it") \
	X(syscall,        none, NB_KERNEL, 0, 0, 0, 0, "SYSRET to ring 3 and SYSCALL back, within the guest") \
	X(walk_hit,       none, NB_KERNEL | NB_PAGING, 0, 0, 0, 0, "INVLPG and a load: a walk of page tables that are all there") \
	X(cr3_write,      none, NB_KERNEL | NB_PAGING, 0, 0, 0, 0, "MOV to CR3 that nobody traps") \
	X(invlpg,         none, NB_KERNEL | NB_PAGING, 0, 0, 0, 0, "INVLPG that nobody traps") \
	X(rdmsr_pass,     none, NB_KERNEL, 0, 0, 0, 0, "RDMSR of IA32_KERNEL_GS_BASE, which every MSR bitmap lets pass") \
	X(wrmsr_pass,     none, NB_KERNEL, 0, 0, 0, 0, "WRMSR of IA32_KERNEL_GS_BASE, which every MSR bitmap lets pass") \
	X(sidt,           none, NB_KERNEL, 0, 0, 0, 0, "SIDT: sensitive, and traps only if asked to") \
	X(sgdt,           none, NB_KERNEL, 0, 0, 0, 0, "SGDT: sensitive, and traps only if asked to") \
	X(sldt,           none, NB_KERNEL, 0, 0, 0, 0, "SLDT: sensitive, and traps only if asked to") \
	X(str,            none, NB_KERNEL, 0, 0, 0, 0, "STR: sensitive, and traps only if asked to") \
	X(smsw,           none, NB_KERNEL, 0, 0, 0, 0, "SMSW: reads CR0 and never traps") \
	X(popf,           none, NB_KERNEL, 0, 0, 0, 0, "PUSHF and POPF: changes flags and never traps")

#define NB_OPS_INSTRUCTION(X) \
	X(cpuid,          instruction, NB_ANYWHERE | NB_FIRST, 0, 1, 0, 1, "CPUID leaf 0: exits always, changes four registers") \
	X(vmcall,         instruction, NB_GUEST | NB_FIRST, 0, 1, 0, 1, "VMCALL: an empty hypercall") \
	X(rdmsr_trap,     instruction, NB_GUEST, NB_TRAP_MSR | NB_TRAP_OPTIONAL, 1, 0, 1, "RDMSR of IA32_MISC_ENABLE, trapped by the MSR bitmap") \
	X(wrmsr_trap,     instruction, NB_GUEST, NB_TRAP_MSR | NB_TRAP_OPTIONAL, 1, 0, 1, "WRMSR of IA32_MISC_ENABLE, trapped by the MSR bitmap") \
	X(rdmsr_l0,       instruction, NB_GUEST, 0, 0, NB_COUNTED, NB_COUNTED, "RDMSR of IA32_SYSENTER_ESP: L1 lets it pass, KVM traps L2's") \
	X(rdtsc_trap,     instruction, NB_GUEST, NB_TRAP_RDTSC, 2, 0, NB_COUNTED, "trapped RDTSC: the sample's own two time stamps, one exit's time apart") \
	X(rdpmc_trap,     instruction, NB_GUEST, NB_TRAP_RDPMC, 1, 0, NB_COUNTED, "RDPMC of counter 0, trapped") \
	X(cr0_write,      instruction, NB_GUEST | NB_PAGING, NB_TRAP_CR0 | NB_TRAP_OPTIONAL, 1, 0, NB_COUNTED, "MOV to CR0 that changes WP, which the hypervisor owns") \
	X(cr3_trap,       instruction, NB_GUEST | NB_PAGING, NB_TRAP_CR3_LOAD, 1, 0, NB_COUNTED, "MOV to CR3, trapped") \
	X(cr3_read_trap,  instruction, NB_GUEST, NB_TRAP_CR3_STORE, 1, 0, NB_COUNTED, "MOV from CR3, trapped") \
	X(cr4_write,      instruction, NB_GUEST | NB_PAGING, NB_TRAP_CR4 | NB_TRAP_OPTIONAL, 1, 0, NB_COUNTED, "MOV to CR4 that changes PSE, which the hypervisor owns") \
	X(cr8_write,      instruction, NB_GUEST, NB_TRAP_CR8, 1, 0, NB_COUNTED, "MOV to CR8, trapped") \
	X(cr8_read,       instruction, NB_GUEST, NB_TRAP_CR8, 1, 0, NB_COUNTED, "MOV from CR8, trapped") \
	X(dr_write,       instruction, NB_GUEST, NB_TRAP_DR, 1, 0, NB_COUNTED, "MOV to DR0, trapped") \
	X(dr_read,        instruction, NB_GUEST, NB_TRAP_DR, 1, 0, NB_COUNTED, "MOV from DR0, trapped") \
	X(sidt_trap,      instruction, NB_GUEST, NB_TRAP_DESCRIPTORS, 1, 0, NB_COUNTED, "SIDT under descriptor-table exiting") \
	X(sgdt_trap,      instruction, NB_GUEST, NB_TRAP_DESCRIPTORS, 1, 0, NB_COUNTED, "SGDT under descriptor-table exiting") \
	X(sldt_trap,      instruction, NB_GUEST, NB_TRAP_DESCRIPTORS, 1, 0, NB_COUNTED, "SLDT under descriptor-table exiting") \
	X(str_trap,       instruction, NB_GUEST, NB_TRAP_DESCRIPTORS, 1, 0, NB_COUNTED, "STR under descriptor-table exiting") \
	X(lidt_trap,      instruction, NB_GUEST, NB_TRAP_DESCRIPTORS, 1, 0, NB_COUNTED, "LIDT under descriptor-table exiting") \
	X(lgdt_trap,      instruction, NB_GUEST, NB_TRAP_DESCRIPTORS, 1, 0, NB_COUNTED, "LGDT under descriptor-table exiting") \
	X(lldt_trap,      instruction, NB_GUEST, NB_TRAP_DESCRIPTORS, 1, 0, NB_COUNTED, "LLDT of a null selector under descriptor-table exiting") \
	X(invlpg_trap,    instruction, NB_GUEST | NB_PAGING, NB_TRAP_INVLPG, 1, 0, NB_COUNTED, "INVLPG, trapped") \
	X(wbinvd,         instruction, NB_GUEST, 0, 0, NB_COUNTED, NB_COUNTED, "WBINVD that our hypervisor does not trap: L0 decides") \
	X(wbinvd_trap,    instruction, NB_GUEST, NB_TRAP_WBINVD, 1, 0, NB_COUNTED, "WBINVD, trapped") \
	X(xsetbv,         instruction, NB_GUEST, 0, 1, 0, 1, "XSETBV of the value that is there: exits always") \
	X(monitor,        instruction, NB_GUEST, NB_TRAP_MWAIT, 1, 0, NB_COUNTED, "MONITOR, trapped") \
	X(mwait,          instruction, NB_GUEST, NB_TRAP_MWAIT, 1, 0, NB_COUNTED, "MWAIT, trapped") \
	X(pause,          instruction, NB_ANYWHERE, 0, 0, 0, NB_COUNTED, "PAUSE that our hypervisor does not trap (KVM looks out for loops of it)") \
	X(pause_trap,     instruction, NB_GUEST, NB_TRAP_PAUSE, 1, 0, NB_COUNTED, "PAUSE, trapped") \
	X(hang,           instruction, NB_GUEST | NB_NAMED, 0, 0, 0, 0, "runs to the middle of its window, then loops without an exit") \
	X(triple_fault,   instruction, NB_GUEST | NB_NAMED, 0, 0, 0, 0, "runs to the middle of its window, then shuts its CPU down")

#define NB_OPS_IO(X) \
	X(pio,            io, NB_GUEST | NB_USER_L1, NB_TRAP_SERVICES | NB_TRAP_OPTIONAL, 1, 0, 1, "32-bit OUT to a port of the level below") \
	X(pio_kernel,     io, NB_GUEST, NB_TRAP_DEVICES | NB_TRAP_OPTIONAL, 0, 1, 1, "OUT to the interrupt controller in L0's kernel, not wanted by L1") \
	X(pio_user,       io, NB_GUEST | NB_USER | NB_USER_L1, NB_TRAP_DEVICES | NB_TRAP_OPTIONAL, 0, 1, 1, "OUT to a port of L0's user space, not wanted by L1") \
	X(mmio_misconfig, io, NB_GUEST, NB_TRAP_SERVICES, 1, 0, NB_COUNTED, "store to a page that ept12 misconfigures: L1 decodes it") \
	X(mmio_violation, io, NB_GUEST, NB_TRAP_SERVICES, 1, 0, NB_COUNTED, "store to a page that ept12 does not map: L1 decodes it") \
	X(mmio_kernel,    io, NB_GUEST, NB_TRAP_DEVICES | NB_TRAP_OPTIONAL, 0, 1, 1, "load from the I/O APIC in L0's kernel, which L1 maps through") \
	X(mmio_user,      io, NB_GUEST | NB_USER | NB_USER_L1, NB_TRAP_DEVICES | NB_TRAP_OPTIONAL, 0, 1, 1, "store to a device of L0's user space, which L1 maps through")

#define NB_OPS_INTERRUPT(X) \
	X(inject,         interrupt, NB_GUEST, NB_TRAP_SERVICES, 1, 0, NB_COUNTED, "asks for an interrupt and takes it at once") \
	X(inject_window,  interrupt, NB_GUEST, NB_TRAP_SERVICES, 2, 0, NB_COUNTED, "asks for an interrupt with IF = 0, then STI: interrupt-window exiting") \
	X(nmi,            interrupt, NB_GUEST, NB_TRAP_SERVICES, 1, 0, NB_COUNTED, "asks for an NMI and takes it at once") \
	X(nmi_window,     interrupt, NB_GUEST, NB_TRAP_SERVICES | NB_TRAP_NMI_WINDOW, 3, 0, NB_COUNTED, "asks for an NMI, and from its handler for another: NMI-window exiting") \
	X(sti_shadow,     interrupt, NB_GUEST, NB_TRAP_SERVICES, 2, 0, NB_COUNTED, "pending interrupt, STI: taken after exactly one more instruction (checked)") \
	X(movss_shadow,   interrupt, NB_GUEST, NB_TRAP_SERVICES, 1, 0, NB_COUNTED, "interrupt asked for in the shadow of MOV SS: taken right behind it (checked)") \
	X(eoi_x2apic,     interrupt, NB_GUEST, NB_TRAP_APIC | NB_TRAP_OPTIONAL, 1, 0, NB_COUNTED, "end of interrupt by x2APIC MSR, nothing in service") \
	X(ipi_x2apic,     interrupt, NB_GUEST, NB_TRAP_APIC | NB_TRAP_OPTIONAL, 2, 0, NB_COUNTED, "self-IPI by x2APIC MSR, taken, and its EOI") \
	X(ipi_xapic,      interrupt, NB_GUEST, NB_TRAP_APIC | NB_TRAP_OPTIONAL, 2, 0, NB_COUNTED, "self-IPI by the xAPIC's page, taken, and its EOI") \
	X(hlt,            interrupt, NB_GUEST, NB_TRAP_APIC | NB_TRAP_OPTIONAL, 3, 0, NB_COUNTED, "HLT with wake-up: self-IPI with IF = 0, STI, HLT, EOI") \
	X(apic_timer,     interrupt, NB_GUEST, NB_TRAP_APIC | NB_TRAP_OPTIONAL, NB_COUNTED, NB_COUNTED, NB_COUNTED, "arms the APIC's timer, spins until its interrupt, EOI") \
	X(preempt_timer,  interrupt, NB_GUEST, NB_TRAP_SERVICES | NB_TRAP_PREEMPTION, NB_COUNTED, NB_COUNTED, NB_COUNTED, "asks for a VMX-preemption timer, spins until it has fired")

#define NB_OPS_EXCEPTION(X) \
	X(ud_reflect,     exception, NB_GUEST, NB_TRAP_UD, 1, 0, NB_COUNTED, "#UD, intercepted and reflected") \
	X(pf_reflect,     exception, NB_GUEST | NB_PAGING, NB_TRAP_PF, 1, 0, NB_COUNTED, "#PF, intercepted and reflected") \
	X(bp_reflect,     exception, NB_GUEST, NB_TRAP_BP, 1, 0, NB_COUNTED, "#BP, intercepted and reflected") \
	X(gp_reflect,     exception, NB_GUEST, NB_TRAP_GP, 1, 0, NB_COUNTED, "#GP, intercepted and reflected") \
	X(ud,             exception, NB_KERNEL, 0, 0, NB_COUNTED, NB_COUNTED, "#UD that L1 does not intercept (KVM does)") \
	X(pf,             exception, NB_KERNEL | NB_PAGING, 0, 0, 0, 0, "#PF that nobody intercepts") \
	X(bp,             exception, NB_KERNEL, 0, 0, 0, 0, "#BP that nobody intercepts") \
	X(gp,             exception, NB_KERNEL, 0, 0, 0, 0, "#GP that nobody intercepts") \
	X(vectoring,      exception, NB_GUEST | NB_PAGING, NB_TRAP_SERVICES, NB_COUNTED, NB_COUNTED, NB_COUNTED, "#BP whose stack ept12 has just lost: re-injected exactly once (checked)") \
	X(paging,         exception, NB_KERNEL | NB_NAMED | NB_PAGING, 0, NB_COUNTED, NB_COUNTED, NB_COUNTED, "checks paging, rule by rule: faults, A and D, what is forgotten when") \
	X(torture,        exception, NB_KERNEL | NB_NAMED | NB_PAGING, 0, NB_COUNTED, NB_COUNTED, NB_COUNTED, "a random change of page tables, and random accesses, checked against a model") \
	X(page_moved,     exception, NB_GUEST | NB_NAMED | NB_PAGING, NB_TRAP_SERVICES | NB_TRAP_PF, NB_COUNTED, NB_COUNTED, NB_COUNTED, "#PF; while it is handled, L0 takes a page of L1 or L2, and gives it back (checked)") \
	X(page_awaited,   exception, NB_GUEST | NB_NAMED | NB_PAGING, NB_TRAP_SERVICES | NB_TRAP_PF, NB_COUNTED, NB_COUNTED, NB_COUNTED, "the same, and the page comes back only when it is touched (checked)") \
	X(bad_tables,     exception, NB_KERNEL | NB_NAMED | NB_PAGING, 0, NB_COUNTED, NB_COUNTED, NB_COUNTED, "checks what bad tables and addresses lead to: reserved bits, loops, not canonical") \
	X(beyond_cr3,     exception, NB_GUEST | NB_NAMED | NB_PAGING, NB_TRAP_SERVICES, NB_COUNTED, NB_COUNTED, NB_COUNTED, "runs to the middle of its window, then CR3 leads out of the guest's memory") \
	X(beyond_pml4e,   exception, NB_GUEST | NB_NAMED | NB_PAGING, NB_TRAP_SERVICES, NB_COUNTED, NB_COUNTED, NB_COUNTED, "the same, then a PML4E does") \
	X(beyond_pdpte,   exception, NB_GUEST | NB_NAMED | NB_PAGING, NB_TRAP_SERVICES, NB_COUNTED, NB_COUNTED, NB_COUNTED, "the same, then a PDPTE does") \
	X(beyond_pde,     exception, NB_GUEST | NB_NAMED | NB_PAGING, NB_TRAP_SERVICES, NB_COUNTED, NB_COUNTED, NB_COUNTED, "the same, then a PDE does") \
	X(beyond_pte,     exception, NB_GUEST | NB_NAMED | NB_PAGING, NB_TRAP_SERVICES, NB_COUNTED, NB_COUNTED, NB_COUNTED, "the same, then a PTE does")

#define NB_OPS_VMX(X) \
	X(vmread_shadow,  vmx, NB_ROOT | NB_SHADOWED, 0, 0, 0, 1, "VMREAD of GUEST_RIP, a field that KVM shadows") \
	X(vmread_plain,   vmx, NB_ROOT, 0, 0, 0, 1, "VMREAD of HOST_RIP, a field that KVM does not shadow") \
	X(vmwrite_shadow, vmx, NB_ROOT | NB_SHADOWED, 0, 0, 0, 1, "VMWRITE of GUEST_RIP, a field that KVM shadows") \
	X(vmwrite_plain,  vmx, NB_ROOT, 0, 0, 0, 1, "VMWRITE of HOST_RIP, a field that KVM does not shadow") \
	X(vmptrld,        vmx, NB_ROOT, 0, 0, 0, 2, "VMPTRLD of another VMCS and back") \
	X(vmptrst,        vmx, NB_ROOT, 0, 0, 0, 1, "VMPTRST") \
	X(vmclear,        vmx, NB_ROOT, 0, 0, 0, 1, "VMCLEAR of a VMCS that is not current") \
	X(vmxoff_vmxon,   vmx, NB_ROOT, 0, 0, 0, 2, "VMXOFF and VMXON") \
	X(invept,         vmx, NB_ROOT, 0, 0, 0, 1, "INVEPT, single context") \
	X(invvpid,        vmx, NB_ROOT, 0, 0, 0, 1, "INVVPID, single context") \
	X(invept_all,     vmx, NB_ROOT, 0, 0, 0, 1, "INVEPT, all contexts") \
	X(invvpid_page,   vmx, NB_ROOT, 0, 0, 0, 1, "INVVPID, one linear address") \
	X(invvpid_all,    vmx, NB_ROOT, 0, 0, 0, 1, "INVVPID, all contexts") \
	X(invvpid_globals, vmx, NB_ROOT, 0, 0, 0, 1, "INVVPID, single context but for global translations") \
	X(ept_change,     vmx, NB_ROOT, 0, 0, 0, NB_COUNTED, "takes a page from ept12, gives it back, INVEPT: as memory is reclaimed") \
	X(fields,         vmx, NB_ROOT | NB_NAMED | NB_COMMAND, 0, 0, 0, NB_COUNTED, "VMREAD and VMWRITE of every field, a window each: for `nestbed fields`") \
	X(walks,          vmx, NB_ROOT | NB_NAMED | NB_COMMAND, 0, 0, 0, NB_COUNTED, "references of a page walk, by accessed flags; --l2-va: one translation by steps: for `nestbed walk`") \
	X(vmresume_exit,  vmx, NB_ROOT, 0, 0, 0, 2, "VMRESUME to a VMCALL and back: no VMREAD, no VMWRITE, no register saved")

#define NB_OPS_PARAVIRTUAL(X) \
	X(msg_vmcall,     paravirtual, NB_GUEST, NB_TRAP_SERVICES, 1, 0, NB_COUNTED, "a message by hypercall") \
	X(msg_pio,        paravirtual, NB_GUEST, NB_TRAP_SERVICES, 1, 0, NB_COUNTED, "the same message by port I/O") \
	X(msg_mmio,       paravirtual, NB_GUEST, NB_TRAP_SERVICES, 1, 0, NB_COUNTED, "the same message by MMIO") \
	X(clock_page,     paravirtual, NB_GUEST, NB_TRAP_SERVICES, 0, 0, NB_COUNTED, "time from the paravirtual clock page") \
	X(virtq_1,        paravirtual, NB_GUEST, NB_TRAP_SERVICES, 1, 0, NB_COUNTED, "a virtqueue's echo, 1 buffer a kick") \
	X(virtq_4,        paravirtual, NB_GUEST, NB_TRAP_SERVICES, 1, 0, NB_COUNTED, "a virtqueue's echo, 4 buffers a kick") \
	X(virtq_16,       paravirtual, NB_GUEST, NB_TRAP_SERVICES, 1, 0, NB_COUNTED, "a virtqueue's echo, 16 buffers a kick") \
	X(virtq_64,       paravirtual, NB_GUEST, NB_TRAP_SERVICES, 1, 0, NB_COUNTED, "a virtqueue's echo, 64 buffers a kick") \
	X(work_0,         paravirtual, NB_GUEST, 0, 0, 0, 0, "a fixed loop of 20,000 instructions, no trap in it") \
	X(work_1,         paravirtual, NB_GUEST, 0, 1, 0, 1, "the same loop with 1 CPUID") \
	X(work_2,         paravirtual, NB_GUEST, 0, 2, 0, 2, "the same loop with 2 CPUID") \
	X(work_4,         paravirtual, NB_GUEST, 0, 4, 0, 4, "the same loop with 4 CPUID") \
	X(work_8,         paravirtual, NB_GUEST, 0, 8, 0, 8, "the same loop with 8 CPUID")

#define NB_OPS_TRANSLATION(X) \
	X(touch_1,        translation, NB_GUEST | NB_PAGING, NB_TRAP_SERVICES, 1, NB_COUNTED, NB_COUNTED, "first load from a page: L1 adds an entry to one level of its tables") \
	X(touch_2,        translation, NB_GUEST | NB_PAGING, NB_TRAP_SERVICES, 1, NB_COUNTED, NB_COUNTED, "first load from a page that is 2 MiB from others: L1 adds to two levels") \
	X(touch_3,        translation, NB_GUEST | NB_PAGING, NB_TRAP_SERVICES, 1, NB_COUNTED, NB_COUNTED, "first load from a page that is 1 GiB from others: L1 adds to three levels") \
	X(touch_2m_1,     translation, NB_GUEST | NB_PAGING, NB_TRAP_SERVICES, 1, NB_COUNTED, NB_COUNTED, "first load from a page of 2 MiB: L1 adds to one level, the last but one") \
	X(touch_2m_2,     translation, NB_GUEST | NB_PAGING, NB_TRAP_SERVICES, 1, NB_COUNTED, NB_COUNTED, "first load from a page of 2 MiB that is 1 GiB from others: L1 adds to two levels") \
	X(touch_1g_1,     translation, NB_GUEST | NB_PAGING, NB_TRAP_SERVICES, 1, NB_COUNTED, NB_COUNTED, "first load from a page of 1 GiB: L1 adds to one level, the second") \
	X(demand_1,       translation, NB_KERNEL | NB_PAGING, 0, 0, 0, 0, "load from a page that is not present: the guest's handler adds to 1 level of its tables") \
	X(demand_2,       translation, NB_KERNEL | NB_PAGING, 0, 0, 0, 0, "load from a page that is not present: the guest's handler adds to 2 levels") \
	X(demand_3,       translation, NB_KERNEL | NB_PAGING, 0, 0, 0, 0, "load from a page that is not present: the guest's handler adds to 3 levels") \
	X(demand_2m_1,    translation, NB_KERNEL | NB_PAGING, 0, 0, 0, 0, "load from a page of 2 MiB that is not present: the guest's handler adds to 1 level") \
	X(demand_2m_2,    translation, NB_KERNEL | NB_PAGING, 0, 0, 0, 0, "load from a page of 2 MiB that is not present: the guest's handler adds to 2 levels") \
	X(demand_1g_1,    translation, NB_KERNEL | NB_PAGING, 0, 0, 0, 0, "load from a page of 1 GiB that is not present: the guest's handler adds to 1 level") \
	X(map_page,       translation, NB_KERNEL | NB_PAGING, 0, 0, 0, 0, "maps a page, stores to it, unmaps it, INVLPG") \
	X(remap_page,     translation, NB_KERNEL | NB_PAGING, 0, 0, 0, 0, "maps another page at the same address, INVLPG, and a store") \
	X(protect_page,   translation, NB_KERNEL | NB_PAGING, 0, 0, 0, 0, "takes the right to write away, INVLPG; the store faults and gets it back") \
	X(map_batch,      translation, NB_KERNEL | NB_PAGING, 0, 0, 0, 0, "maps 16 pages, stores to each, unmaps them, MOV to CR3") \
	X(fork,           translation, NB_KERNEL | NB_PAGING, 0, 0, 0, 0, "copies a page table of 16 write-protected pages; child and parent copy 4 pages on write") \
	X(switch_2,       translation, NB_KERNEL | NB_PAGING, 0, 0, 0, 0, "MOV to CR3, in turns of 2 address spaces, and loads from 4 pages") \
	X(switch_8,       translation, NB_KERNEL | NB_PAGING, 0, 0, 0, 0, "MOV to CR3, in turns of 8 address spaces, and loads from 4 pages") \
	X(dirty_protect,  translation, NB_GUEST | NB_PAGING, NB_TRAP_SERVICES, 17, NB_COUNTED, NB_COUNTED, "16 stores to pages that L1 write-protects, which it collects then") \
	X(dirty_flags,    translation, NB_GUEST | NB_PAGING, NB_TRAP_SERVICES, 1, NB_COUNTED, NB_COUNTED, "16 stores to pages that L1 finds by the dirty flags of its EPT") \
	X(dirty_log,      translation, NB_GUEST | NB_PAGING, NB_TRAP_SERVICES, 1, NB_COUNTED, NB_COUNTED, "16 stores to pages that L1 finds in the page-modification log") \
	X(chase,          translation, NB_ANYWHERE | NB_NAMED | NB_COMMAND | NB_PAGING, 0, 0, 0, 0, "1024 dependent loads of a chain, a window a point: for `nestbed chase`")

#define NB_OPS(X) \
	NB_OPS_NONE(X) NB_OPS_INSTRUCTION(X) NB_OPS_IO(X) NB_OPS_INTERRUPT(X) NB_OPS_EXCEPTION(X) NB_OPS_VMX(X) \
	NB_OPS_PARAVIRTUAL(X) NB_OPS_TRANSLATION(X)
/* clang-format on */

enum nb_op {
#define X(name, family, where, traps, l1, l0, kvm, text) NB_OP_##name,
	NB_OPS(X)
#undef X
		NB_OP_COUNT
};

struct nb_op_info {
	const char *name;
	const char *family;
	unsigned where;  /* bits of the `where` column */
	unsigned traps;  /* bits NB_TRAP_... and NB_TRAP_OPTIONAL */
	int l1, l0, kvm; /* exits of one execution, or NB_COUNTED */
	const char *text;
};

extern const struct nb_op_info nb_op_info[NB_OP_COUNT];

/* Returns the operation called name[0..length), or -1. */
int nb_op_find(const char *name, unsigned length);

/* Returns the operation with this name, or NULL if there is none. */
const struct nb_op_info *nb_op_get(const char *name);

#endif
