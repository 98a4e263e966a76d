// SPDX-License-Identifier: GPL-2.0-only
/* Writes the counts of a window into the ring. */
#include "l1-hypervisor/cpu/vmx/counters.h"

#include "microbench/bare/bare.h"
#include "vmcs-shadow/virtual_exit.h"

struct counters counters;
static struct counters at_open;
static char prefix[8] = "hv";

void counters_name(const char *name)
{
	for (unsigned i = 0; i < sizeof(prefix) - 1; i++) {
		prefix[i] = name[i] == ' ' ? '\0' : name[i];
		if (!prefix[i])
			break;
	}
}

void counters_open(void)
{
	at_open = counters;
}

static void put_count(struct nb_ring *ring, const char *group, const char *name, uint64_t count)
{
	char line[80];

	if (count == 0)
		return;
	bare_snprintf(line, sizeof(line), "%s.%s%s=%lu", prefix, group, name, count);
	if (!nb_ring_text(ring, line))
		bare_fail("the ring is full: no room for %s", line);
}

/*
 * Returns the number of VMWRITEs to a field in this window. Loads of a host state have one shared
 * count, which is added for each field that they write.
 */
static uint64_t vmwrite_count(unsigned field)
{
	enum { STATE = 1, TABLES };
#define OF_STATE(name, value)  [VMCS_INDEX_##name] = STATE,
#define OF_TABLES(name, value) [VMCS_INDEX_##name] = TABLES,
	static const uint8_t loaded[VMCS_FIELD_COUNT] = {VMX_HOST_STATE(OF_STATE, ) VMX_HOST_SEGMENTS(OF_STATE, )
								 VMX_HOST_TABLES(OF_TABLES, )};
	uint64_t count = counters.vmwrite[field] - at_open.vmwrite[field];

	if (loaded[field] == STATE)
		count += counters.host_states - at_open.host_states;
	else if (loaded[field] == TABLES)
		count += counters.host_tables - at_open.host_tables;
	return count;
}

void counters_close(struct nb_ring *ring)
{
	for (unsigned i = 0; i < VMX_EXIT_REASON_COUNT; i++)
		put_count(ring, "exit.", vmx_exit_reason_name(i), counters.exit[i] - at_open.exit[i]);
	for (unsigned i = 0; i < VMX_EXIT_REASON_COUNT; i++)
		put_count(ring, "nested.", vmx_exit_reason_name(i), counters.nested[i] - at_open.nested[i]);
	for (unsigned i = 0; i < VMCS_FIELD_COUNT; i++)
		put_count(ring, "vmread.", vmcs_field_info[i].name, counters.vmread[i] - at_open.vmread[i]);
	for (unsigned i = 0; i < VMCS_FIELD_COUNT; i++)
		put_count(ring, "vmwrite.", vmcs_field_info[i].name, vmwrite_count(i));
	put_count(ring, "", "vmptrld", counters.vmptrld - at_open.vmptrld);
	put_count(ring, "", "vmclear", counters.vmclear - at_open.vmclear);
	put_count(ring, "", "vmlaunch", counters.vmlaunch - at_open.vmlaunch);
	put_count(ring, "", "vmresume", counters.vmresume - at_open.vmresume);
	put_count(ring, "", "forwarded", counters.forwarded - at_open.forwarded);
	put_count(ring, "", "shadow_fills", counters.shadow_fills - at_open.shadow_fills);
	put_count(ring, "", "shadow_stores", counters.shadow_stores - at_open.shadow_stores);
	put_count(ring, "", "shadow_reclaims", counters.shadow_reclaims - at_open.shadow_reclaims);
	put_count(ring, "", "housekeeping", counters.housekeeping - at_open.housekeeping);
}
