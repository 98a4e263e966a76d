/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the eBPF programs (kvm.bpf.c) and those who load them (tracer.c) have in common: the event, and the counts.
 */
#ifndef NB_TRACE_EVENTS_H
#define NB_TRACE_EVENTS_H

#include <linux/types.h>

/* X(NAME, text): every kind of event, in no order. */
#define TRACE_KINDS(X)                                                                                                 \
	X(EXIT, "exit")                 /* to L0, from `level`: reason; info: qualification */                         \
	X(ENTRY, "entry")               /* L0 enters `level` */                                                        \
	X(NESTED_EXIT, "nested exit")   /* L0 saw an exit of L2: reason, and has not yet decided who handles it */     \
	X(VIRTUAL_EXIT, "virtual exit") /* injected into L1: reason; info: qualification, as L1 will read it */        \
	X(NESTED_ENTRY, "nested entry") /* L1's VMLAUNCH or VMRESUME has been checked: L2 comes next */                \
	X(INTERRUPT, "interrupt")       /* injected: info: vector */                                                   \
	X(EXCEPTION, "exception")       /* injected: info: vector */                                                   \
	X(PAGE_FAULT, "page fault")     /* that L0 handles: info: address */                                           \
	X(MSR, "msr")                   /* that L0 emulates: info: number */                                           \
	X(PIO, "port I/O")              /* that L0 emulates: info: port */                                             \
	X(HYPERCALL, "hypercall")       /* that L0 answers: info: number */                                            \
	X(USER, "user space")           /* L0's kernel leaves to its user space: reason of KVM_RUN */                  \
	X(VMCS02_READY, "vmcs02 ready") /* vmcs12 has become vmcs02: what is left is the way into L2 */                \
	X(HOST_STATE_LOADED, "host state loaded") /* of vmcs12, as L1's: what is left is the way into L1 */

enum trace_kind {
#define X(name, text) TRACE_##name,
	TRACE_KINDS(X)
#undef X
		TRACE_KIND_COUNT
};

/* In the ring buffer, and, in another form, in the stream of records. */
struct trace_event {
	__u64 time; /* ns, CLOCK_MONOTONIC */
	__u64 info;
	__u32 seq; /* counts the events from 0, those that found no room too */
	__u8 reason;
	__u8 vcpu;                           /* its number; TRACE_VCPU_MAX stands for all above, too */
	__u8 kind;                           /* enum trace_kind */
	__u8 level;                          /* 1 or 2: who ran, or runs next, or whom L0 does it for */
	__u64 rip;                           /* of exits and entries: the guest's; 0: not known */
	__u32 interruption_info, error_code; /* of exits, virtual ones too (SDM 25.9.2) */
};

/*
 * The ring buffer: slots that every CPU writes and one reader reads, without a lock. A writer takes the next position, writes
 * the event there, and the stamp last; the reader looks whether the stamp of the position that comes next is there.
 */
struct trace_slot {
	struct trace_event event;
	__u64 stamp; /* position + 1 */
};

struct trace_ring {
	__u64 head; /* next position to be written */
	__u64 lost; /* events that found the ring full */
	__u64 apart[6];
	__u64 tail; /* next position to be read: the reader's */
};

#define TRACE_VCPU_MAX 255

/* What is known of the thread of a vCPU while events are streamed. */
struct trace_thread {
	__u64 id;     /* process and thread; 0: none */
	__u16 reason; /* of its last exit, + 1; 0: not known */
	__u8 vcpu;
	__u8 level; /* 1 or 2: whose state KVM has at hand; what it emulates or injects now it does for that one */
};

#define TRACE_REASONS      96   /* above all that the SDM names (vmcs-shadow/exit_reasons.h) */
#define TRACE_USER_REASONS 64   /* of KVM_RUN: a power of two above all that KVM has */
#define TRACE_CPUS         64   /* slots; CPUs beyond share them */
#define TRACE_VCPUS        1024 /* slots; vCPUs beyond share them */
#define TRACE_THREADS      1024 /* slots, by the number of the thread; of two that share one, the later to enter has it */

/* Counts of one CPU since the programs were loaded: plain numbers in shared memory, so that reading them costs nothing. */
struct trace_counts {
	__u64 exits[2][TRACE_REASONS]; /* by level - 1 */
	__u64 virtual_exits[TRACE_REASONS];
	__u64 user_exits[TRACE_USER_REASONS];
	__u64 kinds[TRACE_KIND_COUNT];
};

/* The exit of a vCPU that has not entered again. */
struct trace_pending {
	__u64 vcpu; /* its address; 0: none */
	__u64 time; /* ns */
	__u32 index;
};

/*
 * Durations: log-linear buckets, 32 to an octave, so that a bucket's middle is off by 1.6% at most. Below 32 ns a bucket a
 * nanosecond.
 */
#define TRACE_OCTAVE_SHIFT 5
#define TRACE_OCTAVES      36
#define TRACE_BUCKETS      ((TRACE_OCTAVES + 1) << TRACE_OCTAVE_SHIFT)

struct trace_histogram {
	__u64 count;      /* the buckets' sum, made when it is read */
	__u64 total, max; /* ns */
	__u32 bucket[TRACE_BUCKETS];
};

/*
 * A vCPU whose exits are read without a helper (known.bpf.h). So many can be known at once; each has its counts and histograms for
 * itself, and takes a little longer than the one before it. An index is level - 1 and the reason.
 */
#define TRACE_KNOWN_LIST(X) X(0) X(1) X(2) X(3)
#define TRACE_KNOWN         4
#define TRACE_REASON_BITS   7
#define TRACE_INDEXES       (2 << TRACE_REASON_BITS)

struct trace_known {
	__u64 vcpu;   /* its address; 0: none */
	__u64 exited; /* the same while it has an exit that is to be timed; else 0 */
	__u64 time;   /* of that exit, ns */
	__u8 index;   /* of that exit */
	__u64 exits[TRACE_INDEXES];
};

/* Durations, ns, whose bucket is looked up in a table: from where a bucket is 1 << shift wide, to more than most exits take. */
#define TRACE_SHORT_SHIFT   3
#define TRACE_SHORT_BEGIN   (1u << (TRACE_OCTAVE_SHIFT + TRACE_SHORT_SHIFT))
#define TRACE_SHORT_BUCKETS 16384
#define TRACE_SHORT_END     (TRACE_SHORT_BEGIN + (TRACE_SHORT_BUCKETS << TRACE_SHORT_SHIFT))

/* The logarithm of a byte: no instruction of eBPF counts leading zeros, and this runs at every entry. */
#define TRACE_LOG_4(n)  n, n, n, n
#define TRACE_LOG_16(n) TRACE_LOG_4(n), TRACE_LOG_4(n), TRACE_LOG_4(n), TRACE_LOG_4(n)
#define TRACE_LOG_64(n) TRACE_LOG_16(n), TRACE_LOG_16(n), TRACE_LOG_16(n), TRACE_LOG_16(n)
/* clang-format off */
static const __u8 trace_log[256] = {
	0, 0, 1, 1, TRACE_LOG_4(2), TRACE_LOG_4(3), TRACE_LOG_4(3), TRACE_LOG_16(4), TRACE_LOG_16(5), TRACE_LOG_16(5),
	TRACE_LOG_64(6), TRACE_LOG_64(7), TRACE_LOG_64(7),
};
/* clang-format on */

/* The bucket of a duration, in programs and in their readers alike: 0..TRACE_BUCKETS - 1. */
static inline __attribute__((always_inline)) __u32 trace_bucket(__u64 ns)
{
	__u32 log = 0, bucket;
	__u64 n = ns;

	if (ns < 1u << TRACE_OCTAVE_SHIFT)
		return (__u32)ns;
	if (n >> 32) {
		log += 32;
		n >>= 32;
	}
	if (n >> 16) {
		log += 16;
		n >>= 16;
	}
	if (n >> 8) {
		log += 8;
		n >>= 8;
	}
	log += trace_log[n & 255];
	bucket = (log - TRACE_OCTAVE_SHIFT + 1) << TRACE_OCTAVE_SHIFT;
	bucket += (ns >> (log - TRACE_OCTAVE_SHIFT)) & ((1u << TRACE_OCTAVE_SHIFT) - 1);
#ifdef __bpf__
	/* The kernel's verifier must see this very number compared. Compilers may compare a part of it, which tells them as much. */
	__asm__ volatile("" : "+r"(bucket));
#endif
	return bucket < TRACE_BUCKETS ? bucket : TRACE_BUCKETS - 1;
}

/* The middle of a bucket, ns. */
static inline double trace_bucket_middle(__u32 bucket)
{
	__u32 octave = bucket >> TRACE_OCTAVE_SHIFT, step = bucket & ((1u << TRACE_OCTAVE_SHIFT) - 1);

	if (octave == 0)
		return bucket;
	return (double)(1ull << (octave - 1)) * ((1u << TRACE_OCTAVE_SHIFT) + step + 0.5);
}

#endif
