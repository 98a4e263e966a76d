/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads a results.json back: what a comparison or a claim needs of it, in plain structs.
 * Any bytes may come: either all that is read here is right in them, or they are refused with the reason.
 */
#ifndef NB_LOAD_H
#define NB_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NB_LOAD_MARK "INCOMPLETE" /* a file of this name is in a folder whose results are not whole */

#define NB_LOAD_OLDEST 2 /* schema_version, or schema as it was called then */

/* Far above what a run makes, far below what would exhaust a computer. */
#define NB_LOAD_MAX_BYTES   (256u << 20)
#define NB_LOAD_MAX_ROWS    4096
#define NB_LOAD_MAX_TEXT    4096
#define NB_LOAD_MAX_SAMPLES (64u << 20) /* of all rows together: a small file may unpack to many */
#define NB_LOAD_MAX_EXITS   1e12        /* what one execution can cause, generously */
#define NB_LOAD_MAX_TICKS   9.23e18     /* 2^63, which 15 digits may have rounded up */

/* Texts of a row, under their names in the file. The first five tell rows apart: no two rows share all of them. */
#define NB_LOADED_TEXTS(X)                                                                                             \
	X(op)                                                                                                          \
	X(level)                                                                                                       \
	X(config)                                                                                                      \
	X(route)                                                                                                       \
	X(l0)                                                                                                          \
	X(status)                                                                                                      \
	X(note)

/* The names of a row's machine. Where a file of 0.1 has no such column, its metadata tell. They tell rows apart, too. */
#define NB_LOADED_NAMES(X)                                                                                             \
	X(kernel)                                                                                                      \
	X(kernel_args)                                                                                                 \
	X(cpu)

/* Texts that a file need not have: "" where it does not. */
#define NB_LOADED_OPTIONAL_TEXTS(X) X(family)

/* Numbers of a row, X(name here, name in the file, largest). NAN: was not measured, or the file does not have it. */
#define NB_LOADED_NUMBERS(X)                                                                                           \
	X(net_p50, net_p50_ticks, NB_LOAD_MAX_TICKS)                                                                   \
	X(vmreads, hv_vmreads_per_op, NB_LOAD_MAX_EXITS)                                                               \
	X(vmwrites, hv_vmwrites_per_op, NB_LOAD_MAX_EXITS)                                                             \
	X(windows, windows, NB_LOAD_MAX_EXITS)

/* A counter of one of the witnesses, summed over the windows. */
struct nb_loaded_counter {
	char *key;
	uint64_t value;
};

struct nb_loaded_text {
	char *key, *value;
};

/* Texts are never NULL, and without control characters: they may go to a terminal. */
struct nb_loaded_row {
#define X(name) char *name;
	NB_LOADED_TEXTS(X)
	NB_LOADED_NAMES(X)
	NB_LOADED_OPTIONAL_TEXTS(X)
#undef X
#define X(name, column, largest) double name;
	NB_LOADED_NUMBERS(X)
#undef X
	struct nb_loaded_counter *counters;
	size_t counter_count;
	double exits;      /* to L0, for one execution; NAN: was not measured */
	uint64_t *samples; /* ticks, at most INT64_MAX */
	uint8_t *flags;    /* of each sample: NB_FLAG_* */
	size_t sample_count;
};

struct nb_loaded {
	char *machine; /* of every row */
	char *clock;   /* of every row: "tsc_cycles" or "instructions" */
	char *cpu;     /* the model of the machine's CPU; "" if the file does not tell */
	bool complete; /* the file and each of its rows say so */
	bool marked;   /* its folder is marked as one whose results are not whole: NB_LOAD_MARK */
	struct nb_loaded_text *metadata;
	size_t metadata_count;
	struct nb_loaded_row *rows;
	size_t row_count;    /* 1 or more */
	size_t sample_count; /* of all rows */
	size_t left_out;     /* rows that nb_loaded_keep_first_machine() took out */
};

/* A reason is one line of text, without the name of the file. */
#define NB_LOAD_REASON 256

/* Reads the text of a results.json. False with the reason in why; then there is nothing to free. */
bool nb_load_text(struct nb_loaded *loaded, const char *text, size_t size, char why[NB_LOAD_REASON]);

/* Reads the file at path, or results.json in the folder at path. False, after one line on stderr, if that fails. */
bool nb_load(struct nb_loaded *loaded, const char *path);

/* The run that made it came to a good end, and nothing marks its folder. */
bool nb_loaded_is_whole(const struct nb_loaded *loaded);

void nb_loaded_free(struct nb_loaded *loaded);

/* The value under that key, or NULL. */
const char *nb_loaded_metadata(const struct nb_loaded *loaded, const char *key);

/* True if both rows are of the same op, level, config, route and l0: on whatever machine. */
bool nb_loaded_same(const struct nb_loaded_row *a, const struct nb_loaded_row *b);

/* True if both rows are of a machine with the same kernel, kernel arguments and CPU. */
bool nb_loaded_same_machine(const struct nb_loaded_row *a, const struct nb_loaded_row *b);

/* Keeps only the rows of the machine that the first row is of. */
void nb_loaded_keep_first_machine(struct nb_loaded *loaded);

#endif
