// SPDX-License-Identifier: GPL-2.0-only
/* Converts the points of the pointer chase to numbers and names. The code is freestanding. */
#include "microbench/pointer_chase.h"

#define X(name, shortly, words) [NB_CHASE_##name] = shortly,
static const char *const order_short[NB_CHASE_ORDERS] = {NB_CHASE_ORDER_LIST(X)};
static const char *const layout_short[NB_CHASE_LAYOUTS] = {NB_CHASE_LAYOUT_LIST(X)};
#undef X
#define X(name, shortly, words) [NB_CHASE_##name] = words,
const char *const nb_chase_order_text[NB_CHASE_ORDERS] = {NB_CHASE_ORDER_LIST(X)};
const char *const nb_chase_layout_text[NB_CHASE_LAYOUTS] = {NB_CHASE_LAYOUT_LIST(X)};
#undef X

_Static_assert(NB_CHASE_SET_MIN << (NB_CHASE_SETS - 1) == NB_CHASE_SET_MAX, "every power of two is a set");

struct nb_chase_point nb_chase_point(unsigned number)
{
	return (struct nb_chase_point){
		.layout = number / NB_CHASE_SETS / NB_CHASE_ORDERS,
		.order = number / NB_CHASE_SETS % NB_CHASE_ORDERS,
		.set = NB_CHASE_SET_MIN << number % NB_CHASE_SETS,
	};
}

unsigned nb_chase_number(enum nb_chase_layout layout, enum nb_chase_order order, unsigned set)
{
	return (layout * NB_CHASE_ORDERS + order) * NB_CHASE_SETS + set;
}

static char *put(char *to, const char *text)
{
	while (*text)
		*to++ = *text++;
	return to;
}

void nb_chase_name(const struct nb_chase_point *point, char name[NB_OP_NAME_LEN])
{
	uint64_t size = point->set >> 10; /* one to three digits in its unit */
	const char *unit = "KMG";
	unsigned digit = 100;

	name = put(name, order_short[point->order]);
	*name++ = '.';
	name = put(name, layout_short[point->layout]);
	*name++ = '.';
	for (; size >= 1024; size >>= 10)
		unit++;
	for (; digit > size; digit /= 10)
		;
	for (; digit; digit /= 10)
		*name++ = (char)('0' + size / digit % 10);
	*name++ = *unit;
	*name = '\0';
}

uint64_t nb_chase_lines(const struct nb_chase_point *point)
{
	return point->set / NB_CHASE_STRIDE;
}

uint64_t nb_chase_span(const struct nb_chase_point *point)
{
	return point->layout == NB_CHASE_DENSE ? nb_chase_lines(point) * NB_CHASE_LINE : point->set;
}
