// SPDX-License-Identifier: GPL-2.0-only
/* Commands that show one machine's records: of a request with several variants they show one after the other. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "run_env.h"
#include "util.h"

/* The streams of one variant, which is the only one of a request of its own. Returns how its machines have ended. */
static int take_streams(const struct streams *all, unsigned variant, struct streams *own)
{
	int result = NB_EXIT_GOOD;

	for (unsigned i = 0; i < all->count; i++) {
		const struct stream_file *file = &all->file[i];

		if (file->variant != variant)
			continue;
		streams__add(own, file->path, 0);
		if (result == NB_EXIT_GOOD)
			result = file->result;
	}
	return result;
}

void variant__describe(const struct variant *v, char *text, size_t size)
{
	text__format(text, size, "kernel %s%s%s%s, cpu %s", v->kernel_name, v->kernel_args[0] ? ", arguments '" : "",
		     v->kernel_args, v->kernel_args[0] ? "'" : "", v->cpu_name);
}

/* The heading of what follows, and the folder for its files. */
static bool begin_variant(const struct run_env *env, unsigned variant, struct run_env *one)
{
	const struct variant *v = &env->request.variant[variant];
	char heading[3 * KERNEL_NAME + 600];

	run_env__copy(one, env);
	one->request.variant[0] = *v;
	one->request.variants = 1;
	text__format(one->folder, sizeof(one->folder), "%s/%s", env->folder, v->tag + strspn(v->tag, "-"));
	one->out = one->folder; /* `latest` is for the folder of all variants */
	variant__describe(v, heading, sizeof(heading));
	if (env->json)
		pr_info("%s", heading);
	else
		printf("%s== %s ==\n", variant ? "\n" : "", heading);
	if (mkdir(one->folder, 0777) == 0 && run_env__mark_incomplete(one->folder, true))
		return true;
	pr_err("cannot write to the folder %s", one->folder);
	return false;
}

int run_env__show_variants(struct run_env *env, int result, const struct streams *streams, run_env_show *show,
			   run_env_report *report)
{
	static struct run_env one;

	if (env->request.variants == 1)
		return show(env, result, streams, report);
	for (unsigned i = 0; i < env->request.variants; i++) {
		struct streams own = {0};
		int ended = take_streams(streams, i, &own);

		if (!begin_variant(env, i, &one))
			ended = NB_EXIT_FAILED;
		else
			ended = show(&one, ended, &own, report);
		if (result == NB_EXIT_GOOD)
			result = ended;
		streams__free(&own);
	}
	if (result == NB_EXIT_GOOD)
		run_env__mark_incomplete(env->folder, false);
	run_env__link_latest(env);
	return result;
}
