/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The commands of nestbed. Each takes its own argc and argv and returns an exit code of util.h.
 */
#ifndef NB_L0_COMMANDS_H
#define NB_L0_COMMANDS_H

struct command {
	const char *name;
	int (*main)(int argc, char **argv);
	const char *text; /* NULL: for tests, and not listed */
};

/* Prints what the last of the words can become. commands: all, up to one without a name. complete.c */
int complete__main(int argc, char **argv, const struct command *commands);

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
int bisect__main(int argc, char **argv);
int recover__main(int argc, char **argv);

/* Prints what a booted image has said, from the records in the folder. */
struct run_file;
void boot__print(const struct run_file *file, const char *folder);

#endif
