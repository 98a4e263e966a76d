/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Part of kvm.bpf.c: vCPUs that are known, whose exits are counted and timed with no helper but the clock. A program at a function
 * of KVM's that takes a struct vcpu_vmx teaches its address, and is taken away when it has; all other vCPUs are read by helpers.
 */
typedef struct vcpu_vmx vcpu_vmx_t; /* clang 14 loses the tag of a pointer to a struct, unless that has another name */

/* What they point to has a type, so a program may read it. Each is a variable: in an array the kernel would not find the tag. */
#define X(i) static vcpu_vmx_t __attribute__((btf_type_tag("kptr"))) * vmx##i SEC(".data.known");
TRACE_KNOWN_LIST(X)
#undef X

struct trace_known known[TRACE_KNOWN];
bool stranger; /* a vCPU that is wanted has left and is not known */

/* With some to spare: the verifier takes bucket_of for any 16 bits. */
struct trace_histogram known_histograms[TRACE_KNOWN * TRACE_INDEXES + (0xffff / sizeof(struct trace_histogram) + 1)];

const volatile __u16 bucket_of[TRACE_SHORT_BUCKETS]; /* as bytes from the histogram's begin; set before loading */

const volatile bool alone; /* one vCPU runs at a time */

#define likely(condition) __builtin_expect(!!(condition), 1)

/* The same of two vCPUs is not to become one place in the program, with the vCPU's number in a register. */
#define APART(i) asm volatile("" : : "i"(i))

/* No register is kept over the call: to save and restore one takes longer than to load it again. */
static __always_inline __u64 clock(void)
{
	__u64 now = bpf_ktime_get_ns();

	asm volatile("" : : : "r6", "r7", "r8", "r9");
	return now;
}

/* Before an entry. A vCPU that is not wanted never becomes known. */
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

/* Its address may become that of a vCPU that is not wanted. */
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

/* Not inline, here and below: a program saves every register that is used anywhere in it. */
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
	/* Not in C: the verifier wants to see the limit at the end, where the compiler would leave it out. */
	asm("%0 &= %1" : "+r"(index) : "i"(TRACE_INDEXES - 1));
	known[i].exits[index]++;
	if (timed)
		known[i].time = clock(); /* last: what we do is not the exit's */
	APART(i);
	return 0;
}

/* Not compared in C: of two equal pointers the compiler takes either one, and the verifier lets us read through vmx only. */
#define IF_KNOWN(i, vmx, vcpu, then)                                                                                   \
	vmx = vmx##i;                                                                                                  \
	if (likely(vmx)) {                                                                                             \
		asm goto("if %0 != %1 goto %l[not" #i "]" : : "r"(vmx), "r"(vcpu) : : not ##i);                        \
		then;                                                                                                  \
	}                                                                                                              \
	not ##i:

/* Where one vCPU runs at a time, the one that does comes first. What waits for an entry goes along. */
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
