/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Trap requests. An operation asks the hypervisor below to trap or to serve something
 * while it is measured, with one bit for each request. Our hypervisor grants what its VMX
 * capabilities allow. A hypervisor that does not know these requests (KVM) grants none.
 */
#ifndef NB_TRAP_REQUESTS_H
#define NB_TRAP_REQUESTS_H

/*
 * A 32-bit IN returns the trap requests that the level below can grant. A 32-bit OUT grants these
 * requests from now on, and no others. Both happen outside of windows, so they add nothing to a
 * measurement.
 */
#define NB_PORT_TRAP_REQUESTS 0x4e48

/* X(name, text): the text completes "needs a hypervisor below that ...". */
#define NB_TRAP_REQUESTS(X)                                                                                            \
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

enum nb_trap_number {
#define X(name, text) NB_TRAP_NUMBER_##name,
	NB_TRAP_REQUESTS(X)
#undef X
		NB_TRAP_COUNT
};

enum nb_trap_request {
#define X(name, text) NB_TRAP_##name = 1u << NB_TRAP_NUMBER_##name,
	NB_TRAP_REQUESTS(X)
#undef X
};

_Static_assert(NB_TRAP_COUNT <= 31, "the port has 32 bits, and NB_TRAP_OPTIONAL is the last");

/*
 * Not a trap request. The operation runs without its requests if the hypervisor below offers none
 * at all.
 */
#define NB_TRAP_OPTIONAL (1u << 31)

#endif
