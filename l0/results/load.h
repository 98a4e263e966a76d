/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads a results.json back into plain structs, for comparisons and claims. Input is not trusted:
 * either everything read here is valid, or the file is refused with a reason.
 */
#ifndef NB_LOAD_H
#define NB_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NB_LOAD_MARK "INCOMPLETE" /* a file with this name marks a folder with incomplete results */

#define NB_LOAD_OLDEST 2 /* oldest supported schema_version, or `schema` as it was called then */

/* Limits. They are far above the output of a run, and far below the memory of a computer. */
#define NB_LOAD_MAX_BYTES   (256u << 20)
#define NB_LOAD_MAX_ROWS    4096
#define NB_LOAD_MAX_TEXT    4096
#define NB_LOAD_MAX_SAMPLES (64u << 20) /* of all rows together; a small file may unpack to many samples */
#define NB_LOAD_MAX_EXITS   1e12        /* generous limit for the exits of one execution */
#define NB_LOAD_MAX_TICKS   9.23e18     /* 2^63, which rounding to 15 digits may have reached */

/*
 * Texts of a row, with their names in the file. The first five and the machine identify a row: no
 * two rows share all of them.
 */
#define NB_LOADED_TEXTS(X)                                                                                             \
	X(op)                                                                                                          \
	X(level)                                                                                                       \
	X(config)                                                                                                      \
	X(route)                                                                                                       \
	X(l0)                                                                                                          \
	X(status)                                                                                                      \
	X(note)

/*
 * The names of a row's machine. They tell rows apart, too. For a file of version 0.1 without these
 * columns, the names come from the metadata.
 */
#define NB_LOADED_NAMES(X)                                                                                             \
	X(kernel)                                                                                                      \
	X(kernel_args)                                                                                                 \
	X(cpu)

/* Texts that a file may lack; then they are "". */
#define NB_LOADED_OPTIONAL_TEXTS(X) X(family)

/*
 * Numbers of a row: X(name here, name in the file, largest). NAN: not measured, or not in the file.
 */
#define NB_LOADED_NUMBERS(X)                                                                                           \
	X(net_p50, net_p50_ticks, NB_LOAD_MAX_TICKS)                                                                   \
	X(vmreads, hv_vmreads_per_op, NB_LOAD_MAX_EXITS)                                                               \
	X(vmwrites, hv_vmwrites_per_op, NB_LOAD_MAX_EXITS)                                                             \
	X(windows, windows, NB_LOAD_MAX_EXITS)

/* A counter of one witness, summed over the windows. */
struct nb_loaded_counter {
	char *key;
	uint64_t value;
};

struct nb_loaded_text {
	char *key, *value;
};

/* Texts are never NULL and have no control characters, because they may go to a terminal. */
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
	double exits;      /* exits to L0 of one execution; NAN: not measured */
	uint64_t *samples; /* ticks, at most INT64_MAX */
	uint8_t *flags;    /* NB_FLAG_* of each sample */
	size_t sample_count;
};

struct nb_loaded {
	char *machine; /* machine of every row */
	char *clock;   /* clock of every row: "tsc_cycles" or "instructions" */
	char *cpu;     /* model of the machine's CPU; "" if the file does not say */
	bool complete; /* the file and each of its rows say that they are complete */
	bool marked;   /* the folder holds NB_LOAD_MARK, so its results are incomplete */
	struct nb_loaded_text *metadata;
	size_t metadata_count;
	struct nb_loaded_row *rows;
	size_t row_count;    /* 1 or more */
	size_t sample_count; /* samples of all rows */
	size_t left_out;     /* rows that nb_loaded_keep_first_machine() removed */
};

/* Bytes of a reason, which is one line of text without the name of the file. */
#define NB_LOAD_REASON 256

/*
 * Parses the text of a results.json. Returns false with the reason in `why`; then there is nothing
 * to free.
 */
bool nb_load_text(struct nb_loaded *loaded, const char *text, size_t size, char why[NB_LOAD_REASON]);

/*
 * Reads the file at `path`, or results.json in the folder at `path`. Returns false, after one line
 * on stderr, on a failure.
 */
bool nb_load(struct nb_loaded *loaded, const char *path);

/* Returns true if the run ended well and nothing marks its folder as incomplete. */
bool nb_loaded_is_whole(const struct nb_loaded *loaded);

void nb_loaded_free(struct nb_loaded *loaded);

/* Returns the value of the key, or NULL. */
const char *nb_loaded_metadata(const struct nb_loaded *loaded, const char *key);

/*
 * Returns true if both rows have the same op, level, config, route and l0. Their machines may
 * differ.
 */
bool nb_loaded_same(const struct nb_loaded_row *a, const struct nb_loaded_row *b);

/* Returns true if both rows have the same kernel, kernel arguments and CPU. */
bool nb_loaded_same_machine(const struct nb_loaded_row *a, const struct nb_loaded_row *b);

/* Keeps only the rows of the first row's machine. */
void nb_loaded_keep_first_machine(struct nb_loaded *loaded);

#endif
