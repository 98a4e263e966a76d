// SPDX-License-Identifier: GPL-2.0-only
/* Copies page by page, each by a walk as a supervisor, as an instruction's emulation must. */
#include "linear.h"

#include "bare/bare.h"
#include "bare/cpu.h"
#include "guest.h"
#include "nested.h"
#include "nested_bitmaps.h"
#include "paging.h"
#include "synced.h"

uint32_t linear_error;
uint64_t linear_error_address;

static bool copy(uint64_t linear, void *ours, uint64_t bytes, bool write)
{
	const struct walk_paging *paging = paging_state();
	uint8_t *p = ours;

	while (bytes > 0) {
		struct walk_page page;
		uint64_t piece;
		void *memory;

		linear_error = write ? WALK_WRITE : 0;
		linear_error_address = linear;
		if (!cpu_is_canonical(linear)) /* which a walk does not look at */
			return false;
		switch (walk(paging, linear, write ? WALK_WRITE : 0, true, &page)) {
		case WALK_FAULT:
			linear_error = page.error;
			return false;
		case WALK_BEYOND:
			return false;
		case WALK_GOOD:
			break;
		}
		piece = 4096 - (linear & 4095); /* frame by frame, as one of them may be a table that is followed */
		if (piece > bytes)
			piece = bytes;
		memory = nested_physical(page.physical, piece);
		if (!memory)
			return false;
		if (write) {
			memcpy(memory, p, piece);
			nested_bitmaps_written((uintptr_t)memory - guest.base, piece);
			if (paging_is_synced())
				synced_written(page.physical, piece);
		} else {
			memcpy(p, memory, piece);
		}
		p += piece;
		linear += piece;
		bytes -= piece;
	}
	return true;
}

bool linear_read(uint64_t linear, void *to, uint64_t bytes)
{
	return copy(linear, to, bytes, false);
}

bool linear_write(uint64_t linear, const void *from, uint64_t bytes)
{
	return copy(linear, (void *)(uintptr_t)from, bytes, true);
}
