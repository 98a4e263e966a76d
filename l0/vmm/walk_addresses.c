// SPDX-License-Identifier: GPL-2.0-only
/* Joins the pieces of texts in the ring, and collects the addresses in the texts of a walk. */
#include "l0/vmm/walk_addresses.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void add(uint64_t *set, unsigned *count, unsigned max, uint64_t address)
{
	for (unsigned i = 0; i < *count; i++)
		if (set[i] == address)
			return;
	if (*count < max)
		set[(*count)++] = address;
}

static void take_line(struct walk_asked *asked, const char *line)
{
	uint64_t l2, l1;
	char kind;

	if (sscanf(line, "walk.eptp=%" SCNx64, &asked->eptp) == 1)
		asked->has_eptp = true;
	if (sscanf(line, "walk.step.%*u=%c %*u %" SCNx64 " %" SCNx64, &kind, &l2, &l1) == 3) {
		add(asked->l1, &asked->l1_count, WALK_L1_MAX, l1);
		add(asked->l2, &asked->l2_count, WALK_L2_MAX, l2);
	}
	if (sscanf(line, "walk.end=page %" SCNx64 " %" SCNx64, &l2, &l1) == 2)
		add(asked->l1, &asked->l1_count, WALK_L1_MAX, l1);
}

void walk_asked__read(struct walk_asked *asked, const struct nb_ring *ring)
{
	const uint64_t head = __atomic_load_n(&ring->head, __ATOMIC_ACQUIRE);
	char line[256] = "";
	size_t length = 0;

	*asked = (struct walk_asked){0};
	if (!nb_ring_valid(ring))
		return;
	for (uint64_t i = ring->tail; i < head; i++) {
		const struct nb_record *record = &ring->slot[i % NB_RING_SLOTS];
		size_t piece = strnlen(record->text, NB_TEXT_LEN);

		if (record->type != NB_RECORD_TEXT || length + piece >= sizeof(line)) {
			length = 0;
			continue;
		}
		memcpy(line + length, record->text, piece);
		length += piece;
		line[length] = '\0';
		if (record->flags & NB_RECORD_MORE)
			continue;
		take_line(asked, line);
		length = 0;
	}
}
