/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The options that choose machines (--kernel, --kernel-args, --cpu, --tell-no-boot), and the
 * variants of a request that they define.
 */
#ifndef NB_L0_VARIANTS_H
#define NB_L0_VARIANTS_H

#include <argp.h>

#include "l0/request/request.h"

#define VARIANT_KERNELS_MAX 16u
#define VARIANT_ARGS_MAX    8u
#define VARIANT_CPUS_MAX    16u

/*
 * The machine options of the command line. The request's variants point into this structure, so it
 * must outlive the request.
 */
struct variant_choice {
	const char *kernels, *cpus; /* lists, separated by commas; NULL: not given */
	const char *args[VARIANT_ARGS_MAX];
	unsigned args_count;
	bool tell_no_boot; /* --tell-no-boot is given */
	struct kernel kernel[VARIANT_KERNELS_MAX];
};

/* The options, as a child of a command's argp. Its input is a struct variant_choice. */
extern const struct argp variants_argp;

/*
 * Makes the variants of a request whose machine and L0 are known: each kernel with each setting of
 * kernel arguments on each CPU. Returns NB_EXIT_GOOD; or, after one line, NB_EXIT_USAGE,
 * NB_EXIT_FAILED or NB_EXIT_SKIPPED.
 */
int variants__choose(struct request *request, struct variant_choice *choice);

/*
 * Returns the exit code of a command for this result: NB_EXIT_NO_BOOT becomes NB_EXIT_FAILED unless
 * --tell-no-boot is given.
 */
int variants__exit_code(const struct variant_choice *choice, int result);

#endif
