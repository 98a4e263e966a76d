/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where nestbed keeps its parts and puts its results: in a source tree with its build folder, or in an installation.
 * No other file knows a path between two parts.
 *
 *                     source tree              installation (PREFIX is found from the program's own place)
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

struct layout {
	bool installed;              /* false: a source tree */
	char programs[LAYOUT_PATH];  /* images, nestbed-vmm, init */
	char scripts[LAYOUT_PATH];   /* gnuplot scripts */
	char results[LAYOUT_PATH];   /* folders of new results, and the link `latest` */
	char reference[LAYOUT_PATH]; /* the stored result of the emulated machine */
};

/*
 * Finds the parts that belong to a nestbed in `folder`, an absolute path. programs: the folder of the other programs where the user names
 * one (NESTBED_LIBDIR); NULL or "": look beside nestbed, then in ../lib/nestbed.
 */
void layout__find(struct layout *layout, const char *folder, const char *programs);

/* The same for this program. Returns false, after a message, if its place or NESTBED_LIBDIR cannot be read. */
bool layout__of_self(struct layout *layout);

/* The folder of our other programs and images. Returns false after a message. */
bool programs__folder(char *folder, size_t size);

/* The folder of gnuplot scripts that belongs to this folder of programs. */
void places__scripts(char *folder, size_t size, const char *programs);

/* The folder in which a run makes its own folder where the user names none. Returns false after a message. */
bool places__results(char *folder, size_t size);

/* Does this folder of programs belong to an installation? Then no message may send the user to `make`. */
bool places__installed(const char *programs);

#endif
