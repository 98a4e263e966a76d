// SPDX-License-Identifier: GPL-2.0-only
/* The loader, on libbpf. It is linked statically into the VMM, so that the same tracer runs inside an emulated machine. */
#include "tracer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "kvm.skel.h" /* made by the Makefile */

#define MISSING_SIZE 512

struct tracer {
	struct kvm_bpf *bpf;
	const struct trace_slot *slots; /* of the ring buffer, mapped; NULL where nothing is streamed */
	size_t slot_bytes;              /* of the mapping */
	unsigned cpus, programs;
	char missing[MISSING_SIZE];
};

/* The program that the kernel did not take: libbpf only says it, in a line among many. */
static char refused[64];

static int listen(enum libbpf_print_level level, const char *format, va_list args)
{
	char line[256];

	(void)level;
	vsnprintf(line, sizeof(line), format, args);
	if (strstr(line, "failed to load: ") && sscanf(line, "libbpf: prog '%63[^']'", refused) != 1)
		refused[0] = '\0';
	return 0;
}

/* NULL: there are none. Of a module, or the kernel's own where KVM is built in. */
struct types {
	struct btf *vmlinux, *kvm, *kvm_intel;
};

static struct btf *load_module(struct btf *vmlinux, const char *name)
{
	struct btf *module = vmlinux ? btf__load_module_btf(name, vmlinux) : NULL;

	return module ? module : vmlinux;
}

static void load_types(struct types *types)
{
	types->vmlinux = btf__load_vmlinux_btf();
	types->kvm = load_module(types->vmlinux, "kvm");
	types->kvm_intel = load_module(types->vmlinux, "kvm_intel");
}

static void free_types(struct types *types)
{
	if (types->kvm != types->vmlinux)
		btf__free(types->kvm);
	if (types->kvm_intel != types->vmlinux)
		btf__free(types->kvm_intel);
	btf__free(types->vmlinux);
}

/* Of a tracepoint, or of a function of KVM's. */
static const char *tracepoint_of(const struct bpf_program *program)
{
	const char *name = strrchr(bpf_program__section_name(program), '/');

	return name ? name + 1 : "?";
}

enum fit {
	FIT_MISSING, /* no such tracepoint */
	FIT_OTHER,   /* it has other arguments: another program is for it */
	FIT_GOOD,
};

/*
 * A function is there if it is named, a tracepoint if its type is: btf_trace_NAME. The arguments of some have changed, their first one from a number to a
 * vCPU: programs whose names end in _old are for the number.
 */
static enum fit fit(const struct types *all, const struct bpf_program *program)
{
	const struct btf *types = all->kvm;
	static const char *const changed[] = {"kvm_exit", "kvm_nested_vmexit", "kvm_page_fault"};
	const char *name = tracepoint_of(program), *suffix = strstr(bpf_program__name(program), "_old");
	const struct btf_type *type;
	char text[128];
	int id;

	if (bpf_program__expected_attach_type(program) == BPF_TRACE_FEXIT)
		return btf__find_by_name_kind(all->kvm_intel, name, BTF_KIND_FUNC) > 0 ? FIT_GOOD : FIT_MISSING;
	snprintf(text, sizeof(text), "btf_trace_%s", name);
	id = btf__find_by_name_kind(types, text, BTF_KIND_TYPEDEF);
	if (id <= 0)
		return FIT_MISSING;
	for (size_t i = 0; i < sizeof(changed) / sizeof(changed[0]); i++) {
		if (strcmp(name, changed[i]) != 0)
			continue;
		type = btf__type_by_id(types, btf__type_by_id(types, (__u32)id)->type); /* a pointer to the function */
		type = btf__type_by_id(types, type->type);
		if (!btf_is_func_proto(type) || btf_vlen(type) < 2) /* parameter 0 is the tracer's own */
			return FIT_MISSING;
		return btf_is_ptr(btf__type_by_id(types, btf_params(type)[1].type)) == !suffix ? FIT_GOOD : FIT_OTHER;
	}
	return FIT_GOOD;
}

/* A program for a tracepoint's record is attached by the number that tracefs gives it, if that is mounted and we may read it. */
static bool has_records(void)
{
	static const char *const path[] = {"/sys/kernel/tracing/events/kvm/kvm_exit/id",
					   "/sys/kernel/debug/tracing/events/kvm/kvm_exit/id"};

	return access(path[0], R_OK) == 0 || access(path[1], R_OK) == 0;
}

/* What an option does not ask for would cost and say nothing. Of exits the record is wanted, or else the tracepoint alone. */
static bool is_needed(const struct tracer *t, const struct bpf_program *program, const struct tracer_options *options,
		      bool records)
{
	const struct bpf_program *const counting[] = {t->bpf->progs.on_exit, t->bpf->progs.on_exit_old,
						      t->bpf->progs.on_virtual_exit, t->bpf->progs.on_user};

	if (program == t->bpf->progs.on_exit_record)
		return records && (options->streaming || options->everything);
	if (options->everything)
		return true;
	if (options->streaming)
		return !records || (program != t->bpf->progs.on_exit && program != t->bpf->progs.on_exit_old);
	if (program == t->bpf->progs.on_entry)
		return options->timing;
	for (size_t i = 0; i < sizeof(counting) / sizeof(counting[0]); i++)
		if (program == counting[i])
			return true;
	return false;
}

static void say_missing(struct tracer *t, const char *name)
{
	size_t length = strlen(t->missing);

	if (!strstr(t->missing, name))
		snprintf(t->missing + length, MISSING_SIZE - length, "%s%s", length ? " " : "", name);
}

static bool choose_programs(struct tracer *t, const struct tracer_options *options, char *why, unsigned size)
{
	struct types types;
	struct bpf_program *program;
	bool exits = false, nested_entries = false, records = has_records();

	load_types(&types);
	if (!types.vmlinux) {
		snprintf(why, size,
			 "the kernel has no BTF (/sys/kernel/btf/vmlinux), so its structures cannot be read: use one "
			 "built with CONFIG_DEBUG_INFO_BTF=y");
		return false;
	}
	bpf_object__for_each_program(program, t->bpf->obj)
	{
		bool needed = is_needed(t, program, options, records);
		bool renamed = program == t->bpf->progs.on_nested_entry || program == t->bpf->progs.on_nested_run;
		enum fit how = needed ? fit(&types, program) : FIT_OTHER;

		bpf_program__set_autoload(program, how == FIT_GOOD);
		t->programs += how == FIT_GOOD;
		exits = exits || (how == FIT_GOOD && strcmp(tracepoint_of(program), "kvm_exit") == 0);
		nested_entries = nested_entries || (renamed && (how == FIT_GOOD || !needed));
		if (how == FIT_MISSING && !renamed)
			say_missing(t, tracepoint_of(program));
	}
	if (options->streaming && !records)
		say_missing(t, "tracefs");
	if (!nested_entries)
		say_missing(t, tracepoint_of(t->bpf->progs.on_nested_entry));
	free_types(&types);
	if (!exits)
		snprintf(why, size, "the kernel has no tracepoint kvm:kvm_exit: load KVM (sudo modprobe kvm_intel)");
	return exits;
}

static void explain(int error, char *why, unsigned size)
{
	if (error == EPERM)
		snprintf(why, size, "no right to load eBPF programs: run as root, or with CAP_BPF and CAP_PERFMON");
	else
		snprintf(why, size, "the kernel refuses the eBPF program %s: %s", refused[0] ? refused : "set",
			 strerror(error));
}

/* How many slots there are, a power of two. */
static uint32_t slot_count(const struct tracer_options *options)
{
	uint32_t count = 1;

	while (options->streaming && 2ull * count * sizeof(struct trace_slot) <= options->ring_bytes)
		count *= 2;
	return count;
}

static void size_ring(struct tracer *t, uint32_t slots)
{
	uint32_t spare = slots / 4 < TRACE_CPUS ? slots / 4 : TRACE_CPUS;

	bpf_map__set_max_entries(t->bpf->maps.slots, slots);
	t->bpf->rodata->ring_mask = slots - 1;
	t->bpf->rodata->ring_full = slots - spare;
}

/* 0, or an error number. */
static int map_ring(struct tracer *t)
{
	size_t page = (size_t)getpagesize(),
	       bytes = bpf_map__max_entries(t->bpf->maps.slots) * sizeof(struct trace_slot);
	void *slots;

	t->slot_bytes = (bytes + page - 1) / page * page;
	slots = mmap(NULL, t->slot_bytes, PROT_READ, MAP_SHARED, bpf_map__fd(t->bpf->maps.slots), 0);
	if (slots == MAP_FAILED)
		return errno;
	t->slots = slots;
	return 0;
}

struct tracer *tracer__open(const struct tracer_options *options, char *why, unsigned size)
{
	struct tracer *t = calloc(1, sizeof(*t));
	int error;

	why[0] = '\0';
	libbpf_set_print(listen);
	if (t)
		t->bpf = kvm_bpf__open();
	if (!t || !t->bpf) {
		explain(errno, why, size);
		tracer__close(t);
		return NULL;
	}
	t->bpf->rodata->filter_tgid = options->tgid;
	t->bpf->rodata->filtering = options->vcpu || options->level || options->reasons[0] || options->reasons[1];
	t->bpf->rodata->filter_vcpu = options->vcpu;
	t->bpf->rodata->filter_level = options->level;
	t->bpf->rodata->filter_reason = (options->reasons[0] | options->reasons[1]) != 0;
	memcpy((void *)t->bpf->rodata->wanted_reasons, options->reasons, sizeof(options->reasons));
	t->bpf->rodata->timing = options->timing;
	t->bpf->rodata->streaming = options->streaming;
	size_ring(t, slot_count(options));
	t->cpus = (unsigned)libbpf_num_possible_cpus();
	if (!choose_programs(t, options, why, size)) {
		tracer__close(t);
		return NULL;
	}
	error = kvm_bpf__load(t->bpf);
	if (error == 0)
		error = kvm_bpf__attach(t->bpf);
	if (error == 0 && options->streaming)
		error = -map_ring(t);
	if (error) {
		explain(-error, why, size);
		tracer__close(t);
		return NULL;
	}
	return t;
}

void tracer__close(struct tracer *t)
{
	if (!t)
		return;
	if (t->slots)
		munmap((void *)t->slots, t->slot_bytes);
	if (t->bpf)
		kvm_bpf__destroy(t->bpf);
	free(t);
}

void tracer__detach(struct tracer *t)
{
	kvm_bpf__detach(t->bpf);
}

bool tracer__attach(struct tracer *t)
{
	return kvm_bpf__attach(t->bpf) == 0;
}

unsigned tracer__programs(const struct tracer *t)
{
	return t->programs;
}

const char *tracer__missing(const struct tracer *t)
{
	return t->missing;
}

void tracer__counts(const struct tracer *t, struct trace_counts *sum)
{
	unsigned slots = t->cpus < TRACE_CPUS ? t->cpus : TRACE_CPUS;

	memset(sum, 0, sizeof(*sum));
	for (unsigned cpu = 0; cpu < slots; cpu++) {
		const uint64_t *from = (const uint64_t *)&t->bpf->bss->counts[cpu];
		uint64_t *to = (uint64_t *)sum;

		for (size_t i = 0; i < sizeof(*sum) / sizeof(uint64_t); i++)
			to[i] += __atomic_load_n(&from[i], __ATOMIC_RELAXED);
	}
}

bool tracer__histogram(const struct tracer *t, unsigned level, unsigned reason, struct trace_histogram *sum)
{
	uint32_t key = (level - 1) * TRACE_REASONS + reason;
	struct trace_histogram *each = calloc(t->cpus, sizeof(*each));
	bool good = each && bpf_map_lookup_elem(bpf_map__fd(t->bpf->maps.histograms), &key, each) == 0;

	memset(sum, 0, sizeof(*sum));
	for (unsigned cpu = 0; good && cpu < t->cpus; cpu++) {
		sum->count += each[cpu].count;
		sum->total += each[cpu].total;
		sum->max = each[cpu].max > sum->max ? each[cpu].max : sum->max;
		for (unsigned i = 0; i < TRACE_BUCKETS; i++)
			sum->bucket[i] += each[cpu].bucket[i];
	}
	free(each);
	return good;
}

bool tracer__drain(struct tracer *t, bool (*take)(const struct trace_event *event, void *context), void *context)
{
	const uint32_t mask = t->bpf->rodata->ring_mask;
	uint64_t tail = t->bpf->bss->ring.tail;
	bool good = true;

	while (good && t->slots) {
		const struct trace_slot *slot = &t->slots[tail & mask];

		if (__atomic_load_n(&slot->stamp, __ATOMIC_ACQUIRE) != tail + 1)
			break;
		good = take(&slot->event, context);
		tail++;
	}
	__atomic_store_n(&t->bpf->bss->ring.tail, tail, __ATOMIC_RELEASE);
	return good;
}

uint64_t tracer__lost(const struct tracer *t)
{
	return __atomic_load_n(&t->bpf->bss->ring.lost, __ATOMIC_RELAXED);
}
