// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writes records to standard output at once, so that a reader has all records if this process dies.
 */
#include "l0/vmm/stream.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "l0/base/util.h"
#include "trace/trace_event.h"

static uint32_t next_seq;
static bool failed; /* a write failed, which was reported; nothing more is written */

static bool put(const struct nb_record *records, size_t count)
{
	if (!failed && !fd__write_all(STDOUT_FILENO, records, count * sizeof(*records))) {
		pr_err("cannot write results: %s", strerror(errno));
		failed = true;
	}
	return !failed;
}

/*
 * Gives all records new sequence numbers, because the stream combines the rings of several guests
 * and the VMM's own records. Returns how many records come before a gap in the ring's numbers.
 */
static uint64_t renumber(struct nb_record *records, uint32_t seq, uint64_t count)
{
	for (uint64_t i = 0; i < count; i++, seq++) {
		if (records[i].seq != seq) {
			pr_err("the guest's ring has a hole: record %u follows where %u was due", records[i].seq, seq);
			return i;
		}
		records[i].seq = next_seq++;
	}
	return count;
}

bool stream__drain(struct nb_ring *ring)
{
	uint64_t head = __atomic_load_n(&ring->head, __ATOMIC_ACQUIRE);

	if (!nb_ring_valid(ring)) {
		pr_err("the guest's ring is damaged: head %llu, tail %llu", (unsigned long long)ring->head,
		       (unsigned long long)ring->tail);
		return false;
	}
	/*
	 * After a failed write the records already have new numbers. The loop must not treat them
	 * as a gap.
	 */
	while (ring->tail < head && !failed) {
		uint64_t first = ring->tail % NB_RING_SLOTS;
		uint64_t count = head - ring->tail;
		uint64_t good;

		if (count > NB_RING_SLOTS - first)
			count = NB_RING_SLOTS - first;
		good = renumber(&ring->slot[first], (uint32_t)ring->tail, count);
		if (!put(&ring->slot[first], good))
			return false;
		ring->tail += good;
		if (good < count)
			return false;
	}
	return !failed;
}

bool stream__text(const char *format, ...)
{
	char line[1024];
	va_list args;
	size_t length;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	length = strlen(line);
	for (size_t done = 0; done < length; done += NB_TEXT_LEN) {
		struct nb_record record = {.type = NB_RECORD_TEXT, .seq = next_seq++};
		size_t piece = length - done < NB_TEXT_LEN ? length - done : NB_TEXT_LEN;

		memcpy(record.text, line + done, piece);
		if (done + piece < length)
			record.flags |= NB_RECORD_MORE;
		if (!put(&record, 1))
			return false;
	}
	return true;
}

bool stream__event(const struct trace_event *event)
{
	const struct nb_record record = {.type = NB_RECORD_EVENT,
					 .seq = next_seq++,
					 .event = {.time = event->time,
						   .info = event->info,
						   .number = event->seq,
						   .reason = event->reason,
						   .vcpu = event->vcpu,
						   .kind = event->kind,
						   .level = event->level}};
	struct nb_record detail = {.type = NB_RECORD_DETAIL,
				   .detail = {.rip = event->rip,
					      .interruption_info = event->interruption_info,
					      .error_code = event->error_code,
					      .number = event->seq}};

	if (!put(&record, 1))
		return false;
	if (!event->rip && !event->interruption_info && !event->error_code)
		return true;
	detail.seq = next_seq++;
	return put(&detail, 1);
}

bool stream__end(uint32_t status)
{
	const struct nb_record record = {.type = NB_RECORD_END, .seq = next_seq++, .end = {.status = status}};

	return put(&record, 1);
}
