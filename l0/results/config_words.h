/* SPDX-License-Identifier: GPL-2.0-only */
/* Decides which words of a configuration, such as "shadow_vmcs=on ept=off", matter to a level. */
#ifndef NB_CONFIG_WORDS_H
#define NB_CONFIG_WORDS_H

#include <stdbool.h>

/*
 * Returns true if both configurations are equal for a level. No word matters to L0. Words about a
 * hypervisor's guests do not matter to L1. If configurations differ only in such words, a level is
 * measured once. l0 is the L0 of both: "kvm" or "own".
 */
bool nb_config_same(const char *a, const char *b, const char *l0, unsigned level);

#endif
