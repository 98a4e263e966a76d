// SPDX-License-Identifier: GPL-2.0-only
/* Writes, parses and compares configurations, by the list of knobs. */
#include "l0/request/config.h"

#include <string.h>

#include "l0/base/util.h"
#include "l0/request/old_words.h"
#include "trace/modes.h"

#define SEPARATORS ", "
#define EXTRA_WORD ((uint8_t)CONFIG_KNOB_COUNT)

#define V(value, text)                 [value] = (text),
#define X(name, values, standard, ...) _Static_assert((standard) == 0, "{0} has all defaults");
#define VALUES_OF(kind)                static const char *const values_of_##kind[] = {CONFIG_VALUES_##kind(V)};
VALUES_OF(switch)
VALUES_OF(shadowing)
VALUES_OF(page)
VALUES_OF(mmu)
VALUES_OF(policy)
VALUES_OF(trace)
CONFIG_KNOBS(X)
#undef X
#undef V

_Static_assert(sizeof(values_of_trace) / sizeof(values_of_trace[0]) == TRACE_MODE_COUNT_OF + 1,
	       "the knob `trace` has all modes of trace/modes.h");

static const struct {
	const char *name, *meaning;
	const char *const *values;
	unsigned count;
	enum config_concern concern;
} knobs[CONFIG_KNOB_COUNT] = {
#define X(name, kind, standard, concern, meaning)                                                                      \
	{#name, meaning, values_of_##kind, sizeof(values_of_##kind) / sizeof(values_of_##kind[0]), concern},
	CONFIG_KNOBS(X)
#undef X
};

const char *config__name(enum config_knob knob)
{
	return knobs[knob].name;
}

const char *config__meaning(enum config_knob knob)
{
	return knobs[knob].meaning;
}

const char *config__value_text(enum config_knob knob, unsigned value)
{
	return value < knobs[knob].count ? knobs[knob].values[value] : NULL;
}

bool config__find_value(enum config_knob knob, const char *text, size_t length, unsigned *value)
{
	for (unsigned i = 0; i < knobs[knob].count; i++) {
		const char *name = knobs[knob].values[i];

		if (name && strlen(name) == length && strncmp(name, text, length) == 0) {
			*value = i;
			return true;
		}
	}
	return false;
}

static unsigned get(const struct config *config, enum config_knob knob)
{
	switch (knob) {
#define X(name, ...)                                                                                                   \
	case CONFIG_KNOB_##name:                                                                                       \
		return config->name;
		CONFIG_KNOBS(X)
#undef X
	default:
		return 0;
	}
}

static void put(struct config *config, enum config_knob knob, unsigned value)
{
	switch (knob) {
#define X(name, values, ...)                                                                                           \
	case CONFIG_KNOB_##name:                                                                                       \
		config->name = (enum config_##values)value;                                                            \
		return;
		CONFIG_KNOBS(X)
#undef X
	default:
		return;
	}
}

static bool has_word(const struct config *config, enum config_knob knob)
{
	return memchr(config->word, (int)knob, config->words) != NULL;
}

static bool add_knob(struct config *config, enum config_knob knob, unsigned value)
{
	if (config->words == CONFIG_WORDS)
		return false;
	put(config, knob, value);
	config->word[config->words++] = (uint8_t)knob;
	return true;
}

static bool add_extra(struct config *config, const char *word)
{
	const size_t used = strlen(config->extra);

	if (config->words == CONFIG_WORDS || used + strlen(word) + 2 > sizeof(config->extra))
		return false;
	text__format(config->extra + used, sizeof(config->extra) - used, "%s%s", used ? " " : "", word);
	config->word[config->words++] = EXTRA_WORD;
	return true;
}

/* Returns the knob of a word "knob=value", or CONFIG_KNOB_COUNT. */
static enum config_knob knob_of(const char *word)
{
	const size_t length = strcspn(word, "=");
	unsigned knob = 0;

	while (knob < CONFIG_KNOB_COUNT && (word[length] != '=' || strlen(knobs[knob].name) != length ||
					    strncmp(knobs[knob].name, word, length) != 0))
		knob++;
	return (enum config_knob)knob;
}

static bool add_word(struct config *config, const char *word)
{
	const enum config_knob knob = knob_of(word);
	const char *text = word + strcspn(word, "=") + 1;
	unsigned value;

	if (knob < CONFIG_KNOB_COUNT && !has_word(config, knob) && config__find_value(knob, text, strlen(text), &value))
		return add_knob(config, knob, value);
	return add_extra(config, word);
}

void config__set(struct config *config, enum config_knob knob, unsigned value)
{
	if (value != 0)
		add_knob(config, knob, value);
}

bool config__set_text(struct config *config, enum config_knob knob, const char *text)
{
	char word[CONFIG_EXTRA];
	unsigned value;

	if (config__find_value(knob, text, strlen(text), &value)) {
		config__set(config, knob, value);
		return true;
	}
	if (strlen(knobs[knob].name) + 1 + strlen(text) >= sizeof(word))
		return false;
	text__format(word, sizeof(word), "%s=%s", knobs[knob].name, text);
	return add_extra(config, word);
}

void config__drop(struct config *config, enum config_knob knob)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < config->words; i++)
		if (config->word[i] != (uint8_t)knob)
			config->word[kept++] = config->word[i];
	config->words = kept;
	put(config, knob, 0);
}

void config__set_mmu(struct config *config, enum config_mmu mmu)
{
	if (mmu != CONFIG_MMU_EPT && !(mmu == CONFIG_MMU_SHADOW && config->ept == CONFIG_OFF))
		config__set(config, CONFIG_KNOB_mmu, mmu);
}

bool config__parse(struct config *config, const char *text)
{
	char word[CONFIG_EXTRA];
	bool good = true;

	for (;;) {
		const size_t length = strcspn(text += strspn(text, SEPARATORS), SEPARATORS);

		if (length == 0)
			return good;
		if (length < sizeof(word)) {
			text__format(word, sizeof(word), "%.*s", (int)length, text);
			const char *now = nb_renamed("config", word);

			config->renamed |= now != word;
			good = add_word(config, now) && good;
		} else {
			good = false;
		}
		text += length;
	}
}

struct config config__of(const char *text)
{
	struct config config = {0};

	config__parse(&config, text);
	return config;
}

void config__write(char *text, size_t size, const struct config *config, char separator)
{
	const char *extra = config->extra;
	size_t used = 0;

	text__format(text, size, "%s", "");
	for (unsigned i = 0; i < config->words; i++) {
		const enum config_knob knob = (enum config_knob)config->word[i];

		if (i > 0)
			text__format(text + used, size - used, "%c", separator);
		used += i > 0;
		if (knob < CONFIG_KNOB_COUNT) {
			text__format(text + used, size - used, "%s=%s", knobs[knob].name,
				     config__value_text(knob, get(config, knob)));
		} else {
			const int length = (int)strcspn(extra, " ");

			text__format(text + used, size - used, "%.*s", length, extra);
			extra += length + (extra[length] == ' ');
		}
		used += strlen(text + used);
	}
}

bool config__renew(char to[CONFIG_TEXT], const char *text)
{
	struct config config = {0};

	if (!config__parse(&config, text) || !config.renamed)
		return false;
	config__write(to, CONFIG_TEXT, &config, ' ');
	return true;
}

bool config__same(const struct config *a, const struct config *b)
{
	for (unsigned knob = 0; knob < CONFIG_KNOB_COUNT; knob++)
		if (get(a, knob) != get(b, knob))
			return false;
	return strcmp(a->extra, b->extra) == 0;
}

bool config__same_at(const struct config *a, const struct config *b, const char *l0, unsigned level)
{
	const bool own = strcmp(l0, "own") == 0;
	struct config one = *a, other = *b;

	if (level == 0)
		return true;
	for (unsigned knob = 0; level == 1 && knob < CONFIG_KNOB_COUNT; knob++)
		if (knobs[knob].concern == CONFIG_NESTED || (knobs[knob].concern == CONFIG_NESTED_OWN && own)) {
			config__drop(&one, knob);
			config__drop(&other, knob);
		}
	return config__same(&one, &other);
}
