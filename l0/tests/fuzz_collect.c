// SPDX-License-Identifier: GPL-2.0-only
/*
 * Feeds the decoder with any bytes behind a first one. If bit 0 of the first byte is set, the
 * records' types and numbers are corrected, so that the decoder reads on. The tree must be the same
 * however the stream is cut, and every report can be made of it.
 */
#include "l0/results/load.h"
#include "l0/results/write.h"
#include "l0/tests/fuzz.h"
#include "l0/tests/streams.h"
#include "l0/tests/test_random.h"
#include "microbench/ops.h"

#define IN_ORDER 1
#define SIZE     16384u

static void put_in_order(uint8_t *bytes, size_t size)
{
	uint32_t seq = 0;

	for (size_t at = 0; at + sizeof(struct nb_record) <= size; at += sizeof(struct nb_record)) {
		struct nb_record record;

		memcpy(&record, bytes + at, sizeof(record));
		record.type = (uint16_t)(record.type % NB_RECORD_TYPES);
		record.type += record.type == NB_RECORD_NONE;
		record.seq = seq++;
		memcpy(bytes + at, &record, sizeof(record));
	}
}

static void decode_in_parts(const uint8_t *bytes, size_t size, struct nb_results *results)
{
	struct random random = {size + 1};
	struct nb_collector collector;

	nb_collect_begin(&collector, results);
	for (size_t done = 0, part; done < size; done += part) {
		part = random__below(&random, 100);
		part = part < size - done ? part : size - done;
		nb_collect_feed(&collector, bytes + done, part);
	}
	nb_collect_end(&collector);
}

/* Everything that a stream may hold and that load.h promises to refuse. */
static bool may_be_refused(const char *why)
{
	static const char *const reasons[] = {"there are no rows",
					      "negative number of ticks",
					      "of the same op",
					      "is longer than",
					      "is out of range",
					      "model is not a text",
					      "a counter is not a whole number"};

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (strstr(why, reasons[i]))
			return true;
	dprintf(2, "%s\n", why);
	return false;
}

static void check_files(const struct nb_results *results)
{
	char why[NB_LOAD_REASON], *text;
	struct nb_report report;
	struct nb_loaded loaded;
	size_t size, json;
	FILE *out = open_memstream(&text, &size);

	FUZZ_REQUIRE(out);
	nb_report_build(&report, results, "host", nb_op_get);
	FUZZ_REQUIRE(nb_put_json(&report, out) && fflush(out) == 0);
	json = size;
	FUZZ_REQUIRE(nb_put_csv(&report, out));
	nb_print_table(&report, out);
	nb_print_mismatches(&report, out);
	FUZZ_REQUIRE(fclose(out) == 0);
	if (nb_load_text(&loaded, text, json, why)) {
		FUZZ_REQUIRE(loaded.row_count == report.row_count);
		nb_loaded_free(&loaded);
	} else {
		FUZZ_REQUIRE(may_be_refused(why));
	}
	free(text);
	nb_report_free(&report);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct nb_results whole = {0}, parts = {0};
	char *text_whole, *text_parts;
	uint8_t *bytes;

	if (size < 1 || size > SIZE)
		return 0;
	bytes = malloc(size);
	FUZZ_REQUIRE(bytes);
	memcpy(bytes, data + 1, size - 1);
	if (data[0] & IN_ORDER)
		put_in_order(bytes, size - 1);
	decode(bytes, size - 1, SIZE_MAX / 2, &whole);
	decode_in_parts(bytes, size - 1, &parts);
	text_whole = describe(&whole);
	text_parts = describe(&parts);
	FUZZ_REQUIRE(strcmp(text_whole, text_parts) == 0);
	check_files(&whole);
	free(text_parts);
	free(text_whole);
	nb_results_free(&parts);
	nb_results_free(&whole);
	free(bytes);
	return 0;
}

/* Seeds with both ways to number the records. */
static void take_stream(const struct stream *stream, void (*take)(const void *bytes, size_t size))
{
	static uint8_t bytes[1 + sizeof(stream->records)];
	size_t size = stream->count * sizeof(struct nb_record);

	memcpy(bytes + 1, stream->records, size);
	for (bytes[0] = 0; bytes[0] <= IN_ORDER; bytes[0]++)
		take(bytes, 1 + size);
}

void fuzz__seeds(void (*take)(const void *bytes, size_t size))
{
	static struct stream everything, interrupts, ended, endless, traced;

	put_everything(&everything);
	take_stream(&everything, take);

	put_text(&interrupts, "meta.cpu_model=a CPU");
	put_text(&interrupts, "run.level=L1");
	put_text(&interrupts, "run.l0=own");
	for (int window = 0; window < 2; window++) {
		put_window(&interrupts, NB_RECORD_OPEN, window ? "cpuid" : "empty", 5);
		put_samples(&interrupts, 4, 100);
		put_samples(&interrupts, 1, 9000);
		put_text(&interrupts, "hv.exit.EXTERNAL_INTERRUPT=1");
		put_text(&interrupts, "hv.vmread.HOST_RIP=1");
		put_window(&interrupts, NB_RECORD_CLOSE, window ? "cpuid" : "empty", 5);
	}
	put(&interrupts, NB_RECORD_END);
	take_stream(&interrupts, take);

	put_level(&traced, "L2");
	for (uint32_t window = 0; window < 2; window++) {
		put_window(&traced, NB_RECORD_OPEN, "cpuid", 1);
		put_samples(&traced, 1, 9900);
		put_event(&traced, TRACE_EXIT, 2, 10, 10 * window);
		put_event(&traced, TRACE_VIRTUAL_EXIT, 1, 10, 10 * window + 1);
		put_event(&traced, TRACE_ENTRY, 2, 0, 10 * window + 2);
		put_text(&traced, "bpf.virtual_exit.CPUID=1");
		put_text(&traced, "bpf.exits=1");
		put_window(&traced, NB_RECORD_CLOSE, "cpuid", 1);
	}
	put(&traced, NB_RECORD_END);
	take_stream(&traced, take);

	put_text(&ended, "run.level=L2");
	put_text(&ended, "run.config=shadow_vmcs=off,ept=off");
	put(&ended, NB_RECORD_END)->end.status = 3;
	take_stream(&ended, take);

	put_text(&endless, "run.level=L1");
	for (int i = 0; i < 180; i++) {
		struct nb_record *record = put(&endless, NB_RECORD_TEXT);

		record->flags |= NB_RECORD_MORE;
		memset(record->text, i ? 'a' : '=', NB_TEXT_LEN);
	}
	take_stream(&endless, take);
}
