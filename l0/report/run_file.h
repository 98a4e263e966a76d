/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * run.json: what was run, in a folder of results. A run writes it before its first record; results
 * are made from it and the records alone, by the run itself and by `nestbed recover`.
 */
#ifndef NB_L0_RUN_FILE_H
#define NB_L0_RUN_FILE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "l0/machine/machine.h"
#include "l0/request/request.h"
#include "l0/results/collect.h"

/* The version of run.json; it grows when a reader of the old one would go wrong. */
#define RUN_FILE_SCHEMA 1

/* What a command knows before its first record. */
struct run_description {
	const char *command; /* of nestbed: "run" */
	const struct request *request;
	const char *address;           /* of `walk --l2-va`, or NULL */
	unsigned depth;                /* of --depth; 0: it was not given */
	unsigned runs;                 /* the number of runs that the records will hold; 0: nobody knows */
	bool plots;                    /* they are wanted */
	bool part;                     /* the folder is a part of a result that lies above it */
	const char *const *parts;      /* or its records are in folders of these names */
	unsigned part_count;           /* 0: they are in the folder itself */
	const struct streams *streams; /* NULL: there are none */
	const struct nb_results
		*metadata; /* .meta, and .variants[].meta where it has those of the request's variants */
};

/* Writes run.json into the folder. False after one line. */
bool run_file__write(const struct run_description *description, const char *folder);

struct run_file {
	json_t *root; /* which owns all of these */
	const char *command, *machine, *ops;
	const char *address; /* "": there is none */
	int depth, runs;     /* 0 or more */
	int plots, part;     /* booleans */
	json_t *parts, *streams, *variants, *metadata;
};

#define RUN_FILE_REASON 256

/*
 * Reads run.json in the folder. False with the reason in why, which is "" if there is no such file;
 * then there is nothing to free.
 */
bool run_file__read(struct run_file *file, const char *folder, char why[RUN_FILE_REASON]);

/* The same from a text. */
bool run_file__parse(struct run_file *file, const char *text, size_t size, char why[RUN_FILE_REASON]);

/* The same of a JSON object, which is given up. */
bool run_file__adopt(struct run_file *file, json_t *root, char why[RUN_FILE_REASON]);

void run_file__free(struct run_file *file);

/*
 * Decodes all records of the folder and adds the metadata. runs becomes the number of runs that
 * there must be. False after one line if a part's run.json is damaged. results must be all zero at
 * first.
 */
bool run_file__collect(const struct run_file *file, const char *folder, struct nb_results *results, unsigned *runs);

/* The name of the part folder with this number; NULL behind the last one. */
const char *run_file__part(const struct run_file *file, size_t number);

#endif
