/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The room in which an image runs without an operating system: console, text, exceptions, the way out.
 * Both our hypervisor and the benchmark guest are built on it.
 */
#ifndef NB_BARE_H
#define NB_BARE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "microbench/abi/doorbell.h"
#include "microbench/abi/pvh.h"
#include "microbench/abi/ring.h"

/* The image's own main, called by boot.S in long mode on the boot stack. Returning halts. */
void bare_main(const struct nb_pvh_start_info *info);

/* What the image calls itself in front of every console line it begins, e.g. "hypervisor". */
extern const char bare_name[];

/* The first address behind the image (link.ld). */
extern uint8_t image_end[];

/* The first address behind its code and constants, which begin at 1 MiB. */
extern uint8_t image_code_end[];

/*
 * Text on COM1 (16550 at 0x3f8). Formats: %s %c %u %lu %x %lx %%, with a zero-padded width for numbers ("%016lx").
 */
void bare_printf(const char *format, ...) __attribute__((format(printf, 1, 2)));
void bare_puts(const char *text, size_t length);

/* The same into a buffer of size bytes, always terminated; returns the length that was needed. */
size_t bare_snprintf(char *buffer, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));

size_t bare_vsnprintf(char *buffer, size_t size, const char *format, va_list args);

void *memcpy(void *to, const void *from, size_t bytes);
void *memset(void *to, int value, size_t bytes);

/* Loads GDT with a TSS and IDT. An exception then prints its name, all registers and ends by bare_fail(). */
void bare_exceptions_init(void);

/* What the entries in vectors.S save. */
struct exception_frame {
	uint64_t r15, r14, r13, r12, r11, r10, r9, r8, rbp, rdi, rsi, rdx, rcx, rbx, rax;
	uint64_t vector, error;
	uint64_t rip, cs, rflags, rsp, ss;
};

/* Serves an exception or interrupt instead of bare_exception()'s dump; returning resumes by IRET from what is in the frame. */
typedef void (*bare_handler)(struct exception_frame *frame);
void bare_handle(unsigned vector, bare_handler handler); /* NULL: the dump again */

/* The stack that a vector switches to: a number of the TSS's interrupt stack table, 1 by itself. */
void bare_use_stack(unsigned vector, unsigned ist);

/* Selectors of boot.S's GDT. */
#define BARE_CS 0x08
#define BARE_TR 0x18
/* SYSRET takes SS from 8, CS from 16 above this (SDM vol. 2). */
#define BARE_SYSRET_BASE 0x28
extern uint64_t bare_gdt[];
struct tss {
	uint32_t reserved0;
	uint64_t rsp[3];
	uint64_t reserved1;
	uint64_t ist[7];
	uint64_t reserved2;
	uint16_t reserved3;
	uint16_t io_bitmap;
} __attribute__((packed));
extern struct tss bare_tss;

/* Handles an interrupt vector 32..255; may be replaced by the image. The default one fails. */
void bare_interrupt(unsigned vector);

/*
 * Who serves this image's doorbell, by the word "sink=" of the command line: the level below (the VMM, or a hypervisor), or
 * nobody, in which case the image itself sends its records to the parallel port (Bochs) or the debug console (QEMU).
 */
enum bare_sink { BARE_SINK_NONE, BARE_SINK_DOORBELL, BARE_SINK_LPT, BARE_SINK_DEBUGCON };
extern enum bare_sink bare_sink;

/* Reads sink=. False if the word is missing or unknown. */
bool bare_sink_init(const char *cmdline);

/* Tells the level below where the ring is; without one, describes the CPU in the ring. False if that does not fit. */
bool bare_sink_announce(struct nb_ring *ring);

/*
 * The records that follow are of this level ("L0", "L1", "L2"). With no level below that knows, says so in the ring, with what
 * the command line tells of the run (l0= vmm= config=). False if that does not fit.
 */
bool bare_sink_level(const char *level);

/* Rings the doorbell. With no level below, takes its part: sends the ring's records out. */
void bare_doorbell(enum nb_doorbell what);

/* Says why on the console, tells the level below (or powers the machine off), never returns. */
void bare_fail(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

/* Writes END and DONE and turns the machine off. */
void bare_done(void) __attribute__((noreturn));

/*
 * The entry that maps the page of 2 MiB (or the one of 1 GiB that it is part of) at address (below 4 GiB), to be changed and then INVLPG'd. Bits 0, 1 and 2 of it are present,
 * writable and user.
 */
uint64_t *bare_page_entry(uint64_t address);

/* The physical address of the cmdline as a string: memory is mapped one to one. Never NULL. */
const char *bare_cmdline(const struct nb_pvh_start_info *info);

#endif
