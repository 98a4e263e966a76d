/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fits a request to the CPUs that it is measured on: a setting that a CPU lacks is skipped there, and the reason is said.
 */
#ifndef NB_L0_CPU_FIT_H
#define NB_L0_CPU_FIT_H

#include "l0/request/request.h"

/* What the command line asks for by name, so that nothing else may be measured in its place. */
struct cpu_demand {
	unsigned on; /* bits of enum config: "on", and not "off" as well */
	bool l0_ept; /* KVM with EPT */
};

/*
 * Takes those CPUs out of the request that have nothing of what it asks for. Says in one line what is skipped and why.
 * NB_EXIT_GOOD, or NB_EXIT_SKIPPED if no CPU is left.
 */
int cpu_fit__choose(struct request *request, const struct cpu_demand *demand);

/*
 * The request as one variant measures it: with this variant alone, in those settings that its CPU has, and where it has no EPT
 * for guests of every mode, on shadow page tables.
 */
void cpu_fit__request(const struct request *request, unsigned variant, struct request *one);

/*
 * What the CPU of a computer lacks (enum cpu_feature), by a line of /proc/cpuinfo: "vmx flags\t: vnmi ept vpid ...". Nothing, if
 * the line is another one.
 */
unsigned cpu_fit__lacks(const char *line);

#endif
