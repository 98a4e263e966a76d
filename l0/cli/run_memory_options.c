// SPDX-License-Identifier: GPL-2.0-only
/*
 * The options for the memory of our hypervisor's guest: page sizes, and the method that gives the
 * guest its memory.
 */
#include <stdlib.h>
#include <string.h>

#include "l0/base/options.h"
#include "l0/base/suggest.h"
#include "l0/base/util.h"
#include "l0/cli/run_env.h"
#include "l0/cli/run_option_groups.h"

enum { OPT_EPT = 256, OPT_PAGES, OPT_MMU };

/* --- Page sizes --- */

static const struct argp_option pages_options[] = {
	{"pages", OPT_PAGES, "LIST", 0,
	 "page sizes, guest=SIZE by which the guest maps its memory, ept12=SIZE by which our hypervisor does: 4K, 2M (default) or 1G",
	 4},
	{0},
};

/*
 * Sets a page size that several options can set. Ends the program with a usage error if they
 * differ.
 */
static enum config_page choose_size(const struct argp_state *state, const char *option, const char *which,
				    const char **chosen, const char *arg)
{
	static const char *const sizes[] = {"4K", "2M", "1G", NULL};
	const char *size = option__word(state, option, arg, sizes);
	unsigned value = 0;

	if (*chosen && strcmp(*chosen, size) != 0)
		option__error(state, "--%s %s: %s is %s already", option, arg, which, *chosen);
	*chosen = size;
	config__find_value(CONFIG_KNOB_guest_pages, size, strlen(size), &value);
	return (enum config_page)value;
}

void run_groups__choose_ept(const struct argp_state *state, const char *option, const char *size)
{
	struct run_env *env = state->input;

	env->request.ept = choose_size(state, option, "the size of the EPT's pages", &env->ept, size);
}

static error_t parse_pages(int key, char *arg, struct argp_state *state)
{
	static char *const names[] = {"guest", "ept12", NULL};
	struct run_env *env = state->input;
	char *value;
	bool more;

	if (key != OPT_PAGES)
		return ARGP_ERR_UNKNOWN;
	do {
		const char *whole = arg;
		const size_t length = strcspn(whole, "=,");
		char suggestion[SUGGEST_SIZE];
		int which;

		more = strchr(arg, ',') != NULL;
		which = getsubopt(&arg, names, &value);
		if (which < 0 || !value) {
			suggest__names(suggestion, "; ", whole, length + (whole[length] == '='),
				       (const char *const[]){"guest=", "ept12=", NULL});
			option__error(state, "--pages %s: not guest=SIZE or ept12=SIZE%s", whole, suggestion);
		}
		if (which == 0)
			env->request.guest_pages = choose_size(state, "pages guest", "the size of the guest's pages",
							       &env->guest_pages, value);
		else
			run_groups__choose_ept(state, "pages ept12", value);
	} while (more);
	return 0;
}

const struct argp run_pages_argp = {.options = pages_options, .parser = parse_pages};

/* --- The method that gives the guest its memory --- */

#define MMU_SEVERAL ". Of several, one is measured after the other"

static const struct argp_option memory_options[] = {
	{"ept", OPT_EPT, "SIZE", 0, "page size of our hypervisor's EPT, ept12: 4K, 2M (default) or 1G", 4},
	{"mmu", OPT_MMU, "LIST", 0,
	 "how our hypervisor gives its guest memory: ept (default where its CPU has it); shadow, a virtual TLB; or shadow-wp, shadow "
	 "tables for a guest whose own tables are write-protected. With what KVM has below: ept-on-ept, shadow-wp-on-ept, "
	 "shadow-wp-on-shadow" MMU_SEVERAL,
	 4},
	{0},
};

static char *filter_memory(int key, const char *text, void *input)
{
	const struct run_env *env = input;

	return key == OPT_MMU && env && !env->command->modes ? run_groups__without(text, MMU_SEVERAL) : (char *)text;
}

static const struct run_mmu mmus[] = {
	{"ept", CONFIG_MMU_EPT, L0_ANY},
	{"shadow", CONFIG_MMU_SHADOW, L0_ANY},
	{"shadow-wp", CONFIG_MMU_SHADOW_WP, L0_ANY},
	{"ept-on-ept", CONFIG_MMU_EPT, L0_EPT},
	{"shadow-wp-on-ept", CONFIG_MMU_SHADOW_WP, L0_EPT},
	{"shadow-wp-on-shadow", CONFIG_MMU_SHADOW_WP, L0_SHADOW},
};

#define MMUS (sizeof(mmus) / sizeof(mmus[0]))

/* Returns the --mmu value with this name. Ends the program with a usage error if there is none. */
static const struct run_mmu *find_mmu(const struct argp_state *state, const char *name)
{
	static const struct option_renamed renamed[] = {{"shadow-on-ept", "shadow-wp-on-ept"},
							{"shadow-on-shadow", "shadow-wp-on-shadow"},
							{"synced", "shadow-wp"},
							{"synced-on-ept", "shadow-wp-on-ept"},
							{"synced-on-shadow", "shadow-wp-on-shadow"}};
	const char *names[MMUS + 1] = {NULL};

	for (size_t i = 0; i < sizeof(renamed) / sizeof(renamed[0]); i++)
		if (strcmp(renamed[i].old, name) == 0)
			option__error(state, "--mmu %s is an old word: say %s", name, renamed[i].now);
	for (size_t i = 0; i < MMUS; i++) {
		if (strcmp(mmus[i].name, name) == 0)
			return &mmus[i];
		names[i] = mmus[i].name;
	}
	option__word(state, "mmu", name, names);
	return NULL;
}

static void parse_mmus(const struct argp_state *state, struct run_env *env, char *arg)
{
	char *name = arg;

	while (name) {
		char *next = strchr(name, ',');

		if (next)
			*next++ = '\0';
		if (env->mmus == RUN_MMUS_MAX || (env->mmus > 0 && !env->command->modes))
			option__error(state, "--mmu: only nestbed run takes several, and no more than %u",
				      RUN_MMUS_MAX);
		env->mmu[env->mmus++] = find_mmu(state, name);
		name = next;
	}
}

/*
 * Checks the --mmu values after all options are parsed. It is a usage error if two values are equal
 * or if --config contradicts a value.
 */
static void check_mmus(const struct argp_state *state, const struct run_env *env)
{
	for (unsigned i = 0; i < env->mmus; i++) {
		const struct run_mmu *one = env->mmu[i];

		if (one->l0 != L0_ANY && (env->config_on | env->config_off) & CONFIG_NO_EPT)
			option__error(state, "--mmu %s says what KVM has: --config ept= does not go with it",
				      one->name);
		for (unsigned j = 0; j < i; j++)
			if (env->mmu[j]->mmu == one->mmu && (env->request.l0 != L0_KVM || env->mmu[j]->l0 == one->l0 ||
							     env->mmu[j]->l0 == L0_ANY || one->l0 == L0_ANY))
				option__error(state, "--mmu %s and %s are the same here", env->mmu[j]->name, one->name);
	}
}

void run_env__use_mmu(struct run_env *env, const struct run_mmu *mmu)
{
	env->request.mmu = mmu->mmu;
	env->l0_ept = mmu->l0 == L0_EPT && env->request.l0 == L0_KVM;
	env->l0_shadow = mmu->l0 == L0_SHADOW && env->request.l0 == L0_KVM;
}

static error_t parse_memory(int key, char *arg, struct argp_state *state)
{
	struct run_env *env = state->input;

	switch (key) {
	case OPT_EPT:
		run_groups__choose_ept(state, "ept", arg);
		return 0;
	case OPT_MMU:
		parse_mmus(state, env, arg);
		return 0;
	case ARGP_KEY_END:
		check_mmus(state, env);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp run_memory_argp = {.options = memory_options, .parser = parse_memory, .help_filter = filter_memory};
