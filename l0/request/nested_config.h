/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Settings of our hypervisor when it runs other hypervisors: the VMCS fields that its guest may
 * access without an exit, and optimizations. Each outer hypervisor of a stack gets the setting, and
 * the results' configuration shows it.
 */
#ifndef NB_L0_NESTED_H
#define NB_L0_NESTED_H

#include <stddef.h>

/* The optimizations that are switched off. */
enum nested_switch {
	NESTED_NO_DIRTY_TRACKING = 1 << 0, /* each entry reads the guest's whole VMCS instead of the changed fields */
	NESTED_NO_EPT_CACHE = 1 << 1,      /* the merged EPT (ept02) is discarded at each change of EPTP */
	NESTED_NO_VPID = 1 << 2,           /* the TLB is flushed at each switch between levels */
	NESTED_NO_LAZY_HOST = 1 << 3,      /* all host state is loaded at each virtual exit */
	NESTED_SWITCHES = 1 << 4,
};

struct nested_config {
	const char *policy; /* the fields to shadow, one of nested_policies; NULL: our hypervisor's default */
	unsigned off;       /* bits of enum nested_switch */
};

#define NESTED_CONFIGS_MAX 32u

/* Names of the switches in --config, in the order of their bits; then NULL. */
extern const char *const nested_switch_names[];

/* Names of the shadowing policies; the first is "none". Then NULL. */
extern const char *const nested_policies[];

/* The size of a buffer for either text below, in bytes. */
#define NESTED_TEXT 160

/* Writes the words for an outer hypervisor, each with a blank in front. */
void nested__words(char text[NESTED_TEXT], const struct nested_config *config);

/*
 * Writes the setting in the form of KVM's configuration, with commas for blanks:
 * "shadow_vmcs=on,vpid=off".
 */
void nested__text(char text[NESTED_TEXT], const struct nested_config *config);

#endif
