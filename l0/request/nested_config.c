// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writes the settings in two forms: as words for our hypervisor, and as knobs of the results'
 * configuration.
 */
#include "l0/request/nested_config.h"

#include <string.h>

#include "l0/base/util.h"

/* In the order of the bits of enum nested_switch. */
static const struct {
	const char *word; /* of our hypervisor's command line */
	enum config_knob knob;
} switches[] = {
	{"nested_dirty", CONFIG_KNOB_dirty_tracking},
	{"nested_ept_cache", CONFIG_KNOB_ept_cache},
	{"nested_vpid", CONFIG_KNOB_vpid},
	{"lazy_host", CONFIG_KNOB_lazy_host},
};

_Static_assert(NESTED_SWITCHES == 1 << sizeof(switches) / sizeof(switches[0]), "each bit has a row");

void nested__words(char text[NESTED_TEXT], const struct nested_config *nested)
{
	const char *policy = config__value_text(CONFIG_KNOB_shadow_policy, nested->policy);

	text__format(text, NESTED_TEXT, "%s%s", policy ? " shadow_policy=" : "", policy ? policy : "");
	for (unsigned i = 0; 1u << i < NESTED_SWITCHES; i++)
		if (nested->off & 1u << i)
			text__format(text + strlen(text), NESTED_TEXT - strlen(text), " %s=off", switches[i].word);
}

void nested__add_to(struct config *config, const struct nested_config *nested)
{
	const bool shadows = nested->policy != CONFIG_POLICY_NONE;

	config__set(config, CONFIG_KNOB_shadow_vmcs, shadows ? CONFIG_SHADOWING_ON : CONFIG_SHADOWING_OFF);
	if (shadows)
		config__set(config, CONFIG_KNOB_shadow_policy, nested->policy);
	for (unsigned i = 0; 1u << i < NESTED_SWITCHES; i++)
		if (nested->off & 1u << i)
			config__set(config, switches[i].knob, CONFIG_OFF);
}
