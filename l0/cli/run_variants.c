// SPDX-License-Identifier: GPL-2.0-only
/*
 * Shows the variants of a result one after another, for commands that show the records of one
 * machine.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "l0/base/allocate.h"
#include "l0/base/util.h"
#include "l0/base/whole_file.h"
#include "l0/cli/run_env.h"
#include "l0/cli/run_tables.h"
#include "l0/report/output_files.h"
#include "l0/request/machine_plan.h"

void variant__describe(const struct variant *v, char *text, size_t size)
{
	text__format(text, size, "kernel %s%s%s%s, cpu %s", v->kernel_name, v->kernel_args[0] ? ", arguments '" : "",
		     v->kernel_args, v->kernel_args[0] ? "'" : "", v->cpu_name);
}

/* Returns true if two variants of a result differ in the text that `of` returns. */
static bool differs(const struct nb_results *all, const char *(*of)(const struct nb_variant *variant))
{
	for (size_t i = 1; i < all->variant_count; i++)
		if (strcmp(of(&all->variants[0]), of(&all->variants[i])) != 0)
			return true;
	return false;
}

static const char *kernel_of(const struct nb_variant *variant)
{
	return variant->kernel;
}

static const char *args_of(const struct nb_variant *variant)
{
	return variant->kernel_args;
}

static const char *cpu_of(const struct nb_variant *variant)
{
	return variant->cpu;
}

/*
 * Returns the number of this variant's arguments among the different arguments of the result, from
 * 1.
 */
static unsigned args_number(const struct nb_results *all, size_t variant)
{
	unsigned number = 1;

	for (size_t i = 0; strcmp(all->variants[i].kernel_args, all->variants[variant].kernel_args) != 0; i++) {
		bool is_new = true;

		for (size_t j = 0; j < i; j++)
			is_new = is_new && strcmp(all->variants[j].kernel_args, all->variants[i].kernel_args) != 0;
		number += is_new;
	}
	return number;
}

/*
 * Writes the name of the variant's folder. It consists of the names in which the variants differ.
 */
static void name_folder(const struct nb_results *all, size_t variant, char *name, size_t size)
{
	const struct nb_variant *v = &all->variants[variant];
	char number[16];

	text__format(number, sizeof(number), "args%u", args_number(all, variant));
	text__format(name, size, "%s%s%s%s%s", differs(all, kernel_of) ? v->kernel : "",
		     differs(all, kernel_of) && differs(all, args_of) ? "-" : "", differs(all, args_of) ? number : "",
		     (differs(all, kernel_of) || differs(all, args_of)) && differs(all, cpu_of) ? "-" : "",
		     differs(all, cpu_of) ? v->cpu : "");
	for (char *p = name; *p; p++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_", *p))
			*p = '_';
}

/*
 * Copies the runs of one variant into separate results. The data of the runs still belongs to
 * `all`.
 */
static void take_variant(const struct nb_results *all, size_t variant, unsigned runs, struct nb_results *one)
{
	const struct nb_variant *v = &all->variants[variant];
	const size_t number = nb_results_variant(one, v->kernel, v->kernel_args, v->cpu);

	for (size_t i = 0; i < all->meta_count; i++)
		nb_results_set_meta(one, all->meta[i].key, all->meta[i].value);
	for (size_t i = 0; i < v->meta_count; i++) {
		nb_results_set_meta(one, v->meta[i].key, v->meta[i].value);
		nb_results_set_variant_meta(one, number, v->meta[i].key, v->meta[i].value);
	}
	for (size_t i = 0; i < all->run_count; i++) {
		if (all->runs[i].variant != variant)
			continue;
		one->runs = nb_grow(one->runs, one->run_count, sizeof(*one->runs));
		one->runs[one->run_count] = all->runs[i];
		one->runs[one->run_count++].variant = number;
	}
	if (v->damaged && all->damage)
		nb_results_set_damage(one, "%s", all->damage);
	if (one->run_count < runs)
		nb_results_set_damage(one, "%zu of %u levels left nothing at all", runs - one->run_count, runs);
}

static void free_variant(struct nb_results *one)
{
	free(one->runs);
	one->runs = NULL;
	one->run_count = 0;
	nb_results_free(one);
}

/* Writes a run.json without records. It says that the folder is a part of the folder above it. */
static bool mark_as_part(const struct run_env *env, const char *folder)
{
	json_t *root = json_deep_copy(env->file.root);
	struct whole_file file;
	char path[700];
	bool good;

	json_object_set_new(root, "part", json_true());
	json_object_set_new(root, "streams", json_array());
	text__format(path, sizeof(path), "%s/" OUTPUT_DESCRIPTION, folder);
	good = whole_file__begin(&file, path) &&
	       whole_file__end(&file, json_dumpf(root, file.out, JSON_INDENT(1)) == 0 && putc('\n', file.out) >= 0);
	json_decref(root);
	return good;
}

/*
 * Prints the heading of a variant and creates the folder for its files. Fills *one. Returns false
 * after one line.
 */
static bool begin_variant(const struct run_env *env, const struct nb_results *all, size_t variant, struct run_env *one)
{
	const struct nb_variant *v = &all->variants[variant];
	char name[3 * KERNEL_NAME];

	run_env__copy(one, env);
	/*
	 * A variant has the same number in the request as in the result. `recover` has no request.
	 */
	if (variant < env->request.variants) {
		one->request.variant[0] = env->request.variant[variant];
		one->request.variants = 1;
	}
	name_folder(all, variant, name, sizeof(name));
	text__format(one->folder, sizeof(one->folder), "%s/%s", env->folder, name);
	one->out = one->folder; /* run_env__close() then leaves `latest` unchanged */
	if (table_files__take_stdout(&env->files))
		pr_info("%s", name);
	else
		printf("%s== kernel %s%s%s%s, cpu %s ==\n", variant ? "\n" : "", v->kernel,
		       v->kernel_args[0] ? ", arguments '" : "", v->kernel_args, v->kernel_args[0] ? "'" : "", v->cpu);
	if ((mkdir(one->folder, 0777) == 0 || errno == EEXIST) && output_folder__mark(one->folder) &&
	    mark_as_part(env, one->folder))
		return true;
	pr_err("cannot write to the folder %s: %s", one->folder, strerror(errno));
	return false;
}

int run_env__finish_variants(struct run_env *env, int result, struct nb_results *results)
{
	struct run_tables tables = {.columns = NULL};
	static struct run_env one;
	int code = result;

	for (size_t i = 0; i < results->variant_count; i++) {
		/*
		 * `recover` has no request, so the number of runs that a variant must have is
		 * unknown: 0.
		 */
		const unsigned runs = i < env->request.variants ? plan__runs_of(&env->request, (unsigned)i) : 0;
		struct nb_results own = {0};
		int ended;

		take_variant(results, i, runs, &own);
		/*
		 * A machine that failed leaves incomplete runs. The other variants are shown
		 * without an error.
		 */
		ended = !nb_results_incomplete(&own) || env->recovers ? NB_EXIT_GOOD
			: result == NB_EXIT_GOOD                      ? NB_EXIT_FAILED
								      : result;
		if (begin_variant(env, results, i, &one)) {
			one.runs = runs;
			one.tables = &tables;
			tables.variant = &results->variants[i];
			ended = run_env__finish(&one, ended, &own);
		} else {
			ended = NB_EXIT_FAILED;
		}
		if (code == NB_EXIT_GOOD)
			code = ended;
		free_variant(&own);
	}
	if (!run_tables__end(&tables, &env->files) && code == NB_EXIT_GOOD)
		code = NB_EXIT_FAILED;
	return run_env__close(env, code, !nb_results_incomplete(results), "all of them");
}
