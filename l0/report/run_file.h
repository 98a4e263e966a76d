/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * run.json describes the run in a folder of results. A run writes it before its first record. The
 * run itself and `nestbed recover` make results only from run.json and the records.
 */
#ifndef NB_L0_RUN_FILE_H
#define NB_L0_RUN_FILE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "l0/machine/machine.h"
#include "l0/request/request.h"
#include "l0/results/collect.h"

/*
 * The version of run.json. It increases when a reader of the old version would misread a new file.
 */
#define RUN_FILE_SCHEMA 1

/* The facts that a command knows before its first record. */
struct run_description {
	const char *command; /* command of nestbed, such as "run" */
	const struct request *request;
	const char *address;               /* address of `walk --l2-va`, or NULL */
	unsigned depth;                    /* value of --depth; 0: not given */
	unsigned runs;                     /* number of runs that the records will hold; 0: unknown */
	bool plots;                        /* plots are wanted */
	bool part;                         /* the folder is a part of the result in the folder above it */
	const char *const *parts;          /* names of the folders that hold the records */
	unsigned part_count;               /* 0: the records are in the folder itself */
	const struct streams *streams;     /* NULL: no streams */
	const struct nb_results *metadata; /* .meta, and .variants[].meta for the variants of the request, if present */
};

/* Writes run.json into the folder. Returns false after one line. */
bool run_file__write(const struct run_description *description, const char *folder);

struct run_file {
	json_t *root; /* owns all of the following members */
	const char *command, *machine, *ops;
	const char *address; /* "": no address */
	int depth, runs;     /* 0 or more */
	int plots, part;     /* booleans */
	json_t *parts, *streams, *variants, *metadata;
};

#define RUN_FILE_REASON 256

/*
 * Reads run.json in the folder. Returns false with the reason in `why`. `why` is "" if there is no
 * such file; then there is nothing to free.
 */
bool run_file__read(struct run_file *file, const char *folder, char why[RUN_FILE_REASON]);

/* Reads run.json from a text. Returns false with the reason in `why`. */
bool run_file__parse(struct run_file *file, const char *text, size_t size, char why[RUN_FILE_REASON]);

/*
 * Validates a JSON object and takes ownership of it, also on a failure. Returns false with the
 * reason in `why`.
 */
bool run_file__adopt(struct run_file *file, json_t *root, char why[RUN_FILE_REASON]);

void run_file__free(struct run_file *file);

/*
 * Decodes all records of the folder and adds the metadata. Sets `runs` to the number of runs that
 * the result must have. Returns false, after one line, if a part's run.json is damaged. `results`
 * must be all zero at first.
 */
bool run_file__collect(const struct run_file *file, const char *folder, struct nb_results *results, unsigned *runs);

/* Returns the name of the part folder with this number, or NULL after the last one. */
const char *run_file__part(const struct run_file *file, size_t number);

#endif
