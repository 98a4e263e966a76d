/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A fuzz target feeds one parser with any bytes, and has seeds to start from. libFuzzer drives it
 * for `make fuzz`. mutate.c drives it for `make test`, with the same few thousand inputs each time.
 */
#ifndef NB_L0_TESTS_FUZZ_H
#define NB_L0_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* The target. Its name is libFuzzer's; it returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Calls `take` for each seed. */
void fuzz__seeds(void (*take)(const void *bytes, size_t size));

/* Aborts if a condition fails that must hold for every input. The message goes to
 * descriptor 2, because the stream stderr may be silenced. */
#define FUZZ_REQUIRE(what)                                                                                             \
	do {                                                                                                           \
		if (!(what)) {                                                                                         \
			dprintf(2, "%s:%d: not so: %s\n", __FILE__, __LINE__, #what);                                  \
			abort();                                                                                       \
		}                                                                                                      \
	} while (0)

/* Silences stderr, because a parser would report millions of errors there. */
static inline void fuzz__silence(void)
{
	static FILE *nowhere;

	if (!nowhere && (nowhere = fopen("/dev/null", "w")))
		stderr = nowhere;
}

#endif
