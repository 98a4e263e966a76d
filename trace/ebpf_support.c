// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests whether the kernel accepts a program and an attachment and has types, and releases
 * everything at once.
 */
#include "trace/ebpf_support.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define BTF_FOLDER "/sys/kernel/btf"

void trace_ability__explain(int error, bool root, struct trace_ability *ability)
{
	const char *why, *todo;

	ability->load = error == 0;
	ability->load_error = error;
	ability->load_why[0] = ability->load_todo[0] = '\0';
	if (error == 0)
		return;
	if ((error == EPERM || error == EACCES) && root) {
		why = "the kernel refuses programs even of root: a container, seccomp or lockdown forbids bpf()";
		todo = "run nestbed outside the container, or give the container CAP_BPF and CAP_PERFMON";
	} else if (error == EPERM || error == EACCES) {
		why = "no permission: loading a tracing program takes root, or CAP_BPF and CAP_PERFMON";
		todo = "run as root, or: sudo setcap cap_bpf,cap_perfmon+ep FILE (of the program nestbed)";
	} else if (error == ENOSYS) {
		why = "this kernel has no bpf(): it was built without CONFIG_BPF_SYSCALL";
		todo = "boot a kernel with CONFIG_BPF_SYSCALL=y";
	} else if (error == EINVAL) {
		why = "this kernel knows no raw tracepoint programs: they need Linux 4.17 and CONFIG_BPF_EVENTS";
		todo = "boot a newer kernel, with CONFIG_BPF_EVENTS=y";
	} else if (error == ENOMEM) {
		why = "out of memory, or of RLIMIT_MEMLOCK (kernels before 5.11 charge programs to it)";
		todo = "ulimit -l unlimited";
	} else {
		snprintf(ability->load_why, sizeof(ability->load_why), "bpf(BPF_PROG_LOAD) failed: %s",
			 strerror(error));
		why = NULL;
		todo = "see what the kernel says: sudo dmesg | tail";
	}
	if (why)
		snprintf(ability->load_why, sizeof(ability->load_why), "%s", why);
	snprintf(ability->load_todo, sizeof(ability->load_todo), "%s", todo);
}

/* Loads the program "r0 = 0; exit". Returns its fd, or -errno. */
static int load_program(void)
{
	const struct bpf_insn program[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0},
		{.code = BPF_JMP | BPF_EXIT},
	};

	return bpf_prog_load(BPF_PROG_TYPE_RAW_TRACEPOINT, "nestbed_ability", "GPL", program,
			     sizeof(program) / sizeof(program[0]), NULL);
}

static bool names(const struct btf *btf, const char *name, uint32_t kind)
{
	return btf && btf__find_by_name_kind(btf, name, kind) > 0;
}

struct types {
	struct btf *vmlinux, *kvm, *vendor; /* NULL: not found */
	const char *vendor_name;
};

static struct btf *read_btf(const char *name, struct btf *base)
{
	char path[64];

	snprintf(path, sizeof(path), BTF_FOLDER "/%s", name);
	if (access(path, R_OK) != 0)
		return NULL;
	return base ? btf__parse_split(path, base) : btf__parse(path, NULL);
}

static void read_types(struct types *types)
{
	*types = (struct types){.vmlinux = read_btf("vmlinux", NULL), .vendor_name = "kvm_intel"};
	if (!types->vmlinux)
		return;
	types->kvm = read_btf("kvm", types->vmlinux);
	types->vendor = read_btf("kvm_intel", types->vmlinux);
	if (!types->vendor) {
		types->vendor = read_btf("kvm_amd", types->vmlinux);
		if (types->vendor)
			types->vendor_name = "kvm_amd";
	}
}

static void free_types(struct types *types)
{
	btf__free(types->kvm); /* before their base, vmlinux */
	btf__free(types->vendor);
	btf__free(types->vmlinux);
}

static void judge_types(const struct types *types, struct trace_ability *ability)
{
	const char *kvm, *vendor;

	ability->btf = types->vmlinux != NULL;
	ability->btf_kvm = types->kvm || names(types->vmlinux, "btf_trace_kvm_exit", BTF_KIND_TYPEDEF);
	ability->btf_vendor = types->vendor || names(types->vmlinux, "vmx_handle_exit", BTF_KIND_FUNC) ||
			      names(types->vmlinux, "svm_handle_exit", BTF_KIND_FUNC);
	if (!ability->btf) {
		snprintf(ability->btf_found, sizeof(ability->btf_found), "no readable " BTF_FOLDER "/vmlinux");
		return;
	}
	kvm = types->kvm ? "kvm" : ability->btf_kvm ? "kvm (built in)" : "no kvm";
	vendor = types->vendor         ? types->vendor_name
		 : ability->btf_vendor ? "the vendor module (built in)"
				       : "neither kvm_intel nor kvm_amd";
	snprintf(ability->btf_found, sizeof(ability->btf_found), "vmlinux, %s, %s", kvm, vendor);
}

static bool in_tracefs(const char *tracepoint)
{
	static const char *const folder[] = {"/sys/kernel/tracing", "/sys/kernel/debug/tracing"};
	char path[128];

	for (unsigned i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s/events/kvm/%s", folder[i], tracepoint);
		if (access(path, F_OK) == 0)
			return true;
	}
	return false;
}

/*
 * An attachment asks the kernel itself and needs neither BTF nor tracefs. BTF and tracefs answer if
 * we may not attach.
 */
static enum trace_source find_tracepoint(const char *name, int program, const struct types *types)
{
	char type[64];

	if (program >= 0) {
		int fd = bpf_raw_tracepoint_open(name, program);

		if (fd >= 0)
			close(fd);
		if (fd >= 0)
			return TRACE_SOURCE_ATTACHED;
		if (fd == -ENOENT)
			return TRACE_SOURCE_NONE;
	}
	snprintf(type, sizeof(type), "btf_trace_%s", name);
	if (names(types->kvm ? types->kvm : types->vmlinux, type, BTF_KIND_TYPEDEF))
		return TRACE_SOURCE_BTF;
	return in_tracefs(name) ? TRACE_SOURCE_TRACEFS : TRACE_SOURCE_NONE;
}

void trace_ability__probe(struct trace_ability *ability)
{
	/*
	 * The probe looks for missing features, so libbpf's own warnings about them would only
	 * repeat its result.
	 */
	libbpf_print_fn_t print = libbpf_set_print(NULL);
	enum trace_source entry, exit_;
	struct types types;
	int program;

	*ability = (struct trace_ability){0};
	program = load_program();
	trace_ability__explain(program < 0 ? -program : 0, geteuid() == 0, ability);
	read_types(&types);
	judge_types(&types, ability);
	entry = find_tracepoint("kvm_entry", program, &types);
	exit_ = find_tracepoint("kvm_exit", program, &types);
	ability->tracepoints = entry ? exit_ : TRACE_SOURCE_NONE;
	ability->nested_tracepoints = find_tracepoint("kvm_nested_vmexit", program, &types);
	free_types(&types);
	if (program >= 0)
		close(program);
	libbpf_set_print(print);
}
