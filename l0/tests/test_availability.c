// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of what a computer can run. A folder stands for the computer, and made-up facts stand for
 * other computers. Also, both reports of doctor must agree on this computer.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "l0/base/util.h"
#include "l0/report/doctor.h"
#include "l0/request/availability.h"
#include "trace/ebpf_support.h"
#include "vmcs-shadow/controls.h"

#define NOBODY 65534

static struct availability_paths defaults;
static char root[] = "/tmp/test_availability.XXXXXX";
static char bios[64], vga[64], term[64], self[64], module[64], bin[64], kvm[64];

static const char *at(const char *name)
{
	static char path[256];

	text__format(path, sizeof(path), "%s/%s", root, name);
	return path;
}

static void put(const char *name, const char *text, unsigned mode)
{
	FILE *f = fopen(at(name), "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	assert_int_equal(chmod(at(name), mode), 0);
}

/* A computer where the emulated machine has all it needs, and without KVM. */
static int setup(void **state)
{
	static const char *const folders[] = {"bin",
					      "self",
					      "self/kernels",
					      "self/kernels/linux-image-cloud-amd64",
					      "self/kernels/linux-image-cloud-amd64/boot",
					      "results",
					      "results/plots",
					      "module"};
	static const char *const files[] = {"bios",
					    "vga",
					    "term",
					    "self/kernels/linux-image-cloud-amd64/boot/config-6.1.0-9-cloud-amd64",
					    "self/kernels/linux-image-cloud-amd64/boot/vmlinuz-6.1.0-9-cloud-amd64",
					    "self/hypervisor.elf",
					    "self/bench.elf",
					    "self/nestbed-vmm",
					    "self/init"};

	(void)state;
	strcpy(root + sizeof(root) - 7, "XXXXXX");
	if (!mkdtemp(root) || chmod(root, 0755) != 0)
		return -1;
	for (unsigned i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		if (mkdir(at(folders[i]), 0755) != 0)
			return -1;
	for (unsigned i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		put(files[i], "x", 0644);
	put("bin/bochs", "#!/bin/sh\n", 0755);
	strcpy(bios, at("bios"));
	strcpy(vga, at("vga"));
	strcpy(term, at("term"));
	strcpy(self, at("self"));
	strcpy(module, at("module"));
	strcpy(bin, at("bin"));
	strcpy(kvm, at("kvm"));
	availability_paths = (struct availability_paths){
		.dev_kvm = kvm,
		.sys_module = module,
		.search = bin,
		.bochs_bios = bios,
		.bochs_vga_bios = vga,
		.bochs_term = term,
		.self_dir = self,
	};
	return 0;
}

static int teardown(void **state)
{
	char command[128];

	(void)state;
	text__format(command, sizeof(command), "rm -r '%s'", root);
	availability_paths = defaults;
	return system(command);
}

/* Facts of a computer with nested VMX and all that our hypervisor can use. */
static struct host_facts intel(void)
{
	const uint32_t secondary = SECONDARY_EXEC_ENABLE_EPT | SECONDARY_EXEC_UNRESTRICTED_GUEST |
				   SECONDARY_EXEC_ENABLE_RDTSCP | SECONDARY_EXEC_ENABLE_VPID;

	return (struct host_facts){
		.cpu = "GenuineIntel",
		.cpu_vmx = true,
		.opened = true,
		.api_version = KVM_API_VERSION,
		.module = "kvm_intel",
		.nested = "Y",
		.ept = "Y",
		.vpid = "Y",
		.enable_shadow_vmcs = "Y",
		.vmx = true,
		.secondary = (uint64_t)secondary << 32,
		.ept_vpid = VMX_EPT_PAGE_WALK_4_BIT | VMX_EPTP_WB_BIT | VMX_EPT_2MB_PAGE_BIT | VMX_VPID_INVVPID_BIT,
		.statistics = true,
	};
}

static void assert_says(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("\"%s\" does not say \"%s\"", text, part);
	assert_null(strchr(text, '\n'));
}

static void assert_judged(const struct host_facts *facts, bool can_run, const char *part)
{
	char why[512];

	assert_int_equal(host_facts__judge(facts, why, sizeof(why)), can_run);
	assert_says(why, part);
}

static void no_kvm_is_said(void **state)
{
	char why[512];

	(void)state;
	assert_false(machine_host__can_run(why, sizeof(why)));
	assert_says(why, "there is no ");
	assert_says(why, "/kvm");
}

static void no_permission_is_said(void **state)
{
	bool is_root = geteuid() == 0;
	bool can_run;
	char why[512];

	(void)state;
	put("kvm", "", 0);
	if (is_root && seteuid(NOBODY) != 0)
		skip();
	can_run = machine_host__can_run(why, sizeof(why));
	if (is_root)
		assert_int_equal(seteuid(0), 0);
	assert_false(can_run);
	assert_says(why, "no permission for ");
}

/* A container's device rules say EPERM, also to root. */
static void a_forbidden_device_is_no_permission(void **state)
{
	const struct host_facts facts = {.error = EPERM};
	const struct host_facts busy = {.error = EBUSY};

	(void)state;
	assert_judged(&facts, false, "no permission for ");
	assert_judged(&busy, false, strerror(EBUSY));
}

static void another_device_is_no_kvm(void **state)
{
	char why[512];

	(void)state;
	availability_paths.dev_kvm = "/dev/null";
	assert_false(machine_host__can_run(why, sizeof(why)));
	assert_says(why, "/dev/null is no KVM");
	assert_says(why, strerror(ENOTTY));
}

static void another_api_is_refused(void **state)
{
	struct host_facts facts = intel();

	(void)state;
	facts.api_version = 11;
	assert_judged(&facts, false, "speaks API version 11, not 12");
}

static void nested_vmx_with_ept_is_enough(void **state)
{
	struct host_facts facts = intel();

	(void)state;
	assert_judged(&facts, true, "nested VMX with EPT (kvm_intel)");
	assert_true(host_facts__has_vpid(&facts));
	facts.secondary &= ~((uint64_t)SECONDARY_EXEC_ENABLE_VPID << 32);
	assert_judged(&facts, true, "nested VMX with EPT");
	assert_false(host_facts__has_vpid(&facts));
}

/* KVM is believed, not the parameter: it may say Y where the CPU below has no VMX. */
static void what_nested_lacks_is_said(void **state)
{
	struct host_facts facts = intel();

	(void)state;
	facts.vmx = false;
	facts.secondary = facts.ept_vpid = 0;
	assert_judged(&facts, false, "no nested VMX (kvm_intel.nested=Y)");
	strcpy(facts.nested, "N");
	assert_judged(&facts, false, "no nested VMX (kvm_intel.nested=N)");
	facts.nested[0] = '\0';
	strcpy(facts.module, "kvm_pvm");
	facts.cpu_vmx = false;
	assert_judged(&facts, false, "(module kvm_pvm on a CPU without VMX)");
	facts.cpu_in_vm = true;
	assert_judged(&facts, false, "(module kvm_pvm on a virtual CPU without VMX)");
	facts.svm = true;
	strcpy(facts.module, "kvm_amd");
	assert_judged(&facts, false, "offers nested SVM (kvm_amd)");
}

static void vmx_without_ept_is_refused(void **state)
{
	struct host_facts facts = intel();

	(void)state;
	facts.ept_vpid &= ~VMX_EPTP_WB_BIT;
	assert_judged(&facts, false, "without EPT (kvm_intel.ept=Y)");
	facts = intel();
	facts.secondary &= ~((uint64_t)SECONDARY_EXEC_ENABLE_EPT << 32);
	assert_judged(&facts, false, "without EPT");
	facts = intel();
	facts.secondary &= ~((uint64_t)SECONDARY_EXEC_UNRESTRICTED_GUEST << 32);
	assert_judged(&facts, false, "without unrestricted guest");
	facts = intel();
	facts.secondary >>= 32; /* must be 1, and may not be 1: allowed-1 is the high half */
	assert_judged(&facts, false, "without EPT");
}

static void the_vendor_module_comes_first(void **state)
{
	struct host_facts facts;

	(void)state;
	host_facts__ask(&facts);
	assert_string_equal(facts.module, "");
	assert_int_equal(mkdir(at("module/kvm"), 0755), 0);
	assert_int_equal(mkdir(at("module/kvm_pvm"), 0755), 0);
	host_facts__ask(&facts);
	assert_string_equal(facts.module, "kvm_pvm");
	assert_string_equal(facts.nested, "");
	assert_int_equal(mkdir(at("module/kvm_intel"), 0755), 0);
	assert_int_equal(mkdir(at("module/kvm_intel/parameters"), 0755), 0);
	put("module/kvm_intel/parameters/nested", "Y\n", 0644);
	put("module/kvm_intel/parameters/enable_shadow_vmcs", "N\n", 0644);
	host_facts__ask(&facts);
	assert_string_equal(facts.module, "kvm_intel");
	assert_string_equal(facts.nested, "Y");
	assert_string_equal(facts.enable_shadow_vmcs, "N");
	assert_string_equal(facts.ept, "");
}

static void bochs_with_all_its_parts_runs(void **state)
{
	char why[512];

	(void)state;
	assert_true(machine_bochs__can_run(why, sizeof(why)));
	assert_string_equal(machine__auto(why, sizeof(why)), "bochs");
}

/* Each part alone makes a machine unavailable. The message names the part and the remedy. */
static void each_missing_part_is_named(void **state)
{
	static const struct {
		const char *file, *todo, *installed;
		bool bare; /* needed without KVM, too */
	} part[MACHINE_PARTS] = {
		{"bin/bochs", "sudo apt-get install bochs", "sudo apt-get install bochs", true},
		{"bios", "sudo apt-get install bochsbios", "sudo apt-get install bochsbios", true},
		{"vga", "sudo apt-get install seabios", "sudo apt-get install seabios", true},
		{"term", "sudo apt-get install bochs-term", "sudo apt-get install bochs-term", true},
		{"self/kernels/linux-image-cloud-amd64/boot/vmlinuz-6.1.0-9-cloud-amd64", "make kernel",
		 "nestbed kernels fetch", false},
		{"self/init", "make all", "install nestbed again", false},
		{"self/hypervisor.elf", "make all", "install nestbed again", true},
		{"self/bench.elf", "make all", "install nestbed again", true},
		{"self/nestbed-vmm", "make all", "install nestbed again", false},
	};
	char why[512], away[256];

	(void)state;
	for (unsigned i = 0; i < MACHINE_PARTS; i++) {
		text__format(away, sizeof(away), "%s/away", root);
		assert_int_equal(rename(at(part[i].file), away), 0);
		assert_false(machine_bochs__can_run(why, sizeof(why)));
		assert_says(why, "there is no ");
		assert_says(why, part[i].todo);
		assert_null(strstr(why, "more missing"));
		assert_null(machine__auto(why, sizeof(why)));
		assert_says(why, "host: ");
		assert_says(why, "bochs: ");
		assert_int_equal(machine_bochs__can_run_bare(why, sizeof(why)), !part[i].bare);
		if (part[i].bare)
			assert_says(why, part[i].todo);
		assert_int_equal(rmdir(at("results/plots")), 0); /* now it is no source tree */
		assert_false(machine_bochs__can_run(why, sizeof(why)));
		assert_says(why, part[i].installed);
		assert_null(strstr(why, "make "));
		assert_int_equal(mkdir(at("results/plots"), 0755), 0);
		assert_int_equal(rename(away, at(part[i].file)), 0);
	}
	assert_true(machine_bochs__can_run(why, sizeof(why)));
}

static void several_missing_parts_are_counted(void **state)
{
	char why[512];

	(void)state;
	unlink(at("vga"));
	unlink(at("term"));
	unlink(at("self/bench.elf"));
	assert_false(machine_bochs__can_run(why, sizeof(why)));
	assert_says(why, "/vga: sudo apt-get install seabios (and 2 more missing)");
}

static void a_program_must_be_a_file_that_runs(void **state)
{
	char path[256], search[256];

	(void)state;
	text__format(search, sizeof(search), "/nonexistent::%s", bin);
	availability_paths.search = search;
	assert_true(program__find("bochs", path, sizeof(path)));
	assert_string_equal(path, at("bin/bochs"));
	assert_int_equal(chmod(at("bin/bochs"), 0644), 0);
	assert_false(program__find("bochs", path, sizeof(path)));
	assert_string_equal(path, "bochs in PATH");
	assert_int_equal(mkdir(at("bin/gnuplot"), 0755), 0);
	assert_false(program__find("gnuplot", path, sizeof(path)));
	assert_false(program__find("gnuplot", path, 4)); /* too small for the path: not found, nothing overrun */
}

static void reasons_are_cut_not_overrun(void **state)
{
	char why[16];

	(void)state;
	assert_false(machine_host__can_run(why, sizeof(why)));
	assert_int_equal(strlen(why), sizeof(why) - 1);
	assert_string_equal(machine__auto(why, sizeof(why)), "bochs");
}

static const struct check *find_check(const struct checks *checks, const char *name)
{
	for (unsigned i = 0; i < checks->count; i++)
		if (strcmp(checks->check[i].name, name) == 0)
			return &checks->check[i];
	fail_msg("no check %s", name);
	return NULL;
}

static void assert_check(const struct host_facts *facts, const char *name, enum check_state state, const char *found,
			 const char *todo)
{
	struct checks checks = {0};
	const struct check *check;

	doctor__examine_host(&checks, facts);
	check = find_check(&checks, name);
	assert_int_equal(check->state, state);
	assert_says(check->found, found);
	assert_says(check->todo, todo);
	for (unsigned i = 0; i < checks.count; i++)
		assert_int_equal(checks.check[i].state == CHECK_OK, checks.check[i].todo[0] == '\0');
}

static void doctor_reads_other_computers(void **state)
{
	struct host_facts facts = intel();

	(void)state;
	assert_check(&facts, "nested EPT", CHECK_OK, "offered, with unrestricted guest", "");
	assert_check(&facts, "VMCS shadowing", CHECK_OK, "enable_shadow_vmcs=Y", "");
	strcpy(facts.enable_shadow_vmcs, "N");
	assert_check(&facts, "VMCS shadowing", CHECK_OPTIONAL, "enable_shadow_vmcs=N", "enable_shadow_vmcs=1");
	facts.secondary &= ~((uint64_t)SECONDARY_EXEC_ENABLE_EPT << 32);
	strcpy(facts.ept, "N");
	assert_check(&facts, "nested EPT", CHECK_NO, "kvm_intel.ept=N", "ept=1");
	facts.vmx = false;
	strcpy(facts.nested, "N");
	assert_check(&facts, "nested VMX", CHECK_NO, "kvm_intel.nested=N", "modprobe kvm_intel nested=1");

	facts = (struct host_facts){.error = ENOENT, .cpu_vmx = true};
	assert_check(&facts, "/dev/kvm", CHECK_NO, "there is no ", "sudo modprobe kvm_intel nested=1");
	assert_check(&facts, "KVM statistics", CHECK_NO, "not known", "see /dev/kvm");
	assert_check(&facts, "nested VMX", CHECK_NO, "not known", "see /dev/kvm");
	facts.cpu_vmx = false;
	assert_check(&facts, "/dev/kvm", CHECK_NO, "there is no ", "--machine bochs");
	assert_check(&facts, "CPU", CHECK_NO, "neither VMX nor SVM", "VT-x in the firmware");
	facts.cpu_svm = true;
	assert_check(&facts, "CPU", CHECK_NO, "SVM, no VMX", "not supported yet");
}

static char *report(bool json, int *result)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	if (json) {
		char path[128], *read;
		struct table_files files = {{NULL}};
		struct file_data file;

		text__format(path, sizeof(path), "%s", at("report.json"));
		files.path[TABLE_JSON] = path;
		*result = doctor__report(NULL, &files);
		fclose(out);
		free(text);
		assert_true(file__read(path, &file));
		read = calloc(1, file.size + 1);
		memcpy(read, file.data, file.size);
		free(file.data);
		unlink(path);
		return read;
	}
	*result = doctor__report(out, &(struct table_files){{NULL}});
	fclose(out);
	return text;
}

static unsigned count(const char *text, const char *part)
{
	unsigned n = 0;

	for (; (text = strstr(text, part)) != NULL; text++)
		n++;
	return n;
}

/* Returns true if no earlier check says the same, or more. */
static bool is_new(const json_t *checks, size_t number, const char *todo)
{
	for (size_t i = 0; i < number; i++) {
		const char *before = json_string_value(json_object_get(json_array_get(checks, i), "todo"));

		if (before && strstr(before, todo))
			return false;
	}
	return true;
}

/* `lacks` are the hints in the text. The text has each hint once. */
static void check_json(const char *text, int result, unsigned lacks)
{
	json_t *all = json_loads(text, 0, NULL);
	json_t *checks, *check, *machines, *automatic;
	size_t i;

	assert_non_null(all);
	checks = json_object_get(all, "checks");
	assert_true(json_array_size(checks) >= 18);
	json_array_foreach(checks, i, check)
	{
		const char *state = json_string_value(json_object_get(check, "state"));
		json_t *todo = json_object_get(check, "todo");

		assert_true(json_string_length(json_object_get(check, "name")) > 0);
		assert_true(json_string_length(json_object_get(check, "found")) > 0);
		assert_non_null(state);
		if (strcmp(state, "ok") == 0) {
			assert_true(json_is_null(todo));
			continue;
		}
		assert_true(strcmp(state, "no") == 0 || strcmp(state, "optional") == 0);
		assert_true(json_string_length(todo) > 0);
		lacks -= is_new(checks, i, json_string_value(todo));
	}
	assert_int_equal(lacks, 0);
	machines = json_object_get(all, "machines");
	assert_int_equal(json_object_size(machines), 2);
	assert_true(json_is_boolean(json_object_get(json_object_get(machines, "host"), "can_run")));
	assert_true(json_is_string(json_object_get(json_object_get(machines, "bochs"), "why")));
	automatic = json_object_get(all, "auto");
	assert_int_equal(result == NB_EXIT_GOOD, json_is_string(automatic));
	assert_int_equal(result == NB_EXIT_SKIPPED, json_is_null(automatic));
	json_decref(all);
}

static void both_reports_agree(int expected)
{
	int text_result, json_result;
	char *text = report(false, &text_result);
	char *json = report(true, &json_result);

	assert_int_equal(text_result, expected);
	assert_int_equal(json_result, expected);
	check_json(json, json_result, count(text, "        do: "));
	free(text);
	free(json);
}

static void a_report_of_a_computer_with_bochs(void **state)
{
	int result;
	char *text;

	(void)state;
	both_reports_agree(NB_EXIT_GOOD);
	text = report(false, &result);
	assert_non_null(strstr(text, "\nhost: no because there is no "));
	assert_non_null(strstr(text, "\nbochs: yes because "));
	assert_non_null(strstr(text, "\n--machine auto takes bochs\n"));
	free(text);
}

static void a_report_of_a_computer_with_nothing(void **state)
{
	int result;
	char *text;

	(void)state;
	unlink(at("bin/bochs"));
	availability_paths.self_dir = "/nonexistent";
	both_reports_agree(NB_EXIT_SKIPPED);
	text = report(false, &result);
	assert_non_null(strstr(text, "\nno  bochs            no bochs in PATH\n"
				     "        do: sudo apt-get install bochs\n"));
	assert_non_null(strstr(text, "\nbochs: no because there is no bochs in PATH"));
	assert_non_null(strstr(text, "\n--machine auto takes none"));
	free(text);
}

static void a_path_that_is_no_utf8_makes_json_all_the_same(void **state)
{
	(void)state;
	availability_paths.self_dir = "/nonexistent/\xff\xfe";
	both_reports_agree(NB_EXIT_SKIPPED);
}

static void a_report_of_this_computer(void **state)
{
	int result;
	char *json;

	(void)state;
	availability_paths = defaults;
	json = report(true, &result);
	assert_true(result == NB_EXIT_GOOD || result == NB_EXIT_SKIPPED);
	both_reports_agree(result);
	free(json);
}

static void a_full_disk_is_a_failure(void **state)
{
	const struct table_files files = {.path = {[TABLE_JSON] = "/dev/full"}};

	(void)state;
	assert_int_equal(doctor__report(NULL, &files), NB_EXIT_FAILED);
}

/* Checks what doctor says about one subject: verdict, finding, and remedy. */
static void assert_said_of(const struct computer *computer, const char *name, bool good, const char *found,
			   const char *todo)
{
	static struct checks checks;
	const struct check *check = NULL;

	checks.count = 0;
	doctor__examine_computer(&checks, computer);
	for (unsigned i = 0; i < checks.count; i++)
		if (strcmp(checks.check[i].name, name) == 0)
			check = &checks.check[i];
	assert_non_null(check);
	assert_int_equal(check->state, good ? CHECK_OK : CHECK_OPTIONAL);
	assert_says(check->found, found);
	assert_says(check->todo, todo);
	assert_int_equal(good, check->todo[0] == '\0');
}

/* A computer on which nothing disturbs a measurement. */
static struct computer quiet(void)
{
	struct computer c = {.cpus = 8};

	strcpy(c.hypervisor, "none");
	strcpy(c.governor, "performance");
	strcpy(c.turbo, "off");
	strcpy(c.smt, "off");
	strcpy(c.nmi_watchdog, "off");
	strcpy(c.load, "0.00 0.10 0.20");
	strcpy(c.isolated, "6-7");
	return c;
}

static void what_disturbs_times_is_said(void **state)
{
	static const char *const names[] = {"hardware",     "governor", "turbo",        "SMT",
					    "NMI watchdog", "load",     "isolated CPUs"};
	struct computer c = quiet();

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_said_of(&c, names[i], true, "", "");
	strcpy(c.governor, "performance,powersave");
	assert_said_of(&c, "governor", false, "performance,powersave", "echo performance | sudo tee ");
	strcpy(c.governor, "unknown");
	assert_said_of(&c, "governor", true, "none", "");
	strcpy(c.turbo, "on");
	assert_said_of(&c, "turbo", false, "on", "echo 0 | sudo tee /sys/devices/system/cpu/cpufreq/boost");
	c.turbo_by_pstate = true;
	assert_said_of(&c, "turbo", false, "on", "echo 1 | sudo tee /sys/devices/system/cpu/intel_pstate/no_turbo");
	strcpy(c.smt, "on");
	assert_said_of(&c, "SMT", false, "on", "echo off | sudo tee /sys/devices/system/cpu/smt/control");
	strcpy(c.nmi_watchdog, "on");
	assert_said_of(&c, "NMI watchdog", false, "on", "sudo sysctl kernel.nmi_watchdog=0");
	strcpy(c.load, "0.51 0.00 0.00");
	assert_said_of(&c, "load", false, "0.51 0.00 0.00 on 8 CPUs", "top -b");
	strcpy(c.load, "0.50 9.00 9.00");
	assert_said_of(&c, "load", true, "0.50", "");
	strcpy(c.isolated, "none");
	assert_said_of(&c, "isolated CPUs", false, "none of 8",
		       "isolcpus=7 nohz_full=7, then: taskset -c 7 nestbed run");
	c.cpus = 1;
	assert_said_of(&c, "isolated CPUs", true, "one CPU", "");
	c.is_vm = true;
	strcpy(c.hypervisor, "KVM");
	assert_said_of(&c, "hardware", false, "hypervisor: KVM", "measure times on the hardware");
}

static void a_hint_is_said_once(void **state)
{
	int result;
	char *text;

	(void)state;
	text = report(false, &result); /* of a computer without KVM, which lacks five things for one reason */
	assert_int_equal(count(text, "do: nestbed run --machine bochs"), 1);
	assert_int_equal(count(text, "do: see /dev/kvm"), 1);
	free(text);
}

static void each_refusal_of_ebpf_has_words(void **state)
{
	static const int error[] = {EPERM, EACCES, ENOSYS, EINVAL, ENOMEM, EIO};
	struct trace_ability ability, of_root;

	(void)state;
	for (unsigned i = 0; i < sizeof(error) / sizeof(error[0]); i++) {
		trace_ability__explain(error[i], false, &ability);
		assert_false(ability.load);
		assert_int_equal(ability.load_error, error[i]);
		assert_true(strlen(ability.load_why) > 0 && strlen(ability.load_why) < sizeof(ability.load_why) - 1);
		assert_true(strlen(ability.load_todo) > 0);
		assert_true(strlen(ability.load_todo) < sizeof(ability.load_todo) - 1);
	}
	assert_says(ability.load_why, strerror(EIO));
	trace_ability__explain(EPERM, false, &ability);
	trace_ability__explain(EPERM, true, &of_root);
	assert_says(ability.load_todo, "setcap cap_bpf,cap_perfmon");
	assert_says(of_root.load_todo, "container");
	trace_ability__explain(0, false, &ability);
	assert_true(ability.load);
	assert_string_equal(ability.load_why, "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(no_kvm_is_said),
		TEST(no_permission_is_said),
		TEST(a_forbidden_device_is_no_permission),
		TEST(another_device_is_no_kvm),
		TEST(another_api_is_refused),
		TEST(nested_vmx_with_ept_is_enough),
		TEST(what_nested_lacks_is_said),
		TEST(vmx_without_ept_is_refused),
		TEST(the_vendor_module_comes_first),
		TEST(bochs_with_all_its_parts_runs),
		TEST(each_missing_part_is_named),
		TEST(several_missing_parts_are_counted),
		TEST(a_program_must_be_a_file_that_runs),
		TEST(reasons_are_cut_not_overrun),
		TEST(doctor_reads_other_computers),
		TEST(a_report_of_a_computer_with_bochs),
		TEST(a_report_of_a_computer_with_nothing),
		TEST(a_path_that_is_no_utf8_makes_json_all_the_same),
		TEST(a_report_of_this_computer),
		TEST(a_full_disk_is_a_failure),
		TEST(what_disturbs_times_is_said),
		TEST(a_hint_is_said_once),
		TEST(each_refusal_of_ebpf_has_words),
	};

	defaults = availability_paths;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
