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

/* Publications with several claims. */
#define TURTLES                                                                                                        \
	"Ben-Yehuda et al., \"The Turtles Project: Design and Implementation of Nested Virtualization\", OSDI 2010"
#define DVH                                                                                                            \
	"Lim and Nieh, \"Optimizing Nested Virtualization Performance Using Direct Virtual Hardware\" (DVH), ASPLOS 2020"
#define PVM                                                                                                            \
	"Huang et al., \"PVM: Efficient Shadow Paging for Deploying Secure Containers in Cloud-native Environment\", " \
	"SOSP 2023"

/* The tutorial texts name no author. Their sections have titles. */
#define TUTORIAL(section) "tutorial text on virtualization, section \"" section "\""

const struct claims_claim claims_table[] = {
	{
		.name = "cpuid-direct",
		.text = "An L2 CPUID costs 2 L0 exits if L1 accesses its VMCS directly",
		.source = TURTLES,
		.predicted = "2 exits, exactly",
		.method = "L0 exits of `cpuid` at L2, VMCS shadowing on",
		.command = "nestbed run --op cpuid --shadow-vmcs on",
		.measure = measure_cpuid_direct,
		.needs = {CPUID_ON},
	},
	{
		.name = "cpuid-trapped",
		.text = "An L2 CPUID costs 13 L0 exits if L1's VMCS accesses trap",
		.source = TURTLES,
		.predicted = "13 exits, exactly: 7 VMREADs, 4 VMWRITEs, CPUID, VMRESUME",
		.method = "L0 exits and VMCS accesses of `cpuid` at L2, VMCS shadowing off",
		.command = "nestbed run --op cpuid --shadow-vmcs off",
		.measure = measure_cpuid_trapped,
		.needs = {CPUID_OFF},
	},
	{
		.name = "pio-exits",
		.text = "An L2 port access costs 31 L0 exits, 14 with direct access to the VMCS",
		.source = TURTLES,
		.predicted = "31 and 14 exits, exactly",
		.method = "L0 exits of `pio` at L2, VMCS shadowing off and on; the same of `cpuid` beside it",
		.command = "nestbed run --op cpuid,pio",
		.measure = measure_pio_exits,
		.needs = {L2_BOTH("pio"), CPUID_ON, CPUID_OFF},
	},
	{
		.name = "ledger",
		.text = "L0 exits = 2 x exits to L1 + VMCS accesses that trap + L1's other instructions that trap",
		.source = "follows from SDM 26.1; for CPUID and port I/O, " TURTLES,
		.predicted = "no exit left over in any operation whose exits follow from its instruction alone",
		.method =
			"KVM counts the L0 exits. Our hypervisor counts the rest: exits it handled, each VMREAD and VMWRITE by field",
		.command = "nestbed run --op all",
		.measure = measure_ledger,
	},
	{
		.name = "shadowing-exits",
		.text = "VMCS shadowing removes L0 exits from every nested exit that L1 handles",
		.source = "KVM's VMCS-shadowing cover letter, 2013",
		.predicted = "fewer L0 exits with shadowing on, for every operation at L2 that L1 handles",
		.method = "(off - on) / off of the L0 exits, over all such operations",
		.command = "nestbed run --op all --level L2",
		.measure = measure_shadowing_exits,
	},
	{
		.name = "shadowing-overhead",
		.text = "VMCS shadowing removes up to 40% of the overhead",
		.source = "KVM's VMCS-shadowing cover letter, 2013",
		.predicted = "less time, by at most 40% (up to 45% counts as reproduced); needs a clock of cycles",
		.method = "(off - on) / off of the medians, over all operations at L2 that L1 handles",
		.command = "nestbed run --op all --level L2",
		.measure = measure_shadowing_overhead,
	},
	{
		.name = "rdtsc-loop",
		.text = "A loop with one trapped RDTSC and some arithmetic slows down by more than an order of magnitude",
		.source = TUTORIAL("The Price of Magic: Performance Overhead"),
		.predicted = "the source's hypothetical cycles: 65 become 1,740; a factor above 10, with and without "
			     "shadowing, counts as reproduced",
		.method = "(40 + `rdtsc_trap`) / (40 + `rdtsc`) at L2; 40 stands for the arithmetic",
		.command = "nestbed run --op rdtsc,rdtsc_trap --level L2",
		.measure = measure_rdtsc_loop,
		.needs = {{"rdtsc", "L2", SHADOW_ON}, L2_BOTH("rdtsc_trap")},
	},
	{
		.name = "exit-dominates",
		.text = "The cost of a trap is the exit itself and not the emulation",
		.source = TUTORIAL("The Price of Magic: Performance Overhead"),
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
		.source = TUTORIAL("The Price of Magic: Performance Overhead"),
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
		.source = TUTORIAL("A Crack in the Façade and Ingenious Patches"),
		.predicted =
			"at L1, and at L2 with and without shadowing: MMIO costs over 5% more, and port I/O is not over 5% cheaper",
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
		.text = "With B packets for each notification, a packet costs t_s + t_n / B and waits (B - 1) / (2 lambda) for its batch",
		.source = TUTORIAL("Paravirtualization (PV): A Cooperative Approach"),
		.predicted = "t_n + B t_s within 2% of each kick's time",
		.method =
			"`virtq_1` to `virtq_64` at L2: the echo of a virtqueue with B buffers for each kick; least squares",
		.command = "nestbed run --op virtq_1,virtq_4,virtq_16,virtq_64 --level L2",
		.measure = measure_batching,
		.needs = {QUEUES(SHADOW_ON), QUEUES(SHADOW_OFF)},
	},
	{
		.name = "sti-shadow",
		.text = "After STI, an interrupt is taken after exactly one more instruction",
		.source = TUTORIAL("The Magic Act: Trap-and-Emulate in Action") "; SDM vol. 2, STI",
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
		.source = TUTORIAL("The Ultimate Test: Grace Under Pressure"),
		.predicted = "exactly one exception for each execution",
		.method =
			"`vectoring` at L2: #BP onto a stack that ept12 has just lost; counted by the guest and by L1",
		.command = "nestbed run --op vectoring --level L2",
		.measure = measure_checked,
		.needs = {L2_BOTH("vectoring")},
	},
	{
		.name = "holes",
		.text = "SIDT, SGDT, SLDT, STR, SMSW and POPF are sensitive and do not trap",
		.source = TUTORIAL("CPU Virtualization: The Challenge of Privilege"),
		.predicted = "0 L0 exits each, at L1 and at L2",
		.method = "L0 exits of `sidt`, `sgdt`, `sldt`, `str`, `smsw`, `popf`",
		.command = "nestbed run --op sidt,sgdt,sldt,str,smsw,popf --level L1,L2",
		.measure = measure_holes,
		.needs = {L1_AND_L2("sidt"), L1_AND_L2("sgdt"), L1_AND_L2("sldt"), L1_AND_L2("str"), L1_AND_L2("smsw"),
			  L1_AND_L2("popf")},
	},
	{
		.name = "holes-closed",
		.text = "Hardware can be configured to trap SIDT and similar instructions",
		.source = TUTORIAL("Strategies for CPU Virtualization"),
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
		.text = "Hardware can be configured to exit on POPF",
		.source = TUTORIAL(
			"The Cavalry Arrives: Hardware-Assisted Virtualization") "; \"Strategies for CPU Virtualization\" in another",
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
		.method = "no operation measures it yet",
		.measure = measure_umip,
	},
	{
		.name = "dvh-hypercall",
		.text = "A hypercall takes 24 times as long from a nested guest",
		.source = DVH,
		.predicted = "1,575 to 37,733 cycles; within a factor of 2 of that ratio counts as reproduced",
		.method = "`vmcall` at L2 / at L1, shadowing on",
		.command = "nestbed run --op vmcall --shadow-vmcs on",
		.measure = measure_dvh_hypercall,
		.needs = {L1_AND_L2("vmcall")},
	},
	{
		.name = "dvh-ipi",
		.text = "An IPI takes 12 times as long from a nested guest",
		.source = DVH,
		.predicted = "3,273 to 39,456 cycles; within a factor of 2 of that ratio counts as reproduced",
		.method = "`ipi_x2apic` at L2 / at L1, shadowing on",
		.command = "nestbed run --op ipi_x2apic --shadow-vmcs on",
		.measure = measure_dvh_ipi,
		.needs = {L1_AND_L2("ipi_x2apic")},
	},
	{
		.name = "dvh-timer",
		.text = "Programming the timer takes 22 times as long from a nested guest",
		.source = DVH,
		.predicted = "2,005 to 43,359 cycles; within a factor of 2 of that ratio counts as reproduced",
		.method = "`apic_timer` at L2 / at L1, shadowing on",
		.command = "nestbed run --op apic_timer --shadow-vmcs on",
		.measure = measure_dvh_timer,
		.needs = {L1_AND_L2("apic_timer")},
	},
	{
		.name = "depth",
		.text = "A hypercall takes 24 times as long at L2 as at L1, and 23 times as long again at L3",
		.source = DVH,
		.predicted =
			"1,575, 37,733 and 857,578 cycles; within a factor of 2 of both ratios, with KVM as L0, counts as reproduced",
		.method =
			"`vmcall` at each level / at one level below: our hypervisor as L0, shadowing on and off; KVM as L0, on",
		.command = "nestbed run --depth 3 --op vmcall --config shadow_vmcs=on",
		.measure = measure_depth,
	},
	{
		.name = "depth-exits",
		.text = "Each level handles exits as if it were the lowest: L1 handles as many for level n + 1 as L0 for level n",
		.source = "follows from recursion; exit multiplication: " TURTLES,
		.predicted =
			"the exits that the hypervisor of level k handles for level n + 1 equal those of level k - 1 for level n, "
			"for each operation, configuration and level",
		.method =
			"each hypervisor counts the exits that it handles; all but the innermost run a hypervisor of their kind",
		.command = "nestbed run --l0 own --depth 3 --op cpuid,vmcall",
		.measure = measure_depth_exits,
	},
	{
		.name = "shadowed-fields",
		.text = "Linux KVM shadows 34 fields of the VMCS: 11 for reading, 23 for reading and writing",
		.source = "often quoted, about Linux's vmcs_shadow_fields.h",
		.predicted = "34 = 11 + 23, exactly",
		.method = "the time of an access to every field, and KVM's count of its exits",
		.command = "nestbed fields",
		.measure = measure_shadowed_fields,
	},
	{
		.name = "shadow-policy",
		.text = "A shadowed field that is not used costs more than it saves, because each transition copies it; so only "
			"hot fields should be shadowed",
		.source =
			"Linux's choice of a list, arch/x86/kvm/vmx/vmcs_shadow_fields.h and nested.c; \"KVM: nVMX: Introduce vmread and "
			"vmwrite bitmaps\", 2013",
		.predicted = "for each operation at L2, shadowing all fields takes longer than shadowing Linux's list",
		.method =
			"operations at L2 and L3 with our hypervisor as L0, with the policies none, linux, hot, all and free",
		.command =
			"nestbed run --l0 own --level L2,L3 --op cpuid,vmcall,rdmsr_trap,pf_reflect,inject_window,touch_1 "
			"--shadow-policy none,linux,hot,all,free",
		.measure = measure_shadow_policy,
	},
	{
		.name = "clock-page",
		.text = "A guest reads the time from a page shared with its hypervisor at almost no cost",
		.source = TUTORIAL("A More Cooperative Approach: Paravirtualization"),
		.predicted = "0 exits, and less than a trapped RDTSC",
		.method = "`clock_page` against `rdtsc_trap` at L2",
		.command = "nestbed run --op clock_page,rdtsc_trap --level L2 --shadow-vmcs on",
		.measure = measure_clock_page,
		.needs = {{"clock_page", "L2", SHADOW_ON}, {"rdtsc_trap", "L2", SHADOW_ON}},
	},
	{
		.name = "kept",
		.text = "L0 handles an exit of L2 itself if L1 did not request it",
		.source = TUTORIAL("Turtles All the Way Down: Nested Virtualization"),
		.predicted =
			"1 L0 exit (up to 1.1 counts as 1) and 0 exits to L1, for each such operation that was measured",
		.method = "operations at L2 that KVM traps and our hypervisor does not",
		.command =
			"nestbed run --op pio,pio_kernel,pio_user,mmio_kernel,mmio_user,rdmsr_l0,wbinvd,ud --level L2",
		.measure = measure_kept,
		.needs = {{"pio", "L2", SHADOW_ON}},
	},
	{
		.name = "walk",
		.text = "A two-dimensional page walk takes up to 24 memory references (another text: a nested guest's three-level "
			"translation takes on the order of 20)",
		.source = TUTORIAL(
			"Memory: A House of Mirrors") "; 20 in section \"Nested Virtualization: Stacking Abstractions\" of another",
		.predicted =
			"24 = g (n + 1) + n in two dimensions, and this formula for every number of levels, counts as reproduced; "
			"20 = g e + e, with 4-level tables at each of three stages, would be less than two dimensions take",
		.method =
			"the accessed flags that one walk sets in the guest's tables and in the EPT, one step at a time",
		.command = "nestbed walk",
		.measure = measure_walk,
	},
	{
		.name = "walk-steps",
		.text = "A software walk over the tables lists exactly the entries that the CPU reads",
		.source = "SDM 5.5.4 and 29.3.2; the count for three dimensions follows",
		.predicted =
			"the CPU reads each entry of the list and no other, and the list is as long as a walk counted by the CPU's "
			"flags; (g + 1)(n + 1)(m + 1) - 1 with L0's tables below, if they have m levels for every address",
		.method =
			"our hypervisor and then the CPU walk one translation of an L2 address; eBPF programs walk KVM's tables below",
		.command = "nestbed walk --l0 kvm --l2-va 0x100000",
		.measure = measure_walk_steps,
	},
	{
		.name = "tlb-miss",
		.text = "A TLB miss at L2 costs up to six times as much as at L0 (nobody has published a measurement)",
		.source =
			"none; the bound is 24 references instead of 4: Bhargava et al., \"Accelerating Two-Dimensional Page Walks "
			"for Virtualized Systems\", ASPLOS 2008",
		.predicted =
			"more than 1 and at most 6 times the ticks at L0, at the largest working set that both have",
		.method =
			"dependent loads over growing working sets, minus loads of the same number of lines in few pages",
		.command = "nestbed chase",
		.measure = measure_tlb_miss,
	},
	{
		.name = "invalidations",
		.text = "INVEPT and INVVPID of any kind always exit to L0",
		.source = "SDM 26.1.2",
		.predicted = "exactly 1 exit each, with and without VMCS shadowing",
		.method = "L0 exits of our hypervisor's instructions, and of a change of ept12 with its INVEPT",
		.command = "nestbed run --op "
			   "invept,invept_all,invvpid_page,invvpid,invvpid_all,invvpid_globals,ept_change --level L1",
		.measure = measure_invalidations,
		.needs = {L1_BOTH("invept"), L1_BOTH("invept_all"), L1_BOTH("invvpid_page"), L1_BOTH("invvpid"),
			  L1_BOTH("invvpid_all")},
	},
	{
		.name = "dirty-logging",
		.text = "Finding the pages that a guest writes takes one exit for each page with write protection, and none with dirty "
			"flags or with the page-modification log until it is full",
		.source = "SDM 29.3.5 and 29.3.6",
		.predicted = "exactly 1, 0 and 0 virtual exits to L1 for each page",
		.method = "`dirty_protect`, `dirty_flags` and `dirty_log` at L2, whose pages L1 collects",
		.command = "nestbed run --op dirty_protect,dirty_flags,dirty_log --level L2",
		.measure = measure_dirty_logging,
		.needs = {{"dirty_protect", "L2", SHADOW_ON},
			  {"dirty_flags", "L2", SHADOW_ON},
			  {"dirty_log", "L2", SHADOW_ON}},
	},
	{
		.name = "first-touch",
		.text = "With EPT on EPT, a first touch by L2 that adds to n levels of L1's tables takes n + 3 exits to L0 and 2n + 6 "
			"world switches",
		.source = PVM,
		.predicted = "4, 5, 6 exits; with VMCS shadowing, at most so many (plus a tenth) counts as reproduced",
		.method =
			"L2 loads from pages of 4 KiB, 2 MiB and 1 GiB at distances of 4 KiB, 2 MiB and 1 GiB, and our hypervisor then "
			"maps each; also with the other ways to give L2 its memory",
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
		.text = "With shadow on EPT, a page fault whose handler in L2 adds to n levels of its tables takes 2n + 4 exits to L0 "
			"and 4n + 8 world switches",
		.source = PVM,
		.predicted = "6, 8, 10 exits, within half an exit",
		.method =
			"L2 loads from pages that are not present, and its own handler maps them in tables that have a shadow already",
		.command =
			"nestbed run --op demand_1,demand_2,demand_3,demand_2m_1,demand_2m_2,demand_1g_1 --level L2 --shadow-vmcs on "
			"--mmu ept-on-ept,shadow-wp-on-ept,shadow,shadow-wp-on-shadow",
		.measure = measure_demand,
	},
	{
		.name = "churn",
		.text = "Multi-dimensional paging is more than 3 times as fast as shadow on EPT; a kernel build in L2 took 29 s with EPT on "
			"EPT, 87 s with shadow on EPT and 105 s with shadow on shadow",
		.source = TURTLES "; Linux kernel bug 53611",
		.predicted =
			"more than 3 times for each operation on page tables that a build consists of, in the order of the builds",
		.method =
			"an L2 that maps, remaps, protects, forks and switches address spaces; our hypervisor with EPT, with "
			"write-protected shadow tables and with a virtual TLB; KVM with and without EPT",
		.command = "nestbed run --op translation --level L2 --shadow-vmcs on --mmu "
			   "ept-on-ept,shadow-wp-on-ept,shadow,shadow-wp-on-shadow",
		.measure = measure_churn,
	},
};

const size_t claims_count = sizeof(claims_table) / sizeof(claims_table[0]);
