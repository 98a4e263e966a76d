// SPDX-License-Identifier: GPL-2.0-only
/* The checks of `doctor`. Each check has one line for its finding and one line for its remedy. */
#include "l0/report/doctor.h"

#include <errno.h>
#include <limits.h>
#include <linux/kvm.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "l0/base/util.h"
#include "trace/ebpf_support.h"

#define USE_BOCHS "nestbed run --machine bochs"
#define NOT_ASKED "KVM could not be asked"

struct check *doctor__add(struct checks *checks, bool good, enum check_state lack, const char *name, const char *format,
			  ...)
{
	struct check *check = &checks->check[checks->count++];
	va_list args;

	check->state = good ? CHECK_OK : lack;
	check->name = name;
	check->todo[0] = '\0';
	va_start(args, format);
	vsnprintf(check->found, sizeof(check->found), format, args);
	va_end(args);
	return check;
}

void doctor__todo(struct check *check, const char *format, ...)
{
	va_list args;

	if (check->state == CHECK_OK)
		return;
	va_start(args, format);
	vsnprintf(check->todo, sizeof(check->todo), format, args);
	va_end(args);
}

/*
 * Sets how this computer can get nested VMX. If the CPU has no VMX, only an emulated machine helps.
 */
static void todo_vmx(struct check *check, const struct host_facts *facts)
{
	if (facts->cpu_vmx && strcmp(facts->module, "kvm_intel") == 0)
		doctor__todo(check, "sudo modprobe -r kvm_intel; sudo modprobe kvm_intel nested=1, or: " USE_BOCHS);
	else if (facts->cpu_vmx && facts->module[0])
		doctor__todo(check, "sudo modprobe -r %s; sudo modprobe kvm_intel nested=1, or: " USE_BOCHS,
			     facts->module);
	else if (facts->cpu_vmx)
		doctor__todo(
			check,
			"sudo modprobe kvm_intel nested=1 (if it fails: turn on VT-x in the firmware), or: " USE_BOCHS);
	else
		doctor__todo(check, USE_BOCHS);
}

static void check_cpu(struct checks *checks, const struct host_facts *facts)
{
	const char *has = facts->cpu_vmx ? "VMX" : facts->cpu_svm ? "SVM, no VMX" : "neither VMX nor SVM";

	struct check *check = doctor__add(checks, facts->cpu_vmx, CHECK_NO, "CPU", "%s%s: %s", facts->cpu,
					  facts->cpu_in_vm ? ", in a virtual machine" : "", has);

	if (facts->cpu_svm)
		doctor__todo(check, USE_BOCHS " (nested SVM is not supported yet)");
	else if (facts->cpu_in_vm)
		doctor__todo(check,
			     USE_BOCHS ", or turn on nested virtualization in the hypervisor that runs this computer");
	else
		doctor__todo(check, USE_BOCHS ", or turn on VT-x in the firmware");
}

static bool asked(const struct host_facts *facts)
{
	return facts->opened && !facts->error && facts->api_version == KVM_API_VERSION;
}

/*
 * These cases match the first cases of host_facts__judge(). This function only chooses the remedy.
 */
static void check_device(struct checks *checks, const struct host_facts *facts)
{
	const char *path = availability_paths.dev_kvm;
	bool good = asked(facts);
	char why[256];
	struct check *check;

	host_facts__judge(facts, why, sizeof(why));
	check = good ? doctor__add(checks, true, CHECK_NO, "/dev/kvm", "API version %d", facts->api_version)
		     : doctor__add(checks, false, CHECK_NO, "/dev/kvm", "%s", why);
	if (!facts->opened && (facts->error == EACCES || facts->error == EPERM) && geteuid() == 0)
		doctor__todo(check, "give this container the device, as with: docker run --device %s", path);
	else if (!facts->opened && (facts->error == EACCES || facts->error == EPERM))
		doctor__todo(check, "run as root, or join the group kvm: sudo usermod -aG kvm $USER; log in again");
	else if (!facts->opened)
		todo_vmx(check, facts);
	else
		doctor__todo(check, "ls -l %s; sudo modprobe kvm_intel", path);
}

static void check_module(struct checks *checks, const struct host_facts *facts)
{
	bool intel = strcmp(facts->module, "kvm_intel") == 0;

	if (intel || strcmp(facts->module, "kvm_amd") == 0)
		todo_vmx(doctor__add(checks, intel, CHECK_NO, "KVM module", "%s", facts->module), facts);
	else if (facts->module[0])
		todo_vmx(doctor__add(checks, false, CHECK_NO, "KVM module", "%s, neither kvm_intel nor kvm_amd",
				     facts->module),
			 facts);
	else
		todo_vmx(
			doctor__add(checks, false, CHECK_NO, "KVM module", "none in %s", availability_paths.sys_module),
			facts);
}

static void check_nested(struct checks *checks, const struct host_facts *facts)
{
	bool ept = host_facts__has_ept(facts);
	bool controls = host_facts__has_controls(facts);
	bool vpid = host_facts__has_vpid(facts);
	char parameter[64] = "";
	struct check *check;

	if (facts->nested[0])
		text__format(parameter, sizeof(parameter), " (%s.nested=%s)", facts->module, facts->nested);
	if (!asked(facts)) {
		static const char *const name[] = {"nested VMX", "nested EPT", "nested VPID"};

		for (unsigned i = 0; i < 3; i++)
			doctor__todo(doctor__add(checks, false, i < 2 ? CHECK_NO : CHECK_OPTIONAL, name[i],
						 "not known: " NOT_ASKED "%s", i ? "" : parameter),
				     "see /dev/kvm");
		return;
	}
	todo_vmx(doctor__add(checks, facts->vmx, CHECK_NO, "nested VMX", "KVM offers guests %s%s",
			     facts->vmx   ? "VMX"
			     : facts->svm ? "SVM, no VMX"
					  : "neither VMX nor SVM",
			     parameter),
		 facts);
	if (!facts->vmx) {
		todo_vmx(doctor__add(checks, false, CHECK_NO, "nested EPT", "no nested VMX"), facts);
		todo_vmx(doctor__add(checks, false, CHECK_OPTIONAL, "nested VPID", "no nested VMX"), facts);
		return;
	}
	check = doctor__add(checks, ept && controls, CHECK_NO, "nested EPT",
			    "%s, %s (IA32_VMX_EPT_VPID_CAP %#llx, %s.ept=%s)", ept ? "offered" : "not offered",
			    controls ? "with unrestricted guest" : "without unrestricted guest or RDTSCP",
			    (unsigned long long)facts->ept_vpid, facts->module, facts->ept);
	doctor__todo(
		check,
		"sudo modprobe -r kvm_intel; sudo modprobe kvm_intel nested=1 ept=1 unrestricted_guest=1, or: " USE_BOCHS);
	check = doctor__add(checks, vpid, CHECK_OPTIONAL, "nested VPID", "%s (%s.vpid=%s)",
			    vpid ? "offered" : "not offered", facts->module, facts->vpid);
	doctor__todo(check, "sudo modprobe -r kvm_intel; sudo modprobe kvm_intel nested=1 vpid=1");
}

/*
 * The module parameter says whether this KVM shadows a guest hypervisor's VMCS. The MSR that guests
 * see does not say so: KVM emulates "VMCS shadowing" for guests on any CPU.
 */
static void check_shadowing(struct checks *checks, const struct host_facts *facts)
{
	struct check *check;

	if (!facts->enable_shadow_vmcs[0]) {
		check = doctor__add(checks, false, CHECK_OPTIONAL, "VMCS shadowing", "no kvm_intel here");
		todo_vmx(check, facts);
		return;
	}
	check = doctor__add(checks, facts->enable_shadow_vmcs[0] == 'Y', CHECK_OPTIONAL, "VMCS shadowing",
			    "kvm_intel.enable_shadow_vmcs=%s", facts->enable_shadow_vmcs);
	doctor__todo(check, "sudo modprobe -r kvm_intel; sudo modprobe kvm_intel nested=1 enable_shadow_vmcs=1 "
			    "(stays N on a CPU without it)");
}

static void check_statistics(struct checks *checks, const struct host_facts *facts)
{
	struct check *check = doctor__add(checks, facts->statistics, CHECK_NO, "KVM statistics", "%s",
					  facts->statistics ? "KVM_CAP_BINARY_STATS_FD"
					  : asked(facts)    ? "no KVM_CAP_BINARY_STATS_FD"
							    : "not known: " NOT_ASKED);

	if (asked(facts))
		doctor__todo(check, "boot Linux 5.14 or newer: without it L0's own exit counts are missing");
	else
		doctor__todo(check, "see /dev/kvm");
}

static void check_trace(struct checks *checks, const struct host_facts *facts)
{
	static const char *const source[] = {
		[TRACE_SOURCE_NONE] = "not found",
		[TRACE_SOURCE_ATTACHED] = "a program was attached",
		[TRACE_SOURCE_BTF] = "in BTF (not attached: see eBPF)",
		[TRACE_SOURCE_TRACEFS] = "in tracefs (not attached: see eBPF)",
	};
	struct trace_ability ability;
	struct check *check;

	trace_ability__probe(&ability);
	check = doctor__add(checks, ability.load, CHECK_OPTIONAL, "eBPF", "%s",
			    ability.load ? "the kernel took a raw tracepoint program" : ability.load_why);
	doctor__todo(check, "%s", ability.load_todo);
	check = doctor__add(checks, ability.btf && ability.btf_kvm, CHECK_OPTIONAL, "BTF", "%s", ability.btf_found);
	if (!ability.btf)
		doctor__todo(check, "boot a kernel with CONFIG_DEBUG_INFO_BTF=y (Debian's and Ubuntu's have it)");
	else
		doctor__todo(check, "%s",
			     facts->module[0] ? "boot a kernel with CONFIG_DEBUG_INFO_BTF_MODULES=y"
					      : "sudo modprobe kvm");
	check = doctor__add(checks, ability.tracepoints != TRACE_SOURCE_NONE, CHECK_OPTIONAL, "kvm tracepoints",
			    "kvm_entry, kvm_exit: %s; kvm_nested_vmexit: %s", source[ability.tracepoints],
			    source[ability.nested_tracepoints]);
	doctor__todo(check, "%s", ability.load ? "sudo modprobe kvm" : "see eBPF; then: sudo modprobe kvm");
}

static void check_parts(struct checks *checks)
{
	struct machine_part parts[MACHINE_PARTS];

	machine_parts__find(parts);
	for (unsigned i = 0; i < MACHINE_PARTS; i++) {
		struct check *check = doctor__add(checks, parts[i].there, CHECK_NO, parts[i].name, "%s%s",
						  parts[i].there ? "" : "no ", parts[i].where);

		doctor__todo(check, "%s", parts[i].todo);
	}
}

static void check_program(struct checks *checks, const char *name, const char *program, const char *what_to_do)
{
	char path[PATH_MAX];
	bool there = program__find(program, path, sizeof(path));

	doctor__todo(doctor__add(checks, there, CHECK_OPTIONAL, name, "%s%s", there ? "" : "no ", path), "%s",
		     what_to_do);
}

void doctor__examine_host(struct checks *checks, const struct host_facts *facts)
{
	check_cpu(checks, facts);
	check_device(checks, facts);
	check_module(checks, facts);
	check_nested(checks, facts);
	check_shadowing(checks, facts);
	check_statistics(checks, facts);
}

void doctor__examine(struct checks *checks)
{
	struct host_facts facts;
	struct computer computer;

	checks->count = 0;
	host_facts__ask(&facts);
	doctor__examine_host(checks, &facts);
	check_trace(checks, &facts);
	check_parts(checks);
	check_program(checks, "QEMU", "qemu-system-x86_64", "sudo apt-get install qemu-system-x86");
	check_program(checks, "gnuplot", "gnuplot", "sudo apt-get install gnuplot-nox (plots)");
	computer__read(&computer, "");
	doctor__examine_computer(checks, &computer);
}
