/* SPDX-License-Identifier: GPL-2.0-only */
/* The parts of microbench/bare/ that the hypervisor calls, for unit tests. */
#ifndef HV_FAKE_BARE_H
#define HV_FAKE_BARE_H

#include <setjmp.h>
#include <stdbool.h>
#include <string.h>

#include "microbench/bare/bare.h"

extern jmp_buf fake_bare_jump;
extern bool fake_bare_expected; /* the next bare_fail() jumps instead of failing the test */
extern char fake_bare_reason[256];

extern unsigned fake_doorbells;        /* how many went to the level below */
extern enum nb_doorbell fake_doorbell; /* the last one */
extern uint32_t fake_next;             /* what bare_next() returns */
extern char fake_console[64];          /* what bare_puts() has printed */

/* Executes a statement that must end the run. The reason must contain this text. */
#define assert_run_ends(text, statement)                                                                               \
	do {                                                                                                           \
		fake_bare_expected = true;                                                                             \
		if (!setjmp(fake_bare_jump)) {                                                                         \
			statement;                                                                                     \
			fail_msg("the run goes on");                                                                   \
		}                                                                                                      \
		if (!strstr(fake_bare_reason, text))                                                                   \
			fail_msg("the run ended with \"%s\"", fake_bare_reason);                                       \
	} while (0)

#endif
