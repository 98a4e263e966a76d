/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which machines can run here, and why not. Facts are gathered first and judged after, so that tests can
 * judge computers that they are not on. `doctor` shows it, `--machine auto` decides by it.
 */
#ifndef NB_L0_AVAILABILITY_H
#define NB_L0_AVAILABILITY_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where we look. Tests put their own paths here. */
struct availability_paths {
	const char *dev_kvm;
	const char *sys_module;
	const char *search; /* folders of programs, separated by colons; NULL: PATH */
	const char *bochs_bios;
	const char *bochs_vga_bios;
	const char *bochs_term; /* the display plugin */
	const char *self_dir;   /* our images and the fetched kernel; NULL: the folder of this program */
};

extern struct availability_paths availability_paths;

/* What CPU and KVM say of themselves. */
struct host_facts {
	char cpu[64]; /* "GenuineIntel Intel(R) Xeon(R) ..." */
	bool cpu_vmx, cpu_svm;
	bool cpu_in_vm; /* CPUID tells of a hypervisor below us */

	bool opened; /* /dev/kvm */
	int error;   /* errno of opening it or of asking for the API version; 0 if both worked */
	int api_version;

	char module[32]; /* kvm_intel, kvm_amd, another kvm_*, or "" */
	char nested[8];  /* the module's parameters of these names; "" where there is none */
	char ept[8];
	char vpid[8];
	char enable_shadow_vmcs[8];

	bool vmx, svm;      /* what KVM offers to guests */
	uint64_t secondary; /* IA32_VMX_PROCBASED_CTLS2 of such a guest, 0 without VMX */
	uint64_t ept_vpid;  /* IA32_VMX_EPT_VPID_CAP of such a guest, 0 without either */
	bool statistics;    /* KVM_CAP_BINARY_STATS_FD */
};

void host_facts__ask(struct host_facts *facts);

/* May our hypervisor run as a guest of this KVM? The reason, in one line, in either case. */
bool host_facts__judge(const struct host_facts *facts, char *why, size_t size);

/* What KVM offers a guest's hypervisor; the first two are what ours requires. */
bool host_facts__has_ept(const struct host_facts *facts);
bool host_facts__has_controls(const struct host_facts *facts);
bool host_facts__has_vpid(const struct host_facts *facts);

/* The files that a machine is made of. */
struct machine_part {
	const char *name;
	const char *todo; /* what brings it here */
	bool there;
	char where[PATH_MAX]; /* where it is, or where it was looked for */
};

#define MACHINE_PARTS 9

void machine_parts__find(struct machine_part parts[MACHINE_PARTS]);

/* Looks in the folders of PATH. */
bool program__find(const char *name, char *path, size_t size);

/* Whether this machine can run now; in why one line that says why or why not. */
bool machine_host__can_run(char *why, size_t size);
bool machine_bochs__can_run(char *why, size_t size);

/* The same for an emulated machine without KVM: it needs no kernel. */
bool machine_bochs__can_run_bare(char *why, size_t size);

/* What `--machine auto` takes: "host", else "bochs", or NULL, with both reasons in why. */
const char *machine__auto(char *why, size_t size);

#endif
