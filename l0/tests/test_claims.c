// SPDX-License-Identifier: GPL-2.0-only
/* Tests of nestbed claims. Small made-up results have known verdicts, or lack what a claim
 * needs. */
#include <inttypes.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "l0/base/util.h"
#include "l0/claims/claims.h"
#include "l0/cli/commands.h"
#include "l0/tests/capture.h"
#include "microbench/ops.h"

/* One sample, of 100 ticks. */
#define SAMPLE "{\"n\":1,\"encoding\":\"zlib+base64\",\"data\":\"eJxLYYACAAONAGU=\"}"

struct row {
	const char *op, *level, *config;
	double net, exits;
	const char *counters; /* NULL: none */
	const char *route;    /* NULL: L1 */
	const char *note;     /* not NULL: skipped, for this reason */
};

struct result {
	FILE *out;
	char *text;
	size_t size;
	unsigned rows;
};

static char said[65536];

static void begin(struct result *result, bool complete)
{
	*result = (struct result){0};
	result->out = open_memstream(&result->text, &result->size);
	assert_non_null(result->out);
	fprintf(result->out,
		"{\"schema\":2,\"complete\":%s,\"damage\":null,\"metadata\":{\"git_commit\":\"abc\",\"seed\":\"7\"},\"rows\":[",
		complete ? "true" : "false");
}

static void put_row(struct result *result, const char *clock, const struct row *row)
{
	fprintf(result->out,
		"%s{\"machine\":\"bochs\",\"clock\":\"%s\",\"l0\":\"kvm\",\"op\":\"%s\",\"level\":\"%s\",\"route\":\"%s\","
		"\"config\":\"%s\",\"complete\":\"yes\",\"status\":\"%s\",\"note\":\"%s\",\"n\":1,\"windows\":1,"
		"\"samples\":" SAMPLE ",\"hv_vmreads_per_op\":3,\"hv_vmwrites_per_op\":1,\"counters\":{%s},"
		"\"l0_exits_per_op\":%.2f,\"net_p50_ticks\":%.2f}",
		result->rows++ ? "," : "", clock, row->op, row->level, row->route ? row->route : "L1", row->config,
		row->note ? "skipped" : "ok", row->note ? row->note : "", row->counters ? row->counters : "",
		row->exits, row->net);
}

static void end(struct result *result)
{
	fputs("]}", result->out);
	assert_int_equal(fclose(result->out), 0);
}

/* Puts the report on these rows into `said`: of the claim `name`, or of all claims. */
static void judge(const char *name, const char *clock, const struct row *rows, size_t count)
{
	const struct claims_claim *only = NULL;
	char why[NB_LOAD_REASON] = "";
	struct nb_loaded loaded;
	struct result result;
	FILE *out;

	begin(&result, true);
	for (size_t i = 0; i < count; i++)
		put_row(&result, clock, &rows[i]);
	end(&result);
	if (!nb_load_text(&loaded, result.text, result.size, why))
		fail_msg("%s", why);
	for (size_t i = 0; i < claims_count; i++)
		if (name && strcmp(claims_table[i].name, name) == 0)
			only = &claims_table[i];
	assert_true(only || !name);
	memset(said, 0, sizeof(said));
	out = fmemopen(said, sizeof(said) - 1, "w");
	assert_non_null(out);
	claims__put(&loaded, NULL, only, out);
	fclose(out);
	nb_loaded_free(&loaded);
	free(result.text);
}

#define ROWS(...) (const struct row[]){__VA_ARGS__}, sizeof((const struct row[]){__VA_ARGS__}) / sizeof(struct row)

#define JUDGE(name, ...) judge(name, "instructions", ROWS(__VA_ARGS__))
#define SAYS(what)                                                                                                     \
	do {                                                                                                           \
		if (!strstr(said, what))                                                                               \
			fail_msg("'%s' is not in: %s", what, said);                                                    \
	} while (0)
#define ON  SHADOW_ON
#define OFF SHADOW_OFF

static void a_number_of_exits_is_exact(void **state)
{
	(void)state;
	JUDGE("cpuid-direct", {"cpuid", "L2", ON, 10230, .exits = 2});
	SAYS("**reproduced**");
	SAYS("VMREADs: 3, VMWRITEs: 1");
	JUDGE("cpuid-direct", {"cpuid", "L2", ON, 10230, .exits = 2.01});
	SAYS("**reproduced**");
	JUDGE("cpuid-direct", {"cpuid", "L2", ON, 10230, .exits = 3});
	SAYS("**contradicted**");
	JUDGE("cpuid-trapped", {"cpuid", "L2", OFF, 13615, .exits = 6});
	SAYS("**contradicted**");
	SAYS("ours 6 = 2 + 4");
	JUDGE("cpuid-trapped", {"cpuid", "L2", OFF, 13615, .exits = 13});
	SAYS("**reproduced**");
	SAYS("not 2 + accesses");
}

static void every_claim_is_whole(void **state)
{
	(void)state;
	for (size_t i = 0; i < claims_count; i++) {
		const struct claims_claim *claim = &claims_table[i];

		assert_true(*claim->name && *claim->text && *claim->source && *claim->predicted && *claim->method);
		assert_non_null(claim->measure);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(claim->name, claims_table[j].name);
		for (size_t j = 0; j < CLAIMS_NEEDS_MAX && claim->needs[j].op; j++)
			assert_non_null(nb_op_get(claim->needs[j].op));
	}
}

static void what_is_missing_is_named(void **state)
{
	(void)state;
	JUDGE("cpuid-direct", {"vmcall", "L2", ON, 1, .exits = 2});
	SAYS("**not measured**");
	SAYS("Missing: cpuid on L2 (shadow_vmcs=on): no such row.");
	JUDGE("pio-exits", {"cpuid", "L2", ON, 1, .exits = 2}, {"pio", "L2", ON, 1, .exits = 2, .note = "no ports"});
	SAYS("**not measured**");
	SAYS("pio on L2 (shadow_vmcs=on): skipped, no ports; pio on L2 (shadow_vmcs=off): no such row");
	/* Another L0, or another configuration, is another row. */
	JUDGE("cpuid-direct", {"cpuid", "L2", "shadow_vmcs=on ept12=4K", 1, .exits = 2});
	SAYS("**not measured**");
}

static void nothing_at_all_is_no_crash(void **state)
{
	size_t verdicts = 0;

	(void)state;
	JUDGE(NULL, {"empty", "L0", ON, 0, .exits = 0});
	for (const char *at = said; (at = strstr(at, "- verdict: **")); at++)
		verdicts++;
	assert_int_equal(verdicts, claims_count);
	SAYS("| commit | abc |");
	SAYS("| seed | 7 |");
	assert_null(strstr(said, "- verdict: **reproduced**"));
}

static void zeros_are_no_crash(void **state)
{
	struct row rows[4 * 200];
	size_t count = 0;

	(void)state;
	/* Every row that any claim wants, all of them 0; and again below 0. */
	for (int sign = 0; sign < 2; sign++) {
		count = 0;
		for (size_t i = 0; i < claims_count; i++)
			for (size_t j = 0; j < CLAIMS_NEEDS_MAX && claims_table[i].needs[j].op; j++) {
				const struct claims_need *need = &claims_table[i].needs[j];
				bool known = false;

				for (size_t k = 0; k < count; k++)
					known = known || (strcmp(rows[k].op, need->op) == 0 &&
							  strcmp(rows[k].level, need->level) == 0 &&
							  strcmp(rows[k].config, need->config) == 0);
				if (!known)
					rows[count++] = (struct row){need->op, need->level, need->config, .net = -sign,
								     .exits = -sign};
			}
		judge(NULL, sign ? "tsc_cycles" : "instructions", rows, count);
		SAYS("## walk");
	}
}

/* Puts the report of one claim into `said`. The result has these rows, and its folder has this file
 * unless csv is NULL. */
static void judge_file(const char *name, const char *clock, const char *file, const char *csv, const struct row *rows,
		       size_t count)
{
	char folder[] = "/tmp/test_claims.XXXXXX", path[64], why[NB_LOAD_REASON] = "";
	const struct claims_claim *only = NULL;
	struct nb_loaded loaded;
	struct result result;
	FILE *out;

	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/%s", folder, file);
	if (csv) {
		out = fopen(path, "w");
		assert_non_null(out);
		fputs(csv, out);
		fclose(out);
	}
	begin(&result, true);
	for (size_t i = 0; i < count; i++)
		put_row(&result, clock, &rows[i]);
	end(&result);
	if (!nb_load_text(&loaded, result.text, result.size, why))
		fail_msg("%s", why);
	for (size_t i = 0; i < claims_count; i++)
		if (strcmp(claims_table[i].name, name) == 0)
			only = &claims_table[i];
	assert_non_null(only);
	memset(said, 0, sizeof(said));
	out = fmemopen(said, sizeof(said) - 1, "w");
	assert_non_null(out);
	claims__put(&loaded, folder, only, out);
	fclose(out);
	nb_loaded_free(&loaded);
	free(result.text);
	unlink(path);
	rmdir(folder);
}

#define NO_ROWS      ROWS({"empty", "L2", SHADOW_ON, 0, .exits = 0})
#define CSV_HEAD     "op,level,config,status,hv_exits_per_op,l0_exits_per_op,net_p50_ticks\n"
#define CSV(op, mmu) op ",L2,shadow_vmcs=on" mmu ",ok,"
#define DEMANDED(exits_of_2)                                                                                               \
	CSV_HEAD CSV("demand_1", " mmu=shadow-wp") "3,6,50\n" CSV(                                                         \
		"demand_2",                                                                                                \
		" mmu=shadow-wp") "4," exits_of_2                                                                          \
				  ",60\n" CSV("demand_3", " mmu=shadow-wp") "5,10,70\n" CSV(                               \
					  "demand_2m_1",                                                                   \
					  " mmu=shadow-wp") "3,6,50\n" CSV("demand_2m_2",                                  \
									   " mmu=shadow-wp") "4,8,60\n" CSV("demand_1g_1", \
													    " mmu=shadow-wp") "3,6,50\n"
#define TOUCH(n, config, l0_exits)                                                                                     \
	{                                                                                                              \
		"touch_" #n, "L2", config, 1000,                                                                       \
			.exits = l0_exits, .counters = "\"hv.exit.EPT_VIOLATION\":1,\"hv.exit.IO_INSTRUCTION\":1"      \
	}

static void an_exit_is_two_switches(void **state)
{
	struct row rows[] = {
		{"empty", "L2", ON, 0, .exits = 0, .counters = "\"hv.exit.IO_INSTRUCTION\":1", .route = "none"},
		TOUCH(1, ON, 3.5),
		TOUCH(2, ON, 5),
		TOUCH(3, ON, 6),
		TOUCH(2m_1, ON, 4),
		TOUCH(2m_2, ON, 4.25),
		TOUCH(1g_1, ON, 4),
		TOUCH(1, OFF, 5),
		TOUCH(2, OFF, 6),
		TOUCH(3, OFF, 7),
		TOUCH(2m_1, OFF, 6),
		TOUCH(2m_2, OFF, 6),
		TOUCH(1g_1, OFF, 6),
	};

	(void)state;
	judge_file("first-touch", "instructions", "paging.csv",
		   CSV_HEAD CSV("touch_2", " mmu=shadow-wp") "1,2.25,20000\n", rows, 13);
	SAYS("**reproduced**");
	SAYS("| 4 KiB | 1 | EPT on EPT | 1 | 3.50 | 4 | 7 | 8 | 1,000 |");
	SAYS("| 4 KiB | 1 | the same, VMCS shadowing off | - | 5 | 4 | 10 | 8 | 1,000 |"); /* no `empty` */
	SAYS("| 2 MiB | 2 | EPT on EPT | 1 | 4.25 | 5 | 8.50 | 10 | 1,000 |");
	SAYS("| 4 KiB | 2 | shadow on EPT | 1 | 2.25 | - | 4.50 | - | 20,000 |");
	SAYS("| 1 GiB | 1 | shadow on shadow | - | - | - | - | - | - |");
	rows[4].exits = 4.09;
	judge_file("first-touch", "instructions", "paging.csv", NULL, rows, 13);
	SAYS("**reproduced**");
	rows[4].exits = 4.1;
	judge_file("first-touch", "instructions", "paging.csv", NULL, rows, 13);
	SAYS("**contradicted**");
	SAYS("would come from paging.csv");
	judge_file("demand", "instructions", "paging.csv", NULL, NO_ROWS);
	SAYS("**not measured**");
	judge_file("demand", "instructions", "paging.csv", DEMANDED("8.1") CSV("demand_1", "") "0,0,5\n", NO_ROWS);
	SAYS("**reproduced**");
	SAYS("| 4 KiB | 1 | EPT on EPT | 0 | 0 | - | 0 | - | 5 |");
	SAYS("| 4 KiB | 2 | shadow on EPT | 4 | 8.10 | 8 | 16.20 | 16 | 60 |");
	judge_file("demand", "instructions", "paging.csv", DEMANDED("9"), NO_ROWS);
	SAYS("**contradicted**");
}

#define EMPTY(config)                                                                                                  \
	{                                                                                                              \
		"empty", "L2", config, 0, .exits = 0,                                                                  \
					  .counters = "\"hv.exit.IO_INSTRUCTION\":1,\"hv.vmread.GUEST_RIP\":1",        \
					  .route = "none"                                                              \
	}
static void maintenance_is_judged_by_exits(void **state)
{
	struct row rows[] = {
		{"invept", "L1", ON, 2300, .exits = 1},       {"invept", "L1", OFF, 2300, .exits = 1},
		{"invept_all", "L1", ON, 2300, .exits = 1},   {"invept_all", "L1", OFF, 2300, .exits = 1},
		{"invvpid_page", "L1", ON, 2300, .exits = 1}, {"invvpid_page", "L1", OFF, 2300, .exits = 1},
		{"invvpid", "L1", ON, 2300, .exits = 1},      {"invvpid", "L1", OFF, 2300, .exits = 1},
		{"invvpid_all", "L1", ON, 2300, .exits = 1},  {"invvpid_all", "L1", OFF, 2300, .exits = 1},
		{"ept_change", "L1", ON, 2400, .exits = 3},   {"ept_change", "L1", OFF, 2500, .exits = 4},
	};

	(void)state;
	judge("invalidations", "instructions", rows, 12);
	SAYS("**reproduced**");
	SAYS("| invvpid_page | 1 | 1 | 2,300 | 2,300 |");
	SAYS("| ept_change | 3 | 4 | 2,400 | 2,500 |");
	rows[7].exits = 0;
	judge("invalidations", "instructions", rows, 12);
	SAYS("**contradicted**");
	JUDGE("dirty-logging", EMPTY(ON),
	      {"dirty_protect", "L2", ON, 3200, .exits = 50,
	       .counters = "\"hv.exit.EPT_VIOLATION\":16,\"hv.exit.VMCALL\":1,\"hv.exit.IO_INSTRUCTION\":1"},
	      {"dirty_flags", "L2", ON, 1600, .exits = 18,
	       .counters = "\"hv.exit.VMCALL\":1,\"hv.exit.IO_INSTRUCTION\":1"},
	      {"dirty_log", "L2", ON, 1600, .exits = 18,
	       .counters = "\"hv.exit.VMCALL\":1,\"hv.exit.IO_INSTRUCTION\":1"});
	SAYS("**reproduced**");
	SAYS("| dirty_protect | 17 | 1 | 50 | 16 | 3,200 | 200 |");
	SAYS("| dirty_log | 1 | 0 | 18 | 16 | 1,600 | 100 |");
	JUDGE("dirty-logging", EMPTY(ON),
	      {"dirty_protect", "L2", ON, 3200, .exits = 50, .counters = "\"hv.exit.VMCALL\":17"},
	      {"dirty_flags", "L2", ON, 1600, .exits = 18, .counters = "\"hv.exit.VMCALL\":17"},
	      {"dirty_log", "L2", ON, 1600, .exits = 18, .counters = "\"hv.exit.VMCALL\":1"});
	SAYS("**contradicted**");
	JUDGE("dirty-logging", {"dirty_protect", "L2", ON, 3200, .exits = 50},
	      {"dirty_flags", "L2", ON, 1600, .exits = 18}, {"dirty_log", "L2", ON, 1600, .exits = 18});
	SAYS("**not measured**");
}

#define STEPS_HEAD "walk,table,level,again,read\n"
#define TWO(read)  "two,ept12,1,no," read "\ntwo,L2,1,no," read "\ntwo,ept12,1,yes," read "\n" /* g = 1, n = 1 */
#define THREE(level)                                                                                                   \
	"three,ept01,4,no,\nthree,ept01," level ",no,\nthree,ept12,1,no,\nthree,ept01,4,yes,\nthree,ept01,3,no,\n"     \
	"three,L2,1,no,\nthree,ept01,4,yes,\nthree,ept01,3,no,\nthree,ept12,1,yes,\nthree,ept01,4,yes,\n"              \
	"three,ept01,3,no,\n"

static void steps_are_those_of_the_cpu(void **state)
{
	(void)state;
	judge_file("walk-steps", "instructions", "walk-steps.csv", NULL, NO_ROWS);
	SAYS("**not measured**");
	SAYS("makes one");
	/* Nobody has counted such a walk. */
	judge_file("walk-steps", "instructions", "walk-steps.csv", STEPS_HEAD TWO("yes") THREE("3"), NO_ROWS);
	SAYS("**not measured**");
	SAYS("| L2's tables and ept12 | 3 | 2 | 1 | 2 | 0 | 0 |");
	SAYS("| and ept01 below them | 11 | 7 | 1 | 2 | 8 | 0 |");
	SAYS("with m = 2 is 11");
	judge_file("walk-steps", "instructions", "walk-steps.csv", STEPS_HEAD TWO("") THREE("2"), NO_ROWS);
	SAYS("has read 0 of the 3");
	SAYS("differs by address");
}

#define CHASE_HEAD                         "in_vm,level,order,layout,page_kib,set_kib,miss_ticks\n"
#define CHASE_ROW(in_vm, level, set, miss) in_vm "," level ",random,line-each-4K,4," set "," miss "\n"

#define JUDGE_CHASE(clock, csv) judge_file("tlb-miss", clock, "chase.csv", csv, NO_ROWS)

static void a_miss_needs_a_clock_that_shows_it(void **state)
{
	(void)state;
	JUDGE_CHASE("instructions", NULL);
	SAYS("**not testable on this machine**");
	SAYS("Not testable here: a load is one instruction");
	JUDGE_CHASE("tsc_cycles", NULL);
	SAYS("**not measured**");
	SAYS("`nestbed chase` makes one");
	JUDGE_CHASE("tsc_cycles", CHASE_HEAD CHASE_ROW("no", "L0", "4096", "30"));
	SAYS("**not measured**");
	JUDGE_CHASE("tsc_cycles", CHASE_HEAD CHASE_ROW("no", "L0", "4096", "30") CHASE_ROW("no", "L2", "4096", "240")
					  CHASE_ROW("no", "L0", "65536", "40") CHASE_ROW("no", "L2", "65536", "100")
						  CHASE_ROW("no", "L0", "131072", "50"));
	SAYS("**reproduced**");
	SAYS("| 65,536 | 40 | - | 100 | 2.50 |");
	JUDGE_CHASE("tsc_cycles", CHASE_HEAD CHASE_ROW("no", "L0", "4096", "30") CHASE_ROW("no", "L2", "4096", "240"));
	SAYS("**contradicted**");
	JUDGE_CHASE("tsc_cycles", CHASE_HEAD CHASE_ROW("yes", "L0", "4096", "30") CHASE_ROW("yes", "L2", "4096", "60"));
	SAYS("**not testable on this machine**");
	SAYS("that computer is a virtual machine");
}

static void a_line_is_found_again(void **state)
{
	(void)state;
	/* t_n = 1000, t_s = 10 */
	JUDGE("batching", {"virtq_1", "L2", ON, 1010, .exits = 2}, {"virtq_4", "L2", ON, 1040, .exits = 2},
	      {"virtq_16", "L2", ON, 1160, .exits = 2}, {"virtq_64", "L2", ON, 1640, .exits = 2},
	      {"virtq_1", "L2", OFF, 2010, .exits = 7}, {"virtq_4", "L2", OFF, 2040, .exits = 7},
	      {"virtq_16", "L2", OFF, 2160, .exits = 7}, {"virtq_64", "L2", OFF, 2640, .exits = 7});
	SAYS("**reproduced**");
	SAYS("t_n = 1,000 and t_s = 10 instructions");
	SAYS("t_n = 2,000 and t_s = 10 instructions");
	SAYS("| 4 | 1,040 | 1,040 | 260 | 260 | 3,846.15 | 0.500 | 3,290 |"); /* 10 + 1000/4 + 3 x 1010 */
	SAYS("1.32 us with B = 1, 6.08 us with B = 4");
	/* The last is no longer on the line. */
	JUDGE("batching", {"virtq_1", "L2", ON, 1010, .exits = 2}, {"virtq_4", "L2", ON, 1040, .exits = 2},
	      {"virtq_16", "L2", ON, 1160, .exits = 2}, {"virtq_64", "L2", ON, 3000, .exits = 2},
	      {"virtq_1", "L2", OFF, 2010, .exits = 7}, {"virtq_4", "L2", OFF, 2040, .exits = 7},
	      {"virtq_16", "L2", OFF, 2160, .exits = 7}, {"virtq_64", "L2", OFF, 2640, .exits = 7});
	SAYS("**contradicted**");
}

/* Rows of work_0 to work_8: 20,000 ticks with 0 to 8 traps of dt each. The last row takes `late`
 * ticks longer. */
static void put_works(struct row *rows, const char *level, const char *config, double dt, double late)
{
	static const char *const ops[] = {"work_0", "work_1", "work_2", "work_4", "work_8"};
	static const double traps[] = {0, 1, 2, 4, 8};

	for (size_t i = 0; i < 5; i++)
		rows[i] = (struct row){ops[i], level, config, .net = 20000 + traps[i] * dt + (i == 4 ? late : 0),
				       .exits = traps[i]};
}

static void throughput_falls_in_a_line(void **state)
{
	struct row rows[18] = {[15] = {"cpuid", "L1", ON, 1000, .exits = 1},
			       {"cpuid", "L2", ON, 10000, .exits = 2},
			       {"cpuid", "L2", OFF, 13000, .exits = 6}};

	(void)state;
	put_works(rows, "L1", ON, 1000, 0);
	put_works(rows + 5, "L2", ON, 10000, 0);
	put_works(rows + 10, "L2", OFF, 13000, 0);
	judge("throughput", "instructions", rows, 18);
	SAYS("**reproduced**");
	SAYS("| L1 | 20,000 | 28,000 | 285.71 | 20,000 | 1,000 | 1,000 | 1.000000 | 0.00% |");
	put_works(rows + 5, "L2", ON, 10000, 40000);
	judge("throughput", "instructions", rows, 18);
	SAYS("**contradicted**");
}

static void small_differences_are_none(void **state)
{
	struct row rows[9] = {{"msg_vmcall", "L2", ON, 10300, .exits = 2}, {"msg_pio", "L2", ON, 10280, .exits = 2},
			      {"msg_mmio", "L2", ON, 11400, .exits = 2},   {"msg_vmcall", "L2", OFF, 13600, .exits = 6},
			      {"msg_pio", "L2", OFF, 15000, .exits = 7},   {"msg_mmio", "L2", OFF, 17300, .exits = 8},
			      {"vmcall", "L1", ON, 1000, .exits = 1},      {"pio", "L1", ON, 3200, .exits = 1},
			      {"mmio_user", "L1", ON, 5500, .exits = 1}};

	(void)state;
	judge("message-order", "instructions", rows, 9);
	SAYS("**reproduced**");
	rows[1].net = 9500;
	judge("message-order", "instructions", rows, 9);
	SAYS("**contradicted**");
	rows[1].net = 10280;
	rows[2].net = 10700;
	judge("message-order", "instructions", rows, 9);
	SAYS("**contradicted**");
}

#define CPUID                                                                                                          \
	"\"hv.exit.CPUID\":1,\"hv.exit.IO_INSTRUCTION\":1,\"hv.vmread.VM_EXIT_REASON\":1,"                             \
	"\"hv.vmread.GUEST_RIP\":3,\"hv.vmwrite.GUEST_RIP\":1"

static void every_exit_is_assigned(void **state)
{
	(void)state;
	JUDGE("ledger", EMPTY(ON), EMPTY(OFF), {"cpuid", "L2", ON, 10000, .exits = 2, .counters = CPUID},
	      {"cpuid", "L2", OFF, 13000, .exits = 6, .counters = CPUID});
	SAYS("**reproduced**");
	SAYS("1 of the 1 operations");
	assert_null(strstr(said, "| cpuid |"));
	/* A field that KVM does not shadow. */
	JUDGE("ledger", EMPTY(ON), EMPTY(OFF),
	      {"sidt_trap", "L2", ON, 1, .exits = 3, .counters = CPUID ",\"hv.vmread.GUEST_IDTR_BASE\":1"},
	      {"sidt_trap", "L2", OFF, 1, .exits = 7, .counters = CPUID ",\"hv.vmread.GUEST_IDTR_BASE\":1"});
	SAYS("| sidt_trap | 3 | 7 | 1 | 1 (vmread.GUEST_IDTR_BASE) | 5 | 0 | 0 | 0 |");
	/* One that nobody can explain. */
	JUDGE("ledger", EMPTY(ON), EMPTY(OFF), {"cpuid", "L2", ON, 10000, .exits = 3, .counters = CPUID},
	      {"cpuid", "L2", OFF, 13000, .exits = 6, .counters = CPUID});
	SAYS("**contradicted**");
	SAYS("| cpuid | 3 | 6 | 1 | 0 | 4 | 0 | 1 | 0 |");
	/* Without `empty`, nothing can be assigned. */
	JUDGE("ledger", {"cpuid", "L2", ON, 10000, .exits = 2, .counters = CPUID},
	      {"cpuid", "L2", OFF, 13000, .exits = 6, .counters = CPUID});
	SAYS("**not measured**");
}

static void what_l0_keeps_does_not_reach_l1(void **state)
{
	(void)state;
	JUDGE("kept", EMPTY(ON), {"pio", "L2", ON, 9000, .exits = 2, .counters = CPUID},
	      {"wbinvd", "L2", ON, 900, .exits = 1, .counters = "\"hv.exit.IO_INSTRUCTION\":1", .route = "L0-kernel"});
	SAYS("**reproduced**");
	SAYS("| wbinvd | 1 | 0 | 900 | 10.0 |");
	SAYS("| ud | not measured | | | |");
	JUDGE("kept", EMPTY(ON), {"pio", "L2", ON, 9000, .exits = 2, .counters = CPUID},
	      {"wbinvd", "L2", ON, 900, .exits = 1, .counters = CPUID, .route = "L0-kernel"});
	SAYS("**contradicted**");
	/* Parts of an exit are pages that L0 maps for itself; more of it are not. */
	JUDGE("kept", EMPTY(ON), {"pio", "L2", ON, 9000, .exits = 2, .counters = CPUID},
	      {"ud", "L2", ON, 900, .exits = 1.09, .counters = "\"hv.exit.IO_INSTRUCTION\":1", .route = "L0-kernel"});
	SAYS("**reproduced**");
	JUDGE("kept", EMPTY(ON), {"pio", "L2", ON, 9000, .exits = 2, .counters = CPUID},
	      {"ud", "L2", ON, 900, .exits = 1.2, .counters = "\"hv.exit.IO_INSTRUCTION\":1", .route = "L0-kernel"});
	SAYS("**contradicted**");
	JUDGE("kept", EMPTY(ON), {"pio", "L2", ON, 9000, .exits = 2, .counters = CPUID});
	SAYS("**not measured**");
}

static void times_need_a_clock(void **state)
{
	(void)state;
	JUDGE("dvh-hypercall", {"vmcall", "L1", ON, 1000, .exits = 1}, {"vmcall", "L2", ON, 24000, .exits = 2});
	SAYS("**not testable on this machine**");
	SAYS("24.0 times as many as L1");
	SAYS("the claim is about time");
	judge("dvh-hypercall", "tsc_cycles",
	      ROWS({"vmcall", "L1", ON, 1000, .exits = 1}, {"vmcall", "L2", ON, 24000, .exits = 2}));
	SAYS("**reproduced**");
	judge("dvh-hypercall", "tsc_cycles",
	      ROWS({"vmcall", "L1", ON, 1000, .exits = 1}, {"vmcall", "L2", ON, 5000, .exits = 2}));
	SAYS("**contradicted**");
	JUDGE("shadowing-overhead", {"cpuid", "L2", ON, 60, .exits = 2}, {"cpuid", "L2", OFF, 100, .exits = 6});
	SAYS("**not testable on this machine**");
	SAYS("at most 40% (cpuid)");
	judge("shadowing-overhead", "tsc_cycles",
	      ROWS({"cpuid", "L2", ON, 60, .exits = 2}, {"cpuid", "L2", OFF, 100, .exits = 6}));
	SAYS("**reproduced**");
}

static void numbers_are_read_easily(void **state)
{
	(void)state;
	assert_string_equal(NUMBER(0), "0");
	assert_string_equal(NUMBER(-0.001), "0");
	assert_string_equal(NUMBER(999), "999");
	assert_string_equal(NUMBER(1000), "1,000");
	assert_string_equal(NUMBER(-1234567.5), "-1,234,567.50");
	assert_string_equal(NUMBER(12.345), "12.35");
	assert_string_equal(NUMBER(NAN), "nan");
	assert_string_equal(NUMBER(1e300), "1e+300");
}

/* The prose of the Markdown has no long line. A line break must not make a list of it. */
static void lines_are_short(void **state)
{
	(void)state;
	JUDGE(NULL, {"cpuid", "L2", ON, 123456789, .exits = 2}, {"cpuid", "L2", OFF, 987654321, .exits = 6});
	for (const char *line = said; *line;) {
		size_t length = strcspn(line, "\n");

		if (*line != '|' && *line != '-')
			assert_true(length <= 125);
		assert_false(line[0] == '+' || line[0] == '=' || line[0] == '*');
		line += length + 1;
	}
}

/* --- The command --- */

static int command(char *folder, const char *option, const char *value, char *err, size_t size)
{
	char *argv[] = {"nestbed claims", folder, (char *)option, (char *)value, NULL};
	struct capture out = capture__begin(STDOUT_FILENO), errors = capture__begin(STDERR_FILENO);
	int code = claims__main(option ? 4 : 2, argv);

	capture__end_text(&errors, err, size);
	capture__end_text(&out, said, sizeof(said));
	return code;
}

static void write_result(const char *path, bool complete)
{
	const struct row cpuid = {"cpuid", "L2", ON, 10230, .exits = 2};
	FILE *out = fopen(path, "w");
	struct result result;

	assert_non_null(out);
	begin(&result, complete);
	put_row(&result, "instructions", &cpuid);
	end(&result);
	fputs(result.text, out);
	assert_int_equal(fclose(out), 0);
	free(result.text);
}

static void the_command_writes_the_same_file(void **state)
{
	char folder[] = "/tmp/nestbed-claims-XXXXXX", result_path[64], out_path[64], err[1024], first[65536];
	struct file_data file;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(result_path, sizeof(result_path), "%s/results.json", folder);
	snprintf(out_path, sizeof(out_path), "%s/claims.md", folder);
	assert_int_equal(command(folder, NULL, NULL, err, sizeof(err)), NB_EXIT_FAILED);
	write_result(result_path, true);
	assert_int_equal(command(folder, NULL, NULL, err, sizeof(err)), NB_EXIT_GOOD);
	assert_string_equal(err, "");
	SAYS("| [cpuid-direct](#cpuid-direct)");
	strcpy(first, said);
	assert_int_equal(command(folder, "--markdown", out_path, err, sizeof(err)), NB_EXIT_GOOD);
	assert_string_equal(said, "");
	assert_true(file__read(out_path, &file));
	assert_int_equal(file.size, strlen(first));
	assert_memory_equal(file.data, first, file.size);
	free(file.data);
	assert_int_equal(command(folder, "--claim", "cpuid-direct", err, sizeof(err)), NB_EXIT_GOOD);
	SAYS("## cpuid-direct");
	assert_null(strstr(said, "## pio-exits"));

	/* An incomplete result proves nothing. */
	write_result(result_path, false);
	assert_int_equal(command(folder, NULL, NULL, err, sizeof(err)), NB_EXIT_FAILED);
	assert_non_null(strstr(err, "is incomplete"));
	unlink(out_path);
	unlink(result_path);
	assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_number_of_exits_is_exact),
		cmocka_unit_test(every_claim_is_whole),
		cmocka_unit_test(what_is_missing_is_named),
		cmocka_unit_test(nothing_at_all_is_no_crash),
		cmocka_unit_test(zeros_are_no_crash),
		cmocka_unit_test(an_exit_is_two_switches),
		cmocka_unit_test(maintenance_is_judged_by_exits),
		cmocka_unit_test(steps_are_those_of_the_cpu),
		cmocka_unit_test(a_miss_needs_a_clock_that_shows_it),
		cmocka_unit_test(a_line_is_found_again),
		cmocka_unit_test(throughput_falls_in_a_line),
		cmocka_unit_test(small_differences_are_none),
		cmocka_unit_test(every_exit_is_assigned),
		cmocka_unit_test(what_l0_keeps_does_not_reach_l1),
		cmocka_unit_test(times_need_a_clock),
		cmocka_unit_test(numbers_are_read_easily),
		cmocka_unit_test(lines_are_short),
		cmocka_unit_test(the_command_writes_the_same_file),
	};

	return cmocka_run_group_tests_name("claims", tests, NULL, NULL);
}
