// SPDX-License-Identifier: GPL-2.0-only
/* nestbed cpus: the CPU models that an emulated machine can have, and which of them the installed emulator has. */
#include <argp.h>
#include <jansson.h>
#include <stdio.h>

#include "commands.h"
#include "machine/cpu_models.h"
#include "options.h"
#include "util.h"
#include "whole_file.h"

enum { OPT_JSON = 256 };

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	const char **json = state->input;

	switch (key) {
	case OPT_JSON:
		if (*json)
			argp_error(state, "--json is there twice");
		*json = arg;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "unexpected argument %s", arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static bool write_json(const char *path)
{
	json_t *list = json_array();
	struct whole_file file;
	bool good;

	for (const struct cpu_model *model = cpu_models; model->name; model++)
		json_array_append_new(list, json_pack("{s:s, s:s, s:i, s:b, s:b, s:b, s:b, s:b, s:b, s:s}", "name",
						      model->name, "bochs", model->bochs, "year", (int)model->year,
						      "emulated", cpu_model__is_emulated(model), "ept",
						      !(model->lacks & CPU_EPT), "vpid", !(model->lacks & CPU_VPID),
						      "unrestricted_guest", !(model->lacks & CPU_UNRESTRICTED_GUEST),
						      "shadow_vmcs", !(model->lacks & CPU_VMCS_SHADOWING), "ept_1gb",
						      !(model->lacks & CPU_PAGES_1G), "has", model->has));
	good = whole_file__begin(&file, path);
	if (good)
		good = whole_file__end(&file,
				       json_dumpf(list, file.out, JSON_INDENT(1)) == 0 && putc('\n', file.out) >= 0);
	json_decref(list);
	return good;
}

int cpus__main(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{"json", OPT_JSON, "FILE", 0, "write the list to this file as JSON, too", 0},
		{0},
	};
	static const struct argp argp = {
		.options = options,
		.parser = parse_option,
		.doc = "List the CPU models that --cpu takes, from the oldest to the newest.\v"
		       "Examples:\n"
		       "  nestbed cpus\n"
		       "  nestbed run --machine bochs --cpu sandy-bridge,haswell,skylake-x\n\n"
		       "A model that the installed Bochs does not have is marked: Bochs 3.0 has more than 2.7. Each line "
		       "names what a model has beyond the one before it. Bochs' own names are taken, too."};
	const char *json = NULL;

	options__parse(&argp, argc, argv, NULL, NULL, NULL, &json);
	printf("%-16s %-4s  %-4s %-26s %s\n", "name", "year", "here", "Bochs' name",
	       "what it has beyond the one before it");
	for (const struct cpu_model *model = cpu_models; model->name; model++)
		printf("%-16s %u  %-4s %-26s %s\n", model->name, model->year,
		       cpu_model__is_emulated(model) ? "yes" : "no", model->bochs, model->has);
	if (json && !write_json(json))
		return NB_EXIT_FAILED;
	return fflush(stdout) == 0 && !ferror(stdout) ? NB_EXIT_GOOD : NB_EXIT_FAILED;
}
