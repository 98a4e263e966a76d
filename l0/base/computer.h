/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What this computer is at the moment of a run: all that may disturb a measurement, and when and
 * how it was begun.
 */
#ifndef NB_L0_COMPUTER_H
#define NB_L0_COMPUTER_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#define COMPUTER_TEXT    128
#define COMPUTER_CMDLINE 4096

/* Texts are in UTF-8, without control characters. "unknown" where the computer does not tell. */
struct computer {
	char host_name[COMPUTER_TEXT];
	char kernel[COMPUTER_TEXT]; /* release */
	char kernel_cmdline[COMPUTER_CMDLINE];
	bool is_vm;                     /* CPUID tells of a hypervisor below it */
	char hypervisor[COMPUTER_TEXT]; /* its name, or "none" */
	char governor[COMPUTER_TEXT];   /* of cpufreq; of CPUs that differ, each once, separated by commas */
	char turbo[8], smt[8];          /* "on" or "off" */
	char nmi_watchdog[8];           /* "on" or "off": it takes a counter and sends NMIs */
	char load[COMPUTER_TEXT];       /* load averages of 1, 5 and 15 minutes */
	bool turbo_by_pstate;           /* intel_pstate/no_turbo says it, not cpufreq/boost */
	char isolated[COMPUTER_TEXT];   /* CPUs that the scheduler leaves alone, "1,3-5", or "none" */
	unsigned cpus;                  /* online; 0: unknown */
};

/* root is put in front of the paths of procfs and sysfs: "" but in tests. */
void computer__read(struct computer *computer, const char *root);

/*
 * The command line of this process, with quotes where a shell needs them. Cut off where text is
 * full.
 */
void computer__command_line(char *text, size_t size);

/* "2026-11-30T15:20:11Z" */
void computer__date(char *text, size_t size, time_t when);

/*
 * The name that belongs to a signature of CPUID leaf 0x40000000 (12 bytes); the signature itself if
 * nobody knows it.
 */
void computer__name_hypervisor(char name[COMPUTER_TEXT], const char signature[12]);

/* Puts arguments that are separated by zero bytes into one line, as a shell would read them. */
void computer__quote(char *text, size_t size, const char *arguments, size_t length);

#endif
