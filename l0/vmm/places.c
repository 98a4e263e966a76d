// SPDX-License-Identifier: GPL-2.0-only
/* Starts the VMs that a schedule needs and lets its windows take turns in them. */
#include "places.h"

#include <stdio.h>
#include <string.h>

#include "bpf_witness.h"
#include "guest.h"
#include "measure.h"
#include "stream.h"
#include "util.h"

static const char *const level_of[PLACE_COUNT] = {
	[PLACE_PROCESS] = "L0",
	[PLACE_GUEST] = "L1",
	[PLACE_HYPERVISOR] = "L1",
	[PLACE_NESTED] = "L2",
};

/* Our hypervisor and its guest share a VM. */
enum { VM_GUEST, VM_NESTED, VM_COUNT };

struct places {
	const struct places_plan *plan;
	struct vm vm[VM_COUNT];
	struct guest guest[VM_COUNT];
	enum guest_verdict verdict[VM_COUNT];
	bool started[VM_COUNT];
	unsigned number; /* place and mode that the stream is about, if it is about any: */
	const char *level;
};

static struct nb_ring process_ring;

bool place__has(enum place place, enum nb_op op)
{
	unsigned where = nb_op_info[op].where;

	/* What a guest or a process cannot do is listed with its reason; what only hypervisors do has a place of its own. */
	return place == PLACE_HYPERVISOR ? op != NB_OP_empty && where & NB_ROOT : where & NB_ANYWHERE;
}

/* The stream tells whose records follow, where that changes; of several modes it tells which one this is. */
static bool begin_level(struct places *p, unsigned number)
{
	const enum place place = number % PLACE_COUNT;
	const enum trace_mode mode = number / PLACE_COUNT;

	if (p->level && strcmp(p->level, level_of[place]) == 0 && p->number / PLACE_COUNT == mode)
		return true;
	p->level = level_of[place];
	p->number = number;
	if (!bpf_witness__choose(mode))
		return false;
	if (p->plan->modes & (p->plan->modes - 1) && !stream__text("run.trace=%s", trace_mode_text[mode]))
		return false;
	return stream__text("run.level=%s", p->level) && stream__text("run.l0=kvm") &&
	       stream__text("run.vmm=nestbed") && stream__text("run.config=%s", p->plan->config);
}

/* L0: the operations in this very process. Its doorbell is a function call. */
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
	if (!nb_measure_window(&place, op, n, p->plan->warmup)) {
		pr_err("%s is not linked into this program", nb_op_info[op].name);
		return NB_EXIT_FAILED;
	}
	return stream__drain(&process_ring) && drained ? NB_EXIT_GOOD : NB_EXIT_FAILED;
}

static int start(struct places *p, unsigned number)
{
	const struct places_plan *plan = p->plan;
	char hypervisor[512], bench[512], cmdline[1200], guest[96];
	struct vm_plan vm_plan = {.image = bench, .cmdline = cmdline, .memory_mib = plan->memory_mib};
	int result;

	text__format(hypervisor, sizeof(hypervisor), "%s/hypervisor.elf", plan->images);
	text__format(bench, sizeof(bench), "%s/bench.elf", plan->images);
	text__format(guest, sizeof(guest), "warmup=%u seed=%u pages=%s", plan->warmup, plan->seed, plan->guest_pages);
	if (number == VM_GUEST) {
		text__format(cmdline, sizeof(cmdline), "sink=doorbell level=L1 %s", guest);
	} else {
		text__format(cmdline, sizeof(cmdline), "sink=doorbell ept=%s warmup=%u %s -- sink=doorbell level=L2 %s",
			     plan->ept, plan->warmup, plan->hypervisor_words, guest);
		vm_plan.image = hypervisor;
		vm_plan.module = bench;
		vm_plan.nested = true;
		vm_plan.high_memory = strcmp(plan->ept, "1G") == 0;
	}
	p->started[number] = true;
	result = vm__create(&p->vm[number], &vm_plan);
	p->guest[number].vm = &p->vm[number];
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
	unsigned number = place == PLACE_GUEST ? VM_GUEST : VM_NESTED;
	uint32_t next = NB_NEXT(op, n) | (place == PLACE_HYPERVISOR ? NB_NEXT_HYPERVISOR : 0);
	int result = p->started[number] ? NB_EXIT_GOOD : start(p, number);

	if (result != NB_EXIT_GOOD)
		return result;
	p->verdict[number] = guest__run(&p->guest[number], next);
	if (p->verdict[number] == GUEST_DONE)
		pr_err("the guest ended before all was measured");
	/* A reason to skip has rung no doorbell. */
	return p->verdict[number] == GUEST_ASKS && stream__drain(p->guest[number].ring) ? NB_EXIT_GOOD : NB_EXIT_FAILED;
}

/* Tells the guests that nothing is left, so that they end in words rather than by being taken away. */
static int finish(struct places *p, int result)
{
	for (unsigned i = 0; i < VM_COUNT; i++) {
		if (!p->started[i])
			continue;
		if (result == NB_EXIT_GOOD && guest__run(&p->guest[i], NB_NEXT_DONE) != GUEST_DONE)
			result = NB_EXIT_FAILED;
		vm__destroy(&p->vm[i]);
	}
	return result;
}

int places__run(struct nb_schedule *schedule, const struct places_plan *plan)
{
	static struct places p;
	struct nb_schedule_entry entry;
	int result = NB_EXIT_GOOD;
	uint32_t n;

	p.plan = plan;
	guest__watch(plan->timeout);
	while (result == NB_EXIT_GOOD && nb_schedule_next(schedule, &entry, &n)) {
		if (!begin_level(&p, entry.place) || guest__stopped())
			result = NB_EXIT_FAILED;
		else if (entry.place % PLACE_COUNT == PLACE_PROCESS)
			result = run_in_process(&p, entry.op, n);
		else
			result = run_in_guest(&p, entry.place % PLACE_COUNT, entry.op, n);
	}
	return finish(&p, result);
}
