// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sends an image's records out and ends its run, through the doorbell of the level below or through
 * a port.
 */
#include "microbench/abi/ports.h"
#include "microbench/abi/words.h"
#include "microbench/bare/bare.h"
#include "microbench/bare/cpu.h"

enum bare_sink bare_sink;
static struct nb_ring *sink_ring;
static const char *sink_cmdline;

/*
 * Writes "run.<key>=<value>" with the value of a word of this image's command line. The value is
 * empty if the word is missing.
 */
static bool run_word(struct nb_ring *ring, const char *key)
{
	const char *value = nb_word(sink_cmdline, key);
	size_t length = 0;
	char line[256];
	size_t used = bare_snprintf(line, sizeof(line), "run.%s=", key);

	while (value && value[length] && value[length] != ' ' && used + 1 < sizeof(line))
		line[used++] = value[length++];
	line[used] = '\0';
	return nb_ring_text(ring, line);
}

/* Writes the processor brand string (SDM vol. 2, CPUID leaves 80000002H to 80000004H). */
static bool cpu_model(struct nb_ring *ring)
{
	struct cpuid_result brand[4] = {0};
	const char *text = (const char *)brand;
	char line[80];

	if (cpuid(0x80000000, 0).eax < 0x80000004)
		return true;
	for (uint32_t i = 0; i < 3; i++)
		brand[i] = cpuid(0x80000002 + i, 0);
	while (*text == ' ')
		text++;
	bare_snprintf(line, sizeof(line), "meta.cpu_model=%s", text);
	return nb_ring_text(ring, line);
}

bool bare_sink_level(const char *level)
{
	static char last[8];
	char line[32];

	if (bare_sink == BARE_SINK_DOORBELL || (last[0] && last[0] == level[0] && last[1] == level[1]))
		return true;
	bare_snprintf(last, sizeof(last), "%s", level);
	bare_snprintf(line, sizeof(line), "run.level=%s", level);
	return nb_ring_text(sink_ring, line) && run_word(sink_ring, "l0") && run_word(sink_ring, "vmm") &&
	       run_word(sink_ring, "config");
}

bool bare_sink_announce(struct nb_ring *ring)
{
	sink_ring = ring;
	if (bare_sink == BARE_SINK_DOORBELL) {
		outl(NB_PORT_RING, (uint32_t)((uintptr_t)ring >> 12));
		return true;
	}
	/* No level below describes the CPU, so the image does. */
	return cpu_model(ring);
}

bool bare_sink_init(const char *cmdline)
{
	sink_cmdline = cmdline;
	if (nb_word_is(cmdline, "sink", "doorbell"))
		bare_sink = BARE_SINK_DOORBELL;
	else if (nb_word_is(cmdline, "sink", "lpt"))
		bare_sink = BARE_SINK_LPT;
	else if (nb_word_is(cmdline, "sink", "debugcon"))
		bare_sink = BARE_SINK_DEBUGCON;
	return bare_sink != BARE_SINK_NONE;
}

static void send(const void *data, size_t bytes)
{
	const uint8_t *p = data;

	if (bare_sink == BARE_SINK_DEBUGCON) {
		outsb(NB_PORT_DEBUGCON, data, bytes);
		return;
	}
	while (bytes--) {
		outb(NB_LPT1, *p++);
		outb(NB_LPT1 + NB_LPT_CONTROL, NB_LPT_SELECTED | NB_LPT_STROBE);
		outb(NB_LPT1 + NB_LPT_CONTROL, NB_LPT_SELECTED);
	}
}

static void drain(struct nb_ring *ring)
{
	const struct nb_record *record;

	if (!nb_ring_valid(ring))
		bare_fail("the ring's header is damaged (head %lu, tail %lu)", ring->head, ring->tail);
	while ((record = nb_ring_peek(ring)) != NULL) {
		send(record, sizeof(*record));
		nb_ring_pop(ring);
	}
}

static void power_off(uint32_t status) __attribute__((noreturn));
static void power_off(uint32_t status)
{
	for (const char *p = "Shutdown"; *p; p++)
		outb(NB_PORT_BOCHS_SHUTDOWN, (uint8_t)*p);
	outl(NB_PORT_QEMU_EXIT, status);
	cpu_halt_forever();
}

static void end_run(uint32_t status)
{
	struct nb_record end = {
		.type = NB_RECORD_END, .seq = sink_ring ? (uint32_t)sink_ring->head : 0, .end = {.status = status}};

	send(&end, sizeof(end));
	power_off(status);
}

void bare_doorbell(enum nb_doorbell what)
{
	if (bare_sink == BARE_SINK_DOORBELL) {
		outl(NB_PORT_DOORBELL, what);
		return;
	}
	if (what == NB_DOORBELL_REHEARSE || what == NB_DOORBELL_TABLES)
		return;
	/* A damaged ring stays as it is after a failure, because draining it would fail again. */
	if (sink_ring && (what != NB_DOORBELL_FAILED || nb_ring_valid(sink_ring)))
		drain(sink_ring);
	if (what == NB_DOORBELL_DONE)
		end_run(0);
	if (what == NB_DOORBELL_FAILED)
		end_run(1);
}

void bare_done(void)
{
	bare_doorbell(NB_DOORBELL_DONE);
	cpu_halt_forever();
}

const char *bare_cmdline(const struct nb_pvh_start_info *info)
{
	return info->cmdline ? (const char *)(uintptr_t)info->cmdline : "";
}
