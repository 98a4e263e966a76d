// SPDX-License-Identifier: GPL-2.0-only
/*
 * Measures the steps of the clock by ladders of instructions between two readings. The code is
 * freestanding: every level links it.
 */
#include "microbench/stamp.h"

#include <stddef.h>

#define RUNGS       48 /* more than the longest trace of an emulator */
#define RUNG_BYTES  128
#define REPETITIONS 4 /* the smallest result counts, because an interrupt only adds ticks */

/*
 * Rung k is a function that returns the difference of two readings with k instructions between
 * them. `before` stands in the place of a stamp's first LFENCE.
 */
#define LADDER(name, before)                                                                                           \
	__asm__(".text\n"                                                                                              \
		".balign 64\n" #name ":\n"                                                                             \
		".set nb_rung, 0\n"                                                                                    \
		".rept 48\n" before "\n"                                                                               \
		"	rdtsc\n"                                                                                             \
		"	lfence\n"                                                                                            \
		"	mov %eax, %ecx\n"                                                                                    \
		"	.fill nb_rung, 1, 0x90\n" before "\n"                                                          \
		"	rdtsc\n"                                                                                             \
		"	lfence\n"                                                                                            \
		"	sub %ecx, %eax\n"                                                                                    \
		"	ret\n"                                                                                               \
		"	.balign 128, 0x90\n"                                                                                 \
		"	.set nb_rung, nb_rung + 1\n"                                                                         \
		".endr\n");                                                                                            \
	extern const uint8_t name[]
#define JUMP "	.byte 0xeb, 0x01, 0x90" /* jumps over the NOP; as long as LFENCE */

LADDER(nb_ladder_plain, "	lfence");
LADDER(nb_ladder_jump, JUMP);
_Static_assert(RUNGS + 64 <= RUNG_BYTES, "a rung fits");

/*
 * The linker makes these symbols if the program has a stamp. Each entry gives the place of a
 * stamp's first instruction, relative to the entry.
 */
extern const int32_t nb_stamps_begin[] __asm__("__start_nb_stamps") __attribute__((weak, visibility("hidden")));
extern const int32_t nb_stamps_end[] __asm__("__stop_nb_stamps") __attribute__((weak, visibility("hidden")));

static uint32_t climb(const uint8_t *ladder, unsigned rung)
{
	/* RDTSC changes EDX, and the rung changes ECX. Every function may change both. */
	uint32_t (*const difference)(void) = (uint32_t(*)(void))(uintptr_t)(ladder + (size_t)rung * RUNG_BYTES);
	uint32_t least = UINT32_MAX;

	for (unsigned i = 0; i < REPETITIONS; i++) {
		uint32_t ticks = difference();

		least = ticks < least ? ticks : least;
	}
	return least;
}

/*
 * Returns the largest step from one rung to the next. Sets *exact to true if each step is 1 tick.
 */
static uint32_t find_step(const uint8_t *ladder, bool *exact)
{
	uint32_t before = climb(ladder, 0), largest = 1;

	*exact = true;
	for (unsigned rung = 1; rung < RUNGS; rung++) {
		uint32_t ticks = climb(ladder, rung);

		*exact = *exact && ticks == before + 1;
		if (ticks > before && ticks - before > largest)
			largest = ticks - before;
		before = ticks;
	}
	return largest;
}

void nb_clock_measure(struct nb_clock_steps *steps)
{
	bool exact;

	steps->plain = find_step(nb_ladder_plain, &exact);
	steps->jump = find_step(nb_ladder_jump, &steps->exact);
}

void nb_stamps_range(uint8_t **begin, uint8_t **end)
{
	*begin = *end = NULL;
	/* cppcheck-suppress comparePointers */
	for (const int32_t *entry = nb_stamps_begin; entry < nb_stamps_end; entry++) {
		uint8_t *code = (uint8_t *)((uintptr_t)entry + (intptr_t)*entry);

		if (!*begin || code < *begin)
			*begin = code;
		if (!*end || code + 3 > *end)
			*end = code + 3;
	}
}

bool nb_stamps_prepare(const struct nb_clock_steps *steps)
{
	static const uint8_t jump[3] = {0xeb, 0x01, 0x90};

	if (steps->plain <= 1 || !steps->exact || &nb_stamps_begin[0] == &nb_stamps_end[0])
		return false;
	/* cppcheck-suppress comparePointers */
	for (const int32_t *entry = nb_stamps_begin; entry < nb_stamps_end; entry++) {
		volatile uint8_t *code = (volatile uint8_t *)((uintptr_t)entry + (intptr_t)*entry);

		for (unsigned i = 0; i < sizeof(jump); i++)
			code[i] = jump[i];
	}
	return true;
}
