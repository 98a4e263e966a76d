// SPDX-License-Identifier: GPL-2.0-only
/* The loader, on libbpf. It is linked statically into the VMM, so that the same tracer runs inside an emulated machine. */
#include "trace/tracer.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "trace/figures.h"
#include "trace/fit.h"

#include "kvm.skel.h" /* made by the Makefile */

#define MISSING_SIZE 512

struct tracer {
	struct kvm_bpf *bpf;
	const struct trace_slot *slots; /* of the ring buffer, mapped; NULL where nothing is streamed */
	size_t slot_bytes;              /* of the mapping */
	bool knowing;                   /* vCPUs become known */
	unsigned cpus;
	enum tracer_state state[TRACER_PROGRAMS]; /* of each program, in the object's order */
	char missing[MISSING_SIZE];
};

_Static_assert(sizeof(((struct kvm_bpf *)0)->progs) / sizeof(void *) <= TRACER_PROGRAMS, "a bit for each");

/* The program that the kernel did not take: libbpf only says it, in a line among many. */
static char refused[64];

static int listen(enum libbpf_print_level level, const char *format, va_list args)
{
	char line[256];

	(void)level;
	vsnprintf(line, sizeof(line), format, args);
	if (strstr(line, "': failed to ") || strstr(line, "': BPF program load failed"))
		sscanf(line, "libbpf: prog '%63[^']'", refused);
	return 0;
}

static const char *probe_of(const struct bpf_program *program)
{
	return fit__probe(bpf_program__section_name(program));
}

/* A program for a tracepoint's record is attached by the number that tracefs gives it, if that is mounted and we may read it. */
static bool has_records(void)
{
	static const char *const path[] = {"/sys/kernel/tracing/events/kvm/kvm_exit/id",
					   "/sys/kernel/debug/tracing/events/kvm/kvm_exit/id"};

	return access(path[0], R_OK) == 0 || access(path[1], R_OK) == 0;
}

/* Those of known.bpf.h: they take the place of others, or all of them are left out. */
static bool is_for_known(const struct tracer *t, const struct bpf_program *program)
{
	return program == t->bpf->progs.on_run || program == t->bpf->progs.on_destroy ||
	       program == t->bpf->progs.on_exit_counted || program == t->bpf->progs.on_exit_timed ||
	       program == t->bpf->progs.on_entry_timed;
}

/* What an option does not ask for would cost and say nothing. Of exits the record is wanted, or else the tracepoint alone. */
static bool is_needed(const struct tracer *t, const struct bpf_program *program, const struct tracer_options *options,
		      bool records)
{
	const bool timing = options->timing, streaming = options->streaming;
	const bool exits = streaming ? !records : !t->knowing;
	const struct {
		const struct bpf_program *program;
		bool needed;
	} rules[] = {
		{t->bpf->progs.on_exit_record, streaming},
		{t->bpf->progs.on_exit, exits},
		{t->bpf->progs.on_exit_old, exits},
		{t->bpf->progs.on_exit_counted, !timing},
		{t->bpf->progs.on_exit_timed, timing},
		{t->bpf->progs.on_entry, streaming || (timing && !t->knowing)},
		{t->bpf->progs.on_entry_timed, timing},
		{t->bpf->progs.on_run, true},
		{t->bpf->progs.on_destroy, true},
		{t->bpf->progs.on_virtual_exit, streaming},
		{t->bpf->progs.on_virtual_exit_counted, !streaming},
		{t->bpf->progs.on_user, true},
	};

	if ((program == t->bpf->progs.on_exit_record && !records) || (is_for_known(t, program) && !t->knowing))
		return false;
	if (options->everything)
		return true;
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (program == rules[i].program)
			return rules[i].needed;
	return streaming;
}

static bool has_word(const char *words, const char *word)
{
	const size_t length = strlen(word);

	for (; *words; words += strcspn(words, " "), words += strspn(words, " "))
		if (strcspn(words, " ") == length && strncmp(words, word, length) == 0)
			return true;
	return false;
}

static void say_missing(struct tracer *t, const char *probe)
{
	size_t length = strlen(t->missing);

	if (!has_word(t->missing, probe))
		snprintf(t->missing + length, MISSING_SIZE - length, "%s%s", length ? " " : "", probe);
}

/* Of its two names either one will do, and which of them KVM comes to is not for us to say. */
static bool is_nested_entry(const struct tracer *t, const struct bpf_program *program)
{
	return program == t->bpf->progs.on_nested_entry || program == t->bpf->progs.on_nested_run;
}

static enum tracer_state choose(const struct tracer *t, const struct bpf_program *program,
				const struct kernel_types *types, const struct tracer_options *options,
				bool refused_before, bool records)
{
	if (!is_needed(t, program, options, records))
		return is_for_known(t, program) && !t->knowing ? TRACER_UNKNOWING : TRACER_NEEDLESS;
	switch (fit__program(types, bpf_program__section_name(program), bpf_program__name(program))) {
	case FIT_MISSING:
		return TRACER_ABSENT;
	case FIT_OTHER:
		return TRACER_OTHER;
	default:
		return refused_before ? TRACER_REFUSED : TRACER_ATTACHED;
	}
}

/* without: a bit for each program that the kernel has refused, in the object's order. */
static bool choose_programs(struct tracer *t, const struct tracer_options *options, uint64_t without, char *why,
			    unsigned size)
{
	struct kernel_types read;
	const struct kernel_types *types = options->types ? options->types : &read;
	struct bpf_program *program;
	bool exits = false, known_fit = true, record_refused = false, records;
	unsigned i = 0;

	if (!options->types && !kernel_types__load(&read)) {
		snprintf(why, size,
			 "the kernel has no BTF (/sys/kernel/btf/vmlinux), so its structures cannot be read: use one "
			 "built with CONFIG_DEBUG_INFO_BTF=y");
		return false;
	}
	bpf_object__for_each_program(program, t->bpf->obj)
	{
		if (program == t->bpf->progs.on_exit_record)
			record_refused = without >> i & 1;
		i++;
	}
	records = has_records() && !record_refused;
	i = 0;
	bpf_object__for_each_program(program, t->bpf->obj)
	{
		enum tracer_state state = choose(t, program, types, options, without >> i & 1, records);

		t->state[i++] = state;
		bpf_program__set_autoload(program, state == TRACER_ATTACHED);
		if (is_for_known(t, program) && (state == TRACER_ABSENT || state == TRACER_OTHER))
			known_fit = false;
		exits = exits || (state == TRACER_ATTACHED && strcmp(probe_of(program), "kvm_exit") == 0);
		if (state == TRACER_REFUSED || (state == TRACER_ABSENT && !is_nested_entry(t, program)))
			say_missing(t, probe_of(program));
	}
	if (options->streaming && !records)
		say_missing(t, FIGURES_RECORD);
	if ((options->streaming || options->everything) && !fit__tells_nested_entries(types))
		say_missing(t, probe_of(t->bpf->progs.on_nested_entry));
	if (!options->types)
		kernel_types__free(&read);
	if (!exits)
		snprintf(why, size, "the kernel has no tracepoint kvm:kvm_exit: load KVM (sudo modprobe kvm_intel)");
	return exits && known_fit;
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

static void fill_buckets(struct tracer *t)
{
	uint16_t *bucket_of = (uint16_t *)t->bpf->rodata->bucket_of;

	for (uint32_t i = 0; i < TRACE_SHORT_BUCKETS; i++)
		bucket_of[i] = (uint16_t)(offsetof(struct trace_histogram, bucket) +
					  trace_bucket(TRACE_SHORT_BEGIN + (i << TRACE_SHORT_SHIFT)) *
						  sizeof(uint32_t));
}

static unsigned count_known(const struct tracer *t)
{
	unsigned count = 0;

	for (unsigned i = 0; i < TRACE_KNOWN; i++)
		count += __atomic_load_n(&t->bpf->bss->known[i].vcpu, __ATOMIC_RELAXED) != 0;
	return count;
}

/* What teaches costs at every entry, so it is there only while there is somebody to become known. */
static void look_for_strangers(struct tracer *t)
{
	unsigned known = count_known(t);
	bool stranger = __atomic_exchange_n(&t->bpf->bss->stranger, false, __ATOMIC_RELAXED);
	struct bpf_link **teaching = &t->bpf->links.on_run;

	if (known < TRACE_KNOWN && (stranger || known == 0)) {
		if (t->knowing && !*teaching)
			*teaching = bpf_program__attach(t->bpf->progs.on_run);
		return;
	}
	bpf_link__destroy(*teaching);
	*teaching = NULL;
}

/* Loads those that are chosen and attaches them; else *error is why not, and `refused` which one, if it was one. */
static struct tracer *open_one(const struct tracer_options *options, bool knowing, uint64_t without, char *why,
			       unsigned size, int *error)
{
	struct tracer *t = calloc(1, sizeof(*t));

	why[0] = refused[0] = '\0';
	*error = 0;
	libbpf_set_print(listen);
	if (t)
		t->bpf = kvm_bpf__open();
	if (!t || !t->bpf) {
		*error = errno;
		explain(*error, why, size);
		tracer__close(t);
		return NULL;
	}
	t->knowing = knowing;
	fill_buckets(t);
	t->bpf->rodata->filter_tgid = options->tgid;
	t->bpf->rodata->filtering = options->vcpu || options->level || options->reasons[0] || options->reasons[1];
	t->bpf->rodata->filter_vcpu = options->vcpu;
	t->bpf->rodata->filter_level = options->level;
	t->bpf->rodata->filter_reason = (options->reasons[0] | options->reasons[1]) != 0;
	memcpy((void *)t->bpf->rodata->wanted_reasons, options->reasons, sizeof(options->reasons));
	t->bpf->rodata->timing = options->timing;
	t->bpf->rodata->alone = options->alone;
	t->bpf->rodata->streaming = options->streaming;
	size_ring(t, slot_count(options));
	t->cpus = (unsigned)libbpf_num_possible_cpus();
	if (!choose_programs(t, options, without, why, size)) {
		tracer__close(t);
		return NULL;
	}
	*error = -kvm_bpf__load(t->bpf);
	if (*error == 0)
		*error = -kvm_bpf__attach(t->bpf);
	if (*error == 0 && options->streaming)
		*error = map_ring(t);
	if (*error) {
		explain(*error, why, size);
		tracer__close(t);
		return NULL;
	}
	return t;
}

/* A bit for the program that was refused, if we can do without: not those at kvm_exit and kvm_entry, but for the record's. */
static uint64_t refused_bit(void)
{
	struct kvm_bpf *bpf = refused[0] ? kvm_bpf__open() : NULL;
	struct bpf_program *program;
	uint64_t bit = 0, next = 1;

	if (!bpf)
		return 0;
	bpf_object__for_each_program(program, bpf->obj)
	{
		const char *probe = probe_of(program);

		if (strcmp(bpf_program__name(program), refused) == 0 &&
		    (program == bpf->progs.on_exit_record || figures__without(probe)))
			bit = next;
		next <<= 1;
	}
	kvm_bpf__destroy(bpf);
	return bit;
}

/*
 * vCPUs become known where every exit of theirs is wanted and none is sent on, and where the kernel has what that takes: pointers
 * with a type in maps as Linux 5.19 to 6.3 have them, and exit reasons in struct vcpu_vmx. A program that the kernel refuses, and
 * that only some figures need, is left out the next time.
 */
struct tracer *tracer__open(const struct tracer_options *options, char *why, unsigned size)
{
	const bool all = !options->level && !options->reasons[0] && !options->reasons[1];
	bool knowing = options->everything || (all && !options->streaming);
	uint64_t without = 0, bit;
	struct tracer *t;
	int error;

	while ((t = open_one(options, knowing, without, why, size, &error)) == NULL) {
		bit = error && error != EPERM ? refused_bit() : 0;
		if (bit && !(without & bit))
			without |= bit;
		else if (knowing && error != EPERM)
			knowing = false;
		else
			break;
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

/*
 * An exit that waits for its entry is given up: all that comes until the programs are back would count for it. Known vCPUs stay so,
 * and with them the program that forgets one.
 */
void tracer__detach(struct tracer *t)
{
	struct bpf_link *forgetting = t->bpf->links.on_destroy;

	t->bpf->links.on_destroy = NULL;
	kvm_bpf__detach(t->bpf);
	t->bpf->links.on_destroy = forgetting;
	memset(t->bpf->bss->pending, 0, sizeof(t->bpf->bss->pending));
	for (unsigned i = 0; i < TRACE_KNOWN; i++)
		t->bpf->bss->known[i].exited = 0;
}

bool tracer__attach(struct tracer *t)
{
	bpf_program__set_autoattach(t->bpf->progs.on_destroy, false);
	bpf_program__set_autoattach(t->bpf->progs.on_run, count_known(t) == 0);
	return kvm_bpf__attach(t->bpf) == 0;
}

bool tracer__program(const struct tracer *t, unsigned index, struct tracer_program *of)
{
	struct bpf_program *program;
	unsigned i = 0;

	bpf_object__for_each_program(program, t->bpf->obj)
	{
		if (i == index) {
			*of = (struct tracer_program){bpf_program__name(program), probe_of(program), t->state[i]};
			return true;
		}
		i++;
	}
	return false;
}

const char *tracer__missing(const struct tracer *t)
{
	return t->missing;
}

void tracer__counts(struct tracer *t, struct trace_counts *sum)
{
	unsigned slots = t->cpus < TRACE_CPUS ? t->cpus : TRACE_CPUS;

	memset(sum, 0, sizeof(*sum));
	for (unsigned cpu = 0; cpu < slots; cpu++) {
		const uint64_t *from = (const uint64_t *)&t->bpf->bss->counts[cpu];
		uint64_t *to = (uint64_t *)sum;

		for (size_t i = 0; i < sizeof(*sum) / sizeof(uint64_t); i++)
			to[i] += __atomic_load_n(&from[i], __ATOMIC_RELAXED);
	}
	for (unsigned i = 0; i < TRACE_KNOWN; i++)
		for (unsigned level = 0; level < 2; level++)
			for (unsigned reason = 0; reason < TRACE_REASONS; reason++)
				sum->exits[level][reason] += __atomic_load_n(
					&t->bpf->bss->known[i].exits[level << TRACE_REASON_BITS | reason],
					__ATOMIC_RELAXED);
	look_for_strangers(t);
}

static void add_histogram(struct trace_histogram *sum, const struct trace_histogram *one)
{
	sum->total += one->total;
	sum->max = one->max > sum->max ? one->max : sum->max;
	for (unsigned i = 0; i < TRACE_BUCKETS; i++) {
		sum->count += one->bucket[i];
		sum->bucket[i] += one->bucket[i];
	}
}

bool tracer__histogram(const struct tracer *t, unsigned level, unsigned reason, struct trace_histogram *sum)
{
	uint32_t key = (level - 1) * TRACE_REASONS + reason, index = (level - 1) << TRACE_REASON_BITS | reason;
	struct trace_histogram *each = calloc(t->cpus, sizeof(*each));
	bool good = each && bpf_map_lookup_elem(bpf_map__fd(t->bpf->maps.histograms), &key, each) == 0;

	memset(sum, 0, sizeof(*sum));
	for (unsigned cpu = 0; good && cpu < t->cpus; cpu++)
		add_histogram(sum, &each[cpu]);
	for (unsigned i = 0; good && i < TRACE_KNOWN; i++)
		add_histogram(sum, &t->bpf->bss->known_histograms[i * TRACE_INDEXES + index]);
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
