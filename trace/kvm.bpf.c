// SPDX-License-Identifier: GPL-2.0-only
/*
 * The eBPF programs: at KVM's tracepoints, count always; measure durations and send every event on only if they are asked to.
 * Filters are constants when the programs are loaded, so what is not asked for is not even translated.
 */
#include <stdbool.h>

#include <linux/bpf.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "trace/trace_event.h"

char LICENSE[] SEC("license") = "GPL";

/* Of KVM's structures only what is read here: where it lies is found in the running kernel (CO-RE). */
struct kvm_vcpu_stat {
	__u64 guest_mode; /* 1 while L2 runs */
} __attribute__((preserve_access_index));

#define REGISTERS 17
#define RIP       16 /* VCPU_REGS_RIP: as the instruction set numbers registers, and RIP behind them */

struct kvm_vcpu_arch {
	unsigned long regs[REGISTERS];
	__u32 regs_avail; /* a bit for each register that is read from the VMCS already */
} __attribute__((preserve_access_index));

struct kvm_vcpu {
	int vcpu_id;
	struct kvm_vcpu_arch arch;
	struct kvm_vcpu_stat stat;
} __attribute__((preserve_access_index));

/* The record of the tracepoint kvm_exit: to fill it the kernel reads RIP and the exit information from the VMCS. */
struct trace_event_raw_kvm_exit {
	unsigned int exit_reason;
	unsigned long guest_rip;
	__u64 info1; /* exit qualification */
	__u32 intr_info, error_code;
} __attribute__((preserve_access_index));

union vmx_exit_reason {
	__u32 full;
} __attribute__((preserve_access_index));

struct vcpu_vmx {
	struct kvm_vcpu vcpu;
	union vmx_exit_reason exit_reason;
	unsigned long exit_qualification;
} __attribute__((preserve_access_index));

/* Linux 6.15 and later: what VMX and TDX have in common is a structure of its own. */
struct vcpu_vt {
	union vmx_exit_reason exit_reason;
	unsigned long exit_qualification;
} __attribute__((preserve_access_index));

struct vcpu_vmx___vt {
	struct vcpu_vt vt;
} __attribute__((preserve_access_index));

const volatile __u32 filter_tgid;       /* 0: any process */
const volatile bool filtering;          /* by any of the next four */
const volatile __u32 filter_vcpu;       /* number + 1; 0: any */
const volatile __u32 filter_level;      /* 1 or 2, of exits; 0: both */
const volatile bool filter_reason;      /* only exits whose bit is set: */
const volatile __u64 wanted_reasons[2]; /* bit: reason */
const volatile bool timing;             /* durations from exit to entry */
const volatile bool streaming;          /* every event into the ring buffer */

const volatile __u32 ring_mask; /* slots of the ring buffer, a power of two, - 1 */
const volatile __u32
	ring_full; /* so many are all that are used: CPUs that see the last free one at once need some more */

struct trace_counts counts[TRACE_CPUS];
struct trace_ring ring;
struct trace_thread threads[TRACE_THREADS];

/*
 * Not BPF_MAP_TYPE_RINGBUF: its lock and its two calls cost more than all else that an event takes. Ours is plain memory, too,
 * that the reader maps.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* set before loading */
	__type(key, __u32);
	__type(value, struct trace_slot);
} slots SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 2 * TRACE_REASONS);
	__type(key, __u32);
	__type(value, struct trace_histogram);
} histograms SEC(".maps");

/*
 * By vCPU, not by CPU: between an exit and its entry the thread may sleep, another vCPU may run on its CPU, and it may wake on
 * another one. Of two vCPUs that share a slot the later exit takes it, and the other's duration is lost, not wrong.
 */
struct trace_pending pending[TRACE_VCPUS];

/* By its address, which is at hand; its number would have to be read. It begins on a page. */
static __always_inline struct trace_pending *pending_of(const struct kvm_vcpu *vcpu)
{
	__u64 address = (__u64)(unsigned long)vcpu;

	return &pending[(address >> 12 ^ address >> 20) & (TRACE_VCPUS - 1)];
}

static __always_inline bool wanted(void)
{
	return !filter_tgid || bpf_get_current_pid_tgid() >> 32 == filter_tgid;
}

static __always_inline __u32 cpu(void)
{
	return bpf_get_smp_processor_id() & (TRACE_CPUS - 1);
}

static __always_inline void count(enum trace_kind kind)
{
	counts[cpu()].kinds[kind]++;
}

/* The next slot, with time and number in it; NULL if the ring is full. Who gets it must publish() it. */
static __always_inline struct trace_slot *reserve(__u64 *position)
{
	struct trace_slot *slot;
	__u32 index;

	if (!streaming)
		return NULL;
	if (ring.head - *(volatile __u64 *)&ring.tail >= ring_full) {
		__sync_fetch_and_add(&ring.lost, 1);
		return NULL;
	}
	*position = __sync_fetch_and_add(&ring.head, 1);
	index = *position & ring_mask;
	slot = bpf_map_lookup_elem(&slots, &index);
	if (!slot)
		return NULL;
	slot->event.time = bpf_ktime_get_ns();
	slot->event.seq = *position + ring.lost;
	return slot;
}

/* x86 lets no store overtake another one. */
static __always_inline void publish(struct trace_slot *slot, __u64 position)
{
	asm volatile("" ::: "memory");
	*(volatile __u64 *)&slot->stamp = position + 1;
}

/* Of a thread that is known: of a vCPU that is wanted. */
static __always_inline void send_all(const struct trace_thread *thread, enum trace_kind kind, __u8 level, __u8 reason,
				     __u64 info, __u64 rip, __u32 interruption_info, __u32 error_code)
{
	__u64 position;
	struct trace_slot *slot = reserve(&position);

	if (!slot)
		return;
	slot->event.info = info;
	/* Its four bytes at once: each store of its own would cost two instructions. */
	_Static_assert(__builtin_offsetof(struct trace_event, level) ==
				       __builtin_offsetof(struct trace_event, reason) + 3 &&
			       __builtin_offsetof(struct trace_event, reason) % 4 == 0,
		       "reason, vCPU, kind and level are one word");
	*(__u32 *)&slot->event.reason = reason | (__u32)thread->vcpu << 8 | (__u32)kind << 16 | (__u32)level << 24;
	slot->event.rip = rip;
	slot->event.interruption_info = interruption_info;
	slot->event.error_code = error_code;
	publish(slot, position);
}

static __always_inline void send(const struct trace_thread *thread, enum trace_kind kind, __u8 level, __u8 reason,
				 __u64 info)
{
	send_all(thread, kind, level, reason, info, 0, 0, 0);
}

static __always_inline struct trace_thread *thread_of(__u64 id)
{
	return &threads[(__u32)id & (TRACE_THREADS - 1)];
}

/*
 * The thread that this is. False if it runs no vCPU that is wanted. One that has not been seen to enter is not known yet: which
 * level it has would be a guess.
 */
static __always_inline bool is_known(struct trace_thread **thread)
{
	__u64 id = bpf_get_current_pid_tgid();

	*thread = thread_of(id);
	return (*thread)->id == id;
}

/* What L0 does for its guest, whichever runs now. */
static __always_inline int send_own(enum trace_kind kind, __u8 reason, __u64 info)
{
	struct trace_thread *thread;

	if (!is_known(&thread))
		return 0;
	count(kind);
	send(thread, kind, thread->level, reason, info);
	return 0;
}

static __always_inline __u32 limit(__u32 reason)
{
	reason &= 0xffff;
	return reason < TRACE_REASONS ? reason : TRACE_REASONS - 1;
}

/* TRACE_REASONS - 1 where this KVM has neither structure: it is not VMX. */
static __always_inline __u32 read_reason(void *vcpu)
{
	struct vcpu_vmx *vmx = vcpu;
	struct vcpu_vmx___vt *vt = vcpu;
	__u32 reason = TRACE_REASONS - 1;

	if (bpf_core_field_exists(vmx->exit_reason))
		bpf_core_read(&reason, sizeof(reason), &vmx->exit_reason.full);
	else if (bpf_core_field_exists(vt->vt))
		bpf_core_read(&reason, sizeof(reason), &vt->vt.exit_reason.full);
	return limit(reason);
}

static __always_inline bool wanted_vcpu(const struct kvm_vcpu *vcpu)
{
	return wanted() && (!filtering || !filter_vcpu || vcpu->vcpu_id + 1 == (int)filter_vcpu);
}

static __always_inline bool wanted_exit(__u32 nested, __u32 reason)
{
	if (!filtering)
		return true;
	if (filter_level && filter_level != nested + 1)
		return false;
	return !filter_reason || wanted_reasons[reason >> 6 & 1] >> (reason & 63) & 1;
}

static __always_inline void exit_of(struct kvm_vcpu *vcpu, __u32 nested, __u32 reason)
{
	__u32 index = nested * TRACE_REASONS + reason;
	struct trace_thread *thread;
	struct trace_pending *p;

	if (!wanted_exit(nested, reason))
		return;
	((__u64 *)counts[cpu()].exits)[index]++;
	if (timing) {
		p = pending_of(vcpu);
		p->vcpu = (__u64)(unsigned long)vcpu;
		p->index = index;
		p->time = bpf_ktime_get_ns(); /* last: what we do is not the exit's */
	}
	if (streaming) {
		if (!is_known(&thread))
			return;
		thread->reason = reason + 1;
		send(thread, TRACE_EXIT, 1 + nested, reason, 0);
	}
}

/*
 * Here and below: since Linux 6.13, and in 6.12 as distributions have it, the verifier takes no pointer that a module's
 * tracepoint hands over unless it was compared with NULL.
 */
SEC("tp_btf/kvm_exit")
int BPF_PROG(on_exit, struct kvm_vcpu *vcpu)
{
	if (vcpu && wanted_vcpu(vcpu))
		exit_of(vcpu, vcpu->stat.guest_mode != 0, read_reason(vcpu));
	return 0;
}

/* Until Linux 5.15 the tracepoint brings the reason along. Programs named _old are for tracepoints whose arguments have changed. */
SEC("tp_btf/kvm_exit")
int BPF_PROG(on_exit_old, unsigned int reason, struct kvm_vcpu *vcpu)
{
	if (vcpu && wanted_vcpu(vcpu))
		exit_of(vcpu, vcpu->stat.guest_mode != 0, limit(reason));
	return 0;
}

/*
 * Where events are streamed, kvm_exit is read from its record, which is dear, but says where the guest was and why it left. It does
 * not say who ran: that the thread's last entry has told. A thread that has not been seen to enter is
 * not counted: nor is one of a process or a vCPU that is not wanted.
 */
SEC("tp/kvm/kvm_exit")
int on_exit_record(struct trace_event_raw_kvm_exit *record)
{
	struct trace_thread *thread;
	__u32 reason = limit(record->exit_reason), nested;

	if (!is_known(&thread))
		return 0;
	nested = thread->level == 2;
	thread->reason = reason + 1;
	if (!wanted_exit(nested, reason))
		return 0;
	((__u64 *)counts[cpu()].exits)[nested * TRACE_REASONS + reason]++;
	send_all(thread, TRACE_EXIT, 1 + nested, reason, record->info1, record->guest_rip, record->intr_info,
		 record->error_code);
	return 0;
}

static __always_inline void duration_of(const struct kvm_vcpu *vcpu)
{
	struct trace_pending *p = pending_of(vcpu);
	struct trace_histogram *h;
	__u32 index, bucket;
	__u64 duration;

	if (p->vcpu != (__u64)(unsigned long)vcpu)
		return;
	duration = bpf_ktime_get_ns() - p->time;
	index = p->index;
	p->vcpu = 0;
	h = bpf_map_lookup_elem(&histograms, &index);
	if (!h)
		return;
	h->total += duration;
	if (duration > h->max)
		h->max = duration;
	bucket = trace_bucket(duration);
	if (bucket < TRACE_BUCKETS)
		h->bucket[bucket]++;
}

static __always_inline __u8 number_of(const struct kvm_vcpu *vcpu)
{
	__u32 number = (__u32)vcpu->vcpu_id;

	return number < TRACE_VCPU_MAX ? number : TRACE_VCPU_MAX;
}

static __always_inline void entry_of(const struct kvm_vcpu *vcpu)
{
	__u64 id = bpf_get_current_pid_tgid();
	struct trace_thread *thread = thread_of(id);
	__u8 level = 1 + (vcpu->stat.guest_mode != 0);

	if (thread->id != id)
		*thread = (struct trace_thread){.id = id, .vcpu = number_of(vcpu)};
	thread->level = level;
	count(TRACE_ENTRY);
	send_all(thread, TRACE_ENTRY, level, 0, 0, vcpu->arch.regs_avail & 1u << RIP ? vcpu->arch.regs[RIP] : 0, 0, 0);
}

/* Attached only where durations are measured or events streamed: an entry follows every exit, and tells a count nothing. */
SEC("tp_btf/kvm_entry")
int BPF_PROG(on_entry, struct kvm_vcpu *vcpu)
{
	if (!vcpu)
		return 0;
	/* Whoever left an exit to be timed was wanted. */
	if (timing)
		duration_of(vcpu);
	if (streaming && wanted_vcpu(vcpu))
		entry_of(vcpu);
	return 0;
}

#include "trace/known.bpf.h"

/* A virtual exit, where nothing but its reason is asked for. */
SEC("tp_btf/kvm_nested_vmexit_inject")
int BPF_PROG(on_virtual_exit_counted, __u32 code)
{
	if (wanted())
		counts[cpu()].virtual_exits[limit(code)]++;
	return 0;
}

/* A virtual exit: what L1 will find in its VMCS. */
SEC("tp_btf/kvm_nested_vmexit_inject")
int BPF_PROG(on_virtual_exit, __u32 code, __u64 info, __u64 vectoring, __u32 interruption_info, __u32 error_code)
{
	struct trace_thread *thread;
	__u32 reason = limit(code);

	if (!is_known(&thread))
		return 0;
	thread->level = 1;
	counts[cpu()].virtual_exits[reason]++;
	send_all(thread, TRACE_VIRTUAL_EXIT, 1, reason, info, 0, interruption_info, error_code);
	return 0;
}

/* The rest tells a story and counts nothing that another witness counts: only where events are streamed. */
SEC("tp_btf/kvm_nested_vmexit")
int BPF_PROG(on_nested_exit, struct kvm_vcpu *vcpu)
{
	struct trace_thread *thread;

	/* The reason is that of the exit just seen. */
	if (vcpu && is_known(&thread))
		send(thread, TRACE_NESTED_EXIT, 2, thread->reason ? thread->reason - 1 : read_reason(vcpu), 0);
	return 0;
}

SEC("tp_btf/kvm_nested_vmexit")
int BPF_PROG(on_nested_exit_old, unsigned int reason)
{
	struct trace_thread *thread;

	if (is_known(&thread))
		send(thread, TRACE_NESTED_EXIT, 2, limit(reason), 0);
	return 0;
}

static __always_inline int nested_entry(__u64 rip)
{
	struct trace_thread *thread;

	if (!is_known(&thread))
		return 0;
	thread->level = 2;
	count(TRACE_NESTED_ENTRY);
	send(thread, TRACE_NESTED_ENTRY, 2, 0, rip);
	return 0;
}

SEC("tp_btf/kvm_nested_vmenter")
int BPF_PROG(on_nested_entry, __u64 rip, __u64 vmcb, __u64 nested_rip)
{
	return nested_entry(nested_rip);
}

/* KVM's own functions: where in a nested entry, and in a virtual exit, the work on the VMCSs ends. */
SEC("fexit/nested_vmx_enter_non_root_mode")
int BPF_PROG(on_nested_entry_done, struct kvm_vcpu *vcpu, bool from_vmentry, int status)
{
	struct trace_thread *thread;

	if (is_known(&thread) && status == 0)
		send(thread, TRACE_VMCS02_READY, 2, 0, 0);
	return 0;
}

SEC("fexit/nested_vmx_vmexit")
int BPF_PROG(on_virtual_exit_done, struct kvm_vcpu *vcpu)
{
	struct trace_thread *thread;

	if (is_known(&thread))
		send(thread, TRACE_HOST_STATE_LOADED, 1, 0, 0);
	return 0;
}

/* Its name until Linux 6.0. */
SEC("tp_btf/kvm_nested_vmrun")
int BPF_PROG(on_nested_run, __u64 rip, __u64 vmcb, __u64 nested_rip)
{
	return nested_entry(nested_rip);
}

SEC("tp_btf/kvm_inj_virq")
int BPF_PROG(on_interrupt, __u32 vector)
{
	return send_own(TRACE_INTERRUPT, 0, vector);
}

SEC("tp_btf/kvm_inj_exception")
int BPF_PROG(on_exception, unsigned int vector)
{
	return send_own(TRACE_EXCEPTION, 0, vector);
}

SEC("tp_btf/kvm_page_fault")
int BPF_PROG(on_page_fault, struct kvm_vcpu *vcpu, __u64 address)
{
	return send_own(TRACE_PAGE_FAULT, 0, address);
}

SEC("tp_btf/kvm_page_fault")
int BPF_PROG(on_page_fault_old, unsigned long address)
{
	return send_own(TRACE_PAGE_FAULT, 0, address);
}

SEC("tp_btf/kvm_msr")
int BPF_PROG(on_msr, unsigned int write, __u32 number)
{
	return send_own(TRACE_MSR, write, number);
}

SEC("tp_btf/kvm_pio")
int BPF_PROG(on_pio, unsigned int write, unsigned int port)
{
	return send_own(TRACE_PIO, write, port);
}

SEC("tp_btf/kvm_hypercall")
int BPF_PROG(on_hypercall, unsigned long number)
{
	return send_own(TRACE_HYPERCALL, 0, number);
}

SEC("tp_btf/kvm_userspace_exit")
int BPF_PROG(on_user, __u32 reason)
{
	struct trace_thread *thread;

	if (streaming ? !is_known(&thread) : !wanted())
		return 0;
	reason &= TRACE_USER_REASONS - 1;
	count(TRACE_USER);
	counts[cpu()].user_exits[reason]++;
	if (streaming)
		send(thread, TRACE_USER, thread->level, reason, 0);
	return 0;
}
