/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The record: the unit in which every level passes results to the level below. A run is a stream of
 * these 32-byte records, from L2's ring to the file on disk.
 */
#ifndef NB_ABI_RECORD_H
#define NB_ABI_RECORD_H

#include <stdint.h>

#define NB_ABI_VERSION 3

enum nb_record_type {
	NB_RECORD_NONE = 0, /* an unwritten slot: never valid in a stream */
	NB_RECORD_TEXT,     /* a part of a "key=value" line (see NB_RECORD_MORE) */
	NB_RECORD_OPEN,     /* a measured window begins: .window */
	NB_RECORD_SAMPLE,   /* one execution of the operation: .sample */
	NB_RECORD_CLOSE,    /* the window ends after all its samples: .window */
	NB_RECORD_SKIP,     /* this operation cannot run here: .window; the text "skip" before it gives the reason */
	NB_RECORD_END,      /* the last record of a stream, after all its runs: .end */
	NB_RECORD_EVENT,    /* an event of L0's tracer in the window before it: .event */
	NB_RECORD_DETAIL,   /* more data about the event before it: .detail */
	NB_RECORD_TYPES
};

/* Values of nb_record.flags. */
#define NB_RECORD_MORE 0x0001 /* TEXT: the line continues in the next TEXT record */

#define NB_OP_NAME_LEN 16
#define NB_TEXT_LEN    24

struct nb_record {
	uint16_t type;  /* enum nb_record_type */
	uint16_t flags; /* 0 or NB_RECORD_MORE */
	/*
	 * Number of the record, counted from 0 in a ring and also in a stream. A gap shows that
	 * records are lost.
	 */
	uint32_t seq;
	union {
		struct {
			uint64_t start; /* time stamp before the operation, ticks */
			uint64_t ticks; /* time stamp after minus time stamp before; includes the cost of the loop */
			uint64_t aux;   /* reserved, 0 */
		} sample;
		struct {
			char op[NB_OP_NAME_LEN]; /* NUL-padded */
			/* OPEN: number of samples that follow; CLOSE: number of samples written */
			uint32_t n;
			uint32_t reserved;
		} window;
		struct {
			uint64_t time;   /* nanoseconds of L0's clock */
			uint64_t info;   /* the meaning depends on kind, see trace/trace_event.h */
			uint32_t number; /* counts the tracer's events, including lost events */
			uint8_t reason, vcpu;
			uint8_t kind, level;
		} event;
		struct {
			uint64_t rip;                           /* the guest's RIP */
			uint32_t interruption_info, error_code; /* SDM 25.9.2 */
			uint32_t number;                        /* number of the event that the detail belongs to */
			uint32_t reserved;
		} detail;
		struct {
			uint32_t status; /* 0: the level completed its run */
			uint32_t reserved[5];
		} end;
		char text[NB_TEXT_LEN]; /* NUL-padded */
	};
};

_Static_assert(sizeof(struct nb_record) == 32, "a record is 32 bytes at every level");

#endif
