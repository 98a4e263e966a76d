/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The environment in which an image runs without an operating system: console, text, exceptions,
 * power-off. Our hypervisor and the benchmark guest are built on it.
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

/*
 * The image's main function. boot.S calls it in long mode on the boot stack. If it returns, the CPU
 * halts.
 */
void bare_main(const struct nb_pvh_start_info *info);

/* The image's name, e.g. "hypervisor", which the image prints at the start of its console lines. */
extern const char bare_name[];

/* The first address after the image (link.ld). */
extern uint8_t image_end[];

/* The first address after the image's code and constants, which begin at 1 MiB. */
extern uint8_t image_code_end[];

/*
 * Writes text to COM1 (16550 at 0x3f8). The formats are %s %c %u %lu %x %lx %%. A number may have a
 * zero-padded width ("%016lx").
 */
void bare_printf(const char *format, ...) __attribute__((format(printf, 1, 2)));
void bare_puts(const char *text, size_t length);

/*
 * Formats text into a buffer of `size` bytes. The text is always terminated if size > 0. Returns
 * the length that the whole text needs.
 */
size_t bare_snprintf(char *buffer, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));

size_t bare_vsnprintf(char *buffer, size_t size, const char *format, va_list args);

void *memcpy(void *to, const void *from, size_t bytes);
void *memset(void *to, int value, size_t bytes);

/*
 * Installs the TSS and loads the IDT. An exception without a handler then prints its name and all
 * registers, and ends with bare_fail().
 */
void bare_exceptions_init(void);

/* The state that the entries in vectors.S save. */
struct exception_frame {
	uint64_t r15, r14, r13, r12, r11, r10, r9, r8, rbp, rdi, rsi, rdx, rcx, rbx, rax;
	uint64_t vector, error;
	uint64_t rip, cs, rflags, rsp, ss;
};

/*
 * Handles an exception or interrupt in place of the dump of bare_exception(). On return, IRET
 * resumes with the values in the frame.
 */
typedef void (*bare_handler)(struct exception_frame *frame);
void bare_handle(unsigned vector, bare_handler handler); /* NULL restores the dump */

/*
 * Sets a vector's entry in the TSS's interrupt stack table: 1 to 7, or 0 to stay on the current
 * stack. The default is 1.
 */
void bare_use_stack(unsigned vector, unsigned ist);

/* Selectors in the GDT of boot.S. */
#define BARE_CS 0x08
#define BARE_TR 0x18
/* SYSRET takes SS from this selector plus 8, and CS from this selector plus 16 (SDM vol. 2). */
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

/*
 * Handles interrupt vectors 32..255 that have no handler. An image may replace it. The default
 * calls bare_fail().
 */
void bare_interrupt(unsigned vector);

/*
 * The level that serves this image's doorbell, chosen by the word "sink=" of the command line.
 * DOORBELL: the level below (the VMM or a hypervisor). LPT and DEBUGCON: no level. The image then
 * sends its records to the parallel port (Bochs) or to the debug console (QEMU).
 */
enum bare_sink { BARE_SINK_NONE, BARE_SINK_DOORBELL, BARE_SINK_LPT, BARE_SINK_DEBUGCON };
extern enum bare_sink bare_sink;

/* Reads sink=. Returns false if the word is missing or unknown. */
bool bare_sink_init(const char *cmdline);

/*
 * Tells the level below where the ring is. If no level serves the doorbell, writes the CPU's model
 * into the ring instead. Returns false if the model does not fit.
 */
bool bare_sink_announce(struct nb_ring *ring);

/*
 * Says that the next records belong to this level ("L0", "L1", "L2"). If no level serves the
 * doorbell, writes the level into the ring, with the words l0=, vmm= and config= of the command
 * line. Returns false if they do not fit.
 */
bool bare_sink_level(const char *level);

/*
 * Rings the doorbell. If no level serves the doorbell, the image sends the ring's records out
 * itself.
 */
void bare_doorbell(enum nb_doorbell what);

/*
 * Prints the reason on the console, then tells the level below or powers the machine off. Never
 * returns.
 */
void bare_fail(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

/*
 * Rings DONE. If no level serves the doorbell, writes END and turns the machine off. Never returns.
 */
void bare_done(void) __attribute__((noreturn));

/*
 * Returns the page-table entry of the 2 MiB page at `address` (below 4 GiB), or of the 1 GiB page
 * that contains it. After a change the caller must execute INVLPG. Bits 0, 1 and 2 of the entry are
 * present, writable and user.
 */
uint64_t *bare_page_entry(uint64_t address);

/*
 * Returns the image's command line, never NULL. Memory is mapped one to one, so its physical
 * address is a valid pointer.
 */
const char *bare_cmdline(const struct nb_pvh_start_info *info);

#endif
