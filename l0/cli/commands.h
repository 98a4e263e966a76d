/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The commands of nestbed. Each function takes the arguments of its command. argv[0] is the name
 * that messages show, such as "nestbed run".
 */
#ifndef NB_L0_COMMANDS_H
#define NB_L0_COMMANDS_H

struct command {
	const char *name;
	int (*main)(int argc, char **argv);
	const char *text; /* description in `nestbed --help`; NULL: for tests, and not listed */
};

/*
 * Prints the candidates for the last word of a command line, one per line. The words after
 * `nestbed` are argv[1] and the following. commands holds all commands and ends with one whose name
 * is NULL. Returns an exit code of util.h. (complete.c)
 */
int complete__main(int argc, char **argv, const struct command *commands);

/*
 * All functions but bisect__main() return an exit code of util.h. A usage error ends the program
 * with NB_EXIT_USAGE.
 */
int run__main(int argc, char **argv);
int list__main(int argc, char **argv);
int cpus__main(int argc, char **argv);
int fields__main(int argc, char **argv);
int boot__main(int argc, char **argv);
int walk__main(int argc, char **argv);
int chase__main(int argc, char **argv);
int trace__main(int argc, char **argv);
int kernels__main(int argc, char **argv);
int plot__main(int argc, char **argv);
int claims__main(int argc, char **argv);
int compare__main(int argc, char **argv);
int doctor__main(int argc, char **argv);
int verify__main(int argc, char **argv);
/*
 * Returns an exit code for git-bisect(1): 0, 1, 125, or above 128. A usage error ends the program
 * with 130.
 */
int bisect__main(int argc, char **argv);
int recover__main(int argc, char **argv);

/* Prints the texts of a booted image from the records in the folder. */
struct run_file;
void boot__print(const struct run_file *file, const char *folder);

#endif
