// SPDX-License-Identifier: GPL-2.0-only
/*
 * Shuffles windows. The code is freestanding: an image makes its own schedule if no level below
 * tells it what to run.
 */
#include "microbench/schedule.h"

#include "microbench/abi/ring.h"
#include "microbench/random.h"

uint32_t nb_schedule_rounds(uint32_t n)
{
	uint32_t needed = (n - 1) / NB_WINDOW_MAX + 1;
	uint32_t rounds = n < NB_SCHEDULE_ROUNDS ? n : NB_SCHEDULE_ROUNDS;

	return rounds < needed ? needed : rounds;
}

void nb_schedule_begin(struct nb_schedule *s, uint32_t n, uint32_t seed)
{
	s->count = 0;
	s->n = n;
	s->rounds = nb_schedule_rounds(n);
	s->round = s->at = 0;
	s->random = seed;
}

bool nb_schedule_add(struct nb_schedule *s, enum nb_op op, unsigned place)
{
	if (s->count == NB_SCHEDULE_MAX)
		return false;
	s->entry[s->count++] = (struct nb_schedule_entry){(uint8_t)op, (uint8_t)place};
	return true;
}

unsigned nb_schedule_add_list(struct nb_schedule *s, const char *name, unsigned place, bool (*filter)(enum nb_op op),
			      const char **unknown)
{
	while (*name && *name != ' ') {
		unsigned length = 0;
		int op;

		while (name[length] && name[length] != ',' && name[length] != ' ')
			length++;
		op = nb_op_find(name, length);
		if (op < 0 || ((!filter || filter((enum nb_op)op)) && !nb_schedule_add(s, (enum nb_op)op, place))) {
			*unknown = name;
			return length ? length : 1;
		}
		name += length;
		if (*name == ',')
			name++;
	}
	return 0;
}

/*
 * The Fisher-Yates shuffle. The modulus favours some orders by less than 2^-55, which is
 * negligible.
 */
static void shuffle(struct nb_schedule *s)
{
	for (uint32_t i = s->count; i > 1; i--) {
		uint32_t other = (uint32_t)(nb_random(&s->random) % i);
		struct nb_schedule_entry entry = s->entry[i - 1];

		s->entry[i - 1] = s->entry[other];
		s->entry[other] = entry;
	}
}

bool nb_schedule_next(struct nb_schedule *s, struct nb_schedule_entry *entry, uint32_t *n)
{
	if (s->round == s->rounds || s->count == 0)
		return false;
	if (s->at == 0)
		shuffle(s);
	*entry = s->entry[s->at];
	/*
	 * All rounds together take n samples. If n is no multiple of the rounds, the first rounds
	 * take one more.
	 */
	*n = s->n / s->rounds + (s->round < s->n % s->rounds);
	if (++s->at == s->count) {
		s->at = 0;
		s->round++;
	}
	return true;
}
