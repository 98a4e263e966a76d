// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writes one command line for a stack of any depth: the words of each hypervisor, then, after
 * dashes, the words of its guest.
 */
#include "l0/request/stack.h"

#include <string.h>

#include "l0/base/util.h"

const char *l0__name(enum l0 l0)
{
	static const char *const names[] = {[L0_KVM] = "kvm", [L0_OWN] = "own", [L0_NONE] = "none"};

	return names[l0];
}

unsigned stack__hypervisors(unsigned level, enum l0 l0)
{
	if (l0 != L0_KVM)
		return level;
	return level > 1 ? level - 1 : 0;
}

unsigned stack__guest_mib(const struct stack *s, unsigned i)
{
	return STACK_BENCH_MIB + STACK_HYPERVISOR_MIB * (s->hypervisors - 1 - i);
}

static void append(char *line, size_t size, const char *text)
{
	text__format(line + strlen(line), size - strlen(line), "%s", text);
}

/* Returns the level of a word ("l1:check=shadow"), or -1 if the word names no level. */
static int level_of(const char *word)
{
	return word[0] == 'l' && word[1] >= '0' && word[1] <= '9' && word[2] == ':' ? word[1] - '0' : -1;
}

void stack__words(char *to, size_t size, const char *words, unsigned level, bool innermost)
{
	to[0] = '\0';
	while (*(words += strspn(words, " "))) {
		const int named = level_of(words);
		const size_t length = strcspn(words, " "), prefix = named < 0 ? 0 : 3;

		if (named < 0 ? innermost : (unsigned)named == level)
			text__format(to + strlen(to), size - strlen(to), " %.*s", (int)(length - prefix),
				     words + prefix);
		words += length;
	}
}

static void append_outer(char *line, size_t size, const struct stack *s, unsigned i)
{
	char words[512];

	stack__words(words, sizeof(words), s->words ? s->words : "", s->first + i, false);
	text__format(line + strlen(line), size - strlen(line), " nested=on me=l%u memory=%u%s%s", s->first + i,
		     stack__guest_mib(s, i), s->switches, words);
}

void stack__cmdline(char *line, size_t size, const struct stack *s, const char *bottom, const char *innermost,
		    const char *guest)
{
	text__format(line, size, "%s", bottom);
	append_outer(line, size, s, 0);
	for (unsigned i = 1; i + 1 < s->hypervisors; i++) {
		append(line, size, " -- sink=doorbell");
		append_outer(line, size, s, i);
	}
	append(line, size, " -- sink=doorbell ");
	append(line, size, innermost);
	append(line, size, " -- sink=doorbell ");
	append(line, size, guest);
}
