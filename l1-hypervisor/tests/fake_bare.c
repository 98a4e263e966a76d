// SPDX-License-Identifier: GPL-2.0-only
/* Text goes nowhere, and the end of the run fails the test or jumps back to it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "l1-hypervisor/tests/fake_bare.h"
#include "microbench/image.h"

const char bare_name[] = "hypervisor";
uint8_t image_end[1];

jmp_buf fake_bare_jump;
bool fake_bare_expected;
char fake_bare_reason[256];

enum bare_sink bare_sink;
unsigned fake_doorbells;
enum nb_doorbell fake_doorbell;
uint32_t fake_next;
char fake_console[64];

void bare_doorbell(enum nb_doorbell what)
{
	fake_doorbell = what;
	fake_doorbells++;
}

uint32_t bare_next(void)
{
	return fake_next;
}

bool bare_sink_announce(struct nb_ring *ring)
{
	return ring != NULL;
}

bool bare_clock_announce(struct nb_ring *ring)
{
	return ring != NULL;
}

void bare_puts(const char *text, size_t length)
{
	strncat(fake_console, text, length);
}

void bare_printf(const char *format __attribute__((unused)), ...)
{
}

size_t bare_snprintf(char *buffer, size_t size, const char *format, ...)
{
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(buffer, size, format, args);
	va_end(args);
	return (size_t)length;
}

void bare_fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(fake_bare_reason, sizeof(fake_bare_reason), format, args);
	va_end(args);
	if (!fake_bare_expected)
		fail_msg("bare_fail: %s", fake_bare_reason);
	fake_bare_expected = false;
	longjmp(fake_bare_jump, 1);
}
