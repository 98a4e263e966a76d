/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The paths of nestbed's parts and results, in a source tree with its build folder or in an
 * installation. No other file knows a path between two parts.
 *
 *                     source tree              installation (PREFIX is found from the program path)
 *   nestbed           build/                   PREFIX/bin/
 *   other programs    build/                   PREFIX/lib/nestbed/
 *   gnuplot scripts   results/plots/           PREFIX/share/nestbed/plots/
 *   new results       results/out/             results/out/ below the current folder
 */
#ifndef NB_L0_LAYOUT_H
#define NB_L0_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>

#define LAYOUT_PATH 512

/* Paths of the parts. Relative paths start in the current folder. */
struct layout {
	bool installed;              /* false: a source tree */
	char programs[LAYOUT_PATH];  /* images, nestbed-vmm, init */
	char scripts[LAYOUT_PATH];   /* gnuplot scripts */
	char results[LAYOUT_PATH];   /* folders of new results, and the link `latest` */
	char reference[LAYOUT_PATH]; /* the stored reference result of the emulated machine */
};

/*
 * Finds the parts of the nestbed program in `folder`, an absolute path. `programs` is the folder of
 * the other programs if the user names one (NESTBED_LIBDIR). If it is NULL or "", this looks beside
 * nestbed, then in ../lib/nestbed.
 */
void layout__find(struct layout *layout, const char *folder, const char *programs);

/*
 * Finds the parts of the running program. Returns false, after a message, if the program's path
 * cannot be read or NESTBED_LIBDIR names a folder without nestbed-vmm.
 */
bool layout__of_self(struct layout *layout);

/* Writes the folder of nestbed's other programs and images. Returns false after a message. */
bool programs__folder(char *folder, size_t size);

/* Writes the folder of gnuplot scripts that belongs to this folder of programs. */
void places__scripts(char *folder, size_t size, const char *programs);

/*
 * Writes the folder in which a run makes its result folder if the user names none. Returns false
 * after a message.
 */
bool places__results(char *folder, size_t size);

/*
 * Returns true if this folder of programs belongs to an installation. Messages to the user of an
 * installation must not mention `make`.
 */
bool places__installed(const char *programs);

#endif
