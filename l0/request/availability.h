/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reports which machines can run here, and why the others cannot. Facts are collected first and
 * judged later, so that tests can judge other computers. `doctor` shows the result, and `--machine
 * auto` uses it to choose.
 */
#ifndef NB_L0_AVAILABILITY_H
#define NB_L0_AVAILABILITY_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The paths that are checked. Tests replace them. */
struct availability_paths {
	const char *dev_kvm;
	const char *sys_module;
	const char *search; /* folders of programs, separated by colons; NULL: PATH */
	const char *bochs_bios;
	const char *bochs_vga_bios;
	const char *bochs_term; /* the display plugin */
	const char *self_dir;   /* folder of our images and of the fetched kernel; NULL: the folder of this program */
};

extern struct availability_paths availability_paths;

/* Facts about the CPU and KVM of this computer. */
struct host_facts {
	char cpu[64]; /* "GenuineIntel Intel(R) Xeon(R) ..." */
	bool cpu_vmx, cpu_svm;
	bool cpu_in_vm; /* CPUID reports a hypervisor below this computer */

	bool opened; /* /dev/kvm could be opened */
	int error;   /* errno of opening /dev/kvm or of asking for the API version; 0 if both worked */
	int api_version;

	char module[32]; /* kvm_intel, kvm_amd, another kvm_*, or "" */
	char nested[8];  /* nested to enable_shadow_vmcs: the module's parameters of these names; "" if missing */
	char ept[8];
	char vpid[8];
	char enable_shadow_vmcs[8];

	bool vmx, svm;      /* KVM offers VMX or SVM to guests */
	uint64_t secondary; /* IA32_VMX_PROCBASED_CTLS2 as a guest sees it; 0 without VMX */
	uint64_t ept_vpid;  /* IA32_VMX_EPT_VPID_CAP as a guest sees it; 0 without secondary controls */
	bool statistics;    /* KVM has KVM_CAP_BINARY_STATS_FD */
};

/*
 * Fills facts from CPUID, /sys/module and KVM's ioctls. Does not fail: missing facts are 0 or "".
 */
void host_facts__ask(struct host_facts *facts);

/*
 * Returns true if our hypervisor can run as a guest of this KVM. why gets the reason in one line in
 * both cases.
 */
bool host_facts__judge(const struct host_facts *facts, char *why, size_t size);

/*
 * Returns true if KVM offers a guest these features. Our hypervisor requires the first two: EPT
 * with 4-level walks and write-back tables, and EPT, unrestricted guest and RDTSCP controls. The
 * third one is INVVPID with VPIDs.
 */
bool host_facts__has_ept(const struct host_facts *facts);
bool host_facts__has_controls(const struct host_facts *facts);
bool host_facts__has_vpid(const struct host_facts *facts);

/* A file that a machine needs. */
struct machine_part {
	const char *name;
	const char *todo; /* the command that installs or builds it */
	bool there;
	char where[PATH_MAX]; /* its path, or the path where it was expected */
};

#define MACHINE_PARTS 9

/* Looks for all parts. Sets .there to false for missing parts. */
void machine_parts__find(struct machine_part parts[MACHINE_PARTS]);

/*
 * Searches the folders of PATH for an executable file. Returns false, with "NAME in PATH" in path,
 * if there is none.
 */
bool program__find(const char *name, char *path, size_t size);

/* Returns true if this machine can run now. why gets the reason in one line in both cases. */
bool machine_host__can_run(char *why, size_t size);
bool machine_bochs__can_run(char *why, size_t size);

/* Does the same for an emulated machine without KVM, which needs no kernel. */
bool machine_bochs__can_run_bare(char *why, size_t size);

/*
 * Returns the choice of `--machine auto`: "host", or else "bochs". Returns NULL, with both reasons
 * in why, if neither can run.
 */
const char *machine__auto(char *why, size_t size);

#endif
