/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The second witness: KVM's binary statistics of one vCPU (Documentation/virt/kvm/api.rst,
 * KVM_GET_STATS_FD).
 */
#ifndef NB_L0_KVM_STATS_H
#define NB_L0_KVM_STATS_H

#include <stdbool.h>
#include <stdint.h>

struct kvm_stats;

/* Opens the statistics of a vCPU. Returns NULL after a message if KVM has none. */
struct kvm_stats *kvm_stats__open(int vcpu_fd);
/* Closes the statistics. stats may be NULL. */
void kvm_stats__close(struct kvm_stats *stats);

/* Saves the counters at the begin of a window. Returns false after a message. */
bool kvm_stats__begin(struct kvm_stats *stats);

/*
 * Saves the counters at the end of a window. Writes nothing, so that writing does not belong to the
 * window. Returns false after a message.
 */
bool kvm_stats__end(struct kvm_stats *stats);

/*
 * Writes "kvm.NAME=DIFFERENCE" to the stream for each counter that changed, and always for the
 * counters that the witnesses compare. Returns false after a message.
 */
bool kvm_stats__write(const struct kvm_stats *stats);

#endif
