// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of claims. Each entry has the source of a claim, its prediction, and the way to measure
 * it.
 */
#include "l0/claims/claims.h"

#define CPUID_ON                                                                                                       \
	{                                                                                                              \
		"cpuid", "L2", SHADOW_ON                                                                               \
	}
#define CPUID_OFF                                                                                                      \
	{                                                                                                              \
		"cpuid", "L2", SHADOW_OFF                                                                              \
	}
#define L2_BOTH(op)                                                                                                    \
	{op, "L2", SHADOW_ON},                                                                                         \
	{                                                                                                              \
		op, "L2", SHADOW_OFF                                                                                   \
	}
#define L1_AND_L2(op)                                                                                                  \
	{op, "L1", SHADOW_ON},                                                                                         \
	{                                                                                                              \
		op, "L2", SHADOW_ON                                                                                    \
	}
#define WORKS(level, config)                                                                                           \
	{"work_0", level, config}, {"work_1", level, config}, {"work_2", level, config}, {"work_4", level, config},    \
	{                                                                                                              \
		"work_8", level, config                                                                                \
	}
#define QUEUES(config)                                                                                                 \
	{"virtq_1", "L2", config}, {"virtq_4", "L2", config}, {"virtq_16", "L2", config},                              \
	{                                                                                                              \
		"virtq_64", "L2", config                                                                               \
	}
#define MESSAGES(config)                                                                                               \
	{"msg_vmcall", "L2", config}, {"msg_pio", "L2", config},                                                       \
	{                                                                                                              \
		"msg_mmio", "L2", config                                                                               \
	}

#define L1_BOTH(op)                                                                                                    \
	{op, "L1", SHADOW_ON},                                                                                         \
	{                                                                                                              \
		op, "L1", SHADOW_OFF                                                                                   \
	}

/* The problems of the course text have numbers. */
#define COURSE(problems) "course text on virtual machines, " problems

const struct claims_claim claims_table[] = {
	{
		.name = "cpuid-direct",
		.text = "An L2 CPUID costs 2 L0 exits if L1 accesses its VMCS directly",
		.source = "Turtles, OSDI 2010",
		.predicted = "2 exits, exactly",
		.method = "L0 exits of `cpuid` at L2, VMCS shadowing on",
		.command = "nestbed run --op cpuid --shadow-vmcs on",
		.measure = measure_cpuid_direct,
		.needs = {CPUID_ON},
	},
	{
		.name = "cpuid-trapped",
		.text = "An L2 CPUID costs 13 L0 exits if L1's VMCS accesses trap",
		.source = "Turtles, OSDI 2010",
		.predicted = "13 exits, exactly: 7 VMREADs, 4 VMWRITEs, CPUID, VMRESUME",
		.method = "L0 exits and VMCS accesses of `cpuid` at L2, VMCS shadowing off",
		.command = "nestbed run --op cpuid --shadow-vmcs off",
		.measure = measure_cpuid_trapped,
		.needs = {CPUID_OFF},
	},
	{
		.name = "pio-exits",
		.text = "An L2 port access costs 31 L0 exits, 14 with direct access to the VMCS",
		.source = "Turtles, OSDI 2010",
		.predicted = "31 and 14 exits, exactly",
		.method = "L0 exits of `pio` at L2, VMCS shadowing off and on; the same of `cpuid` beside it",
		.command = "nestbed run --op cpuid,pio",
		.measure = measure_pio_exits,
		.needs = {L2_BOTH("pio"), CPUID_ON, CPUID_OFF},
	},
	{
		.name = "ledger",
		.text = "L0 exits = 2 x exits to L1 + accesses to the VMCS that trap + L1's other instructions that trap",
		.source = "follows from SDM 26.1; for CPUID and port I/O, Turtles, OSDI 2010",
		.predicted = "nothing left over in any operation whose exits follow from its instruction alone",
		.method =
			"L0 exits by KVM's count; all else by our hypervisor's: exits it handled, each VMREAD and VMWRITE by field",
		.command = "nestbed run --op all",
		.measure = measure_ledger,
	},
	{
		.name = "shadowing-exits",
		.text = "VMCS shadowing takes exits away from every nested exit that L1 handles",
		.source = "KVM's VMCS-shadowing cover letter, 2013",
		.predicted = "fewer L0 exits with shadowing on, for every operation at L2 that L1 handles",
		.method = "(off - on) / off of the L0 exits, over all such operations",
		.command = "nestbed run --op all --level L2",
		.measure = measure_shadowing_exits,
	},
	{
		.name = "shadowing-overhead",
		.text = "VMCS shadowing takes up to 40% of the overhead away",
		.source = "KVM's VMCS-shadowing cover letter, 2013",
		.predicted = "time less, by at most 40% (45% is taken for it); needs a clock of cycles",
		.method = "(off - on) / off of the medians, over all operations at L2 that L1 handles",
		.command = "nestbed run --op all --level L2",
		.measure = measure_shadowing_overhead,
	},
	{
		.name = "rdtsc-loop",
		.text = "A loop with one trapped RDTSC and some arithmetic slows down by more than an order of magnitude",
		.source = COURSE("problem 3689834"),
		.predicted =
			"the source's hypothetical cycles: 65 to 1,740; taken for reproduced: a factor above 10, with "
			"and without shadowing",
		.method = "(40 + `rdtsc_trap`) / (40 + `rdtsc`) at L2, 40 standing for the arithmetic",
		.command = "nestbed run --op rdtsc,rdtsc_trap --level L2",
		.measure = measure_rdtsc_loop,
		.needs = {{"rdtsc", "L2", SHADOW_ON}, L2_BOTH("rdtsc_trap")},
	},
	{
		.name = "exit-dominates",
		.text = "The cost of a trap is the exit itself and not the emulation",
		.source = COURSE("problem 3689834"),
		.predicted = "1,500 of 1,700 cycles, 88%, or more; with shadowing on",
		.method = "`vmresume_exit` (into our hypervisor and back, nothing done) / `vmcall` at L2",
		.command = "nestbed run --op vmresume_exit,vmcall",
		.measure = measure_exit_dominates,
		.needs = {{"vmresume_exit", "L1", SHADOW_ON},
			  {"vmcall", "L2", SHADOW_ON},
			  {"vmresume_exit", "L1", SHADOW_OFF},
			  {"vmcall", "L2", SHADOW_OFF}},
	},
	{
		.name = "throughput",
		.text = "Throughput under n traps a second is T(n) = T0 (1 - n dt)",
		.source = COURSE("problem 3630738"),
		.predicted = "a line: R2 of 0.999 or more, no residual above 2% of T0",
		.method = "`work_0` to `work_8`: 20,000 instructions with 0 to 8 CPUIDs, at L1 and L2",
		.command = "nestbed run --op cpuid,work_0,work_1,work_2,work_4,work_8",
		.measure = measure_throughput,
		.needs = {WORKS("L1", SHADOW_ON),
			  WORKS("L2", SHADOW_ON),
			  WORKS("L2", SHADOW_OFF),
			  {"cpuid", "L1", SHADOW_ON},
			  CPUID_ON,
			  CPUID_OFF},
	},
	{
		.name = "message-order",
		.text = "A hypercall is cheaper than an emulated device",
		.source = COURSE("problem 3668628"),
		.predicted =
			"at L1, and at L2 with and without shadowing: MMIO dearer by more than 5%, port I/O not cheaper by more than 5%",
		.method =
			"`msg_vmcall`, `msg_pio`, `msg_mmio` at L2: the same message; `vmcall`, `pio`, `mmio_user` at L1",
		.command = "nestbed run --op msg_vmcall,msg_pio,msg_mmio,vmcall,pio,mmio_user",
		.measure = measure_message_order,
		.needs = {MESSAGES(SHADOW_ON),
			  MESSAGES(SHADOW_OFF),
			  {"vmcall", "L1", SHADOW_ON},
			  {"pio", "L1", SHADOW_ON},
			  {"mmio_user", "L1", SHADOW_ON}},
	},
	{
		.name = "batching",
		.text = "B packets a notification: a packet costs t_s + t_n / B, and waits (B - 1) / (2 lambda) for its batch",
		.source = COURSE("problem 3689671"),
		.predicted = "t_n + B t_s within 2% of each kick's time",
		.method = "`virtq_1` to `virtq_64` at L2: the echo of a virtqueue, B buffers a kick; least squares",
		.command = "nestbed run --op virtq_1,virtq_4,virtq_16,virtq_64 --level L2",
		.measure = measure_batching,
		.needs = {QUEUES(SHADOW_ON), QUEUES(SHADOW_OFF)},
	},
	{
		.name = "sti-shadow",
		.text = "After STI, an interrupt is taken behind exactly one more instruction",
		.source = COURSE("problems 3630688 and 3630661") "; SDM vol. 2, STI",
		.predicted = "every interrupt at that RIP, in every execution",
		.method = "`sti_shadow` at L2, which compares the RIP of each interrupt",
		.command = "nestbed run --op sti_shadow --level L2",
		.measure = measure_checked,
		.needs = {L2_BOTH("sti_shadow")},
	},
	{
		.name = "movss-shadow",
		.text = "MOV to SS blocks interrupts for exactly one instruction",
		.source = "SDM vol. 2, MOV",
		.predicted = "every interrupt at that RIP, in every execution",
		.method = "`movss_shadow` at L2, which compares the RIP of each interrupt",
		.command = "nestbed run --op movss_shadow --level L2",
		.measure = measure_checked,
		.needs = {L2_BOTH("movss_shadow")},
	},
	{
		.name = "fault-in-fault",
		.text = "If the hypervisor faults while it delivers a guest's fault, the guest sees one fault: not none, not two",
		.source = COURSE("problems 3630714 and 3630721"),
		.predicted = "one exception an execution, exactly",
		.method =
			"`vectoring` at L2: #BP onto a stack that ept12 has just lost; counted by the guest and by L1",
		.command = "nestbed run --op vectoring --level L2",
		.measure = measure_checked,
		.needs = {L2_BOTH("vectoring")},
	},
	{
		.name = "holes",
		.text = "SIDT, SGDT, SLDT, STR, SMSW and POPF are sensitive and do not trap",
		.source = COURSE("problem 3689688"),
		.predicted = "0 L0 exits each, at L1 and at L2",
		.method = "L0 exits of `sidt`, `sgdt`, `sldt`, `str`, `smsw`, `popf`",
		.command = "nestbed run --op sidt,sgdt,sldt,str,smsw,popf --level L1,L2",
		.measure = measure_holes,
		.needs = {L1_AND_L2("sidt"), L1_AND_L2("sgdt"), L1_AND_L2("sldt"), L1_AND_L2("str"), L1_AND_L2("smsw"),
			  L1_AND_L2("popf")},
	},
	{
		.name = "holes-closed",
		.text = "Hardware can be told to trap SIDT and its like",
		.source = COURSE("problem 3689688"),
		.predicted = "1 exit to L1 each, with descriptor-table exiting",
		.method = "our hypervisor's exits of `sidt_trap`, `sgdt_trap`, `sldt_trap`, `str_trap` at L2",
		.command = "nestbed run --op sidt_trap,sgdt_trap,sldt_trap,str_trap --level L2",
		.measure = measure_holes_closed,
		.needs = {{"sidt_trap", "L2", SHADOW_ON},
			  {"sgdt_trap", "L2", SHADOW_ON},
			  {"sldt_trap", "L2", SHADOW_ON},
			  {"str_trap", "L2", SHADOW_ON}},
	},
	{
		.name = "popf-exit",
		.text = "Hardware can be told to exit on POPF",
		.source = COURSE("problems 3646252 and 3689688"),
		.predicted = "an exit reason and a control for it",
		.method =
			"the exit reasons of [vmcs-shadow/exit_reasons.h](../vmcs-shadow/exit_reasons.h); exits of `popf` and "
			"`smsw` at L2",
		.command = "nestbed run --op popf,smsw --level L2",
		.measure = measure_popf_exit,
		.needs = {{"popf", "L2", SHADOW_ON}, {"smsw", "L2", SHADOW_ON}},
	},
	{
		.name = "umip",
		.text = "UMIP keeps ring 3 from SIDT, SGDT, SLDT, STR and SMSW without a trap to the hypervisor",
		.source = "SDM 2.5, CR4.UMIP",
		.predicted = "#GP in the guest, 0 exits",
		.method = "nothing measures it yet",
		.measure = measure_umip,
	},
	{
		.name = "dvh-hypercall",
		.text = "A hypercall takes 24 times as long from a nested guest",
		.source = "DVH, ASPLOS 2020",
		.predicted = "1,575 to 37,733 cycles; within a factor of 2 of that ratio is taken for it",
		.method = "`vmcall` at L2 / at L1, shadowing on",
		.command = "nestbed run --op vmcall --shadow-vmcs on",
		.measure = measure_dvh_hypercall,
		.needs = {L1_AND_L2("vmcall")},
	},
	{
		.name = "dvh-ipi",
		.text = "An IPI takes 12 times as long from a nested guest",
		.source = "DVH, ASPLOS 2020",
		.predicted = "3,273 to 39,456 cycles; within a factor of 2 of that ratio is taken for it",
		.method = "`ipi_x2apic` at L2 / at L1, shadowing on",
		.command = "nestbed run --op ipi_x2apic --shadow-vmcs on",
		.measure = measure_dvh_ipi,
		.needs = {L1_AND_L2("ipi_x2apic")},
	},
	{
		.name = "dvh-timer",
		.text = "Programming the timer takes 22 times as long from a nested guest",
		.source = "DVH, ASPLOS 2020",
		.predicted = "2,005 to 43,359 cycles; within a factor of 2 of that ratio is taken for it",
		.method = "`apic_timer` at L2 / at L1, shadowing on",
		.command = "nestbed run --op apic_timer --shadow-vmcs on",
		.measure = measure_dvh_timer,
		.needs = {L1_AND_L2("apic_timer")},
	},
	{
		.name = "depth",
		.text = "A hypercall takes 24 times as long at L2 as at L1, and 23 times as long again at L3",
		.source = "DVH, ASPLOS 2020",
		.predicted =
			"1,575, 37,733 and 857,578 cycles; within a factor of 2 of both ratios is taken for it, KVM being L0",
		.method =
			"`vmcall` at each level to one level below: with our hypervisor as L0, shadowing on and off, and with KVM, on",
		.command = "nestbed run --depth 3 --op vmcall --config shadow_vmcs=on",
		.measure = measure_depth,
	},
	{
		.name = "depth-exits",
		.text = "One exit more below is handled by each level as if that level were the lowest: what L1 handles for level n + 1 is "
			"what L0 handles for level n",
		.source = "follows from recursion; exit multiplication, Turtles, OSDI 2010",
		.predicted =
			"exits that the hypervisor of level k handles for level n + 1 = those of level k - 1 for level n, exactly, for each "
			"operation, configuration and level",
		.method =
			"each hypervisor's own count of the exits that it handles; all but the innermost run one of their kind",
		.command = "nestbed run --l0 own --depth 3 --op cpuid,vmcall",
		.measure = measure_depth_exits,
	},
	{
		.name = "shadowed-fields",
		.text = "Linux KVM shadows 34 fields of the VMCS: 11 for reading, 23 for reading and writing",
		.source = "often quoted, of Linux's vmcs_shadow_fields.h",
		.predicted = "34 = 11 + 23, exactly",
		.method = "every field, by the time of an access and by KVM's count of its exits",
		.command = "nestbed fields",
		.measure = measure_shadowed_fields,
	},
	{
		.name = "shadow-policy",
		.text = "A shadowed field that is not used costs more than it saves, as each is copied at each transition; so only the hot "
			"ones should be shadowed",
		.source =
			"Linux's choice of a list, arch/x86/kvm/vmx/vmcs_shadow_fields.h and nested.c; \"KVM: nVMX: Introduce vmread and "
			"vmwrite bitmaps\", 2013",
		.predicted = "at L2 shadowing all fields takes longer than those of Linux's list, for each operation",
		.method =
			"operations at L2 and L3 with our hypervisor as L0, which shadows none, Linux's, hot, all, or free fields",
		.command =
			"nestbed run --l0 own --level L2,L3 --op cpuid,vmcall,rdmsr_trap,pf_reflect,inject_window,touch_1 "
			"--shadow-policy none,linux,hot,all,free",
		.measure = measure_shadow_policy,
	},
	{
		.name = "clock-page",
		.text = "A guest reads the time from a page shared with its hypervisor at almost no cost",
		.source = COURSE("problem 3689712"),
		.predicted = "0 exits, and less than a trapped RDTSC",
		.method = "`clock_page` against `rdtsc_trap` at L2",
		.command = "nestbed run --op clock_page,rdtsc_trap --level L2 --shadow-vmcs on",
		.measure = measure_clock_page,
		.needs = {{"clock_page", "L2", SHADOW_ON}, {"rdtsc_trap", "L2", SHADOW_ON}},
	},
	{
		.name = "kept",
		.text = "L0 handles an exit of L2 itself if L1 did not ask for it",
		.source = COURSE("problem 3630660"),
		.predicted = "1 L0 exit, but for a tenth, 0 exits to L1, for each such operation that was measured",
		.method = "operations at L2 that our hypervisor lets pass and KVM does not",
		.command =
			"nestbed run --op pio,pio_kernel,pio_user,mmio_kernel,mmio_user,rdmsr_l0,wbinvd,ud --level L2",
		.measure = measure_kept,
		.needs = {{"pio", "L2", SHADOW_ON}},
	},
	{
		.name = "walk",
		.text = "A two-dimensional page walk takes up to 24 memory references (and a nested guest's translation by three levels of "
			"tables, by another text, on the order of 20)",
		.source = COURSE("problem 3657829") "; 20 in problem 3689690",
		.predicted =
			"24 = g (n + 1) + n of two dimensions, and that formula for every number of levels, is taken for it; 20 = g e + e, with "
			"4-level tables at each of three stages, would be less than two dimensions take",
		.method =
			"the accessed flags that one walk leaves in the guest's tables and in the EPT, a step at a time",
		.command = "nestbed walk",
		.measure = measure_walk,
	},
	{
		.name = "walk-steps",
		.text = "A software walk over the tables lists just the entries that the CPU reads",
		.source = "SDM 5.5.4 and 29.3.2; the count for three dimensions follows",
		.predicted =
			"the CPU reads each entry of the list and no other, and the list is as long as a walk that was counted by the CPU's "
			"flags; (g + 1)(n + 1)(m + 1) - 1 with L0's tables below, where these have m levels for every address",
		.method =
			"one translation of L2's, walked by our hypervisor and then by the CPU; KVM's tables below it by eBPF programs",
		.command = "nestbed walk --l0 kvm --l2-va 0x100000",
		.measure = measure_walk_steps,
	},
	{
		.name = "tlb-miss",
		.text = "A TLB miss of L2 costs up to six times as much as one of L0 (by how much, nobody has published)",
		.source = "none; the bound is that of 24 references instead of 4, Bhargava et al., ASPLOS 2008",
		.predicted =
			"more than 1 times, at most 6 times the ticks of L0's, at the largest working set that both have",
		.method = "dependent loads over growing working sets, less those of as many lines in few pages",
		.command = "nestbed chase",
		.measure = measure_tlb_miss,
	},
	{
		.name = "invalidations",
		.text = "INVEPT and INVVPID of any kind are exits to L0, unconditionally",
		.source = "SDM 26.1.2",
		.predicted = "1 exit each, exactly, with and without VMCS shadowing",
		.method = "L0 exits of our hypervisor's own instructions, and of a change of ept12 with its INVEPT",
		.command = "nestbed run --op "
			   "invept,invept_all,invvpid_page,invvpid,invvpid_all,invvpid_globals,ept_change --level L1",
		.measure = measure_invalidations,
		.needs = {L1_BOTH("invept"), L1_BOTH("invept_all"), L1_BOTH("invvpid_page"), L1_BOTH("invvpid"),
			  L1_BOTH("invvpid_all")},
	},
	{
		.name = "dirty-logging",
		.text = "To find the pages that a guest writes to takes an exit a page by write protection, and none by dirty flags or by "
			"the page-modification log until that is full",
		.source = "SDM 29.3.5 and 29.3.6",
		.predicted = "virtual exits to L1 for a page: 1, 0 and 0, exactly",
		.method = "`dirty_protect`, `dirty_flags` and `dirty_log` at L2, whose pages L1 collects",
		.command = "nestbed run --op dirty_protect,dirty_flags,dirty_log --level L2",
		.measure = measure_dirty_logging,
		.needs = {{"dirty_protect", "L2", SHADOW_ON},
			  {"dirty_flags", "L2", SHADOW_ON},
			  {"dirty_log", "L2", SHADOW_ON}},
	},
	{
		.name = "first-touch",
		.text = "With EPT on EPT, a first touch by L2 that adds to n levels of L1's tables takes n + 3 exits to L0, 2n + 6 world "
			"switches",
		.source = "PVM, SOSP 2023",
		.predicted = "4, 5, 6 exits; at most so many, with VMCS shadowing and but for a tenth, is taken for it",
		.method =
			"L2 loads from pages of 4 KiB, 2 MiB and 1 GiB that our hypervisor maps then, at distances of 4 KiB, 2 MiB and "
			"1 GiB; the other ways to give L2 its memory beside it",
		.command = "nestbed run --op touch_1,touch_2,touch_3,touch_2m_1,touch_2m_2,touch_1g_1 --level L2",
		.measure = measure_first_touch,
		.needs = {{"touch_1", "L2", SHADOW_ON},
			  {"touch_2", "L2", SHADOW_ON},
			  {"touch_3", "L2", SHADOW_ON},
			  {"touch_2m_1", "L2", SHADOW_ON},
			  {"touch_2m_2", "L2", SHADOW_ON},
			  {"touch_1g_1", "L2", SHADOW_ON},
			  {"touch_1", "L2", SHADOW_OFF},
			  {"touch_2", "L2", SHADOW_OFF},
			  {"touch_3", "L2", SHADOW_OFF},
			  {"touch_2m_1", "L2", SHADOW_OFF},
			  {"touch_2m_2", "L2", SHADOW_OFF},
			  {"touch_1g_1", "L2", SHADOW_OFF}},
	},
	{
		.name = "demand",
		.text = "With shadow on EPT, a page fault of L2's whose handler adds to n levels of its tables takes 2n + 4 exits to L0, "
			"4n + 8 world switches",
		.source = "PVM, SOSP 2023",
		.predicted = "6, 8, 10 exits, within half a one",
		.method =
			"L2 loads from pages that are not present, and its own handler maps them by tables that are shadowed already",
		.command =
			"nestbed run --op demand_1,demand_2,demand_3,demand_2m_1,demand_2m_2,demand_1g_1 --level L2 --shadow-vmcs on "
			"--mmu ept-on-ept,shadow-wp-on-ept,shadow,shadow-wp-on-shadow",
		.measure = measure_demand,
	},
	{
		.name = "churn",
		.text = "Multi-dimensional paging is more than 3 times as fast as shadow on EPT; a kernel build in L2 took 29 s with EPT on "
			"EPT, 87 s with shadow on EPT, 105 s with shadow on shadow",
		.source = "Turtles, OSDI 2010; Linux kernel bug 53611",
		.predicted =
			"more than 3 times for each of the operations on page tables that builds consist of, and the order of the "
			"builds",
		.method =
			"an L2 that maps, remaps, protects, forks and switches address spaces; our hypervisor with EPT, and with "
			"shadow tables that follow the guest's or are a virtual TLB; KVM with EPT and without",
		.command = "nestbed run --op translation --level L2 --shadow-vmcs on --mmu "
			   "ept-on-ept,shadow-wp-on-ept,shadow,shadow-wp-on-shadow",
		.measure = measure_churn,
	},
};

const size_t claims_count = sizeof(claims_table) / sizeof(claims_table[0]);
