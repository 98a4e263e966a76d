/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Settings of our hypervisor when it runs other hypervisors: the VMCS fields that its guest may
 * access without an exit, and optimizations. Each outer hypervisor of a stack gets the setting, and
 * the results' configuration shows it.
 */
#ifndef NB_L0_NESTED_H
#define NB_L0_NESTED_H

#include "l0/request/config.h"

/* The optimizations that are switched off. */
enum nested_switch {
	NESTED_NO_DIRTY_TRACKING = 1 << 0, /* each entry reads the guest's whole VMCS instead of the changed fields */
	NESTED_NO_EPT_CACHE = 1 << 1,      /* the merged EPT (ept02) is discarded at each change of EPTP */
	NESTED_NO_VPID = 1 << 2,           /* the TLB is flushed at each switch between levels */
	NESTED_NO_LAZY_HOST = 1 << 3,      /* all host state is loaded at each virtual exit */
	NESTED_SWITCHES = 1 << 4,
};

struct nested_config {
	enum config_policy policy; /* the fields to shadow */
	unsigned off;              /* bits of enum nested_switch */
};

#define NESTED_CONFIGS_MAX 32u

/* The size of a buffer for the text below, in bytes. */
#define NESTED_TEXT 160

/* Writes the words for an outer hypervisor, each with a blank in front. */
void nested__words(char text[NESTED_TEXT], const struct nested_config *nested);

/*
 * Adds the setting to the configuration of the results. The policy "none" stands for
 * no VMCS shadowing, which has a separate knob.
 */
void nested__add_to(struct config *config, const struct nested_config *nested);

#endif
