// SPDX-License-Identifier: GPL-2.0-only
/* Writes records to standard output as they come: whoever reads them has all of them when we die. */
#include "stream.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "util.h"

static uint32_t own_seq;

static bool put(const struct nb_record *records, size_t count)
{
	static bool failed;

	if (!failed && !fd__write_all(STDOUT_FILENO, records, count * sizeof(*records))) {
		pr_err("cannot write results: %s", strerror(errno));
		failed = true;
	}
	return !failed;
}

bool stream__drain(struct nb_ring *ring)
{
	uint64_t head = __atomic_load_n(&ring->head, __ATOMIC_ACQUIRE);

	if (!nb_ring_valid(ring)) {
		pr_err("the guest's ring is damaged: head %llu, tail %llu", (unsigned long long)ring->head,
		       (unsigned long long)ring->tail);
		return false;
	}
	while (ring->tail < head) {
		uint64_t first = ring->tail % NB_RING_SLOTS;
		uint64_t count = head - ring->tail;

		if (count > NB_RING_SLOTS - first)
			count = NB_RING_SLOTS - first;
		if (!put(&ring->slot[first], count))
			return false;
		ring->tail += count;
	}
	return true;
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
		struct nb_record record = {.type = NB_RECORD_TEXT, .flags = NB_RECORD_VMM, .seq = own_seq++};
		size_t piece = length - done < NB_TEXT_LEN ? length - done : NB_TEXT_LEN;

		memcpy(record.text, line + done, piece);
		if (done + piece < length)
			record.flags |= NB_RECORD_MORE;
		if (!put(&record, 1))
			return false;
	}
	return true;
}

bool stream__end(uint32_t status)
{
	const struct nb_record record = {
		.type = NB_RECORD_END, .flags = NB_RECORD_VMM, .seq = own_seq++, .end = {.status = status}};

	return put(&record, 1);
}
