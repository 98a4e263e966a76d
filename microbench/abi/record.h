/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The record: the one unit in which every level hands results down.
 * A run is a stream of these 32-byte records, from L2's ring to the file on disk.
 */
#ifndef NB_ABI_RECORD_H
#define NB_ABI_RECORD_H

#include <stdint.h>

#define NB_ABI_VERSION 3

enum nb_record_type {
	NB_RECORD_NONE = 0, /* an unwritten slot: never valid in a stream */
	NB_RECORD_TEXT,     /* a piece of a "key=value" line (see NB_RECORD_MORE) */
	NB_RECORD_OPEN,     /* a measured window begins: .window */
	NB_RECORD_SAMPLE,   /* one execution of the operation: .sample */
	NB_RECORD_CLOSE,    /* the window ends, all its samples are above: .window */
	NB_RECORD_SKIP,     /* this operation cannot run here: .window, reason in the text "skip" above */
	NB_RECORD_END,      /* the last record of a stream, of all its runs: .end */
	NB_RECORD_EVENT,    /* an event of L0's tracer in the window above: .event */
	NB_RECORD_DETAIL,   /* more of the event above: .detail */
	NB_RECORD_TYPES
};

/* flags */
#define NB_RECORD_MORE 0x0001 /* TEXT: the line goes on in the next TEXT record */

#define NB_OP_NAME_LEN 16
#define NB_TEXT_LEN    24

struct nb_record {
	uint16_t type;  /* enum nb_record_type */
	uint16_t flags; /* NB_RECORD_* */
	uint32_t seq;   /* counts the records of a ring from 0, and those of a stream, so a hole shows */
	union {
		struct {
			uint64_t start; /* time stamp before the operation, ticks */
			uint64_t ticks; /* time stamp after minus before, loop cost included */
			uint64_t aux;   /* 0 for now */
		} sample;
		struct {
			char op[NB_OP_NAME_LEN]; /* NUL-padded */
			uint32_t n;              /* OPEN: samples to come; CLOSE: samples written */
			uint32_t reserved;
		} window;
		struct {
			uint64_t time;   /* ns of L0's clock */
			uint64_t info;   /* trace/trace_event.h says what, by kind */
			uint32_t number; /* counts the tracer's events, lost ones too */
			uint8_t reason, vcpu;
			uint8_t kind, level;
		} event;
		struct {
			uint64_t rip;                           /* of the guest */
			uint32_t interruption_info, error_code; /* SDM 25.9.2 */
			uint32_t number;                        /* of the event */
			uint32_t reserved;
		} detail;
		struct {
			uint32_t status; /* 0: the level ran to its end */
			uint32_t reserved[5];
		} end;
		char text[NB_TEXT_LEN]; /* NUL-padded */
	};
};

_Static_assert(sizeof(struct nb_record) == 32, "a record is 32 bytes at every level");

#endif
