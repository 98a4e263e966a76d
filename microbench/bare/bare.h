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

#include "../abi/doorbell.h"
#include "../abi/pvh.h"
#include "../abi/ring.h"

/* The image's own main, called by boot.S in long mode on the boot stack. Returning halts. */
void bare_main(const struct nb_pvh_start_info *info);

/* What the image calls itself in front of every console line it begins, e.g. "hypervisor". */
extern const char bare_name[];

/* The first address behind the image (link.ld). */
extern uint8_t image_end[];

/*
 * Text on COM1 (16550 at 0x3f8). Formats: %s %c %u %lu %x %lx %%, with a zero-padded width for numbers ("%016lx").
 */
void bare_printf(const char *format, ...) __attribute__((format(printf, 1, 2)));
void bare_puts(const char *text, size_t length);

/* The same into a buffer of size bytes, always terminated; returns the length that was needed. */
size_t bare_snprintf(char *buffer, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));

void *memcpy(void *to, const void *from, size_t bytes);
void *memset(void *to, int value, size_t bytes);

/* Loads GDT with a TSS and IDT. An exception then prints its name, all registers and ends by bare_fail(). */
void bare_exceptions_init(void);
/* Selectors of boot.S's GDT. */
#define BARE_CS 0x08
#define BARE_TR 0x18
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

/*
 * Tells the level below where the ring is; without one, begins the run in the ring by what the command line says of it
 * (level= l0= vmm= config=). False if that does not fit.
 */
bool bare_sink_announce(struct nb_ring *ring);

/* Rings the doorbell. With no level below, takes its part: sends the ring's records out. */
void bare_doorbell(enum nb_doorbell what);

/* Says why on the console, tells the level below (or powers the machine off), never returns. */
void bare_fail(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

/* Writes END and DONE and turns the machine off. */
void bare_done(void) __attribute__((noreturn));

/* The physical address of the cmdline as a string: memory is mapped one to one. Never NULL. */
const char *bare_cmdline(const struct nb_pvh_start_info *info);

#endif
