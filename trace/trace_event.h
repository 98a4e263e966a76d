/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Structures that the eBPF programs (kvm.bpf.c) share with their loader (tracer.c): the event and
 * the counts.
 */
#ifndef NB_TRACE_EVENTS_H
#define NB_TRACE_EVENTS_H

#include <linux/types.h>

/* X(NAME, text): every kind of event, in no order. */
#define TRACE_KINDS(X)                                                                                                 \
	X(EXIT, "exit")                           /* exit to L0 from `level`: reason; info: qualification */           \
	X(ENTRY, "entry")                         /* L0 enters `level` */                                              \
	X(NESTED_EXIT, "nested exit")             /* L0 saw an exit of L2 (reason); its handler is not decided yet */  \
	X(VIRTUAL_EXIT, "virtual exit")           /* injected into L1: reason; info: qualification for L1 */           \
	X(NESTED_ENTRY, "nested entry")           /* L0 has checked L1's VMLAUNCH or VMRESUME: L2 comes next */        \
	X(INTERRUPT, "interrupt")                 /* injected: info: vector */                                         \
	X(EXCEPTION, "exception")                 /* injected: info: vector */                                         \
	X(PAGE_FAULT, "page fault")               /* handled by L0: info: address */                                   \
	X(MSR, "msr")                             /* emulated by L0: info: number; reason: 1 if written */             \
	X(PIO, "port I/O")                        /* emulated by L0: info: port; reason: 1 if written */               \
	X(HYPERCALL, "hypercall")                 /* answered by L0: info: number */                                   \
	X(USER, "user space")                     /* L0's kernel exits to user space: reason of KVM_RUN */             \
	X(VMCS02_READY, "vmcs02 ready")           /* vmcs12 has become vmcs02: the switch to L2 remains */             \
	X(HOST_STATE_LOADED, "host state loaded") /* L1 has vmcs12's host state: the switch to L1 remains */

enum trace_kind {
#define X(name, text) TRACE_##name,
	TRACE_KINDS(X)
#undef X
		TRACE_KIND_COUNT
};

/* An event in the ring buffer. The stream of records holds it in another form. */
struct trace_event {
	__u64 time; /* ns, CLOCK_MONOTONIC */
	__u64 info;
	__u32 seq; /* number of the event from 0; lost events count too */
	__u8 reason;
	__u8 vcpu;                           /* vCPU number; TRACE_VCPU_MAX also stands for all larger numbers */
	__u8 kind;                           /* enum trace_kind */
	__u8 level;                          /* 1 or 2: the level that ran, that runs next, or for which L0 works */
	__u64 rip;                           /* guest's RIP at exits and entries; 0: not known */
	__u32 interruption_info, error_code; /* of exits and virtual exits (SDM 25.9.2) */
};

/*
 * The ring buffer: slots that every CPU writes and one reader reads, without a lock. A writer takes
 * the next position, writes the event there, and writes the stamp last. The reader checks whether
 * the slot of the next position has its stamp.
 */
struct trace_slot {
	struct trace_event event;
	__u64 stamp; /* position + 1 */
};

struct trace_ring {
	__u64 head; /* next position to write */
	__u64 lost; /* events that found the ring full */
	__u64 apart[6];
	__u64 tail; /* next position to read; only the reader writes it */
};

#define TRACE_VCPU_MAX 255

/* The state of a vCPU's thread while events are streamed. */
struct trace_thread {
	__u64 id;     /* process and thread; 0: none */
	__u16 reason; /* reason of the last exit, + 1; 0: not known */
	__u8 vcpu;
	__u8 level; /* 1 or 2: the level whose state KVM has loaded, for which it emulates and injects */
};

#define TRACE_REASONS      96   /* larger than all reasons of the SDM (vmcs-shadow/exit_reasons.h) */
#define TRACE_USER_REASONS 64   /* reasons of KVM_RUN: a power of two larger than all of KVM's reasons */
#define TRACE_CPUS         64   /* slots; CPUs with larger numbers share them */
#define TRACE_VCPUS        1024 /* slots; vCPUs share them by a hash of their address */
#define TRACE_THREADS      1024 /* slots, by thread number; if two threads share a slot, the later to enter owns it */

/*
 * The counts of one CPU since the programs were loaded. They are plain numbers in shared memory, so
 * that the reader needs no system call.
 */
struct trace_counts {
	__u64 exits[2][TRACE_REASONS]; /* first index: level - 1 */
	__u64 virtual_exits[TRACE_REASONS];
	__u64 user_exits[TRACE_USER_REASONS];
	__u64 kinds[TRACE_KIND_COUNT];
};

/* An exit of a vCPU that has not entered again. */
struct trace_pending {
	__u64 vcpu; /* address of the vCPU; 0: none */
	__u64 time; /* time of the exit, ns */
	__u32 index;
};

/*
 * Durations have log-linear buckets, 32 per octave, so that a bucket's middle is off by at most
 * 1.6%. Below 32 ns, each bucket is one nanosecond wide.
 */
#define TRACE_OCTAVE_SHIFT 5
#define TRACE_OCTAVES      36
#define TRACE_BUCKETS      ((TRACE_OCTAVES + 1) << TRACE_OCTAVE_SHIFT)

struct trace_histogram {
	__u64 count;      /* sum of the buckets, computed by the reader */
	__u64 total, max; /* ns */
	__u32 bucket[TRACE_BUCKETS];
};

/*
 * A vCPU whose exits are read without a helper (fast_vcpus.bpf.h). TRACE_KNOWN vCPUs can be known
 * at once. Each has separate counts and histograms, and takes a little longer than the one before
 * it. An index consists of level - 1 and the reason.
 */
#define TRACE_KNOWN_LIST(X) X(0) X(1) X(2) X(3)
#define TRACE_KNOWN         4
#define TRACE_REASON_BITS   7
#define TRACE_INDEXES       (2 << TRACE_REASON_BITS)

struct trace_known {
	__u64 vcpu;   /* address of the vCPU; 0: none */
	__u64 exited; /* equal to vcpu while an exit waits to be timed; otherwise 0 */
	__u64 time;   /* time of this exit, ns */
	__u8 index;   /* index of this exit */
	__u64 exits[TRACE_INDEXES];
};

/*
 * Durations, in ns, whose bucket is looked up in a table. They begin where a bucket is 1 <<
 * TRACE_SHORT_SHIFT wide, and end above the duration of most exits.
 */
#define TRACE_SHORT_SHIFT   3
#define TRACE_SHORT_BEGIN   (1u << (TRACE_OCTAVE_SHIFT + TRACE_SHORT_SHIFT))
#define TRACE_SHORT_BUCKETS 16384
#define TRACE_SHORT_END     (TRACE_SHORT_BEGIN + (TRACE_SHORT_BUCKETS << TRACE_SHORT_SHIFT))

/*
 * The base-2 logarithm of a byte. eBPF has no instruction that counts leading zeros, and this code
 * runs at every entry.
 */
#define TRACE_LOG_4(n)  n, n, n, n
#define TRACE_LOG_16(n) TRACE_LOG_4(n), TRACE_LOG_4(n), TRACE_LOG_4(n), TRACE_LOG_4(n)
#define TRACE_LOG_64(n) TRACE_LOG_16(n), TRACE_LOG_16(n), TRACE_LOG_16(n), TRACE_LOG_16(n)
/* clang-format off */
static const __u8 trace_log[256] = {
	0, 0, 1, 1, TRACE_LOG_4(2), TRACE_LOG_4(3), TRACE_LOG_4(3), TRACE_LOG_16(4), TRACE_LOG_16(5), TRACE_LOG_16(5),
	TRACE_LOG_64(6), TRACE_LOG_64(7), TRACE_LOG_64(7),
};
/* clang-format on */

/*
 * Returns the bucket of a duration, 0..TRACE_BUCKETS - 1. The programs and their readers both use
 * it.
 */
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
	/*
	 * The kernel's verifier must see a comparison of exactly this number. Without this line,
	 * the compiler may compare only a part of it.
	 */
	__asm__ volatile("" : "+r"(bucket));
#endif
	return bucket < TRACE_BUCKETS ? bucket : TRACE_BUCKETS - 1;
}

/* Returns the middle of a bucket, in ns. */
static inline double trace_bucket_middle(__u32 bucket)
{
	__u32 octave = bucket >> TRACE_OCTAVE_SHIFT, step = bucket & ((1u << TRACE_OCTAVE_SHIFT) - 1);

	if (octave == 0)
		return bucket;
	return (double)(1ull << (octave - 1)) * ((1u << TRACE_OCTAVE_SHIFT) + step + 0.5);
}

#endif
