/* SPDX-License-Identifier: GPL-2.0-only */
/* Instructions that C cannot express: ports, control registers, MSRs, CPUID, descriptor tables. */
#ifndef NB_BARE_CPU_H
#define NB_BARE_CPU_H

#include <stdint.h>

#include "vmcs-shadow/x86.h"

struct cpuid_result {
	uint32_t eax, ebx, ecx, edx;
};

struct descriptor_pointer {
	uint16_t limit;
	uint64_t base;
} __attribute__((packed));

/*
 * Returns true if the address is canonical with four levels of paging: bits 63 to 48 equal bit 47
 * (SDM 3.3.7.1).
 */
static inline int cpu_is_canonical(uint64_t address)
{
	return (uint64_t)((int64_t)(address << 16) >> 16) == address;
}

static inline struct cpuid_result cpuid(uint32_t leaf, uint32_t subleaf)
{
	struct cpuid_result r;

	__asm__ volatile("cpuid" : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx) : "a"(leaf), "c"(subleaf));
	return r;
}

static inline uint64_t rdmsr(uint32_t msr)
{
	uint32_t low, high;

	__asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
	return (uint64_t)high << 32 | low;
}

static inline void wrmsr(uint32_t msr, uint64_t value)
{
	__asm__ volatile("wrmsr" : : "c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32)) : "memory");
}

static inline uint64_t rdtsc(void)
{
	uint32_t low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
	return (uint64_t)high << 32 | low;
}

static inline void outb(uint16_t port, uint8_t value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

static inline void outl(uint16_t port, uint32_t value)
{
	__asm__ volatile("outl %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

static inline void outsb(uint16_t port, const void *data, uint64_t bytes)
{
	__asm__ volatile("rep outsb" : "+S"(data), "+c"(bytes) : "d"(port) : "memory");
}

static inline uint8_t inb(uint16_t port)
{
	uint8_t value;

	__asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port) : "memory");
	return value;
}

static inline uint32_t inl(uint16_t port)
{
	uint32_t value;

	__asm__ volatile("inl %1, %0" : "=a"(value) : "Nd"(port) : "memory");
	return value;
}

/* Masks every line of a PC's two interrupt controllers, because firmware may leave the timer on. */
static inline void pic_mask_all(void)
{
	outb(0x21, 0xff);
	outb(0xa1, 0xff);
}

#define CPU_READ_WRITE_CR(n)                                                                                           \
	static inline uint64_t read_cr##n(void)                                                                        \
	{                                                                                                              \
		uint64_t value;                                                                                        \
                                                                                                                       \
		__asm__ volatile("mov %%cr" #n ", %0" : "=r"(value));                                                  \
		return value;                                                                                          \
	}                                                                                                              \
	static inline void write_cr##n(uint64_t value)                                                                 \
	{                                                                                                              \
		__asm__ volatile("mov %0, %%cr" #n : : "r"(value) : "memory");                                         \
	}
CPU_READ_WRITE_CR(0)
CPU_READ_WRITE_CR(2)
CPU_READ_WRITE_CR(3)
CPU_READ_WRITE_CR(4)
#undef CPU_READ_WRITE_CR

#define CPU_READ_SELECTOR(name)                                                                                        \
	static inline uint16_t read_##name(void)                                                                       \
	{                                                                                                              \
		uint16_t value;                                                                                        \
                                                                                                                       \
		__asm__ volatile("mov %%" #name ", %0" : "=r"(value));                                                 \
		return value;                                                                                          \
	}
CPU_READ_SELECTOR(cs)
CPU_READ_SELECTOR(ss)
CPU_READ_SELECTOR(ds)
CPU_READ_SELECTOR(es)
#undef CPU_READ_SELECTOR

static inline void cpu_halt_forever(void) __attribute__((noreturn));
static inline void cpu_halt_forever(void)
{
	for (;;)
		__asm__ volatile("cli; hlt");
}

#endif
