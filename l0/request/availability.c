// SPDX-License-Identifier: GPL-2.0-only
/* Reads the state of the CPU, KVM and the file system, and decides which machines can run. */
#include "l0/request/availability.h"

#include <cpuid.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "l0/base/layout.h"
#include "l0/base/util.h"
#include "l0/kernels/kernel_store.h"
#include "vmcs-shadow/controls.h"
#include "vmcs-shadow/x86.h"

#define CPUID_ENTRIES      256
#define LEAF_EXT_1_ECX_SVM (1u << 2)
#define LEAF_BRAND         0x80000002u /* the brand string: this leaf and the next two */

/*
 * The VMX controls and EPT features that our hypervisor requires: write_controls() and ept_build()
 * refuse to run without them (l1-hypervisor/boot/vmcs.c, ept.c).
 */
#define SECONDARY_NEEDED (SECONDARY_EXEC_ENABLE_EPT | SECONDARY_EXEC_UNRESTRICTED_GUEST | SECONDARY_EXEC_ENABLE_RDTSCP)
#define EPT_NEEDED       (VMX_EPT_PAGE_WALK_4_BIT | VMX_EPTP_WB_BIT)

struct availability_paths availability_paths = {
	.dev_kvm = "/dev/kvm",
	.sys_module = "/sys/module",
	.bochs_bios = "/usr/share/bochs/BIOS-bochs-latest",
	.bochs_vga_bios = "/usr/share/seabios/vgabios-stdvga.bin",
	.bochs_term = "/usr/lib/x86_64-linux-gnu/bochs/plugins/libbx_term_gui.so",
};

/* Writes a reason. Cutting it at the end of the caller's buffer is not an error. */
static void say(char *why, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));
static void say(char *why, size_t size, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(why, size, format, args);
	va_end(args);
}

static void ask_cpu(struct host_facts *facts)
{
	unsigned a, b, c, d;
	char vendor[13] = "";
	char brand[49] = "";

	if (__get_cpuid(0, &a, &b, &c, &d)) {
		memcpy(vendor, &b, 4);
		memcpy(vendor + 4, &d, 4);
		memcpy(vendor + 8, &c, 4);
	}
	if (__get_cpuid(1, &a, &b, &c, &d)) {
		facts->cpu_vmx = c & LEAF_1_ECX_VMX;
		facts->cpu_in_vm = c & LEAF_1_ECX_HYPERVISOR;
	}
	if (__get_cpuid(LEAF_EXT_1, &a, &b, &c, &d))
		facts->cpu_svm = c & LEAF_EXT_1_ECX_SVM;
	for (unsigned i = 0; i < 3 && __get_cpuid(LEAF_BRAND + i, &a, &b, &c, &d); i++) {
		const unsigned words[4] = {a, b, c, d};

		memcpy(brand + 16 * i, words, sizeof(words));
	}
	say(facts->cpu, sizeof(facts->cpu), "%s %s", vendor, brand + strspn(brand, " "));
	for (size_t n = strlen(facts->cpu); n > 0 && facts->cpu[n - 1] == ' '; n--)
		facts->cpu[n - 1] = '\0';
}

/*
 * Finds kvm_intel or kvm_amd. Otherwise takes another module named kvm_*, because it may also own
 * /dev/kvm.
 */
static void ask_module(struct host_facts *facts)
{
	DIR *folder = opendir(availability_paths.sys_module);
	struct dirent *entry;

	while (folder && (entry = readdir(folder)) != NULL) {
		bool known = strcmp(entry->d_name, "kvm_intel") == 0 || strcmp(entry->d_name, "kvm_amd") == 0;

		if (strncmp(entry->d_name, "kvm_", 4) == 0 && (known || !facts->module[0]))
			say(facts->module, sizeof(facts->module), "%s", entry->d_name);
		if (known)
			break;
	}
	if (folder)
		closedir(folder);
}

static void ask_parameter(const char *module, const char *name, char *value, size_t size)
{
	char path[PATH_MAX];

	text__format(path, sizeof(path), "%s/%s/parameters/%s", availability_paths.sys_module, module, name);
	if (!file__read_text(path, value, size))
		value[0] = '\0';
}

static void ask_cpuid(int kvm, struct host_facts *facts)
{
	struct kvm_cpuid2 *cpuid = calloc(1, sizeof(*cpuid) + CPUID_ENTRIES * sizeof(cpuid->entries[0]));

	if (!cpuid)
		return;
	cpuid->nent = CPUID_ENTRIES;
	if (ioctl(kvm, KVM_GET_SUPPORTED_CPUID, cpuid) != 0)
		cpuid->nent = 0;
	for (uint32_t i = 0; i < cpuid->nent; i++) {
		if (cpuid->entries[i].function == 1)
			facts->vmx = cpuid->entries[i].ecx & LEAF_1_ECX_VMX;
		if (cpuid->entries[i].function == LEAF_EXT_1)
			facts->svm = cpuid->entries[i].ecx & LEAF_EXT_1_ECX_SVM;
	}
	free(cpuid);
}

/*
 * Reads a feature MSR through the file descriptor of /dev/kvm. The value describes what KVM can
 * offer a guest, not the CPU. Returns 0 if KVM does not report it.
 */
static uint64_t ask_msr(int kvm, uint32_t number)
{
	struct {
		struct kvm_msrs head;
		struct kvm_msr_entry entry;
	} msrs = {.head.nmsrs = 1, .entry.index = number};

	return ioctl(kvm, KVM_GET_MSRS, &msrs) == 1 ? msrs.entry.data : 0;
}

void host_facts__ask(struct host_facts *facts)
{
	int kvm = open(availability_paths.dev_kvm, O_RDWR | O_CLOEXEC);

	*facts = (struct host_facts){.opened = kvm >= 0, .error = kvm < 0 ? errno : 0};
	ask_cpu(facts);
	ask_module(facts);
	ask_parameter(facts->module, "nested", facts->nested, sizeof(facts->nested));
	ask_parameter(facts->module, "ept", facts->ept, sizeof(facts->ept));
	ask_parameter(facts->module, "vpid", facts->vpid, sizeof(facts->vpid));
	ask_parameter(facts->module, "enable_shadow_vmcs", facts->enable_shadow_vmcs,
		      sizeof(facts->enable_shadow_vmcs));
	if (kvm < 0)
		return;
	facts->api_version = ioctl(kvm, KVM_GET_API_VERSION, 0);
	if (facts->api_version < 0)
		facts->error = errno;
	if (facts->api_version == KVM_API_VERSION) {
		ask_cpuid(kvm, facts);
		if (facts->vmx)
			facts->secondary = ask_msr(kvm, MSR_IA32_VMX_PROCBASED_CTLS2);
		if (facts->secondary)
			facts->ept_vpid = ask_msr(kvm, MSR_IA32_VMX_EPT_VPID_CAP);
		facts->statistics = ioctl(kvm, KVM_CHECK_EXTENSION, KVM_CAP_BINARY_STATS_FD) > 0;
	}
	close(kvm);
}

bool host_facts__has_ept(const struct host_facts *facts)
{
	return (facts->secondary >> 32 & SECONDARY_EXEC_ENABLE_EPT) && (facts->ept_vpid & EPT_NEEDED) == EPT_NEEDED;
}

bool host_facts__has_controls(const struct host_facts *facts)
{
	return (facts->secondary >> 32 & SECONDARY_NEEDED) == SECONDARY_NEEDED;
}

bool host_facts__has_vpid(const struct host_facts *facts)
{
	return (facts->secondary >> 32 & SECONDARY_EXEC_ENABLE_VPID) && (facts->ept_vpid & VMX_VPID_INVVPID_BIT);
}

/* Writes why KVM offers no VMX: the module's parameter, the module or the CPU. */
static void why_no_vmx(const struct host_facts *facts, char *why, size_t size)
{
	const char *dev = availability_paths.dev_kvm;
	const char *cpu = facts->cpu_in_vm ? " on a virtual CPU without VMX" : " on a CPU without VMX";

	if (facts->cpu_vmx)
		cpu = "";
	if (facts->svm)
		say(why, size, "%s offers nested SVM (%s), and our hypervisor knows only VMX yet", dev, facts->module);
	else if (facts->nested[0])
		say(why, size, "%s offers no nested VMX (%s.nested=%s%s)", dev, facts->module, facts->nested, cpu);
	else
		say(why, size, "%s offers no nested VMX (module %s%s)", dev,
		    facts->module[0] ? facts->module : "unknown", cpu);
}

bool host_facts__judge(const struct host_facts *facts, char *why, size_t size)
{
	const char *dev = availability_paths.dev_kvm;

	if (!facts->opened && facts->error == ENOENT)
		say(why, size, "there is no %s", dev);
	else if (!facts->opened && (facts->error == EACCES || facts->error == EPERM))
		say(why, size, "no permission for %s", dev);
	else if (!facts->opened)
		say(why, size, "cannot open %s (%s)", dev, strerror(facts->error));
	else if (facts->error)
		say(why, size, "%s is no KVM (it does not know KVM_GET_API_VERSION: %s)", dev, strerror(facts->error));
	else if (facts->api_version != KVM_API_VERSION)
		say(why, size, "%s speaks API version %d, not %d", dev, facts->api_version, KVM_API_VERSION);
	else if (!facts->vmx)
		why_no_vmx(facts, why, size);
	else if (!host_facts__has_ept(facts))
		say(why, size, "%s offers nested VMX without EPT (%s.ept=%s)", dev, facts->module, facts->ept);
	else if (!host_facts__has_controls(facts))
		say(why, size, "%s offers nested VMX without unrestricted guest or RDTSCP", dev);
	else if (!facts->statistics)
		say(why, size, "%s has no binary statistics: Linux 5.14 or newer is needed", dev);
	else {
		say(why, size, "%s offers nested VMX with EPT (%s)", dev, facts->module);
		return true;
	}
	return false;
}

bool program__find(const char *name, char *path, size_t size)
{
	const char *folder = availability_paths.search ? availability_paths.search : getenv("PATH");

	if (!folder)
		folder = "/usr/local/bin:/usr/bin:/bin";
	for (;;) {
		size_t length = strcspn(folder, ":");
		/* An empty folder name in PATH is the current folder, as in execvp(). */
		int n = snprintf(path, size, "%.*s/%s", length ? (int)length : 1, length ? folder : ".", name);
		struct stat st;

		if (n > 0 && (size_t)n < size && access(path, X_OK) == 0 && stat(path, &st) == 0 && S_ISREG(st.st_mode))
			return true;
		if (!folder[length])
			break;
		folder += length + 1;
	}
	say(path, size, "%s in PATH", name);
	return false;
}

static const char *self_dir(void)
{
	static char programs[LAYOUT_PATH];

	if (availability_paths.self_dir)
		return availability_paths.self_dir;
	static bool tried;

	if (!tried && !programs__folder(programs, sizeof(programs)))
		text__format(programs, sizeof(programs), "."); /* a message has given the reason */
	tried = true;
	return programs;
}

static bool file_at(const char *path, char *where, size_t size)
{
	say(where, size, "%s", path);
	return access(path, R_OK) == 0;
}

static bool file_beside_us(const char *name, char *where, size_t size)
{
	say(where, size, "%s/%s", self_dir(), name);
	return access(where, R_OK) == 0;
}

/* Finds the distribution's kernel, which a run boots by default. */
static bool kernel_of_distribution(const char *name, char *where, size_t size)
{
	char folder[PATH_MAX];

	if (kernel_store__find_package(self_dir(), name, where, size))
		return access(where, R_OK) == 0;
	kernel_store__folder(folder, sizeof(folder), self_dir());
	say(where, size, "%s/%s", folder, name);
	return false;
}

#define NEEDED_ON_HOST  1u
#define NEEDED_FOR_KVM  2u /* on the emulated machine with KVM as L0 */
#define NEEDED_ON_BOCHS 4u /* on the emulated machine with any L0 */

#define EVERYWHERE    (NEEDED_ON_HOST | NEEDED_FOR_KVM | NEEDED_ON_BOCHS)
#define INSTALL_AGAIN "install nestbed again: this part of it is gone"

static const struct part_row {
	/* todo_installed replaces todo in an installation unless it is NULL */
	const char *name, *todo, *todo_installed;
	unsigned needed;
	bool (*find)(const char *what, char *where, size_t size);
	const char *what;
	const char *const *path; /* replaces `what` if tests may change the path */
} part_rows[MACHINE_PARTS] = {
	{"bochs", "sudo apt-get install bochs", NULL, NEEDED_ON_BOCHS, program__find, "bochs", NULL},
	{"bochs: BIOS", "sudo apt-get install bochsbios", NULL, NEEDED_ON_BOCHS, file_at, NULL,
	 &availability_paths.bochs_bios},
	{"bochs: VGA BIOS", "sudo apt-get install seabios", NULL, NEEDED_ON_BOCHS, file_at, NULL,
	 &availability_paths.bochs_vga_bios},
	{"bochs: display", "sudo apt-get install bochs-term", NULL, NEEDED_ON_BOCHS, file_at, NULL,
	 &availability_paths.bochs_term},
	{"bochs: kernel", "make kernel", "nestbed kernels fetch", NEEDED_FOR_KVM, kernel_of_distribution,
	 KERNEL_STORE_DEFAULT, NULL},
	{"bochs: init", "make all", INSTALL_AGAIN, NEEDED_FOR_KVM, file_beside_us, "init", NULL},
	{"hypervisor.elf", "make all", INSTALL_AGAIN, EVERYWHERE, file_beside_us, "hypervisor.elf", NULL},
	{"bench.elf", "make all", INSTALL_AGAIN, EVERYWHERE, file_beside_us, "bench.elf", NULL},
	{"nestbed-vmm", "make all", INSTALL_AGAIN, NEEDED_ON_HOST | NEEDED_FOR_KVM, file_beside_us, "nestbed-vmm",
	 NULL},
};

void machine_parts__find(struct machine_part parts[MACHINE_PARTS])
{
	const bool installed = places__installed(self_dir());

	for (unsigned i = 0; i < MACHINE_PARTS; i++) {
		const struct part_row *row = &part_rows[i];
		struct machine_part *part = &parts[i];

		*part = (struct machine_part){.name = row->name, .todo = installed ? row->todo_installed : NULL};
		if (!part->todo)
			part->todo = row->todo;
		part->there = row->find(row->path ? *row->path : row->what, part->where, sizeof(part->where));
	}
}

/*
 * Returns true, and does not change why, if all parts for these purposes are there. purposes has
 * bits of NEEDED_*.
 */
static bool parts_there(unsigned purposes, char *why, size_t size)
{
	struct machine_part parts[MACHINE_PARTS];
	const struct machine_part *first = NULL;
	unsigned missing = 0;

	machine_parts__find(parts);
	for (unsigned i = 0; i < MACHINE_PARTS; i++) {
		if (parts[i].there || !(part_rows[i].needed & purposes))
			continue;
		if (missing++ == 0)
			first = &parts[i];
	}
	if (missing == 1)
		say(why, size, "there is no %s: %s", first->where, first->todo);
	else if (missing > 1)
		say(why, size, "there is no %s: %s (and %u more missing)", first->where, first->todo, missing - 1);
	return missing == 0;
}

bool machine_host__can_run(char *why, size_t size)
{
	struct host_facts facts;

	host_facts__ask(&facts);
	return host_facts__judge(&facts, why, size) && parts_there(NEEDED_ON_HOST, why, size);
}

bool machine_bochs__can_run(char *why, size_t size)
{
	if (!parts_there(NEEDED_ON_BOCHS | NEEDED_FOR_KVM, why, size))
		return false;
	say(why, size, "Bochs, its firmware, the kernel and our images are there");
	return true;
}

bool machine_bochs__can_run_bare(char *why, size_t size)
{
	if (!parts_there(NEEDED_ON_BOCHS, why, size))
		return false;
	say(why, size, "Bochs, its firmware and our images are there");
	return true;
}

const char *machine__auto(char *why, size_t size)
{
	char host[512], bochs[512];

	if (machine_host__can_run(why, size))
		return "host";
	say(host, sizeof(host), "%s", why);
	if (machine_bochs__can_run(why, size))
		return "bochs";
	say(bochs, sizeof(bochs), "%s", why);
	say(why, size, "host: %s; bochs: %s", host, bochs);
	return NULL;
}
