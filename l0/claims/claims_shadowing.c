// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claims about VMCS shadowing: the exits and time it saves over all operations that L1 handles, and
 * the number of shadowed fields.
 */
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "l0/base/allocate.h"
#include "l0/base/util.h"
#include "l0/claims/claims.h"
#include "l0/request/config.h"
#include "vmcs-shadow/fields.h"

/* An operation at L2 that L1 handles, measured with shadowing on and off. */
struct pair {
	const struct nb_loaded_row *on, *off;
};

static struct pair *find_pairs(const struct claims_evidence *e, size_t *count)
{
	struct pair *pairs = NULL;

	*count = 0;
	for (size_t i = 0; i < e->loaded->row_count; i++) {
		const struct nb_loaded_row *on = &e->loaded->rows[i], *off;

		if (strcmp(on->level, "L2") != 0 || strcmp(on->config, SHADOW_ON) != 0 ||
		    strcmp(on->route, "L1") != 0 || strcmp(on->l0, "kvm") != 0)
			continue;
		off = claims__find(e, on->op, "L2", SHADOW_OFF);
		if (!claims__usable(on) || !claims__usable(off) || !(off->net_p50 > 0) || !(off->exits > 0))
			continue;
		pairs = nb_grow(pairs, *count, sizeof(*pairs));
		pairs[(*count)++] = (struct pair){on, off};
	}
	return pairs;
}

static double *parts_of(const struct pair *pairs, size_t count, bool of_exits)
{
	double *parts = NULL;

	for (size_t i = 0; i < count; i++) {
		const struct nb_loaded_row *on = pairs[i].on, *off = pairs[i].off;

		parts = nb_grow(parts, i, sizeof(*parts));
		parts[i] = of_exits ? 1 - on->exits / off->exits : 1 - on->net_p50 / off->net_p50;
	}
	return parts;
}

static double median(const double *parts, size_t count)
{
	double *sorted = NULL, middle;

	for (size_t i = 0; i < count; i++) {
		sorted = nb_grow(sorted, i, sizeof(*sorted));
		sorted[i] = parts[i];
	}
	gsl_sort(sorted, 1, count);
	middle = gsl_stats_median_from_sorted_data(sorted, 1, count);
	free(sorted);
	return middle;
}

static const char missing[] = "Missing: operations at L2 that L1 handles, with shadowing on and off.\n";

enum claims_verdict measure_shadowing_exits(const struct claims_evidence *e, const struct nb_loaded_row *const *row,
					    FILE *out)
{
	size_t count, fewer = 0;
	struct pair *pairs = find_pairs(e, &count);
	double *parts = parts_of(pairs, count, true), low, high, middle;

	(void)row;
	free(pairs);
	if (count == 0) {
		free(parts);
		fputs(missing, out);
		return CLAIMS_NOT_MEASURED;
	}
	gsl_stats_minmax(&low, &high, parts, 1, count);
	middle = median(parts, count);
	for (size_t i = 0; i < count; i++)
		fewer += parts[i] > 0;
	free(parts);
	fprintf(out,
		"%zu of %zu operations at L2 that L1 handles cost fewer L0 exits with shadowing. Shadowing removes %.0f%% to "
		"%.0f%% of their exits, in the median %.0f%%.\n",
		fewer, count, 100 * low, 100 * high, 100 * middle);
	return fewer == count ? CLAIMS_REPRODUCED : CLAIMS_CONTRADICTED;
}

enum claims_verdict measure_shadowing_overhead(const struct claims_evidence *e, const struct nb_loaded_row *const *row,
					       FILE *out)
{
	size_t count, most;
	struct pair *pairs = find_pairs(e, &count);
	double *parts = parts_of(pairs, count, false), high, middle;
	const char *name;

	(void)row;
	if (count == 0) {
		free(pairs);
		free(parts);
		fputs(missing, out);
		return CLAIMS_NOT_MEASURED;
	}
	most = gsl_stats_max_index(parts, 1, count);
	high = parts[most];
	name = pairs[most].on->op;
	middle = median(parts, count);
	free(pairs);
	free(parts);
	fprintf(out,
		"(off - on) / off in %s, over %zu operations at L2 that L1 handles: in the median %.0f%%, at most %.0f%% "
		"(%s). The share depends on the number of accesses that the handler makes and on its other costs.\n",
		e->unit, count, 100 * middle, 100 * high, name);
	if (!e->latencies) {
		fputs("\nNot testable: the claim is about time.\n", out);
		return CLAIMS_NOT_TESTABLE;
	}
	return middle > 0 && high <= 0.45 ? CLAIMS_REPRODUCED : CLAIMS_CONTRADICTED;
}

/*
 * Counts the fields in the output of `nestbed fields --json` that exist and do not trap, by KVM's
 * count. Returns -1 if root has no array "fields" or is NULL.
 */
static int count_shadowed(const json_t *root, const char *access)
{
	const json_t *fields = json_object_get(root, "fields"), *field;
	size_t i;
	int count = 0;

	if (!json_is_array(fields))
		return -1;
	json_array_foreach(fields, i, field)
	{
		const json_t *a = json_object_get(field, access);

		count += json_is_true(json_object_get(a, "there")) && json_is_false(json_object_get(a, "traps_by_kvm"));
	}
	return count;
}

/* Returns the KVM configuration with VMCS shadowing, if the file holds several configurations. */
static const json_t *with_shadowing(const json_t *root)
{
	const json_t *one;
	size_t i;

	json_array_foreach(root, i, one)
	{
		const char *config = json_string_value(json_object_get(one, "config"));

		if (config && config__of(config).shadow_vmcs == CONFIG_SHADOWING_ON)
			return one;
	}
	return root;
}

enum claims_verdict measure_shadowed_fields(const struct claims_evidence *e, const struct nb_loaded_row *const *row,
					    FILE *out)
{
	char path[600] = "";
	int read = -1, write = -1;
	json_t *root;

	(void)row;
	if (e->folder)
		text__format(path, sizeof(path), "%s/fields.json", e->folder);
	root = *path ? json_load_file(path, JSON_REJECT_DUPLICATES, NULL) : NULL;
	if (root) {
		read = count_shadowed(with_shadowing(root), "vmread");
		write = count_shadowed(with_shadowing(root), "vmwrite");
	}
	json_decref(root);
	if (read < 0 || write < 0) {
		fputs("The result has no fields.json: `nestbed fields` makes one.\n", out);
		return CLAIMS_NOT_MEASURED;
	}
	fprintf(out,
		"%d: %d for reading only, %d for reading and writing. L1 executes VMREAD and VMWRITE of every field, "
		"and KVM counts the exits. Linux 6.1's list has one more field, GUEST_INTR_STATUS. KVM drops it on a CPU without "
		"APICv, such as this one. In a list of halves GUEST_PHYSICAL_ADDRESS counts twice.\n",
		read, read - write, write);
	return read == 34 && write == 23 ? CLAIMS_REPRODUCED : CLAIMS_CONTRADICTED;
}
