/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Finds the VMCS fields that the level below shadows. Every field is read and written in a separate
 * window. The time shows it here, and the count of exits shows it at the level below.
 */
#ifndef HV_SHADOWED_FIELDS_H
#define HV_SHADOWED_FIELDS_H

#include "microbench/measure.h"

/*
 * Runs one window "vmread.ENCODING" and one window "vmwrite.ENCODING" (hexadecimal) for each field.
 * Skips missing fields, and writes to read-only fields.
 */
void shadowed_fields_measure(const struct nb_place *place);

#endif
