/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Adapts a request to the CPUs that it is measured on. A setting that a CPU does not support is
 * skipped there, and a message gives the reason.
 */
#ifndef NB_L0_CPU_FIT_H
#define NB_L0_CPU_FIT_H

#include "l0/request/request.h"

/* Settings that the command line requests explicitly. No other setting may replace them. */
struct cpu_demand {
	unsigned on; /* bits of enum kvm_config whose knob must be "on" and not also "off" */
	bool l0_ept; /* KVM must use EPT */
};

/*
 * Removes the CPUs that cannot measure any part of the request. Prints one line for each skipped
 * setting or CPU, with the reason. Returns NB_EXIT_GOOD, or NB_EXIT_SKIPPED if no CPU is left.
 */
int cpu_fit__choose(struct request *request, const struct cpu_demand *demand);

/*
 * Writes the request for one variant to *one. It has only this variant and the settings that its
 * CPU supports. If the CPU lacks EPT or unrestricted guests, the request uses shadow page tables.
 */
void cpu_fit__request(const struct request *request, unsigned variant, struct request *one);

/*
 * Returns the features (enum cpu_feature) that a CPU lacks, according to a line of /proc/cpuinfo:
 * "vmx flags\t: vnmi ept vpid ...". Returns 0 for any other line.
 */
unsigned cpu_fit__lacks(const char *line);

#endif
