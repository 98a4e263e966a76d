/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The words of a configuration, "shadow_vmcs=on ept=off": which of them matter to a level.
 */
#ifndef NB_CONFIG_WORDS_H
#define NB_CONFIG_WORDS_H

#include <stdbool.h>

/*
 * Are both the same to a level? None of these words matters to L0, and to L1 those about a hypervisor's guests do not: so where only
 * such words differ, a level is measured once. l0: of both, "kvm" or "own".
 */
bool nb_config_same(const char *a, const char *b, const char *l0, unsigned level);

#endif
