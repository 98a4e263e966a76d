// SPDX-License-Identifier: GPL-2.0-only
/* Tests of the claims about depth and about the choice of shadowed fields, with good, bad and
 * missing files beside a result. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "l0/claims/claims.h"
#include "l0/tests/capture.h"

static char said[65536];

/* A file beside the result: its name, NULL for none, and text. */
struct beside {
	const char *name, *text;
};
#define BESIDE 2

static void put_file(const char *folder, const struct beside *file)
{
	char path[128];
	FILE *out;

	snprintf(path, sizeof(path), "%s/%s", folder, file->name);
	out = fopen(path, "w");
	assert_non_null(out);
	fputs(file->text, out);
	assert_int_equal(fclose(out), 0);
}

static void remove_file(const char *folder, const struct beside *file)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", folder, file->name);
	assert_int_equal(unlink(path), 0);
}

static const struct claims_claim *claim_of(const char *name)
{
	for (size_t i = 0; i < claims_count; i++)
		if (strcmp(claims_table[i].name, name) == 0)
			return &claims_table[i];
	fail_msg("no claim %s", name);
	return NULL;
}

/* Puts the report of one claim into `said`. The result has no rows; its folder has these files. */
static void judge(const char *name, const char *clock, const struct beside *files)
{
	char folder[] = "/tmp/test_claims_depth.XXXXXX", err[1024];
	struct nb_loaded loaded = {.clock = (char *)clock, .machine = "bochs", .complete = true};
	struct capture errors;
	FILE *out;

	assert_non_null(mkdtemp(folder));
	for (size_t i = 0; i < BESIDE && files[i].name; i++)
		put_file(folder, &files[i]);
	memset(said, 0, sizeof(said));
	out = fmemopen(said, sizeof(said) - 1, "w");
	assert_non_null(out);
	errors = capture__begin(STDERR_FILENO);
	claims__put(&loaded, folder, claim_of(name), out);
	capture__end_text(&errors, err, sizeof(err));
	fclose(out);
	for (size_t i = 0; i < BESIDE && files[i].name; i++)
		remove_file(folder, &files[i]);
	assert_int_equal(rmdir(folder), 0);
}

#define JUDGE(name, clock, ...) judge(name, clock, (const struct beside[BESIDE]){__VA_ARGS__})
#define SAYS(what)                                                                                                     \
	do {                                                                                                           \
		if (!strstr(said, what))                                                                               \
			fail_msg("'%s' is not in: %s", what, said);                                                    \
	} while (0)
#define SAYS_NOT(what) assert_null(strstr(said, what))

#define CYCLES       "tsc_cycles"
#define INSTRUCTIONS "instructions"

#define HEAD                                 "l0,op,config,level,l0_exits_per_op,l1_exits_per_op,l2_exits_per_op,l3_exits_per_op,net_p50_ticks,status\n"
#define ROW(l0, config, level, exits, ticks) l0 ",vmcall,shadow_vmcs=" config "," level "," exits "," ticks ",ok\n"
#define KVM(l2, l3)                                                                                                    \
	ROW("kvm", "on", "L1", "1,,,", "1000")                                                                         \
	ROW("kvm", "on", "L2", "2,1,,", l2) ROW("kvm", "on", "L3", "42,2,1,", l3)
#define OURS                                                                                                           \
	ROW("own", "on", "L1", "1,,,", "100")                                                                          \
	ROW("own", "on", "L2", "2,1,,", "700")                                                                         \
	ROW("own", "on", "L3", "8,2,1,", "5000")                                                                       \
	ROW("own", "off", "L2", "6,1,,", "2400") ROW("own", "off", "L3", "105,6,1,", "48000")

static void a_hypercall_gets_dearer_from_level_to_level(void **state)
{
	(void)state;
	JUDGE("depth", CYCLES, {"depth.csv", HEAD KVM("24000", "550000")});
	SAYS("**reproduced**");
	SAYS("| KVM, shadowing on | L2 | 2 | 24,000 | 24.0 | 24.0 |");
	SAYS("| KVM, shadowing on | L3 | 42 | 550,000 | 22.9 | 22.7 |");
	/* Both ratios have to be near. */
	JUDGE("depth", CYCLES, {"depth.csv", HEAD KVM("24000", "240000")});
	SAYS("**contradicted**");
	JUDGE("depth", CYCLES, {"depth.csv", HEAD KVM("49000", "1000000")});
	SAYS("**contradicted**");
	JUDGE("depth", INSTRUCTIONS, {"depth.csv", HEAD OURS}, {"depth-kvm.csv", HEAD KVM("10000", "88000")});
	SAYS("**not testable on this machine**");
	SAYS("| ours, shadowing on | L3 | 8 | 5,000 | 7.1 | 22.7 |");
	/* L1 was measured once: shadowing is nothing to it. */
	SAYS("| ours, shadowing off | L1 | 1 | 100 | | |");
	SAYS("| ours, shadowing off | L2 | 6 | 2,400 | 24.0 | 24.0 |");
	SAYS("| KVM, shadowing on | L3 | 42 | 88,000 | 8.8 | 22.7 |");
}

static void a_hypercall_needs_its_levels(void **state)
{
	(void)state;
	JUDGE("depth", CYCLES, {NULL, NULL});
	SAYS("**not measured**");
	SAYS("The result has no depth.csv");
	JUDGE("depth", INSTRUCTIONS, {"depth.csv", HEAD OURS});
	SAYS("**not measured**");
	SAYS("with KVM as L0");
	JUDGE("depth", CYCLES, {"depth.csv", HEAD});
	SAYS("**not measured**");
	JUDGE("depth", CYCLES, {"depth.csv", HEAD KVM("0", "0")});
	SAYS("**not measured**");
	JUDGE("depth", CYCLES, {"depth.csv", HEAD KVM("24000", "many")});
	SAYS("**not measured**");
	JUDGE("depth", CYCLES, {"depth.csv", HEAD "kvm,vmcall,shadow_vmcs=on,L1,1"});
	SAYS("**not measured**");
	/* Rows that are not good are none. */
	JUDGE("depth", CYCLES,
	      {"depth.csv", HEAD "kvm,vmcall,shadow_vmcs=on,L1,1,,,,1000,mismatch\n" ROW(
				    "kvm", "on", "L2", "2,1,,", "24000") ROW("kvm", "on", "L3", "42,2,1,", "550000")});
	SAYS("**not measured**");
}

static void each_level_handles_what_the_lowest_did(void **state)
{
	(void)state;
	/* L2 of both: 1; L3 of both: 2. KVM has one such number, and our hypervisor two. */
	JUDGE("depth-exits", INSTRUCTIONS, {"depth.csv", HEAD OURS}, {"depth-kvm.csv", HEAD KVM("10000", "88000")});
	SAYS("**reproduced**");
	SAYS("Of 7 numbers in the columns from L1 on 7 are");
	SAYS("| ours | vmcall | shadow_vmcs=off | L3 | 105 | 6 | 1 | |");
	SAYS("| KVM | vmcall | shadow_vmcs=on | L3 | 42 | 2 | 1 | |");
	SAYS_NOT("Not the same");
	/* A hundredth is what an average is off by; more is another number, and is named. */
	JUDGE("depth-exits", CYCLES, {"depth.csv", HEAD OURS ROW("own", "on", "L4", "30,8.01,2,1", "30000")});
	SAYS("**reproduced**");
	JUDGE("depth-exits", CYCLES, {"depth.csv", HEAD OURS ROW("own", "on", "L4", "30,8.05,2,1", "30000")});
	SAYS("**contradicted**");
	SAYS("Not the same: vmcall (shadow_vmcs=on), L1 handles 8.05 for L4, L0 8 for L3.");
	SAYS("Of 9 numbers in the columns from L1 on 8 are");
	SAYS_NOT("all that is new");
	/* Exits that KVM handles say nothing about our hypervisor above KVM. */
	JUDGE("depth-exits", CYCLES,
	      {"depth.csv", HEAD KVM("10000", "88000") ROW("kvm", "on", "L4", "900,8,3,1", "1")});
	SAYS("**contradicted**");
	SAYS("L2 handles 3 for L4, L1 2 for L3.");
	SAYS_NOT("L1 handles 8");
}

static void who_handles_what_needs_two_levels(void **state)
{
	(void)state;
	JUDGE("depth-exits", CYCLES, {NULL, NULL});
	SAYS("**not measured**");
	JUDGE("depth-exits", CYCLES, {"depth.csv", HEAD ROW("own", "on", "L2", "2,1,,", "700")});
	SAYS("**not measured**");
	JUDGE("depth-exits", CYCLES, {"depth.csv", HEAD OURS ROW("own", "on", "L4", "30,,2,1", "30000")});
	SAYS("**not measured**");
	JUDGE("depth-exits", CYCLES, {"depth.csv", HEAD OURS ROW("own", "on", "L4", "30,8,\"2,1", "30000")});
	SAYS("**not measured**");
	SAYS("The result has no depth.csv");
	JUDGE("depth-exits", CYCLES, {"depth.csv", "a,b\n1,2\n"});
	SAYS("**not measured**");
	/* No such levels; and of one that was left out nothing can be said. */
	JUDGE("depth-exits", CYCLES,
	      {"depth.csv", HEAD OURS ROW("own", "on", "L9", "1,1,1,1", "1") ROW("own", "on", "L0", "1,1,1,1", "1")});
	SAYS("**reproduced**");
	SAYS("Of 6 numbers");
}

#define POLICY_HEAD "l0,op,level,config,l0_exits_per_op,net_p50_ticks,status\n"
#define POLICY(op, level, policy, exits, ticks)                                                                        \
	"none," op "," level ",shadow_vmcs=on shadow_policy=" policy "," exits "," ticks ",ok\n"
#define POLICY_NONE(op, level, exits, ticks) "none," op "," level ",shadow_vmcs=off," exits "," ticks ",ok\n"
#define CPUID(all)                                                                                                     \
	POLICY_NONE("empty", "L2", "0", "0")                                                                           \
	POLICY_NONE("cpuid", "L2", "6", "2000")                                                                        \
	POLICY("cpuid", "L2", "linux", "2", "1000")                                                                    \
	POLICY("cpuid", "L2", "hot", "2", "800")                                                                       \
	POLICY("cpuid", "L2", "all", "2", all) POLICY("cpuid", "L2", "free", "2", "700")
#define TOUCH POLICY("touch_1", "L2", "linux", "3", "3000") POLICY("touch_1", "L2", "all", "3", "6000")
#define DEEPER                                                                                                         \
	POLICY("cpuid", "L3", "linux", "38", "20000")                                                                  \
	POLICY("cpuid", "L3", "all", "8", "14000")

static void shadowing_all_is_dearer(void **state)
{
	(void)state;
	JUDGE("shadow-policy", CYCLES, {"policies.csv", POLICY_HEAD CPUID("3000") TOUCH DEEPER});
	SAYS("**reproduced**");
	SAYS("| `cpuid` | L2 | 2,000 (6) | 1,000 (2) | 800 (2) | 3,000 (2) | 700 (2) |");
	SAYS("| `cpuid` | L3 | | 20,000 (38) | | 14,000 (8) | |");
	SAYS("| each, to `linux` | L2 | 2.00 to 2.00 | 1 | 0.80 to 0.80 | 2.00 to 3.00 | 0.70 to 0.70 |");
	SAYS("| each, to `linux` | L3 | | 1 | | 0.70 to 0.70 | |");
	SAYS_NOT("empty");
	/* One operation for which it is not, and it is not so. */
	JUDGE("shadow-policy", CYCLES, {"policies.csv", POLICY_HEAD CPUID("900") TOUCH});
	SAYS("**contradicted**");
	JUDGE("shadow-policy", INSTRUCTIONS, {"policies.csv", POLICY_HEAD CPUID("3000") TOUCH});
	SAYS("**not testable on this machine**");
	SAYS("`all` costs at L2 2.00 to 3.00 times as much as");
	/* The run itself, before it is kept as another file. */
	JUDGE("shadow-policy", CYCLES, {"results.csv", POLICY_HEAD CPUID("3000")});
	SAYS("**reproduced**");
}

static void shadowing_needs_both_policies(void **state)
{
	(void)state;
	JUDGE("shadow-policy", CYCLES, {NULL, NULL});
	SAYS("**not measured**");
	SAYS("The result has no policies.csv");
	JUDGE("shadow-policy", CYCLES, {"policies.csv", POLICY_HEAD});
	SAYS("**not measured**");
	JUDGE("shadow-policy", CYCLES, {"policies.csv", POLICY_HEAD DEEPER});
	SAYS("**not measured**");
	JUDGE("shadow-policy", CYCLES,
	      {"policies.csv", POLICY_HEAD CPUID("3000") POLICY("vmcall", "L2", "all", "2", "1")});
	SAYS("**not measured**");
	JUDGE("shadow-policy", CYCLES, {"policies.csv", POLICY_HEAD CPUID("no number")});
	SAYS("**not measured**");
	JUDGE("shadow-policy", CYCLES, {"policies.csv", POLICY_HEAD CPUID("3000") "none,cpuid"});
	SAYS("**not measured**");
	JUDGE("shadow-policy", CYCLES, {"policies.csv", POLICY_HEAD CPUID("0")});
	SAYS("**not measured**");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_hypercall_gets_dearer_from_level_to_level),
		cmocka_unit_test(a_hypercall_needs_its_levels),
		cmocka_unit_test(each_level_handles_what_the_lowest_did),
		cmocka_unit_test(who_handles_what_needs_two_levels),
		cmocka_unit_test(shadowing_all_is_dearer),
		cmocka_unit_test(shadowing_needs_both_policies),
	};

	return cmocka_run_group_tests_name("claims_depth", tests, NULL, NULL);
}
