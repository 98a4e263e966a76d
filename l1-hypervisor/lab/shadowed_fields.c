// SPDX-License-Identifier: GPL-2.0-only
/*
 * Measures VMREAD and VMWRITE of every field in the manual (SDM appendix B). Each VMWRITE writes
 * back the current value.
 */
#include "l1-hypervisor/lab/shadowed_fields.h"

#include "l1-hypervisor/cpu/vmx/vmx.h"
#include "microbench/bare/bare.h"
#include "microbench/family.h"

#define SAMPLES 8u

/* Returns false on VMfail: the field is missing or read-only. */
static inline __attribute__((always_inline)) bool try_write(uint64_t field, uint64_t value)
{
	__asm__ volatile goto("vmwrite %[value], %[field]; jbe %l[failed]"
			      :
			      : [field] "r"(field), [value] "r"(value)
			      : "cc", "memory"
			      : failed);
	return true;
failed:
	return false;
}

static void put_sample(struct nb_ring *ring, uint64_t start, uint64_t end)
{
	struct nb_record *record = nb_ring_claim(ring, NB_RECORD_SAMPLE);

	record->sample.start = start;
	record->sample.ticks = end - start;
	record->sample.aux = 0;
	nb_ring_publish(ring);
}

/* Inlined, so that each of the two loops has only its instruction. */
static inline __attribute__((always_inline)) void measure_window(const struct nb_place *place, uint32_t field,
								 bool write)
{
	char name[NB_OP_NAME_LEN];
	uint64_t value;

	bare_snprintf(name, sizeof(name), "%s.%x", write ? "vmwrite" : "vmread", field);
	if (!vmcs_try_read(field, &value)) {
		nb_measure_skip(place, name, "skip=this CPU has no such field");
		return;
	}
	if (write && !try_write(field, value)) {
		nb_measure_skip(place, name, "skip=the field is read-only");
		return;
	}
	nb_measure_open(place, name, SAMPLES);
	for (unsigned i = 0; i < SAMPLES; i++) {
		uint64_t start = nb_stamp();

		if (write)
			try_write(field, value);
		else
			vmcs_try_read(field, &value);
		put_sample(place->ring, start, nb_stamp());
	}
	nb_measure_close(place, name, SAMPLES);
}

void shadowed_fields_measure(const struct nb_place *place)
{
	for (unsigned i = 0; i < VMCS_FIELD_COUNT; i++) {
		measure_window(place, vmcs_field_info[i].encoding, false);
		measure_window(place, vmcs_field_info[i].encoding, true);
	}
}
