/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The plan: the steps that the L0 of a machine runs, one on each line. This computer runs them
 * directly. On an emulated machine, PID 1 reads the same lines.
 *
 *   module NAME PARAMETERS   (re)load a kernel module
 *   run PROGRAM ARGUMENTS    run it; its standard output is the stream of records. Tabs separate
 *                            the arguments.
 */
#ifndef NB_L0_PLAN_H
#define NB_L0_PLAN_H

#include <stddef.h>

#include "l0/request/request.h"

#define PLAN_SIZE 32768

/* The properties that differ between machines. */
struct plan_place {
	const char *programs; /* folder of nestbed-vmm and the images on that machine */
	const char *qemu;     /* path of QEMU on that machine */
	bool reload;          /* kvm_intel may be reloaded */
	unsigned only; /* not 0: only steps of these configurations (a bit each); other machines measure the rest */
	unsigned watchdog_mticks; /* million ticks without a sample after which our hypervisor ends its guest */
};

/* Writes the steps for L0 = KVM into plan (PLAN_SIZE bytes). */
void plan__write(char *plan, const struct request *request, const struct plan_place *place);

/* Returns the configurations that have steps, one bit for each. */
unsigned plan__configs(const struct request *request);

/*
 * Writes the parameters of kvm_intel for a configuration, separated by blanks: "nested=1
 * enable_shadow_vmcs=1".
 */
void plan__kvm_parameters(char *text, size_t size, const struct request *request, unsigned config);

/*
 * Our hypervisor itself runs the operations of the family vmx. Returns how many of them no level of
 * the request measures. *others gets the number of other operations, without `empty`.
 */
unsigned plan__lost_ops(const struct request *request, unsigned *others);

/*
 * Returns true if eBPF programs run during the measurement: for --trace, and for the tables that
 * `walk --l2-va` reads. They attach to functions in KVM's modules, and need the kernel's types
 * (BTF).
 */
bool plan__has_probes(const struct request *request);

/*
 * Returns true if an eBPF program attaches to a tracepoint, whose number must be read from tracefs.
 */
bool plan__reads_tracefs(const struct request *request);

/*
 * Returns how many runs the records of this request must hold. A run is one level in one
 * configuration.
 */
unsigned plan__runs(const struct request *request);

/* Returns the number of runs of one variant. A CPU that lacks a setting has fewer runs. */
unsigned plan__runs_of(const struct request *request, unsigned variant);

/*
 * Returns the approximate number of windows, including windows that will be skipped. It serves to
 * estimate the remaining time.
 */
unsigned plan__windows(const struct request *request);

/*
 * Writes the command line of the image that runs on the bare machine and measures this level: our
 * hypervisor, or the bench image at level 0. setting is an index of request->nested, if there is
 * any.
 */
void plan__bare_cmdline(char *cmdline, size_t size, const struct request *request, unsigned level, unsigned setting,
			unsigned watchdog_mticks);

/* The size of a buffer for that command line, in bytes. */
#define PLAN_CMDLINE 4096

/*
 * Returns the watchdog's period in million ticks for a benchmark at this level; mticks is the
 * period up to level 2. One exit at a level causes some dozens of exits at the next level.
 */
unsigned plan__watchdog(unsigned mticks, unsigned level);

/*
 * Returns the number of settings of outer hypervisors in which a level is measured with our
 * hypervisor as L0. It is 1 if no outer hypervisor is below the level.
 */
unsigned plan__settings(const struct request *request, unsigned level);

#endif
