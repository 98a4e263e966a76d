/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The files of one emulated machine: its disk, its configuration, and where its ports end.
 */
#ifndef NB_L0_BOCHS_FILES_H
#define NB_L0_BOCHS_FILES_H

#include <stdbool.h>
#include <stddef.h>

#include "l0/base/work_folder.h"
#include "l0/request/request.h"

/* One emulated machine: what it boots and where its output goes. */
struct bochs_files {
	struct work_folder work; /* disk, configuration; gone once the emulator is */
	char records[512];       /* first parallel port */
	char console[512];       /* first serial port: the kernel's urgent messages, our programs' messages */
	char kernel_log[512];    /* second parallel port: the kernel's log, written at the end */
	char log[512];           /* the emulator's own */
};

/* Instructions, and so ticks, a millisecond of its timers: about as fast as it really runs. */
#define BOCHS_TSC_KHZ "100000"
/* A guest of our hypervisor that rings no doorbell in so many million instructions hangs: 5 s of the emulator's time. */
#define BOCHS_WATCHDOG_MTICKS 500

/* Names the output files, and removes those of an earlier run; tag tells machines apart that run for one request. */
void bochs_files__name(struct bochs_files *files, const struct request *request, const char *tag);

/*
 * The command line of the variant's kernel. config: where kvm_intel is built in, the one configuration that this machine can have; it is
 * not looked at otherwise.
 */
void bochs_files__kernel_cmdline(char *cmdline, size_t size, const struct request *request,
				 const struct variant *variant, unsigned config);

/*
 * Disk with the variant's kernel and an initramfs that follows the request's plan. config: as
 * above. False, with a message, on failure.
 */
bool bochs_files__make_kvm(struct bochs_files *files, const struct request *request, const struct variant *variant,
			   unsigned config);

/* What is measured on one machine where our hypervisor is L0. */
struct bochs_bare {
	unsigned level;   /* its number; 0: the benchmark alone */
	unsigned setting; /* of request->nested, where there is an outer hypervisor */
};

/* Disk with our images: at level 0 the benchmark (or the image that the request names) alone, else our hypervisor as L0, with what is to run in it as modules. */
bool bochs_files__make_bare(struct bochs_files *files, const struct request *request, const struct variant *variant,
			    const struct bochs_bare *bare);

/* Removes the work folder and all in it, if that has not been done. */
void bochs_files__remove_work(struct bochs_files *files);

#endif
