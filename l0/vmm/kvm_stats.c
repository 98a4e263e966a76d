// SPDX-License-Identifier: GPL-2.0-only
/* Reads KVM's binary statistics and writes their differences over a window. */
#include "l0/vmm/kvm_stats.h"

#include <errno.h>
#include <linux/kvm.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "l0/base/util.h"
#include "l0/vmm/stream.h"

struct kvm_stats {
	int fd;
	struct kvm_stats_header header;
	char *descriptors;
	size_t descriptor_size;
	size_t data_size; /* bytes of all values */
	uint64_t *begin, *end;
};

/*
 * The statistics that l0/witness/agreement.c compares. They are written even if they did not
 * change.
 */
static const char *const always[] = {"exits", "irq_exits", "nested_run"};

static const struct kvm_stats_desc *descriptor(const struct kvm_stats *stats, uint32_t i)
{
	return (const void *)(stats->descriptors + i * stats->descriptor_size);
}

static bool read_layout(struct kvm_stats *stats)
{
	size_t bytes;

	if (pread(stats->fd, &stats->header, sizeof(stats->header), 0) != sizeof(stats->header))
		return false;
	stats->descriptor_size = sizeof(struct kvm_stats_desc) + stats->header.name_size;
	bytes = stats->descriptor_size * stats->header.num_desc;
	stats->descriptors = malloc(bytes);
	if (!stats->descriptors ||
	    pread(stats->fd, stats->descriptors, bytes, stats->header.desc_offset) != (ssize_t)bytes)
		return false;
	for (uint32_t i = 0; i < stats->header.num_desc; i++) {
		const struct kvm_stats_desc *d = descriptor(stats, i);
		size_t end = d->offset + d->size * sizeof(uint64_t);

		if (end > stats->data_size)
			stats->data_size = end;
	}
	stats->begin = calloc(1, stats->data_size);
	stats->end = calloc(1, stats->data_size);
	return stats->begin && stats->end;
}

struct kvm_stats *kvm_stats__open(int vcpu_fd)
{
	struct kvm_stats *stats = calloc(1, sizeof(*stats));

	if (!stats)
		return NULL;
	stats->fd = ioctl(vcpu_fd, KVM_GET_STATS_FD, NULL);
	if (stats->fd < 0 || !read_layout(stats)) {
		pr_err("KVM has no binary statistics (KVM_GET_STATS_FD: %s): a kernel of 5.14 or later is needed",
		       strerror(errno));
		kvm_stats__close(stats);
		return NULL;
	}
	return stats;
}

void kvm_stats__close(struct kvm_stats *stats)
{
	if (!stats)
		return;
	if (stats->fd >= 0)
		close(stats->fd);
	free(stats->descriptors);
	free(stats->begin);
	free(stats->end);
	free(stats);
}

static bool read_values(const struct kvm_stats *stats, uint64_t *values)
{
	if (pread(stats->fd, values, stats->data_size, stats->header.data_offset) == (ssize_t)stats->data_size)
		return true;
	pr_err("cannot read KVM's statistics: %s", strerror(errno));
	return false;
}

bool kvm_stats__begin(struct kvm_stats *stats)
{
	return read_values(stats, stats->begin);
}

bool kvm_stats__end(struct kvm_stats *stats)
{
	return read_values(stats, stats->end);
}

static bool is_always(const char *name)
{
	for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++)
		if (strcmp(name, always[i]) == 0)
			return true;
	return false;
}

bool kvm_stats__write(const struct kvm_stats *stats)
{
	for (uint32_t i = 0; i < stats->header.num_desc; i++) {
		const struct kvm_stats_desc *d = descriptor(stats, i);
		uint64_t moved = stats->end[d->offset / 8] - stats->begin[d->offset / 8];

		/* Histograms (size > 1) and gauges have no difference over a window. */
		if (d->size != 1 || (d->flags & KVM_STATS_TYPE_MASK) != KVM_STATS_TYPE_CUMULATIVE)
			continue;
		if ((moved || is_always(d->name)) && !stream__text("kvm.%s=%llu", d->name, (unsigned long long)moved))
			return false;
	}
	return true;
}
