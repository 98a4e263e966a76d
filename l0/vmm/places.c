// SPDX-License-Identifier: GPL-2.0-only
/* Starts the VMs that a schedule needs, and runs its windows in them in turn. */
#include "l0/vmm/places.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "l0/base/util.h"
#include "l0/request/stack.h"
#include "l0/vmm/bpf_witness.h"
#include "l0/vmm/chase_memory.h"
#include "l0/vmm/guest_run.h"
#include "l0/vmm/stream.h"
#include "microbench/measure.h"

static const char *const level_names[] = {"L0", "L1", "L2", "L3", "L4"};

/*
 * The index of a VM is the number of our hypervisors in it. The innermost hypervisor and its guest
 * share a VM.
 */
enum { VM_GUEST, VM_NESTED, VM_COUNT = STACK_DEEPEST };

/*
 * MiB of memory at 1 GiB: for guests whose memory is aligned to 1 GiB, and for first touches of
 * large pages.
 */
#define HIGH_MIB_GUEST 64u
#define HIGH_MIB_FRESH 2u
#define LOW_MIB_MAX    1024u /* MiB of address space below that memory */

_Static_assert(PLACE_COUNT == 2 * VM_COUNT, "each VM but the first one has two places");

struct places {
	const struct places_plan *plan;
	struct vm vm[VM_COUNT];
	struct guest guest[VM_COUNT];
	enum guest_verdict verdict[VM_COUNT];
	bool started[VM_COUNT];
	struct chase_shares shares;
	unsigned number; /* place and mode of the current records in the stream; valid if level is not NULL */
	const char *level;
};

static struct nb_ring process_ring;

bool place__has(enum place place, enum nb_op op)
{
	unsigned where = nb_op_info[op].where;

	/*
	 * If a guest or a process cannot run an operation, the result lists the reason. Operations
	 * that only hypervisors run belong to the hypervisor places.
	 */
	return place__is_hypervisor(place) ? op != NB_OP_empty && where & NB_ROOT : where & NB_ANYWHERE;
}

/*
 * Writes the level and mode of the following records if they have changed. Writes the mode only if
 * there are several.
 */
static bool begin_level(struct places *p, unsigned number)
{
	const enum place place = number % PLACE_COUNT;
	const enum trace_mode mode = number / PLACE_COUNT;

	const char *level = level_names[place__level(place)];

	if (p->level && strcmp(p->level, level) == 0 && p->number / PLACE_COUNT == mode)
		return true;
	p->level = level;
	p->number = number;
	if (!bpf_witness__choose(mode))
		return false;
	if (p->plan->modes & (p->plan->modes - 1) && !stream__text("run.trace=%s", trace_mode_text[mode]))
		return false;
	return stream__text("run.level=%s", p->level) && stream__text("run.l0=kvm") &&
	       stream__text("run.vmm=nestbed") && stream__text("run.config=%s", p->plan->config);
}

/* L0 runs the operations in this process. Its doorbell is a function call. */
static bool drained = true;

static void process_doorbell(enum nb_doorbell what)
{
	if (what != NB_DOORBELL_REHEARSE)
		drained = stream__drain(&process_ring) && drained;
}

static int run_in_process(const struct places *p, enum nb_op op, uint32_t n)
{
	const struct nb_place place = {.ring = &process_ring, .where = NB_RING3, .doorbell = process_doorbell};

	if (process_ring.magic == 0)
		nb_ring_init(&process_ring);
	if (op == NB_OP_chase) {
		const struct nb_chase chase = {.max_set = p->plan->chase_set,
					       .pages = p->plan->chase_pages,
					       .warmup = p->plan->warmup,
					       .seed = p->plan->seed,
					       .emulated = NB_CHASE_EMULATED,
					       .memory = chase_memory__get,
					       .stopped = guest__stopped};

		if (!nb_chase_run(&place, &chase, n))
			return NB_EXIT_FAILED;
	} else if (!nb_measure_window(&place, op, n, p->plan->warmup)) {
		pr_err("%s is not linked into this program", nb_op_info[op].name);
		return NB_EXIT_FAILED;
	}
	return stream__drain(&process_ring) && drained ? NB_EXIT_GOOD : NB_EXIT_FAILED;
}

/*
 * Writes how much of a guest's memory L0 has in huge pages. A guest page that is larger than the
 * pages below it does not fit into one TLB entry.
 */
static bool tell_pages(const struct vm *vm)
{
	uint64_t bytes = 0;
	long huge = 0;

	for (unsigned i = 0; i < vm->regions; i++) {
		const long kib = chase_memory__huge_kib("/proc/self/smaps", vm->region[i].memory);

		bytes += vm->region[i].size;
		huge += kib > 0 ? kib : 0;
	}
	return stream__text("chase.memory_kib=%llu", (unsigned long long)(bytes >> 10)) &&
	       stream__text("chase.huge_kib=%ld", huge);
}

/*
 * Writes the command line of the VM's lowest hypervisor. It includes the command lines of all
 * levels above.
 */
static void write_cmdline(char *cmdline, size_t size, const struct places *p, unsigned hypervisors, const char *guest)
{
	const struct places_plan *plan = p->plan;
	const struct stack stack = {
		.first = 1, .hypervisors = hypervisors, .switches = plan->outer_words, .words = plan->hypervisor_words};
	char words[512], memory[32] = "", bottom[64], innermost[640], top[192];

	stack__words(words, sizeof(words), plan->hypervisor_words, hypervisors, true);
	if (plan->chase_set)
		text__format(memory, sizeof(memory), " memory=%u", p->shares.guest_mib);
	text__format(innermost, sizeof(innermost), "ept=%s warmup=%u%s %s", plan->ept, plan->warmup, memory,
		     words[0] ? words + 1 : "");
	text__format(top, sizeof(top), "level=%s %s", level_names[hypervisors + 1], guest);
	text__format(bottom, sizeof(bottom), "sink=doorbell warmup=%u", plan->warmup);
	if (hypervisors == 1)
		text__format(cmdline, size, "sink=doorbell %s -- sink=doorbell %s", innermost, top);
	else
		stack__cmdline(cmdline, size, &stack, bottom, innermost, top);
}

static int start(struct places *p, unsigned number)
{
	const struct places_plan *plan = p->plan;
	char hypervisor[512], bench[512], cmdline[2400], guest[160];
	struct vm_plan vm_plan = {.image = bench, .cmdline = cmdline, .memory_mib = plan->memory_mib};
	int result;

	text__format(hypervisor, sizeof(hypervisor), "%s/hypervisor.elf", plan->images);
	text__format(bench, sizeof(bench), "%s/bench.elf", plan->images);
	text__format(guest, sizeof(guest), "warmup=%u seed=%u pages=%s", plan->warmup, plan->seed, plan->guest_pages);
	if (plan->chase_set) {
		text__format(guest + strlen(guest), sizeof(guest) - strlen(guest), " chase_set=%u chase_pages=%u",
			     (unsigned)(plan->chase_set >> 10), plan->chase_pages);
		vm_plan.memory_mib = number == VM_GUEST ? p->shares.guest_mib : p->shares.nested_mib;
	}
	if (number == VM_GUEST) {
		text__format(cmdline, sizeof(cmdline), "sink=doorbell level=L1 %s", guest);
	} else {
		write_cmdline(cmdline, sizeof(cmdline), p, number, guest);
		vm_plan.memory_mib += STACK_HYPERVISOR_MIB * (number - 1);
		vm_plan.image = hypervisor;
		for (unsigned i = 1; i < number; i++)
			vm_plan.module[vm_plan.modules++] = hypervisor;
		vm_plan.module[vm_plan.modules++] = bench;
		vm_plan.nested = true;
		vm_plan.high_mib = strcmp(plan->ept, "1G") == 0        ? HIGH_MIB_GUEST
				   : vm_plan.memory_mib <= LOW_MIB_MAX ? HIGH_MIB_FRESH
								       : 0;
	}
	p->started[number] = true;
	result = vm__create(&p->vm[number], &vm_plan);
	p->guest[number].vm = &p->vm[number];
	if (result == NB_EXIT_GOOD && plan->chase_set && !tell_pages(&p->vm[number]))
		result = NB_EXIT_FAILED;
	if (result == NB_EXIT_GOOD) {
		p->verdict[number] = guest__run(&p->guest[number], 0);
		result = p->verdict[number] == GUEST_ASKS ? NB_EXIT_GOOD : NB_EXIT_FAILED;
		if (p->verdict[number] == GUEST_DONE)
			pr_err("the guest ended before it asked what to measure");
	}
	return result;
}

static int run_in_guest(struct places *p, enum place place, enum nb_op op, uint32_t n)
{
	unsigned number = place__hypervisors(place);
	uint32_t next = NB_NEXT(op, n) | (place__is_hypervisor(place) ? NB_NEXT_HYPERVISOR : 0);
	int result = p->started[number] ? NB_EXIT_GOOD : start(p, number);

	if (result != NB_EXIT_GOOD)
		return result;
	p->verdict[number] = guest__run(&p->guest[number], next);
	if (p->verdict[number] == GUEST_DONE)
		pr_err("the guest ended before all was measured");
	/* A skipped operation writes its reason without a doorbell, so the ring is drained here. */
	return p->verdict[number] == GUEST_ASKS && stream__drain(p->guest[number].ring) ? NB_EXIT_GOOD : NB_EXIT_FAILED;
}

/*
 * Tells the guests that nothing is left, so that they end normally before their VMs are destroyed.
 */
static int finish(struct places *p, int result)
{
	for (unsigned i = 0; i < VM_COUNT; i++) {
		if (!p->started[i])
			continue;
		if (result == NB_EXIT_GOOD && guest__run(&p->guest[i], NB_NEXT_DONE) != GUEST_DONE)
			result = NB_EXIT_FAILED;
	}
	return result;
}

/*
 * Divides the memory between the places that will run the pointer chase. Must run before any memory
 * is mapped.
 */
static void share_memory(struct places *p, const struct nb_schedule *schedule)
{
	bool there[PLACE_COUNT] = {false};

	for (uint32_t i = 0; i < schedule->count; i++)
		there[schedule->entry[i].place % PLACE_COUNT] = true;
	p->shares = chase_memory__share(p->plan->chase_set, chase_memory__available(), there[PLACE_PROCESS],
					there[PLACE_GUEST] + there[PLACE_NESTED], p->plan->ept);
	chase_memory__limit(p->shares.process_set);
}

struct places *places__new(const struct places_plan *plan)
{
	struct places *p = calloc(1, sizeof(*p));

	if (!p)
		pr_err("no memory");
	else
		p->plan = plan;
	return p;
}

int places__run(struct places *p, struct nb_schedule *schedule)
{
	struct nb_schedule_entry entry;
	int result = NB_EXIT_GOOD;
	uint32_t n;

	if (p->plan->chase_set)
		share_memory(p, schedule);
	guest__watch(p->plan->timeout);
	while (result == NB_EXIT_GOOD && nb_schedule_next(schedule, &entry, &n)) {
		if (!begin_level(p, entry.place) || guest__stopped())
			result = NB_EXIT_FAILED;
		else if (entry.place % PLACE_COUNT == PLACE_PROCESS)
			result = run_in_process(p, entry.op, n);
		else
			result = run_in_guest(p, entry.place % PLACE_COUNT, entry.op, n);
	}
	return finish(p, result);
}

void places__free(struct places *p)
{
	for (unsigned i = 0; p && i < VM_COUNT; i++)
		if (p->started[i])
			vm__destroy(&p->vm[i]);
	free(p);
}
