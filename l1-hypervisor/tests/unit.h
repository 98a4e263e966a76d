/* SPDX-License-Identifier: GPL-2.0-only */
/* Includes for every unit test of the hypervisor: cmocka, the fake CPU and the fake bare/. */
#ifndef HV_UNIT_H
#define HV_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "l1-hypervisor/tests/fake_bare.h"
#include "l1-hypervisor/tests/fake_cpu.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A test function. Its name is the rule that it tests. */
#define TEST(name) static void name(void **state __attribute__((unused)))

#define RUN(name) cmocka_unit_test(name)

#endif
