/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Finds which emulator is installed. A result names the emulator, because another release counts
 * different ticks.
 */
#ifndef NB_MACHINE_EMULATOR_H
#define NB_MACHINE_EMULATOR_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Writes a text such as "Bochs 2.7". Returns false, with "" in text, if Bochs is missing or prints
 * no version.
 */
bool emulator__version(char *text, size_t size);

/* Does the same with the banner that Bochs prints when it starts. */
bool emulator__parse(const char *banner, char *text, size_t size);

#endif
