/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The state of this computer when a run starts: its name, its kernel, and the settings that can
 * disturb a measurement. Also writes the command line and the date of the run.
 */
#ifndef NB_L0_COMPUTER_H
#define NB_L0_COMPUTER_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#define COMPUTER_TEXT    128
#define COMPUTER_CMDLINE 4096

/*
 * Texts are in UTF-8, without control characters. A text is "unknown" if the computer does not
 * report it.
 */
struct computer {
	char host_name[COMPUTER_TEXT];
	char kernel[COMPUTER_TEXT]; /* release */
	char kernel_cmdline[COMPUTER_CMDLINE];
	bool is_vm;                     /* CPUID reports a hypervisor below this computer */
	char hypervisor[COMPUTER_TEXT]; /* the name of that hypervisor, or "none" */
	char governor[COMPUTER_TEXT];   /* of cpufreq; different governors, each once, separated by commas */
	char turbo[8], smt[8];          /* "on", "off" or "unknown" */
	char nmi_watchdog[8];           /* "on", "off" or "unknown"; the watchdog uses a counter and sends NMIs */
	char load[COMPUTER_TEXT];       /* load averages of 1, 5 and 15 minutes */
	bool turbo_by_pstate;           /* turbo comes from intel_pstate/no_turbo, not from cpufreq/boost */
	char isolated[COMPUTER_TEXT];   /* CPUs that the scheduler does not use, "1,3-5", or "none" */
	unsigned cpus;                  /* number of online CPUs; 0: unknown */
};

/*
 * Reads the state of this computer. The paths of procfs and sysfs begin with root: "" except in
 * tests.
 */
void computer__read(struct computer *computer, const char *root);

/*
 * Writes the command line of this process, with quotes where a shell needs them. Leaves out what
 * does not fit into text. Writes "unknown" if /proc/self/cmdline cannot be read.
 */
void computer__command_line(char *text, size_t size);

/* Writes a time in UTC: "2026-11-30T15:20:11Z". */
void computer__date(char *text, size_t size, time_t when);

/*
 * Writes the name of the hypervisor with this signature (12 bytes, CPUID leaf 0x40000000). Writes
 * the signature itself if the hypervisor is not known.
 */
void computer__name_hypervisor(char name[COMPUTER_TEXT], const char signature[12]);

/* Writes arguments, which zero bytes separate, as one line that a shell can read. */
void computer__quote(char *text, size_t size, const char *arguments, size_t length);

#endif
