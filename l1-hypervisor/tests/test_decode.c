// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the decoder against encodings whose bytes and lengths an assembler and a disassembler
 * gave, against instructions that it must not take for a MOV, and against bytes that are not all
 * there.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "l1-hypervisor/formats/decode.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct row {
	const char *text;
	const char *code;
	unsigned bytes;
	struct decoded expected;
};

/* The register of a store, of a load (and how much of it changes), or the value of an immediate. */
#define ROW(text, code, ...)                                                                                           \
	{                                                                                                              \
		text, code, sizeof(code) - 1,                                                                          \
		{                                                                                                      \
			.length = sizeof(code) - 1, __VA_ARGS__                                                        \
		}                                                                                                      \
	}
#define STORE(text, code, bytes, number)                                                                               \
	ROW(text, code, .size = bytes, .result_size = bytes, .store = true, .reg = number)
#define STORE_HIGH(text, code, number)                                                                                 \
	ROW(text, code, .size = 1, .result_size = 1, .store = true, .reg = number, .high_byte = true)
#define LOAD(text, code, bytes, number, changed) ROW(text, code, .size = bytes, .reg = number, .result_size = changed)
#define LOAD_HIGH(text, code, n)                 ROW(text, code, .size = 1, .reg = n, .result_size = 1, .high_byte = 1)
#define IMMEDIATE(text, code, bytes, number)                                                                           \
	ROW(text, code, .size = bytes, .result_size = bytes, .store = true, .immediate = true, .value = number)

/* The last ones are as the processor takes them, but no assembler writes them. */
/* clang-format off */
static const struct row good[] = {
	STORE("mov %eax,(%rdi)", "\x89\x07", 4, 0),
	STORE("mov %rax,(%rdi)", "\x48\x89\x07", 8, 0),
	STORE("mov %ax,(%rdi)", "\x66\x89\x07", 2, 0),
	STORE("mov %al,(%rdi)", "\x88\x07", 1, 0),
	LOAD("mov (%rdi),%eax", "\x8b\x07", 4, 0, 4),
	LOAD("mov (%rdi),%rax", "\x48\x8b\x07", 8, 0, 8),
	LOAD("mov (%rdi),%ax", "\x66\x8b\x07", 2, 0, 2),
	LOAD("mov (%rdi),%al", "\x8a\x07", 1, 0, 1),
	STORE("mov %edi,(%rax)", "\x89\x38", 4, 7),
	STORE("mov %ecx,0x10(%rdi)", "\x89\x4f\x10", 4, 1),
	STORE("mov %ecx,-0x80(%rdi)", "\x89\x4f\x80", 4, 1),
	STORE("mov %ecx,0x80(%rdi)", "\x89\x8f\x80\x00\x00\x00", 4, 1),
	STORE("mov %ecx,0x12345678(%rdi)", "\x89\x8f\x78\x56\x34\x12", 4, 1),
	STORE("mov %ecx,(%rbp)", "\x89\x4d\x00", 4, 1),
	STORE("mov %ecx,(%r13)", "\x41\x89\x4d\x00", 4, 1),
	STORE("mov %ecx,(%rsp)", "\x89\x0c\x24", 4, 1),
	STORE("mov %ecx,(%r12)", "\x41\x89\x0c\x24", 4, 1),
	STORE("mov %ecx,8(%rsp)", "\x89\x4c\x24\x08", 4, 1),
	STORE("mov %ecx,0x100(%r12)", "\x41\x89\x8c\x24\x00\x01\x00\x00", 4, 1),
	STORE("mov %edx,0x2000(%rip)", "\x89\x15\x00\x20\x00\x00", 4, 2),
	LOAD("mov 0x2000(%rip),%edx", "\x8b\x15\x00\x20\x00\x00", 4, 2, 4),
	STORE("mov %r9,0x2000(%rip)", "\x4c\x89\x0d\x00\x20\x00\x00", 8, 9),
	STORE("mov %edx,0xfffffffffd001000", "\x89\x14\x25\x00\x10\x00\xfd", 4, 2),
	LOAD("mov 0x12345678,%edx", "\x8b\x14\x25\x78\x56\x34\x12", 4, 2, 4),
	STORE("mov %ebx,(%rdi,%rcx)", "\x89\x1c\x0f", 4, 3),
	STORE("mov %ebx,(%rdi,%rcx,8)", "\x89\x1c\xcf", 4, 3),
	STORE("mov %ebx,0x7f(%rdi,%rcx,4)", "\x89\x5c\x8f\x7f", 4, 3),
	STORE("mov %ebx,0x800(%rdi,%rcx,2)", "\x89\x9c\x4f\x00\x08\x00\x00", 4, 3),
	STORE("mov %ebx,(%rbp,%rcx)", "\x89\x5c\x0d\x00", 4, 3),
	STORE("mov %ebx,(%r13,%rcx)", "\x41\x89\x5c\x0d\x00", 4, 3),
	STORE("mov %ebx,(,%rcx,4)", "\x89\x1c\x8d\x00\x00\x00\x00", 4, 3),
	STORE("mov %ebx,0x44332211(,%r12,8)", "\x42\x89\x1c\xe5\x11\x22\x33\x44", 4, 3),
	STORE("mov %r8d,(%rdi)", "\x44\x89\x07", 4, 8),
	STORE("mov %r15d,(%r14)", "\x45\x89\x3e", 4, 15),
	STORE("mov %r15,(%r14,%r13,8)", "\x4f\x89\x3c\xee", 8, 15),
	STORE("mov %r10w,(%rdi)", "\x66\x44\x89\x17", 2, 10),
	STORE("mov %r11w,0x10(%r9)", "\x66\x45\x89\x59\x10", 2, 11),
	LOAD("mov (%r14),%r15", "\x4d\x8b\x3e", 8, 15, 8),
	LOAD("mov (%rdi),%r8d", "\x44\x8b\x07", 4, 8, 4),
	LOAD("mov (%rdi),%r9w", "\x66\x44\x8b\x0f", 2, 9, 2),
	LOAD("mov (%rdi),%r10b", "\x44\x8a\x17", 1, 10, 1),
	STORE("mov %r10b,(%rdi)", "\x44\x88\x17", 1, 10),
	STORE_HIGH("mov %ah,(%rdi)", "\x88\x27", 0),
	STORE_HIGH("mov %ch,(%rdi)", "\x88\x2f", 1),
	STORE_HIGH("mov %dh,0x10(%rdi)", "\x88\x77\x10", 2),
	STORE_HIGH("mov %bh,(%rsp)", "\x88\x3c\x24", 3),
	LOAD_HIGH("mov (%rdi),%ah", "\x8a\x27", 0),
	LOAD_HIGH("mov (%rdi),%ch", "\x8a\x2f", 1),
	LOAD_HIGH("mov (%rdi),%dh", "\x8a\x37", 2),
	LOAD_HIGH("mov (%rdi,%rcx,8),%bh", "\x8a\x3c\xcf", 3),
	STORE("mov %spl,(%rdi)", "\x40\x88\x27", 1, 4),
	STORE("mov %bpl,(%rdi)", "\x40\x88\x2f", 1, 5),
	STORE("mov %sil,0x10(%rdi)", "\x40\x88\x77\x10", 1, 6),
	STORE("mov %dil,(%rsp)", "\x40\x88\x3c\x24", 1, 7),
	LOAD("mov (%rdi),%spl", "\x40\x8a\x27", 1, 4, 1),
	LOAD("mov (%rdi),%dil", "\x40\x8a\x3f", 1, 7, 1),
	STORE("mov %sp,(%rdi)", "\x66\x89\x27", 2, 4),
	LOAD("mov (%rdi),%ebp", "\x8b\x2f", 4, 5, 4),
	STORE("mov %rsp,(%rdi)", "\x48\x89\x27", 8, 4),
	IMMEDIATE("movb $0x12,(%rdi)", "\xc6\x07\x12", 1, 0x12),
	IMMEDIATE("movb $0xff,(%rdi)", "\xc6\x07\xff", 1, 0xff),
	IMMEDIATE("movb $0x12,(%r8)", "\x41\xc6\x00\x12", 1, 0x12),
	IMMEDIATE("movw $0x1234,(%rdi)", "\x66\xc7\x07\x34\x12", 2, 0x1234),
	IMMEDIATE("movw $0xffff,(%r15)", "\x66\x41\xc7\x07\xff\xff", 2, 0xffff),
	IMMEDIATE("movl $0x12345678,(%rdi)", "\xc7\x07\x78\x56\x34\x12", 4, 0x12345678),
	IMMEDIATE("movl $0xffffffff,(%rdi)", "\xc7\x07\xff\xff\xff\xff", 4, 0xffffffff),
	IMMEDIATE("movl $0,0x380(%rdi)", "\xc7\x87\x80\x03\x00\x00\x00\x00\x00\x00", 4, 0x0),
	IMMEDIATE("movl $0x4e,(%rdi,%rcx,4)", "\xc7\x04\x8f\x4e\x00\x00\x00", 4, 0x4e),
	IMMEDIATE("movl $0x12345678,0x2000(%rip)", "\xc7\x05\x00\x20\x00\x00\x78\x56\x34\x12", 4, 0x12345678),
	IMMEDIATE("movl $0x12345678,0x55667788(%r8,%r9,2)", "\x43\xc7\x84\x48\x88\x77\x66\x55\x78\x56\x34\x12", 4, 0x12345678),
	IMMEDIATE("movq $0x12345678,(%rdi)", "\x48\xc7\x07\x78\x56\x34\x12", 8, 0x12345678),
	IMMEDIATE("movq $-1,(%rdi)", "\x48\xc7\x07\xff\xff\xff\xff", 8, 0xffffffffffffffff),
	IMMEDIATE("movq $-0x80000000,(%r12)", "\x49\xc7\x04\x24\x00\x00\x00\x80", 8, 0xffffffff80000000),
	IMMEDIATE("movq $0x7fffffff,0x10(%rsp)", "\x48\xc7\x44\x24\x10\xff\xff\xff\x7f", 8, 0x7fffffff),
	IMMEDIATE("movw $0x8000,0x11223344(,%rcx,2)", "\x66\xc7\x04\x4d\x44\x33\x22\x11\x00\x80", 2, 0x8000),
	LOAD("movzbl (%rdi),%eax", "\x0f\xb6\x07", 1, 0, 4),
	LOAD("movzbl 0x10(%rdi),%r8d", "\x44\x0f\xb6\x47\x10", 1, 8, 4),
	LOAD("movzbw (%rdi),%ax", "\x66\x0f\xb6\x07", 1, 0, 2),
	LOAD("movzbq (%rdi),%rcx", "\x48\x0f\xb6\x0f", 1, 1, 8),
	LOAD("movzbl (%rdi),%esp", "\x0f\xb6\x27", 1, 4, 4),
	LOAD("movzbl (%r12),%edi", "\x41\x0f\xb6\x3c\x24", 1, 7, 4),
	LOAD("movzwl (%rdi),%eax", "\x0f\xb7\x07", 2, 0, 4),
	LOAD("movzwl 0x2000(%rip),%r9d", "\x44\x0f\xb7\x0d\x00\x20\x00\x00", 2, 9, 4),
	LOAD("movzwq (%rdi),%r15", "\x4c\x0f\xb7\x3f", 2, 15, 8),
	LOAD("movzwl (%rdi,%rcx,2),%ebp", "\x0f\xb7\x2c\x4f", 2, 5, 4),
	LOAD("mov %fs:(%rdi),%eax", "\x64\x8b\x07", 4, 0, 4),
	STORE("mov %eax,%gs:0x10(%rdi)", "\x65\x89\x47\x10", 4, 0),
	STORE("mov %eax,%fs:0x10", "\x64\x89\x04\x25\x10\x00\x00\x00", 4, 0),
	STORE("mov %ax,%gs:(%rdi)", "\x65\x66\x89\x07", 2, 0),
	STORE("mov %r8,%gs:0x11223344(%r9)", "\x65\x4d\x89\x81\x44\x33\x22\x11", 8, 8),
	IMMEDIATE("movl $0x12345678,%gs:0x1000", "\x65\xc7\x04\x25\x00\x10\x00\x00\x78\x56\x34\x12", 4, 0x12345678),
	STORE("mov %eax,%es:(%rdi)", "\x26\x89\x07", 4, 0),
	STORE("mov %eax,%cs:(%rdi)", "\x2e\x89\x07", 4, 0),
	STORE("mov %eax,%ss:(%rdi)", "\x36\x89\x07", 4, 0),
	STORE("mov %eax,%ds:(%rdi)", "\x89\x07", 4, 0),
	IMMEDIATE("movw $0x1234,%fs:0x11223344(%r8,%r9,2)", "\x64\x66\x43\xc7\x84\x48\x44\x33\x22\x11\x34\x12", 2, 0x1234),
	STORE("mov %eax,(%rdi,%riz,1)", "\x89\x04\x27", 4, 0),
	STORE("mov %eax,0x0(%rdi)", "\x89\x47\x00", 4, 0),
	STORE("mov %eax,0x0(%rdi)", "\x89\x87\x00\x00\x00\x00", 4, 0),
	STORE("rex mov %eax,(%rdi)", "\x40\x89\x07", 4, 0),
	STORE("rex.XB mov %eax,(%r15)", "\x43\x89\x07", 4, 0),
	STORE("mov %ax,(%rdi), 66 twice", "\x66\x66\x89\x07", 2, 0),
	STORE("data16 mov %rax,(%rdi)", "\x66\x48\x89\x07", 8, 0),
	IMMEDIATE("data16 movq $1,(%rdi)", "\x66\x48\xc7\x07\x01\x00\x00\x00", 8, 0x1),
	STORE("gs before 66", "\x65\x66\x89\x07", 2, 0),
	STORE("66 before gs", "\x66\x65\x89\x07", 2, 0),
	STORE("mov %esp,(%rdi) by rex.X", "\x42\x89\x27", 4, 4),
	LOAD("movzbw (%rdi),%r8w", "\x66\x44\x0f\xb6\x07", 1, 8, 2),
	LOAD("movzww", "\x66\x0f\xb7\x07", 2, 0, 2),
	STORE("the longest: 15 bytes", "\x2e\x36\x3e\x26\x64\x65\x2e\x36\x3e\x26\x64\x65\x2e\x89\x07", 4, 0),
	IMMEDIATE("the longest with all parts", "\x65\x66\x41\xc7\x84\xc8\x44\x33\x22\x11\x34\x12", 2, 0x1234),
};

#define REFUSED(text, code) {text, code, sizeof(code) - 1, {0}}

static const struct row refused[] = {
	REFUSED("mov %al,%cl", "\x88\xc1"),
	REFUSED("mov %ecx,%eax", "\x89\xc8"),
	REFUSED("mov %cl,%al", "\x8a\xc1"),
	REFUSED("mov %ecx,%eax", "\x8b\xc1"),
	REFUSED("mov %rcx,%rax", "\x48\x89\xc8"),
	REFUSED("mov $1,%eax", "\xc7\xc0\x01\x00\x00\x00"),
	REFUSED("mov $1,%al", "\xc6\xc0\x01"),
	REFUSED("movzbl %cl,%eax", "\x0f\xb6\xc1"),
	REFUSED("movzwl %cx,%eax", "\x0f\xb7\xc1"),
	REFUSED("no instruction: C7 /1", "\xc7\x0f\x01\x00\x00\x00"),
	REFUSED("no instruction: C6 /1", "\xc6\x0f\x01"),
	REFUSED("no instruction: C7 /7", "\xc7\x3f\x01\x00\x00\x00"),
	REFUSED("xabort $1", "\xc6\xf8\x01"),
	REFUSED("movsbl (%rdi),%eax", "\x0f\xbe\x07"),
	REFUSED("movswl (%rdi),%eax", "\x0f\xbf\x07"),
	REFUSED("movslq (%rdi),%rax", "\x48\x63\x07"),
	REFUSED("add %eax,(%rdi)", "\x01\x07"),
	REFUSED("add (%rdi),%eax", "\x03\x07"),
	REFUSED("or %eax,(%rdi)", "\x09\x07"),
	REFUSED("test %eax,(%rdi)", "\x85\x07"),
	REFUSED("xchg %eax,(%rdi)", "\x87\x07"),
	REFUSED("xchg %al,(%rdi)", "\x86\x07"),
	REFUSED("lea (%rdi),%eax", "\x8d\x07"),
	REFUSED("mov %es,(%rdi)", "\x8c\x07"),
	REFUSED("mov (%rdi),%es", "\x8e\x07"),
	REFUSED("pop (%rdi)", "\x8f\x07"),
	REFUSED("orb $1,(%rdi)", "\x80\x0f\x01"),
	REFUSED("orl $1,(%rdi)", "\x83\x0f\x01"),
	REFUSED("incl (%rdi)", "\xff\x07"),
	REFUSED("push (%rdi)", "\xff\x37"),
	REFUSED("testl $1,(%rdi)", "\xf7\x07\x01\x00\x00\x00"),
	REFUSED("movabs 0,%al", "\xa0\x00\x00\x00\x00\x00\x00\x00\x00"),
	REFUSED("movabs 0,%eax", "\xa1\x00\x00\x00\x00\x00\x00\x00\x00"),
	REFUSED("movabs %al,0", "\xa2\x00\x00\x00\x00\x00\x00\x00\x00"),
	REFUSED("movabs %eax,0", "\xa3\x00\x00\x00\x00\x00\x00\x00\x00"),
	REFUSED("movsb", "\xa4"),
	REFUSED("movsl", "\xa5"),
	REFUSED("stos", "\xab"),
	REFUSED("rep movsl", "\xf3\xa5"),
	REFUSED("rep stos", "\xf3\xab"),
	REFUSED("lock mov: #UD", "\xf0\x89\x07"),
	REFUSED("lock add %eax,(%rdi)", "\xf0\x01\x07"),
	REFUSED("xacquire", "\xf2\x89\x07"),
	REFUSED("xrelease mov %eax,(%rdi)", "\xf3\x89\x07"),
	REFUSED("xrelease movl $1,(%rdi)", "\xf3\xc7\x07\x01\x00\x00\x00"),
	REFUSED("mov %eax,(%edi)", "\x67\x89\x07"),
	REFUSED("mov (%edi),%eax", "\x67\x8b\x07"),
	REFUSED("mov %ax,(%edi)", "\x66\x67\x89\x07"),
	REFUSED("two REX", "\x48\x40\x89\x07"),
	REFUSED("REX before another prefix", "\x48\x66\x89\x07"),
	REFUSED("REX before a segment", "\x48\x65\x89\x07"),
	REFUSED("movnti %eax,(%rdi)", "\x0f\xc3\x07"),
	REFUSED("movbe (%rdi),%eax", "\x0f\x38\xf0\x07"),
	REFUSED("movbe %eax,(%rdi)", "\x0f\x38\xf1\x07"),
	REFUSED("cmpxchg %cl,(%rdi)", "\x0f\xb0\x0f"),
	REFUSED("cmpxchg %ecx,(%rdi)", "\x0f\xb1\x0f"),
	REFUSED("xadd %eax,(%rdi)", "\x0f\xc1\x07"),
	REFUSED("btsl $1,(%rdi)", "\x0f\xba\x2f\x01"),
	REFUSED("movq %mm0,(%rdi)", "\x0f\x7f\x07"),
	REFUSED("movups %xmm0,(%rdi)", "\x0f\x11\x07"),
	REFUSED("movdqa (%rdi),%xmm0", "\x66\x0f\x6f\x07"),
	REFUSED("popcnt (%rdi),%eax", "\xf3\x0f\xb8\x07"),
	REFUSED("lfs (%rdi),%eax", "\x0f\xb4\x07"),
	REFUSED("lgs (%rdi),%eax", "\x0f\xb5\x07"),
	REFUSED("vmovdqu (%rdi),%xmm0", "\xc5\xfa\x6f\x07"),
	REFUSED("vmovdqu (%rdi),%xmm0", "\xc4\xe1\xfa\x6f\x07"),
	REFUSED("vmovdqu32 (%rdi),%zmm0", "\x62\xf1\x7e\x48\x6f\x07"),
	REFUSED("mov $1,%eax", "\xb8\x01\x00\x00\x00"),
	REFUSED("mov $1,%al", "\xb0\x01"),
	REFUSED("nop", "\x90"),
	REFUSED("ud2", "\x0f\x0b"),
	REFUSED("cpuid", "\x0f\xa2"),
	REFUSED("hlt", "\xf4"),
	REFUSED("add %al,(%rax)", "\x00\x00"),
};
/* clang-format on */

/* The code in memory of exactly its size, so that the sanitizer sees a read behind its end. */
static bool decode(const void *code, unsigned bytes, struct decoded *out)
{
	uint8_t *exact = malloc(bytes ? bytes : 1);
	bool result;

	assert_non_null(exact);
	memcpy(exact, code, bytes);
	memset(out, 0xa5, sizeof(*out));
	result = decode_mov(bytes ? exact : exact + 1, bytes, out);
	free(exact);
	return result;
}

static void expect(const struct row *row, const struct decoded *is)
{
	const struct decoded *due = &row->expected;

	if (is->length != due->length || is->size != due->size || is->store != due->store ||
	    is->immediate != due->immediate || is->result_size != due->result_size)
		fail_msg("%s: length %d for %d, size %d for %d, store %d, immediate %d, result %d for %d", row->text,
			 is->length, due->length, is->size, due->size, is->store, is->immediate, is->result_size,
			 due->result_size);
	if (due->immediate ? is->value != due->value : is->reg != due->reg || is->high_byte != due->high_byte)
		fail_msg("%s: register %d for %d, high byte %d, value %llx for %llx", row->text, is->reg, due->reg,
			 is->high_byte, (unsigned long long)is->value, (unsigned long long)due->value);
}

static void encodings(void **state)
{
	struct decoded out;

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		if (!decode(good[i].code, good[i].bytes, &out))
			fail_msg("%s: not decoded", good[i].text);
		expect(&good[i], &out);
	}
}

/* Whatever comes behind an instruction is another one. */
static void what_follows_does_not_matter(void **state)
{
	static const uint8_t followers[] = {0x00, 0xff, 0x24, 0x25, 0x48, 0x66};
	uint8_t code[DECODE_BYTES_MAX];
	struct decoded out;

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++)
		for (size_t j = 0; j < COUNT(followers); j++) {
			memset(code, followers[j], sizeof(code));
			memcpy(code, good[i].code, good[i].bytes);
			assert_true(decode(code, sizeof(code), &out));
			expect(&good[i], &out);
		}
}

/* Where the code ends at a page that is not there, less than the instruction is no instruction. */
static void a_part_is_refused(void **state)
{
	struct decoded out;

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++)
		for (unsigned bytes = 0; bytes < good[i].bytes; bytes++)
			if (decode(good[i].code, bytes, &out))
				fail_msg("%s: %u of its bytes were taken for all", good[i].text, bytes);
}

static void another_instruction_is_refused(void **state)
{
	uint8_t code[DECODE_BYTES_MAX];
	struct decoded out;

	(void)state;
	for (size_t i = 0; i < COUNT(refused); i++) {
		assert_true(refused[i].bytes <= sizeof(code));
		memset(code, 0, sizeof(code));
		memcpy(code, refused[i].code, refused[i].bytes);
		if (decode(code, sizeof(code), &out) || decode(code, refused[i].bytes, &out))
			fail_msg("%s was taken for a MOV of memory", refused[i].text);
	}
}

/* Nothing but prefixes: their number ends at the limit of an instruction. */
static void prefixes_alone_are_refused(void **state)
{
	static const uint8_t prefixes[] = {0x66, 0x2e, 0x36, 0x3e, 0x26, 0x64, 0x65, 0x40, 0x48, 0x4f};
	uint8_t code[DECODE_BYTES_MAX];
	struct decoded out;

	(void)state;
	for (size_t i = 0; i < COUNT(prefixes); i++) {
		memset(code, prefixes[i], sizeof(code));
		for (unsigned bytes = 0; bytes <= sizeof(code); bytes++)
			assert_false(decode(code, bytes, &out));
	}
	/* The sixteenth byte would be #GP: a caller has no more than fifteen. */
	memset(code, 0x65, sizeof(code));
	code[13] = 0x89;
	code[14] = 0x47;
	assert_false(decode(code, sizeof(code), &out));
	code[14] = 0x07;
	assert_true(decode(code, sizeof(code), &out));
	assert_int_equal(out.length, DECODE_BYTES_MAX);
}

/*
 * Bytes of ModRM, SIB and displacement behind the opcode, for each ModRM below 0xc0 with a SIB of
 * 0: 8 a line.
 */
static const char tails[] = "11112511"
			    "11112511"
			    "11112511"
			    "11112511"
			    "11112511"
			    "11112511"
			    "11112511"
			    "11112511"
			    "22223222"
			    "22223222"
			    "22223222"
			    "22223222"
			    "22223222"
			    "22223222"
			    "22223222"
			    "22223222"
			    "55556555"
			    "55556555"
			    "55556555"
			    "55556555"
			    "55556555"
			    "55556555"
			    "55556555"
			    "55556555";

static void every_modrm(void **state)
{
	(void)state;
	for (unsigned modrm = 0; modrm < 256; modrm++)
		for (unsigned rex = 0x40; rex < 0x50; rex++) {
			uint8_t code[DECODE_BYTES_MAX] = {(uint8_t)rex, 0x89, (uint8_t)modrm};
			struct decoded out;
			bool is = decode(code, sizeof(code), &out);

			assert_int_equal(is, modrm < 0xc0);
			if (!is)
				continue;
			assert_int_equal(out.length, 2 + tails[modrm] - '0');
			assert_int_equal(out.reg, (modrm >> 3 & 7) + (rex & 4 ? 8 : 0));
			assert_int_equal(out.size, rex & 8 ? 8 : 4);
			assert_false(out.high_byte);
		}
}

/*
 * A base of 5 is none, with a displacement of 32 bits, where there is no other displacement. REX.B
 * does not change that.
 */
static void every_sib(void **state)
{
	(void)state;
	for (unsigned sib = 0; sib < 256; sib++)
		for (unsigned mod = 0; mod < 3; mod++)
			for (unsigned rex = 0x40; rex < 0x50; rex++) {
				static const unsigned displacement[] = {0, 1, 4};
				uint8_t code[DECODE_BYTES_MAX] = {(uint8_t)rex, 0x8b, (uint8_t)(mod << 6 | 4),
								  (uint8_t)sib};
				unsigned due = 4 + displacement[mod] + (mod == 0 && (sib & 7) == 5 ? 4 : 0);
				struct decoded out;

				assert_true(decode(code, sizeof(code), &out));
				assert_int_equal(out.length, due);
			}
}

/*
 * Only without REX are byte registers 4 to 7 the high halves of 0 to 3; only registers of a byte
 * are.
 */
static void high_halves(void **state)
{
	static const uint8_t opcodes[] = {0x88, 0x8a, 0x89, 0x8b};

	(void)state;
	for (size_t i = 0; i < COUNT(opcodes); i++)
		for (unsigned reg = 0; reg < 8; reg++) {
			const uint8_t plain[] = {opcodes[i], (uint8_t)(reg << 3 | 7)};
			const uint8_t rex[] = {0x40, plain[0], plain[1]};
			bool high = i < 2 && reg >= 4;
			struct decoded out;

			assert_true(decode(plain, sizeof(plain), &out));
			assert_int_equal(out.high_byte, high);
			assert_int_equal(out.reg, high ? reg - 4 : reg);
			assert_true(decode(rex, sizeof(rex), &out));
			assert_false(out.high_byte);
			assert_int_equal(out.reg, reg);
		}
}

/*
 * Whatever the bytes are: what is decoded has a length and sizes that an instruction can have (the
 * sanitizers watch).
 */
static void any_bytes(void **state)
{
	uint32_t random = 1;

	(void)state;
	for (unsigned i = 0; i < 1 << 20; i++) {
		uint8_t code[DECODE_BYTES_MAX];
		struct decoded out;

		for (unsigned j = 0; j < sizeof(code); j++) {
			random = random * 1664525 + 1013904223;
			code[j] = (uint8_t)(random >> 24);
		}
		/* All pairs of first bytes. */
		code[0] = (uint8_t)i;
		code[1] = (uint8_t)(i >> 8);
		if (!decode_mov(code, sizeof(code), &out))
			continue;
		assert_in_range(out.length, 2, DECODE_BYTES_MAX);
		assert_true(out.size == 1 || out.size == 2 || out.size == 4 || out.size == 8);
		assert_true(out.result_size >= out.size && out.result_size <= 8);
		assert_true(out.reg < 16);
		assert_true(out.store || !out.immediate);
		assert_true(out.immediate || out.value == 0);
		assert_false(decode(code, out.length - 1u, &out));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(encodings),
		cmocka_unit_test(what_follows_does_not_matter),
		cmocka_unit_test(a_part_is_refused),
		cmocka_unit_test(another_instruction_is_refused),
		cmocka_unit_test(prefixes_alone_are_refused),
		cmocka_unit_test(every_modrm),
		cmocka_unit_test(every_sib),
		cmocka_unit_test(high_halves),
		cmocka_unit_test(any_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
