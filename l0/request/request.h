/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The measurement that the user requests on the command line. Every machine and the plan read it;
 * nothing changes it.
 */
#ifndef NB_L0_REQUEST_H
#define NB_L0_REQUEST_H

#include <stdbool.h>

#include "l0/kernels/kernel.h"
#include "l0/request/config.h"
#include "l0/request/cpu_models.h"
#include "l0/request/nested_config.h"
#include "l0/request/stack.h"

enum level { LEVEL_L0 = 1 << 0, LEVEL_L1 = 1 << 1, LEVEL_L2 = 1 << 2, LEVEL_L3 = 1 << 3, LEVEL_L4 = 1 << 4 };
#define LEVEL(number) (1u << (number))

/*
 * A configuration of kvm_intel: the features that are switched off. Configuration 0 has all
 * features on.
 */
enum kvm_config {
	CONFIG_NO_SHADOWING = 1 << 0,
	CONFIG_NO_EPT = 1 << 1,
	CONFIG_NO_VPID = 1 << 2,
	CONFIG_COUNT = 1 << 3
};

/*
 * One of the machines that a request is measured on. Each of its names is a column of the result.
 */
struct variant {
	/* NULL: no Linux kernel is chosen (our hypervisor is L0, or L0 is this computer) */
	const struct kernel *kernel;
	const char *kernel_args;        /* more words for the kernel's command line, or "" */
	const struct cpu_model *cpu;    /* NULL on this computer */
	unsigned lacks;                 /* features that its CPU lacks, bits of enum cpu_feature */
	char kernel_name[KERNEL_NAME];  /* "none" if our hypervisor is L0 */
	char cpu_name[KERNEL_NAME];     /* on this computer, the CPU's own model name */
	char tag[2 * KERNEL_NAME + 16]; /* part of file names: "-6.12.94-haswell"; "" if there is only one variant */
};

/* The largest number of machines in one request. */
#define VARIANTS_MAX 48u

struct request {
	const char *machine;                  /* "host" or "bochs" */
	struct variant variant[VARIANTS_MAX]; /* measured one after another, or in parallel */
	unsigned variants;                    /* 1 or more */
	enum l0 l0;
	bool qemu;       /* the VMM is QEMU (--vmm qemu) */
	const char *ops; /* `empty` is first, because every result needs the loop's cost */
	unsigned iterations;
	unsigned warmup;
	unsigned levels;  /* bits of enum level */
	unsigned depth;   /* number of the deepest level of the stack; 0: the deepest level in levels */
	unsigned configs; /* a bit for each enum kvm_config to measure; 0: the current setting, which is unknown */
	/*
	 * Settings of our outer hypervisors. All are measured if our hypervisor is L0; above KVM
	 * there is only one.
	 */
	struct nested_config nested[NESTED_CONFIGS_MAX];
	unsigned nested_count;  /* 0: there is no outer hypervisor */
	unsigned seed;          /* seed for the order of the windows */
	bool reload_kvm;        /* the machine's kvm_intel may be reloaded */
	const char *kvm_params; /* more parameters for kvm_intel when it is reloaded, separated by blanks; or "" */
	enum config_page ept;   /* page size of ept12 */
	enum config_page guest_pages; /* page size of the guest's own page tables */
	/* bits of enum trace_mode for eBPF, the third witness; their windows alternate; 0: none */
	unsigned trace;
	unsigned trace_buffer;   /* KiB of the ring buffer for events; 0: the VMM's default */
	bool check_programs;     /* for tests: check that the kernel accepts every eBPF program */
	enum config_mmu mmu;     /* how our hypervisor gives its guest memory; CONFIG_MMU_USUAL: as its CPU can */
	const char *words;       /* for tests: more words for our hypervisor, each with a blank in front; or NULL */
	bool under_own;          /* for tests: our hypervisor runs below the machine's Linux, which is its guest */
	const char *under_words; /* for tests: more words for that hypervisor, each with a blank in front */
	const char *fault;       /* for tests: the fault that ends our hypervisor, or NULL */
	unsigned chase_kib;      /* KiB of the largest working set of the operation chase; 0: chase is not run */
	unsigned chase_pages;    /* page sizes of chase: 1 for 4 KiB, 2 for 2 MiB, or their sum */
	unsigned timeout;        /* seconds without progress before a guest or program is ended */
	unsigned boot_timeout;   /* seconds of the emulator's CPU time for the boot of a kernel; 0: the default */
	const char *image;       /* boot this image of `programs` instead of the benchmark; NULL: measure */
	const char *image_words; /* the image's command line, without the destination of its records */
	const char *out;         /* folder of the results, which exists already */
	const char *programs;    /* folder of our binaries and images */
};

#endif
