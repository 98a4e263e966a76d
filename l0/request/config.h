/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A configuration: the knobs of L0 and of our hypervisors with which a row was measured. Its text
 * is "shadow_vmcs=on ept=off mmu=shadow-wp" in the column `config`, with commas on command lines.
 * Only config__write() makes this text, and only config__parse() reads it.
 */
#ifndef NB_L0_CONFIG_H
#define NB_L0_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vmcs-shadow/shadow_policy.h"

/*
 * V(value, text or NULL). The first value is 0 and the default. Text NULL: no word names the value.
 */
#define CONFIG_VALUES_switch(V) V(CONFIG_ON, "on") V(CONFIG_OFF, "off")
#define CONFIG_VALUES_shadowing(V)                                                                                     \
	V(CONFIG_SHADOWING_UNKNOWN, NULL) V(CONFIG_SHADOWING_OFF, "off") V(CONFIG_SHADOWING_ON, "on")
#define CONFIG_VALUES_page(V) V(CONFIG_2M, "2M") V(CONFIG_4K, "4K") V(CONFIG_1G, "1G")
#define CONFIG_VALUES_mmu(V)                                                                                           \
	V(CONFIG_MMU_USUAL, NULL)                                                                                      \
	V(CONFIG_MMU_EPT, "ept") V(CONFIG_MMU_SHADOW, "shadow") V(CONFIG_MMU_SHADOW_WP, "shadow-wp")
#define CONFIG_VALUES_policy(V)                     V(CONFIG_POLICY_USUAL, NULL) SHADOW_POLICIES(CONFIG_POLICY_VALUE)
#define CONFIG_POLICY_VALUE(name, word, text, rule) V(CONFIG_POLICY_##name, word)
#define CONFIG_VALUES_trace(V)                                                                                         \
	V(CONFIG_TRACE_ONE_MODE, NULL)                                                                                 \
	V(CONFIG_TRACE_OFF, "off")                                                                                     \
	V(CONFIG_TRACE_COUNT, "count") V(CONFIG_TRACE_TIME, "time") V(CONFIG_TRACE_STREAM, "stream")

#define V(value, text) value,
enum config_switch { CONFIG_VALUES_switch(V) };
enum config_shadowing { CONFIG_VALUES_shadowing(V) };
enum config_page { CONFIG_VALUES_page(V) };
enum config_mmu { CONFIG_VALUES_mmu(V) };
enum config_policy { CONFIG_VALUES_policy(V) };
enum config_trace { CONFIG_VALUES_trace(V) };
#undef V

/* The levels whose results a knob can change. */
enum config_concern {
	CONFIG_ALL,        /* every level above L0 */
	CONFIG_NESTED,     /* levels from L2 on: the knob is about a hypervisor's guests */
	CONFIG_NESTED_OWN, /* as CONFIG_NESTED if our hypervisor is L0, and as CONFIG_ALL above KVM */
};

/* X(name, values, default, levels, meaning). The default adds no word to the text. */
#define CONFIG_KNOBS(X)                                                                                                \
	X(shadow_vmcs, shadowing, CONFIG_SHADOWING_UNKNOWN, CONFIG_NESTED, "VMCS shadowing of L0")                     \
	X(ept, switch, CONFIG_ON, CONFIG_ALL, "EPT of KVM; without it KVM keeps shadow page tables")                   \
	X(shadow_policy, policy, CONFIG_POLICY_USUAL, CONFIG_NESTED, "the VMCS fields that our hypervisor shadows")    \
	X(dirty_tracking, switch, CONFIG_ON, CONFIG_NESTED, "an entry reads only the changed fields of the VMCS")      \
	X(ept_cache, switch, CONFIG_ON, CONFIG_NESTED, "our hypervisor keeps the merged EPT when EPTP changes")        \
	X(vpid, switch, CONFIG_ON, CONFIG_NESTED_OWN, "tagged TLB entries: a switch of levels flushes no TLB")         \
	X(lazy_host, switch, CONFIG_ON, CONFIG_NESTED, "a virtual exit loads only the host state that differs")        \
	X(ept12, page, CONFIG_2M, CONFIG_NESTED, "page size of the EPT that our hypervisor makes")                     \
	X(mmu, mmu, CONFIG_MMU_USUAL, CONFIG_ALL, "how our hypervisor gives its guest memory")                         \
	X(guest_pages, page, CONFIG_2M, CONFIG_ALL, "page size of the guest's own page tables")                        \
	X(trace, trace, CONFIG_TRACE_ONE_MODE, CONFIG_ALL, "mode of the eBPF programs, if several modes alternate")

enum config_knob {
#define X(name, ...) CONFIG_KNOB_##name,
	CONFIG_KNOBS(X)
#undef X
		CONFIG_KNOB_COUNT
};

#define CONFIG_EXTRA 320 /* bytes of the words that the list does not have */
#define CONFIG_WORDS 48
#define CONFIG_TEXT  704 /* bytes that suffice for every text of config__write() */

/*
 * {0} is a configuration without words. The functions below change it; others only read the fields.
 */
struct config {
#define X(name, values, ...) enum config_##values name;
	CONFIG_KNOBS(X)
#undef X
	char extra[CONFIG_EXTRA]; /* words that are not in the list, or have an unknown value; blanks separate them */
	/*
	 * The words in their order: numbers of knobs. CONFIG_KNOB_COUNT stands for the next word of
	 * extra.
	 */
	uint8_t word[CONFIG_WORDS];
	unsigned words;
	bool renamed; /* the parsed text had words of older versions */
};

const char *config__name(enum config_knob knob);
const char *config__meaning(enum config_knob knob);

/*
 * Returns the text of a value of this knob, or NULL if no word names it or there is no such value.
 */
const char *config__value_text(enum config_knob knob, unsigned value);

/*
 * Finds the value that this text names; the text has `length` bytes. Returns false if there is
 * none.
 */
bool config__find_value(enum config_knob knob, const char *text, size_t length, unsigned *value);

/*
 * Sets a knob that has no word yet. A value that is not the default adds its word behind the
 * others.
 */
void config__set(struct config *config, enum config_knob knob, unsigned value);

/*
 * Does the same with the text of a value. A word with an unknown value goes to extra. Returns false
 * if that has no space.
 */
bool config__set_text(struct config *config, enum config_knob knob, const char *text);

/* Sets a knob to its default and removes its word. */
void config__drop(struct config *config, enum config_knob knob);

/*
 * Sets `mmu` of our hypervisor's guest, unless its hypervisor does the same without the word: an
 * EPT, or shadow page tables where KVM has no EPT.
 */
void config__set_mmu(struct config *config, enum config_mmu mmu);

/*
 * Adds the words of the text; commas or blanks separate them. Words of older versions get their
 * present names. Unknown and repeated words go to extra. Returns false if there are too many.
 */
bool config__parse(struct config *config, const char *text);

/* Returns the configuration of a text. Words that are too many are missing. */
struct config config__of(const char *text);

/*
 * Writes the words in their order. separator is ' ' for results and ',' for command lines. Ends the
 * program if size is too small.
 */
void config__write(char *text, size_t size, const struct config *config, char separator);

/*
 * Writes the text of a result with the present words. Returns false if it has no old word, or too
 * many words; then `to` is not set.
 */
bool config__renew(char to[CONFIG_TEXT], const char *text);

/* Returns true if all knobs and all extra words are equal. */
bool config__same(const struct config *a, const struct config *b);

/*
 * Returns true if both are equal for a level, so that it needs only one measurement. l0 is the L0
 * of both: "kvm" or "own".
 */
bool config__same_at(const struct config *a, const struct config *b, const char *l0, unsigned level);

#endif
