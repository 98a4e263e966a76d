// SPDX-License-Identifier: GPL-2.0-only
/* Text and memory functions for an image: a small formatter, COM1, memcpy and memset. */
#include "microbench/abi/ports.h"
#include "microbench/bare/bare.h"
#include "microbench/bare/cpu.h"

/*
 * The compiler may call these functions. `rep` stops the compiler from replacing the loop by a call
 * of the same function.
 */
void *memcpy(void *to, const void *from, size_t bytes)
{
	void *result = to;

	__asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(bytes) : : "memory");
	return result;
}

void *memset(void *to, int value, size_t bytes)
{
	void *result = to;

	__asm__ volatile("rep stosb" : "+D"(to), "+c"(bytes) : "a"(value) : "memory");
	return result;
}

/* Sets 115200 baud and 8N1. After reset a UART sends five bits per character. */
static void com1_init(void)
{
	outb(COM1_LCR, LCR_DLAB);
	outb(COM1, 1);
	outb(COM1 + 1, 0);
	outb(COM1_LCR, LCR_8N1);
}

static void com1_put(char c)
{
	static bool ready;

	if (!ready)
		com1_init();
	ready = true;
	/*
	 * The loop is bounded. Without a UART the line status reads as all ones, and a broken UART
	 * never becomes ready.
	 */
	for (unsigned tries = 0; tries < 1000000 && !(inb(COM1_LSR) & LSR_THRE); tries++)
		;
	outb(COM1, (uint8_t)c);
}

void bare_puts(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (text[i] == '\n')
			com1_put('\r');
		com1_put(text[i]);
	}
}

struct output {
	char *buffer; /* NULL means the console */
	size_t size;
	size_t length;
};

static void put(struct output *out, char c)
{
	if (!out->buffer)
		bare_puts(&c, 1);
	else if (out->length + 1 < out->size)
		out->buffer[out->length] = c;
	out->length++;
}

static void put_number(struct output *out, uint64_t value, unsigned base, unsigned width)
{
	char digits[24];
	unsigned n = 0;

	do {
		digits[n++] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value);
	while (n < width && n < sizeof(digits))
		digits[n++] = '0';
	while (n)
		put(out, digits[--n]);
}

static void format_to(struct output *out, const char *format, va_list args)
{
	for (; *format; format++) {
		unsigned width = 0;
		bool is_long = false;

		if (*format != '%') {
			put(out, *format);
			continue;
		}
		format++;
		while (*format >= '0' && *format <= '9')
			width = width * 10 + (unsigned)(*format++ - '0');
		while (*format == 'l') {
			is_long = true;
			format++;
		}
		switch (*format) {
		case 's':
			for (const char *s = va_arg(args, const char *); *s; s++)
				put(out, *s);
			break;
		case 'c':
			put(out, (char)va_arg(args, int));
			break;
		case 'u':
		case 'x':
			put_number(out, is_long ? va_arg(args, uint64_t) : va_arg(args, uint32_t),
				   *format == 'x' ? 16 : 10, width);
			break;
		default:
			put(out, *format);
		}
	}
}

void bare_printf(const char *format, ...)
{
	struct output out = {0};
	va_list args;

	va_start(args, format);
	format_to(&out, format, args);
	va_end(args);
}

size_t bare_vsnprintf(char *buffer, size_t size, const char *format, va_list args)
{
	struct output out = {.buffer = buffer, .size = size};

	format_to(&out, format, args);
	if (size)
		buffer[out.length < size ? out.length : size - 1] = '\0';
	return out.length;
}

size_t bare_snprintf(char *buffer, size_t size, const char *format, ...)
{
	va_list args;
	size_t length;

	va_start(args, format);
	length = bare_vsnprintf(buffer, size, format, args);
	va_end(args);
	return length;
}

void bare_fail(const char *format, ...)
{
	struct output out = {0};
	va_list args;

	bare_printf("%s: ", bare_name);
	va_start(args, format);
	format_to(&out, format, args);
	va_end(args);
	bare_printf("\n");
	bare_doorbell(NB_DOORBELL_FAILED);
	cpu_halt_forever();
}
