/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The files of one emulated machine: its disk, its configuration, and the output files of its
 * ports.
 */
#ifndef NB_L0_BOCHS_FILES_H
#define NB_L0_BOCHS_FILES_H

#include <stdbool.h>
#include <stddef.h>

#include "l0/base/work_folder.h"
#include "l0/request/request.h"

/* One emulated machine: what it boots and where its output goes. */
struct bochs_files {
	struct work_folder work; /* disk and configuration; removed when they are no longer needed */
	char records[512];       /* output of the first parallel port */
	/* first serial port: urgent kernel messages, messages of nestbed's programs */
	char console[512];
	/* second parallel port: the kernel's log, written after boot and each step */
	char kernel_log[512];
	char log[512]; /* the log of the emulator itself */
};

/*
 * Kilohertz of the emulated time stamp counter: instructions (ticks) in one millisecond of the
 * emulated timers. This is about the real speed of Bochs.
 */
#define BOCHS_TSC_KHZ "100000"
/*
 * A guest of our hypervisor hangs if it rings no doorbell for this many million instructions: 5 s
 * of the emulator's time.
 */
#define BOCHS_WATCHDOG_MTICKS 500

/*
 * Sets the names of the output files, and removes files of an earlier run. `tag` tells the machines
 * of one request apart.
 */
void bochs_files__name(struct bochs_files *files, const struct request *request, const char *tag);

/*
 * Writes the command line of the variant's kernel. `config` is the one configuration of this
 * machine if kvm_intel is built in; otherwise it is ignored.
 */
void bochs_files__kernel_cmdline(char *cmdline, size_t size, const struct request *request,
				 const struct variant *variant, unsigned config);

/*
 * Builds a disk with the variant's kernel and an initramfs that follows the request's plan.
 * `config` is as above. Returns false, with a message, on failure.
 */
bool bochs_files__make_kvm(struct bochs_files *files, const struct request *request, const struct variant *variant,
			   unsigned config);

/* The level and setting that one machine measures if our hypervisor is L0. */
struct bochs_bare {
	unsigned level;   /* level number; 0: the benchmark alone */
	unsigned setting; /* index in request->nested, if there is an outer hypervisor */
};

/*
 * Builds a disk with nestbed's images. At level 0 it holds only the benchmark, or the image that
 * the request names. At other levels it holds our hypervisor as L0, with its guests as modules.
 * Returns false, with a message, on failure.
 */
bool bochs_files__make_bare(struct bochs_files *files, const struct request *request, const struct variant *variant,
			    const struct bochs_bare *bare);

/* Removes the work folder and its files. Does nothing if the folder is already removed. */
void bochs_files__remove_work(struct bochs_files *files);

#endif
