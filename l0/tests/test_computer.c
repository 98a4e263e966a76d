// SPDX-License-Identifier: GPL-2.0-only
/* Tests of what a result says about this computer, with a made-up sysfs and procfs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "l0/base/computer.h"

static char root[64];

static void put(const char *path, const char *text)
{
	char command[512];

	snprintf(command, sizeof(command), "mkdir -p \"$(dirname '%s%s')\" && printf '%s' >'%s%s'", root, path, text,
		 root, path);
	assert_int_equal(system(command), 0);
}

static int begin(void **state)
{
	(void)state;
	strcpy(root, "/tmp/nestbed-test-XXXXXX");
	return mkdtemp(root) ? 0 : -1;
}

static int end(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", root);
	return system(command);
}

static void a_computer_that_tells_all(void **state)
{
	struct computer c;

	(void)state;
	put("/proc/cmdline", "quiet isolcpus=1\\n");
	put("/proc/loadavg", "0.10 1.20 12.30 2/345 6789\\n");
	put("/proc/sys/kernel/nmi_watchdog", "1\\n");
	put("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "performance\\n");
	put("/sys/devices/system/cpu/cpu1/cpufreq/scaling_governor", "powersave\\n");
	put("/sys/devices/system/cpu/cpu10/cpufreq/scaling_governor", "performance\\n");
	put("/sys/devices/system/cpu/intel_pstate/no_turbo", "1\\n");
	put("/sys/devices/system/cpu/smt/active", "1\\n");
	put("/sys/devices/system/cpu/isolated", "2,5-6\\n");
	put("/sys/devices/system/cpu/online", "0-3,8,10-11\\n");
	computer__read(&c, root);
	assert_string_equal(c.kernel_cmdline, "quiet isolcpus=1");
	assert_string_equal(c.load, "0.10 1.20 12.30");
	assert_string_equal(c.nmi_watchdog, "on");
	assert_string_equal(c.governor, "performance,powersave");
	assert_string_equal(c.turbo, "off");
	assert_true(c.turbo_by_pstate);
	assert_string_equal(c.isolated, "2,5-6");
	assert_int_equal(c.cpus, 7);
	assert_string_equal(c.smt, "on");
	assert_true(*c.host_name && *c.kernel);
	assert_int_equal(c.is_vm, strcmp(c.hypervisor, "none") != 0);
	put("/sys/devices/system/cpu/intel_pstate/no_turbo", "0\\n");
	computer__read(&c, root);
	assert_string_equal(c.turbo, "on");
}

static void a_computer_that_tells_nothing(void **state)
{
	struct computer c;

	(void)state;
	computer__read(&c, root);
	assert_string_equal(c.kernel_cmdline, "unknown");
	assert_string_equal(c.governor, "unknown");
	assert_string_equal(c.turbo, "unknown");
	assert_string_equal(c.smt, "unknown");
	assert_string_equal(c.nmi_watchdog, "unknown");
	assert_string_equal(c.load, "unknown");
	put("/sys/devices/system/cpu/cpufreq/boost", "0\\n");
	put("/proc/cmdline", "a\\377b\\tc");
	computer__read(&c, root);
	assert_string_equal(c.turbo, "off");
	assert_string_equal(c.kernel_cmdline, "a?b?c"); /* or no JSON could be made of it */
}

static void hypervisors_have_names(void **state)
{
	char name[COMPUTER_TEXT];

	(void)state;
	computer__name_hypervisor(name, "KVMKVMKVM\0\0");
	assert_string_equal(name, "KVM");
	computer__name_hypervisor(name, "Microsoft Hv");
	assert_string_equal(name, "Hyper-V");
	computer__name_hypervisor(name, "Some\001thing\0\0");
	assert_string_equal(name, "Some?thing");
	computer__name_hypervisor(name, "\0\0\0\0\0\0\0\0\0\0\0");
	assert_string_equal(name, "unknown");
}

static void a_command_line_can_be_typed_again(void **state)
{
	static const char arguments[] = "build/nestbed\0run\0-o\0my folder\0--word\0it's\0\0\303\244";
	char text[256], small[20];

	(void)state;
	computer__quote(text, sizeof(text), arguments, sizeof(arguments));
	assert_string_equal(text, "build/nestbed run -o 'my folder' --word 'it'\\''s' '' '\303\244'");
	computer__quote(small, sizeof(small), arguments, sizeof(arguments));
	assert_int_equal(strlen(small), 19);
	computer__command_line(text, sizeof(text));
	assert_non_null(strstr(text, "test_computer"));
	computer__date(text, sizeof(text), 1796052011);
	assert_string_equal(text, "2026-11-30T15:20:11Z");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_computer_that_tells_all, begin, end),
		cmocka_unit_test_setup_teardown(a_computer_that_tells_nothing, begin, end),
		cmocka_unit_test(hypervisors_have_names),
		cmocka_unit_test(a_command_line_can_be_typed_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
