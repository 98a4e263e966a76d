/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the user asked to be measured, as the command line says it. Every machine and the plan read it; nobody changes it.
 */
#ifndef NB_L0_REQUEST_H
#define NB_L0_REQUEST_H

#include <stdbool.h>

#include "l0/kernels/kernel.h"
#include "l0/request/cpu_models.h"
#include "l0/request/nested_config.h"
#include "l0/request/stack.h"

enum level { LEVEL_L0 = 1 << 0, LEVEL_L1 = 1 << 1, LEVEL_L2 = 1 << 2, LEVEL_L3 = 1 << 3, LEVEL_L4 = 1 << 4 };
#define LEVEL(number) (1u << (number))

/* A configuration of kvm_intel: which of these it has switched off. The first one, 0, is as KVM is by itself. */
enum config { CONFIG_NO_SHADOWING = 1 << 0, CONFIG_NO_EPT = 1 << 1, CONFIG_NO_VPID = 1 << 2, CONFIG_COUNT = 1 << 3 };

/*
 * One machine of several that a request is measured on. Each of its names is a column of the result.
 */
struct variant {
	const struct kernel *kernel;    /* NULL: no Linux is chosen (our hypervisor is L0, or L0 is this computer) */
	const char *kernel_args;        /* more words for the kernel's command line, or "" */
	const struct cpu_model *cpu;    /* NULL on this computer */
	unsigned lacks;                 /* enum cpu_feature: what its CPU has not */
	char kernel_name[KERNEL_NAME];  /* "none" where our hypervisor is L0 */
	char cpu_name[KERNEL_NAME];     /* on this computer what the CPU calls itself */
	char tag[2 * KERNEL_NAME + 16]; /* for names of files: "-6.12.94-haswell"; "" where there is one variant */
};

/* Far more machines than somebody waits for. */
#define VARIANTS_MAX 48u

struct request {
	const char *machine;                  /* "host" or "bochs" */
	struct variant variant[VARIANTS_MAX]; /* measured one after the other, or side by side */
	unsigned variants;                    /* 1 or more */
	enum l0 l0;
	bool qemu;       /* --vmm qemu */
	const char *ops; /* with `empty` first: the loop cost belongs to every result */
	unsigned iterations;
	unsigned warmup;
	unsigned levels;  /* of enum level */
	unsigned depth;   /* number of the deepest level of the stack; 0: what levels has */
	unsigned configs; /* a bit for each enum config to measure in; 0: as the machine is, which nobody can tell */
	/* Settings of our outer hypervisors: each is measured where our hypervisor is L0, and there is one above KVM. */
	struct nested_config nested[NESTED_CONFIGS_MAX];
	unsigned nested_count;   /* 0: there is no outer hypervisor */
	unsigned seed;           /* of the order in which windows are measured */
	bool reload_kvm;         /* the machine's kvm_intel may be reloaded */
	const char *kvm_params;  /* more parameters for kvm_intel where it is reloaded, separated by blanks; or "" */
	const char *ept;         /* page size of ept12 */
	const char *guest_pages; /* by which the guest maps its memory: 4K, 2M or 1G */
	unsigned trace;          /* eBPF as third witness: bits of enum trace_mode, whose windows take turns; 0: none */
	unsigned trace_buffer;   /* KiB of the ring buffer that events go through; 0: the VMM's default */
	bool check_programs;     /* for tests */
	const char
		*mmu; /* how our hypervisor gives its guest memory, "ept", "shadow" or "synced"; NULL: as its CPU can */
	const char *words;       /* for tests: more words for our hypervisor, each with a blank in front; or NULL */
	bool under_own;          /* for tests: our hypervisor is below the machine's Linux, which is its guest */
	const char *under_words; /* and more words for it, each with a blank in front */
	const char *fault;       /* for tests: how our hypervisor dies, or NULL */
	unsigned chase_kib;      /* largest working set of the operation chase; 0: it is not run */
	unsigned chase_pages;    /* of its page sizes: 1 for 4 KiB, 2 for 2 MiB, or their sum */
	unsigned timeout;        /* seconds without progress before something is ended */
	unsigned boot_timeout;   /* seconds of the emulator's CPU time for the boot of a kernel; 0: as many as usual */
	const char *image;       /* boot this image of `programs` instead of the benchmark's; NULL: measure */
	const char *image_words; /* its command line, but for where its records go */
	const char *out;         /* folder of the results, made already */
	const char *programs;    /* folder of our binaries and images */
};

#endif
