// SPDX-License-Identifier: GPL-2.0-only
/*
 * Creates the disk and the configuration of an emulated machine from nestbed's images and a Linux
 * kernel.
 */
#include "l0/machine/bochs_files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "l0/base/util.h"
#include "l0/kernels/kernel_image.h"
#include "l0/kernels/kernel_modules.h"
#include "l0/machine/disk.h"
#include "l0/machine/initramfs.h"
#include "l0/machine/libraries.h"
#include "l0/machine/module_trim.h"
#include "l0/machine/qemu_files.h"
#include "l0/request/machine_plan.h"
#include "trace/probed.h"

#define KVM_MEMORY_MIB 512
#define KVM_DEEPER_MIB 128 /* additional memory for each level below L2, because each level is one more VM */
/*
 * Additional memory if the kernel arguments ask for huge pages. With 512 MiB or less Linux makes no
 * transparent huge pages (hugepage_init).
 */
#define KVM_HUGE_MIB 256
/*
 * The memory reaches beyond 1 GiB, so guests can have memory that is aligned to 1 GiB. Untouched
 * memory costs nothing.
 */
#define BARE_MEMORY_MIB 1216

/*
 * With these arguments the kernel reaches PID 1 in about 240 million instructions instead of
 * billions. They also make the instruction count repeatable:
 *   cryptomgr.notests, initcall_blacklist: skip self-tests (also of the entropy source "jitter"),
 *     keys, the files of sysfs, and the files of tracefs if no program reads them. They also skip
 *     functions that make the kernel read all its types (BTF) at boot. Reading the types takes a
 *     seventh of the boot, and nestbed's eBPF programs call none of these functions.
 *   nokaslr, norandmaps: give the same addresses in every run
 *   clearcpuid=158,306: hides RDRAND and RDSEED, which Bochs seeds from the time of day
 *   clearcpuid=321,323,515: hides XSAVEC, XSAVES and PKU. The kernel finds their sizes in Bochs'
 *     CPUID inconsistent. It would disable XSAVE for itself and for every guest. The CPU model
 *     adds numbers (cpu_models.c).
 *   tsc=reliable, tsc_early_khz, lpj: need no calibration. The time stamp counter runs at the speed
 *     of the emulated timers (ips below), not at the speed in CPUID. Timers that disagree with the
 *     clock fire early, again and again.
 *   no_timer_check: the timer works
 *   mitigations=off: the emulator does not speculate
 */
#define NOT_WANTED                                                                                                             \
	"trace_eval_init,ftrace_check_for_weak_functions,slab_sysfs_init,load_system_certificate_list,"                        \
	"crypto_kdf108_init,cubictcp_register,bpf_rstat_kfunc_init,bpf_key_sig_kfuncs_init,kfunc_init,bpf_prog_test_run_init," \
	"bpf_tcp_ca_kfunc_init,bpf_dummy_struct_ops_init,jent_mod_init"
#define KERNEL_CMDLINE                                                                                                 \
	"quiet console=ttyS0,115200 cryptomgr.notests "                                                                \
	"initcall_blacklist=" NOT_WANTED "%s nokaslr norandmaps no_timer_check mitigations=off "                       \
	"tsc=reliable tsc_early_khz=" BOCHS_TSC_KHZ " lpj=400000 clearcpuid=158,306,321,323,515%s"

/*
 * The command line of our hypervisor when it runs below the whole machine. It measures nothing, and
 * its guest uses the machine's devices directly.
 */
#define UNDER_OWN_CMDLINE "sink=lpt level=L1 ops=empty n=1 nested=on me=l0 devices=through watchdog=0 memory=%u%s"

void bochs_files__name(struct bochs_files *files, const struct request *request, const char *tag)
{
	text__format(files->records, sizeof(files->records), "%s/records%s.bin", request->out, tag);
	text__format(files->console, sizeof(files->console), "%s/console%s.log", request->out, tag);
	text__format(files->kernel_log, sizeof(files->kernel_log), "%s/kernel%s.log", request->out, tag);
	text__format(files->log, sizeof(files->log), "%s/bochs%s.log", request->out, tag);
	/* Files of an earlier run in this folder must not be read as results of this run. */
	unlink(files->records);
	unlink(files->console);
	unlink(files->kernel_log);
	unlink(files->log);
}

void bochs_files__remove_work(struct bochs_files *files)
{
	work_folder__remove(&files->work);
}

static bool write_text(const char *path, const char *text)
{
	FILE *file = fopen(path, "we");
	bool good = file && fputs(text, file) >= 0;

	if (file && fclose(file) != 0)
		good = false;
	if (!good)
		pr_err("cannot write %s: %s", path, strerror(errno));
	return good;
}

/* Bochs expands variables, and a quote ends a path. Bochs has no way to escape these characters. */
static bool fits_configuration(const char *path)
{
	if (!strpbrk(path, "\"$\n"))
		return true;
	pr_err("Bochs cannot use the path %s: it has a quote, a dollar sign or a line break", path);
	return false;
}

static bool write_configuration(const struct bochs_files *files, const struct variant *variant, unsigned memory_mib)
{
	char path[512], text[4096];

	if (!fits_configuration(files->work.path) || !fits_configuration(files->records))
		return false;
	text__format(
		text, sizeof(text),
		"config_interface: textconfig\n"
		"display_library: term\n"
		/* A timer second is 100 million instructions, about the real speed of Bochs. */
		"cpu: model=%s, count=1, ips=" BOCHS_TSC_KHZ "000, reset_on_triple_fault=0\n"
		"memory: guest=%u, host=%u\n"
		"romimage: file=/usr/share/bochs/BIOS-bochs-latest\n"
		"vgaromimage: file=/usr/share/seabios/vgabios-stdvga.bin\n"
		"ata0: enabled=1, ioaddr1=0x1f0, ioaddr2=0x3f0, irq=14\n"
		"ata0-master: type=disk, path=\"%s/disk.img\", mode=flat\n"
		"boot: disk\n"
		/* Time advances with instructions from a fixed date, so every run is the same. */
		"clock: sync=none, time0=1577836800\n"
		"com1: enabled=1, mode=file, dev=\"%s\"\n"
		"parport1: enabled=1, file=\"%s\"\n"
		"parport2: enabled=1, file=\"%s\"\n"
		"log: \"%s\"\n"
		"panic: action=fatal\n"
		"error: action=ignore\n" /* Bochs reports an unknown MSR as an error, and KVM reads many unknown MSRs */
		"info: action=ignore\n"
		"debug: action=ignore\n"
		/* By default the host's clock refreshes the screen, which shifts the timers. */
		"vga: extension=vbe, update_freq=1, realtime=0\n"
		"mouse: enabled=0\n",
		variant->cpu->bochs, memory_mib, memory_mib, files->work.path, files->console, files->records,
		files->kernel_log, files->log);
	text__format(path, sizeof(path), "%s/bochsrc", files->work.path);
	if (!write_text(path, text))
		return false;
	/*
	 * Debian's Bochs has its debugger built in. The debugger waits for a command before the
	 * machine starts.
	 */
	text__format(path, sizeof(path), "%s/commands", files->work.path);
	return write_text(path, "c\n");
}

static bool build_disk(const struct bochs_files *files, const struct variant *variant, struct disk_plan *plan,
		       unsigned memory_mib)
{
	char path[512];
	bool good;

	text__format(path, sizeof(path), "%s/disk.img", files->work.path);
	plan->path = path;
	plan->memory = (uint64_t)memory_mib << 20;
	good = disk__build(plan) && write_configuration(files, variant, memory_mib);
	plan->path = NULL;
	return good;
}

bool bochs_files__make_bare(struct bochs_files *files, const struct request *request, const struct variant *variant,
			    const struct bochs_bare *bare)
{
	struct disk_plan plan = {0};
	struct file_data hypervisor = {0}, bench = {0};
	char cmdline[PLAN_CMDLINE], path[512];
	bool good = work_folder__make(&files->work);

	plan__bare_cmdline(cmdline, sizeof(cmdline), request, bare->level, bare->setting,
			   plan__watchdog(BOCHS_WATCHDOG_MTICKS, bare->level));
	plan.cmdline = cmdline;
	text__format(path, sizeof(path), "%s/%s", request->programs, request->image ? request->image : "bench.elf");
	good = good && file__read(path, &bench);
	text__format(path, sizeof(path), "%s/hypervisor.elf", request->programs);
	good = good && (bare->level == 0 || file__read(path, &hypervisor));
	plan.image = bare->level == 0 ? bench : hypervisor;
	/* Each hypervisor starts its first module, and passes the other modules on. */
	for (unsigned i = 1; i < bare->level; i++)
		plan.module[plan.modules++] = hypervisor;
	if (bare->level > 0)
		plan.module[plan.modules++] = bench;
	good = good && build_disk(files, variant, &plan, BARE_MEMORY_MIB);
	free(hypervisor.data);
	free(bench.data);
	return good;
}

/*
 * Removes tables that no measurement needs. eBPF programs need the types, and the ftrace entries of
 * the functions that they attach to.
 */
static void trim_module(struct file_data *module, bool probes)
{
	struct probed_functions functions = {.count = 0};
	const char *kept[PROBED_MAX + 1];

	module_trim__unwind(module);
	if (probes && !probed_functions__list(&functions))
		return;
	for (unsigned i = 0; i < functions.count; i++)
		kept[i] = functions.name[i];
	kept[functions.count] = NULL;
	module_trim__ftrace(module, kept);
	if (!probes)
		module_trim__types(module);
}

/*
 * Adds kvm_intel and the modules that it needs to the initramfs. Appends a step for each module
 * except kvm_intel to `steps`, which run before the plan.
 */
static bool add_modules(struct initramfs *fs, const struct kernel *kernel, bool probes, char *steps)
{
	struct kernel_modules list = {0};
	bool good = kernel->kvm_intel == KERNEL_BUILT_IN ||
		    kernel_modules__add(&list, kernel->modules, "kvm_intel", kernel->release);

	for (unsigned i = 0; good && i < list.count; i++) {
		struct kernel_module *module = &list.module[i];
		char target[MODULE_NAME + 16];

		trim_module(&module->file, probes);
		text__format(target, sizeof(target), "modules/%s.ko", module->name);
		good = initramfs__add_data(fs, target, module->file.data, module->file.size, 0644);
		if (strcmp(module->name, "kvm_intel") != 0)
			text__format(steps + strlen(steps), PLAN_SIZE - strlen(steps), "module %s\n", module->name);
	}
	kernel_modules__free(&list);
	return good;
}

static bool pack(const struct request *request, const struct kernel *kernel, unsigned config, struct file_data *archive)
{
	static const char *const folders[] = {"dev", "proc", "sys", "modules", "tmp"};
	static const char *const programs[] = {"init", "nestbed-vmm", "hypervisor.elf", "bench.elf"};
	const bool builtin = kernel->kvm_intel == KERNEL_BUILT_IN;
	const struct plan_place place = {.programs = "",
					 .qemu = QEMU_PROGRAM,
					 .reload = !builtin,
					 .only = builtin ? 1u << config : 0,
					 .watchdog_mticks = BOCHS_WATCHDOG_MTICKS};
	char steps[2 * PLAN_SIZE] = "", plan[PLAN_SIZE];
	struct initramfs *fs = initramfs__new();
	bool good = fs != NULL;

	for (size_t i = 0; good && i < sizeof(folders) / sizeof(folders[0]); i++)
		good = initramfs__add_directory(fs, folders[i]);
	good = good && initramfs__add_console(fs);
	for (size_t i = 0; good && i < sizeof(programs) / sizeof(programs[0]); i++) {
		char path[512];

		text__format(path, sizeof(path), "%s/%s", request->programs, programs[i]);
		good = libraries__add_program(fs, programs[i], path);
	}
	if (good && request->image) {
		char path[512];

		text__format(path, sizeof(path), "%s/%s", request->programs, request->image);
		good = initramfs__add_file(fs, request->image, path, 0644);
	}
	good = good && add_modules(fs, kernel, plan__has_probes(request), steps);
	if (request->qemu)
		good = good && qemu_files__add(fs);
	plan__write(plan, request, &place);
	text__format(steps + strlen(steps), sizeof(steps) - strlen(steps), "%s", plan);
	good = good && initramfs__add_text(fs, "plan", steps);
	return fs && initramfs__finish(fs, archive) && good;
}

/*
 * The command line holds KERNEL_CMDLINE, the user's arguments, and the parameters of a built-in
 * kvm_intel.
 */
void bochs_files__kernel_cmdline(char *cmdline, size_t size, const struct request *request,
				 const struct variant *variant, unsigned config)
{
	char parameters[480];

	text__format(cmdline, size, KERNEL_CMDLINE "%s%s", plan__reads_tracefs(request) ? "" : ",tracer_init_tracefs",
		     variant->cpu->clears, variant->kernel_args[0] ? " " : "", variant->kernel_args);
	if (variant->kernel->kvm_intel != KERNEL_BUILT_IN)
		return;
	plan__kvm_parameters(parameters, sizeof(parameters), request, config);
	/*
	 * PID 1 tests whether the CPU accepts the APIC virtualization that it offers. The test must
	 * be able to reload kvm_intel, so a built-in kvm_intel runs without APIC virtualization.
	 */
	if (!strstr(variant->kernel_args, "enable_apicv=") && !strstr(parameters, "enable_apicv="))
		text__format(cmdline + strlen(cmdline), size - strlen(cmdline), " kvm_intel.enable_apicv=0");
	for (char *rest = parameters, *word; (word = strsep(&rest, " ")) != NULL;)
		text__format(cmdline + strlen(cmdline), size - strlen(cmdline), " kvm_intel.%s", word);
}

/*
 * Returns true if any variant asks for huge pages. All variants get the same memory, because they
 * are compared.
 */
static bool asks_for_huge_pages(const struct request *request)
{
	for (unsigned i = 0; i < request->variants; i++)
		if (strstr(request->variant[i].kernel_args, "hugepage"))
			return true;
	return false;
}

bool bochs_files__make_kvm(struct bochs_files *files, const struct request *request, const struct variant *variant,
			   unsigned config)
{
	char path[512], cmdline[4096], kernel_cmdline[2048];
	struct disk_plan plan = {.cmdline = kernel_cmdline, .is_linux = !request->under_own};
	struct file_data kernel = {0}, initramfs = {0}, hypervisor = {0};
	unsigned memory_mib = KVM_MEMORY_MIB;
	struct kernel_facts facts;
	bool good;

	bochs_files__kernel_cmdline(kernel_cmdline, sizeof(kernel_cmdline), request, variant, config);
	if (request->depth > 2)
		memory_mib += KVM_DEEPER_MIB * (request->depth - 2);
	if (asks_for_huge_pages(request))
		memory_mib += KVM_HUGE_MIB;
	good = work_folder__make(&files->work) && kernel_image__read(variant->kernel->image, &kernel, &facts) &&
	       pack(request, variant->kernel, config, &initramfs);
	plan.image = kernel;
	if (request->under_own) {
		text__format(path, sizeof(path), "%s/hypervisor.elf", request->programs);
		good = good && file__read(path, &hypervisor);
		text__format(cmdline, sizeof(cmdline), UNDER_OWN_CMDLINE " -- %s", memory_mib, request->under_words,
			     kernel_cmdline);
		plan.cmdline = cmdline;
		plan.image = hypervisor;
		plan.module[plan.modules++] = kernel;
		memory_mib += BARE_MEMORY_MIB; /* the guest's memory may start at the end of these MiB */
	}
	plan.module[plan.modules++] = initramfs;
	good = good && build_disk(files, variant, &plan, memory_mib);
	free(kernel.data);
	free(hypervisor.data);
	free(initramfs.data);
	return good;
}
