// SPDX-License-Identifier: GPL-2.0-only
/* Reads --kernel, --kernel-args and --cpu, and makes the variants of a request. */
#include "l0/request/variants.h"

#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "l0/base/options.h"
#include "l0/base/util.h"
#include "l0/kernels/kernel_args.h"
#include "l0/request/cpu_support.h"
#include "l0/request/machine_plan.h"

enum { OPT_KERNEL = 512, OPT_KERNEL_ARGS, OPT_CPU, OPT_TELL_NO_BOOT };

static const struct argp_option options[] = {
	{"kernel", OPT_KERNEL, "LIST", 0,
	 "machine bochs: kernels to measure, separated by commas, each a version (6.12), a Debian package, a vmlinuz or bzImage, or "
	 "the folder of a kernel build (default: the distribution's own). `nestbed kernels` lists the kernels here",
	 0},
	{"kernel-args", OPT_KERNEL_ARGS, "WORDS", 0,
	 "machine bochs: words to add to the kernel's command line; each repetition is one more setting to measure", 0},
	{"cpu", OPT_CPU, "LIST", 0, "machine bochs: CPU models to measure, separated by commas (default skylake-x)", 0},
	{"tell-no-boot", OPT_TELL_NO_BOOT, NULL, 0,
	 "machine bochs: end with exit code 125, not 1, where all that failed is that a kernel does not boot; `git bisect run` "
	 "skips it then",
	 0},
	{0},
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct variant_choice *choice = state->input;
	char why[256];

	switch (key) {
	case OPT_KERNEL:
		if (choice->kernels)
			option__error(state,
				      "--kernel is there twice: name all kernels in one list, separated by commas");
		choice->kernels = arg;
		return 0;
	case OPT_KERNEL_ARGS:
		if (choice->args_count == VARIANT_ARGS_MAX)
			option__error(state, "--kernel-args is there more than %u times", VARIANT_ARGS_MAX);
		if (strpbrk(arg, "\n\t") || strlen(arg) > 512)
			option__error(state, "--kernel-args: not one line of up to 512 characters");
		if (!kernel_args__check(arg, why, sizeof(why)))
			option__error(state, "--kernel-args: %s", why);
		for (unsigned i = 0; i < choice->args_count; i++)
			if (strcmp(choice->args[i], arg) == 0)
				option__error(state, "--kernel-args '%s' is there twice", arg);
		choice->args[choice->args_count++] = arg;
		return 0;
	case OPT_TELL_NO_BOOT:
		choice->tell_no_boot = true;
		return 0;
	case OPT_CPU:
		if (choice->cpus)
			option__error(state, "--cpu is there twice: name all models in one list, separated by commas");
		choice->cpus = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp variants_argp = {.options = options, .parser = parse_option};

/* Returns the next item of a list, and stores its length; NULL after the last item. */
static const char *next_of(const char *list, const char *previous, size_t *length)
{
	const char *next = !previous ? list : previous[*length] ? previous + *length + 1 : NULL;

	if (next)
		*length = strcspn(next, ",");
	return next;
}

/*
 * Two builds may have the same release. The name of the second one then includes its path's last
 * part and a number.
 */
static void make_unique(struct variant_choice *choice, unsigned number, const char *spec, size_t length)
{
	struct kernel *kernel = &choice->kernel[number];

	for (unsigned i = 0; i < number; i++) {
		char place[512], name[KERNEL_NAME];

		if (strcmp(choice->kernel[i].name, kernel->name) != 0)
			continue;
		text__format(place, sizeof(place), "%.*s", (int)length, spec);
		text__format(name, sizeof(name), "%.60s:%.40s:%u", kernel->release, basename(place), number + 1);
		memcpy(kernel->name, name, sizeof(name));
		return;
	}
}

/* Returns NB_EXIT_GOOD, or another exit code after one line. */
static int find_kernels(struct variant_choice *choice, const char *programs, unsigned *count)
{
	size_t length = 0;

	*count = 0;
	if (!choice->kernels) {
		*count = 1;
		return kernel__find(&choice->kernel[0], NULL, 0, programs);
	}
	for (const char *spec = next_of(choice->kernels, NULL, &length); spec;
	     spec = next_of(choice->kernels, spec, &length)) {
		int result;

		if (length == 0) {
			pr_err("--kernel %s: an entry of the list is empty", choice->kernels);
			return NB_EXIT_USAGE;
		}
		if (*count == VARIANT_KERNELS_MAX) {
			pr_err("--kernel: more than %u kernels", VARIANT_KERNELS_MAX);
			return NB_EXIT_USAGE;
		}
		result = kernel__find(&choice->kernel[*count], spec, length, programs);
		if (result != NB_EXIT_GOOD)
			return result;
		for (unsigned i = 0; i < *count; i++)
			if (strcmp(choice->kernel[i].image, choice->kernel[*count].image) == 0) {
				pr_err("--kernel %.*s: the list has this kernel (%s) already", (int)length, spec,
				       choice->kernel[i].name);
				return NB_EXIT_USAGE;
			}
		make_unique(choice, (*count)++, spec, length);
	}
	return NB_EXIT_GOOD;
}

/* Returns NB_EXIT_GOOD, or another exit code after one line. */
static int find_cpus(const struct variant_choice *choice, const struct cpu_model *cpu[VARIANT_CPUS_MAX],
		     unsigned *count)
{
	size_t length = 0;

	*count = 0;
	if (!choice->cpus)
		cpu[(*count)++] = cpu_model__default();
	for (const char *spec = next_of(choice->cpus, NULL, &length); choice->cpus && spec;
	     spec = next_of(choice->cpus, spec, &length)) {
		const struct cpu_model *found = cpu_model__find(spec, length);

		if (!found)
			return NB_EXIT_USAGE;
		for (unsigned i = 0; i < *count; i++)
			if (cpu[i] == found) {
				pr_err("--cpu %s: %s is there twice", choice->cpus, found->name);
				return NB_EXIT_USAGE;
			}
		if (*count == VARIANT_CPUS_MAX) {
			pr_err("--cpu: more than %u models", VARIANT_CPUS_MAX);
			return NB_EXIT_USAGE;
		}
		if (found != cpu_model__default() && !cpu_model__is_emulated(found)) {
			pr_err("--cpu %s: the Bochs that is installed does not have this model (`nestbed cpus` says "
			       "which it has)",
			       found->name);
			return NB_EXIT_SKIPPED;
		}
		cpu[(*count)++] = found;
	}
	return NB_EXIT_GOOD;
}

/* Reads the model name of this computer's CPU and the VMX features that it lacks. */
static void look_at_this_cpu(struct variant *v)
{
	FILE *file = fopen("/proc/cpuinfo", "re");
	char line[4096];

	/* An empty line ends the lines of the first CPU. */
	while (file && fgets(line, sizeof(line), file) && line[0] != '\n') {
		if (strncmp(line, "model name", 10) == 0 && strchr(line, ':'))
			snprintf(v->cpu_name, sizeof(v->cpu_name), "%.*s", (int)strcspn(strchr(line, ':') + 2, "\n"),
				 strchr(line, ':') + 2);
		v->lacks |= cpu_fit__lacks(line);
	}
	if (file)
		fclose(file);
}

/* This computer has only one kernel and one CPU. */
static int choose_host(struct request *r, const struct variant_choice *choice)
{
	struct variant *v = &r->variant[0];
	struct utsname uts;

	if (choice->kernels || choice->args_count || choice->cpus) {
		pr_err("--%s configures an emulated machine: it goes with --machine bochs", choice->kernels ? "kernel"
											    : choice->cpus
												    ? "cpu"
												    : "kernel-args");
		return NB_EXIT_USAGE;
	}
	if (r->boot_timeout) {
		pr_err("--boot-timeout is for the kernel that an emulated machine boots: it goes with --machine bochs");
		return NB_EXIT_USAGE;
	}
	*v = (struct variant){.kernel_args = ""};
	uname(&uts);
	snprintf(v->kernel_name, sizeof(v->kernel_name), "%s", uts.release);
	look_at_this_cpu(v);
	r->variants = 1;
	return NB_EXIT_GOOD;
}

/*
 * Appends a name to the tag. File names may have letters, digits, dots, dashes and underscores;
 * other characters become underscores.
 */
static void add_to_tag(struct variant *v, const char *name)
{
	char *end = v->tag + strlen(v->tag);

	text__format(end, sizeof(v->tag) - strlen(v->tag), "-%s", name);
	for (; *end; end++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_", *end))
			*end = '_';
}

static void fill(struct variant *v, const struct kernel *kernel, const char *args, const struct cpu_model *cpu)
{
	*v = (struct variant){.kernel = kernel, .kernel_args = args, .cpu = cpu, .lacks = cpu->lacks};
	text__format(v->kernel_name, sizeof(v->kernel_name), "%s", kernel ? kernel->name : "none");
	text__format(v->cpu_name, sizeof(v->cpu_name), "%s", cpu->name);
}

int variants__exit_code(const struct variant_choice *choice, int result)
{
	return result == NB_EXIT_NO_BOOT && !choice->tell_no_boot ? NB_EXIT_FAILED : result;
}

/*
 * eBPF programs need the kernel's types (BTF) to read its structures, for --trace and for the
 * tables that `walk --l2-va` reads.
 */
static bool has_types(const struct request *r, const struct variant_choice *choice, unsigned kernels)
{
	for (unsigned i = 0; plan__has_probes(r) && i < kernels; i++)
		if (!choice->kernel[i].btf) {
			pr_err("the kernel %s (%s) lacks BTF, which eBPF programs need (%s): build it with "
			       "CONFIG_DEBUG_INFO_BTF=y, or measure without them",
			       choice->kernel[i].release, choice->kernel[i].image,
			       r->trace ? "--trace, nestbed trace" : "walk --l2-va");
			return false;
		}
	return true;
}

int variants__choose(struct request *r, struct variant_choice *choice)
{
	char number[16];
	const struct cpu_model *cpu[VARIANT_CPUS_MAX];
	unsigned kernels = 1, args = choice->args_count ? choice->args_count : 1, cpus;
	int result;

	r->variants = 0;
	if (strcmp(r->machine, "host") == 0)
		return choose_host(r, choice);
	if (r->l0 != L0_KVM && (choice->kernels || choice->args_count)) {
		pr_err("--%s needs KVM as L0: no Linux runs below our hypervisor",
		       choice->kernels ? "kernel" : "kernel-args");
		return NB_EXIT_USAGE;
	}
	result = find_cpus(choice, cpu, &cpus);
	if (result != NB_EXIT_GOOD)
		return result;
	result = r->l0 != L0_KVM ? NB_EXIT_GOOD : find_kernels(choice, r->programs, &kernels);
	if (result != NB_EXIT_GOOD)
		return result;
	if (r->l0 == L0_KVM && !has_types(r, choice, kernels))
		return NB_EXIT_FAILED;
	if (kernels * args * cpus > VARIANTS_MAX) {
		pr_err("%u kernels, %u settings of their arguments and %u CPUs are more than %u machines: name fewer",
		       kernels, args, cpus, VARIANTS_MAX);
		return NB_EXIT_USAGE;
	}
	for (unsigned k = 0; k < kernels; k++)
		for (unsigned a = 0; a < args; a++)
			for (unsigned c = 0; c < cpus; c++) {
				struct variant *v = &r->variant[r->variants++];

				fill(v, r->l0 != L0_KVM ? NULL : &choice->kernel[k],
				     choice->args_count ? choice->args[a] : "", cpu[c]);
				if (kernels > 1)
					add_to_tag(v, v->kernel_name);
				text__format(number, sizeof(number), "args%u", a + 1);
				if (args > 1)
					add_to_tag(v, number);
				if (cpus > 1)
					add_to_tag(v, v->cpu_name);
			}
	return NB_EXIT_GOOD;
}
