// SPDX-License-Identifier: GPL-2.0-only
/* Counts the hypervisor's own events and writes the share of a window into the ring. */
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

static void put(struct nb_ring *ring, const char *group, const char *name, uint64_t count)
{
	char line[80];

	if (count == 0)
		return;
	bare_snprintf(line, sizeof(line), "%s.%s%s=%lu", prefix, group, name, count);
	if (!nb_ring_text(ring, line))
		bare_fail("the ring is full: no room for %s", line);
}

/*
 * Returns the VMWRITEs of a field, including those of host-state loads, which have one shared
 * count.
 */
static uint64_t vmwrites(unsigned field)
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
		put(ring, "exit.", vmx_exit_reason_name(i), counters.exit[i] - at_open.exit[i]);
	for (unsigned i = 0; i < VMX_EXIT_REASON_COUNT; i++)
		put(ring, "nested.", vmx_exit_reason_name(i), counters.nested[i] - at_open.nested[i]);
	for (unsigned i = 0; i < VMCS_FIELD_COUNT; i++)
		put(ring, "vmread.", vmcs_field_info[i].name, counters.vmread[i] - at_open.vmread[i]);
	for (unsigned i = 0; i < VMCS_FIELD_COUNT; i++)
		put(ring, "vmwrite.", vmcs_field_info[i].name, vmwrites(i));
	put(ring, "", "vmptrld", counters.vmptrld - at_open.vmptrld);
	put(ring, "", "vmclear", counters.vmclear - at_open.vmclear);
	put(ring, "", "vmlaunch", counters.vmlaunch - at_open.vmlaunch);
	put(ring, "", "vmresume", counters.vmresume - at_open.vmresume);
	put(ring, "", "forwarded", counters.forwarded - at_open.forwarded);
	put(ring, "", "shadow_fills", counters.shadow_fills - at_open.shadow_fills);
	put(ring, "", "shadow_stores", counters.shadow_stores - at_open.shadow_stores);
	put(ring, "", "shadow_reclaims", counters.shadow_reclaims - at_open.shadow_reclaims);
	put(ring, "", "housekeeping", counters.housekeeping - at_open.housekeeping);
}
