/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which emulator is installed: a result names it, because another release counts other ticks.
 */
#ifndef NB_MACHINE_EMULATOR_H
#define NB_MACHINE_EMULATOR_H

#include <stdbool.h>
#include <stddef.h>

/* "Bochs 2.7" into text. Returns false, with "" in text, if there is no Bochs or it does not name itself. */
bool emulator__version(char *text, size_t size);

/* The same from what Bochs prints when it starts. */
bool emulator__parse(const char *banner, char *text, size_t size);

#endif
