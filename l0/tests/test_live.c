// SPDX-License-Identifier: GPL-2.0-only
/* Tests of the live trace: the choice of the VM, the combination of options, and the table of two
 * readings. */
#include <argp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "l0/base/util.h"
#include "l0/base/vm_find.h"
#include "l0/cli/live_options.h"
#include "l0/experiments/live.h"
#include "l0/experiments/live_table.h"

static char proc[64];

static void put(const char *path, const char *text, size_t size)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
}

/* Adds a process to the made-up procfs. Its descriptor 7 is a link to `file`. */
static void add_process(int pid, const char *comm, const char *words, size_t size, const char *file)
{
	char path[256];

	text__format(path, sizeof(path), "%s/%d", proc, pid);
	assert_int_equal(mkdir(path, 0700), 0);
	text__format(path, sizeof(path), "%s/%d/fd", proc, pid);
	assert_int_equal(mkdir(path, 0700), 0);
	text__format(path, sizeof(path), "%s/%d/fd/7", proc, pid);
	assert_int_equal(symlink(file, path), 0);
	text__format(path, sizeof(path), "%s/%d/comm", proc, pid);
	put(path, comm, strlen(comm));
	text__format(path, sizeof(path), "%s/%d/cmdline", proc, pid);
	put(path, words, size);
}

#define WORDS(text) text, sizeof(text)

static int make_proc(void **state)
{
	char link[128];

	(void)state;
	text__format(proc, sizeof(proc), "/tmp/test_live.XXXXXX");
	if (!mkdtemp(proc))
		return 1;
	add_process(10, "qemu-system-x86\n",
		    WORDS("qemu-system-x86_64\0-m\0"
			  "64\0-name\0guest=debian,debug-threads=on"),
		    "anon_inode:kvm-vm");
	add_process(20, "qemu-system-x86\n", WORDS("qemu-system-x86_64\0-name\0alpine"), "anon_inode:kvm-vm");
	add_process(30, "nestbed-vmm\n", WORDS("build/nestbed-vmm\0--place\0L1"), "anon_inode:kvm-vm");
	add_process(40, "libvirtd\n", WORDS("libvirtd"), "/dev/kvm");
	/* The kernel cuts names at 15 characters; this one has no argument that names the guest. */
	add_process(60, "a-monitor-of-vi\n", WORDS("/opt/bin/a-monitor-of-virtual-machines\0--kvm"),
		    "anon_inode:kvm-vm");
	add_process(61, "vcpu-thread\n", WORDS("a name that it has given itself"), "anon_inode:kvm-vm");
	text__format(link, sizeof(link), "%s/61/exe", proc);
	if (symlink("/usr/lib/hypervisors/another-monitor-of-machines (deleted)", link) != 0)
		return 1;
	add_process(50, "qemu\n", WORDS("qemu\0-name"), "anon_inode:kvm-vm");
	return 0;
}

static int remove_proc(void **state)
{
	char command[128];

	(void)state;
	text__format(command, sizeof(command), "rm -r %s", proc);
	return system(command); /* NOLINT */
}

/* Returns 0 if the word means no VM. */
static pid_t meant(const char *folder, const char *word)
{
	pid_t pid = 0;

	return vm_find__word(folder, word, &pid) == NB_EXIT_GOOD ? pid : 0;
}

static void a_word_means_a_vm(void **state)
{
	(void)state;
	assert_int_equal(meant(proc, "10"), 10);
	assert_int_equal(meant(proc, "debian"), 10);
	assert_int_equal(meant(proc, "alpine"), 20);
	assert_int_equal(meant(proc, "nestbed-vmm"), 30);
	assert_int_equal(meant(proc, "qemu"), 50);
	assert_int_equal(meant(proc, "qemu-system-x86"), 0);    /* two of them */
	assert_int_equal(meant(proc, "qemu-system-x86_64"), 0); /* the same two */
	assert_int_equal(meant(proc, "a-monitor-of-virtual-machines"), 60);
	assert_int_equal(meant(proc, "a-monitor-of-vi"), 60);
	assert_int_equal(meant(proc, "another-monitor-of-machines"), 61);
	assert_int_equal(meant(proc, "vcpu-thread"), 61);
	assert_int_equal(meant(proc, "a-monitor-of-virtual"), 0);
	assert_int_equal(meant(proc, "debain"), 0);
	assert_int_equal(meant(proc, "40"), 0);
	assert_int_equal(meant(proc, "libvirtd"), 0);
	assert_int_equal(meant(proc, ""), 0);
	assert_int_equal(meant("/nonexistent", "debian"), 0);
}

static void states_of_processes(void **state)
{
	struct vm_process list[2];
	size_t hidden;

	(void)state;
	assert_int_equal(vm_find__state(proc, 10), VM_THERE);
	assert_int_equal(vm_find__state(proc, 40), VM_NONE);
	assert_int_equal(vm_find__state(proc, 41), VM_GONE);
	assert_int_equal(vm_find__list(proc, list, 2, &hidden), 6); /* more than there is room for */
	assert_int_equal(hidden, 0);
}

/* Root without capabilities can read the folder of a process that has them, but not the links in
 * the folder. */
static void what_may_not_be_seen(void **state)
{
	const bool root = geteuid() == 0;
	struct vm_process list[1];
	char folder[96], path[128];
	size_t hidden;
	pid_t pid;

	(void)state;
	text__format(folder, sizeof(folder), "%s/proc", proc);
	text__format(path, sizeof(path), "%s/70", folder);
	assert_true(chmod(proc, 0755) == 0 && mkdir(folder, 0755) == 0 && mkdir(path, 0755) == 0);
	text__format(path, sizeof(path), "%s/70/fd", folder);
	assert_int_equal(mkdir(path, 0755), 0);
	text__format(path, sizeof(path), "%s/70/fd/7", folder);
	assert_int_equal(symlink("anon_inode:kvm-vm", path), 0);
	assert_int_equal(vm_find__state(folder, 70), VM_THERE);
	text__format(path, sizeof(path), "%s/70/fd", folder);
	assert_int_equal(chmod(path, 0444), 0);
	assert_true(!root || seteuid(65534) == 0);
	assert_int_equal(vm_find__state(folder, 70), VM_HIDDEN);
	assert_int_equal(vm_find__list(folder, list, 1, &hidden), 0);
	assert_int_equal(hidden, 1);
	assert_int_equal(vm_find__word(folder, "70", &pid), NB_EXIT_SKIPPED);
	assert_true(!root || seteuid(0) == 0);
	assert_int_equal(chmod(path, 0755), 0); /* so that it can be removed */
}

static void expect_name(const char *argument, const char *expected)
{
	char name[8];

	assert_int_equal(vm_find__name(argument, name, sizeof(name)), expected != NULL);
	if (expected)
		assert_string_equal(name, expected);
}

static void names_in_qemus_option(void **state)
{
	(void)state;
	expect_name("debian", "debian");
	expect_name("debian,process=x", "debian");
	expect_name("guest=debian", "debian");
	expect_name("process=x,guest=debian", "debian");
	expect_name("debug-threads=on,debian", NULL);
	expect_name("guest=", NULL);
	expect_name("", NULL);
	expect_name(",", NULL);
	expect_name("toolong8", NULL);
}

#define ARGS(...) ((char *[]){"nestbed trace", __VA_ARGS__, NULL})

static struct live_options live;
static struct options_given given;

/* Parses options of a live table alone. */
static void parse(char **args)
{
	int count = 0;

	while (args[count])
		count++;
	live = (struct live_options){.interval = 0};
	options__parse(&live_argp, count, args, NULL, NULL, &given, &live);
}

/* Options of all groups, as options__parse() reports them. "" is taken. */
static void expect_answer(const char *names, const char *level, const char *says)
{
	static char list[128]; /* `given` points into it */
	char why[LIVE_WHY] = "";

	text__format(list, sizeof(list), "%s", names);
	given.count = 0;
	for (char *name = strtok(list, " "); name; name = strtok(NULL, " "))
		given.name[given.count++] = name;
	assert_int_equal(live__check(&live, &given, level, why), says == NULL);
	if (says && !strstr(why, says))
		fail_msg("%s: %s", names, why);
}

static void options_choose_the_command(void **state)
{
	(void)state;
	parse(ARGS("--pid", "1"));
	assert_true(live__wanted(&given));
	parse(ARGS("--vm=x"));
	assert_true(live__wanted(&given));
	parse(ARGS("--duration", "1"));
	assert_false(live__wanted(&given));
	expect_answer("op vmm", NULL, NULL);
	assert_false(live__wanted(&given));
}

static void options_of_the_other_command(void **state)
{
	(void)state;
	expect_answer("op vcpu", NULL, "--vcpu is for watching a VM: it goes with --pid or --vm, not with --op");
	expect_answer("duration", NULL, "--duration is for watching a VM");
	expect_answer("op reason", NULL, "--reason is for watching");
	expect_answer("op level json csv", "L2", NULL);
	parse(ARGS("--pid", "1"));
	expect_answer("pid shadow-vmcs", NULL,
		      "--shadow-vmcs is for running an operation: --pid and --vm do not go with it");
	expect_answer("pid trace-buffer", NULL, "--trace-buffer is for running");
	expect_answer("op pid", NULL, "--op is for running an operation");
	expect_answer("pid markdown quiet", NULL, NULL);
}

static void options_that_contradict(void **state)
{
	(void)state;
	parse(ARGS("--vm", "x", "--pid", "1"));
	expect_answer("vm pid", NULL, "both name the VM");
	parse(ARGS("--pid", "1", "--reason", "cpuid,UMWAIT", "--vcpu", "3", "--interval", "0.5"));
	expect_answer("pid reason vcpu interval", "L3", "--level L3");
	expect_answer("pid reason vcpu interval", "L1,L2", "--level L1,L2");
	expect_answer("pid reason vcpu interval", "L2", NULL);
	assert_int_equal(live.tracer.reasons[0], 1u << 10);
	assert_int_equal(live.tracer.reasons[1], 1u << 3);
	assert_int_equal(live.tracer.level, 2);
	assert_int_equal(live.tracer.vcpu, 4);
	assert_true(live.interval == 0.5 && live.duration == 0 && live.tracer.timing);
}

/* A usage error ends the process, so this runs in a child. */
static void expect_usage_error(char **args)
{
	int status;
	pid_t child = fork();

	if (child == 0) {
		if (!freopen("/dev/null", "w", stderr))
			_exit(1);
		parse(args);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == NB_EXIT_USAGE);
}

static void options_that_are_wrong(void **state)
{
	(void)state;
	expect_usage_error(ARGS("--pid", "0"));
	expect_usage_error(ARGS("--pid", "x"));
	expect_usage_error(ARGS("--pid", "1", "--reason", "CUPID"));
	expect_usage_error(ARGS("--pid", "1", "--reason", ""));
	expect_usage_error(ARGS("--pid", "1", "--reason", "CPUID,"));
	expect_usage_error(ARGS("--pid", "1", "--reason", ",CPUID"));
	expect_usage_error(ARGS("--pid", "1", "--pid", "2"));
	expect_usage_error(ARGS("--vm", ""));
	expect_usage_error(ARGS("--pid", "1", "--interval", "0"));
	expect_usage_error(ARGS("--pid", "1", "--interval", "nan"));
	expect_usage_error(ARGS("--pid", "1", "--duration", "-1"));
}

static struct live_reading first, second;
static struct live_table table;

static void add_exits(struct live_reading *reading, unsigned level, unsigned reason, unsigned count, uint64_t ns)
{
	struct trace_histogram *h = &reading->histogram[level - 1][reason];

	reading->counts.exits[level - 1][reason] += count;
	h->count += count;
	h->total += count * ns;
	h->max = ns > h->max ? ns : h->max;
	h->bucket[trace_bucket(ns)] += count;
}

static int make_readings(void **state)
{
	(void)state;
	memset(&first, 0, sizeof(first));
	first.seconds = 1;
	add_exits(&first, 1, 10, 5, 1000);
	add_exits(&first, 2, 10, 5, 90000);
	second = first;
	second.seconds = 2;
	add_exits(&second, 1, 10, 90, 1000);
	add_exits(&second, 1, 10, 10, 3000);
	add_exits(&second, 1, 12, 1, 7000000);
	add_exits(&second, 2, 10, 50, 10000);
	second.counts.virtual_exits[10] = 50;
	second.counts.user_exits[2] = 3;
	return 0;
}

static bool near(double a, double b)
{
	return a >= b * 0.984 && a <= b * 1.016;
}

static void rows_of_an_interval(void **state)
{
	(void)state;
	live_table__make(&table, &second, &first);
	assert_false(table.final);
	assert_true(table.interval == 1);
	assert_int_equal(table.row_count, 3);
	assert_int_equal(table.exits, 151);
	assert_string_equal(table.row[0].reason, "HLT"); /* once, and longest */
	assert_int_equal(table.row[0].max, 7000000);
	assert_int_equal(table.row[1].level, 2);
	assert_int_equal(table.row[1].count, 50);
	assert_true(near((double)table.row[1].max, 10000)); /* the 90000 were before */
	assert_int_equal(table.row[2].count, 100);
	assert_int_equal(table.row[2].total, 120000);
	assert_int_equal(table.row[2].max, 3000);
	assert_true(near(table.row[2].p50, 1000) && near(table.row[2].p90, 1000) && near(table.row[2].p99, 3000));
	live_table__make(&table, &second, NULL);
	assert_true(table.final && table.interval == 2);
	assert_int_equal(table.exits, 161);
	assert_int_equal(table.row[1].max, 90000);
	live_table__make(&table, &second, &second);
	assert_int_equal(table.row_count, 0);
}

static char *written(void (*write)(FILE *out, const struct live_table *table))
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	write(out, &table);
	fclose(out);
	return text;
}

static void write_csv(FILE *out, const struct live_table *t)
{
	struct table_writer writer;

	live_table__begin_rows(&writer, TABLE_CSV, out);
	live_table__write_rows(&writer, t, "the VM has ended");
}

static void write_json(FILE *out, const struct live_table *t)
{
	live_table__write_json(out, t, "duration");
}

static void three_ways_to_write(void **state)
{
	char *text;
	json_t *json;

	(void)state;
	live_table__make(&table, &second, &first);
	text = written(live_table__write_text);
	assert_non_null(strstr(text, "151 exits; us from exit to the next entry, off by at most 1.6%\n"));
	assert_non_null(strstr(text, "L1  HLT                               1   0.7%       7.000"));
	assert_non_null(strstr(text, "of these on to L1: CPUID 50\nto user space: IO 3\n"));
	free(text);
	text = written(write_csv);
	assert_non_null(strstr(text, "interval,2.000,L2,CPUID,50,0.331126,500000,"));
	assert_non_null(strstr(text, "interval,2.000,to-user,IO,3,,,,,,,\nended,2.000,,the VM has ended,,,,,,,,\n"));
	free(text);
	text = written(write_json);
	assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1); /* one line */
	json = json_loads(text, 0, NULL);
	assert_non_null(json);
	assert_int_equal(json_integer_value(json_object_get(json, "exits")), 151);
	assert_int_equal(json_array_size(json_object_get(json, "rows")), 3);
	assert_string_equal(json_string_value(json_object_get(json, "ended")), "duration");
	json_decref(json);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_word_means_a_vm),
		cmocka_unit_test(states_of_processes),
		cmocka_unit_test(what_may_not_be_seen),
		cmocka_unit_test(names_in_qemus_option),
		cmocka_unit_test(options_choose_the_command),
		cmocka_unit_test(options_of_the_other_command),
		cmocka_unit_test(options_that_contradict),
		cmocka_unit_test(options_that_are_wrong),
		cmocka_unit_test_setup(rows_of_an_interval, make_readings),
		cmocka_unit_test_setup(three_ways_to_write, make_readings),
	};

	return cmocka_run_group_tests(tests, make_proc, remove_proc);
}
