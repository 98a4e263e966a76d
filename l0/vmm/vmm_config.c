// SPDX-License-Identifier: GPL-2.0-only
/*
 * The writer of configurations as a part of nestbed-vmm. That program links only single files of
 * l0/request, and its list of sources has all of l0/vmm.
 */
#include "l0/request/config.c"    /* NOLINT(bugprone-suspicious-include) */
#include "l0/request/old_words.c" /* NOLINT(bugprone-suspicious-include) */
