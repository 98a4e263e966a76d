// SPDX-License-Identifier: GPL-2.0-only
/* Compares two configurations word by word, without the words that do not matter. */
#include "l0/results/config_words.h"

#include <stddef.h>
#include <string.h>

/*
 * Words about a hypervisor's guests, which do not matter to the hypervisor itself. "vpid=" is one
 * of them only for our hypervisor; for KVM it concerns every guest.
 */
static const char *const about_guests[] = {
	"shadow_vmcs=", "ept12=", "shadow_policy=", "dirty_tracking=", "ept_cache=", "lazy_host=", "vpid="};

static bool matters(const char *word, bool ours, unsigned level)
{
	const size_t count = sizeof(about_guests) / sizeof(about_guests[0]) - !ours;

	for (size_t i = 0; level == 1 && i < count; i++)
		if (strncmp(word, about_guests[i], strlen(about_guests[i])) == 0)
			return false;
	return level > 0;
}

/* Returns the next word that matters, and its length; the length is 0 at the end. */
static const char *next(const char *words, bool ours, unsigned level, size_t *length)
{
	for (;;) {
		words += strspn(words, " ");
		*length = strcspn(words, " ");
		if (*length == 0 || matters(words, ours, level))
			return words;
		words += *length;
	}
}

bool nb_config_same(const char *a, const char *b, const char *l0, unsigned level)
{
	const bool ours = strcmp(l0, "own") == 0;
	size_t of_a, of_b;

	do {
		a = next(a, ours, level, &of_a);
		b = next(b, ours, level, &of_b);
		if (of_a != of_b || strncmp(a, b, of_a) != 0)
			return false;
		a += of_a;
		b += of_b;
	} while (of_a > 0);
	return true;
}
