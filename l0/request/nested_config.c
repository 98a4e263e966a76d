// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writes the settings in two forms: as words for our hypervisor, and as configuration text for the
 * results.
 */
#include "l0/request/nested_config.h"

#include <string.h>

#include "l0/base/util.h"
#include "vmcs-shadow/shadow_policy.h"

const char *const nested_switch_names[] = {"dirty_tracking", "ept_cache", "vpid", "lazy_host", NULL};
const char *const nested_policies[] = {
#define X(name, word, text, rule) word,
	SHADOW_POLICIES(X)
#undef X
		NULL};

static const char *const words[] = {"nested_dirty", "nested_ept_cache", "nested_vpid", "lazy_host"};

static void add_switches(char text[NESTED_TEXT], const char *const *names, const char *before, unsigned off)
{
	for (unsigned i = 0; 1u << i < NESTED_SWITCHES; i++)
		if (off & 1u << i)
			text__format(text + strlen(text), NESTED_TEXT - strlen(text), "%s%s=off", before, names[i]);
}

void nested__words(char text[NESTED_TEXT], const struct nested_config *config)
{
	text__format(text, NESTED_TEXT, "%s%s", config->policy ? " shadow_policy=" : "",
		     config->policy ? config->policy : "");
	add_switches(text, words, " ", config->off);
}

void nested__text(char text[NESTED_TEXT], const struct nested_config *config)
{
	if (config->policy && strcmp(config->policy, nested_policies[0]) == 0)
		text__format(text, NESTED_TEXT, "shadow_vmcs=off");
	else
		text__format(text, NESTED_TEXT, "shadow_vmcs=on%s%s", config->policy ? ",shadow_policy=" : "",
			     config->policy ? config->policy : "");
	add_switches(text, nested_switch_names, ",", config->off);
}
