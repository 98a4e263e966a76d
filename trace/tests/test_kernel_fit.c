// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the choice of programs for a kernel, by the types of the emulated machine's kernel
 * (Linux 6.1), and by made-up types of Linux 5.15 and 6.18.
 */
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "l0/kernels/kernel_image.h"
#include "trace/kernel_fit.h"
#include "trace/trace_event.h"

#include "kvm.skel.h" /* after events.h, whose structures it has */

static struct kvm_bpf *programs; /* only opened: nothing is loaded here */

static int open_programs(void **state)
{
	(void)state;
	libbpf_set_print(NULL);
	programs = kvm_bpf__open();
	return !programs;
}

static int close_programs(void **state)
{
	(void)state;
	kvm_bpf__destroy(programs);
	return 0;
}

/* Every program fits but those named in other (for other arguments) and missing; lists of names
 * between blanks. */
static void expect_fit(const struct kernel_types *types, const char *other, const char *missing)
{
	struct bpf_program *program;

	bpf_object__for_each_program(program, programs->obj)
	{
		const char *name = bpf_program__name(program);
		enum fit fit = fit__program(types, bpf_program__section_name(program), name), expected = FIT_GOOD;
		char word[80];

		snprintf(word, sizeof(word), " %s ", name);
		if (strstr(other, word))
			expected = FIT_OTHER;
		if (strstr(missing, word))
			expected = FIT_MISSING;
		if (fit != expected)
			fail_msg("%s: %d, not %d", name, fit, expected);
	}
}

/* --- Types made here -------------------------------------------------------------------------- */

struct shape {
	struct btf *btf;
	int number, pointer;
};

static struct shape begin(void)
{
	struct shape s = {.btf = btf__new_empty()};

	assert_non_null(s.btf);
	s.number = btf__add_int(s.btf, "unsigned int", 4, 0);
	s.pointer = btf__add_ptr(s.btf, 0);
	return s;
}

/* typedef void (*btf_trace_NAME)(void *, FIRST, unsigned int) */
static void add_tracepoint(struct shape *s, const char *name, int first)
{
	char text[80];
	int proto = btf__add_func_proto(s->btf, 0);

	assert_int_equal(btf__add_func_param(s->btf, "__data", s->pointer), 0);
	assert_int_equal(btf__add_func_param(s->btf, "first", first), 0);
	assert_int_equal(btf__add_func_param(s->btf, "second", s->number), 0);
	snprintf(text, sizeof(text), "btf_trace_%s", name);
	assert_true(btf__add_typedef(s->btf, text, btf__add_ptr(s->btf, proto)) > 0);
}

static void add_function(struct shape *s, const char *name)
{
	int proto = btf__add_func_proto(s->btf, 0);

	assert_true(btf__add_func(s->btf, name, BTF_FUNC_STATIC, proto) > 0);
}

static void add_vmx(struct shape *s)
{
	assert_true(btf__add_struct(s->btf, "vcpu_vmx", 8) > 0);
	add_function(s, "nested_vmx_enter_non_root_mode");
	add_function(s, "nested_vmx_vmexit");
}

/* Adds the types that did not change from 5.15 to 6.18. */
static void add_common(struct shape *s)
{
	static const char *const names[] = {
		"kvm_nested_vmexit_inject", "kvm_inj_virq", "kvm_inj_exception", "kvm_msr", "kvm_pio", "kvm_hypercall",
		"kvm_userspace_exit"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		add_tracepoint(s, names[i], s->number);
	add_tracepoint(s, "kvm_entry", s->pointer);
	add_function(s, "kvm_arch_vcpu_destroy");
}

static struct kernel_types built_in(const struct shape *s)
{
	return (struct kernel_types){s->btf, s->btf, s->btf};
}

static void linux_5_15(void **state)
{
	struct shape s = begin();
	struct kernel_types types = built_in(&s);

	(void)state;
	add_common(&s);
	add_tracepoint(&s, "kvm_exit", s.number);
	add_tracepoint(&s, "kvm_nested_vmexit", s.number);
	add_tracepoint(&s, "kvm_page_fault", s.number);
	add_tracepoint(&s, "kvm_nested_vmrun", s.number);
	assert_true(fit__tells_nested_entries(&types)); /* kvm_amd does */
	add_vmx(&s);
	expect_fit(&types, " on_exit on_exit_counted on_exit_timed on_nested_exit on_page_fault ",
		   " on_nested_entry on_run ");
	assert_false(fit__tells_nested_entries(&types)); /* and kvm_intel does not */
	btf__free(s.btf);
}

/* The same as 6.1, but kvm_intel's function for the entry has another name. kvm_intel is not loaded
 * here. */
static void linux_6_18(void **state)
{
	struct shape s = begin();
	struct kernel_types types = built_in(&s);

	(void)state;
	add_common(&s);
	add_tracepoint(&s, "kvm_exit", s.pointer);
	add_tracepoint(&s, "kvm_nested_vmexit", s.pointer);
	add_tracepoint(&s, "kvm_page_fault", s.pointer);
	add_tracepoint(&s, "kvm_nested_vmenter", s.number);
	expect_fit(&types, " on_exit_old on_nested_exit_old on_page_fault_old ",
		   " on_nested_run on_run on_nested_entry_done on_virtual_exit_done ");
	add_vmx(&s);
	assert_true(fit__tells_nested_entries(&types));
	btf__free(s.btf);
}

static void a_kernel_without_kvm(void **state)
{
	struct shape s = begin();
	struct kernel_types types = built_in(&s);
	struct bpf_program *program;

	(void)state;
	bpf_object__for_each_program(program, programs->obj)
	{
		const char *section = bpf_program__section_name(program), *name = bpf_program__name(program);

		assert_int_equal(fit__program(&types, section, name), FIT_MISSING);
	}
	assert_false(fit__tells_nested_entries(&types));
	btf__free(s.btf);
}

/* No kernel had these arguments, so the program is not tried. */
static void a_tracepoint_without_arguments(void **state)
{
	struct shape s = begin();
	struct kernel_types types = built_in(&s);
	int proto = btf__add_func_proto(s.btf, 0);

	(void)state;
	assert_int_equal(btf__add_func_param(s.btf, "__data", s.pointer), 0);
	assert_true(btf__add_typedef(s.btf, "btf_trace_kvm_exit", btf__add_ptr(s.btf, proto)) > 0);
	assert_true(btf__add_typedef(s.btf, "btf_trace_kvm_page_fault", s.number) > 0);
	assert_int_equal(fit__program(&types, "tp_btf/kvm_exit", "on_exit"), FIT_MISSING);
	assert_int_equal(fit__program(&types, "tp_btf/kvm_exit", "on_exit_old"), FIT_MISSING);
	assert_int_equal(fit__program(&types, "tp_btf/kvm_page_fault", "on_page_fault"), FIT_MISSING);
	btf__free(s.btf);
}

/* --- The emulated machine's kernel ------------------------------------------------------------ */

static bool find(const char *pattern, char *path, size_t size)
{
	const char *nestbed = getenv("NESTBED"), *slash = nestbed ? strrchr(nestbed, '/') : NULL;
	char whole[600];
	glob_t found;
	bool good;

	snprintf(whole, sizeof(whole), "%.*s/kernels/linux-image-6.1.*_*/%s", slash ? (int)(slash - nestbed) : 5,
		 slash ? nestbed : "build", pattern);
	good = glob(whole, 0, NULL, &found) == 0;
	if (good)
		snprintf(path, size, "%s", found.gl_pathv[0]);
	globfree(&found);
	return good;
}

static struct btf *types_of_vmlinuz(const char *path)
{
	struct file_data vmlinuz, vmlinux;
	struct btf *btf;
	char file[64];
	int fd = memfd_create("vmlinux", MFD_CLOEXEC);

	assert_true(fd >= 0 && file__read(path, &vmlinuz) && kernel_image__unpack(path, &vmlinuz, &vmlinux));
	assert_true(fd__write_all(fd, vmlinux.data, vmlinux.size));
	snprintf(file, sizeof(file), "/proc/self/fd/%d", fd);
	btf = btf__parse_elf(file, NULL);
	free(vmlinuz.data);
	free(vmlinux.data);
	close(fd);
	return btf;
}

static void the_emulated_machines_kernel(void **state)
{
	struct kernel_types types;
	char vmlinuz[512], kvm[512], kvm_intel[512];

	(void)state;
	if (!find("boot/vmlinuz-6.1.*", vmlinuz, sizeof(vmlinuz)) ||
	    !find("lib/modules/6.1.*/kernel/arch/x86/kvm/kvm.ko", kvm, sizeof(kvm)) ||
	    !find("lib/modules/6.1.*/kernel/arch/x86/kvm/kvm-intel.ko", kvm_intel, sizeof(kvm_intel))) {
		print_message("# skipped: no kernel 6.1 (nestbed kernels fetch 6.1)\n");
		skip();
	}
	types.vmlinux = types_of_vmlinuz(vmlinuz);
	assert_non_null(types.vmlinux);
	types.kvm = btf__parse_elf_split(kvm, types.vmlinux);
	types.kvm_intel = btf__parse_elf_split(kvm_intel, types.vmlinux);
	assert_true(types.kvm && types.kvm_intel);
	expect_fit(&types, " on_exit_old on_nested_exit_old on_page_fault_old ", " on_nested_run ");
	assert_true(fit__tells_nested_entries(&types));
	kernel_types__free(&types);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(linux_5_15),
		cmocka_unit_test(linux_6_18),
		cmocka_unit_test(a_kernel_without_kvm),
		cmocka_unit_test(a_tracepoint_without_arguments),
		cmocka_unit_test(the_emulated_machines_kernel),
	};

	return cmocka_run_group_tests(tests, open_programs, close_programs);
}
