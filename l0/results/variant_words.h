/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The words that tell the machines of one result apart: " kernel=6.12 cpu=haswell", behind the words of a configuration.
 * Plots and tables that know only configurations keep the rows of different machines apart by them.
 */
#ifndef NB_VARIANT_WORDS_H
#define NB_VARIANT_WORDS_H

#include <stdbool.h>
#include <stddef.h>

/* The names of a row's machine: NB_LOADED_NAMES in this order. */
enum { NB_VARIANT_KERNEL, NB_VARIANT_KERNEL_ARGS, NB_VARIANT_CPU, NB_VARIANT_NAMES };

struct nb_variant_names {
	const char *name[NB_VARIANT_NAMES];
};

/* Which names differ between the rows of a result. All zero: none. */
struct nb_variant_words {
	bool differs[NB_VARIANT_NAMES];
	size_t kernel_ending; /* characters that all names of kernels end with, as "-cloud-amd64": they are left out */
};

/* Looks at the names of all rows of a result. */
void nb_variant_words_find(struct nb_variant_words *words, const struct nb_variant_names *rows, size_t count);

/*
 * The configuration with the words that tell this row's machine from the others; free it. A word has no blanks, and no
 * characters but printable ASCII.
 */
char *nb_variant_words_append(const struct nb_variant_words *words, const char *config,
			      const struct nb_variant_names *row);

/* How many characters at the end of these names are the same words, separated by dashes. */
size_t nb_common_ending(const char *const *names, size_t count);

#endif
