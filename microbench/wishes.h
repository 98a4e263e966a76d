/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Wishes: what an operation wants the hypervisor below to trap or to serve while it is measured, one bit each.
 * Our hypervisor grants what its VMX capabilities allow; a hypervisor that knows nothing of wishes (KVM) grants none.
 */
#ifndef NB_WISHES_H
#define NB_WISHES_H

/*
 * 32-bit IN: the wishes that the level below can grant. 32-bit OUT: grant these from now on, and no others. Outside of
 * windows, so that granting costs nothing that is measured.
 */
#define NB_PORT_WISHES 0x4e48

/* X(name, text): the text completes "needs a hypervisor below that ...". */
#define NB_WISHES(X)                                                                                                   \
	X(SERVICES, "serves the message ports, hypercalls and pages of nestbed")                                       \
	X(RDTSC, "traps RDTSC")                                                                                        \
	X(RDPMC, "traps RDPMC")                                                                                        \
	X(CR0, "owns CR0.WP")                                                                                          \
	X(CR3_LOAD, "traps MOV to CR3")                                                                                \
	X(CR3_STORE, "traps MOV from CR3")                                                                             \
	X(CR4, "owns CR4.PSE")                                                                                         \
	X(CR8, "traps MOV to and from CR8")                                                                            \
	X(DR, "traps MOV to and from debug registers")                                                                 \
	X(DESCRIPTORS, "traps loads and stores of descriptor-table registers")                                         \
	X(INVLPG, "traps INVLPG")                                                                                      \
	X(WBINVD, "traps WBINVD")                                                                                      \
	X(MWAIT, "traps MONITOR and MWAIT")                                                                            \
	X(PAUSE, "traps PAUSE")                                                                                        \
	X(MSR, "traps RDMSR and WRMSR of IA32_MISC_ENABLE")                                                            \
	X(UD, "intercepts #UD")                                                                                        \
	X(PF, "intercepts #PF")                                                                                        \
	X(BP, "intercepts #BP")                                                                                        \
	X(GP, "intercepts #GP")                                                                                        \
	X(NMI_WINDOW, "can wait for an NMI window")                                                                    \
	X(PREEMPTION, "has a VMX-preemption timer")                                                                    \
	X(APIC, "gives its guest a local APIC")                                                                        \
	X(DEVICES, "runs on another hypervisor, with devices to pass through")

enum nb_wish_number {
#define X(name, text) NB_WISH_NUMBER_##name,
	NB_WISHES(X)
#undef X
		NB_WISH_COUNT
};

enum nb_wish {
#define X(name, text) NB_WISH_##name = 1u << NB_WISH_NUMBER_##name,
	NB_WISHES(X)
#undef X
};

_Static_assert(NB_WISH_COUNT <= 31, "wishes are bits of a port's 32, and NB_MAY is the last");

/* Not a wish: where the hypervisor below grants none, the operation is run without. */
#define NB_MAY (1u << 31)

#endif
