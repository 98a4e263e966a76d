// SPDX-License-Identifier: GPL-2.0-only
/*
 * The eBPF programs at KVM's tracepoints. They always count; on request they also measure durations
 * or send every event. Filters are constants when the programs are loaded, so the kernel does not
 * even translate unused code.
 */
#include <stdbool.h>

#include <linux/bpf.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "trace/trace_event.h"

char LICENSE[] SEC("license") = "GPL";

/*
 * These declarations contain only the members of KVM's structures that the programs read. CO-RE
 * finds their offsets in the running kernel.
 */
struct kvm_vcpu_stat {
	__u64 guest_mode; /* 1 while L2 runs */
} __attribute__((preserve_access_index));

#define REGISTERS 17
#define RIP       16 /* VCPU_REGS_RIP: registers have the numbers of the instruction set, and RIP follows them */

struct kvm_vcpu_arch {
	unsigned long regs[REGISTERS];
	__u32 regs_avail; /* a bit for each register that KVM has already read from the VMCS */
} __attribute__((preserve_access_index));

struct kvm_vcpu {
	int vcpu_id;
	struct kvm_vcpu_arch arch;
	struct kvm_vcpu_stat stat;
} __attribute__((preserve_access_index));

/*
 * The record of the tracepoint kvm_exit. To fill it, the kernel reads RIP and the exit information
 * from the VMCS.
 */
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

/* Linux 6.15 and later: the common parts of VMX and TDX are in a separate structure. */
struct vcpu_vt {
	union vmx_exit_reason exit_reason;
	unsigned long exit_qualification;
} __attribute__((preserve_access_index));

struct vcpu_vmx___vt {
	struct vcpu_vt vt;
} __attribute__((preserve_access_index));

const volatile __u32 filter_tgid;       /* 0: any process */
const volatile bool filtering;          /* one of the next four filters is set */
const volatile __u32 filter_vcpu;       /* number + 1; 0: any */
const volatile __u32 filter_level;      /* 1 or 2: level of exits; 0: both */
const volatile bool filter_reason;      /* count only exits whose bit in wanted_reasons is set */
const volatile __u64 wanted_reasons[2]; /* bit: reason */
const volatile bool timing;             /* measure durations from exit to entry */
const volatile bool streaming;          /* send every event to the ring buffer */

const volatile __u32 ring_mask; /* number of slots of the ring buffer, a power of two, minus 1 */
/*
 * The largest number of slots in use. The spare slots are for CPUs that take the last free slot at
 * the same time.
 */
const volatile __u32 ring_full;

struct trace_counts counts[TRACE_CPUS];
struct trace_ring ring;
struct trace_thread threads[TRACE_THREADS];

/*
 * BPF_MAP_TYPE_RINGBUF is not used: its lock and its two calls cost more than the rest of the work
 * for an event. This ring is plain memory too, and the reader maps it.
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
 * The slots belong to vCPUs, not CPUs. Between an exit and its entry, the thread may sleep and wake
 * on another CPU, and another vCPU may run on its CPU. If two vCPUs share a slot, the later exit
 * takes it. The duration of the other vCPU is then lost, not wrong.
 */
struct trace_pending pending[TRACE_VCPUS];

/*
 * Uses the address of the vCPU, because its number would need a read. The structure begins on a
 * page, so the low 12 bits are 0.
 */
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

/*
 * Returns the next slot with time and number filled in, or NULL if the ring is full. The caller
 * must publish() the slot.
 */
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

/* On x86 no store overtakes an earlier store. */
static __always_inline void publish(struct trace_slot *slot, __u64 position)
{
	asm volatile("" ::: "memory");
	*(volatile __u64 *)&slot->stamp = position + 1;
}

/* Sends an event of a known thread, which runs a wanted vCPU. */
static __always_inline void send_all(const struct trace_thread *thread, enum trace_kind kind, __u8 level, __u8 reason,
				     __u64 info, __u64 rip, __u32 interruption_info, __u32 error_code)
{
	__u64 position;
	struct trace_slot *slot = reserve(&position);

	if (!slot)
		return;
	slot->event.info = info;
	/*
	 * One store writes these four bytes, because separate stores would cost two instructions
	 * each.
	 */
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
 * Finds the state of the current thread. Returns false if the thread runs no wanted vCPU. A thread
 * without an observed entry is not known yet, because its level would be a guess.
 */
static __always_inline bool is_known(struct trace_thread **thread)
{
	__u64 id = bpf_get_current_pid_tgid();

	*thread = thread_of(id);
	return (*thread)->id == id;
}

/* Sends an event of work that L0 does for its guest, at the current level of the thread. */
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

/* Returns TRACE_REASONS - 1 if this KVM has neither structure, that is, if it is not VMX. */
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
		p->time = bpf_ktime_get_ns(); /* last, so that the duration excludes this program's own work */
	}
	if (streaming) {
		if (!is_known(&thread))
			return;
		thread->reason = reason + 1;
		send(thread, TRACE_EXIT, 1 + nested, reason, 0);
	}
}

/*
 * A module's tracepoint passes pointers that must be compared with NULL before use, here and below.
 * The verifier requires this since Linux 6.13, and in the 6.12 of distributions.
 */
SEC("tp_btf/kvm_exit")
int BPF_PROG(on_exit, struct kvm_vcpu *vcpu)
{
	if (vcpu && wanted_vcpu(vcpu))
		exit_of(vcpu, vcpu->stat.guest_mode != 0, read_reason(vcpu));
	return 0;
}

/*
 * Until Linux 5.15 the tracepoint passes the reason. Programs named _old are for tracepoints whose
 * arguments have changed.
 */
SEC("tp_btf/kvm_exit")
int BPF_PROG(on_exit_old, unsigned int reason, struct kvm_vcpu *vcpu)
{
	if (vcpu && wanted_vcpu(vcpu))
		exit_of(vcpu, vcpu->stat.guest_mode != 0, limit(reason));
	return 0;
}

/*
 * If events are streamed, this program reads the record of kvm_exit. The record is expensive, but
 * it has the guest's RIP and the exit information. It does not have the level, which comes from the
 * thread's last entry.
 *
 * A thread without an observed entry is not counted, nor is a thread of an unwanted process or
 * vCPU.
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

/*
 * Attached only if durations are measured or events streamed. An entry follows every exit, so a
 * count needs no entries.
 */
SEC("tp_btf/kvm_entry")
int BPF_PROG(on_entry, struct kvm_vcpu *vcpu)
{
	if (!vcpu)
		return 0;
	/* Only a wanted vCPU has a pending exit. */
	if (timing)
		duration_of(vcpu);
	if (streaming && wanted_vcpu(vcpu))
		entry_of(vcpu);
	return 0;
}

#include "trace/fast_vcpus.bpf.h"

/* Counts a virtual exit if only its reason is needed. */
SEC("tp_btf/kvm_nested_vmexit_inject")
int BPF_PROG(on_virtual_exit_counted, __u32 code)
{
	if (wanted())
		counts[cpu()].virtual_exits[limit(code)]++;
	return 0;
}

/* Sends a virtual exit with the information that L1 will read from its VMCS. */
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

/*
 * The programs below attach only if events are streamed. They count nothing that another witness
 * counts.
 */
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

/*
 * KVM's own functions. Their returns mark where the VMCS work ends, in a nested entry and in a
 * virtual exit.
 */
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

/* The name of kvm_nested_vmenter until Linux 6.0. */
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
