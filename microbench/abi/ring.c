// SPDX-License-Identifier: GPL-2.0-only
/* Writes text into the ring. A line of any length takes as many records as it needs. */
#include "microbench/abi/ring.h"

bool nb_ring_text(struct nb_ring *ring, const char *line)
{
	size_t length = 0;
	size_t done = 0;

	while (line[length])
		length++;
	if (nb_ring_free(ring) < (length + NB_TEXT_LEN - 1) / NB_TEXT_LEN || length == 0)
		return false;
	while (done < length) {
		struct nb_record *record = nb_ring_claim(ring, NB_RECORD_TEXT);

		for (size_t i = 0; i < NB_TEXT_LEN; i++)
			record->text[i] = done < length ? line[done++] : '\0';
		if (done < length)
			record->flags = NB_RECORD_MORE;
		nb_ring_publish(ring);
	}
	return true;
}
