/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The words that tell the machines of one result apart, such as " kernel=6.12 cpu=haswell". They
 * follow the words of a configuration. Plots and tables that only know configurations use them to
 * separate the rows of different machines.
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

/* The names that differ between the rows of a result. All zero: no name differs. */
struct nb_variant_words {
	bool differs[NB_VARIANT_NAMES];
	/*
	 * length of the common suffix of all kernel names, such as "-cloud-amd64", which is omitted
	 */
	size_t kernel_ending;
};

/* Compares the names of all rows of a result. */
void nb_variant_words_find(struct nb_variant_words *words, const struct nb_variant_names *rows, size_t count);

/*
 * Returns the configuration with the words that tell this row's machine from the others; the caller
 * frees it. A word is printable ASCII without spaces. Ends the process if memory runs out.
 */
char *nb_variant_words_append(const struct nb_variant_words *words, const char *config,
			      const struct nb_variant_names *row);

/* Returns the length of the common suffix of these names, in whole words that start with a dash. */
size_t nb_common_ending(const char *const *names, size_t count);

#endif
