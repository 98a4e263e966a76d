/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The plan: the steps which a machine's L0 takes, one line each. This computer takes them itself; an emulated machine's
 * PID 1 reads the same lines.
 *
 *   module NAME PARAMETERS   (re)load a kernel module
 *   run PROGRAM ARGUMENTS    run it; its standard output is the stream of records. Tabs separate the arguments.
 */
#ifndef NB_L0_PLAN_H
#define NB_L0_PLAN_H

#include <stddef.h>

#include "l0/request/request.h"

#define PLAN_SIZE 32768

/* What differs between machines. */
struct plan_place {
	const char *programs; /* folder of nestbed-vmm and the images there */
	const char *qemu;     /* QEMU there */
	bool reload;          /* kvm_intel may be reloaded */
	unsigned only; /* not 0: steps of these configurations alone (a bit each); other machines have the rest */
	unsigned watchdog_mticks; /* how many million ticks without a sample our hypervisor lets its guest have */
};

/* Writes the steps for L0 = KVM into plan (PLAN_SIZE bytes). */
void plan__write(char *plan, const struct request *request, const struct plan_place *place);

/* The configurations that have steps, a bit for each. */
unsigned plan__configs(const struct request *request);

/* Writes the parameters of kvm_intel for a configuration, separated by blanks: "nested=1 enable_shadow_vmcs=1". */
void plan__kvm_parameters(char *text, size_t size, const struct request *request, unsigned config);

/*
 * Our hypervisor itself executes the operations of the family vmx. Returns how many of them no level of the request
 * measures. others: the number of other operations, without `empty`.
 */
unsigned plan__lost_ops(const struct request *request, unsigned *others);

/*
 * Do eBPF programs run beside KVM? They do for --trace, and for the tables that `walk --l2-va` reads. They attach to functions
 * in KVM's modules, and need the kernel's types.
 */
bool plan__has_probes(const struct request *request);

/* Does an eBPF program attach to the record of a tracepoint? Its number is in tracefs. */
bool plan__reads_tracefs(const struct request *request);

/* How many runs, each a level in one configuration, the records of this request must hold. */
unsigned plan__runs(const struct request *request);

/* Returns the number of runs of one variant. A CPU that lacks a setting has fewer. */
unsigned plan__runs_of(const struct request *request, unsigned variant);

/* About how many windows it has, those that will be skipped included: for the time left. */
unsigned plan__windows(const struct request *request);

/*
 * Command line of the image that runs on the machine itself, for what is measured at that level (its number): our hypervisor or,
 * at level 0, the bench image. setting: number of request->nested, where there is any.
 */
void plan__bare_cmdline(char *cmdline, size_t size, const struct request *request, unsigned level, unsigned setting,
			unsigned watchdog_mticks);

/* Room for that command line. */
#define PLAN_CMDLINE 4096

/* The watchdog's period where the benchmark is at that level: what takes one exit at a level takes some dozens at the next one. */
unsigned plan__watchdog(unsigned mticks, unsigned level);

/* Settings of outer hypervisors in which a level is measured where our hypervisor is L0: once where none of them is below it. */
unsigned plan__settings(const struct request *request, unsigned level);

#endif
