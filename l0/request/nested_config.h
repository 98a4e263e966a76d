/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What can be set about a hypervisor of ours that runs hypervisors: which VMCS fields it lets its guest access without an exit, and
 * what it does to save work. A setting is told to each outer hypervisor of a stack, and stands in the results' configuration.
 */
#ifndef NB_L0_NESTED_H
#define NB_L0_NESTED_H

#include <stddef.h>

/* What is switched off. */
enum nested_switch {
	NESTED_NO_DIRTY_TRACKING = 1 << 0, /* each entry looks at all of the guest's VMCS, not at what has changed */
	NESTED_NO_EPT_CACHE = 1 << 1,      /* the EPT made of two is thrown away at each change of EPTP */
	NESTED_NO_VPID = 1 << 2,           /* the TLB is flushed at each switch of levels */
	NESTED_NO_LAZY_HOST = 1 << 3,      /* all host state is loaded at each virtual exit */
	NESTED_SWITCHES = 1 << 4,
};

struct nested_config {
	const char *policy; /* which fields it shadows, by nested_policies; NULL: as it does by itself */
	unsigned off;       /* of enum nested_switch */
};

#define NESTED_CONFIGS_MAX 32u

/* As --config names these switches, in the order of their bits; then NULL. */
extern const char *const nested_switch_names[];

/* "none" is the first. Then NULL. */
extern const char *const nested_policies[];

/* Room for either text below. */
#define NESTED_TEXT 160

/* Words for an outer hypervisor, each with a blank in front. */
void nested__words(char text[NESTED_TEXT], const struct nested_config *config);

/* "shadow_vmcs=on,vpid=off": as the configuration of KVM, commas for blanks. */
void nested__text(char text[NESTED_TEXT], const struct nested_config *config);

#endif
