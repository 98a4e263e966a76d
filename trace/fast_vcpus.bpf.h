/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Part of kvm.bpf.c: counts and times the exits of known vCPUs without any helper except the clock.
 * A program attached to a KVM function that takes a struct vcpu_vmx learns the vCPU's address. The
 * loader detaches this program when it is no longer needed. For all other vCPUs, the programs use
 * helpers.
 */
typedef struct vcpu_vmx vcpu_vmx_t; /* clang 14 loses a struct pointer's tag, unless the struct has another name */

/*
 * The target of these pointers has a type, so a program may read it. Each pointer is a separate
 * variable, because the kernel does not find the tag in an array.
 */
#define X(i) static vcpu_vmx_t __attribute__((btf_type_tag("kptr"))) * vmx##i SEC(".data.known");
TRACE_KNOWN_LIST(X)
#undef X

struct trace_known known[TRACE_KNOWN];
bool stranger; /* a wanted vCPU that is not known has exited */

/*
 * The array has spare room at its end, because the verifier assumes any 16-bit value for bucket_of.
 */
struct trace_histogram known_histograms[TRACE_KNOWN * TRACE_INDEXES + (0xffff / sizeof(struct trace_histogram) + 1)];

/* Offsets of buckets from the begin of the histogram, in bytes. They are set before loading. */
const volatile __u16 bucket_of[TRACE_SHORT_BUCKETS];

const volatile bool alone; /* one vCPU runs at a time */

#define likely(condition) __builtin_expect(!!(condition), 1)

/*
 * Prevents the compiler from merging the code of two vCPUs, which would need the vCPU's number in a
 * register.
 */
#define APART(i) asm volatile("" : : "i"(i))

/*
 * The compiler keeps no register over the call, because to save and restore a register takes longer
 * than to load its value again.
 */
static __always_inline __u64 clock(void)
{
	__u64 now = bpf_ktime_get_ns();

	asm volatile("" : : : "r6", "r7", "r8", "r9");
	return now;
}

/* Runs before an entry. An unwanted vCPU never becomes known. */
SEC("fentry/__vmx_vcpu_run_flags")
int BPF_PROG(on_run, struct vcpu_vmx *vmx)
{
	__u64 address = (__u64)(unsigned long)vmx;

	if (!wanted_vcpu(&vmx->vcpu))
		return 0;
	for (unsigned i = 0; i < TRACE_KNOWN; i++)
		if (known[i].vcpu == address)
			return 0;
#define X(i)                                                                                                           \
	if (__sync_val_compare_and_swap(&known[i].vcpu, 0, address) == 0) {                                            \
		vmx##i = vmx;                                                                                          \
		return 0;                                                                                              \
	}
	TRACE_KNOWN_LIST(X)
#undef X
	return 0;
}

/* A later vCPU that is not wanted may get the same address, so this vCPU must be forgotten. */
SEC("fentry/kvm_arch_vcpu_destroy")
int BPF_PROG(on_destroy, struct kvm_vcpu *vcpu)
{
#define X(i)                                                                                                           \
	if (known[i].vcpu == (__u64)(unsigned long)vcpu) {                                                             \
		vmx##i = NULL;                                                                                         \
		known[i].exited = 0;                                                                                   \
		known[i].vcpu = 0;                                                                                     \
	}
	TRACE_KNOWN_LIST(X)
#undef X
	return 0;
}

/*
 * This and some functions below are not inline, because a program saves every register that it uses
 * anywhere.
 */
static __noinline int unknown_exit(struct kvm_vcpu *vcpu)
{
	if (!wanted_vcpu(vcpu))
		return 0;
	stranger = true;
	exit_of(vcpu, vcpu->stat.guest_mode != 0, read_reason(vcpu));
	return 0;
}

static __always_inline int known_exit(unsigned i, const struct kvm_vcpu *vcpu, const struct vcpu_vmx *vmx, bool timed)
{
	__u64 reason = *(const __u16 *)&vmx->exit_reason.full, index;

	if (reason >= TRACE_REASONS)
		reason = TRACE_REASONS - 1;
	index = vcpu->stat.guest_mode << TRACE_REASON_BITS | reason;
	if (timed) {
		known[i].exited = (__u64)(unsigned long)vcpu;
		known[i].index = index;
	}
	/*
	 * This is not C, because the compiler would drop the limit, and the verifier needs to see
	 * it last.
	 */
	asm("%0 &= %1" : "+r"(index) : "i"(TRACE_INDEXES - 1));
	known[i].exits[index]++;
	if (timed)
		known[i].time = clock(); /* last, so that the duration excludes this program's own work */
	APART(i);
	return 0;
}

/*
 * The comparison is not C. If two pointers are equal, the compiler may use either one, but the
 * verifier permits reads only through vmx.
 */
#define IF_KNOWN(i, vmx, vcpu, then)                                                                                   \
	vmx = vmx##i;                                                                                                  \
	if (likely(vmx)) {                                                                                             \
		asm goto("if %0 != %1 goto %l[not" #i "]" : : "r"(vmx), "r"(vcpu) : : not ##i);                        \
		then;                                                                                                  \
	}                                                                                                              \
	not ##i:

/*
 * If one vCPU runs at a time, the running one moves to place 0. The vCPU in place 0 moves to place
 * i, together with its pending exit.
 */
#define COME_FIRST(i, vmx)                                                                                             \
	vmx##i = vmx0;                                                                                                 \
	vmx0 = vmx;                                                                                                    \
	known[i].exited = known[0].exited;                                                                             \
	known[i].time = known[0].time;                                                                                 \
	known[i].index = known[0].index;                                                                               \
	known[i].vcpu = known[0].vcpu;                                                                                 \
	known[0].vcpu = (__u64)(unsigned long)vcpu;

static __always_inline int exit_of_other(struct kvm_vcpu *vcpu, bool timed)
{
	vcpu_vmx_t __attribute__((btf_type_tag("kptr"))) * vmx;

#define X(i)                                                                                                           \
	IF_KNOWN(i, vmx, vcpu, {                                                                                       \
		if (i != 0 && alone) {                                                                                 \
			COME_FIRST(i, vmx)                                                                             \
			return known_exit(0, vcpu, (struct vcpu_vmx *)vmx, timed);                                     \
		}                                                                                                      \
		return known_exit(i, vcpu, (struct vcpu_vmx *)vmx, timed);                                             \
	})
	TRACE_KNOWN_LIST(X)
#undef X
	return unknown_exit(vcpu);
}

static __noinline int other_exit_counted(struct kvm_vcpu *vcpu)
{
	return exit_of_other(vcpu, false);
}

static __noinline int other_exit_timed(struct kvm_vcpu *vcpu)
{
	return exit_of_other(vcpu, true);
}

SEC("tp_btf/kvm_exit")
int BPF_PROG(on_exit_counted, struct kvm_vcpu *vcpu)
{
	struct vcpu_vmx *vmx;

	IF_KNOWN(0, vmx, vcpu, return known_exit(0, vcpu, vmx, false))
	return other_exit_counted(vcpu);
}

SEC("tp_btf/kvm_exit")
int BPF_PROG(on_exit_timed, struct kvm_vcpu *vcpu)
{
	struct vcpu_vmx *vmx;

	IF_KNOWN(0, vmx, vcpu, return known_exit(0, vcpu, vmx, true))
	return other_exit_timed(vcpu);
}

static __noinline int unknown_entry(const struct kvm_vcpu *vcpu)
{
	duration_of(vcpu);
	return 0;
}

static __noinline int add_bucket(struct trace_histogram *h, __u64 duration)
{
	__u32 bucket = trace_bucket(duration);

	if (bucket < TRACE_BUCKETS)
		h->bucket[bucket]++;
	return 0;
}

static __always_inline int known_entry(unsigned i)
{
	struct trace_histogram *h;
	__u64 duration, over;

	known[i].exited = 0;
	duration = clock() - known[i].time;
	h = &known_histograms[i * TRACE_INDEXES + known[i].index];
	h->total += duration;
	if (duration > h->max)
		h->max = duration;
	over = duration - TRACE_SHORT_BEGIN;
	if (likely(over < TRACE_SHORT_END - TRACE_SHORT_BEGIN)) {
		asm("%0 >>= %1" : "+r"(over) : "i"(TRACE_SHORT_SHIFT)); /* in C the shift becomes a mask of 64 bits */
		++*(__u32 *)((char *)h + bucket_of[over]);
	} else
		add_bucket(h, duration);
	APART(i);
	return 0;
}

SEC("tp_btf/kvm_entry")
int BPF_PROG(on_entry_timed, struct kvm_vcpu *vcpu)
{
#define X(i)                                                                                                           \
	if (likely(known[i].exited == (__u64)(unsigned long)vcpu))                                                     \
		return known_entry(i);
	TRACE_KNOWN_LIST(X)
#undef X
	return unknown_entry(vcpu);
}
