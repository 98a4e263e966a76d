// SPDX-License-Identifier: GPL-2.0-only
/* Loads results.json from any bytes. An accepted file keeps the limits that load.h names. */
#include <inttypes.h>
#include <string.h>

#include "l0/results/flags.h"
#include "l0/results/load.h"
#include "l0/results/write.h"
#include "l0/tests/fuzz.h"
#include "l0/tests/streams.h"
#include "microbench/ops.h"

static void check_row(const struct nb_loaded *loaded, size_t number)
{
	const struct nb_loaded_row *row = &loaded->rows[number];

#define X(name)                                                                                                        \
	for (const char *c = row->name; *c; c++)                                                                       \
		FUZZ_REQUIRE((unsigned char)*c >= ' ' && *c != 0x7f);
	NB_LOADED_TEXTS(X)
#undef X
	FUZZ_REQUIRE(!(row->exits > NB_LOAD_MAX_EXITS || row->exits < -NB_LOAD_MAX_EXITS));
#define X(name, column, largest) FUZZ_REQUIRE(!(row->name > (largest) || row->name < -(largest)));
	NB_LOADED_NUMBERS(X)
#undef X
	for (size_t i = 0; i < row->counter_count; i++)
		FUZZ_REQUIRE(row->counters[i].key && row->counters[i].value <= INT64_MAX);
	for (size_t i = 0; i < row->sample_count; i++)
		FUZZ_REQUIRE(row->samples[i] <= INT64_MAX && !(row->flags[i] & ~NB_FLAGS));
	for (size_t i = 0; i < number; i++)
		FUZZ_REQUIRE(!nb_loaded_same(row, &loaded->rows[i]));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char why[NB_LOAD_REASON] = "";
	struct nb_loaded loaded;
	size_t samples = 0;

	if (!nb_load_text(&loaded, (const char *)data, size, why)) {
		FUZZ_REQUIRE(*why && !strchr(why, '\n') && strlen(why) < sizeof(why));
		FUZZ_REQUIRE(!loaded.rows && !loaded.machine && !loaded.clock && !loaded.cpu);
		return 0;
	}
	FUZZ_REQUIRE(loaded.row_count >= 1 && loaded.row_count <= NB_LOAD_MAX_ROWS);
	FUZZ_REQUIRE(loaded.machine && loaded.clock && loaded.cpu);
	for (size_t i = 0; i < loaded.row_count; i++) {
		check_row(&loaded, i);
		samples += loaded.rows[i].sample_count;
	}
	FUZZ_REQUIRE(samples == loaded.sample_count && samples <= NB_LOAD_MAX_SAMPLES);
	nb_loaded_free(&loaded);
	return 0;
}

void fuzz__seeds(void (*take)(const void *bytes, size_t size))
{
	static const char one[] =
		"{\"schema\":2,\"complete\":true,\"damage\":null,\"metadata\":{\"cpu_model\":\"x\"},\"rows\":[{"
		"\"machine\":\"host\",\"clock\":\"tsc_cycles\",\"l0\":\"kvm\",\"op\":\"cpuid\",\"level\":\"L2\",\"route\":"
		"\"L1\",\"config\":\"\",\"n\":3,\"l0_exits_per_op\":2.5,\"complete\":\"yes\",\"status\":\"ok\",\"note\":\"\","
		"\"samples\":{\"n\":3,\"encoding\":\"zlib+base64\",\"data\":\"eJyT4xJhwAoYmQAGQQBA\"}}]}";
	struct stream stream = {0};
	struct nb_results results = {0};
	struct nb_report report;
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	take(one, sizeof(one) - 1);
	put_everything(&stream);
	decode(stream.records, stream.count * sizeof(struct nb_record), SIZE_MAX / 2, &results);
	nb_report_build(&report, &results, "bochs", nb_op_get);
	if (!out || !nb_put_json(&report, out) || fclose(out) != 0)
		abort();
	take(text, size);
	free(text);
	nb_report_free(&report);
	nb_results_free(&results);
}
