/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which VMCS fields does the level below us shadow? Every field is read and written, in a window of its own, so that we tell by
 * the time and the level below by its count of exits.
 */
#ifndef HV_DISCOVER_H
#define HV_DISCOVER_H

#include "microbench/measure.h"

/* Windows "vmread.ENCODING" and "vmwrite.ENCODING" (hexadecimal), one for each field; a field that is not there is skipped. */
void discover_fields(const struct nb_place *place);

#endif
