// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs a guest: KVM_RUN, the doorbell, the serial port and the watchdog. Every exit reason is
 * either handled or reported by name.
 */
#include "l0/vmm/guest_run.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "l0/base/util.h"
#include "l0/vmm/bpf_witness.h"
#include "l0/vmm/stream.h"
#include "l0/vmm/tables_witness.h"
#include "l0/vmm/page_removal.h"
#include "microbench/abi/doorbell.h"
#include "microbench/abi/ports.h"
#include "microbench/trap_requests.h"

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

#define REASONS (sizeof(exit_name) / sizeof(exit_name[0]))

/* counts of KVM_RUN's returns by reason; the last element counts all other reasons */
static uint64_t returns[REASONS + 1];
static bool stops_first; /* stop this process before the next guest runs */

static unsigned watchdog_s;
static uint64_t progress_seen; /* the running guest's progress at the watchdog's last tick */
static volatile sig_atomic_t ticked, told_to_stop;
static struct kvm_run *signalled_run;

/*
 * Setting immediate_exit prevents a race: KVM_RUN returns at once if the signal comes just before
 * it.
 */
static void on_signal(int signal)
{
	if (signal == SIGALRM)
		ticked = 1;
	else
		told_to_stop = signal;
	if (signalled_run)
		signalled_run->immediate_exit = 1;
}

static void console_put(struct guest *g, char c)
{
	if (c != '\n' && c != '\r')
		g->line[g->line_length++] = c;
	if ((c == '\n' && g->line_length > 0) || g->line_length == sizeof(g->line) - 1) {
		fprintf(stderr, "| %.*s\n", (int)g->line_length, g->line);
		g->line_length = 0;
	}
}

static enum guest_verdict open_window(struct guest *g)
{
	if (!stream__drain(g->ring) || !bpf_witness__begin() || !kvm_stats__begin(g->vm->stats))
		return GUEST_FAILED;
	return GUEST_RUNS;
}

static enum guest_verdict close_window(struct guest *g)
{
	if (!kvm_stats__end(g->vm->stats) || !bpf_witness__end() || !stream__drain(g->ring) ||
	    !kvm_stats__write(g->vm->stats) || !bpf_witness__write())
		return GUEST_FAILED;
	return GUEST_RUNS;
}

static enum guest_verdict doorbell(struct guest *g, uint32_t what)
{
	g->doorbells++;
	if (!g->ring && what != NB_DOORBELL_FAILED) {
		pr_err("the guest rings doorbell %u before it announced a ring", what);
		return GUEST_FAILED;
	}
	switch (what) {
	case NB_DOORBELL_OPEN:
		return open_window(g);
	case NB_DOORBELL_CLOSE:
		return close_window(g);
	case NB_DOORBELL_REHEARSE:
		return kvm_stats__begin(g->vm->stats) && kvm_stats__end(g->vm->stats) ? GUEST_RUNS : GUEST_FAILED;
	case NB_DOORBELL_TABLES:
		return tables_witness__write(g->vm, g->ring) ? GUEST_RUNS : GUEST_FAILED;
	case NB_DOORBELL_DONE:
		return GUEST_DONE;
	case NB_DOORBELL_FAILED:
		pr_err("the guest gave up; its console says why");
		return GUEST_FAILED;
	default:
		pr_err("the guest rings doorbell %u, which does not exist", what);
		return GUEST_FAILED;
	}
}

static enum guest_verdict take_page(const struct guest *g, uint16_t port, uint32_t frame)
{
	uint8_t *page = vm__memory(g->vm, (uint64_t)frame << 12, 4096);

	if (!page)
		pr_err("the guest asks to take page %x away, but the page is not in its memory", frame);
	return page && (port == NB_PORT_TAKE ? taker__take(page) : taker__await(page)) ? GUEST_RUNS : GUEST_FAILED;
}

static enum guest_verdict io(struct guest *g)
{
	const struct kvm_run *run = g->vm->run;
	uint8_t *data = (uint8_t *)g->vm->run + run->io.data_offset;
	bool out = run->io.direction == KVM_EXIT_IO_OUT;
	uint16_t port = run->io.port;
	uint32_t value = 0;

	if (!out && port == NB_PORT_DOORBELL && run->io.size == 4)
		return GUEST_ASKS; /* put_answer() writes the value later */
	if (!out && port == NB_PORT_TRAP_REQUESTS && run->io.size == 4) {
		memset(data, 0, 4); /* KVM supports no trap requests */
		return GUEST_RUNS;
	}
	/* Operations measure which level handles these ports, so the VMM does nothing. */
	if (out && (port == NB_PORT_MESSAGE || port == NB_PORT_USER))
		return GUEST_RUNS;
	memcpy(&value, data, run->io.size < 4 ? run->io.size : 4);
	if (out && port == NB_PORT_DOORBELL && run->io.size == 4)
		return doorbell(g, value);
	if (out && port == NB_PORT_RING && run->io.size == 4) {
		struct nb_ring *ring = vm__memory(g->vm, (uint64_t)value << 12, sizeof(*ring));

		if (!ring || !nb_ring_valid(ring)) {
			pr_err("the guest announces a ring at page %x, but the page is not in its memory or is not a ring",
			       value);
			return GUEST_FAILED;
		}
		g->ring = ring;
		return GUEST_RUNS;
	}
	if ((port == NB_PORT_TAKE || port == NB_PORT_AWAIT) && run->io.size == 4) {
		if (out)
			return take_page(g, port, value);
		value = port == NB_PORT_TAKE ? 0 : taker__awaited();
		memcpy(data, &value, 4);
		return GUEST_RUNS;
	}
	if (port >= COM1 && port <= COM1_LAST) {
		if (out && port == COM1_LCR)
			g->dlab = data[0] & LCR_DLAB;
		if (out && port == COM1 && !g->dlab)
			for (uint32_t i = 0; i < run->io.count; i++)
				console_put(g, (char)data[i]);
		if (!out)
			memset(data, port == COM1_LSR ? LSR_IDLE : 0, (size_t)run->io.size * run->io.count);
		return GUEST_RUNS;
	}
	pr_err("the guest %s port %x (%u bytes), which this machine does not have", out ? "writes" : "reads", port,
	       run->io.size);
	return GUEST_FAILED;
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

/* Returns true if the vCPU runs a nested guest (L2). */
static bool runs_guest(const struct vm *vm)
{
	static union {
		struct kvm_nested_state state;
		uint8_t room[sizeof(struct kvm_nested_state) + sizeof(struct kvm_vmx_nested_state_data)];
	} nested;

	nested.state.size = sizeof(nested);
	return ioctl(vm->vcpu, KVM_GET_NESTED_STATE, &nested) == 0 && nested.state.flags & KVM_STATE_NESTED_GUEST_MODE;
}

static enum guest_verdict handle(struct guest *g)
{
	const struct kvm_run *run = g->vm->run;
	uint32_t reason = run->exit_reason;

	switch (reason) {
	case KVM_EXIT_IO:
		return io(g);
	case KVM_EXIT_INTR:
		return GUEST_RUNS;
	case KVM_EXIT_SHUTDOWN:
		pr_err("the guest shut its CPU down (triple fault)");
		break;
	case KVM_EXIT_MMIO:
		if (run->mmio.phys_addr >> 12 == NB_MMIO_USER >> 12 && run->mmio.is_write)
			return GUEST_RUNS;
		pr_err("%s %s guest-physical %llx, where this machine has nothing",
		       runs_guest(g->vm) ? "L2, by what L1 has mapped for it," : "the guest",
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
		       reason < REASONS && exit_name[reason] ? exit_name[reason] : "?", reason);
	}
	print_registers(g->vm);
	return GUEST_FAILED;
}

bool guest__stopped(void)
{
	static bool said;

	if (told_to_stop && !said)
		pr_err("stopped by %s: the samples so far are kept", strsignal(told_to_stop));
	said = said || told_to_stop;
	return told_to_stop;
}

/* Handles a signal: a tick of the watchdog, or a request to stop. */
static enum guest_verdict interrupted(struct guest *g)
{
	uint64_t progress = g->doorbells + (g->ring ? g->ring->head : 0);

	g->vm->run->immediate_exit = 0;
	if (guest__stopped())
		return GUEST_FAILED;
	if (!ticked)
		return GUEST_RUNS;
	ticked = 0;
	if (progress != progress_seen) {
		progress_seen = progress;
		return GUEST_RUNS;
	}
	pr_err("the guest hangs: no sample for %u s (--timeout)", watchdog_s);
	print_registers(g->vm);
	return GUEST_FAILED;
}

void guest__watch(unsigned timeout_s)
{
	const struct itimerspec period = {{timeout_s, 0}, {timeout_s, 0}};
	/* no SA_RESTART, because a signal must end KVM_RUN */
	const struct sigaction action = {.sa_handler = on_signal};
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM};
	timer_t timer;

	watchdog_s = timeout_s;
	sigaction(SIGALRM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	if (timer_create(CLOCK_MONOTONIC, &event, &timer) != 0 || timer_settime(timer, 0, &period, NULL) != 0)
		pr_err("cannot start the watchdog of the guest: %s", strerror(errno));
}

static void put_answer(struct guest *g, uint32_t answer)
{
	const struct kvm_run *run = g->vm->run;

	if (run->exit_reason == KVM_EXIT_IO && run->io.direction == KVM_EXIT_IO_IN)
		memcpy((uint8_t *)g->vm->run + run->io.data_offset, &answer, sizeof(answer));
}

void guest__stop_first(void)
{
	stops_first = true;
}

uint64_t guest__returns(char *text, size_t size)
{
	uint64_t all = 0;

	text[0] = '\0';
	for (size_t i = 0; i <= REASONS; i++) {
		if (returns[i])
			text__format(text + strlen(text), size - strlen(text), "%s%s %llu", all ? ", " : "",
				     i < REASONS && exit_name[i] ? exit_name[i] : "OTHER",
				     (unsigned long long)returns[i]);
		all += returns[i];
	}
	return all;
}

enum guest_verdict guest__run(struct guest *g, uint32_t answer)
{
	enum guest_verdict verdict = GUEST_RUNS;

	if (stops_first)
		raise(SIGSTOP);
	stops_first = false;
	put_answer(g, answer);
	g->vm->run->immediate_exit = 0;
	/*
	 * Earlier ticks came while another guest ran, or none. This guest gets a whole period,
	 * which starts at the next tick.
	 */
	ticked = 0;
	progress_seen = UINT64_MAX;
	signalled_run = g->vm->run;
	if (told_to_stop)
		verdict = interrupted(g);
	while (verdict == GUEST_RUNS) {
		const int error = ioctl(g->vm->vcpu, KVM_RUN, 0);

		/* Failed calls count too, as they do in the tracepoint kvm_userspace_exit. */
		returns[g->vm->run->exit_reason < REASONS ? g->vm->run->exit_reason : REASONS]++;
		if (error == 0) {
			verdict = handle(g);
		} else if (errno == EINTR) {
			verdict = interrupted(g);
		} else if (errno != EAGAIN) {
			pr_err("KVM_RUN: %s", strerror(errno));
			verdict = GUEST_FAILED;
		}
	}
	signalled_run = NULL;
	if (verdict == GUEST_ASKS)
		return verdict;
	console_put(g, '\n');
	if (g->ring && !stream__drain(g->ring))
		verdict = GUEST_FAILED;
	return verdict;
}
