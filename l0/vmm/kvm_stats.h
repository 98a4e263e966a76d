/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * KVM's binary statistics of one vCPU (Documentation/virt/kvm/api.rst, KVM_GET_STATS_FD): the second witness.
 */
#ifndef NB_L0_KVM_STATS_H
#define NB_L0_KVM_STATS_H

#include <stdbool.h>
#include <stdint.h>

struct kvm_stats;

/* Opens the statistics of a vCPU. NULL, with a message, if KVM has none. */
struct kvm_stats *kvm_stats__open(int vcpu_fd);
void kvm_stats__close(struct kvm_stats *stats);

/* Remembers the counters as they are: a window begins. */
bool kvm_stats__begin(struct kvm_stats *stats);

/* Reads them again: a window ends. Nothing is written yet, so that writing is not part of the window. */
bool kvm_stats__end(struct kvm_stats *stats);

/* Writes "kvm.NAME=DIFFERENCE" into the stream for every counter that moved, and always for the ones the witnesses need. */
bool kvm_stats__write(const struct kvm_stats *stats);

#endif
