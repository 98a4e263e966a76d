// SPDX-License-Identifier: GPL-2.0-only
/* KVM_RUN, the doorbell, the serial port, the watchdog; every exit reason is handled or named. */
#include "exits.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "abi/doorbell.h"
#include "abi/ring.h"
#include "stream.h"
#include "util.h"

#define COM1      0x3f8
#define COM1_LAST 0x3ff
#define COM1_LCR  0x3fb
#define COM1_LSR  0x3fd
#define LCR_DLAB  0x80
#define LSR_IDLE  0x60

#define NAME(reason) [KVM_EXIT_##reason] = #reason
/* clang-format off */
static const char *const exit_name[] = {
	NAME(UNKNOWN),        NAME(EXCEPTION),     NAME(IO),           NAME(HYPERCALL),
	NAME(DEBUG),          NAME(HLT),           NAME(MMIO),         NAME(IRQ_WINDOW_OPEN),
	NAME(SHUTDOWN),       NAME(FAIL_ENTRY),    NAME(INTR),         NAME(SET_TPR),
	NAME(TPR_ACCESS),     NAME(NMI),           NAME(INTERNAL_ERROR), NAME(SYSTEM_EVENT),
	NAME(IOAPIC_EOI),     NAME(HYPERV),        NAME(X86_RDMSR),    NAME(X86_WRMSR),
	NAME(DIRTY_RING_FULL), NAME(X86_BUS_LOCK), NAME(XEN),          NAME(NOTIFY),
};
/* clang-format on */
#undef NAME

enum verdict { GO_ON, DONE, FAILED };

struct guest_state {
	struct vm *vm;
	struct nb_ring *ring;
	uint64_t doorbells;
	uint64_t progress_seen; /* at the last tick of the watchdog */
	char line[256];         /* of the guest's console, until it is whole */
	size_t line_length;
	bool dlab; /* its data port is the divisor's */
};

static volatile sig_atomic_t ticked, told_to_stop;
static struct kvm_run *signalled_run;

/* KVM_RUN returns at once if the signal came just before it: no race. */
static void on_signal(int signal)
{
	if (signal == SIGALRM)
		ticked = 1;
	else
		told_to_stop = signal;
	if (signalled_run)
		signalled_run->immediate_exit = 1;
}

static void console_put(struct guest_state *g, char c)
{
	if (c != '\n' && c != '\r')
		g->line[g->line_length++] = c;
	if ((c == '\n' && g->line_length > 0) || g->line_length == sizeof(g->line) - 1) {
		fprintf(stderr, "| %.*s\n", (int)g->line_length, g->line);
		g->line_length = 0;
	}
}

static enum verdict open_window(struct guest_state *g)
{
	if (!stream__drain(g->ring) || !kvm_stats__begin(g->vm->stats))
		return FAILED;
	return GO_ON;
}

static enum verdict close_window(struct guest_state *g)
{
	if (!kvm_stats__end(g->vm->stats) || !stream__drain(g->ring) || !kvm_stats__write(g->vm->stats))
		return FAILED;
	return GO_ON;
}

static enum verdict doorbell(struct guest_state *g, uint32_t what)
{
	g->doorbells++;
	if (!g->ring && what != NB_DOORBELL_FAILED) {
		pr_err("the guest rings doorbell %u before it announced a ring", what);
		return FAILED;
	}
	switch (what) {
	case NB_DOORBELL_OPEN:
		return open_window(g);
	case NB_DOORBELL_CLOSE:
		return close_window(g);
	case NB_DOORBELL_REHEARSE:
		return kvm_stats__begin(g->vm->stats) && kvm_stats__end(g->vm->stats) ? GO_ON : FAILED;
	case NB_DOORBELL_DONE:
		return DONE;
	case NB_DOORBELL_FAILED:
		pr_err("the guest gave up; its console says why");
		return FAILED;
	default:
		pr_err("the guest rings doorbell %u, which does not exist", what);
		return FAILED;
	}
}

static enum verdict io(struct guest_state *g)
{
	const struct kvm_run *run = g->vm->run;
	uint8_t *data = (uint8_t *)g->vm->run + run->io.data_offset;
	bool out = run->io.direction == KVM_EXIT_IO_OUT;
	uint16_t port = run->io.port;
	uint32_t value = 0;

	memcpy(&value, data, run->io.size < 4 ? run->io.size : 4);
	if (out && port == NB_PORT_DOORBELL && run->io.size == 4)
		return doorbell(g, value);
	if (out && port == NB_PORT_RING && run->io.size == 4) {
		struct nb_ring *ring = vm__memory(g->vm, (uint64_t)value << 12, sizeof(*ring));

		if (!ring || !nb_ring_valid(ring)) {
			pr_err("the guest announces a ring at page %x, which is not in its memory or not a ring",
			       value);
			return FAILED;
		}
		g->ring = ring;
		return GO_ON;
	}
	if (port >= COM1 && port <= COM1_LAST) {
		if (out && port == COM1_LCR)
			g->dlab = data[0] & LCR_DLAB;
		if (out && port == COM1 && !g->dlab)
			for (uint32_t i = 0; i < run->io.count; i++)
				console_put(g, (char)data[i]);
		if (!out)
			memset(data, port == COM1_LSR ? LSR_IDLE : 0, (size_t)run->io.size * run->io.count);
		return GO_ON;
	}
	pr_err("the guest %s port %x (%u bytes), which this machine does not have", out ? "writes" : "reads", port,
	       run->io.size);
	return FAILED;
}

static void print_registers(const struct vm *vm)
{
	struct kvm_regs r;
	struct kvm_sregs s;

	if (ioctl(vm->vcpu, KVM_GET_REGS, &r) != 0 || ioctl(vm->vcpu, KVM_GET_SREGS, &s) != 0)
		return;
	fprintf(stderr, "  rip %016llx rsp %016llx rflags %08llx cr0 %08llx cr3 %016llx cr4 %08llx efer %llx\n", r.rip,
		r.rsp, r.rflags, s.cr0, s.cr3, s.cr4, s.efer);
	fprintf(stderr, "  rax %016llx rbx %016llx rcx %016llx rdx %016llx rsi %016llx rdi %016llx\n", r.rax, r.rbx,
		r.rcx, r.rdx, r.rsi, r.rdi);
}

static enum verdict handle(struct guest_state *g)
{
	const struct kvm_run *run = g->vm->run;
	uint32_t reason = run->exit_reason;

	switch (reason) {
	case KVM_EXIT_IO:
		return io(g);
	case KVM_EXIT_INTR:
		return GO_ON;
	case KVM_EXIT_SHUTDOWN:
		pr_err("the guest shut its CPU down (triple fault)");
		break;
	case KVM_EXIT_MMIO:
		pr_err("the guest %s guest-physical %llx, where this machine has nothing",
		       run->mmio.is_write ? "writes" : "reads", run->mmio.phys_addr);
		break;
	case KVM_EXIT_FAIL_ENTRY:
		pr_err("VM entry failed, hardware reason %llx", run->fail_entry.hardware_entry_failure_reason);
		break;
	case KVM_EXIT_INTERNAL_ERROR:
		pr_err("KVM gave up: internal error %u (1: cannot emulate an instruction, 2: simultaneous exceptions, "
		       "3: event "
		       "delivery, 4: unexpected exit reason)",
		       run->internal.suberror);
		break;
	default:
		pr_err("KVM_EXIT_%s (%u): nothing here handles it",
		       reason < sizeof(exit_name) / sizeof(exit_name[0]) && exit_name[reason] ? exit_name[reason] : "?",
		       reason);
	}
	print_registers(g->vm);
	return FAILED;
}

/* After a signal: the watchdog's tick, or somebody wants us to end. */
static enum verdict interrupted(struct guest_state *g, unsigned timeout_s)
{
	uint64_t progress = g->doorbells + (g->ring ? g->ring->head : 0);

	g->vm->run->immediate_exit = 0;
	if (told_to_stop) {
		pr_err("stopped by %s: the samples so far are kept", strsignal(told_to_stop));
		return FAILED;
	}
	if (!ticked)
		return GO_ON;
	ticked = 0;
	if (progress != g->progress_seen) {
		g->progress_seen = progress;
		return GO_ON;
	}
	pr_err("the guest hangs: no sample for %u s (--timeout)", timeout_s);
	print_registers(g->vm);
	return FAILED;
}

static timer_t start_watchdog(struct vm *vm, unsigned timeout_s)
{
	const struct itimerspec period = {{timeout_s, 0}, {timeout_s, 0}};
	const struct sigaction action = {.sa_handler = on_signal}; /* no SA_RESTART: KVM_RUN must return */
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM};
	timer_t timer = 0;

	signalled_run = vm->run;
	sigaction(SIGALRM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	if (timer_create(CLOCK_MONOTONIC, &event, &timer) != 0 || timer_settime(timer, 0, &period, NULL) != 0)
		pr_err("no watchdog over the guest: %s", strerror(errno));
	return timer;
}

int vm__run(struct vm *vm, unsigned timeout_s)
{
	struct guest_state g = {.vm = vm};
	timer_t watchdog = start_watchdog(vm, timeout_s);
	enum verdict verdict = GO_ON;

	while (verdict == GO_ON) {
		if (ioctl(vm->vcpu, KVM_RUN, 0) == 0) {
			verdict = handle(&g);
		} else if (errno == EINTR) {
			verdict = interrupted(&g, timeout_s);
		} else if (errno != EAGAIN) {
			pr_err("KVM_RUN: %s", strerror(errno));
			verdict = FAILED;
		}
	}
	timer_delete(watchdog);
	signalled_run = NULL;
	console_put(&g, '\n');
	if (g.ring && !stream__drain(g.ring))
		verdict = FAILED;
	return verdict == DONE ? NB_EXIT_GOOD : NB_EXIT_FAILED;
}
